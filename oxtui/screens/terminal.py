"""What Textual takes for granted of a terminal, guarded: what it sends, how big it is, and which letters it has."""

from __future__ import annotations

import codecs
import os
import sys
from collections.abc import Callable
from typing import Any, TextIO

from msgspec.structs import astuple

from oxtui.widgets.glyphs import UNICODE


def prepare() -> None:
    """Guard the program against its terminal, once, before the app runs.

    Textual 8.2 decodes what comes from the terminal strictly as UTF-8: one other byte (a paste in Latin-1, alt and a
    letter as eight bits, an old mouse report beyond column 95) ends its input thread with a traceback. Here such a
    byte is no key. And it believes COLUMNS and LINES before the terminal itself, whatever the size is now.
    """
    for name in ("COLUMNS", "LINES"):
        os.environ.pop(name, None)
    if sys.platform != "win32":
        from textual.drivers import linux_driver

        setattr(linux_driver, "getincrementaldecoder", _lenient)  # noqa: B010 - a name of that module, and no method
    if sys.__stderr__ is not None and not takes(UNICODE.done, sys.__stderr__):
        getattr(sys.__stderr__, "reconfigure", _nothing)(errors="replace")  # one cell stays one cell


def _lenient(encoding: str) -> Callable[[], codecs.IncrementalDecoder]:
    """The decoder of an encoding, which leaves out what it cannot read."""
    decoder = codecs.getincrementaldecoder(encoding)
    return lambda: decoder(errors="ignore")


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
