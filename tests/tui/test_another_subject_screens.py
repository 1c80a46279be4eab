"""Every screen, dialog, help page and list with a playbook about parcels: no word of the shipped one or its floor."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import oxtui.screens
from oxtui.cases.case import Case
from oxtui.cases.commands.calls import BeginCall, EndCall
from oxtui.cases.commands.closing import Close
from oxtui.cases.commands.marks import AnswerIt, Tick
from oxtui.cases.commands.scenarios import Choose
from oxtui.cli.samples import make
from oxtui.screens.base import BaseScreen
from oxtui.screens.case.screen import CaseScreen
from oxtui.screens.dialogs.ask import Dialog
from oxtui.screens.shell.palette import hits
from oxtui.service import Service
from oxtui.widgets.casetable import CaseTable
from oxtui.widgets.page import Page
from tests.core.shipped_words import FLOOR, shipped_words
from tests.drive.case import playbook, service_at
from tests.drive.screen import Tui, running

PARCEL = Path(__file__).parents[1] / "samples" / "lost-parcel"
FIBRE = PARCEL.parent / "fibre-move"
ROOMY = (120, 40)
NOT_HERE = {
    "CalculatorScreen": "there are no prices",
    "LeadScreen": "it needs a floor's server",
    "AskSecret": "it needs a template with a password",
    "ByHand": "it needs a clipboard that does not answer",
    "Told": "it needs a floor's server that was away",
    "KnownFields": "nothing is asked about single pieces",
    "ConfirmRecord": "it comes with an answer, and the walk gives none; it is drawn as Confirm",
    "ConfirmClosing": "f asks for the reason first, and the walk goes no further",
}
"""Screens that nothing in this playbook leads to, and why."""


def named(text: str) -> list[str]:
    """The words of the shipped playbook and of its floor in a text."""
    return [*shipped_words(text), *dict.fromkeys(match[0] for match in FLOOR.finditer(text))]


class Looking:
    """Presses keys and keeps what stood on the screen after each."""

    def __init__(self, tui: Tui, words: Callable[[str], list[str]] = named) -> None:
        self.tui = tui
        self.words = words
        self.screens: set[str] = set()
        self.wrong: dict[str, str] = {}

    def note(self, where: str, text: str) -> None:
        """Keep the lines that have such a word; a file's name is none."""
        for line in text.splitlines():
            if found := self.words(line.replace("dns.yaml", "")):
                self.wrong.setdefault(f"{found}: {line.strip()}", where)

    async def see(self, *keys: str) -> str:
        """Press keys, one by one; what is on the screen then."""
        for key in keys:
            await self.tui.press(key)
            screen = self.tui.screen
            self.screens.add(type(screen).__name__)
            self.note(
                f"{key} on {type(screen).__name__}: {self.tui.lines()[1][:60]}", f"{self.tui.text()}\n{self.tui.told()}"
            )
        return self.tui.text()

    async def back(self, front: object) -> None:
        """Press esc until a screen is in front again."""
        for _ in range(6):
            if self.tui.screen is front:
                return
            await self.see("escape")
        raise AssertionError(f"no way back from {self.tui.screen}\n{self.tui.text()}")

    async def each(self, *keys: str) -> None:
        """Press each key on the screen in front, and go back to it."""
        front = self.tui.screen
        for key in keys:
            await self.see(key)
            await self.back(front)

    async def help(self) -> None:
        """The whole help of the screen in front and all that the palette finds from it, whatever room there is."""
        front = self.tui.screen
        assert isinstance(front, BaseScreen)
        front.action_help()
        await self.tui.settle()
        self.screens.add(type(self.tui.screen).__name__)
        page = self.tui.screen.query_one(Page)
        text = "\n".join("".join(span[0] for span in line) for line in page.content(300))
        assert "Keys" in text
        self.note(f"the help of {type(front).__name__}", text)
        await self.back(front)
        found = "\n".join(f"{each.name} {each.beside} {each.also}" for each in hits(front.host, front))
        assert "end oxtui" in found
        self.note(f"what the palette finds from {type(front).__name__}", found)


def worked(service: Service, number: str, *commands: object, pieces: bool = True) -> Case:
    """A case that somebody else began, and went on with as far as these commands."""
    service = other(service, f"agent{number[-1]}")
    case = service.start(number, {"caller": "Kim", "phone": "0400111222"}, ["box 1, box 2"] if pieces else [])
    for command in (BeginCall("client", "collection code"), *commands):
        case = service.change(case.id, command)  # type: ignore[arg-type]
    return case


def other(service: Service, agent: str) -> Service:
    return Service(service.places, service.playbook, service.clock, agent, service.store)


def cases(service: Service) -> list[Case]:
    """A held parcel at its start, a lost one on its way, one that is ready to be refunded, and one that is closed."""
    claim = (Choose(2), AnswerIt("sent-on", ("2026-11-02",)), AnswerIt("amount", ("620",)))
    opened = (*claim, Tick("open-claim", values={"number": "CL-30417"}))
    closed = worked(service, "PX10000001", Choose(1), pieces=False)
    other(service, "agent1").change(closed.id, Close("stays-held", "the duty"))
    ready = worked(service, "PX10000002", *opened, Tick("search"))
    for by, command in (
        ("bob", AnswerIt("second-look", ("sound",))),
        ("cora", AnswerIt("search-result", ("not-found",))),
    ):
        for each in (BeginCall("back-office"), command):
            other(service, by).change(ready.id, each)
    changed = worked(service, "PX10000003", *opened, Tick("search"), AnswerIt("amount", ("20",)))
    return [
        worked(service, "PX10000004", Choose(1)),
        worked(service, "PX10000005", *claim),
        service.case(ready.id),
        changed,
    ]


def screens() -> set[str]:
    """The names of every screen and dialog that the program has."""
    for module in pkgutil.walk_packages(oxtui.screens.__path__, "oxtui.screens."):
        importlib.import_module(module.name)

    def below(kind: type[Any]) -> set[type[Any]]:
        return {kind}.union(*(below(each) for each in kind.__subclasses__()))

    kinds = [each for each in below(BaseScreen) | below(Dialog) if each.__module__.startswith("oxtui.")]
    return {each.__name__ for each in kinds if not each.__subclasses__() or each.__name__ in ("Ask", "Confirm", "Pick")}


@pytest.mark.slow
async def test_no_screen_says_a_word_of_another_subject(tmp_path: Path) -> None:
    service = service_at(tmp_path / "home", config=PARCEL)
    opened = cases(service)
    async with running(tmp_path, ROOMY, service=service) as tui:
        walk = Looking(tui)
        # Home and its pages
        await walk.help()
        await walk.each("H", "ctrl+p", "w", "T", "A", "F", "c")
        await walk.see("slash", "escape")
        for page in "trh":
            home = tui.screen
            await walk.see(page, "down", "down")
            await walk.help()
            await walk.see("enter")
            await walk.back(home)
        # a new case and the call flow
        home = tui.screen
        await walk.see("n")
        await walk.help()
        await tui.type("example.com")
        await walk.see("enter", "ctrl+u")
        await tui.type("PX20418837")
        await walk.see("enter")
        await walk.help()
        await walk.each("f", "a", "0", "slash")
        await walk.see("3")
        await walk.back(home)
        # cases
        for case in opened:
            await tui.open(case)
            front = tui.screen
            assert isinstance(front, CaseScreen)
            await walk.help()
            await walk.each(*"abcdisvCl", "exclamation_mark", "ctrl+p")
            if case in opened[2:]:  # everything may be done: without the sender, and on the line with them
                for row in service.overviews():
                    if service.case(row.id).conversation.live:
                        service.change(row.id, EndCall())
                how = BeginCall("back-office") if case is opened[2] else BeginCall("client", "photo ID")
                service.change(case.id, how)
                await tui.press("r", "escape")
            for _ in case.applicable():
                await walk.each("enter", "space", "x")
                await walk.see("down")
            await walk.each("d", "t", "y", *"inwzYE")
            await walk.see("u", "tab", "tab", "shift+tab")
            await walk.back(home)
        await tui.open(service.start("PX30000001"))
        await walk.back(home)
        assert "\n".join(walk.wrong) == ""
        assert sorted(screens() - walk.screens) == sorted(NOT_HERE)


async def test_no_practice_case_and_no_banner_says_one(tmp_path: Path) -> None:
    service = service_at(tmp_path / "home", config=PARCEL)
    lessons = make(service)
    async with running(tmp_path, ROOMY, service=service, banner="Practice", practice=True) as tui:
        walk = Looking(tui)
        home = tui.screen
        for name in lessons.samples:
            await tui.open(service.find(name))
            await walk.see("down", "enter")
            await walk.back(home)
        assert "\n".join(walk.wrong) == ""


async def test_no_calculator_and_no_evidence_names_a_product(tmp_path: Path) -> None:
    """With a playbook that has prices and asks DNS, of a floor with the same words: no product of the other article."""
    service = service_at(tmp_path, playbook=playbook(FIBRE), config=FIBRE)  # its resolver answers nothing
    make(service)
    async with running(tmp_path, ROOMY, service=service) as tui:
        walk = Looking(tui, shipped_words)
        home = tui.screen
        assert "for example: ads y" in await walk.see("c", *"zzz", "enter")
        await walk.help()
        await walk.back(home)
        seen = next(case for row in service.overviews() if (case := service.case(row.id)).evidence)
        await tui.open(seen)
        await walk.each(*"civx", "ctrl+p")
        await walk.help()
        assert "\n".join(walk.wrong) == "" and "CalculatorScreen" in walk.screens


async def test_home_shows_each_case_in_the_words_of_its_own_playbook(tmp_path: Path) -> None:
    """Two playbooks have open cases in one home: what is said of a case follows its pin, not the playbook of today."""
    home = tmp_path / "home"
    parcel = service_at(home, config=PARCEL).start("PX10000009", {"claim": "CL-10009"}, ["box 1, box 2"])
    service = service_at(home, playbook=playbook())
    mail = service.start("brightside.com.au", {}, ["anna@brightside.com.au, info@brightside.com.au"])
    async with running(tmp_path, (200, 60), service=service) as tui:
        said = {}
        for _ in range(2):
            said[tui.screen.query_one(CaseTable).current.id] = tui.text()
            await tui.press("down")
        assert "2 pieces" in said[parcel.id] and "2 mailboxes" not in said[parcel.id]
        assert "2 mailboxes" in said[mail.id] and "2 pieces" not in said[mail.id]
        await tui.press("c", "escape")
        await tui.open(service.case(parcel.id))
        assert "pieces" in tui.text().lower() and "mailbox" not in tui.text().lower()


async def test_without_prices_c_says_so_and_opens_nothing(tmp_path: Path) -> None:
    service = service_at(tmp_path / "home", config=PARCEL)
    case = worked(service, "PX10000009", Choose(1))
    async with running(tmp_path, service=service) as tui:
        for front in (tui.screen, CaseScreen(case)):
            if front is not tui.screen:
                await tui.show(front)
            await tui.press("c")
            assert tui.screen is front and "This playbook has no prices" in tui.told()
