"""Every fact of the article, by its number: where it lives in the playbook, and the proof of it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from oxtui.casework.money import Quote, work_out
from oxtui.playbook.load import Playbook, load
from oxtui.playbook.load_yaml import parse
from oxtui.playbook.model import NB, Item, Line, Rule, Template
from oxtui.playbook.plans import Plan

ROOT = Path(__file__).parent.parent.parent
CONFIG = ROOT / "config"
ONE = "scenarios/1-does-not-want-ox-mail.yaml"
TWO = "scenarios/2-wants-office-365-back.yaml"
THREE = "scenarios/3-keeps-ox-mail.yaml"
TODAY = date(2026, 11, 22)

NUMBERS = (
    *(f"G{n}" for n in range(1, 6)),
    *(f"S1.{n}" for n in range(1, 14)),
    *(f"S2.{n}" for n in range(1, 11)),
    *(f"S3.{n}" for n in range(1, 5)),
    *(f"P{n}" for n in range(1, 7)),
    *(f"T{n}" for n in range(1, 8)),
    *(f"N{n}" for n in range(1, 6)),
    *(f"D{n}" for n in range(1, 14)),
)
MOVE_LINK = "https://support.webcentral.au/s/article/How-to-add-a-new-user-in-Microsoft-365-or-re-assign-a-license"
CHAT = "OX Mail Migration - Care & Project team chat"

Proof = Callable[["Facts"], None]
TABLE: dict[str, tuple[tuple[str, ...], Proof]] = {}
"""Fact number -> the places it lives at (`file#id`), and what proves it there."""


class Facts:
    """The shipped playbook, with short ways to its parts."""

    def __init__(self, book: Playbook) -> None:
        self.book = book
        self.procedure = book.procedure

    def item(self, scenario: int, name: str) -> Item:
        return self.procedure.scenarios[scenario].by_id[name]

    def guards(self, scenario: int, name: str) -> set[str]:
        return {str(atom) for atom in self.item(scenario, name).after}

    def answers(self, scenario: int, name: str) -> tuple[str, ...]:
        return tuple(answer.id for answer in self.item(scenario, name).answers)

    def before(self, scenario: int, first: str, then: str) -> bool:
        """Whether `first` stands above `then` in the checklist."""
        order = [item.id for item in self.procedure.scenarios[scenario].items()]
        return order.index(first) < order.index(then)

    def nb(self, name: str) -> NB:
        return self.procedure.nbs[name]

    def rules(self, never: str) -> list[Rule]:
        return [rule for rule in self.procedure.rules if rule.never == never]

    def template(self, name: str) -> Template:
        return self.procedure.templates[name]

    def line(self, template: str, key: str) -> Line:
        return next(line for line in self.template(template).lines if line.key == key)

    def form(self, template: str) -> list[str]:
        """What stands at the left of each line, the title first."""
        lines = self.template(template).lines
        return [
            self.template(template).title,
            *(line.text if line.kind == "heading" else line.label for line in lines),
        ]

    def prices(self, product: str) -> dict[str, Decimal]:
        return {plan.term: plan.price for plan in self.book.plans.all if plan.product == product}

    def plan(self, name: str) -> Plan:
        plan = self.book.plans.get(name)
        assert plan, name
        return plan

    def quote(self, current: str, new: str, price: str = "", months: int | None = None) -> Quote:
        plan = self.plan(new)
        if price:
            plan = replace(plan, price=Decimal(price))
        return work_out(self.plan(current), plan, self.book.plans.policy, TODAY, months=months)


def fact(number: str, *places: str) -> Callable[[Proof], Proof]:
    """Enter a proof into the table; each place is `file#id` under config/."""

    def enter(proof: Proof) -> Proof:
        assert number not in TABLE, f"{number} stands twice in the table"
        TABLE[number] = (places, proof)
        return proof

    return enter


@pytest.fixture(scope="module")
def facts() -> Facts:
    return Facts(load(CONFIG).playbook)


# -- G: everywhere


@fact(
    "G1",
    "playbook.yaml#authenticated",
    "playbook.yaml#authenticate",
    "templates/o365-reversal.yaml#Authenticated",
)
def _(f: Facts) -> None:
    assert [rule.unless for rule in f.rules("tick")] == ["authenticated"]
    assert f.procedure.auth_methods
    for name in f.procedure.templates:
        assert [rule.unless for rule in f.rules(f"copy:{name}")] == ["authenticated"], name
        assert "Client authenticated" in f.template(name).prechecks, name
    for name in ("o365-reversal", "ox-mail-resync", "ox-mail-issues"):
        line = f.line(name, "authenticated")
        assert (line.source, line.options) == ("call", ("Yes", "No"))


@fact("G2", f"{ONE}#I dont want OX-Mail", f"{TWO}#Migrate me back to O365", f"{THREE}#I got OX-Mail")
def _(f: Facts) -> None:
    titles = {number: scenario.article_title for number, scenario in f.procedure.scenarios.items()}
    assert titles == {1: "I dont want OX-Mail", 2: "Migrate me back to O365", 3: "I got OX-Mail"}
    assert all(scenario.title and scenario.who and scenario.heard for scenario in f.procedure.scenarios.values())


@fact("G3", "playbook.yaml#flow")
def _(f: Facts) -> None:
    ways: dict[tuple[str, ...], int | None] = {}

    def walk(name: str, path: tuple[str, ...]) -> None:
        question = next(each for each in f.procedure.flow if each.id == name)
        for answer in question.answers:
            if answer.outcome:
                ways[(*path, answer.id)] = answer.outcome.scenario
            else:
                walk(answer.next, (*path, answer.id))

    walk(f.procedure.flow[0].id, ())
    assert ways == {
        ("not-begun", "office-365"): 1,
        ("not-begun", "ox-mail"): None,
        ("under-way",): None,
        ("done", "office-365"): 2,
        ("done", "ox-mail"): 3,
    }


@fact("G4", "playbook.yaml#chat", "templates/i-dont-want-ox-mail.yaml#to")
def _(f: Facts) -> None:
    chat = f.book.channels["chat"]
    assert chat.name == CHAT
    assert chat.purpose == "questions, removals and follow-ups"
    assert chat.hours
    assert f.template("i-dont-want-ox-mail").to == CHAT


@fact("G5", "reference.yaml#spam-experts", f"{THREE}#spamexperts")
def _(f: Facts) -> None:
    page = " ".join(f.book.pages["spam-experts"].lines)
    assert "client console" in page
    assert "Every email account" in page
    assert f.item(2, "spamexperts").howto == f.item(3, "spamexperts").howto == "spam-experts"


# -- S1: does not want OX-Mail


@fact("S1.1", f"{ONE}#licence")
def _(f: Facts) -> None:
    scenario = f.procedure.scenarios[1]
    assert scenario.who == "Care alone, no JIRA or Fresh ticket"
    assert "higher licence" in f.item(1, "licence").say
    assert not any(value.field == "jira" for item in scenario.items() for value in item.values)


@fact("S1.2", f"{ONE}#order", "reference.yaml#ordering", "plans.yaml#N2")
def _(f: Facts) -> None:
    assert "client console" in f.item(1, "order").through
    assert str(f.item(1, "quote").when) == "billed-now=yearly or billed-next=yearly"
    for new in ("m365-business-basic-monthly", "m365-deluxe-monthly"):
        quote = f.quote("m365-essentials-monthly", new)
        assert (quote.rule, quote.discount) == ("N2", Decimal("0.00"))
        assert quote.first_invoice == f.plan(new).price


@fact("S1.3", f"{ONE}#quote", "playbook.yaml#order-after-quote-1")
def _(f: Facts) -> None:
    assert "yearly: pro-rata in SalesDB" in f.procedure.scenarios[1].summary
    assert "SalesDB" in f.item(1, "order").through
    assert "quote" in f.guards(1, "order")
    rule = next(rule for rule in f.rules("order") if rule.scenario == 1)
    assert ([str(atom) for atom in rule.before], str(rule.where)) == (
        ["quote"],
        "billed-now=yearly or billed-next=yearly",
    )


@fact("S1.4", f"{ONE}#licence")
def _(f: Facts) -> None:
    assert {answer.id: answer.plan for answer in f.item(1, "licence").answers} == {
        "business-basic": "m365-business-basic",
        "email-deluxe": "m365-deluxe",
    }


@fact("S1.5", f"{ONE}#tell-team")
def _(f: Facts) -> None:
    item = f.item(1, "tell-team")
    assert item.through == ("chat", "Salesforce")
    assert item.acts
    assert "migration list" in item.text
    assert "tell-team" in f.guards(1, "order")


@fact("S1.6", f"{ONE}#salesforce-reason")
def _(f: Facts) -> None:
    item = f.item(1, "salesforce-reason")
    assert item.copy == "Does not want OX mail Migration"
    assert "report" in item.detail
    assert [(value.key, value.field) for value in item.values] == [("salesforce", "salesforce")]


@fact("S1.7", f"{ONE}#order")
def _(f: Facts) -> None:
    item = f.item(1, "order")
    assert item.through[0] == "SalesDB"
    assert item.howto == "salesdb-discount"
    assert "discount-first" in item.nbs


@fact("S1.8", f"{ONE}#accounts-swapped", "reference.yaml#move-accounts")
def _(f: Facts) -> None:
    item = f.item(1, "accounts-swapped")
    assert (item.link, item.each) == (MOVE_LINK, True)
    assert f.guards(1, "accounts-swapped") == {"order-completed=completed"}
    assert f.book.pages["move-accounts"].link == MOVE_LINK


@fact("S1.9", f"{ONE}#next-invoice")
def _(f: Facts) -> None:
    assert f.guards(1, "next-invoice") == {"accounts-swapped"}
    assert "next invoice date" in f.item(1, "next-invoice").text
    assert "old service" in f.item(1, "next-invoice").text


@fact("S1.10", f"{ONE}#cancel-essentials", "playbook.yaml#essentials-after-swap")
def _(f: Facts) -> None:
    item = f.item(1, "cancel-essentials")
    assert item.killer
    assert f.guards(1, "cancel-essentials") == {"accounts-swapped"}
    assert "product and billing lines" in item.text
    assert str(item.when) == "essentials-running=running"
    assert [str(atom) for rule in f.rules("cancel-essentials") for atom in rule.before] == ["accounts-swapped"]
    assert item.leaves.startswith("Microsoft 365 - Email Essentials")


@fact("S1.11", f"{ONE}#workflows", f"{ONE}#workflows-cancelled")
def _(f: Facts) -> None:
    assert f.answers(1, "workflows") == ("none", "found")
    assert str(f.item(1, "workflows-cancelled").when) == "workflows=found"
    assert f.guards(1, "workflows-cancelled") == {"accounts-swapped"}


@fact("S1.12", f"{ONE}#csp", "playbook.yaml#ms365-chat")
def _(f: Facts) -> None:
    assert f.answers(1, "csp") == ("gone", "sme-asked", "chat-asked")
    assert "Microsoft CSP" in f.item(1, "csp").detail
    assert "SME" in f.item(1, "csp").detail
    assert f.book.channels["ms365-chat"].name == "MS365 CHAT"
    assert f.guards(1, "csp") == {"cancel-essentials"}
    assert str(f.item(1, "csp-gone").when) == "csp=chat-asked|sme-asked"


@fact("S1.13", f"{ONE}#tell-team", "templates/i-dont-want-ox-mail.yaml#Ticket")
def _(f: Facts) -> None:
    assert [name for name, _ in f.item(1, "tell-team").templates] == ["i-dont-want-ox-mail"]
    assert not f.item(1, "tell-team").optional
    assert f.line("i-dont-want-ox-mail", "ticket").text.startswith("None")


# -- S2: wants Office 365 back


@fact("S2.1", f"{TWO}#sme", f"{TWO}#jira")
def _(f: Facts) -> None:
    assert f.item(2, "sme").acts
    assert "SME" in f.item(2, "sme").text
    assert f.procedure.scenarios[2].summary[1] == "SME escalation"
    assert f.before(2, "sme", "order")
    assert f.before(2, "order", "jira")


@fact("S2.2", f"{TWO}#quote", f"{TWO}#order", "playbook.yaml#order-after-quote-2")
def _(f: Facts) -> None:
    item = f.item(2, "order")
    assert item.through == ("client console", "SalesDB")
    assert "Monthly now and next may be ordered in the client console" in item.detail
    assert "yearly goes through SalesDB" in item.detail
    assert "quote" in f.guards(2, "order")
    assert str(f.item(2, "quote").when) == "billed-now=yearly or billed-next=yearly"
    assert any(rule.scenario == 2 and str(rule.before[0]) == "quote" for rule in f.rules("order"))
    nb = f.nb("no-pro-rata-monthly")
    assert all(word in nb.text for word in ("no pro-rata", "refund", "credit"))
    quote = f.quote("ox-deluxe-monthly", "m365-business-basic-monthly")
    assert (quote.discount, quote.first_invoice) == (Decimal("0.00"), Decimal("13.99"))


@fact("S2.3", f"{TWO}#order", "playbook.yaml#keep-ox-mail")
def _(f: Facts) -> None:
    assert "keep-ox-mail" in f.item(2, "order").nbs
    assert f.nb("keep-ox-mail").text.startswith("Do not cancel OX-Mail yet.")
    assert [answer.nbs for answer in f.item(2, "ox-running").answers] == [(), ("ox-mail-gone",)]
    gone = f.nb("ox-mail-gone")
    assert gone.danger
    assert gone.lasting
    assert "Platform Support and the chat" in gone.text


@fact("S2.4", f"{TWO}#order", "playbook.yaml#leave-next-invoice")
def _(f: Facts) -> None:
    assert "leave-next-invoice" in f.item(2, "order").nbs
    assert f.nb("leave-next-invoice").text == "Leave the next invoice as it is."
    assert "next-invoice" not in f.procedure.scenarios[2].by_id


@fact("S2.5", f"{TWO}#dns-office-365", f"{TWO}#devices")
def _(f: Facts) -> None:
    for name in ("dns-office-365", "devices"):
        assert f.guards(2, name) == {"order-completed=completed"}
    assert f.answers(2, "dns-office-365") == ("yes", "no")
    proposal = f.item(2, "dns-office-365").proposal
    assert proposal
    assert proposal.evidence == "dns-office-365"
    assert f.item(2, "devices").client
    assert f.item(2, "devices").each


@fact("S2.6", f"{TWO}#jira", "templates/o365-reversal.yaml#cover")
def _(f: Facts) -> None:
    item = f.item(2, "jira")
    assert item.copy == "Hosting - OX Mail"
    assert f.template("o365-reversal").cover == ("System Impacted : Hosting - OX Mail",)
    assert [name for name, _ in item.templates] == ["o365-reversal"]
    assert [(value.field, value.pattern, value.required) for value in item.values] == [("jira", "jira", True)]
    checks = {"ns", "mx", "spamexperts", "webmail", "missing", "missing-since"}
    assert f.guards(2, "jira") == {"dns-office-365=yes", "devices", *checks}
    assert item.acts
    assert item.reverse == "Withdraw the JIRA"


@fact("S2.7", f"{TWO}#jira", "reference.yaml#passwords", "templates/o365-reversal.yaml#secret")
def _(f: Facts) -> None:
    assert "OX-Mail account with its password" in f.item(2, "jira").detail
    assert "console" in f.item(2, "jira").detail
    line = f.template("o365-reversal").lines[-1]
    assert (line.kind, line.source) == ("secret", "console")
    assert "passwords-in-template" in f.item(2, "jira").nbs


@fact("S2.8", "playbook.yaml#contacts", f"{TWO}#chat-follow-up")
def _(f: Facts) -> None:
    (contact,) = f.book.contacts.values()
    assert contact.team == "Platform Support"
    assert _digest(contact.name) == "b4776ef3f3ed"
    for path in _sources():
        if path.name != "playbook.yaml":
            assert contact.name not in path.read_text("utf-8"), f"the contact is named in {path.name}"
    item = f.item(2, "chat-follow-up")
    assert (item.optional, item.through) == (True, ("chat",))
    assert f.guards(2, "chat-follow-up") == {"jira"}


@fact("S2.9", f"{TWO}#jira-result", f"{TWO}#client-confirms", f"{TWO}#cancel-ox-mail")
def _(f: Facts) -> None:
    assert f.answers(2, "jira-result") == ("completed", "returned", "refused")
    assert f.item(2, "jira-result").each
    assert "mail is back" in f.item(2, "jira-result").detail
    assert [answer.asks != "" for answer in f.item(2, "jira-result").answers] == [False, True, True]
    assert f.item(2, "jira-again").reopens == ("jira-result",)
    assert f.guards(2, "client-confirms") == {"jira-result=completed"}
    assert f.item(2, "client-confirms").client
    assert f.item(2, "client-confirms").each
    assert f.item(2, "cancel-ox-mail").killer
    assert f.item(2, "cancel-ox-mail").text == "Cancel OX-Mail, service and billing"


@fact("S2.10", f"{TWO}#licence", "templates/o365-reversal.yaml#License upgraded")
def _(f: Facts) -> None:
    first = f.item(2, "licence").answers[0]
    assert (first.id, first.text, first.plan) == ("business-basic", "Business Basic", "m365-business-basic")
    assert f.line("o365-reversal", "license-upgraded").mapping["business-basic"] == "Yes, Upgraded to Business Basic"


# -- S3: keeps OX-Mail


@fact("S3.1", f"{THREE}#issue")
def _(f: Facts) -> None:
    item = f.item(3, "issue")
    assert item.select == "several"
    assert f.answers(3, "issue") == ("general-setup", "sending-receiving", "missing-mail", "other")
    assert "goes to an SME" in item.detail
    assert "SME escalation" in f.procedure.scenarios[3].summary


@fact("S3.2", f"{THREE}#troubleshoot", f"{THREE}#screenshot")
def _(f: Facts) -> None:
    checks = {"dns-ox", "webmail", "settings", "spamexperts", "screenshot", "missing-dates"}
    assert f.guards(3, "solved") == {"issue", *checks}
    assert "DNS and MX" in f.item(3, "dns-ox").text
    assert f.item(3, "settings").client
    assert all("could-not" in f.answers(3, name) for name in ("dns-ox", "webmail", "settings", "spamexperts"))
    for name in ("screenshot", "missing-dates"):
        assert str(f.item(3, name).when) == "issue=missing-mail"
    assert f.item(3, "missing-dates").select == "dates"


@fact("S3.3", f"{THREE}#sme-case")
def _(f: Facts) -> None:
    item = f.item(3, "sme-case")
    step = f.procedure.scenarios[3].step_of["sme-case"]
    assert str(step.when) == "solved=no"
    assert item.text == "Create a case for the Tech-SMEs to raise a JIRA"
    assert all(word in item.detail for word in ("account", "SPAM-Experts works", "screenshot with its dates"))
    assert {name: str(when) for name, when in item.templates} == {
        "ox-mail-resync": "issue=missing-mail",
        "ox-mail-issues": "issue=sending-receiving",
    }
    assert [(value.field, value.required) for value in item.values] == [("salesforce", True)]


@fact("S3.4", f"{THREE}#client-confirms", f"{THREE}#result")
def _(f: Facts) -> None:
    assert f.guards(3, "client-confirms") == {"solved", "result=fixed"}
    assert f.item(3, "client-confirms").client
    assert f.item(3, "client-confirms").each
    assert f.answers(3, "result") == ("fixed", "returned", "refused")
    assert f.item(3, "again").reopens == ("result",)


# -- P: plans and pro-rata


def _prices(product: str, monthly: str, yearly: str) -> Proof:
    def proof(f: Facts) -> None:
        assert f.prices(product) == {"monthly": Decimal(monthly), "yearly": Decimal(yearly)}

    return proof


fact("P1", "plans.yaml#ox-deluxe-monthly", "plans.yaml#ox-deluxe-yearly")(
    _prices("OX mail - Email Deluxe", "9.99", "71.88")
)
fact("P2", "plans.yaml#m365-essentials-monthly", "plans.yaml#m365-essentials-yearly")(
    _prices("Microsoft 365 - Email Essentials", "6.44", "70.79")
)
fact("P4", "plans.yaml#m365-business-basic-monthly", "plans.yaml#m365-business-basic-yearly")(
    _prices("Microsoft 365 - Online Business Basic", "13.99", "167.88")
)


@fact("P3", "plans.yaml#m365-deluxe-monthly", "plans.yaml#m365-deluxe-yearly")
def _(f: Facts) -> None:
    product = "Microsoft 365 - Email Deluxe"
    assert f.prices(product) == {"monthly": Decimal("11.99"), "yearly": Decimal("143.88")}
    for plan in f.book.plans.all:
        assert (plan.product == product) == any("not include Teams" in note for note in plan.notes), plan.id


@fact("P5", "plans.yaml#P5")
def _(f: Facts) -> None:
    pair = ("m365-essentials-yearly", "m365-business-basic-yearly")
    example = f.quote(*pair, price="168.88", months=2)
    assert (example.discount, example.first_invoice) == (Decimal("11.80"), Decimal("157.08"))
    listed = f.quote(*pair, months=2)
    assert (listed.discount, listed.first_invoice, listed.rule) == (Decimal("11.80"), Decimal("156.08"), "P5")
    # One rounding, half up, at the end: 35.395 is 35.40, and 41.294 is 41.29 where 7 x 5.90 would be 41.30.
    assert f.quote(*pair, months=6).discount == Decimal("35.40")
    assert f.quote(*pair, months=7).discount == Decimal("41.29")


@fact("P6", "reference.yaml#salesdb-discount", "playbook.yaml#discount-first")
def _(f: Facts) -> None:
    lines = f.book.pages["salesdb-discount"].lines
    menus = (
        "Show Domain Services", "Products - Add On", "Add Discount for Service", "amount",
        "Confirm All Services",
    )  # fmt: skip
    assert len(lines) == len(menus)
    assert all(menu in line for menu, line in zip(menus, lines, strict=True))
    assert lines[0].startswith("Right-click the domain name")
    assert "Confirm All Services" in f.nb("discount-first").text


# -- T: templates

HEAD = ["Domain", "Issue", "Authenticated", "When did it start", "DNS", "MX"]


@fact("T1", "reference.yaml#prechecks", f"{TWO}#prechecks", "templates/o365-reversal.yaml#prechecks")
def _(f: Facts) -> None:
    authenticated = "Client authenticated"
    assert f.template("o365-reversal").prechecks == (
        authenticated, "ns", "mx", "spamexperts", "webmail", "missing", "missing-since",
    )  # fmt: skip
    assert f.template("ox-mail-resync").prechecks == (
        authenticated, "ns", "dns-ox", "spamexperts", "webmail", "missing-dates",
    )  # fmt: skip
    assert f.template("ox-mail-issues").prechecks[:5] == (
        authenticated,
        "ns",
        "dns-ox",
        "spamexperts",
        "webmail",
    )
    for name in ("ns", "mx", "spamexperts", "webmail"):
        assert "could-not" in f.answers(2, name), f"{name}: nobody is made to tick what could not be checked"
    since = f.item(2, "missing-since")
    assert (since.select, str(since.when)) == ("date", "missing=yes")
    assert f.answers(2, "missing") == ("yes", "no", "not-known")
    assert "ns" in f.guards(3, "sme-case")


@fact("T2", "templates/o365-reversal.yaml#o365-reversal")
def _(f: Facts) -> None:
    assert f.form("o365-reversal") == [
        "TEMPLATE : O365 Reversal",
        *HEAD,
        "Was OX-Mail Cancelled",
        "License upgraded",
        "Was OX-Mail Cancelled",
        "Accounts that need reversals and their credentials",
        "OX-MAIL Email : password",
        "OX-MAIL Email",
    ]
    assert f.line("o365-reversal", "issue").text == "Office365 reversal"
    last = f.template("o365-reversal").lines[-1]
    assert (last.kind, last.text) == ("secret", "{address} : {password}")
    cancelled = f.line("o365-reversal", "was-ox-mail-cancelled")
    assert (cancelled.ref, cancelled.mapping) == ("ox-running", {"running": "No", "cancelled": "Yes"})
    assert f.line("o365-reversal", "dns").ref == "ns"
    assert f.line("o365-reversal", "mx").ref == "mx"
    assert f.line("o365-reversal", "when-did-it-start").proposes == "missing-since"


@fact("T3", "templates/ox-mail-resync.yaml#ox-mail-resync")
def _(f: Facts) -> None:
    assert f.form("ox-mail-resync") == [
        "TEMPLATE : OX-Mail Resync Request",
        *HEAD,
        "Was OX-Mail Cancelled",
        "Screenshot of OX-Mail inbox",
        "Screenshot of Office 365 inbox",
        "Accounts that need Resync",
        "OX-MAIL Email",
    ]
    assert f.line("ox-mail-resync", "issue").text == "Missing Emails"
    assert f.line("ox-mail-resync", "screenshot-of-ox-mail-inbox").ref == "screenshot.ox-mail"
    assert f.line("ox-mail-resync", "screenshot-of-office-365-inbox").ref == "screenshot.office-365"
    assert {value.key for value in f.item(3, "screenshot").values} == {"ox-mail", "office-365"}
    assert f.line("ox-mail-resync", "ox-mail-email").text == "OX-MAIL Email : {address}"


@fact("T4", "templates/ox-mail-issues.yaml#ox-mail-issues")
def _(f: Facts) -> None:
    assert f.form("ox-mail-issues") == [
        "TEMPLATE : OX-Mail Issues(Send/receive)",
        *HEAD,
        "Can login to webmail",
        "SPAM Experts logged in",
        "Test email sent",
        "From",
        "To",
        "Subject",
        "Approximate time and date",
        "Email Account with issue",
    ]
    assert f.line("ox-mail-issues", "issue").text == "Cant send/receive"
    assert f.line("ox-mail-issues", "can-login-to-webmail").ref == "webmail"
    assert f.line("ox-mail-issues", "spam-experts-logged-in").ref == "spamexperts"
    assert f.line("ox-mail-issues", "email-account-with-issue").text == "Email Account with issue : {address}"


@fact("T5", "templates/i-dont-want-ox-mail.yaml#i-dont-want-ox-mail")
def _(f: Facts) -> None:
    assert f.form("i-dont-want-ox-mail") == ["I DONT WANT OX-MAIL", "Domain", "Request", "Reason", "Ticket"]
    assert "off the OX-Mail migration list" in f.line("i-dont-want-ox-mail", "request").text
    assert "neither JIRA nor Fresh" in f.line("i-dont-want-ox-mail", "ticket").text


@fact("T6", "templates/o365-reversal.yaml#lines", "templates/ox-mail-issues.yaml#lines")
def _(f: Facts) -> None:
    from oxtui.casework.escalation import blank

    values = {"when-did-it-start": "12/11/2026", "mx": "Resolving to OX Mail? No", "authenticated": "Yes"}
    text = blank(f.template("o365-reversal"), values, "example.com.au").text()
    assert text.splitlines()[:4] == [
        "TEMPLATE : O365 Reversal",
        "Domain : example.com.au",
        "Issue : Office365 reversal",
        "Authenticated : Yes",
    ]
    assert text.isascii()
    assert "\nMX : Resolving to OX Mail? No\n" in text
    assert "\nAccounts that need reversals and their credentials\nOX-MAIL Email : password\n" in text


@fact("T7", "templates/o365-reversal.yaml#options", "templates/ox-mail-issues.yaml#options")
def _(f: Facts) -> None:
    forms = ("o365-reversal", "ox-mail-resync", "ox-mail-issues")
    for name in forms:
        assert f.line(name, "authenticated").options == ("Yes", "No")
        assert f.line(name, "dns").options == ("DNS with us", "DNS Not with us")
        assert f.line(name, "mx").options == ("Resolving to OX Mail? Yes", "Resolving to OX Mail? No")
        for line in f.template(name).lines:
            assert line.free or set(line.mapping.values()) - {""} <= set(line.options), f"{name}: {line.label}"
    for name in forms[:2]:
        assert f.line(name, "was-ox-mail-cancelled").options == ("Yes", "No")
    assert f.line("ox-mail-issues", "test-email-sent").options == ("received", "not received")
    assert f.line("ox-mail-issues", "can-login-to-webmail").options == ("yes", "no")
    assert f.line("ox-mail-issues", "spam-experts-logged-in").options == ("yes", "no")
    assert f.line("o365-reversal", "issue").text == "Office365 reversal"
    assert f.line("o365-reversal", "license-upgraded").options == ("Yes, Upgraded to Business Basic",)


# -- N: NB


@fact("N1", "playbook.yaml#no-teams", f"{ONE}#licence")
def _(f: Facts) -> None:
    assert f.nb("no-teams").text.startswith("Microsoft 365 - Email Deluxe does not include Teams.")
    assert "no-teams" in f.item(1, "licence").nbs
    assert "without Teams" in f.item(1, "licence").answers[1].say


@fact("N2", "playbook.yaml#no-pro-rata-monthly", "playbook.yaml#no-discount-monthly")
def _(f: Facts) -> None:
    assert f.nb("no-pro-rata-monthly").text.startswith("Monthly billing has no pro-rata.")
    for scenario in (1, 2):
        for name in ("quote", "order"):
            assert "no-pro-rata-monthly" in f.item(scenario, name).nbs
    assert [str(rule.where) for rule in f.rules("discount")] == ["billed-now=monthly"]


@fact("N3", "playbook.yaml#keep-ox-mail", f"{TWO}#cancel-ox-mail", "playbook.yaml#ox-mail-after-client")
def _(f: Facts) -> None:
    nb = f.nb("keep-ox-mail")
    assert nb.lasting
    assert nb.id in f.procedure.scenarios[2].nbs
    first = next(item for item in f.procedure.scenarios[2].items() if "order" in item.id or item.id == "sme")
    assert nb.from_item == first.id
    guards = {"client-confirms", "jira-result=completed", "dns-office-365=yes", "devices"}
    assert f.guards(2, "cancel-ox-mail") == guards
    assert {str(atom) for rule in f.rules("cancel-ox-mail") for atom in rule.before} == guards
    assert set(f.procedure.scenarios[2].witnesses) == {atom.partition("=")[0] for atom in guards} | {"cancel-ox-mail"}


@fact("N4", "playbook.yaml#authenticate", "playbook.yaml#authenticated")
def _(f: Facts) -> None:
    assert f.nb("authenticate").text == "Authenticate the client before you help."
    for scenario in f.procedure.scenarios.values():
        assert "authenticate" in scenario.items()[0].nbs


@fact("N5", "playbook.yaml#open-workflows", f"{ONE}#workflows")
def _(f: Facts) -> None:
    assert "open workflows of Microsoft 365 - Email Essentials" in f.nb("open-workflows").text
    assert f.item(1, "workflows").nbs == ("open-workflows",)


# -- D: where the article disagrees with itself


@fact("D1", "playbook.yaml#D1", "plans.yaml#m365-business-basic-yearly")
def _(f: Facts) -> None:
    assert f.plan("m365-business-basic-yearly").price == Decimal("167.88")
    quote = f.quote("m365-essentials-yearly", "m365-business-basic-yearly", months=2)
    assert any("168.88" in nb for nb in quote.nbs)


@fact("D2", "playbook.yaml#D2", "plans.yaml#ox-deluxe-monthly")
def _(f: Facts) -> None:
    assert f.plan("ox-deluxe-monthly").price == Decimal("9.99")
    assert f.plan("m365-deluxe-monthly").price == Decimal("11.99")


@fact("D3", "playbook.yaml#D3", "plans.yaml#credit_basis")
def _(f: Facts) -> None:
    policy = f.book.plans.policy
    assert policy.credit_basis == "months_used"
    assert "months used" in f.quote("m365-essentials-yearly", "m365-business-basic-yearly", months=2).basis
    left = work_out(
        f.plan("m365-essentials-yearly"),
        f.plan("m365-business-basic-yearly"),
        replace(policy, credit_basis="months_left"),
        TODAY,
        months=2,
    )
    assert left.discount == Decimal("58.99")


@fact("D4", "playbook.yaml#D4", "templates/o365-reversal.yaml#was-ox-mail-cancelled")
def _(f: Facts) -> None:
    lines = [line for line in f.template("o365-reversal").lines if line.label == "Was OX-Mail Cancelled"]
    assert len(lines) == 2
    assert lines[0] == lines[1]
    assert f.template("o365-reversal").keys().count("was-ox-mail-cancelled") == 1


@fact("D5", "playbook.yaml#D5", "templates/ox-mail-resync.yaml#dd/mm/yy")
def _(f: Facts) -> None:
    formats = {
        name: f.line(name, "when-did-it-start").format for name in ("o365-reversal", "ox-mail-resync", "ox-mail-issues")
    }
    assert formats == {
        "o365-reversal": "dd/mm/yyyy",
        "ox-mail-resync": "dd/mm/yy",
        "ox-mail-issues": "dd/mm/yy",
    }


@fact("D6", "playbook.yaml#D6", "playbook.yaml#ox-mail-after-client", f"{TWO}#cancel-ox-mail")
def _(f: Facts) -> None:
    assert f.before(2, "client-confirms", "cancel-ox-mail")
    assert "client-confirms" in f.guards(2, "cancel-ox-mail")


@fact("D7", "playbook.yaml#D7", f"{ONE}#licence", f"{TWO}#licence")
def _(f: Facts) -> None:
    assert f.answers(1, "licence") == ("business-basic", "email-deluxe")
    assert f.answers(2, "licence") == ("business-basic", "another")
    assert f.item(2, "licence").answers[1].asks
    line = f.line("o365-reversal", "license-upgraded")
    assert line.free
    assert "another" not in line.mapping


@fact("D8", "playbook.yaml#D8", "playbook.yaml#mixed-billing", "plans.yaml#D8")
def _(f: Facts) -> None:
    for current, new in (
        ("m365-essentials-yearly", "m365-business-basic-monthly"),
        ("m365-essentials-monthly", "m365-business-basic-yearly"),
    ):
        quote = f.quote(current, new, months=2 if current.endswith("yearly") else None)
        assert (quote.rule, quote.covered, quote.discount) == ("D8", False, None)
    for scenario in (1, 2):
        assert "mixed-billing" in f.item(scenario, "quote").nbs
    assert "SME" in f.nb("mixed-billing").text


@fact("D9", "playbook.yaml#D9", "plans.yaml#month_counts")
def _(f: Facts) -> None:
    assert f.book.plans.policy.month_counts == "completed"
    pair = f.plan("m365-essentials-yearly"), f.plan("m365-business-basic-yearly")
    since = date(2026, 9, 14)
    assert work_out(*pair, f.book.plans.policy, TODAY, since=since).months_used == 2
    begun = replace(f.book.plans.policy, month_counts="begun")
    assert work_out(*pair, begun, TODAY, since=since).months_used == 3


@fact("D10", "playbook.yaml#D10", "playbook.yaml#old-plan-unclear", f"{TWO}#quote", "plans.yaml#D10")
def _(f: Facts) -> None:
    spec = f.item(2, "quote").quote
    assert spec
    assert (spec.current, spec.current_term, spec.new, spec.new_term) == (
        "ox-deluxe", "billed-now", "licence", "billed-next",
    )  # fmt: skip
    quote = f.quote("ox-deluxe-yearly", "m365-business-basic-yearly", months=2)
    assert (quote.rule, quote.covered, quote.discount, quote.first_invoice) == ("D10", False, None, None)
    assert "old-plan-unclear" in f.item(2, "quote").nbs


@fact("D11", "playbook.yaml#D11", "playbook.yaml#under-way")
def _(f: Facts) -> None:
    answer = next(answer for answer in f.procedure.flow[0].answers if answer.id == "under-way")
    assert answer.outcome
    assert (answer.outcome.scenario, answer.outcome.wait_for) == (None, "chat")


@fact("D12", "playbook.yaml#D12", "playbook.yaml#short-first-year", f"{ONE}#next-invoice")
def _(f: Facts) -> None:
    assert f.item(1, "next-invoice").nbs == ("short-first-year",)
    assert "less than a year" in f.nb("short-first-year").text


@fact("D13", "playbook.yaml#D13", f"{ONE}#tell-team")
def _(f: Facts) -> None:
    item = f.item(1, "tell-team")
    assert item.through[0] == "chat"
    assert "Salesforce" in item.through
    assert [name for name, _ in item.templates] == ["i-dont-want-ox-mail"]


# -- the table


def test_the_table_has_every_number_once() -> None:
    assert sorted(TABLE) == sorted(NUMBERS)


@pytest.mark.parametrize("number", NUMBERS)
def test_fact(number: str, facts: Facts) -> None:
    places, proof = TABLE[number]
    assert places
    for place in places:
        file, _, name = place.partition("#")
        text = (CONFIG / file).read_text("utf-8")
        assert re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text), f"{number}: '{name}' is not in {file}"
    proof(facts)


def test_every_disagreement_is_listed_and_open_as_shipped(facts: Facts) -> None:
    decisions = facts.book.decisions
    assert list(decisions) == [f"D{n}" for n in range(1, 14)]
    assert [name for name, each in decisions.items() if each.money] == ["D1", "D3", "D8", "D9", "D10"]
    assert all(each.text and each.does and each.open for each in decisions.values())


def test_every_number_is_named_in_the_files_and_no_other() -> None:
    named = {number for path in _files() for number in _tags(parse(path.read_bytes()).value)}
    assert named - set(NUMBERS) == set()
    # What lives in plans.yaml is named there by rule and decision ids; the proofs above are what counts.
    assert set(NUMBERS) - named == {"G3", "P1", "P2", "P3", "P4", "D1", "D2", "D9", "D11"}


# -- the procedures, item by item: id, kind, marks, answers and what it hangs on

PROCEDURES = """
scenario 1
# plan
billed-now | Q | monthly yearly | nbs authenticate
licence | Q | business-basic email-deluxe | nbs no-teams
billed-next | Q | monthly yearly | proposes billed-now
# order
tell-team | A | acts | templates i-dont-want-ox-mail
salesforce-reason | A
quote | A | when billed-now=yearly or billed-next=yearly | after billed-now billed-next licence |
    uses billed-now billed-next licence | nbs no-pro-rata-monthly mixed-billing
order | A | acts | after licence billed-now billed-next quote tell-team |
    uses billed-now licence billed-next quote | nbs discount-first no-pro-rata-monthly | howto salesdb-discount
order-completed | Q | completed not-yet refused | after order | uses order | waits_on order
order-again | A | when order-completed=refused | after quote | reopens order-completed |
    nbs discount-first no-pro-rata-monthly | howto salesdb-discount
# swap
accounts-swapped | A | each | after order-completed=completed | uses licence order
next-invoice | A | after accounts-swapped | nbs short-first-year
# cancel
essentials-running | Q | running cancelled | after order-completed=completed | proposes running
workflows | Q | none found | after order-completed=completed | nbs open-workflows
workflows-cancelled | A | when workflows=found | after accounts-swapped
cancel-essentials | A | killer | when essentials-running=running | after accounts-swapped |
    nbs essentials-last
csp | Q | gone sme-asked chat-asked | after cancel-essentials
csp-gone | A | when csp=chat-asked|sme-asked | after csp | waits_on sme
scenario 2
# plan
ox-running | Q | running cancelled | nbs authenticate
licence | Q | business-basic another
billed-now | Q | monthly yearly
billed-next | Q | monthly yearly | proposes billed-now
# order
sme | A | acts
quote | A | when billed-now=yearly or billed-next=yearly | after billed-now billed-next licence |
    uses billed-now billed-next licence | nbs no-pro-rata-monthly mixed-billing old-plan-unclear
order | A | acts | after licence billed-now billed-next quote | uses billed-now licence billed-next quote |
    nbs keep-ox-mail leave-next-invoice no-pro-rata-monthly discount-first | howto salesdb-discount
order-completed | Q | completed not-yet refused | after order | uses order | waits_on order
order-again | A | when order-completed=refused | after quote | reopens order-completed |
    nbs keep-ox-mail leave-next-invoice | howto salesdb-discount
dns-office-365 | Q | yes no | after order-completed=completed | proposes dns-office-365
devices | A | each | client | after order-completed=completed
# prechecks
ns | Q | with-us not-with-us could-not | proposes ns
mx | Q | ox-mail office-365 other could-not | after dns-office-365 | uses dns-office-365 | proposes mx
spamexperts | Q | works does-not could-not | howto spam-experts
webmail | Q | works does-not could-not
missing | Q | yes no not-known
missing-since | Q | date | when missing=yes
# migrate-back
jira | A | acts | after dns-office-365=yes devices ns mx spamexperts webmail missing missing-since |
    nbs passwords-in-template | templates o365-reversal
chat-follow-up | A | optional | after jira
jira-result | Q | each | completed returned refused | after jira | uses jira | waits_on platform-support
jira-again | A | when jira-result=returned | after jira | reopens jira-result |
    nbs passwords-in-template | templates o365-reversal
sme-decides | Q | send-again stays | when jira-result=refused | waits_on sme
# finish
client-confirms | A | each | client | after jira-result=completed
cancel-ox-mail | A | killer | when ox-running=running |
    after client-confirms jira-result=completed dns-office-365=yes devices | nbs keep-ox-mail
scenario 3
# issue
issue | Q | general-setup sending-receiving missing-mail other | nbs authenticate
# troubleshoot
dns-ox | Q | yes no could-not | proposes dns-ox
webmail | Q | works does-not no-login could-not
settings | Q | client | right put-right could-not
spamexperts | Q | yes no could-not | howto spam-experts
screenshot | A | when issue=missing-mail
missing-dates | Q | dates | when issue=missing-mail
solved | Q | yes no | after issue dns-ox webmail settings spamexperts screenshot missing-dates
# escalate when solved=no
ns | Q | with-us not-with-us could-not | proposes ns
sme-case | A | acts | after solved ns |
    templates ox-mail-resync[issue=missing-mail] ox-mail-issues[issue=sending-receiving]
result | Q | fixed returned refused | after sme-case | uses sme-case | waits_on sme
again | A | when result=returned | after sme-case | reopens result |
    templates ox-mail-resync[issue=missing-mail] ox-mail-issues[issue=sending-receiving]
sme-decides | Q | send-again stays | when result=refused | waits_on sme
# confirm
client-confirms | A | each | client | after solved result=fixed
"""


def _shape(item: Item) -> str:
    """All that decides about an item, in one line."""
    marks = {
        "killer": item.killer, "each": item.each, "client": item.client, "acts": item.acts,
        "optional": item.optional,
    }  # fmt: skip
    parts = [item.id, "Q" if item.kind == "question" else "A", *(name for name, on in marks.items() if on)]
    if item.kind == "question":
        parts.append(" ".join(answer.id for answer in item.answers) or item.select)
    wanted = (f"{name}[{when}]" if when else name for name, when in item.templates)
    proposal = item.proposal
    hangs_on = {
        "when": str(item.when),
        "after": " ".join(map(str, item.after)),
        "uses": " ".join(item.uses),
        "reopens": " ".join(item.reopens),
        "nbs": " ".join(item.nbs),
        "templates": " ".join(wanted),
        "howto": item.howto,
        "waits_on": item.waits_on,
        "proposes": (proposal.item or proposal.evidence or proposal.answer) if proposal else "",
    }
    return " | ".join([*parts, *(f"{name} {value}" for name, value in hangs_on.items() if value)])


def test_the_procedures_are_as_meant(facts: Facts) -> None:
    found = []
    for number, scenario in facts.procedure.scenarios.items():
        found.append(f"scenario {number}")
        for step in scenario.steps:
            found.append(f"# {step.id} when {step.when}".removesuffix(" when "))
            found += [_shape(item) for item in step.items]
    # A row that begins with blanks goes on from the one above.
    assert found == PROCEDURES.strip().replace("\n    ", " ").split("\n")


def test_nbs_are_shown_when_they_are_true(facts: Facts) -> None:
    shown = {name: str(nb.when) for name, nb in facts.procedure.nbs.items() if nb.when}
    assert shown == {
        "no-pro-rata-monthly": "billed-now=monthly or billed-next=monthly",
        "mixed-billing": ("billed-now=monthly and billed-next=yearly or billed-now=yearly and billed-next=monthly"),
        "old-plan-unclear": "billed-now=yearly and billed-next=yearly",
        "discount-first": "billed-now=yearly",
        "short-first-year": "billed-next=yearly",
        "keep-ox-mail": "ox-running=running",
        "ox-mail-gone": "ox-running=cancelled",
    }
    lasting = {name: nb.from_item for name, nb in facts.procedure.nbs.items() if nb.lasting}
    assert lasting == {"keep-ox-mail": "sme", "ox-mail-gone": "ox-running"}
    assert facts.procedure.scenarios[2].nbs == tuple(lasting)
    assert [name for name, nb in facts.procedure.nbs.items() if nb.danger] == ["ox-mail-gone"]


def test_rules_say_where_they_hold(facts: Facts) -> None:
    assert {rule.id: rule.scenario for rule in facts.procedure.rules if rule.scenario} == {
        "essentials-after-swap": 1,
        "order-after-quote-1": 1,
        "order-after-quote-2": 2,
        "ox-mail-after-jira": 2,
        "ox-mail-after-client": 2,
        "ox-mail-after-dns": 2,
        "ox-mail-after-devices": 2,
    }
    ordering = [rule for rule in facts.procedure.rules if rule.never == "order"]
    assert {str(rule.where) for rule in ordering} == {"billed-now=yearly or billed-next=yearly"}


def test_a_wait_can_end_in_every_way(facts: Facts) -> None:
    for number, name in ((1, "order-completed"), (2, "order-completed"), (2, "jira-result"), (3, "result")):
        for answer in facts.item(number, name).answers:
            asks = answer.id in ("refused", "returned")
            assert bool(answer.asks) == asks, f"{name}={answer.id}"
    for number, name in ((2, "jira-result"), (3, "result")):
        again, stays = facts.item(number, "sme-decides").answers
        assert (again.reopens, bool(stays.asks)) == ((name,), True)
    assert facts.item(2, "jira").copy == "Hosting - OX Mail"
    assert facts.item(2, "jira-again").templates == facts.item(2, "jira").templates


def test_a_quote_knows_its_plans(facts: Facts) -> None:
    for number, current in ((1, "m365-essentials"), (2, "ox-deluxe")):
        spec = facts.item(number, "quote").quote
        assert spec
        assert (spec.current, spec.current_term, spec.new, spec.new_term) == (
            current,
            "billed-now",
            "licence",
            "billed-next",
        )


def test_what_the_client_tells_has_a_question_for_it(facts: Facts) -> None:
    for template in facts.procedure.templates.values():
        for line in template.lines:
            if line.source == "client":
                assert line.ask.endswith("?"), f"{template.id}: {line.label}"


def test_endings_and_what_fits_no_scenario(facts: Facts) -> None:
    endings = {each.id: (each.complete, each.only, bool(each.needs)) for each in facts.procedure.endings}
    assert endings == {
        "complete": (True, "", False),
        "not-authenticated": (False, "unauthenticated", False),
        "unreachable": (False, "", False),
        "handed-over": (False, "", True),
        "out-of-scope": (False, "", True),
        "nothing-to-do": (False, "no-scenario", False),
        "mistake": (False, "untouched", False),
    }
    outcomes = [(each.scenario, each.wait_for, each.ending) for each in facts.procedure.none_of_these]
    assert outcomes == [
        (None, "chat", ""),
        (None, "", "nothing-to-do"),
        (None, "", "not-authenticated"),
        (None, "", "out-of-scope"),
    ]


def test_the_reference_names_every_check_and_channel(facts: Facts) -> None:
    checks = facts.book.pages["prechecks"].lines
    starts = ("Authenticate", "NS:", "MX:", "SPAM-Experts:", "Webmail:", "Dates:")
    assert len(checks) == len(starts)
    assert all(line.startswith(start) for line, start in zip(checks, starts, strict=True))
    told = " ".join(facts.book.pages["channels"].lines)
    for channel in facts.book.channels.values():
        assert channel.id == "salesforce" or channel.name in told, channel.name
    where = facts.book.pages["ordering"].lines
    assert [line.partition(":")[0] for line in where] == [
        "Monthly now and next",
        "Yearly",
        "Monthly and yearly mixed",
    ]
    assert "console" in " ".join(facts.book.pages["passwords"].lines)


# -- our own words

EXACT = (
    CHAT,
    MOVE_LINK,
    "Does not want OX mail Migration",
    "Accounts that need reversals and their credentials",
    "TEMPLATE : OX-Mail Issues(Send/receive)",
    "Microsoft 365 - Email Deluxe",
    "Microsoft 365 - Email Essentials",
    "Microsoft 365 - Online Business Basic",
    "OX mail - Email Deluxe",
    "DNS with us",
    "DNS Not with us",
)
"""Names, labels and option values of six words and more, or beside others: they have to be the article's."""


def test_no_six_words_in_a_row_are_the_articles() -> None:
    known = set((Path(__file__).parent / "article_shingles.txt").read_text("utf-8").split())
    assert len(known) > 1000
    copied = [
        f"{path.name}: {words}"
        for path in _files()
        for words in _runs(path.read_text("utf-8"))
        if _digest(words) in known
    ]
    assert copied == []


def test_the_measure_of_our_own_words_finds_a_copy() -> None:
    known = set((Path(__file__).parent / "article_shingles.txt").read_text("utf-8").split())
    assert _digest("does not want ox mail migration") in known
    assert not any(_digest(words) in known for words in _runs(f'copy: "{EXACT[2]}"'))


def test_texts_fit_a_checklist(facts: Facts) -> None:
    for scenario in facts.procedure.scenarios.values():
        for item in scenario.items():
            assert len(item.text) <= 60, item.text
            assert item.done, item.id
            assert len(item.done) <= 34, item.done
            assert not item.text.endswith("."), item.text
            assert not item.say or item.say.endswith((".", "?")), item.say


def _files() -> Iterator[Path]:
    return iter(sorted(CONFIG.rglob("*.yaml")))


def _sources() -> Iterator[Path]:
    """The text files of the project."""
    yield from _files()
    for folder in ("oxtui", "tests"):
        yield from (path for path in (ROOT / folder).rglob("*") if path.suffix in (".py", ".tcss", ".md", ".txt"))
    yield from ROOT.glob("*.md")


def _digest(words: str) -> str:
    return hashlib.sha256(words.encode()).hexdigest()[:12]


def _runs(text: str) -> Iterator[str]:
    """Every six words in a row, in lower case; an exact name parts what is before and after it."""
    for name in sorted(EXACT, key=len, reverse=True):
        text = re.sub(re.escape(name), "\0", text, flags=re.IGNORECASE)
    for part in text.split("\0"):
        words = re.findall(r"[a-z0-9]+", part.lower())
        yield from (" ".join(words[at : at + 6]) for at in range(len(words) - 5))


def _tags(value: Any) -> Iterator[str]:
    """Every number in a `facts:` list, at any depth, and the ids of decisions and rules that are numbers."""
    if isinstance(value, dict):
        for key, each in value.items():
            if key == "facts":
                yield from each
            else:
                yield from _tags(each)
    elif isinstance(value, list):
        for each in value:
            yield from _tags(each)
