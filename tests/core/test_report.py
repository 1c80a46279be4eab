"""The report over closed cases: real summaries of real cases, and a large history."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from oxtui.cases.commands.calls import BeginCall, EndCall
from oxtui.cases.commands.closing import Close, Reopen
from oxtui.cases.commands.scenarios import Choose
from oxtui.cases.commands.waiting import Remark, Resume, SetHold
from oxtui.cases.events import iso
from oxtui.cases.notes.report import Report, report, summary
from oxtui.clock import Clock
from oxtui.store.local.archive import Archive
from tests.core.cli_help import program
from tests.core.worked import SUNDAY, Worked, finished, shipped
from tests.drive.case import Walk, service_at

CLOCK = Clock(SUNDAY)


def row(**given: Any) -> dict[str, Any]:
    """A summary of a case that was open for two hours, of which it waited one."""
    fields = {
        "id": "abc",
        "domain": "brightside.com.au",
        "scenario": 1,
        "ending": "complete",
        "opened_at": "2026-11-20T00:00:00.000Z",
        "closed_at": "2026-11-20T02:00:00.000Z",
        "agent": "anna",
        "done": 9,
        "total": 9,
        "skipped": [],
        "waited_seconds": 3600,
    }
    return {**fields, **given}


def of(*rows: dict[str, Any], **period: date) -> Report:
    return report(rows, CLOCK, shipped().procedure, **period)


def test_the_summary_of_a_case_tells_what_the_report_needs() -> None:
    case = finished().case
    kept = summary(case)
    assert kept == {
        "id": case.id,
        "domain": "brightside.com.au",
        "scenario": 2,
        "ending": "complete",
        "opened_at": "2026-11-21T23:46:00.000Z",
        "closed_at": iso(datetime.fromisoformat("2026-11-25T09:10:00+11:00")),
        "agent": "anna",
        "done": case.progress()[0],
        "total": case.progress()[1],
        "skipped": ["chat-follow-up"],
        # on hold from Monday 09:16 to Wednesday 09:01
        "waited_seconds": 2 * 86400 - 15 * 60,
    }


def test_waiting_is_summed_over_holds_and_ends_with_the_case() -> None:
    work = Worked().do(SetHold("chat", "2026-11-23")).do(SetHold("SME team", "2026-11-24"), minutes=60)
    work.do(Resume(), minutes=60).do(SetHold("chat", "2026-11-25"), minutes=60).do(Close("unreachable"), minutes=30)
    assert summary(work.case)["waited_seconds"] == (60 + 60 + 30) * 60
    work.do(Reopen(), minutes=600).do(Close("unreachable"), minutes=5)
    assert summary(work.case)["waited_seconds"] == (60 + 60 + 30) * 60


def test_totals_by_scenario_ending_and_skipped_item() -> None:
    made = of(
        row(),
        row(skipped=["csp"], closed_at="2026-11-20T04:00:00.000Z"),
        row(scenario=2, skipped=["webmail", "ns"]),
        row(scenario=2, skipped=["webmail"], ending="handed-over"),
        row(scenario=None, ending="nothing-to-do", waited_seconds=0),
    )
    assert made.total.cases == 5
    assert made.total.open_seconds == 7200
    assert [(group.scenario, group.name, group.cases) for group in made.scenarios] == [
        (1, shipped().procedure.scenarios[1].title, 2),
        (2, shipped().procedure.scenarios[2].title, 2),
        (None, "no scenario", 1),
    ]
    assert made.scenarios[0].open_seconds == 3 * 3600
    assert made.scenarios[2].waited_seconds == 0
    assert [(group.id, group.name, group.cases) for group in made.endings] == [
        ("complete+skipped", "complete with skipped items", 2),
        ("complete", "complete", 1),
        ("handed-over", "handed over", 1),
        ("nothing-to-do", "nothing to do", 1),
    ]
    webmail = shipped().procedure.scenarios[2].by_id["webmail"].text
    most = made.skipped[0]
    assert (most.scenario, most.name, most.cases) == (2, webmail, 2)
    text = made.text()
    assert text.startswith("5 closed cases\nOpen 2 h 00 min, waiting 1 h 00 min (medians)\n")
    assert f"  2  2  {webmail}\n" in text
    assert "anna" not in text + made.csv()
    assert "brightside" not in text + made.csv()


def test_an_item_or_ending_that_the_playbook_has_no_more_is_told_by_its_id() -> None:
    made = of(row(scenario=7, skipped=["gone"], ending="vanished"))
    assert [group.name for group in (*made.scenarios, *made.endings, *made.skipped)] == [
        "scenario 7",
        "vanished",
        "gone",
    ]
    assert report([row()], CLOCK).scenarios[0].name == "scenario 1"


def test_a_period_is_of_local_days_and_both_count() -> None:
    # 20 November 23:30 UTC is the 21st in Melbourne.
    rows = [row(closed_at=f"2026-11-{day}T23:30:00.000Z") for day in (18, 19, 20, 21)]
    assert of(*rows, since=date(2026, 11, 20), until=date(2026, 11, 21)).total.cases == 2
    assert of(*rows, since=date(2026, 11, 22)).total.cases == 1
    assert of(*rows, until=date(2026, 11, 18)).total.cases == 0
    made = of(*rows, since=date(2026, 11, 20), until=date(2026, 11, 21))
    assert made.text().startswith("2 closed cases from 20/11/2026 up to 21/11/2026\n")


def test_times_that_cannot_be_read_are_said_and_not_guessed() -> None:
    made = of(row(), row(closed_at="", waited_seconds=99), row(opened_at="2026-11-20T02:00:00"))
    assert (made.total.cases, made.untimed, made.total.waited_seconds) == (3, 2, 3600)
    assert "2 without times that can be read: counted, but not in the medians" in made.text()
    assert of(row(closed_at="?"), since=date(2026, 1, 1)).total.cases == 0


def test_no_closed_case_at_all() -> None:
    made = of()
    assert made.text() == "0 closed cases\n"
    assert made.csv().splitlines()[1] == "total,,,all,0,,"


def test_the_csv_is_one_table_with_numbers() -> None:
    made = of(row(), row(scenario=2, skipped=["webmail"]))
    rows = list(csv.DictReader(io.StringIO(made.csv())))
    assert [each["section"] for each in rows] == [
        "total",
        "scenario",
        "scenario",
        "ending",
        "ending",
        "skipped",
    ]
    assert rows[0]["cases"] == "2"
    assert rows[0]["median_open_hours"] == "2.0"
    assert rows[-1]["id"] == "webmail"


def test_nothing_in_the_csv_is_a_formula() -> None:
    """2.10: an ending that begins with = was one to the spreadsheet."""
    made = of(row(ending="=HYPERLINK(1)", skipped=["@sum"]), row(ending="-1+1"))
    rows = list(csv.DictReader(io.StringIO(made.csv())))
    assert {each["name"] for each in rows} >= {"'=HYPERLINK(1)", "'-1+1", "'@sum"}
    assert not [cell for each in rows for cell in each.values() if cell.startswith(("=", "+", "-", "@"))]


def test_a_case_without_scenario_has_a_summary() -> None:
    work = Worked().do(BeginCall("client"), Choose(2)).do(Close("unreachable"))
    assert summary(work.case)["ending"] == "unreachable"
    assert summary(Worked().case)["closed_at"] == ""


def test_five_thousand_closed_cases() -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    rows = [
        row(
            id=f"case{number}",
            scenario=number % 3 + 1,
            opened_at=iso(start + timedelta(hours=number)),
            closed_at=iso(start + timedelta(hours=number + number % 50)),
            waited_seconds=number % 50 * 1800,
            skipped=["webmail"] if number % 4 else [],
        )
        for number in range(5000)
    ]
    made = of(*rows)
    text = made.text() + made.csv()
    assert made.total.cases == 5000
    assert "3750  " in text or "1250  " in text


def test_the_command_reports_five_thousand_closed_cases(home: Path) -> None:
    history = Archive(home)
    case = finished()
    kept = summary(case.case)
    history.add(case.document, {**kept, "text": "words"})
    start = datetime(2026, 1, 1, tzinfo=UTC)
    endings, skipped = ("complete", "unreachable", "handed-over"), (["webmail"], [], ["spamexperts", "webmail"])  # type: ignore[var-annotated]
    rows = []
    for number in range(1, 5000):
        times = {
            "opened_at": iso(start + timedelta(hours=number)),
            "closed_at": iso(start + timedelta(hours=number + 9)),
        }
        told = {"id": f"case{number}", "scenario": number % 3 + 1, "ending": endings[number % 3]}
        row = {**kept, **told, **times, "skipped": skipped[number % 3]}
        rows.append((row["id"], row["domain"], row["closed_at"], json.dumps(row), json.dumps(case.document), "words"))
    with closing(sqlite3.connect(history.path)) as base:
        columns = "case_id, domain, closed_at, summary, document, text"
        base.executemany(f"INSERT INTO cases ({columns}) VALUES (?, ?, ?, ?, ?, ?)", rows)
        base.commit()
    ended = program("report", "--csv", str(home / "report.csv"), OXTUI_HOME=str(home))
    assert ended.returncode == 0 and ended.stdout.startswith("5000 closed cases\n"), ended.stderr
    assert "  1668  2  Wants Office 365 back" in ended.stdout
    assert "  1666  3  Does the SPAM-Experts login work?" in ended.stdout
    assert (home / "report.csv").read_text().startswith("section,scenario,id,name,cases")


def test_the_command_tells_what_agents_said_of_the_steps(home: Path) -> None:
    """In open cases and closed ones, with no agent's name and no client's."""
    service = service_at(home)
    first = Walk(service).ordered(2)
    first.do(Remark("order-completed", "The console says Provisioned"), EndCall())
    closed = Walk(service, service.start("other.example").id).begin(3)
    closed.do(Remark("ns", "asked twice"))
    closed.close("unreachable")
    found = program("--home", str(home), "report", "--remarks")
    assert found.returncode == 0, found.stderr
    assert "Is the order completed?" in found.stdout and "wrong    The console says Provisioned" in found.stdout
    assert "asked twice" in found.stdout and "example" not in found.stdout
    older = program("--home", str(home), "report", "--remarks", "--until", "2020-01-01")
    assert "No one has called a step wrong" in older.stdout
