"""The platform's own programs: which comes first, and what is believed of those that hang, lie or fail."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from oxtui.outside.clipboard import Clipboard, process, tools
from oxtui.outside.clipboard.board import LIMIT
from tests.core.clipboard_help import (
    PATH,
    TEXT,
    posix,
    stand_in,
)
from tests.drive.waiting import PATIENCE, until

# -- programs that misbehave


@posix
@pytest.mark.parametrize("script", ["exec sleep 60", "sleep 60 & sleep 60", "trap '' TERM HUP INT; sleep 60"])
def test_programs_that_hang_cost_two_seconds_at_most(tmp_path: Path, script: str) -> None:
    for name in ("tmux", "xclip", "xsel"):
        stand_in(tmp_path, name, script)
    sent: list[str] = []
    environ = {"PATH": f"{tmp_path}:{PATH}", "TMUX": "/nowhere,1,0", "DISPLAY": ":12345"}
    begun = time.monotonic()
    copied = Clipboard(environ, sent.append, platform="linux").copy(TEXT)
    assert time.monotonic() - begun < 2 * LIMIT, "the limit is that of all of them together"
    assert copied.route == "osc52" and "tmux: no answer in time; xclip: no answer in time" in copied.detail


@posix
def test_nothing_that_hung_is_left_running(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    stand_in(tmp_path, "xclip", f"sleep 60 & echo $! $$ >> {pids}; wait")
    for limit in (0.3, 2.0, 10.0, 50.0):  # until it has come so far that it hangs
        Clipboard({"PATH": f"{tmp_path}:{PATH}", "DISPLAY": ":1"}, limit=limit, platform="linux").copy(TEXT)
        if pids.exists() and pids.read_text().count(" "):
            break
    for pid in pids.read_text().split():
        until(lambda pid=pid: not _runs(int(pid)))  # type: ignore[misc]


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{pid}/stat")
    return not (status.exists() and ") Z " in status.read_text())


@posix
@pytest.mark.parametrize(
    ("script", "says"),
    [
        ("exit 3", "ended with 3"),
        ("exec 0<&-; sleep 0.05; exit 1", ""),
        ("cat > /dev/null", "did not read back as it was sent"),
        ('case "$*" in *-o) echo something else;; *) cat > /dev/null;; esac', "did not read back"),
    ],
)
def test_a_tool_that_lies_or_fails_is_not_believed(tmp_path: Path, script: str, says: str) -> None:
    stand_in(tmp_path, "xclip", script)
    environ = {"PATH": f"{tmp_path}:/usr/bin:/bin", "DISPLAY": ":12345"}
    copied = Clipboard(environ, platform="linux").copy("x" * 500_000)
    assert (copied.route, copied.message.startswith("Copied")) == ("none", False)
    assert "xclip: " in copied.detail and says in copied.detail


@posix
def test_a_clipboard_that_changes_a_moment_later_is_read_again(tmp_path: Path) -> None:
    """As under X: xclip has ended before the server knows of it."""
    held, coming = tmp_path / "held", tmp_path / "coming"
    held.write_text("what was there")
    late = f'cat "{held}"; [ -e "{coming}" ] && mv "{coming}" "{held}"; exit 0'
    stand_in(tmp_path, "xclip", f'for last; do :; done\nif [ "$last" = -o ]; then {late}; else cat > "{coming}"; fi')
    board = Clipboard({"PATH": f"{tmp_path}:{PATH}", "DISPLAY": ":1"}, platform="linux", limit=PATIENCE)
    copied = board.copy(TEXT, secret=True)
    assert (copied.route, copied.message.startswith("Copied")) == ("system", True) and copied.token is not None
    assert board.clear_if_ours(copied.token).message == "Cleared: the system clipboard"
    assert held.read_text() == ""


def test_a_program_that_is_missing_raises_nothing() -> None:
    done = process.run(["/nowhere/at-all"], environ={}, until=time.monotonic() + PATIENCE)
    assert not done.ok and done.error


# -- other platforms: what would be started, for their programs are not here


@posix
@pytest.mark.parametrize(
    ("platform", "environ", "programs", "name"),
    [
        ("darwin", {}, ["pbcopy", "pbpaste"], "pbcopy"),
        ("win32", {}, ["clip.exe", "powershell.exe"], "clip.exe"),
        ("linux", {"WSL_DISTRO_NAME": "Ubuntu", "DISPLAY": ":0"}, ["clip.exe", "xclip"], "clip.exe"),
        (
            "linux",
            {"WAYLAND_DISPLAY": "wayland-0", "DISPLAY": ":0"},
            ["wl-copy", "wl-paste", "xclip"],
            "wl-copy",
        ),
        ("linux", {"DISPLAY": ":0"}, ["xclip", "xsel", "wl-copy"], "xclip"),
        ("linux", {"DISPLAY": ":0"}, ["xsel"], "xsel"),
        ("linux", {}, ["xclip", "xsel", "wl-copy"], None),
        ("darwin", {"SSH_TTY": "/dev/pts/1"}, ["pbcopy"], None),
        ("win32", {}, [], None),
    ],
)
def test_the_platforms_own_tool_comes_first(
    tmp_path: Path, platform: str, environ: dict[str, str], programs: list[str], name: str | None
) -> None:
    for program in programs:
        stand_in(tmp_path, program, "exit 0")
    found = tools.tools({"PATH": str(tmp_path), **environ}, platform)
    assert [tool.name for tool in found][:1] == ([name] if name else [])


@posix
def test_a_tool_that_cannot_be_read_back_is_said_to_be_unverified(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    stand_in(tmp_path, "clip.exe", f"/bin/cat > {kept}")
    clipboard = Clipboard({"PATH": str(tmp_path)}, platform="win32")
    copied = clipboard.copy("Mailbox: zoë\nnext")
    assert (copied.route, copied.message.startswith("Copied")) == ("system", False)
    assert copied.message == "Handed to the system clipboard, not verified: look before you paste"
    assert kept.read_bytes().decode("utf-16-le") == "Mailbox: zoë\r\nnext"
    assert copied.token is not None
    assert clipboard.clear_if_ours(copied.token).message == "Cleared: the system clipboard (not verified)"
    assert kept.read_bytes() == b""
