"""What the banner of a sample case suggests in practice."""

from __future__ import annotations

from oxtui.cases.case import Case
from oxtui.screens.host import AppHost
from oxtui.widgets.banner import Notice


def to_try(host: AppHost, case: Case) -> tuple[Notice, ...]:
    """Return the lesson of a sample case, or that it is done; nothing in a real home."""
    text, done = host.lessons.in_case(case.id) if host.lessons else ("", False)
    return (Notice("DONE" if done else "TRY THIS", text, (text,), calm=True),) if text else ()
