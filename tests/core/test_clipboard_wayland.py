"""Copies under Wayland: through a real compositor, and never with a secret laid on disk."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from oxtui.outside.clipboard import Clipboard, tools
from tests.core.clipboard_help import (
    MARKED,
    PATH,
    TEXT,
    posix,
    stand_in,
)


@pytest.fixture(scope="module")
def wayland(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """A Wayland display without a screen; sway does not run as root, so it runs as the user nobody there."""
    sway = shutil.which("sway")
    if not (sway and shutil.which("wl-copy") and shutil.which("wl-paste")):
        pytest.skip("sway and wl-clipboard are not both installed")
    folder = tmp_path_factory.mktemp("wayland", numbered=True)
    config = folder / "config"
    config.write_text("xwayland disable\n")
    plain = folder / "sway"
    shutil.copyfile(sway, plain)  # without its set-user-id bit
    plain.chmod(0o755)
    environ = {
        "PATH": PATH, "HOME": str(folder), "XDG_RUNTIME_DIR": str(folder), "WLR_BACKENDS": "headless",
        "WLR_LIBINPUT_NO_DEVICES": "1", "WLR_RENDERER": "pixman", "LC_ALL": "C.UTF-8",
    }  # fmt: skip
    words = [str(plain), "-c", str(config)]
    if os.geteuid() == 0:  # type: ignore[attr-defined]
        if not shutil.which("setpriv"):
            pytest.skip("setpriv is not installed")
        for each in (folder, *folder.parents):
            if each.stat().st_uid == 0 and each.is_relative_to(tmp_path_factory.getbasetemp().parent):
                each.chmod(each.stat().st_mode | 0o011)
        os.chown(folder, 65534, 65534)  # type: ignore[attr-defined]
        words = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", *words]
    server = subprocess.Popen(words, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    end = time.monotonic() + 5
    while not (names := [p.name for p in folder.glob("wayland-*") if p.suffix != ".lock"]):
        if server.poll() is not None or time.monotonic() > end:
            server.kill()
            pytest.skip("sway does not start here")
        time.sleep(0.05)
    yield {"PATH": PATH, "XDG_RUNTIME_DIR": str(folder), "WAYLAND_DISPLAY": names[0], "LC_ALL": "C.UTF-8"}
    server.terminate()
    server.wait(5)


def wl_paste(environ: dict[str, str]) -> str:
    return subprocess.run(["wl-paste", "-n"], env=environ, capture_output=True, timeout=5).stdout.decode()


def test_a_copy_under_wayland_is_on_the_clipboard_and_taken_back(wayland: dict[str, str]) -> None:
    clipboard = Clipboard(wayland, platform="linux")
    copied = clipboard.copy(TEXT)
    assert (copied.route, copied.message.startswith("Copied")) == ("system", True), copied.detail
    assert wl_paste(wayland) == TEXT
    assert copied.token is not None and clipboard.clear_if_ours(copied.token).done
    assert wl_paste(wayland) == ""


def test_under_wayland_a_secret_is_never_laid_on_disk(wayland: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tools, "_tmp_in_memory", lambda: False)
    sent: list[str] = []
    before = set(Path("/tmp").glob("wl-copy-buffer-*"))
    copied = Clipboard(wayland, sent.append, platform="linux").copy(MARKED, secret=True)
    assert (copied.route, sent) == ("osc52", [MARKED])
    assert copied.detail == "wl-copy: left out, it lays what it serves into a file"
    assert set(Path("/tmp").glob("wl-copy-buffer-*")) == before
    monkeypatch.setattr(tools, "_tmp_in_memory", lambda: True)
    assert Clipboard(wayland, platform="linux").copy(MARKED, secret=True).route == "system"


@pytest.mark.parametrize(
    ("mounts", "memory"),
    [
        ("/dev/sda1 / ext4 rw 0 0\n", False),
        ("/dev/sda1 / ext4 rw 0 0\ntmpfs /tmp tmpfs rw 0 0\n", True),
        ("tmpfs / tmpfs rw 0 0\n/dev/sdb /tmp xfs rw 0 0\n", False),
        ("tmpfs / tmpfs rw 0 0\n", True),
        ("", False),
    ],
)
def test_whether_tmp_is_in_memory(mounts: str, memory: bool) -> None:
    assert tools._tmp_in_memory(lambda: mounts) is memory


@posix
def test_wl_copy_is_told_of_a_secret_where_it_understands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(tmp_path, "wl-copy", 'case "$1" in --help) echo "  --sensitive  Hint";; esac')
    environ = {"PATH": str(tmp_path), "WAYLAND_DISPLAY": "wayland-0"}
    monkeypatch.setattr(tools, "_tmp_in_memory", lambda: True)
    (tool,) = tools.tools(environ, "linux", secret=True)
    assert tool.writes[-1] == "--sensitive"
    (tool,) = tools.tools(environ, "linux")
    assert "--sensitive" not in tool.writes
