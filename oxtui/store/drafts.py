"""Notes that are still being written, kept beside the open cases: a crash or a closed pane loses none."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from oxtui.durable import write_durably
from oxtui.errors import StoreError

if TYPE_CHECKING:
    from pathlib import Path

    from oxtui.store.cases import OpenCases


class Drafts:
    """The drafts of one home, by case id. One outlives the closing of its case, whoever closes it."""

    def __init__(self, cases: OpenCases) -> None:
        self.cases = cases
        self.path: Path = cases.folder / "drafts.json"

    def of(self, case_id: str) -> str:
        """The draft of a case, or ""; one that cannot be read is none."""
        return self._read().get(case_id, "")

    def keep(self, case_id: str, text: str) -> None:
        """Keep the draft of a case, or none where `text` is empty. Raises Unsaved."""
        if self._read().get(case_id, "") != text:
            with self.cases.lock():
                self._write({**self._read(), case_id: text})

    def prune(self, archived: Callable[[Iterable[str]], set[str]]) -> None:
        """Take out the drafts of cases that are neither open nor `archived`. Raises StoreError."""
        drafts = self._read()
        if drafts:
            there = archived(drafts)
            with self.cases.lock():
                there |= set(self.cases.file.read().numbers)
                self._write({case_id: text for case_id, text in self._read().items() if case_id in there})

    def _read(self) -> dict[str, str]:
        try:
            found = json.loads(self.path.read_bytes())
        except (OSError, ValueError, RecursionError):
            return {}
        if not isinstance(found, dict):
            return {}
        return {case_id: text for case_id, text in found.items() if isinstance(text, str)}

    def _write(self, drafts: dict[str, str]) -> None:
        kept = {case_id: text for case_id, text in drafts.items() if text}
        if kept:
            write_durably(self.path, [json.dumps(kept).encode("ascii")])
        else:
            try:
                self.path.unlink(missing_ok=True)
            except OSError as error:
                raise StoreError(f"{self.path} cannot be removed", "remove it by hand") from error
