"""The report of a repaired case file, and its wording."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from msgspec import Struct

from oxtui.clock import Clock
from oxtui.text import plural


class LastEvent(Struct, frozen=True):
    """The last event of a restored case, and its time (ISO 8601, UTC)."""

    case_id: str
    what: str
    at: str


class Restored(Struct, frozen=True):
    """The result of a repair after damage, to be reported to the agent.

    `copy` is the older file that helped, written at `written_at` (UTC). `cases` are open now; `put_back` of their
    events were only in this program's memory or in a copy. Of `lost` events there are traces but no readable copy;
    `altered` ones have a wrong checksum. `last` is the last event of each case that the damaged file did not have
    whole. The damaged file is now at `quarantined`.
    """

    reason: str
    copy: str = ""
    written_at: datetime | None = None
    cases: int = 0
    put_back: int = 0
    lost: int = 0
    altered: int = 0
    last: tuple[LastEvent, ...] = ()
    quarantined: Path | None = None


def report(restored: Restored, clock: Clock) -> list[str]:
    """The report in sentences."""
    count = restored.cases
    lines = [f"The case file was damaged and is mended: {plural(count, 'case is', 'cases are')} open."]
    if restored.lost:
        lines.append(f"{restored.lost} entries are lost.")
    if restored.last:
        last = max(restored.last, key=lambda event: event.at)
        moment = clock.local(datetime.fromisoformat(last.at))
        lines.append(f"The last entry is '{last.what}' of {moment:%d/%m %H:%M}: check what came after it.")
    if restored.put_back:
        lines.append(f"{restored.put_back} entries were put back that it no longer had.")
    if restored.altered:
        lines.append(f"{restored.altered} entries were changed from outside; what they say does not count.")
    if restored.copy and restored.written_at:
        at = clock.local(restored.written_at)
        lines.append(f"Restored with the help of {restored.copy} of {at:%d/%m/%Y %H:%M}.")
    lines.append(f"Why: {restored.reason}.")
    if restored.quarantined:
        lines.append(f"The damaged file lies at {restored.quarantined}")
    return lines
