"""The pages for people who work on oxtui name what is there, and README's tables have every command and every key."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest
from textual.binding import Binding

from oxtui.cli.parser import COMMANDS
from oxtui.screens.base import BaseScreen
from oxtui.screens.call_flow.screen import CallFlowScreen
from oxtui.screens.case.screen import CaseScreen
from oxtui.screens.home.screen import HomeScreen
from oxtui.screens.new_case import NewCaseScreen

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")
PAGES = ("ARCHITECTURE.md", "CONTRIBUTING.md", "tests/README.md", "tests/bench/README.md")
SCREENS: dict[str, type[BaseScreen]] = {
    "Home": HomeScreen,
    "New case": NewCaseScreen,
    "Call flow": CallFlowScreen,
    "Case": CaseScreen,
}
ON_EVERY_LIST = {"j", "k", "esc"}
NOT_OURS = {"vX", "callbacks"}
"""A version's tag, and a name of Python's."""


@cache
def places() -> frozenset[str]:
    """Every file and folder of the source, and each ending of its path."""
    found = [*PAGES]
    for top in ("oxtui", "tests", "config", "snapshots", ".ci"):
        found += [path.relative_to(ROOT).as_posix() for path in (ROOT / top, *(ROOT / top).rglob("*"))]
    return frozenset(path[at:] for path in found for at in (0, *(m.end() for m in re.finditer("/", path))))


@cache
def words() -> frozenset[str]:
    """Every word of the source and of its settings."""
    files = [*(ROOT / "oxtui").rglob("*.py"), *(ROOT / "oxtui").rglob("*.sql"), *(ROOT / "tests").rglob("*.py")]
    files = [path for path in files if path != Path(__file__)] + [ROOT / "pyproject.toml"]
    return frozenset(word for path in files for word in re.findall(r"\w+", path.read_text("utf-8")))


@pytest.mark.parametrize("page", PAGES)
def test_a_page_names_files_and_names_that_are_there(page: str) -> None:
    text = re.sub(r"(?s)```.*?```", "", (ROOT / page).read_text("utf-8"))
    gone = []
    for span in re.findall(r"`([^`\n]+)`", text):
        for word in span.split():
            if re.fullmatch(r"[\w.-]+(/[\w.-]+)*(\.(py|yaml|md|sql|txt)|/)", word):
                gone += [word] if word.rstrip("/") not in places() else []
            elif span == word and re.fullmatch(r"[A-Za-z_][\w.]*(\(.*\))?", word):
                gone += [name for name in re.findall(r"\w+", word.partition("(")[0]) if name not in words()]
    assert set(gone) <= NOT_OURS


def test_readme_has_every_command() -> None:
    table = README.partition("## Commands")[2].partition("\n## ")[0]
    named = set(re.findall(r"`oxtui ([a-z]+)", table))
    assert named == set(COMMANDS)


@pytest.mark.parametrize("name", SCREENS)
def test_readme_has_every_key_of_a_screen(name: str) -> None:
    row = next(line for line in README.splitlines() if line.startswith(f"| {name} | "))
    named = set(re.findall(r"`([^`]+)`", row))
    if "`1`-`9`" in row:
        named |= set("123456789")
    bound = {
        binding.key_display or binding.key
        for binding in SCREENS[name].BINDINGS
        if isinstance(binding, Binding) and not (name == "Call flow" and binding.key in "456789")  # three scenarios
    }
    assert bound - {"shift+tab"} <= named
    assert named - ON_EVERY_LIST <= bound
