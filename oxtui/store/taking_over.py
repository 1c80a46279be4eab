"""A case that comes in a line from another machine: kept as open or as closed, beside what this home has of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from oxtui.cases.events import Document
from oxtui.cases.transfer import merged
from oxtui.store.cases import OpenCases
from oxtui.store.history import History


def take_over(
    cases: OpenCases,
    history: History,
    theirs: Document,
    restore: Callable[[Document, Document | None], Document],
    is_closed: Callable[[Document], bool],
    summarise: Callable[[Document], Mapping[str, Any]],
) -> Document | None:
    """Keep `theirs` as `restore` gives it (told what is here, or None), unless this home is as far.

    Gives what this home has then, or None where the two went different ways. A case that is closed there is
    closed here as well; it is written where it goes before it is removed where it was, as in `closing`. Raises
    Unsaved, StoreError.
    """
    case_id = str(theirs["id"])
    with cases.transaction() as change:
        mine = change.get(case_id)
        before = history.get(case_id) if mine is None else None
        here = mine or before
        document = theirs
        if here is not None:
            outcome = merged(here, theirs)
            if outcome.document is None or not outcome.news:
                return outcome.document
            document = outcome.document
        document = restore(document, here)
        closed = is_closed(document)
        if closed:
            history.add(document, summarise(document))
            change.remove(case_id)
        elif mine is not None:
            change.replace(case_id, document)
        else:
            change.create(document)
    if before is not None and not closed:
        history.remove(case_id, only=before)
    return document
