"""The files of a playbook, where they are written otherwise than they are used: their keys, with what each is for.

Everything else is declared where it is used, in `model.py`, `plans.py` and `dns_owners.py`.
"""

from collections.abc import Mapping
from typing import Annotated, Final, Literal, TypeAlias

from msgspec import Meta, Struct, field

from oxtui.playbook.about import About, Words
from oxtui.playbook.conditions import Condition
from oxtui.playbook.model import (
    NB,
    Answer,
    Channel,
    ClientText,
    Contact,
    Countdown,
    Decision,
    DecisionId,
    Ending,
    FloorNotice,
    FlowQuestion,
    Item,
    NotBefore,
    Outcome,
    Page,
    Proposal,
    QuoteSpec,
    Rule,
    Scenario,
    ScenarioNumber,
    Select,
    Step,
    Template,
    Value,
)  # fmt: skip
from oxtui.playbook.schema.keys import FOLDER, Id, ItemId, ItemIds, Link, NBIds, Text, Texts, doc, form, names
from oxtui.playbook.times import Time

ACTION: Final = "action"
QUESTION: Final = "question"
IRREVERSIBLE: Final = "irreversible"
OLD_WORD: Final = "killer"
"""What older playbooks call what is irreversible."""

ItemText: TypeAlias = Annotated[str, Meta(min_length=1, max_length=90)]
Term: TypeAlias = Annotated[str, names("item or licences")]
Number: TypeAlias = Annotated[str, form("^[1-9]$", "is not the number of a scenario, 1 to 9")]
TemplateId: TypeAlias = Annotated[str, names("template")]
Way: TypeAlias = Annotated[str, names("channel")]
HowTo: TypeAlias = Annotated[str, names("how-to in reference.yaml called")]
Field: TypeAlias = Annotated[str, names("mailbox field")]


class ItemFile(Struct, frozen=True):
    """An item of a scenario as it is written."""

    what = "an item"

    id: Annotated[Id, doc("its name within the scenario")]
    do: Annotated[ItemText, doc("makes it an action: what is done, in up to 90 characters")] = ""
    ask: Annotated[ItemText, doc("makes it a question: what is asked, in up to 90 characters")] = ""
    done: Annotated[Text, doc('a short name: "waiting on *the order*"')] = ""
    awaited: Annotated[Text, doc("what items that wait for it say until it is done: *no result on the JIRA yet*")] = ""
    noted: Annotated[Text, doc("what the wrap-up note says of it (see below); without it, the item's own text")] = ""
    say: Annotated[Text, doc("one sentence to read out to the client")] = ""
    tell: Annotated[
        Text, doc("what the client is told of it in writing, once it is done; `{date}` prints a value that was typed")
    ] = ""
    detail: Annotated[Text, doc("what the agent may need to know")] = ""
    nbs: Annotated[NBIds, doc("NBs shown before it")] = ()
    when: Annotated[Condition, doc("when it applies: a [condition](#conditions)")] = Condition()
    after: Annotated[tuple[Condition, ...], doc("what had to be so first: a list of conditions", repeats=True)] = ()
    uses: Annotated[tuple[Term, ...], doc("the terms it is done on: items, and `licences` for their number")] = ()
    follows: Annotated[ItemIds, doc("items that are done before it, and nothing more: an order of work")] = ()
    each: Annotated[
        str, names("each"), doc("`mailbox`, or what `case` calls it: done for every one; one key where all are alike")
    ] = ""
    with_: Annotated[
        Literal["", "client"], doc("`client`: needs the authenticated client; without it, a back-office call will do")
    ] = field(default="", name="with")
    fresh_for: Annotated[Time, doc("`5d` or `12h`: older than that, it has to be checked again")] = ""
    by: Annotated[
        Literal["", "another"],
        doc("`another`: another agent does it than who did what its `after` names; no colleague's word counts for it"),
    ] = ""
    by_word: Annotated[bool, doc("`false`: a colleague's word for it does not count")] = True
    same_as: Annotated[
        dict[Number, Text], Meta(min_length=1), doc("the same item in another scenario, `{3: webmail}` (see below)")
    ] = {}
    optional: Annotated[bool, doc("`true`: never stands in the way of closing")] = False
    waits_on: Annotated[str, names("waits on"), doc("whose answer it waits for: a channel, or words")] = ""
    due: Annotated[Time, doc("of what waits: `7d`, `48h` or `30m` until the answer is due (see below)")] = ""
    not_before: Annotated[
        NotBefore | None, doc("`{item: asked, after: 14d}`: it waits until that long after the other was done")
    ] = None
    clock: Annotated[Countdown | None, doc("days left to do it: `{from: ITEM, days: 30, text, loses}` (see below)")] = (
        None
    )
    reopens: Annotated[ItemIds, doc("questions whose answers it takes back")] = ()
    howto: Annotated[HowTo, doc("a page of `reference.yaml`")] = ""
    link: Annotated[Link, doc("an address, copied by `l`")] = ""
    copy: Annotated[Text, doc("an exact text, copied by `y`")] = ""
    through: Annotated[
        tuple[Way, ...] | dict[Way, str], doc('the ways it can be done, or `way: condition` (`""`: always)')
    ] = ()
    values: Annotated[tuple[Value, ...], Meta(min_length=1), doc("what is typed with it: `key: {...}`", keyed=Id)] = ()
    select: Annotated[
        Select,
        doc("`one` (the usual), `several`, `text`, `number`, `money` (AUD), `date`, `dates` (from, to)", of=QUESTION),
    ] = "one"
    answers: Annotated[
        dict[Id, Text | Answer],
        Meta(min_length=1),
        doc("of `one` and `several`: `id: text` or `id: {...}`", of=QUESTION),
    ] = {}
    proposes: Annotated[Proposal | None, doc("where the answer that is shown first comes from", of=QUESTION)] = None
    templates: Annotated[
        tuple[TemplateId, ...] | dict[TemplateId, str], doc("template ids, or `id: condition`", of=ACTION)
    ] = ()
    acts: Annotated[bool, doc("`true`: it has an effect outside, and `reverse` says how that is undone", of=ACTION)] = (
        False
    )
    reverse: Annotated[Text, doc("of what `acts`: how it is undone", of=ACTION)] = ""
    formerly: Annotated[Text, doc("its id in version 0.1, so that cases from there are not asked again")] = ""
    keeps: Annotated[
        tuple[Number, ...], doc("of what `acts`: scenarios that can be chosen instead without undoing it", of=ACTION)
    ] = ()
    anew: Annotated[ItemId, doc("the action that doing this one does anew; needs `reopens`", of=ACTION)] = ""
    quote: Annotated[QuoteSpec | None, doc("it is done by a pro-rata (see below)", of=ACTION)] = None
    irreversible: Annotated[bool, doc("`true`: it ends something for good (see below)", of=ACTION)] = False
    killer: Annotated[bool, doc("", of=ACTION)] = False
    leaves: Annotated[
        Text, doc("what goes on running while it is not done; the endings that leave it so say it", of=IRREVERSIBLE)
    ] = ""
    already: Annotated[Condition, doc("the answer that says it was done already: `backup=ended`", of=IRREVERSIBLE)] = (
        Condition()
    )
    ends: Annotated[
        Field, doc("which of `mailbox_fields` says whether a mailbox is still served (see below)", of=IRREVERSIBLE)
    ] = ""


class StepFile(Struct, frozen=True):
    """A step of a scenario as it is written."""

    what = "a step"

    include: Annotated[Text, doc("instead of the others: `steps/review.yaml`, whose steps stand here")] = ""
    id: Annotated[Id, doc("its name")] = ""
    title: Annotated[Text, doc("its heading")] = ""
    items: Annotated[tuple[Item, ...], Meta(min_length=1), doc("its items, in the order of a call")] = ()
    when: Annotated[Condition, doc("where the whole step applies only sometimes")] = Condition()


class StepsFile(Struct, frozen=True):
    """steps/*.yaml: what several scenarios include."""

    what = "a file of steps"

    steps: Annotated[tuple[Step, ...], Meta(min_length=1), doc("the steps, as in a scenario")]


class AuthenticationFile(Struct, frozen=True):
    """How a client is authenticated."""

    what = "'authentication'"

    label: Annotated[Text, doc("what is asked of the agent")] = "Authenticate the client"
    required: Annotated[bool, doc("`false`: it can be recorded, and nothing waits for it")] = True
    methods: Annotated[Texts, doc("how a client is authenticated, the first being the usual")] = ()
    lapse_minutes: Annotated[int, Meta(ge=1, le=1440), doc("how long a call counts")] = 60
    failed: Annotated[Text, doc("a sentence to say where a client could not be authenticated")] = ""


class PatternFile(Struct, frozen=True):
    """The form of a number that another system gives."""

    what = "a pattern"

    id: Annotated[Id, doc("its name")]
    pattern: Annotated[Text, doc("a regular expression; small letters are taken where capitals fit")]
    example: Annotated[Text, doc("shown where a value does not fit")]


class PlaybookFile(Struct, frozen=True):
    """playbook.yaml; with `scenarios` and `templates` from their folders, all that a case may be pinned to."""

    what = "playbook.yaml"

    id: Annotated[Id, doc("of the playbook")]
    title: Annotated[Text, doc("of the playbook")]
    flow: Annotated[tuple[FlowQuestion, ...], Meta(min_length=1), doc("the call flow (below)")]
    endings: Annotated[dict[Id, Ending], Meta(min_length=1), doc("how a case may end (below)")]
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
    client_text: Annotated[ClientText | None, doc("what stands around the `tell` of items (below)")] = None
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
        doc("what counts for some days: `{text, until, at}`, on Home and at the item"),
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
"""What a step may say of an item, instead of answering it."""
MAILBOX: Final = "mailbox"
DONE: Final = "done"
"""What is said of an action that is done for one mailbox."""

WalkStep: TypeAlias = Text | dict[Id, Text]


class WalkFile(Struct, frozen=True):
    """A saved walk."""

    what = "a walk"

    title: Annotated[Text, doc("what it shows, in a few words")]
    scenario: Annotated[ScenarioNumber, doc("the scenario it goes through")]
    steps: Annotated[
        tuple[WalkStep, ...],
        Meta(min_length=1),
        doc("in their order: `order` (done), `licence: basic` (answered), `refused: cancel` (below)", repeats=True),
    ]
    ends: Annotated[Id, names("ending"), doc("the ending that the case has to be able to close with")]
    mailboxes: Annotated[int, Meta(ge=1, le=9), doc("how many the client has")] = 1


def ends_for_good(item: Mapping[str, object]) -> bool:
    """Whether an item, as it is written, is irreversible."""
    return "true" in (item.get(IRREVERSIBLE), item.get(OLD_WORD))
