"""Whose hosts: patterns, what is not stated, and every problem in dns.yaml with its place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from oxtui.playbook.dns_owners import Owners, matches

SHIPPED = Path(__file__).parents[2] / "config" / "dns.yaml"
OWN = {"name": "The old line", "enabled": True, "mx": ["mx.line.example"], "autodiscover": ["auto.line.example"]}


def full() -> dict[str, Any]:
    return {
        "owners": {
            "office365": {"enabled": True, "mx": ["*.mail.protection.outlook.com", "*.mx.microsoft"]},
            "ox-mail": {"enabled": True, "mx": ["mx*.ox-mail.example"]},
            "spamexperts": {"enabled": True, "mx": ["*.spam.example"]},
        },
        "name-servers": {"enabled": True, "hosts": ["*.ns.example", "ns.floor.example"]},
    }


def owners(data: object) -> Owners:
    found, problems = Owners.from_data(data)
    assert problems == ()
    return found


@pytest.mark.parametrize(
    ("pattern", "host", "fits"),
    [
        ("*.mail.protection.outlook.com", "client-com.mail.protection.outlook.com", True),
        ("*.mail.protection.outlook.com", "CLIENT-com.Mail.Protection.Outlook.COM.", True),
        ("*.mx.microsoft", "client-com.b-v1.mx.microsoft", True),
        ("*.mail.protection.outlook.com", "mail.protection.outlook.com", False),
        ("*.mail.protection.outlook.com", "client.mail.protection.outlook.com.evil.example", False),
        ("*.mail.protection.outlook.com", "clientmail.protection.outlook.com", False),
        ("*.mx.microsoft", "evilmx.microsoft", False),
        ("mx*.ox.example", "mx.ox.example", True),
        ("mx*.ox.example", "mx12.ox.example", True),
        ("mx*.ox.example", "mx1.deep.ox.example", False),
        ("mx.*.ox.example", "mx.a.ox.example", True),
        ("mx.*.ox.example", "mx.a.b.ox.example", False),
        ("mx.ox.example", "mxxox.example", False),
        ("*.ox.example", "..ox.example", False),
        ("*.ox.example", "a\\.b.ox.example", False),
        ("*.ox.example", "\\027.ox.example", False),
        ("*.ox.example", "", False),
    ],
)
def test_a_pattern_fits_label_by_label(pattern: str, host: str, fits: bool) -> None:
    assert matches(pattern, host) is fits


def test_each_owner_by_its_hosts() -> None:
    known = owners(full())
    assert known.owner_of("c.mail.protection.outlook.com") == "office365"
    assert known.owner_of("MX2.OX-Mail.example.") == "ox-mail"
    assert known.owner_of("a.b.spam.example") == "spamexperts"
    assert known.owner_of("mail.google.example") == "other"


@pytest.mark.parametrize("left_out", ["office365", "ox-mail", "spamexperts"])
def test_what_is_not_stated_reads_unknown_and_never_other(left_out: str) -> None:
    data = full()
    data["owners"][left_out]["enabled"] = False
    assert owners(data).owner_of("mail.google.example") == "unknown"
    assert owners(data).owner_of("mx1.ox-mail.example") == ("unknown" if left_out == "ox-mail" else "ox-mail")


def test_an_owner_of_ones_own_has_a_name() -> None:
    data = full()
    data["owners"]["line"] = OWN
    data["owners"]["ox-mail"]["name"] = "The new mail"
    known = owners(data)
    assert known.owner_of("mx.line.example") == "line" and known.states_autodiscover("line")
    assert known.names_of(["office365", "line", "ox-mail"]) == (("ox-mail", "The new mail"), ("line", "The old line"))
    assert not known.states_autodiscover("ox-mail")


def test_the_more_exact_pattern_wins_and_a_tie_is_unknown() -> None:
    data = full()
    data["owners"]["other"] = {"enabled": True, "mx": ["*.x.spam.example", "a*.tie.example"]}
    data["owners"]["ox-mail"]["mx"].append("*b.tie.example")
    assert owners(data).owner_of("mx.x.spam.example") == "other"
    assert owners(data).owner_of("mx.y.spam.example") == "spamexperts"
    assert owners(data).owner_of("ab.tie.example") == "unknown"


def test_name_servers_with_us() -> None:
    known = owners(full())
    assert known.with_us(["a.ns.example", "NS.floor.example"]) is True
    assert known.with_us(["ns1.elsewhere.example"]) is False
    assert known.with_us(["a.ns.example", "ns1.elsewhere.example"]) is None
    assert known.with_us([]) is None
    assert Owners().with_us(["a.ns.example"]) is None


def test_the_shipped_page_states_microsoft_and_nothing_of_the_floor() -> None:
    data = yaml.safe_load(SHIPPED.read_text("utf-8"))
    known = owners(data)
    assert [owner.id for owner in known.stated] == ["office365"]
    assert known.name_servers == ()
    assert known.owner_of("client-com.mail.protection.outlook.com") == "office365"
    assert known.owner_of("client-com.b-v1.mx.microsoft") == "office365"
    assert known.autodiscover_owner("autodiscover.outlook.com") == "office365"
    assert known.autodiscover_owner("cpanel.example") == "unknown"
    for example in ("mx1.ox-mail.example", "mx.spamexperts.example", "mail.google.example"):
        assert known.owner_of(example) == "unknown"
    for name in ("ox-mail", "spamexperts"):
        assert data["owners"][name]["enabled"] is False
        assert all(host.endswith(".example") for host in data["owners"][name]["mx"])


@pytest.mark.parametrize(
    ("change", "path", "words"),
    [
        (lambda d: d.update(ownrs={}), ("ownrs",), "did you mean 'owners'?"),
        (lambda d: d.pop("owners"), (), "dns.yaml needs 'owners'"),
        (lambda d: d["owners"].update(office_365={}), ("owners", "office_365"), "did you mean office365?"),
        (lambda d: d["owners"].update({"office-365": OWN}), ("owners", "office-365"), "did you mean office365?"),
        (lambda d: d["owners"].update(unknown=OWN), ("owners", "unknown"), "is no owner"),
        (lambda d: d["owners"].update(elsewhere={"enabled": True}), ("owners", "elsewhere"), "your own needs a name"),
        (lambda d: d["owners"]["ox-mail"].update(name=""), ("owners", "ox-mail", "name"), "is a text, not nothing"),
        (
            lambda d: d["owners"]["ox-mail"].update(name="n" * 31),
            ("owners", "ox-mail", "name"),
            "30 is the most that fits",
        ),
        (lambda d: d["owners"]["ox-mail"].update(hosts=[]), ("owners", "ox-mail", "hosts"), "is not a key of an owner"),
        (
            lambda d: d["owners"]["ox-mail"].update(enabled="yes"),
            ("owners", "ox-mail", "enabled"),
            "true or false",
        ),
        (lambda d: d["owners"]["ox-mail"].pop("enabled"), ("owners", "ox-mail"), "an owner needs 'enabled'"),
        (lambda d: d["owners"]["ox-mail"].pop("mx"), ("owners", "ox-mail"), "an owner needs 'mx'"),
        (lambda d: d["owners"]["ox-mail"].update(mx="a.b.c"), ("owners", "ox-mail", "mx"), "a list"),
        (lambda d: d["owners"]["ox-mail"]["mx"].append(8), ("owners", "ox-mail", "mx", 1), "is a text, not '8'"),
        (lambda d: d["owners"]["ox-mail"]["mx"].append("*"), ("owners", "ox-mail", "mx", 1), "too wide"),
        (lambda d: d["owners"]["ox-mail"]["mx"].append("*.com"), ("owners", "ox-mail", "mx", 1), "too wide"),
        (
            lambda d: d["owners"]["ox-mail"]["mx"].append("a b.c.d"),
            ("owners", "ox-mail", "mx", 1),
            "not a host",
        ),
        (
            lambda d: d["owners"]["ox-mail"]["mx"].append("a..b.c"),
            ("owners", "ox-mail", "mx", 1),
            "not a host",
        ),
        (
            lambda d: d["owners"]["ox-mail"]["mx"].append("mx.bücher.de"),
            ("owners", "ox-mail", "mx", 1),
            "xn--",
        ),
        (
            lambda d: d["owners"]["ox-mail"]["mx"].append("*.SPAM.example"),
            ("owners", "spamexperts", "mx", 0),
            "given already, for ox-mail",
        ),
        (lambda d: d.update({"name-servers": ["a"]}), ("name-servers",), "is written as keys and values"),
        (lambda d: d["name-servers"].update(hosts=None), ("name-servers", "hosts"), "a list"),
    ],
)
def test_a_problem_has_its_place_and_leaves_the_rest(change: Any, path: tuple[Any, ...], words: str) -> None:
    data = full()
    change(data)
    found, problems = Owners.from_data(data)
    assert [place for place, _ in problems] == [path]
    assert words in problems[0][1]
    if path and path != ("ownrs",):
        assert found.owner_of("c.mx.microsoft") == "office365"


def test_true_and_false_as_the_strict_loader_gives_them() -> None:
    data = full()
    data["owners"]["office365"]["enabled"] = "true"
    data["owners"]["ox-mail"]["enabled"] = "false"
    assert [owner.id for owner in owners(data).stated] == ["office365", "spamexperts"]
    for word in ("yes", "True", "", "on"):
        data["owners"]["office365"]["enabled"] = word
        assert [place for place, _ in Owners.from_data(data)[1]] == [("owners", "office365", "enabled")]


def test_every_problem_at_once_and_nothing_raised() -> None:
    data = full()
    data["owners"]["office365"]["mx"] = ["*", 3]
    data["owners"]["ox-mail"] = None
    data["name-servers"]["enabled"] = 1
    data[True] = "x"  # type: ignore[index]
    assert len(Owners.from_data(data)[1]) == 5
    junks: tuple[Any, ...] = (None, [], "text", 3, {"owners": []})
    for junk in junks:
        found, problems = Owners.from_data(junk)
        assert problems and found == Owners()
