"""From the open cases to the history and back, so that a crash at any moment loses and doubles nothing.

A case is written where it goes first and removed where it was second. In between it is in both places;
whoever starts next sees from the logs, which only grow, which way it was going.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from oxtui.cases.events import Document
from oxtui.errors import StoreError
from oxtui.store.cases import OpenCases
from oxtui.store.history import History

if TYPE_CHECKING:
    from oxtui.store.transaction import Transaction

CLOSED = "closed"
"""What the last entry of a closed case is called."""


def close_out(cases: OpenCases, history: History, document: Document, summary: Mapping[str, Any]) -> None:
    """Move a case, whose last entry says that it is closed, to the history; doing it twice is doing it once.

    Raises StoreError where another pane has added entries that `document` lacks (look again), Unsaved.
    """
    with cases.transaction() as change:
        close_within(change, history, document, summary)


def close_within(change: Transaction, history: History, document: Document, summary: Mapping[str, Any]) -> None:
    """`close_out` for a caller who holds the lock already, having asked the playbook under it."""
    there = change.get(document["id"])
    if there is None:
        if history.get(document["id"]) is None:
            raise StoreError("this case is not open any more", "another pane may have closed or dropped it")
        return
    if not _ids(there) <= _ids(document):
        raise StoreError("another pane has worked on this case meanwhile", "look at it again, then close it")
    change.if_it_fails(lambda: history.remove(document["id"], only=document))
    history.add(document, summary)
    change.remove(document["id"])


def reopen(cases: OpenCases, history: History, case_id: str, entries: Sequence[Mapping[str, Any]]) -> Document:
    """Bring a closed case back with `entries` (at least one, saying so) at the end of its log.

    Raises StoreError where the history does not have it.
    """
    closed = history.get(case_id)
    with cases.transaction() as change:
        document = change.get(case_id)
        if document is None:
            if closed is None:
                raise StoreError("the history has no such case", "oxtui cases --all lists what there is")
            document = {**closed, "log": [*closed["log"], *(dict(entry) for entry in entries)]}
            change.create(document)
    if closed is not None:
        history.remove(case_id, only=closed)
    return document


def settle(cases: OpenCases, history: History, summarise: Callable[[Document], Mapping[str, Any]]) -> list[str]:
    """Finish what a crash left half done between the two; run at start and after a restoration.

    Returns the ids of the cases it moved. Costs one look at each where there is nothing to do.
    """
    open_now = cases.snapshot()
    if not history.holds(open_now) and not any(_is_closed(document) for document in open_now.values()):
        return []
    from oxtui.store.recovery import merge  # 1 ms, and there is seldom anything to settle at a start

    moved: list[str] = []
    reopened: list[Document] = []
    with cases.transaction() as change:
        held = history.holds(change.all())
        for case_id, document in change.all().items():
            closed = history.get(case_id) if case_id in held else None
            if closed is not None and _ids(document) <= _ids(closed):
                change.remove(case_id)
            elif _is_closed(document):
                whole = merge(document, closed) if closed else document
                history.add(whole, summarise(whole))
                change.remove(case_id)
            elif closed is not None:
                # open again, or never closed: then work went on where writing the open file had failed
                begun = [entry for entry in closed["log"] if entry["what"] != CLOSED]
                change.replace(case_id, merge(document, {"log": begun}))
                reopened.append(closed)
            else:
                continue
            moved.append(case_id)
    for closed in reopened:
        history.remove(closed["id"], only=closed)
    return moved


def _is_closed(document: Mapping[str, Any]) -> bool:
    return bool(document["log"]) and document["log"][-1]["what"] == CLOSED


def _ids(document: Mapping[str, Any]) -> set[str]:
    return {entry["id"] for entry in document["log"]}
