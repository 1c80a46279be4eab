"""The proof of a playbook's rules, as the commands use it."""

from __future__ import annotations

from oxtui.commands.context import Context
from oxtui.playbook.model import Procedure


def see_that_it_is_proved(context: Context, procedure: Procedure) -> None:
    """Return at once for a digest that was proved; otherwise prove it first and say so."""


def proof_state(context: Context, procedure: Procedure) -> tuple[str, str]:
    """What is known of the proof, and what to do about it (or "")."""
    return "not known", ""
