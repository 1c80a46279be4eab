"""The doctor's checks of the terminal, the tmux around it, and the clipboard."""

from __future__ import annotations

import locale
import os
import re
import time
from collections.abc import Iterator, Mapping

from oxtui.cli.context import Context
from oxtui.cli.doctor_data import Finding
from oxtui.outside.clipboard import Clipboard
from oxtui.outside.clipboard.process import run
from oxtui.text import clean

_LIMIT_S = 2.0


def terminal(_context: Context) -> Iterator[Finding]:
    """Kind, colours and encoding."""
    kind = clean(os.environ.get("TERM", ""))
    if os.name == "nt":
        yield Finding("terminal", "Windows")
    elif kind in ("", "dumb", "unknown"):
        yield Finding(
            "terminal",
            f"TERM is '{kind}'",
            "start oxtui in a terminal that can draw, such as TERM=xterm-256color",
        )
    else:
        yield Finding("terminal", kind)
    if os.environ.get("NO_COLOR"):
        yield Finding("colours", "none, as NO_COLOR asks; every state has its glyph and word")
    elif os.environ.get("COLORTERM", "").lower() in ("truecolor", "24bit"):
        yield Finding("colours", "16 million")
    else:
        yield Finding("colours", "256 or fewer; COLORTERM=truecolor gives more where the terminal has them")
    encoding = locale.getpreferredencoding(False)
    if encoding.lower().replace("-", "") == "utf8":
        yield Finding("letters", "UTF-8")
    else:
        yield Finding("letters", encoding, "set LANG to a UTF-8 locale, or 'glyphs: ascii' in settings.yaml")


def inside_tmux(_context: Context) -> Iterator[Finding]:
    """The settings of the surrounding tmux that affect keys and copies."""
    if not os.environ.get("TMUX"):
        yield Finding("tmux", "not inside one")
        return
    options = _options(os.environ)
    if not options:
        yield Finding("tmux", "it does not answer", "TMUX is set, but there is no tmux behind it: open a new pane")
        return
    yield Finding("tmux", "answers")
    delay = options.get("escape-time", "")
    if delay.isdigit() and int(delay) > 100:
        yield Finding("tmux keys", f"esc waits {delay} ms", "tmux set -sg escape-time 10")
    for name in ("prefix", "prefix2"):
        if options.get(name, "").lower() in ("c-p", "c-q"):
            yield Finding("tmux keys", f"its {name} {options[name]} takes a key of oxtui's", f"tmux set -g {name} C-b")
    if options.get("set-clipboard") == "off":
        do = "tmux set -s set-clipboard on, so that a copy reaches the terminal around tmux"
        yield Finding("tmux copies", "set-clipboard is off", do)


def _options(environ: Mapping[str, str]) -> dict[str, str]:
    """Return tmux's server and global options; none if it does not answer."""
    options: dict[str, str] = {}
    until = time.monotonic() + _LIMIT_S
    for which in ("-s", "-g"):
        done = run(["tmux", "show-options", which], environ=environ, until=until, reads=True)
        for line in done.output.decode("utf-8", "replace").splitlines() if done.ok else ():
            name, _, value = line.partition(" ")
            options.setdefault(re.sub(r"\[.*", "", name), clean(value).strip('"'))
    return options


def clipboard(_context: Context) -> Iterator[Finding]:
    """Every way a copy can go, and whether a clipboard history keeps it; the clipboard stays as it is."""
    board = Clipboard(dict(os.environ), lambda _text: None)
    routes = board.routes()
    sure = [route.name for route in routes if route.available and route.tested]
    sent = [route.name for route in routes if route.available and not route.tested]
    if sure:
        yield Finding("clipboard", f"{', '.join(sure)}: read back after every copy")
    elif sent:
        text = f"{', '.join(sent)}: a copy is sent, and nothing shows whether it arrives"
        yield Finding("clipboard", text, "copy once and paste; inside tmux, or with xclip or wl-copy, it is verified")
    else:
        why = "; ".join(f"{route.name}: {route.detail}" for route in routes if route.detail)
        yield Finding("clipboard", f"no way was found ({why})", "install xclip or wl-copy, or run oxtui inside tmux")
    risk = board.history_risk()
    if risk:
        yield Finding("clipboard history", risk, "switch it off before you copy passwords")
    else:
        yield Finding("clipboard history", "none was seen on this machine")
