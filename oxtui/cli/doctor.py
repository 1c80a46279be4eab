"""`oxtui doctor`: what works here, and what to do about the rest."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Callable, Iterable, Iterator

from oxtui.cli.context import Context
from oxtui.cli.findings import Finding
from oxtui.errors import OxtuiError


def arguments(parser: ArgumentParser) -> None:
    """The form of the list."""
    parser.add_argument("--json", action="store_true", help="as JSON")


def run(context: Context) -> int:
    """Look at everything; 1 where something keeps oxtui from working. Changes nothing."""
    found = list(_examine(context))
    if context.options.json:
        context.out.json({"checks": [each.as_json() for each in found]})
    else:
        context.out.table([("ok" if each.ok else "DO", each.name, _told(each)) for each in found])
    return 1 if any(each.grave and not each.ok for each in found) else 0


def _told(finding: Finding) -> str:
    return finding.text if finding.ok else f"{finding.text}: {finding.do}"


def _examine(context: Context) -> Iterator[Finding]:
    from oxtui.cli import doctor_data, doctor_encryption, doctor_floor, doctor_terminal

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
        ("encryption", doctor_encryption.encryption),
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
