"""The program warns of a clipboard history that may keep a copy."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from oxtui.outside.clipboard import Clipboard, history
from tests.core.clipboard_help import (
    PATH,
)
from tests.drive.waiting import until


def test_a_history_is_told_of() -> None:
    def risk(platform: str = "linux", **environ: str) -> str | None:
        return Clipboard({"PATH": PATH, **environ}, platform=platform).history_risk()

    assert risk() is None
    assert "Klipper" in str(risk(XDG_CURRENT_DESKTOP="KDE", DISPLAY=":0"))
    assert risk(XDG_CURRENT_DESKTOP="KDE", DISPLAY=":0", SSH_TTY="/dev/pts/0") is None


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_a_running_history_is_found_by_its_process(tmp_path: Path) -> None:
    program = tmp_path / "copyq"
    shutil.copyfile(str(shutil.which("sleep")), program)
    program.chmod(0o755)
    clipboard = Clipboard({"PATH": PATH, "DISPLAY": ":0"}, platform="linux")
    assert "CopyQ" not in str(clipboard.history_risk())
    running = subprocess.Popen([program, "3600"])
    try:
        until(lambda: "CopyQ" in str(clipboard.history_risk()))
    finally:
        running.kill()
        running.wait()


def test_a_watcher_is_found_by_its_command_line(tmp_path: Path) -> None:
    for number, (name, line) in enumerate([("wl-paste", b"wl-paste\0-n"), ("bash", b"bash\0--watch")]):
        (tmp_path / str(number)).mkdir()
        (tmp_path / str(number) / "comm").write_text(name + "\n")
        (tmp_path / str(number) / "cmdline").write_bytes(line)
    assert sorted(history._processes(tmp_path)) == ["bash", "wl-paste"]
    (tmp_path / "0" / "cmdline").write_bytes(b"wl-paste\0--watch\0cliphist\0store")
    assert sorted(history._processes(tmp_path)) == ["bash", "cliphist"]


def test_a_gnome_extension_is_found_in_its_folder(tmp_path: Path) -> None:
    environ = {"XDG_CURRENT_DESKTOP": "ubuntu:GNOME", "XDG_DATA_HOME": str(tmp_path)}
    extensions = tmp_path / "gnome-shell" / "extensions"
    (extensions / "dash-to-dock@example").mkdir(parents=True)
    assert history._gnome_extension(environ) == ""
    (extensions / "clipboard-indicator@tudmotu.com").mkdir()
    assert history._gnome_extension(environ) == "The GNOME extension clipboard-indicator"
    assert history._gnome_extension({**environ, "XDG_CURRENT_DESKTOP": "sway"}) == ""
