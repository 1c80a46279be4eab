"""The server that stops, that was restored, that lets somebody out, that is made ready by three at once."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from oxtui.cases.events import Document, new_id
from oxtui.clock import Clock
from oxtui.errors import StoreError, Unsaved, WrongUse
from oxtui.store.floor import roster
from oxtui.store.floor.address import agent_of, settings
from oxtui.store.floor.install import install, migrations
from oxtui.store.floor.link import connect
from oxtui.store.floor.store import FloorStore
from tests.core.store_help import ROOT
from tests.drive.waiting import PATIENCE, until
from tests.floor.cluster import SLOWER, TOLD_SECONDS, Cluster, running
from tests.floor.test_probes import by


class Stores:
    """Stores of agents on a floor, with their home."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.made: list[FloorStore] = []

    def __call__(self, address: str, poll_seconds: float = 0.2) -> FloorStore:
        store = FloorStore(address, self.folder / f"home{len(self.made)}", Clock(), poll_seconds)
        self.made.append(store)
        store.connect()
        return store


@pytest.fixture
def stores(tmp_path: Path) -> Iterator[Stores]:
    made = Stores(tmp_path)
    yield made
    for store in made.made:
        store.close_down()


def case_of(agent: str, events: int = 1) -> Document:
    case_id = new_id()
    log = [by(agent, case_id, number + 1) for number in range(events)]
    return {"id": case_id, "format": 2, "opened_at": "2026-11-22T00:00:00.000Z", "playbook": "x", "log": log}


@pytest.mark.slow
def test_a_server_that_stands_still_is_away_within_four_seconds_and_nobody_waits(stores: Stores) -> None:
    """An outage shows within 4 s; screens are answered from memory meanwhile, and work resumes afterwards."""
    with running() as cluster:
        cluster.new_floor("floor", "anna", "ben")
        anna, ben = stores(cluster.address("anna")), stores(cluster.address("ben"))
        document = case_of("anna")
        anna.create(document)
        until(lambda: ben.get(document["id"]))
        ben.floor.here(document["id"])
        until(lambda: document["id"] in anna.floor.who())
        cluster.signal_all(signal.SIGSTOP)  # type: ignore[attr-defined]
        stopped, asked = time.monotonic(), 0
        try:
            failed: list[Exception] = []

            def write() -> None:
                try:
                    anna.append(document["id"], 1, [by("anna", document["id"], 2)])
                except StoreError as error:
                    failed.append(error)

            writer = threading.Thread(target=write)
            writer.start()
            while anna.floor.away is None:
                assert time.monotonic() - stopped < TOLD_SECONDS * SLOWER, "the limit of the design"
                assert anna.peek() and anna.get(document["id"]) and anna.stamp()
                asked += 1
                time.sleep(0.005)
            print(f"told after {time.monotonic() - stopped:.2f} s, asked {asked} times")
            assert asked > 20, "nothing that a screen asks waits for the server"
            assert anna.floor.who() == {} and anna.snapshot()
            writer.join(PATIENCE)
            assert isinstance(failed[0], Unsaved)
        finally:
            cluster.signal_all(signal.SIGCONT)  # type: ignore[attr-defined]
        until(lambda: anna.floor.away is None and ben.floor.away is None)
        new = by("anna", document["id"], 2)
        missed = anna.append(document["id"], 1, [new])
        assert missed is None or len(missed) == 1, "what was under way may have arrived"
        until(lambda: len(ben.peek()[document["id"]]["log"]) == 2)


@pytest.mark.slow
def test_a_server_restored_to_an_earlier_time_gets_again_what_was_confirmed(stores: Stores) -> None:
    with running({"fsync": "off"}) as cluster:
        cluster.new_floor("floor", "anna", "ben")
        anna, ben = stores(cluster.address("anna")), stores(cluster.address("ben"))
        first, closed = case_of("anna"), case_of("anna")
        anna.create(first)
        anna.create(closed)
        process = cluster.process
        assert process is not None
        process.send_signal(signal.SIGINT)
        process.wait(PATIENCE)
        shutil.copytree(cluster.data, cluster.folder / "copy")
        subprocess.run(["chown", "-R", "--reference", str(cluster.data), str(cluster.folder / "copy")], check=True)
        cluster.start()
        until(lambda: anna.floor.away is None and ben.floor.away is None)
        until(lambda: ben.get(first["id"]))
        second = case_of("ben")
        for number in range(2, 10):  # in turn: neither can go on before the other has sent theirs
            store, name = ((anna, "anna"), (ben, "ben"))[number % 2]
            until(lambda number=number, store=store: len(store.peek()[first["id"]]["log"]) == number - 1)  # type: ignore[misc]
            assert store.append(first["id"], number - 1, [by(name, first["id"], number)]) is None
        ben.create(second)
        end = by("anna", closed["id"], 2)
        assert anna.close(closed["id"], 1, [end], {"domain": "x.example", "text": "kooka"}) is None
        until(lambda: len(anna.peek()) == 2 and len(anna.peek()[first["id"]]["log"]) == 9)
        expected = dict(anna.peek())
        cluster.process.send_signal(signal.SIGINT)
        cluster.process.wait(PATIENCE)
        shutil.rmtree(cluster.data)
        (cluster.folder / "copy").rename(cluster.data)
        cluster.start()
        until(lambda: "restored" in str(anna.floor.notices) and "restored" in str(ben.floor.notices))
        until(lambda: cluster.sql("floor", "SELECT count(*) FROM oxtui.events") == [("12",)])
        until(lambda: dict(anna.peek()) == dict(ben.peek()) == expected)
        assert anna.archive.count() == 1 and "could not" not in str(anna.floor.notices)


@pytest.mark.parametrize("managed", [False, True], ids=["superuser", "managed"])
def test_a_disabled_agent_is_out_at_once(cluster: Cluster, stores: Stores, managed: bool) -> None:
    name, agent = f"leaving_{new_id()}", f"leaver{managed}"
    cluster.new_floor(name, agent, managed=managed)
    store = stores(cluster.address(agent, name))
    raw = connect(cluster.address(agent, name))
    operator = connect(cluster.address("operator" if managed else "root", name))
    assert "2 open sessions ended" in roster.disable(operator, agent)
    with pytest.raises(StoreError):
        raw.call("agents")
    with pytest.raises(StoreError):
        connect(cluster.address(agent, name))
    until(lambda: store.floor.away is not None and "log in" in store.floor.shut_out)
    with pytest.raises(StoreError):
        store.create(case_of(agent))
    roster.add(operator, agent)
    assert connect(cluster.address(agent, name)).call("news", "", "")["agent"] == agent
    with pytest.raises(WrongUse):
        roster.add(operator, "root")
    operator.close()


def test_three_that_make_a_floor_ready_at_once_do_each_thing_once(cluster: Cluster) -> None:
    name = f"fresh_{new_id()}"
    cluster.sql("postgres", f"CREATE DATABASE {name}")
    code = (
        "import sys; from oxtui.store.floor.install import install; from oxtui.store.floor.link import connect\n"
        "print(*install(connect(sys.argv[1])), sep='\\n')"
    )
    asked = [sys.executable, "-c", code, cluster.address("root", name)]
    others = [subprocess.Popen(asked, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    said = [other.communicate(timeout=PATIENCE)[0] for other in others]
    assert [other.returncode for other in others] == [0, 0, 0]
    for each in migrations():
        assert sum(f"migration {each.name}" in words for words in said) == 1
    assert install(cluster.admin(name)) == [], "and then nothing is left"
    cluster.sql(name, "UPDATE oxtui.version SET sum = 'x' WHERE number = 1")
    with pytest.raises(StoreError, match="another form"):
        install(cluster.admin(name))


def test_a_line_in_another_name_than_was_logged_in_is_altered(cluster: Cluster, stores: Stores) -> None:
    """As whoever owns the server could write it; what was imported names others, and is not."""
    name = cluster.new_database()
    link = cluster.admin(name)
    for agent in ("anna", "ben"):
        roster.add(link, agent)
    anna = stores(cluster.address("anna", name))
    document = case_of("anna", 2)
    anna.create(document)
    link.rows("UPDATE oxtui.events SET agent = 'ben' WHERE seq = 2")
    ben = stores(cluster.address("ben", name))
    assert ben.verify() == {document["id"]: [2]} and anna.verify() == {}
    case_id = new_id()
    told = {**by("anna", case_id, 2), "what": "imported"}
    from oxtui.cases.events import checksum

    told["sum"] = checksum(case_id, told)
    theirs = {**case_of("anna"), "id": case_id, "log": [by("ben", case_id, 1), told]}
    assert anna.replace(theirs, 0) is None
    ben.refresh()
    assert ben.verify() == {document["id"]: [2]} and ben.get(case_id) == theirs
    link.rows("UPDATE oxtui.events SET line = '[1]' WHERE seq = 1 AND case_id = $1", document["id"])
    carla = stores(cluster.address("anna", name))
    assert [event["seq"] for event in carla.peek()[document["id"]]["log"]] == [2], "what is no event is left out"


def test_the_name_is_read_as_libpq_reads_it(tmp_path: Path) -> None:
    (tmp_path / "services").write_text("[floor]\nhost=db\nuser=anna\n[other]\nhost=db\n")
    environ = {"PGSERVICEFILE": str(tmp_path / "services"), "PGUSER": "ben"}
    found = {address: agent_of(address, environ) for address in ("floor", "other", "host=x user=carla")}
    assert list(found.values()) == ["anna", "ben", "carla"]
    assert settings("host=a,b port=5432,6000 dbname='floor'") == {"host": "a,b", "port": "5432,6000", "dbname": "floor"}
    for wrong in ("host=x password=y", "postgresql://a:b@db/floor", "what is this", "host=x 'y"):
        with pytest.raises(WrongUse):
            settings(wrong)
    with pytest.raises(StoreError, match="verify the server"):
        connect("host=192.0.2.1 dbname=floor user=anna sslmode=require")


def test_nothing_of_the_driver_is_imported_before_the_server_is_asked(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from oxtui.clock import Clock\n"
        "from oxtui.store.floor.store import FloorStore\n"
        "store = FloorStore('host=127.0.0.1 port=1 user=anna', Path(sys.argv[1]), Clock()); store.open()\n"
        "assert store.floor.name == 'anna' and store.floor.away and not store.peek() and not store.floor.who()\n"
        "print([name for name in sys.modules if name.startswith('psycopg')])"
    )
    asked = [sys.executable, "-c", code, str(tmp_path)]
    assert subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=True).stdout == "[]\n"


def test_without_the_driver_a_floor_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    store = FloorStore("host=127.0.0.1 port=1 user=anna", tmp_path, Clock())
    with pytest.raises(StoreError, match=r"oxtui.floor"):
        store.connect()
    until(lambda: store.thread.trouble)
    with pytest.raises(StoreError):
        store.snapshot()
    store.close_down()
