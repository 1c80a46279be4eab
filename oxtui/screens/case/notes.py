"""The notes of a case: an unfinished one survives a crash, a closed pane, and the closing of the case."""

from __future__ import annotations

from collections.abc import Callable

from oxtui.addresses import domain_of
from oxtui.cases.case import Case
from oxtui.cases.commands.base import Command
from oxtui.cases.commands.copies import SetLine
from oxtui.cases.commands.waiting import Note, Remark
from oxtui.errors import Negative, NotOpen, OxtuiError, WrongUse
from oxtui.screens.case.part import CasePart, one_line
from oxtui.screens.dialogs.ask import Ask, Choice
from oxtui.screens.dialogs.write import Write
from oxtui.text import secret_like


class Notes(CasePart):
    """The keys `n` and `!`, and texts that cannot be saved where they were typed."""

    _note: Write | None = None

    def load(self) -> None:
        """Read the unfinished note."""
        self.host.drafts.load(self.case.id, self._draft_read)

    def write(self) -> None:
        """n: write a note, or go on with the unfinished one."""
        case, begun = self.case, self.host.drafts.of(self.case.id)
        text = "Begun before and not saved yet." if begun else ""
        self._note = Write("Note", text, begun, warn=secret_like, keep=self.keep)

        def answered(text: str | None) -> None:
            self._note = None
            if text:
                self._noted(case, text)

        self.screen.ask(self._note, answered)

    def _draft_read(self, text: str) -> None:
        if self._note is not None:
            self._note.begun(text)

    def _noted(self, case: Case, text: str) -> None:
        """Save a note; one that is only a domain may be the next client's."""
        domain = _only_a_domain(text)
        if not domain or domain == case.domain or not self.service.playbook.procedure.about.is_domain:
            self.save(case, text)
            return

        def begin() -> None:
            self.keep("")
            self.host.begin_case(domain)

        choices: list[Choice] = [
            (f"begin or open the case of {domain}", "", begin),
            ("keep it as a note", "", lambda: self.save(case, text)),
        ]
        self.choose_from("That is a domain", choices)

    def save(self, case: Case, text: str, then: Callable[[], None] | None = None) -> None:
        """Save a note, then go on with `then`."""

        def saved(case: Case) -> None:
            self.keep("")
            if then:
                then()
            else:
                self.host.say("The note is saved")

        self.send(case, Note(text), saved)

    def keep(self, text: str) -> None:
        """Store the note that is being written; "" removes it."""
        self.host.drafts.keep(self.case.id, text)

    def remark(self) -> None:
        """!: say why the step under the cursor is wrong, for whoever writes the playbook."""
        row, case = self.checklist.current, self.case
        if row is None or not row.ours:
            return
        item = row.item
        self.ask(
            Ask(f"This step is wrong: {item.text}", "Why? In one line, without client data.", check=one_line),
            lambda text: self.send(
                case, Remark(item.id, text), lambda _: self.host.say("Noted for whoever writes the playbook")
            ),
        )

    # -- text typed for a case that somebody else has closed
    def offered(self, case: Case, command: Command, error: OxtuiError) -> bool:
        """Offer to save elsewhere a text that a closed case did not take; return False if nothing was typed."""
        typed = command.text if isinstance(command, Note) else command.value if isinstance(command, SetLine) else ""
        if not (typed and isinstance(error, Negative)):
            return False
        self._offer_text(case, typed)
        return True

    def closed_elsewhere(self, typed: str) -> None:
        """Go back to Home from a case that another pane has closed, with the unsaved text."""
        case = self.case
        self.host.pop_screen()
        if typed:
            self._offer_text(case, typed)
        else:
            self.host.tell(NotOpen())

    def _offer_text(self, case: Case, text: str) -> None:
        host, service = self.host, self.service

        def saved(case: Case) -> None:
            host.drafts.keep(case.id, "")
            host.say("The note is saved, and the case is open again")

        def opened(case: Case) -> None:
            host.submit(case.id, Note(text), saved, host.tell)

        choices: list[Choice] = [
            (
                "open it again and save this as a note",
                "",
                lambda: host.aside(lambda: service.reopen(case.id), opened, host.tell),
            ),
            ("copy it", "", lambda: host.copy(text, "What you typed")),
            ("forget it", "", lambda: None),
        ]
        self.choose_from(f"{case.name} was closed in another pane", choices, f"Not saved: {text}")


def _only_a_domain(text: str) -> str:
    """Return the domain that a text consists of, or ""."""
    words = text.split()
    if len(words) != 1 or "." not in text or "@" in text:
        return ""
    try:
        return domain_of(words[0])
    except WrongUse:
        return ""
