"""A fault in the program itself is noticed: one check of the core is taken out at a time, and the proof falls."""

from __future__ import annotations

import inspect
import textwrap
from typing import Any

import pytest

from oxtui.cases import effects, guard, moves, status
from oxtui.cases.status import State
from oxtui.playbook.build import procedure_from_data
from oxtui.playbook.model import Procedure
from oxtui.prover.limits import Limits
from oxtui.prover.promises import Promises, Seen
from oxtui.prover.prove import prove
from tests.prover.bigger_playbooks import shipped
from tests.prover.broken_playbooks import Data, add, build, item, sound


def rich() -> Data:
    """A small sound playbook with an NB that locks, an age, a quote, and rules that say what is newer."""
    data = sound()
    data["mailbox_fields"] = {"old": "on the old service"}
    data["nbs"]["filter"] = {"text": "Mail is held.", "short": "Mail is held", "when": "held=yes", "locks": ["cancel"]}
    item(data, "cancel").update(ends="old", nbs=["last", "filter"])
    item(data, "result")["fresh_for"] = "5d"
    add(
        data,
        {"id": "held", "ask": "Is mail held?", "answers": {"no": "no", "yes": "yes"}},
        {"id": "size", "ask": "Which?", "answers": {"big": {"text": "big", "plan": "big"}, "small": "small"}},
    )
    quote = {"current": "old", "current_term": "plan", "new": "size", "new_term": "plan"}
    item(data, "price").update(quote=quote, uses=["plan", "size"], after=["plan", "size"])
    item(data, "again").update(each="mailbox", anew="moved")
    placed = {"id": "placed", "ask": "Is it placed?", "after": ["order"], "waits_on": "shop"}
    add(data, placed | {"answers": {"yes": "yes", "no": "no"}})
    add(data, {"id": "papers", "do": "Read the papers", "when": "size=big"})
    item(data, "result")["after"] = ["moved", "placed=yes", "papers"]
    del item(data, "order")["when"]
    data["rules"][1]["newer_than"] = ["moved", "order", "papers"]
    data["rules"][0]["newer_than"] = ["plan"]
    data["rules"].append({"id": "held", "text": "Not while held", "never": "cancel", "where": "held=yes"})
    data["rules"].append({"id": "monthly", "text": "None monthly", "never": "discount", "where": "plan=monthly"})
    item(data, "moved").update(after=["placed=yes"], uses=["plan"])
    return data


def procedure() -> Procedure:
    assert procedure_from_data(rich())[1] == []
    return build(rich())


def change(monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, old: str, new: str) -> None:
    """Put a changed copy of a function in the place of its own."""
    function = getattr(owner, name)
    source = textwrap.dedent(inspect.getsource(function))
    assert source.count(old) == 1, f"{name} has {source.count(old)} of: {old}"
    made: dict[str, Any] = {}
    code = "from __future__ import annotations\n" + source.replace(old, new)
    exec(compile(code, name, "exec"), function.__globals__, made)
    monkeypatch.setattr(owner, name, made[name])


FAULTS: dict[str, tuple[Any, str, str, str]] = {
    "stale is done": (status.Standing, "_judge", "if mark.stale or key in", "if key in"),
    "too old is done": (status.Standing, "_judge", "mark.stale or key in self.situation.aged", "mark.stale"),
    "in doubt is done": (
        status.Standing,
        "_judge",
        "State.DONE if self.all_met(item, key[1]) else State.IN_DOUBT",
        "State.DONE",
    ),
    "nothing waits": (status.Standing, "all_met", "if not all(", "if False and not all("),
    "what is irreversible takes what does not apply": (
        status.Standing,
        "all_met",
        "strict=item.killer",
        "strict=False",
    ),
    "any answer will do": (
        status._After,
        "atom",
        "atom.fits(mark.value, mark.on)",
        "True",
    ),
    "skipped is done": (status._After, "atom", "not self.strict and not atom.judges", "True"),
    "no mailbox is all": (
        status.Standing,
        "locks",
        "if self.situation.about.each and not self.situation.mailboxes:",
        "if False:",
    ),
    "a late mailbox is covered": (status.Standing, "locks", "if self.board.uncovered:", "if False:"),
    "what is left out is not served": (status.Standing, "locks", "self.situation.still_served", "()"),
    "NBs have no teeth": (status.Standing, "locks", "item.id in nb.locks and self.in_force(nb)", "False"),
    "no conversation is needed": (guard, "need_conversation", "if conversation.live:", "if True:"),
    "the client need not be there": (guard, "need_client", "if item.client and not", "if False and not"),
    "one step is enough": (guard, "may_mark", "if item.killer:", "if False:"),
    "what does not apply is done": (guard, "_may_mark_one", "if state is State.NOT_APPLICABLE:", "if False:"),
    "what is locked is done": (
        guard,
        "_may_mark_one",
        "if state is State.LOCKED or early or not standing.all_met(item, mailbox):",
        "if False:",
    ),
    "settled without a conversation": (guard, "may_settle", "need_conversation(position.conversation)", "pass"),
    "what is firm is skipped": (guard, "may_skip", "if item.id in position.scenario.firm:", "if False:"),
    "what a cancellation waits for is put off": (
        guard,
        "may_put_off",
        "if item.id in position.scenario.witnesses:",
        "if False:",
    ),
    "cleared whatever stands": (guard, "may_clear", "if status.state is not State.TODO:", "if False:"),
    "cleared without a conversation": (guard, "may_clear", "need_client(position.conversation, item)", "pass"),
    "cancelled without being cleared": (
        guard,
        "may_cancel",
        "if item.id not in position.standing.board.cleared:",
        "if False:",
    ),
    "nothing goes stale": (effects._Consequences, "_spread", "self.stale.setdefault(key, name)", "pass"),
    "another answer is the same": (
        effects._Consequences,
        "_marked",
        "old.same(mark) and self._reads_alike(item, old, mark)",
        "True",
    ),
    "done anew keeps its result": (effects._Consequences, "_anew", "self._end(self._keys(name, mailbox))", "pass"),
    "what stops applying is not lost": (effects._Consequences, "_stopped", "self.lost[key] = None", "pass"),
    "a quote without a conversation": (
        moves,
        "requote",
        'guard.need_conversation(position.conversation, "A quote")',
        "pass",
    ),
}

HARMLESS = {
    # A cancellation that applies while what it waits for does not is a fault of the playbook, told as that.
    "what is irreversible takes what does not apply",
    # What a rule or a cancellation waits for is firm: it is never skipped in the first place.
    "skipped is done",
}


def test_without_a_fault_it_is_proved() -> None:
    found = prove(procedure(), seconds=20)
    assert found.problems == () and found.unproved == ()
    assert all(each.holds for each in (*found.rules, *found.promises))


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_in_the_program_is_noticed(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    change(monkeypatch, *FAULTS[fault])
    if fault == "no conversation is needed":
        monkeypatch.setattr("oxtui.cases.commands.copies.need_conversation", guard.need_conversation)
    try:
        found = prove(procedure(), seconds=20)
    except IndexError:  # the fault looks at an answer that is not there
        return
    broken = [each.id for each in (*found.rules, *found.promises) if each.holds is False]
    assert bool(broken) is (fault not in HARMLESS), (broken, found.problems)


def test_a_contradiction_far_below_what_is_irreversible_locks_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """A witness is in doubt then, and so is what rests on it; the one above must not take that for done."""

    def kept() -> Seen:
        limits = Limits(120)
        return Promises(shipped(), limits, limits.until(1.0)).run()["waits"]

    assert kept().finished and not kept().broken
    change(monkeypatch, status._After, "atom", "if state is not State.DONE:", "if state not in _COUNTS:")
    monkeypatch.setattr(status, "_COUNTS", (State.DONE, State.IN_DOUBT), raising=False)
    assert "does not wait for all that" in kept().broken


def test_a_function_that_is_changed_to_itself_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    change(monkeypatch, status.Standing, "all_met", "strict=item.killer", "strict=item.killer ")
    assert prove(procedure(), seconds=20).ok
