"""The call flow as a diagram: its questions, the outcome of each answer, and the path taken."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType

from oxtui.playbook.flow import written
from oxtui.playbook.model import FlowAnswer, FlowQuestion, Procedure, Scenario
from oxtui.widgets.spans import Line, Span, cut, width_of, wrap
from oxtui.widgets.text_view import TextView


def flow_listed(procedure: Procedure, chip: str, marked: Sequence[int] = ()) -> list[Line]:
    """The answers of the call flow with their keys; those leading to a scenario of `marked` are highlighted."""
    rest = {question.id: question for question in procedure.flow}
    texts = {question.id: question.text for question in procedure.flow}

    def listed(question: FlowQuestion, deep: int) -> Iterable[Line]:
        blank: Span = ("  " * deep, "text")
        for answer in question.answers:
            if answer.next in texts:
                yield blank, (f"{answer.text}: ", "strong"), (texts[answer.next], "quiet")
                if following := rest.pop(answer.next, None):  # listed once, even if several answers lead to it
                    yield from listed(following, deep + 1)
                continue
            number = answer.outcome.scenario if answer.outcome else None
            role = "accent" if number and number in marked else "text"
            yield blank, (f" {number or 0} ", chip), (f" {answer.text}", role)

    return list(listed(procedure.flow[0], 0)) if procedure.flow else []


class CallFlow(TextView):
    """The diagram, with the scenarios as boxes side by side if there is room.

    On a narrow pane the answers are a list, so that every key is in view.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "by(-1)", show=False),
        Binding("down", "by(1)", show=False),
        Binding("pageup", "by(-8)", show=False),
        Binding("pagedown", "by(8)", show=False),
    ]

    path: Mapping[str, str] = {}
    chosen = 0
    open = False
    found = 0
    seen = ""

    def __init__(self, procedure: Procedure, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.procedure = procedure

    def show(self, *, path: Mapping[str, str], chosen: int, open_: bool, found: int = 0, seen: str = "") -> None:
        """Draw the path taken. `open_`: scenarios may be chosen. `found`: the scenario that fits `seen`."""
        self.path, self.chosen, self.open, self.found, self.seen = path, chosen, open_, found, seen
        self.redraw()

    def action_by(self, rows: int) -> None:
        self.scroll_relative(y=rows, animate=False)

    def fit(self) -> None:
        self.redraw()  # a taller pane shows more of each scenario

    def content(self, width: int) -> Iterable[Line]:
        questions = {question.id: question for question in self.procedure.flow}
        lines: list[Line] = []
        if self.procedure.flow:
            first = self.procedure.flow[0]
            lines += wrap(((first.text, "strong"),), width)
            if self.seen:
                lines += wrap(((f"{self.glyphs.dot} {self.seen}", "quiet"),), width)
            if width < 50:
                chip = "chip" if self.open else "locked"
                lines += flow_listed(self.procedure, chip, (self.chosen, self.found))
            else:
                lines += self._answers(first, questions, (), width, set())
            lines.append(())
        scenarios = list(self.procedure.scenarios.values())
        if width >= 34 * len(scenarios):
            room = self.scrollable_content_region.height - len(lines)
            boxes = (self._boxes(scenarios, width, detail) for detail in (2, 1, 0))
            lines += next((found for found in boxes if len(found) <= room), self._boxes(scenarios, width, 0))
        else:
            for scenario in scenarios:
                lines += self._listed(scenario, width)
        for line in lines:
            yield cut(line, width, self.glyphs.ellipsis)

    def _answers(
        self, question: FlowQuestion, questions: Mapping[str, FlowQuestion], lead: Line, width: int, drawn: set[str]
    ) -> Iterable[Line]:
        """The answers of a question as a tree; a question that several answers lead to is drawn below the first."""
        for place, answer in enumerate(question.answers):
            last = place == len(question.answers) - 1
            taken = self.path.get(question.id) == answer.id
            role = "accent" if taken else "line"
            across, side, _, _, corner, _ = self.glyphs.frame
            stem: Line = (*lead, (f"{corner if last else self.glyphs.branch}{across} ", role))
            beyond: Line = (*lead, ("   " if last else f"{side}  ", "line"))
            next_question = questions.get(answer.next)
            words = self._answer(answer, taken, next_question)
            above = next_question is not None and next_question.id in drawn
            words = (*words, ("  (above)", "quiet")) if above else words
            for row, line in enumerate(wrap(words, width - width_of(stem))):
                yield (*(beyond if row else stem), *line)
            if next_question and not above:
                drawn.add(next_question.id)
                yield from self._answers(next_question, questions, beyond, width, drawn)

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

    def _summary(self, scenario: Scenario) -> list[Span]:
        roles = ("text", "due", "quiet")
        return [(text, roles[min(place, 2)]) for place, text in enumerate(scenario.summary)]

    def _boxes(self, scenarios: Sequence[Scenario], width: int, detail: int) -> list[Line]:
        """The scenarios side by side; `detail` 1 adds their steps, 2 the items as well."""
        gap = 2
        room = min(68, (width - gap * (len(scenarios) - 1)) // len(scenarios))
        columns = [self._box(scenario, room, detail) for scenario in scenarios]
        height = max(len(column) for column in columns)
        side = self.glyphs.frame[1]
        for column in columns:
            while len(column) < height:
                column.insert(-1, ((side, column[0][0][1]), (" " * (room - 2), "text"), (side, column[0][0][1])))
        lines: list[Line] = []
        for place in range(height):
            spans: list[Span] = []
            for number, column in enumerate(columns):
                spans += [*column[place], (" " * (gap if number < len(columns) - 1 else 0), "text")]
            lines.append(tuple(spans))
        return lines

    def _steps(self, scenario: Scenario, detail: int, room: int) -> list[Line]:
        """The steps of a scenario, with their items at `detail` 2."""
        lines: list[Line] = []
        for number, step in enumerate((step for _, step in written(scenario)), 1):
            items = [item for item in step.items if not item.optional]
            lines += [()] if detail > 1 or number == 1 else []
            lines.append(((f"{number}  ", "quiet"), (step.title, "text"), (f"  {len(items)}", "quiet")))
            for item in items if detail > 1 else ():
                sign = self.glyphs.killer if item.killer else self.glyphs.action
                sign = self.glyphs.question if item.kind == "question" else sign
                role = "nb-chip" if item.killer else "quiet"
                line: Line = (("   ", "text"), (sign, role), (f" {item.text}", "quiet"))
                lines.append(cut(line, room, self.glyphs.ellipsis))
        return lines

    def _box(self, scenario: Scenario, room: int, detail: int) -> list[Line]:
        across, side, *corners = self.glyphs.frame
        role = "accent" if scenario.number in (self.chosen, self.found) else "line"
        chip = "chip" if self.open else "locked"
        inner = room - 4
        rows: list[Line] = [((f" {scenario.number} ", chip), (f" {scenario.title}", "strong"))]
        for span in self._summary(scenario):
            rows += [((" " * 4, "text"), *line) for line in wrap((span,), inner - 4)]
        rows += [((" " * 4, "text"), *line) for line in (self._steps(scenario, detail, inner - 4) if detail else ())]
        out: list[Line] = [((corners[0] + across * (room - 2) + corners[1], role),)]
        for row in rows:
            drawn = cut(row, inner)
            blank = " " * (inner - width_of(drawn))
            out.append(((f"{side} ", role), *drawn, (blank, "text"), (f" {side}", role)))
        return [*out, ((corners[2] + across * (room - 2) + corners[3], role),)]

    def _listed(self, scenario: Scenario, width: int) -> Iterable[Line]:
        chip = "chip" if self.open else "locked"
        mark = "accent" if scenario.number in (self.chosen, self.found) else "strong"
        yield (f" {scenario.number} ", chip), (f" {scenario.title}", mark)
        spans: list[Span] = []
        for text, role in self._summary(scenario):
            spans += [(" · " if spans else "    ", "quiet"), (text, role)]
        yield from wrap(spans, width, 4)


def scenario_for(procedure: Procedure, said: str) -> int:
    """The number of the scenario that best fits what the client said, or 0."""
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
