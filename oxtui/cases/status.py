"""What state each item of a scenario is in: the one place that decides it, for the floor's cases and for the proof.

Stale is a flag on a mark, set by events. Doubt is worked out here: what rests on a stale or open item waits for it,
satisfies nothing meanwhile, asks nothing of the agent, and stands again by itself (rule 3).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from enum import StrEnum
from typing import Final

from msgspec import Struct, field

from oxtui.cases.ages import TimeUp
from oxtui.cases.board import Board, Key, Mark
from oxtui.playbook.about import USUAL, About, Words
from oxtui.playbook.conditions import NOT_APPLICABLE, Atom, Condition, Node, Over, Reading, Truth
from oxtui.playbook.conditions import Join as _Join
from oxtui.playbook.conditions import Not as _Not
from oxtui.playbook.model import LICENCES, NB, Item, Scenario


class State(StrEnum):
    """The states of an item."""

    TODO = "todo"
    DONE = "done"
    NOT_APPLICABLE = "not applicable"
    SKIPPED = "skipped"
    PUT_OFF = "put off"
    LOCKED = "locked"
    STALE = "check again"
    IN_DOUBT = "in doubt"
    OUT_THERE = "was done on other terms"
    PENDING = "pending"


SETTLED: Final = frozenset({State.DONE, State.SKIPPED, State.NOT_APPLICABLE})
TO_DO: Final = frozenset({State.TODO, State.STALE})
"""The states in which an item can be marked with a key of its own, for the first time or again."""
ASKS: Final = frozenset({State.STALE, State.OUT_THERE})
"""The states in which a mark asks something of the agent."""

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
"""Which state an item has whose mailboxes have several: the first of these that one of them has."""


class Situation(Struct, frozen=True):
    """What stands around the marks of a scenario and decides with them."""

    mailboxes: tuple[str, ...] = ()
    aged: Mapping[Key, str] = field(default_factory=dict)
    """Marks that have to be checked again because of their age or today's prices, each with why."""
    evidence: Mapping[str, str] = field(default_factory=dict)
    """What the newest DNS evidence proposes, by evidence key."""
    nbs: tuple[NB, ...] = ()
    """The NBs that lock items."""
    still_served: frozenset[str] = frozenset()
    """Mailbox fields of which a mailbox left out as not part of this move is not `no` yet."""
    over: Mapping[Key, TimeUp] = field(default_factory=dict)
    """From when items can be done that wait for a time, or their answers with `else` are offered.

    What is not named here can be at any moment: so the prover sees it.
    """
    about: About = USUAL
    words: Words = Words()


class Wait(Struct, frozen=True):
    """One thing an item waits for, and in a clause why it does not count yet: "the order is not done"."""

    atom: Atom
    why: str
    mailbox: str = ""


class Lock(Struct, frozen=True):
    """Something beside its guards that locks a killer or an item: kind `nb`, `mailboxes`, `licences`, `left` or `time`.

    `about` is the id of an NB, a field, or the moment (ISO, local) from which it can be done.
    """

    kind: str
    about: str = ""


class Status(Struct, frozen=True):
    """The state of an item now, and for each mailbox; what it waits for; why it has to be checked again.

    `shown` is False while nobody knows yet whether it applies and it was never marked.
    """

    item: Item
    state: State
    waits: tuple[Wait, ...] = ()
    locks: tuple[Lock, ...] = ()
    because: str = ""
    since: str = ""
    """The event that made it stale, or had it asked about; "" for its age or today's prices."""
    by: Mapping[str, State] = field(default_factory=dict)
    shown: bool = True
    no_longer_so: tuple[str, ...] = ()
    """Of a killer that is done: the items it was done on that are not so any more (rule 9)."""

    @property
    def applies(self) -> bool:
        """Whether the item counts at all."""
        return self.state is not State.NOT_APPLICABLE and self.shown

    @property
    def of(self) -> int:
        """For how many mailboxes it is to be done; 0 where it is done once."""
        return sum(state is not State.NOT_APPLICABLE for state in self.by.values()) if self.item.each else 0

    @property
    def done(self) -> int:
        """For how many mailboxes it is done (or skipped)."""
        return sum(state in (State.DONE, State.SKIPPED) for state in self.by.values()) if self.item.each else 0

    @property
    def again(self) -> tuple[str, ...]:
        """The mailboxes for which it has to be checked again, or asked about."""
        return tuple(name for name, state in self.by.items() if name and state in ASKS)

    @property
    def to_do(self) -> tuple[str, ...]:
        """The mailboxes for which it is to be done, or checked again ("" where it is done once)."""
        return tuple(name for name, state in self.by.items() if state in TO_DO)

    @property
    def left(self) -> tuple[str, ...]:
        """The mailboxes for which it can be marked now."""
        return tuple(name for name, state in self.by.items() if name and state in (State.TODO, *ASKS))

    @property
    def open(self) -> bool:
        """Whether the item stands in the way of closing as complete."""
        if not self.shown or self.state in SETTLED:
            return False
        return not (self.item.optional and self.state in (State.TODO, State.LOCKED, State.PUT_OFF))


class _OfCase(Reading):
    """A reading of a case, as far as it is judged."""

    def __init__(self, standing: Standing) -> None:
        self.standing = standing

    def mailboxes(self) -> tuple[str, ...]:
        return self.standing.situation.mailboxes

    def is_each(self, item: str) -> bool:
        found = self.standing.scenario.by_id.get(item)
        return found is not None and found.each


class _When(_OfCase):
    """How `when`, `where` and the NBs read a case: any mailbox; a stale answer counts; what does not apply is false."""

    def atom(self, atom: Atom, mailbox: str) -> Truth:
        standing = self.standing
        item = standing.scenario.by_id.get(atom.item)
        if item is None:
            return False
        key = (atom.item, mailbox)
        if standing.states.get(key) is State.NOT_APPLICABLE:
            return False
        mark = standing.board.marks.get(key)
        if mark is None:
            return False if self.taken_as_no(key) else None
        if not atom.judges:
            return True if mark.done and not mark.skipped else None
        return None if mark.skipped else atom.fits(mark.value, mark.on)

    def taken_as_no(self, key: Key) -> bool:
        """Whether nobody knows yet if the item applies at all (a repair): then it has no answer, and hides nothing."""
        return key in self.standing.truths and self.standing.truths[key] is None

    def truth(self, node: Node, mailbox: str = "", *, denied: bool = False) -> Truth:
        if isinstance(node, Over) and node.word == "all":
            return self._all(node)
        return super().truth(node, mailbox, denied=denied)

    def _all(self, node: Over) -> Truth:
        """An item that does not apply to a mailbox says nothing about it."""
        found: Truth = NOT_APPLICABLE
        for name in self.mailboxes():
            keys = [(atom.item, name) for atom in Condition(node.part).atoms() if self.is_each(atom.item)]
            if keys and all(self.standing.states.get(key) is State.NOT_APPLICABLE for key in keys):
                continue
            value = self.truth(node.part, name)
            if value is False:
                return False
            found = None if value is None or found is None else True
        return found if self.mailboxes() else None


class _Surely(_When):
    """How a killer's `when` reads a case: an answer decides only while it stands."""

    def atom(self, atom: Atom, mailbox: str) -> Truth:
        value = super().atom(atom, mailbox)
        stands = self.standing.states.get((atom.item, mailbox)) is State.DONE
        return value if value is False or stands else None

    def taken_as_no(self, key: Key) -> bool:
        return False


class _After(_OfCase):
    """How `after` reads a case: all mailboxes; only what stands counts; what does not apply leaves the decision."""

    bare = "all"

    def __init__(self, standing: Standing, *, strict: bool = False) -> None:
        super().__init__(standing)
        self.strict = strict
        """For a killer: what was skipped or does not apply does not count."""

    def atom(self, atom: Atom, mailbox: str) -> Truth:
        state = self.standing.states.get((atom.item, mailbox))
        if state is State.NOT_APPLICABLE:
            return False if self.strict else NOT_APPLICABLE
        if state is State.SKIPPED:
            return not self.strict and not atom.judges
        if state is not State.DONE:
            return None
        mark = self.standing.board.marks[atom.item, mailbox]
        return atom.fits(mark.value, mark.on)


class Standing:
    """A scenario, its marks and its situation, judged once: in the order in which items rest on each other."""

    def __init__(self, scenario: Scenario, board: Board, situation: Situation) -> None:
        self.scenario = scenario
        self.board = board
        self.situation = situation
        self.states: dict[Key, State] = {}
        self._when = _When(self)
        self._surely = _Surely(self)
        self._after = _After(self)
        self._strict = _After(self, strict=True)
        self._keys = {
            name: [(name, mailbox) for mailbox in (situation.mailboxes if item.each else ("",))]
            for name, item in scenario.by_id.items()
        }
        self.truths: dict[Key, bool | None] = {}
        for name in scenario.order:
            item = scenario.by_id[name]
            for key in self._keys[name]:
                self.states[key] = self._judge(item, key)

    # -- conditions
    def holds(self, condition: Condition, mailbox: str = "") -> bool | None:
        """The truth of a `when`, `where` or NB now; the empty condition holds."""
        if condition.root is None:
            return True
        value = self._when.truth(condition.root, mailbox)
        return value if isinstance(value, bool) or value is None else False

    def met(self, condition: Condition, mailbox: str = "", *, strict: bool = False) -> bool:
        """Whether an entry of an `after` is met now; `strict` as for a killer."""
        reading = self._strict if strict else self._after
        value = reading.truth(condition.root, mailbox) if condition.root is not None else True
        return value is True or (value is NOT_APPLICABLE and not strict)

    def applies(self, key: Key) -> bool | None:
        """Whether an item applies (for a mailbox); None while nobody knows."""
        return self.truths.get(key)

    def unanswered(self, name: str) -> bool:
        """Whether an item that may apply has no mark (of a mailbox)."""
        return any(key not in self.board.marks and self.truths[key] is not False for key in self._keys[name])

    # -- one item for one mailbox
    def _applies(self, item: Item, mailbox: str) -> bool | None:
        step = self.scenario.step_of[item.id]
        reading = self._surely if item.killer else self._when
        found: bool | None = True
        for condition in (step.when, item.when):
            if condition.root is None:
                continue
            value = reading.truth(condition.root, mailbox)
            if value is False or value is NOT_APPLICABLE:
                return False
            found = None if value is None else found
        return found

    def _judge(self, item: Item, key: Key) -> State:
        mark = self.board.marks.get(key)
        applies = self.truths[key] = self._applies(item, key[1])
        if mark is not None and item.killer:
            return State.DONE  # a service that was ended is a fact
        if mark is not None and mark.done and not mark.skipped and self._is_attempt(item, mark):
            # its answer was taken back, so its own `when` cannot hold it
            return State.STALE if mark.stale else State.DONE
        if applies is False:
            return State.OUT_THERE if mark is not None and mark.asked else State.NOT_APPLICABLE
        if mark is None or mark.open:
            return State.LOCKED if applies is None or not self._ready(item, key[1]) else State.TODO
        if applies is None:
            return State.IN_DOUBT
        if mark.asked:
            return State.IN_DOUBT if self._done_anew(item, key[1]) else State.OUT_THERE
        if mark.skipped:
            return State.STALE if mark.stale else State.SKIPPED
        if mark.stale or key in self.situation.aged:
            return State.STALE
        return State.DONE if self.stands(item, key[1]) else State.IN_DOUBT

    def _is_attempt(self, item: Item, mark: Mark) -> bool:
        return bool(item.reopens) or any(answer.reopens for answer in item.answers if answer.id in mark.value)

    def _done_anew(self, item: Item, mailbox: str) -> bool:
        """Whether another item is about to do it anew: then nothing is asked about it."""
        for name in self.scenario.done_anew_by.get(item.id, ()):
            other = self.scenario.by_id[name]
            # it is judged later, for it rests on this one: its `when` reads the answers as they were given
            if (name, mailbox if other.each else "") not in self.board.marks and self._applies(other, mailbox) is True:
                return True
        return False

    def stands(self, item: Item, mailbox: str) -> bool:
        """Whether all that it rests on is so."""
        if not all(self.met(each, mailbox, strict=item.killer) for each in item.after):
            return False
        return all(self._used(name, mailbox) for name in item.uses if name != LICENCES)

    def _used(self, name: str, mailbox: str) -> bool:
        return self.met(Condition(Atom(name)), mailbox)

    def _ready(self, item: Item, mailbox: str) -> bool:
        return (
            self.stands(item, mailbox)
            and all(self._used(name, mailbox) for name in item.follows)
            and not self.too_early(item, mailbox)
            and not self.locks(item)
        )

    def too_early(self, item: Item, mailbox: str = "", value: Iterable[str] = ()) -> tuple[Lock, ...]:
        """The time that an item waits for; of one that has answers with `else`, only those wait for it."""
        over = self.situation.over.get((item.id, mailbox))
        if over is None or over.now or (item.has_else and not self._else(item, value)):
            return ()
        return (Lock("time", over.at.isoformat(timespec="minutes")),)

    def _else(self, item: Item, value: Iterable[str]) -> bool:
        return any(answer.else_ for answer in item.answers if answer.id in value)

    def locks(self, item: Item) -> tuple[Lock, ...]:
        """What locks it beside its guards: NBs; and of a killer, what is not known of the mailboxes."""
        found = [
            Lock("nb", nb.id) for nb in self.situation.nbs if item.id in nb.locks and self.in_force(nb) is not False
        ]
        if item.killer:
            if self.situation.about.each and not self.situation.mailboxes:
                found.append(Lock("mailboxes"))
            if self.board.uncovered:
                found.append(Lock("licences"))
            if item.ends and item.ends in self.situation.still_served:
                found.append(Lock("left", item.ends))
        return tuple(found)

    def in_force(self, nb: NB) -> bool | None:
        """Whether the condition of an NB holds now, or DNS says so; None while nobody knows: then it locks."""
        if self.said_by_dns(nb):
            return True
        return self.holds(nb.when) if nb.when or not nb.evidence else False

    def said_by_dns(self, nb: NB) -> bool:
        """Whether the newest DNS evidence brings an NB into force."""
        return any(self.situation.evidence.get(key) == answer for key, answer in nb.evidence)

    def said_by_answers(self, nb: NB) -> tuple[str, ...]:
        """The questions whose answers bring an NB into force, or would say whether it is."""
        if not nb.when or self.holds(nb.when) is False:
            return ()
        return tuple(name for name in nb.when.items() if name in self.scenario.by_id)

    # -- one item for the whole case
    def statuses(self) -> dict[str, Status]:
        """The status of every item, by id."""
        return {name: self.status(self.scenario.by_id[name]) for name in self.scenario.by_id}

    def status(self, item: Item) -> Status:
        """The status of one item."""
        keys = self._keys[item.id]
        by = {key[1]: self.states[key] for key in keys}
        state = min(by.values(), key=_RANK.index) if by else self._without_mailboxes(item)
        marks = [self.board.marks[key] for key in keys if key in self.board.marks]
        known = any(self.truths[key] is True for key in keys) if keys else self._applies(item, "") is True
        shown = bool(marks) or item.killer or known
        waits: tuple[Wait, ...] = ()
        locks: tuple[Lock, ...] = ()
        because = since = ""
        if state in (State.LOCKED, State.IN_DOUBT):
            waits = tuple(
                dict.fromkeys(wait for key in keys if by[key[1]] is state for wait in self.waits(item, key[1]))
            )
        if state is State.LOCKED:
            early = (lock for key in keys if by[key[1]] is state for lock in self.too_early(item, key[1]))
            locks = tuple(dict.fromkeys((*self.locks(item), *early)))
        if state in ASKS:
            key = next(key for key in keys if by[key[1]] is state)
            mark = self.board.marks[key]
            because, since = (mark.because, mark.stale) if mark.stale or mark.asked else (self.situation.aged[key], "")
        if item.id in self.board.put_off and state in (State.TODO, State.LOCKED, State.STALE):
            state = State.PUT_OFF
        no_longer_so = self._no_longer_so(item) if item.killer and marks else ()
        return Status(item, state, waits, locks, because, since, by, shown, no_longer_so)

    def _no_longer_so(self, killer: Item) -> tuple[str, ...]:
        rests = self.scenario.witnesses
        names = [name for name in self.scenario.by_id if killer.id in rests.get(name, ()) and name != killer.id]
        open_again = {name for name in names if self.status(self.scenario.by_id[name]).open}
        open_again |= {
            wait.atom.item
            for wait in self.waits(killer, "")
            if self.states.get((wait.atom.item, wait.mailbox)) is not State.NOT_APPLICABLE
        }
        return tuple(item.id for item in self.scenario.items() if item.id in open_again)

    def _without_mailboxes(self, item: Item) -> State:
        """An item for each mailbox of a case that has none: it waits for the first, where the case needs it at all."""
        return State.TODO if self._ready_without(item) else State.LOCKED

    def _ready_without(self, item: Item) -> bool:
        plain = [each for each in item.after if not any(self.scenario.by_id[name].each for name in each.items())]
        return len(plain) == len(item.after) and all(self.met(each) for each in plain)

    def waits(self, item: Item, mailbox: str) -> tuple[Wait, ...]:
        """The atoms that do not count yet for a mailbox (of a plain item: ""), with why."""
        return tuple(dict.fromkeys(self._waits(item, mailbox)))

    def _waits(self, item: Item, mailbox: str) -> Iterable[Wait]:
        after = self._strict if item.killer else self._after
        found: list[Wait] = []
        for condition in item.after:
            if condition.root is not None and not self.met(condition, mailbox, strict=item.killer):
                found += self._unmet(condition.root, mailbox, after)
        for name in (*item.uses, *item.follows):
            if name != LICENCES and not self._used(name, mailbox):
                found += self._unmet(Atom(name), mailbox, self._after)
        return found or self._undecided(item, mailbox)

    def first_on_the_way(self, item: Item, mailbox: str) -> Item | None:
        """What is to be done next so that an item can be done, or None where it waits for nothing."""
        found: dict[Key, None] = {}
        todo = [(item.id, mailbox)]
        while todo:
            for key in self._directly_before(*todo.pop()):
                if key not in found:
                    found[key] = None
                    todo.append(key)
        found.pop((item.id, mailbox), None)
        first = self.first_of(found)
        return first or next((self.scenario.by_id[name] for name, _ in found), None)

    def _directly_before(self, name: str, mailbox: str) -> Iterable[Key]:
        yield from ((wait.atom.item, wait.mailbox) for wait in self.waits(self.scenario.by_id[name], mailbox))
        # a result that is not the one wanted is got by another attempt
        for other in (*self.scenario.reopened_by.get(name, ()), *self.scenario.done_anew_by.get(name, ())):
            key = (other, mailbox if self.scenario.by_id[other].each else "")
            if self.truths.get(key):
                yield key

    def first_of(self, keys: Collection[Key]) -> Item | None:
        """Which of these is to be done next: the first in the article that can be worked on, else that was put off."""
        ready = {name for name, mailbox in keys if self._state(name, mailbox) in (State.TODO, *ASKS)}
        put_off = {name for name, _ in keys if name in self.board.put_off}
        items = [item for item in self.scenario.items() if item.id in ready | put_off]
        return next((item for item in items if item.id not in put_off), items[0] if items else None)

    def _state(self, name: str, mailbox: str) -> State | None:
        item = self.scenario.by_id[name]
        return self.states.get((name, mailbox)) if self._keys[name] else self._without_mailboxes(item)

    def _undecided(self, item: Item, mailbox: str) -> Iterable[Wait]:
        """What would say whether the item applies."""
        if self._applies(item, mailbox) is not None:
            return
        reading = self._surely if item.killer else self._when
        for condition in (self.scenario.step_of[item.id].when, item.when):
            if condition.root is not None and reading.truth(condition.root, mailbox) is None:
                yield from self._unmet(condition.root, mailbox, reading)

    def _unmet(self, node: Node, mailbox: str, reading: Reading) -> Iterable[Wait]:
        if isinstance(node, Atom):
            names = (mailbox,) if mailbox else self.situation.mailboxes
            for name in names if reading.is_each(node.item) else ("",):
                if reading.atom(node, name) in (None, False):
                    yield Wait(node, self._why(node, name), name)
        elif isinstance(node, _Not):
            for atom in Condition(node).atoms():
                names = (mailbox,) if mailbox else self.situation.mailboxes
                for name in names if reading.is_each(atom.item) else ("",):
                    said = reading.atom(atom, name)
                    if self.states.get((atom.item, name)) is not State.DONE:
                        yield Wait(atom, self._why(Atom(atom.item), name), name)
                    elif said is True and isinstance(node.part, Atom):
                        yield Wait(atom, self._what(atom, name), name)
        elif isinstance(node, Over):
            for name in self.situation.mailboxes:
                yield from self._unmet(node.part, name, reading)
        elif isinstance(node, _Join):
            for part in node.parts:
                if reading.truth(part, mailbox) is not True:
                    yield from self._unmet(part, mailbox, reading)

    def _what(self, atom: Atom, mailbox: str) -> str:
        """What was done or answered that should not be so."""
        item, mark = self.scenario.by_id[atom.item], self.board.marks[atom.item, mailbox]
        name = name_of(item)
        if atom.test is not None:
            return f"{name} is {atom.test.words}"
        words = [answer.text for answer in item.answers if answer.id in mark.value]
        return f"{name} is '{', '.join(words)}'" if words else f"{name} is done"

    def _why(self, atom: Atom, mailbox: str) -> str:
        item = self.scenario.by_id[atom.item]
        state = self.states.get((atom.item, mailbox))
        mark = self.board.marks.get((atom.item, mailbox))
        name = name_of(item)
        if state is State.DONE and atom.test is not None:
            return f"{name} is not {atom.test.words}"
        if state is State.DONE and atom.answers:
            words = [answer.text for answer in item.answers if answer.id in atom.answers]
            return f"{name} is not '{' or '.join(words)}'"
        if item.awaited and state not in _WHY:
            return item.awaited
        if mark is not None and mark.open:
            words = [answer.text for answer in item.answers if answer.id in mark.value]
            return f"{name} is '{', '.join(words)}'"
        open_words = "is not answered" if item.kind == "question" and state else "is not done"
        return f"{name} {_WHY.get(state, open_words) if state else open_words}"


def name_of(item: Item) -> str:
    """The item in a few words, for "waiting on ..."."""
    return item.done or item.text


_WHY: Final = {
    State.NOT_APPLICABLE: "does not apply",
    State.STALE: "needs checking again",
    State.OUT_THERE: "was done on other terms",
    State.SKIPPED: "was skipped",
    State.IN_DOUBT: "rests on something that needs checking again",
}
"""Why something in that state does not count."""
