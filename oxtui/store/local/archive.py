"""Closed cases, in SQLite with full-text search.

A rollback journal, not a write-ahead log: there is one write for each closed case, so a log would gain nothing; this
is one file between writes, works on a shared folder, and leaves no second copy of what was purged. With
synchronous=EXTRA a case that `add` has taken is on the disk.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, cast

import msgspec
from msgspec import Meta, Struct

from oxtui.cases.events import FORMAT, MOST_EVENTS, Document, iso
from oxtui.durable import PRIVATE_FILE, make_folder, unsaved
from oxtui.errors import NewerFormat, StoreError, Unsaved
from oxtui.store.files import regular_file
from oxtui.store.interface import Summary
from oxtui.store.local.layout import is_moment, parse
from oxtui.store.local.lock import need_locks
from oxtui.text import clean

if TYPE_CHECKING:
    import sqlite3

NAME = "history.sqlite3"
TABLES_FORMAT = 1
READ_SECONDS = 0.2
"""How long a read waits for another process that is just writing: no person waits longer for a list."""
WRITE_SECONDS = 5.0

_TABLES = """
CREATE TABLE cases (
    number INTEGER PRIMARY KEY,
    case_id TEXT NOT NULL UNIQUE,
    domain TEXT NOT NULL COLLATE NOCASE,
    closed_at TEXT NOT NULL,
    summary TEXT NOT NULL,
    document TEXT NOT NULL,
    text TEXT NOT NULL
);
CREATE INDEX cases_by_domain ON cases (domain, number);
CREATE INDEX cases_by_closing ON cases (closed_at);
CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""
_NO_INDEX: Final = "this Python has no full-text search (SQLite's FTS5): searching old cases is slow"
_INDEX = (
    "CREATE VIRTUAL TABLE IF NOT EXISTS texts USING fts5(text, content='cases', content_rowid='number', "
    "tokenize='unicode61 remove_diacritics 2', prefix='1 2 3')"
)
_WORDS = 32


class ArchiveBusy(Unsaved):
    """Another process holds the archive."""


class Archive:
    """The closed cases in `folder`; nothing is touched before the first use, nothing is held open between calls.

    Every method raises StoreError where the archive cannot be read (the open cases are not affected), ArchiveBusy
    where somebody held it for `read_seconds` or `write_seconds`, another Unsaved where it cannot be written,
    NewerFormat where a newer oxtui wrote it. `notice` is empty, or says why searching is slow here.
    """

    def __init__(self, folder: Path, read_seconds: float = READ_SECONDS, write_seconds: float = WRITE_SECONDS) -> None:
        self.path = folder / NAME
        self.notice = ""
        self._read_seconds = read_seconds
        self._write_seconds = write_seconds

    def wait(self, seconds: float) -> None:
        """Wait until nobody reads or writes the archive; raises ArchiveBusy where that takes longer."""
        if regular_file(self.path) is not None:
            with self._connected(seconds) as base:
                base.execute("BEGIN EXCLUSIVE")
                base.execute("ROLLBACK")

    def add(self, document: Document, summary: Mapping[str, Any]) -> None:
        """Take a closed case in, durably; doing it twice is doing it once, a later version replaces the earlier."""
        kept = _as_kept(document)
        flat, text = flattened(document, summary)
        text = _clean(text)
        row = (
            document["id"],
            _clean(str(flat.get("domain", ""))),
            flat["closed_at"],
            json.dumps(flat),
            kept,
            text,
        )
        with self._writing() as base:
            before = base.execute("SELECT document FROM cases WHERE case_id = ?", row[:1]).fetchone()
            if before is not None and before[0] == kept:
                return
            self._delete(base, [document["id"]])
            columns = "case_id, domain, closed_at, summary, document, text"
            number = base.execute(f"INSERT INTO cases ({columns}) VALUES (?, ?, ?, ?, ?, ?)", row).lastrowid
            if self._indexed(base):
                base.execute("INSERT INTO texts (rowid, text) VALUES (?, ?)", (number, text))

    def get(self, case_id: str) -> Document | None:
        """The closed case with this id, or None; raises StoreError where its row was damaged from outside."""
        rows = self._read("SELECT CAST(document AS BLOB) FROM cases WHERE case_id = ?", (case_id,))
        if not rows:
            return None
        try:
            document: Any = json.loads(rows[0][0])
            # entries of the log that are no events are left out where it is read
            if not isinstance(document, dict) or not is_moment(document.get("opened_at")):
                raise ValueError("it does not say when it was opened")
            if not isinstance(document.get("log"), list):
                raise ValueError("it has no log")
        except ValueError as error:
            aside = "the other closed cases can be read; a backup of the file may have it whole"
            raise StoreError(f"a closed case in {self.path} cannot be read: {error}", aside) from None
        if isinstance(document.get("format"), int) and document["format"] > FORMAT:
            raise NewerFormat("this closed case was written by a newer oxtui", "update oxtui; it was left untouched")
        return cast("Document", document)

    def holds(self, case_ids: Iterable[str]) -> set[str]:
        """Those of `case_ids` that are closed cases."""
        rows = self._read(
            "SELECT case_id FROM cases WHERE case_id IN (SELECT value FROM json_each(?))",
            (json.dumps(list(case_ids)),),
        )
        return {row[0] for row in rows}

    def remove(self, case_id: str, only: Document) -> bool:
        """Take a case out, where it is that very version (it is open again); gives whether it was."""
        with self._writing() as base:
            row = base.execute("SELECT CAST(document AS BLOB) FROM cases WHERE case_id = ?", (case_id,)).fetchone()
            if row is None or _parsed(row[0]) != only:
                return False
            return self._delete(base, [case_id]) > 0

    def search(self, text: str, limit: int = 50) -> list[Summary]:
        """Closed cases with every word of `text` at the start of a word, newest first; any text is safe.

        Without a word in it, the newest ones.
        """
        words = [word for word in _clean(text)[:1000].split() if any(map(str.isalnum, word))][:_WORDS]
        if not words:
            return self.recent(limit) if not text.strip() else []
        with self._reading() as base:
            if base is None:
                return []
            if self._indexed(base):
                asked = " ".join('"' + word.replace('"', '""') + '"*' for word in words)
                hits = "SELECT rowid FROM texts WHERE texts MATCH ? ORDER BY rowid DESC LIMIT ?"
                return _rows(base, f"WHERE number IN ({hits}) ORDER BY number DESC", (asked, limit))
            where = " AND ".join(["text LIKE ? ESCAPE '\\'"] * len(words))
            asked_like = [_like(word) for word in words]
            return _rows(base, f"WHERE {where} ORDER BY number DESC LIMIT ?", (*asked_like, limit))

    def recent(self, limit: int = 50) -> list[Summary]:
        """The cases closed last, newest first."""
        return self._summaries("ORDER BY number DESC LIMIT ?", (limit,))

    def by_domain(self, domain: str) -> list[Summary]:
        """The closed cases of a domain, newest first."""
        return self._summaries("WHERE domain = ? ORDER BY number DESC", (_clean(domain),))

    def between(self, since: datetime | None = None, until: datetime | None = None) -> list[Summary]:
        """The cases closed from `since` until before `until`, in the order of their closing."""
        return self._summaries(
            "WHERE closed_at >= ? AND closed_at < ? ORDER BY closed_at",
            (iso(since) if since else "", iso(until) if until else "~"),
        )

    def count(self) -> int:
        """How many closed cases there are."""
        rows = self._read("SELECT count(*) FROM cases", ())
        return int(rows[0][0]) if rows else 0

    def older_than(self, days: int, now: datetime) -> list[str]:
        """The ids of the cases closed more than `days` days before `now`."""
        rows = self._read("SELECT case_id FROM cases WHERE closed_at < ?", (iso(now - timedelta(days=days)),))
        return [row[0] for row in rows]

    def newest(self, until: datetime) -> str:
        """When the last case was closed, `until` at the latest (ISO 8601, UTC); "" where none was."""
        rows = self._read("SELECT max(closed_at) FROM cases WHERE closed_at <= ?", (iso(until),))
        return _text(rows[0][0]) if rows else ""

    def fact(self, name: str) -> str:
        """What is kept under that name, or ""."""
        rows = self._read("SELECT value FROM facts WHERE name = ?", (name,))
        return _text(rows[0][0]) if rows else ""

    def keep_fact(self, name: str, value: str) -> None:
        """Keep a value under that name."""
        with self._writing() as base:
            base.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, value))

    def purge(self, case_ids: Iterable[str]) -> int:
        """Remove cases so that no byte of them stays in the file; returns how many there were. Seconds for
        50,000."""
        with self._writing() as base:
            removed = self._delete(base, list(case_ids))
            if removed and self._indexed(base):
                base.execute("INSERT INTO texts (texts) VALUES ('optimize')")
        if removed:
            with self._connected(self._write_seconds) as base:
                base.execute("VACUUM")
        return removed

    def purge_older(self, days: int, now: datetime) -> list[str]:
        """Purge the cases closed more than `days` days before `now`; returns their ids."""
        case_ids = self.older_than(days, now)
        if case_ids:
            self.purge(case_ids)
        return case_ids

    def _delete(self, base: sqlite3.Connection, case_ids: list[str]) -> int:
        asked = (json.dumps(case_ids),)
        among = "case_id IN (SELECT value FROM json_each(?))"
        if self._indexed(base):
            gone = f"SELECT 'delete', number, text FROM cases WHERE {among}"
            base.execute(f"INSERT INTO texts (texts, rowid, text) {gone}", asked)
        return base.execute(f"DELETE FROM cases WHERE {among}", asked).rowcount

    def _summaries(self, rest: str, values: tuple[Any, ...]) -> list[Summary]:
        with self._reading() as base:
            return [] if base is None else _rows(base, rest, values)

    def _read(self, query: str, values: tuple[Any, ...]) -> list[Any]:
        with self._reading() as base:
            return [] if base is None else base.execute(query, values).fetchall()

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection | None]:
        """A connection with our tables, or None where there is no archive yet."""
        if regular_file(self.path) is None:
            yield None
            return
        with self._connected(self._read_seconds) as base:
            yield base if self._ready(base) else None

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """A connection within one durable transaction; made with its tables at the first use."""
        make_folder(self.path.parent)
        regular_file(self.path)
        try:
            os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, PRIVATE_FILE))
        except OSError as error:
            raise unsaved(error, self.path) from error
        with self._connected(self._write_seconds) as base:
            base.execute("BEGIN IMMEDIATE")
            try:
                if not self._ready(base):
                    self._make(base)
                yield base
                base.execute("COMMIT")
            except BaseException:
                if base.in_transaction:
                    base.execute("ROLLBACK")
                raise

    @contextmanager
    def _connected(self, seconds: float) -> Iterator[sqlite3.Connection]:
        import sqlite3  # 5 ms, and the first frame needs no archive

        base = None
        try:
            base = sqlite3.connect(
                f"{self.path.absolute().as_uri()}?mode=rw",
                uri=True,
                timeout=seconds,
                isolation_level=None,
            )
            base.execute("PRAGMA synchronous = EXTRA")
            base.execute("PRAGMA secure_delete = ON")
            yield base
        except sqlite3.Error as error:
            raise self._explained(error) from error
        finally:
            if base is not None:
                base.close()

    def _explained(self, error: sqlite3.Error) -> StoreError:
        name = getattr(error, "sqlite_errorname", "")
        aside = "the open cases are not affected"
        if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_IOERR")):
            try:
                need_locks(self.path.parent)  # to SQLite a file system without locks is a busy one
            except Unsaved as without:
                return without
        if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
            return ArchiveBusy("another process is writing the history", "try again in a moment")
        if name.startswith("SQLITE_FULL"):
            return Unsaved(f"the disk that holds {self.path.parent} is full", "free some space on it")
        if name.startswith("SQLITE_READONLY"):
            return Unsaved(f"{self.path} is read-only", "check who owns it and its folder")
        if name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
            return StoreError(f"{self.path} is damaged", f"{aside}; move it away to begin a new history")
        return StoreError(f"{self.path}: {error}", aside)

    def _ready(self, base: sqlite3.Connection) -> bool:
        """Whether our tables are there; raises NewerFormat."""
        version = base.execute("PRAGMA user_version").fetchone()[0]
        if version > TABLES_FORMAT:
            raise NewerFormat("the history was written by a newer oxtui", "update oxtui; it was left untouched")
        return bool(version)

    def _make(self, base: sqlite3.Connection) -> None:
        for statement in _TABLES.split(";"):
            base.execute(statement)
        base.execute(f"PRAGMA user_version = {TABLES_FORMAT}")

    def _indexed(self, base: sqlite3.Connection) -> bool:
        """Whether full text can be searched here; the index is made, or made anew, where it can be and is
        not."""
        import sqlite3

        if not base.in_transaction:
            return self._has_index(base)
        try:
            base.execute(_INDEX)
            base.execute("SELECT rowid FROM texts LIMIT 0")
        except sqlite3.OperationalError as error:
            if "fts5" not in str(error):
                raise
            self.notice = _NO_INDEX
            base.execute("INSERT OR REPLACE INTO facts VALUES ('index', 'behind')")
            return False
        if base.execute("DELETE FROM facts WHERE name = 'index'").rowcount:
            base.execute("INSERT INTO texts (texts) VALUES ('rebuild')")
        return True

    def _has_index(self, base: sqlite3.Connection) -> bool:
        import sqlite3

        if base.execute("SELECT 1 FROM facts WHERE name = 'index'").fetchone():
            return False
        try:
            base.execute("SELECT rowid FROM texts LIMIT 0")
        except sqlite3.OperationalError as error:
            if "fts5" not in str(error) and "no such table" not in str(error):
                raise
            self.notice = _NO_INDEX
            return False
        return True


def _rows(base: sqlite3.Connection, rest: str, values: tuple[Any, ...]) -> list[Summary]:
    columns = "CAST(case_id AS BLOB), CAST(domain AS BLOB), CAST(closed_at AS BLOB), CAST(summary AS BLOB)"
    return [_summary(*row) for row in base.execute(f"SELECT {columns} FROM cases {rest}", values)]


class _Kept(Struct):
    """What a summary may say, and in which form; more in it is passed on as it is."""

    domain: str = ""
    opened_at: str = ""
    closed_at: str = ""
    scenario: Annotated[int, Meta(ge=0, le=999)] | None = None
    ending: str = ""
    agent: str = ""
    done: Annotated[int, Meta(ge=0, le=MOST_EVENTS)] = 0
    total: Annotated[int, Meta(ge=0, le=MOST_EVENTS)] = 0
    skipped: list[str] = []
    waited_seconds: Annotated[int, Meta(ge=0, le=10**10)] = 0


def _summary(case_id: Any, domain: Any, closed_at: Any, text: Any) -> Summary:
    """A row's summary; where it was damaged from outside, what its other columns say, and `damaged`."""
    return checked_summary(
        _parsed(text), {"id": _text(case_id), "domain": _text(domain), "closed_at": _text(closed_at)}
    )


def checked_summary(kept: Any, plain: Mapping[str, str]) -> Summary:
    """A summary as it was kept; where that was damaged, what `plain` says (id, domain, closed_at), and `damaged`."""
    try:
        read = msgspec.convert(kept, _Kept)
        times = {plain["closed_at"], read.opened_at, read.closed_at} - {""}
        if not all(map(is_moment, times)):
            raise ValueError("not a time of a case")
    except (ValueError, RecursionError):
        kept = {"damaged": True}
    return {"opened_at": "", **plain, **kept, "id": plain["id"]}


def flattened(document: Document, summary: Mapping[str, Any]) -> tuple[Summary, str]:
    """The summary that is kept of a closed case, and the text that it is found by."""
    flat = {**summary, "id": document["id"]}
    flat.setdefault("opened_at", document.get("opened_at", ""))
    if not flat.get("closed_at"):
        flat["closed_at"] = document["log"][-1]["at"] if document["log"] else flat["opened_at"]
    return flat, str(flat.pop("text", ""))


def _text(column: Any) -> str:
    """A column as text that acts on nothing, whatever stands there."""
    return clean(column.decode("utf-8", "replace") if isinstance(column, bytes) else str(column or ""))


def _parsed(text: Any) -> Any:
    try:
        return parse(text)
    except (ValueError, TypeError, AttributeError):
        return None


def _as_kept(document: Mapping[str, Any]) -> str:
    try:
        return json.dumps(document, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise StoreError(f"the case holds a value that cannot be written: {error}") from error


def _like(word: str) -> str:
    return "%" + word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"


def _clean(text: str) -> str:
    """`text` as SQLite takes it: no NUL, no half characters."""
    return text.replace("\0", " ").encode("utf-8", "replace").decode("utf-8")
