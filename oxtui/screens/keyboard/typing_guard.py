"""A sentence typed into the wrong pane does no harm: the burst is noticed and stopped, and what it did is asked about.

Plainly typed work is never stopped: digits, space and enter that all acted.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Final, TypeAlias

from msgspec import Struct, field
from textual import events
from textual.binding import Binding
from textual.dom import DOMNode
from textual.screen import ModalScreen, Screen
from textual.widget import Widget
from textual.widgets import Input

from oxtui.cases.case import Case
from oxtui.cases.events import Event
from oxtui.screens.base import BaseScreen
from oxtui.screens.host import AppHost
from oxtui.text import clean, looks_secret

GAP = 0.6
"""Seconds: keys that follow each other faster belong together (40 words a minute are 0.3 s a key)."""
PAUSE = 1.0
"""Seconds of silence after which a stopped burst is over."""
FEW = 4
"""So many printable keys, of which one means nothing here, are a sentence and no command."""
MANY = 6
"""So many, where they went on into a field that the burst itself opened."""
SURE = 12
"""So many that all mean something here are work: what waits for the end of the burst waits no longer."""
STOPPED: Final = "That looks like text for another window."
# Two letters on end, or a letter, a blank and a letter, or the article: how sentences begin. `12 x` and `a1n`
# are commands; what is typed into the field that they open is meant for it.
_WORDED = re.compile(r"[^\W\d_] ?[^\W\d_]|^a ", re.IGNORECASE)
_REPEATED = re.compile(r"^[jku]+")
# How telephone numbers begin; no answers are given in a row from the 0 on.
_NUMBER = re.compile(r"0\d ?\d")


class Burst(Struct):
    """Printable keys that came quickly after each other."""

    last: float
    depth: int
    text: str = ""
    letters: int = 0
    strange: int = 0
    """How many letters and digits of them mean nothing on the screen they fell on."""
    fielded: int = 0
    """How many of them went into a field."""
    masked: bool = False
    """Whether a password was wanted where it began: then it is neither shown nor kept."""
    done: list[tuple[str, Event]] = field(default_factory=list)
    """Case ids and events of what they did."""
    counted: set[str] = field(default_factory=set)
    """Ids of these events."""
    screens: tuple[Screen[Any], ...] = ()
    """The screens that stood when it began."""
    stopped: bool = False

    def is_work(self) -> bool:
        """Whether all of it acted and no two letters make a word: `a1211 2`, answers given one after the other."""
        return not (self.strange or self.fielded or self.worded() or _NUMBER.match(self.text))

    def worded(self) -> bool:
        """Whether it begins as sentences do; the keys that move the cursor and undo are pressed several times."""
        return bool(_WORDED.search(_REPEATED.sub("", self.text)))

    def is_command(self) -> bool:
        """Whether it is so little, all of it keys of ours, that enter takes what the field offers: `w 4 enter`."""
        return not self.fielded and not self.strange and len(self.text) < FEW

    def only_figures(self) -> bool:
        """Whether it is digits and blanks, none of them in a field: enter there loses no word."""
        figures = self.text.replace(" ", "").isdecimal() and not _NUMBER.match(self.text)
        return figures and not self.fielded and len(self.text) < MANY

    def reads_as_text(self) -> bool:
        """Whether it is rather a text than quick work in which a key or two went astray."""
        mostly_letters = self.strange > 0 and 2 * self.letters >= len(self.text)
        return mostly_letters or self.strange >= 3 or bool(_NUMBER.match(self.text))


Ask: TypeAlias = Callable[[Sequence[tuple[str, Event]], str, bool], None]
"""What was done by a burst (case id and event), its text, and whether that is not to be shown."""


class TypingGuard:
    """Watches the keys of one app; `takes` says whether a key is to be dropped."""

    def __init__(self, app: AppHost, monotonic: Callable[[], float], ask: Ask) -> None:
        """`ask` is called once a burst that was stopped is over: what becomes of it?"""
        self.app = app
        self.ask = ask
        self.monotonic = monotonic
        self.burst: Burst | None = None
        self._judged: deque[tuple[events.Key, bool]] = deque(maxlen=64)

    def takes(self, event: events.Key) -> bool:
        """Whether the key belongs to a burst that was stopped, and must do nothing."""
        # The app sees a key again when nothing below it wanted it, and then another may have come already.
        for seen, verdict in self._judged:
            if seen is event:
                return verdict
        verdict = self._judge(event)
        self._judged.append((event, verdict))
        return verdict

    def did(self, before: Case, after: Case) -> None:
        """A change is on disk: if the burst under way made it, it can be taken back."""
        burst = self.burst
        if burst is None:
            return
        # of two changes under way at once, the later began before the earlier was on disk
        known = {event.id for event in before.log} | burst.counted
        mine = [event for event in after.log if event.id not in known and event.agent == self.app.service.agent]
        burst.counted.update(event.id for event in mine)
        burst.done += [(after.id, event) for event in mine]

    def pasted(self) -> None:
        """A paste is meant for the field it lands in, and so was the key that opened it: no sentence goes on there."""
        if self.burst and not self.burst.stopped:
            self.burst = None

    def when_clear(self, act: Callable[[], object], otherwise: Callable[[], object] | None = None) -> None:
        """Do what cannot be taken back (a copy, the end) once the keys that asked for it prove no sentence.

        At once where no letter asked for it. One letter is clear after GAP seconds without another. Where it was the
        beginning of a sentence, `otherwise` is done.
        """
        burst = self.burst

        def look() -> None:
            if burst is None:
                act()
            elif not burst.stopped:
                rest = burst.last + GAP - self.monotonic()
                if self.burst is burst and rest > 0 and len(burst.text) < SURE:
                    self.app.set_timer(rest + 0.01, look)
                else:
                    act()
            elif otherwise is not None:
                otherwise()

        look()

    # -- judging
    def _judge(self, event: events.Key) -> bool:
        now = self.monotonic()
        burst = self.burst
        if burst and now - burst.last > (PAUSE if burst.stopped else GAP):
            self.burst = burst = None
        character = (event.character or "") if event.is_printable else ""
        if burst and burst.stopped:
            burst.last = now
            burst.text += character
            return event.key != "escape"
        in_field = _typed_into(self.app.focused)
        if not character:
            return self._ends(burst, event.key, in_field, now)
        if burst is None:
            if in_field:
                return False
            stack = self.app.screen_stack
            screen = stack[-1]
            masked = isinstance(screen, BaseScreen) and screen.wants_secret()
            burst = self.burst = Burst(now, len(stack), screens=tuple(stack), masked=masked)
        elif in_field and not (burst.strange or burst.worded() or _NUMBER.match(burst.text + character)):
            self.burst = None
            return False
        burst.last = now
        burst.text += character
        burst.fielded += in_field
        strange = not in_field and character.isalnum() and not self._known(event.key)
        burst.strange += strange
        burst.letters += strange or character.isalpha()
        text = len(burst.text) >= FEW and burst.reads_as_text()
        if text or (in_field and len(burst.text) >= MANY and not burst.is_work()):
            self._stop(burst)
            return True
        return False

    def _ends(self, burst: Burst | None, key: str, in_field: bool, now: float) -> bool:
        """A key that is no character ends a burst; enter behind what was none of our keys does no more."""
        if key in ("shift", "backspace"):
            return False
        # figures and their enter are work: on the discount they are the months
        meant = burst is None or burst.is_work() or burst.is_command() or (in_field and burst.only_figures())
        if burst and key == "enter" and not meant and (in_field or burst.reads_as_text()):
            burst.last = now
            self._stop(burst)
            return True
        self.burst = None
        return False

    def _known(self, key: str) -> bool:
        """Whether a key means something on the screen in front, now or in another state of it."""
        screen = self.app.screen
        return key in screen.active_bindings or any(key in keys_of(node) for node in (self.app.focused, screen) if node)

    # -- stopping
    def _stop(self, burst: Burst) -> None:
        burst.stopped = True
        while len(self.app.screen_stack) > max(burst.depth, 1) or self._asked_by(burst):
            self.app.pop_screen()
        screen = self.app.screen
        if _typed_into(self.app.focused) and isinstance(screen, BaseScreen):
            screen.action_back()  # the burst began outside this field: it opened it
        self.app.say(STOPPED, "Keys do nothing until you pause for a second.", about=STOPPED)
        self._look_for_the_end(burst)

    def _asked_by(self, burst: Burst) -> bool:
        """Whether the question in front came in place of another: a digit of the burst had answered that."""
        screen = self.app.screen
        return isinstance(screen, ModalScreen) and screen not in burst.screens

    def _look_for_the_end(self, burst: Burst) -> None:
        """Once it is silent, ask what becomes of it."""
        if self.burst is not burst:
            return  # more was typed meanwhile: that is looked at on its own
        rest = PAUSE - (self.monotonic() - burst.last)
        if rest > 0:
            self.app.set_timer(rest + 0.05, lambda: self._look_for_the_end(burst))
            return
        self.burst = None
        self.app.forget(lambda told: told.message.startswith(STOPPED))
        text = clean(burst.text).strip()
        # typed beside its masked field, a password is neither shown nor offered to be kept
        self.ask(burst.done, text, burst.masked or looks_secret(text))


def keys_of(node: DOMNode) -> set[str]:
    """Every key that a widget, or what it is in, declares a binding for."""
    nodes = node.ancestors_with_self if not isinstance(node, ModalScreen) else [node]
    declared = (binding for each in nodes for kind in type(each).__mro__ for binding in vars(kind).get("BINDINGS", ()))
    names = (binding.key if isinstance(binding, Binding) else binding[0] for binding in declared)
    return {key.strip() for name in names for key in name.split(",")}


def _typed_into(widget: Widget | None) -> bool:
    """Whether keys that are pressed there are text."""
    # TextArea takes 7 ms to import: by its name, since one that has the focus was imported
    return isinstance(widget, Input) or any(kind.__name__ == "TextArea" for kind in type(widget).__mro__)
