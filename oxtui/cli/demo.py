"""`oxtui demo`: the dashboard on a throw-away home, for practice."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir
from typing import TYPE_CHECKING, Final

from oxtui.cli import dashboard
from oxtui.cli.context import Context, sigterm_unwinds

if TYPE_CHECKING:
    from oxtui.service import Service

BANNER: Final = "PRACTICE"
_PREFIX: Final = "oxtui-practice-"


def run(context: Context) -> int:
    """Open the dashboard over sample cases."""
    with practice(context) as service:
        from oxtui.cli.samples import make

        lessons = make(service)
        context.out.flush()
        banner = f"{BANNER} - {context.banner}" if context.banner else BANNER
        return dashboard.open_screen(service, banner, practice=True, lessons=lessons)


@contextmanager
def practice(context: Context, config: Path | None = None) -> Iterator[Service]:
    """A service over a temporary home, which is removed on the way out; raises WrongUse without a terminal.

    A home left behind by a killed process is removed by the next run.
    """
    dashboard.need_terminal()
    from oxtui.cli.proved import see_that_it_is_proved

    proofs = context.places().playbooks  # a playbook in real use was proved there
    clear_left_homes(Path(gettempdir()))
    prefix = f"{_PREFIX}{os.getpid()}-"
    with sigterm_unwinds(), TemporaryDirectory(prefix=prefix, ignore_cleanup_errors=True) as home:
        context.options.home, context.practice = home, True
        if config is not None:
            context.options.config = str(config)
        service = context.service()
        see_that_it_is_proved(context, service.playbook.procedure, proofs)
        service.store.open()
        yield service


def clear_left_homes(folder: Path) -> None:
    """Remove the practice homes in `folder` whose process no longer runs; not on Windows, which cannot be asked."""
    from oxtui.outside.clipboard.process import is_running

    if os.name == "nt":
        return
    for home in folder.glob(f"{_PREFIX}*-*"):
        number = home.name.removeprefix(_PREFIX).partition("-")[0]
        if number.isdecimal() and not is_running(int(number)):
            shutil.rmtree(home, ignore_errors=True)  # another user's stays
