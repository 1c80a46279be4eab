"""Between the open cases and the history a crash loses nothing and doubles nothing."""

from __future__ import annotations

import os
import random
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from oxtui.cases.events import Document
from oxtui.errors import StoreError
from oxtui.store.cases import OpenCases
from oxtui.store.closing import close_out, close_within, reopen, settle
from oxtui.store.history import History
from tests.core.store_help import CLOCK, LONG, add, case, entry, home_with, start


def summarise(document: Document) -> dict[str, Any]:
    return {"domain": "example.com.au", "text": "example.com.au", "ending": "complete", "agent": "kim"}


def closed(document: Document) -> Document:
    return {**document, "log": [*document["log"], entry(document["id"], len(document["log"]) + 1, "closed")]}


def test_closing_moves_the_case_and_twice_is_once(tmp_path: Path) -> None:
    first, second = case(), case()
    cases, history = home_with(tmp_path, first, second), History(tmp_path)
    done = closed(first)
    for _ in range(2):
        close_out(cases, history, done, summarise(done))
    assert list(cases.snapshot()) == [second["id"]]
    assert history.get(first["id"]) == done
    assert history.count() == 1


def test_closing_is_refused_when_another_pane_went_on(tmp_path: Path) -> None:
    first = case()
    cases, history = home_with(tmp_path, first), History(tmp_path)
    add(OpenCases(tmp_path, CLOCK), first["id"])
    with pytest.raises(StoreError, match="another pane"):
        close_out(cases, history, closed(first), {})
    assert history.count() == 0
    with pytest.raises(StoreError, match="not open"):
        close_out(cases, history, closed(case()), {})


def test_reopening_brings_it_back_with_one_entry_more(tmp_path: Path) -> None:
    first = case()
    cases, history = home_with(tmp_path, first), History(tmp_path)
    done = closed(first)
    close_out(cases, history, done, summarise(done))
    back = reopen(cases, history, first["id"], [entry(first["id"], 5, "reopened")])
    assert [e["what"] for e in back["log"]][-2:] == ["closed", "reopened"]
    assert cases.get(first["id"]) == back
    assert history.get(first["id"]) is None
    with pytest.raises(StoreError, match="no such case"):
        reopen(cases, history, "nobody", [])


def test_what_a_crash_left_half_done_is_finished(tmp_path: Path) -> None:
    one, two, three, four = (case() for _ in range(4))
    cases, history = home_with(tmp_path, one, closed(two), three, four), History(tmp_path)
    history.add(closed(one), summarise(one))  # closing: written there, not yet removed here
    back = closed(three)
    history.add(back, summarise(back))  # reopening: written here, not yet removed there
    with cases.transaction() as change:
        change.append(three["id"], [back["log"][-1], entry(three["id"], 5, "reopened")])
    assert set(settle(cases, history, summarise)) == {one["id"], two["id"], three["id"]}
    assert set(cases.snapshot()) == {three["id"], four["id"]}
    assert history.holds([one["id"], two["id"], three["id"], four["id"]]) == {one["id"], two["id"]}
    assert settle(cases, history, summarise) == []


def test_a_closed_case_that_the_history_has_lost_is_written_there_again(tmp_path: Path) -> None:
    done = closed(case())
    cases, history = home_with(tmp_path, done), History(tmp_path)
    assert settle(cases, history, summarise) == [done["id"]]
    assert history.get(done["id"]) == done and not cases.snapshot()


def test_where_nothing_is_half_done_a_start_waits_for_nobody(tmp_path: Path) -> None:
    emptied = case(0)  # by hand
    cases, history = home_with(tmp_path, case(), emptied), History(tmp_path)
    with OpenCases(tmp_path, CLOCK).lock():
        assert settle(cases, history, summarise) == []


def test_a_case_resurrected_by_a_restoration_goes_back_to_the_history(tmp_path: Path) -> None:
    one = case()
    cases, history = home_with(tmp_path, one), History(tmp_path)
    close_out(cases, history, closed(one), summarise(one))
    (tmp_path / "cases.json").write_bytes(b"")
    again = OpenCases(tmp_path, CLOCK)
    assert list(again.snapshot()) == [one["id"]]
    assert settle(again, history, summarise) == [one["id"]]
    assert history.count() == 1


def test_a_close_that_cannot_be_written_has_not_happened(tmp_path: Path) -> None:
    first = case()
    cases, history = home_with(tmp_path, first), History(tmp_path)
    done = closed(first)
    with pytest.raises(ZeroDivisionError), cases.transaction() as change:
        close_within(change, history, done, {})
        assert history.count() == 1
        raise ZeroDivisionError
    assert history.count() == 0
    assert cases.get(first["id"]) == first
    history.add(done, {})  # and where even that could not be taken back, and work went on
    new = add(cases, first["id"])
    settle(cases, history, summarise)
    assert history.count() == 0
    assert cases.snapshot()[first["id"]]["log"] == [*first["log"], new]


CYCLE = """
from oxtui.store.closing import *; from oxtui.store.history import *
cases, history = OpenCases(Path(A[0]), CLOCK), History(Path(A[0]))
settle(cases, history, lambda document: {})
while True:
    document = cases.get(A[1])
    if document is None:
        document = reopen(cases, history, A[1], [entry(A[1], len(history.get(A[1])["log"]) + 1, "reopened")])
    else:
        new = entry(A[1], len(document["log"]) + 1, "closed")
        document = {**document, "log": [*document["log"], new]}
        close_out(cases, history, document, {})
    print(document["log"][-1]["id"], flush=True)
"""


@pytest.mark.skipif(os.name == "nt", reason="there is no kill -9")
def test_kill_9_while_closing_and_reopening(tmp_path: Path) -> None:
    rng = random.Random(7)
    first = case()
    cases, history = home_with(tmp_path, first), History(tmp_path)
    shown: list[str] = []
    in_both = 0
    for _ in range(300 if LONG else 12):
        with start(CYCLE, tmp_path, first["id"]) as other:
            assert other.stdout is not None
            shown.append(other.stdout.readline().strip())
            time.sleep(rng.random() * 0.02)
            other.send_signal(signal.SIGKILL)
            shown += [line.strip() for line in other.stdout if line.endswith("\n")]
        in_both += first["id"] in cases.snapshot() and history.get(first["id"]) is not None
        settle(cases, history, summarise)
        here, there = cases.get(first["id"]), history.get(first["id"])
        assert (here is None) != (there is None), "the case is in both places, or in none"
        log = (here or there or {})["log"]
        assert set(shown) <= {e["id"] for e in log}
        assert [e["seq"] for e in log] == list(range(1, len(log) + 1))
    print(f"{len(shown)} closings and reopenings shown, found in both places {in_both} times")


def test_a_case_can_be_closed_within_a_transaction(tmp_path: Path) -> None:
    first = case()
    cases, history = home_with(tmp_path, first), History(tmp_path)
    with cases.transaction() as change:
        document = change.get(first["id"])
        assert document is not None
        close_within(change, history, closed(document), summarise(document))
    assert cases.snapshot() == {}
    assert history.count() == 1
