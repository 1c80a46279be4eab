"""The first hour of practice: Home and the sample cases say what to try, and tick off what was done."""

from __future__ import annotations

from pathlib import Path

import pytest

from oxtui.cases.commands.calls import EndCall
from oxtui.cases.log.state import Replay
from oxtui.cli.samples import make, read_samples
from tests.drive.case import new_service, playbook
from tests.drive.screen import running


async def test_home_says_what_to_try_next_and_ticks_it_off(tmp_path: Path) -> None:
    service = new_service(tmp_path, playbook=playbook())
    service.store.open()
    lessons = make(service)
    async with running(tmp_path, (120, 40), service=service) as tui:
        tui.app.practice, tui.app.lessons = True, lessons
        tui.app.refresh_bars()
        await tui.until(lambda: "TRY THIS NEXT  n begins a case" in tui.text())
        assert "(0 of 17" in tui.text()
        await tui.press("n", *"zebra.example", "enter", "a", "1", "escape")
        await tui.until(lambda: "wattle-florist.example: Open it: a once" in tui.text())
        (other,) = service.on_the_line()
        service.change(other.id, EndCall())
        await tui.press("slash", *"wattle", "enter")
        await tui.until(lambda: "TRY THIS  a once the client" in tui.text())
        await tui.press("a")
        await tui.until(lambda: "Client authenticated" in tui.text())
        await tui.press("1")
        await tui.until(lambda: "Home says what to try next (2 of 17 done)" in tui.text())
        lessons.done.update(range(17))
        await tui.press("escape")
        await tui.until(lambda: "DONE  That was all there is to try" in tui.words().replace(" DONE ", " DONE  "))


async def test_a_real_home_has_nothing_to_try_and_teaches_a_first_call(tmp_path: Path) -> None:
    async with running(tmp_path, (80, 24), service=new_service(tmp_path, playbook=playbook())) as tui:
        assert "TRY THIS" not in tui.text()
        for word in ("A call begins like this", "type the client's domain", "Has the move of the mailboxes", "1 2 3"):
            assert word in tui.text()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("domain", "keys"),
    [
        ("lake-house.example", "a 1 enter 2 2 enter 2"),
        ("granite-gym.example", "0 3 enter"),
        ("lantern-studio.example", "a j j j j j 1"),
        ("three-sisters-tours.example", "a k 1"),
        ("bluestone-cafe.example", "a G k enter 2 1"),
        ("harbour-kayaks.example", "b 1 enter"),
        ("bellbird-print.example", "b 1"),
        ("redgum-vets.example", "a c 2 enter 1"),
    ],
)
async def test_a_lesson_is_done_by_the_keys_that_it_names(tmp_path: Path, domain: str, keys: str) -> None:
    service = new_service(tmp_path, playbook=playbook())
    service.store.open()
    lessons = make(service)
    number, lesson = next((n, each) for n, each in enumerate(lessons.lessons) if each.domain == domain)
    for key in keys.split():
        assert key.isdigit() or f" {key}" in f" {lesson.text.replace('(', '')}" or key == "j", f"{key}: {lesson.text}"
    async with running(tmp_path, (120, 40), service=service) as tui:
        tui.app.practice, tui.app.lessons = True, lessons
        await tui.press("slash", *domain, "enter")
        assert lesson.here()[:30] in tui.text()
        *before, last = keys.split()
        await tui.press(*before)
        assert number not in lessons.done
        await tui.press(last)
        await tui.until(lambda: number in lessons.done)
    assert lesson.by != ("answered",) or service.case(lesson.case_id).hold is None, "its answer ends the wait"


def test_every_sample_teaches_something_that_an_event_ticks_off() -> None:
    samples = read_samples()
    open_ones = [sample for sample in samples if "close" not in sample.steps]
    assert len(open_ones) == 16
    for sample in open_ones:
        assert sample.lesson and sample.by, sample.domain
        for name in "|".join(sample.by).split("|"):
            assert hasattr(Replay, f"on_{name.replace('-', '_')}"), name
