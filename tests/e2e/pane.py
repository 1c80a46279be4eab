"""The program in a pane, its keys counted, with a second look at what is on the disk."""

from __future__ import annotations

import re
import time

from oxtui.service import Service
from tests.drive.case import DOMAIN
from tests.drive.terminal import Terminal

BOXES = (f"anna@{DOMAIN}", f"info@{DOMAIN}")
CURSOR = re.compile(r"▸. ?(.{8,40})")


class Pane:
    """The program in a pane, the keys counted, and a second look at its home."""

    def __init__(self, terminal: Terminal, service: Service) -> None:
        self.terminal = terminal
        self.service = service
        self.pressed = 0

    # -- what is on the disk
    def log(self) -> list[str]:
        """What was recorded, as another pane reads it; evidence comes by itself."""
        events = [str(event["what"]) for case in self.service.store.snapshot().values() for event in case["log"]]
        return [what for what in events if what != "evidence"]

    def endings(self) -> list[str]:
        return [str(row["ending"]) for row in self.service.store.archive.by_domain(DOMAIN)]

    # -- keys
    def keys(self, keys: str, sees: str = "") -> None:
        """Press keys that write nothing, one after another; then `sees` is on the screen."""
        for key in keys.split():
            self.terminal.press(key)
            self.terminal.wait_still()
            self.pressed += 1
        if sees:
            self.terminal.wait_for(sees, 15)

    def does(self, keys: str, what: str = "") -> None:
        """Press keys of which each is on the disk before the next one; `what` names the event of the last."""
        for key in keys.split():
            before = self.log()
            self.keys(key)
            self.written(before, what)

    def written(self, before: list[str], what: str = "") -> None:
        """Wait until something has been recorded since, and is drawn."""
        end = time.monotonic() + 20
        while not ((now := self.log()[len(before) :]) and (not what or what in now)):
            if time.monotonic() > end:
                raise AssertionError(f"{what or 'nothing'} was not recorded\n{self.terminal.text()}")
            time.sleep(0.02)
        self.terminal.wait_still()

    def text(self, text: str) -> None:
        self.terminal.type(text)
        self.terminal.wait_still()

    def paste(self, text: str) -> None:
        self.terminal.paste(text)
        self.terminal.wait_still()

    def copy(self) -> None:
        self.does("y", "copied")

    def begin(self, scenario: str) -> None:
        """From Home into a scenario, which is refused before the client is authenticated."""
        self.keys("n", "Domain")
        self.text(DOMAIN)
        for _ in range(4):
            self.terminal.press("tab")
            self.terminal.wait_still()
        self.text(" ".join(BOXES))
        self.does("enter")
        self.terminal.wait_for("Call flow")
        self.wrong(scenario, "Authentication comes first")
        self.does(f"a {scenario}")
        self.terminal.wait_for("Checklist")
        self.not_complete()

    def cancel(self) -> None:
        """The cancellation under the cursor in its two steps, each looked at before."""
        self.keys("enter")
        self.terminal.wait_gone("looking")
        for what in ("cleared", "ticked"):
            self.terminal.wait_still(1.0)
            self.does("enter", what)

    def close(self) -> None:
        self.keys("z", f"Close {DOMAIN}")
        self.keys("enter", "No open case")
        assert self.endings() == ["complete"]

    # -- what is refused on the way
    def wrong(self, keys: str, sees: str) -> None:
        """Keys that are refused in these words, and write nothing; they are not counted."""
        before, pressed = self.log(), self.pressed
        self.keys(keys, sees)
        assert self.log() == before
        self.pressed = pressed

    def not_complete(self) -> None:
        """The case cannot be closed as complete yet."""
        self.wrong("z", "Not complete")
        assert "complete, " not in self.terminal.text()
        self.wrong("escape", "Checklist")

    def locked(self) -> None:
        """The cancellation can neither be ticked nor looked at as clear, from wherever the cursor is."""
        at, pressed = self.cursor(), self.pressed
        self.walk_to("down", "Cancel ")
        before = self.log()
        self.keys("space 1")
        assert self.log() == before
        self.wrong("enter", "is locked")
        self.wrong("escape", "Checklist")
        self.walk_to("up", at)
        self.pressed = pressed

    def cursor(self) -> str:
        """The beginning of the row that the cursor is on."""
        found = CURSOR.search(self.terminal.text())
        assert found, self.terminal.text()
        return re.split(r"  | │", found[1])[0].strip()[:30]

    def walk_to(self, key: str, text: str) -> None:
        for _ in range(40):
            if self.cursor().startswith(text):
                return
            self.keys(key)
        raise AssertionError(f"no row {text!r}\n{self.terminal.text()}")
