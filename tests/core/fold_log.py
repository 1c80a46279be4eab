"""Logs written by hand, for the tests of what is read off them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from oxtui.cases.case import Case
from oxtui.cases.events import Document, Event, new_id, to_document
from oxtui.cases.money import work_out
from oxtui.cases.replay import fold
from oxtui.playbook.progress import State
from tests.drive.case import DOMAIN, SUNDAY, shipped


class Log:
    """A case document that grows by entries as the service would write them, without asking anybody."""

    def __init__(self) -> None:
        self.document: Document = {
            "id": new_id(), "format": 1, "opened_at": "2026-11-21T23:46:00.000Z",
            "playbook": shipped().procedure.digest, "log": [],
        }  # fmt: skip
        self.add("opened", domain=DOMAIN, playbook=shipped().procedure.digest)

    def add(self, what: str, **data: Any) -> str:
        number = len(self.document["log"]) + 1
        entry = Event(new_id(), number, SUNDAY + timedelta(seconds=number), "anna", what, data)
        self.document["log"].append(to_document(self.document["id"], entry))
        return entry.id

    def boxes(self, *added: str) -> Log:
        self.add("mailboxes", added=list(added), removed=[], ox={})
        return self

    def begin(self, scenario: int = 1) -> Log:
        self.add("call", mode="client")
        self.add("scenario", scenario=scenario)
        self.scenario = scenario
        return self

    def tick(self, item: str, *boxes: str, **data: Any) -> str:
        return self.add("ticked", scenario=self.scenario, item=item, mailboxes=list(boxes), **data)

    def answer(self, item: str, *value: str, boxes: tuple[str, ...] = ()) -> str:
        return self.add("answered", scenario=self.scenario, item=item, value=list(value), mailboxes=list(boxes))

    def quote(self, current: str = "m365-essentials-yearly", new: str = "m365-business-basic-yearly") -> str:
        plans = shipped().plans
        now, later = plans.get(current), plans.get(new)
        assert now and later
        quote = work_out(now, later, plans.policy, SUNDAY.date(), months=2)
        return self.add("quote", scenario=self.scenario, item="quote", quote=quote.to_data())

    def undo(self, entry: str) -> str:
        return self.add("undone", entry=entry, reversed=False)

    def case(self, **more: Any) -> Case:
        return fold(self.document, shipped().procedure, SUNDAY, **more)

    def state(self, item: str, **more: Any) -> State:
        return self.case(**more).status(item).state

    def kept(self, what: str) -> dict[str, Any]:
        """The last kept entry of that sort, to be changed by hand."""
        return next(kept for kept in reversed(self.document["log"]) if kept["what"] == what)
