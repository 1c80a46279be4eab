"""The file format of open cases: a TinyDB file with one case a line, in ASCII.

    {"cases": {
    "1": {"id": ..., "format": 1, "opened_at": ..., "playbook": ..., "log": [...]},
    "2": ...
    }}

With one case a line, a write serialises only the case that changed, a reader parses only the lines that changed, and
damage stays within its line. In ASCII, because TinyDB's own storage reads a file in the locale's encoding.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from functools import cached_property
from types import MappingProxyType
from typing import Any

import msgspec
from msgspec import Struct, field

from oxtui.cases.events import FORMAT, YEARS, Document, events_of
from oxtui.errors import NewerFormat, StoreError

TABLE = "cases"
_HEAD = b'{"cases": {\n'
_TAIL = b"\n}}\n"
_BETWEEN = b",\n"
_BLOCK = 20  # cases
_decode = msgspec.json.Decoder().decode
_KEY = re.compile(rb'"([1-9][0-9]{0,17})": ')
_FORMAT_ANYWHERE = re.compile(rb'"format":\s*([0-9]{1,9})\s*,')


class Damaged(StoreError):
    """The case file can be read, but is not what oxtui writes; `message` says where."""


class Contents(Struct, frozen=True, dict=True):
    """The contents of one case file; its documents are never changed.

    `documents` and `lines` are by TinyDB's number, in the order of the file. `others` are tables that are not ours:
    they are preserved.
    """

    documents: Mapping[str, Document] = field(default_factory=dict)
    lines: Mapping[str, bytes] = field(default_factory=dict)
    others: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def numbers(self) -> Mapping[str, str]:
        """TinyDB's number of each case, by case id."""
        return {document["id"]: number for number, document in self.documents.items()}

    @cached_property
    def by_id(self) -> Mapping[str, Document]:
        """The documents by case id."""
        return MappingProxyType({document["id"]: document for document in self.documents.values()})


EMPTY = Contents()


def serialise(value: Mapping[str, Any]) -> bytes:
    """A case as ASCII JSON; raises StoreError if it holds a value that JSON does not have."""
    try:
        return json.dumps(value, allow_nan=False).encode("ascii")
    except (TypeError, ValueError, RecursionError) as error:
        raise StoreError(f"the case holds a value that cannot be written: {error}") from error


def line_of(number: str, document: Mapping[str, Any]) -> bytes:
    """The line of the case with this number; raises StoreError."""
    return b'"%b": %b' % (number.encode("ascii"), serialise(document))


def parse(text: bytes) -> Any:
    """The value of `text` as JSON; raises ValueError."""
    try:
        try:
            return _decode(text)
        except ValueError:  # half a surrogate pair is still valid JSON
            return json.loads(text.decode("utf-8"), parse_constant=_no_constant)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def round_trip(number: str, document: Mapping[str, Any]) -> tuple[Document, bytes]:
    """`document` as it will be read back, sharing nothing with it, and its line in the file.

    Raises StoreError if reading it back would call it damaged.
    """
    text = serialise(document)
    copy: Document = parse(text)
    try:
        check(copy)
    except ValueError as error:
        raise StoreError(f"this is not a case that can be saved: {error}") from error
    return copy, b'"%b": %b' % (number.encode("ascii"), text)


def assemble(contents: Contents) -> Iterator[bytes]:
    """The bytes of a whole file, in blocks small enough to cost little memory."""
    head = _HEAD
    if contents.others:
        head = serialise(contents.others)[:-1] + b', "cases": {\n'
    lines = list(contents.lines.values())
    yield head
    for start in range(0, len(lines), _BLOCK):
        yield _BETWEEN.join(lines[start : start + _BLOCK]) + (_BETWEEN if start + _BLOCK < len(lines) else b"")
    yield _TAIL


def contents(documents: Mapping[str, Document], lines: Mapping[str, bytes], others: Mapping[str, Any]) -> Contents:
    """A Contents of these; raises ValueError if two cases have the same id."""
    made = Contents(documents, lines, others)
    if len(made.by_id) != len(documents):
        raise ValueError("two cases have the same id")
    return made


def read(data: bytes, known: Contents = EMPTY) -> Contents:
    """Parse the bytes of a case file; a line that is unchanged since `known` keeps its document.

    Raises NewerFormat if anything in it was written by a newer oxtui, else Damaged if it is not whole.
    """
    try:
        return _read_lines(data, known)
    except ValueError:
        pass  # not laid out by us: perhaps TinyDB's own storage wrote it
    try:
        return _read_json(data)
    except ValueError as error:
        # a wrong "newer" is better than a newer oxtui's file taken for damage
        if any(int(number) > FORMAT for number in _FORMAT_ANYWHERE.findall(data)):
            raise _newer() from None
        raise Damaged(f"the case file is damaged: {error}") from None


def check(document: Any) -> None:
    """Raise ValueError unless `document` has the form of a case, NewerFormat if it has a newer one."""
    if not isinstance(document, dict):
        raise ValueError("a case is not a mapping")
    number = document.get("format")
    if isinstance(number, int) and number > FORMAT:
        raise _newer()
    if type(number) is not int or number < 1:
        raise ValueError("a case has no format")
    log = document.get("log")
    if not isinstance(document.get("id"), str) or not document["id"] or not isinstance(log, list):
        raise ValueError("a case has no id or no log")
    if "playbook" not in document or not is_moment(document.get("opened_at")):
        raise ValueError("a case has no playbook or no time of opening")
    events_of(log)


def is_moment(value: object) -> bool:
    """Whether `value` is an ISO time with a zone, in the years of a case."""
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return False
    return moment is not None and moment.tzinfo is not None and moment.year in YEARS


def _newer() -> NewerFormat:
    return NewerFormat("the case file was written by a newer oxtui", "update oxtui; the file was left untouched")


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _read_lines(data: bytes, known: Contents) -> Contents:
    """Read what `assemble` wrote; raises ValueError for anything else."""
    if not data.startswith(_HEAD) or not data.endswith(_TAIL):
        raise ValueError("laid out in another way")
    documents: dict[str, Document] = {}
    lines: dict[str, bytes] = {}
    # most lines are those known, in the same order: they are compared in place, which costs half of splitting all
    expected = iter(known.lines.items())
    at, stop, end = len(_HEAD), 0, len(data) - len(_TAIL)
    while stop != end and end > len(_HEAD):
        number, line = next(expected, ("", b""))
        stop = at + len(line)
        if line and data.startswith(line, at) and (stop == end or data.startswith(_BETWEEN, stop, end)):
            document = known.documents[number]
        else:
            stop = data.find(_BETWEEN, at, end)
            stop = end if stop < 0 else stop
            number, line, document = _read_line(data[at:stop], known)
        if number in documents:
            raise ValueError("a number is there twice")
        documents[number], lines[number] = document, line
        at = stop + len(_BETWEEN)
    return contents(documents, lines, {})


def _read_line(line: bytes, known: Contents) -> tuple[str, bytes, Document]:
    """A line's number, the line, and its document; the latter two as in `known` if they are there."""
    match = _KEY.match(line)
    if not match:
        raise ValueError("a line without a number")
    number = match.group(1).decode("ascii")
    if known.lines.get(number) == line:
        return number, known.lines[number], known.documents[number]
    document: Document = parse(line[match.end() :])
    check(document)
    return number, line, document


def _read_json(data: bytes) -> Contents:
    """Read any TinyDB file with a table of cases; raises ValueError, NewerFormat."""
    try:
        tables = json.loads(data.decode("utf-8-sig"), parse_constant=_no_constant, object_pairs_hook=_no_duplicates)
    except UnicodeDecodeError:
        raise ValueError("it is not text") from None
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    if not isinstance(tables, dict) or not all(isinstance(table, dict) for table in tables.values()):
        _check_marker([tables])
        raise ValueError("it holds no tables")
    others = {name: table for name, table in tables.items() if name != TABLE}
    for table in others.values():
        _check_marker([table, *table.values()])
    documents: dict[str, Document] = {}
    broken: ValueError | None = None
    for number, document in tables.get(TABLE, {}).items():
        try:
            check(document)
            if not _KEY.fullmatch(f'"{number}": '.encode()):
                raise ValueError("a case has no number")
        except ValueError as error:
            broken = broken or error  # a newer case behind a broken one still means: leave it alone
        documents[number] = document
    if broken:
        raise broken
    if TABLE not in tables:
        raise ValueError("it has no table of cases")
    return contents(documents, {number: line_of(number, each) for number, each in documents.items()}, others)


def _check_marker(values: Iterable[Any]) -> None:
    """Raise NewerFormat if a table, or one of its rows, names a newer format."""
    for value in values:
        number = value.get("format") if isinstance(value, dict) else None
        if isinstance(number, int) and number > FORMAT:
            raise _newer()


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    whole = dict(pairs)
    if len(whole) != len(pairs):
        raise ValueError("a name is there twice")
    return whole
