"""The changes that each event of a log makes to a case: one method an event.

Events name what they make stale, ask about and end, so that no playbook is asked. Only the logs of format 1 do not:
`legacy` computes them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from msgspec.structs import replace

from oxtui.cases.board import Effects, Key, Mark, applied, without_mailboxes
from oxtui.cases.effects import spoil
from oxtui.cases.events import Event
from oxtui.cases.log import legacy
from oxtui.cases.log.reading import Reading, effects_of, keys_of, since
from oxtui.cases.money import Quote
from oxtui.cases.parts import Closed, Hold, Left, Mailbox, Talk, Typed, item_of
from oxtui.playbook.about import FORMER_FIELDS, USUAL

HARMLESS: Final = frozenset({"opened", "details", "note", "hold", "resumed"})
"""Events that are read even if they were changed from outside: they are shown, but nothing is permitted by them."""


class Replay(Reading, kw_only=True):
    """The reading of a log: `on_ticked` and so on are called for events of that name."""

    # -- the case
    def on_opened(self, event: Event) -> None:
        self.holder = event.agent
        self.on_details(event)

    def on_moved(self, event: Event) -> None:
        """Today's steps: the whole log is read under them, and the event names the marks that do not fit them."""
        self.put_all(event)

    def on_imported(self, event: Event) -> None:
        self.holder = event.agent
        self.talks, self.auths = {}, ()  # the client on the line there is not on the line here
        if legacy.is_old(event):
            return
        self.put_all(event)
        for number, board in list(self.boards.items()):
            by_id = self.by_id(number)
            killers = {key: mark for key, mark in board.marks.items() if key[0] in by_id and by_id[key[0]].killer}
            reported = {key: replace(mark, word=mark.word or "reported") for key, mark in killers.items()}
            self.change_board(number, marks={**board.marks, **reported})

    def on_assigned(self, event: Event) -> None:
        self.holder = str(event.get("to", ""))
        self.touch(("holder",), event)
        if out := event.get("put_out"):
            self.end_talk(str(out))

    def on_closed(self, event: Event) -> None:
        self.closed = Closed(event.get("ending", ""), event.get("told", ""), event.at, event.agent)
        self.talks = {}
        self.hold = None

    def on_reopened(self, event: Event) -> None:
        self.closed = None

    def on_undone(self, event: Event) -> None:
        if self.put_back(event.get("entry", ""), event):
            self.put_all(event)  # what DNS has contradicted meanwhile

    def on_details(self, event: Event) -> None:
        details = self.details
        if "domain" in event.data:
            details = replace(details, domain=event.data["domain"])
        for name in dict.fromkeys((*self.procedure.about.fields, *FORMER_FIELDS)):
            if isinstance(value := event.data.get(name), str):
                details = details.with_field(name, value, several=self._is_list(name))
        if details.domain != self.details.domain:
            self.touch(("domain",), event)
            self.evidence = None  # it was about the former domain
        self.details = details
        if renamed := event.get("renamed"):
            self._rename(renamed)
        self.put_all(event)

    def _fill_fields(self, event: Event) -> None:
        """Fill the fields of the case that values typed with an item belong to."""
        named = item_of(self.procedure, event)
        for value in named[1].values if named else ():
            text = event.get("values", {}).get(value.key, "")
            if value.field and text:
                self.details = self.details.with_field(value.field, text, several=self._is_list(value.field))

    def _is_list(self, name: str) -> bool:
        """Whether a field has several values; one of an earlier version as it had then."""
        known = self.procedure.about.fields.get(name) or USUAL.fields.get(name)
        return known is not None and known.several

    def _rename(self, names: Mapping[str, str]) -> None:
        """Rename addresses, and the marks made for them."""
        renamed = {names.get(address, address): mailbox for address, mailbox in self.mailboxes.items()}
        self.mailboxes = {address: Mailbox(address, mailbox.known) for address, mailbox in renamed.items()}
        for number, board in list(self.boards.items()):
            marks = {(item, names.get(name, name)): mark for (item, name), mark in board.marks.items()}
            self.change_board(number, marks=marks)

    # -- mailboxes and licences
    def on_mailboxes(self, event: Event) -> None:
        self.touch(("mailboxes",), event)
        boxes, left = dict(self.mailboxes), dict(self.left_out)
        reasons, removed = event.get("reasons", {}), event.get("removed", ())
        for address in removed:
            mailbox = boxes.pop(address, None)
            if mailbox is not None and address in reasons:
                left[address] = Left(mailbox, reasons[address], event.id)
        if removed:
            self.boards = {number: without_mailboxes(board, removed) for number, board in self.boards.items()}
        for address in event.get("added", ()):
            back = left.pop(address, None)
            boxes.setdefault(address, Mailbox(address, back.mailbox.known if back else {}))
        self._spread_plain_marks(event, [name for name in boxes if name not in self.mailboxes])
        for address, known in legacy.known_of_mailboxes(event).items():
            if address in boxes:
                boxes[address] = Mailbox(address, {**boxes[address].known, **known})
            elif address in left:
                was = left[address]
                left[address] = replace(was, mailbox=Mailbox(address, {**was.mailbox.known, **known}))
        self.mailboxes, self.left_out = boxes, left
        self.put_all(event)
        for number, addresses in event.get("uncovered", {}).items():
            self.change_board(int(number), uncovered=(*self.board(int(number)).uncovered, *addresses))

    def _spread_plain_marks(self, event: Event, added: list[str]) -> None:
        """Give marks that an earlier version made before there was a mailbox to the first ones, to check again."""
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
        self.licences_typed = event.get("count")
        self.touch(("mailboxes",), event)
        self.put_all(event)

    def on_covered(self, event: Event) -> None:
        self.put(self.number, event, {}, effects_of(event))
        self.change_board(self.number, uncovered=())
        self.licences_typed = event.get("count")
        self.touch(("mailboxes",), event)

    # -- conversations
    def on_call(self, event: Event) -> None:
        if not self.suspect <= set(event.get("despite", ())):
            # A log with holes does not prove who was on the line: only a call begun in full knowledge of them counts,
            # and marks made before it must be checked again.
            return
        if self.suspect and not self.auths:
            self.spoil(event, "altered")
        if event.get("mode") in ("client", "writing"):
            self._says_how(event)
            self.auths = (*self.auths, event)
            self.auth_failed = None
        elif not self.auths:
            return
        lapse = timedelta(minutes=self.procedure.call_lapse_minutes)
        self.talks = {**self.talks, event.agent: Talk(event, event.at, lapse)}

    def _says_how(self, event: Event) -> None:
        """In a live call it says how the client was authenticated: taken back, the whole call goes with it."""
        talk = self.talks.get(event.agent)
        if talk is None or not talk.mode == event.get("mode") == "client" or event.at >= talk.lapses_at:
            return
        before = talk.event.id
        self.auths = tuple(auth for auth in self.auths if auth.id != before)
        self.rests = {mark: event.id if auth == before else auth for mark, auth in self.rests.items()}
        self.same_call = {each: event.id if call == before else call for each, call in self.same_call.items()}
        self.same_call[before] = event.id

    def on_call_ended(self, event: Event) -> None:
        self.end_talk(event.agent)

    def on_parked(self, event: Event) -> None:
        self.park(event.agent, parked=True)

    def on_still_there(self, event: Event) -> None:
        self.park(event.agent, parked=False)

    def on_auth_failed(self, event: Event) -> None:
        self.end_talk(event.agent)
        self.auth_failed = event

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
        """Make everything, or the marks made on those authentications, stale; not services that were ended."""
        for number, board in list(self.boards.items()):
            scenario = self.procedure.scenarios.get(number)
            effects = spoil(scenario, board, because, lambda made: auths is None or self.rests.get(made) in auths)
            self.put(number, event, {}, effects)

    # -- the scenario
    def on_flow(self, event: Event) -> None:
        self.flow = event.get("answers", {})

    def on_scenario(self, event: Event) -> None:
        number = event.get("scenario", 0)
        number = number if number in self.procedure.scenarios else 0
        former = self.procedure.scenarios.get(self.number)
        if legacy.is_old(event) and former is not None and number != self.number:
            self.put(self.number, event, {}, legacy.left_behind(former, self.board(self.number)))
        self.put_all(event)
        marks: dict[Key, Mark] = {}
        for source, item, there, mailbox in event.get("kept", ()):
            old = self.board(int(source)).marks.get((item, mailbox))
            if old is not None:
                marks[there, mailbox] = replace(old, event=event.id, since=since(old), stale="", because="", asked="")
        self.number = number
        # call flow questions that are items of the scenario
        for name, answer in event.get("asked", {}).items():
            marks[name, ""] = Mark(event.id, (answer,), first=event.id)
        if marks:
            self.put(number, event, marks, Effects())
            self.rest(event)
        for there, addresses in event.get("uncovered", {}).items():  # asked about the order, which is kept there
            self.change_board(int(there), uncovered=tuple(addresses))
        self.touch(("scenario",), event)

    # -- items
    def on_ticked(self, event: Event) -> None:
        self.mark(event, Mark(event.id, word=_word(event)))
        self._fill_fields(event)

    def on_answered(self, event: Event) -> None:
        named = item_of(self.procedure, event)
        if named is None:
            return
        scenario, item = named
        value = tuple(event.get("value", ()))
        is_open = any(answer.open for answer in item.given(value))
        on = str(event.get("on", "")) or (event.at.date().isoformat() if item.id in scenario.ages else "")
        told, saw = event.get("told", ""), event.get("saw", "")
        self.mark(event, Mark(event.id, value, told, open=is_open, word=_word(event), saw=saw, on=on))
        self._fill_fields(event)
        if event.get("already"):
            self._not_cleared(scenario.number, event.get("already"))

    def on_quote(self, event: Event) -> None:
        try:
            quote = Quote.from_data(event.get("quote") or {})
        except ValueError:
            return
        self.quotes = {**self.quotes, event.get("scenario", 0): (quote, event)}
        self.mark(event, Mark(event.id, quote_terms(quote)))

    def on_settled(self, event: Event) -> None:
        named = item_of(self.procedure, event)
        if named is None:
            return
        number = named[0].number
        board = self.board(number)
        keys = [key for key in keys_of(event) if key in board.marks]
        if event.get("way") == "3":
            self.put(number, event, {}, effects_of(event), keys)
            self._order_gone(number, event)
            return
        marks: dict[Key, Mark] = {}
        for key in keys:
            old = board.marks[key]
            marks[key] = replace(
                old, event=event.id, first=old.first or old.event, since=since(old), stale="", because="", asked=""
            )
            if event.get("way") == "2":  # done anew
                marks[key] = replace(marks[key], first=event.id, since="", done_by=(event.agent,))
        self.put(number, event, marks, effects_of(event))
        self.rest(event)
        self._fill_fields(event)

    def on_corrected(self, event: Event) -> None:
        """Take the values typed with a mark from this event; the mark itself does not change."""
        if named := item_of(self.procedure, event):
            marks = self.board(named[0].number).marks
            corrected = {key: replace(marks[key], first=event.id) for key in keys_of(event) if key in marks}
            self.change_board(named[0].number, marks={**marks, **corrected})
            self._fill_fields(event)

    def on_taken_back(self, event: Event) -> None:
        if scenario := self.scenario_of(event):
            self.put(scenario.number, event, {}, effects_of(event), keys_of(event))
            self._order_gone(scenario.number, event)

    def _order_gone(self, number: int, event: Event) -> None:
        """Without an order there is no question whether its licences cover a mailbox."""
        if event.get("order_gone"):
            self.change_board(number, uncovered=())

    def on_unwound(self, event: Event) -> None:
        """Format 1: an action that no longer applies was reversed."""
        if scenario := self.scenario_of(event):
            keys = [key for key in self.board(scenario.number).marks if key[0] == event.get("item")]
            self.put(scenario.number, event, {}, Effects(), keys)

    def on_skipped(self, event: Event) -> None:
        self.mark(event, Mark(event.id, skipped=True))

    def on_deferred(self, event: Event) -> None:
        if named := item_of(self.procedure, event):
            number, item = named[0].number, named[1].id
            self.change_board(number, put_off={**self.board(number).put_off, item: event.id})

    def on_cleared(self, event: Event) -> None:
        if named := item_of(self.procedure, event):
            number, item = named[0].number, named[1].id
            self.change_board(number, cleared={**self.board(number).cleared, item: event.id})
            self.touch((number, item, "cleared"), event)

    def on_not_yet(self, event: Event) -> None:
        if scenario := self.scenario_of(event):
            self._not_cleared(scenario.number, event.get("item"))

    def _not_cleared(self, number: int, killer: str) -> None:
        cleared = self.board(number).cleared
        self.change_board(number, cleared={name: at for name, at in cleared.items() if name != killer})

    # -- apart from the items
    def on_line(self, event: Event) -> None:
        key = (event.get("template", ""), event.get("key", ""))
        self.lines = {**self.lines, key: Typed(event.get("value", ""), event.seq)}

    def on_evidence(self, event: Event) -> None:
        self.evidence = event.get("evidence")
        for name, data in event.get("boards", {}).items():
            # applied without `put`: what DNS says is never a conflict with what a person does
            changed = applied(self.board(int(name)), event.id, {}, Effects.from_data(data))
            self.boards = {**self.boards, int(name): changed}

    def on_hold(self, event: Event) -> None:
        self.hold = Hold(event.get("for", ""), event.get("until", ""), event.get("reason", ""), event.get("on", ""))

    def on_resumed(self, event: Event) -> None:
        self.hold = None


def _word(event: Event) -> str:
    """The colleague on whose word an event was recorded, or ""."""
    return str(event.get("word", {}).get("who", ""))


def quote_terms(quote: Quote) -> tuple[str, ...]:
    """The value of a quote as a mark: its plans, licences and amount."""
    return (quote.current, quote.new, str(quote.licences), "" if quote.discount is None else str(quote.discount))
