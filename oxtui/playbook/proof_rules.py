"""The rules of a playbook, and what the program itself promises, held against every state of a slice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct
from msgspec.structs import replace

from oxtui.errors import Refusal
from oxtui.playbook import permits
from oxtui.playbook.conditions import Atom
from oxtui.playbook.model import Item, Rule, Scenario
from oxtui.playbook.permits import Call, Position
from oxtui.playbook.progress import State
from oxtui.playbook.proof_judge import Judge
from oxtui.playbook.proof_slices import (
    CALLS,
    IN_CALL,
    MAILBOXES,
    ONE,
    SWITCH,
    Content,
    Records,
    Slice,
    authentic,
    between,
    cone,
    cut,
    may_ever,
    permitted,
    shortest_way,
    told_apart,
)

_LIVE = tuple(call for call in CALLS if authentic(call))
_MONTHLY = frozenset({"monthly"})
_NO_COPY = (State.NOT_APPLICABLE, State.UNWIND, State.PENDING)


class Target(Struct, frozen=True):
    """One thing that a rule forbids: marking an item, a quote with a discount, a copy of a template."""

    item: str
    verb: str = "mark"
    template: str = ""


class Duty(Struct, frozen=True):
    """What has to hold whenever `target` is done in `scenario`: `atom` met, or (None) a good call."""

    scenario: Scenario
    rule: Rule
    target: Target
    atom: Atom | None = None


class Breach(Struct, frozen=True):
    """A state of a slice in which a duty is broken: its contents by item, and the call."""

    duty: Duty
    slice: Slice
    contents: tuple[Content, ...]
    call: Call
    standing: bool = False
    """Whether it is not an act that breaks the rule but what stands afterwards."""


class Outcome(Struct):
    """What became of a duty: how many states were visited, and how it is broken, if it is."""

    states: int = 0
    breach: Breach | None = None


class Powers:
    """For each scenario, the items that the permits would ever let be skipped or put off."""

    def __init__(self) -> None:
        self._found: dict[int, tuple[frozenset[str], frozenset[str]]] = {}

    def of(self, scenario: Scenario) -> tuple[frozenset[str], frozenset[str]]:
        if scenario.number not in self._found:
            names = scenario.order
            skips = frozenset(name for name in names if may_ever(scenario, name, "skip"))
            defers = frozenset(name for name in names if may_ever(scenario, name, "defer"))
            self._found[scenario.number] = skips, defers
        return self._found[scenario.number]


def duties(scenarios: Iterable[Scenario], rule: Rule) -> Iterator[Duty]:
    """All that `rule` asks of the scenarios it speaks of."""
    for scenario in scenarios:
        if rule.scenario in (0, scenario.number):
            for target in _targets(scenario, rule):
                if rule.unless:
                    yield Duty(scenario, rule, target)
                for atom in rule.before:
                    if rule.never != "tick" or atom.item != target.item:
                        yield Duty(scenario, rule, target, atom)
                if not (rule.unless or rule.before):
                    yield Duty(scenario, rule, target, Atom(""))


def _targets(scenario: Scenario, rule: Rule) -> Iterator[Target]:
    for item in scenario.items():
        if rule.never == "discount":
            if item.quote:
                yield Target(item.id, "discount")
        elif rule.never.startswith("copy:"):
            name = rule.never.removeprefix("copy:")
            if any(template == name for template, _ in item.templates):
                yield Target(item.id, "copy", name)
        elif rule.never in ("tick", item.id):
            yield Target(item.id)
            if rule.never == "tick":
                yield Target(item.id, "skip")
                yield Target(item.id, "unwind")


def settle(duty: Duty, powers: Powers, most: int) -> Outcome:
    """Prove `duty` on ever larger slices, none but the first with more than `most` states."""
    done = Outcome()
    for scenario in _levels(duty):
        numbers = MAILBOXES if any(item.each for item in scenario.by_id.values()) else (ONE,)
        slices = [_slice(duty, scenario, mailboxes, powers) for mailboxes in numbers]
        if done.breach and sum(each.size for each in slices) > most:
            continue
        done.breach = None
        for each in slices:
            count, done.breach = _walk(duty, each)
            done.states += count
            if done.breach:
                break
        if done.breach is None:
            return done
    return done


def _levels(duty: Duty) -> Iterator[Scenario]:
    """The scenarios cut for a duty, from the smallest to all that it rests on; each once."""
    seen: list[dict[str, Item]] = []
    for kept, leaves, bare in _cuts(duty):
        scenario = cut(duty.scenario, kept, leaves, bare=bare)
        if scenario.by_id not in seen:
            seen.append(dict(scenario.by_id))
            yield scenario


def _cuts(duty: Duty) -> Iterator[tuple[set[str], set[str], str]]:
    """Items kept whole, leaves, and the item that loses its `when`."""
    scenario, target = duty.scenario, duty.target.item
    named = {atom.item for atom in duty.rule.where.atoms() if atom.item in scenario.by_id}
    if duty.atom and duty.atom.item in scenario.by_id:
        named.add(duty.atom.item)
    spec = scenario.by_id[target].quote
    if duty.target.verb == "discount" and spec:
        named.add(spec.current_term)
    if duty.rule.unless and not named:
        yield set(), {target}, ""
        return
    yield {target}, named, target
    if not named - {target}:
        return
    ways = {name for other in named for name in shortest_way(scenario, target, other)}
    # What is named is kept whole where a way leads to it: whether it applies may follow from the rest.
    yield ways | {target}, named, ""
    yield {name for other in named for name in between(scenario, target, other)} | {target}, named, ""
    yield cone(scenario, (target, *named)), set(), ""


def _slice(duty: Duty, scenario: Scenario, mailboxes: tuple[str, ...], powers: Powers) -> Slice:
    more = list(duty.rule.where.atoms())
    if duty.atom and duty.atom.item:
        more.append(duty.atom)
    spec = duty.scenario.by_id[duty.target.item].quote
    if spec:
        more.append(Atom(spec.current_term, _MONTHLY))
    skips, defers = powers.of(duty.scenario)
    # To others, what is put off is not done or stale, as it is without: seen for each guard in `promises`.
    defers &= {duty.target.item}
    discount = duty.target.verb == "discount"
    return Slice(scenario, told_apart(scenario, more), mailboxes, skips, defers, discount)


def _walk(duty: Duty, slice_: Slice) -> tuple[int, Breach | None]:
    """Visit the states of the slice until one breaks the duty: how many they were, and that one."""
    count = 0
    item = slice_.scenario.by_id[duty.target.item]
    place = slice_.scenario.order.index(item.id)
    calls = CALLS if duty.atom is None else _LIVE
    for records, contents in slice_.states():
        count += 1
        position = slice_.position(records)
        for call in calls:
            position = replace(position, call=call)
            if _allowed(duty, position, item, records) and _broken(duty, slice_, records, call):
                return count, Breach(duty, slice_, contents, call)
        if (
            duty.target.verb == "discount"
            and contents[place].discount
            and position.statuses[item.id].state is State.DONE
            and _could_be(item, contents[place], records)
            and _broken(duty, slice_, records, IN_CALL)
        ):
            return count, Breach(duty, slice_, contents, IN_CALL, standing=True)
    return count, None


def _allowed(duty: Duty, position: Position, item: Item, records: Records) -> bool:
    """Whether the program would let the target be done."""
    verb = duty.target.verb
    if verb == "skip":
        return permitted(permits.may_skip, position, item)
    if verb == "unwind":
        return may_unwind(position, item)
    if verb == "copy":
        return may_copy(position, item)
    if verb == "discount":
        return may_quote(position, item, records, discount=True)
    if item.quote:
        return may_quote(position, item, records, discount=False)
    return permitted(permits.may_mark, position, item)


def may_unwind(position: Position, item: Item) -> bool:
    """Whether it may be recorded that `item` was reversed."""
    try:
        permits.may_unwind(position, item, position.statuses[item.id])
    except Refusal:
        return False
    return True


def may_copy(position: Position, item: Item) -> bool:
    """Whether a template of `item` may be copied, as in `casework.conduct.may_copy`."""
    try:
        permits.need_call(position.call)
    except Refusal:
        return False
    status = position.statuses[item.id]
    return not status.waits and status.state not in _NO_COPY


def may_quote(position: Position, item: Item, records: Records, *, discount: bool) -> bool:
    """Whether a quote may be put into `item`, as in `casework.changes.PutQuote`."""
    try:
        if position.statuses[item.id].state is State.DONE:
            permits.need_call(position.call)
        else:
            permits.may_mark(position, item)
    except Refusal:
        return False
    return not discount or _discountable(item, records)


def _discountable(item: Item, records: Records) -> bool:
    record = records.get(item.quote.current_term) if item.quote else None
    mark = record.marks.get("") if record else None
    return mark is None or mark.value != ("monthly",)


def _could_be(item: Item, content: Content, records: Records) -> bool:
    """Whether a discount could have been put in on these answers; what changed since is another matter."""
    term = item.quote.current_term if item.quote else ""
    rests = term in item.uses and not any(flaw == term for _, _, flaw in content.marks)
    return not rests or _discountable(item, records)


def _broken(duty: Duty, slice_: Slice, records: Records, call: Call) -> bool:
    """Whether doing the target in this state breaks the duty."""
    judge = Judge(slice_.scenario, records, slice_.mailboxes)
    if duty.rule.where and judge.true(duty.rule.where) is not True:
        return False
    if duty.atom is None:
        return not authentic(call)
    return not duty.atom.item or not judge.met(duty.atom)


def told(breach: Breach) -> tuple[str, ...]:
    """The state of a breach in words, for where no sequence that leads to it was found."""
    lines = []
    for item, content in zip(breach.slice.items, breach.contents, strict=True):
        name = item.id.removesuffix(SWITCH)
        if item.id.endswith(SWITCH):
            if content.marks:
                lines.append(f"'{name}' {'applies' if content.marks[0][1] == ('yes',) else 'does not apply'}")
            continue
        if content.skipped or content.deferred:
            lines.append(f"'{name}' is {'skipped' if content.skipped else 'put off'}")
        for mailbox, value, flaw in content.marks:
            where = f" for mailbox {mailbox}" if mailbox else ""
            since = {"": "", "spoiled": ", its authentication taken back", "pending": ", not saved yet"}
            changed = since.get(flaw, f", and '{flaw}' has changed since")
            lines.append(f"'{name}' is {' and '.join(value) or 'done'}{where}{changed}")
    return tuple(lines)
