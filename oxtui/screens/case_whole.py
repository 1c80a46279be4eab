"""The keys that concern the case as a whole: calls, waiting, notes, scenario, closing."""

from __future__ import annotations

from contextlib import suppress

from oxtui.cases.case import Case
from oxtui.cases.conduct import (
    BeginCall,
    Close,
    EndCall,
    FailAuthentication,
    Note,
    Resume,
    Revoke,
    SetHold,
    left_running,
    refused_ending,
)
from oxtui.cases.dates import day_to_come
from oxtui.cases.hours import next_working_moment
from oxtui.cases.timeline import Stamps, last_done, until_words
from oxtui.errors import OxtuiError, StoreError, WrongUse
from oxtui.playbook.model import Ending
from oxtui.screens.case_parts import CaseParts
from oxtui.screens.dialogs import Ask, Confirm, Pick
from oxtui.screens.write import Write
from oxtui.text import secret_like


class WholeKeys(CaseParts):
    """What the keys do to the whole case."""

    # -- calls
    def action_call_client(self) -> None:
        """a: authenticated now; in a call it offers to end it or to take it back."""
        case = self.case
        if not (case.call.live and case.call.mode == "client"):
            self.send(case, BeginCall("client"), lambda _: self.home.say("Authenticated"))
            return
        methods = [f"authenticated by {method}" for method in case.procedure.auth_methods]
        options = [
            ("the call has ended", ""),
            *((text, "") for text in methods),
            ("take the authentication back", "it was a mistake"),
        ]

        def answered(place: int | None) -> None:
            if place is None:
                return
            if place == 0:
                self.send(case, EndCall())
            elif place <= len(methods):
                self.send(case, BeginCall("client", case.procedure.auth_methods[place - 1]))
            else:
                self._revoke()

        self.app.push_screen(Pick("In a call", options), answered)

    def _revoke(self) -> None:
        text = "What was ticked and answered on it has to be checked again."
        self.app.push_screen(
            Ask("Take the authentication back", f"Why? {text}", warn=secret_like),
            lambda reason: self.send(self.case, Revoke(reason)) if reason is not None else None,
        )

    def action_call_back_office(self) -> None:
        self.send(self.case, BeginCall("back-office"), lambda _: self.home.say("Back office: no client on the line"))

    # -- waiting, notes
    def action_wait(self) -> None:
        """w: whom the case waits for, and until when."""
        case = self.case
        if case.hold:
            self.send(case, Resume(), self._resumed)
            return
        channels = self.service.playbook.channels
        parties = [
            *((channel.name, name) for name, channel in channels.items()),
            ("the client", ""),
            ("the order", "order"),
        ]
        row = self.checklist.current
        wanted = row.item.waits_on if row else ""
        client = len(channels)
        at = next((n for n, (_, name) in enumerate(parties) if wanted and name == wanted), client)
        options = [(f"waits for {name}", "") for name, _ in parties]
        self.app.push_screen(
            Pick("Waiting", options, cursor=at),
            lambda place: self._ask_until(*parties[place]) if place is not None else None,
        )

    def _ask_until(self, name: str, channel: str) -> None:
        clock = self.service.clock
        known = self.service.playbook.channels.get(channel)
        default = ""
        if known and known.hours:
            default = next_working_moment(known.hours, clock.local()).strftime("%Y-%m-%dT%H:%M")
        shown = "tomorrow"

        def check(text: str) -> str:
            if not text.strip() and default:
                return default
            return day_to_come(text, clock.today()).isoformat()

        hint = f"Until when? enter alone: {until_words(default)}" if default else "Until when?"
        self.app.push_screen(
            Ask(
                f"Waits for {name}",
                hint,
                value="" if default else shown,
                placeholder="tomorrow, 3d, fri, 24/11",
                check=check,
            ),
            lambda until: self.send(self.case, SetHold(name, until), self._held) if until else None,
        )

    def _resumed(self, case: Case) -> None:
        """Say what was done last: whoever takes the case up again begins there."""
        last = last_done(case, Stamps(self.service.clock))
        self.home.say("The wait is over", "\n".join(["Last done:", *last] if last else []))

    def _held(self, case: Case) -> None:
        if case.hold:
            self.home.say(f"Waits for {case.hold.waits_for} until {until_words(case.hold.until)}")

    def action_note(self) -> None:
        """n: a note; what was begun before, and not saved, is gone on with."""
        begun = self.service.drafts.of(self.case.id)
        told = "Begun before and not saved yet." if begun else ""

        def saved(case: Case) -> None:
            self.keep_draft("")
            self.home.say("The note is saved")

        self.app.push_screen(
            Write("Note", told, begun, warn=secret_like, keep=self.keep_draft),
            lambda text: self.send(self.case, Note(text), saved) if text else None,
        )

    def keep_draft(self, text: str) -> None:
        """Keep a note that is being written, in a thread; none where `text` is empty."""
        drafts, case_id = self.service.drafts, self.case.id

        def work() -> None:
            with suppress(StoreError):  # the banner tells of a disk that takes nothing
                drafts.keep(case_id, text)

        self.app.run_worker(work, thread=True, group="drafts", exit_on_error=False)

    # -- scenario
    def action_scenario(self) -> None:
        from oxtui.screens.picker import PickerScreen

        self.app.push_screen(PickerScreen(self.case))

    # -- closing
    def action_close(self) -> None:
        """z: the endings, each with why it does not fit, or what it leaves running."""
        case = self.case
        left = left_running(case)
        endings = case.procedure.endings
        refusals = [refused_ending(case, ending) for ending in endings]
        options: list[tuple[str, str]] = []
        for ending, refusal in zip(endings, refusals, strict=True):
            skipped = len(case.skipped())
            name = f"{ending.text} with {skipped} skipped" if ending.complete and skipped else ending.text
            options.append((name, f"{self.glyphs.locked} {refusal.message}" if refusal else ""))
        at = next((n for n, refusal in enumerate(refusals) if refusal is None), 0)
        text = f"{'; '.join(left)}." if left else ""  # true of every ending but the complete one

        def answered(place: int | None) -> None:
            if place is None:
                return
            refusal = refused_ending(self.case, endings[place])
            if refusal:
                self.refused(refusal)
            elif endings[place].needs:
                self._ask_told(endings[place])
            else:
                self._close(endings[place], "")

        self.app.push_screen(Pick(f"Close {case.domain}", options, text, cursor=at), answered)

    def _ask_told(self, ending: Ending) -> None:
        def check(text: str) -> str:
            if not text.strip():
                raise WrongUse(ending.needs, "one line is enough")
            return text

        self.app.push_screen(
            Ask(ending.needs, check=check, warn=secret_like),
            lambda told: self._close(ending, told) if told else None,
        )

    def _close(self, ending: Ending, told: str) -> None:
        left = left_running(self.case)

        def close(yes: bool | None) -> None:
            if yes:
                self.send(self.case, Close(ending.id, told), self._after_closing)

        if left and not ending.complete:
            text = f"Left as it is: {'; '.join(left)}."
            self.app.push_screen(Confirm(f"Close as '{ending.text}'?", text, yes="close"), close)
        else:
            close(True)

    def _after_closing(self, case: Case) -> None:
        if case.closed:
            self.keep_draft("")
            self.home.say(f"{case.domain} is closed: {case.closed.ending}", "It stands in the history (h on Home).")
            self.app.pop_screen()

    def leave(self) -> None:
        """esc: back to where one came from; an empty case is offered to be dropped."""
        case = self.case
        if all(entry.what in ("opened", "details", "mailboxes", "evidence") for entry in case.log):
            self.app.push_screen(
                Pick(f"Nothing was done for {case.domain}", [("keep the case", ""), ("drop it", "")]),
                lambda place: self._leave_or_drop(place),
            )
        else:
            self.app.pop_screen()

    def _leave_or_drop(self, place: int | None) -> None:
        """Leave; esc a second time keeps the case, as the first choice does."""
        if place == 1:
            try:
                self.service.drop(self.case.id)
            except OxtuiError as error:
                self.refused(error)
                return
        self.app.pop_screen()

    def fail_authentication(self, reason: str) -> None:
        """The client could not be authenticated: write it up."""
        self.send(self.case, FailAuthentication(reason))
