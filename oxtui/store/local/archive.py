"""Closed cases, in SQLite with full-text search.

It uses a rollback journal, not a write-ahead log: with one write for each closed case a log would gain nothing, and the
journal works on a shared folder and leaves no second copy of purged cases. With synchronous=EXTRA a case is on the
disk when `add` returns.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import msgspec
from msgspec import Meta, Struct

from oxtui.addresses import phone_forms
from oxtui.cases.events import FORMAT, MOST_EVENTS, Document, iso
from oxtui.durable import PRIVATE_FILE, make_folder, unsaved
from oxtui.errors import NewerFormat, StoreError, Unsaved
from oxtui.store.files import regular_file
from oxtui.store.interface import Summary
from oxtui.store.local.layout import is_moment, parse, serialise
from oxtui.store.local.lock import need_locks
from oxtui.text import clean

if TYPE_CHECKING:
    import sqlite3

NAME = "history.sqlite3"
TABLES_FORMAT = 1
READ_SECONDS = 0.2
"""How long a read waits for another process that is writing."""
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
_INDEX = (
    "CREATE VIRTUAL TABLE IF NOT EXISTS texts USING fts5(text, content='cases', content_rowid='number', "
    "tokenize='unicode61 remove_diacritics 2', prefix='1 2 3')"
)
_NO_INDEX = "SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM sqlite_master WHERE name = 'texts')"
_WORDS = 32


class ArchiveBusy(Unsaved):
    """Another process holds the archive."""


class Archive:
    """The closed cases in `folder`; nothing is touched before the first use, nothing is held open between calls.

    See ClosedCases. Every method raises StoreError if the archive cannot be read (the open cases are not affected),
    ArchiveBusy if another process held it for `read_seconds` or `write_seconds`, another Unsaved if it cannot be
    written, NewerFormat if a newer oxtui wrote it.
    """

    def __init__(self, folder: Path, read_seconds: float = READ_SECONDS, write_seconds: float = WRITE_SECONDS) -> None:
        self.path = folder / NAME
        self._read_seconds = read_seconds
        self._write_seconds = write_seconds

    def wait(self, seconds: float) -> None:
        """Wait until no process reads or writes the archive; raises ArchiveBusy after `seconds`."""
        if regular_file(self.path) is not None:
            with self._connected(seconds) as base:
                base.execute("BEGIN EXCLUSIVE")
                base.execute("ROLLBACK")

    def add(self, document: Document, summary: Mapping[str, Any]) -> None:
        """Add a closed case durably, or replace an earlier version of it; idempotent."""
        body = serialise(document).decode("ascii")
        flat, text = flattened(document, summary)
        domain = _clean(str(flat.get("domain", "")))
        row = (document["id"], domain, flat["closed_at"], json.dumps(flat), body, _clean(text))
        with self._writing() as base:
            before = base.execute("SELECT document FROM cases WHERE case_id = ?", row[:1]).fetchone()
            if before is not None and before[0] == body:
                return
            self._delete(base, [document["id"]])
            columns = "case_id, domain, closed_at, summary, document, text"
            number = base.execute(f"INSERT INTO cases ({columns}) VALUES (?, ?, ?, ?, ?, ?)", row).lastrowid
            base.execute("INSERT INTO texts (rowid, text) VALUES (?, ?)", (number, row[-1]))

    def get(self, case_id: str) -> Document | None:
        """The closed case with this id, or None; raises StoreError if its row was damaged from outside."""
        rows = self._read("SELECT CAST(document AS BLOB) FROM cases WHERE case_id = ?", case_id)
        if not rows:
            return None
        try:
            document: Any = json.loads(rows[0][0])
            # entries of the log that are no events are left out when it is read
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
        query = "SELECT case_id FROM cases WHERE case_id IN (SELECT value FROM json_each(?))"
        return {row[0] for row in self._read(query, json.dumps(list(case_ids)))}

    def remove(self, case_id: str, only: Document) -> bool:
        """Remove a case that was reopened, if it is still the version `only`; return whether it was."""
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
        query = " AND ".join('"' + word.replace('"', '""') + '"*' for word in words)
        query = " OR ".join((f"({query})", *(f'"{form}"*' for form in phone_forms(text))))
        hits = "SELECT rowid FROM texts WHERE texts MATCH ? ORDER BY rowid DESC LIMIT ?"
        return self._summaries(f"WHERE number IN ({hits}) ORDER BY number DESC", query, limit)

    def recent(self, limit: int = 50) -> list[Summary]:
        return self._summaries("ORDER BY number DESC LIMIT ?", limit)

    def by_domain(self, domain: str) -> list[Summary]:
        return self._summaries("WHERE domain = ? ORDER BY number DESC", _clean(domain))

    def all(self) -> list[Summary]:
        return self._summaries("ORDER BY closed_at")

    def count(self) -> int:
        rows = self._read("SELECT count(*) FROM cases")
        return int(rows[0][0]) if rows else 0

    def older_than(self, days: int, now: datetime) -> list[str]:
        """The ids of the cases closed more than `days` days before `now`."""
        rows = self._read("SELECT case_id FROM cases WHERE closed_at < ?", iso(now - timedelta(days=days)))
        return [row[0] for row in rows]

    def newest(self, until: datetime) -> str:
        """When the last case was closed, `until` at the latest (ISO 8601, UTC), or ""."""
        rows = self._read("SELECT max(closed_at) FROM cases WHERE closed_at <= ?", iso(until))
        return _text(rows[0][0]) if rows else ""

    def fact(self, name: str) -> str:
        """The value saved under `name`, or ""."""
        rows = self._read("SELECT value FROM facts WHERE name = ?", name)
        return _text(rows[0][0]) if rows else ""

    def keep_fact(self, name: str, value: str) -> None:
        """Save a value under `name`."""
        with self._writing() as base:
            base.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, value))

    def purge(self, case_ids: Iterable[str]) -> int:
        """Remove cases, leaving no byte of them in the file; return how many there were. Takes seconds for 50,000."""
        with self._writing() as base:
            removed = self._delete(base, list(case_ids))
            if removed:
                base.execute("INSERT INTO texts (texts) VALUES ('optimize')")
        if removed:
            with self._connected(self._write_seconds) as base:
                base.execute("VACUUM")
        return removed

    def purge_older(self, days: int, now: datetime) -> list[str]:
        """Purge the cases closed more than `days` days before `now`; return their ids."""
        case_ids = self.older_than(days, now)
        if case_ids:
            self.purge(case_ids)
        return case_ids

    def _delete(self, base: sqlite3.Connection, case_ids: list[str]) -> int:
        ids = (json.dumps(case_ids),)
        among = "case_id IN (SELECT value FROM json_each(?))"
        rows = f"SELECT 'delete', number, text FROM cases WHERE {among}"
        base.execute(f"INSERT INTO texts (texts, rowid, text) {rows}", ids)
        return base.execute(f"DELETE FROM cases WHERE {among}", ids).rowcount

    def _summaries(self, rest: str, *values: Any) -> list[Summary]:
        columns = "CAST(case_id AS BLOB), CAST(domain AS BLOB), CAST(closed_at AS BLOB), CAST(summary AS BLOB)"
        summaries = []
        for case_id, domain, closed_at, summary in self._read(f"SELECT {columns} FROM cases {rest}", *values):
            plain = {"id": _text(case_id), "domain": _text(domain), "closed_at": _text(closed_at)}
            summaries.append(checked_summary(_parsed(summary), plain))
        return summaries

    def _read(self, query: str, *values: Any) -> list[Any]:
        with self._reading() as base:
            return [] if base is None else base.execute(query, values).fetchall()

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection | None]:
        """A connection, or None if there is no archive yet."""
        if regular_file(self.path) is None:
            yield None
            return
        with self._connected(self._read_seconds) as base:
            yield base if self._ready(base) else None

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """A connection within one durable transaction; the first use creates the file."""
        make_folder(self.path.parent)
        regular_file(self.path)
        try:
            os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, PRIVATE_FILE))
        except OSError as error:
            raise unsaved(error, self.path) from error
        with self._connected(self._write_seconds) as base:
            base.execute("BEGIN IMMEDIATE")
            try:
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
        if "fts5" in str(error):
            return StoreError("this Python has no full-text search (SQLite's FTS5)", "install another build of Python")
        if name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
            return StoreError(f"{self.path} is damaged", f"{aside}; move it away to begin a new history")
        return StoreError(f"{self.path}: {error}", aside)

    def _ready(self, base: sqlite3.Connection) -> bool:
        """Whether the tables exist; raises NewerFormat."""
        version = base.execute("PRAGMA user_version").fetchone()[0]
        if version > TABLES_FORMAT:
            raise NewerFormat("the history was written by a newer oxtui", "update oxtui; it was left untouched")
        return bool(version)

    def _make(self, base: sqlite3.Connection) -> None:
        """Create what is missing. The index may be: an earlier oxtui went without it if SQLite had no FTS5."""
        if not self._ready(base):
            for statement in _TABLES.split(";"):
                base.execute(statement)
            base.execute(f"PRAGMA user_version = {TABLES_FORMAT}")
        if base.execute(_NO_INDEX).fetchone() or base.execute("DELETE FROM facts WHERE name = 'index'").rowcount:
            base.execute(_INDEX)
            base.execute("INSERT INTO texts (texts) VALUES ('rebuild')")


class _SummaryFields(Struct):
    """The known fields of a summary and their types; others are passed on."""

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


def checked_summary(kept: Any, plain: Mapping[str, str]) -> Summary:
    """A stored summary; if it was damaged, `plain` (id, domain, closed_at) and `damaged`."""
    try:
        read = msgspec.convert(kept, _SummaryFields)
        times = {plain["closed_at"], read.opened_at, read.closed_at} - {""}
        if not all(map(is_moment, times)):
            raise ValueError("not a time of a case")
    except (ValueError, RecursionError):
        kept = {"damaged": True}
    return {"opened_at": "", **plain, **kept, "id": plain["id"]}


def flattened(document: Document, summary: Mapping[str, Any]) -> tuple[Summary, str]:
    """The summary to store of a closed case, and the text to find it by."""
    flat = {**summary, "id": document["id"]}
    flat.setdefault("opened_at", document.get("opened_at", ""))
    if not flat.get("closed_at"):
        flat["closed_at"] = document["log"][-1]["at"] if document["log"] else flat["opened_at"]
    return flat, str(flat.pop("text", ""))


def _text(column: Any) -> str:
    """A column as clean text, whatever its type."""
    return clean(column.decode("utf-8", "replace") if isinstance(column, bytes) else str(column or ""))


def _parsed(text: Any) -> Any:
    try:
        return parse(text)
    except (ValueError, TypeError, AttributeError):
        return None


def _clean(text: str) -> str:
    """`text` without NUL and half surrogate pairs, which SQLite does not take."""
    return text.replace("\0", " ").encode("utf-8", "replace").decode("utf-8")
