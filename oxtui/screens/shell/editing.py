"""A playbook that is being edited, in practice: each save that is sound is taken up, and one that is not is told."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

from oxtui.cases.case import Case
from oxtui.cases.commands.scenarios import MovePlaybook
from oxtui.errors import OxtuiError
from oxtui.playbook.changes import LOOK_SECONDS, Changes
from oxtui.playbook.load import Playbook, load
from oxtui.screens.host import AppHost

CHECK_SECONDS: Final = 120
"""So long a check may take; one that is still at it when the file is saved again is not waited for."""
_MOST_TOLD: Final = 3


class Editing:
    """The look at one folder; `case_id` is the case that is opened first."""

    def __init__(self, app: AppHost, folder: Path, case_id: str) -> None:
        self.app = app
        self.folder = folder
        self.case_id = case_id
        self.word = app.banner
        """What the banner begins with."""
        self._ended = threading.Event()
        self._checking: subprocess.Popen[str] | None = None

    def begin(self) -> None:
        """Open the case, and look at the folder from here on."""
        self.app.open_case(self.app.service.case(self.case_id))
        threading.Thread(target=self._run, name="editing", daemon=True).start()

    def end(self) -> None:
        """Look no more; a check that is under way is ended."""
        self._ended.set()
        if self._checking is not None:
            self._checking.terminate()

    # -- in the thread
    def _run(self) -> None:
        changes = Changes(self.folder)
        while not self._ended.wait(LOOK_SECONDS):
            if changes.found():
                self._look()

    def _look(self) -> None:
        """Check the folder beside this process (a proof would have the keys wait), and take it where it is sound."""
        problems = self._problems()
        if problems is None:
            return
        if problems:
            more = f" · and {len(problems) - _MOST_TOLD} more" if len(problems) > _MOST_TOLD else ""
            self._deliver(partial(self._tell, " · ".join(problems[:_MOST_TOLD]) + more))
            return
        try:
            playbook = load(self.folder).playbook
        except OxtuiError as error:  # saved again meanwhile: the next look tells
            self._deliver(partial(self._tell, str(error)))
        else:
            self._deliver(partial(self._take, playbook))

    def _problems(self) -> list[str] | None:
        """What is wrong with the folder; None where nobody waits for it any more."""
        home = str(self.app.service.places.home)
        command = [sys.executable, "-m", "oxtui", "--home", home, "check", str(self.folder), "--json"]
        try:
            with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as checking:
                self._checking = checking
                out, err = checking.communicate(timeout=CHECK_SECONDS)
        except (OSError, subprocess.TimeoutExpired) as error:
            return [f"it cannot be checked: {error}"]
        finally:
            self._checking = None
        if self._ended.is_set():
            return None
        try:
            return [f"{each['file']}:{each['line']}: {each['message']}" for each in json.loads(out)["problems"]]
        except (ValueError, KeyError, TypeError):
            return [err.strip() or "it cannot be checked"]

    def _deliver(self, function: Callable[[], None]) -> None:
        if self.app.is_running and not self._ended.is_set():
            self.app.call_later(function)

    # -- where the screens live
    def _tell(self, text: str) -> None:
        self.app.banner = f"{self.word} - {text}" if text else self.word
        self.app.watcher.put_away = False
        self.app.refresh_bars()

    def _take(self, playbook: Playbook) -> None:
        """Work with the playbook as it was saved; the case in front moves to its steps."""
        service = self.app.service
        service.take_playbook(playbook)
        self._tell("")
        case = service.peek(self.app.opened or self.case_id)
        if case is None or case.closed or case.procedure.digest == playbook.procedure.digest:
            self.app.say("Saved, and sound: prices, channels and pages are the new ones.")
            return
        self.app.submit(case.id, MovePlaybook(playbook.procedure), self._moved, self.app.tell)

    def _moved(self, _: Case) -> None:
        self.app.say("Saved, and sound: the case has its steps now.")
