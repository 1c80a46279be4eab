"""`oxtui check`: load and prove a playbook."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from oxtui.commands.arguments import Parser
from oxtui.commands.context import Context
from oxtui.errors import PlaybookError, Problem, WrongUse
from oxtui.text import clean

if TYPE_CHECKING:
    from oxtui.playbook.load import Folder
    from oxtui.playbook.proof import Proof, RuleResult


def arguments(parser: Parser) -> None:
    """Which folder, and in what form."""
    parser.add_argument("dir", metavar="DIR", nargs="?", help="the playbook (default: the one in use)")
    parser.add_argument("--json", action="store_true", help="as JSON")


def run(context: Context) -> int:
    """Every problem as `file:line: message` on stdout (exit 1), and the rules that were proved."""
    folder = _folder(context)
    problems, notices, proof = _examined(context, folder)
    if context.options.json:
        told = [{"file": each.file, "line": each.line, "message": each.message} for each in problems]
        context.out.json({"problems": told, "rules": [_told(each) for each in (proof.rules if proof else ())]})
        return 1 if problems else 0
    for problem in problems:
        context.out.line(str(problem))
    for notice in notices:
        context.out.line(f"{notice.file}:{notice.line}: notice: {notice.message}")
    if proof:
        _show(context, proof)
    return 1 if problems else 0


def _folder(context: Context) -> Path:
    given = context.options.dir
    try:
        folder = Path(given).expanduser().absolute() if given else context.places().config
        there = folder.is_dir()
    except (OSError, RuntimeError, ValueError):  # too long, a NUL, or the home of nobody
        there = False
    if not there:
        raise WrongUse(f"{clean(given or str(folder))[:200]} is no folder", "oxtui check DIR, or --config DIR")
    return folder


def _examined(context: Context, folder: Path) -> tuple[list[Problem], tuple[Problem, ...], Proof | None]:
    """The problems of a folder, what a floor lead should know, and the proof where it could be loaded."""
    from oxtui.playbook.load import in_order, load_raw, raw_files, read_files

    raw = raw_files(folder)
    try:
        loaded, _ = load_raw(folder, raw)
    except PlaybookError as error:
        return error.problems, (), None
    from oxtui.playbook.proof import prove, remember

    proof = prove(loaded.playbook.procedure)
    if not proof.ok:
        found = read_files(folder, raw)
        return in_order([_located(found, *each) for each in proof.problems]), loaded.notices, proof
    places = context.places()
    if places.home.is_dir():
        with suppress(OSError):  # then the next start proves it again
            remember(places.playbooks, proof.digest, proof)
    return [], loaded.notices, proof


def _located(found: Folder, place: str, message: str) -> Problem:
    """What the proof found, to its end, at the line of the rule, item, NB or template that it is about."""
    file, keys = _where(found, place)
    return found.at(file, keys, message if keys else f"{place}: {message}", whole=True)


def _where(found: Folder, place: str) -> tuple[str, tuple[str | int, ...]]:
    head, _, item = place.partition(": ")
    main = found.plain.get("playbook.yaml", {})
    for number, rule in enumerate(main.get("rules", ())):
        if rule.get("id") == place:
            return "playbook.yaml", ("rules", number)
    if place in main.get("nbs", {}):
        return "playbook.yaml", ("nbs", place)
    for name, data in found.plain.items():
        if name.startswith("templates/") and data.get("id") == place:
            return name, ("id",)
        if name.startswith("scenarios/") and f"scenario {data.get('number')}" == head:
            for step, each in enumerate(data.get("steps", ())):
                for row, one in enumerate(each.get("items", ())):
                    if one.get("id") == item:
                        return name, ("steps", step, "items", row)
            return name, ("number",)
    return "playbook.yaml", ()


def _told(result: RuleResult) -> dict[str, object]:
    """A rule for a program; one that does not hold has the `steps` that break it, none where none were found."""
    told: dict[str, object] = {"rule": result.id, "holds": result.holds, "states": result.states}
    return told if result.holds else told | {"steps": list(result.counterexample)}


def _show(context: Context, proof: Proof) -> None:
    rows = [
        ("rule" if each in proof.rules else "promise", each.id, _states(each.states), each.rule)
        for each in (*proof.rules, *proof.promises)
        if each.holds
    ]
    if rows:
        context.out.table(rows)
    for note in proof.notes:
        context.out.line(f"note: {note}")
    held = sum(each.holds for each in proof.rules)
    context.out.line(
        f"{held} of {len(proof.rules)} rules proved, {_states(proof.states)} visited in {proof.seconds:.2f} s"
    )


def _states(count: int) -> str:
    return f"{count} state{'' if count == 1 else 's'}"
