"""Draw the call flow as a graph, as SVG or Mermaid; branches that several answers share are drawn once."""

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
"""Wider than this it is drawn sideways, if that is narrower."""
_ACROSS: Final = 190
_TIP: Final = ' marker-end="url(#tip)"'


class Node(Struct):
    """A box: a question, a scenario or another end; `way` is a point where a long line passes a row."""

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
    """A line from one box to another, labelled with its answer."""

    source: str
    target: str
    text: str


class Graph(Struct):
    """The boxes by id, and the answers between them."""

    nodes: dict[str, Node]
    edges: list[Edge]


def graph_of(procedure: Procedure) -> Graph:
    """Return the graph of the call flow; answers between the same boxes share a line."""
    nodes = {question.id: Node(question.id, "question", question.text) for question in procedure.flow}
    edges: list[Edge] = []
    for question in procedure.flow:
        for answer in question.answers:
            target = _target(procedure, answer)
            nodes.setdefault(target.id, target)
            shared = next((each for each in edges if (each.source, each.target) == (question.id, target.id)), None)
            if shared is not None:
                shared.text += f" / {answer.text}"
            else:
                edges.append(Edge(question.id, target.id, answer.text))
    return Graph(nodes, edges)


def _target(procedure: Procedure, answer: FlowAnswer) -> Node:
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
    """Wrap a text in lines of up to `most` cells, cutting longer words."""
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
    """Placed boxes by row, lines between neighbouring rows, and whether the rows are side by side."""

    rows: list[list[Node]]
    edges: list[Edge]
    sideways: bool


def laid_out(graph: Graph) -> Layout:
    """Lay out a graph of at least one box."""
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
        source, text = edge.source, edge.text
        for place in range(graph.nodes[source].row + 1, graph.nodes[edge.target].row):
            way = Node(f"way-{number}-{place}", "way", "", place)
            rows[place].append(way)
            edges.append(Edge(source, way.id, text))
            source, text = way.id, ""
        edges.append(Edge(source, edge.target, text))
    _order(rows, edges)
    widest = max(sum(node.wide + _GAP for node in row) - _GAP for row in rows)
    sideways = widest > max(_WIDEST, len(rows) * (WIDE + _ACROSS))
    _place(rows, sideways=sideways)
    return Layout(rows, edges, sideways)


def _place(rows: list[list[Node]], *, sideways: bool) -> None:
    """Place the boxes row after row, centred; sideways for questions with many answers."""
    sizes = [[node.high if sideways else node.wide for node in row] for row in rows]
    lengths = [sum(row) + _GAP * (len(row) - 1) for row in sizes]
    along = 0.0
    for row, size, length in zip(rows, sizes, lengths, strict=True):
        across = (max(lengths) - length) / 2
        for node, own in zip(row, size, strict=True):
            node.x, node.y = (along, across) if sideways else (across, along)
            across += own + _GAP
        along += WIDE + _ACROSS if sideways else max(node.high for node in row) + _DOWN


def _order(rows: list[list[Node]], edges: list[Edge]) -> None:
    """Sort each row by the mean position of the boxes above that lead to each box."""
    for above, row in pairwise(rows):
        places = {node.id: place for place, node in enumerate(above)}
        answers = {(edge.source, edge.target): place for place, edge in enumerate(edges)}

        def weight(node: Node, places: dict[str, int] = places, answers: dict[tuple[str, str], int] = answers) -> float:
            found = [(places[source], at) for (source, target), at in answers.items() if target == node.id]
            return sum(place + at / 1000 for place, at in found) / len(found) if found else 0.0

        row.sort(key=weight)


def svg(procedure: Procedure) -> str:
    """Return the call flow as an SVG element with classes of the page's style; every text is escaped."""
    layout = laid_out(graph_of(procedure))
    nodes = {node.id: node for row in layout.rows for node in row}
    wide = max((node.x + node.wide for node in nodes.values()), default=0)
    high = max((node.y + node.high for node in nodes.values()), default=0)
    parts = [_line(edge, nodes, layout) for edge in layout.edges]
    parts += [_box(node) for node in nodes.values() if node.kind != "way"]
    title = escape(f"Call flow: {procedure.title}")
    return (
        f'<svg class="flow" viewBox="-4 -4 {wide + 8:.0f} {high + 8:.0f}" style="max-width:{wide + 8:.0f}px" '
        f'role="img" aria-label="{title}"><defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" '
        f'markerHeight="8" orient="auto"><path d="M0 0 8 4 0 8z"/></marker></defs>{"".join(parts)}</svg>'
    )


def _lines(lines: Iterable[str], x: float, step: int) -> str:
    return "".join(
        f'<tspan x="{x:.0f}" dy="{step if number else 0}">{escape(line)}</tspan>' for number, line in enumerate(lines)
    )


def _box(node: Node) -> str:
    round_ = 4 if node.kind == "question" else 14
    text = _lines(node.lines, node.x + WIDE / 2, _LINE)
    return (
        f'<g class="{node.kind}"><rect x="{node.x:.0f}" y="{node.y:.0f}" width="{node.wide}" height="{node.high}" '
        f'rx="{round_}"/><text y="{node.y + _EDGE + 12.5:.1f}">{text}</text></g>'
    )


def _line(edge: Edge, nodes: dict[str, Node], layout: Layout) -> str:
    """Draw a line from one box to the next, with its answer near the end."""
    sideways = layout.sideways
    source, target = nodes[edge.source], nodes[edge.target]

    def across(node: Node) -> float:
        return node.y if sideways else node.x

    def along(node: Node) -> float:
        return node.x if sideways else node.y

    def deep(node: Node) -> float:
        row = layout.rows[node.row]
        return WIDE if sideways else max(each.high for each in row)

    def port(node: Node, others: Iterable[tuple[float, Edge]]) -> float:
        """Return the point where a line meets the side of a box; lines are spread so that they do not cross there."""
        order = [each for _, each in sorted(others, key=lambda other: other[0])]
        size = node.high if sideways else node.wide
        return across(node) + size * (order.index(edge) + 1) / (len(order) + 1)

    def at(far: float, side: float) -> str:
        return f"{far:.0f} {side:.0f}" if sideways else f"{side:.0f} {far:.0f}"

    first = port(source, ((across(nodes[each.target]), each) for each in layout.edges if each.source == source.id))
    last = port(target, ((across(nodes[each.source]), each) for each in layout.edges if each.target == target.id))
    start, end = along(source) + deep(source), along(target)
    middle = start + (end - start) * 0.4
    begin = start if sideways else source.y + source.high
    way = f"M{at(begin, first)}L{at(start, first)}C{at(middle, first)} {at(middle, last)} {at(end, last)}"
    if target.kind == "way":
        way += f"L{at(end + deep(target), last)}"
    path = f'<path class="line" d="{way}"{"" if target.kind == "way" else _TIP}/>'
    if not edge.text:
        return path
    lines = wrapped(edge.text, 22)[:3]
    x, bottom = (end - 12, last - 5) if sideways else (last, end - 14)
    kind = "answer last" if sideways else "answer"
    return f'{path}<text class="{kind}" y="{bottom - (len(lines) - 1) * 14:.0f}">{_lines(lines, x, 14)}</text>'


def mermaid(procedure: Procedure) -> str:
    """Return the call flow as a Mermaid graph."""
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
    """Escape a quoted text for Mermaid, whose entities begin with # instead of &."""
    signs = {"#": "#35;", '"': "#quot;", "<": "#lt;", ">": "#gt;", "&": "#amp;", "`": "#96;", "\\": "#92;"}
    return "".join(signs.get(sign, sign) for sign in text)
