"""The shipped procedures, item by item: id, kind, marks, answers, what each hangs on, and the lists beside them."""

from __future__ import annotations

import pytest

from oxtui.playbook.load import load
from oxtui.playbook.model import Item
from tests.core.facts.files import CONFIG
from tests.core.facts.table import Facts

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
    after client-confirms jira-result=completed dns-office-365=yes devices | nbs keep-ox-mail dns-answers-differ
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


@pytest.fixture(scope="module")
def facts() -> Facts:
    return Facts(load(CONFIG).playbook)


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
        "dns-answers-differ": "dns-office-365=yes and mx=ox-mail or dns-office-365=yes and mx=other",
    }
    lasting = {name: nb.from_item for name, nb in facts.procedure.nbs.items() if nb.lasting}
    assert lasting == {"keep-ox-mail": "sme", "ox-mail-gone": "ox-running", "dns-answers-differ": "mx"}
    assert facts.procedure.scenarios[2].nbs == tuple(lasting)
    assert [name for name, nb in facts.procedure.nbs.items() if nb.danger] == ["ox-mail-gone", "dns-answers-differ"]


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
