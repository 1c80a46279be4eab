"""What a lookup could have answered for a made-up domain: nobody is asked in practice."""

from __future__ import annotations

from datetime import UTC, datetime

from oxtui.cases.evidence import FILTERS_THEN, MX, Evidence, verdict_of
from oxtui.playbook.dns_owners import Owners


def practised(domain: str, owners: Owners, now: datetime) -> Evidence:
    """Evidence that mail for the domain is with the first owner that dns.yaml states."""
    pattern = next((owner.mx[0] for owner in owners.stated if owner.mx), f"mx1.{domain}")
    first, dot, rest = pattern.partition(".")
    host = (domain.replace(".", "-") if first == "*" else first.replace("*", "1")) + dot + rest.replace("*", "mx")
    mx = (MX(host, 0, owners.owner_of(host)),)
    names = owners.names_of(record.owner for record in mx)
    filters = owners.filters(record.owner for record in mx) or FILTERS_THEN
    owner, notes = verdict_of(mx, names, filters)
    at = now.replace(microsecond=0).astimezone(UTC)
    servers = (f"ns1.{domain}", f"ns2.{domain}")
    return Evidence(domain, "192.0.2.53:53", at, servers, mx, owner=owner, notes=notes, names=names, filters=filters)
