"""A case that waits for its passwords, and a password to look for."""

from __future__ import annotations

import secrets

from oxtui.cases.status import State
from oxtui.service import Service
from tests.drive.case import Walk

BOXES = ("anna@brightside.com.au", "info@brightside.com.au")


def new_marker() -> str:
    """A password that is nowhere else on this machine."""
    return f"Mk7!{secrets.token_hex(6)}"


def walked(service: Service) -> Walk:
    """Scenario 2 up to the JIRA: only the template is to be filled and sent."""
    walk = Walk(service, service.start("brightside.com.au", mailboxes=BOXES).id).ordered(2)
    walk.answer("order-completed", "completed")
    walk.answer("dns-office-365", "yes")
    walk.answer("devices", "connected")
    assert walk.case.scenario
    for item in walk.case.scenario.step_of["jira"].items:
        if item.kind == "question" and walk.state(item.id) is State.TODO:
            walk.answer(item.id, "no" if item.id == "missing" else item.answers[0].id)
    return walk
