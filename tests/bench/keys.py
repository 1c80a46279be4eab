"""The time from a key to the last byte of its picture, on a pseudo-terminal."""

from __future__ import annotations

import itertools
import json
import multiprocessing
import statistics
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path

from tests.bench.homes import config_with, fill, new_service
from tests.bench.pane import OXTUI, SAME_AREA, Pane
from tests.bench.ratios import Figure

SIZE = (120, 40)
ANSWERS = ("1", "2")
DOWN, UP = "\x1b[B", "\x1b[A"
ESC = "\x1b"
ROUND = [DOWN, UP, "1", UP, "2", UP, "c", ESC, "t", ESC, "?", ESC, "w", ESC, "v", ESC]
"""Keys in a case that each draw something, and end where they began: after a key without a picture one would measure
what DNS or the other pane draws next."""
APART = 0.7
"""Seconds between two letters: faster ones look like a sentence typed into the wrong window."""


def begun(home: Path, open_cases: int = 5) -> str:
    """Begin a case, up to the first question of scenario 1, in a home with others; return its id."""
    from oxtui.cases.commands.calls import BeginCall
    from oxtui.cases.commands.mailboxes import SetMailboxes
    from oxtui.cases.commands.scenarios import Choose

    fill(home, open_cases)
    service = new_service(home)
    case = service.start("fresh.example")
    for change in (SetMailboxes(added="anna@fresh.example"), BeginCall("client"), Choose(1)):
        service.change(case.id, change)
    return case.id


def entries(home: Path, case_id: str) -> int:
    """The number of the case's entries on disk."""
    cases = json.loads((home / "cases.json").read_text())["cases"]
    return next(len(case["log"]) for case in cases.values() if case["id"] == case_id)


@contextmanager
def opened(home: Path, config: str = "") -> Iterator[Pane]:
    """The program, idle, with the fresh case in front."""
    with Pane(OXTUI, home, SIZE, config) as pane:
        pane.wait("help")
        pane.rest(0.5).type("/").type("fresh")
        pane.key("\r")
        pane.wait("How is Email Essentials billed", "help")
        pane.rest(0.7)
        yield pane


def measure(folder: Path, rounds: int = 25) -> list[Figure]:
    """An answer, a move of the cursor, a case opened, among 100 cases; in turn with floors that paint as much."""
    home = folder / "keys"
    case_id = begun(home, 100)
    with opened(home) as pane:
        answer, cursor = pane.drawn(ANSWERS[0]), pane.drawn(UP)
        size = (home / "cases.json").stat().st_size
        saving = [*SAME_AREA, "{rows}", str(folder / "floor.json"), str(size)]
        with same_area(saving, answer.bytes) as saved, same_area([*SAME_AREA, "{rows}"], cursor.bytes) as bare:
            ours, floors, late = [], [], 0
            moved, bare_moved = [], []
            for number in range(rounds):
                floors.append(saved.drawn("x").seconds)
                before = entries(home, case_id)
                ours.append(pane.drawn(ANSWERS[(number + 1) % 2], quiet=APART).seconds)
                late += entries(home, case_id) == before
                for key in (UP, DOWN, UP):
                    bare_moved.append(bare.drawn("x").seconds)
                    moved.append(pane.drawn(key).seconds)
            back, again = [], []
            for _ in range(rounds // 2):
                back.append(pane.drawn(ESC, quiet=0.2).seconds)
                again.append(pane.drawn("\r", quiet=0.2).seconds)
    return [
        Figure("an answer, on disk, picture complete", ms(ours), ms(floors), 2.0),
        Figure("answers shown as done before they were on disk", late, None, 0, "times"),
        Figure("bytes of an answer's picture", answer.bytes / 1000, None, None, "kB"),
        Figure("the cursor moves in a case", ms(moved), ms(bare_moved), 2.0),
        Figure("opening a case", ms(again), None, 45),
        Figure("back to Home", ms(back), None, None),
    ]


def ms(taken: list[float]) -> float:
    """The median in milliseconds, without the first two."""
    return statistics.median(taken[2:]) * 1e3


def measure_long(folder: Path, keys: int = 60) -> list[Figure]:
    """Processor time of a move of the cursor in a case with 500 events, against one with ten."""
    from oxtui.cases.commands.waiting import Note

    taken = []
    for notes in (0, 490):
        home = folder / f"long-{notes}"
        case_id = begun(home)
        service = new_service(home)
        for number in range(notes):
            service.change(case_id, Note(f"called back, {number}"))
        with opened(home) as pane:
            pane.drawn(UP)
            before = pane.processor()
            for number in range(keys):
                pane.drawn((DOWN, UP)[number % 2], quiet=0.05)
            taken.append((pane.processor() - before) / keys * 1e3)
    return [Figure("the cursor over 500 events, processor time", taken[1], taken[0], 1.1)]


@contextmanager
def same_area(command: list[str], size: int) -> Iterator[Pane]:
    """A floor with as many rows as it takes to write about `size` bytes for each key."""
    with Pane([part.format(rows=20) for part in command], size=SIZE) as trial:
        trial.rest(0.5)
        trial.drawn("x")
        row = trial.drawn("x").bytes / 20
    with Pane([part.format(rows=max(1, min(SIZE[1], round(size / row)))) for part in command], size=SIZE) as pane:
        pane.rest(0.5)
        pane.drawn("x")
        yield pane


def _world(home: Path, case_id: str, resolver: Connection) -> None:
    """Run a slow DNS server, and save a note to another case ten times a second."""
    from oxtui.cases.commands.waiting import Note
    from tests.core.dns_server import DnsServer

    service = new_service(home)
    with DnsServer() as server:
        server.everywhere, server.slowness_s = "slow", 0.5
        resolver.send(server.resolver)
        while not resolver.poll(0.1):
            service.change(case_id, Note("called back"))


def busy_keys(pane: Pane, count: int) -> Iterator[float]:
    """Yield the seconds until the picture of each of `count` keys was complete."""
    for key in itertools.islice(itertools.cycle(ROUND), count):
        drawn = pane.drawn(key)
        if key.isalnum():
            pane.rest(APART)
        if drawn.bytes:
            yield drawn.seconds


def measure_busy(folder: Path, count: int = 76) -> list[Figure]:
    """The picture of any key during a slow DNS lookup, while another process writes to the same home."""
    found = []
    for open_cases in (100, 1000):
        home = folder / f"busy-{open_cases}"
        case_id = begun(home, open_cases)
        other = next(each for each in new_service(home).store.snapshot() if each != case_id)
        context = multiprocessing.get_context("spawn")
        here, there = context.Pipe()
        world = context.Process(target=_world, args=(home, other, there))
        world.start()
        try:
            config = config_with(folder / f"config-{open_cases}", resolver=here.recv(), dns_timeout_seconds=1)
            with opened(home, str(config)) as pane:
                taken = sorted(busy_keys(pane, count))
        finally:
            here.send("stop")
            world.join(10)
        name = f"any key, DNS and another pane at work, {open_cases:,} open"
        found.append(Figure(f"{name}, median", statistics.median(taken) * 1e3, None, None))
        found.append(Figure(f"{name}, p99", taken[int(len(taken) * 0.99)] * 1e3, None, 60))
    return found
