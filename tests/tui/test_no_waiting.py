"""No key waits for a disk: the store is blocked, or another process holds it, and the screen goes on."""

from __future__ import annotations

import inspect
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from oxtui.cases.commands.calls import BeginCall
from oxtui.screens.call_flow.screen import CallFlowScreen
from oxtui.screens.case.screen import CaseScreen
from oxtui.screens.home.screen import HomeScreen
from oxtui.screens.new_case import NewCaseScreen
from oxtui.service import Service
from tests.drive.case import begun, closed, do, new_service, playbook
from tests.drive.screen import running

HOLDER = """
import fcntl, sqlite3, sys, time
home = sys.argv[1]
database = sqlite3.connect(home + "/history.sqlite3", isolation_level=None)
database.execute("BEGIN EXCLUSIVE")
held = [open(home + "/" + name, "a") for name in ("cases.lock", "cases.next")]
for file in held:
    fcntl.flock(file, fcntl.LOCK_EX)
print("held", flush=True)
time.sleep(3600)
"""
FROM_MEMORY = {"peek", "take_restored", "notice"}
"""What a store gives without a disk."""


@contextmanager
def held(home: Path) -> Iterator[None]:
    """Another process holds an exclusive lock on the history and on the cases of a home."""
    process = subprocess.Popen([sys.executable, "-c", HOLDER, str(home)], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout and process.stdout.readline().strip() == "held"
        yield
    finally:
        process.kill()
        process.wait()
        assert process.stdout
        process.stdout.close()


class Asked:
    """What is asked of the store, its archive and its drafts on the screens' thread; other threads may be blocked."""

    def __init__(self, service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
        self.found: set[str] = set()
        self.here = threading.current_thread()
        self.open = threading.Event()
        self.open.set()
        for part in (service.store, service.store.archive, service.store.drafts):
            for name in dir(type(part)):
                method = getattr(part, name, None)
                if name.startswith("_") or name in FROM_MEMORY or not inspect.ismethod(method):
                    continue
                monkeypatch.setattr(part, name, self._watched(f"{type(part).__name__}.{name}", method))

    def _watched(self, name: str, method: Callable[..., Any]) -> Callable[..., Any]:
        def watched(*given: Any, **named: Any) -> Any:
            if threading.current_thread() is self.here:
                self.found.add(name)
            else:
                self.open.wait()
            return method(*given, **named)

        return watched

    @contextmanager
    def blocked(self) -> Iterator[None]:
        """Every call from another thread waits until the end: a key that waits for one of them waits for good."""
        self.open.clear()
        try:
            yield
        finally:
            self.open.set()

    def check(self) -> None:
        """Fail where the screens' thread asked for more than what is in memory."""
        assert self.found <= {"LocalStore.open"}, "what waits for a disk is a thread's"


async def test_a_domain_typed_while_the_store_is_blocked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    service = new_service(tmp_path, playbook=playbook())
    closed(service, "pinetree.net.au")
    begun(service, "brightside.com.au", 3)
    asked = Asked(service, monkeypatch)
    async with running(tmp_path, service=service, held=0.05) as tui:
        await tui.until(lambda: tui.app.watcher.whole)
        with asked.blocked():
            for key in ("n", *"pinetree.net.au"):
                await tui.pilot.press("full_stop" if key == "." else key)
            await tui.pilot.press("enter")
            await tui.until(lambda: "The disk is slow, or another program holds the cases" in tui.text())
            assert isinstance(tui.screen, NewCaseScreen)
            await tui.pilot.press("escape")
            await tui.until(lambda: isinstance(tui.screen, HomeScreen))
            asked.check()


async def test_home_and_its_screens_open_while_the_store_is_blocked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = new_service(tmp_path, playbook=playbook())
    closed(service, "pinetree.net.au")
    case = begun(service, "brightside.com.au", 3)
    asked = Asked(service, monkeypatch)
    async with running(tmp_path, service=service, held=0.05) as tui:
        await tui.until(lambda: tui.app.watcher.whole)
        with asked.blocked():
            for key in ("enter", "j", "n", "x", "escape", "ctrl+p", "escape", "i", "escape", "s", "escape"):
                await tui.pilot.press(key)
            assert isinstance(tui.screen, CaseScreen) and tui.screen.case.id == case.id
            for key in ("z", "escape", "escape", "h", "escape", "w", "w", "H", "escape"):
                await tui.pilot.press(key)
            await tui.until(lambda: isinstance(tui.screen, HomeScreen))
            asked.check()


async def test_a_call_begun_meanwhile_is_kept_and_saved_once_the_lock_is_gone(tmp_path: Path) -> None:
    """Another process holds the locks: real ones, of the file and of the history."""
    service = new_service(tmp_path, playbook=playbook())
    case = do(service, service.start("brightside.com.au"))
    async with running(tmp_path, service=service) as tui:
        await tui.show(CallFlowScreen(case))
        with held(service.places.home):
            await tui.pilot.press("a")
            await tui.until(lambda: tui.app.outbox.pending)
            await tui.pilot.pause(0.3)
            assert not service.peek(case.id).conversation.live, "nothing is shown as done that is not saved"  # type: ignore[union-attr]
        await tui.until(lambda: service.peek(case.id).conversation.live)  # type: ignore[union-attr]
        assert [event.what for event in service.case(case.id).log if event.what == "call"] == ["call"]
        do(service, service.case(case.id), BeginCall("client"))


async def test_no_key_asks_the_store_where_the_screens_live(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    service = new_service(tmp_path, playbook=playbook())
    closed(service, "pinetree.net.au")
    begun(service, "brightside.com.au", 3)
    begun(service, "northwind.com.au", 1)
    asked = Asked(service, monkeypatch)
    async with running(tmp_path, (120, 40), service=service) as tui:
        await tui.until(lambda: tui.app.watcher.whole)
        for keys in (
            ("j", "k", "enter", "a", "1", "2", "u", "x", "escape", "d", "escape", "n", *"Kim", "escape"),
            ("i", "1", *"jo", "enter", "i", "2", "escape", "v", "tab", "tab", "tab", "escape", "Y", "y", "t", "escape"),
            ("s", "space", "escape", "2", "escape", "A", "escape", "z", "escape", "w", "escape", "escape", "escape"),
            (
                "n",
                *"pinetree",
                "escape",
                "ctrl+n",
                *"fresh.com.au",
                "enter",
                "a",
                "1",
                "3",
                "escape",
                "escape",
                "escape",
            ),
            (
                "slash",
                *"north",
                "enter",
                "escape",
                "escape",
                "escape",
                "w",
                "w",
                "y",
                "H",
                "c",
                "escape",
                "t",
                "escape",
            ),
            ("h", "enter", "escape", "escape", "r", "escape", "ctrl+p", *"bright", "escape"),
        ):
            await tui.press(*keys)
        await tui.settle()
    asked.check()
