"""`oxtui check`, `dns`, `paths` and `doctor`."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest

from oxtui.clock import Clock
from tests.core.cli_help import ROOT, Run, config_with, program, runner
from tests.core.dns_server import DnsServer


@pytest.fixture
def run(home: Path, clock: Clock, capfd: pytest.CaptureFixture[str]) -> Run:
    return runner(capfd)


# -- check
def test_the_shipped_playbook_is_sound(run: Run, home: Path) -> None:
    ended = run("check", "--json")
    given = json.loads(ended.out)
    assert ended.code == 0 and set(given) == {"problems", "rules"} and given["problems"] == []
    assert given["rules"] and all(set(rule) == {"rule", "holds", "states"} for rule in given["rules"])
    assert all(rule["holds"] is True and rule["states"] > 0 for rule in given["rules"])
    text = run("check")
    assert text.code == 0 and not text.err
    assert sum("notice: D" in line for line in text.lines) == 14
    assert "essentials-after-swap" in text.out


def test_every_problem_is_named_at_its_line(run: Run, tmp_path: Path) -> None:
    config = config_with(tmp_path, plans=('price: "70.79"', 'price: "70,79"'), settings=("glyphs:", "glyfs:"))
    ended = run("check", str(config))
    problems = [line for line in ended.lines if "notice" not in line]
    assert ended.code == 1 and not ended.err and len(problems) == 2
    assert all(re.match(r"(plans|settings)\.yaml:[0-9]+: .", line) for line in problems)
    assert "(did you mean 'glyphs'?)" in ended.out
    given = json.loads(run("check", "--json", "--config", str(config)).out)
    assert [set(each) for each in given["problems"]] == [{"file", "line", "message"}] * 2
    assert all(isinstance(each["line"], int) for each in given["problems"])


@pytest.mark.parametrize("name", ["nowhere", "file"])
def test_check_of_no_folder_is_wrong_use(run: Run, tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("")
    ended = run("check", str(tmp_path / name))
    assert ended.code == 2 and "is no folder" in ended.err and not ended.out


def test_check_of_an_empty_folder_finds_what_is_missing(run: Run, tmp_path: Path) -> None:
    ended = run("check", str(tmp_path))
    assert ended.code == 1 and "playbook.yaml:1: the file is missing" in ended.out


def test_a_rule_that_can_be_broken_is_told_at_its_line(run: Run, tmp_path: Path) -> None:
    """With a guard of the killer taken out, the shortest way to break the rule is shown."""
    config = config_with(tmp_path)
    path = config / "scenarios" / "1-does-not-want-ox-mail.yaml"
    text = path.read_text("utf-8")
    guarded = "        when: essentials-running=running\n        after: [accounts-swapped]"
    assert guarded in text
    path.write_text(
        text.replace(guarded, guarded.replace("[accounts-swapped]", "[order-completed=completed]")), "utf-8"
    )
    ended = run("check", "--seconds", "600", str(config))
    line = next(line for line in ended.lines if "never cancelled before every mailbox" in line)
    found = re.match(r"playbook\.yaml:([0-9]+): .*It can be broken: ", line)
    assert ended.code == 1 and found
    assert "id: essentials-after-swap" in (config / "playbook.yaml").read_text("utf-8").splitlines()[int(found[1]) - 1]
    given = json.loads(run("check", "--seconds", "600", str(config), "--json").out)
    (broken,) = [rule for rule in given["rules"] if rule["holds"] is False]
    assert broken["rule"] == "essentials-after-swap" and broken["steps"][0] == "authenticate the client (a)"
    assert broken["steps"][-1].startswith('confirm in its two steps "Cancel ')
    assert given["problems"][0]["file"] == "playbook.yaml"
    # However long the way is, its last step is told: it is the one that should have been stopped.
    assert line.endswith("; ".join(broken["steps"])) and len(line) > 500


def test_check_remembers_the_proof_in_a_home_that_is_there(run: Run, home: Path) -> None:
    assert run("check").code == 0 and not home.exists()
    home.mkdir(mode=0o700)
    assert run("check").code == 0
    assert (home / "playbooks" / "proved.json").exists()


# -- paths
def test_paths_makes_nothing(run: Run, home: Path) -> None:
    ended = run("paths")
    assert ended.code == 0 and not home.exists()
    assert f"configuration  {ROOT / 'config'}" in ended.lines
    assert any(line.startswith(f"open cases     {home / 'cases.json'}") for line in ended.lines)


# -- dns
def test_dns(run: Run) -> None:
    with DnsServer() as server:
        server.add("client.example", "MX", "0 client-example.mail.protection.outlook.com.")
        server.add("client-example.mail.protection.outlook.com", "A", "192.0.2.7")
        server.add("client.example", "NS", "ns1.client.example.")
        ended = run("dns", "Anna@Client.EXAMPLE", "--resolver", server.resolver, "--json")
        given = json.loads(ended.out)
        assert ended.code == 0
        assert set(given) == {"domain", "resolver", "asked_at", "ns", "mx", "owner", "error"}
        assert (given["domain"], given["owner"], given["error"]) == ("client.example", "office365", None)
        assert given["mx"] == [
            {"host": "client-example.mail.protection.outlook.com", "preference": 0, "owner": "office365"}
        ]
        assert given["resolver"] == server.resolver and given["ns"] == ["ns1.client.example"]
        text = run("dns", "client.example", "--resolver", server.resolver)
        assert text.code == 0 and text.lines[0] == "client.example: Office 365" and not text.err


def test_dns_of_a_domain_that_does_not_exist(run: Run) -> None:
    with DnsServer() as server:
        server.add(".", "NS", "a.root.example.")
        ended = run("dns", "client.example", "--resolver", server.resolver)
        assert ended.code == 1 and "the domain does not exist" in ended.err and ended.err.count("\n") == 1
        ended = run("dns", "client.example", "--resolver", server.resolver, "--json")
        assert ended.code == 1 and "does not exist" in json.loads(ended.out)["error"]


def test_dns_asks_the_resolver_of_the_settings(run: Run, tmp_path: Path) -> None:
    with DnsServer() as server:
        server.add("client.example", "MX", "0 .")
        config = config_with(tmp_path, settings=('resolver: ""', f'resolver: "{server.resolver}"'))
        assert json.loads(run("dns", "client.example", "--json", "--config", str(config)).out)["owner"] == "none"


@pytest.mark.parametrize(
    "words", [["nodots"], ["1.2.3.4"], ["a b.example"], ["client.example", "--resolver", "::x::"], [""], []]
)
def test_dns_wrong_use(run: Run, words: list[str]) -> None:
    ended = run("dns", *words)
    assert ended.code == 2 and not ended.out and ended.err.count("\n") == 1


# -- doctor
@pytest.fixture
def well(tmp_path: Path) -> Path:
    """A playbook whose resolver is a port of this machine where nothing listens."""
    config = config_with(tmp_path, settings=('resolver: ""', 'resolver: "127.0.0.1:1"'))
    path = config / "settings.yaml"
    path.write_text(path.read_text("utf-8").replace('dns_timeout_seconds: "3"', 'dns_timeout_seconds: "1"'), "utf-8")
    return config


def checks(run: Run, config: Path) -> tuple[int, dict[str, dict[str, object]]]:
    ended = run("doctor", "--json", "--config", str(config))
    found = json.loads(ended.out)["checks"]
    assert all(set(each) == {"name", "ok", "text", "do"} for each in found)
    assert all(each["ok"] is (each["do"] is None) for each in found)
    return ended.code, {each["name"]: each for each in found}


def test_the_doctor_looks_at_everything_and_changes_nothing(run: Run, home: Path, well: Path) -> None:
    code, found = checks(run, well)
    assert code == 0 and not home.exists()
    assert {"program", "terminal", "colours", "letters", "clipboard", "clipboard history", "playbook"} <= set(found)
    assert {"proof", "cases", "backups", "history", "disk", "permissions", "resolver"} <= set(found)
    assert found["clock"]["do"] and not found["resolver"]["ok"] and found["permissions"]["ok"]
    ended = run("doctor", "--config", str(well))
    assert ended.code == 0 and len(ended.lines) == len(found)
    assert all(line.startswith(("ok  ", "DO  ")) for line in ended.lines)


def test_the_doctor_finds_a_resolver_that_answers(run: Run, tmp_path: Path) -> None:
    with DnsServer() as server:
        server.add(".", "NS", "a.root.example.")
        config = config_with(tmp_path, settings=('resolver: ""', f'resolver: "{server.resolver}"'))
        assert checks(run, config)[1]["resolver"]["ok"]
        assert {name for name, _, _ in server.asked} == {"."}


@pytest.mark.parametrize(
    ("content", "code"),
    [("rubbish", 1), ('{"cases": {"1": {"id": "a", "format": 99, "log": []}}}', 1), ('{"cases": {}}', 0)],
)
def test_the_doctor_tells_of_the_case_file(run: Run, home: Path, well: Path, content: str, code: int) -> None:
    home.mkdir(mode=0o700)
    (home / "cases.json").write_text(content)
    ended, found = checks(run, well)
    assert ended == code and found["cases"]["ok"] is (code == 0)
    assert (home / "cases.json").read_text() == content and not (home / "quarantine").exists()


def test_the_doctor_tells_of_a_broken_playbook(run: Run, tmp_path: Path) -> None:
    config = config_with(tmp_path, playbook=("flow:", "flaw:"))
    code, found = checks(run, config)
    assert code == 1 and "oxtui check" in str(found["playbook"]["do"]) and "proof" not in found


def test_the_doctor_tells_of_a_damaged_history(run: Run, home: Path, well: Path) -> None:
    home.mkdir(mode=0o700)
    (home / "history.sqlite3").write_bytes(b"not a database, not a database, not a database" * 100)
    code, found = checks(run, well)
    assert code == 1 and not found["history"]["ok"]


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX")
def test_the_doctor_tells_who_can_read(run: Run, home: Path, well: Path) -> None:
    home.mkdir(mode=0o755)
    home.chmod(0o755)
    found = checks(run, well)[1]
    assert f"chmod go-rwx {home}" in str(found["permissions"]["do"])


@pytest.mark.parametrize(
    ("environ", "name", "said"),
    [
        ({"TERM": "dumb"}, "terminal", "a terminal that can draw"),
        ({"TMUX": "/nowhere,1,0"}, "tmux", "no tmux behind it"),
        ({"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}, "letters", "UTF-8 locale"),
    ],
)
def test_the_doctor_tells_of_the_terminal(
    home: Path, well: Path, environ: dict[str, str], name: str, said: str
) -> None:
    done = program("doctor", "--json", "--config", str(well), **environ)
    found = {each["name"]: each for each in json.loads(done.stdout)["checks"]}
    assert said in found[name]["do"]
