"""The answers that DNS evidence contradicts (rule 6)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from oxtui.cases.board import Effects, Key, Mark
from oxtui.cases.case import Case
from oxtui.cases.evidence import evidence_in, proposed_in
from oxtui.cases.outcome import answer_text
from oxtui.playbook.dns_owners import CLAIMS
from oxtui.playbook.model import Item, Scenario


def contradicted_marks(
    case: Case, number: int, marks: Mapping[Key, Mark], proposed: Mapping[str, str], saw: str | None = None
) -> tuple[tuple[Key, str], ...]:
    """Return the `marks` of a scenario that the evidence contradicts, as `stale` of an event has them.

    It proposes another answer, and not the one that was proposed on the screen: `saw`, or what each mark says itself.
    """
    scenario = case.procedure.scenarios.get(number)
    stale: list[tuple[Key, str]] = []
    for key, mark in marks.items() if scenario else ():
        item = scenario.by_id.get(key[0]) if scenario else None
        if scenario is None or item is None or item.proposal is None or not mark.performed:
            continue
        says = proposed.get(item.proposal.evidence, "")
        seen = mark.saw if saw is None else saw
        if says and says not in mark.value and says != seen and not _a_term(case, number, scenario, item):
            stale.append((key, "evidence"))
    return tuple(stale)


def _a_term(case: Case, number: int, scenario: Scenario, item: Item) -> bool:
    """Whether an answer is by now only a term of something done: what a ticket said when it was raised, say."""
    users = [scenario.by_id[name] for name in scenario.rested_on_by.get(item.id, ()) if name in scenario.by_id]
    board = case.boards.get(number)
    used = board is not None and any(user.acts and item.id in user.uses and board.of(user.id) for user in users)
    return used and item.id not in scenario.witnesses


def dns_says(case: Case, item: Item) -> str:
    """The newest DNS evidence against an item's answer, in words; "" if it does not contradict it."""
    if item.proposal is None or not item.proposal.evidence or case.number is None or not case.marks(item.id):
        return ""
    evidence = evidence_in(case.evidence)
    if evidence is None:
        return ""
    marks = {(item.id, name): mark for name, mark in case.marks(item.id).items()}
    if contradicted_marks(case, case.number, marks, case.situation.evidence, saw=""):
        says = answer_text(item, (case.situation.evidence[item.proposal.evidence],), case.procedure.words)
        return f"DNS says otherwise: {says if item.proposal.evidence == 'ns' else f'MX at {evidence.verdict}'}"
    claims = CLAIMS.get(item.proposal.evidence, ())
    if evidence.no_such_domain and any(value in claims for mark in marks.values() for value in mark.value):
        return f"DNS says otherwise: {evidence.error}"
    return ""


def seen_by(case: Case, seq: int | None) -> Mapping[str, str]:
    """The answers that the newest evidence up to event `seq` proposed (None: in the whole log)."""
    if seq is None:
        return case.situation.evidence
    evidence: Mapping[str, Any] | None = None
    for event in case.log:
        if event.seq > seq:
            break
        if event.what == "evidence":
            evidence = event.get("evidence")
        elif event.what == "details" and "domain" in event.data:
            evidence = None  # it was about the former domain
    return proposed_in(evidence)


def contradicted_by_undo(case: Case) -> dict[int, Effects]:
    """By scenario, the marks that undoing the last one would put back and that the evidence contradicts."""
    restored = case.undo.restored if case.undo else {}
    return {
        number: Effects(stale=contradicted_marks(case, number, fresh, case.situation.evidence))
        for number, marks in restored.items()
        if (fresh := {key: mark for key, mark in marks.items() if not mark.stale})
    }
