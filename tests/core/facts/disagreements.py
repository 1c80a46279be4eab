"""Where the article disagrees with itself, and what the playbook does there (D)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from msgspec.structs import replace

from oxtui.cases.money import work_out
from oxtui.playbook.build import procedure_from_data
from tests.core.facts.table import ONE, TODAY, TWO, Facts, Table

FACTS = Table()
fact = FACTS.fact


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
    assert "client-confirms=works" in f.guards(2, "cancel-ox-mail")


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
    quote = f.quote("m365-essentials-yearly", "m365-business-basic-monthly", months=2)
    assert (quote.rule, quote.covered, quote.discount) == ("D8", False, None)
    back = f.quote("m365-essentials-monthly", "m365-business-basic-yearly")
    assert (back.rule, back.covered, back.discount) == ("N2", True, 0)
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


@fact("D14", "playbook.yaml#D14", "playbook.yaml#credentials", "templates/o365-reversal.yaml#secret")
def _(f: Facts) -> None:
    assert f.procedure.credentials == "pasted"
    assert "console" in f.book.decisions["D14"].text and "Pasted" in f.book.decisions["D14"].does
    other = procedure_from_data({**f.procedure.data, "credentials": "in the console"})[0]
    assert other and other.credentials == "in the console"
