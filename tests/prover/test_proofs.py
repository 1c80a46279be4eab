"""What was proved is remembered for one digest and one program, and a damaged memory proves nothing."""

from __future__ import annotations

import json
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from msgspec.structs import replace

from oxtui.errors import Unsaved
from oxtui.prover import proofs
from oxtui.prover.proofs import is_proved, unproved_rules
from oxtui.prover.prove import Fault, Proof, remember
from oxtui.prover.rules import RuleResult

PROVED = Proof("d" * 64, (), (), (), (), (), 12, 0.1)


def test_a_proof_is_remembered(tmp_path: Path) -> None:
    folder = tmp_path / "home" / "playbooks"
    assert not is_proved(folder, "one")
    remember(folder, "one", PROVED)
    remember(folder, "two", PROVED)
    assert is_proved(folder, "one") and is_proved(folder, "two") and not is_proved(folder, "three")
    assert [path.name for path in folder.iterdir()] == ["proved.json"]
    if sys.platform != "win32":
        assert stat.S_IMODE((folder / "proved.json").stat().st_mode) == 0o600


def test_a_proof_that_failed_is_not(tmp_path: Path) -> None:
    remember(tmp_path, "one", PROVED)
    remember(tmp_path, "one", replace(PROVED, problems=(Fault(("rules", 0), "broken"),)))
    assert not is_proved(tmp_path, "one")


def test_what_was_left_open_is_remembered_with_it(tmp_path: Path) -> None:
    """Nobody has seen a way to break such a rule: the floor works with it, and the screen goes on saying so."""
    left = RuleResult("r", "Never the one before the other", None, 100, unproved="given up after 20 s")
    remember(tmp_path, "one", replace(PROVED, rules=(left, RuleResult("s", "Held", True, 3))))
    assert is_proved(tmp_path, "one")
    assert unproved_rules(tmp_path, "one") == ("Never the one before the other",)
    remember(tmp_path, "one", PROVED)
    assert unproved_rules(tmp_path, "one") == ()
    assert unproved_rules(tmp_path, "two") == ()


def test_a_change_of_what_a_proof_rests_on_proves_again() -> None:
    """The prover walks the transitions of the cases: whatever it loads of cases and playbook is watched."""
    package = Path(proofs.__file__).parent.parent
    watched = {path for folder in proofs._JUDGES for path in (package / folder).glob("*.py")}
    code = "import sys, oxtui.prover.prove; print(*(each.__file__ for each in list(sys.modules.values()) if "
    code += "each.__name__.startswith(('oxtui.cases.', 'oxtui.playbook.', 'oxtui.prover.'))), sep='\\n')"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split("\n")
    assert len(loaded) > 30 and {Path(each) for each in loaded if each} <= watched


def test_another_program_proves_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    remember(tmp_path, "one", PROVED)
    monkeypatch.setattr("oxtui.__version__", "99.0")
    assert not is_proved(tmp_path, "one")


@pytest.mark.parametrize(
    "damage",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"[]",
        b"null",
        b'{"one": 1}',
        b'{"one": {"ok": true}}',
        b"[" * 200_000,
        b'{"one": []}',
    ],
)
def test_a_damaged_memory_proves_nothing_and_is_mended(tmp_path: Path, damage: bytes) -> None:
    (tmp_path / "proved.json").write_bytes(damage)
    assert not is_proved(tmp_path, "one")
    remember(tmp_path, "two", PROVED)
    assert is_proved(tmp_path, "two") and not is_proved(tmp_path, "one")


def test_the_memory_does_not_grow_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proofs, "_MOST", 3)
    for number in range(6):
        remember(tmp_path, f"digest {number}", PROVED)
    assert list(json.loads((tmp_path / "proved.json").read_text())) == ["digest 3", "digest 4", "digest 5"]


def test_a_write_that_fails_leaves_the_old_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    remember(tmp_path, "one", PROVED)

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(Unsaved, match="full"):
        remember(tmp_path, "two", PROVED)
    monkeypatch.undo()
    assert is_proved(tmp_path, "one") and not is_proved(tmp_path, "two")
    assert [path.name for path in tmp_path.iterdir()] == ["proved.json"]
