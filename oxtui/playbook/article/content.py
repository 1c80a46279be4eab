"""Compose the article of a playbook: open decisions first, the call flow, scenarios, rules, forms, prices."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Final

from oxtui.playbook.article.blocks import Article, Block, Flow, Form, Heading, Points, Table, Text
from oxtui.playbook.article.scenario import Plain, ScenarioPart, rest_notes, rest_points
from oxtui.playbook.model import Ending, Rule
from oxtui.playbook.plain_words import PlainWords
from oxtui.playbook.plans import PlansFile
from oxtui.playbook.playbook import Playbook
from oxtui.playbook.reader.files import PlaybookFile
from oxtui.playbook.template import Template, TemplateLine

_ONLY: Final = {
    "unauthenticated": "while the client is not authenticated",
    "untouched": "while nothing was done",
    "no-scenario": "while no scenario was chosen",
}
_FROM: Final = {
    "case": "from the case", "call": "whether the client was authenticated", "item": "from an item",
    "client": "told by the client", "console": "looked up", "evidence": "from DNS, confirmed",
}  # fmt: skip


def article(playbook: Playbook, plain: Plain, today: date) -> Article:
    """Compose the article of a playbook from its plain values by file (`plain`) and the loaded playbook."""
    return _Article(playbook, plain).made(today)


class _Article:
    def __init__(self, playbook: Playbook, plain: Plain) -> None:
        self.playbook = playbook
        self.procedure = playbook.procedure
        self.plain = plain
        self.main: Plain = plain.get("playbook.yaml", {})
        self.words = PlainWords(self.procedure.scenarios.values(), self.procedure.flow, self.procedure.about.one)

    def made(self, today: date) -> Article:
        title = self.procedure.title
        facts = [
            ("As of", f"{today:%d %B %Y}".lstrip("0")),
            ("Looked at again", self.procedure.review),
            ("Scenarios", ", ".join(f"{number} {each.title}" for number, each in self.procedure.scenarios.items())),
            ("Digest of the steps", self.procedure.digest),
        ]
        blocks = (
            *self._decisions(open_=True), *self._notices(), *self._flow(), *self._scenarios(), *self._rules(),
            *self._endings(), *self._templates(), *self._prices(), *self._people(), *self._pages(),
            *self._decisions(open_=False), *self._names(), *self._rest(),
        )  # fmt: skip
        return Article(title, tuple(row for row in facts if row[1]), blocks)

    # -- open decisions, and the notices of these days
    def _decisions(self, *, open_: bool) -> Iterator[Block]:
        chosen = [each for each in self.playbook.decisions.values() if each.open is open_]
        if chosen and open_:
            yield Heading(1, "Still to be decided", "by whoever signs this")
            rows = [(each.id, each.text, each.does, "yes" if each.money else "") for each in chosen]
            yield Table(("", "What the article leaves open", "What happens meanwhile", "Money"), tuple(rows))
        elif chosen:
            yield Heading(1, "Decided")
            rows = [(each.id, each.text, each.does, f"{each.decided_by}, {each.decided_on}") for each in chosen]
            yield Table(("", "What was open", "What happens", "By whom"), tuple(rows))

    def _notices(self) -> Iterator[Block]:
        if self.playbook.notices:
            yield Heading(1, "For some days")
            yield Points(tuple((f"until {each.until:%d/%m/%Y}", each.text) for each in self.playbook.notices))

    # -- the call
    def _flow(self) -> Iterator[Block]:
        yield Heading(1, "The call")
        if self.procedure.auth_methods:
            ways = " or ".join(self.procedure.auth_methods)
            minutes = self.procedure.call_lapse_minutes
            yield Text(f"First the client is authenticated: {ways}. A call counts for {minutes} minutes.")
        if self.procedure.flow:
            yield Flow(self.procedure)
        if self.procedure.none_of_these:
            yield Text("Where no scenario fits:")
            yield Points(tuple(("", each.text) for each in self.procedure.none_of_these if each.text))

    # -- scenarios
    def _scenarios(self) -> Iterator[Block]:
        files = [each for name, each in self.plain.items() if name.startswith("scenarios/")]
        for value in sorted(files, key=lambda each: str(each.get("number"))):
            scenario = self.procedure.scenarios.get(int(value.get("number", 0)))
            if scenario is not None:
                yield from ScenarioPart(self.playbook, self.main, scenario, value).blocks()

    # -- the rules
    def _rules(self) -> Iterator[Block]:
        rules = self.main.get("rules") or []
        if not rules:
            return
        yield Heading(1, "What is never done", "proved by oxtui check")
        rows = []
        for each in rules:
            words = self._of_rule(each)
            more = "; ".join(rest_notes(Rule, each))
            number = str(each.get("scenario", "") or "all")
            rows.append((number, str(each.get("text", "")), f"{words}{f' ({more})' if more else ''}"))
        yield Table(("Scenario", "Rule", "Held against"), tuple(rows))

    def _of_rule(self, rule: Plain) -> str:
        never = str(rule.get("never", ""))
        words = {"tick": "anything is done", "discount": "a discount is given"}.get(never) or self.words.item(never)
        if never.startswith("copy:"):
            template = self.procedure.templates.get(never.removeprefix("copy:"))
            words = f'the text "{template.title if template else never}" is copied'
        first = self.words.all_of(rule.get("before") or ())
        first += ["the client is authenticated"] if rule.get("unless") else []
        where = f", where {self.words.condition(rule['where'])}" if rule.get("where") else ""
        if not first:
            return f"Never {words}{where}"
        names = ", ".join(self.words.item(name) for name in rule.get("newer_than") or ())
        newer = f", seen after the last change of {names}" if names else ""
        return f"Before {words}{where}: {'; '.join(first)}{newer}"

    def _endings(self) -> Iterator[Block]:
        yield Heading(1, "How a case ends")
        rows = []
        for value in (self.main.get("endings") or {}).values():
            when = (
                "once nothing is open" if value.get("complete") == "true" else "",
                f"where {self.words.condition(value['when'])}" if value.get("when") else "",
                _ONLY.get(value.get("only", ""), ""),
            )
            more = (value.get("needs", ""), *rest_notes(Ending, value))
            rows.append((str(value.get("text", "")), ", ".join(filter(None, when)), "; ".join(filter(None, more))))
        yield Table(("Ending", "Offered", "Needed with it"), tuple(rows))

    # -- forms
    def _templates(self) -> Iterator[Block]:
        files = [each for name, each in self.plain.items() if name.startswith("templates/")]
        if not files:
            return
        yield Heading(1, "Forms")
        for value in files:
            yield Heading(2, str(value.get("title", "")), f"goes to: {value.get('to', '')}")
            names = [
                self.words.item(each) if each in self.words.items else each for each in value.get("prechecks") or ()
            ]
            if names:
                yield Text(f"Checked before: {', '.join(names)}.")
            lines = [str(value.get("title", "")), *map(self._line, value.get("lines") or ())]
            yield Form(tuple(lines))
            if value.get("cover"):
                yield Text(f"Offered before it: {' / '.join(value['cover'])}")
            if more := rest_points(Template, value):
                yield Points(tuple(more))

    def _line(self, line: Plain) -> str:
        if "heading" in line:
            return str(line["heading"])
        fixed = str(line.get("text") or "") if line.get("from") == "fixed" else ""
        if not fixed:
            where = _FROM.get(str(line.get("from")), str(line.get("from")))
            ref = str(line.get("ref") or "")
            item = ref.partition(".")[0]
            of = f": {self.words.item(item)}" if item in self.words.items else f": {ref}" if ref else ""
            shape = " / ".join(line.get("options") or ()) or (
                "password, never kept" if line.get("kind") == "secret" else ""
            )
            fixed = f"({where}{of}{f'; {shape}' if shape else ''})"
        more = ", ".join(rest_notes(TemplateLine, line))
        return f"{line.get('label', '')} : {fixed}{f'  [{more}]' if more else ''}"

    # -- prices
    def _prices(self) -> Iterator[Block]:
        plans = list(self.playbook.plans)
        if not plans:
            return
        yield Heading(1, "Prices")
        columns: dict[str, list[str]] = {
            "Plan": [plan.product for plan in plans],
            "Provider": [plan.provider for plan in plans],
            "Billed": [plan.term for plan in plans],
            self.procedure.words.currency: [f"{plan.price}" for plan in plans],
            "Coming": ["; ".join(f"{price} from {day:%d/%m/%Y}" for day, price in plan.from_) for plan in plans],
            "Notes": [" ".join(plan.notes) for plan in plans],
        }
        used = {head: texts for head, texts in columns.items() if any(texts)}
        yield Table(tuple(used), tuple(zip(*used.values(), strict=True)))
        policy = self.playbook.plans.policy
        yield Heading(2, policy.name, "what a change of plan credits")
        points = [(each.id, f"{each.text} Said: {each.say}") for each in policy.rules]
        points += [(each.id, f"{each.text} Said: {each.say}") for each in policy.not_covered]
        yield Points(tuple(points))

    # -- people, pages, the rest
    def _people(self) -> Iterator[Block]:
        if self.playbook.channels:
            yield Heading(1, "Whom to ask")
            rows = [(each.name, each.purpose, each.hours) for each in self.playbook.channels.values()]
            yield Table(("Channel", "For", "Worked"), tuple(rows))
        if self.playbook.contacts:
            rows = [(each.name, each.team, each.for_) for each in self.playbook.contacts.values()]
            yield Table(("Contact", "Team", "For"), tuple(rows))

    def _pages(self) -> Iterator[Block]:
        if not self.playbook.pages:
            return
        yield Heading(1, "Reference")
        for page in self.playbook.pages.values():
            yield Heading(2, page.title, page.link)
            yield Points(tuple(("", line) for line in page.lines))

    def _names(self) -> Iterator[Block]:
        """Explain the names used elsewhere: conditions, patterns, fields of mailboxes."""
        named = self.main.get("conditions") or {}
        patterns = self.procedure.patterns
        fields = self.procedure.mailbox_fields
        if not (named or patterns or fields):
            return
        yield Heading(1, "What is meant by")
        points = [(name.replace("-", " "), self.words.condition(text)) for name, text in named.items()]
        points += [(f"a {name} number", f"written like {example}") for name, (_, example) in patterns.items()]
        points += [
            (words, f"known of each {self.procedure.about.one}: yes, no or unknown") for words in fields.values()
        ]
        yield Points(tuple(points))

    def _rest(self) -> Iterator[Block]:
        about = self.procedure.about
        rows = [("A case is about", f"a {about.label}")]
        rows += [("Done for each", about.one)] if about.each else []
        rows += [("Known of a case", ", ".join(each.label for each in about.fields.values()))] if about.fields else []
        rows += rest_points(PlaybookFile, self.main)
        rows += rest_points(PlansFile, self.plain.get("plans.yaml", {}))
        yield Heading(1, "Also settled in the playbook")
        yield Points(tuple(rows))
