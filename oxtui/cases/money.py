"""The pro-rata: what comes off the first invoice when a client changes plans, and how it was worked out.

All sums are Decimal AUD. A quote is rounded once, at the end, half up to the cent (P5).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from decimal import ROUND_HALF_UP, Context, Decimal, DivisionByZero, InvalidOperation, Overflow
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from oxtui.cases.dates import add_months, completed_months, show
from oxtui.errors import Refusal, WrongUse
from oxtui.playbook.plans import CreditRule, Plan, Policy, Term, Uncovered

# Our own context, so that no one else's rounding or precision can reach a client's invoice.
_CONTEXT: Final = Context(prec=40, rounding=ROUND_HALF_UP, traps=[InvalidOperation, DivisionByZero, Overflow])
_CENT: Final = Decimal("0.01")
_ZERO: Final = Decimal("0.00")
_TYPED: Final = r"(?:(?:AU|A)?\$|AUD|£)? ?([0-9]{1,9}|[0-9]{1,3}(?:,[0-9]{3}){1,2})(\.[0-9]{1,2})?"
_KEPT: Final = re.compile(r"[0-9]{1,9}\.[0-9]{2}")


class GivenBy(Struct, frozen=True):
    """The SME who gave an amount where the article is silent, and where that is written down."""

    name: str
    reference: str


class Quote(Struct, frozen=True):
    """One pro-rata result with all that it rests on; sums in AUD, None where the article gives no figure.

    `rule` is the id of the article's rule (P5, N2), or of the gap that leaves the change uncovered (D8, D10).
    """

    current: str
    new: str
    current_term: Term
    new_term: Term
    current_price: Decimal
    new_price: Decimal
    priced_on: date
    months_used: int | None
    since: date | None
    rule: str
    rule_text: str
    basis: str
    covered: bool
    discount: Decimal | None
    first_invoice: Decimal | None
    working: tuple[str, ...]
    say: str
    nbs: tuple[str, ...] = ()
    given_by: GivenBy | None = None

    @property
    def settled(self) -> bool:
        """Whether there is a figure: by rule, or given by an SME."""
        return self.discount is not None

    @property
    def by(self) -> str:
        """Where the figure comes from, in words: `by rule P5`, `given by SME ...` or `not covered (D8)`."""
        if self.given_by:
            return f"given by SME {self.given_by.name} ({self.given_by.reference})"
        return f"by rule {self.rule}" if self.covered else f"not covered ({self.rule})"

    @property
    def origin(self) -> str:
        """`by`, and what it was counted by where that is more: `by rule P5 · months used`."""
        return self.by if self.by.startswith(self.basis) else f"{self.by} · {self.basis}"

    def as_json(self) -> dict[str, Any]:
        """The quote as `oxtui prorata --json` gives it; sums are strings with two decimals, or None."""
        return {
            "discount": None if self.discount is None else plain(self.discount),
            "first_invoice": None if self.first_invoice is None else plain(self.first_invoice),
            "rule": self.rule,
            "basis": self.basis,
            "months_used": self.months_used,
            "working": list(self.working),
            "covered": self.covered,
        }

    def to_data(self) -> dict[str, Any]:
        """The quote for the case's log: JSON values only."""
        data: dict[str, Any] = {name: getattr(self, name) for name in self.__struct_fields__}
        for name in _SUMS:
            data[name] = None if data[name] is None else plain(data[name])
        for name in _DATES:
            data[name] = None if data[name] is None else data[name].isoformat()
        for name in _LINES:
            data[name] = list(data[name])
        if self.given_by:
            data["given_by"] = {"name": self.given_by.name, "reference": self.given_by.reference}
        return data

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Quote:
        """The quote that `to_data` gave; raises ValueError where `data` has not the form of one."""
        try:
            return _from_data(dict(data))
        except (AttributeError, KeyError, TypeError) as error:
            raise ValueError(f"not a quote: {error}") from None


_A: Final = {"monthly": "a month", "yearly": "a year"}
_SUMS: Final = ("current_price", "new_price", "discount", "first_invoice")
_DATES: Final = ("priced_on", "since")
_LINES: Final = ("working", "nbs")
_TEXTS: Final = ("current", "new", "current_term", "new_term", "rule", "rule_text", "basis", "say")


def _from_data(data: dict[str, Any]) -> Quote:
    if set(data) != set(Quote.__struct_fields__):
        raise ValueError("not a quote: its fields are not those of one")
    given, months = data["given_by"], data["months_used"]
    lines = [data[name] for name in _LINES]
    texts = [data[name] for name in _TEXTS] + [text for each in lines for text in each]
    texts += [] if given is None else [given["name"], given["reference"]]
    sums = [data[name] for name in _SUMS if data[name] is not None]
    fits = (
        all(isinstance(text, str) for text in texts)
        and all(isinstance(each, list) for each in lines)
        and all(isinstance(each, str) and _KEPT.fullmatch(each) for each in sums)
        and {data["current_term"], data["new_term"]} <= set(_A)
        and None not in (data["current_price"], data["new_price"])
        and (data["discount"] is None) == (data["first_invoice"] is None)
        and isinstance(data["covered"], bool)
        # True and False are whole numbers to Python, but not months.
        and (months is None or (type(months) is int and 0 <= months <= 12))
    )
    if not fits:
        raise ValueError("not a quote: a field has the wrong type")
    for name in _SUMS:
        data[name] = None if data[name] is None else Decimal(data[name])
    data["priced_on"] = date.fromisoformat(data["priced_on"])
    data["since"] = None if data["since"] is None else date.fromisoformat(data["since"])
    data["working"], data["nbs"] = (tuple(each) for each in lines)
    data["given_by"] = None if given is None else GivenBy(given["name"], given["reference"])
    return Quote(**data)


def work_out(
    current: Plan,
    new: Plan,
    policy: Policy,
    today: date,
    *,
    months: int | None = None,
    since: date | None = None,
    uncovered_by: str | None = None,
) -> Quote:
    """What comes off the first invoice for a change of plan, at today's prices (P5, N2, D3, D8, D9, D10).

    `months` used (0 to 12) or `since`, the start of the current paid year, is needed where a rule credits.
    `uncovered_by` names a gap (D10) that the two plans alone do not show, as in scenario 2; it takes the
    place of a crediting rule only. Raises WrongUse for months or a date that cannot be, Refusal where a
    policy would credit monthly billing (N2).
    """
    ruling = _ruling(current, new, policy, uncovered_by)
    count = _count(current, policy, today, months, since)
    quote = Quote(
        current=current.id,
        new=new.id,
        current_term=current.term,
        new_term=new.term,
        current_price=current.price_on(today),
        new_price=new.price_on(today),
        priced_on=today,
        months_used=count.months,
        since=since,
        rule=ruling.id,
        rule_text=ruling.text,
        basis="not covered",
        covered=isinstance(ruling, CreditRule),
        discount=None,
        first_invoice=None,
        working=(
            f"{current.product}: {plain(current.price_on(today))} {_A[current.term]}",
            f"{new.product}: {plain(new.price_on(today))} {_A[new.term]}",
            f"Prices of {show(today)}",
            *count.lines,
        ),
        say=ruling.say,
        nbs=_nbs(current, new, policy, today, since, ruling),
    )
    if isinstance(ruling, Uncovered):
        return replace(quote, working=(*quote.working, f"{ruling.id}: {ruling.text}"))
    if ruling.does == "none":
        quote = replace(quote, basis="no pro-rata", working=(*quote.working, f"{ruling.id}: {ruling.text}"))
        return _invoice(quote, new, _ZERO, ruling.say)
    if current.term == "monthly":
        raise Refusal(_never(policy), "the playbook's rule for this change is wrong")
    if count.months is None:
        raise WrongUse("the months used are missing", "give 0 to 12 months, or the start of the paid year")
    return _credited(quote, new, policy, ruling, count.months)


def given_by_sme(
    current: Plan,
    new: Plan,
    policy: Policy,
    today: date,
    discount: Decimal,
    name: str,
    reference: str,
    *,
    months: int | None = None,
    since: date | None = None,
    uncovered_by: str | None = None,
) -> Quote:
    """The quote with the discount (AUD) that an SME gave where the article gives no figure (D8, D10).

    One above the new price leaves a first invoice of 0.00, with an NB. Raises Refusal where a rule covers the
    change, or for any credit on monthly billing (N2); WrongUse for a discount below zero or finer than a cent,
    and where name or reference is missing.
    """
    quote = work_out(current, new, policy, today, months=months, since=since, uncovered_by=uncovered_by)
    name, reference = " ".join(name.split()), " ".join(reference.split())
    if quote.covered:
        raise Refusal(
            f"rule {quote.rule} gives the figure for this change",
            "an SME's amount is for what no rule covers",
        )
    if not name or not reference:
        raise WrongUse("the SME's name and a reference are needed", "such as the case or chat where it was given")
    if not discount.is_finite() or discount.is_signed():
        raise WrongUse("a discount cannot be below zero", f"give 0.00 to {plain(quote.new_price)}")
    if _cents(discount) != discount:
        raise WrongUse("the discount is finer than a cent", "give two decimals, such as 11.80")
    if current.term == "monthly" and discount > 0:
        raise Refusal(f"{_never(policy)}, whoever gives the amount", "record 0.00")
    quote = replace(
        quote,
        basis="given by SME",
        given_by=GivenBy(name, reference),
        working=(*quote.working, f"Discount {plain(discount)} given by SME {name} ({reference})"),
    )
    return _invoice(quote, new, discount, policy.given_say)


def parse_money(text: str) -> Decimal:
    """The amount (AUD) typed as `11.8`, `$11.80`, `AU$11.80` or `£1,200.00`; raises WrongUse for all else."""
    typed = " ".join(text.split())
    match = re.fullmatch(_TYPED, typed, re.IGNORECASE)
    if match:
        # "11.8" and "11.80" are one amount and print alike; no digit is dropped or rounded here.
        return _CONTEXT.quantize(Decimal(match[1].replace(",", "") + (match[2] or "")), _CENT)
    if typed.lstrip("AaUuDd$£ ").startswith(("-", "−")) or typed.startswith(("-", "−", "(")):
        raise WrongUse("an amount cannot be below zero", "for example 11.80")
    raise WrongUse("that is not an amount" if typed else "an amount is missing", "for example 11.80 or AU$1,200.00")


def money(amount: Decimal) -> str:
    """`amount` as people read it: `AU$1,200.00`; raises ValueError where it has a part of a cent."""
    return f"AU${Decimal(plain(amount)):,}"


def plain(amount: Decimal) -> str:
    """`amount` as forms take it: `1200.00`; raises ValueError where it has a part of a cent."""
    if not amount.is_finite() or _cents(amount) != amount:
        raise ValueError("an amount to be shown is rounded first")
    return f"{_cents(amount):f}"


class _Count(Struct, frozen=True):
    """How many months of the current paid year are used, if known, and the lines that show it."""

    months: int | None = None
    lines: tuple[str, ...] = ()


def _never(policy: Policy) -> str:
    """That monthly billing is not credited, with the id of the playbook's own rule for it (N2)."""
    rule = policy.never_credits
    return f"monthly billing has no pro-rata{f' ({rule})' if rule else ''}"


def _cents(amount: Decimal) -> Decimal:
    return _CONTEXT.quantize(amount, _CENT)


def _months(count: int, word: str = "") -> str:
    return f"{count} {word}{' ' if word else ''}month{'' if count == 1 else 's'}"


def _ruling(current: Plan, new: Plan, policy: Policy, uncovered_by: str | None) -> CreditRule | Uncovered:
    try:
        return policy.ruling(current, new, uncovered_by)
    except LookupError as error:
        raise WrongUse(f"the playbook has no pro-rata rule: {error.args[0]}", "oxtui check") from None


def _count(current: Plan, policy: Policy, today: date, months: int | None, since: date | None) -> _Count:
    """The months used, as typed or counted from `since` (D9).

    The days used run from `since` up to, not including, today: on an anniversary no part month is left over,
    so that `begun` adds nothing there. Monthly billing has no paid year: nothing is counted for it.
    """
    if months is not None and since is not None:
        raise WrongUse("months and a start date are both given", "give one of them")
    if months is not None:
        if isinstance(months, bool) or not 0 <= months <= 12:
            raise WrongUse(f"{months} months cannot be used up in a paid year", "give 0 to 12 months")
        return _Count(months, (f"Months used: {months} (as typed)",) if current.term == "yearly" else ())
    if since is None:
        return _Count()
    if since > today:
        raise WrongUse(f"{show(since)} is in the future", "give the start of the current paid year")
    if current.term == "monthly":
        return _Count()
    completed = completed_months(since, today)
    if completed >= 12:
        raise WrongUse(
            f"{show(since)} is 12 months ago or more",
            f"give the start of the current paid year, {show(_latest_anniversary(since, today))}",
        )
    lines = [f"Paid year from {show(since)}, today is {show(today)}: {_months(completed, 'completed')}"]
    part = add_months(since, completed) < today
    used = completed + (1 if part and policy.month_counts == "begun" else 0)
    if policy.month_counts == "begun":
        lines.append(f"A month counts once it has begun: {_months(used)} used")
    else:
        lines.append(f"A month counts once it is completed: {_months(used)} used")
    return _Count(used, tuple(lines))


def _latest_anniversary(since: date, today: date) -> date:
    return add_months(since, completed_months(since, today) // 12 * 12)


def _credited(quote: Quote, new: Plan, policy: Policy, rule: CreditRule, used: int) -> Quote:
    word = "used" if policy.credit_basis == "months_used" else "left"
    credited = used if word == "used" else 12 - used
    # A twelfth of a whole number of cents is a half cent, or at least a twelfth of a cent away from one, so
    # that 40 digits of it round as the exact fraction does: this is the one rounding.
    exact = _CONTEXT.divide(_CONTEXT.multiply(quote.current_price, Decimal(credited)), Decimal(12))
    discount = _cents(exact)
    lines = [f"Rule {rule.id}: {policy.rule_name}", f"Basis: months {word}"]
    if word == "left":
        lines.append(f"12 - {used} = {_months(credited)} left")
    lines.append(f"{plain(quote.current_price)} / 12 x {credited} = {plain(discount)}")
    quote = replace(quote, basis=f"months {word}", working=(*quote.working, *lines))
    say = (discount == 0 and rule.say_zero) or rule.say
    return _invoice(quote, new, discount, say, f"{_months(credited)} {word}")


def _invoice(quote: Quote, new: Plan, discount: Decimal, say: str, months: str = "") -> Quote:
    """`quote` with its sums; a discount larger than the new price gives an invoice of 0.00 and an NB."""
    rest = _CONTEXT.subtract(quote.new_price, discount)
    first, nbs = max(rest, _ZERO), quote.nbs
    line = f"{plain(quote.new_price)} - {plain(discount)}"
    if rest < 0:
        line += f" is below zero: the first invoice is {plain(first)}"
        over = f"The discount is {money(_CONTEXT.minus(rest))} larger than the new price: the first invoice is"
        nbs = (f"{over} {money(first)}, and an SME has to say what becomes of the rest.", *nbs)
    else:
        line += f" = {plain(first)}"
    said = {
        "discount": money(discount),
        "first_invoice": money(first),
        "price": money(quote.new_price),
        "months": months,
        "product": new.product,
        "term": new.term,
    }
    # Filled in one pass, so that a brace inside a value is only text.
    say = re.sub(r"\{(\w+)\}", lambda match: said.get(match[1], match[0]), say)
    return replace(
        quote,
        discount=_cents(discount),
        first_invoice=first,
        working=(*quote.working, line),
        say=say,
        nbs=nbs,
    )


def _nbs(
    current: Plan, new: Plan, policy: Policy, today: date, since: date | None, ruling: CreditRule | Uncovered
) -> tuple[str, ...]:
    """What to mind about this change: what the new plan lacks, a price that moved, decisions still open."""
    nbs = [f"{new.product}: {note}" for note in new.notes]
    if current.id == new.id:
        nbs.append("The current plan and the new one are the same.")
    if since is not None and current.price_on(since) != current.price_on(today):
        was, now = plain(current.price_on(since)), plain(current.price_on(today))
        nbs.append(f"{current.product} was {was} on {show(since)} and is {now} today; today's price is used.")
    return (*nbs, *policy.open_nbs(ruling, current, new))
