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

from tests.tui import picture_script
from tests.tui.harness import Tui
from tests.tui.scenes import HUGE, SCENES, SMALL, USUAL, WIDE, Scene, app_for, same_ids, write_samples

ALL = (SMALL, USUAL, WIDE, HUGE)
SIZES: dict[str, tuple[tuple[int, int], ...]] = {
    "home": ALL,
    "home-empty": (USUAL,),
    "new-case": (USUAL,),
    "picker-closed": (SMALL, USUAL),
    "picker-open": (WIDE,),
    "case": ALL,
    "case-light": (WIDE,),
    "case-contrast": (USUAL,),
    "case-ascii": (USUAL,),
    "case-question": (USUAL,),
    "case-killer": (SMALL, WIDE),
    "case-refusal": (SMALL, USUAL),
    "case-stale": (USUAL,),
    "case-unwind": (USUAL,),
    "case-skipped": (USUAL,),
    "case-deferred": (USUAL,),
    "panel-template": (USUAL, WIDE),
    "panel-secret": (HUGE,),
    "confirm-killer": (SMALL, USUAL),
    "several": (USUAL,),
    "ask-error": (SMALL,),
    "hang-up": (USUAL,),
    "close-refused": (USUAL,),
    "calculator-done": (WIDE,),
    "help-case": (USUAL,),
    "palette": (USUAL,),
    "not-saved": (USUAL,),
}
PICTURES = [(name, size) for name, sizes in SIZES.items() for size in sizes]


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the sample cases, made once."""
    folder = tmp_path_factory.mktemp("pictures") / "samples"
    write_samples(folder)
    return folder


def play(scene: Scene, app: Any) -> Any:
    """What is done in the app before its picture is taken."""

    async def run_before(pilot: Pilot[Any]) -> None:
        tui = Tui(app, pilot, app.desk)
        app.typing.monotonic = lambda: tui.seconds + time.monotonic()
        await tui.settle()
        await scene.act(tui)
        await tui.settle()
        steady(app)
        await tui.settle()

    return run_before


def steady(app: Any) -> None:
    """The cursor of a field does not blink in a picture."""
    for screen in app.screen_stack:
        for field in screen.query("Input, TextArea"):
            field.cursor_blink = False


@pytest.mark.parametrize(("name", "size"), PICTURES, ids=[f"{name}-{w}x{h}" for name, (w, h) in PICTURES])
def test_picture(name: str, size: tuple[int, int], samples: Path, tmp_path: Path, snap_compare: Any) -> None:
    scene = SCENES[name]
    with same_ids():
        app = app_for(scene, tmp_path / "home", samples)
        same = snap_compare(app, terminal_size=size, run_before=play(scene, app))
    assert app.return_code in (None, 0), "it broke: this is no picture to accept"
    assert same


@pytest.mark.parametrize("size", [SMALL, USUAL, HUGE], ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("name", ["home", "case-killer", "picker-open", "calculator"])
def test_nothing_needed_goes(name: str, size: tuple[int, int], samples: Path, tmp_path: Path) -> None:
    """The footer ends with a whole key; what is cut ends with its sign; the current row is in view."""

    async def look() -> None:
        scene = SCENES[name]
        with same_ids():
            app = app_for(scene, tmp_path / "home", samples)
            async with app.run_test(size=size, notifications=True) as pilot:
                await play(scene, app)(pilot)
                lines = Tui(app, pilot, app.desk).lines()
                foot = lines[-1].split()
                assert foot[-1] == "help", lines[-1]
                assert all(len(line) <= size[0] for line in lines)
                if name.startswith("case"):
                    assert any(app.glyphs.cursor in line for line in lines)
                    assert "auth" in "".join(lines[:3])
                    assert any(f"/{app.screen.case.progress()[1]}" in line for line in lines[:3])

    asyncio.run(look())


def test_the_readme_picture_is_the_same_every_time(tmp_path: Path) -> None:
    one, other = (picture_script.picture(tmp_path / name) for name in ("one", "other"))
    assert one == other
    assert "brightside.com.au" in one.replace("&#160;", " ")


def test_the_readme_picture_is_the_one_kept(tmp_path: Path) -> None:
    assert picture_script.TARGET.read_text(encoding="utf-8") == picture_script.picture(tmp_path / "now")
