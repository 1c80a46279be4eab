"""The parts of the calculator: what was typed as a quote, the plans that fit, and a quote as a page."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from typing import Any

from msgspec import Struct
from rich.style import Style
from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Input, Label

from oxtui.casework.dates import parse_date
from oxtui.casework.money import Quote, given_by_sme, money, parse_money, plain, work_out
from oxtui.errors import OxtuiError, WrongUse
from oxtui.playbook.plans import Plan, Policy, Uncovered
from oxtui.widgets.glyphs import UNICODE, Glyphs
from oxtui.widgets.ink import Line, Span, cut, spread
from oxtui.widgets.paper import NOBODY, Rows
from oxtui.widgets.tables import BLANK, Para, Part


class Asked(Struct, frozen=True):
    """What stands in the fields of the calculator."""

    now: Plan | None
    new: Plan | None
    months: str = ""
    """The months used, or the day the paid year began, as typed."""
    amount: str = ""
    sme: str = ""
    reference: str = ""

    def used(self, today: date) -> dict[str, Any]:
        """The months used, or since when, as `work_out` takes them; raises WrongUse."""
        text = self.months
        if not text or self.now is None or self.now.term == "monthly":
            return {}
        if text.isascii() and text.isdigit():
            return {"months": int(text[:4])}
        return {"since": parse_date(text, today)}


class Answer(Struct, frozen=True):
    """The quote for what was asked, or what is wrong or missing; `told` where that is said at once.

    `uncovered`: no rule gives a figure for the change (D8, D10).
    """

    quote: Quote | None = None
    problem: OxtuiError | None = None
    told: bool = False
    uncovered: bool = False


def answer(asked: Asked, policy: Policy, today: date, *, with_sme: bool) -> Answer:
    """Work out what was asked; `with_sme`: an SME's amount counts where no rule gives one. Raises nothing."""
    now, new = asked.now, asked.new
    if now is None or new is None:
        return Answer()
    gap = isinstance(policy.ruling(now, new), Uncovered)
    bare: Quote | None = work_out(now, new, policy, today) if gap else None
    try:
        used = asked.used(today)
        bare = work_out(now, new, policy, today, **used)
    except OxtuiError as error:
        return Answer(bare, error, bool(asked.months), gap)
    if not gap or not with_sme or not (asked.amount or asked.sme or asked.reference):
        return Answer(bare, uncovered=gap)
    try:
        amount = parse_money(asked.amount)
        # A wrong amount is told before name and reference are typed.
        names = (asked.sme or "-", asked.reference or "-")
        given = given_by_sme(now, new, policy, today, amount, *names, **used)
    except OxtuiError as error:
        return Answer(bare, error, bool(asked.amount), gap)
    if not (asked.sme and asked.reference):
        return Answer(bare, WrongUse("The SME's name and a reference are needed", "case or chat it is in"), False, gap)
    return Answer(given, uncovered=gap)


PROMPTS = {
    "now": "Which plan has the client now?",
    "next": "Which plan does the client take?",
    "months": "How many months of the paid year are used, or when did it begin?",
}
LABELS = {
    "now": ("plan now", "part of it, y or m"),
    "next": ("plan next", "part of it, y or m"),
    "months": ("months used", "2, or 12/9, 3 months ago"),
    "amount": ("discount", "AU$, from the SME"),
    "sme": ("SME", "name"),
    "reference": ("reference", "case or chat it is in"),
}
_ALLOWED = {"months": r"[0-9A-Za-z /+.-]*", "amount": r"[0-9.,$£AaUuDd ]*"}


class Typed(Input):
    """An input whose keys act in the order typed: what comes after an enter belongs to the next field."""

    def __init__(self, entered: Callable[[], None], **options: Any) -> None:
        super().__init__(compact=True, max_length=120, **options)
        self.entered = entered

    def on_key(self, event: events.Key) -> None:
        now = self.screen.focused
        if now is not self and isinstance(now, Typed) and (event.is_printable or event.key == "enter"):
            now.post_message(events.Key(event.key, event.character))
        elif event.key == "enter":
            self.entered()
        else:
            return
        event.stop()
        event.prevent_default()


class Field(Horizontal):
    """A label and what is typed beside it; `entered` is called at enter."""

    def __init__(self, name: str, entered: Callable[[], None]) -> None:
        super().__init__(id=f"field-{name}", classes="calc-field")
        self.key = name
        self.entered = entered

    def compose(self) -> ComposeResult:
        label, placeholder = LABELS[self.key]
        yield Label(label, markup=False)
        allowed = _ALLOWED.get(self.key)
        yield Typed(self.entered, id=f"calc-{self.key}", placeholder=placeholder, restrict=allowed)


class PlanRows(Rows, can_focus=False):
    """The plans to pick from; the keys stay in the field that is typed in."""

    def __init__(self, *, id: str | None = None, glyphs: Glyphs = UNICODE) -> None:
        super().__init__(id=id, glyphs=glyphs)
        self.plans: tuple[Plan, ...] = ()
        self.day = date.min
        self.picking = False

    def show(self, plans: Sequence[Plan], chosen: Plan | None, day: date, *, picking: bool = True) -> None:
        """Draw these with their prices of `day`, and the cursor on the one chosen where one is picked now."""
        self.plans, self.day, self.picking = tuple(plans), day, picking
        self.cursor = self.plans.index(chosen) if chosen in self.plans else 0
        self.redraw()

    @property
    def current(self) -> Plan | None:
        """The plan under the cursor."""
        return self.plans[self.cursor] if 0 <= self.cursor < len(self.plans) else None

    def choices(self) -> list[int]:
        return list(range(len(self.plans)))

    def row_style(self, owner: int) -> Style | None:
        return self.style_of("cursor") if self.picking and owner == self.cursor else None

    def content(self, width: int) -> Iterator[tuple[Line, int]]:
        if not self.plans:
            yield cut((("  no plan has these words", "trouble"),), width, self.glyphs.ellipsis), NOBODY
        for place, plan in enumerate(self.plans):
            mark = self.glyphs.cursor if self.picking and place == self.cursor else " "
            name, price = plan_name(plan, width - 12), plain(plan.price_on(self.day))
            left: Line = ((f"{mark} ", "accent"), (name, "text" if self.picking else "quiet"))
            yield spread(left, ((price + " ", "quiet"),), width), place


def plan_name(plan: Plan, width: int) -> str:
    """A plan in words, `yearly   Microsoft 365 - Email Essentials`, or its id where that is too long."""
    name = f"{plan.term:<8} {plan.product}"
    return name if len(name) <= width else plan.id


def answer_page(found: Answer, prompt: str, glyphs: Glyphs, *, in_case: bool) -> Iterator[Part]:
    """The quote, or what is asked next (`prompt`); what is wrong stands above it."""
    if found.problem and found.told:
        hint = f"  {found.problem.hint}" if found.problem.hint else ""
        yield Para(((found.problem.message, "trouble"), (hint, "quiet")), 2)
    if found.quote:
        yield from quote_page(found.quote, glyphs, in_case=in_case)
    elif not (found.problem and found.told):
        yield Para(((prompt, "quiet"),))


def quote_page(quote: Quote, glyphs: Glyphs, *, in_case: bool) -> Iterator[Part]:
    """A quote: the sums, the sentence to say, the working, and what to mind."""
    count = len(quote.nbs)
    minds: tuple[Span, ...] = ((f"{glyphs.nb} {count} NB ", "due"),) if count else ()
    if quote.discount is None or quote.first_invoice is None:
        yield Para((("No figure by rule", "trouble"),), right=minds)
        yield Para(((quote.rule_text, "text"), (f"  ({quote.rule})", "quiet")))
        if quote.current_term == "monthly":
            yield Para((("Monthly billing has no pro-rata: only 0.00 can be recorded (N2).", "text"),))
        here, there = (
            "type the SME's amount, name and reference",
            "it is recorded in the client's case (c there)",
        )
        yield Para(((f"{glyphs.arrow} ask an SME; {here if in_case else there}", "due"),), 2)
    else:
        if quote.basis == "no pro-rata":
            yield Para((("No pro-rata", "strong"),), right=minds)
            yield Para(((quote.rule_text, "text"),))
            minds = ()
        yield Para((("discount       ", "quiet"), (money(quote.discount), "strong")), right=minds)
        yield Para((("first invoice  ", "quiet"), (money(quote.first_invoice), "done")))
        yield Para(((f"{quote.by} · {quote.basis}", "quiet"),))
    yield BLANK
    yield Para((("say  ", "accent"), (quote.say, "text")), 5)
    yield BLANK
    for place, line in enumerate(quote.working):
        yield Para((("how  " if not place else "     ", "accent"), (line, "text")), 7)
    if count:
        yield BLANK
    for nb in quote.nbs:
        yield Para(((f"{glyphs.nb} NB ", "due"), (nb, "text")), 5)


def quote_text(quote: Quote, plans: Iterable[Plan]) -> str:
    """What a copy of the working holds: the change, the sums, the working, the sentence and the NBs."""
    names = " -> ".join(f"{plan.product} ({plan.term})" for plan in plans)
    rows = [names, *quote.working]
    if quote.discount is not None and quote.first_invoice is not None:
        sums = f"Discount {plain(quote.discount)}, first invoice {plain(quote.first_invoice)}"
        rows += [f"{sums} ({quote.by}, {quote.basis})"]
    else:
        rows += [f"No figure: {quote.by}"]
    return "\n".join([*rows, f"Say: {quote.say}", *(f"NB {nb}" for nb in quote.nbs)]) + "\n"
