"""Whose hosts are these: patterns from dns.yaml, matched label by label. Pure; asks no network."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Final, TypeAlias

from msgspec import Struct

OFFICE_365: Final = "office365"
OX_MAIL: Final = "ox-mail"
SPAM_EXPERTS: Final = "spamexperts"
OTHER: Final = "other"
UNKNOWN: Final = "unknown"
NONE: Final = "none"

STATABLE: Final = (OFFICE_365, OX_MAIL, SPAM_EXPERTS, OTHER)
"""The owners that mean something to the program; dns.yaml may state others too, each with a name."""

KeyPath: TypeAlias = tuple[str | int, ...]
"""Where a problem is in the file: keys and list positions, from the top."""

_TOP = ("owners", "name-servers")
_OWNER_KEYS = ("name", "enabled", "mx", "autodiscover")
_SERVER_KEYS = ("enabled", "hosts")
_LONGEST: Final = 30


class Owner(Struct, frozen=True):
    """The hosts stated for one owner: patterns in lower case for MX targets and for autodiscover targets.

    `name` is its id, `label` how it is written for a person (empty: as the id).
    """

    name: str
    mx: tuple[str, ...]
    autodiscover: tuple[str, ...] = ()
    label: str = ""


class Owners(Struct, frozen=True):
    """What the floor states about hosts; only what is switched on is in it. Empty: nothing is stated."""

    stated: tuple[Owner, ...] = ()
    name_servers: tuple[str, ...] = ()

    @classmethod
    def from_data(cls, data: object) -> tuple[Owners, tuple[tuple[KeyPath, str], ...]]:
        """The owners in a parsed dns.yaml, and every problem in it as (key path, message); raises nothing.

        What has a problem is left out of the result; what is switched off is checked for form as well.
        """
        return _Reader().read(data)

    def owner_of(self, host: str) -> str:
        """Whose mail host this is: an owner's id, or `unknown`.

        A host that fits no pattern is `other` only where `office365`, `ox-mail` and `spamexperts` are all
        stated, for else it may be one of those that are not.
        """
        found = _best(host, ((owner.name, owner.mx) for owner in self.stated))
        if found is not None:
            return found
        complete = {OFFICE_365, OX_MAIL, SPAM_EXPERTS} <= {owner.name for owner in self.stated if owner.mx}
        return OTHER if complete and _readable(host) else UNKNOWN

    def autodiscover_owner(self, host: str) -> str | None:
        """Whose autodiscover host this is, `unknown` for no pattern, None where no owner states any."""
        stated = [(owner.name, owner.autodiscover) for owner in self.stated if owner.autodiscover]
        return (_best(host, stated) or UNKNOWN) if stated else None

    def states_autodiscover(self, owner: str) -> bool:
        """Whether this owner's autodiscover hosts are stated."""
        return any(each.name == owner and each.autodiscover for each in self.stated)

    def names_of(self, ids: Iterable[str]) -> tuple[tuple[str, str], ...]:
        """Those of the owners with these ids that have a name, as (id, name), in the order of dns.yaml."""
        wanted = frozenset(ids)
        return tuple((owner.name, owner.label) for owner in self.stated if owner.label and owner.name in wanted)

    def with_us(self, name_servers: Iterable[str]) -> bool | None:
        """Whether all of these name servers are the floor's own (True) or none is (False).

        None where the floor's are not stated, where some are and some are not, or where none was given.
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
    # A backslash means that a label holds a dot or a byte that no mail host has: nothing matches such a name.
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
    """The owner with the most exact pattern that fits; `unknown` where two fit equally, None for none."""
    fits = [(_exactness(p), name) for name, patterns in candidates for p in patterns if matches(p, host)]
    if not fits:
        return None
    top = max(exactness for exactness, _ in fits)
    names = {name for exactness, name in fits if exactness == top}
    return names.pop() if len(names) == 1 else UNKNOWN


def _exactness(pattern: str) -> tuple[int, int]:
    labels = pattern.split(".")
    return sum("*" not in label for label in labels), sum(len(label.replace("*", "")) for label in labels)


class _Reader:
    """Reads a parsed dns.yaml once, collecting every problem on the way."""

    def __init__(self) -> None:
        self.problems: list[tuple[KeyPath, str]] = []
        self.seen: dict[tuple[str, str], str] = {}

    def read(self, data: object) -> tuple[Owners, tuple[tuple[KeyPath, str], ...]]:
        top = self.mapping(data, (), _TOP)
        stated: list[Owner] = []
        if top is not None:
            if "owners" not in top:
                self.problem((), "owners is missing: which hosts belong to whom")
            else:
                stated = self.owners(top["owners"])
        servers = self.name_servers(top["name-servers"]) if top and "name-servers" in top else ()
        return Owners(tuple(stated), servers), tuple(self.problems)

    def owners(self, data: object) -> list[Owner]:
        found: list[Owner] = []
        own = tuple(name for name in data if self.own(name, data[name])) if isinstance(data, Mapping) else ()
        hint = "; one of your own needs a name"
        for name, entry in (self.mapping(data, ("owners",), (*STATABLE, *own), hint) or {}).items():
            path: KeyPath = ("owners", name)
            keys = self.mapping(entry, path, _OWNER_KEYS)
            if keys is None:
                continue
            label = self.label(keys, path)
            enabled = self.enabled(keys, path)
            mx = self.patterns(keys.get("mx"), (*path, "mx"), name, "mx")
            auto = (
                self.patterns(keys["autodiscover"], (*path, "autodiscover"), name, "autodiscover")
                if "autodiscover" in keys
                else ()
            )
            if enabled and (mx or auto):
                found.append(Owner(name, mx, auto, label))
        return found

    def own(self, name: object, entry: object) -> bool:
        """Whether this is an owner of the floor's own: an id and a name, and no slip for one of STATABLE."""
        if not isinstance(name, str) or not isinstance(entry, Mapping) or "name" not in entry:
            return False
        if name in (UNKNOWN, NONE) or not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name):
            return False
        from difflib import get_close_matches

        return name in STATABLE or not get_close_matches(name, STATABLE, 1, 0.75)

    def label(self, keys: Mapping[str, object], path: KeyPath) -> str:
        """How the owner is written for a person; empty where it has no name of its own."""
        value = keys.get("name", "")
        if isinstance(value, str) and len(value) <= _LONGEST and (value.strip() or "name" not in keys):
            return value.strip()
        self.problem((*path, "name"), f"a name is a text of 1 to {_LONGEST} characters, as people read it")
        return ""

    def name_servers(self, data: object) -> tuple[str, ...]:
        path: KeyPath = ("name-servers",)
        keys = self.mapping(data, path, _SERVER_KEYS)
        if keys is None:
            return ()
        enabled = self.enabled(keys, path)
        hosts = self.patterns(keys.get("hosts"), (*path, "hosts"), "name-servers", "hosts")
        return hosts if enabled else ()

    def mapping(self, data: object, path: KeyPath, known: tuple[str, ...], hint: str = "") -> dict[str, object] | None:
        """The known keys of a mapping; an unknown one is a problem, with the nearest right name and `hint`."""
        if not isinstance(data, Mapping):
            self.problem(path, f"keys are expected here: {', '.join(known)}")
            return None
        kept: dict[str, object] = {}
        for key, value in data.items():
            if isinstance(key, str) and key in known:
                kept[key] = value
            else:
                self.problem((*path, str(key)), f"unknown key '{key}'{_nearest(str(key), known)}{hint}")
        return kept

    def enabled(self, keys: Mapping[str, object], path: KeyPath) -> bool:
        value = keys.get("enabled")
        if value in ("true", "false"):  # the strict loader leaves every value as it was written
            return value == "true"
        if isinstance(value, bool):
            return value
        at = (*path, "enabled") if "enabled" in keys else path
        self.problem(at, "enabled must be true or false: false leaves these hosts unknown")
        return False

    def patterns(self, data: object, path: KeyPath, owner: str, kind: str) -> tuple[str, ...]:
        if not isinstance(data, list) or not data:
            self.problem(path, f"{path[-1]} must be a list of at least one host or pattern")
            return ()
        kept: list[str] = []
        for index, value in enumerate(data):
            wrong = _wrong(value)
            pattern = value.lower() if isinstance(value, str) else ""
            if not wrong and (kind, pattern) in self.seen:
                wrong = f"'{pattern}' is given already, for {self.seen[kind, pattern]}"
            if wrong:
                self.problem((*path, index), wrong)
            else:
                self.seen[kind, pattern] = owner
                kept.append(pattern)
        return tuple(kept)

    def problem(self, path: KeyPath, message: str) -> None:
        self.problems.append((path, message))


def _wrong(value: object) -> str:
    """What is wrong with a pattern, or nothing."""
    if not isinstance(value, str):
        return "a host or pattern must be text in quotes"
    if not value.isascii():
        return f"'{value}' has letters outside ASCII: write it in its xn-- form"
    labels = value.lower().split(".")
    if not all(re.fullmatch(r"[a-z0-9_*]([a-z0-9_*-]*[a-z0-9_*])?", label) for label in labels):
        return f"'{value}' is not a host name or pattern, for example mx1.example.com or *.mx.example.com"
    if sum("*" not in label for label in labels) < 2 or any("*" in label for label in labels[-2:]):
        return f"'{value}' is too wide: the last two labels at least must be exact"
    return ""


def _nearest(word: str, known: tuple[str, ...]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(word.lower().replace("_", "-").replace(" ", "-"), known, 1, 0.5)
    return f" (did you mean {near[0]}?)" if near else f" (known: {', '.join(known)})"
