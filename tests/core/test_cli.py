"""The command line itself: finding the command, options, errors, exit codes, pipes, terminals, ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

import oxtui
from oxtui import cli
from oxtui.cli import dashboard
from oxtui.cli.context import agent
from oxtui.cli.parser import COMMANDS
from oxtui.service import Service
from tests.core.cli_help import ROOT, Run, config_with, program, runner, terminal


@pytest.fixture
def run(home: Path, capfd: pytest.CaptureFixture[str]) -> Run:
    return runner(capfd)


def test_version(run: Run) -> None:
    assert run("--version") == (0, f"oxtui {oxtui.__version__}\n", "")


def test_help_names_every_command(run: Run) -> None:
    ended = run("--help")
    assert ended.code == 0 and not ended.err
    assert all(f"  {name} " in ended.out for name in COMMANDS)
    assert run("-h").out == ended.out


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(run: Run, name: str) -> None:
    ended = run(name, "--help")
    assert ended.code == 0 and not ended.err
    assert ended.out.startswith(f"usage: oxtui {name}") and "--home DIR" in ended.out
    assert COMMANDS[name] in " ".join(ended.out.split())


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["palns"], "there is no command 'palns' (did you mean 'plans'?)"),
        (["zzzzzz"], "there is no command 'zzzzzz' ("),
        ([""], "there is no command ''"),
        (["--hom=x", "paths"], "there is no option '--hom' (did you mean '--home'?)"),
        (["cases", "--serch=x"], "there is no option '--serch' (did you mean '--search'?)"),
        (["plans", "more"], "'more' is one word too many"),
        (["--home"], "--home: expected one argument"),
        (["plans", "--home"], "--home: expected one argument"),
        (["prorata"], "required: CURRENT, NEW"),
        (["prorata", "a", "b", "--month", "2"], "there is no option '--month' (did you mean '--months'?)"),
        (["template"], "required: ID"),
        (["plans", "--json=yes"], "--json"),
        (["cases", "--sea"], "there is no option '--sea'"),
        (["--", "nothing"], "there is no command"),
        (["plans", "--home", "~nobody-of-that-name/x", "--json"], ""),
    ],
)
def test_wrong_use_is_one_line(run: Run, words: list[str], said: str) -> None:
    ended = run(*words)
    if not said:
        assert ended.code in (0, 2)
        return
    assert ended.code == 2 and not ended.out
    assert said in ended.err and ended.err.startswith("oxtui: ") and ended.err.count("\n") == 1


def test_home_and_config_before_and_after(run: Run, tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    assert f"data           {one}" in run("--home", str(one), "paths").out
    assert f"data           {two}" in run("paths", f"--home={two}").out
    assert f"data           {two}" in run("--home", str(one), "paths", "--home", str(two)).out
    both = run(f"--config={one}", "paths", "--home", str(two))
    assert f"configuration  {one}" in both.out and f"data           {two}" in both.out
    assert not one.exists() and not two.exists()


def test_an_option_value_is_no_command(run: Run, tmp_path: Path) -> None:
    assert run("--home", "plans", "paths").code == 0
    assert "there is no command" in run("--home", "plans", "palns").err


@pytest.mark.parametrize(
    "words",
    [
        ["\x1b]52;c;aGk=\x07"],
        ["prorata", "\x1b[31m", "x\ny"],
        ["template", "\x9b31m\u202e"],
        ["notes", "\x1b[2J.example"],
        ["cases", "--search", "\x1b[2J\n[/bold]"],
        ["dns", "a\x00b\x1b[1m"],
        ["cases", "--\x1b[31m"],
        ["purge", "a\nb"],
        ["check", "\x1b]0;x\x07"],
        ["\udcff\udcfe"],
        ["notes", "\udcff"],
        ["x" * 100_000],
        ["cases", "--search", "x" * 100_000],
    ],
)
def test_hostile_words_reach_no_terminal(run: Run, words: list[str]) -> None:
    ended = run(*words)
    assert ended.code in (1, 2)
    assert not any(sign in ended.out + ended.err for sign in "\x1b\x9b\x07\x00\u202e")
    assert len(ended.err) < 500 and ended.err.count("\n") == 1 and "Traceback" not in ended.err


def test_a_closed_pipe_is_no_error(home: Path) -> None:
    """The reader closes before anything is written; the exit code is still the command's own."""
    for words, code in ((["plans"], 0), (["plans", "--json"], 0), (["template", "o365-reversal"], 1)):
        read, write = os.pipe()
        os.close(read)
        done = subprocess.run(
            [sys.executable, "-m", "oxtui", *words],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.DEVNULL,
            stdout=write,
            stderr=subprocess.PIPE,
            timeout=60,
        )
        os.close(write)
        assert done.returncode == code
        assert b"Traceback" not in done.stderr and b"BrokenPipe" not in done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
@pytest.mark.parametrize("words", [["paths"], ["--help"], ["--version"], ["plans", "--json"]])
def test_output_that_cannot_be_written_is_74(home: Path, words: list[str]) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "oxtui", *words],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.DEVNULL,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
        )
    assert done.returncode == 74
    assert done.stderr.startswith("oxtui: the output cannot be written: ") and done.stderr.count("\n") == 1


@pytest.mark.skipif(os.name == "nt", reason="there is no shell that closes it")
@pytest.mark.parametrize("words", ["plans", "plans --json", "--version"])
def test_a_closed_standard_output_is_74(home: Path, words: str) -> None:
    done = subprocess.run(
        ["sh", "-c", f'"$0" -m oxtui {words} >&-', sys.executable],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (74, "oxtui: the output cannot be written: it is closed\n")


def test_letters_that_the_terminal_lacks_are_replaced(home: Path) -> None:
    done = program("--help", PYTHONIOENCODING="ascii")
    assert done.returncode == 0
    done = program("cases", "--search", "zoë", PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert (done.returncode, done.stderr.count("zo?")) == (1, 1)


def test_json_is_utf_8_whatever_the_locale(home: Path, tmp_path: Path) -> None:
    config = config_with(tmp_path, plans=("OX mail - Email Deluxe", "OX mail – Email Déluxe"))
    done = program("plans", "--json", "--config", str(config), PYTHONIOENCODING="latin-1")
    assert done.returncode == 0 and "OX mail – Email Déluxe" in done.stdout


def test_an_interrupt_is_quiet(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("oxtui.cli.paths.run", interrupted)
    assert run("paths") == (130, "", "")


def test_a_crash_shows_no_traceback_and_no_data(run: Run, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ValueError("client Anna of secret.example")

    monkeypatch.setattr("oxtui.cli.paths.run", broken)
    ended = run("paths")
    assert ended.code == 1 and "ValueError" in ended.err and ended.err.count("\n") == 1
    written = (home / "oxtui.log").read_text()
    assert "ValueError" in written and "Anna" not in written + ended.err


# -- the dashboard
@pytest.mark.parametrize("words", [[], ["demo"], ["--home", "there"]])
def test_without_a_terminal_the_dashboard_ends_at_once(home: Path, words: list[str]) -> None:
    done = program(*words)
    assert done.returncode == 2 and done.stdout == ""
    assert "needs a terminal" in done.stderr and done.stderr.count("\n") == 1
    assert not home.exists()


@pytest.fixture
def proved(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever playbook it is was proved before; test_starting.py is about the proof."""
    monkeypatch.setattr("oxtui.cli.proved.see_that_it_is_proved", lambda *_: None)


class Opened:
    """What the dashboard was opened with, in place of a screen."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, code: int = 0) -> None:
        self.seen: list[tuple[Service, str, bool]] = []
        self.homes: list[list[str]] = []

        def open_screen(service: Service, banner: str, practice: bool = False, **_: object) -> int:
            self.seen.append((service, banner, practice))
            self.homes.append([row.domain for row in service.overviews()])
            return code

        monkeypatch.setattr(dashboard, "open_screen", open_screen)


@pytest.mark.usefixtures("proved")
def test_the_dashboard_is_opened_on_the_home(
    home: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("OXTUI_AGENT", "Mia\x1b[31m Stone\n")
    opened = Opened(monkeypatch, code=143)
    with terminal(monkeypatch):
        assert cli.main([]) == 143
    ((service, banner, practice),) = opened.seen
    assert (service.places.home, service.agent, banner, practice) == (home, "Mia[31m Stone", "", False)


@pytest.mark.usefixtures("proved")
def test_a_playbook_that_broke_opens_under_a_banner(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = config_with(tmp_path)
    opened = Opened(monkeypatch)
    with terminal(monkeypatch):
        assert cli.main(["--config", str(config)]) == 0
        (config / "playbook.yaml").write_text("id: [")
        assert cli.main(["--config", str(config)]) == 0
    assert opened.seen[0][1] == "" and "last good copy" in opened.seen[1][1]


def test_a_broken_playbook_without_a_good_copy_is_2(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = config_with(tmp_path, playbook=("flow:", "flaw:"))
    opened = Opened(monkeypatch)
    with terminal(monkeypatch):
        assert cli.main(["--config", str(config)]) == 2
    assert opened.seen == []


def test_a_newer_case_file_is_3_and_left_alone(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home.mkdir()
    newer = '{"cases": {"1": {"id": "a", "format": 99, "log": []}}}'
    (home / "cases.json").write_text(newer)
    opened = Opened(monkeypatch)
    with terminal(monkeypatch):
        assert cli.main([]) == 3
    done = program("cases")
    assert done.returncode == 3 and "newer oxtui" in done.stderr and done.stderr.count("\n") == 1
    assert opened.seen == [] and (home / "cases.json").read_text() == newer


@pytest.mark.usefixtures("proved")
def test_a_damaged_history_is_a_banner(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home.mkdir(mode=0o700)
    (home / "history.sqlite3").write_bytes(b"not a database, not a database" * 200)
    opened = Opened(monkeypatch)
    with terminal(monkeypatch):
        assert cli.main([]) == 0
    assert "history.sqlite3 is damaged" in opened.seen[0][1]


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write anywhere")  # type: ignore[attr-defined]
def test_a_home_without_permission_is_3(home: Path, tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        assert program("cases").returncode == 3
    finally:
        tmp_path.chmod(0o700)


def test_a_home_that_is_a_file_is_3(home: Path) -> None:
    home.write_text("not a folder")
    done = program("cases")
    assert done.returncode == 3 and done.stderr.count("\n") == 1 and "Traceback" not in done.stderr


@pytest.mark.usefixtures("proved")
def test_the_demo_has_a_home_of_its_own_and_takes_it_away(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = Opened(monkeypatch)
    with terminal(monkeypatch):
        assert cli.main(["demo"]) == 0
    ((service, banner, practice),) = opened.seen
    assert practice and banner == "PRACTICE"
    assert len(opened.homes[0]) >= 10 and all(domain.endswith(".example") for domain in opened.homes[0])
    assert service.places.home != home and not service.places.home.exists() and not home.exists()


@pytest.mark.usefixtures("proved")
def test_sigterm_takes_the_practice_home_away(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    places: list[Path] = []

    def killed(service: Service, _banner: str, practice: bool, **_: object) -> int:
        assert practice
        places.append(service.places.home)
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(5)
        return 0

    monkeypatch.setattr(dashboard, "open_screen", killed)
    before = signal.getsignal(signal.SIGTERM)
    with terminal(monkeypatch):
        assert cli.main(["demo"]) == 143
    assert not places[0].exists()
    assert signal.getsignal(signal.SIGTERM) is before


@pytest.mark.skipif(os.name == "nt", reason="Windows cannot tell whether a process runs")
@pytest.mark.usefixtures("proved", "home")
def test_the_next_demo_removes_the_home_of_one_that_was_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    left, used = (tmp_path / f"oxtui-practice-{number}-x" for number in (dead.pid, os.getppid()))
    for folder in (left, used):
        folder.mkdir()
        (folder / "cases.json").write_text("{}")
    Opened(monkeypatch)
    with terminal(monkeypatch):
        assert cli.main(["demo"]) == 0
    assert not left.exists() and used.exists()


@pytest.mark.parametrize(
    ("given", "name"),
    [("Mia", "Mia"), ("  ", "agent"), ("\x1b[2J", "[2J"), ("日本", "日本")],
)
def test_the_agent(monkeypatch: pytest.MonkeyPatch, given: str, name: str) -> None:
    monkeypatch.setenv("OXTUI_AGENT", given)
    assert agent() == name
