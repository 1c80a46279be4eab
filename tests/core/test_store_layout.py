"""What is no case file is not taken for one, and what a newer oxtui wrote is told from damage."""

from __future__ import annotations

import json
from typing import Any

import pytest

from oxtui.errors import NewerFormat
from oxtui.store import layout
from tests.core.store_help import case, entry

ONE = case(2, "onecase")


def ours(*documents: dict[str, Any]) -> bytes:
    """A file as oxtui lays it out."""
    lines = {str(number): layout.line(str(number), each) for number, each in enumerate(documents, 1)}
    return b"".join(layout.assemble(layout.Contents(lines=lines)))


def theirs(tables: object) -> bytes:
    """A file as TinyDB's own storage lays it out."""
    return json.dumps(tables).encode()


BROKEN: dict[str, dict[str, Any]] = {
    "format 0": {"format": 0},
    "format as text": {"format": "1"},
    "format true": {"format": True},
    "an id that is a number": {"id": 7},
    "no id": {"id": ""},
    "a log that is none": {"log": {}},
    "a time that is a number": {"opened_at": 7},
    "an entry that is none": {"log": ["opened"]},
    "an entry without a place": {"log": [{**entry("onecase", 1), "seq": "1"}]},
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_has_not_the_form_of_a_case_is_damage(name: str) -> None:
    assert layout.read(ours(ONE)).documents == layout.read(theirs({"cases": {"1": ONE}})).documents == {"1": ONE}
    document = {**ONE, **BROKEN[name]}
    for data in (ours(document), theirs({"cases": {"1": document}})):
        with pytest.raises(layout.Damaged):
            layout.read(data)


def test_a_case_without_a_playbook_is_damage() -> None:
    with pytest.raises(layout.Damaged):
        layout.read(ours({name: value for name, value in ONE.items() if name != "playbook"}))


TEXTS = {
    "one id twice": ours(ONE, ONE),
    "one number twice": ours(ONE).replace(b"\n}}\n", b',\n"1": ' + layout.serialise(case()) + b"\n}}\n"),
    "another table": ours(ONE).replace(b'"cases"', b'"other"'),
    "another end": ours(ONE).replace(b"\n}}\n", b"\n}]\n"),
    "a number that is none": theirs({"cases": {"one": ONE}}),
    "a format that is a text": theirs({"format": "9"}),
    "no table, and our format": theirs({"cases": [], "format": 1}),
}


@pytest.mark.parametrize("name", TEXTS)
def test_what_is_not_laid_out_as_a_case_file_is_damage(name: str) -> None:
    with pytest.raises(layout.Damaged):
        layout.read(TEXTS[name])


NEWER = {
    "a case": theirs({"cases": {"1": {**ONE, "format": 2}}}),
    "a case behind a broken one": theirs({"cases": {"1": {"id": "x"}, "2": {**ONE, "format": 2}}}),
    "the whole file": theirs({"cases": [], "format": 2}),
    "a table beside it": theirs({"about": {"format": 2}, "cases": {"1": ONE}}),
    "a row of that": theirs({"about": {"1": {"format": 2}}, "cases": {"1": ONE}}),
    "a file that was cut": ours({**ONE, "format": 2})[:90],
}


@pytest.mark.parametrize("name", NEWER)
def test_what_a_newer_oxtui_wrote_is_left_to_it(name: str) -> None:
    with pytest.raises(NewerFormat):
        layout.read(NEWER[name])


def test_a_table_beside_it_that_is_no_newer_stays() -> None:
    beside = {"about": {"format": 1, "1": {"format": "2"}}}
    read = layout.read(theirs({**beside, "cases": {"1": ONE}}))
    assert read.others == beside and layout.read(b"".join(layout.assemble(read))).others == beside


def test_a_line_that_has_not_changed_is_not_read_again() -> None:
    known = layout.read(ours(ONE))
    other = case()
    assert layout.read(ours(ONE, other), known).documents["1"] is known.documents["1"]
    assert layout.read(ours({**ONE, "playbook": "x"}), known).documents["1"]["playbook"] == "x"
