"""Look-ups against a real DNS server on loopback: each verdict, MX that points wrongly, SPF and autodiscover."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime

import dns.name
import pytest

from oxtui.cases.evidence import MX, Evidence, proposal
from tests.core.dns_help import DOMAIN, ask, ask_until, floor, floor_server, mentions
from tests.core.dns_server import DnsServer


@pytest.fixture
def server() -> Iterator[DnsServer]:
    with floor_server() as running:
        yield running


# -- verdicts


def test_office_365_with_everything(server: DnsServer) -> None:
    server.add(DOMAIN, "MX", "0 C.mail.protection.Outlook.com.")
    server.add(DOMAIN, "TXT", '"google-site=1"', '"v=spf1 include:spf.protection." "outlook.com -all"')
    server.add("autodiscover." + DOMAIN, "CNAME", "autodiscover.outlook.com.")
    found = ask(server)
    assert found == Evidence(
        domain=DOMAIN,
        resolver=server.resolver,
        asked_at=datetime(2026, 11, 22, 0, 46, 5, 123000, UTC),
        ns=("ns1.floor.example", "ns2.floor.example"),
        mx=(MX("c.mail.protection.outlook.com", 0, "office365"),),
        spf="v=spf1 include:spf.protection.outlook.com -all",
        autodiscover="autodiscover.outlook.com",
        owner="office365",
        dns_with_us=True,
        autodiscover_owner="office365",
    )
    answers = proposal(found)
    assert (answers["dns-office-365"], answers["dns-ox"]) == ("yes", "no")
    assert (answers["DNS"], answers["MX"]) == ("DNS with us", False)
    assert Evidence.from_data(json.loads(json.dumps(found.to_data()))) == found


@pytest.mark.parametrize(
    ("records", "owner", "words"),
    [
        (["10 mx1.ox-mail.example."], "ox-mail", ()),
        (["10 a.spamexperts.example."], "spamexperts", ("not visible in DNS",)),
        (["10 m.else.example."], "other", ()),
        (["0 c.mail.protection.outlook.com.", "10 mx1.ox-mail.example."], "office365", ("OX-Mail", "higher")),
        (["5 c.mail.protection.outlook.com.", "5 mx1.ox-mail.example."], "other", ("mixed", "OX-Mail")),
        (["0 ."], "none", ("null MX",)),
    ],
)
def test_verdicts(server: DnsServer, records: list[str], owner: str, words: tuple[str, ...]) -> None:
    server.add(DOMAIN, "MX", *records)
    found = ask(server)
    assert (found.owner, found.error) == (owner, None)
    assert mentions(found, *words) if words else found.notes == ()


def test_hosts_not_stated_are_unknown_and_nothing_is_proposed(server: DnsServer) -> None:
    server.add(DOMAIN, "MX", "10 mx1.ox-mail.example.")
    found = ask(server, owners=floor("ox-mail", "name-servers"))
    assert found.owner == found.mx[0].owner == "unknown"
    assert found.dns_with_us is None
    assert mentions(found, "not stated", "mx1.ox-mail.example")
    answers = proposal(found)
    assert [answers[key] for key in ("dns-office-365", "dns-ox", "DNS", "MX")] == [None] * 4


def test_no_mx(server: DnsServer) -> None:
    found = ask(server)
    assert (found.owner, found.mx, found.error) == ("none", (), None)
    assert mentions(found, "no MX record")
    server.add(DOMAIN, "A", "192.0.2.77")
    assert mentions(ask(server), "own address 192.0.2.77")


def test_name_servers_elsewhere_or_half_ours(server: DnsServer) -> None:
    server.add("away.example", "NS", "ns.away.example.").add(
        "half.example", "NS", "ns1.floor.example.", "ns.b.example."
    )
    assert ask(server, "away.example").dns_with_us is False
    half = ask(server, "half.example")
    assert half.dns_with_us is None and mentions(half, "some of the name servers")


def test_a_subdomain_has_the_name_servers_of_its_zone(server: DnsServer) -> None:
    server.add("mail.deep.client.example", "MX", "10 mx1.ox-mail.example.")
    found = ask(server, "mail.deep.client.example")
    assert found.ns == ("ns1.floor.example", "ns2.floor.example")
    assert mentions(found, "zone client.example")
    assert ("deep.client.example", "NS", "udp") not in server.asked  # its SOA names the zone at once
    server.records[dns.name.from_text(DOMAIN)].pop("SOA")
    assert ask(server, "mail.deep.client.example").ns == found.ns
    assert ("deep.client.example", "NS", "udp") in server.asked


def test_name_servers_are_never_looked_for_in_a_top_level_domain(server: DnsServer) -> None:
    server.add("example", "NS", "a.nic.example.").add("bare.example", "MX", "10 mx1.ox-mail.example.")
    found = ask(server, "bare.example")
    assert found.ns == () and found.dns_with_us is None and mentions(found, "no name servers")


# -- MX that points wrongly


def test_mx_pointing_at_a_cname(server: DnsServer) -> None:
    server.add(DOMAIN, "MX", "10 mx2.ox-mail.example.").add("mx2.ox-mail.example", "CNAME", "m.else.example.")
    found = ask(server)
    assert found.mx == (MX("mx2.ox-mail.example", 10, "ox-mail", "cname"),)
    assert mentions(found, "MX points to a CNAME", "mx2.ox-mail.example", "m.else.example")


@pytest.mark.parametrize("target", ["nowhere.example", "empty.example", "dangling.example"])
def test_mx_pointing_at_nothing(server: DnsServer, target: str) -> None:
    server.add("empty.example", "TXT", '"no address"').add("dangling.example", "CNAME", "gone.example.")
    server.add(DOMAIN, "MX", f"10 {target}.")
    found = ask(server)
    assert found.mx[0].problem == "no-address"
    assert mentions(found, "MX points at nothing", f"{target} has no address")
    assert mentions(found, "CNAME") is (target == "dangling.example")


def test_mx_pointing_at_an_ipv6_host_or_an_address(server: DnsServer) -> None:
    server.add("six.example", "AAAA", "2001:db8::1").add(DOMAIN, "MX", "10 six.example.")
    assert ask(server).notes == ()
    server.add("num.example", "MX", "10 192.0.2.9.")
    assert mentions(ask(server, "num.example"), "MX names an address", "192.0.2.9")


def test_a_host_that_cannot_be_checked_is_not_called_dead(server: DnsServer) -> None:
    server.add(DOMAIN, "MX", "10 mx1.ox-mail.example.").behave("mx1.ox-mail.example", "refused")
    found = ask(server)
    assert found.mx[0].problem == "" and found.owner == "ox-mail"
    assert mentions(found, "could not be checked", "REFUSED")
    server.behave("mx1.ox-mail.example", "silent")
    found = ask_until(server, lambda found: found.owner == "ox-mail")
    assert mentions(found, "could not be checked", "no answer")


# -- SPF and autodiscover


def test_two_spf_records_and_look_alikes(server: DnsServer) -> None:
    server.add(DOMAIN, "TXT", '"v=spf10 no"', '"xv=spf1"', '"V=SPF1 -all"', '"v=spf1"')
    found = ask(server)
    assert found.spf == "V=SPF1 -all" and mentions(found, "more than one SPF")


@pytest.mark.parametrize(
    ("name", "kind", "value", "shown", "owner"),
    [
        ("autodiscover", "CNAME", "autodiscover.outlook.com.", "autodiscover.outlook.com", "office365"),
        ("autodiscover", "A", "192.0.2.8", "192.0.2.8", "unknown"),
        (
            "_autodiscover._tcp",
            "SRV",
            "0 0 443 autodiscover.outlook.com.",
            "autodiscover.outlook.com:443",
            "office365",
        ),
        ("_autodiscover._tcp", "SRV", "0 0 0 .", None, None),
    ],
)
def test_autodiscover(
    server: DnsServer, name: str, kind: str, value: str, shown: str | None, owner: str | None
) -> None:
    server.add(f"{name}.{DOMAIN}", kind, value).add(DOMAIN, "MX", "0 c.mail.protection.outlook.com.")
    found = ask(server)
    assert (found.autodiscover, found.autodiscover_owner) == (shown, owner)
    assert mentions(found, "autodiscover does not point to Office 365") is (owner == "unknown")
