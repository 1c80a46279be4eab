"""The keys of a case, and the text of its help page."""

from __future__ import annotations

from typing import Final

from textual.binding import BindingType

from oxtui.screens.base import key

KEYS: Final[list[BindingType]] = [
    key("case.tick", "space", "tick", "done", "Tick the action; step through a question's answers"),
    key("case.open", "enter", "open", "open", "Take the answer shown; details, value, by whom"),
    key("case.skip", "x", "skip", "skip, say why", "Skip the item and say why; take back what is done"),
    key("case.later", "d", "later", "later", "Put the item off until a date"),
    key("case.undo", "u", "undo", "undo", "Undo what you did last; else take the item back"),
    key("case.pro-rata", "c", "calculator", "{prorata_small}", "Work the discount out"),
    key("case.template", "t", "template", "template", "Fill and copy the escalation template"),
    key("case.copy", "y", "copy", "copy", "Copy what has the focus"),
    key(
        "case.copy-with-cover",
        "C",
        "copy_covered",
        "with cover lines",
        "Copy the escalation with lines before it for whoever gets it: numbers, evidence",
    ),
    key("case.wait", "w", "wait", "waiting", "The case waits for someone until a date"),
    key("case.note", "n", "note", "note", "Write a note"),
    key("case.panels", "tab", "turn(1)", "panels", "The panels beside the checklist"),
    key("case.close", "z", "close", "close", "Close the case"),
    key("case.authenticated", "a", "call_client", "authenticated", "A call begins: the client is authenticated"),
    key("case.back-office", "b", "call_back_office", "back office", "Work without the client on the line"),
    key("case.details", "i", "details", "details", "What is known of the case: {fields}"),
    key("case.scenario", "s", "scenario", "scenario", "The call flow: choose or change the scenario"),
    key("case.dns", "v", "dns", "DNS", "Look the {subject}'s DNS up"),
    key("case.wrap-up", "Y", "wrap_up", "wrap-up note", "Copy the wrap-up note"),
    key(
        "case.client-text",
        "E",
        "client_text",
        "client's text",
        "Copy a text for the client: what was done, what it costs, what happens next",
        show=False,
    ),
    key(
        "case.remark",
        "exclamation_mark",
        "remark",
        "this step is wrong",
        "This step is wrong: say why, for whoever writes the playbook",
        show=False,
        sign="!",
    ),
    key("case.link", "l", "link", "link", "Copy the item's link", show=False),
    key("case.reference", "r", "reference", "reference", "Plans, how-tos, channels", show=False),
    key("case.playbook", "P", "playbook", "playbook", "Move to today's playbook", show=False),
    key("case.panels-back", "shift+tab", "turn(-1)", "panels", show=False),
    *(key(f"case.answer-{digit}", str(digit), f"digit({digit})", "answer", show=False) for digit in range(1, 10)),
    key(
        "case.copy-words",
        "S",
        "copy_words",
        "copy the words",
        "Copy the item's exact words, where it has a template too",
        show=False,
    ),
    key(
        "case.how",
        "A",
        "call_how",
        "how",
        "How the client was authenticated, or in writing; what became of the call",
        show=False,
    ),
]

HELP: Final[tuple[str, ...]] = (
    "The checklist holds the steps of the scenario. The cursor is on what comes next; what has to wait says what for.",
    "space ticks an action and moves on. "
    "On a question the digits pick an answer and move on; space steps through the answers, "
    "enter takes the one shown.",
    "An answer that {ending} rests on asks for one more enter. "
    "What cannot be undone takes two: enter shows all that it rests on, then it asks whether you have done it.",
    "An NB is about the item under it, and stays in view while it applies.",
    "check again: something the item rests on has changed. If it is still so, enter says so; "
    "if not, answer or do it again. What was waiting for it counts again by itself.",
    "was done on other terms: a digit says what became of it. "
    "Whatever really happened can be recorded: press enter on what is refused.",
)
