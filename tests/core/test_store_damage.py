"""A damaged case file is set aside, what is good is restored, and nothing is lost without a word."""

from __future__ import annotations

import json
import os
import random
import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from oxtui.cases.events import FORMAT
from oxtui.clock import Clock
from oxtui.errors import NewerFormat, StoreError
from oxtui.store.local import layout
from oxtui.store.local.copies import LAST
from oxtui.store.local.lock import locked
from oxtui.store.local.recovery import altered, gaps, merge
from oxtui.store.local.salvage import salvage
from oxtui.store.local.store import LocalStore
from oxtui.store.logs import last_seq
from oxtui.store.restored import report
from tests.core.store_help import CLOCK, LONG, NOW, add, case, entry, entry_ids, home_with, intact_ids


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Three cases, the second with an entry that only the newest file has."""
    cases = home_with(tmp_path / "home", case(), case(2), case(1))
    add(cases, list(cases.snapshot())[1])
    return tmp_path / "home"


def forget_last_write(home: Path) -> None:
    """As where the power was cut: what the last write changed is only in the case file."""
    (home / "backups" / LAST).unlink()


def damage(home: Path, data: bytes) -> LocalStore:
    (home / "cases.json").write_bytes(data)
    return LocalStore(home, CLOCK)


WORTHLESS = (
    b"", b"\0" * 500, b"not JSON", b"[]", b"null", b"{}", b'{"cases": []}', b'{"cases": {"1": 7}}',
    b"\xff\xfe{",
    b'{"cases": {"1": {"id": "x", "format": 1, "log": [{}]}}}', b"[" * 100_000, b'{"other": {}}', b"{}\n{}",
)  # fmt: skip


@pytest.mark.parametrize("data", WORTHLESS, ids=lambda data: repr(data[:24]))
def test_a_worthless_file_is_set_aside_and_the_previous_one_restored(home: Path, data: bytes) -> None:
    last = LocalStore(home, CLOCK).snapshot()
    cases = damage(home, data)
    now = cases.snapshot()
    assert list(now) == list(last)
    (told,) = cases.take_restored()
    assert told.copy == "cases.previous.json"
    assert told.written_at is not None
    assert told.cases == 3
    assert {one.case_id: one.what for one in told.last} == {id: now[id]["log"][-1]["what"] for id in now}
    assert told.quarantined is not None
    assert told.quarantined.parent == home / "quarantine"
    assert told.quarantined.name.startswith("cases-20261122-000000-")
    assert told.quarantined.read_bytes() == data
    assert entry_ids(last.values()) == entry_ids(now.values()), "what the last write changed lies beside the file"
    assert cases.take_restored() == []
    again = LocalStore(home, CLOCK)
    assert again.snapshot() == now
    assert again.take_restored() == []


def test_a_transaction_finds_the_restored_state(home: Path) -> None:
    case_id = next(iter(LocalStore(home, CLOCK).snapshot()))
    cases = damage(home, b"")
    add(cases, case_id)
    assert len(cases.snapshot()[case_id]["log"]) == 4
    assert len(cases.take_restored()) == 1


def test_an_open_pane_gives_back_what_only_it_still_holds(home: Path) -> None:
    forget_last_write(home)
    holder, reader = LocalStore(home, CLOCK), LocalStore(home, CLOCK)
    whole = holder.snapshot()
    (home / "cases.json").write_bytes(b"")
    assert entry_ids(reader.snapshot().values()) < entry_ids(whole.values())
    assert len(reader.take_restored()) == 1
    assert holder.snapshot() == whole
    (told,) = holder.take_restored()
    assert told.put_back == 1
    assert reader.snapshot() == whole
    assert LocalStore(home, CLOCK).snapshot() == whole


def test_an_open_pane_that_finds_the_damage_itself_loses_nothing(home: Path) -> None:
    forget_last_write(home)
    cases = LocalStore(home, CLOCK)
    whole = cases.snapshot()
    (home / "cases.json").write_bytes(b"")
    assert cases.snapshot() == whole
    (told,) = cases.take_restored()
    assert (told.put_back, told.lost) == (1, 0)


def test_a_case_that_only_a_pane_holds_is_put_back(tmp_path: Path) -> None:
    holder = home_with(tmp_path, case(), case())
    whole = holder.snapshot()
    forget_last_write(tmp_path)
    reader = LocalStore(tmp_path, CLOCK)
    (tmp_path / "cases.json").write_bytes(b"")
    assert len(reader.snapshot()) == 1
    assert holder.snapshot() == whole


def test_a_case_that_another_pane_removed_is_not_put_back(home: Path) -> None:
    holder, other = LocalStore(home, CLOCK), LocalStore(home, CLOCK)
    case_id = next(iter(holder.snapshot()))
    assert other.drop(case_id, 3) is None
    assert case_id not in holder.snapshot()
    assert case_id not in other.snapshot()


def test_a_case_that_was_closed_after_a_restoration_is_not_put_back(home: Path) -> None:
    forget_last_write(home)
    holder, other = LocalStore(home, CLOCK), LocalStore(home, CLOCK)
    gone = next(iter(holder.snapshot().values()))
    (home / "cases.json").write_bytes(b"")
    other.open()
    assert other.close(gone["id"], 3, [entry(gone["id"], 4, "closed")], {}) is None
    assert gone["id"] not in holder.snapshot()
    assert len(holder.take_restored()) == 1, "the entry of another case was put back"


def test_what_could_not_be_put_back_is_put_back_later(home: Path) -> None:
    forget_last_write(home)
    holder, other = LocalStore(home, CLOCK, lock_timeout=0.05), LocalStore(home, CLOCK)
    whole = holder.snapshot()
    (home / "cases.json").write_bytes(b"")
    other.open()
    with locked(home / "cases.lock"):
        assert entry_ids(holder.snapshot().values()) < entry_ids(whole.values())
    assert holder.make_sure() is None and holder.snapshot() != whole
    new = add(holder, next(iter(whole)))
    assert entry_ids(holder.snapshot().values()) == entry_ids(whole.values()) | {new["id"]}


def test_what_two_panes_hold_is_put_back_once(home: Path) -> None:
    one, two = LocalStore(home, CLOCK), LocalStore(home, CLOCK)
    whole = one.snapshot()
    assert two.snapshot() == whole
    copy = (home / "backups" / "cases.previous.json").read_bytes()
    (home / "cases.json").unlink()
    (home / "cases.json").write_bytes(copy)
    assert one.snapshot() == two.snapshot() == whole
    assert [len(each.take_restored()) for each in (one, two)] == [1, 0]


def test_a_missing_file_is_restored_but_a_new_home_is_empty(home: Path, tmp_path: Path) -> None:
    (home / "cases.json").unlink()
    cases = LocalStore(home, CLOCK)
    assert len(cases.snapshot()) == 3
    (told,) = cases.take_restored()
    assert told.quarantined is None
    new = LocalStore(tmp_path / "new", CLOCK)
    new.open()
    assert new.snapshot() == {}
    assert new.take_restored() == []


def test_one_broken_case_costs_no_other(home: Path) -> None:
    whole = LocalStore(home, CLOCK).snapshot()
    shutil.rmtree(home / "backups")
    ids = list(whole)
    data = (home / "cases.json").read_bytes()
    lines = data.split(b"\n")
    cut = len(lines[2]) - 100
    cases = damage(home, b"\n".join([*lines[:2], lines[2][:cut], *lines[3:]]))
    now = cases.snapshot()
    assert now[ids[0]] == whole[ids[0]]
    assert now[ids[2]] == whole[ids[2]]
    assert now[ids[1]]["log"] == whole[ids[1]]["log"][:2]
    (told,) = cases.take_restored()
    assert (told.copy, told.lost) == ("", 1)
    assert [one.case_id for one in told.last] == [ids[1]]


@pytest.mark.parametrize("opened", ["", "yesterday", "2026-11-22T00:00:00"])
def test_a_case_whose_time_of_opening_cannot_be_read_was_opened_at_its_first_entry(tmp_path: Path, opened: str) -> None:
    first, second = case(), case()
    home_with(tmp_path, first, second)
    path = tmp_path / "cases.json"
    path.write_text(path.read_text().replace(first["opened_at"], opened, 1))
    shutil.rmtree(tmp_path / "backups")
    snapshot = LocalStore(tmp_path, CLOCK).snapshot()
    assert {name: document["log"] for name, document in snapshot.items()} == {
        each["id"]: each["log"] for each in (first, second)
    }
    assert snapshot[first["id"]]["opened_at"] == first["log"][0]["at"]


@pytest.mark.parametrize(("written", "read"), [(f'"format": {FORMAT}', FORMAT), ('"format": 1', 1), ('"form', 1)])
def test_a_case_keeps_its_format_where_it_can_still_be_read(home: Path, written: str, read: int) -> None:
    """One that does not say it is taken for an old one, of which every event is looked at."""
    shutil.rmtree(home / "backups")
    text = (home / "cases.json").read_text()
    first = next(iter(LocalStore(home, CLOCK).snapshot()))
    damaged = text.replace(f'"format": {FORMAT}', written, 1).replace(f'"{first}", ', f'"{first}", !', 1)
    cases = damage(home, damaged.encode())
    assert cases.snapshot()[first]["format"] == read


def test_beyond_the_backups_nothing_is_touched(home: Path) -> None:
    shutil.rmtree(home / "backups")
    cases = damage(home, b"nothing at all")
    for _ in range(2):
        with pytest.raises(StoreError, match="beyond the backups") as told:
            cases.snapshot()
    assert told.value.exit_code == 3
    assert (home / "cases.json").read_bytes() == b"nothing at all"
    assert not list((home / "quarantine").glob("*")) if (home / "quarantine").exists() else True


def test_a_damaged_previous_copy_gives_what_it_can_and_an_older_one_the_rest(home: Path) -> None:
    whole = LocalStore(home, CLOCK).snapshot()
    previous = home / "backups" / "cases.previous.json"
    data = previous.read_bytes()
    previous.unlink()
    previous.write_bytes(data[:-40])
    cases = damage(home, b"")
    now = cases.snapshot()
    (told,) = cases.take_restored()
    assert told.copy in ("cases-20261122T00.json", "cases-20261122.json")
    assert entry_ids(now.values()) >= entry_ids(list(whole.values())[:2]) - {whole[list(whole)[1]]["log"][-1]["id"]}


def test_a_hand_edited_entry_stays_and_is_told(home: Path) -> None:
    path = home / "cases.json"
    path.write_bytes(path.read_bytes().replace(b'"ticked"', b'"forged"', 1))
    cases = LocalStore(home, CLOCK)
    document = next(iter(cases.snapshot().values()))
    assert altered(document) == [2]
    assert document["log"][1]["what"] == "forged"
    assert cases.take_restored() == []


def test_verifying_mends_from_an_older_copy_and_names_what_it_cannot(home: Path) -> None:
    forget_last_write(home)
    path = home / "cases.json"
    whole = LocalStore(home, CLOCK).snapshot()
    path.write_bytes(path.read_bytes().replace(b'"agent": "kim"', b'"agent": "eve"'))
    cases = LocalStore(home, CLOCK)
    newest = list(whole)[1]
    assert cases.verify() == {newest: [3]}
    assert len(cases.take_restored()) == 1
    assert entry_ids(cases.snapshot().values()) == entry_ids(whole.values())
    assert cases.verify() == {newest: [3]}
    assert cases.take_restored() == []


def test_a_still_older_copy_has_the_right_entry(home: Path) -> None:
    whole = LocalStore(home, CLOCK).snapshot()
    first = next(iter(whole))
    path = home / "cases.json"
    path.write_bytes(path.read_bytes().replace(b'"ticked"', b'"forged"', 1))
    late = LocalStore(home, Clock(NOW + timedelta(hours=2)))
    new = add(late, list(whole)[2])  # now this hour's copy and the previous one hold the forged entry too
    (home / "backups" / "cases-20261122T00.json").unlink()
    (home / "backups" / "cases-20261122.json").write_bytes(
        b'{"cases": {\n' + layout.line_of("1", whole[first]) + b"\n}}\n"
    )
    os.utime(home / "backups" / "cases-20261122.json", (1, 1))
    assert late.verify() == {}
    now = late.snapshot()
    assert now[first] == whole[first]
    assert now[list(whole)[2]]["log"][-1] == new


def test_a_case_whose_id_was_changed_gets_it_back(home: Path) -> None:
    path = home / "cases.json"
    whole = LocalStore(home, CLOCK).snapshot()
    case_id = next(iter(whole))
    path.write_bytes(path.read_bytes().replace(case_id.encode(), b"x" * 12))
    cases = LocalStore(home, CLOCK)
    assert cases.verify() == {}
    assert cases.snapshot() == whole


def test_the_file_cut_at_every_byte_loses_nothing_that_was_there_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("oxtui.store.local.cases.SECOND_LOOK", 0)
    home, keep = tmp_path / "home", tmp_path / "keep"
    newest = add(home_with(home, case(1), document := case(1)), document["id"])["id"]
    data = (home / "cases.json").read_bytes()
    before = LocalStore(home, CLOCK).snapshot()
    home.rename(keep)
    # the usual run takes every fifth byte, and each of the last ones
    for length in range(len(data)) if LONG else [*range(0, len(data) - 40, 5), *range(len(data) - 40, len(data))]:
        shutil.copytree(keep, home)
        cases = damage(home, data[:length])
        now = cases.snapshot()
        assert entry_ids(before.values()) - entry_ids(now.values()) <= {newest}
        if length < len(data) - 1:  # the last byte is a line feed
            (told,) = cases.take_restored()
            assert told.quarantined is not None
            assert told.quarantined.read_bytes() == data[:length]
        assert now == LocalStore(home, CLOCK).snapshot()
        shutil.rmtree(home)


def test_bit_flips_lose_nothing_without_a_word(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("oxtui.store.local.cases.SECOND_LOOK", 0)
    rng = random.Random(3)
    data = (home / "cases.json").read_bytes()
    before = LocalStore(home, CLOCK).snapshot()
    everything = entry_ids(before.values())
    keep = home.parent / "keep"
    home.rename(keep)
    outcome = {"newer": 0, "restored": 0, "altered": 0, "unharmed": 0}
    for _ in range(2000 if LONG else 120):
        place = rng.randrange(len(data) * 8)
        flipped = bytearray(data)
        flipped[place // 8] ^= 1 << place % 8
        shutil.copytree(keep, home)
        cases = damage(home, bytes(flipped))
        try:
            first = cases.snapshot()
            wrong = cases.verify()
        except NewerFormat:
            assert (home / "cases.json").read_bytes() == bytes(flipped)
            outcome["newer"] += 1
        else:
            now, told = cases.snapshot(), cases.take_restored()
            assert set(now) == set(before) or told or wrong
            missing = everything - intact_ids(now)
            if missing:
                # it is in the one entry that no copy has: then it is there and marked, or told as lost
                assert len(missing) == 1
                assert wrong or any(one.lost or one.altered for one in told)
            if told:
                outcome["restored"] += 1
            elif wrong:
                outcome["altered"] += 1
            else:
                assert entry_ids(first.values()) == everything
                outcome["unharmed"] += 1
            add(cases, next(iter(now)))
        shutil.rmtree(home)
    print(outcome)


def test_merging_prefers_the_entry_that_is_right() -> None:
    document = case()
    bad = {**document["log"][1], "what": "forged"}
    other = {**document, "log": [document["log"][0], bad, document["log"][2]]}
    assert merge(other, document) == document
    assert merge(document, other) is document
    strange = {**bad, "id": "another23456"}
    assert merge({**document, "log": [strange]}, document) == document
    old = {**document, "format": 1, "log": document["log"][:2]}
    assert merge(old, document)["format"] == merge(old, {"log": []}, document)["format"] == FORMAT, "as its last event"
    assert merge(old, old)["format"] == 1
    assert altered(other) == [2]
    assert gaps({**document, "log": [document["log"][2]]}) == [1, 2]


def test_salvage_reads_a_file_that_tinydb_laid_out(tmp_path: Path) -> None:
    import json

    first, second = case(), case()
    text = json.dumps({"cases": {"1": first, "2": second}})
    assert salvage(text.encode()).by_id == {first["id"]: first, second["id"]: second}
    cut = salvage(text[:-60].encode()).by_id
    assert cut[first["id"]] == first
    assert cut[second["id"]]["log"] == second["log"][:2]


def test_an_older_file_under_a_newer_previous_copy_is_noticed_with_no_pane_open(tmp_path: Path) -> None:
    store = home_with(tmp_path, case(), case())
    older = (tmp_path / "cases.json").read_bytes()
    for case_id in store.snapshot():
        add(store, case_id)
    store.create(case())
    whole = store.snapshot()
    (tmp_path / "cases.json").write_bytes(older)
    again = LocalStore(tmp_path, CLOCK)
    assert again.snapshot() == whole
    (restored,) = again.take_restored()
    assert restored.put_back == 5 and "older copy" in " ".join(report(restored, CLOCK))
    assert LocalStore(tmp_path, CLOCK).snapshot() == whole
    assert LocalStore(tmp_path, CLOCK).take_restored() == []


@pytest.mark.parametrize("cut", [1, 2, 3])
def test_a_log_cut_at_its_end_is_given_back(home: Path, cut: int) -> None:
    whole = LocalStore(home, CLOCK).snapshot()
    tables = json.loads((home / "cases.json").read_bytes())
    del tables["cases"]["2"]["log"][-cut:]
    again = damage(home, json.dumps(tables).encode())
    assert again.snapshot() == whole
    assert len(again.take_restored()) == 1


def test_what_was_dropped_or_closed_last_is_not_taken_for_lost(home: Path) -> None:
    store = LocalStore(home, CLOCK)
    first, second, third = store.snapshot()
    for other, leave in ((LocalStore(home, CLOCK), first), (LocalStore(home, CLOCK), third)):
        number = last_seq(store.snapshot()[leave])
        if leave == first:
            assert other.drop(leave, number) is None
        else:
            assert other.close(leave, number, [entry(leave, number + 1, "closed")], {}) is None
        again = LocalStore(home, CLOCK)
        assert leave not in again.snapshot() and again.take_restored() == []
    assert list(store.snapshot()) == [second]


def test_what_the_last_write_changed_is_an_aid_and_no_condition(home: Path) -> None:
    whole = LocalStore(home, CLOCK).snapshot()
    for data in (b"", b"{", b"[1]", (home / "cases.json").read_bytes()[:-9]):
        (home / "backups" / LAST).write_bytes(data)
        again = LocalStore(home, CLOCK)
        assert again.snapshot() == whole and again.take_restored() == []
