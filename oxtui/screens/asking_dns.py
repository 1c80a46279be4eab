"""DNS evidence in the background: asked without holding a key up, kept in the case, read as proposals."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

from oxtui.cases.case import Case
from oxtui.cases.conduct import KeepEvidence
from oxtui.cases.evidence import Evidence, evidence_of, proposed_answers
from oxtui.errors import OxtuiError

if TYPE_CHECKING:
    from oxtui.app import OxtuiApp

__all__ = ["ask", "evidence_of", "proposed_answers"]

Answer: TypeAlias = Evidence | BaseException


def ask(app: OxtuiApp, case: Case, told: Callable[[OxtuiError | None], None]) -> None:
    """Look the case's domain up in a thread and keep what was answered; then call `told`.

    The thread is a daemon of its own: neither leaving the program nor anything else ever waits for a resolver.
    """
    service = app.service
    settings = service.playbook.settings

    def look_up() -> Evidence:
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
        if isinstance(found, Evidence):
            app.carry(case.id, KeepEvidence(found.to_data()), lambda _: told(None), told)
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
