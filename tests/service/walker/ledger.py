"""What a log says, worked out by the oracle itself: sequence numbers and times, and no flag that the program set.

A loss is the moment when what was said or done no longer stood as it did: answered otherwise, taken back, reopened,
no longer applicable, done anew. A mark is fresh while it is younger than the last loss of everything that it rests on.
What was undone is read as if it had never been written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from tests.service.walker.facts import KILLERS, LICENCES, SCENARIOS, Fact, Truth
from tests.service.walker.reading import Reading
from tests.service.walker.talks import Talks
from tests.service.walker.values import (
    TERMS,
    WITH_CLIENT,
    Clearing,
    Key,
    Loss,
    Mark,
    Row,
    Told,
    moment,
    proposals,
)


class Ledger(Talks):
    """The case as the oracle reads it, after the events it was given."""

    def __init__(self, told: Told) -> None:
        super().__init__()
        self.told = told
        self.events: list[Row] = []
        self.scenario: int = 0
        self.boxes: list[str] = []
        self.known: dict[str, dict[str, str]] = {}
        self.left: dict[str, str] = {}
        self.marks: dict[Key, Mark] = {}
        self.lost: dict[Key, Loss] = {}
        self.unfresh: dict[Key, Loss] = {}
        """Marks that have to be made anew for a reason of their own."""
        self.off: set[Key] = set()
        self.changed: dict[Key | tuple[str], int] = {}
        """When anything was last changed: keys, ("mailboxes",), ("domain",), ("scenario",)."""
        self.cleared: dict[tuple[int, str], Clearing] = {}
        self.evidence: list[tuple[int, dict[str, str]]] = []
        self.licences_typed: int | None = None
        self.ordered: dict[int, int] = {}
        self.uncovered: dict[int, set[str]] = {}
        self.leavings: dict[int, tuple[int, int, frozenset[tuple[str, str]]]] = {}
        """For a scenario that was left: when, to which, and what was kept."""
        self.settled: dict[Key, int] = {}
        self.closed = False

    # -- reading
    def fact(self, key: Key) -> Fact | None:
        return SCENARIOS.get(key[0], {}).get(key[1])

    def keys(self, scenario: int, item: str, box: str = "") -> list[Key]:
        """The keys of an item as something done for `box` (or once) rests on it."""
        fact = SCENARIOS[scenario].get(item)
        if item == LICENCES or fact is None or not fact.each:
            return [(scenario, item, "")]
        return [(scenario, item, box)] if box else [(scenario, item, each) for each in self.boxes]

    def all_keys(self, scenario: int) -> list[Key]:
        return [key for item in SCENARIOS[scenario] for key in self.keys(scenario, item)]

    def applies(self, key: Key) -> Truth:
        """Whether an item applies; None where what is not answered yet decides."""
        fact = self.fact(key)
        return False if fact is None else fact.when(Reading(self, key[0], key[2]))

    def why_not_fresh(self, key: Key) -> str:
        """Why a mark has to be made anew, or ""."""
        mark, fact = self.marks[key], self.fact(key)
        if fact is None or fact.killer:
            return ""
        own = self.unfresh.get(key)
        if own is not None and own.seq >= mark.seq:
            return own.how
        for name in fact.rests:
            for below in self.keys(key[0], name, key[2]):
                loss = self.lost.get(below)
                if loss is not None and loss.seq > mark.seq:
                    return f"{_named(below)} was {loss.how} at {loss.seq}, it was marked at {mark.seq}"
        return ""

    def why_open(self, key: Key) -> str:
        """Why an item that applies is still to be done (or done anew), or ""."""
        fact, mark = self.fact(key), self.marks.get(key)
        if fact is None or (fact.optional and mark is None):
            return ""
        if mark is None:
            return "it was never marked, or its mark is gone"
        if fact.still_open.intersection(mark.value):
            return f"its answer is {'/'.join(mark.value)}"
        return "" if fact.optional else self.why_not_fresh(key)

    # -- reading on
    def take(self, row: Row) -> None:
        """Read the next event."""
        at, seq, agent, data = moment(row["at"]), int(row["seq"]), str(row["agent"]), row["data"]
        self.pass_by(row)
        self.events.append(row)
        handle = getattr(self, "_" + str(row["what"]).replace("-", "_"), None)
        if handle is not None:
            handle(row, at, seq, agent, data)
        self._stopped(seq, at)

    def _lose(self, key: Key, seq: int, at: datetime, how: str) -> None:
        self.lost[key] = Loss(seq, at, how)
        self.changed[key] = seq

    def _drop(self, key: Key, seq: int, at: datetime, how: str) -> None:
        if self.marks.pop(key, None) is not None:
            self._lose(key, seq, at, how)
            self.off.discard(key)

    def _boxes_of(self, key_scenario: int, item: str, data: Mapping[str, Any]) -> list[str]:
        fact = SCENARIOS.get(key_scenario, {}).get(item)
        return [str(box).lower() for box in data.get("mailboxes", ())] if fact and fact.each else [""]

    def _saw(self, row: Row) -> Mapping[str, str]:
        seen = self.told.seen.get(row["id"])
        shown = [known for seq, known in self.evidence if seen is None or seq <= seen]
        return shown[-1] if shown else {}

    def counts_from(self, row: Row) -> datetime:
        """When what an event marks counts from."""
        at, data = moment(row["at"]), row["data"]
        told = str((data.get("word") or {}).get("when") or "")
        if told:
            return moment(told)
        talk = self.conversations.get(str(row["agent"]))
        client = (data.get("scenario"), data.get("item")) in WITH_CLIENT
        return talk.written if client and talk and talk.written and not talk.ended else at

    def _mark(self, row: Row, value: tuple[str, ...]) -> None:
        at, seq, data = moment(row["at"]), int(row["seq"]), row["data"]
        number, item = int(data["scenario"]), str(data["item"])
        fact = SCENARIOS.get(number, {}).get(item)
        if fact is None:
            return
        auth = "" if data.get("already") else self._auth(str(row["agent"]))
        for box in self._boxes_of(number, item, data):
            key = (number, item, box)
            before = self.marks.get(key)
            if before is not None and before.value != value:
                self._lose(key, seq, at, "answered otherwise")
            elif before is None and key in self.lost and fact.action and not fact.killer:
                self._lose(key, seq, at, "done anew")
            saw = self._saw(row)
            mark = Mark(seq, row["id"], row["agent"], at, self.counts_from(row), value, auth, saw)
            self.marks[key] = mark
            self.changed[key] = seq
            self.off.discard(key)
            newest = self.evidence[-1][1] if self.evidence else {}
            if _contradicts(fact, mark, newest) and not self._a_term(key):
                self.unfresh[key] = Loss(seq, at, "evidence that was not on the screen says otherwise")
            self._ends(number, item, box, value, fact)
            for name in fact.reopens:
                for target in self.keys(number, name, box):
                    self._drop(target, seq, at, f"reopened by {item}")
            if fact.anew and value == ("done",):
                for target in self.keys(number, fact.anew, box):
                    self._lose(target, seq, at, f"done anew by {item}")
                    if target in self.marks:
                        self.marks[target] = self.marks[target]._replace(seq=seq, at=at, counts=at, auth=auth)

    def _ends(self, number: int, item: str, box: str, value: tuple[str, ...], fact: Fact) -> None:
        """A question that is answered ends the attempts that reopened it."""
        if fact.still_open.intersection(value):
            return
        for name, other in SCENARIOS[number].items():
            if other.attempt and item in other.reopens:
                for key in self.keys(number, name, box):
                    self.marks.pop(key, None)

    # -- events that mark
    def _ticked(self, row: Row, at: datetime, seq: int, agent: str, data: Mapping[str, Any]) -> None:
        self._mark(row, ("done",))
        number, item = int(data["scenario"]), str(data["item"])
        self.cleared.pop((number, item), None)
        if item == "order":
            self._ordered(number, data)

    def _ordered(self, number: int, data: Mapping[str, Any]) -> None:
        self.ordered[number] = int(data.get("licences") or self.licences(number))
        self.uncovered[number] = set()

    def _answered(self, row: Row, at: datetime, seq: int, agent: str, data: Mapping[str, Any]) -> None:
        told = str(data.get("told") or "")
        self._mark(row, (*map(str, data["value"]), *((told,) if told else ())))
        if data.get("already"):
            self.cleared.pop((int(data["scenario"]), str(data["already"])), None)

    def _skipped(self, row: Row, at: datetime, seq: int, agent: str, data: Mapping[str, Any]) -> None:
        whole = dict(data)
        if "mailboxes" not in whole:
            whole["mailboxes"] = list(self.boxes)
        self._mark({**row, "data": whole}, ("skipped",))

    def _quote(self, row: Row, at: datetime, seq: int, agent: str, data: Mapping[str, Any]) -> None:
        quote = data["quote"]
        names = ("current", "new", "current_term", "new_term", "licences", "discount")
        self._mark(row, tuple(str(quote.get(name)) for name in names))

    def _settled(self, row: Row, at: datetime, seq: int, agent: str, data: Mapping[str, Any]) -> None:
        number, item, way = int(data["scenario"]), str(data["item"]), str(data["way"])
        for box in self._boxes_of(number, item, data):
            key = (number, item, box)
            self.settled[key] = seq
            self.changed[key] = seq
            if way == "3":
                self._drop(key, seq, at, "reversed")
                continue
            before = self.marks.get(key)
            if before is not None:
                self.marks[key] = before._replace(seq=seq, at=at, counts=at, agent=agent, auth=self._auth(agent))
            if way == "2":
                self._lose(key, seq, at, "changed to new terms")
            if item == "order":
                self.ordered[number] = int(data.get("licences") or self.ordered.get(number, 0))

    def _covered(self, row: Row, at: datetime, seq: int, agent: str, data: Mapping[str, Any]) -> None:
        number, key = self.scenario, (self.scenario, "order", "")
        for box in data.get("mailboxes", ()):
            self.uncovered.get(number, set()).discard(str(box).lower())
        self.ordered[number] = self.licences_typed = int(data["count"])
        if not data["covered"] and key in self.marks:
            self.marks[key] = self.marks[key]._replace(seq=seq, at=at, counts=at)
            self._lose(key, seq, at, "changed to one licence more")

    def _taken_back(self, row: Row, at: datetime, seq: int, agent: str, data: Mapping[str, Any]) -> None:
        number, item = int(data["scenario"]), str(data["item"])
        for box in self._boxes_of(number, item, data):
            self._drop((number, item, box), seq, at, "taken back")

    # -- killers
    def _cleared(self, row: Row, at: datetime, seq: int, agent: str, data: Mapping[str, Any]) -> None:
        self.cleared[int(data["scenario"]), str(data["item"])] = Clearing(seq, agent, row["id"])

    def _not_yet(self, row: Row, at: datetime, seq: int, agent: str, data: Mapping[str, Any]) -> None:
        self.cleared.pop((int(data["scenario"]), str(data["item"])), None)

    def _same_call(self, call: str, later: str) -> None:
        super()._same_call(call, later)
        self.marks = {k: mark._replace(auth=later) if mark.auth == call else mark for k, mark in self.marks.items()}

    def _revoked(self, row: Row, at: datetime, seq: int, agent: str, data: Mapping[str, Any]) -> None:
        call = str(data.get("call") or (self.auths[-1] if self.auths else ""))
        self.auths = [auth for auth in self.auths if auth != call]
        for talk in self.conversations.values():
            if talk.call == call and not talk.ended:
                talk.ended = "was revoked"
        for key, mark in self.marks.items():
            if mark.auth == call and call:
                self._spoil(key, seq, at, "its authentication was taken back")

    def _spoil(self, key: Key, seq: int, at: datetime, how: str) -> None:
        fact = self.fact(key)
        if fact is not None and not fact.killer:
            self.unfresh[key] = Loss(seq, at, how)

    # -- what the case is about
    def _details(self, row: Row, at: datetime, seq: int, agent: str, data: Mapping[str, Any]) -> None:
        if "domain" not in data:
            return
        self.changed["domain",] = seq
        self.evidence = []
        if data.get("mistyped"):
            self._renamed({str(old).lower(): str(new).lower() for old, new in data.get("renamed", {}).items()})
            for key in list(self.marks):
                fact = self.fact(key)
                if fact is not None and fact.evidence:
                    self._drop(key, seq, at, "proposed for another domain")
            return
        self.auths = []
        self._everybody_off("was with another domain's client")
        for key in self.marks:
            self._spoil(key, seq, at, "the domain changed")

    def _renamed(self, names: Mapping[str, str]) -> None:
        def moved(key: Key) -> Key:
            return (key[0], key[1], names.get(key[2], key[2]))

        self.boxes = [names.get(box, box) for box in self.boxes]
        self.known = {names.get(box, box): known for box, known in self.known.items()}
        self.marks = {moved(key): mark for key, mark in self.marks.items()}
        self.lost = {moved(key): loss for key, loss in self.lost.items()}
        self.unfresh = {moved(key): loss for key, loss in self.unfresh.items()}
        self.off = {moved(key) for key in self.off}

    def _mailboxes(self, row: Row, at: datetime, seq: int, agent: str, data: Mapping[str, Any]) -> None:
        added = [str(box).lower() for box in data.get("added", ())]
        removed = [str(box).lower() for box in data.get("removed", ())]
        if added or removed:
            self.changed["mailboxes",] = seq
        before = {number: self.licences(number) for number in SCENARIOS}
        reasons = {str(box).lower(): str(why) for box, why in data.get("reasons", {}).items()}
        for box in removed:
            self._forget(box)
            self.left[box] = reasons.get(box, "")
        for box in added:
            if box not in self.boxes:
                self._forget(box)
                self.boxes.append(box)
            self.left.pop(box, None)
            for number in SCENARIOS:
                if self._order_stands(number):
                    self.uncovered.setdefault(number, set()).add(box)
        for box, known in data.get("known", {}).items():
            self.known.setdefault(str(box).lower(), {}).update(known)
        self._licences_changed(before, seq, at)

    def _forget(self, box: str) -> None:
        """A mailbox that leaves takes all that was said of it along; one that comes back begins anew."""
        self.boxes = [each for each in self.boxes if each != box]
        for table in (self.marks, self.lost, self.unfresh):
            for key in [key for key in table if key[2] == box]:
                del table[key]
        self.off = {key for key in self.off if key[2] != box}
        for boxes in self.uncovered.values():
            boxes.discard(box)

    def _order_stands(self, number: int) -> bool:
        mark = self.marks.get((number, "order", ""))
        return mark is not None and mark.done

    def licences(self, number: int) -> int:
        """How many licences are quoted and ordered in a scenario."""
        if self.licences_typed is not None:
            return self.licences_typed
        return self.ordered.get(number, 0) if self._order_stands(number) else max(1, len(self.boxes))

    def _licences(self, row: Row, at: datetime, seq: int, agent: str, data: Mapping[str, Any]) -> None:
        before = {number: self.licences(number) for number in SCENARIOS}
        self.licences_typed = data["count"]
        self._licences_changed(before, seq, at)

    def _licences_changed(self, before: Mapping[int, int], seq: int, at: datetime) -> None:
        for number in SCENARIOS:
            if self.licences(number) != before[number]:
                self._lose((number, LICENCES, ""), seq, at, "another number")

    def _scenario(self, row: Row, at: datetime, seq: int, agent: str, data: Mapping[str, Any]) -> None:
        left, self.scenario = self.scenario, int(data["scenario"])
        self.changed["scenario",] = seq
        kept = [(int(a), str(b), str(c), str(d).lower()) for a, b, c, d in data.get("kept", ())]
        if left and left != self.scenario:
            self.leavings[left] = (seq, self.scenario, frozenset((item, box) for _, item, _, box in kept))
            for key in [key for key in self.marks if key[0] == left]:
                self._spoil(key, seq, at, "the scenario was left")
            self.cleared = {name: each for name, each in self.cleared.items() if name[0] != left}
        for number, item, there, box in kept:
            before = self.marks.get((number, item, box))
            if before is not None:
                self.marks[self.scenario, there, box] = before._replace(seq=seq, at=at, counts=at)
                self.changed[self.scenario, there, box] = seq
            if there == "order":
                self.ordered[self.scenario] = self.ordered.get(number, 0)

    def _evidence(self, row: Row, at: datetime, seq: int, agent: str, data: Mapping[str, Any]) -> None:
        known = proposals(data["evidence"])
        self.evidence.append((seq, known))
        for key, mark in self.marks.items():
            fact = self.fact(key)
            if fact is not None and _contradicts(fact, mark, known) and not self._a_term(key):
                self._spoil(key, seq, at, "evidence contradicts it")

    def _a_term(self, key: Key) -> bool:
        """What a ticket said when it was raised is contradicted by nothing that is found later."""
        return key[1] in TERMS and (key[0], TERMS[key[1]]) in self.acted

    def _imported(self, row: Row, at: datetime, seq: int, agent: str, data: Mapping[str, Any]) -> None:
        self.auths = []
        self._everybody_off("was elsewhere")
        foreign = self.told.foreign.get(row["id"], frozenset())
        for key, mark in self.marks.items():
            for killer in KILLERS[key[0]].items():
                if (
                    key[1] in killer[1].witnesses
                    and (key[0], killer[0], "") not in self.marks
                    and mark.event in foreign
                ):
                    self._spoil(key, seq, at, "reported from elsewhere")

    def _closed(self, row: Row, at: datetime, seq: int, agent: str, data: Mapping[str, Any]) -> None:
        self.closed = True
        self._everybody_off("ended with the case")

    def _reopened(self, row: Row, at: datetime, seq: int, agent: str, data: Mapping[str, Any]) -> None:
        self.closed = False

    # -- what no longer applies
    def _stopped(self, seq: int, at: datetime) -> None:
        for key in list(self.marks):
            fact = self.fact(key)
            if fact is None or fact.killer or fact.attempt:
                continue
            if self.applies(key) is not False:
                self.off.discard(key)
            elif key not in self.off:
                self.off.add(key)
                self._lose(key, seq, at, "no longer applicable")
                self._spoil(key, seq, at, "it did not apply for a while")


def _contradicts(fact: Fact, mark: Mark, known: Mapping[str, str]) -> bool:
    seen = known.get(fact.evidence, "") if fact.evidence else ""
    if not seen or not mark.done or fact.still_open.intersection(mark.value):
        return False
    return seen not in mark.value and seen != mark.saw.get(fact.evidence, "")


def _named(key: Key) -> str:
    return f"{key[1]} of {key[2]}" if key[2] else key[1]


def undone_in(rows: Sequence[Row]) -> set[str]:
    """The events that a log says were undone; with a change of domain goes the authentication that it took back."""
    gone = {str(row["data"].get("entry")) for row in rows if row["what"] == "undone"}
    return gone | {row["id"] for row in rows if row["what"] == "revoked" and row["id"][:-1] in gone}


def ledger_of(rows: Sequence[Row], told: Told) -> Ledger:
    """The ledger after these events: what was undone among them was never written."""
    gone = undone_in(rows)
    ledger = Ledger(told)
    for row in rows:
        if row["id"] in gone:
            ledger.pass_by(row)
        else:
            ledger.take(row)
    return ledger
