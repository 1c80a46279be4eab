"""Deliberate faults: one function of the core, by its name, in a broken version; the walker has to find each."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import count
from typing import Any, Final, NamedTuple

from msgspec.structs import replace

from oxtui.cases.board import NO_EFFECTS

Broken = Callable[[Any], Any]
"""Makes the broken version of a function out of the true one."""


class Fault(NamedTuple):
    """Where a function lives, what is wrong with it, and the rules of which one finds it."""

    place: str
    broken: Broken
    rules: frozenset[str]
    seed: int
    """A walk that finds it soon."""


def does_nothing(function: Any) -> Any:
    return lambda *args, **more: None


def says(value: object) -> Broken:
    """A function that always gives the same."""
    return lambda function: lambda *args, **more: value


def without(**fields: object) -> Broken:
    """A function whose result has lost something."""

    def broken(function: Any) -> Any:
        def called(*args: Any, **more: Any) -> Any:
            return replace(function(*args, **more), **fields)

        return called

    return broken


def changes_nothing(function: Any) -> Any:
    """A move that forgets its effects."""

    def called(*args: Any, **more: Any) -> Any:
        change = function(*args, **more)
        return replace(change, effects=type(change.effects)())

    return called


def forgets_now_and_then(function: Any) -> Any:
    """A store that says that it has written, and has not, every fiftieth time."""
    calls = count(1)

    def called(*args: Any, **more: Any) -> Any:
        return None if next(calls) % 50 == 0 else function(*args, **more)

    return called


def takes_any_word(function: Any) -> Any:
    """A colleague's word is kept without a check for newer events."""

    def called(case: Any, item: Any, word: Any, mailboxes: Any) -> Any:
        if word is None:
            return function(case, item, word, mailboxes)
        return {"word": {"who": word.who, "when": word.when, "authenticated": word.authenticated}}

    return called


def any_conversation_will_do(function: Any) -> Any:
    """What only the client can say is marked in the back office too."""
    guard = importlib.import_module("oxtui.cases.guard")

    def called(conversation: Any, item: Any, *args: Any, **more: Any) -> None:
        guard.need_conversation(conversation)

    return called


def copies_anything(function: Any) -> Any:
    """Whatever belongs to the scenario may be copied."""
    copies = importlib.import_module("oxtui.cases.commands.copies")

    def called(case: Any, template: str) -> Any:
        return copies.item_for_template(case, template) or function(case, template)

    return called


KILLING: Final = frozenset(
    {"witnesses_stand", "witnesses_younger", "nothing_below_open", "killer_applies", "mx_not_at_ox_mail"}
)
LEFT: Final = frozenset({"complete_is_complete"})
TALK: Final = frozenset({"own_conversation"})
CLIENT: Final = frozenset({"with_the_client"})
SEEN: Final = frozenset({"seen_is_current"})
REASON: Final = frozenset({"leaves_with_reason"})

FAULTS: Final[Mapping[str, Fault]] = {
    "nothing goes stale": Fault("effects:consequences", without(stale=()), KILLING | LEFT, 9),
    "nothing ends": Fault("effects:consequences", without(ended=()), KILLING | LEFT, 8),
    "acts are not asked about": Fault("effects:consequences", without(asked=()), KILLING | LEFT, 8),
    "nobody has to be in a conversation": Fault("guard:need_conversation", does_nothing, TALK, 1),
    "nobody has to have the client": Fault("guard:need_client", any_conversation_will_do, CLIENT, 16),
    "no conversation lapses": Fault("reader:Reader.lapsed", says(False), TALK, 2),
    "the screen may be old": Fault("commands.base:Sent.check_seen", does_nothing, SEEN, 2),
    "a killer is cleared at any time": Fault("guard:may_clear", does_nothing, KILLING, 1),
    "nothing is looked at again": Fault("commands.killers:_newer", says(False), KILLING | {"cleared_first"}, 10),
    "a word never ages": Fault("log.replay:too_old", says({}), frozenset({"words_are_fresh"}), 10),
    "evidence contradicts nothing": Fault("contradictions:contradicted_marks", says(()), KILLING | LEFT, 26),
    "nothing that is taken back spoils": Fault("effects:spoil", says(NO_EFFECTS), KILLING | LEFT, 8),
    "a late mailbox is covered": Fault("moves:cover", changes_nothing, KILLING | LEFT, 8),
    "mailboxes leave without a reason": Fault("commands.mailboxes:needs_reason", says(False), REASON, 8),
    "any ending fits": Fault("commands.closing:refused_ending", says(None), LEFT, 8),
    "any word counts": Fault("commands.marks:_source", takes_any_word, frozenset({"word_is_not_older"}), 22),
    "an undo needs nobody": Fault("commands.undo:UndoIt._as_doing", does_nothing, frozenset({"putting_back"}), 24),
    "copies need nobody": Fault("commands.copies:may_copy", copies_anything, TALK | {"copy_authenticated"}, 31),
    "the disk forgets": Fault("store:LocalStore.append", forgets_now_and_then, frozenset({"acknowledged"}), 3),
}

MODULES: Final = {"service": "oxtui.service", "store": "oxtui.store.local.store"}


@contextmanager
def broken(name: str) -> Iterator[None]:
    """The core with one fault in it, wherever the function was imported to."""
    fault = FAULTS[name]
    module_name, _, name_in_it = fault.place.partition(":")
    *owner, function = name_in_it.split(".")
    place: Any = importlib.import_module(MODULES.get(module_name, f"oxtui.cases.{module_name}"))
    for each in owner:
        place = getattr(place, each)
    true = getattr(place, function)
    wrong = fault.broken(true)
    places = [place]
    if not owner:
        loaded = [module for known, module in sys.modules.items() if known.startswith("oxtui.")]
        places = [module for module in loaded if vars(module).get(function) is true]
    for each in places:
        setattr(each, function, wrong)
    try:
        yield
    finally:
        for each in places:
            setattr(each, function, true)
