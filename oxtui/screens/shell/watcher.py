"""Changes to the home while the screens are open: other panes write, damage is repaired, a disk fails.

One thread looks once a second and reads the changes: a slow or hung disk delays no key.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import timedelta
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING

from oxtui.cases.events import Document
from oxtui.cases.overview import Cleared
from oxtui.cases.parts import Talk
from oxtui.errors import Refusal, StoreError
from oxtui.outbox import fail
from oxtui.screens.base import BaseScreen
from oxtui.screens.dialogs.ask import Told
from oxtui.screens.host import AppHost
from oxtui.text import plural
from oxtui.widgets.banner import Notice

if TYPE_CHECKING:
    from oxtui.store.restored import Restored

LOOK_SECONDS = 1.0
WARNED = timedelta(minutes=5)
"""How long before a conversation lapses a notice says so."""
ANSWERED_BY = timedelta(minutes=1)
"""How long the agent who cleared a cancellation may take to answer it before every screen asks."""
CHORES_AFTER = 2.0
"""Seconds from the first frame to the work that can wait: checksums, retention."""


class Watcher:
    """Watches one home, and has the notices that every screen shows."""

    def __init__(self, app: AppHost) -> None:
        self.app = app
        self.trouble: StoreError | None = None
        """The reason why the case file cannot be read, while it cannot."""
        self.restored: list[Restored] = []
        """The repairs that the agent has not put away yet."""
        self.put_away = False
        """Whether the banner of the start was put away (its sign stays in the top bar)."""
        self.unsettled = ""
        """The part of the app's banner that says that the history could not be used at the start; "" once it can."""
        self.whole = False
        """Whether every open case has been read once."""
        self.due = 0
        """How many cases were due at the last look."""
        self.cleared: tuple[tuple[str, str, Cleared], ...] = ()
        """The cancellations that were cleared and not answered at the last look, with case id and domain."""
        self._drawn: Mapping[str, Document] = {}
        self._ended = threading.Event()
        # only the thread touches these
        self._looked: object = None
        self._failed = ""
        self._talks: dict[str, tuple[Talk, ...]] = {}
        self._to_settle = False
        self._logs: dict[str, object] = {}

    def begin(self) -> None:
        """Start the thread once the screens are drawn."""
        self.seen()
        self.app.call_after_refresh(threading.Thread(target=self._run, name="watch", daemon=True).start)

    def end(self) -> None:
        """Stop looking, without waiting for a look under way."""
        self._ended.set()

    def seen(self) -> None:
        """Record that the screens show the newest state."""
        self._drawn = self.app.service.documents()

    # -- in the thread
    def _run(self) -> None:
        chores_at: float | None = monotonic() + CHORES_AFTER
        self._clear_clipboard()
        while True:
            try:
                self._look(read=not self.whole)
                self._look_who_talks()
                self._settle_late()
                if chores_at is not None and monotonic() >= chores_at:
                    chores_at = None
                    self._check_and_purge()
            except BaseException as error:  # noqa: BLE001 - a fault of ours ends where the screens live
                self._deliver(partial(fail, error))
                return
            if self._ended.wait(LOOK_SECONDS):
                return

    def _clear_clipboard(self) -> None:
        """Clear a clipboard on which a killed run left a password, and say so."""
        home = self.app.service.places.home
        if any(home.glob("clipboard-*.mark")):
            from oxtui.screens.shell.copying import clipboard_of

            if warning := clipboard_of(self.app).clear_left(home):
                self._deliver(partial(self.app.warn, warning))

    def _look(self, *, read: bool) -> None:
        """Read the home if it has changed, and have it drawn."""
        service = self.app.service
        stamp: object = None
        with suppress(StoreError):
            stamp = service.store.stamp()
        restored = service.store.take_restored()
        self._to_settle = self._to_settle or bool(restored)
        looked = (stamp, service.clock.local().replace(second=0, microsecond=0))
        if stamp is not None and looked == self._looked and not (read or self._failed or self._to_settle):
            return
        self._looked = looked
        trouble: StoreError | None = None
        rows = service.seen_overviews()
        try:
            if self._altered():
                service.store.verify()
            restored += self._settle()
            rows = service.overviews()
        except StoreError as error:
            trouble = error
        due = sum(row.status == "due" for row in rows)
        cleared = tuple((row.id, row.name, each) for row in rows for each in row.cleared)
        changed = (due, cleared) != (self.due, self.cleared) or not _same(self._drawn, service.documents())
        failed = trouble.message if trouble else ""
        if changed or restored or read or failed != self._failed:
            self._failed = failed
            self._deliver(partial(self._draw, trouble, restored, due, cleared))

    def _look_who_talks(self) -> None:
        """Report the conversations that began, lapsed or ended in any pane."""
        rows = self.app.service.conversations()
        talks = {case_id: talks for case_id, (_, talks) in rows.items()}
        if talks != self._talks:
            self._talks = talks
            self._deliver(partial(self.app.talks_now, rows))

    def _altered(self) -> bool:
        """Return whether a log that has changed since the last look holds an event with a wrong checksum."""
        from oxtui.store.local.recovery import altered

        known, self._logs = self._logs, {}
        wrong = False
        for document in self.app.service.store.snapshot().values():
            self._logs[document["id"]] = document["log"]
            wrong = wrong or (known.get(document["id"]) is not document["log"] and bool(altered(document)))
        return wrong

    def _settle(self) -> list[Restored]:
        """Return the restorations; an older copy may hold a case that was closed since, so settle that first."""
        restored = self.app.service.store.take_restored()
        if restored or self._to_settle:
            self._to_settle = True
            self.app.service.settle()
            self._to_settle = False
        return restored

    def _settle_late(self) -> None:
        """If the history could not be used at the start, settle as soon as it can, and shorten the banner."""
        if self.unsettled:
            with suppress(StoreError):  # the banner still says so
                self.app.service.settle()
                before, self.unsettled = self.unsettled, ""
                self._deliver(lambda: self._set_banner(self.app.banner.replace(before, "")))

    def _check_and_purge(self) -> None:
        """Verify the checksum of every event, and purge cases older than the retention time; once after the start."""
        service = self.app.service
        with suppress(StoreError):  # the next look reports it
            service.store.verify()
            if restored := self._settle():
                self._deliver(partial(self._draw, None, restored, self.due, self.cleared))
        with suppress(StoreError):
            if not service.store.drafts.is_whole():
                damaged = "drafts.json is damaged, so notes begun earlier can't be read. The next note sets it aside."
                self._deliver(partial(self.app.warn, damaged, about="drafts"))
            service.store.drafts.prune()
        if service.clock.frozen is None:
            self._purge()

    def _purge(self) -> None:
        service = self.app.service
        days = service.playbook.settings.retention_days
        try:
            purged = service.store.purge_old(days, service.clock.now())
        except Refusal as doubt:  # only a person can know whether the clock is right
            question = str(doubt)
            self._deliver(lambda: self._set_banner(f"{self.app.banner} {question}", again=True))
        except StoreError:
            return  # a busy or read-only home: the next start does it
        else:
            cases = plural(len(purged), "closed case was", "closed cases were")
            text = f"{cases} removed for good: closed more than {days} days ago (retention_days in settings.yaml)."
            if purged:
                self._deliver(partial(self.app.warn, text))

    def _deliver(self, function: Callable[[], object]) -> None:
        if not self._ended.is_set():
            self.app.deliver(function)

    # -- on the screens' thread
    def _set_banner(self, text: str, *, again: bool = False) -> None:
        self.app.banner, self.put_away = text.strip(), self.put_away and not again
        self.app.refresh_bars()

    def _draw(
        self,
        trouble: StoreError | None,
        restored: list[Restored],
        due: int,
        cleared: tuple[tuple[str, str, Cleared], ...],
    ) -> None:
        self.trouble, self.due, self.cleared = trouble, due, cleared
        self.restored += restored
        if trouble is None:
            self.whole = True
            self.seen()
        for screen in self.app.own_screens():
            if trouble is None:
                screen.floor_changed()
            screen.refresh_bars()

    # -- notices
    def notices(self) -> tuple[Notice, ...]:
        """Return the notices of every screen; none while all is well."""
        outbox, banner = self.app.outbox, "" if self.put_away else self.beginning()
        shared = self.app.sharing.notices() if self.app.sharing is not None else ()
        notices = [*shared, *self._unanswered(), *self._lapsing()]
        shut_out = self.app.sharing is not None and self.app.sharing.floor.shut_out  # its own notice says it
        trouble = None if shut_out else self.trouble
        if outbox.trouble:
            count = len(outbox.pending)
            text = f"{plural(count, 'change is', 'changes are')} kept and saved as soon as that is possible."
            notices.append(self._of_trouble(f"NOT SAVED: {count}", outbox.trouble, text))
        elif trouble:
            notices.append(self._of_trouble("NOT READ", trouble, "The screen shows what was read last."))
        if self.restored:
            from oxtui.store.restored import report

            lines = [line for each in self.restored for line in report(each, self.app.service.clock)]
            notices.append(Notice("MENDED", f"{' '.join(lines[:3])} ({self.key})", tuple(lines)))
        if banner:
            notices.append(Notice("NB", f"{banner} ({self.key})", (banner,)))
        return tuple(notices)

    def _of_trouble(self, word: str, trouble: StoreError, more: str) -> Notice:
        """Return the notice of a disk that fails; on a narrow screen with the home's name in place of its path."""
        text, home = f"{trouble.message}; {trouble.hint}", self.app.service.places.home
        if self.app.size.width < 100:
            text = text.replace(str(home), f"…/{home.name}")
        return Notice(word, text, (trouble.message, trouble.hint, more), True)

    def _unanswered(self) -> list[Notice]:
        """Return the cancellations that were cleared some time ago, and not answered."""
        service, clock = self.app.service, self.app.service.clock
        notices: list[Notice] = []
        for case_id, domain, cleared in self.cleared:
            if clock.now() - cleared.at > ANSWERED_BY:
                case = service.peek(case_id)
                if case is None or all(event.at != cleared.at for _, event in case.cleared):
                    continue  # answered here since the last look
                at = clock.when(cleared.at)
                text = f"{domain}: cleared at {at} by {cleared.agent}, {cleared.ended}? Open the case and say."
                notices.append(Notice(f"{cleared.ended.upper()}?", text, (text, cleared.text), True))
        return notices

    def _lapsing(self) -> list[Notice]:
        """Return this agent's conversations that lapse soon."""
        service = self.app.service
        notices: list[Notice] = []
        for case, _ in self.app.talks.values():
            left = service.reader.lapses_in(case)
            if left is not None and timedelta() < left <= WARNED:
                from oxtui.screens.parts.calls import lapse_notice

                notices.append(lapse_notice(case.name, case.conversation.mode, left))
        return notices

    @property
    def key(self) -> str:
        """The key that opens the notices."""
        return self.app.service.playbook.settings.keymap.get("app.notices", "ctrl+g")

    def beginning(self) -> str:
        """Return the banner of the start, without the word of it that the top bar shows."""
        banner = self.app.banner
        return banner.partition(" - ")[2] if self.app.practice else banner

    def open_notices(self) -> None:
        """Show every notice whole, and let those be put away that may be."""
        screen = self.app.screen
        own = screen.own_notices() if isinstance(screen, BaseScreen) else ()
        notices = (*self.notices(), *own)
        if not notices and self.beginning():
            self.put_away = False  # asked for again
            notices = self.notices()
        if not notices:
            self.app.say("There are no notices.")
            return
        put_shared_away = self.app.sharing.put_away() if self.app.sharing is not None else None
        shown = list(self.restored)

        def put_away(yes: bool | None) -> None:
            if yes:
                self.restored = [each for each in self.restored if each not in shown]
                self.put_away = bool(self.beginning())
                if put_shared_away is not None:
                    put_shared_away()
            self.app.refresh_bars()

        lines = [line for notice in notices for line in (f"{notice.word}: {notice.whole[0]}", *notice.whole[1:])]
        self.app.push_screen(Told(lines, may_go=not all(notice.stays for notice in notices)), put_away)


def _same(drawn: Mapping[str, Document], now: Mapping[str, Document]) -> bool:
    """Return whether two readings hold the same cases, with the same logs."""
    if drawn is now:
        return True
    logs = {case_id: document["log"] for case_id, document in drawn.items()}
    return len(logs) == len(now) and all(logs.get(case_id) is each["log"] for case_id, each in now.items())
