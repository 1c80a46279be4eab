"""Copies go where they are said to go, and are taken back: through real tmux, X and Wayland."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from oxtui.outside.clipboard import Cleared, Clipboard, Copied, history, process, tools
from tests.e2e.terminal import Terminal

MARKED = "Zebra-7-marked"
TEXT = "Domain: bücher.example\nMailboxes: 日本, anna@example.com\t'\"$(id)`\\;"
PATH = os.environ["PATH"]

needs_tmux = pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")
needs_x = pytest.mark.skipif(
    not (shutil.which("Xvfb") and shutil.which("xclip")), reason="Xvfb and xclip are not both installed"
)
posix = pytest.mark.skipif(os.name != "posix", reason="stands in programs written for sh")


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    """A program in a tmux that nobody looks at."""
    with Terminal(["cat"]) as terminal:
        yield terminal


@pytest.fixture
def nested() -> Iterator[tuple[Terminal, Terminal]]:
    """A tmux that is looked at from inside another terminal: (inner, outer)."""
    with Terminal(["cat"], clipboard="off") as inner:
        attach = ["tmux", "-u", "-S", str(inner.socket), "attach"]
        with Terminal(attach, env={"TERM": "tmux-256color"}) as outer:
            wait_until(lambda: "clipboard" in inner.tmux("list-clients", "-F", "#{client_termfeatures}"))
            yield inner, outer


@pytest.fixture(scope="module")
def display() -> Iterator[str]:
    """The name of an X display of our own."""
    reading, writing = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writing), "-screen", "0", "320x200x8", "-nolisten", "tcp"],
        pass_fds=[writing],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(writing)
    with os.fdopen(reading) as pipe:
        number = pipe.readline().strip()
    assert number, "Xvfb did not start"
    yield f":{number}"
    server.terminate()
    server.wait(5)


@pytest.fixture
def x(display: str) -> dict[str, str]:
    """An environment with that display and nothing on its clipboard."""
    environ = {"PATH": PATH, "HOME": os.environ["HOME"], "DISPLAY": display, "LC_ALL": "C.UTF-8"}
    x_copy(environ, "")
    return environ


def x_copy(environ: dict[str, str], text: str) -> None:
    subprocess.run(
        ["xclip", "-selection", "clipboard"],
        input=text.encode(),
        env=environ,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        timeout=5,
        check=True,
    )


def x_paste(environ: dict[str, str]) -> str:
    words = ["xclip", "-selection", "clipboard", "-o"]
    return subprocess.run(words, env=environ, capture_output=True, timeout=5).stdout.decode()


def wait_until(condition: Callable[[], object], seconds: float = 5.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "did not come about in time"
        time.sleep(0.02)


def stand_in(folder: Path, name: str, script: str) -> Path:
    """A program of that name that does what the script says, first on the PATH that is returned."""
    program = folder / name
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return program


def holds_no_text(copied: Copied) -> bool:
    return MARKED not in repr(copied) + copied.message + copied.detail + repr(copied.token)


# -- tmux


@needs_tmux
def test_a_copy_in_tmux_is_in_its_buffer_and_read_back(terminal: Terminal) -> None:
    copied = Clipboard(terminal.variables).copy(TEXT)
    assert (copied.route, copied.verified, copied.detail) == ("tmux", True, "")
    assert copied.message == "Copied: in the tmux buffer, read back (paste it with tmux's own key)"
    assert terminal.buffers() == [TEXT]


@needs_tmux
def test_what_was_copied_is_what_tmux_pastes(terminal: Terminal) -> None:
    terminal.tmux("set-buffer", "an older one of the agent's")
    Clipboard(terminal.variables).copy("the new one")
    terminal.tmux("paste-buffer")
    terminal.wait_for("the new one")
    assert "older" not in terminal.text()


@needs_tmux
@pytest.mark.parametrize("setting", ["off", "external", "on"])
def test_the_terminal_around_tmux_gets_it_whatever_the_setting(nested: tuple[Terminal, Terminal], setting: str) -> None:
    inner, outer = nested
    inner.tmux("set", "-s", "set-clipboard", setting)
    copied = Clipboard(inner.variables).copy(TEXT)
    assert (copied.route, copied.verified) == ("tmux", True)
    assert copied.message == ("Copied: in the tmux buffer, read back; sent to the terminal's clipboard, not verified")
    wait_until(lambda: outer.osc52() == [TEXT])


@needs_tmux
def test_a_secret_is_taken_back_from_tmux_and_from_the_terminal_around_it(
    nested: tuple[Terminal, Terminal],
) -> None:
    inner, outer = nested
    inner.tmux("set-buffer", "the agent's own")
    clipboard = Clipboard(inner.variables)
    copied = clipboard.copy(MARKED, secret=True)
    assert copied.token is not None and clipboard.still_ours(copied.token) and holds_no_text(copied)
    assert inner.buffers() == [MARKED, "the agent's own"]
    cleared = clipboard.clear_if_ours(copied.token)
    assert cleared.done and cleared.message == (
        "Cleared: the tmux buffer and the terminal's clipboard (a blank was sent over it, not verified)"
    )
    assert inner.buffers() == ["the agent's own"]
    wait_until(lambda: outer.osc52() == [MARKED, " "])
    assert outer.buffers()[0] == " "
    assert not clipboard.still_ours(copied.token)


@needs_tmux
def test_what_was_copied_since_is_left_alone(nested: tuple[Terminal, Terminal]) -> None:
    inner, outer = nested
    clipboard = Clipboard(inner.variables)
    copied = clipboard.copy(MARKED, secret=True)
    assert copied.token is not None
    inner.tmux("load-buffer", "-w", "-b", copied.token.buffer, "-", given="somebody else's")
    wait_until(lambda: outer.osc52()[-1] == "somebody else's")
    assert not clipboard.still_ours(copied.token)
    cleared = clipboard.clear_if_ours(copied.token)
    assert cleared == Cleared(True, "Nothing to clear: something else has been copied since")
    assert inner.buffers() == ["somebody else's"] and outer.buffers()[0] == "somebody else's"


@needs_tmux
def test_another_panes_copy_in_between_does_not_confuse_it(terminal: Terminal) -> None:
    clipboard = Clipboard(terminal.variables)
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
    copied = Clipboard(environ).copy(TEXT)
    assert (copied.route, copied.verified) == ("tmux", True)
    assert "terminal's clipboard" not in copied.message and terminal.buffers() == [TEXT]


@needs_tmux
def test_a_server_that_is_gone_leaves_the_terminal_itself(terminal: Terminal) -> None:
    environ = terminal.variables
    terminal.tmux("kill-server")
    sent: list[str] = []
    copied = Clipboard(environ, sent.append).copy(TEXT)
    assert (copied.route, copied.verified, sent) == ("osc52", False, [TEXT])
    assert copied.detail.startswith("tmux: ")


# -- X


@needs_x
def test_a_copy_under_x_is_on_the_clipboard_and_read_back(x: dict[str, str]) -> None:
    copied = Clipboard(x, platform="linux").copy(TEXT)
    assert (copied.route, copied.verified) == ("system", True)
    assert copied.message == "Copied: in the system clipboard, read back" and copied.detail == ""
    assert x_paste(x) == TEXT


@needs_x
def test_a_copy_under_x_is_quick(x: dict[str, str]) -> None:
    clipboard = Clipboard(x, platform="linux")
    clipboard.copy("warm")
    begun = time.monotonic()
    assert clipboard.copy("x" * 100_000).verified
    assert time.monotonic() - begun < 1.0


@needs_x
def test_a_secret_is_taken_back_from_x(x: dict[str, str]) -> None:
    clipboard = Clipboard(x, platform="linux")
    copied = clipboard.copy(f"anna@example.com : {MARKED}", secret=True)
    assert x_paste(x).endswith(MARKED) and holds_no_text(copied)
    assert copied.token is not None and clipboard.still_ours(copied.token)
    assert clipboard.clear_if_ours(copied.token) == Cleared(True, "Cleared: the system clipboard")
    assert x_paste(x) == "" and not clipboard.still_ours(copied.token)


@needs_x
def test_under_x_what_was_copied_since_is_left_alone(x: dict[str, str]) -> None:
    clipboard = Clipboard(x, platform="linux")
    copied = clipboard.copy(MARKED, secret=True)
    assert copied.token is not None
    x_copy(x, "somebody else's")
    assert not clipboard.still_ours(copied.token)
    cleared = clipboard.clear_if_ours(copied.token)
    assert cleared == Cleared(True, "Nothing to clear: something else has been copied since")
    assert x_paste(x) == "somebody else's"


@needs_x
@pytest.mark.skipif(shutil.which("xsel") is None, reason="xsel is not installed")
def test_xsel_alone_does_it_too(x: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "xsel").symlink_to(str(shutil.which("xsel")))
    clipboard = Clipboard({**x, "PATH": str(tmp_path)}, platform="linux")
    copied = clipboard.copy(TEXT)
    assert (copied.route, copied.verified) == ("system", True) and x_paste(x) == TEXT
    assert copied.token is not None and clipboard.clear_if_ours(copied.token).done
    assert x_paste(x) == ""


@needs_x
@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="no /proc here")
def test_the_text_is_in_no_argument_and_no_environment(x: dict[str, str]) -> None:
    Clipboard(x, platform="linux").copy(MARKED, secret=True)
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
    clipboard = Clipboard({**inner.variables, "DISPLAY": x["DISPLAY"]}, platform="linux")
    copied = clipboard.copy(MARKED, secret=True)
    assert (copied.route, copied.verified) == ("tmux", True)
    assert copied.message == "Copied: in the tmux buffer and the system clipboard, read back"
    assert inner.buffers() == [MARKED] and x_paste(x) == MARKED
    assert copied.token is not None
    cleared = clipboard.clear_if_ours(copied.token)
    assert cleared.done and "system clipboard" in cleared.message and "tmux buffer" in cleared.message
    assert inner.buffers() == [] and x_paste(x) == ""
    wait_until(lambda: outer.osc52() == [MARKED, " "])


@needs_tmux
@needs_x
def test_where_only_the_system_clipboard_has_changed_the_terminals_is_left_alone(
    nested: tuple[Terminal, Terminal], x: dict[str, str]
) -> None:
    inner, outer = nested
    clipboard = Clipboard({**inner.variables, "DISPLAY": x["DISPLAY"]}, platform="linux")
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
    assert (copied.route, copied.verified, sent) == ("osc52", False, [TEXT])
    assert x_paste(x) == ""


def test_a_display_that_is_not_there_is_said(tmp_path: Path) -> None:
    if not shutil.which("xclip"):
        pytest.skip("xclip is not installed")
    copied = Clipboard({"PATH": PATH, "DISPLAY": ":12345"}, platform="linux").copy(TEXT)
    assert (copied.route, copied.verified) == ("none", False)
    assert "xclip" in copied.detail


# -- Wayland


@pytest.fixture(scope="module")
def wayland(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """A Wayland display without a screen; sway does not run as root, so it is given to nobody there."""
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
    if os.geteuid() == 0:
        if not shutil.which("setpriv"):
            pytest.skip("setpriv is not installed")
        for each in (folder, *folder.parents):
            if each.stat().st_uid == 0 and each.is_relative_to(tmp_path_factory.getbasetemp().parent):
                each.chmod(each.stat().st_mode | 0o011)
        os.chown(folder, 65534, 65534)
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
    assert (copied.route, copied.verified) == ("system", True), copied.detail
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


# -- OSC 52 and nothing at all


def test_osc52_is_said_to_be_sent_and_not_verified() -> None:
    sent: list[str] = []
    clipboard = Clipboard({"PATH": PATH}, sent.append, platform="linux")
    copied = clipboard.copy(TEXT)
    assert (copied.route, copied.verified, sent) == ("osc52", False, [TEXT])
    assert "not verified" in copied.message and "Copied" not in copied.message
    assert copied.token is not None and not clipboard.still_ours(copied.token)
    cleared = clipboard.clear_if_ours(copied.token)
    assert sent == [TEXT, " "] and "not verified" in cleared.message


def test_a_long_text_over_osc52_is_said_to_be_at_risk() -> None:
    copied = Clipboard({"PATH": PATH}, lambda text: None, platform="linux").copy("x" * 60_000)
    assert copied.route == "osc52" and "long" in copied.detail


@pytest.mark.parametrize("environ", [{"TERM_PROGRAM": "Apple_Terminal"}, {"TERM": "linux"}, {"TERM": "dumb"}])
def test_a_terminal_that_is_known_to_be_deaf_is_not_written_to(environ: dict[str, str]) -> None:
    sent: list[str] = []
    copied = Clipboard({"PATH": "", **environ}, sent.append, platform="linux").copy(MARKED, secret=True)
    assert (copied.route, copied.verified, sent) == ("none", False, [])
    assert copied.message.startswith("Not copied") and copied.detail and copied.token is None


def test_without_any_way_it_says_so() -> None:
    copied = Clipboard({"PATH": PATH}, platform="linux").copy(TEXT)
    assert (copied.route, copied.verified, copied.token) == ("none", False, None)
    assert copied.message.startswith("Not copied")


def test_a_terminal_that_cannot_be_written_to_is_said() -> None:
    def closed(text: str) -> None:
        raise BrokenPipeError(32, "Broken pipe")

    copied = Clipboard({"PATH": PATH}, closed, platform="linux").copy(TEXT)
    assert copied.route == "none" and copied.detail == "the terminal: Broken pipe"


def test_an_empty_text_is_not_copied() -> None:
    sent: list[str] = []
    for text in ("", "\x1b\u200b"):
        assert Clipboard({"PATH": PATH}, sent.append).copy(text).route == "none"
    assert sent == []


def test_what_acts_on_a_terminal_is_not_copied() -> None:
    sent: list[str] = []
    Clipboard({"PATH": PATH}, sent.append, platform="linux").copy("a\x1b]52;c;aGk=\x07b\r\nc\u202e\x9bd")
    assert sent == ["a]52;c;aGk=b\ncd"]


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
    assert time.monotonic() - begun < 2.6
    assert copied.route == "osc52" and "tmux: no answer in time; xclip: no answer in time" in copied.detail


@needs_x
@posix
def test_a_hanging_tmux_leaves_time_for_the_system_clipboard(x: dict[str, str], tmp_path: Path) -> None:
    stand_in(tmp_path, "tmux", "sleep 60")
    environ = {**x, "PATH": f"{tmp_path}:{PATH}", "TMUX": "/nowhere,1,0"}
    copied = Clipboard(environ, platform="linux").copy(TEXT)
    assert (copied.route, copied.verified) == ("system", True) and x_paste(x) == TEXT
    assert copied.detail == "tmux: no answer in time"


@posix
def test_nothing_that_hung_is_left_running(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    stand_in(tmp_path, "xclip", f"sleep 60 & echo $! $$ >> {pids}; wait")
    clipboard = Clipboard({"PATH": f"{tmp_path}:{PATH}", "DISPLAY": ":1"}, limit=0.5, platform="linux")
    clipboard.copy(TEXT)
    for pid in pids.read_text().split():
        wait_until(lambda pid=pid: not _runs(int(pid)))


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
    assert (copied.route, copied.verified) == ("none", False)
    assert "xclip: " in copied.detail and says in copied.detail


def test_a_program_that_is_missing_raises_nothing() -> None:
    done = process.run(["/nowhere/at-all"], environ={}, until=time.monotonic() + 1)
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
    assert (copied.route, copied.verified) == ("system", False)
    assert copied.message == "Handed to the system clipboard, not verified: look before you paste"
    assert kept.read_bytes().decode("utf-16-le") == "Mailbox: zoë\r\nnext"
    assert copied.token is not None
    assert clipboard.clear_if_ours(copied.token).message == "Cleared: the system clipboard (not verified)"
    assert kept.read_bytes() == b""


@posix
def test_wl_copy_is_told_of_a_secret_where_it_understands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(tmp_path, "wl-copy", 'case "$1" in --help) echo "  --sensitive  Hint";; esac')
    environ = {"PATH": str(tmp_path), "WAYLAND_DISPLAY": "wayland-0"}
    monkeypatch.setattr(tools, "_tmp_in_memory", lambda: True)
    (tool,) = tools.tools(environ, "linux", secret=True)
    assert tool.writes[-1] == "--sensitive"
    (tool,) = tools.tools(environ, "linux")
    assert "--sensitive" not in tool.writes


# -- a clipboard history


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
    running = subprocess.Popen([program, "30"])
    try:
        wait_until(lambda: "CopyQ" in str(clipboard.history_risk()))
        begun = time.monotonic()
        clipboard.history_risk()
        assert time.monotonic() - begun < 0.5
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


@needs_tmux
def test_a_tmux_in_a_tmux_keeps_a_list_and_is_told_of(nested: tuple[Terminal, Terminal]) -> None:
    assert "outer tmux" in str(Clipboard(nested[0].variables, platform="linux").history_risk())


# -- what the doctor asks


def test_the_routes_without_anything() -> None:
    routes = Clipboard({"PATH": PATH}, print, platform="linux").routes()
    assert [(r.name, r.available, r.tested) for r in routes] == [
        ("tmux", False, False),
        ("system clipboard", False, False),
        ("osc52", True, False),
    ]


@needs_tmux
@needs_x
def test_asking_for_the_routes_changes_nothing(terminal: Terminal, x: dict[str, str]) -> None:
    x_copy(x, "the agent's own")
    clipboard = Clipboard({**terminal.variables, "DISPLAY": x["DISPLAY"]}, platform="linux")
    routes = {r.name: r for r in clipboard.routes()}
    assert routes["tmux"].tested and routes["xclip"].tested and not routes["osc52"].tested
    assert terminal.buffers() == [] and x_paste(x) == "the agent's own"
    broken = Clipboard({"PATH": PATH, "DISPLAY": ":12345"}, platform="linux").routes()
    assert [(r.available, r.tested) for r in broken if r.name == "xclip"] == [(True, False)]
