"""The screens and states that matter, compared with accepted pictures in `snapshots/test_pictures/`.

After a change of looks, look at each new picture and accept them with one command:

    .venv/bin/pytest tests/tui/test_pictures.py --snapshot-update
"""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.timer import Timer

from tests.drive.screen import Tui, quick
from tests.drive.waiting import PATIENCE
from tests.tui import picture_script
from tests.tui.scenes import HUGE, SCENES, SMALL, USUAL, Scene, app_for, same_ids, write_samples

PICTURES = [(name, size) for name, scene in SCENES.items() for size in scene.sizes]


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the sample cases, made once."""
    folder = tmp_path_factory.mktemp("pictures") / "samples"
    write_samples(folder)
    return folder


def play(scene: Scene, app: Any) -> Any:
    """What is done in the app before its picture is taken."""

    async def run_before(pilot: Pilot[Any]) -> None:
        tui = Tui(app, pilot, app.service)
        app.typing.monotonic = lambda: tui.seconds + time.monotonic()
        await tui.begun()
        await at_rest(tui)
        await scene.act(tui)
        await at_rest(tui)
        steady(app)
        await at_rest(tui)

    return run_before


async def at_rest(tui: Tui) -> None:
    """Wait until nothing is under way that would still change the picture, however loaded the machine is.

    Nothing on its way to disk, no worker, no message in a queue, no short timer (a field that is opened once its
    line is laid out, a row drawn as pending, cases read on in the background): twice, with the same rows.
    """
    end, before, quiet = time.monotonic() + PATIENCE, "", 0
    while quiet < 2:
        await tui.rests(0.1 if tui.app.outbox.trouble else PATIENCE)
        nodes = [tui.app, *(node for screen in tui.app.screen_stack for node in screen.walk_children(with_self=True))]
        queued = any(node.message_queue_size for node in nodes)
        timed = any(soon(timer) for node in nodes for timer in list(node._timers))
        now = tui.text()
        quiet = quiet + 1 if not queued and not timed and now == before else 0
        before = now
        assert time.monotonic() < end, f"it never came to rest: queued {queued}, timed {timed}\n{now}"


def soon(timer: Timer) -> bool:
    """Whether it runs out once, and in a moment (the toasts' and the clock's do not)."""
    return timer._repeat == 0 and timer._interval < 1 and timer._task is not None and not timer._task.done()


def steady(app: Any) -> None:
    """The cursor of a field does not blink in a picture."""
    for screen in app.screen_stack:
        for field in screen.query("Input, TextArea"):
            field.cursor_blink = False
            if hasattr(field, "_line_cache"):  # a row of a text area without its cursor would be taken for this one
                field._line_cache.clear()
            field.refresh()


@pytest.mark.parametrize(("name", "size"), PICTURES, ids=[f"{name}-{w}x{h}" for name, (w, h) in PICTURES])
def test_picture(name: str, size: tuple[int, int], samples: Path, tmp_path: Path, snap_compare: Any) -> None:
    scene = SCENES[name]
    with same_ids():
        app = app_for(scene, tmp_path / "home", samples)
        with quick():
            same = snap_compare(app, terminal_size=size, run_before=play(scene, app))
    assert app.return_code in (None, 0), "it broke: this is no picture to accept"
    assert same


@pytest.mark.parametrize("name", ["home", "case", "killer-ready", "picker-open", "calculator"])
def test_nothing_needed_goes(name: str, samples: Path, tmp_path: Path) -> None:
    """The footer ends with a whole key; what is cut ends with its sign; the current row is in view."""

    async def look() -> None:
        def look_at(lines: list[str], size: tuple[int, int]) -> None:
            foot = lines[-1].split()
            assert foot[-1] == "help", lines[-1]
            assert all(len(line) <= size[0] for line in lines)
            if name in ("case", "killer-ready"):
                assert any(app.glyphs.cursor in line for line in lines)
                assert "auth" in "".join(lines[:3])
                assert any(f"/{app.screen.case.progress()[1]}" in line for line in lines[:3])  # type: ignore[attr-defined]

        scene = SCENES[name]
        with same_ids():
            app = app_for(scene, tmp_path / "home", samples)
            with quick():
                async with app.run_test(size=SMALL, notifications=True) as pilot:
                    await play(scene, app)(pilot)
                    tui = Tui(app, pilot, app.service)
                    for size in (SMALL, USUAL, HUGE, SMALL):  # and resized while in use
                        await pilot.resize_terminal(*size)
                        await at_rest(tui)
                        look_at(tui.lines(), size)

    asyncio.run(look())


def test_the_readme_picture_is_the_one_kept_every_time(tmp_path: Path) -> None:
    kept = picture_script.TARGET.read_text(encoding="utf-8")
    for name in ("one", "other"):
        assert picture_script.picture(tmp_path / name) == kept
    assert "brightside.com.au" in kept.replace("&#160;", " ")
