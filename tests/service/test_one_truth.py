"""A case walked at random: what the screen knows, the note, the handover and a cancellation's rows never disagree."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from oxtui.cases import confirmation
from oxtui.cases.case import Case
from oxtui.cases.commands.waiting import KeepEvidence
from oxtui.cases.guard import may_clear
from oxtui.cases.nbs import lasting
from oxtui.cases.notes.handover import handover
from oxtui.cases.notes.note import short_note, wrap_up
from oxtui.cases.notes.unsettled import again, again_words
from oxtui.cases.outcome import answer_text
from oxtui.cases.overview import overview
from oxtui.cases.status import ASKS, State
from oxtui.cases.waits import name_of
from oxtui.cases.wording import noted, with_answer
from oxtui.clock import Clock
from oxtui.errors import OxtuiError, Refusal
from oxtui.playbook.model import Item
from oxtui.service import Service
from tests.core.worked import section
from tests.drive.case import DOMAIN, FakeClock, service_at, shipped
from tests.service.walker.hands import HANDS

STEPS = 150
HAND_NAMES = list(HANDS)
WEIGHTS = [weight for weight, _ in HANDS.values()]


class Walked:
    """Two panes of one home, and dice."""

    def __init__(self, home: Path, seed: int) -> None:
        self.dice = random.Random(seed)
        self.clock = FakeClock()
        self.panes = [service_at(home, agent, self.clock) for agent in ("anna", "ben")]
        self.playbook = shipped()
        self.begin()

    @property
    def now(self) -> Any:
        return self.clock.local()

    def begin(self) -> None:
        boxes = [
            f"{name}@{DOMAIN}" for name in self.dice.sample(("anna", "info", "sales"), self.dice.choice((1, 2, 2)))
        ]
        self.id = self.panes[0].start(DOMAIN, mailboxes=boxes).id

    def case(self, pane: Service | None = None) -> Case:
        return (pane or self.panes[0]).find(self.id)

    def step(self) -> str:
        """One thing is done, or refused; its name."""
        pane = self.panes[self.dice.random() < 0.15]
        if self.dice.random() < 0.05:
            self.clock.pass_(minutes=self.dice.choice((1, 30, 61, 60 * 24 * 3)))
        self.clock.pass_(seconds=20)
        name = self.dice.choices(HAND_NAMES, WEIGHTS)[0]
        case = self.case(pane)
        command = HANDS[name][1](self.dice, case, self)
        if command is None or (isinstance(command, KeepEvidence) and self.dice.random() < 0.5):
            return ""
        try:
            pane.change(self.id, command)
        except OxtuiError:
            return ""
        return type(command).__name__


def judged(case: Case, states: tuple[State, ...]) -> set[tuple[str, str]]:
    """The items and mailboxes in one of these states, as the screen has them."""
    return {
        (status.item.id, box)
        for status in case.applicable()
        for box, state in status.by.items()
        if state in states and case.marks(status.item.id).get(box)
    }


def block_of(case: Case, clock: Clock) -> list[str]:
    """The lines of a case in the handover."""
    (_, block) = handover([case], clock).rstrip("\n").split("\n\n")
    return [line.strip() for line in block.split("\n")]


def disagreements(case: Case, clock: Clock) -> Iterator[str]:
    """Where two of them say different things of one case."""
    note = wrap_up(case, clock)
    head = note.split("\n\n")[0].split("\n")
    nbs = [nb.text for nb in lasting(case)]
    if section(note, "NB") != nbs:
        yield f"NBs on the screen {nbs}, in the note {section(note, 'NB')}"
    if section(short_note(case, clock), "NB") != nbs:
        yield "NBs in the short note"
    if len(short_note(case, clock)) > 4000:
        yield "the short note is too long"
    rows = again(case)
    asked = {(row.item.id, box) for row in rows if not row.scenario for box in row.boxes}
    if asked != judged(case, tuple(ASKS)):
        yield f"to be checked again: told {asked}, on the screen {judged(case, tuple(ASKS))}"
    told = [again_words(case, row) for row in rows]
    if [row for row in told if row not in section(note, "CHECK AGAIN")]:
        yield "what is to be checked again is not in the note"
    if [row for row in told if not row.partition(" - ")[2].strip()]:
        yield f"no reason why: {told}"
    yield from _found(case, note)
    if case.closed:
        return
    block = block_of(case, clock)
    if [line.removeprefix("NB ") for line in block if line.startswith("NB ")] != nbs:
        yield "NBs in the handover"
    if [line.removeprefix("Check again: ") for line in block if line.startswith("Check again: ")] != told:
        yield "what is to be checked again is not in the handover"
    for lines, where in ((head, "note"), (block, "handover")):
        if sum(line.startswith("Cleared ") and "not confirmed" in line for line in lines) != len(case.cleared):
            yield f"what was cleared, in the {where}"
        for left in case.left_out:
            if not any(line.startswith("Left out: ") and left.mailbox.address in line for line in lines):
                yield f"{left.mailbox.address} was left out: not in the {where}"
    if len(overview(case).cleared) != len(case.cleared):
        yield "what was cleared, on Home"
    unsaid = any("Still to decide" in line for line in section(note, "CHECK AGAIN"))
    if unsaid != bool(case.uncovered) or any("Still to decide" in line for line in block) != unsaid:
        yield "mailboxes that came after the order"
    for item in case.scenario.items() if case.scenario else ():
        if item.killer:
            yield from _killer(case, item, note, nbs, asked)


def _found(case: Case, note: str) -> Iterator[str]:
    """Where the note gives an answer as a fact that does not stand, or the reverse."""
    rows = section(note, "FOUND")
    for status in case.applicable():
        item = status.item
        if item.kind != "question" or item.waits_on or _ended(case, item):
            continue
        for box, mark in case.marks(item.id).items():
            state = status.by.get(box, State.NOT_APPLICABLE)
            if mark.skipped or state is State.NOT_APPLICABLE:
                continue
            words = with_answer(item, answer_text(item, mark.value, case.procedure.words)).partition("; ")[0]
            beginning = with_answer(item, "")
            mine = [row for row in rows if row.startswith(beginning)]
            if not any(answer_text(item, mark.value, case.procedure.words) in row for row in mine):
                yield f"'{words}' was answered, and is not told: {mine}"
            if state is State.STALE and not any("(to be checked again)" in row for row in mine):
                yield f"'{words}' has to be checked again, and is told as a fact"
            if state is State.IN_DOUBT and not any("(depends on " in row for row in mine):
                yield f"'{words}' is in doubt, and is told as a fact"
            alike = {each for each in status.by.values() if each is not State.NOT_APPLICABLE}
            if alike == {State.DONE} and any("(to be checked again)" in row or "(depends on " in row for row in mine):
                yield f"'{words}' stands, and is told as what does not"


def _ended(case: Case, question: Item) -> bool:
    items = case.scenario.items() if case.scenario else ()
    killers = [item.id for item in items if item.already and item.already.item == question.id]
    return any((name, "") in case.board.marks for name in killers)


def _killer(case: Case, item: Item, note: str, nbs: list[str], asked: set[tuple[str, str]]) -> Iterator[str]:
    """What is read before a service is ended, against the note, and against what the guard says."""
    rows = confirmation.rows(case, item)
    rested = confirmation.rested_on(case, item)
    left = {row.text.removeprefix("Left out: ") for row in rows if row.text.startswith("Left out: ")}
    if left != {each.mailbox.address for each in case.left_out}:
        yield f"left out, in the rows: {left}"
    for each in rested:
        if not any(row.text.startswith(noted(each)) for row in rows) and judged(case, (State.DONE,)) & {
            (each.id, box) for box in ("", *case.addresses)
        }:
            yield f"'{noted(each)}' has no row"
    done = (item.id, "") in case.board.marks
    told = any(line.endswith(f"{noted(item)}") or f" {noted(item)} " in line for line in section(note, "DONE"))
    if done and not told:
        yield f"'{noted(item)}' is done, and not told"
    if done or case.standing is None:
        return
    try:
        may_clear(case.position(), item)
    except Refusal:
        return
    doubted = judged(case, (State.IN_DOUBT,))
    for each in rested:
        if {name for name, _ in asked | doubted} & {each.id}:
            yield f"'{item.text}' may be done, and '{name_of(each)}' has to be checked again"
    locking = [nb.text for nb in case.procedure.nbs.values() if item.id in nb.locks]
    if set(locking) & set(nbs) or case.uncovered or not case.addresses:
        yield f"'{item.text}' may be done, and the note warns of it"


@pytest.mark.parametrize("seed", range(4))
def test_one_truth(tmp_path: Path, seed: int) -> None:
    walked = Walked(tmp_path, seed)
    done: dict[str, int] = {}
    for _ in range(STEPS):
        name = walked.step()
        done[name] = done.get(name, 0) + 1
        for pane in walked.panes:
            case = walked.case(pane)
            assert list(disagreements(case, walked.clock)) == [], case.log[-1]
        if walked.case().closed:
            walked.begin()
    assert len(done) > 10, done


def test_it_finds_a_note_that_says_something_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The measure has teeth: a note without the lasting NBs is complained of."""
    walked = Walked(tmp_path, 0)
    monkeypatch.setattr("oxtui.cases.notes.note.lasting", lambda case: ())
    found: set[str] = set()
    for _ in range(STEPS):
        walked.step()
        found.update(line[:3] for line in disagreements(walked.case(), walked.clock))
        if walked.case().closed:
            walked.begin()
    assert "NBs" in found
