"""A PostgreSQL of the tests' own: a private cluster on loopback, made by initdb and thrown away."""

from __future__ import annotations

import contextlib
import ctypes
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from oxtui.cases.events import new_id
from oxtui.errors import StoreError
from oxtui.store.floor import roster
from oxtui.store.floor.install import install
from oxtui.store.floor.link import Link, connect
from tests.core.store_help import LONG
from tests.drive.waiting import PATIENCE, until

_FAST = {"fsync": "off", "full_page_writes": "off"}
TEMPLATE = "floor_template"
TOLD_SECONDS = 4.0
"""Seconds until an agent is told that the server does not answer: the limit of the design."""
SLOWER = 1.0 if LONG else 5.0
"""A machine on which other tests run is given so many times as long."""
SETTINGS = {
    "listen_addresses": "'127.0.0.1'",
    "max_connections": "60",
    "shared_buffers": "'32MB'",
    "log_min_messages": "fatal",
    "autovacuum_naptime": "'10min'",
}


@cache
def programs() -> Path | None:
    """The folder of initdb and postgres, or None."""
    found = shutil.which("initdb")
    named = [Path(found).parent] if found else []
    folders = [*sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True), *named]
    return next((folder for folder in folders if (folder / "postgres").exists()), None)


def why_not() -> str:
    """Why no cluster can be made here, or nothing."""
    if programs() is None:
        return "PostgreSQL's server is not installed here"
    if os.geteuid() == 0 and _user() is None:
        return "PostgreSQL does not run as root, and there is no user postgres"
    return ""


def _user() -> tuple[int, int] | None:
    """The numbers of the user postgres and of its group."""
    import pwd  # Windows has none, and runs what imports this file

    try:
        found = pwd.getpwnam("postgres")
    except KeyError:
        return None
    return found.pw_uid, found.pw_gid


def free_port() -> int:
    """A port that nobody uses, below those that systems give away: no connection gets it before the server, either."""
    while True:
        with socket.socket() as taken, contextlib.suppress(OSError):
            taken.bind(("127.0.0.1", secrets.choice(range(20_000, 32_000))))
            return int(taken.getsockname()[1])


class Cluster:
    """A server; `address(name)` is what a role connects by."""

    def __init__(self, settings: Mapping[str, str] = _FAST) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="oxtui-pg-", dir="/tmp"))
        self.data = self.folder / "data"
        self.port = free_port()
        user = _user()
        self._as = {"user": user[0], "group": user[1], "extra_groups": []} if os.geteuid() == 0 and user else {}
        if self._as and user:
            os.chown(self.folder, *user)
        self._settings = {**SETTINGS, **settings, "port": str(self.port), "unix_socket_directories": f"'{self.folder}'"}
        self.process: subprocess.Popen[bytes] | None = None
        self._call("initdb", "-D", str(self.data), "-U", "root", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N")
        with (self.data / "postgresql.conf").open("a") as file:
            file.writelines(f"{name} = {value}\n" for name, value in self._settings.items())

    def _call(self, program: str, *arguments: str) -> None:
        folder = programs()
        assert folder is not None
        subprocess.run([folder / program, *arguments], check=True, capture_output=True, cwd=self.folder, **self._as)  # type: ignore[call-overload]

    def start(self) -> Cluster:
        """Start it, and wait until it takes connections."""
        folder = programs()
        assert folder is not None
        log = (self.folder / "log").open("ab")
        self.process = subprocess.Popen(  # type: ignore[call-overload]
            [folder / "postgres", "-D", str(self.data)],
            stdout=log,
            stderr=log,
            cwd=self.folder,
            start_new_session=True,
            preexec_fn=_end_with_parent if sys.platform == "linux" else None,
            **self._as,
        )
        log.close()
        until(self.takes_connections, told=lambda: (self.folder / "log").read_text())
        return self

    def takes_connections(self) -> bool:
        """Whether it takes them by now; fails where it has ended."""
        assert self.process is not None and self.process.poll() is None, (self.folder / "log").read_text()
        try:
            self.operator().close()
        except StoreError:
            return False
        return True

    def operator(self) -> Link:
        """A connection to what every server has."""
        return self.admin("postgres")

    def signal_all(self, number: int) -> None:
        """Send a signal to every process of the server."""
        assert self.process is not None
        pids = [self.process.pid]
        for status in Path("/proc").glob("[0-9]*/stat"):
            with contextlib.suppress(OSError, ValueError):
                parent = int(status.read_text().rpartition(")")[2].split()[1])
                if parent == self.process.pid:
                    pids.append(int(status.parent.name))
        for pid in pids if number != signal.SIGCONT else reversed(pids):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    def kill(self) -> None:
        """kill -9, all of it at once."""
        self.signal_all(signal.SIGKILL)
        assert self.process is not None
        self.process.wait(PATIENCE)
        (self.data / "postmaster.pid").unlink(missing_ok=True)

    def stop(self) -> None:
        """Stop it at once, and remove it."""
        if self.process is not None and self.process.poll() is None:
            self.signal_all(signal.SIGCONT)
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait(PATIENCE)
        shutil.rmtree(self.folder, ignore_errors=True)

    def address(self, name: str, database: str = "floor") -> str:
        """What the role of that name connects by."""
        return f"host=127.0.0.1 port={self.port} dbname={database} user={name}"

    def admin(self, database: str = "floor", name: str = "root") -> Link:
        """A connection as the operator."""
        return connect(self.address(name, database))

    def new_floor(self, database: str, *agents: str, leads: tuple[str, ...] = (), managed: bool = False) -> None:
        """A database with a floor in it; `managed`: made by a role without superuser, as a managed server gives it."""
        self.sql("postgres", f"CREATE DATABASE {database}")
        operator = "root"
        if managed:
            operator = "operator"
            if not self.sql("postgres", "SELECT FROM pg_roles WHERE rolname = 'operator'"):
                self.sql("postgres", "CREATE ROLE operator LOGIN CREATEROLE CREATEDB")
            self.sql("postgres", f"ALTER DATABASE {database} OWNER TO operator")
        link = self.admin(database, operator)
        install(link)
        for name in (*agents, *leads):
            roster.add(link, name, lead=name in leads)
        link.close()

    def new_database(self) -> str:
        """A floor's database of its own, copied from one that is made once."""
        if not self.sql("postgres", f"SELECT FROM pg_database WHERE datname = '{TEMPLATE}'"):
            self.new_floor(TEMPLATE)
        name = f"floor_{new_id()}"
        self.sql("postgres", f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
        return name

    def sql(self, database: str, query: str) -> list[tuple[str | None, ...]]:
        """What a query of the operator gives."""
        link = self.admin(database)
        try:
            return link.rows(query, seconds=60)
        finally:
            link.close()


@contextlib.contextmanager
def running(settings: Mapping[str, str] = _FAST) -> Iterator[Cluster]:
    """A cluster that is stopped and removed at the end."""
    cluster = Cluster(settings)
    try:
        yield cluster.start()
    finally:
        cluster.stop()


def _end_with_parent() -> None:
    """In the new process: have it receive SIGQUIT when this one ends, for whatever reason."""
    ctypes.CDLL(None).prctl(1, int(signal.SIGQUIT))


_SHARED: list[Cluster] = []


def shared() -> Cluster:
    """One cluster for all the tests of a process; stopped when it ends."""
    if not _SHARED:
        cluster = Cluster()
        _SHARED.append(cluster)
        cluster.start()
    return _SHARED[0]


def stop_shared() -> None:
    """Stop it, where it was made."""
    while _SHARED:
        _SHARED.pop().stop()
