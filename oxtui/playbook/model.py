"""The article as data: immutable values that `build` makes and `cases` reads.

A field with a description is also a key of the playbook's files; the others are derived.
"""

from collections.abc import Collection, Mapping
from typing import Annotated, Final, Literal, TypeAlias

from msgspec import Meta, Struct, field

from oxtui.playbook.about import USUAL, About, Words
from oxtui.playbook.comparisons import Comparison
from oxtui.playbook.conditions import Atom, Condition
from oxtui.playbook.item_parts import Countdown, GoesTo, NotBefore, PlanName, Proposal, QuoteSpec, ScenarioNumber, Value
from oxtui.playbook.schema.keys import Id, ItemId, ItemIds, Link, NBIds, Text, Texts, doc, limits, refers_to
from oxtui.playbook.template import Template
from oxtui.playbook.times import Time

LONGEST_LAPSE: Final = 1440
"""The most minutes after which a playbook may have a conversation lapse."""
LICENCES: Final = "licences"
"""The name in `uses` for the case's number of licences: a term of the quote and the order, not an item."""

ACTION: Final = "action"
QUESTION: Final = "question"
IRREVERSIBLE: Final = "irreversible"
OLD_WORD: Final = "killer"
"""The key for `irreversible` in older playbooks."""

Kind: TypeAlias = Literal["action", "question"]
Select: TypeAlias = Literal["one", "several", "text", "number", "money", "date", "dates"]
COMPARED: Final = ("number", "money", "date")
"""Kinds of questions whose values conditions can compare."""
Unless: TypeAlias = Literal["", "authenticated"]
EvidenceKey: TypeAlias = Annotated[str, refers_to("evidence")]
Used: TypeAlias = Annotated[str, refers_to("item or licences")]
ItemText: TypeAlias = Annotated[str, limits(min_length=1, max_length=90)]
TemplateId: TypeAlias = Annotated[str, refers_to("template")]
ChannelName: TypeAlias = Annotated[str, refers_to("channel")]
HowTo: TypeAlias = Annotated[str, refers_to("how-to in reference.yaml called")]
Field: TypeAlias = Annotated[str, refers_to("mailbox field")]


class NB(Struct, frozen=True):
    """A warning, shown before the item it belongs to; a lasting one stays in view while `when` holds."""

    what = "an NB"

    id: Annotated[Id, doc("its name")]
    text: Annotated[Text, doc("the warning, as a whole sentence")]
    short: Annotated[Text, limits(max_length=44), doc("the same in up to 44 characters, for narrow panes")]
    when: Annotated[Condition, doc("shown while this holds, or may still hold")] = Condition()
    lasting: Annotated[bool, doc("`true`: listed under a scenario's `nbs`, it stays in view")] = False
    from_item: Annotated[ItemId, doc("where a lasting one begins")] = field(default="", name="from")
    danger: Annotated[bool, doc("`true`: shown in red")] = False
    unless: Annotated[Unless, doc("`authenticated`: only while no call is on")] = ""
    locks: Annotated[ItemIds, doc("irreversible items that are locked while it is in force")] = ()
    evidence: Annotated[
        tuple[tuple[EvidenceKey, Text], ...],
        doc("`{mx: elsewhere}`: also in force if the newest DNS evidence proposes that answer", keyed=EvidenceKey),
    ] = ()


class Answer(Struct, frozen=True):
    """One answer that a question offers."""

    what = "an answer"

    id: Annotated[Id, doc("its name")]
    text: Annotated[Text, doc("as it is offered; no two alike")]
    say: Annotated[Text, doc("as for an item, while it is the one shown")] = ""
    nbs: Annotated[NBIds, doc("as for an item, while it is the one shown")] = ()
    reopens: Annotated[ItemIds, doc("questions whose answers it takes back")] = ()
    asks: Annotated[Text, doc('what the agent must type with it: `"Why was it returned?"`')] = ""
    pattern: Annotated[str, refers_to("pattern"), doc("the form of what `asks` is about, under `patterns`")] = ""
    plan: Annotated[PlanName, doc("the plan it stands for, without its term: `fibre-50`")] = ""
    tell: Annotated[Text, doc("as for an item, once this was answered")] = ""
    open: Annotated[bool, doc("`true`: the question stays open (*not yet*); it is noted, and satisfies nothing")] = (
        False
    )
    else_: Annotated[bool, doc("`true`: offered once the time of `due` or `not_before` is over")] = field(
        default=False, name="else"
    )
    ending: Annotated[str, refers_to("ending"), doc("the ending it leads to: the case offers to close with it")] = ""
    without: Annotated[
        str, refers_to("field of the case"), doc("the field it says is empty; filled in the case, an NB says so")
    ] = ""
    goes_to: Annotated[GoesTo | None, doc("`{scenario: 1}`: the scenario it leads to; giving it asks to change")] = None


class Item(Struct, frozen=True):
    """One item of a scenario: an action to tick or a question to answer."""

    what = "an item"

    id: Annotated[Id, doc("its name within the scenario")]
    kind: Kind = "action"
    text: str = ""
    do: Annotated[ItemText, doc("makes it an action: what is done, in up to 90 characters")] = ""
    ask: Annotated[ItemText, doc("makes it a question: what is asked, in up to 90 characters")] = ""
    done: Annotated[Text, doc('a short name: "waiting on *the order*"')] = ""
    awaited: Annotated[Text, doc("what items that wait for it say until it is done: *no result on the JIRA yet*")] = ""
    noted: Annotated[Text, doc("what the wrap-up note says of it (see below); without it, the item's own text")] = ""
    say: Annotated[Text, doc("one sentence to read out to the client")] = ""
    tell: Annotated[
        Text, doc("what the text for the client says of it once it is done; `{date}` prints a typed value")
    ] = ""
    detail: Annotated[Text, doc("what the agent may need to know")] = ""
    nbs: Annotated[NBIds, doc("NBs shown before it")] = ()
    when: Annotated[Condition, doc("when it applies: a [condition](#conditions)")] = Condition()
    after: Annotated[tuple[Condition, ...], doc("what must hold first: a list of conditions", repeats=True)] = ()
    """All of these. The item rests on every item named here, however joined."""
    uses: Annotated[tuple[Used, ...], doc("the terms it is done on: items, and `licences` for their number")] = ()
    follows: Annotated[ItemIds, doc("items that are done before it, and nothing more: an order of work")] = ()
    each: Annotated[
        bool,
        doc("`mailbox`, or what `case` calls it: done for every one; one key where all are alike", refers_to="each"),
    ] = False
    client: Annotated[
        bool, doc("`client`: needs the authenticated client; without it, a back-office call will do", word="client")
    ] = field(default=False, name="with")
    fresh_for: Annotated[Time, doc("`5d` or `12h`: older than that, it must be checked again")] = ""
    another: Annotated[
        bool,
        doc(
            "`another`: another agent does it than who did what its `after` names; no colleague's word counts for it",
            word="another",
        ),
    ] = field(default=False, name="by")
    by_word: Annotated[bool, doc("`false`: a colleague's word for it does not count")] = True
    same_as: Annotated[
        tuple[tuple[ScenarioNumber, Text], ...],
        limits(min_length=1),
        doc("the same item in another scenario, `{3: webmail}` (see below)", keyed=ScenarioNumber),
    ] = ()
    """Scenario and item, in every scenario where it is the same."""
    optional: Annotated[bool, doc("`true`: never stands in the way of closing")] = False
    waits_on: Annotated[str, refers_to("waits on"), doc("whose answer it waits for: a channel, or words")] = ""
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
    ways: Annotated[
        tuple[tuple[ChannelName, Condition], ...],
        doc('the ways it can be done, or `way: condition` (`""`: always)', keyed=ChannelName, listed=True),
    ] = field(default=(), name="through")
    """Each way with the condition under which it is open."""
    values: Annotated[tuple[Value, ...], limits(min_length=1), doc("values typed with it: `key: {...}`", keyed=Id)] = ()
    select: Annotated[
        Select,
        doc("`one` (the usual), `several`, `text`, `number`, `money` (AUD), `date`, `dates` (from, to)", of=QUESTION),
    ] = "one"
    answers: Annotated[
        tuple[Answer, ...],
        limits(min_length=1),
        doc("of `one` and `several`: `id: text` or `id: {...}`", of=QUESTION, keyed=Id, short=True),
    ] = ()
    proposal: Annotated[Proposal | None, doc("where the answer that is shown first comes from", of=QUESTION)] = field(
        default=None, name="proposes"
    )
    templates: Annotated[
        tuple[tuple[TemplateId, Condition], ...],
        doc("template ids, or `id: condition`", of=ACTION, keyed=TemplateId, listed=True),
    ] = ()
    """Template ids with the condition under which each is wanted."""
    acts: Annotated[bool, doc("`true`: it has an effect outside, and `reverse` says how that is undone", of=ACTION)] = (
        False
    )
    reverse: Annotated[Text, doc("of what `acts`: how it is undone", of=ACTION)] = ""
    formerly: Annotated[Text, doc("its id in version 0.1, so that cases from there are not asked again")] = ""
    keeps: Annotated[
        tuple[ScenarioNumber, ...],
        doc("of what `acts`: scenarios that can be chosen instead without undoing it", of=ACTION),
    ] = ()
    anew: Annotated[ItemId, doc("the action that doing this one does anew; needs `reopens`", of=ACTION)] = ""
    quote: Annotated[QuoteSpec | None, doc("it is done by a pro-rata (see below)", of=ACTION)] = None
    killer: Annotated[bool, doc("`true`: it ends something for good (see below)", of=ACTION)] = field(
        default=False, name=IRREVERSIBLE
    )
    formerly_killer: Annotated[bool, doc("", of=ACTION)] = field(default=False, name=OLD_WORD)
    leaves: Annotated[
        Text, doc("what goes on running while it is not done; endings that leave it running say so", of=IRREVERSIBLE)
    ] = ""
    already: Annotated[
        Atom | None, doc("the answer that says it was done already: `backup=ended`", of=IRREVERSIBLE)
    ] = None
    ends: Annotated[
        Field, doc("which of `mailbox_fields` says whether a mailbox is still served (see below)", of=IRREVERSIBLE)
    ] = ""

    @property
    def through(self) -> tuple[str, ...]:
        """The ways it can be done."""
        return tuple(way for way, _ in self.ways)

    @property
    def has_else(self) -> bool:
        """Whether an answer is offered only once a time is over."""
        return any(answer.else_ for answer in self.answers)

    @property
    def orders_licences(self) -> bool:
        """Whether doing it orders the licences of the case: from then on their number is fixed."""
        return self.acts and LICENCES in self.uses

    def answer(self, answer_id: str) -> Answer | None:
        """The answer with that id, or None."""
        return next((answer for answer in self.answers if answer.id == answer_id), None)

    def given(self, value: Collection[str]) -> tuple[Answer, ...]:
        """The answers that a value consists of."""
        return tuple(answer for answer in self.answers if answer.id in value)


class Step(Struct, frozen=True):
    """A heading and its items; `when` holds for all of them. Included steps stand in place of their `include`."""

    what = "a step"

    id: Annotated[Id, doc("its name", usual="")]
    title: Annotated[Text, doc("its heading", usual="")]
    items: Annotated[tuple[Item, ...], limits(min_length=1), doc("its items, in the order of a call", usual=())]
    when: Annotated[Condition, doc("when the step applies, if it does not always")] = Condition()
    include: Annotated[Text, doc("instead of the other keys: `steps/review.yaml`, whose steps are put here")] = ""


class Scenario(Struct, frozen=True):
    """One of the article's scenarios: its steps, and its description in the picker."""

    what = "a scenario"

    number: Annotated[ScenarioNumber, doc("1 to 9: the key that chooses it")]
    title: Annotated[Text, doc("its name on the floor")]
    article_title: Annotated[Text, doc("its name in the article")]
    summary: Annotated[Texts, limits(max_length=3), doc("up to three short lines for the picker", usual=())]
    who: Annotated[Text, doc("who works on it")]
    heard: Annotated[Texts, doc("what clients who need it say: `/` in the picker finds it by these words", usual=())]
    steps: Annotated[tuple[Step, ...], limits(min_length=1), doc("its steps (below)")]
    nbs: Annotated[NBIds, doc("its lasting NBs")] = ()
    order: tuple[str, ...] = ()
    """Item ids, each after everything it depends on."""
    by_id: Mapping[str, Item] = field(default_factory=dict)
    step_of: Mapping[str, Step] = field(default_factory=dict)
    witnesses: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """For a killer or witness item: the killers that rest on it."""
    firm: Mapping[str, str] = field(default_factory=dict)
    """Items that cannot be skipped or deferred, with the reason in words."""
    reopened_by: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """For a question: the items that take its answer back when they are done (attempts)."""
    rests_on: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """For an item: the names in its `after` and `uses`, LICENCES included."""
    rested_on_by: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The other way round: the items that rest directly on an item (or on LICENCES)."""
    waiting: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """For an action: the questions that wait for its result; doing it again takes their answers back."""
    done_anew_by: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """For an action: the items that do it anew."""
    ages: Mapping[str, tuple[Comparison, ...]] = field(default_factory=dict)
    """For a question with a date: the comparisons of it that depend on today (`within 30d`)."""
    deciding: frozenset[str] = frozenset()
    """The items that some `when` names: only a change of one of these can make another stop applying."""

    def items(self) -> tuple[Item, ...]:
        """All items in the order of the article."""
        return tuple(item for step in self.steps for item in step.items)


class Outcome(Struct, frozen=True):
    """An outcome of the call flow: a scenario, or an instruction instead of one."""

    what = "an outcome"

    scenario: Annotated[ScenarioNumber | None, doc("its number")] = None
    text: Annotated[Text, doc("what to do instead of one")] = ""
    ending: Annotated[str, refers_to("ending"), doc("the case is closed with it")] = ""
    wait_for: Annotated[str, refers_to("channel"), doc("the case waits for that channel")] = ""


class FlowAnswer(Struct, frozen=True):
    """One answer to a question of the call flow."""

    what = "an answer of the call flow"

    id: Annotated[Id, doc("its name")]
    text: Annotated[Text, doc("as it is offered")]
    next: Annotated[str, refers_to("question of the call flow"), doc("the question it leads to, a later one")] = ""
    outcome: Annotated[Outcome | None, doc("or where it ends: `scenario`, or `text` with `ending` or `wait_for`")] = (
        None
    )


class FlowQuestion(Struct, frozen=True):
    """One question of the call flow (G3), which begins with the first one."""

    what = "a question of the call flow"

    id: Annotated[Id, doc("its name")]
    text: Annotated[Text, doc("the question")] = field(name="ask")
    answers: Annotated[tuple[FlowAnswer, ...], limits(min_length=1), doc("`id: {text, next or outcome}`", keyed=Id)]
    proposal: Annotated[Proposal | None, doc("as for an item")] = field(default=None, name="proposes")


class Rule(Struct, frozen=True):
    """`never X before Y where Z`, or `never X unless authenticated`, stated apart from the guards and proved.

    Scenario 0 means every scenario.
    """

    what = "a rule"

    id: Annotated[Id, doc("its name")]
    text: Annotated[Text, doc("the rule as a sentence")]
    scenario: Annotated[int, Meta(ge=0, le=9), doc("the one it is for; left out: all", usual=0)]
    never: Annotated[Text, doc("an item; `tick` (anything at all); `discount` (a credit above zero); `copy:TEMPLATE`")]
    before: Annotated[tuple[Condition, ...], doc("what must come first, a list as in `after`", repeats=True)] = ()
    where: Annotated[Condition, doc("only under these answers")] = Condition()
    unless: Annotated[Unless, doc("`authenticated`: not without an authenticated client")] = ""
    newer_than: Annotated[ItemIds, doc("items: those in `before` must be done after these last changed")] = ()


class Ending(Struct, frozen=True):
    """A way in which a case may end."""

    what = "an ending"

    id: Annotated[Id, doc("its name")]
    text: Annotated[Text, doc("how the case ended")]
    complete: Annotated[bool, doc("`true`: only when nothing is open; one ending at least has it")] = False
    needs: Annotated[Text, doc('what the agent must type: `"Who took it over?"`')] = ""
    only: Annotated[
        Literal["", "unauthenticated", "untouched", "no-scenario"],
        doc("when it is offered (below); left out: always"),
    ] = ""
    when: Annotated[Condition, doc("offered while this holds in the scenario of the case")] = Condition()
    tell: Annotated[Text, doc("what the text for the client says comes next, if the case ends this way")] = ""


class ClientText(Struct, frozen=True):
    """The frame of the text for the client, around the `tell` of items, answers and endings."""

    what = "'client_text'"

    opening: Annotated[Text, doc("its first line; `{contact}` and `{domain}` are filled in")]
    done: Annotated[Text, doc("before what was done")]
    next: Annotated[Text, doc("before what happens next")]
    closing: Annotated[Text, doc("its last line")]
    costs: Annotated[Text, doc("before what it costs; needed if an item has a `quote`")] = ""
    cost: Annotated[
        Text,
        doc(
            "the new plan, once ordered: `{plan}`, `{price}`, `{per_term}`, `{licences}`, `{each}` (if several); "
            "needed with `costs`"
        ),
    ] = ""


class Procedure(Struct, frozen=True):
    """The part of a playbook that a case is pinned to: call flow, scenarios, NBs, rules, templates and endings.

    `digest` is the SHA-256 (hex) of `data`, the plain JSON value that it was built from.
    """

    digest: str
    id: str
    title: str
    review: str
    flow: tuple[FlowQuestion, ...]
    scenarios: Mapping[int, Scenario]
    nbs: Mapping[str, NB]
    rules: tuple[Rule, ...]
    templates: Mapping[str, Template]
    endings: tuple[Ending, ...]
    none_of_these: tuple[Outcome, ...]
    auth_methods: tuple[str, ...]
    call_lapse_minutes: int
    patterns: Mapping[str, tuple[str, str]]
    """Named forms of values: regular expression, and an example."""
    about: About = USUAL
    words: Words = Words()
    asks_who: bool = True
    """Whether callers can be authenticated at all."""
    gated: bool = True
    """Whether everything waits for an authenticated client."""
    authenticate: str = "Authenticate the client"
    """The prompt for it."""
    mailbox_fields: Mapping[str, str] = field(default_factory=dict)
    """Yes/no/unknown fields of each mailbox, by id, with their labels (`ox-mail: on OX-Mail`)."""
    credentials: Literal["pasted", "in the console"] = "pasted"
    """How Platform Support gets the passwords that a template asks for (D14)."""
    client_text: ClientText | None = None
    auth_failed: str = ""
    """A sentence to say to a client who could not be authenticated."""
    data: Mapping[str, object] = field(default_factory=dict)
