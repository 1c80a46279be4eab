"""What a look-up may be given: a domain however it is written, and a resolver by number or name."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator

import pytest

from oxtui.errors import WrongUse
from oxtui.outside.dns import lookup
from oxtui.outside.resolvers import host_and_port
from oxtui.playbook.dns_owners import Owners
from tests.core.dns_help import CLOCK, DOMAIN, ROOT, ask, floor, floor_server, mentions
from tests.core.dns_server import DnsServer
from tests.drive.waiting import PATIENCE


@pytest.fixture
def server() -> Iterator[DnsServer]:
    with floor_server() as running:
        yield running


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
    named = lookup(DOMAIN, resolver=f"localhost:{server.port}", owners=floor(), clock=CLOCK, timeout_s=PATIENCE)
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
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE)
    assert done.stdout.strip() == "[]", done.stderr
