"""Patterns are matched as the engine of `re` matches them, and in a time that grows with the text alone."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oxtui.playbook.build import digest_of, procedure_from_data
from oxtui.playbook.load import load
from oxtui.playbook.patterns import MOST_CHARACTERS, BadPattern, check_pattern, fits
from oxtui.playbook.pins import load_pin, save_pin
from tests.core.load_sample import write

USUAL = (
    "[A-Z][A-Z0-9]{1,9}-[0-9]{1,7}", "[0-9]{5,10}", r"(?:[0-9]{1,3}\.){3}[0-9]{1,3}", "[A-Z]+(?:-[0-9]+)*",
    "(?:[A-Z]+-)+[0-9]+", r"(?:INC|REQ|CHG)\d{7}", r"(?i)[a-z]+-\d+", r"\w+@\w+\.com", r"#?\d+", "(?P<box>x)[0-9]+",
    "[^]]+", r"\x41+", "(?!0000)[0-9]{4}", "{}", "a{", r"(?:\d{4}[ -]?){3}\d{4}", "(?#a remark)[0-9]+",
    r"\N{DIGIT ONE}",
)  # fmt: skip
TWICE = ("([A-Z]+)+-[0-9]+", "(.*)*x", r"(\w+\s?)*x", "((a+))+", "(?:b|a*)*", "(a{2,})+")
NOT_UNDERSTOOD = (
    r"(\w)\1+", r"(?P<a>\w)(?P=a)", "(a)?(?(1)b|c)", "a++", "(?>a+)", "(?x) a", "(?m)a", "(?i:a)", "(", "[",
    "a{99999999999}", "(" * 300 + "a" + ")" * 300,
)  # fmt: skip


@pytest.mark.parametrize("pattern", USUAL)
def test_what_floors_use_is_taken(pattern: str) -> None:
    check_pattern(pattern)


@pytest.mark.parametrize("pattern", TWICE)
def test_what_repeats_a_repetition_is_refused(pattern: str) -> None:
    with pytest.raises(BadPattern, match="repeats a repetition"):
        check_pattern(pattern)


@pytest.mark.parametrize("pattern", NOT_UNDERSTOOD)
def test_what_is_not_understood_is_told(pattern: str) -> None:
    with pytest.raises(BadPattern):
        check_pattern(pattern)


@pytest.mark.parametrize(
    ("pattern", "text", "right"),
    [
        ("HOST-[0-9]+", "HOST-4412", True),
        ("HOST-[0-9]+", "HOST-4412 ", False),
        ("HOST-[0-9]+", "host-4412", False),
        ("(?i)HOST-[0-9]+", "host-4412", True),
        (r"\d+", "٣٤", False),
        ("[0-9]{5,10}", "1234", False),
        ("[0-9]{5,10}", "12345678901", False),
        ("(?!0000)[0-9]{4}", "0000", False),
        ("(?!0000)[0-9]{4}", "0001", True),
        ("a|ab|abc", "abc", True),
        (".*", "x" * MOST_CHARACTERS, True),
        (".*", "x" * (MOST_CHARACTERS + 1), False),
    ],
)
def test_what_fits(pattern: str, text: str, right: bool) -> None:
    assert fits(pattern, text) is right


parts = st.recursive(
    st.sampled_from(["a", "b", "[ab]", "-", r"\d", ".", "[^a]", "^", "$", r"\b", r"\B", r"\Z", r"\w"]),
    lambda inner: st.one_of(
        st.builds("{}{}".format, inner, inner),
        st.builds("(?:{}){}".format, inner, st.sampled_from(["", "*", "+", "?", "{2,}", "{1,3}", "{2}", "*?"])),
        st.builds("(?:{}|{}){}".format, inner, inner, st.sampled_from(["", "*", "+", "?"])),
        st.builds("({}{})".format, st.sampled_from(["?=", "?!", "?:", ""]), inner),
    ),
    max_leaves=8,
)


@settings(max_examples=400, deadline=None)
@given(parts, st.text("ab-1\n", max_size=7))
def test_it_fits_where_the_usual_engine_says_so(pattern: str, text: str) -> None:
    assert fits(pattern, text) == (re.fullmatch(pattern, text, re.ASCII) is not None)


@settings(max_examples=200, deadline=None)
@given(parts)
def test_no_text_takes_long(pattern: str) -> None:
    """Texts that fit nearly, at the length at which the usual engine would take years."""
    begun = time.process_time()
    for text in ("a" * 199 + "!", "ab" * 99 + "!", "aab-" * 49 + "!"):
        fits(pattern, text)
    assert time.process_time() - begun < 5, pattern


@pytest.mark.parametrize("pattern", [*TWICE, "(a|a)*b", "(a|aa)+b", r"\d*\d*\d*\d*x", "(?:a?){60}a{60}", "((ab)*)*c"])
def test_what_stops_the_usual_engine_does_not_stop_this_one(pattern: str) -> None:
    begun = time.process_time()
    for text in ("a" * 199, "A" * 199, "1" * 199, "ab" * 99):
        fits(pattern, text)
    assert time.process_time() - begun < 1


@settings(max_examples=400, deadline=None)
@given(st.lists(st.sampled_from([*"a([)]^$|*+?{1,}2\\d-.:=!<", "(?:", "(?P<n>", "(?i)", "[^", "\\x41"]), max_size=9))
def test_whatever_compiles_is_read_or_refused(pieces: list[str]) -> None:
    pattern = "".join(pieces)
    try:
        check_pattern(pattern)
    except BadPattern as error:
        assert str(error)
    else:
        re.compile(pattern, re.ASCII)


@pytest.mark.parametrize(("pattern", "kept"), [("([A-Z]+)+-[0-9]+", "([A-Z]+)+-[0-9]+"), (r"(\w+)-\1", ".*")])
def test_the_steps_of_an_older_case_are_opened_all_the_same(tmp_path: Path, pattern: str, kept: str) -> None:
    """Any text fits a form that is not understood any more."""
    data = dict(load(write(tmp_path / "config")).playbook.procedure.data)
    data["patterns"] = {"jira": {"pattern": pattern, "example": "HOST-4412"}}
    assert procedure_from_data(data)[0] is None
    old, _ = procedure_from_data(data, checks=False)
    assert old and old.digest == digest_of(data)
    save_pin(tmp_path, old)
    assert load_pin(tmp_path, old.digest).patterns == {"jira": (kept, "HOST-4412")}
