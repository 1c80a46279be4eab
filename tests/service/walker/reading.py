"""The answers of a case as a condition reads them, for one mailbox or for the whole case."""

from __future__ import annotations

from typing import Protocol

from tests.service.walker.facts import Condition, Truth, either
from tests.service.walker.values import Key, Mark


class Read(Protocol):
    """What is read: the marks of a case, and what applies in it."""

    boxes: list[str]
    marks: dict[Key, Mark]

    def keys(self, scenario: int, item: str, box: str = "") -> list[Key]: ...

    def applies(self, key: Key) -> Truth: ...


class Reading:
    """The answers of one scenario as they read for one mailbox, or for the whole case."""

    def __init__(self, ledger: Read, scenario: int, box: str = "") -> None:
        self.ledger = ledger
        self.scenario = scenario
        self.box = box

    def is_(self, item: str, *answers: str) -> Truth:
        keys = self.ledger.keys(self.scenario, item, self.box)
        return either(*(self._one(key, answers) for key in keys)) if keys else None

    def some(self, condition: Condition) -> Truth:
        ledger = self.ledger
        if self.box:
            return condition(self)
        each = [condition(Reading(ledger, self.scenario, box)) for box in ledger.boxes]
        return either(*each) if each else None

    def _one(self, key: Key, answers: tuple[str, ...]) -> Truth:
        mark = self.ledger.marks.get(key)
        if self.ledger.applies(key) is False:
            return False
        return None if mark is None else bool(set(answers).intersection(mark.value))
