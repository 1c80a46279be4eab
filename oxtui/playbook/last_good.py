"""Load the playbook of a folder, or the last good copy of it if the folder breaks while agents work.

The copy holds plain values, which any version reads, and the playbook built of them, which the version that wrote it
reads: an unchanged folder needs neither a YAML parser nor the reader of the files.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import msgspec
from msgspec import Struct
from msgspec.structs import replace

import oxtui
from oxtui.errors import PlaybookError, Problem, Unsaved
from oxtui.playbook.folder import MAIN, raw_files, strangers
from oxtui.playbook.model import Scenario
from oxtui.playbook.order import index_of
from oxtui.playbook.pins import write_private
from oxtui.playbook.playbook import Playbook

_FORMAT: Final = 1


class _Snapshot(Struct, frozen=True):
    """A saved copy of the files with the digest `stamp`: their `plain` values, and the playbook `built` of them.

    Both are JSON, each with its `sum`. A copy of an earlier version has nothing built.
    """

    format: int
    stamp: str
    sum: str
    plain: str
    built_sum: str = ""
    built: str = ""


def load_or_last_good(folder: Path, home: Path) -> tuple[Playbook, str | None]:
    """Return the playbook in `folder`, and a banner if it is the last good copy, which is saved in `home`.

    Raises PlaybookError with every problem if the folder is broken and no good copy of it exists. A home that cannot
    be written to is ignored here: opening the first case reports it.
    """
    place = copy_of(folder, home)
    raw = raw_files(folder)
    stamp = _stamp(folder, raw)
    copy = _read(place)
    if copy is not None and copy.stamp == stamp and (playbook := _built(copy)) is not None:
        return playbook, None
    from oxtui.playbook.load import load_raw

    try:
        loaded, plain = load_raw(folder, raw)
    except PlaybookError as error:
        return _fallen_back(place, copy, error)
    with suppress(Unsaved):
        _write(place, stamp, plain, loaded.playbook)
    return loaded.playbook, None


def copy_of(folder: Path, home: Path) -> Path:
    """Return the path of the last good copy of `folder`; every folder has its own."""
    key = hashlib.sha256(str(folder.absolute()).encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return home / "playbooks" / "last-good" / f"{key}.json"


def removed_rules(playbook: Mapping[str, Any], folder: Path, home: Path) -> list[str]:
    """Return the texts of the rules in the last good copy of `folder` that these values of playbook.yaml lack."""
    from oxtui.playbook.diff.compare import by_id
    from oxtui.playbook.diff.matching import matched

    copy = _read(copy_of(folder, home))
    before = json.loads(copy.plain).get(MAIN) if copy else None
    if not isinstance(before, dict) or before.get("id") != playbook.get("id"):
        return []
    rules = by_id(before.get("rules"))
    return [str(rules[name].get("text", name)) for name in matched(rules, by_id(playbook.get("rules"))).removed]


def _fallen_back(place: Path, copy: _Snapshot | None, error: PlaybookError) -> tuple[Playbook, str]:
    from oxtui.playbook.load import Folder, assemble

    playbook = assemble(Folder(plain=json.loads(copy.plain))) if copy else None
    if playbook is None:
        raise error
    try:
        saved = datetime.fromtimestamp(place.stat().st_mtime, UTC)
    except OSError:
        raise error from None
    when = saved.astimezone().strftime("%d/%m/%Y %H:%M")
    return playbook, f"The playbook is broken: {error.message}. This is the last good copy, of {when}."


def _stamp(folder: Path, raw: Mapping[str, bytes | Problem]) -> str:
    """Return a digest of every file of the playbook, and of the version and the source files that read it."""
    digest = hashlib.sha256(f"{_FORMAT} {oxtui.__version__} {_sources()}".encode())
    for name, content in sorted(raw.items()):
        body = content if isinstance(content, bytes) else str(content).encode("utf-8", "surrogatepass")
        digest.update(f"\0{name}\0{len(body)}\0".encode("utf-8", "surrogatepass"))
        digest.update(body)
    for problem in strangers(folder):
        digest.update(f"\0{problem.file}".encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def _sources() -> list[tuple[str, int, int]]:
    """Return the modules that build a playbook, with mtime and size: between two versions they change as well."""
    package = Path(__file__).parent
    modules = [path for folder in (".", "reader", "schema") for path in sorted((package / folder).glob("*.py"))]
    return [(path.name, at.st_mtime_ns, at.st_size) for path in modules for at in (path.stat(),)]


def _write(place: Path, stamp: str, plain: Mapping[str, Any], playbook: Playbook) -> None:
    body = json.dumps(plain, ensure_ascii=False, separators=(",", ":"))
    built = msgspec.json.encode(_with_scenarios(playbook, lambda each: replace(each, by_id={}, step_of={}))).decode()
    copy = _Snapshot(_FORMAT, stamp, _sum(body), body, _sum(built), built)
    write_private(place, msgspec.json.encode(copy))


def _read(place: Path) -> _Snapshot | None:
    """Return the copy, or None if it is missing or damaged."""
    try:
        copy = msgspec.json.decode(place.read_bytes(), type=_Snapshot)
    except (OSError, ValueError):
        return None
    return copy if copy.format == _FORMAT and copy.sum == _sum(copy.plain) else None


def _built(copy: _Snapshot) -> Playbook | None:
    """Return the playbook that was built for a copy, or None if there is none that this version reads."""
    if not copy.built or copy.built_sum != _sum(copy.built):
        return None
    try:
        playbook = msgspec.json.decode(copy.built, type=Playbook)
    except ValueError:
        return None
    return _with_scenarios(playbook, _indexed)


def _indexed(scenario: Scenario) -> Scenario:
    by_id, step_of = index_of(scenario.steps)
    return replace(scenario, by_id=by_id, step_of=step_of)


def _with_scenarios(playbook: Playbook, change: Callable[[Scenario], Scenario]) -> Playbook:
    # What `index_of` finds again is five sixths of a copy.
    procedure = playbook.procedure
    scenarios = {number: change(each) for number, each in procedure.scenarios.items()}
    return replace(playbook, procedure=replace(procedure, scenarios=scenarios))


def _sum(body: str) -> str:
    return hashlib.sha256(body.encode("utf-8", "surrogatepass")).hexdigest()
