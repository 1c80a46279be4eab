"""Items and scenarios as they are written, made into those of the model; what their keys need of each other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from oxtui.playbook.conditions import Atom, Condition
from oxtui.playbook.model import Answer, Item, Kind, Scenario, Step
from oxtui.playbook.order import derive
from oxtui.playbook.reader.files import ACTION, IRREVERSIBLE, OLD_WORD, QUESTION, ItemFile, StepFile
from oxtui.playbook.schema.walker import Given, Path, keys_of

_CALLED = {QUESTION: "a question", ACTION: "an action"}
_NUMBERS = frozenset("123456789")
_ALIKE = tuple(name for name in ItemFile.__struct_fields__ if name in Item.__struct_fields__)


def make_scenario(given: Given, scenario: Scenario) -> Scenario:
    """A scenario with what is worked out of it; ids that stand twice are problems."""
    items: dict[str, str] = {}
    steps: dict[str, int] = {}
    for number, step in enumerate(scenario.steps):
        at: Path = (*given.path, "steps", number)
        for place, item in enumerate(step.items):
            if item.id and item.id in items:
                message = f"there is another item '{item.id}', in the step '{items[item.id]}'"
                given.problems.say((*at, "items", place, "id"), message)
            items.setdefault(item.id, step.id)
        if step.id and steps.setdefault(step.id, number) != number:
            given.problems.say((*at, "id"), f"there is another step '{step.id}'")
    return derive(scenario)


def make_step(given: Given, file: StepFile) -> Step:
    """A step of the model; included ones have been put in its place."""
    for key in ("id", "title", "items"):
        if given.data and key not in given:
            given.problems.say(given.path, f"a step needs '{key}'")
    given.problems.lost = given.problems.lost or not file.id
    return Step(file.id, file.title, file.items, file.when)


def make_item(given: Given, file: ItemFile) -> Item:
    """An item of the model; its keys have to fit each other."""
    kind: Kind = "question" if "ask" in given else "action"
    answers = tuple(Answer(name, each) if isinstance(each, str) else each for name, each in file.answers.items())
    if given.data:
        _check_kind(given, file, kind)
        _check_irreversible(given, file)
        _check_answers(given, answers)
        _check_times(given, file, answers)
    ways, templates = _conditioned(given, "through", file.through), _conditioned(given, "templates", file.templates)
    alike: dict[str, Any] = {name: getattr(file, name) for name in _ALIKE}
    return Item(**alike | {
        "kind": kind,
        "text": file.ask or file.do,
        "killer": file.irreversible or file.killer,
        "each": bool(file.each),
        "client": bool(file.with_),
        "another": bool(file.by),
        "by_word": file.by_word and not file.by,
        "answers": answers,
        "proposal": file.proposes,
        "through": tuple(name for name, _ in ways),
        "through_when": tuple((name, condition) for name, condition in ways if condition),
        "templates": templates,
        "already": _already(given, file.already),
        "after": _after(file),
        "same_as": tuple(sorted((int(number), name) for number, name in file.same_as.items() if number in _NUMBERS)),
        "keeps": tuple(int(number) for number in file.keeps if number in _NUMBERS),
    })  # fmt: skip


def _after(file: ItemFile) -> tuple[Condition, ...]:
    """What had to be so first; what an item waits some time after is among it, and so it rests on that."""
    waited = file.not_before.item if file.not_before else ""
    if not waited or any(waited in condition.items() for condition in file.after):
        return file.after
    return (*file.after, Condition(Atom(waited)))


def _check_times(given: Given, file: ItemFile, answers: tuple[Answer, ...]) -> None:
    if file.due and "waits_on" not in given:
        given.say("due", "'due' needs 'waits_on': whose answer is due")
    for answer in answers:
        if answer.else_ and not (file.due or file.not_before):
            path = (*given.path, "answers", answer.id, "else")
            given.problems.say(path, "'else' needs a time that is over: 'due' or 'not_before'")
    if answers and all(answer.else_ for answer in answers):
        given.say("answers", "every answer has 'else': then nothing can be answered before the time is over")


def _check_kind(given: Given, file: ItemFile, kind: Kind) -> None:
    """What only an action or only a question can have."""
    if ("ask" in given) == ("do" in given):
        given.problems.say(given.path, "an item has either 'do' (an action) or 'ask' (a question)")
    for key in keys_of(ItemFile):
        of = key.rules.get("of")
        belongs = ACTION if of == IRREVERSIBLE else of
        if belongs and belongs != kind and key.name in given:
            given.say(key.name, f"'{key.name}' belongs to {_CALLED[belongs]}; this is {_CALLED[kind]}")
    offers = file.select in ("one", "several")
    if kind == "question" and offers and "answers" not in given:
        given.problems.say(
            given.path, "a question needs 'answers', or 'select: text', 'number', 'money', 'date' or 'dates'"
        )
    if kind == "question" and not offers and file.answers:
        given.say("answers", f"a question with 'select: {file.select}' takes no 'answers'")
    if kind == "action" and file.acts and "reverse" not in given:
        given.say("acts", "an action that acts outside needs 'reverse': how it is taken back")
    for key_name in ("reverse", "keeps"):
        if key_name in given and not file.acts:
            given.say(key_name, f"'{key_name}' is for an action with 'acts: true'")
    if file.by and "after" not in given:
        given.say("by", "'by: another' needs 'after': what somebody else has done")
    if "anew" in given and "reopens" not in given:
        given.say("anew", "'anew' needs 'reopens': the questions whose answers are asked for again")
    if file.proposes is not None and len(given.data["proposes"]) > 1:
        given.say("proposes", "'proposes' has one of 'item', 'evidence' and 'answer'")


def _check_irreversible(given: Given, file: ItemFile) -> None:
    words = [word for word in (IRREVERSIBLE, OLD_WORD) if word in given]
    if len(words) > 1:
        given.say(OLD_WORD, f"'{OLD_WORD}' is the old word for '{IRREVERSIBLE}': leave it out")
    if file.irreversible or file.killer:
        if "after" not in given:
            given.say(words[0], "an irreversible item needs 'after': what has to be seen first")
        for key in ("optional", "each"):
            if key in given:
                given.say(key, f"an irreversible item cannot be '{key}'")
        if "values" in given:
            given.say("values", "nothing is typed at an irreversible item: ask for it by an item before")
        return
    if any(given.data[word] not in ("false", False) for word in words):
        return  # it was meant to be; what is wrong with the word has been said
    for each in keys_of(ItemFile):
        if each.rules.get("of") == IRREVERSIBLE and each.name in given and "do" in given:
            said = each.rules["description"].removesuffix(" (see below)").replace("`", "'")
            given.say(each.name, f"'{each.name}' is for an irreversible item: {said}")


def _check_answers(given: Given, answers: tuple[Answer, ...]) -> None:
    seen: dict[str, str] = {}
    for answer in answers:
        if answer.text and seen.setdefault(answer.text, answer.id) != answer.id:
            message = f"two answers read '{answer.text}': nobody can tell them apart"
            given.problems.say((*given.path, "answers", answer.id), message)


def _conditioned(
    given: Given, key: str, written: tuple[str, ...] | Mapping[str, str]
) -> tuple[tuple[str, Condition], ...]:
    """The templates or ways of an item: a list of names, or each name with the condition under which it counts."""
    if isinstance(written, tuple):
        return tuple((name, Condition()) for name in written)
    if not written:
        given.say(key, f"'{key}' is empty: leave it out")
    read = given.problems.condition
    return tuple(
        (name, read(text, (*given.path, key, name)) if text else Condition()) for name, text in written.items()
    )


def _already(given: Given, condition: Condition) -> Atom | None:
    """The one answer of one question that says that an irreversible item was done already."""
    if isinstance(condition.root, Atom) and len(condition.root.answers) == 1:
        return condition.root
    if condition:
        given.say("already", "'already' is one answer of a question: item=answer")
    return None


def with_same(scenarios: Mapping[int, Scenario]) -> dict[int, Scenario]:
    """`scenarios` with `same_as` filled in on both sides; one that leads nowhere is left as it stands."""
    same: dict[tuple[int, str], dict[int, str]] = {}
    for number, scenario in scenarios.items():
        for item in scenario.by_id.values():
            for other, name in item.same_as:
                same.setdefault((number, item.id), {})[other] = name
                if other in scenarios and name in scenarios[other].by_id:
                    same.setdefault((other, name), {}).setdefault(number, item.id)
    return {
        number: _with_same(scenario, {name: kept for (there, name), kept in same.items() if there == number})
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
