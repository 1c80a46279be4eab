"""DNS evidence in the background: asked without holding a key up, kept in the case, read as proposals."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from oxtui.casework.case import Case
from oxtui.casework.conduct import KeepEvidence
from oxtui.casework.evidence import Evidence, proposal
from oxtui.errors import OxtuiError

if TYPE_CHECKING:
    from oxtui.app import OxtuiApp


def ask(app: OxtuiApp, case: Case, told: Callable[[OxtuiError | None], None]) -> None:
    """Look the case's domain up in a thread and keep what was answered; then call `told`."""
    desk = app.desk
    settings = desk.playbook.settings

    def work() -> None:
        from oxtui.outside.dns import lookup

        error: OxtuiError | None = None
        found: Evidence | None = None
        try:
            found = lookup(
                case.domain,
                resolver=settings.resolver or None,
                owners=desk.playbook.owners,
                clock=desk.clock,
                timeout_s=float(settings.dns_timeout_seconds),
            )
        except OxtuiError as problem:
            error = problem
        app.call_from_thread(answered, found, error)

    def answered(found: Evidence | None, error: OxtuiError | None) -> None:
        if found is None:
            told(error)
        else:
            app.carry(case.id, KeepEvidence(found.to_data()), lambda _: told(None), told)

    app.run_worker(work, thread=True, group="dns", exit_on_error=False)


def evidence_of(case: Case) -> Evidence | None:
    """The last DNS evidence kept in a case, or None."""
    if case.evidence is None:
        return None
    try:
        return Evidence.from_data(dict(case.evidence))
    except ValueError:
        return None


def proposed_answers(evidence: Evidence | None) -> Mapping[str, str]:
    """What the evidence proposes, by the playbook's evidence keys; nothing where it does not know."""
    if evidence is None:
        return {}
    known = proposal(evidence)
    found = {key: str(known[key]) for key in ("dns-office-365", "dns-ox") if isinstance(known.get(key), str)}
    with_us = {"DNS with us": "with-us", "DNS Not with us": "not-with-us"}.get(str(known.get("DNS")))
    if with_us:
        found["ns"] = with_us
    owner = {"office365": "office-365", "ox-mail": "ox-mail", "other": "other"}.get(evidence.owner)
    if owner and not evidence.error:
        found["mx"] = owner
        if owner != "other":
            found["moved"] = "done" if owner == "ox-mail" else "not-begun"
    return found
