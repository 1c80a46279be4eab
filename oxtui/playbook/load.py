"""Load a folder of YAML as a playbook, reporting every problem at once with file and line."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, TypeVar

from msgspec import Struct, field

from oxtui.errors import PlaybookError, Problem
from oxtui.playbook.about import Words
from oxtui.playbook.build import MAKERS, build_procedure
from oxtui.playbook.dns_owners import Owners
from oxtui.playbook.folder import FOLDERS, MAIN, raw_files, strangers
from oxtui.playbook.plans import NO_PLANS, Plans
from oxtui.playbook.playbook import Playbook
from oxtui.playbook.reader.files import PlaybookFile, ReferenceFile
from oxtui.playbook.reader.includes import Includes
from oxtui.playbook.reader.plans import plans_from_data
from oxtui.playbook.reader.yaml_file import parse
from oxtui.playbook.schema.keys import keys_of
from oxtui.playbook.schema.walker import DataPath, Problems, read, shown
from oxtui.playbook.today import Decision, Settings, unknown_theme
from oxtui.text import clean, did_you_mean

_MOST: Final = 500
"""The longest message of a problem, in characters."""

_T = TypeVar("_T")


class Loaded(Struct, frozen=True):
    """A playbook without problems, and notices about it for the floor lead."""

    playbook: Playbook
    notices: tuple[Problem, ...] = ()


class Folder(Struct):
    """A folder as plain values by file name (`scenarios/1.yaml`), with the line of every path."""

    plain: dict[str, Any] = field(default_factory=dict)
    lines: dict[str, dict[DataPath, int]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    notices: list[Problem] = field(default_factory=list)
    sources: dict[str, list[tuple[str, DataPath]]] = field(default_factory=dict)
    """For a scenario with included steps: the file and path of each of its steps."""
    whole: bool = True
    """Whether every file could be read; otherwise unresolved names are not reported."""

    def at(self, file: str, path: DataPath, message: str, *, whole: bool = False) -> Problem:
        """Make a problem at the line of `path`, or of its nearest parent with a line; shortened unless `whole`."""
        lines = self.lines.get(file, {})
        while path and path not in lines:
            path = path[:-1]
        cut = not whole and len(message) > _MOST
        return Problem(file, lines.get(path, 1), message[: _MOST - 1] + "…" if cut else message)


def load(folder: Path) -> Loaded:
    """Load the playbook in `folder`; raises PlaybookError with every problem in the order of files and lines."""
    return load_raw(folder, raw_files(folder))[0]


def load_raw(folder: Path, raw: Mapping[str, bytes | Problem]) -> tuple[Loaded, dict[str, Any]]:
    """As `load`, from bytes already read; also return the plain values of the files."""
    files = read_files(folder, raw)
    playbook = assemble(files)
    if playbook is None:
        raise PlaybookError(in_order(files.problems))
    return Loaded(playbook, tuple(in_order(files.notices))), files.plain


def in_order(problems: list[Problem]) -> list[Problem]:
    """Sort problems by file and line, the main file first, without repeats and with clean text."""
    distinct = {Problem(clean(each.file), each.line, clean(each.message)) for each in problems}
    return sorted(distinct, key=lambda each: (each.file != MAIN, each.file, each.line, each.message))


def read_files(folder: Path, raw: Mapping[str, bytes | Problem]) -> Folder:
    """Parse every file, with the problems of YAML itself and of files that nothing reads."""
    files = parsed(raw)
    _put_together(files)
    for problem in strangers(folder):
        files.problems.append(problem)
        files.whole = False  # names may be declared in it
    return files


def _put_together(found: Folder) -> None:
    """Replace each `include` of a scenario by the steps of that file."""

    def say(file: str, path: DataPath, message: str) -> None:
        found.problems.append(found.at(file, path, message))
        found.whole = False

    includes = Includes(found.plain, {each.file for each in found.problems}, say)
    for file in [name for name in found.plain if name.startswith("scenarios/")]:
        found.plain[file], places = includes.scenario(file)
        if places:
            found.sources[file] = places
    if found.whole:
        includes.report_unused()
    for file in includes.files:
        del found.plain[file]


def parsed(raw: Mapping[str, bytes | Problem]) -> Folder:
    """Parse files that were read, with the problems of YAML itself."""
    files = Folder()
    for name, content in raw.items():
        if isinstance(content, Problem):
            files.problems.append(content)
            files.whole = False
            continue
        values = parse(content)
        files.lines[name] = values.lines
        files.problems += [Problem(name, line, message) for line, message in values.problems]
        files.notices += [Problem(name, line, message) for line, message in values.notices]
        if values.value is None:
            files.whole = False
        else:
            files.plain[name] = values.value
    return files


def assemble(found: Folder, *, checks: bool = True) -> Playbook | None:
    """Build the playbook from plain values, or None, adding every problem to `found.problems`.

    `checks=False` skips resolving names, for values that were checked before.
    """
    main = found.plain.get(MAIN)
    if main is not None and not isinstance(main, dict):
        found.problems.append(found.at(MAIN, (), f"{MAIN} is written as keys and values"))
        found.whole = False
    top: dict[str, Any] = main if isinstance(main, dict) else {}
    _check_top(found, top)
    problems = Problems(MAKERS)
    whole = {key: value for key, value in top.items() if key not in FOLDERS}
    for part, files in _files(found).items():
        whole[part] = [found.plain[name] for name in files]
    procedure, file = build_procedure(whole, problems, checks=checks and found.whole)
    pages = _read(found, "reference.yaml", ReferenceFile, ReferenceFile()).pages
    settings = _read(found, "settings.yaml", Settings, Settings())
    if problem := unknown_theme(settings.theme):
        found.notices.append(found.at("settings.yaml", ("theme",), problem))
    owners, plans = _owners(found), _plans(found, file.decisions, procedure.words)
    if checks and found.whole and not problems.lost:
        from oxtui.playbook.checks.names import check_today

        check_today(problems, file, plans, file.channels, pages)
    # Keys are not missing from a main file that could not be read.
    relevant = (each for each in problems.found if top or each[0][:1] in (("scenarios",), ("templates",)))
    found.problems += [located(found, path, message, whole=False) for path, message in relevant]
    found.notices += [located(found, path, message) for path, message in problems.notices.items()]
    for name, decision in file.decisions.items():
        if decision.open:
            message = f"{name} is not decided yet: {decision.text}"
            found.notices.append(found.at(MAIN, ("decisions", name), message))
    if plans is None or found.problems:
        return None
    return Playbook(
        procedure,
        plans,
        file.channels,
        file.contacts,
        file.decisions,
        pages,
        owners,
        settings,
        file.notices,
        "dns.yaml" in found.plain and procedure.about.is_domain,
    )


def _check_top(found: Folder, top: Mapping[str, Any]) -> None:
    for key in FOLDERS:
        if key in top:
            keys = [each.name for each in keys_of(PlaybookFile) if each.name not in FOLDERS]
            message = f"{shown(key)} is not a key of {MAIN}{did_you_mean(key, keys)}"
            found.problems.append(found.at(MAIN, (key,), message))
    if found.whole and not any(name.startswith("scenarios/") for name in found.plain):
        found.problems.append(Problem("scenarios", 1, "there is no scenario: no file in this folder ends in .yaml"))


def _read(found: Folder, file: str, declared: type[_T], usual: _T) -> _T:
    """Read an optional file."""
    if file not in found.plain:
        return usual
    problems = Problems(MAKERS)
    value: _T = read(problems, declared, found.plain[file])
    found.problems += [found.at(file, path, message) for path, message in problems.found]
    return value


def _owners(found: Folder) -> Owners:
    if "dns.yaml" not in found.plain:
        return Owners()
    owners, problems = Owners.from_data(found.plain["dns.yaml"])
    found.problems += [found.at("dns.yaml", path, message) for path, message in problems]
    return owners


def _plans(found: Folder, decisions: Mapping[str, Decision], words: Words) -> Plans | None:
    """Read the plans, with the open decisions and the playbook's words; NO_PLANS without a plans.yaml."""
    if "plans.yaml" not in found.plain:
        return NO_PLANS if found.whole else None
    undecided = [name for name, decision in decisions.items() if decision.open]
    plans, problems = plans_from_data(found.plain["plans.yaml"], undecided, words)
    found.problems += [found.at("plans.yaml", path, message) for path, message in problems]
    for number, each in enumerate(plans.policy.decisions if plans and isinstance(found.plain.get(MAIN), dict) else ()):
        if each.id not in decisions:
            message = f"there is no decision '{each.id}' in {MAIN}{did_you_mean(each.id, decisions)}"
            found.problems.append(found.at("plans.yaml", ("prorata", "decisions", number, "id"), message))
    return plans


def _files(found: Folder) -> dict[str, list[str]]:
    """Return the files of each folder of the procedure, in order."""
    return {part: [name for name in found.plain if name.startswith(f"{part}/")] for part in FOLDERS}


def located(found: Folder, path: DataPath, message: str, *, whole: bool = True) -> Problem:
    """Make a problem of the procedure at the file and line it came from; shortened unless `whole`."""
    files = _files(found)
    match path:
        case ("scenarios", int(place), "steps", int(number), *rest) if place < len(files["scenarios"]):
            steps = found.sources.get(files["scenarios"][place], [])
            file, at = steps[number] if number < len(steps) else (files["scenarios"][place], ("steps", number))
            return found.at(file, (*at, *rest), message, whole=whole)
        case (str(part), int(place), *rest) if part in files and place < len(files[part]):
            return found.at(files[part][place], tuple(rest), message, whole=whole)
    return found.at(MAIN, path, message, whole=whole)
