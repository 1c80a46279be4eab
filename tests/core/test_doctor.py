"""`oxtui doctor` on a home that is well, and on each that is not: every line is ok, or says what to do."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from oxtui.clock import Clock
from oxtui.playbook.load import load
from oxtui.prover.proofs import remember
from tests.core.cli_help import ROOT, Run, config_with, runner
from tests.core.dns_server import DnsServer
from tests.core.store_help import case, home_with

Checks = dict[str, dict[str, Any]]


@pytest.fixture
def run(home: Path, clock: Clock, capfd: pytest.CaptureFixture[str]) -> Run:
    return runner(capfd)


@pytest.fixture(scope="module")
def resolver() -> Iterator[str]:
    with DnsServer() as server:
        server.add(".", "NS", "a.root.example.")
        yield server.resolver


@pytest.fixture
def config(tmp_path: Path, resolver: str) -> Path:
    """A playbook with a resolver that answers."""
    return config_with(tmp_path, settings=('resolver: ""', f'resolver: "{resolver}"'))


def look(run: Run, config: Path) -> tuple[int, Checks]:
    """Exit code and checks by name; the text has the same lines as the JSON."""
    ended = run("doctor", "--json", "--config", str(config))
    found = json.loads(ended.out)["checks"]
    assert all(set(each) == {"name", "ok", "text", "do"} and each["text"] for each in found)
    assert all(each["ok"] is (each["do"] is None) and each["do"] != "" for each in found)
    return ended.code, {each["name"]: each for each in found}


def test_a_healthy_home_is_ok_in_every_line(run: Run, home: Path, config: Path, resolver: str) -> None:
    """But the clock, which OXTUI_NOW holds, and the clipboard, which a test has none of that can be read back."""
    home.mkdir(mode=0o700)
    remember(home / "playbooks", load(config).playbook.procedure.digest, ok=True, states=1)
    code, found = look(run, config)
    text = run("doctor", "--config", str(config))
    assert code == 0 and text.code == 0
    assert {name for name, each in found.items() if not each["ok"]} <= {"clock", "clipboard"}
    assert "proved" in found["proof"]["text"] and found["permissions"]["text"] == f"{home} is ours alone"
    assert found["resolver"]["text"] == f"{resolver} answers" and found["tmux"]["text"] == "not inside one"
    assert len(text.lines) == len(found) and all(line.startswith(("ok  ", "DO  ")) for line in text.lines)


def test_no_home_yet_is_no_trouble(run: Run, home: Path, config: Path) -> None:
    code, found = look(run, config)
    assert code == 0 and found["permissions"]["ok"] and "will be made" in found["permissions"]["text"]
    assert not home.exists()


def test_a_home_that_is_a_file(run: Run, home: Path, config: Path) -> None:
    home.write_text("")
    code, found = look(run, config)
    assert (
        code == 1
        and "is a file, not a folder" in found["permissions"]["text"]
        and "--home" in found["permissions"]["do"]
    )
    assert "cases" not in found and "history" not in found


@pytest.mark.skipif(os.name == "nt", reason="there are no pipes in its folders, and links need a right")
@pytest.mark.parametrize("kind", ["a pipe", "a folder", "a link"])
@pytest.mark.parametrize(
    "name",
    ["cases.json", "history.sqlite3", "drafts.json", "cases.lock", "cases.next", "oxtui.log", "backups", "quarantine",
        "playbooks"],
)  # fmt: skip
def test_what_lies_in_the_place_of_a_file_is_named_once(
    run: Run, home: Path, config: Path, name: str, kind: str
) -> None:
    home.mkdir(mode=0o700)
    path = home / name
    folder = name in ("backups", "quarantine", "playbooks")
    if folder and kind == "a folder":
        path.write_text("")
        kind = "a file"
    else:
        {"a pipe": os.mkfifo, "a folder": os.mkdir, "a link": lambda path: path.symlink_to(path)}[kind](path)  # type: ignore[attr-defined]
    code, _ = look(run, config)
    lines = run("doctor", "--config", str(config)).lines
    told = [line for line in lines if f"{path} is {kind}, not a {'folder' if folder else 'file'}: move it away" in line]
    assert code == 1 and len(told) == 1 and told[0].startswith("DO  ")
    assert not [line for line in lines if line.startswith("DO") and str(home) in line and line not in told]


def test_a_case_that_was_changed_from_outside_is_a_no(run: Run, home: Path, config: Path) -> None:
    home_with(home, case())
    assert look(run, config)[0] == 0
    path = home / "cases.json"
    path.write_text(path.read_text("utf-8").replace('"kim"', '"mallory"', 1), "utf-8")
    code, found = look(run, config)
    assert code == 1 and found["cases"]["text"] == "1 of 1 cases have entries that were changed from outside"


def test_drafts_that_are_damaged_are_named(run: Run, home: Path, config: Path) -> None:
    home.mkdir(mode=0o700)
    (home / "drafts.json").write_text('{"qu3fse4rryct": "a note o')
    (home / "drafts.json").chmod(0o600)
    code, found = look(run, config)
    assert code == 1 and f"{home / 'drafts.json'} is damaged" in found["drafts"]["text"]
    assert "quarantine" in found["drafts"]["do"]
    (home / "drafts.json").write_text('{"qu3fse4rryct": "a note of it"}')
    code, found = look(run, config)
    assert code == 0 and "drafts" not in found


def test_a_newer_format_is_left_alone(run: Run, home: Path, config: Path) -> None:
    home.mkdir(mode=0o700)
    (home / "cases.json").write_text('{"cases": {"1": {"id": "a", "format": 99, "log": []}}}')
    code, found = look(run, config)
    assert code == 1 and "newer" in found["cases"]["text"] and "update oxtui" in found["cases"]["do"]


def test_a_broken_playbook_says_what_agents_work_with(run: Run, home: Path, config: Path) -> None:
    home.mkdir(mode=0o700)
    good = (config / "playbook.yaml").read_text("utf-8")
    (config / "playbook.yaml").write_text(good.replace("flow:", "flaw:", 1), "utf-8")
    code, found = look(run, config)
    assert code == 1 and found["playbook"]["text"].endswith("oxtui cannot start with it")
    assert found["playbook"]["do"] == "oxtui check lists every problem" and found["resolver"]["do"]
    (config / "playbook.yaml").write_text(good, "utf-8")
    assert run("cases", "--config", str(config)).code == 0  # keeps the copy
    (config / "playbook.yaml").write_text(good.replace("flow:", "flaw:", 1), "utf-8")
    code, found = look(run, config)
    assert code == 1 and found["playbook"]["text"].endswith("oxtui goes on with the last good copy")


def test_a_playbook_that_is_not_there(run: Run, tmp_path: Path) -> None:
    code, found = look(run, tmp_path / "nowhere")
    assert code == 1 and "there is no folder" in found["playbook"]["text"]


def test_a_read_only_disk(home: Path, config: Path) -> None:
    """Even root cannot write there; who owns the folder is not the point."""
    unshare = shutil.which("unshare")
    flags = ["-m"] if os.name == "posix" and os.geteuid() == 0 else ["-rm"]  # type: ignore[attr-defined]
    if unshare is None or subprocess.run([unshare, *flags, "true"], capture_output=True, timeout=10).returncode:
        pytest.skip("this machine gives no mount namespace of one's own")
    home.mkdir(mode=0o700)
    script = 'mount --bind "$1" "$1" && mount -o remount,ro,bind "$1" && shift && exec "$@"'
    ended = subprocess.run(
        [unshare, *flags, "sh", "-c", script, "sh", home, sys.executable, "-m", "oxtui", "doctor", "--json",
            "--config", config],
        cwd=ROOT, env={**os.environ, "OXTUI_HOME": str(home)}, capture_output=True, text=True, timeout=30,
    )  # fmt: skip
    found = {each["name"]: each for each in json.loads(ended.stdout)["checks"]}
    assert ended.returncode == 1 and "cannot be written to" in found["permissions"]["text"]
    assert found["permissions"]["do"].startswith("mount it for writing")
