"""From spawn to the first frame: Home with its rows, detail and footer, against a bare app with one Static."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.bench.homes import fill
from tests.bench.pane import BARE, OXTUI, Pane, environment
from tests.bench.ratios import Figure, alternated, medians

HOMES = ((0, 0, 1.25), (100, 0, 1.35), (1000, 0, 1.5), (100, 50_000, 1.35))
"""Open and closed cases, and the goal."""
PRORATA = ["prorata", "m365-essentials-yearly", "m365-business-basic-yearly", "--months", "2"]


def first_frame(command: list[str], *marks: str, home: Path | None = None) -> float:
    """Seconds from spawn until all `marks` were written."""
    with Pane(command, home) as pane:
        return pane.wait(*marks) - pane.began


def bare() -> float:
    return first_frame(BARE, "a bare app")


def measure(folder: Path, rounds: int = 11) -> list[Figure]:
    """One figure for each home."""
    found = []
    for open_cases, closed, goal in HOMES:
        home = folder / f"start-{open_cases}-{closed}"
        fill(home, open_cases, closed)
        row = "client" if open_cases else "begins like this"

        def ours(home: Path = home, row: str = row) -> float:
            return first_frame(OXTUI, row, "help", home=home)

        floor, took = medians(alternated(rounds if open_cases < 1000 else 5, bare, ours))
        name = f"first frame, {open_cases:,} open, {closed:,} closed"
        found.append(Figure(name, took, floor, goal))
    return found


def measure_prorata(folder: Path, rounds: int = 21) -> list[Figure]:
    """`oxtui prorata` against an interpreter that does nothing."""
    env = environment(folder / "prorata")

    def run(command: list[str]) -> float:
        import time

        began = time.perf_counter()
        subprocess.run(command, env=env, check=True, stdout=subprocess.DEVNULL)
        return time.perf_counter() - began

    floor, took = medians(
        alternated(rounds, lambda: run([sys.executable, "-c", "pass"]), lambda: run([*OXTUI, *PRORATA]))
    )
    return [Figure("oxtui prorata, against python -c pass", took, floor, 6)]
