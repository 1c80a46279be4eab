"""Choosing and changing a scenario: the actions done may be kept, or will need undoing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from oxtui.cases.case import Case
from oxtui.cases.commands.scenarios import Choose, keepable, to_undo
from oxtui.cases.waits import name_of
from oxtui.errors import Refusal
from oxtui.playbook.model import Item
from oxtui.screens.dialogs.ask import Choice, Confirm, PickSeveral
from oxtui.screens.parts.part import Part
from oxtui.text import plural


class Choosing(Part):
    """Chooses and changes the scenario of the case on the screen."""

    to_case: Callable[[Case], None]
    """Goes on to the checklist."""

    def may_choose(self) -> bool:
        """Return whether the client is authenticated; if not, say so."""
        if not self.newest.conversation.live:
            self.refuse(Refusal("Authentication comes first", "a once the client is authenticated"))
            return False
        return True

    def choose(self, number: int, path: Mapping[str, str]) -> None:
        """Choose a scenario; before a change, ask which actions to keep, and say which will need undoing."""
        case = self.case
        if number not in case.procedure.scenarios or not self.may_choose():
            return
        if case.number == number:
            if dict(path) in ({}, case.flow):
                self.to_case(case)
            else:
                self._choose(case, number, path)
            return
        names = dict.fromkeys(row[1] for row in keepable(case, number))
        if case.scenario and names:
            self._ask_to_keep(case, number, path, [case.scenario.by_id[name] for name in names])
        elif undo := to_undo(case, number):
            confirm = Confirm(_change(case, number), _undoing(undo), yes="change")
            self.ask(confirm, lambda _: self._choose(case, number, path))
        else:
            self._choose(case, number, path)

    def _ask_to_keep(self, case: Case, number: int, path: Mapping[str, str], kept: list[Item]) -> None:
        """Ask whether to keep what counts in the other scenario too: one key."""
        names = tuple(item.id for item in kept)
        count = plural(len(kept), "thing already done counts", "things already done count")
        text = f"{count} there too: {', '.join(name_of(item) for item in kept)}."
        choose = partial(self._choose, case, number, path)
        choices: list[Choice] = [
            (
                "keep it" if len(kept) == 1 else "keep them",
                _undoing(to_undo(case, number, names)),
                partial(choose, names),
            ),
            ("begin anew", _undoing(to_undo(case, number)), choose),
        ]
        if len(kept) > 1:
            choices.append(("choose which", "", partial(self._ask_which, kept, choose)))
        self.choose_from(_change(case, number), choices, text)

    def _ask_which(self, kept: list[Item], choose: Callable[[tuple[str, ...]], None]) -> None:
        options = [(name_of(item), item.text) for item in kept]
        self.ask(
            PickSeveral("Which ones do you keep?", options, chosen=range(len(kept))),
            lambda places: choose(tuple(kept[place].id for place in places)),
        )

    def _choose(self, case: Case, number: int, path: Mapping[str, str], keep: tuple[str, ...] = ()) -> None:
        self.send(case, Choose(number, path, keep), self.to_case)


def _change(case: Case, number: int) -> str:
    return f"Change to {case.procedure.scenarios[number].title}?"


def _undoing(items: tuple[Item, ...]) -> str:
    """Return the actions that will need undoing, in words; "" if none will."""
    if not items:
        return ""
    count = plural(len(items), "thing already done", "things already done")
    return f"{count} will need undoing: {'; '.join(item.reverse or name_of(item) for item in items)}"
