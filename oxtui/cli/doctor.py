"""`oxtui doctor`: checks of this machine, each with the remedy."""

from __future__ import annotations

import locale
import os
import re
import time
from argparse import ArgumentParser
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import timedelta

from oxtui.cli import doctor_data
from oxtui.cli.context import Context
from oxtui.cli.doctor_data import Finding
from oxtui.clock import MOST_OFF
from oxtui.errors import OxtuiError, StoreError
from oxtui.outside.clipboard import Clipboard
from oxtui.outside.clipboard.process import run as run_tool
from oxtui.text import clean


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="as JSON")


def run(context: Context) -> int:
    """Check everything and change nothing; return 1 if something keeps oxtui from working."""
    findings = list(_examine(context))
    if context.options.json:
        context.out.json({"checks": [each.as_json() for each in findings]})
    else:
        rows = [
            ("DO", each.name, f"{each.text}: {each.do}") if each.do else ("ok", each.name, each.text)
            for each in findings
        ]
        context.out.table(rows)
    return 1 if any(each.grave and not each.ok for each in findings) else 0


def _examine(context: Context) -> Iterator[Finding]:
    looks: tuple[tuple[str, Callable[[Context], Iterable[Finding]]], ...] = (
        ("program", doctor_data.program),
        ("terminal", terminal),
        ("tmux", inside_tmux),
        ("clipboard", clipboard),
        ("playbook", doctor_data.playbook),
        ("cases", doctor_data.cases),
        ("history", doctor_data.history),
        ("drafts", doctor_data.drafts),
        ("files", doctor_data.files),
        ("disk", doctor_data.disk),
        ("encryption", doctor_data.encryption),
        ("permissions", doctor_data.permissions),
        ("resolver", doctor_data.resolver),
        ("floor", floor),
    )
    for name, look in looks:
        try:
            yield from look(context)
        except OxtuiError as error:
            yield Finding(name, error.message, error.hint or "fix that first", grave=True)
        except OSError as error:
            yield Finding(name, f"cannot be looked at ({error.strerror or error})", "see who owns it", grave=True)


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
        done = run_tool(["tmux", "show-options", which], environ=environ, until=until, reads=True)
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


SLOW = 0.3
"""Seconds for an answer beyond which an agent notices the delay at every key."""


def floor(context: Context) -> Iterator[Finding]:
    """Nothing without a floor."""
    address = context.floor()
    if not address:
        return
    from oxtui.store.floor.address import SCHEMA, settings
    from oxtui.store.floor.link import connect, is_local
    from oxtui.store.floor.news import read_news

    named = settings(address)
    words = named.get("service") or f"{named.get('host', 'this machine')} {named.get('dbname', '')}".strip()
    began = time.monotonic()
    try:
        link = connect(address)
    except StoreError as error:
        yield Finding("floor", f"{words}: {error.message}", error.hint or "ask the server's operator", grave=True)
        return
    try:
        reached = time.monotonic() - began
        yield Finding("floor", f"{words}: reached in {reached * 1000:.0f} ms, {link.server}")
        near = is_local(named.get("host", "localhost" if "service" not in named else ""))
        if link.tls or near:
            yield Finding("floor: encryption", "TLS" if link.tls else "none, and the server is this machine")
        else:
            yield Finding("floor: encryption", "none", "sslmode=verify-full in its service", grave=True)
        times, before = [], context.clock().now()
        news = link.call("news", "", "")
        for _ in range(5):
            started = time.monotonic()
            link.rows("SELECT 1")
            times.append(time.monotonic() - started)
        report = read_news(news)
        yield Finding("floor: role", f"{report.agent}, {'lead' if report.lead else 'agent'}")
        yield Finding(
            "floor: version",
            f"schema {report.schema}, this program's is {SCHEMA}",
            report.advice(),
        )
        offset = report.now - before
        what = f"{abs(offset.total_seconds()):.0f} s apart"
        apart = context.clock().frozen is None and abs(offset) > MOST_OFF + timedelta(seconds=reached)
        yield Finding("floor: clock", what, "set this machine's clock: the floor's counts" if apart else "")
        middle = sorted(times)[2]
        slow = "a server that is nearer: every key that saves waits so long" if middle > SLOW else ""
        yield Finding("floor: answer", f"{middle * 1000:.1f} ms", slow)
        yield Finding("floor: playbook", (report.in_force or "")[:16] or "none published; this machine's is used")
    finally:
        link.close()
