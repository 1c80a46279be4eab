"""The file of the commands that wait for the floor's server, written before a screen shows them as kept."""

from __future__ import annotations

import hashlib
from datetime import datetime
from pathlib import Path
from typing import Any, Final, TypeAlias

import msgspec
from msgspec import Struct, field

from oxtui.cases.events import Document
from oxtui.cases.offline import Kept
from oxtui.durable import make_folder, remove_quietly, unreadable, write_durably
from oxtui.errors import NewerFormat
from oxtui.store.files import regular_file, set_aside
from oxtui.text import clean

FORMAT: Final = 1


class NewCase(Struct, frozen=True, tag="new-case"):
    """A case that was opened here, with its first events."""

    document: Document

    @property
    def case_id(self) -> str:
        return str(self.document["id"])


class Waiting(Struct, frozen=True, tag="command"):
    """A command that waits: when its key was pressed, what the screen showed, and which `own` commands preceded it.

    `doubt`: it may not wait, and was under way when the server went away. It is looked for when the server is back, and
    never sent again. `at` is None for a late event, which has no key of its own.
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


Queued: TypeAlias = NewCase | Waiting


class TooLate(Struct, frozen=True):
    """A command that was refused when the server was back: shown to its author until they put it away."""

    case_id: str
    domain: str
    words: str
    at: datetime
    why: str
    hint: str = ""


class _Content(Struct):
    """The whole file; entries are decoded one by one, so that an unreadable one costs no other."""

    format: int
    agent: str
    entries: list[msgspec.Raw] = field(default_factory=list)
    too_late: list[TooLate] = field(default_factory=list)


class KeptFile:
    """The file of one agent in a home. Every method raises StoreError; none is called on the keyboard's thread."""

    def __init__(self, folder: Path, agent: str) -> None:
        self.folder = folder
        self.agent = agent
        name = hashlib.sha256(agent.encode("utf-8", "replace")).hexdigest()[:12]
        self.path = folder / f"outbox-{name}.json"

    def load(self, now: datetime) -> tuple[list[Queued], list[TooLate], Path | None]:
        """The waiting entries, the refused commands, and the path of a damaged file set aside; raises NewerFormat."""
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
        entries: list[Queued] = []
        too_late = list(content.too_late)
        for raw in content.entries:
            try:
                entries.append(msgspec.json.decode(raw, type=Queued))
            except (msgspec.DecodeError, ValueError):
                too_late.append(_unknown(bytes(raw), now))
        return entries, too_late, None

    def save(self, entries: list[Queued], too_late: list[TooLate]) -> None:
        """Replace the contents of the file; there is no file while nothing waits."""
        if not entries and not too_late:
            remove_quietly(self.path)
            return
        make_folder(self.folder)
        raws = [msgspec.Raw(msgspec.json.encode(entry)) for entry in entries]
        write_durably(self.path, [msgspec.json.encode(_Content(FORMAT, self.agent, raws, too_late))])


def _unknown(raw: bytes, now: datetime) -> TooLate:
    """The report of a command that this version cannot read."""
    try:
        entry: Any = msgspec.json.decode(raw)
        case_id, domain, words = (clean(str(entry.get(name) or "")) for name in ("case_id", "domain", "words"))
    except (msgspec.DecodeError, ValueError, AttributeError):
        case_id = domain = words = ""
    return TooLate(case_id, domain or "a case", words or "Something that was done", now, "this oxtui cannot read it")
