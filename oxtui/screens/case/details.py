"""The details of a case: mailboxes and what is known of them, licences, phone, contact, ticket numbers, domain."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import ClassVar

from textual.binding import Binding, BindingType

from oxtui.cases.case import LEAVES_BECAUSE, NOT_PART, YES_NO, Case
from oxtui.cases.commands.details import ChangeDomain, SetDetails, may_be_mistyped
from oxtui.cases.commands.mailboxes import SetMailboxes, needs_reason
from oxtui.cases.commands.quotes import SetLicences
from oxtui.cases.pasted import Pasted, each_in
from oxtui.cases.wording import sentence
from oxtui.errors import Refusal, WrongUse
from oxtui.playbook.about import CaseField, subject_of
from oxtui.screens.case.part import CaseOwner, CasePart
from oxtui.screens.case.playbook import Steps
from oxtui.screens.dialogs.ask import Ask, ChoiceRows, Confirm, Pick, PickSeveral
from oxtui.text import secret_like
from oxtui.widgets.spans import Span
from oxtui.widgets.text_view import Paragraphs

Known = Mapping[str, Mapping[str, str]]
"""What is known, by mailbox and field: yes, no or unknown."""


class Turns(PickSeveral):
    """What is known of each mailbox: digits and space turn it, tab goes to the next field, enter takes it all."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("tab", "field", "next field", id="dialog.field", show=False)]

    def __init__(self, known: Known, fields: Mapping[str, str], many: str) -> None:
        super().__init__("", [(name, "") for name in known])
        self.many = many
        self.known = {name: dict(each) for name, each in known.items()}
        self.fields = fields
        self.field = next(iter(fields))
        self.heading = self._question()

    def _question(self) -> str:
        return f"Which {self.many} are {self.fields[self.field]}?"

    def foot(self) -> tuple[Span, ...]:
        others = [words for name, words in self.fields.items() if name != self.field]
        more: tuple[Span, ...] = (("tab", "key"), (f" {others[0]}   ", "quiet")) if others else ()
        return (("space", "key"), (" turn   ", "quiet"), ("a", "key"), (" all   ", "quiet"), *more, ("enter", "key"),
                (" keep   ", "quiet"), ("esc", "key"), (" back", "quiet"))  # fmt: skip

    def _draw(self) -> None:
        rows = self.query_one(ChoiceRows)
        rows.rows = [(name, self._beside(name)) for name in self.names]
        rows.redraw()

    def _beside(self, name: str) -> str:
        """The field that is turned, then the others where they are known."""
        known = self.known[name]
        others = [f"{self.fields[each]}: {known[each]}" for each in self.fields if each != self.field]
        return "   ".join([*(words for words in others if not words.endswith("unknown")), known[self.field]])

    def change(self, place: int) -> None:
        """Turn one to its next state."""
        known = self.known[self.names[place]]
        known[self.field] = YES_NO[(YES_NO.index(known[self.field]) + 1) % len(YES_NO)]
        self._draw()

    def action_mark_all(self) -> None:
        """a: all of them get the next state of the one under the cursor."""
        place = self.query_one(ChoiceRows).cursor
        self.change(place)
        for known in self.known.values():
            known[self.field] = self.known[self.names[place]][self.field]
        self._draw()

    def action_field(self) -> None:
        """tab: what is turned is the next field."""
        names = list(self.fields)
        self.field = names[(names.index(self.field) + 1) % len(names)]
        self.heading = self._question()
        self.query_one("#dialog-head", Paragraphs).show(self.head())
        self._draw()

    def action_take(self) -> None:
        self.dismiss(self.known)


class Details(CasePart):
    """What `i` opens, and what is asked there."""

    def __init__(
        self, screen: CaseOwner, steps: Steps, ask_dns: Callable[[], None], others_told: Callable[[], list[str]]
    ) -> None:
        super().__init__(screen)
        self.steps = steps
        self.others_told = others_told
        self.ask_dns = ask_dns

    def open(self) -> None:
        """i: each detail as it is now; a digit or enter goes to it."""
        case, details = self.case, self.case.details
        today = "today's" if self.steps.follow_today() else "today's is newer"
        about, words = case.procedure.about, case.procedure.words
        typed = "" if case.licences_typed is not None or case.ordered_licences() else f", one for each {about.one}"
        counted = case.counts_licences and self.service.playbook.plans.all
        rows: list[tuple[str, str, Callable[[], object]]] = [
            *(self._of_each(case) if about.each else ()),
            *(
                (each.label, ", ".join(details.all_of(each.id)), partial(self._ask_detail, each))
                for each in about.fields.values()
            ),
            (about.label, case.domain, self._ask_subject),
            *([(words.licence.many, f"{case.licences}{typed}", self._ask_licences)] if counted else []),
            ("playbook", today, self.steps.move),
        ]
        options = [(name, beside) for name, beside, _ in rows]

        def answered(place: int | None) -> None:
            if place is not None:
                self._asked_first(rows[place][0], rows[place][2])

        self.ask(Pick("Details of the case", options, ", ".join(case.addresses)), answered)

    def _asked_first(self, name: str, then: Callable[[], object]) -> None:
        """Ask before the domain or the mailboxes change under a colleague who has the client on the line."""
        talking = () if self.case.conversation.live else self.others_told()
        if not talking or not any(word in name for word in ("mailbox", "domain", "licences")):
            then()
            return
        text = f"{'; '.join(talking)}. What you change here changes under them."

        def answered(yes: bool | None) -> None:
            if yes:
                then()

        self.ask(Confirm(f"Change this case: {name}?", sentence(text), yes="change it"), answered)

    # -- mailboxes
    def _of_each(self, case: Case) -> Iterator[tuple[str, str, Callable[[], object]]]:
        about = case.procedure.about
        yield f"add {about.many}", f"{len(case.addresses)} now", self.add_mailboxes
        yield f"take a {about.one} out", self._left_out(case), self._ask_to_take_out
        if case.procedure.mailbox_fields:
            yield f"what is known of the {about.many}", self._known_words(case), self._ask_known

    def add_mailboxes(self, then: Callable[[], None] | None = None) -> None:
        """Type or paste addresses, several at once; `then` is done when they are in the case."""
        case, about = self.case, self.case.procedure.about
        example = f"for example jo@{case.domain}, or jo" if about.is_domain else "one a line, or with commas between"

        def check(text: str) -> Pasted:
            found = each_in(text, about, case.domain)
            if not found.addresses:
                raise WrongUse(f"At least one {about.one}", example)
            return found

        def answered(found: Pasted | None) -> None:
            if found:
                command = SetMailboxes(added="\n".join(found.addresses))
                self.send(case, command, lambda now: self._added(case, now, found, then))

        self.ask(
            Ask(
                sentence(about.many),
                f"Type or paste the addresses, several at once; a page from {case.procedure.words.system} will do."
                if about.is_domain
                else "Type or paste them, several at once, one a line or with commas between.",
                placeholder=f"jo@{case.domain}, or jo, sam, ..." if about.is_domain else "",
                check=check,
                warn=None,
            ),
            answered,
        )

    def _added(self, before: Case, now: Case, found: Pasted, then: Callable[[], None] | None) -> None:
        if now.seq == before.seq:
            self.host.say("They are in the case already")
        elif found.left_out:
            self.host.say(found.told)
        if then:
            then()

    @staticmethod
    def _left_out(case: Case) -> str:
        count = len(case.left_out)
        return f"{count} taken out: put back here" if count else ""

    def _ask_to_take_out(self) -> None:
        """Take one out, or put one back that was taken out."""
        case = self.case
        if not (case.addresses or case.left_out):
            self.refuse(Refusal(f"The case has no {self.case.procedure.about.one}", "add one first"))
            return
        back = {f"put back {left.mailbox.address}": left for left in case.left_out}
        options = [(address, "") for address in case.addresses]
        options += [(name, LEAVES_BECAUSE.get(left.reason, left.reason)) for name, left in back.items()]

        def answered(place: int | None) -> None:
            if place is None:
                return
            if place < len(case.addresses):
                self._take_out(case, case.addresses[place])
            else:
                address = case.left_out[place - len(case.addresses)].mailbox.address
                self.send(case, SetMailboxes(added=address), lambda _: self.host.say(f"{address} is back in the case"))

        self.ask(Pick(f"Take which {case.procedure.about.one} out?", options), answered)

    def _take_out(self, case: Case, address: str) -> None:
        """A mailbox of which something was said or done, or that may still be served, leaves with a reason."""
        if not needs_reason(case, address):
            self.send(case, SetMailboxes(removed=(address,)))
            return
        reasons = list(LEAVES_BECAUSE)
        locks = [item.done or item.text for item in (case.scenario.items() if case.scenario else ()) if item.ends]
        beside = {NOT_PART: f"locks {locks[0]} while it is served there"} if locks else {}
        options = [(LEAVES_BECAUSE[reason], beside.get(reason, "")) for reason in reasons]
        text = "What was recorded for it goes too. The note names it."

        def answered(place: int | None) -> None:
            if place is not None:
                self.send(case, SetMailboxes(removed=(address,), reasons={address: reasons[place]}))

        usual = reasons.index(NOT_PART)  # the one that keeps a cancellation locked
        self.ask(Pick(f"Why does {address} leave the case?", options, text, usual), answered)

    def _fields(self, case: Case) -> Mapping[str, str]:
        """The fields of a mailbox with their words; the one that the scenario's cancellation ends first."""
        fields = case.procedure.mailbox_fields
        ends = [item.ends for item in (case.scenario.items() if case.scenario else ()) if item.ends in fields]
        return {name: fields[name] for name in dict.fromkeys((*ends, *fields))}

    def _known_words(self, case: Case) -> str:
        """How many are what: `2 of 3 on OX-Mail`."""
        count = len(case.mailboxes)
        found = []
        for name, words in self._fields(case).items():
            told = [mailbox.of(name) for mailbox in case.mailboxes]
            if any(state != "unknown" for state in told):
                found.append(f"{told.count('yes')} of {count} {words}")
        return ", ".join(found)

    def _ask_known(self) -> None:
        case = self.case
        fields = self._fields(case)
        if not case.addresses:
            self.refuse(Refusal(f"The case has no {self.case.procedure.about.one}", "add one first"))
        elif not fields:
            self.host.say(f"This playbook asks nothing about single {case.procedure.about.many}.")
        else:
            known = {each.address: {name: each.of(name) for name in fields} for each in case.mailboxes}
            left = {each.mailbox.address: each for each in case.left_out if each.reason == NOT_PART}
            known |= {name: {field: each.mailbox.of(field) for field in fields} for name, each in left.items()}

            def answered(turned: Known | None) -> None:
                if turned is not None:
                    self.send(case, SetMailboxes(known=turned))

            self.ask(Turns(known, fields, case.procedure.about.many), answered)

    # -- licences
    def _ask_licences(self) -> None:
        """How many, where it is not one for each mailbox."""
        case = self.case
        about, words = case.procedure.about, case.procedure.words

        def check(text: str) -> int:
            if not text.strip():
                return 0
            if not text.strip().isdecimal() or not 0 < int(text) < 10_000:
                raise WrongUse(
                    f"How many {words.licence.many}: a whole number from 1", f"emptied: one for each {about.one}"
                )
            return int(text)

        text = f"Emptied: one for each {about.one}."
        if case.ordered_licences():
            text += f" Ordered: {case.ordered_licences()}. Another number changes the order."
        elif case.quote is not None:
            text += " Another number: the discount is worked out again."

        def answered(count: int | None) -> None:
            if count is not None:
                self.send(case, SetLicences(count or None))

        value = str(case.licences_typed or "")
        self.ask(
            Ask(
                f"How many {words.licence.many}?",
                text,
                value=value,
                placeholder=str(case.licences),
                check=check,
                warn=None,
            ),
            answered,
        )

    # -- what the case is about
    def _ask_subject(self) -> None:
        case, about = self.case, self.case.procedure.about

        def answered(domain: str | None) -> None:
            if domain and domain != case.domain:
                self._ask_whose(case, domain)

        check = partial(subject_of, about, case.procedure.patterns)
        self.ask(Ask(about.label, value=case.domain, check=check, warn=None), answered)

    def _ask_whose(self, case: Case, domain: str) -> None:
        """Mistyped, or another client's: then all that was done has to be checked again."""
        if may_be_mistyped(case):
            options = [
                ("mistyped, same client", "the addresses change with it" if case.procedure.about.is_domain else ""),
                ("another client", "everything is checked again, and who's on the line"),
            ]

            def answered(place: int | None) -> None:
                if place is not None:
                    self._change_domain(case, domain, same_client=place == 0)

            self.ask(Pick(f"{case.domain} becomes {domain}", options), answered)
            return
        gate = ", and the client needs to be authenticated again" if case.procedure.gated else ""
        text = f"Everything done so far needs checking again{gate}."
        self.ask(
            Confirm(f"{case.domain} becomes {domain}?", text, yes="change it"),
            lambda yes: self._change_domain(case, domain, same_client=False) if yes else None,
        )

    def _change_domain(self, case: Case, domain: str, *, same_client: bool) -> None:
        def changed(now: Case) -> None:
            looks = self.service.playbook.asks_dns
            self.host.say(f"The case is now {now.domain}", "DNS is looked up again." if looks else "")
            self.ask_dns()

        self.send(case, ChangeDomain(domain, same_client), changed)

    # -- the rest
    def _ask_detail(self, known: CaseField) -> None:
        case, name = self.case, known.id
        value = case.details.of(name)
        added = "A new number is added to the others. Empty: all of them are taken out."
        more = added if known.several and value else ""

        def check(text: str) -> str:
            self.service.may(case, SetDetails({name: text}))
            return text

        def answered(text: str | None) -> None:
            if text is not None:
                self.send(case, SetDetails({name: text}))

        warn = None if known.ticket else secret_like
        self.ask(Ask(known.label, more, value=value, check=check, warn=warn), answered)
