"""Lines made up by hand that hold the form of a case: whatever they say, what reads them goes on."""

from __future__ import annotations

import random
from typing import Any

import pytest

from oxtui.cases.log.replay import replay
from oxtui.cases.nbs import lasting
from oxtui.cases.notes.handover import chase, handover
from oxtui.cases.notes.note import short_note, wrap_up
from oxtui.cases.notes.report import summary
from oxtui.cases.notes.versions import compare
from oxtui.cases.overview import overview
from oxtui.cases.templates import cover, fill
from oxtui.cases.transfer import decoded, encoded, restored
from oxtui.clock import Clock
from oxtui.errors import WrongUse
from tests.core.fuzz_home import spoil
from tests.core.test_handover import made
from tests.core.worked import SUNDAY, confirmed, shipped

PROCEDURE = shipped().procedure
CLOCK = Clock(SUNDAY)
BOXES = ["anna@x.org", "ben@x.org", "cora@y.org"]
NAMES = [*BOXES, "x", ""]
WORDS = ["", "x", "yes", "=1+1", "2026-11-20", "0001-01-01", "…", "a\nb", "9" * 40, "order", "e1"]
KINDS = (
    "opened details mailboxes licences covered call call-ended parked still-there auth-failed revoked flow scenario "
    "ticked answered quote settled corrected taken-back skipped deferred unwound cleared not-yet line evidence hold "
    "resumed closed reopened imported moved undone copying copied note sang"
).split()


class Dice:
    """Events of the right types and of any values."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.number = self.random.choice((1, 2, 2, 3))
        self.items = list(PROCEDURE.scenarios[self.number].by_id.values())
        self.ids = ["e1"]

    def one(self, *of: Any) -> Any:
        return self.random.choice(of)

    def some(self, of: list[Any]) -> list[Any]:
        return self.random.sample(of, self.random.randint(0, len(of)))

    def key(self) -> list[str]:
        return [self.one(*self.items).id, self.one(*NAMES)]

    def effects(self) -> dict[str, Any]:
        return {
            "ended": [self.key() for _ in range(self.random.randint(0, 2))],
            "stale": [[*self.key(), self.one("licence", "evidence", "x")] for _ in range(self.random.randint(0, 2))],
            "asked": [[*self.key(), self.one("1234", "34", "23", ""), "licence"] for _ in range(self.one(0, 0, 1))],
            "renewed": [self.key() for _ in range(self.one(0, 0, 1))],
        }

    def data(self, what: str) -> dict[str, Any]:
        item = self.one(*self.items)
        answers = [answer.id for answer in item.answers] or ["2026-11-20", "x"]
        day = self.one("2026-11-20", "2026-11-20T10:00", "1999-01-01", "0001-01-01", "")
        found: dict[str, Any] = {
            "scenario": self.one(0, self.number, self.number, self.number, 9),
            "item": self.one(item.id, item.id, item.id, "x"), "mailboxes": self.some(NAMES),
            "value": self.some(answers) if what != "line" else self.one(*WORDS),
            "told": self.one(*WORDS), "reason": self.one(*WORDS), "way": self.one("1", "2", "3", "4", ""),
            "effects": self.effects(), "boards": {str(self.number): self.effects(), "9": self.effects()},
            "values": {self.one("jira", "order", "x"): self.one(*WORDS)}, "entry": self.one(*self.ids),
            "call": self.one("", *self.ids), "mode": self.one("client", "writing", "back-office", "x"),
            "for": self.one(*WORDS), "until": day, "template": self.one(*PROCEDURE.templates, "x"),
            "key": self.one("dns", "x"), "added": self.some(BOXES), "removed": self.some(NAMES),
            "known": {self.one(*NAMES): {"ox-mail": self.one("yes", "no", "unknown")}},
            "reasons": {self.one(*NAMES): self.one("mistyped", "removed", "not-part")},
            "renamed": {self.one(*NAMES): self.one(*BOXES)}, "uncovered": {str(self.number): self.some(NAMES)},
            "kept": [["1", "order", "order", self.one(*NAMES)]], "answers": {"moved": self.one("done", "x")},
            "word": {"who": self.one(*WORDS), "when": self.one("2026-11-20", "")}, "covered": self.one(True, False),
            "told_at": "2026-11-20T10:00:00+11:00", "written_at": "2026-11-20T09:00:00+11:00",
            "count": self.one(1, 99_999, None), "domain": self.one(*WORDS), "missing": self.some(WORDS),
            "ending": self.one("complete", "x"), "left": self.some(WORDS), "begun": self.one(*self.ids),
            "clearing": self.one(*self.ids), "text": self.one(*WORDS), "shown": self.some(WORDS),
            "despite": self.some([1, 2, 10**9]), "evidence": self.one({}, {"domain": 7}, {"mx": "x"}), "again": True,
            "already": item.id, "from": self.one(*WORDS), "instead": self.some(self.ids),
        }  # fmt: skip
        if what == "quote":
            return {"scenario": self.number, "item": "quote", "quote": QUOTE}
        kept = {name: value for name, value in found.items() if self.random.random() < 0.9}
        return kept | {"playbook": "ab" * 32 if what == "moved" else PROCEDURE.digest}

    def payload(self) -> list[Any]:
        rows = [["e1", 0, 0, "opened", {"domain": "x.org", "playbook": PROCEDURE.digest}]]
        rows.append(["e2", 1000, 0, "mailboxes", {"added": BOXES[:2], "removed": [], "boards": {}}])
        rows.append(["e3", 1000, 0, "call", {"mode": "client"}])
        rows.append(["e4", 1000, 0, "scenario", {"scenario": self.number, "boards": {}}])
        for number in range(5, 40):
            what = self.one(*KINDS)
            rows.append([f"e{number}", self.one(0, 1000, 10**7, -(10**7)), self.one(0, 1), what, self.data(what)])
            self.ids.append(f"e{number}")
        return ["abc", 1_790_000_000_000, PROCEDURE.digest, ["anna", "eve"], rows]


QUOTE = next(kept["data"]["quote"] for kept in confirmed().document["log"] if kept["what"] == "quote")


@pytest.mark.parametrize("seeds", [range(start, start + 25) for start in (0, 25, 50)], ids=str)
def test_whatever_a_line_says_it_is_refused_or_read_and_told(seeds: range) -> None:
    taken = 0
    for seed in seeds:
        payload = Dice(seed).payload()
        for version in (1, 2):
            try:
                document = decoded(made(payload, version=version))
            except WrongUse:
                payload = without_bad_dates(payload)
                document = decoded(made(payload, version=version))
            taken += 1
            assert decoded(encoded(document)) == document
            for known in (document, restored(document, "bob", SUNDAY, procedure=PROCEDURE, moved=seed % 2 == 0)):
                case = replay(known, PROCEDURE, SUNDAY, agent="anna")
                assert wrap_up(case, CLOCK).endswith("\n") and len(short_note(case, CLOCK)) <= 4000
                assert handover([case], CLOCK) and compare(case, case, 3, CLOCK) and overview(case).as_json()
                assert summary(case)["id"] == "abc"
                chase(case, CLOCK)
                lasting(case)
                for template in PROCEDURE.templates.values():
                    assert fill(case, template, clock=CLOCK).text() and cover(case, template, CLOCK)
    assert taken == 2 * len(seeds)


def without_bad_dates(payload: list[Any]) -> list[Any]:
    """The same line without what it is refused for."""
    case_id, opened, digest, agents, rows = payload
    dates = ("until", "word")
    kept = []
    for event_id, passed, agent, what, data in rows:
        if what in ("hold", "deferred"):
            data = {**data, "until": "2026-11-20"}
        else:
            data = {name: value for name, value in data.items() if name not in dates}
        kept.append([event_id, passed, agent, what, data])
    return [case_id, opened, digest, agents, kept]


@pytest.mark.parametrize("seeds", [range(start, start + 60) for start in (0, 60)], ids=str)
def test_a_line_with_anything_changed_in_it_is_refused_or_read(seeds: range) -> None:
    """Values of another type, huge and tiny ones, half letters, deep nesting, parts taken out or put twice."""
    read = 0
    for seed in seeds:
        dice = random.Random(seed)
        payload = spoil(without_bad_dates(Dice(seed).payload()), dice)
        try:
            line = made(payload, version=dice.choice((1, 2)))
        except (TypeError, ValueError, LookupError):
            continue  # what cannot even be written as a line
        try:
            document = restored(decoded(line), "bob", SUNDAY, procedure=PROCEDURE, moved=seed % 2 == 0)
        except WrongUse:
            continue
        read += 1
        case = replay(document, PROCEDURE, SUNDAY, agent="anna")
        assert overview(case).id and wrap_up(case, CLOCK) and decoded(encoded(document))
    assert read > 5
