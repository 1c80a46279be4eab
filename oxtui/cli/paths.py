"""`oxtui paths`: the files and folders in use."""

from __future__ import annotations

from oxtui.cli.context import Context


def run(context: Context) -> int:
    """Print every place by name; makes and opens nothing."""
    context.out.table(
        [(name, str(path), "" if path.exists() else "(not there)") for name, path in context.places().named()]
    )
    return 0
