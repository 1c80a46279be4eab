"""How the time of a tick, of opening Home and of a search grows with the number of cases."""

from __future__ import annotations

import math
import shutil
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.bench.homes import fill, new_service

OPEN = (10, 100, 1000, 5000)
CLOSED = (100, 1_000, 10_000, 100_000)


@dataclass(frozen=True, slots=True)
class Curve:
    """Milliseconds by number of cases."""

    name: str
    counts: tuple[int, ...]
    took: tuple[float, ...]

    @property
    def power(self) -> float:
        """The exponent between the last two points: 0 is constant, 1 linear."""
        (a, b), (first, last) = self.counts[-2:], self.took[-2:]
        return math.log(last / first) / math.log(b / a)


def ms(work: Callable[[], object], rounds: int) -> float:
    """The median of some rounds in milliseconds of processor time, which other processes do not affect."""
    taken = []
    for _ in range(rounds):
        began = time.process_time()
        work()
        taken.append(time.process_time() - began)
    return max(statistics.median(taken) * 1e3, 1e-3)


def over_open(folder: Path, counts: Sequence[int] = OPEN) -> list[Curve]:
    """A note saved (as much as a tick writes), Home read for the first time and again, and filtered."""
    from oxtui.cases.commands.waiting import Note

    ticks, screen, first, again, found = [], [], [], [], []
    for count in counts:
        home = folder / f"open-{count}"
        case_id = fill(home, count)[0]
        service = new_service(home)
        screen.append(ms(lambda service=service: service.first_overviews(40), 1))  # type: ignore[misc]
        first.append(ms(service.overviews, 1))
        rows = service.overviews()
        assert len(rows) == count
        again.append(ms(service.overviews, 5))
        found.append(ms(lambda rows=rows: [row for row in rows if row.matches("client00001")], 5))  # type: ignore[misc]
        ticks.append(ms(lambda service=service, case_id=case_id: service.change(case_id, Note("called back")), 15))  # type: ignore[misc]
        shutil.rmtree(home)
    return [
        Curve("a tick, on disk", tuple(counts), tuple(ticks)),
        Curve("opening Home: its first screen", tuple(counts), tuple(screen)),
        Curve("the other cases, while nobody waits", tuple(counts), tuple(first)),
        Curve("Home again", tuple(counts), tuple(again)),
        Curve("filtering Home", tuple(counts), tuple(found)),
    ]


def over_closed(folder: Path, counts: Sequence[int] = CLOSED) -> list[Curve]:
    """The same with ten open cases and a growing history, and a search in it."""
    from oxtui.cases.commands.waiting import Note

    ticks, first, found, rare = [], [], [], []
    for count in counts:
        home = folder / f"closed-{count}"
        case_id = fill(home, 10, count)[0]
        service = new_service(home)

        def opened(service: object = service, home: Path = home) -> None:
            fresh = new_service(home)
            fresh.settle()
            fresh.overviews()

        first.append(ms(opened, 3) - ms(lambda home=home: new_service(home), 3))  # type: ignore[misc]
        ticks.append(ms(lambda service=service, case_id=case_id: service.change(case_id, Note("called back")), 15))  # type: ignore[misc]
        found.append(ms(lambda service=service: service.store.archive.search("complete"), 5))  # type: ignore[misc]
        rare.append(ms(lambda service=service: service.store.archive.search("client000042"), 5))  # type: ignore[misc]
        shutil.rmtree(home)
    return [
        Curve("a tick, on disk", tuple(counts), tuple(ticks)),
        Curve("opening Home", tuple(counts), tuple(first)),
        Curve("searching a word that all have", tuple(counts), tuple(found)),
        Curve("searching one domain", tuple(counts), tuple(rare)),
    ]


def table(curves: Sequence[Curve], what: str) -> str:
    """The curves and their exponents as a Markdown table."""
    counts = curves[0].counts
    lines = [f"| ms, {what} | " + " | ".join(f"{count:,}" for count in counts) + " | exponent |"]
    lines.append("|" + "---|" * (len(counts) + 2))
    for curve in curves:
        cells = " | ".join(f"{each:.2f}" for each in curve.took)
        lines.append(f"| {curve.name} | {cells} | {curve.power:.2f} |")
    return "\n".join(lines)
