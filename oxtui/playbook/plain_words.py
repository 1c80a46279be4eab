"""Describe conditions and items in the words of their playbook, without ids."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from oxtui.playbook.conditions import Atom, Condition, Join, Node, Not, Over, parse_condition
from oxtui.playbook.model import FlowQuestion, Item, Scenario
from oxtui.playbook.schema.walker import shown


class PlainWords:
    """The meaning of ids: items of one scenario or several, and questions of the call flow."""

    def __init__(
        self, scenarios: Iterable[Scenario] = (), flow: Iterable[FlowQuestion] = (), one: str = "mailbox"
    ) -> None:
        self.one = one
        self.items: dict[str, list[Item]] = {}
        self.flow = {question.id: question for question in flow}
        for scenario in scenarios:
            for item in scenario.items():
                self.items.setdefault(item.id, []).append(item)

    def item(self, name: str) -> str:
        """Name an item in a few words, or by its id if it is unknown."""
        place = self.items.get(name)
        if not place and name in self.flow:
            return f'"{self.flow[name].text}"'
        return (place[0].done or f'"{place[0].text}"') if place else f"'{name}'"

    def answer(self, name: str, answer: str) -> str:
        """Return the text of an answer of an item, quoted."""
        for item in self.items.get(name, ()):
            if known := item.answer(answer):
                return f'"{known.text}"'
        answers = self.flow[name].answers if name in self.flow else ()
        return next((f'"{each.text}"' for each in answers if each.id == answer), f"'{answer}'")

    def condition(self, condition: Condition | str) -> str:
        """Return a condition as a clause: `the JIRA result is "completed" and the devices are done`."""
        if isinstance(condition, str):
            try:
                condition = parse_condition(condition)
            except ValueError:
                return f"'{condition}'"
        return self._node(condition.root) if condition.root is not None else "always"

    def all_of(self, conditions: Iterable[Condition | str]) -> list[str]:
        """Return each condition as a clause."""
        return [self.condition(each) for each in conditions]

    def _node(self, node: Node) -> str:
        if isinstance(node, Atom):
            return self._atom(node, "")
        if isinstance(node, Not):
            part = node.part
            return self._atom(part, "not ") if isinstance(part, Atom) else f"not ({self._node(part)})"
        if isinstance(node, Over):
            which = "one at least" if node.word == "any" else "every one"
            return f"for {which}: {self._node(node.part)}"
        parts = getattr(node, "parts", ())
        return f" {node.word} ".join(self._bracketed(part) for part in parts) if parts else str(node)

    def _bracketed(self, node: Node) -> str:
        return f"({self._node(node)})" if isinstance(node, Join | Over) else self._node(node)

    def _atom(self, atom: Atom, negated: str) -> str:
        if atom.answers:
            texts = sorted(self.answer(atom.item, each) for each in atom.answers)
            return f"{self.item(atom.item)} is {negated}{' or '.join(texts)}"
        if atom.test is not None:
            return f"{self.item(atom.item)} is {negated}{atom.test.words}"
        item = self.items.get(atom.item)
        if not item:
            return f'{negated}"{atom.item.replace("-", " ")}"'
        return f"{self.item(atom.item)} is {negated}{'answered' if item[0].kind == 'question' else 'done'}"


def title_of(value: Mapping[str, object], fallback: str = "") -> str:
    """Return the title of an entry of a file, quoted, or its id."""
    for key in ("title", "do", "ask", "short", "text", "product", "name", "label", "heading"):
        if isinstance(text := value.get(key), str) and text:
            term = value.get("term") if key == "product" else ""
            return f'"{text}", {term}' if term else f'"{text}"'
    return f"'{value.get('id', fallback)}'"


LABELS: Final = {
    "howto": "how-to", "copy": "exact text", "through": "ways", "uses": "terms", "follows": "in order after",
    "reopens": "asks again", "anew": "does anew", "proposes": "shown first", "quote": "worked out between",
    "already": "done already where", "leaves": "until then", "keeps": "stays done in scenario",
    "tell": "told in writing", "awaited": "said until it is done", "without": "says is empty", "say": "said",
    "each": "done for each", "with": "with whom", "by": "by whom",
    "not_before": "not before", "clock": "days left", "select": "kind of answer", "acts": "has an effect outside",
    "reverse": "undone by", "killer": "irreversible", "asks": "told with it", "goes_to": "leads to",
    "else": "only once the time is over", "open": "stays open", "from": "begins at", "to_come": "only a day to come",
    "for": "asked for", "case": "a case is about", "words": "the floor's words", "credentials": "passwords in a form",
    "expert": "who decides", "system": "where it is done", "licence": "plans are counted in", "many": "several",
    "prorata": "working out a discount", "currency": "before an amount", "short": "short form",
}  # fmt: skip
"""Labels of keys whose names are not plain words."""


def label_of(key: str) -> str:
    """Return the label of a key, for use in a sentence."""
    return LABELS.get(key) or re.sub("[_-]", " ", key)


def value_words(value: Any) -> str:
    """Describe a value in a sentence, unshortened."""
    if isinstance(value, str):
        return {"true": "yes", "false": "no", "": "nothing"}.get(value) or f'"{value}"'
    if isinstance(value, list):
        return ", ".join(value_words(each) for each in value) or "nothing"
    if isinstance(value, dict):
        return ", ".join(f"{label_of(key)} {value_words(each)}" for key, each in value.items()) or "nothing"
    return shown(value)
