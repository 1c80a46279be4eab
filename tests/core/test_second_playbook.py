"""Another product's playbook goes through the whole program without a line of code: samples/fibre-move."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from oxtui import cli
from oxtui.app import OxtuiApp
from oxtui.cases.commands.closing import Close
from oxtui.cases.commands.copies import SetLine
from oxtui.cases.commands.details import SetDetails
from oxtui.cases.commands.killers import Cancel, Clear
from oxtui.cases.notes.note import wrap_up
from oxtui.cases.status import State
from oxtui.cli import dashboard
from oxtui.cli.samples import make
from oxtui.clock import Clock
from oxtui.playbook.load import load
from oxtui.prover.prove import prove
from oxtui.screens.keyboard.keymap import all_bindings
from oxtui.service import Service
from tests.core.cli_help import Run, runner, terminal
from tests.drive.case import DOMAIN, Walk, playbook_in, service_at
from tests.drive.screen import running

FIBRE = Path(__file__).parents[1] / "samples" / "fibre-move"
SHIPPED = Path(__file__).parents[2] / "config"
BOXES = (f"shop@{DOMAIN}", f"till@{DOMAIN}")
OF_THE_SHIPPED_ONE = ("OX-Mail", "OX mail", "Office 365", "Essentials", "SPAM-Experts", "(N2)")


@pytest.fixture
def service(tmp_path: Path) -> Service:
    return service_at(tmp_path / "home", config=FIBRE)


@pytest.fixture
def run(clock: Clock, home: Path, capfd: pytest.CaptureFixture[str]) -> Run:
    return runner(capfd)


def to_the_active_fibre(service: Service) -> Walk:
    """Scenario 1, yearly, up to fibre that is active."""
    walk = Walk(service, mailboxes=BOXES).begin(1)
    walk.answer("adsl-running", "running")
    walk.answer("billed-now", "yearly")
    walk.answer("speed", "fibre-50")
    walk.answer("billed-next", "yearly")
    walk.answer("fixed-ip", "yes", told="the card terminal")
    walk.quote(months=5)
    walk.tick("order", through="Network desk", values={"service": "FIB00412207", "visit": "2026-11-26"})
    walk.answer("fibre-state", "missed", told="the neighbour was to open")
    walk.tick("book-again", values={"visit": "2026-11-30"})
    walk.answer("fibre-state", "active")
    walk.answer("speed-test", "48 / 19")
    return walk


def test_it_loads_and_is_proved() -> None:
    (notice,) = load(FIBRE).notices
    assert notice.message.startswith("A2 is not decided yet")
    proof = prove(playbook_in(FIBRE).procedure)
    assert proof.ok, proof.problems
    assert all(rule.holds and rule.states for rule in proof.rules) and len(proof.rules) == 9


def test_a_missing_guard_is_found_with_the_way_to_it(tmp_path: Path, run: Run) -> None:
    """The program's proof holds for what cannot be undone in a playbook it has never heard of."""
    broken = tmp_path / "broken"
    shutil.copytree(FIBRE, broken)
    file = broken / "scenarios" / "2-fibre-does-not-work.yaml"
    text = file.read_text("utf-8")
    assert "after: [client-confirms]" in text
    file.write_text(text.replace("after: [client-confirms]", "after: [solved]"), "utf-8")
    told = run("check", str(broken))
    assert told.code == 1
    way = next(line for line in told.lines if line.startswith("playbook.yaml:") and "has seen the fibre work" in line)
    assert "has seen the fibre work. It can be broken: authenticate the client (a); choose scenario 2" in way
    assert way.endswith('"End the 4G backup and its billing"')


def test_a_case_of_it_runs_from_start_to_close(service: Service) -> None:
    walk = to_the_active_fibre(service)
    assert walk.case.licences == 1 and not walk.case.counts_licences
    walk.refused(Clear("end-adsl"))
    walk.tick("detach", values={"jira": "NET-1207"})
    walk.answer("detached", "yes", mailboxes=BOXES[:1])
    walk.answer("detached", "returned", mailboxes=BOXES[1:], told="the alias was not named")
    assert service.filled(walk.case, "detach-mailboxes").text().endswith(f"- {BOXES[1]}\n")
    walk.refused(Clear("end-adsl"))
    walk.tick("detach-again")
    walk.answer("detached", "yes", mailboxes=BOXES[1:])
    walk.tick("opened", *BOXES[:1])
    walk.refused(Clear("end-adsl"))
    walk.tick("opened", *BOXES[1:])
    walk.refused(Cancel("end-adsl"))
    walk.refused(Close("complete"), "still open")
    walk.cancel("end-adsl")
    walk.tick("modem", through="Stores")
    note = wrap_up(walk.case, service.clock)
    # one line, however many mailboxes there are
    assert "Discount $442.75, first invoice $426.25, by rule F1" in note
    assert not [word for word in OF_THE_SHIPPED_ONE if word in note]
    walk.close()
    assert walk.closed_as("complete")


def test_the_second_scenario_ends_its_own_service_last(service: Service) -> None:
    walk = Walk(service, mailboxes=BOXES).begin(2)
    walk.do(SetDetails({"phone": "03 5550 0100"}))
    walk.answer("trouble", "slow", "drops")
    walk.answer("since", "2026-11-20")
    walk.answer("light", "blinking")
    walk.answer("measured", "3 / 1")
    walk.answer("backup", "wanted")
    walk.tick("backup-on")
    walk.answer("solved", "no")
    walk.do(SetLine("fibre-fault", "best-time-for-a-visit", "mornings"))
    walk.tick("report", values={"jira": "NET-1301"})
    walk.answer("result", "mended")
    walk.refused(Clear("end-backup"))
    assert service.filled(walk.case, "fibre-fault").text() == (
        f"FIBRE FAULT\nAccount : {DOMAIN}\nPhone : 03 5550 0100\nDown since : 20/11/2026\n"
        "Fault : slow, drops\nLight : BLINKING\n4G backup : on\nBest time for a visit : mornings\n"
    )
    walk.close("passed-on", "Rosa")
    assert "LEFT RUNNING: The 4G backup is still running" in wrap_up(service.find(walk.id), service.clock)


def test_its_templates_fill(service: Service) -> None:
    walk = to_the_active_fibre(service)
    assert service.filled(walk.case, "detach-mailboxes").missing == ("Largest mailbox in GB",)
    walk.do(SetLine("detach-mailboxes", "largest-mailbox-in-gb", "4"))
    assert service.filled(walk.case, "detach-mailboxes").text() == (
        f"DETACH MAILBOXES FROM ADSL\nAccount : {DOMAIN}\n"
        "Request : Keep these mailboxes when the line ends.\n"
        "Authenticated : yes\nFibre service : FIB00412207\nPut in on : 26/11/26\nADSL : still on\n"
        f"Largest mailbox in GB : 4\nMailboxes\n- {BOXES[0]}\n- {BOXES[1]}\n"
    )


# -- what config/README.md says of it
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

    def open_screen(service: Service, banner: str, practice: bool, **_: object) -> int:
        seen.append((service, [row.domain for row in service.overviews()]))
        return 0

    monkeypatch.setattr(dashboard, "open_screen", open_screen)
    yield seen


def test_the_demo_starts_on_it(
    clock: Clock, home: Path, monkeypatch: pytest.MonkeyPatch, opened: list[tuple[Service, list[str]]]
) -> None:
    with terminal(monkeypatch):
        assert cli.main(["demo", "--config", str(FIBRE)]) == 0
    ((service, domains),) = opened
    assert len(domains) >= 10 and service.playbook.procedure.id == "fibre-move"


def test_its_practice_cases_are_of_every_kind(service: Service) -> None:
    cases = [service.find(case_id) for case_id in make(service).samples]
    assert {case.number for case in cases} == {None, 1, 2}
    assert {case.standing_word() for case in cases} == {"due", "in hand", "waiting", "closed"}
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
    settings = replace(service.playbook.settings, resolver="127.0.0.1:1", dns_timeout_seconds=1)
    service.reader.take(replace(service.playbook, settings=settings))
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
            await tui.until(lambda item=item: service.case(row.id).status(item).state is State.DONE)  # type: ignore[misc]
        await tui.until(lambda: "No credit on monthly billing" in tui.text())
        assert "Do not end ADSL yet" in tui.text()
        assert not [word for word in OF_THE_SHIPPED_ONE if word in tui.text()]


async def test_an_action_of_it_is_ticked_in_the_app(service: Service, tmp_path: Path) -> None:
    walk = Walk(service, mailboxes=BOXES).begin(2)
    given = {"trouble": "nothing", "since": "2026-11-20", "light": "red", "backup": "wanted"}
    for name, value in given.items():
        walk.answer(name, value)
    async with running(tmp_path, (120, 40), service=service) as tui:
        await tui.press("enter")
        await tui.until(lambda: "Switch the 4G backup on" in tui.text())
        await tui.press("space")
        await tui.until(lambda: walk.state("backup-on") is State.DONE)
        await tui.press("1")  # not solved
        await tui.until(lambda: "Raise the fault with the network desk" in tui.text())
        assert not [word for word in OF_THE_SHIPPED_ONE if word in tui.text()]
