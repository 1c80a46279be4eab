"""The state of a case while its log is read: one method an event, and what an undo puts back.

Events name what they make stale, ask about and end, so that no playbook is asked. Only the logs of format 1 do not:
`legacy` works out for them what their events did.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, TypeAlias

from msgspec.structs import replace

from oxtui.cases.ages import FUTURE
from oxtui.cases.board import (
    EMPTY,
    Board,
    Changed,
    Effects,
    Key,
    Mark,
    applied,
    differences,
    put_back,
    without_mailboxes,
)
from oxtui.cases.case import Closed, Details, Hold, Left, Mailbox, Talk, Touch, Typed, item_of, touch_of
from oxtui.cases.events import Event
from oxtui.cases.log import legacy
from oxtui.cases.money import Quote
from oxtui.playbook.about import FORMER_FIELDS, USUAL
from oxtui.playbook.model import Item, Procedure, Scenario

HARMLESS: Final = frozenset({"opened", "details", "note", "hold", "resumed"})
"""What an event changed from outside may still tell: it shows, but nothing is permitted by it."""
UNDOABLE: Final = frozenset(
    "ticked answered quote skipped deferred settled corrected taken-back not-yet scenario flow mailboxes details "
    "licences covered line hold note".split()
)
"""Events that `u` takes back; the last four but the mailboxes are taken back only while they are the case's last."""
Before: TypeAlias = Mapping[str, Any]


class Replay:
    """The state of a case while its log is read, event by event. Its parts are replaced, never changed in place."""

    def __init__(self, procedure: Procedure, suspect: frozenset[int] = frozenset()) -> None:
        self.procedure = procedure
        self.suspect = suspect
        self.details = Details()
        self.holder = ""
        self.mailboxes: dict[str, Mailbox] = {}
        self.left_out: dict[str, Left] = {}
        self.flow: Mapping[str, str] = {}
        self.number = 0
        self.boards: dict[int, Board] = {}
        self.talks: dict[str, Talk] = {}
        self.auths: tuple[Event, ...] = ()
        self.failed: Event | None = None
        self.quotes: dict[int, tuple[Quote, Event]] = {}
        self.licences: int | None = None
        self.lines: dict[tuple[str, str], Typed] = {}
        self.evidence: Mapping[str, object] | None = None
        self.hold: Hold | None = None
        self.closed: Closed | None = None
        # what is not part of the state that an undo puts back
        self.rests: dict[str, str] = {}
        self.times: dict[str, datetime] = {}
        self.touched: dict[tuple[object, ...], Touch] = {}
        self.before: dict[str, Before] = {}
        self.after: dict[str, Mapping[int, Board]] = {}
        self.undone: dict[str, str] = {}

    _STATE: Final = (
        "details", "mailboxes", "left_out", "flow", "number", "boards", "quotes", "licences", "lines", "hold",
    )  # fmt: skip

    # -- reading
    def take(self, event: Event) -> None:
        """Read one event; what this program does not know is passed over."""
        handler = _HANDLERS.get(event.what)
        if handler is None:
            self._set_back(event)
            return
        # another domain may have taken the authentication back as well: the former one is typed again
        undoable = event.what in UNDOABLE and not (event.what == "details" and "domain" in event.data)
        old = {name: getattr(self, name) for name in self._STATE} if undoable else {}
        handler(self, event)
        self._talked(event)
        if undoable:
            self.before[event.id] = {name: value for name, value in old.items() if getattr(self, name) is not value}
            if "boards" in self.before[event.id]:
                self.after[event.id] = self.boards

    def _talked(self, event: Event) -> None:
        """What is written while a conversation lasts goes with it; what is written later revives none."""
        self._set_back(event)
        talk = self.talks.get(event.agent)
        lapse = timedelta(minutes=self.procedure.call_lapse_minutes)
        if talk is not None and event.what != "evidence" and talk.last <= event.at < talk.last + lapse:
            self.talks = {**self.talks, event.agent: replace(talk, last=event.at)}

    def _set_back(self, event: Event) -> None:
        """End the agent's conversation where an event is older than its last one: the clock was set back."""
        talk = self.talks.get(event.agent)
        if talk is not None and event.at < talk.last - FUTURE:
            self._end_talk(event.agent)

    def scenario_of(self, event: Event) -> Scenario | None:
        """The scenario that an event names, or None if the playbook no longer has it."""
        return self.procedure.scenarios.get(event.get("scenario", 0))

    def by_id(self, number: int) -> Mapping[str, Item]:
        """The items of a scenario; none where the playbook has it no more."""
        scenario = self.procedure.scenarios.get(number)
        return scenario.by_id if scenario else {}

    def board(self, number: int) -> Board:
        """The marks of a scenario."""
        return self.boards.get(number, EMPTY)

    def change_board(self, number: int, **changes: object) -> None:
        """Put something else in the place of parts of a board."""
        self.boards = {**self.boards, number: replace(self.board(number), **changes)}

    # -- marks
    def mark(self, event: Event, new: Mark) -> None:
        """Make the marks of an event, with what follows from them."""
        found = item_of(self.procedure, event)
        if found is None:
            return
        scenario, item = found
        if event.get("resumes"):
            self.hold = None
        chosen = event.get("mailboxes") or list(self.mailboxes)
        if item.each and item.reopens and legacy.is_old(event) and not event.get("mailboxes"):
            chosen = legacy.ticked_for(self, scenario, item)
        keys = [(item.id, name) for name in chosen if name in self.mailboxes] if item.each else [(item.id, "")]
        if not keys and legacy.is_old(event):
            keys = [(item.id, "")]  # marked once by an earlier version: it is said of the first mailboxes that come
        board = self.board(scenario.number)
        # of what was only looked at again, what was typed with it the first time stays
        kept = {key: board.marks[key] for key in keys if event.get("again") and key in board.marks}
        firsts = {key: kept[key].first or kept[key].event if key in kept else event.id for key in keys}
        marks = {
            key: replace(
                new,
                first=first,
                done_by=_doers(event, board.marks.get(key), new),
                since=_since(kept[key]) if key in kept else "",
            )
            for key, first in firsts.items()
        }
        effects = legacy.effects(self, scenario, marks) if legacy.is_old(event) else _effects(event)
        self.put(scenario.number, event, marks, effects)
        self._rest(event)

    def _rest(self, event: Event) -> None:
        """Remember the authentication that what an event marks rests on."""
        if self.auths:
            talk = self.talks.get(event.agent)
            own = talk is not None and talk.mode != "back-office"
            self.rests[event.id] = talk.event.id if talk and own else self.auths[-1].id

    def put(
        self, number: int, event: Event, marks: Mapping[Key, Mark], effects: Effects, taken_back: Sequence[Key] = ()
    ) -> None:
        """Change a board, and remember who changed which mark."""
        board = self.board(number)
        if taken_back:
            kept = {key: mark for key, mark in board.marks.items() if key not in taken_back}
            board = replace(board, marks=kept)
        self.boards = {**self.boards, number: applied(board, event.id, marks, effects)}
        at = self.times[event.id] = event.counts_from
        for key in {*marks, *effects.changed(), *taken_back}:
            self._touch(touch_of(number, key), event, at if key in marks else event.at)

    def put_all(self, event: Event) -> None:
        """What an event does to the boards of several scenarios: by scenario number in its `boards`."""
        for name, data in event.get("boards", {}).items():
            self.put(int(name), event, {}, Effects.from_data(data))

    def touch(self, name: str, event: Event) -> None:
        """Remember who changed the domain, the mailboxes, the scenario, whose the case is."""
        self._touch((name,), event, event.at)

    def _touch(self, key: tuple[object, ...], event: Event, at: datetime) -> None:
        self.touched[key] = Touch(event.seq, event.id, event.agent, at, self.touched.get(key))

    # -- one method an event
    def on_opened(self, event: Event) -> None:
        self.holder = event.agent
        self.on_details(event)

    def on_assigned(self, event: Event) -> None:
        self.holder = str(event.get("to", ""))
        self.touch("holder", event)
        if out := event.get("put_out"):
            self._end_talk(str(out))

    def on_details(self, event: Event) -> None:
        details = self.details
        if "domain" in event.data:
            details = replace(details, domain=event.data["domain"])
        fields = self.procedure.about.fields
        for name in dict.fromkeys((*fields, *FORMER_FIELDS)):
            if isinstance(value := event.data.get(name), str):
                details = details.with_field(name, value, several=self._is_list(name))
        if details.domain != self.details.domain:
            self.touch("domain", event)
            self.evidence = None  # it spoke of the other domain
        self.details = details
        if renamed := event.get("renamed"):
            self._rename(renamed)
        self.put_all(event)

    def _is_list(self, name: str) -> bool:
        """Whether a field keeps several values; one of an earlier version as it did then."""
        known = self.procedure.about.fields.get(name) or USUAL.fields.get(name)
        return known is not None and known.several

    def _rename(self, names: Mapping[str, str]) -> None:
        """Addresses that change with a mistyped domain: what was said of them is said of the new ones."""
        self.mailboxes = {
            names.get(address, address): Mailbox(names.get(address, address), mailbox.known)
            for address, mailbox in self.mailboxes.items()
        }
        self.boards = {
            number: replace(
                board, marks={(item, names.get(name, name)): mark for (item, name), mark in board.marks.items()}
            )
            for number, board in self.boards.items()
        }

    def on_mailboxes(self, event: Event) -> None:
        self.touch("mailboxes", event)
        boxes, left = dict(self.mailboxes), dict(self.left_out)
        reasons, removed = event.get("reasons", {}), event.get("removed", ())
        for address in removed:
            gone = boxes.pop(address, None)
            if gone is not None and address in reasons:
                left[address] = Left(gone, reasons[address], event.id)
        if removed:
            self.boards = {number: without_mailboxes(board, removed) for number, board in self.boards.items()}
        for address in event.get("added", ()):
            back = left.pop(address, None)
            boxes.setdefault(address, Mailbox(address, back.mailbox.known if back else {}))
        self._said_of_first(event, [name for name in boxes if name not in self.mailboxes])
        for address, known in legacy.known_of_mailboxes(event).items():
            if address in boxes:
                boxes[address] = Mailbox(address, {**boxes[address].known, **known})
            elif address in left:
                kept = left[address]
                left[address] = replace(kept, mailbox=Mailbox(address, {**kept.mailbox.known, **known}))
        self.mailboxes, self.left_out = boxes, left
        self.put_all(event)
        for number, addresses in event.get("uncovered", {}).items():
            self.change_board(int(number), uncovered=(*self.board(int(number)).uncovered, *addresses))

    def _said_of_first(self, event: Event, added: list[str]) -> None:
        """What an earlier version marked once, before there was a mailbox, is to be checked again for the first."""
        if self.mailboxes or not added:
            return
        for number, board in list(self.boards.items()):
            by_id = self.by_id(number)
            plain = [key for key in board.marks if not key[1] and key[0] in by_id and by_id[key[0]].each]
            marks = {key: mark for key, mark in board.marks.items() if key not in plain}
            for key in plain:
                again = replace(board.marks[key], stale=event.id, because="playbook")
                marks |= {(key[0], address): again for address in added}
            self.change_board(number, marks=marks)

    def on_licences(self, event: Event) -> None:
        self.licences = event.get("count")
        self.touch("mailboxes", event)
        self.put_all(event)

    def on_covered(self, event: Event) -> None:
        self.put(self.number, event, {}, _effects(event))
        self.change_board(self.number, uncovered=())
        self.licences = event.get("count")
        self.touch("mailboxes", event)

    def on_call(self, event: Event) -> None:
        if not self.suspect <= set(event.get("despite", ())):
            # A log with holes proves nothing about who was on the line: only a call that was begun in full
            # knowledge of them counts, and what was done before has to be checked again.
            return
        if self.suspect and not self.auths:
            self.spoil(event, "altered")
        if event.get("mode") in ("client", "writing"):
            self.auths = (*self.auths, event)
            self.failed = None
        elif not self.auths:
            return
        self.talks = {**self.talks, event.agent: Talk(event, event.at)}

    def on_call_ended(self, event: Event) -> None:
        self._end_talk(event.agent)

    def _end_talk(self, agent: str) -> None:
        self.talks = {name: talk for name, talk in self.talks.items() if name != agent}

    def on_parked(self, event: Event) -> None:
        if talk := self.talks.get(event.agent):
            self.talks = {**self.talks, event.agent: replace(talk, parked=True)}

    def on_still_there(self, event: Event) -> None:
        if talk := self.talks.get(event.agent):
            self.talks = {**self.talks, event.agent: replace(talk, parked=False)}

    def on_auth_failed(self, event: Event) -> None:
        self._end_talk(event.agent)
        self.failed = event

    def on_revoked(self, event: Event) -> None:
        revoked = {str(event.get("call"))} if event.get("call") else {auth.id for auth in self.auths}
        self.auths = tuple(auth for auth in self.auths if auth.id not in revoked)
        self.talks = {
            name: talk
            for name, talk in self.talks.items()
            if talk.event.id not in revoked and (talk.mode != "back-office" or self.auths)
        }
        if legacy.is_old(event):
            self.spoil(event, "authentication", revoked)
        else:
            self.put_all(event)

    def spoil(self, event: Event, because: str, auths: set[str] | None = None) -> None:
        """Have all that was done (on those authentications) checked again; a service that was ended stays ended."""
        for number, board in list(self.boards.items()):
            by_id = self.by_id(number)
            keys = [
                (key, because)
                for key, mark in board.marks.items()
                if (auths is None or self.rests.get(mark.event) in auths)
                and not (key[0] in by_id and by_id[key[0]].killer)
            ]
            self.put(number, event, {}, Effects(stale=tuple(keys)))

    def on_flow(self, event: Event) -> None:
        self.flow = event.get("answers", {})

    def on_scenario(self, event: Event) -> None:
        number = event.get("scenario", 0)
        number = number if number in self.procedure.scenarios else 0
        if legacy.is_old(event):
            legacy.leave(self, event, number)
        self.put_all(event)
        kept: dict[Key, Mark] = {}
        for source, item, there, mailbox in event.get("kept", ()):
            old = self.board(int(source)).marks.get((item, mailbox))
            if old is not None:
                kept[there, mailbox] = replace(old, event=event.id, since=_since(old), stale="", because="", asked="")
        self.number = number
        # what the call flow asked, and the scenario's conditions name
        kept |= {
            (name, ""): Mark(event.id, (answer,), first=event.id) for name, answer in event.get("asked", {}).items()
        }
        if kept:
            self.put(number, event, kept, Effects())
            self._rest(event)
        self.touch("scenario", event)

    def on_ticked(self, event: Event) -> None:
        self.mark(event, Mark(event.id, word=_word(event)))
        self._fields(event)

    def _fields(self, event: Event) -> None:
        """What is typed with an item may fill a field of the case as well."""
        found = item_of(self.procedure, event)
        for value in found[1].values if found else ():
            text = event.get("values", {}).get(value.key, "")
            if value.field and text:
                self.details = self.details.with_field(value.field, text, several=self._is_list(value.field))

    def on_answered(self, event: Event) -> None:
        found = item_of(self.procedure, event)
        if found is None:
            return
        scenario, item = found
        value, told, saw = tuple(event.get("value", ())), event.get("told", ""), event.get("saw", "")
        is_open = any(answer.open for answer in item.answers if answer.id in value)
        on = str(event.get("on", "")) or (event.at.date().isoformat() if item.id in scenario.ages else "")
        self.mark(event, Mark(event.id, value, told, open=is_open, word=_word(event), saw=saw, on=on))
        self._fields(event)
        if event.get("already"):
            self._not_cleared(scenario.number, event.get("already"))

    def on_quote(self, event: Event) -> None:
        try:
            quote = Quote.from_data(event.get("quote") or {})
        except ValueError:
            return
        number = event.get("scenario", 0)
        self.quotes = {**self.quotes, number: (quote, event)}
        self.mark(event, Mark(event.id, quote_terms(quote)))

    def on_settled(self, event: Event) -> None:
        found = item_of(self.procedure, event)
        if found is None:
            return
        scenario, _ = found
        way = event.get("way")
        board = self.board(scenario.number)
        keys = [key for key in _keys(event) if key in board.marks]
        if way == "3":
            self.put(scenario.number, event, {}, _effects(event), keys)
            self._order_gone(scenario.number, event)
            return
        marks = {
            key: replace(
                board.marks[key],
                event=event.id,
                first=event.id if way == "2" else board.marks[key].first or board.marks[key].event,
                done_by=(event.agent,) if way == "2" else board.marks[key].done_by,
                since="" if way == "2" else _since(board.marks[key]),
                stale="",
                because="",
                asked="",
            )
            for key in keys
        }
        self.put(scenario.number, event, marks, _effects(event))
        self._rest(event)
        self._fields(event)

    def on_corrected(self, event: Event) -> None:
        """What was typed with a mark is read off this event from now on; the mark stands as it did."""
        if found := item_of(self.procedure, event):
            marks = self.board(found[0].number).marks
            corrected = {key: replace(marks[key], first=event.id) for key in _keys(event) if key in marks}
            self.change_board(found[0].number, marks={**marks, **corrected})
            self._fields(event)

    def on_taken_back(self, event: Event) -> None:
        scenario = self.scenario_of(event)
        if scenario is not None:
            self.put(scenario.number, event, {}, _effects(event), _keys(event))
            self._order_gone(scenario.number, event)

    def _order_gone(self, number: int, event: Event) -> None:
        """Without an order nobody asks whether its licences cover a mailbox."""
        if event.get("order_gone"):
            self.change_board(number, uncovered=())

    def on_skipped(self, event: Event) -> None:
        self.mark(event, Mark(event.id, skipped=True))

    def on_deferred(self, event: Event) -> None:
        if found := item_of(self.procedure, event):
            number, item = found[0].number, found[1].id
            self.change_board(number, put_off={**self.board(number).put_off, item: event.id})

    def on_unwound(self, event: Event) -> None:
        """Format 1: that an action which no longer applies was really reversed."""
        scenario = self.scenario_of(event)
        if scenario is not None:
            keys = [key for key in self.board(scenario.number).marks if key[0] == event.get("item")]
            self.put(scenario.number, event, {}, Effects(), keys)

    def on_cleared(self, event: Event) -> None:
        if found := item_of(self.procedure, event):
            number, item = found[0].number, found[1].id
            self.change_board(number, cleared={**self.board(number).cleared, item: event.id})
            self._touch((number, item, "cleared"), event, event.at)

    def on_not_yet(self, event: Event) -> None:
        scenario = self.scenario_of(event)
        if scenario is not None:
            self._not_cleared(scenario.number, event.get("item"))

    def _not_cleared(self, number: int, killer: str) -> None:
        """Whether a cleared killer was done has been answered."""
        self.change_board(
            number, cleared={name: at for name, at in self.board(number).cleared.items() if name != killer}
        )

    def on_line(self, event: Event) -> None:
        key = (event.get("template", ""), event.get("key", ""))
        self.lines = {**self.lines, key: Typed(event.get("value", ""), event.seq)}

    def on_evidence(self, event: Event) -> None:
        self.evidence = event.get("evidence")
        for name, data in event.get("boards", {}).items():
            # what DNS says is never a conflict with what a person does: nobody's touch
            changed = applied(self.board(int(name)), event.id, {}, Effects.from_data(data))
            self.boards = {**self.boards, int(name): changed}

    def on_hold(self, event: Event) -> None:
        self.hold = Hold(event.get("for", ""), event.get("until", ""), event.get("reason", ""), event.get("on", ""))

    def on_resumed(self, event: Event) -> None:
        self.hold = None

    def on_closed(self, event: Event) -> None:
        self.closed = Closed(event.get("ending", ""), event.get("told", ""), event.at, event.agent)
        self.talks = {}
        self.hold = None

    def on_reopened(self, event: Event) -> None:
        self.closed = None

    def on_imported(self, event: Event) -> None:
        self.holder = event.agent
        # What another agent reported stays; who was on the line there is not on the line here.
        self.talks, self.auths = {}, ()
        if not legacy.is_old(event):
            self.put_all(event)
            for number, board in list(self.boards.items()):
                by_id = self.by_id(number)
                marks = {
                    key: replace(mark, word=mark.word or "reported")
                    for key, mark in board.marks.items()
                    if key[0] in by_id and by_id[key[0]].killer
                }
                self.change_board(number, marks={**board.marks, **marks})

    def on_moved(self, event: Event) -> None:
        """Today's steps: the log is read under them from its beginning, and the event names what they spoil."""
        self.put_all(event)

    def on_undone(self, event: Event) -> None:
        target = event.get("entry", "")
        before = self.before.pop(target, None)
        if before is None:
            return
        self.undone[target] = event.id
        for name, value in before.items():
            if name == "boards":
                self._put_back(value, event)
            else:
                setattr(self, name, value)
        if "mailboxes" in before or "details" in before:
            self.touch("mailboxes" if "mailboxes" in before else "domain", event)
        self.put_all(event)  # what DNS has said against it meanwhile

    def changed_items(self, event: str) -> set[tuple[int, str]]:
        """The items whose marks an event changed, by scenario."""
        return {(number, key[0]) for number, change in self._changes(event).items() for key in change.keys}

    def restored(self, event: str) -> dict[int, dict[Key, Mark]]:
        """The marks that undoing an event puts back, by scenario."""
        return {
            number: {key: change.old.marks[key] for key in change.keys if key in change.old.marks}
            for number, change in self._changes(event).items()
        }

    def _changes(self, event: str) -> dict[int, Changed]:
        before = self.before.get(event, {}).get("boards")
        return differences(before, self.after[event]) if before is not None and event in self.after else {}

    def _put_back(self, boards: Mapping[int, Board], event: Event) -> None:
        """Give back what an event changed of the boards, key by key: what was marked beside it since stays."""
        for number, change in differences(boards, self.after[event.get("entry")]).items():
            self.boards = {**self.boards, number: put_back(self.board(number), change)}
            for key in change.keys:
                self._touch(touch_of(number, key), event, event.at)


def _effects(event: Event) -> Effects:
    return Effects.from_data(event.get("effects", {}))


def _doers(event: Event, old: Mark | None, new: Mark) -> tuple[str, ...]:
    """Whose doing a mark is: of what was looked at again and is still so, theirs who did it."""
    if old is not None and old.same(new) and old.done_by:
        return old.done_by
    return tuple(name for name in (event.agent, new.word) if name)


def _since(mark: Mark) -> str:
    """The event at which what a mark stands for was done."""
    return mark.since or mark.event


def _word(event: Event) -> str:
    """Whose word an event rests on, or ""."""
    return str(event.get("word", {}).get("who", ""))


def _keys(event: Event) -> list[Key]:
    """The marks that an event names: of its item, for its mailboxes."""
    return [(event.get("item"), name) for name in event.get("mailboxes") or ("",)]


_HANDLERS: Final[Mapping[str, Callable[[Replay, Event], None]]] = {
    name.removeprefix("on_").replace("_", "-"): handler
    for name, handler in vars(Replay).items()
    if name.startswith("on_")
}


def quote_terms(quote: Quote) -> tuple[str, ...]:
    """The value of a quote as a mark: its plans, licences and amount."""
    return (quote.current, quote.new, str(quote.licences), "" if quote.discount is None else str(quote.discount))
