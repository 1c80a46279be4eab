"""`python -m tests.bench [PART ...]`: the figures of README.md, here and now; `--table` prints them as one table."""

from __future__ import annotations

import os
import platform
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from tests.bench import append, check, growth, keys, memory, plot, start
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


def main() -> int:
    """Measure what is asked for (by default all of it) and print tables; growth.svg is written."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    if sys.argv[1:] == ["--table"]:
        return whole()
    wanted = sys.argv[1:] or [*PARTS, "growth"]
    unknown = [each for each in wanted if each not in (*PARTS, "growth")]
    if unknown:
        print(f"there is no part {unknown[0]!r}: {', '.join([*PARTS, 'growth'])}", file=sys.stderr)
        return 2
    print(machine(), flush=True)
    with tempfile.TemporaryDirectory(prefix="oxtui-bench-") as folder:
        for name in wanted:
            if name == "growth":
                _growth(Path(folder))
            else:
                print(f"\n{name}\n{table(PARTS[name](Path(folder)))}", flush=True)
    return 0


def whole() -> int:
    """Every part but growth, in one table, as README has it; 1 where a goal was missed."""
    print(machine(), flush=True)
    found: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="oxtui-bench-") as folder:
        for name, part in PARTS.items():
            print(f"{name} ...", file=sys.stderr, flush=True)
            found += part(Path(folder))
    print(table(found))
    return int(any(figure.missed for figure in found))


def _growth(folder: Path) -> None:
    by_open, by_closed = growth.over_open(folder), growth.over_closed(folder)
    print("\ngrowth")
    print(growth.table(by_open, "by open cases"))
    print()
    print(growth.table(by_closed, "by closed cases"), flush=True)
    picture = plot.panels([("by open cases", by_open), ("by closed cases (10 open)", by_closed)])
    (Path(__file__).parent / "growth.svg").write_text(picture)


def machine() -> str:
    """What it was measured on, and how busy that was."""
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    system = f"{platform.system()} {platform.machine()}"
    return f"{system}, Python {platform.python_version()}, {os.cpu_count()} cores{load}"


if __name__ == "__main__":
    sys.exit(main())
