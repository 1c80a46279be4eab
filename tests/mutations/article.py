"""What can be taken out of the article: every guard of an item, every rule and part of one, and what endings ask.

The text is cut where YAML says that a key or an element stands, so that all else keeps its line and comments.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TypeAlias

import yaml

from tests.mutations.mutation import Mutation, numbered

Mapping: TypeAlias = yaml.MappingNode
GUARDS = ("when", "with", "killer", "each", "optional")
LISTS = ("after", "uses", "reopens")


def mutations(root: Path) -> list[Mutation]:
    """All of `config/`."""
    found: list[Mutation] = []
    for path in sorted((root / "config" / "scenarios").glob("*.yaml")):
        found += _Text(root, f"config/scenarios/{path.name}").of_scenario()
    found += _Text(root, "config/playbook.yaml").of_playbook()
    return list(numbered(found))


class _Text:
    def __init__(self, root: Path, file: str) -> None:
        self.file = file
        self.text = (root / file).read_text(encoding="utf-8")
        self.top = yaml.compose(self.text, yaml.BaseLoader)

    # -- what there is
    def of_scenario(self) -> Iterator[Mutation]:
        number = value(self.top, "number").value
        for step in value(self.top, "steps").value:
            yield from self.of_item(step, f"scenario {number} step {value(step, 'id').value}")
            for item in value(step, "items").value:
                yield from self.of_item(item, f"scenario {number} {value(item, 'id').value}")

    def of_item(self, item: Mapping, where: str) -> Iterator[Mutation]:
        keys = {key.value for key, _ in item.value}
        for key in GUARDS:
            if key in keys:
                yield self.made(key, where, key, self.without_key(item, key))
                if key == "when":
                    yield from self.narrowed(value(item, key), where)
        for key in LISTS:
            if key in keys:
                yield from self.of_list(item, key, where, key)
        if "acts" in keys:
            text = self.without_key(item, "reverse", self.without_key(item, "acts"))
            yield self.made("acts", where, "acts and reverse", text)
        for answer, node in value(item, "answers").value if "answers" in keys else ():
            inner = {key.value for key, _ in node.value} if isinstance(node, Mapping) else ()
            if "reopens" in inner:
                yield from self.of_list(node, "reopens", where, f"{answer.value} reopens")
            if "asks" in inner:
                yield self.made("asks", where, f"{answer.value} asks", self.without_key(node, "asks"))
        for name, node in value(item, "values").value if "values" in keys else ():
            for key in ("required", "pattern"):
                if any(one.value == key for one, _ in node.value):
                    yield self.made("value", where, f"{name.value} {key}", self.without_key(node, key))

    def of_list(self, item: Mapping, key: str, where: str, what: str) -> Iterator[Mutation]:
        elements = value(item, key).value
        for place, element in enumerate(elements):
            text = self.without_key(item, key) if len(elements) == 1 else self.without_element(elements, place)
            yield self.made(key, where, f"{what} {element.value}", text)

    def narrowed(self, node: yaml.Node, where: str) -> Iterator[Mutation]:
        """A condition of several parts, without one of them."""
        for word in (" or ", " and "):
            parts = str(node.value).split(word)
            for part in parts if len(parts) > 1 else ():
                rest = word.join(each for each in parts if each is not part)
                text = self.text[: node.start_mark.index] + rest + self.text[node.end_mark.index :]
                yield self.made("when", where, f"when{word}{part}", text)

    def of_playbook(self) -> Iterator[Mutation]:
        rules = value(self.top, "rules")
        for place, rule in enumerate(rules.value):
            where = f"rule {value(rule, 'id').value}"
            yield self.made("rule", where, "the rule", self.without_element(rules.value, place))
            for key, node in rule.value:
                if key.value in ("where", "unless"):
                    yield self.made("rule", where, key.value, self.without_key(rule, key.value))
                if key.value == "where":
                    yield from self.narrowed(node, where)
                if key.value == "before":
                    yield from self.of_list(rule, "before", where, "before")
        for name, ending in value(self.top, "endings").value:
            for key in ("only", "needs", "complete"):
                if any(one.value == key for one, _ in ending.value):
                    text = self.without_key(ending, key)
                    yield self.made("ending", f"ending {name.value}", key, text)
        for name, nb in value(self.top, "nbs").value:
            for key in ("when", "from", "lasting"):
                if any(one.value == key for one, _ in nb.value):
                    yield self.made("NB", f"NB {name.value}", key, self.without_key(nb, key))

    def made(self, kind: str, where: str, what: str, text: str) -> Mutation:
        kind = {"before": "rule"}.get(kind, kind)
        return Mutation(kind, self.file, where, what, text)

    # -- cutting
    def without_key(self, mapping: Mapping, name: str, text: str = "") -> str:
        """The text without one key of a mapping. (A second cut, in `text`, has to lie before the first.)"""
        place, (key, node) = next((n, pair) for n, pair in enumerate(mapping.value) if pair[0].value == name)
        if not mapping.flow_style:
            return self._without_lines(key.start_mark.line, node, text)
        if place:
            return self._cut(mapping.value[place - 1][1].end_mark.index, node.end_mark.index, text)
        end = mapping.value[1][0].start_mark.index if len(mapping.value) > 1 else node.end_mark.index
        return self._cut(key.start_mark.index, end, text)

    def without_element(self, elements: list[yaml.Node], place: int) -> str:
        node = elements[place]
        if isinstance(node, Mapping) and not node.flow_style:
            return self._without_lines(node.start_mark.line, node, "")
        if place:
            return self._cut(elements[place - 1].end_mark.index, node.end_mark.index, "")
        return self._cut(node.start_mark.index, elements[1].start_mark.index, "")

    def _without_lines(self, first: int, node: yaml.Node, text: str) -> str:
        whole = isinstance(node, yaml.CollectionNode) and not node.flow_style
        last = node.end_mark.line + (0 if whole else 1)  # a block ends where the next thing begins
        if text:  # the earlier cut took lines above this one away
            last -= self.text.count("\n") - text.count("\n")
            first -= self.text.count("\n") - text.count("\n")
        lines = (text or self.text).splitlines(keepends=True)
        return "".join(lines[:first] + lines[last:])

    def _cut(self, begin: int, end: int, text: str) -> str:
        assert not text
        return self.text[:begin] + self.text[end:]


def value(mapping: Mapping, name: str) -> yaml.Node:
    """What a key holds."""
    return next(node for key, node in mapping.value if key.value == name)
