"""The plans a client can be on, what they cost, and which rule credits a change from one to another.

Built from plain data, as YAML gives it; every problem is collected with its path there, for file and line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final, Literal, TypeVar, cast

from msgspec import Struct
from msgspec.structs import replace

from oxtui.playbook.plan_fields import Map, Path, PlanReader, Problems

Term = Literal["monthly", "yearly"]
CreditBasis = Literal["months_used", "months_left"]
MonthCounts = Literal["completed", "begun"]
Does = Literal["credit", "none"]

ANY: Final = "any"
"""Stands for every provider in a pair."""
SAY_FIELDS: Final = (
    "discount", "first_invoice", "price", "total_discount", "total_first_invoice", "total_price", "licences",
    "months", "product", "term", "per_term",
)  # fmt: skip
"""What may stand in braces in a `say` of the pro-rata policy; a sum is for one licence, a total for all of them."""

PER_TERM: Final = {"monthly": "a month", "yearly": "a year"}
"""What follows a price."""

_TERMS: Final = ("monthly", "yearly")
_PAIR_KEYS: Final = ("from_provider", "from_term", "to_provider", "to_term")
_SAYS: Final = ("say", "say_many", "say_zero", "say_zero_many")
_TOGETHER: Final = (
    "For all {licences} together, {total_discount} comes off and the first invoice is {total_first_invoice}."
)
_NO_FIT: Final = 3
_TERM_WORDS: Final = {
    **dict.fromkeys(("m", "mo", "mth", "mnth", "month"), "monthly"),
    **dict.fromkeys(("y", "yr", "year"), "yearly"),
}


class Plan(Struct, frozen=True):
    """One plan with one billing term; `price` in AUD per term, `from_` the coming prices, earliest first."""

    id: str
    product: str
    provider: str
    term: Term
    price: Decimal
    notes: tuple[str, ...] = ()
    from_: tuple[tuple[date, Decimal], ...] = ()

    def price_on(self, day: date) -> Decimal:
        """The price in AUD that counts on `day`."""
        return next((price for start, price in reversed(self.from_) if start <= day), self.price)

    def as_json(self, day: date) -> dict[str, Any]:
        """The plan as `oxtui plans --json` gives it, priced on `day`."""
        texts = {name: getattr(self, name) for name in ("id", "product", "provider", "term")}
        return {**texts, "price": str(self.price_on(day)), "notes": list(self.notes)}


class Pair(Struct, frozen=True):
    """Which changes are meant: providers (or `any`) and terms of the current and the new plan."""

    from_provider: str
    from_term: Term
    to_provider: str
    to_term: Term

    def fits(self, current: Plan, new: Plan) -> bool:
        return (
            self.from_provider in (ANY, current.provider)
            and self.to_provider in (ANY, new.provider)
            and (self.from_term, self.to_term) == (current.term, new.term)
        )


class Says(Struct, frozen=True):
    """What an agent says of a quote; only `say` is always there, and serves where the others are empty."""

    say: str
    say_many: str = ""
    """For more than one licence: each and together."""
    say_zero: str = ""
    """Where nothing is credited."""
    say_zero_many: str = ""

    def pick(self, *, credited: bool, many: bool) -> str:
        """The text that fits; without one for many licences, their sums follow what is said of one."""
        if credited or not self.say_zero:
            one, together = self.say, self.say_many
        else:
            one, together = self.say_zero, self.say_zero_many
        return (together or f"{one} {_TOGETHER}") if many else one


class CreditRule(Struct, frozen=True):
    """A rule of the article: it credits part of the old yearly price (P5), or nothing (N2)."""

    id: str
    does: Does
    text: str
    says: Says
    pairs: tuple[Pair, ...]


class Uncovered(Struct, frozen=True):
    """A change for which the article gives no rule (D8, D10): no figure, an SME is asked."""

    id: str
    text: str
    say: str
    pairs: tuple[Pair, ...]


class MoneyDecision(Struct, frozen=True):
    """A disagreement of the article that touches the figure of certain rules or new plans."""

    id: str
    nb: str
    rules: tuple[str, ...] = ()
    plans: tuple[str, ...] = ()
    unsaid: tuple[str, ...] = ()
    """Fields that no `say` of these rules may name while the decision is open: a client is given no reason (D3)."""


class Policy(Struct, frozen=True):
    """How a change of plan is credited (P5, N2, D3, D8-D10)."""

    rule_name: str
    credit_basis: CreditBasis
    month_counts: MonthCounts
    rules: tuple[CreditRule, ...]
    not_covered: tuple[Uncovered, ...]
    given: Says
    """Said of an amount that an SME gave."""
    decisions: tuple[MoneyDecision, ...] = ()
    open_decisions: tuple[str, ...] = ()

    @property
    def never_credits(self) -> str:
        """The id of the playbook's own rule for plans that are billed monthly (N2), or nothing."""
        return next((rule.id for rule in self.rules if any(pair.from_term == "monthly" for pair in rule.pairs)), "")

    def ruling(self, current: Plan, new: Plan, uncovered_by: str | None = None) -> CreditRule | Uncovered:
        """The rule for this change, or what leaves it uncovered; `uncovered_by` names a gap to use (D10).

        That gap takes the place of a crediting rule only: what is never credited (N2) stays so. Raises
        LookupError for an unknown gap, or where nothing fits (the loader refuses such a list).
        """
        if gaps := _fitting(self.not_covered, current, new):
            return gaps[0]
        named = [gap for gap in self.not_covered if gap.id == uncovered_by]
        for rule in _fitting(self.rules, current, new):
            if not uncovered_by or rule.does == "none":
                return rule
            if named:
                return named[0]
        raise LookupError(uncovered_by or f"{current.id} to {new.id}")

    def open_nbs(self, ruling: CreditRule | Uncovered, current: Plan, new: Plan) -> tuple[str, ...]:
        """The NBs of open decisions that touch this ruling, another gap that fits, or one of these plans."""
        here = {ruling.id, *(gap.id for gap in _fitting(self.not_covered, current, new)), current.id, new.id}
        touching = (each for each in self.decisions if here & {*each.rules, *each.plans})
        return tuple(each.nb for each in touching if each.id in self.open_decisions)


_Ruling = TypeVar("_Ruling", CreditRule, Uncovered)


def _fitting(rulings: Iterable[_Ruling], current: Plan, new: Plan) -> list[_Ruling]:
    return [each for each in rulings if any(pair.fits(current, new) for pair in each.pairs)]


class Plans(Struct, frozen=True):
    """Every plan in the order of the list, and the policy that goes with them."""

    all: tuple[Plan, ...]
    policy: Policy

    def __iter__(self) -> Iterator[Plan]:
        return iter(self.all)

    def get(self, plan_id: str) -> Plan | None:
        return next((plan for plan in self.all if plan.id == plan_id), None)

    def with_open_decisions(self, ids: Iterable[str]) -> Plans:
        """The same plans, knowing which of the article's disagreements are still undecided."""
        return Plans(self.all, replace(self.policy, open_decisions=tuple(ids)))

    def find(self, text: str) -> tuple[Plan, ...]:
        """The plans meant by typed parts, in list order: `bb y`, `essent`, `deluxe yearly`; all for no text.

        A part is a term (`m`, `mo`, `y`, `yr`), the start of a word, initials of the product, or else the
        inside of a word; only the plans that fit best are given.
        """
        wanted = text.lower().split()
        if len(wanted) == 1 and (named := self.get(wanted[0])):
            return (named,)
        ranks = [(max((_rank(part, plan) for part in wanted), default=0), plan) for plan in self.all]
        best = min((rank for rank, _ in ranks), default=_NO_FIT)
        return tuple(plan for rank, plan in ranks if rank == best and rank < _NO_FIT)


def _rank(part: str, plan: Plan) -> int:
    """How well a typed part fits: 0 a term or the start of a word, 1 initials, 2 inside a word, 3 not."""
    if part in _TERM_WORDS:
        return 0 if plan.term == _TERM_WORDS[part] else _NO_FIT
    words = re.findall(r"[a-z0-9]+", f"{plan.product} {plan.provider} {plan.id} {plan.term}".lower())
    if part in (plan.provider.lower(), plan.id) or any(word.startswith(part) for word in words):
        return 0
    if part in "".join(word[0] for word in re.findall(r"[a-z0-9]+", f"{plan.product} {plan.term}".lower())):
        return 1
    return 2 if any(part in word for word in words) else _NO_FIT


def plans_from_data(data: Any, open_decisions: Iterable[str] = ()) -> tuple[Plans | None, Problems]:
    """The plans and policy in `data` (plain, as YAML gives it), or None; every problem with its path."""
    read = PlanReader()
    top = read.mapping(data, (), ("plans", "prorata"))
    plans = [_plan(read, each, path) for each, path in read.items(top, "plans", (), 1)]
    read.unique((("plans",), [plan.id for plan in plans]))
    policy = _policy(read, top["prorata"], plans, tuple(open_decisions)) if "prorata" in top else None
    if read.problems or policy is None:
        return None, read.problems
    return Plans(tuple(plans), policy), []


def _plan(read: PlanReader, data: Any, path: Path) -> Plan:
    got = read.mapping(data, path, ("id", "product", "provider", "term", "price"), ("notes", "from"))
    coming: list[tuple[date, Decimal]] = []
    for each, at in read.items(got, "from", path):
        entry = read.mapping(each, at, ("date", "price"))
        day, price = read.day(entry, "date", at), read.price(entry, "price", at)
        if coming and day <= coming[-1][0] < date.max:
            read.say((*at, "date"), "the dates of coming prices must rise")
        coming.append((day, price))
    provider = read.text(got, "provider", path)
    if provider == ANY:
        read.say((*path, "provider"), f"'{ANY}' stands for every provider and cannot be the name of one")
    return Plan(
        read.id(got, "id", path),
        read.text(got, "product", path),
        provider,
        cast("Term", read.choice(got, "term", path, _TERMS)),
        read.price(got, "price", path),
        read.texts(got, "notes", path),
        tuple(coming),
    )


def _policy(read: PlanReader, data: Any, plans: list[Plan], open_decisions: tuple[str, ...]) -> Policy:
    top: Path = ("prorata",)
    needed = ("name", "credit_basis", "month_counts", "rules", "covered", "not_covered", "given_say")
    got = read.mapping(data, top, needed, ("decisions", *(f"given_{key}" for key in _SAYS[1:])))
    providers = [plan.provider for plan in plans if plan.provider]

    rules: list[CreditRule] = []
    for each, path in read.items(got, "rules", top, 1):
        entry = read.mapping(each, path, ("id", "does", "text", "say"), _SAYS[1:])
        does = cast("Does", read.choice(entry, "does", path, ("credit", "none")))
        says = _says(read, entry, path)
        rules.append(CreditRule(read.id(entry, "id", path), does, read.text(entry, "text", path), says, ()))
    rule_ids = [rule.id for rule in rules]

    pairs: list[tuple[str, Pair]] = []
    for each, path in read.items(got, "covered", top, 1):
        entry = read.mapping(each, path, ("rule", *_PAIR_KEYS))
        name = read.choice(entry, "rule", path, rule_ids)
        pair = _pair(read, entry, path, providers)
        if pair.from_term == "monthly" and any(rule.id == name and rule.does == "credit" for rule in rules):
            read.say((*path, "from_term"), "monthly billing is never credited")
        pairs.append((name, pair))
    rules = [replace(rule, pairs=tuple(p for name, p in pairs if name == rule.id)) for rule in rules]

    gaps: list[Uncovered] = []
    for each, path in read.items(got, "not_covered", top):
        entry = read.mapping(each, path, ("id", "text", "say", "pairs"))
        pairs_in = [(read.mapping(one, at, _PAIR_KEYS), at) for one, at in read.items(entry, "pairs", path)]
        texts = (read.text(entry, "text", path), read.template(entry, "say", path, fields=()))
        fits = tuple(_pair(read, one, at, providers) for one, at in pairs_in)
        gaps.append(Uncovered(read.id(entry, "id", path), *texts, fits))

    decisions: list[MoneyDecision] = []
    named = [*rule_ids, *(gap.id for gap in gaps)]
    for each, path in read.items(got, "decisions", top):
        entry = read.mapping(each, path, ("id", "nb"), ("rules", "plans", "unsaid"))
        decision = MoneyDecision(
            read.id(entry, "id", path),
            read.text(entry, "nb", path),
            read.texts(entry, "rules", path, named),
            read.texts(entry, "plans", path, [plan.id for plan in plans]),
            read.texts(entry, "unsaid", path, SAY_FIELDS),
        )
        if entry and not decision.rules and not decision.plans:
            read.say(path, "name the 'rules' or the 'plans' that this decision touches")
        decisions.append(decision)
        if decision.id in open_decisions:
            _refuse_reasons(read, decision, rules)

    read.unique(((*top, "rules"), rule_ids), ((*top, "not_covered"), [gap.id for gap in gaps]))
    read.unique(((*top, "decisions"), [decision.id for decision in decisions]))
    policy = Policy(
        read.text(got, "name", top),
        cast("CreditBasis", read.choice(got, "credit_basis", top, ("months_used", "months_left"))),
        cast("MonthCounts", read.choice(got, "month_counts", top, ("completed", "begun"))),
        tuple(rules),
        tuple(gaps),
        _says(read, got, top, "given_"),
        tuple(decisions),
        open_decisions,
    )
    if not read.problems:
        _prove_every_change_has_one_answer(read, plans, policy)
    return policy


def _refuse_reasons(read: PlanReader, decision: MoneyDecision, rules: Sequence[CreditRule]) -> None:
    """Whatever is decided later, a client who was told a reason before would hold us to it."""
    for number, rule in enumerate(rules):
        for key in _SAYS if rule.id in decision.rules else ():
            for name in decision.unsaid:
                if f"{{{name}}}" in getattr(rule.says, key):
                    place = ("prorata", "rules", number, key)
                    read.say(place, f"'{{{name}}}' is not told to a client while {decision.id} is open")


def _prove_every_change_has_one_answer(read: PlanReader, plans: Sequence[Plan], policy: Policy) -> None:
    """Two plans that nothing covers, or that two rules cover, would be found out in front of a client."""
    told: set[tuple[str, str, str, str]] = set()
    for current in plans:
        for new in plans:
            kind = (current.provider, current.term, new.provider, new.term)
            found = [rule.id for rule in _fitting(policy.rules, current, new)]
            found += [f"not_covered {gap.id}" for gap in _fitting(policy.not_covered, current, new)[:1]]
            if kind not in told and len(found) != 1:
                told.add(kind)
                answers = f"has two answers: {' and '.join(found)}" if found else "has no rule"
                change = "a change from {} {} to {} {}".format(*kind)
                read.say(("prorata", "covered"), f"{change} {answers}")


def _says(read: PlanReader, got: Map, path: Path, before: str = "") -> Says:
    return Says(*(read.template(got, before + key, path, SAY_FIELDS) for key in _SAYS))


def _pair(read: PlanReader, got: Map, path: Path, providers: Sequence[str]) -> Pair:
    known = [ANY, *dict.fromkeys(providers)]
    found = [read.choice(got, key, path, _TERMS if key.endswith("term") else known) for key in _PAIR_KEYS]
    return Pair(found[0], cast("Term", found[1]), found[2], cast("Term", found[3]))
