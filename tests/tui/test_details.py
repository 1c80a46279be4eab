"""The details of a case: what is known of its mailboxes, who leaves and why, licences, the domain."""

from __future__ import annotations

from pathlib import Path

from oxtui.cases.commands.mailboxes import SetMailboxes
from oxtui.cases.parts import Mailbox
from oxtui.cases.status import State
from oxtui.screens.case.details import KnownFields
from oxtui.screens.dialogs.ask import Confirm, Pick
from oxtui.service import Service
from tests.drive.case import Walk, new_service, playbook
from tests.drive.screen import Tui, running

BOXES = ("jo@young.com.au", "sam@young.com.au", "kit@young.com.au")


def worked(service: Service, scenario: int = 2, boxes: tuple[str, ...] = BOXES) -> Walk:
    """A case up to its order."""
    return Walk(service, service.start("young.com.au", mailboxes=boxes).id).ordered(scenario)


def known(service: Service, walk: Walk, field: str) -> list[str]:
    return [box.of(field) for box in service.case(walk.id).mailboxes]


def kinds(walk: Walk) -> list[str]:
    return [event.what for event in walk.case.log]


async def test_what_is_known_of_the_mailboxes_is_turned_and_kept(tmp_path: Path) -> None:
    service = new_service(tmp_path, playbook=playbook())
    walk = worked(service)
    async with running(tmp_path, (200, 60), service=service) as tui:
        await tui.open(walk.case)
        await tui.press("i", "3")
        assert isinstance(tui.app.screen, KnownFields) and "Which mailboxes are on OX-Mail?" in tui.text()
        await tui.press("1", "down", "space", "space", "9")
        assert known(service, walk, "ox-mail") == ["unknown"] * 3, "nothing before enter"
        await tui.press("tab")
        assert "Which mailboxes are on Essentials?" in tui.text()
        await tui.press("3", "enter")
        await tui.until(lambda: known(service, walk, "ox-mail") == ["yes", "no", "unknown"])
        assert known(service, walk, "essentials") == ["unknown", "unknown", "yes"]
        events = len(walk.case.log)
        await tui.press("i")
        assert "1 of 3 on OX-Mail, 1 of 3 on Essentials" in tui.text()
        await tui.press("3", "enter", "i", "3", "3", "3", "escape")
        assert len(walk.case.log) == events, "what is as it was is not written, nor what is left by esc"
        await tui.press("escape", "escape")
        await tui.until(lambda: "sam@young.com.au  not on OX-Mail" in tui.text())  # beside the case on Home


async def test_in_scenario_1_it_is_asked_first_who_is_on_essentials(tmp_path: Path) -> None:
    service = new_service(tmp_path, playbook=playbook())
    walk = worked(service, 1)
    async with running(tmp_path, service=service) as tui:
        await tui.open(walk.case)
        await tui.press("i", "3", "1", "enter")
        await tui.until(lambda: known(service, walk, "essentials") == ["yes", "unknown", "unknown"])
        assert known(service, walk, "ox-mail") == ["unknown"] * 3


async def test_a_case_without_mailboxes_is_told_to_have_one_first(tmp_path: Path) -> None:
    service = new_service(tmp_path, playbook=playbook())
    walk = worked(service, boxes=BOXES[:1])
    walk.do(SetMailboxes(removed=BOXES[:1], reasons={BOXES[0]: "mistyped"}))
    async with running(tmp_path, service=service) as tui:
        await tui.open(walk.case)
        await tui.press("i", "3")
        await tui.until(lambda: "The case has no mailbox" in tui.told())


async def test_a_mailbox_with_a_refused_jira_leaves_only_with_a_reason(tmp_path: Path) -> None:
    service = new_service(tmp_path, playbook=playbook())
    walk = worked(service).sent()
    walk.answer("jira-result", "refused", mailboxes=BOXES[1:2])
    async with running(tmp_path, service=service) as tui:
        await tui.open(walk.case)
        await tui.press("i", "2", "2")
        assert f"Why does {BOXES[1]} leave the case?" in tui.text()
        assert all(words in tui.text() for words in ("mistyped", "the client removed it", "not part of this case"))
        await tui.press("escape")
        assert len(walk.case.mailboxes) == 3
        await tui.press("i", "2", "2", "3")
        await tui.until(lambda: len(walk.case.mailboxes) == 2)
        (left,) = walk.case.left_out
        assert (left.mailbox.address, left.reason) == (BOXES[1], "not-part")
        status = walk.case.status("cancel-ox-mail")
        assert any(lock.kind == "left" for lock in status.locks), "it may still be served there"
        await tui.press("i", "2")
        assert f"put back {BOXES[1]}" in tui.text()
        await tui.press("3")
        await tui.until(lambda: len(walk.case.mailboxes) == 3 and not walk.case.left_out)


async def test_a_mailbox_of_which_nothing_was_said_leaves_at_once(tmp_path: Path) -> None:
    service = new_service(tmp_path, playbook=playbook())
    walk = Walk(service, service.start("young.com.au", mailboxes=BOXES).id)
    walk.begin(3)
    async with running(tmp_path, service=service) as tui:
        await tui.open(walk.case)
        await tui.press("i", "2", "2")
        await tui.until(lambda: walk.case.addresses == (BOXES[0], BOXES[2]))
        assert not isinstance(tui.app.screen, Pick)


async def test_capitals_do_not_matter_in_an_address(tmp_path: Path) -> None:
    service = new_service(tmp_path, playbook=playbook())
    walk = Walk(service, service.start("young.com.au", mailboxes=BOXES[:1]).id)
    walk.begin(3)
    async with running(tmp_path, service=service) as tui:
        await tui.open(walk.case)
        await tui.press("i", "1")
        await tui.type("JO@Young.com.au")
        await tui.press("enter")
        await tui.until(lambda: "in the case already" in tui.told())
        assert walk.case.addresses == BOXES[:1]
        assert walk.case.mailboxes == (Mailbox(BOXES[0]),)


async def test_the_number_of_licences_is_typed_and_emptied(tmp_path: Path) -> None:
    service = new_service(tmp_path, playbook=playbook())
    walk = Walk(service, service.start("young.com.au", mailboxes=BOXES).id).plan(1, "yearly", "yearly")
    walk.tick("tell-team")
    walk.answer("salesforce-reason", "set")
    walk.quote(new="m365-business-basic-yearly")
    async with running(tmp_path, service=service) as tui:
        await tui.open(walk.case)
        await tui.press("i")
        assert "3, one for each mailbox" in tui.text()
        await tui.press("9")
        await tui.type("x")
        await tui.press("enter")
        assert "a whole number" in tui.text()
        await tui.press("backspace")
        await tui.type("5")
        await tui.press("enter")
        await tui.until(lambda: walk.case.licences == 5)
        assert walk.state("quote") is State.STALE, "what was worked out for three has to be worked out again"
        await tui.press("i", "9", "backspace", "enter")
        await tui.until(lambda: walk.case.licences == 3)


# -- the domain
async def retype(tui: Tui, domain: str) -> None:
    await tui.press("i", "8", *["backspace"] * len("young.com.au"))
    await tui.type(domain)
    await tui.press("enter")


async def test_a_mistyped_domain_keeps_call_and_answers_and_changes_the_addresses(tmp_path: Path) -> None:
    service = new_service(tmp_path, playbook=playbook())
    walk = Walk(service, service.start("young.com.au", mailboxes=BOXES).id)
    walk.begin(2)
    walk.answer("ox-running", "running")
    async with running(tmp_path, service=service) as tui:
        await tui.open(walk.case)
        await retype(tui, "younger.com.au")
        assert "mistyped, same client" in tui.text()
        await tui.press("1")
        await tui.until(lambda: walk.case.domain == "younger.com.au")
        assert walk.case.conversation.live and walk.state("ox-running") is State.DONE
        assert walk.case.addresses == tuple(box.replace("young", "younger") for box in BOXES)
        await tui.until(lambda: kinds(walk)[-1] == "evidence")
        assert walk.case.evidence and walk.case.evidence["domain"] == "younger.com.au", "DNS is looked up again"


async def test_another_clients_domain_has_all_checked_again_and_nobody_authenticated(tmp_path: Path) -> None:
    service = new_service(tmp_path, playbook=playbook())
    walk = Walk(service, service.start("young.com.au", mailboxes=BOXES).id)
    walk.begin(2)
    walk.answer("ox-running", "running")
    async with running(tmp_path, service=service) as tui:
        await tui.open(walk.case)
        await retype(tui, "other.com.au")
        await tui.press("2")
        await tui.until(lambda: walk.case.domain == "other.com.au")
        assert not walk.case.authenticated and not walk.case.conversation.live
        assert walk.state("ox-running") is State.STALE


async def test_once_something_was_done_it_cannot_be_a_slip(tmp_path: Path) -> None:
    """The price of it is said before: everything is checked again."""
    service = new_service(tmp_path, playbook=playbook())
    walk = worked(service)
    async with running(tmp_path, service=service) as tui:
        await tui.open(walk.case)
        await retype(tui, "other.com.au")
        assert isinstance(tui.app.screen, Confirm)
        assert "Everything done so far needs checking again" in tui.text()
        await tui.press("escape")
        assert walk.case.domain == "young.com.au"
        await retype(tui, "other.com.au")
        await tui.press("enter")
        await tui.until(lambda: walk.case.domain == "other.com.au")
        assert not walk.case.authenticated
        assert walk.state("order") is State.STALE
