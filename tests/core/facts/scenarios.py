"""Facts of the call flow and of the three scenarios (G, S1, S2, S3)."""

from __future__ import annotations

from decimal import Decimal

from tests.core.facts.files import digest, sources
from tests.core.facts.table import CHAT, MOVE_LINK, ONE, THREE, TWO, Facts, Table

FACTS = Table()
fact = FACTS.fact


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
    assert {name for name, when in f.item(1, "order").ways if when} == {"client console"}, "SalesDB is always open"
    assert str(f.item(1, "quote").when) == "billed-now=yearly"
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
    assert ([str(each) for each in rule.before], str(rule.where)) == (["quote"], "billed-now=yearly")
    assert {"quote", "licence", "billed-now", "billed-next", "licences"} == set(f.item(1, "order").uses)


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
    assert "migration team" in item.text and "off the list" in item.text
    assert f.item(1, "order").follows == ("tell-team",)
    assert item.keeps == (2,), "who wants Office 365 back is kept off the list without a question"


@fact("S1.6", f"{ONE}#salesforce-reason")
def _(f: Facts) -> None:
    item = f.item(1, "salesforce-reason")
    assert item.copy == "Does not want OX mail Migration"
    assert "report" in item.detail
    assert [(value.key, value.field) for value in item.values] == [("salesforce", "salesforce")]
    assert f.answers(1, "salesforce-reason") == ("set", "no-case")


@fact("S1.7", f"{ONE}#order")
def _(f: Facts) -> None:
    item = f.item(1, "order")
    assert "SalesDB" in item.through
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


@fact(
    "S1.10",
    f"{ONE}#cancel-essentials",
    f"{ONE}#essentials-billing",
    "playbook.yaml#essentials-after-swap",
    "playbook.yaml#essentials-gone",
)
def _(f: Facts) -> None:
    item = f.item(1, "cancel-essentials")
    assert item.killer
    assert f.guards(1, "cancel-essentials") == {"accounts-swapped"}
    assert "Email Essentials product" in item.text
    assert "billing lines" in f.item(1, "essentials-billing").text
    assert f.guards(1, "essentials-billing") == {"cancel-essentials"}
    assert f.item(1, "essentials-running").answers[1].nbs == ("essentials-gone",)
    assert f.nb("essentials-gone").danger
    assert str(item.when) == "essentials-running=running"
    (rule,) = f.rules("cancel-essentials")
    assert [str(each) for each in rule.before] == ["accounts-swapped"]
    assert rule.newer_than == ("order", "order-completed")
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
    assert "Monthly now and next can go through the client console" in item.detail
    assert "yearly goes through SalesDB" in item.detail
    assert {name: str(when) for name, when in item.ways if when} == {
        "client console": "billed-now=monthly and billed-next=monthly"
    }
    assert "quote" in f.guards(2, "order")
    assert str(f.item(2, "quote").when) == "billed-now=yearly"
    assert any(rule.scenario == 2 and str(rule.before[0]) == "quote" for rule in f.rules("order"))
    nb = f.nb("no-pro-rata-monthly")
    assert all(word in nb.text for word in ("no pro-rata", "refund", "credit"))
    quote = f.quote("ox-deluxe-monthly", "m365-business-basic-monthly")
    assert (quote.discount, quote.first_invoice) == (Decimal("0.00"), Decimal("13.99"))


@fact("S2.3", f"{TWO}#order", "playbook.yaml#keep-ox-mail")
def _(f: Facts) -> None:
    assert "keep-ox-mail" in f.item(2, "order").nbs
    assert f.nb("keep-ox-mail").text.startswith("Do not cancel OX-Mail before mail works in Office 365")
    assert [answer.nbs for answer in f.item(2, "ox-running").answers] == [(), ("ox-mail-gone",)]
    gone = f.nb("ox-mail-gone")
    assert gone.danger
    assert gone.lasting
    rescue = f.item(2, "rescue")
    assert (str(rescue.when), rescue.each) == ("ox-running=cancelled", True)
    assert "Platform Support and the chat" in rescue.detail
    assert "rescue" in f.guards(2, "jira") and not f.item(2, "order").when


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
    assert [answer.open for answer in f.item(2, "dns-office-365").answers] == [False, True]
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
    assert f.guards(2, "jira") == {"dns-office-365=yes", "rescue", *checks}
    assert (set(item.uses), item.follows, item.each) == ({"ox-running", *checks}, ("devices",), True)
    assert f.item(2, "jira-again").copy == item.copy
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
    assert digest(contact.name) == "b4776ef3f3ed"
    for path in sources():
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
    again = f.item(2, "jira-again")
    assert (again.anew, again.reopens, again.each) == ("jira", ("jira-result", "client-confirms"), True)
    confirms = f.item(2, "client-confirms")
    assert f.guards(2, "client-confirms") == {
        "jira-result=completed or sme-decides=lost", "devices", "dns-office-365=yes", "order-completed=completed",
    }  # fmt: skip
    assert (confirms.kind, confirms.client, confirms.each, confirms.fresh_for) == ("question", True, True, "5d")
    assert f.answers(2, "client-confirms")[0] == "works"
    cancel = f.item(2, "cancel-ox-mail")
    assert cancel.killer and cancel.text == "Cancel the OX-Mail service"
    assert f.item(2, "ox-billing").text == "End the OX-Mail billing"
    assert f.guards(2, "ox-billing") == {"cancel-ox-mail"}


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


@fact("S3.2", f"{THREE}#troubleshoot", f"{THREE}#screenshots")
def _(f: Facts) -> None:
    checks = {"ns", "dns-ox", "webmail", "settings", "spamexperts", "screenshots", "missing-dates"}
    assert f.guards(3, "solved") == {"issue", *checks}
    assert "DNS and MX" in f.item(3, "dns-ox").text
    assert f.item(3, "settings").client
    assert all("could-not" in f.answers(3, name) for name in ("dns-ox", "webmail", "settings", "spamexperts"))
    for name in ("screenshots", "missing-dates"):
        assert str(f.item(3, name).when) == "issue=missing-mail"
    assert f.item(3, "missing-dates").select == "dates"


@fact("S3.3", f"{THREE}#sme-case")
def _(f: Facts) -> None:
    item = f.item(3, "sme-case")
    step = f.procedure.scenarios[3].step_of["sme-case"]
    assert str(step.when) == "solved=no"
    assert item.each and item.text == "Create a case for the Tech-SMEs to raise a JIRA"
    assert all(word in item.detail for word in ("account", "SPAM-Experts works", "screenshot with its dates"))
    assert {name: str(when) for name, when in item.templates} == {
        "ox-mail-resync": "issue=missing-mail",
        "ox-mail-issues": "issue=sending-receiving",
    }
    assert [(value.field, value.required) for value in item.values] == [("salesforce", True)]


@fact("S3.4", f"{THREE}#client-confirms", f"{THREE}#result")
def _(f: Facts) -> None:
    assert f.guards(3, "client-confirms") == {"solved=yes or result=fixed"}
    assert f.item(3, "client-confirms").client
    assert f.item(3, "client-confirms").each
    assert f.answers(3, "result") == ("fixed", "returned", "refused")
    assert (f.item(3, "again").anew, f.item(3, "again").reopens) == ("sme-case", ("result", "client-confirms"))
    assert f.item(3, "look-again").reopens == ("solved", "client-confirms")
