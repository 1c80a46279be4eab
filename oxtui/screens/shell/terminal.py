"""Guards for what Textual assumes of a terminal: valid input bytes, a sane size, a usable encoding, a clean exit."""

from __future__ import annotations

import codecs
import os
import re
import select
import signal
import sys
import time
from collections.abc import Callable
from functools import partial
from queue import Empty, Full, Queue
from threading import Thread
from typing import Any, Final, TextIO

from msgspec.structs import astuple
from textual import constants

from oxtui.widgets.glyphs import UNICODE

WAITING: Final = 30
"""Texts that may wait for a slow terminal before the program waits, too (Textual's own number)."""
MOST_WAITING: Final = 2_000
"""Texts held at most for a terminal that takes nothing."""
PATIENCE: Final = 1.0
"""Seconds that the program waits for a terminal that takes nothing; after that it queues the frames."""
LAST: Final = 16
"""Texts at the end of a run, which restore the terminal."""
ESCAPE: Final = b"\x1b"
REST: Final = re.compile(rb"\[[0-9;]*[A-Za-z~]|O[P-S]")
"""What follows the escape in the bytes of an arrow or function key, which a slow line may bring later."""
ESCAPE_KEY: Final = "\x1b[27u"
"""The escape key as terminals report it that tell it from the beginning of another key."""


def prepare() -> None:
    """Guard the program against its terminal, once, before the app runs.

    Textual 8.2 decodes terminal input strictly as UTF-8: one other byte (a paste in Latin-1, alt and a
    letter as eight bits, an old mouse report beyond column 95) ends its input thread with a traceback. Here such a
    byte is ignored. Textual also believes COLUMNS and LINES more than the terminal, reads for ever from a closed
    terminal, waits for ever to write to one that takes nothing, and takes esc after 0.1 s whatever ESCDELAY says.
    """
    for name in ("COLUMNS", "LINES"):
        os.environ.pop(name, None)
    if sys.platform != "win32":
        from textual.drivers import linux_driver

        setattr(linux_driver, "getincrementaldecoder", _lenient)  # noqa: B010 - a name of that module, and no method
        setattr(linux_driver, "WriterThread", Writer)  # noqa: B010 - likewise
    if sys.__stderr__ is not None and not takes(UNICODE.done, sys.__stderr__):
        getattr(sys.__stderr__, "reconfigure", _nothing)(errors="replace")  # one cell stays one cell


def _lenient(encoding: str) -> Callable[[], Input]:
    """Return a decoder factory that ignores invalid bytes."""
    return partial(Input, encoding)


class Input:
    """Decodes the terminal's input; a closed terminal raises SIGHUP, even if the system sent none."""

    def __init__(self, encoding: str) -> None:
        self._decoder = codecs.getincrementaldecoder(encoding)(errors="ignore")
        self._gone = False
        self._escaped = False
        """Whether the bytes before ended in an escape that was taken for the key."""

    def decode(self, data: bytes, final: bool = False) -> str:
        """Return the text without invalid bytes."""
        if not data and not final:
            self._ended()
        if self._escaped and (late := REST.match(data)):
            data = data[late.end() :]  # esc has acted for this key; its letters are nobody's answer
        self._escaped = data.endswith(ESCAPE) and not final and not _more_follows()
        if self._escaped:
            return self._decoder.decode(data[:-1]) + ESCAPE_KEY
        return self._decoder.decode(data, final)

    def _ended(self) -> None:
        """Handle an empty read: a closed terminal is always readable and always empty."""
        time.sleep(0.1)
        if sys.platform != "win32" and not self._gone and sys.__stdin__ and not sys.__stdin__.isatty():
            self._gone = True
            os.kill(os.getpid(), signal.SIGHUP)


def _more_follows() -> bool:
    """Return whether the rest of a key's bytes arrives within ESCDELAY."""
    stdin = sys.__stdin__
    return stdin is not None and bool(select.select([stdin], [], [], constants.ESCAPE_DELAY)[0])


class Writer(Thread):
    """Writes to the terminal in the background as Textual's own does, but never blocks the end of the program.

    A terminal that takes nothing (a hung connection, a stopped reader) delays the program by PATIENCE seconds at
    most; text it has not read by the end is dropped. A closed terminal takes everything and shows nothing.
    """

    def __init__(self, file: TextIO) -> None:
        super().__init__(daemon=True, name="output")
        self._file = file
        self._texts: Queue[str | None] = Queue(WAITING)

    def write(self, text: str | None) -> None:
        """Queue a text; None ends the thread."""
        if text is not None and self._texts.qsize() >= MOST_WAITING:
            return  # unread for long: memory is not filled with it, and a resize paints everything anew
        try:
            self._texts.put(text, timeout=PATIENCE)
        except Full:
            self._texts.maxsize = 0  # from now on the queue takes everything, and nothing waits
            self._texts.put(text)

    def isatty(self) -> bool:
        """Return True: it stands for a terminal."""
        return True

    def fileno(self) -> int:
        """Return the terminal's file descriptor."""
        return self._file.fileno()

    def flush(self) -> None:
        """Do nothing: the thread flushes whenever its queue is empty."""

    def run(self) -> None:
        """Write the queued texts in order."""
        closed = False
        while (text := self._texts.get()) is not None:
            try:
                if not closed:
                    self._file.write(text)
                    if self._texts.empty():
                        self._file.flush()
            except OSError:
                closed = True

    def stop(self) -> None:
        """Write the queued texts and end; for a terminal that takes nothing keep only those that restore it."""
        self.write(None)
        self.join(PATIENCE)
        if self.is_alive():
            for text in self._left()[-LAST:]:
                self._texts.put(text)
            self._texts.put(None)
            self._throw_away()

    def _left(self) -> list[str]:
        """Empty the queue and return its texts."""
        left: list[str] = []
        try:
            while True:
                left.append(self._texts.get_nowait() or "")
        except Empty:
            return left

    def _throw_away(self) -> None:
        """Drop the text that the system buffers for the terminal, and wake the thread that waits for room there."""
        if sys.platform != "win32":
            import termios

            signal.signal(signal.SIGUSR1, lambda *_: None)  # without a handler it would end the program
            end = time.monotonic() + PATIENCE
            while self.is_alive() and self.ident is not None and time.monotonic() < end:
                termios.tcflush(self.fileno(), termios.TCOFLUSH)
                signal.pthread_kill(self.ident, signal.SIGUSR1)
                self.join(0.02)


def has_mouse() -> bool:
    """Return whether the terminal may report its mouse; GNU screen 4.9 then holds esc back until the next key."""
    return not os.environ.get("STY")


def draws_unicode() -> bool:
    """Return whether the terminal's encoding has all signs; Textual draws on standard error."""
    signs = (sign for field in astuple(UNICODE) for sign in ([field] if isinstance(field, str) else field))
    return sys.__stderr__ is None or takes("".join(signs), sys.__stderr__)


def takes(text: str, stream: TextIO) -> bool:
    """Return whether a stream's encoding has all characters of a text."""
    try:
        text.encode(stream.encoding or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def _nothing(**_: Any) -> None:
    """Leave a stream that cannot be reconfigured as it is."""
