"""Stretches of a walk through a scenario, each walked once in a run."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from itertools import groupby
from typing import Any, TypeVar, cast

import msgspec

from oxtui.cases.commands.base import Draft, numbered
from oxtui.cases.events import ID_LENGTH, Event, new_id, to_document
from oxtui.playbook.playbook import Playbook
from oxtui.store.local.store import LocalStore

Stretch = TypeVar("Stretch", bound=Callable[..., Any])

STRETCHES: dict[bytes, list[tuple[Playbook, list[list[Draft]]]]] = {}
"""What a stretch of a walk gave the first time, command by command, by how it began."""


def remembered(stretch: Stretch) -> Stretch:
    """A stretch that is walked once, key by key, in a run: its events are appended to every case that begins it alike.

    Only for a case alone in a home of its own, whose clock stands: two thirds of a test went into getting there.
    """

    @wraps(stretch)
    def walked(walk: Any, *given: Any, **named: Any) -> Any:
        service, before = walk.service, walk.case
        at = service.clock.frozen
        if type(service.store) is not LocalStore or not at or [*service.store.peek()] != [walk.id]:
            return stretch(walk, *given, **named)
        told = [(event.what, event.data) for event in before.log]
        key = msgspec.json.encode([stretch.__name__, given, named, service.agent, at, told])
        found = STRETCHES.setdefault(key, [])
        commands = next((commands for known, commands in found if known is service.playbook), None)
        if commands is None:
            stretch(walk, *given, **named)
            groups = groupby(walk.case.log[len(before.log) :], lambda event: event.id[:ID_LENGTH])
            found.append((service.playbook, [[Draft(event.what, event.data) for event in each] for _, each in groups]))
            return walk
        events: list[Event] = []
        for drafts in commands:
            events += numbered(before.seq + len(events), drafts, new_id(), service.clock.now(), service.agent)
        service._made.update(event.id for event in events)  # no conflict with what this pane does next
        missed = service.store.append(walk.id, before.seq, [to_document(walk.id, event) for event in events])
        assert missed is None
        assert walk.case.log[-1].id == events[-1].id  # read at once: a call lapses from when this pane saw it begin
        return walk

    return cast(Stretch, walked)
