"""A case that waits, by keys in a real terminal: from the order to its end over four days, and on to another machine.

Each day is one start of the program with the clock moved. What a day leaves is the next day's beginning, so the days
are fixtures; the tests look at what they left.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pytest

from oxtui.cases.case import Case
from oxtui.cases.conduct import Note, Resume
from oxtui.cases.notes import SALESFORCE_COMMENT
from oxtui.clock import Clock
from oxtui.locations import Locations
from oxtui.playbook.load import load
from oxtui.service import Service
from tests.core.dns_server import DnsServer
from tests.e2e.dns_floor import PROGRAM, Floor, go, zone
from tests.e2e.terminal import TMUX, Terminal

DOMAIN = "brightside.com.au"
FOUR = tuple(f"{name}@{DOMAIN}" for name in ("anna", "info", "sales", "support"))
MONDAY, TUESDAY, THURSDAY = "2026-11-23T10:46:00+11:00", "2026-11-24T09:10:00+11:00", "2026-11-26T09:30:00+11:00"

pytestmark = [pytest.mark.slow, pytest.mark.e2e, pytest.mark.skipif(TMUX is None, reason="no tmux")]


@dataclass
class Story:
    """A home, what was copied on the way, and what was on the screen."""

    floor: Floor
    home: Path
    copied: dict[str, str] = field(default_factory=dict)
    seen: dict[str, str] = field(default_factory=dict)

    def service(self, now: str = THURSDAY) -> Service:
        """A service on the home, to look at what is on disk."""
        places = Locations(self.home, self.floor.config)
        return Service(places, load(self.floor.config).playbook, Clock(datetime.fromisoformat(now)), "anna")

    def case(self, now: str = THURSDAY) -> Case:
        return self.service(now).find(DOMAIN)

    def oxtui(self, *words: str, now: str = THURSDAY) -> subprocess.CompletedProcess[str]:
        """The command line on that home."""
        env = {**os.environ, **self.floor.env(self.home, now)}
        return subprocess.run(
            [PROGRAM, *words], env=env, capture_output=True, text=True, timeout=30, stdin=subprocess.DEVNULL
        )

    def copy_at(self, name: str) -> Story:
        """The same as a fork: what is done to it does not touch the day it begins with."""
        home = self.home.with_name(name)
        shutil.copytree(self.home, home)
        return Story(self.floor, home, self.copied, self.seen)


def buffer(pane: Terminal, key: str, told: str) -> str:
    """What a key copies, once it is told (a toast may be in front of others)."""
    before = pane.buffers()
    pane.press(key).wait_for(told, 10)
    pane.wait_for(lambda _: pane.buffers() != before, 10)
    return pane.buffers()[0]


def leave(pane: Terminal) -> None:
    pane.press("ctrl+q")
    assert pane.exit_status(15) == 0


@pytest.fixture(scope="module")
def monday(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """Order, evidence, checks, JIRA, and a wait for Platform Support."""
    with DnsServer() as server:
        zone(server, DOMAIN, "0 brightside-com-au.mail.protection.outlook.com.")
        server.add(DOMAIN, "TXT", '"v=spf1 include:spf.protection.outlook.com -all"')
        floor = Floor(tmp_path_factory.mktemp("waiting"), server.resolver)
        story = Story(floor, floor.home("first"))
        with floor.pane(story.home, MONDAY) as pane:
            go(pane, ("n", "Domain"))
            for text, key in ((DOMAIN, "tab"), ("03 9000 1234", "tab"), ("00123456", "tab"), (" ".join(FOUR), "enter")):
                pane.paste(text).press(key)
            go(pane, ("a", "DNS at 10:46: Office 365"), ("2", "1 still running"), ("1", "1 Business Basic"))
            go(pane, ("1", "▸? How is OX-Mail"), ("2", "▸? How is the new"), ("2", "▸□ Tell an SME"))
            go(pane, ("space", "▸□ Have the discount"), ("c", "ask an SME"), ("=11.80", "SME"))
            go(pane, ("=Sam Lee", "reference"), ("=chat 23/11", "▸□ Place the Office"), ("space", "▸? Is the Office"))
            go(pane, ("1", "● seen 10:46: Office 365"), ("enter", "Is it so"))  # enter takes what DNS proposes
            go(pane, ("enter", "▸□ Have the client connect"), ("enter", "Is it so"), ("enter", "▸? Whose name"))
            go(pane, ("enter", "▸? Where does MX"), ("enter", "▸? Does the SPAM"), ("3", "▸? Does mail work"))
            go(pane, ("x", "Why?"), ("=the webmail is down", "▸? Is any mail"), ("1", "▸? From which"))
            go(pane, ("enter", "12/9, yesterday"), ("=20/11", "▸□ Raise a JIRA"))
            story.seen["checked"] = pane.text()
            pane.press("t").wait_for("enter keep")
            story.seen["template"] = pane.text()
            time.sleep(0.65)
            go(pane, ("enter", "Password of"))
            pane.paste("\n".join(f"{box} : pass-{place}" for place, box in enumerate(FOUR))).wait_for("not stored")
            story.copied["monday"] = buffer(pane, "C", "▸□ Raise a JIRA")
            go(pane, ("space", "JIRA number"), ("=4412", "does not look like a JIRA number"))
            pane.press(*["backspace"] * 4)
            go(pane, ("=HOST-4412", "▸? What came back"), ("w", "waits for Platform Support"))
            go(pane, ("enter", "enter alone: Mon 23/11/2026 11:00"), ("enter", "Waits for Platform Support until"))
            leave(pane)
        yield story


@pytest.fixture(scope="module")
def tuesday(monday: Story) -> Story:
    """Returned for one mailbox, sent again for that one, on hold for two days."""
    with monday.floor.pane(monday.home, TUESDAY) as pane:
        monday.seen["due"] = "\n".join(pane.wait_for("1 due"))
        go(pane, ("enter", "Checklist"), ("w", "Last done:"))
        monday.seen["resumed"] = pane.text()
        go(
            pane,
            ("b", "Back office: no"),
            ("enter", "For which mailboxes"),
            ("3", "□ sales@"),
            ("enter", "1 completed"),
        )
        go(pane, ("1", "Is it so"), ("enter", "3 of 4"), ("2", "only sales@"))
        go(pane, ("=the password was wrong", "▸□ Mend the JIRA"), ("t", "Password of sales@"))
        pane.paste("pass-9").wait_for("•")
        go(pane, ("enter", "not stored"))
        monday.copied["tuesday"] = buffer(pane, "y", "▸□ Mend the JIRA")
        go(pane, ("space", "▸? What came back"), ("w", "waits for Platform Support"), ("enter", "Until when"))
        go(pane, ("=2d", "Waits for Platform Support until"))
        monday.copied["note"] = buffer(pane, "Y", "part 1 of 2")
        monday.copied["line"] = buffer(pane, "Y", "its oxtui: line 2 of 2")
        leave(pane)
    return monday


@pytest.fixture(scope="module")
def thursday(tuesday: Story) -> Story:
    """Due, chased, resumed, completed, confirmed by the client for each mailbox, cancelled, closed."""
    story = tuesday.copy_at("thursday")
    with story.floor.pane(story.home, THURSDAY) as pane:
        pane.wait_for("1 due")
        go(pane, ("w", "To chase"))
        story.copied["question"] = buffer(pane, "y", "The question")
        story.copied["handover"] = buffer(pane, "H", "The handover text")
        go(pane, ("w", "Open cases"), ("enter", "Checklist"), ("w", "Last done:"), ("a", "✓ authenticated 09:30"))
        go(pane, ("1", "1 of 4: sales@"), ("enter", "▸□ Have the client confirm"), ("enter", "Is it so"))
        go(pane, ("2", "□ info@"), ("3", "□ sales@"), ("4", "□ support@"), ("enter", "1 of 4"))
        go(pane, ("enter", "Is it so"), ("enter", "▸■ Cancel OX-Mail"), ("enter", "Cancel now"))
        go(pane, ("enter", "next: Close"), ("z", f"Close {DOMAIN}"), ("enter", "is closed"))
        leave(pane)
    return story


# -- the way
def test_evidence_proposes_and_the_agent_confirms(monday: Story) -> None:
    case = monday.case(MONDAY)
    assert case.record("dns-office-365").marks[""].value == ("yes",)
    assert case.record("ns").marks[""].value == ("with-us",) and case.record("mx").marks[""].value == ("office-365",)
    assert case.evidence and case.evidence["owner"] == "office365" and case.evidence["dns_with_us"] is True
    assert "DNS : DNS with us" in monday.seen["template"] and "MX : Resolving to OX Mail? No" in monday.seen["template"]
    assert case.details.jira == ("HOST-4412",) and case.hold and case.hold.until == "2026-11-23T11:00"


def test_the_packet_for_platform_support_is_complete(monday: Story) -> None:
    head, _, template = monday.copied["monday"].partition("\n\n")
    assert head.split("\n") == [
        f"Summary : O365 Reversal - {DOMAIN} - 4 mailboxes",
        "System Impacted : Hosting - OX Mail",
        "Salesforce : 00123456",
        "Phone : 03 9000 1234",
        "Evidence : Office 365",
        "  MX   0 brightside-com-au.mail.protection.outlook.com (Office 365)",
        "  NS   ns1.our-floor.example, ns2.our-floor.example (with us)",
        "  SPF  v=spf1 include:spf.protection.outlook.com -all",
        head.split("\n")[-1],
    ]
    assert head.endswith(" at 2026-11-23 10:46 +1100") and "  Asked 127.0.0.1:" in head
    assert template.split("\n")[0] == "TEMPLATE : O365 Reversal"
    assert template.rstrip("\n").split("\n")[-4:] == [f"{box} : pass-{place}" for place, box in enumerate(FOUR)]


def test_due_and_resumed_with_what_was_done_last(tuesday: Story) -> None:
    due = tuesday.seen["due"]
    assert "▲ 1 due" in due and "waits: Platform Support" in due
    resumed = tuesday.seen["resumed"]
    assert "Last done:" in resumed and "Mon 23/11/2026 10:46 Raised a JIRA to" in resumed
    assert "Mon 23/11/2026 10:46 Copied the template" in resumed


def test_returned_for_one_mailbox_sends_only_that_one_again(tuesday: Story) -> None:
    template = tuesday.copied["tuesday"]
    assert template.startswith("TEMPLATE : O365 Reversal\n") and template.count("@") == 1
    assert template.rstrip("\n").endswith("sales@brightside.com.au : pass-9")
    case = tuesday.case(TUESDAY)
    assert case.details.jira == ("HOST-4412",), "the number stays"
    assert case.status("jira-result").done == 3 and case.standing() == "waiting"
    assert tuesday.case().standing() == "due"


def test_a_note_longer_than_a_comment_is_copied_in_two(tuesday: Story) -> None:
    note, line = tuesday.copied["note"], tuesday.copied["line"]
    assert max(len(note), len(line)) < SALESFORCE_COMMENT < len(note) + len(line)
    assert note.startswith(f"{DOMAIN}: Wants Office 365 back (scenario 2), waiting\n")
    assert "Waits for Platform Support until Thu 26/11/2026" in note and "pass-" not in note
    assert line.startswith("oxtui:1:") and line.endswith(".")
    told = tuesday.oxtui("notes", DOMAIN, now=TUESDAY)
    assert told.stdout == f"{note}\n\n{line}\n" and told.returncode == 0
    assert "a comment of its own" in told.stderr and told.stderr.count("\n") == 1


def test_one_polite_question_and_the_handover(thursday: Story) -> None:
    assert thursday.copied["question"] == (
        f"Hello, could you please tell me how JIRA HOST-4412 for {DOMAIN} (sales@) is going? It was raised on "
        "Mon 23/11/2026, and the client is waiting to hear from us. Thank you."
    )
    assert thursday.copied["handover"] == (
        "Handover Thu 26/11/2026 09:30 +1100: 1 open case, 1 due\n\n"
        f"{DOMAIN}: 2 Wants Office 365 back, DUE\n"
        "  Waits for Platform Support until Thu 26/11/2026\n"
        "  18 of 23 done. Next: What came back on the JIRA?\n"
        "  Phone 03 9000 1234, Salesforce 00123456, JIRA HOST-4412\n"
        "  NB Do not cancel OX-Mail before mail works in Office 365 for every mailbox. It goes last.\n"
        "  Last: Tue 24/11/2026 09:10 Mended the JIRA and sent it again"
    )


NOTE = f"""\
{DOMAIN}: Wants Office 365 back (scenario 2), closed
Opened Mon 23/11/2026 10:46 by anna. Times are +1100.
Closed Thu 26/11/2026 09:30 by anna, complete with 1 skipped
Mailboxes (4): {", ".join(FOUR)}
Phone 03 9000 1234, Salesforce 00123456, JIRA HOST-4412

AUTHENTICATION
Mon 23/11/2026 10:46, anna: client authenticated (how was not noted)
Tue 24/11/2026 09:10, anna: worked without the client on the line
Thu 26/11/2026 09:30, anna: client authenticated (how was not noted)

WHY THIS SCENARIO
Has the move of the mailboxes to OX-Mail begun? done
What does the client want? Office 365 back

FOUND
OX-Mail service: still running
New licence: Business Basic
OX-Mail billed: yearly
New licence billed: yearly
DNS and MX point to Office 365: yes
Name servers: ours
MX now: Office 365
SPAM-Experts login: could not check
Mail missing: yes
Mail missing since: 20/11/2026

DONE
Mon 23/11/2026, anna:
10:46 Told an SME that the client goes back to Office 365
10:46 Placed the Office 365 order (through SalesDB)
10:46 Office 365 order: completed
10:46 The client connected the devices to Office 365
10:46 Copied the template O365 Reversal
10:46 Raised a JIRA to Platform Support to move mail back (JIRA number HOST-4412)
10:46 Put on hold for Platform Support until Mon 23/11/2026 11:00
Tue 24/11/2026, anna:
09:10 JIRA result: completed for anna@, info@, support@
09:10 JIRA result: returned (the password was wrong) for sales@
09:10 Copied the template O365 Reversal for sales@
09:10 Mended the JIRA and sent it again
09:10 Put on hold for Platform Support until Thu 26/11/2026
Thu 26/11/2026, anna:
09:30 JIRA result: completed for sales@
09:30 The client confirmed old and new mail in Office 365
09:30 Cancelled OX-Mail, service and billing

SKIPPED
The webmail check - the webmail is down

PRO-RATA
Discount AU$11.80, first invoice AU$156.08, given by SME Sam Lee (chat 23/11) (Mon 23/11/2026 10:46, anna)
"""


def test_the_note_reads_as_a_person_would_write_it(thursday: Story) -> None:
    note = thursday.oxtui("notes", DOMAIN).stdout
    assert note[: len(NOTE)] == NOTE
    assert "\n167.88 - 11.80 = 156.08\n\nDNS\n" in note and "\nNB\n" not in note


def test_the_closed_case_no_longer_waits(thursday: Story) -> None:
    rows = json.loads(thursday.oxtui("cases", "--all", "--json").stdout)
    assert [(row["status"], row["hold"], row["next"]) for row in rows] == [("closed", None, None)]


# -- to another machine
def taken(story: Story, name: str, text: str, sees: str, now: str = THURSDAY) -> tuple[Story, str]:
    """A line pasted at `n` in a home of another agent's; what the screen shows then."""
    home = story.home.with_name(name)
    if not home.exists():
        story.floor.home(name)
    with story.floor.pane(home, now, agent="ben") as pane:
        go(pane, ("n", "Domain"))
        pane.paste(text).wait_for(text[:20])
        go(pane, ("enter", sees))
        seen = pane.text()
        leave(pane)
    return Story(story.floor, home), seen


def state(case: Case) -> tuple[object, ...]:
    """All that is known of a case but who is on the line."""
    answers = {name: status.state for name, status in case.statuses.items()}
    return case.domain, case.number, answers, case.details, case.addresses, case.hold, case.evidence, case.quote


def test_the_line_gives_the_same_state_in_a_fresh_home(tuesday: Story) -> None:
    other, seen = taken(tuesday, "other", tuesday.copied["line"], "not auth", TUESDAY)
    there, here = other.case(TUESDAY), tuesday.case(TUESDAY)
    assert state(there) == state(here) and there.id == here.id
    assert not there.authenticated and "next: Authenticate the client" in seen
    note = other.oxtui("notes", DOMAIN, now=TUESDAY).stdout
    assert "ben: restored as reported by anna; the client has to be authenticated again" in note
    again, _ = taken(other, "other", tuesday.copied["line"], "not auth", TUESDAY)
    assert len(again.case(TUESDAY).log) == len(there.log), "the same line twice is taken once"


def test_a_line_altered_by_one_character_is_refused(tuesday: Story) -> None:
    line = tuesday.copied["line"]
    place = len(line) // 2
    altered = line[:place] + ("A" if line[place] != "A" else "B") + line[place + 1 :]
    other, seen = taken(tuesday, "altered", altered, "was altered on its way")
    assert "copy it whole" in seen and not other.service().overviews()


def test_the_longer_log_wins_and_a_closed_case_goes_to_the_history(tuesday: Story, thursday: Story) -> None:
    """Tuesday's line is known already; Thursday's, of the closed case, is longer."""
    other, _ = taken(tuesday, "longer", tuesday.copied["line"], "Checklist")
    line = thursday.oxtui("notes", DOMAIN).stdout
    other, _ = taken(other, "longer", line, "is closed")
    assert not other.service().overviews()
    case = other.case()
    assert case.closed and case.closed.ending == "complete" and not case.authenticated
    assert state(case)[:5] == state(thursday.case())[:5]
    other, _ = taken(other, "longer", tuesday.copied["line"], "is closed")
    assert other.case().closed and not other.service().overviews(), "an older line opens nothing again"


def test_two_versions_are_both_shown_and_nothing_is_merged(tuesday: Story, thursday: Story) -> None:
    fork = tuesday.copy_at("fork")
    service = fork.service(THURSDAY)
    case = service.case(fork.case().id)
    service.change(case.id, Resume())
    service.change(case.id, Note("Platform Support asks for the new password of sales@"))
    before = fork.case().log
    fork, seen = taken(fork, "fork", thursday.oxtui("notes", DOMAIN).stdout, f"Two versions of {DOMAIN}")
    assert "HERE: in hand" in seen and "IN THE LINE: closed" in seen and "was merged" in seen
    assert "note: Platform Support asks for the new password of sales@" in seen
    assert "09:30 JIRA result: completed for sales@" in seen
    assert fork.case().log == before
