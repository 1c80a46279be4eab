"""The call flow as a diagram: its questions, where each answer leads, and the path taken."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from oxtui.playbook.model import FlowAnswer, FlowQuestion, Procedure, Scenario
from oxtui.widgets.glyphs import UNICODE, Glyphs
from oxtui.widgets.ink import Line, Span, cut, width_of, wrap
from oxtui.widgets.paper import NOBODY, Paper


def path_to(procedure: Procedure, number: int) -> dict[str, str]:
    """The answers that lead to a scenario, by question id."""
    questions = {question.id: question for question in procedure.flow}

    def search(question: FlowQuestion, path: dict[str, str]) -> dict[str, str] | None:
        for answer in question.answers:
            way = {**path, question.id: answer.id}
            if answer.outcome and answer.outcome.scenario == number:
                return way
            if answer.next and (found := search(questions[answer.next], way)):
                return found
        return None

    return (search(procedure.flow[0], {}) or {}) if procedure.flow else {}


class CallFlow(Paper):
    """The diagram. Scenarios are boxes side by side where there is room."""

    def __init__(self, procedure: Procedure, *, id: str | None = None, glyphs: Glyphs = UNICODE) -> None:
        super().__init__(id=id, glyphs=glyphs)
        self.procedure = procedure
        self.path: Mapping[str, str] = {}
        self.chosen = 0
        self.open = False
        self.found = 0
        self.seen = ""

    def show(self, *, path: Mapping[str, str], chosen: int, open_: bool, found: int = 0, seen: str = "") -> None:
        """Draw the path taken; `open_` whether scenarios may be chosen; `found` by what the client said."""
        self.path, self.chosen, self.open, self.found, self.seen = path, chosen, open_, found, seen
        self.redraw()

    def content(self, width: int) -> Iterable[tuple[Line, int]]:
        questions = {question.id: question for question in self.procedure.flow}
        if self.procedure.flow:
            first = self.procedure.flow[0]
            for line in wrap(((first.text, "strong"),), width):
                yield line, NOBODY
            if self.seen:
                for line in wrap(((f"{self.glyphs.dot} {self.seen}", "quiet"),), width):
                    yield line, NOBODY
            yield from self._answers(first, questions, (), width, True)
            yield (), NOBODY
        scenarios = list(self.procedure.scenarios.values())
        if width >= 34 * len(scenarios):
            yield from self._boxes(scenarios, width)
        else:
            for scenario in scenarios:
                yield from self._listed(scenario, width)

    def _answers(
        self,
        question: FlowQuestion,
        questions: Mapping[str, FlowQuestion],
        lead: Line,
        width: int,
        live: bool,
    ) -> Iterable[tuple[Line, int]]:
        for place, answer in enumerate(question.answers):
            last = place == len(question.answers) - 1
            taken = live and self.path.get(question.id) == answer.id
            role = "accent" if taken else "line"
            stem: Line = (*lead, ("└─ " if last else "├─ ", role))
            beyond: Line = (*lead, ("   " if last else "│  ", "line"))
            next_question = questions.get(answer.next)
            yield cut((*stem, *self._answer(answer, taken, next_question)), width), NOBODY
            if next_question:
                yield from self._answers(next_question, questions, beyond, width, taken)

    def _answer(self, answer: FlowAnswer, taken: bool, following: FlowQuestion | None) -> Line:
        text: Span = (answer.text, "accent" if taken else "text")
        if following:
            return (text, ("   ", "text"), (following.text, "strong"))
        outcome = answer.outcome
        if outcome and outcome.scenario:
            scenario = self.procedure.scenarios.get(outcome.scenario)
            title = scenario.title if scenario else ""
            chip = "chip" if self.open or taken else "locked"
            return (
                text,
                (f" {self.glyphs.arrow} ", "quiet"),
                (f" {outcome.scenario} ", chip),
                (f" {title}", "accent" if taken else "quiet"),
            )
        return (
            text,
            (f" {self.glyphs.arrow} ", "quiet"),
            (" 0 ", "chip" if self.open else "locked"),
            (f" {outcome.text if outcome else ''}", "quiet"),
        )

    def _told(self, scenario: Scenario) -> list[Span]:
        roles = ("text", "due", "quiet")
        return [(text, roles[min(place, 2)]) for place, text in enumerate(scenario.summary)]

    def _boxes(self, scenarios: Sequence[Scenario], width: int) -> Iterable[tuple[Line, int]]:
        gap = 2
        room = min(52, (width - gap * (len(scenarios) - 1)) // len(scenarios))
        columns = [self._box(scenario, room) for scenario in scenarios]
        height = max(len(column) for column in columns)
        for column in columns:
            while len(column) < height:
                column.insert(-1, (("│", column[0][0][1]), (" " * (room - 2), "text"), ("│", column[0][0][1])))
        for place in range(height):
            spans: list[Span] = []
            for number, column in enumerate(columns):
                spans += [*column[place], (" " * (gap if number < len(columns) - 1 else 0), "text")]
            yield tuple(spans), NOBODY

    def _box(self, scenario: Scenario, room: int) -> list[Line]:
        role = "accent" if scenario.number in (self.chosen, self.found) else "line"
        chip = "chip" if self.open else "locked"
        inner = room - 4
        rows: list[Line] = [((f" {scenario.number} ", chip), (f" {scenario.title}", "strong"))]
        for span in self._told(scenario):
            rows += [((" " * 4, "text"), *line) for line in wrap((span,), inner - 4)]
        out: list[Line] = [(("╭" + "─" * (room - 2) + "╮", role),)]
        for row in rows:
            drawn = cut(row, inner)
            out.append((("│ ", role), *drawn, (" " * (inner - width_of(drawn)), "text"), (" │", role)))
        return [*out, (("╰" + "─" * (room - 2) + "╯", role),)]

    def _listed(self, scenario: Scenario, width: int) -> Iterable[tuple[Line, int]]:
        chip = "chip" if self.open else "locked"
        mark = "accent" if scenario.number in (self.chosen, self.found) else "strong"
        yield cut(((f" {scenario.number} ", chip), (f" {scenario.title}", mark)), width), NOBODY
        spans: list[Span] = []
        for text, role in self._told(scenario):
            spans += [(" · " if spans else "    ", "quiet"), (text, role)]
        for line in wrap(spans, width, 4):
            yield line, NOBODY


def scenario_for(procedure: Procedure, said: str) -> int:
    """The scenario that fits best what the client said, or 0."""
    words = [word for word in said.lower().replace(",", " ").replace(".", " ").split() if len(word) > 1]
    best, score = 0, 0
    for scenario in procedure.scenarios.values():
        points = 0
        for phrase in scenario.heard:
            known = phrase.lower().split()
            hits = sum(
                any(word == other or (len(word) > 3 and other.startswith(word[:5])) for other in known)
                for word in words
            )
            points = max(points, hits * 10 - len(known)) if hits else points
        if points > score:
            best, score = scenario.number, points
    return best
