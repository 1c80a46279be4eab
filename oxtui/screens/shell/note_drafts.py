"""Notes that are being written: in memory at once, on the disk by a thread; a crash or a closed pane loses none."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial

from oxtui.errors import StoreError
from oxtui.screens.host import AppHost


class NoteDrafts:
    """The drafts of one app by case; nothing here waits for a disk on the screens' thread."""

    def __init__(self, app: AppHost) -> None:
        self.app = app
        self._texts: dict[str, str] = {}
        self._writing = threading.Lock()
        self._unwritten: set[str] = set()
        """Cases whose draft is not on the disk as it was typed."""
        self._warned = ""
        """The last warning that drafts are not saved; "" once one was."""

    def of(self, case_id: str) -> str:
        """The draft of a case as it was typed or read last; "" if there is none, or it was not read yet."""
        return self._texts.get(case_id, "")

    def newest(self, case_id: str) -> str:
        """The draft of a case as it is now; another pane may have begun one. It waits for the disk."""
        if not self._texts.get(case_id) and case_id not in self._unwritten:
            try:
                return self.app.service.store.drafts.of(case_id)
            except StoreError as error:
                self.app.deliver(partial(self._warn, self._not_kept(error)))
        return self.of(case_id)

    def load(self, case_id: str, then: Callable[[str], None]) -> None:
        """Read the draft of a case in a thread, then give it to `then`."""

        def known(text: str) -> None:
            if not self._texts.get(case_id):
                self._texts[case_id] = text
            then(self._texts[case_id])

        self.app.aside(partial(self.newest, case_id), known, self.app.tell, holds_keys=False)

    def keep(self, case_id: str, text: str) -> None:
        """Save the draft of a case in a thread; "" deletes it."""
        self._texts[case_id] = text
        self._unwritten.add(case_id)
        self.app.aside(partial(self._write, case_id), self._warn, self.app.tell, holds_keys=False)

    def drop(self, case_id: str, text: str) -> None:
        """Delete the draft of a case in a thread, unless it says something else by now."""
        if self.of(case_id).strip() == text:
            self._texts[case_id] = ""
        self.app.aside(partial(self._drop, case_id, text), self._warn, self.app.tell, holds_keys=False)

    def _drop(self, case_id: str, text: str) -> str:
        with self._writing:
            drafts = self.app.service.store.drafts
            if drafts.of(case_id).strip() == text:
                drafts.keep(case_id, "")
        return ""

    def _write(self, case_id: str) -> str:
        """Write the newest text of a draft; return a warning for the agent."""
        with self._writing:
            text = self._texts.get(case_id, "")
            drafts = self.app.service.store.drafts
            try:
                drafts.keep(case_id, text)
            except StoreError as error:
                return self._not_kept(error)
            self._warned = ""
            if self._texts.get(case_id, "") == text:
                self._unwritten.discard(case_id)
            aside = drafts.take_set_aside()
            place = f"{aside.parent.name}/{aside.name}" if aside else ""
            return f"The notes begun before could not be read: they are set aside in {place}" if place else ""

    def _not_kept(self, error: StoreError) -> str:
        """Return once why a note that is being written would not outlive this pane."""
        if error.message == self._warned:
            return ""
        self._warned = error.message
        return f"A note is not kept while it is being written: {error.message}; {error.hint}"

    def _warn(self, text: str) -> None:
        if text:
            self.app.warn(text, about="drafts")
