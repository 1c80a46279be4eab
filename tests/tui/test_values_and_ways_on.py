"""Amounts, days and numbers are typed; an answer that leads the case on asks in the key's own handler."""

from __future__ import annotations

from pathlib import Path

from tests.drive.case import Walk, playbook, service_at
from tests.drive.screen import running

REFUND = Path(__file__).parents[1] / "samples" / "refund"


async def test_from_one_scenario_into_another_and_to_its_end(tmp_path: Path) -> None:
    service = service_at(tmp_path / "home", playbook=playbook(REFUND), config=REFUND)
    async with running(tmp_path, (80, 24), service=service) as tui:
        await tui.press("n", *"example.com", "enter")
        await tui.until(lambda: "Call flow" in tui.text())
        await tui.press("a", "2")
        await tui.until(lambda: "Have the client fill the form in" in tui.text())
        await tui.press("space", "2")
        await tui.until(lambda: "Change to scenario 1: Refund?" in tui.text())
        await tui.press("enter")
        await tui.until(lambda: "1 thing already done counts there too: the form." in tui.text())
        await tui.press("1")
        await tui.until(lambda: "What was bought" in tui.text())
        await tui.press("enter", *"much", "enter")
        assert "that is not an amount" in tui.text() and "for example 11.80" in tui.text()
        await tui.press(*["backspace"] * 4, *"$1667", "enter")
        await tui.until(lambda: "AU$1,667.00" in tui.text())
        await tui.press("enter", *"3d", "enter")
        await tui.until(lambda: "enter: type the number" in tui.text())
        await tui.press("1", *"2.5", "enter")
        await tui.until(lambda: "What does the lead say?" in tui.text())
        await tui.press("2")
        await tui.until(lambda: "Close the case: refused?" in tui.text())
        await tui.press("escape")
        await tui.until(lambda: "next: Close the case: refused" in tui.text())
        await tui.press("z")
        await tui.until(lambda: "1 refused" in tui.text())
        await tui.press("1")
        await tui.until(lambda: "is closed: refused" in tui.told() or "is closed: refused" in tui.text())


async def test_a_digit_in_a_panel_is_never_silent(tmp_path: Path) -> None:
    service = service_at(tmp_path / "home")
    async with running(tmp_path, (120, 40), service=service) as tui:
        await tui.open(Walk(service).begin(2).case)
        await tui.press("tab", "1")
        assert "There is nothing to choose here" in tui.text()
