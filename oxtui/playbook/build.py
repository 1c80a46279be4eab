"""Build the procedure that cases are pinned to from plain values: today's YAML, or a pin's JSON."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any, Final

from msgspec.structs import replace

from oxtui.playbook.about import FORMER_CURRENCY, USUAL, About, Words
from oxtui.playbook.conditions import Condition
from oxtui.playbook.flow import with_flow
from oxtui.playbook.model import FlowAnswer, Item, Outcome, Procedure, Rule, Scenario, Step
from oxtui.playbook.order import with_rules
from oxtui.playbook.patterns import BadPattern, check_pattern, fits
from oxtui.playbook.reader.files import AuthenticationFile, PlaybookFile
from oxtui.playbook.reader.items import make_item, make_scenario, make_step, with_same
from oxtui.playbook.schema.walker import DataPath, Maker, Problems, Written, read
from oxtui.playbook.template import Template, TemplateLine, make_line, make_template
from oxtui.playbook.today import Decision, Settings

TODAY_KEYS: Final = ("channels", "contacts", "decisions", "notices")
"""The keys of playbook.yaml that are always today's and never pinned."""
# Mappings by names that the lead chooses, whose order is the order on screen; all others are records.
_ORDERED: Final = frozenset("answers endings fields mailbox_fields map nbs patterns templates through values".split())

_NAME: Final = re.compile(r"(?<![=|a-z0-9-])[a-z0-9][a-z0-9-]*(?![a-z0-9-]|\s*=)")
"""A name without an answer, which may be that of another condition."""


def canonical(data: Any, *, ordered: bool = False) -> Any:
    """Sort records by key, so equal procedures have one digest; mappings of the lead's names keep their order."""
    if isinstance(data, dict):
        keys = list(data) if ordered else sorted(data)
        return {key: canonical(data[key], ordered=key in _ORDERED) for key in keys}
    if isinstance(data, list):
        return [canonical(each) for each in data]
    return data


def to_bytes(data: Any) -> bytes:
    """Serialise a procedure's data as canonical JSON."""
    return json.dumps(canonical(data), ensure_ascii=False, separators=(",", ":")).encode()


def digest_of(data: Any) -> str:
    """Return the SHA-256 (hex) of a procedure's canonical JSON."""
    return hashlib.sha256(to_bytes(data)).hexdigest()


def place_of(procedure: Procedure, part: str, key: str, value: str) -> int:
    """Return the index in the list `part` of the data of the first entry whose `key` is `value`, or 0."""
    listed = procedure.data.get(part)
    for number, each in enumerate(listed if isinstance(listed, list) else []):
        if isinstance(each, dict) and each.get(key) == value:
            return number
    return 0


def procedure_from_data(data: object, *, checks: bool = True) -> tuple[Procedure | None, list[tuple[DataPath, str]]]:
    """Build the procedure in `data` (texts, lists, mappings), or None; return every problem with its path.

    `checks=False` skips resolving names, for data that was checked when it was stored.
    """
    problems = Problems(MAKERS)
    procedure, _ = build_procedure(data, problems, checks=checks)
    return (None if problems.found else procedure), list(problems.found)


def build_procedure(data: object, problems: Problems, *, checks: bool = True) -> tuple[Procedure, PlaybookFile]:
    """As `procedure_from_data`, but return the readable parts, and the whole file."""
    if isinstance(data, dict):
        problems.named_conditions = _named_conditions(problems, data.get("conditions"))
    file: PlaybookFile = read(problems, PlaybookFile, data)
    own = {key: each for key, each in data.items() if key not in TODAY_KEYS} if isinstance(data, dict) else {}
    who = file.authentication or AuthenticationFile()
    procedure = Procedure(
        digest=digest_of(own),
        id=file.id,
        title=file.title,
        review=file.review,
        flow=file.flow,
        scenarios=_scenarios(problems, file),
        nbs=file.nbs,
        rules=file.rules,
        templates=_templates(problems, file),
        endings=tuple(file.endings.values()),
        none_of_these=file.none_of_these,
        auth_methods=who.methods,
        call_lapse_minutes=who.lapse_minutes,
        auth_failed=who.failed,
        about=_about(file),
        words=_words(file, own),
        asks_who=file.authentication is not None,
        gated=file.authentication is not None and who.required,
        authenticate=who.label,
        patterns=_patterns(problems, file, checks),
        mailbox_fields=file.mailbox_fields,
        credentials=file.credentials,
        client_text=file.client_text,
        data=own,
    )
    if checks and own and not problems.lost:
        from oxtui.playbook.checks.procedure import check_procedure

        check_procedure(procedure, file, problems)
    return procedure, file


def _named_conditions(problems: Problems, written: object) -> Mapping[str, Condition]:
    """Return the playbook's named conditions with the names in them resolved; a cycle is a problem."""
    texts = {name: text for name, text in (written.items() if isinstance(written, dict) else ())
             if isinstance(text, str) and text}  # fmt: skip
    conditions: dict[str, Condition] = {}
    problems.named_conditions = conditions
    for name in texts:
        _resolve(problems, name, texts, conditions, ())
    return conditions


def _resolve(
    problems: Problems, name: str, texts: Mapping[str, str], found: dict[str, Condition], way: tuple[str, ...]
) -> None:
    if name in found:
        return
    path = ("conditions", name)
    if name in way:
        circle = (*way[way.index(name) :], name)
        problems.say(path, f"the conditions go in a circle: {', '.join(map(repr, circle))}")
        found[name] = Condition()
        return
    for other in dict.fromkeys(_NAME.findall(texts[name])):
        if other in texts:
            _resolve(problems, other, texts, found, (*way, name))
    if name not in found:
        found[name] = problems.condition(texts[name], path)


def _about(file: PlaybookFile) -> About:
    """Return the subject of the cases; without `case` each ticket field uses the pattern of its own name, if any."""
    if file.case is not None:
        return file.case
    fields = {
        name: replace(each, pattern=name if each.ticket and name in file.patterns else "")
        for name, each in USUAL.fields.items()
    }
    return replace(USUAL, fields=fields)


def _words(file: PlaybookFile, data: Mapping[str, Any]) -> Words:
    """Return the playbook's words; one with neither `case` nor `words` predates both keys."""
    return file.words if "words" in data or "case" in data else replace(file.words, currency=FORMER_CURRENCY)


def _scenarios(problems: Problems, file: PlaybookFile) -> dict[int, Scenario]:
    problems.repeated(("scenarios",), "number", "scenario", (each.number for each in file.scenarios))
    by_number = {each.number: each for each in reversed(file.scenarios)}  # the first of each number
    same = with_same(dict(sorted(by_number.items())))
    same = {number: with_flow(each, file.flow, file.nbs, file.rules) for number, each in same.items()}
    conditions = [*(nb.when for nb in file.nbs.values()), *(ending.when for ending in file.endings.values())]
    return {number: with_rules(scenario, file.rules, conditions) for number, scenario in same.items()}


def _templates(problems: Problems, file: PlaybookFile) -> dict[str, Template]:
    problems.repeated(("templates",), "id", "template", (each.id for each in file.templates))
    first = {each.id: each for each in reversed(file.templates)}
    return {each.id: first[each.id] for each in file.templates}


def _patterns(problems: Problems, file: PlaybookFile, checks: bool) -> dict[str, tuple[str, str]]:
    """Return the patterns by name; without `checks` any text matches an unsupported one."""
    patterns: dict[str, tuple[str, str]] = {}
    for name, each in file.patterns.items():
        at = ("patterns", name)
        patterns[name] = (each.pattern, each.example)
        try:
            if checks:
                check_pattern(each.pattern)
            fitting = fits(each.pattern, each.example)
        except BadPattern as error:
            if checks:
                problems.say((*at, "pattern"), f"the regular expression cannot be used: {error}")
            else:
                patterns[name] = (".*", each.example)
            continue
        if each.pattern and each.example and not fitting:
            problems.say((*at, "example"), f"the example '{each.example}' does not fit its own pattern")
    return patterns


def _flow_answer(written: Written, answer: FlowAnswer) -> FlowAnswer:
    if written.data and ("next" in written) == ("outcome" in written):
        message = f"the answer '{answer.id}' leads nowhere or two ways: give it 'next' or 'outcome'"
        written.problems.say(written.path, message)
    return answer


def _outcome(written: Written, outcome: Outcome) -> Outcome:
    if written.data and not ("scenario" in written or "text" in written):
        written.problems.say(written.path, "an outcome needs 'scenario' or 'text'")
    return outcome


def _rule(written: Written, rule: Rule) -> Rule:
    if written.data and not (rule.before or rule.unless or rule.where):
        written.problems.say(written.path, "this rule says nothing: it needs 'before', 'where' or 'unless'")
    if "newer_than" in written and "before" not in written:
        written.say("newer_than", "'newer_than' needs 'before': what must be newer")
    return rule


def _decision(written: Written, decision: Decision) -> Decision:
    if bool(decision.decided_by) != bool(decision.decided_on):
        missing = "decided_on" if decision.decided_by else "decided_by"
        written.say(missing, "a decision has both 'decided_by' and 'decided_on', or neither")
    return decision


def _settings(written: Written, settings: Settings) -> Settings:
    """Refuse a keymap with one key for two actions of a screen; the app resolves ids and keys."""
    seen: dict[tuple[str, str], str] = {}
    for name, keys in settings.keymap.items():
        for key in keys.split(",") if keys != "," else [keys]:
            other = seen.setdefault((name.partition(".")[0], key), name)
            if other != name:
                written.problems.say((*written.path, "keymap", name), f"'{key}' is the key of '{other}' already")
    return settings


MAKERS: Final[Mapping[type, Maker]] = {
    Item: make_item,
    TemplateLine: make_line,
    Scenario: make_scenario,
    Step: make_step,
    Template: make_template,
    FlowAnswer: _flow_answer,
    Outcome: _outcome,
    Rule: _rule,
    Decision: _decision,
    Settings: _settings,
}
