"""Scenarios, steps and items from plain values."""

from __future__ import annotations

import re
from typing import Final, Literal, cast

from oxtui.playbook.conditions import Atom, Condition, parse_condition
from oxtui.playbook.model import Answer, Item, Kind, Proposal, QuoteSpec, Scenario, Select, Step, Value
from oxtui.playbook.order import derive
from oxtui.playbook.reading import Fields, Path, Problems, check_id, shown

EVIDENCE: Final = ("moved", "dns-office-365", "dns-ox", "ns", "mx")
"""What a DNS lookup may propose an answer to."""
CASE_FIELDS: Final = ("salesforce", "jira", "phone", "contact")
"""The case's own fields that a value may fill."""
MOST_ITEM_TEXT: Final = 90
"""Characters: one line of a wide checklist, two of a narrow one."""

_SCENARIO: Final = frozenset("number title article_title summary who heard nbs facts steps".split())
_STEP: Final = frozenset("id title when items facts".split())
_ITEM: Final = frozenset(
    "id do ask done noted say detail nbs when after follows irreversible each with acts reverse uses reopens"
    " anew optional select answers proposes through values copy link howto quote templates leaves ends already"
    " waits_on by_word fresh_for same_as keeps formerly facts".split()
)
_ANSWER: Final = frozenset("text say nbs reopens asks plan open facts".split())
_VALUE: Final = frozenset("label kind pattern required field".split())
_QUOTE: Final = ("current", "current_term", "new", "new_term")
_PROPOSES: Final = frozenset({"item", "evidence", "answer"})
_SELECTS: Final = ("one", "several", "text", "date", "dates")
_QUESTION_ONLY: Final = ("answers", "select", "proposes")
_ACTION_ONLY: Final = tuple("irreversible killer acts reverse templates leaves ends already anew keeps quote".split())
_OLD_WORD: Final = "killer"
"""What older playbooks call what is irreversible."""
IRREVERSIBLE: Final = ("irreversible", _OLD_WORD)
"""The keys that call an item irreversible: one of them."""


def read_scenario(problems: Problems, data: object, path: Path) -> Scenario | None:
    """One scenario, with its derived fields; None where it has no number."""
    fields = Fields(problems, data, path, "a scenario", _SCENARIO)
    if not fields.data:
        problems.lost = True
        return None
    fields.need("number", "title", "article_title", "who", "steps")
    number = fields.number("number", 0, 1, 9)
    if not number:
        problems.lost = True
        return None
    steps = tuple(_step(problems, each, at) for each, at in fields.each("steps", needed="steps" in fields))
    _check_unique(problems, path, steps)
    scenario = Scenario(
        number,
        fields.text("title"),
        fields.text("article_title"),
        fields.texts("summary"),
        fields.text("who"),
        fields.texts("heard"),
        steps,
        fields.texts("nbs"),
        fields.texts("facts"),
    )
    if len(scenario.summary) > 3:
        fields.say("summary", "the picker has room for three lines of 'summary'")
    return derive(scenario)


def _check_unique(problems: Problems, path: Path, steps: tuple[Step, ...]) -> None:
    seen: dict[str, str] = {}
    steps_seen: dict[str, int] = {}
    for number, step in enumerate(steps):
        for place, item in enumerate(step.items):
            at = (*path, "steps", number, "items", place, "id")
            if item.id and item.id in seen:
                problems.say(at, f"there is another item '{item.id}', in the step '{seen[item.id]}'")
            seen.setdefault(item.id, step.id)
        if step.id and steps_seen.setdefault(step.id, number) != number:
            problems.say((*path, "steps", number, "id"), f"there is another step '{step.id}'")


def _step(problems: Problems, data: object, path: Path) -> Step:
    fields = Fields(problems, data, path, "a step", _STEP)
    if not fields.data:
        problems.lost = True
        return Step("", "", ())
    fields.need("title", "items")
    items = tuple(_item(problems, each, at) for each, at in fields.each("items", needed="items" in fields))
    return Step(fields.identity(), fields.text("title"), items, fields.condition("when"))


def _item(problems: Problems, data: object, path: Path) -> Item:
    fields = Fields(problems, data, path, "an item", _ITEM | {_OLD_WORD})
    kind: Kind = "question" if "ask" in fields else "action"
    name = fields.identity()
    if fields.data and ("ask" in fields) == ("do" in fields):
        problems.say(path, "an item has either 'do' (an action) or 'ask' (a question)")
    select = cast(Select, fields.choice("select", _SELECTS, "one"))
    answers = _answers(fields)
    _check_kind(fields, kind, select, answers)
    text = fields.text("ask" if kind == "question" else "do")
    if len(text) > MOST_ITEM_TEXT:
        key = "ask" if kind == "question" else "do"
        fields.say(key, f"the text has {len(text)} characters; {MOST_ITEM_TEXT} is the most that fits")
    through = _conditioned(fields, "through")
    return Item(
        id=name,
        kind=kind,
        text=text,
        done=fields.text("done"),
        noted=fields.text("noted"),
        say=fields.text("say"),
        detail=fields.text("detail"),
        nbs=fields.texts("nbs"),
        when=fields.condition("when"),
        after=fields.conditions("after"),
        follows=fields.texts("follows"),
        killer=any(fields.flag(key) for key in IRREVERSIBLE),
        each=fields.choice("each", ("mailbox",), "") == "mailbox",
        client=fields.choice("with", ("client",), "") == "client",
        acts=fields.flag("acts"),
        reverse=fields.text("reverse"),
        uses=fields.texts("uses"),
        reopens=fields.texts("reopens"),
        optional=fields.flag("optional"),
        select=select,
        answers=answers,
        proposal=read_proposal(fields),
        through=tuple(name for name, _ in through),
        values=_values(fields),
        copy=fields.text("copy"),
        link=_link(fields),
        howto=fields.text("howto"),
        quote=_quote(fields),
        templates=_conditioned(fields, "templates"),
        leaves=fields.text("leaves"),
        waits_on=fields.text("waits_on"),
        facts=fields.texts("facts"),
        through_when=tuple((name, condition) for name, condition in through if condition),
        anew=fields.text("anew"),
        by_word=fields.choice("by_word", ("true", "false"), "true") == "true",
        fresh_days=fields.days("fresh_for"),
        ends=fields.text("ends"),
        already=_already(fields),
        same_as=_same_as(fields),
        keeps=_keeps(fields),
        formerly=fields.text("formerly"),
    )


def _check_kind(fields: Fields, kind: Kind, select: str, answers: tuple[Answer, ...]) -> None:
    """What only an action or only a question can have."""
    if not fields.data:
        return
    wrong, belongs = (_QUESTION_ONLY, "a question") if kind == "action" else (_ACTION_ONLY, "an action")
    for key in wrong:
        if key in fields:
            fields.say(key, f"'{key}' belongs to {belongs}; this is {'an' if kind == 'action' else 'a'} {kind}")
    if kind == "question" and select in ("one", "several") and not answers and "answers" not in fields:
        fields.problems.say(fields.path, "a question needs 'answers', or 'select: text', 'date' or 'dates'")
    if kind == "question" and select not in ("one", "several") and answers:
        fields.say("answers", f"a question with 'select: {select}' takes no 'answers'")
    if kind == "action" and "acts" in fields and fields.data["acts"] == "true" and "reverse" not in fields:
        fields.say("acts", "an action that acts outside needs 'reverse': how it is taken back")
    if "reverse" in fields and fields.data.get("acts") != "true":
        fields.say("reverse", "'reverse' is for an action with 'acts: true'")
    _check_irreversible(fields)
    if "anew" in fields and "reopens" not in fields:
        fields.say("anew", "'anew' needs 'reopens': the questions whose answers are asked for again")
    if "keeps" in fields and fields.data.get("acts") != "true":
        fields.say("keeps", "'keeps' is for an action with 'acts: true'")


def _check_irreversible(fields: Fields) -> None:
    given = [key for key in IRREVERSIBLE if key in fields]
    if len(given) > 1:
        fields.say(_OLD_WORD, f"'{_OLD_WORD}' is the old word for 'irreversible': leave it out")
    if any(fields.data.get(key) == "true" for key in given):
        if "after" not in fields:
            fields.say(given[0], "an irreversible item needs 'after': what has to be seen first")
        for key in ("optional", "each"):
            if key in fields:
                fields.say(key, f"an irreversible item cannot be '{key}'")
        return
    for key, what in (
        ("leaves", "what goes on running while it is not done"),
        ("ends", "which service of a mailbox it ends"),
        ("already", "the answer which says that it was done already"),
    ):
        if key in fields and "do" in fields:
            fields.say(key, f"'{key}' is for an irreversible item: {what}")


def _answers(fields: Fields) -> tuple[Answer, ...]:
    found = []
    needed = "answers" in fields and "ask" in fields
    for name, value, path in fields.named("answers", needed=needed):
        check_id(fields.problems, path, name)
        if isinstance(value, str):
            if not value:
                fields.problems.say(path, f"the answer '{name}' has no text")
            found.append(Answer(name, value))
            continue
        own = Fields(fields.problems, value, path, "an answer", _ANSWER)
        own.need("text")
        found.append(
            Answer(
                name,
                own.text("text"),
                own.text("say"),
                own.texts("nbs"),
                own.texts("reopens"),
                own.text("asks"),
                own.text("plan"),
                own.flag("open"),
            )
        )
    seen: dict[str, str] = {}
    for answer in found:
        if answer.text and seen.setdefault(answer.text, answer.id) != answer.id:
            path = (*fields.path, "answers", answer.id)
            fields.problems.say(path, f"two answers read '{answer.text}': nobody can tell them apart")
    return tuple(found)


def read_proposal(fields: Fields) -> Proposal | None:
    """Where the answer shown first comes from: exactly one of item, evidence, answer."""
    if "proposes" not in fields:
        return None
    own = Fields(fields.problems, fields.data["proposes"], fields.at("proposes"), "'proposes'", _PROPOSES)
    if own.data and len(own.data) != 1:
        fields.say("proposes", "'proposes' has one of 'item', 'evidence' and 'answer'")
    return Proposal(own.text("item"), own.choice("evidence", EVIDENCE, ""), own.text("answer"))


def _quote(fields: Fields) -> QuoteSpec | None:
    if "quote" not in fields:
        return None
    own = Fields(fields.problems, fields.data["quote"], fields.at("quote"), "'quote'", frozenset(_QUOTE))
    if own.data:
        own.need(*_QUOTE)
    return QuoteSpec(own.text("current"), own.text("current_term"), own.text("new"), own.text("new_term"))


def _values(fields: Fields) -> tuple[Value, ...]:
    found = []
    for name, value, path in fields.named("values", needed="values" in fields):
        check_id(fields.problems, path, name)
        own = Fields(fields.problems, value, path, "a value", _VALUE)
        own.need("label")
        kind = cast(Literal["text", "date"], own.choice("kind", ("text", "date"), "text"))
        field = own.choice("field", CASE_FIELDS, "")
        found.append(Value(name, own.text("label"), kind, own.text("pattern"), own.flag("required"), field))
    return tuple(found)


def _link(fields: Fields) -> str:
    link = fields.text("link")
    if link and not (link.startswith(("https://", "http://")) and " " not in link):
        fields.say("link", "'link' is an address that begins with https://")
    return link


def _conditioned(fields: Fields, key: str) -> tuple[tuple[str, Condition], ...]:
    """The templates or ways of an item: a list of names, or each name with the condition under which it counts."""
    if isinstance(fields.data.get(key), dict):
        found = []
        for name, value, path in fields.named(key, needed=True):
            try:
                named = fields.problems.named
                found.append((name, Condition() if value == "" else parse_condition(str(value), named)))
            except ValueError as error:
                fields.problems.say(path, f"the condition of '{name}' cannot be read: {error}")
        return tuple(found)
    return tuple((name, Condition()) for name in fields.texts(key))


def _already(fields: Fields) -> Atom | None:
    """The one answer of one question that says that an irreversible item was done already."""
    condition = fields.condition("already")
    if isinstance(condition.root, Atom) and len(condition.root.answers) == 1:
        return condition.root
    if condition:
        fields.say("already", "'already' is one answer of a question: item=answer")
    return None


def _same_as(fields: Fields) -> tuple[tuple[int, str], ...]:
    found = []
    for name, value, path in fields.named("same_as", needed="same_as" in fields):
        if not re.fullmatch("[1-9]", name):
            fields.problems.say(path, f"{shown(name)} is not the number of a scenario, 1 to 9")
        elif not isinstance(value, str) or not value:
            fields.problems.say(path, f"'same_as' names an item of scenario {name}, not {shown(value)}")
        else:
            found.append((int(name), value))
    return tuple(sorted(found))


def _keeps(fields: Fields) -> tuple[int, ...]:
    found = []
    for place, name in enumerate(fields.texts("keeps")):
        if re.fullmatch("[1-9]", name):
            found.append(int(name))
        else:
            fields.problems.say((*fields.at("keeps"), place), f"{shown(name)} is not the number of a scenario, 1 to 9")
    return tuple(found)
