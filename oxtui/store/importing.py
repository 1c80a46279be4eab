"""Merge a case from another machine with what is here, by compare-and-swap."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from oxtui.cases.events import Document
from oxtui.cases.transfer import merged
from oxtui.errors import StoreError
from oxtui.store.interface import CaseStore, Summarise
from oxtui.store.logs import last_seq

TRIES = 50
"""Attempts, while others write to the case."""


def import_case(
    store: CaseStore,
    theirs: Document,
    restore: Callable[[Document, Document | None], Document],
    is_closed: Callable[[Document], bool],
    summarise: Summarise,
    *,
    instead: bool = False,
) -> Document | None:
    """Keep `theirs`, as `restore` makes it of it and of what is here (or None), unless what is here goes as far.

    Returns what is here then, or None if the two went different ways; `instead` has theirs kept all the same. A case
    that was closed there is closed here.
    """
    case_id = str(theirs["id"])
    for _ in range(TRIES):
        # in this order: a case that is being closed is in the archive before it leaves the open ones
        here = store.get(case_id) or store.archive.get(case_id)
        document = theirs
        if here is not None:
            outcome = merged(here, theirs)
            if outcome.document is None and not instead:
                return None
            if outcome.document is not None and not outcome.news:
                return outcome.document
        document = restore(document, here)
        summary: Mapping[str, Any] | None = summarise(document) if is_closed(document) else None
        if store.replace(document, last_seq(here) if here else 0, summary) is None:
            return document
    raise StoreError("others change this case all the time", "try again")
