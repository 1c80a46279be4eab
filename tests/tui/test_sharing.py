"""A floor on the screens: away and back, what came too late, who is there, the lead's view, handing cases over."""

from __future__ import annotations

import asyncio
import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from oxtui.away.kept import Waiting
from oxtui.cases.commands.base import Command
from oxtui.cases.commands.calls import BeginCall, EndCall
from oxtui.cases.commands.marks import AnswerIt
from oxtui.cases.commands.waiting import Note, Remark, SetHold
from oxtui.cases.status import State
from oxtui.clock import Clock
from oxtui.errors import StoreError
from oxtui.playbook.bundle import digest_of, pack
from oxtui.service import Service
from tests.drive.case import CONFIG, SUNDAY, Walk
from tests.drive.floor import Shared, floor_of, floor_service
from tests.drive.screen import Tui, running


@pytest.fixture
def shared(tmp_path: Path) -> Shared:
    return Shared(tmp_path / "floor")


def pane(shared: Shared, tmp_path: Path, name: str = "anna", at: timedelta = timedelta()) -> Service:
    return floor_service(shared, tmp_path / name, name, Clock(SUNDAY + at))


def told_as_kept(tui: Tui, *kinds: type[Command]) -> bool:
    """Whether these wait, and the banner counts all that does (what DNS answered may be among it)."""
    assert tui.app.sharing is not None
    kept = [type(entry.command) for entry in tui.app.sharing.outbox.kept if isinstance(entry, Waiting)]
    return [kind for kind in kept if kind in kinds] == list(kinds) and f"{len(kept)} kept" in tui.text()


def heard(tui: Tui) -> bool:
    """Whether the server has answered since the start; one that never did is told to be away only after a while."""
    return tui.app.sharing is not None and tui.app.sharing.outbox.heard


async def test_who_is_not_let_in_is_told_in_one_notice(
    shared: Shared, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = pane(shared, tmp_path)
    Walk(service).begin(2)
    why = 'role "anna" is not permitted to log in'

    def refused() -> None:
        raise StoreError("The floor's server does not let you in", why)

    async with running(tmp_path, (120, 40), service=service) as tui:
        monkeypatch.setattr(service, "overviews", refused)
        floor_of(service).shut_out = why
        await asyncio.to_thread(tui.app.watcher._look, read=True)
        await tui.until(lambda: tui.app.watcher.trouble and "NOT LET IN by the floor's server" in tui.text())
        assert "NOT READ" not in tui.text()
        floor_of(service).shut_out = ""
        tui.app.refresh_bars()
        await tui.until(lambda: "NOT READ" in tui.text() and "NOT LET IN" not in tui.text())


async def test_a_look_while_the_program_ends_finds_no_screen(shared: Shared, tmp_path: Path) -> None:
    async with running(tmp_path, service=pane(shared, tmp_path)) as tui:
        sharing = tui.app.sharing
    assert sharing is not None and not tui.app.screen_stack
    sharing.look()


@pytest.mark.parametrize("size", [(80, 24), (40, 12), (120, 40), (200, 60)])
async def test_away_is_told_work_goes_on_and_all_of_it_arrives(
    shared: Shared, tmp_path: Path, size: tuple[int, int]
) -> None:
    service, ben = pane(shared, tmp_path), pane(shared, tmp_path, "ben")
    walk = Walk(service).begin(2)
    async with running(tmp_path, size, service=service) as tui:
        await tui.press("enter")
        await tui.until(lambda: heard(tui))
        floor_of(service).gone_since = service.clock.now()
        await tui.until(lambda: "FLOOR AWAY since 10:46, " in tui.text())
        await tui.press("1")  # is it still running? the first answer
        await tui.until(lambda: told_as_kept(tui, AnswerIt))
        await tui.press("n", *"rang", "ctrl+s")
        await tui.until(lambda: told_as_kept(tui, AnswerIt, Note))
        assert walk.service.store.get(walk.id)["log"][-1]["what"] != "note"  # type: ignore[index]
        case = service.peek(walk.id)
        assert case and case.status("ox-running").state is State.DONE
        floor_of(service).gone_since = None
        await tui.until(lambda: "FLOOR AWAY" not in tui.text() and not tui.app.sharing.outbox.kept)  # type: ignore[union-attr]
    theirs = ben.case(walk.id)
    assert [event.get("text") for event in theirs.log if event.what == "note"] == ["rang"] and theirs.status(
        "ox-running"
    ).state is State.DONE


async def test_what_came_too_late_is_told_until_it_is_put_away(shared: Shared, tmp_path: Path) -> None:
    service, ben = pane(shared, tmp_path), pane(shared, tmp_path, "ben")
    walk = Walk(service).plan(1)
    async with running(tmp_path, (120, 40), service=service) as tui:
        await tui.until(lambda: heard(tui))
        floor_of(service).gone_since = service.clock.now()
        seen = service.case(walk.id)
        told: list[object] = []
        tui.app.submit(walk.id, AnswerIt("billed-now", ("yearly",)), told.append, told.append, seen=seen.seen)
        await tui.until(lambda: told and "1 kept" in tui.text())
        theirs = Walk(ben, walk.id)
        theirs.do(BeginCall("client"))
        theirs.answer("billed-now", "yearly")
        theirs.answer("billed-now", "monthly")
        floor_of(service).gone_since = None
        await tui.until(lambda: "TOO LATE: 1" in tui.text() and "ben changed" in tui.text())
        await tui.press("ctrl+g")
        await tui.until(lambda: "What you need to know" in tui.text() and "Not counted" in tui.text())
        await tui.press("enter")
        await tui.until(lambda: "TOO LATE" not in tui.text())
        await tui.until(lambda: not list((tmp_path / "anna" / "floor").glob("outbox*")))


async def test_who_is_in_a_case_is_told_on_home_before_it_is_opened_and_in_it(shared: Shared, tmp_path: Path) -> None:
    service = pane(shared, tmp_path)
    walk = Walk(service).begin(2)
    shared.here["ben"] = (walk.id, SUNDAY - timedelta(minutes=44))
    async with running(tmp_path, (120, 40), service=service) as tui:
        await tui.until(lambda: "on the line" in tui.text())
        await tui.press("enter")
        assert "ben has been in this case since 10:02" in tui.text()
        await tui.press("escape")
        assert "Open cases" in tui.text() or "1 mine" in tui.text()
        await tui.press("enter")
        assert "also here: ben" in tui.text(), "asked once"
        await tui.until(lambda: shared.here.get("anna", ("",))[0] == walk.id)
        del shared.here["ben"]
        await tui.until(lambda: "also here" not in tui.text())
        await tui.press("escape", "escape")
        await tui.until(lambda: shared.here["anna"][0] == "")


async def test_home_begins_with_ones_own_cases_and_shows_who_is_in_the_others(shared: Shared, tmp_path: Path) -> None:
    service, ben = pane(shared, tmp_path), pane(shared, tmp_path, "ben")
    service.start("mine.example")
    theirs = ben.start("bens.example")
    shared.here["ben"] = (theirs.id, SUNDAY)
    async with running(tmp_path, (120, 40), service=service) as tui:
        await tui.until(lambda: "1 mine 1  2 all 2" in tui.text())
        assert "bens.example" not in tui.text()
        await tui.press("2")
        assert "ben is in it" in tui.text()


async def test_a_case_is_given_only_to_who_is_on_the_floor(shared: Shared, tmp_path: Path) -> None:
    service = pane(shared, tmp_path)
    mine = service.start("mine.example").id
    async with running(tmp_path, (80, 24), service=service) as tui:
        await tui.press("A", *"zoe", "enter")
        assert "Nobody here is called zoe" in tui.text()
        await tui.press("ctrl+u", *"ca", "enter")
        assert service.case(mine).holder == "carla"


async def test_handing_over_gives_ones_cases_to_somebody_or_copies_the_text(shared: Shared, tmp_path: Path) -> None:
    service = pane(shared, tmp_path)
    for name in ("one", "two"):
        service.start(f"{name}.example")
    async with running(tmp_path, (80, 24), service=service) as tui:
        await tui.press("H")
        assert "copy all open cases as text" in tui.text() and "2 cases" in tui.text()
        await tui.press("2", *"ben", "enter")
        assert {row.holder for row in service.overviews()} == {"ben"} and "2 given to ben" in tui.told()


async def test_the_lead_sees_the_floor_and_moves_a_case_with_one_key(shared: Shared, tmp_path: Path) -> None:
    service, ben = pane(shared, tmp_path), pane(shared, tmp_path, "ben", timedelta(days=3))
    due, waits = Walk(service), service.start("waits.example")
    due.do(SetHold("the client", "2026-11-20"))
    service.change(waits.id, SetHold("Platform Support", "2026-12-20"))
    said = Walk(service, service.start("said.example").id).begin(2)
    item = next(item for item in said.case.scenario.items() if item.id == "ox-running")  # type: ignore[union-attr]
    said.do(Remark(item.id, "the console calls it something else"), Note("x"))
    shared.here["carla"] = (said.id, SUNDAY)
    async with running(tmp_path, (120, 40), service=ben) as tui:
        await tui.press("F")
        assert "The floor now" not in tui.text(), "only leads have it"
        floor_of(ben).role = "lead"
        await tui.press("F")
        await tui.until(lambda: "This step is wrong" in tui.text())
        text = tui.text()
        for words in ("overdue since Fri 20/11", "Longest waits", "carla since 10:46", "something else"):
            assert words in text, words
        await tui.press("j", "A", *"ben", "enter")
        await tui.until(lambda: ben.case(due.id).holder == "ben")


@pytest.mark.slow
async def test_a_published_playbook_is_proved_here_and_taken_at_the_next_call(shared: Shared, tmp_path: Path) -> None:
    service = pane(shared, tmp_path)
    walk = Walk(service).begin(2)
    folder = tmp_path / "config"
    shutil.copytree(CONFIG, folder)
    main = folder / "playbook.yaml"
    main.write_text(main.read_text("utf-8").replace('review: "2026-11"', 'review: "2026-12"'), "utf-8")
    bundle = pack(folder)
    before = service.playbook.procedure
    async with running(tmp_path, (120, 40), service=service) as tui:
        shared.bundles.append((digest_of(bundle), bundle))
        await tui.until(lambda: tui.app.sharing and tui.app.sharing.published._ready)
        assert service.playbook.procedure is before, "not in the middle of a call"
        service.change(walk.id, EndCall())
        await tui.until(lambda: service.playbook.procedure.review == "2026-12")
        await tui.until(lambda: "2026-12 is in force" in tui.told())
        assert service.case(walk.id).procedure.digest == before.digest
        case = service.start("new.example")
        assert case.procedure.review == "2026-12"
        broken = bundle.replace(b"after:", b"aftre:")
        shared.bundles.append((digest_of(broken), broken))
        await tui.until(lambda: "cannot be used here" in tui.text())
        assert service.playbook.procedure.review == "2026-12"
