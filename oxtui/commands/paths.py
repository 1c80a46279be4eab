"""`oxtui paths`: where everything lies."""

from __future__ import annotations

from oxtui.commands.arguments import Parser
from oxtui.commands.context import Context


def arguments(parser: Parser) -> None:
    """It takes nothing of its own."""


def run(context: Context) -> int:
    """Every place by name; nothing is made or opened."""
    context.out.table(
        [(name, str(path), "" if path.exists() else "(not there)") for name, path in context.places().named()]
    )
    return 0
