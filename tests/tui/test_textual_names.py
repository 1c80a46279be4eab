"""The three private names of Textual that the program reaches: each in one file, and still what it was."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from pathlib import Path

from textual.app import App
from textual.screen import Screen
from textual.scroll_view import ScrollView

import oxtui

PACKAGE = Path(oxtui.__file__).parent
REACHED = {
    "_handle_exception": "app.py",
    "_compositor_refresh": "screens/host.py",
    "_size_updated": "widgets/text_view.py",
}


def reached() -> Iterator[tuple[str, str]]:
    """Every private name of Textual that a screen or widget imports or reaches, with the file."""
    for path in (PACKAGE / "app.py", *(PACKAGE / "screens").rglob("*.py"), *(PACKAGE / "widgets").rglob("*.py")):
        place = path.relative_to(PACKAGE).as_posix()
        tree = ast.parse(path.read_text(encoding="utf-8"))
        theirs = set(dir(App)) | set(dir(Screen)) | set(dir(ScrollView))
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("textual"):
                for name in (*(node.module or "").split("."), *(alias.name for alias in node.names)):
                    if name.startswith("_"):
                        yield name, place
            elif isinstance(node, ast.Attribute) and _private(node.attr) and node.attr in theirs:
                yield node.attr, place


def _private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__")


def test_each_is_reached_in_one_file_and_there_are_no_others() -> None:
    assert set(reached()) == set(REACHED.items())


def test_textual_still_has_them_as_they_are_used() -> None:
    assert list(inspect.signature(App._handle_exception).parameters) == ["self", "error"]
    assert "__rich__" in inspect.getsource(App._handle_exception), "a crash is drawn by its own __rich__"
    assert list(inspect.signature(Screen._compositor_refresh).parameters) == ["self"]
    updated = inspect.signature(ScrollView._size_updated)
    assert list(updated.parameters) == ["self", "size", "virtual_size", "container_size", "layout"]
