"""A password in memory: dots wherever it is shown, refused wherever it would be kept."""

from __future__ import annotations

import re
import sys
from contextlib import suppress
from functools import cache
from typing import Any, ClassVar, NoReturn

from oxtui.addresses import mailboxes_of
from oxtui.errors import WrongUse
from oxtui.text import clean

DOTS = "••••••••"  # always eight: the length of a password tells something about it
_SET_DUMPABLE = 4  # of linux/prctl.h


class Secret:
    """A password held in memory only; `reveal()` is the one way out.

    Shows as dots of fixed length, equals nothing but itself, has no hash, no length and no contents to loop
    over, and raises TypeError when it is copied, pickled or serialised. `wipe()` overwrites our own copy, and
    that is the best Python can do: the text that was typed, what `reveal()` returned, and whatever the system
    swapped out are beyond reach until their memory is used again. From the first one on, no core dump is made.
    """

    __slots__ = ("_held",)
    __hash__: ClassVar[None]  # type: ignore[assignment]

    def __init__(self, text: str) -> None:
        forbid_core_dumps()
        self._held = bytearray(text, "utf-8", "surrogatepass")

    def reveal(self) -> str:
        """The password itself; hand it on at once and keep no name for it."""
        return self._held.decode("utf-8", "surrogatepass")

    def wipe(self) -> None:
        """Overwrite it with zeros and forget it; best effort, see the class."""
        for index in range(len(self._held)):
            self._held[index] = 0
        self._held.clear()

    def __bool__(self) -> bool:
        """Whether there is a password in it (and it was not wiped)."""
        return bool(self._held)

    def __eq__(self, other: object) -> bool:
        return self is other

    def __repr__(self) -> str:
        return DOTS

    def __str__(self) -> str:
        return DOTS

    def __format__(self, spec: str) -> str:
        return DOTS

    def _refuse(self, *_args: Any) -> NoReturn:
        raise TypeError("a secret cannot be copied, kept or serialised")

    __copy__ = __deepcopy__ = __reduce__ = __reduce_ex__ = __getstate__ = __setstate__ = _refuse

    def __del__(self) -> None:
        held = getattr(self, "_held", None)  # absent where __init__ was refused its argument
        if held:
            self.wipe()


@cache
def forbid_core_dumps() -> None:
    """Have the system write no image of this process to disk when it is aborted: a password would be in it."""
    if sys.platform != "win32":
        with suppress(ImportError, OSError, ValueError, AttributeError):  # a help, not a promise
            import resource

            resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
            if sys.platform == "linux":  # where a program collects the dumps, the limit alone does not count
                import ctypes

                ctypes.CDLL(None).prctl(_SET_DUMPABLE, 0, 0, 0, 0)


_PAIR = (
    r"(?P<address>[^\s@]+@[\w.-]+\w|[^@]*<[^<>@\s]+@[^<>@\s]+>)"
    r"(?:[ \t]*(?::=|=>|->|[:=|;,/–]|[ ]-[ ])[ \t]*|[ \t]+)"
    r"(?:(?:password|passwd|pass|pwd|pw)[ \t]*[:=][ \t]*)?"
    r"(?P<password>(?![:=|;,/–-]$)\S.*)"
)


def split_credentials(text: str) -> list[tuple[str, Secret]]:
    """The pairs in pasted lines of `address : password`, each password taken into a Secret.

    Between the two may stand `:`, `=`, `->`, `|`, `;`, `,`, `/`, ` - `, a tab or a blank; `password:` before
    the second is left out; blank lines are skipped. Raises WrongUse with the number of a line that is none,
    or that names an address again; no message repeats a line, for a password may stand in it.
    """
    pairs: list[tuple[str, Secret]] = []
    seen: set[str] = set()
    for number, line in enumerate(clean(text, lines=True).split("\n"), start=1):
        line = line.strip().strip("•*").strip()
        if not line:
            continue
        match = re.fullmatch(_PAIR, line, re.IGNORECASE)
        if match is None:
            raise WrongUse(f"line {number} is not an address and its password", "one a line, address : password")
        try:
            (address,) = mailboxes_of(match["address"])
        except (WrongUse, ValueError):
            raise WrongUse(
                f"line {number} does not begin with one mail address", "one a line, address : password"
            ) from None
        if address.lower() in seen:
            raise WrongUse(f"line {number} names {address} again", "each once")
        seen.add(address.lower())
        pairs.append((address, Secret(match["password"].strip())))
    return pairs
