"""Failed look-ups of every kind, and hostile answers: reported, never believed."""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import dns.name
import dns.resolver
import pytest

from oxtui.cases.evidence import proposal
from oxtui.outside.resolvers import Resolvers, resolvers_of
from tests.core.dns_help import DOMAIN, ROOT, ask, ask_until, floor_server, mentions
from tests.core.dns_server import DnsServer
from tests.drive.waiting import PATIENCE, until


@pytest.fixture
def server() -> Iterator[DnsServer]:
    with floor_server() as running:
        yield running


# -- failures


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
    ("behaviour", "seconds", "words"),
    [
        ("servfail", PATIENCE, "SERVFAIL: {} got no proper answer"),
        ("refused", PATIENCE, "REFUSED: {} refuses"),
        ("formerr", PATIENCE, "FORMERR: {} cannot answer"),
        ("silent", 0.6, "no answer from {} within 0.6 s"),
        ("garbage", 0.6, "{}"),
    ],
)
def test_a_server_that_fails_is_told_once(server: DnsServer, behaviour: str, seconds: float, words: str) -> None:
    server.everywhere = behaviour
    found = ask(server, timeout_s=seconds)
    assert words.format(server.resolver) in (found.error or "")
    assert (found.owner, found.ns, found.mx, found.notes) == ("unknown", (), (), ())
    assert set(proposal(found).values()) == {None}


def test_nothing_listens_there() -> None:
    with DnsServer() as gone:
        pass
    found = ask(gone, timeout_s=0.4)
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
    found = ask_until(server, lambda found: found.owner == "ox-mail" and mentions(found, "autodiscover: SERVFAIL"))
    assert (found.owner, found.error, found.ns) == ("ox-mail", None, ())
    assert mentions(found, "NS: REFUSED") and mentions(found, "SPF: no answer")
    assert mentions(found, "autodiscover: SERVFAIL")


def test_mx_silent_but_the_domain_known_not_to_exist(server: DnsServer) -> None:
    server.behave("gone.example", "silent", "MX")
    found = ask_until(server, lambda found: found.no_such_domain, "gone.example")
    assert found.error == "the domain does not exist"


def test_a_slow_server_is_still_heard_and_questions_run_at_once(server: DnsServer) -> None:
    """Each is answered only once all six have been asked; then the address of the MX host is."""
    server.add(DOMAIN, "MX", "10 mx1.ox-mail.example.")
    server.everywhere, server.at_once = "together", 6
    found = ask(server, timeout_s=PATIENCE)
    assert found.owner == "ox-mail" and found.notes == ()
    assert len({(name, kind) for name, kind, _ in server.asked}) == 7


def test_a_truncated_answer_is_asked_again_over_tcp(server: DnsServer) -> None:
    server.add(DOMAIN, "MX", "10 mx1.ox-mail.example.").behave(DOMAIN, "truncate", "MX")
    server.add(DOMAIN, "TXT", *[f'"{"x" * 200}{i}"' for i in range(20)], '"v=spf1 -all"')  # does not fit UDP
    found = ask(server)
    assert found.owner == "ox-mail" and found.spf == "v=spf1 -all"
    assert {(DOMAIN, "MX", "tcp"), (DOMAIN, "TXT", "tcp")} <= set(server.asked)
    server.behave(DOMAIN, "no-tcp", "MX")
    assert ask(server, timeout_s=0.6).error


def test_a_lost_packet_is_asked_again(server: DnsServer) -> None:
    server.add(DOMAIN, "MX", "10 mx1.ox-mail.example.")
    for limit in (1.5, 6.0, 24.0):  # the second packet is answered in time, on a slow machine in a longer one
        server.behave(DOMAIN, "lost", "MX")
        if ask(server, timeout_s=limit).owner == "ox-mail":
            break
    else:
        pytest.fail("it was asked once")


def test_no_network() -> None:
    unshare = shutil.which("unshare")
    probe = [unshare, "-rn", "true"] if unshare else None
    if probe is None or subprocess.run(probe, capture_output=True, timeout=PATIENCE).returncode:
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
        timeout=PATIENCE,
    )
    assert done.stdout.strip() == "no network: 192.0.2.1:53 cannot be reached", done.stderr


def test_why_an_operating_system_error_is_told_in_plain_words() -> None:
    resolvers = Resolvers("192.0.2.1:53")

    def why(code: int) -> str:
        return resolvers.why([("Do53:192.0.2.1@53", False, 53, OSError(code, "some\x1b[2J reason"), None)])

    assert why(errno.ENETUNREACH) == "no network: 192.0.2.1:53 cannot be reached"
    assert why(errno.ECONNREFUSED) == "192.0.2.1:53 refuses the connection"
    assert why(errno.EPERM) == "192.0.2.1:53 cannot be asked: some[2J reason"


def test_a_lookup_under_way_does_not_keep_the_program_from_ending(server: DnsServer) -> None:
    server.everywhere = "silent"
    code = (
        "import sys, threading\nfrom oxtui.outside.dns import lookup\n"
        "from oxtui.playbook.dns_owners import Owners\nfrom oxtui.clock import Clock\n"
        f"resolver = '{server.resolver}'\n"
        "def run():\n"
        "    lookup('client.example', resolver=resolver, owners=Owners(), clock=Clock(), timeout_s=3600)\n"
        "threading.Thread(target=run, daemon=True).start()\nsys.stdin.read()\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdin=subprocess.PIPE) as program:
        until(lambda: server.asked)
        assert program.poll() is None
        program.communicate(timeout=PATIENCE)
    assert program.returncode == 0


# -- hostile answers

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
    found = ask(server, "a.example")
    assert found.error and found.owner == "unknown"


# -- resolvers that cannot be used


def test_a_resolver_to_which_no_name_exists_is_not_believed() -> None:
    with DnsServer() as server:
        found = ask(server, DOMAIN)
    assert found.error is not None and "no answer to trust" in found.error
    assert not found.no_such_domain and found.owner == "unknown" and set(proposal(found).values()) == {None}


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where this machine names its resolver, for one test."""
    if os.name == "nt":
        pytest.skip("the registry names them")
    path = tmp_path / "resolv.conf"
    monkeypatch.setattr("oxtui.outside.resolvers.SETTINGS", path)
    return path


@pytest.mark.parametrize("named", ["localhost", "999.1.1.1", "ns1.example.com"])
def test_resolver_settings_with_a_name_in_the_place_of_an_address_are_told(settings: Path, named: str) -> None:
    settings.write_text(f"nameserver {named}\nnameserver 127.0.0.1\n")
    found = resolvers_of(None, 0.2)
    assert found.resolver is None
    assert found.error == f"this machine's resolver settings name '{named}' where an address belongs"


@pytest.mark.parametrize(
    "text", ["", "nameserver", "\0\x80", "search " + "a" * 300, "domain ..", "options timeout:nan"]
)
def test_no_resolver_settings_break_anything(settings: Path, text: str) -> None:
    settings.write_text("nameserver 127.0.0.1\n" * 500 + text + "\n", "utf-8")
    found = resolvers_of(None, 0.2)
    assert found.error or found.text == ", ".join(["127.0.0.1:53"] * 3)


@pytest.mark.parametrize(("kind", "make"), [("a pipe", "mkfifo"), ("a folder", "mkdir")])
def test_resolver_settings_that_are_no_file_are_named_and_not_waited_for(settings: Path, kind: str, make: str) -> None:
    getattr(os, make)(settings)
    assert resolvers_of(None, 0.2).error == f"{settings}, which names this machine's resolver, is {kind}, not a file"


def test_resolver_settings_that_never_end_are_no_file(settings: Path) -> None:
    settings.symlink_to("/dev/zero")
    assert "is a device, not a file" in str(resolvers_of(None, 0.2).error)
    settings.unlink()
    settings.write_bytes(b"#" * 100_000)
    assert "is too long" in str(resolvers_of(None, 0.2).error)


def test_resolver_settings_that_are_not_text_or_not_there(settings: Path) -> None:
    assert resolvers_of(None, 0.2).error == "no resolver is set up on this machine (no network?)"
    settings.write_bytes(b"\xa9\x00\x17nameserver\xff")
    assert resolvers_of(None, 0.2).error == f"{settings}, which names this machine's resolver, is not text"
    settings.write_bytes(b"\xef\xbb\xbfnameserver 127.0.0.1\n# M\xfcller\n")
    assert resolvers_of(None, 0.2).text == "127.0.0.1:53"
