"""A home that is damaged, edited by hand or written by a newer program while panes are open on it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from oxtui.cases.case import Case
from tests.drive.case import begun, new_service
from tests.drive.terminal import TMUX, Terminal
from tests.drive.waiting import until
from tests.e2e.faults import FIRST, in_case, open_at

pytestmark = pytest.mark.e2e
needs_tmux = pytest.mark.skipif(TMUX is None, reason="no tmux")


@pytest.fixture
def case(tmp_path: Path) -> Case:
    return begun(new_service(tmp_path))


@needs_tmux
def test_a_file_damaged_under_two_open_panes(tmp_path: Path, case: Case) -> None:
    home = tmp_path / "oxhome"
    with in_case(open_at(home, 100, 30)) as one, in_case(open_at(home, 100, 30)) as two:
        one.press("1").wait_for("✓ " + FIRST)
        two.wait_for("✓ " + FIRST)
        (home / "cases.json").write_bytes(b"\x00garbage\xff" * 40)

        def told() -> Terminal | None:
            return next((pane for pane in (one, two) if "MENDED" in pane.text()), None)

        until(told)
        pane = told()
        assert pane is not None
        pane.wait_for_all("The case file was damaged and is mended: 1 case is open.", "The last entry is")
        pane.press("ctrl+g").wait_for("damaged file lies at")
        pane.press("enter").wait_gone("MENDED")
        for each in (one, two):
            each.wait_for("✓ " + FIRST)
        two.press("j", "1").wait_for("✓ Which licence")
        one.wait_for("✓ Which licence")
    fresh = new_service(tmp_path)
    assert fresh.case(case.id).altered == () and fresh.store.take_restored() == []
    assert fresh.case(case.id).marks("billed-now") and fresh.case(case.id).marks("licence")
    assert any((home / "quarantine").iterdir())


@needs_tmux
def test_a_hand_edited_entry_is_told_and_lets_nobody_past_the_gate(tmp_path: Path) -> None:
    service = new_service(tmp_path)
    case = service.start("brightside.com.au")
    home = tmp_path / "oxhome"
    file = home / "cases.json"
    document = json.loads(file.read_text())
    (kept,) = document["_default"].values() if "_default" in document else next(iter(document.values())).values()
    kept["log"].append({**kept["log"][-1], "id": "f" * len(kept["log"][-1]["id"]), "seq": len(kept["log"]) + 1,
                        "what": "call", "data": {"mode": "client"}})  # fmt: skip
    file.write_text(json.dumps(document))
    with open_at(home, 80, 24) as terminal:
        terminal.wait_for("brightside")
        terminal.press("enter").wait_still()
        terminal.press("1").wait_still()
        assert not new_service(tmp_path).case(case.id).scenario, "a forged call opened the gate"
        terminal.press("a").wait_still()
        terminal.press("1").wait_for("changed from outside")
        terminal.resize(120, 40).wait_for("something other than oxtui")
    assert new_service(tmp_path).case(case.id).altered


@needs_tmux
def test_a_newer_format_is_left_untouched(tmp_path: Path, case: Case) -> None:
    file = tmp_path / "oxhome" / "cases.json"
    text = re.sub(r'"format": ?[12]', '"format":99', file.read_text())
    assert "99" in text
    file.write_text(text)
    before = file.read_bytes()
    with open_at(file.parent) as terminal:
        assert terminal.exit_status() == 3
        assert b"left untouched" in terminal.raw()
    assert file.read_bytes() == before


@needs_tmux
def test_a_newer_format_that_comes_while_a_pane_is_open(tmp_path: Path, case: Case) -> None:
    file = tmp_path / "oxhome" / "cases.json"
    ours = file.read_text()
    newer = re.sub(r'"format": ?[12]', '"format": 99', ours).encode()
    with in_case(open_at(file.parent, 100, 30)) as terminal:
        other = file.with_name("other")
        other.write_bytes(newer)
        other.replace(file)
        terminal.wait_for_all("NOT READ", "newer oxtui", "left untouched")
        terminal.press("1").wait_for("⊘ the case file was written by a newer oxtui")
        assert "✓ " + FIRST not in terminal.text()
        terminal.press("escape").wait_for("Open cases")
        assert terminal.alive() and file.read_bytes() == newer
        assert not list(file.parent.glob("quarantine/*"))
        other.write_text(ours)
        other.replace(file)  # the newer program was put away again
        terminal.wait_gone("NOT READ")
        terminal.press("enter").wait_for("Checklist")
        terminal.press("1").wait_for("✓ " + FIRST)
    assert new_service(tmp_path).case(case.id).marks("billed-now")
