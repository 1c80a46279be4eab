"""One thing taken out of the program: what a file holds then, and how such a text is made."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Mutation:
    """`name` says what is taken out; `text` is what `file` (from the top of the tree) then holds.

    `tests` are those that must fail (`file::test`, from `tests/`); of a check nobody chose tests for, none.
    """

    name: str
    file: str
    text: str
    tests: tuple[str, ...] = ()


def without(file: str, *changes: tuple[str, str]) -> str:
    """The text of a file with pieces replaced, each of which it has once."""
    text = (ROOT / file).read_text(encoding="utf-8")
    for old, new in changes:
        assert text.count(old) == 1, f"{file} has {text.count(old)} of: {old}"
        text = text.replace(old, new)
    return text


def with_body(file: str, function: str, body: str) -> str:
    """The text of a file in which a function (`name`, or `Class.name`) does only `body`."""
    text = (ROOT / file).read_text(encoding="utf-8")
    node: ast.AST = ast.parse(text)
    for name in function.split("."):
        found = [each for each in ast.iter_child_nodes(node) if getattr(each, "name", "") == name]
        assert found, f"{file} has no {function}"
        node = found[0]
    assert isinstance(node, ast.FunctionDef)
    lines = text.splitlines(keepends=True)
    first, last = node.body[0], node.body[-1]
    assert last.end_lineno
    indented = "".join(f"{' ' * first.col_offset}{line}\n" for line in body.splitlines())
    return "".join((*lines[: first.lineno - 1], indented, *lines[last.end_lineno :]))
