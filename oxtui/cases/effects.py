"""The effects of a mark: the marks it makes stale, asks about, ends and renews, directly and no further.

They are computed once, when a command is decided on the newest log, and saved in its event (rule 3).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from msgspec.structs import replace

from oxtui.cases.board import NO_LONGER_APPLIES, ON_OTHER_TERMS, Board, Effects, Key, Mark
from oxtui.cases.status import Situation, Standing, targets
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
    """The effects of making `marks`, taking marks back, or changing `terms` that are no items (LICENCES).

    `forced_anew`: the marks were made on new terms, though they say the same. `situation` is given if it changes too.
    """
    return _Consequences(before, marks or {}, tuple(taken_back), forced_anew).run(terms, situation)


def spoil(
    scenario: Scenario | None, board: Board, because: str, chosen: Callable[[str], bool] | None = None
) -> Effects:
    """Make all marks, or those by `chosen` events, stale for a reason other than the playbook; not killers."""
    by_id = scenario.by_id if scenario else {}
    return Effects(
        stale=tuple(
            (key, because)
            for key, mark in board.marks.items()
            if (item := by_id.get(key[0])) and not item.killer and (chosen is None or chosen(mark.event))
        )
    )


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

    def run(self, terms: Iterable[str], situation: Situation | None) -> Effects:
        self.lost = dict.fromkeys(key for key in self.taken_back if key in self.board.marks)
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
            self._end(self._reopened(item, name, key[1]))
        if item.anew:
            self._anew(item.anew, key[1], renew=True)
        elif item.kind == "action":
            self._anew(item.id, key[1], renew=False)
        if mark.done:  # an attempt has its answer now, and may be made again
            names = self.scenario.reopened_by.get(item.id, ())
            attempts = (other for name in names for other in self._keys(name, key[1]))
            self.ended |= dict.fromkeys(other for other in attempts if other not in self.marks)

    def _reads_alike(self, item: Item, old: Mark, mark: Mark) -> bool:
        """Whether conditions that compare a date with today judge both marks alike."""
        tests = self.scenario.ages.get(item.id, ())
        return all(test.holds(old.value, old.on) is test.holds(mark.value, mark.on) for test in tests)

    def _reopened(self, item: Item, name: str, mailbox: str) -> list[Key]:
        """The answers that an attempt takes back: of its mailbox, or those that made it apply."""
        other = self.scenario.by_id[name]
        if item.each or not other.each:
            return self._keys(name, mailbox)
        named = [atom for atom in item.when.atoms() if atom.item == name and atom.judges]
        return [
            (name, box)
            for box, mark in self.board.of(name).items()
            if not named or any(atom.fits(mark.value, mark.on) for atom in named)
        ]

    def _anew(self, action: str, mailbox: str, *, renew: bool) -> None:
        """An action is done anew: the questions that wait for its result are open again."""
        if renew:
            self.renewed |= dict.fromkeys(self._keys(action, mailbox))
        for name in self.scenario.waiting.get(action, ()):
            self._end(self._keys(name, mailbox))

    def _end(self, keys: Iterable[Key]) -> None:
        ended = dict.fromkeys(key for key in keys if key not in self.marks)
        self.ended |= ended
        self.lost |= ended

    def _keys(self, name: str, mailbox: str) -> list[Key]:
        """The marks of an item for a mailbox, or all its marks if `mailbox` is ""."""
        if not self.scenario.by_id[name].each:
            keys: list[Key] = [(name, "")]
        elif mailbox:
            keys = [(name, mailbox)]
        else:
            keys = [(name, box) for box in self.board.of(name)]
        return [key for key in keys if key in self.board.marks]

    def _after(self) -> Board:
        removed = {*self.taken_back, *self.ended}
        marks = {key: mark for key, mark in {**self.board.marks, **self.marks}.items() if key not in removed}
        return replace(self.board, marks=marks)

    def _stopped(self, after: Standing) -> None:
        """Lose the marks of items that no longer apply; they are stale should the item apply again."""
        cause = next((key[0] for key in (*self.marks, *self.taken_back)), "")
        for key, mark in after.board.marks.items():
            item = self.scenario.by_id.get(key[0])
            if item is None or item.killer or key in self.marks or after.applies(key) is not False:
                continue
            if self.before.applies(key) is False or (targets(item, mark.value) and mark.performed):
                continue  # it did not apply before either; or it is an attempt, which its question ends
            self.lost[key] = None
            self.stopped.add(item.id)
            if item.acts and mark.performed:
                self.asked[key] = (NO_LONGER_APPLIES, cause)
            else:
                self.stale[key] = cause

    def _spread(self, name: str, mailbox: str) -> None:
        """Make each mark that directly rests on a lost one stale, or have it asked about."""
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
        """The ways to settle an action on other terms: not "still right" if its discount no longer applies."""
        ways = mark.asked or ON_OTHER_TERMS
        quotes = (name for name in item.uses if name in self.stopped and self.scenario.by_id[name].quote)
        return ways.replace("4", "") if any(quotes) else ways
