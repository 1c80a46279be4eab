"""NBs on the screen: each while it is in force, and no longer."""

from __future__ import annotations

from pathlib import Path

import pytest

from oxtui.screens.case import CaseScreen
from tests.desk.walks import Walk
from tests.tui.harness import new_desk, running
from tests.tui.walk import playbook


@pytest.mark.parametrize("size", [(40, 12), (120, 40)])
async def test_the_nb_to_authenticate_is_shown_while_nobody_is(tmp_path: Path, size: tuple[int, int]) -> None:
    desk = new_desk(tmp_path, playbook=playbook())
    walk = Walk(desk).begin(1)
    async with running(tmp_path, size, desk=desk) as tui:
        await tui.show(CaseScreen(walk.case))
        assert "Authenticate" not in tui.text() and "How is Email Essentials billed?" in tui.text()
        await tui.press("a", "1")  # the call has ended
        await tui.until(lambda: "NB Authenticate" in " ".join(tui.text().split()))
        await tui.press("a")
        await tui.until(lambda: "NB Authenticate" not in " ".join(tui.text().split()))
