"""The line of a case on Home."""

from __future__ import annotations

from datetime import datetime, timedelta

from msgspec.structs import replace

from oxtui.cases.log.replay import replay
from oxtui.cases.overview import in_order, overview
from tests.core.replay_log import Log
from tests.core.test_replay import yearly
from tests.drive.case import SUNDAY, THREE, shipped


# -- the line on Home
def test_where_a_case_stands_on_home() -> None:
    log = Log()
    assert log.case().standing_word() == "in hand"
    log.add("hold", **{"for": "SME", "until": "2026-11-23"})
    assert log.case().standing_word() == "waiting"
    log.add("hold", **{"for": "SME", "until": "2026-11-22T10:46"})
    assert log.case().standing_word() == "due"
    log.add("resumed")
    log.begin(1)
    put_off = log.add("deferred", scenario=1, item="salesforce-reason", until="2026-11-22")
    assert log.case().standing_word() == "due" and len(log.case().put_off_due()) == 1
    log.undo(put_off)
    assert log.case().standing_word() == "in hand"
    log.add("closed", ending="unreachable", told="")
    assert log.case().standing_word() == "closed" and log.case().next_text() == ""


def test_due_comes_first_then_in_hand_the_last_touched_first_then_waiting_the_soonest_first() -> None:
    rows = []
    holds = {
        "w2": "2026-12-02",
        "h1": "",
        "d2": "2026-11-21",
        "w1": "2026-12-01",
        "h2": "",
        "d1": "2026-11-20",
        "d0": "1999-01-01",
    }
    for at, (name, until) in enumerate(holds.items()):
        log = Log()
        log.add("details", phone=name)
        if until:
            log.add("hold", **{"for": "x", "until": until})
        row = overview(log.case())
        moment = datetime.fromisoformat("2026-11-22T00:00:00+00:00") + timedelta(minutes=at)
        rows.append((row, name, moment))
    order = in_order([replace(row, id=name, touched_at=moment) for row, name, moment in rows])
    assert [row.id for row in order] == ["d0", "d1", "d2", "h2", "h1", "w1", "w2"]
    assert order[1].matches("D1 bright") and not order[1].matches("d1 sour")
    assert order[1].as_json()["hold"] == {"for": "x", "until": "2026-11-20"}
    assert order[3].as_json()["next"] == "Authenticate the client" and order[3].as_json()["scenario"] is None


def test_who_is_on_the_line_is_in_the_overview_and_lapses_by_itself() -> None:
    log = yearly()
    (talk,) = overview(log.case()).talks
    assert (talk.agent, talk.mode, talk.live) == ("anna", "client", True)
    row = overview(replay(log.document, shipped().procedure, SUNDAY, agent="ben"))
    assert row.talks[0].live and row.agent == "anna"
    later = row.at(SUNDAY + timedelta(minutes=61))
    assert not later.talks[0].live and later.at(SUNDAY).talks[0].live is False, "one that has lapsed stays so"
    log.add("parked")
    (talk,) = overview(log.case()).talks
    assert not talk.live
    log.add("call-ended")
    assert overview(log.case()).talks == ()


def test_what_was_cleared_and_not_answered_is_in_the_overview() -> None:
    log = Log().boxes(THREE[0]).begin(2)
    log.add("cleared", scenario=2, item="cancel-ox-mail", shown=[])
    (cleared,) = overview(log.case()).cleared
    assert (cleared.text, cleared.agent) == ("Cancel the OX-Mail service", "anna")
    log.add("not-yet", scenario=2, item="cancel-ox-mail")
    assert overview(log.case()).cleared == ()
