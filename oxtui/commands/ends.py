"""SIGTERM while a command holds something: it unwinds, so that what was made for a while is removed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import FrameType


class Terminated(BaseException):
    """SIGTERM came; every `finally` on the way out cleans up behind itself."""


@contextmanager
def sigterm_unwinds() -> Iterator[None]:
    """Within it, SIGTERM raises Terminated; afterwards it does what it did before."""
    import signal  # 2 ms, and most commands are over sooner than anybody could send one

    def ended(_number: int, _frame: FrameType | None) -> None:
        raise Terminated

    try:
        before = signal.signal(signal.SIGTERM, ended)
    except ValueError:  # not the main thread: signals are somebody else's
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
