"""The case of a pasted `oxtui:` line, beside this home's version of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from oxtui.cases.case import Case
from oxtui.cases.events import Document
from oxtui.cases.notes.versions import done_since
from oxtui.cases.outcome import ended_or_cleared
from oxtui.cases.reader import Reader
from oxtui.cases.transfer import Act, acts_apart, agree, decoded, merged, restored
from oxtui.cases.wording import Stamps
from oxtui.errors import Refusal, StoreError
from oxtui.playbook.model import Procedure
from oxtui.store.interface import CaseStore
from oxtui.store.logs import last_seq

TRIES = 50
"""Attempts, while others write to the case."""


class PastedCase:
    """The case that a line carries; raises WrongUse for a line that was altered."""

    def __init__(self, text: str, store: CaseStore, reader: Reader) -> None:
        self.theirs = decoded(text)
        self.store = store
        self.reader = reader

    def versions(self) -> tuple[Case, Case, int] | None:
        """This home's version and the line's, and how many events are alike; None if one goes on from the other."""
        mine = self._here()
        if mine is None or merged(mine, self.theirs) is not None:
            return None
        return self.reader.case(mine), self._read_theirs(), agree(mine, self.theirs)

    def take(self, summarise: Callable[[Case], Mapping[str, Any]], *, instead: bool = False) -> Case:
        """Save the case as reported if it goes further than this home's version; with `instead`, in any case.

        One that was closed there goes to the archive with its summary.
        """
        self._need_no_talk()
        for _ in range(TRIES):
            here = self._here()
            outcome = merged(here, self.theirs) if here is not None else None
            if here is not None and outcome is here:
                return self.reader.case(here)
            if here is not None and outcome is None and not instead:
                raise Refusal("This home has another version of that case", "compare both; nothing was merged")
            document = self._restored(here, instead)
            case = self.reader.read(document)
            summary = summarise(case) if case.closed else None
            if self.store.replace(document, last_seq(here) if here else 0, summary) is None:
                return self.reader.case(self.store.get(case.id) or document)
        raise StoreError("others change this case all the time", "try again")

    def _here(self) -> Document | None:
        # in this order: a case that is being closed is in the archive before it leaves the open ones
        case_id = str(self.theirs["id"])
        return self.store.get(case_id) or self.store.archive.get(case_id)

    def _restored(self, here: Document | None, instead: bool) -> Document:
        note, acts = self._given_up(here) if here is not None and instead else ("", [])
        reader, moved = self.reader, self._todays is not None
        steps = self._todays or reader.steps_of(self.theirs)
        now = reader.clock.now()
        return restored(self.theirs, reader.agent, now, procedure=steps, moved=moved, here=here, note=note, acts=acts)

    @property
    def _todays(self) -> Procedure | None:
        """Today's steps, if those the case is pinned to are not kept here."""
        return None if self.reader.has_steps_of(self.theirs) else self.reader.playbook.procedure

    def _read_theirs(self) -> Case:
        return self.reader.read(self.theirs, self._todays)

    def _given_up(self, here: Document) -> tuple[str, list[Act]]:
        """The acts here since the two versions parted, as a note, and those to be asked about.

        Raises Refusal if one cannot be undone.
        """
        mine, other = self.reader.read(here), self._read_theirs()
        known = ended_or_cleared(other)
        for name, item in ended_or_cleared(mine).items():
            if name not in known:
                hint = f"keep ours: the other version does not know whether it was {item.noted or 'done'}"
                raise Refusal(f"'{item.text}' was done or cleared here", hint)
        alike = agree(here, self.theirs)
        rows, acts = done_since(mine, alike, Stamps(self.reader.clock)), acts_apart(mine, other, alike)
        rest = ", but for what is asked about" if acts else ""
        head = f"Done here before the other version was taken, and not counted{rest}:"
        return "\n".join([head, *rows]) if rows else "", acts

    def _need_no_talk(self) -> None:
        """Refuse to replace a case in which somebody else is in a conversation here: it would end."""
        case_id = str(self.theirs["id"])
        mine = self.store.peek().get(case_id) or self.store.get(case_id)
        if mine is None or merged(mine, self.theirs) is mine:
            return
        talks = self.reader.talking(self.reader.case(mine))
        live = [talk.event.agent for talk in talks if not talk.parked and talk.event.agent != self.reader.agent]
        if live:
            raise Refusal(f"{live[0]} is in a conversation in this case", "take the line in once that has ended")
