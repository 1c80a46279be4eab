"""A sentence that was meant for another window answers nothing and opens nothing."""

from __future__ import annotations

import os
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from oxtui.cases.case import Case
from oxtui.cases.commands.base import Command
from oxtui.cases.commands.calls import BeginCall, EndCall, FailAuthentication, Park
from oxtui.cases.commands.closing import Close
from oxtui.cases.commands.details import SetDetails
from oxtui.cases.commands.scenarios import Choose
from oxtui.cases.commands.undo import UndoIt
from oxtui.cases.commands.waiting import SetHold
from oxtui.errors import Refusal
from oxtui.screens.call_flow.screen import CallFlowScreen
from oxtui.screens.case.killer_box import KillerBox
from oxtui.screens.case.screen import CaseScreen
from oxtui.screens.dialogs.ask import Pick, PickSeveral
from oxtui.screens.dialogs.write import Write
from oxtui.screens.home.screen import HomeScreen
from oxtui.screens.keyboard.typing_guard import Burst
from oxtui.screens.new_case import NewCaseScreen
from oxtui.screens.pages.calculator import CalculatorScreen
from oxtui.screens.pages.history import HistoryScreen
from oxtui.screens.pages.reference import ReferenceScreen
from oxtui.screens.pages.templates import TemplatesScreen
from oxtui.service import Service
from tests.drive.case import Walk as Worked
from tests.drive.screen import Timed, pressed, walking
from tests.drive.waiting import until

SENTENCES = (
    "can you ring me back at 3 please",
    "yes that is fine, thank you",
    "ok will do",
    "I will be five minutes late",
    "did anyone hear from Platform Support today?",
    "quick question about the roster",
    "you can close mine as well",
    "the client wants a callback on Tuesday",
    "was that the Brightside case or the other one?",
    "no worries, take your time",
    "a customer is on hold for you on line 2",
    "12 mailboxes and none of them sync",
    "by the way, lunch is at 12:30",
    "still waiting for the SME to answer",
    "hi all, is the chat down again?",
    "Yes please",
    "zoom link is in the invite",
    "as I said, she rang twice already",
    "just a sec, let me look at that",
    "an email came in from the bakery",
    "0412 345 678 is her mobile",
    "2 more calls and I am done",
    "x-ray of the phone tree please lol",
    "let me know when it is done",
    "bye for now, see you tomorrow",
    "sounds good to me",
    "at 10 I have a meeting, sorry",
    "us too, same error on our side",
    "jira is slow today for everyone",
    "vacation form is due on friday",
)
SPEEDS = (40, 65, 90)
LONG = bool(os.environ.get("OXTUI_LONG"))


def shares(seed: object) -> Iterator[float]:
    """How people type: each gap a share of the mean, the same ones at every run."""
    chance = random.Random(str(seed))
    while True:
        yield chance.uniform(0.6, 1.4)


def kinds(service: Service, case_id: str) -> list[str]:
    return [entry.what for entry in service.case(case_id).log]


# -- where it falls
def plain(service: Service, *commands: Command) -> Case:
    case = service.start("brightside.com.au", mailboxes=("anna@brightside.com.au", "info@brightside.com.au"))
    for command in commands:
        case = service.change(case.id, command)
    return case


def in_call(service: Service) -> Case:
    return plain(service, BeginCall("client"), Choose(1))


def with_killer(service: Service) -> Case:
    """All is done but the cancellation, which only waits to be confirmed."""
    worked = Worked(service, plain(service).id)
    return worked.back().case


def killer_not_in_call(service: Service) -> Case:
    return service.change(with_killer(service).id, EndCall())


def waiting(service: Service) -> Case:
    return service.change(in_call(service).id, SetHold("the client", "2026-12-24"))


def nothing(service: Service) -> None:
    in_call(service)


async def stay(walk: Timed, case: Case | None) -> None:
    """Home."""


def case_screen(*keys: str) -> Callable[[Timed, Case], Awaitable[None]]:
    async def go(walk: Timed, case: Case) -> None:
        await walk.open(case)
        for key in keys:
            await walk.key(key)
            await walk.wait(0.1)  # what the key began may draw itself a moment later
            await walk.settle()

    return go


def screen(kind: Callable[..., Any], *, of_case: bool = False) -> Callable[[Timed, Case], Awaitable[None]]:
    async def go(walk: Timed, case: Case) -> None:
        await walk.show(kind(case) if of_case else kind())

    return go


def dialog(make: Callable[[], Any]) -> Callable[[Timed, Case], Awaitable[None]]:
    async def go(walk: Timed, case: Case) -> None:
        await walk.open(case)
        await walk.show(make())

    return go


async def call_dialog(walk: Timed, case: Case) -> None:
    if not case.conversation.live:
        case = walk.service.change(case.id, BeginCall("client"))
    await walk.open(case)
    await walk.key("A")


def closed(service: Service) -> Case:
    case = in_call(service)
    service.change(case.id, Close("unreachable"))
    return in_call(service)


PLACES: dict[str, tuple[Callable[[Service], Any], Callable[..., Awaitable[None]], type]] = {
    "home": (nothing, stay, HomeScreen),
    "new case": (nothing, screen(NewCaseScreen), NewCaseScreen),
    "picker, not authenticated": (plain, screen(CallFlowScreen, of_case=True), CallFlowScreen),
    "picker, authenticated": (
        lambda d: plain(d, BeginCall("client")),
        screen(CallFlowScreen, of_case=True),
        CallFlowScreen,
    ),
    "case, in a call": (in_call, case_screen(), CaseScreen),
    "case, killer current": (with_killer, case_screen(), CaseScreen),
    "case, killer current, no call": (killer_not_in_call, case_screen(), CaseScreen),
    "case, waiting": (waiting, case_screen(), CaseScreen),
    "template panel": (with_killer, case_screen("t"), CaseScreen),
    "template panel, scenario 1": (in_call, case_screen("tab", "tab"), CaseScreen),
    "notes panel": (with_killer, case_screen("shift+tab"), CaseScreen),
    "calculator": (nothing, screen(CalculatorScreen), CalculatorScreen),
    "calculator of a case": (in_call, screen(CalculatorScreen, of_case=True), CalculatorScreen),
    "templates": (nothing, screen(TemplatesScreen), TemplatesScreen),
    "reference": (nothing, screen(ReferenceScreen), ReferenceScreen),
    "history": (closed, screen(HistoryScreen), HistoryScreen),
    "killer to be read": (with_killer, case_screen("enter"), KillerBox),
    "call dialog": (with_killer, call_dialog, Pick),
    "details dialog": (with_killer, case_screen("i"), Pick),
    "closing dialog": (with_killer, case_screen("z"), Pick),
    "mailboxes dialog": (
        with_killer,
        dialog(lambda: PickSeveral("Which?", [("anna", ""), ("info", "")])),
        PickSeveral,
    ),
    "note dialog": (with_killer, case_screen("n"), Write),
}


def told(walk: Timed) -> str:
    """What was told last, where one did not come to the place."""
    return "; ".join(str(note.message) for note in walk.app._notifications)[-300:]


@asynccontextmanager
async def at(place: str, home: Path) -> AsyncIterator[tuple[Timed, Callable[[], Awaitable[None]], Callable[[], Any]]]:
    """The app, what brings one to the place, and what tells the state that a sentence may not change."""
    made, go, kind = PLACES[place]
    kept: list[Any] = []
    async with walking(home, made=lambda service: kept.append(made(service))) as walk:
        case = kept[0]

        async def begin() -> None:
            await walk.fresh_home()
            now = walk.service.case(case.id) if case else None
            if (
                now and now.conversation.mode == "client" and now.conversation.lapsed
            ):  # so many sentences take longer than a call
                walk.service.change(now.id, BeginCall("client"))
            await go(walk, walk.service.case(case.id) if case else None)
            assert isinstance(walk.screen, kind), f"{walk.screen}: {told(walk)}"

        yield walk, begin, lambda: state(walk.service)


def state(service: Service) -> dict[str, Any]:
    """What stands of every case: nothing that was taken back is in it."""
    found: dict[str, Any] = {}
    for row in service.overviews():
        case = service.case(row.id)
        found[row.id] = {
            "marks": {
                (number, *key): (mark.value, mark.told, mark.skipped, mark.stale, mark.asked)
                for number, board in case.boards.items()
                for key, mark in board.marks.items()
            },
            "beside": [(number, board.put_off, board.cleared) for number, board in case.boards.items()],
            "authenticated": case.auth_event and case.auth_event.id,
            "scenario": case.number,
            "lines": {key: line.value for key, line in case.lines.items()},
            "details": case.details,
            "mailboxes": case.addresses,
            "waits": case.hold and case.hold.waits_for,
            "copies": sum(event.what in ("copying", "copied") for event in case.log),
            "notes": sum(event.what == "note" and event.id not in case.dropped for event in case.log),
        }
    return found


def typed_at(place: str) -> Iterator[tuple[str, int]]:
    """The sentences for a place and their speeds; in the short run every one falls on two of the places or so.

    Each place has two or three of them, of another speed each, and the next place has the next ones.
    """
    at = list(PLACES).index(place)
    for number, sentence in enumerate(SENTENCES):
        for turn, speed in enumerate(SPEEDS):
            if LONG or ((number + at) % 13 == 0 and turn == (number + at // 13) % 3):
                yield sentence, speed


def asks_what_becomes_of_it(walk: Timed) -> bool:
    """Whether it is asked whether what the keys did is kept."""
    return isinstance(walk.screen, Pick) and walk.screen.options[0][0] == "keep what was done"


@pytest.mark.parametrize("place", PLACES)
async def test_a_sentence_does_no_harm(place: str, tmp_path: Path) -> None:
    """Where its keys did anything, that is asked about, and one key takes all of it back."""
    async with at(place, tmp_path) as (walk, begin, stands):
        for sentence, speed in typed_at(place):
            await begin()
            before = stands()
            await walk.type(sentence, speed, shares((place, sentence, speed)))
            await walk.key("enter", 0.3)
            await walk.wait(5)
            told = f"{place}: {sentence!r} at {speed}"
            walk.check(told)
            if asks_what_becomes_of_it(walk):
                await walk.key("2")
            assert stands() == before, told
            assert walk.app.clipboard == "", told
            assert not walk.app.ends, told


async def test_what_was_typed_is_offered_as_a_note(tmp_path: Path) -> None:
    async with at("case, in a call", tmp_path) as (walk, begin, _):
        await begin()
        await walk.type("the client rings", 65)
        await walk.key("enter", 0.3)
        await walk.type("back at three", 65)
        await walk.wait(3)
        assert "the client rings" in walk.lines()[-5] and "back at three" in walk.lines()[-4]
        assert isinstance(walk.screen, Pick)
        assert walk.screen.options[0][0] == "forget it", "what an agent presses who goes on answering"
        await walk.key("2")
        assert "Kept as a note" in told(walk)
        (row,) = walk.service.overviews()
        notes = [entry.data["text"] for entry in walk.service.case(row.id).log if entry.what == "note"]
        assert notes == ["the client rings\nback at three"]


async def test_a_line_of_known_letters_ends_the_burst_before_its_enter_acts(tmp_path: Path) -> None:
    """'y' and enter behind one letter that means nothing there confirm no cancellation."""
    async with at("killer to be read", tmp_path) as (walk, begin, stands):
        await begin()
        before = stands()
        await walk.type("y", 65)
        await walk.key("enter", 0.3)
        await walk.wait(5)
        assert stands() == before


async def test_a_closing_typed_by_accident_is_asked_about_and_taken_back(tmp_path: Path) -> None:
    """z and a digit close at once where an ending fits; the rest of the line stops there, and one key reopens."""
    async with at("case, in a call", tmp_path) as (walk, begin, stands):
        await begin()
        before = stands()
        (case_id,) = before
        await walk.type("z4 is my favourite", 65)  # what the client needed is asked: nothing is closed yet
        await walk.key("enter", 0.3)
        await walk.wait(5)
        walk.check()
        assert walk.service.case(case_id).closed is None and stands() == before
        burst = Burst(walk.clock.seconds, 1, "z1 is")
        closed_case = walk.service.change(case_id, Close("unreachable"))
        burst.done = [(case_id, closed_case.log[-1])]
        walk.app.typing.burst = burst
        walk.app.typing._stop(burst)
        await walk.wait(5)
        assert asks_what_becomes_of_it(walk) and "the case closed" in walk.screen.options[0][1]  # type: ignore[attr-defined]
        await walk.key("2")
        assert walk.service.case(case_id).closed is None


async def test_what_a_burst_did_is_named_and_kept_with_one_key(tmp_path: Path) -> None:
    async with at("case, in a call", tmp_path) as (walk, begin, _):
        await begin()
        (row,) = walk.service.overviews()
        await walk.type("12 of the mailboxes please", 65)
        await walk.wait(5)
        assert asks_what_becomes_of_it(walk)
        names = walk.screen.options[0][1]  # type: ignore[attr-defined]
        assert names and kinds(walk.service, row.id).count("answered") == len(names.split(", "))
        await walk.key("enter")
        assert "undone" not in kinds(walk.service, row.id)
        assert "answered" in kinds(walk.service, row.id)


async def test_what_was_typed_can_be_taken_back_and_kept_as_a_note(tmp_path: Path) -> None:
    async with at("case, in a call", tmp_path) as (walk, begin, _):
        await begin()
        (row,) = walk.service.overviews()
        await walk.type("12 of the mailboxes please", 65)
        await walk.wait(5)
        await walk.key("3")
        case = walk.service.case(row.id)
        assert not case.board.marks
        assert [event.get("text") for event in case.log if event.what == "note"] == ["12 of the mailboxes please"]


async def test_changes_on_their_way_at_once_are_taken_back_once_each(tmp_path: Path) -> None:
    """The second was sent before the first was on disk: taken back twice, the call would cost the one before it."""
    async with at("case, waiting", tmp_path) as (walk, begin, stands):
        await begin()
        before = stands()
        (case_id,) = before
        burst = walk.app.typing.burst = Burst(walk.clock.seconds, 2, "as I said")
        for command in (BeginCall("client"), SetDetails({"phone": "0299"})):
            walk.app.submit(case_id, command, lambda case: None, walk.app.tell)
        await walk.settle()
        assert kinds(walk.service, case_id)[-2:] == ["call", "details"]
        walk.app.typing._stop(burst)
        await walk.wait(5)
        assert asks_what_becomes_of_it(walk)
        await walk.key("2")
        assert sorted(kinds(walk.service, case_id)[-2:]) == ["revoked", "undone"]
        assert stands() == before


async def test_what_was_taken_back_is_said_although_the_rest_was_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second of three is refused, and the third is dropped with it."""
    async with at("case, waiting", tmp_path) as (walk, begin, _):
        await begin()
        (row,) = walk.service.overviews()
        burst = walk.app.typing.burst = Burst(walk.clock.seconds, 2, "as I said")
        for command in (SetDetails({"phone": "0299"}), SetDetails({"contact": "Jo"}), BeginCall("client")):
            walk.app.submit(row.id, command, lambda case: None, walk.app.tell)
        await walk.settle()
        change = walk.service.change

        def once_all_are_sent(*given: Any) -> Case:
            if isinstance(given[1], UndoIt):
                raise Refusal("Not now")
            until(lambda: len(walk.app.outbox.pending) == 3)
            return change(*given)

        monkeypatch.setattr(walk.service, "change", once_all_are_sent)
        walk.app.typing._stop(burst)
        await walk.wait(5)
        await walk.key("2")
        await walk.settle()
        assert "Taken back: authenticated" in told(walk) and "1 key typed behind it was dropped" in told(walk)


async def test_a_call_is_not_lost_because_a_sentence_said_how_it_was_authenticated(tmp_path: Path) -> None:
    async with at("case, in a call", tmp_path) as (walk, begin, _):
        await begin()
        (row,) = walk.service.overviews()
        burst = walk.app.typing.burst = Burst(walk.clock.seconds, 2, "as I said")
        for command in (BeginCall("client", "PIN"), SetDetails({"phone": "0299"})):
            walk.app.submit(row.id, command, lambda case: None, walk.app.tell)
        await walk.settle()
        walk.app.typing._stop(burst)
        await walk.wait(5)
        assert asks_what_becomes_of_it(walk)
        await walk.key("2")
        await walk.settle()
        assert kinds(walk.service, row.id)[-2:] == ["details", "undone"]
        assert walk.service.case(row.id).conversation.live


@pytest.mark.parametrize("failed", [False, True])
async def test_all_that_is_listed_is_taken_back_and_what_stays_is_named(failed: bool, tmp_path: Path) -> None:
    """Another client's call was parked for this one: it is on the line again. A failed authentication stays."""
    async with at("case, in a call", tmp_path) as (walk, begin, stands):
        await begin()
        (other,) = walk.service.overviews()
        walk.service.change(other.id, BeginCall("client"))
        case = walk.service.start("kitchens.com.au")
        third = walk.service.start("joinery.com.au")
        before = stands()
        burst = walk.app.typing.burst = Burst(walk.clock.seconds, 2, "c2 is")
        commands: list[tuple[str, Command]] = [(other.id, Park()), (case.id, BeginCall("client"))]
        if failed:
            commands.append((third.id, FailAuthentication()))
        for case_id, command in commands:
            walk.app.submit(case_id, command, lambda case: None, walk.app.tell)
        await walk.settle()
        walk.app.say("Authenticated", about="call")
        walk.app.typing._stop(burst)
        await walk.wait(5)
        assert isinstance(walk.screen, Pick)
        keep, back = walk.screen.options[:2]
        assert "the call parked (brightside.com.au), authenticated (kitchens.com.au)" in keep[1]
        assert back == ("take it back", "all but not authenticated (joinery.com.au)" if failed else "")
        await walk.key("2")
        after = stands()
        assert walk.service.case(other.id).conversation.live and not walk.service.case(other.id).conversation.parked
        assert not walk.service.case(case.id).authenticated
        assert after[other.id] == before[other.id]
        assert "Taken back: the call parked (brightside.com.au), authenticated (kitchens.com.au)" in told(walk)
        assert "Authenticated" not in told(walk), "no longer true"


@pytest.mark.parametrize(
    ("keys", "answer", "number", "completed"),
    [
        ("3 0 4 1 2 enter", "1", "30412", ()),  # 3 asks why it was refused: the rest would be the reason
        ("1 2 1 1 2", "1", "12112", ()),
        ("1 2 1 1 2", "2", "", ("completed",)),
        ("1 2 1 1 2", "3", "", ()),
        ("O R 3 0 4 1 2", "1", "OR30412", ()),
        ("1 1 1 1", "", "", ("completed",)),  # impatient
        ("1 1", "", "", ("completed",)),
    ],
)
async def test_a_number_typed_behind_the_order_is_its_number_and_answers_nothing(
    keys: str, answer: str, number: str, completed: tuple[str, ...], tmp_path: Path
) -> None:
    async with walking(tmp_path) as walk:
        worked = Worked(walk.service).plan(1, "yearly", "yearly")
        worked.tick("tell-team", through="chat")
        worked.answer("salesforce-reason", "no-case")
        worked.quote()
        await walk.open(worked.case)
        await walk.keys("space", *keys.split(), gap=0.17)
        await walk.wait(3)
        walk.check(keys)
        if answer:
            assert (
                isinstance(walk.screen, Pick)
                and walk.screen.heading == f"Order number {keys.replace(' enter', '').replace(' ', '')}?"
            )
            await walk.key(answer)
        assert not isinstance(walk.screen, Pick)
        mark = worked.case.marks("order")[""]
        typed = worked.case.typed_with(mark)
        assert typed and (typed.get("values") or {}).get("order", "") == number
        found = worked.case.marks("order-completed").get("")
        assert (found.value if found else ()) == completed


async def test_a_question_that_a_digit_of_the_burst_led_to_is_closed_with_it(tmp_path: Path) -> None:
    """The figures of a number choose in one dialog, which leads to the next: neither is left open."""
    async with at("case, in a call", tmp_path) as (walk, begin, stands):
        await begin()
        await walk.keys(*"2112")
        screen = walk.screen
        assert isinstance(screen, CaseScreen)
        screen.checklist.put_cursor(next(n for n, row in enumerate(screen.checklist.rows) if row.item.values))
        await walk.key("enter")
        before = stands()
        assert walk.screen is not screen, "its number is asked, or by whom it was done"
        await walk.type("0012345", 90)
        await walk.wait(5)
        if asks_what_becomes_of_it(walk):
            await walk.key("2")
        assert isinstance(walk.screen, CaseScreen) and stands() == before


@pytest.mark.parametrize(
    ("item", "text"),
    [
        ("issue", "1 2 please call me back at 0412 111 222 about the 3 mailboxes"),
        ("settings", "1 new mailbox was added please check 2"),
    ],
)
async def test_a_pasted_line_leaves_no_answer_and_no_mark_behind(item: str, text: str, tmp_path: Path) -> None:
    """Unbracketed, it comes as keys without a pause: its first digit chooses, and a letter opens a note."""
    async with walking(tmp_path) as walk:
        worked = Worked(walk.service).begin(3)
        if item != "issue":
            worked.answer("issue", "missing-mail")
        screen = await walk.open(worked.case, item)
        await walk.wait(3)
        for character in text:
            walk.app.post_message(pressed({" ": "space"}.get(character, character), walk.clock.seconds))
        await walk.settle()
        await walk.wait(5)
        walk.check(text)
        assert isinstance(walk.screen, Pick) and "another window" in walk.screen.heading
        taken = "take it back" in walk.text()
        await walk.key("2" if taken else "1")
        assert not worked.case.marks(item) and not screen.checklist.shown.picked and not screen.checklist.shown.offered
