"""Homes with something wrong in them, made by chance: what is in a case, a row of the archive, a draft, a pin."""

from __future__ import annotations

import copy
import json
import random
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from oxtui.cases.events import checksum

STRANGE: tuple[Any, ...] = (
    None, True, False, 0, -1, 2.5, 10**30, -(10**30), 1e308, "", "x", "\ud800", "\u202e", "\x1b[2J", "a\nb", "9" * 5000,
    "0001-01-01", "0001-01-01T00:00:00+00:00", "9999-12-31T23:59:59.999Z", "9999-12-31T23:59", "2026-11-22T10:46:00",
    "2026-02-30", "=1+1", "ab" * 32, [], [[]], {}, {"": {}}, [None], ["x", 1], {"x": None}, {"x": [1]}, {"format": 99},
    ["anna@x.org"] * 3, {"1": {"stale": [["x"]]}}, {"1": {}}, "complete", "closed", "opened", "moved", "hold", "quote",
)  # fmt: skip


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every container and key in a JSON value."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in list(pairs):
        yield value, key
        yield from places(each)


def spoil(value: Any, dice: random.Random) -> Any:
    """A copy of a JSON value with one to three places in it changed, taken out or put twice."""
    value = json.loads(json.dumps(value))
    for _ in range(dice.choice((1, 1, 1, 2, 3))):
        found = list(places(value))
        if not found:
            return copy.deepcopy(dice.choice(STRANGE))
        container, key = dice.choice(found)
        turn = dice.random()
        if turn < 0.7:
            container[key] = copy.deepcopy(dice.choice(STRANGE))
        elif turn < 0.8:
            del container[key]
        elif turn < 0.9 and isinstance(container, list):
            container.insert(key, container[key])
        else:
            other, place = dice.choice(found)
            container[key] = json.loads(json.dumps(other[place] if _there(other, place) else None))
    return deep(value, dice) if dice.random() < 0.02 else value


def _there(container: Any, key: Any) -> bool:
    return key in container if isinstance(container, dict) else key < len(container)


def deep(value: Any, dice: random.Random) -> Any:
    """`value` with something nested very deeply in it."""
    nested: Any = "x"
    for _ in range(dice.choice((50, 400, 900))):
        nested = [nested]
    found = list(places(value))
    if found:
        container, key = dice.choice(found)
        container[key] = nested
    return value


def resummed(document: Any) -> Any:
    """`document` with right checksums: as if a program had written it."""
    log = document.get("log") if isinstance(document, dict) else None
    for kept in log if isinstance(log, list) else ():
        if isinstance(kept, dict):
            try:
                kept["sum"] = checksum(str(document.get("id")), kept)
            except (TypeError, ValueError, RecursionError):
                continue
    return document


def flipped(data: bytes, dice: random.Random) -> bytes:
    """`data` with a bit changed, a piece lost, or its end cut off."""
    if not data:
        return data
    at, turn = dice.randrange(len(data)), dice.random()
    if turn < 0.7:
        return data[:at] + bytes([data[at] ^ (1 << dice.randrange(8))]) + data[at + 1 :]
    return data[:at] if turn < 0.85 else data[:at] + data[at + dice.randint(1, 200) :]


def case_file(home: Path, documents: list[Any]) -> None:
    rows = {str(number): document for number, document in enumerate(documents, 1)}
    (home / "cases.json").write_text(json.dumps({"cases": rows}), "utf-8")


def in_the_case_file(home: Path, dice: random.Random) -> None:
    """One case is changed; in one of two with right checksums."""
    cases = list(json.loads((home / "cases.json").read_bytes())["cases"].values())
    at = dice.randrange(len(cases))
    cases[at] = spoil(cases[at], dice)
    if dice.random() < 0.5:
        cases[at] = resummed(cases[at])
    case_file(home, cases)


def in_a_file(name: str) -> Callable[[Path, random.Random], None]:
    """The bytes of a file are changed."""

    def change(home: Path, dice: random.Random) -> None:
        files = sorted(home.glob(name))
        if files:
            path = dice.choice(files)
            path.write_bytes(flipped(path.read_bytes(), dice))

    change.__name__ = name
    return change


def in_a_row(home: Path, dice: random.Random) -> None:
    """A row of the archive is changed: its summary, its document, or another column."""
    base = sqlite3.connect(home / "history.sqlite3")
    with base:
        number, summary, document = dice.choice(base.execute("SELECT number, summary, document FROM cases").fetchall())
        column = dice.choice(("summary", "summary", "document", "document", "closed_at", "domain", "case_id"))
        values: dict[str, Callable[[], Any]] = {
            "summary": lambda: json.dumps(spoil(json.loads(summary), dice)),
            "document": lambda: json.dumps(resummed(spoil(json.loads(document), dice))),
        }
        new = values.get(column, lambda: dice.choice(("", "x\x1b[2J", 7, b"\xff\xfe", 2.5, "0001-01-01", "9" * 99)))()
        if dice.random() < 0.3 and isinstance(new, str):
            new = flipped(new.encode("utf-8", "replace"), dice)
        base.execute(f"UPDATE cases SET {column} = ? WHERE number = ?", (new, number))
    base.close()


def in_the_drafts(home: Path, dice: random.Random) -> None:
    drafts = json.loads((home / "drafts.json").read_bytes())
    (home / "drafts.json").write_text(json.dumps(spoil(drafts, dice)), "utf-8")


WRONGS: tuple[Callable[[Path, random.Random], None], ...] = (
    in_the_case_file, in_the_case_file, in_a_row, in_a_row, in_the_drafts, in_a_file("cases.json"),
    in_a_file("history.sqlite3"), in_a_file("drafts.json"), in_a_file("playbooks/*.json"), in_a_file("backups/*.json"),
)  # fmt: skip
