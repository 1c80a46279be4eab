"""Other files are not taken for case files, and a newer format is not taken for damage."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from oxtui.cases.events import FORMAT
from oxtui.errors import NewerFormat
from oxtui.store.local import layout
from tests.core.store_help import case, entry

ONE = case(2, "onecase")


def ours(*documents: dict[str, Any]) -> bytes:
    """A file as oxtui lays it out."""
    lines = {str(number): layout.line_of(str(number), each) for number, each in enumerate(documents, 1)}
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
    "no table, and our format": theirs({"cases": [], "format": FORMAT}),
}


@pytest.mark.parametrize("name", TEXTS)
def test_what_is_not_laid_out_as_a_case_file_is_damage(name: str) -> None:
    with pytest.raises(layout.Damaged):
        layout.read(TEXTS[name])


NEWER = {
    "a case": theirs({"cases": {"1": {**ONE, "format": FORMAT + 1}}}),
    "a case behind a broken one": theirs({"cases": {"1": {"id": "x"}, "2": {**ONE, "format": FORMAT + 1}}}),
    "the whole file": theirs({"cases": [], "format": FORMAT + 1}),
    "a table beside it": theirs({"about": {"format": FORMAT + 1}, "cases": {"1": ONE}}),
    "a row of that": theirs({"about": {"1": {"format": FORMAT + 1}}, "cases": {"1": ONE}}),
    "a file that was cut": ours({**ONE, "format": FORMAT + 1})[:90],
}


@pytest.mark.parametrize("name", NEWER)
def test_what_a_newer_oxtui_wrote_is_left_to_it(name: str) -> None:
    with pytest.raises(NewerFormat):
        layout.read(NEWER[name])


def test_a_table_beside_it_that_is_no_newer_stays() -> None:
    beside = {"about": {"format": FORMAT, "1": {"format": "9"}}}
    read = layout.read(theirs({**beside, "cases": {"1": ONE}}))
    assert read.others == beside and layout.read(b"".join(layout.assemble(read))).others == beside


def test_a_line_that_has_not_changed_is_not_read_again() -> None:
    known = layout.read(ours(ONE))
    other = case()
    assert layout.read(ours(ONE, other), known).documents["1"] is known.documents["1"]
    assert layout.read(ours({**ONE, "playbook": "x"}), known).documents["1"]["playbook"] == "x"


def _told(data: bytes, known: layout.Contents) -> object:
    """What a file is taken for: its cases in their order, or the kind of refusal."""
    try:
        found = layout.read(data, known)
    except (layout.Damaged, NewerFormat) as error:
        return type(error)
    return list(found.documents.items()), list(found.lines.items()), found.numbers


def test_what_was_read_before_changes_nothing_but_the_time_it_takes() -> None:
    """Files made of the lines known, of new ones, and of pieces of both, read with and without what is known."""
    chance = random.Random(11)
    cases = [case(number, f"case{number}") for number in range(1, 7)]
    known = layout.read(ours(*cases))
    lines = [*known.lines.values()]
    strange = [
        *(layout.line_of(str(number), case(number + 1, f"case{number}")) for number in range(1, 7)),
        *(layout.line_of(str(number), case(1, f"new{number}")) for number in range(6, 9)),
        layout.line_of("2", cases[0]), lines[0][:-1], lines[1] + b" ", lines[2] + b"}", b"", b"{}",
    ]  # fmt: skip
    kinds: set[str] = set()
    for _ in range(3000):
        chosen = [line for line in lines if chance.random() < 0.9]
        for _ in range(chance.choice((0, 0, 1, 2))):
            chosen.insert(chance.randint(0, len(chosen)), chance.choice((*strange, *lines)))
        if chance.random() < 0.1:
            chance.shuffle(chosen)
        body = b",\n".join(chosen)
        if chance.random() < 0.05:
            body = body.replace(b",\n", chance.choice((b"xy", b", ", b"\n")), 1)  # behind a line that is known
        data = b'{"cases": {\n' + body + chance.choice((b"", b"", b"", b",", b",\n")) + b"\n}}\n"
        told = _told(data, known)
        assert told == _told(data, layout.EMPTY), data
        kinds.add("read" if isinstance(told, tuple) else str(told))
    assert len(kinds) == 2, kinds
