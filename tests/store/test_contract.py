"""Every kind of store keeps the contract."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.floor.cluster import why_not
from tests.store.contract import Contract
from tests.store.places import PLACES, Place
from tests.store.races import Crashes, Races


@pytest.fixture(params=PLACES)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    if request.param == "floor" and (reason := why_not()):
        pytest.skip(reason)
    place = PLACES[request.param](tmp_path)
    yield place
    place.close()


class TestContract(Contract):
    """What each call does without concurrent writers."""


class TestRaces(Races):
    """What two do at the same time."""


@pytest.mark.slow
class TestCrashes(Crashes):
    """What is left where a process is killed."""
