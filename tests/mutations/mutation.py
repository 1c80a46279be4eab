"""One thing taken out of the program or of the article."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Mutation:
    """`what` is taken out of `where`; `text` is what `file` (from the top of the tree) then holds."""

    kind: str
    file: str
    where: str
    what: str
    text: str

    @property
    def name(self) -> str:
        """What the table and the list of survivors call it; it outlives a change elsewhere in the file."""
        return f"{self.where}: {self.what}"


def numbered(found: Iterable[Mutation]) -> Iterator[Mutation]:
    """The same, with a number behind a name that has come before."""
    seen: dict[str, int] = {}
    for each in found:
        seen[each.name] = count = seen.get(each.name, 0) + 1
        yield replace(each, what=f"{each.what} #{count}") if count > 1 else each
