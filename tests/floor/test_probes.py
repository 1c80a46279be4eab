"""What an agent's role must not be able to do, tried over a raw connection."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from oxtui.cases.events import Event, new_id, to_document
from oxtui.errors import StoreError
from oxtui.store.floor.install import open_doors
from oxtui.store.floor.link import Link, connect
from tests.core.store_help import NOW
from tests.floor.cluster import Cluster

TABLES = (
    "cases",
    "events",
    "archive",
    "steps",
    "playbooks",
    "in_force",
    "proposed",
    "presence",
    "present",
    "read_audit",
    "deeds",
    "version",
    "serving",
    "holds",
)
READING = [f"SELECT * FROM oxtui.{table}" for table in TABLES]
CHANGING = [
    "UPDATE oxtui.events SET agent = 'ben'",
    "DELETE FROM oxtui.events",
    "TRUNCATE oxtui.events",
    "UPDATE oxtui.cases SET state = 'dropped'",
    "DELETE FROM oxtui.archive",
    "INSERT INTO oxtui.in_force (digest) VALUES ('x')",
    "INSERT INTO oxtui.deeds (what, subject) VALUES ('published', 'x')",
    "DELETE FROM oxtui.read_audit",
    "SELECT * FROM oxtui.cases FOR UPDATE",
    "COPY oxtui.events TO STDOUT",
    "ALTER TABLE oxtui.events DISABLE ROW LEVEL SECURITY",
    "DROP SCHEMA oxtui CASCADE",
    "CREATE TABLE oxtui.mine (x int)",
    "CREATE TABLE public.mine (x int)",
    "CREATE SCHEMA mine",
    "CREATE TEMPORARY TABLE mine (x int)",
    "CREATE FUNCTION public.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "CREATE OR REPLACE FUNCTION oxtui.agents() RETURNS json LANGUAGE sql AS 'SELECT null::json'",
    "CREATE TRIGGER mine BEFORE INSERT ON oxtui.events EXECUTE FUNCTION suppress_redundant_updates_trigger()",
]
FUNCTIONS = [
    "SELECT oxtui.publish('', '')",
    "SELECT oxtui.proposal()",
    "SELECT oxtui.confirm('x')",
    "SELECT oxtui.put_in_force('x', 'lea', '')",
    "SELECT oxtui.extend_case(NULL, 2, '[]', 'open')",
    "SELECT oxtui.purge('2030', now())",
    "SELECT oxtui.reads(now())",
    "SELECT oxtui.figures()",
    "SELECT oxtui.hold('x.example', 'y')",
    "SELECT oxtui.release('x.example')",
    "SELECT oxtui.happened(now())",
    "SELECT oxtui.is_held('x')",
    "SELECT oxtui.note_login()",
    "SELECT oxtui.closed_between('', '~')",
    "SELECT oxtui.locked('x')",
    "SELECT oxtui.put_lines('x', 1, '[]')",
    "SELECT oxtui.put_in_archive('x', 'x', 'x', '{}', '{}')",
    "SELECT oxtui.lines_after('x', 1, 0)",
    "SELECT oxtui.has_all('x', 1, '[]')",
]
BEING = [
    "SET ROLE oxtui_owner",
    "SET ROLE oxtui_lead",
    "SET ROLE oxtui_purge",
    "SET ROLE ben",
    "SET SESSION AUTHORIZATION ben",
    "CREATE ROLE mine",
    "ALTER ROLE anna SUPERUSER",
    "ALTER ROLE anna CONNECTION LIMIT -1",
    "GRANT oxtui_lead TO anna",
    "GRANT oxtui_owner TO anna",
    "ALTER ROLE ben PASSWORD 'x'",
]
SERVER = [
    "SELECT pg_read_file('/etc/passwd')",
    "SELECT pg_ls_dir('.')",
    "COPY (SELECT 1) TO PROGRAM 'id'",
    "COPY (SELECT 1) TO '/tmp/mine'",
    "SELECT pg_reload_conf()",
    "ALTER SYSTEM SET fsync = off",
    "SELECT pg_switch_wal()",
    "CREATE EXTENSION plperlu",
    "SELECT rolpassword FROM pg_authid",
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'ben'",
]
CLOSED_BY_A_SUPERUSER = ["DO $$ BEGIN PERFORM 1; END $$", "SELECT lo_creat(-1)", "SELECT lo_from_bytea(0, 'x')"]
PROBES = [*READING, *CHANGING, *FUNCTIONS, *BEING, *SERVER]


@pytest.fixture(scope="module", params=[False, True], ids=["superuser", "managed"])
def floor(request: pytest.FixtureRequest, cluster: Cluster) -> str:
    name = f"{'managed' if request.param else 'floor'}_{new_id()}"
    cluster.new_floor(name, "anna", "ben", managed=request.param)
    return name


def sent(link: Link, name: str, lines: Sequence[object], after: int = 0) -> object:
    case_id = name
    if after:
        return link.call("append", case_id, after, 2, list(lines))
    return link.call("open_case", case_id, 2, {"id": case_id, "opened_at": "2026-11-22T00:00:00.000Z"}, list(lines))


def by(agent: str, case_id: str, seq: int) -> dict[str, object]:
    return to_document(case_id, Event(new_id(), seq, NOW, agent, "ticked", {"item": "x"}))


def test_an_agent_calls_functions_and_does_nothing_else(cluster: Cluster, floor: str) -> None:
    assert len(PROBES) >= 40
    ben = connect(cluster.address("ben", floor))
    anna = connect(cluster.address("anna", floor))
    sent(anna, "case1", [by("anna", "case1", 1)])
    closed = not open_doors(anna)
    assert closed is not floor.startswith("managed"), "what cannot be closed is told there, and only there"
    for probe in [*PROBES, *(CLOSED_BY_A_SUPERUSER if closed else ())]:
        try:
            with pytest.raises(StoreError) as refused:
                anna.rows(probe)
        except pytest.fail.Exception:
            pytest.fail(f"an agent could: {probe}")
        assert "may not do that" in refused.value.message or "EXTENSION" in probe, probe
    assert ben.rows("SELECT 1") == [("1",)], "nobody was put out"
    assert cluster.sql(floor, "SELECT agent FROM oxtui.events") == [("anna",)]


def test_lines_in_another_name_or_another_place_are_refused(cluster: Cluster, floor: str) -> None:
    anna, case_id = connect(cluster.address("anna", floor)), new_id()
    good = by("anna", case_id, 1)
    wrong: list[list[object]] = [
        [],
        [by("ben", case_id, 1)],
        [{**good, "seq": 2}],
        [{**good, "sum": ""}],
        [{**good, "sum": "0123456789abcdef"}],
        [{**good, "data": {"item": "y"}}],
        [{**good, "id": "x" * 81}],
        [{**good, "data": []}],
        ["x"],
        [good, good],
    ]
    for lines in wrong:
        with pytest.raises(StoreError):
            sent(anna, case_id, lines)
    forged = [by("ben", case_id, 1)]
    head = {"id": case_id, "opened_at": "2026-11-22T00:00:00.000Z"}
    with pytest.raises(StoreError, match="who brought it"):
        anna.call("import_case", case_id, 0, 2, head, forged, None, None, None, None)
    assert cluster.sql(floor, f"SELECT FROM oxtui.cases WHERE case_id = '{case_id}'") == []
    assert sent(anna, case_id, [good]) == {"is": "ok"}
    own = anna.call("import_case", case_id, 1, 2, head, [by("anna", case_id, 1)], None, None, None, None)
    assert own == {"is": "ok"}, "another log, one's own: it stands beside the one before"
    assert len(cluster.sql(floor, f"SELECT FROM oxtui.events WHERE case_id = '{case_id}'")) == 2


def test_the_server_works_out_checksums_as_the_program_does(cluster: Cluster, floor: str) -> None:
    anna, case_id = connect(cluster.address("anna", floor)), new_id()
    odd = {
        "z": 1, "a": -7, "B": [], "\u00e9\U0001f600": {}, "\uffee": True, "": None, "quote": 'a"b\\c/d',
        "lines": "a\tb\nc\rd\x0b\x0c\x1f\x7f\u2028", "deep": [[1, {"b": "x", "a": [None, 70.79]}], "\u00fc"],
    }  # fmt: skip
    assert sent(anna, case_id, [to_document(case_id, Event(new_id(), 1, NOW, "anna", "note", odd))]) == {"is": "ok"}


def test_no_case_is_opened_anew_or_made_to_vanish(cluster: Cluster, floor: str) -> None:
    anna, ben, case_id = connect(cluster.address("anna", floor)), connect(cluster.address("ben", floor)), new_id()
    sent(anna, case_id, [by("anna", case_id, 1), by("anna", case_id, 2)])
    again = {**by("ben", case_id, 3), "what": "opened", "data": {"domain": "other.example"}}
    with pytest.raises(StoreError):
        ben.call("append", case_id, 2, 2, [again])
    with pytest.raises(StoreError, match="never dropped"):
        ben.call("drop_case", case_id, 2)
    assert cluster.sql(floor, f"SELECT state, last_seq::text FROM oxtui.cases WHERE case_id = '{case_id}'") == [
        ("open", "2")
    ]


def test_the_owner_rewrites_no_event_either(cluster: Cluster, floor: str) -> None:
    """Beneath the functions: a mistake in one of them finds no row to change."""
    anna, case_id = connect(cluster.address("anna", floor)), new_id()
    sent(anna, case_id, [by("anna", case_id, 1)])
    link = cluster.admin(floor)
    link.rows("BEGIN; SET LOCAL ROLE oxtui_owner")
    assert link.rows("UPDATE oxtui.events SET agent = 'ben' RETURNING 1") == []
    link.rows("ROLLBACK")
    assert cluster.sql(floor, f"SELECT agent FROM oxtui.events WHERE case_id = '{case_id}'") == [("anna",)]
    link.close()


def test_reading_is_written_down_and_cut_at_fifty(cluster: Cluster, floor: str) -> None:
    anna = connect(cluster.address("anna", floor))
    for number in range(55):
        case_id = f"old{number}{new_id()}"
        lines = [by("anna", case_id, 1)]
        sent(anna, case_id, lines)
        end = [by("anna", case_id, 2)]
        summary = {"id": case_id, "domain": "x.example"}
        anna.call("close_case", case_id, 1, 2, end, "x.example", f"2026-11-22T00:00:{number:02}Z", summary, ("kooka",))
    assert len(anna.call("search", ("koo",), 1000)) == len(anna.call("recent", 1000)) == 50
    assert len(anna.call("by_domain", "X.example")) == 50
    assert anna.call("get_case", case_id)[0] == case_id
    read = cluster.sql(floor, "SELECT agent, what, subject FROM oxtui.read_audit ORDER BY at DESC LIMIT 4")
    assert read == [("anna", "opened", case_id), ("anna", "domain", "X.example"), ("anna", "listed", "recent"),
                    ("anna", "searched", "koo")]  # fmt: skip


def test_a_log_that_is_older_than_a_minute_is_not_read_unseen(cluster: Cluster, floor: str) -> None:
    anna, ben = connect(cluster.address("anna", floor)), connect(cluster.address("ben", floor))
    ids = sorted(f"read{number:02}{new_id()}" for number in range(12))
    for case_id in ids:
        sent(anna, case_id, [by("anna", case_id, 1)])
    audit = "SELECT subject FROM oxtui.read_audit WHERE agent = 'ben' AND what = 'logs' ORDER BY at"
    assert len(ben.call("logs", [[case_id, 0, 0] for case_id in ids])) == 12
    assert cluster.sql(floor, audit) == [], "what happens now is heard by everybody"
    cluster.sql(floor, "UPDATE oxtui.events SET received_at = received_at - interval '2 min'")
    ben.call("logs", [[ids[0], 0, 0], [ids[1], 1, 0], [ids[2], 1, 1], [ids[3], 7, 1]])
    ben.call("logs", [[case_id, 0, 0] for case_id in ids])
    assert cluster.sql(floor, audit) == [(f"{ids[0]} {ids[1]} {ids[3]}",), ("12 open cases",)]
