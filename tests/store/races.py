"""What a store of cases has to hold where two are at it, and where a process is killed."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from typing import Any

import pytest

from oxtui.cases.events import Document, new_id
from oxtui.errors import Negative, NotOpen, StoreError, Unsaved
from oxtui.store.interface import CaseStore
from oxtui.store.logs import Missed, last_seq
from tests.core.store_help import LONG, add, entry, start
from tests.store.contract import SUMMARY, made, seqs, whole
from tests.store.places import Place


def at_once(*calls: tuple[Any, ...]) -> list[Any]:
    """What the calls (a function and what it is given) give at the same time, or the error that they raise."""
    gate = threading.Barrier(len(calls))
    results: list[Any] = [None] * len(calls)

    def run(number: int) -> None:
        call, *given = calls[number]
        gate.wait()
        try:
            results[number] = call(*given)
        except (Negative, StoreError) as error:
            results[number] = error

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results


def add_many(store: CaseStore, case_id: str, count: int) -> list[Document]:
    return [add(store, case_id) for _ in range(count)]


class Races:
    def test_nobody_overtakes_anybody(self, place: Place) -> None:
        """Threads on two handles: each decides again where it missed something."""
        handles = (place.handle(), place.handle())
        case_id = made(handles[0])["id"]
        results = at_once(*((add_many, handles[n % 2], case_id, 8) for n in range(4)))
        written = {event["id"] for each in results for event in each}
        assert len(written) == 32
        assert written <= {event["id"] for event in whole(place.handle(), case_id)["log"]}
        for handle in handles:
            assert seqs(handle.snapshot()[case_id]) == list(range(1, 36))

    def test_a_writer_never_reads_older_than_it_wrote(self, place: Place) -> None:
        """Another thread of the same pane reads all the time; other panes write, too."""
        store, other = place.handle(), place.handle()
        case_id = made(store)["id"]
        done = threading.Event()
        seen: list[int] = []

        def read() -> None:
            while not done.is_set():
                store.snapshot()
                seen.append(last_seq(store.peek()[case_id]))

        readers = [threading.Thread(target=read) for _ in range(2)]
        for reader in readers:
            reader.start()
        for number in range(40):
            new = add(other if number % 4 == 3 else store, case_id)
            if number % 4 != 3:
                assert last_seq(store.peek()[case_id]) >= new["seq"]
        done.set()
        for reader in readers:
            reader.join(60)
        assert store.take_restored() == [] and seqs(whole(store, case_id)) == list(range(1, 44)) and seen

    def test_processes_lose_and_double_nothing(self, place: Place) -> None:
        code = """
from tests.store.places import opened
store = opened(A[0])
for _ in range(int(A[2])):
    print(add(store, A[1])["id"])
"""
        store, count = place.handle(), 200 if LONG else 25
        case_id = made(store)["id"]
        others = [start(code, place.address, case_id, count) for _ in range(3)]
        ids = [line for other in others for line in other.communicate()[0].split()]
        assert [other.returncode for other in others] == [0, 0, 0] and len(set(ids)) == 3 * count
        assert set(ids) <= {event["id"] for event in whole(store, case_id)["log"]}

    def test_one_of_two_appends_wins(self, place: Place) -> None:
        one, two = place.handle(), place.handle()
        case_id = made(one)["id"]
        for after in range(3, 23 if LONG else 11):
            mine, theirs = entry(case_id, after + 1), entry(case_id, after + 1)
            results = at_once((one.append, case_id, after, [mine]), (two.append, case_id, after, [theirs]))
            assert sorted(results, key=bool) in ([None, (mine,)], [None, (theirs,)])
            assert whole(one, case_id)["log"][-1] == (mine if results[0] is None else theirs)

    def test_closing_and_appending(self, place: Place) -> None:
        one, two = place.handle(), place.handle()
        for _ in range(30 if LONG else 8):
            case_id = made(one)["id"]
            end, new = entry(case_id, 4, "closed"), entry(case_id, 4)
            closed, added = at_once((one.close, case_id, 3, [end], SUMMARY), (two.append, case_id, 3, [new]))
            log = whole(one, case_id)["log"][3:]
            if closed is None:
                assert isinstance(added, NotOpen) and log == [end]
            else:
                assert closed == (new,) and added is None and log == [new]

    def test_closing_at_once_closes_once(self, place: Place) -> None:
        one, two = place.handle(), place.handle()
        for _ in range(20 if LONG else 6):
            case_id = made(one)["id"]
            ends = [entry(case_id, 4, "closed") for _ in range(2)]
            results = at_once((one.close, case_id, 3, [ends[0]], SUMMARY), (two.close, case_id, 3, [ends[1]], SUMMARY))
            assert {type(result) for result in results} == {type(None), NotOpen}
            assert whole(one, case_id)["log"][3:] == [ends[results.index(None)]]

    def test_reopening_at_once_reopens_once(self, place: Place) -> None:
        one, two = place.handle(), place.handle()
        for _ in range(20 if LONG else 6):
            case_id = made(one)["id"]
            assert one.close(case_id, 3, [entry(case_id, 4, "closed")], SUMMARY) is None
            news = [entry(case_id, 5, "reopened") for _ in range(2)]
            results = at_once((one.reopen, case_id, 4, [news[0]]), (two.reopen, case_id, 4, [news[1]]))
            winner = results.index(None)
            assert results[1 - winner] == (news[winner],)
            assert whole(one, case_id)["log"][4:] == [news[winner]]

    def test_dropping_and_appending(self, place: Place) -> None:
        one, two = place.handle(), place.handle()
        for _ in range(30 if LONG else 8):
            case_id = made(one, what="details")["id"]
            new = entry(case_id, 4, "details")
            dropped, added = at_once((one.drop, case_id, 3), (two.append, case_id, 3, [new]))
            if dropped is None:
                assert isinstance(added, NotOpen) and one.get(case_id) is None
            else:
                assert dropped == (new,) and added is None and seqs(whole(one, case_id)) == [1, 2, 3, 4]

    def test_nobody_waits_for_an_archive_that_somebody_holds(self, place: Place) -> None:
        one, two = place.handle(), place.handle()
        first, second = made(one), made(one)
        closed: list[Missed | str] = ["not yet"]

        def close() -> None:
            closed[0] = one.close(first["id"], 3, [entry(first["id"], 4, "closed")], SUMMARY)

        with place.archive_held() as holder:
            closing = threading.Thread(target=close)
            closing.start()
            for _ in range(10):  # the close tries and waits all the while
                add(two, second["id"])
                assert two.get(first["id"]) == first and len(two.snapshot()) == 2
            with pytest.raises(Unsaved):
                two.archive.by_domain("example.com.au")
            assert closing.is_alive() and closed == ["not yet"] and holder.poll() is None, "held all the while"
            assert holder.stdin is not None
            holder.stdin.close()
            closing.join(60)
        assert closed == [None] and seqs(whole(two, first["id"])) == [1, 2, 3, 4]
        assert len(whole(two, second["id"])["log"]) == 13


WORKER = """
import random
from oxtui.store.logs import last_seq
from tests.store.places import opened
store, chance, ids = opened(A[0]), random.Random(int(A[1])), A[2:]
store.settle(lambda document: {})
while True:
    case_id = chance.choice(ids)
    document, what = store.get(case_id), chance.choice(("ticked", "ticked", "closed"))
    if document is None:
        document, what = store.archive.get(case_id), "reopened"
    if document is None:
        continue  # closed and open again between the two
    after = last_seq(document)
    new = entry(case_id, after + 1, what)
    try:
        if what == "closed":
            missed = store.close(case_id, after, [new], {})
        elif what == "reopened":
            missed = store.reopen(case_id, after, [new])
        else:
            missed = store.append(case_id, after, [new])
    except NotOpen:
        continue
    if missed is None:
        print(case_id, new["id"], flush=True)
"""


class Crashes:
    @pytest.mark.skipif(os.name == "nt", reason="there is no kill -9")
    def test_kill_9_of_two_that_close_and_reopen_the_same_cases(self, place: Place) -> None:
        chance, store = random.Random(11), place.handle()
        ids = [made(store)["id"] for _ in range(3)]
        shown: list[tuple[str, str]] = []
        code = "from oxtui.errors import NotOpen\n" + WORKER
        for number in range(150 if LONG else 8):
            with start(code, place.address, number, *ids) as one, start(code, place.address, -number - 1, *ids) as two:
                for other in (one, two):
                    assert other.stdout is not None
                    shown.append(_pair(other.stdout.readline()))
                time.sleep(chance.random() * 0.05)
                for other in (one, two):
                    other.send_signal(signal.SIGKILL)  # type: ignore[attr-defined]
                for other in (one, two):
                    assert other.stdout is not None
                    shown += [_pair(line) for line in other.stdout if line.endswith("\n")]
            store.settle(lambda document: SUMMARY)
            cases = {case_id: whole(store, case_id) for case_id in ids}
            there = {(case_id, event["id"]) for case_id, kept in cases.items() for event in kept["log"]}
            assert set(shown) <= there
        assert len(shown) == len(set(shown)) and store.take_restored() == []
        print(f"{len(shown)} events shown, none lost")

    def test_a_call_whose_answer_was_lost_is_made_again(self, place: Place) -> None:
        """Whatever the moment of the crash: the next process sends the same events, and each is there once."""
        store, chance = place.handle(), random.Random(5)
        for number in range(60 if LONG else 6):
            document = made(store)
            case_id, ids = document["id"], [new_id(), new_id(), new_id()]
            with start(RESENT, place.address, case_id, *ids) as other:
                assert other.stdout is not None and other.stdout.readline() == "begun\n"
                time.sleep(chance.random() * 0.03)
                other.kill()
            with start(RESENT, place.address, case_id, *ids) as again:
                assert again.communicate()[0] == "begun\ndone\n", number
            store.settle(lambda document: SUMMARY)
            assert [event["id"] for event in whole(store, case_id)["log"][3:]] == ids
            assert store.get(case_id) is not None, "it was reopened last"


RESENT = """
from tests.store.places import opened
store, case_id = opened(A[0]), A[1]
print("begun", flush=True)
assert store.append(case_id, 3, [entry(case_id, 4, event_id=A[2])]) is None
assert store.close(case_id, 4, [entry(case_id, 5, "closed", event_id=A[3])], {}) is None
assert store.reopen(case_id, 5, [entry(case_id, 6, "reopened", event_id=A[4])]) is None
print("done", flush=True)
"""


def _pair(line: str) -> tuple[str, str]:
    case_id, _, event_id = line.strip().partition(" ")
    return case_id, event_id
