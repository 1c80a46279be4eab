"""A small sound playbook, and what becomes of it by one fault at a time: for the proof to refuse."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from msgspec.structs import replace

from oxtui.playbook.build import procedure_from_data
from oxtui.playbook.model import Procedure

Data = dict[str, Any]

START = ("authenticate the client (a)", "choose scenario 1: Move away")


def sound() -> Data:
    """The plain values of a playbook with one item of each kind that guards tell apart."""
    return {
        "id": "small",
        "title": "A small playbook",
        "authentication": {"methods": ["PIN"], "lapse_minutes": "60"},
        "flow": [
            {
                "id": "what",
                "ask": "What?",
                "answers": {"move": {"text": "move", "outcome": {"scenario": "1"}}},
            }
        ],
        "nbs": {"last": {"text": "The old service goes last.", "short": "Goes last", "when": "running=running"}},
        "rules": [
            {"id": "moved", "text": "Not before all moved", "never": "cancel", "before": ["moved"]},
            {"id": "good", "text": "Not before all is good", "never": "cancel", "before": ["result=good"]},
            {
                "id": "priced",
                "text": "Yearly is priced first",
                "never": "order",
                "before": ["price"],
                "where": "plan=yearly",
            },
            {"id": "known", "text": "Nobody unknown", "never": "tick", "unless": "authenticated"},
            {
                "id": "secret",
                "text": "No copy for unknown",
                "never": "copy:request",
                "unless": "authenticated",
            },
        ],
        "endings": {
            "complete": {"text": "complete", "complete": "true"},
            "handed-over": {"text": "handed over"},
        },
        "templates": [
            {
                "id": "request",
                "title": "REQUEST",
                "to": "the team",
                "lines": [{"label": "Domain", "from": "case", "ref": "domain"}],
            },
        ],
        "scenarios": [
            {
                "number": "1",
                "title": "Move away",
                "article_title": "Move",
                "who": "Care",
                "steps": [
                    {
                        "id": "all",
                        "title": "All",
                        "items": [
                            {
                                "id": "running",
                                "ask": "Old service?",
                                "answers": {"running": "running", "gone": "gone"},
                            },
                            {
                                "id": "plan",
                                "ask": "Billed how?",
                                "answers": {"monthly": "monthly", "yearly": "yearly"},
                            },
                            {"id": "wants", "ask": "Order it?", "answers": {"yes": "yes", "no": "no"}},
                            {
                                "id": "price",
                                "do": "Work the price out",
                                "when": "plan=yearly",
                                "after": ["plan"],
                                "uses": ["plan"],
                            },
                            {
                                "id": "order",
                                "do": "Order",
                                "when": "wants=yes",
                                "after": ["plan", "price"],
                                "uses": ["plan", "price"],
                                "acts": "true",
                                "reverse": "Cancel the order",
                            },
                            {
                                "id": "moved",
                                "do": "Move the mailbox",
                                "after": ["order"],
                                "each": "mailbox",
                                "with": "client",
                                "templates": ["request"],
                            },
                            {
                                "id": "result",
                                "ask": "Result?",
                                "after": ["moved"],
                                "uses": ["moved"],
                                "each": "mailbox",
                                "answers": {"good": "good", "bad": "bad"},
                            },
                            {
                                "id": "again",
                                "do": "Send again",
                                "when": "result=bad",
                                "after": ["moved"],
                                "reopens": ["result"],
                            },
                            {
                                "id": "cancel",
                                "do": "Cancel the old service",
                                "when": "running=running",
                                "after": ["moved", "result=good"],
                                "irreversible": "true",
                                "nbs": ["last"],
                            },
                        ],
                    }
                ],
            }
        ],
    }


def build(data: Data) -> Procedure:
    """The procedure, also where the checks of loading would refuse it already."""
    procedure, problems = procedure_from_data(data, checks=False)
    assert procedure is not None, problems
    return procedure


def item(data: Data, name: str) -> Data:
    items = data["scenarios"][0]["steps"][0]["items"]
    found: Data = next(each for each in items if each["id"] == name)
    return found


def add(data: Data, *items: Data) -> None:
    data["scenarios"][0]["steps"][0]["items"] += items


@dataclass(frozen=True)
class Broken:
    """One fault: how it is made, where the proof names it, and the shortest way to it (or what it says)."""

    make: Callable[[Data], None]
    where: str
    way: tuple[str, ...] = ()
    says: str = ""
    after: Callable[[Procedure], Procedure] = lambda procedure: procedure

    def procedure(self) -> Procedure:
        data = copy.deepcopy(sound())
        self.make(data)
        return self.after(build(data))


def _guard_missing(data: Data) -> None:
    item(data, "cancel")["after"] = ["moved"]


def _wrong_answer(data: Data) -> None:
    item(data, "cancel")["after"] = ["moved", "result=bad"]


def _nothing(data: Data) -> None:
    pass


def _without_firm(procedure: Procedure) -> Procedure:
    scenarios = {number: replace(each, firm={}) for number, each in procedure.scenarios.items()}
    return replace(procedure, scenarios=scenarios)


def _rule_without_guard(data: Data) -> None:
    add(data, {"id": "backup", "do": "Make a backup"})
    data["rules"].append({"id": "backup", "text": "Backup first", "never": "cancel", "before": ["backup"]})


def _dead_end(data: Data) -> None:
    data["scenarios"][0]["steps"][0]["items"] = [
        *data["scenarios"][0]["steps"][0]["items"],
        {"id": "both", "do": "Do both", "after": ["plan=yearly", "plan=monthly"]},
    ]


def _unreachable(data: Data) -> None:
    add(data, {"id": "never", "do": "Do it never", "when": "plan=yearly and plan=monthly"})


def _circle(data: Data) -> None:
    add(data, {"id": "egg", "do": "Egg", "after": ["hen"]}, {"id": "hen", "do": "Hen", "after": ["egg"]})


def _nb_never(data: Data) -> None:
    data["nbs"]["hidden"] = {"text": "Hidden.", "short": "Hidden", "when": "running=running and running=gone"}
    item(data, "order")["nbs"] = ["hidden"]


def _template_never(data: Data) -> None:
    data["templates"].append({**data["templates"][0], "id": "other", "title": "OTHER"})
    item(data, "moved")["templates"] = {
        "request": "running=running|gone",
        "other": "plan=monthly and plan=yearly",
    }


def _answer_removes(data: Data) -> None:
    add(
        data,
        {"id": "papers", "ask": "Any papers?", "answers": {"some": "some", "none": "none"}},
        {"id": "read", "do": "Read the papers", "when": "papers=some"},
    )
    item(data, "cancel")["after"] = ["moved", "result=good", "read"]


def _two_mailboxes(data: Data) -> None:
    add(data, {"id": "agree", "do": "Agree the end", "when": "result=good", "after": ["result"]})
    item(data, "cancel")["after"] = ["moved", "agree"]


def _narrow_when(data: Data) -> None:
    add(data, {"id": "next", "ask": "Billed how next?", "answers": {"monthly": "monthly", "yearly": "yearly"}})
    data["rules"][2]["where"] = "plan=yearly or next=yearly"


def _rule_gone(data: Data) -> None:
    data["rules"] = data["rules"][2:]


def _copy_early(data: Data) -> None:
    data["rules"].append({"id": "early", "text": "No early copy", "never": "copy:request", "before": ["running"]})


def _no_other_ending(data: Data) -> None:
    del data["endings"]["handed-over"]
    items = data["scenarios"][0]["steps"][0]["items"]
    items.remove(item(data, "again"))
    del item(data, "cancel")["when"]


MOVED = (
    'answer "Billed how?": monthly',
    'answer "Order it?": yes',
    'tick "Order"',
    'tick "Move the mailbox"',
)

BROKEN: dict[str, Broken] = {
    "guard missing on a killer": Broken(
        _guard_missing,
        "good",
        (
            *START,
            'answer "Old service?": running',
            'answer "Order it?": no',
            'tick "Move the mailbox"',
            'confirm in its two steps "Cancel the old service"',
        ),
    ),
    "guard on an answer that is not the good one": Broken(
        _wrong_answer,
        "good",
        (
            *START,
            'answer "Old service?": running',
            'answer "Order it?": no',
            'tick "Move the mailbox"',
            'answer "Result?": bad',
            'confirm in its two steps "Cancel the old service"',
        ),
    ),
    "a witness that can be skipped": Broken(
        _nothing,
        "priced",
        (
            *START,
            'answer "Billed how?": yearly',
            'skip "Work the price out"',
            'answer "Order it?": yes',
            'tick "Order"',
        ),
        after=_without_firm,
    ),
    "a rule without a guard": Broken(
        _rule_without_guard,
        "backup",
        (
            *START,
            'answer "Old service?": running',
            'answer "Order it?": no',
            'tick "Move the mailbox"',
            'answer "Result?": good',
            'confirm in its two steps "Cancel the old service"',
        ),
    ),
    "a guard with a narrower when than the rule": Broken(
        _narrow_when,
        "priced",
        (
            *START,
            'answer "Billed how?": monthly',
            'answer "Order it?": yes',
            'answer "Billed how next?": yearly',
            'tick "Order"',
        ),
    ),
    "one mailbox is enough for the guard, two break it": Broken(
        _two_mailboxes,
        "good",
        (
            *START,
            'answer "Old service?": running',
            'answer "Order it?": no',
            "add a second mailbox to the case",
            'tick "Move the mailbox"',
            'answer "Result?" for the first mailbox: good',
            'answer "Result?" for the second mailbox: bad',
            'tick "Agree the end"',
            'confirm in its two steps "Cancel the old service"',
        ),
    ),
    "a copy before its time": Broken(
        _copy_early,
        "early",
        (*START, 'answer "Order it?": no', 'copy the template "REQUEST" of "Move the mailbox"'),
    ),
    "a killer without a rule": Broken(_rule_gone, "cancel", says="is irreversible and has no rule"),
    "a dead end": Broken(_dead_end, "both", says="dead end: no way leads to 'complete': 'Do both' stays open"),
    "an answer that leaves no ending": Broken(
        _no_other_ending, "result", says="dead end: with 'bad' no ending is left"
    ),
    "an item that nothing leads to": Broken(_unreachable, "never", says="nothing ever leads to 'Do it never'"),
    "guards in a circle": Broken(_circle, "egg", says="the guards go in a circle: egg -> hen -> egg"),
    "an NB that is never shown": Broken(_nb_never, "hidden", says="no case ever shows this NB"),
    "a template that is never wanted": Broken(_template_never, "other", says="no case ever wants this template"),
    "a killer's guard that an answer removes": Broken(
        _answer_removes,
        "cancel",
        says="waits for 'Read the papers', which an answer removes (Any papers? none)",
    ),
}
