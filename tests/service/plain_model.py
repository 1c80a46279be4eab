"""What a plain reader of the log would say about the two cancellations, the discount and the call.

It shares no code with the program: a page of rules, read off the raw entries. It knows less than the program
does, so that it may allow what the program refuses, but never the other way round.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

RAW = dict[str, Any]
NEEDS_CALL = {"ticked", "answered", "quote", "skipped", "unwound", "scenario", "copied"}
WITH_CLIENT = {"devices", "client-confirms", "settings"}
TAKES_BACK = {"jira-again": "returned", "order-again": "refused", "again": "returned"}
RESULTS = {1: "order-completed", 2: "jira-result", 3: "result"}


class Reader:
    """The log of one case, read from the beginning."""

    def __init__(self, log: list[RAW]) -> None:
        self.boxes: list[str] = []
        self.scenario = 0
        self.call: RAW | None = None
        self.auths: list[str] = []
        self.revoked: set[str] = set()
        self.said: dict[tuple[int, str], dict[str, tuple[Any, str, Any]]] = {}
        """By scenario and item, by mailbox: the value, the authentication it rests on, the licence then."""
        self.quote: dict[int, tuple[RAW, str]] = {}
        self.closed = False
        gone: set[str] = set()
        for entry in reversed(log):
            if entry["what"] == "undone" and entry["id"] not in gone:
                gone.add(entry["data"]["entry"])
        for entry in log:
            if entry["id"] not in gone:
                self.read(entry["what"], entry["data"], entry)

    def read(self, what: str, data: RAW, entry: RAW) -> None:
        if what == "mailboxes":
            kept = [box for box in self.boxes if box not in data["removed"]]
            self.boxes = kept + [box for box in data["added"] if box not in kept]
        elif what == "scenario":
            self.scenario = data["scenario"]
        elif what == "call":
            self.call = entry
            if data["mode"] == "client":
                self.auths.append(entry["id"])
        elif what in ("call-ended", "auth-failed", "closed"):
            self.call, self.closed = None, what == "closed"
        elif what == "reopened":
            self.closed = False
        elif what == "revoked":
            self.call = None
            self.auths.remove(data["call"])
            self.revoked.add(data["call"])
        elif what == "imported":
            # What another agent reported stays, but who was on the line there is not on the line here.
            self.call, self.auths = None, []
        elif what in ("ticked", "answered", "quote"):
            self.mark(data, entry)
        elif what in ("skipped", "unwound"):
            self.said.pop((data["scenario"], data["item"]), None)

    def mark(self, data: RAW, entry: RAW) -> None:
        scenario, item = data["scenario"], data["item"]
        value = data.get("value") or ["ticked"]
        result = self.said.get((scenario, RESULTS[scenario]), {})
        back = TAKES_BACK.get(item) or ("refused" if value == ["send-again"] else None)
        for box in [box for box, said in result.items() if said[0] == [back]]:
            del result[box]
        licence = self.value(scenario, "licence")
        for box in data.get("mailboxes") or [""]:
            self.said.setdefault((scenario, item), {})[box] = (value, self.auths[-1], licence)
        if entry["what"] == "quote":
            self.quote[scenario] = (data["quote"], self.auths[-1])

    # -- what can be read off
    def value(self, scenario: int, item: str, box: str = "") -> Any:
        """What stands for an item, or None; not what rested on an authentication that was taken back."""
        said = self.said.get((scenario, item), {}).get(box)
        return said[0][0] if said and said[1] not in self.revoked else None

    def all_boxes(self, scenario: int, item: str, value: str = "ticked") -> bool:
        return bool(self.boxes) and all(self.value(scenario, item, box) == value for box in self.boxes)

    @property
    def mode(self) -> str:
        """Of the call that goes on: client or back-office; "" without one."""
        return str(self.call["data"]["mode"]) if self.call else ""

    def live(self, now: datetime, minutes: int) -> bool:
        if self.call is None or self.closed:
            return False
        return now - datetime.fromisoformat(self.call["at"]) < timedelta(minutes=minutes)


def complaints(log: list[RAW], new: list[RAW], now: datetime, minutes: int) -> list[str]:
    """Why `new` should not have been accepted after `log`; empty where all is well."""
    before = Reader(log)
    found = []
    for entry in new:
        what, data = entry["what"], entry["data"]
        if before.closed and what not in ("reopened", "note"):
            found.append("written into a closed case")
        if what in NEEDS_CALL:
            if not before.live(now, minutes):
                found.append(f"{what} without a live call")
            elif data.get("item") in WITH_CLIENT and what != "skipped" and before.mode != "client":
                found.append(f"{data['item']} without the client")
        if what == "call" and data["mode"] == "back-office" and not before.auths:
            found.append("back office without an authentication")
        if what in ("skipped", "deferred") and (data["scenario"], data["item"]) in FIRM:
            found.append(f"{what}: {data['item']}")
        if what == "ticked":
            found += _tick(before, data)
        if what == "quote":
            found += _quote(before, data)
        if what == "closed" and data["ending"] == "complete":
            found += _complete(before)
    return found


FIRM = {
    (1, "cancel-essentials"), (1, "accounts-swapped"), (2, "cancel-ox-mail"), (2, "client-confirms"),
    (2, "jira-result"), (2, "dns-office-365"), (2, "devices"),
}  # fmt: skip


def _tick(before: Reader, data: RAW) -> list[str]:
    number, item = data["scenario"], data["item"]
    if item == "cancel-essentials":
        return _essentials(before)
    if item == "cancel-ox-mail":
        return _ox_mail(before)
    if item == "order":
        terms = (before.value(number, "billed-now"), before.value(number, "billed-next"))
        if None in terms:
            return ["ordered without terms"]
        quote, rests = before.quote.get(number, ({}, ""))
        if "yearly" in terms and (
            (quote.get("current_term"), quote.get("new_term")) != terms or rests in before.revoked
        ):
            return [f"ordered {terms} without the discount worked out"]
    return []


def _essentials(before: Reader) -> list[str]:
    found = []
    if not before.all_boxes(1, "accounts-swapped"):
        found.append("Essentials cancelled before every mailbox moved")
    if before.value(1, "essentials-running") != "running" or before.value(1, "order-completed") != "completed":
        found.append("Essentials cancelled on other answers")
    licence = before.value(1, "licence")
    swapped = before.said.get((1, "accounts-swapped"), {})
    if any(swapped[box][2] != licence for box in before.boxes if box in swapped):
        found.append("Essentials cancelled with mailboxes on another licence")
    return found


def _ox_mail(before: Reader) -> list[str]:
    found = []
    if not before.all_boxes(2, "jira-result", "completed"):
        found.append("OX-Mail cancelled before the JIRA was completed for every mailbox")
    if not before.all_boxes(2, "client-confirms"):
        found.append("OX-Mail cancelled before the client confirmed every mailbox")
    if not before.all_boxes(2, "devices"):
        found.append("OX-Mail cancelled before every device connected")
    if before.value(2, "dns-office-365") != "yes" or before.value(2, "order-completed") != "completed":
        found.append("OX-Mail cancelled before DNS or order")
    if before.value(2, "ox-running") != "running" or before.value(2, "jira") is None:
        found.append("OX-Mail cancelled on other answers")
    return found


def _quote(before: Reader, data: RAW) -> list[str]:
    number, discount = data["scenario"], data["quote"]["discount"]
    if discount is None:
        return ["a quote without a figure"]
    if Decimal(discount) > 0 and before.value(number, "billed-now") == "monthly":
        return ["a discount on monthly billing"]
    return []


def _complete(before: Reader) -> list[str]:
    found = []
    if before.scenario == 1 and before.value(1, "essentials-running") == "running":
        found += [] if before.value(1, "cancel-essentials") else ["completed with Essentials running"]
        found += _essentials(before)
    if before.scenario == 2 and before.value(2, "ox-running") == "running":
        found += [] if before.value(2, "cancel-ox-mail") else ["completed with OX-Mail running"]
        found += _ox_mail(before)
    if before.scenario == 3 and before.value(3, "solved") is None:
        found.append("completed without knowing whether it is solved")
    if not before.scenario:
        found.append("completed without a scenario")
    return found
