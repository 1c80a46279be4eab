"""One case over three days by two agents: the server stopped in the middle, one agent offline, to its close."""

from __future__ import annotations

from pathlib import Path

import pytest

from oxtui.cases.commands.base import Command
from oxtui.cases.commands.calls import BeginCall, EndCall
from oxtui.cases.commands.closing import Close
from oxtui.cases.commands.details import Assign
from oxtui.cases.commands.killers import Cancel, Clear
from oxtui.cases.commands.scenarios import Choose
from oxtui.cases.commands.waiting import Note, SetHold
from oxtui.cases.status import State
from tests.drive.case import MONDAY, FakeClock, Walk
from tests.drive.waiting import until
from tests.floor import cluster
from tests.floor.agents import ServerAgent
from tests.floor.cable import Cable

pytestmark = [pytest.mark.slow, pytest.mark.skipif(bool(cluster.why_not()), reason=cluster.why_not())]


class Hands:
    """An agent at one case: what they do is refused only where the story says so."""

    def __init__(self, agent: ServerAgent, case_id: str = "") -> None:
        self.agent = agent
        self.id = case_id or agent.service.start("brightside.com.au", mailboxes=("jo@brightside.com.au",)).id
        until(lambda: agent.service.peek(self.id))
        self.walk = Walk(agent.service, self.id)

    def do(self, *commands: Command) -> None:
        for command in commands:
            before = len(self.agent.refused)
            self.agent.press(self.id, command)
            assert len(self.agent.refused) == before, self.agent.refused[-1]

    def answer(self, name: str, *value: str) -> None:
        self.do(self.walk.answering(name, *value))

    def tick(self, name: str) -> None:
        self.do(self.walk.ticking(name))

    def state(self, name: str) -> State:
        return self.agent.seen(self.id).status(name).state


def test_one_case_over_three_days_by_two_agents(tmp_path: Path) -> None:
    clock = FakeClock(MONDAY)
    with cluster.running() as server:
        server.new_floor("floor", "anna", "ben")
        cable = Cable(server.port)
        annas = server.address("anna").replace(f"port={server.port}", f"port={cable.port}")
        anna, ben = (
            ServerAgent(annas, tmp_path / "anna", clock),
            ServerAgent(server.address("ben"), tmp_path / "ben", clock),
        )
        until(lambda: not (anna.outbox.floor.away or ben.outbox.floor.away))

        # Monday: the server is killed in the middle of Anna's call, and so is her program
        a = Hands(anna)
        a.do(BeginCall("client", "PIN"), Choose(2))
        a.answer("ox-running", "running")
        clock.pass_(minutes=2)
        server.kill()
        until(lambda: anna.outbox.floor.away)
        a.answer("billed-now", "monthly")
        a.answer("licence", "business-basic")
        clock.pass_(minutes=3)
        a.answer("billed-next", "monthly")
        a.tick("sme")
        a.do(Note("she is in on Thursday"), SetHold("the order", "2026-11-24"))
        assert len(anna.outbox.kept) >= 6 and a.state("sme") is State.DONE
        anna.outbox.stop()
        anna.store.close_down()
        anna = ServerAgent(annas, tmp_path / "anna", clock)
        assert anna.outbox.kept and anna.seen(a.id).status("sme").state is State.DONE, "kept, and drawn, over the end"
        clock.pass_(hours=2)
        server.start()
        until(lambda: not anna.outbox.floor.away and not anna.outbox.kept)
        until(lambda: ben.service.peek(a.id) is not None and ben.seen(a.id).status("sme").state is State.DONE)
        assert not anna.outbox.too_late

        # Tuesday: Anna's cable is out, and she does not know that Ben has taken the case over
        clock.pass_(days=1)
        cable.cut()
        until(lambda: anna.outbox.floor.away)
        a = Hands(anna, a.id)
        a.do(BeginCall("client"))
        a.answer("missing", "yes")
        a.do(Note("the client rang me: mail of October is missing"))
        b = Hands(ben, a.id)
        b.do(Assign("ben"), BeginCall("client"))
        b.tick("order")
        b.answer("order-completed", "completed")
        for name, value in (
            ("dns-office-365", "yes"),
            ("devices", "connected"),
            ("ns", "with-us"),
            ("mx", "office-365"),
        ):
            b.answer(name, value)
        b.answer("spamexperts", "yes")
        b.answer("webmail", "works")
        b.answer("missing", "no")
        b.tick("jira")
        b.do(SetHold("Platform Support", "2026-11-25"))
        clock.pass_(hours=3)
        cable.join()
        until(lambda: not anna.outbox.floor.away and not anna.outbox.kept)
        assert [each.words for each in anna.outbox.too_late] and "ben changed" in anna.outbox.too_late[0].why
        until(lambda: anna.seen(a.id).holder == "ben")

        # Wednesday: the JIRA is done, OX-Mail is cleared, and the server stops before the answer
        clock.pass_(days=1)
        b.do(BeginCall("client"))
        b.answer("jira-result", "completed")
        b.answer("client-confirms", "works")
        b.do(Clear("cancel-ox-mail"))
        server.kill()
        until(lambda: ben.outbox.floor.away)
        b.do(Cancel("cancel-ox-mail"))
        assert [type(entry).__name__ for entry in ben.outbox.kept] == ["Waiting"]
        clock.pass_(minutes=10)
        server.start()
        until(lambda: not ben.outbox.floor.away and not ben.outbox.kept)
        assert b.walk.case.marks("cancel-ox-mail")
        b.tick("ox-billing")
        assert not b.walk.case.open_items()
        b.do(EndCall(), Close("complete"))
        until(lambda: anna.service.store.get(b.id) is None)
        case = anna.service.find(b.id)
        note = anna.service.note(case)
        for each in (anna, ben):
            each.end()
        cable.end()
    assert case.closed and case.closed.agent == "ben" and not case.altered
    assert [event.seq for event in case.log] == list(range(1, len(case.log) + 1))
    assert (
        "Too late, not counted: Mail missing: yes" in note and note.count("Too late") == 1 and "mail of October" in note
    )
