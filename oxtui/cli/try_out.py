"""`oxtui try`: a case in a playbook that is being edited, on a throw-away home."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import TYPE_CHECKING, Final

from oxtui.cli import dashboard
from oxtui.cli.check import folder_of
from oxtui.cli.context import Context
from oxtui.cli.demo import BANNER, practice
from oxtui.cli.parser import whole_number
from oxtui.errors import WrongUse

if TYPE_CHECKING:
    from oxtui.service import Service

_DOMAIN: Final = "client.example"
_NAMES: Final = ("anna", "ben")


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("dir", metavar="DIR", nargs="?", help="the playbook (default: the one in use)")
    number = whole_number("scenario", 1, 9)
    parser.add_argument("--scenario", metavar="N", type=number, help="begin in it, the client being authenticated")


def run(context: Context) -> int:
    """Open the case; raises PlaybookError, WrongUse."""
    with practice(context, folder_of(context)) as service:
        case_id = _begin(service, context.options.scenario)
        context.out.flush()
        return dashboard.open_screen(service, BANNER, practice=True, edited=case_id)


def _begin(service: Service, scenario: int | None) -> str:
    """Begin a case with two mailboxes (or the playbook's own things) in a scenario; returns its id."""
    from oxtui.cases.commands.calls import BeginCall
    from oxtui.cases.commands.scenarios import Choose

    procedure = service.playbook.procedure
    if scenario is not None and scenario not in procedure.scenarios:
        numbers = ", ".join(map(str, procedure.scenarios))
        raise WrongUse(f"there is no scenario {scenario}", f"there are {numbers}")
    about = procedure.about
    _, example = procedure.patterns.get(about.subject.pattern, ("", _NAMES[0]))
    names = [f"{name}@{_DOMAIN}" for name in _NAMES] if about.is_domain else list(_NAMES)
    case = service.start(_DOMAIN if about.is_domain else example, mailboxes=names if about.each else ())
    if scenario is not None:
        service.change(case.id, BeginCall("client"))
        service.change(case.id, Choose(scenario))
    return case.id
