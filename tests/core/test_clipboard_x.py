"""Copies under X are on its clipboard and taken back, with tmux beside it and without: through a real X server."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from oxtui.outside.clipboard import Cleared, Clipboard
from tests.core.clipboard_help import (
    MARKED,
    PATH,
    TEXT,
    holds_no_text,
    needs_tmux,
    needs_x,
    posix,
    stand_in,
    still_ours,
    x_server,
)
from tests.drive.terminal import Terminal
from tests.drive.waiting import PATIENCE, until


@pytest.fixture(scope="module")
def display() -> Iterator[str]:
    """The name of an X display of our own."""
    with x_server() as name:
        yield name


@pytest.fixture
def x(display: str) -> dict[str, str]:
    """An environment with that display and nothing on its clipboard."""
    environ = {"PATH": PATH, "HOME": os.environ["HOME"], "DISPLAY": display, "LC_ALL": "C.UTF-8"}
    x_copy(environ, "")
    return environ


def x_board(environ: dict[str, str]) -> Clipboard:
    """A clipboard there that gives its programs all the time they want."""
    return Clipboard(environ, platform="linux", limit=PATIENCE)


def x_copy(environ: dict[str, str], text: str) -> None:
    subprocess.run(
        ["xclip", "-selection", "clipboard"],
        input=text.encode(),
        env=environ,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        timeout=PATIENCE,
        check=True,
    )
    until(lambda: x_paste(environ) == text)  # it has ended before the server knows of it


def x_paste(environ: dict[str, str]) -> str:
    words = ["xclip", "-selection", "clipboard", "-o"]
    return subprocess.run(words, env=environ, capture_output=True, timeout=PATIENCE).stdout.decode()


@needs_x
def test_a_copy_under_x_is_on_the_clipboard_and_read_back(x: dict[str, str]) -> None:
    copied = x_board(x).copy(TEXT)
    assert (copied.route, copied.message.startswith("Copied")) == ("system", True)
    assert copied.message == "Copied" and copied.detail == ""
    assert x_paste(x) == TEXT


@needs_x
def test_a_long_copy_goes_to_x_in_parts(x: dict[str, str]) -> None:
    assert x_board(x).copy("x" * 100_000).message == "Copied"


@needs_x
def test_a_secret_is_taken_back_from_x(x: dict[str, str]) -> None:
    clipboard = x_board(x)
    copied = clipboard.copy(f"anna@example.com : {MARKED}", secret=True)
    assert x_paste(x).endswith(MARKED) and holds_no_text(copied)
    assert copied.token is not None and still_ours(clipboard, copied.token)
    assert clipboard.clear_if_ours(copied.token) == Cleared(True, "Cleared: the system clipboard")
    assert x_paste(x) == "" and not still_ours(clipboard, copied.token)


@needs_x
def test_under_x_what_was_copied_since_is_left_alone(x: dict[str, str]) -> None:
    clipboard = x_board(x)
    copied = clipboard.copy(MARKED, secret=True)
    assert copied.token is not None
    x_copy(x, "somebody else's")
    assert not still_ours(clipboard, copied.token)
    cleared = clipboard.clear_if_ours(copied.token)
    assert cleared == Cleared(True, "Nothing to clear: something else has been copied since")
    assert x_paste(x) == "somebody else's"


@needs_x
@pytest.mark.skipif(shutil.which("xsel") is None, reason="xsel is not installed")
def test_xsel_alone_does_it_too(x: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "xsel").symlink_to(str(shutil.which("xsel")))
    clipboard = x_board({**x, "PATH": str(tmp_path)})
    copied = clipboard.copy(TEXT)
    assert (copied.route, copied.message.startswith("Copied")) == ("system", True) and x_paste(x) == TEXT
    assert copied.token is not None and clipboard.clear_if_ours(copied.token).done
    assert x_paste(x) == ""


@needs_x
@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="no /proc here")
def test_the_text_is_in_no_argument_and_no_environment(x: dict[str, str]) -> None:
    x_board(x).copy(MARKED, secret=True)
    seen = 0
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            shown = (folder / "cmdline").read_bytes() + (folder / "environ").read_bytes()
        except OSError:
            continue
        if b"xclip" in shown:
            seen += 1
            assert MARKED.encode() not in shown
    assert seen, "the xclip that serves the clipboard should be there"


@needs_tmux
@needs_x
def test_tmux_and_x_both_get_it_and_both_give_it_back(nested: tuple[Terminal, Terminal], x: dict[str, str]) -> None:
    inner, outer = nested
    clipboard = x_board({**inner.variables, "DISPLAY": x["DISPLAY"]})
    copied = clipboard.copy(MARKED, secret=True)
    assert (copied.route, copied.message.startswith("Copied")) == ("tmux", True)
    assert copied.message == "Copied"
    assert inner.buffers() == [MARKED] and x_paste(x) == MARKED
    assert copied.token is not None
    cleared = clipboard.clear_if_ours(copied.token)
    assert cleared.done and "system clipboard" in cleared.message and "tmux buffer" in cleared.message
    assert inner.buffers() == [] and x_paste(x) == ""
    until(lambda: outer.osc52() == [MARKED, " "])


@needs_tmux
@needs_x
def test_where_only_the_system_clipboard_has_changed_the_terminals_is_left_alone(
    nested: tuple[Terminal, Terminal], x: dict[str, str]
) -> None:
    inner, outer = nested
    clipboard = x_board({**inner.variables, "DISPLAY": x["DISPLAY"]})
    copied = clipboard.copy(MARKED, secret=True)
    x_copy(x, "somebody else's")
    assert copied.token is not None
    assert clipboard.clear_if_ours(copied.token) == Cleared(True, "Cleared: the tmux buffer")
    assert x_paste(x) == "somebody else's" and inner.buffers() == []
    assert outer.osc52() == [MARKED]


@needs_x
@pytest.mark.parametrize("name", ["SSH_CONNECTION", "SSH_TTY", "SSH_CLIENT"])
def test_over_ssh_the_display_is_not_used(x: dict[str, str], name: str) -> None:
    sent: list[str] = []
    copied = Clipboard({**x, name: "10.0.0.1 5 10.0.0.2 22"}, sent.append, platform="linux").copy(TEXT)
    assert (copied.route, copied.message.startswith("Copied"), sent) == ("osc52", False, [TEXT])
    assert x_paste(x) == ""


def test_a_display_that_is_not_there_is_said(tmp_path: Path) -> None:
    if not shutil.which("xclip"):
        pytest.skip("xclip is not installed")
    copied = Clipboard({"PATH": PATH, "DISPLAY": ":12345"}, platform="linux").copy(TEXT)
    assert (copied.route, copied.message.startswith("Copied")) == ("none", False)
    assert "xclip" in copied.detail


@needs_x
@posix
def test_a_hanging_tmux_leaves_time_for_the_system_clipboard(x: dict[str, str], tmp_path: Path) -> None:
    stand_in(tmp_path, "tmux", "sleep 60")
    environ = {**x, "PATH": f"{tmp_path}:{PATH}", "TMUX": "/nowhere,1,0"}
    copied = Clipboard(environ, platform="linux").copy(TEXT)
    assert (copied.route, copied.message.startswith("Copied")) == ("system", True) and x_paste(x) == TEXT
    assert copied.detail == "tmux: no answer in time"


@needs_tmux
@needs_x
def test_asking_for_the_routes_changes_nothing(terminal: Terminal, x: dict[str, str]) -> None:
    x_copy(x, "the agent's own")
    clipboard = x_board({**terminal.variables, "DISPLAY": x["DISPLAY"]})
    routes = {r.name: r for r in clipboard.routes()}
    assert routes["tmux"].tested and routes["xclip"].tested and not routes["osc52"].tested
    assert terminal.buffers() == [] and x_paste(x) == "the agent's own"
    broken = Clipboard({"PATH": PATH, "DISPLAY": ":12345"}, platform="linux").routes()
    assert [(r.available, r.tested) for r in broken if r.name == "xclip"] == [(True, False)]
