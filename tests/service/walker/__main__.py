"""The long walk from the command line: `python -m tests.service.walker --steps 200000 --seed 1`."""

from __future__ import annotations

import argparse
import tempfile
import time
from contextlib import nullcontext
from pathlib import Path

from tests.service.walker.faults import FAULTS, broken
from tests.service.walker.walk import Found, World


def main() -> int:
    """Walk, and say what was found (1) or how often what was done (0)."""
    parser = argparse.ArgumentParser(prog="python -m tests.service.walker", description=__doc__)
    parser.add_argument("--steps", type=int, default=4000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--each", type=int, default=20000, help="steps in one pair of homes before new ones are begun")
    parser.add_argument("--fault", choices=list(FAULTS), help="walk a core with this fault in it")
    given = parser.parse_args()
    began, done = time.monotonic(), 0
    with broken(given.fault) if given.fault else nullcontext():
        for seed in range(given.seed, given.seed + 1 + (given.steps - 1) // given.each):
            steps = min(given.each, given.steps - done)
            with tempfile.TemporaryDirectory() as folder:
                world = World(Path(folder), seed)
                try:
                    world.walk(steps)
                except Found as found:
                    print(found)
                    return 1
            done += steps
            counted = ", ".join(f"{name} {number}" for name, number in sorted(world.counted.items()))
            print(f"seed {seed}: {steps} steps; {counted}", flush=True)
    print(f"{done} steps, {time.monotonic() - began:.0f} s, nothing found")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
