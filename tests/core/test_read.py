"""`oxtui read`: all of the playbook, in words, in a page that needs nothing else; no text is more than a text."""

from __future__ import annotations

import random
import re
import shutil
from collections import Counter
from datetime import date
from html.parser import HTMLParser
from itertools import combinations
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from oxtui.playbook.article.content import article
from oxtui.playbook.article.html import html
from oxtui.playbook.article.markdown import markdown
from oxtui.playbook.article.picture import graph_of, laid_out, mermaid, svg
from oxtui.playbook.article.scenario import SAID
from oxtui.playbook.folder import raw_files
from oxtui.playbook.load import load_raw
from oxtui.playbook.model import FlowAnswer, FlowQuestion, Item, Outcome
from oxtui.playbook.schema.keys import keys_of, shape_of
from tests.core.cli_help import ROOT, Run, runner

CONFIG = ROOT / "config"
TODAY = date(2026, 11, 22)
VOID = {"meta", "br", "hr"}
LAID_OUT = "select templates values answers irreversible optional each with by by_word due not_before clock nbs"
"""Keys that are read before they are said, in words of their own."""


class Page(HTMLParser):
    """The text of a page, its elements and attributes, and the tags left open."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.count: Counter[str] = Counter()
        self.values: list[str] = []
        self.parts: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == [], f"not closed: {self.open}"

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.count[tag] += 1
        self.values += [value for name, value in attrs if name in ("href", "src", "xlink:href", "style", "onload")]
        self.open += [] if tag in VOID else [tag]

    def handle_startendtag(self, tag: str, attrs: Any) -> None:
        self.count[tag] += 1

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.parts.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", "", "".join(self.parts))


def read(folder: Path) -> tuple[str, str, Any]:
    loaded, plain = load_raw(folder, raw_files(folder))
    found = article(loaded.playbook, plain, TODAY)
    return html(found), markdown(found), loaded.playbook


def test_all_of_the_shipped_playbook_is_in_the_page() -> None:
    text, _, playbook = read(CONFIG)
    page = Page(text)
    procedure = playbook.procedure
    wanted = [procedure.title, procedure.digest, "22 November 2026", "Signature"]
    for scenario in procedure.scenarios.values():
        wanted += [scenario.title, scenario.article_title, scenario.who]
        for item in scenario.items():
            wanted += [item.text, item.say, item.detail, *(answer.text for answer in item.answers)]
    wanted += [nb.text for nb in procedure.nbs.values()]
    wanted += [rule.text for rule in procedure.rules]
    wanted += [line.label for template in procedure.templates.values() for line in template.lines]
    wanted += [f"{plan.price}" for plan in playbook.plans]
    wanted += [each.name for each in (*playbook.channels.values(), *playbook.contacts.values())]
    wanted += [each.text for each in (*playbook.decisions.values(), *procedure.endings)]
    assert [each for each in wanted if re.sub(r"\s+", "", each) not in page.text] == []
    assert page.text.index("Stilltobedecided", 400) < page.text.index("Thecall", 400) < page.text.index("1.1.1")
    item = page.text.index("CanceltheOX-Mailservice")
    assert page.text.rindex("NBDonotcancelOX-Mailbefore", 0, item) < item, "an NB stands before its item"


def test_the_page_needs_nothing_else() -> None:
    text, _, _ = read(CONFIG)
    page = Page(text)
    assert not page.count["script"] and not page.count["link"] and not page.count["img"]
    assert all(value.startswith(("#", "max-width")) for value in page.values)
    assert "url(" not in text.replace("url(#tip)", "") and "@import" not in text


def test_no_text_is_more_than_a_text(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(CONFIG, tmp_path / "config"))
    hostile = '<script>alert("1")</script> & `x` *y* [z](http://e) | #1 $m$ "q"'
    for path in (folder / "playbook.yaml", *(folder / "scenarios").iterdir(), *(folder / "templates").iterdir()):
        text = path.read_text("utf-8")
        text = re.sub(r"(?m)^( *(?:- )?(?:title|to|who): ).*$", lambda found: f"{found[1]}'{hostile}'", text)
        path.write_text(text, "utf-8")
    flow = (folder / "playbook.yaml").read_text("utf-8").replace("ask: What does the client want?", f"ask: '{hostile}'")
    (folder / "playbook.yaml").write_text(flow, "utf-8")
    text, plain, playbook = read(folder)
    page = Page(text)
    assert page.count["script"] == 0 and page.text.count("<script>") > 20
    assert "<script>" not in plain.replace(r"\<script\>", "") or "```" in plain
    outside = re.sub(r"(?s)```.*?```", "", plain)
    assert "<script>" not in outside and "[z](" not in outside and "*y*" not in outside
    lines = mermaid(playbook.procedure).splitlines()
    assert all(line.count('"') == 2 for line in lines[1:])


def test_a_branch_that_several_answers_share_is_drawn_once() -> None:
    flow = (
        FlowQuestion("a", "A?", (FlowAnswer("x", "x", "b"), FlowAnswer("y", "y", "c"), FlowAnswer("z", "z", "c"))),
        FlowQuestion("b", "B?", (FlowAnswer("x", "x", "c"), FlowAnswer("y", "y", outcome=Outcome(2)))),
        FlowQuestion("c", "C?", (FlowAnswer("x", "x", outcome=Outcome(2)), FlowAnswer("y", "y", outcome=Outcome(1)))),
    )
    procedure: Any = SimpleNamespace(flow=flow, scenarios={}, title="t")
    graph = graph_of(procedure)
    assert [node.kind for node in graph.nodes.values()] == ["question"] * 3 + ["scenario"] * 2
    assert [edge.text for edge in graph.edges if edge.target == "c"] == ["y / z", "x"]
    assert svg(procedure).count("<rect") == 5 and mermaid(procedure).count("?") == 3


@pytest.mark.parametrize("seed", range(8))
def test_no_two_boxes_of_the_picture_overlap(seed: int) -> None:
    chance = random.Random(seed)
    count = chance.randint(1, 9)
    questions = []
    for number in range(count):
        answers = []
        for place in range(chance.randint(2, 10 if seed % 2 else 3)):
            later = chance.randint(number + 1, count + 2)
            outcome = None if later < count else Outcome(text=f"end {chance.randint(1, 9)} " * chance.randint(1, 12))
            answers.append(FlowAnswer(str(place), f"answer {place}", f"q{later}" if later < count else "", outcome))
        questions.append(FlowQuestion(f"q{number}", f"Question {number}? " * chance.randint(1, 5), tuple(answers)))
    procedure: Any = SimpleNamespace(flow=tuple(questions), scenarios={}, title="t")
    layout = laid_out(graph_of(procedure))
    nodes = {node.id: node for row in layout.rows for node in row}
    for a, b in combinations(nodes.values(), 2):
        apart = a.x + a.wide <= b.x or b.x + b.wide <= a.x or a.y + a.high <= b.y or b.y + b.high <= a.y
        assert apart or "way" in (a.kind, b.kind), (a, b)
    assert all(nodes[edge.source].row + 1 == nodes[edge.target].row for edge in layout.edges)


def test_any_key_of_an_item_is_in_the_article() -> None:
    """Keys that are new to the reader are printed with their name."""
    loaded, plain = load_raw(CONFIG, raw_files(CONFIG))
    file = next(name for name in plain if name.startswith("scenarios/1"))
    item = plain[file]["steps"][0]["items"][0]
    shown = {key.name for key in keys_of(Item)} - set("id do ask done noted same_as formerly killer acts".split())
    for key in keys_of(Item):
        if key.name in shown - set(LAID_OUT.split()):
            kind = shape_of(key.declared).kind
            marker = f"marked-{key.name.replace('_', '-')}"
            value: Any = {"list": [marker], "entries": {marker: ""}, "keys": {"item": marker}}.get(kind, marker)
            changed = {**item, key.name: value}
            step = {**plain[file]["steps"][0], "items": [changed]}
            text = markdown(article(loaded.playbook, {**plain, file: {**plain[file], "steps": [step]}}, TODAY))
            assert re.search(marker.replace("-", r"[\\ -]+"), text), key.name
    for declared, said in SAID.items():
        assert said <= {key.name for key in keys_of(declared)} | {"facts"}, declared


@pytest.fixture
def run(home: Path, capfd: pytest.CaptureFixture[str]) -> Run:
    return runner(capfd)


def test_the_command_writes_either_form(run: Run, tmp_path: Path) -> None:
    sample = str(ROOT / "tests" / "samples" / "fibre-move")
    assert run("read", sample).out.startswith("# ADSL to fibre\n")
    assert run("read", sample, "--html", str(tmp_path / "a.html")).code == 0
    assert (tmp_path / "a.html").read_text("utf-8").startswith("<!doctype html>")
    assert run("read", sample, "--md", str(tmp_path / "a.md")).code == 0
    assert run("read", sample, "--md", str(tmp_path / "no" / "a.md")).code == 2
    assert run("read", sample, "--md", "a", "--html", "b").code == 2
    assert run("read", str(tmp_path / "no")).code == 2


def test_where_an_answer_leads_and_who_else_does_it_are_said() -> None:
    folder = ROOT / "tests" / "samples" / "refund"
    loaded, plain = load_raw(folder, raw_files(folder))
    text = markdown(article(loaded.playbook, plain, TODAY))
    assert "- Answer: do not (the case ends so: refused)" in text and "(leads to scenario 1)" in text
    assert "- How: by another agent than who did what it waits for" in text and "- Answer: an amount" in text


def test_no_key_or_value_is_printed_as_yaml_has_it(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(ROOT / "tests" / "samples" / "name-release", tmp_path / "config"))
    file = folder / "scenarios" / "1-release.yaml"
    late = "not_before: {item: reminded, after: 48h}\n        by_word: false\n"
    file.write_text(file.read_text("utf-8").replace("due: 48h\n", late, 1), "utf-8")
    text = read(folder)[1]
    assert re.search('- Not before: 48 hours after the reminder: only ".*"; the other answers count at once', text)
    assert "- How: not by a colleague's word" in text
    assert not re.search(r'"(?:true|false)"|\w\\_\w+: |: \w+: "', text)
