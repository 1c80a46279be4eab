"""From a key to the screen: a tick that is on disk, and any key while the world is busy."""

from __future__ import annotations

import asyncio
import gc
import json
import multiprocessing
import random
import statistics
import time
from multiprocessing.connection import Connection
from pathlib import Path

from tests.bench.homes import CONFIG, fill, new_service
from tests.bench.pane import BARE, OXTUI, DidNotCome, Pane
from tests.bench.ratios import Figure

ANSWERS = (("1", "monthly"), ("2", "yearly"))
SAFE = "j k j k 1 2 space u enter escape tab escape t escape v c escape question_mark escape w escape".split()
"""Keys of a case at work; `z`, `q` and what asks for a text are left out."""


def begun(home: Path, open_cases: int = 5) -> str:
    """A case at the first question of scenario 1, in a home with others; gives its id."""
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
    """How many entries of the case are on disk."""
    cases = json.loads((home / "cases.json").read_text())["cases"]
    return next(len(case["log"]) for case in cases.values() if case["id"] == case_id)


def measure(folder: Path, rounds: int = 40) -> list[Figure]:
    """A digit answers a question anew: how long until the answer is drawn as done, and on disk."""
    home = folder / "tick"
    case_id = begun(home)
    ours: list[float] = []
    floors: list[float] = []
    late = 0
    with Pane(OXTUI, home) as pane, Pane(BARE) as bare:
        pane.wait("fresh.example", "help")
        bare.wait("a bare app")
        pane.rest(0.3).type("/").type("fresh")
        pane.key("\r")
        pane.wait("How is Email Essentials billed", "help")
        pane.rest(0.7)
        for number in range(rounds):
            began = bare.key("x")
            floors.append(bare.wait(f"number {number + 1}.") - began)
            bare.rest(0.03)
            digit, word = ANSWERS[number % 2]
            before = entries(home, case_id)
            began = pane.key(digit)
            try:
                ours.append(pane.wait_line(rf"billed\? +{word} +[0-9:]+", 3.0) - began)
            except DidNotCome:  # on a busy machine a key may have come too close upon another
                pane.type("k")
                continue
            late += entries(home, case_id) == before
            pane.rest(0.1)
            pane.type("k")
            time.sleep(0.65)  # quicker keys would read as a sentence meant for another window
    took, floor = statistics.median(ours[2:]) * 1e3, statistics.median(floors[2:]) * 1e3
    return [
        Figure("an answer, key to screen, on disk", took, floor, 1.5),
        Figure("answers shown as done before they were on disk", late, None, 0, "times"),
    ]


def _world(home: Path, case_id: str, resolver: Connection) -> None:
    """What else goes on: a slow DNS server, and another pane that writes a note ten times a second."""
    from oxtui.cases.commands.waiting import Note
    from tests.core.dns_server import DnsServer

    service = new_service(home)
    with DnsServer() as server:
        server.everywhere, server.slowness_s = "slow", 0.5
        resolver.send(server.resolver)
        while not resolver.poll(0.1):
            service.change(case_id, Note("called back"))


async def _press(home: Path, case_id: str, count: int, resolver: str) -> list[float]:
    from msgspec.structs import replace
    from textual import events

    from oxtui.app import OxtuiApp
    from oxtui.playbook.load import load

    service = new_service(home)
    playbook = load(CONFIG).playbook
    settings = replace(playbook.settings, resolver=resolver, dns_timeout_seconds="1")
    service.playbook = replace(playbook, settings=settings)
    app = OxtuiApp(service)
    app.typing.takes = lambda event: False  # type: ignore[method-assign]
    taken = []
    chance = random.Random(6)
    gc.disable()  # as the command begins; the app looks for garbage again after its first frame
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await pilot.pause()
        app.open_case(service.case(case_id))
        await pilot.pause(0.3)
        for number in range(count):
            key = "v" if number % 40 == 0 else chance.choice(SAFE)
            character = " " if key == "space" else key if len(key) == 1 else None
            began = time.perf_counter()
            app.post_message(events.Key(key, character))
            await pilot._wait_for_screen()
            taken.append(time.perf_counter() - began)
            await asyncio.sleep(0.005)
            if len(app.screen_stack) < 2:
                app.open_case(service.case(case_id))
                await pilot.pause(0.5)
    return taken


def _pressed(home: Path, case_id: str, count: int, resolver: str) -> list[float]:
    return asyncio.run(_press(home, case_id, count, resolver))


def measure_busy(folder: Path, count: int = 250) -> list[Figure]:
    """Any key's handling while DNS is asked (slowly) and another process writes to the same home."""
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
            with context.Pool(1) as program:  # a process of its own, as an agent's is
                taken = sorted(program.apply(_pressed, (home, case_id, count, str(here.recv()))))
        finally:
            here.send("stop")
            world.join(10)
        name = f"any key, DNS and another pane at work, {open_cases:,} open"
        found.append(Figure(f"{name}, median", statistics.median(taken) * 1e3, None, None))
        found.append(Figure(f"{name}, p99", taken[int(len(taken) * 0.99)] * 1e3, None, 50))
    return found
