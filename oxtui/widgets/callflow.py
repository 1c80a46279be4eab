"""The call flow as a diagram: its questions, the outcome of each answer, and the path taken."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType

from oxtui.playbook.flow import own_steps
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
    """The answers given, by question."""
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
        self.redraw()  # the height matters, too: it decides how much of each scenario is shown

    @property
    def _chip(self) -> str:
        """The role of the keys that choose a scenario."""
        return "chip" if self.open else "locked"

    def content(self, width: int) -> Iterable[Line]:
        lines: list[Line] = []
        if self.procedure.flow:
            first = self.procedure.flow[0]
            lines += wrap(((first.text, "strong"),), width)
            if self.seen:
                lines += wrap(((f"{self.glyphs.dot} {self.seen}", "quiet"),), width)
            if width < 50:
                lines += flow_listed(self.procedure, self._chip, (self.chosen, self.found))
            else:
                questions = {question.id: question for question in self.procedure.flow}
                lines += self._answers(first, questions, (), width, set())
            lines.append(())
        scenarios = list(self.procedure.scenarios.values())
        if width >= 34 * len(scenarios):
            room = self.scrollable_content_region.height - len(lines)
            boxes = [self._boxes(scenarios, width, detail) for detail in (2, 1, 0)]
            lines += next((each for each in boxes if len(each) <= room), boxes[-1])
        else:
            lines += (line for scenario in scenarios for line in self._listed(scenario, width))
        return (cut(line, width, self.glyphs.ellipsis) for line in lines)

    def _answers(
        self, question: FlowQuestion, questions: Mapping[str, FlowQuestion], lead: Line, width: int, drawn: set[str]
    ) -> Iterable[Line]:
        """The answers of a question as a tree; a question that several answers lead to is drawn below the first."""
        across, side, _, _, corner, _ = self.glyphs.frame
        for answer in question.answers:
            last = answer is question.answers[-1]
            taken = self.path.get(question.id) == answer.id
            stem: Line = (*lead, (f"{corner if last else self.glyphs.branch}{across} ", "accent" if taken else "line"))
            beyond: Line = (*lead, ("   " if last else f"{side}  ", "line"))
            following = questions.get(answer.next)
            above = following is not None and following.id in drawn
            words = (*self._answer(answer, taken, following), ("  (above)" if above else "", "quiet"))
            for row, line in enumerate(wrap(words, width - width_of(stem))):
                yield (*(beyond if row else stem), *line)
            if following and not above:
                drawn.add(following.id)
                yield from self._answers(following, questions, beyond, width, drawn)

    def _answer(self, answer: FlowAnswer, taken: bool, following: FlowQuestion | None) -> Line:
        text: Span = (answer.text, "accent" if taken else "text")
        if following:
            return text, ("   ", "text"), (following.text, "strong")
        outcome = answer.outcome
        number = outcome.scenario if outcome else 0
        scenario = self.procedure.scenarios.get(number or 0)
        title = scenario.title if scenario else outcome.text if outcome and not number else ""
        chip = "chip" if taken and number else self._chip
        role = "accent" if taken and number else "quiet"
        return text, (f" {self.glyphs.arrow} ", "quiet"), (f" {number or 0} ", chip), (f" {title}", role)

    def _summary(self, scenario: Scenario) -> list[Span]:
        roles = ("text", "due", "quiet")
        return [(text, roles[min(place, 2)]) for place, text in enumerate(scenario.summary)]

    def _boxes(self, scenarios: Sequence[Scenario], width: int, detail: int) -> list[Line]:
        """The scenarios side by side; `detail` 1 adds their steps, 2 the items as well."""
        gap = 2
        room = min(68, (width - gap * (len(scenarios) - 1)) // len(scenarios))
        bodies = [self._body(scenario, room - 4, detail) for scenario in scenarios]
        height = max(map(len, bodies))
        boxes = [
            self._framed(body + [()] * (height - len(body)), room, self._marked(scenario, "line"))
            for scenario, body in zip(scenarios, bodies, strict=True)
        ]
        between: Span = (" " * gap, "text")
        return [tuple(span for spans in row for span in (*spans, between))[:-1] for row in zip(*boxes, strict=True)]

    def _marked(self, scenario: Scenario, otherwise: str) -> str:
        return "accent" if scenario.number in (self.chosen, self.found) else otherwise

    def _body(self, scenario: Scenario, width: int, detail: int) -> list[Line]:
        """The lines in the box of a scenario."""
        rows = [line for span in self._summary(scenario) for line in wrap((span,), width - 4)]
        rows += self._steps(scenario, detail, width - 4) if detail else []
        title: Line = ((f" {scenario.number} ", self._chip), (f" {scenario.title}", "strong"))
        return [title, *((("    ", "text"), *row) for row in rows)]

    def _framed(self, rows: Sequence[Line], room: int, role: str) -> list[Line]:
        across, side, *corners = self.glyphs.frame
        out: list[Line] = [((corners[0] + across * (room - 2) + corners[1], role),)]
        for row in rows:
            drawn = cut(row, room - 4)
            blank = " " * (room - 4 - width_of(drawn))
            out.append(((f"{side} ", role), *drawn, (blank, "text"), (f" {side}", role)))
        return [*out, ((corners[2] + across * (room - 2) + corners[3], role),)]

    def _steps(self, scenario: Scenario, detail: int, room: int) -> list[Line]:
        """The steps of a scenario, with their items at `detail` 2."""
        lines: list[Line] = []
        for number, step in enumerate((step for _, step in own_steps(scenario)), 1):
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

    def _listed(self, scenario: Scenario, width: int) -> Iterable[Line]:
        """A scenario on a narrow pane."""
        yield (f" {scenario.number} ", self._chip), (f" {scenario.title}", self._marked(scenario, "strong"))
        spans: list[Span] = []
        for span in self._summary(scenario):
            spans += [(" · " if spans else "    ", "quiet"), span]
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
