"""The agents of a floor, for its operator: added, and disabled at once."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from oxtui.errors import Negative, StoreError, WrongUse
from oxtui.store.floor.install import SECONDS, ident, literal
from oxtui.store.floor.link import Link
from oxtui.text import plural

_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9._@-]{0,62}")
_LIMITS: Final = {
    "statement_timeout": "10s",
    "idle_in_transaction_session_timeout": "5s",
    "lock_timeout": "5s",
    "log_error_verbosity": "terse",
}
"""Settings of an agent's sessions. The last one, which keeps rows out of the server's log, needs a superuser."""


def add(link: Link, name: str, *, lead: bool = False, verifier: str = "") -> str:
    """Add an agent or lead, or enable one again; return what was done. Raises WrongUse, StoreError.

    `verifier` is a password's (`Link.scram`), if agents log in with passwords.
    """
    if not _NAME.fullmatch(name) or name.startswith(("pg_", "oxtui_")):
        raise WrongUse(f"'{name[:40]}' cannot be an agent's name", "letters, digits, . _ @ -")
    there = _role(link, name)
    if there is not None and not there["ours"]:
        raise WrongUse(f"there is a role {name} that is no agent of this floor", "choose another name")
    role = ident(name)
    password = f" PASSWORD {literal(verifier)}" if verifier else ""
    words = "LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS" if there is None else "LOGIN"
    begin = f"{'CREATE' if there is None else 'ALTER'} ROLE {role} {words} CONNECTION LIMIT 3{password}"
    group, other = ("oxtui_lead", "oxtui_agent") if lead else ("oxtui_agent", "oxtui_lead")
    sql = [begin, f"REVOKE {other} FROM {role}", f"GRANT {group} TO {role}", _note("agent added", name)]
    _in_one(link, sql)
    for setting, value in _LIMITS.items():
        try:
            link.rows(f"ALTER ROLE {role} SET {setting} = {literal(value)}")
        except StoreError:  # the one that needs a superuser
            continue
    return f"{name} may work on this floor{' as a lead' if lead else ''}"


def disable(link: Link, name: str) -> list[str]:
    """Disable an agent: no login, no rights, no open session; return what was done. Raises Negative, StoreError."""
    there = _role(link, name)
    if there is None or not there["ours"]:
        raise Negative(f"there is no agent {name[:63]} on this floor", "oxtui floor status names them")
    role = ident(name)
    seen = _last_seen(link, name) if there["owner"] else None
    # rights first: a session that is still open can do nothing from here on
    rights = [f"REVOKE {group} FROM {role}" for group in ("oxtui_lead", "oxtui_agent")]
    _in_one(link, [f"ALTER ROLE {role} NOLOGIN", *rights, _note("agent disabled", name)])
    ended = _end_sessions(link, name)
    done = [f"{name} cannot log in any more", f"{plural(ended, 'open session')} ended"]
    if seen:
        done.append(f"last seen {seen} (the server's time)")
    return [*done, "what a copy of oxtui keeps on a machine goes 7 days after its last contact: see OPERATING.md"]


def compared(link: Link, names: Sequence[str]) -> tuple[list[str], list[str]]:
    """Whom to add and whom to disable so that only `names` are agents. Raises WrongUse, StoreError."""
    if not names:
        raise WrongUse("the list is empty", "an empty list would put everybody out")
    there = {str(each["name"]) for each in agents(link)}
    return [name for name in dict.fromkeys(names) if name not in there], sorted(there - set(names))


def agents(link: Link) -> list[dict[str, Any]]:
    """All agents: name, whether a lead, and the number of connections now."""
    rows = link.rows(
        "SELECT rolname, pg_has_role(oid, 'oxtui_lead', 'MEMBER')::text, "
        "(SELECT count(*) FROM pg_stat_activity WHERE usename = rolname)::text FROM pg_roles "
        "WHERE rolcanlogin AND NOT rolsuper AND NOT rolcreaterole AND pg_has_role(oid, 'oxtui_agent', 'MEMBER') "
        "ORDER BY rolname"
    )
    return [{"name": name, "lead": lead == "true", "sessions": int(str(count))} for name, lead, count in rows]


def _role(link: Link, name: str) -> dict[str, bool] | None:
    rows = link.rows(
        "SELECT (pg_has_role(oid, 'oxtui_agent', 'MEMBER') OR EXISTS (SELECT FROM pg_db_role_setting "
        "WHERE setrole = oid AND 'statement_timeout=10s' = ANY (setconfig))) AND NOT rolsuper AND NOT rolcreaterole, "
        "pg_has_role('oxtui_owner', 'USAGE') FROM pg_roles WHERE rolname = $1",
        name,
    )
    return {"ours": rows[0][0] == "t", "owner": rows[0][1] == "t"} if rows else None


def _end_sessions(link: Link, name: str) -> int:
    """End an agent's sessions; an operator who is no superuser must be a member of the agent's role for that."""
    ending = "SELECT count(*) FILTER (WHERE pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename = $1"
    try:
        return int(str(link.rows(ending, name)[0][0]))
    except StoreError:
        link.rows(f"GRANT {ident(name)} TO CURRENT_USER")
        try:
            return int(str(link.rows(ending, name)[0][0]))
        finally:
            link.rows(f"REVOKE {ident(name)} FROM CURRENT_USER")


def _last_seen(link: Link, name: str) -> str | None:
    return link.rows("SELECT max(seen_at)::timestamp(0)::text FROM oxtui.presence WHERE agent = $1", name)[0][0]


def _in_one(link: Link, statements: list[str]) -> None:
    """Run statements in one transaction."""
    try:
        link.rows(f"BEGIN; {'; '.join(statements)}; COMMIT", seconds=SECONDS)
    except StoreError:
        link.rows("ROLLBACK")
        raise


def _note(what: str, name: str) -> str:
    insert = f"INSERT INTO oxtui.deeds (what, subject) VALUES ({literal(what)}, {literal(name)})"
    return f"SET LOCAL ROLE oxtui_owner; {insert}; RESET ROLE"
