"""DNS evidence: the records that a lookup found, whose they are, and the answers they propose. Pure values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Final, TypeAlias

import msgspec
from msgspec import Meta, Struct
from msgspec.structs import replace

from oxtui.cases.events import iso
from oxtui.clock import Clock
from oxtui.playbook.dns_owners import NONE, OFFICE_365, OTHER, OX_MAIL, SPAM_EXPERTS, UNKNOWN
from oxtui.text import clean, first_few, series

NULL_HOST: Final = "."
"""The host of a null MX (RFC 7505)."""

CNAME: Final = "cname"
NO_ADDRESS: Final = "no-address"
NOT_A_HOST: Final = "not-a-host"

ABSENT: Final = "does not exist"
"""The end of the error if the domain, or the target of its alias, does not exist."""
_UNNAMED: Final[Mapping[str, str]] = {OFFICE_365: "Office 365", OX_MAIL: "OX-Mail", SPAM_EXPERTS: "SPAM-Experts"}
"""Names for evidence that was saved before dns.yaml gave them, or while it gives none to these three."""
FILTERS_THEN: Final = (SPAM_EXPERTS,)
"""The filters of evidence that was saved before it listed them."""

Names: TypeAlias = tuple[tuple[str, str], ...]
"""The names of owners: pairs of id and name."""
Proposals: TypeAlias = dict[str, str | bool | None]


class MX(Struct, frozen=True):
    """One MX record; `problem` is CNAME, NO_ADDRESS, NOT_A_HOST or ""."""

    host: str
    preference: int
    owner: str
    problem: str = ""


class Evidence(Struct, frozen=True):
    """One resolver's answer for one domain at one time; all text is clean.

    `resolver` is HOST:PORT, `asked_at` UTC to the millisecond, `owner` the verdict on the domain's mail (an owner's id,
    `unknown` or `none`), `dns_with_us` None if it is not known, `error` why there is no verdict, in words.
    `autodiscover_owner` is None if no owner states such hosts; `filters` are the ids of owners that are filters.
    """

    domain: str
    resolver: str
    asked_at: Annotated[datetime, Meta(tz=True)]
    ns: tuple[str, ...] = ()
    mx: tuple[MX, ...] = ()
    spf: str | None = None
    autodiscover: str | None = None
    owner: str = UNKNOWN
    dns_with_us: bool | None = None
    notes: tuple[str, ...] = ()
    error: str | None = None
    autodiscover_owner: str | None = None
    names: Names = ()
    filters: tuple[str, ...] = FILTERS_THEN

    @property
    def verdict(self) -> str:
        """The verdict in words; with an error, the error."""
        if self.error or self.owner == NONE:
            return self.error or "no MX"
        return f"{'behind ' if self.owner in self.filters else ''}{label(self.owner, self.names)}"

    @property
    def no_such_domain(self) -> bool:
        """Whether the resolver says that the domain does not exist."""
        return (self.error or "").endswith(ABSENT)

    @property
    def says_something(self) -> bool:
        """Whether it says anything about the domain: that no resolver answered this machine does not."""
        records = self.mx or self.ns or self.spf is not None or self.autodiscover is not None
        return bool(records) or not self.error or self.no_such_domain

    def to_contract(self) -> dict[str, Any]:
        """The JSON of `oxtui dns --json`: exactly the keys of the Contract."""
        return {
            "domain": self.domain,
            "resolver": self.resolver,
            "asked_at": iso(self.asked_at),
            "ns": list(self.ns),
            "mx": [{"host": m.host, "preference": m.preference, "owner": m.owner} for m in self.mx],
            "owner": self.owner,
            "error": self.error,
        }

    def to_data(self) -> dict[str, Any]:
        """JSON values for the case's log; `from_data` reads them back to an equal value."""
        data = {**self.to_contract(), "mx": [msgspec.structs.asdict(record) for record in self.mx]}
        data |= {"spf": self.spf, "autodiscover": self.autodiscover, "dns_with_us": self.dns_with_us}
        data |= {"notes": list(self.notes), "autodiscover_owner": self.autodiscover_owner}
        if self.filters != FILTERS_THEN:
            data["filters"] = list(self.filters)
        return data | ({"names": dict(self.names)} if self.names else {})

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Evidence:
        """Return the evidence saved as `data`; raises ValueError if it is none."""
        try:
            evidence = msgspec.convert({**_cleaned(data), "names": tuple(_cleaned(data.get("names", {})).items())}, cls)
        except (AttributeError, ValueError) as error:
            raise ValueError(f"not evidence: {error}") from None
        if not {"ns", "mx", "owner", "error"} <= data.keys():
            raise ValueError("not evidence: a part of it is missing")
        if evidence.owner not in (*_UNNAMED, OTHER, UNKNOWN, NONE, *dict(evidence.names)):
            raise ValueError("not evidence: a field has a value that it cannot have")
        return replace(evidence, asked_at=evidence.asked_at.astimezone(UTC))

    def summary(self, clock: Clock | None = None) -> tuple[str, ...]:
        """Lines for a panel: verdict, records, notes, resolver and time (in the clock's zone, else UTC)."""
        lines = [f"{self.domain}: {self.verdict}"]
        lines += [f"MX   {m.preference} {m.host} ({label(m.owner, self.names)})" for m in self.mx]
        if self.ns:
            lines.append(f"NS   {', '.join(self.ns)} ({_WITH_US[self.dns_with_us]})")
        if self.spf is not None:
            lines.append(f"SPF  {self.spf}")
        if self.autodiscover is not None:
            whose = self.autodiscover_owner
            owner = f" ({label(whose, self.names)})" if whose else ""
            lines.append(f"Autodiscover  {self.autodiscover}{owner}")
        lines += [f"Note: {note}" for note in self.notes]
        return (*lines, f"Asked {self.source(clock)}")

    def source(self, clock: Clock | None = None) -> str:
        """Resolver and time: `127.0.0.1:53 at 22/11/2026 10:46 +1100` in the clock's zone, else in UTC."""
        moment = clock.local(self.asked_at) if clock else self.asked_at.astimezone(UTC)
        zone = moment.strftime("%z") if clock else "UTC"
        return f"{self.resolver or 'no resolver'} at {moment:%d/%m/%Y %H:%M} {zone}"


_WITH_US: Final[Mapping[bool | None, str]] = {True: "with us", False: "not with us", None: "with us: unknown"}


def label(owner: str, names: Names = ()) -> str:
    """The name of an owner."""
    return dict(names).get(owner) or _UNNAMED.get(owner, owner)


def verdict_of(
    mx: Sequence[MX], names: Names = (), filters: Iterable[str] = FILTERS_THEN
) -> tuple[str, tuple[str, ...]]:
    """The owner of a domain's mail by its MX records, and notes on it, in the owners' `names`.

    The records of the lowest preference decide: the others are tried only when those fail (RFC 5321, 5.1).
    """
    real = [record for record in mx if record.host != NULL_HOST]
    if not real:
        return NONE, ("null MX: the domain says that it takes no mail",) if mx else ("there is no MX record",)
    notes = ["null MX beside other MX records: a mistake in the zone"] if len(real) < len(mx) else []
    first = _best(mx)
    best = {record.owner for record in first}
    if len(best) == 1:
        (owner,) = best
    else:
        owner = UNKNOWN if best <= {UNKNOWN, OTHER} else OTHER
        notes.append(f"MX is mixed: {_named(best, names)} at the same preference")
    for each in sorted(best.intersection(filters)):
        notes.append(f"behind {label(each, names)}: where mail goes behind it is not visible in DNS")
    if UNKNOWN in best:
        hosts = [record.host for record in first if record.owner == UNKNOWN]
        notes.append(f"whose MX this is, is not stated in dns.yaml: {first_few(hosts, 3)}")
    later = [record for record in real if record not in first and record.owner not in best]
    if later:
        notes.append(
            f"an MX of higher number is with another ({_named({r.owner for r in later}, names)}): "
            f"{first_few([record.host for record in later], 3)}"
        )
    return owner, tuple(notes)


def proposal(evidence: Evidence) -> Proposals:
    """The answers that the evidence proposes, each for a person to confirm; None if it does not know.

    Keys: `dns-office-365` and `dns-ox` (yes, no), the template lines `DNS` (T7's exact values) and `MX` (True or
    False), and `ns-check` and `mx-check`, the texts for the pre-checks (T1).
    """
    with_us = {True: "DNS with us", False: "DNS Not with us", None: None}[evidence.dns_with_us]
    ns_check = mx_check = None
    if evidence.ns:
        ns_check = f"{', '.join(evidence.ns)}: {_WITH_US[evidence.dns_with_us]} ({evidence.source()})"
    if not evidence.error:
        hosts = ", ".join(f"{m.preference} {m.host}" for m in evidence.mx)
        mx_check = f"{hosts}: {evidence.verdict}" if hosts else evidence.verdict
        mx_check += f" ({evidence.source()})"
    answers: Proposals = {"dns-office-365": None, "dns-ox": None, "DNS": with_us, "MX": None}
    answers |= {"ns-check": ns_check, "mx-check": mx_check}
    if evidence.error or evidence.owner == UNKNOWN:
        return answers
    best = _best(evidence.mx)
    owners = {record.owner for record in best}
    # Hosts without an address take no mail, whoever they belong to: they never propose "yes".
    works = any(record.problem not in (NO_ADDRESS, NOT_A_HOST) for record in best)
    hides = {*evidence.filters, UNKNOWN}
    office = _yes_or_no(owners, OFFICE_365, hides)
    if office == "yes" and (not works or evidence.autodiscover_owner not in (None, OFFICE_365)):
        office = None
    ox = _yes_or_no(owners, OX_MAIL, hides)
    if ox == "yes" and not works:
        ox = None
    unsure = owners != {OX_MAIL} and bool(owners & {OX_MAIL, *hides})
    answers |= {"dns-office-365": office, "dns-ox": ox}
    answers["MX"] = None if unsure or (owners == {OX_MAIL} and not works) else owners == {OX_MAIL}
    return answers


def evidence_in(data: Mapping[str, Any] | None) -> Evidence | None:
    """The evidence saved as `data` in a case, or None if there is none that can be read."""
    if data is None:
        return None
    try:
        return Evidence.from_data(data)
    except ValueError:
        return None


def proposed_in(data: Mapping[str, Any] | None) -> Mapping[str, str]:
    """The answers that evidence saved as `data` proposes, by the playbook's evidence keys."""
    return proposed_answers(evidence_in(data))


def proposed_answers(evidence: Evidence | None) -> Mapping[str, str]:
    """The answers that the evidence proposes, by the playbook's evidence keys, without those it does not know."""
    if evidence is None:
        return {}
    known = proposal(evidence)
    answers = {key: str(known[key]) for key in ("dns-office-365", "dns-ox") if known[key]}
    if evidence.dns_with_us is not None:
        answers["ns"] = "with-us" if evidence.dns_with_us else "not-with-us"
    owner = "office-365" if evidence.owner == OFFICE_365 else evidence.owner
    # MX is None if owners are mixed, or the hosts take no mail
    if owner not in (NONE, UNKNOWN, *evidence.filters) and known["MX"] is not None:
        answers["mx"] = owner
        moved = {OX_MAIL: "done", OFFICE_365: "not-begun"}.get(evidence.owner)
        answers |= {"moved": moved} if moved else {}
    return answers


def _yes_or_no(owners: set[str], wanted: str, hides: set[str]) -> str | None:
    """Whether mail is with `wanted`, as an answer; None if it may be behind one of `hides`."""
    if owners == {wanted}:
        return "yes"
    return "no" if not owners or owners - {wanted, *hides} else None


def _best(mx: Iterable[MX]) -> list[MX]:
    real = [record for record in mx if record.host != NULL_HOST]
    return [record for record in real if record.preference == min(r.preference for r in real)]


def _named(owners: Iterable[str], names: Names) -> str:
    return series(sorted(label(owner, names) for owner in owners))


def _cleaned(value: Any) -> Any:
    """JSON values with all their text clean."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, list):
        return [_cleaned(each) for each in value]
    return {name: _cleaned(each) for name, each in value.items()} if isinstance(value, Mapping) else value
