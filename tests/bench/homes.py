"""Homes with any number of open and closed cases, made in seconds.

A few sample cases are worked through the service; the others are copies with their own ids, domains and checksums.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

from oxtui.cases.events import Document, checksum, new_id
from oxtui.cli.samples import make
from oxtui.clock import Clock
from oxtui.locations import Locations
from oxtui.playbook.load import load
from oxtui.prover.prove import prove, remember
from oxtui.service import Service
from oxtui.store.local import layout
from oxtui.store.local.casefile import CaseFile

ROOT = Path(__file__).parents[2]
CONFIG = ROOT / "config"
NOW = "2026-11-22T10:46:00+11:00"


def new_service(home: Path, now: str = NOW) -> Service:
    """A service over `home` with the shipped playbook, at `now`."""
    return Service(Locations(home, CONFIG), load(CONFIG).playbook, Clock(datetime.fromisoformat(now)), "kim")


def fill(home: Path, open_cases: int, closed_cases: int = 0) -> list[str]:
    """Fill `home` with cases, on a proved playbook; return the ids of the open ones."""
    service = new_service(home)
    proof = prove(service.playbook.procedure)
    make(service)
    patterns = [document for document in service.store.snapshot().values() if document["log"]]
    remember(home / "playbooks", service.playbook.procedure.digest, proof)
    copies = [copy_of(patterns[number % len(patterns)], number) for number in range(open_cases)]
    documents = {str(number): document for number, document in enumerate(copies, start=1)}
    shutil.rmtree(home / "backups", ignore_errors=True)  # else the missing patterns would be restored from there
    CaseFile(home, service.clock).write(layout.EMPTY, documents, {}, keep=False)
    if closed_cases:
        _close(service, closed_cases)
    else:
        (home / "history.sqlite3").unlink(missing_ok=True)
    return [document["id"] for document in copies]


def copy_of(pattern: Document, number: int) -> Document:
    """A copy of a case, with the number in its domain."""
    domain = str(pattern["log"][0]["data"]["domain"])
    text = json.dumps(pattern).replace(domain, f"client{number:06}.example")
    document: Document = json.loads(text)
    document["id"] = new_id()
    for entry in document["log"]:
        entry["sum"] = checksum(document["id"], entry)
    return document


def _close(service: Service, count: int) -> None:
    """Add `count` copies of the short closed case to the history, in one transaction."""
    import sqlite3

    history = service.store.archive
    shown = history.recent(1)[0]
    pattern = history.get(str(shown["id"]))
    assert pattern is not None
    pattern = {**pattern, "log": [*pattern["log"][:5], pattern["log"][-1]]}
    with closing(sqlite3.connect(history.path)) as base:  # type: ignore[attr-defined]
        base.execute("PRAGMA synchronous = OFF")
        for first in range(0, count, 5000):
            rows = list(_rows(pattern, shown, first, min(count, first + 5000)))
            base.executemany(
                "INSERT INTO cases (case_id, domain, closed_at, summary, document, text) VALUES (?, ?, ?, ?, ?, ?)",
                rows,
            )
        base.execute("INSERT INTO texts (texts) VALUES ('rebuild')")
        base.commit()


def _rows(pattern: Document, shown: Mapping[str, Any], first: int, last: int) -> Iterator[tuple[str, ...]]:
    for number in range(first, last):
        document = copy_of(pattern, number)
        domain = f"client{number:06}.example"
        summary = {**shown, "id": document["id"], "domain": domain}
        text = f"{document['id']} {domain} anna@{domain} 03 5550 {number % 10000:04} OXM-{number} complete"
        yield (
            document["id"], domain, str(shown["closed_at"]), json.dumps(summary), json.dumps(document), text
        )  # fmt: skip


def config_with(folder: Path, **settings: object) -> Path:
    """Copy the shipped playbook with other settings; return its folder."""
    shutil.copytree(CONFIG, folder)
    path = folder / "settings.yaml"
    lines = [line for line in path.read_text().splitlines() if line.split(":")[0] not in settings]
    path.write_text("\n".join([*lines, *(f"{key}: {json.dumps(value)}" for key, value in settings.items())]) + "\n")
    return folder
