"""The notes of a case: one that is begun outlives a crash, another pane's closing, and the case's own."""

from __future__ import annotations

from collections.abc import Callable

from oxtui.addresses import domain_of
from oxtui.cases.case import Case
from oxtui.cases.commands.base import Command
from oxtui.cases.commands.copies import SetLine
from oxtui.cases.commands.waiting import Note, Remark
from oxtui.errors import Negative, OxtuiError, WrongUse
from oxtui.screens.case.part import CaseOwner, CasePart, something
from oxtui.screens.dialogs.ask import Ask, Pick
from oxtui.screens.dialogs.write import Write
from oxtui.text import secret_like


class Notes(CasePart):
    """What `n` does, and what becomes of a text that cannot be saved where it was typed."""

    def __init__(self, screen: CaseOwner) -> None:
        super().__init__(screen)
        self._note: Write | None = None

    def load(self) -> None:
        """Read what was begun before."""
        self.host.drafts.load(self.case.id, self._draft_read)

    def write(self) -> None:
        """n: a note; what was begun before, and not saved, is gone on with."""
        case, begun = self.case, self.host.drafts.of(self.case.id)
        told = "Begun before and not saved yet." if begun else ""
        self._note = Write("Note", told, begun, warn=secret_like, keep=self.keep)

        def answered(text: str | None) -> None:
            self._note = None
            if text:
                self._noted(case, text)

        self.ask(self._note, answered)

    def _draft_read(self, text: str) -> None:
        if self._note is not None:
            self._note.begun(text)

    def _noted(self, case: Case, text: str) -> None:
        """Save a note; what is only a domain is rather the next client's."""
        domain = _only_a_domain(text)
        if not domain or domain == case.domain or not self.service.playbook.procedure.about.is_domain:
            self.save(case, text)
            return

        def answered(place: int | None) -> None:
            if place == 0:
                self.keep("")
                self.host.begin_case(domain)
            elif place == 1:
                self.save(case, text)

        options = [(f"begin or open the case of {domain}", ""), ("keep it as a note", "")]
        self.ask(Pick("That is a domain", options), answered)

    def save(self, case: Case, text: str, then: Callable[[], None] | None = None) -> None:
        def saved(case: Case) -> None:
            self.keep("")
            if then:
                then()
            else:
                self.host.say("The note is saved")

        self.send(case, Note(text), saved)

    def keep(self, text: str) -> None:
        """Keep a note that is being written; none where `text` is empty."""
        self.host.drafts.keep(self.case.id, text)

    def remark(self) -> None:
        """!: the step under the cursor is wrong, because ...: for whoever writes the playbook."""
        row, case = self.checklist.current, self.case
        if row is None or not row.ours:
            return
        item = row.item

        def answered(text: str | None) -> None:
            if text:
                self.send(case, Remark(item.id, text), lambda _: self.host.say("Noted for whoever writes the playbook"))

        title = f"This step is wrong: {item.text}"
        self.ask(Ask(title, "Why? In one line, without client data.", check=something, warn=secret_like), answered)

    # -- what was typed for a case that somebody else has closed
    def offered(self, case: Case, command: Command, error: OxtuiError) -> bool:
        """Whether a text that a closed case does not take was offered elsewhere."""
        text = {Note: "text", SetLine: "value"}.get(type(command), "")
        typed = str(getattr(command, text)) if text else ""
        if not (typed and isinstance(error, Negative)):
            return False
        self._offer_text(case, typed)
        return True

    def closed_elsewhere(self, typed: str) -> None:
        """Another pane has closed the case: back to Home, and a line that was being typed is not lost with it."""
        case = self.case
        self.host.pop_screen()
        if typed:
            self._offer_text(case, typed)
        else:
            self.host.tell(Negative("This case is no longer open", "it was closed in another pane: see History (h)"))

    def _offer_text(self, case: Case, text: str) -> None:
        """What was typed is not lost with the case: it can be saved, where the case is opened again, or copied."""
        host, service = self.host, self.service

        def saved(case: Case) -> None:
            host.drafts.keep(case.id, "")
            host.say("The note is saved, and the case is open again")

        def opened(case: Case) -> None:
            host.submit(case.id, Note(text), saved, host.tell)

        def answered(place: int | None) -> None:
            if place == 0:
                host.aside(lambda: service.reopen(case.id), opened, host.tell)
            elif place == 1:
                host.copy(text, "What you typed")

        options = [("open it again and save this as a note", ""), ("copy it", ""), ("forget it", "")]
        self.ask(Pick(f"{case.domain} was closed in another pane", options, f"Not saved: {text}"), answered)


def _only_a_domain(text: str) -> str:
    """The domain that a text consists of, or ""."""
    words = text.split()
    if len(words) != 1 or "." not in text or "@" in text:
        return ""
    try:
        return domain_of(words[0])
    except WrongUse:
        return ""
