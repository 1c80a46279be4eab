"""Proves a playbook before cases are worked with it."""

from __future__ import annotations

import gc
from contextlib import suppress
from pathlib import Path

from oxtui.cli.context import Context
from oxtui.errors import Unsaved, WrongUse
from oxtui.playbook.model import Procedure
from oxtui.prover.proofs import is_proved, unproved_rules
from oxtui.text import first_few, plural


def see_that_it_is_proved(context: Context, procedure: Procedure, *elsewhere: Path) -> None:
    """Prove a playbook, unless it was proved here (or in `elsewhere`) before; raises WrongUse if a fault is found.

    Rules neither proved nor broken go into the banner.
    """
    folder = context.places().playbooks
    known = next((each for each in (folder, *elsewhere) if is_proved(each, procedure.digest)), None)
    if known is not None:
        _warn(context, unproved_rules(known, procedure.digest))
        return
    from oxtui.cli.check import ProgressLine
    from oxtui.prover.prove import prove, remember

    context.out.now("this playbook is new here, so its rules are being proved ...")
    gc.enable()  # the dashboard puts it off until the first frame: without it a proof takes 40 MB that stay
    with ProgressLine() as progress:
        proof = prove(procedure, progress=progress)
    if not proof.ok:
        first = first_few([each.message for each in proof.problems], 1)
        raise WrongUse(f"the playbook is not sound: {first}", "oxtui check lists every problem")
    # the store reports a home that cannot be written; the next start proves again
    with suppress(Unsaved):
        remember(folder, procedure.digest, proof)
    held = sum(each.holds is True for each in proof.rules)
    context.out.now(f"proved: {held} rules, {plural(proof.states, 'state')}, {proof.seconds:.1f} s")
    _warn(context, tuple(each.text for each in proof.open_rules))


def _warn(context: Context, unproved: tuple[str, ...]) -> None:
    """Put the rules that are not proved into the banner."""
    if unproved:
        words = f"Not proved: {'; '.join(unproved)}."
        context.banner = f"{words} {context.banner}".strip()


def proof_state(context: Context, procedure: Procedure) -> tuple[str, str]:
    """Return the state of the proof in words, and what to do about it (or "")."""
    folder = context.places().playbooks
    if not is_proved(folder, procedure.digest):
        return f"{len(procedure.rules)} rules; not proved here yet, the next start does it", ""
    unproved = unproved_rules(folder, procedure.digest)
    if unproved:
        return f"{len(unproved)} of {len(procedure.rules)} rules not proved", "oxtui check --seconds 120 takes longer"
    return f"{len(procedure.rules)} rules, proved here", ""
