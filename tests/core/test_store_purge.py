"""What is purged is found in no file of the home any more; what is not stays."""

from __future__ import annotations

import os
import threading
from datetime import timedelta
from pathlib import Path

import pytest

from oxtui.cases.events import iso
from oxtui.clock import Clock
from oxtui.errors import Refusal
from oxtui.store.local import layout
from oxtui.store.local.archive import Archive
from oxtui.store.local.lock import locked
from oxtui.store.local.purge import ClockDoubt, be_sure, need_right_clock, purge_at_start, purge_case, purge_older
from oxtui.store.local.store import LocalStore
from tests.core.store_help import CLOCK, NOW, add, case, entry, home_with
from tests.drive.waiting import PATIENCE
from tests.store.places import LocalPlace

MARKER = "zebrafinch"


def marked(marker: str = MARKER) -> dict[str, object]:
    document = case()
    document["log"].append(entry(document["id"], 4, "noted", text=f"{marker} sang at noon"))
    document["log"].append(entry(document["id"], 5))
    return document


def files_with(home: Path, text: str) -> list[str]:
    return sorted(path.name for path in home.rglob("*") if path.is_file() and text.encode() in path.read_bytes())


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A marked case, closed; also in the copies, in a quarantined file and in a damaged one."""
    document, other = marked(), case()
    store = home_with(tmp_path, other, document)
    for _ in range(30):
        filler = marked("wren")
        store.archive.add(filler, {"domain": "wren.com.au", "text": "wren.com.au wren sang"})
    add(LocalStore(tmp_path, Clock(NOW + timedelta(hours=10))), other["id"])
    whole = (tmp_path / "cases.json").read_bytes()
    done = [entry(str(document["id"]), 6, "closed")]
    assert store.close(str(document["id"]), 5, done, {"domain": f"{MARKER}.com.au", "text": f"{MARKER} sang"}) is None
    add(LocalStore(tmp_path, Clock(NOW + timedelta(hours=30))), other["id"])
    (tmp_path / "quarantine").mkdir()
    (tmp_path / "quarantine" / "cases-20261122-000000-aaaa.json").write_bytes(whole)
    (tmp_path / "quarantine" / "cases-20261122-000000-bbbb.json").write_bytes(whole[:-150])
    assert len(files_with(tmp_path, MARKER)) >= 4
    return tmp_path


def the_case(home: Path) -> str:
    return str(Archive(home).search(MARKER)[0]["id"])


def test_a_purged_case_is_found_nowhere(home: Path) -> None:
    store = LocalStore(home, CLOCK)
    history = store.archive
    case_id, before = the_case(home), {path: path.stat().st_mtime_ns for path in (home / "backups").iterdir()}
    purged = purge_case(store, case_id)
    assert purged.cases == (case_id,)
    assert purged.files >= 3
    assert files_with(home, MARKER) == []
    assert files_with(home, case_id) == []
    assert history.count() == 30
    assert len(history.search("wren")) == 30
    assert len(store.snapshot()) == 1
    for path in (home / "backups").iterdir():
        layout.read(path.read_bytes())
        assert path.stat().st_mtime_ns == before[path]
        if os.name != "nt":
            assert path.stat().st_mode & 0o777 == 0o600
    assert purge_case(store, case_id).cases == ()


def test_an_open_case_is_not_purged(home: Path) -> None:
    store = LocalStore(home, CLOCK)
    (case_id,) = store.snapshot()
    with pytest.raises(Refusal, match="still open"):
        purge_case(store, case_id)
    assert purge_older(store, 0, NOW + timedelta(days=99)).cases
    assert list(store.snapshot()) == [case_id]
    assert files_with(home, case_id)


def test_old_cases_go_and_young_ones_stay(home: Path) -> None:
    store = LocalStore(home, CLOCK)
    history = store.archive
    young = marked("kookaburra")
    history.add(young, {"closed_at": "2027-01-10T00:00:00.000Z", "text": "kookaburra"})
    assert purge_older(store, 30, NOW + timedelta(days=20)).cases == ()
    assert files_with(home, MARKER)
    for path in (home / "quarantine").iterdir():
        os.utime(path, (NOW.timestamp(), NOW.timestamp()))
    assert len(purge_older(store, 30, NOW + timedelta(days=60)).cases) == 31
    assert files_with(home, MARKER) == []
    assert files_with(home, "wren") == []
    assert history.get(str(young["id"])) == young


def test_the_start_removes_what_is_old_and_reads_no_copy_that_is_young(home: Path) -> None:
    store = LocalStore(home, CLOCK)
    now = NOW + timedelta(days=60)
    with locked(home / "cases.lock"):  # a start with nothing to purge waits for no lock
        assert purge_at_start(store, 90, now).cases == ()
    old, young = NOW.timestamp(), (now - timedelta(days=1)).timestamp()
    copies = [*(home / "backups").iterdir(), *(home / "quarantine").iterdir()]
    for path in copies:
        os.utime(path, (old, old))
    untouched = home / "backups" / "cases-20270120.json"
    untouched.write_bytes(b"not even read")
    os.utime(untouched, (young, young))
    purged = purge_at_start(store, 30, now)
    assert len(purged.cases) == 31 and purged.files >= 3
    assert files_with(home, MARKER) == [] and files_with(home, "wren") == []
    assert untouched.read_bytes() == b"not even read"
    assert purge_at_start(store, 30, now).cases == ()


def test_nobody_waits_while_a_purge_waits_for_the_archive(home: Path) -> None:
    store, other = LocalStore(home, CLOCK, archive_timeout=PATIENCE), LocalStore(home, CLOCK)
    case_id, (open_case,) = the_case(home), store.snapshot()
    with LocalPlace(home).archive_held() as holder:
        purging = threading.Thread(target=purge_case, args=(store, case_id))
        purging.start()
        for _ in range(10):
            add(other, open_case)
        assert purging.is_alive() and holder.poll() is None
        assert holder.stdin is not None
        holder.stdin.close()
        purging.join(PATIENCE)
    assert files_with(home, MARKER) == []


def test_what_a_killed_writer_left_goes_as_well(home: Path) -> None:
    store = LocalStore(home, CLOCK)
    for folder in (home, home / "backups", home / "quarantine"):
        (folder / ".oxtui-99-dead.tmp").write_text(f"half a file with {MARKER}")
    purge_case(store, the_case(home))
    assert files_with(home, MARKER) == []


def test_a_copy_of_a_newer_format_is_left_and_named(home: Path) -> None:
    newer = home / "backups" / "cases-20261101.json"
    newer.write_text('{"cases": {"1": {"id": "x", "format": 9}}}')
    store = LocalStore(home, CLOCK)
    purged = purge_case(store, the_case(home))
    assert purged.left == (newer,)


# -- a clock that is wrong
def kept_for_years(home: Path) -> tuple[LocalStore, str]:
    """A home with an old closed case and work on every tenth day until NOW; gives the old one's id."""
    store, old = home_with(home, case()), case()
    for days in range(0, 900, 10):
        closed = old if days == 890 else case()
        store.archive.add(closed, {"domain": "gum.com.au", "closed_at": iso(NOW - timedelta(days=days))})
    return store, str(old["id"])


def test_a_clock_that_jumped_ahead_purges_nothing_and_asks_with_number_and_date(tmp_path: Path) -> None:
    store, _ = kept_for_years(tmp_path)
    later = NOW + timedelta(days=555)
    with pytest.raises(ClockDoubt, match="is the clock right") as asked:
        store.purge_old(730, later)
    assert asked.value.cases == 72 and asked.value.newest - NOW < timedelta(minutes=1)
    assert f"{NOW.astimezone():%d/%m/%Y}" in asked.value.message and "72 closed cases" in asked.value.message
    assert store.archive.count() == 90


def test_what_is_written_by_the_wrong_clock_does_not_hide_that_it_jumped(tmp_path: Path) -> None:
    store, old = kept_for_years(tmp_path)
    later = NOW + timedelta(days=555)
    with pytest.raises(ClockDoubt):
        store.purge_old(730, later)
    for days in (0, 1, 9):
        store.archive.add(case(), {"domain": "new.com.au", "closed_at": iso(later + timedelta(days=days))})
        again = LocalStore(tmp_path, Clock(later))
        assert again.purge_old(730, later + timedelta(days=days)) == (), "asked once, and kept"
    assert store.archive.count() == 93
    with pytest.raises(ClockDoubt, match="is the clock right"):
        need_right_clock(again, 730, later)
    assert again.purge_old(885, NOW + timedelta(days=3)) == (old,), "the clock was set right"


def test_a_clock_that_is_right_is_asked_about_once(tmp_path: Path) -> None:
    store, _ = kept_for_years(tmp_path)
    later = NOW + timedelta(days=70)
    with pytest.raises(ClockDoubt):
        store.purge_old(730, later)
    be_sure(store, 730, later)
    assert len(store.purge_old(730, later)) == 23
    assert len(store.purge_old(730, later + timedelta(days=1))) == 1, "asked no more"


def test_where_work_went_on_what_is_too_old_goes_unasked(tmp_path: Path) -> None:
    store, old = kept_for_years(tmp_path)
    assert store.purge_old(885, NOW + timedelta(days=3)) == (old,)
