"""What is kept of a playbook gives back the same steps: the digits of a case mean tomorrow what they mean today."""

from __future__ import annotations

from pathlib import Path

import pytest

from oxtui.playbook.pins import diff, load_pin, save_pin
from tests.drive.case import shipped


@pytest.mark.parametrize("scenario", [1, 2, 3])
def test_a_pin_gives_back_every_item_as_it_was(tmp_path: Path, scenario: int) -> None:
    kept = shipped().procedure
    save_pin(tmp_path, kept)
    again = load_pin(tmp_path, kept.digest)
    assert not diff(again, kept, scenario)
    order = kept.scenarios[scenario].by_id.get("order")
    if order is not None:
        assert again.scenarios[scenario].by_id["order"].through == order.through == ("client console", "SalesDB")
