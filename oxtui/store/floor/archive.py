"""The closed cases of a floor, on the server."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from oxtui.addresses import phone_forms
from oxtui.cases.events import Document
from oxtui.errors import StoreError
from oxtui.store.floor.memory import read_case
from oxtui.store.interface import Summary
from oxtui.store.local.archive import checked_summary
from oxtui.text import clean

Call = Callable[..., Any]
_WORD: Final = re.compile(r"[^\W_]+")
_MOST_WORDS: Final = 32


class FloorArchive:
    """See ClosedCases. Lists have 50 rows at most, and the server audits what an agent opens or searches."""

    def __init__(self, call: Call) -> None:
        self._call = call

    def get(self, case_id: str) -> Document | None:
        row = self._call("get_case", case_id)
        return None if row is None else read_case(row)

    def holds(self, case_ids: Iterable[str]) -> set[str]:
        wanted = list(case_ids)
        return set(self._call("closed_of", wanted)) if wanted else set()

    def search(self, text: str, limit: int = 50) -> list[Summary]:
        words = words_of(text)[:_MOST_WORDS]
        if not words:
            return self.recent(limit) if not text.strip() else []
        rows: list[Summary] = []
        for sought in dict.fromkeys((tuple(words), *((form,) for form in phone_forms(text)))):
            rows += [row for row in self._summaries("search", sought, limit) if row not in rows]
        return rows[:limit]

    def recent(self, limit: int = 50) -> list[Summary]:
        return self._summaries("recent", limit)

    def by_domain(self, domain: str) -> list[Summary]:
        return self._summaries("by_domain", domain)

    def all(self) -> list[Summary]:
        """For leads only."""
        return self._summaries("closed_between", "", "~")

    def count(self) -> int:
        """An estimate above 100,000."""
        number = self._call("count_closed")
        return number if isinstance(number, int) else 0

    def _summaries(self, function: str, *values: Any) -> list[Summary]:
        rows = self._call(function, *values)
        if not isinstance(rows, list):
            raise StoreError("the floor's server does not answer with a list of cases")
        return [_summary(each) for each in rows if isinstance(each, Mapping)]


def _summary(kept: Mapping[str, Any]) -> Summary:
    return checked_summary(kept, {name: clean(str(kept.get(name, ""))) for name in ("id", "domain", "closed_at")})


def words_of(text: str) -> list[str]:
    """The search words of a text: letters and digits, without case and accents."""
    plain = "".join(mark for mark in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(mark))
    return list(dict.fromkeys(_WORD.findall(plain)))
