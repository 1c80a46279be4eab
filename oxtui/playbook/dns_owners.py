"""The owners of mail hosts: the patterns of dns.yaml, matched label by label, without any network access."""

import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Annotated, Final, Literal, Self, TypeAlias, get_args

from msgspec import Struct, field
from msgspec.structs import replace

from oxtui.playbook.schema.keys import Text, doc, limits
from oxtui.text import nearest

if TYPE_CHECKING:
    from oxtui.playbook.schema.walker import DataPath, Problems

OFFICE_365: Final = "office365"
OX_MAIL: Final = "ox-mail"
SPAM_EXPERTS: Final = "spamexperts"
OTHER: Final = "other"
UNKNOWN: Final = "unknown"
NONE: Final = "none"

STATABLE: Final = (OFFICE_365, OX_MAIL, SPAM_EXPERTS, OTHER)
"""The owners known to the program; dns.yaml may add others, each with a name."""

EvidenceName: TypeAlias = Literal["", "moved", "dns-office-365", "dns-ox", "ns", "mx"]
EVIDENCE: Final[tuple[str, ...]] = get_args(EvidenceName)[1:]
"""The evidence keys that a DNS lookup may propose an answer to."""
CLAIMS: Final[Mapping[str, frozenset[str]]] = {
    "moved": frozenset({"done", "not-begun"}),
    "dns-office-365": frozenset({"yes"}),
    "dns-ox": frozenset({"yes"}),
    "ns": frozenset({"with-us", "not-with-us"}),
    "mx": frozenset({"office-365", OX_MAIL, OTHER}),
}
"""The answers, by evidence key, that imply that the domain has records."""

_LONGEST: Final = 30


def _wrong(value: str) -> str:
    """Return the fault of a pattern, or ""."""
    if not value.isascii():
        return f"'{value}' has letters outside ASCII: write it in its xn-- form"
    labels = value.lower().split(".")
    if not all(re.fullmatch(r"[a-z0-9_*]([a-z0-9_*-]*[a-z0-9_*])?", label) for label in labels):
        return f"'{value}' is not a host name or pattern, for example mx1.example.com or *.mx.example.com"
    if sum("*" not in label for label in labels) < 2 or any("*" in label for label in labels[-2:]):
        return f"'{value}' is too wide: the last two labels at least must be exact"
    return ""


Pattern: TypeAlias = Annotated[str, limits(min_length=1, check=_wrong)]
Patterns: TypeAlias = tuple[Pattern, ...]
_ENABLED: Final = "`false` leaves the block out, as if it were not written"


class Owner(Struct, frozen=True):
    """The hosts of one owner; the patterns are lower-cased when read."""

    what = "an owner"

    id: Annotated[str, doc("its name")]
    enabled: Annotated[bool, doc(_ENABLED)]
    mx: Annotated[Patterns, limits(min_length=1), doc("its mail hosts, as patterns", repeats=True)]
    name: Annotated[Text, limits(max_length=_LONGEST), doc("how an agent reads it; one that is your own needs it")] = ""
    autodiscover: Annotated[
        Patterns, limits(min_length=1), doc("its autodiscover hosts, where it has them", repeats=True)
    ] = ()
    filter: Annotated[bool, doc("`true`: a filter in front of a mailbox; where mail goes behind it is not seen")] = (
        False
    )


class NameServersFile(Struct, frozen=True):
    """The floor's own name servers."""

    what = "'name-servers'"

    enabled: Annotated[bool, doc(_ENABLED)]
    hosts: Annotated[Patterns, limits(min_length=1), doc("the hosts, as patterns", repeats=True)]


class DnsFile(Struct, frozen=True):
    """dns.yaml."""

    what = "dns.yaml"

    owners: Annotated[dict[str, Owner], doc("whose mail hosts are whose, by the id of the owner")]
    name_servers: Annotated[
        NameServersFile | None, doc("`enabled`, `hosts`: the name servers of domains whose DNS is with us")
    ] = field(default=None, name="name-servers")


class Owners(Struct, frozen=True):
    """The enabled owners and name servers of dns.yaml; empty without one."""

    stated: tuple[Owner, ...] = ()
    name_servers: tuple[str, ...] = ()

    @classmethod
    def from_data(cls, data: object) -> tuple[Self, "tuple[tuple[DataPath, str], ...]"]:
        """Return the owners in a parsed dns.yaml, and every problem as (path, message).

        Entries with a problem are left out; disabled ones are checked too.
        """
        from oxtui.playbook.schema.walker import Problems, read  # an unchanged folder is not read again

        problems = Problems()
        owners = data.get("owners") if isinstance(data, dict) else None
        if isinstance(data, dict) and isinstance(owners, dict):
            wrong = {name: message for name, entry in owners.items() if (message := _not_an_owner(name, entry))}
            for name, message in wrong.items():
                problems.say(("owners", name), message)
            data = {**data, "owners": {name: each for name, each in owners.items() if name not in wrong}}
        file: DnsFile = read(problems, DnsFile, data)
        seen: dict[tuple[str, str], str] = {}
        stated: list[Owner] = []
        for name, each in file.owners.items():
            path: DataPath = ("owners", name)
            mx = _distinct(problems, seen, (*path, "mx"), name, each.mx)
            auto = _distinct(problems, seen, (*path, "autodiscover"), name, each.autodiscover)
            if each.enabled and (mx or auto):
                is_filter = each.filter or name == SPAM_EXPERTS  # files written before the key existed
                stated.append(replace(each, id=name, mx=mx, autodiscover=auto, filter=is_filter))
        servers = file.name_servers
        hosts = _distinct(problems, seen, ("name-servers", "hosts"), "name-servers", servers.hosts if servers else ())
        return cls(tuple(stated), hosts if servers and servers.enabled else ()), tuple(problems.found)

    def owner_of(self, host: str) -> str:
        """Return the id of the owner of a mail host, or `unknown`.

        A host that fits no pattern is `other` only if `office365`, `ox-mail` and `spamexperts` are all stated;
        otherwise it may belong to a missing one.
        """
        found = _best(host, ((owner.id, owner.mx) for owner in self.stated))
        if found is not None:
            return found
        complete = {OFFICE_365, OX_MAIL, SPAM_EXPERTS} <= {owner.id for owner in self.stated if owner.mx}
        return OTHER if complete and _readable(host) else UNKNOWN

    def autodiscover_owner(self, host: str) -> str | None:
        """Return the owner of an autodiscover host, `unknown` if no pattern fits, None if no owner states any."""
        stated = [(owner.id, owner.autodiscover) for owner in self.stated if owner.autodiscover]
        return (_best(host, stated) or UNKNOWN) if stated else None

    def states_autodiscover(self, owner: str) -> bool:
        """Whether this owner's autodiscover hosts are stated."""
        return any(each.id == owner and each.autodiscover for each in self.stated)

    def names_of(self, ids: Iterable[str]) -> tuple[tuple[str, str], ...]:
        """Return (id, name) of the owners with these ids that have a name, in the order of dns.yaml."""
        wanted = frozenset(ids)
        return tuple((owner.id, owner.name) for owner in self.stated if owner.name and owner.id in wanted)

    def filters(self, ids: Iterable[str]) -> tuple[str, ...]:
        """Return which of these owners are filters, in the order of dns.yaml."""
        wanted = frozenset(ids)
        return tuple(owner.id for owner in self.stated if owner.filter and owner.id in wanted)

    def with_us(self, name_servers: Iterable[str]) -> bool | None:
        """Whether all of these name servers are the floor's own (True) or none is (False).

        None if the floor's own are not stated, if only some match, or if none is given.
        """
        ours = [any(matches(pattern, host) for pattern in self.name_servers) for host in name_servers]
        if not self.name_servers or not ours or (any(ours) and not all(ours)):
            return None
        return all(ours)


def matches(pattern: str, host: str) -> bool:
    """Whether a host fits a pattern; case does not count, nor does a dot at the end of the host.

    `*` as the first label stands for one label or more (as in RFC 4592), within or as any other label for any
    characters of that one label.
    """
    name = host.lower().removesuffix(".")
    return _readable(name) and _compiled(pattern.lower()).fullmatch(name) is not None


def _readable(host: str) -> bool:
    # A backslash escapes a dot or byte within a label, which no mail host has.
    return bool(host) and "\\" not in host


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    first, _, rest = pattern.partition(".")
    if first == "*" and rest:
        return re.compile(r"(?:[^.]+\.)+" + _escaped(rest))
    return re.compile(_escaped(pattern))


def _escaped(pattern: str) -> str:
    return re.escape(pattern).replace(r"\*", "[^.]*")


def _best(host: str, candidates: Iterable[tuple[str, tuple[str, ...]]]) -> str | None:
    """Return the owner of the most exact pattern that fits; `unknown` for a tie, None if none fits."""
    fits = [(_exactness(p), name) for name, patterns in candidates for p in patterns if matches(p, host)]
    if not fits:
        return None
    top = max(exactness for exactness, _ in fits)
    names = {name for exactness, name in fits if exactness == top}
    return names.pop() if len(names) == 1 else UNKNOWN


def _exactness(pattern: str) -> tuple[int, int]:
    labels = pattern.split(".")
    return sum("*" not in label for label in labels), sum(len(label.replace("*", "")) for label in labels)


def _not_an_owner(name: object, entry: object) -> str:
    """Return why an entry is not an owner, or "": other owners than STATABLE need an id unlike those and a name."""
    if name in STATABLE:
        return ""
    from oxtui.playbook.schema.walker import shown

    own = isinstance(entry, dict) and "name" in entry and name not in (UNKNOWN, NONE)
    slug = str(name).lower().replace("_", "-").replace(" ", "-")
    near = nearest(slug, STATABLE, 0.75 if own else 0.5)
    if own and not near and re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", str(name)):
        return ""
    meant = f"did you mean {near}?" if near else f"known: {', '.join(STATABLE)}"
    return f"{shown(name)} is no owner ({meant}); one of your own needs a name"


def _distinct(
    problems: "Problems", seen: dict[tuple[str, str], str], path: "DataPath", owner: str, patterns: Iterable[str]
) -> tuple[str, ...]:
    """Return the valid patterns in lower case; repeated ones are problems."""
    distinct: list[str] = []
    for number, value in enumerate(patterns):
        pattern = value.lower()
        key = (str(path[-1]), pattern)
        if key in seen:
            problems.say((*path, number), f"'{pattern}' is given already, for {seen[key]}")
        elif pattern and not _wrong(value):
            seen[key] = owner
            distinct.append(pattern)
    return tuple(distinct)
