"""What was restored after damage to the case file, and how the agent is told."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from msgspec import Struct

from oxtui.clock import Clock


class LastEvent(Struct, frozen=True):
    """The last event that a restored case has: what it says and when it was made (ISO 8601, UTC)."""

    case_id: str
    what: str
    at: str


class Restored(Struct, frozen=True):
    """What was restored after damage, for the agent to be told.

    `copy` is the older file that helped ("" where none did) and `written_at` when it was written (UTC).
    `cases` is how many are open now, `put_back` how many of their events only this program or a copy still held,
    `lost` how many there are traces of but no readable copy, `altered` how many are there with a wrong
    checksum. `last` tells the last event of each case that the damaged file did not hold whole. `quarantined`
    is where the damaged file lies now; None where there was none.
    """

    reason: str
    copy: str
    written_at: datetime | None
    cases: int
    put_back: int
    lost: int
    altered: int
    last: tuple[LastEvent, ...]
    quarantined: Path | None


def told(restored: Restored, clock: Clock) -> list[str]:
    """What was mended, what is lost, up to which event, from which copy, and where the damaged file lies."""
    count = restored.cases
    lines = [f"The case file was damaged and is mended: {count} case{'s are' if count != 1 else ' is'} open."]
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
