"""Our themes: a readable colour for each role (a test computes the contrast)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from rich.color import Color
from rich.style import Style
from textual.theme import Theme

# ground, bar (header and footer) and nb-ground are backgrounds; the others are roles of `spans`
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
    """Our variables, for a theme that lacks them."""
    return DARK if dark else LIGHT


def theme_colours(variables: Mapping[str, str]) -> tuple[str, ...]:
    """The colours of a theme in the order of DARK, from its CSS variables or ours."""
    return tuple(variables.get(name, value) for name, value in DARK.items())


@cache
def role_styles(values: tuple[str, ...]) -> Mapping[str, Style]:
    """The style of every role, from `theme_colours`; `cursor` and `rest` are laid over whole rows."""
    colours = dict(zip(DARK, map(Color.parse, values), strict=True))

    def style(name: str, *, ground: str = "", bold: bool = False, underline: bool = False) -> Style:
        back = colours[ground] if ground else None
        return Style(color=colours[name], bgcolor=back, bold=bold or None, underline=underline or None)

    return {
        "text": style("ox-text"),
        "strong": style("ox-strong", bold=True),
        "quiet": style("ox-quiet"),
        "accent": style("ox-accent", bold=True),
        "key": style("ox-accent", bold=True),
        "chip": style("ox-on-accent", ground="ox-accent", bold=True),
        "nb": style("ox-strong", ground="ox-nb-ground"),
        "nb-chip": style("ox-nb", ground="ox-nb-ground", bold=True),
        "due": style("ox-nb", bold=True),
        "done": style("ox-done"),
        "trouble": style("ox-trouble", bold=True),
        "alarm": style("ox-on-accent", ground="ox-trouble", bold=True),
        "missing": style("ox-trouble", underline=True),
        "locked": style("ox-locked"),
        "line": style("ox-line"),
        "cursor": style("ox-on-accent", ground="ox-accent"),
        "rest": style("ox-strong", ground="ox-bar", bold=True),
    }
