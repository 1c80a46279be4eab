"""A marked password through the whole program: it is nowhere but in memory and, for the countdown, on the clipboard."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from oxtui.casework.changes import Skip
from oxtui.desk import Desk
from oxtui.playbook.progress import State
from oxtui.screens.case import CaseScreen
from oxtui.screens.dialogs import Ask
from oxtui.screens.secrets import AskSecret, SecretInput
from tests.conftest import NOW
from tests.desk.walks import Walk
from tests.e2e.proved import proved
from tests.e2e.terminal import TMUX, Terminal
from tests.tui.harness import CONFIG, Tui, new_desk, running

pytestmark = pytest.mark.e2e
ROOT = Path(__file__).parents[2]
BOXES = ("anna@brightside.com.au", "info@brightside.com.au")
needs_tmux = pytest.mark.skipif(TMUX is None, reason="no tmux")


@pytest.fixture
def marker() -> str:
    """A password that is nowhere else on this machine."""
    return f"Mk7!{secrets.token_hex(6)}"


def walked(desk: Desk) -> Walk:
    """Scenario 2 up to the JIRA: only the template is to be filled and sent."""
    walk = Walk(desk, desk.start("brightside.com.au", mailboxes=BOXES).id).ordered(2)
    walk.answer("order-completed", "completed")
    walk.answer("dns-office-365", "yes")
    walk.tick("devices")
    checks = {"ns": "with-us", "mx": "ox-mail", "spamexperts": "works", "webmail": "works", "missing": "no"}
    for name, value in checks.items():
        walk.answer(name, value)
    return walk


# -- through a real terminal
@pytest.fixture
def display() -> Iterator[str]:
    """An X server nobody looks at, where there is one; else none, and the tmux buffer alone is tried."""
    if not (shutil.which("Xvfb") and shutil.which("xclip")):
        yield ""
        return
    reading, writing = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writing), "-screen", "0", "320x200x8", "-nolisten", "tcp"],
        pass_fds=[writing], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    os.close(writing)
    with os.fdopen(reading) as pipe:
        yield f":{pipe.readline().strip()}"
    server.terminate()
    server.wait(5)


class Pane:
    """The program on a case that waits for its passwords, with a countdown of so many seconds."""

    def __init__(self, tmp: Path, display: str, seconds: int) -> None:
        self.tmp, self.display, self.began = tmp, display, time.time() - 1
        config = tmp / "config"
        shutil.copytree(CONFIG, config)
        settings = config / "settings.yaml"
        settings.write_text(
            re.sub(
                r'clipboard_clear_seconds: "\d+"',
                f'clipboard_clear_seconds: "{seconds}"',
                settings.read_text(),
            )
        )
        (tmp / "person").mkdir()
        (tmp / "tmp").mkdir()
        self.walk = walked(new_desk(tmp))
        proved(tmp / "oxhome")
        env = {
            "OXTUI_HOME": str(tmp / "oxhome"), "OXTUI_CONFIG": str(config), "OXTUI_NOW": NOW,
            "OXTUI_AGENT": "anna", "TZ": "Australia/Melbourne", "HOME": str(tmp / "person"),
            "XDG_CACHE_HOME": str(tmp / "person/cache"), "XDG_DATA_HOME": str(tmp / "person/data"),
            "TMPDIR": str(tmp / "tmp"), "TEXTUAL_LOG": str(tmp / "textual.log"),
            **({"DISPLAY": display} if display else {}),
        }  # fmt: skip
        self.terminal = Terminal([sys.executable, "-m", "oxtui"], 120, 45, env, cwd=ROOT)

    def __enter__(self) -> Pane:
        terminal = self.terminal
        terminal.wait_for("brightside", 15)
        terminal.press("enter").wait_for("Checklist")
        return self

    def __exit__(self, *_: object) -> None:
        self.terminal.close()

    def give(self, marker: str) -> None:
        """Fill the template up to the second password: the first one is typed."""
        terminal = self.terminal
        terminal.press("t").wait_for("Accounts that need reversals")
        terminal.wait_still()
        terminal.type("yesterday").press("enter").wait_for("21/11/2026")
        terminal.wait_still()
        self.ask()
        terminal.type(marker + "T").wait_still()
        assert "•" in terminal.text()
        terminal.press("enter").wait_for(f"Password of {BOXES[1]}")

    def ask(self) -> None:
        """The dialog for a password, by enter on its line."""
        terminal = self.terminal
        for _ in range(5):
            if "Password of" in terminal.text():
                return
            terminal.press("enter").wait_still(0.15)
        raise AssertionError(terminal.text())

    def on_x(self) -> str:
        words = ["xclip", "-selection", "clipboard", "-o"]
        env = {"PATH": os.environ["PATH"], "DISPLAY": self.display}
        return subprocess.run(words, env=env, capture_output=True, timeout=5).stdout.decode()

    def to_x(self, text: str) -> None:
        env = {"PATH": os.environ["PATH"], "DISPLAY": self.display}
        subprocess.run(
            ["xclip", "-selection", "clipboard"], input=text.encode(), env=env, timeout=5,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True,
        )  # fmt: skip

    def copy(self) -> None:
        terminal = self.terminal
        terminal.press("y")
        for _ in range(4):
            terminal.wait_still()
            text = terminal.text()
            if "lines missing?" in text:
                terminal.press("enter")
            elif "the template alone" in text:
                terminal.press("1")
            else:
                break
        terminal.wait_for("read back")

    def places(self) -> list[str]:
        """Where a copy can be now."""
        try:
            buffers = self.terminal.buffers()
        except RuntimeError:  # one was removed between listing and reading
            return self.places()
        return [*buffers, *([self.on_x()] if self.display else [])]

    def where(self, marker: str) -> list[str]:
        """Every file that was written since the start and holds the marker."""
        found = []
        roots = [self.tmp, Path("/tmp"), self.terminal.socket.parent]
        for root in roots:
            for folder, folders, names in os.walk(root):
                if root == Path("/tmp"):
                    folders[:] = []  # what lies in it itself: left-over files of programs
                for name in names:
                    path = Path(folder, name)
                    try:
                        fresh = path.is_file() and path.stat().st_mtime >= self.began and path.stat().st_size < 5e7
                        if fresh and marker.encode() in path.read_bytes():
                            found.append(str(path))
                    except OSError:
                        continue
        return found


class Arguments(threading.Thread):
    """Reads the arguments and the environment of every process, again and again."""

    def __init__(self, marker: str) -> None:
        super().__init__(daemon=True)
        self.marker, self.over, self.found, self.looks = marker.encode(), False, set[str](), 0

    def run(self) -> None:
        end = time.monotonic() + 30
        while not self.over and time.monotonic() < end:
            self.looks += 1
            time.sleep(0.01)
            for path in Path("/proc").glob("[0-9]*"):
                for name in ("cmdline", "environ"):
                    try:
                        data = (path / name).read_bytes()
                    except OSError:
                        continue
                    if self.marker in data:
                        self.found.add(data.replace(b"\0", b" ").decode("utf-8", "replace")[:200])


def wait(true: Callable[[], bool], seconds: float = 6.0) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.05)


@needs_tmux
def test_a_marked_password_is_found_nowhere(tmp_path: Path, display: str, marker: str) -> None:
    with Pane(tmp_path, display, 5) as pane:
        terminal = pane.terminal
        pane.give(marker)
        terminal.paste("\n".join(f"{box} : {marker}{n}" for n, box in enumerate(BOXES))).wait_gone("Password of")
        terminal.wait_still()
        assert marker not in terminal.text() and "••••" in terminal.text()
        watcher = Arguments(marker)
        watcher.start()
        pane.copy()
        copied = time.monotonic()
        there = pane.places()
        assert len(there) == (2 if display else 1)
        for place in there:
            assert all(f"{box} : {marker}{n}" in place for n, box in enumerate(BOXES)), "the copy holds them"
        assert marker not in terminal.text()
        wait(lambda: not any(marker in place for place in pane.places()), 9)
        assert time.monotonic() - copied > 2, "not before the countdown has ended"
        terminal.wait_for("Cleared")
        watcher.over = True
        watcher.join()
        assert watcher.looks > 3 and not watcher.found, watcher.found
        assert marker.encode() not in terminal.raw()
        # a second time: somebody copies something else meanwhile
        pane.terminal.press("t").wait_still()
        pane.copy()
        assert any(marker in place for place in pane.places())
        terminal.tmux("load-buffer", "-", given="theirs")
        if display:
            pane.to_x("theirs")
        wait(lambda: not any(marker in place for place in pane.places()), 9)
        assert pane.places() == ["theirs"] * (2 if display else 1)
        terminal.press("ctrl+q")
        assert terminal.exit_status() == 0
        assert pane.where(marker) == []
        assert not (tmp_path / "textual.log").exists() or marker not in (tmp_path / "textual.log").read_text()


@needs_tmux
@pytest.mark.parametrize("end", ["ctrl+q", "SIGTERM"])
def test_the_end_of_the_program_takes_a_secret_back(tmp_path: Path, display: str, marker: str, end: str) -> None:
    with Pane(tmp_path, display, 60) as pane:
        pane.give(marker)
        pane.terminal.type(marker).press("enter").wait_gone("Password of")
        pane.copy()
        assert all(marker in place for place in pane.places())
        if end == "SIGTERM":
            pane.terminal.signal(signal.SIGTERM, wait=False)
            assert pane.terminal.exit_status() == 143
        else:
            pane.terminal.press(end)
            assert pane.terminal.exit_status() == 0
        assert not any(marker in place for place in pane.places())
        assert pane.where(marker) == []


# -- inside the program
async def in_template(tui: Tui, walk: Walk) -> CaseScreen:
    screen = CaseScreen(walk.case)
    await tui.show(screen)
    await tui.press("t")
    if screen.editing():
        await tui.type("yesterday")
        await tui.press("enter")
    if isinstance(tui.app.screen, AskSecret):
        return screen
    place = next(n for n, line in enumerate(screen.panel.filled.lines) if line.line.kind == "secret")  # type: ignore[union-attr]
    screen.panel.put_cursor(place)
    await tui.press("enter")
    assert isinstance(tui.app.screen, AskSecret)
    return screen


async def test_a_crash_after_a_password_was_typed_tells_nothing(
    tmp_path: Path, marker: str, capfd: pytest.CaptureFixture[str]
) -> None:
    desk = new_desk(tmp_path)
    walk = walked(desk)

    class Boom(Exception):
        pass

    with pytest.raises(Boom):
        async with running(tmp_path, (100, 40), desk=desk) as tui:
            screen = await in_template(tui, walk)
            await tui.type(marker)
            box = screen.app.screen.query_one(SecretInput)
            assert box.value == marker and marker not in tui.text()

            def fails() -> None:
                held = box.value
                raise Boom(held)

            tui.app.call_later(fails)
            await tui.pilot.pause(0.3)
    out, err = capfd.readouterr()
    assert "oxtui stopped" in out + err and marker not in out + err
    log = desk.places.log.read_text()
    assert "Boom" in log and "fails" in log and marker not in log
    assert not desk._secrets, "wiped"


async def test_by_hand_there_are_dots_only(tmp_path: Path, marker: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "linux")  # a terminal that takes no OSC 52; no tmux, no X
    desk = new_desk(tmp_path)
    walk = walked(desk)
    async with running(tmp_path, (100, 50), desk=desk) as tui:
        await in_template(tui, walk)
        await tui.type(marker)
        await tui.press("enter")
        if isinstance(tui.app.screen, AskSecret):  # the next mailbox is asked for
            await tui.press("escape")
        await tui.press("y")
        for key in ("enter", "1"):
            if "lines missing?" in tui.text() or "the template alone" in tui.text():
                await tui.press(key)
        await tui.until(lambda: "not copied" in tui.text())
        assert f"{BOXES[0]} : ••••" in tui.text() and marker not in tui.text()
        assert marker not in tui.told()


async def test_a_pasted_line_of_a_stranger_is_told_and_nothing_is_taken(tmp_path: Path, marker: str) -> None:
    from textual import events

    desk = new_desk(tmp_path)
    walk = walked(desk)
    async with running(tmp_path, (100, 40), desk=desk) as tui:
        await tui.show(CaseScreen(walk.case))
        dialog = AskSecret(desk, walk.case, BOXES[0])
        await tui.show(dialog)  # type: ignore[arg-type]
        for text, told in (
            (f"{BOXES[0]} : {marker}\nother@elsewhere.com : x{marker}", "no mailbox of this case"),
            (f"{BOXES[0]} : {marker}\nwhat is this", "line 2 is not an address"),
        ):
            tui.app.screen.query_one(SecretInput).post_message(events.Paste(text))
            await tui.settle()
            assert told in " ".join(tui.text().split()) and marker not in tui.text()
            assert not desk._secrets
        tui.app.screen.query_one(SecretInput).post_message(events.Paste(f"{marker}\n"))
        await tui.settle()
        assert tui.app.screen.query_one(SecretInput).value == marker
        await tui.press("ctrl+a")
        tui.app.screen.query_one(SecretInput).action_copy()
        await tui.settle()
        assert marker not in tui.told() and tui.app.clipboard == ""


# -- what looks like a password
async def test_a_reason_that_looks_like_a_password_is_told_once_and_then_saved(tmp_path: Path) -> None:
    desk = new_desk(tmp_path)
    walk = Walk(desk, desk.start("brightside.com.au", mailboxes=BOXES).id).plan(1)
    async with running(tmp_path, (100, 40), desk=desk) as tui:
        screen = CaseScreen(walk.case)
        await tui.show(screen)
        place = next(n for n, row in enumerate(screen.checklist.rows) if row.item.id == "salesforce-reason")
        screen.checklist.put_cursor(place)
        await tui.press("x")
        assert isinstance(tui.app.screen, Ask)
        await tui.type("password: Hunter22x!")
        await tui.press("enter")
        assert "NB" in tui.text() and "looks like" in tui.text() and isinstance(tui.app.screen, Ask)
        assert walk.state("salesforce-reason") is not State.OVERRIDDEN
        await tui.press("enter")
        assert walk.state("salesforce-reason") is State.OVERRIDDEN
        await tui.press("u")
        await tui.press("x")
        await tui.type("client will do it")
        await tui.press("enter")
        assert walk.state("salesforce-reason") is State.OVERRIDDEN, "an ordinary reason asks for one enter"
    walk.do(Skip("tell-team", "password: Hunter22x!"))  # the desk takes it as ever
