"""The reasons why items must be checked again, in words, for the screen, the note and the confirmations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from oxtui.cases.case import Case
from oxtui.cases.dates import weekday
from oxtui.cases.status import State
from oxtui.cases.waits import Status, name_of

WORDS: Final[Mapping[str, str]] = {
    "evidence": "DNS says otherwise",
    "domain": "the {subject} changed",
    "authentication": "the authentication was taken back",
    "imported": "reported by somebody else",
    "apart": "the version that was taken does not have it",
    "playbook": "the steps of the playbook have changed",
    "scenario": "another scenario was chosen meanwhile",
    "licences": "the number of {licences} changed",
    "altered": "the log was changed from outside",
    "price": "a price has changed since",
    "age": "it is too old",
    "future": "it is dated in the future",
    "days": "enough days have passed to change it",
}
"""The reasons that are not items."""


def because_words(case: Case, number: int, because: str) -> str:
    """A mark's `because` in words: a reason, or the item that changed."""
    if because in WORDS:
        label, licences = case.procedure.about.label, case.procedure.words.licence.many
        return WORDS[because].format(subject=label, licences=licences)
    scenario = case.procedure.scenarios.get(number)
    item = scenario.by_id.get(because) if scenario else None
    return f"{name_of(item)} changed" if item else "something it rests on changed"


def why(case: Case, status: Status) -> str:
    """The reason why an item must be checked again, with the time of the event: "the licence changed Thu 14:02"."""
    if not status.because:
        return ""
    words = because_words(case, case.number or 0, status.because)
    event = case.event(status.since)
    if event is None:
        return words
    if status.because == "imported" and event.get("from"):
        words = f"reported by {event.get('from')}"
    at = event.at.astimezone(case.now.tzinfo)
    day = "" if at.date() == case.now.date() else f"{weekday(at)} "
    return f"{words}, {day}{at:%H:%M}"


def ended_before(case: Case, status: Status) -> str:
    """The items that changed after a service that rested on them was ended, in words; "" for none."""
    names = [name_of(case.scenario.by_id[name]) for name in status.no_longer_so] if case.scenario else []
    return f"before this was known: {', '.join(names)}" if names else ""


def quote_flaw(case: Case) -> str:
    """The reason why the case's quote does not count now, in a few words; "" if it does, or there is none."""
    quoted = [status for status in case.applicable() if status.item.quote]
    if case.quote is None or any(status.state in (State.DONE, State.IN_DOUBT) for status in quoted):
        return ""
    return (why(case, quoted[0]) or "to be worked out again") if quoted else "none applies any more"
