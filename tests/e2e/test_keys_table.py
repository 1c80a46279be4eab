"""The keys from `n` to a closed case, a row for each answer, as `keys.md` and the README's table hold them.

`python -m tests.e2e.test_keys_table` writes both anew. That each walk works is shown by `test_walks.py`.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.steps import Way
from tests.e2e.walks import all_walks

TABLE = Path(__file__).with_name("keys.md")
README = Path(__file__).parents[2] / "README.md"
LINK = "[tests/e2e/keys.md](tests/e2e/keys.md) has a row for every walk; a test keeps both true."
GOAL = 30
HEAD = (
    "| scenario | the answers | keys | enter after typed text | confirmations |",
    "|---|---|---:|---:|---:|",
)
MARKS = ("<!-- keys -->\n", "<!-- /keys -->")


def row(way: Way) -> tuple[int, int, int]:
    """Keys, enters that end a typed text, and confirmations of killers and witnesses."""
    return way.count("key"), way.count("ends"), way.count("confirm")


def table() -> str:
    """The table as Markdown; rows that differ in the licence or the kind of trouble alone are one."""
    rows: dict[tuple[int, str, tuple[int, int, int]], list[str]] = {}
    for way in all_walks():
        parts = way.name.split(", ")
        place = {1: 1, 2: 1, 3: 0}[way.scenario]  # the licence; the trouble
        own, rest = parts[place], ", ".join(parts[:place] + parts[place + 1 :])
        rows.setdefault((way.scenario, rest, row(way)), []).append(own)
    lines = [
        f"| {scenario} | {rest.replace(', ', ' · ')} · {' / '.join(own)} | {keys} | {ends} | {confirmed} |"
        for (scenario, rest, (keys, ends, confirmed)), own in rows.items()
    ]
    return "\n".join([*HEAD, *lines]) + "\n"


FAMILIES = {
    1: lambda parts: f"workflows {parts[2].split()[-1]}",
    2: lambda parts: " · ".join((parts[2], parts[3])),
    3: lambda parts: parts[1],
}


def span(numbers: list[int]) -> str:
    """The least and the most, or the one figure."""
    low, high = min(numbers), max(numbers)
    return str(low) if low == high else f"{low} to {high}"


def short_table() -> str:
    """The README's: a row for each scenario and what comes of it, from the least to the most."""
    rows: dict[tuple[int, str], list[tuple[int, int, int]]] = {}
    for way in all_walks():
        rows.setdefault((way.scenario, FAMILIES[way.scenario](way.name.split(", "))), []).append(row(way))
    lines = [
        f"| {scenario} | {family} | {' | '.join(span([found[place] for found in counted]) for place in range(3))} |"
        for (scenario, family), counted in rows.items()
    ]
    return "\n".join([*HEAD, *lines]) + "\n"


def written(readme: str) -> str:
    """The README with today's table between its marks."""
    before, rest = readme.split(MARKS[0])
    _, after = rest.split(MARKS[1])
    return f"{before}{MARKS[0]}{short_table()}\n{LINK}\n{MARKS[1]}{after}"


def test_the_table_is_what_is_counted() -> None:
    assert TABLE.read_text(encoding="utf-8") == table()


def test_the_readme_has_the_table() -> None:
    text = README.read_text(encoding="utf-8")
    assert written(text) == text


@pytest.mark.parametrize("way", all_walks(), ids=lambda way: f"{way.scenario} {way.name}")
def test_thirty_keys_or_fewer(way: Way) -> None:
    assert way.pressed <= GOAL
    assert way.steps[0].keys == "n"
    assert way.does()[-1].startswith("closed=")


if __name__ == "__main__":
    TABLE.write_text(table(), encoding="utf-8")
    README.write_text(written(README.read_text(encoding="utf-8")), encoding="utf-8")
