"""What config/README.md says of the keys of a playbook, and JSON schemas made of what declares them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest

from oxtui.playbook import about, dns_owners, item_parts, model, plans, template, today
from oxtui.playbook.dns_owners import EVIDENCE, DnsFile
from oxtui.playbook.model import Item
from oxtui.playbook.plans import PlansFile
from oxtui.playbook.reader import files
from oxtui.playbook.reader.files import PlaybookFile, ReferenceFile
from oxtui.playbook.reader.tables import with_tables
from oxtui.playbook.schema.keys import keys_of
from oxtui.playbook.template import LineKind, Source
from oxtui.playbook.today import Settings

README = re.sub(
    r"```.*?```", "", (Path(__file__).parents[2] / "config" / "README.md").read_text("utf-8"), flags=re.DOTALL
)
DECLARED = [
    each
    for module in (about, files, model, template, item_parts, today, plans, dns_owners)
    for each in vars(module).values()
    if isinstance(each, type) and each.__module__ == module.__name__ and hasattr(each, "what")
]


def test_the_tables_are_those_of_the_declarations() -> None:
    assert with_tables(README) == README, "write them anew: python -m oxtui.playbook.reader.tables config/README.md"


def test_a_table_is_written_in_its_place() -> None:
    text = "a\n<!-- keys: PatternFile named -->\nold\n<!-- end -->\nb\n"
    assert with_tables(text).splitlines()[2:6] == [
        "| key | meaning |",
        "|---|---|",
        "| `pattern` | a regular expression; small letters are taken where capitals fit |",
        "| `example` | shown where a value does not fit |",
    ]


@pytest.mark.parametrize("declared", DECLARED, ids=[each.__name__ for each in DECLARED])
def test_every_key_is_explained(declared: type) -> None:
    told = {word for span in re.findall(r"`([^`]+)`", README) for word in re.findall(r"[a-z0-9_-]+", span)}
    assert {key.name for key in keys_of(declared)} - told <= {"killer"}


def test_every_choice_is_explained() -> None:
    told = {word for span in re.findall(r"`([^`]+)`", README) for word in re.findall(r"[a-z0-9_-]+", span)}
    assert {*EVIDENCE, *get_args(Source), *get_args(LineKind)} - told == {"heading"} - told


def test_json_schemas_can_be_made_of_the_declarations() -> None:
    roots = (PlaybookFile, Item, ReferenceFile, PlansFile, DnsFile, Settings)
    _, found = msgspec.json.schema_components(roots)
    item: dict[str, Any] = found["Item"]["properties"]
    assert item["say"]["description"] == "one sentence to read out to the client"
    assert item["select"]["enum"] == ["date", "dates", "money", "number", "one", "several", "text"]
    assert found["AuthenticationFile"]["properties"]["lapse_minutes"]["maximum"] == 1440
    assert "from" in found["NB"]["properties"]
