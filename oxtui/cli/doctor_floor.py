"""The doctor's check of a floor's server: connection, encryption, role, versions, clock and speed."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta

from oxtui.cli.context import Context
from oxtui.cli.doctor_data import Finding
from oxtui.clock import MOST_OFF
from oxtui.errors import StoreError

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
