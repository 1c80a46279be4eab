"""What holds for every test: a home of its own, a clock that stands still, and no world outside.

Fixtures to ask for: `home` (a data folder named by OXTUI_HOME), `clock` (stands at NOW, also for programs
that are started), `snap_compare` (pictures in the top-level `snapshots/`). The rest comes by itself.
"""

from __future__ import annotations

import ipaddress
import itertools
import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import pytest_textual_snapshot

from oxtui.clock import Clock, from_environment

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


class NetworkUsed(AssertionError):
    """A test, or what it tests, reached for a machine other than this one."""


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
