"""The plans a client can be on, their prices, and the rules for crediting a change between two of them."""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Final, Literal, NamedTuple, TypeAlias, TypeVar

from msgspec import Meta, Struct, field

from oxtui.playbook.about import NEUTRAL, Words
from oxtui.playbook.schema.keys import Text, Texts, doc, form, limits, refers_to
from oxtui.text import did_you_mean

Term: TypeAlias = Literal["monthly", "yearly"]
CreditBasis: TypeAlias = Literal["months_used", "months_left"]
MonthCounts: TypeAlias = Literal["completed", "begun"]
Does: TypeAlias = Literal["credit", "none"]

ANY: Final = "any"
"""Matches every provider in a pair."""
SAY_FIELDS: Final = (
    "discount", "first_invoice", "price", "total_discount", "total_first_invoice", "total_price", "licences",
    "months", "product", "term", "per_term",
)  # fmt: skip
"""The fields of a `say` of the pro-rata policy; totals are for all licences, other amounts for one."""

PER_TERM: Final = {"monthly": "a month", "yearly": "a year"}
"""The unit after a price."""

_TOGETHER: Final = (
    "For all {licences} together, {total_discount} comes off and the first invoice is {total_first_invoice}."
)
_NO_FIT: Final = 3
_TERM_WORDS: Final = {
    **dict.fromkeys(("m", "mo", "mth", "mnth", "month"), "monthly"),
    **dict.fromkeys(("y", "yr", "year"), "yearly"),
}


def _wrong_fields(text: str, known: Sequence[str] = SAY_FIELDS) -> str:
    """Return the fault of the fields in braces of a `say`, or ""."""
    for name in sorted({*re.findall(r"\{([^{}]*)\}", text)} - {*known}):
        return f"unknown field '{{{name}}}'{did_you_mean(name, known)}"
    return "a brace is left open" if re.search(r"[{}]", re.sub(r"\{[^{}]*\}", "", text)) else ""


def _any_fields(text: str) -> str:
    return _wrong_fields(text, ())


PlanId: TypeAlias = Annotated[
    str, form("^[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*$", "cannot be an id: use letters, digits and single hyphens")
]
Say: TypeAlias = Annotated[Text, Meta(extra={"check": _wrong_fields})]
SayField: TypeAlias = Annotated[str, refers_to("field")]
Provider: TypeAlias = Annotated[str, refers_to("provider")]


class ComingPrice(NamedTuple):
    """A future price in AUD per term."""

    date: Annotated[date, doc("from which day it counts")]
    price: Annotated[Decimal, doc("AUD per term")]


class Plan(Struct, frozen=True):
    """One plan with one billing term."""

    what = "a plan"

    id: Annotated[PlanId, doc("ends in `-monthly` or `-yearly` where items name it; both terms must be there")]
    product: Annotated[Text, doc("as it is called")]
    provider: Annotated[Text, doc("as the policy below names it")]
    term: Annotated[Term, doc("`monthly` or `yearly`")]
    price: Annotated[Decimal, doc('AUD per term, quoted, two decimals: `"70.79"`')]
    notes: Annotated[Texts, doc("remarks on it, shown with a quote", repeats=True)] = ()
    from_: Annotated[tuple[ComingPrice, ...], doc('coming prices: `{date: "2027-07-01", price: "79.99"}`')] = field(
        default=(), name="from"
    )

    def price_on(self, day: date) -> Decimal:
        """Return the price in AUD on `day`."""
        return next((price for start, price in reversed(self.from_) if start <= day), self.price)

    def as_json(self, day: date) -> dict[str, Any]:
        """Return the plan as in `oxtui plans --json`, with its price on `day`."""
        texts = {name: getattr(self, name) for name in ("id", "product", "provider", "term")}
        return {**texts, "price": str(self.price_on(day)), "notes": list(self.notes)}


class Pair(Struct, frozen=True):
    """A kind of change: providers (or `any`) and terms of the current and the new plan."""

    what = "a pair"

    from_provider: Annotated[Provider, doc("the provider of the current plan, or `any`")]
    from_term: Annotated[Term, doc("its term")]
    to_provider: Annotated[Provider, doc("the provider of the new plan, or `any`")]
    to_term: Annotated[Term, doc("its term")]

    def fits(self, current: Plan, new: Plan) -> bool:
        return (
            self.from_provider in (ANY, current.provider)
            and self.to_provider in (ANY, new.provider)
            and (self.from_term, self.to_term) == (current.term, new.term)
        )


class Covered(Pair, frozen=True):
    """A kind of change that a rule covers."""

    what = "a covered change"

    rule: Annotated[str, refers_to("rule of the list"), doc("the rule")]


class Says(Struct, frozen=True):
    """Sentences for the client about a quote; `say` replaces empty ones."""

    say: str
    say_many: str = ""
    """For more than one licence."""
    say_zero: str = ""
    """If nothing is credited."""
    say_zero_many: str = ""

    def pick(self, *, credited: bool, many: bool) -> str:
        """Return the sentence to use; without one for many licences, the totals follow the one for a single licence."""
        if credited or not self.say_zero:
            one, together = self.say, self.say_many
        else:
            one, together = self.say_zero, self.say_zero_many
        return (together or f"{one} {_TOGETHER}") if many else one


class Uncovered(Struct, frozen=True):
    """A change without a rule in the article (D8, D10): no figure, an SME is asked."""

    what = "a change without a rule"

    id: Annotated[PlanId, doc("its name")]
    text: Annotated[Text, doc("why there is no figure")]
    say: Annotated[Text, doc("what to say to the client, without fields", check=_any_fields)]
    pairs: Annotated[tuple[Pair, ...], doc("which changes")]


class CreditRule(Struct, frozen=True):
    """A rule of the article: it credits part of the old yearly price (P5), or nothing (N2)."""

    what = "a rule"

    id: Annotated[PlanId, doc("its name")]
    does: Annotated[Does, doc("`credit`: old price / 12 x months, rounded once for each licence; `none`: nothing")]
    text: Annotated[Text, doc("the rule as a sentence")]
    say: Annotated[Say, doc("said of one licence")]
    say_many: Annotated[Say, doc("of more than one")] = ""
    say_zero: Annotated[Say, doc("where nothing comes off")] = ""
    say_zero_many: Annotated[Say, doc("where nothing comes off several")] = ""
    pairs: tuple[Covered, ...] = ()
    """The changes it covers, from `covered`."""

    @property
    def says(self) -> Says:
        """The sentences about a quote by this rule."""
        return Says(self.say, self.say_many, self.say_zero, self.say_zero_many)


class MoneyDecision(Struct, frozen=True):
    """An open question of the article that affects the figure of certain rules or new plans."""

    what = "a decision"

    id: Annotated[PlanId, doc("its number in playbook.yaml")]
    nb: Annotated[Text, doc("shown with the figure while it is open")]
    rules: Annotated[tuple[Annotated[str, refers_to("rule")], ...], doc("the rules it touches", repeats=True)] = ()
    plans: Annotated[tuple[Annotated[str, refers_to("plan")], ...], doc("the plans it touches", repeats=True)] = ()
    unsaid: Annotated[tuple[SayField, ...], doc("what no `say` of these rules may have until then", repeats=True)] = ()


class Policy(Struct, frozen=True):
    """The policy for crediting a change of plan (P5, N2, D3, D8-D10)."""

    what = "'prorata'"

    name: Annotated[Text, doc("its name in the working")]
    credit_basis: Annotated[CreditBasis, doc("`months_used` or `months_left` of the paid year")]
    month_counts: Annotated[MonthCounts, doc("`completed`: once it is over; `begun`: once it has begun")]
    rules: Annotated[tuple[CreditRule, ...], limits(min_length=1), doc("how a change is credited: a list (below)")]
    covered: Annotated[tuple[Covered, ...], limits(min_length=1), doc("which rule is for which change (below)")]
    not_covered: Annotated[tuple[Uncovered, ...], doc("changes without a figure (below); the first that fits counts")]
    given_say: Annotated[Say, doc("said with an amount that was given")]
    given_say_many: Annotated[Say, doc("the same of more than one licence")] = ""
    given_say_zero: Annotated[Say, doc("the same where nothing comes off")] = ""
    given_say_zero_many: Annotated[Say, doc("the same where nothing comes off several")] = ""
    decisions: Annotated[tuple[MoneyDecision, ...], doc("decisions that touch a figure while they are open")] = ()
    open_decisions: tuple[str, ...] = ()
    """The ids of the open decisions of playbook.yaml."""
    words: Words = NEUTRAL

    @property
    def given(self) -> Says:
        """The sentences about an amount that somebody gave."""
        return Says(self.given_say, self.given_say_many, self.given_say_zero, self.given_say_zero_many)

    def never_credited(self, term: Term, provider: str = ANY) -> CreditRule | None:
        """Return the rule by which a plan with that term is never credited (N2), or None."""
        for rule in self.rules:
            pairs = (pair for pair in rule.pairs if pair.from_provider in (ANY, provider))
            if rule.does == "none" and any(pair.from_term == term for pair in pairs):
                return rule
        return None

    def ruling(self, current: Plan, new: Plan, uncovered_by: str | None = None) -> CreditRule | Uncovered:
        """Return the rule for this change, or the gap that leaves it open; `uncovered_by` names a gap to use (D10).

        Such a gap replaces a crediting rule only, never one that credits nothing (N2). Raises LookupError for an
        unknown gap, or if nothing fits (the loader refuses such a list).
        """
        if gaps := fitting(self.not_covered, current, new):
            return gaps[0]
        named = [gap for gap in self.not_covered if gap.id == uncovered_by]
        for rule in fitting(self.rules, current, new):
            if not uncovered_by or rule.does == "none":
                return rule
            if named:
                return named[0]
        raise LookupError(uncovered_by or f"{current.id} to {new.id}")

    def open_nbs(self, ruling: CreditRule | Uncovered, current: Plan, new: Plan) -> tuple[str, ...]:
        """Return the NBs of open decisions about this ruling, another gap that fits, or one of these plans."""
        here = {ruling.id, *(gap.id for gap in fitting(self.not_covered, current, new)), current.id, new.id}
        touching = (each for each in self.decisions if here & {*each.rules, *each.plans})
        return tuple(each.nb for each in touching if each.id in self.open_decisions)


_Ruling = TypeVar("_Ruling", CreditRule, Uncovered)


def fitting(rulings: Iterable[_Ruling], current: Plan, new: Plan) -> list[_Ruling]:
    return [each for each in rulings if any(pair.fits(current, new) for pair in each.pairs)]


class Plans(Struct, frozen=True):
    """Every plan in the order of the file, and the policy for changes between them."""

    all: tuple[Plan, ...]
    policy: Policy

    def __iter__(self) -> Iterator[Plan]:
        return iter(self.all)

    def get(self, plan_id: str) -> Plan | None:
        return next((plan for plan in self.all if plan.id == plan_id), None)

    def find(self, text: str) -> tuple[Plan, ...]:
        """Return the plans that best match typed parts, in list order: `bb y`, `essent`; every plan for no text.

        A part is a term (`m`, `mo`, `y`, `yr`), the start of a word, initials of the product, or the inside of a word.
        """
        wanted = text.lower().split()
        if len(wanted) == 1 and (named := self.get(wanted[0])):
            return (named,)
        ranks = [(max((_rank(part, plan) for part in wanted), default=0), plan) for plan in self.all]
        best = min((rank for rank, _ in ranks), default=_NO_FIT)
        return tuple(plan for rank, plan in ranks if rank == best and rank < _NO_FIT)


def _rank(part: str, plan: Plan) -> int:
    """Rank a typed part: 0 for a term or the start of a word, 1 initials, 2 inside a word, 3 no match."""
    if part in _TERM_WORDS:
        return 0 if plan.term == _TERM_WORDS[part] else _NO_FIT
    words = re.findall(r"[a-z0-9]+", f"{plan.product} {plan.provider} {plan.id} {plan.term}".lower())
    if part in (plan.provider.lower(), plan.id) or any(word.startswith(part) for word in words):
        return 0
    if part in "".join(word[0] for word in re.findall(r"[a-z0-9]+", f"{plan.product} {plan.term}".lower())):
        return 1
    return 2 if any(part in word for word in words) else _NO_FIT


class PlansFile(Struct, frozen=True):
    """plans.yaml."""

    what = "plans.yaml"

    plans: Annotated[tuple[Plan, ...], limits(min_length=1), doc("the plans (below)")]
    prorata: Annotated[Policy, doc("how a change of plan is credited (below)")]


NO_PLANS: Final = Plans((), Policy("", "months_used", "completed", (), (), (), ""))
"""For a playbook without prices."""
