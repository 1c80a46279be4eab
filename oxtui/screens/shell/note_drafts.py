"""Notes that are being written: in memory at once, on the disk by a thread; a crash or a closed pane loses none."""

from __future__ import annotations

import threading
from collections.abc import Callable

from oxtui.errors import StoreError
from oxtui.screens.host import AppHost


class NoteDrafts:
    """The drafts of one app by case; nothing here waits for a disk where the screens live."""

    def __init__(self, app: AppHost) -> None:
        self.app = app
        self._texts: dict[str, str] = {}
        self._writing = threading.Lock()
        self._unwritten: set[str] = set()
        """Cases whose draft is not on the disk as it was typed."""
        self._told = ""
        """Why drafts are not kept, as it was told last; "" once one was."""

    def of(self, case_id: str) -> str:
        """The draft of a case as it was typed or read last; "" where there is none, or it was not read yet."""
        return self._texts.get(case_id, "")

    def newest(self, case_id: str) -> str:
        """The draft of a case as it is now; another pane may have begun one. It waits for the disk."""
        if not self._texts.get(case_id) and case_id not in self._unwritten:
            try:
                return self.app.service.drafts.of(case_id)
            except StoreError as error:
                self._not_kept(error)
        return self.of(case_id)

    def load(self, case_id: str, then: Callable[[str], None]) -> None:
        """Read the draft of a case in a thread; then give it to `then`."""

        def read() -> None:
            text = self.newest(case_id)
            if self.app.is_running:
                self.app.call_later(known, text)

        def known(text: str) -> None:
            if not self._texts.get(case_id):
                self._texts[case_id] = text
            then(self._texts[case_id])

        self.app.run_worker(read, thread=True, group="drafts", exit_on_error=False)

    def keep(self, case_id: str, text: str) -> None:
        """Keep the draft of a case; none where `text` is empty."""
        self._texts[case_id] = text
        self._unwritten.add(case_id)
        self.app.run_worker(lambda: self._write(case_id), thread=True, group="drafts", exit_on_error=False)

    def _write(self, case_id: str) -> None:
        with self._writing:
            text = self._texts.get(case_id, "")
            drafts = self.app.service.drafts
            try:
                drafts.keep(case_id, text)
            except StoreError as error:
                self._not_kept(error)
                return
            self._told = ""
            if self._texts.get(case_id, "") == text:
                self._unwritten.discard(case_id)
            if aside := drafts.take_set_aside():
                place = f"{aside.parent.name}/{aside.name}"
                self._warn(f"The notes begun before could not be read: they are set aside in {place}")

    def _not_kept(self, error: StoreError) -> None:
        """Say once why a note that is being written would not outlive this pane."""
        if error.message != self._told:
            self._told = error.message
            self._warn(f"A note is not kept while it is being written: {error.message}; {error.hint}")

    def _warn(self, text: str) -> None:
        if self.app.is_running:
            self.app.call_later(lambda: self.app.warn(text, about="drafts"))
