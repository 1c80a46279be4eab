"""Load the playbook of a folder, or the last good copy of it if the folder breaks while agents work.

The copy holds plain values, so an unchanged folder is read without a YAML parser.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from msgspec import Struct

import oxtui
from oxtui.errors import PlaybookError, Problem, Unsaved
from oxtui.playbook.load import Folder, Playbook, assemble, load_raw, raw_files, strangers
from oxtui.playbook.pins import write_private

_FORMAT: Final = 1


class _Copy(Struct, frozen=True):
    """A saved copy: `stamp` is a digest of the files it was read from, `plain` their values, `at` when it was saved."""

    stamp: str
    plain: dict[str, Any]
    at: datetime


def load_or_last_good(folder: Path, home: Path) -> tuple[Playbook, str | None]:
    """Return the playbook in `folder`, and a banner if it is the last good copy, which is saved in `home`.

    Raises PlaybookError with every problem if the folder is broken and no good copy of it exists. A home that cannot
    be written to is ignored here: opening the first case reports it.
    """
    place = copy_of(folder, home)
    raw = raw_files(folder)
    stamp = _stamp(folder, raw)
    copy = _read(place)
    if copy is not None and copy.stamp == stamp:
        playbook = assemble(Folder(plain=copy.plain), checks=False)
        if playbook is not None:
            return playbook, None
    try:
        loaded, plain = load_raw(folder, raw)
    except PlaybookError as error:
        return _fallen_back(copy, error)
    with suppress(Unsaved):
        _write(place, stamp, plain)
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
    before = copy.plain.get("playbook.yaml") if copy else None
    if not isinstance(before, dict) or before.get("id") != playbook.get("id"):
        return []
    rules = by_id(before.get("rules"))
    return [str(rules[name].get("text", name)) for name in matched(rules, by_id(playbook.get("rules"))).removed]


def _fallen_back(kept: _Copy | None, error: PlaybookError) -> tuple[Playbook, str]:
    if kept is None:
        raise error
    playbook = assemble(Folder(plain=kept.plain))
    if playbook is None:
        raise error
    more = f" and {len(error.problems) - 1} more" if len(error.problems) > 1 else ""
    when = kept.at.astimezone().strftime("%d/%m/%Y %H:%M")
    return (
        playbook,
        f"The playbook is broken: {error.problems[0]}{more}. This is the last good copy, of {when}.",
    )


def _stamp(folder: Path, raw: Mapping[str, bytes | Problem]) -> str:
    """Return a digest of every file of the playbook and of the program version that reads it."""
    digest = hashlib.sha256(f"{_FORMAT} {oxtui.__version__}".encode())
    for name, content in sorted(raw.items()):
        body = content if isinstance(content, bytes) else str(content).encode("utf-8", "surrogatepass")
        digest.update(f"\0{name}\0{len(body)}\0".encode("utf-8", "surrogatepass"))
        digest.update(body)
    for problem in strangers(folder):
        digest.update(f"\0{problem.file}".encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def _write(place: Path, stamp: str, plain: Mapping[str, Any]) -> None:
    body = json.dumps(plain, ensure_ascii=False, separators=(",", ":"))
    document = {"format": _FORMAT, "stamp": stamp, "sum": _sum(body), "plain": body}
    write_private(place, json.dumps(document, ensure_ascii=False).encode())


def _read(place: Path) -> _Copy | None:
    """Return the copy, or None if it is missing or damaged."""
    try:
        at = datetime.fromtimestamp(place.stat().st_mtime, UTC)
        document = json.loads(place.read_bytes())
        if document["format"] != _FORMAT or document["sum"] != _sum(document["plain"]):
            return None
        return _Copy(document["stamp"], json.loads(document["plain"]), at)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _sum(body: str) -> str:
    return hashlib.sha256(body.encode("utf-8", "surrogatepass")).hexdigest()
