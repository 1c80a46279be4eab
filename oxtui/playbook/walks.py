"""Read saved walks (`walks/*.yaml`): given these answers, a case must end in this way."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from oxtui.playbook.comparisons import DAY, DAYS_AGO, NUMBER
from oxtui.playbook.folder import WALKS_FOLDER, raw_part
from oxtui.playbook.load import Folder, parsed
from oxtui.playbook.model import COMPARED, Item, Procedure, Scenario
from oxtui.playbook.reader.files import DONE, MAILBOX, WALK_WORDS, WalkFile
from oxtui.playbook.schema.walker import DataPath, Problems, read


class SavedMove(Struct, frozen=True):
    """One step of a saved walk: the item, its answers or a word of WALK_WORDS, and the mailbox (0: all)."""

    item: str
    answers: tuple[str, ...] = ()
    word: str = ""
    mailbox: int = 0


def read_walks(folder: Path) -> Folder:
    """Parse the walks of a playbook."""
    return parsed(raw_part(folder, WALKS_FOLDER))


def walks_of(found: Folder, procedure: Procedure) -> dict[str, tuple[WalkFile, tuple[SavedMove, ...]]]:
    """Return the valid walks by file; problems are added to `found`."""
    walks: dict[str, tuple[WalkFile, tuple[SavedMove, ...]]] = {}
    for file, plain in found.plain.items():
        problems = Problems()
        written: WalkFile = read(problems, WalkFile, plain)
        steps = () if problems.found else _checked(problems, written, procedure)
        found.problems += [found.at(file, path, message) for path, message in problems.found]
        if not problems.found:
            walks[file] = (written, steps)
    return walks


def _checked(problems: Problems, walk: WalkFile, procedure: Procedure) -> tuple[SavedMove, ...]:
    """Return the steps of a walk, checking their names."""
    endings = [ending.id for ending in procedure.endings]
    if walk.ends not in endings:
        problems.unknown(("ends",), "ending", walk.ends, endings)
    scenario = procedure.scenarios.get(walk.scenario)
    if scenario is None:
        problems.say(("scenario",), f"there is no scenario {walk.scenario}")
        return ()
    return tuple(
        _move(problems, scenario, step, ("steps", number), walk.mailboxes) for number, step in enumerate(walk.steps)
    )


def _wrong_value(scenario: Scenario, item: Item, text: str) -> str:
    """Return the fault of a number, amount or day in a walk, or ""; walks do not depend on today."""
    if item.select != "date":
        return "" if NUMBER.fullmatch(text) else f"'{item.id}' is answered with a number, such as 1667 or 12.5"
    if DAYS_AGO.fullmatch(text) or (DAY.fullmatch(text) and item.id not in scenario.ages):
        return ""
    ago = "" if item.id in scenario.ages else ", or a day such as 2026-07-01"
    return f"'{item.id}' is answered with how many days ago it was, such as 10d{ago}"


def _move(problems: Problems, scenario: Scenario, step: str | dict[str, str], path: DataPath, most: int) -> SavedMove:
    if isinstance(step, str):
        checked = SavedMove(step)
    else:
        rest = {key: value for key, value in step.items() if key != MAILBOX}
        name, value = next(iter(rest.items()), ("", ""))
        if len(rest) != 1:
            problems.say(path, f"a step says one thing: an item with its answer, and '{MAILBOX}' where it is for one")
        number = step.get(MAILBOX, "0")
        if not number.isdecimal() or int(number) > most:
            problems.say((*path, MAILBOX), f"'{MAILBOX}' is a number from 1 to {most}, not '{number}'")
            number = "0"
        known = name in WALK_WORDS and name not in scenario.by_id
        word, answers = (name, ()) if known else ("", tuple(value.split("|")))
        checked = SavedMove(value if known else name, answers, word, int(number))
    item = scenario.by_id.get(checked.item)
    if item is None:
        problems.unknown(path, "item", checked.item, [*scenario.by_id, *(() if checked.word else WALK_WORDS)])
    elif item.kind == "action" and checked.answers == (DONE,):
        return replace(checked, answers=())
    elif item.kind == "action" and checked.answers:
        problems.say(path, f"'{item.id}' is an action: write '{item.id}' alone, or '{item.id}: {DONE}'")
    elif item.kind == "question" and not checked.answers and not checked.word:
        ids = ", ".join(answer.id for answer in item.answers) or f"a {item.select}"
        problems.say(path, f"'{item.id}' is a question: write '{item.id}: ' and its answer ({ids})")
    elif item.select in COMPARED:
        for answer in checked.answers:
            if wrong := _wrong_value(scenario, item, answer):
                problems.say(path, wrong)
    elif item.answers:
        for answer in checked.answers:
            if item.answer(answer) is None:
                known_answers = [each.id for each in item.answers]
                problems.unknown(path, f"answer of '{item.id}' called", answer, known_answers)
    return checked
