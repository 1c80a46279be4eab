"""The shortest sequence of acts that breaks a duty, as a person would do them.

The acts tried in every order are those on the items that the breach speaks of. What these wait for is done on
the way as it comes; then every act that turns out not to be needed is taken out again. Ways on which nothing is
undone come first: without undo, it does not matter by which way a state was come to, and there are far fewer.
"""

from __future__ import annotations

import heapq
import itertools
import time
from collections.abc import Iterator

from msgspec.structs import replace

from oxtui.errors import Refusal
from oxtui.playbook.conditions import Atom, Condition
from oxtui.playbook.model import Item, Scenario
from oxtui.playbook.permits import Position
from oxtui.playbook.progress import State, Status
from oxtui.playbook.proof_judge import Judge
from oxtui.playbook.proof_rules import Breach, Duty
from oxtui.playbook.proof_slices import GONE, Value, authentic, cone, cut, told_apart, values_of
from oxtui.playbook.proof_walk import PLAIN, Act, Walk

_DEEPEST = 60
_MARKS = ("tick", "answer", "quote")


def shortest(breach: Breach, most: int, until: float = float("inf")) -> tuple[Act, ...] | None:
    """Acts that break the duty of `breach`, or None where none were found.

    It gives up after `most` states, and when the monotonic clock shows `until` (seconds): what was found till
    then breaks the duty as well, though there may be a shorter way.
    """
    flaws = {flaw for content in breach.contents for _, _, flaw in content.marks}
    boxes = {box for content in breach.contents for box, _, _ in content.marks}
    if "pending" in flaws or GONE in boxes:
        return None  # between two moments of one act, or of an earlier mailbox: told as it is
    scenario = breach.duty.scenario
    near = {item.id for item in breach.slice.items if item.id in scenario.by_id}
    whole = _with_reopeners(scenario, near)
    near |= _deciding(scenario, whole)
    duty = replace(breach.duty, scenario=cut(scenario, whole))
    spoken = _spoken_of(breach)
    if (found := _Search(duty, near, spoken, until).run(most)) is None:
        spoken |= {"undo"}
        for names, verbs, share in ((near, spoken, 1), (near, None, 4), (whole, None, 8)):
            if found := _Search(duty, names, verbs, until).run(most // share):
                break
    else:
        # Where undoing something is shorter still, it is seldom by much: a look at the first of those ways will do.
        found = _Search(duty, near, spoken | {"undo"}, until).run(most // 20, found)
    return _Search(duty, near, None, until).without_needless(found) if found else None


def _with_reopeners(scenario: Scenario, names: set[str]) -> set[str]:
    """All that `names` rest on, and what takes answers of those back."""
    found = cone(scenario, names)
    while more := {by for name in found for by in scenario.reopened_by.get(name, ())} - found:
        found |= cone(scenario, more)
    return found


def _deciding(scenario: Scenario, names: set[str]) -> set[str]:
    """The items by which it is decided whether those of `names` apply."""
    conditions = [scenario.by_id[name].when for name in names] + [scenario.step_of[name].when for name in names]
    return {atom.item for condition in conditions for atom in condition.atoms()}


def _needed(scenario: Scenario, target: str) -> set[str]:
    """Items without which `target` cannot be done: marked or skipped, each takes an act of its own."""
    found: set[str] = set()
    rest = [target]
    while rest:
        name = rest.pop()
        if name in found:
            continue
        found.add(name)
        item, step = scenario.by_id[name], scenario.step_of[name]
        for condition in (item.when, step.when):
            rest += [atom.item for atom in condition.atoms()] if len(condition.groups) == 1 else []
        for atom in item.after:
            other = scenario.by_id[atom.item]
            if item.killer or not (other.when or scenario.step_of[other.id].when):
                rest.append(atom.item)
    return found


def _spoken_of(breach: Breach) -> frozenset[str]:
    """The verbs that the contents of a breach speak of, besides marking and taking back."""
    verbs: set[str] = set()
    for item, content in zip(breach.slice.items, breach.contents, strict=True):
        verbs |= {"skip"} if content.skipped or item.id == breach.duty.target.item else set()
        verbs |= {"defer"} if content.deferred else set()
        verbs |= {"revoke"} if any(flaw == "spoiled" for _, _, flaw in content.marks) else set()
    if len(breach.slice.mailboxes) > 1:
        verbs.add("mailbox")
    if not breach.slice.mailboxes:
        verbs.add("empty")
    if breach.duty.atom is None or breach.call.mode != "client":
        verbs |= {"a", "b", "end", "lapse", "revoke"}
    if breach.duty.target.verb == "unwind":
        verbs |= {"unwind", "away"}
    return frozenset(verbs)


def breaks(duty: Duty, walk: Walk, act: Act) -> bool:
    """Whether doing `act` now is what the rule forbids."""
    verbs = {
        "mark": _MARKS,
        "discount": ("quote",),
        "copy": ("copy",),
        "skip": ("skip",),
        "unwind": ("unwind",),
    }
    target = duty.target
    if (
        act.item != target.item
        or act.verb not in verbs[target.verb]
        or (target.verb == "discount" and not act.discount)
    ):
        return False
    judge = Judge(walk.scenario, walk.records, walk.mailboxes)
    if duty.rule.where and judge.true(duty.rule.where) is not True:
        return False
    if duty.atom is None:
        return not authentic(walk.call)
    return not duty.atom.item or not judge.met(duty.atom)


def stands(duty: Duty, walk: Walk) -> bool:
    """Whether a discount stands where the rule allows none."""
    name = duty.target.item
    if duty.target.verb != "discount" or not walk.discounts.get(name):
        return False
    if walk.position().statuses[name].state is not State.DONE:
        return False
    judge = Judge(walk.scenario, walk.records, walk.mailboxes)
    return judge.true(duty.rule.where) is True and not (duty.atom and duty.atom.item and judge.met(duty.atom))


class _Search:
    def __init__(self, duty: Duty, names: set[str], verbs: frozenset[str] | None, until: float) -> None:
        self.verbs = verbs
        self.until = until
        self.duty = duty
        self.scenario = duty.scenario
        more = list(duty.rule.where.atoms()) + ([duty.atom] if duty.atom and duty.atom.item else [])
        self.told = told_apart(self.scenario, more)
        self.items = [self.scenario.by_id[name] for name in self.scenario.order if name in names]
        self.names = names
        self.needed = _needed(self.scenario, duty.target.item)

    def _least(self, walk: Walk) -> int:
        """How many acts are needed from here at least: every item that cannot be left out takes one."""
        touched = (name for name in self.needed if (record := walk.records.get(name)) and record.touched())
        return len(self.needed) - sum(1 for _ in touched)

    def run(self, most: int, best: tuple[Act, ...] | None = None) -> tuple[Act, ...] | None:
        """Every state by the number of acts that lead to it, until one breaks the duty; `best` is known already."""
        start = Walk(self.scenario)
        count = itertools.count()
        rest: list[tuple[int, int, int, Walk]] = [(self._least(start), 0, next(count), start)]
        seen: set[tuple[object, ...]] = set()
        undo = self.verbs is None or "undo" in self.verbs
        while rest and len(seen) < most and time.monotonic() < self.until:
            least, _, _, walk = heapq.heappop(rest)
            if best is not None and least >= len(best):
                break
            if (key := walk.key(undo=undo)) in seen:
                continue
            seen.add(key)
            position = walk.position()
            for act in self._acts(walk):
                if self.verbs is not None and act.verb not in (*_MARKS, "copy") and act.verb not in self.verbs:
                    continue
                after, found = self._try(walk, act, position)
                if found is not None:
                    if best is None or len(found) < len(best):
                        best = found
                elif after is not None and len(after.acts) < _DEEPEST:
                    least = len(after.acts) + self._least(after)
                    if best is None or least < len(best):
                        heapq.heappush(rest, (least, -len(after.acts), next(count), after))
        return best

    def _try(self, walk: Walk, act: Act, position: Position) -> tuple[Walk | None, tuple[Act, ...] | None]:
        """The walk after `act`, with all that it waits for done first; or the acts up to a breach."""
        try:
            walk.check(act, position)
            other = walk.copy()
        except Refusal:
            if act.verb not in (*_MARKS, "copy", "skip"):
                return None, None
            other = walk.copy()
            found = _Helper(self.duty, self.told, other).make_way(act, 0)
            if found is not True:
                return None, other.acts if found is None else None
        if breaks(self.duty, other, act):
            return None, (*other.acts, act)
        try:
            other.do(act)
        except Refusal:
            return None, None
        return (None, other.acts) if stands(self.duty, other) else (other, None)

    def _acts(self, walk: Walk) -> Iterator[Act]:
        target = self.duty.target
        for item in self.items:
            yield from marks_of(item, self.told, walk.mailboxes)
            yield Act("skip", item.id)
            yield Act("defer", item.id)
            if item.acts and walk.records.get(item.id):
                yield Act("unwind", item.id)
                yield Act("away", item.id)
        if target.verb == "copy":
            yield Act("copy", target.item, template=target.template)
        yield from (act for act in walk.undoable() if walk.log[act.undone].act.item in self.names)
        if len(walk.mailboxes) == 1:
            yield Act("mailbox")
        if walk.mailboxes:
            yield Act("empty")
        if walk.call.mode and not walk.call.lapsed:
            yield from (Act("revoke"), Act("end"), Act("lapse"))
        if walk.call.mode != "client" or walk.call.lapsed:
            yield Act("a")
        if walk.call.mode != "back-office":
            yield Act("b")

    def without_needless(self, acts: tuple[Act, ...]) -> tuple[Act, ...]:
        """`acts` without those that can be left out, one by one from the end."""
        place = len(acts) - 2
        while place >= 0:
            fewer = _left_out(acts, place)
            if fewer is not None and self._still(fewer):
                acts = fewer
            place -= 1
        return self._in_order(acts)

    def _in_order(self, acts: tuple[Act, ...]) -> tuple[Act, ...]:
        """`acts` in the order of the article, as far as it makes no difference."""
        if any(act.verb == "undo" for act in acts):
            return acts
        places = {item.id: place for place, item in enumerate(self.scenario.items())}
        for end in range(len(acts) - 1, 0, -1):
            for place in range(end):
                one, two = acts[place], acts[place + 1]
                swapped = (*acts[:place], two, one, *acts[place + 2 :])
                if places.get(one.item, -1) > places.get(two.item, -1) and self._still(swapped):
                    acts = swapped
        return acts

    def _still(self, acts: tuple[Act, ...]) -> bool:
        walk = Walk(self.scenario)
        try:
            for place, act in enumerate(acts):
                position = walk.position()
                walk.check(act, position)
                if place == len(acts) - 1 and breaks(self.duty, walk, act):
                    return True
                walk.do(act, position)
        except Refusal:
            return False
        return stands(self.duty, walk)


def _left_out(acts: tuple[Act, ...], place: int) -> tuple[Act, ...] | None:
    """`acts` without one; None where a later undo speaks of it (entries are counted)."""
    logged = [act.verb not in (*PLAIN, "undo") for act in acts]
    number = sum(logged[:place])
    fewer = []
    for at, act in enumerate(acts):
        if at == place:
            continue
        if act.verb == "undo" and logged[place]:
            if act.undone == number:
                return None
            if act.undone > number:
                act = Act("undo", undone=act.undone - 1)
        fewer.append(act)
    return tuple(fewer)


def marks_of(item: Item, told: tuple[Atom, ...], mailboxes: tuple[str, ...]) -> Iterator[Act]:
    """The ways to mark an item: each answer; for all mailboxes, or one."""
    boxes = ("", *mailboxes) if item.each and len(mailboxes) > 1 else ("",)
    if item.quote:
        yield from (Act("quote", item.id), Act("quote", item.id, discount=True))
        return
    verb = "tick" if item.kind == "action" else "answer"
    for value in values_of(item, told):
        yield from (Act(verb, item.id, value, box) for box in boxes)


class _Helper:
    """Does what an act waits for, in the order it is asked for."""

    def __init__(self, duty: Duty, told: tuple[Atom, ...], walk: Walk) -> None:
        self.duty, self.told, self.walk = duty, told, walk

    def make_way(self, act: Act, depth: int) -> bool | None:
        """Whether `act` may be done now; None where the duty was broken on the way."""
        for _ in range(_DEEPEST):
            position = self.walk.position()
            try:
                self.walk.check(act, position)
            except Refusal:
                if depth > 20 or len(self.walk.acts) > _DEEPEST:
                    return False
                helped = self._help(act, position, depth)
                if helped is not True:
                    return helped
                continue
            return True
        return False

    def _help(self, act: Act, position: Position, depth: int) -> bool | None:
        item, call = self.walk.scenario.by_id[act.item], position.call
        if not call.live or (item.client and not call.with_client and act.verb in _MARKS):
            return self._do(Act("a"), depth)
        status = position.statuses[item.id]
        if status.state is State.NOT_APPLICABLE:
            step = self.walk.scenario.step_of[item.id]
            return self._make_true(step.when, depth) or self._make_true(item.when, depth)
        if status.waits:
            return self._meet(status, depth)
        return False

    def _meet(self, status: Status, depth: int) -> bool | None:
        atom = status.waits[0].atom
        item = self.walk.scenario.by_id[atom.item]
        wanted = [answer.id for answer in item.answers if answer.id in atom.answers] if atom.answers else []
        return self._mark(item, (wanted[0],) if wanted else None, depth)

    def _make_true(self, condition: Condition, depth: int) -> bool | None:
        judge = Judge(self.walk.scenario, self.walk.records, self.walk.mailboxes)
        if not condition or judge.true(condition) is True:
            return False
        for atom in condition.groups[0]:
            if judge.holds(atom) is not True:
                item = self.walk.scenario.by_id[atom.item]
                wanted = [answer.id for answer in item.answers if answer.id in atom.answers]
                return self._mark(item, (wanted[0],) if wanted else None, depth)
        return False

    def _mark(self, item: Item, value: Value | None, depth: int) -> bool | None:
        if item.quote:
            act = Act("quote", item.id)
        elif item.kind == "action":
            act = Act("tick", item.id)
        else:
            act = Act("answer", item.id, value or values_of(item, self.told)[0])
        return self._do(act, depth)

    def _do(self, act: Act, depth: int) -> bool | None:
        if act.item:
            way = self.make_way(act, depth + 1)
            if way is not True:
                return way
        broken = breaks(self.duty, self.walk, act)
        try:
            self.walk.do(act)
        except Refusal:
            return False
        return None if broken or stands(self.duty, self.walk) else True
