"""`oxtui`: the dashboard."""

from __future__ import annotations

import gc
import os
import sys
from typing import TYPE_CHECKING

from oxtui.cli.context import Context, sigterm_unwinds
from oxtui.errors import StoreError, WrongUse

if TYPE_CHECKING:
    from oxtui.cases.lessons import Lessons
    from oxtui.service import Service


def run(context: Context) -> int:
    """Open the dashboard; raises WrongUse without a terminal, PlaybookError, StoreError."""
    need_terminal()
    gc.disable()  # until the cases are read: collection took a fifth of the time to the first frame
    from oxtui.cli.proved import see_that_it_is_proved
    from oxtui.store.files import tighten

    with sigterm_unwinds():
        service = context.service(wait=False)
        loose = [path.name for path in tighten(context.places().home) if path.is_file()]
        if loose:
            what = f"{len(loose)} files of this home" if len(loose) > 1 else f"{loose[0]} in this home"
            context.banner = f"Others could read {what}: private again. {context.banner}".strip()
        see_that_it_is_proved(context, service.playbook.procedure)
        service.store.open()
        unsettled = settle(context, service)
        context.out.flush()
        return open_screen(service, context.banner, unsettled=unsettled)


def open_screen(
    service: Service,
    banner: str,
    practice: bool = False,
    unsettled: str = "",
    lessons: Lessons | None = None,
    edited: str = "",
) -> int:
    """Open the dashboard and return its exit code.

    `unsettled` is the part of the banner to remove once the history can be used; `edited` is a case to open at once in
    a playbook that is being edited.
    """
    # Paint at once instead of at the next of 60 frames a second, and take esc after 30 ms instead of 100, by when the
    # rest of an arrow key's bytes has arrived. Textual reads both at import.
    os.environ.setdefault("TEXTUAL_FPS", "250")
    os.environ.setdefault("ESCDELAY", "30")
    from oxtui.app import OxtuiApp
    from oxtui.screens.shell.terminal import has_mouse, prepare

    prepare()
    app = OxtuiApp(service, banner=banner, practice=practice)
    app.lessons = lessons
    app.watcher.unsettled = unsettled
    if edited:
        app.edit(service.places.config, edited)
    result = app.run(mouse=has_mouse())
    return app.return_code or (result if isinstance(result, int) else 0)


def settle(context: Context, service: Service) -> str:
    """Finish what a crash left half done; returns the banner about a history that cannot be used, or ""."""
    try:
        service.settle()
    except StoreError as error:
        message = f"{error}."
        context.banner = f"{message} {context.banner}".strip()
        return message
    return ""


def need_terminal() -> None:
    """Raise WrongUse without a terminal that can draw, as the screen would wait for ever."""
    for name, stream in (("input", sys.stdin), ("output", sys.stdout), ("errors", sys.stderr)):
        if stream is None or stream.closed or not stream.isatty():
            raise WrongUse(f"the dashboard needs a terminal, and standard {name} is none", "oxtui --help")
    if (kind := os.environ.get("TERM", "").lower()) in ("dumb", "unknown"):  # Textual would paint without end
        raise WrongUse(f"this terminal cannot draw (TERM={kind})", "start oxtui in one that can: TERM=xterm-256color")
