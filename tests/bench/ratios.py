"""Measured figures with their floors and goals."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """A line of the table. `goal` is the most for the ratio of `ours` to `floor`, or without a floor for `ours`."""

    name: str
    ours: float
    floor: float | None
    goal: float | None
    unit: str = "ms"

    @property
    def ratio(self) -> float:
        return self.ours / self.floor if self.floor else self.ours

    @property
    def missed(self) -> bool:
        return self.goal is not None and self.ratio > self.goal

    def cells(self) -> list[str]:
        floor = f"{self.floor:.1f} {self.unit}" if self.floor else "-"
        ratio = f"{self.ratio:.2f}" if self.floor else "-"
        goal = "-" if self.goal is None else f"{self.goal:g}" if self.floor else f"{self.goal:g} {self.unit}"
        verdict = "" if self.goal is None else "MISSED" if self.missed else "met"
        return [self.name, f"{self.ours:.1f} {self.unit}", floor, ratio, goal, verdict]


def table(figures: Sequence[Figure]) -> str:
    """The figures as a Markdown table."""
    rows = [["what", "oxtui", "floor", "ratio", "goal", ""], *(each.cells() for each in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(6)]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in rows
    ]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)


def alternated(rounds: int, *measures: Callable[[], float]) -> list[list[float]]:
    """Take each measure `rounds` times, in turn, for a busy moment to affect all alike; in milliseconds."""
    taken: list[list[float]] = [[] for _ in measures]
    for measure in measures:
        measure()  # warm: bytecode, page cache, the last good copy of the playbook
    for _ in range(rounds):
        for kept, measure in zip(taken, measures, strict=True):
            kept.append(measure() * 1e3)
    return taken


def medians(taken: Sequence[Sequence[float]]) -> list[float]:
    """The median of each."""
    return [statistics.median(each) for each in taken]
