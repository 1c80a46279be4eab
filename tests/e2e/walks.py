"""Walks through the scenarios from `n` to a closed case, under every answer.

The same walk is pressed in a real terminal and through the app's pilot. What it leaves in the log is stated
with the key that does it, so that an untrue tick, or one too many, fails the walk.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tests.e2e.steps import DOMAIN, ONE, Step, Way

THREE = (f"anna@{DOMAIN}", f"info@{DOMAIN}", f"sales@{DOMAIN}")


def begin(name: str, scenario: int, mailboxes: Sequence[str], first: str, *, tabs: bool = False) -> Way:
    """From Home to the first item; several mailboxes are typed here (`tabs`) or asked for where needed."""
    way = Way(name, scenario, tuple(mailboxes))
    way.key("n", "Domain")
    if tabs and len(mailboxes) > 1:
        way.steps.append(Step(DOMAIN, DOMAIN, (), "text"))
        for _ in range(3):
            way.key("tab", DOMAIN)
        way.text(" ".join(mailboxes), "Authenticate the client first")
    else:
        way.text(mailboxes[0] if len(mailboxes) == 1 else DOMAIN, "Authenticate the client first")
    way.key("a", "Client authenticated")
    way.key(str(scenario), f"@{first}")
    return way


def mailboxes_asked(way: Way, item: str) -> None:
    """enter on an item that is done mailbox by mailbox asks for them where the case has none, and goes on."""
    if len(way.mailboxes) > 1:
        way.key("enter", "Type or paste the addresses")
        way.text(" ".join(way.mailboxes), "Is it so")


def witnessed(way: Way, item: str, sees: str, *, asked: bool = False) -> None:
    """A witness of every mailbox: enter, and the confirmation that names them (`asked`: it stands there already)."""
    if not asked or len(way.mailboxes) == 1:
        way.key("enter", "Is it so")
    way.confirm(sees, f"{item} x{len(way.mailboxes)}")


def complete(way: Way) -> Way:
    """Close what is done."""
    way.key("z", f"Close {DOMAIN}")
    way.key("enter", f"{DOMAIN} is closed", "closed=complete")
    return way


def quoted(way: Way, now: str, after: str, *, by_rule: bool) -> None:
    """The discount: by rule from the months, else the amount of an SME with name and reference.

    A figure typed on the item opens the calculator with it; where there is none to type, c does.
    """
    if by_rule:
        way.text("2", after, "quote=11.80", then="AU$11.80")
        return
    amount = "0.00" if now == "monthly" else "11.80"
    if now == "monthly":
        way.key("c", "ask an SME")
    else:
        way.text(amount, "SME", then=amount)
    way.text("Sam", "reference")
    way.text("chat 23/11", after, f"quote={amount}")


ANSWER = {"monthly": "1", "yearly": "2"}
LICENCE = {"business-basic": "1", "email-deluxe": "2"}


def scenario_1(
    now: str,
    new: str,
    licence: str = "business-basic",
    workflows: str = "none",
    mailboxes: Sequence[str] = ONE,
) -> Way:
    """Does not want OX-Mail."""
    many = f"{len(mailboxes)} mailbox{'es' if len(mailboxes) > 1 else ''}"
    name = f"{now} to {new}, {licence.replace('-', ' ').title()}, workflows {workflows}, {many}"
    way = begin(name, 1, mailboxes, "billed-now")
    yearly = "yearly" in (now, new)
    way.keys(
        (ANSWER[now], "@licence", f"billed-now={now}"),
        (LICENCE[licence], "@billed-next", f"licence={licence}"),
        (ANSWER[new], "@tell-team", f"billed-next={new}"),
    )
    way.key("y", "I DONT WANT OX-MAIL:", "copied i-dont-want-ox-mail")
    way.key("1", "@salesforce-reason", "tell-team/chat")
    way.key("y", "Does not want OX mail Migration:")
    way.key("space", "Salesforce case")
    way.text("00123456", "@quote" if yearly else "@order", "salesforce-reason")
    if yearly:
        quoted(way, now, "@order", by_rule=now == new)
    way.key("1" if yearly else "2", "@order-completed", f"order/{'SalesDB' if yearly else 'client console'}")
    way.key("1", "@accounts-swapped", "order-completed=completed")
    mailboxes_asked(way, "accounts-swapped")
    witnessed(way, "accounts-swapped", "@next-invoice", asked=True)
    way.key("space", "@essentials-running", "next-invoice")
    way.key("1", "@workflows", "essentials-running=running")
    if workflows == "found":
        way.key("2", "@workflows-cancelled", "workflows=found")
        way.key("space", "@cancel-essentials", "workflows-cancelled")
    else:
        way.key("1", "@cancel-essentials", "workflows=none")
    way.key("enter", "Cancel now?")
    way.confirm("@csp", "cancel-essentials")
    way.key("1", "Close the case", "csp=gone")
    return complete(way)


def scenario_2(
    now: str,
    new: str,
    licence: str = "business-basic",
    jira: str = "completed",
    ox: str = "running",
    mailboxes: Sequence[str] = ONE,
) -> Way:
    """Wants Office 365 back."""
    many = f"{len(mailboxes)} mailbox{'es' if len(mailboxes) > 1 else ''}"
    name = f"{now} to {new}, {licence.replace('-', ' ')}, JIRA {jira}, OX-Mail {ox}, {many}"
    way = begin(name, 2, mailboxes, "ox-running")
    yearly = "yearly" in (now, new)
    way.key("1" if ox == "running" else "2", "@licence", f"ox-running={ox}")
    way.key("1", "@billed-now", f"licence={licence}")
    way.keys(
        (ANSWER[now], "@billed-next", f"billed-now={now}"),
        (ANSWER[new], "@sme", f"billed-next={new}"),
        ("space", "@quote" if yearly else "@order", "sme"),
    )
    if yearly:
        quoted(way, now, "@order", by_rule=False)
    way.key("1", "@order-completed", f"order/{'SalesDB' if yearly else 'client console'}")
    way.key("1", "@dns-office-365", "order-completed=completed")
    way.key("1", "Is it so")
    way.confirm("@devices", "dns-office-365=yes")
    mailboxes_asked(way, "devices")
    witnessed(way, "devices", "@ns", asked=True)
    way.keys(
        ("1", "@mx", "ns=with-us"),
        ("2", "@spamexperts", "mx=office-365"),
        ("1", "@webmail", "spamexperts=works"),
        ("1", "@missing", "webmail=works"),
        ("2", "@jira", "missing=no"),
    )
    way.key("t", "On which day did the trouble")
    way.text("12/9", "Password of", then="12/9")
    way.paste("\n".join(f"{box} : pass-{place}" for place, box in enumerate(mailboxes)), "not stored")
    copied(way, "jira")
    way.key("space", "JIRA number")
    way.text("HOST-4412", "@jira-result", "jira")
    RESULTS[jira](way)
    if jira == "stays":
        return handed_over(way, "OX-Mail is still running")
    if ox == "running":
        witnessed(way, "client-confirms", "@cancel-ox-mail")
        way.key("enter", "Cancel now?")
        way.confirm("Close the case", "cancel-ox-mail")
    else:
        witnessed(way, "client-confirms", "Close the case")
    return complete(way)


def copied(way: Way, item: str) -> None:
    """Copy the reversal template with its cover lines; the keys are back on the checklist then."""
    way.key("C", f"@{item}", "copied o365-reversal")


def came_back(way: Way) -> None:
    way.key("1", "Is it so")
    way.confirm("@client-confirms", f"jira-result=completed x{len(way.mailboxes)}")


def returned_for_one(way: Way) -> None:
    """One comes back and is sent again, two are completed."""
    assert way.mailboxes == THREE
    way.key("2", "Returned: which mailboxes?")
    way.key("3", f"only {THREE[1]}")
    way.text("the password is wrong", "1 of 3", "jira-result=returned x1")
    way.key("1", "2 of 3:")
    way.confirm("@jira-again", "jira-result=completed x2")
    way.key("y", "copied 10:46", "copied o365-reversal")
    way.key("space", "@jira-result", "jira-again")
    way.key("1", "1 of 3:")
    way.confirm("@client-confirms", "jira-result=completed x1")


def refused_then_again(way: Way) -> None:
    refused(way)
    way.text("the accounts are locked", "@sme-decides", f"jira-result=refused x{len(way.mailboxes)}")
    way.key("1", "@jira-result", "sme-decides=send-again")
    came_back(way)


def refused(way: Way) -> None:
    """Refused for every mailbox."""
    if len(way.mailboxes) > 1:
        way.key("3", "Refused: which mailboxes?")
        way.key("1", "Why was it refused?")
    else:
        way.key("3", "Why was it refused?")


def it_stays(way: Way) -> None:
    refused(way)
    way.text("the mail is gone", "@sme-decides", f"jira-result=refused x{len(way.mailboxes)}")
    way.key("2", "What was decided?")
    way.text("the client keeps OX-Mail", "next: Wait", "sme-decides=stays")


def handed_over(way: Way, left: str = "") -> Way:
    """Close what cannot be completed."""
    way.key("z", "handed over")
    way.key("4", "Who took it over?")
    way.text("the SME team", left or f"{DOMAIN} is closed", *([] if left else ["closed=handed-over"]))
    if left:
        way.key("enter", f"{DOMAIN} is closed", "closed=handed-over")
    return way


RESULTS: dict[str, Callable[[Way], None]] = {
    "completed": came_back, "returned": returned_for_one, "refused": refused_then_again, "stays": it_stays,
}  # fmt: skip
ISSUES = {"general-setup": "1", "sending-receiving": "2", "missing-mail": "3", "other": "4"}


def scenario_3(*issues: str, end: str = "fixed", mailboxes: Sequence[str] = ONE) -> Way:
    """Keeps OX-Mail, needs help; `end`: solved by the checks, or what comes back from the SMEs."""
    many = f"{len(mailboxes)} mailbox{'es' if len(mailboxes) > 1 else ''}"
    way = begin(f"{' and '.join(issues)}, {end}, {many}", 3, mailboxes, "issue", tabs=True)
    for issue in issues:
        way.key(ISSUES[issue], "@issue")
    missing = "missing-mail" in issues
    way.key("enter", "@dns-ox", f"issue={','.join(issues)}")
    way.keys(
        ("1", "@webmail", "dns-ox=yes"),
        ("1", "@settings", "webmail=works"),
        ("1", "@spamexperts", "settings=right"),
        ("1", "@screenshot" if missing else "@solved", "spamexperts=yes"),
    )
    if missing:
        way.key("space", "@missing-dates", "screenshot")
        way.key("enter", "12/9 to yesterday")
        way.text("12/9 to yesterday", "@solved", "missing-dates=2026-09-12,2026-11-22")
    if end == "solved":
        way.key("1", "@client-confirms", "solved=yes")
    else:
        way.key("2", "@ns", "solved=no")
        way.key("1", "@sme-case", "ns=with-us")
        escalated(way, issues)
        way.key("space", "Salesforce case")
        way.text("00123456", "@result", "sme-case")
        if end == "returned":
            way.key("2", "Why was it returned?")
            way.text("no screenshot", "@again", "result=returned")
            way.key("space", "@result", "again")
        if end in ("refused", "stays"):
            way.key("3", "Why was it refused?")
            way.text("not enough", "@sme-decides", "result=refused")
            if end == "stays":
                way.key("2", "What was decided?")
                way.text("it stays so", "next: Wait", "sme-decides=stays")
                return handed_over(way)
            way.key("1", "@result", "sme-decides=send-again")
        way.key("1", "@client-confirms", "result=fixed")
    way.key("space", "Close the case", f"client-confirms x{len(mailboxes)}")
    return complete(way)


def escalated(way: Way, issues: Sequence[str]) -> None:
    """Fill and copy what the issue asks for: the resync request, the issues template, both, or the note."""
    if "missing-mail" in issues:
        way.key("t", "OX-Mail Resync Request")
        way.key("2", "Was OX-Mail Cancelled : No")
        way.text("ox.png", "Please send me a picture of your Office", then="ox.png")
        way.text("o365.png", "enter edit", then="o365.png")
        way.key("y", "@sme-case", "copied ox-mail-resync")
    if "sending-receiving" in issues:
        way.key("t", "sending or receiving stop working")
        way.text("12/9", "12/09/26", then="12/9")
        way.key("2", "Test email sent : not received")
        way.text("test@example.com", "Which address was it sent to", then="test@example.com")
        way.text(THREE[0], "Which subject", then=THREE[0])
        way.text("a test", "When about", then="a test")
        way.text("23/11 10:30", "enter edit", then="23/11 10:30")
        way.key("y", "@sme-case", "copied ox-mail-issues")
    if not {"missing-mail", "sending-receiving"}.intersection(issues):
        way.key("Y", "The wrap-up note:")


ENDS = (("solved", ONE), ("fixed", THREE), ("returned", ONE), ("refused", ONE), ("stays", ONE))
TERMS = [("monthly", "monthly"), ("yearly", "yearly"), ("yearly", "monthly"), ("monthly", "yearly")]


def all_walks() -> list[Way]:
    """Every scenario under every answer."""
    ones = [
        scenario_1(now, new, licence, workflows, boxes)
        for now, new in TERMS
        for licence in LICENCE
        for workflows, boxes in (("none", ONE), ("found", THREE))
    ]
    twos = [scenario_2(now, new, mailboxes=boxes) for now, new in TERMS for boxes in (ONE, THREE)]
    twos += [
        scenario_2("monthly", "monthly", jira="returned", mailboxes=THREE),
        scenario_2("yearly", "yearly", jira="returned", mailboxes=THREE),
        scenario_2("monthly", "monthly", jira="refused", mailboxes=ONE),
        scenario_2("yearly", "yearly", jira="refused", mailboxes=THREE),
        scenario_2("monthly", "monthly", jira="stays", mailboxes=ONE),
        scenario_2("monthly", "monthly", ox="cancelled", mailboxes=ONE),
        scenario_2("yearly", "yearly", ox="cancelled", mailboxes=THREE),
    ]
    kinds: list[tuple[str, ...]] = [*((issue,) for issue in ISSUES), ("sending-receiving", "missing-mail")]
    threes = [scenario_3(*issues, end=end, mailboxes=boxes) for issues in kinds for end, boxes in ENDS]
    return [*ones, *twos, *threes]
