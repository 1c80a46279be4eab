"""Choosing and changing the scenario; moving a case to the steps of another playbook."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from msgspec import field

from oxtui.cases import moves
from oxtui.cases.board import NO_LONGER_APPLIES, Board, Effects, Key
from oxtui.cases.case import Case
from oxtui.cases.commands.base import Command, Draft, effects_data, marked
from oxtui.cases.commands.closing import still_cleared
from oxtui.cases.guard import need_conversation
from oxtui.cases.log import legacy
from oxtui.errors import WrongUse
from oxtui.playbook.flow import asked, of_flow
from oxtui.playbook.model import Item, Procedure, Scenario


class KeepFlow(Command, frozen=True):
    """Record the answers of a call flow that ended without a scenario."""

    path: Mapping[str, str]

    def decide(self, case: Case, seen: int | None = None) -> list[Draft]:
        need_conversation(case.conversation, "Choosing a scenario")
        return [Draft("flow", {"answers": dict(self.path)})] if dict(self.path) != dict(case.flow) else []


class Choose(Command, frozen=True):
    """Choose the scenario (with the path taken through the call flow), or change it.

    `keep` are the actions of the scenario that is left, by item id, that count in the new one (`same_as`).
    """

    DECIDED_ON = ("scenario",)

    scenario: int
    path: Mapping[str, str] = field(default_factory=dict)
    keep: tuple[str, ...] = ()

    def decide(self, case: Case, seen: int | None = None) -> list[Draft]:
        if self.scenario not in case.procedure.scenarios:
            raise WrongUse(f"There is no scenario {self.scenario}", "")
        need_conversation(case.conversation, "Choosing a scenario")
        if case.cleared and self.scenario != case.number:
            raise still_cleared(case)
        drafts = [Draft("flow", {"answers": dict(self.path)})] if dict(self.path) not in ({}, case.flow) else []
        if self.scenario == case.number:
            return [*drafts, *self._answered(case)]
        data: dict[str, Any] = {"scenario": self.scenario, "boards": {}}
        data |= {"asked": said} if (said := self._said(case)) else {}
        if case.scenario is not None:
            kept = [row for row in keepable(case, self.scenario) if row[1] in self.keep]
            data["kept"] = [list(row) for row in kept]
            if any(case.scenario.by_id[row[1]].orders_licences for row in kept):
                data["uncovered"] = {str(self.scenario): list(case.uncovered)}  # the question goes with the order
            data["boards"] = effects_data(_left_behind(case, self.scenario, {(row[1], row[3]) for row in kept}))
        return [*drafts, Draft("scenario", data)]

    def _said(self, case: Case) -> dict[str, str]:
        """The answers of the call flow to questions that are items of the scenario."""
        way = {question.id: answer.id for question, answer in asked(case.procedure, self.path or case.flow)}
        items = of_flow(case.procedure.scenarios[self.scenario])
        return {item.id: way[item.id] for item in items if item.id in way}

    def _answered(self, case: Case) -> Iterable[Draft]:
        """The answers that another walk through the call flow to the same scenario changes."""
        for name, answer in self._said(case).items():
            mark = case.marks(name).get("")
            if self.path and (mark is None or mark.value != (answer,)):
                item = case.procedure.scenarios[self.scenario].by_id[name]
                transition = moves.mark(case.position(), item, value=(answer,))
                yield marked(case, "answered", item, transition, {"value": [answer], "told": ""})


def keepable(case: Case, to: int) -> list[tuple[str, str, str, str]]:
    """The actions done in the case's scenario that another has too: scenario, item, item there, mailbox."""
    scenario = case.scenario
    rows: list[tuple[str, str, str, str]] = []
    for item in scenario.items() if scenario else ():
        other = dict(item.same_as).get(to)
        if other is None or item.kind != "action":
            continue
        for mailbox, mark in case.marks(item.id).items():
            if mark.performed and not mark.asked:
                rows.append((str(case.number), item.id, other, mailbox))
    return rows


def to_undo(case: Case, to: int, keep: Iterable[str] = ()) -> tuple[Item, ...]:
    """The actions that will need undoing if another scenario is chosen and those of `keep` are kept, each once."""
    if case.scenario is None or to == case.number:
        return ()
    keys = {(row[1], row[3]) for row in keepable(case, to) if row[1] in keep}
    asked = [(number, key[0]) for number, each in _left_behind(case, to, keys).items() for key, *_ in each.asked]
    return tuple(case.procedure.scenarios[number].by_id[name] for number, name in dict.fromkeys(asked))


def _left_behind(case: Case, to: int, kept: set[Key]) -> dict[int, Effects]:
    """The effects of choosing another scenario on the marks of the one that is left, and of those left before it.

    Marks are stale should the scenario be chosen again; actions with an effect outside are asked about. One left before
    that the current scenario `keeps`, and the next one does not, is asked about now.
    """
    effects: dict[int, Effects] = {}
    for number, board in case.boards.items():
        scenario = case.procedure.scenarios.get(number)
        if scenario is None or number == to:
            continue
        current = number == case.number
        stale: list[tuple[Key, str]] = []
        asked: list[tuple[Key, str, str]] = []
        for key, mark in board.marks.items():
            item = scenario.by_id.get(key[0])
            if item is None or item.killer:
                continue
            acted = item.acts and mark.performed and to not in item.keeps
            here = (dict(item.same_as).get(case.number or 0, ""), key[1]) in case.board.marks  # asked about as that
            if acted and ((current and key not in kept) or (case.number in item.keeps and not (mark.asked or here))):
                asked.append((key, NO_LONGER_APPLIES, "scenario"))
            elif current:
                stale.append((key, "scenario"))
        effects[number] = Effects(stale=tuple(stale), asked=tuple(asked))
    return effects


class MovePlaybook(Command, frozen=True):
    """Move the case to the steps of another playbook: the marks that do not fit them must be checked again.

    The case is then replayed under the new steps; an item that is now done for each mailbox is spread by that.
    """

    procedure: Procedure

    def decide(self, case: Case, seen: int | None = None) -> list[Draft]:
        if self.procedure.digest == case.procedure.digest and legacy.is_of_these_steps(case.log):
            return []
        new = self.procedure.scenarios.get(case.number or 0)
        there = {item.id for item in new.items() if item.killer} if new else set()
        if any(item.id not in there for item, _ in case.cleared):
            raise still_cleared(case)  # the steps there would no longer ask
        boards = effects_data(spoiled_by_move(case, self.procedure))
        return [Draft("moved", {"playbook": self.procedure.digest, "boards": boards})]


def spoiled_by_move(case: Case, procedure: Procedure) -> dict[int, Effects]:
    """The marks to check again once the case has moved to the steps of `procedure`, by scenario."""
    return {
        number: _spoiled_by_move(case, number, board, procedure.scenarios[number])
        for number, board in case.boards.items()
        if number in procedure.scenarios
    }


def _spoiled_by_move(case: Case, number: int, board: Board, new: Scenario) -> Effects:
    """The marks whose item changed its kind or lost its answer, and every witness of a killer that is not done."""
    old = case.procedure.scenarios.get(number)
    stale: list[tuple[Key, str]] = []
    witnesses = {
        name for name, killers in new.witnesses.items() if not all((killer, "") in board.marks for killer in killers)
    }
    for key, mark in board.marks.items():
        item, before = new.by_id.get(key[0]), old.by_id.get(key[0]) if old else None
        if item is None or item.killer:
            continue
        same_kind = before is None or (before.kind, before.select) == (item.kind, item.select)
        chosen = item.select in ("one", "several")
        fits = same_kind and (item.kind == "action" or not chosen or all(map(item.answer, mark.value)))
        now_another = item.another and before is not None and not before.another
        if item.id in witnesses or now_another or not (fits or mark.skipped):
            boxes = (key[1],) if item.each and key[1] else case.addresses if item.each else ("",)
            stale += [((item.id, box), "playbook") for box in boxes]
    return Effects(stale=tuple(dict.fromkeys(stale)))
