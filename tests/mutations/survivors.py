"""What may be taken out without anything noticing, and why that does not matter."""

from __future__ import annotations

_SAME = "Nothing changes: "
_WORDS = "Refused all the same, in other words: "
_SLOWER = "Only slower: what is known is cut out and read anew"
_TYPES = "Nothing changes: it tells the type checker what those who call have seen to: "

SURVIVORS: dict[str, str] = {
    # permits.py
    "permits.py need_call: ... and call.mode": _SAME + "only a call that has a mode can lapse",
    "permits.py need_call: ... and call.lapsed": _SAME + "a call with a mode that is not live has lapsed",
    "permits.py may_skip: if item.killer": _WORDS + "every killer is among the firm items as well (order.derive)",
    # progress.py
    "progress.py Status.open: if self.state is State.UNWIND": _SAME + "UNWIND is not settled, nor one that may be left",
    "progress.py _Evaluation._holds: ... and status.of": _SAME + "of no mailbox there are never fewer marks than none",
    "progress.py _Evaluation._met: if state is State.UNWIND": _WORDS + "it is not done",
    "progress.py _Evaluation._met: if state is State.OVERRIDDEN": _WORDS + "it is not done",
    "progress.py _Evaluation._status: ... and item.when": _SAME + "an empty condition is true",
    # changes.py
    "changes.py _mailboxes: if not item.each": _SAME + "it is asked of items with `each` only",
    "changes.py Tick.drafts: for ... if text": "An empty value in the log is read as none",
    "changes.py PutQuote.drafts: ... or item.quote is None": _TYPES + "the item was chosen because it has a quote",
    "changes.py quoted_plans: if item.quote is None or case.scenario is None": _TYPES + "an item with a quote",
    "changes.py quoted_plans: ... or item.quote is None": _TYPES + "an item with a quote",
    "changes.py quoted_plans: ... or case.scenario is None": _TYPES + "the item is of the case's scenario",
    # conduct.py
    "conduct.py BeginCall.drafts: if case.closed": _WORDS + "the service refuses what is done to a closed case",
    "conduct.py Close.drafts: if case.closed": _WORDS + "the service refuses what is done to a closed case",
    "conduct.py SetLine.drafts: ... or template is None": _TYPES + "without a template there is no line",
    "conduct.py item_for_template: for ... if case.status(item.id).state is not State.DONE": "The item of a copy, "
    "where the later one is done and the earlier is not: guards keep that from coming about",
    "conduct.py item_for_template: ... or todo": _SAME + "what is to do is among what is ready",
    "conduct.py item_for_template: ... or ready": "A copy made once more after all is done names the first such item",
    "conduct.py item_for_template: for ... if case.status(item.id).applies": "Only the words: what the copy waits for",
    "conduct.py left_running: ... and status.item.killer": _SAME + "loading lets killers alone have `leaves`",
    # fold.py
    "fold.py Replay.find: ... or scenario is None": _TYPES + "without a scenario there is no item",
    "fold.py Replay.spoil: ... and record.skipped": _SAME + "what was not skipped is set to not skipped",
    "fold.py Replay.on_ticked: ... and value.field": _SAME + "a field without a name is none of the case's",
    "fold.py replay: ... or entry.id in gone": _SAME + "once something was taken back, all is read again without it",
    "fold.py replay: ... and again": "Only slower: the log is read again more often than it has to be",
    "fold.py replay: ... and entry.what in _RESTING": "Only slower: the log is read again more often than it has to be",
    "fold.py _price_changed: ... or item.quote is None": _SAME + "only the quote item has a mark of a quote's entry",
    # carry.py
    "carry.py _document: ... and rows": _WORDS + "without a row there is no first entry to look at",
    # escalation.py
    "escalation.py FilledTemplate.text: ... and line.line.kind == 'secret'": _SAME + "no other line of a mailbox has a "
    "place for a password",
    "escalation.py _filled: if line.kind == 'heading'": _SAME + "a heading is pasted as its text, whatever its value",
    "escalation.py _from_item: if item is None": _TYPES + "of an item that is not there, the case has no marks",
    # pins.py
    # layout.py
    "layout.py _read_lines: if line and data.startswith(line, at) and "
    "(stop == end or data.startswith(_BETWEEN, stop))": _SLOWER,
    "layout.py _read_lines: ... or stop == end": _SLOWER,
    "layout.py _read_lines: ... or data.startswith(_BETWEEN, stop)": _SLOWER,
    "layout.py _read_lines: ... and not empty": _SAME + "an empty table is then read as any other TinyDB file",
    "layout.py _read_lines: if same_ids and len(documents) == len(known.documents)": _SLOWER,
    "layout.py _read_line: if known.lines.get(number) == line": _SLOWER,
    # importing.py
    "importing.py import_case: ... or outcome.document is None": _SAME + "where there is a conflict, there are no news",
}
