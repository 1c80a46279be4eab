"""The procedure that cases are pinned to, from plain values: today's YAML, or the JSON that a case kept."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final, Literal, cast

from oxtui.playbook.build_items import read_scenario
from oxtui.playbook.build_named import read_named, with_same
from oxtui.playbook.build_templates import read_template
from oxtui.playbook.model import (
    NB,
    Ending,
    FlowAnswer,
    FlowQuestion,
    Outcome,
    Procedure,
    Rule,
    Scenario,
    Template,
)
from oxtui.playbook.order import with_rules
from oxtui.playbook.patterns import BadPattern, check_pattern, fits
from oxtui.playbook.reading import Fields, Path, Problems, check_id, shown

PROCEDURE_KEYS: Final = frozenset(
    "id title review authentication credentials patterns mailbox_fields conditions flow none_of_these nbs rules endings"
    " scenarios templates".split()
)
MOST_NB_SHORT: Final = 44
"""Characters: what fits beside a checklist of 80 columns."""

_AUTHENTICATION: Final = frozenset({"methods", "lapse_minutes", "facts"})
_PATTERN: Final = frozenset({"pattern", "example"})
_FLOW: Final = frozenset({"id", "ask", "proposes", "answers", "facts"})
_FLOW_ANSWER: Final = frozenset({"text", "next", "outcome", "facts"})
_OUTCOME: Final = frozenset({"scenario", "text", "ending", "wait_for", "facts"})
_NB: Final = frozenset("text short when unless lasting from danger locks evidence facts".split())
_RULE: Final = frozenset("id text scenario never before newer_than where unless facts".split())
_ENDING: Final = frozenset({"text", "complete", "needs", "only", "when", "facts"})
_CREDENTIALS: Final = ("pasted", "in the console")
_ONLY: Final = ("", "unauthenticated", "untouched", "no-scenario")
# Mappings from a floor lead's own names, where the order is the order on screen; all others are records.
_ORDERED: Final = frozenset("answers endings mailbox_fields map nbs patterns templates through values".split())


def canonical(data: Any, *, ordered: bool = False) -> Any:
    """`data` with records sorted by key, so that equal procedures have one digest; answers keep theirs."""
    if isinstance(data, dict):
        keys = list(data) if ordered else sorted(data)
        return {key: canonical(data[key], ordered=key in _ORDERED) for key in keys}
    if isinstance(data, list):
        return [canonical(each) for each in data]
    return data


def to_bytes(data: Any) -> bytes:
    """The one way in which a procedure's data is written down."""
    return json.dumps(canonical(data), ensure_ascii=False, separators=(",", ":")).encode()


def digest_of(data: Any) -> str:
    """SHA-256 (hex) of the canonical JSON of a procedure's data."""
    return hashlib.sha256(to_bytes(data)).hexdigest()


def procedure_from_data(data: object, *, checks: bool = True) -> tuple[Procedure | None, list[tuple[Path, str]]]:
    """The procedure in `data` (texts, lists, mappings), or None; every problem with its path in `data`.

    Without `checks` names may lead nowhere: for data that was checked when it was stored.
    """
    problems = Problems()
    procedure = build_procedure(data, problems, checks=checks)
    return (None if problems.found else procedure), list(problems.found)


def build_procedure(data: object, problems: Problems, *, checks: bool = True) -> Procedure | None:
    """As `procedure_from_data`, but gives what could be read beside its problems, for further checks."""
    procedure = _procedure(data, problems, checks)
    if procedure is not None and checks and not problems.lost:
        from oxtui.playbook.build_checks import check_procedure

        check_procedure(procedure, problems)
    return procedure


def _procedure(data: object, problems: Problems, checks: bool) -> Procedure | None:
    fields = Fields(problems, data, (), "a playbook", PROCEDURE_KEYS)
    if not isinstance(data, dict):
        return None
    fields.need("id", "title", "authentication", "flow", "endings")
    problems.named = read_named(fields)
    patterns = _patterns(fields, checks)
    scenarios = with_same(_scenarios(fields))
    methods, lapse = _authentication(fields)
    rules = tuple(_rule(problems, value, path) for value, path in fields.each("rules"))
    return Procedure(
        digest=digest_of(data),
        id=fields.identity() if "id" in fields else "",
        title=fields.text("title"),
        review=fields.text("review", empty=True),
        flow=tuple(_flow(problems, value, path) for value, path in fields.each("flow", needed="flow" in fields)),
        scenarios={number: with_rules(scenario, rules) for number, scenario in scenarios.items()},
        nbs={name: _nb(problems, name, value, path) for name, value, path in fields.named("nbs")},
        rules=rules,
        templates=_templates(fields),
        endings=tuple(
            _ending(problems, name, value, path)
            for name, value, path in fields.named("endings", needed="endings" in fields)
        ),
        none_of_these=tuple(_outcome(problems, value, path) for value, path in fields.each("none_of_these")),
        auth_methods=methods,
        call_lapse_minutes=lapse,
        patterns=patterns,
        mailbox_fields=_mailbox_fields(fields),
        credentials=cast(
            Literal["pasted", "in the console"], fields.choice("credentials", _CREDENTIALS, _CREDENTIALS[0])
        ),
        data=data,
    )


def _mailbox_fields(fields: Fields) -> Mapping[str, str]:
    """What is known of each mailbox: a field's id and its words."""
    found: dict[str, str] = {}
    for name, value, path in fields.named("mailbox_fields"):
        check_id(fields.problems, path, name)
        if isinstance(value, str) and value:
            found[name] = value
        else:
            fields.problems.say(path, f"the field '{name}' is given as words, like: on the old service")
    return found


def _authentication(fields: Fields) -> tuple[tuple[str, ...], int]:
    if "authentication" not in fields:
        return (), 60
    own = Fields(
        fields.problems,
        fields.data["authentication"],
        ("authentication",),
        "'authentication'",
        _AUTHENTICATION,
    )
    return own.texts("methods"), own.number("lapse_minutes", 60, 1, 1440)


def _patterns(fields: Fields, checks: bool) -> Mapping[str, tuple[str, str]]:
    """The forms of values by name; without `checks` any text fits one that cannot be used."""
    found: dict[str, tuple[str, str]] = {}
    for name, value, path in fields.named("patterns"):
        check_id(fields.problems, path, name)
        own = Fields(fields.problems, value, path, "a pattern", _PATTERN)
        own.need("pattern", "example")
        pattern, example = own.text("pattern"), own.text("example")
        found[name] = (pattern, example)
        try:
            if checks:
                check_pattern(pattern)
            fitting = fits(pattern, example)
        except BadPattern as error:
            if checks:
                own.say("pattern", f"the regular expression cannot be used: {error}")
            else:
                found[name] = (".*", example)
            continue
        if pattern and example and not fitting:
            own.say("example", f"the example '{example}' does not fit its own pattern")
    return found


def _scenarios(fields: Fields) -> Mapping[int, Scenario]:
    found: dict[int, Scenario] = {}
    for value, path in fields.each("scenarios"):
        scenario = read_scenario(fields.problems, value, path)
        if scenario is None:
            continue
        if scenario.number in found:
            fields.problems.say((*path, "number"), f"there is another scenario {scenario.number}")
        else:
            found[scenario.number] = scenario
    return dict(sorted(found.items()))


def _templates(fields: Fields) -> Mapping[str, Template]:
    found: dict[str, Template] = {}
    for value, path in fields.each("templates"):
        template = read_template(fields.problems, value, path)
        if template is None:
            continue
        if template.id in found:
            fields.problems.say((*path, "id"), f"there is another template '{template.id}'")
        else:
            found[template.id] = template
    return found


def _flow(problems: Problems, data: object, path: Path) -> FlowQuestion:
    from oxtui.playbook.build_items import read_proposal

    fields = Fields(problems, data, path, "a question of the call flow", _FLOW)
    answers = []
    for name, value, at in fields.named("answers", needed=True):
        check_id(problems, at, name)
        own = Fields(problems, value, at, "an answer of the call flow", _FLOW_ANSWER)
        own.need("text")
        outcome = _outcome(problems, own.data["outcome"], own.at("outcome")) if "outcome" in own else None
        if ("next" in own) == ("outcome" in own) and own.data:
            problems.say(at, f"the answer '{name}' leads nowhere or two ways: give it 'next' or 'outcome'")
        answers.append(FlowAnswer(name, own.text("text"), own.text("next"), outcome))
    fields.need("ask")
    return FlowQuestion(fields.identity(), fields.text("ask"), tuple(answers), read_proposal(fields))


def _outcome(problems: Problems, data: object, path: Path) -> Outcome:
    fields = Fields(problems, data, path, "an outcome", _OUTCOME)
    number = fields.number("scenario", 0, 1, 9)
    if "scenario" not in fields and fields.data:
        fields.need("text")
    return Outcome(number or None, fields.text("text"), fields.text("ending"), fields.text("wait_for"))


def _nb(problems: Problems, name: str, data: object, path: Path) -> NB:
    check_id(problems, path, name)
    fields = Fields(problems, data, path, "an NB", _NB)
    fields.need("text", "short")
    short = fields.text("short")
    if len(short) > MOST_NB_SHORT:
        fields.say("short", f"'short' has {len(short)} characters; {MOST_NB_SHORT} is the most that fits")
    return NB(
        name,
        fields.text("text"),
        short,
        fields.condition("when"),
        fields.flag("lasting"),
        fields.text("from"),
        fields.flag("danger"),
        fields.texts("facts"),
        fields.choice("unless", ("", "authenticated"), ""),
        fields.texts("locks"),
        _nb_evidence(fields),
    )


def _nb_evidence(fields: Fields) -> tuple[tuple[str, str], ...]:
    """What DNS has to propose for an NB to be in force: an answer by its evidence key."""
    found = []
    for name, value, path in fields.named("evidence", needed="evidence" in fields):
        if isinstance(value, str) and value:
            found.append((name, value))
        else:
            fields.problems.say(path, f"'evidence' names one answer for '{name}', not {shown(value)}")
    return tuple(found)


def _rule(problems: Problems, data: object, path: Path) -> Rule:
    fields = Fields(problems, data, path, "a rule", _RULE)
    fields.need("text", "never")
    before, unless = fields.conditions("before"), fields.choice("unless", ("", "authenticated"), "")
    where = fields.condition("where")
    if fields.data and not (before or unless or where):
        fields.problems.say(path, "this rule says nothing: it needs 'before', 'where' or 'unless'")
    if "newer_than" in fields and "before" not in fields:
        fields.say("newer_than", "'newer_than' needs 'before': what has to be newer")
    return Rule(
        fields.identity(),
        fields.text("text"),
        fields.number("scenario", 0, 0, 9),
        fields.text("never"),
        before,
        where,
        unless,
        fields.texts("facts"),
        fields.texts("newer_than"),
    )


def _ending(problems: Problems, name: str, data: object, path: Path) -> Ending:
    check_id(problems, path, name)
    fields = Fields(problems, data, path, "an ending", _ENDING)
    fields.need("text")
    return Ending(
        name,
        fields.text("text"),
        fields.flag("complete"),
        fields.text("needs"),
        fields.choice("only", _ONLY, ""),
        fields.condition("when"),
    )
