"""What holds for every test: a home of its own, a clock that stands still, and no world outside.

Fixtures to ask for: `home` (a data folder named by OXTUI_HOME), `clock` (stands at NOW, also for programs
that are started), `snap_compare` (pictures in the top-level `snapshots/`). The rest comes by itself.
"""

from __future__ import annotations

import collections
import functools
import ipaddress
import itertools
import os
import shutil
import signal
import socket
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import pytest_textual_snapshot

from oxtui.clock import Clock, from_environment
from oxtui.errors import Problem

ROOT = Path(__file__).parent.parent
NOW = "2026-11-22T10:46:00+11:00"

hypothesis.settings.register_profile("oxtui", deadline=None, print_blob=True)
hypothesis.settings.load_profile("oxtui")

# What would let the machine, the terminal or the person at it decide how a test ends.
FOREIGN = (
    "CLICOLOR", "COLORFGBG", "COLUMNS", "DISPLAY", "FORCE_COLOR", "LINES", "LANGUAGE", "LOGNAME", "NO_COLOR",
    "SSH_CLIENT", "SSH_CONNECTION", "SSH_TTY", "STY", "TERM_PROGRAM", "TMUX", "TMUX_PANE",
    "WAYLAND_DISPLAY", "XAUTHORITY",
)  # fmt: skip
PREFIXES = ("OXTUI_", "TEXTUAL", "XDG_", "LC_")
OF_THE_TESTS = "TEXTUAL_SNAPSHOT_TEMPDIR"  # where the picture plugin keeps its findings


# What costs more than it tells each time a file is saved, by the CPU seconds measured: left out of the quick half.
COSTLY = (
    "core/test_clipboard_tools.py::test_programs_that_hang", "core/test_cli_tools.py", "core/test_hostile_",
    "core/test_load_fuzz.py", "core/test_second_playbook",
    "core/test_store_faults.py", "core/test_store_writers.py", "core/test_cli.py::test_sigterm_takes",
    "core/test_cli.py::test_the_da", "core/test_cli.py::test_the_demo", "core/test_cli.py::test_a_playbook_that_broke",
    "core/test_cli.py::test_a_damaged", "core/test_cli_cases.py::test_the_samples",
    "core/test_cli_cases.py::test_another_playbook", "core/test_report.py::test_the_command_reports_five_thousand",
    "core/test_secret.py::test_it_is_wiped", "core/test_store_archive.py::test_writers_killed",
    "core/test_store_closing.py::test_kill_9", "core/test_store_damage.py::test_bit_flips",
    "core/test_store_damage.py::test_the_file_cut", "core/test_store_layout.py::test_what_was_read",
    "core/test_patterns.py::test_no_text_takes_long", "core/test_text.py::test_no_character_of_unicode",
    "core/test_walks_end.py::test_every_walk_can_be_brought_to_an_end[2]",
    "core/test_walks_end.py::test_every_walk_can_be_brought_to_an_end[3]",
    "e2e/", "mutations/test_proof.py", "prover/test_against_the_whole.py", "prover/test_bigger.py",
    "prover/test_broken.py::test_nothing_shorter_breaks_the_rule[one", "prover/test_check.py::test_a_missing_edge",
    "prover/test_long_conditions.py::test_three_numbers",
    "prover/test_long_conditions.py::test_one_of_many",
    "prover/test_long_conditions.py::test_many_ors_in_a_guard_and_in_a_when[8", "prover/test_program_faults.py",
    "prover/test_reach.py::test_yes_no_questions_before_a_cancellation_bring_no_false_fault[20",
    "prover/test_saved_walks.py::test_check_runs_them", "prover/test_shipped.py::test_a_where_that_is_wider",
    "prover/test_shipped.py::test_each_edge_of_the_clients_word_is_needed[d",
    "prover/test_shipped.py::test_without_freshness",
    "prover/test_slips.py", "prover/test_times.py", "service/homes/", "service/walker/",
    "service/test_one_truth.py::test_it_finds", "service/test_undo_random.py",
    "service/test_one_truth.py::test_one_truth[1",
    "service/test_one_truth.py::test_one_truth[2", "service/test_one_truth.py::test_one_truth[3",
    "tui/test_confirmations.py", "tui/test_newer_playbook.py",
    "tui/test_calculator", "tui/test_case_as_a_whole.py", "tui/test_conversations.py", "tui/test_details.py",
    "tui/test_hands.py", "tui/test_hostile_", "tui/test_hurry.py", "tui/test_pictures.py", "tui/test_random_keys.py",
    "tui/test_reference_history.py", "tui/test_another_subject_screens.py", "tui/test_settling.py",
    "tui/test_telling.py",
    "tui/test_quick_hands.py", "tui/test_typing_guard.py", "tui/test_what_really_happened.py",
    "tui/test_key_budget.py::test_scenario_1", "tui/test_key_budget.py::test_scenario_2_with",
    "tui/test_key_budget.py::test_scenario_3", "tui/test_no_waiting.py::test_a", "tui/test_no_waiting.py::test_home",
)  # fmt: skip
USUAL_SIZE = (80, 24)
MANY = 15
"""Of a test with more cases than this about so many are in the quick half, spread over its list."""


IN_MEMORY = Path("/dev/shm")


def pytest_configure(config: pytest.Config) -> None:
    """Take the signals as a terminal gives them, and keep what can be kept: compiled files, and homes in memory.

    What was started by nohup, or behind an `&` of a script, ignores signals, as do then the programs that it starts.
    Those are hundreds, and a third of what a test costs is otherwise the disk: each event is saved with two fsyncs.
    """
    sys.dont_write_bytecode = False
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    for name, taken in (("SIGINT", signal.default_int_handler), ("SIGHUP", signal.SIG_DFL)):
        number = getattr(signal, name, None)  # Windows has no SIGHUP
        if number is not None and signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, taken)
    if sys.platform == "win32" or config.option.basetemp:
        return
    if not hasattr(os, "ST_NOEXEC") or not os.access(IN_MEMORY, os.W_OK):
        return
    if shutil.disk_usage(IN_MEMORY).free > 2 << 30 and not os.statvfs(IN_MEMORY).f_flag & os.ST_NOEXEC:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(IN_MEMORY))


def pytest_sessionfinish() -> None:
    """The PostgreSQL that tests of this process shared, where any did, ends with them."""
    made = sys.modules.get("tests.floor.cluster")
    if made is not None:
        made.stop_shared()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark as slow what is not for the quick half: costly files, unusual sizes, the rest of a long list of cases."""
    cases = collections.Counter(item.nodeid.partition("[")[0] for item in items)
    seen: collections.Counter[str] = collections.Counter()
    for item in items:
        name = item.nodeid.partition("[")[0]
        seen[name] += 1
        left_out = seen[name] % -(-cases[name] // MANY) != 0
        given = getattr(item, "callspec", None)
        other_size = given is not None and given.params.get("size", USUAL_SIZE) != USUAL_SIZE
        if left_out or other_size or item.nodeid.removeprefix("tests/").startswith(COSTLY):
            item.add_marker(pytest.mark.slow)


class NetworkUsed(AssertionError):
    """A test, or what it tests, reached for a machine other than this one."""


@pytest.fixture(scope="session", autouse=True)
def _read_once() -> Iterator[None]:
    """A playbook of the same files is read once in a run: its names and bytes are all that `load_raw` goes by."""
    from oxtui.playbook import bundle
    from oxtui.playbook import load as loading
    from oxtui.playbook.folder import strangers

    real = loading.load_raw

    @functools.lru_cache(maxsize=40)
    def kept(files: tuple[tuple[str, bytes], ...]) -> Any:
        return real(Path(os.devnull), dict(files))

    def load_raw(folder: Path, raw: Mapping[str, bytes | Problem]) -> Any:
        files = tuple((name, content) for name, content in raw.items() if isinstance(content, bytes))
        sound = len(files) == len(raw) and not any(strangers(folder))
        return kept(files) if sound else real(folder, raw)

    with pytest.MonkeyPatch.context() as patch:
        for module in (loading, bundle):
            patch.setattr(module, "load_raw", load_raw)
        yield


@pytest.fixture(scope="session")
def _homes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """New empty folders, one after the other (cheaper than a numbered folder of pytest's for each test)."""
    base = tmp_path_factory.mktemp("homes")
    return (base / str(number) for number in itertools.count(1))


@pytest.fixture(autouse=True)
def _own_machine(_homes: Iterator[Path], monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A person called `agent` in Melbourne with an empty home and a colour terminal of unknown make."""
    person = next(_homes)
    person.mkdir()
    for name in list(os.environ):
        if (name in FOREIGN or name.startswith(PREFIXES)) and name != OF_THE_TESTS:
            monkeypatch.delenv(name)
    for name, value in {
        "HOME": str(person),
        "USERPROFILE": str(person),
        "LOCALAPPDATA": str(person / "AppData" / "Local"),
        "XDG_CACHE_HOME": str(person / ".cache"),
        "XDG_CONFIG_HOME": str(person / ".config"),
        "XDG_DATA_HOME": str(person / ".local" / "share"),
        "XDG_RUNTIME_DIR": str(person / ".run"),
        "XDG_STATE_HOME": str(person / ".local" / "state"),
        "USER": "agent",
        "LOGNAME": "agent",
        "LC_ALL": "C.UTF-8",
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        "TZ": "Australia/Melbourne",
    }.items():
        monkeypatch.setenv(name, value)
    _tzset()
    yield person
    monkeypatch.undo()
    _tzset()


@pytest.fixture(autouse=True)
def outside_calls(_own_machine: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Refuses all network beyond this machine; a call that was swallowed fails the test at its end, too.

    Gives the list of refused calls. Programs that a test starts are not covered.
    """
    calls: list[str] = []

    def refuse(what: str) -> NetworkUsed:
        calls.append(what)
        return NetworkUsed(f"network beyond loopback: {what}")

    def guard(name: str, position: int) -> None:
        real = getattr(socket.socket, name)

        def guarded(self: socket.socket, *args: Any) -> Any:
            address = args[position]
            if self.family in (socket.AF_INET, socket.AF_INET6) and not _loopback(address[0]):
                raise refuse(f"{name} {address}")
            return real(self, *args)

        monkeypatch.setattr(socket.socket, name, guarded)

    guard("connect", 0)
    guard("connect_ex", 0)
    guard("sendto", -1)  # the address is the last argument, flags may stand before it
    real_getaddrinfo = socket.getaddrinfo

    def getaddrinfo(host: Any, port: Any, *args: Any, **kwargs: Any) -> Any:
        if host is not None and not _loopback(host) and not _numeric(host):
            raise refuse(f"getaddrinfo {host!r}")
        return real_getaddrinfo(host, port, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    yield calls
    if calls:
        raise NetworkUsed(f"network beyond loopback: {'; '.join(calls)}")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder that does not exist yet, named by OXTUI_HOME."""
    folder = tmp_path / "home"
    monkeypatch.setenv("OXTUI_HOME", str(folder))
    return folder


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """A clock that stands at NOW, a Sunday morning in Melbourne; OXTUI_NOW says so to started programs."""
    monkeypatch.setenv("OXTUI_NOW", NOW)
    return from_environment()


class Pictures(pytest_textual_snapshot.SVGImageExtension):  # type: ignore[misc]
    """Pictures lie in `snapshots/<test file>/`; the plugin takes the random `terminal-NNN-` ids out."""

    @classmethod
    def dirname(cls, *, test_location: Any) -> str:
        return str(ROOT / "snapshots" / test_location.basename)


@pytest.fixture
def _pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pytest_textual_snapshot, "SVGImageExtension", Pictures)


@pytest.fixture
def snap_compare(_pictures: None, snap_compare: Any) -> Any:
    """The plugin's `snap_compare`, which looks its extension up when it is set up: after `_pictures`."""
    return snap_compare


def _tzset() -> None:
    if hasattr(time, "tzset"):  # not on Windows
        time.tzset()


def _loopback(host: Any) -> bool:
    text = host.decode() if isinstance(host, bytes) else str(host)
    return text in ("", "localhost") or (_numeric(text) and ipaddress.ip_address(text).is_loopback)


def _numeric(host: Any) -> bool:
    try:
        ipaddress.ip_address(host.decode() if isinstance(host, bytes) else host)
    except ValueError:
        return False
    return True
