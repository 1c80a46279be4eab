"""What happens to the home while the screens are open: other panes, damage that was mended, what cannot be read.

Looked at once a second and read in a thread, so that a slow or a hung disk keeps no key waiting.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import TYPE_CHECKING

from oxtui.errors import StoreError
from oxtui.screens.base import BaseScreen

if TYPE_CHECKING:
    from oxtui.app import OxtuiApp
    from oxtui.cases.events import Document
    from oxtui.store.recovery import Restored
    from oxtui.widgets.banner import Notice

CHORES_AFTER = 2.0
"""Seconds from the first frame to what nobody waits for: checksums, retention."""
TOLD_SECONDS = 10.0
"""How long it is told that old cases were removed."""


class Lookout:
    """The watch over one home, and what of it has to be told on every screen."""

    def __init__(self, app: OxtuiApp) -> None:
        self.app = app
        self.trouble: StoreError | None = None
        """Why the case file cannot be read, while it cannot."""
        self.restored: list[Restored] = []
        """What was mended, until the agent puts it away."""
        self.put_away = False
        """Whether the banner that the program began with was put away (its sign stays in the top bar)."""
        self._stamp: object = None
        self._busy = False
        self._to_settle = False
        self._logs: dict[str, object] = {}

    def begin(self) -> None:
        """The screens show what is on the disk now; the chores come once the hands have begun."""
        self.seen()
        self.app.set_timer(CHORES_AFTER, self._chores)

    def seen(self) -> None:
        """What is on the disk now has been drawn."""
        try:
            self._stamp = self.app.service.stamp()
        except StoreError:
            self._stamp = None  # the next look tells of it

    def look(self) -> None:
        """See whether the home has changed; where it has, read it in a thread and draw it."""
        if self._busy:
            return
        store = self.app.service.store
        try:
            stamp: object = store.stamp()
        except StoreError:
            stamp = None
        found = store.take_restored()
        if stamp is None or stamp != self._stamp or found or self.trouble or self._to_settle:
            self._stamp = stamp
            self._to_settle = self._to_settle or bool(found)
            self.restored += found
            self._in_thread(self._read)

    def _chores(self) -> None:
        if self._busy:
            self.app.set_timer(1.0, self._chores)
        else:
            self._in_thread(self._check_and_purge)

    # -- in a thread
    def _in_thread(self, work: Callable[[], None]) -> None:
        self._busy = True

        def carry() -> None:
            trouble = None
            try:
                work()
            except StoreError as error:
                trouble = error
            if self.app._running:
                self.app.call_later(self._draw, trouble)

        self.app.run_worker(carry, thread=True, group="watch")

    def _read(self) -> None:
        store = self.app.service.store
        if self._altered(store.snapshot().values()):
            store.verify()
        self._settle()

    def _altered(self, documents: Iterable[Document]) -> bool:
        """Whether a log that has changed since the last look holds an entry with a wrong checksum."""
        from oxtui.store.recovery import altered

        known, self._logs = self._logs, {}
        found = False
        for document in documents:
            self._logs[document["id"]] = document["log"]
            found = found or (known.get(document["id"]) is not document["log"] and bool(altered(document)))
        return found

    def _settle(self) -> None:
        """After a restoration: an older copy may hold a case that was closed since."""
        found = self.app.service.store.take_restored()
        self.restored += found
        self._to_settle = self._to_settle or bool(found)
        if self._to_settle:
            self.app.service.settle()
            self._to_settle = False

    def _check_and_purge(self) -> None:
        """Once after the start: the checksum of every entry, and what is older than it is to be kept."""
        from oxtui.store.purge import purge_at_start

        service = self.app.service
        service.store.verify()
        self._settle()
        with suppress(StoreError):
            service.drafts.prune()
        days = service.playbook.settings.retention_days
        with suppress(StoreError):  # a busy or read-only home: the next start does it
            purged = purge_at_start(service.store, service.history, days, service.clock.now())
            if purged.cases and self.app._running:
                self.app.call_later(self._tell_purged, len(purged.cases), days)

    def _tell_purged(self, count: int, days: int) -> None:
        cases = "1 closed case was" if count == 1 else f"{count} closed cases were"
        text = f"{cases} removed for good: closed more than {days} days ago (retention_days in settings.yaml)."
        self.app.notify(text, markup=False, timeout=TOLD_SECONDS)

    # -- on the screens' thread
    def _draw(self, trouble: StoreError | None) -> None:
        self._busy = False
        self.trouble = trouble
        for screen in self.app.screen_stack:
            if isinstance(screen, BaseScreen) and screen.ready:
                if trouble is None:
                    screen.floor_changed()
                screen.refresh_bars()

    # -- what is told
    def notices(self) -> tuple[Notice, ...]:
        """What the banner of every screen tells now; nothing where all is well."""
        outbox, banner = self.app.outbox, "" if self.put_away else self.beginning()
        if not (outbox.trouble or self.trouble or self.restored or banner):
            return ()
        from oxtui.widgets.banner import Notice

        found: list[Notice] = []
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
            from oxtui.store.recovery import told

            lines = [line for each in self.restored for line in told(each, self.app.service.clock)]
            found.append(Notice("MENDED", " ".join(lines[:3]) + key, tuple(lines)))
        if banner:
            found.append(Notice("NB", banner + key, (banner,)))
        return tuple(found)

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
        from oxtui.screens.dialogs import Told

        notices = self.notices()
        if not notices and self.beginning():
            self.put_away = False  # asked for again
            notices = self.notices()
        if not notices:
            self.app.say("Nothing has to be told.")
            return
        gone, may = list(self.restored), not all(notice.stays for notice in notices)

        def put_away(yes: bool | None) -> None:
            if yes:
                self.restored = [each for each in self.restored if each not in gone]
                self.put_away = bool(self.beginning())
            self._bars()

        lines = [line for notice in notices for line in (f"{notice.word}: {notice.whole[0]}", *notice.whole[1:])]
        self.app.push_screen(Told(lines, may_go=may), put_away)

    def _bars(self) -> None:
        for screen in self.app.screen_stack:
            if isinstance(screen, BaseScreen):
                screen.refresh_bars()
