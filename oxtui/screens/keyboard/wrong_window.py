"""Ask about a sentence typed into the wrong pane: its effects are named, and kept or taken back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from oxtui.cases.case import Case
from oxtui.cases.events import Event
from oxtui.cases.log.reading import UNDOABLE
from oxtui.playbook.about import spoken
from oxtui.screens.host import TAKING_BACK, AppHost
from oxtui.screens.keyboard.typing_guard import FEW

if TYPE_CHECKING:
    from oxtui.cases.commands.base import Command

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


def ask(app: AppHost, done: Done, text: str, secret: bool) -> None:
    """Show the typed text, and ask whether to keep its effects; a secret is neither shown nor saved."""
    if done:
        _ask_about(app, done, "" if secret else text)
    elif secret:
        app.say("That looked like a password for another field or window.", "Nothing of it was kept.")
    elif len(text) >= FEW:
        _offer_note(app, text)
    else:
        app.say(QUESTION, "Nothing of it was kept.")


def _ask_about(app: AppHost, done: Done, text: str) -> None:
    from oxtui.screens.dialogs.ask import Pick

    names = [name for case_id, event in done if (name := _name(app, case_id, event))]
    shown = ", ".join(names[:_NAMED]) + (f" and {len(names) - _NAMED} more" if len(names) > _NAMED else "")
    options = [("keep what was done", shown), ("take it back", "")]
    noted = bool(text) and len(text) >= FEW and _case_in_front(app) is not None
    if noted:
        options.append(("take it back, and keep the words as a note", ""))

    def answered(place: int | None) -> None:
        if place in (1, 2):
            take_back(app, done)
        if place == 2:
            _note(app, text)

    app.push_screen(Pick(QUESTION, options, text), answered)


def _offer_note(app: AppHost, text: str) -> None:
    from oxtui.screens.dialogs.ask import Pick

    if _case_in_front(app) is None:
        app.say(QUESTION, "Nothing of it was kept.")
        return
    app.push_screen(
        Pick(QUESTION, [("keep it as a note", ""), ("forget it", "")], text, 1),
        lambda place: _note(app, text) if place == 0 else None,
    )


def _case_in_front(app: AppHost) -> Case | None:
    from oxtui.screens.case.screen import CaseScreen

    screen = next((each for each in reversed(app.screen_stack) if isinstance(each, CaseScreen)), None)
    return screen.case if screen is not None and screen.in_view else None


def _note(app: AppHost, text: str) -> None:
    from oxtui.cases.commands.waiting import Note

    case = _case_in_front(app)
    if case is not None:
        app.submit(case.id, Note(text), _nothing, app.tell)


def _name(app: AppHost, case_id: str, event: Event) -> str:
    """Return an event in a few words; "" for one that follows from another."""
    case = app.service.peek(case_id)
    if event.what in _WORDS:
        procedure = case.procedure if case else app.service.playbook.procedure
        return spoken(_WORDS[event.what], procedure.about, procedure.words)
    number = event.get("scenario")
    scenario = case.procedure.scenarios.get(number) if case and isinstance(number, int) else None
    item = scenario.by_id.get(str(event.get("item"))) if scenario else None
    return (item.done or item.text) if item else event.what


# -- taking back
def take_back(app: AppHost, done: Done) -> None:
    """Take back the events, the last first; notes of real events stay."""
    closed = [case_id for case_id, event in done if event.what == "closed"]
    rest = [(case_id, event) for case_id, event in done if event.what != "closed"]
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
    for case_id, event in reversed(done):
        case = app.service.peek(case_id)
        command = _reverse(case, event, ours) if case else None
        if command is not None:
            app.submit(case_id, command, _nothing, app.tell, TAKING_BACK)


def _reverse(case: Case, event: Event, ours: set[str]) -> Command | None:
    """Return the command that takes an event back, if there is one; `ours` are the ids of all events taken back."""
    from oxtui.cases.commands.calls import EndCall, Revoke
    from oxtui.cases.commands.killers import NotYet
    from oxtui.cases.commands.undo import UndoIt

    if event.what == "call":
        mine = case.auth_event is not None and case.auth_event.id == event.id
        return Revoke("typed into the wrong pane", event.id) if mine else EndCall()
    if event.what == "resumed":
        held = [each for each in case.log if each.what == "hold" and each.seq < event.seq]
        begun = case.conversation.event
        return _again(held[-1]) if held and (not begun or begun in ours) else None
    if event.what == "undone":
        undone = case.event(str(event.get("entry")))
        return _again(undone) if undone else None
    if event.what == "cleared":
        return NotYet(str(event.get("item")))
    return UndoIt(event.id) if event.what in UNDOABLE else None


def _again(event: Event) -> Command | None:
    """Return the command that repeats an event: one that was undone, or a wait that was ended."""
    from oxtui.cases.commands.copies import SetLine
    from oxtui.cases.commands.marks import AnswerIt, Skip, Tick
    from oxtui.cases.commands.waiting import SetHold

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


def _nothing(case: Case) -> None:
    """Do nothing more."""
