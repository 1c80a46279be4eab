"""A case keeps the steps it was opened with: what today's playbook has otherwise, and the key that moves the case."""

from __future__ import annotations

from collections.abc import Iterator

from oxtui.cases.commands.scenarios import MovePlaybook
from oxtui.playbook.model import NB, Procedure
from oxtui.playbook.pins import Changes, diff
from oxtui.screens.case.part import CaseOwner, CasePart
from oxtui.screens.dialogs.ask import Confirm


class Steps(CasePart):
    """What is new, gone and changed in the steps of a case, and moving it."""

    def __init__(self, screen: CaseOwner) -> None:
        super().__init__(screen)
        self._compared: tuple[str, str, int | None, Changes] = ("", "", None, Changes())

    def follow_today(self) -> bool:
        """Whether the case has the steps of today's playbook."""
        return self.case.procedure.digest == self.service.playbook.procedure.digest

    def newer(self) -> Changes:
        """What the steps of the case's scenario are otherwise in today's playbook."""
        old, new, number = self.case.procedure, self.service.playbook.procedure, self.case.number
        if self._compared[:3] != (old.digest, new.digest, number):
            found = diff(old, new, number) if number and old.digest != new.digest else Changes()
            self._compared = (old.digest, new.digest, number, found)
        return self._compared[3]

    def nb(self) -> NB | None:
        """That today's steps are others; None where they are not."""
        newer = self.newer()
        if not newer or self.case.closed:
            return None
        parts = ", ".join(f"{len(names)} {word}" for word, names in _parts(newer) if names)
        text = f"Today's playbook has other steps: {parts}. The case keeps its own; P shows which, and moves it."
        return NB("newer-playbook", text, f"P: today's steps differ: {parts}", lasting=True)

    def move(self) -> None:
        """P: say what is new and gone, then move the case to today's playbook."""
        today = self.service.playbook.procedure
        if self.follow_today():
            self.host.say("The case follows today's playbook already.")
            return
        told = "\n".join(self._told(today)) or "Its steps are the same; NBs, texts or templates differ."
        self.ask(
            Confirm("Move the case to today's playbook?", told, yes="move it"),
            lambda yes: self.send(self.case, MovePlaybook(today)) if yes else None,
        )

    def _told(self, today: Procedure) -> Iterator[str]:
        """A line for what is new, what is gone and what has changed, by the words of the items."""
        number = self.case.number or 0
        for word, names in _parts(self.newer()):
            procedure = self.case.procedure if word == "gone" else today
            items = procedure.scenarios[number].by_id if number in procedure.scenarios else {}
            texts = " · ".join(items[name].text for name in names if name in items)
            if texts:
                yield f"{word}: {texts}"


def _parts(changes: Changes) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return ("new", changes.new), ("gone", changes.gone), ("changed", changes.changed)
