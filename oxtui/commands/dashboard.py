"""`oxtui`: the dashboard."""

from __future__ import annotations

import gc
import sys
from typing import TYPE_CHECKING

from oxtui.commands.arguments import Parser
from oxtui.commands.context import Context
from oxtui.commands.ends import sigterm_unwinds
from oxtui.errors import StoreError, WrongUse

if TYPE_CHECKING:
    from oxtui.service import Service


def arguments(parser: Parser) -> None:
    """The dashboard takes nothing of its own."""


def run(context: Context) -> int:
    """Open the dashboard; raises WrongUse without a terminal, PlaybookError, StoreError."""
    need_terminal()
    # A tenth of the time to the first frame would go into looking for garbage; the app goes on with it.
    gc.disable()
    from oxtui.commands.proved import see_that_it_is_proved

    with sigterm_unwinds():
        service = context.service()
        see_that_it_is_proved(context, service.playbook.procedure)
        service.store.open()
        settle(context, service)
        context.out.flush()
        return context.open_screen(service, context.banner, False)


def settle(context: Context, service: Service) -> None:
    """Finish what a crash left half done; a history that cannot be used is a banner."""
    try:
        service.settle()
    except StoreError as error:
        context.banner = f"{error} {context.banner}".strip()


def need_terminal() -> None:
    """Raise WrongUse where there is no terminal to draw on: without one the screen would wait for ever."""
    for name, stream in (("input", sys.stdin), ("output", sys.stdout), ("errors", sys.stderr)):
        if stream is None or stream.closed or not stream.isatty():
            raise WrongUse(f"the dashboard needs a terminal, and standard {name} is none", "oxtui --help")
