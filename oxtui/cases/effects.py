"""What follows from a mark: what it makes stale, asks about, ends and renews, directly and no further.

Worked out once, when the command is decided on the newest log; the event names it all (rule 3).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from oxtui.cases.board import NO_LONGER_APPLIES, ON_OTHER_TERMS, Board, Effects, Key, Mark
from oxtui.cases.status import Situation, Standing, targets
from oxtui.playbook.conditions import Atom
from oxtui.playbook.model import Item, Scenario


def consequences(
    before: Standing,
    *,
    marks: Mapping[Key, Mark] | None = None,
    taken_back: Iterable[Key] = (),
    terms: Iterable[str] = (),
    forced_anew: bool = False,
    situation: Situation | None = None,
) -> Effects:
    """What follows where `marks` are made, marks are `taken_back`, or `terms` that are no items (LICENCES) change.

    `forced_anew`: the marks are doings on new terms, though they say the same. `situation` where that changes too.
    """
    return _Consequences(before, marks or {}, tuple(taken_back), forced_anew).run(tuple(terms), situation)


def spoil(
    scenario: Scenario | None, board: Board, because: str, chosen: Callable[[str], bool] | None = None
) -> Effects:
    """Have all marks, or those by `chosen` events, checked again for a reason beside the playbook; not killers."""
    by_id = scenario.by_id if scenario else {}
    return Effects(
        stale=tuple(
            (key, because)
            for key, mark in board.marks.items()
            if (item := by_id.get(key[0])) and not item.killer and (chosen is None or chosen(mark.event))
        )
    )


def _fitting(mark: Mark) -> Callable[[Atom], bool]:
    return lambda atom: bool(atom.fits(mark.value, mark.on))


class _Consequences:
    def __init__(self, before: Standing, marks: Mapping[Key, Mark], taken_back: tuple[Key, ...], anew: bool) -> None:
        self.before = before
        self.scenario: Scenario = before.scenario
        self.board: Board = before.board
        self.marks = marks
        self.taken_back = taken_back
        self.anew = anew
        self.lost: dict[Key, None] = {}
        self.ended: dict[Key, None] = {}
        self.renewed: dict[Key, None] = {}
        self.stale: dict[Key, str] = {}
        self.asked: dict[Key, tuple[str, str]] = {}
        self.stopped: set[str] = set()
        """The items that no longer apply."""

    def run(self, terms: tuple[str, ...], situation: Situation | None) -> Effects:
        for key in self.taken_back:
            if key in self.board.marks:
                self.lost[key] = None
        for key, mark in self.marks.items():
            self._marked(key, mark)
        changed = (name for name, _ in (*self.marks, *self.taken_back, *self.ended))
        if situation is not None or not self.scenario.deciding.isdisjoint(changed):
            self._stopped(Standing(self.scenario, self._after(), situation or self.before.situation))
        for key in list(self.lost):
            self._spread(key[0], key[1])
        for term in terms:
            self._spread(term, "")
        return Effects(
            tuple(self.ended),
            tuple((key, because) for key, because in self.stale.items() if key not in self.asked),
            tuple((key, ways, because) for key, (ways, because) in self.asked.items()),
            tuple(self.renewed),
        )

    def _marked(self, key: Key, mark: Mark) -> None:
        old = self.board.marks.get(key)
        item = self.scenario.by_id[key[0]]
        same = old is not None and old.same(mark) and self._reads_alike(item, old, mark)
        if old is not None and not same:
            self.lost[key] = None
        again = same and not self.anew
        if again or mark.skipped:
            return
        for name in targets(item, mark.value):
            for other in self._reopened(item, name, key[1]):
                self._end(other)
        if item.anew:
            self._anew(item.anew, key[1], renew=True)
        elif item.kind == "action":
            self._anew(item.id, key[1], renew=False)
        if mark.done:
            for name in self.scenario.reopened_by.get(item.id, ()):
                for other in self._keys(name, key[1]):
                    if other not in self.marks:
                        self.ended[other] = None  # the attempt has its answer: it may be made again

    def _reads_alike(self, item: Item, old: Mark, mark: Mark) -> bool:
        """Whether what speaks of today says the same of a day as when it was answered before."""
        read = self.scenario.ages.get(item.id, ())
        return all(each.holds(old.value, old.on) is each.holds(mark.value, mark.on) for each in read)

    def _reopened(self, item: Item, name: str, mailbox: str) -> list[Key]:
        """The answers that an attempt takes back: of its mailbox, else of those that made it apply."""
        other = self.scenario.by_id[name]
        if item.each or not other.each:
            return self._keys(name, mailbox)
        named = [atom for atom in item.when.atoms() if atom.item == name and atom.judges]
        marks = self.board.of(name).items()
        return [(name, box) for box, mark in marks if not named or any(map(_fitting(mark), named))]

    def _anew(self, action: str, mailbox: str, *, renew: bool) -> None:
        """An action is done anew: what waits for its result is open again."""
        if renew:
            for key in self._keys(action, mailbox):
                self.renewed[key] = None
        for name in self.scenario.waiting.get(action, ()):
            for key in self._keys(name, mailbox):
                self._end(key)

    def _end(self, key: Key) -> None:
        if key in self.board.marks and key not in self.marks:
            self.ended[key] = None
            self.lost[key] = None

    def _keys(self, name: str, mailbox: str) -> list[Key]:
        """The marks of an item that belong to a mailbox: address by address between two items done for each."""
        if not self.scenario.by_id[name].each:
            keys: list[Key] = [(name, "")]
        elif mailbox:
            keys = [(name, mailbox)]
        else:
            keys = [(name, box) for box in self.board.of(name)]
        return [key for key in keys if key in self.board.marks]

    def _after(self) -> Board:
        found = {**self.board.marks, **self.marks}
        for key in (*self.taken_back, *self.ended):
            found.pop(key, None)
        return Board(found, self.board.put_off, self.board.cleared, self.board.uncovered)

    def _stopped(self, after: Standing) -> None:
        """What no longer applies is lost; its own mark is stale should it apply again."""
        cause = next((key[0] for key in (*self.marks, *self.taken_back)), "")
        for key, mark in after.board.marks.items():
            item = self.scenario.by_id.get(key[0])
            if item is None or item.killer or key in self.marks or after.applies(key) is not False:
                continue
            if self.before.applies(key) is False or (targets(item, mark.value) and mark.done and not mark.skipped):
                continue  # it did not apply before; or it is an attempt, which its question ends
            self.lost[key] = None
            self.stopped.add(item.id)
            if item.acts and mark.done and not mark.skipped:
                self.asked[key] = (NO_LONGER_APPLIES, cause)
            else:
                self.stale[key] = cause

    def _spread(self, name: str, mailbox: str) -> None:
        """A value is lost: each mark that rests on it directly has to be checked again, or is asked about."""
        source = self.scenario.by_id.get(name)
        for dependant in self.scenario.rested_on_by.get(name, ()):
            item = self.scenario.by_id[dependant]
            if item.killer:
                continue
            at = mailbox if source is not None and source.each else ""
            for key in self._keys(dependant, at if item.each else ""):
                if key in self.marks or key in self.ended or key in self.renewed or key in self.taken_back:
                    continue
                mark = self.board.marks[key]
                if mark.open:
                    continue
                if item.acts and name in item.uses and not mark.skipped:
                    self.asked.setdefault(key, (self._ways(item, mark), name))
                else:
                    self.stale.setdefault(key, name)

    def _ways(self, item: Item, mark: Mark) -> str:
        """The ways out of what was done on other terms: where no discount applies any more, it is not still right."""
        ways = mark.asked or ON_OTHER_TERMS
        quotes = (name for name in item.uses if name in self.stopped and self.scenario.by_id[name].quote)
        return ways.replace("4", "") if any(quotes) else ways
