"""NBs on the screen: each while it is in force, and no longer."""

from __future__ import annotations

from pathlib import Path

import pytest

from oxtui.cases.case import Case
from oxtui.cases.commands.calls import EndCall
from tests.drive.case import Walk, new_service, playbook
from tests.drive.screen import running

BOXES = ("anna@two.example",)


@pytest.mark.parametrize("size", [(40, 12), (120, 40)])
async def test_the_nb_to_authenticate_is_shown_while_nobody_is(tmp_path: Path, size: tuple[int, int]) -> None:
    service = new_service(tmp_path, playbook=playbook())
    walk = Walk(service).begin(1)
    async with running(tmp_path, size, service=service) as tui:
        await tui.open(walk.case)
        assert "Authenticate" not in tui.text() and "How is Email Essentials billed?" in tui.text()
        walk.do(EndCall())
        tui.screen.case_changed(walk.case)  # type: ignore[attr-defined]
        await tui.until(lambda: "NB Authenticate" in tui.words())
        await tui.press("a")
        await tui.until(lambda: "NB Authenticate" not in tui.words())


async def test_the_nbs_that_last_are_true(tmp_path: Path) -> None:
    keep, gone, differ = "keep-ox-mail", "ox-mail-gone", "dns-answers-differ"
    service = new_service(tmp_path, playbook=playbook())
    walk = Walk(service).begin(2)
    async with running(tmp_path, (200, 60), service=service) as tui:
        screen = await tui.open(walk.case)

        def shown(case: Case) -> list[str]:
            screen.case_changed(case)
            names = [nb.id for nb in screen.head.lasting_nbs()]
            return [name for name in (keep, gone, differ) if name in names]

        assert shown(walk.case) == [], "nobody has said yet whether OX-Mail runs"
        assert shown(walk.answer("ox-running", "cancelled")) == [gone]
        assert shown(walk.answer("ox-running", "running")) == [keep]
        walk.do(EndCall())
    walk = Walk(service, service.start("two.example", mailboxes=BOXES).id).ordered(2).sent()
    async with running(tmp_path, (200, 60), service=service) as tui:
        screen = await tui.open(walk.case)
        assert shown(walk.answer("mx", "ox-mail")) == [keep, differ]
        assert shown(walk.answer("mx", "office-365")) == [keep]
        walk.answer("jira-result", "completed")
        walk.answer("client-confirms", "works")
        assert shown(walk.case) == [keep]
        assert shown(walk.cancel("cancel-ox-mail")) == [], "it has nothing more to say"


def test_the_shipped_short_forms_fit_the_smallest_pane() -> None:
    short = {name: nb.short for name, nb in playbook().procedure.nbs.items()}
    assert all(len(text) <= 32 for text in short.values()), short
