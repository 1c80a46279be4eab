"""Every kind of store keeps the contract."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.store.contract import Contract
from tests.store.places import PLACES, Place
from tests.store.races import Crashes, Races


@pytest.fixture(params=PLACES)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    return PLACES[request.param](tmp_path)


class TestContract(Contract):
    """What one call does, with nobody else at it."""


class TestRaces(Races):
    """What two do at the same time."""


class TestCrashes(Crashes):
    """What is left where a process is killed."""
