"""Reachability: of every item, NB, template and ending, of an ending after every answer, and of a complete case.

One way is enough, so one is searched for: backwards from the needs of the guards, and forwards with those answers. A
target is reported as out of reach only if a slice proves it; one neither found nor proved so is reported as open.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from oxtui.cases.status import State
from oxtui.playbook import model
from oxtui.playbook.conditions import Atom, Condition, Join, Not
from oxtui.playbook.model import Answer, Item, Procedure, Scenario
from oxtui.playbook.order import derive, with_rules
from oxtui.prover.cut import all_of, cut
from oxtui.prover.duties import deciding, locking, proved_never
from oxtui.prover.helper import MOST_TAKEN, Helper
from oxtui.prover.limits import Limits, TimeIsUp
from oxtui.prover.walk import FIRST, SECOND, Move, Place, Walk

END = "~complete"
_GOAL = "~goal"
_DEAD_END_SECONDS = 4.0
_FEW = 100
"""Moves tried from a complete case; a way that is not found soon there is searched for from the start."""

_KINDS = {"nb": "shows the NB", "template": "wants the template", "ending": "comes to the ending"}
Spot = tuple[str, str]
"""The subject of a problem: a kind (item, nb, template, ending, scenario) and its id."""


class Found(Struct):
    """The results for a scenario; `open` are targets neither found nor proved unreachable, each in a few words."""

    problems: list[tuple[Spot, str]]
    notes: list[str]
    open: list[tuple[Spot, str]]
    shown: set[Spot]
    cut_short: bool = False


class Reach:
    """Searches one scenario."""

    def __init__(self, procedure: Procedure, scenario: Scenario, limits: Limits, until: float) -> None:
        self.procedure = procedure
        self.limits = limits
        self.until = until
        self.plain = scenario
        complete = [each.when for each in procedure.endings if each.complete]
        everything = tuple(Condition(Atom(item.id)) for item in scenario.items() if not item.optional)
        elsewhere = tuple(
            Condition(Not(Atom(item.id, frozenset({answer.id}))))
            for item in scenario.items()
            for answer in item.answers
            if answer.goes_to
        )
        end = Item(END, "action", "complete", when=_one_of(complete), after=(*everything, *elsewhere))
        self.has_end = bool(complete)
        self.scenario = self._with(end)
        self.walk = Walk(cut(self.scenario, self.scenario.by_id), nbs=locking(procedure), fine=True)
        self.found = Found([], [], [], set())
        self.reached: set[str] = set()
        self.completing: set[tuple[str, str]] = set()
        """The answers (item, answer) with which the case was complete."""
        self.start = self.walk.start((FIRST,))
        self.two = self.walk.start((FIRST, SECOND))
        self.base = self.start

    def _with(self, item: Item) -> Scenario:
        steps = (*self.plain.steps, model.Step(_GOAL, "", (item,)))
        return with_rules(derive(replace(self.plain, steps=steps)), self.procedure.rules)

    def run(self) -> Found:
        """Return the results within the time."""
        try:
            ended = self._complete()
            self._items()
            self._killers()
            self._nbs()
            self._templates()
            self._endings()
            if ended:
                self._answers()
        except TimeIsUp:
            self.found.cut_short = True
            self._report(("scenario", ""), "", "the time was up before all of the scenario was looked through")
        return self.found

    def _report(self, spot: Spot, problem: str, unproved: str) -> None:
        """Report a problem if it is proved, else the target as open."""
        if problem:
            self.found.problems.append((spot, problem))
        else:
            self.found.open.append((spot, unproved))

    def _helper(self, kept: Iterable[str] = (), most: int = MOST_TAKEN) -> Helper:
        return Helper(self.walk, self.until, kept=kept, most=most)

    def _passed(self, place: Place) -> None:
        """Record the items done on the way to a place."""
        while place.came is not None:
            place, move = place.came
            self.limits.visited()
            if move.verb in ("mark", "quote", "cancel"):
                self.reached.add(move.item)

    def _made(self, places: Iterable[Place], move: Move, kept: Iterable[str] = ()) -> Place | None:
        """Take a move from the first of these places that has a way to it."""
        for place in places:
            few = place is not self.start and place is self.base
            after = self._helper(kept, _FEW if few else MOST_TAKEN).make(place, move)
            if after is not None:
                self._passed(after)
                return after
        return None

    def _never(self, scenario: Scenario, goal: str, through: str = "", answer: tuple[str, str] = ("", "")) -> bool:
        return proved_never(scenario, goal, self.limits, self.until, through, answer)

    # -- a complete end
    def _complete(self) -> bool:
        if not self.has_end:
            return True
        after = self._made((self.start,), Move("mark", END))
        if after is not None:
            self.base = _before_killers(self.scenario, after)
            self.completing = {(name, answer) for (name, _), mark in after.board.marks.items() for answer in mark.value}
            return True
        rest = [item for item in self.plain.items() if not item.optional]
        for item in rest:  # each that can be done
            if item.id not in self.reached:
                self._marked(item, self.walk.values[item.id][0].value)
        end = time.monotonic() + _DEAD_END_SECONDS
        for item in sorted(rest, key=lambda each: each.id in self.reached):
            if time.monotonic() < end and self._never(self.scenario, END, item.id):
                text = f"dead end: no way leads to 'complete': '{item.text}' stays open"
                self._report(("item", item.id), text, "")
                return False
        self._report(("scenario", ""), "", "no way to 'complete' was found, nor that there is none")
        return False

    # -- items
    def _items(self) -> None:
        for item in self.plain.items():
            if item.id in self.reached or any(self._marked(item, each.value) for each in self.walk.values[item.id]):
                continue
            problem = f"nothing ever leads to '{item.text}'" if self._never(self.plain, item.id) else ""
            self._report(("item", item.id), problem, f"no way to '{item.text}' was found, nor that there is none")

    def _marked(self, item: Item, value: tuple[str, ...]) -> Place | None:
        verb = "cancel" if item.killer else "quote" if item.quote else "mark"
        move = Move(verb, item.id, (FIRST,) if item.each else (), value)
        return self._made((self.base, self.start, self.two), move)

    def _killers(self) -> None:
        """Report each killer that applies and stays locked, as an answer removes an item that it waits for."""
        for killer in self.plain.items():
            atoms = [node for entry in killer.after for node in entry.conjuncts()] if killer.killer else []
            for atom in atoms:
                item = self.plain.by_id.get(atom.item) if isinstance(atom, Atom) else None
                if item and deciding(self.plain, item.id):
                    removed = (self._removed(killer, item, place) for place in (self.base, self.start))
                    if place := next(filter(None, removed), None):
                        text = f"'{killer.text}' waits for '{item.text}', which an answer removes"
                        self._report(("item", killer.id), text + self._because(place, item), "")

    def _removed(self, killer: Item, item: Item, place: Place | None) -> Place | None:
        """Return a place where a killer applies and an item that it waits for does not."""
        box = FIRST if item.each else ""
        for _ in range(6):
            if place is None:
                return None
            standing = self.walk.standing(place)
            if standing.states.get((item.id, box)) is not State.NOT_APPLICABLE:
                place = self._helper().applying(place, item, box, 0, wanted=False)
            elif (applies := standing.applies((killer.id, ""))) is None:
                place = self._helper().applying(place, killer, "", 0)
            else:
                return place if applies is True else None
        return None

    def _because(self, place: Place, item: Item) -> str:
        reasons = []
        for name in dict.fromkeys((*self.plain.step_of[item.id].when.items(), *item.when.items())):
            question = self.plain.by_id.get(name)
            for (each, _), mark in place.board.marks.items():
                if question is not None and each == name and question.kind == "question":
                    texts = [answer.text for answer in question.given(mark.value)]
                    reasons.append(f"{question.text} {' and '.join(texts)}")
        return f" ({'; '.join(dict.fromkeys(reasons))})" if reasons else ""

    # -- NBs, templates and endings
    def _nbs(self) -> None:
        reached = [item for item in self.plain.items() if item.id in self.reached]
        for nb in self.procedure.nbs.values():
            shown = (nb.id in item.nbs or any(nb.id in answer.nbs for answer in item.answers) for item in reached)
            if nb.id in self.plain.nbs or any(shown):
                self._true_once(("nb", nb.id), nb.when, anyway=bool(nb.evidence))

    def _templates(self) -> None:
        for item in self.plain.items():
            for name, when in item.templates:
                if item.id in self.reached and ("template", name) not in self.found.shown:
                    conditions = (self.plain.step_of[item.id].when, item.when, when)
                    whole = all_of(each.root for each in conditions if each.root is not None)
                    self._true_once(("template", name), whole, each=item.each)

    def _endings(self) -> None:
        """Look for the endings; each must be reached in one of the scenarios."""
        named = {answer.ending for item in self.plain.items() for answer in item.answers if item.id in self.reached}
        for ending in self.procedure.endings:
            names = set(ending.when.items())
            if ending.id in named:
                self.found.shown.add(("ending", ending.id))
            elif names <= set(self.plain.by_id):
                self._true_once(("ending", ending.id), ending.when)
            elif not names.isdisjoint(self.plain.by_id):
                self.found.shown.add(("ending", ending.id))  # several scenarios decide it, so nothing is reported

    def _true_once(self, spot: Spot, condition: Condition, *, anyway: bool = False, each: bool = False) -> None:
        """Look for a place where a condition holds; one never found is reported for all scenarios together."""
        if anyway or condition.root is None:
            self.found.shown.add(spot)
            return
        for place in (self.base, self.start, self.two):
            after = self._turned(place, condition, FIRST if each else "")
            if after is not None:
                self._passed(after)
                self.found.shown.add(spot)
                return
        goal = Item(_GOAL, "action", "", each=each, when=condition)
        if not self._never(self._with(goal), _GOAL):
            self.found.shown.add(spot)  # nothing is reported
            self._report(spot, "", f"no case that {_KINDS[spot[0]]} '{spot[1]}' was found, nor that there is none")

    def _turned(self, place: Place | None, condition: Condition, box: str, kept: Iterable[str] = ()) -> Place | None:
        """Return a place where a condition holds, found from another one, or None."""
        for _ in range(8):
            if place is None or condition.root is None or self.walk.standing(place).holds(condition, box) is True:
                return place
            place = self._helper(kept).turn(place, condition.root, box, True, 0)
        return None

    # -- answers
    def _answers(self) -> None:
        """Note the consequence of each answer with which the case cannot be complete."""
        for item in self.plain.items():
            for answer in item.answers:
                if not answer.open and (item.id, answer.id) not in self.completing:
                    self._answer(item, answer)

    def _answer(self, item: Item, answer: Answer) -> None:
        place = self._marked(item, (answer.id,))
        if place is None or not self.has_end or self._made((place,), Move("mark", END), (item.id,)) is not None:
            return
        question = f'scenario {self.plain.number}, "{item.text}": {answer.text}'
        follows = self._follows(item, answer, place)
        if follows:
            self.found.notes.append(question + follows)
        else:
            stuck = self._proved_stuck(item, answer)
            text = f"dead end: with '{answer.text}' no ending is left" if stuck else ""
            self._report(("item", item.id), text, f"no ending was found for {question}")

    def _follows(self, item: Item, answer: Answer, place: Place) -> str:
        """Return the items that lead on from an answer, in words, or ""."""
        if answer.goes_to:
            return f" leads to scenario {answer.goes_to.scenario}"
        if answer.ending:
            texts = {each.id: each.text for each in self.procedure.endings}
            return f" ends the case as {texts.get(answer.ending, answer.ending)}"
        if answer.reopens:
            return f" leads back to '{self.plain.by_id[answer.reopens[0]].text}'"
        for by in self.plain.reopened_by.get(item.id, ()):
            atoms = [atom for atom in self.plain.by_id[by].when.atoms() if atom.item == item.id and atom.judges]
            if by in self.reached and (not atoms or any(atom.fits((answer.id,)) for atom in atoms)):
                return f" leads on by '{self.plain.by_id[by].text}'"
        others = [ending for ending in self.procedure.endings if not ending.complete and not ending.only]
        always = [ending.text for ending in others if not ending.when]
        standing = self.walk.standing(place)
        fits = [ending.text for ending in others if ending.when and standing.holds(ending.when) is True] or always
        fits = fits or [each.text for each in others if self._turned(place, each.when, "", (item.id,))]
        return f": it is answered anew, or the case ends as {' or '.join(fits)}" if fits else ""

    def _proved_stuck(self, item: Item, answer: Answer) -> bool:
        """Whether a slice shows that with this answer alone there is no complete end."""
        end = self.scenario.by_id[END]
        answered = Condition(Atom(item.id, frozenset({answer.id})))
        scenario = self._with(replace(end, after=(*end.after, answered)))
        decided = (each.id for each in self.plain.items() if item.id in deciding(self.plain, each.id))
        near = (*self.plain.rested_on_by.get(item.id, ()), *decided)
        return any(self._never(scenario, END, through, (item.id, answer.id)) for through in near)


def _one_of(conditions: Sequence[Condition]) -> Condition:
    """Return the condition that one of several holds; an empty one always does."""
    roots = [each.root for each in conditions if each.root is not None]
    if not roots or len(roots) < len(conditions):
        return Condition()
    return Condition(roots[0] if len(roots) == 1 else Join("or", tuple(roots)))


def _before_killers(scenario: Scenario, place: Place) -> Place:
    """Return the last place before a service is ended: after it, answers can no longer be changed freely."""
    nearest = place
    while place.came is not None:
        before, move = place.came
        if move.item == END or (move.item in scenario.by_id and scenario.by_id[move.item].killer):
            nearest = before
        place = before
    return nearest
