"""What the client gets in writing: what was done, what it costs, what happens next, in the playbook's own words.

Only what the playbook has words for is in it: no NB, no name of a colleague, no ticket number that it does not name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from oxtui.cases.board import Mark
from oxtui.cases.case import Case
from oxtui.cases.commands.closing import left_running
from oxtui.cases.commands.quotes import quote_item, quoted_plans
from oxtui.cases.money import money
from oxtui.cases.outcome import typed_text
from oxtui.cases.reasons import quote_flaw
from oxtui.cases.status import TO_DO, State, Status
from oxtui.errors import Refusal
from oxtui.playbook.model import LICENCES, Ending, Item
from oxtui.playbook.plans import PER_TERM, Plans


def client_text(case: Case, plans: Plans, today: date, ending: Ending | None = None) -> str:
    """A mail to the client as plain text, ending in a line feed; `ending` is how the case closes or has closed.

    Raises Refusal where the client was never authenticated, or the playbook has no words for it.
    """
    words = case.procedure.client_text
    if words is None:
        raise Refusal("This playbook has no text for the client", "a floor lead adds one: client_text")
    if not case.authenticated:
        raise Refusal("The client hasn't been authenticated, so nothing goes out in writing", "a: authenticated")
    done = list(_done(case))
    costs = list(_costs(case, plans, today, words.cost))
    if ending and not ending.complete:
        costs += [f"{text}." for text in left_running(case)]
    next_ = [ending.tell] if ending and ending.tell else [] if ending else list(_next(case))
    known = {"domain": case.domain, "subject": case.domain, "contact": case.details.of("contact")}
    parts = [_filled(words.opening, known)]
    parts += [_listed(words.done, done, known)] if done else []
    parts += [_listed(words.costs, costs, known)] if costs else []
    parts += [_listed(words.next, next_, known)] if next_ else []
    return "\n\n".join([*parts, _filled(words.closing, known)]) + "\n"


def _listed(heading: str, lines: Iterable[str], known: Mapping[str, str]) -> str:
    return "\n".join([_filled(heading, known), *(f"- {line}" for line in dict.fromkeys(lines))])


def _filled(text: str, known: Mapping[str, str]) -> str:
    """`text` with its fields filled in; one that is empty goes with the blank before it ("Hello {contact},")."""
    return re.sub(r" ?\{([a-z0-9_-]+)\}", lambda found: _field(found, known), text)


def _field(found: re.Match[str], known: Mapping[str, str]) -> str:
    value = known.get(found[1], "")
    return f"{' ' if found[0].startswith(' ') else ''}{value}" if value else ""


def _done(case: Case) -> Iterable[str]:
    """What was done and holds, in the order of the checklist; for some mailboxes only, these are named."""
    for status in case.applicable():
        item = status.item
        groups: dict[str, list[str]] = {}
        for box, mark in case.marks(item.id).items():
            state = status.by.get(box, status.state) if item.each else status.state
            if mark.skipped or state is not State.DONE:
                continue
            for text in _told(case, item, mark):
                groups.setdefault(text, []).append(box)
        yield from (_for_some(case, item, text, boxes) for text, boxes in groups.items())


def _for_some(case: Case, item: Item, text: str, boxes: Sequence[str]) -> str:
    """A sentence that is true of some mailboxes only names them."""
    if not item.each or len(boxes) == len(case.addresses):
        return text
    sign = text[-1] if text[-1:] in ".?!" else ""
    return f"{text.removesuffix(sign)} ({', '.join(boxes)}){sign}"


def _told(case: Case, item: Item, mark: Mark) -> Iterable[str]:
    """The words for one mark: the item's own with what was typed, and those of the answers given."""
    event = case.typed_with(mark)
    typed = event.get("values", {}) if event else {}
    kinds = {value.key: value.kind for value in item.values}
    if item.tell:
        kinds, words = {value.key: value.kind for value in item.values}, case.procedure.words
        yield _filled(
            item.tell,
            {key: typed_text(kinds.get(key, ""), str(value), words) for key, value in typed.items()},
        )
    for name in mark.value if item.answers else ():
        answer = item.answer(name)
        if answer is not None and answer.tell:
            yield answer.tell


def _costs(case: Case, plans: Plans, today: date, cost: str) -> Iterable[str]:
    """The new plan with its price, once it was ordered; and what was said of the first invoice, while that holds."""
    item = quote_item(case)
    plan = plans.get(quoted_plans(case, item)[1]) if item else None
    if item is None or item.quote is None or plan is None or not _ordered(case, item.quote.new):
        return
    count = case.licences
    known = {
        "plan": plan.product,
        "price": money(plan.price_on(today), plans.policy.words.currency),
        "per_term": PER_TERM[plan.term],
        "licences": case.procedure.words.licences(count),
    }
    yield _filled(cost, known)
    quote = case.quote
    if quote and quote.first_invoice is not None and not quote_flaw(case):
        yield quote.say


def _ordered(case: Case, plan_question: str) -> bool:
    """Whether what is ordered on the answer to that question, and counts licences, was done and holds."""
    return any(
        status.state is State.DONE and status.item.acts and {plan_question, LICENCES} <= set(status.item.uses)
        for status in case.applicable()
    )


def _next(case: Case) -> Iterable[str]:
    """What is said at the items that wait for others or for the client, and can be answered now."""
    for status in filter(_waits, case.open_items()):
        if status.item.say:
            boxes = [box for box, state in status.by.items() if state in TO_DO]
            yield _for_some(case, status.item, status.item.say, boxes)


def _waits(status: Status) -> bool:
    states = {status.state, *status.by.values()} if status.item.each else {status.state}
    return bool(states & TO_DO) and bool(status.item.waits_on or status.item.client)
