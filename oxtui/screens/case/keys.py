"""The keys of a case, and what its help page says."""

from __future__ import annotations

from typing import Final

from textual.binding import Binding, BindingType


def _key(key: str, action: str, label: str, name: str, tooltip: str = "", *, shown: bool = True) -> Binding:
    display = "!" if key == "exclamation_mark" else None
    return Binding(key, action, label, shown, display, tooltip=tooltip, id=f"case.{name}")


def _unlisted(key: str, action: str, label: str, name: str, tooltip: str = "") -> Binding:
    """Return a key that the footer leaves out; the help page has it."""
    return _key(key, action, label, name, tooltip, shown=False)


KEYS: Final[list[BindingType]] = [
    _key("space", "tick", "done", "tick", "Tick the action; step through a question's answers"),
    _key("enter", "open", "open", "open", "Take the answer shown; details, value, by whom"),
    _key("x", "skip", "skip, say why", "skip", "Skip the item and say why; take back what is done"),
    _key("d", "later", "later", "later", "Put the item off until a date"),
    _key("u", "undo", "undo", "undo", "Undo what you did last; else take the item back"),
    _key("c", "calculator", "{prorata_small}", "pro-rata", "Work the discount out"),
    _key("t", "template", "template", "template", "Fill and copy the escalation template"),
    _key("y", "copy", "copy", "copy", "Copy what has the focus"),
    _key("C", "copy_covered", "with cover lines", "copy-with-cover",
         "Copy the escalation with lines before it for whoever gets it: numbers, evidence"),
    _key("w", "wait", "waiting", "wait", "The case waits for someone until a date"),
    _key("n", "note", "note", "note", "Write a note"),
    _key("tab", "turn(1)", "panels", "panels", "The panels beside the checklist"),
    _key("z", "close", "close", "close", "Close the case"),
    _key("a", "call_client", "authenticated", "authenticated", "A call begins: the client is authenticated"),
    _key("b", "call_back_office", "back office", "back-office", "Work without the client on the line"),
    _key("i", "details", "details", "details", "What is known of the case: {fields}"),
    _key("s", "scenario", "scenario", "scenario", "The call flow: choose or change the scenario"),
    _key("v", "dns", "DNS", "dns", "Look the {subject}'s DNS up"),
    _key("Y", "wrap_up", "wrap-up note", "wrap-up", "Copy the wrap-up note"),
    _unlisted("E", "client_text", "client's text", "client-text",
              "Copy a text for the client: what was done, what it costs, what happens next"),
    _unlisted("exclamation_mark", "remark", "this step is wrong", "remark",
              "This step is wrong: say why, for whoever writes the playbook"),
    _unlisted("l", "link", "link", "link", "Copy the item's link"),
    _unlisted("r", "reference", "reference", "reference", "Plans, how-tos, channels"),
    _unlisted("P", "playbook", "playbook", "playbook", "Move to today's playbook"),
    _unlisted("shift+tab", "turn(-1)", "panels", "panels-back"),
    *(_unlisted(str(digit), f"digit({digit})", "answer", f"answer-{digit}") for digit in range(1, 10)),
    _unlisted("S", "copy_words", "copy the words", "copy-words",
              "Copy the item's exact words, where it has a template too"),
    _unlisted("A", "call_how", "how", "how",
              "How the client was authenticated, or in writing; what became of the call"),
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
