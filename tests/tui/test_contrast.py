"""Every role of our three themes can be read on every ground it is used on (WCAG 2 contrast, computed)."""

from __future__ import annotations

import pytest

from oxtui.widgets.themes import OURS

TEXT, QUIET = 7.0, 4.5
GROUNDS = ("ox-ground", "ox-bar")
ALL = (*GROUNDS, "ox-nb-ground")
# role: the grounds it is used on, and the least contrast
PAIRS: dict[str, tuple[tuple[str, ...], float]] = {
    "ox-text": (GROUNDS, TEXT),
    "ox-strong": (ALL, TEXT),
    "ox-accent": (GROUNDS, TEXT),
    "ox-nb": (ALL, TEXT),
    "ox-done": (GROUNDS, TEXT),
    "ox-trouble": (GROUNDS, TEXT),
    "ox-on-accent": (("ox-accent", "ox-trouble"), TEXT),  # the cursor's row and chips; the alarm
    "ox-quiet": (GROUNDS, QUIET),
    "ox-locked": (GROUNDS, QUIET),
}
CASES = [(role, ground, least) for role, (grounds, least) in PAIRS.items() for ground in grounds]


def luminance(colour: str) -> float:
    """Relative luminance of #rrggbb, as WCAG 2 defines it."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    red, green, blue = linear
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """From 1 (the same) to 21 (black on white)."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_contrast_is_measured_as_wcag_does() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("theme", OURS)
@pytest.mark.parametrize(("role", "ground", "least"), CASES)
def test_readable(theme: str, role: str, ground: str, least: float) -> None:
    colours = OURS[theme]
    found = contrast(colours[role], colours[ground])
    assert found >= least, f"{theme}: {role} on {ground} is {found:.2f}:1"


@pytest.mark.parametrize("theme", OURS)
def test_what_is_quiet_is_quieter_than_text(theme: str) -> None:
    colours = OURS[theme]
    roles = ("ox-strong", "ox-text", "ox-quiet", "ox-locked")
    steps = [contrast(colours[role], colours["ox-ground"]) for role in roles]
    assert steps == sorted(steps, reverse=True)


@pytest.mark.parametrize("theme", OURS)
def test_lines_are_seen(theme: str) -> None:
    colours = OURS[theme]
    assert contrast(colours["ox-line"], colours["ox-ground"]) >= 1.9
