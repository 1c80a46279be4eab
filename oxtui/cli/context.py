"""The context of a command: its options, places, clock, playbook and service."""

from __future__ import annotations

import os
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date
from types import FrameType
from typing import TYPE_CHECKING

from msgspec.structs import replace

from oxtui.cli.output import Output
from oxtui.errors import PlaybookError, StoreError, WrongUse
from oxtui.text import clean

if TYPE_CHECKING:
    from oxtui.clock import Clock
    from oxtui.locations import Locations
    from oxtui.playbook.playbook import Playbook
    from oxtui.service import Service
    from oxtui.store.floor.store import FloorStore


class Context:
    """One run of the program; each part is made on first use."""

    def __init__(self, out: Output) -> None:
        self.out = out
        self.options = Namespace(home=None, config=None, floor=None)
        self.banner = ""
        self.practice = False
        """Whether the cases are invented; such cases never go to a floor."""
        self._on_server: FloorStore | None = None
        self._clock: Clock | None = None

    def places(self) -> Locations:
        """Return the program's places; raises WrongUse."""
        from oxtui.locations import locate

        return locate(self.options.home, self.options.config)

    def clock(self) -> Clock:
        """Return the clock, which OXTUI_NOW may stop; raises WrongUse."""
        if self._clock is None:
            from oxtui.clock import from_environment

            self._clock = from_environment()
        return self._clock

    def date(self, text: str) -> date:
        """Parse a date, in the past if the text leaves that open; raises WrongUse."""
        from oxtui.cases.dates import parse_date

        return parse_date(clean(text), self.clock().today())

    def playbook(self, places: Locations | None = None) -> Playbook:
        """Return the playbook, or its last good copy with a line on stderr; raises PlaybookError."""
        from oxtui.durable import make_folder
        from oxtui.playbook.last_good import load_or_last_good

        places = places or self.places()
        # private before anything is written there; the store reports a folder that cannot be made
        with suppress(StoreError):
            make_folder(places.home)
            make_folder(places.playbooks)
        playbook, banner = load_or_last_good(places.config, places.home)
        if banner:
            self.banner = banner
            self.out.error(banner)
        return playbook

    def floor(self) -> str:
        """Return the floor's server: `--floor`, OXTUI_FLOOR, or `floor` in settings.yaml; "" without one."""
        named = self._floor_named()
        if not named:
            from oxtui.playbook.load import load

            with suppress(PlaybookError):  # without making anything in the home
                named = load(self.places().config).playbook.settings.floor
        return named

    def _floor_named(self) -> str:
        if self.practice:
            return ""
        name = self.options.floor if self.options.floor is not None else os.environ.get("OXTUI_FLOOR", "")
        return clean(name).strip()

    def need_floor(self) -> str:
        """Return the floor's server; raises WrongUse without one."""
        address = self.floor()
        if not address:
            raise WrongUse("no floor is named", "--floor SERVICE, OXTUI_FLOOR, or floor: in settings.yaml")
        return address

    def _on_floor(self, address: str, places: Locations, wait: bool) -> Service:
        """Return a service on a floor's server, with its published playbook; the role is the agent."""
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
        if taken is not None:  # except the settings, which are each machine's own
            playbook = replace(self.playbook(replace(places, config=taken)), settings=playbook.settings)
        return Service(places, playbook, FloorClock(self.clock(), store.floor), agent_of(address), store)

    def end(self) -> None:
        """Close the floor's connection, if any."""
        if self._on_server is not None:
            self._on_server.close_down()

    def service(self, *, wait: bool = True) -> Service:
        """Return the service on the home or floor; raises PlaybookError, StoreError.

        A repaired case file is reported on stderr and in `banner`. On a floor, `wait` waits for the server's first
        news: commands need them, the dashboard draws without.
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
            from oxtui.store.restored import report

            with suppress(StoreError):  # commands that need the history report that it cannot be used
                service.settle()  # an older copy may hold a case that was closed since
        for restored in mended:
            words = " ".join(report(restored, self.clock()))
            self.banner = f"{words} {self.banner}".strip()
            self.out.error(words)
        return service


def agent() -> str:
    """Return the agent's name: OXTUI_AGENT, else the login name."""
    named = clean(os.environ.get("OXTUI_AGENT", "")).strip()
    if named:
        return named
    import getpass

    try:
        return clean(getpass.getuser()).strip()
    except (KeyError, OSError, ImportError):
        return "agent"


class Terminated(BaseException):
    """Raised on SIGTERM, so that every `finally` on the way out runs."""


@contextmanager
def sigterm_unwinds() -> Iterator[None]:
    """Have SIGTERM raise Terminated for the duration of the block."""
    import signal  # 2 ms, which most commands do without

    def ended(_number: int, _frame: FrameType | None) -> None:
        raise Terminated

    try:
        before = signal.signal(signal.SIGTERM, ended)
    except ValueError:  # not the main thread
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
