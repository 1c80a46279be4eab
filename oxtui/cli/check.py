"""`oxtui check`: load and prove a playbook."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from oxtui.cli.context import Context, sigterm_unwinds
from oxtui.cli.output import folder_named
from oxtui.cli.parser import whole_number
from oxtui.errors import NotWritten, PlaybookError, Problem, Unsaved
from oxtui.text import clean, plural

if TYPE_CHECKING:
    from datetime import date

    from oxtui.playbook.load import Folder
    from oxtui.playbook.model import Procedure
    from oxtui.playbook.playbook import Playbook
    from oxtui.prover.limits import Progress
    from oxtui.prover.prove import Proof
    from oxtui.prover.rules import RuleResult

SECONDS: Final = 20
MOST_SECONDS: Final = 3600


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("dir", metavar="DIR", nargs="?", help="the playbook (default: the one in use)")
    parser.add_argument("--json", action="store_true", help="as JSON")
    parser.add_argument("--watch", action="store_true", help="again at every save, until ctrl+c")
    parser.add_argument("--form-only", action="store_true", help="only whether it can be read; nothing is proved")
    parser.add_argument(
        "--seconds",
        metavar="N",
        type=whole_number("seconds", 1, MOST_SECONDS),
        default=SECONDS,
        help=f"how long the proof may take (default: {SECONDS})",
    )


def run(context: Context) -> int:
    """Check the folder, with `--watch` again at every save; returns the last exit code."""
    folder = folder_of(context)
    return _watched(context, folder) if context.options.watch else _checked(context, folder)


def _watched(context: Context, folder: Path) -> int:
    from oxtui.playbook.folder_watch import FolderWatch

    with sigterm_unwinds():
        code = 0
        watch = FolderWatch(folder)
        try:
            while True:
                code = _checked(context, folder)
                if not context.out.flush():
                    return NotWritten.exit_code
                at = context.clock().local().strftime("%H:%M:%S")
                context.out.now(
                    f"{at} {'not sound' if code else 'sound'}; looked at again when it is saved (ctrl+c ends)"
                )
                watch.wait()
        except KeyboardInterrupt:
            return code


def _checked(context: Context, folder: Path) -> int:
    """Print every problem as `file:line: message` (exit 1), and the rules that were proved.

    Rules neither proved nor broken come first, and are no problem.
    """
    checked = _Examined(context, folder, context.options.seconds)
    if context.options.json:
        rows = [{"file": each.file, "line": each.line, "message": each.message} for each in checked.problems]
        rules = [_told(each) for each in (checked.proof.rules if checked.proof else ())]
        context.out.json({"problems": rows, "rules": rules})
        return 1 if checked.problems else 0
    for problem in checked.unproved:
        context.out.line(f"{problem.file}:{problem.line}: not proved: {problem.message}")
    for problem in checked.problems:
        context.out.line(str(problem))
    for notice in checked.notices:
        context.out.line(f"{notice.file}:{notice.line}: notice: {notice.message}")
    if checked.proof:
        _show(context, checked.proof)
    return 1 if checked.problems else 0


def folder_of(context: Context) -> Path:
    """Return the playbook's folder that was named, or the one in use; raises WrongUse."""
    return folder_named(context.options.dir or str(context.places().config), "name one as DIR, or --config DIR")


class _Examined:
    """The problems of a folder, the notices, and the proof if the playbook could be loaded."""

    def __init__(self, context: Context, folder: Path, seconds: int) -> None:
        from oxtui.playbook.folder import raw_files
        from oxtui.playbook.load import in_order, load_raw, located, read_files

        self.problems: list[Problem] = []
        self.unproved: list[Problem] = []
        self.notices: tuple[Problem, ...] = ()
        self.proof: Proof | None = None
        raw = raw_files(folder)
        try:
            loaded, plain = load_raw(folder, raw)
        except PlaybookError as error:
            self.problems = error.problems
            return
        found: Folder = read_files(folder, raw)
        today = context.clock().today()
        self.notices = (
            *loaded.notices,
            *_over(found, loaded.playbook, today),
            *_removed(found, plain["playbook.yaml"], folder, context),
        )
        if context.options.form_only:
            return
        from oxtui.prover.prove import prove, remember

        with ProgressLine() as progress:
            self.proof = proof = prove(loaded.playbook.procedure, seconds=seconds, progress=progress)
        problems = [located(found, each.path, each.message) for each in proof.problems]
        self.problems = in_order([*problems, *walk_problems(folder, loaded.playbook.procedure)])
        self.unproved = in_order([located(found, each.path, each.message) for each in proof.unproved])
        places = context.places()
        if proof.ok and places.home.is_dir():
            with suppress(Unsaved):  # the next start proves it again
                remember(places.playbooks, proof.digest, proof)


def walk_problems(folder: Path, procedure: Procedure) -> list[Problem]:
    """Return the problems of a folder's saved walks: of their form, and the step at which one fails."""
    from oxtui.playbook.walks import read_walks, walks_of
    from oxtui.prover.saved_walks import walked

    found = read_walks(folder)
    walks = walks_of(found, procedure)
    for file, (walk, steps) in walks.items():
        failed = walked(procedure, walk, steps)
        if failed is not None:
            path = ("ends",) if failed.step is None else ("steps", failed.step)
            found.problems.append(found.at(file, path, f"the walk '{walk.title}' fails: {failed}", whole=True))
    return found.problems


def _over(found: Folder, playbook: Playbook, today: date) -> Iterator[Problem]:
    """Yield the playbook's notices that have ended."""
    for place, notice in enumerate(playbook.notices):
        if not notice.shown_on(today):
            message = f"this notice ended on {notice.until:%d/%m/%Y}: it can be taken out"
            yield found.at("playbook.yaml", ("notices", place), message)


def _removed(found: Folder, plain: Mapping[str, Any], folder: Path, context: Context) -> Iterator[Problem]:
    """Yield rules that the version last used here had and this one lacks: of this folder, or of the one in use."""
    from oxtui.playbook.last_good import removed_rules

    places = context.places()
    folders = dict.fromkeys((folder, places.config))
    for text in next(filter(None, (removed_rules(plain, each, places.home) for each in folders)), ()):
        yield found.at("playbook.yaml", ("rules",), f"the version last used here has a rule that is missing: {text}")


class ProgressLine:
    """The progress of a proof on one line of a terminal, wiped at the end; nothing elsewhere."""

    def __enter__(self) -> Callable[[Progress], None] | None:
        self.wide = 0
        return self._show if sys.stderr is not None and sys.stderr.isatty() else None

    def __exit__(self, *_: object) -> None:
        if self.wide:
            self._write("")

    def _show(self, progress: Progress) -> None:
        done = f"{progress.done}/{progress.of} {clean(progress.at)}"
        self._write(f"proving {done}: {plural(progress.states, 'state')}, {progress.seconds:.0f} s")

    def _write(self, text: str) -> None:
        text = text[:78]
        with suppress(OSError):
            sys.stderr.write(f"\r{text:<{self.wide}}" + ("" if text else "\r"))
            sys.stderr.flush()
        self.wide = len(text)


def _told(result: RuleResult) -> dict[str, object]:
    """Return a rule as JSON, with the `steps` that break it, or why it is `unproved`."""
    row: dict[str, object] = {"rule": result.id, "holds": result.holds, "states": result.states}
    if result.holds is False:
        row["steps"] = list(result.way)
    elif result.holds is None:
        row["unproved"] = result.unproved
    return row


def _show(context: Context, proof: Proof) -> None:
    rows = [
        ("rule" if each in proof.rules else "promise", each.id, plural(each.states, "state"), each.text)
        for each in (*proof.rules, *proof.promises)
        if each.holds and (each.states or each in proof.rules)
    ]
    if rows:
        context.out.table(rows)
    for note in proof.notes:
        context.out.line(f"note: {note}")
    held = sum(each.holds is True for each in proof.rules)
    context.out.line(
        f"{held} of {len(proof.rules)} rules proved, {plural(proof.states, 'state')} visited in {proof.seconds:.2f} s"
    )
