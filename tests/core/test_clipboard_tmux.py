"""Copies in tmux are in its buffer and in the terminal around it, and are taken back from both: through real tmux."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from oxtui.outside.clipboard import Cleared, Clipboard
from tests.core.clipboard_help import (
    MARKED,
    PATH,
    TEXT,
    holds_no_text,
    needs_tmux,
    stand_in,
    still_ours,
)
from tests.drive.terminal import Terminal
from tests.drive.waiting import PATIENCE, until


@needs_tmux
def test_a_copy_in_tmux_is_in_its_buffer_and_read_back(terminal: Terminal) -> None:
    copied = Clipboard(terminal.variables, limit=PATIENCE).copy(TEXT)
    assert (copied.route, copied.message.startswith("Copied"), copied.detail) == ("tmux", True, "")
    assert copied.message == "Copied to tmux only: paste it with tmux's own key"
    assert terminal.buffers() == [TEXT]


@needs_tmux
def test_what_was_copied_is_what_tmux_pastes(terminal: Terminal) -> None:
    terminal.tmux("set-buffer", "an older one of the agent's")
    Clipboard(terminal.variables, limit=PATIENCE).copy("the new one")
    terminal.tmux("paste-buffer")
    terminal.wait_for("the new one")
    assert "older" not in terminal.text()


@needs_tmux
@pytest.mark.parametrize("setting", ["off", "external", "on"])
def test_the_terminal_around_tmux_gets_it_whatever_the_setting(nested: tuple[Terminal, Terminal], setting: str) -> None:
    inner, outer = nested
    inner.tmux("set", "-s", "set-clipboard", setting)
    copied = Clipboard(inner.variables, limit=PATIENCE).copy(TEXT)
    assert (copied.route, copied.message.startswith("Copied")) == ("tmux", True)
    assert copied.message == ("Copied to tmux, and sent to the terminal's clipboard: look before you paste there")
    until(lambda: outer.osc52() == [TEXT])


@needs_tmux
def test_a_secret_is_taken_back_from_tmux_and_from_the_terminal_around_it(
    nested: tuple[Terminal, Terminal],
) -> None:
    inner, outer = nested
    inner.tmux("set-buffer", "the agent's own")
    clipboard = Clipboard(inner.variables, limit=PATIENCE)
    copied = clipboard.copy(MARKED, secret=True)
    assert copied.token is not None and still_ours(clipboard, copied.token) and holds_no_text(copied)
    assert inner.buffers() == [MARKED, "the agent's own"]
    cleared = clipboard.clear_if_ours(copied.token)
    assert cleared.done and cleared.message == (
        "Cleared: the tmux buffer and the terminal's clipboard (a blank was sent over it, not verified)"
    )
    assert inner.buffers() == ["the agent's own"]
    until(lambda: outer.osc52() == [MARKED, " "])
    assert outer.buffers()[0] == " "
    assert not still_ours(clipboard, copied.token)


@needs_tmux
def test_what_was_copied_since_is_left_alone(nested: tuple[Terminal, Terminal]) -> None:
    inner, outer = nested
    clipboard = Clipboard(inner.variables, limit=PATIENCE)
    copied = clipboard.copy(MARKED, secret=True)
    assert copied.token is not None
    inner.tmux("load-buffer", "-w", "-b", copied.token.buffer, "-", given="somebody else's")
    until(lambda: outer.osc52()[-1:] == ["somebody else's"])
    assert not still_ours(clipboard, copied.token)
    cleared = clipboard.clear_if_ours(copied.token)
    assert cleared == Cleared(True, "Nothing to clear: something else has been copied since")
    assert inner.buffers() == ["somebody else's"] and outer.buffers()[0] == "somebody else's"


@needs_tmux
def test_another_panes_copy_in_between_does_not_confuse_it(terminal: Terminal) -> None:
    clipboard = Clipboard(terminal.variables, limit=PATIENCE)
    first = clipboard.copy(MARKED, secret=True)
    second = clipboard.copy("another case")
    assert first.token and second.token and first.token.buffer != second.token.buffer
    assert clipboard.clear_if_ours(first.token).message == "Cleared: the tmux buffer"
    assert terminal.buffers() == ["another case"]


@needs_tmux
def test_a_tmux_without_the_option_still_takes_the_copy(terminal: Terminal, tmp_path: Path) -> None:
    stand_in(
        tmp_path,
        "tmux",
        f'case "$*" in *load-buffer\\ -w*) echo "unknown flag -w" >&2; exit 1;; esac\nexec {shutil.which("tmux")} "$@"',
    )
    environ = {**terminal.variables, "PATH": f"{tmp_path}:{PATH}"}
    copied = Clipboard(environ, limit=PATIENCE).copy(TEXT)
    assert (copied.route, copied.message.startswith("Copied")) == ("tmux", True)
    assert "terminal's clipboard" not in copied.message and terminal.buffers() == [TEXT]


@needs_tmux
def test_a_server_that_is_gone_leaves_the_terminal_itself(terminal: Terminal) -> None:
    environ = terminal.variables
    terminal.tmux("kill-server")
    sent: list[str] = []
    copied = Clipboard(environ, sent.append).copy(TEXT)
    assert (copied.route, copied.message.startswith("Copied"), sent) == ("osc52", False, [TEXT])
    assert copied.detail.startswith("tmux: ")


@needs_tmux
def test_a_tmux_in_a_tmux_keeps_a_list_and_is_told_of(nested: tuple[Terminal, Terminal]) -> None:
    assert "outer tmux" in str(Clipboard(nested[0].variables, platform="linux").history_risk())
