"""What the tests of a floor's server share."""

from __future__ import annotations

import pytest

from tests.floor.cluster import Cluster, shared, why_not


@pytest.fixture(autouse=True)
def _server_there() -> None:
    if reason := why_not():
        pytest.skip(reason)


@pytest.fixture(scope="session")
def cluster() -> Cluster:
    """The server that the tests of a process share."""
    if reason := why_not():
        pytest.skip(reason)
    return shared()
