"""Our own themes: a small set of roles, each with a colour that can be read (contrast is computed in a test)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from rich.color import Color
from rich.style import Style
from textual.theme import Theme

if TYPE_CHECKING:
    from textual.app import App

# ground, bar (header and footer), nb-ground; then a colour for each role of `ink`
DARK = {
    "ox-ground": "#10141b", "ox-bar": "#1e2530", "ox-nb-ground": "#2d2a24", "ox-line": "#4a5566",
    "ox-text": "#d5dbe5", "ox-strong": "#f4f7fb", "ox-quiet": "#9aa7ba", "ox-accent": "#5fd0e8",
    "ox-on-accent": "#0b1016", "ox-nb": "#ffbf69", "ox-done": "#86d97b", "ox-trouble": "#ff9382",
    "ox-locked": "#8492a6",
}  # fmt: skip
LIGHT = {
    "ox-ground": "#fbfbf9", "ox-bar": "#e6e9ee", "ox-nb-ground": "#fff0d4", "ox-line": "#aab3c0",
    "ox-text": "#262d37", "ox-strong": "#0b0f14", "ox-quiet": "#4d5866", "ox-accent": "#00506a",
    "ox-on-accent": "#ffffff", "ox-nb": "#6c3d00", "ox-done": "#155610", "ox-trouble": "#94190a",
    "ox-locked": "#586373",
}  # fmt: skip
CONTRAST = {
    "ox-ground": "#000000", "ox-bar": "#000000", "ox-nb-ground": "#000000", "ox-line": "#ffffff",
    "ox-text": "#ffffff", "ox-strong": "#ffffff", "ox-quiet": "#dcdcdc", "ox-accent": "#00ffff",
    "ox-on-accent": "#000000", "ox-nb": "#ffff00", "ox-done": "#55ff55", "ox-trouble": "#ff9999",
    "ox-locked": "#c8c8c8",
}  # fmt: skip
OURS: Mapping[str, Mapping[str, str]] = {"oxtui-dark": DARK, "oxtui-light": LIGHT, "oxtui-contrast": CONTRAST}


def our_themes() -> list[Theme]:
    """The themes to register with the app."""
    return [_theme(name, colours) for name, colours in OURS.items()]


def _theme(name: str, colours: Mapping[str, str]) -> Theme:
    return Theme(
        name=name,
        primary=colours["ox-accent"],
        secondary=colours["ox-accent"],
        accent=colours["ox-accent"],
        warning=colours["ox-nb"],
        error=colours["ox-trouble"],
        success=colours["ox-done"],
        foreground=colours["ox-text"],
        background=colours["ox-ground"],
        surface=colours["ox-ground"],
        panel=colours["ox-bar"],
        dark=name != "oxtui-light",
        variables=dict(colours)
        | {
            "border": colours["ox-accent"],
            "border-blurred": colours["ox-line"],
            "scrollbar": colours["ox-line"],
            "scrollbar-background": colours["ox-ground"],
            "scrollbar-hover": colours["ox-accent"],
            "scrollbar-active": colours["ox-accent"],
            "input-cursor-background": colours["ox-accent"],
            "input-cursor-foreground": colours["ox-on-accent"],
            "input-selection-background": colours["ox-line"],
            "block-cursor-background": colours["ox-accent"],
            "block-cursor-foreground": colours["ox-on-accent"],
        },
    )


def variables_for(dark: bool) -> Mapping[str, str]:
    """Our variables for a theme that is not ours."""
    return DARK if dark else LIGHT


def inks(app: App[object]) -> dict[str, Style]:
    """The style of every role in the app's theme; `cursor` is put over a whole row."""
    variables = app.theme_variables
    colours = {name: variables.get(name, value) for name, value in DARK.items()}

    def ink(name: str, *, ground: str = "", bold: bool = False, underline: bool = False) -> Style:
        back = Color.parse(colours[ground]) if ground else None
        return Style(color=Color.parse(colours[name]), bgcolor=back, bold=bold or None, underline=underline or None)

    return {
        "text": ink("ox-text"),
        "strong": ink("ox-strong", bold=True),
        "quiet": ink("ox-quiet"),
        "accent": ink("ox-accent", bold=True),
        "key": ink("ox-accent", bold=True),
        "chip": ink("ox-on-accent", ground="ox-accent", bold=True),
        "nb": ink("ox-strong", ground="ox-nb-ground"),
        "nb-chip": ink("ox-nb", ground="ox-nb-ground", bold=True),
        "due": ink("ox-nb", bold=True),
        "done": ink("ox-done"),
        "trouble": ink("ox-trouble", bold=True),
        "alarm": ink("ox-on-accent", ground="ox-trouble", bold=True),
        "missing": ink("ox-trouble", underline=True),
        "locked": ink("ox-locked"),
        "line": ink("ox-line"),
        "cursor": ink("ox-on-accent", ground="ox-accent"),
        "rest": ink("ox-strong", ground="ox-bar", bold=True),
    }
