"""What a command is given: its options, the places and the clock they name, and the service over them."""

from __future__ import annotations

import os
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from oxtui.cli.output import Output
from oxtui.errors import PlaybookError, StoreError, WrongUse
from oxtui.text import clean

if TYPE_CHECKING:
    from datetime import date
    from types import FrameType

    from oxtui.clock import Clock
    from oxtui.locations import Locations
    from oxtui.playbook.load import Playbook
    from oxtui.service import Service
    from oxtui.store.floor.store import FloorStore


class Context:
    """One run of the program; each part is made when a command first asks for it."""

    def __init__(self, out: Output) -> None:
        self.out = out
        self.options = Namespace(home=None, config=None, floor=None)
        self.banner = ""
        self.practice = False
        """Whether the cases are made up: they never go to a floor."""
        self._on_server: FloorStore | None = None
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

    def floor(self) -> str:
        """The server that the cases are on: `--floor`, OXTUI_FLOOR, or `floor` in settings.yaml; "": this home's."""
        named = self._floor_named()
        if not named:
            from oxtui.playbook.load import load

            with suppress(PlaybookError):  # nothing is made in a home for this
                named = load(self.places().config).playbook.settings.floor
        return named

    def _floor_named(self) -> str:
        if self.practice:
            return ""
        given = self.options.floor if self.options.floor is not None else os.environ.get("OXTUI_FLOOR", "")
        return clean(given).strip()

    def need_floor(self) -> str:
        """The floor's server; raises WrongUse where none is named."""
        address = self.floor()
        if not address:
            raise WrongUse("no floor is named", "--floor SERVICE, OXTUI_FLOOR, or floor: in settings.yaml")
        return address

    def _on_floor(self, address: str, places: Locations, wait: bool) -> Service:
        """The service over a floor's server, with the playbook that was published there; its agent is the role."""
        from msgspec.structs import replace

        from oxtui.away.clock import FloorClock
        from oxtui.away.published import published_folder
        from oxtui.service import Service
        from oxtui.store.floor.address import agent_of
        from oxtui.store.floor.store import FloorStore

        store = FloorStore(address, places.home, self.clock())
        self._on_server = store
        if wait:
            store.connect()
        taken = published_folder(places.home)
        playbook = self.playbook(places)
        if taken is not None:  # but for the settings, which are each machine's own
            playbook = replace(self.playbook(replace(places, config=taken)), settings=playbook.settings)
        return Service(places, playbook, FloorClock(self.clock(), store.floor), agent_of(address), store)

    def end(self) -> None:
        """Let go of what a command held."""
        if self._on_server is not None:
            self._on_server.close_down()

    def service(self, *, wait: bool = True) -> Service:
        """The service over the home and the playbook; raises PlaybookError, StoreError.

        A case file that had to be mended on the way is told on stderr, and in `banner`. On a floor `wait` is for the
        server's first news: commands need them, the dashboard draws without.
        """
        from oxtui.service import Service

        places = self.places()
        named = self._floor_named()
        playbook = None if named else self.playbook(places)
        address = "" if self.practice else named or (playbook.settings.floor if playbook else "")
        if playbook is None or address:
            return self._on_floor(address, places, wait)
        service = Service(places, playbook, self.clock(), agent())
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
