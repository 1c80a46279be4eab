"""Conversations by keys: begun, taken back, parked, ended, two at once, somebody else's, and how they lapse."""

from __future__ import annotations

from pathlib import Path

import pytest

from oxtui.cases.case import Case
from oxtui.cases.commands.calls import BeginCall, EndCall, Park
from oxtui.cases.commands.scenarios import Choose
from oxtui.cases.status import State
from oxtui.playbook.flow import ends
from oxtui.screens.call_flow.screen import CallFlowScreen
from oxtui.screens.case.hang_up import clients_lines
from oxtui.screens.case.screen import CaseScreen
from oxtui.screens.home.screen import HomeScreen
from oxtui.screens.new_case import NewCaseScreen
from oxtui.service import Service
from tests.drive.case import FakeClock, Walk, playbook, service_at
from tests.drive.screen import SIZES, running


def service_of(home: Path, agent: str = "anna", clock: FakeClock | None = None) -> Service:
    return service_at(home / "oxhome", agent, clock or FakeClock(), playbook())


def fresh(service: Service, domain: str = "brightside.com.au") -> Case:
    return service.start(domain, mailboxes=(f"anna@{domain}",))


def kinds(service: Service, case: Case) -> list[str]:
    return [event.what for event in service.case(case.id).log if event.what not in ("opened", "mailboxes", "evidence")]


# -- the call flow
@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_a_call_begins_with_one_key_and_a_slip_is_taken_back_where_it_was_made(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    service = service_of(tmp_path)
    case = fresh(service)
    async with running(tmp_path, size, service=service) as tui:
        await tui.show(CallFlowScreen(case))
        await tui.press("a")
        assert service.case(case.id).conversation.live
        await tui.press("u")
        assert not service.case(case.id).authenticated and kinds(service, case) == ["call", "revoked"]
        assert isinstance(tui.screen, CallFlowScreen)
        await tui.press("1")
        assert "Authentication comes first" in tui.told()
        await tui.press("a", "1")
        await tui.until(lambda: isinstance(tui.screen, CaseScreen))
        assert service.case(case.id).number == 1


async def test_not_authenticated_is_reachable_after_a_slip_and_takes_it_with_it(tmp_path: Path) -> None:
    service = service_of(tmp_path)
    case = fresh(service)
    async with running(tmp_path, service=service) as tui:
        await tui.show(CallFlowScreen(case))
        await tui.press("a", "f")
        await tui.type("wrong PIN, and the answer to the second question was wrong")
        await tui.press("enter")
        await tui.until(lambda: service.case(case.id).auth_failed)
        now = service.case(case.id)
        assert not now.authenticated and not now.conversation.mode
        assert "could not authenticate" in tui.text()
        await tui.press("escape")
        assert any("a    if you can authenticate them after all" in line for line in tui.lines()), (
            "key and words together"
        )


async def test_how_and_in_writing_are_one_digit_more(tmp_path: Path) -> None:
    service = service_of(tmp_path)
    case = fresh(service)
    async with running(tmp_path, service=service) as tui:
        await tui.show(CallFlowScreen(case))
        await tui.press("A", "1")
        assert service.case(case.id).auth_event.get("method") == "PIN"  # type: ignore[union-attr]
        await tui.press("A")
        assert "The call How the client was authenticated, or what became of it." in tui.words()
        await tui.press("escape")
        await tui.press("A", "5")
        await tui.type("00123456")
        await tui.press("enter")
        await tui.type("tomorrow")
        await tui.press("enter")
        assert "still to come" in tui.text()
        await tui.press(*["backspace"] * 8)
        await tui.type("yesterday 16:20")
        await tui.press("enter")
        await tui.until(lambda: service.case(case.id).conversation.mode == "writing")
        begun = service.case(case.id).auth_event
        assert begun and begun.get("reference") == "00123456"
        assert str(begun.get("written_at")).startswith("2026-11-21T16:20")


async def test_what_the_client_wrote_is_asked_before_it_begins(tmp_path: Path) -> None:
    service = service_of(tmp_path)
    case = fresh(service)
    async with running(tmp_path, service=service) as tui:
        await tui.show(CallFlowScreen(case))
        await tui.press("A", "5", "enter")
        assert "Where did the client write?" in tui.text()
        await tui.press("escape")
        assert not service.case(case.id).conversation.mode


async def test_space_asks_question_by_question_and_keeps_the_path(tmp_path: Path) -> None:
    """A scenario chosen directly has no answers to questions that were never asked."""
    service = service_of(tmp_path)
    walked, direct = fresh(service), fresh(service, "direct.com.au")
    service.change(direct.id, BeginCall("client"))
    service.change(direct.id, Choose(3))
    service.change(direct.id, EndCall())
    assert not service.case(direct.id).flow
    async with running(tmp_path, service=service) as tui:
        await tui.show(CallFlowScreen(walked))
        await tui.press("a", "space")
        assert "Has the move of the mailboxes to OX-Mail begun?" in tui.text()
        await tui.press("3", "escape")
        assert service.case(walked.id).scenario is None, "esc leaves the walk"
        await tui.press("space", "3", "1")
        await tui.until(lambda: service.case(walked.id).number == 2)
        assert service.case(walked.id).flow == {"moved": "done", "want": "office-365"}


async def test_a_failed_authentication_stays_in_view_with_a_sentence_to_say(tmp_path: Path) -> None:
    service = service_of(tmp_path)
    case = fresh(service)
    words = service.playbook.procedure.auth_failed
    async with running(tmp_path, (120, 40), service=service) as tui:
        await tui.show(CallFlowScreen(case))
        await tui.press("f", *"wrong PIN", "enter")
        await tui.until(lambda: f"Say: {words[:30]}" in tui.text())
        await tui.press("escape")
        assert "Not authenticated 10:46: wrong PIN" in tui.text() and words[:30] in tui.text()
        assert service.overviews()[0].next == "Authenticate the client (failed 10:46)"
        await tui.press("a")
        assert "Not authenticated" not in tui.text() and words[:30] not in tui.text()


async def test_0_offers_the_ends_of_the_call_flow_and_a_walk_to_one_is_kept(tmp_path: Path) -> None:
    service = service_of(tmp_path)
    case = fresh(service)
    async with running(tmp_path, (120, 40), service=service) as tui:
        await tui.show(CallFlowScreen(case))
        await tui.press("a", "0")
        told = [each.text for each in ends(service.playbook.procedure)]
        assert len(told) == 4 and all(text in tui.text() for text in told)
        await tui.press("escape", "space", "1", "2")
        await tui.until(lambda: "Close as 'nothing to do'" in tui.text())
        assert service.case(case.id).flow == {"moved": "not-begun", "stay": "ox-mail"}


async def test_closing_from_the_call_flow_says_who_else_is_in_a_conversation_there(tmp_path: Path) -> None:
    service = service_of(tmp_path)
    case = fresh(service)
    service_of(tmp_path, "ben").change(case.id, BeginCall("client"))
    async with running(tmp_path, service=service) as tui:
        await tui.show(CallFlowScreen(case))
        await tui.until(lambda: tui.app.talks)  # type: ignore[attr-defined]
        await tui.press("z")
        await tui.press("1")
        assert "Ben is on the line since 10:46." in tui.words()


# -- in a case
async def test_a_in_a_live_call_says_that_the_client_is_still_there(tmp_path: Path) -> None:
    clock = FakeClock()
    service = service_of(tmp_path, clock=clock)
    walk = Walk(service, fresh(service).id).begin(1)
    async with running(tmp_path, service=service) as tui:
        await tui.open(walk.case)
        clock.pass_(minutes=50)
        await tui.press("a")
        assert kinds(service, walk.case)[-1] == "still-there"
        clock.pass_(minutes=50)
        assert walk.case.conversation.live, "its hour begins with the last event"


async def test_a_parked_call_is_taken_up_again_and_meanwhile_nothing_is_done_in_it(tmp_path: Path) -> None:
    service = service_of(tmp_path)
    walk = Walk(service, fresh(service).id).begin(1)
    async with running(tmp_path, service=service) as tui:
        await tui.open(walk.case)
        await tui.press("A", "7")
        await tui.until(lambda: walk.case.conversation.parked)
        await tui.press("1")
        assert walk.state("billed-now") is State.TODO and "parked" in tui.told()
        await tui.press("a", "1")
        assert walk.state("billed-now") is State.DONE
        assert kinds(service, walk.case)[-2:] == ["still-there", "answered"]


async def test_the_call_has_ended_and_back_office_goes_on(tmp_path: Path) -> None:
    service = service_of(tmp_path)
    walk = Walk(service, fresh(service).id).begin(1)
    async with running(tmp_path, service=service) as tui:
        await tui.open(walk.case)
        await tui.press("A", "6")
        await tui.until(lambda: not walk.case.conversation.mode)
        await tui.press("b", "1")
        assert walk.case.conversation.mode == "back-office" and walk.state("billed-now") is State.DONE


# -- two calls
@pytest.mark.parametrize(("key", "left"), [("1", "ended"), ("2", "parked")])
async def test_two_calls_at_once_are_one_question_where_the_second_begins(tmp_path: Path, key: str, left: str) -> None:
    service = service_of(tmp_path)
    first = Walk(service, fresh(service, "alpha.com.au").id).begin(1)
    second = fresh(service, "beta.com.au")
    async with running(tmp_path, service=service) as tui:
        await tui.show(CallFlowScreen(second))
        await tui.press("a")
        assert "You are on a call with alpha.com.au" in tui.text()
        assert not service.case(second.id).authenticated
        await tui.press(key)
        await tui.until(lambda: service.case(second.id).conversation.live)
        assert first.case.conversation.parked is (left == "parked")
        assert bool(first.case.conversation.mode) is (left == "parked")
        assert [case.domain for case in service.on_the_line()] == ["beta.com.au"]


async def test_the_scenarios_digit_typed_ahead_ends_nobodys_call(tmp_path: Path) -> None:
    """a and 2 in one go: the 2 was meant for the scenario, and the question is read first."""
    service = service_of(tmp_path)
    first = Walk(service, fresh(service, "alpha.com.au").id).begin(1)
    second = fresh(service, "beta.com.au")
    async with running(tmp_path, service=service) as tui:
        await tui.show(CallFlowScreen(second))
        tui.app.typing.monotonic = lambda: tui.seconds
        await tui.press("a")
        tui.seconds -= 1.0  # the next key comes at the same moment
        await tui.press("2")
        assert first.case.conversation.live and not service.case(second.id).authenticated
        assert "First, that other call: has it ended?" in tui.text()
        for key in ("enter", "c", "2", "enter"):  # three keys a second, as if the question were not there
            tui.seconds -= 0.67
            await tui.press(key)
        assert not first.case.conversation.parked and first.case.conversation.live
        assert not service.case(second.id).authenticated and "Was that meant" not in tui.text()
        await tui.press("2")
        await tui.until(lambda: service.case(second.id).conversation.live)
        assert first.case.conversation.parked


async def test_esc_leaves_both_calls_as_they_are(tmp_path: Path) -> None:
    service = service_of(tmp_path)
    first = Walk(service, fresh(service, "alpha.com.au").id).begin(1)
    second = fresh(service, "beta.com.au")
    async with running(tmp_path, service=service) as tui:
        await tui.show(CallFlowScreen(second))
        await tui.press("a", "escape")
        assert first.case.conversation.live and not service.case(second.id).authenticated


async def test_a_call_that_another_pane_began_meanwhile_is_asked_about_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The screen knew of none: the service refuses, and the question is the same."""
    service, pane = service_of(tmp_path), service_of(tmp_path)
    first = Walk(pane, fresh(pane, "alpha.com.au").id)
    second = fresh(service, "beta.com.au")
    async with running(tmp_path, service=service) as tui:
        await tui.show(CallFlowScreen(second))
        first.begin(1)
        look, looks = service.on_the_line, []

        def blind_once(but: str = "") -> list[Case]:
            looks.append(but)
            return [] if len(looks) == 1 else look(but)

        monkeypatch.setattr(service, "on_the_line", blind_once)
        await tui.press("a")
        assert "You are on a call with alpha.com.au" in tui.text()
        await tui.press("2")
        await tui.until(lambda: service.case(second.id).conversation.live)
        assert first.case.conversation.parked


async def test_leaving_a_case_says_what_becomes_of_its_call_and_home_shows_who_is_on_the_line(tmp_path: Path) -> None:
    service = service_of(tmp_path)
    walk = Walk(service, fresh(service).id).begin(1)
    async with running(tmp_path, service=service) as tui:
        await tui.press("enter", "escape")
        assert isinstance(tui.screen, HomeScreen)
        assert "The call with brightside.com.au goes on until 11:46" in tui.told()
        assert "on the line 10:46" in tui.text()
        service.change(walk.id, Park())
        await tui.until(lambda: "parked 10:46" in tui.text())


async def test_leaving_never_swallows_the_next_clients_domain(tmp_path: Path) -> None:
    """esc, n and the domain typed at once; what only the client can tell is asked before, and gives way."""
    service = service_of(tmp_path)
    walk = Walk(service, fresh(service).id)
    walk.ordered(2).sent()
    async with running(tmp_path, service=service) as tui:
        await tui.press("enter")
        assert isinstance(tui.screen, CaseScreen)
        await tui.press("escape")
        assert "Before you hang up" in tui.text() and "esc leave: the call goes on" in tui.text()
        await tui.press("n")
        await tui.until(lambda: isinstance(tui.screen, NewCaseScreen))
        await tui.type("next.com.au")
        await tui.press("enter")
        await tui.until(lambda: isinstance(tui.screen, CallFlowScreen))
        assert service.open_for("next.com.au")


async def test_a_case_without_any_action_is_kept_and_the_next_domain_not_swallowed(tmp_path: Path) -> None:
    service = service_of(tmp_path)
    case = fresh(service)
    async with running(tmp_path, service=service) as tui:
        await tui.show(CallFlowScreen(case, new=True))
        await tui.press("escape", "n")
        await tui.until(lambda: isinstance(tui.screen, NewCaseScreen))
        assert service.store.get(case.id)
        await tui.press("escape")
        await tui.show(CallFlowScreen(service.case(case.id), new=True))
        await tui.press("escape", "2")
        await tui.until(lambda: isinstance(tui.screen, HomeScreen))
        assert service.store.get(case.id) is None


async def test_ctrl_n_begins_a_case_from_anywhere_and_esc_leads_back(tmp_path: Path) -> None:
    service = service_of(tmp_path)
    walk = Walk(service, fresh(service).id).begin(1)
    async with running(tmp_path, service=service) as tui:
        await tui.open(walk.case)
        await tui.press("i", "ctrl+n")
        assert isinstance(tui.screen, NewCaseScreen)
        await tui.type("next.com.au")
        await tui.press("enter")
        await tui.until(lambda: isinstance(tui.screen, CallFlowScreen))
        await tui.press("escape", "escape", "escape")
        assert isinstance(tui.screen, CaseScreen) and tui.screen.case.id == walk.id


async def test_a_note_that_is_only_a_domain_is_rather_the_next_client(tmp_path: Path) -> None:
    service = service_of(tmp_path)
    walk = Walk(service, fresh(service).id).begin(1)
    async with running(tmp_path, service=service) as tui:
        await tui.open(walk.case)
        await tui.press("n")
        await tui.type("next.com.au")
        await tui.press("ctrl+s")
        assert "That is a domain" in tui.text()
        await tui.press("1")
        await tui.until(lambda: isinstance(tui.screen, CallFlowScreen))
        assert "note" not in kinds(service, walk.case)


async def test_a_wait_ends_the_call_and_says_so(tmp_path: Path) -> None:
    service = service_of(tmp_path)
    walk = Walk(service, fresh(service).id).begin(1)
    async with running(tmp_path, service=service) as tui:
        await tui.open(walk.case)
        await tui.press("w")
        assert "This also ends the call." in tui.text()
        await tui.press("6", "enter")
        await tui.until(lambda: walk.case.hold)
        assert "The call has ended." in tui.told() and not walk.case.conversation.mode
        await tui.press("w")
        assert "the wait is over" in tui.text() and "another date" in tui.text()
        await tui.press("2", *["backspace"] * 8)
        await tui.type("3d")
        await tui.press("enter")
        await tui.until(lambda: walk.case.hold and walk.case.hold.until == "2026-11-25")
        assert walk.case.hold and walk.case.hold.waits_for == "the client"


# -- somebody else's
async def test_another_agents_call_is_shown_and_gives_nothing(tmp_path: Path) -> None:
    anna, ben = service_of(tmp_path), service_of(tmp_path, "Ben")
    walk = Walk(ben, fresh(ben).id).begin(1)
    async with running(tmp_path, service=anna) as tui:
        await tui.until(lambda: "Ben on the line 10:46" in tui.text())
        await tui.press("enter")
        await tui.until(lambda: "Ben is on the line since 10:46" in tui.text())
        await tui.press("1", "y")
        assert walk.state("billed-now") is State.TODO and "needs an authenticated client" in tui.told()
        ben.change(walk.id, EndCall())
        await tui.until(lambda: "Ben is on the line" not in tui.text())


# -- how it lapses
async def test_before_a_call_lapses_it_is_said_and_the_screen_lapses_with_it(tmp_path: Path) -> None:
    clock = FakeClock()
    service = service_of(tmp_path, clock=clock)
    walk = Walk(service, fresh(service).id).begin(1)
    async with running(tmp_path, (120, 40), service=service) as tui:
        await tui.open(walk.case)
        clock.pass_(minutes=54)
        tui.app._time_passed()
        await tui.settle()
        assert "lapses in" not in tui.text()
        clock.pass_(minutes=2)
        tui.app._time_passed()
        await tui.until(lambda: "brightside.com.au lapses in 4 min. a: the client is still there" in tui.text())
        clock.pass_(minutes=5)
        tui.app._time_passed()
        await tui.until(lambda: "has lapsed" in tui.told())
        assert "lapsed" in tui.text() and "authenticated 10:46" not in tui.text()
        await tui.press("1")
        assert walk.state("billed-now") is State.TODO, "nothing is ticked after"


async def test_the_client_still_there_puts_the_warning_away(tmp_path: Path) -> None:
    clock = FakeClock()
    service = service_of(tmp_path, clock=clock)
    walk = Walk(service, fresh(service).id).begin(1)
    async with running(tmp_path, (120, 40), service=service) as tui:
        await tui.open(walk.case)
        clock.pass_(minutes=57)
        tui.app._time_passed()
        await tui.until(lambda: "lapses in 3 min" in tui.text())
        await tui.press("a")
        await tui.until(lambda: "lapses in" not in tui.text())


async def test_esc_before_hanging_up_goes_back_where_the_case_is_only_to_wait(tmp_path: Path) -> None:
    """w asks for what only the client knows; esc is back to the case as everywhere, and w again goes straight on."""
    service = service_of(tmp_path)
    walk = Walk(service, fresh(service).id)
    walk.ordered(2).sent()
    async with running(tmp_path, service=service) as tui:
        await tui.press("enter", "w")
        assert "Before you hang up" in tui.text() and "esc back" in tui.text()
        await tui.press("escape")
        assert isinstance(tui.screen, CaseScreen)
        await tui.press("w")
        assert "Waiting" in tui.text()


async def test_a_wait_is_set_without_the_values_that_only_the_client_knows(tmp_path: Path) -> None:
    """The client has hung up already."""
    service = service_of(tmp_path)
    walk = Walk(service, fresh(service).id)
    walk.ordered(2).sent()
    async with running(tmp_path, service=service) as tui:
        await tui.press("enter", "w")
        assert "n leave them empty" in tui.words()
        await tui.press("n")
        assert "Before you hang up" not in tui.text() and "Waiting" in tui.text()


@pytest.mark.parametrize("taken", [False, True])
async def test_what_is_proposed_before_hanging_up_is_the_clients_word_once_it_is_taken(
    taken: bool, tmp_path: Path
) -> None:
    service = service_of(tmp_path)
    walk = Walk(service, fresh(service).id)
    walk.ordered(2).sent(missing="yes")
    async with running(tmp_path, service=service) as tui:
        await tui.press("enter", "w")
        assert "enter takes what is proposed" in tui.words()
        await tui.press("enter", *(("enter",) if taken else ()), "ctrl+s")
        assert "Waiting" in tui.text()
        lines = [event.get("value") for event in walk.case.log if event.what == "line"]
        assert lines == (["2026-11-03"] if taken else [])


def test_nothing_is_asked_before_hanging_up_once_all_is_done(tmp_path: Path) -> None:
    service = service_of(tmp_path)
    walk = Walk(service, fresh(service).id).back()
    walk.cancel("cancel-ox-mail")
    assert clients_lines(service, walk.case), "a line of the template is still missing"
    walk.tick("ox-billing")
    assert not clients_lines(service, walk.case)


@pytest.mark.parametrize(
    ("key", "told"),
    [("c", "Nothing is worked out in this scenario"), ("l", "This item has no link"), ("C", "Only an escalation"),
     ("t", "No template is needed so far"), ("S", "This item has no exact words")],
)  # fmt: skip
async def test_no_key_of_a_case_is_silent(key: str, told: str, tmp_path: Path) -> None:
    service = service_of(tmp_path)
    walk = Walk(service, fresh(service).id).begin(3)
    async with running(tmp_path, service=service) as tui:
        await tui.press("enter")
        assert walk.case.number == 3
        await tui.press(key)
        assert told in tui.words()
