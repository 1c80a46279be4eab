"""The keys from `n` to a closed case, a row for each answer, as `keys.md` and the README's table hold them.

`python -m tests.e2e.test_keys_table` writes `keys.md` anew. That each walk works is shown by `test_walks.py`.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.walks import THREE, Way, all_walks

TABLE = Path(__file__).with_name("keys.md")
README = Path(__file__).parents[2] / "README.md"
GOAL = 30
HEAD = (
    "| scenario | the answers | keys | enter after typed text | confirmations |",
    "|---|---|---:|---:|---:|",
)
# One mailbox of three comes back: a second JIRA is filled, copied, raised and answered in the same case.
TWO_ROUNDS = "JIRA returned"


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


def test_the_table_is_what_is_counted() -> None:
    assert TABLE.read_text(encoding="utf-8") == table()


def test_the_readme_has_the_table() -> None:
    text = README.read_text(encoding="utf-8")
    if HEAD[0] not in text:
        pytest.skip("the README has no table of keys")
    assert table() in text


@pytest.mark.parametrize("way", all_walks(), ids=lambda way: f"{way.scenario} {way.name}")
def test_thirty_keys_or_fewer(way: Way) -> None:
    rounds = 2 if TWO_ROUNDS in way.name and way.mailboxes == THREE else 1
    assert way.pressed <= GOAL + (rounds - 1) * 10
    assert way.steps[0].keys == "n"
    assert way.does()[-1].startswith("closed=")


if __name__ == "__main__":
    TABLE.write_text(table(), encoding="utf-8")
