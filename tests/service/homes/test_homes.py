"""A home of the former version: nothing in it is lost, what was done counts, and what has to be seen again is said."""

from __future__ import annotations

import gzip
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest

from oxtui import cli
from oxtui.cases.case import Case
from oxtui.cases.commands.calls import BeginCall
from oxtui.cases.commands.corrections import Settle
from oxtui.cases.commands.killers import Clear
from oxtui.cases.commands.mailboxes import SetMailboxes
from oxtui.cases.commands.marks import AnswerIt, Tick
from oxtui.cases.commands.waiting import Note
from oxtui.cases.events import FORMAT
from oxtui.cases.status import State
from oxtui.clock import Clock
from oxtui.errors import Negative, Refusal
from oxtui.playbook.model import Item, Scenario
from oxtui.service import Service
from tests.core.cli_help import config_with
from tests.core.dns_server import DnsServer
from tests.drive.case import SUNDAY, service_at, shipped

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
LATER = SUNDAY + timedelta(hours=8)
RENAMED: Final = {"screenshot"}
"""Items that have no successor of that id."""
COUNTS = (State.DONE, State.IN_DOUBT)


@cache
def told() -> dict[str, Any]:
    """What the former program said of each case, by name."""
    found: dict[str, Any] = json.loads((HERE / "told.json").read_text(encoding="utf-8"))
    return found


OPEN = sorted(name for name, said in told().items() if not said["closed"])
CLOSED = sorted(name for name, said in told().items() if said["closed"])


def put_back(folder: Path) -> Path:
    """The home as the former program left it, in `folder`."""
    (folder / "playbooks").mkdir(parents=True)
    for name in ("cases.json", "drafts.json"):
        shutil.copy(HERE / "home" / name, folder / name)
    (folder / "history.sqlite3").write_bytes(gzip.decompress((HERE / "home" / "history.sqlite3.gz").read_bytes()))
    for pin in (HERE / "home" / "playbooks").iterdir():
        (folder / "playbooks" / pin.name.removesuffix(".gz")).write_bytes(gzip.decompress(pin.read_bytes()))
    return folder


@pytest.fixture
def former(tmp_path: Path) -> Path:
    return put_back(tmp_path / "former")


@pytest.fixture
def service(former: Path) -> Service:
    return service_at(former, clock=Clock(LATER))


def lines(folder: Path, case_id: str) -> list[str]:
    """The log of an open case as the file has it, an event a line."""
    kept = json.loads((folder / "cases.json").read_bytes())
    documents = [document for table in kept.values() for document in table.values()]
    (document,) = [each for each in documents if each.get("id") == case_id]
    return [json.dumps(event) for event in document["log"]]


def archived(folder: Path) -> list[tuple[Any, ...]]:
    """Every row of the archive's table of cases."""
    with closing(sqlite3.connect(folder / "history.sqlite3")) as base:
        return sorted(base.execute("select * from cases"))


def opened(service: Service, name: str) -> Case:
    case, moved = service.open_case(told()[name]["id"])
    assert moved
    return case


# -- nothing is lost
def test_reading_an_open_case_changes_nothing(service: Service, former: Path) -> None:
    before = (former / "cases.json").read_bytes()
    for name in OPEN:
        case = service.case(told()[name]["id"])
        assert (case.domain, len(case.log)) == (f"{name}.com.au", told()[name]["events"])
        assert case.altered == ()
    assert len(service.overviews()) == len(OPEN)
    assert (former / "cases.json").read_bytes() == before


@pytest.mark.parametrize("name", OPEN)
def test_an_open_case_moves_once_and_keeps_every_event_as_it_was_written(
    service: Service, former: Path, name: str
) -> None:
    case_id = told()[name]["id"]
    before = lines(former, case_id)
    case, moved = service.open_case(case_id)
    after = lines(former, case_id)
    assert moved
    assert after[: len(before)] == before
    assert [json.loads(line)["what"] for line in after[len(before) :]] == ["moved"]
    assert case.procedure.digest == shipped().procedure.digest
    assert service.open_case(case_id)[1] is False
    assert service_at(former, "ben", Clock(LATER)).open_case(case_id)[1] is False
    assert lines(former, case_id) == after


def test_several_agents_who_open_a_case_at_once_move_it_once(former: Path) -> None:
    services = [service_at(former, agent, Clock(LATER)) for agent in ("anna", "ben", "cleo", "dan")]
    for name in ("two-ready", "one-ready", "three-checked"):
        case_id = told()[name]["id"]
        start = threading.Barrier(len(services))

        def open_it(service: Service, case_id: str = case_id, start: threading.Barrier = start) -> None:
            start.wait()
            service.open_case(case_id)

        threads = [threading.Thread(target=open_it, args=(service,)) for service in services]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        whats = [json.loads(line)["what"] for line in lines(former, case_id)]
        assert whats.count("moved") == 1
        assert len(whats) == told()[name]["events"] + 1


def test_details_waits_lines_and_drafts_are_still_there(service: Service) -> None:
    typed = opened(service, "typed")
    assert (typed.details.of("phone"), typed.details.of("contact")) == ("0299 555 123", "Kim")
    assert (typed.details.of("salesforce"), typed.evidence is not None) == ("00123456", True)
    waiting = opened(service, "waiting")
    assert waiting.hold is not None
    assert (waiting.hold.waits_for, waiting.hold.until) == ("order", "2026-11-30")
    copied = opened(service, "copied")
    assert copied.lines["o365-reversal", "when-did-it-start"].value == "2026-11-20"
    assert copied.copied()
    assert [event.get("text") for event in copied.log if event.what == "note"] == [
        "Called back at eleven.\nNobody there."
    ]
    left = opened(service, "mailbox-left")
    assert left.addresses == ("anna@mailbox-left.com.au", "info@mailbox-left.com.au")
    assert left.mailboxes[1].of("ox-mail") == "yes"
    for name, text in (("two-sent", "half a note, to be"), ("opened", "The client asks whether"), ("live", "and then")):
        assert service.store.drafts.of(told()[name]["id"]) == text


def test_who_was_authenticated_is_still_so_and_a_call_that_has_lapsed_is_not_live(service: Service) -> None:
    for name in OPEN:
        case = opened(service, name)
        assert case.authenticated == told()[name]["authenticated"], name
        assert not case.conversation.live, name


def test_a_call_of_the_former_program_goes_on(former: Path) -> None:
    last = json.loads(lines(former, told()["live"]["id"])[-1])["at"]
    service = service_at(former, "anna", Clock(datetime.fromisoformat(last) + timedelta(minutes=5)))
    assert opened(service, "live").conversation.live
    other = service_at(former, "ben", service.clock)
    assert not other.case(told()["live"]["id"]).conversation.live


# -- what was done counts
def spoiled(scenario: Scenario, item: Item, said: dict[str, Any], value: list[str], case: Case) -> bool:
    """Whether a mark of the former program has to be made again under today's steps."""
    running = [name for name in scenario.witnesses.get(item.id, ()) if (name, "") not in case.board.marks]
    offered = item.select in ("one", "several") and item.kind == "question"
    gone = offered and not all(item.answer(answer) for answer in value)
    return bool(running) or said["kind"] != item.kind or gone


@pytest.mark.parametrize("name", [name for name in OPEN if told()[name]["scenario"]])
def test_what_was_done_counts_and_what_has_to_be_seen_again_says_so(service: Service, name: str) -> None:
    said = told()[name]
    case = opened(service, name)
    assert case.scenario is not None and case.number == said["scenario"]
    for item_id, was in said["items"].items():
        item = case.scenario.by_id.get(item_id)
        if item is None:
            assert item_id in RENAMED
            continue
        status = case.status(item_id)
        for box, value in was["marks"].items():
            if box and box not in case.addresses:
                continue  # it left
            now = [box] if box else list(case.addresses) if item.each else [""]
            for each in now:
                mark = case.marks(item_id).get(each)
                if mark is None and item.reopens and not case.standing.applies((item_id, each)):
                    continue  # an attempt counts for those that came back
                assert mark is not None, (item_id, each)
                assert list(mark.value[: len(value)]) == value or item.quote, (item_id, each)
                state = status.by.get(each, status.state) if item.each else status.state
                if state is State.NOT_APPLICABLE:
                    continue
                if mark.open:
                    assert state in (State.TODO, State.LOCKED), (item_id, each)
                elif was["state"] == "stale":
                    assert state in (State.STALE, State.OUT_THERE), (item_id, each)
                elif spoiled(case.scenario, item, was, value, case):
                    assert (state, mark.because) == (State.STALE, "playbook"), (item_id, each)
                else:
                    assert state in COUNTS, (item_id, each, state)


def test_a_mailbox_that_was_not_done_is_still_to_be_done(service: Service) -> None:
    case = opened(service, "one-half-swapped")
    by = case.status("accounts-swapped").by
    assert by["sales@one-half-swapped.com.au"] is State.TODO
    assert by["anna@one-half-swapped.com.au"] is State.STALE


def test_a_killer_that_was_done_stays_done_and_its_own_witnesses_are_not_asked_again(service: Service) -> None:
    case = opened(service, "two-cancelled")
    assert case.status("cancel-ox-mail").state is State.DONE
    assert case.status("dns-office-365").state is State.DONE
    assert State.STALE not in case.status("jira-result").by.values()
    assert opened(service, "one-cancelled").status("cancel-essentials").state is State.DONE


@pytest.mark.parametrize(("name", "killer"), [("two-ready", "cancel-ox-mail"), ("one-ready", "cancel-essentials")])
def test_a_killer_waits_until_its_witnesses_were_seen_again(service: Service, name: str, killer: str) -> None:
    case = opened(service, name)
    service.change(case.id, BeginCall("client"))
    assert case.status(killer).state is State.LOCKED
    with pytest.raises(Refusal):
        service.change(case.id, Clear(killer))
    if name == "one-ready":
        service.change(case.id, Tick("accounts-swapped"))
    else:
        for item, value in (("dns-office-365", "yes"), ("devices", "connected"), ("spamexperts", "yes")):
            service.change(case.id, AnswerIt(item, (value,)))
        if State.OUT_THERE in service.case(case.id).status("jira").by.values():
            service.change(case.id, Settle("jira", "1"))  # its ticket had another word for the same
        for item, value in (("jira-result", "completed"), ("client-confirms", "works")):
            service.change(case.id, AnswerIt(item, (value,)))
    assert service.case(case.id).status(killer).state is State.TODO
    service.change(case.id, Clear(killer))


def test_what_was_done_without_a_mailbox_is_check_again_for_the_first_that_are_typed(service: Service) -> None:
    case = opened(service, "two-no-mailbox")
    assert case.status("webmail").by == {}
    service.change(case.id, SetMailboxes(added="a@two-no-mailbox.com.au b@two-no-mailbox.com.au"))
    case = service.case(case.id)
    assert set(case.status("webmail").by.values()) == {State.STALE}
    assert {mark.value for mark in case.marks("webmail").values()} == {("does-not",)}
    service.change(case.id, SetMailboxes(added="c@two-no-mailbox.com.au"))
    assert "c@two-no-mailbox.com.au" not in service.case(case.id).marks("webmail")


def test_a_jira_sent_again_for_one_mailbox_keeps_the_result_of_the_other(service: Service) -> None:
    case = opened(service, "two-sent-again")
    marks = case.marks("jira-result")
    assert {box: mark.value for box, mark in marks.items()} == {"anna@two-sent-again.com.au": ("completed",)}
    assert case.status("jira-result").by["anna@two-sent-again.com.au"] is State.STALE
    assert set(case.marks("jira-again")) == {"info@two-sent-again.com.au"}


def test_the_screenshots_are_not_asked_for_twice(service: Service) -> None:
    case = opened(service, "three-checked")
    assert case.scenario is not None
    asked = [status.item.id for status in case.open_items() if "screenshot" in status.item.id]
    assert asked == []
    assert case.status("solved").state is State.DONE


def test_what_has_to_be_undone_outside_is_still_asked(service: Service) -> None:
    for name in ("one-unwound", "one-wrong-scenario"):
        case = opened(service, name)
        assert [item.id for _, item, _ in case.unwinds] == told()[name]["unwinds"], name
    assert opened(service, "one-other-licence").status("order").state is State.OUT_THERE


def test_what_was_skipped_or_put_off_stays_so(service: Service) -> None:
    case = opened(service, "put-off")
    assert case.status("tell-team").state is State.SKIPPED
    assert case.status("salesforce-reason").state is State.PUT_OFF
    assert case.put_off_until("salesforce-reason") == "2026-11-30"


def test_what_a_check_again_said_is_shown(service: Service) -> None:
    case = opened(service, "two-returned")
    values = {box: mark.value for box, mark in case.marks("jira-result").items()}
    assert values["info@two-returned.com.au"][:1] == ("returned",)
    event = case.typed_with(case.marks("jira-result")["info@two-returned.com.au"])
    assert event is not None and event.get("told") == "they said why"


# -- what is appended before anybody opens it
def test_a_note_before_it_is_opened_does_not_keep_a_case_from_moving(service: Service, former: Path) -> None:
    case_id = told()["two-ready"]["id"]
    service.change(case_id, Note("the client rang"))
    case = service_at(former, "ben", Clock(LATER)).open_case(case_id)[0]
    assert case.procedure.digest == shipped().procedure.digest
    assert case.status("client-confirms").state is State.STALE


def test_a_closed_case_that_is_reopened_moves_to_todays_steps(service: Service) -> None:
    case_id = told()["closed-handed-over"]["id"]
    service.reopen(case_id)
    case = service.open_case(case_id)[0]
    assert case.procedure.digest == shipped().procedure.digest
    assert case.status("order").state in COUNTS


# -- closed cases
def test_closed_cases_stay_as_they_were_written(service: Service, former: Path) -> None:
    before = archived(former)
    service.settle()
    for name in OPEN:
        opened(service, name)
    for name in CLOSED:
        case = service.find(f"{name}.com.au")
        assert case.closed is not None and case.closed.ending == told()[name]["closed"]
        assert len(case.log) == told()[name]["events"]
        assert case.domain in service.note(case)
        with pytest.raises(Negative):
            service.open_case(case.id)
    assert archived(former) == before


# -- the command line
@pytest.mark.parametrize(
    "words",
    [
        ("cases",), ("cases", "--all"), ("cases", "--json"), ("cases", "--all", "--json"), ("cases", "--handover"),
        ("cases", "--search", "Nobody there"), ("notes", "two-ready.com.au"), ("notes", "two-ready.com.au", "--short"),
        ("notes", "closed-two.com.au"), ("report",), ("paths",),
    ],
    ids=" ".join,
)  # fmt: skip
def test_every_command_reads_the_home(
    former: Path, words: tuple[str, ...], capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OXTUI_NOW", LATER.isoformat())
    before = (former / "cases.json").read_bytes()
    code = cli.main(["--home", str(former), *words])
    out, err = capfd.readouterr()
    assert (code, "Traceback" in err) == (0, False), err
    assert out
    assert (former / "cases.json").read_bytes() == before


def test_the_doctor_finds_the_home_well(
    former: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OXTUI_NOW", LATER.isoformat())
    with DnsServer() as server:
        server.add(".", "NS", "a.root.example.")
        config = config_with(tmp_path, settings=('resolver: ""', f'resolver: "{server.resolver}"'))
        cli.main(["--home", str(former), "--config", str(config), "doctor", "--json"])
    found = {each["name"]: each for each in json.loads(capfd.readouterr().out)["checks"]}
    ill = {name for name, each in found.items() if not each["ok"]}
    assert ill <= {"clock", "clipboard", "permissions", "proof"}, [found[name]["text"] for name in ill]


def test_every_case_is_listed(former: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OXTUI_NOW", LATER.isoformat())
    assert cli.main(["--home", str(former), "cases", "--all", "--json"]) == 0
    rows = json.loads(capfd.readouterr().out)
    assert {row["domain"] for row in rows} == {f"{name}.com.au" for name in told()}
    assert {row["domain"] for row in rows if row["status"] == "closed"} == {f"{name}.com.au" for name in CLOSED}


def test_purging_a_closed_case_leaves_the_others(
    former: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OXTUI_NOW", LATER.isoformat())
    case_id = told()["closed-mistake"]["id"]
    assert cli.main(["--home", str(former), "purge", case_id]) == 0
    capfd.readouterr()
    assert len(archived(former)) == len(CLOSED) - 1


# -- interrupted
MOVING = """
import sys
from tests.service.homes.test_homes import LATER, OPEN, told
from tests.drive.case import service_at
from oxtui.clock import Clock
from pathlib import Path

service = service_at(Path(sys.argv[1]), clock=Clock(LATER))
print("ready", flush=True)
sys.stdin.readline()
for name in OPEN:
    service.open_case(told()[name]["id"])
print("done", flush=True)
"""


@pytest.fixture
def moving(former: Path) -> Iterator[subprocess.Popen[str]]:
    """A program that opens every case, one after the other, once a line is sent to it."""
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    words = [sys.executable, "-c", MOVING, str(former)]
    program = subprocess.Popen(words, cwd=ROOT, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    yield program
    program.kill()
    program.wait()


@pytest.mark.parametrize("seed", range(4))
def test_a_program_that_is_killed_while_it_moves_cases_loses_nothing(
    former: Path, moving: subprocess.Popen[str], seed: int
) -> None:
    before = {name: lines(former, told()[name]["id"]) for name in OPEN}
    closed = archived(former)
    assert moving.stdin is not None and moving.stdout is not None
    assert moving.stdout.readline() == "ready\n"
    moving.stdin.write("\n")
    moving.stdin.flush()
    time.sleep(random.Random(seed).uniform(0, 0.3))
    moving.send_signal(signal.SIGKILL)  # type: ignore[attr-defined]
    moving.wait()
    service = service_at(former, "ben", Clock(LATER))
    service.settle()
    for name in OPEN:
        case_id = told()[name]["id"]
        case, _ = service.open_case(case_id)
        after = lines(former, case_id)
        assert after[: len(before[name])] == before[name]
        assert [json.loads(line)["what"] for line in after[len(before[name]) :]] == ["moved"]
        assert case.procedure.digest == shipped().procedure.digest
        assert service.store.get(case_id)["format"] == FORMAT  # type: ignore[index]
    assert archived(former) == closed
    assert service.store.drafts.of(told()["live"]["id"]) == "and then"
