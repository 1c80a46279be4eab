"""The command line: parses the arguments, runs the command, and maps errors to a line and an exit code."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import redirect_stdout
from io import StringIO
from typing import Final

from oxtui.cli.context import Context, Terminated
from oxtui.cli.output import Output
from oxtui.cli.parser import parse
from oxtui.errors import NotWritten, OxtuiError

INTERRUPTED: Final = 130
ENDED_BY_SIGTERM: Final = 143


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command in `argv` (default: `sys.argv[1:]`) and return its exit code; raises nothing.

    0 done, 1 a clear "no", 2 wrong use or no usable configuration, 3 the case file cannot be used, 74 the output
    cannot be written, 130 interrupted, 143 ended by SIGTERM.
    """
    context = Context(Output())
    try:
        code = _run(argv, context)
    except OxtuiError as error:
        context.out.error(str(error))
        code = error.exit_code
    except KeyboardInterrupt:
        code = INTERRUPTED
    except Terminated:
        code = ENDED_BY_SIGTERM
    except Exception as error:  # noqa: BLE001 - a traceback would show client data at a person
        code = _crashed(context, error)
    context.end()
    return code if context.out.flush() else NotWritten.exit_code


def _run(argv: Sequence[str] | None, context: Context) -> int:
    try:
        with redirect_stdout(StringIO()) as printed:
            context.options = parse(sys.argv[1:] if argv is None else argv)
    except SystemExit:  # --help or --version
        context.out.text(printed.getvalue())
        return 0
    code: int = context.options.run(context)
    return code


def _crashed(context: Context, error: Exception) -> int:
    from oxtui.crash import write_crash

    try:
        place = write_crash(context.places().log, error)
    except OxtuiError:
        place = "no log (there is no data folder)"
    kind = type(error).__name__
    context.out.error(f"an error of the program ({kind}); where it happened is written to {place}")
    return 1
