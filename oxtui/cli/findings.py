"""What the doctor finds."""

from __future__ import annotations

from msgspec import Struct


class Finding(Struct, frozen=True):
    """One line: what was looked at, what was found, and what to do (empty: it is well).

    `grave`: oxtui does not work, or not safely, while it is so.
    """

    name: str
    text: str
    do: str = ""
    grave: bool = False

    @property
    def ok(self) -> bool:
        """Whether nothing has to be done."""
        return not self.do

    def as_json(self) -> dict[str, object]:
        """The finding as `oxtui doctor --json` gives it."""
        return {"name": self.name, "ok": self.ok, "text": self.text, "do": self.do or None}
