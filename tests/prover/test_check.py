"""`oxtui check`: problems at their lines, what is not proved first, a limit that is one, progress on a terminal."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from oxtui.cli import check
from oxtui.playbook.folder_watch import FolderWatch
from oxtui.prover import prove as proving
from oxtui.prover.limits import Progress
from oxtui.prover.proofs import unproved_rules
from oxtui.prover.prove import Fault, Proof
from oxtui.prover.rules import RuleResult
from tests.core.cli_help import ROOT, Run, program, runner
from tests.drive.waiting import PATIENCE

CLIENT = "ox-mail-after-client"
WORDS = ("killer", "witness", "stale")


@pytest.fixture
def run(home: Path, capfd: pytest.CaptureFixture[str]) -> Run:
    return runner(capfd)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "config", tmp_path / "next-week")
    return tmp_path / "next-week"


def without_the_order(config: Path) -> int:
    """Take the order's completion out of what the client's word waits for; gives the line of the rule."""
    path = config / "scenarios" / "2-wants-office-365-back.yaml"
    text = path.read_text("utf-8")
    edge = "devices, dns-office-365=yes, order-completed=completed]"
    assert text.count(edge) == 1
    path.write_text(text.replace(edge, "devices, dns-office-365=yes]"), "utf-8")
    lines = (config / "playbook.yaml").read_text("utf-8").splitlines()
    return lines.index(f"  - id: {CLIENT}") + 1


def left_open(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proof that leaves the first rule open."""

    def proved(procedure: object, **_: object) -> Proof:
        rule = RuleResult(CLIENT, "Never too early", None, 7, unproved="given up after 20 s")
        fault = Fault(("rules", 0), "Never too early: given up after 20 s")
        return Proof(procedure.digest, (rule,), (), (), (), (fault,), 7, 20.0)  # type: ignore[attr-defined]

    monkeypatch.setattr(proving, "prove", proved)


def test_a_missing_edge_is_told_at_the_line_of_its_rule_in_words_for_a_lead(run: Run, config: Path) -> None:
    line = without_the_order(config)
    ended = run("check", str(config), "--seconds", "60")
    assert ended.code == 1
    (told,) = [each for each in ended.lines if each.startswith(f"playbook.yaml:{line}: ") and "notice" not in each]
    assert "It can be broken: authenticate the client (a); choose scenario 2" in told
    assert "is older than what changed in" in told
    assert not [word for word in WORDS if word in told.lower()]
    ended = run("check", str(config), "--json", "--seconds", "60")
    data = json.loads(ended.out)
    assert ended.code == 1 and [problem["line"] for problem in data["problems"]] == [line]
    (broken,) = [rule for rule in data["rules"] if rule["holds"] is False]
    assert broken["rule"] == CLIENT and len(broken["steps"]) > 10 and broken["states"]
    assert set(data) == {"problems", "rules"}


def test_what_is_not_proved_is_said_first_and_is_no_problem(
    run: Run, config: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left_open(monkeypatch)
    home.mkdir(mode=0o700)
    ended = run("check", str(config))
    assert ended.code == 0
    assert ended.lines[0].startswith("playbook.yaml:") and ": not proved: Never too early: given up" in ended.lines[0]
    assert ended.lines[-1].startswith("0 of 1 rules proved")
    ended = run("check", str(config), "--json")
    assert json.loads(ended.out)["rules"] == [
        {"rule": CLIENT, "holds": None, "states": 7, "unproved": "given up after 20 s"}
    ]
    digests = json.loads((home / "playbooks" / "proved.json").read_text())
    assert [unproved_rules(home / "playbooks", digest) for digest in digests] == [("Never too early",)]


def test_form_only_proves_nothing(run: Run, config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proving, "prove", lambda *_args, **_options: pytest.fail("it was proved"))
    without_the_order(config)
    ended = run("check", str(config), "--form-only")
    assert ended.code == 0 and "rules proved" not in ended.out
    ended = run("check", str(config), "--form-only", "--json")
    assert json.loads(ended.out) == {"problems": [], "rules": []}


@pytest.mark.parametrize("seconds", ["0", "-1", "1.5", "soon", "3601"])
def test_seconds_that_are_none_are_refused(run: Run, seconds: str) -> None:
    ended = run("check", f"--seconds={seconds}")
    assert ended.code == 2 and "seconds" in ended.err and not ended.out


def test_seconds_can_be_given_from_outside(config: Path) -> None:
    done = program("check", str(config), "--seconds", "1")
    assert done.returncode == 0, done.stderr
    assert done.stderr == "", "without a terminal nothing is shown on the way"


def test_how_far_it_is_stands_on_one_line_that_is_wiped(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    with check.ProgressLine() as show:
        assert show is not None
        show(Progress(CLIENT, 5, 18, 1200, 2.4))
        show(Progress("x", 18, 18, 9, 3.0))
    told = capsys.readouterr().err
    assert told.startswith(f"\rproving 5/18 {CLIENT}: 1200 states, 2 s\r") and "\n" not in told
    assert told.endswith("\r") and told.split("\r")[-2].strip() == ""
    with check.ProgressLine():
        pass
    assert capsys.readouterr().err == ""


@pytest.mark.skipif(sys.platform == "win32", reason="ctrl+c is a signal here")
def test_watched_it_is_checked_at_every_save_and_ends_as_the_last_time(config: Path, home: Path) -> None:
    words = [sys.executable, "-m", "oxtui", "check", str(config), "--form-only", "--watch"]
    pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    watching = subprocess.Popen(words, env=env, text=True, **pipes)  # type: ignore[call-overload]
    try:
        assert " sound; looked at again" in watching.stderr.readline()
        scenario = next((config / "scenarios").glob("1-*.yaml"))
        text = scenario.read_text("utf-8")
        (config / "saved").write_text(text.replace("number: 1", "number: one", 1), "utf-8")
        (config / "saved").replace(scenario)  # as editors do
        assert " not sound; looked at again" in watching.stderr.readline()
        watching.send_signal(signal.SIGINT)
        told, _ = watching.communicate(timeout=PATIENCE)
    finally:
        watching.kill()
        watching.wait()
    assert watching.returncode == 1
    assert [line for line in told.splitlines() if "'number' is a whole number from 1 to 9, not 'one'" in line]


def test_a_folder_is_seen_changed_once_its_files_are_whole(config: Path) -> None:
    watch = FolderWatch(config)
    assert not watch.found()
    page = config / "reference.yaml"
    page.write_text("pages:", "utf-8")
    assert not watch.found(), "it may be half written"
    page.write_text("pages: {}", "utf-8")
    assert not watch.found(), "it was"
    assert watch.found() and not watch.found()
    page.unlink()
    assert not watch.found() and watch.found()
