"""Escalation text: a template filled from the case, exactly as it will be pasted (T2-T7)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from oxtui.cases.board import Mark
from oxtui.cases.case import Case
from oxtui.cases.commands.copies import wanted_by
from oxtui.cases.dates import show
from oxtui.cases.evidence import Evidence, evidence_in, proposal, proposed_answers
from oxtui.cases.outcome import amount, answer_text, ended_here
from oxtui.cases.status import State
from oxtui.cases.wording import template_name
from oxtui.clock import Clock
from oxtui.playbook.about import EACH_REFS, SUBJECT_REFS
from oxtui.playbook.model import Item
from oxtui.playbook.template import Template, TemplateLine
from oxtui.secret import DOTS
from oxtui.text import plural, sentence

IN_THE_CONSOLE: Final = "in the console"
"""The `credentials` of a playbook whose passwords are taken from the console (D14), and the text in their place."""
_FIELD: Final = r"\{([^{}]*)\}"


class Filled(Struct, frozen=True):
    """One line of a filled template; `value` is "" if it is missing."""

    line: TemplateLine
    value: str
    source: str = ""
    """The source of the value: fixed, case, call, item, typed or secret."""
    proposal: str = ""
    """The possible values."""
    mailbox: str = ""
    """The mailbox of a line that is there once for each."""
    seen: str = ""
    """The DNS evidence that the proposal rests on."""
    missing_for: tuple[str, ...] = ()
    """The mailboxes that the value says nothing about."""
    by: tuple[tuple[str, str], ...] = ()
    """The value of each mailbox if they differ: pasted one line each."""

    @property
    def missing(self) -> bool:
        """Whether the line needs a value and has none, or has none for one of its mailboxes."""
        return self.line.kind != "heading" and (not self.value or bool(self.missing_for))

    @property
    def editable(self) -> bool:
        """Whether a person types this line (headings, fixed text and what the call says are not typed)."""
        fixed = self.line.source in ("fixed", "call", "case") or self.source == "fixed"
        return self.line.kind not in ("heading", "mailbox") and not fixed

    @property
    def label(self) -> str:
        """The line's name for messages, with its mailbox or those it says nothing about."""
        return f"{self.line.label} {self.mailbox or ', '.join(self.missing_for)}".strip()

    @property
    def text(self) -> str:
        """The line as pasted (a secret is dots here: only `FilledTemplate.reveal` shows it)."""
        if self.line.kind == "heading":
            return self.line.text
        if self.line.kind in ("mailbox", "secret"):
            return (
                self.line.text.replace("{address}", self.mailbox).replace("{password}", self.value)
                if self.mailbox
                else f"{self.line.label} : "
            )
        if self.by:
            return "\n".join((f"{self.line.label} :", *(f"{box}: {value}" for box, value in self.by)))
        return f"{self.line.label} : {self.value}"


class FilledTemplate(Struct, frozen=True):
    """A template filled from a case."""

    template: Template
    lines: tuple[Filled, ...]

    @property
    def missing(self) -> tuple[str, ...]:
        """The labels of the lines that have no value, each once."""
        return tuple(dict.fromkeys(line.label for line in self.lines if line.missing))

    @property
    def secret(self) -> bool:
        """Whether a password is in it."""
        return any(line.line.kind == "secret" and line.source != "fixed" and line.value for line in self.lines)

    def text(self, reveal: Callable[[str], str] | None = None) -> str:
        """The whole text as pasted; `reveal` gives a mailbox's password (else dots stand for it)."""
        rows = [self.template.title]
        for line in self.lines:
            if reveal and line.line.kind == "secret" and line.source != "fixed" and line.mailbox:
                line = replace(line, value=reveal(line.mailbox))
            rows.append(line.text)
        return "\n".join(rows) + "\n"


def fill(
    case: Case,
    template: Template,
    *,
    with_secret: frozenset[str] = frozenset(),
    clock: Clock | None = None,
) -> FilledTemplate:
    """`template` filled with what the case knows.

    `with_secret` are the addresses whose password was typed in this session; `clock` gives the zone for the time
    of the DNS evidence (else UTC).
    """
    boxes = affected(case, template.id)
    filling = _Filling(case, boxes, clock)
    lines: list[Filled] = []
    for line in template.lines:
        if line.kind == "secret":
            credentials = case.procedure.credentials
            dots = dict.fromkeys(with_secret, DOTS)
            lines += [secret_line(line, box, credentials, dots.get(box, "")) for box in boxes or ("",)]
        elif line.kind == "mailbox":
            lines += [Filled(line, address, "case", mailbox=address) for address in boxes or ("",)]
        else:
            lines.append(filling.line(template, line))
    return FilledTemplate(template, tuple(lines))


def secret_line(line: TemplateLine, address: str, credentials: str, dots: str = "") -> Filled:
    """The line of a mailbox's password: typed, or left for its reader to take from the console (D14)."""
    if address and credentials == IN_THE_CONSOLE:
        return Filled(line, IN_THE_CONSOLE, "fixed", "", address)
    return Filled(line, dots, "secret", "", address)


def cover(case: Case, template: Template, clock: Clock) -> tuple[str, ...]:
    """Lines that may go before an escalation: summary, numbers, and evidence with its time."""
    filling = _Filling(case, affected(case, template.id), clock)
    about = case.procedure.about
    count = f" - {about.count(len(filling.boxes))}" if about.each else ""
    rows = [f"Summary : {template_name(case, template.id)} - {case.domain}{count}"]
    form = next((each.format for each in template.lines if each.kind == "date"), "dd/mm/yyyy")
    rows += filter(None, (filling.cover_line(text, form) for text in template.cover))
    for name, each in sorted(about.fields.items(), key=lambda pair: not pair[1].ticket):
        if (each.ticket or each.phone) and (value := case.details.of(name)):
            rows.append(f"{sentence(each.label)} : {value}")
    evidence = filling.evidence
    if evidence is not None and evidence.says_something:
        rows += [f"Evidence : {evidence.verdict}", *(f"  {line}" for line in evidence.summary(clock)[1:])]
    return tuple(rows)


def affected(case: Case, template: str) -> tuple[str, ...]:
    """The mailboxes that a copy of `template` is for: those that have its issue; after a return those that came back.

    If its item was done for some of them, those for which it is still to be done.
    """
    items = case.scenario.items() if case.scenario else ()
    matching = [item for item in items if any(name == template for name, _ in item.templates)]
    boxes = (_concerned(case, item, template) for item in reversed(matching))
    return next(filter(None, boxes), () if any(item.each for item in matching) else case.addresses)


def _concerned(case: Case, item: Item, template: str) -> tuple[str, ...]:
    """The mailboxes that a template of one item is about now, or none."""
    if not item.each:
        return _returned(case, item) if item.reopens else case.addresses
    done, standing = case.marks(item.id), case.standing
    condition = next((when for name, when in item.templates if name == template), None)
    possible = case.addresses
    if standing is not None and condition is not None:
        possible = tuple(box for box in possible if standing.holds(condition, box) is not False)
    wanted = wanted_by(case, item, template)
    if item.reopens:  # a mailbox sent again stays in it until it has an answer
        wanted = tuple(box for box in possible if box in wanted or box in done)
    else:
        wanted = wanted or possible
    return tuple(box for box in wanted if box not in done) or wanted


def _returned(case: Case, item: Item) -> tuple[str, ...]:
    """The mailboxes of an attempt made once for all: those that came back, else those without a result."""
    if not case.scenario or case.status(item.id).state in (State.NOT_APPLICABLE, State.LOCKED):
        return ()
    question = case.scenario.by_id[item.reopens[0]]
    named = [atom for atom in item.when.atoms() if atom.item == question.id and atom.judges]
    marks = case.marks(question.id)
    back = tuple(
        box
        for box in case.addresses
        if box in marks and any(atom.fits(marks[box].value, marks[box].on) for atom in named)
    )
    return back or tuple(box for box in case.addresses if question.each and box not in marks)


def blank(template: Template, values: Mapping[str, str]) -> FilledTemplate:
    """`template` filled from `values` by key alone, without a case (the command line)."""
    lines = []
    for line in template.lines:
        value = line.text if line.source == "fixed" and line.kind != "heading" else values.get(line.key, "")
        if line.key == "domain" or (line.source == "case" and line.ref in SUBJECT_REFS):
            value = values.get(line.key) or values.get("domain", "")
        lines.append(Filled(line, value, "typed" if value else "", "", value if line.kind == "mailbox" else ""))
    return FilledTemplate(template, tuple(lines))


class _ItemValue(Struct, frozen=True):
    """The value of an item for a line: in one line, by mailbox if they differ, and its last event's number."""

    value: str = ""
    by: tuple[tuple[str, str], ...] = ()
    seq: int = 0

    @property
    def missing_for(self) -> tuple[str, ...]:
        """The mailboxes it says nothing about."""
        return tuple(box for box, value in self.by if not value)


class _Filling:
    """Fills lines from a case, for some of its mailboxes."""

    def __init__(self, case: Case, boxes: tuple[str, ...], clock: Clock | None) -> None:
        self.case = case
        self.boxes = boxes
        self.clock = clock
        self.evidence = evidence_in(case.evidence)

    def line(self, template: Template, line: TemplateLine) -> Filled:
        """A line that is there once."""
        if line.kind == "heading":
            return Filled(line, "", "fixed")
        if line.source == "fixed":
            return Filled(line, line.text, "fixed")
        if line.source == "call":
            return Filled(line, self._from_call(line), "call")
        if line.source == "case":
            return Filled(line, self._from_case(line.ref), "case")
        typed = self.case.lines.get((template.id, line.key))
        answered = self._from_item(line, line.ref) if line.source == "item" else _ItemValue()
        if typed and typed.value and typed.seq > answered.seq:
            return Filled(line, _shown(line, typed.value), "typed")
        if answered.value:
            return Filled(line, answered.value, "item", missing_for=answered.missing_for, by=answered.by)
        proposed = self._from_item(line, line.proposes).value if line.proposes else ""
        if proposed or self.evidence is None:
            return Filled(line, "", proposal=proposed)
        proposed = self._from_dns(line, self.evidence)
        at = self.clock.local(self.evidence.asked_at) if self.clock else self.evidence.asked_at
        # The resolver and the records are in the DNS panel.
        return Filled(line, "", proposal=proposed, seen=f"DNS {at:%d/%m %H:%M}" if proposed else "")

    def cover_line(self, text: str, form: str) -> str:
        """A cover line with its `{item.part}` filled in, dates in that form; "" if one of them is not known."""
        for ref in re.findall(_FIELD, text):
            item = self.case.scenario.by_id.get(ref.partition(".")[0]) if self.case.scenario else None
            words = {answer.id: answer.text for answer in item.answers} if item else {}
            value = self._from_item(TemplateLine("cover", "", "item", mapping=words, format=form), ref)
            if not value.value or value.missing_for:
                return ""
            text = text.replace(f"{{{ref}}}", value.value)
        return text

    def _from_dns(self, line: TemplateLine, seen: Evidence) -> str:
        """The value that the evidence suggests for a line, in the template's words, or ""."""
        key = line.ref if line.source == "evidence" else ""
        if line.source == "item" and self.case.scenario:
            item = self.case.scenario.by_id.get(line.ref)
            key = item.proposal.evidence if item and item.proposal else ""
        answer = proposed_answers(seen).get(key, "")
        if line.mapping:
            return line.mapping.get(answer, "")
        if line.kind == "choice":
            return answer if answer in line.options else ""
        records = proposal(seen).get(f"{key}-check") if line.source == "evidence" else None
        return str(records) if records else answer

    def _from_call(self, line: TemplateLine) -> str:
        """The value of a line from the authentication of this call, or the last; the first option means yes."""
        event = self.case.own_auth
        if event is None:
            return ""
        if line.ref in ("method", "caller"):
            return str(event.get(line.ref) or "")
        return line.options[0] if line.options else "yes"

    def _from_case(self, name: str) -> str:
        if name in SUBJECT_REFS:
            return self.case.domain
        return ", ".join(self.boxes) if name in EACH_REFS else self.case.details.of(name)

    def _from_item(self, line: TemplateLine, ref: str) -> _ItemValue:
        """The value of an item for a line, in the template's words, with the mailboxes if they differ."""
        case = self.case
        name, _, key = ref.partition(".")
        item = case.scenario.by_id.get(name) if case.scenario else None
        if item is None:
            return _ItemValue()
        by, marks = case.status(name).by, _as_it_is_now(case, item)
        boxes = [box for box in (self.boxes if item.each else ("",)) if by.get(box) not in (None, State.NOT_APPLICABLE)]
        values = {box: _said(case, item, line, key, marks[box]) if box in marks else "" for box in boxes}
        events = [event for box in boxes if box in marks and (event := case.typed_with(marks[box]))]
        seq = max((event.seq for event in events), default=0)
        if not any(values.values()):
            return _ItemValue(seq=seq)
        if len(set(values.values())) == 1:
            return _ItemValue(values[boxes[0]], seq=seq)
        return _ItemValue("; ".join(f"{box}: {value}" for box, value in values.items()), tuple(values.items()), seq)


def _as_it_is_now(case: Case, item: Item) -> Mapping[str, Mark]:
    """The marks of an item; a service that was ended here since counts as not running."""
    marks = case.marks(item.id)
    for question, killer, ended in ended_here(case):
        if question == item.id and "" in marks and killer.already is not None:
            now = tuple(answer.id for answer in item.answers if answer.id in killer.already.answers)[:1]
            return {**marks, "": replace(ended, value=now)}
    return marks


def _said(case: Case, item: Item, line: TemplateLine, key: str, mark: Mark) -> str:
    """The value of one mark for a line: a date, a typed text, or an answer in the template's words."""
    if key and item.select == "dates":
        return _shown_day(line, dict(zip(("from", "to"), mark.value, strict=False)).get(key, ""))
    if key:
        event = case.typed_with(mark)
        typed = str((event.get("values") or {}).get(key, "")) if event else ""
        kind = next((value.kind for value in item.values if value.key == key), "")
        return amount(typed, case.procedure.words) if kind == "money" else _shown(line, typed)
    if item.select in ("date", "dates"):
        return " to ".join(_shown_day(line, day) for day in mark.value)
    if not item.answers:
        return answer_text(item, mark.value, case.procedure.words)
    if not line.mapping and line.kind == "text":
        return answer_text(item, mark.value, case.procedure.words)
    words = [line.mapping.get(answer, mark.told if line.free else "") for answer in mark.value]
    return ", ".join(word for word in words if word)


def _shown(line: TemplateLine, value: str) -> str:
    return _shown_day(line, value) if line.kind == "date" else value


def _shown_day(line: TemplateLine, day: str) -> str:
    """An ISO date in the template's own form; any other text unchanged."""
    try:
        return show(date.fromisoformat(day), line.format)
    except ValueError:
        return day


def never_copied(case: Case, item: Item) -> str:
    """A warning that an item's template has lines missing and was never copied, or "".

    It is no refusal: the ticket may have been written by hand.
    """
    copied = {event.get("template") for event in case.log if event.what == "copied" and event.id not in case.dropped}
    names = [name for name, _ in item.templates if name not in copied and wanted_by(case, item, name)]
    count = sum(len(fill(case, case.procedure.templates[name]).missing) for name in names)
    return f"template never copied, {plural(count, 'line')} missing" if count else ""
