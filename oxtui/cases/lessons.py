"""The lessons of the demo: what to try in which sample case, and whether it was done."""

from __future__ import annotations

from typing import Final

from msgspec import Struct, field

from oxtui.cases.case import Case

OPEN_IT: Final = "Open it: "
"""The beginning of a lesson on Home, left out once its case is open."""


class Lesson(Struct, frozen=True):
    """Something to try in a sample case: done by an event in `by` after event number `after`.

    One without a case is done once another case than the samples has a scenario.
    """

    text: str
    by: tuple[str, ...] = ()
    case_id: str = ""
    domain: str = ""
    after: int = 0

    def here(self) -> str:
        """The lesson's text in its own case."""
        return self.text.replace(OPEN_IT, "")


class Lessons(Struct):
    """The lessons in their order, and which of them were done."""

    lessons: tuple[Lesson, ...]
    samples: frozenset[str]
    done: set[int] = field(default_factory=set)

    def saw(self, case: Case) -> None:
        """Tick off the lessons that were done in a case that has changed."""
        for place, lesson in enumerate(self.lessons):
            if lesson.case_id == case.id:
                tried = any(event.seq > lesson.after and event.what in lesson.by for event in case.log)
            else:
                tried = not lesson.case_id and case.id not in self.samples and case.number is not None
            if tried:
                self.done.add(place)

    def on_home(self) -> str:
        """The next lesson, and how many were done; "" once all were."""
        lesson = next((each for place, each in enumerate(self.lessons) if place not in self.done), None)
        if lesson is None:
            return ""
        line = f"{lesson.domain}: {lesson.text}" if lesson.domain else lesson.text
        return f"{line} ({self._count()})"

    def in_case(self, case_id: str) -> tuple[str, bool]:
        """The lesson of a sample case, and whether it was done; "" if it has none."""
        for place, lesson in enumerate(self.lessons):
            if lesson.case_id == case_id:
                done = place in self.done
                return (f"Done. esc: Home says what to try next ({self._count()})" if done else lesson.here()), done
        return "", False

    def _count(self) -> str:
        return f"{len(self.done)} of {len(self.lessons)} done"
