"""`oxtui cases`, `notes`, `report` and `purge`, over the sample cases of the demo."""

from __future__ import annotations

import json
import os
import shutil
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from oxtui.cases.commands.calls import BeginCall, EndCall, Park
from oxtui.cases.commands.closing import Close
from oxtui.cases.commands.waiting import Note
from oxtui.cases.events import Event, to_document
from oxtui.cases.status import State
from oxtui.cli.samples import make, read_samples
from oxtui.clock import Clock, from_environment
from oxtui.locations import locate
from oxtui.playbook.load import load
from oxtui.service import Service
from tests.conftest import NOW
from tests.core.cli_help import Run, runner
from tests.core.dns_server import DnsServer
from tests.core.load_sample import write

KEYS = {"id", "domain", "scenario", "status", "authenticated", "done", "total", "next", "hold", "opened_at", "agent"}


@pytest.fixture(scope="module")
def floor(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with every sample case, made once."""
    folder = tmp_path_factory.mktemp("floor")
    places = locate(folder / "home", environ={})
    make(Service(places, load(places.config).playbook, from_environment({"OXTUI_NOW": NOW}), "maria"))
    return places.home


@pytest.fixture
def samples(floor: Path, home: Path, clock: Clock) -> Service:
    """A copy of the floor as this test's home, and a service over it."""
    shutil.copytree(floor, home)
    places = locate(home)
    return Service(places, load(places.config).playbook, clock, "noor")


@pytest.fixture
def run(home: Path, clock: Clock, capfd: pytest.CaptureFixture[str]) -> Run:
    return runner(capfd)


# -- the sample cases themselves
def test_the_samples_show_every_state(samples: Service) -> None:
    cases = {row.domain: samples.case(row.id) for row in samples.overviews()}
    states = {status.state for case in cases.values() for status in case.statuses.values()}
    assert states == set(State) - {State.PENDING}
    assert {case.standing_word() for case in cases.values()} == {"due", "in hand", "waiting"}
    assert {case.number for case in cases.values()} == {None, 1, 2, 3}
    assert [case.domain for case in cases.values() if case.unwinds] == ["pier-nine-cafe.example"]
    assert [case.domain for case in cases.values() if case.auth_failed] == ["granite-gym.example"]
    assert cases["coastal-dental.example"].marks("jira-result").keys() == {
        "reception@coastal-dental.example",
        "dr.moss@coastal-dental.example",
        "dr.vale@coastal-dental.example",
    }
    nearly = cases["fernhill-school.example"].next_item()
    assert nearly is not None and nearly.killer
    assert samples.store.archive.count() == 2
    assert len(cases) + 2 == len(read_samples())


def test_the_samples_are_whole_and_in_the_past(samples: Service) -> None:
    now = samples.clock.now()
    for row in samples.overviews():
        case = samples.case(row.id)
        assert not case.altered and all(entry.at <= now for entry in case.log)
    assert samples.store.verify() == {}


def test_another_playbook_has_samples_too(tmp_path: Path, clock: Clock) -> None:
    """None of the shipped names is in it."""
    config = write(tmp_path / "config")
    service = Service(locate(tmp_path / "home", config), load(config).playbook, clock, "maria")
    assert len(make(service).samples) == len(read_samples())
    assert any(row.done for row in service.overviews()) and service.store.archive.count() > 0


# -- cases
def test_an_empty_floor(run: Run) -> None:
    assert run("cases") == (0, "No open case.\n", "")
    assert json.loads(run("cases", "--json").out) == []
    assert json.loads(run("cases", "--all", "--json").out) == []
    ended = run("cases", "--search", "anna")
    assert ended.code == 1 and "no case has 'anna'" in ended.err and not ended.out
    ended = run("cases", "--search", "anna", "--json")
    assert (ended.code, json.loads(ended.out)) == (1, [])
    assert "no open case" in run("cases", "--handover").out


def test_open_cases_due_first(run: Run, samples: Service) -> None:
    rows = json.loads(run("cases", "--json").out)
    assert all(set(row) == KEYS for row in rows)
    assert rows[0]["domain"] == "harbour-kayaks.example" and rows[0]["status"] == "due"
    assert rows[0]["hold"] == {"for": "Platform Support", "until": "2026-11-21"}
    assert rows[-1]["status"] == "waiting"
    by_domain = {row["domain"]: row for row in rows}
    fresh = by_domain["wattle-florist.example"]
    assert (fresh["scenario"], fresh["authenticated"], fresh["done"], fresh["total"]) == (None, False, 0, 0)
    assert fresh["hold"] is None and fresh["next"] == "Authenticate the client"
    assert fresh["opened_at"] == "2026-11-21T23:43:00.000Z"
    text = run("cases")
    assert text.code == 0 and len(text.lines) == len(rows)
    assert "waits for Platform Support until 2026-11-21" in text.lines[0]


def test_a_case_is_authenticated_while_something_may_be_ticked_in_it(run: Run, home: Path, samples: Service) -> None:
    def authenticated() -> bool:
        return bool(
            next(row for row in json.loads(run("cases", "--json").out) if row["id"] == case.id)["authenticated"]
        )

    case = samples.start("parked.example")
    assert not authenticated()
    for change, so in ((BeginCall("client"), True), (Park(), False), (BeginCall("client"), True), (EndCall(), False)):
        samples.change(case.id, change)
        assert authenticated() is so, change
    samples.change(case.id, BeginCall("back-office"))
    assert authenticated()


def test_all_cases(run: Run, samples: Service) -> None:
    rows = json.loads(run("cases", "--all", "--json").out)
    assert all(set(row) == KEYS for row in rows) and len(rows) == len(read_samples())
    closed = [row for row in rows if row["status"] == "closed"]
    assert [row["domain"] for row in closed] == ["saltbush-wines.example", "quokka-cycles.example"]
    days = [row["closed_at"] for row in samples.store.archive.recent(9)]
    assert days == sorted(days, reverse=True), "the history shows the newest first"
    assert not any(row["authenticated"] or row["next"] or row["hold"] for row in closed), "nothing is ticked in them"
    assert closed[0]["done"] == closed[0]["total"] > 0


@pytest.mark.parametrize(
    ("words", "domains"),
    [
        (["--search", "kayaks"], ["harbour-kayaks.example"]),
        (["--search", "KAYAKS anna"], ["harbour-kayaks.example"]),
        (["--search", "dr.moss@coastal"], ["coastal-dental.example"]),
        (["--search", "quokka"], []),
        (["--all", "--search", "quokka"], ["quokka-cycles.example"]),
        (["--all", "--search", "saltbush"], ["saltbush-wines.example"]),
        (["--search", "nobody-at-all"], []),
        (["--all", "--search", "nobody-at-all"], []),
        (["--all", "--search", '" OR zzz --'], []),
    ],
)
def test_search(run: Run, samples: Service, words: list[str], domains: list[str]) -> None:
    ended = run("cases", *words, "--json")
    assert [row["domain"] for row in json.loads(ended.out)] == domains
    assert ended.code == (0 if domains else 1)
    text = run("cases", *words)
    assert text.code == ended.code and (text.err.count("\n") == (0 if domains else 1))


def test_notes_of_open_cases_are_searched_too(run: Run, samples: Service) -> None:
    """4.14: only the notes of closed cases were."""
    row = next(row for row in samples.overviews() if row.domain == "wattle-florist.example")
    samples.change(row.id, Note("Rings back about the Kangaroo Paw order"))
    ended = run("cases", "--search", "kangaroo paw", "--json")
    assert [found["domain"] for found in json.loads(ended.out)] == ["wattle-florist.example"]


def test_who_has_a_case(run: Run, samples: Service) -> None:
    rows = json.loads(run("cases", "--all", "--json").out)
    assert {row["agent"] for row in rows} == {"maria"}
    case = next(row for row in samples.overviews() if row.domain == "bellbird-print.example")
    samples.change(case.id, BeginCall("back-office"))
    rows = {row["id"]: row for row in json.loads(run("cases", "--json").out)}
    assert rows[case.id]["agent"] == "noor"


def test_a_case_that_cannot_be_read_is_named_and_the_others_are_shown(run: Run, samples: Service, home: Path) -> None:
    """A hold until a day that no calendar has: one bad case ended the program at every start."""
    case = next(row for row in samples.overviews() if row.domain == "wattle-florist.example")
    document = samples.store.get(case.id)
    assert document
    seq = len(document["log"]) + 1
    held = Event("bad", seq, samples.clock.now(), "eve", "hold", {"for": "SME", "until": "0001-01-01"})
    samples.store.append(case.id, seq - 1, [to_document(case.id, held)])
    rows = {row["domain"]: row for row in json.loads(run("cases", "--json").out)}
    assert len(rows) == len(read_samples()) - 2 and "wattle-florist.example" in rows
    ended = run("cases", "--handover")
    assert ended.code == 0 and "harbour-kayaks.example" in ended.out


def test_handover(run: Run, samples: Service) -> None:
    ended = run("cases", "--handover")
    assert ended.code == 0 and ended.out.index("harbour-kayaks") < ended.out.index("bellbird-print")
    assert "saltbush" not in ended.out
    assert run("cases", "--handover", "--json").code == 2


# -- notes
def test_notes(run: Run, samples: Service) -> None:
    by_domain = run("notes", "coastal-dental.example")
    assert by_domain.code == 0 and "by PIN" in by_domain.out and "Office 365" in by_domain.out
    case_id = next(row.id for row in samples.overviews() if row.domain == "coastal-dental.example")
    assert run("notes", case_id) == by_domain
    assert run("notes", "priya@coastal-dental.example") == by_domain
    closed = run("notes", "quokka-cycles.example")
    assert closed.code == 0 and "complete" in closed.out
    failed = run("notes", "granite-gym.example")
    assert failed.code == 0 and "NOT be authenticated" in failed.out


def test_a_short_note_fits_a_comment_and_has_no_line(run: Run, samples: Service) -> None:
    whole, short = run("notes", "fernhill-school.example").out, run("notes", "fernhill-school.example", "--short").out
    assert "oxtui:2:" in whole and "oxtui:" not in short and len(short) < 4000
    assert short.splitlines()[:4] == whole.splitlines()[:4]


def test_notes_of_nobody_and_of_two(run: Run, samples: Service) -> None:
    for name in ("nobody", "nobody.example", "", "a b", "../../etc/passwd"):
        ended = run("notes", name)
        assert ended.code == 1 and not ended.out and ended.err.count("\n") == 1
    second = samples.start("coastal-dental.example")
    ended = run("notes", "coastal-dental.example")
    assert ended.code == 1 and second.id in ended.err and "2 open cases" in ended.err


def test_a_case_that_was_changed_by_hand_is_not_authenticated(run: Run, samples: Service, home: Path) -> None:
    path = home / "cases.json"
    text = path.read_text()
    assert '"method": "PIN"' in text
    path.write_text(text.replace('"method": "PIN"', '"method": "pin"'))
    shutil.rmtree(home / "backups")
    rows = json.loads(run("cases", "--json").out)
    assert rows and not any(row["authenticated"] for row in rows)


def test_a_case_that_was_changed_by_hand_is_marked_in_the_list(run: Run, samples: Service, home: Path) -> None:
    case_id, other = (row.id for row in samples.overviews()[:2])
    shutil.rmtree(home / "backups")
    whole = json.loads((home / "cases.json").read_text("utf-8"))
    document = next(each for each in whole["cases"].values() if each["id"] == case_id)
    document["log"][0]["agent"] = "mallory"
    (home / "cases.json").write_text(json.dumps(whole), "utf-8")
    ended = run("cases")
    (row,) = (line for line in ended.lines if line.startswith(case_id))
    assert ended.code == 0 and "CHANGED FROM OUTSIDE" in row and ended.out.count("CHANGED") == 1
    ended = run("cases", "--json")
    assert all(set(each) == KEYS for each in json.loads(ended.out))
    assert ended.err.startswith("oxtui: changed from outside: ") and ended.err.count("\n") == 1
    assert case_id in ended.err and other not in ended.err


def test_a_damaged_file_is_mended_and_told(run: Run, samples: Service, home: Path) -> None:
    before = run("cases", "--json").out
    data = (home / "cases.json").read_bytes()
    (home / "cases.json").write_bytes(data[: len(data) // 2])
    ended = run("cases", "--json")
    assert ended.code == 0 and "The case file was damaged and is mended" in ended.err and "quarantine" in ended.err
    assert ended.err.count("\n") == 1 and len(json.loads(ended.out)) == len(json.loads(before))
    assert run("cases", "--json").err == ""


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX")
@pytest.mark.parametrize(
    "words",
    [
        ["cases"],
        ["template", "o365-reversal"],
        ["plans"],
        ["report"],
        ["notes", "x"],
        ["dns", "a.example", "--resolver"],
    ],
)
def test_what_a_command_makes_is_private(run: Run, home: Path, words: list[str]) -> None:
    with DnsServer() as server:  # it knows no name, and says so at once
        run(*words, *([server.resolver] if words[-1] == "--resolver" else []))
    assert home.exists()
    for path in (home, *home.rglob("*")):
        assert path.stat().st_mode & 0o077 == 0, path


@pytest.mark.parametrize("phone", ["0299 555 123", "+61 299 555 123", "(02) 99555123"])
@pytest.mark.parametrize(
    "text",
    [
        "0299555123",
        "0299 555 123",
        "(02) 9955-5123",
        "0299.555.123",
        "+61 299 555 123",
        "+61299555123",
        "0061299555123",
    ],
)
def test_a_number_is_found_however_it_is_written(run: Run, samples: Service, phone: str, text: str) -> None:
    samples.start("wombat.example", {"phone": phone})
    samples.start("quokka.example", {"phone": "0399 555 123"})
    ended = run("cases", "--search", text)
    assert ended.code == 0 and len(ended.lines) == 1 and "wombat.example" in ended.out


@pytest.mark.parametrize("phone", ["0299 555 123", "+61 299 555 123"])
@pytest.mark.parametrize("text", ["0299555123", "(02) 9955-5123", "+61 299 555 123"])
def test_a_closed_case_is_found_by_its_number_too(run: Run, samples: Service, phone: str, text: str) -> None:
    case = samples.start("wombat.example", {"phone": phone})
    samples.change(case.id, Close("unreachable"))
    ended = run("cases", "--all", "--search", text)
    assert ended.code == 0 and len(ended.lines) == 1 and "wombat.example" in ended.out


@pytest.mark.parametrize("text", ["(02", "+61 2", "-- -- --", "0000 0000", "2026-11-28"])
def test_what_is_no_number_finds_no_phone(run: Run, samples: Service, text: str) -> None:
    samples.start("wombat.example", {"phone": "0299 555 123"})
    assert "wombat.example" not in run("cases", "--search", text).out


@pytest.mark.parametrize("text", ["münchen.de", "MÜNCHEN.DE", "mu\u0308nchen", "xn--mnchen-3ya.de"])
def test_a_case_is_found_as_its_domain_is_typed(run: Run, samples: Service, text: str) -> None:
    samples.start("münchen.de")
    ended = run("cases", "--search", text)
    assert ended.code == 0 and len(ended.lines) == 1 and "münchen.de" in ended.out


def test_a_note_of_an_open_case_is_searched(run: Run, samples: Service) -> None:
    case = samples.overviews()[0]
    samples.change(case.id, Note("The client's brother keeps wombats"))
    ended = run("cases", "--search", "wombats BROTHER")
    assert ended.code == 0 and case.domain in ended.out and len(ended.lines) == 1


# -- report and purge
def test_report(run: Run, samples: Service, tmp_path: Path) -> None:
    ended = run("report", "--csv", str(tmp_path / "report.csv"))
    assert ended.code == 0 and ended.lines[0] == "2 closed cases" and "Does not want OX-Mail" in ended.out
    rows = (tmp_path / "report.csv").read_text("utf-8").splitlines()
    assert rows[0].startswith("section,scenario,id") and rows[1].startswith("total,,,all,2")
    assert run("report", "--remarks", "--csv", str(tmp_path / "too.csv")).code == 0
    assert (tmp_path / "too.csv").read_text("utf-8").splitlines() == rows
    assert run("report", "--since", "2026-11-12").lines[0].startswith("1 closed case ")
    assert run("report", "--since", "01/01/2020", "--until", "2026-11-01").lines[0].startswith("0 closed cases")
    assert "maria" not in ended.out and "example" not in ended.out


@pytest.mark.parametrize(
    "words",
    [
        ["--since", "soon"],
        ["--since", "2026-11-02", "--until", "2026-11-01"],
        ["--csv", "/nowhere/at/all.csv"],
    ],
)
def test_report_wrong_use(run: Run, words: list[str]) -> None:
    ended = run("report", *words)
    assert ended.code == 2 and not ended.out and ended.err.count("\n") == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
def test_a_report_for_which_there_is_no_room_is_74(run: Run, samples: Service) -> None:
    ended = run("report", "--csv", "/dev/full")
    assert (ended.code, ended.out) == (74, "") and "the disk is full" in ended.err and ended.err.count("\n") == 1


def test_purge_leaves_no_trace(run: Run, samples: Service, home: Path) -> None:
    assert any(b"quokka" in path.read_bytes() for path in home.rglob("*") if path.is_file())
    ended = run("purge", "quokka-cycles.example")
    assert ended.code == 0 and ended.out.startswith("Removed 1 case")
    assert not any(b"quokka" in path.read_bytes() for path in home.rglob("*") if path.is_file())
    assert run("purge", "quokka-cycles.example").code == 1
    assert samples.store.archive.count() == 1 and len(samples.overviews()) == len(read_samples()) - 2


class Going(Clock):
    """A clock that goes, and is now at a moment that the test names."""

    moment: datetime

    def now(self) -> datetime:
        return self.moment


def test_purge_by_age_wants_a_clock_that_goes_and_is_right(
    run: Run, samples: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = run("purge", "--older", "5")
    assert ended.code == 1 and "stand still" in ended.err and samples.store.archive.count() == 2
    going = Going()
    going.moment = samples.clock.now()
    monkeypatch.setattr("oxtui.clock.from_environment", lambda: going)
    assert run("purge", "--older", "3650").out == "Removed 0 cases.\n"
    going.moment += timedelta(days=500)
    ended = run("purge", "--older", "5")
    assert ended.code == 1 and "is the clock right" in ended.err and "2 closed cases" in ended.err
    monkeypatch.setattr("oxtui.cli.doctor_data.resolver", lambda context: ())
    assert "is the clock right" in run("doctor").out
    assert run("purge", "--older", "5", "--sure").out.startswith("Removed 2 cases")
    assert samples.store.archive.count() == 0


def test_purge_spares_open_cases(run: Run, samples: Service) -> None:
    case = samples.overviews()[0]
    ended = run("purge", case.id)
    assert ended.code == 1 and "still open" in ended.err
    assert run("purge", case.domain).code == 1
    assert samples.case(case.id)


@pytest.mark.parametrize("words", [[], ["x", "--older", "3"], ["--older", "-1"], ["--older", "1.5"], ["--older", "x"]])
def test_purge_wrong_use(run: Run, words: list[str]) -> None:
    ended = run("purge", *words)
    assert ended.code == 2 and ended.err.count("\n") == 1


def test_a_purge_needs_no_playbook(run: Run, samples: Service, tmp_path: Path) -> None:
    assert run("purge", "--config", str(tmp_path / "nowhere"), "quokka-cycles.example").code == 0
