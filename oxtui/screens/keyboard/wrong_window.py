"""Ask about a sentence typed into the wrong pane: its effects are named, and kept or taken back."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Final

from oxtui.cases.case import Case
from oxtui.cases.commands.base import Command
from oxtui.cases.commands.calls import BeginCall, EndCall, Park, Revoke
from oxtui.cases.commands.copies import SetLine
from oxtui.cases.commands.corrections import Correct
from oxtui.cases.commands.waiting import Note, SetHold
from oxtui.cases.events import Event
from oxtui.cases.log.reading import UNDOABLE
from oxtui.cases.parts import item_of
from oxtui.errors import OxtuiError
from oxtui.playbook.about import spoken
from oxtui.screens.dialogs.ask import Choice, menu
from oxtui.screens.host import TAKING_BACK, AppHost
from oxtui.screens.keyboard.numbers import Number
from oxtui.screens.keyboard.typing_guard import FEW
from oxtui.text import first_few

QUESTION: Final = "Was that meant for another window?"
Done = Sequence[tuple[str, Event]]
_NAMED: Final = 4
_WORDS: Final = {
    "call": "authenticated", "call-ended": "the call ended", "parked": "the call parked", "still-there": "",
    "hold": "the wait", "resumed": "the wait ended", "note": "a note", "line": "a line of the template",
    "mailboxes": "the {many}", "details": "the details", "licences": "the number of {licences}",
    "scenario": "the scenario", "flow": "", "closed": "the case closed", "quote": "the {prorata_small}",
    "copying": "", "copied": "a copy", "cleared": "read before {ending}", "auth-failed": "not authenticated",
}  # fmt: skip


def ask(app: AppHost, done: Done, text: str, secret: bool, number: Number | None = None) -> None:
    """Show the typed text, and ask whether to keep its effects; a secret is neither shown nor saved."""
    if number and not secret:
        _ask_about_number(app, number, text, number.since(done))
    elif effects := [row for row in done if row[1].what != "evidence"]:  # what DNS answers belongs to no key
        _ask_about(app, effects, "" if secret else text)
    elif secret:
        app.say("That looked like a password for another field or window.", "It did nothing, and is not kept.")
    else:
        _offer_note(app, text)


def _ask_about(app: AppHost, done: Done, text: str) -> None:
    choices: list[Choice] = [("keep what was done", _names(app, done), lambda: None)]
    stays = [row for row in done if not _can_go(app, row, done)]
    goes = [row for row in done if row not in stays]
    if goes:
        rest = f"all but {_names(app, stays, done)}" if stays else ""
        choices.append(("take it back", rest, partial(take_back, app, goes)))
    if len(text) >= FEW and _case_in_front(app) is not None:
        both = f"{'take it back' if goes else 'keep it'}, and keep the words as a note"
        choices.append((both, "", partial(_take_back_and_note, app, goes, text)))
    app.push_screen(*menu(QUESTION, choices, text))


def _ask_about_number(app: AppHost, number: Number, figures: str, done: Done) -> None:
    """Ask whether digits are the number of the action ticked before them; they may have answered what came next."""
    names = _names(app, done)
    title = f"{number.label} {figures}?"

    def keep() -> None:
        take_back(app, done)
        app.submit(number.case, Correct(number.item, {number.key: figures}), kept, app.tell)

    def kept(_: Case) -> None:
        app.say(f"Kept: {number.label} {figures}")

    choices: list[Choice] = [("yes, keep it", f"takes back: {names}" if names else "", keep)]
    if names:
        choices += [
            ("no, keep what was done", names, lambda: None),
            ("no, take it back", "", partial(take_back, app, done)),
        ]
    else:
        choices.append(("no, forget it", "", lambda: None))
    app.push_screen(*menu(title, choices))


def _offer_note(app: AppHost, text: str) -> None:
    if len(text) < FEW or _case_in_front(app) is None:
        app.say(QUESTION, f"'{text}' did nothing, and is not kept.")
        return
    # an agent who goes on answering presses 1
    choices: list[Choice] = [("forget it", "", lambda: None), ("keep it as a note", "", partial(_note, app, text))]
    app.push_screen(*menu(QUESTION, choices, text))


def _case_in_front(app: AppHost) -> Case | None:
    from oxtui.screens.case.screen import CaseScreen

    screen = next((each for each in reversed(app.screen_stack) if isinstance(each, CaseScreen)), None)
    return screen.case if screen is not None and screen.in_view else None


def _note(app: AppHost, text: str) -> None:
    case = _case_in_front(app)
    if case is not None:
        app.submit(case.id, Note(text), lambda _: app.say("Kept as a note", "u takes it back"), app.tell)


def _take_back_and_note(app: AppHost, done: Done, text: str) -> None:
    take_back(app, done)
    _note(app, text)


def _names(app: AppHost, done: Done, of: Done = ()) -> str:
    """Return the events in a few words, each with its case if they (or those they are `of`) are of several."""
    several = len({case_id for case_id, _ in of or done}) > 1
    names = [
        f"{name} ({case.name})" if several and case else name
        for case_id, event in done
        for case in (app.service.peek(case_id),)
        if (name := _name(app, case, event))
    ]
    return first_few(names, _NAMED)


def _name(app: AppHost, case: Case | None, event: Event) -> str:
    """Return an event in a few words; "" for one that follows from another."""
    if event.what == "call" and event.get("mode") == "back-office":
        return "the back office begun"
    if event.what == "still-there":
        return "the call taken up again" if case and _taken_up(case, event) else ""
    if event.what in _WORDS:
        procedure = case.procedure if case else app.service.playbook.procedure
        return spoken(_WORDS[event.what], procedure.about, procedure.words)
    found = item_of(case.procedure, event) if case else None
    return (found[1].done or found[1].text) if found else event.what


def _taken_up(case: Case, event: Event) -> bool:
    """Return whether an event took a parked call up again."""
    talked = ("parked", "still-there", "call", "call-ended")
    before = [each for each in case.log if each.what in talked and each.agent == event.agent and each.seq < event.seq]
    return bool(before) and before[-1].what == "parked"


def _call_before(case: Case, event: Event) -> str:
    """Return the event that began the call of a `call` event: itself, unless it says how one was authenticated."""
    last = case.same_call.get(event.id, event.id)
    return next((first for first, later in case.same_call.items() if later == last), event.id)


def _can_go(app: AppHost, row: tuple[str, Event], done: Done) -> bool:
    """Return whether an event can be taken back, or is none of its own."""
    case_id, event = row
    case = app.service.peek(case_id)
    if event.what == "closed" or case is None:
        return True
    return not _name(app, case, event) or _reverse(case, event, {each.id for _, each in done}) is not None


# -- taking back
def take_back(app: AppHost, done: Done) -> None:
    """Take back the events, the last first; notes of real events stay."""
    closed = [case_id for case_id, event in done if event.what == "closed"]
    rest = [(case_id, event) for case_id, event in done if event.what != "closed"]
    app.forget(lambda told: told.severity == "information")  # they tell what is taken back
    if not closed:
        _take_back(app, rest)
        return
    app.aside(
        lambda: [app.service.reopen(case_id) for case_id in dict.fromkeys(closed)],
        lambda _: _take_back(app, rest),
        app.tell,
    )


def _take_back(app: AppHost, done: Done) -> None:
    ours = {event.id for _, event in done}
    cases = {case_id: case for case_id, _ in done if (case := app.service.peek(case_id))}
    commands = [(row, _reverse(cases[row[0]], row[1], ours)) for row in reversed(done) if row[0] in cases]
    left = [row for row, command in commands if command is not None]
    gone: list[tuple[str, Event]] = []

    def ended(row: tuple[str, Event], outcome: Case | OxtuiError) -> None:
        over = [row]
        if isinstance(outcome, OxtuiError):
            over += [each for each in left if each[0] == row[0]]  # those behind it in that case are dropped with it
            app.tell(outcome)
        else:
            gone.insert(0, row)
        left[:] = [each for each in left if each not in over]
        if not left and (names := _names(app, gone, done)):
            app.say(f"Taken back: {names}")

    for row, command in commands:
        if command is not None:
            app.submit(row[0], command, partial(ended, row), partial(ended, row), TAKING_BACK)


def _reverse(case: Case, event: Event, ours: set[str]) -> Command | None:
    """Return the command that takes an event back, if there is one; `ours` are the ids of all events taken back."""
    from oxtui.cases.commands.killers import NotYet
    from oxtui.cases.commands.undo import UndoIt

    talk = case.conversation
    if event.what == "call":
        if _call_before(case, event) not in ours:
            return None  # it only said how the client of that call was authenticated
        mine = case.own_auth is not None and case.own_auth.id == event.id
        return Revoke("typed into the wrong pane", event.id) if mine else EndCall()
    if event.what == "parked":
        return BeginCall(talk.mode) if talk.parked and talk.mode != "writing" else None
    if event.what == "still-there":
        return Park() if _taken_up(case, event) else None
    if event.what == "resumed":
        held = [each for each in case.log if each.what == "hold" and each.seq < event.seq]
        return _again(held[-1]) if held and (not talk.event or talk.event in ours) else None
    if event.what == "undone":
        undone = case.event(str(event.get("entry")))
        return _again(undone) if undone else None
    if event.what == "cleared":
        return NotYet(str(event.get("item")))
    return UndoIt(event.id) if event.what in UNDOABLE else None


def _again(event: Event) -> Command | None:
    """Return the command that repeats an event: one that was undone, or a wait that was ended."""
    from oxtui.cases.commands.marks import AnswerIt, Skip, Tick

    data = event.data
    item, boxes = str(data.get("item", "")), tuple(data.get("mailboxes", ()))
    values = dict(data.get("values") or {})
    match event.what:
        case "hold":
            return SetHold(*(str(data.get(name, "")) for name in ("for", "until", "reason", "on")))
        case "ticked":
            return Tick(item, boxes, values, str(data.get("through", "")), str(data.get("by", "me")))
        case "answered":
            return AnswerIt(item, tuple(data.get("value", ())), boxes, str(data.get("told", "")), values)
        case "skipped":
            return Skip(item, str(data.get("reason", "")))
        case "line":
            return SetLine(*(str(data.get(name, "")) for name in ("template", "key", "value")))
    return None
