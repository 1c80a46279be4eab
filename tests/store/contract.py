"""What a store of cases has to do, whichever it is; `test_contract.py` tries it on each kind of store."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import pytest

from oxtui.cases.events import FORMAT, Document
from oxtui.errors import Negative, NewerFormat, NotOpen, StoreError, Unsaved
from oxtui.store.interface import CaseStore
from tests.core.store_help import add, case, entry
from tests.drive.waiting import PATIENCE
from tests.store.places import Place

SUMMARY = {"domain": "example.com.au", "ending": "complete", "text": "example.com.au kookaburra"}


def made(store: CaseStore, events: int = 3, what: str = "ticked") -> Document:
    """A new open case."""
    document = case(events, what=what)
    store.create(document)
    return document


def seqs(document: Document | None) -> list[int]:
    assert document is not None
    return [event["seq"] for event in document["log"]]


def whole(store: CaseStore, case_id: str) -> Document:
    """The case, which has to be in exactly one place."""
    here, there = store.get(case_id), store.archive.get(case_id)
    end = time.monotonic() + PATIENCE
    while store.floor and (here is None) == (there is None) and time.monotonic() < end:
        time.sleep(0.05)  # two questions to a server, which others change in between
        here, there = store.get(case_id), store.archive.get(case_id)
    assert (here is None) != (there is None), f"open: {here is not None}, closed: {there is not None}"
    found = here or there
    assert found is not None and seqs(found) == list(range(1, len(found["log"]) + 1)), "each number once, in order"
    assert len({event["id"] for event in found["log"]}) == len(found["log"])
    return found


class Contract:
    def test_a_new_place_is_empty(self, place: Place) -> None:
        store = place.handle()
        assert store.snapshot() == store.peek() == {} and store.get("nobody") is None
        assert store.archive.recent() == store.archive.search("x") == store.archive.by_domain("x.au") == []
        assert store.archive.count() == 0 and store.archive.get("nobody") is None
        assert store.settle(lambda document: SUMMARY) == [] and store.take_restored() == [] and store.verify() == {}

    def test_a_created_case_is_seen_by_every_handle(self, place: Place) -> None:
        one, two = place.handle(), place.handle()
        before = two.stamp()
        document = made(one)
        assert one.peek() == {document["id"]: document}, "the writer need not look"
        assert two.peek() == {} and two.stamp() != before
        assert two.get(document["id"]) == document and two.peek() == two.snapshot() == one.snapshot()

    def test_creating_again_changes_nothing(self, place: Place) -> None:
        one, two = place.handle(), place.handle()
        document = made(one)
        new = add(two, document["id"])
        for store in (one, two):
            store.create(document)
            assert store.snapshot() == {document["id"]: {**document, "log": [*document["log"], new]}}
        with pytest.raises(StoreError, match="id"):
            one.create(case(3, document["id"]))

    def test_what_is_no_case_is_refused_and_not_tried_again(self, place: Place) -> None:
        store = place.handle()
        wrong: list[Document] = [{**case(), "log": []}, {**case(), "format": 0}, {**case(), "opened_at": "today"}]
        wrong += [{**case(), "log": ["opened"]}, {**case(), "playbook": float("nan")}]
        for document in wrong:
            with pytest.raises(StoreError) as refused:
                store.create(document)
            assert not isinstance(refused.value, Unsaved)
        with pytest.raises(NewerFormat):
            store.create({**case(), "format": FORMAT + 1})
        assert store.snapshot() == {}

    def test_events_go_behind_the_one_that_was_seen_last(self, place: Place) -> None:
        one, two = place.handle(), place.handle()
        case_id = made(one)["id"]
        ours = [entry(case_id, 4), entry(case_id, 5)]
        assert one.append(case_id, 3, ours) is None
        theirs = entry(case_id, 4)
        assert two.append(case_id, 3, [theirs]) == tuple(ours), "the events missed, and nothing written"
        assert two.append(case_id, 9, [entry(case_id, 10)]) == ()
        assert seqs(one.get(case_id)) == [1, 2, 3, 4, 5]
        assert two.append(case_id, 5, [entry(case_id, 6, event_id=theirs["id"])]) is None
        assert [event["id"] for event in one.snapshot()[case_id]["log"][3:]] == [
            ours[0]["id"],
            ours[1]["id"],
            theirs["id"],
        ]

    def test_sending_twice_writes_once(self, place: Place) -> None:
        one, two = place.handle(), place.handle()
        case_id = made(one)["id"]
        ours = [entry(case_id, 4), entry(case_id, 5)]
        for store in (one, two, one):
            assert store.append(case_id, 3, ours) is None
        add(two, case_id)
        assert one.append(case_id, 3, ours) is None, "somebody went on meanwhile"
        assert seqs(two.get(case_id)) == [1, 2, 3, 4, 5, 6]

    def test_events_that_cannot_follow_are_refused(self, place: Place) -> None:
        store = place.handle()
        document = made(store)
        case_id = document["id"]
        forged = {**entry(case_id, 4), "agent": "eve"}
        twice = [entry(case_id, 4, event_id="same"), entry(case_id, 5, event_id="same")]
        taken = [entry(case_id, 4, event_id=document["log"][1]["id"]), entry(case_id, 5)]
        wrong: list[list[Any]] = [[], [entry(case_id, 5)], [entry(case_id, 4), entry(case_id, 6)], [forged], ["x"]]
        for events in (*wrong, [entry("another", 4)], [{"id": "x"}], twice, taken):
            for change in (store.append, lambda *given: store.close(*given, SUMMARY)):  # type: ignore[call-arg]
                with pytest.raises(StoreError) as refused:
                    change(case_id, 3, events)
                assert not isinstance(refused.value, Unsaved)
        assert store.snapshot() == {case_id: document} and store.archive.count() == 0

    def test_a_case_keeps_its_format_until_something_is_added(self, place: Place) -> None:
        store = place.handle()
        old = {**case(), "format": 1}
        store.create(old)
        assert place.handle().get(old["id"]) == old
        add(store, old["id"])
        assert place.handle().snapshot()[old["id"]]["format"] == FORMAT
        assert store.close(old["id"], 4, [entry(old["id"], 5, "closed")], SUMMARY) is None
        closed = store.archive.get(old["id"])
        assert closed is not None and closed["format"] == FORMAT

    def test_what_was_handed_out_does_not_change(self, place: Place) -> None:
        store = place.handle()
        document = made(store)
        held, snapshot = store.get(document["id"]), store.snapshot()
        add(store, document["id"])
        document["log"].clear()
        assert seqs(held) == seqs(snapshot[held["id"]] if held else None) == [1, 2, 3]
        assert store.peek() == store.snapshot() == place.handle().snapshot()

    def test_a_closed_case_is_found_by_its_phone_number_however_it_is_typed(self, place: Place) -> None:
        store = place.handle()
        document = made(store)
        store.close(document["id"], 3, [entry(document["id"], 4, "closed")], {**SUMMARY, "text": "Jo 0299555123"})
        for text in ("0299 555 123", "(02) 9955-5123", "+61 2 9955 5123"):
            assert [row["id"] for row in store.archive.search(text)] == [document["id"]], text
        assert store.archive.search("0299 555 124") == []

    def test_closing_moves_a_case_to_the_archive(self, place: Place) -> None:
        one, two = place.handle(), place.handle()
        first, second = made(one), made(one)
        end = entry(first["id"], 4, "closed")
        for store in (one, two, one):
            assert store.close(first["id"], 3, [end], SUMMARY) is None
        assert two.snapshot() == {second["id"]: second} and one.get(first["id"]) is None
        assert two.archive.get(first["id"]) == {**first, "log": [*first["log"], end]}
        (row,) = two.archive.search("kooka")
        assert row == {
            "id": first["id"],
            "domain": "example.com.au",
            "ending": "complete",
            "opened_at": first["opened_at"],
            "closed_at": end["at"],
        }
        assert two.archive.recent() == two.archive.by_domain("EXAMPLE.com.au") == two.archive.all() == [row]
        assert two.archive.holds([first["id"], second["id"]]) == {first["id"]} and two.archive.count() == 1

    def test_closing_is_refused_where_somebody_went_on(self, place: Place) -> None:
        one, two = place.handle(), place.handle()
        case_id = made(one)["id"]
        new = add(two, case_id)
        assert one.close(case_id, 3, [entry(case_id, 4, "closed")], SUMMARY) == (new,)
        assert one.archive.count() == 0 and seqs(whole(one, case_id)) == [1, 2, 3, 4]

    def test_what_is_closed_takes_nothing_but_what_it_has(self, place: Place) -> None:
        one, two = place.handle(), place.handle()
        case_id = made(one)["id"]
        new = add(one, case_id)
        assert one.close(case_id, 4, [entry(case_id, 5, "closed")], SUMMARY) is None
        assert two.append(case_id, 3, [new]) is None, "it was written before it was closed"
        for change in (two.append, lambda *given: two.close(*given, SUMMARY)):  # type: ignore[call-arg]
            with pytest.raises(NotOpen):
                change(case_id, 4, [entry(case_id, 5)])
        with pytest.raises(NotOpen):
            two.drop(case_id, 4)
        with pytest.raises(NotOpen):
            two.append("nobody", 4, [entry("nobody", 5)])
        assert issubclass(NotOpen, Negative) and seqs(whole(two, case_id)) == [1, 2, 3, 4, 5]

    def test_reopening_takes_it_out_of_the_archive(self, place: Place) -> None:
        one, two = place.handle(), place.handle()
        case_id = made(one)["id"]
        end = entry(case_id, 4, "closed")
        assert one.close(case_id, 3, [end], SUMMARY) is None
        again = entry(case_id, 5, "reopened")
        assert two.reopen(case_id, 3, [entry(case_id, 4, "reopened")]) == (end,)
        for store in (two, one):
            assert store.reopen(case_id, 4, [again]) is None
        assert two.reopen(case_id, 4, [entry(case_id, 5, "reopened")]) == (again,)
        assert seqs(whole(one, case_id)) == [1, 2, 3, 4, 5] and one.get(case_id) is not None
        assert one.archive.search("kookaburra") == [] and one.archive.count() == 0
        assert one.close(case_id, 3, [end], SUMMARY) is None, "said late: it was so, and is no more"
        assert one.get(case_id) is not None
        assert one.close(case_id, 5, [entry(case_id, 6, "closed")], SUMMARY) is None
        assert two.reopen(case_id, 4, [again]) is None and two.get(case_id) is None
        with pytest.raises(Negative):
            two.reopen("nobody", 1, [entry("nobody", 2)])

    def test_a_case_is_dropped_where_nobody_wrote_since(self, place: Place) -> None:
        one, two = place.handle(), place.handle()
        first, second = made(one, what="details"), made(one)
        new = add(two, first["id"], "details")
        assert one.drop(first["id"], 3) == (new,)
        assert one.drop(first["id"], 4) is None and two.drop(first["id"], 4) is None
        assert two.snapshot() == {second["id"]: second} and two.archive.count() == 0
        with pytest.raises(NotOpen):
            two.append(first["id"], 4, [entry(first["id"], 5)])

    def test_a_case_from_elsewhere_takes_the_place_of_the_one_here(self, place: Place) -> None:
        one, two = place.handle(), place.handle()
        document = case()
        case_id = document["id"]
        longer = {**document, "log": [*document["log"], entry(case_id, 4)]}
        closed = {**longer, "log": [*longer["log"], entry(case_id, 5, "closed")]}
        back = {**closed, "log": [*closed["log"], entry(case_id, 6, "reopened")]}
        assert one.replace(document, 2) == (), "there is no such case"
        steps: list[tuple[Document, int, Mapping[str, Any] | None]] = [(document, 0, None), (longer, 3, None)]
        steps += [(closed, 4, SUMMARY), (back, 5, None), (closed, 6, SUMMARY)]
        for step, after, summary in steps:
            for store in (one, two):
                assert store.replace(step, after, summary) is None
            assert whole(two, case_id) == step and (two.get(case_id) is None) == (summary is not None)
        assert two.replace(case(4, case_id), 3) == tuple(closed["log"][3:])
        assert whole(one, case_id) == closed

    def test_a_store_that_is_asked_to_be_sure_is(self, place: Place) -> None:
        store = place.handle()
        store.make_sure()
        made(store)
        store.make_sure()
        store.open()
        assert len(store.snapshot()) == 1
