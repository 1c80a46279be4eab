"""`oxtui floor` and `--floor`, as an operator, a lead and an agent use them."""

from __future__ import annotations

import json
import shutil
from base64 import b64encode
from pathlib import Path

import pytest

from oxtui.cases.commands.details import Assign
from oxtui.cases.commands.killers import Cancel, Clear
from oxtui.cases.events import new_id
from oxtui.clock import Clock
from oxtui.store.floor.link import connect
from tests.core.cli_help import Run, runner
from tests.drive.case import CONFIG, Walk, new_service
from tests.floor.agents import service_on
from tests.floor.cluster import Cluster
from tests.floor.test_probes import by


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("OXTUI_HOME", str(tmp_path / "oxhome"))
    monkeypatch.setattr("oxtui.cli.doctor_data.resolver", lambda context: ())  # it asks the system's
    return runner(capfd)


@pytest.fixture
def proved(monkeypatch: pytest.MonkeyPatch) -> None:
    """What `publish` proves takes seconds, and is tested elsewhere."""
    monkeypatch.setattr("oxtui.cli.floor_playbook._proved", lambda context, folder: ())


def test_from_nothing_to_a_case_on_a_floor(cluster: Cluster, run: Run, tmp_path: Path) -> None:
    name = f"floor_{new_id()}"
    cluster.sql("postgres", f"CREATE DATABASE {name}")
    operator, anna = cluster.address("root", name), cluster.address("anna", name)
    said = run("floor", "init", operator, "--dry-run")
    assert said.code == 0 and "would make: migration 001_tables" in said.out
    assert run("floor", "status", "--floor", operator).code == 0, "no schema yet, and it says what it can"
    assert "made: schema oxtui" in run("floor", "init", operator, "--subnet", "10.1.0.0/16").out
    said = run("floor", "init", operator)
    assert "nothing to do" in said.out and "+oxtui_agent" in said.out
    assert run("floor", "agent", "add", "anna", "--floor", operator).lines == ["anna may work on this floor"]
    assert run("cases", "--floor", anna).lines == ["No open case."]
    said = run("floor", "status", "--floor", anna)
    assert "anna, 1 connection" in said.out and "only a lead" in said.out and "open cases" not in said.out
    assert "open cases" in run("floor", "status", "--floor", operator).out
    walk = Walk(new_service(tmp_path)).begin(2)
    said = run("floor", "import", "--floor", anna)
    assert said.code == 0 and walk.id in said.out
    assert run("floor", "import", "--floor", anna).code == 0, "again changes nothing"
    said = run("cases", "--json", "--floor", anna)
    assert said.code == 0, said.err
    (row,) = json.loads(said.out)
    assert (row["id"], row["domain"]) == (walk.id, walk.case.domain)
    assert run("floor", "subject", walk.case.domain, "--floor", anna).err == ""
    (document,) = json.loads(run("floor", "subject", walk.case.domain, "--floor", anna).out)["cases"]
    assert document["log"][-1]["what"] == "imported" and document["log"][-1]["agent"] == "anna"
    assert run("floor", "export", "--floor", anna).code == 3, "for leads"
    checks = {each["name"]: each for each in json.loads(run("doctor", "--json", "--floor", anna).out)["checks"]}
    assert checks["floor: role"]["text"].startswith("anna, agent") and checks["floor: answer"]["ok"]
    assert run("purge", "--older", "1", "--floor", anna).code == 1, "of a home, not of a floor"
    said = run("floor", "agent", "disable", "anna", "--floor", operator)
    assert "anna cannot log in any more" in said.lines and "1 open case is nobody's now" in said.lines[-1]
    assert any(line.startswith("last seen 20") for line in said.lines)
    (line,) = cluster.sql(
        name, "SELECT agent, line->'data'->>'put_out' FROM oxtui.events WHERE line->>'what' = 'assigned'"
    )
    assert line == ("root", "anna")
    people = tmp_path / "people"
    people.write_text("# the directory's\nben\nquinn\n")
    assert "quinn may work on this floor" in run("floor", "agent", "sync", str(people), "--floor", operator).lines
    people.write_text("ben\nrosa\n")
    said = run("floor", "agent", "sync", str(people), "--dry-run", "--floor", operator)
    assert said.lines == ["would add: rosa", "would disable: quinn"]
    said = run("floor", "agent", "sync", str(people), "--floor", operator)
    assert said.lines[:2] == ["rosa may work on this floor", "quinn cannot log in any more"]
    assert "nothing to do" in run("floor", "agent", "sync", str(people), "--floor", operator).out
    people.write_text("")
    assert run("floor", "agent", "sync", str(people), "--floor", operator).code == 2
    said = run("cases", "--floor", anna)
    assert said.code == 3 and "does not let this agent in" in said.err
    said = run("floor", "status")
    assert said.code == 2 and "--floor SERVICE" in said.err


@pytest.mark.slow
@pytest.mark.usefixtures("proved")
def test_publishing_tells_what_changes_and_a_second_lead_confirms_what_cannot_be_undone(
    cluster: Cluster, run: Run, tmp_path: Path
) -> None:
    name = f"floor_{new_id()}"
    cluster.new_floor(name, "anna", leads=("lea", "lou"))
    lea = cluster.address("lea", name)
    config = tmp_path / "config"
    shutil.copytree(CONFIG, config)
    assert run("floor", "publish", str(config), "--floor", cluster.address("anna", name)).code == 3
    assert run("floor", "rollback", "--floor", lea).code == 1, "nothing was published before"
    assert "In force" in run("floor", "publish", str(config), "--floor", lea).out
    assert "already" in run("floor", "publish", str(config), "--floor", lea).out
    plans = config / "plans.yaml"
    plans.write_text(plans.read_text().replace('"70.79"', '"71.79"'))
    said = run("floor", "publish", str(config), "--floor", lea)
    assert said.code == 0 and "71.79" in said.out
    weaker = next((config / "scenarios").glob("*.yaml"))
    for weaker in sorted((config / "scenarios").glob("*.yaml")):
        text = weaker.read_text()
        if "fresh_for: 5d" in text:
            weaker.write_text(text.replace("fresh_for: 5d", "fresh_for: 9d"))
            break
    else:
        pytest.fail("no scenario has what is weakened here")
    said = run("floor", "publish", str(config), "--floor", lea)
    assert said.code == 1 and "second lead" in said.err
    for nobody in ("lea", "anna", "nobody"):
        said = run("floor", "publish", str(config), "--floor", lea, "--second", nobody)
        assert said.code == 3 and "another lead" in said.err
    lou, digests = cluster.address("lou", name), list[str]()

    def confirmed(verb: str, *given: str) -> None:
        before = json.loads(run("floor", "status", "--json", "--floor", lea).out)["published"]
        assert "waits for lou" in run("floor", verb, *given, "--floor", lea, "--second", "lou").out
        assert run("floor", "confirm", "--floor", lea).code == 1, "one's own"
        shown = run("floor", "confirm", "--dry-run", "--floor", lou)
        assert shown.code == 0 and "Published by lea" in shown.out and "Nothing was confirmed" in shown.out
        found = json.loads(run("floor", "status", "--json", "--floor", lea).out)
        assert found["published"] == before and found["proposed"]["second"] == "lou", "not in force yet"
        digests.append(found["proposed"]["digest"])
        assert connect(lea).call("confirm", digests[-1]) == {"is": "absent"}
        assert "In force" in run("floor", "confirm", "--floor", lou).out
        assert run("floor", "confirm", "--floor", lou).code == 1

    confirmed("publish", str(config))
    said = run("floor", "rollback", "--floor", lea)
    assert said.code == 1 and "second lead" in said.err
    confirmed("rollback")
    found = json.loads(run("floor", "status", "--json", "--floor", lea).out)["published"]
    assert len(found) == 4 and found[0]["digest"] == found[2]["digest"] == digests[1]
    assert [(each["agent"], each["second"]) for each in found[:2]] == [("lea", "lou")] * 2
    connect(lea).call("publish", b64encode(b"no playbook"), "")
    said = run("floor", "publish", str(config), "--floor", lea)
    assert said.code == 1 and "cannot be read" in said.out and "second lead" in said.err
    confirmed("publish", str(config))  # the way out


def test_what_is_held_stays_and_a_siem_hears_no_client(cluster: Cluster, run: Run, tmp_path: Path) -> None:
    """A legal hold keeps the purge from a domain; what a SIEM reads names cases and agents, nothing else."""
    name = f"floor_{new_id()}"
    cluster.new_floor(name, "anna", leads=("lea",))
    for role in ("security", "purge"):
        cluster.sql(name, f"DROP ROLE IF EXISTS the_{role}; CREATE ROLE the_{role} LOGIN IN ROLE oxtui_{role}")
    anna, lea, security, purge = (cluster.address(each, name) for each in ("anna", "lea", "the_security", "the_purge"))
    ended = {}
    for domain in ("held.example", "gone.example"):
        service = service_on(anna, tmp_path / domain, Clock())
        case = service.start(domain)
        assert service.store.close(case.id, 1, [by("anna", case.id, 2)], {"domain": domain, "text": "kooka"}) is None
        ended[domain] = case.id
        service.store.close_down()  # type: ignore[attr-defined]
    cluster.sql(name, "UPDATE oxtui.archive SET closed_at = '2020-01-01T00:00:00Z'")
    assert run("floor", "subject", "held.example", "--hold", "case 4711", "--floor", anna).code == 3, "for leads"
    assert run("floor", "subject", "Held.Example", "--hold", "case 4711", "--floor", lea).code == 0
    assert "Removed 1 case " in run("floor", "purge", "--floor", purge).out
    found = json.loads(run("floor", "subject", "held.example", "--floor", anna).out)
    assert found["hold"]["reason"] == "case 4711" and found["hold"]["agent"] == "lea" and len(found["cases"]) == 1
    assert run("floor", "subject", "gone.example", "--floor", anna).code == 1
    everything = [row[0] for table in ("cases", "events", "archive", "deeds") for row in
                  cluster.sql(name, f"SELECT t::text FROM oxtui.{table} AS t")]  # fmt: skip
    assert "gone.example" not in str(everything), "the tombstone has no client data"
    query = f"SELECT state, head->>'opened_at' FROM oxtui.cases WHERE case_id = '{ended['gone.example']}'"
    assert cluster.sql(name, query) == [("purged", "1970-01-01T00:00:00Z")]
    assert run("floor", "subject", "held.example", "--release", "--floor", lea).code == 0
    assert run("floor", "subject", "held.example", "--release", "--floor", lea).code == 1
    assert "Removed 1 case " in run("floor", "purge", "--floor", purge).out

    walk = Walk(service_on(anna, tmp_path / "walk", Clock())).back()
    walk.do(Clear("cancel-ox-mail"), Cancel("cancel-ox-mail"), Assign("lea"))
    walk.service.store.close_down()  # type: ignore[attr-defined]
    link = cluster.admin(name)
    for body in ("YQ==", "Yg==", "YQ=="):
        link.call("publish", body, "")
    link.close()
    assert run("floor", "events", "--floor", lea).code == 3, "for security"
    said = run("floor", "events", "--floor", security)
    rows = [json.loads(line) for line in said.lines]
    assert [row["at"] for row in rows] == sorted(row["at"] for row in rows)
    told = [(row["what"], row["agent"]) for row in rows]
    expected = {
        ("login", "anna"), ("legal hold", "lea"), ("legal hold released", "lea"), ("purged", "the_purge"),
        ("irreversible done", "anna"), ("assigned", "anna"), ("agent added", "root"),
    }  # fmt: skip
    assert expected <= set(told)
    assert [what for what, _ in told if what in ("published", "rolled back")] == [
        "published",
        "published",
        "rolled back",
    ]
    assert {row["subject"] for row in rows if row["what"] in ("assigned", "irreversible done")} == {walk.id}
    assert ".example" not in said.out and ".com" not in said.out
    assert run("floor", "events", "--since", "2026-01-01", "--floor", security).out == said.out
    day = max(row["at"] for row in rows)[:10]
    assert run("floor", "events", "--since", day, "--floor", security).code == 0
