"""Replaying a log: every fact about a case is read off its events here, and those changed from outside are found."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from oxtui.cases.ages import FUTURE, Ages, TimeUp, times_over, too_old
from oxtui.cases.board import EMPTY, Board, Key
from oxtui.cases.case import Case, Facts
from oxtui.cases.events import Document, Event, events_of, from_document, is_intact
from oxtui.cases.evidence import proposed_in
from oxtui.cases.guard import Conversation
from oxtui.cases.log import legacy
from oxtui.cases.log.reading import UNDOABLE
from oxtui.cases.log.shapes import fits
from oxtui.cases.log.state import HARMLESS, Replay
from oxtui.cases.parts import Talk, Undo
from oxtui.cases.status import Situation
from oxtui.playbook.model import LICENCES, Procedure, Scenario


def replay(
    document: Document,
    procedure: Procedure,
    now: datetime,
    *,
    agent: str = "",
    lapsed: Callable[[Talk], bool] = lambda talk: False,
    price: Callable[[str], Any] | None = None,
    hours: Callable[[str], str] = lambda channel: "",
) -> Case:
    """The case saved as `document`, seen at `now` (in the agent's zone) by `agent`.

    `lapsed` says whether a conversation has lapsed; `price` gives a plan's price today (Decimal, or None), `hours` the
    working hours of a channel.
    """
    events, altered = read_log(document)
    events = legacy.todays_names(events, procedure)
    suspect = frozenset(altered)
    state = Replay(procedure=procedure, suspect=suspect)
    for event in events:
        if event.seq not in suspect or event.what in HARMLESS:
            state.take(event)
    if suspect and not state.auths and events:
        state.spoil(events[-1], "altered")
    scenario = procedure.scenarios.get(state.number)
    quote = state.quotes.get(state.number)
    talk = state.talks.get(agent)
    conversation = Conversation(
        mode=talk.mode if talk is not None else "",
        lapsed=talk is not None and (lapsed(talk) or talk.last > now + FUTURE),
        authenticated_before=bool(state.auths),
        parked=talk is not None and talk.parked,
        event=talk.event.id if talk else "",
        free=not procedure.gated,
    )
    return Case(
        **{name: getattr(state, name) for name in Facts.__struct_fields__},
        id=str(document["id"]),
        opened_at=datetime.fromisoformat(str(document["opened_at"])),
        procedure=procedure,
        log=tuple(events),
        now=now,
        agent=agent,
        confirmed=document.get("confirmed"),
        mailboxes=tuple(state.mailboxes.values()),
        left_out=tuple(state.left_out.values()),
        scenario=scenario,
        situation=_situation(state, scenario, events, now, price, hours),
        conversation=conversation,
        lapses_at=talk.lapses_at if talk and talk.mode else None,
        quote=quote[0] if quote else None,
        quote_event=quote[1] if quote else None,
        altered=altered,
        undo=_undo(state, events, agent),
    )


def _undo(state: Replay, events: Sequence[Event], agent: str) -> Undo | None:
    """The event that an agent can undo: their last, unless a later mark rests on what it changed.

    Nothing is undone from before the authentication was taken back, the domain changed or the case moved: it would
    escape what those made stale.
    """
    since: set[tuple[int, str]] = set()
    made: set[tuple[int, str]] = set()
    for event in reversed(events):
        if event.what in ("revoked", "moved", "imported") or (event.what == "details" and "domain" in event.data):
            return None
        if event.what not in UNDOABLE or event.id in state.dropped or event.id not in state.before:
            continue
        number, item = event.get("scenario", state.number), event.get("item", "")
        if event.agent != agent:
            since.add((number, item))
            made |= state.changed_items(event.id)
            continue
        if event.what in ("mailboxes", "scenario") and since:
            return None  # it would bring back what was removed with the mailbox, or leave what was done there unasked
        changed = {(number, item), *state.changed_items(event.id)}
        if event.what in ("licences", "covered"):
            changed |= {(each, LICENCES) for each in state.boards}
        if made & changed or any(_is_touched(state.procedure, changed, other) for other in since):
            return None
        boards = state.before[event.id].get("boards")
        before = boards.get(number, EMPTY) if boards is not None else EMPTY
        return Undo(event, dict(before.of(item)), state.restored(event.id))
    return None


def _is_touched(procedure: Procedure, changed: set[tuple[int, str]], other: tuple[int, str]) -> bool:
    """Whether a later mark of somebody else is among the changes or rests on them; so may one without an item."""
    number, name = other
    scenario = procedure.scenarios.get(number)
    rests = scenario.rests_on.get(name, ()) if scenario else ()
    return not name or other in changed or any((number, each) in changed for each in rests)


def _situation(
    state: Replay,
    scenario: Scenario | None,
    events: Sequence[Event],
    now: datetime,
    price: Callable[[str], Any] | None,
    hours: Callable[[str], str],
) -> Situation:
    aged: dict[Key, str] = {}
    over: dict[Key, TimeUp] = {}
    if scenario is not None:
        board = state.boards.get(scenario.number, EMPTY)
        ages = Ages(events, now, hours)
        aged |= too_old(ages, scenario, board)
        over = times_over(ages, scenario, board, tuple(state.mailboxes))
        aged |= _counted_anew(scenario, board, ages)
        aged |= _priced(state, scenario, board, price)
    nbs = tuple(nb for nb in state.procedure.nbs.values() if nb.locks)
    fields = {
        name
        for left in state.left_out.values()
        if left.reason == "not-part"
        for name in state.procedure.mailbox_fields
        if left.mailbox.of(name) != "no"
    }
    about, words = state.procedure.about, state.procedure.words
    evidence = proposed_in(state.evidence)
    return Situation(tuple(state.mailboxes), aged, evidence, nbs, frozenset(fields), over, about, words)


def _counted_anew(scenario: Scenario, board: Board, ages: Ages) -> dict[Key, str]:
    """The dates that a condition judges otherwise today, or on the day of a later event, than when they were answered.

    Only until what they decide is done, as with a quote: a refund that was made in time was made in time.
    """
    aged: dict[Key, str] = {}
    for name, tests in scenario.ages.items():
        for mailbox, mark in board.of(name).items():
            days = {at.date().isoformat() for at in (ages.now, ages.latest(mark))}
            otherwise = any(
                test.holds(mark.value, mark.on) is not test.holds(mark.value, day) for test in tests for day in days
            )
            if otherwise and not _acted_on(scenario, board, name):
                aged[name, mailbox] = "days"
    return aged


def _acted_on(scenario: Scenario, board: Board, name: str) -> bool:
    """Whether an action that a date decides on is done."""
    for item in scenario.items():
        conditions = (item.when, scenario.step_of[item.id].when, *item.after)
        atoms = (atom for each in conditions for atom in each.atoms() if atom.item == name)
        read = item.kind == "action" and any(atom.test is not None and atom.test.relative for atom in atoms)
        if read and any(mark.performed for mark in board.of(item.id).values()):
            return True
    return False


def _priced(state: Replay, scenario: Scenario, board: Board, price: Callable[[str], Any] | None) -> dict[Key, str]:
    """The quote, if a price has changed since it was worked out and no item that uses it is done."""
    if price is None or scenario.number not in state.quotes:
        return {}
    quote, event = state.quotes[scenario.number]
    today = (price(quote.current), price(quote.new))
    if None in today or today == (quote.current_price, quote.new_price):
        return {}
    aged: dict[Key, str] = {}
    for item in scenario.items():
        mark = board.marks.get((item.id, ""))
        if item.quote is None or mark is None or mark.event != event.id:
            continue
        users = (scenario.by_id[name] for name in scenario.rested_on_by.get(item.id, ()))
        if not any(board.of(user.id) for user in users if user.acts):
            aged[item.id, ""] = "price"
    return aged


def read_log(document: Document) -> tuple[list[Event], tuple[int, ...]]:
    """The events of a case document in order, and the numbers of those that are altered, missing or malformed.

    A malformed event is left out, whatever its checksum says.
    """
    log = document.get("log", ())
    case_id = str(document.get("id"))
    altered: set[int] = set()
    try:
        events = events_of(log)
    except ValueError:
        log, events, altered = _readable(log)
    altered.update(event.seq for each, event in zip(log, events, strict=True) if not is_intact(case_id, each))
    seen = {event.seq for event in events}
    events = sorted(filter(fits, events), key=lambda event: event.seq)
    altered.update(seen.difference(event.seq for event in events))
    if events:
        altered.update(number for number in range(1, events[-1].seq + 1) if number not in seen)
    return events, tuple(sorted(altered))


def _readable(log: Sequence[Any]) -> tuple[list[Any], list[Event], set[int]]:
    """The documents and events of a log that can be read, and the places of the others, counted from 1."""
    documents: list[Any] = []
    events: list[Event] = []
    others: set[int] = set()
    for place, document in enumerate(log, start=1):
        try:
            events.append(from_document(document))
        except ValueError:
            others.add(place)
        else:
            documents.append(document)
    return documents, events, others
