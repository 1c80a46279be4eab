"""`oxtui demo`: the dashboard on a throw-away home, for practice."""

from __future__ import annotations

from tempfile import TemporaryDirectory

from oxtui.commands.arguments import Parser
from oxtui.commands.context import Context
from oxtui.commands.dashboard import need_terminal
from oxtui.commands.ends import sigterm_unwinds

BANNER = "PRACTICE"


def arguments(parser: Parser) -> None:
    """It takes nothing of its own; its home is always one of its own."""


def run(context: Context) -> int:
    """Open the dashboard over sample cases; the home is removed at the end, however that comes."""
    need_terminal()
    from oxtui.commands.proved import see_that_it_is_proved
    from oxtui.commands.samples import make

    proofs = context.places().playbooks  # a playbook in real use was proved there
    with sigterm_unwinds(), TemporaryDirectory(prefix="oxtui-practice-", ignore_cleanup_errors=True) as home:
        context.options.home = home
        service = context.service()
        see_that_it_is_proved(context, service.playbook.procedure, proofs)
        service.store.open()
        make(service)
        context.out.flush()
        banner = f"{BANNER} - {context.banner}" if context.banner else BANNER
        return context.open_screen(service, banner, True)
