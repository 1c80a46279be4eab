"""Compose one scenario of the article: its steps and items, with NBs before the item that shows them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, TypeAlias

from oxtui.playbook.article.blocks import Block, Heading, ItemBlock, Points, Warn
from oxtui.playbook.conditions import Condition
from oxtui.playbook.model import NB, Answer, Ending, Item, Rule, Scenario, Step
from oxtui.playbook.plain_words import PlainWords, label_of, value_words
from oxtui.playbook.plans import PlansFile
from oxtui.playbook.playbook import Playbook
from oxtui.playbook.reader.files import PlaybookFile, ends_for_good
from oxtui.playbook.schema.keys import keys_of
from oxtui.playbook.template import Template, TemplateLine
from oxtui.playbook.times import span_words
from oxtui.text import sentence

Plain: TypeAlias = Mapping[str, Any]

SAID: Final[Mapping[Any, frozenset[str]]] = {
    PlaybookFile: frozenset(
        "id title authentication flow endings review conditions none_of_these nbs rules channels notices contacts "
        "decisions scenarios templates patterns mailbox_fields case".split()
    ),
    Scenario: frozenset("number title article_title summary who heard nbs steps".split()),
    Step: frozenset("id title when items".split()),
    Item: frozenset(
        "id do ask done noted say detail nbs when after irreversible killer answers with each optional waits_on "
        "templates values select fresh_for reverse acts same_as formerly by by_word due not_before clock".split()
    ),
    Rule: frozenset("id text scenario never before where unless newer_than".split()),
    Ending: frozenset("id text complete needs only when".split()),
    Template: frozenset("id title to lines prechecks cover".split()),
    PlansFile: frozenset(("plans", "prorata")),
    Answer: frozenset("id text asks pattern open nbs reopens ending goes_to else".split()),
    NB: frozenset("id text short when unless locks danger lasting from".split()),
    TemplateLine: frozenset("key label from text ref options kind heading ask free format map proposes".split()),
}
"""The keys that the article lays out in words of their own; every other key is printed with its label."""


def rest(declared: Any, value: Plain) -> dict[str, Any]:
    """The entries of a mapping whose keys the article does not lay out."""
    known = {key.name for key in keys_of(declared)} - {*SAID[declared], "facts"}
    return {name: each for name, each in value.items() if name in known}


def rest_points(declared: Any, value: Plain) -> list[tuple[str, str]]:
    """`rest` as points: each label with its value, and a mapping as a point for each of its own keys."""
    points: list[tuple[str, str]] = []
    for name, each in rest(declared, value).items():
        label = sentence(label_of(name))
        if isinstance(each, dict):
            points += [(f"{label}, {label_of(inner)}", value_words(held)) for inner, held in each.items()]
        else:
            points.append((label, value_words(each)))
    return points


def rest_notes(declared: Any, value: Plain) -> list[str]:
    """`rest` as notes, one for each key."""
    return [f"{label_of(name)}: {value_words(each)}" for name, each in rest(declared, value).items()]


_ANSWERED_WITH: Final = {
    "text": "a text", "number": "a number", "money": "an amount", "date": "a date", "dates": "two dates, from and to",
}  # fmt: skip


class ScenarioPart:
    """One scenario; `value` is the plain value of its file, `main` that of playbook.yaml."""

    def __init__(self, playbook: Playbook, main: Plain, scenario: Scenario, value: Plain) -> None:
        self.playbook = playbook
        self.procedure = playbook.procedure
        self.main = main
        self.scenario = scenario
        self.value = value
        self.words = PlainWords([scenario], self.procedure.flow, self.procedure.about.one)

    def blocks(self) -> Iterator[Block]:
        value, number = self.value, self.scenario.number
        yield Heading(1, f"Scenario {number}: {self.scenario.title}", str(value.get("article_title", "")))
        points = [("Who", str(value.get("who", ""))), ("In short", "; ".join(value.get("summary") or ()))]
        points += [("What clients say", ", ".join(value.get("heard") or ()))]
        points += rest_points(Scenario, value)
        yield Points(tuple(each for each in points if each[1]))
        for name in value.get("nbs") or ():
            yield from self._nb(name, "stays in view while it holds")
        for place, step in enumerate(value.get("steps") or (), start=1):
            notes = [f"only where {self._where(step)}"] if step.get("when") else []
            notes += rest_notes(Step, step)
            yield Heading(2, f"{number}.{place} {step.get('title', '')}", "; ".join(notes))
            for count, item in enumerate(step.get("items") or (), start=1):
                yield from self._item(f"{number}.{place}.{count}", item)

    def _nb(self, name: str, note: str = "") -> Iterator[Warn]:
        nb = (self.main.get("nbs") or {}).get(name)
        if not isinstance(nb, dict):
            return
        notes = (
            note,
            f"where {self._where(nb)}" if nb.get("when") else "",
            "until the client is authenticated" if nb.get("unless") else "",
            *(f"locks {self.words.item(each)}" for each in nb.get("locks") or ()),
            *rest_notes(NB, nb),
        )
        yield Warn(str(nb.get("text", "")), "; ".join(filter(None, notes)), nb.get("danger") == "true")

    def _where(self, value: Plain) -> str:
        return self.words.condition(value["when"]) if value.get("when") else ""

    def _item(self, number: str, value: Plain) -> Iterator[Block]:
        for name in value.get("nbs") or ():
            yield from self._nb(name)
        item = self.scenario.by_id[value["id"]]
        final = ends_for_good(value)
        kind = "ends something for good" if final else item.kind
        rows = tuple(row for row in self._rows(item, value) if row[1])
        yield ItemBlock(number, item.text, kind, str(value.get("say") or ""), rows, tuple(self._answers(value)), final)

    def _rows(self, item: Item, value: Plain) -> Iterator[tuple[str, str]]:
        """Yield what applies to an item, as pairs of label and text, which may be empty."""
        yield "Only where", self._where(value)
        yield "Waits for", "; ".join(self.words.all_of(value.get("after") or ()))
        how = (
            f"each {value['each']}" if value.get("each") else "",
            "with the client" if value.get("with") else "",
            "by another agent than who did what it waits for" if value.get("by") else "",
            "not by a colleague's word" if value.get("by_word") == "false" else "",
            "can be left out" if value.get("optional") == "true" else "",
        )
        yield "How", ", ".join(filter(None, how))
        yield "Counts for", str(value.get("fresh_for") or "")
        yield "Answered by", self._named(value.get("waits_on") or "")
        yield "Answered after", span_words(item.due) if item.due else ""
        if item.not_before:
            only = " or ".join(f'"{answer.text}"' for answer in item.answers if answer.else_)
            late = f"{span_words(item.not_before.after)} after {self._named(item.not_before.item)}"
            yield "Not before", f"{late}: only {only}; the other answers count at once" if only else late
        if item.clock:
            yield "Days left", f"{item.clock.days} {item.clock.text}, from {self._named(item.clock.from_item)}"
        yield "Answer", _ANSWERED_WITH.get(item.select, "")
        yield "Form", "; ".join(self._form(name, when) for name, when in item.templates)
        yield "Typed with it", ", ".join(f"{each.label}{' (needed)' * each.required}" for each in item.values)
        yield "Undone by", str(value.get("reverse") or "")
        yield "Note", str(value.get("detail") or "")
        for name, each in rest(Item, value).items():
            yield sentence(label_of(name)), self._plainly(name, each)

    def _plainly(self, key: str, value: Any) -> str:
        """Describe the value of a key of an item, with names in place of ids."""
        if key == "already":
            return self.words.condition(str(value))
        if key == "proposes" and isinstance(value, dict) and "evidence" in value:
            return "what DNS says"
        if isinstance(value, list):
            return ", ".join(self._named(each) for each in value)
        if isinstance(value, dict):
            pairs = ((self._named(each), self._named(str(other))) for each, other in value.items())
            return ", ".join(f"{name}: {other}" if other else name for name, other in pairs)
        return self._named(str(value))

    def _named(self, name: str) -> str:
        if name in self.words.items:
            return self.words.item(name)
        if channel := self.playbook.channels.get(name):
            return channel.name
        if page := self.playbook.pages.get(name):
            return page.title
        return self.procedure.mailbox_fields.get(name, name)

    def _form(self, name: str, when: Condition) -> str:
        template = self.procedure.templates.get(name)
        title = template.title if template else name
        return f"{title} (where {self.words.condition(when)})" if when else title

    def _such_as(self, answer: Mapping[str, Any]) -> str:
        """The form of what an answer asks for, by its example."""
        _, example = self.procedure.patterns.get(str(answer.get("pattern")), ("", ""))
        return f" (such as {example})" if example else ""

    def _answers(self, value: Plain) -> Iterator[tuple[str, tuple[str, ...]]]:
        for name, each in (value.get("answers") or {}).items():
            if isinstance(each, str):
                yield each, ()
                continue
            ending = next((end.text for end in self.procedure.endings if end.id == each.get("ending")), "")
            number = (each.get("goes_to") or {}).get("scenario", "")
            notes = (
                f"told with it: {each['asks']}{self._such_as(each)}" if each.get("asks") else "",
                "the question stays open" if each.get("open") == "true" else "",
                f"the case ends so: {ending}" if ending else "",
                f"leads to scenario {number}" if number else "",
                *(f"NB: {block.text}" for nb in each.get("nbs") or () for block in self._nb(nb)),
                *(f"asked again: {self.words.item(other)}" for other in each.get("reopens") or ()),
                "only once the time is over" if each.get("else") == "true" else "",
                *rest_notes(Answer, each),
            )
            yield str(each.get("text") or name), tuple(filter(None, notes))
