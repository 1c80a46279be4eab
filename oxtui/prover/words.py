"""Puts the moves of a walk into words for a floor lead."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from msgspec import Struct

from oxtui.playbook.about import NEUTRAL, USUAL, spoken
from oxtui.playbook.comparisons import DAY_ZERO
from oxtui.playbook.model import COMPARED, Item, Procedure, Scenario
from oxtui.playbook.times import span_words
from oxtui.prover.walk import FIRST, Move, Place, Walk

_SETTLED = {
    "1": "the record was wrong",
    "2": "it was changed to the new terms",
    "4": "it is still right",
}


class MoveWords(Struct, frozen=True):
    """One move of a way in words, with the id of its item, if any."""

    words: str
    item: str = ""


def way_in_words(
    walk: Walk,
    moves: Iterable[Move],
    titles: Mapping[str, str] | None = None,
    after: str = "",
    procedure: Procedure | None = None,
) -> tuple[MoveWords, ...]:
    """Return a way through a whole scenario, from the start of a case; `after` is a last line."""
    scenario = walk.scenario
    gate = [MoveWords("authenticate the client (a)")] if procedure is None or procedure.gated else []
    lines = [*gate, MoveWords(f"choose scenario {scenario.number}: {scenario.title}")]
    place = walk.start((FIRST,))
    moves = tuple(moves)
    for number, move in enumerate(moves):
        lines.append(MoveWords(words(scenario, place, move, titles or {}), move.item))
        following = walk.take(place, move) if number < len(moves) - 1 else None
        place = following or place
    if after:
        lines.append(MoveWords(after))
    about, own = (procedure.about, procedure.words) if procedure else (USUAL, NEUTRAL)
    return tuple(MoveWords(spoken(each.words, about, own), each.item) for each in lines)


def words(scenario: Scenario, place: Place, move: Move, titles: Mapping[str, str]) -> str:
    """Return one move in words, with the time that must pass before it; `titles` are those of the templates."""
    return _time_passes(scenario.by_id.get(move.item), place, move) + _words(scenario, place, move, titles)


def _time_passes(item: Item | None, place: Place, move: Move) -> str:
    """Return the time that must pass first; in the proof it may have passed at any moment."""
    if item is None or move.verb not in ("mark", "quote", "cancel") or (item.id, "") in place.board.marks:
        return ""
    waits = any(answer.else_ for answer in item.answers if answer.id in move.value)
    if item.not_before and (waits or not item.has_else):
        return f"let {span_words(item.not_before.after)} pass, then "
    return f"let {span_words(item.due)} pass without an answer, then " if waits else ""


def _words(scenario: Scenario, place: Place, move: Move, titles: Mapping[str, str]) -> str:
    item = scenario.by_id.get(move.item)
    if item is None:
        return _of_the_case(place, move)
    of = _of(place, item, move)
    marks = place.board.marks
    keys = [(item.id, box) for box in move.boxes or ("",)]
    if move.verb == "mark" and item.kind == "question":
        there = [marks[key] for key in keys if key in marks]
        again = there and all(mark.value == move.value and not mark.skipped for mark in there) and not move.told
        return f'{"say again" if again else "answer"} "{item.text}"{of}: {value_in_words(item, move)}'
    if move.verb == "mark":
        return f'{"say again that it is done:" if all(key in marks for key in keys) else "tick"} "{item.text}"{of}'
    if move.verb == "copy":
        return f'copy the template "{titles.get(move.value[0], move.value[0])}" of "{item.text}"'
    if move.verb == "quote" and move.value[:1] in (("0.00",), ("1.00",)):
        return f'put a quote {"with a" if move.value == ("1.00",) else "without"} discount into "{item.text}"'
    if move.verb == "quote":
        return f'work out "{item.text}"{" with another result" if move.value[:1] == ("another quote",) else ""}'
    if move.verb == "settle":
        return f'say of "{item.text}"{of}: {_SETTLED[move.way]} ({move.way})'
    plain = {
        "skip": "skip",
        "back": "take back",
        "cancel": "confirm in its two steps",
        "already": "say that it was done already:",
        "kept": "choose another scenario, do this there, and come back and keep it:",
    }
    return f'{plain[move.verb]} "{item.text}"{of}'


def _of_the_case(place: Place, move: Move) -> str:
    if move.verb == "comes":
        return "add a second {one} to the case" if place.boxes else "add a {one} to the case"
    if move.verb == "goes":
        return f"take {_which(move.boxes[0])} out of the case" if len(place.boxes) > 1 else "take the {one} out"
    if move.verb == "cover":
        answer = "the {licences} cover it" if move.way == "1" else "one more is ordered"
        return f"say of the new {{one}}: {answer}"
    return "change the number of {licences}"


def value_in_words(item: Item, move: Move) -> str:
    """Return an answer in the words of the playbook."""
    texts = [answer.text for answer in item.answers if answer.id in move.value]
    kinds = {"date": "a date", "dates": "two dates", "number": "a number", "money": "an amount"}
    words = " and ".join(texts) if texts else kinds.get(item.select, "a text")
    if item.select in COMPARED and move.value[0][:5] != "given":
        words = _compared_words(item, move.value)
    if move.value[:1] == ("given otherwise",):
        words = "another one"
    return f"{words}, told otherwise" if move.told else words


def _compared_words(item: Item, value: tuple[str, ...]) -> str:
    """Return the value that represents its class: a number, a date, or how long ago it was."""
    if item.select != "date":
        return value[0]
    age = (DAY_ZERO - date.fromisoformat(value[-1])).days
    ago = "a day to come" if age < 0 else "today" if not age else f"{age} days ago"
    return ago if value[0] == DAY_ZERO.isoformat() else f"{value[0]} ({ago})"


def _of(place: Place, item: Item, move: Move) -> str:
    if not item.each or len(place.boxes) < 2 or not move.boxes or set(move.boxes) == set(place.boxes):
        return ""
    return f" for {_which(move.boxes[0])}"


def _which(box: str) -> str:
    return f"the {'first' if box == FIRST else 'second'} {{one}}"
