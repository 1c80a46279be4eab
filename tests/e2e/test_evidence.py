"""DNS evidence in the real program: every verdict and every failure, in the app, in `oxtui dns` and in its JSON.

A DNS server on loopback answers for a zone of each kind. A server that never answers takes no key from the agent and
keeps nobody from leaving.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.core.cli_help import Ended, runner
from tests.core.dns_server import DnsServer
from tests.drive.terminal import TMUX
from tests.drive.waiting import until
from tests.e2e.dns_floor import OX_MX, PROGRAM, SPAM_MX, Floor, go, zone

NOW = "2026-11-23T10:46:00+11:00"
OFFICE = "0 c.mail.protection.outlook.com."

Dns = Callable[..., Ended]
pytestmark = [pytest.mark.slow, pytest.mark.e2e]
needs_tmux = pytest.mark.skipif(TMUX is None, reason="no tmux")

# what is typed -> domain looked up, verdict in words, owner in JSON, further words
VERDICTS = {
    "office.example": ("office.example", "Office 365", "office365", ""),
    "ox.example": ("ox.example", "OX-Mail", "ox-mail", ""),
    "spam.example": ("spam.example", "behind SPAM-Experts", "spamexperts", "not visible in DNS"),
    "other.example": ("other.example", "other", "other", ""),
    "cname.example": ("cname.example", "other", "other", "MX points to a CNAME: alias.cname.example is"),
    "null.example": ("null.example", "no MX", "none", "null MX"),
    "dead.example": ("dead.example", "OX-Mail", "ox-mail", "MX points at nothing"),
    "bücher.example": ("xn--bcher-kva.example", "Office 365", "office365", "IDN"),
    "jo@office.example": ("office.example", "Office 365", "office365", "a mail address was given"),
    "https://www.office.example/a?b": ("office.example", "Office 365", "office365", "a URL was given"),
}
FAILURES = {
    "nowhere.example": "the domain does not exist",
    "broken.example": "SERVFAIL: ",
    "refused.example": "REFUSED: ",
    "silent.example": "no answer from ",
}


@pytest.fixture(scope="module")
def server() -> Iterator[DnsServer]:
    with DnsServer() as running:
        running.add("example", "SOA", "ns.example. h.example. 1 1 1 1 1")
        zone(running, "office.example", OFFICE)
        zone(running, "ox.example", f"10 {OX_MX}.")
        zone(running, "spam.example", f"10 {SPAM_MX}.")
        zone(running, "other.example", "10 mail.other.example.", ns=("ns1.elsewhere.example",))
        running.add("cname.example", "MX", "10 alias.cname.example.")
        running.add("alias.cname.example", "CNAME", "real.cname.example.").add("real.cname.example", "A", "192.0.2.9")
        running.add("null.example", "MX", "0 .")
        running.add("dead.example", "MX", "10 mx2.ox-mail.example.")
        zone(running, "xn--bcher-kva.example", OFFICE)
        running.behave("nowhere.example", "nxdomain")
        running.behave("broken.example", "servfail").behave("refused.example", "refused")
        running.behave("silent.example", "silent").behave("autodiscover.silent.example", "silent")
        running.behave("_autodiscover._tcp.silent.example", "silent")
        yield running


@pytest.fixture(scope="module")
def floor(server: DnsServer, tmp_path_factory: pytest.TempPathFactory) -> Floor:
    return Floor(tmp_path_factory.mktemp("evidence"), server.resolver, timeout_s="2")


@pytest.fixture
def dns(floor: Floor, home: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Iterator[Dns]:
    """`oxtui dns WORDS` on the floor."""
    for name, value in floor.env(home, NOW).items():
        monkeypatch.setenv(name, value)
    run = runner(capfd)
    yield lambda *words: run("dns", *words)


# -- the command line
@pytest.mark.parametrize("given", VERDICTS)
def test_a_verdict_by_the_command_line(given: str, dns: Dns) -> None:
    domain, verdict, owner, told = VERDICTS[given]
    text = dns(given)
    assert text.code == 0 and not text.err
    assert text.lines[0] == f"{domain}: {verdict}"
    assert told in text.out
    assert text.lines[-1].startswith("Asked 127.0.0.1:") and text.lines[-1].endswith("23/11/2026 10:46 +1100")
    found = json.loads(dns(given, "--json").out)
    assert (found["domain"], found["owner"], found["error"]) == (domain, owner, None)


@pytest.mark.parametrize("given", FAILURES)
def test_a_failure_by_the_command_line(given: str, dns: Dns, server: DnsServer) -> None:
    text = dns(given)
    assert text.code == 1 and text.err.count("\n") == 1 and FAILURES[given] in text.err
    found = json.loads(dns(given, "--json").out)
    assert found["mx"] == [] and found["owner"] == "unknown" and FAILURES[given] in found["error"]
    if given == "silent.example":
        assert found["error"] == f"no answer from {server.resolver} within 2 s"


def test_as_shipped_what_the_floor_has_not_stated_is_unknown(server: DnsServer, dns: Dns, tmp_path: Path) -> None:
    config = Floor(tmp_path, server.resolver, stated=False).config
    for domain, verdict in (("ox.example", "unknown"), ("other.example", "unknown"), ("office.example", "Office 365")):
        ended = dns(domain, "--config", str(config))
        assert ended.code == 0 and ended.lines[0] == f"{domain}: {verdict}"
        assert ("is not stated in dns.yaml" in ended.out) is (verdict == "unknown")


@pytest.mark.parametrize("given", ["nodots", "192.0.2.1", "a b.example", ""])
def test_what_is_no_domain_is_told_and_nobody_is_asked(given: str, dns: Dns, server: DnsServer) -> None:
    before = len(server.asked)
    ended = dns(given)
    assert ended.code == 2 and ended.err.count("\n") == 1 and len(server.asked) == before


def test_a_machine_without_a_network_says_so(floor: Floor, home: Path) -> None:
    unshare = shutil.which("unshare")
    if unshare is None or subprocess.run([unshare, "-rn", "true"], capture_output=True, timeout=10).returncode:
        pytest.skip("this machine gives no network namespace of one's own")
    words = [unshare, "-rn", PROGRAM, "dns", "office.example", "--resolver", "192.0.2.1"]
    env = {**os.environ, **floor.env(home, NOW)}
    ended = subprocess.run(words, env=env, capture_output=True, text=True, timeout=30)  # type: ignore[arg-type]
    assert ended.returncode == 1 and "no network: 192.0.2.1:53 cannot be reached" in ended.stderr


# -- the app
TOLD = {given: verdict for given, (_, verdict, _, _) in VERDICTS.items()}


@needs_tmux
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("verdicts", dict(list(TOLD.items())[:7])),
        ("other-forms", dict(list(TOLD.items())[7:])),
        ("failures", FAILURES),
    ],
)
def test_each_stands_beside_the_first_question(name: str, expected: dict[str, str], floor: Floor) -> None:
    """n, the domain, enter: the picker tells the verdict as soon as it is there; esc, 2 drops the case again."""
    home = floor.home(name)
    with floor.pane(home, NOW) as pane:
        for given, words in expected.items():
            go(pane, ("n", "Domain"))
            pane.paste(given)
            go(pane, ("enter", "Authenticate the client first"))
            pane.wait_for(f"DNS at 10:46: {words[:12]}")
            go(pane, ("escape", "Nothing was done"), ("2", "No open case"))
        pane.press("ctrl+q")
        assert pane.exit_status() == 0


@needs_tmux
def test_a_server_that_never_answers_takes_no_key_and_keeps_nobody(tmp_path: Path) -> None:
    with DnsServer() as server:
        server.everywhere = "silent"
        floor = Floor(tmp_path, server.resolver, timeout_s="30")
        with floor.pane(floor.home("home"), NOW) as pane:
            go(pane, ("n", "Domain"))
            pane.paste("client.example")
            go(pane, ("enter", "Authenticate the client first"))
            begin = time.monotonic()
            until(lambda: server.asked)
            go(pane, ("a", "Client authenticated"), ("2", "▸? Is the OX-Mail"), ("1", "▸? Which Office"))
            go(pane, ("v", "Asking ..."), ("escape", "▸? Which Office"))
            pane.press("ctrl+q")
            assert pane.exit_status() == 0
            assert time.monotonic() - begin < 30, "before it was given up"


@needs_tmux
def test_what_was_not_answered_is_told_in_time_and_can_be_asked_again(server: DnsServer, floor: Floor) -> None:
    home = floor.home("again")
    with floor.pane(home, NOW) as pane:
        go(pane, ("n", "Domain"))
        pane.paste("silent.example").press(*["tab"] * 4).paste("jo@silent.example").wait_for("jo@silent")
        go(pane, ("enter", "DNS at 10:46: no answer from"), ("a", "Client authenticated"), ("2", "▸? Is the OX-Mail"))
        server.behave("silent.example", "slow")
        zone(server, "silent.example", OFFICE)
        go(pane, ("v", "NS   ns1.our-floor.example"))
        pane.wait_for(f"Asked {server.resolver}")
        go(pane, ("escape", "▸? Is the OX-Mail"), ("t", "DNS : ________  ‹ DNS with us ›?"))
        pane.wait_for("MX : ________  ‹ Resolving to OX Mail? No ›?  DNS 23/11 10:46")
        pane.press("escape")
        pane.press("ctrl+q")
        assert pane.exit_status() == 0
