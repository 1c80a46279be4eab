"""The proof of a playbook's rules, as the commands use it: the program starts on a proved digest only."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from oxtui.commands.context import Context
from oxtui.errors import WrongUse
from oxtui.playbook.model import Procedure
from oxtui.playbook.proof_kept import is_proved


def see_that_it_is_proved(context: Context, procedure: Procedure, *elsewhere: Path) -> None:
    """Return at once for a digest that was proved here (or in `elsewhere`); otherwise prove it and say so.

    Raises WrongUse where a rule can be broken: nobody works with such a playbook.
    """
    folder = context.places().playbooks
    if any(is_proved(each, procedure.digest) for each in (folder, *elsewhere)):
        return
    from oxtui.playbook.proof import prove, remember

    context.out.now("this playbook is new here: its rules are being proved ...")
    proof = prove(procedure)
    if not proof.ok:
        where, what = proof.problems[0]
        more = f" and {len(proof.problems) - 1} more" if len(proof.problems) > 1 else ""
        raise WrongUse(f"the playbook is not sound: {where}: {what}{more}", "oxtui check lists every problem")
    # A home that cannot be written to is told by the store; then the next start proves again.
    with suppress(OSError):
        remember(folder, procedure.digest, proof)
    context.out.now(f"proved: {len(proof.rules)} rules, {proof.states} states, {proof.seconds:.1f} s")


def proof_state(context: Context, procedure: Procedure) -> tuple[str, str]:
    """What is known of the proof, and what to do about it (or "")."""
    if is_proved(context.places().playbooks, procedure.digest):
        return f"{len(procedure.rules)} rules, proved here", ""
    return f"{len(procedure.rules)} rules; not proved here yet, the next start does it", ""
