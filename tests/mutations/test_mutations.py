"""Each of the fifteen rules is taken out of the core, one at a time, and a test fails (OXTUI_LONG=1: all of them)."""

from __future__ import annotations

import ast
import os
from typing import Final

import pytest

from tests.mutations import checks, rules
from tests.mutations.mutation import ROOT, Mutation
from tests.mutations.run import failed

LONG: Final = os.environ.get("OXTUI_LONG") == "1"
EVERY: Final = list(rules.mutations())
QUICK: Final = ("what rests on a lost value is stale", "it was cleared first, and stands", "NBs lock")
"""Tried at every run, for they take a second each."""


def test_every_rule_is_taken_out_at_least_once() -> None:
    assert {rule for rule, _ in EVERY} == set(range(1, 16))


def test_each_takes_something_out_and_names_tests_that_are_there() -> None:
    names = [each.name for _, each in EVERY]
    assert len(set(names)) == len(names)
    for _, each in EVERY:
        ast.parse(each.text)
        assert each.text != (ROOT / each.file).read_text(encoding="utf-8")
        assert each.tests
        for test in each.tests:
            file, _, function = test.partition("::")
            assert f"def {function}(" in (ROOT / "tests" / file).read_text(encoding="utf-8"), test


def test_the_checks_of_the_core_are_found() -> None:
    found = checks.mutations()
    assert len(found) > 400
    for each in found[::20]:
        ast.parse(each.text)


def chosen() -> list[Mutation]:
    return [each for _, each in EVERY if LONG or each.name.partition(": ")[2] in QUICK]


@pytest.mark.slow
@pytest.mark.parametrize("mutation", chosen(), ids=lambda each: each.name)
def test_without_it_its_tests_fail(mutation: Mutation) -> None:
    assert set(mutation.tests) <= failed(mutation)
