"""The prover walks the core's own transitions: with freshness in it the rules of the cancellations hold."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from oxtui.playbook.playbook import Playbook
from oxtui.prover.limits import Limits
from oxtui.prover.promises import Seen
from oxtui.prover.rules import RuleResult, settled
from tests.drive.case import changed, shipped

SECONDS = 60.0


def result(playbook: Playbook, name: str) -> RuleResult:
    rule = next(each for each in playbook.procedure.rules if each.id == name)
    return settled(playbook.procedure, rule, Seen(), Limits(SECONDS), time.monotonic() + SECONDS)


@pytest.mark.parametrize("name", ["essentials-after-swap", "ox-mail-after-jira", "ox-mail-after-client"])
def test_the_rules_of_the_cancellations_hold(name: str) -> None:
    found = result(shipped(), name)
    assert found.holds is True, found.way or found.unproved


@pytest.mark.slow
def test_without_an_edge_the_way_round_is_found_in_words(tmp_path: Path) -> None:
    """An order changed late is swallowed by "completed" and "still so": the client's word is older than the order."""
    edge = ("devices, dns-office-365=yes, order-completed=completed]", "devices, dns-office-365=yes]")
    found = result(changed(tmp_path, "scenarios/2-wants-office-365-back.yaml", edge), "ox-mail-after-client")
    assert found.holds is False and len(found.way) > 3, found
