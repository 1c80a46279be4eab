"""The state of each item of a scenario, decided in one place for cases and for the prover.

Stale is a flag on a mark, set by events. Doubt is derived here: an item that rests on a stale or open one satisfies
nothing, asks nothing of the agent, and is done again as soon as that is settled (rule 3).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import Final

from msgspec import Struct, field

from oxtui.cases.ages import TimeUp
from oxtui.cases.board import Board, Key
from oxtui.playbook.about import USUAL, About, Words
from oxtui.playbook.conditions import NOT_APPLICABLE, Atom, Condition, Node, Over, Reading, Truth
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
    PENDING = "pending"  # drawn while a mark is being saved; no item of a case is in it


SETTLED: Final = frozenset({State.DONE, State.SKIPPED, State.NOT_APPLICABLE})
TO_DO: Final = frozenset({State.TODO, State.STALE})
"""The states in which one key marks an item, for the first time or again."""
ASKS: Final = frozenset({State.STALE, State.OUT_THERE})
"""The states in which a mark asks something of the agent."""


class Situation(Struct, frozen=True):
    """The facts other than the marks that decide the states of items."""

    mailboxes: tuple[str, ...] = ()
    aged: Mapping[Key, str] = field(default_factory=dict)
    """Marks to check again because of their age or today's prices, each with the reason."""
    evidence: Mapping[str, str] = field(default_factory=dict)
    """The answers that the newest DNS evidence proposes, by evidence key."""
    nbs: tuple[NB, ...] = ()
    """The NBs that lock items."""
    still_served: frozenset[str] = frozenset()
    """Mailbox fields that are not `no` for a mailbox removed as not part of this case."""
    over: Mapping[Key, TimeUp] = field(default_factory=dict)
    """When items that wait for a time can be done, or their answers with `else` given.

    One that is not named here can be done at any moment, as in the prover.
    """
    about: About = USUAL
    words: Words = Words()


class Lock(Struct, frozen=True):
    """A lock on an item besides its guards; `kind` is `nb`, `mailboxes`, `licences`, `left` or `time`.

    `about` is the id of an NB, a field, or the moment (ISO, local) from which it can be done.
    """

    kind: str
    about: str = ""


def targets(item: Item, value: Collection[str] = ()) -> tuple[str, ...]:
    """The questions whose answers are taken back by doing `item`, or by answering it with `value`."""
    return tuple(dict.fromkeys((*item.reopens, *(name for answer in item.given(value) for name in answer.reopens))))


class _OfCase(Reading):
    """The reading of a case for conditions, from the items judged so far."""

    def __init__(self, standing: Standing) -> None:
        self.standing = standing

    def mailboxes(self) -> tuple[str, ...]:
        return self.standing.situation.mailboxes

    def is_each(self, item: str) -> bool:
        named = self.standing.scenario.by_id.get(item)
        return named is not None and named.each


class _When(_OfCase):
    """The reading for `when`, `where` and NBs: any mailbox; a stale answer counts; one that does not apply is false."""

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
            return True if mark.performed else None
        return None if mark.skipped else atom.fits(mark.value, mark.on)

    def taken_as_no(self, key: Key) -> bool:
        """Whether it is unknown if the item applies (a repair): then it has no answer, and hides nothing."""
        return key in self.standing.truths and self.standing.truths[key] is None

    def truth(self, node: Node, mailbox: str = "", *, denied: bool = False) -> Truth:
        if isinstance(node, Over) and node.word == "all":
            return self._all(node)
        return super().truth(node, mailbox, denied=denied)

    def _all(self, node: Over) -> Truth:
        """An item that does not apply to a mailbox says nothing about it."""
        truth: Truth = NOT_APPLICABLE
        for name in self.mailboxes():
            keys = [(atom.item, name) for atom in Condition(node.part).atoms() if self.is_each(atom.item)]
            if keys and all(self.standing.states.get(key) is State.NOT_APPLICABLE for key in keys):
                continue
            value = self.truth(node.part, name)
            if value is False:
                return False
            truth = None if value is None or truth is None else True
        return truth if self.mailboxes() else None


class _Surely(_When):
    """The reading for a killer's `when`: an answer decides only while its item is done."""

    def atom(self, atom: Atom, mailbox: str) -> Truth:
        value = super().atom(atom, mailbox)
        stands = self.standing.states.get((atom.item, mailbox)) is State.DONE
        return value if value is False or stands else None

    def taken_as_no(self, key: Key) -> bool:
        return False


class _After(_OfCase):
    """The reading for `after`: all mailboxes; only items done count; one that does not apply decides nothing."""

    bare = "all"

    def __init__(self, standing: Standing, *, strict: bool = False) -> None:
        super().__init__(standing)
        self.strict = strict
        """For a killer: items that were skipped or do not apply do not count."""

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
    """A scenario with the states of its items, computed once, in the order in which items rest on each other."""

    def __init__(self, scenario: Scenario, board: Board, situation: Situation) -> None:
        self.scenario = scenario
        self.board = board
        self.situation = situation
        self.states: dict[Key, State] = {}
        self._when, self._surely = _When(self), _Surely(self)
        self._after, self._strict = _After(self), _After(self, strict=True)
        self.keys = {
            name: [(name, mailbox) for mailbox in (situation.mailboxes if item.each else ("",))]
            for name, item in scenario.by_id.items()
        }
        self.truths: dict[Key, bool | None] = {}
        for name in scenario.order:
            item = scenario.by_id[name]
            for key in self.keys[name]:
                self.states[key] = self._judge(item, key)

    # -- conditions
    def reading_when(self, item: Item) -> Reading:
        """The reading for an item's `when`."""
        return self._surely if item.killer else self._when

    def reading_after(self, *, strict: bool = False) -> Reading:
        """The reading for `after`; `strict` for a killer."""
        return self._strict if strict else self._after

    def holds(self, condition: Condition, mailbox: str = "") -> bool | None:
        """The truth of a `when`, a `where` or an NB's condition now; the empty condition holds."""
        if condition.root is None:
            return True
        value = self._when.truth(condition.root, mailbox)
        return value if isinstance(value, bool) or value is None else False

    def met(self, condition: Condition, mailbox: str = "", *, strict: bool = False) -> bool:
        """Whether an entry of an `after` is met now; `strict` for a killer."""
        reading = self.reading_after(strict=strict)
        value = reading.truth(condition.root, mailbox) if condition.root is not None else True
        return value is True or (value is NOT_APPLICABLE and not strict)

    def applies(self, key: Key) -> bool | None:
        """Whether an item applies, for a mailbox; None while that is not known."""
        return self.truths.get(key)

    def unanswered(self, name: str) -> bool:
        """Whether an item that may apply is not marked, for any of its mailboxes."""
        return any(key not in self.board.marks and self.truths[key] is not False for key in self.keys[name])

    # -- one item for one mailbox
    def judge_when(self, item: Item, mailbox: str) -> bool | None:
        """Whether an item's `when`, and its step's, hold by the states known so far; None if that is not known."""
        step = self.scenario.step_of[item.id]
        reading = self.reading_when(item)
        known = True
        for condition in (step.when, item.when):
            if condition.root is None:
                continue
            value = reading.truth(condition.root, mailbox)
            if value is False or value is NOT_APPLICABLE:
                return False
            known = known and value is not None
        return True if known else None

    def _judge(self, item: Item, key: Key) -> State:
        mark = self.board.marks.get(key)
        applies = self.truths[key] = self.judge_when(item, key[1])
        if mark is not None and item.killer:
            return State.DONE  # a service that was ended is a fact
        if mark is not None and mark.performed and targets(item, mark.value):
            # its answer was taken back, so its own `when` does not apply
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
        return State.DONE if self.all_met(item, key[1]) else State.IN_DOUBT

    def _done_anew(self, item: Item, mailbox: str) -> bool:
        """Whether another item will do it anew, so that nothing is asked about it."""
        others = (self.scenario.by_id[name] for name in self.scenario.done_anew_by.get(item.id, ()))
        # the other is judged later, for it rests on this one: its `when` reads the answers as they were given
        return any(
            (other.id, mailbox if other.each else "") not in self.board.marks
            and self.judge_when(other, mailbox) is True
            for other in others
        )

    def all_met(self, item: Item, mailbox: str) -> bool:
        """Whether everything that an item rests on is met."""
        if not all(self.met(each, mailbox, strict=item.killer) for each in item.after):
            return False
        return all(self.used(name, mailbox) for name in item.uses if name != LICENCES)

    def used(self, name: str, mailbox: str) -> bool:
        """Whether an item that `uses` or `follows` names is done."""
        return self.met(Condition(Atom(name)), mailbox)

    def _ready(self, item: Item, mailbox: str) -> bool:
        return (
            self.all_met(item, mailbox)
            and all(self.used(name, mailbox) for name in item.follows)
            and not self.too_early(item, mailbox)
            and not self.locks(item)
        )

    def too_early(self, item: Item, mailbox: str = "", value: Collection[str] = ()) -> tuple[Lock, ...]:
        """The time that an item waits for; of a question with answers for silence (`else`), only those wait."""
        over = self.situation.over.get((item.id, mailbox))
        by_silence = any(answer.else_ for answer in item.given(value))
        if over is None or over.now or (item.has_else and not by_silence):
            return ()
        return (Lock("time", over.at.isoformat(timespec="minutes")),)

    def locks(self, item: Item) -> tuple[Lock, ...]:
        """The locks on an item: NBs; and on a killer, unsettled mailboxes and licences."""
        locks = [
            Lock("nb", nb.id) for nb in self.situation.nbs if item.id in nb.locks and self.in_force(nb) is not False
        ]
        if item.killer:
            if self.situation.about.each and not self.situation.mailboxes:
                locks.append(Lock("mailboxes"))
            if self.board.uncovered:
                locks.append(Lock("licences"))
            if item.ends and item.ends in self.situation.still_served:
                locks.append(Lock("left", item.ends))
        return tuple(locks)

    def in_force(self, nb: NB) -> bool | None:
        """Whether an NB's condition holds now, or DNS says so; None while that is not known: then it locks."""
        if self.said_by_dns(nb):
            return True
        return self.holds(nb.when) if nb.when or not nb.evidence else False

    def said_by_dns(self, nb: NB) -> bool:
        """Whether the newest DNS evidence brings an NB into force."""
        return any(self.situation.evidence.get(key) == answer for key, answer in nb.evidence)

    def said_by_answers(self, nb: NB) -> tuple[str, ...]:
        """The questions whose answers bring an NB into force, or would decide whether it is."""
        if not nb.when or self.holds(nb.when) is False:
            return ()
        return tuple(name for name in nb.when.items() if name in self.scenario.by_id)

    def without_mailboxes(self, item: Item) -> State:
        """The state of an item for each mailbox while the case has none: it waits for the first, if it is needed."""
        plain = [each for each in item.after if not any(self.scenario.by_id[name].each for name in each.items())]
        ready = len(plain) == len(item.after) and all(self.met(each) for each in plain)
        return State.TODO if ready else State.LOCKED
