"""Which open cases the first screen most likely shows: a guess off the raw logs, without replaying a thousand cases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from oxtui.cases.events import Document
from oxtui.cases.parts import moment_of


def likely_first(documents: Mapping[str, Document], now: datetime, count: int) -> dict[str, Document]:
    """At most `count` documents: those that seem due, the longest due first, then those touched last.

    `now` is in the agent's zone. What is guessed wrong is put right as soon as all are read.
    """
    local = now.replace(tzinfo=None)
    due: list[tuple[datetime, str, str]] = []
    others: list[tuple[str, str]] = []
    for case_id, document in documents.items():
        log = document["log"]
        end = _first_end(log)
        touched = str(log[-1].get("at", "")) if log else ""
        if end is not None and end <= local:
            domain = str((log[0].get("data") or {}).get("domain", ""))
            due.append((end, domain, case_id))
        else:
            others.append((touched, case_id))
    names = [case_id for _, _, case_id in sorted(due)[:count]]
    others.sort(reverse=True)
    names += [case_id for _, case_id in others[: count - len(names)]]
    return {name: documents[name] for name in names}


def _first_end(log: Sequence[Mapping[str, Any]]) -> datetime | None:
    """When the first wait of a log, or the first item that was put off, ends; never too late."""
    untils: dict[object, str] = {}
    held = ""
    for event in log:
        what = event.get("what")
        if what == "hold":
            held = str(event.get("id"))
        if what in ("hold", "deferred"):
            data = event.get("data") or {}
            untils[data.get("item")] = str(data.get("until", ""))
        elif what == "resumed" or (what == "undone" and (event.get("data") or {}).get("entry") == held):
            untils.pop(None, None)
        elif what in ("ticked", "answered", "skipped"):
            untils.pop((event.get("data") or {}).get("item"), None)
    return min((moment for until in untils.values() if (moment := moment_of(until))), default=None)
