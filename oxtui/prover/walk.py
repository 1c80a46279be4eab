"""Walks the states of a case: the marks as `oxtui.cases` leaves them, without clock, addresses or texts.

The same walk serves a whole scenario and one cut down to a few items (`cut`). It has no rules of its own: each move is
put to `oxtui.cases.moves`, which refuses it or returns its transition.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from oxtui.cases import effects, moves
from oxtui.cases.board import (
    NEW,
    NO_LONGER_APPLIES,
    ON_OTHER_TERMS,
    Board,
    Effects,
    Key,
    Mark,
    applied,
    without_mailboxes,
)
from oxtui.cases.guard import Conversation, Position, Way
from oxtui.cases.moves import Transition
from oxtui.cases.status import Situation, Standing
from oxtui.errors import Refusal
from oxtui.playbook.conditions import Atom
from oxtui.playbook.model import LICENCES, NB, Item
from oxtui.prover.cut import OFF, ON, Cut
from oxtui.prover.oracle import NO_BITS, After, Bits, Wanted, related, updated
from oxtui.prover.values import ValueClass, values_of

EVENT: Final = NEW
"""The id of every event; which one it was makes no difference to what may follow."""
FIRST, SECOND = "a", "b"
LIVE: Final = Conversation("client", event=EVENT)
_PERSON: Final = frozenset({"mark", "quote", "settle", "skip", "back", "cancel", "already", "copy"})
_MARKS: Final = _PERSON | {"still"}


class Move(Struct, frozen=True):
    """A person's act or an outside event; `boxes`: the mailboxes it is for, () for all."""

    verb: str
    item: str = ""
    boxes: tuple[str, ...] = ()
    value: tuple[str, ...] = ()
    told: str = ""
    way: Way = ""


class Place:
    """A state of a walk: the marks, the mailboxes and the oracle's bits; `came` is the move that led to it."""

    __slots__ = ("_standing", "bits", "board", "boxes", "came", "key", "length")

    def __init__(
        self,
        board: Board,
        boxes: tuple[str, ...],
        bits: Bits,
        key: object,
        came: tuple[Place, Move] | None = None,
    ) -> None:
        self.board = board
        self.boxes = boxes
        self.bits = bits
        self.key = key
        self.came = came
        self.length: int = came[0].length + 1 if came else 0
        self._standing: Standing | None = None

    def forget(self) -> None:
        """Drop the cached standing, which takes more memory than everything else."""
        self._standing = None

    def way(self) -> tuple[Move, ...]:
        """Return the moves that led here."""
        made: list[Move] = []
        place: Place = self
        while place.came is not None:
            place, move = place.came
            made.append(move)
        return tuple(reversed(made))


class Walk:
    """The places of a (cut) scenario and the moves between them.

    Evidence and authentication are left out: they only make marks stale, which then satisfy less, so a rule that holds
    without them holds with them. The promises cover them.
    """

    def __init__(
        self,
        small: Cut,
        wanted: Wanted | None = None,
        *,
        atoms: Iterable[Atom] = (),
        nbs: Iterable[NB] = (),
        most_boxes: int = 2,
        fine: bool = False,
        values: Mapping[str, tuple[ValueClass, ...]] | None = None,
    ) -> None:
        self.cut = small
        self.scenario = small.scenario
        self.wanted = wanted or Wanted()
        self.most_boxes = most_boxes if any(item.each for item in self.scenario.by_id.values()) or small.whole else 0
        self.nbs = tuple(nb for nb in nbs if set(nb.when.items()) <= set(self.scenario.by_id))
        named = [*atoms, *self._atoms()]
        self.values = {item.id: values_of(item, named, fine=fine) for item in small.items}
        self.values |= values or {}
        self._class = {
            (name, value): each.value
            for name, found in self.values.items()
            for each in found
            for value in (each.value, *each.members)
        }
        self._marks: dict[tuple[object, ...], tuple[Mark, int]] = {}
        self._situations: dict[tuple[str, ...], Situation] = {}

    def _atoms(self) -> Iterator[Atom]:
        for item in self.scenario.by_id.values():
            yield from item.when.atoms()
            yield from self.scenario.step_of[item.id].when.atoms()
            for entry in item.after:
                yield from entry.atoms()
        for nb in self.nbs:
            yield from nb.when.atoms()
        for entry in (*self.wanted.before, self.wanted.where):
            yield from entry.atoms()

    # -- places
    def start(self, boxes: tuple[str, ...] = ()) -> Place:
        """Return the place where a case with these mailboxes begins."""
        marks = {(switch.id, box): Mark(EVENT, ON) for switch in self.cut.switches for box in self._of(switch, boxes)}
        return self.placed(Board(marks), boxes, NO_BITS, None)

    def _of(self, item: Item, boxes: tuple[str, ...]) -> tuple[str, ...]:
        return boxes if item.each else ("",)

    def standing(self, place: Place) -> Standing:
        """Return the scenario's standing there (cached)."""
        if place._standing is None:
            place._standing = Standing(self.scenario, place.board, self.situation(place.boxes))
        return place._standing

    def situation(self, boxes: tuple[str, ...]) -> Situation:
        """Return the other facts that decide states: the mailboxes, and the NBs that lock."""
        if boxes not in self._situations:
            self._situations[boxes] = Situation(mailboxes=boxes, nbs=self.nbs)
        return self._situations[boxes]

    def position(self, place: Place, conversation: Conversation = LIVE) -> Position:
        """Return the position that the guards are asked about."""
        return Position(self.standing(place), conversation)

    def placed(self, board: Board, boxes: tuple[str, ...], bits: Bits, came: tuple[Place, Move] | None) -> Place:
        """A place whose indistinguishable marks are made equal; one place for both orders of two mailboxes."""
        marks: dict[Key, Mark] = {}
        rows: list[tuple[str, str, int]] = []
        for (name, box), mark in board.marks.items():
            known = (name if mark.value else "", mark.value, mark.skipped, mark.open, bool(mark.stale), mark.asked)
            place = self._marks.get(known)
            if place is None:
                value = self._class.get((name, mark.value), mark.value)
                stale = EVENT if mark.stale else ""
                made = Mark(EVENT, value, "", mark.skipped, mark.open, stale, "", mark.asked, EVENT)
                sign = (name if value else "", value, mark.skipped, mark.open, bool(stale), mark.asked)
                place = self._marks.get(sign) or (made, len(self._marks))
                self._marks[known] = self._marks[sign] = place
            marks[name, box] = place[0]
            rows.append((name, box, place[1]))
        uncovered = board.uncovered if self.cut.whole else ()
        board = Board(marks, board.put_off, board.cleared, uncovered)
        return Place(board, boxes, bits, _key(rows, boxes, bits, uncovered), came)

    # -- moves
    def take(self, place: Place, move: Move) -> Place | None:
        """Return the place a move leads to, or None if it is refused."""
        try:
            return self.taken(place, move)
        except Refusal:
            return None

    def taken(self, place: Place, move: Move) -> Place:
        """Return the place a move leads to; raises Refusal."""
        transition, boxes, board, anew = self._changed(place, move)
        if board is None:
            board = transition.apply(place.board, EVENT)
        bits = place.bits
        if self.wanted.newer_than:
            marked = transition.marks if move.verb in _MARKS else {}
            after = After(board, self.situation(boxes))
            bits = updated(self.wanted, bits, self.standing(place), after, marked, transition, anew)
        return self.placed(board, boxes, bits, (place, move))

    def _changed(self, place: Place, move: Move) -> tuple[Transition, tuple[str, ...], Board | None, tuple[Key, ...]]:
        """Return the transition, the mailboxes after it, the board unless that gives it, and the marks done anew."""
        boxes = place.boxes
        if move.verb in _PERSON:
            transition = self.decide(self.position(place), move)
            anew: tuple[Key, ...] = tuple(transition.marks) if move.verb == "settle" and move.way == "2" else ()
            return transition, boxes, None, anew
        return self._world(place, move)

    def decide(self, position: Position, move: Move) -> Transition:
        """Return the transition of a person's move; raises Refusal."""
        item = self.scenario.by_id[move.item]
        if move.verb == "mark":
            return moves.mark(position, item, mailboxes=move.boxes, value=move.value, told=move.told)
        if move.verb == "quote":
            return moves.requote(position, item, move.value)
        if move.verb == "settle":
            return moves.settle(position, item, move.boxes[0], move.way)
        if move.verb == "skip":
            return moves.skip(position, item)
        if move.verb == "back":
            return moves.take_back(position, item, move.boxes)
        if move.verb == "already":
            return moves.already(position, item, "told")
        # both steps of a killer at once: the second checks again whatever happened in between
        cleared = moves.clear(position, item).apply(position.standing.board, EVENT)
        standing = Standing(self.scenario, cleared, position.standing.situation)
        return moves.cancel(Position(standing, position.conversation, position.agent), item)

    def _world(self, place: Place, move: Move) -> tuple[Transition, tuple[str, ...], Board | None, tuple[Key, ...]]:
        """Return the transition of an event without a person's move, or outside the playbook."""
        position, boxes = self.position(place), place.boxes
        standing = position.standing
        if move.verb == "comes":
            found, late = moves.change_mailboxes(position, added=move.boxes)
            board = replace(place.board, uncovered=(*place.board.uncovered, *late))
            for switch in self.cut.switches:
                if switch.each:
                    board = replace(board, marks={**board.marks, (switch.id, move.boxes[0]): Mark(EVENT, ON)})
            return Transition(effects=found), (*boxes, *move.boxes), applied(board, EVENT, {}, found), ()
        if move.verb == "goes":
            found, _ = moves.change_mailboxes(position, removed=move.boxes)
            board = without_mailboxes(place.board, move.boxes)
            rest = tuple(box for box in boxes if box not in move.boxes)
            return Transition(effects=found), rest, applied(board, EVENT, {}, found), ()
        if move.verb == "licences":
            return moves.licences_changed(position), boxes, None, ()
        if move.verb == "cover":
            return moves.cover(position, covered=move.way == "1"), boxes, None, ()
        keys = tuple((move.item, box) for box in move.boxes or ("",))
        if move.verb in ("still", "anew"):
            way: Way = "4" if move.verb == "still" else "2"
            because = NO_LONGER_APPLIES if move.verb == "still" else ON_OTHER_TERMS
            board = applied(place.board, EVENT, {}, Effects(asked=tuple((key, because, "") for key in keys)))
            there = Position(Standing(self.scenario, board, standing.situation), position.conversation)
            transition = moves.settle(there, self.scenario.by_id[move.item], keys[0][1], way)
            return transition, boxes, transition.apply(board, EVENT), keys if way == "2" else ()
        marks = {key: Mark(EVENT, move.value) for key in keys}
        transition = Transition(marks, (), effects.consequences(standing, marks=marks))
        if move.verb == "stub":
            transition = replace(transition, marks={})
            named = self.scenario.by_id[move.item].anew
            anew = tuple(key for key in place.board.marks if key[0] == named and related(key[1], keys[0][1]))
            return transition, boxes, None, anew
        if move.verb == "kept":  # all marks of a scenario that was left must be checked again
            transition = Transition(marks, (), effects.spoil(self.scenario, place.board, "scenario"))
        return transition, boxes, None, ()

    def moves_from(self, place: Place) -> Iterator[Move]:
        """Yield every move that may be tried next, refused or not."""
        for item in self.cut.items:
            yield from self.moves_of(place, item)
        yield from self.world(place)

    def moves_of(self, place: Place, item: Item) -> Iterator[Move]:
        """Yield the moves that a person can try with an item."""
        marks = place.board.marks
        boxes = place.boxes if item.each else ("",)
        there = [box for box in boxes if (item.id, box) in marks]
        if item.killer:
            if not there:
                yield Move("cancel", item.id)
            if item.already and item.already.item in self.scenario.by_id:
                yield Move("already", item.id)
        elif boxes:
            choices: list[tuple[str, ...]] = [(box,) for box in boxes] if item.each else [()]
            if len(boxes) > 1:
                choices.append(tuple(boxes))
            verb = "quote" if item.quote else "mark"
            for value in self.values[item.id]:
                for chosen in choices:
                    yield Move(verb, item.id, chosen, value.value)
                    keys = [(item.id, box) for box in chosen or ("",)]
                    if value.other and any(key in marks and marks[key].value == value.value for key in keys):
                        yield Move(verb, item.id, chosen, value.other[0], value.other[1])
            if there and item.acts:
                for box in there:
                    asked = marks[item.id, box].asked
                    yield from (Move("settle", item.id, (box,), way=way) for way in ("1", "2", "4") if way in asked)
            yield Move("skip", item.id)
        if there:
            yield from (Move("back", item.id, (box,) if item.each else ()) for box in there)
            if len(there) > 1:
                yield Move("back", item.id)

    def world(self, place: Place) -> Iterator[Move]:
        """Yield the moves that may happen at any moment outside the kept items."""
        marks, boxes = place.board.marks, place.boxes
        for switch in self.cut.switches:
            for box in self._of(switch, boxes):
                is_on = marks[switch.id, box].value == ON
                yield Move("switch", switch.id, (box,) if box else (), OFF if is_on else ON)
        for stub in self.cut.stubs:
            yield from (Move("stub", stub.id, (box,) if box else ()) for box in self._of(stub, boxes))
        for name, box in marks:
            item = self.scenario.by_id[name]
            if (
                item.acts
                and marks[name, box].asked
                and marks[name, box].asked != NO_LONGER_APPLIES
                and not self.cut.whole
            ):
                yield Move("still", name, (box,) if box else ())
            if name in self.cut.terms and not marks[name, box].asked and not marks[name, box].skipped:
                yield Move("anew", name, (box,) if box else ())
        for item in self.cut.items:
            if item.same_as and item.kind == "action" and not item.killer:
                for box in self._of(item, boxes):
                    if (item.id, box) not in marks:
                        yield Move("kept", item.id, (box,) if box else ())
        for name, answer in self.cut.ended:
            yield Move("ended", name, (), (answer,))
        if self.cut.whole and LICENCES in self.scenario.rested_on_by:
            yield Move("licences")
        if place.board.uncovered:
            yield from (Move("cover", way="1"), Move("cover", way="2"))
        if len(boxes) < self.most_boxes:
            yield Move("comes", boxes=(SECOND if FIRST in boxes else FIRST,))
        for box in boxes if self.most_boxes else ():
            yield Move("goes", boxes=(box,))


def _key(rows: list[tuple[str, str, int]], boxes: tuple[str, ...], bits: Bits, uncovered: tuple[str, ...]) -> object:
    """Return the key that distinguishes places; swapping two mailboxes makes no difference."""

    def named(names: Mapping[str, str]) -> object:
        return (
            frozenset((name, names.get(box, box), mark) for name, box, mark in rows),
            len(boxes),
            *(frozenset((name, names.get(box, box)) for name, box in keys) for keys in (bits.old, bits.once)),
            frozenset(names.get(box, box) for box in uncovered),
        )

    if len(boxes) > 1:
        return frozenset((named({}), named({FIRST: SECOND, SECOND: FIRST})))
    return named({SECOND: FIRST} if SECOND in boxes else {})
