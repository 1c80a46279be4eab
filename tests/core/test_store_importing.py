"""A case from another machine: the longer log counts where one is the beginning of the other, whoever else is at it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from oxtui.cases.events import Document
from oxtui.errors import StoreError
from oxtui.store import pasted_line
from oxtui.store.local.store import LocalStore
from oxtui.store.pasted_line import import_case
from tests.core.store_help import CLOCK, add, case, entry, home_with

SUMMARY = {"domain": "a.com", "text": "a.com"}


def longer(document: Document, *whats: str) -> Document:
    log = list(document["log"])
    for what in whats:
        log.append(entry(document["id"], len(log) + 1, what))
    return {**document, "log": log}


def bring(store: LocalStore, theirs: Document, restore: Any = lambda document, here: document) -> Document | None:
    return import_case(
        store, theirs, restore, lambda document: document["log"][-1]["what"] == "closed", lambda document: SUMMARY
    )


def test_a_longer_log_takes_the_place_of_its_beginning(tmp_path: Path) -> None:
    store, first = LocalStore(tmp_path, CLOCK), case()
    second = longer(first, "ticked")
    told: list[Document | None] = []

    def restore(document: Document, here: Document | None) -> Document:
        told.append(here)
        return document

    for step in (first, second, longer(second, "noted", "ticked")):
        assert bring(store, step, restore) == step == store.get(first["id"])
    assert told == [None, first, second]


def test_a_closed_case_goes_to_the_archive_and_an_open_one_comes_out(tmp_path: Path) -> None:
    mine = case()
    store = home_with(tmp_path, mine)
    closed = longer(mine, "ticked", "closed")
    assert bring(store, closed) == closed
    assert store.get(mine["id"]) is None and store.archive.get(mine["id"]) == closed
    assert bring(store, mine) == closed, "an older line changes nothing"
    back = longer(closed, "reopened")
    assert bring(store, back) == back
    assert store.get(mine["id"]) == back and store.archive.get(mine["id"]) is None


def test_two_ways_are_not_merged(tmp_path: Path) -> None:
    mine = case()
    store = home_with(tmp_path, longer(mine, "ticked"))
    assert bring(store, longer(mine, "noted")) is None
    assert store.get(mine["id"]) != mine and len(store.snapshot()) == 1


def test_somebody_who_is_quicker_is_looked_at(tmp_path: Path) -> None:
    mine = case()
    store, other = home_with(tmp_path, mine), LocalStore(tmp_path, CLOCK)
    theirs, calls = longer(mine, "ticked"), []

    def slow(document: Document, here: Document | None) -> Document:
        calls.append(here)
        if len(calls) == 1:
            add(other, mine["id"], "noted")
        return document

    assert bring(store, theirs, slow) is None, "here it went another way meanwhile"
    assert [event["what"] for event in store.snapshot()[mine["id"]]["log"][3:]] == ["noted"] and len(calls) == 1

    same = case()
    assert bring(store, same, lambda document, here: (other.get(same["id"]) or other.create(same), document)[1]) == same
    assert store.get(same["id"]) == same


def test_it_is_not_tried_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pasted_line, "TRIES", 3)
    mine = case()
    store, theirs = home_with(tmp_path, mine), longer(mine, "ticked")
    monkeypatch.setattr(store, "replace", lambda *given: ())
    with pytest.raises(StoreError, match="all the time"):
        bring(store, theirs)
    assert store.get(mine["id"]) == mine
