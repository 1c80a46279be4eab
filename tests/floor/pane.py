"""The dashboard on a floor, for a terminal: `python -m tests.floor.pane ADDRESS HOME`."""

from __future__ import annotations

import sys
from pathlib import Path

from oxtui.cli.dashboard import open_screen
from oxtui.clock import from_environment
from oxtui.locations import Locations
from oxtui.service import Service
from oxtui.store.floor.store import FloorStore
from tests.drive.case import CONFIG, playbook


def main(address: str, home: str) -> int:
    """Open it; the exit code is the program's."""
    clock = from_environment()
    store = FloorStore(address, Path(home), clock)
    return open_screen(Service(Locations(Path(home), CONFIG), playbook(), clock, store.floor.name, store), "")


if __name__ == "__main__":
    raise SystemExit(main(*sys.argv[1:]))
