"""Times, days, mailboxes and answers as notes and handovers write them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Final

from oxtui.cases.case import Case
from oxtui.cases.dates import show, weekday
from oxtui.cases.outcome import answer_text
from oxtui.cases.parts import Talk, moment_of
from oxtui.clock import Clock
from oxtui.playbook.model import Item
from oxtui.text import first_few

_MOST_NAMED: Final = 6
"""The most mailboxes named one by one; of more, the others are named, or the rest counted."""


class Stamps:
    """Times in the clock's zone, with an offset only if it differs from today's."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.zone = clock.local().strftime("%z")

    def day(self, moment: datetime) -> str:
        """The day of `moment`: `Sun 22/11/2026`."""
        local = self._clock.local(moment)
        return f"{day_words(local)}{self._other(local)}"

    def date(self, moment: datetime) -> date:
        """The local date of `moment`."""
        return self._clock.local(moment).date()

    def time(self, moment: datetime) -> str:
        """The time of `moment`: `10:46`."""
        return f"{self._clock.local(moment):%H:%M}"

    def at(self, moment: datetime) -> str:
        """Day and time of `moment`: `Sun 22/11/2026 10:46`."""
        local = self._clock.local(moment)
        return f"{day_words(local)} {local:%H:%M}{self._other(local)}"

    def now(self) -> str:
        """Day and time of now."""
        return self.at(self._clock.now())

    def when(self, moment: datetime) -> str:
        """`at 10:02` for a moment of today, else `on Sat 21/11/2026 at 10:02`."""
        local = self._clock.local(moment)
        day = "" if local.date() == self._clock.today() else f"on {day_words(local)} "
        return f"{day}at {local:%H:%M}{self._other(local)}"

    def _other(self, local: datetime) -> str:
        offset = local.strftime("%z")
        return "" if offset == self.zone else f" ({offset})"


def day_words(day: date | datetime) -> str:
    """A day: `Tue 24/11/2026`."""
    return f"{weekday(day)} {show(day.date() if isinstance(day, datetime) else day)}"


def until_words(until: str) -> str:
    """A local date, or date and time, in words: `Tue 24/11/2026`, `Tue 24/11/2026 09:00`."""
    moment = moment_of(until)
    if moment is None:
        return until
    return day_words(moment) if len(until) == 10 else f"{day_words(moment)} {moment:%H:%M}"


def hold_words(case: Case) -> str:
    """`Waits for SME team until Mon 23/11/2026 (amount)`; "" for a case that does not wait."""
    if case.hold is None:
        return ""
    reason = aside(one_line(case.hold.reason))
    return f"Waits for {case.hold.waits_for} until {until_words(case.hold.until)}{reason}"


def short_address(case: Case, address: str) -> str:
    """A mailbox of the case's own domain as `anna@`, any other in full."""
    local, _, host = address.rpartition("@")
    return f"{local}@" if host == case.domain else address


def noted(item: Item) -> str:
    """An item as the note has it: an action as done, a question as the label of its answer."""
    return item.noted or item.text


def template_name(case: Case, template: str) -> str:
    """A template's name; its id if the playbook no longer has it."""
    known = case.procedure.templates.get(template)
    return known.title.removeprefix("TEMPLATE : ") if known else template


def past_word(item: Item) -> str:
    """The past tense of ending a service, in one word: `cancelled`."""
    return (item.noted.split() or ["done"])[0].lower()


def with_answer(item: Item, words: str) -> str:
    """A question with its answer: `Name servers: ours`, or `Whose name servers does the domain use? ours`."""
    return f"{item.noted}: {words}" if item.noted else f"{item.text} {words}"


def for_some(case: Case, item: Item, addresses: Iterable[str]) -> str:
    """`only_some` of an item that is done for each mailbox; "" for one that is done once."""
    return only_some(case, addresses) if item.each else ""


def only_some(case: Case, addresses: Iterable[str], *, full: bool = False) -> str:
    """` for anna@, info@`, or "" if these are all mailboxes of the case; the shorter way of naming many.

    `full` names them with their domain.
    """
    named = list(dict.fromkeys(addresses))
    rest = [address for address in case.addresses if address not in named]
    if not rest or not named:
        return ""
    if len(named) > _MOST_NAMED and len(rest) <= _MOST_NAMED:
        return f" for all but {few(case, rest, full=full)}"
    return f" for {few(case, named, full=full)}"


def few(case: Case, addresses: Sequence[str], *, full: bool = False) -> str:
    """`anna@, info@ and 3 more`."""
    return first_few([each if full else short_address(case, each) for each in addresses], _MOST_NAMED)


def answer_words(case: Case, item: Item, value: Sequence[str], told: str = "") -> str:
    """An answer in the playbook's words, with the text typed with it."""
    return f"{answer_text(item, value, case.procedure.words)}{aside(one_line(told))}"


def aside(*parts: str) -> str:
    """` (through chat, HOST-4412)`: the parts that are not empty, in brackets; "" if all are empty."""
    words = ", ".join(filter(None, parts))
    return f" ({words})" if words else ""


def one_line(text: str) -> str:
    """`text` on one line, with slashes for line breaks."""
    return " / ".join(line.strip() for line in text.splitlines() if line.strip())


def talk_words(talk: Talk, since: str) -> str:
    """An agent's conversation in words: "anna is on the line since 10:46"."""
    agent = talk.event.agent
    if talk.parked:
        return f"{agent} has parked a call, begun {since}"
    words = {"client": "is on the line", "writing": "is working on what the client wrote"}
    return f"{agent} {words.get(talk.mode, 'works in the back office')} since {since}"
