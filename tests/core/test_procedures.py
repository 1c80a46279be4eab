"""The shipped procedures, item by item: id, kind, marks, answers, what each hangs on, and the lists beside them."""

from __future__ import annotations

import re

import pytest

from oxtui.cases.board import EMPTY
from oxtui.cases.status import Situation, Standing
from oxtui.cases.waits import status_of
from oxtui.playbook.conditions import Atom
from oxtui.playbook.flow import ends
from oxtui.playbook.load import load
from oxtui.playbook.model import Item
from tests.core.facts.files import CONFIG
from tests.core.facts.table import Facts

MOVES = "ox-running=running or not (rescue=not-needed or rescue=lost)"
SOME_MOVE = f"ox-running=running or any({MOVES})"
LEFT = "sme-decides=lost|stays or client-confirms=works-lost"

PROCEDURES = f"""
scenario 1 | nbs essentials-gone
# plan
billed-now | Q | monthly yearly | nbs authenticate
licence | Q | business-basic email-deluxe+no-teams | nbs no-teams
billed-next | Q | monthly yearly | proposes billed-now
# order
tell-team | A | acts | templates i-dont-want-ox-mail | keeps 2
salesforce-reason | Q | set no-case | values salesforce | copy
quote | A | when billed-now=yearly | after billed-now billed-next licence |
    uses billed-now billed-next licence licences | nbs mixed-billing
order | A | acts | after quote | uses licence billed-now billed-next quote licences | follows tell-team |
    same_as 2:order | nbs discount-first no-pro-rata-monthly | values order | howto salesdb-discount
order-completed | Q | completed not-yet? refused! | after order | waits_on order
order-again | A | when order-completed=refused | after quote | anew order | reopens order-completed |
    nbs discount-first no-pro-rata-monthly | values order | howto salesdb-discount
# swap
accounts-swapped | A | each | after order-completed=completed
next-invoice | A | after accounts-swapped | nbs short-first-year | values date*
# cancel
essentials-running | Q | running cancelled!+essentials-gone | proposes running
workflows | Q | none found | nbs open-workflows
workflows-cancelled | A | when workflows=found | after accounts-swapped
cancel-essentials | A | irreversible | when essentials-running=running | after accounts-swapped |
    ends essentials | already essentials-running=cancelled | nbs essentials-last
essentials-billing | A | after cancel-essentials
csp | Q | gone sme-asked chat-asked | after cancel-essentials
csp-gone | A | when csp=chat-asked|sme-asked | after csp | waits_on sme
scenario 2 | nbs keep-ox-mail ox-mail-gone dns-answers-differ mx-elsewhere ox-mail-goes-on
# plan
ox-running | Q | running cancelled!+ox-mail-gone | nbs authenticate
rescue | Q | each | yes moved-back! not-needed lost not-known? | when ox-running=cancelled |
    waits_on platform-support
licence | Q | business-basic another!+no-teams
billed-now | Q | monthly yearly
billed-next | Q | monthly yearly | proposes billed-now
# order
sme | A | acts
quote | A | when billed-now=yearly | after billed-now billed-next licence |
    uses billed-now billed-next licence licences | nbs old-plan-unclear mixed-billing
order | A | acts | after quote | uses licence billed-now billed-next quote licences | same_as 1:order |
    nbs keep-ox-mail leave-next-invoice no-pro-rata-monthly discount-first | values order | howto salesdb-discount
order-completed | Q | completed not-yet? refused! | after order | waits_on order
order-again | A | when order-completed=refused | after quote | anew order | reopens order-completed |
    nbs keep-ox-mail leave-next-invoice no-pro-rata-monthly discount-first | values order | howto salesdb-discount
dns-office-365 | Q | yes no? | after order-completed=completed | proposes dns-office-365
devices | Q | each | client | connected no-device not-yet?! | after order-completed=completed
# migrate-back
ns | Q | with-us not-with-us could-not | when {SOME_MOVE} | same_as 3:ns | proposes ns
mx | Q | office-365 ox-mail other could-not | when {SOME_MOVE} | proposes mx
spamexperts | Q | each | yes no could-not | when {MOVES} | same_as 3:spamexperts | howto spam-experts
webmail | Q | each | works does-not no-login could-not | when {MOVES} | same_as 3:webmail
missing | Q | no yes not-known | when {SOME_MOVE}
missing-since | Q | date | when missing=yes
jira | A | each | acts | when {MOVES} |
    after dns-office-365=yes ns mx spamexperts webmail missing missing-since rescue |
    uses ns mx spamexperts webmail missing missing-since ox-running | follows devices |
    nbs passwords-in-template | templates o365-reversal | values jira* | copy
chat-follow-up | A | optional | when {SOME_MOVE} | after jira
jira-result | Q | each | completed returned! refused! | when {MOVES} | after jira | waits_on platform-support
jira-again | A | each |
    when ({MOVES}) and (jira-result=returned or client-confirms=old-mail-missing or sme-decides=again) |
    anew jira | reopens jira-result client-confirms | nbs passwords-in-template | templates o365-reversal |
    values jira | copy
sme-decides | Q | each | again stays!+ox-mail-goes-on lost+ox-mail-goes-on | when ({MOVES}) and jira-result=refused |
    after jira-result | waits_on sme
# finish
client-confirms | Q | each | client |
    works old-mail-missing cannot-send-or-receive works-lost+ox-mail-goes-on not-yet? |
    when not sme-decides=stays |
    after jira-result=completed or sme-decides=lost & devices & dns-office-365=yes & order-completed=completed |
    fresh 5d
fix-mail | A | each | when client-confirms=cannot-send-or-receive | reopens client-confirms
cancel-ox-mail | A | irreversible | when ox-running=running and not ({LEFT}) |
    after client-confirms=works jira-result=completed dns-office-365=yes devices |
    ends ox-mail | already ox-running=cancelled | nbs keep-ox-mail dns-answers-differ mx-elsewhere
ox-billing | A | when ox-running=cancelled or not ({LEFT}) | after cancel-ox-mail
scenario 3
# issue
issue | Q | each | general-setup sending-receiving missing-mail other | nbs authenticate
# troubleshoot
ns | Q | with-us not-with-us could-not | same_as 2:ns | proposes ns
dns-ox | Q | yes no! could-not | proposes dns-ox
webmail | Q | each | works does-not no-login could-not | same_as 2:webmail
settings | Q | client | right put-right could-not
spamexperts | Q | each | yes no could-not | same_as 2:spamexperts | howto spam-experts
screenshots | A | when issue=missing-mail | values ox-mail office-365
missing-dates | Q | dates | when issue=missing-mail
solved | Q | each | yes no |
    after issue ns dns-ox webmail settings spamexperts screenshots missing-dates
# escalate when solved=no
sme-case | A | each | acts | after solved=no |
    templates ox-mail-resync[issue=missing-mail] ox-mail-issues[issue=sending-receiving] | values salesforce*
result | Q | each | fixed returned! refused! | after sme-case | waits_on sme
again | A | each | when result=returned or client-confirms=no or sme-decides=again | anew sme-case |
    reopens result client-confirms |
    templates ox-mail-resync[issue=missing-mail] ox-mail-issues[issue=sending-receiving]
sme-decides | Q | each | again stays! | when result=refused | after result | waits_on sme
# confirm
client-confirms | Q | each | client | yes no! not-yet? | when not sme-decides=stays | after solved=yes or result=fixed
look-again | A | each | when solved=yes and client-confirms=no | reopens solved client-confirms
"""
"""An answer with `?` leaves its question open, one with `!` asks something, `+` names its NB; a value with `*` has
to be there."""


@pytest.fixture(scope="module")
def facts() -> Facts:
    return Facts(load(CONFIG).playbook)


def _answers(item: Item) -> str:
    return " ".join(
        answer.id
        + ("?" if answer.open else "")
        + ("!" if answer.asks else "")
        + "".join(f"+{name}" for name in answer.nbs)
        for answer in item.answers
    )


def _shape(item: Item) -> str:
    """All that decides about an item, in one line."""
    marks = {
        "irreversible": item.killer, "each": item.each, "client": item.client, "acts": item.acts,
        "optional": item.optional,
    }  # fmt: skip
    parts = [item.id, "Q" if item.kind == "question" else "A", *(name for name, on in marks.items() if on)]
    if item.kind == "question":
        parts.append(_answers(item) or item.select)
    wanted = (f"{name}[{when}]" if when else name for name, when in item.templates)
    proposal = item.proposal
    after = list(map(str, item.after))
    hangs_on = {
        "when": str(item.when),
        "after": (" & " if any(" " in each for each in after) else " ").join(after),
        "uses": " ".join(item.uses),
        "follows": " ".join(item.follows),
        "anew": item.anew,
        "reopens": " ".join(item.reopens),
        "ends": item.ends,
        "already": str(item.already or ""),
        "same_as": " ".join(f"{number}:{name}" for number, name in item.same_as),
        "nbs": " ".join(item.nbs),
        "templates": " ".join(wanted),
        "values": " ".join(value.key + ("*" if value.required else "") for value in item.values),
        "howto": item.howto,
        "keeps": " ".join(map(str, item.keeps)),
        "waits_on": item.waits_on,
        "proposes": (proposal.item or proposal.evidence or proposal.answer) if proposal else "",
        "fresh": item.fresh_for,
    }
    shape = [*parts, *(f"{name} {value}" for name, value in hangs_on.items() if value)]
    return " | ".join([*shape, "copy"] if item.copy else shape)


def test_the_procedures_are_as_meant(facts: Facts) -> None:
    found = []
    for number, scenario in facts.procedure.scenarios.items():
        nbs = f" | nbs {' '.join(scenario.nbs)}" if scenario.nbs else ""
        found.append(f"scenario {number}{nbs}")
        for step in scenario.steps:
            found.append(f"# {step.id} when {step.when}".removesuffix(" when "))
            found += [_shape(item) for item in step.items]
    # A row that begins with blanks goes on from the one above.
    assert found == re.sub(r"\n +", " ", PROCEDURES.strip()).split("\n")


def test_every_colleagues_word_counts(facts: Facts) -> None:
    for scenario in facts.procedure.scenarios.values():
        assert all(item.by_word for item in scenario.items())


def test_nbs_are_shown_when_they_are_true(facts: Facts) -> None:
    shown = {name: str(nb.when) for name, nb in facts.procedure.nbs.items() if nb.when}
    assert shown == {
        "no-pro-rata-monthly": "billed-now=monthly",
        "mixed-billing": "billed-now=yearly and billed-next=monthly",
        "old-plan-unclear": "billed-now=yearly",
        "discount-first": "billed-now=yearly",
        "short-first-year": "billed-next=yearly",
        "essentials-gone": "essentials-running=cancelled",
        "keep-ox-mail": "ox-running=running",
        "ox-mail-gone": "ox-running=cancelled",
        "dns-answers-differ": "dns-office-365=yes and mx=ox-mail",
        "mx-elsewhere": "dns-office-365=yes and mx=other",
        "ox-mail-goes-on": f"ox-running=running and ({LEFT})",
    }
    lasting = {name: nb.from_item for name, nb in facts.procedure.nbs.items() if nb.lasting}
    assert lasting == {
        "essentials-gone": "",
        "keep-ox-mail": "sme",
        "ox-mail-gone": "ox-running",
        "dns-answers-differ": "dns-office-365",
        "mx-elsewhere": "dns-office-365",
        "ox-mail-goes-on": "",
    }
    red = [name for name, nb in facts.procedure.nbs.items() if nb.danger]
    assert red == ["essentials-gone", "ox-mail-gone", "dns-answers-differ"]


def test_only_mx_at_ox_mail_locks_the_cancellation(facts: Facts) -> None:
    evidence = {name: (dict(nb.evidence), nb.locks) for name, nb in facts.procedure.nbs.items() if nb.evidence}
    assert evidence == {
        "dns-answers-differ": ({"mx": "ox-mail"}, ("cancel-ox-mail",)),
        "mx-elsewhere": ({"mx": "other"}, ()),
    }
    assert [name for name, nb in facts.procedure.nbs.items() if nb.locks] == ["dns-answers-differ"]


def test_an_nb_says_one_thing(facts: Facts) -> None:
    for nb in facts.procedure.nbs.values():
        assert nb.text.count(". ") == 0 and nb.text.endswith("."), nb.text


def test_the_usual_answer_stands_first_and_not_yet_leaves_it_open(facts: Facts) -> None:
    for scenario in facts.procedure.scenarios.values():
        for item in scenario.items():
            assert not item.answers or not item.answers[0].open, item.id
            for answer in item.answers:
                assert answer.open == bool(re.search("not (known )?yet", answer.text)), f"{item.id}={answer.id}"


def test_rules_say_what_comes_first_and_what_is_newer(facts: Facts) -> None:
    found = {
        rule.id: (rule.scenario, rule.never, " ".join(map(str, rule.before)), " ".join(rule.newer_than))
        for rule in facts.procedure.rules
        if rule.before
    }
    assert found == {
        "essentials-after-swap": (1, "cancel-essentials", "accounts-swapped", "order order-completed"),
        "order-after-quote-1": (1, "order", "quote", ""),
        "order-after-quote-2": (2, "order", "quote", ""),
        "ox-mail-after-jira": (2, "cancel-ox-mail", "jira-result=completed", "jira"),
        "ox-mail-after-client": (
            2,
            "cancel-ox-mail",
            "client-confirms=works",
            "jira-result devices dns-office-365 order-completed order",
        ),
        "ox-mail-after-dns": (2, "cancel-ox-mail", "dns-office-365=yes", ""),
        "ox-mail-after-devices": (2, "cancel-ox-mail", "devices", ""),
    }
    where = {rule.id: (rule.never, str(rule.where)) for rule in facts.procedure.rules if rule.where}
    assert where == {
        "order-after-quote-1": ("order", "billed-now=yearly"),
        "order-after-quote-2": ("order", "billed-now=yearly"),
        "ox-mail-while-mx": ("cancel-ox-mail", "mx=ox-mail"),
        "no-discount-monthly": ("discount", "billed-now=monthly"),
    }
    unless = {rule.never for rule in facts.procedure.rules if rule.unless}
    assert unless == {"tick", *(f"copy:{name}" for name in facts.procedure.templates)}


def test_each_irreversible_item_can_have_been_done_already(facts: Facts) -> None:
    found = {
        item.id: item.already
        for scenario in facts.procedure.scenarios.values()
        for item in scenario.items()
        if item.killer
    }
    cancelled = frozenset({"cancelled"})
    assert found == {
        "cancel-essentials": Atom("essentials-running", cancelled),
        "cancel-ox-mail": Atom("ox-running", cancelled),
    }


def test_a_wait_can_end_in_every_way(facts: Facts) -> None:
    """What came back wrong leads to a repair that opens the question again."""
    for number, name in ((1, "order-completed"), (2, "order-completed"), (2, "jira-result"), (3, "result")):
        scenario = facts.procedure.scenarios[number]
        assert scenario.reopened_by[name]
        for answer in facts.item(number, name).answers:
            asks = answer.id in ("refused", "returned")
            assert bool(answer.asks) == asks, f"{name}={answer.id}"
    assert facts.procedure.scenarios[2].reopened_by == {
        "order-completed": ("order-again",),
        "jira-result": ("jira-again",),
        "client-confirms": ("jira-again", "fix-mail"),
    }
    assert facts.procedure.scenarios[3].reopened_by == {
        "result": ("again",),
        "client-confirms": ("again", "look-again"),
        "solved": ("look-again",),
    }
    assert facts.item(2, "jira").copy == facts.item(2, "jira-again").copy == "Hosting - OX Mail"
    assert facts.item(2, "jira-again").templates == facts.item(2, "jira").templates


def test_doing_it_anew_takes_back_what_waits_for_it(facts: Facts) -> None:
    waiting = {number: dict(scenario.waiting) for number, scenario in facts.procedure.scenarios.items()}
    assert waiting == {
        1: {"order": ("order-completed",)},
        2: {"order": ("order-completed",), "jira": ("jira-result",)},
        3: {"sme-case": ("result",)},
    }


def test_nothing_moves_back_unless_the_mail_is_to_be_moved(facts: Facts) -> None:
    """Without a mailbox, too, the checks of the domain are shown where OX-Mail runs."""
    scenario = facts.procedure.scenarios[2]
    standing = Standing(scenario, EMPTY, Situation())
    assert not status_of(standing, scenario.by_id["ns"]).shown, "nobody knows yet whether OX-Mail runs"
    named = {name for name in scenario.by_id if "rescue" in scenario.by_id[name].when.items()}
    assert named == {
        "ns", "mx", "spamexperts", "webmail", "missing", "jira", "chat-follow-up", "jira-result", "jira-again",
        "sme-decides",
    }  # fmt: skip
    assert "rescue" not in {name for name in ("order", "quote") for name in scenario.rests_on[name]}


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
    endings = {
        each.id: (each.complete, each.only, bool(each.needs), str(each.when)) for each in facts.procedure.endings
    }
    assert endings == {
        "complete": (True, "", False, f"not ({LEFT} or rescue=lost)"),
        "not-authenticated": (False, "unauthenticated", False, ""),
        "unreachable": (False, "", False, ""),
        "changed-mind": (False, "", True, ""),
        "stays-on-ox-mail": (False, "", False, "sme-decides=stays and ox-running=running"),
        "stays-as-it-is": (False, "", False, "sme-decides=stays and result=refused"),
        "old-mail-lost": (False, "", False, "rescue=lost or sme-decides=lost or client-confirms=works-lost"),
        "handed-over": (False, "", True, ""),
        "out-of-scope": (False, "", True, ""),
        "nothing-to-do": (False, "no-scenario", False, ""),
        "mistake": (False, "untouched", False, ""),
    }
    outcomes = [(each.scenario, each.wait_for, each.ending) for each in ends(facts.procedure)]
    assert outcomes == [
        (None, "chat", ""),
        (None, "", "nothing-to-do"),
        (None, "", "not-authenticated"),
        (None, "", "out-of-scope"),
    ]


def test_what_is_known_of_each_mailbox(facts: Facts) -> None:
    assert facts.procedure.mailbox_fields == {"ox-mail": "on OX-Mail", "essentials": "on Essentials"}
    assert (facts.item(1, "cancel-essentials").ends, facts.item(2, "cancel-ox-mail").ends) == ("essentials", "ox-mail")


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
        "Monthly now",
        "Monthly now and next",
        "Yearly now",
        "Yearly to monthly",
    ]
    assert "console" in " ".join(facts.book.pages["passwords"].lines)


def test_what_the_article_does_not_know_says_so(facts: Facts) -> None:
    page = facts.book.pages["after-a-move"]
    assert page.title == "Issues after a move"
    head, *rows = page.lines
    assert "Not from the article" in head and "SME" in head
    assert all(re.fullmatch(r"[^:]+: look .+\. Say: .+[.?]", row) for row in rows), rows
    words = (
        "30 days", "TTL", "after the copy", "Calendar", "contacts", "Alias", "shared", "forward",
        "sign-in", "Phone", "colleagues", "other folders",
    )  # fmt: skip
    assert [word for word in words if not any(word in row for row in rows)] == []
