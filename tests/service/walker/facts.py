"""What the article says of its three scenarios, written down once more by hand, for the oracle alone.

Nothing here is read from the playbook: a playbook that loses a witness, or what the witness has to be younger than,
is found by it. A condition is a function of the answers as they read for one mailbox (`View`); it gives None where
what is not answered yet decides.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple, Protocol, TypeAlias

Truth: TypeAlias = bool | None
LICENCES: Final = "licences"
"""The number of licences, as if it were an item: the quote and the order rest on it."""


class View(Protocol):
    """The answers of one scenario as they read for one mailbox, or ("") for the whole case."""

    def is_(self, item: str, *answers: str) -> Truth:
        """Whether one of these was answered; of an item done for each mailbox, for the whole case: for any of them."""

    def some(self, condition: Condition) -> Truth:
        """Whether a condition holds for any mailbox."""


Condition: TypeAlias = Callable[[View], Truth]


def both(*parts: Truth) -> Truth:
    """The truth of parts joined by *and*."""
    if False in parts:
        return False
    return None if None in parts else True


def either(*parts: Truth) -> Truth:
    """The truth of parts joined by *or*."""
    if True in parts:
        return True
    return None if None in parts else False


def no(part: Truth) -> Truth:
    """The truth of *not*."""
    return None if part is None else not part


def _always(view: View) -> Truth:
    return True


class Fact(NamedTuple):
    """One item of the article."""

    when: Condition = _always
    rests: tuple[str, ...] = ()
    each: bool = False
    acts: bool = False
    action: bool = False
    killer: bool = False
    optional: bool = False
    anew: str = ""
    reopens: tuple[str, ...] = ()
    still_open: frozenset[str] = frozenset()
    """Answers with which the question stays open."""
    evidence: str = ""
    """What a DNS lookup proposes for it."""
    attempt: bool = False
    """Whether its mark ends when the question that it reopens is answered anew."""


class Witness(NamedTuple):
    """What a killer waits for: its answers (none for an action), and what it has to be younger than."""

    answers: frozenset[str]
    newer_than: tuple[str, ...]


class Killer(NamedTuple):
    """An item that ends a service for good."""

    witnesses: Mapping[str, Witness]
    field: str
    """What is known of a mailbox: whether it is still served."""


NOT_YET: Final = frozenset({"not-yet"})


def mail_moves_back(view: View) -> Truth:
    """Scenario 2: the mail of a mailbox still has to be moved back."""
    return either(view.is_("ox-running", "running"), no(view.is_("rescue", "not-needed", "lost")))


def any_mail_moves_back(view: View) -> Truth:
    return either(view.is_("ox-running", "running"), view.some(mail_moves_back))


def mail_left_behind(view: View) -> Truth:
    """Scenario 2: a mailbox stays on OX-Mail, or its old mail is lost."""
    return either(view.is_("sme-decides", "stays", "lost"), view.is_("client-confirms", "works-lost"))


PLAN: Final = ("billed-now", "billed-next", "licence")

ORDER: Final[Mapping[str, Fact]] = {
    "quote": Fact(lambda v: v.is_("billed-now", "yearly"), (*PLAN, LICENCES), action=True),
    "order": Fact(rests=("quote", *PLAN, LICENCES), action=True, acts=True),
    "order-completed": Fact(rests=("order",), still_open=NOT_YET),
    "order-again": Fact(
        lambda v: v.is_("order-completed", "refused"),
        ("quote",),
        action=True,
        anew="order",
        reopens=("order-completed",),
        attempt=True,
    ),
}
"""The discount and the order, alike in scenarios 1 and 2."""

ONE: Final[Mapping[str, Fact]] = {
    "billed-now": Fact(),
    "licence": Fact(),
    "billed-next": Fact(),
    "tell-team": Fact(action=True, acts=True),
    "salesforce-reason": Fact(),
    **ORDER,
    "accounts-swapped": Fact(rests=("order-completed",), each=True, action=True),
    "next-invoice": Fact(rests=("accounts-swapped",), action=True),
    "essentials-running": Fact(),
    "workflows": Fact(),
    "workflows-cancelled": Fact(lambda v: v.is_("workflows", "found"), ("accounts-swapped",), action=True),
    "cancel-essentials": Fact(
        lambda v: v.is_("essentials-running", "running"), ("accounts-swapped",), action=True, killer=True
    ),
    "essentials-billing": Fact(rests=("cancel-essentials",), action=True),
    "csp": Fact(rests=("cancel-essentials",)),
    "csp-gone": Fact(lambda v: v.is_("csp", "sme-asked", "chat-asked"), ("csp",), action=True),
}

TWO: Final[Mapping[str, Fact]] = {
    "ox-running": Fact(),
    "rescue": Fact(lambda v: v.is_("ox-running", "cancelled"), each=True, still_open=frozenset({"not-known"})),
    "licence": Fact(),
    "billed-now": Fact(),
    "billed-next": Fact(),
    "sme": Fact(action=True, acts=True),
    **ORDER,
    "dns-office-365": Fact(rests=("order-completed",), still_open=frozenset({"no"}), evidence="dns-office-365"),
    "devices": Fact(rests=("order-completed",), each=True, still_open=NOT_YET),
    "ns": Fact(any_mail_moves_back, evidence="ns"),
    "mx": Fact(any_mail_moves_back, evidence="mx"),
    "spamexperts": Fact(mail_moves_back, each=True),
    "webmail": Fact(mail_moves_back, each=True),
    "missing": Fact(any_mail_moves_back),
    "missing-since": Fact(lambda v: v.is_("missing", "yes")),
    "jira": Fact(
        mail_moves_back,
        (
            "dns-office-365", "ns", "mx", "spamexperts", "webmail", "missing", "missing-since", "rescue", "ox-running",
        ),
        each=True,
        action=True,
        acts=True,
    ),
    "chat-follow-up": Fact(any_mail_moves_back, ("jira",), action=True, optional=True),
    "jira-result": Fact(mail_moves_back, ("jira",), each=True),
    "jira-again": Fact(
        lambda v: both(
            mail_moves_back(v),
            either(
                v.is_("jira-result", "returned"),
                v.is_("client-confirms", "old-mail-missing"),
                v.is_("sme-decides", "again"),
            ),
        ),
        each=True,
        action=True,
        anew="jira",
        reopens=("jira-result", "client-confirms"),
        attempt=True,
    ),
    "sme-decides": Fact(
        lambda v: both(mail_moves_back(v), v.is_("jira-result", "refused")), ("jira-result",), each=True
    ),
    "client-confirms": Fact(
        lambda v: no(v.is_("sme-decides", "stays")),
        ("jira-result", "sme-decides", "devices", "dns-office-365", "order-completed"),
        each=True,
        still_open=NOT_YET,
    ),
    "fix-mail": Fact(
        lambda v: v.is_("client-confirms", "cannot-send-or-receive"),
        each=True,
        action=True,
        reopens=("client-confirms",),
        attempt=True,
    ),
    "cancel-ox-mail": Fact(
        lambda v: both(v.is_("ox-running", "running"), no(mail_left_behind(v))),
        ("client-confirms", "jira-result", "dns-office-365", "devices"),
        action=True,
        killer=True,
    ),
    "ox-billing": Fact(
        lambda v: either(v.is_("ox-running", "cancelled"), no(mail_left_behind(v))), ("cancel-ox-mail",), action=True
    ),
}  # fmt: skip


def escalated(view: View) -> Truth:
    """Scenario 3: the checks did not solve it."""
    return view.is_("solved", "no")


THREE: Final[Mapping[str, Fact]] = {
    "issue": Fact(each=True),
    "ns": Fact(evidence="ns"),
    "dns-ox": Fact(evidence="dns-ox"),
    "webmail": Fact(each=True),
    "settings": Fact(),
    "spamexperts": Fact(each=True),
    "screenshots": Fact(lambda v: v.is_("issue", "missing-mail"), action=True),
    "missing-dates": Fact(lambda v: v.is_("issue", "missing-mail")),
    "solved": Fact(
        rests=("issue", "ns", "dns-ox", "webmail", "settings", "spamexperts", "screenshots", "missing-dates"), each=True
    ),
    "sme-case": Fact(escalated, ("solved",), each=True, action=True, acts=True),
    "result": Fact(escalated, ("sme-case",), each=True),
    "again": Fact(
        lambda v: both(
            escalated(v),
            either(v.is_("result", "returned"), v.is_("client-confirms", "no"), v.is_("sme-decides", "again")),
        ),
        each=True,
        action=True,
        anew="sme-case",
        reopens=("result", "client-confirms"),
        attempt=True,
    ),
    "sme-decides": Fact(lambda v: both(escalated(v), v.is_("result", "refused")), ("result",), each=True),
    "client-confirms": Fact(
        lambda v: no(v.is_("sme-decides", "stays")), ("solved", "result"), each=True, still_open=NOT_YET
    ),
    "look-again": Fact(
        lambda v: both(v.is_("solved", "yes"), v.is_("client-confirms", "no")),
        each=True,
        action=True,
        reopens=("solved", "client-confirms"),
        attempt=True,
    ),
}

SCENARIOS: Final[Mapping[int, Mapping[str, Fact]]] = {1: ONE, 2: TWO, 3: THREE}

KILLERS: Final[Mapping[int, Mapping[str, Killer]]] = {
    1: {
        "cancel-essentials": Killer(
            {"accounts-swapped": Witness(frozenset(), ("order-completed", "order"))},
            "essentials",
        )
    },
    2: {
        "cancel-ox-mail": Killer(
            {
                "client-confirms": Witness(
                    frozenset({"works"}), ("jira-result", "devices", "dns-office-365", "order-completed", "order")
                ),
                "jira-result": Witness(frozenset({"completed"}), ("jira",)),
                "dns-office-365": Witness(frozenset({"yes"}), ()),
                "devices": Witness(frozenset({"connected", "no-device"}), ()),
            },
            "ox-mail",
        )
    },
    3: {},
}
FRESH_DAYS: Final[Mapping[tuple[int, str], float]] = {(2, "client-confirms"): 5}
"""How old a client's word may be when a killer is cleared."""


def below(scenario: int, item: str) -> tuple[str, ...]:
    """What an item rests on at any depth, without the number of licences."""
    facts, found, ahead = SCENARIOS[scenario], {}, [item]
    while ahead:
        for name in facts[ahead.pop()].rests:
            if name != LICENCES and name not in found:
                found[name] = True
                ahead.append(name)
    return tuple(found)
