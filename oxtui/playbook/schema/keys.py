"""What declares the keys of a playbook's files: a Struct, whose described fields are the keys of a mapping."""

from typing import Annotated, Any, Final, TypeAlias

from msgspec import Meta

FOLDER: Final = "folder"
"""What a key is `of` that no file has: it is filled from the files of a folder."""


def doc(description: str, **extra: Any) -> Meta:
    """Describes a key, for the reference tables and the JSON schemas; `extra` is for the walker and the tables.

    `check`: a function that says what is wrong with a text, or "". `keyed`: the entries are written as a mapping, by
    names of this type. `repeats`: a text may be in the list twice. `usual`: what it is where the key is left out, of a
    field that is always given. `unwritten`: a choice that no file makes. `of`: in which table the key is described.
    """
    return Meta(description=description, extra=extra)


def form(pattern: str, said: str) -> Meta:
    """The pattern that a text has to fit (`^...$`), and what is said of one that does not ("is not a date")."""
    # Not as Meta's own `pattern`: that compiles it, wherever the module is only imported.
    return Meta(extra_json_schema={"pattern": pattern}, extra={"pattern": pattern, "form": said})


def names(what: str) -> Meta:
    """Says that a text is the id of a `what` that has to be there."""
    return Meta(min_length=1, extra={"names": what})


Text: TypeAlias = Annotated[str, Meta(min_length=1)]
"""A text that is not empty; a plain `str` may be."""
Texts: TypeAlias = tuple[Text, ...]
Id: TypeAlias = Annotated[
    str,
    form("^(?!(?:and|or|true|false)$)[a-z0-9]+(?:-[a-z0-9]+)*$", "cannot be an id: use a-z, 0-9 and single hyphens"),
]
ItemId: TypeAlias = Annotated[str, names("item")]
ItemIds: TypeAlias = tuple[ItemId, ...]
NBIds: TypeAlias = tuple[Annotated[str, names("NB")], ...]


def web_address(text: str) -> str:
    """What is wrong with an address that is opened or copied, or nothing."""
    fits = text.startswith(("https://", "http://")) and " " not in text
    return "" if fits else f"'{text[:60]}' is no address: it begins with https:// and has no blank"


Link: TypeAlias = Annotated[str, Meta(min_length=1, extra={"check": web_address})]
