"""A floor's DNS owners, a server with a zone to ask, and a look-up of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from oxtui.cases.evidence import MX, Evidence
from oxtui.clock import Clock
from oxtui.outside.dns import lookup
from oxtui.playbook.dns_owners import Owners
from tests.core.dns_server import DnsServer
from tests.drive.waiting import PATIENCE

ROOT = Path(__file__).parents[2]
CLOCK = Clock(datetime(2026, 11, 22, 0, 46, 5, 123456, UTC))
DOMAIN = "client.example"
SOA = "ns1.floor.example. admin.floor.example. 1 3600 600 86400 60"


def floor(*without: str) -> Owners:
    data: dict[str, Any] = {
        "office365": {
            "enabled": True,
            "mx": ["*.mail.protection.outlook.com", "*.mx.microsoft"],
            "autodiscover": ["autodiscover.outlook.com"],
        },
        "ox-mail": {"enabled": True, "mx": ["mx*.ox-mail.example"]},
        "spamexperts": {"enabled": True, "mx": ["*.spamexperts.example"]},
    }
    servers = {"enabled": "name-servers" not in without, "hosts": ["ns*.floor.example"]}
    kept = {name: entry | {"enabled": name not in without} for name, entry in data.items()}
    owners, problems = Owners.from_data({"owners": kept, "name-servers": servers})
    assert problems == ()
    return owners


@contextmanager
def floor_server() -> Iterator[DnsServer]:
    """A server that knows the zone of DOMAIN, and the hosts that mail may go to."""
    with DnsServer() as running:
        running.add(DOMAIN, "SOA", SOA).add(DOMAIN, "NS", "ns2.floor.example.", "ns1.floor.example.")
        for host in (
            "c.mail.protection.outlook.com",
            "mx1.ox-mail.example",
            "a.spamexperts.example",
            "m.else.example",
        ):
            running.add(host, "A", "192.0.2.1")
        yield running


def ask(server: DnsServer, domain: str = DOMAIN, owners: Owners | None = None, timeout_s: float = PATIENCE) -> Evidence:
    """A look-up; a test in which something is never answered names the seconds until that is given up."""
    return lookup(domain, resolver=server.resolver, owners=owners or floor(), clock=CLOCK, timeout_s=timeout_s)


def ask_until(server: DnsServer, right: Callable[[Evidence], bool], domain: str = DOMAIN) -> Evidence:
    """A look-up in which something is never answered, and the rest in time: with longer limits on a slow machine."""
    for limit in (0.5, 2.0, 8.0, 32.0):
        found = ask(server, domain, timeout_s=limit)
        if right(found):
            break
    return found


def mentions(evidence: Evidence, *words: str) -> bool:
    return any(all(word in note for word in words) for note in evidence.notes)


def evidence_data(domain: str, owner: str) -> dict[str, Any]:
    """What a lookup keeps of a domain whose mail goes to `owner` (`office365`, `ox-mail`, `other`)."""
    host = {"office365": "c.mail.protection.outlook.com", "ox-mail": "mx1.ox-mail.example"}.get(owner, "m.else.example")
    evidence = Evidence(
        domain,
        "127.0.0.1:53",
        datetime(2026, 11, 22, 0, 46, 5, 123000, UTC),
        mx=(MX(host, 10, owner),),
        owner=owner,
    )
    return evidence.to_data()
