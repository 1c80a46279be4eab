"""The calculator: found by typing, worked out while typing, put into the case with the least keys."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from pathlib import Path

from msgspec.structs import replace
from textual import events
from textual.keys import _character_to_key

from oxtui.cases.commands.quotes import PutQuote
from oxtui.cases.money import work_out
from oxtui.playbook.plans import Pair, Plans, Uncovered
from oxtui.playbook.playbook import Playbook
from oxtui.screens.pages.calculator import CalculatorScreen
from tests.drive.case import SUNDAY, do, new_service, sample, shipped
from tests.drive.screen import SIZES, Tui, running


async def from_case(tui: Tui, name: str) -> str:
    """Open the calculator from a sample case; gives the case's id."""
    case = sample(tui.service, name)
    await tui.show(CalculatorScreen(case))
    return case.id


def quoted(tui: Tui, case_id: str) -> tuple[Decimal, Decimal, str]:
    quote = tui.service.case(case_id).quote
    assert quote and quote.discount is not None and quote.first_invoice is not None
    return quote.discount, quote.first_invoice, quote.by


def copies(tui: Tui) -> list[tuple[str, str]]:
    """What is copied from now on, with what it is called."""
    found: list[tuple[str, str]] = []
    tui.app.copy = lambda text, what, *_, **__: found.append((text, what))  # type: ignore[method-assign]
    return found


# -- from a case
async def test_two_keys_put_the_discount_into_the_case(tmp_path: Path) -> None:
    async with running(tmp_path) as tui:
        case_id = await from_case(tui, "yearly")
        await tui.press("2")
        assert "AU$11.80" in tui.text() and "AU$156.08" in tui.text()
        assert tui.service.case(case_id).quote is None
        await tui.press("enter")
        assert quoted(tui, case_id) == (Decimal("11.80"), Decimal("156.08"), "by rule P5")
        assert not isinstance(tui.screen, CalculatorScreen)


async def test_the_case_comes_back_to_whoever_opened_it(tmp_path: Path) -> None:
    async with running(tmp_path) as tui:
        case = sample(tui.service)
        given: list[object] = []
        tui.app.push_screen(CalculatorScreen(case), given.append)
        await tui.settle()
        await tui.press("2", "enter")
        assert given == [tui.service.case(case.id)]


async def test_months_or_a_date(tmp_path: Path) -> None:
    typed = {"12/9": 2, "12/09/2026": 2, "3 months ago": 3, "today": 0, "0": 0, "12": 12}
    async with running(tmp_path) as tui:
        for place, (text, months) in enumerate(typed.items()):
            case = sample(tui.service, "yearly", f"client-{place}.com.au")
            await tui.show(CalculatorScreen(case))
            await tui.type(text)
            await tui.press("enter")
            quote = tui.service.case(case.id).quote
            assert quote and quote.months_used == months, text


async def test_what_cannot_be_is_told_and_kept_out(tmp_path: Path) -> None:
    async with running(tmp_path) as tui:
        case_id = await from_case(tui, "yearly")
        for text in ("13", "12/", "tomorrow", "31/2/2026", "x", ""):
            tui.app.clear_notifications()
            await tui.type(text)
            await tui.press("enter")
            assert tui.service.case(case_id).quote is None, text
            assert "That doesn't work here" in tui.told(), text
            assert isinstance(tui.screen, CalculatorScreen), text
            await tui.press("ctrl+u")


async def test_a_figure_on_the_item_opens_it_with_the_figure(tmp_path: Path) -> None:
    """The months (or an SME's amount) are typed where the cursor is: one key less, and none is lost."""
    async with running(tmp_path) as tui:
        for name, typed, wanted in (("yearly", "11", "64.89"), ("ox", "11.80", "AU$ each     11.80")):
            tui.app.open_case(sample(tui.service, name, f"{name}.com.au"))
            await tui.settle()
            for key in typed:
                tui.app.post_message(events.Key(_character_to_key(key), key))
            await tui.until(lambda wanted=wanted: wanted in tui.text())  # type: ignore[misc]
            assert isinstance(tui.screen, CalculatorScreen)
            await tui.press("escape")


async def test_a_gap_gives_no_figure_until_an_sme_does(tmp_path: Path) -> None:
    async with running(tmp_path) as tui:
        case_id = await from_case(tui, "mixed-back")
        assert "No figure by rule" in tui.text() and "(D8)" in tui.text()
        await tui.type("£1,5")
        assert "that is not an amount" in tui.text()
        await tui.press("ctrl+u", *"$11.80", "enter")
        await tui.type("Sam Lee")
        await tui.press("enter")
        assert "No figure by rule" in tui.text()
        await tui.type("chat 22/11")
        assert "AU$2.19" in tui.text()
        await tui.press("enter")
        assert quoted(tui, case_id) == (
            Decimal("11.80"), Decimal("2.19"), "given by SME Sam Lee (chat 22/11)",
        )  # fmt: skip


async def test_what_an_sme_gave_needs_name_and_reference(tmp_path: Path) -> None:
    async with running(tmp_path) as tui:
        case_id = await from_case(tui, "ox")
        assert "(D10)" in tui.text()
        await tui.press(*"11.80", "enter", "enter", "enter")
        assert "name and a reference" in tui.told()
        assert tui.service.case(case_id).quote is None


async def test_a_password_among_what_the_sme_said_is_told_before_it_is_kept(tmp_path: Path) -> None:
    async with running(tmp_path) as tui:
        case_id = await from_case(tui, "ox")
        await tui.press(*"11.80", "enter", *"Sam", "enter", *"password: Xy7-lk2", "enter")
        assert "NB This looks like" in tui.told() and "Xy7-lk2" not in tui.told()
        assert tui.service.case(case_id).quote is None
        await tui.press("enter")
        assert quoted(tui, case_id)[0] == Decimal("11.80")


async def test_an_amount_above_the_new_price_is_told_before_it_is_kept(tmp_path: Path) -> None:
    async with running(tmp_path) as tui:
        case_id = await from_case(tui, "ox")
        await tui.press(*"1180", "enter", *"Sam", "enter", *"chat 7", "enter")
        assert "NB This is more than the new price" in tui.told() and tui.service.case(case_id).quote is None
        await tui.press("enter")
        assert quoted(tui, case_id)[:2] == (Decimal("1180.00"), Decimal("0.00"))


async def test_monthly_now_has_no_pro_rata_whatever_is_next(tmp_path: Path) -> None:
    """N2: nothing is asked of an SME there."""
    async with running(tmp_path, size=(120, 40)) as tui:
        await from_case(tui, "mixed")
        text = tui.text()
        assert "No pro-rata" in text and "N2" in text and "SME" not in text and "AU$ each" not in text
        assert "AU$167.88" in text and "months used" not in text
        assert isinstance(tui.screen, CalculatorScreen)
        assert tui.screen.quote and (tui.screen.quote.discount, tui.screen.quote.covered) == (Decimal("0.00"), True)


def asking_where_monthly_becomes_yearly() -> Playbook:
    """A playbook with a gap where the shipped one has N2."""
    book = shipped()
    policy = book.plans.policy
    rules = tuple(
        replace(rule, pairs=tuple(p for p in rule.pairs if p.to_term == p.from_term)) for rule in policy.rules
    )
    gap = Uncovered("G", "Ask an SME.", "I'll ask a colleague.", (Pair("any", "monthly", "any", "yearly"),))
    policy = replace(policy, rules=rules, not_covered=(*policy.not_covered, gap))
    return replace(book, plans=Plans(book.plans.all, policy))


async def test_a_playbook_that_asks_an_sme_of_monthly_billing_can_only_record_nothing(tmp_path: Path) -> None:
    service = new_service(tmp_path, playbook=asking_where_monthly_becomes_yearly())
    async with running(tmp_path, service=service) as tui:
        await from_case(tui, "mixed")
        assert "By rule N2 only 0.00 can be recorded" in tui.text()
        assert isinstance(tui.screen, CalculatorScreen)
        assert tui.screen.typed("amount") == "0.00"
        await tui.type("Sam")
        await tui.press("enter", *"chat", "up", "up", "ctrl+u", *"5")
        assert "Monthly billing has no pro-rata" in tui.text()
        await tui.press("ctrl+u", *"0")
        quote = tui.screen.quote
        assert quote and quote.discount == 0 and quote.given_by and quote.given_by.name == "Sam"


async def test_monthly_to_monthly_has_no_pro_rata(tmp_path: Path) -> None:
    async with running(tmp_path) as tui:
        case_id = await from_case(tui, "monthly")
        assert "No pro-rata" in tui.text() and "months used" not in tui.text()
        await tui.press("enter")
        assert tui.service.case(case_id).quote is None
        assert "does not apply" in tui.told()


async def test_another_plan_than_the_answers_name_is_refused(tmp_path: Path) -> None:
    async with running(tmp_path) as tui:
        case_id = await from_case(tui, "yearly")
        await tui.press("up")
        await tui.type("deluxe y")
        await tui.press("down", "enter", "2", "enter")
        assert tui.service.case(case_id).quote is None
        assert "The answers say m365-business-basic-yearly" in tui.told()


async def test_a_stale_quote_is_affirmed_with_what_it_rested_on(tmp_path: Path) -> None:
    service = new_service(tmp_path)
    case = sample(service)
    plans = shipped().plans
    now, new = plans.get("m365-essentials-yearly"), plans.get("m365-business-basic-yearly")
    assert now and new
    quote = work_out(now, new, plans.policy, SUNDAY.date(), months=7, licences=case.licences)
    case = do(service, case, PutQuote(quote))
    async with running(tmp_path, service=service) as tui:
        await tui.show(CalculatorScreen(case))
        assert "AU$41.29" in tui.text()
        await tui.press("2")
        assert "AU$11.80" in tui.text()


async def test_quick_hands_lose_no_digit(tmp_path: Path) -> None:
    async with running(tmp_path) as tui:
        tui.app.typing.takes = lambda event: False  # type: ignore[method-assign]
        for pause in (0.005, 0.01, 0.02, 0.03):
            case = sample(tui.service, "yearly", f"client-{pause * 1000:.0f}.com.au")
            tui.app.push_screen(CalculatorScreen(case))
            for key in ("1", "1", "enter"):
                tui.app.post_message(events.Key(key, key if len(key) == 1 else None))
                await asyncio.sleep(pause)
            await tui.until(lambda case=case: tui.service.case(case.id).quote)  # type: ignore[misc]
            quote = tui.service.case(case.id).quote
            assert quote and quote.months_used == 11, pause
            await tui.settle()


# -- from Home
async def test_plans_are_found_by_typing(tmp_path: Path) -> None:
    async with running(tmp_path) as tui:
        await tui.press("c")
        await tui.type("ess y")
        assert "OX mail" not in tui.text()
        await tui.press("enter")
        await tui.type("basic")
        await tui.press("down", "enter")
        await tui.type("2")
        assert "AU$156.08" in tui.text() and "together" not in tui.text()
        copied = copies(tui)
        await tui.press("ctrl+y", "enter", "y", "escape")
        assert [what for _, what in copied] == ["The working"] * 2
        text = copied[0][0]
        assert "Microsoft 365 - Email Essentials (yearly) -> Microsoft 365 - Online Business Basic" in text
        assert "70.79 / 12 x 2 = 11.80" in text and "First invoice  AU$156.08" in text
        assert "Say: Your discount is AU$11.80" in text
        assert not isinstance(tui.screen, CalculatorScreen)


async def test_a_price_question_for_three_licences_without_a_case(tmp_path: Path) -> None:
    async with running(tmp_path) as tui:
        await tui.press("c", *"ess", "space", "y", "enter", *"basic", "space", "y", "enter", "2", "down", "3")
        assert "AU$35.40" in tui.text() and "AU$468.24" in tui.text() and "3 licences together" in tui.text()
        copied = copies(tui)
        await tui.press("ctrl+y")
        text = copied[0][0]
        assert "Discount       AU$11.80 each, AU$35.40 together" in text
        assert "First invoice  AU$156.08 each, AU$468.24 together  (by rule P5" in text
        assert "Together, discount: 3 x 11.80 = 35.40" in text


async def test_no_such_plan_is_told(tmp_path: Path) -> None:
    async with running(tmp_path) as tui:
        await tui.press("c", *"zzz", "enter")
        assert "No plan matches that" in tui.told()
        assert "no plan matches that" in tui.text()
        await tui.press("tab", *"zzz")  # nothing is taken that was not found
        assert "AU$" not in tui.text()


async def test_without_a_case_a_gap_asks_for_no_amount(tmp_path: Path) -> None:
    async with running(tmp_path) as tui:
        await tui.press("c")
        await tui.type("ess y")
        await tui.press("enter")
        await tui.type("basic m")
        await tui.press("enter", "2")
        assert "No figure by rule" in tui.text() and "reference" not in tui.text()


async def test_hostile_text_in_every_field(tmp_path: Path) -> None:
    async with running(tmp_path, size=(40, 12)) as tui:
        await from_case(tui, "mixed-back")
        for text in ("[/] [@click=app.bell]x[/]", "}{ \\ ² ٣", "😀" * 40):
            for _ in range(6):
                tui.app.post_message(events.Paste(text))
                await tui.press("a", "1", "enter", "tab")
        assert isinstance(tui.screen, CalculatorScreen)


async def test_what_counts_is_in_view_at_every_size(tmp_path: Path) -> None:
    async with running(tmp_path, size=SIZES[-1]) as tui:
        for name, wanted in (
            ("yearly", "AU$156.08"),
            ("mixed", "AU$335.76"),
            ("mixed-back", "No figure by rule"),
            ("ox", "No figure by rule"),
            ("monthly", "No pro-rata"),
        ):
            await tui.show(CalculatorScreen(sample(tui.service, name, f"{name}.com.au")))
            if name == "yearly":
                await tui.press("2")
            for size in SIZES:
                await tui.pilot.resize_terminal(*size)
                await tui.settle()
                text = tui.text()
                assert f"{name}.com.au" in text and wanted in text, (name, size)
                assert ("business-basic" if size[0] < 60 else "Online Business Basic") in text, (name, size)
                assert all(len(line) <= size[0] for line in tui.lines()), (name, size)
                assert "licences" in text, (name, size)
                if name == "yearly":
                    assert "AU$23.60" in text and "AU$312.16" in text, size
            await tui.press("escape")


async def test_a_change_of_size_keeps_what_was_typed(tmp_path: Path) -> None:
    async with running(tmp_path) as tui:
        await from_case(tui, "yearly")
        await tui.press("2")
        for size in (*SIZES, SIZES[0]):
            await tui.pilot.resize_terminal(*size)
            await tui.settle()
            assert "AU$11.80" in tui.text(), size


async def test_a_sentence_for_another_window_puts_nothing_into_the_case(tmp_path: Path) -> None:
    async with running(tmp_path) as tui:
        case_id = await from_case(tui, "yearly")
        for sentence in ("hi Kim, the client waits for 2 mailboxes", "can you call back at 3?", "ok thanks"):
            await tui.type(sentence)
            await tui.press("enter")
        assert tui.service.case(case_id).quote is None
