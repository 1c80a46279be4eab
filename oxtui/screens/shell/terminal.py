"""Guards for what Textual assumes of a terminal: valid input bytes, a sane size, a usable encoding, a clean exit."""

from __future__ import annotations

import codecs
import os
import signal
import sys
import time
from collections.abc import Callable
from functools import partial
from queue import Empty, Full, Queue
from threading import Thread
from typing import Any, Final, TextIO

from msgspec.structs import astuple

from oxtui.widgets.glyphs import UNICODE

WAITING: Final = 30
"""So many texts may wait for a slow terminal before the program waits, too (Textual's own number)."""
MOST_WAITING: Final = 2_000
"""So many texts are kept at most for a terminal that takes nothing."""
PATIENCE: Final = 1.0
"""Seconds that the program waits for a terminal that takes nothing; from then on what is drawn is kept for it."""
LAST: Final = 16
"""So many texts end a run: they leave the terminal as it was."""


def prepare() -> None:
    """Guard the program against its terminal, once, before the app runs.

    Textual 8.2 decodes what comes from the terminal strictly as UTF-8: one other byte (a paste in Latin-1, alt and a
    letter as eight bits, an old mouse report beyond column 95) ends its input thread with a traceback. Here such a
    byte is no key. It believes COLUMNS and LINES before the terminal itself, whatever the size is now. And of a
    terminal that is gone it reads on for ever, and waits for ever to write to one that takes nothing.
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
    """The decoder of an encoding, which leaves out what it cannot read."""
    return partial(Input, encoding)


class Input:
    """Decodes what the terminal sends; a terminal that is gone is a SIGHUP, also where none was sent."""

    def __init__(self, encoding: str) -> None:
        self._decoder = codecs.getincrementaldecoder(encoding)(errors="ignore")
        self._gone = False

    def decode(self, data: bytes, final: bool = False) -> str:
        """Text without what is none in this encoding."""
        if not data and not final:
            self._ended()
        return self._decoder.decode(data, final)

    def _ended(self) -> None:
        """Nothing was read although there was something to read: of a terminal that is gone that is so for ever."""
        time.sleep(0.1)
        if sys.platform != "win32" and not self._gone and sys.__stdin__ and not sys.__stdin__.isatty():
            self._gone = True
            os.kill(os.getpid(), signal.SIGHUP)


class Writer(Thread):
    """Writes to the terminal in the background, as Textual's own, but never keeps the program from its end.

    A terminal that takes nothing (a hung connection, a stopped reader) has the program wait for PATIENCE seconds, and
    no more; at the end what nobody reads is thrown away. One that is gone takes everything and shows nothing.
    """

    def __init__(self, file: TextIO) -> None:
        super().__init__(daemon=True, name="output")
        self._file = file
        self._texts: Queue[str | None] = Queue(WAITING)

    def write(self, text: str | None) -> None:
        """Have a text written; None is the end."""
        if text is not None and self._texts.qsize() >= MOST_WAITING:
            return  # nobody has read for long: memory is not filled with it, and a resize paints all of it anew
        try:
            self._texts.put(text, timeout=PATIENCE)
        except Full:
            self._texts.maxsize = 0  # all of it is kept from now on: nothing waits any more
            self._texts.put(text)

    def isatty(self) -> bool:
        """It stands for a terminal."""
        return True

    def fileno(self) -> int:
        """The terminal's."""
        return self._file.fileno()

    def flush(self) -> None:
        """The thread does that, whenever nothing more waits."""

    def run(self) -> None:
        """Write what comes, in its order, until the end."""
        gone = False
        while (text := self._texts.get()) is not None:
            try:
                if not gone:
                    self._file.write(text)
                    if self._texts.empty():
                        self._file.flush()
            except OSError:
                gone = True

    def stop(self) -> None:
        """Write what still waits, and end; of what a terminal does not take, only what leaves it as it was."""
        self.write(None)
        self.join(PATIENCE)
        if self.is_alive():
            for text in self._left()[-LAST:]:
                self._texts.put(text)
            self._texts.put(None)
            self._throw_away()

    def _left(self) -> list[str]:
        """What waits to be written, taken out."""
        left: list[str] = []
        try:
            while True:
                left.append(self._texts.get_nowait() or "")
        except Empty:
            return left

    def _throw_away(self) -> None:
        """Empty what the system holds for the terminal, and wake the thread that waits for room there."""
        if sys.platform != "win32":
            import termios

            signal.signal(signal.SIGUSR1, lambda *_: None)  # without a handler it would end the program
            end = time.monotonic() + PATIENCE
            while self.is_alive() and self.ident is not None and time.monotonic() < end:
                termios.tcflush(self.fileno(), termios.TCOFLUSH)
                signal.pthread_kill(self.ident, signal.SIGUSR1)
                self.join(0.02)


def has_mouse() -> bool:
    """Whether the terminal may report its mouse: while it does so, GNU screen 4.9 keeps esc until the next key."""
    return not os.environ.get("STY")


def draws_unicode() -> bool:
    """Whether the signs of the screen can be written in the terminal's encoding; Textual draws on standard error."""
    signs = (sign for field in astuple(UNICODE) for sign in ([field] if isinstance(field, str) else field))
    return sys.__stderr__ is None or takes("".join(signs), sys.__stderr__)


def takes(text: str, stream: TextIO) -> bool:
    """Whether a stream's encoding has all letters of a text."""
    try:
        text.encode(stream.encoding or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def _nothing(**_: Any) -> None:
    """A stream that cannot be set up anew stays as it is."""
