"""A folder of YAML as a playbook: every problem at once as `file:line: what is wrong (did you mean ...?)`."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path as FilePath
from typing import Any, Final, TypeVar

from msgspec import Struct, field

from oxtui.errors import PlaybookError, Problem
from oxtui.playbook.build import PROCEDURE_KEYS, build_procedure
from oxtui.playbook.build_today import TODAY_KEYS, check_today, read_contacts, read_pages, read_settings
from oxtui.playbook.dns_owners import Owners
from oxtui.playbook.load_yaml import MOST_BYTES, parse
from oxtui.playbook.model import Channel, Contact, Decision, Page, Procedure, Settings
from oxtui.playbook.plans import Plans, plans_from_data
from oxtui.playbook.reading import Path, Problems, did_you_mean, shown
from oxtui.text import clean

MAIN: Final = "playbook.yaml"
_NEEDED: Final = (MAIN, "plans.yaml")
_OPTIONAL: Final = ("reference.yaml", "dns.yaml", "settings.yaml")
_FOLDERS: Final = ("scenarios", "templates")

_MOST: Final = 500
"""Characters of one problem: a message that quotes a whole page helps nobody."""
_NO_PAGES: Final[dict[str, Page]] = {}

_T = TypeVar("_T")


class Playbook(Struct, frozen=True):
    """The procedure that new cases are pinned to, and what is always today's: prices, channels, settings."""

    procedure: Procedure
    plans: Plans
    channels: Mapping[str, Channel]
    contacts: Mapping[str, Contact]
    decisions: Mapping[str, Decision]
    pages: Mapping[str, Page]
    owners: Owners
    settings: Settings


class Loaded(Struct, frozen=True):
    """A playbook without problems, and what a floor lead should know of it all the same."""

    playbook: Playbook
    notices: tuple[Problem, ...] = ()


class Folder(Struct):
    """What a folder holds as plain values: by file name (`scenarios/1.yaml`), and the line of each path."""

    plain: dict[str, Any] = field(default_factory=dict)
    lines: dict[str, dict[Path, int]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    notices: list[Problem] = field(default_factory=list)
    whole: bool = True
    """Whether every file could be read; otherwise names would be missed that are only misspelt elsewhere."""

    def at(self, file: str, path: Path, message: str, *, whole: bool = False) -> Problem:
        """`message` at the line of `path`, or of the nearest thing around it that has one; cut unless `whole`."""
        lines = self.lines.get(file, {})
        while path and path not in lines:
            path = path[:-1]
        cut = not whole and len(message) > _MOST
        return Problem(file, lines.get(path, 1), message[: _MOST - 1] + "…" if cut else message)


def load(folder: FilePath) -> Loaded:
    """The playbook in `folder`; raises PlaybookError with every problem in the order of files and lines."""
    return load_raw(folder, raw_files(folder))[0]


def load_raw(folder: FilePath, raw: Mapping[str, bytes | Problem]) -> tuple[Loaded, dict[str, Any]]:
    """As `load`, from bytes that were read already; gives the plain values of the files as well."""
    found = read_files(folder, raw)
    playbook = assemble(found)
    if playbook is None:
        raise PlaybookError(in_order(found.problems))
    return Loaded(playbook, tuple(in_order(found.notices))), found.plain


def in_order(problems: list[Problem]) -> list[Problem]:
    """Each problem once, by file and line, the main file first; file names are outside text as well."""
    told = {Problem(clean(each.file), each.line, clean(each.message)) for each in problems}
    return sorted(told, key=lambda each: (each.file != MAIN, each.file, each.line, each.message))


def raw_files(folder: FilePath) -> dict[str, bytes | Problem]:
    """The bytes of every file of a playbook, by name within `folder`, or why it cannot be read."""
    names = [
        *_NEEDED,
        *_OPTIONAL,
        *(f"{each}/{name}" for each in _FOLDERS for name in _listed(folder / each)),
    ]
    found: dict[str, bytes | Problem] = {}
    for name in names:
        try:
            # Bounded: a log file put there by mistake is not read into memory whole.
            with (folder / name).open("rb") as file:
                found[name] = file.read(MOST_BYTES + 1)
        except FileNotFoundError:
            if name in _NEEDED:
                found[name] = Problem(name, 1, f"the file is missing in {folder}")
        except OSError as error:
            found[name] = Problem(name, 1, f"the file cannot be read: {error.strerror or error}")
    return found


def _listed(folder: FilePath) -> list[str]:
    """The YAML files of a folder by name; a folder that is not there has none."""
    try:
        names = sorted(each.name for each in os.scandir(folder))
    except OSError:
        return []
    return [name for name in names if name.endswith(".yaml") and not name.startswith((".", "~"))]


def read_files(folder: FilePath, raw: Mapping[str, bytes | Problem]) -> Folder:
    """Plain values and lines of every file, with the problems of YAML itself and of files nobody reads."""
    found = Folder()
    for name, content in raw.items():
        if isinstance(content, Problem):
            found.problems.append(content)
            found.whole = False
            continue
        parsed = parse(content)
        found.lines[name] = parsed.lines
        found.problems += [Problem(name, line, message) for line, message in parsed.problems]
        found.notices += [Problem(name, line, message) for line, message in parsed.notices]
        if parsed.value is None:
            found.whole = False
        else:
            found.plain[name] = parsed.value
    found.problems += strangers(folder)
    return found


def strangers(folder: FilePath) -> Iterator[Problem]:
    """The files that look as if they counted: a misspelt settings file would do nothing, in silence."""
    known = (*_NEEDED, *_OPTIONAL, *_FOLDERS)
    for place in ("", *_FOLDERS):
        try:
            entries = sorted(os.scandir(folder / place), key=lambda entry: entry.name)
        except OSError:
            continue
        for entry in entries:
            name = f"{place}/{entry.name}" if place else entry.name
            if entry.name.startswith((".", "~")) or entry.name.endswith("~"):
                continue
            if not place and entry.name not in known and (entry.is_dir() or _looks_meant(entry.name)):
                yield Problem(name, 1, f"nothing reads this{did_you_mean(entry.name, known)}")
            elif place and (entry.is_dir() or (_looks_meant(entry.name) and not entry.name.endswith(".yaml"))):
                yield Problem(name, 1, "nothing reads this: the name has to end in .yaml")


def _looks_meant(name: str) -> bool:
    return name.lower().endswith((".yaml", ".yml", ".json"))


def assemble(found: Folder, *, checks: bool = True) -> Playbook | None:
    """The playbook from plain values, or None; adds every problem to `found.problems`.

    Without `checks` for values that passed them: whether names lead somewhere is not looked at again.
    """
    main = found.plain.get(MAIN)
    if main is not None and not isinstance(main, dict):
        found.problems.append(found.at(MAIN, (), f"{MAIN} is written as keys and values"))
        found.whole = False
    top: dict[str, Any] = main if isinstance(main, dict) else {}
    _check_top(found, top)
    data, files = _procedure_data(found, top)
    problems = Problems()
    procedure = build_procedure(data, problems, checks=checks and found.whole)
    today = Problems()
    channels, contacts, decisions = read_contacts(today, top)
    _add(found, MAIN, today)
    pages = _read(found, "reference.yaml", read_pages, _NO_PAGES)
    settings = _read(found, "settings.yaml", read_settings, Settings())
    owners = _owners(found)
    plans = _plans(found, decisions)
    if procedure is not None and checks and found.whole:
        check_today(problems, procedure, plans, channels, pages)
    # Of a main file that could not be read, nothing is missing.
    told = (each for each in problems.found if top or each[0][:1] in (("scenarios",), ("templates",)))
    found.problems += [_located(found, files, path, message) for path, message in told]
    for name, decision in decisions.items():
        if decision.open:
            message = f"{name} is not decided yet: {decision.text}"
            found.notices.append(found.at(MAIN, ("decisions", name), message))
    if procedure is None or plans is None or found.problems:
        return None
    return Playbook(procedure, plans, channels, contacts, decisions, pages, owners, settings)


def _check_top(found: Folder, top: Mapping[str, Any]) -> None:
    keys = (PROCEDURE_KEYS | TODAY_KEYS) - set(_FOLDERS)
    for key in top:
        if key not in keys:
            message = f"{shown(key)} is not a key of {MAIN}{did_you_mean(key, keys)}"
            found.problems.append(found.at(MAIN, (key,), message))
    if found.whole and not any(name.startswith("scenarios/") for name in found.plain):
        found.problems.append(Problem("scenarios", 1, "there is no scenario: no file in this folder ends in .yaml"))


def _read(found: Folder, file: str, reader: Callable[[Problems, object], _T], usual: _T) -> _T:
    """A file that need not be there, read by `reader`."""
    if file not in found.plain:
        return usual
    problems = Problems()
    value = reader(problems, found.plain[file])
    _add(found, file, problems)
    return value


def _owners(found: Folder) -> Owners:
    if "dns.yaml" not in found.plain:
        return Owners()
    owners, problems = Owners.from_data(found.plain["dns.yaml"])
    found.problems += [found.at("dns.yaml", path, message) for path, message in problems]
    return owners


def _plans(found: Folder, decisions: Mapping[str, Decision]) -> Plans | None:
    """The plans, told which of the article's disagreements nobody has settled."""
    if "plans.yaml" not in found.plain:
        return None
    undecided = [name for name, decision in decisions.items() if decision.open]
    plans, problems = plans_from_data(found.plain["plans.yaml"], undecided)
    found.problems += [found.at("plans.yaml", path, message) for path, message in problems]
    for number, each in enumerate(plans.policy.decisions if plans and MAIN in found.plain else ()):
        if each.id not in decisions:
            message = f"there is no decision '{each.id}' in {MAIN}{did_you_mean(each.id, decisions)}"
            found.problems.append(found.at("plans.yaml", ("prorata", "decisions", number, "id"), message))
    return plans


def _procedure_data(found: Folder, top: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, list[str]]]:
    """What belongs to the procedure as one value, and the file of each scenario and template in it."""
    data = {key: value for key, value in top.items() if key in PROCEDURE_KEYS}
    files: dict[str, list[str]] = {}
    for part in _FOLDERS:
        files[part] = [name for name in found.plain if name.startswith(f"{part}/")]
        data[part] = [found.plain[name] for name in files[part]]
    return data, files


def _located(found: Folder, files: Mapping[str, list[str]], path: Path, message: str) -> Problem:
    """A problem of the procedure at the file and line that it was read from."""
    if len(path) >= 2 and path[0] in files and isinstance(path[1], int) and path[1] < len(files[str(path[0])]):
        return found.at(files[str(path[0])][path[1]], path[2:], message)
    return found.at(MAIN, path, message)


def located(found: Folder, path: Path, message: str) -> Problem:
    """What a proof says of a part of the procedure, to its end, at the file and line that it was read from."""
    _, files = _procedure_data(found, {})
    if len(path) >= 2 and path[0] in files and isinstance(path[1], int) and path[1] < len(files[str(path[0])]):
        return found.at(files[str(path[0])][path[1]], path[2:], message, whole=True)
    return found.at(MAIN, path, message, whole=True)


def _add(found: Folder, file: str, problems: Problems) -> None:
    found.problems += [found.at(file, path, message) for path, message in problems.found]
