"""Facts of the NBs (N)."""

from __future__ import annotations

from tests.core.facts.table import ONE, TWO, Facts, Table

FACTS = Table()
fact = FACTS.fact


@fact("N1", "playbook.yaml#no-teams", f"{ONE}#licence")
def _(f: Facts) -> None:
    assert f.nb("no-teams").text == "Microsoft 365 - Email Deluxe does not include Teams."
    assert "no-teams" in f.item(1, "licence").nbs
    deluxe = f.item(1, "licence").answers[1]
    assert (deluxe.id, deluxe.nbs) == ("email-deluxe", ("no-teams",))
    assert "Teams" in deluxe.say and "without Teams" in f.item(1, "licence").say


@fact("N2", "playbook.yaml#no-pro-rata-monthly", "playbook.yaml#no-discount-monthly")
def _(f: Facts) -> None:
    assert f.nb("no-pro-rata-monthly").text.startswith("Monthly billing has no pro-rata")
    for scenario in (1, 2):
        assert "no-pro-rata-monthly" in f.item(scenario, "order").nbs
        assert str(f.item(scenario, "quote").when) == "billed-now=yearly", "nothing is worked out on monthly billing"
    assert [str(rule.where) for rule in f.rules("discount")] == ["billed-now=monthly"]


@fact("N3", "playbook.yaml#keep-ox-mail", f"{TWO}#cancel-ox-mail", "playbook.yaml#ox-mail-after-client")
def _(f: Facts) -> None:
    nb = f.nb("keep-ox-mail")
    assert nb.lasting
    assert nb.id in f.procedure.scenarios[2].nbs
    first = next(item for item in f.procedure.scenarios[2].items() if "order" in item.id or item.id == "sme")
    assert nb.from_item == first.id
    guards = {"client-confirms=works", "jira-result=completed", "dns-office-365=yes", "devices"}
    assert f.guards(2, "cancel-ox-mail") == guards
    assert {str(atom) for rule in f.rules("cancel-ox-mail") for atom in rule.before} == guards
    newer = {rule.id: rule.newer_than for rule in f.rules("cancel-ox-mail")}
    assert newer["ox-mail-after-client"] == ("jira-result", "devices", "dns-office-365", "order-completed", "order")
    assert newer["ox-mail-after-jira"] == ("jira",)
    assert set(f.procedure.scenarios[2].witnesses) == {atom.partition("=")[0] for atom in guards} | {"cancel-ox-mail"}


@fact("N4", "playbook.yaml#authenticate", "playbook.yaml#authenticated")
def _(f: Facts) -> None:
    assert f.nb("authenticate").text == "Authenticate the client before you help."
    for scenario in f.procedure.scenarios.values():
        assert "authenticate" in scenario.items()[0].nbs


@fact("N5", "playbook.yaml#open-workflows", f"{ONE}#workflows")
def _(f: Facts) -> None:
    assert "Open workflows of Microsoft 365 - Email Essentials" in f.nb("open-workflows").text
    assert f.item(1, "workflows").nbs == ("open-workflows",)
