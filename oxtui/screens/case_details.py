"""The details of a case: its mailboxes and which have moved, phone, contact, ticket numbers, domain."""

from __future__ import annotations

from collections.abc import Callable

from oxtui.cases.case import MOVED
from oxtui.cases.conduct import SetDetails, SetMailboxes
from oxtui.errors import Refusal, WrongUse
from oxtui.screens.case_parts import CaseParts
from oxtui.screens.dialogs import Ask, Pick, Turn
from oxtui.text import mailboxes_of, secret_like


class DetailKeys(CaseParts):
    """What `i` opens, and what is asked there."""

    def action_details(self) -> None:
        """i: each detail as it is now; a digit or enter goes to it."""
        case, details = self.case, self.case.details
        known = sum(mailbox.known for mailbox in case.mailboxes)
        moved = sum(mailbox.ox == "yes" for mailbox in case.mailboxes)
        today = "today's" if self.follows_today() else "today's is newer"
        rows: list[tuple[str, str, Callable[[], object]]] = [
            ("add mailboxes", f"{len(case.addresses)} now", self.ask_mailboxes),
            ("remove a mailbox", "", self._remove_mailbox),
            ("which mailboxes have moved", f"{moved} of {len(case.mailboxes)}" if known else "", self._ask_moved),
            ("phone", details.phone, lambda: self._ask_detail("phone", "phone")),
            ("contact", details.contact, lambda: self._ask_detail("contact", "contact")),
            ("Salesforce number", details.salesforce, lambda: self._ask_detail("salesforce", "Salesforce number")),
            ("JIRA number", ", ".join(details.jira), lambda: self._ask_detail("jira", "JIRA number")),
            ("domain", case.domain, lambda: self._ask_detail("domain", "domain")),
            ("playbook", today, lambda: self.call_next(self.run_action, "playbook")),
        ]
        options = [(name, beside) for name, beside, _ in rows]

        def answered(place: int | None) -> None:
            if place is not None:
                rows[place][2]()

        self.app.push_screen(Pick("Details of the case", options, ", ".join(case.addresses)), answered)

    # -- mailboxes
    def ask_mailboxes(self, then: Callable[[], None] | None = None) -> None:
        """Type or paste addresses, several at once; `then` is done when they are in the case."""

        def check(text: str) -> str:
            if not mailboxes_of(text):
                raise WrongUse("One address at least", f"for example jo@{self.case.domain}")
            return text

        self.app.push_screen(
            Ask(
                "Mailboxes",
                "Type or paste the addresses, several at once.",
                placeholder=f"jo@{self.case.domain}, ...",
                check=check,
            ),
            lambda text: (
                self.send(self.case, SetMailboxes(added=text), lambda _: then() if then else None) if text else None
            ),
        )

    def _remove_mailbox(self) -> None:
        names = self.case.addresses
        if not self._has_mailbox():
            return
        self.app.push_screen(
            Pick("Remove which mailbox?", [(name, "") for name in names]),
            lambda place: self.send(self.case, SetMailboxes(removed=(names[place],))) if place is not None else None,
        )

    def _ask_moved(self) -> None:
        if not self._has_mailbox():
            return
        names = self.case.addresses
        states = {mailbox.address: mailbox.ox for mailbox in self.case.mailboxes}
        self.app.push_screen(
            Turn("Which mailboxes have moved?", states, MOVED),
            lambda turned: (
                self.send(self.case, SetMailboxes(ox=dict(zip(names, turned, strict=True))))
                if turned is not None
                else None
            ),
        )

    def _has_mailbox(self) -> bool:
        if not self.case.addresses:
            self.refused(Refusal("The case has no mailbox", "add one first"))
        return bool(self.case.addresses)

    # -- the rest
    def _ask_detail(self, name: str, label: str) -> None:
        details = self.case.details
        value = (
            details.jira[-1]
            if name == "jira" and details.jira
            else str(getattr(details, name) or "")
            if name != "jira"
            else ""
        )

        more = "A further number is added; emptied, all are taken out." if name == "jira" and value else ""

        def check(text: str) -> str:
            self.service.may(self.case, SetDetails({name: text}))
            return text

        self.app.push_screen(
            Ask(label, more, value=value, check=check, warn=secret_like if name in ("phone", "contact") else None),
            lambda text: self.send(self.case, SetDetails({name: text})) if text is not None else None,
        )
