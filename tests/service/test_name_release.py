"""A playbook in which time decides: samples/name-release, proved and worked through."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from oxtui.cases.clocks import clock_words, proposed_until
from oxtui.cases.commands.calls import BeginCall, EndCall
from oxtui.cases.commands.closing import Close
from oxtui.cases.commands.killers import Clear
from oxtui.cases.commands.scenarios import Choose
from oxtui.cases.commands.waiting import Note
from oxtui.cases.notes.handover import handover
from oxtui.cases.notes.note import wrap_up
from oxtui.cases.overview import Lines, Overview
from oxtui.cases.status import State
from oxtui.errors import PlaybookError
from oxtui.playbook.flow import ends
from oxtui.playbook.load import load
from oxtui.prover.prove import prove
from oxtui.widgets.callflow import flow_listed
from tests.drive.case import FakeClock, Walk, service_at

RELEASE = Path(__file__).parents[1] / "samples" / "name-release"
MAIN, SCENARIO = "playbook.yaml", "scenarios/1-release.yaml"


def changed(tmp_path: Path, file: str, old: str, new: str) -> Path:
    """A copy of the sample with a text of one file replaced."""
    folder = tmp_path / "changed"
    shutil.copytree(RELEASE, folder)
    text = (folder / file).read_text(encoding="utf-8")
    assert text.count(old) == 1, old
    (folder / file).write_text(text.replace(old, new), encoding="utf-8")
    return folder


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def walk(tmp_path: Path, clock: FakeClock) -> Walk:
    walk = Walk(service_at(tmp_path / "home", clock=clock, config=RELEASE))
    walk.do(BeginCall("client"), Choose(1, {"used": "nothing", "owner": "yes"}))
    return walk


def test_every_rule_is_proved_and_falls_where_it_holds_only_while_nothing_lapses(tmp_path: Path) -> None:
    assert all(rule.holds for rule in prove(load(RELEASE).playbook.procedure).rules)
    folder = changed(tmp_path, MAIN, "before: [reply=agrees|silent]", "before: [reply=agrees]")
    fallen = next(rule for rule in prove(load(folder).playbook.procedure).rules if rule.id == "asked-first")
    assert not fallen.holds
    assert list(fallen.way)[2:] == [
        'tick "Write to the owner"',
        'let 14 days pass, then tick "Remind the owner"',
        'let 48 hours pass without an answer, then answer "What does the owner say?": nothing at all',
        'confirm in its two steps "Release the name in the registry"',
    ]


def test_an_item_waits_until_its_time_is_over(walk: Walk, clock: FakeClock) -> None:
    walk.refused(walk.ticking("reminded"), "the first mail is not done")
    walk.tick("asked")
    walk.refused(walk.ticking("reminded"), "from Sun 06/12 10:46")
    clock.pass_(days=13, hours=23, minutes=59)
    walk.begin(1)
    walk.refused(walk.ticking("reminded"), "from Sun 06/12 10:46")
    clock.pass_(minutes=1)
    assert walk.state("reminded") is State.TODO
    walk.tick("reminded")


def test_looking_again_starts_no_time_anew_and_doing_it_anew_does(walk: Walk, clock: FakeClock) -> None:
    walk.tick("asked")
    clock.pass_(days=20)
    walk.begin(1)
    walk.take_back("asked")
    walk.tick("asked")
    walk.refused(walk.ticking("reminded"), "from Sat 26/12 10:46")


def test_an_answer_for_silence_is_offered_once_the_time_is_over_in_the_channels_hours(
    walk: Walk, clock: FakeClock
) -> None:
    walk.tick("asked")
    clock.pass_(days=18)  # Thursday: two days later it is Saturday, and the owner is asked on Mondays
    walk.begin(1)
    walk.tick("reminded")
    walk.refused(walk.answering("reply", "silent"), "'nothing at all' is not offered yet", "from Mon 14/12 09:00")
    walk.answer("reply", "objects")  # what is said at once is put down at once
    clock.pass_(days=3, hours=23)
    walk.begin(1)
    walk.answer("reply", "silent")
    assert walk.state("release") is State.TODO


def test_a_clock_that_is_set_back_makes_nothing_younger_or_sure(walk: Walk, clock: FakeClock) -> None:
    walk.tick("asked")
    clock.pass_(days=30)
    walk.begin(1)
    walk.tick("reminded")
    clock.pass_(days=-20)
    assert walk.state("reminded") is State.STALE  # dated in the future: its real time is unknown
    walk.begin(1)
    walk.refused(Clear("release"), "the owner's reply")


def test_home_and_handover_say_when_it_goes_on_and_what_is_lost(walk: Walk, clock: FakeClock) -> None:
    lines = Lines(walk.service.reader.case)

    def home() -> Overview:
        return lines.all(walk.service.store.peek(), clock.local())[0]

    walk.tick("asked")
    assert (home().status, home().next) == ("in hand", "From Sun 06/12 10:46: Remind the owner")
    clock.pass_(days=14)
    assert (home().status, home().next) == ("due", "Remind the owner")
    walk.begin(1)
    walk.tick("reminded")
    assert home().status == "in hand"
    hours = walk.service.reader.hours_of
    assert proposed_until(walk.case, "owner", "reply", hours) == "2026-12-08T10:46"
    clock.pass_(days=1, hours=18)  # night
    assert proposed_until(walk.case, "owner", "", hours) == "2026-12-08T09:00"
    clock.pass_(hours=6)
    assert home().status == "due"
    walk.begin(1)
    walk.answer("reply", "silent")
    walk.cancel("release")
    clock.pass_(days=3)
    assert home().clock is not None
    other = walk.service.start("other.example")
    assert [row.id for row in lines.all(walk.service.store.peek(), clock.local())] == [walk.id, other.id]
    told = handover([walk.case], clock), wrap_up(walk.case, clock)
    assert all("27 days left to take the name back" in text for text in told)
    clock.pass_(days=28)
    assert clock_words(walk.case) == ["Too late to take the name back (lost: the name)"]
    walk.begin(1)
    walk.answer("complaint", "no")
    assert clock_words(walk.case) == []


def test_what_the_call_flow_asked_counts_in_the_scenario_and_nothing_else_is_noted(tmp_path: Path) -> None:
    walked = Walk(service_at(tmp_path / "home", config=RELEASE))
    walked.do(BeginCall("client"), Choose(2, {"used": "nothing", "owner": "no"}))
    assert walked.states("used", "told") == [State.DONE, State.NOT_APPLICABLE]
    walked.do(Choose(2, {"used": "old", "owner": "no"}))  # walked again, and answered otherwise
    walked.tick("looked")
    assert walked.states("used", "told") == [State.DONE, State.TODO]
    assert "WHY THIS SCENARIO\nIs anything published under the name? yes, but nothing for years\n" in wrap_up(
        walked.case, walked.service.clock
    )
    walked.do(EndCall())
    direct = Walk(walked.service).begin(2)
    direct.tick("looked")
    assert direct.states("used", "told") == [State.TODO, State.LOCKED]  # it was not asked: it is asked here
    direct.refused(Close("done"), "Is anything published under the name?")
    direct.answer("used", "nothing")
    note = wrap_up(direct.case, direct.service.clock)
    assert "WHY THIS SCENARIO" not in note  # nothing was asked before it: the timeline has how it was chosen
    assert "published under the name? no, nothing" in note
    direct.do(Choose(1))
    assert "Changed to scenario 1, chosen directly" in wrap_up(direct.case, direct.service.clock)


def test_a_branch_that_several_answers_lead_to_is_drawn_once() -> None:
    procedure = load(RELEASE).playbook.procedure
    rows = ["".join(text for text, _ in line) for line in flow_listed(procedure, "key")]
    assert sum("yes, but nothing" in row or "no, nothing" in row for row in rows) == 2
    assert [row.strip()[0] for row in rows if row.strip()[0].isdigit()] == ["1", "2", "0"]
    assert [each.text for each in ends(procedure)] == ["It stays. Close the case.", "The lead decides"]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('text: "no, nothing", next: owner', 'text: "no, nothing", outcome: {scenario: 1}', ""),
        (
            "  - id: owner\n",
            "  - {id: lost, ask: Lost?, answers: {a: {text: a, next: owner}}}\n  - id: owner\n",
            "'lost'",
        ),
        (
            "  lead: {text: the lead decides}",
            "  lead: {text: it, when: used=old and used=nothing}",
            "ever comes to this",
        ),
    ],
)
def test_what_nobody_can_come_to_in_the_call_flow_is_told(tmp_path: Path, old: str, new: str, told: str) -> None:
    folder = changed(tmp_path, MAIN, old, new)
    try:
        found = [str(each) for each in prove(load(folder).playbook.procedure).problems]
    except PlaybookError as error:
        found = [str(each) for each in error.problems]
    assert any(told in each for each in found) if told else not found, found


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("after: 14d}", "after: 14}", "'14' is no time"),
        ("{item: asked,", "{item: askd,", "did you mean 'asked'"),
        ("{item: asked,", "{item: reminded,", "'reminded' cannot wait for itself"),
        ("        due: 48h\n", "", "'else' needs a time that is over"),
        ("        waits_on: owner\n", "", "'due' needs 'waits_on'"),
        (
            "        due: 48h\n        after: [reminded]\n",
            "        due: 48h\n",
            "'due' counts from what the item waits",
        ),
        ("clock: {from: release,", "clock: {from: complaint,", "'complaint' cannot wait for itself"),
        ("days: 30, ", "", "'clock' needs 'days'"),
    ],
)
def test_a_time_that_cannot_be_over_is_told(tmp_path: Path, old: str, new: str, told: str) -> None:
    with pytest.raises(PlaybookError) as caught:
        load(changed(tmp_path, SCENARIO, old, new))
    found = [str(each) for each in caught.value.problems]
    assert any(told in each and each.startswith(SCENARIO + ":") for each in found), found


def test_an_answer_of_the_call_flow_that_ends_elsewhere_leads_there(tmp_path: Path) -> None:
    """Chosen directly, the scenario asks the question itself; no step of it goes on behind such an answer's back."""
    walk = Walk(service_at(tmp_path / "home", config=RELEASE)).begin(1)
    walk.answer("used", "live")
    assert walk.case.next_text() == "Close the case: the name stays with its owner"


def test_an_event_dated_ahead_by_a_wrong_clock_makes_nothing_ready_early(walk: Walk, clock: FakeClock) -> None:
    walk.tick("asked")
    clock.pass_(days=30)
    walk.do(Note("the clock of this machine was wrong"))
    clock.pass_(days=-30)
    walk.begin(1)
    walk.refused(walk.ticking("reminded"), "from Sun 06/12 10:46")


def test_what_one_ending_rests_on_goes_on_ageing_after_another(tmp_path: Path, clock: FakeClock) -> None:
    more = (
        "      - {id: files, do: Look for files, done: the files, fresh_for: 2d}\n"
        "      - {id: purge, do: Purge the files, done: the purge, irreversible: true, after: [files]}\n"
    )
    folder = changed(tmp_path, "scenarios/1-release.yaml", "      - id: complaint\n", more + "      - id: complaint\n")
    main = folder / MAIN
    rule = "rules:\n  - {id: looked, text: Files are looked for first, scenario: 1, never: purge, before: [files]}\n"
    main.write_text(main.read_text(encoding="utf-8").replace("rules:\n", rule), encoding="utf-8")
    walk = Walk(service_at(tmp_path / "home", clock=clock, config=folder))
    walk.do(BeginCall("client"), Choose(1, {"used": "nothing", "owner": "yes"}))
    walk.tick("asked")
    clock.pass_(days=14)
    walk.begin(1)
    walk.tick("reminded")
    walk.tick("files")
    walk.answer("reply", "agrees")
    walk.cancel("release")
    clock.pass_(days=3)
    assert walk.states("files", "purge", "reply") == [State.STALE, State.LOCKED, State.DONE]
