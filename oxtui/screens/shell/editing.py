"""A playbook that is being edited, in practice: each save that is sound is loaded, and the others are reported."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

from oxtui.cases.commands.scenarios import MovePlaybook
from oxtui.errors import OxtuiError
from oxtui.playbook.apart import check_apart
from oxtui.playbook.folder_watch import LOOK_SECONDS, FolderWatch
from oxtui.playbook.playbook import Playbook
from oxtui.screens.host import AppHost

CHECK_SECONDS: Final = 120
"""How long a check may take."""
_SHOWN: Final = 3


class Editing:
    """Watches the folder of a playbook; `case_id` is the case that is opened first."""

    def __init__(self, app: AppHost, folder: Path, case_id: str) -> None:
        self.app = app
        self.folder = folder
        self.case_id = case_id
        self._banner = app.banner
        self._ended = threading.Event()
        self._checking: subprocess.Popen[str] | None = None

    def begin(self) -> None:
        """Open the case, and watch the folder from here on."""
        self.app.open_case(self.app.service.case(self.case_id))
        threading.Thread(target=self._run, name="editing", daemon=True).start()

    def end(self) -> None:
        """Stop watching, and a check that is under way."""
        self._ended.set()
        if self._checking is not None:
            self._checking.terminate()

    # -- in the thread
    def _run(self) -> None:
        watch = FolderWatch(self.folder)
        while not self._ended.wait(LOOK_SECONDS):
            if watch.found():
                self._check()

    def _check(self) -> None:
        """Check the folder, then load it or report its problems."""
        from oxtui.playbook.load import load  # the reader of YAML, which Home does without

        try:
            problems = check_apart(self.folder, self.app.service.places.home, CHECK_SECONDS, self._started)
            playbook = None if problems else load(self.folder).playbook
        except (OSError, subprocess.TimeoutExpired, OxtuiError) as error:  # OxtuiError: saved again meanwhile
            problems, playbook = [f"it cannot be checked: {error}"], None
        finally:
            self._checking = None
        if playbook is not None:
            self._deliver(partial(self._take, playbook))
        else:
            more = f" · and {len(problems) - _SHOWN} more" if len(problems) > _SHOWN else ""
            self._deliver(partial(self._report, " · ".join(problems[:_SHOWN]) + more))

    def _started(self, process: subprocess.Popen[str]) -> None:
        self._checking = process

    def _deliver(self, function: Callable[[], None]) -> None:
        if not self._ended.is_set():
            self.app.deliver(function)

    # -- on the screens' thread
    def _report(self, problems: str) -> None:
        self.app.banner = f"{self._banner} - {problems}" if problems else self._banner
        self.app.watcher.put_away = False
        self.app.refresh_bars()

    def _take(self, playbook: Playbook) -> None:
        """Use the playbook as it was saved; the case in front moves to its steps."""
        app = self.app
        app.service.reader.take(playbook)
        self._report("")
        case = app.service.peek(app.opened or self.case_id)
        if case is None or case.closed or case.procedure.digest == playbook.procedure.digest:
            app.say("Saved, and sound: prices, channels and pages are the new ones.")
        else:
            move = MovePlaybook(playbook.procedure)
            app.submit(case.id, move, lambda _: app.say("Saved, and sound: the case has its steps now."), app.tell)
