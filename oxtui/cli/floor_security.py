"""`oxtui floor events`: what a SIEM is told of a floor."""

from __future__ import annotations

from oxtui.cli.context import Context
from oxtui.cli.floor_server import linked


def events_(context: Context) -> int:
    """Logins, what was published, assigned, ended for good and purged, a line of JSON each, in order.

    No client data but a case's id. Raises StoreError where this role may not.
    """
    given = context.options
    after = f"{context.date(given.since)}T00:00:00Z" if given.since else "-infinity"
    with linked(context.need_floor()) as link:
        while rows := link.call("happened", after, seconds=60):
            for row in rows:
                context.out.json_line(row)
            after = rows[-1]["at"]
    return 0
