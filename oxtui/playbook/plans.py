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

from oxtui.playbook.reading import did_you_mean, shown

Term = Literal["monthly", "yearly"]
CreditBasis = Literal["months_used", "months_left"]
MonthCounts = Literal["completed", "begun"]
Does = Literal["credit", "none"]
Path = tuple[str | int, ...]
Problems = list[tuple[Path, str]]
_Map = dict[Any, Any]

ANY: Final = "any"
"""Stands for every provider in a pair."""
SAY_FIELDS: Final = ("discount", "first_invoice", "price", "months", "product", "term")
"""What may stand in braces in a `say` of the pro-rata policy."""

_TERMS: Final = ("monthly", "yearly")
_PAIR_KEYS: Final = ("from_provider", "from_term", "to_provider", "to_term")
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


class CreditRule(Struct, frozen=True):
    """A rule of the article: it credits part of the old yearly price (P5), or nothing (N2)."""

    id: str
    does: Does
    text: str
    say: str
    say_zero: str
    """Said instead of `say` where nothing is credited; empty where `say` serves for that too."""
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


class Policy(Struct, frozen=True):
    """How a change of plan is credited (P5, N2, D3, D8-D10)."""

    rule_name: str
    credit_basis: CreditBasis
    month_counts: MonthCounts
    rules: tuple[CreditRule, ...]
    not_covered: tuple[Uncovered, ...]
    given_say: str
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
    read = _Reader()
    top = read.mapping(data, (), ("plans", "prorata"))
    plans = [_plan(read, each, path) for each, path in read.items(top, "plans", (), 1)]
    read.unique((("plans",), [plan.id for plan in plans]))
    policy = _policy(read, top["prorata"], plans, tuple(open_decisions)) if "prorata" in top else None
    if read.problems or policy is None:
        return None, read.problems
    return Plans(tuple(plans), policy), []


def _plan(read: _Reader, data: Any, path: Path) -> Plan:
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


def _policy(read: _Reader, data: Any, plans: list[Plan], open_decisions: tuple[str, ...]) -> Policy:
    top: Path = ("prorata",)
    needed = ("name", "credit_basis", "month_counts", "rules", "covered", "not_covered", "given_say")
    got = read.mapping(data, top, needed, ("decisions",))
    providers = [plan.provider for plan in plans if plan.provider]

    rules: list[CreditRule] = []
    for each, path in read.items(got, "rules", top, 1):
        entry = read.mapping(each, path, ("id", "does", "text", "say"), ("say_zero",))
        does = cast("Does", read.choice(entry, "does", path, ("credit", "none")))
        says = (read.template(entry, "say", path), read.template(entry, "say_zero", path))
        rules.append(CreditRule(read.id(entry, "id", path), does, read.text(entry, "text", path), *says, ()))
    rule_ids = [rule.id for rule in rules]

    pairs: list[tuple[str, Pair]] = []
    for each, path in read.items(got, "covered", top, 1):
        entry = read.mapping(each, path, ("rule", *_PAIR_KEYS))
        name = read.choice(entry, "rule", path, rule_ids)
        pair = read.pair(entry, path, providers)
        if pair.from_term == "monthly" and any(rule.id == name and rule.does == "credit" for rule in rules):
            read.say((*path, "from_term"), "monthly billing is never credited")
        pairs.append((name, pair))
    rules = [replace(rule, pairs=tuple(p for name, p in pairs if name == rule.id)) for rule in rules]

    gaps: list[Uncovered] = []
    for each, path in read.items(got, "not_covered", top):
        entry = read.mapping(each, path, ("id", "text", "say", "pairs"))
        pairs_in = [(read.mapping(one, at, _PAIR_KEYS), at) for one, at in read.items(entry, "pairs", path)]
        texts = (read.text(entry, "text", path), read.template(entry, "say", path, fields=()))
        fits = tuple(read.pair(one, at, providers) for one, at in pairs_in)
        gaps.append(Uncovered(read.id(entry, "id", path), *texts, fits))

    decisions: list[MoneyDecision] = []
    named = [*rule_ids, *(gap.id for gap in gaps)]
    for each, path in read.items(got, "decisions", top):
        entry = read.mapping(each, path, ("id", "nb"), ("rules", "plans"))
        decision = MoneyDecision(
            read.id(entry, "id", path),
            read.text(entry, "nb", path),
            read.texts(entry, "rules", path, named),
            read.texts(entry, "plans", path, [plan.id for plan in plans]),
        )
        if entry and not decision.rules and not decision.plans:
            read.say(path, "name the 'rules' or the 'plans' that this decision touches")
        decisions.append(decision)

    read.unique(((*top, "rules"), rule_ids), ((*top, "not_covered"), [gap.id for gap in gaps]))
    read.unique(((*top, "decisions"), [decision.id for decision in decisions]))
    policy = Policy(
        read.text(got, "name", top),
        cast("CreditBasis", read.choice(got, "credit_basis", top, ("months_used", "months_left"))),
        cast("MonthCounts", read.choice(got, "month_counts", top, ("completed", "begun"))),
        tuple(rules),
        tuple(gaps),
        read.template(got, "given_say", top),
        tuple(decisions),
        open_decisions,
    )
    if not read.problems:
        _prove_every_change_has_one_answer(read, plans, policy)
    return policy


def _prove_every_change_has_one_answer(read: _Reader, plans: Sequence[Plan], policy: Policy) -> None:
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


class _Reader:
    """Reads plain data strictly: what is wrong is collected, and a harmless value stands in for it."""

    def __init__(self) -> None:
        self.problems: Problems = []

    def say(self, path: Path, message: str) -> None:
        self.problems.append((path, message))

    def mapping(self, data: Any, path: Path, keys: Sequence[str], optional: Sequence[str] = ()) -> _Map:
        if not isinstance(data, dict):
            self.say(path, f"keys are expected here: {', '.join(keys)}")
            return {}
        for key in data:
            if key not in keys and key not in optional:
                self.say((*path, key), f"unknown key '{key}'{did_you_mean(str(key), [*keys, *optional])}")
        for key in keys:
            if key not in data:
                self.say(path, f"'{key}' is missing")
        return data

    def items(self, got: _Map, key: str, path: Path, least: int = 0) -> list[tuple[Any, Path]]:
        data = got.get(key, [])
        if not isinstance(data, list) or (key in got and len(data) < least):
            self.say((*path, key), f"'{key}' must be a list" + (" that is not empty" if least else ""))
            return []
        return [(each, (*path, key, number)) for number, each in enumerate(data)]

    def text(self, got: _Map, key: str | int, path: Path, form: str = r"\S.*", what: str = "text") -> str:
        value = got.get(key, "")
        fits = isinstance(value, str) and bool(re.fullmatch(form, value))
        if key in got and not fits:
            self.say((*path, key), f"'{key}' must be {what}, not {_given(value)}")
        return value if fits else ""

    def id(self, got: _Map, key: str, path: Path) -> str:
        return self.text(got, key, path, "[A-Za-z0-9]+(-[A-Za-z0-9]+)*", "an id (letters, digits and '-')")

    def price(self, got: _Map, key: str, path: Path) -> Decimal:
        what = 'a quoted price above zero with two decimals, such as "70.79"'
        text = self.text(got, key, path, r"(?!0\.00)(0|[1-9][0-9]{0,5})\.[0-9]{2}", what)
        return Decimal(text or "0.01")

    def day(self, got: _Map, key: str, path: Path) -> date:
        text = self.text(got, key, path, "[0-9]{4}(-[0-9]{2}){2}", 'a quoted date, such as "2027-07-01"')
        try:
            return date.fromisoformat(text) if text else date.max
        except ValueError:
            self.say((*path, key), f"there is no date {text}")
            return date.max

    def choice(self, got: _Map, key: str | int, path: Path, known: Sequence[str]) -> str:
        value = got.get(key, "")
        if key in got and value not in known:
            wrong = f"not {_given(value)}{did_you_mean(str(value), known)}"
            self.say((*path, key), f"'{key}' must be one of {', '.join(known)}, {wrong}")
        return value if isinstance(value, str) else ""

    def texts(self, got: _Map, key: str, path: Path, known: Sequence[str] = ()) -> tuple[str, ...]:
        rows = [({at[-1]: each}, at[-1], at[:-1]) for each, at in self.items(got, key, path)]
        return tuple(self.choice(*row, known) if known else self.text(*row) for row in rows)

    def template(self, got: _Map, key: str, path: Path, fields: Sequence[str] = SAY_FIELDS) -> str:
        text = self.text(got, key, path)
        for name in sorted({*re.findall(r"\{([^{}]*)\}", text)} - {*fields}):
            self.say((*path, key), f"unknown field '{{{name}}}'{did_you_mean(name, fields)}")
        if re.search(r"[{}]", re.sub(r"\{[^{}]*\}", "", text)):
            self.say((*path, key), "a brace is left open")
        return text

    def pair(self, got: _Map, path: Path, providers: Sequence[str]) -> Pair:
        known = [ANY, *dict.fromkeys(providers)]
        read = [self.choice(got, key, path, _TERMS if key.endswith("term") else known) for key in _PAIR_KEYS]
        return Pair(read[0], cast("Term", read[1]), read[2], cast("Term", read[3]))

    def unique(self, *lists: tuple[Path, list[str]]) -> None:
        seen: set[str] = set()
        for path, ids in lists:
            for number, each in enumerate(ids):
                if each and each in seen:
                    self.say((*path, number, "id"), f"the id '{each}' is given twice")
                seen.add(each)


def _given(value: Any) -> str:
    return shown(value if isinstance(value, list | dict) else str(value))
