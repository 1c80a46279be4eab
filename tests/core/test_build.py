"""What is built of a scenario: order, witnesses, firm items, digests; and pins rebuilt from their JSON."""

from __future__ import annotations

import hashlib
import json
import os
import stat
import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from oxtui import durable
from oxtui.errors import StoreError, Unsaved
from oxtui.playbook.build import digest_of, procedure_from_data
from oxtui.playbook.conditions import parse_condition
from oxtui.playbook.load import load
from oxtui.playbook.model import LICENCES, Item, Procedure, Scenario, Step
from oxtui.playbook.order import circles, derive
from oxtui.playbook.pins import Differences, diff, load_pin, save_pin
from tests.core.load_sample import changed, write

SCENARIO = "scenarios/1-back.yaml"


@pytest.fixture
def procedure(tmp_path: Path) -> Procedure:
    return load(write(tmp_path / "config")).playbook.procedure


def test_whatever_an_item_rests_on_comes_before_it(procedure: Procedure) -> None:
    scenario = procedure.scenarios[1]
    assert sorted(scenario.order) == sorted(scenario.by_id)
    # `since` stands after `jira` in the article and is judged before it; all else keeps its place.
    assert scenario.order == (
        "running", "billed-now", "billed-next", "licence", "quote", "order", "since", "jira", "result",
        "again", "works", "cancel", "note",
    )  # fmt: skip
    for name, item in scenario.by_id.items():
        step = scenario.step_of[name]
        after = [name for condition in item.after for name in condition.items()]
        for needed in {*item.when.items(), *after, *step.when.items(), *item.uses, *item.follows} - {LICENCES}:
            assert scenario.order.index(needed) < scenario.order.index(name)


def test_the_witnesses_of_a_killer(procedure: Procedure) -> None:
    witnesses = procedure.scenarios[1].witnesses
    assert witnesses == {"cancel": ("cancel",), "works": ("cancel",), "result": ("cancel",)}


def test_firm_items_say_why(procedure: Procedure) -> None:
    firm = procedure.scenarios[1].firm
    asked = {"cancel", "works", "result", "running", "billed-now", "billed-next", "licence", "order"}
    assert set(firm) == asked | {"again"}, "an attempt is the way on"
    assert firm["order"].startswith("a rule rests on it: "), "the rule says that mail works has to be newer"
    assert firm["works"] == '"Cancel the old service" rests on it'
    assert firm["billed-now"] == 'its answer decides "Work out the discount"'
    assert firm["running"] == 'its answer decides "Cancel the old service"'


def test_what_a_rule_rests_on_is_firm(tmp_path: Path) -> None:
    text = changed("playbook.yaml", "    before: [works]", "    before: [works, note]")
    scenario = load(write(tmp_path, {"playbook.yaml": text})).playbook.procedure.scenarios[1]
    assert scenario.firm["note"].startswith("a rule rests on it: The old service is never cancelled")


def test_reopened_by(procedure: Procedure) -> None:
    assert procedure.scenarios[1].reopened_by == {"result": ("again",)}


def named(item: Item) -> list[str]:
    return [name for condition in item.after for name in condition.items()]


@st.composite
def graphs(draw: st.DrawFn) -> Scenario:
    names = [f"i{number}" for number in range(draw(st.integers(1, 8)))]
    items = tuple(
        Item(
            name, "action", name, after=tuple(map(parse_condition, draw(st.lists(st.sampled_from(names), max_size=3))))
        )
        for name in names
    )
    return derive(Scenario(1, "", "", (), "", (), (Step("s", "", items),)))


@given(graphs())
def test_any_graph_is_ordered_or_has_a_circle(scenario: Scenario) -> None:
    assert sorted(scenario.order) == sorted(scenario.by_id)
    found = circles(scenario)
    for circle in found:
        for name, following in zip(circle, (*circle[1:], circle[0]), strict=True):
            assert following in named(scenario.by_id[name])
    place = scenario.order.index
    ordered = all(place(other) < place(name) for name, item in scenario.by_id.items() for other in named(item))
    assert ordered == (not found)


def data_of(procedure: Procedure) -> dict[str, Any]:
    copied: dict[str, Any] = json.loads(json.dumps(procedure.data))
    return copied


def test_the_digest_is_of_the_content_alone(procedure: Procedure, tmp_path: Path) -> None:
    data = data_of(procedure)
    assert digest_of(data) == procedure.digest
    item = data["scenarios"][0]["steps"][0]["items"][0]
    data["scenarios"][0]["steps"][0]["items"][0] = dict(reversed(item.items()))
    assert digest_of(data) == procedure.digest
    # The order of answers is what the digits pick by, so it counts.
    data["scenarios"][0]["steps"][0]["items"][0]["answers"] = dict(reversed(item["answers"].items()))
    assert digest_of(data) != procedure.digest


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("plans.yaml", '"70.79"', '"79.79"'),
        ("playbook.yaml", "hours: mon-fri 09:00-17:00", "hours: mon-fri 08:00-18:00"),
        ("playbook.yaml", 'decided_by: "", decided_on: ""', 'decided_by: A. Lead, decided_on: "2026-11-22"'),
        ("settings.yaml", '"45"', '"60"'),
        ("dns.yaml", "enabled: true", "enabled: false"),
        ("reference.yaml", "[In the console.]", "[In SalesDB.]"),
    ],
)
def test_what_is_always_todays_does_not_change_the_digest(
    procedure: Procedure, tmp_path: Path, file: str, old: str, new: str
) -> None:
    other = load(write(tmp_path / "other", {file: changed(file, old, new)})).playbook.procedure
    assert other.digest == procedure.digest


def test_a_pin_is_rebuilt_as_it_was(procedure: Procedure, tmp_path: Path) -> None:
    folder = tmp_path / "home" / "playbooks"
    path = save_pin(folder, procedure)
    assert path.name == f"{procedure.digest}.json"
    assert load_pin(folder, procedure.digest) == procedure
    rebuilt = load_pin(folder, procedure.digest)
    answers = rebuilt.scenarios[1].by_id["licence"].answers
    assert [answer.id for answer in answers] == ["new", "other"]
    assert rebuilt.scenarios[1].firm == procedure.scenarios[1].firm
    if os.name != "nt":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert [each.name for each in folder.iterdir()] == [path.name]


def test_a_pin_is_written_once_and_mended(procedure: Procedure, tmp_path: Path) -> None:
    path = save_pin(tmp_path, procedure)
    before = path.stat().st_ino
    save_pin(tmp_path, procedure)
    assert path.stat().st_ino == before
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(StoreError, match="are damaged"):
        load_pin(tmp_path, procedure.digest)
    save_pin(tmp_path, procedure)
    assert load_pin(tmp_path, procedure.digest) == procedure


@pytest.mark.parametrize("digest", ["", "../../etc/passwd", "0" * 63, "Z" * 64, "0" * 64 + "\n"])
def test_a_digest_is_not_a_path(tmp_path: Path, digest: str) -> None:
    with pytest.raises(StoreError, match="does not say which steps"):
        load_pin(tmp_path, digest)


def test_a_missing_pin(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="are missing"):
        load_pin(tmp_path, "0" * 64)


def test_a_whole_pin_of_another_oxtui(tmp_path: Path) -> None:
    content = b'{"title": "of a form to come"}'
    digest = hashlib.sha256(content).hexdigest()
    (tmp_path / f"{digest}.json").write_bytes(content)
    with pytest.raises(StoreError, match="cannot be read"):
        load_pin(tmp_path, digest)


def test_a_pin_that_cannot_be_written(procedure: Procedure, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(Unsaved):
        save_pin(tmp_path / "file", procedure)


def test_a_pin_whose_name_is_not_on_the_disk_is_none(
    procedure: Procedure, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[Path] = []

    def fails(folder: Path) -> None:
        synced.append(folder)
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(durable, "sync_folder", fails)
    with pytest.raises(Unsaved, match="reports an error"):
        save_pin(tmp_path, procedure)
    assert synced == [tmp_path]


def test_panes_that_pin_at_once(procedure: Procedure, tmp_path: Path) -> None:
    threads = [threading.Thread(target=save_pin, args=(tmp_path, procedure)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert load_pin(tmp_path, procedure.digest) == procedure
    assert len(list(tmp_path.glob("*.json"))) == 1 and not list(tmp_path.glob("*.tmp"))


def test_a_pin_outlives_stricter_checks(procedure: Procedure, tmp_path: Path) -> None:
    """What was good when a case was opened still opens: names are not looked at again."""
    data = data_of(procedure)
    data["scenarios"][0]["steps"][1]["items"][1]["nbs"] = ["an-nb-of-then"]
    assert procedure_from_data(data)[0] is None
    old = replace(procedure, data=data, digest=digest_of(data))
    save_pin(tmp_path, old)
    assert load_pin(tmp_path, old.digest).scenarios[1].by_id["order"].nbs == ("an-nb-of-then",)


def test_what_a_newer_procedure_changes(procedure: Procedure, tmp_path: Path) -> None:
    text = changed(SCENARIO, "do: Leave a note", "do: Leave a short note")
    text = text.replace("      - id: again\n", "      - id: once-more\n")
    newer = load(write(tmp_path / "newer", {SCENARIO: text})).playbook.procedure
    assert diff(procedure, newer, 1) == Differences(("once-more",), ("again",), ("note",))
    assert not diff(procedure, procedure, 1)
    assert diff(procedure, newer, 7) == Differences()


def test_problems_have_paths_into_the_data(procedure: Procedure) -> None:
    data = data_of(procedure)
    data["scenarios"][0]["steps"][2]["items"][1]["after"][0] = "work"
    built, problems = procedure_from_data(data)
    assert built is None
    assert problems == [
        (
            ("scenarios", 0, "steps", 2, "items", 1, "after", 0),
            "there is no item 'work' (did you mean 'works'?)",
        )
    ]


@pytest.mark.parametrize("data", [None, "x", [], {}, {"scenarios": "x"}, {"templates": [[]], "flow": {}}])
def test_what_is_no_procedure(data: object) -> None:
    built, problems = procedure_from_data(data)
    assert built is None and problems
