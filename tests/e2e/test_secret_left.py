"""A password that cannot be cleared from a clipboard: reported, tried again, and once more at the end."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from oxtui.outside.clipboard import Clipboard
from oxtui.screens.clipboard_secrets import ClipboardSecrets
from oxtui.screens.shell import copying
from tests.core.clipboard_help import PATH, needs_x, stand_in, x_server
from tests.drive.screen import running
from tests.drive.waiting import PATIENCE, until
from tests.e2e.secret_case import new_marker

pytestmark = [pytest.mark.e2e, needs_x]
XCLIP = shutil.which("xclip")


class Stubborn:
    """An X clipboard whose program can be made to hang."""

    def __init__(self, folder: Path, display: str) -> None:
        self.hangs = folder / "hangs"
        programs = folder / "programs"
        programs.mkdir()
        stand_in(programs, "xclip", f'if [ -e "{self.hangs}" ]; then sleep 60; fi\nexec {XCLIP} "$@"')
        self.environ = {"PATH": f"{programs}:{PATH}", "HOME": str(folder), "DISPLAY": display}
        self.board = Clipboard(self.environ, limit=PATIENCE)

    def hang(self) -> None:
        """Answer nothing from now on; what answers has all the time it wants."""
        self.hangs.touch()
        self.board._limit = 1.0

    def go_on(self) -> None:
        self.hangs.unlink()
        self.board._limit = PATIENCE

    def holds(self) -> str:
        words = [str(XCLIP), "-selection", "clipboard", "-o"]
        return subprocess.run(words, env=self.environ, capture_output=True, timeout=PATIENCE).stdout.decode()


@pytest.fixture
def stubborn(tmp_path: Path) -> Iterator[Stubborn]:
    with x_server() as display:
        yield Stubborn(tmp_path, display)


def test_what_could_not_be_cleared_is_tried_again(stubborn: Stubborn) -> None:
    marker, lent, board = new_marker(), ClipboardSecrets(), stubborn.board
    copied = lent.copy(board, marker)
    assert copied.route == "system" and copied.token is not None and stubborn.holds() == marker
    stubborn.hang()
    left = lent.take_back(copied.token)
    assert left is not None and not left.done and left.message.startswith("Not cleared: the system clipboard")
    stubborn.go_on()
    assert stubborn.holds() == marker
    cleared = lent.take_back(copied.token)
    assert cleared is not None and cleared.done and stubborn.holds() == ""
    assert lent.take_back(copied.token) is None, "it was done already"


def test_what_an_earlier_try_cleared_without_seeing_it_is_told_as_cleared(stubborn: Stubborn) -> None:
    lent, board = ClipboardSecrets(), stubborn.board
    copied = lent.copy(board, new_marker())
    assert copied.token is not None
    subprocess.run(["xclip", "-selection", "clipboard", "-i"], env=stubborn.environ, input=b"", check=True)
    until(lambda: stubborn.holds() == "")  # it has ended before the server knows of it
    cleared = lent.take_back(copied.token)
    assert cleared is not None and cleared.done and cleared.message == "Cleared: the system clipboard is empty"


@pytest.mark.parametrize("chance", ["the end", "the next copy"])
def test_what_was_left_is_not_forgotten(stubborn: Stubborn, chance: str) -> None:
    marker, lent, board = new_marker(), ClipboardSecrets(), stubborn.board
    copied = lent.copy(board, marker)
    stubborn.hang()
    assert copied.token is not None
    lent.take_back(copied.token)
    if chance == "the next copy":
        assert lent.copy(board, "another").route == "none", "nothing is lent by a program that hangs"
    stubborn.go_on()
    assert stubborn.holds() == marker
    lent.end()
    assert stubborn.holds() == ""


async def test_it_is_told_for_long_and_then_that_it_is_gone(
    tmp_path: Path, stubborn: Stubborn, monkeypatch: pytest.MonkeyPatch
) -> None:
    marker = new_marker()
    for name in ("TMUX", "TMUX_PANE", "WAYLAND_DISPLAY", "SSH_CONNECTION", "SSH_TTY", "SSH_CLIENT"):
        monkeypatch.delenv(name, raising=False)
    for name, value in stubborn.environ.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(copying, "AGAIN_AFTER", 0.3)
    async with running(tmp_path, (100, 30)) as tui:
        tui.app.copy(marker, "The template", shown="dots")
        await tui.until(lambda: "the clipboard is cleared after" in tui.told())
        assert stubborn.holds() == marker
        (_, token), *_ = tui.app.clipboard_secrets._held
        stubborn.hangs.touch()
        copying._clear(tui.app, token)  # what the countdown calls
        await tui.until(lambda: "Not cleared: the system clipboard" in tui.told())
        assert "it is tried again" in tui.told() and marker not in tui.told()
        stubborn.hangs.unlink()
        await tui.until(lambda: "Cleared: the system clipboard" in tui.told())
        assert "Not cleared" not in tui.told(), "it is true no more"
        assert stubborn.holds() == ""
