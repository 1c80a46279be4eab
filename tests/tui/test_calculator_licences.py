"""The calculator with more than one licence: what is asked, worked out and kept."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from oxtui.cases.commands.calls import BeginCall
from oxtui.cases.commands.scenarios import Choose
from oxtui.screens.pages.calculator import CalculatorScreen
from oxtui.widgets.calculator import PlanRows
from tests.drive.case import do, new_service, sample
from tests.drive.screen import running
from tests.tui.test_calculator import from_case


# -- licences
async def test_the_licences_are_the_cases_mailboxes(tmp_path: Path) -> None:
    async with running(tmp_path) as tui:
        case_id = await from_case(tui, "yearly")
        assert isinstance(tui.screen, CalculatorScreen)
        assert tui.screen.typed("licences") == "2"
        await tui.press("2")
        for shown in ("2 together", "AU$11.80", "AU$23.60", "AU$156.08", "AU$312.16", "2 licences together"):
            assert shown in tui.text(), shown
        await tui.press("enter")
        quote = tui.service.case(case_id).quote
        assert quote and (quote.licences, quote.total_discount) == (2, Decimal("23.60"))


async def test_a_case_without_a_mailbox_begins_with_one_licence(tmp_path: Path) -> None:
    service = new_service(tmp_path)
    case = do(service, service.start("brightside.com.au"), BeginCall("client"), Choose(1))
    async with running(tmp_path, service=service) as tui:
        await tui.show(CalculatorScreen(case))
        assert isinstance(tui.screen, CalculatorScreen)
        assert tui.screen.typed("licences") == "1"


async def test_licences_are_typed_and_enter_goes_past_them(tmp_path: Path) -> None:
    """The months are the last to be typed: enter puts the quote into the case; down leads to the licences first."""
    async with running(tmp_path) as tui:
        case_id = await from_case(tui, "yearly")
        await tui.press("2", "down", *"14")
        assert "14 together" in tui.text() and "AU$2,185.12" in tui.text()
        await tui.press("enter")
        quote = tui.service.case(case_id).quote
        assert quote and (quote.licences, str(quote.total_discount), str(quote.discount)) == (14, "165.20", "11.80")
        assert tui.service.case(case_id).licences == 14


async def test_licences_that_cannot_be_are_told_and_kept_out(tmp_path: Path) -> None:
    async with running(tmp_path) as tui:
        case_id = await from_case(tui, "yearly")
        await tui.press("2", "down", "ctrl+u")
        assert "The number of licences is missing" in tui.text() and "AU$" not in tui.text()
        await tui.press("up", "enter")
        assert tui.service.case(case_id).quote is None
        assert isinstance(tui.screen, CalculatorScreen) and tui.screen.field() == "licences"
        for typed in ("0", "99999", "-3", "x3"):
            await tui.press("ctrl+u", *typed)
            assert f"'{typed}' is no number of licences" in tui.text() and "AU$" not in tui.text()
            await tui.press("enter")
            assert tui.service.case(case_id).quote is None and "give 1 to 9999" in tui.told()
        await tui.press("ctrl+u", *"3", "up", "ctrl+u")
        for typed in ("99999", "-3"):
            await tui.press("ctrl+u", *typed)
            assert f"'{typed}' is no number of months  give 0 to 12" in tui.text(), "as on the command line"


async def test_an_smes_amount_is_for_one_licence_and_the_label_says_so(tmp_path: Path) -> None:
    async with running(tmp_path, size=(40, 12)) as tui:
        case_id = await from_case(tui, "ox")
        assert "AU$ each" in tui.text() and "one licence" in tui.text()
        await tui.press(*"11.80", "enter", *"Sam", "enter", *"chat 7")
        assert "AU$11.80    AU$23.60" in tui.text()
        await tui.press("enter")
        quote = tui.service.case(case_id).quote
        assert quote and (quote.total_discount, quote.licences) == (Decimal("23.60"), 2)
        assert quote.by == "given by SME Sam (chat 7)"


async def test_the_other_plan_stands_beside_with_what_it_lacks(tmp_path: Path) -> None:
    """N1: a price that leaves Teams out is never shown alone."""
    async with running(tmp_path, size=(200, 60)) as tui:
        await from_case(tui, "yearly")
        await tui.press("2")
        text = tui.text()
        for part in (
            "or   Microsoft 365 - Email Deluxe: first invoice AU$132.08 each, AU$264.16 together",
            "then AU$143.88",
        ):
            assert part in text
        assert "NB Does not include Teams" in text
        await tui.show(CalculatorScreen(sample(tui.service, "ox", "ox.com.au")))
        assert "or   Micro" not in tui.text(), "without a figure by rule there is nothing to put beside it"


async def test_every_plan_can_be_seen_where_there_is_little_room(tmp_path: Path) -> None:
    async with running(tmp_path, size=(40, 12)) as tui:
        await tui.press("c", *["down"] * 7)
        assert tui.screen.query_one("#calc-plans", PlanRows).cursor == 7
        assert "m365-business-basic-yearly" in tui.text()
