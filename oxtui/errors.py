"""The one exception family: each error states the problem and the way out."""

from __future__ import annotations

from typing import ClassVar

from msgspec import Struct


class OxtuiError(Exception):
    """An error that oxtui reports to a person: a message and a hint at the way out.

    `message` and `hint` are plain text, one line each. `exit_code` is the exit code of the command line.
    """

    title: ClassVar[str] = "That did not work"
    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} ({self.hint})" if self.hint else self.message


class Negative(OxtuiError):
    """A clear "no": nothing found, lines missing, the domain does not exist (exit 1)."""

    title = "No"


class NotOpen(Negative):
    """The case is no longer open: another pane has closed or dropped it; nothing was written."""

    def __init__(self) -> None:
        super().__init__("This case is no longer open", "another pane may have closed it: see the history")


class NotArchived(Negative):
    """The case is not among the closed ones."""

    def __init__(self) -> None:
        super().__init__("This case is not in the history", "it may be open, or it was purged")


class WrongUse(OxtuiError):
    """A command, a value or a setting that cannot be used as given (exit 2)."""

    title = "That doesn't work here"
    exit_code = 2


class NotWritten(OxtuiError):
    """The output cannot be written (exit 74)."""

    title = "Not written"
    exit_code = 74


class Refusal(OxtuiError):
    """The playbook does not allow it now: `message` says why, `hint` what would allow it.

    `offers` name the reports that can take its place: `already` (the service was ended already), `by-word`
    (a colleague saw it), `writing` (the client wrote it); or where it is settled: `details`, `dns`.
    `towards` are the ids of the items to work on first; "" is the question about mailboxes that came after the order.
    """

    title = "Not now"

    def __init__(
        self, message: str, hint: str = "", offers: tuple[str, ...] = (), towards: tuple[str, ...] = ()
    ) -> None:
        super().__init__(message, hint)
        self.offers = offers
        self.towards = towards


class Conflict(Refusal):
    """Somebody else changed what the screen showed when the key was pressed: nothing was written."""

    title = "Look again"


class Problem(Struct, frozen=True):
    """One thing wrong in the configuration, at a place: `file:line: message`."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"


class PlaybookError(OxtuiError):
    """The configuration cannot be used; carries every problem that was found (exit 2)."""

    title = "The playbook cannot be used"
    exit_code = 2

    def __init__(self, problems: list[Problem]) -> None:
        first = str(problems[0]) if problems else "no playbook was found"
        more = f" and {len(problems) - 1} more" if len(problems) > 1 else ""
        super().__init__(first + more, "oxtui check lists every problem")
        self.problems = problems


class StoreError(OxtuiError):
    """The case file cannot be used (exit 3)."""

    title = "The case file cannot be used"
    exit_code = 3


class NewerFormat(StoreError):
    """The case file was written by a newer oxtui; it is left untouched."""


class Unsaved(StoreError):
    """A change could not be written (disk full, no permission, lock held); nothing on disk changed."""

    title = "Not saved"
