"""`python -m tests.bench [PART ...]`: measure the figures of README.md; `growth` and `peers` only by name."""

from __future__ import annotations

import os
import platform
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from tests.bench import append, check, growth, keys, memory, peers, start
from tests.bench.ratios import Figure, table

PARTS: dict[str, Callable[[Path], list[Figure]]] = {
    "start": start.measure,
    "prorata": start.measure_prorata,
    "check": check.measure,
    "keys": keys.measure,
    "busy": keys.measure_busy,
    "memory": memory.measure,
    "append": append.figures,
    "long": keys.measure_long,
}
ON_DEMAND = ("growth", "peers")


def main() -> int:
    """Measure and print one table; return 1 if a goal was missed, 2 for an unknown part."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    wanted = sys.argv[1:] or [*PARTS]
    unknown = [each for each in wanted if each not in (*PARTS, *ON_DEMAND)]
    if unknown:
        print(f"there is no part {unknown[0]!r}: {', '.join([*PARTS, *ON_DEMAND])}", file=sys.stderr)
        return 2
    print(machine(), flush=True)
    found: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="oxtui-bench-") as folder:
        for name in wanted:
            print(f"{name} ...", file=sys.stderr, flush=True)
            if name == "growth":
                print(growth.table(growth.over_open(Path(folder)), "by open cases"), end="\n\n")
                print(growth.table(growth.over_closed(Path(folder)), "by closed cases (10 open)"), end="\n\n")
            elif name == "peers":
                found += peers.measure(Path(folder))
            else:
                found += PARTS[name](Path(folder))
    if found:
        print(table(found))
    return int(any(figure.missed for figure in found))


def machine() -> str:
    """The machine and its load."""
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    return f"{platform.system()} {platform.machine()}, Python {platform.python_version()}, {os.cpu_count()} cores{load}"


if __name__ == "__main__":
    sys.exit(main())
