"""Closing: the endings that fit, and what each leaves as it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType

from oxtui.cases.case import Case
from oxtui.cases.commands.closing import Close, left_running, refused_ending
from oxtui.cases.leading import leads_there, leads_to_ending
from oxtui.errors import Refusal, WrongUse
from oxtui.playbook.model import Ending
from oxtui.screens.case.copying import Copying
from oxtui.screens.case.notes import Notes
from oxtui.screens.case.part import CaseOwner, CasePart
from oxtui.screens.case.template import TemplateForm
from oxtui.screens.dialogs.ask import Ask, ChoiceRows, Confirm, Pick
from oxtui.screens.parts.calls import Calls
from oxtui.text import clip, secret_like
from oxtui.widgets.spans import Span


class PickEnding(Pick):
    """How the case ends; the client's text for the ending under the cursor can be copied before it is closed."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("E", "copy_text", "client's text", id="dialog.client-text")]

    def __init__(self, title: str, options: Sequence[tuple[str, str]], text: str, copy: Callable[[int], None]) -> None:
        super().__init__(title, options, text)
        self.copy = copy

    def foot(self) -> Sequence[Span]:
        return (*super().foot(), ("   E", "key"), (" copy a text for the client", "quiet"))

    def action_copy_text(self) -> None:
        self.copy(self.query_one(ChoiceRows).cursor)


class Closing(CasePart):
    """What `z` does."""

    def __init__(self, screen: CaseOwner, notes: Notes, form: TemplateForm, calls: Calls, copying: Copying) -> None:
        super().__init__(screen)
        self.notes = notes
        self.form = form
        self.calls = calls
        self.copying = copying

    def open(self) -> None:
        """z: the endings that fit; a note that is being written, in another pane too, is named first."""
        if self.form.editing:
            self.refuse(
                Refusal("You're still typing a line of the template", "enter keeps it, esc leaves it as it was")
            )
            return
        drafts, case_id = self.host.drafts, self.case.id
        self.host.aside(lambda: drafts.newest(case_id), self._draft_read, self.refuse)

    def _draft_read(self, draft: str) -> None:
        if draft.strip():
            self._ask_about_draft(draft.strip())
        else:
            self._ask_ending()

    def _ask_about_draft(self, draft: str) -> None:
        case = self.case
        options = [("save it, then close", ""), ("keep writing", ""), ("close without it", "")]

        def answered(place: int | None) -> None:
            if place == 0:
                self.notes.save(case, draft, self._ask_ending)
            elif place == 1:
                self.notes.write()
            elif place == 2:
                self._ask_ending()

        self.ask(Pick("You've started a note and not saved it", options, clip(draft, 300)), answered)

    def _ask_ending(self) -> None:
        case = self.newest
        skipped = len(case.skipped())
        found: list[tuple[Ending, str]] = []
        others: list[tuple[Ending, Refusal]] = []
        for ending in case.procedure.endings:
            name = f"{ending.text} with {skipped} skipped" if ending.complete and skipped else ending.text
            refusal = refused_ending(case, ending)
            if refusal is None:
                found.append((ending, name))
            else:
                others.append((ending, refusal))
        wanted = leads_to_ending(case.procedure, case.standing)
        found.sort(key=lambda each: each[0] is not wanted)  # what an answer names stands first
        told = [f"{', '.join(left_running(case))}."] if left_running(case) else []
        # why it is not complete, where the answers lead there at all
        told += [f"Not {each.text}: {why.message}." for each, why in others if each.complete and may_fit(case, each)]
        options = [(name, "") for _, name in found]
        if others:
            options.append(("another ending", f"{len(others)} don't fit now, and why"))

        def answered(place: int | None) -> None:
            if place is None:
                return
            if place >= len(found):
                self._show_others(others)
            elif found[place][0].needs:
                self._ask_told(found[place][0])
            else:
                self._close(found[place][0], "")

        def copy_text(place: int) -> None:
            self.copying.copy_client_text(found[place][0] if place < len(found) else None)

        self.ask(PickEnding(f"Close {case.domain}", options, "\n".join(told), copy_text), answered)

    def _show_others(self, others: list[tuple[Ending, Refusal]]) -> None:
        """The endings that do not fit, each with why."""
        options = [(ending.text, f"{self.glyphs.locked} {refusal.message}") for ending, refusal in others]

        def answered(place: int | None) -> None:
            if place is not None:
                self.refuse(others[place][1])

        self.ask(Pick("These don't fit now", options), answered)

    def _ask_told(self, ending: Ending) -> None:
        def check(text: str) -> str:
            if not text.strip():
                raise WrongUse(ending.needs, "one line is enough")
            return text

        def answered(told: str | None) -> None:
            if told:
                self._close(ending, told)

        self.ask(Ask(ending.needs, check=check, warn=secret_like), answered)

    def _close(self, ending: Ending, told: str) -> None:
        case = self.newest
        left = left_running(case)

        def close(yes: bool | None) -> None:
            if yes:
                self.send(case, Close(ending.id, told), lambda case: self._after_closing(case, ending))

        told_first = [f"Left as it is: {'; '.join(left)}."] if left and not ending.complete else []
        told_first += [f"{words[:1].upper()}{words[1:]}." for words in self.calls.others_told()]
        if told_first:
            self.ask(Confirm(f"Close as '{ending.text}'?", "\n".join(told_first), yes="close"), close)
        else:
            close(True)

    def _after_closing(self, case: Case, ending: Ending) -> None:
        if case.closed:
            self.notes.keep("")
            self.host.say(f"{case.domain} is closed: {ending.text}", "You'll find it in History (h)")
            self.host.pop_screen()


def may_fit(case: Case, ending: Ending) -> bool:
    """Whether the answers do not rule an ending out."""
    return leads_there(ending, case.standing) or case.standing is None or case.standing.holds(ending.when) is not False
