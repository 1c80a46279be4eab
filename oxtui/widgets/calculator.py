"""The parts of the calculator: the quote for the typed fields, the list of plans, and a quote as a page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from msgspec import Struct
from rich.style import Style

from oxtui.cases.dates import parse_date
from oxtui.cases.money import MOST_LICENCES, Quote, given_by_sme, money, parse_money, plain, work_out
from oxtui.cases.paid_year import YEAR_MONTHS
from oxtui.errors import OxtuiError, WrongUse
from oxtui.playbook.about import Words
from oxtui.playbook.plans import PER_TERM, Plan, Plans, Policy, Uncovered
from oxtui.text import sentence, whole_number
from oxtui.widgets.glyphs import Glyphs
from oxtui.widgets.page import BLANK, Para, Part
from oxtui.widgets.rows import Rows
from oxtui.widgets.spans import Line, Span, cut, spread
from oxtui.widgets.text_view import NO_ROW


class Asked(Struct, frozen=True):
    """The content of the calculator's fields."""

    now: Plan | None
    new: Plan | None
    months: str = ""
    """The months used, or the day on which the paid year began, as typed."""
    licences: str = "1"
    amount: str = ""
    """The discount for one licence given by an SME, as typed."""
    sme: str = ""
    reference: str = ""

    def count(self, words: Words) -> int:
        """The number of licences; raises WrongUse."""
        many = words.licence.many
        if not self.licences:
            raise WrongUse(f"The number of {many} is missing", f"give 1 to {MOST_LICENCES}")
        return whole_number(self.licences, many, 1, MOST_LICENCES)

    def used(self, today: date) -> dict[str, Any]:
        """The months used, or their start, as arguments of `work_out`; raises WrongUse."""
        text = self.months
        if not text or self.now is None or self.now.term == "monthly":
            return {}
        if text.removeprefix("-").isdecimal():
            return {"months": whole_number(text, "months", 0, YEAR_MONTHS)}
        return {"since": parse_date(text, today)}


class Result(Struct, frozen=True):
    """A quote, or the problem with the fields."""

    quote: Quote | None = None
    problem: OxtuiError | None = None
    at_once: bool = False
    """The problem is shown while typing, and not only at enter."""
    uncovered: bool = False
    """No rule gives a figure for the change (D8, D10)."""
    others: tuple[tuple[Plan, Quote], ...] = ()
    """The other plans that the client could take, with their quotes."""


def answer(asked: Asked, plans: Plans, today: date, *, with_sme: bool) -> Result:
    """Work the quote out; `with_sme`: an SME's amount is used if no rule gives one. Raises nothing."""
    now, new, policy = asked.now, asked.new, plans.policy
    if now is None or new is None:
        return Result()
    gap = isinstance(policy.ruling(now, new), Uncovered)
    try:
        used: dict[str, Any] = {"licences": asked.count(policy.words)}
    except WrongUse as error:
        return Result(None, error, True, gap)
    bare: Quote | None = work_out(now, new, policy, today, **used) if gap else None
    try:
        used |= asked.used(today)
        bare = work_out(now, new, policy, today, **used)
    except OxtuiError as error:
        return Result(bare, error, bool(asked.months), gap)
    if not gap:
        return Result(bare, others=tuple(_others(now, new, plans, today, used)))
    if not with_sme or not (asked.amount or asked.sme or asked.reference):
        return Result(bare, uncovered=gap)
    try:
        amount = parse_money(asked.amount)
        names = (asked.sme or "-", asked.reference or "-")  # a wrong amount is shown before these are typed
        quote = given_by_sme(bare, now, new, policy, amount, *names)
    except OxtuiError as error:
        return Result(bare, error, bool(asked.amount), gap)
    if not (asked.sme and asked.reference):
        missing = f"The {policy.words.experts}'s name and a reference are needed"
        return Result(bare, WrongUse(missing, "case or chat it is in"), uncovered=gap)
    return Result(quote, uncovered=gap)


def _others(now: Plan, new: Plan, plans: Plans, today: date, used: Mapping[str, Any]) -> Iterator[tuple[Plan, Quote]]:
    """The plans of the same provider and term as the new one for which a rule gives a quote."""
    for plan in plans:
        if (plan.provider, plan.term) == (new.provider, new.term) and plan.product not in (now.product, new.product):
            quote = work_out(now, plan, plans.policy, today, **used)
            if quote.settled:
                yield plan, quote


PROMPTS = {
    "now": "Which plan is the client on now?",
    "next": "Which plan is the client moving to?",
    "months": "How many months of the paid year are used, or when did it begin?",
}


class PlanRows(Rows[Plan], can_focus=False):
    """The list of plans; the focus stays in the input."""

    day = date.min
    picking = False

    def show(self, plans: Sequence[Plan], chosen: Plan | None, day: date, *, picking: bool = True) -> None:
        """Replace the plans, with their prices on `day`; with `picking` the cursor is shown, on `chosen`."""
        self.rows, self.day, self.picking = tuple(plans), day, picking
        self.cursor = self.rows.index(chosen) if chosen in self.rows else 0
        self.redraw()

    def row_style(self, owner: int) -> Style | None:
        return self.style_of("cursor") if self.picking and owner == self.cursor else None

    def owned(self, width: int) -> Iterator[tuple[Line, int]]:
        if not self.rows:
            yield cut((("  no plan matches that", "trouble"),), width, self.glyphs.ellipsis), NO_ROW
        for place, plan in enumerate(self.rows):
            mark = self.glyphs.cursor if self.picking and place == self.cursor else " "
            name, price = plan_name(plan, width - 12), plain(plan.price_on(self.day))
            left: Line = ((f"{mark} ", "accent"), (name, "text" if self.picking else "quiet"))
            yield spread(left, ((price + " ", "quiet"),), width), place


def _example(plans: Plans) -> tuple[str, str]:
    """A short search text that finds a single plan, and that plan's name; empty if there is none."""
    for plan in sorted(plans, key=lambda each: each.term, reverse=True):
        parts = f"{plan.product.lower().split()[-1][:3]} {plan.term[0]}"
        if plans.find(parts) == (plan,):
            return parts, f"{plan.product.rpartition(' - ')[2]}, {plan.term}"
    return "", ""


def how_to_find(plans: Plans) -> str:
    """An example of a search for the help: `: 'ess y' is Email Essentials, yearly`."""
    parts, name = _example(plans)
    return f": '{parts}' is {name}" if parts else ""


def not_found(plans: Plans) -> WrongUse:
    """The error for a search that finds no plan, with an example that does."""
    parts, _ = _example(plans)
    return WrongUse("No plan matches that", f"for example: {parts}" if parts else "")


def plan_name(plan: Plan, width: int) -> str:
    """The name of a plan, `yearly   Microsoft 365 - Email Essentials`, or its id if that is too long."""
    name = f"{plan.term:<8} {plan.product}"
    return name if len(name) <= width else plan.id


def answer_page(found: Result, prompt: str, glyphs: Glyphs, policy: Policy, *, in_case: bool) -> Iterator[Part]:
    """The quote, or the `prompt` for the missing field, below the problem if there is one."""
    if found.problem and found.at_once:
        hint = f"  {found.problem.hint}" if found.problem.hint else ""
        yield Para(((found.problem.message, "trouble"), (hint, "quiet")), 2)
    if found.quote:
        yield from quote_page(found.quote, glyphs, found.others, policy, in_case=in_case)
    elif not (found.problem and found.at_once):
        yield Para(((prompt, "quiet"),))


def quote_page(
    quote: Quote, glyphs: Glyphs, others: Sequence[tuple[Plan, Quote]], policy: Policy, *, in_case: bool
) -> Iterator[Part]:
    """A quote as a page: the sums, the sentence to say, the other plans, the working, and the NBs."""
    words, currency = policy.words, quote.currency
    count = len(quote.nbs)
    minds: tuple[Span, ...] = ((f"{glyphs.nb} {count} NB ", "due"),) if count else ()
    if quote.discount is None or quote.first_invoice is None:
        yield Para((("No figure by rule", "trouble"),), right=minds)
        yield Para(((quote.rule_text, "text"), (f"  ({quote.rule})", "quiet")))
        if never := policy.never_credited(quote.current_term):
            yield Para(((f"By rule {never.id} only 0.00 can be recorded.", "text"),))
        one = f" for one {words.licence.one}" if quote.licences > 1 else ""
        here = f"type the {words.experts}'s amount{one}, name and reference"
        there = "it is recorded in the client's case (c there)"
        yield Para(((f"{glyphs.arrow} ask {words.expert}; {here if in_case else there}", "due"),), 2)
    else:
        if quote.discount == 0 and quote.covered and quote.basis.startswith("no "):
            yield Para(((sentence(quote.basis), "strong"),), right=minds)
            yield Para(((quote.rule_text, "text"),))
            minds = ()
        yield from _sums(quote, minds)
    yield BLANK
    yield Para((("say  ", "accent"), (quote.say, "text")), 5)
    for plan, other in others:
        each = " each" if other.licences > 1 else ""
        then = f"then {money(plan.price_on(other.priced_on), currency)} {PER_TERM[plan.term]}{each}"
        offer = f"{plan.product}: first invoice {other.shown_first_invoice}, {then}"
        yield Para((("or   ", "accent"), (offer, "text")), 5)
        for note in plan.notes:
            yield Para((("     ", "text"), (f"{glyphs.nb} NB ", "due"), (note, "text")), 10)
    yield BLANK
    for place, line in enumerate(quote.working):
        yield Para((("how  " if not place else "     ", "accent"), (line, "text")), 7)
    if count:
        yield BLANK
    for nb in quote.nbs:
        yield Para(((f"{glyphs.nb} NB ", "due"), (nb, "text")), 5)


def _sums(quote: Quote, minds: Sequence[Span]) -> Iterator[Part]:
    """The discount and the first invoice, for one licence and for all of them."""
    many = quote.licences > 1
    pairs = ((quote.discount, quote.total_discount), (quote.first_invoice, quote.total_first_invoice))
    sums = [tuple(money(amount, quote.currency) for amount in pair if amount is not None) for pair in pairs]
    room = max(len(each) for each, _ in sums) + 3
    if many:
        yield Para(((f"{'':15}{'each':{room}}{quote.licences} together", "quiet"),))
    for (each, together), name, role in zip(sums, ("discount", "first invoice"), ("strong", "done"), strict=True):
        if many:
            yield Para(((f"{name:15}", "quiet"), (f"{each:{room}}", role), (together, role)))
        else:
            yield Para(((f"{name:15}", "quiet"), (each, role)), right=minds if name == "discount" else ())
    yield Para(((quote.origin, "quiet"),), right=minds if many else ())
