"""The article as data: what a playbook holds. Values only; `build` makes them, `progress` reads them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal, TypeAlias

from msgspec import Struct, field

from oxtui.playbook.conditions import Atom, Condition

LICENCES: Final = "licences"
"""What `uses` calls the number of licences of the case: a term of the quote and the order, and no item."""

Kind: TypeAlias = Literal["action", "question"]
Select: TypeAlias = Literal["one", "several", "text", "date", "dates"]


class NB(Struct, frozen=True):
    """A warning, shown before the item it belongs to; a lasting one stays in view while `when` holds.

    `danger` is shown in red; `from_item` is where a lasting one begins. With `unless` "authenticated" it is not
    in force during a call.
    """

    id: str
    text: str
    short: str
    when: Condition = Condition()
    lasting: bool = False
    from_item: str = ""
    danger: bool = False
    facts: tuple[str, ...] = ()
    unless: str = ""
    locks: tuple[str, ...] = ()
    """Items that are locked while it is in force (DESIGN, rule 8)."""
    evidence: tuple[tuple[str, str], ...] = ()
    """In force too where the newest DNS evidence proposes one of these answers (evidence key, answer)."""


class Answer(Struct, frozen=True):
    """One answer that a question offers; `reopens` names questions whose answers it takes back."""

    id: str
    text: str
    say: str = ""
    nbs: tuple[str, ...] = ()
    reopens: tuple[str, ...] = ()
    asks: str = ""
    """What has to be told with it ("Why was it returned?"), or nothing."""
    plan: str = ""
    """The plan that it stands for, without its term (`m365-business-basic`), or nothing."""
    open: bool = False
    """Whether the question stays open with it (`not yet`): it satisfies nothing and ends no attempt."""


class Value(Struct, frozen=True):
    """A value asked with an action or by a question: a case number, a file name, a date."""

    key: str
    label: str
    kind: Literal["text", "date"] = "text"
    pattern: str = ""
    required: bool = False
    field: str = ""
    """The case's own field that it fills as well (`salesforce`, `jira`), or nothing."""


class Proposal(Struct, frozen=True):
    """Where the answer shown first comes from: another item, the DNS evidence, or a fixed answer."""

    item: str = ""
    evidence: str = ""
    answer: str = ""


class QuoteSpec(Struct, frozen=True):
    """Which plans a pro-rata is worked out between, read off the answers.

    `current` is a plan without its term; `current_term`, `new` and `new_term` are question ids.
    """

    current: str
    current_term: str
    new: str
    new_term: str


class Item(Struct, frozen=True):
    """One item of a scenario: an action to tick or a question to answer (DESIGN, *The words*)."""

    id: str
    kind: Kind
    text: str
    done: str = ""
    """A short noun phrase for it ("the order"), for "waits for ..." and the notes."""
    noted: str = ""
    """What the wrap-up note says once it is done ("Placed the order"); of a question what stands before its answer."""
    say: str = ""
    detail: str = ""
    nbs: tuple[str, ...] = ()
    when: Condition = Condition()
    after: tuple[Condition, ...] = ()
    """What had to be so first; all of it. The item rests on every item named here, however joined."""
    follows: tuple[str, ...] = ()
    """Items that are done before it, and that it does not rest on: an order of work."""
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
    """For the item that is done by a pro-rata quote in the case."""
    templates: tuple[tuple[str, Condition], ...] = ()
    """Template ids with the condition under which each is wanted."""
    leaves: str = ""
    """What goes on running while a killer is not done, for the endings that leave it so."""
    waits_on: str = ""
    """The channel or party a wait is for (`sme`, `platform-support`, `order`), or nothing."""
    facts: tuple[str, ...] = ()
    through_when: tuple[tuple[str, Condition], ...] = ()
    """Under which answers a way of `through` is open; one that is not named here always is."""
    formerly: str = ""
    """The id that the item had in playbooks of format 1, whose cases speak of it."""
    anew: str = ""
    """The action that doing this item does anew (`order-again` places the order again)."""
    by_word: bool = True
    """Whether a colleague's word for it counts (DESIGN, rule 13)."""
    fresh_days: float = 0
    """Days after which what was done has to be checked again; 0 for never (`fresh_for: 5d`)."""
    ends: str = ""
    """Of a killer: the field of a mailbox that says whether it is still served (`ox-mail`)."""
    already: Atom | None = None
    """Of a killer: the answer that says that its service was ended already."""
    same_as: tuple[tuple[int, str], ...] = ()
    """The same item in other scenarios (number, id): what was said or done there is proposed or kept here."""
    keeps: tuple[int, ...] = ()
    """Scenarios that can be chosen instead without undoing this action."""

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

    number: int
    title: str
    article_title: str
    summary: tuple[str, ...]
    who: str
    heard: tuple[str, ...]
    """Words a client may say, by which it is found."""
    steps: tuple[Step, ...]
    nbs: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()
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
    deciding: frozenset[str] = frozenset()
    """The items that some `when` names: only where one of these changes does another stop applying."""

    def items(self) -> tuple[Item, ...]:
        """All items in the order of the article."""
        return tuple(item for step in self.steps for item in step.items)


class Outcome(Struct, frozen=True):
    """Where the call flow leads: a scenario, or none with what to do instead."""

    scenario: int | None
    text: str = ""
    ending: str = ""
    """The ending that fits (`nothing-to-do`), or nothing."""
    wait_for: str = ""


class FlowAnswer(Struct, frozen=True):
    """One way out of a question of the call flow."""

    id: str
    text: str
    next: str = ""
    outcome: Outcome | None = None


class FlowQuestion(Struct, frozen=True):
    """One question of the call flow (G3); the first one is where it begins."""

    id: str
    text: str
    answers: tuple[FlowAnswer, ...]
    proposal: Proposal | None = None


class Line(Struct, frozen=True):
    """One line of a template: a heading, or `Label : value` with a source for the value.

    `source` is one of fixed, case, call, item, client, console, evidence. `text` holds the fixed
    text or the heading; `ref` what is read (a case field, an item, an item's value as `item.key`,
    an evidence key). `mapping` turns an item's answers into the template's exact words (T7).
    """

    key: str
    label: str
    source: str
    text: str = ""
    ref: str = ""
    mapping: Mapping[str, str] = field(default_factory=dict)
    kind: Literal["heading", "text", "choice", "date", "mailbox", "secret"] = "text"
    options: tuple[str, ...] = ()
    free: bool = False
    """Whether a choice may also be typed."""
    format: str = "dd/mm/yyyy"
    ask: str = ""
    """How to ask the client for it."""
    proposes: str = ""


class Template(Struct, frozen=True):
    """An escalation template (T2-T5): its lines in order, and what is shown with it (T1)."""

    id: str
    title: str
    to: str
    lines: tuple[Line, ...]
    prechecks: tuple[str, ...] = ()
    cover: tuple[str, ...] = ()
    """Cover lines offered before it (`System Impacted : Hosting - OX Mail`)."""
    facts: tuple[str, ...] = ()

    def keys(self) -> tuple[str, ...]:
        """The keys that take a value, each once, in order."""
        return tuple(dict.fromkeys(line.key for line in self.lines if line.kind != "heading"))


class Rule(Struct, frozen=True):
    """`never X before Y where Z`, or `never X unless authenticated`, stated apart from the guards and proved.

    `never` is an item id, `tick`, `discount`, or `copy:TEMPLATE`; `scenario` 0 stands for all. Each item of `before`
    was marked after the last change of what `newer_than` names.
    """

    id: str
    text: str
    scenario: int
    never: str
    before: tuple[Condition, ...] = ()
    where: Condition = Condition()
    unless: str = ""
    facts: tuple[str, ...] = ()
    newer_than: tuple[str, ...] = ()


class Ending(Struct, frozen=True):
    """A coded ending. `complete` needs every item; `needs` names what must be told; `only` when it is offered.

    `only` is "" (always), "unauthenticated", "untouched" (nothing with an effect was done) or "no-scenario". Where
    it has a `when`, it is offered only while that holds in the scenario of the case.
    """

    id: str
    text: str
    complete: bool = False
    needs: str = ""
    only: str = ""
    when: Condition = Condition()


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
    """Named forms of values (`jira`, `salesforce`): regular expression, and an example."""
    mailbox_fields: Mapping[str, str] = field(default_factory=dict)
    """What is known of each mailbox, yes, no or unknown: field ids with their words (`ox-mail: on OX-Mail`)."""
    credentials: Literal["pasted", "in the console"] = "pasted"
    """How Platform Support gets the passwords that a template asks for (D14)."""
    data: Mapping[str, object] = field(default_factory=dict)


class Channel(Struct, frozen=True):
    """Where people are asked or told: a chat, Salesforce, a team; hours as `mon-fri 09:00-17:00`."""

    id: str
    name: str
    purpose: str
    hours: str = ""
    facts: tuple[str, ...] = ()


class Contact(Struct, frozen=True):
    """A named person at another team (S2.8)."""

    id: str
    name: str
    team: str
    for_: str
    facts: tuple[str, ...] = ()


class Decision(Struct, frozen=True):
    """A disagreement of the article with itself, what the program does, and who settled it (D1-D13)."""

    id: str
    text: str
    does: str
    money: bool
    decided_by: str = ""
    decided_on: str = ""

    @property
    def open(self) -> bool:
        """Whether nobody has settled it yet."""
        return not (self.decided_by and self.decided_on)


class Page(Struct, frozen=True):
    """A page of the reference: a how-to with its steps, or a list of links."""

    id: str
    title: str
    lines: tuple[str, ...]
    link: str = ""
    facts: tuple[str, ...] = ()


class Settings(Struct, frozen=True):
    """What a floor lead sets for the screen and the store; times in seconds or days."""

    theme: str = "oxtui-dark"
    glyphs: Literal["unicode", "ascii"] = "unicode"
    clipboard_clear_seconds: int = 45
    retention_days: int = 365
    resolver: str = ""
    dns_timeout_seconds: int = 3
    keymap: Mapping[str, str] = field(default_factory=dict)
