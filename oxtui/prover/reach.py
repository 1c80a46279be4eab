"""That something can be reached: every item, NB and template, an end for every answer, and a complete end.

One way is enough to see it, so one is looked for: backwards from what guards want, and forwards with those answers.
That nothing leads somewhere is only told where a slice proves it; what was neither found nor proved is told as that.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from oxtui.cases.status import State
from oxtui.playbook.conditions import Atom, Condition, Join, Node, Not
from oxtui.playbook.model import Answer, Item, Procedure, Scenario, Step
from oxtui.playbook.order import derive, with_rules
from oxtui.prover import walk as walking
from oxtui.prover.cut import conjuncts, cut
from oxtui.prover.duties import locking, proved_never
from oxtui.prover.helper import MOST_TAKEN, Helper
from oxtui.prover.limits import Limits, TimeIsUp
from oxtui.prover.walk import FIRST, SECOND, Place, Walk

END = "~complete"
_GOAL = "~goal"
_DEAD_END_SECONDS = 4.0
_FEW = 100
"""Steps tried from where all is done: what is not found soon there is looked for from the beginning."""

_KINDS = {"nb": "shows the NB", "template": "wants the template", "ending": "comes to the ending"}
Spot = tuple[str, str]
"""What a problem is about: a kind (item, nb, template, scenario), and its id."""


class Found(Struct):
    """What looking through a scenario gave."""

    problems: list[tuple[Spot, str]]
    notes: list[str]
    open: list[tuple[Spot, str]]
    """What was neither found nor proved, each in a few words."""
    shown: set[Spot]
    cut_short: bool = False


def _one_of(conditions: Sequence[Condition]) -> Condition:
    """That one of several holds; an empty one always does."""
    roots = [each.root for each in conditions if each.root is not None]
    if not roots or len(roots) < len(conditions):
        return Condition()
    return Condition(roots[0] if len(roots) == 1 else Join("or", tuple(roots)))


class Reach:
    """Looks through one scenario."""

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
        self.given: set[tuple[str, str]] = set()
        """The answers with which the case was complete."""
        self.start = self.walk.start((FIRST,))
        self.two = self.walk.start((FIRST, SECOND))
        self.base = self.start

    def _with(self, item: Item) -> Scenario:
        steps = (*self.plain.steps, Step(_GOAL, "", (item,)))
        return with_rules(derive(replace(self.plain, steps=steps)), self.procedure.rules)

    def run(self) -> Found:
        """All that can be told of the scenario, within the time."""
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
            self._open(("scenario", ""), "the time was up before all of the scenario was looked through")
        return self.found

    def _open(self, spot: Spot, words: str) -> None:
        self.found.open.append((spot, words))

    def _helper(self, kept: Iterable[str] = ()) -> Helper:
        return Helper(self.walk, self.until, kept=kept)

    def _passed(self, place: Place) -> None:
        """Remember what was done on the way to a place."""
        while place.came is not None:
            place, step = place.came
            self.limits.visited()
            if step.verb in ("mark", "quote", "cancel"):
                self.reached.add(step.item)

    def _made(self, places: Iterable[Place], step: walking.Step, kept: Iterable[str] = ()) -> Place | None:
        """Where a step leads from the first of these places from which a way was found."""
        for place in places:
            few = place is not self.start and place is self.base
            after = Helper(self.walk, self.until, kept=kept, most=_FEW if few else MOST_TAKEN).make(place, step)
            if after is not None:
                self._passed(after)
                return after
        return None

    # -- a complete end
    def _complete(self) -> bool:
        if not self.has_end:
            return True
        after = self._made((self.start,), walking.Step("mark", END))
        if after is not None:
            self.base = _before_killers(self.scenario, after)
            self.given = {(name, answer) for (name, _), mark in after.board.marks.items() for answer in mark.value}
            return True
        for item in self.plain.items():  # as far as it goes
            if not item.optional and item.id not in self.reached:
                self._marked(item, self.walk.values[item.id][0].value)
        end = time.monotonic() + _DEAD_END_SECONDS
        rest = [item for item in self.plain.items() if not item.optional]
        for item in sorted(rest, key=lambda each: each.id in self.reached):
            if time.monotonic() < end and self._proved_never(self.scenario, END, item.id):
                text = f"dead end: no way leads to 'complete': '{item.text}' stays open"
                self.found.problems.append((("item", item.id), text))
                return False
        self._open(("scenario", ""), "no way to 'complete' was found, nor that there is none")
        return False

    def _proved_never(
        self, scenario: Scenario, goal: str, through: str = "", answer: tuple[str, str] = ("", "")
    ) -> bool:
        return proved_never(scenario, goal, self.limits, self.until, through, answer)

    # -- items
    def _items(self) -> None:
        for item in self.plain.items():
            if item.id in self.reached:
                continue
            if any(self._marked(item, value.value) for value in self.walk.values[item.id]):
                continue
            if self._proved_never(self.plain, item.id):
                self.found.problems.append((("item", item.id), f"nothing ever leads to '{item.text}'"))
            else:
                self._open(("item", item.id), f"no way to '{item.text}' was found, nor that there is none")

    def _marked(self, item: Item, value: tuple[str, ...]) -> Place | None:
        verb = "cancel" if item.killer else "quote" if item.quote else "mark"
        step = walking.Step(verb, item.id, (FIRST,) if item.each else (), value)
        return self._made((self.base, self.start, self.two), step)

    def _killers(self) -> None:
        """A killer that waits for what an answer removes stays locked for ever, though it applies."""
        for killer in self.plain.items():
            if not killer.killer:
                continue
            for entry in killer.after:
                for node in conjuncts(entry):
                    if isinstance(node, Atom) and node.item in self.plain.by_id:
                        self._removed(killer, self.plain.by_id[node.item])

    def _removed(self, killer: Item, item: Item) -> None:
        if not (item.when or self.plain.step_of[item.id].when):
            return
        for place in (self.base, self.start):
            after: Place | None = place
            box = FIRST if item.each else ""
            for _ in range(6):
                if after is None:
                    break
                standing = self.walk.standing(after)
                if standing.states.get((item.id, box)) is State.NOT_APPLICABLE:
                    if standing.applies((killer.id, "")) is True:
                        why = self._because(after, item)
                        text = f"'{killer.text}' waits for '{item.text}', which an answer removes{why}"
                        text += ": let another item wait for that one, and this one for the other"
                        self.found.problems.append((("item", killer.id), text))
                        return
                    if standing.applies((killer.id, "")) is False:
                        break
                    after = self._helper().applying(after, killer, "", 0)
                else:
                    after = self._helper().applying(after, item, box, 0, wanted=False)

    def _because(self, place: Place, item: Item) -> str:
        said = []
        for name in dict.fromkeys((*self.plain.step_of[item.id].when.items(), *item.when.items())):
            asked = self.plain.by_id.get(name)
            for (each, _), mark in place.board.marks.items():
                if asked is not None and each == name and asked.kind == "question":
                    texts = [answer.text for answer in asked.answers if answer.id in mark.value]
                    said.append(f"{asked.text} {' and '.join(texts)}")
        return f" ({'; '.join(dict.fromkeys(said))})" if said else ""

    # -- NBs and templates
    def _nbs(self) -> None:
        reached = [item for item in self.plain.items() if item.id in self.reached]
        for nb in self.procedure.nbs.values():
            shown = (nb.id in item.nbs or any(nb.id in answer.nbs for answer in item.answers) for item in reached)
            if nb.id in self.plain.nbs or any(shown):
                self._true_once(("nb", nb.id), nb.when, bool(nb.evidence))

    def _templates(self) -> None:
        for item in self.plain.items():
            for name, condition in item.templates:
                if item.id in self.reached and ("template", name) not in self.found.shown:
                    whole = _both(self.plain.step_of[item.id].when, item.when, condition)
                    self._true_once(("template", name), whole, False, each=item.each)

    def _endings(self) -> None:
        """The endings that answers lead to: one of several scenarios has to come to each."""
        named = {answer.ending for item in self.plain.items() for answer in item.answers if item.id in self.reached}
        for ending in self.procedure.endings:
            if ending.id in named:
                self.found.shown.add(("ending", ending.id))
            elif set(ending.when.items()) <= set(self.plain.by_id):
                self._true_once(("ending", ending.id), ending.when, False)
            elif not set(ending.when.items()).isdisjoint(self.plain.by_id):
                self.found.shown.add(("ending", ending.id))  # it speaks of several scenarios: nothing false is told

    def _true_once(self, spot: Spot, condition: Condition, anyway: bool, *, each: bool = False) -> None:
        """Whether there is a place where a condition holds; told once for all scenarios."""
        if anyway or condition.root is None:
            self.found.shown.add(spot)
            return
        box = FIRST if each else ""
        for place in (self.base, self.start, self.two):
            after = self._turned(place, condition, box)
            if after is not None:
                self._passed(after)
                self.found.shown.add(spot)
                return
        goal = Item(_GOAL, "action", "", each=each, when=condition)
        if not self._proved_never(self._with(goal), _GOAL):
            self.found.shown.add(spot)  # nothing false is told
            kind = _KINDS[spot[0]]
            self._open(spot, f"no case that {kind} '{spot[1]}' was found, nor that there is none")

    # -- answers
    def _answers(self) -> None:
        """What to know of answers with which the case cannot be complete."""
        for item in self.plain.items():
            for answer in item.answers:
                if not answer.open and (item.id, answer.id) not in self.given:
                    self._answer(item, answer)

    def _answer(self, item: Item, answer: Answer) -> None:
        place = self._marked(item, (answer.id,))
        if place is None or not self.has_end:
            return
        if self._made((place,), walking.Step("mark", END), (item.id,)) is not None:
            return
        question = f'scenario {self.plain.number}, "{item.text}": {answer.text}'
        back = [
            by for by in self.plain.reopened_by.get(item.id, ()) if by in self.reached and self._takes(by, item, answer)
        ]
        others = [ending for ending in self.procedure.endings if not ending.complete and not ending.only]
        always = [ending.text for ending in others if not ending.when]
        now = [ending.text for ending in others if ending.when and self.walk.standing(place).holds(ending.when) is True]
        fits = now or [each.text for each in others if not always and self._turned(place, each.when, "", (item.id,))]
        if answer.goes_to:
            self.found.notes.append(f"{question} leads to scenario {answer.goes_to.scenario}")
        elif answer.ending:
            self.found.notes.append(f"{question} ends the case as {self._ending(answer)}")
        elif answer.reopens:
            self.found.notes.append(f"{question} leads back to '{self.plain.by_id[answer.reopens[0]].text}'")
        elif back:
            self.found.notes.append(f"{question} leads on by '{self.plain.by_id[back[0]].text}'")
        elif fits or always:
            named = fits or always
            self.found.notes.append(f"{question}: it is answered anew, or the case ends as {' or '.join(named)}")
        elif self._proved_stuck(item, answer):
            text = f"dead end: with '{answer.text}' no ending is left"
            self.found.problems.append((("item", item.id), text))
        else:
            self._open(("item", item.id), f"no ending was found for {question}")

    def _ending(self, answer: Answer) -> str:
        return next((each.text for each in self.procedure.endings if each.id == answer.ending), answer.ending)

    def _turned(self, place: Place, condition: Condition, box: str, kept: Iterable[str] = ()) -> Place | None:
        """A place where a condition holds, found from another one; None where no way was found."""
        after: Place | None = place
        for _ in range(8):
            if after is None or condition.root is None or self.walk.standing(after).holds(condition, box) is True:
                return after
            after = self._helper(kept).turn(after, condition.root, box, True, 0)
        return None

    def _proved_stuck(self, item: Item, answer: Answer) -> bool:
        """Whether a slice shows that with this answer alone there is no complete end."""
        end = self.scenario.by_id[END]
        given = Condition(Atom(item.id, frozenset({answer.id})))
        scenario = self._with(replace(end, after=(*end.after, given)))
        near = (*self.plain.rested_on_by.get(item.id, ()), *_decided_by(self.plain, item.id))
        return any(self._proved_never(scenario, END, through, (item.id, answer.id)) for through in near)

    def _takes(self, by: str, item: Item, answer: Answer) -> bool:
        """Whether the item `by` takes that answer back."""
        named = [atom for atom in self.plain.by_id[by].when.atoms() if atom.item == item.id and atom.judges]
        return not named or any(atom.fits((answer.id,)) for atom in named)


def _before_killers(scenario: Scenario, place: Place) -> Place:
    """The last place before a service is ended: what follows is not free to be answered otherwise."""
    found = place
    while place.came is not None:
        before, step = place.came
        if step.item == END or scenario.by_id[step.item].killer if step.item in scenario.by_id else False:
            found = before
        place = before
    return found


def _decided_by(scenario: Scenario, name: str) -> tuple[str, ...]:
    """The items whose `when` names an item."""
    return tuple(
        item.id for item in scenario.items() if name in (*item.when.items(), *scenario.step_of[item.id].when.items())
    )


def _both(*conditions: Condition) -> Condition:
    nodes: list[Node] = [each.root for each in conditions if each.root is not None]
    if not nodes:
        return Condition()
    return Condition(nodes[0] if len(nodes) == 1 else Join("and", tuple(nodes)))
