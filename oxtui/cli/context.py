"""What a command is given: its options, the places and the clock they name, and the service over them."""

from __future__ import annotations

import os
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from oxtui.cli.output import Output
from oxtui.errors import StoreError
from oxtui.text import clean

if TYPE_CHECKING:
    from datetime import date
    from types import FrameType

    from oxtui.clock import Clock
    from oxtui.locations import Locations
    from oxtui.playbook.load import Playbook
    from oxtui.service import Service


class Context:
    """One run of the program; each part is made when a command first asks for it."""

    def __init__(self, out: Output) -> None:
        self.out = out
        self.options = Namespace(home=None, config=None)
        self.banner = ""
        self._clock: Clock | None = None

    def places(self) -> Locations:
        """Where everything lies; raises WrongUse."""
        from oxtui.locations import locate

        return locate(self.options.home, self.options.config)

    def clock(self) -> Clock:
        """The clock that the environment asks for; raises WrongUse."""
        if self._clock is None:
            from oxtui.clock import from_environment

            self._clock = from_environment()
        return self._clock

    def date(self, text: str) -> date:
        """The date that `text` means (today or earlier, where it does not say); raises WrongUse."""
        from oxtui.cases.dates import parse_date

        return parse_date(clean(text), self.clock().today())

    def playbook(self, places: Locations | None = None) -> Playbook:
        """The playbook, or the last good copy of it, told on stderr; raises PlaybookError."""
        from oxtui.durable import make_folder
        from oxtui.playbook.last_good import load_or_last_good

        places = places or self.places()
        # Private before anything is put there; one that cannot be made is the store's to tell.
        with suppress(StoreError):
            make_folder(places.home)
            make_folder(places.playbooks)
        playbook, banner = load_or_last_good(places.config, places.home)
        if banner:
            self.banner = banner
            self.out.error(banner)
        return playbook

    def service(self) -> Service:
        """The service over the home and the playbook; raises PlaybookError, StoreError.

        A case file that had to be mended on the way is told on stderr, and in `banner`.
        """
        from oxtui.service import Service

        places = self.places()
        service = Service(places, self.playbook(places), self.clock(), agent())
        service.store.snapshot()
        mended = service.store.take_restored()
        if mended:
            from oxtui.store.restored import told

            with suppress(StoreError):  # a history that cannot be used is told where it is asked for
                service.settle()  # an older copy may hold a case that was closed since
        for restored in mended:
            words = " ".join(told(restored, self.clock()))
            self.banner = f"{words} {self.banner}".strip()
            self.out.error(words)
        return service


def agent() -> str:
    """The agent's name: OXTUI_AGENT, else the login name; a label, not a proof."""
    named = clean(os.environ.get("OXTUI_AGENT", "")).strip()
    if named:
        return named
    import getpass

    try:
        return clean(getpass.getuser()).strip()
    except (KeyError, OSError, ImportError):
        return "agent"


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
