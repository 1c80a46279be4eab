"""`oxtui doctor`: checks of this machine, each with the remedy."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from oxtui.cli.context import Context
from oxtui.errors import OxtuiError

if TYPE_CHECKING:
    from oxtui.cli.doctor_data import Finding


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="as JSON")


def run(context: Context) -> int:
    """Check everything and change nothing; return 1 if something keeps oxtui from working."""
    findings = list(_examine(context))
    if context.options.json:
        context.out.json({"checks": [each.as_json() for each in findings]})
    else:
        rows = [
            ("DO", each.name, f"{each.text}: {each.do}") if each.do else ("ok", each.name, each.text)
            for each in findings
        ]
        context.out.table(rows)
    return 1 if any(each.grave and not each.ok for each in findings) else 0


def _examine(context: Context) -> Iterator[Finding]:
    from oxtui.cli import doctor_data, doctor_floor, doctor_terminal
    from oxtui.cli.doctor_data import Finding

    looks: tuple[tuple[str, Callable[[Context], Iterable[Finding]]], ...] = (
        ("program", doctor_data.program),
        ("terminal", doctor_terminal.terminal),
        ("tmux", doctor_terminal.inside_tmux),
        ("clipboard", doctor_terminal.clipboard),
        ("playbook", doctor_data.playbook),
        ("cases", doctor_data.cases),
        ("history", doctor_data.history),
        ("drafts", doctor_data.drafts),
        ("files", doctor_data.files),
        ("disk", doctor_data.disk),
        ("encryption", doctor_data.encryption),
        ("permissions", doctor_data.permissions),
        ("resolver", doctor_data.resolver),
        ("floor", doctor_floor.floor),
    )
    for name, look in looks:
        try:
            yield from look(context)
        except OxtuiError as error:
            yield Finding(name, error.message, error.hint or "fix that first", grave=True)
        except OSError as error:
            yield Finding(name, f"cannot be looked at ({error.strerror or error})", "see who owns it", grave=True)
