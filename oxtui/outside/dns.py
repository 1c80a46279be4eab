"""Looks up a domain's NS, MX, SPF and autodiscover in DNS, within a time limit."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from oxtui.addresses import domain_of, shown_domain
from oxtui.cases import evidence as ev
from oxtui.cases.evidence import MX, Evidence
from oxtui.clock import Clock
from oxtui.outside.resolvers import Resolvers, resolvers_of
from oxtui.playbook.dns_owners import NONE, UNKNOWN, Owners
from oxtui.text import clean

if TYPE_CHECKING:
    import dns.message
    import dns.resolver

_GRACE_S: Final = 0.25
"""Seconds after the time limit for which a thread is still waited for."""
_MOST: Final = 50
"""Records of one kind that are kept; a domain with more is not judged."""
_MOST_HOSTS: Final = 8
"""MX hosts whose address is looked up."""
_LONGEST_SPF: Final = 4096

_T = TypeVar("_T")


class _Failure(Struct, frozen=True):
    """The reason why a question has no answer; `exists` is False if the name does not exist."""

    message: str
    exists: bool = True


class _Reply(Struct, frozen=True):
    """The answer to one question: records (none of that kind: empty), the target of a CNAME, the server."""

    records: tuple[Any, ...] = ()
    alias: str = ""
    zone: str = ""
    server: str = ""
    failure: _Failure | None = None


class _Part(Struct, frozen=True):
    """The result of one topic: values and notes, or a failure."""

    values: tuple[Any, ...] = ()
    notes: tuple[str, ...] = ()
    server: str = ""
    failure: _Failure | None = None


def lookup(domain: str, *, resolver: str | None, owners: Owners, clock: Clock, timeout_s: float = 3.0) -> Evidence:
    """Look up a domain (or that of a mail address or URL) within `timeout_s` seconds; blocks.

    `resolver` is HOST, HOST:PORT or [IPv6]:PORT; None uses the system's. A failed lookup is in `error`; raises WrongUse
    for an impossible domain or resolver. The limit begins once the library is loaded.
    """
    import dns.resolver  # noqa: F401 - loaded here so that it takes nothing from the limit

    name = domain_of(domain)
    until = clock.monotonic() + timeout_s
    asked_at = clock.now()
    asked_at = asked_at.replace(microsecond=asked_at.microsecond // 1000 * 1000)  # as the case's log keeps it
    notes = _given(domain, name)
    servers = resolvers_of(resolver, timeout_s)
    if servers.error:
        return Evidence(name, servers.text, asked_at, notes=notes, error=servers.error)
    querier = _Querier(servers, until, timeout_s, clock)
    topics: list[Callable[[_Querier, str], _Part]] = [partial(_mx, owners=owners), _ns, _spf, _autodiscover]
    found = querier.together([partial(topic, querier, name) for topic in topics], _GRACE_S)
    parts = [part or _Part(failure=querier.late()) for part in found]
    if any(part.failure and not part.failure.exists for part in parts) and querier.knows_nothing():
        parts = [_doubted(part) for part in parts]
    return _evidence(name, servers.text, asked_at, notes, parts, owners)


def practised(domain: str, owners: Owners, now: datetime) -> Evidence:
    """Make up evidence for practice: mail for the domain is with the first owner that dns.yaml states."""
    pattern = next((owner.mx[0] for owner in owners.stated if owner.mx), f"mx1.{domain}")
    first, dot, rest = pattern.partition(".")
    host = (domain.replace(".", "-") if first == "*" else first.replace("*", "1")) + dot + rest.replace("*", "mx")
    mx = (MX(host, 0, owners.owner_of(host)),)
    names = owners.names_of(record.owner for record in mx)
    filters = owners.filters(record.owner for record in mx) or ev.FILTERS_THEN
    owner, notes = ev.verdict_of(mx, names, filters)
    at = now.replace(microsecond=0).astimezone(UTC)
    servers = (f"ns1.{domain}", f"ns2.{domain}")
    return Evidence(domain, "192.0.2.53:53", at, servers, mx, owner=owner, notes=notes, names=names, filters=filters)


def _given(given: str, name: str) -> tuple[str, ...]:
    """Return notes on the form in which the domain was typed."""
    notes = []
    if "@" in given and "://" not in given:
        notes.append(f"a mail address was given: its domain {name} was asked")
    elif "/" in given:
        notes.append(f"a URL was given: its domain {name} was asked")
    if "xn--" in name:
        notes.append(f"an international name (IDN): {shown_domain(name)} is asked as {name}")
    return tuple(notes)


def _evidence(
    name: str, asked: str, at: datetime, notes: tuple[str, ...], parts: Sequence[_Part], owners: Owners
) -> Evidence:
    """Join the parts, with the verdict if there is one."""
    mx, ns, spf, autodiscover = parts
    server = next((part.server for part in parts if part.server), asked)
    evidence = Evidence(name, server, at, ns=ns.values, dns_with_us=owners.with_us(ns.values))
    auto = autodiscover.values[0] if autodiscover.values else None
    auto_owner = owners.autodiscover_owner(auto.rpartition(":")[0] or auto) if auto else None
    whose = [auto_owner or "", *(record.owner for record in mx.values)]
    names, filters = owners.names_of(whose), owners.filters(whose) or ev.FILTERS_THEN
    evidence = replace(
        evidence, spf=spf.values[0] if spf.values else None, autodiscover=auto, autodiscover_owner=auto_owner
    )
    evidence = replace(evidence, names=names, filters=filters)
    error = mx.failure
    if error:
        # another answer may say that the domain does not exist
        error = next((p.failure for p in (mx, ns, spf) if p.failure and not p.failure.exists), error)
        remarks = _all_notes(notes, parts, error.message if error.exists else None)
        return replace(evidence, error=error.message, notes=remarks)
    owner, remarks = ev.verdict_of(mx.values, names, filters)
    if len(mx.values) > _MOST:
        owner, remarks = UNKNOWN, (f"{len(mx.values)} MX records: too many to be judged",)
    if owners.states_autodiscover(owner) and auto_owner not in (None, owner):
        remarks = (*remarks, f"autodiscover does not point to {ev.label(owner, names)}: {auto}")
    if owners.name_servers and ns.values and evidence.dns_with_us is None:
        remarks = (*remarks, "some of the name servers are ours and some are not")
    return replace(evidence, mx=mx.values[:_MOST], owner=owner, notes=(*remarks, *_all_notes(notes, parts, "")))


def _all_notes(notes: tuple[str, ...], parts: Sequence[_Part], error: str | None) -> tuple[str, ...]:
    """Return all notes, with the failures that `error` does not name (None: the domain does not exist)."""
    lines = [*notes]
    for what, part in zip(("MX", "NS", "SPF", "autodiscover"), parts, strict=True):
        lines += part.notes
        if part.failure and error is not None and part.failure.message != error:
            lines.append(f"{what}: {part.failure.message}")
    return tuple(dict.fromkeys(lines))


# -- the four topics ---------------------------------------------------------------------------


def _mx(querier: _Querier, name: str, owners: Owners) -> _Part:
    reply = querier.query(name, "MX")
    if reply.failure:
        return _Part(failure=reply.failure)
    notes = [f"the domain itself is a CNAME to {reply.alias}"] if reply.alias else []
    pairs = sorted({(int(record.preference), _host(record.exchange)) for record in reply.records})
    if not pairs:
        own = querier.query(name, "A")
        if own.records:
            address = clean(str(own.records[0].address))
            notes.append(f"mail would be tried at the domain's own address {address} (RFC 5321)")
        return _Part((), tuple(notes), reply.server)
    records = [
        MX(host, preference, NONE if host == ev.NULL_HOST else owners.owner_of(host)) for preference, host in pairs
    ]
    hosts = list(dict.fromkeys(r.host for r in records if r.host != ev.NULL_HOST))[:_MOST_HOSTS]
    checks = querier.together([partial(_target, querier, host) for host in hosts])
    seen = dict(zip(hosts, checks, strict=True))
    for host, check in seen.items():
        if check is None:
            notes.append(f"the address of {host} could not be checked: {querier.late().message}")
        elif check[1]:
            notes.append(check[1])
    judged = [replace(r, problem=check[0]) if (check := seen.get(r.host)) else r for r in records]
    return _Part(tuple(judged), tuple(notes), reply.server)


def _target(querier: _Querier, host: str) -> tuple[str, str]:
    """Return the problem of an MX host, with a note on it, or ("", "")."""
    if all(label.isdigit() for label in host.split(".")):
        return ev.NOT_A_HOST, f"MX names an address where a host belongs: {host}"
    reply = querier.query(host, "A")
    if reply.failure and reply.failure.exists:
        return "", f"the address of {host} could not be checked: {reply.failure.message}"
    missing = reply.failure is not None
    if not missing and not reply.records:
        six = querier.query(host, "AAAA")
        if six.failure and six.failure.exists:
            return "", f"the address of {host} could not be checked: {six.failure.message}"
        missing = not six.records
    alias = f"MX points to a CNAME: {host} is {reply.alias} (some senders refuse that)" if reply.alias else ""
    if missing:
        nothing = f"MX points at nothing: {host} has no address"
        return ev.NO_ADDRESS, f"{alias}; {nothing}" if alias else nothing
    return (ev.CNAME, alias) if alias else ("", "")


def _ns(querier: _Querier, name: str) -> _Part:
    """Look up the name servers of the domain, or of the zone that it is in."""
    reply = querier.query(name, "NS")
    zone = name
    while not reply.failure and not reply.records:
        above = reply.zone if reply.zone != zone and _within(zone, reply.zone) else zone.partition(".")[2]
        if "." not in above:
            return _Part(notes=("no name servers were found",), server=reply.server)
        zone = above
        reply = querier.query(zone, "NS")
    hosts = sorted({_host(record.target) for record in reply.records})
    notes = [f"the name servers are those of the zone {zone}"] if hosts and zone != name else []
    if len(hosts) > _MOST:
        notes.append(f"{len(hosts)} name servers: {_MOST} are kept")
    return _Part(tuple(hosts[:_MOST]), tuple(notes), reply.server, reply.failure)


def _within(name: str, zone: str) -> bool:
    return bool(zone) and name.endswith("." + zone)


def _spf(querier: _Querier, name: str) -> _Part:
    reply = querier.query(name, "TXT")
    texts = [clean(b"".join(record.strings).decode("utf-8", "replace")) for record in reply.records]
    records = sorted(text for text in texts if text.lower().split(" ", 1)[0] == "v=spf1")
    several = "more than one SPF record: receivers take that for an error (RFC 7208)"
    notes = (several,) if len(records) > 1 else ()
    cut = tuple(text if len(text) <= _LONGEST_SPF else text[:_LONGEST_SPF] + "…" for text in records)
    return _Part(cut, notes, reply.server, reply.failure)


def _autodiscover(querier: _Querier, name: str) -> _Part:
    """Look up autodiscover: the target of a CNAME, else an address, else the SRV's target and port."""
    questions = (("autodiscover", "CNAME"), ("autodiscover", "A"), ("_autodiscover._tcp", "SRV"))
    replies = querier.together([partial(querier.query, f"{prefix}.{name}", kind) for prefix, kind in questions])
    cname, address, srv = [reply or _Reply(failure=querier.late()) for reply in replies]
    values = [_host(record.target) for record in cname.records]
    values += [address.alias] if address.alias else []
    values += sorted(clean(str(record.address)) for record in address.records)
    values += [f"{_host(record.target)}:{record.port}" for record in srv.records if record.port]
    # here, "no such name" is an answer
    failure = next((r.failure for r in (cname, address, srv) if r.failure and r.failure.exists), None)
    return _Part(tuple(values[:1]), failure=None if values else failure)


# -- asking ------------------------------------------------------------------------------------------------


class _Querier(Struct, frozen=True):
    """Asks one set of resolvers until one moment on the monotonic clock."""

    servers: Resolvers
    until: float
    timeout_s: float
    clock: Clock

    def late(self) -> _Failure:
        return _Failure(f"no answer from {self.servers.text} within {self.timeout_s:g} s")

    def query(self, name: str, kind: str) -> _Reply:
        """Ask one question; never raises."""
        import dns.exception
        import dns.name
        import dns.resolver

        left = self.until - self.clock.monotonic()
        if left <= 0:
            return _Reply(failure=self.late())
        try:
            question = dns.name.from_text(name.rstrip(".") + ".")
            # the library sleeps once more (0.1 s, 0.2 s) after its last try
            answer = self.servers.query(question, kind, left - min(0.25, left / 4))
        except dns.resolver.NXDOMAIN as error:
            alias = _alias(name, error.canonical_name)
            return _Reply(alias=alias, failure=_no_such(alias))
        except (dns.resolver.LifetimeTimeout, dns.exception.Timeout):
            return _Reply(failure=self.late())
        except dns.resolver.NoNameservers as error:
            return _Reply(failure=_Failure(self.servers.why(error.kwargs.get("errors") or [])))
        except dns.name.LabelTooLong:
            return _Reply(failure=_Failure(f"{name} is too long to be asked"))
        except Exception as error:  # noqa: BLE001
            # a hostile answer may break anything in the library, and a thread must not end in a traceback
            return _Reply(failure=_Failure(f"an answer that cannot be read ({type(error).__name__})"))
        records = tuple(answer)
        server = self.servers.named(answer.nameserver, answer.port)
        return _Reply(records, _alias(name, answer.canonical_name), _zone(answer.response), server)

    def knows_nothing(self) -> bool:
        """Whether the resolver says that even the root does not exist."""
        reply = self.query(".", "NS")
        return reply.failure is not None and not reply.failure.exists

    def together(self, tasks: Sequence[Callable[[], _T]], grace_s: float = 0.1) -> list[_T | None]:
        """Run the tasks at once and return their results; None for one that is not done by the time limit.

        The threads are daemons, so that a pending question never keeps the program from ending.
        """
        results: list[_T | None] = [None] * len(tasks)

        def run(index: int) -> None:
            results[index] = tasks[index]()

        threads = [threading.Thread(target=run, args=(index,), name="dns", daemon=True) for index in range(len(tasks))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(max(0.0, self.until + grace_s - self.clock.monotonic()))
        return list(results)


def _no_such(alias: str) -> _Failure:
    if alias:
        return _Failure(f"the domain is a CNAME to {alias}, which {ev.ABSENT}", exists=False)
    return _Failure(f"the domain {ev.ABSENT}", exists=False)


def _doubted(part: _Part) -> _Part:
    """Return a part as unanswered, for a resolver that denies the existence of every name."""
    if part.failure is None or part.failure.exists:
        return part
    message = "no answer to trust: this machine's DNS says that every name is missing"
    return replace(part, failure=_Failure(message))


def _alias(name: str, canonical: object) -> str:
    """Return the target of a CNAME, or ""."""
    host = _host(canonical)
    return "" if host == name.lower().rstrip(".") else host


def _zone(response: dns.message.Message) -> str:
    """Return the zone that an empty answer comes from: the owner of its SOA."""
    import dns.rdatatype

    return next((_host(rrset.name) for rrset in response.authority if rrset.rdtype == dns.rdatatype.SOA), "")


def _host(name: Any) -> str:
    """Return a name in lower case without its last dot ('.' for the root), other bytes as \\DDD."""
    return clean(str(name).lower()).rstrip(".") or "."
