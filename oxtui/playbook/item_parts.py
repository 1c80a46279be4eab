"""Parts of an item: values typed with it, times, a quote, the target of an answer."""

from typing import Annotated, Literal, TypeAlias

from msgspec import Meta, Struct, field

from oxtui.playbook.dns_owners import EvidenceName
from oxtui.playbook.schema.keys import Id, ItemId, Text, doc, refers_to
from oxtui.playbook.times import Time

PlanName: TypeAlias = Annotated[str, refers_to("plan")]
ScenarioNumber: TypeAlias = Annotated[int, Meta(ge=1, le=9)]


class GoesTo(Struct, frozen=True):
    """The target of an answer: another scenario."""

    what = "'goes_to'"

    scenario: Annotated[ScenarioNumber, doc("its number")]


class Value(Struct, frozen=True):
    """A value asked with an action or by a question: a case number, a file name, a date."""

    what = "a value"

    key: Annotated[Id, doc("its name")]
    label: Annotated[Text, doc("what is asked for")]
    kind: Annotated[
        Literal["text", "number", "money", "date"], doc("`text` (the usual), `number`, `money` (AUD) or `date`")
    ] = "text"
    pattern: Annotated[str, refers_to("pattern"), doc("the form it must have: a name under `patterns`")] = ""
    required: Annotated[bool, doc("`true`: the item is not done without it")] = False
    to_come: Annotated[bool, doc("`true`: of a date, a day that is over is refused")] = False
    field: Annotated[
        str, refers_to("field of the case"), doc("which of the case's own fields it fills as well (below)")
    ] = ""


class Proposal(Struct, frozen=True):
    """The source of the answer shown first: another item, DNS evidence, or a fixed answer."""

    what = "'proposes'"

    item: Annotated[ItemId, doc("the same as there")] = ""
    evidence: Annotated[EvidenceName, doc("what DNS says")] = ""
    answer: Annotated[Text, doc("always this one")] = ""


class NotBefore(Struct, frozen=True):
    """The earliest time for an item: some time after another was done."""

    what = "'not_before'"

    item: Annotated[ItemId, doc("the item from which the time counts")]
    after: Annotated[Time, doc("how long after it: `14d`, `48h` or `30m`")]


class Countdown(Struct, frozen=True):
    """A deadline in days for an item, counted from another; it ends when the item is done or does not apply."""

    what = "'clock'"

    from_item: Annotated[ItemId, doc("the item from which the days count; of a date that is typed, from that day")] = (
        field(name="from")
    )
    days: Annotated[int, Meta(ge=1, le=3650), doc("how many days there are")]
    text: Annotated[Text, doc('what they are left for: "27 days left *to have the old mailbox back*"')]
    loses: Annotated[Text, doc("what is lost after that: *the old mailbox*")]


class QuoteSpec(Struct, frozen=True):
    """The answers from which the plans of a pro-rata are read."""

    what = "'quote'"

    current: Annotated[PlanName, doc("the plan now, without its term")]
    current_term: Annotated[ItemId, doc("the question how it is billed, answered `monthly` or `yearly`")]
    new: Annotated[ItemId, doc("the question for the new plan, whose answers have a `plan`")]
    new_term: Annotated[ItemId, doc("the question how that is billed")]
