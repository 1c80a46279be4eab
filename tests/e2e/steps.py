"""A walk as data: what is pressed, what must then be seen, and what it leaves in the log."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from oxtui.cases.case import Case
from oxtui.playbook.load import load
from oxtui.playbook.model import Item

CONFIG = Path(__file__).parents[2] / "config"
DOMAIN = "brightside.com.au"
ONE = (f"anna@{DOMAIN}",)


@dataclass(frozen=True, slots=True)
class Step:
    """One key, or one text; `sees` must stand on the screen after it, `does` is what the log gains by it."""

    keys: str
    sees: str
    """Words on the screen; `@item` is the cursor on that item, `!words` that they are gone."""
    does: tuple[str, ...] = ()
    kind: str = "key"
    """key, ends (the enter that ends a typed text), confirm (of a killer or witness), text, paste."""

    def seen(self, screen: str, scenario: int) -> bool:
        """Whether the screen shows what is expected."""
        if self.sees.startswith("!"):
            return self.sees[1:] not in screen
        if self.sees.startswith("@"):
            return bool(re.search(pointer(scenario, self.sees[1:]), screen))
        return self.sees in screen


@dataclass(slots=True)
class Way:
    """A walk: its row in the table, its scenario, its steps."""

    name: str
    scenario: int
    mailboxes: tuple[str, ...] = ONE
    steps: list[Step] = field(default_factory=list)

    def key(self, keys: str, sees: str, *does: str) -> None:
        self.steps.append(Step(keys, sees, does))

    def keys(self, *pairs: tuple[str, str, str]) -> None:
        for keys, sees, does in pairs:
            self.key(keys, sees, *([does] if does else []))

    def confirm(self, sees: str, *does: str) -> None:
        self.steps.append(Step("enter", sees, does, "confirm"))

    def text(self, text: str, sees: str, *does: str, then: str = "") -> None:
        """A typed text and the enter that ends it; `sees` after the enter (`then` before it)."""
        self.steps.append(Step(text, then or text[:12], (), "text"))
        self.steps.append(Step("enter", sees, does, "ends"))

    def paste(self, text: str, sees: str) -> None:
        self.steps.append(Step(text, sees, (), "paste"))

    # -- counted
    def count(self, *kinds: str) -> int:
        """How many steps of these kinds it takes."""
        return sum(step.kind in kinds for step in self.steps)

    @property
    def pressed(self) -> int:
        """Keys beside typed text (with the enter that ends it) and confirmations of killers and witnesses."""
        return self.count("key")

    def does(self) -> list[str]:
        """What the log must hold at the end, in order."""
        return [done for step in self.steps for done in step.does]


@cache
def items(scenario: int) -> dict[str, Item]:
    """The items of a scenario of the shipped playbook, by id."""
    return {item.id: item for item in load(CONFIG).playbook.procedure.scenarios[scenario].items()}


@cache
def pointer(scenario: int, item: str) -> str:
    """A pattern for the cursor on an item: as much of its text as tells it from the others."""
    text = items(scenario)[item].text
    others = [other.text for name, other in items(scenario).items() if name != item]
    length = next(
        (n for n in range(12, len(text)) if not any(other.startswith(text[:n]) for other in others)),
        len(text),
    )
    return "▸\\S? *" + re.escape(text[:length])


def left_in_log(case: Case) -> list[str]:
    """What the log holds of items, quotes, copies and the ending, in the words that the walks use."""
    told: list[str] = []
    for entry in case.log:
        get = entry.get
        count = len(get("mailboxes") or ()) if entry.what in ("ticked", "answered") else 0
        boxes = f" x{count}" if count else ""
        if entry.what == "ticked":
            told.append(f"{get('item')}{'/' + get('through') if get('through') else ''}{boxes}")
        elif entry.what == "answered":
            told.append(f"{get('item')}={','.join(get('value'))}{boxes}")
        elif entry.what == "quote":
            told.append(f"quote={get('quote')['discount']}")
        elif entry.what == "copied":
            told.append(f"copied {get('template')}{' incomplete' if get('missing') else ''}")
        elif entry.what == "closed":
            told.append(f"closed={get('ending')}")
        elif entry.what in ("skipped", "deferred", "undone", "unwound"):
            told.append(f"{entry.what} {get('item')}")
    return told
