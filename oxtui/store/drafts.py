"""Notes that are still being written, in a file beside the open cases, so that a crash or a closed pane loses none."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from pathlib import Path

from oxtui.clock import Clock
from oxtui.durable import unreadable, write_durably
from oxtui.errors import StoreError
from oxtui.store.files import regular_file, set_aside


class Drafts:
    """The drafts of one home, by case id. A draft outlives the closing of its case.

    `lock` is the home's; `existing` returns those of some ids that are open or closed cases. Every method raises
    StoreError.
    """

    def __init__(
        self,
        folder: Path,
        clock: Clock,
        lock: Callable[[], AbstractContextManager[None]],
        existing: Callable[[Iterable[str]], set[str]],
    ) -> None:
        self.path = folder / "drafts.json"
        self._clock = clock
        self._lock = lock
        self._existing = existing
        self._aside: Path | None = None

    def of(self, case_id: str) -> str:
        """The draft of a case, or ""; a damaged file has none."""
        return self._read().get(case_id, "")

    def is_whole(self) -> bool:
        """Whether every draft in the file can be read."""
        value = self._parsed()
        return isinstance(value, dict) and all(isinstance(text, str) for text in value.values())

    def take_set_aside(self) -> Path | None:
        """The damaged file that was set aside since the last call, to be reported to the agent."""
        aside, self._aside = self._aside, None
        return aside

    def keep(self, case_id: str, text: str) -> None:
        """Save the draft of a case; an empty `text` removes it."""
        if self._read().get(case_id, "") != text:
            with self._lock():
                self._write({**self._read(), case_id: text})

    def prune(self) -> None:
        """Remove the drafts of cases that no longer exist."""
        drafts = self._read()
        if drafts:
            orphans = drafts.keys() - self._existing(drafts)
            with self._lock():
                self._write({case_id: text for case_id, text in self._read().items() if case_id not in orphans})

    def _read(self) -> dict[str, str]:
        value = self._parsed()
        drafts = value.items() if isinstance(value, dict) else ()
        return {case_id: text for case_id, text in drafts if isinstance(text, str)}

    def _parsed(self) -> object:
        """The JSON value in the file; None if it is not JSON."""
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
        """Write the drafts; a damaged file is set aside first."""
        if not self.is_whole():
            self._aside = set_aside(self.path, self._clock.now())
        texts = {case_id: text for case_id, text in drafts.items() if text}
        if texts:
            write_durably(self.path, [json.dumps(texts).encode("ascii")])
        else:
            try:
                self.path.unlink(missing_ok=True)
            except OSError as error:
                raise StoreError(f"{self.path} cannot be removed", "remove it by hand") from error
