"""The status of each item of a scenario: its state, what it waits for and why that does not count yet, in words."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Final

from msgspec import Struct, field

from oxtui.cases.board import Key
from oxtui.cases.status import ASKS, SETTLED, TO_DO, Lock, Standing, State
from oxtui.playbook.conditions import Atom, Condition, Join, Node, Not, Over, Reading
from oxtui.playbook.model import LICENCES, Item

_RANK: Final = (
    State.OUT_THERE,
    State.STALE,
    State.TODO,
    State.LOCKED,
    State.IN_DOUBT,
    State.DONE,
    State.SKIPPED,
    State.NOT_APPLICABLE,
)
"""The state of an item whose mailboxes have several: the first of these that one of them has."""

_WHY: Final = {
    State.NOT_APPLICABLE: "does not apply",
    State.STALE: "needs checking again",
    State.OUT_THERE: "was done on other terms",
    State.SKIPPED: "was skipped",
    State.IN_DOUBT: "rests on something that needs checking again",
}
"""The reasons why an item in that state does not count."""


class Wait(Struct, frozen=True):
    """One thing an item waits for, and in a clause why it does not count yet: "the order is not done"."""

    atom: Atom
    why: str
    mailbox: str = ""


class Status(Struct, frozen=True):
    """The state of an item, as a whole and by mailbox; what it waits for; why it must be checked again."""

    item: Item
    state: State
    waits: tuple[Wait, ...] = ()
    locks: tuple[Lock, ...] = ()
    because: str = ""
    since: str = ""
    """The event that made it stale, or had it asked about; "" for its age or today's prices."""
    by: Mapping[str, State] = field(default_factory=dict)
    shown: bool = True
    """False while it is not known whether it applies, and it was never marked."""
    no_longer_so: tuple[str, ...] = ()
    """Of a killer that is done: the items it was done on that have changed since (rule 9)."""

    @property
    def applies(self) -> bool:
        """Whether the item counts at all."""
        return self.state is not State.NOT_APPLICABLE and self.shown

    @property
    def of(self) -> int:
        """The number of mailboxes it is to be done for; 0 if it is done once."""
        return sum(state is not State.NOT_APPLICABLE for state in self.by.values()) if self.item.each else 0

    @property
    def done(self) -> int:
        """The number of mailboxes it is done or skipped for; 0 if it is done once."""
        return sum(state in (State.DONE, State.SKIPPED) for state in self.by.values()) if self.item.each else 0

    @property
    def again(self) -> tuple[str, ...]:
        """The mailboxes for which it must be checked again, or is asked about."""
        return tuple(name for name, state in self.by.items() if name and state in ASKS)

    @property
    def to_do(self) -> tuple[str, ...]:
        """The mailboxes for which it is to be done, or checked again ("" if it is done once)."""
        return tuple(name for name, state in self.by.items() if state in TO_DO)

    @property
    def left(self) -> tuple[str, ...]:
        """The mailboxes for which it can be marked now."""
        return tuple(name for name, state in self.by.items() if name and state in (State.TODO, *ASKS))

    @property
    def open(self) -> bool:
        """Whether the item keeps the case from being closed as complete."""
        if not self.shown or self.state in SETTLED:
            return False
        return not (self.item.optional and self.state in (State.TODO, State.LOCKED, State.PUT_OFF))


def name_of(item: Item) -> str:
    """The item in a few words, for "waiting on ..."."""
    return item.done or item.text


def statuses_of(standing: Standing) -> dict[str, Status]:
    """The status of every item, by id."""
    return {name: status_of(standing, item) for name, item in standing.scenario.by_id.items()}


def status_of(standing: Standing, item: Item) -> Status:
    """The status of one item."""
    keys, marks = standing.keys[item.id], standing.board.marks
    by = {key[1]: standing.states[key] for key in keys}
    state = min(by.values(), key=_RANK.index) if by else standing.without_mailboxes(item)
    known = any(standing.truths[key] is True for key in keys) if keys else standing.judge_when(item, "") is True
    was_marked = any(key in marks for key in keys)
    of_state = [key for key in keys if by[key[1]] is state]
    waits: Iterable[Wait] = ()
    locks: Iterable[Lock] = ()
    because = since = ""
    if state in (State.LOCKED, State.IN_DOUBT):
        waits = dict.fromkeys(wait for key in of_state for wait in waits_of(standing, item, key[1]))
    if state is State.LOCKED:
        early = (lock for key in of_state for lock in standing.too_early(item, key[1]))
        locks = dict.fromkeys((*standing.locks(item), *early))
    if state in ASKS:
        mark = marks[of_state[0]]
        again = mark.stale or mark.asked
        because, since = (mark.because, mark.stale) if again else (standing.situation.aged[of_state[0]], "")
    if item.id in standing.board.put_off and state in (State.TODO, State.LOCKED, State.STALE):
        state = State.PUT_OFF
    no_longer_so = _no_longer_so(standing, item) if item.killer and was_marked else ()
    shown = was_marked or item.killer or known
    return Status(item, state, tuple(waits), tuple(locks), because, since, by, shown, no_longer_so)


def _no_longer_so(standing: Standing, killer: Item) -> tuple[str, ...]:
    """The items that a killer was done on and that are open again, or have another answer."""
    items = standing.scenario.items()
    witnesses = [each for each in items if killer.id in standing.scenario.witnesses.get(each.id, ())]
    changed = {each.id for each in witnesses if each is not killer and status_of(standing, each).open}
    changed |= {
        wait.atom.item
        for wait in waits_of(standing, killer, "")
        if standing.states.get((wait.atom.item, wait.mailbox)) is not State.NOT_APPLICABLE
    }
    return tuple(each.id for each in items if each.id in changed)


def waits_of(standing: Standing, item: Item, mailbox: str) -> tuple[Wait, ...]:
    """The conditions that an item waits for, for a mailbox ("" if it is done once)."""
    unmet: list[Wait] = []
    for condition in item.after:
        if condition.root is not None and not standing.met(condition, mailbox, strict=item.killer):
            unmet += _unmet(standing, condition.root, mailbox, standing.reading_after(strict=item.killer))
    for name in (*item.uses, *item.follows):
        if name != LICENCES and not standing.used(name, mailbox):
            unmet += _unmet(standing, Atom(name), mailbox, standing.reading_after())
    return tuple(dict.fromkeys(unmet or _undecided(standing, item, mailbox)))


def _undecided(standing: Standing, item: Item, mailbox: str) -> Iterable[Wait]:
    """The conditions that would decide whether an item applies, while that is not known."""
    if standing.judge_when(item, mailbox) is not None:
        return
    reading = standing.reading_when(item)
    for condition in (standing.scenario.step_of[item.id].when, item.when):
        if condition.root is not None and reading.truth(condition.root, mailbox) is None:
            yield from _unmet(standing, condition.root, mailbox, reading)


def _unmet(standing: Standing, node: Node, mailbox: str, reading: Reading) -> Iterable[Wait]:
    """The atoms for which a condition is not met."""
    mailboxes = standing.situation.mailboxes
    if isinstance(node, Atom | Not):
        for atom in Condition(node).atoms():
            names = (mailbox,) if mailbox else mailboxes
            for name in names if reading.is_each(atom.item) else ("",):
                value = reading.atom(atom, name)
                if isinstance(node, Atom):
                    if value in (None, False):
                        yield Wait(atom, _why(standing, atom, name), name)
                elif standing.states.get((atom.item, name)) is not State.DONE:
                    yield Wait(atom, _why(standing, Atom(atom.item), name), name)
                elif value is True and isinstance(node.part, Atom):
                    yield Wait(atom, _what(standing, atom, name), name)
    elif isinstance(node, Over):
        for name in mailboxes:
            yield from _unmet(standing, node.part, name, reading)
    elif isinstance(node, Join):
        for part in node.parts:
            if reading.truth(part, mailbox) is not True:
                yield from _unmet(standing, part, mailbox, reading)


def _what(standing: Standing, atom: Atom, mailbox: str) -> str:
    """The clause for an atom that is met and should not be."""
    item, mark = standing.scenario.by_id[atom.item], standing.board.marks[atom.item, mailbox]
    name = name_of(item)
    if atom.test is not None:
        return f"{name} is {atom.test.words}"
    words = [answer.text for answer in item.given(mark.value)]
    return f"{name} is '{', '.join(words)}'" if words else f"{name} is done"


def _why(standing: Standing, atom: Atom, mailbox: str) -> str:
    """The clause for an atom that is not met."""
    item = standing.scenario.by_id[atom.item]
    state = standing.states.get((atom.item, mailbox))
    mark = standing.board.marks.get((atom.item, mailbox))
    name = name_of(item)
    if state is State.DONE and atom.test is not None:
        return f"{name} is not {atom.test.words}"
    if state is State.DONE and atom.answers:
        words = [answer.text for answer in item.given(atom.answers)]
        return f"{name} is not '{' or '.join(words)}'"
    if item.awaited and state not in _WHY:
        return item.awaited
    if mark is not None and mark.open:
        words = [answer.text for answer in item.given(mark.value)]
        return f"{name} is '{', '.join(words)}'"
    open_words = "is not answered" if item.kind == "question" and state else "is not done"
    return f"{name} {_WHY.get(state, open_words) if state else open_words}"


def first_on_the_way(standing: Standing, item: Item, mailbox: str) -> Item | None:
    """The item to do next on the way to another, or None if that waits for nothing."""
    before: dict[Key, None] = {}
    todo = [(item.id, mailbox)]
    while todo:
        new = [key for key in _directly_before(standing, *todo.pop()) if key not in before]
        before |= dict.fromkeys(new)
        todo += new
    before.pop((item.id, mailbox), None)
    first = first_of(standing, before)
    return first or next((standing.scenario.by_id[name] for name, _ in before), None)


def _directly_before(standing: Standing, name: str, mailbox: str) -> Iterable[Key]:
    scenario = standing.scenario
    yield from ((wait.atom.item, wait.mailbox) for wait in waits_of(standing, scenario.by_id[name], mailbox))
    # another attempt may give the result that is wanted
    for other in (*scenario.reopened_by.get(name, ()), *scenario.done_anew_by.get(name, ())):
        key = (other, mailbox if scenario.by_id[other].each else "")
        if standing.truths.get(key):
            yield key


def first_of(standing: Standing, keys: Collection[Key]) -> Item | None:
    """The next of these to do: the first in the article that can be worked on, else one that was put off."""

    def state(name: str, mailbox: str) -> State | None:
        if standing.keys[name]:
            return standing.states.get((name, mailbox))
        return standing.without_mailboxes(standing.scenario.by_id[name])

    ready = {name for name, mailbox in keys if state(name, mailbox) in (State.TODO, *ASKS)}
    put_off = {name for name, _ in keys if name in standing.board.put_off}
    items = [item for item in standing.scenario.items() if item.id in ready | put_off]
    return next((item for item in items if item.id not in put_off), items[0] if items else None)
