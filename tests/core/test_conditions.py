"""Conditions: how they are read, and what they say while answers are missing or an item does not apply."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oxtui.playbook.conditions import (
    MOST_DEPTH,
    NOT_APPLICABLE,
    Atom,
    Condition,
    Join,
    Node,
    Not,
    Over,
    Reading,
    Truth,
    joined,
    parse_condition,
)

BOXES = ("one", "two")


class Told(Reading):
    """Reads conditions off a table: the truth of each atom by item, or by item and mailbox."""

    def __init__(
        self,
        known: Mapping[str, Truth],
        by_box: Mapping[str, tuple[Truth, ...]] | None = None,
        boxes: tuple[str, ...] = BOXES,
        bare: Literal["any", "all"] = "any",
    ) -> None:
        self.known = known
        self.by_box = by_box or {}
        self.boxes = boxes
        self.bare = bare

    def mailboxes(self) -> tuple[str, ...]:
        return self.boxes

    def is_each(self, item: str) -> bool:
        return item in self.by_box

    def atom(self, atom: Atom, mailbox: str) -> Truth:
        return self.by_box[atom.item][self.boxes.index(mailbox)] if mailbox else self.known.get(atom.item)


def truth(text: str, **known: Truth) -> Truth:
    root = parse_condition(text).root
    assert root is not None
    return Told(known).truth(root)


def each(text: str, mailbox: str = "", bare: Literal["any", "all"] = "any", **by_box: tuple[Truth, ...]) -> Truth:
    root = parse_condition(text).root
    assert root is not None
    return Told({}, by_box, bare=bare).truth(root, mailbox)


# -- the grammar
@pytest.mark.parametrize(
    "text",
    ["a", "a=yes", "a=no|yes", "billed-now=yearly or b=x and c", "9=1", "not a", "a and (b or not c=x)", "any(a or b)",
     "all(a and not (b or c))", "not any(a)"],
)  # fmt: skip
def test_what_is_read_is_written_the_same(text: str) -> None:
    assert str(parse_condition(text)) == text


atoms = st.builds(
    Atom,
    st.sampled_from(["a", "b-c", "order", "notes", "any-mail"]),
    st.sets(st.sampled_from(["x", "not-yet", "and"])).map(frozenset),
)


def _flat(word: Literal["and", "or"], parts: list[Node]) -> Node:
    """As the parser gives it: no `and` directly within an `and`."""
    rows = [each.parts if isinstance(each, Join) and each.word == word else (each,) for each in parts]
    return Join(word, tuple(part for row in rows for part in row))


nodes: st.SearchStrategy[Node] = st.recursive(
    atoms,
    lambda inner: st.one_of(
        inner.map(Not),
        st.builds(Over, st.sampled_from(["any", "all"]), inner),
        st.builds(_flat, st.sampled_from(["and", "or"]), st.lists(inner, min_size=2, max_size=3)),
    ),
    max_leaves=12,
)


@given(nodes)
def test_any_condition_reads_back_as_it_was_written(node: Node) -> None:
    told = [dict(zip("xy", values, strict=True)) for values in product((True, False, None), repeat=2)]
    again = parse_condition(str(Condition(node))).root
    assert again is not None
    for known in told:
        reading = Told({"a": known["x"], "b-c": known["y"], "order": True, "notes": False})
        assert reading.truth(again) is reading.truth(node), str(Condition(node))


def test_blanks_and_the_order_of_answers_do_not_matter() -> None:
    assert parse_condition("  a = y|x   or (b )") == parse_condition("a=x|y or b")
    assert parse_condition("a\n  and b") == parse_condition("a and b")


@pytest.mark.parametrize("text", ["=yes", "a==b", "A=yes", "a=Yes", "a=|b", "-a", "a&b", "a, b", "a=x|"])
def test_what_is_no_item_is_told(text: str) -> None:
    with pytest.raises(ValueError, match="is not 'item' or 'item=answer'"):
        parse_condition(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "it is empty"),
        ("a or", "ends where an item is expected"),
        ("a and and b", "'and' stands where an item is expected"),
        ("a b", "'b' stands where 'and' or 'or' is expected"),
        ("(a or b", "a bracket is not closed"),
        ("a)", r"'\)' stands where 'and' or 'or' is expected"),
        ("any a", r"'any' needs brackets: any\(...\)"),
        ("()", r"'\)' stands where an item is expected"),
        ("not", "ends where an item is expected"),
        ("(" * (MOST_DEPTH + 2) + "a" + ")" * (MOST_DEPTH + 2), "nested more than"),
        ("not " * 5000 + "a", "nested more than"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_place(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse_condition(text)


def test_a_word_of_the_grammar_may_be_an_answer() -> None:
    assert list(parse_condition("a=not|any").atoms()) == [Atom("a", frozenset({"not", "any"}))]


def test_a_named_condition_is_put_in_whole() -> None:
    named = {"entitled": parse_condition("pin or answers=two")}
    found = parse_condition("owner and not entitled", named)
    assert str(found) == "owner and not (pin or answers=two)"
    assert found.items() == ("owner", "pin", "answers")
    assert str(parse_condition("entitled=x", named)) == "entitled=x", "with an answer it is an item"


def test_its_atoms_come_in_the_order_written() -> None:
    condition = parse_condition("b=x or a and not (c=y|z or any(b=y))")
    assert [str(atom) for atom in condition.atoms()] == ["b=x", "a", "c=y|z", "b=y"]
    assert condition.items() == ("b", "a", "c")
    assert not Condition() and Condition().items() == () and str(Condition()) == ""


# -- the logic
def test_not_binds_closest_then_and_then_or() -> None:
    assert truth("a or b and c", a=True, b=False, c=False) is True
    assert truth("(a or b) and c", a=True, b=False, c=False) is False
    assert truth("not a and b", a=False, b=False) is False
    assert truth("not (a and b)", a=False, b=False) is True


def test_what_is_not_answered_stays_open_unless_it_cannot_matter() -> None:
    assert truth("a and b", a=True) is None
    assert truth("a and b", a=False) is False
    assert truth("a or b", a=True) is True
    assert truth("a or b", a=False) is None
    assert truth("not a") is None


@pytest.mark.parametrize(
    "text", ["a and b or c and d", "a or b and c or d", "(a or b) and (c or d)", "a and not b or c and not d"]
)
def test_it_is_known_exactly_where_every_way_of_answering_agrees(text: str) -> None:
    """Held against trying out every completion, for all truths of four atoms."""
    for values in product((True, False, None), repeat=4):
        known = dict(zip("abcd", values, strict=True))
        completions = set()
        for filled in product((True, False), repeat=4):
            whole = dict(zip("abcd", filled, strict=True))
            if all(known[name] in (None, whole[name]) for name in "abcd"):
                completions.add(truth(text, **whole))
        assert truth(text, **known) is (completions.pop() if len(completions) == 1 else None)


def test_what_does_not_apply_leaves_the_decision_to_the_others() -> None:
    assert truth("a and b", a=NOT_APPLICABLE, b=True) is True
    assert truth("a and b", a=NOT_APPLICABLE, b=False) is False
    assert truth("a or b", a=NOT_APPLICABLE, b=False) is False
    assert truth("a or b", a=NOT_APPLICABLE) is None
    assert truth("not a", a=NOT_APPLICABLE) is NOT_APPLICABLE
    assert joined("and", iter(())) is NOT_APPLICABLE


# -- items that are done for each mailbox
def test_a_bare_item_counts_as_the_reading_says() -> None:
    assert each("a", a=(True, False)) is True
    assert each("a", bare="all", a=(True, False)) is False
    assert each("a", bare="all", a=(True, None)) is None
    assert each("a", bare="all", a=(True, NOT_APPLICABLE)) is True


def test_for_one_mailbox_only_its_own_answer_counts() -> None:
    assert each("a and b", "one", a=(True, False), b=(True, False)) is True
    assert each("a and b", "two", a=(True, False), b=(True, False)) is False


def test_any_and_all_look_at_one_mailbox_after_the_other() -> None:
    by_box: dict[str, Any] = {"a": (True, False), "b": (False, True)}
    assert each("any(a and b)", **by_box) is False, "no mailbox has both"
    assert each("a and b", **by_box) is True, "one has this, another that"
    assert each("all(a or b)", **by_box) is True
    assert each("all(a)", **by_box) is False
    assert each("all(a)", "one", **by_box) is False, "all means all, whichever mailbox is asked about"


def test_without_a_mailbox_nothing_is_known() -> None:
    root = parse_condition("any(a)").root
    assert root is not None
    assert Told({}, {"a": ()}, boxes=()).truth(root) is None


def test_that_something_is_not_so_means_for_no_mailbox_in_every_reading() -> None:
    for bare in ("any", "all"):
        for values, said in (((True, False), False), ((False, False), True), ((None, False), None)):
            reading = Told({}, {"result": values}, bare=bare)  # type: ignore[arg-type]
            root = parse_condition("not result=returned").root
            assert root is not None and reading.truth(root) is said, (bare, values)
    root = parse_condition("not not result=returned").root
    assert root is not None and Told({}, {"result": (True, False)}, bare="all").truth(root) is False
