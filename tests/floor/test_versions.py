"""Programs newer or older than the server: served, warned in advance, read-only, refused."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from oxtui.cases.events import new_id
from oxtui.clock import Clock
from oxtui.errors import NewerFormat, StoreError
from oxtui.store.floor.address import SCHEMA
from oxtui.store.floor.install import install, migrations
from tests.floor.cluster import Cluster
from tests.floor.test_probes import by
from tests.floor.test_server import Stores, case_of, stores

__all__ = ("stores",)


def brought_to(cluster: Cluster, name: str, number: int) -> None:
    """Have a floor's server say that it is of that schema."""
    cluster.sql(name, f"DELETE FROM oxtui.serving; DELETE FROM oxtui.version WHERE number > {SCHEMA}")
    rows = ", ".join(f"({each}, 'later', 'x')" for each in range(SCHEMA + 1, number + 1))
    if rows:
        cluster.sql(name, f"INSERT INTO oxtui.version (number, name, sum) VALUES {rows}")


def test_this_program_knows_its_own_schema() -> None:
    assert max(each.number for each in migrations()) == SCHEMA


def test_a_server_serves_its_own_programs_and_those_of_before(cluster: Cluster, stores: Stores) -> None:
    name = f"versions_{new_id()}"
    cluster.new_floor(name, "anna")
    store, today = stores(cluster.address("anna", name), 3600), Clock().now().date()
    document = case_of("anna")
    store.create(document)
    seq = 1

    def writes() -> bool:
        nonlocal seq
        store.refresh()
        try:
            assert store.append(document["id"], seq, [by("anna", document["id"], seq + 1)]) is None
        except NewerFormat as error:
            assert "only reads" in error.message and "update oxtui" in error.hint
            assert len(store.snapshot()[document["id"]]["log"]) == seq, "it reads"
            return False
        seq += 1
        return True

    def until(day: date | None) -> None:
        cluster.sql(name, "DELETE FROM oxtui.serving")
        if day is not None:
            cluster.sql(name, f"INSERT INTO oxtui.serving (number, since) VALUES ({SCHEMA + 2}, '{day}')")

    assert writes() and not store.floor.notices
    brought_to(cluster, name, SCHEMA + 1)
    assert writes() and not store.floor.notices
    brought_to(cluster, name, SCHEMA + 2)
    assert not writes() and "only reads" in store.floor.notices[0]
    with pytest.raises(NewerFormat):
        store.create(case_of("anna"))
    until(today + timedelta(days=20))
    assert writes() and not store.floor.notices
    until(today + timedelta(days=5))
    assert writes() and "From" in store.floor.notices[0] and "only reads" in store.floor.notices[0]
    until(today)
    assert not writes()
    link = cluster.admin(name)
    with pytest.raises(StoreError, match="newer oxtui"):
        install(link)
    link.close()
    brought_to(cluster, name, SCHEMA)
    cluster.sql(name, f"DELETE FROM oxtui.version WHERE number = {SCHEMA}")
    with pytest.raises(NewerFormat, match="earlier oxtui"):
        store.refresh()


def test_the_day_is_set_by_whoever_brings_the_schema(cluster: Cluster) -> None:
    name = cluster.new_database()
    link = cluster.admin(name)
    day = date(2030, 1, 31)
    link.rows(f"SET application_name = 'oxtui {SCHEMA - 2}'")
    with pytest.raises(NewerFormat, match="only reads"):
        link.call("publish", "YQ==", "")
    assert install(link, since=day, dry_run=True) == ["programs two versions behind only read from 2030-01-31 on"]
    install(link, since=day)
    install(link, since=day + timedelta(days=1))
    assert link.call("publish", "YQ==", "") and link.call("news", "", "")["reads_only_from"] == "2030-02-01"
    link.rows(f"SET application_name = 'oxtui {SCHEMA - 1}'")
    assert link.call("news", "", "")["reads_only_from"] is None
    link.close()
