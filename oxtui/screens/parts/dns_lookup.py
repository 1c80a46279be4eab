"""DNS evidence, looked up in the background and saved in the case."""

from __future__ import annotations

from collections.abc import Callable

from oxtui.cases.case import Case
from oxtui.cases.commands.waiting import KeepEvidence
from oxtui.cases.evidence import Evidence
from oxtui.cases.nbs import contradicted
from oxtui.errors import OxtuiError
from oxtui.screens.host import AppHost


def look_up_dns(app: AppHost, case: Case, told: Callable[[OxtuiError | None], None]) -> None:
    """Look the case's domain up in a thread and save the evidence, then call `told` with the error, if any.

    Evidence that contradicts an answer is reported at once. Nothing ever waits for a resolver, least of all leaving.
    """
    service = app.service
    if not service.playbook.asks_dns or not case.procedure.about.is_domain:
        told(None)
        return
    settings = service.playbook.settings
    before = {nb.id for nb in contradicted(case)}

    def kept(now: Case) -> None:
        new = [nb for nb in contradicted(now) if nb.id not in before]
        if new:
            app.warn("\n".join(nb.text for nb in new))
        told(None)

    def look_up() -> Evidence:
        if app.practice:
            from oxtui.outside.dns import practised

            return practised(case.domain, service.playbook.owners, service.clock.now())
        from oxtui.outside.dns import lookup

        return lookup(
            case.domain,
            resolver=settings.resolver or None,
            owners=service.playbook.owners,
            clock=service.clock,
            timeout_s=float(settings.dns_timeout_seconds),
        )

    def looked_up(evidence: Evidence) -> None:
        now = service.peek(case.id)
        if now is not None and now.domain != case.domain:
            told(None)  # the domain was changed meanwhile: this is about another one
        else:
            app.submit(case.id, KeepEvidence(evidence.to_data()), kept, told)

    app.aside(look_up, looked_up, told, holds_keys=False, name="dns")
