"""Pasted console pages and lists: the mailboxes they name, and the rest that is left out."""

from __future__ import annotations

import re
from collections import Counter
from typing import Final

from msgspec import Struct

from oxtui.addresses import domain_of, mailboxes_of
from oxtui.errors import WrongUse
from oxtui.playbook.about import About, each_of
from oxtui.text import clean, looks_secret

_ADDRESS: Final = r"[^\s@()<>\[\]\\,;:\"'|]+@[^\s@()<>\[\]\\,;:\"'|]+"
_NAME: Final = r"[A-Za-z0-9](?:[A-Za-z0-9._+-]*[A-Za-z0-9])?"
_SUFFIXES: Final = frozenset(
    "com net org edu gov govt asn id co ac ltd plc nhs school sch geek gen kiwi maori iwi".split()
)


class Pasted(Struct, frozen=True):
    """The addresses that are taken, in order, and the words and addresses that are left out."""

    addresses: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()

    @property
    def counts(self) -> str:
        """The counts in words: `14 found, 3 left out: sam@other.example, ...`."""
        count = f"{len(self.addresses)} found"
        if not self.left_out:
            return count
        shown = [word for word in self.left_out if not looks_secret(word)][:3]
        names = f": {', '.join(shown)}" if shown and all("@" in word for word in shown) else ""
        return f"{count}, {len(self.left_out)} left out{names}"


def each_in(text: str, about: About, subject: str) -> Pasted:
    """The targets of `each` items that a text lists: the mailboxes of a domain, or the playbook's own things."""
    return mailboxes_in(text, subject) if about.is_domain else Pasted(tuple(each_of(about, text)))


def mailboxes_in(text: str, domain: str) -> Pasted:
    """The mailboxes that a text names for a domain; raises WrongUse if it names none.

    A list of addresses is taken whole; bare names (`mark, tina`) get the domain; of a page only the domain's own
    addresses are taken.
    """
    try:
        return Pasted(tuple(mailboxes_of(text)))
    except WrongUse:
        if "@" not in text:
            return _completed(text, domain)
        found = addresses_of_page(text)
        page = _of_domain(found, domain)
        if len(found) < 2 or not page.addresses:
            raise
        return page


def _of_domain(found: tuple[str, ...], domain: str) -> Pasted:
    mine = tuple(address for address in found if address.rpartition("@")[2] == domain)
    return Pasted(mine, tuple(address for address in found if address not in mine))


def _completed(text: str, domain: str) -> Pasted:
    """Bare names with the domain added; raises WrongUse for anything else."""
    names = re.split(r"[\s,;]+", clean(text, lines=True).strip())
    strange = [name for name in names if not re.fullmatch(_NAME, name) or looks_secret(name)]
    if strange:
        raise WrongUse("Addresses, or names of mailboxes", f"for example jo, or jo@{domain}")
    return Pasted(tuple(mailboxes_of(" ".join(f"{name}@{domain}" for name in names))))


def addresses_of_page(text: str) -> tuple[str, ...]:
    """Every mail address in a text, each once whatever its case; what only looks like one is skipped."""
    addresses: dict[str, str] = {}
    for token in re.findall(_ADDRESS, clean(text, lines=True)):
        try:
            for address in mailboxes_of(token.strip(".")):
                addresses.setdefault(address.lower(), address)
        except WrongUse:
            continue
    return tuple(addresses.values())


def page_of(text: str) -> tuple[str, Pasted] | None:
    """The domain most of a pasted page's addresses belong to, with these addresses; None if it is no page."""
    addresses = addresses_of_page(text)
    words = text.split()
    if not addresses or len(words) < 2:
        return None
    domain = Counter(address.rpartition("@")[2] for address in addresses).most_common(1)[0][0]
    listed = [part.strip() for part in re.split("[,;]", text)]
    if all("@" in part or re.fullmatch(_NAME, part) for part in listed):  # john@example.com, sue
        addresses = addresses_of_page(", ".join(part if "@" in part else f"{part}@{domain}" for part in listed))
    return domain, _of_domain(addresses, domain)


def is_public_suffix(domain: str) -> bool:
    """Whether a domain is a public suffix such as `com.au`."""
    labels = domain_of(domain).split(".")
    return len(labels) == 2 and labels[0] in _SUFFIXES and len(labels[1]) == 2
