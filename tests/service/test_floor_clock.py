"""On a floor a machine whose clock is wrong goes by the server's."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from oxtui.away.clock import FloorClock
from oxtui.clock import Clock
from tests.drive.case import SUNDAY
from tests.drive.floor import FolderFloor, Shared


class Off(FolderFloor):
    """A server whose clock differs."""

    by = timedelta()

    def server_now(self) -> datetime:
        return self.clock.now() + self.by


@pytest.mark.parametrize(("seconds", "follows"), [(0, False), (59, False), (61, True), (-61, True), (86_400, True)])
def test_a_clock_that_is_off_by_more_than_a_minute_is_not_believed(tmp_path: Path, seconds: int, follows: bool) -> None:
    own = Clock()
    floor = Off(Shared(tmp_path), "anna", own)
    floor.by = timedelta(seconds=seconds)
    off = abs(FloorClock(own, floor).now() - datetime.now(UTC))
    assert (off > timedelta(seconds=50)) is follows


def test_one_that_stands_still_stands_still(tmp_path: Path) -> None:
    own = Clock(SUNDAY)
    floor = Off(Shared(tmp_path), "anna", own)
    floor.by = timedelta(days=1)
    assert FloorClock(own, floor).local() == SUNDAY
