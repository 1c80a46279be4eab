"""One connection to the server, on which every wait has a time limit.

libpq is driven directly, without blocking: a stopped server, or a network that drops packets, is noticed when the time
for the answer is up, not when the operating system gives up.
"""

from __future__ import annotations

import base64
import hashlib
import json
import select
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from oxtui.errors import NewerFormat, StoreError, Unsaved
from oxtui.store.floor.address import OURS, conninfo, settings
from oxtui.store.local.layout import parse
from oxtui.text import clean

if TYPE_CHECKING:
    from psycopg.pq.abc import PGconn, PGresult

CONNECT_SECONDS: Final = 5.0
ANSWER_SECONDS: Final = 3.0
"""A server that takes longer is away: the connection is closed."""
_PASSES: Final = ("08", "53", "57", "40", "55")
"""Classes of SQLSTATE that may pass in a moment: connection, resources, operator, rollback, lock."""


class Away(Unsaved):
    """The server does not answer, or cannot be reached."""


class Link:
    """An open connection, used by one thread. After Away it is closed."""

    def __init__(self, connection: PGconn) -> None:
        self._connection = connection

    @property
    def tls(self) -> bool:
        """Whether the connection is encrypted."""
        return self._connection.ssl_in_use

    @property
    def server(self) -> str:
        """The server with its version: `PostgreSQL 15.18`."""
        number = self._connection.server_version  # 150018
        return f"PostgreSQL {number // 10000}.{number % 10000}"

    @property
    def user(self) -> str:
        """The role that is logged in."""
        return self._connection.user.decode()

    def call(self, function: str, *values: Any, seconds: float = ANSWER_SECONDS) -> Any:
        """Call a function of the floor and decode its JSON. Raises StoreError: Away, Unsaved if it may work later."""
        places = ", ".join(f"${number}" for number in range(1, len(values) + 1))
        rows = self.rows(f"SELECT oxtui.{function}({places})", *values, seconds=seconds)
        text = rows[0][0] if rows else None
        try:
            return None if text is None else parse(text.encode())
        except ValueError as error:
            raise StoreError(f"the floor's server does not answer in JSON: {error}") from None

    def body(self, function: str, digest: str, seconds: float = ANSWER_SECONDS) -> bytes | None:
        """The bytes with that SHA-256, from a function that returns base64; None if the server lacks them."""
        text = self.call(function, digest, seconds=seconds)
        body = base64.b64decode(text) if isinstance(text, str) else b""
        return body if hashlib.sha256(body).hexdigest() == digest else None

    def rows(self, query: str, *values: Any, seconds: float = ANSWER_SECONDS) -> list[tuple[str | None, ...]]:
        """The rows of a query as text; raises StoreError as `call` does."""
        import psycopg
        from psycopg import pq

        connection, deadline = self._connection, time.monotonic() + seconds
        try:
            if values:
                connection.send_query_params(query.encode(), [_sent(value) for value in values])
            else:  # this may be several statements
                connection.send_query(query.encode())
            while connection.flush():
                self._wait(deadline, write=True)
                connection.consume_input()
            found: PGresult | None = None
            while True:
                while connection.is_busy():
                    self._wait(deadline)
                    connection.consume_input()
                result = connection.get_result()
                if result is None:
                    break
                if found is None or found.status != pq.ExecStatus.FATAL_ERROR:
                    found = result
        except psycopg.Error as error:
            self.close()
            raise Away(f"the connection to the floor's server broke: {_line(str(error))}", "it is made again") from None
        except UnicodeEncodeError as error:
            raise StoreError(f"this cannot be kept on a floor: {error.reason}") from None
        if found is None:
            raise Away("the floor's server gave no answer", "it is asked again")
        return self._read(found)

    def scram(self, name: str, password: str) -> str:
        """The SCRAM verifier of a password, computed here: the password itself is not sent."""
        return self._connection.encrypt_password(password.encode(), name.encode(), b"scram-sha-256").decode()

    def close(self) -> None:
        """Close the connection."""
        self._connection.finish()

    def _wait(self, deadline: float, *, write: bool = False) -> None:
        if not ready(self._connection.socket, deadline, write=write):
            self.close()
            raise Away("the floor's server does not answer", "your work is kept until it does")

    def _read(self, result: PGresult) -> list[tuple[str | None, ...]]:
        from psycopg import pq

        if result.status in (pq.ExecStatus.TUPLES_OK, pq.ExecStatus.COMMAND_OK):
            columns = range(result.nfields)
            return [tuple(_text(result.get_value(row, column)) for column in columns) for row in range(result.ntuples)]
        state = (result.error_field(pq.DiagnosticField.SQLSTATE) or b"").decode()
        message = _line((result.error_field(pq.DiagnosticField.MESSAGE_PRIMARY) or b"").decode("utf-8", "replace"))
        if self._connection.status != pq.ConnStatus.OK or state == "25006":  # read-only: another one leads now
            self.close()
            raise Away(f"the floor's server ended the connection: {message}", "it is made again")
        raise refused(state, message)


def refused(state: str, message: str) -> StoreError:
    """The error for a server's SQLSTATE and message."""
    if state == "42501":
        return StoreError("this agent may not do that on the floor", message)
    if state in ("42883", "42P01", "3F000"):
        return NewerFormat("this floor has another version than this oxtui", "the operator runs oxtui floor init")
    if state == "OX426":
        return NewerFormat("This oxtui is too old to change anything on the floor: it only reads", "update oxtui here")
    if state.startswith(_PASSES):
        return Unsaved(f"the floor's server is busy: {message}", "try again in a moment")
    return StoreError(message if state == "OX400" else f"the floor's server refuses this: {message}")


def connect(address: str, skip: int = 0) -> Link:
    """Connect to the floor at `address`; of several hosts the first `skip` are tried last.

    Raises Away, Refused, StoreError. Unless the server is on this machine, the connection must be encrypted and the
    server's name verified, or nothing is sent.
    """
    try:
        import psycopg
        from psycopg import pq
    except ImportError:  # the package, or the libpq that it looks for
        raise StoreError("this oxtui lacks what talks with a floor's server", "pip install 'oxtui[floor]'") from None
    deadline = time.monotonic() + CONNECT_SECONDS
    parameters = {**OURS, **settings(address)}
    connection = pq.PGconn.connect_start(conninfo(parameters))
    options = {option.keyword.decode(): (option.val or b"").decode() for option in connection.info}
    rotated = _rotated(options, skip)
    if rotated:
        connection.finish()
        connection = pq.PGconn.connect_start(conninfo({**parameters, **rotated}))
    try:
        if connection.status != pq.ConnStatus.BAD:
            if (
                not is_local(options.get("host", ""), options.get("hostaddr", ""))
                and options.get("sslmode") != "verify-full"
            ):
                hint = "sslmode=verify-full in its service, with sslrootcert"
                raise StoreError("the connection to the floor has to verify the server", hint)
            status: int = pq.PollingStatus.WRITING
            while status not in (pq.PollingStatus.OK, pq.PollingStatus.FAILED):
                read = status == pq.PollingStatus.READING
                if not ready(connection.socket, deadline, read=read, write=not read):
                    raise Away("the floor's server cannot be reached", "your work is kept until it can")
                status = connection.connect_poll()
        if connection.status != pq.ConnStatus.OK:
            raise _not_connected(connection.get_error_message())
        connection.nonblocking = 1
    except psycopg.Error as error:
        connection.finish()
        raise Away(f"the floor's server cannot be reached: {_line(str(error))}", "") from None
    except BaseException:
        connection.finish()
        raise
    return Link(connection)


def ready(socket: int, deadline: float, *, read: bool = True, write: bool = False) -> bool:
    """Wait until a socket can be read or written; False if the deadline comes first."""
    left = deadline - time.monotonic()
    return left > 0 and any(select.select([socket] if read else [], [socket] if write else [], [], left))


def is_local(host: str, address: str = "") -> bool:
    """Whether all the hosts named are this machine."""
    named = [each for each in (address or host).split(",") if each]
    return all(each.startswith(("/", "@", "127.")) or each in ("localhost", "::1") for each in named)


def _not_connected(message: str) -> StoreError:
    line = _line(message)
    if "not permitted to log in" in line or "pg_hba" in line:
        return Disabled("the floor's server does not let this agent in", line)
    if "password" in line or "authentication" in line:
        return Refused("the floor's server does not let this agent in", line)
    if "definition of service" in line:
        return StoreError(f"this floor is not known here: {line}", "see ~/.pg_service.conf")
    return Away(f"the floor's server cannot be reached: {line}", "your work is kept until it can")


class Refused(Away):
    """The server is there, and does not let this agent in: a password, a ticket."""


class Disabled(Refused):
    """The server no longer lets this agent's role in."""


def _rotated(options: Mapping[str, str], skip: int) -> dict[str, str]:
    """The hosts with another one first, if there are several: libpq would wait for the first one forever."""
    hosts, rotated = options.get("host", "").split(","), {}
    if len(hosts) < 2 or not skip % len(hosts):
        return {}
    for name in ("host", "hostaddr", "port"):
        values = options.get(name, "").split(",")
        if len(values) == len(hosts):
            at = skip % len(hosts)
            rotated[name] = ",".join(values[at:] + values[:at])
    return rotated


def _sent(value: Any) -> bytes | None:
    """A value as text for PostgreSQL: tuples of texts as an array, mappings and lists as JSON."""
    if value is None:
        return None
    if isinstance(value, bytes):
        return value
    if isinstance(value, tuple):
        quoted = (each.replace("\\", "\\\\").replace('"', '\\"') for each in value)
        return ("{" + ",".join(f'"{each}"' for each in quoted) + "}").encode()
    if isinstance(value, Mapping | list):
        return json.dumps(value, allow_nan=False).encode("ascii")
    return str(value).replace("\0", " ").encode("utf-8")


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode("utf-8", "replace")


def _line(message: str) -> str:
    """The last line of libpq's message, which says what happened."""
    lines = [line for line in message.splitlines() if line.strip()] or ["no reason is given"]
    return clean(" ".join(lines[-1].split())).rpartition("FATAL: ")[2].strip()[:300]
