"""Cases read from their documents by the steps they are pinned to, and who is in a conversation in them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

from oxtui.cases.ages import FUTURE
from oxtui.cases.case import Case
from oxtui.cases.events import Document, iso, pinned_digest
from oxtui.cases.log import legacy
from oxtui.cases.log.replay import read_log, replay
from oxtui.cases.parts import Talk
from oxtui.clock import Clock
from oxtui.errors import OxtuiError
from oxtui.playbook.model import LONGEST_LAPSE, Procedure
from oxtui.playbook.pins import load_pin
from oxtui.playbook.playbook import Playbook


class Reader:
    """Reads documents as one agent sees them, with today's prices and channels; `pins` has the steps that are kept."""

    def __init__(self, pins: Path, playbook: Playbook, clock: Clock, agent: str) -> None:
        self.pins = pins
        self.playbook = playbook
        self.clock = clock
        self.agent = agent
        self._steps: dict[str, Procedure] = {playbook.procedure.digest: playbook.procedure}
        self._cases: dict[str, tuple[object, str, Case]] = {}
        self._first_looks: dict[str, tuple[float, timedelta]] = {}
        """By conversation, the monotonic time of the first look at it and its age then."""

    def take(self, playbook: Playbook) -> None:
        """Read by another playbook from now on: prices and channels are its own."""
        self._steps[playbook.procedure.digest] = playbook.procedure
        self.playbook = playbook
        self._cases = {}

    # -- cases
    def case(self, document: Document) -> Case:
        """The case in a document; read again only if its log, the minute, or a conversation's time has changed."""
        # The store returns the same log object until the file has changed.
        log, minute, case_id = document["log"], self.clock.local().strftime("%Y%m%d%H%M"), str(document["id"])
        held = self._cases.get(case_id)
        if held and held[0] is log and held[1] == minute and not self._just_lapsed(held[2]):
            return held[2]
        case = self.read(document)
        self._cases[case_id] = (log, minute, case)
        return case

    def last(self, case_id: str) -> Case | None:
        """The case as it was read last, or None."""
        held = self._cases.get(case_id)
        return held[2] if held else None

    def read(self, document: Document, steps: Procedure | None = None, at: datetime | None = None) -> Case:
        """The case in a document, not remembered; by its own steps unless some are given, and as of now or `at`."""
        steps, now, lapsed = steps or self.steps_of(document), self.clock.local(), self.lapsed
        if at is not None:
            then, now = at, self.clock.local(at)

            def lapsed(talk: Talk) -> bool:
                return then >= talk.lapses_at

        return replay(document, steps, now, agent=self.agent, lapsed=lapsed, price=self._price, hours=self.hours_of)

    def has_steps_of(self, document: Document) -> bool:
        """Whether the steps that a case is pinned to are kept here."""
        return (self.pins / f"{pinned_digest(document)}.json").exists()

    def steps_of(self, document: Document) -> Procedure:
        """The steps a case is pinned to; today's if an earlier version pinned them and this one cannot read them."""
        digest = pinned_digest(document)
        if digest not in self._steps:
            try:
                self._steps[digest] = load_pin(self.pins, digest)
            except OxtuiError:
                if legacy.is_of_these_steps(read_log(document)[0]):
                    raise
                return self.playbook.procedure
        return self._steps[digest]

    def hours_of(self, channel: str) -> str:
        """When a channel is worked today; "" if the playbook does not say, or has no such channel."""
        known = self.playbook.channels.get(channel)
        return known.hours if known else ""

    def _price(self, plan_id: str) -> Decimal | None:
        plan = self.playbook.plans.get(plan_id)
        return plan.price_on(self.clock.today()) if plan else None

    # -- conversations
    def left(self, talk: Talk) -> timedelta:
        """The time that a conversation still lasts, counted from its last event; zero or less once it has lapsed.

        By the wall clock or the monotonic one, whichever is further on. A clock that was set back revives none: what
        has lapsed here once stays lapsed until something happens in it.
        """
        key = f"{talk.event.id}:{talk.last.timestamp()}"
        first = (self.clock.monotonic(), max(timedelta(), self.clock.now() - talk.last))
        since, age = self._first_looks.setdefault(key, first)
        # The monotonic clock stops while a laptop sleeps, the wall clock when it is frozen.
        elapsed = timedelta(seconds=self.clock.monotonic() - since)
        left = talk.lapse - max(age + elapsed, self.clock.now() - talk.last)
        if left <= timedelta():
            self._first_looks[key] = (since, timedelta.max // 2)
        return left

    def lapsed(self, talk: Talk) -> bool:
        """Whether a conversation's time is over."""
        return self.left(talk) <= timedelta()

    def _just_lapsed(self, case: Case) -> bool:
        talk = case.talks.get(self.agent)
        return talk is not None and not case.conversation.lapsed and self.lapsed(talk)

    def lapses_in(self, case: Case) -> timedelta | None:
        """The time that this agent's live conversation in the case still lasts, or None."""
        talk = case.talks.get(self.agent)
        return self.left(talk) if talk is not None and case.conversation.live else None

    def talking(self, case: Case) -> tuple[Talk, ...]:
        """The conversations in a case that have not lapsed, whoever has them, parked ones too."""
        ahead = self.clock.now() + FUTURE
        return tuple(talk for talk in case.talks.values() if talk.last <= ahead and not self.lapsed(talk))

    def conversations(self, documents: Iterable[Document], *, late: bool) -> dict[str, tuple[Case, tuple[Talk, ...]]]:
        """By case id, each case with conversations in it that have not lapsed, whoever has them.

        `late`: the last event of a log need not be its newest, as on a floor one may be of a key that had to wait.
        """
        now = self.clock.now()
        live: dict[str, tuple[Case, tuple[Talk, ...]]] = {}
        for document in documents:
            rows = document["log"] if late else document["log"][-1:]
            steps = self._steps.get(pinned_digest(document))
            since = iso(now - timedelta(minutes=steps.call_lapse_minutes if steps else LONGEST_LAPSE))
            if any(str(row.get("at")) >= since for row in reversed(rows)):  # else all of them have lapsed
                case = self.case(document)
                if talks := self.talking(case):
                    live[case.id] = (case, talks)
        return live

    def on_the_line(self, documents: Iterable[Document], but: str = "") -> list[Case]:
        """The cases, but one, in which this agent has a live conversation."""
        cases = (self.case(each) for each in documents if each["id"] != but and self._may_talk(each))
        return [case for case in cases if case.conversation.mode and case.conversation.live]

    def _may_talk(self, document: Document) -> bool:
        """Whether the log, unread, has a conversation of this agent's that was not ended."""
        for event in reversed(document["log"]):
            if event.get("agent") == self.agent and event.get("what") in ("call", "call-ended", "auth-failed"):
                return bool(event["what"] == "call")
        return False
