"""Notes that are still being written, kept beside the open cases: a crash or a closed pane loses none."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from oxtui.durable import unreadable, write_durably
from oxtui.errors import StoreError
from oxtui.store.local.files import regular_file, set_aside

if TYPE_CHECKING:
    from pathlib import Path

    from oxtui.store.local.cases import OpenCases


class Drafts:
    """The drafts of one home, by case id. One outlives the closing of its case, whoever closes it."""

    def __init__(self, cases: OpenCases) -> None:
        self.cases = cases
        self.path: Path = cases.folder / "drafts.json"
        self._aside: Path | None = None

    def of(self, case_id: str) -> str:
        """The draft of a case, or ""; in a damaged file there is none. Raises StoreError where it cannot be read."""
        return self._read().get(case_id, "")

    def is_whole(self) -> bool:
        """Whether the file is as oxtui writes it, or is not there. Raises StoreError where it cannot be read."""
        found = self._parsed()
        return isinstance(found, dict) and all(isinstance(text, str) for text in found.values())

    def take_set_aside(self) -> Path | None:
        """Where a damaged file was set aside since the last call, for the agent to be told."""
        aside, self._aside = self._aside, None
        return aside

    def keep(self, case_id: str, text: str) -> None:
        """Keep the draft of a case, or none where `text` is empty. Raises StoreError: Unsaved, or it cannot be read."""
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
        """The drafts that can be read; raises StoreError where the file system does not give the file."""
        found = self._parsed()
        drafts = found.items() if isinstance(found, dict) else ()
        return {case_id: text for case_id, text in drafts if isinstance(text, str)}

    def _parsed(self) -> object:
        """What the file holds; None where that is not JSON."""
        if regular_file(self.path) is None:
            return {}
        try:
            return json.loads(self.path.read_bytes())
        except FileNotFoundError:
            return {}
        except OSError as error:  # not to be taken for an empty file, which would be written over
            raise unreadable(error, self.path) from error
        except (ValueError, RecursionError):
            return None

    def _write(self, drafts: dict[str, str]) -> None:
        """Write the drafts; a file that is not what oxtui writes is set aside before."""
        if not self.is_whole():
            self._aside = set_aside(self.path, self.cases.clock.now())
        kept = {case_id: text for case_id, text in drafts.items() if text}
        if kept:
            write_durably(self.path, [json.dumps(kept).encode("ascii")])
        else:
            try:
                self.path.unlink(missing_ok=True)
            except OSError as error:
                raise StoreError(f"{self.path} cannot be removed", "remove it by hand") from error
