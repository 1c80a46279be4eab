"""The right end of every top bar: the cases due and open, the time, and whether all is saved."""

from __future__ import annotations

from oxtui.screens.host import AppHost
from oxtui.widgets.spans import Span


def top_state(app: AppHost, width: int) -> list[Span]:
    """Return the cases due and open, the time, and the save state, for a bar of `width` columns; waits for no disk."""
    spans: list[Span] = []
    due, total = app.watcher.due, len(app.service.documents())
    if app.practice or (app.banner and app.watcher.put_away):
        spans += [(f" {app.banner.partition(' - ')[0] if app.practice else 'NB'} ", "alarm"), (" ", "text")]
    if due:
        spans.append((f"{app.glyphs.nb} {due} due   ", "due"))
    if width >= 60:
        spans.append((f"{total} open   ", "quiet"))
    clock = app.service.clock
    time = clock.local().strftime("%H:%M")
    if clock.frozen:
        time = f"{time} (stands still)" if width >= 100 else f"{time} still" if width >= 60 else f"={time}"
    spans.append((f"{time} ", "quiet"))
    trouble = app.outbox.trouble
    if trouble:
        count = len(app.outbox.pending)
        # where there is little room the banner under this bar says it, and domain and progress stay
        spans.append((f" NOT SAVED: {count} " if width >= 60 else f" {app.glyphs.nb} ", "alarm"))
    elif app.sharing is not None and (shown := app.sharing.state(width)):
        spans += shown
    elif app.outbox.slow:
        spans.append((f"{app.glyphs.pending} saving" if width >= 60 else app.glyphs.pending, "strong"))
    else:
        spans.append((f"{app.glyphs.done} saved" if width >= 60 else app.glyphs.done, "done"))
    return spans
