"""A real terminal for tests: one program in one pane of a tmux server of its own.

    with Terminal([sys.executable, "-m", "oxtui"], 80, 24, {"OXTUI_HOME": home}) as terminal:
        terminal.wait_for("Home")
        terminal.press("n").type("example.com").press("enter")
        assert "example.com" in terminal.text()
        assert terminal.osc52() == []

Every Terminal has its own server and socket: no buffer, option or process is shared with anything else, and
closing it ends nothing but what it started. Keys have Textual's names.
"""

from __future__ import annotations

import base64
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType

from tests.drive.waiting import PATIENCE

TMUX = shutil.which("tmux")

_NAMED = {
    "enter": "Enter", "escape": "Escape", "space": "Space", "tab": "Tab", "shift+tab": "BTab",
    "backspace": "BSpace", "delete": "DC", "insert": "IC", "home": "Home", "end": "End",
    "pageup": "PPage", "pagedown": "NPage", "up": "Up", "down": "Down", "left": "Left", "right": "Right",
    **{f"f{number}": f"F{number}" for number in range(1, 13)},
}  # fmt: skip
ESCAPE_SECONDS = 0.12
"""A little more than a program waits after an ESC for what may belong to it."""
_MODIFIERS = {"ctrl": "C", "alt": "M", "shift": "S"}
_ENDED = "#{pane_dead},#{pane_dead_status},#{pane_dead_signal}"
_OSC52 = re.compile(rb"\x1b\]52;[a-z0-7]*;([A-Za-z0-9+/=]*)(?:\x07|\x1b\\)")
_OPTIONS = """\
set -g status off
set -g remain-on-exit on
set -g default-terminal tmux-256color
set -g history-limit 2000
set -g focus-events off
set -s escape-time 0
set -s set-clipboard {clipboard}
"""

Sought = str | re.Pattern[str] | Callable[[list[str]], bool]


class TimedOut(AssertionError):
    """Something that was waited for did not come; the message holds the last screen."""


def key_name(key: str) -> str:
    """tmux's name of a key; raises KeyError for one that no plain terminal sends."""
    if key in _NAMED:
        return _NAMED[key]
    *modifiers, base = key.split("+")
    unsendable = "ctrl" in modifiers and (base in ("enter", "tab", "escape", "backspace") or "shift" in modifiers)
    if not modifiers or unsendable or (len(base) != 1 and base not in _NAMED) or key == "shift+enter":
        raise KeyError(f"a plain terminal cannot send {key!r}")
    return "-".join([*(_MODIFIERS[each] for each in modifiers), _NAMED.get(base, base)])


def awake(pid: int) -> list[str]:
    """What does not only wait, of a process and all that it started: each thread's number, name and state."""
    pids, found = [pid], []
    for each in pids:
        for task in Path(f"/proc/{each}/task").glob("*"):
            try:
                pids += map(int, (task / "children").read_text().split())
                name, _, rest = (task / "stat").read_text().rpartition(")")
            except OSError:  # it has just ended
                found.append(f"{task.name} ended")
            else:
                if rest.split()[0] not in "SZ":
                    found.append(f"{name}) {rest.split()[0]}")
    return found


def asleep(pid: int) -> bool | None:
    """Whether a process and all that it started only wait; None where the system does not tell."""
    return not awake(pid) if sys.platform == "linux" else None


def unread(tty: str) -> int:
    """How many bytes lie in a terminal's line that its program has not read yet."""
    import fcntl
    import termios

    try:
        line = os.open(tty, os.O_RDONLY | os.O_NOCTTY | os.O_NONBLOCK)
    except OSError:  # the program has ended, and its terminal with it
        return 0
    try:
        return int.from_bytes(fcntl.ioctl(line, termios.FIONREAD, bytes(4)), sys.byteorder)
    except OSError:
        return 0
    finally:
        os.close(line)


class Terminal:
    """A program in a terminal of so many columns and rows; `env` is added to a small clean environment."""

    def __init__(
        self,
        command: Sequence[str | os.PathLike[str]],
        cols: int = 80,
        rows: int = 24,
        env: Mapping[str, str] | None = None,
        *,
        cwd: str | os.PathLike[str] | None = None,
        clipboard: str = "on",
    ) -> None:
        self.cols, self.rows = cols, rows
        self._folder = Path(tempfile.mkdtemp(prefix="ox"))  # short: a socket's path has 107 bytes at most
        self.socket = self._folder / "s"
        self._raw = self._folder / "raw"
        self._raw.touch()
        gate = self._folder / "gate"
        os.mkfifo(gate)
        options = self._folder / "conf"
        options.write_text(_OPTIONS.format(clipboard=clipboard))
        self._env = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "HOME": os.environ["HOME"]}
        given = {**self._env, "COLORTERM": "truecolor", **(env or {})}
        # The pane waits at the gate until its output is being recorded: nothing of it is missed.
        words = ["env", "-i", *(f"{k}={v}" for k, v in given.items()), *(os.fspath(each) for each in command)]
        start = (
            f"read _ < {shlex.quote(str(gate))}; set -- {shlex.join(words[2:])}; "
            'exec env -i TERM="$TERM" TMUX="$TMUX" TMUX_PANE="$TMUX_PANE" "$@"'
        )
        try:
            new = [
                "new-session",
                "-d",
                "-x",
                str(cols),
                "-y",
                str(rows),
                "-c",
                os.fspath(cwd or self._folder),
            ]
            subprocess.run(
                [TMUX or "tmux", "-u", "-S", str(self.socket), "-f", str(options), *new, "sh", "-c", start],
                check=True,
                env=self._env,
                timeout=PATIENCE,
            )
            self.tmux("pipe-pane", "-O", f"cat >> {shlex.quote(str(self._raw))}")
            pid, server, self.tty = self.tmux("display-message", "-p", "#{pane_pid} #{pid} #{pane_tty}").split()
            self.pid, self.server = int(pid), int(server)
            gate.write_text("go\n")
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Terminal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the server with all that runs in it, and remove its folder."""
        subprocess.run([TMUX or "tmux", "-S", self.socket, "kill-server"], env=self._env, capture_output=True)
        shutil.rmtree(self._folder, ignore_errors=True)

    def tmux(self, *words: str, given: str | None = None) -> str:
        """Run one tmux command against this server; raises RuntimeError with what tmux says."""
        done = subprocess.run(
            [TMUX or "tmux", "-u", "-S", self.socket, *words],
            input=None if given is None else given.encode(),
            stdin=subprocess.DEVNULL if given is None else None,
            capture_output=True,
            env=self._env,
            timeout=PATIENCE,
        )
        if done.returncode:
            raise RuntimeError(f"tmux {words[0]}: {done.stderr.decode().strip()}")
        return done.stdout.decode("utf-8", "replace").removesuffix("\n")

    @property
    def variables(self) -> dict[str, str]:
        """The environment of a program in this pane: what makes a tmux client find this server."""
        pane = self.tmux("display-message", "-p", "#{pane_id}")
        return {**self._env, "TMUX": f"{self.socket},{self.server},0", "TMUX_PANE": pane, "TERM": "tmux-256color"}

    # -- in

    def press(self, *keys: str, gap: float = 0.0) -> Terminal:
        """Keys by Textual's names, one after the other, `gap` seconds apart."""
        for key in keys:
            if len(key) == 1:
                self._literally(key)
            else:
                self.tmux("send-keys", "--", key_name(key))
            time.sleep(gap)
            if key == "escape":
                self._let_it_stand()
        return self

    def type(self, text: str) -> Terminal:
        """Text, as if typed."""
        self._literally(text)
        return self

    def _let_it_stand(self) -> None:
        """Wait until an ESC was read and its time is over: with a byte right behind it, it is alt with that key."""
        self._until_asleep(lambda: not unread(self.tty))
        time.sleep(ESCAPE_SECONDS)
        self._until_asleep()

    def _until_asleep(self, true: Callable[[], bool] = lambda: True, seconds: float = 10.0) -> None:
        """Wait until all in here waits, and something holds; a program that is never idle is left to itself."""
        end = time.monotonic() + seconds
        while (self._asleep() is False or not true()) and time.monotonic() < end:
            time.sleep(0.01)

    def _literally(self, text: str) -> None:
        # a semicolon at the end would part two commands of tmux
        self.tmux("send-keys", "-l", "--", text[:-1] + "\\;" if text.endswith(";") else text)

    def paste(self, text: str) -> Terminal:
        """A bracketed paste."""
        self.tmux("load-buffer", "-b", "paste", "-", given=text)
        self.tmux("paste-buffer", "-p", "-r", "-d", "-b", "paste")
        return self

    def resize(self, cols: int, rows: int) -> Terminal:
        """Another size of the window."""
        self.cols, self.rows = cols, rows
        self.tmux("resize-window", "-x", str(cols), "-y", str(rows))
        return self

    # -- out

    def screen(self, *, colours: bool = False) -> list[str]:
        """The lines that a person sees, without trailing blanks; with `colours` as escape sequences."""
        lines = self.tmux("capture-pane", "-p", *(["-e"] if colours else [])).split("\n")
        return [line.rstrip() for line in lines] + [""] * (self.rows - len(lines))

    def text(self) -> str:
        """The screen as one text."""
        return "\n".join(self.screen())

    def raw(self) -> bytes:
        """Every byte that the program has written to its terminal, once what records them has them all."""
        self._until_asleep(seconds=5.0)
        return self._raw.read_bytes()

    def osc52(self) -> list[str]:
        """What the program has written to the clipboard by OSC 52, oldest first."""
        return [base64.b64decode(found[1]).decode("utf-8", "replace") for found in _OSC52.finditer(self.raw())]

    def buffers(self) -> list[str]:
        """The texts of tmux's paste buffers, newest first."""
        names = self.tmux("list-buffers", "-F", "#{buffer_name}").split()
        return [self.tmux("show-buffer", "-b", name) for name in names]

    def wait_for(self, sought: Sought, seconds: float = PATIENCE, *, named: str = "") -> list[str]:
        """The screen, once it holds a text, matches a pattern or fulfils a condition; else TimedOut (with `named`)."""
        end = time.monotonic() + seconds
        while True:
            lines = self.screen()
            whole = "\n".join(lines)
            if isinstance(sought, str):
                there = sought in whole
            else:
                there = bool(sought.search(whole)) if isinstance(sought, re.Pattern) else sought(lines)
            if there:
                return lines
            if time.monotonic() > end:
                raise TimedOut(f"{named or sought!r} did not come within {seconds} s:\n{whole}")
            time.sleep(0.02)

    def wait_for_all(self, *texts: str, seconds: float = PATIENCE) -> list[str]:
        """The screen, once it holds all these texts at the same time; raises TimedOut."""
        return self.wait_for(lambda lines: all(text in "\n".join(lines) for text in texts), seconds, named=repr(texts))

    def wait_gone(self, text: str, seconds: float = PATIENCE) -> list[str]:
        """The screen, once it holds the text no more; raises TimedOut."""
        return self.wait_for(lambda lines: text not in "\n".join(lines), seconds)

    def wait_still(self, quiet: float | None = None, seconds: float = PATIENCE) -> list[str]:
        """The screen, once for a moment (or `quiet` seconds) nothing was written and nothing ran; or TimedOut."""
        end = time.monotonic() + seconds
        size, since = -1, time.monotonic()
        while (at := time.monotonic()) < end:
            asleep = self._asleep()
            if (now := self._raw.stat().st_size) != size or asleep is False:
                size, since = now, at
            elif at - since >= (quiet or (0.06 if asleep else 0.2)):
                return self.screen()
            time.sleep(0.01)
        raise TimedOut(f"no rest within {seconds} s, {size} bytes written, awake: {awake(self.server)}\n{self.text()}")

    def _asleep(self) -> bool | None:
        return asleep(self.server)

    # -- the program

    def alive(self) -> bool:
        """Whether the program still runs."""
        return self.tmux("display-message", "-p", "#{pane_dead}") == "0"

    def kill9(self) -> Terminal:
        """Kill the program with SIGKILL and wait until it has ended."""
        return self.signal(signal.SIGKILL)

    def signal(self, number: int, *, wait: bool = True) -> Terminal:
        """Send the program a signal."""
        os.kill(self.pid, number)
        if wait:
            self.exit_status()
        return self

    def exit_status(self, seconds: float = PATIENCE) -> int:
        """The exit code of the ended program, or minus the signal that ended it; raises TimedOut.

        tmux 3.3a now and then sees the pane close, and not that its program has ended: it stays a zombie, and the
        code is never told. A SIGCHLD makes the server ask again.
        """
        end = time.monotonic() + seconds
        closed = 0
        while time.monotonic() < end:
            dead, status, number = self.tmux("display-message", "-p", _ENDED).split(",")
            if dead == "1" and (status or number):  # the status comes a moment after the death
                return int(status) if status else -int(number)
            closed += dead == "1"
            if closed % 20 == 19:
                os.kill(self.server, signal.SIGCHLD)
            time.sleep(0.02)
        raise TimedOut(f"the program did not end within {seconds} s:\n{self.text()}")
