"""The panes that the walk types in, their homes and clocks, and how a command is told in short."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Final

from oxtui.cases.case import Case
from oxtui.cases.commands.base import Command
from oxtui.cases.commands.quotes import PutQuote
from oxtui.cases.commands.scenarios import MovePlaybook
from oxtui.cases.commands.waiting import KeepEvidence
from oxtui.clock import Clock
from oxtui.locations import Locations
from oxtui.playbook.load import load
from oxtui.playbook.playbook import Playbook
from oxtui.service import Service
from tests.service.walker.ledger import Ledger
from tests.service.walker.values import Row

CONFIG: Final = Path(__file__).parents[3] / "config"
BEGIN: Final = datetime.fromisoformat("2026-11-22T10:46:00+11:00")


@cache
def shipped() -> Playbook:
    return load(CONFIG).playbook


def other_playbook(folder: Path) -> Playbook:
    """The shipped playbook with another title, and one answer less in two questions that are no witnesses."""
    config = folder / "config"
    if not config.exists():
        shutil.copytree(CONFIG, config)
        changes = {
            "playbook.yaml": ("title: OX-Mail escalations", "title: OX-Mail escalations, spring"),
            "scenarios/2-wants-office-365-back.yaml": (", not-known: the client cannot say}", "}"),
            "scenarios/3-keeps-ox-mail.yaml": (
                "put-right: {text: put right now, tell: We've corrected the email settings on your device.}",
                "put-right-now: put right now",
            ),
        }
        for name, (old, new) in changes.items():
            path = config / name
            text = path.read_text(encoding="utf-8")
            assert text.count(old) == 1, name
            path.write_text(text.replace(old, new), encoding="utf-8")
    return load(config).playbook


class HandClock(Clock):
    """A clock that the walk moves: wall and monotonic together, or the wall alone."""

    def __init__(self, at: datetime) -> None:
        super().__init__(at)
        self.seconds = 0.0

    def monotonic(self) -> float:
        return self.seconds

    def move(self, by: timedelta, *, wall: bool = True, monotonic: bool = True) -> None:
        if wall and self.frozen:
            self.frozen += by
        if monotonic:
            self.seconds += by.total_seconds()


def written(command: Command) -> str:
    """A command in short: its name, and the fields that say something."""
    if isinstance(command, MovePlaybook):
        return f"MovePlaybook({command.procedure.title})"
    if isinstance(command, PutQuote):
        quote = command.quote
        return f"PutQuote({quote.current} to {quote.new}, {quote.licences} licences, discount {quote.discount})"
    if isinstance(command, KeepEvidence):
        return f"KeepEvidence({command.evidence['owner']}, error {command.evidence['error']})"
    given = {name: getattr(command, name) for name in command.__struct_fields__}
    return f"{type(command).__name__}({', '.join(f'{name}={value!r}' for name, value in given.items() if value)})"


class Pane:
    """A service in front of an agent, and what its screen shows of each case."""

    def __init__(self, name: str, agent: str, home: Home, playbook: Playbook) -> None:
        self.name = name
        self.agent = agent
        self.home = home
        self.playbook = playbook
        self.screen: dict[str, Case] = {}
        self.start()

    def start(self) -> None:
        """Begin anew, as after a restart."""
        self.service = Service(Locations(self.home.path, CONFIG), self.playbook, self.home.clock, self.agent)
        self.service.settle()
        self.screen.clear()

    @property
    def now(self) -> datetime:
        return self.home.clock.local()

    def look(self, case_id: str) -> Case:
        """Paint the screen anew."""
        case = self.service.case(case_id)
        self.screen[case_id] = case
        return case


class Home:
    """A data folder with its panes, its clock, and what it has acknowledged."""

    def __init__(self, name: str, path: Path) -> None:
        self.name = name
        self.path = path
        self.clock = HandClock(BEGIN)
        self.panes: list[Pane] = []
        self.logs: dict[str, list[Row]] = {}
        self.open: list[str] = []
        self.closed: list[str] = []
        self.ledgers: dict[str, Ledger] = {}

    def rows(self, case_id: str) -> list[Row] | None:
        """The log of a case as it is kept now, open or closed."""
        store = self.panes[0].service.store
        document = store.get(case_id) or store.archive.get(case_id)
        return None if document is None else list(document["log"])


Snap = Mapping[tuple[int, Any], Any]


def snap(case: Case) -> Snap:
    """What `Case` says stands, in every scenario: marks, late mailboxes, what was cleared and what was put off."""
    found: dict[tuple[int, Any], Any] = {}
    for number, board in case.boards.items():
        found |= {(number, key): mark for key, mark in board.marks.items()}
        found |= {(number, ("late", box)): True for box in board.uncovered}
        found |= {(number, ("cleared", item)): event for item, event in board.cleared.items()}
        found |= {(number, ("put off", item)): event for item, event in board.put_off.items()}
    return found
