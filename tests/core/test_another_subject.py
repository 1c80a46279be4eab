"""A playbook about parcels: its own subject, pieces and fields, no prices, no DNS; to the close in its own words."""

from __future__ import annotations

import re
import shutil
import socket
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml

import oxtui
from oxtui.cases.commands.calls import BeginCall
from oxtui.cases.commands.closing import Close
from oxtui.cases.commands.copies import SetLine
from oxtui.cases.commands.killers import Cancel, Clear
from oxtui.cases.commands.marks import AnswerIt, Tick
from oxtui.cases.commands.scenarios import Choose
from oxtui.cases.confirmation import count_words, rows
from oxtui.cases.notes.note import wrap_up
from oxtui.cases.notes.timeline import timeline
from oxtui.cases.wording import Stamps
from oxtui.cli.samples import make
from oxtui.clock import Clock
from oxtui.errors import Refusal, WrongUse
from oxtui.prover.prove import prove
from oxtui.service import Service
from tests.core.cli_help import Run, runner
from tests.core.shipped_words import FLOOR, shipped_words
from tests.drive.case import CONFIG, SUNDAY, playbook, playbook_in, service_at

ROOT = Path(__file__).parents[2]
PARCEL = ROOT / "tests" / "samples" / "lost-parcel"
NUMBER = "PX20418837"
DNS_NAMES = ("dns_owners.py", "evidence.py")
"""Where the names that dns.yaml and `proposes: {evidence: ...}` may use are declared: nowhere else does one stand."""


@pytest.fixture
def service(tmp_path: Path) -> Service:
    return service_at(tmp_path / "home", config=PARCEL)


@pytest.fixture
def run(clock: object, home: Path, capfd: pytest.CaptureFixture[str]) -> Run:
    return runner(capfd)


def named(text: str) -> list[str]:
    """The words of the shipped playbook and of its floor in a text."""
    return [*shipped_words(text), *dict.fromkeys(match[0] for match in FLOOR.finditer(text))]


def test_it_is_proved() -> None:
    proof = prove(playbook_in(PARCEL).procedure, seconds=20)
    assert not proof.problems and all(rule.holds for rule in (*proof.rules, *proof.promises))
    killers = [item for scenario in playbook_in(PARCEL).procedure.scenarios.values() for item in scenario.items()]
    assert len([item for item in killers if item.killer]) == 2


def test_a_lost_parcel_is_refunded_by_two_people_and_closed(service: Service) -> None:
    case = service.start("px20418837", {"caller": "Kim"}, ["box 1, box 2"])
    assert (case.domain, case.addresses, case.details.of("caller")) == (NUMBER, ("box 1", "box 2"), "Kim")
    with pytest.raises(WrongUse, match="does not look like a parcel"):
        service.start("example.com")
    assert case.next_text() == "Ask for the collection code"

    def do(*commands: object, by: Service = service) -> None:
        nonlocal case
        for command in commands:
            case = by.change(case.id, command)  # type: ignore[arg-type]

    with pytest.raises(Refusal):
        do(Choose(2))
    do(BeginCall("client", "collection code"), Choose(2), AnswerIt("sent-on", ("2026-11-02",)))
    do(AnswerIt("amount", ("620",)), Tick("open-claim", values={"number": "cl-30417"}))
    assert case.details.of("claim") == "CL-30417"
    do(SetLine("depot-search", "what-is-in-it", "a lamp, boxed"))
    filled = service.filled(case, "depot-search")
    assert filled.missing == ()
    assert "Parcel : PX20418837\nClaim : CL-30417\nPiece : box 1\nPiece : box 2\n" in filled.text()
    do(Tick("search"))
    with pytest.raises(Refusal):
        do(Clear("refund", ("",)))
    with pytest.raises(Refusal, match="other"):
        do(AnswerIt("second-look", ("sound",)))
    other = replace_agent(service, "bob")
    do(BeginCall("back-office"), AnswerIt("second-look", ("sound",)), by=other)
    do(BeginCall("back-office"), AnswerIt("search-result", ("not-found",)))
    assert count_words(case) == "2 pieces: all that the depot screen shows?"
    item = case.scenario.by_id["refund"] if case.scenario else None
    assert item is not None
    shown = tuple(row.plain() for row in rows(case, item))
    do(Clear("refund", shown))
    assert "let go" in case.next_text()
    do(Cancel("refund"))
    service.reader.clock = Clock(SUNDAY + timedelta(hours=25))
    case = service.case(case.id)
    do(BeginCall("back-office"), Tick("write"))
    note = wrap_up(case, service.clock)
    told = "\n".join([note, *timeline(case, Stamps(service.clock)), *shown, count_words(case)])
    assert "Pieces (2): box 1, box 2" in note and "Caller Kim, claim CL-30417" in note
    assert named(told) == []
    do(Close("complete"))
    assert case.closed and named(wrap_up(case, service.clock)) == []
    assert service.find(NUMBER).id == case.id


def replace_agent(service: Service, agent: str) -> Service:
    """The same home, as somebody else sees it."""
    return Service(service.places, service.playbook, service.clock, agent, service.store)


def test_its_practice_cases_and_every_command_speak_its_words(
    run: Run, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OXTUI_CONFIG", str(PARCEL))
    service = service_at(home, config=PARCEL)
    lessons = make(service)
    ids = list(lessons.samples)
    assert len({service.find(each).domain for each in ids}) > 5
    said = [lesson.text for lesson in lessons.lessons]
    for command in (
        ["cases", "--all"], ["cases", "--handover"], ["check"], ["check", "--form-only"], ["report"],
        ["notes", ids[0]], ["notes", ids[0], "--short"], ["template", "depot-search"], ["doctor"], ["read"],
    ):  # fmt: skip
        done = run(*command)
        said.append(f"{done.out}\n{done.err}")
    text = "\n".join(said).replace(str(home), "").replace(str(ROOT), "")
    assert named(re.sub(r"\bDNS\b", "", text)) == []
    for command, why in (
        (["plans"], "no prices"),
        (["prorata", "a-monthly", "b-monthly"], "no prices"),
        (["dns", "example.com"], "nothing is asked of DNS"),
    ):
        done = run(*command)
        assert done.code == 2 and why in done.err and done.err.count("\n") == 1


def asked_of_the_network(service: Service, monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """What a lookup for a new case tried to reach: it is really run, and every socket is refused."""
    import dns.query

    from oxtui.screens.parts.dns_lookup import look_up_dns

    case = service.start("brightside.com.au")
    tried: list[object] = []
    works: list[Callable[[], object]] = []
    real = socket.socket

    class Refusing(real):  # type: ignore[valid-type, misc]
        """Any socket that leads off the machine is refused; those within it are the event loop's."""

        def __init__(self, family: int = -1, *more: object, **named: object) -> None:
            if family in (socket.AF_INET, socket.AF_INET6):
                tried.append(family)
                raise OSError("no network in this test")
            super().__init__(family, *more, **named)

    host = SimpleNamespace(service=service, practice=False, aside=lambda work, *_, **__: works.append(work))
    with monkeypatch.context() as patch:
        patch.setattr(socket, "socket", Refusing)
        patch.setattr(dns.query, "socket_factory", Refusing)
        look_up_dns(host, case, lambda _: None)  # type: ignore[arg-type]
        for work in works:
            work()
    return tried


def test_without_dns_yaml_nothing_leaves_the_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The shipped playbook, as it is and as a copy that has no dns.yaml."""
    folder = tmp_path / "silent"
    shutil.copytree(CONFIG, folder)
    (folder / "dns.yaml").unlink()
    asking, silent = playbook(CONFIG), playbook(folder)
    assert asked_of_the_network(service_at(tmp_path / "a", playbook=asking), monkeypatch) != []
    assert asked_of_the_network(service_at(tmp_path / "b", playbook=silent, config=folder), monkeypatch) == []


def parcel_without(tmp_path: Path, change: Callable[[dict[str, Any]], None]) -> Service:
    """A service on a copy of the playbook whose main file was changed."""
    folder = tmp_path / "parcel"
    shutil.copytree(PARCEL, folder)
    main = yaml.load((folder / "playbook.yaml").read_text("utf-8"), yaml.BaseLoader)
    change(main)
    (folder / "playbook.yaml").write_text(yaml.safe_dump(main, sort_keys=False), "utf-8")
    return service_at(tmp_path / "home", config=folder)


def open_to_all(main: dict[str, Any]) -> None:
    """No rule speaks of authentication."""
    main["rules"] = [rule for rule in main["rules"] if "unless" not in rule]


def test_without_authentication_nothing_waits_for_it(tmp_path: Path) -> None:
    """The same playbook without `authentication`, and without what speaks of it: sound, and open at once."""

    def change(main: dict[str, Any]) -> None:
        del main["authentication"]
        open_to_all(main)

    service = parcel_without(tmp_path, change)
    case = service.change(service.start(NUMBER).id, Choose(2))
    case = service.change(case.id, AnswerIt("sent-on", ("2026-11-02",)))
    assert case.next_text() == "What was it worth?" and case.authenticated and case.auth_event is None


def test_authentication_that_is_not_required_is_recorded_and_waited_for_by_nothing(tmp_path: Path) -> None:
    def change(main: dict[str, Any]) -> None:
        main["authentication"]["required"] = "false"
        open_to_all(main)

    service = parcel_without(tmp_path, change)
    assert prove(service.playbook.procedure, seconds=20).ok
    case = service.change(service.start(NUMBER).id, Choose(2))
    case = service.change(case.id, AnswerIt("sent-on", ("2026-11-02",)))
    assert case.marks("sent-on") and case.authenticated and case.auth_event is None
    assert "photo ID" not in wrap_up(case, service.clock)
    case = service.change(case.id, BeginCall("client", "photo ID"))
    assert case.auth_event is not None and "photo ID" in wrap_up(case, service.clock)
    assert case.next_text() == "What was it worth?"


def test_a_playbook_with_nothing_done_one_by_one(tmp_path: Path) -> None:
    """No `each`: the case has no pieces and asks for none, and is worked to what cannot be undone."""
    folder = tmp_path / "whole"
    shutil.copytree(PARCEL, folder)
    for name, gone in (
        ("playbook.yaml", "  each: .*\n"),
        ("scenarios/1-held.yaml", r", each: piece|all(?=\(on-shelf)"),
        ("templates/depot-search.yaml", "  - {label: Pieces, .*\n"),
    ):
        text = (folder / name).read_text("utf-8")
        assert re.search(gone, text)
        (folder / name).write_text(re.sub(gone, "", text), "utf-8")
    service = service_at(tmp_path / "home", config=folder)
    assert prove(service.playbook.procedure, seconds=20).ok and service.playbook.procedure.about.many == ""
    case = service.start(NUMBER)
    for command in (
        BeginCall("client", "photo ID"),
        Choose(1),
        AnswerIt("duty", ("none",)),
        AnswerIt("on-shelf", ("there",)),
        AnswerIt("identity", ("fits",)),
    ):
        case = service.change(case.id, command)
    item = playbook_in(folder).procedure.scenarios[1].by_id["release"]
    case = service.change(case.id, Clear("release", tuple(row.plain() for row in rows(case, item))))
    case = service.change(case.id, Cancel("release"))
    assert case.marks("release") and not case.addresses and count_words(case) == ""
    note = wrap_up(case, service.clock)
    assert not re.search(r"\b(?:pieces?|parts?)\b", note, re.IGNORECASE) and named(note) == []


def test_the_program_knows_no_id_of_the_shipped_playbook() -> None:
    """No item, plan, rule, template or NB is named in the program, nor an owner of DNS but where it is declared."""
    ids: set[str] = set()
    for file in (ROOT / "config").rglob("*.yaml"):
        ids |= {match[1] for match in re.finditer(r"\bid: ([a-z0-9]+(?:-[a-z0-9]+)+)", file.read_text("utf-8"))}
        if file.name == "playbook.yaml":
            ids |= set(yaml.safe_load(file.read_text("utf-8"))["nbs"])
    ids |= {"ox-mail", "office-365", "office365", "spamexperts", "dns-ox"}
    found = {
        f"{file.name}: {match[1]}"
        for file in Path(oxtui.__file__).parent.rglob("*.py")
        if file.name != "transfer_words.py"  # the dictionary of a compressed line: data, not a name
        for match in re.finditer(r"(?=['\"]([a-z0-9-]+)['\"])", file.read_text("utf-8"))
        if match[1] in ids
    }
    assert len(ids) > 60 and {each for each in found if each.partition(":")[0] not in DNS_NAMES} == {
        "legacy.py: ox-mail"  # what format 1 knew of a mailbox
    }
