"""A case pasted as a line: which playbook reads it, and what is said where this home has diverged."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from oxtui.cases.commands.calls import BeginCall, EndCall
from oxtui.cases.commands.closing import Close
from oxtui.cases.commands.killers import AlreadyDone, Clear
from oxtui.cases.commands.marks import AnswerIt
from oxtui.cases.commands.scenarios import MovePlaybook
from oxtui.cases.commands.waiting import Note
from oxtui.cases.events import Event, from_document, to_document
from oxtui.cases.reasons import why
from oxtui.cases.status import State
from oxtui.cases.transfer import encoded
from oxtui.errors import Refusal, StoreError, WrongUse
from oxtui.playbook.playbook import Playbook
from oxtui.service import Service
from oxtui.store import pasted_case
from tests.core.format_1 import LINE
from tests.drive.case import SUNDAY, Walk, changed, service_at, shipped

ELSEWHERE = "0" * 64


def newer_at(tmp_path: Path) -> Playbook:
    return changed(tmp_path, "playbook.yaml", ("title: OX-Mail escalations", "title: Escalations"))


def line(walk: Walk) -> str:
    return walk.service.note(walk.case)


def parted(tmp_path: Path) -> tuple[Walk, Walk]:
    """A case here that was taken over there, and a note in each since."""
    here = Walk(service_at(tmp_path / "here")).plan(2)
    there = here.other(service_at(tmp_path / "there", "cora"))
    there.service.take_over(line(here))
    here.do(Note("she called back"))
    there.do(Note("JIRA was asked for"))
    return here, there


# -- two versions
def test_two_versions_are_shown_and_neither_is_kept_over_the_other(tmp_path: Path) -> None:
    here, there = parted(tmp_path)
    versions = here.service.versions(line(there))
    assert versions
    mine, theirs, alike = versions
    assert [case.log[-1].get("text") for case in (mine, theirs)] == ["she called back", "JIRA was asked for"]
    assert alike == len(mine.log) - 1 and theirs.log[:alike] == mine.log[:alike]
    before = here.case.log
    with pytest.raises(Refusal, match="another version of that case"):
        here.service.take_over(line(there))
    assert here.case.log == before


def test_theirs_can_be_taken_instead_and_a_note_says_what_was_done_here(tmp_path: Path) -> None:
    here, there = parted(tmp_path)
    here.answer("licence", "another", told="Exchange")
    there.do(BeginCall("client"), AnswerIt("billed-next", ("yearly",)))
    before = len(here.case.log)
    case = here.service.take_over(line(there), instead=True)
    assert case.altered == () and case.holder == "anna" and not case.conversation.live
    assert case.marks("licence")[""].value == ("business-basic",), "theirs counts"
    assert case.marks("billed-next")[""].value == ("yearly",)
    (note,) = [event.get("text") for event in case.log if event.what == "note" and event.agent == "anna"]
    assert "New licence: another (Exchange)" in note and "note: she called back" in note
    assert len(case.log) > before and here.service.versions(line(there)) is None, "there is nothing left to decide"
    assert there.service.take_over(line(here)).log[:-1] == here.case.log, "and it goes on from there"


@pytest.mark.parametrize("way", ["3", "4"])
@pytest.mark.parametrize("taken", ["anna", "ben"])
def test_what_was_done_outside_is_asked_about_when_theirs_is_taken(tmp_path: Path, taken: str, way: str) -> None:
    """A case at another team exists, whichever version the floor goes on with."""
    here = Walk(service_at(tmp_path / "here")).checked("other", solved="no")
    there = here.other(service_at(tmp_path / "there", "cora"))
    there.service.take_over(line(here))
    here.tick("sme-case")
    here.do(EndCall())
    there.do(Note("JIRA was asked for"))
    ben = here.other(service_at(tmp_path / "here", taken))
    case = ben.service.take_over(line(there), instead=True)
    assert [item for _, item, _ in case.unwinds] == [] and ben.state("sme-case") is State.OUT_THERE
    assert why(case, case.status("sme-case")).startswith("the version that was taken does not have it")
    done = case.event(case.marks("sme-case")[case.addresses[0]].event)
    assert done and done.get("values") == {"salesforce": "00123456"} and case.details.of("salesforce") == "00123456"
    assert bool(done.get("word")) is (taken == "ben"), "what a colleague did is on their word"
    ben.refused(Close("complete"), "open")
    ben.do(BeginCall("client"))
    ben.settle("sme-case", way)
    assert ben.state("sme-case") is (State.TODO if way == "3" else State.DONE)


@pytest.mark.parametrize(
    "command",
    [
        lambda walk: walk.back().cancel("cancel-ox-mail"),
        lambda walk: walk.back().do(Clear("cancel-ox-mail")),
        lambda walk: walk.do(AlreadyDone("cancel-ox-mail", "the client", "Thu")),
    ],
)
def test_theirs_is_refused_where_it_does_not_know_of_a_cancellation(
    tmp_path: Path, command: Callable[[Walk], object]
) -> None:
    here, there = parted(tmp_path)
    command(here)
    before = here.case.log
    with pytest.raises(Refusal, match="'Cancel the OX-Mail service' was done or cleared here"):
        here.service.take_over(line(there), instead=True)
    assert here.case.log == before


def test_nothing_is_in_conflict_where_one_goes_on_from_the_other(tmp_path: Path) -> None:
    here, there = parted(tmp_path)
    first = line(here)
    assert service_at(tmp_path / "empty").versions(first) is None, "nothing is known of it there"
    here.do(Note("and once more"))
    assert here.service.versions(first) is None, "more was done here since"
    again = there.other(service_at(tmp_path / "again", "ben"))
    again.service.take_over(first)
    assert again.service.versions(line(here)) is None, "more was done there since"
    assert again.service.take_over(line(here)).log[-2].get("text") == "and once more"
    with pytest.raises(WrongUse, match="altered"):
        here.service.versions(first.replace("oxtui:2:", "oxtui:02:"))


@pytest.mark.parametrize("known", [False, True])
def test_the_other_version_is_read_by_its_own_playbook_where_that_is_here(tmp_path: Path, known: bool) -> None:
    here, there = parted(tmp_path)
    newer = newer_at(tmp_path)
    moved = there.other(service_at(tmp_path / "there", "cora", playbook=newer))
    moved.do(MovePlaybook(newer.procedure))
    if known:
        service_at(tmp_path / "here", playbook=newer).start("other.example")
    versions = here.service.versions(line(moved))
    assert versions and versions[1].procedure.digest == (newer if known else shipped()).procedure.digest


# -- where it is kept then
def test_an_older_line_changes_nothing_and_ends_no_call(tmp_path: Path) -> None:
    here, _ = parted(tmp_path)
    older = line(here)
    here.do(Note("and once more"))
    before = here.case
    assert here.service.take_over(older).log == before.log == here.case.log
    assert here.case.conversation.live


def test_a_case_that_was_closed_there_is_closed_here_and_comes_back_with_what_was_done_since(tmp_path: Path) -> None:
    here = Walk(service_at(tmp_path / "here")).plan(2)
    there = here.other(service_at(tmp_path / "there", "cora"))
    there.service.take_over(line(here))
    there.close("unreachable")
    told = there.service.note(there.service.find(there.id))
    for home in (here.service, service_at(tmp_path / "new", "ben")):
        assert home.take_over(told).closed
        assert home.store.get(here.id) is None and home.store.archive.get(here.id)
    there.service.reopen(there.id)
    there.do(Note("they rang after all"))
    back = here.service.take_over(line(there))
    assert back.closed is None and here.case.log == back.log
    assert here.service.store.archive.get(here.id) is None, "it is in one place only"


def test_what_somebody_writes_meanwhile_is_looked_at_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here, there = parted(tmp_path)
    home = service_at(tmp_path / "new", "ben")
    home.take_over(line(here))
    here.do(Note("and once more"))
    longer = line(here)
    replace, calls = home.store.replace, []

    def late(*args: Any) -> Any:
        calls.append(args)
        if len(calls) == 1:
            Walk(service_at(tmp_path / "new", "mia"), here.id).do(Note("mia was quicker"))
        return replace(*args)

    monkeypatch.setattr(home.store, "replace", late)
    with pytest.raises(Refusal, match="another version"):
        home.take_over(longer)
    assert len(calls) == 1 and home.case(here.id).log[-1].get("text") == "mia was quicker"
    monkeypatch.setattr(pasted_case, "TRIES", 3)
    monkeypatch.setattr(home.store, "replace", lambda *args: ())
    with pytest.raises(StoreError, match="all the time"):
        home.take_over(line(there), instead=True)


# -- what a line must not bring
def test_a_hold_in_year_1_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    """2.2: such a line ended the program at every start from then on."""
    walk = Walk(service_at(tmp_path / "here")).plan(2)
    document = walk.service.store.get(walk.id)
    assert document
    hold = Event("hold1", walk.case.seq + 1, SUNDAY, "anna", "hold", {"for": "SME", "until": "0001-01-01"})
    document = {**document, "log": [*document["log"], to_document(walk.id, hold)]}
    there = service_at(tmp_path / "there", "cora")
    with pytest.raises(WrongUse, match="does not hold a case"):
        there.take_over(encoded(document))
    assert there.overviews() == [] and not there.store.archive.count()


def test_a_case_of_the_first_version_is_taken_over_and_moves_when_it_is_opened(tmp_path: Path) -> None:
    service = service_at(tmp_path, "cora")
    case = service.take_over(LINE)
    assert case.details.all_of("jira") == ("HOST-4412",) and not case.authenticated
    opened, _ = service.open_case(case.id)
    assert opened.procedure.digest == shipped().procedure.digest
    assert opened.status("dns-office-365").state is State.STALE and opened.status("licence").state is State.DONE
    assert Walk(service, case.id).do(BeginCall("client")).conversation.live


# -- the playbook that a case is read by
def test_a_case_taken_over_into_a_new_home_is_read_when_the_playbook_has_changed(tmp_path: Path) -> None:
    """Nothing was ever begun there: the steps have to come into that home with the case."""
    walk = Walk(service_at(tmp_path / "here")).plan(1)
    away = tmp_path / "away"
    assert not (away / "playbooks").exists()
    case = service_at(away, "cora").take_over(line(walk))
    newer = newer_at(tmp_path)
    tomorrow = service_at(away, "cora", playbook=newer)
    assert tomorrow.case(case.id).statuses == case.statuses
    assert tomorrow.case(case.id).procedure.digest == shipped().procedure.digest
    again = Walk(service_at(tmp_path / "late")).plan(1)
    assert tomorrow.take_over(line(again)).procedure.digest == shipped().procedure.digest, "yesterday's are here still"


def by_hand(home: Path, change: Callable[[dict[str, Any]], object]) -> Service:
    """Another pane, after cases.json and its copies were changed from outside."""
    for path in (home / "backups").rglob("*"):
        path.unlink() if path.is_file() else None
    path = home / "cases.json"
    data = json.loads(path.read_text(encoding="utf-8"))
    (document,) = data["cases"].values()
    change(document)
    path.write_text(json.dumps(data), encoding="utf-8")
    return service_at(home)


def _told_otherwise(document: dict[str, Any]) -> None:
    document["log"][-1]["data"]["playbook"] = ELSEWHERE


def _of_a_newer_oxtui(document: dict[str, Any]) -> None:
    log = document["log"]
    event = Event("compared1", len(log) + 1, SUNDAY, "anna", "compared", {"playbook": ELSEWHERE})
    log.append(to_document(document["id"], event))


def _names_none(document: dict[str, Any]) -> None:
    for kept in document["log"]:
        if kept["what"] in ("opened", "moved"):
            kept["data"].pop("playbook")
            kept.update(to_document(document["id"], from_document(kept)))


@pytest.mark.parametrize("change", [_told_otherwise, _of_a_newer_oxtui, _names_none])
def test_a_case_is_read_by_the_playbook_that_its_whole_events_name(
    home: Path, tmp_path: Path, change: Callable[[dict[str, Any]], None]
) -> None:
    walk = Walk(service_at(home)).plan(1)
    newer = newer_at(tmp_path)
    walk.other(service_at(home, playbook=newer)).do(MovePlaybook(newer.procedure))
    case = by_hand(home, change).case(walk.id)
    kept = shipped() if change in (_told_otherwise, _names_none) else newer
    assert case.procedure.digest == kept.procedure.digest


def test_a_closed_case_with_lines_that_are_no_events_is_shown_all_the_same(home: Path) -> None:
    walk = Walk(service_at(home))
    log = walk.close("unreachable").log
    document = walk.service.store.archive.get(walk.id)
    assert document
    document["log"] += ["opened", {"what": "moved", "data": {"playbook": ELSEWHERE}}]
    with sqlite3.connect(home / "history.sqlite3") as base:
        base.execute("UPDATE cases SET document = ? WHERE case_id = ?", (json.dumps(document), walk.id))
    case = service_at(home).find(walk.id)
    assert case.closed and case.log == log and len(case.altered) == 2
    assert case.procedure.digest == shipped().procedure.digest
