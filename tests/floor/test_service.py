"""Cases worked through the service, on a server: the same tests as in a home."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.floor.services import Floors, floors
from tests.service.test_assign import *  # noqa: F403
from tests.service.test_killers import *  # noqa: F403
from tests.service.test_seen import *  # noqa: F403

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def floor(_server_there: None) -> Iterator[Floors]:
    with floors() as made:
        yield made


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"
