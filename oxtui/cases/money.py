"""The pro-rata: the discount on the first invoice when a client changes plans, with its working.

All sums are Decimal AUD. The sum of one licence is rounded once, at the end, half up to the cent (P5); all together
is that times the licences, for each service is discounted by itself.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from decimal import ROUND_HALF_UP, Context, Decimal, DivisionByZero, InvalidOperation, Overflow
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta, Struct
from msgspec.structs import replace

from oxtui.cases.dates import show
from oxtui.cases.paid_year import PaidYear, count_of, paid_year
from oxtui.errors import Refusal, WrongUse
from oxtui.playbook.about import FORMER_CURRENCY, Words
from oxtui.playbook.plans import PER_TERM, CreditRule, Plan, Policy, Says, Term, Uncovered
from oxtui.text import sentence

# A context of our own: no other rounding or precision can reach a client's invoice.
_CONTEXT: Final = Context(prec=40, rounding=ROUND_HALF_UP, traps=[InvalidOperation, DivisionByZero, Overflow])
_CENT: Final = Decimal("0.01")
_ZERO: Final = Decimal("0.00")
_TYPED: Final = r"(?:(?:AU|A)?\$|AUD|£)? ?([0-9]{1,9}|[0-9]{1,3}(?:,[0-9]{3}){1,2})(\.[0-9]{1,2})?"
_THEN: Final = "SME"
"""The title of whoever gives an amount, for logs that lack it."""
MOST_LICENCES: Final = 9999
_TOO_MUCH: Final = 1_000_000_000


class GivenBy(Struct, frozen=True):
    """The SME who gave an amount where the article is silent, and the reference for it."""

    name: str
    reference: str


class Quote(Struct, frozen=True):
    """One pro-rata result with its terms; sums in AUD, None if the article gives no figure.

    `discount` and `first_invoice` are those of one licence, the totals those of all `licences`. `rule` is the id of
    the article's rule (P5, N2), or of the gap that leaves the change uncovered (D8, D10).
    """

    current: str
    new: str
    current_term: Term
    new_term: Term
    current_price: Decimal
    new_price: Decimal
    priced_on: date
    months_used: Annotated[int, Meta(ge=0, le=12)] | None
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
    licences: Annotated[int, Meta(ge=1, le=MOST_LICENCES)] = 1
    expert: str = _THEN
    """The playbook's word for whoever gives an amount."""
    currency: str = FORMER_CURRENCY

    @property
    def settled(self) -> bool:
        """Whether there is a figure: by rule, or given by an SME."""
        return self.discount is not None

    @property
    def total_discount(self) -> Decimal | None:
        """The discount for all licences together."""
        return self.times(self.discount)

    @property
    def total_first_invoice(self) -> Decimal | None:
        """The first invoice for all licences together."""
        return self.times(self.first_invoice)

    def times(self, amount: Decimal | None) -> Decimal | None:
        """An amount for one licence times the licences."""
        return None if amount is None else _CONTEXT.multiply(amount, Decimal(self.licences))

    @property
    def shown_discount(self) -> str:
        """`AU$11.80`, or `AU$11.80 each, AU$35.40 together`; "" without a figure."""
        return self._shown(self.discount)

    @property
    def shown_first_invoice(self) -> str:
        """`AU$156.08`, or `AU$156.08 each, AU$468.24 together`; "" without a figure."""
        return self._shown(self.first_invoice)

    def _shown(self, each: Decimal | None) -> str:
        together = self.times(each)
        if each is None or together is None:
            return ""
        one = money(each, self.currency)
        return one if self.licences == 1 else f"{one} each, {money(together, self.currency)} together"

    @property
    def by(self) -> str:
        """The source of the figure: `by rule P5`, `given by ...` or `not covered (D8)`."""
        if self.given_by:
            return f"given by {self.expert} {self.given_by.name} ({self.given_by.reference})"
        return f"by rule {self.rule}" if self.covered else f"not covered ({self.rule})"

    @property
    def origin(self) -> str:
        """`by`, with the basis if that adds something: `by rule P5 · months used`."""
        return self.by if self.by.startswith(self.basis) else f"{self.by} · {self.basis}"

    def text(self, current: Plan, new: Plan) -> str:
        """The quote as plain text: the change, the sums, the working, the sentence to say and the NBs."""
        rows = [f"No figure: {self.by}"]
        if self.settled:
            invoice = f"First invoice  {self.shown_first_invoice}  ({self.by}, {self.basis})"
            rows = [f"Discount       {self.shown_discount}", invoice]
        change = f"{current.product} ({current.term}) -> {new.product} ({new.term})"
        working = ("", "Working", *(f"  {line}" for line in self.working), "")
        return "\n".join([change, *rows, *working, f"Say: {self.say}", *(f"NB  {nb}" for nb in self.nbs)]) + "\n"

    def as_json(self) -> dict[str, Any]:
        """The quote as `oxtui prorata --json` gives it; sums are strings with two decimals, or None."""
        return {
            "discount": _plain(self.discount),
            "first_invoice": _plain(self.first_invoice),
            "licences": self.licences,
            "total_discount": _plain(self.total_discount),
            "total_first_invoice": _plain(self.total_first_invoice),
            "rule": self.rule,
            "basis": self.basis,
            "months_used": self.months_used,
            "working": list(self.working),
            "covered": self.covered,
        }

    def to_data(self) -> dict[str, Any]:
        """The quote for the case's log: JSON values only."""
        data: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(self))
        return data | {name: _plain(getattr(self, name)) for name in _SUMS}

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Quote:
        """The quote that `to_data` gave, also in an earlier version without licences (it is for one then).

        Raises ValueError if `data` is not a quote.
        """
        data = {"licences": 1, "expert": _THEN, "currency": FORMER_CURRENCY, **data}
        quote = msgspec.convert(data, cls)
        sums = [getattr(quote, name) for name in _SUMS]
        if (quote.discount is None) is not (quote.first_invoice is None):
            raise ValueError("not a quote: only one of its sums is known")
        if not all(each is None or 0 <= each < _TOO_MUCH for each in sums) or quote.to_data() != data:
            raise ValueError("not a quote: it is not as oxtui writes one")
        return quote


_SUMS: Final = ("current_price", "new_price", "discount", "first_invoice")


def work_out(
    current: Plan,
    new: Plan,
    policy: Policy,
    today: date,
    *,
    months: int | None = None,
    since: date | None = None,
    licences: int = 1,
    uncovered_by: str | None = None,
) -> Quote:
    """The quote for a change of plan at today's prices (P5, N2, D3, D8, D9, D10).

    A rule that credits needs the `months` used (0 to 12) or `since`, the start of the current paid year. `licences`
    change together (1 to MOST_LICENCES). `uncovered_by` names a gap (D10) that the two plans alone do not show, as in
    scenario 2; it replaces a crediting rule only. Raises WrongUse for impossible months, dates or licences, Refusal if
    a policy would credit monthly billing (N2).
    """
    words = policy.words
    if isinstance(licences, bool) or not 1 <= licences <= MOST_LICENCES:
        raise WrongUse(f"{words.licences(licences)} cannot be quoted", f"give 1 to {MOST_LICENCES}")
    try:
        ruling = policy.ruling(current, new, uncovered_by)
    except LookupError as error:
        raise WrongUse(f"the playbook has no rule for it: {error.args[0]}", "oxtui check") from None
    year = paid_year(current, policy.month_counts, today, months, since)
    quote = Quote(
        current=current.id,
        new=new.id,
        current_term=current.term,
        new_term=new.term,
        current_price=current.price_on(today),
        new_price=new.price_on(today),
        priced_on=today,
        months_used=year.months,
        since=since,
        rule=ruling.id,
        rule_text=ruling.text,
        basis="not covered",
        covered=isinstance(ruling, CreditRule),
        discount=None,
        first_invoice=None,
        working=(
            f"{current.product}: {plain(current.price_on(today))} {PER_TERM[current.term]}",
            f"{new.product}: {plain(new.price_on(today))} {PER_TERM[new.term]}",
            f"Prices of {show(today)}",
            *year.working,
            *([f"{sentence(words.licence.many)}: {licences}"] if licences > 1 else []),
        ),
        say=ruling.say if isinstance(ruling, Uncovered) else "",
        nbs=_nbs(current, new, policy, year, ruling),
        licences=licences,
        expert=words.experts,
        currency=words.currency,
    )
    if isinstance(ruling, Uncovered):
        return replace(quote, working=(*quote.working, f"{ruling.id}: {ruling.text}"))
    if ruling.does == "none":
        quote = replace(
            quote, basis=f"no {words.prorata.lower()}", working=(*quote.working, f"{ruling.id}: {ruling.text}")
        )
        return _invoice(quote, new, _ZERO, ruling.says, words)
    if current.term == "monthly":  # a credit is a part of a paid year
        raise Refusal("a credit is worked out of a yearly price only", "the playbook's rule for this change is wrong")
    if year.months is None:
        raise WrongUse("the months used are missing", "give 0 to 12 months, or the start of the paid year")
    return _credited(quote, new, policy, ruling, year.months)


def given_by_sme(
    quote: Quote, current: Plan, new: Plan, policy: Policy, discount: Decimal, name: str, reference: str
) -> Quote:
    """A quote without a figure (D8, D10) with the discount (AUD) for one licence that an SME gave.

    A discount above the new price leaves a first invoice of 0.00, with an NB. Raises Refusal if a rule covers the
    change, or for any credit on monthly billing (N2); WrongUse for a discount below zero or finer than a cent, or
    without a name or reference.
    """
    words = policy.words
    name, reference = " ".join(name.split()), " ".join(reference.split())
    if quote.covered:
        raise Refusal(
            f"rule {quote.rule} gives the figure for this change",
            f"{words.expert}'s amount is for what no rule covers",
        )
    if not name or not reference:
        raise WrongUse(
            f"the {words.experts}'s name and a reference are needed", "such as the case or chat where it was given"
        )
    if not discount.is_finite() or discount.is_signed():
        raise WrongUse("a discount cannot be below zero", f"give 0.00 to {plain(quote.new_price)}")
    if _cents(discount) != discount:
        raise WrongUse("the discount is finer than a cent", "give two decimals, such as 11.80")
    if discount > 0 and (never := policy.never_credited(current.term, current.provider)):
        raise Refusal(f"{never.text.rstrip('.')}, whoever gives the amount ({never.id})", "record 0.00")
    each = f" for each {words.licence.one}" if quote.licences > 1 else ""
    line = f"Discount {plain(discount)}{each} given by"
    quote = replace(
        quote,
        basis=f"given by {words.experts}",
        given_by=GivenBy(name, reference),
        working=(*quote.working, f"{line} {words.experts} {name} ({reference})"),
    )
    return _invoice(quote, new, discount, policy.given, words)


def parse_money(text: str) -> Decimal:
    """The amount (AUD) typed as `11.8`, `$11.80`, `AU$11.80` or `£1,200.00`; raises WrongUse for all else."""
    typed = " ".join(text.split())
    match = re.fullmatch(_TYPED, typed, re.IGNORECASE)
    if match:
        # "11.8" and "11.80" are one amount and print alike; no digit is dropped or rounded here.
        return _CONTEXT.quantize(Decimal(match[1].replace(",", "") + (match[2] or "")), _CENT)
    if typed.lstrip("AaUuDd$£ ").startswith(("-", "−")) or typed.startswith(("-", "−", "(")):
        raise WrongUse("an amount cannot be below zero", "for example 11.80")
    raise WrongUse("that is not an amount" if typed else "an amount is missing", "for example 11.80 or 1,200.00")


def money(amount: Decimal, currency: str) -> str:
    """`amount` as people read it: `AU$1,200.00`; raises ValueError for fractions of a cent."""
    return f"{currency}{Decimal(plain(amount)):,}"


def plain(amount: Decimal) -> str:
    """`amount` as forms take it: `1200.00`; raises ValueError for fractions of a cent."""
    if not amount.is_finite() or _cents(amount) != amount:
        raise ValueError("an amount to be shown is rounded first")
    return f"{_cents(amount):f}"


def _cents(amount: Decimal) -> Decimal:
    return _CONTEXT.quantize(amount, _CENT)


def _plain(amount: Decimal | None) -> str | None:
    return None if amount is None else plain(amount)


def _credited(quote: Quote, new: Plan, policy: Policy, rule: CreditRule, used: int) -> Quote:
    word = "used" if policy.credit_basis == "months_used" else "left"
    credited = used if word == "used" else 12 - used
    # A twelfth of a whole number of cents is a half cent, or at least a twelfth of a cent away from one: 40 digits of
    # it round as the exact fraction does. This is the only rounding.
    exact = _CONTEXT.divide(_CONTEXT.multiply(quote.current_price, Decimal(credited)), Decimal(12))
    discount = _cents(exact)
    lines = [f"Rule {rule.id}: {policy.name}", f"Basis: months {word}"]
    if word == "left":
        lines.append(f"12 - {used} = {count_of(credited)} left")
    lines.append(f"{plain(quote.current_price)} / 12 x {credited} = {plain(discount)}")
    quote = replace(quote, basis=f"months {word}", working=(*quote.working, *lines))
    return _invoice(quote, new, discount, rule.says, policy.words, f"{count_of(credited)} {word}")


def _invoice(quote: Quote, new: Plan, discount: Decimal, says: Says, words: Words, months: str = "") -> Quote:
    """`quote` with its sums; a discount above the new price gives an invoice of 0.00 and an NB."""
    rest = _CONTEXT.subtract(quote.new_price, discount)
    first, nbs = max(rest, _ZERO), quote.nbs
    line = f"{plain(quote.new_price)} - {plain(discount)}"
    if rest < 0:
        line += f" is below zero: the first invoice is {plain(first)}"
        larger, left = money(_CONTEXT.minus(rest), words.currency), money(first, words.currency)
        over = f"The discount is {larger} larger than the new price"
        over += f" of each {words.licence.one}" if quote.licences > 1 else ""
        nbs = (f"{over}: the first invoice is {left}, and {words.expert} says what happens to the rest.", *nbs)
    else:
        line += f" = {plain(first)}"
    quote = replace(quote, discount=_cents(discount), first_invoice=first, working=(*quote.working, line), nbs=nbs)
    if quote.licences > 1:
        each = (("discount", quote.discount), ("first invoice", quote.first_invoice))
        sums = ", ".join(f"{name} {_plain(sum_)}" for name, sum_ in each)
        lines = [
            f"Together, {name}: {quote.licences} x {_plain(sum_)} = {_plain(quote.times(sum_))}" for name, sum_ in each
        ]
        quote = replace(quote, working=(*quote.working, f"Each {words.licence.one}: {sums}", *lines))
    say = says.pick(credited=discount > 0, many=quote.licences > 1)
    fields = _said(quote, new, months)
    # In one pass: a brace inside a value is only text.
    return replace(quote, say=re.sub(r"\{(\w+)\}", lambda match: fields.get(match[1], match[0]), say))


def _said(quote: Quote, new: Plan, months: str) -> dict[str, str]:
    """The value of each field of a `say`."""
    sums = {"discount": quote.discount, "first_invoice": quote.first_invoice, "price": quote.new_price}
    shown = {name: money(each, quote.currency) for name, each in sums.items() if each is not None}
    totals = {f"total_{name}": quote.times(each) for name, each in sums.items()}
    shown |= {name: money(total, quote.currency) for name, total in totals.items() if total is not None}
    words = {"product": new.product, "term": new.term, "per_term": PER_TERM[new.term]}
    return {**shown, **words, "licences": str(quote.licences), "months": months}


def _nbs(current: Plan, new: Plan, policy: Policy, year: PaidYear, ruling: CreditRule | Uncovered) -> tuple[str, ...]:
    """The NBs of a change: what the new plan lacks, a price that moved, decisions still open."""
    nbs = [f"{new.product}: {note}" for note in new.notes]
    if current.id == new.id:
        nbs.append("The current plan and the new one are the same.")
    return (*nbs, *year.nbs, *policy.open_nbs(ruling, current, new))
