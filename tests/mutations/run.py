"""Tries mutations on a copy of the tree: the proof first, where the article was changed, then the quickest tests."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.mutations.mutation import Mutation

ROOT = Path(__file__).parents[2]
COPIED = ("oxtui", "config", "tests", "pyproject.toml", "README.md", "CHANGELOG.md", "LICENSE", "requirements-dev.txt")
MOST_SECONDS = 400

# The quickest that are likely to notice come first; the run stops at the first that does.
GATE = "service/test_refusals service/test_edges service/test_gate service/test_service service/test_scenarios"
STORE = "service/test_carried service/test_edges core/test_store_damage core/test_store_faults service/test_stateful"
WALKS = "core/test_proof_walk service/test_stateful"
TESTS = {
    "config": "core/test_facts core/test_procedures core/test_own_words "
    f"{GATE} core/test_notes core/test_escalation service/test_stateful",
    "oxtui/playbook/pins.py": "core/test_build service/test_carried service/test_time",
    "oxtui/playbook": "core/test_progress core/test_progress_edges "
    f"{GATE} core/test_proof core/test_proof_slices service/test_time {WALKS}",
    "oxtui/casework/fold.py": f"core/test_fold {GATE} core/test_notes service/test_time core/test_handover {WALKS}",
    "oxtui/casework/carry.py": "core/test_handover service/test_carried service/test_edges service/test_stateful",
    "oxtui/casework/escalation.py": "core/test_escalation core/test_escalation_lines "
    f"core/test_cli_template {GATE} core/test_notes",
    "oxtui/casework": f"{GATE} core/test_escalation core/test_notes service/test_time {WALKS}",
    "oxtui/store": "store/test_contract core/test_store_layout core/test_store_cases core/test_store_closing "
    f"core/test_store_importing {STORE}",
    "oxtui/secret.py": "core/test_secret service/test_edges",
    "oxtui/screens": "tui/test_confirmations",
    "oxtui/service.py": f"{GATE} service/test_time service/test_carried service/test_outbox core/test_handover "
    "core/test_store_closing core/test_store_faults core/test_cli_cases core/test_secret",
}
# Those put faults of their own into the program: they would not hold on one that is changed already.
NOT_HERE = "not fault_in_the_program and not changed_program and not broken_playbook"


def tests_for(file: str) -> str:
    """The tests that are tried where `file` was changed."""
    return next(names for place, names in TESTS.items() if file.startswith(place))


@dataclass(frozen=True)
class Result:
    """What noticed a mutation: "loading", "the proof: ...", a test, "the time limit"; "" where nothing did."""

    mutation: Mutation
    by: str


class Copy:
    """A copy of the tree that one mutation at a time is made in."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "tree"
        self.temp = folder / "temp"
        self.root.mkdir()
        self.temp.mkdir()
        for name in COPIED:
            source = ROOT / name
            if source.is_dir():
                shutil.copytree(source, self.root / name, ignore=shutil.ignore_patterns("__pycache__", "snapshots"))
            elif source.exists():
                shutil.copy2(source, self.root / name)
        where = self._run("-c", "import oxtui; print(oxtui.__file__)").stdout.strip()
        assert Path(where).is_relative_to(self.root), f"it would test {where}"

    def try_it(self, mutation: Mutation) -> Result:
        """Make the mutation, see what notices it, and take it back."""
        file = self.root / mutation.file
        before = file.read_bytes()
        assert before.decode() != mutation.text, mutation.name
        self._write(file, mutation.text.encode())
        try:
            return Result(mutation, self.noticed_by(mutation.file))
        except subprocess.TimeoutExpired:
            return Result(mutation, "the time limit")
        finally:
            self._write(file, before)

    def _write(self, file: Path, content: bytes) -> None:
        file.write_bytes(content)
        # A compiled file is told by second and size: it could be taken for that of another mutation.
        for compiled in (file.parent / "__pycache__").glob(f"{file.stem}.*.pyc"):
            compiled.unlink()

    def noticed_by(self, file: str) -> str:
        """What does not hold in the copy as it stands, now that `file` was changed; "" where all does."""
        if file.startswith("config/") and (told := self._check()):
            return told
        done = self._run(
            "-m", "pytest", *(f"tests/{name}.py" for name in tests_for(file).split()), "-k", NOT_HERE, *self._options
        )
        if done.returncode == 0:
            return ""
        failed = re.search(r"^(?:FAILED|ERROR) (\S+)", done.stdout, re.MULTILINE)
        assert failed, done.stdout[-2000:] + done.stderr[-2000:]
        return failed[1].removeprefix("tests/")

    @property
    def _options(self) -> tuple[str, ...]:
        return "-x", "-q", "-p", "no:cacheprovider", "--tb=no", "-rfE", f"--basetemp={self.temp / 'pytest'}"

    def _check(self) -> str:
        """What `oxtui check` says of the article, if it does not hold."""
        done = self._run("-m", "oxtui", "--home", str(self.temp / "home"), "check", "config", "--json")
        if done.returncode == 0:
            return ""
        told = json.loads(done.stdout)
        if not told["rules"]:
            return "loading"
        broken = [rule["rule"] for rule in told["rules"] if not rule["holds"]]
        return "the proof: " + (f"rule {broken[0]}" if broken else str(told["problems"][0]["message"])[:60])

    def _run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        variables = {**os.environ, "TMPDIR": str(self.temp), "PYTHONHASHSEED": "0"}
        for name in ("PYTHONDONTWRITEBYTECODE", "OXTUI_LONG", "OXTUI_HOME", "OXTUI_CONFIG"):
            variables.pop(name, None)
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=self.root,
            env=variables,
            capture_output=True,
            text=True,
            timeout=MOST_SECONDS,
            check=False,
        )


@contextlib.contextmanager
def copied() -> Iterator[Copy]:
    """A copy of the tree, in memory where there is such a place; removed at the end."""
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="oxtui-mutations-", dir=memory) as folder:
        yield Copy(Path(folder))
