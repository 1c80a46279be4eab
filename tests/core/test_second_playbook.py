"""Another product's playbook goes through the whole program without a line of code: samples/fibre-move."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from pathlib import Path

import pytest
from msgspec.structs import replace

from oxtui import cli
from oxtui.app import OxtuiApp
from oxtui.cases.case import Case
from oxtui.cases.commands import AnswerIt, PutQuote, Tick, confirmation, quoted_plans
from oxtui.cases.conduct import BeginCall, Choose, Close, RecordCopy, SetLine
from oxtui.cases.money import Quote, work_out
from oxtui.cases.notes import wrap_up
from oxtui.clock import Clock
from oxtui.commands.samples import make
from oxtui.errors import Refusal
from oxtui.locations import Locations
from oxtui.playbook import build, build_items, build_templates, build_today
from oxtui.playbook.load import Playbook, load
from oxtui.playbook.progress import State
from oxtui.prover.prove import prove
from oxtui.screens.keymap import all_bindings
from oxtui.service import Service
from tests.core.cli_help import Run, runner, terminal
from tests.tui.harness import running

FIBRE = Path(__file__).parents[1] / "samples" / "fibre-move"
SHIPPED = Path(__file__).parents[2] / "config"
SUNDAY = datetime.fromisoformat("2026-11-22T10:46:00+11:00")
BOXES = ("shop@corner.example", "till@corner.example")
OF_THE_SHIPPED_ONE = ("OX-Mail", "OX mail", "Office 365", "Essentials", "SPAM-Experts", "(N2)")


@cache
def fibre() -> Playbook:
    return load(FIBRE).playbook


@pytest.fixture
def service(tmp_path: Path) -> Service:
    return Service(Locations(tmp_path / "home", FIBRE), fibre(), Clock(SUNDAY), "anna")


@pytest.fixture
def run(clock: Clock, home: Path, capfd: pytest.CaptureFixture[str]) -> Run:
    return runner(capfd)


class Worked:
    """One case of it, worked on through the service."""

    def __init__(self, service: Service, scenario: int) -> None:
        self.service = service
        self.id = service.start("corner.example", {"phone": "03 5550 0100"}, BOXES).id
        service.change(self.id, BeginCall("client", "account PIN", "Lee Corner"))
        service.change(self.id, Choose(scenario))

    @property
    def case(self) -> Case:
        return self.service.case(self.id)

    def _confirmed(self, name: str) -> str:
        case = self.case
        assert case.scenario
        return confirmation(case, case.scenario.by_id[name])

    def answer(self, name: str, *value: str, boxes: tuple[str, ...] = (), told: str = "") -> None:
        self.service.change(self.id, AnswerIt(name, value, boxes, told, confirmed=self._confirmed(name)))

    def tick(self, name: str, boxes: tuple[str, ...] = (), through: str = "", **values: str) -> None:
        self.service.change(self.id, Tick(name, boxes, values, through, confirmed=self._confirmed(name)))

    def state(self, name: str) -> State:
        return self.case.status(name).state

    def quote(self, months: int) -> Quote:
        case = self.case
        assert case.scenario
        item = next(item for item in case.scenario.items() if item.quote)
        now, new = (self.service.playbook.plans.get(name) for name in quoted_plans(case, item))
        assert now and new
        return work_out(now, new, self.service.playbook.plans.policy, self.service.clock.today(), months=months)


def to_the_active_fibre(service: Service) -> Worked:
    """Scenario 1, yearly, up to fibre that is active."""
    work = Worked(service, 1)
    work.answer("adsl-running", "running")
    work.answer("billed-now", "yearly")
    work.answer("speed", "fibre-50")
    work.answer("billed-next", "yearly")
    work.answer("fixed-ip", "yes", told="the card terminal")
    service.change(work.id, PutQuote(work.quote(5)))
    work.tick("order", through="Network service", service="FIB00412207", visit="2026-11-26")
    work.answer("fibre-state", "missed", told="the neighbour was to open")
    work.tick("book-again", visit="2026-11-30")
    work.answer("fibre-state", "active")
    work.answer("speed-test", "48 / 19")
    return work


def test_it_loads_and_is_proved() -> None:
    (notice,) = load(FIBRE).notices
    assert notice.message.startswith("A2 is not decided yet")
    proof = prove(fibre().procedure)
    assert proof.ok, proof.problems
    assert all(rule.holds and rule.states for rule in proof.rules) and len(proof.rules) == 9


def test_it_names_nothing_of_the_shipped_one() -> None:
    ids = {item.id for s in fibre().procedure.scenarios.values() for item in s.items() if item.killer}
    assert ids == {"end-adsl", "end-backup"}
    text = "".join(path.read_text("utf-8") for path in sorted(FIBRE.rglob("*.yaml")))
    assert not [word for word in OF_THE_SHIPPED_ONE if word in text]


def test_a_missing_guard_is_found_with_the_way_to_it(tmp_path: Path, run: Run) -> None:
    """The program's proof holds for killers it has never heard of."""
    broken = tmp_path / "broken"
    shutil.copytree(FIBRE, broken)
    file = broken / "scenarios" / "2-fibre-does-not-work.yaml"
    text = file.read_text("utf-8")
    assert "after: [client-confirms]" in text
    file.write_text(text.replace("after: [client-confirms]", "after: [solved]"), "utf-8")
    told = run("check", str(broken))
    assert told.code == 1
    way = next(line for line in told.lines if line.startswith("playbook.yaml:100: "))
    assert "has seen the fibre work. It can be broken: authenticate the client (a); choose scenario 2" in way
    assert way.endswith('tick "End the 4G backup and its billing"')


def test_a_case_of_it_runs_from_start_to_close(service: Service) -> None:
    work = to_the_active_fibre(service)
    with pytest.raises(Refusal):
        work.tick("end-adsl")
    work.tick("detach", jira="NET-1207")
    work.answer("detached", "yes", boxes=BOXES[:1])
    work.answer("detached", "returned", boxes=BOXES[1:], told="the alias was not named")
    assert service.filled(work.case, "detach-mailboxes").text().endswith("- till@corner.example\n")
    with pytest.raises(Refusal):
        work.tick("end-adsl")
    work.tick("detach-again")
    work.answer("detached", "yes", boxes=BOXES[1:])
    work.tick("opened", BOXES[:1])
    with pytest.raises(Refusal):
        work.tick("end-adsl")
    work.tick("opened", BOXES[1:])
    with pytest.raises(Refusal, match="still open"):
        service.change(work.id, Close("complete"))
    work.tick("end-adsl")
    work.tick("modem", through="Stores")
    note = wrap_up(work.case, service.clock)
    assert "Discount AU$442.75, first invoice AU$426.25, by rule F1" in note
    assert not [word for word in OF_THE_SHIPPED_ONE if word in note]
    service.change(work.id, Close("complete"))
    assert service.store.get(work.id) is None
    closed = service.find(work.id).closed
    assert closed and closed.ending == "complete"


def test_the_second_scenario_ends_its_own_service_last(service: Service) -> None:
    work = Worked(service, 2)
    work.answer("trouble", "slow", "drops")
    work.answer("since", "2026-11-20")
    work.answer("light", "blinking")
    work.answer("measured", "3 / 1")
    work.answer("backup", "wanted")
    work.tick("backup-on")
    work.answer("solved", "no")
    service.change(work.id, SetLine("fibre-fault", "best-time-for-a-visit", "mornings"))
    service.change(work.id, RecordCopy("fibre-fault"))
    work.tick("report", jira="NET-1301")
    work.answer("result", "mended")
    with pytest.raises(Refusal):
        work.tick("end-backup")
    assert service.filled(work.case, "fibre-fault").text() == (
        "FIBRE FAULT\nAccount : corner.example\nPhone : 03 5550 0100\nDown since : 20/11/2026\n"
        "Fault : slow, drops\nLight : BLINKING\n4G backup : on\nBest time for a visit : mornings\n"
    )
    service.change(work.id, Close("passed-on", "Rosa"))
    assert "LEFT RUNNING: The 4G backup is still running" in wrap_up(service.find(work.id), service.clock)


def test_its_templates_fill(service: Service) -> None:
    work = to_the_active_fibre(service)
    assert service.filled(work.case, "detach-mailboxes").missing == ("Largest mailbox in GB",)
    service.change(work.id, SetLine("detach-mailboxes", "largest-mailbox-in-gb", "4"))
    assert service.filled(work.case, "detach-mailboxes").text() == (
        "DETACH MAILBOXES FROM ADSL\nAccount : corner.example\n"
        "Request : Keep these mailboxes when the line ends.\n"
        "Authenticated : yes\nFibre service : FIB00412207\nPut in on : 26/11/26\nADSL : still on\n"
        "Largest mailbox in GB : 4\nMailboxes\n- shop@corner.example\n- till@corner.example\n"
    )


# -- what config/README.md says of it
def test_the_readme_explains_every_key() -> None:
    text = re.sub(r"```.*?```", "", (SHIPPED / "README.md").read_text("utf-8"), flags=re.DOTALL)
    told = {word for span in re.findall(r"`([^`]+)`", text) for word in re.findall(r"[a-z0-9_-]+", span)}
    known: set[str] = set()
    for module in (build, build_items, build_templates, build_today):
        for name, value in vars(module).items():
            if re.fullmatch("_[A-Z_]+|PROCEDURE_KEYS|TODAY_KEYS", name) and isinstance(value, frozenset):
                known |= value
    plans = (SHIPPED / "plans.yaml").read_text("utf-8")
    known |= set(re.findall(r"^ *(?:- )?\{?([a-z_]+):", plans, re.MULTILINE)) - {"any"}
    known |= {*build_items.EVIDENCE, *build_templates.SOURCES, *build_templates._KINDS}
    assert {"reopens", "proposes", "lapse_minutes", "credit_basis", "decided_on"} <= known
    assert not known - told


def test_the_readme_lists_every_action_that_can_have_another_key() -> None:
    text = (SHIPPED / "README.md").read_text("utf-8")
    ids = {binding.id or "" for bindings in all_bindings(OxtuiApp).values() for binding in bindings}
    numbered = re.compile(r"-[2-9]$")  # told as "`case.answer-1` to `-9`"
    assert not [name for name in ids if not numbered.search(name) and f"`{name}`" not in text]


# -- the command line
@pytest.mark.parametrize(
    ("now", "new", "months", "expected"),
    [
        ("adsl-yearly", "fibre-50-yearly", "5", ("442.75", "426.25", "F1", True)),
        ("adsl-yearly", "fibre-50-yearly", "12", ("0.00", "869.00", "F1", True)),
        ("adsl-monthly", "fibre-250-monthly", "5", ("0.00", "99.00", "F2", True)),
        ("adsl-monthly", "fibre-50-yearly", "5", (None, None, "F3", False)),
        ("fibre-50-yearly", "adsl-yearly", "5", (None, None, "F4", False)),
    ],
)
def test_its_prices_are_quoted(
    run: Run, now: str, new: str, months: str, expected: tuple[str | None, str | None, str, bool]
) -> None:
    told = run("prorata", "--config", str(FIBRE), now, new, "--months", months, "--json")
    assert told.code == 0
    quote = json.loads(told.out)
    assert (quote["discount"], quote["first_invoice"], quote["rule"], quote["covered"]) == expected


def test_a_coming_price_counts_from_its_day(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OXTUI_NOW", "2027-01-01T09:00:00+11:00")
    told = run("prorata", "--config", str(FIBRE), "adsl-yearly", "fibre-50-yearly", "--months", "5", "--json")
    assert json.loads(told.out)["first_invoice"] == "456.25"


def test_a_template_takes_the_domain_whatever_its_line_is_called(run: Run) -> None:
    words = ("--set", "domain=corner.example", "--set", "serial-number=88")
    told = run("template", "--config", str(FIBRE), "modem-return", *words)
    assert told.code == 0
    assert "Account : corner.example\n" in told.out and "Serial number : 88\n" in told.out


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[Service, list[str]]]]:
    seen: list[tuple[Service, list[str]]] = []

    def open_screen(service: Service, banner: str, practice: bool) -> int:
        seen.append((service, [row.domain for row in service.overviews()]))
        return 0

    monkeypatch.setattr(cli, "_open_screen", open_screen)
    yield seen


def test_the_demo_starts_on_it(
    clock: Clock, home: Path, monkeypatch: pytest.MonkeyPatch, opened: list[tuple[Service, list[str]]]
) -> None:
    with terminal(monkeypatch):
        assert cli.main(["demo", "--config", str(FIBRE)]) == 0
    ((service, domains),) = opened
    assert len(domains) >= 10 and service.playbook.procedure.id == "fibre-move"


def test_its_practice_cases_reach_every_state(service: Service) -> None:
    cases = [service.find(case_id) for case_id in make(service)]
    assert {case.number for case in cases} == {None, 1, 2}
    assert {case.standing() for case in cases} == {"due", "in hand", "waiting", "closed"}
    states = {status.state for case in cases for status in case.statuses.values()}
    assert {State.STALE, State.OVERRIDDEN, State.LOCKED, State.DONE} <= states
    assert any(case.unwinds for case in cases)


def test_next_weeks_prices_are_previewed_on_a_copy(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, opened: list[tuple[Service, list[str]]]
) -> None:
    """What config/README.md tells a floor lead to do; the folder in use is not touched."""
    coming = tmp_path / "next-week"
    shutil.copytree(SHIPPED, coming)
    before = (SHIPPED / "plans.yaml").read_text("utf-8")
    (coming / "plans.yaml").write_text(before.replace('price: "70.79"', 'price: "75.00"'), "utf-8")
    assert run("check", str(coming)).code == 0
    with terminal(monkeypatch):
        assert cli.main(["demo", "--config", str(coming)]) == 0
    ((service, _),) = opened
    plan = service.playbook.plans.get("m365-essentials-yearly")
    assert plan and str(plan.price_on(service.clock.today())) == "75.00"
    assert (SHIPPED / "plans.yaml").read_text("utf-8") == before


# -- the screens
async def test_it_runs_in_the_app(service: Service, tmp_path: Path) -> None:
    # Nobody listens there: the lookup for a new case ends at once and leaves this machine alone.
    settings = replace(fibre().settings, resolver="127.0.0.1:1", dns_timeout_seconds=1)
    service.playbook = replace(service.playbook, settings=settings)
    async with running(tmp_path, (120, 40), service=service) as tui:
        await tui.press("n")
        await tui.type("corner.example")
        await tui.press("enter")
        await tui.until(lambda: "Has fibre been laid to the address?" in tui.text())
        assert "Moves to fibre" in tui.text() and "Fibre does not work" in tui.text()
        await tui.press("a")
        await tui.until(lambda: "Client authenticated" in tui.text())
        await tui.press("1")
        await tui.until(lambda: "Is ADSL still running?" in tui.text())
        (row,) = service.overviews()
        # running, monthly, Fibre 50, monthly, nothing relies on the address
        for item in ("adsl-running", "billed-now", "speed", "billed-next", "fixed-ip"):
            await tui.press("1")
            await tui.until(lambda item=item: service.case(row.id).status(item).state is State.DONE)
        await tui.until(lambda: "No credit on monthly billing" in tui.text())
        assert "Do not end ADSL yet" in tui.text()
        assert not [word for word in OF_THE_SHIPPED_ONE if word in tui.text()]


async def test_an_action_of_it_is_ticked_in_the_app(service: Service, tmp_path: Path) -> None:
    work = Worked(service, 2)
    given = {"trouble": "nothing", "since": "2026-11-20", "light": "red", "backup": "wanted"}
    for name, value in given.items():
        work.answer(name, value)
    async with running(tmp_path, (120, 40), service=service) as tui:
        await tui.press("enter")
        await tui.until(lambda: "Switch the 4G backup on" in tui.text())
        await tui.press("space")
        await tui.until(lambda: work.state("backup-on") is State.DONE)
        await tui.press("1")  # not solved
        await tui.until(lambda: "Raise the fault with the network service" in tui.text())
        assert not [word for word in OF_THE_SHIPPED_ONE if word in tui.text()]
