"""A case as a sequence of acts in a scenario, held to the program's permits.

The acts are those of the service, as they stand in the log. An entry taken back is left out and the rest
read again; a mark keeps what it rested on when it was made.
"""

from __future__ import annotations

from typing import TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from oxtui.errors import Refusal
from oxtui.playbook import permits, progress
from oxtui.playbook.model import Item, Scenario
from oxtui.playbook.permits import Call, Position
from oxtui.playbook.progress import NOTHING, Fingerprint, Mark, Record, Status
from oxtui.playbook.proof_rules import may_copy, may_quote

Value: TypeAlias = tuple[str, ...]
PLAIN = frozenset({"a", "b", "lapse", "end", "mailbox", "empty", "copy"})
"""Acts that cannot be taken back by themselves."""
_PLACES = ("first", "second", "third", "fourth")


class Act(Struct, frozen=True):
    """One thing a person does; `box` names one mailbox, else all are meant."""

    verb: str
    item: str = ""
    value: Value = ()
    box: str = ""
    discount: bool = False
    template: str = ""
    undone: int = -1


class Deed(Struct, frozen=True):
    """An act as the log keeps it: with what it rested on, its mailboxes, and its authentication."""

    act: Act
    used: tuple[tuple[str, Fingerprint], ...] = ()
    boxes: tuple[str, ...] = ()
    auth: int = 0


class Walk:
    """A case under way; begins with one mailbox, the client authenticated and the scenario chosen."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.records: dict[str, Record] = {}
        self.mailboxes: tuple[str, ...] = ("a",)
        self.call = Call("client", False, True)
        self.auths: tuple[int, ...] = (1,)
        self.log: tuple[Deed, ...] = ()
        self.gone: frozenset[int] = frozenset()
        self.discounts: dict[str, bool] = {}
        self.acts: tuple[Act, ...] = ()
        self.statuses: dict[str, Status] | None = None

    def copy(self) -> Walk:
        """A walk that goes on from here on its own."""
        other = Walk.__new__(Walk)
        other.__dict__.update(self.__dict__)
        other.discounts = dict(self.discounts)
        other.records = {
            name: Record(dict(record.marks), record.skipped, record.deferred, record.attempts)
            for name, record in self.records.items()
        }
        return other

    def position(self) -> Position:
        """Where the case stands."""
        if self.statuses is None:
            self.statuses = progress.evaluate(self.scenario, self.records, self.mailboxes)
        return Position(self.scenario, self.statuses, self.call)

    def check(self, act: Act, position: Position) -> None:
        """Raise Refusal where the program would."""
        if act.verb in ("tick", "answer", "quote", "skip", "defer", "unwind", "copy"):
            item = self.scenario.by_id[act.item]
            if act.verb == "tick" and item.each and not _boxes(self, item, act, position):
                raise Refusal("That mailbox is done already", "")
            if act.verb == "skip":
                permits.may_skip(position, item)
            elif act.verb == "defer":
                permits.may_defer(position, item)
            elif act.verb == "unwind":
                permits.may_unwind(position, item, position.statuses[item.id])
            elif act.verb == "quote":
                if not may_quote(position, item, self.records, discount=act.discount):
                    permits.may_mark(position, item)
                    raise Refusal("No discount on monthly billing", "")
            elif act.verb == "copy":
                if not may_copy(position, item):
                    permits.may_mark(position, item)
                    raise Refusal("The copy waits for its item", "")
            else:
                permits.may_mark(position, item)
        elif act.verb == "away":
            permits.need_call(self.call)
        elif act.verb == "b" and not self.auths:
            raise Refusal("This client was never authenticated in this case", "")
        elif act.verb == "revoke" and not self.auths:
            raise Refusal("There is no authentication to take back", "")

    def do(self, act: Act, position: Position | None = None) -> None:
        """Do one act; raises Refusal where the program would."""
        position = position or self.position()
        self.check(act, position)
        self.acts = (*self.acts, act)
        self.statuses = None
        if act.verb == "a":
            self.auths = (*self.auths, len(self.acts))
            self.call = Call("client", False, True)
        elif act.verb == "b":
            self.call = Call("back-office", False, True)
        elif act.verb == "lapse":
            self.call = replace(self.call, lapsed=True)
        elif act.verb == "end":
            self.call = Call("", False, bool(self.auths))
        elif act.verb == "mailbox":
            self.mailboxes = (*self.mailboxes, "b")
        elif act.verb == "empty":
            self.mailboxes = ()
        elif act.verb != "copy":
            self._log(act, position)

    def _log(self, act: Act, position: Position) -> None:
        if act.verb == "undo":
            self.gone |= {act.undone}
            self._fold()
            return
        if act.verb == "revoke":
            self.log = (*self.log, Deed(act, auth=self.auths[-1]))
            self.call = Call("", False, len(self.auths) > 1)
        else:
            item = self.scenario.by_id[act.item]
            boxes = _boxes(self, item, act, position) if item.each else ("",)
            self.log = (*self.log, Deed(act, (), boxes, self.auths[-1] if self.auths else 0))
        self._take(len(self.log) - 1, new=True)

    def _fold(self) -> None:
        """Read the log again without what was taken back."""
        self.records, self.discounts = {}, {}
        for number in range(len(self.log)):
            if number not in self.gone:
                self._take(number, new=False)

    def _take(self, number: int, *, new: bool) -> None:
        deed = self.log[number]
        act = deed.act
        if act.verb == "revoke":
            self.auths = tuple(auth for auth in self.auths if auth != deed.auth)
            for record in self.records.values():
                for box, mark in record.marks.items():
                    if self.log[int(mark.event)].auth == deed.auth:
                        record.marks[box] = replace(mark, spoiled="the authentication was taken back")
                if record.skipped and self.log[int(record.skipped)].auth == deed.auth:
                    record.skipped = ""
            return
        item = self.scenario.by_id[act.item]
        record = self.records.setdefault(item.id, Record())
        if act.verb == "skip":
            if not item.acts:
                record.marks.clear()
            record.skipped, record.deferred = str(number), ""
        elif act.verb == "defer":
            record.deferred, record.skipped = str(number), ""
        elif act.verb in ("unwind", "away"):
            record.marks.clear()
            record.skipped = record.deferred = ""
        else:
            progress.reopen(self.scenario, self.records, item, progress.effects(item, act.value))
            if new:
                deed = replace(deed, used=progress.snapshot(self.scenario, self.records, item))
                self.log = (*self.log[:number], deed)
            record.skipped = record.deferred = ""
            for box in deed.boxes:
                record.marks[box] = Mark(str(number), act.value, deed.used)
            if item.quote:
                self.discounts[item.id] = act.discount
            progress.consume(self.scenario, self.records, item.id)

    def undoable(self) -> tuple[Act, ...]:
        """The acts that take an entry back."""
        numbers = (number for number in range(len(self.log)) if number not in self.gone)
        return tuple(Act("undo", undone=number) for number in numbers if self.log[number].act.verb != "revoke")

    def key(self, *, undo: bool = True) -> tuple[object, ...]:
        """What tells two cases apart: fingerprints as equal or different, mailboxes in either order.

        With `undo` what was done on the way counts, too: it can be taken back.
        """
        swapped = {"a": "b", "b": "a"}
        straight = self._key({}, undo)
        return min(straight, self._key(swapped, undo), key=repr) if len(self.mailboxes) == 2 else straight

    def _key(self, names: dict[str, str], undo: bool) -> tuple[object, ...]:
        rows: list[object] = []
        for name in self.scenario.order:
            record = self.records.get(name, NOTHING)
            now = {
                used: progress.fingerprint(self.scenario.by_id[used], self.records.get(used, NOTHING))
                for used in self.scenario.by_id[name].uses
            }
            marks = sorted(
                (
                    names.get(box, box),
                    mark.value,
                    bool(mark.spoiled),
                    tuple(now[used] == old for used, old in mark.used),
                )
                for box, mark in record.marks.items()
            )
            if marks or record.skipped or record.deferred:
                rows.append(
                    (
                        name,
                        tuple(marks),
                        bool(record.skipped),
                        bool(record.deferred),
                        self.discounts.get(name),
                    )
                )
        before = sorted(
            repr((deed.act.item, deed.act.verb, deed.act.value, names.get(deed.act.box, deed.act.box)))
            for number, deed in enumerate(self.log)
            if undo and number not in self.gone
        )
        return (tuple(rows), self.call, len(self.auths), len(self.mailboxes), tuple(before))


def words(scenario: Scenario, acts: tuple[Act, ...], titles: dict[str, str]) -> tuple[str, ...]:
    """The acts as a person would do them, from authentication on."""
    lines = ["authenticate the client (a)", f"choose scenario {scenario.number}: {scenario.title}"]
    deeds: list[Act] = []
    several = any(act.verb == "mailbox" for act in acts)
    for act in acts:
        if act.verb == "undo":
            lines.append(f"undo: {_word(scenario, deeds[act.undone], titles, several)}")
            continue
        lines.append(_word(scenario, act, titles, several))
        if act.verb not in PLAIN:
            deeds.append(act)
    return tuple(lines)


def _word(scenario: Scenario, act: Act, titles: dict[str, str], several: bool) -> str:
    fixed = {
        "a": "authenticate the client again (a)",
        "b": "work without the client on the line (b)",
        "lapse": "let the time of the call run out",
        "end": "end the call",
        "revoke": "take the authentication back",
        "empty": "take the mailboxes off the case",
        "mailbox": "add a second mailbox to the case",
    }
    if act.verb in fixed:
        return fixed[act.verb]
    item = scenario.by_id[act.item]
    where = f" for the {_PLACES['ab'.index(act.box)]} mailbox" if act.box and several else ""
    if act.verb == "answer":
        return f'answer "{item.text}": {value_words(item, act.value)}{where}'
    if act.verb == "quote":
        return f'put a quote {"with" if act.discount else "without"} a discount into "{item.text}"'
    if act.verb == "copy":
        return f'copy the template "{titles.get(act.template, act.template)}" of "{item.text}"'
    if act.verb == "unwind":
        return f'record that "{item.text}" was taken back: {item.reverse}'
    if act.verb == "away":
        return f'switch to another scenario, take "{item.text}" back there ({item.reverse}), and switch back'
    return {"tick": "tick", "skip": "skip", "defer": "put off"}[act.verb] + f' "{item.text}"{where}'


def value_words(item: Item, value: Value) -> str:
    """An answer as it stands on the screen."""
    if not item.answers:
        return {"date": "a date", "dates": "two dates"}.get(item.select, "a text")
    return " and ".join(answer.text for answer in item.answers if answer.id in value)


def _boxes(walk: Walk, item: Item, act: Act, position: Position) -> tuple[str, ...]:
    """The mailboxes that `act` marks: of an action done for some, the others, and those it is done anew for."""
    chosen = (act.box,) if act.box else walk.mailboxes
    status = position.statuses[item.id]
    marks = walk.records[item.id].marks if item.id in walk.records else {}
    left = [box for box in walk.mailboxes if box not in marks or box in status.again]
    return tuple(box for box in chosen if box in left) if act.verb == "tick" and left else chosen
