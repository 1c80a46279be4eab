"""The lessons of the demo: what to try in which sample case, and whether it was done."""

from __future__ import annotations

from typing import Final

from msgspec import Struct, field

from oxtui.cases.case import Case

OPEN_IT: Final = "Open it: "
"""The beginning of a lesson on Home, left out once its case is open."""

ALL_DONE: Final = "That was all there is to try. q leaves the demo; oxtui, without demo, opens your own cases."


class Lesson(Struct, frozen=True):
    """Something to try in a sample case: done by an event of each kind in `by` after event number `after`.

    `a|b` is either of two. One without a case is done once another case than the samples has a scenario.
    """

    text: str
    by: tuple[str, ...] = ()
    case_id: str = ""
    domain: str = ""
    after: int = 0
    apart: int = 0
    """The number of events needed that are about some of the mailboxes only; 0 if those about all count."""

    def done_in(self, case: Case) -> bool:
        """Whether it was done in its case."""
        new = [event for event in case.log if event.seq > self.after]
        if self.apart:
            new = [event for event in new if 0 < len(event.get("mailboxes", ())) < len(case.addresses)]
        return all(sum(event.what in kinds.split("|") for event in new) >= max(self.apart, 1) for kinds in self.by)

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
                tried = lesson.done_in(case)
            else:
                tried = not lesson.case_id and case.id not in self.samples and case.number is not None
            if tried:
                self.done.add(place)

    def on_home(self) -> tuple[str, bool]:
        """The next lesson with how many were done, and whether all were."""
        lesson = next((each for place, each in enumerate(self.lessons) if place not in self.done), None)
        if lesson is None:
            return ALL_DONE, True
        line = f"{lesson.domain}: {lesson.text}" if lesson.domain else lesson.text
        return f"{line} ({self._count()})", False

    def in_case(self, case_id: str) -> tuple[str, bool]:
        """The lesson of a sample case, and whether it was done; "" if it has none."""
        for place, lesson in enumerate(self.lessons):
            if lesson.case_id == case_id:
                if place not in self.done:
                    return lesson.here(), False
                left = len(self.done) < len(self.lessons)
                return (f"Done. esc: Home says what to try next ({self._count()})" if left else ALL_DONE), True
        return "", False

    def _count(self) -> str:
        return f"{len(self.done)} of {len(self.lessons)} done"
