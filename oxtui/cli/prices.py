"""Reads the plans without the rest of the playbook, as a quote is asked for while a client waits.

If either of the two files has a problem, the whole playbook is loaded, which reports it.
"""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, TypeAlias
from zlib import crc32

from oxtui import __version__
from oxtui.cli.context import Context
from oxtui.errors import StoreError, WrongUse
from oxtui.playbook.about import Words
from oxtui.playbook.plans import Plan, Plans
from oxtui.playbook.reader.plans import plans_from_data
from oxtui.playbook.schema.walker import Problems, read

_FILES: Final = ("plans.yaml", "playbook.yaml")


def plans(context: Context) -> Plans:
    """Return today's plans and pro-rata policy, of the last good copy if they are broken; raises PlaybookError."""
    known = _from_two_files(context) or context.playbook().plans
    if not known.all:
        raise WrongUse("this playbook has no prices", "plans.yaml is not there")
    return known


def plan(known: Plans, name: str) -> Plan:
    """Return the plan with that id; raises WrongUse, without a guess, as a wrong plan is a wrong amount."""
    price = known.get(name)
    if price is None:
        raise WrongUse(f"there is no plan '{name[:60]}'", "oxtui plans lists them")
    return price


def _from_two_files(context: Context) -> Plans | None:
    """Return the plans, with the open decisions, or None if either file has a problem."""
    places = context.places()
    if not all((places.config / name).is_file() for name in _FILES):  # reading a pipe would block
        return None
    try:
        sources = [(places.config / name).read_bytes().decode() for name in _FILES]
    except (OSError, UnicodeDecodeError):
        return None
    path = places.playbooks / "prices.json"
    values = _kept(path, sources) or _parsed(sources, path)
    if values is None:
        return None
    plain, undecided, given = values
    slips = Problems()
    words: Words = read(slips, Words, given)
    found, problems = plans_from_data(plain, undecided, words)
    return None if problems or slips.found else found


_Values: TypeAlias = tuple[Any, list[str], Any]
"""The content of plans.yaml, the ids of the open decisions, and the floor's own words."""


def _kept(path: Path, sources: list[str]) -> _Values | None:
    """Return the values that the same text was parsed to before: YAML takes longer than the rest of a quote."""
    try:
        document = json.loads(path.read_bytes())
        body = document["body"]
        if document["program"] != __version__ or document["crc"] != crc32(body.encode()):
            return None
        data = json.loads(body)
        return (data["plans"], data["undecided"], data["words"]) if data["sources"] == sources else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None  # only a copy: the files are read instead


def _parsed(sources: list[str], kept: Path) -> _Values | None:
    from oxtui.durable import make_folder, write_durably
    from oxtui.playbook.reader.yaml_file import parse

    parsed = [parse(source.encode()) for source in sources]
    undecided = _undecided(parsed[1].value)
    if undecided is None or any(each.problems for each in parsed):
        return None
    words = parsed[1].value.get("words", {})
    body = json.dumps({"sources": sources, "plans": parsed[0].value, "undecided": undecided, "words": words})
    document = {"program": __version__, "crc": crc32(body.encode()), "body": body}
    with suppress(StoreError):
        make_folder(kept.parent)
        write_durably(kept, [json.dumps(document).encode()])
    return parsed[0].value, undecided, words


def _undecided(main: Any) -> list[str] | None:
    """Return the ids of the open decisions, or None if they are not in their usual form."""
    try:
        rows = {name: (row["decided_by"], row["decided_on"]) for name, row in main["decisions"].items()}
    except (AttributeError, KeyError, TypeError):
        return None
    return [name for name, settled in rows.items() if not all(settled)]
