"""What a hurried hand does is asked about or harmless: a second enter, a quick digit, a key in a colleague's call."""

from __future__ import annotations

from pathlib import Path

from oxtui.cases.commands.calls import BeginCall
from oxtui.screens.case.screen import CaseScreen
from oxtui.screens.pages.calculator import CalculatorScreen
from tests.drive.case import DOMAIN, Clock, Walk, do, new_service, playbook, service_at
from tests.drive.screen import running

TWO = (f"anna@{DOMAIN}", f"info@{DOMAIN}")


async def test_a_second_enter_on_what_is_locked_records_nothing(tmp_path: Path) -> None:
    service = new_service(tmp_path, playbook=playbook())
    walk = Walk(service).ordered(2)
    async with running(tmp_path, service=service) as tui:
        await tui.open(walk.case, "cancel-ox-mail")
        before = walk.case.seq
        await tui.press("enter", "enter")
        assert walk.case.seq == before and isinstance(tui.screen, CaseScreen), tui.text()


async def test_an_answer_that_is_not_the_usual_one_asks_which_mailboxes(tmp_path: Path) -> None:
    service = new_service(tmp_path, playbook=playbook())
    walk = Walk(service, mailboxes=TWO).ordered(2)
    async with running(tmp_path, service=service) as tui:
        await tui.open(walk.case, "webmail")
        await tui.press("3")
        assert "Cannot log in: which mailboxes?" in tui.text()
        await tui.press("3")  # both, the first, the second
        marks = walk.case.marks("webmail")
        assert {box: mark.value for box, mark in marks.items()} == {TWO[1]: ("no-login",)}
        await tui.press("1")  # the usual one, for the rest
        assert walk.case.marks("webmail")[TWO[0]].value == ("works",)


async def test_two_issues_on_two_mailboxes_are_two_answers(tmp_path: Path) -> None:
    service = new_service(tmp_path, playbook=playbook())
    walk = Walk(service, mailboxes=TWO).begin(3)
    async with running(tmp_path, service=service) as tui:
        await tui.open(walk.case, "issue")
        await tui.press("2", "enter")
        assert "Sending or receiving: which mailboxes?" in tui.text()
        await tui.press("2", "3", "enter")
        marks = walk.case.marks("issue")
        assert {box: mark.value for box, mark in marks.items()} == {
            TWO[0]: ("sending-receiving",),
            TWO[1]: ("missing-mail",),
        }


async def test_nothing_changes_under_a_colleague_on_the_line_without_a_question(tmp_path: Path) -> None:
    service = new_service(tmp_path, playbook=playbook())
    walk = Walk(service, mailboxes=TWO).ordered(2)
    do(service, walk.case, BeginCall("client"))
    ben = service_at(tmp_path / "oxhome", "ben", Clock(service.clock.now()), playbook())
    async with running(tmp_path, service=ben) as tui:
        await tui.open(ben.case(walk.id))
        await tui.until(lambda: "is on the line" in tui.text())
        await tui.press("i", "8")
        assert "Change this case: domain?" in tui.text() and "Anna is on the line" in tui.text()
        await tui.press("escape")
        assert isinstance(tui.screen, CaseScreen)


async def test_a_page_is_whole_again_after_the_pane_was_small(tmp_path: Path) -> None:
    async with running(tmp_path, (80, 24)) as tui:
        await tui.press("question_mark")
        before = tui.text()
        await tui.pilot.resize_terminal(40, 12)
        await tui.settle()
        await tui.pilot.resize_terminal(80, 24)
        await tui.settle()
        assert tui.text() == before


async def test_a_figure_over_the_result_is_another_number_of_months(tmp_path: Path) -> None:
    async with running(tmp_path, (80, 24)) as tui:
        await tui.press("c", *"ess y", "enter", *"bas y", "enter", "2", "enter")
        assert "AU$11.80" in tui.text() and "enter another change" in tui.text()
        await tui.press("3")
        screen = tui.screen
        assert isinstance(screen, CalculatorScreen) and screen.typed("months") == "3" and "AU$17.70" in tui.text()
