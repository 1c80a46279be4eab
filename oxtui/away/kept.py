"""The file of what waits for the floor's server: written before anything is shown as kept, and read after a crash."""

from __future__ import annotations

import hashlib
from datetime import datetime
from pathlib import Path
from typing import Any, Final, TypeAlias

import msgspec
from msgspec import Struct, field

from oxtui.cases.events import Document
from oxtui.cases.wire import Kept
from oxtui.durable import make_folder, remove_quietly, unreadable, write_durably
from oxtui.errors import NewerFormat
from oxtui.store.files import regular_file, set_aside
from oxtui.text import clean

FORMAT: Final = 1


class NewCase(Struct, frozen=True, tag="new-case"):
    """A case that was begun here, with the events of its beginning."""

    document: Document

    @property
    def case_id(self) -> str:
        return str(self.document["id"])


class Waiting(Struct, frozen=True, tag="command"):
    """A command that waits: when its key was pressed, what the screen had seen, and which of one's own it came after.

    `doubt`: it was under way when the server went away, and cannot wait. It is looked for when the server is back, and
    never sent again. `at` is None for what has no key of its own (a late line).
    """

    case_id: str
    id: str
    command: Kept
    at: datetime | None
    seen: int | None = None
    own: tuple[str, ...] = ()
    mark: str = ""
    words: str = ""
    domain: str = ""
    doubt: bool = False


Entry: TypeAlias = NewCase | Waiting


class TooLate(Struct, frozen=True):
    """What was refused when the server was back: told to who did it, until they put it away."""

    case_id: str
    domain: str
    words: str
    at: datetime
    why: str
    hint: str = ""


class _Content(Struct):
    """All of the file; entries one by one, so that one that cannot be read takes no other with it."""

    format: int
    agent: str
    entries: list[msgspec.Raw] = field(default_factory=list)
    too_late: list[TooLate] = field(default_factory=list)


class KeptFile:
    """The file of one agent in a home. Every method raises StoreError; none is called where a key would wait for it."""

    def __init__(self, folder: Path, agent: str) -> None:
        self.folder = folder
        self.agent = agent
        name = hashlib.sha256(agent.encode("utf-8", "replace")).hexdigest()[:12]
        self.path = folder / f"outbox-{name}.json"

    def load(self, now: datetime) -> tuple[list[Entry], list[TooLate], Path | None]:
        """What waits, what was refused, and where a damaged file was set aside; raises NewerFormat."""
        if regular_file(self.path) is None:
            return [], [], None
        try:
            body = self.path.read_bytes()
        except FileNotFoundError:
            return [], [], None
        except OSError as error:
            raise unreadable(error, self.path) from error
        try:
            content = msgspec.json.decode(body, type=_Content)
        except (msgspec.DecodeError, ValueError):
            return [], [], set_aside(self.path, now)
        if content.format > FORMAT:
            raise NewerFormat(f"{self.path.name} was written by a newer oxtui", "use that one: changes wait in it")
        entries: list[Entry] = []
        told = list(content.too_late)
        for raw in content.entries:
            try:
                entries.append(msgspec.json.decode(raw, type=Entry))
            except (msgspec.DecodeError, ValueError):
                told.append(_unknown(bytes(raw), now))
        return entries, told, None

    def save(self, entries: list[Entry], too_late: list[TooLate]) -> None:
        """Put these in the place of what the file holds; no file is there while nothing waits."""
        if not entries and not too_late:
            remove_quietly(self.path)
            return
        make_folder(self.folder.parent)
        make_folder(self.folder)
        raws = [msgspec.Raw(msgspec.json.encode(entry)) for entry in entries]
        write_durably(self.path, [msgspec.json.encode(_Content(FORMAT, self.agent, raws, too_late))])


def _unknown(raw: bytes, now: datetime) -> TooLate:
    """What is told of a command that this version cannot read."""
    try:
        found: Any = msgspec.json.decode(raw)
        case_id, domain, words = (clean(str(found.get(name) or "")) for name in ("case_id", "domain", "words"))
    except (msgspec.DecodeError, ValueError, AttributeError):
        case_id = domain = words = ""
    return TooLate(case_id, domain or "a case", words or "Something that was done", now, "this oxtui cannot read it")
