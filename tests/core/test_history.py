"""The history of closed cases: kept once, found at once, gone when purged."""

from __future__ import annotations

import json
import sqlite3
import stat
import time
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from oxtui.errors import NewerFormat, StoreError, Unsaved
from oxtui.store.history import History
from tests.core.store_help import LONG, NOW, case, start


def keep(history: History, domain: str = "example.com.au", days: int = 0, **more: Any) -> str:
    document = case(1)
    closed_at = (NOW - timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    summary = {"domain": domain, "closed_at": closed_at, "ending": "complete", "scenario": 1, "agent": "kim"}
    history.add(document, {**summary, "text": f"{domain} Zoë O'Brien info@{domain} 00123456", **more})
    return str(document["id"])


def test_nothing_is_touched_before_the_first_case(tmp_path: Path) -> None:
    history = History(tmp_path / "home")
    assert history.search("x") == history.recent() == history.by_domain("x") == history.between() == []
    assert (history.count(), history.get("x"), history.summary("x"), history.holds(["x"])) == (
        0,
        None,
        None,
        set(),
    )
    assert not (tmp_path / "home").exists()


def test_a_case_is_kept_whole_and_once(tmp_path: Path) -> None:
    history, document = History(tmp_path), case()
    for _ in range(2):
        history.add(document, {"domain": "a.com", "ending": "complete", "text": "alpha"})
    assert History(tmp_path).get(document["id"]) == document
    assert history.summary(document["id"]) == {
        "id": document["id"],
        "domain": "a.com",
        "ending": "complete",
        "opened_at": document["opened_at"],
        "closed_at": document["log"][-1]["at"],
    }
    longer = {**document, "log": document["log"] * 2}
    history.add(longer, {"domain": "b.com", "text": "beta"})
    assert history.count() == 1
    assert history.get(document["id"]) == longer
    assert (len(history.search("alpha")), len(history.search("beta"))) == (0, 1)
    assert stat.S_IMODE(history.path.stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["history.sqlite3"]


@pytest.mark.parametrize(
    "text",
    [
        "example",
        "EXAMPLE.COM",
        "exam brien",
        "o'brien",
        "zoe",
        "info@example.com.au",
        "0012",
        "  kim'  example",
        "-- example",
    ],
)
def test_found_by_the_beginnings_of_words(tmp_path: Path, text: str) -> None:
    history = History(tmp_path)
    case_id = keep(history, text="example.com.au Zoë O'Brien kim's info@example.com.au 00123456")
    keep(history, "other.org", text="other.org")
    assert [found["id"] for found in history.search(text)] == [case_id]


HOSTILE = (
    '"', "'", "*", "NEAR(q b)", "q OR b", "text:x", "(", "^q", "q AND", "-q", "{x}", "\0", "\ud800", "%", "_",
    "\\",
    "x" * 99999, "q " * 5000, "'; DROP TABLE cases; --", "x* OR y*", "+", '""', "\u0301", "🙂",
)  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: repr(text[:12]))
def test_any_text_can_be_searched_for(tmp_path: Path, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    history = History(tmp_path)
    keep(history)
    assert history.search(text) == []
    assert history.count() == 1
    monkeypatch.setattr(History, "_has_index", lambda self, base: False)
    assert history.search(text) == []


def test_newest_first_and_not_more_than_asked(tmp_path: Path) -> None:
    history = History(tmp_path)
    ids = [keep(history, f"d{number % 3}.com") for number in range(9)]
    assert [found["id"] for found in history.search("com", 4)] == ids[:-5:-1]
    assert [found["id"] for found in history.recent(2)] == ids[:-3:-1]
    assert [found["id"] for found in history.search("", 2)] == ids[:-3:-1]
    assert [found["id"] for found in history.by_domain("D1.com")] == [ids[7], ids[4], ids[1]]


def test_between_two_moments(tmp_path: Path) -> None:
    history = History(tmp_path)
    ids = {days: keep(history, days=days) for days in (1, 5, 3)}
    found = [one["id"] for one in history.between(NOW - timedelta(days=5), NOW - timedelta(days=1))]
    assert found == [ids[5], ids[3]]
    assert [one["id"] for one in history.between()] == [ids[5], ids[3], ids[1]]
    assert history.purge_older(2, NOW) == [ids[5], ids[3]]
    assert history.count() == 1


def test_only_that_version_is_removed(tmp_path: Path) -> None:
    history, document = History(tmp_path), case()
    history.add(document, {})
    assert not history.remove(document["id"], only={**document, "log": []})
    assert history.remove(document["id"], only=document)
    assert not history.remove(document["id"])


def test_without_full_text_search_it_says_so_and_still_finds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("oxtui.store.history._INDEX", "CREATE VIRTUAL TABLE texts USING fts5_is_not_there(text)")
    history = History(tmp_path)
    case_id = keep(history, "first.com")
    assert [found["id"] for found in history.search("first brien")] == [case_id]
    assert history.search("%") == []
    assert "slow" in history.notice
    monkeypatch.undo()
    history = History(tmp_path)
    keep(history, "second.com")
    assert [found["id"] for found in history.search("first brien")] == [case_id]
    assert history.notice == ""


def test_a_newer_history_and_a_damaged_one_are_left_untouched(tmp_path: Path) -> None:
    history = History(tmp_path)
    keep(history)
    base = sqlite3.connect(history.path)
    base.execute("PRAGMA user_version = 2")
    base.close()
    with pytest.raises(NewerFormat):
        history.search("x")
    with pytest.raises(NewerFormat):
        keep(history)
    history.path.write_bytes(b"not a database, far from it" * 99)
    for use in (lambda: history.search("x"), lambda: keep(history), history.count):
        with pytest.raises(StoreError, match="damaged") as told:
            use()
        assert "open cases" in told.value.hint
    assert history.path.read_bytes().startswith(b"not a database")


HOLDER = """
import sqlite3
base = sqlite3.connect(A[0], isolation_level=None)
base.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.read()
"""


def test_a_writer_that_hangs_is_told_in_time_and_readers_go_on(tmp_path: Path) -> None:
    history = History(tmp_path, timeout=0.2)
    keep(history)
    with start(HOLDER, history.path) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        assert len(history.search("example")) == 1
        with pytest.raises(Unsaved, match="another process"):
            keep(history)
        other.kill()
    keep(history)
    assert history.count() == 2


def test_writers_killed_at_any_moment_leave_a_history_that_works(tmp_path: Path) -> None:
    code = """
from oxtui.store.history import History
history = History(Path(A[0]))
while True:
    document = case(20)
    history.add(document, {"domain": "a.com", "text": "alpha beta " + document["id"]})
    print(document["id"], flush=True)
"""
    history = History(tmp_path)
    shown: set[str] = set()
    for number in range(100 if LONG else 6):
        with start(code, tmp_path) as other:
            assert other.stdout is not None
            shown.add(other.stdout.readline().strip())
            time.sleep(number % 7 * 0.003)
            other.kill()
            shown |= {line.strip() for line in other.stdout if line.endswith("\n")}
        assert history.holds(shown) == shown
    assert len(history.search("alpha", 99999)) == history.count()
    base = sqlite3.connect(history.path)
    assert base.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    base.close()


@pytest.mark.skipif(not LONG, reason="OXTUI_LONG=1 measures it with 50,000 cases")
def test_a_search_among_50000_takes_less_than_50_ms(tmp_path: Path) -> None:
    history = History(tmp_path)
    keep(history)
    with history._writing() as base:
        assert history._indexed(base)
        for number in range(50_000):
            text = f"d{number}.com.au info@d{number}.com.au complete kim smith ticket {number * 7919 % 999983}"
            row = (f"{number:012}", f"d{number}.com.au", f"{number:09}", '{"id": "x"}', "{}" * 1500, text)
            columns = "case_id, domain, closed_at, summary, document, text"
            rowid = base.execute(f"INSERT INTO cases ({columns}) VALUES (?, ?, ?, ?, ?, ?)", row).lastrowid
            base.execute("INSERT INTO texts (rowid, text) VALUES (?, ?)", (rowid, text))
    worst = 0.0
    for text in ("d", "com", "kim smith", "d4 com.au", "complete 7", "nothing", "info@d49999.com", "c k s t"):
        begin = time.perf_counter()
        history.search(text)
        worst = max(worst, time.perf_counter() - begin)
    print(f"slowest search {worst * 1e3:.1f} ms")
    assert worst < 0.05


@pytest.mark.parametrize(
    "spoiled", ['{"opened_at": "yesterday"}', '{"opened_at": "2026-11-22"}', '{"log": 7}', "no JSON"]
)
def test_a_case_that_was_spoiled_from_outside_is_told_and_the_others_can_be_read(tmp_path: Path, spoiled: str) -> None:
    history, document, other = History(tmp_path), case(), case()
    for each in (document, other):
        history.add(each, {"domain": "a.com", "ending": "complete", "text": "alpha"})
    changed = spoiled if spoiled == "no JSON" else json.dumps({**document, **json.loads(spoiled)})
    with closing(sqlite3.connect(history.path)) as base:
        base.execute("UPDATE cases SET document = ? WHERE case_id = ?", (changed, document["id"]))
        base.commit()
    with pytest.raises(StoreError, match="cannot be read") as told:
        history.get(document["id"])
    assert "the other closed cases can be read" in told.value.hint
    assert history.get(other["id"]) == other
