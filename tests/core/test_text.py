"""Text from outside: nothing hostile is left in it, nothing honest is lost, and it is cut to its room."""

from __future__ import annotations

import re
import sys
import time
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rich.cells import cell_len

from oxtui.text import cells, clean, clip, did_you_mean, first_few, plural, sentence, series
from tests.core.hostile import HOSTILE, SHORT
from tests.core.text_help import ACTS, everything, hostile

# -- clean


def assert_clean(text: str) -> None:
    for lines in (False, True):
        cleaned = clean(text, lines=lines)
        assert not ACTS.search(cleaned)
        assert lines or not re.search(r"[\t\n]", cleaned)
        assert clean(cleaned, lines=lines) == cleaned
        assert unicodedata.is_normalized("NFC", cleaned)
        cleaned.encode("utf-8")


@hostile
def test_nothing_hostile_is_left(text: str) -> None:
    assert_clean(text)


@given(everything)
def test_nothing_hostile_is_left_in_any_text(text: str) -> None:
    assert_clean(text)


@given(st.text(st.sampled_from("\x1b]52;c\x07\x9b\u200d\ufe0f\u0301\u0300e\r\n\t\u2028\ud83d\ude00\U000e0041가ᄀ")))
@example("e\u200b\u0301")  # a mark that joins its letter once the invisible character between them is removed
@example("\u1100\u200b\u1161")
def test_nothing_hostile_is_left_in_mixtures(text: str) -> None:
    assert_clean(text)


def test_no_character_of_unicode_gets_through_that_steers_or_hides() -> None:
    shown_formats = set("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd")
    left = []
    for number in range(sys.maxunicode + 1):
        character = chr(number)
        cleaned = clean(character)
        assert clean(cleaned) == cleaned and len(cleaned) <= 3
        if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp") and cleaned not in ("", " "):
            left.append(character)
    assert set(left) == shown_formats  # number signs of Arabic and the like, which are drawn


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "plain",
        "bücher 日本 한국 שלום مرحبا ที่อยู่ बोद",
        "😀🎉",
        "[bold]x[/]",
        "a\u00a0b",
        "%s {x} $(id)",
        "it's £1",
    ],
)
def test_what_is_honest_stays_as_it_is(text: str) -> None:
    assert clean(text) == clean(text, lines=True) == unicodedata.normalize("NFC", text)


@pytest.mark.parametrize(
    ("text", "one_line", "lines"),
    [
        ("a\nb", "a b", "a\nb"),
        ("a\r\nb", "a b", "a\nb"),
        ("a\rb", "a b", "a\nb"),
        ("a\n\n\tb", "a b", "a\n\n\tb"),
        ("a\u2028b\u2029c\x85d\ve\ff", "a b c d e f", "a\nb\nc\nd\ne\nf"),
        ("e\u0301", "é", "é"),
        ("e\u200b\u0301", "é", "é"),
        ("\x1b]52;c;aGk=\x07", "]52;c;aGk=", "]52;c;aGk="),
        ("\ufeffexample.com\0", "example.com", "example.com"),
        ("❤\ufe0f", "❤", "❤"),
        ("👩\u200d👧", "👩👧", "👩👧"),
        ("e" + "\u0323" * 50, "\u1eb9" + "\u0323" * 8, "\u1eb9" + "\u0323" * 8),
    ],
)
def test_line_breaks_and_marks(text: str, one_line: str, lines: str) -> None:
    assert clean(text) == one_line
    assert clean(text, lines=True) == lines


@pytest.mark.parametrize("text", [t for t in HOSTILE.values() if len(t) >= 50_000])
def test_long_text_is_kept_whole_and_cleaned_fast(text: str) -> None:
    begun = time.thread_time()
    clean(text, lines=True)
    assert time.thread_time() - begun < 0.25
    assert len(clean("x" * 100_000)) == 100_000


# -- cells and clip


@hostile
@pytest.mark.parametrize("width", [0, 1, 2, 7, 40])
def test_a_cut_text_never_takes_more_room(text: str, width: int) -> None:
    for given_text in (clean(text), text):
        cut = clip(given_text, width)
        assert cell_len(cut) <= width
        if cut != given_text and width:
            assert cut.endswith("…") and given_text.startswith(cut[:-1])


@given(everything, st.integers(-1, 30), st.sampled_from(["…", "", "...", "日"]))
def test_any_text_is_cut_to_any_width(text: str, width: int, sign: str) -> None:
    cut = clip(text, width, sign)
    assert cell_len(cut) <= max(0, width)
    if width > 0 and cell_len(text) <= width:
        assert cut == text


@pytest.mark.parametrize(
    ("text", "width", "cut"),
    [
        ("example.com", 11, "example.com"),
        ("example.com", 10, "example.c…"),
        ("日本語", 6, "日本語"),
        ("日本語", 5, "日本…"),
        ("日本語", 4, "日…"),
        ("日本語", 1, "…"),
        ("日本語", 0, ""),
        ("éé\u0323é", 2, "é…"),
        ("e\u0323\u0323e\u0323\u0323e", 2, "e\u0323\u0323…"),
        ("שלום עולם", 5, "שלום…"),
        ("", 3, ""),
    ],
)
def test_where_it_is_cut(text: str, width: int, cut: str) -> None:
    assert clip(text, width) == cut


def test_another_sign_and_one_that_has_no_room() -> None:
    assert clip("abcdef", 5, "...") == "ab..."
    assert clip("abcdef", 2, "...") == "ab"
    assert clip("abcdef", 3, "") == "abc"


def test_cutting_takes_time_for_what_is_shown_only() -> None:
    text = "é" * 1_000_000
    begun = time.thread_time()
    for _ in range(100):
        clip(text, 40)
    assert (time.thread_time() - begun) / 100 < 0.002


def test_cells_counts_what_a_terminal_does() -> None:
    assert [cells(t) for t in ("", "abc", "日本", "e\u0323", "a日")] == [0, 3, 4, 1, 3]


def test_the_corpus_is_large_enough() -> None:
    assert len(set(HOSTILE.values())) >= 200 and len(SHORT) >= 200


def test_counts_and_lists_in_words() -> None:
    assert [plural(number, "line") for number in (0, 1, 2)] == ["0 lines", "1 line", "2 lines"]
    assert [plural(number, "mailbox", "mailboxes") for number in (1, 2)] == ["1 mailbox", "2 mailboxes"]
    assert [series(["a", "b", "c"][:number]) for number in range(4)] == ["", "a", "a and b", "a, b and c"]
    assert [first_few(["a", "b", "c"][:number], 2) for number in range(4)] == ["", "a", "a, b", "a, b and 1 more"]
    assert (sentence("DNS at noon"), sentence("the MX"), sentence("")) == ("DNS at noon", "The MX", "")
    assert did_you_mean("TICK", ["tick", "skip"]) == " (did you mean 'tick'?)" and not did_you_mean("q", ["tick"])
