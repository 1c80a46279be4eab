"""`oxtui floor import`, `export`, `subject`: brings cases to a floor, and out of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from oxtui.addresses import domain_of
from oxtui.cli.context import Context
from oxtui.errors import Negative, Refusal
from oxtui.text import clean

if TYPE_CHECKING:
    from oxtui.service import Service
    from oxtui.store.floor.link import Link


def import_(context: Context) -> int:
    """Bring the open cases of this home to the floor, as reported by their authors; return 1 if one could not be.

    Each is there once, however often this is run; here nothing is removed. Raises StoreError.
    """
    from oxtui.cases.transfer import encoded
    from oxtui.store.local.store import LocalStore

    context.need_floor()
    service = context.service()
    left = 0
    for case_id, document in LocalStore(context.places().home, context.clock()).snapshot().items():
        try:
            case = service.take_over(encoded(document))
        except Refusal as refusal:
            context.out.error(f"{case_id}: {refusal}")
            left += 1
        else:
            context.out.line(f"{case.domain} ({case.id}) is on the floor")
    return 1 if left else 0


def export_(context: Context) -> int:
    """Print every case as a line of JSON, open ones first; raises StoreError if this role may not."""
    context.need_floor()
    service = context.service()
    for document in _all(service):
        context.out.json_line(document)
    return 0


def subject_(context: Context) -> int:
    """Print all cases of a domain, if a client asks for them; or set a legal hold. Raises Negative, StoreError."""
    from oxtui.cli.floor_server import linked

    options, domain = context.options, domain_of(context.options.domain)
    with linked(context.need_floor()) as link:
        if options.hold or options.release:
            return _hold(context, link, domain)
        held = link.call("hold_of", domain)
    service = context.service()
    ids = [row.id for row in service.open_for(domain)]
    found = [service.store.get(case_id) for case_id in ids]
    found += [service.store.archive.get(str(row["id"])) for row in service.store.archive.by_domain(domain)]
    documents = [document for document in found if document is not None]
    if not documents and held is None:
        raise Negative(f"the floor has nothing of {domain}", "another spelling, a subdomain?")
    context.out.json({"domain": domain, "hold": held, "cases": documents})
    return 0


def _hold(context: Context, link: Link, domain: str) -> int:
    """Set or end a legal hold on a domain's cases; raises Negative, StoreError."""
    if context.options.hold:
        link.call("hold", domain, clean(context.options.hold).strip())
        context.out.line(f"{domain} is held: nothing of it is purged until it is released.")
        return 0
    if link.call("release", domain).get("is") != "ok":
        raise Negative(f"there is no hold on {domain}", "another spelling, a subdomain?")
    context.out.line(f"{domain} is released: it is purged when its time has come.")
    return 0


def _all(service: Service) -> Iterator[dict[str, Any]]:
    closed = service.store.archive.all()  # before the first line: a role that may not read these reads none
    yield from service.store.snapshot().values()
    for row in closed:
        document = service.store.archive.get(str(row["id"]))
        if document is not None:
            yield document
