"""What is handed to the next shift, and what is asked of those a case waits for."""

from __future__ import annotations

from collections.abc import Iterable

from oxtui.cases.case import Case
from oxtui.cases.events import Event
from oxtui.cases.notes import contact_line, nbs_in_force
from oxtui.cases.overview import in_order, overview
from oxtui.cases.timeline import Stamps, counted, diary, last_done, one_line, only_some, until_words
from oxtui.clock import Clock
from oxtui.playbook.model import Item
from oxtui.playbook.progress import State, Status


def handover(cases: Iterable[Case], clock: Clock) -> str:
    """All open cases as plain text, due first, a short block each; times in the clock's zone."""
    by_id = {case.id: case for case in cases if not case.closed}
    rows = in_order([overview(case) for case in by_id.values()])
    due = sum(row.status == "due" for row in rows)
    stamps = Stamps(clock)
    count = f"{len(rows)} open case{'' if len(rows) == 1 else 's'}" if rows else "no open case"
    head = f"Handover {stamps.at(clock.now())} {stamps.zone}: {count}{f', {due} due' if due else ''}"
    return "\n\n".join([head, *(_block(by_id[row.id], stamps) for row in rows)]) + "\n"


def _block(case: Case, stamps: Stamps) -> str:
    done, total = case.progress()
    scenario = f"{case.scenario.number} {case.scenario.title}" if case.scenario else "no scenario yet"
    rows = [f"{case.domain}: {scenario}, {case.standing().upper()}"]
    if case.hold:
        reason = f" ({one_line(case.hold.reason)})" if case.hold.reason else ""
        rows.append(f"  Waits for {case.hold.waits_for} until {until_words(case.hold.until)}{reason}")
    for status in case.applicable():
        if status.state is State.DEFERRED:
            event = case.event(case.record(status.item.id).deferred)
            until = until_words(str(event.get("until", ""))) if event else "?"
            rows.append(f"  Put off until {until}: {status.item.text}")
    progress = f"{done} of {total} done. " if total else ""
    rows.append(f"  {progress}Next: {case.next_text()}")
    rows += [f"  {line}" for line in contact_line(case)]
    rows += [f"  NB {nb.text}" for nb in nbs_in_force(case)]
    if last := last_done(case, stamps, 1):
        rows.append(f"  Last: {last[0]}")
    elif case.log:
        rows.append(f"  Last touched {stamps.at(case.log[-1].at)} by {case.log[-1].agent}")
    return "\n".join(rows)


def compare(mine: Case, theirs: Case, alike: int, clock: Clock) -> list[str]:
    """Two versions of a case side by side, in lines: how far they agree, and what was done here and there since.

    `alike` is the number of events that both logs begin with. Nothing is merged: a person decides.
    """
    stamps = Stamps(clock)
    at = f", up to {stamps.at(mine.log[alike - 1].at)}" if alike else ""
    rows = [f"Both have the same {alike} events{at}; then they went different ways. Nothing was merged."]
    for name, case in (("HERE", mine), ("IN THE LINE", theirs)):
        done, total = case.progress()
        progress = f", {done} of {total} done" if total else ""
        rows += ["", f"{name}: {case.standing()}{progress}. Next: {case.next_text() or 'nothing, it is closed'}"]
        told = diary(case, stamps, alike)
        told += [
            f"{stamps.at(event.at)}, {event.agent}: note: {one_line(str(event.get('text', '')))}"
            for event in counted(case)
            if event.what == "note" and event.seq > alike
        ]
        rows += told or [f"nothing was done since ({len(case.log) - alike} events without a word in the note)"]
    return rows


def chase(case: Case, clock: Clock) -> str | None:
    """One polite question for the ticket that `case` waits for; None where there is none to ask about."""
    if case.closed or (case.hold and "client" in case.hold.waits_for.lower().split()):
        return None
    status = next((each for each in case.open_items() if each.item.waits_on and _asked(each)), None)
    if status is None and case.hold is None:
        return None
    raised, ticket = _raised(case, status.item) if status else (None, "")
    ticket = ticket or _known(case)
    if not ticket:
        return None
    stamps = Stamps(clock)
    rest = _rest(case, status) if status else ()
    some = only_some(case, rest).removeprefix(" for ")
    which = f" ({some})" if some else ""
    since = f"It was raised on {stamps.day(raised.at)}, and the" if raised else "The"
    return (
        f"Hello, could you please tell me how {ticket} for {case.domain}{which} is going? "
        f"{since} client is waiting to hear from us. Thank you."
    )


def _asked(status: Status) -> bool:
    return status.state in (State.TODO, State.STALE)


def _known(case: Case) -> str:
    if case.details.jira:
        return f"JIRA {case.details.jira[-1]}"
    return f"Salesforce case {case.details.salesforce}" if case.details.salesforce else ""


def _rest(case: Case, status: Status) -> tuple[str, ...]:
    """The mailboxes whose answer is still out."""
    return case.left(status.item) if status.item.each else ()


def _raised(case: Case, waiting: Item) -> tuple[Event | None, str]:
    """The tick that raised what `waiting` answers, and the ticket that its values name (or "")."""
    scenario = case.scenario
    for atom in waiting.after if scenario else ():
        item = scenario.by_id[atom.item] if scenario else waiting
        for event in reversed(list(counted(case))):
            if event.what != "ticked" or event.get("item") != item.id or event.get("scenario") != case.number:
                continue
            for value in item.values:
                number = str(event.get("values", {}).get(value.key, ""))
                if number and value.field == "jira":
                    return event, f"JIRA {number}"
                if number and value.field == "salesforce":
                    return event, f"Salesforce case {number}"
            return event, ""
    return None, ""
