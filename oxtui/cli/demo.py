"""`oxtui demo`: the dashboard on a throw-away home, for practice."""

from __future__ import annotations

from tempfile import TemporaryDirectory

from oxtui.cli import dashboard
from oxtui.cli.context import Context, sigterm_unwinds

BANNER = "PRACTICE"


def run(context: Context) -> int:
    """Open the dashboard over sample cases; the home is removed at the end, however that comes."""
    dashboard.need_terminal()
    from oxtui.cli.proved import see_that_it_is_proved
    from oxtui.cli.samples import make

    proofs = context.places().playbooks  # a playbook in real use was proved there
    with sigterm_unwinds(), TemporaryDirectory(prefix="oxtui-practice-", ignore_cleanup_errors=True) as home:
        context.options.home, context.practice = home, True
        service = context.service()
        see_that_it_is_proved(context, service.playbook.procedure, proofs)
        service.store.open()
        lessons = make(service)
        context.out.flush()
        banner = f"{BANNER} - {context.banner}" if context.banner else BANNER
        return dashboard.open_screen(service, banner, practice=True, lessons=lessons)
