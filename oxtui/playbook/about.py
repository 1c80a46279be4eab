"""The subject of a playbook's cases, the targets of `each` items, the case's own fields, and the floor's words.

A playbook without `case` is about a domain and its mailboxes, as all were before that key existed.
"""

import re
from collections.abc import Mapping
from typing import Annotated, Final, Literal

from msgspec import Struct, field

from oxtui.addresses import domain_of, mailboxes_of
from oxtui.errors import WrongUse
from oxtui.playbook.patterns import fits
from oxtui.playbook.schema.keys import Id, Text, doc, refers_to
from oxtui.text import clean, clip, looks_secret, plural

SUBJECT_REFS: Final = ("domain", "subject")
"""The names of the subject in template lines and the text for the client."""
EACH_REFS: Final = ("mailboxes", "each")
"""The names in template lines of everything that `each` items are done for."""
MOST_SUBJECT: Final = 120
"""The longest subject that is not a domain, in characters."""


class Subject(Struct, frozen=True):
    """The subject of a case: a domain, a user name, an order."""

    what = "'subject'"

    label: Annotated[Text, doc("what it is called, in small letters: `domain`, `user name`, `parcel`")]
    kind: Annotated[
        Literal["", "domain"], doc("`domain`: a domain, or a mail address or URL with it; only then DNS")
    ] = ""
    pattern: Annotated[str, refers_to("pattern"), doc("or the form it must have: a name under `patterns`")] = ""


class Each(Struct, frozen=True):
    """The thing that an item with `each` is done for: a mailbox."""

    what = "'each'"

    one: Annotated[Text, doc("one of them, as items name it: `mailbox`, `owner`, `device`")]
    many: Annotated[Text, doc("several: `mailboxes`")]

    def count(self, number: int) -> str:
        """A number of them in words: `1 mailbox`, `3 mailboxes`."""
        return plural(number, self.one, self.many)


class CaseField(Struct, frozen=True):
    """A field of a case: the caller, or its number in another system."""

    what = "a field of the case"

    id: Annotated[Id, doc("its name")]
    label: Annotated[Text, doc("what it is called: `phone`, `JIRA`")]
    short: Annotated[Text, doc("the same where there is little room: `SF`")] = ""
    pattern: Annotated[str, refers_to("pattern"), doc("the form it must have: a name under `patterns`")] = ""
    ticket: Annotated[bool, doc("`true`: the number that another team knows the case by")] = False
    several: Annotated[bool, doc("`true`: a further one is added to those before")] = False
    phone: Annotated[bool, doc("`true`: a phone number, also found without its blanks")] = False

    @property
    def brief(self) -> str:
        """The label for little room."""
        return self.short or self.label


class About(Struct, frozen=True):
    """The subject of the cases."""

    what = "'case'"

    subject: Annotated[Subject, doc("what a case is about: `{label, kind or pattern}`")]
    each: Annotated[Each | None, doc("what `each` items are done for: `{one, many}`; left out: nothing is")] = None
    fields: Annotated[dict[Id, CaseField], doc("the case's own fields, `id: {label, ...}`")] = field(
        default_factory=dict
    )

    @property
    def is_domain(self) -> bool:
        """Whether the subject is a domain."""
        return self.subject.kind == "domain"

    @property
    def label(self) -> str:
        """The label of the subject."""
        return self.subject.label

    @property
    def one(self) -> str:
        """The singular of what an `each` item is done for, or ""."""
        return self.each.one if self.each else ""

    @property
    def many(self) -> str:
        """The plural of it."""
        return self.each.many if self.each else ""

    def count(self, number: int) -> str:
        """Format their number: `3 mailboxes`."""
        return self.each.count(number) if self.each else str(number)

    def tickets(self) -> tuple[CaseField, ...]:
        """Return the fields that are ticket numbers of other systems."""
        return tuple(each for each in self.fields.values() if each.ticket)


USUAL: Final = About(
    Subject("domain", "domain"),
    Each("mailbox", "mailboxes"),
    {
        "contact": CaseField("contact", "contact"),
        "phone": CaseField("phone", "phone", phone=True),
        "salesforce": CaseField("salesforce", "Salesforce case", short="SF", ticket=True),
        "jira": CaseField("jira", "JIRA", ticket=True, several=True),
    },
)
"""The subject of a playbook without `case`."""
FORMER_FIELDS: Final = tuple(USUAL.fields)
"""The fields of every case before playbooks declared their own; they are read in any log."""


class Ends(Struct, frozen=True):
    """Verbs for irreversible items."""

    what = "'ends'"

    do: Annotated[Text, doc("as an order: `cancel`")]
    done: Annotated[Text, doc("once it is so: `cancelled`")]
    doing: Annotated[Text, doc("as a thing, with its article: `a cancellation`")]


class Words(Struct, frozen=True):
    """Words of the floor that the program's own sentences need."""

    what = "'words'"

    expert: Annotated[Text, doc("who decides what the article does not say, with its article: `an SME`")] = (
        "a colleague"
    )
    system: Annotated[Text, doc("where what is irreversible is done: `the console`")] = "the system"
    licence: Annotated[Each, doc("what plans are counted in: `{one: licence, many: licences}`")] = Each(
        "licence", "licences"
    )
    prorata: Annotated[Text, doc("what working out a discount is called, in one or two words")] = "Pro-rata"
    currency: Annotated[
        Text, doc("what stands before an amount (usually `$`; `AU$` where there is neither `case` nor `words`)")
    ] = "$"
    ends: Annotated[
        Ends, doc("the words for what is irreversible: `{do: cancel, done: cancelled, doing: a cancellation}`")
    ] = Ends("do it", "done", "a step that cannot be undone")

    @property
    def experts(self) -> str:
        """The expert without the article: `SME`."""
        return re.sub("^(?:an?|the) ", "", self.expert)

    def licences(self, number: int) -> str:
        """A number of licences in words: `1 licence`, `3 licences`."""
        return self.licence.count(number)


FORMER_CURRENCY: Final = "AU$"
"""The currency of playbooks and logs from before it could be set."""
NEUTRAL: Final = Words()
"""The words of a playbook without its own."""


def spoken(text: str, about: About, words: Words) -> str:
    """Fill the playbook's words into a sentence: `{subject}`, `{many}`, `{ended}` and the like."""
    if "{" not in text:
        return text
    known = {
        "subject": about.label, "one": about.one or "part", "many": about.many or "parts",
        "fields": ", ".join(each.label for each in about.fields.values()) or "details",
        "expert": words.expert, "experts": words.experts, "system": words.system, "prorata": words.prorata,
        "prorata_small": words.prorata.lower(), "currency": words.currency, "licence": words.licence.one,
        "licences": words.licence.many, "do": words.ends.do, "ended": words.ends.done, "ending": words.ends.doing,
    }  # fmt: skip
    return re.sub(r"\{(\w+)\}", lambda match: known.get(match[1], match[0]), text)


def subject_of(about: About, patterns: Mapping[str, tuple[str, str]], text: str) -> str:
    """Return a typed subject in its stored form; raises WrongUse if it is not one."""
    if about.is_domain:
        return domain_of(text)
    label, name = about.label, clean(text).strip()
    if not name:
        raise WrongUse(f"No {label} was given", _example(about, patterns))
    if about.subject.pattern:
        pattern = patterns[about.subject.pattern][0]
        for written in (name, name.upper(), name.lower()):
            if fits(pattern, written):
                return written
    shown = "…" if looks_secret(name) else clip(name, 60)
    if about.subject.pattern:
        raise WrongUse(f"'{shown}' does not look like a {label}", _example(about, patterns))
    if len(name) > MOST_SUBJECT:
        raise WrongUse(f"A {label} has {MOST_SUBJECT} characters at most", "")
    return name


def _example(about: About, patterns: Mapping[str, tuple[str, str]]) -> str:
    return f"for example {patterns[about.subject.pattern][1]}" if about.subject.pattern else ""


def each_of(about: About, text: str) -> list[str]:
    """Return the names in a typed or pasted text that `each` items are done for, without repeats; raises WrongUse.

    For a domain these are mail addresses, else anything between commas, semicolons and line ends.
    """
    if about.is_domain:
        return mailboxes_of(text)
    entries: dict[str, str] = {}
    for piece in clean(text, lines=True).replace(";", "\n").replace(",", "\n").splitlines():
        if name := piece.strip():
            if len(name) > MOST_SUBJECT:
                raise WrongUse(
                    f"One of these does not look like a {about.one}", "names or numbers, with commas between"
                )
            entries.setdefault(name.lower(), name)
    return list(entries.values())
