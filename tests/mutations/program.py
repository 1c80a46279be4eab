"""What can be taken out of the program: every `if`, every part of a condition, and every call of a permit.

An `if` that raises is a refusal; the others decide what state a thing is in. Each is taken as never true.
Of the screens, every question to a person: taken as answered with yes, or as not to be asked at all.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.mutations.mutation import Mutation, numbered

FILES = (
    "oxtui/playbook/permits.py",
    "oxtui/playbook/progress.py",
    "oxtui/casework/changes.py",
    "oxtui/casework/conduct.py",
    "oxtui/casework/fold.py",
    "oxtui/casework/carry.py",
    "oxtui/casework/escalation.py",
    "oxtui/playbook/pins.py",
    "oxtui/store/layout.py",
    "oxtui/store/importing.py",
    "oxtui/store/local.py",
    "oxtui/store/logs.py",
    "oxtui/service.py",
    "oxtui/secret.py",
    "oxtui/screens/case_items.py",
    "oxtui/screens/case_questions.py",
    "oxtui/screens/case_details.py",
    "oxtui/screens/case_whole.py",
    "oxtui/screens/case_copying.py",
    "oxtui/screens/picker.py",
    "oxtui/screens/history.py",
)
PERMITS = {
    "need_call", "need_client", "may_mark", "may_skip", "may_defer", "may_unwind", "may_copy", "_confirmed",
    "item_of", "check_value", "reopen", "consume", "sync_folder", "save_pin",
}  # fmt: skip


def mutations(root: Path) -> list[Mutation]:
    """All of the files that decide what may be done and what was."""
    return list(numbered(found for file in FILES for found in _Code(root, file).found()))


class _Code:
    def __init__(self, root: Path, file: str) -> None:
        self.file = file
        self.text = (root / file).read_text(encoding="utf-8")
        self.starts = [0]
        for line in self.text.encode().splitlines(keepends=True):
            self.starts.append(self.starts[-1] + len(line))

    def found(self) -> Iterator[Mutation]:
        yield from self._within(ast.parse(self.text), Path(self.file).name, judges=False)

    def _within(self, node: ast.AST, where: str, *, judges: bool) -> Iterator[Mutation]:
        for child in ast.iter_child_nodes(node):
            inner = where
            if isinstance(child, ast.ClassDef | ast.FunctionDef):
                inner = f"{where} {child.name}" if " " not in where else f"{where}.{child.name}"
            judging = judges
            if isinstance(child, ast.FunctionDef):
                judging = child.returns is not None and ast.unparse(child.returns) == "bool"
            yield from self._of(child, inner, judges=judging)
            yield from self._within(child, inner, judges=judging)

    def _of(self, node: ast.AST, where: str, *, judges: bool) -> Iterator[Mutation]:
        if self.file.startswith("oxtui/screens/"):
            yield from self._question(node, where)
        elif isinstance(node, ast.If) and ast.unparse(node.test) != "TYPE_CHECKING":
            kind = "refusal" if any(isinstance(each, ast.Raise) for each in node.body) else "decision"
            yield self._made(kind, where, f"if {ast.unparse(node.test)}", node.test, "False")
            yield from self._parts(node.test, where, kind)
        elif isinstance(node, ast.comprehension):
            for test in node.ifs:
                yield self._made("filter", where, f"for ... if {ast.unparse(test)}", test, "True")
                yield from self._parts(test, where, "filter")
        elif judges and isinstance(node, ast.Return) and isinstance(node.value, ast.BoolOp):
            yield from self._parts(node.value, where, "decision")
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            called = node.value.func
            if (called.id if isinstance(called, ast.Name) else "") in PERMITS:
                yield self._made("refusal", where, ast.unparse(node), node, "pass")

    def _question(self, node: ast.AST, where: str) -> Iterator[Mutation]:
        """What a person answers, and whether it is asked at all."""
        if isinstance(node, ast.If | ast.IfExp):
            test = ast.unparse(node.test)
            if test in ("yes", "places"):
                yield self._made("question", where, f"if {test}", node.test, "True")
            elif "needs_confirmation" in test or "is_witness" in test:
                unasked = "True" if "not needs_confirmation" in test else "False"
                yield self._made("question", where, f"if {test}", node.test, unasked)

    def _parts(self, test: ast.expr, where: str, kind: str) -> Iterator[Mutation]:
        """A condition without one of its parts: of `and` it is taken as true, of `or` as false."""
        for node in ast.walk(test):
            if isinstance(node, ast.BoolOp):
                word, neutral = ("and", "True") if isinstance(node.op, ast.And) else ("or", "False")
                for part in node.values:
                    yield self._made(kind, where, f"... {word} {ast.unparse(part)}", part, neutral)

    def _made(self, kind: str, where: str, what: str, node: ast.expr | ast.Expr, new: str) -> Mutation:
        assert node.end_lineno and node.end_col_offset is not None
        begin = self.starts[node.lineno - 1] + node.col_offset
        end = self.starts[node.end_lineno - 1] + node.end_col_offset
        raw = self.text.encode()
        return Mutation(kind, self.file, where, what, (raw[:begin] + new.encode() + raw[end:]).decode())
