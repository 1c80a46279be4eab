"""Schema and roles of a floor, created and upgraded by its operator with the same command."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Final

from msgspec import Struct

from oxtui.errors import StoreError
from oxtui.store.floor.link import Link
from oxtui.text import clean

SECONDS: Final = 120.0
ROLES: Final = {
    "oxtui_owner": "owns all tables and functions; cannot log in",
    "oxtui_agent": "works on cases, by functions alone",
    "oxtui_lead": "an agent who publishes playbooks and reads reports",
    "oxtui_report": "reads figures without clients",
    "oxtui_security": "reads who opened and searched what",
    "oxtui_purge": "removes cases past their retention",
}
LOCK: Final = 7_109_116_116
_VERSION: Final = """
CREATE TABLE IF NOT EXISTS oxtui.version (
    number int PRIMARY KEY, name text NOT NULL, sum text NOT NULL, at timestamptz NOT NULL DEFAULT now())
"""
_CLOSED: Final = (
    "REVOKE ALL ON SCHEMA public FROM PUBLIC",
    "GRANT USAGE ON LANGUAGE plpgsql, sql TO oxtui_owner; REVOKE USAGE ON LANGUAGE plpgsql, sql FROM PUBLIC",
    "REVOKE EXECUTE ON FUNCTION lo_creat(int), lo_create(oid), lo_from_bytea(oid, bytea), lo_put(oid, bigint, bytea), "
    "lo_open(oid, int), lo_unlink(oid), lo_truncate(int, int), lowrite(int, bytea) FROM PUBLIC",
)
"""Default rights of every role that an agent must not have; a managed server does not let all be revoked."""
_DOORS: Final = {
    "has_schema_privilege('oxtui_agent', 'public', 'CREATE')": "agents may make tables in the schema public",
    "has_database_privilege('oxtui_agent', current_database(), 'TEMPORARY')": "agents may fill the disk with temporary "
    "tables",
    "has_language_privilege('oxtui_agent', 'plpgsql', 'USAGE')": "agents may run code of their own (DO)",
    "has_function_privilege('oxtui_agent', 'lo_creat(int)', 'EXECUTE')": "agents may store large objects: they fill "
    "the disk, and hold nothing of the floor's",
}


class Migration(Struct, frozen=True):
    """One file of `sql/`, applied once and never changed afterwards."""

    number: int
    name: str
    text: str

    @property
    def checksum(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()


class Statement(Struct, frozen=True):
    """What is done, in words and as SQL; an optional one may fail."""

    words: str
    sql: str
    optional: bool = False


def migrations() -> list[Migration]:
    """The files of `sql/`, in order."""
    paths = sorted((Path(__file__).parent / "sql").glob("[0-9]*.sql"))
    return [Migration(int(path.name[:3]), path.stem, path.read_text("utf-8").replace("\r\n", "\n")) for path in paths]


def install(link: Link, *, dry_run: bool = False, since: date | None = None) -> list[str]:
    """Create what is missing in one transaction; return what was done in words. Raises StoreError.

    From the day `since`, or else at once, programs that are two versions behind only read. Concurrent runs wait for
    one another.
    """
    link.rows("BEGIN", seconds=SECONDS)
    try:
        link.rows(f"SELECT pg_advisory_xact_lock({LOCK})", seconds=SECONDS)
        done = []
        for statement in _missing(link, since):
            done.append(statement.words)
            if not dry_run:
                _run(link, statement)
        link.rows("ROLLBACK" if dry_run else "COMMIT", seconds=SECONDS)
    except StoreError:
        _roll_back(link)
        raise
    return done


def open_doors(link: Link) -> list[str]:
    """Rights of an agent's role beyond the floor's functions, in words; empty if all are revoked."""
    row = link.rows(f"SELECT {', '.join(_DOORS)}")[0]
    return [words for words, open_ in zip(_DOORS.values(), row, strict=True) if open_ == "t"]


def hba_lines(link: Link, subnet: str = "10.0.0.0/8") -> list[str]:
    """Lines for pg_hba.conf: agents connect from the floor's subnet only, encrypted."""
    database = _one(link, "SELECT current_database()")
    return [
        "# the first that fits counts: Kerberos or a client's certificate, SCRAM for a trial",
        f"hostssl  {database}  +oxtui_agent  {subnet}  gss include_realm=0",
        f"hostssl  {database}  +oxtui_agent  {subnet}  cert",
        f"hostssl  {database}  +oxtui_agent  {subnet}  scram-sha-256",
        f"host     {database}  +oxtui_agent  all  reject",
    ]


def ident(name: str) -> str:
    """A name quoted for SQL."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text quoted for SQL."""
    return "'" + text.replace("'", "''") + "'"


def _missing(link: Link, since: date | None) -> Iterator[Statement]:
    """The statements that are missing; each is checked after those before it have run."""
    there = {row[0] for row in link.rows("SELECT rolname FROM pg_roles WHERE rolname LIKE 'oxtui\\_%'")}
    for role, what in ROLES.items():
        if role not in there:
            group = " IN ROLE oxtui_agent" if role == "oxtui_lead" else ""
            yield Statement(f"role {role}: {what}", f"CREATE ROLE {role} NOLOGIN{group}")
    superuser = _one(link, "SELECT rolsuper::text FROM pg_roles WHERE rolname = current_user") == "true"
    member = "oxtui_owner" in there and _one(link, "SELECT pg_has_role('oxtui_owner', 'USAGE')::text") == "true"
    if not superuser and not member:
        words = "this role becomes a member of oxtui_owner: without superuser nobody else could bring it up to date"
        yield Statement(words, "GRANT oxtui_owner TO CURRENT_USER")
    database = ident(str(_one(link, "SELECT current_database()")))
    if not link.rows("SELECT FROM pg_namespace WHERE nspname = 'oxtui'"):
        roles = ", ".join(role for role in ROLES if role != "oxtui_owner")
        connects = f"GRANT CONNECT ON DATABASE {database} TO {roles}"
        yield Statement(f"database {database}: only the floor's roles connect", connects)
        rights = f"REVOKE CONNECT, TEMPORARY ON DATABASE {database} FROM PUBLIC"
        yield Statement("what every role may do as a server comes is taken from it", rights, optional=True)
        for rights in _CLOSED:
            yield Statement("the same: code of its own, large objects, the schema public", rights, optional=True)
        create = f"GRANT CREATE ON DATABASE {database} TO oxtui_owner"
        schema = f"CREATE SCHEMA oxtui AUTHORIZATION oxtui_owner; {_as_owner(_VERSION)}"
        yield Statement("schema oxtui", f"{create}; {schema}; REVOKE CREATE ON DATABASE {database} FROM oxtui_owner")
        known: dict[int, str] = {}
    else:
        rows = link.rows("SELECT number, sum FROM oxtui.version")
        known = {int(str(number)): str(digest) for number, digest in rows}
    wanted = migrations()
    newest = max((each.number for each in wanted), default=0)
    if max(known, default=0) > newest:
        what = f"this floor is of a newer oxtui (schema {max(known)})"
        raise StoreError(what, "update oxtui here; nothing was changed")
    for each in wanted:
        if each.number not in known:
            noted = f"INSERT INTO oxtui.version VALUES ({each.number}, {literal(each.name)}, {literal(each.checksum)})"
            yield Statement(f"migration {each.name}", _as_owner(f"{each.text};\n{noted}"))
        elif known[each.number] != each.checksum:
            raise StoreError(f"migration {each.name} was applied in another form", "nothing was changed: ask who did")
    if since is not None:
        sql = f"INSERT INTO serving (number, since) VALUES ({newest}, {literal(since.isoformat())}) "
        sql += "ON CONFLICT (number) DO UPDATE SET since = excluded.since, agent = session_user, at = now()"
        yield Statement(f"programs two versions behind only read from {since} on", _as_owner(sql))


def _as_owner(sql: str) -> str:
    """SQL to be run as the owner."""
    before = "SET LOCAL ROLE oxtui_owner; SET LOCAL search_path = oxtui, pg_catalog"
    return f"{before};\n{sql.rstrip().rstrip(';')};\nRESET ROLE; SET LOCAL search_path = pg_catalog"


def _run(link: Link, statement: Statement) -> None:
    if not statement.optional:
        link.rows(statement.sql, seconds=SECONDS)
        return
    link.rows("SAVEPOINT optional")
    try:
        link.rows(statement.sql, seconds=SECONDS)
    except StoreError:
        link.rows("ROLLBACK TO SAVEPOINT optional")


def _roll_back(link: Link) -> None:
    try:
        link.rows("ROLLBACK")
    except StoreError:
        link.close()


def _one(link: Link, query: str) -> str | None:
    return clean(str(link.rows(query)[0][0]))
