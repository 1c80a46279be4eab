"""What was done in a case, day by day: the part of the wrap-up note that is told in the order it happened."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Final

from msgspec.structs import replace

from oxtui.cases.case import Case, moment_of
from oxtui.cases.dates import show
from oxtui.cases.events import Event
from oxtui.clock import Clock
from oxtui.playbook.model import Item, Scenario

_BY: Final = {"client": "by the client", "colleague": "by a colleague", "sme": "by an SME"}
_MOST_NAMED: Final = 6
"""Mailboxes named one by one; with more, those that are left out are named, or only counted."""


class Stamps:
    """Times as the note tells them: the clock's zone once at the top, an offset only where it differs."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.zone = clock.local().strftime("%z")

    def day(self, moment: datetime) -> str:
        """The day of `moment`: `Sun 22/11/2026`."""
        local = self._clock.local(moment)
        return f"{day_words(local)}{self._other(local)}"

    def time(self, moment: datetime) -> str:
        """The time of `moment`: `10:46`."""
        return f"{self._clock.local(moment):%H:%M}"

    def at(self, moment: datetime) -> str:
        """Day and time of `moment`: `Sun 22/11/2026 10:46`."""
        local = self._clock.local(moment)
        return f"{day_words(local)} {local:%H:%M}{self._other(local)}"

    def _other(self, local: datetime) -> str:
        offset = local.strftime("%z")
        return "" if offset == self.zone else f" ({offset})"


def day_words(day: date | datetime) -> str:
    """A day as a person reads it: `Tue 24/11/2026`."""
    # Not strftime("%a"): the names of days must not follow the machine's language.
    name = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")[day.weekday()]
    return f"{name} {show(day.date() if isinstance(day, datetime) else day)}"


def until_words(until: str) -> str:
    """When a hold or deferral ends, in words: `Tue 24/11/2026`, with the time where it has one."""
    moment = moment_of(until)
    if moment is None:
        return until
    return day_words(moment) if len(until) == 10 else f"{day_words(moment)} {moment:%H:%M}"


def sentence(text: str) -> str:
    """`text` with a capital letter at its beginning."""
    return text[:1].upper() + text[1:]


def short_address(case: Case, address: str) -> str:
    """A mailbox of the case's own domain as `anna@`, any other in full."""
    local, _, host = address.rpartition("@")
    return f"{local}@" if host == case.domain else address


def noted(item: Item) -> str:
    """An item as the note tells it: an action as done, a question as what stands before its answer."""
    return item.noted or item.text


def with_answer(item: Item, words: str) -> str:
    """A question with its answer: `Name servers: ours`, or `Whose name servers does the domain use? ours`."""
    return f"{item.noted}: {words}" if item.noted else f"{item.text} {words}"


def only_some(case: Case, addresses: Iterable[str]) -> str:
    """` for anna@, info@`, or "" where that is every mailbox of the case; the shorter way of naming many."""
    named = list(dict.fromkeys(addresses))
    rest = [address for address in case.addresses if address not in named]
    if not rest or not named:
        return ""
    if len(named) > _MOST_NAMED and len(rest) <= _MOST_NAMED:
        return f" for all but {', '.join(short_address(case, address) for address in rest)}"
    shown = ", ".join(short_address(case, address) for address in named[:_MOST_NAMED])
    return f" for {shown}" + (f" and {len(named) - _MOST_NAMED} more" if len(named) > _MOST_NAMED else "")


def answer_words(item: Item, value: Sequence[str], event: Event | None) -> str:
    """An answer in the playbook's words, with what was told along with it."""
    words = []
    for each in value:
        answer = item.answer(each)
        words.append(answer.text if answer else _as_date(item, each))
    text = (" to " if item.select == "dates" else ", ").join(words)
    told = str(event.get("told", "")) if event else ""
    return f"{text} ({one_line(told)})" if told else text


def _as_date(item: Item, text: str) -> str:
    if item.select in ("date", "dates"):
        try:
            return show(date.fromisoformat(text))
        except ValueError:
            return text
    return text


def one_line(text: str) -> str:
    """`text` on one line: line breaks become a slash."""
    return " / ".join(line.strip() for line in text.splitlines() if line.strip())


def counted(case: Case) -> Iterable[Event]:
    """The events that count: neither taken back by undo nor changed from outside."""
    return (event for event in case.log if event.id not in case.dropped and event.seq not in case.altered)


def diary(case: Case, stamps: Stamps, after: int = 0) -> list[str]:
    """What was done and what came back, in order, under a line for each day and agent.

    `after` is the sequence number of the event that it begins behind.
    """
    rows: list[str] = []
    heading = ""
    for first, last in _runs(case, stamps, after):
        text = _TELLERS[first.what](case, first)
        if not text:
            continue
        head = f"{stamps.day(first.at)}, {first.agent}"
        if head != heading:
            heading = head
            rows.append(f"{head}:")
        times = list(dict.fromkeys((stamps.time(first.at), stamps.time(last))))
        rows.append(f"{' to '.join(times)} {text}")
    return rows


def last_done(case: Case, stamps: Stamps, count: int = 2) -> list[str]:
    """The last things done and answered, newest first, each with its time: where a case is taken up again."""
    rows: list[str] = []
    seen: set[tuple[object, ...]] = set()
    for event in reversed(list(counted(case))):
        about = (event.what, event.get("item") or event.get("template"))
        if event.what not in _DONE or about in seen:
            continue
        seen.add(about)
        text = _told_answer(case, event) if event.what == "answered" else _TELLERS[event.what](case, event)
        if text:
            rows.append(f"{stamps.at(event.at)} {text}")
        if len(rows) == count:
            break
    return rows


def _runs(case: Case, stamps: Stamps, after: int) -> Iterable[tuple[Event, datetime]]:
    """The events that are told; what was done for one mailbox after the other is one, with its last time."""
    run: Event | None = None
    last = case.opened_at
    for event in counted(case):
        if event.what not in _TELLERS or event.seq <= after:
            continue
        if run and _same(run, event) and stamps.day(last) == stamps.day(event.at):
            named = dict.fromkeys((*run.get("mailboxes"), *event.get("mailboxes")))
            run, last = replace(run, data={**run.data, "mailboxes": list(named)}), event.at
            continue
        if run:
            yield run, last
        run, last = event, event.at
    if run:
        yield run, last


def _same(one: Event, other: Event) -> bool:
    """Whether two events differ in their mailboxes and times only."""
    if one.what != other.what or one.agent != other.agent or not one.get("mailboxes"):
        return False
    rest = [{key: value for key, value in event.data.items() if key != "mailboxes"} for event in (one, other)]
    return rest[0] == rest[1] and not set(one.get("mailboxes")).intersection(other.get("mailboxes") or ())


def _item(case: Case, event: Event) -> tuple[Scenario, Item] | None:
    scenario = case.procedure.scenarios.get(int(event.get("scenario") or 0))
    item = scenario.by_id.get(str(event.get("item"))) if scenario else None
    return (scenario, item) if scenario and item else None


def _elsewhere(case: Case, scenario: Scenario) -> str:
    return "" if scenario.number == case.number else f" [scenario {scenario.number}]"


def _ticked(case: Case, event: Event) -> str:
    found = _item(case, event)
    if not found:
        return f"Done, but not in the playbook any more: {event.get('item')}"
    scenario, item = found
    labels = {value.key: value.label for value in item.values}
    details = [f"through {event.get('through')}"] if event.get("through") else []
    details += [_BY[str(event.get("by"))]] if str(event.get("by")) in _BY else []
    details += [f"{labels.get(key, key)} {text}" for key, text in event.get("values", {}).items()]
    words = f" ({', '.join(details)})" if details else ""
    some = only_some(case, event.get("mailboxes", ())) if item.each else ""
    again = "Checked again: " if _done_before(case, event, item) else ""
    return f"{again}{noted(item)}{words}{some}{_elsewhere(case, scenario)}"


def _done_before(case: Case, event: Event, item: Item) -> bool:
    """Whether an item was done before and stood: ticked anew, it was looked at again, not done twice."""
    if item.each or item.reopens:  # for other mailboxes; another attempt
        return False
    stands = False
    for each in case.log:
        if each.id == event.id:
            break
        mine = each.get("item") == event.get("item") and each.get("scenario") == event.get("scenario")
        if mine and each.id not in case.dropped and each.what in ("ticked", "unwound"):
            stands = each.what == "ticked"
    return stands


def _answered(case: Case, event: Event) -> str:
    """What others decided, and what was told with an answer that stands no more (an earlier attempt)."""
    found = _item(case, event)
    if not found:
        return ""
    scenario, item = found
    marks = case.records.get(scenario.number, {}).get(item.id)
    stands = marks is not None and any(mark.event == event.id for mark in marks.marks.values())
    if not item.waits_on and (stands or not event.get("told")):
        return ""
    return _told_answer(case, event)


def _told_answer(case: Case, event: Event) -> str:
    found = _item(case, event)
    if not found:
        return ""
    scenario, item = found
    value = [str(each) for each in event.get("value", ())]
    some = only_some(case, event.get("mailboxes", ())) if item.each else ""
    return f"{with_answer(item, answer_words(item, value, event))}{some}{_elsewhere(case, scenario)}"


def _unwound(case: Case, event: Event) -> str:
    found = _item(case, event)
    return f"{found[1].reverse or found[1].text}: done{_elsewhere(case, found[0])}" if found else ""


def _undone(case: Case, event: Event) -> str:
    """Only what was really reversed outside; a mis-tick leaves no word."""
    taken = case.event(str(event.get("entry")))
    if not event.get("reversed") or taken is None:
        return ""
    found = _item(case, taken)
    return f"Really reversed: {found[1].text if found else taken.what}"


def _scenario(case: Case, event: Event) -> str:
    """A change of the scenario; the first choice is told at the top."""
    chosen = [each.id for each in counted(case) if each.what == "scenario"]
    if event.id == chosen[0]:
        return "" if len(chosen) == 1 else f"Scenario {event.get('scenario')} chosen"
    return f"Changed to scenario {event.get('scenario')}"


def _copied(case: Case, event: Event) -> str:
    template = case.procedure.templates.get(str(event.get("template")))
    title = template.title.removeprefix("TEMPLATE : ") if template else event.get("template")
    missing = [str(name) for name in event.get("missing", ())]
    empty = f" (still empty: {', '.join(missing)})" if missing else ""
    some = only_some(case, event.get("mailboxes", ()))
    return f"Copied the template {title}{empty}{some}"


def _hold(case: Case, event: Event) -> str:
    reason = f" ({event.get('reason')})" if event.get("reason") else ""
    return f"Put on hold for {event.get('for')} until {until_words(str(event.get('until', '')))}{reason}"


def _closed(case: Case, event: Event) -> str:
    """A closing that did not last; the one that stands is told at the top."""
    if case.closed and event.at == case.closed.at and event.get("ending") == case.closed.ending:
        return ""
    ending = next((end for end in case.procedure.endings if end.id == event.get("ending")), None)
    told = f" ({one_line(str(event.get('told')))})" if event.get("told") else ""
    return f"Closed: {ending.text if ending else event.get('ending')}{told}"


def _moved(case: Case, event: Event) -> str:
    return "Moved to the steps of a newer playbook"


def _reopened(case: Case, event: Event) -> str:
    return "Opened again"


_DONE: Final = frozenset({"ticked", "answered", "copied", "unwound"})
"""What counts as something done when a case is taken up again."""
_TELLERS: Final[Mapping[str, Callable[[Case, Event], str]]] = {
    "answered": _answered,
    "closed": _closed,
    "copied": _copied,
    "hold": _hold,
    "moved": _moved,
    "reopened": _reopened,
    "scenario": _scenario,
    "ticked": _ticked,
    "undone": _undone,
    "unwound": _unwound,
}
