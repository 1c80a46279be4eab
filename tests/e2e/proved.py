"""A start that need not prove the playbook again."""

from __future__ import annotations

from pathlib import Path

from oxtui.prover.proofs import remember
from tests.drive.case import shipped


def proved(home: Path) -> None:
    """Have the home know that the shipped playbook was proved: tests of their own do that, and it takes seconds."""
    remember(home / "playbooks", shipped().procedure.digest, ok=True, states=1)
