"""When garbage is collected: never while a key is at work."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from oxtui.screens.host import AppHost
from oxtui.screens.shell import collector


class Garbage:
    """Stands for the `gc` of a program that was started with collection off or on; `did` is what it was told."""

    def __init__(self, *, on: bool) -> None:
        self.did: list[str] = []
        self.isenabled = lambda: on or "enable" in self.did
        self.get_count = lambda: (0, 0, collector.ENOUGH + 1)

    def __getattr__(self, name: str) -> Any:
        return lambda: self.did.append(name)


def test_garbage_is_collected_once_the_cases_are_read_and_no_key_came(monkeypatch: pytest.MonkeyPatch) -> None:
    now, garbage, app = [100.0], Garbage(on=False), SimpleNamespace(watcher=SimpleNamespace(whole=False))
    monkeypatch.setattr(collector, "gc", garbage)
    monkeypatch.setattr(collector, "monotonic", lambda: now[0])
    ours = collector.Collector(cast(AppHost, app))
    ours.tick()
    assert garbage.did == []
    app.watcher.whole = True
    ours.tick()
    assert garbage.did == ["freeze", "enable"]
    ours.key()
    now[0] += collector.QUIET / 2
    ours.tick()
    assert garbage.did[2:] == []
    now[0] += collector.QUIET
    ours.tick()
    assert garbage.did[2:] == ["collect"]


def test_garbage_is_collected_although_the_cases_cannot_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    now, garbage, app = [100.0], Garbage(on=False), SimpleNamespace(watcher=SimpleNamespace(whole=False))
    monkeypatch.setattr(collector, "gc", garbage)
    monkeypatch.setattr(collector, "monotonic", lambda: now[0])
    ours = collector.Collector(cast(AppHost, app))
    now[0] += collector.LATEST + 1
    ours.tick()
    assert garbage.did == ["freeze", "enable"]


def test_pythons_own_collection_is_left_alone_where_it_is_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """In another program, such as one that tests the screens, the objects are not ours to freeze."""
    garbage, app = Garbage(on=True), SimpleNamespace(watcher=SimpleNamespace(whole=True))
    monkeypatch.setattr(collector, "gc", garbage)
    ours = collector.Collector(cast(AppHost, app))
    monkeypatch.setattr(collector, "monotonic", lambda: 1e9)
    ours.tick()
    assert garbage.did == []
