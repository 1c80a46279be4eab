"""The program starts on what was proved; a rule left open stays on the screen; a fault ends the start."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from oxtui.cli.context import Context
from oxtui.cli.output import Output
from oxtui.cli.proved import proof_state, see_that_it_is_proved
from oxtui.errors import WrongUse
from oxtui.prover import prove as proving
from oxtui.prover.proofs import is_proved
from oxtui.prover.prove import Fault, Proof
from oxtui.prover.rules import RuleResult
from tests.prover.bigger_playbooks import shipped

OPEN = RuleResult("r", "Never too early", None, 7, unproved="given up")


def gives(monkeypatch: pytest.MonkeyPatch, **parts: object) -> list[int]:
    """Have the prover give a proof; the list grows with each time it is asked."""
    asked: list[int] = []

    def proved(procedure: object, **_: object) -> Proof:
        asked.append(1)
        return replace(Proof(shipped().digest, (), (), (), (), (), 7, 0.1), **parts)

    monkeypatch.setattr(proving, "prove", proved)
    return asked


def context() -> Context:
    return Context(Output())


def test_a_rule_that_is_open_stays_in_the_banner_at_every_start(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = gives(monkeypatch, rules=(OPEN,))
    for _ in range(2):
        started = context()
        see_that_it_is_proved(started, shipped())
        assert started.banner == "Not proved: Never too early."
    assert asked == [1] and is_proved(home / "playbooks", shipped().digest)
    assert proof_state(context(), shipped())[0].startswith("1 of ")


def test_what_is_proved_is_not_told_again(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = gives(monkeypatch)
    for _ in range(2):
        started = context()
        see_that_it_is_proved(started, shipped())
        assert started.banner == ""
    assert asked == [1]


def test_a_fault_ends_the_start(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gives(monkeypatch, problems=(Fault(("rules", 0), "It can be broken"), Fault(("nbs", "x"), "never shown")))
    with pytest.raises(WrongUse, match="the playbook is not sound: It can be broken and 1 more"):
        see_that_it_is_proved(context(), shipped())
    assert not is_proved(home / "playbooks", shipped().digest)
