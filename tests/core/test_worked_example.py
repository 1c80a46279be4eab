"""config/README.md: its worked example is a sound playbook as it stands there, and its links lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from oxtui.cli.check import walk_problems
from oxtui.playbook.load import load
from oxtui.playbook.starting import start
from oxtui.prover.prove import prove
from tests.core.cli_help import ROOT
from tests.core.test_schemas import wrong

README = (ROOT / "config" / "README.md").read_text("utf-8")


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What somebody has who goes along the nine steps: the folder of `oxtui new`, with the boxes in it."""
    folder = tmp_path_factory.mktemp("example") / "site-move"
    start(folder, 1)
    files: dict[str, str] = {}
    for name, box in re.findall(r"<!-- example: (\S+) -->\n```yaml\n(.*?)```", README, re.DOTALL):
        files[name] = files.get(name, "") + box
    assert {"playbook.yaml", "scenarios/1.yaml", "templates/site-move.yaml", "walks/usual.yaml"} == files.keys()
    for name, text in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, "utf-8")
        assert wrong(name, text) == []
    return folder


def test_the_worked_example_is_proved_and_its_walk_goes_as_it_says(example: Path) -> None:
    procedure = load(example).playbook.procedure
    proof = prove(procedure)
    assert proof.ok and [rule.holds for rule in proof.rules] == [True] and not proof.unproved
    assert walk_problems(example, procedure) == []


def test_without_what_the_irreversible_item_waits_for_the_example_is_refused(example: Path) -> None:
    path = example / "scenarios" / "1.yaml"
    text = path.read_text("utf-8")
    path.write_text(text.replace("after: [client-looks=sees]", "after: [result=moved]"), "utf-8")
    proof = prove(load(example).playbook.procedure)
    path.write_text(text, "utf-8")
    assert [fault for fault in proof.problems if "It can be broken" in fault.message]


def test_the_nine_steps_are_nine_and_links_lead_somewhere() -> None:
    assert re.findall(r"(?m)^### ([0-9])\.", README) == [str(number) for number in range(1, 10)]
    plain = re.sub(r"```.*?```", "", README, flags=re.DOTALL)
    heads = {re.sub(r"[^\w -]", "", each.lower()).replace(" ", "-") for each in re.findall(r"(?m)^#+ (.+)$", plain)}
    links = set(re.findall(r"\]\(#([^)]+)\)", plain))
    assert links - heads == set()
