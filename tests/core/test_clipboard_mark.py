"""A password that a killed run left on the clipboard is cleared by the next start, and nothing else is."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from oxtui.outside.clipboard import Clipboard, mark
from oxtui.screens.clipboard_secrets import ClipboardSecrets
from tests.core.clipboard_help import PATH, needs_tmux, posix, stand_in, tmux_in_a_terminal
from tests.drive.waiting import PATIENCE

TEXT = "Domain: bücher.example\nPassword: hunter2horse\n"
SHOWN = "Domain: bücher.example\nPassword: ••••••••\n"

pytestmark = posix


def x_board(folder: Path) -> tuple[Clipboard, Path]:
    """A clipboard whose program keeps what it holds in a file."""
    programs, held = folder / "programs", folder / "held"
    programs.mkdir()
    stand_in(
        programs, "xclip", f'for last; do :; done\nif [ "$last" = -o ]; then cat "{held}"; else cat > "{held}"; fi'
    )
    return Clipboard({"PATH": f"{programs}:{PATH}", "HOME": str(folder), "DISPLAY": ":7"}, limit=PATIENCE), held


def gone() -> int:
    """The number of a process that has ended."""
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    return ended.pid


def killed(home: Path) -> Path:
    """The mark of this process, as a run that was killed left it."""
    mark.put(home, TEXT, SHOWN)
    (path,) = home.glob("clipboard-*.mark")
    return path.rename(home / f"clipboard-{gone()}.mark")


def test_the_mark_holds_nothing_of_the_secret(tmp_path: Path) -> None:
    left = killed(tmp_path)
    assert set(json.loads(left.read_bytes())) == {"length", "digest"}
    assert left.stat().st_mode & 0o777 == 0o600
    before = left.read_bytes()
    mark.put(tmp_path, TEXT.replace("hunter2horse", "Sommer2024!"), SHOWN)
    assert (tmp_path / f"clipboard-{os.getpid()}.mark").read_bytes() == before, "another password, the same mark"


def test_what_a_kill_left_is_cleared_and_told(tmp_path: Path) -> None:
    board, held = x_board(tmp_path)
    held.write_text(TEXT, "utf-8")
    left = killed(tmp_path)
    told = board.clear_left(tmp_path)
    assert "cleared now, from the system clipboard" in told and "hunter2" not in told
    assert held.read_text() == "" and not left.exists()
    assert board.clear_left(tmp_path) == ""


def test_what_was_copied_since_is_left_alone(tmp_path: Path) -> None:
    board, held = x_board(tmp_path)
    held.write_text("a shopping list", "utf-8")
    killed(tmp_path)
    assert "something else has been copied since" in board.clear_left(tmp_path)
    assert held.read_text() == "a shopping list"


def test_a_run_that_still_counts_down_is_left_alone(tmp_path: Path) -> None:
    board, held = x_board(tmp_path)
    held.write_text(TEXT, "utf-8")
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        killed(tmp_path).rename(tmp_path / f"clipboard-{other.pid}.mark")
        assert board.clear_left(tmp_path) == "" and held.read_text("utf-8") == TEXT
        other.communicate()
    assert "cleared now" in board.clear_left(tmp_path)


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b'{"length": -1, "digest": 7}', b'{"length": 1e9}', b"\xff"])
def test_a_mark_that_cannot_be_read_still_clears(tmp_path: Path, data: bytes) -> None:
    board, held = x_board(tmp_path)
    held.write_text(TEXT, "utf-8")
    killed(tmp_path).write_bytes(data)
    assert "cleared now" in board.clear_left(tmp_path) and held.read_text() == ""


def test_the_mark_is_there_while_a_secret_is_lent_and_no_longer(tmp_path: Path) -> None:
    (board, held), lent = x_board(tmp_path), ClipboardSecrets(tmp_path)
    copied = lent.copy(board, TEXT, SHOWN)
    assert copied.token is not None and held.read_text("utf-8") == TEXT
    assert [path.name for path in tmp_path.glob("clipboard-*.mark")] == [f"clipboard-{os.getpid()}.mark"]
    assert lent.take_back(copied.token) is not None
    assert not list(tmp_path.glob("clipboard-*.mark"))
    lent.copy(board, TEXT, SHOWN)
    lent.end()
    assert held.read_text() == "" and not list(tmp_path.glob("clipboard-*.mark"))


@needs_tmux
def test_a_tmux_buffer_that_a_kill_left_is_cleared(tmp_path: Path) -> None:
    with tmux_in_a_terminal() as (inner, _outer):
        environ = {"PATH": PATH, "TMUX": f"{inner.socket},1,0", "HOME": str(tmp_path)}
        subprocess.run(["tmux", "-S", str(inner.socket), "load-buffer", "-"], input=TEXT.encode(), check=True)
        subprocess.run(["tmux", "-S", str(inner.socket), "set-buffer", "a list"], check=True)
        killed(tmp_path)
        assert "a tmux buffer" in Clipboard(environ, limit=PATIENCE).clear_left(tmp_path)
        assert "hunter2" not in inner.tmux("list-buffers") and "a list" in inner.tmux("list-buffers")
