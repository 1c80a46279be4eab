"""A floor under many agents: `python -m tests.bench.floor --agents 100 --open 1000 --closed 50000 --seconds 20`.

The agents are connections of one process here, each of which asks for news every second and saves something every ten
or so. What is told are ratios to a bare INSERT with its COMMIT, measured in the same run; fsync is on.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from statistics import quantiles
from typing import Any

import psycopg

from oxtui.cases.events import Event, new_id, to_document
from oxtui.store.floor import roster
from oxtui.store.floor.link import Link, connect
from oxtui.store.floor.memory import MOST_AT_ONCE
from tests.floor.cluster import Cluster, running

EVENTS = 30
"""In the log of an open case."""
CLOSED = """
INSERT INTO oxtui.cases (case_id, format, head, last_seq, state)
SELECT 'old' || n, 2, json_build_object('id', 'old' || n), 1, 'closed' FROM generate_series(1, {count}) AS n;
INSERT INTO oxtui.archive (case_id, domain, closed_at, summary, words)
SELECT 'old' || n, 'client' || n || '.example', '2026-01-01T00:00:00.000Z',
       json_build_object('id', 'old' || n, 'domain', 'client' || n || '.example', 'ending', 'complete'),
       array_to_tsvector(array['client' || n, 'example', 'complete', 'licence', 'word' || n % 5000, 'jira' || n])
FROM generate_series(1, {count}) AS n
"""


def event(agent: str, case_id: str, seq: int) -> dict[str, Any]:
    data = {"item": "client-authenticated", "note": "x" * 120}
    return to_document(case_id, Event(new_id(), seq, datetime.now(UTC), agent, "ticked", data))


def filled(link: Link, anna: Link, open_cases: int, closed: int) -> list[str]:
    """The ids of the open cases, beside as many closed ones."""
    link.rows("DROP INDEX oxtui.archive_words")
    link.rows(CLOSED.format(count=closed), seconds=3600)
    link.rows("CREATE INDEX archive_words ON oxtui.archive USING gin (words)", seconds=3600)
    ids = [new_id() for _ in range(open_cases)]
    for case_id in ids:
        lines = [event("anna", case_id, number + 1) for number in range(EVENTS)]
        anna.call("open_case", case_id, 2, {"id": case_id, "opened_at": "2026-11-22T00:00:00.000Z"}, lines)
    link.rows("VACUUM ANALYZE", seconds=3600)
    return ids


def timed(work: Callable[[], Any], times: int) -> list[float]:
    """Seconds of each of several calls."""
    found = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        found.append(time.perf_counter() - began)
    return found


def alone(link: Link, anna: Link, ids: list[str]) -> tuple[float, dict[str, list[float]]]:
    """The middle of a bare INSERT with COMMIT, and calls without any load, in turn with it."""
    link.rows("CREATE TABLE public.bare (id text PRIMARY KEY, line json)")
    case_id, bare, append = ids[0], [], []
    for number in range(200):
        line = event("anna", case_id, EVENTS + 1 + number)
        bare += timed(partial(link.rows, "INSERT INTO bare VALUES ($1, $2)", line["id"], line), 1)
        append += timed(partial(anna.call, "append", case_id, EVENTS + number, 2, [line]), 1)

    def home() -> None:
        anna.call("news", "", "", seconds=60)
        for start in range(0, len(ids), MOST_AT_ONCE):
            anna.call("logs", [[case_id, 0, 0] for case_id in ids[start : start + MOST_AT_ONCE]], seconds=60)

    cursor = anna.call("news", "", "", seconds=60)["cursor"]
    found = {
        "append": append,
        "news, nothing new": timed(lambda: anna.call("news", cursor, ""), 100),
        "Home's list from nothing": timed(home, 5),
        "search, a few hits": timed(lambda: anna.call("search", ("jira777",), 50, seconds=60), 30),
        "search, every case a hit": timed(lambda: anna.call("search", ("lic",), 50, seconds=60), 10),
    }
    return sorted(bare)[100], found


class Load:
    """Agents at work, and how long their calls took (seconds)."""

    def __init__(self, cluster: Cluster, ids: list[str]) -> None:
        self.cluster = cluster
        self.ids = ids
        self.appends: list[float] = []
        self.news: list[float] = []
        self.conflicts = 0
        self.memory = 0
        self.calls = self.cores = 0.0
        """A second: calls that were answered, and seconds of CPU that the server took for them."""

    async def agent(self, number: int, until: float) -> None:
        chance, cursor, name = random.Random(number), "", f"agent{number}"
        address = self.cluster.address(name)
        async with await psycopg.AsyncConnection.connect(address, autocommit=True, prepare_threshold=None) as link:
            mine = self.ids[number % len(self.ids)]
            seq = EVENTS + (200 if mine == self.ids[0] else 0)
            await asyncio.sleep(chance.random())
            while time.monotonic() < until:
                began = time.perf_counter()
                row = await (await link.execute("SELECT oxtui.news(%s, %s)", (cursor, mine))).fetchone()
                assert row is not None
                if cursor:
                    self.news.append(time.perf_counter() - began)
                cursor = row[0]["cursor"]
                if chance.random() < 0.1:
                    began = time.perf_counter()
                    lines = json.dumps([event(name, mine, seq + 1)])
                    asked = await link.execute("SELECT oxtui.append(%s, %s, 2, %s)", (mine, seq, lines))
                    row = await asked.fetchone()
                    assert row is not None
                    self.appends.append(time.perf_counter() - began)
                    if row[0]["is"] == "ok":
                        seq += 1
                    else:
                        self.conflicts += 1
                        seq += len(row[0]["lines"])
                await asyncio.sleep(0.9 + 0.2 * chance.random())

    async def run(self, agents: int, seconds: float) -> None:
        until = time.monotonic() + seconds + agents / 100
        watched = asyncio.get_running_loop().run_in_executor(None, self.watch, until)
        await asyncio.gather(*(self.agent(number, until) for number in range(agents)))
        await watched

    def watch(self, until: float) -> None:
        """Once all are connected, until just before the end: the server's CPU, and memory of the largest backend."""
        time.sleep(max(0.0, (until - time.monotonic()) / 3))
        before, calls, began = server_cpu(self.cluster)[0], len(self.news) + len(self.appends), time.monotonic()
        time.sleep(max(0.0, until - time.monotonic() - 3))
        after, self.memory = server_cpu(self.cluster)
        self.calls = (len(self.news) + len(self.appends) - calls) / (time.monotonic() - began)
        spent = sum(after[pid] - before[pid] for pid in after.keys() & before.keys())
        self.cores = spent / 1e9 / (time.monotonic() - began)


def server_cpu(cluster: Cluster) -> tuple[dict[str, int], int]:
    """Nanoseconds of CPU of each process of the server, and the most memory that one has of its own (KiB)."""
    assert cluster.process is not None
    spent, memory = {}, 0
    for status in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError, ValueError):
            if int(status.read_text().rpartition(")")[2].split()[1]) == cluster.process.pid:
                spent[status.parent.name] = int((status.parent / "schedstat").read_text().split()[0])
                rollup = (status.parent / "smaps_rollup").read_text()
                own = sum(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Anonymous:"))
                memory = max(memory, own)
    return spent, memory


def p50_p99(seconds: list[float]) -> tuple[float, float]:
    cut = quantiles(seconds, n=100)
    return cut[49], cut[98]


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name, value in (("agents", 100), ("open", 1000), ("closed", 20_000), ("seconds", 20)):
        parser.add_argument(f"--{name}", type=int, default=value)
    given = parser.parse_args()
    with running(
        {"max_connections": str(given.agents + 20), "shared_buffers": "'256MB'", "autovacuum_naptime": "'10s'"}
    ) as cluster:
        cluster.new_floor("floor", "anna")
        link, anna = cluster.admin(), connect(cluster.address("anna"))
        for number in range(given.agents):
            roster.add(link, f"agent{number}")
        ids = filled(link, anna, given.open, given.closed)
        bare, found = alone(link, anna, ids)
        print(f"a bare INSERT and COMMIT: {bare * 1000:.2f} ms\n")
        print("| alone | p50 ms | p99 ms | p50 / bare |\n|---|---|---|---|")
        for name, times in found.items():
            middle, most = p50_p99(times)
            print(f"| {name} | {middle * 1000:.2f} | {most * 1000:.2f} | {middle / bare:.1f} |")
        load = Load(cluster, ids)
        asyncio.run(load.run(given.agents, given.seconds))
        print(f"\n| {given.agents} agents, {given.seconds} s | p50 ms | p99 ms | p50 / bare | calls |")
        print("|---|---|---|---|---|")
        for name, times in (("append", load.appends), ("news", load.news)):
            middle, most = p50_p99(times)
            print(f"| {name} | {middle * 1000:.2f} | {most * 1000:.2f} | {middle / bare:.1f} | {len(times)} |")
        per_call = load.cores / load.calls * 1000 if load.calls else 0.0
        print(
            f"\n{load.calls:.0f} calls/s took {load.cores:.2f} cores of the server, {per_call:.2f} ms a call; ", end=""
        )
        print(f"largest backend {load.memory} KiB of its own; {load.conflicts} conflicts")


if __name__ == "__main__":
    main()
