"""What `oxtui check` takes: the shipped playbook, and bigger ones made of it."""

from __future__ import annotations

import time
from pathlib import Path

from oxtui.prover.prove import prove
from tests.bench.ratios import Figure
from tests.prover.bigger_playbooks import bigger, shipped


def measure(_folder: Path) -> list[Figure]:
    """Seconds of a proof, best of three: as it is shipped, with ten gates of a cancellation, with 100 more items."""
    playbooks = (
        ("shipped", shipped(), 5.0),
        ("+ 10 questions before the cancellation", bigger(gates=10), 10.0),
        ("+ 100 items", bigger(more=100), 10.0),
    )
    found = []
    for name, procedure, goal in playbooks:
        taken = []
        for _ in range(3):
            began = time.perf_counter()
            proof = prove(procedure, seconds=60)
            taken.append(time.perf_counter() - began)
            assert proof.ok and not proof.unproved, name
        found.append(Figure(f"check: {name}, {proof.states} states", min(taken), None, goal, "s"))
    return found
