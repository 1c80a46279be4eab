"""When a wait for a channel falls due, by its hours, unless somebody says otherwise."""

from __future__ import annotations

from datetime import datetime, timedelta

from oxtui.playbook.hours import parse_hours
from oxtui.playbook.times import span

__all__ = ["default_hold", "due_moment", "next_working_moment", "parse_hours"]


def next_working_moment(hours: str, now: datetime) -> datetime:
    """When the next working hour begins after `now` (local): a full hour within the hours, or an opening.

    The result is local and carries no zone, as holds are kept. Raises ValueError as `parse_hours` does.
    """
    known = parse_hours(hours)
    local = now.replace(tzinfo=None)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    for ahead in range(8):
        day = midnight + timedelta(days=ahead)
        for weekday, start, end in known.spans:
            if weekday != day.weekday():
                continue
            # The opening itself, then every full hour after it that is still worked.
            for minute in (start, *range((start // 60 + 1) * 60, end, 60)):
                moment = day + timedelta(minutes=minute)
                if moment > local:
                    return moment
    raise ValueError("these hours have no working hour")


def default_hold(hours: str, now: datetime) -> str:
    """Until when a hold is proposed, as holds are kept: by the channel's hours, or the next day."""
    if not hours:
        return (now + timedelta(days=1)).date().isoformat()
    return next_working_moment(hours, now).isoformat(timespec="minutes")


def due_moment(due: str, hours: str, since: datetime) -> datetime:
    """When something is due that takes so long (`7d`): local, without a zone; in the hours where there are any.

    The time runs on through the night; where it ends outside the hours, the next working moment counts.
    """
    at = (since + span(due)).replace(tzinfo=None, second=0, microsecond=0)
    return at if not hours or parse_hours(hours).covers(at) else next_working_moment(hours, at)
