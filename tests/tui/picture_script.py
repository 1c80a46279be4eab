"""Draws the README's first picture, `snapshots/readme-case.svg`, from the program itself.

.venv/bin/python -m tests.tui.picture_script
"""

from __future__ import annotations

import asyncio
import os
import re
import tempfile
import time
from pathlib import Path

from tests.drive.screen import Tui
from tests.tui.scenes import Scene, app_for, on, same_ids, with_a_discount, write_samples

TARGET = Path(__file__).parents[2] / "snapshots" / "readme-case.svg"
SIZE = (120, 34)
SCENE = Scene(on(with_a_discount))


def picture(folder: Path) -> str:
    """The picture as SVG text, made in an empty folder; the same on every machine."""
    folder.mkdir(parents=True, exist_ok=True)
    write_samples(folder / "samples")
    svg = asyncio.run(_drawn(folder))
    return re.sub(r"terminal-\d+", "terminal-oxtui", svg)


async def _drawn(folder: Path) -> str:
    with same_ids():
        app = app_for(SCENE, folder / "home", folder / "samples")
        async with app.run_test(size=SIZE, notifications=True) as pilot:
            tui = Tui(app, pilot, app.service)
            app.typing.monotonic = lambda: tui.seconds + time.monotonic()
            await tui.begun()
            await SCENE.act(tui)
            await tui.settle()
            return app.export_screenshot(title="oxtui")


def main() -> None:
    """Write the picture."""
    os.environ.update(TZ="Australia/Melbourne", COLORTERM="truecolor", TERM="xterm-256color")
    os.environ.pop("NO_COLOR", None)
    if hasattr(time, "tzset"):
        time.tzset()
    with tempfile.TemporaryDirectory() as folder:
        text = picture(Path(folder))
    TARGET.parent.mkdir(exist_ok=True)
    TARGET.write_text(text, encoding="utf-8")
    print(f"{TARGET} written")


if __name__ == "__main__":
    main()
