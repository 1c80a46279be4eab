"""The call flow as a graph, in which what several answers share is there once: a picture (SVG), or Mermaid."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from itertools import pairwise
from typing import Final, Literal, NamedTuple, TypeAlias

from msgspec import Struct

from oxtui.playbook.model import FlowAnswer, Procedure
from oxtui.text import cells

Kind: TypeAlias = Literal["question", "scenario", "end", "way"]
WIDE: Final = 184
"""Of a box, in units of the picture; `_GAP` between boxes, `_DOWN` between rows, `_LINE` a line of text."""
_GAP, _DOWN, _LINE, _EDGE, _WAY = 28, 62, 17, 12, 96
_CELLS: Final = 25
_WIDEST: Final = 6 * (WIDE + _GAP)
"""Wider than this it is drawn sideways, where that is narrower."""
_ACROSS: Final = 190


class Node(Struct):
    """A box: a question, a scenario, or what is done instead; `way` is where a long line passes a row."""

    id: str
    kind: Kind
    text: str
    row: int = 0
    x: float = 0
    y: float = 0
    lines: tuple[str, ...] = ()

    @property
    def wide(self) -> int:
        return _WAY if self.kind == "way" else WIDE

    @property
    def high(self) -> int:
        return 0 if self.kind == "way" else len(self.lines) * _LINE + 2 * _EDGE


class Edge(Struct):
    """An answer that leads from one box to another."""

    source: str
    target: str
    text: str


class Graph(Struct):
    """The boxes by id, and the answers between them."""

    nodes: dict[str, Node]
    edges: list[Edge]


def graph_of(procedure: Procedure) -> Graph:
    """The call flow as boxes and answers; answers with the same ways are one line."""
    nodes = {question.id: Node(question.id, "question", question.text) for question in procedure.flow}
    edges: list[Edge] = []
    for question in procedure.flow:
        for answer in question.answers:
            target = _target(procedure, question.id, answer)
            nodes.setdefault(target.id, target)
            shared = next((each for each in edges if (each.source, each.target) == (question.id, target.id)), None)
            if shared is not None:
                shared.text += f" / {answer.text}"
            else:
                edges.append(Edge(question.id, target.id, answer.text))
    return Graph(nodes, edges)


def _target(procedure: Procedure, question: str, answer: FlowAnswer) -> Node:
    if answer.next:
        return Node(answer.next, "question", "")
    outcome = answer.outcome
    if outcome is not None and outcome.scenario:
        scenario = procedure.scenarios.get(outcome.scenario)
        return Node(
            f"scenario-{outcome.scenario}", "scenario", f"{outcome.scenario} {scenario.title if scenario else ''}"
        )
    text = outcome.text if outcome is not None else ""
    return Node(f"end-{text}", "end", text)


def wrapped(text: str, most: int) -> tuple[str, ...]:
    """A text in lines of up to `most` cells; a word that is longer is cut."""
    lines: list[str] = []
    for word in text.split():
        while cells(word) > most:
            part = word[: most - 1]
            lines.append(f"{part}-")
            word = word[most - 1 :]
        if lines and cells(f"{lines[-1]} {word}") <= most:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return tuple(lines) or ("",)


class Layout(NamedTuple):
    """The rows of boxes with their places, the lines between boxes of neighbouring rows, and which way they go."""

    rows: list[list[Node]]
    edges: list[Edge]
    sideways: bool


def laid_out(graph: Graph) -> Layout:
    """Where everything stands; a graph has one box at least."""
    for _ in graph.nodes:  # each box below all that lead to it
        for edge in graph.edges:
            target = graph.nodes[edge.target]
            target.row = max(target.row, graph.nodes[edge.source].row + 1)
    rows: list[list[Node]] = [[] for _ in range(max((each.row for each in graph.nodes.values()), default=0) + 1)]
    for node in graph.nodes.values():
        node.lines = wrapped(node.text, _CELLS)
        rows[node.row].append(node)
    edges: list[Edge] = []
    for number, edge in enumerate(graph.edges):
        source = edge.source
        for place in range(graph.nodes[source].row + 1, graph.nodes[edge.target].row):
            way = Node(f"way-{number}-{place}", "way", "", place)
            rows[place].append(way)
            edges.append(Edge(source, way.id, edge.text if source == edge.source else ""))
            source = way.id
        edges.append(Edge(source, edge.target, edge.text if source == edge.source else ""))
    _order(rows, edges)
    sideways = max(map(_width, rows)) > max(_WIDEST, len(rows) * (WIDE + _ACROSS))
    (_placed_sideways if sideways else _placed)(rows)
    return Layout(rows, edges, sideways)


def _placed(rows: list[list[Node]]) -> None:
    """Rows below one another, each in the middle."""
    widest = max(map(_width, rows))
    top = 0.0
    for row in rows:
        left = (widest - _width(row)) / 2
        for node in row:
            node.x, node.y = left, top
            left += node.wide + _GAP
        top += max(node.high for node in row) + _DOWN


def _placed_sideways(rows: list[list[Node]]) -> None:
    """Rows beside one another, for questions with many answers."""
    heights = [sum(node.high + _GAP for node in row) - _GAP for row in rows]
    for number, row in enumerate(rows):
        top = (max(heights) - heights[number]) / 2
        for node in row:
            node.x, node.y = number * (WIDE + _ACROSS), top
            top += node.high + _GAP


def _width(row: Iterable[Node]) -> float:
    return sum(node.wide + _GAP for node in row) - _GAP


def _order(rows: list[list[Node]], edges: list[Edge]) -> None:
    """Boxes near what leads to them, by the mean place of it, row by row."""
    for above, row in pairwise(rows):
        places = {node.id: place for place, node in enumerate(above)}
        answers = {(edge.source, edge.target): place for place, edge in enumerate(edges)}

        def weight(node: Node, places: dict[str, int] = places, answers: dict[tuple[str, str], int] = answers) -> float:
            found = [(places[source], at) for (source, target), at in answers.items() if target == node.id]
            return sum(place + at / 1000 for place, at in found) / len(found) if found else 0.0

        row.sort(key=weight)


def svg(procedure: Procedure) -> str:
    """The call flow as an SVG element, drawn in the classes of the page's style; every text is escaped."""
    rows, edges, sideways = laid_out(graph_of(procedure))
    nodes = {node.id: node for row in rows for node in row}
    wide = max((node.x + node.wide for node in nodes.values()), default=0)
    high = max((node.y + node.high for node in nodes.values()), default=0)
    tall = {number: max(node.high for node in row) for number, row in enumerate(rows) if row}
    if sideways:
        parts = [_edge_sideways(edge, nodes, edges) for edge in edges]
    else:
        parts = [_edge(edge, nodes, edges, tall) for edge in edges]
    parts += [_box(node) for node in nodes.values() if node.kind != "way"]
    title = escape(f"Call flow: {procedure.title}")
    return (
        f'<svg class="flow" viewBox="-4 -4 {wide + 8:.0f} {high + 8:.0f}" style="max-width:{wide + 8:.0f}px" '
        f'role="img" aria-label="{title}"><defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" '
        f'markerHeight="8" orient="auto"><path d="M0 0 8 4 0 8z"/></marker></defs>{"".join(parts)}</svg>'
    )


def _box(node: Node) -> str:
    lines = "".join(
        f'<tspan x="{node.x + node.wide / 2:.0f}" dy="{_LINE if number else 0}">{escape(line)}</tspan>'
        for number, line in enumerate(node.lines)
    )
    round_ = 4 if node.kind == "question" else 14
    return (
        f'<g class="{node.kind}"><rect x="{node.x:.0f}" y="{node.y:.0f}" width="{node.wide}" height="{node.high}" '
        f'rx="{round_}"/><text y="{node.y + _EDGE + 12.5:.1f}">{lines}</text></g>'
    )


def _edge(edge: Edge, nodes: dict[str, Node], edges: list[Edge], tall: dict[int, int]) -> str:
    """A line from the bottom of one box to the top of another; its answer stands near its end."""
    source, target = nodes[edge.source], nodes[edge.target]
    outs = sorted((each for each in edges if each.source == source.id), key=lambda each: nodes[each.target].x)
    ins = sorted((each for each in edges if each.target == target.id), key=lambda each: nodes[each.source].x)
    x1 = source.x + source.wide * (outs.index(edge) + 1) / (len(outs) + 1)
    x2 = target.x + target.wide * (ins.index(edge) + 1) / (len(ins) + 1)
    y1, y2 = source.y + source.high, target.y
    start = source.y + tall[source.row]
    middle = start + (y2 - start) * 0.4
    way = f"M{x1:.0f} {y1:.0f}V{start:.0f}C{x1:.0f} {middle:.0f} {x2:.0f} {middle:.0f} {x2:.0f} {y2:.0f}"
    if target.kind == "way":
        way += f"v{tall[target.row]}"
    tip = "" if target.kind == "way" else ' marker-end="url(#tip)"'
    if not edge.text:
        return f'<path class="line" d="{way}"{tip}/>'
    lines = wrapped(edge.text, 22)[:3]
    bottom = y2 - 14 - (len(lines) - 1) * 14
    label = "".join(
        f'<tspan x="{x2:.0f}" dy="{14 if number else 0}">{escape(line)}</tspan>' for number, line in enumerate(lines)
    )
    return f'<path class="line" d="{way}"{tip}/><text class="answer" y="{bottom:.0f}">{label}</text>'


def _edge_sideways(edge: Edge, nodes: dict[str, Node], edges: list[Edge]) -> str:
    """A line from the right of one box to the left of another; its answer stands over its end."""
    source, target = nodes[edge.source], nodes[edge.target]
    ins = sorted((each for each in edges if each.target == target.id), key=lambda each: nodes[each.source].y)
    x1, x2 = source.x + WIDE, target.x
    y1 = source.y + source.high / 2
    y2 = target.y + target.high * (ins.index(edge) + 1) / (len(ins) + 1)
    middle = x1 + (x2 - x1) * 0.35
    way = f"M{x1:.0f} {y1:.0f}C{middle:.0f} {y1:.0f} {x1:.0f} {y2:.0f} {middle:.0f} {y2:.0f}H{x2:.0f}"
    way += f"h{WIDE}" if target.kind == "way" else ""
    tip = "" if target.kind == "way" else ' marker-end="url(#tip)"'
    lines = wrapped(edge.text, 22)[:3] if edge.text else ()
    bottom = y2 - 5 - (len(lines) - 1) * 14
    label = "".join(
        f'<tspan x="{x2 - 12:.0f}" dy="{14 if number else 0}">{escape(line)}</tspan>'
        for number, line in enumerate(lines)
    )
    text = f'<text class="answer last" y="{bottom:.0f}">{label}</text>' if label else ""
    return f'<path class="line" d="{way}"{tip}/>{text}'


def mermaid(procedure: Procedure) -> str:
    """The call flow as a Mermaid graph."""
    graph = graph_of(procedure)
    names = {node: f"n{number}" for number, node in enumerate(graph.nodes)}
    shapes = {"question": ('["', '"]'), "scenario": ('(["', '"])'), "end": ('("', '")')}
    lines = ["flowchart TD"]
    for node in graph.nodes.values():
        begin, end = shapes[node.kind]
        lines.append(f"  {names[node.id]}{begin}{_label(node.text)}{end}")
    lines += [f'  {names[edge.source]} -->|"{_label(edge.text)}"| {names[edge.target]}' for edge in graph.edges]
    return "\n".join(lines)


def _label(text: str) -> str:
    """A text within quotes of Mermaid, which has HTML's entities with a # for the &."""
    signs = {"#": "#35;", '"': "#quot;", "<": "#lt;", ">": "#gt;", "&": "#amp;", "`": "#96;", "\\": "#92;"}
    return "".join(signs.get(sign, sign) for sign in text)
