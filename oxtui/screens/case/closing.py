"""Closing: the endings that fit, and the items that each leaves open."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import ClassVar

from textual.binding import Binding, BindingType

from oxtui.cases.case import Case
from oxtui.cases.commands.closing import Close, left_running, refused_ending
from oxtui.cases.leading import leads_there, leads_to_ending
from oxtui.errors import Refusal
from oxtui.playbook.model import Ending
from oxtui.screens.case.notes import Notes
from oxtui.screens.case.part import CasePart
from oxtui.screens.case.template import TemplateForm
from oxtui.screens.dialogs.ask import Ask, Choice, ChoiceRows, Confirm, Pick, required
from oxtui.screens.host import IN_HISTORY
from oxtui.screens.parts.calls import Calls
from oxtui.screens.parts.note_parts import NoteCopies
from oxtui.screens.parts.part import Flow
from oxtui.text import clip, sentence
from oxtui.widgets.spans import Span


class PickEnding(Pick):
    """Asks how the case ends; the client's text for the ending under the cursor can be copied first."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("E", "copy_text", "client's text", id="dialog.client-text")]

    def __init__(self, title: str, options: Sequence[tuple[str, str]], text: str, copy: Callable[[int], None]) -> None:
        super().__init__(title, options, text)
        self.copy = copy

    def foot(self) -> Sequence[Span]:
        return (*super().foot(), ("   E", "key"), (" copy a text for the client", "quiet"))

    def action_copy_text(self) -> None:
        self.copy(self.query_one(ChoiceRows).cursor)


class Closing(CasePart):
    """The key `z`."""

    notes: Notes
    form: TemplateForm
    calls: Calls
    texts: NoteCopies

    def open(self) -> None:
        """z: offer the endings that fit, after asking about a note that is not saved, in another pane too."""
        if self.form.editing:
            self.refuse(
                Refusal("You're still typing a line of the template", "enter keeps it, esc leaves it as it was")
            )
            return
        drafts, case_id = self.host.drafts, self.case.id
        self.host.aside(lambda: drafts.newest(case_id), self._draft_read, self.refuse)

    def _draft_read(self, draft: str) -> None:
        case, draft = self.case, draft.strip()
        if not draft:
            self._ask_ending()
            return
        choices: list[Choice] = [
            ("save it, then close", "", lambda: self.notes.save(case, draft, self._ask_ending)),
            ("keep writing", "", self.notes.write),
            ("close without it", "", partial(self._ask_ending, draft)),
        ]
        self.choose_from("You've started a note and not saved it", choices, clip(draft, 300))

    def _ask_ending(self, without: str = "") -> None:
        self.follow(self._end(without))

    def _end(self, without: str) -> Flow[None]:
        """Ask how the case ends and for the values that the ending needs, then close it, `without` a note given up."""
        case, skipped = self.newest, len(self.newest.skipped())
        refusals = [(ending, refused_ending(case, ending)) for ending in case.procedure.endings]
        fitting = [ending for ending, refusal in refusals if refusal is None]
        others = [(ending, refusal) for ending, refusal in refusals if refusal is not None]
        wanted = leads_to_ending(case.procedure, case.standing)
        fitting.sort(key=lambda ending: ending is not wanted)  # the ending that an answer names comes first
        running = left_running(case)
        text = [f"{', '.join(running)}."] if running else []
        # why it is not complete, if the answers lead there at all
        text += [f"Not {each.text}: {why.message}." for each, why in others if each.complete and _may_fit(case, each)]
        options = [
            (f"{each.text} with {skipped} skipped" if each.complete and skipped else each.text, "") for each in fitting
        ]
        if others:
            options.append(("other endings", f"{len(others)} that don't fit now, and why"))

        def copy_text(place: int) -> None:
            self.texts.client_text(fitting[place] if place < len(fitting) else None)

        place = yield PickEnding(f"Close {case.name}", options, "\n".join(text), copy_text)
        if place >= len(fitting):
            options = [(ending.text, f"{self.glyphs.locked} {refusal.message}") for ending, refusal in others]
            place = yield Pick("These don't fit now", options)
            self.refuse(others[place][1])
            return
        ending = fitting[place]
        if refusal := refused_ending(self.newest, ending):  # something opened in another pane meanwhile
            self.refuse(refusal)
            return
        told = (yield Ask(ending.needs, check=required(ending.needs, "one line is enough"))) if ending.needs else ""
        case = self.newest
        running = left_running(case)
        text = [f"Left as it is: {'; '.join(running)}."] if running and not ending.complete else []
        text += [f"{sentence(words)}." for words in self.calls.others_told()]
        if text:
            yield Confirm(f"Close as '{ending.text}'?", "\n".join(text), yes="close")
        self.send(case, Close(ending.id, told), lambda case: self._after_closing(case, ending, without))

    def _after_closing(self, case: Case, ending: Ending, without: str) -> None:
        if case.closed:
            if without:
                self.host.drafts.drop(case.id, without)
            self.host.say(f"{case.name} is closed: {ending.text}", IN_HISTORY)
            self.screen.once_in_front(self.host.pop_screen)


def _may_fit(case: Case, ending: Ending) -> bool:
    """Return whether the answers do not rule an ending out."""
    return leads_there(ending, case.standing) or case.standing is None or case.standing.holds(ending.when) is not False
