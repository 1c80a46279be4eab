"""Every fact of the article, by its number: where it lives in the playbook, and the proof of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import reduce
from typing import Any

import pytest

from oxtui.playbook.load import load
from oxtui.playbook.reader.yaml_file import parse
from tests.core.facts import disagreements, nbs, plans, scenarios, templates
from tests.core.facts.files import CONFIG, config_files
from tests.core.facts.table import Facts, Table

NUMBERS = (
    *(f"G{n}" for n in range(1, 6)),
    *(f"S1.{n}" for n in range(1, 14)),
    *(f"S2.{n}" for n in range(1, 11)),
    *(f"S3.{n}" for n in range(1, 5)),
    *(f"P{n}" for n in range(1, 7)),
    *(f"T{n}" for n in range(1, 8)),
    *(f"N{n}" for n in range(1, 6)),
    *(f"D{n}" for n in range(1, 15)),
)
KINDS = (scenarios.FACTS, plans.FACTS, templates.FACTS, nbs.FACTS, disagreements.FACTS)
TABLE = reduce(Table.add, KINDS, Table())


@pytest.fixture(scope="module")
def facts() -> Facts:
    return Facts(load(CONFIG).playbook)


def test_the_table_has_every_number_once() -> None:
    assert sorted(TABLE) == sorted(NUMBERS)


@pytest.mark.parametrize("number", NUMBERS)
def test_fact(number: str, facts: Facts) -> None:
    places, proof = TABLE[number]
    assert places
    for place in places:
        file, _, name = place.partition("#")
        text = (CONFIG / file).read_text("utf-8")
        assert re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text), f"{number}: '{name}' is not in {file}"
    proof(facts)


def test_every_disagreement_is_listed_and_open_as_shipped(facts: Facts) -> None:
    decisions = facts.book.decisions
    assert list(decisions) == [f"D{n}" for n in range(1, 15)]
    assert [name for name, each in decisions.items() if each.money] == ["D1", "D3", "D8", "D9", "D10"]
    assert all(each.text and each.does and each.open for each in decisions.values())


def test_every_number_is_named_in_the_files_and_no_other() -> None:
    named = {number for path in config_files() for number in _tags(parse(path.read_bytes()).value)}
    assert named - set(NUMBERS) == set()
    # What lives in plans.yaml is named there by rule and decision ids; the proofs above are what counts.
    assert set(NUMBERS) - named == {"G3", "P1", "P2", "P3", "P4", "D1", "D2", "D9", "D11"}


def _tags(value: Any) -> Iterator[str]:
    """Every number in a `facts:` list, at any depth, and the ids of decisions and rules that are numbers."""
    if isinstance(value, dict):
        for key, each in value.items():
            if key == "facts":
                yield from each
            else:
                yield from _tags(each)
    elif isinstance(value, list):
        for each in value:
            yield from _tags(each)
