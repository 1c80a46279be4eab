"""A place of a walk as a case, for the commands that look at more than marks: copies and quotes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from oxtui.cases.case import Case, Mailbox
from oxtui.cases.guard import Conversation
from oxtui.playbook.model import Procedure
from oxtui.prover.walk import LIVE, Place, Walk

WHENEVER: Final = datetime(2000, 1, 1, tzinfo=UTC)


def case_of(procedure: Procedure, walk: Walk, place: Place, conversation: Conversation = LIVE) -> Case:
    """The case that stands as a place of `walk` does."""
    return Case(
        id="case",
        opened_at=WHENEVER,
        procedure=procedure,
        log=(),
        now=WHENEVER,
        mailboxes=tuple(Mailbox(box) for box in place.boxes),
        scenario=walk.scenario,
        boards={walk.scenario.number: place.board},
        situation=walk.situation(place.boxes),
        conversation=conversation,
    )
