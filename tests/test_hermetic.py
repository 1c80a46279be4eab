"""The walls around the tests hold: own home, own clock, own zone, no network."""

from __future__ import annotations

import os
import socket
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from platformdirs import user_data_path

from oxtui.clock import Clock
from oxtui.locations import locate


def test_the_home_is_a_fresh_folder(tmp_path_factory: pytest.TempPathFactory) -> None:
    person = Path.home()
    assert person.is_relative_to(tmp_path_factory.getbasetemp())
    assert list(person.iterdir()) == []
    if sys.platform != "darwin":  # there the folder under HOME has another form
        assert user_data_path("oxtui", appauthor=False).is_relative_to(person)


def test_no_setting_of_the_machine_comes_in() -> None:
    assert [name for name in os.environ if name.startswith("OXTUI_")] == []
    assert "TMUX" not in os.environ and "DISPLAY" not in os.environ


def test_home_fixture_names_the_data_folder(home: Path) -> None:
    assert locate().home == home
    assert not home.exists()


def test_the_clock_stands_still(clock: Clock) -> None:
    assert clock.now() == datetime(2026, 11, 21, 23, 46, tzinfo=UTC)
    assert clock.local().isoformat() == "2026-11-22T10:46:00+11:00"
    assert os.environ["OXTUI_NOW"] == "2026-11-22T10:46:00+11:00"


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="the platform cannot change its zone while running")
def test_the_zone_is_melbourne() -> None:
    if time.tzname[0] == "Australia":
        pytest.skip("no zone files on this machine")
    summer = datetime(2026, 11, 22, tzinfo=UTC).astimezone()
    assert summer.utcoffset() is not None
    assert summer.isoformat() == "2026-11-22T11:00:00+11:00"


@pytest.mark.parametrize("address", ["192.0.2.1", "2001:db8::1"])
def test_connections_beyond_this_machine_are_refused(address: str, outside_calls: list[str]) -> None:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as stream:
        with pytest.raises(AssertionError, match="network beyond loopback"):
            stream.connect((address, 53))
        with pytest.raises(AssertionError, match="network beyond loopback"):
            stream.connect_ex((address, 53))
    with socket.socket(family, socket.SOCK_DGRAM) as datagrams:
        with pytest.raises(AssertionError, match="network beyond loopback"):
            datagrams.sendto(b"?", (address, 53))
        with pytest.raises(AssertionError, match="network beyond loopback"):
            datagrams.sendto(b"?", 0, (address, 53))
    assert len(outside_calls) == 4
    outside_calls.clear()


def test_names_are_not_looked_up(outside_calls: list[str]) -> None:
    with pytest.raises(AssertionError, match=r"getaddrinfo 'example\.com'"):
        socket.create_connection(("example.com", 80))
    assert outside_calls == ["getaddrinfo 'example.com'"]
    outside_calls.clear()


def test_this_machine_can_be_talked_to() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with socket.create_connection(("localhost", port), timeout=5) as client:
            client.sendall(b"hello")
            peer, _ = server.accept()
            with peer:
                assert peer.recv(5) == b"hello"
