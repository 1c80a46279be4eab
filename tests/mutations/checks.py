"""Every `if` of the core, and every part of its condition: each is taken as never true, or as saying nothing."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Final

from tests.mutations.mutation import ROOT, Mutation

FILES: Final = tuple(
    f"oxtui/{name}.py"
    for name in (
        "cases/guard", "cases/status", "cases/waits", "cases/effects", "cases/moves",
        "cases/commands/base", "cases/commands/typed",
        "cases/commands/marks", "cases/commands/corrections", "cases/commands/undo", "cases/commands/quotes",
        "cases/commands/killers", "cases/commands/calls", "cases/commands/details", "cases/commands/mailboxes",
        "cases/commands/scenarios", "cases/commands/copies", "cases/commands/waiting", "cases/commands/closing",
        "cases/contradictions", "cases/log/state", "cases/log/reading", "cases/log/replay",
        "cases/transfer", "service", "outbox",
    )
)  # fmt: skip
TESTS: Final = tuple(
    f"service/test_{name}.py"
    for name in (
        "refusals", "edges", "service", "time", "words", "seen", "killers", "mailboxes", "contradictions", "reported",
        "undo", "typed", "altered", "gate", "forbidden_ways", "corrections", "what_really_happened", "scenarios",
        "carried", "outbox",
    )
)  # fmt: skip


def mutations() -> list[Mutation]:
    """All of the files that decide what may be done and what was."""
    return [found for file in FILES for found in _Code(file).found()]


class _Code:
    def __init__(self, file: str) -> None:
        self.file = file
        self.raw = (ROOT / file).read_bytes()
        self.starts = [0]
        for line in self.raw.splitlines(keepends=True):
            self.starts.append(self.starts[-1] + len(line))

    def found(self) -> Iterator[Mutation]:
        yield from self._within(ast.parse(self.raw), "")

    def _within(self, node: ast.AST, where: str) -> Iterator[Mutation]:
        for child in ast.iter_child_nodes(node):
            inner = where
            if isinstance(child, ast.ClassDef | ast.FunctionDef):
                inner = f"{where}.{child.name}".lstrip(".")
            if isinstance(child, ast.If):
                yield self._made(inner, f"if {ast.unparse(child.test)}", child.test, "False")
                yield from self._parts(child.test, inner)
            yield from self._within(child, inner)

    def _parts(self, test: ast.expr, where: str) -> Iterator[Mutation]:
        """A condition without one of its parts: of `and` it is taken as true, of `or` as false."""
        for node in ast.walk(test):
            if isinstance(node, ast.BoolOp):
                word, neutral = ("and", "True") if isinstance(node.op, ast.And) else ("or", "False")
                for part in node.values:
                    yield self._made(where, f"... {word} {ast.unparse(part)}", part, neutral)

    def _made(self, where: str, what: str, node: ast.expr, new: str) -> Mutation:
        assert node.end_lineno and node.end_col_offset is not None
        begin = self.starts[node.lineno - 1] + node.col_offset
        end = self.starts[node.end_lineno - 1] + node.end_col_offset
        return Mutation(f"{where}: {what}", self.file, (self.raw[:begin] + new.encode() + self.raw[end:]).decode())
