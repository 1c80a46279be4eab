"""The keys of playbook.yaml, reference.yaml, steps and walks; all others are declared in the model."""

from collections.abc import Mapping
from typing import Annotated, Final, Literal, TypeAlias

from msgspec import Meta, Struct

from oxtui.playbook.about import About, Words
from oxtui.playbook.item_parts import ScenarioNumber
from oxtui.playbook.model import (
    IRREVERSIBLE,
    LONGEST_LAPSE,
    NB,
    OLD_WORD,
    ClientText,
    Ending,
    FlowQuestion,
    Outcome,
    Rule,
    Scenario,
    Step,
)
from oxtui.playbook.schema.keys import FOLDER, Id, Text, Texts, doc, limits, refers_to
from oxtui.playbook.template import Template
from oxtui.playbook.today import Channel, Contact, Decision, DecisionId, FloorNotice, Page


class StepsFile(Struct, frozen=True):
    """steps/*.yaml: steps that several scenarios include."""

    what = "a file of steps"

    steps: Annotated[tuple[Step, ...], limits(min_length=1), doc("the steps, as in a scenario")]


class AuthenticationFile(Struct, frozen=True):
    """The way a client is authenticated."""

    what = "'authentication'"

    label: Annotated[Text, doc("what is asked of the agent")] = "Authenticate the client"
    required: Annotated[bool, doc("`false`: it can be recorded, and nothing waits for it")] = True
    methods: Annotated[Texts, doc("how a client is authenticated, the first being the usual")] = ()
    lapse_minutes: Annotated[int, Meta(ge=1, le=LONGEST_LAPSE), doc("how long a call counts")] = 60
    failed: Annotated[Text, doc("a sentence to say where a client could not be authenticated")] = ""


class PatternFile(Struct, frozen=True):
    """The form of a number that another system gives."""

    what = "a pattern"

    id: Annotated[Id, doc("its name")]
    pattern: Annotated[Text, doc("a regular expression; small letters are taken where capitals fit")]
    example: Annotated[Text, doc("shown where a value does not fit")]


class PlaybookFile(Struct, frozen=True):
    """playbook.yaml, with `scenarios` and `templates` from their folders."""

    what = "playbook.yaml"

    id: Annotated[Id, doc("of the playbook")]
    title: Annotated[Text, doc("of the playbook")]
    flow: Annotated[tuple[FlowQuestion, ...], limits(min_length=1), doc("the call flow (below)")]
    endings: Annotated[dict[Id, Ending], limits(min_length=1), doc("how a case may end (below)")]
    case: Annotated[About | None, doc("what a case is about (below); left out: a domain and its mailboxes")] = None
    words: Annotated[Words, doc("the floor's own words (below)")] = Words()
    authentication: Annotated[
        AuthenticationFile | None,
        doc(
            "`methods`, first the usual one; `lapse_minutes`: how long a call counts, usually 60; `label`; `failed`; "
            "`required: false`: nothing waits for it. Left out: nobody is authenticated"
        ),
    ] = None
    review: Annotated[str, doc("when it is looked at again (shown on Home)")] = ""
    credentials: Annotated[
        Literal["pasted", "in the console"],
        doc("`pasted` (the usual): passwords go into the template; `in the console`: its lines say so instead"),
    ] = "pasted"
    client_text: Annotated[ClientText | None, doc("the sentences around the `tell` of items (below)")] = None
    patterns: Annotated[dict[Id, PatternFile], doc("forms of numbers, `id: {pattern, example}` (below)")] = {}
    mailbox_fields: Annotated[
        dict[Id, Text], doc("what is known of each mailbox, yes, no or unknown: `{old: on the old service}`")
    ] = {}
    conditions: Annotated[dict[Id, Text], doc("`id: condition`, for use in any other [condition](#conditions)")] = {}
    none_of_these: Annotated[
        tuple[Outcome, ...], doc("what `0` offers beside the ends of the call flow: outcomes with `text`")
    ] = ()
    nbs: Annotated[dict[Id, NB], doc("the warnings (below)")] = {}
    rules: Annotated[tuple[Rule, ...], doc("[what is never done](#what-cannot-be-undone-and-rules)")] = ()
    channels: Annotated[dict[Id, Channel], doc("whom to ask: `id: {name, purpose, hours}`")] = {}
    notices: Annotated[
        tuple[FloorNotice, ...],
        doc("news for some days: `{text, until, at}`, on Home and at the item"),
    ] = ()
    contacts: Annotated[dict[Id, Contact], doc("people at other teams: `id: {name, team, for}`")] = {}
    decisions: Annotated[dict[DecisionId, Decision], doc("where the article is silent (below)")] = {}
    scenarios: Annotated[tuple[Scenario, ...], doc("the files of `scenarios/`", of=FOLDER)] = ()
    templates: Annotated[tuple[Template, ...], doc("the files of `templates/`", of=FOLDER)] = ()


class ReferenceFile(Struct, frozen=True):
    """reference.yaml."""

    what = "reference.yaml"

    pages: Annotated[dict[Id, Page], doc("`id: {title, lines, link}`; items point to a page by `howto`")] = {}


REFUSED: Final = "refused"
SHOWN: Final = "shown"
HIDDEN: Final = "hidden"
SKIP: Final = "skip"
WALK_WORDS: Final = (REFUSED, SHOWN, HIDDEN, SKIP)
"""Words that a step may use instead of answering an item."""
MAILBOX: Final = "mailbox"
DONE: Final = "done"
"""The value of an action that is done for one mailbox."""

WalkStep: TypeAlias = Text | dict[Id, Text]


class WalkFile(Struct, frozen=True):
    """A saved walk."""

    what = "a walk"

    title: Annotated[Text, doc("what it shows, in a few words")]
    scenario: Annotated[ScenarioNumber, doc("the scenario it goes through")]
    steps: Annotated[
        tuple[WalkStep, ...],
        limits(min_length=1),
        doc("in their order: `order` (done), `licence: basic` (answered), `refused: cancel` (below)", repeats=True),
    ]
    ends: Annotated[Id, refers_to("ending"), doc("the ending that the case must be able to close with")]
    mailboxes: Annotated[int, Meta(ge=1, le=9), doc("how many the client has")] = 1


def ends_for_good(item: Mapping[str, object]) -> bool:
    """Whether an item is irreversible, as written in a file."""
    return "true" in (item.get(IRREVERSIBLE), item.get(OLD_WORD))
