"""Several at the same case at the same moment."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from oxtui.cases.commands.base import Sent
from oxtui.cases.commands.killers import Cancel, Clear
from oxtui.cases.events import Document, from_document, new_id, to_document
from oxtui.errors import Refusal
from oxtui.service import Service
from tests.core.store_help import LONG
from tests.drive.case import FakeClock, Walk, service_at
from tests.floor.services import Floors, floors

KILLER = "cancel-ox-mail"


@pytest.fixture(autouse=True)
def floor(_server_there: None) -> Iterator[Floors]:
    with floors() as made:
        yield made


def copied(document: Document) -> Document:
    """The same case under another id."""
    case_id = new_id()
    log = [to_document(case_id, from_document(kept)) for kept in document["log"]]
    return {**document, "id": case_id, "log": log}


def test_six_confirm_one_cancellation_at_once(tmp_path: Path) -> None:
    """In whichever order they come, one is written; the others hear that it was done."""
    clock, home = FakeClock(), tmp_path / "home"
    walk = Walk(service_at(home, clock=clock)).back()
    walk.do(Clear(KILLER))
    template = walk.service.store.get(walk.id)
    assert template is not None
    agents = ("anna", "anna", "anna", "ben", "carla", "dora")
    panes = [service_at(home, name, clock) for name in agents]
    for _ in range(200 if LONG else 3):
        document = copied(template)
        walk.service.store.create(document)
        case_id = str(document["id"])
        seen = [pane.case(case_id).seq for pane in panes]
        gate, results = threading.Barrier(6), list[object]([None] * 6)

        def confirm(number: int, pane: Service, case_id: str = case_id, seen: list[int] = seen,
                    gate: threading.Barrier = gate, results: list[object] = results) -> None:  # fmt: skip
            gate.wait()
            try:
                results[number] = pane.change(case_id, Cancel(KILLER), Sent(Cancel(KILLER), new_id(), seen[number]))
            except Refusal as refusal:
                results[number] = refusal

        threads = [threading.Thread(target=confirm, args=row) for row in enumerate(panes)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert sum(isinstance(result, Refusal) for result in results) == 5, results
        log = walk.service.case(case_id).log
        assert len(log) == len(template["log"]) + 1 and log[-1].get("item") == KILLER
