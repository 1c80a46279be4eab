"""The article as data: what a playbook holds. Values only; `build` makes them, `cases` reads them.

A described field is a key of the playbook's files as well. Where a class is written otherwise than it is used,
`reader/files.py` declares how.
"""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Final, Literal, TypeAlias, get_args

from msgspec import Meta, Struct, field

from oxtui.playbook.about import USUAL, About, Words
from oxtui.playbook.comparisons import Comparison
from oxtui.playbook.conditions import Atom, Condition
from oxtui.playbook.hours import parse_hours
from oxtui.playbook.schema.keys import Id, ItemId, ItemIds, Link, NBIds, Text, Texts, doc, form, names
from oxtui.playbook.times import Time

LICENCES: Final = "licences"
"""What `uses` calls the number of licences of the case: a term of the quote and the order, and no item."""

Kind: TypeAlias = Literal["action", "question"]
Select: TypeAlias = Literal["one", "several", "text", "number", "money", "date", "dates"]
COMPARED: Final = ("number", "money", "date")
"""Kinds of questions whose value a condition can compare."""
Evidence: TypeAlias = Literal["", "moved", "dns-office-365", "dns-ox", "ns", "mx"]
EVIDENCE: Final[tuple[str, ...]] = get_args(Evidence)[1:]
"""What a DNS lookup may propose an answer to."""
DateForm: TypeAlias = Annotated[str, form("^dd/mm/yy(?:yy)?$", "is not one of dd/mm/yyyy, dd/mm/yy")]
Glyphs: TypeAlias = Literal["unicode", "ascii"]
Unless: TypeAlias = Literal["", "authenticated"]
Source: TypeAlias = Literal["fixed", "case", "call", "item", "client", "console", "evidence"]
LineKind: TypeAlias = Literal["text", "choice", "date", "mailbox", "each", "secret", "heading"]
EvidenceKey: TypeAlias = Annotated[str, names("evidence")]
PlanName: TypeAlias = Annotated[str, names("plan")]
ScenarioNumber: TypeAlias = Annotated[int, Meta(ge=1, le=9)]


class NB(Struct, frozen=True):
    """A warning, shown before the item it belongs to; a lasting one stays in view while `when` holds."""

    what = "an NB"

    id: Annotated[Id, doc("its name")]
    text: Annotated[Text, doc("the warning, as a whole sentence")]
    short: Annotated[Text, Meta(max_length=44), doc("the same in up to 44 characters, for narrow panes")]
    when: Annotated[Condition, doc("shown while this holds; what is not answered yet keeps it")] = Condition()
    lasting: Annotated[bool, doc("`true`: listed under a scenario's `nbs`, it stays in view")] = False
    from_item: Annotated[ItemId, doc("where a lasting one begins")] = field(default="", name="from")
    danger: Annotated[bool, doc("`true`: shown in red")] = False
    unless: Annotated[Unless, doc("`authenticated`: only while no call is on")] = ""
    locks: Annotated[ItemIds, doc("irreversible items that are locked while it is in force")] = ()
    evidence: Annotated[
        tuple[tuple[EvidenceKey, Text], ...],
        doc("`{mx: elsewhere}`: in force too where the newest DNS evidence proposes that answer", keyed=EvidenceKey),
    ] = ()


class GoesTo(Struct, frozen=True):
    """Where an answer leads: another scenario."""

    what = "'goes_to'"

    scenario: Annotated[ScenarioNumber, doc("its number")]


class Answer(Struct, frozen=True):
    """One answer that a question offers."""

    what = "an answer"

    id: Annotated[Id, doc("its name")]
    text: Annotated[Text, doc("as it is offered; no two alike")]
    say: Annotated[Text, doc("as for an item, while it is the one shown")] = ""
    nbs: Annotated[NBIds, doc("as for an item, while it is the one shown")] = ()
    reopens: Annotated[ItemIds, doc("questions whose answers it takes back")] = ()
    asks: Annotated[Text, doc('what has to be told with it: `"Why was it returned?"`')] = ""
    plan: Annotated[PlanName, doc("the plan it stands for, without its term: `fibre-50`")] = ""
    tell: Annotated[Text, doc("as for an item, once this was answered")] = ""
    open: Annotated[bool, doc("`true`: the question stays open (*not yet*); it is noted, and satisfies nothing")] = (
        False
    )
    else_: Annotated[bool, doc("`true`: offered once the time of `due` or `not_before` is over")] = field(
        default=False, name="else"
    )
    ending: Annotated[str, names("ending"), doc("the ending it leads to: the case offers to close so")] = ""
    without: Annotated[
        str, names("field of the case"), doc("the field it says is empty; filled in the case, an NB says so")
    ] = ""
    goes_to: Annotated[GoesTo | None, doc("`{scenario: 1}`: the scenario it leads to; giving it asks to change")] = None


class Value(Struct, frozen=True):
    """A value asked with an action or by a question: a case number, a file name, a date."""

    what = "a value"

    key: Annotated[Id, doc("its name")]
    label: Annotated[Text, doc("what is asked for")]
    kind: Annotated[
        Literal["text", "number", "money", "date"], doc("`text` (the usual), `number`, `money` (AUD) or `date`")
    ] = "text"
    pattern: Annotated[str, names("pattern"), doc("the form it must have: a name under `patterns`")] = ""
    required: Annotated[bool, doc("`true`: the item is not done without it")] = False
    to_come: Annotated[bool, doc("`true`: of a date, a day that is over is refused")] = False
    field: Annotated[
        str, names("field of the case"), doc("which of the case's own fields it fills as well (below)")
    ] = ""


class Proposal(Struct, frozen=True):
    """Where the answer shown first comes from: another item, the DNS evidence, or a fixed answer."""

    what = "'proposes'"

    item: Annotated[ItemId, doc("the same as there")] = ""
    evidence: Annotated[Evidence, doc("what DNS says")] = ""
    answer: Annotated[Text, doc("always this one")] = ""


class NotBefore(Struct, frozen=True):
    """Before which moment an item cannot be done: some time after another was done."""

    what = "'not_before'"

    item: Annotated[ItemId, doc("the item from which the time counts")]
    after: Annotated[Time, doc("how long after it: `14d`, `48h` or `30m`")]


class Countdown(Struct, frozen=True):
    """How many days are left to do an item, counted from another; it ends once the item is done or does not apply."""

    what = "'clock'"

    from_item: Annotated[ItemId, doc("the item from which the days count; of a date that is typed, from that day")] = (
        field(name="from")
    )
    days: Annotated[int, Meta(ge=1, le=3650), doc("how many days there are")]
    text: Annotated[Text, doc('what they are left for: "27 days left *to have the old mailbox back*"')]
    loses: Annotated[Text, doc("what is lost after that: *the old mailbox*")]


class QuoteSpec(Struct, frozen=True):
    """Which plans a pro-rata is worked out between, read off the answers."""

    what = "'quote'"

    current: Annotated[PlanName, doc("the plan now, without its term")]
    current_term: Annotated[ItemId, doc("the question how it is billed, answered `monthly` or `yearly`")]
    new: Annotated[ItemId, doc("the question for the new plan, whose answers have a `plan`")]
    new_term: Annotated[ItemId, doc("the question how that is billed")]


class Item(Struct, frozen=True):
    """One item of a scenario: an action to tick or a question to answer.

    `reader.files.ItemFile` describes what is alike in the files; here stands what is not.
    """

    id: str
    kind: Kind
    text: str
    done: str = ""
    awaited: str = ""
    noted: str = ""
    say: str = ""
    tell: str = ""
    detail: str = ""
    nbs: tuple[str, ...] = ()
    when: Condition = Condition()
    after: tuple[Condition, ...] = ()
    """All of these. The item rests on every item named here, however joined."""
    follows: tuple[str, ...] = ()
    killer: bool = False
    each: bool = False
    client: bool = False
    acts: bool = False
    reverse: str = ""
    uses: tuple[str, ...] = ()
    reopens: tuple[str, ...] = ()
    optional: bool = False
    select: Select = "one"
    answers: tuple[Answer, ...] = ()
    proposal: Proposal | None = None
    through: tuple[str, ...] = ()
    values: tuple[Value, ...] = ()
    copy: str = ""
    link: str = ""
    howto: str = ""
    quote: QuoteSpec | None = None
    templates: tuple[tuple[str, Condition], ...] = ()
    """Template ids with the condition under which each is wanted."""
    leaves: str = ""
    waits_on: str = ""
    through_when: tuple[tuple[str, Condition], ...] = ()
    """Under which answers a way of `through` is open; one that is not named here always is."""
    formerly: str = ""
    anew: str = ""
    by_word: bool = True
    another: bool = False
    """Whether it is for another agent than those who did what its `after` names."""
    fresh_for: str = ""
    """How long what was done counts before it has to be checked again; "" for always."""
    due: str = ""
    not_before: NotBefore | None = None
    clock: Countdown | None = None
    ends: str = ""
    already: Atom | None = None
    same_as: tuple[tuple[int, str], ...] = ()
    """Scenario and item, in every scenario where it is the same."""
    keeps: tuple[int, ...] = ()

    @property
    def has_else(self) -> bool:
        """Whether an answer is offered only once a time is over."""
        return any(answer.else_ for answer in self.answers)

    def answer(self, answer_id: str) -> Answer | None:
        """The answer with that id, or None."""
        return next((answer for answer in self.answers if answer.id == answer_id), None)


class Step(Struct, frozen=True):
    """A heading and its items; `when` holds for all of them."""

    id: str
    title: str
    items: tuple[Item, ...]
    when: Condition = Condition()


class Scenario(Struct, frozen=True):
    """One of the article's scenarios: its steps, and what is told of it before it is chosen."""

    what = "a scenario"

    number: Annotated[ScenarioNumber, doc("1 to 9: the key that chooses it")]
    title: Annotated[Text, doc("its name on the floor")]
    article_title: Annotated[Text, doc("its name in the article")]
    summary: Annotated[Texts, Meta(max_length=3), doc("up to three short lines for the picker", usual=())]
    who: Annotated[Text, doc("who works on it")]
    heard: Annotated[Texts, doc("what clients say who need it: `/` in the picker finds it by these words", usual=())]
    steps: Annotated[tuple[Step, ...], Meta(min_length=1), doc("its steps (below)")]
    nbs: Annotated[NBIds, doc("its lasting NBs")] = ()
    order: tuple[str, ...] = ()
    """Item ids so that whatever an item depends on comes before it."""
    by_id: Mapping[str, Item] = field(default_factory=dict)
    step_of: Mapping[str, Step] = field(default_factory=dict)
    witnesses: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """For a killer or witness item: the killers that rest on it."""
    firm: Mapping[str, str] = field(default_factory=dict)
    """Items that cannot be skipped or deferred, with the reason in words."""
    reopened_by: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """For a question: the items whose doing takes its answer back (attempts)."""
    rests_on: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """For an item: what its `after` and `uses` name, LICENCES too."""
    rested_on_by: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The other way round: the items that rest directly on an item (or on LICENCES)."""
    waiting: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """For an action: the questions that wait for its result; done anew, it takes their answers back."""
    done_anew_by: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """For an action: the items that do it anew."""
    ages: Mapping[str, tuple[Comparison, ...]] = field(default_factory=dict)
    """For a question for a day: what is asked of it that speaks of today (`within 30d`)."""
    deciding: frozenset[str] = frozenset()
    """The items that some `when` names: only where one of these changes does another stop applying."""

    def items(self) -> tuple[Item, ...]:
        """All items in the order of the article."""
        return tuple(item for step in self.steps for item in step.items)


class Outcome(Struct, frozen=True):
    """Where the call flow leads: a scenario, or none with what to do instead."""

    what = "an outcome"

    scenario: Annotated[ScenarioNumber | None, doc("its number")] = None
    text: Annotated[Text, doc("what to do instead of one")] = ""
    ending: Annotated[str, names("ending"), doc("the case is closed so")] = ""
    wait_for: Annotated[str, names("channel"), doc("the case waits for that channel")] = ""


class FlowAnswer(Struct, frozen=True):
    """One way out of a question of the call flow."""

    what = "an answer of the call flow"

    id: Annotated[Id, doc("its name")]
    text: Annotated[Text, doc("as it is offered")]
    next: Annotated[str, names("question of the call flow"), doc("the question it leads to, a later one")] = ""
    outcome: Annotated[Outcome | None, doc("or where it ends: `scenario`, or `text` with `ending` or `wait_for`")] = (
        None
    )


class FlowQuestion(Struct, frozen=True):
    """One question of the call flow (G3); the first one is where it begins."""

    what = "a question of the call flow"

    id: Annotated[Id, doc("its name")]
    text: Annotated[Text, doc("the question")] = field(name="ask")
    answers: Annotated[tuple[FlowAnswer, ...], Meta(min_length=1), doc("`id: {text, next or outcome}`", keyed=Id)]
    proposal: Annotated[Proposal | None, doc("as for an item")] = field(default=None, name="proposes")


class Line(Struct, frozen=True):
    """One line of a template: a heading, or `Label : value` with a source for the value (T7)."""

    what = "a template line"

    key: Annotated[
        Text, doc("its name for `oxtui template --set`; left out: the label as `when-did-it-start`", usual="")
    ]
    label: Annotated[Text, doc("printed as `Label : value`", usual="")]
    source: Annotated[Source, doc("where the value comes from (below)", usual="client")] = field(name="from")
    text: Annotated[Text, doc("of a fixed line its text; of a mailbox or secret line its form (below)")] = ""
    ref: Annotated[Text, doc("what is read there")] = ""
    mapping: Annotated[
        dict[str, str], Meta(min_length=1), doc("`answer: words`, of a line from an item or from evidence (below)")
    ] = field(default_factory=dict, name="map")
    kind: Annotated[
        LineKind, doc("`text`, `choice`, `date`, `mailbox` (or `each`) or `secret` (below)", unwritten="heading")
    ] = "text"
    options: Annotated[Texts, doc("of a choice: the form's exact words")] = ()
    free: Annotated[bool, doc("`true`: of a choice, others can be typed")] = False
    format: Annotated[DateForm, doc("of a date: `dd/mm/yyyy` (the usual) or `dd/mm/yy`")] = "dd/mm/yyyy"
    ask: Annotated[Text, doc("how to ask the client for it")] = ""
    proposes: Annotated[Text, doc("an item whose value is offered")] = ""
    heading: Annotated[Text, doc("a line of its own, without any other key")] = ""


class Template(Struct, frozen=True):
    """An escalation template (T2-T5): its lines in order, and what is shown with it (T1)."""

    what = "a template"

    id: Annotated[Id, doc("its name")]
    title: Annotated[Text, doc("the first line of the text")]
    to: Annotated[Text, doc("where it is pasted")]
    lines: Annotated[tuple[Line, ...], Meta(min_length=1), doc("in their order: `heading: text`, or the keys below")]
    prechecks: Annotated[Texts, doc("what is checked before: items by id, or words (below)")] = ()
    cover: Annotated[Texts, doc("lines offered to go before it; `{missing.from}` prints a value of an item")] = ()

    def keys(self) -> tuple[str, ...]:
        """The keys that take a value, each once, in order."""
        return tuple(dict.fromkeys(line.key for line in self.lines if line.kind != "heading"))


class Rule(Struct, frozen=True):
    """`never X before Y where Z`, or `never X unless authenticated`, stated apart from the guards and proved.

    Scenario 0 stands for all.
    """

    what = "a rule"

    id: Annotated[Id, doc("its name")]
    text: Annotated[Text, doc("the rule as a sentence")]
    scenario: Annotated[int, Meta(ge=0, le=9), doc("the one it is for; left out: all", usual=0)]
    never: Annotated[Text, doc("an item; `tick` (anything at all); `discount` (a credit above zero); `copy:TEMPLATE`")]
    before: Annotated[tuple[Condition, ...], doc("what has to come first, a list as in `after`", repeats=True)] = ()
    where: Annotated[Condition, doc("only under these answers")] = Condition()
    unless: Annotated[Unless, doc("`authenticated`: not without an authenticated client")] = ""
    newer_than: Annotated[ItemIds, doc("items: what is in `before` was done after these last changed")] = ()


class Ending(Struct, frozen=True):
    """How a case may end."""

    what = "an ending"

    id: Annotated[Id, doc("its name")]
    text: Annotated[Text, doc("how the case ended")]
    complete: Annotated[bool, doc("`true`: only when nothing is open; one ending at least has it")] = False
    needs: Annotated[Text, doc('what has to be told: `"Who took it over?"`')] = ""
    only: Annotated[
        Literal["", "unauthenticated", "untouched", "no-scenario"],
        doc("when it is offered (below); left out: always"),
    ] = ""
    when: Annotated[Condition, doc("offered while this holds in the scenario of the case")] = Condition()
    tell: Annotated[Text, doc("what the text for the client says comes next, when the case ends so")] = ""


class ClientText(Struct, frozen=True):
    """What stands around the `tell` of items, answers and endings in the text for the client."""

    what = "'client_text'"

    opening: Annotated[Text, doc("its first line; `{contact}` and `{domain}` are filled in")]
    done: Annotated[Text, doc("before what was done")]
    next: Annotated[Text, doc("before what happens next")]
    closing: Annotated[Text, doc("its last line")]
    costs: Annotated[Text, doc("before what it costs; needed where an item has a `quote`")] = ""
    cost: Annotated[
        Text, doc("the new plan, once ordered: `{plan}`, `{price}`, `{per_term}`, `{licences}`; needed with `costs`")
    ] = ""


class Procedure(Struct, frozen=True):
    """What a case is pinned to: call flow, scenarios, NBs, rules, templates and endings.

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
    """What the cases are about."""
    words: Words = Words()
    asks_who: bool = True
    """Whether who calls can be authenticated at all."""
    gated: bool = True
    """Whether nothing is done for a client who was not."""
    authenticate: str = "Authenticate the client"
    """What is asked of an agent then."""
    mailbox_fields: Mapping[str, str] = field(default_factory=dict)
    """What is known of each mailbox, yes, no or unknown: field ids with their words (`ox-mail: on OX-Mail`)."""
    credentials: Literal["pasted", "in the console"] = "pasted"
    """How Platform Support gets the passwords that a template asks for (D14)."""
    client_text: ClientText | None = None
    auth_failed: str = ""
    """What is said to a client who could not be authenticated."""
    data: Mapping[str, object] = field(default_factory=dict)


def _wrong_hours(text: str) -> str:
    try:
        parse_hours(text)
    except ValueError as error:
        return str(error)
    return ""


class Channel(Struct, frozen=True):
    """Where people are asked or told: a chat, Salesforce, a team."""

    what = "a channel"

    id: Annotated[Id, doc("its name")]
    name: Annotated[Text, doc("as people know it")]
    purpose: Annotated[Text, doc("what it is for")]
    hours: Annotated[str, doc("when it is worked: `mon-thu 09:00-17:00, fri 09:00-15:00`", check=_wrong_hours)] = ""


class FloorNotice(Struct, frozen=True):
    """What agents have to know for some days; it goes by itself."""

    what = "a notice"

    text: Annotated[Text, doc("one sentence, as an agent would say it")]
    until: Annotated[date, doc('the last day it is shown, quoted: `"2026-12-04"`')]
    at: Annotated[ItemId, doc("the item it is shown at; else only on Home")] = ""

    def shown_on(self, day: date) -> bool:
        """Whether it still counts on `day`."""
        return day <= self.until


class Contact(Struct, frozen=True):
    """A named person at another team (S2.8)."""

    what = "a contact"

    id: Annotated[Id, doc("its name")]
    name: Annotated[Text, doc("who it is")]
    team: Annotated[Text, doc("where they are")]
    for_: Annotated[Text, doc("what they are asked for")] = field(name="for")


Day: TypeAlias = Annotated[
    str,
    form("^(?:[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01]))?$", "is not a date like 2026-11-22"),
]
DecisionId: TypeAlias = Annotated[str, form("^[A-Z][0-9]{1,3}$", "is not the number of a decision, like D1")]


class Decision(Struct, frozen=True):
    """A disagreement of the article with itself, what the program does, and who settled it (D1-D14)."""

    what = "a decision"

    id: Annotated[DecisionId, doc("its number")]
    text: Annotated[Text, doc("where the article contradicts itself or is silent")]
    does: Annotated[Text, doc("how the playbook handles it meanwhile")]
    money: Annotated[bool, doc("`true`: it touches a figure")]
    decided_by: Annotated[str, doc("who settled it; name and date, or neither")] = ""
    decided_on: Annotated[Day, doc("and when: `2026-11-22`")] = ""

    @property
    def open(self) -> bool:
        """Whether nobody has settled it yet."""
        return not (self.decided_by and self.decided_on)


class Page(Struct, frozen=True):
    """A page of the reference: a how-to with its steps, or a list of links."""

    what = "a page"

    id: Annotated[Id, doc("its name")]
    title: Annotated[Text, doc("its heading")]
    lines: Annotated[Texts, doc("its lines", repeats=True)]
    link: Annotated[Link, doc("an address, copied by `l`")] = ""

    def steps(self, discount: str = "") -> tuple[str, ...]:
        """Its lines, with the figure of the case in hand where one has `{discount}`."""
        return tuple(line.replace("{discount}", discount or "the discount") for line in self.lines)


Resolver: TypeAlias = Annotated[
    str, form(r"^[A-Za-z0-9.:_\[\]-]*$", "is not a host, or a host and a port like 192.0.2.1:53")
]
ActionId: TypeAlias = Annotated[
    str, form(r"^[a-z][a-z0-9_-]*(?:\.[a-z][a-z0-9_-]*)*$", "is not the id of an action, like case.tick")
]
Keys: TypeAlias = Annotated[
    str,
    form(
        r"^(?:[^\s,]+(?:,[^\s,]+)*|,)$",
        "is no key: a key is given by its name, like space, ctrl+z or u; several with commas between",
    ),
]


class Settings(Struct, frozen=True):
    """What a floor lead sets for the screen and the store; times in seconds or days."""

    what = "settings.yaml"

    theme: Annotated[Text, doc("`oxtui-dark`, `oxtui-light`, `oxtui-contrast`, or one of Textual's")] = "oxtui-dark"
    glyphs: Annotated[Glyphs, doc("`unicode`, or `ascii` for a terminal that draws boxes badly")] = "unicode"
    clipboard_clear_seconds: Annotated[int, Meta(ge=5, le=600), doc("a copied password is taken off the clipboard")] = (
        45
    )
    retention_days: Annotated[int, Meta(ge=1, le=3650), doc("how long closed cases are kept")] = 365
    resolver: Annotated[Resolver, doc("`HOST` or `HOST:PORT` for DNS; empty: the system's own")] = ""
    floor: Annotated[
        Text, doc("the server of a shared floor: a service of libpq; empty: the cases are this machine's")
    ] = ""
    dns_timeout_seconds: Annotated[int, Meta(ge=1, le=30), doc("how long DNS is waited for")] = 3
    keymap: Annotated[dict[ActionId, Keys], doc('`id: key`, or several with commas: `case.undo: "u,ctrl+z"`')] = field(
        default_factory=dict
    )
