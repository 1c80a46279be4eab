"""An agent's own cases as last read, saved here for a start without the server; for seven days after its last news."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import msgspec

from oxtui.cases.events import Document, iso
from oxtui.durable import make_folder, remove_quietly, write_durably
from oxtui.errors import StoreError
from oxtui.store.files import regular_file

KEPT: Final = timedelta(days=7)
SYNCED_EVERY: Final = timedelta(minutes=10)


class OwnCases:
    """A folder with a file a case. Writing raises Unsaved; an unreadable file is left out."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._logs: dict[str, object] = {}
        self._synced: datetime | None = None

    def load(self, now: datetime) -> dict[str, Document]:
        """The saved cases by id; those that are too old are removed."""
        try:
            fresh = now - datetime.fromisoformat((self.folder / "synced").read_text("ascii")) <= KEPT
        except (OSError, ValueError):
            fresh = False
        cases: dict[str, Document] = {}
        for path in sorted(self.folder.glob("*.json")):
            if not fresh:
                remove_quietly(path)
            elif document := _read(path):
                cases[str(document["id"])] = document
        return cases

    def save(self, documents: Mapping[str, Document], now: datetime) -> None:
        """Save these and remove all others; unchanged ones are not written again."""
        if documents:
            make_folder(self.folder)
        for path in self.folder.glob("*.json"):
            if path.stem not in documents:
                remove_quietly(path)
                self._logs.pop(path.stem, None)
        for document in documents.values():
            self.put(document)
        if documents and (self._synced is None or now - self._synced >= SYNCED_EVERY):
            write_durably(self.folder / "synced", [iso(now).encode("ascii")])
            self._synced = now

    def put(self, document: Document) -> None:
        """Save one of them as it is now."""
        case_id = str(document["id"])
        if self._logs.get(case_id) is not document["log"] and case_id.isalnum() and self.folder.is_dir():
            write_durably(self.folder / f"{case_id}.json", [msgspec.json.encode(document)])
            self._logs[case_id] = document["log"]


def _read(path: Path) -> Document | None:
    """The case in a file, or None if it has not the form of one; its checksums are checked like those of any case."""
    with suppress(OSError, ValueError, StoreError):
        if regular_file(path) is not None:
            document: Document = msgspec.json.decode(path.read_bytes(), type=dict)
            whole = document.get("id") == path.stem and isinstance(document.get("log"), list) and bool(document["log"])
            return document if whole and isinstance(document.get("opened_at"), str) else None
    return None
