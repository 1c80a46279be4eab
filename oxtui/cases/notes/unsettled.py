"""Everything to check or settle in a case, for the wrap-up note and the handover."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from oxtui.cases.board import Mark
from oxtui.cases.case import Case
from oxtui.cases.guard import cover_question
from oxtui.cases.notes.telling import counted
from oxtui.cases.parts import LEAVES_BECAUSE, Mailbox
from oxtui.cases.reasons import because_words, why
from oxtui.cases.status import ASKS, State
from oxtui.cases.waits import Status, name_of
from oxtui.cases.wording import Stamps, aside, few, for_some, noted
from oxtui.playbook.model import Item


class Again(Struct, frozen=True):
    """An item to check again, or to settle in one of its `ways`: for which mailboxes, and why."""

    item: Item
    boxes: tuple[str, ...]
    why: str
    ways: str = ""
    scenario: int = 0
    """The scenario it was done in, if the case has another now."""


def again(case: Case) -> list[Again]:
    """Every item to check or settle, in the order of the article, mailboxes with the same reason together."""
    rows: list[Again] = []
    for status in case.applicable():
        groups: dict[tuple[str, str, str], list[str]] = {}
        for box, state in status.by.items():
            mark = case.marks(status.item.id).get(box)
            if state in ASKS and mark is not None:
                groups.setdefault(_cause(case, status, box, mark), []).append(box)
        for (because, since, ways), boxes in groups.items():
            reason = why(case, replace(status, because=because, since=since))
            rows.append(Again(status.item, tuple(boxes), reason, ways))
    return rows + list(_left_behind(case))


def _cause(case: Case, status: Status, box: str, mark: Mark) -> tuple[str, str, str]:
    if mark.stale or mark.asked:
        return mark.because, mark.stale, mark.asked if status.by[box] is State.OUT_THERE else ""
    return case.situation.aged.get((status.item.id, box), ""), "", ""


def _left_behind(case: Case) -> Iterable[Again]:
    """The actions with an effect outside that were done in a scenario the case has left."""
    groups: dict[tuple[int, str, str, str], list[str]] = {}
    items: dict[tuple[int, str], Item] = {}
    for number, item, box in case.unwinds:
        mark = case.boards[number].marks[item.id, box]
        items[number, item.id] = item
        groups.setdefault((number, item.id, mark.because, mark.asked), []).append(box)
    for (number, name, because, ways), boxes in groups.items():
        yield Again(items[number, name], tuple(boxes), because_words(case, number, because), ways, number)


def again_words(case: Case, row: Again) -> str:
    """An item to check or settle in a line, with the reason."""
    some = for_some(case, row.item, row.boxes)
    where = f" [scenario {row.scenario}]" if row.scenario else ""
    if not row.ways:
        return f"{row.item.text}{some}{where} - {row.why}"
    outcome = "confirmed, changed or undone" if "2" in row.ways else "confirmed or undone"
    undo = f" (to undo: {row.item.reverse})" if row.scenario and row.item.reverse else ""
    return f"{noted(row.item)}{some}{where} - {row.why}; still to be {outcome}{undo}"


def doubted_words(case: Case) -> list[str]:
    """One line naming the items that only wait for these checks, or no line."""
    names = [name_of(status.item) for status in case.applicable() if State.IN_DOUBT in status.by.values()]
    return [f"Waiting on this: {', '.join(names)}"] if names else []


def cleared_words(case: Case, stamps: Stamps) -> list[str]:
    """The cancellations that were cleared and not confirmed: `Cleared at 10:02 by anna: not confirmed`."""
    return [
        f"Cleared {stamps.when(event.at)} by {event.agent}: not confirmed ({item.text})" for item, event in case.cleared
    ]


def uncovered_words(case: Case) -> list[str]:
    """The question whether the licences ordered cover the mailboxes that came later, while it is open."""
    if not case.uncovered:
        return []
    question = cover_question(case.procedure.about, case.procedure.words, few(case, case.uncovered))
    return [f"Still to decide: {question}"]


def unconfirmed(case: Case) -> tuple[str, ...]:
    """The ids of the templates whose last copy was begun but not confirmed."""
    begun: dict[str, None] = {}
    for event in counted(case):
        template = str(event.get("template"))
        if event.what == "copying":
            begun[template] = None
        elif event.what == "copied":
            begun.pop(template, None)
    return tuple(begun)


def known_words(case: Case, mailbox: Mailbox) -> str:
    """The known facts of a mailbox: `on OX-Mail`, `not on OX-Mail`; "" for none."""
    words = []
    for name, text in case.procedure.mailbox_fields.items():
        known = mailbox.of(name)
        words += [text if known == "yes" else f"not {text}"] if known != "unknown" else []
    return ", ".join(words)


def left_out_words(case: Case) -> list[str]:
    """One line with the mailboxes removed from the case and the reasons, or no line."""
    words = [
        f"{left.mailbox.address}{aside(LEAVES_BECAUSE.get(left.reason, left.reason), known_words(case, left.mailbox))}"
        for left in case.left_out
    ]
    return [f"Left out: {'; '.join(words)}"] if words else []


def everything(case: Case) -> Sequence[str]:
    """Everything to check or settle, in lines."""
    rows = [again_words(case, row) for row in again(case)]
    return [*uncovered_words(case), *rows, *doubted_words(case)]
