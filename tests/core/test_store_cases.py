"""The interface to the open cases: what is written is there, others see it, and nothing else happens."""

from __future__ import annotations

import os
import stat
from datetime import timedelta
from pathlib import Path

import pytest
from tinydb import TinyDB

from oxtui.cases.events import FORMAT
from oxtui.clock import Clock
from oxtui.durable import make_folder
from oxtui.errors import NewerFormat, StoreError, Unsaved
from oxtui.store.files import tighten
from oxtui.store.local import layout
from oxtui.store.local.store import LocalStore
from tests.core.store_help import CLOCK, NOW, add, case, entry, home_with, start

OURS, NEWER = f'"format": {FORMAT}'.encode(), f'"format": {FORMAT + 1}'.encode()


def test_nothing_is_touched_before_the_first_use(tmp_path: Path) -> None:
    cases = LocalStore(tmp_path / "home", CLOCK)
    assert cases.snapshot() == {}
    assert cases.stamp() == ()
    assert not (tmp_path / "home").exists()


def test_what_a_transaction_wrote_is_on_the_disk(tmp_path: Path) -> None:
    first, second = case(), case()
    cases = home_with(tmp_path / "home", first, second)
    new = add(cases, first["id"])
    other = LocalStore(tmp_path / "home", CLOCK)
    assert other.get(first["id"]) == {**first, "log": [*first["log"], new]}
    assert other.get(second["id"]) == second
    assert list(other.snapshot()) == [first["id"], second["id"]]
    assert other.get("nobody") is None


def test_plain_tinydb_reads_the_file(tmp_path: Path) -> None:
    first = case()
    home_with(tmp_path / "home", first, case())
    with TinyDB(tmp_path / "home" / "cases.json", access_mode="r") as base:
        table = base.table("cases")
        assert len(table) == 2
        assert table.get(doc_id=1) == first


def test_a_file_that_plain_tinydb_wrote_is_read_and_its_other_tables_stay(tmp_path: Path) -> None:
    first = case()
    with TinyDB(tmp_path / "cases.json") as base:
        base.table("cases").insert(first)
        base.table("mine").insert({"kept": True})
    cases = LocalStore(tmp_path, CLOCK)
    assert cases.get(first["id"]) == first
    add(cases, first["id"])
    with TinyDB(tmp_path / "cases.json", access_mode="r") as base:
        assert base.table("mine").get(doc_id=1) == {"kept": True}
        assert len(base.table("cases").get(doc_id=1)["log"]) == 4  # type: ignore[index, call-overload]
    assert len(LocalStore(tmp_path, CLOCK).snapshot()[first["id"]]["log"]) == 4


def test_a_number_is_not_given_twice_by_two_programs(tmp_path: Path) -> None:
    one, two = LocalStore(tmp_path, CLOCK), LocalStore(tmp_path, CLOCK)
    documents = [case() for _ in range(6)]
    for number, document in enumerate(documents):
        (one, two)[number % 2].create(document)
    assert list(one.snapshot()) == [document["id"] for document in documents]


def test_replacing_keeps_the_place_and_notices_a_change_inside(tmp_path: Path) -> None:
    first, second = case(), case()
    cases = home_with(tmp_path, first, second)
    cases.replace({**first, "playbook": True}, 3)
    cases.replace({**first, "playbook": 1}, 3)
    fresh = LocalStore(tmp_path, CLOCK)
    assert fresh.snapshot()[first["id"]]["playbook"] is not True
    assert list(fresh.snapshot()) == [first["id"], second["id"]]


def test_what_was_handed_in_or_out_does_not_change_behind_the_back(tmp_path: Path) -> None:
    first = case()
    cases = home_with(tmp_path, first)
    before = cases.snapshot()
    first["log"].clear()
    add(cases, first["id"])
    assert len(before[first["id"]]["log"]) == 3
    assert len(cases.snapshot()[first["id"]]["log"]) == 4


def test_the_snapshot_costs_nothing_until_the_file_changes(tmp_path: Path) -> None:
    first, second = case(), case()
    cases = home_with(tmp_path, first, second)
    other = LocalStore(tmp_path, CLOCK)
    before, stamp = other.snapshot(), other.stamp()
    assert other.snapshot() is before
    add(cases, first["id"])
    assert other.stamp() != stamp
    after = other.snapshot()
    assert len(after[first["id"]]["log"]) == 4
    assert after[second["id"]] is before[second["id"]], "an unchanged case was parsed again"


@pytest.mark.parametrize("value", ["ünïcode \U0001f4ec", "\ud800 half", "a\nb\u2028c", '",\n"2": {', "\0"])
def test_any_text_comes_back_as_it_was(tmp_path: Path, value: str) -> None:
    first = case(1)
    first["log"].append(entry(first["id"], 2, "noted", text=value))
    home_with(tmp_path, first)
    data = (tmp_path / "cases.json").read_bytes()
    assert data.isascii()
    assert LocalStore(tmp_path, CLOCK).get(first["id"]) == first


@pytest.mark.parametrize("value", [float("nan"), {1, 2}, b"bytes"])
def test_what_cannot_be_written_is_refused_before_anything_is_touched(tmp_path: Path, value: object) -> None:
    first = case()
    cases = home_with(tmp_path, first)
    stamp = cases.stamp()
    for bad in ({**first, "playbook": value}, {**first, "log": [{"id": "no event"}]}, {**first, "opened_at": "today"}):
        with pytest.raises(StoreError) as refused:
            cases.replace(bad, 3)
        assert not isinstance(refused.value, Unsaved), "it would be tried again for ever"
    assert cases.stamp() == stamp
    add(cases, first["id"])


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_folders_and_files_are_private(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        home_with(tmp_path / "a" / "home", case(), case())
    finally:
        os.umask(old)
    home = tmp_path / "a" / "home"
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in [home, *home.rglob("*")]}
    assert modes["home"] == modes["backups"] == 0o700
    assert {mode for name, mode in modes.items() if "." in name} == {0o600}


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_what_others_could_read_is_made_private_again(tmp_path: Path) -> None:
    store = home_with(tmp_path, case())
    store.archive.add(case(), {})
    for name in ("-journal", "-wal", "-shm"):
        (tmp_path / f"history.sqlite3{name}").write_bytes(b"")
    (tmp_path / "somebody's.txt").touch(0o644)
    loose = [path for path in (tmp_path, *tmp_path.rglob("*")) if path.name != "somebody's.txt"]
    for path in loose:
        path.chmod(0o755 if path.is_dir() else 0o644)
    assert sorted(tighten(tmp_path)) == sorted(loose)
    assert tighten(tmp_path) == []
    assert {path.stat().st_mode & 0o777 for path in loose} == {0o700, 0o600}
    assert (tmp_path / "somebody's.txt").stat().st_mode & 0o777 == 0o644
    (tmp_path / "new").mkdir(0o755)
    assert tighten(tmp_path / "new") == [], "nothing of ours is in it"


def test_a_newer_format_is_left_untouched(tmp_path: Path) -> None:
    first, second = case(), case()
    home_with(tmp_path, first, second)
    path = tmp_path / "cases.json"
    for data in (
        path.read_bytes().replace(OURS, NEWER, 1),
        path.read_bytes().replace(OURS, NEWER)[:-9],
        b'{"cases": {}, "about": {"1": {"format": 7}}}',
        b'{"format": 7, "cases": {}}',
    ):
        path.write_bytes(data)
        cases = LocalStore(tmp_path, CLOCK)
        with pytest.raises(NewerFormat) as told:
            cases.open()
        assert told.value.exit_code == 3
        with pytest.raises(NewerFormat):
            cases.append(first["id"], 3, [entry(first["id"], 4)])
        assert path.read_bytes() == data
        assert not (tmp_path / "quarantine").exists()


def test_dated_copies_are_kept_and_the_oldest_go(tmp_path: Path) -> None:
    first = case(1)
    home_with(tmp_path, first)
    for hours in range(0, 24 * 20, 6):
        cases = LocalStore(tmp_path, Clock(NOW + timedelta(hours=hours)))
        add(cases, first["id"])
    names = sorted(path.name for path in (tmp_path / "backups").iterdir())
    assert len([name for name in names if "T" in name]) == 24
    assert len([name for name in names if "T" not in name]) == 16  # 14 days, the previous file, the last write
    assert layout.read((tmp_path / "backups" / names[0]).read_bytes()).numbers


def test_left_over_temporary_files_are_swept(tmp_path: Path) -> None:
    home_with(tmp_path, case())
    for folder in (tmp_path, tmp_path / "backups"):
        (folder / ".oxtui-99-dead.tmp").write_text("half a file")
    LocalStore(tmp_path, CLOCK).open()
    assert not list(tmp_path.rglob("*.tmp"))


def test_the_first_frame_needs_no_tinydb_and_no_sqlite() -> None:
    with start("import oxtui.store.local.store; print(sorted({'tinydb', 'sqlite3'} & set(sys.modules)))") as other:
        assert other.stdout is not None
        assert other.stdout.read().strip() == "[]"


@pytest.mark.skipif(os.name == "nt", reason="it has no modes")
def test_every_folder_that_is_made_on_the_way_is_private(tmp_path: Path) -> None:
    make_folder(tmp_path / "one" / "two" / "three")
    assert {path.stat().st_mode & 0o777 for path in tmp_path.rglob("*")} == {0o700}
    (tmp_path / "file").touch()
    with pytest.raises(Unsaved, match="not a folder"):
        make_folder(tmp_path / "file" / "two")
