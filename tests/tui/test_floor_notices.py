"""What counts for some days: on Home, at its item, gone by itself, and the procedure is the same with it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from oxtui.cases.commands.waiting import KeepEvidence
from oxtui.errors import PlaybookError
from oxtui.playbook.load import load
from tests.core.cli_help import program
from tests.core.dns_help import evidence_data
from tests.drive.case import Walk, new_service
from tests.drive.screen import running

SHIPPED = Path(__file__).parents[2] / "config"
NOTICE = '\nnotices:\n  - {text: "Platform Support is three days behind", until: "%s", at: %s}\n'


def with_notice(folder: Path, until: str = "2026-12-04", at: str = "jira-result") -> Path:
    config = folder / "config"
    shutil.copytree(SHIPPED, config)
    main = config / "playbook.yaml"
    main.write_text(main.read_text("utf-8") + NOTICE % (until, at), "utf-8")
    return config


def test_a_notice_changes_no_procedure(tmp_path: Path) -> None:
    assert load(with_notice(tmp_path)).playbook.procedure.digest == load(SHIPPED).playbook.procedure.digest


@pytest.mark.parametrize(
    ("until", "at", "told"),
    [("4 December", "jira-result", "is a quoted date"), ("2026-12-04", "jira-resluts", "jira-result")],
)
def test_a_slip_in_a_notice_is_told_at_its_line(tmp_path: Path, until: str, at: str, told: str) -> None:
    with pytest.raises(PlaybookError) as caught:
        load(with_notice(tmp_path, until, at))
    (problem,) = caught.value.problems
    assert problem.file == "playbook.yaml" and problem.line > 100 and told in problem.message


def test_check_says_that_a_notice_is_over(tmp_path: Path) -> None:
    config = with_notice(tmp_path, "2020-01-31")
    found = program("check", "--form-only", str(config))
    assert found.returncode == 0 and "this notice ended on 31/01/2020: it can be taken out" in found.stdout


@pytest.mark.parametrize(("until", "seen"), [("2026-12-04", True), ("2026-11-20", False)])
async def test_it_is_on_home_and_at_its_item_until_its_last_day(tmp_path: Path, until: str, seen: bool) -> None:
    service = new_service(tmp_path, playbook=load(with_notice(tmp_path, until)).playbook)
    walk = Walk(service).ordered(2).sent()
    async with running(tmp_path, (120, 40), service=service) as tui:
        assert ("Platform Support is three days behind" in tui.text()) is seen
        await tui.open(walk.case)
        assert ("Platform Support is three days behind" in tui.text()) is seen


async def test_it_stands_beside_what_dns_answered(tmp_path: Path) -> None:
    service = new_service(tmp_path, playbook=load(with_notice(tmp_path, at="dns-office-365")).playbook)
    walk = Walk(service).ordered(2)
    walk.do(KeepEvidence(evidence_data(walk.case.domain, "office365")))
    async with running(tmp_path, (120, 40), service=service) as tui:
        screen = await tui.open(walk.case)
        words = screen.sidebar.words()["dns-office-365"]
        assert "Platform Support is three days behind" in words and "seen" in words
