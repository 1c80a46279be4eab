"""What the screen says of a case fits what the keys do: whose issue, from whom, what is next, what can be copied."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from oxtui.cases.commands.calls import Park
from oxtui.cases.commands.mailboxes import SetMailboxes
from oxtui.cases.confirmation import ago
from oxtui.cases.transfer import encoded
from oxtui.widgets.panels import TEMPLATE
from tests.drive.case import THREE, Walk, changed, new_service, service_at
from tests.drive.screen import running

TWO = THREE[:2]


def test_days_ago_are_days_of_the_calendar() -> None:
    now = datetime.fromisoformat("2026-11-26T09:00:00+11:00")
    assert ago(datetime.fromisoformat("2026-11-23T16:00:00+11:00"), now) == "3 days ago"
    assert ago(datetime.fromisoformat("2026-11-23T05:00:00+00:00"), now) == "3 days ago"
    assert ago(datetime.fromisoformat("2026-11-25T10:00:00+11:00"), now) == "23 hours ago"


async def test_before_hanging_up_each_question_says_whose_mailbox_it_is_about(tmp_path: Path) -> None:
    service = new_service(tmp_path)
    walk = Walk(service, mailboxes=TWO).checked("sending-receiving")
    async with running(tmp_path, (120, 40), service=service) as tui:
        await tui.open(walk.case)
        await tui.press("w")
        text = tui.words()
        assert "About anna@, info@. Only the client knows these." in text
        assert "Test email sent: received or not received?" in text


async def test_a_template_that_cannot_be_copied_yet_does_not_offer_it(tmp_path: Path) -> None:
    service = new_service(tmp_path)
    walk = Walk(service, mailboxes=TWO).plan(1)
    async with running(tmp_path, (120, 40), service=service) as tui:
        screen = await tui.open(walk.case, "tell-team")
        screen.sidebar.open(TEMPLATE)
        await tui.settle()
        assert "y copies it" in tui.text() and "complete" in tui.text()
        walk.do(Park())
        await tui.until(lambda: "copy waits" in tui.text() and "y cop" not in tui.text())


async def test_after_the_discount_the_cursor_is_on_what_the_border_calls_next(tmp_path: Path) -> None:
    service = new_service(tmp_path)
    walk = Walk(service, mailboxes=TWO).plan(1, "yearly", "yearly")
    async with running(tmp_path, service=service) as tui:
        screen = await tui.open(walk.case, "quote")
        await tui.press("c", "2", "enter")
        assert walk.case.quote
        row = screen.checklist.current
        assert row and walk.case.next_item() == row.item and "next: " + row.item.text in tui.text()


async def test_a_case_taken_over_by_its_line_says_from_whom_and_when(tmp_path: Path) -> None:
    there = Walk(new_service(tmp_path / "there", agent="ben"), mailboxes=TWO).begin(1)
    there.do(SetMailboxes(added=THREE[2]))
    here = service_at(tmp_path / "here" / "oxhome")
    document = there.service.store.get(there.id)
    assert document is not None
    case = here.take_over(encoded(document))
    async with running(tmp_path / "here", (120, 40), service=here) as tui:
        await tui.open(case)
        assert "taken over from ben 10:46" in tui.text()


async def test_what_two_templates_ask_about_different_mailboxes_is_asked_for_each(tmp_path: Path) -> None:
    dated = ("    from: item\n    ref: missing-dates.from\n", "    from: client\n")
    service = new_service(tmp_path, playbook=changed(tmp_path, "templates/ox-mail-resync.yaml", dated))
    walk = Walk(service, mailboxes=TWO).begin(3)
    walk.do(walk.answering("issue", "sending-receiving", mailboxes=(TWO[0],)))
    walk.do(walk.answering("issue", "missing-mail", mailboxes=(TWO[1],)))
    async with running(tmp_path, (120, 40), service=service) as tui:
        await tui.open(walk.case)
        await tui.press("w")
        assert "When did the issue start? (anna@)" in tui.words() and "When did the issue start? (info@)" in tui.words()
