"""Make scenarios, steps and items from the values read, checking that their keys fit together."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from oxtui.playbook.conditions import Atom, Condition
from oxtui.playbook.model import ACTION, IRREVERSIBLE, OLD_WORD, QUESTION, Answer, Item, Scenario, Step
from oxtui.playbook.order import derive
from oxtui.playbook.schema.keys import keys_of
from oxtui.playbook.schema.walker import DataPath, Written

_CALLED = {QUESTION: "a question", ACTION: "an action"}


def make_scenario(written: Written, scenario: Scenario) -> Scenario:
    """Return a scenario with its derived fields; repeated ids are problems."""
    items: dict[str, str] = {}
    written.problems.repeated((*written.path, "steps"), "id", "step", (step.id for step in scenario.steps))
    for number, step in enumerate(scenario.steps):
        at: DataPath = (*written.path, "steps", number)
        for place, item in enumerate(step.items):
            if item.id and item.id in items:
                message = f"there is another item '{item.id}', in the step '{items[item.id]}'"
                written.problems.say((*at, "items", place, "id"), message)
            items.setdefault(item.id, step.id)
    return derive(scenario)


def make_step(written: Written, step: Step) -> Step:
    """Return a step; `include` was replaced before."""
    for key in ("id", "title", "items"):
        if written.data and key not in written:
            written.problems.say(written.path, f"a step needs '{key}'")
    written.problems.lost = written.problems.lost or not step.id
    return step


def make_item(written: Written, item: Item) -> Item:
    """Return an item with its normalised fields, checking that its keys fit together."""
    item = replace(
        item,
        kind="question" if "ask" in written else "action",
        text=item.ask or item.do,
        do="",
        ask="",
        killer=item.killer or item.formerly_killer,
        formerly_killer=False,
        by_word=item.by_word and not item.another,
        after=_after(item),
        same_as=tuple(sorted(pair for pair in item.same_as if pair[0])),
        keeps=tuple(filter(None, item.keeps)),
    )
    if written.data:
        _check_kind(written, item)
        _check_irreversible(written, item)
        _check_answers(written, item.answers)
        _check_times(written, item)
    return item


def _after(item: Item) -> tuple[Condition, ...]:
    """Return `after`, with the item that `not_before` counts from."""
    waited = item.not_before.item if item.not_before else ""
    if not waited or any(waited in condition.items() for condition in item.after):
        return item.after
    return (*item.after, Condition(Atom(waited)))


def _check_times(written: Written, item: Item) -> None:
    if item.due and "waits_on" not in written:
        written.say("due", "'due' needs 'waits_on': whose answer is due")
    for answer in item.answers:
        if answer.else_ and not (item.due or item.not_before):
            path = (*written.path, "answers", answer.id, "else")
            written.problems.say(path, "'else' needs a time that is over: 'due' or 'not_before'")
    if item.answers and all(answer.else_ for answer in item.answers):
        written.say("answers", "every answer has 'else': then nothing can be answered before the time is over")


def _check_kind(written: Written, item: Item) -> None:
    """Check the keys that belong to an action or a question only."""
    if ("ask" in written) == ("do" in written):
        written.problems.say(written.path, "an item has either 'do' (an action) or 'ask' (a question)")
    for key in keys_of(Item):
        of = key.rules.get("of")
        belongs = ACTION if of == IRREVERSIBLE else of
        if belongs and belongs != item.kind and key.name in written:
            written.say(key.name, f"'{key.name}' belongs to {_CALLED[belongs]}; this is {_CALLED[item.kind]}")
    offers = item.select in ("one", "several")
    if item.kind == "question" and offers and "answers" not in written:
        written.problems.say(
            written.path, "a question needs 'answers', or 'select: text', 'number', 'money', 'date' or 'dates'"
        )
    if item.kind == "question" and not offers and item.answers:
        written.say("answers", f"a question with 'select: {item.select}' takes no 'answers'")
    if item.kind == "action" and item.acts and "reverse" not in written:
        written.say("acts", "an action that acts outside needs 'reverse': how it is taken back")
    for key_name in ("reverse", "keeps"):
        if key_name in written and not item.acts:
            written.say(key_name, f"'{key_name}' is for an action with 'acts: true'")
    if item.another and "after" not in written:
        written.say("by", "'by: another' needs 'after': what somebody else has done")
    if "anew" in written and "reopens" not in written:
        written.say("anew", "'anew' needs 'reopens': the questions whose answers are asked for again")
    if item.proposal is not None and len(written.data["proposes"]) > 1:
        written.say("proposes", "'proposes' has one of 'item', 'evidence' and 'answer'")


def _check_irreversible(written: Written, item: Item) -> None:
    words = [word for word in (IRREVERSIBLE, OLD_WORD) if word in written]
    if len(words) > 1:
        written.say(OLD_WORD, f"'{OLD_WORD}' is the old word for '{IRREVERSIBLE}': leave it out")
    if item.killer:
        if "after" not in written:
            written.say(words[0], "an irreversible item needs 'after': what must be seen first")
        for key in ("optional", "each"):
            if key in written:
                written.say(key, f"an irreversible item cannot be '{key}'")
        if "values" in written:
            written.say("values", "nothing is typed at an irreversible item: ask for it by an item before")
        return
    if any(written.data[word] not in ("false", False) for word in words):
        return  # meant to be irreversible; the wrong value has been reported
    for each in keys_of(Item):
        if each.rules.get("of") == IRREVERSIBLE and each.name in written and "do" in written:
            meaning = each.rules["description"].removesuffix(" (see below)").replace("`", "'")
            written.say(each.name, f"'{each.name}' is for an irreversible item: {meaning}")


def _check_answers(written: Written, answers: tuple[Answer, ...]) -> None:
    seen: dict[str, str] = {}
    for answer in answers:
        if answer.text and seen.setdefault(answer.text, answer.id) != answer.id:
            message = f"two answers read '{answer.text}': nobody can tell them apart"
            written.problems.say((*written.path, "answers", answer.id), message)


def with_same(scenarios: Mapping[int, Scenario]) -> dict[int, Scenario]:
    """Return `scenarios` with `same_as` on both sides; unresolved ones are left alone."""
    same: dict[tuple[int, str], dict[int, str]] = {}
    for number, scenario in scenarios.items():
        for item in scenario.by_id.values():
            for other, name in item.same_as:
                same.setdefault((number, item.id), {})[other] = name
                if other in scenarios and name in scenarios[other].by_id:
                    same.setdefault((other, name), {}).setdefault(number, item.id)
    return {
        number: _with_same(scenario, {name: places for (there, name), places in same.items() if there == number})
        for number, scenario in scenarios.items()
    }


def _with_same(scenario: Scenario, same: Mapping[str, Mapping[int, str]]) -> Scenario:
    def filled(item: Item) -> Item:
        wanted = tuple(sorted(same.get(item.id, {}).items()))
        return item if wanted == item.same_as else replace(item, same_as=wanted)

    if all(filled(item) is item for item in scenario.by_id.values()):
        return scenario
    steps = tuple(replace(step, items=tuple(map(filled, step.items))) for step in scenario.steps)
    return derive(replace(scenario, steps=steps))
