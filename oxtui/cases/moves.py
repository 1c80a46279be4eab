"""The transitions of a scenario: a person's act, checked by the guards, becomes marks and effects.

Pure: no clock, texts or log: the commands add those, and the prover walks these very functions. All raise Refusal.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec import Struct, field
from msgspec.structs import replace

from oxtui.cases import guard
from oxtui.cases.board import NEW, NO_EFFECTS, ONE_MORE, Board, Effects, Key, Mark, applied
from oxtui.cases.effects import consequences
from oxtui.cases.guard import Position, Way
from oxtui.cases.status import State
from oxtui.errors import Refusal
from oxtui.playbook.model import LICENCES, Item, Scenario


class Transition(Struct, frozen=True):
    """What one event does to a board: the marks it makes and removes, and their effects."""

    marks: Mapping[Key, Mark] = field(default_factory=dict)
    taken_back: tuple[Key, ...] = ()
    effects: Effects = NO_EFFECTS
    cleared: str = ""
    """The killer that is cleared."""
    not_yet: str = ""
    """The cleared killer that was answered *not yet*."""
    put_off: str = ""
    covered: bool = False
    """Whether no more is asked about late mailboxes: the licences cover them, or the order was reversed."""

    def apply(self, board: Board, event: str) -> Board:
        """`board` after the event with that id."""
        marks = {key: mark for key, mark in board.marks.items() if key not in self.taken_back}
        board = applied(replace(board, marks=marks), event, self.marks, self.effects)
        if self.cleared:
            board = replace(board, cleared={**board.cleared, self.cleared: event})
        if self.not_yet:
            board = replace(board, cleared={name: at for name, at in board.cleared.items() if name != self.not_yet})
        if self.put_off:
            board = replace(board, put_off={**board.put_off, self.put_off: event})
        return replace(board, uncovered=()) if self.covered else board


def mark(
    position: Position,
    item: Item,
    *,
    mailboxes: tuple[str, ...] = (),
    value: tuple[str, ...] = (),
    told: str = "",
    word: str = "",
    saw: str = "",
    on: str = "",
) -> Transition:
    """Tick an action or answer a question (`value`), for the first time or again."""
    is_open = any(answer.open for answer in item.given(value))
    chosen = guard.may_mark(position, item, mailboxes, value, open_answer=is_open, by_word=bool(word))
    board = position.standing.board
    made: dict[Key, Mark] = {}
    for mailbox in chosen:
        key = (item.id, mailbox)
        new = Mark(NEW, value, told, open=is_open, first=NEW, word=word, saw=saw, on=on)
        old = board.marks.get(key)
        if old is not None and old.same(new) and item.kind == "action":
            new = replace(new, first=old.first or old.event)  # checked again: the values typed with it stay
        made[key] = new
    return Transition(made, (), consequences(position.standing, marks=made))


def requote(position: Position, item: Item, terms: tuple[str, ...]) -> Transition:
    """Work a quote out, or again: its plans, licences and amount are its value."""
    guard.need_conversation(position.conversation, "A quote")
    if position.status(item).state is not State.DONE:
        guard.may_mark(position, item, (), terms)
    made = {(item.id, ""): Mark(NEW, terms, first=NEW)}
    return Transition(made, (), consequences(position.standing, marks=made))


def settle(position: Position, item: Item, mailbox: str, way: Way) -> Transition:
    """Settle an action that was done on other terms: 1 the record was wrong, 2 changed, 3 reversed, 4 still right."""
    guard.may_settle(position, item, mailbox, way)
    key = (item.id, mailbox)
    old = position.standing.board.marks[key]
    if way == "3":
        return _removed(position, (key,))
    first = NEW if way == "2" else old.first or old.event
    made = {key: replace(old, event=NEW, first=first, stale="", because="", asked="")}
    return Transition(made, (), consequences(position.standing, marks=made, forced_anew=way == "2"))


def skip(position: Position, item: Item) -> Transition:
    """Skip an item, for the mailboxes that it is still to be done for."""
    made = {(item.id, name): Mark(NEW, skipped=True, first=NEW) for name in guard.may_skip(position, item)}
    return Transition(made, (), consequences(position.standing, marks=made))


def put_off(position: Position, item: Item) -> Transition:
    """Put an item off: it satisfies nothing meanwhile."""
    guard.may_put_off(position, item)
    return Transition(put_off=item.id)


def take_back(position: Position, item: Item, mailboxes: tuple[str, ...] = ()) -> Transition:
    """Open an item again: its mark is removed, and no earlier value returns."""
    return _removed(position, guard.may_take_back(position, item, mailboxes))


def _removed(position: Position, keys: tuple[Key, ...]) -> Transition:
    board = position.standing.board
    rest = {key: mark for key, mark in board.marks.items() if key not in keys}
    covered = bool(board.uncovered) and not _has_order(position.scenario, rest)
    return Transition({}, keys, consequences(position.standing, taken_back=keys), covered=covered)


def clear(position: Position, item: Item) -> Transition:
    """The first step of a killer: everything it rests on is met, and was read."""
    guard.may_clear(position, item)
    return Transition(cleared=item.id)


def cancel(position: Position, item: Item) -> Transition:
    """The second step of a killer: it is done, and nothing makes it stale from then on."""
    guard.may_cancel(position, item)
    made = {(item.id, ""): Mark(NEW, first=NEW)}
    return Transition(made, (), consequences(position.standing, marks=made))


def already(position: Position, killer: Item, told: str) -> Transition:
    """Answer a killer's question that its service was ended already, too early or by somebody else.

    It needs no conversation, since it can only lock (rule 13).
    """
    atom = killer.already
    if atom is None:
        raise Refusal(f"Nothing asks whether it was done already: '{killer.text}'", "")
    made = {(atom.item, ""): Mark(NEW, tuple(sorted(atom.answers))[:1], told, first=NEW)}
    return Transition(made, (), consequences(position.standing, marks=made), not_yet=killer.id)


def not_yet(position: Position, item: Item) -> Transition:
    """The second step of a killer, answered *not yet*."""
    if item.id not in position.standing.board.cleared:
        raise Refusal(f"'{item.text}' was not cleared", "")
    return Transition(not_yet=item.id)


def _has_order(scenario: Scenario, marks: Mapping[Key, Mark]) -> bool:
    """Whether an order that counts licences was placed: from then on their number does not follow the mailboxes."""
    items = ((scenario.by_id.get(name), mark) for (name, _), mark in marks.items())
    return any(item is not None and item.orders_licences and not mark.skipped for item, mark in items)


def licences_changed(position: Position) -> Transition:
    """Change the number of licences: the quote and the order that use it are stale or asked about."""
    return Transition(effects=consequences(position.standing, terms=(LICENCES,)))


def cover(position: Position, *, covered: bool) -> Transition:
    """Say of the mailboxes added after the order that its licences cover them, or that more are ordered."""
    if not position.standing.board.uncovered:
        raise Refusal("No mailbox came after the order", "")
    if covered:
        return Transition(covered=True)
    effects = consequences(position.standing, terms=(LICENCES,))
    asked = tuple((key, ONE_MORE, because) for key, _, because in effects.asked)
    return Transition(effects=replace(effects, asked=asked), covered=True)


def change_mailboxes(
    position: Position, added: Iterable[str] = (), removed: Iterable[str] = (), *, counted: bool = True
) -> tuple[Effects, tuple[str, ...]]:
    """Add and remove mailboxes: before the order the number of licences follows, if it is `counted` by mailboxes.

    Returns the effects, and the mailboxes added after the order, for which an agent is asked whether its licences
    cover them. The marks of a removed mailbox are not among the effects: they are removed with it.
    """
    standing, leaving = position.standing, set(removed)
    before = standing.situation.mailboxes
    after = tuple(name for name in (*before, *added) if name not in leaving)
    ordered = _has_order(position.scenario, standing.board.marks)
    terms = (LICENCES,) if counted and not ordered and len(after) != len(before) else ()
    effects = consequences(standing, terms=terms, situation=replace(standing.situation, mailboxes=after))
    stale = tuple(row for row in effects.stale if row[0][1] not in leaving)
    asked = tuple(row for row in effects.asked if row[0][1] not in leaving)
    return replace(effects, stale=stale, asked=asked), tuple(added) if ordered else ()
