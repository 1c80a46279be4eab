"""Resolve `include: steps/review.yaml` in the steps of a scenario."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, Final, TypeAlias

from oxtui.playbook.folder import STEPS_FOLDER
from oxtui.playbook.schema.walker import DataPath, shown
from oxtui.text import did_you_mean

MOST_STEPS: Final = 500
"""Steps of one scenario with its includes; nested includes could multiply without limit."""

Origin: TypeAlias = tuple[str, DataPath]
"""A file and a path in it."""


class Includes:
    """The included files of a playbook; `say` reports a problem, `broken` are files that could not be read."""

    def __init__(
        self, plain: Mapping[str, Any], broken: Collection[str], say: Callable[[str, DataPath, str], None]
    ) -> None:
        self.plain = plain
        self.broken = broken
        self.say = say
        self.files = [name for name in plain if name.startswith(f"{STEPS_FOLDER}/")]
        self.used: set[str] = set()

    def scenario(self, file: str) -> tuple[Any, list[Origin]]:
        """Return a scenario's values with its included steps, and the place of each step."""
        written = self.plain[file]
        listed = written.get("steps") if isinstance(written, dict) else None
        if not isinstance(listed, list) or not any(isinstance(each, dict) and "include" in each for each in listed):
            return written, []
        steps: list[tuple[Any, Origin]] = []
        self._put(file, listed, (file,), steps)
        return {**written, "steps": [step for step, _ in steps]}, [place for _, place in steps]

    def report_unused(self) -> None:
        """Report files that no scenario includes."""
        for name in self.files:
            if name not in self.used:
                self.say(name, (), "no scenario includes this file")

    def _put(self, file: str, listed: list[Any], way: tuple[str, ...], steps: list[tuple[Any, Origin]]) -> None:
        for number, each in enumerate(listed):
            if len(steps) > MOST_STEPS:
                return
            at: DataPath = ("steps", number)
            if isinstance(each, dict) and "include" in each:
                for key in each:
                    if key != "include":
                        self.say(file, (*at, key), f"an entry with 'include' has no other key, not {shown(key)}")
                self._include(file, each["include"], (*at, "include"), way, steps)
            elif len(steps) == MOST_STEPS:
                self.say(file, at, f"more than {MOST_STEPS} steps come together here")
                steps.append((each, (file, at)))
            else:
                steps.append((each, (file, at)))

    def _include(
        self, file: str, name: Any, at: DataPath, way: tuple[str, ...], steps: list[tuple[Any, Origin]]
    ) -> None:
        if not isinstance(name, str) or not name.startswith(f"{STEPS_FOLDER}/"):
            example = self.files[0] if self.files else f"{STEPS_FOLDER}/review.yaml"
            wanted = f"a file of the folder '{STEPS_FOLDER}', such as {example}"
            self.say(file, at, f"'include' names {wanted}, not {shown(name)}")
            return
        self.used.add(name)
        if name in way:
            circle = (*way[way.index(name) :], name)
            self.say(file, at, f"the files include one another in a circle: {', '.join(map(repr, circle))}")
        elif name in self.plain:
            self._put(name, self._steps_of(name), (*way, name), steps)
        elif name not in self.broken:
            self.say(file, at, f"there is no file {shown(name)}{did_you_mean(name, self.files)}")

    def _steps_of(self, name: str) -> list[Any]:
        written = self.plain[name]
        if not isinstance(written, dict) or not isinstance(written.get("steps"), list) or not written["steps"]:
            self.say(name, (), "a file of steps is written as 'steps:' with a list of them")
            return []
        for key in written:
            if key not in ("steps", "facts"):
                near = did_you_mean(str(key), ("steps", "facts"))
                self.say(name, (key,), f"{shown(key)} is not a key of a file of steps{near}")
        steps: list[Any] = written["steps"]
        return steps
