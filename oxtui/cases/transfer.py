"""A case in one line of text, for another machine: its log without secrets, and never an authentication.

`oxtui:1:<checksum>:<payload>.` - the payload is base64url of deflated JSON; blanks and line breaks in it
count for nothing, for mail programs and forms wrap long lines.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import zlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from msgspec import Struct

from oxtui.cases.events import FORMAT, Document, Event, from_document, is_intact, iso, new_id, to_document
from oxtui.cases.money import Quote
from oxtui.errors import Refusal, WrongUse
from oxtui.text import clean

VERSION: Final = 1
_LINE: Final = re.compile(r"oxtui:([0-9]{1,3}):([0-9a-f]{16}):([A-Za-z0-9_\s-]+)\.", re.ASCII)
_ID: Final = re.compile(r"[a-z0-9]{1,32}")
_DIGEST: Final = re.compile(r"[0-9a-f]{0,64}")
_MOST_BYTES: Final = 2_000_000
"""Of a case once inflated: far more than any case has, and no danger to the memory."""

# What deflate may refer back to: part of version 1, so it never changes.
_WORDS: Final = (
    b"oxtuianswers,mailboxesaddedremovedoxyesnounknownopeneddomainplaybookdetailsphonecontactsalesforc"
    b'ejira"call-ended",{}],"auth-failed",{"reason":"","revoked","resumed","reopened","unwound","undon'
    b'e",{"entry":"note",{"text":"hold",{"for":"until":"2026-"reason":""}],"closed",{"ending":"complet'
    b'e","told":"","skipped":[],"left":[]}],"copied",{"template":"o365-reversal","ox-mail-resync","ox-'
    b'mail-issues","item":"missing":[],"mailboxes":[]}],"evidence",{"evidence":{"domain":"resolver":":'
    b'53","asked_at":"ns":["mx":[{"host":".mail.protection.outlook.com","preference":0,"owner":"office'
    b'365","problem":""}],"error":null,"spf":"v=spf1 include:spf.protection.outlook.com -all","autodis'
    b'cover":"autodiscover.outlook.com","dns_with_us":true,"notes":[],"autodiscover_owner":"office365"'
    b'}}],"quote",{"scenario":2,"item":"quote","quote":{"current":"ox-deluxe-yearly","m365-essentials-'
    b'monthly","new":"m365-business-basic-yearly","current_term":"new_term":"monthly","yearly","curren'
    b't_price":"new_price":"priced_on":"2026-"months_used":null,"since":null,"rule":"P5","rule_text":"'
    b'basis":"months used","covered":true,"discount":"first_invoice":"working":["say":"nbs":[],"given_'
    b'by":{"name":"reference":"}}],"scenario",{"scenario":2}],"flow",{"answers":{"moved":"done","want"'
    b':"office-365"}}],"call",{"mode":"back-office","client","method":"PIN","caller":""}],"skipped",{"'
    b'scenario":1,"item":"reason":"deferred",{"scenario":2,"item":"until":"line",{"template":"key":"va'
    b'lue":"ticked",{"scenario":2,"item":"order","values":{},"through":"SalesDB","client console","by"'
    b':"me"}],"client-confirms","cancel-ox-mail","jira-result","value":["completed"],"mailboxes":["ans'
    b'wered",{"scenario":3,"item":"answered",{"scenario":2,"item":"dns-office-365","value":["yes"],"to'
    b'ld":"","from":""}]'
)


def line_of(document: Document) -> str:
    """The case in `document` as one `oxtui:` line; raises Refusal where its log was changed from outside."""
    rows: list[list[Any]] = []
    agents: list[str] = []
    opened = _milliseconds(str(document["opened_at"]))
    before = opened
    for place, kept in enumerate(document["log"], start=1):
        try:
            event = from_document(kept)
        except ValueError:
            raise _changed(place) from None
        if event.seq != place or not is_intact(str(document["id"]), kept):
            raise _changed(place)
        if event.agent not in agents:
            agents.append(event.agent)
        at = _milliseconds(str(kept["at"]))
        rows.append([event.id, at - before, agents.index(event.agent), event.what, dict(event.data)])
        before = at
    payload = [str(document["id"]), opened, str(document["playbook"]), agents, rows]
    text = json.dumps(payload, separators=(",", ":"), ensure_ascii=False)
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15, 9, zlib.Z_DEFAULT_STRATEGY, _WORDS)
    packed = deflate.compress(text.encode("utf-8", "surrogatepass")) + deflate.flush()
    coded = base64.urlsafe_b64encode(packed).decode("ascii").rstrip("=")
    return f"oxtui:{VERSION}:{_checksum(VERSION, coded)}:{coded}."


def read_line(text: str) -> Document:
    """The case document in the last `oxtui:` line of `text` (a whole note may stand before it).

    What it holds was reported by whoever made the line: `restored` says so in the log before it is kept.
    Raises WrongUse where there is no such line, it was altered or cut off, or another program made it.
    """
    found = list(_LINE.finditer(text))
    if not found or text.rfind("oxtui:") > found[-1].start():
        raise WrongUse("That is no oxtui: line, or it is cut off or altered", "copy it whole, up to its full stop")
    version, given, coded = int(found[-1][1]), found[-1][2], re.sub(r"\s", "", found[-1][3])
    if given != _checksum(version, coded) or str(version) != found[-1][1]:
        raise WrongUse("That oxtui: line was altered on its way", "copy it whole, from oxtui: to its full stop")
    if version != VERSION:
        raise WrongUse("That oxtui: line was made by another version of oxtui", "use the newer of the two")
    try:
        return _document(json.loads(_inflated(coded)))
    except (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError, zlib.error):
        raise WrongUse("That oxtui: line does not hold a case", "ask for it again") from None


def restored(
    document: Document, agent: str, now: datetime, *, playbook: str = "", here: Document | None = None
) -> Document:
    """`document` with an event that says it is what another agent reported: no call, not authenticated.

    `playbook` is the digest to move the case to, where this machine does not have the one it was pinned to.
    `here` is what this machine had: of its events, those that only told of an earlier restoration give way.
    """
    log = list(document["log"])
    ids = {kept["id"] for kept in log}
    instead = [kept["id"] for kept in here["log"] if kept["id"] not in ids] if here else []
    told: dict[str, Any] = {"from": str(log[-1]["agent"]) if log else ""}
    drafts: list[tuple[str, dict[str, Any]]] = [("imported", told | ({"instead": instead} if instead else {}))]
    drafts += [("moved", {"playbook": playbook})] if playbook and playbook != document["playbook"] else []
    for what, data in drafts:
        log.append(to_document(document["id"], Event(new_id(), len(log) + 1, now, agent, what, data)))
    return {**document, "log": log}


class Merged(Struct, frozen=True):
    """What becomes of a case that is here and comes in a line: the one that counts, or both in conflict.

    `news` is the number of events in `document` that are not here yet (0: there is nothing to do).
    """

    document: Document | None
    news: int = 0
    conflict: tuple[Document, Document] | None = None


def merged(mine: Document, theirs: Document) -> Merged:
    """The longer log, where the other is its beginning; else both and nothing merged.

    That a log was restored here, and nothing since, does not count as work on it. Raises WrongUse where these
    are two cases.
    """
    if mine["id"] != theirs["id"]:
        raise WrongUse("These are two different cases", "each has an id of its own")
    own, other = _worked(mine), _worked(theirs)
    if other == own[: len(other)]:
        return Merged(mine)
    if own == other[: len(own)]:
        return Merged(theirs, len(other) - len(own))
    return Merged(None, 0, (mine, theirs))


def agree(mine: Document, theirs: Document) -> int:
    """How many events from the first on are the same in both logs."""
    count = 0
    for one, other in zip(_worked(mine), _worked(theirs), strict=False):
        if one != other:
            break
        count += 1
    return count


def _worked(document: Document) -> list[dict[str, Any]]:
    """The events of a log without what only restoring it has put at the end; without checksums."""
    log = [{key: value for key, value in kept.items() if key != "sum"} for kept in document["log"]]
    end = len(log)
    while end and log[end - 1]["what"] in ("imported", "moved"):
        end -= 1
        if log[end]["what"] == "imported":
            log = log[:end]
    return log


def _changed(place: int) -> Refusal:
    return Refusal(
        f"Event {place} of this log was changed from outside: it cannot be passed on as reported",
        "pass the wrap-up note on instead",
    )


def _milliseconds(text: str) -> int:
    return (datetime.fromisoformat(text) - _EPOCH) // timedelta(milliseconds=1)


_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def _moment(milliseconds: int) -> datetime:
    return _EPOCH + timedelta(milliseconds=milliseconds)


def _checksum(version: int, coded: str) -> str:
    # Over the text and not over what it stands for: two texts can be one value in base64.
    return hashlib.sha256(f"oxtui:{version}:{coded}".encode("ascii")).hexdigest()[:16]


def _inflated(coded: str) -> str:
    packed = base64.b64decode(coded + "=" * (-len(coded) % 4), altchars=b"-_", validate=True)
    inflate = zlib.decompressobj(-15, _WORDS)
    plain = inflate.decompress(packed, _MOST_BYTES)
    if inflate.unused_data or not inflate.eof:  # nor has one that is longer than that
        raise ValueError("not one whole stream")
    return plain.decode("utf-8")


def _document(payload: Any) -> Document:
    """The document in a payload; raises ValueError (or TypeError) where a part of it has the wrong form."""
    case_id, opened, digest, agents, rows = payload
    if not (_ID.fullmatch(case_id) and _DIGEST.fullmatch(digest) and rows):
        raise ValueError("not a case")
    log: list[Document] = []
    at = opened
    for seq, (entry_id, passed, agent, what, data) in enumerate(rows, start=1):
        at += passed
        if agent < 0 or not (_ID.fullmatch(entry_id) and isinstance(data, dict) and what):
            raise ValueError("not an event")
        _check([agents[agent], what, data])
        log.append(to_document(case_id, Event(entry_id, seq, _moment(at), agents[agent], what, data)))
        _check_shapes(from_document(log[-1]))
    if log[0]["what"] != "opened" or len({kept["id"] for kept in log}) != len(log):
        raise ValueError("not a log")
    return {
        "id": case_id,
        "format": FORMAT,
        "opened_at": iso(_moment(opened)),
        "playbook": digest,
        "log": log,
    }


_SHAPES: Final[Mapping[str, type]] = {
    "added": list, "removed": list, "ox": dict, "answers": dict, "values": dict, "value": list, "quote": dict,
    "mailboxes": list, "missing": list, "skipped": list, "left": list, "evidence": dict, "scenario": int,
    "reversed": bool, "despite": list, "instead": list,
}  # fmt: skip
"""The type of every field that is not a text, so that a made-up line cannot trip what reads the log."""

_TEXTS: Final = frozenset({"ox", "answers", "values"})


def _check_shapes(event: Event) -> None:
    for name, value in event.data.items():
        wanted = str if (event.what, name) == ("line", "value") else _SHAPES.get(name)
        if wanted is None:
            continue
        fits = isinstance(value, wanted) and (wanted is bool or not isinstance(value, bool))
        if fits and (wanted is list or name in _TEXTS):
            kind = int if name == "despite" else str
            fits = all(isinstance(each, kind) for each in (value if wanted is list else value.values()))
        if not fits:
            raise ValueError(f"not an event: {name}")
    if event.what == "quote":
        Quote.from_data(event.get("quote"))


def _check(value: Any) -> None:
    """Raise ValueError for text that oxtui would never have written: it could act on a terminal."""
    if isinstance(value, str):
        if clean(value, lines=True) != value:
            raise ValueError("not clean")
    elif isinstance(value, list):
        for each in value:
            _check(each)
    elif isinstance(value, dict):
        for name, each in value.items():
            _check(name)
            _check(each)
