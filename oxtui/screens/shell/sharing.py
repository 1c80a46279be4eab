"""The features of an app on a floor: who else is there, and the changes that wait while the server is away.

It is imported only on a floor. Everything here is answered from memory.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from time import monotonic
from typing import Final

from oxtui.addresses import shown_domain
from oxtui.away.kept import TooLate
from oxtui.away.outbox import FloorOutbox
from oxtui.away.published import Published
from oxtui.cases.case import Case
from oxtui.cases.commands.base import Command
from oxtui.cases.offline import may_keep
from oxtui.screens.base import BaseScreen
from oxtui.screens.dialogs.ask import Confirm
from oxtui.screens.host import AppHost
from oxtui.store.interface import Floor
from oxtui.text import plural
from oxtui.widgets.banner import Notice
from oxtui.widgets.spans import Span

LOOK_SECONDS: Final = 0.25
"""Seconds between two looks at who is there, and whether the server answers."""
START_SECONDS: Final = 3.0
"""Seconds that a server has for its first answer before it counts as away."""
NAMED: Final = 3
"""How many late changes the banner lists; the others are read when it is opened."""


class FloorLook:
    """Watches a floor for the screens of one app."""

    def __init__(self, app: AppHost, floor: Floor, outbox: FloorOutbox) -> None:
        self.app = app
        self.floor = floor
        self.outbox = outbox
        self.published = Published(app.service, floor, app.deliver, self._playbook_told)
        self._began = monotonic()
        self._shown: object = None
        self._asked: set[tuple[str, str]] = set()
        """The cases and agents that were asked about: once is enough while they stay."""

    def begin(self) -> None:
        """Start looking."""
        self.outbox.begin()
        self.app.set_interval(LOOK_SECONDS, self.look)
        self.look()

    def look(self) -> None:
        """Publish which case is in front, and draw the changes."""
        if not self.app.screen_stack:  # the app is ending, and its timers end after its screens
            return
        self.floor.here(self._in_front())
        self.published.look(next_call=isinstance(self.app.screen, BaseScreen) and self.app.screen.BEGINS_CASE)
        who = self.floor.who()
        there = {(case_id, here.agent) for case_id, rows in who.items() for here in rows}
        self._asked &= there
        waiting = tuple(entry.case_id for entry in self.outbox.lasting)
        shown = (self.away, there, waiting, self.outbox.too_late, self.floor.notices)
        if shown != self._shown:
            first, self._shown = self._shown is None, shown
            if not first:
                self.changed()

    def changed(self) -> None:
        """Have every screen draw the waiting changes, who is there, and whether the server answers."""
        for screen in self.app.own_screens():
            screen.floor_changed()
            screen.refresh_bars()

    @property
    def away(self) -> datetime | None:
        """Since when the server has not answered; None while it has a moment left for its first answer."""
        may = self.outbox.heard or monotonic() - self._began > START_SECONDS
        return self.floor.away if may else None

    def _playbook_told(self, text: str) -> None:
        if text:
            self.app.say(text, "P in a case shows what is new in it")
        self.changed()

    def _in_front(self) -> str:
        """Return the id of the case in front, whatever is over it; "" on Home."""
        screens = [screen for screen in self.app.screen_stack if isinstance(screen, BaseScreen)]
        return next((screen.shows_case for screen in reversed(screens) if screen.shows_case), "")

    # -- who is there
    def with_me(self, case_id: str) -> tuple[str, ...]:
        """Return the other agents who have a case in front now."""
        return tuple(here.agent for here in self.floor.who().get(case_id, ()))

    def signs(self) -> Mapping[str, Sequence[str]]:
        """Return the other agents who have each case in front."""
        return {case_id: [here.agent for here in rows] for case_id, rows in self.floor.who().items()}

    def may_open(self, case: Case, go_on: Callable[[], None]) -> bool:
        """Return whether a case opens at once; while others are in it, ask once per agent, and open it by `go_on`."""
        here = [each for each in self.floor.who().get(case.id, ()) if (case.id, each.agent) not in self._asked]
        if not here:
            return True
        self._asked |= {(case.id, each.agent) for each in here}
        text = "You can both work in it: each sees what the other does. Two who ring the same client are one too many."
        when = self.app.service.clock.when
        title = "; ".join(f"{each.agent} has been in this case since {when(each.since)}" for each in here)
        self.app.push_screen(Confirm(title, text, yes="open it"), lambda yes: go_on() if yes else None)
        return False

    def may_begin(self, case: Case, command: Command) -> None:
        """Raise Refusal if a command cannot be begun while the server is away."""
        self.outbox.need_entry()
        if self.floor.away is not None:
            may_keep(case, command)

    # -- messages
    def waits(self) -> str:
        """Return the last words of the program about changes that wait; "" without any."""
        count = len(self.outbox.lasting)
        changes = plural(count, "change waits", "changes wait")
        if count and self.floor.shut_out:
            return f"{changes} on this machine: the floor's server does not let you in"
        return f"{changes} for the floor on this machine, and will be sent when oxtui runs again" if count else ""

    def state(self, width: int) -> list[Span]:
        """Return the spans that the top bar shows in place of *saved*; none while all is well."""
        count = len(self.outbox.lasting)
        if self.floor.shut_out:
            return [(" NOT LET IN " if width >= 60 else " NO ", "alarm")]
        if self.away is not None:
            return [(f" AWAY: {count} kept " if width >= 60 else f" {count} ", "alarm")]
        return (
            [(f"{self.app.glyphs.pending} sending {count}" if width >= 60 else f"{count}", "strong")] if count else []
        )

    def notices(self) -> tuple[Notice, ...]:
        """Return the floor's notices for every screen."""
        notices = []
        clock, count = self.app.service.clock, len(self.outbox.lasting)
        if self.floor.shut_out:
            earlier = (f"{count} kept from before: sent only if you are let in again.",) if count else ()
            text = "Nothing that you do now is saved, and nothing new is read. Ask whoever runs the floor."
            whole = (text, self.floor.shut_out, *earlier)
            notices.append(Notice("NOT LET IN by the floor's server", "nothing is saved", whole, True))
        elif (away := self.away) is not None:
            text = "sent when it is back; what cannot be undone waits" if self.app.size.width >= 60 else ""
            rest = (
                f"The floor's server has not answered since {clock.when(away)}. {count} kept.",
                "In your own cases and new ones you go on: notes, waits, answers, actions, copies.",
                "What something irreversible rests on, closing and other people's cases wait until it is back.",
            )
            notices.append(Notice(f"FLOOR AWAY since {clock.when(away)}, {count} kept", text, rest, True))
        if late := self.outbox.too_late:
            lines = tuple(map(self._late, late))
            more = f" And {len(lines) - NAMED} more." if len(lines) > NAMED else ""
            notices.append(
                Notice(f"TOO LATE: {len(late)}", " ".join(lines[:NAMED]) + more + f" ({self.app.watcher.key})", lines)
            )
        notices += [Notice("NB", text, (text,), True) for text in self.floor.notices]
        if self.published.trouble:
            notices.append(Notice("NB", self.published.trouble, (self.published.trouble,), True))
        if self.outbox.damaged is not None:
            text = f"What waited for the floor could not be read; it was set aside as {self.outbox.damaged.name}."
            notices.append(Notice("NB", f"{text} ({self.app.watcher.key})", (text, str(self.outbox.damaged))))
        return tuple(notices)

    def _late(self, each: TooLate) -> str:
        hint = f"; {each.hint}" if each.hint else ""
        begins = f"{shown_domain(each.domain)}, {self.app.service.clock.when(each.at)}"
        return f"{begins}: {each.words}. Not counted: {each.why}{hint}."

    def put_away(self) -> Callable[[], None]:
        """Return a function that dismisses the present notices once they have been read."""
        late = self.outbox.too_late

        def put_away() -> None:
            self.outbox.put_away(late)
            self.outbox.damaged = None

        return put_away
