"""With another playbook no shown text names the shipped article's products: in the program and on the command line."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import oxtui
from oxtui.cases.evidence import evidence_in
from oxtui.cases.notes.note import wrap_up
from oxtui.cases.status import State
from oxtui.cli.parser import COMMANDS
from oxtui.cli.samples import make
from oxtui.clock import Clock
from oxtui.outside.dns import lookup
from oxtui.service import Service
from tests.core.cli_help import Run, runner
from tests.core.dns_server import DnsServer
from tests.core.shipped_words import shipped_words
from tests.drive.case import SUNDAY, playbook_in, service_at

PROGRAM = Path(oxtui.__file__).parent
ROOT = Path(__file__).parents[2]
FIBRE = ROOT / "tests" / "samples" / "fibre-move"
DOMAIN = "corner.example"

NOT_SHOWN = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*|(bold )?\$ox-.*", re.DOTALL)
"""Ids and colours: names in the program and in YAML that no screen shows."""
HAS_THEM = {
    "cases/evidence.py": "names of the shipped article's owners where its evidence was kept without them",
    "playbook/about.py": "what stood before an amount of a playbook or log that does not say",
    "text.py": "what looks like a password: names that do not",
}


@pytest.fixture
def run(clock: Clock, home: Path, capfd: pytest.CaptureFixture[str]) -> Run:
    return runner(capfd)


# -- every text of the program
def texts(file: Path) -> Iterator[tuple[int, str]]:
    """The texts in a module that are no docstrings, with their lines."""
    tree = ast.parse(file.read_text("utf-8"))
    docs = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs:
            yield node.lineno, node.value


def test_no_text_of_the_program_names_them() -> None:
    found: dict[str, list[str]] = {}
    for file in sorted(PROGRAM.rglob("*.py")):
        for line, text in texts(file):
            plain = re.sub(r"\$ox-[a-z-]+", "", text)  # a colour in a style rule
            if not NOT_SHOWN.fullmatch(text) and (named := shipped_words(plain)):
                found.setdefault(file.relative_to(PROGRAM).as_posix(), []).append(f"{line}: {named} in {text[:70]!r}")
    assert {name: told for name, told in found.items() if name not in HAS_THEM} == {}
    assert set(found) == set(HAS_THEM)  # what has none any more is taken off the list


def test_the_words_are_those_of_the_shipped_playbook() -> None:
    """The list can find something: every file of the shipped playbook has some, and none of the other one has."""
    shipped, other = (sorted(folder.rglob("*.yaml")) for folder in (ROOT / "config", FIBRE))
    with_none = [file.name for file in shipped if not shipped_words(file.read_text("utf-8"))]
    assert with_none == ["settings.yaml"]
    assert [file.name for file in other if shipped_words(file.read_text("utf-8"))] == []


# -- the command line
@pytest.fixture
def resolver() -> Iterator[str]:
    """One that knows DOMAIN, whose mail is with an owner of the other playbook's own."""
    with DnsServer() as server:
        server.add(DOMAIN, "MX", "10 mx2.adsl.example.", "20 mail.elsewhere.example.")
        for host in ("mx2.adsl.example", "mail.elsewhere.example"):
            server.add(host, "A", "192.0.2.1")
        server.add(DOMAIN, "NS", "ns1.line.example.")
        yield server.resolver


def test_no_command_says_them(run: Run, home: Path, resolver: str) -> None:
    service = service_at(home, config=FIBRE)
    ids = make(service).samples
    plans = [plan.id for plan in service.playbook.plans.all]
    commands = [
        ("--help",),
        *((name, "--help") for name in COMMANDS),
        ("check", str(FIBRE)),
        ("cases",),
        ("cases", "--all"),
        ("cases", "--handover"),
        *(("notes", case_id) for case_id in ids),
        ("plans",),
        *(("prorata", now, plans[-1], "--months", "5") for now in plans),
        *(("template", name) for name in service.playbook.procedure.templates),
        ("template", "nothing"),
        ("prorata", "nothing", "more", "--months", "5"),
        ("dns", DOMAIN, "--resolver", resolver),
        ("report",),
        ("paths",),
    ]
    said = {}
    for words in commands:
        ended = run(*words, *(() if "--help" in words or words[0] == "check" else ("--config", str(FIBRE))))
        assert ended.out or ended.err, words
        said[words] = ended.out + ended.err
    assert {words: named for words, text in said.items() if (named := shipped_words(text))} == {}


# -- practice
def reached(service: Service) -> set[State]:
    cases = [service.find(case_id) for case_id in make(service).samples]
    return {status.state for case in cases for status in case.statuses.values()}


def test_its_practice_cases_reach_what_those_of_the_shipped_one_reach(tmp_path: Path) -> None:
    assert reached(service_at(tmp_path / "other", config=FIBRE)) >= reached(service_at(tmp_path / "shipped"))


def test_its_practice_cases_have_its_own_hosts_and_channels(tmp_path: Path) -> None:
    service = service_at(tmp_path, config=FIBRE)
    cases = [service.find(case_id) for case_id in make(service).samples]
    (seen,) = filter(None, (evidence_in(case.evidence) for case in cases))
    assert (seen.owner, seen.mx[0].host, seen.verdict) == ("line-mail", "mx1.adsl.example", "Mail of the old line")
    assert {case.hold.waits_for for case in cases if case.hold} == {"Network desk"}
    assert not [case.domain for case in cases if shipped_words(wrap_up(case, service.clock))]


# -- evidence
def test_an_owner_of_its_own_is_named_by_dns_yaml(resolver: str) -> None:
    owners = playbook_in(FIBRE).owners
    found = lookup(DOMAIN, resolver=resolver, owners=owners, clock=Clock(SUNDAY), timeout_s=20)
    told = "\n".join(found.summary())
    assert found.owner == "line-mail" and type(found).from_data(found.to_data()) == found
    assert f"{DOMAIN}: Mail of the old line" in told and "mx2.adsl.example (Mail of the old line)" in told
    assert "(other): mail.elsewhere.example" in told and "with us" in told
    assert not shipped_words(told)
