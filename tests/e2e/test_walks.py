"""The scenarios from `n` to closed, by the keyboard: a handful in a real terminal, others by the pilot.

OXTUI_LONG=1 walks all of them, in a real terminal and by the pilot.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path

import pytest
from textual import events
from textual.widgets import Input

from oxtui.cases.case import Case
from oxtui.cases.commands import AnswerIt, Tick, confirmation, item_of
from oxtui.playbook.load import load
from oxtui.playbook.progress import State
from oxtui.service import Service
from tests.e2e.proved import proved
from tests.e2e.steps import CONFIG, DOMAIN, Step, Way, left_in_log, pointer
from tests.e2e.terminal import TMUX, Terminal
from tests.e2e.walks import all_walks, scenario_1, scenario_2
from tests.tui.harness import begun, do, new_service, running

NOW = "2026-11-23T10:46:00+11:00"
PROGRAM = Path(sys.executable).with_name("oxtui")
WALKS = {f"{way.scenario} {way.name}": way for way in all_walks()}
HANDFUL = [
    "1 yearly to yearly, Business Basic, workflows found, 3 mailboxes",
    "2 yearly to yearly, business basic, JIRA returned, OX-Mail running, 3 mailboxes",
    "2 monthly to monthly, business basic, JIRA completed, OX-Mail cancelled, 1 mailbox",
    "3 sending-receiving and missing-mail, returned, 1 mailbox",
]
PILOTED = [
    "1 monthly to monthly, Email Deluxe, workflows none, 1 mailbox",
    "1 yearly to monthly, Business Basic, workflows found, 3 mailboxes",
    "1 monthly to yearly, Email Deluxe, workflows none, 1 mailbox",
    "2 monthly to monthly, business basic, JIRA refused, OX-Mail running, 1 mailbox",
    "2 monthly to monthly, business basic, JIRA stays, OX-Mail running, 1 mailbox",
    "2 yearly to monthly, business basic, JIRA completed, OX-Mail running, 3 mailboxes",
    "3 general-setup, solved, 1 mailbox",
    "3 missing-mail, refused, 1 mailbox",
    "3 sending-receiving, fixed, 3 mailboxes",
    "3 other, stays, 1 mailbox",
]
LONG = bool(os.environ.get("OXTUI_LONG"))

pytestmark = [pytest.mark.slow, pytest.mark.e2e]
needs_tmux = pytest.mark.skipif(TMUX is None, reason="no tmux")


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped playbook with a resolver that nobody answers."""
    config = tmp_path_factory.mktemp("playbook") / "config"
    shutil.copytree(CONFIG, config)
    settings = config / "settings.yaml"
    text = settings.read_text()
    assert 'resolver: ""' in text
    settings.write_text(text.replace('resolver: ""', 'resolver: "127.0.0.1:9"'))
    return config


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home in which the playbook was proved; where `new_service` looks for it, too."""
    folder = tmp_path / "oxhome"
    proved(folder)
    return folder


def env(home: Path, config: Path) -> dict[str, str]:
    return {
        "OXTUI_HOME": str(home), "OXTUI_CONFIG": str(config), "OXTUI_NOW": NOW, "OXTUI_AGENT": "anna",
        "TZ": "Australia/Melbourne",
    }  # fmt: skip


def open_pane(home: Path, config: Path, cols: int = 80, rows: int = 24, *words: str) -> Terminal:
    """The installed command in a pane."""
    return Terminal([*(words or (str(PROGRAM),))], cols, rows, env(home, config))


def service_on(home: Path) -> Service:
    return new_service(home.parent, now=datetime.fromisoformat(NOW))


def only_case(service: Service) -> Case:
    """The one case of a home, open or closed."""
    rows = service.overviews()
    if rows:
        return service.case(rows[0].id)
    return service.find(str(service.history.by_domain(DOMAIN)[0]["id"]))


# -- the walks
def wait_seen(pane: Terminal, step: Step, scenario: int, seconds: float = 5.0) -> None:
    pane.wait_for(lambda lines: step.seen("\n".join(lines), scenario), seconds)


def press(pane: Terminal, step: Step, scenario: int, seconds: float = 12.0) -> None:
    """One step, and a look at the screen. Toasts are waited for: they go after some seconds."""
    if step.kind == "text":
        time.sleep(0.65)  # what is typed at once into a field that a letter opened is rather a sentence
        pane.type(step.keys)
    elif step.kind == "paste":
        pane.paste(step.keys)
    else:
        pane.press(step.keys)
    try:
        wait_seen(pane, step, scenario, seconds)
    except AssertionError as error:
        raise AssertionError(f"{step}\n{error}") from None


@needs_tmux
@pytest.mark.parametrize("name", list(WALKS) if LONG else HANDFUL)
def test_walked_in_a_real_terminal(name: str, home: Path, config: Path) -> None:
    way = WALKS[name]
    with open_pane(home, config) as pane:
        pane.wait_for("filter", 20)
        for step in way.steps:
            press(pane, step, way.scenario)
        pane.press("ctrl+q")
        assert pane.exit_status(15) == 0
        assert not re.search(r"Traceback|error of the program", pane.text())
    assert left_in_log(only_case(service_on(home))) == way.does()


@pytest.mark.parametrize("name", list(WALKS) if LONG else PILOTED)
async def test_walked_by_the_pilot(name: str, tmp_path: Path, config: Path) -> None:
    way = WALKS[name]
    service = new_service(tmp_path, now=datetime.fromisoformat(NOW), playbook=load(config).playbook)
    async with running(tmp_path, (80, 24), service=service) as tui:
        for step in way.steps:
            tui.app.clear_notifications()  # what a toast covers is the real terminal's to wait for
            if step.kind == "text" and not isinstance(tui.app.focused, Input):
                await tui.type(step.keys)  # its first key opens the field
            elif step.kind in ("text", "paste"):
                tui.seconds += 1.0
                tui.app.post_message(events.Paste(step.keys))
            else:
                await tui.press(step.keys)
            end = time.monotonic() + 15.0
            while not step.seen(tui.text(), way.scenario):
                assert time.monotonic() < end, f"{step}\n{tui.text()}\n{tui.told()}"
                await tui.pilot.pause(0.02)
    assert left_in_log(only_case(service)) == way.does()


def wait_ended(number: int, seconds: float = 5.0) -> None:
    """Wait until a process has ended (nobody may have asked for its exit code yet)."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            state = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return
        if state == "Z":
            return
        time.sleep(0.02)
    raise AssertionError(f"{number} still runs")


# -- what was shown as done is not lost
@needs_tmux
def test_a_tick_that_was_shown_is_there_after_kill_9(home: Path, config: Path) -> None:
    way = scenario_2("monthly", "monthly")
    killed = 0
    pane = open_pane(home, config)
    try:
        pane.wait_for("filter", 20)
        for step in way.steps:
            press(pane, step, way.scenario)
            if not step.does or killed == 12:
                continue
            pane.wait_gone("saving")
            os.kill(pane.pid, signal.SIGKILL)
            wait_ended(pane.pid)
            pane.close()
            killed += 1
            assert left_in_log(only_case(service_on(home)))[-1] == step.does[-1]
            pane = open_pane(home, config)
            pane.wait_for(DOMAIN, 20)
            pane.press("enter")
            pane.wait_for("Checklist")
            wait_seen(pane, step, way.scenario)
    finally:
        pane.close()
    assert killed == 12
    assert left_in_log(only_case(service_on(home))) == way.does()


# -- two panes
def ready_to_cancel(service: Service) -> Case:
    """Scenario 1 with all done before Essentials is cancelled."""
    case = begun(service, DOMAIN, 1, f"anna@{DOMAIN}")
    answers = {"billed-now": "monthly", "licence": "business-basic", "billed-next": "monthly"}
    case = do(service, case, *(AnswerIt(name, (value,)) for name, value in answers.items()))
    case = do(service, case, Tick("tell-team", through="chat"), Tick("salesforce-reason"))
    case = do(service, case, Tick("order", through="client console"), AnswerIt("order-completed", ("completed",)))
    said = confirmation(case, item_of(case, "accounts-swapped")[1])
    case = do(service, case, Tick("accounts-swapped", confirmed=said), Tick("next-invoice"))
    return do(service, case, AnswerIt("essentials-running", ("running",)), AnswerIt("workflows", ("none",)))


def opened(pane: Terminal) -> Terminal:
    pane.wait_for(DOMAIN, 20)
    pane.press("enter").wait_for("Checklist")
    return pane


@needs_tmux
def test_two_panes_see_each_other_within_two_seconds(home: Path, config: Path) -> None:
    service = service_on(home)
    begun(service, DOMAIN, 1)
    with open_pane(home, config) as one, open_pane(home, config) as two:
        opened(one)
        opened(two)
        one.press("2").wait_for(re.compile(pointer(1, "licence")))
        began = time.monotonic()
        two.wait_for(re.compile(r"✓ How is Email Essentials billed\? +yearly"), 2.0)
        assert time.monotonic() - began <= 2.0
        two.press("j").press("1").wait_for("Business Basic  10:46")
        one.wait_for("Business Basic  10:46", 2.0)


@needs_tmux
def test_a_killer_is_asked_again_when_another_pane_changed_the_case(home: Path, config: Path) -> None:
    service = service_on(home)
    case = ready_to_cancel(service)
    with open_pane(home, config) as one, open_pane(home, config) as two:
        opened(one).wait_for(re.compile(pointer(1, "cancel-essentials")))
        opened(two)
        one.press("enter").wait_for("Cancel now?")
        two.press("i").wait_for("add mailboxes")
        two.press("1").wait_for("Type or paste the addresses")
        time.sleep(0.65)
        two.type(f"new@{DOMAIN}").wait_for(f"new@{DOMAIN}")
        two.press("enter").wait_for("1 of 2")
        one.press("enter")
        one.wait_for(lambda lines: "Not yet" in "\n".join(lines) or "changed meanwhile" in "\n".join(lines))
        assert service.case(case.id).status("cancel-essentials").state is State.LOCKED
        one.wait_for("1 of 2")


# -- the ends of the program
RESTORED = (b"\x1b[?1049l", b"\x1b[?25h")


def in_a_shell(home: Path, config: Path) -> Terminal:
    """The program in a shell that lives on, so that the terminal can be looked at after it."""
    script = f'"{PROGRAM}"; echo "ended with $?"; stty -a; sleep 60'
    return open_pane(home, config, 80, 24, "sh", "-c", script)


def program_in(pane: Terminal) -> int:
    """The process id of the program under the shell of a pane."""
    children = Path(f"/proc/{pane.pid}/task/{pane.pid}/children").read_text().split()
    return int(children[0])


def assert_restored(pane: Terminal, code: int) -> None:
    lines = pane.wait_for(f"ended with {code}", 8)
    text = "\n".join(pane.wait_for("icanon"))
    raw = pane.raw()
    for on, off in ((b"\x1b[?1049h", RESTORED[0]), (b"\x1b[?25l", RESTORED[1])):
        assert raw.rfind(off) > raw.rfind(on) >= 0, f"{off!r} was not sent last\n{lines}"
    assert re.search(r"(?<!-)\bicanon\b", text) and re.search(r"(?<!-)\becho\b", text), text
    assert pane.tmux("display-message", "-p", "#{alternate_on},#{cursor_flag}") == "0,1"


@needs_tmux
@pytest.mark.parametrize("how", ["SIGTERM", "SIGHUP", "ctrl+q"])
def test_the_terminal_is_given_back(how: str, home: Path, config: Path) -> None:
    service = service_on(home)
    case = begun(service, DOMAIN, 1)
    with in_a_shell(home, config) as pane:
        opened(pane)
        pane.press("2").wait_for(re.compile(pointer(1, "licence")))
        pane.press("1")  # the end comes while this one is written
        if how == "ctrl+q":
            pane.press("ctrl+q")
        else:
            os.kill(program_in(pane), getattr(signal, how))
        assert_restored(pane, 0 if how == "ctrl+q" else 143)
        assert "Traceback" not in pane.text()
    kept = left_in_log(service_on(home).case(case.id))
    assert kept[:1] == ["billed-now=yearly"]
    assert kept[1:] in ([], ["licence=business-basic"])


@needs_tmux
def test_a_closed_pane_ends_the_program_and_loses_nothing(home: Path, config: Path) -> None:
    service = service_on(home)
    case = begun(service, DOMAIN, 1)
    with open_pane(home, config) as pane:
        opened(pane)
        pane.press("2").wait_for(re.compile(pointer(1, "licence")))
        number = pane.pid
        pane.tmux("set", "-g", "exit-empty", "off")
        pane.tmux("kill-pane")
        wait_ended(number)
    assert left_in_log(service_on(home).case(case.id)) == ["billed-now=yearly"]


@needs_tmux
def test_ctrl_c_does_not_end_it(home: Path, config: Path) -> None:
    begun(service_on(home), DOMAIN, 1)
    with open_pane(home, config) as pane:
        opened(pane)
        pane.press("ctrl+c", "ctrl+c")
        pane.press("2").wait_for(re.compile(pointer(1, "licence")))
        assert pane.alive()


def test_without_a_terminal_it_is_one_line_and_2(home: Path, config: Path) -> None:
    for command in ([], ["demo"]):
        ended = subprocess.run(
            [PROGRAM, *command],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=30,
            env={**os.environ, **env(home, config)},
        )
        assert ended.returncode == 2
        assert ended.stdout == ""
        assert len(ended.stderr.strip().splitlines()) == 1, ended.stderr
        assert "needs a terminal" in ended.stderr


# -- the demo
@needs_tmux
@pytest.mark.parametrize(("cols", "rows"), [(40, 12), (80, 24)])
def test_the_demo_says_practice_on_every_screen(cols: int, rows: int, home: Path, config: Path) -> None:
    with open_pane(home, config, cols, rows, str(PROGRAM), "demo") as pane:
        pane.wait_for("PRACTICE", 30)
        for key, words in zip("nhctr?", ("omain", "istory", "lan", "emplate", "lan", "elp"), strict=True):
            pane.press(key)
            pane.wait_still()
            pane.wait_for(words)
            assert "PRACTICE" in pane.text(), f"{key}\n{pane.text()}"
            pane.press("escape")
            pane.wait_still()
        pane.press("enter").wait_still()
        assert "PRACTICE" in pane.text()
        pane.press("Y")
        pane.wait_for("wrap-up note", 5)
        copies = [*pane.buffers(), *pane.osc52()]
        assert copies and all("PRACTICE" in text for text in copies), copies
        pane.press("ctrl+q")
        assert pane.exit_status(15) == 0


def test_the_walks_name_what_they_walk() -> None:
    assert {*HANDFUL, *PILOTED} <= set(WALKS)
    assert all(isinstance(way, Way) for way in WALKS.values())
    assert scenario_1("monthly", "monthly").pressed <= 30
