"""The email to the client: the work done, its cost and the next steps, in the playbook's own words.

It has nothing internal in it: no NB, no colleague's name, no ticket number that the playbook does not name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Final

from oxtui.cases.board import Mark
from oxtui.cases.case import Case
from oxtui.cases.commands.closing import left_running
from oxtui.cases.commands.quotes import quote_item, quoted_plans
from oxtui.cases.money import money
from oxtui.cases.outcome import typed_text
from oxtui.cases.reasons import quote_flaw
from oxtui.cases.status import TO_DO, State
from oxtui.cases.waits import Status
from oxtui.cases.wording import only_some
from oxtui.errors import Refusal
from oxtui.playbook.model import LICENCES, Ending, Item
from oxtui.playbook.plans import PER_TERM, Plans

_NAME: Final = r"[^\W\d_]+(?:['’-][^\W\d_]+)*"
_NOT_NAMES: Final = frozenset(
    "mr mrs ms miss mx dr prof sir madam the pty ltd inc llc accounts office reception".split()
)


def client_text(case: Case, plans: Plans, today: date, ending: Ending | None = None) -> str:
    """An email to the client as plain text, ending in a line feed; `ending` is how the case closes or has closed.

    Raises Refusal if the playbook has no words for it, the client was never authenticated, or there is nothing to say.
    """
    words = case.procedure.client_text
    if words is None:
        raise Refusal("This playbook has no text for the client", "a floor lead adds one: client_text")
    if not case.authenticated:
        raise Refusal("The client hasn't been authenticated, so nothing goes out in writing", "a: authenticated")
    costs = list(_costs(case, plans, today, words.cost))
    if ending and not ending.complete:
        costs += [f"{text}." for text in left_running(case)]
    next_ = [ending.tell] if ending and ending.tell else [] if ending else list(_next(case))
    parts = [(words.done, list(_done(case))), (words.costs, costs), (words.next, next_)]
    if not any(lines for _, lines in parts):
        raise Refusal("There is nothing to tell the client yet", "E once something is done")
    known = {"domain": case.domain, "subject": case.domain, "contact": first_name(case.details.of("contact"))}
    listed = ["\n- ".join([_filled(heading, known), *dict.fromkeys(lines)]) for heading, lines in parts if lines]
    return "\n\n".join([_filled(words.opening, known), *listed, _filled(words.closing, known)]) + "\n"


def first_name(contact: str) -> str:
    """The first name of what is plainly a first and a last name (`Sue Lim`), else the contact as typed."""
    words = contact.split()
    named = all(re.fullmatch(_NAME, word) and not word.isupper() and word.lower() not in _NOT_NAMES for word in words)
    return words[0] if named and len(words) == 2 and words[0][0].isupper() and words[1][0].isupper() else contact


def _filled(text: str, known: Mapping[str, str]) -> str:
    """`text` with its fields filled in; an empty field takes the space before it along (`Hi {contact},`)."""
    return re.sub(
        r"( ?)\{([a-z0-9_-]+)\}", lambda field: field[1] + known[field[2]] if known.get(field[2]) else "", text
    )


def _done(case: Case) -> Iterable[str]:
    """The work done that still holds, in checklist order, with the mailboxes if it is true of some only."""
    for status in case.applicable():
        item = status.item
        groups: dict[str, list[str]] = {}
        for box, mark in case.marks(item.id).items():
            state = status.by.get(box, status.state) if item.each else status.state
            if mark.skipped or state is not State.DONE:
                continue
            for text in _sentences(case, item, mark):
                groups.setdefault(text, []).append(box)
        yield from (_for_some(case, item, text, boxes) for text, boxes in groups.items())


def _for_some(case: Case, item: Item, text: str, boxes: Sequence[str]) -> str:
    """A sentence, with the mailboxes it is true of if these are not all."""
    some = only_some(case, boxes, full=True).removeprefix(" for ") if item.each else ""
    if not some:
        return text
    end = text[-1] if text.endswith((".", "?", "!")) else ""
    return f"{text.removesuffix(end)} ({some}){end}"


def _sentences(case: Case, item: Item, mark: Mark) -> Iterable[str]:
    """The sentences for one mark: the item's own with the typed values, and those of the answers given."""
    if item.tell:
        event, words = case.typed_with(mark), case.procedure.words
        kinds = {value.key: value.kind for value in item.values}
        typed = event.get("values", {}) if event else {}
        yield _filled(item.tell, {key: typed_text(kinds.get(key, ""), str(text), words) for key, text in typed.items()})
    for name in mark.value if item.answers else ():
        answer = item.answer(name)
        if answer is not None and answer.tell:
            yield answer.tell


def _costs(case: Case, plans: Plans, today: date, cost: str) -> Iterable[str]:
    """The new plan with its price once it was ordered, and the sentence about the first invoice while that holds."""
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
        "each": "each" if count > 1 else "",
    }
    yield _filled(cost, known)
    quote = case.quote
    if quote and quote.first_invoice is not None and not quote_flaw(case):
        yield quote.say


def _ordered(case: Case, plan_question: str) -> bool:
    """Whether the order that uses the answer to that question, and counts licences, was placed and holds."""
    return any(
        status.state is State.DONE and status.item.acts and {plan_question, LICENCES} <= set(status.item.uses)
        for status in case.applicable()
    )


def _next(case: Case) -> Iterable[str]:
    """The sentences of the items that wait for others or the client, or are done for some mailboxes; else of the next.

    Only items that can be done now are named.
    """
    ready = [status for status in case.open_items() if TO_DO & {status.state, *status.by.values()}]
    shown = [status for status in ready if status.item.waits_on or status.item.client or _begun(status)]
    for status in shown or [status for status in ready if status.item.tell][:1]:
        if status.item.say:
            boxes = [box for box, state in status.by.items() if state in TO_DO]
            yield _for_some(case, status.item, status.item.say, boxes)


def _begun(status: Status) -> bool:
    return bool(status.item.tell) and State.DONE in status.by.values()
