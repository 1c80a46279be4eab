"""The parts of the calculator: the plans that fit what was typed, and a quote as a page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from rich.style import Style

from oxtui.casework.money import Quote, money, plain
from oxtui.playbook.plans import Plan
from oxtui.widgets.glyphs import UNICODE, Glyphs
from oxtui.widgets.ink import Line, Span, cut, spread
from oxtui.widgets.paper import NOBODY, Rows
from oxtui.widgets.tables import BLANK, Para, Part


class PlanRows(Rows, can_focus=False):
    """The plans to pick from; the keys stay in the field that is typed in."""

    def __init__(self, *, id: str | None = None, glyphs: Glyphs = UNICODE) -> None:
        super().__init__(id=id, glyphs=glyphs)
        self.plans: tuple[Plan, ...] = ()
        self.day = date.min
        self.picking = False

    def show(self, plans: Sequence[Plan], chosen: Plan | None, day: date, *, picking: bool = True) -> None:
        """Draw these, with their prices of `day` and the cursor on the one chosen, where one is picked now."""
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


def quote_page(quote: Quote, glyphs: Glyphs, *, in_case: bool) -> Iterator[Part]:
    """A quote: the sums, the sentence to say, the working, and what to mind."""
    count = len(quote.nbs)
    minds: tuple[Span, ...] = ((f"{glyphs.nb} {count} NB ", "due"),) if count else ()
    if quote.discount is None or quote.first_invoice is None:
        yield Para((("No figure by rule", "trouble"),), right=minds)
        yield Para(((quote.rule_text, "text"), (f"  ({quote.rule})", "quiet")))
        if quote.current_term == "monthly":
            yield Para((("Monthly billing has no pro-rata: only 0.00 can be recorded (N2).", "text"),))
        where = "type the SME's amount, name and reference" if in_case else "it is recorded in the client's case (c there)"
        yield Para(((f"{glyphs.arrow} ask an SME; {where}", "due"),), 2)
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
        rows += [f"Discount {plain(quote.discount)}, first invoice {plain(quote.first_invoice)} ({quote.by}, {quote.basis})"]
    else:
        rows += [f"No figure: {quote.by}"]
    return "\n".join([*rows, f"Say: {quote.say}", *(f"NB {nb}" for nb in quote.nbs)]) + "\n"
