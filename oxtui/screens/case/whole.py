"""The keys that concern the case as a whole: calls, waiting, notes, scenario, closing."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual.binding import Binding, BindingType

from oxtui.cases.case import Case
from oxtui.cases.commands import Command
from oxtui.cases.conduct import Close, Note, Resume, SetHold, SetLine, left_running, refused_ending
from oxtui.cases.dates import day_to_come
from oxtui.cases.hours import default_hold
from oxtui.cases.timeline import Stamps, last_done, until_words
from oxtui.errors import Negative, OxtuiError, Refusal, WrongUse
from oxtui.playbook.model import Ending
from oxtui.screens.case.part import CaseParts
from oxtui.screens.dialogs import Ask, Confirm, Pick
from oxtui.screens.leaving import LeaveKeys
from oxtui.screens.write import Write
from oxtui.text import clip, domain_of, secret_like


class WholeKeys(LeaveKeys, CaseParts):
    """What the keys do to the whole case."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "A", "call_how", "how", id="case.how", show=False,
            tooltip="How the client was authenticated, or in writing; what became of the call",
        ),
    ]  # fmt: skip
    _note: Write | None = None

    def on_mount(self) -> None:
        self.home.drafts.load(self.case.id, self._draft_read)

    # -- calls
    def action_call_client(self) -> None:
        self.begin_call()

    def action_call_back_office(self) -> None:
        self.begin_back_office()

    # -- waiting, notes
    def action_wait(self) -> None:
        """w: whom the case waits for, and until when; of one that waits, that it is over, or another date."""
        hold, self.home.next_client = self.case.hold, False
        if hold is None:
            self._ask_for_whom()
            return
        options = [("the wait is over", ""), ("another date", until_words(hold.until)), ("somebody else", "")]

        def answered(place: int | None) -> None:
            if place == 0:
                self.send(self.case, Resume(), self._resumed)
            elif place == 1:
                self._ask_until(hold.waits_for, self._channel_of(hold.waits_for))
            elif place == 2:
                self._ask_for_whom()

        self.app.push_screen(Pick(f"Waits for {hold.waits_for}", options), answered)

    def _channel_of(self, name: str) -> str:
        channels = self.service.playbook.channels
        return next((channel for channel, each in channels.items() if each.name == name), "")

    def _ask_for_whom(self) -> None:
        channels = self.service.playbook.channels
        parties = [
            *((channel.name, name) for name, channel in channels.items()),
            ("the client", ""),
            ("the order", "order"),
        ]
        row = self.checklist.current
        wanted = row.item.waits_on if row else ""
        at = next((n for n, (_, name) in enumerate(parties) if wanted and name == wanted), len(channels))
        options = [(f"waits for {name}", "") for name, _ in parties]
        text = "The call ends with it." if self.newest().conversation.with_client else ""

        def answered(place: int | None) -> None:
            if place is not None:
                self._ask_until(*parties[place])

        self.app.push_screen(Pick("Waiting", options, text, cursor=at), answered)

    def _ask_until(self, name: str, channel: str) -> None:
        clock = self.service.clock
        known = self.service.playbook.channels.get(channel)
        default = default_hold(known.hours, clock.local()) if known and known.hours else ""

        def check(text: str) -> str:
            if not text.strip() and default:
                return default
            return day_to_come(text, clock.today()).isoformat()

        hint = f"Until when? enter alone: {until_words(default)}" if default else "Until when?"
        case = self.case
        called = self.newest().conversation.with_client

        def answered(until: str | None) -> None:
            if until:
                self.send(case, SetHold(name, until), lambda case: self._held(case, called))

        self.app.push_screen(
            Ask(
                f"Waits for {name}",
                hint,
                value="" if default else "tomorrow",
                placeholder="tomorrow, 3d, fri, 24/11",
                check=check,
            ),
            answered,
        )

    def _resumed(self, case: Case) -> None:
        """Say what was done last: whoever takes the case up again begins there."""
        last = last_done(case, Stamps(self.service.clock))
        self.home.say("The wait is over", "\n".join(["Last done:", *last] if last else []))

    def _held(self, case: Case, called: bool) -> None:
        if case.hold:
            ended = "The call has ended." if called else ""
            self.say_of_call(f"Waits for {case.hold.waits_for} until {until_words(case.hold.until)}", ended)

    # -- notes
    def action_note(self) -> None:
        """n: a note; what was begun before, and not saved, is gone on with."""
        case, begun = self.case, self.home.drafts.of(self.case.id)
        told = "Begun before and not saved yet." if begun else ""
        self._note = Write("Note", told, begun, warn=secret_like, keep=self.keep_draft)

        def answered(text: str | None) -> None:
            self._note = None
            if text:
                self._noted(case, text)

        self.app.push_screen(self._note, answered)

    def _draft_read(self, text: str) -> None:
        if self._note is not None:
            self._note.begun(text)

    def _noted(self, case: Case, text: str) -> None:
        """Save a note; what is only a domain is rather the next client's."""
        domain = _only_a_domain(text)
        if not domain or domain == case.domain:
            self._save_note(case, text)
            return

        def answered(place: int | None) -> None:
            if place == 0:
                self.keep_draft("")
                self.home.begin_case(domain)
            elif place == 1:
                self._save_note(case, text)

        options = [(f"begin or open the case of {domain}", ""), ("keep it as a note", "")]
        self.app.push_screen(Pick("That is a domain", options), answered)

    def _save_note(self, case: Case, text: str, then: Callable[[], None] | None = None) -> None:
        def saved(case: Case) -> None:
            self.keep_draft("")
            if then:
                then()
            else:
                self.home.say("The note is saved")

        self.send(case, Note(text), saved)

    def keep_draft(self, text: str) -> None:
        """Keep a note that is being written; none where `text` is empty."""
        self.home.drafts.keep(self.case.id, text)

    # -- what was typed for a case that somebody else has closed
    def offered(self, case: Case, command: Command, done: Callable[[Case], None] | None, error: OxtuiError) -> bool:
        text = {Note: "text", SetLine: "value"}.get(type(command), "")
        typed = str(getattr(command, text)) if text else ""
        if not (typed and isinstance(error, Negative)):
            return super().offered(case, command, done, error)
        self.offer_text(case, typed)
        return True

    def closed_elsewhere(self) -> None:
        """Another pane has closed the case: back to Home, and a line that was being typed is not lost with it."""
        case, text = self.case, self.typed_here()
        self.home.pop_screen()
        if text:
            self.offer_text(case, text)
        else:
            self.home.tell(Negative("This case is no longer open", "it was closed in another pane: see History (h)"))

    def typed_here(self) -> str:
        """What is being typed in a line of the template; "" where that is nothing new."""
        raise NotImplementedError

    def offer_text(self, case: Case, text: str) -> None:
        """What was typed is not lost with the case: it can be saved, where the case is opened again, or copied."""
        home, service = self.home, self.service

        def saved(case: Case) -> None:
            home.drafts.keep(case.id, "")
            home.say("The note is saved, and the case is open again")

        def opened(case: Case) -> None:
            home.submit(case.id, Note(text), saved, home.tell)

        def answered(place: int | None) -> None:
            if place == 0:
                home.aside(lambda: service.reopen(case.id), opened, home.tell)
            elif place == 1:
                home.copy(text, "What you typed")

        options = [("open it again and save this as a note", ""), ("copy it", ""), ("forget it", "")]
        home.push_screen(Pick(f"{case.domain} was closed in another pane", options, f"Not saved: {text}"), answered)

    # -- scenario
    def action_scenario(self) -> None:
        from oxtui.screens.call_flow import CallFlowScreen

        self.app.push_screen(CallFlowScreen(self.case))

    # -- closing
    def action_close(self) -> None:
        """z: the endings that fit; a note that is being written is named first."""
        draft = self.home.drafts.of(self.case.id).strip()
        if self.editing():
            self.refused(Refusal("A line of the template is being typed", "enter keeps it, esc leaves it as it was"))
        elif draft:
            self._ask_about_draft(draft)
        else:
            self._ask_ending()

    def _ask_about_draft(self, draft: str) -> None:
        case = self.case
        options = [("save it, then close", ""), ("go on writing it", ""), ("close without it", "")]

        def answered(place: int | None) -> None:
            if place == 0:
                self._save_note(case, draft, self._ask_ending)
            elif place == 1:
                self.action_note()
            elif place == 2:
                self._ask_ending()

        self.app.push_screen(Pick("A note is begun and not saved", options, clip(draft, 300)), answered)

    def _ask_ending(self) -> None:
        case = self.newest()
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
        told = [f"{', '.join(left_running(case))}."] if left_running(case) else []
        # why it is not complete, where the answers lead there at all
        told += [f"Not {each.text}: {why.message}." for each, why in others if each.complete and may_fit(case, each)]
        options = [(name, "") for _, name in found]
        if others:
            options.append(("another ending", f"{len(others)} do not fit now"))

        def answered(place: int | None) -> None:
            if place is None:
                return
            if place >= len(found):
                self._show_others(others)
            elif found[place][0].needs:
                self._ask_told(found[place][0])
            else:
                self._close(found[place][0], "")

        self.app.push_screen(Pick(f"Close {case.domain}", options, "\n".join(told)), answered)

    def _show_others(self, others: list[tuple[Ending, Refusal]]) -> None:
        """The endings that do not fit, each with why."""
        options = [(ending.text, f"{self.glyphs.locked} {refusal.message}") for ending, refusal in others]

        def answered(place: int | None) -> None:
            if place is not None:
                self.refused(others[place][1])

        self.app.push_screen(Pick("These do not fit now", options), answered)

    def _ask_told(self, ending: Ending) -> None:
        def check(text: str) -> str:
            if not text.strip():
                raise WrongUse(ending.needs, "one line is enough")
            return text

        def answered(told: str | None) -> None:
            if told:
                self._close(ending, told)

        self.app.push_screen(Ask(ending.needs, check=check, warn=secret_like), answered)

    def _close(self, ending: Ending, told: str) -> None:
        case = self.newest()
        left = left_running(case)

        def close(yes: bool | None) -> None:
            if yes:
                self.send(case, Close(ending.id, told), lambda case: self._after_closing(case, ending))

        if left and not ending.complete:
            text = f"Left as it is: {'; '.join(left)}."
            self.app.push_screen(Confirm(f"Close as '{ending.text}'?", text, yes="close"), close)
        else:
            close(True)

    def _after_closing(self, case: Case, ending: Ending) -> None:
        if case.closed:
            self.keep_draft("")
            self.home.say(f"{case.domain} is closed: {ending.text}", "You'll find it in History (h)")
            self.app.pop_screen()


def may_fit(case: Case, ending: Ending) -> bool:
    """Whether the answers do not rule an ending out."""
    return not ending.when or case.standing is None or case.standing.holds(ending.when) is not False


def _only_a_domain(text: str) -> str:
    """The domain that a text consists of, or ""."""
    words = text.split()
    if len(words) != 1 or "." not in text or "@" in text:
        return ""
    try:
        return domain_of(words[0])
    except WrongUse:
        return ""
