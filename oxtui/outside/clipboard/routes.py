"""The ways a copy could go, tried without touching what is on the clipboard."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from oxtui.outside.clipboard import tmux
from oxtui.outside.clipboard.tools import over_ssh, tools


class Route(Struct, frozen=True):
    """One way: whether it is there, whether it answered when asked just now, and what to know about it."""

    name: str
    available: bool
    tested: bool
    detail: str = ""


def routes(environ: Mapping[str, str], platform: str, until: float, *, can_write: bool, deaf: str) -> list[Route]:
    """tmux, each clipboard program, OSC 52; asked, never written to."""
    found: list[Route] = []
    if tmux.inside(environ):
        terminal = tmux.terminal(environ, until)
        found.append(Route("tmux", True, bool(terminal) or tmux.answers(environ, until), terminal))
    else:
        found.append(Route("tmux", False, False, "not inside tmux"))
    programs = tools(environ, platform)
    for tool in programs:
        answered = tool.read(environ, until) is not None
        found.append(Route(tool.name, True, answered, "" if answered else "it does not answer"))
    if not programs:
        why = "over SSH the clipboard is on the other machine" if over_ssh(environ) else "none was found"
        found.append(Route("system clipboard", False, False, why))
    detail = deaf or "sent, never verified: whether it arrives is the terminal's choice"
    found.append(Route("osc52", can_write and not deaf, False, detail))
    return found
