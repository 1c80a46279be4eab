"""A playbook of amounts, days, a second person and shared steps: samples/refund, proved and worked through."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from oxtui.cases import guard
from oxtui.cases.commands.calls import BeginCall
from oxtui.cases.commands.closing import Close
from oxtui.cases.commands.marks import AnswerIt, Skip, Tick, Word
from oxtui.cases.commands.scenarios import Choose
from oxtui.cases.commands.waiting import Note
from oxtui.cases.notes.note import wrap_up
from oxtui.cases.reasons import why
from oxtui.cases.status import State
from oxtui.cli.check import walk_problems
from oxtui.errors import PlaybookError, WrongUse
from oxtui.playbook.build import procedure_from_data, to_bytes
from oxtui.playbook.load import load
from oxtui.playbook.model import Procedure
from oxtui.prover.prove import prove
from tests.drive.case import THREE, FakeClock, Walk, service_at

REFUND = Path(__file__).parents[1] / "samples" / "refund"
SCENARIO = "scenarios/1-refund.yaml"


def procedure(folder: Path) -> Procedure:
    return load(folder).playbook.procedure


def changed(tmp_path: Path, file: str, *changes: tuple[str, str]) -> Path:
    """A copy of the sample with texts of one file replaced."""
    folder = tmp_path / "changed"
    shutil.copytree(REFUND, folder)
    text = (folder / file).read_text(encoding="utf-8")
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    (folder / file).write_text(text, encoding="utf-8")
    return folder


def problems(folder: Path) -> list[str]:
    with pytest.raises(PlaybookError) as caught:
        load(folder)
    return [str(each) for each in caught.value.problems]


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def walk(tmp_path: Path, clock: FakeClock) -> Walk:
    return Walk(service_at(tmp_path / "home", clock=clock, config=REFUND)).begin(1)


def test_every_rule_is_proved_and_each_guard_is_needed(tmp_path: Path) -> None:
    proof = prove(procedure(REFUND))
    assert proof.ok and all(rule.holds for rule in proof.rules)
    after = "after: [amount, bought-on within 30d, not large or lead=yes]"
    broken = prove(procedure(changed(tmp_path, SCENARIO, (after, "after: [amount, bought-on]"))))
    ways = {rule.id: " ".join(rule.way) for rule in broken.rules if rule.holds is False}
    assert "1667" in ways["lead-first"]
    assert not broken.ok


# -- amounts, numbers and days
def test_what_is_paid_back_turns_on_amount_day_and_use(walk: Walk, clock: FakeClock) -> None:
    assert walk.answer("amount", "$1,667").status("amount").state is State.DONE
    assert walk.case.marks("amount")[""].value == ("1667.00",)
    walk.answer("bought-on", "2026-10-24")
    walk.answer("use", "12.5")
    assert walk.applies("lead") and not walk.applies("refuse")
    assert walk.state("pay-back") is State.LOCKED
    walk.answer("lead", "yes")
    assert walk.state("pay-back") is State.TODO
    walk.answer("amount", "1666.99")
    assert not walk.applies("lead") and walk.state("pay-back") is State.TODO
    note = wrap_up(walk.case, clock)
    assert "Paid: AU$1,666.99" in note and "Bought on: 24/10/2026" in note


@pytest.mark.parametrize(("item", "text", "told"), [
    ("amount", "much", "11.80"), ("amount", "-5", "below zero"), ("use", "12 %", "for example 200"),
    ("bought-on", "yesterday", "YYYY-MM-DD"),
])  # fmt: skip
def test_a_value_that_does_not_fit_is_refused_with_an_example(walk: Walk, item: str, text: str, told: str) -> None:
    walk.refused(AnswerIt(item, (text,)), error=WrongUse)
    with pytest.raises(WrongUse) as caught:
        walk.answer(item, text)
    assert told in f"{caught.value} {caught.value.hint}"


def test_a_day_is_read_as_of_its_answer_and_looked_at_again_once_that_says_otherwise(
    walk: Walk, clock: FakeClock
) -> None:
    for item, value in (("amount", "20"), ("bought-on", "2026-10-24"), ("use", "0")):
        walk.answer(item, value)
    walk.tick("receipt")
    assert walk.state("pay-back") is State.TODO
    clock.pass_(days=1)
    assert walk.state("bought-on") is State.DONE  # thirty days, and not one more
    clock.pass_(days=1)
    walk.begin(1)
    assert walk.states("bought-on", "pay-back", "receipt") == [State.STALE, State.LOCKED, State.IN_DOUBT]
    assert why(walk.case, walk.case.status("bought-on")) == "enough days have passed to change it"
    walk.answer("bought-on", "2026-10-24")  # still so: and now it is too late
    assert walk.applies("refuse") and not walk.applies("pay-back")
    assert walk.states("bought-on", "receipt") == [State.DONE, State.STALE], "what rests on the day is looked at again"


def test_a_clock_set_back_makes_no_day_more_recent(walk: Walk, clock: FakeClock) -> None:
    for item, value in (("amount", "20"), ("bought-on", "2026-10-24"), ("use", "0")):
        walk.answer(item, value)
    clock.pass_(days=2)
    walk.do(Note("two days later"))
    clock.pass_(days=-2)
    assert walk.state("bought-on") is State.STALE


def test_what_was_done_in_time_stays_done(walk: Walk, clock: FakeClock) -> None:
    for item, value in (("amount", "20"), ("bought-on", "2026-10-24"), ("use", "0")):
        walk.answer(item, value)
    walk.cancel("pay-back")
    clock.pass_(days=20)
    assert walk.states("bought-on", "pay-back") == [State.DONE, State.DONE]


def test_numbers_typed_with_an_action_are_kept_as_such(walk: Walk) -> None:
    for item, value in (("amount", "20"), ("bought-on", "2026-11-20"), ("use", "0")):
        walk.answer(item, value)
    walk.cancel("pay-back")
    walk.refused(Tick("tell", values={"days": "some"}), "working days: 'some' is not a number", error=WrongUse)
    walk.tick("tell", values={"days": "1,000"})
    assert walk.case.log[-1].get("values") == {"days": "1000"}


@pytest.mark.parametrize(("old", "new", "told"), [
    ("use <= 200", "use <= 2026-07-01", "'use' is a number"),
    ("within 30d and", "> 5 and", "'bought-on' is a date"),
    ("use <= 200", "pay-back > 1", "'pay-back' is an action"),
    ("use <= 200", "use=200", "'use' is answered with a number: compare it with < <= > >="),
])  # fmt: skip
def test_what_cannot_be_compared_is_told(tmp_path: Path, old: str, new: str, told: str) -> None:
    when = "when: bought-on within 30d and use <= 200"
    found = problems(changed(tmp_path, SCENARIO, (when, when.replace(old, new))))
    assert any(each.startswith(SCENARIO) and told in each for each in found), found


# -- answers that lead the whole case on
def test_an_answer_names_its_ending_and_nothing_stands_in_its_way(walk: Walk) -> None:
    for item, value in (("amount", "2000"), ("bought-on", "2026-11-20"), ("use", "0")):
        walk.answer(item, value)
    walk.refused(Close("refused"), "do not lead to this ending")
    walk.answer("lead", "no")
    assert walk.case.open_items() and walk.case.next_text() == "Close the case: refused"
    walk.close("refused")
    assert walk.closed_as("refused")


def test_an_answer_leads_to_another_scenario(tmp_path: Path) -> None:
    walk = Walk(service_at(tmp_path / "home", config=REFUND)).begin(2)
    walk.tick("form")
    walk.answer("restart", "money")
    assert walk.case.next_text() == "Change to scenario 1: Refund"
    walk.refused(Close("done"), "An answer leads to another scenario: Refund")
    walk.do(Choose(1, keep=("form",)))
    assert walk.case.number == 1 and walk.state("form") is State.DONE
    note = wrap_up(walk.case, walk.service.clock)
    assert "on to scenario 1\n" in note and "directly" not in note.split("DONE")[0]
    assert "Changed to scenario 1; kept" in note


@pytest.mark.parametrize(("old", "new", "told"), [
    ("goes_to: {scenario: 1}", "goes_to: {scenario: 2}", "there is no other scenario 2"),
    ("goes_to: {scenario: 1}", "goes_to: {scenario: 1}, ending: works", "'ending' or 'goes_to', not both"),
    ("ending: works", "ending: work", "there is no ending 'work' (did you mean 'works'?)"),
    ("ending: works", "ending: never", "is not for a case that has answers here"),
    ("done: the restart", "done: the restart\n        each: mailbox", "one of them cannot say 'ending' for the case"),
])  # fmt: skip
def test_where_an_answer_cannot_lead(tmp_path: Path, old: str, new: str, told: str) -> None:
    found = problems(changed(tmp_path, "scenarios/2-broken.yaml", (old, new)))
    assert any(each.startswith("scenarios/2-broken.yaml:") and told in each for each in found), found


# -- steps that scenarios share
def test_included_steps_are_part_of_each_scenario_of_the_digest_and_of_what_a_case_is_pinned_to(tmp_path: Path) -> None:
    found = procedure(REFUND)
    assert all(scenario.step_of["seen"].title == "A second look" for scenario in found.scenarios.values())
    other = procedure(changed(tmp_path, "steps/review.yaml", ("A second look", "Another look")))
    assert other.digest != found.digest
    service = service_at(tmp_path / "home", config=REFUND)
    assert Walk(service).begin(2).case.procedure.scenarios[2].by_id["seen"].text == "Is what was typed right?"
    again, _ = procedure_from_data(json.loads(to_bytes(found.data)))
    assert again is not None and again.digest == found.digest


LOOP = "steps:\n  - include: steps/other.yaml\n"


@pytest.mark.parametrize(("files", "told"), [
    ({"steps/review.yaml": "after: [frm]"}, "steps/review.yaml:9: there is no item 'frm'"),
    ({"steps/review.yaml": LOOP, "steps/other.yaml": LOOP.replace("other", "review")},
     "steps/other.yaml:2: the files include one another in a circle: 'steps/review.yaml', 'steps/other.yaml'"),
    ({"steps/review.yaml": ""}, "scenarios/2-broken.yaml: there is no file 'steps/review.yaml'"),
    ({"steps/review.yaml": None}, "steps/review.yaml:1: this is no file: a folder, a pipe or a device"),
    ({"steps/other.yaml": "steps: []\n"}, "steps/other.yaml:1: no scenario includes this file"),
    ({"steps/review.yaml": "- id: review\n"}, "steps/review.yaml:1: a file of steps is written as 'steps:'"),
    ({"steps/review.yaml": "step: []\nsteps: [{id: review}]\n"}, "steps/review.yaml:1: 'step' is not a key of a file"),
    ({"steps/review.yml": "steps: []\n"}, "steps/review.yml:1: nothing reads this"),
])  # fmt: skip
def test_what_is_wrong_with_included_files(tmp_path: Path, files: dict[str, str | None], told: str) -> None:
    folder = tmp_path / "changed"
    shutil.copytree(REFUND, folder)
    for name, text in files.items():
        if text is None:
            (folder / name).unlink()
            os.mkfifo(folder / name)  # type: ignore[attr-defined]
        elif not text:
            (folder / name).unlink()
        elif text.startswith("after"):
            path = folder / name
            path.write_text(path.read_text(encoding="utf-8").replace("after: [form]", text), encoding="utf-8")
        else:
            (folder / name).write_text(text, encoding="utf-8")
    file, _, words = told.partition(": ")
    found = problems(folder)
    assert any(each.startswith(file) and words in each for each in found), found


@pytest.mark.parametrize(("written", "told"), [
    ("include: ../review.yaml", "'include' names a file of the folder 'steps', such as steps/review.yaml"),
    ("{include: steps/review.yaml, when: form}", "an entry with 'include' has no other key, not 'when'"),
    ("include: steps/reviews.yaml", "there is no file 'steps/reviews.yaml' (did you mean 'steps/review.yaml'?)"),
])  # fmt: skip
def test_how_a_file_is_included(tmp_path: Path, written: str, told: str) -> None:
    folder = changed(tmp_path, "scenarios/2-broken.yaml", ("include: steps/review.yaml", written))
    assert any(each.startswith("scenarios/2-broken.yaml:") and told in each for each in problems(folder))


# -- a second person
def test_what_is_for_another_agent_is_refused_to_who_did_it_and_taken_from_a_colleague(tmp_path: Path) -> None:
    anna = Walk(service_at(tmp_path / "home", config=REFUND)).begin(2)
    anna.tick("form")
    anna.refused(Skip("seen", "no time"), "for another agent")
    told = anna.refused(anna.answering("seen", "right"), "'the form' was done by anna")
    assert "for another agent" in told
    ben = anna.other(service_at(tmp_path / "home", "ben", config=REFUND))
    ben.do(BeginCall("back-office"))
    word = Word("Cara", "2026-11-22T10:00")
    ben.refused(ben.answering("seen", "right", word=word), "You need to see this yourself")
    ben.answer("seen", "right")
    assert ben.state("seen") is State.DONE
    anna.take_back("form")  # done again by Ben, who has seen it: now it is Anna's turn
    ben.tick("form")
    assert ben.state("seen") is State.STALE
    ben.refused(ben.answering("seen", "right"), "'the form' was done by ben")
    anna.answer("seen", "right")
    assert anna.state("seen") is State.DONE


def test_that_who_did_it_is_not_the_second_is_proved(monkeypatch: pytest.MonkeyPatch) -> None:
    promised = {each.id: each for each in prove(procedure(REFUND)).promises}["another"]
    assert promised.holds and promised.states
    monkeypatch.setattr(guard, "did_before", lambda *_: None)
    proof = prove(procedure(REFUND))
    assert any("can be done by who did what it waits for" in each.message for each in proof.problems)


# -- what is said of each
def test_what_a_bare_item_any_and_all_mean_for_several_mailboxes(tmp_path: Path) -> None:
    walk = Walk(service_at(tmp_path / "home", config=REFUND), mailboxes=THREE[:2]).begin(2)
    walk.answer("paid-then", "20")
    walk.answer("fault", "both", mailboxes=THREE[:1])
    assert walk.applies("send-in") and not walk.applies("spare"), "any, as soon as one is; all, once all are"
    walk.answer("fault", "unclear", mailboxes=THREE[1:2])
    walk.answer("since", "2026-11-03")
    told = walk.refused(walk.ticking("send-in", values={"serial": "12"}), "the fault is 'not clear'")
    assert told.startswith("'Send it to the workshop' is locked"), "not: no mailbox is so, in a guard too"
    walk.answer("fault", "both", mailboxes=THREE[1:2])
    assert walk.applies("spare") and walk.state("send-in") is State.TODO


def test_a_template_prints_every_value_in_a_line_of_its_own(tmp_path: Path) -> None:
    walk = Walk(service_at(tmp_path / "home", config=REFUND), mailboxes=THREE[:2]).begin(2)
    walk.answer("paid-then", "1,667")
    walk.answer("since", "2026-11-03")
    for box, fault in zip(THREE, ("both", "sending"), strict=False):
        walk.answer("fault", fault, mailboxes=(box,))
    walk.tick("send-in", values={"serial": "12"})
    assert walk.service.filled(walk.case, "complaint").text().splitlines()[1:] == [
        "Paid : AU$1,667.00",
        "What does not work :",
        f"{THREE[0]}: sending and receiving",
        f"{THREE[1]}: sending",
        "Since : 03/11/2026",
        "Serial number : 12",
    ]


@pytest.mark.parametrize(("old", "new", "told"), [
    ("ref: send-in.serial", "ref: send-in", ":8: 'send-in' is an action; name one of its values, as 'send-in.key'"),
    ("ref: send-in.serial", "ref: send-in.number", ":8: there is no value of 'send-in' called 'number'"),
    ("ref: fault", "ref: fault, kind: choice, options: [sending]", ":6: the answers of 'fault' need a 'map'"),
    ("from: item, ref: send-in.serial", "from: client, proposes: send-in", ":8: 'send-in' is an action"),
])  # fmt: skip
def test_what_a_template_cannot_print_is_refused(tmp_path: Path, old: str, new: str, told: str) -> None:
    found = problems(changed(tmp_path, "templates/complaint.yaml", (old, new)))
    assert any(each.startswith(f"templates/complaint.yaml{told}") for each in found), found


def test_any_and_all_are_for_what_has_several(tmp_path: Path) -> None:
    found = problems(changed(tmp_path, "scenarios/2-broken.yaml", ("all(fault=both)", "all(restart=money)")))
    assert any("'all(restart=money)': 'restart' has no 'each', so leave 'all(...)' out" in each for each in found)


def test_saved_walks_answer_with_amounts_and_with_how_long_ago_a_day_is(tmp_path: Path) -> None:
    assert walk_problems(REFUND, procedure(REFUND)) == []
    for old, new, told in (
        ("bought-on: 31d", 'bought-on: "2026-10-01"', "how many days ago it was, such as 10d"),
        ("bought-on: 31d", "bought-on: 30d", "is shown here"),
        ('amount: "20"', "amount: twenty", "'amount' is answered with a number"),
    ):
        folder = changed(tmp_path / new[-6:].strip('"'), "walks/2-late.yaml", (old, new))
        assert any(told in str(each) for each in walk_problems(folder, procedure(REFUND)))
