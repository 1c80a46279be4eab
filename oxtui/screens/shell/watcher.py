"""What happens to the home while the screens are open: other panes, damage that was mended, what cannot be read.

One thread looks once a second and reads what has changed: a slow or a hung disk keeps no key waiting.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from datetime import timedelta
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, NoReturn

from oxtui.errors import Refusal, StoreError
from oxtui.screens.base import BaseScreen
from oxtui.screens.host import AppHost

if TYPE_CHECKING:
    from oxtui.cases.events import Document
    from oxtui.cases.overview import Cleared
    from oxtui.cases.parts import Talk
    from oxtui.store.restored import Restored
    from oxtui.widgets.banner import Notice

LOOK_SECONDS = 1.0
WARNED = timedelta(minutes=5)
"""So long before a conversation lapses it is said."""
ANSWERED_BY = timedelta(minutes=1)
"""So long after it was cleared to be cancelled, whoever cleared it is still at it."""
CHORES_AFTER = 2.0
"""Seconds from the first frame to what nobody waits for: checksums, retention."""


class Watcher:
    """The watch over one home, and what of it has to be told on every screen."""

    def __init__(self, app: AppHost) -> None:
        self.app = app
        self.trouble: StoreError | None = None
        """Why the case file cannot be read, while it cannot."""
        self.restored: list[Restored] = []
        """What was mended, until the agent puts it away."""
        self.put_away = False
        """Whether the banner that the program began with was put away (its sign stays in the top bar)."""
        self.unsettled = ""
        """What of the app's banner says that the history could not be used at the start, until it can be."""
        self.whole = False
        """Whether the line of every open case has been read once."""
        self.due = 0
        """How many cases are due, as of the last look."""
        self.cleared: tuple[tuple[str, Cleared], ...] = ()
        """What was cleared to be cancelled and not answered, with its domain, as of the last look."""
        self._drawn: Mapping[str, Document] = {}
        self._ended = threading.Event()
        # what only the thread touches
        self._stamp: object = None
        self._minute: object = None
        self._failed = ""
        self._talks: dict[str, tuple[Talk, ...]] = {}
        self._to_settle = False
        self._logs: dict[str, object] = {}

    def begin(self) -> None:
        """What is in memory is what the screens show; the thread begins once they are drawn."""
        self.seen()
        self.app.call_after_refresh(threading.Thread(target=self._run, name="watch", daemon=True).start)

    def end(self) -> None:
        """Look no more; nobody waits for a look that is under way."""
        self._ended.set()

    def seen(self) -> None:
        """What was read or written last is what the screens show."""
        self._drawn = self.app.service.documents()

    # -- in the thread
    def _run(self) -> None:
        chores_at = monotonic() + CHORES_AFTER
        chores = True
        self._clear_left()
        while True:
            try:
                self._look(read=not self.whole)
                self._look_who_talks()
                self._settle_late()
                if chores and monotonic() >= chores_at:
                    chores = False
                    self._check_and_purge()
            except BaseException as error:  # noqa: BLE001 - a fault of ours ends where the screens live
                self._tell(partial(_raise, error))
                return
            if self._ended.wait(LOOK_SECONDS):
                return

    def _clear_left(self) -> None:
        """Clear a clipboard that a run that was killed left with a password on it, and say so."""
        home = self.app.service.places.home
        if any(home.glob("clipboard-*.mark")):
            from oxtui.screens.shell.copying import clipboard_of

            told = clipboard_of(self.app).clear_left(home)
            if told:
                self._tell(lambda: self.app.warn(told))

    def _look(self, *, read: bool) -> None:
        """See whether the home has changed; where it has, read it and have it drawn."""
        service = self.app.service
        stamp: object = None
        with suppress(StoreError):
            stamp = service.stamp()
        found = service.store.take_restored()
        self._to_settle = self._to_settle or bool(found)
        minute = service.clock.local().replace(second=0, microsecond=0)
        same = stamp is not None and stamp == self._stamp and minute == self._minute
        if same and not (read or self._failed or self._to_settle):
            return
        self._stamp, self._minute = stamp, minute
        trouble: StoreError | None = None
        rows = service.seen_overviews()
        try:
            found += self._read()
            rows = service.overviews()
        except StoreError as error:
            trouble = error
        due = sum(row.status == "due" for row in rows)
        cleared = tuple((row.domain, each) for row in rows for each in row.cleared)
        told = (due, cleared) != (self.due, self.cleared)
        changed = told or not _same(self._drawn, service.documents())
        failed = trouble.message if trouble else ""
        if changed or found or read or failed != self._failed:
            self._failed = failed
            self._tell(lambda: self._draw(trouble, found, due, cleared))

    def _look_who_talks(self) -> None:
        """See who has a conversation: what begins, lapses or ends in any pane."""
        found = self.app.service.conversations()
        talks = {case_id: talks for case_id, (_, talks) in found.items()}
        if talks != self._talks:
            self._talks = talks
            self._tell(lambda: self.app.talks_now(found))

    def _read(self) -> list[Restored]:
        """Read the cases, and mend what can be mended; gives what was mended."""
        service = self.app.service
        if self._altered(service.store.snapshot().values()):
            service.store.verify()
        return self._settle()

    def _altered(self, documents: Iterable[Document]) -> bool:
        """Whether a log that has changed since the last look holds an event with a wrong checksum."""
        from oxtui.store.local.recovery import altered

        known, self._logs = self._logs, {}
        found = False
        for document in documents:
            self._logs[document["id"]] = document["log"]
            found = found or (known.get(document["id"]) is not document["log"] and bool(altered(document)))
        return found

    def _settle(self) -> list[Restored]:
        """After a restoration: an older copy may hold a case that was closed since."""
        found = self.app.service.store.take_restored()
        if found or self._to_settle:
            self._to_settle = True
            self.app.service.settle()
            self._to_settle = False
        return found

    def _settle_late(self) -> None:
        """Where the history could not be used at the start: settle as soon as it can be, and say no more of it."""
        if self.unsettled:
            with suppress(StoreError):  # the banner tells of it still
                self.app.service.settle()
                told, self.unsettled = self.unsettled, ""
                self._tell(lambda: self._settled(told))

    def _check_and_purge(self) -> None:
        """Once after the start: the checksum of every event, and what is older than it is to be kept."""
        service = self.app.service
        with suppress(StoreError):  # the next look tells of it
            service.store.verify()
            if found := self._settle():
                self._tell(lambda: self._draw(None, found, self.due, self.cleared))
        with suppress(StoreError):
            if not service.drafts.is_whole():
                damaged = "drafts.json is damaged, so notes begun earlier can't be read. The next note sets it aside."
                self._tell(lambda: self.app.warn(damaged, about="drafts"))
            service.drafts.prune()
        if service.clock.frozen is None:
            self._purge()

    def _purge(self) -> None:
        service = self.app.service
        days = service.playbook.settings.retention_days
        with suppress(StoreError):  # a busy or read-only home: the next start does it
            try:
                purged = service.store.purge_old(days, service.clock.now())
            except Refusal as doubt:
                text = str(doubt)
                self._tell(lambda: self._ask(text))
                return
            if purged:
                self._tell(lambda: self._tell_purged(len(purged), days))

    def _tell(self, function: Callable[[], None]) -> None:
        if self.app.is_running and not self._ended.is_set():
            self.app.call_later(function)

    # -- on the screens' thread
    def _ask(self, text: str) -> None:
        """Have the banner ask what nobody but a person can know."""
        self.app.banner, self.put_away = f"{self.app.banner} {text}".strip(), False
        self.app.refresh_bars()

    def _settled(self, told: str) -> None:
        self.app.banner = self.app.banner.replace(told, "").strip()
        self.app.refresh_bars()

    def _tell_purged(self, count: int, days: int) -> None:
        cases = "1 closed case was" if count == 1 else f"{count} closed cases were"
        text = f"{cases} removed for good: closed more than {days} days ago (retention_days in settings.yaml)."
        self.app.warn(text)

    def _draw(
        self,
        trouble: StoreError | None,
        found: list[Restored],
        due: int,
        cleared: tuple[tuple[str, Cleared], ...],
    ) -> None:
        self.trouble, self.due, self.cleared = trouble, due, cleared
        self.restored += found
        if trouble is None:
            self.whole = True
            self.seen()
        for screen in self.app.own_screens():
            if trouble is None:
                screen.floor_changed()
            screen.refresh_bars()

    # -- what is told
    def notices(self) -> tuple[Notice, ...]:
        """What the banner of every screen tells now; nothing where all is well."""
        outbox, banner = self.app.outbox, "" if self.put_away else self.beginning()
        shared = self.app.sharing.notices() if self.app.sharing is not None else ()
        found = [*shared, *self._unanswered(), *self._lapsing()]
        if not (outbox.trouble or self.trouble or self.restored or banner):
            return tuple(found)
        from oxtui.widgets.banner import Notice

        if outbox.trouble:
            count = len(outbox.pending)
            kept = f"{count} change{'s are' if count != 1 else ' is'} kept and saved as soon as that is possible."
            why = self._near(outbox.trouble.message)
            words = (outbox.trouble.message, outbox.trouble.hint, kept)
            found.append(Notice(f"NOT SAVED: {count}", f"{why}; {self._near(outbox.trouble.hint)}", words, True))
        if self.trouble and not outbox.trouble:
            words = (self.trouble.message, self.trouble.hint, "What is on the screen is what was read last.")
            text = f"{self._near(self.trouble.message)}; {self._near(self.trouble.hint)}"
            found.append(Notice("NOT READ", text, words, True))
        key = f" ({self.key})"
        if self.restored:
            from oxtui.store.restored import told

            lines = [line for each in self.restored for line in told(each, self.app.service.clock)]
            found.append(Notice("MENDED", " ".join(lines[:3]) + key, tuple(lines)))
        if banner:
            found.append(Notice("NB", banner + key, (banner,)))
        return tuple(found)

    def _unanswered(self) -> list[Notice]:
        """Services that were cleared to be cancelled some time ago, and nobody has said whether they were."""
        clock = self.app.service.clock
        found: list[Notice] = []
        for domain, cleared in self.cleared:
            if clock.now() - cleared.at > ANSWERED_BY:
                from oxtui.widgets.banner import Notice

                at = clock.when(cleared.at)
                text = f"{domain}: cleared at {at} by {cleared.agent}, {cleared.ended}? Open the case and say."
                found.append(Notice(f"{cleared.ended.upper()}?", text, (text, cleared.text), True))
        return found

    def _lapsing(self) -> list[Notice]:
        """This agent's conversations that lapse soon."""
        service = self.app.service
        found: list[Notice] = []
        for case, _ in self.app.talks.values():
            left = service.reader.lapses_in(case)
            if left is not None and timedelta() < left <= WARNED:
                from oxtui.screens.parts.calls import lapse_notice

                found.append(lapse_notice(case.domain, case.conversation.mode, left))
        return found

    @property
    def key(self) -> str:
        """The key that opens what the banner tells."""
        return self.app.service.playbook.settings.keymap.get("app.notices", "ctrl+g")

    def beginning(self) -> str:
        """The banner that the program began with, without the word that the top bar shows of it."""
        banner = self.app.banner
        return banner.partition(" - ")[2] if self.app.practice else banner

    def _near(self, text: str) -> str:
        """A message with the home's name in place of its whole path, where there is little room."""
        home = self.app.service.places.home
        return text.replace(str(home), f"…/{home.name}") if self.app.size.width < 100 else text

    def open_notices(self) -> None:
        """Show what the banner tells, whole, and let it be put away where it may be."""
        from oxtui.screens.dialogs.ask import Told

        screen = self.app.screen
        own = screen.own_notices() if isinstance(screen, BaseScreen) else ()
        notices = (*self.notices(), *own)
        if not notices and self.beginning():
            self.put_away = False  # asked for again
            notices = self.notices()
        if not notices:
            self.app.say("There is nothing to tell.")
            return
        shared = self.app.sharing.put_away() if self.app.sharing is not None else None
        gone, may = list(self.restored), not all(notice.stays for notice in notices)

        def put_away(yes: bool | None) -> None:
            if yes:
                self.restored = [each for each in self.restored if each not in gone]
                self.put_away = bool(self.beginning())
                if shared is not None:
                    shared()
            self.app.refresh_bars()

        lines = [line for notice in notices for line in (f"{notice.word}: {notice.whole[0]}", *notice.whole[1:])]
        self.app.push_screen(Told(lines, may_go=may), put_away)


def _same(drawn: Mapping[str, Document], now: Mapping[str, Document]) -> bool:
    """Whether two readings hold the same cases, with the same logs."""
    if drawn is now:
        return True
    logs = {case_id: document["log"] for case_id, document in drawn.items()}
    return len(logs) == len(now) and all(logs.get(case_id) is each["log"] for case_id, each in now.items())


def _raise(fault: BaseException) -> NoReturn:
    raise fault
