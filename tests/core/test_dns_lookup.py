"""Lookups against a real DNS server on loopback: each verdict, each failure, and hostile answers."""

from __future__ import annotations

import errno
import json
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dns.name
import pytest

from oxtui.casework.evidence import MX, Evidence, proposal
from oxtui.clock import Clock
from oxtui.errors import WrongUse
from oxtui.outside.dns import lookup
from oxtui.outside.resolvers import Resolvers, host_and_port
from oxtui.playbook.dns_owners import Owners
from tests.core.dns_server import DnsServer

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


@pytest.fixture
def server() -> Iterator[DnsServer]:
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


def ask(server: DnsServer, domain: str = DOMAIN, owners: Owners | None = None, timeout_s: float = 2.0) -> Evidence:
    return lookup(domain, resolver=server.resolver, owners=owners or floor(), clock=CLOCK, timeout_s=timeout_s)


def mentions(evidence: Evidence, *words: str) -> bool:
    return any(all(word in note for word in words) for note in evidence.notes)


# -- verdicts ------------------------------------------------------------------------------------------------


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


# -- MX that points wrongly ----------------------------------------------------------------------------------


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
    found = ask(server, timeout_s=0.5)
    assert found.owner == "ox-mail" and mentions(found, "could not be checked", "no answer")


# -- SPF and autodiscover ------------------------------------------------------------------------------------


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


# -- failures ------------------------------------------------------------------------------------------------


def test_a_domain_that_does_not_exist(server: DnsServer) -> None:
    found = ask(server, "no-such-domain.example")
    assert (found.error, found.owner, found.notes) == ("the domain does not exist", "unknown", ())
    assert set(proposal(found).values()) == {None}


def test_a_domain_that_is_a_cname_to_nothing(server: DnsServer) -> None:
    server.add("alias.example", "CNAME", "gone.example.")
    assert ask(server, "alias.example").error == "the domain is a CNAME to gone.example, which does not exist"
    server.add("www.client.example", "CNAME", "client.example.").add(DOMAIN, "MX", "10 mx1.ox-mail.example.")
    found = ask(server, "shop." + DOMAIN)
    assert found.error == "the domain does not exist"
    server.add("shop." + DOMAIN, "CNAME", "client.example.")
    assert mentions(ask(server, "shop." + DOMAIN), "itself is a CNAME to client.example")


@pytest.mark.parametrize(
    ("behaviour", "words"),
    [
        ("servfail", "SERVFAIL: {} got no proper answer"),
        ("refused", "REFUSED: {} refuses"),
        ("formerr", "FORMERR: {} cannot answer"),
        ("silent", "no answer from {} within 0.6 s"),
        ("garbage", "{}"),
    ],
)
def test_a_server_that_fails_is_told_once(server: DnsServer, behaviour: str, words: str) -> None:
    server.everywhere = behaviour
    begin = time.monotonic()
    found = ask(server, timeout_s=0.6)
    assert time.monotonic() - begin < 1.2
    assert words.format(server.resolver) in (found.error or "")
    assert (found.owner, found.ns, found.mx, found.notes) == ("unknown", (), (), ())
    assert set(proposal(found).values()) == {None}


def test_nothing_listens_there() -> None:
    with DnsServer() as gone:
        pass
    begin = time.monotonic()
    found = ask(gone, timeout_s=0.4)
    assert time.monotonic() - begin < 1.0
    assert found.error == f"no answer from {gone.resolver} within 0.4 s"


def test_only_mx_fails(server: DnsServer) -> None:
    server.behave(DOMAIN, "servfail", "MX")
    found = ask(server)
    assert "SERVFAIL" in (found.error or "") and found.owner == "unknown"
    assert found.dns_with_us is True and proposal(found)["DNS"] == "DNS with us"
    assert proposal(found)["dns-office-365"] is None


def test_only_the_others_fail(server: DnsServer) -> None:
    server.add(DOMAIN, "MX", "10 mx1.ox-mail.example.")
    server.behave(DOMAIN, "refused", "NS").behave(DOMAIN, "silent", "TXT")
    server.behave("autodiscover." + DOMAIN, "servfail")
    begin = time.monotonic()
    found = ask(server, timeout_s=0.6)
    assert time.monotonic() - begin < 1.2
    assert (found.owner, found.error, found.ns) == ("ox-mail", None, ())
    assert mentions(found, "NS: REFUSED") and mentions(found, "SPF: no answer")
    assert mentions(found, "autodiscover: SERVFAIL")


def test_mx_silent_but_the_domain_known_not_to_exist(server: DnsServer) -> None:
    server.behave("gone.example", "silent", "MX")
    assert ask(server, "gone.example", timeout_s=0.5).error == "the domain does not exist"


def test_a_slow_server_is_still_heard_and_questions_run_at_once(server: DnsServer) -> None:
    server.add(DOMAIN, "MX", "10 mx1.ox-mail.example.")
    server.everywhere, server.slowness_s = "slow", 0.3
    begin = time.monotonic()
    found = ask(server, timeout_s=2.0)
    assert found.owner == "ox-mail" and found.notes == ()
    assert len(server.asked) == 7 and time.monotonic() - begin < 1.3  # one after the other: 2.1 s


def test_a_truncated_answer_is_asked_again_over_tcp(server: DnsServer) -> None:
    server.add(DOMAIN, "MX", "10 mx1.ox-mail.example.").behave(DOMAIN, "truncate", "MX")
    server.add(DOMAIN, "TXT", *[f'"{"x" * 200}{i}"' for i in range(20)], '"v=spf1 -all"')  # does not fit UDP
    found = ask(server)
    assert found.owner == "ox-mail" and found.spf == "v=spf1 -all"
    assert {(DOMAIN, "MX", "tcp"), (DOMAIN, "TXT", "tcp")} <= set(server.asked)
    server.behave(DOMAIN, "no-tcp", "MX")
    assert ask(server, timeout_s=0.6).error


def test_a_lost_packet_is_asked_again(server: DnsServer) -> None:
    server.add(DOMAIN, "MX", "10 mx1.ox-mail.example.").behave(DOMAIN, "silent", "MX")
    threading.Timer(0.2, server.behaviours.clear).start()
    assert ask(server, timeout_s=1.5).owner == "ox-mail"


def test_no_network() -> None:
    unshare = shutil.which("unshare")
    probe = [unshare, "-rn", "true"] if unshare else None
    if probe is None or subprocess.run(probe, capture_output=True, timeout=10).returncode:
        pytest.skip("this machine gives no network namespace of one's own")
    code = (
        "from oxtui.outside.dns import lookup\nfrom oxtui.playbook.dns_owners import Owners\n"
        "from oxtui.clock import Clock\n"
        "print(lookup('client.example', resolver='192.0.2.1', owners=Owners(), clock=Clock()).error)\n"
    )
    done = subprocess.run(
        [unshare or "", "-rn", sys.executable, "-c", code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=20,
    )
    assert done.stdout.strip() == "no network: 192.0.2.1:53 cannot be reached", done.stderr


def test_why_an_operating_system_error_is_told_in_plain_words() -> None:
    resolvers = Resolvers("192.0.2.1:53")

    def why(code: int) -> str:
        return resolvers.why([("Do53:192.0.2.1@53", False, 53, OSError(code, "some\x1b[2J reason"), None)])

    assert why(errno.ENETUNREACH) == "no network: 192.0.2.1:53 cannot be reached"
    assert why(errno.ECONNREFUSED) == "192.0.2.1:53 refuses the connection"
    assert why(errno.EPERM) == "192.0.2.1:53 cannot be asked: some[2J reason"


# -- hostile answers -----------------------------------------------------------------------------------------

EVIL = dns.name.Name((b"\x1b]52;c;aGk=\x07", b"\xe2\x80\xae\x9b2J", b"evil.mail", b"example", b""))
FORBIDDEN = [*map(chr, range(0x20)), *map(chr, range(0x7F, 0xA0)), "\u202e", "\u200b"]


def test_hostile_bytes_never_come_through(server: DnsServer) -> None:
    text = EVIL.to_text()
    server.add(DOMAIN, "MX", f"10 {text}").add(DOMAIN, "NS", text).add(EVIL, "CNAME", text.replace("evil", "more"))
    server.add(DOMAIN, "TXT", '"v=spf1 \\027]52;c;aGk=\\007 \\226\\128\\174[/bold] \\155\\000\\255 -all"')
    server.add("autodiscover." + DOMAIN, "CNAME", text)
    found = ask(server)
    everything = "\n".join((*found.summary(), *map(str, proposal(found).values()), found.autodiscover or ""))
    shown = json.dumps(found.to_data(), ensure_ascii=False) + everything.replace("\n", "")
    assert not [sign for sign in FORBIDDEN if sign in shown]
    assert found.spf and found.spf.startswith("v=spf1 ]52;c;aGk=") and found.spf.endswith("-all")
    assert found.mx[0].host and found.mx[0].owner == "unknown"


def test_a_dot_inside_a_label_belongs_to_nobody(server: DnsServer) -> None:
    server.add(DOMAIN, "MX", r"10 evil\.mail.protection.outlook.com.")
    assert ask(server).owner == "unknown"


def test_a_zone_with_too_many_records_is_not_judged(server: DnsServer) -> None:
    server.add(DOMAIN, "MX", *[f"10 c{i}.mail.protection.outlook.com." for i in range(300)])
    server.add(DOMAIN, "NS", *[f"ns{i}.floor.example." for i in range(300)])
    server.add(DOMAIN, "TXT", '"v=spf1 ' + '" "'.join("y" * 200 for _ in range(60)) + '"')
    found = ask(server)
    assert (found.owner, len(found.mx), len(found.ns)) == ("unknown", 50, 50)
    assert mentions(found, "300 MX records") and mentions(found, "300 name servers")
    assert proposal(found)["dns-office-365"] is None
    assert found.spf and len(found.spf) == 4097 and found.spf.endswith("…")
    asked = [name for name, _, _ in server.asked if name.endswith("outlook.com")]
    assert len(set(asked)) == 8


def test_a_chain_of_cnames_in_a_circle(server: DnsServer) -> None:
    server.add("a.example", "CNAME", "b.example.").add("b.example", "CNAME", "a.example.")
    found = ask(server, "a.example", timeout_s=0.6)
    assert found.error and found.owner == "unknown"


# -- what is given -------------------------------------------------------------------------------------------


def test_an_international_domain(server: DnsServer) -> None:
    for ascii_name, given in (
        ("xn--bcher-kva.example", "Bücher.example"),
        ("xn--strae-oqa.example", "straße.example"),
    ):
        server.add(ascii_name, "MX", "10 mx1.ox-mail.example.")
        found = ask(server, given)
        assert (found.domain, found.owner) == (ascii_name, "ox-mail")
        assert mentions(found, "IDN", given.lower(), ascii_name)
    assert mentions(ask(server, "xn--bcher-kva.example"), "bücher.example")
    assert ask(server, "xn--\u007f99999999.example".replace("\u007f", "")).error  # no punycode: told, not raised


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("Anna.Doe@client.example", ("mail address", DOMAIN)),
        ("https://www.client.example/path?x=1", ("URL", DOMAIN)),
        ("client.example/path", ("URL", DOMAIN)),
        ("CLIENT.example.", ()),
    ],
)
def test_a_mail_address_or_a_url_stands_for_its_domain(server: DnsServer, given: str, words: tuple[str, ...]) -> None:
    server.add(DOMAIN, "MX", "10 mx1.ox-mail.example.")
    found = ask(server, given)
    assert (found.domain, found.owner) == (DOMAIN, "ox-mail")
    assert mentions(found, *words) if words else found.notes == ()
    assert "anna" not in json.dumps(found.to_data()).lower()


@pytest.mark.parametrize(
    "given", ["", "localhost", "192.0.2.1", "two words.example", "a..example", "x" * 64 + ".example"]
)
def test_what_is_no_domain_is_refused_before_anything_is_asked(server: DnsServer, given: str) -> None:
    with pytest.raises(WrongUse):
        ask(server, given)
    assert server.asked == []


@pytest.mark.parametrize(
    ("given", "host", "port"),
    [
        ("192.0.2.1", "192.0.2.1", 53),
        (" 192.0.2.1:5353 ", "192.0.2.1", 5353),
        ("[2001:db8::1]:5353", "2001:db8::1", 5353),
        ("[2001:db8::1]", "2001:db8::1", 53),
        ("2001:db8::1", "2001:db8::1", 53),
        ("ns.floor.example", "ns.floor.example", 53),
        ("localhost:5353", "localhost", 5353),
    ],
)
def test_a_resolver_is_host_and_port(given: str, host: str, port: int) -> None:
    assert host_and_port(given) == (host, port)


@pytest.mark.parametrize(
    "given",
    [":53", "192.0.2.1:", "192.0.2.1:0", "192.0.2.1:65536", "192.0.2.1:x", "192.0.2", "192.0.2.999", "a b",
     "[::1", "[ns.example]:53", "https://dns.example/q", "::1::", "user@host", "-\x1b"],
)  # fmt: skip
def test_what_is_no_resolver_is_refused(given: str) -> None:
    with pytest.raises(WrongUse) as caught:
        lookup(DOMAIN, resolver=given, owners=Owners(), clock=CLOCK)
    assert "\x1b" not in str(caught.value)


def test_a_resolver_by_name(server: DnsServer) -> None:
    server.add(DOMAIN, "MX", "10 mx1.ox-mail.example.")
    named = lookup(DOMAIN, resolver=f"localhost:{server.port}", owners=floor(), clock=CLOCK, timeout_s=2.0)
    assert named.owner == "ox-mail" and named.resolver == server.resolver


def test_a_resolver_by_ipv6() -> None:
    try:
        with DnsServer("::1") as six:
            six.add(DOMAIN, "MX", "10 mx1.ox-mail.example.")
            assert ask(six).resolver == f"[::1]:{six.port}"
    except OSError:
        pytest.skip("this machine has no IPv6 loopback")


def test_no_library_is_loaded_before_a_lookup() -> None:
    code = "import sys, oxtui.outside.dns; print([name for name in sys.modules if name.startswith('dns')])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=20)
    assert done.stdout.strip() == "[]", done.stderr


def test_a_lookup_under_way_does_not_keep_the_program_from_ending(server: DnsServer) -> None:
    server.everywhere = "silent"
    code = (
        "import threading, time\nfrom oxtui.outside.dns import lookup\n"
        "from oxtui.playbook.dns_owners import Owners\nfrom oxtui.clock import Clock\n"
        f"resolver = '{server.resolver}'\n"
        "def run():\n"
        "    lookup('client.example', resolver=resolver, owners=Owners(), clock=Clock(), timeout_s=30)\n"
        "threading.Thread(target=run, daemon=True).start()\ntime.sleep(0.5)\n"
    )
    begin = time.monotonic()
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, timeout=20)
    assert time.monotonic() - begin < 10 and server.asked
