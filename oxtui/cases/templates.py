"""Escalation text: a template filled from the case, exactly as it will be pasted (T2-T7)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

from msgspec import Struct

from oxtui.cases.case import Case
from oxtui.cases.dates import show
from oxtui.cases.events import Event
from oxtui.cases.evidence import Evidence, evidence_of, proposal, proposed_answers
from oxtui.clock import Clock
from oxtui.playbook.model import Item, Line, Template
from oxtui.playbook.progress import State
from oxtui.secret import DOTS


class Filled(Struct, frozen=True):
    """One line of a filled template; `value` is "" where it is missing.

    `source` tells where the value came from (fixed, case, call, item, typed, secret), `proposal` what could be
    put there, `seen` what a proposal rests on where that is the DNS evidence. `mailbox` is set on lines that stand
    once for every mailbox. `editable`: typed in place.
    """

    line: Line
    value: str
    source: str = ""
    proposal: str = ""
    mailbox: str = ""
    seen: str = ""

    @property
    def missing(self) -> bool:
        """Whether the line needs a value and has none."""
        return self.line.kind != "heading" and not self.value

    @property
    def editable(self) -> bool:
        """Whether a person types this line (headings, fixed text and what the call says are not typed)."""
        return self.line.kind not in ("heading", "mailbox") and self.line.source not in ("fixed", "call", "case")

    @property
    def label(self) -> str:
        """The line's name for messages: with the mailbox where it has one."""
        return f"{self.line.label} {self.mailbox}".strip()

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
        """Whether it ends with passwords."""
        return any(line.line.kind == "secret" for line in self.lines)

    def text(self, reveal: Callable[[str], str] | None = None) -> str:
        """The whole text as pasted; `reveal` gives a mailbox's password (else dots stand for it)."""
        rows = [self.template.title]
        for line in self.lines:
            if line.line.kind == "secret" and reveal and line.mailbox:
                password = reveal(line.mailbox)
                rows.append(line.line.text.replace("{address}", line.mailbox).replace("{password}", password))
            else:
                rows.append(line.text)
        return "\n".join(rows) + "\n"


def fill(
    case: Case,
    template: Template,
    *,
    mailboxes: tuple[str, ...] | None = None,
    with_secret: frozenset[str] = frozenset(),
    clock: Clock | None = None,
) -> FilledTemplate:
    """`template` filled with what the case knows.

    `mailboxes` default to those affected; `with_secret` are the addresses whose password was typed in this
    session; `clock` gives the zone for the time of the DNS evidence (else UTC).
    """
    seen = evidence_of(case)
    chosen = affected(case, template.id) if mailboxes is None else mailboxes
    lines: list[Filled] = []
    for line in template.lines:
        if line.kind in ("mailbox", "secret"):
            for address in chosen or ("",):
                secret = line.kind == "secret"
                value = (DOTS if address in with_secret else "") if secret else address
                lines.append(Filled(line, value, "secret" if secret else "case", "", address))
        else:
            lines.append(_filled(case, template, line, seen, clock))
    return FilledTemplate(template, tuple(lines))


def cover(case: Case, template: Template, clock: Clock) -> tuple[str, ...]:
    """Lines that may go before an escalation, so that it arrives complete: summary, numbers, evidence with its time."""
    boxes = affected(case, template.id)
    count = f"{len(boxes)} mailbox{'es' if len(boxes) != 1 else ''}"
    rows = [f"Summary : {template.title.removeprefix('TEMPLATE : ')} - {case.domain} - {count}", *template.cover]
    for label, value in (
        ("Salesforce", case.details.salesforce),
        ("JIRA", case_field(case, "jira")),
        ("Phone", case.details.phone),
    ):
        if value:
            rows.append(f"{label} : {value}")
    found = evidence_of(case)
    if found:
        rows += [f"Evidence : {found.verdict}", *(f"  {line}" for line in found.summary(clock)[1:])]
    return tuple(rows)


def affected(case: Case, template: str) -> tuple[str, ...]:
    """The mailboxes a copy of `template` is for: all, or after a return only those that it was returned for."""
    if not case.scenario:
        return case.addresses
    for item in case.scenario.items():
        if not item.reopens or not any(name == template for name, _ in item.templates):
            continue
        status = case.status(item.id)
        if status.state in (State.NOT_APPLICABLE, State.LOCKED):
            continue
        named = {answer for atom in item.when.atoms() for answer in atom.answers}
        marks = case.record(item.reopens[0]).marks
        back = tuple(
            address for address in case.addresses if address in marks and named.intersection(marks[address].value)
        )
        # Once it is sent again, those that came back are the ones without a result.
        return back or tuple(address for address in case.addresses if address not in marks)
    return case.addresses


def blank(template: Template, values: Mapping[str, str], domain: str = "") -> FilledTemplate:
    """`template` filled from `values` by key alone, without a case (the command line)."""
    lines = []
    for line in template.lines:
        value = line.text if line.source == "fixed" and line.kind != "heading" else values.get(line.key, "")
        if line.key == "domain" or (line.source, line.ref) == ("case", "domain"):
            value = values.get(line.key) or values.get("domain", domain)
        lines.append(Filled(line, value, "typed" if value else "", "", value if line.kind == "mailbox" else ""))
    return FilledTemplate(template, tuple(lines))


def _filled(case: Case, template: Template, line: Line, seen: Evidence | None, clock: Clock | None) -> Filled:
    if line.kind == "heading":
        return Filled(line, "", "fixed")
    if line.source == "fixed":
        return Filled(line, line.text, "fixed")
    if line.source == "call":
        return Filled(line, _from_call(case, line), "call")
    if line.source == "case":
        return Filled(line, case_field(case, line.ref), "case")
    typed = case.lines.get((template.id, line.key))
    known, seq = _from_item(case, line, line.ref) if line.source == "item" else ("", 0)
    if typed and typed.value and typed.seq > seq:
        return Filled(line, _shown(line, typed.value), "typed")
    if known:
        return Filled(line, known, "item")
    proposed = _from_item(case, line, line.proposes)[0] if line.proposes else ""
    if proposed or seen is None:
        return Filled(line, "", proposal=proposed)
    proposed = _from_dns(case, line, seen)
    at = clock.local(seen.asked_at) if clock else seen.asked_at
    # The resolver and the records stand in the DNS panel.
    return Filled(line, "", proposal=proposed, seen=f"DNS {at:%d/%m %H:%M}" if proposed else "")


def _from_dns(case: Case, line: Line, seen: Evidence) -> str:
    """What the evidence speaks for, in the template's words, or "": for a line from evidence or from a check."""
    key = line.ref if line.source == "evidence" else ""
    if line.source == "item" and case.scenario:
        item = case.scenario.by_id.get(line.ref)
        key = item.proposal.evidence if item and item.proposal else ""
    answer = proposed_answers(seen).get(key, "")
    if line.mapping:
        return line.mapping.get(answer, "")
    if line.kind == "choice":
        return answer if answer in line.options else ""
    records = proposal(seen).get(f"{key}-check") if line.source == "evidence" else None
    return str(records) if records else answer


def _from_call(case: Case, line: Line) -> str:
    """What the last authentication that stands says for a line; the first option is the one for yes."""
    if case.auth_event is None:
        return ""
    if line.ref in ("method", "caller"):
        return str(case.auth_event.get(line.ref) or "")
    return line.options[0] if line.options else "yes"


def case_field(case: Case, name: str) -> str:
    """A field of the case as a template prints it."""
    if name == "jira":
        return case.details.jira[-1] if case.details.jira else ""
    return {
        "domain": case.domain,
        "phone": case.details.phone,
        "contact": case.details.contact,
        "salesforce": case.details.salesforce,
        "mailboxes": ", ".join(case.addresses),
    }.get(name, "")


def _shown(line: Line, value: str) -> str:
    if line.kind == "date":
        try:
            return show(date.fromisoformat(value), line.format)
        except ValueError:
            return value
    return value


def _from_item(case: Case, line: Line, ref: str) -> tuple[str, int]:
    """What an item says for a line, in the template's words, and the sequence number it was said at."""
    name, _, key = ref.partition(".")
    item = case.scenario.by_id.get(name) if case.scenario else None
    if item is None:
        return "", 0
    marks = list(case.record(name).marks.values())
    if not marks or case.status(name).state is State.NOT_APPLICABLE:
        return "", 0
    event = case.event(marks[0].event)
    seq = event.seq if event else 0
    if key and item.select == "dates":
        days = dict(zip(("from", "to"), marks[0].value, strict=False))
        return _shown(line, days.get(key, "")), seq
    if key:
        return _shown(line, str(event.get("values", {}).get(key, "")) if event else ""), seq
    return _words(item, line, marks[0].value, event), seq


def _words(item: Item, line: Line, value: tuple[str, ...], event: Event | None) -> str:
    if item.select in ("date", "dates"):
        return " to ".join(show(date.fromisoformat(day), line.format) for day in value)
    if item.select == "text":
        return ", ".join(value)
    told = str(event.get("told", "")) if event else ""
    words = [line.mapping.get(answer, told if line.free else "") for answer in value]
    return ", ".join(word for word in words if word)
