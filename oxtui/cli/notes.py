"""`oxtui notes`: the wrap-up text of a case."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import TYPE_CHECKING

from oxtui.cli.context import Context
from oxtui.errors import Negative, Refusal, WrongUse

if TYPE_CHECKING:
    from oxtui.cases.case import Case
    from oxtui.service import Service


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("case", metavar="CASE", help="its id, or what one case alone is about")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--short", action="store_true", help="what fits one comment, without the oxtui: line")
    which.add_argument("--client", action="store_true", help="a text for the client instead, to paste into an email")


def run(context: Context) -> int:
    """Print the note as it would be pasted now; raises Negative without such a case."""
    from oxtui.cases.notes.note import MOST_OF_A_COMMENT, comments, short_note

    service, name = context.service(), context.options.case.strip()
    try:
        case = service.find(name)
    except WrongUse:  # neither an id nor a domain
        raise Negative(f"there is no case '{name[:60]}'", "oxtui cases --all") from None
    if context.options.client:
        context.out.text(_for_the_client(service, case))
        return 0
    if context.options.short:
        context.out.text(short_note(case, service.clock))
        return 0
    note = service.note(case)
    context.out.text(note)
    if len(comments(note)) > 1:
        context.out.error(
            f"NB this has {len(note):,} characters, a comment takes {MOST_OF_A_COMMENT:,}: "
            "paste the oxtui: line as a comment of its own"
        )
    return 0


def _for_the_client(service: Service, case: Case) -> str:
    from oxtui.cases.notes.client_text import client_text

    ends = case.closed.ending if case.closed else ""
    ending = next((each for each in case.procedure.endings if each.id == ends), None)
    try:
        return client_text(case, service.playbook.plans, service.clock.today(), ending)
    except Refusal as error:
        raise Negative(error.message, error.hint) from None
