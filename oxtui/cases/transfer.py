"""A case in one line of text, for another machine: its log without secrets, and never an authentication.

`oxtui:2:<checksum>:<payload>.` - the version is the format of the case, the payload base64url of deflated JSON; blanks
and line breaks in it count for nothing, for mail programs and forms wrap long lines.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import zlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from oxtui.cases.board import NO_LONGER_APPLIES, Board, Effects, Key
from oxtui.cases.case import Case
from oxtui.cases.commands.base import effects_data
from oxtui.cases.commands.scenarios import spoiled_by_move
from oxtui.cases.events import FORMAT, YEARS, Document, Event, from_document, is_intact, iso, new_id, to_document
from oxtui.cases.log.replay import replay
from oxtui.cases.log.shapes import check_event
from oxtui.cases.transfer_words import WORDS
from oxtui.errors import Refusal, WrongUse
from oxtui.playbook.model import Procedure, Scenario

_LINE: Final = re.compile(r"oxtui:([0-9]{1,3}):([0-9a-f]{16}):([A-Za-z0-9_\s-]+)\.", re.ASCII)
_ID: Final = re.compile(r"[a-z0-9]{1,32}")
_DIGEST: Final = re.compile(r"[0-9a-f]{0,64}")
_MOST_BYTES: Final = 2_000_000
"""The most that a case may inflate to: far more than any has."""


def encoded(document: Document) -> str:
    """The case in `document` as one `oxtui:` line; raises Refusal if its log was changed from outside."""
    rows: list[list[Any]] = []
    agents: list[str] = []
    opened = _milliseconds(str(document["opened_at"]))
    before = opened
    for place, entry in enumerate(document["log"], start=1):
        try:
            event = from_document(entry)
        except ValueError:
            raise _changed(place) from None
        if event.seq != place or not is_intact(str(document["id"]), entry):
            raise _changed(place)
        if event.agent not in agents:
            agents.append(event.agent)
        at = _milliseconds(str(entry["at"]))
        rows.append([event.id, at - before, agents.index(event.agent), event.what, dict(event.data)])
        before = at
    payload = [str(document["id"]), opened, str(document["playbook"]), agents, rows]
    text = json.dumps(payload, separators=(",", ":"), ensure_ascii=False)
    version = document.get("format", FORMAT)
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15, 9, zlib.Z_DEFAULT_STRATEGY, WORDS[version])
    packed = deflate.compress(text.encode("utf-8", "surrogatepass")) + deflate.flush()
    coded = base64.urlsafe_b64encode(packed).decode("ascii").rstrip("=")
    return f"oxtui:{version}:{_checksum(version, coded)}:{coded}."


def decoded(text: str) -> Document:
    """The case document in the last `oxtui:` line of `text` (a whole note may stand before it).

    Its content is what the author of the line reports: `restored` says so in the log before it is saved.
    Raises WrongUse if there is no such line, it was altered or cut off, or another program made it.
    """
    lines = list(_LINE.finditer(text))
    if not lines or text.rfind("oxtui:") > lines[-1].start():
        raise WrongUse("That is no oxtui: line, or it is cut off or altered", "copy it whole, up to its full stop")
    version, digest, coded = int(lines[-1][1]), lines[-1][2], re.sub(r"\s", "", lines[-1][3])
    if digest != _checksum(version, coded) or str(version) != lines[-1][1]:
        raise WrongUse("That oxtui: line was altered on its way", "copy it whole, from oxtui: to its full stop")
    if version not in WORDS:
        raise WrongUse("That oxtui: line was made by another version of oxtui", "use the newer of the two")
    try:
        return _document(json.loads(_inflated(version, coded)), version)
    except (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError, zlib.error):
        raise WrongUse("That oxtui: line does not hold a case", "ask for it again") from None


def restored(
    document: Document,
    agent: str,
    now: datetime,
    *,
    procedure: Procedure,
    moved: bool = False,
    here: Document | None = None,
    note: str = "",
    acts: Sequence[Act] = (),
) -> Document:
    """`document` with an event that says another agent reported it: no call, not authenticated.

    `procedure` are the steps it is read by: its own, or (`moved`) today's if this machine does not have those. What a
    pending cancellation rests on is to be checked here again. `here` is what this machine had: events of it that
    `document` does not have are given up, and `note` says what they were. `acts` (`acts_apart`) were done
    outside all the same: they are recorded and asked about.
    """
    log = list(document["log"])
    ids = {each["id"] for each in log}
    instead = [each["id"] for each in here["log"] if each["id"] not in ids] if here else []
    case = replay(document, procedure, now)
    told: dict[str, Any] = {"from": str(log[-1]["agent"]) if log else ""}
    told |= {"instead": instead} if instead else {}
    boards = {number: _reported(case, number, board) for number, board in case.boards.items()}
    for act in acts:
        before = boards.get(act.scenario, Effects())
        asked = tuple((key, NO_LONGER_APPLIES, "apart") for key in act.keys)
        boards[act.scenario] = replace(before, asked=(*before.asked, *asked))
    told["boards"] = effects_data(boards)
    drafts = [*(("ticked", act.data) for act in acts), ("imported", told)]
    drafts += [("note", {"text": note})] if note else []
    if moved:
        drafts.append(("moved", {"playbook": procedure.digest, "boards": _moved(case, procedure)}))
    for what, data in drafts:
        event = Event(new_id(), log[-1]["seq"] + 1 if log else 1, now, agent, what, data)
        log.append(to_document(document["id"], event))
    # a case of an earlier version keeps its format until it is opened, and then moves to today's steps
    return {**document, "format": FORMAT if moved else document.get("format", FORMAT), "log": log}


def _reported(case: Case, number: int, board: Board) -> Effects:
    """Make every witness of a service that was not ended stale: no one here has seen it."""
    scenario = case.procedure.scenarios.get(number)
    if scenario is None:
        return Effects()
    keys = (key for key in board.marks if _awaited(scenario, board, key))
    return Effects(stale=tuple((key, "imported") for key in keys))


def needs_checks(case: Case) -> bool:
    """Whether anything in a case will have to be checked again once it was taken over."""
    return any(_reported(case, number, board) for number, board in case.boards.items())


class Act(Struct, frozen=True):
    """An action with an effect outside that one version of a case has and the other has not; as a tick it is `data`."""

    scenario: int
    keys: tuple[Key, ...]
    data: Mapping[str, Any]


def acts_apart(mine: Case, theirs: Case, alike: int) -> list[Act]:
    """The actions with an effect outside done in `mine` after the first `alike` events, and not done in `theirs`."""
    found = []
    for number, board in mine.boards.items():
        scenario, there = mine.procedure.scenarios.get(number), theirs.boards.get(number, Board())
        for item in scenario.items() if scenario else ():
            events: dict[str, list[Key]] = {}
            for box, mark in board.of(item.id).items() if item.acts and not item.killer else ():
                done = mine.event(mark.since or mark.event)
                other = there.marks.get((item.id, box))
                known = (other is not None and other.performed) or (box and box not in theirs.addresses)
                if mark.performed and done is not None and done.seq > alike and not known:
                    events.setdefault(done.id, []).append((item.id, box))
            found += [_act(mine, number, tuple(keys)) for keys in events.values()]
    return found


def _act(mine: Case, number: int, keys: tuple[Key, ...]) -> Act:
    mark = mine.boards[number].marks[keys[0]]
    done, typed = mine.event(mark.since or mark.event), mine.typed_with(mark)
    boxes = [box for _, box in keys if box]
    data: dict[str, Any] = {"scenario": number, "item": keys[0][0], "effects": {}}
    data |= {name: typed.get(name) for name in ("values", "through", "by", "licences") if typed and typed.get(name)}
    data |= {"mailboxes": boxes} if boxes else {}
    if done is not None:
        data["told_at"] = iso(done.counts_from)
        if done.agent != mine.agent:
            data["word"] = {"who": done.agent, "when": "", "authenticated": True}
    return Act(number, keys, data)


def _awaited(scenario: Scenario, board: Board, key: Key) -> bool:
    killers = scenario.witnesses.get(key[0], ())
    return key[0] not in killers and any((killer, "") not in board.marks for killer in killers)


def _moved(case: Case, procedure: Procedure) -> dict[str, Any]:
    """The effects of reading a case by today's steps, also on marks of another kind than their item has now."""
    boards = effects_data(spoiled_by_move(case, procedure))
    for number, board in case.boards.items():
        scenario = procedure.scenarios.get(number)
        spoiled = Effects.from_data(boards.get(str(number), {}))
        known = {key for key, _ in spoiled.stale}
        other = [key for key in board.marks if scenario and key not in known and _other_kind(scenario, board, key)]
        if other:
            stale = (*spoiled.stale, *((key, "playbook") for key in other))
            boards[str(number)] = Effects(spoiled.ended, stale, spoiled.asked, spoiled.renewed).to_data()
    return boards


def _other_kind(scenario: Scenario, board: Board, key: Key) -> bool:
    """Whether a mark does not fit its item: an answer without a value, an action with one."""
    item, mark = scenario.by_id.get(key[0]), board.marks[key]
    if item is None or item.killer or mark.skipped:
        return False
    return not mark.value if item.kind == "question" else bool(mark.value) and item.quote is None


def merged(mine: Document, theirs: Document) -> Document | None:
    """The longer log, if the other is its beginning; None if the two went different ways.

    That a log was restored here does not count as work on it. Raises WrongUse for two different cases.
    """
    if mine["id"] != theirs["id"]:
        raise WrongUse("These are two different cases", "each has an id of its own")
    own, other = _worked(mine), _worked(theirs)
    if other == own[: len(other)]:
        return mine
    return theirs if own == other[: len(own)] else None


def agree(mine: Document, theirs: Document) -> int:
    """The number of events, from the first on, that both logs have."""
    count = 0
    for one, other in zip(_worked(mine), _worked(theirs), strict=False):
        if one != other:
            break
        count += 1
    return count


def _worked(document: Document) -> list[dict[str, Any]]:
    """The events of a log, without checksums and without a restoration at its end."""
    log = [{key: value for key, value in event.items() if key != "sum"} for event in document["log"]]
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
    # Over the text itself: in base64 two texts can have one value.
    return hashlib.sha256(f"oxtui:{version}:{coded}".encode("ascii")).hexdigest()[:16]


def _inflated(version: int, coded: str) -> str:
    packed = base64.b64decode(coded + "=" * (-len(coded) % 4), altchars=b"-_", validate=True)
    inflate = zlib.decompressobj(-15, WORDS[version])
    plain = inflate.decompress(packed, _MOST_BYTES)
    if inflate.unused_data or not inflate.eof:  # one that is longer does not reach its end
        raise ValueError("not one whole stream")
    return plain.decode("utf-8")


def _document(payload: Any, version: int) -> Document:
    """The document in a payload; raises ValueError or TypeError if a part of it has the wrong form."""
    case_id, opened, digest, agents, rows = payload
    if not (_ID.fullmatch(case_id) and _DIGEST.fullmatch(digest) and rows):
        raise ValueError("not a case")
    log: list[Document] = []
    at = opened
    for seq, (entry_id, passed, agent, what, data) in enumerate(rows, start=1):
        at += passed
        if agent < 0 or not (_ID.fullmatch(entry_id) and isinstance(data, dict) and what):
            raise ValueError("not an event")
        if not (isinstance(what, str) and isinstance(agents[agent], str)):
            raise ValueError("what happened, and who did it, are texts")
        event = Event(entry_id, seq, _moment(at), agents[agent], what, data)
        check_event(event)
        log.append(to_document(case_id, event))
    if log[0]["what"] != "opened" or len({kept["id"] for kept in log}) != len(log):
        raise ValueError("not a log")
    if _moment(opened).year not in YEARS:
        raise ValueError("not a time of a case")
    return {
        "id": case_id,
        "format": version,
        "opened_at": iso(_moment(opened)),
        "playbook": digest,
        "log": log,
    }
