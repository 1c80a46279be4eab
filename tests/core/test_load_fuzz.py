"""Whatever is done to the shipped playbook, loading it ends in a playbook or in problems with a place."""

from __future__ import annotations

import copy
import tempfile
from pathlib import Path
from typing import Any

import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from oxtui.errors import PlaybookError
from oxtui.playbook.build import procedure_from_data
from oxtui.playbook.folder import raw_files
from oxtui.playbook.load import Folder, assemble, load, read_files

CONFIG = Path(__file__).parents[2] / "config"
RAW = raw_files(CONFIG)
PLAIN = read_files(CONFIG, RAW).plain

texts = st.one_of(
    st.text(max_size=20),
    st.sampled_from(
        ["", "yes", "1", "-1", "9" * 5000, "a=b|c", "order", "licence=", "and", "[/]", "\x1b]52;c;A\x07", "("]
    ),
)
values = st.one_of(
    texts,
    st.lists(texts, max_size=3),
    st.dictionaries(texts, texts, max_size=3),
    st.just([]),
    st.just({}),
    st.just([[["x"]]]),
    st.just([{"id": "order"}]),
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every path in `value` below its top."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [each for key, below in inner for each in ((*path, key), *places(below, (*path, key)))]


PLACES = places(PLAIN)


changes = st.lists(
    st.tuples(st.sampled_from(PLACES), st.sampled_from(["delete", "double", "rename", "replace"]), values, texts),
    min_size=1,
    max_size=4,
)
"""Up to four things to delete, double, rename or replace."""


def mutated(wanted: list[tuple[tuple[Any, ...], str, Any, str]]) -> dict[str, Any]:
    """The shipped playbook with those changes; one whose place an earlier change took away is passed over."""
    plain = copy.deepcopy(PLAIN)
    for path, what, value, name in wanted:
        holder: Any = plain
        try:
            for key in path[:-1]:
                holder = holder[key]
            old = holder[path[-1]]
        except (KeyError, IndexError, TypeError):
            continue
        if isinstance(holder, str):
            continue
        if what == "delete":
            del holder[path[-1]]
        elif what == "replace":
            holder[path[-1]] = value
        elif isinstance(holder, list):
            holder.insert(path[-1], copy.deepcopy(old))
        elif len(path) > 1:
            holder[name] = copy.deepcopy(old)
            if what == "rename" and name != path[-1]:
                del holder[path[-1]]
    return plain


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(changes)
def test_mutated_values_give_problems_with_a_place(wanted: list[Any]) -> None:
    found = Folder(plain=mutated(wanted))
    playbook = assemble(found)
    assert (playbook is None) == bool(found.problems)
    for problem in found.problems:
        assert problem.message and problem.line >= 1
        assert len(problem.message) <= 500, problem.message[:200]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(changes)
def test_mutated_files_raise_nothing_else(wanted: list[Any]) -> None:
    plain = mutated(wanted)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for file, value in plain.items():
            if "\0" not in file and file.endswith(".yaml"):
                (folder / file).parent.mkdir(parents=True, exist_ok=True)
                (folder / file).write_text(yaml.safe_dump(value, allow_unicode=True), "utf-8")
        try:
            load(folder)
        except PlaybookError as error:
            lengths = {
                file: len((folder / file).read_bytes().splitlines()) for file in plain if (folder / file).exists()
            }
            assert all(1 <= each.line <= max(lengths.get(each.file, 1), 1) for each in error.problems)


@settings(max_examples=80, deadline=None)
@given(st.sampled_from(sorted(RAW)), st.data())
def test_damaged_bytes_raise_nothing_else(file: str, data: st.DataObject) -> None:
    raw = RAW[file]
    assert isinstance(raw, bytes)
    at = data.draw(st.integers(0, len(raw) - 1))
    junk = data.draw(
        st.one_of(st.binary(max_size=4), st.sampled_from([b"\t", b": ", b"- ", b"{", b"]", b"'", b"&a ", b"*a"]))
    )
    cut = data.draw(st.integers(0, 5))
    found = read_files(CONFIG, {**RAW, file: raw[:at] + junk + raw[at + cut :]})
    playbook = assemble(found)
    assert (playbook is None) == bool(found.problems)


@settings(max_examples=100, deadline=None)
@given(values)
def test_a_procedure_from_anything(value: Any) -> None:
    procedure, problems = procedure_from_data(value)
    assert (procedure is None) == bool(problems)
