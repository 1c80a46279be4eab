"""Logs written by hand, for the tests of what is read off them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from oxtui.cases.case import Case
from oxtui.cases.events import Document, Event, new_id, to_document
from oxtui.cases.log.replay import replay
from oxtui.cases.money import work_out
from oxtui.cases.status import State
from tests.drive.case import DOMAIN, SUNDAY, shipped


class Log:
    """A case document that grows by events as a version of oxtui would write them, without asking anybody.

    Of format 1 the events do not name what they made stale or ended.
    """

    def __init__(self, format_: int = 2) -> None:
        self.format = format_
        self.scenario = 1
        self.document: Document = {
            "id": new_id(), "format": format_, "opened_at": "2026-11-21T23:46:00.000Z",
            "playbook": shipped().procedure.digest, "log": [],
        }  # fmt: skip
        self.add("opened", domain=DOMAIN, playbook=shipped().procedure.digest)

    def add(self, what: str, **data: Any) -> str:
        number = len(self.document["log"]) + 1
        if self.format == 2 and not {"effects", "boards"} & set(data):
            data["effects"] = {}
        event = Event(new_id(), number, SUNDAY + timedelta(seconds=number), "anna", what, data)
        self.document["log"].append(to_document(self.document["id"], event))
        return event.id

    def boxes(self, *added: str) -> Log:
        self.add("mailboxes", added=list(added), removed=[])
        return self

    def begin(self, scenario: int = 1) -> Log:
        self.add("call", mode="client")
        self.add("scenario", scenario=scenario)
        self.scenario = scenario
        return self

    def tick(self, item: str, *boxes: str, **data: Any) -> str:
        return self.add("ticked", scenario=self.scenario, item=item, mailboxes=list(boxes), **data)

    def answer(self, item: str, *value: str, boxes: tuple[str, ...] = (), **data: Any) -> str:
        return self.add("answered", scenario=self.scenario, item=item, value=list(value), mailboxes=list(boxes), **data)

    def quote(self, current: str = "m365-essentials-yearly", new: str = "m365-business-basic-yearly") -> str:
        plans = shipped().plans
        now, later = plans.get(current), plans.get(new)
        assert now and later
        quote = work_out(now, later, plans.policy, SUNDAY.date(), months=2)
        return self.add("quote", scenario=self.scenario, item="quote", quote=quote.to_data())

    def undo(self, event: str) -> str:
        return self.add("undone", entry=event)

    def case(self, **more: Any) -> Case:
        return replay(self.document, shipped().procedure, SUNDAY, agent="anna", **more)

    def state(self, item: str, **more: Any) -> State:
        return self.case(**more).status(item).state

    def kept(self, what: str) -> dict[str, Any]:
        """The last kept event of that sort, to be changed by hand."""
        return next(kept for kept in reversed(self.document["log"]) if kept["what"] == what)
