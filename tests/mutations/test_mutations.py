"""That the mutations are what they say, and that two of them are noticed (all: `python -m tests.mutations`)."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
import yaml

from oxtui.playbook.load import load
from oxtui.playbook.proof import prove
from tests.mutations import article, program
from tests.mutations.mutation import Mutation
from tests.mutations.run import ROOT, TESTS, copied
from tests.mutations.survivors import SURVIVORS

ARTICLE = article.mutations(ROOT)
PROGRAM = program.mutations(ROOT)


def named(name: str) -> Mutation:
    return next(each for each in (*ARTICLE, *PROGRAM) if each.name == name)


def test_each_takes_one_thing_out_and_leaves_the_rest_readable() -> None:
    names = [each.name for each in (*ARTICLE, *PROGRAM)]
    assert len(names) == len(set(names)) > 500
    before = {each.file: (ROOT / each.file).read_text("utf-8") for each in (*ARTICLE, *PROGRAM)}
    for each in ARTICLE[::4]:
        assert isinstance(yaml.load(each.text, yaml.CBaseLoader), dict)
        assert len(each.text) < len(before[each.file])
    for each in PROGRAM[::4]:
        assert ast.parse(each.text) and each.text != before[each.file]


def test_every_guard_of_the_article_is_among_them() -> None:
    found = {each.name for each in ARTICLE}
    playbook = load(ROOT / "config").playbook.procedure
    for number, scenario in playbook.scenarios.items():
        for item in scenario.items():
            guards = sum(f"scenario {number} {item.id}: after " in name for name in found)
            assert guards == len(item.after), item.id
            assert (f"scenario {number} {item.id}: killer" in found) == item.killer
            assert (f"scenario {number} {item.id}: acts and reverse" in found) == item.acts
            assert sum(name.startswith(f"scenario {number} {item.id}: uses ") for name in found) == len(item.uses)
    assert all(f"rule {rule.id}: the rule" in found for rule in playbook.rules)


def test_every_survivor_has_its_reason_and_every_file_of_tests_is_there() -> None:
    assert all(len(reason) > 20 for reason in SURVIVORS.values())
    assert all((ROOT / "tests" / f"{name}.py").exists() for names in TESTS.values() for name in names.split())


def test_a_guard_of_a_killer_is_missed_by_the_proof(tmp_path: Path) -> None:
    mutation = named("scenario 2 cancel-ox-mail: after client-confirms")
    for path in (ROOT / "config").rglob("*.yaml"):
        copy = tmp_path / path.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(path.read_bytes())
    (tmp_path / mutation.file).write_text(mutation.text, "utf-8")
    proof = prove(load(tmp_path / "config").playbook.procedure, seconds=0)
    assert [each.id for each in proof.rules if not each.holds] == ["ox-mail-after-client"]


@pytest.mark.slow
def test_a_check_of_the_program_is_missed_by_a_test() -> None:
    with copied() as copy:
        result = copy.try_it(named("permits.py may_mark: if status.waits and (not again)"))
        assert result.by.startswith("core/test_progress.py::")
        file = copy.root / result.mutation.file
        assert file.read_bytes() == (ROOT / result.mutation.file).read_bytes()
