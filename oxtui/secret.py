"""A password in memory: shown as dots, and never copied or serialised."""

from __future__ import annotations

import re
import sys
from contextlib import suppress
from functools import cache
from typing import Any, ClassVar, NoReturn

from oxtui.addresses import mailboxes_of
from oxtui.errors import WrongUse
from oxtui.text import clean

DOTS = "••••••••"  # always eight: the length of a password is a hint
_SET_DUMPABLE = 4  # of linux/prctl.h


class Secret:
    """A password held in memory only; `reveal()` is the one way out.

    It equals only itself, has no hash, length or contents, and raises TypeError when it is copied, pickled or
    serialised. `wipe()` overwrites our own copy, the best that Python can do: the text that was typed, what
    `reveal()` returned and swapped memory are out of reach. From the first one on, no core dump is made.
    """

    __slots__ = ("_held",)
    __hash__: ClassVar[None]  # type: ignore[assignment]

    def __init__(self, text: str) -> None:
        forbid_core_dumps()
        self._held = bytearray(text, "utf-8", "surrogatepass")

    def reveal(self) -> str:
        """Return the password; pass it on at once and keep no reference."""
        return self._held.decode("utf-8", "surrogatepass")

    def wipe(self) -> None:
        """Overwrite it with zeros, the best that Python can do."""
        for index in range(len(self._held)):
            self._held[index] = 0
        self._held.clear()

    def __bool__(self) -> bool:
        """Whether it holds a password and was not wiped."""
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
    """Keep the system from writing a core dump of this process: a password would be in it."""
    if sys.platform != "win32":
        with suppress(ImportError, OSError, ValueError, AttributeError):  # best effort
            import resource

            resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
            if sys.platform == "linux":  # a collector of dumps ignores the limit
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

    The separator may be `:`, `=`, `->`, `|`, `;`, `,`, `/`, ` - `, a tab or a blank; `password:` before the second is
    dropped; blank lines are skipped. Raises WrongUse with the number of a line that is no pair or repeats an address;
    no message quotes a line, as it may hold a password.
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
