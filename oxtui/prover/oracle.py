"""Judges a rule by the marks alone, without the flags of `cases`: the prover's independent oracle.

It keeps one bit for each mark that a rule rests on: whether the mark is newer than the last time that anything in the
rule's `newer_than` was lost or done anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from msgspec import Struct

from oxtui.cases.board import Board, Key, Mark
from oxtui.cases.moves import Transition
from oxtui.cases.status import Situation, Standing, State
from oxtui.playbook.conditions import NOT_APPLICABLE, Atom, Condition, Node, Reading, Truth
from oxtui.playbook.model import LICENCES, Item
from oxtui.playbook.order import reopens

ALWAYS: Final = Condition()


class Wanted(Struct, frozen=True):
    """The conditions that must hold when an item is done: all of `before`, wherever `where` holds.

    Without `before` the item is never done while `where` holds. An item in `before` counts only if it was marked after
    the last time that anything in `newer_than` was lost or done anew.
    """

    before: tuple[Condition, ...] = ()
    where: Condition = ALWAYS
    newer_than: frozenset[str] = frozenset()
    witnesses: frozenset[str] = frozenset()

    @classmethod
    def of(cls, before: Iterable[Condition], where: Condition = ALWAYS, newer_than: Iterable[str] = ()) -> Wanted:
        """Return the demands of a rule, with the items that its `before` names as witnesses."""
        before = tuple(before)
        newer = frozenset(newer_than)
        witnesses = frozenset(name for each in before for name in each.items()) if newer else frozenset[str]()
        return cls(before, where, newer, witnesses)

    def broken(self, standing: Standing, old: frozenset[Key], boxes: Iterable[str] = ("",)) -> bool:
        """Whether doing the item now, for these mailboxes, breaks the rule."""
        if standing.holds(self.where) is not True:
            return False
        reading = Said(standing, old)
        roots = [each.root for each in self.before or (_NEVER,) if each.root is not None]
        return not all(reading.truth(root, box) is True for root in roots for box in boxes)


class Said(Reading):
    """Reads a condition off the marks, for all mailboxes, stale and doubtful marks included.

    It repeats the logic of `status` for a guard on purpose, since it checks what `status` decides.
    """

    bare = "all"

    def __init__(self, standing: Standing, old: frozenset[Key] = frozenset()) -> None:
        self.standing = standing
        self.old = old

    def mailboxes(self) -> tuple[str, ...]:
        return self.standing.situation.mailboxes

    def is_each(self, item: str) -> bool:
        declared = self.standing.scenario.by_id.get(item)
        return declared is not None and declared.each

    def atom(self, atom: Atom, mailbox: str) -> Truth:
        key = (atom.item, mailbox)
        mark = self.standing.board.marks.get(key)
        if atom.item == _NEVER_ITEM or self.standing.states.get(key) is State.NOT_APPLICABLE:
            return False
        if mark is None or not mark.performed or key in self.old:
            return None
        return atom.fits(mark.value, mark.on)


class Sound(Said):
    """The same, but a stale mark, or one that rests on a stale mark at any depth, does not count."""

    def __init__(self, standing: Standing, *, strict: bool) -> None:
        super().__init__(standing)
        self.strict = strict
        """As for a killer: an item that was skipped or does not apply does not count."""

    def atom(self, atom: Atom, mailbox: str) -> Truth:
        key = (atom.item, mailbox)
        if self.standing.states.get(key) is State.NOT_APPLICABLE:
            return False if self.strict else NOT_APPLICABLE
        mark = self.standing.board.marks.get(key)
        if mark is None or mark.stale:
            return None
        if mark.skipped:
            return not self.strict and not atom.judges
        item = self.standing.scenario.by_id[atom.item]
        again = mark.asked or key in self.standing.situation.aged
        return super().atom(atom, mailbox) if not again and (reopens(item) or self.rests(item, mailbox)) else None

    def rests(self, item: Item, mailbox: str) -> bool:
        """Whether everything that an item rests on holds."""
        reading = Sound(self.standing, strict=item.killer)
        truths = [reading.truth(node, mailbox) for node in entries(item)]
        return all(truth is True or (truth is NOT_APPLICABLE and not item.killer) for truth in truths)


def entries(item: Item) -> tuple[Node, ...]:
    """Return all that an item rests on: each part of its `after`, and what it uses."""
    used = (Atom(name) for name in item.uses if name != LICENCES)
    return tuple(dict.fromkeys((*(each.root for each in item.after if each.root is not None), *used)))


_NEVER_ITEM = ""
_NEVER = Condition(Atom(_NEVER_ITEM))


class Bits(Struct, frozen=True):
    """The oracle's memory: the marks that are older than a rule wants, and the named actions that were taken back."""

    old: frozenset[Key] = frozenset()
    once: frozenset[Key] = frozenset()


NO_BITS = Bits()


class After(Struct, frozen=True):
    """The state after an event, before values that no condition distinguishes are made equal."""

    board: Board
    situation: Situation


def updated(
    wanted: Wanted,
    bits: Bits,
    before: Standing,
    after: After,
    marked: Mapping[Key, Mark],
    transition: Transition,
    anew: Iterable[Key] = (),
) -> Bits:
    """Return the bits after an event; `marked` are a person's marks in it, `anew` was done on new terms."""
    by_id = before.scenario.by_id
    lost = set(_lost(wanted, before, after))
    # an action that was taken back and then did not apply is later done for the first time, not again
    once = frozenset(key for key in bits.once if before.applies(key) is not False)
    changed = lost | {key for key in anew if key[0] in wanted.newer_than}
    first = False
    for key in marked:
        item = by_id[key[0]]
        first |= key[1] != "" and key[0] in wanted.newer_than and key not in before.board.marks
        if item.anew in wanted.newer_than:
            changed |= {each for each in before.board.marks if each[0] == item.anew and related(each[1], key[1])}
        if key in once and key not in before.board.marks:
            changed.add(key)
            once -= {key}
    taken = {key for key in lost if key not in after.board.marks and by_id[key[0]].kind == "action"}
    young = {*marked, *transition.effects.renewed}
    marks = after.board.marks
    old = {key for key in bits.old if key in marks}
    for name, box in changed:
        old |= {key for key in marks if key[0] in wanted.witnesses and key != (name, box) and related(key[1], box)}
    if first:  # a mark made for all mailboxes did not mean this one
        old |= {key for key in marks if key[0] in wanted.witnesses and not key[1]}
    return Bits(frozenset(old - young), once | taken)


def related(one: str, other: str) -> bool:
    """Whether two marks belong together: they have the same address, or one is for the whole case."""
    return not one or not other or one == other


def _lost(wanted: Wanted, before: Standing, after: After) -> Iterable[Key]:
    """Yield the named items that lost their value: changed, taken back, reopened, or no longer applying."""
    scenario = before.scenario
    boxes: Iterable[str] = ("", *after.situation.mailboxes)
    judged: Standing | None = None
    for key, mark in before.board.marks.items():
        if key[0] not in wanted.newer_than or key[1] not in boxes:
            continue
        now = after.board.marks.get(key)
        item = scenario.by_id[key[0]]
        if now is None or not mark.same(now):
            yield key
        elif item.killer or item.reopens or any(answer.reopens for answer in item.answers):
            continue
        elif (item.when or scenario.step_of[item.id].when) and before.applies(key) is not False:
            judged = judged or Standing(scenario, after.board, after.situation)
            if judged.applies(key) is False:
                yield key
