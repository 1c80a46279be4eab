"""The article of a playbook: open decisions first, the call flow, scenarios with their NBs, rules, forms, prices.

What is laid out by name stands in `_SAID`; every other key of a file is printed with its name, so that none is lost.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import date
from typing import Any, Final

from oxtui.playbook.article.blocks import Article, Block, Entry, Flow, Form, Heading, Points, Table, Text, Warn
from oxtui.playbook.conditions import Condition
from oxtui.playbook.documents import written_as
from oxtui.playbook.load import Playbook
from oxtui.playbook.model import NB, Answer, Ending, Item, Line, Rule, Scenario, Template
from oxtui.playbook.plain_words import PlainWords, value_words
from oxtui.playbook.plans import PlansFile
from oxtui.playbook.reader.files import IRREVERSIBLE, OLD_WORD, ItemFile, PlaybookFile, StepFile
from oxtui.playbook.schema.walker import keys_of
from oxtui.playbook.times import span_words

Plain = Mapping[str, Any]

_SAID: Final[Mapping[Any, frozenset[str]]] = {
    PlaybookFile: frozenset(
        "id title authentication flow endings review conditions none_of_these nbs rules channels notices contacts "
        "decisions scenarios templates patterns mailbox_fields".split()
    ),
    Scenario: frozenset("number title article_title summary who heard nbs steps".split()),
    StepFile: frozenset("id title when items".split()),
    ItemFile: frozenset(
        "id do ask done noted say detail nbs when after irreversible killer answers with each optional waits_on "
        "templates values select fresh_for reverse acts same_as formerly by due not_before clock".split()
    ),
    Rule: frozenset("id text scenario never before where unless newer_than".split()),
    Ending: frozenset("id text complete needs only when".split()),
    Template: frozenset("id title to lines prechecks cover".split()),
    PlansFile: frozenset(("plans", "prorata")),
    Answer: frozenset("id text asks open nbs reopens ending goes_to else".split()),
    NB: frozenset("id text short when unless locks danger lasting from".split()),
    Line: frozenset("key label from text ref options kind heading ask free format map proposes".split()),
}
_LABELS: Final = {
    "howto": "How-to", "link": "Link", "copy": "Copied exactly", "through": "By", "uses": "On the terms of",
    "follows": "In order after", "reopens": "Asks again", "anew": "Does anew", "proposes": "Shown first",
    "quote": "Worked out between", "ends": "Ends what is", "already": "Done already where", "leaves": "Until then",
    "keeps": "Stays done in scenario", "tell": "Told in writing", "say": "Said",
}  # fmt: skip
"""Keys of an item whose names are no words for an owner."""
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
    """The article of a playbook, from what its files hold (`plain`, by file) and what was read of them."""
    return _Article(playbook, plain).made(today)


def rest(declared: Any, value: Plain, said: Collection[str] = ()) -> list[tuple[str, str]]:
    """The keys of a mapping that are not among `said`, each with what it holds."""
    known = {key.name for key in keys_of(written_as(declared))} - {*said, "facts"}
    return [(name, value_words(each)) for name, each in value.items() if name in known]


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

    # -- what nobody has settled, and what counts for some days
    def _decisions(self, *, open_: bool) -> Iterator[Block]:
        chosen = [each for each in self.playbook.decisions.values() if each.open is open_]
        if not chosen:
            return
        yield Heading(1, "Still to be decided" if open_ else "Decided", "" if not open_ else "by whoever signs this")
        if open_:
            rows = [(each.id, each.text, each.does, "yes" if each.money else "") for each in chosen]
            yield Table(("", "What the article leaves open", "What happens meanwhile", "Money"), tuple(rows))
        else:
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
                yield from _Scenario(self, scenario, value).blocks()

    # -- what never happens
    def _rules(self) -> Iterator[Block]:
        rules = self.main.get("rules") or []
        if not rules:
            return
        yield Heading(1, "What is never done", "proved by oxtui check")
        rows = []
        for each in rules:
            words = self._of_rule(each)
            more = "; ".join(f"{name}: {value}" for name, value in rest(Rule, each, _SAID[Rule]))
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
        for each in (self.main.get("endings") or {}).values():
            value = {"text": each} if isinstance(each, str) else each
            when = ["once nothing is open"] if value.get("complete") == "true" else []
            when += [f"where {self.words.condition(value['when'])}"] if value.get("when") else []
            when += [_ONLY.get(value["only"], value["only"])] if value.get("only") else []
            more = [f"{_LABELS.get(name, name)}: {said}" for name, said in rest(Ending, value, _SAID[Ending])]
            rows.append(
                (str(value.get("text", "")), ", ".join(when), "; ".join([value.get("needs", ""), *more]).strip("; "))
            )
        yield Table(("Ending", "Offered", "What is told with it"), tuple(rows))

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
            if more := rest(Template, value, _SAID[Template]):
                yield Points(tuple(more))

    def _line(self, line: Plain) -> str:
        if "heading" in line:
            return str(line["heading"])
        said = str(line.get("text") or "") if line.get("from") == "fixed" else ""
        if not said:
            where = _FROM.get(str(line.get("from")), str(line.get("from")))
            ref = str(line.get("ref") or "")
            item = ref.partition(".")[0]
            of = f": {self.words.item(item)}" if item in self.words.items else f": {ref}" if ref else ""
            shape = " / ".join(line.get("options") or ()) or (
                "password, never kept" if line.get("kind") == "secret" else ""
            )
            said = f"({where}{of}{f'; {shape}' if shape else ''})"
        more = ", ".join(f"{name}: {each}" for name, each in rest(Line, line, _SAID[Line]))
        return f"{line.get('label', '')} : {said}{f'  [{more}]' if more else ''}"

    # -- prices
    def _prices(self) -> Iterator[Block]:
        plans = list(self.playbook.plans)
        if not plans:
            return
        yield Heading(1, "Prices")
        rows = []
        for plan in plans:
            coming = "; ".join(f"{price} from {start:%d/%m/%Y}" for start, price in plan.from_)
            rows.append((plan.product, plan.provider, plan.term, f"{plan.price}", coming, " ".join(plan.notes)))
        with_coming = any(row[4] for row in rows)
        with_notes = any(row[5] for row in rows)
        places = [0, 1, 2, 3, *([4] if with_coming else []), *([5] if with_notes else [])]
        head = ("Plan", "Provider", "Billed", self.procedure.words.currency, "Coming", "Notes")
        yield Table(tuple(head[each] for each in places), tuple(tuple(row[each] for each in places) for row in rows))
        policy = self.playbook.plans.policy
        yield Heading(2, policy.rule_name, "what a change of plan credits")
        points = [(each.id, f"{each.text} Said: {each.says.say}") for each in policy.rules]
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
        """What is called by a name elsewhere: conditions, forms of numbers, what is known of a mailbox."""
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
        found = rest(PlaybookFile, self.main, _SAID[PlaybookFile])
        for name in ("plans.yaml",):
            value = self.plain.get(name)
            found += rest(PlansFile, value, _SAID[PlansFile]) if isinstance(value, dict) else []
        if found:
            yield Heading(1, "Also settled in the playbook")
            yield Points(tuple(found))


class _Scenario:
    """The part of one scenario."""

    def __init__(self, whole: _Article, scenario: Scenario, value: Plain) -> None:
        self.whole = whole
        self.scenario = scenario
        self.value = value
        self.words = PlainWords([scenario], whole.procedure.flow, whole.procedure.about.one)

    def blocks(self) -> Iterator[Block]:
        value, number = self.value, self.scenario.number
        yield Heading(1, f"Scenario {number}: {self.scenario.title}", str(value.get("article_title", "")))
        points = [("Who", str(value.get("who", ""))), ("In short", "; ".join(value.get("summary") or ()))]
        points += [("What clients say", ", ".join(value.get("heard") or ()))]
        points += rest(Scenario, value, _SAID[Scenario])
        yield Points(tuple(each for each in points if each[1]))
        for name in value.get("nbs") or ():
            yield from self._nb(name, "stays in view while it holds")
        for place, step in enumerate(value.get("steps") or (), start=1):
            when = f"only where {self.words.condition(step['when'])}" if step.get("when") else ""
            more = "; ".join(f"{name}: {each}" for name, each in rest(StepFile, step, _SAID[StepFile]))
            yield Heading(2, f"{number}.{place} {step.get('title', '')}", "; ".join(filter(None, (when, more))))
            for count, item in enumerate(step.get("items") or (), start=1):
                yield from self._item(f"{number}.{place}.{count}", item)

    def _nb(self, name: str, note: str = "") -> Iterator[Block]:
        nb = (self.whole.main.get("nbs") or {}).get(name)
        if not isinstance(nb, dict):
            return
        notes = [note] if note else []
        notes += [f"where {self.words.condition(nb['when'])}"] if nb.get("when") else []
        notes += ["until the client is authenticated"] if nb.get("unless") else []
        notes += [f"locks {self.words.item(each)}" for each in nb.get("locks") or ()]
        notes += [f"{key}: {value}" for key, value in rest(NB, nb, _SAID[NB])]
        yield Warn(str(nb.get("text", "")), "; ".join(notes), nb.get("danger") == "true")

    def _item(self, number: str, value: Plain) -> Iterator[Block]:
        for name in value.get("nbs") or ():
            yield from self._nb(name)
        item = self.scenario.by_id[value["id"]]
        final = value.get(IRREVERSIBLE) == "true" or value.get(OLD_WORD) == "true"
        kind = "ends something for good" if final else "question" if item.kind == "question" else "action"
        yield Entry(
            number, item.text, kind, str(value.get("say") or ""), tuple(self._rows(item, value)),
            tuple(self._answers(value)), final,
        )  # fmt: skip

    def _rows(self, item: Item, value: Plain) -> Iterator[tuple[str, str]]:
        """What holds for an item, each with its name."""
        if value.get("when"):
            yield "Only where", self.words.condition(value["when"])
        if value.get("after"):
            yield "Waits for", "; ".join(self.words.all_of(value["after"]))
        who = [
            *([f"each {value['each']}"] if value.get("each") else []),
            *(["with the client"] if value.get("with") else []),
        ]
        who += ["by another agent than who did what it waits for"] if value.get("by") else []
        who += ["can be left out"] if value.get("optional") == "true" else []
        if who:
            yield "How", ", ".join(who)
        if value.get("fresh_for"):
            yield "Counts for", str(value["fresh_for"])
        if value.get("waits_on"):
            yield "Answered by", self._named(value["waits_on"])
        if item.due:
            yield "Answered after", span_words(item.due)
        if item.not_before:
            yield "Not before", f"{span_words(item.not_before.after)} after {self._named(item.not_before.item)}"
        if item.clock:
            yield "Days left", f"{item.clock.days} {item.clock.text}, from {self._named(item.clock.from_item)}"
        if item.select not in ("one", "several"):
            yield (
                "Answer",
                {"dates": "two dates, from and to", "money": "an amount"}.get(item.select, f"a {item.select}"),
            )
        if item.templates:
            yield "Form", "; ".join(self._form(name, when) for name, when in item.templates)
        if item.values:
            yield (
                "Typed with it",
                ", ".join(f"{each.label}{' (needed)' if each.required else ''}" for each in item.values),
            )
        if value.get("reverse"):
            yield "Undone by", str(value["reverse"])
        if value.get("detail"):
            yield "Note", str(value["detail"])
        for name, said in rest(ItemFile, value, _SAID[ItemFile]):
            yield (_LABELS[name], self._plainly(name, value[name])) if name in _LABELS else (name, said)

    def _plainly(self, key: str, value: Any) -> str:
        """What a key of an item holds, with the names of things for their ids."""
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
        playbook = self.whole.playbook
        if name in self.words.items:
            return self.words.item(name)
        if channel := playbook.channels.get(name):
            return channel.name
        if page := playbook.pages.get(name):
            return page.title
        return self.whole.procedure.mailbox_fields.get(name, name)

    def _form(self, name: str, when: Condition) -> str:
        template = self.whole.procedure.templates.get(name)
        title = template.title if template else name
        return f"{title} (where {self.words.condition(when)})" if when else title

    def _answers(self, value: Plain) -> Iterator[tuple[str, tuple[str, ...]]]:
        for name, each in (value.get("answers") or {}).items():
            if isinstance(each, str):
                yield each, ()
                continue
            notes = [f"told with it: {each['asks']}"] if each.get("asks") else []
            notes += ["the question stays open"] if each.get("open") == "true" else []
            if ending := next((end for end in self.whole.procedure.endings if end.id == each.get("ending")), None):
                notes.append(f"the case ends so: {ending.text}")
            if number := (each.get("goes_to") or {}).get("scenario", ""):
                notes.append(f"leads to scenario {number}")
            for nb in each.get("nbs") or ():
                notes += [f"NB: {block.text}" for block in self._nb(nb) if isinstance(block, Warn)]
            notes += [f"asked again: {self.words.item(other)}" for other in each.get("reopens") or ()]
            notes += ["only once the time is over"] if each.get("else") == "true" else []
            notes += [f"{_LABELS.get(key, key)}: {said}" for key, said in rest(Answer, each, _SAID[Answer])]
            yield str(each.get("text") or name), tuple(notes)
