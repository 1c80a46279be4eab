"""Conditions: how they are read, and what they say while answers are missing."""

from __future__ import annotations

from itertools import product

import pytest

from oxtui.playbook.conditions import Atom, Condition, parse_atom, parse_condition

ATOMS = {name: Atom(name, frozenset({"yes"})) for name in "abcd"}


def truth(text: str, **known: bool | None) -> bool | None:
    return parse_condition(text).truth(lambda atom: known.get(atom.item))


@pytest.mark.parametrize("text", ["a", "a=yes", "a=no|yes", "billed-now=yearly or b=x and c", "9=1"])
def test_what_is_read_is_written_the_same(text: str) -> None:
    assert str(parse_condition(text)) == text
    assert parse_condition(str(parse_condition(text))) == parse_condition(text)


def test_blanks_and_the_order_of_answers_do_not_matter() -> None:
    assert parse_condition("  a=y|x   or  b ") == parse_condition("a=x|y or b")
    assert parse_atom(" a=y|x ") == Atom("a", frozenset({"x", "y"}))


@pytest.mark.parametrize(
    "text", ["", "=yes", "a=", "a==b", "A=yes", "a=Yes", "a b", "a=|b", "-a", "a or", "a and and b"]
)
def test_what_is_no_condition_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not 'item' or 'item=answer'"):
        parse_condition(text)


def test_none_at_all_always_holds() -> None:
    assert Condition().truth(lambda atom: False) is True
    assert not Condition() and Condition().deciding(lambda atom: None) == ()


def test_and_binds_closer_than_or() -> None:
    assert truth("a or b and c", a=True, b=False, c=False) is True
    assert truth("a or b and c", a=False, b=True, c=False) is False
    assert truth("a or b and c", a=False, b=True, c=True) is True


def test_what_is_not_answered_stays_open_unless_it_cannot_matter() -> None:
    assert truth("a and b", a=True) is None
    assert truth("a and b", a=False) is False
    assert truth("a or b", a=True) is True
    assert truth("a or b", a=False) is None
    assert truth("a and b or c and d", a=False, c=False) is False


def test_it_is_known_exactly_where_every_way_of_answering_agrees() -> None:
    """Held against trying out every completion, for all truths of four atoms."""
    for text in ("a and b or c and d", "a or b and c or d", "a and b and c and d", "a or b or c or d"):
        condition = parse_condition(text)
        for values in product((True, False, None), repeat=4):
            known = dict(zip("abcd", values, strict=True))
            completions = set()
            for filled in product((True, False), repeat=4):
                whole = dict(zip("abcd", filled, strict=True))
                if all(known[name] in (None, whole[name]) for name in "abcd"):
                    completions.add(condition.truth(lambda atom, whole=whole: whole[atom.item]))
            wanted = completions.pop() if len(completions) == 1 else None
            assert condition.truth(lambda atom, known=known: known[atom.item]) is wanted


def test_deciding_names_the_open_atoms_that_could_make_it_true() -> None:
    condition = parse_condition("a and b or c and d or a and d")
    known = {"a": True, "b": None, "c": False, "d": None}
    assert [atom.item for atom in condition.deciding(lambda atom: known[atom.item])] == ["b", "d"]
    assert condition.deciding(lambda atom: False) == ()


def test_its_atoms_come_in_the_order_written() -> None:
    assert [str(atom) for atom in parse_condition("b=x or a and c=y|z").atoms()] == ["b=x", "a", "c=y|z"]
