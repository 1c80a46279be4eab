"""The playbook is written in our own words, and in few."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from oxtui.playbook.load import load
from tests.core.facts.files import CONFIG, config_files, digest
from tests.core.facts.table import CHAT, MOVE_LINK, Facts

EXACT = (
    CHAT,
    MOVE_LINK,
    "Does not want OX mail Migration",
    "Accounts that need reversals and their credentials",
    "TEMPLATE : OX-Mail Issues(Send/receive)",
    "Microsoft 365 - Email Deluxe",
    "Microsoft 365 - Email Essentials",
    "Microsoft 365 - Online Business Basic",
    "OX mail - Email Deluxe",
    "DNS with us",
    "DNS Not with us",
)
"""Names, labels and option values of six words and more, or beside others: they have to be the article's."""


@pytest.fixture(scope="module")
def facts() -> Facts:
    return Facts(load(CONFIG).playbook)


def test_no_six_words_in_a_row_are_the_articles() -> None:
    known = set((Path(__file__).parent / "article_shingles.txt").read_text("utf-8").split())
    assert len(known) > 1000
    copied = [
        f"{path.name}: {words}"
        for path in config_files()
        for words in _runs(path.read_text("utf-8"))
        if digest(words) in known
    ]
    assert copied == []


def test_the_measure_of_our_own_words_finds_a_copy() -> None:
    known = set((Path(__file__).parent / "article_shingles.txt").read_text("utf-8").split())
    assert digest("does not want ox mail migration") in known
    assert not any(digest(words) in known for words in _runs(f'copy: "{EXACT[2]}"'))


def test_texts_fit_a_checklist(facts: Facts) -> None:
    for scenario in facts.procedure.scenarios.values():
        for item in scenario.items():
            assert len(item.text) <= 60, item.text
            assert item.done, item.id
            assert len(item.done) <= 34, item.done
            assert not item.text.endswith("."), item.text
            assert not item.say or item.say.endswith((".", "?")), item.say


def _runs(text: str) -> Iterator[str]:
    """Every six words in a row, in lower case; an exact name parts what is before and after it."""
    for name in sorted(EXACT, key=len, reverse=True):
        text = re.sub(re.escape(name), "\0", text, flags=re.IGNORECASE)
    for part in text.split("\0"):
        words = re.findall(r"[a-z0-9]+", part.lower())
        yield from (" ".join(words[at : at + 6]) for at in range(len(words) - 5))
