"""The texts about a case that leave by the clipboard: the wrap-up note, a part at each press, and the client's text."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct, field

from oxtui.cases.notes.client_text import client_text
from oxtui.cases.notes.note import comments, short_note
from oxtui.errors import OxtuiError
from oxtui.playbook.model import Ending
from oxtui.screens.host import AppHost
from oxtui.screens.parts.part import Part

LINE = "oxtui:"


def note_parts(text: str, name: str, short: str = "") -> tuple[tuple[str, str], ...]:
    """The texts that the same key copies one after the other, each with its name.

    One comment if the whole note fits in it with the line that carries the case to another machine. Else first the
    `short` note, if the whole one is longer; then the whole, in comments; then the line.
    """
    if len(comments(text)) == 1:
        return ((name, text),)
    note, _, line = text.rstrip().rpartition("\n\n")
    if not line.startswith(LINE):
        note, line = text.rstrip(), ""
    whole = comments(note)
    parts = [(name, short)] if short and short.strip() != note.strip() else []
    called = f"{name}, whole" if parts else name
    if len(whole) > 1:
        parts += [(f"{called}, part {place} of {len(whole)}", part) for place, part in enumerate(whole, 1)]
    else:
        parts += [(called, part) for part in whole]
    return (*parts, *([(f"The {LINE} line", f"{line}\n")] if line else []))


def inside(what: str) -> str:
    """The name of a copied text inside a sentence; templates and people keep their capitals."""
    return what[:1].lower() + what[1:] if what.startswith("The ") else what


class NoteParts(Struct):
    """Remembers which part of a note was copied last: the same key copies the next."""

    _about: object = None
    _next: int = 0

    def copy(self, app: AppHost, parts: Sequence[tuple[str, str]], key: str, about: object) -> None:
        """Copy the first of `parts`, or the next one; `key` copies the one after that.

        It begins anew if it is `about` another case, or another state of it.
        """
        if about != self._about:
            self._about, self._next = about, 0
        place = self._next % len(parts)
        self._next = (place + 1) % len(parts)
        name, text = parts[place]

        following = f"{key} again: {inside(parts[self._next][0])}" if len(parts) > 1 else ""
        app.copy(text, name, following=following)


class NoteCopies(Part):
    """The keys `Y` and `E`."""

    _parts: NoteParts = field(default_factory=NoteParts)

    def wrap_up(self) -> None:
        """Y: copy the note that fits a comment; again: the whole; again: its `oxtui:` line. It is made in a thread."""
        service, case = self.service, self.newest

        def make() -> tuple[tuple[str, str], ...]:
            return note_parts(service.note(case), "The wrap-up note", short_note(case, service.clock))

        def made(parts: tuple[tuple[str, str], ...]) -> None:
            self._parts.copy(self.host, parts, "Y", (case.id, case.seq))

        self.host.aside(make, made, self.refuse)

    def client_text(self, ending: Ending | None = None) -> None:
        """E: copy the text for the client; `ending` is how the case is about to close."""
        service = self.service
        try:
            text = client_text(self.newest, service.playbook.plans, service.clock.today(), ending)
        except OxtuiError as error:
            self.refuse(error)
        else:
            self.host.copy(text, "The client's text")
