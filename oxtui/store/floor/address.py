"""The address of a floor's server: a libpq service or connection string, without a password."""

from __future__ import annotations

import configparser
import getpass
import os
import re
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from oxtui.errors import WrongUse
from oxtui.text import clean

SCHEMA: Final = 5
"""The number of the newest file in `sql/`: the schema that this program needs."""
OURS: Final[Mapping[str, str]] = {
    "client_encoding": "UTF8",
    "application_name": f"oxtui {SCHEMA}",
    "target_session_attrs": "read-write",
    "tcp_user_timeout": "8000",
    "keepalives_idle": "10",
    "keepalives_interval": "3",
    "keepalives_count": "3",
}
"""Settings of every connection (seconds; tcp_user_timeout in milliseconds)."""


def settings(address: str) -> dict[str, str]:
    """The connection settings in `address`; raises WrongUse for a password, or a text that is no address."""
    address = address.strip()
    if re.fullmatch(r"[\w.-]+", address):
        options = {"service": address}
    else:
        options = _of_words(address)
    if {"password", "sslpassword"} & options.keys():
        raise WrongUse("a floor's address cannot hold a password", "Kerberos, a certificate, or libpq's password file")
    return options


def conninfo(given: Mapping[str, str]) -> bytes:
    """Settings as a libpq connection string."""
    quoted = ((name, value.replace("\\", "\\\\").replace("'", "\\'")) for name, value in given.items())
    return " ".join(f"{name}='{value}'" for name, value in quoted).encode()


def agent_of(address: str, environ: Mapping[str, str] | None = None) -> str:
    """The role that a connection will log in as.

    It is found as libpq does, without importing libpq: that is slow, and the first frame needs a name.
    """
    environ = os.environ if environ is None else environ
    options = settings(address)
    service = options.get("service", environ.get("PGSERVICE", ""))
    named = options.get("user") or _of_service(service, environ).get("user") or environ.get("PGUSER", "")
    if not named:
        try:
            named = getpass.getuser()
        except (KeyError, OSError, ImportError):
            named = "agent"
    return clean(named).strip()


def _of_words(address: str) -> dict[str, str]:
    try:
        words = shlex.split(address)
    except ValueError:
        words = []
    options = dict(word.split("=", 1) for word in words if re.match(r"[a-z_]+=", word))
    if not options or len(options) != len(words):
        raise WrongUse(
            f"'{clean(address)[:80]}' is not the address of a floor",
            "give a service of ~/.pg_service.conf, or host=... dbname=...",
        )
    return options


def _of_service(name: str, environ: Mapping[str, str]) -> dict[str, str]:
    """The settings of a service in the service files; libpq will report files that cannot be read."""
    for path in _service_files(environ):
        parser = configparser.ConfigParser(interpolation=None, delimiters=("=",), comment_prefixes=("#",), strict=False)
        try:
            parser.read_string(path.read_text("utf-8"))
        except (OSError, ValueError, configparser.Error):
            continue
        if name and parser.has_section(name):
            return dict(parser[name])
    return {}


def _service_files(environ: Mapping[str, str]) -> Iterator[Path]:
    named = environ.get("PGSERVICEFILE")
    if named:
        yield Path(named)
    else:
        home = environ.get("APPDATA") if os.name == "nt" else environ.get("HOME")
        if home:
            yield Path(home, "postgresql" if os.name == "nt" else "", ".pg_service.conf")
    yield Path(environ.get("PGSYSCONFDIR", "/etc/postgresql-common"), "pg_service.conf")
