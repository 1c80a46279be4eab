"""The playbook that a lead published: fetched, proved on this machine, and used from the next call."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Final

from msgspec.structs import replace

from oxtui.durable import write_durably
from oxtui.errors import OxtuiError, StoreError, Unsaved
from oxtui.playbook.apart import check_apart, touches_guards_apart
from oxtui.playbook.bundle import unpack
from oxtui.playbook.load import load
from oxtui.playbook.pins import is_digest, save_pin
from oxtui.playbook.playbook import Playbook
from oxtui.service import Service
from oxtui.store.interface import Floor

CHECK_SECONDS: Final = 600
FOLDER: Final = "floor/published"
IN_FORCE: Final = "in-force"


def published_folder(home: Path) -> Path | None:
    """The folder of the playbook last adopted on this machine, or None."""
    try:
        digest = (home / FOLDER / IN_FORCE).read_text("ascii").strip()
    except (OSError, ValueError):
        return None
    folder = home / FOLDER / digest
    return folder if is_digest(digest) and folder.is_dir() else None


class Published:
    """Checks for a new playbook in force; `report` is called on the screens' thread with a sentence or ""."""

    def __init__(
        self,
        service: Service,
        floor: Floor,
        deliver: Callable[[Callable[[], None]], None],
        report: Callable[[str], None],
    ) -> None:
        self.service = service
        self.floor = floor
        self.trouble = ""
        """The reason why the playbook in force is not used here, or ""."""
        self._deliver = deliver
        self._report = report
        taken = published_folder(service.places.home)
        self._looked_at = taken.name if taken else ""
        self._ready: Playbook | None = None
        self._busy = False

    def look(self, *, next_call: bool = False) -> None:
        """Fetch a new playbook in a thread; adopt a proved one between two calls. Returns at once.

        Between two calls: no one is on the line, or (`next_call`) the next client's case is being opened.
        """
        digest = self.floor.in_force()
        if digest and digest != self._looked_at and not self._busy and self.floor.away is None:
            self._busy = True
            threading.Thread(target=self._fetch, args=(digest,), name="playbook", daemon=True).start()
        if self._ready is not None and (next_call or not self.service.on_the_line()):
            ready, self._ready = self._ready, None
            self.service.reader.take(ready)
            self._report(f"The playbook {ready.procedure.review} is in force now")

    # -- in the thread
    def _fetch(self, digest: str) -> None:
        try:
            playbook = self._proved(digest)
        except Unsaved:
            self._deliver(self._later)
        except OxtuiError as error:
            self._deliver(partial(self._not_taken, digest, str(error)))
        else:
            self._deliver(partial(self._is_ready, digest, playbook))

    def _proved(self, digest: str) -> Playbook:
        """Unpack and prove the published playbook; raises OxtuiError if it cannot be used."""
        home = self.service.places.home
        folder = unpack(self.floor.playbook(digest), home / FOLDER)
        try:
            problems = check_apart(folder, home, CHECK_SECONDS)
        except (OSError, subprocess.TimeoutExpired):
            raise Unsaved("The published playbook cannot be proved here now", "it is tried again") from None
        if problems:
            raise StoreError(f"it is not sound: {problems[0]}", "the one before stays in use here")
        self._need_second_lead(digest, folder)
        playbook = replace(load(folder).playbook, settings=self.service.playbook.settings)
        save_pin(self.service.places.playbooks, playbook.procedure)
        write_durably(home / FOLDER / IN_FORCE, [digest.encode("ascii")])
        return playbook

    def _need_second_lead(self, digest: str, folder: Path) -> None:
        """Raise StoreError if the playbook touches a guard and no second lead confirmed it: the server cannot check."""
        rows = self.floor.published()
        place = next((place for place, row in enumerate(rows) if row[0] == digest), len(rows))
        if place + 1 >= len(rows) or rows[place][1]:  # the first one, or confirmed
            return
        before = unpack(self.floor.playbook(rows[place + 1][0]), self.service.places.home / FOLDER)
        try:
            touches = touches_guards_apart(before, folder, CHECK_SECONDS)
        except (OSError, subprocess.TimeoutExpired):
            raise Unsaved("The published playbook cannot be compared here now", "it is tried again") from None
        if touches:
            hint = "the one before stays in use here; a lead publishes it with --second"
            raise StoreError("no second lead confirmed what it changes in the guards", hint)

    # -- on the screens' thread
    def _later(self) -> None:
        self._busy = False

    def _is_ready(self, digest: str, playbook: Playbook) -> None:
        self._busy, self._looked_at, self.trouble, self._ready = False, digest, "", playbook
        with suppress(OxtuiError):
            self.look()

    def _not_taken(self, digest: str, why: str) -> None:
        self._busy, self._looked_at = False, digest
        self.trouble = f"The playbook that was published cannot be used here: {why}."
        self._report("")
