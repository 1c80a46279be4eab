"""A standby of a test's server: a base backup that follows it, and takes its place when it is promoted."""

from __future__ import annotations

import shutil

from oxtui.store.floor.link import Link, connect
from tests.drive.waiting import until
from tests.floor.cluster import Cluster

PRIMARY = {"wal_level": "replica", "max_wal_senders": "4", "hot_standby": "on"}


class Standby(Cluster):
    """Streams from `primary`, which from then on confirms nothing that this one has not on its disk (`ANY 1`)."""

    def __init__(self, primary: Cluster) -> None:
        super().__init__(PRIMARY)
        self.primary = primary
        settings = (self.data / "postgresql.conf").read_text()
        shutil.rmtree(self.data)
        source = f"host=127.0.0.1 port={primary.port} user=root"
        self._call("pg_basebackup", "-D", str(self.data), "-d", source, "-R", "-X", "stream", "-c", "fast")
        (self.data / "postgresql.conf").write_text(settings)

    def follow(self) -> Standby:
        """Start it, and have the primary wait for it at every commit."""
        self.start()
        link = self.primary.admin("postgres")
        link.rows("ALTER SYSTEM SET synchronous_standby_names = 'ANY 1 (*)'")
        link.rows("SELECT pg_reload_conf()")
        until(lambda: link.rows("SELECT FROM pg_stat_replication WHERE sync_state = 'quorum'"))
        link.close()
        return self

    def operator(self) -> Link:
        """A connection that only reads, until it is promoted."""
        return connect(f"{self.address('root', 'postgres')} target_session_attrs=any")

    def promote(self) -> None:
        """It takes changes from now on."""
        link = self.operator()
        link.rows("SELECT pg_promote(true, 30)", seconds=30)
        link.close()
