"""Memory against a bare app, at Home, in a case, and after thousands of keys."""

from __future__ import annotations

from pathlib import Path

from tests.bench.keys import begun
from tests.bench.pane import BARE, OXTUI, Pane
from tests.bench.ratios import Figure

STEADY = "jk"


def measure(folder: Path, keys: int = 4_000) -> list[Figure]:
    """Resident memory: idle after the start, in a case, and after `keys` keys in it."""
    home = folder / "memory"
    begun(home, 100)
    with Pane(OXTUI, home) as pane, Pane(BARE) as bare:
        bare.wait("a bare app")
        pane.wait("help")
        floor = bare.rest(0.3).resident() / 2**20
        start = pane.rest(0.5).resident() / 2**20
        pane.type("/").type("fresh")
        pane.key("\r")
        pane.wait("How is Email Essentials billed", "help")
        pane.rest(0.5)
        _press(pane, 1000)
        before = pane.resident() / 2**20
        _press(pane, keys)
        after = pane.resident() / 2**20
    return [
        Figure("memory at Home", start, floor, 1.35, "MB"),
        Figure("memory in a case after 1,000 keys", before, floor, 1.4, "MB"),
        Figure(f"... grown by {keys:,} more keys", after - before, None, 1, "MB"),
    ]


def _press(pane: Pane, count: int) -> None:
    """Press arrow keys, ten down and ten up; letters as fast as this would look like a sentence."""
    for number in range(count // 10):
        pane.key(("\x1b[B", "\x1b[A")[number % 2] * 10)
        pane.wait("\x1b[")
        pane.rest(0.03)
    pane.rest(0.3)
