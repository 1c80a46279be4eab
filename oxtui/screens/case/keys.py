"""The keys of a case, and what its help page says."""

from __future__ import annotations

from typing import Final

from textual.binding import Binding, BindingType

KEYS: Final[list[BindingType]] = [
    Binding(
        "space",
        "tick",
        "done",
        id="case.tick",
        tooltip="Tick the action; step through a question's answers",
    ),
    Binding("enter", "open", "open", id="case.open", tooltip="Take the answer shown; details, value, by whom"),
    Binding(
        "x", "skip", "skip, say why", id="case.skip", tooltip="Skip the item and say why; take back what is done"
    ),
    Binding("d", "later", "later", id="case.later", tooltip="Put the item off until a date"),
    Binding("u", "undo", "undo", id="case.undo", tooltip="Undo what you did last; else take the item back"),
    Binding("c", "calculator", "{prorata_small}", id="case.pro-rata", tooltip="Work the discount out"),
    Binding("t", "template", "template", id="case.template", tooltip="Fill and copy the escalation template"),
    Binding("y", "copy", "copy", id="case.copy", tooltip="Copy what has the focus"),
    Binding(
        "C",
        "copy_covered",
        "with cover lines",
        id="case.copy-with-cover",
        tooltip="Copy the escalation with lines before it for whoever gets it: numbers, evidence",
    ),
    Binding("w", "wait", "waiting", id="case.wait", tooltip="The case waits for someone until a date"),
    Binding("n", "note", "note", id="case.note", tooltip="Write a note"),
    Binding(
        "tab",
        "turn(1)",
        "panels",
        id="case.panels",
        tooltip="The panels beside the checklist",
        priority=False,
    ),
    Binding("z", "close", "close", id="case.close", tooltip="Close the case"),
    Binding(
        "a",
        "call_client",
        "authenticated",
        id="case.authenticated",
        tooltip="A call begins: the client is authenticated",
    ),
    Binding(
        "b",
        "call_back_office",
        "back office",
        id="case.back-office",
        tooltip="Work without the client on the line",
    ),
    Binding("i", "details", "details", id="case.details", tooltip="What is known of the case: {fields}"),
    Binding(
        "s",
        "scenario",
        "scenario",
        id="case.scenario",
        tooltip="The call flow: choose or change the scenario",
    ),
    Binding("v", "dns", "DNS", id="case.dns", tooltip="Look the {subject}'s DNS up"),
    Binding(
        "Y",
        "wrap_up",
        "wrap-up note",
        id="case.wrap-up",
        tooltip="Copy the wrap-up note",
    ),
    Binding(
        "E", "client_text", "client's text", id="case.client-text", show=False,
        tooltip="Copy a text for the client: what was done, what it costs, what happens next",
    ),
    Binding(
        "exclamation_mark", "remark", "this step is wrong", key_display="!", id="case.remark", show=False,
        tooltip="This step is wrong: say why, for whoever writes the playbook",
    ),
    Binding("l", "link", "link", id="case.link", tooltip="Copy the item's link", show=False),
    Binding("r", "reference", "reference", id="case.reference", tooltip="Plans, how-tos, channels", show=False),
    Binding("P", "playbook", "playbook", id="case.playbook", tooltip="Move to today's playbook", show=False),
    Binding("shift+tab", "turn(-1)", "panels", id="case.panels-back", show=False),
    *(
        Binding(str(digit), f"digit({digit})", "answer", id=f"case.answer-{digit}", show=False)
        for digit in range(1, 10)
    ),
    Binding(
        "S", "copy_words", "copy the words", id="case.copy-words", show=False,
        tooltip="Copy the item's exact words, where it has a template too",
    ),
    Binding(
        "A", "call_how", "how", id="case.how", show=False,
        tooltip="How the client was authenticated, or in writing; what became of the call",
    ),
]  # fmt: skip

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
