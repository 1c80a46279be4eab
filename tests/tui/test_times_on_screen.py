"""What a case shows of time: from when an item can be done, when an answer is due, how many days are left."""

from __future__ import annotations

from pathlib import Path

from oxtui.cases.commands.calls import BeginCall
from oxtui.cases.commands.scenarios import Choose
from oxtui.service import Service
from tests.drive.case import FakeClock, Walk, playbook, service_at
from tests.drive.screen import running

RELEASE = Path(__file__).parents[1] / "samples" / "name-release"


def begun(home: Path, clock: FakeClock) -> tuple[Service, Walk]:
    """A case of samples/name-release in which the owner was asked."""
    service = service_at(home, clock=clock, playbook=playbook(RELEASE), config=RELEASE)
    walk = Walk(service)
    walk.do(BeginCall("client"), Choose(1, {"used": "nothing", "owner": "yes"}))
    walk.tick("asked")
    return service, walk


async def test_the_row_says_from_when_and_w_proposes_it(tmp_path: Path) -> None:
    clock = FakeClock()
    service, walk = begun(tmp_path / "home", clock)
    async with running(tmp_path, (80, 24), service=service) as tui:
        await tui.open(walk.case)
        assert "Remind the owner" in tui.text() and "from Sun 06/12 10:46" in tui.text()
        await tui.press("w", "enter")
        assert "enter alone: Sun 06/12/2026 10:46" in tui.text()
    clock.pass_(days=15)  # a Monday
    walk.begin(1)
    walk.tick("reminded")
    async with running(tmp_path, (80, 24), service=service) as tui:
        await tui.open(walk.case)
        assert "3 nothing at all from Wed 09/12 10:46" in tui.text()
        await tui.press("3")
        await tui.until(lambda: "is not offered yet" in tui.text())
        await tui.press("w", "enter")
        assert "enter alone: Wed 09/12/2026 10:46" in tui.text()
        await tui.press("enter")
        await tui.until(lambda: walk.case.hold)
        assert walk.case.hold.until == "2026-12-09T10:46" and walk.case.hold.on == "reply"


async def test_the_days_left_are_in_the_head_and_on_home(tmp_path: Path) -> None:
    clock = FakeClock()
    service, walk = begun(tmp_path / "home", clock)
    clock.pass_(days=15)
    walk.begin(1)
    walk.tick("reminded")
    walk.answer("reply", "agrees")
    walk.cancel("release")
    clock.pass_(days=3)
    for size, words in (((120, 40), "27 days left to take the name back"), ((40, 12), "27 d")):
        async with running(tmp_path, size, service=service) as tui:
            await tui.until(lambda: "27 days left" in tui.text())
            await tui.open(walk.case)
            assert words in tui.text()
