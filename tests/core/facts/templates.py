"""Facts of the templates, line by line (T)."""

from __future__ import annotations

from tests.core.facts.table import TWO, Facts, Table

FACTS = Table()
fact = FACTS.fact


HEAD = ["Domain", "Issue", "Authenticated", "When did it start", "DNS", "MX"]


@fact("T1", "reference.yaml#prechecks", f"{TWO}#migrate-back", "templates/o365-reversal.yaml#prechecks")
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
    assert f.answers(2, "missing") == ("no", "yes", "not-known")
    assert "ns" in f.guards(3, "solved")


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
    assert f.line("ox-mail-resync", "screenshot-of-ox-mail-inbox").ref == "screenshots.ox-mail"
    assert f.line("ox-mail-resync", "screenshot-of-office-365-inbox").ref == "screenshots.office-365"
    assert {value.key for value in f.item(3, "screenshots").values} == {"ox-mail", "office-365"}
    assert f.template("ox-mail-resync").cover == ("Missing emails : {missing-dates.from} to {missing-dates.to}",)
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
    from oxtui.cases.templates import blank

    values = {
        "domain": "example.com.au",
        "when-did-it-start": "12/11/2026",
        "mx": "Resolving to OX Mail? No",
        "authenticated": "Yes",
    }
    text = blank(f.template("o365-reversal"), values).text()
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
