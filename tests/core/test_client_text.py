"""The text for the client: what was done and holds, what it costs, what comes next, and nothing internal."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from oxtui.cases.commands.details import SetDetails
from oxtui.cases.commands.scenarios import Choose
from oxtui.cases.notes.client_text import client_text, first_name
from oxtui.errors import PlaybookError, Refusal
from oxtui.playbook.model import Ending
from tests.core.worked import Worked, box, confirmed, escalated, finished, returned, shipped, with_mailboxes
from tests.drive.case import ONE, Walk, changed, new_service


def text(work: Worked, ending: Ending | None = None) -> str:
    return client_text(work.case, shipped().plans, work.at.date(), ending)


def lines(work: Worked, heading: str) -> list[str]:
    """The lines under a heading of the text."""
    for part in text(work).split("\n\n"):
        head, *rest = part.split("\n")
        if head.startswith(heading):
            return rest
    return []


def test_while_a_jira_is_out_it_says_what_was_done_what_it_costs_and_what_is_waited_for(
    tmp_path: Path,
) -> None:
    work = escalated()
    assert text(work).startswith("Hi Jo,\n\n")
    assert lines(work, "Here")[-1] == "- We've asked for your old mail to be moved back to Office 365."
    costs = lines(work, "What it costs")
    assert costs[0] == "- Microsoft 365 - Online Business Basic, 4 licences: AU$167.88 a year each."
    assert "AU$624.32" in costs[1]
    one = Walk(new_service(tmp_path), mailboxes=ONE).ordered(2)
    assert "Business Basic, 1 licence: AU$13.99 a month.\n" in client_text(one.case, shipped().plans, work.at.date())
    assert lines(work, "What happens") == [
        "- Your mail is being moved back. I'll call you as soon as I hear that it's done."
    ]


def test_it_has_nothing_internal_in_it() -> None:
    for work in (escalated(), returned(), confirmed(), finished()):
        told = text(work)
        assert not [word for word in ("Sam Lee", "HOST-", "SO-77", "NB", "SME", "D10", "chat") if word in told], told


def test_what_holds_for_some_mailboxes_names_them() -> None:
    three = ", ".join(box(name) for name in ("anna", "info", "support"))
    assert f"- Your old mail is back in Office 365 ({three})." in lines(returned(), "Here")
    look = next(line for line in lines(returned(), "What happens") if "Is your old mail there" in line)
    assert box("anna") in look and box("sales") not in look, "only who has the mail back is asked to look"


def test_what_has_to_be_checked_again_is_not_told_as_done() -> None:
    work = confirmed()
    assert "- Your devices connect to Office 365." in lines(work, "Here")
    work.says("devices", "not-yet", told="the phone of Jo")
    assert not [line for line in lines(work, "Here") if "devices" in line or "works" in line]


def test_a_case_that_ends_early_says_what_goes_on_costing() -> None:
    work = escalated()
    left = next(each for each in work.case.procedure.endings if each.id == "unreachable")
    assert "- OX-Mail is still running and billed." in text(work, left)
    assert f"- {left.tell}" in text(work, left)
    assert "being moved back" not in text(work, left)


def test_a_name_that_is_not_known_leaves_no_gap() -> None:
    assert text(escalated().do(SetDetails({"contact": ""}))).startswith("Hi,\n")


@pytest.mark.parametrize(
    ("typed", "greeted"),
    [
        ("Sue Lim", "Sue"), ("Sue O'Neil-McDonald", "Sue"), ("Zoë Ng", "Zoë"), ("Sue", "Sue"),
        ("Sue Ann Lim", "Sue Ann Lim"),
        ("Mr Lim", "Mr Lim"), ("Acme Ltd", "Acme Ltd"), ("the accountant", "the accountant"), ("SUE LIM", "SUE LIM"),
        ("Sue (owner)", "Sue (owner)"), ("Sue Lim2", "Sue Lim2"),
    ],
)  # fmt: skip
def test_only_what_is_plainly_a_name_is_shortened(typed: str, greeted: str) -> None:
    assert first_name(typed) == greeted


def test_before_anything_was_done_there_is_nothing_to_tell() -> None:
    with pytest.raises(Refusal, match="nothing to tell the client yet"):
        text(with_mailboxes("anna").do(Choose(1), Choose(2)))


def test_of_fourteen_mailboxes_the_one_still_to_come_is_named_and_what_happens_next() -> None:
    names = [f"m{number:02}" for number in range(1, 14)] + ["kitchen"]
    work = with_mailboxes(*names).do(Choose(1)).tick("tell-team")
    work.says("billed-now", "monthly").says("licence", "business-basic").says("billed-next", "monthly").tick("order")
    work.says("order-completed", "completed")
    assert lines(work, "What happens") == ["- I'm moving your mail to the new licence now."]
    work.tick("accounts-swapped", *(box(name) for name in names[:-1]))
    assert lines(work, "Here")[-1] == f"- Your mail is on the new licence (all but {box('kitchen')})."
    assert lines(work, "What happens")[0] == f"- I'm moving your mail to the new licence now ({box('kitchen')})."


def test_nothing_is_written_to_a_client_who_was_not_authenticated() -> None:
    with pytest.raises(Refusal, match="authenticated"):
        text(Worked())


def test_a_playbook_without_words_for_it_says_so() -> None:
    procedure = replace(shipped().procedure, client_text=None)
    with pytest.raises(Refusal, match="no text for the client"):
        text(Worked(procedure=procedure))


@pytest.mark.parametrize(
    ("name", "old", "new", "told"),
    [
        ("playbook.yaml", "what we've done for {domain}", "what we've done for {domian}", "domian"),
        ("scenarios/1-does-not-want-ox-mail.yaml", "comes on {date}", "comes on {day}", "'day'"),
    ],
)
def test_a_field_that_is_not_there_is_found_by_check(tmp_path: Path, name: str, old: str, new: str, told: str) -> None:
    with pytest.raises(PlaybookError) as found:
        changed(tmp_path, name, (old, new))
    assert any(told in problem.message for problem in found.value.problems)
