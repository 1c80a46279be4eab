"""The details of a case: mailboxes and their known facts, licences, phone, contact, ticket numbers, domain."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import ClassVar, TypeAlias

from textual.binding import Binding, BindingType

from oxtui.addresses import shown_domain
from oxtui.cases.case import Case
from oxtui.cases.commands.details import ChangeDomain, SetDetails, may_be_mistyped
from oxtui.cases.commands.mailboxes import SetMailboxes, needs_reason
from oxtui.cases.commands.quotes import SetLicences
from oxtui.cases.parts import LEAVES_BECAUSE, NOT_PART, YES_NO
from oxtui.cases.pasted import Pasted, each_in
from oxtui.errors import Refusal, WrongUse
from oxtui.playbook.about import CaseField, subject_of
from oxtui.screens.case.head import Steps
from oxtui.screens.case.part import CasePart
from oxtui.screens.dialogs.ask import Ask, Choice, ChoiceRows, Confirm, Pick, PickSeveral
from oxtui.text import secret_like, sentence
from oxtui.widgets.spans import Span
from oxtui.widgets.text_view import Paragraphs

Known: TypeAlias = Mapping[str, Mapping[str, str]]
"""The known facts of each mailbox, by field: yes, no or unknown."""


class KnownFields(PickSeveral):
    """The known facts of each mailbox: digits and space change it, tab goes to the next field, enter saves."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("tab", "field", "next field", id="dialog.field", show=False)]

    def __init__(self, known: Known, fields: Mapping[str, str], many: str) -> None:
        super().__init__("", [(name, "") for name in known])
        self.many = many
        self.known = {name: dict(each) for name, each in known.items()}
        self.fields = fields
        self._show_field(next(iter(fields)))

    def _show_field(self, field: str) -> None:
        self.field = field
        self.heading = f"Which {self.many} are {self.fields[field]}?"

    def foot(self) -> tuple[Span, ...]:
        others = [words for name, words in self.fields.items() if name != self.field]
        more: tuple[Span, ...] = (("tab", "key"), (f" {others[0]}   ", "quiet")) if others else ()
        return (("space", "key"), (" turn   ", "quiet"), *more, ("enter", "key"), (" keep   ", "quiet"),
                ("esc", "key"), (" back", "quiet"))  # fmt: skip

    def _draw(self) -> None:
        rows = self.query_one(ChoiceRows)
        rows.rows = [(name, self._beside(name)) for name in self.names]
        rows.redraw()

    def _beside(self, name: str) -> str:
        """Return the other fields that are known, then the current one."""
        known = self.known[name]
        others = [f"{words}: {known[each]}" for each, words in self.fields.items() if each != self.field]
        return "   ".join([*(words for words in others if not words.endswith("unknown")), known[self.field]])

    def change(self, place: int) -> None:
        """Turn one mailbox to its next state."""
        known = self.known[self.names[place]]
        known[self.field] = YES_NO[(YES_NO.index(known[self.field]) + 1) % len(YES_NO)]
        self._draw()

    def action_field(self) -> None:
        """tab: go on to the next field."""
        names = list(self.fields)
        self._show_field(names[(names.index(self.field) + 1) % len(names)])
        self.query_one("#dialog-head", Paragraphs).show(self.head())
        self._draw()

    def action_take(self) -> None:
        self.dismiss(self.known)


class Details(CasePart):
    """The details that `i` opens, and their questions."""

    steps: Steps
    ask_dns: Callable[[], None]
    others_told: Callable[[], list[str]]

    def open(self) -> None:
        """i: list the details as they are now; each can be changed from there."""
        case, details = self.case, self.case.details
        about, words = case.procedure.about, case.procedure.words
        today = "today's" if self.steps.follow_today() else "today's is newer"
        typed = "" if case.licences_typed is not None or case.ordered_licences() else f", one for each {about.one}"
        counted = case.counts_licences and self.service.playbook.plans.all
        shared = self._with_warning
        choices: list[Choice] = [
            *(self._mailbox_choices() if about.each else ()),
            *(
                (each.label, ", ".join(details.all_of(each.id)), partial(self._ask_detail, each))
                for each in about.fields.values()
            ),
            shared(about.label, case.name, self._ask_subject),
            *([shared(words.licence.many, f"{case.licences}{typed}", self._ask_licences)] if counted else []),
            ("playbook", today, self.steps.move),
        ]
        self.choose_from("Details of the case", choices, ", ".join(case.addresses))

    def _with_warning(self, name: str, beside: str, change: Callable[[], object]) -> Choice:
        """Return a choice that warns first while a colleague has the client on the line."""

        def warn() -> None:
            talking = () if self.case.conversation.live else self.others_told()
            if not talking:
                change()
                return
            text = sentence(f"{'; '.join(talking)}. What you change here changes under them.")
            self.ask(Confirm(f"Change this case: {name}?", text, yes="change it"), lambda _: change())

        return name, beside, warn

    # -- mailboxes
    def _mailbox_choices(self) -> Iterator[Choice]:
        case, about = self.case, self.case.procedure.about
        count = len(case.left_out)
        left_out = f"{count} taken out: put back here" if count else ""
        yield self._with_warning(f"add {about.many}", f"{len(case.addresses)} now", self.add_mailboxes)
        yield self._with_warning(f"take a {about.one} out", left_out, self._ask_to_take_out)
        if case.procedure.mailbox_fields:
            yield self._with_warning(f"what is known of the {about.many}", self._known_words(), self._ask_known)

    def add_mailboxes(self, then: Callable[[], object] | None = None) -> None:
        """Ask for addresses, several at once; `then` is called when they are in the case."""
        case, about = self.case, self.case.procedure.about
        example = f"for example jo@{case.name}, or jo" if about.is_domain else "one a line, or with commas between"
        text = "Type or paste them, several at once, one a line or with commas between."
        if about.is_domain:
            system = case.procedure.words.system
            text = f"Type or paste the addresses, several at once; a page from {system} will do."

        def check(text: str) -> Pasted:
            pasted = each_in(text, about, case.domain)
            if not pasted.addresses:
                raise WrongUse(f"At least one {about.one}", example)
            return pasted

        def answered(pasted: Pasted) -> None:
            def added(now: Case) -> None:
                if now.seq == case.seq:
                    self.host.say("They are in the case already")
                elif pasted.left_out:
                    self.host.say(pasted.counts)
                if then:
                    then()

            self.send(case, SetMailboxes(added="\n".join(pasted.addresses)), added)

        placeholder = f"jo@{case.name}, or jo, sam, ..." if about.is_domain else ""
        self.ask(Ask(sentence(about.many), text, placeholder=placeholder, check=check, warn=None), answered)

    def _ask_to_take_out(self) -> None:
        """Take a mailbox out, or put one back."""
        case, one = self.case, self.case.procedure.about.one
        if not (case.addresses or case.left_out):
            self.refuse(Refusal(f"The case has no {one}", "add one first"))
            return

        def put_back(address: str) -> None:
            self.send(case, SetMailboxes(added=address), lambda _: self.host.say(f"{address} is back in the case"))

        choices: list[Choice] = [(address, "", partial(self._take_out, case, address)) for address in case.addresses]
        for left in case.left_out:
            address, reason = left.mailbox.address, LEAVES_BECAUSE.get(left.reason, left.reason)
            choices.append((f"put back {address}", reason, partial(put_back, address)))
        self.choose_from(f"Take which {one} out?", choices)

    def _take_out(self, case: Case, address: str) -> None:
        """Take a mailbox out, with a reason if it was worked on or may still be served."""
        if not needs_reason(case, address):
            self.send(case, SetMailboxes(removed=(address,)))
            return
        reasons = list(LEAVES_BECAUSE)
        locks = [item.done or item.text for item in self.items() if item.ends]
        beside = {NOT_PART: f"locks {locks[0]} while it is served there"} if locks else {}
        options = [(words, beside.get(reason, "")) for reason, words in LEAVES_BECAUSE.items()]
        text = "What was recorded for it goes too. The note names it."
        usual = reasons.index(NOT_PART)  # the one that leaves a cancellation locked
        self.ask(
            Pick(f"Why does {address} leave the case?", options, text, usual),
            lambda place: self.send(case, SetMailboxes(removed=(address,), reasons={address: reasons[place]})),
        )

    def _fields(self) -> Mapping[str, str]:
        """Return the fields of a mailbox with their words, those that a cancellation of the scenario ends first."""
        fields = self.case.procedure.mailbox_fields
        ends = [item.ends for item in self.items() if item.ends in fields]
        return {name: fields[name] for name in dict.fromkeys((*ends, *fields))}

    def _known_words(self) -> str:
        """Return how many mailboxes have each field: `2 of 3 on OX-Mail`."""
        boxes = self.case.mailboxes
        states = {words: [box.of(name) for box in boxes] for name, words in self._fields().items()}
        return ", ".join(
            f"{known.count('yes')} of {len(boxes)} {words}"
            for words, known in states.items()
            if any(state != "unknown" for state in known)
        )

    def _ask_known(self) -> None:
        case, fields, about = self.case, self._fields(), self.case.procedure.about
        if not case.addresses:
            self.refuse(Refusal(f"The case has no {about.one}", "add one first"))
            return
        boxes = [*case.mailboxes, *(left.mailbox for left in case.left_out if left.reason == NOT_PART)]
        known = {box.address: {name: box.of(name) for name in fields} for box in boxes}
        self.ask(KnownFields(known, fields, about.many), lambda known: self.send(case, SetMailboxes(known=known)))

    # -- licences
    def _ask_licences(self) -> None:
        """Ask how many licences, if it is not one for each mailbox."""
        case, many = self.case, self.case.procedure.words.licence.many
        emptied = f"mptied: one for each {case.procedure.about.one}"

        def check(text: str) -> int:
            if not text.strip():
                return 0
            if not text.strip().isdecimal() or not 0 < int(text) < 10_000:
                raise WrongUse(f"How many {many}: a whole number from 1", f"e{emptied}")
            return int(text)

        text = f"E{emptied}."
        if case.ordered_licences():
            text += f" Ordered: {case.ordered_licences()}. Another number changes the order."
        elif case.quote is not None:
            text += " Another number: the discount is worked out again."
        value, placeholder = str(case.licences_typed or ""), str(case.licences)
        self.ask(
            Ask(f"How many {many}?", text, value=value, placeholder=placeholder, check=check, warn=None),
            lambda count: self.send(case, SetLicences(count or None)),
        )

    # -- what the case is about
    def _ask_subject(self) -> None:
        case, about = self.case, self.case.procedure.about
        check = partial(subject_of, about, case.procedure.patterns)
        self.ask(Ask(about.label, value=case.name, check=check, warn=None), partial(self._ask_whose, case))

    def _ask_whose(self, case: Case, domain: str) -> None:
        """Ask whether the domain was mistyped, or is another client's and everything needs checking again."""
        if domain == case.domain:
            return
        if may_be_mistyped(case):
            moved = "the addresses change with it" if case.procedure.about.is_domain else ""
            again = "everything is checked again, and who's on the line"
            mistyped, another = (partial(self._change_domain, case, domain, same_client=same) for same in (True, False))
            choices = [("mistyped, same client", moved, mistyped), ("another client", again, another)]
            self.choose_from(f"{case.name} becomes {shown_domain(domain)}", choices)
            return
        gate = ", and the client needs to be authenticated again" if case.procedure.gated else ""
        text = f"Everything done so far needs checking again{gate}."
        self.ask(
            Confirm(f"{case.name} becomes {shown_domain(domain)}?", text, yes="change it"),
            lambda _: self._change_domain(case, domain, same_client=False),
        )

    def _change_domain(self, case: Case, domain: str, *, same_client: bool) -> None:
        def changed(now: Case) -> None:
            looks = self.service.playbook.asks_dns
            self.host.say(f"The case is now {now.name}", "DNS is looked up again." if looks else "")
            self.ask_dns()

        self.send(case, ChangeDomain(domain, same_client), changed)

    # -- the case's own fields
    def _ask_detail(self, field: CaseField) -> None:
        case, name = self.case, field.id
        value = case.details.of(name)
        added = "A new number is added to the others. Empty: all of them are taken out."

        def check(text: str) -> str:
            self.service.would_change(case, SetDetails({name: text}))
            return text

        warn = None if field.ticket else secret_like
        self.ask(
            Ask(field.label, added if field.several and value else "", value=value, check=check, warn=warn),
            lambda text: self.send(case, SetDetails({name: text})),
        )
