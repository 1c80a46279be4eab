"""Evidence as a value: its verdict, what it speaks for, what it keeps and how it is shown."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from msgspec.structs import replace

from oxtui.cases.evidence import MX, Evidence, proposal, proposed_answers, verdict_of
from oxtui.clock import Clock
from oxtui.playbook.dns_owners import Owners

AT = datetime(2026, 11, 22, 0, 46, 5, 123000, UTC)


def mx(*owners: str, preference: int = 10, problem: str = "") -> tuple[MX, ...]:
    return tuple(MX(f"{owner}{i}.example", preference, owner, problem) for i, owner in enumerate(owners))


def evidence(records: tuple[MX, ...], **more: Any) -> Evidence:
    owner, notes = verdict_of(records)
    values = {"owner": owner, "notes": notes, "ns": ("ns1.example",), **more}
    return Evidence("client.example", "127.0.0.1:53", AT, mx=records, **values)


# owners at the lowest preference -> verdict, dns-office-365, dns-ox, MX of the templates
TABLE = [
    (("office365", "office365"), "office365", "yes", "no", False),
    (("ox-mail",), "ox-mail", "no", "yes", True),
    (("spamexperts",), "spamexperts", None, None, None),
    (("other",), "other", "no", "no", False),
    (("unknown",), "unknown", None, None, None),
    ((), "none", "no", "no", False),
    (("office365", "ox-mail"), "other", "no", "no", None),
    (("office365", "other"), "other", "no", "no", False),
    (("office365", "spamexperts"), "other", None, "no", None),
    (("ox-mail", "spamexperts"), "other", "no", None, None),
    (("office365", "unknown"), "other", None, "no", None),
    (("ox-mail", "unknown"), "other", "no", None, None),
    (("other", "unknown"), "unknown", None, None, None),
    (("spamexperts", "unknown"), "other", None, None, None),
]


@pytest.mark.parametrize(("owners", "verdict", "office", "ox", "template"), TABLE)
def test_verdict_and_what_it_speaks_for(
    owners: tuple[str, ...], verdict: str, office: str | None, ox: str | None, template: bool | None
) -> None:
    found = evidence(mx(*owners))
    assert found.owner == verdict
    answers = proposal(found)
    assert (answers["dns-office-365"], answers["dns-ox"], answers["MX"]) == (office, ox, template)
    assert any("mixed" in note for note in found.notes) is (len(set(owners)) > 1)
    assert any("not visible in DNS" in note for note in found.notes) is ("spamexperts" in owners)


def test_the_lowest_preference_decides_and_a_left_over_is_told() -> None:
    found = evidence(mx("office365") + mx("ox-mail", preference=20))
    assert found.owner == "office365"
    assert proposal(found)["dns-office-365"] == "yes"
    assert any("OX-Mail" in note and "ox-mail0.example" in note for note in found.notes)


def test_an_owner_of_the_playbooks_own_speaks_by_its_id_and_shows_its_name() -> None:
    names = (("line", "The old line"), ("spamexperts", "the filter"))
    owner, notes = verdict_of(mx("line") + mx("spamexperts", preference=20), names)
    found = evidence(mx("line"), owner=owner, notes=notes, names=names)
    assert found.verdict == "The old line" and "is with another (the filter)" in notes[0]
    answers = proposed_answers(found)
    assert answers == {"mx": "line", "dns-office-365": "no", "dns-ox": "no"}
    assert Evidence.from_data(json.loads(json.dumps(found.to_data()))) == found
    behind = evidence(mx("spamexperts"), names=names)
    assert behind.verdict == "behind the filter" and proposed_answers(behind) == {}
    with pytest.raises(ValueError, match="not evidence"):
        Evidence.from_data(found.to_data() | {"names": {}})


def test_null_mx() -> None:
    null = MX(".", 0, "none")
    assert verdict_of((null,)) == ("none", ("null MX: the domain says that it takes no mail",))
    owner, notes = verdict_of((null, *mx("ox-mail")))
    assert owner == "ox-mail" and "mistake" in notes[0]


@pytest.mark.parametrize("owner", ["office365", "ox-mail"])
def test_a_dead_host_speaks_for_no_yes(owner: str) -> None:
    answers = proposal(evidence(mx(owner, problem="no-address")))
    assert "yes" not in answers.values() and answers["MX"] is not True
    half = (*mx(owner, problem="no-address"), MX("alive.example", 10, owner))
    assert "yes" in proposal(evidence(half)).values()
    assert "yes" in proposal(evidence(mx(owner, problem="cname"))).values()


def test_autodiscover_elsewhere_speaks_for_no_yes() -> None:
    found = evidence(mx("office365"), autodiscover="ox.example", autodiscover_owner="unknown")
    assert proposal(found)["dns-office-365"] is None
    assert proposal(replace(found, autodiscover_owner="office365"))["dns-office-365"] == "yes"
    assert proposal(replace(found, autodiscover_owner=None))["dns-office-365"] == "yes"


@pytest.mark.parametrize(("with_us", "line"), [(True, "DNS with us"), (False, "DNS Not with us"), (None, None)])
def test_dns_line(with_us: bool | None, line: str | None) -> None:
    assert proposal(evidence(mx("other"), dns_with_us=with_us))["DNS"] == line


def test_an_error_speaks_for_nothing_about_mail() -> None:
    failed = Evidence("client.example", "127.0.0.1:53", AT, error="the domain does not exist")
    assert set(proposal(failed).values()) == {None}
    answers = proposal(replace(evidence(mx("ox-mail")), error="no answer"))
    assert answers["dns-ox"] is None and answers["MX"] is None and answers["mx-check"] is None


def test_checks_carry_records_resolver_and_time() -> None:
    answers = proposal(evidence(mx("spamexperts"), dns_with_us=False))
    assert answers["ns-check"] == "ns1.example: not with us (127.0.0.1:53 at 22/11/2026 00:46 UTC)"
    assert answers["mx-check"] == (
        "10 spamexperts0.example: behind SPAM-Experts (127.0.0.1:53 at 22/11/2026 00:46 UTC)"
    )


def test_round_trip_through_json() -> None:
    found = evidence(mx("office365", problem="cname"), spf="v=spf1 -all", autodiscover="a.example", dns_with_us=True)
    for value in (found, Evidence("x.example", "[::1]:53", AT, error="SERVFAIL")):
        assert Evidence.from_data(json.loads(json.dumps(value.to_data()))) == value


def test_the_contract_has_its_keys_and_no_more() -> None:
    data = evidence(mx("office365"), spf="v=spf1 -all").to_contract()
    assert list(data) == ["domain", "resolver", "asked_at", "ns", "mx", "owner", "error"]
    assert data["mx"] == [{"host": "office3650.example", "preference": 10, "owner": "office365"}]
    assert data["asked_at"] == "2026-11-22T00:46:05.123Z"


@pytest.mark.parametrize(
    "change",
    [
        {"asked_at": "yesterday"},
        {"asked_at": "2026-11-22T00:46:05"},
        {"asked_at": None},
        {"domain": 3},
        {"mx": [{"host": "a", "preference": "10", "owner": "other"}]},
        {"mx": ["a"]},
        {"mx": "a"},
        {"ns": [None]},
        {"owner": "google"},
        {"dns_with_us": "yes"},
        {"notes": {}},
        {"error": 4},
        {"names": ["a"]},
        {"names": {"other": 4}},
    ],
)
def test_what_is_no_evidence_is_refused(change: dict[str, Any]) -> None:
    data = evidence(mx("other")).to_data()
    with pytest.raises(ValueError, match="not evidence"):
        Evidence.from_data(data | change)
    del data["mx"]
    with pytest.raises(ValueError, match="not evidence"):
        Evidence.from_data(data)


def test_kept_evidence_is_cleaned_when_read() -> None:
    data = evidence(mx("other")).to_data() | {"spf": "v=spf1 \x1b]52;c;aGk=\x07", "notes": ["a\x1b[2Jb"]}
    found = Evidence.from_data(data)
    assert "\x1b" not in "".join((*found.summary(), *found.notes))


def test_summary_reads_as_a_person_would_write_it() -> None:
    found = evidence(
        mx("office365"),
        spf="v=spf1 include:spf.example -all",
        autodiscover="autodiscover.outlook.com",
        autodiscover_owner="office365",
        dns_with_us=True,
        notes=("MX points at nothing: a.example has no address",),
    )
    sydney = Clock(AT.astimezone(timezone(timedelta(hours=11))))
    assert found.summary(sydney) == (
        "client.example: Office 365",
        "MX   10 office3650.example (Office 365)",
        "NS   ns1.example (with us)",
        "SPF  v=spf1 include:spf.example -all",
        "Autodiscover  autodiscover.outlook.com (Office 365)",
        "Note: MX points at nothing: a.example has no address",
        "Asked 127.0.0.1:53 at 22/11/2026 11:46 +1100",
    )
    failed = Evidence("client.example", "", AT, error="no answer from 127.0.0.1:53 within 3 s")
    assert failed.summary()[0] == "client.example: no answer from 127.0.0.1:53 within 3 s"


def test_a_filter_of_the_playbooks_own_hides_what_is_behind_it() -> None:
    """`filter: true` in dns.yaml: such an owner speaks for no answer, and that is kept with the evidence."""
    data = {"owners": {"sieve": {"name": "The sieve", "enabled": True, "filter": True, "mx": ["*.sieve.example"]}}}
    owners, problems = Owners.from_data(data)
    assert not problems and owners.filters(["sieve", "other"]) == ("sieve",)
    owner, notes = verdict_of(mx("sieve"), owners.names_of(["sieve"]), owners.filters(["sieve"]))
    assert (owner, notes) == ("sieve", ("behind The sieve: where mail goes behind it is not visible in DNS",))
    found = evidence(mx("sieve"), names=owners.names_of(["sieve"]))
    assert proposed_answers(found)["mx"] == "sieve" and proposed_answers(found)["dns-ox"] == "no"
    hidden = replace(found, filters=("sieve",))
    assert "mx" not in proposed_answers(hidden) and "dns-ox" not in proposed_answers(hidden)
    assert hidden.verdict == "behind The sieve" and Evidence.from_data(hidden.to_data()) == hidden
