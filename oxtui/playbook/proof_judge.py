"""A second opinion on what is done: written apart from `progress`, so that a fault there is seen."""

from __future__ import annotations

from collections.abc import Mapping

from oxtui.playbook.conditions import Atom, Condition
from oxtui.playbook.model import Item, Scenario
from oxtui.playbook.progress import Mark, Record


class Judge:
    """What truly holds in one state, read off the records alone."""

    def __init__(self, scenario: Scenario, records: Mapping[str, Record], mailboxes: tuple[str, ...]) -> None:
        self.scenario = scenario
        self.records = records
        self.mailboxes = mailboxes

    def marks(self, name: str) -> dict[str, Mark]:
        """All marks of an item by mailbox, those of mailboxes that the case has no more, too."""
        record = self.records.get(name)
        return record.marks if record else {}

    def applies(self, name: str) -> bool | None:
        """Whether an item applies; None where what decides it is not answered."""
        item, step = self.scenario.by_id[name], self.scenario.step_of[name]
        verdicts = [self.true(step.when, item.killer), self.true(item.when, item.killer)]
        return False if False in verdicts else None if None in verdicts else True

    def true(self, condition: Condition, sure: bool = False) -> bool | None:
        """The truth of a condition, as the case has been answered; `sure` where all stands."""
        if not condition.groups:
            return True
        groups = []
        for group in condition.groups:
            verdicts = [self.holds(atom, sure) for atom in group]
            groups.append(False if False in verdicts else None if None in verdicts else True)
        return True if True in groups else None if None in groups else False

    def holds(self, atom: Atom, sure: bool = False) -> bool | None:
        """Whether any mailbox has one of the answers; `sure`: and the answer stands."""
        if atom.item not in self.scenario.by_id or self.applies(atom.item) is False:
            return False
        if not atom.answers:
            return True if self.done(atom.item) else None
        wanted = self.mailboxes if self.scenario.by_id[atom.item].each else ("",)
        marks = self.marks(atom.item)
        values = [marks[box].value for box in wanted if box in marks and not marks[box].pending]
        if any(answer in value for value in values for answer in atom.answers):
            return True if not sure or self.done(atom.item) else None
        return False if values and len(values) == len(wanted) else None

    def done(self, name: str) -> bool:
        """Whether an item is done for every mailbox, saved, fresh, and after all that comes first."""
        item = self.scenario.by_id[name]
        marks = self.marks(name)
        wanted = self.mailboxes if item.each else ("",)
        applies = self.applies(name)
        # A cancellation is looked at again while it is open whether it applies.
        if not wanted or applies is False or (item.killer and applies is None):
            return False
        if name in self.records and self.records[name].skipped:
            return False
        for mailbox in wanted:
            mark = marks.get(mailbox)
            if mark is None or mark.pending or mark.spoiled or not self._fresh(mark):
                return False
        return all(self.counts(atom, item) for atom in item.after)

    def met(self, atom: Atom) -> bool:
        """Whether an atom of a rule is met: done, never skipped, and every mailbox has one of the answers."""
        if atom.item not in self.scenario.by_id or not self.done(atom.item):
            return False
        wanted = self.mailboxes if self.scenario.by_id[atom.item].each else ("",)
        marks = self.marks(atom.item)
        return not atom.answers or all(set(marks[mailbox].value) & atom.answers for mailbox in wanted)

    def counts(self, atom: Atom, waiting: Item) -> bool:
        """Whether a guard of `waiting` is met; but for killers, a skip will do, too."""
        if self.met(atom):
            return True
        if waiting.killer:
            return False
        guard, record = self.scenario.by_id[atom.item], self.records.get(atom.item)
        if self.applies(atom.item) is False:
            return not (guard.acts and record and record.marks)
        return bool(record and record.skipped and not atom.answers)

    def _fresh(self, mark: Mark) -> bool:
        for name, before in mark.used:
            answered = self.scenario.by_id[name].kind == "question"
            now = [(mailbox, each.value if answered else each.event) for mailbox, each in self.marks(name).items()]
            if sorted(before, key=str) != sorted(now, key=str):
                return False
        return True
