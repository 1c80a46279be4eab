"""What agents say is wrong with a step: for whoever writes the playbook."""

from __future__ import annotations

from oxtui.cases.case import Case
from oxtui.cases.commands.base import Command, Draft, Making, item_of
from oxtui.cases.commands.typed import one_text
from oxtui.text import clean


class Remark(Command, frozen=True):
    """That a step is wrong, and why, in one line; needs no conversation and changes nothing in the case."""

    STANDS_ALONE = True

    item: str
    text: str

    def decide(self, case: Case, making: Making) -> list[Draft]:
        """One `remark` event."""
        scenario, item = item_of(case, self.item)
        text = clean(one_text(self.text, "What is wrong with it?", "one line is enough"))
        return [making.draft("remark", {"scenario": scenario.number, "item": item.id, "text": text})]
