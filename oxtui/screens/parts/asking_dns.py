"""DNS evidence in the background: asked without holding a key up, kept in the case, read as proposals."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import TypeAlias

from oxtui.cases.case import Case
from oxtui.cases.commands.waiting import KeepEvidence
from oxtui.cases.evidence import Evidence
from oxtui.cases.nbs import contradicted
from oxtui.errors import OxtuiError
from oxtui.screens.host import AppHost

Answer: TypeAlias = Evidence | BaseException


def ask(app: AppHost, case: Case, told: Callable[[OxtuiError | None], None]) -> None:
    """Look the case's domain up in a thread and keep what was answered; then call `told`.

    Where it speaks against an answer that was given, that is said at once. The thread is a daemon of its own: neither
    leaving the program nor anything else ever waits for a resolver.
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
            from oxtui.outside.practice_dns import practised

            return practised(case.domain, service.playbook.owners, service.clock.now())
        from oxtui.outside.dns import lookup

        return lookup(
            case.domain,
            resolver=settings.resolver or None,
            owners=service.playbook.owners,
            clock=service.clock,
            timeout_s=float(settings.dns_timeout_seconds),
        )

    async def work() -> None:
        found = await _apart(look_up)
        now = service.peek(case.id)
        if isinstance(found, Evidence) and now is not None and now.domain != case.domain:
            told(None)  # the domain was changed meanwhile: this speaks of another one
        elif isinstance(found, Evidence):
            app.submit(case.id, KeepEvidence(found.to_data()), kept, told)
        elif isinstance(found, OxtuiError):
            told(found)
        else:
            raise found

    app.run_worker(work(), group="dns", exit_on_error=True)


async def _apart(work: Callable[[], Evidence]) -> Answer:
    """What `work` returns or raises, run in a daemon thread; whoever waits for it may be gone by then."""
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[Answer] = loop.create_future()

    def put(found: Answer) -> None:
        if not answer.done():
            answer.set_result(found)

    def run() -> None:
        found: Answer
        try:
            found = work()
        except BaseException as error:  # noqa: BLE001 - it ends where the screens live, and not in silence
            found = error
        try:
            loop.call_soon_threadsafe(put, found)
        except RuntimeError:
            return  # the program has ended meanwhile: there is nobody left to tell

    threading.Thread(target=run, name="dns", daemon=True).start()
    return await answer
