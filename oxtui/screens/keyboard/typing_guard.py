"""Stop a sentence typed into the wrong pane, and ask whether to keep its effects; drop the repeats of a held key.

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
from oxtui.screens.dialogs.ask import Dialog
from oxtui.screens.host import AppHost
from oxtui.screens.keyboard.numbers import Figures, Number, number_left
from oxtui.screens.parts.part import OneCase
from oxtui.text import clean, looks_secret

GAP: Final = 0.6
"""Seconds between keys of one burst at most (40 words a minute are 0.3 s a key)."""
PAUSE: Final = 1.0
"""Seconds of silence after which a stopped burst is over."""
FEW: Final = 4
"""Printable keys that make a sentence if one of them means nothing here."""
MANY: Final = 6
"""Printable keys that make a sentence if they went on into a field that the burst itself opened."""
SURE: Final = 12
"""Printable keys that are work if all mean something here: actions that wait for the end of the burst go ahead."""
HELD: Final = 0.09
"""Seconds between the repeats of a held key at most: terminals send 20 to 40 a second, quick hands press 7."""
LIFTED: Final = 0.3
"""Seconds after which a key that was held counts as lifted."""
HOLDING: Final = "A key held down does no more: lift it."
PASTED: Final = 0.005
PASTED_KEYS: Final = 3
"""So many keys within so many seconds are pasted text, and not typed."""
TOO_QUICK: Final = "That enter came with other keys: press it again."
STOPPED: Final = "That looks like text for another window."
FIGURES: Final = "That looks like a number."
# Two letters on end, or a letter, a blank and a letter, or the article: how sentences begin. `12 x` and `a1n`
# are commands; text typed into the field that they open is meant for it.
_WORDED: Final = re.compile(r"[^\W\d_] ?[^\W\d_]|^a ", re.IGNORECASE)
_REPEATED: Final = re.compile(r"^[jku]+")
_LAST_WORD: Final = re.compile(r"[^\W_]+$")
# How telephone numbers begin; no answers are given in a row from the 0 on.
_NUMBER: Final = re.compile(r"0\d ?\d")


class Burst(Struct):
    """Printable keys typed in quick succession."""

    last: float
    depth: int
    text: str = ""
    letters: int = 0
    strange: int = 0
    """How many of its letters and digits mean nothing on the screen in front then."""
    fielded: int = 0
    """How many of its keys went into a field."""
    astray: bool = False
    """Whether its last key means nothing on the screen in front then."""
    masked: bool = False
    """Whether it began where a password is typed: then it is neither shown nor saved."""
    done: list[tuple[str, Event]] = field(default_factory=list)
    """The events that it caused, with their case ids."""
    counted: set[str] = field(default_factory=set)
    """The ids of these events."""
    screens: tuple[Screen[Any], ...] = ()
    """The screens that were open when it began."""
    figures: Figures | None = None
    """Its last digits, if they may be the number of an action just ticked."""
    stopped: bool = False
    answer_pasted: bool = False
    """Whether a digit of it that answers came with others, as no hand presses them: then no letter opens a field."""

    def is_work(self) -> bool:
        """Whether all of it acted and no two letters make a word: `a1211 2`, answers given one after the other."""
        return not (self.strange or self.fielded or self.worded() or _NUMBER.match(self.text))

    def worded(self) -> bool:
        """Whether it begins as sentences do; the keys for moving and undo may repeat."""
        return bool(_WORDED.search(_REPEATED.sub("", self.text)))

    def is_command(self) -> bool:
        """Whether it is a few keys that act, so that enter takes what the field offers: `w 4 enter`, `c 2 enter`.

        One astray before them makes no word of them.
        """
        acts = not self.strange or not (self.astray or self.worded())
        return not self.fielded and acts and len(self.text) < FEW

    def only_figures(self) -> bool:
        """Whether it is a few digits, none of them in a field: enter in an empty field takes no word."""
        figures = self.text.replace(" ", "").isdecimal() and not _NUMBER.match(self.text)
        return figures and not self.fielded and len(self.text) < MANY

    def reads_as_text(self) -> bool:
        """Whether it is text rather than quick work with a stray key or two."""
        mostly_letters = self.strange > 0 and 2 * self.letters >= len(self.text)
        return mostly_letters or self.strange >= 3 or bool(_NUMBER.match(self.text))


AskAbout: TypeAlias = Callable[[Sequence[tuple[str, Event]], str, bool, Number | None], None]
"""Takes the events of a burst (case id and event), its text, whether that is secret, and the number that it may be."""


class TypingGuard:
    """Watches the keys of one app, and drops those of a sentence."""

    def __init__(self, app: AppHost, monotonic: Callable[[], float], ask: AskAbout) -> None:
        """`ask` is called once a stopped burst is over, to ask whether to keep its effects."""
        self.app = app
        self.ask = ask
        self.monotonic = monotonic
        self.burst: Burst | None = None
        self._judged: deque[tuple[events.Key, bool]] = deque(maxlen=64)
        self._last = ("", 0.0, 0)
        """The last key, when it was pressed, and how often on end without a pause."""
        self._arrived: deque[float] = deque(maxlen=16)
        """When the latest keys were pressed, those that still wait to be judged too."""

    def takes(self, event: events.Key) -> bool:
        """Return whether the key belongs to a stopped burst, and must do nothing."""
        # The app sees a key again when no widget used it, and another may have come by then.
        for seen, verdict in self._judged:
            if seen is event:
                return verdict
        verdict = self._judge(event)
        self._judged.append((event, verdict))
        return verdict

    def arrived(self, event: events.Key) -> None:
        """Note when a key was pressed, before it is judged: keys behind an enter say that it was pasted."""
        self._arrived.append(event.time)

    def did(self, before: Case, after: Case) -> None:
        """Record a change on disk as made by the burst under way, so that it can be taken back."""
        burst = self.burst
        if burst is None:
            return
        # of two changes under way at once, the later began before the earlier was on disk
        known = {event.id for event in before.log} | burst.counted
        mine = [event for event in after.log if event.id not in known and event.agent == self.app.service.agent]
        burst.counted.update(event.id for event in mine)
        burst.done += [(after.id, event) for event in mine]

    def pasted(self) -> None:
        """End the burst: a paste is meant for its field, and so was the key that opened the field."""
        if self.burst and not self.burst.stopped:
            self.burst = None

    def when_clear(self, act: Callable[[], object], otherwise: Callable[[], object] | None = None) -> None:
        """Do something irreversible (a copy, the end) once it is clear that its key began no sentence.

        That is at once if no letter asked for it, or GAP seconds after the letter. If it did begin a sentence, call
        `otherwise`.
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
        if why := self._by_no_hand(event):
            self.app.say(why, about=HOLDING)
            return True
        now = self.monotonic()
        burst = self.burst
        if burst and now - burst.last > (PAUSE if burst.stopped else GAP):
            self.burst = burst = None
        character = (event.character or "") if event.is_printable else ""
        if burst and burst.stopped:
            burst.last = now
            burst.text += "\n" if event.key == "enter" else character
            if burst.figures:
                burst.figures.typed += character
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
        elif (
            in_field
            and not (burst.strange or burst.worded() or _NUMBER.match(burst.text + character))
            and not (burst.figures and character.isdecimal())
            and not (burst.answer_pasted and not burst.text[-1:].isdecimal())  # a digit may open the field of its own
        ):
            self.burst = None
            return False
        burst.last = now
        burst.text += character
        burst.answer_pasted |= character.isdecimal() and self._is_pasted(event) and self._answers(int(character))
        burst.figures = self._figures(burst, character, in_field) if character.isdecimal() else None
        if burst.figures and (burst.figures.is_number(FEW) or self._is_pasted(event)):
            self._stop(burst)
            return True
        burst.fielded += in_field and not burst.figures
        strange = not in_field and character.isalnum() and not self._known(event.key)
        burst.strange += strange
        burst.astray = strange
        burst.letters += strange or character.isalpha()
        text = len(burst.text) >= FEW and burst.reads_as_text()
        if text or (in_field and len(burst.text) >= MANY and not burst.is_work()):
            self._stop(burst)
            return True
        return False

    def _by_no_hand(self, event: events.Key) -> str:
        """Return why a key counts as a held key's repeat or as pasted; "" if a hand may have pressed it.

        Held down, enter and space act twice at most, and never record what something irreversible waits for.
        """
        before, at, times = self._last
        pause = LIFTED if times > 2 else HELD  # the thread that reads keys stalls now and then
        times = times + 1 if event.key == before and event.time - at < pause else 1
        self._last = (event.key, event.time, times)
        screen, focused = self.app.screen, self.app.focused
        if event.key not in ("enter", "space") or (isinstance(screen, Dialog) and screen.JUDGES_KEYS):
            return ""
        if _typed_into(focused) and (event.key == "space" or not isinstance(focused, Input)):
            return ""
        records = isinstance(screen, Dialog) and screen.RECORDS
        if times > (1 if records else 2) and (event.key == "enter" or isinstance(screen, Dialog | OneCase)):
            return HOLDING
        return TOO_QUICK if records and self._is_pasted(event) else ""

    def _is_pasted(self, event: events.Key) -> bool:
        """Return whether a key came with others, as no hand presses them."""
        return sum(abs(event.time - other) < PASTED for other in self._arrived) >= PASTED_KEYS

    def _answers(self, digit: int) -> bool:
        """Return whether a digit answers the row in front, and does not begin what the row takes in a field."""
        screen = self.app.screen
        return isinstance(screen, OneCase) and screen.digit_means(digit) == "choice"

    def _figures(self, burst: Burst, digit: str, in_field: bool) -> Figures | None:
        """Return the digits up to this one, if they may be the number of an action just ticked."""
        screen, figures = self.app.screen, burst.figures
        if figures is None and isinstance(screen, OneCase) and not in_field:
            number = number_left(screen.case)
            figures = Figures(number) if number else None
        if figures is None:
            return None
        meant = screen.digit_means(int(digit)) if isinstance(screen, OneCase) else "" if in_field else "choice"
        if meant == "field":
            return None  # the row takes what is typed
        figures.typed += digit
        figures.idle += not meant
        return figures

    def _ends(self, burst: Burst | None, key: str, in_field: bool, now: float) -> bool:
        """End the burst at a key that is no character; return whether it is an enter that must not act."""
        if key in ("shift", "backspace"):
            return False
        # figures and their enter are work: on the discount they are the months
        meant = burst is None or burst.is_work() or burst.is_command() or (in_field and burst.only_figures())
        if burst and key == "enter" and not meant and (in_field or burst.reads_as_text()):
            burst.last = now
            burst.text += "\n"
            self._stop(burst)
            return True
        self.burst = None
        return False

    def _known(self, key: str) -> bool:
        """Return whether a key is bound on the screen in front, now or in another state of it."""
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
        if isinstance(screen, OneCase):
            screen.drop_choices()
        why = FIGURES if burst.figures else STOPPED
        self.app.say(why, "Keys do nothing until you pause for a second.", about=STOPPED)
        self._look_for_the_end(burst)

    def _asked_by(self, burst: Burst) -> bool:
        """Return whether a digit of the burst opened the question in front by answering the one before."""
        screen = self.app.screen
        return isinstance(screen, ModalScreen) and screen not in burst.screens

    def _look_for_the_end(self, burst: Burst) -> None:
        """Ask about the burst once no more keys come."""
        if self.burst is not burst:
            return  # more was typed meanwhile: that is judged on its own
        rest = PAUSE - (self.monotonic() - burst.last)
        if rest > 0:
            self.app.set_timer(rest + 0.05, lambda: self._look_for_the_end(burst))
            return
        self.burst = None
        self.app.forget(lambda told: told.message.startswith((STOPPED, FIGURES)))
        figures = burst.figures if burst.figures and burst.figures.typed.isdecimal() else None
        text = clean(burst.text, lines=True).strip()
        if figures and (found := _LAST_WORD.search(text)):
            text = found[0]  # with the letters that it begins with
        # typed beside its masked field, a password is neither shown nor offered to be kept
        self.ask(burst.done, text, burst.masked or looks_secret(text), figures.number if figures else None)


def keys_of(node: DOMNode) -> set[str]:
    """Return every key that a widget or its ancestors bind."""
    nodes = node.ancestors_with_self if not isinstance(node, ModalScreen) else [node]
    declared = (vars(kind).get("BINDINGS", ()) for each in nodes for kind in type(each).__mro__)
    return {binding.key for bindings in declared for binding in Binding.make_bindings(bindings)}


def _typed_into(widget: Widget | None) -> bool:
    """Return whether keys pressed there are text."""
    # TextArea takes 7 ms to import: by its name, since one that has the focus was imported
    return isinstance(widget, Input) or any(kind.__name__ == "TextArea" for kind in type(widget).__mro__)
