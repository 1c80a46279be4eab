"""Other task programs for a terminal in the same pane: the time from a key to the last byte, of a toggle and of a move.

A program that is not installed is left out, and said so; `README.md` has how to install them.
"""

from __future__ import annotations

import os
import re
import shutil
import statistics
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from msgspec import Struct

from oxtui import __version__
from tests.bench.keys import ANSWERS, DOWN, SIZE, UP, begun, opened
from tests.bench.pane import Pane
from tests.bench.ratios import Figure

ITEMS = 20


class Peer(Struct):
    """A program: how it is asked for its version and begun, the keys of a toggle that is saved, and of two moves."""

    name: str
    version: Sequence[str]
    command: Sequence[str]
    fill: Callable[[Path, Pane | None], None]
    """Makes its items, once without its pane and once in it."""
    data: str
    """The file or folder under its home that a toggle changes."""
    toggle: str
    quiet: float
    """Seconds without output after which a picture is complete: vit waits for `task` meanwhile, others draw a clock."""
    moves: tuple[str, str] = ("j", "k")


def _fill_dooit(home: Path, pane: Pane | None) -> None:
    if pane is None:
        return
    pane.rest(1.5).type("a").type("clients").key("\r")
    pane.rest(0.5).type("\t")
    for number in range(ITEMS):
        pane.rest(0.3).type("a").type(f"call {number}").key("\r")
    pane.rest(0.5).key("\x1b")


def _fill_vit(home: Path, pane: Pane | None) -> None:
    if pane is None:
        (home / ".taskrc").write_text(f"data.location={home}/.task\nconfirmation=off\nhooks=off\n")
        for number in range(ITEMS):
            words = ["task", "add", f"call {number}"]
            subprocess.run(words, env=os.environ | {"HOME": str(home)}, check=True, capture_output=True)
        (home / ".vit").mkdir()
        (home / ".vit" / "config.ini").write_text("[vit]\nconfirmation = False\nwait = False\n")


def _fill_calcurse(home: Path, pane: Pane | None) -> None:
    if pane is None:
        folder = home / ".local" / "share" / "calcurse"
        folder.mkdir(parents=True)
        (folder / "todo").write_text("".join(f"[{number % 9 + 1}] call {number}\n" for number in range(ITEMS)))
    else:
        pane.rest(0.5).type("\t\t")  # from the calendar to the tasks


PEERS = (
    Peer("dooit", ["dooit", "--version"], ["dooit"], _fill_dooit, ".local/share/dooit/dooit.db", "c", 0.06),
    Peer("vit", ["vit", "--version"], ["vit"], _fill_vit, ".task/pending.data", "b", 0.8),
    Peer("calcurse", ["calcurse", "--version"], ["calcurse"], _fill_calcurse, ".local/share/calcurse/todo", "!s", 0.2),
)


def measure(folder: Path, rounds: int = 20) -> list[Figure]:
    """Two figures for oxtui and for each peer that is installed."""
    found = _ours(folder / "oxtui", rounds)
    for peer in PEERS:
        needs = [peer.command[0], *(["task"] if peer.name == "vit" else [])]
        missing = [name for name in needs if shutil.which(name) is None]
        if missing:
            print(f"{peer.name} is left out: {' and '.join(missing)} not installed", file=sys.stderr)
            continue
        home = folder / peer.name
        home.mkdir()
        found += _figures(peer, home, rounds)
    return found


def _ours(home: Path, rounds: int) -> list[Figure]:
    """The same of oxtui: an answer that is saved, and a move, in a case of scenario 1."""
    answered, moved = [], []
    begun(home, ITEMS)
    with opened(home) as pane:
        for number in range(rounds):
            answered.append(pane.drawn(ANSWERS[number % 2], quiet=0.7).seconds)
            moved += [pane.drawn(key).seconds for key in (UP, DOWN, UP)]
    return _pair(f"oxtui {__version__}, {ITEMS} cases", answered, moved)


def _figures(peer: Peer, home: Path, rounds: int) -> list[Figure]:
    """Toggle and move in turn; a toggle that its file does not show is an error of this benchmark."""
    told = subprocess.run(peer.version, capture_output=True, text=True, check=True).stdout
    version = re.search(r"\d[\d.]+", told)
    assert version is not None, told
    peer.fill(home, None)
    program = shutil.which(peer.command[0])
    assert program is not None
    command = ["/usr/bin/env", f"HOME={home}", f"PATH={os.environ['PATH']}", program, *peer.command[1:]]
    toggled, moved = [], []
    with Pane(command, size=SIZE) as pane:
        pane.rest(1.5)
        peer.fill(home, pane)
        pane.rest(1.0)
        for number in range(rounds):
            moved.append(pane.drawn(peer.moves[number % 2], quiet=peer.quiet).seconds)
            before = _content(home / peer.data)
            toggled.append(pane.drawn(peer.toggle, quiet=peer.quiet).seconds)
            assert _content(home / peer.data) != before, f"{peer.name} saved nothing"
    return _pair(f"{peer.name} {version[0]}, {ITEMS} items", toggled, moved)


def _pair(name: str, toggled: list[float], moved: list[float]) -> list[Figure]:
    return [
        Figure(f"{name}: a toggle that is saved", statistics.median(toggled) * 1e3, None, None),
        Figure(f"{name}: the cursor moves", statistics.median(moved) * 1e3, None, None),
    ]


def _content(path: Path) -> bytes:
    """The bytes of a file, and of those that belong to it."""
    return b"".join(each.read_bytes() for each in sorted(path.parent.glob(f"{path.name}*")))
