"""`oxtui diff`: by meaning and in plain words; what weakens a safeguard first; no key that is passed over."""

# A row that is read across tells more than one in six lines.
# ruff: noqa: E501

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin

import pytest

from oxtui.playbook.conditions import Condition
from oxtui.playbook.diff.compare import Spot, compare
from oxtui.playbook.diff.playbooks import OWN
from oxtui.playbook.model import Item
from oxtui.playbook.schema.keys import keys_of, shape_of
from tests.core.cli_help import ROOT, Run, runner
from tests.core.test_load_reference import DECLARED

CONFIG = ROOT / "config"
MAIN, ONE, TWO = "playbook.yaml", "scenarios/1-does-not-want-ox-mail.yaml", "scenarios/2-wants-office-365-back.yaml"
FIRST = "What holds back something irreversible"
KILLER = '"Cancel the OX-Mail service"'
CLIENT_RULE = "OX-Mail is never cancelled before the client has confirmed that the mail of every mailbox works"


@pytest.fixture
def diff(home: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> Callable[..., list[str]]:
    run: Run = runner(capfd)

    def told(*changes: tuple[str, str, str], json_too: bool = False) -> list[str]:
        new = Path(shutil.copytree(CONFIG, tmp_path / "new"))
        for file, old, text in changes:
            content = (new / file).read_text("utf-8")
            assert old in content, old
            (new / file).write_text(content.replace(old, text), "utf-8")
        ended = run("diff", str(CONFIG), str(new), *(["--json"] if json_too else []))
        assert ended.code == 0, ended.err
        return ended.lines

    return told


WEAKER = [
    (TWO, "        after: [quote]\n        uses: [licence, billed-now, billed-next, quote, licences]\n        through", "        uses: [licence, billed-now, billed-next, quote, licences]\n        through", '"Place the Office 365 order" no longer waits for this: '),
    (TWO, "after: [client-confirms=works, jira", "after: [jira", f'Scenario 2: {KILLER} no longer waits for this: the client\'s word is "works"'),
    (TWO, "        fresh_for: 5d\n", "", 'Scenario 2: "Does mail work in Office 365?" counts for any time now (before: 5d)'),
    (TWO, "        with: client\n        each: mailbox\n        fresh_for", "        each: mailbox\n        fresh_for", '"Does mail work in Office 365?" no longer needs the client'),
    (TWO, "devices, dns-office-365=yes, order-completed=completed]\n        with", "devices, order-completed=completed]\n        with", '"Does mail work in Office 365?" no longer waits for this: '),
    (MAIN, "    newer_than: [jira-result, devices, dns-office-365, order-completed, order]\n", "    newer_than: [jira-result]\n", f'rule "{CLIENT_RULE}": newer than no longer has'),
    (MAIN, "    before: [accounts-swapped]\n", "    before: [accounts-swapped or order]\n", "no longer wants this first: "),
    (MAIN, "    locks: [cancel-ox-mail]\n", "", "no longer locks the OX-Mail cancellation"),
    (MAIN, "    evidence: {mx: ox-mail}\n    locks", "    locks", "the evidence 'mx' is gone"),
]  # fmt: skip


@pytest.mark.parametrize("change", WEAKER, ids=[each[3][:50] for each in WEAKER])
def test_what_weakens_a_safeguard_comes_first(
    diff: Callable[..., list[str]], change: tuple[str, str, str, str]
) -> None:
    lines = diff(("plans.yaml", '"9.99"', '"10.99"'), change[:3])
    assert lines[0] == FIRST and change[3] in lines[1], lines
    assert lines[-2:] == ["Prices", '  plan "OX mail - Email Deluxe", monthly: 9.99 became 10.99']


PLAIN = [
    ((MAIN, "hours: mon-fri 09:00-17:00\n    facts: [G4", "hours: mon-thu 09:00-17:00\n    facts: [G4"), ["All scenarios", '  channel "OX Mail Migration - Care & Project team chat": hours: "mon-fri 09:00-17:00" became "mon-thu 09:00-17:00"']),
    ((TWO, "        do: Chase the move in the chat\n", "        do: Ask in the chat\n"), ["Scenario 2", '  "Ask in the chat": "Chase the move in the chat" reads now "Ask in the chat"']),
    ((TWO, "jira-again", "jira-second"), ["Scenario 2", "  \"Fix the JIRA and send it again\": its id was 'jira-again' and is 'jira-second'"]),
    ((ONE, "        when: workflows=found\n", ""), ["Scenario 1", '  "Cancel the open Email Essentials workflows" applies always (before: the workflows check is "found")']),
    (("reference.yaml", "pages:\n", "pages:\n  new-page: {title: New page, lines: [One.]}\n"), ["reference.yaml", '  the page "New page" is new']),
    (("walks/3-solved.yaml", "ends: complete", "ends: changed-mind"), ["Walks", '  "The settings were wrong, and the mail works": ends: "complete" became "changed-mind"']),
]  # fmt: skip


def test_a_change_is_told_by_what_it_means(tmp_path: Path, home: Path, capfd: pytest.CaptureFixture[str]) -> None:
    run = runner(capfd)
    for number, ((file, old, text), wanted) in enumerate(PLAIN):
        new = Path(shutil.copytree(CONFIG, tmp_path / str(number)))
        content = (new / file).read_text("utf-8")
        assert old in content, old
        (new / file).write_text(content.replace(old, text), "utf-8")
        assert run("diff", str(CONFIG), str(new)).lines == wanted


def test_what_no_longer_ends_something_for_good_is_told_first_and_a_program_reads_it_too(
    diff: Callable[..., list[str]],
) -> None:
    firm = Spot("Scenario 2", KILLER, firm=True)
    (change,) = compare(Item, {"do": "x", "irreversible": "true"}, {"do": "x"}, firm, OWN)
    assert change.first and change.text == f"{KILLER} no longer counts as irreversible"
    text = (CONFIG / TWO).read_text("utf-8")
    billing = text[text.index("      - id: ox-billing") :]
    found = json.loads("\n".join(diff((TWO, billing, ""), (MAIN, "    locks: [cancel-ox-mail]\n", ""), json_too=True)))
    first, *_, gone = found["changes"]
    assert first["first"] and first["key"] == "locks" and first["old"] == "cancel-ox-mail"
    assert gone["kind"] == "removed" and gone["text"] == '"End the OX-Mail billing" is gone' and not gone["first"]
    assert set(first) == {"first", "part", "kind", "about", "key", "text", "old", "new"}


@pytest.mark.parametrize("declared", DECLARED, ids=[each.__name__ for each in DECLARED])
def test_a_change_of_any_key_shows(declared: type) -> None:
    """New keys of the reader show up in a diff without further code."""
    written = declared
    base = _sample(declared, 0)
    for key in keys_of(written):
        for other in (
            base | {key.name: _sample(key.declared, 1)},
            {name: base[name] for name in base if name != key.name},
        ):
            found = list(compare(declared, base, other, Spot("Part", "It"), OWN))
            assert found or key.name == "id", f"{declared.__name__}.{key.name}"
            back = list(compare(declared, other, base, Spot("Part", "It"), OWN))
            assert back or key.name == "id", f"{declared.__name__}.{key.name}, the other way round"
            assert all(each.text.startswith("It") for each in (*found, *back))


def _sample(declared: Any, number: int, depth: int = 0) -> Any:
    """A plain value as it may stand in a file; another one for each number."""
    shape = shape_of(declared)
    if shape.kind == "keys":
        keys = keys_of(shape.inner) if depth < 5 else ()
        return {key.name: _sample(key.declared, number, depth + 1) for key in keys}
    if shape.kind == "list":
        return [_sample(shape.inner, number, depth + 1)]
    if shape.kind == "entries":
        return {"entry": _sample(shape.inner, number, depth + 1)}
    while get_origin(declared) is Annotated:
        declared = declared.__origin__
    if declared is bool:
        return "true" if number else "false"
    if get_origin(declared) is Literal:
        return {**dict(enumerate(each for each in get_args(declared) if each))}.get(number, "one-more")
    if declared is Condition:
        return f"item=answer-{number}"
    return f"value-{number}"


def test_one_that_cannot_be_read_is_told_as_ever(home: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    run = runner(capfd)
    new = Path(shutil.copytree(CONFIG, tmp_path / "new"))
    (new / MAIN).write_text("title: [", "utf-8")
    ended = run("diff", str(CONFIG), str(new))
    assert ended.code == 2 and "playbook.yaml:1: " in ended.err and not ended.out
    assert run("diff", str(CONFIG), str(tmp_path / "nowhere")).code == 2
