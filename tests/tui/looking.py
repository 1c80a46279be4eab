"""What the tests with hostile text look at, and how."""

from __future__ import annotations

import os

from oxtui.cases.case import Case
from oxtui.cases.conduct import BeginCall, Choose, Close
from oxtui.service import Service
from tests.tui.walk import Walk

LONG = bool(os.environ.get("OXTUI_LONG"))


def one_case(service: Service) -> Case:
    case = service.start("brightside.com.au", mailboxes=("anna@brightside.com.au", "info@brightside.com.au"))
    for change in (BeginCall("client"), Choose(1)):
        case = service.change(case.id, change)
    gone = service.start("gone.example")
    service.change(gone.id, Close("mistake"))
    return case


async def looks_right(walk: Walk, told: str) -> None:
    walk.check(told)
    crooked = await walk.crooked()
    assert not crooked, f"{told}: {crooked[0]!r}"
