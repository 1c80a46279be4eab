"""kill -9 of the whole server while many write: what was confirmed is there. Without the care of `append` it is not."""

from __future__ import annotations

import random
import subprocess
import sys
import time

import pytest

from tests.core.store_help import LONG, ROOT
from tests.floor.cluster import Cluster, running

WRITER = """
import sys
from datetime import UTC, datetime
from oxtui.cases.events import Event, new_id, to_document
from oxtui.store.floor.link import connect
link, case_id = connect(sys.argv[1]), new_id()
if sys.argv[2] == "careless":
    link.rows("SET synchronous_commit = off")
def event(seq):
    return to_document(case_id, Event(new_id(), seq, datetime.now(UTC), "anna", "note", {"text": "x" * 200}))
head = {"id": case_id, "opened_at": "2026-11-22T00:00:00.000Z"}
seq = 1
link.call("open_case", case_id, 2, head, [event(1)])
while True:
    seq += 1
    line = event(seq)
    if sys.argv[3] == "append":
        assert link.call("append", case_id, seq - 1, 2, [line])["is"] == "ok"
    else:
        link.rows("INSERT INTO bare VALUES ($1, $2)", line["id"], line)
    print(line["id"], flush=True)
"""


def confirmed(cluster: Cluster, seconds: float, session: str, way: str) -> set[str]:
    """The ids that writers were told are saved, until the server was killed under them."""
    asked = [sys.executable, "-c", WRITER, cluster.address("anna") + " connect_timeout=5", session, way]
    writers = [subprocess.Popen(asked, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
               for _ in range(10 if LONG else 4)]  # fmt: skip
    found = set()
    for writer in writers:
        assert writer.stdout is not None
        found.add(writer.stdout.readline().strip())
    time.sleep(seconds)
    cluster.kill()
    for writer in writers:
        out, _ = writer.communicate(timeout=30)
        found |= {line.strip() for line in out.splitlines(keepends=True) if line.endswith("\n")}
    found.discard("")  # of a writer that was told nothing
    cluster.start()
    return found


@pytest.mark.slow
def test_kill_9_under_writers_loses_nothing_that_was_confirmed() -> None:
    chance, count = random.Random(7), 0
    with running({"wal_writer_delay": "10000ms"}) as cluster:
        cluster.new_floor("floor", "anna")
        cluster.sql("floor", "ALTER ROLE anna CONNECTION LIMIT -1")
        for _ in range(15 if LONG else 2):
            told = confirmed(cluster, chance.random(), "careless", "append")
            kept = {row[0] for row in cluster.sql("floor", "SELECT id FROM oxtui.events")}
            count += len(told)
            assert told and told <= kept, f"{len(told - kept)} of {len(told)} lost"
    print(f"{count} confirmed, none lost")


@pytest.mark.slow
def test_the_same_without_append_loses_some() -> None:
    """Or the test above has no teeth: what an agent's session may set decides, where nothing sets it back."""
    lost = 0
    with running({"wal_writer_delay": "10000ms"}) as cluster:
        cluster.new_floor("floor", "anna")
        cluster.sql("floor", "ALTER ROLE anna CONNECTION LIMIT -1; CREATE TABLE public.bare (id text, line json)")
        cluster.sql("floor", "GRANT USAGE ON SCHEMA public TO anna; GRANT INSERT ON public.bare TO anna")
        cluster.sql("floor", "ALTER ROLE anna SET search_path = public")
        for _ in range(5):
            told = confirmed(cluster, 0.5, "careless", "bare")
            kept = {row[0] for row in cluster.sql("floor", "SELECT id FROM public.bare")}
            lost += len(told - kept)
            if lost:
                break
    assert lost, "nothing was lost: the test of append shows nothing"
    print(f"{lost} lost without it")
