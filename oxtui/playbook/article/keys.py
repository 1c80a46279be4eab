"""The keys that the article lays out by name, and how it prints every other one, so that none is lost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, TypeAlias

from oxtui.playbook.documents import written_as
from oxtui.playbook.model import NB, Answer, Ending, Line, Rule, Scenario, Template
from oxtui.playbook.plain_words import value_words
from oxtui.playbook.plans import PlansFile
from oxtui.playbook.reader.files import ItemFile, PlaybookFile, StepFile
from oxtui.playbook.schema.walker import keys_of

Plain: TypeAlias = Mapping[str, Any]

SAID: Final[Mapping[Any, frozenset[str]]] = {
    PlaybookFile: frozenset(
        "id title authentication flow endings review conditions none_of_these nbs rules channels notices contacts "
        "decisions scenarios templates patterns mailbox_fields".split()
    ),
    Scenario: frozenset("number title article_title summary who heard nbs steps".split()),
    StepFile: frozenset("id title when items".split()),
    ItemFile: frozenset(
        "id do ask done noted say detail nbs when after irreversible killer answers with each optional "
        "waits_on templates values select fresh_for reverse acts same_as formerly by due not_before clock".split()
    ),
    Rule: frozenset("id text scenario never before where unless newer_than".split()),
    Ending: frozenset("id text complete needs only when".split()),
    Template: frozenset("id title to lines prechecks cover".split()),
    PlansFile: frozenset(("plans", "prorata")),
    Answer: frozenset("id text asks open nbs reopens ending goes_to else".split()),
    NB: frozenset("id text short when unless locks danger lasting from".split()),
    Line: frozenset("key label from text ref options kind heading ask free format map proposes".split()),
}
LABELS: Final = {
    "howto": "How-to", "link": "Link", "copy": "Copied exactly", "through": "By", "uses": "On the terms of",
    "follows": "In order after", "reopens": "Asks again", "anew": "Does anew", "proposes": "Shown first",
    "quote": "Worked out between", "ends": "Ends what is", "already": "Done already where", "leaves": "Until then",
    "keeps": "Stays done in scenario", "tell": "Told in writing", "awaited": "Said until it is done", "say": "Said",
}  # fmt: skip
"""Keys of an item whose names are no words for an owner."""


def rest(declared: Any, value: Plain) -> list[tuple[str, str]]:
    """The keys of a mapping that are not laid out by name, each with what it holds."""
    known = {key.name for key in keys_of(written_as(declared))} - {*SAID[declared], "facts"}
    return [(name, value_words(each)) for name, each in value.items() if name in known]


def rest_notes(declared: Any, value: Plain) -> list[str]:
    """`rest` as notes, a key each."""
    return [f"{LABELS.get(name, name)}: {said}" for name, said in rest(declared, value)]
