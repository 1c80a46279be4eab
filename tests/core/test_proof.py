"""The proof: the shipped playbook passes, each broken one is refused with its shortest counterexample.

And a fault in the program itself is noticed: one check of `progress` and `permits` is taken out at a time.
"""

from __future__ import annotations

import inspect
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from oxtui.playbook import permits, progress
from oxtui.playbook.build import procedure_from_data
from oxtui.playbook.load import load
from oxtui.playbook.model import Procedure
from oxtui.playbook.proof import Proof, prove
from oxtui.playbook.proof_promises import promises
from oxtui.playbook.proof_rules import Powers
from tests.core.broken_playbooks import BROKEN, START, build, item, sound

CONFIG = Path(__file__).parent.parent.parent / "config"


@pytest.fixture(scope="module")
def shipped() -> Procedure:
    return load(CONFIG).playbook.procedure


@pytest.fixture(scope="module")
def proof(shipped: Procedure) -> Proof:
    return prove(shipped)


def test_the_shipped_playbook_is_proved(shipped: Procedure, proof: Proof) -> None:
    assert proof.problems == ()
    assert proof.ok
    assert [result.id for result in proof.rules] == [rule.id for rule in shipped.rules]
    assert all(result.holds and result.states > 0 and not result.counterexample for result in proof.rules)
    assert all(result.holds and result.states > 0 for result in proof.promises)
    assert proof.states > 10_000


def test_what_ends_otherwise_is_told(proof: Proof) -> None:
    notes = "\n".join(proof.notes)
    assert "What came back on the JIRA?\": returned leads on by 'Mend the JIRA and send it again'" in notes
    assert "What came back on the JIRA?\": refused leads on by 'What does the SME decide?'" in notes
    assert "the mail stays on OX-Mail: it is answered anew, or the case ends as client unreachable or" in notes


def test_the_small_playbook_is_sound() -> None:
    assert procedure_from_data(sound())[1] == []
    proof = prove(build(sound()))
    assert proof.problems == () and proof.notes == ("scenario 1, \"Result?\": bad leads on by 'Send again'",)


@pytest.mark.parametrize("fault", BROKEN)
def test_a_broken_playbook_is_refused(fault: str) -> None:
    broken = BROKEN[fault]
    proof = prove(broken.procedure())
    assert not proof.ok
    messages = [message for where, message in proof.problems if where == broken.where]
    if broken.way:
        result = next(each for each in proof.rules if each.id == broken.where)
        assert not result.holds and not result.unproved
        assert result.counterexample == broken.way
        assert "; ".join(broken.way) in messages[0]
    else:
        assert any(broken.says in message for message in messages), proof.problems


def test_a_rule_over_several_items_is_proved_or_does_not_hold() -> None:
    data = sound()
    del item(data, "order")["when"]
    data["rules"][0]["before"] = ["order", "plan"]
    proof = prove(build(data))
    assert proof.ok, proof.problems
    assert not prove(build(data), limit=1).rules[0].holds


def test_who_has_no_time_is_told_what_is_not_proved() -> None:
    """A search without end would keep the floor lead from knowing that the rule does not hold."""
    broken = BROKEN["guard missing on a killer"]
    proof = prove(broken.procedure(), seconds=0)
    result = next(each for each in proof.rules if each.id == broken.where)
    assert not result.holds and not result.counterexample
    assert result.unproved[0].startswith("not proved, and the search for a way to break it was given up after 0 s")
    assert result.unproved[-1] == "'cancel' could be done"
    assert any("Not before all is good. It is not proved" in message for _, message in proof.problems)


# One check of the program at a time: module, what stands there, what is put in its place.
MUTATIONS: dict[str, tuple[ModuleType, str, str]] = {
    "a guard that is stale counts": (
        progress,
        'STALE:\n            return "has to be checked again"',
        'STALE:\n            return ""',
    ),
    "a guard that is not saved counts": (progress, 'return "is being saved"', 'return ""'),
    "a guard to be taken back counts": (progress, 'return "has to be taken back"', 'return ""'),
    "a killer's guard may not apply": (progress, 'return "does not apply" if strict else ""', 'return ""'),
    "a killer's guard may be skipped": (progress, "State.OVERRIDDEN and not strict", "State.OVERRIDDEN"),
    "any answer counts": (
        progress,
        "atom.answers.intersection(marks[mailbox].value)",
        "marks[mailbox].value",
    ),
    "any mailbox counts": (
        progress,
        "if all(atom.answers.intersection(marks[mailbox].value) for",
        "if any(atom.answers.intersection(marks[mailbox].value) for",
    ),
    "what is not done counts": (
        progress,
        'return "is not answered" if status.item.kind == "question" else "is not done"\n\n',
        'return ""\n\n',
    ),
    "one mailbox is all": (progress, "bool(marked) and len(marked) == len(wanted)", "bool(marked)"),
    "no mailbox is all": (progress, "complete = bool(marked) and", "complete ="),
    "what is not saved is done": (progress, "if any(mark.pending for mark in marked):", "if False:"),
    "a killer is not strict": (progress, "strict = item.killer", "strict = False"),
    "revoked is fresh": (progress, "if mark.spoiled:", "if False:"),
    "changed is fresh": (
        progress,
        "self.records.get(name, NOTHING)) != before",
        "self.records.get(name, NOTHING)) == 0",
    ),
    "an unmet guard leaves it fresh": (
        progress,
        "        if waits:\n            atom",
        "        if False:\n            atom",
    ),
    "skipped is no longer locked": (progress, 'State.OVERRIDDEN, waits, ""', 'State.OVERRIDDEN, (), ""'),
    "nothing is taken back": (progress, "acted = item.acts and bool(record.marks)", "acted = False"),
    "what has to be taken back is no obstacle": (
        progress,
        "if self.state is State.UNWIND:\n            return True",
        "if self.state is State.UNWIND:\n            return False",
    ),
    "a wait for an unanswered question is forgotten": (progress, "for atom in atoms)", "for atom in ())"),
    "a killer is decided by what is stale": (
        progress,
        "self.statuses[atom.item].state is State.DONE else None",
        "True else None",
    ),
    "an answer of a mailbox that is gone decides": (
        progress,
        'wanted = self.mailboxes if status.item.each else ("",)\n        live',
        "wanted = tuple(marks)\n        live",
    ),
    "what was skipped is done": (progress, "if complete and not record.skipped:", "if complete:"),
    "sending again takes nothing back": (progress, "del record.marks[mailbox]", "pass"),
    "sending again takes all back": (progress, "if not named or named.intersection(mark.value):", "if True:"),
    "sent again once only": (
        progress,
        "record.marks.clear()\n            record.attempts",
        "record.attempts",
    ),
    "no call is needed": (permits, "    if call.live:\n        return", "    return"),
    "a lapsed call is enough": (
        permits,
        "return bool(self.mode) and not self.lapsed",
        "return bool(self.mode)",
    ),
    "the client need not be there": (permits, "if item.client and not call.with_client:", "if False:"),
    "back-office is a client": (
        permits,
        'return self.mode == "client" and not self.lapsed',
        "return self.live",
    ),
    "a locked item can be done": (permits, "if status.waits and not again:", "if False:"),
    "an item not saved can be done again": (permits, "if status.state is State.PENDING:", "if False:"),
    "what does not apply can be done": (permits, "if status.state is State.NOT_APPLICABLE:", "if False:"),
    "killers can be skipped": (permits, "if item.killer:", "if False:"),
    "firm items can be skipped": (permits, "if item.id in position.scenario.firm:", "if False:"),
    "witnesses can be put off": (permits, "if item.id in position.scenario.witnesses:", "if False:"),
    "skipping needs no call": (permits, 'need_call(position.call, "Skipping")', "pass"),
    "taking back needs no call": (
        permits,
        "    need_call(position.call)\n    if status.state is not",
        "    if status.state is not",
    ),
    "anything can be taken back": (permits, "if status.state is not State.UNWIND:", "if False:"),
}

HARMLESS = {
    # Killers are firm as well: `order.derive` names every killer among the firm items.
    "killers can be skipped",
}


def change(monkeypatch: pytest.MonkeyPatch, module: ModuleType, old: str, new: str) -> None:
    """Put a changed copy of a module's functions and private classes in the place of its own."""
    source = inspect.getsource(module)
    assert source.count(old) == 1, f"{module.__name__} has {source.count(old)} of: {old}"
    changed: dict[str, Any] = {"__name__": module.__name__}
    exec(compile(source.replace(old, new), module.__name__, "exec"), changed)
    for name, value in vars(module).items():
        kept = isinstance(value, type) and not name.startswith("_")
        if kept and getattr(value, "__module__", "") == module.__name__:
            for part, own in vars(changed[name]).items():
                if isinstance(own, property):
                    monkeypatch.setattr(value, part, own)
            changed[name] = value
    for name, value in list(changed.items()):
        if callable(value) and getattr(value, "__module__", "") == module.__name__:
            monkeypatch.setattr(module, name, value)


@pytest.mark.parametrize("fault", MUTATIONS)
def test_a_fault_in_the_program_is_noticed(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    procedure = build(sound())
    change(monkeypatch, *MUTATIONS[fault])
    try:
        # That it is refused, not by which way. The promises, which are a part of the proof, are quicker alone.
        kept = promises(procedure.scenarios[1], Powers())
        noticed = any(each.broken for each in kept.values()) or not prove(procedure, seconds=0).ok
    except KeyError:  # the fault looks at a mark that is not there
        noticed = True
    assert noticed is (fault not in HARMLESS)


def test_the_changed_program_is_the_program_but_for_the_change(monkeypatch: pytest.MonkeyPatch) -> None:
    procedure = build(sound())
    change(monkeypatch, progress, "strict = item.killer", "strict = item.killer  # the same")
    assert prove(procedure).ok


def test_a_fault_in_the_program_is_shown_as_a_person_would_meet_it(monkeypatch: pytest.MonkeyPatch) -> None:
    procedure = build(sound())
    change(monkeypatch, *MUTATIONS["skipped is no longer locked"])
    result = next(each for each in prove(procedure).rules if each.id == "priced")
    assert result.counterexample == (
        *START,
        'answer "Billed how?": monthly',
        'answer "Order it?": yes',
        'skip "Order"',
        'answer "Billed how?": yearly',
        'tick "Order"',
    )
