"""How many keys a whole case takes: from `n` to closed, monthly billing, two mailboxes, the usual answers.

Every press counts but typed text and `tab` between the fields of a form: copies, confirmations and closing too.
"""

from __future__ import annotations

import re
from pathlib import Path

from textual import events

from oxtui.screens.case.killer_box import KillerBox
from oxtui.screens.home.screen import HomeScreen
from tests.drive.case import DOMAIN, new_service, playbook
from tests.drive.screen import Tui, running

BOXES = f"anna@{DOMAIN} info@{DOMAIN}"


class Hands:
    """The keys of one walk, counted."""

    def __init__(self, tui: Tui) -> None:
        self.tui = tui
        self.pressed = 0

    async def keys(self, keys: str) -> None:
        """Press keys, each when the one before has had its effect."""
        for key in keys.split():
            await self.tui.press(key)
            await self.tui.until(lambda: not self.tui.app.coming)
            self.pressed += 1

    async def text(self, text: str) -> None:
        await self.tui.type(text)

    async def paste(self, text: str) -> None:
        self.tui.app.post_message(events.Paste(text))
        await self.tui.settle()

    async def begin(self, scenario: str) -> None:
        await self.keys("n")
        await self.text(DOMAIN)
        while self.tui.app.focused is None or self.tui.app.focused.id != "mailboxes":
            await self.tui.press("tab")
        await self.text(BOXES)
        await self.keys(f"enter a {scenario}")

    async def copy(self) -> None:
        """y, and the template is on the clipboard."""
        before = self._copies()
        await self.keys("y")
        await self.tui.until(lambda: self._copies() > before and self.tui.screen.query_one("#checklist").has_focus)

    def _copies(self) -> int:
        (row,) = self.tui.service.seen_overviews()
        return sum(event.what == "copied" for event in self.tui.service.case(row.id).log)

    async def cancel(self) -> None:
        """The killer under the cursor: look, all clear, cancelled."""
        await self.keys("enter")
        box = self.tui.screen
        assert isinstance(box, KillerBox), self.tui.text()
        await self.tui.until(lambda: not box.shown.waiting)
        for _ in range(2):
            await self.keys("enter")
            await self.tui.until(lambda: not box.deciding)
            await self.tui.settle()
        assert not isinstance(self.tui.screen, KillerBox), self.tui.text()

    def closed(self) -> bool:
        """Whether the case was closed as complete and Home is in front."""
        rows = self.tui.service.store.archive.by_domain(DOMAIN)
        return isinstance(self.tui.screen, HomeScreen) and [row["ending"] for row in rows] == ["complete"]


def told_in_readme(most: int) -> int:
    """The keys that README's table gives for the walk that may take `most`; they are no more than that."""
    text = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
    keys = {int(at_most): int(counted) for counted, at_most in re.findall(r"\| (\d+) \| (\d+) \|", text)}
    assert keys[most] <= most
    return keys[most]


async def test_scenario_1_in_24_keys(tmp_path: Path) -> None:
    service = new_service(tmp_path, playbook=playbook())
    async with running(tmp_path, (120, 40), service=service) as tui:
        hands = Hands(tui)
        await hands.begin("1")
        await hands.keys("1 1 1")  # billing now, licence, billing next
        await hands.copy()  # the notice for the chat
        await hands.keys("1")  # through the chat
        await hands.keys("1")  # the reason is set
        await hands.keys("1 1")  # ordered through the console, completed
        await hands.keys("space enter")  # both moved
        await hands.text("1/12")
        await hands.keys("enter")  # the next invoice date
        await hands.keys("1 1")  # Essentials runs, no workflows
        await hands.cancel()
        await hands.keys("space 1")  # billing lines, gone at Microsoft
        await hands.keys("z enter")
        assert hands.closed(), tui.text()
        assert hands.pressed == told_in_readme(24)


async def in_office_365(hands: Hands) -> None:
    """Scenario 2 from `n` to a raised JIRA."""
    await hands.begin("2")
    await hands.keys("1 1 1 1")  # OX-Mail runs, licence, billing now and next
    await hands.keys("space 1 1")  # SME, ordered, completed
    await hands.keys("1 enter 1 enter")  # DNS, devices
    await hands.keys("1 1 1 1 1")  # NS, MX, SPAM-Experts, webmail, nothing missing
    await hands.keys("t")
    await hands.text("12/9")
    await hands.keys("enter")  # when it started; then the passwords
    await hands.paste("\n".join(f"{box} : pass-{place}" for place, box in enumerate(BOXES.split())))
    await hands.copy()
    await hands.paste("HOST-4412")  # the number out of JIRA, on the item that asks for it
    await hands.keys("enter")


async def test_scenario_2_in_34_keys(tmp_path: Path) -> None:
    service = new_service(tmp_path, playbook=playbook())
    async with running(tmp_path, (120, 40), service=service) as tui:
        hands = Hands(tui)
        await in_office_365(hands)
        await hands.keys("1 enter 1 enter")  # completed, works
        await hands.cancel()
        await hands.keys("space z enter")
        assert hands.closed(), tui.text()
        assert hands.pressed == told_in_readme(34)


async def test_scenario_2_with_one_mailbox_returned_in_42_keys(tmp_path: Path) -> None:
    service = new_service(tmp_path, playbook=playbook())
    async with running(tmp_path, (120, 40), service=service) as tui:
        hands = Hands(tui)
        await in_office_365(hands)
        await hands.keys("2 3")  # returned, for the second
        await hands.text("the password is wrong")
        await hands.keys("enter 1 enter")  # completed for the first
        await hands.copy()
        await hands.keys("space enter")  # sent again, no new number
        await hands.keys("1 enter 1 enter")  # completed, works
        await hands.cancel()
        await hands.keys("space z enter")
        assert hands.closed(), tui.text()
        assert hands.pressed == told_in_readme(42)


async def test_scenario_3_in_30_keys(tmp_path: Path) -> None:
    service = new_service(tmp_path, playbook=playbook())
    async with running(tmp_path, (120, 40), service=service) as tui:
        hands = Hands(tui)
        await hands.begin("3")
        await hands.keys("2 enter enter")  # sending or receiving, both
        await hands.keys("1 1 1 1 1 2 enter")  # NS, DNS, webmail, settings, SPAM-Experts; not solved, for both
        await hands.keys("t")
        for typed in ("12/9", "", f"test@{DOMAIN}", BOXES.split()[0], "a test", "23/11 10:30"):
            if typed:
                await hands.text(typed)
                await hands.keys("enter")
            else:
                await hands.keys("1")  # a choice
        await hands.copy()
        await hands.paste("00123456")
        await hands.keys("enter 1 1 z enter")
        assert hands.closed(), tui.text()
        assert hands.pressed == told_in_readme(30)
