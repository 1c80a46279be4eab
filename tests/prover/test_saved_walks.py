"""`walks/*.yaml`: run by `oxtui check`; one that fails is reported at its line, with the way to it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from oxtui.cli.check import walk_problems
from oxtui.playbook.load import load
from tests.core.cli_help import ROOT, Run, runner

WALK = "walks/2-jira-returned.yaml"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return Path(shutil.copytree(ROOT / "config", tmp_path / "config"))


def told(config: Path) -> list[str]:
    return list(map(str, walk_problems(config, load(config).playbook.procedure)))


def changed(config: Path, old: str, new: str, file: str = WALK) -> int:
    """Change a file; the line where the change is."""
    text = (config / file).read_text("utf-8")
    assert text.count(old) == 1, old
    (config / file).write_text(text.replace(old, new), "utf-8")
    return text[: text.index(old)].count("\n") + 1


def test_the_shipped_walks_go_as_they_say_one_at_least_a_scenario(config: Path) -> None:
    assert told(config) == []
    assert {path.name[0] for path in (config / "walks").iterdir()} == {"1", "2", "3"}


# what stands there, what is written instead, the line that is told, part of why
WRONG = [
    ("  - devices: connected\n", "", "  - jira", '"Raise a JIRA to Platform Support to move the mail back": refused. '),
    ("  - jira\n", "  - jira\n  - cancel-ox-mail\n", "  - cancel-ox-mail", '"Cancel the OX-Mail service": refused. '),
    ("  - refused: jira\n", "  - refused: ns\n", "  - refused: ns", "'Whose name servers does the domain use?' is not"),
    ("  - hidden: quote\n", "  - shown: quote\n", "  - shown: quote", "is not shown here"),
    ("  - hidden: quote\n", "  - hidden: sme\n", "  - hidden: sme", "is shown here"),
    ("ends: complete\n", "ends: old-mail-lost\n", "ends: ", "it cannot end as 'done, old mail lost'"),
    ("  - ox-billing\n", "", "ends: ", "still open: the OX-Mail billing"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "mark", "why"), WRONG, ids=[each[3][:40] for each in WRONG])
def test_where_a_walk_fails_is_told_with_its_way(config: Path, old: str, new: str, mark: str, why: str) -> None:
    changed(config, old, new)
    lines = (config / WALK).read_text("utf-8").splitlines()
    line = 1 + next(number for number, each in enumerate(lines) if each.startswith(mark))
    (problem,) = told(config)
    assert problem.startswith(f"{WALK}:{line}: the walk 'Monthly, the JIRA comes back for one of two ")
    assert why in problem
    assert 'Before it: "Is the OX-Mail service still running?": still running; ' in problem


FORMS = [
    ("  - order\n", "  - odrer\n", "there is no item 'odrer' (did you mean 'order'?)"),
    ("  - order\n", "  - order: yes\n", "'order' is an action: write 'order' alone, or 'order: done'"),
    ("  - missing: no\n", "  - missing\n", "'missing' is a question: write 'missing: ' and its answer (no, "),
    ("  - missing: no\n", "  - missing: noo\n", "there is no answer of 'missing' called 'noo' (did you mean 'no'?)"),
    ("  - missing: no\n", "  - {missing: no, mx: ox-mail}\n", "a step says one thing"),
    ("mailbox: 1}", "mailbox: 3}", "'mailbox' is a number from 1 to 2, not '3'"),
    ("ends: complete\n", "ends: complet\n", "there is no ending 'complet' (did you mean 'complete'?)"),
    ("scenario: 2\n", "scenario: 4\n", "there is no scenario 4"),
    ("scenario: 2\n", "scenari: 2\n", "'scenari' is not a key of a walk (did you mean 'scenario'?)"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "message"), FORMS, ids=[each[2][:40] for each in FORMS])
def test_what_is_wrong_with_the_form_of_a_walk(config: Path, old: str, new: str, message: str) -> None:
    line = changed(config, old, new)
    assert any(each.startswith(f"{WALK}:{line}: ") and message in each for each in told(config)), told(config)


def test_check_runs_them_and_a_floor_works_on_with_one_that_fails(
    home: Path, config: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    run: Run = runner(capfd)
    digest = load(config).playbook.procedure.digest
    line = changed(config, "ends: complete\n", "ends: handed-over-to-nobody\n")
    (config / "walks" / "new.yml").write_text("", "utf-8")
    ended = run("check", str(config), "--form-only")
    assert "walks/new.yml:1: nothing reads this: the name has to end in .yaml" in ended.out
    (config / "walks" / "new.yml").unlink()
    ended = run("check", str(config))
    assert (
        ended.code == 1 and f"{WALK}:{line}: there is no ending" in ended.out and "14 of 14 rules proved" in ended.out
    )
    assert load(config).playbook.procedure.digest == digest
