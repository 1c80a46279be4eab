"""The oracle's rules, a function each: what no event of a log may be, whatever led to it.

A rule is asked of every new event with the ledger before it, and gives why the event breaks it, or "".
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Final, TypeAlias

from tests.service.walker.facts import FRESH_DAYS, KILLERS, LICENCES, SCENARIOS, Killer, below
from tests.service.walker.ledger import Ledger, ledger_of, undone_in
from tests.service.walker.values import KEEPS, WITH_CLIENT, Key, Mark, Row, Told, moment

Rule: TypeAlias = Callable[[Row, Ledger], str]

ACTIONS: Final = frozenset({"ticked", "answered", "skipped", "quote", "cleared", "copying", "covered", "settled"})
"""Events that somebody has to be in a conversation for."""
DECIDED: Final = frozenset({"ticked", "answered", "skipped", "quote", "cleared", "taken-back", "settled"})
"""Events about one item, decided on what the screen showed of it."""


def killer_of(row: Row) -> tuple[tuple[int, str], Killer] | None:
    """The killer that an event clears or ticks, or None."""
    if row["what"] not in ("cleared", "ticked"):
        return None
    number, item = int(row["data"]["scenario"]), str(row["data"]["item"])
    killer = KILLERS.get(number, {}).get(item)
    return ((number, item), killer) if killer else None


def named(key: Key) -> str:
    return f"{key[1]} of {key[2]}" if key[2] else key[1]


def witnesses_stand(row: Row, ledger: Ledger) -> str:
    """A killer goes only when each witness stands at its value for every mailbox of the case."""
    found = killer_of(row)
    if found is None:
        return ""
    (number, _), killer = found
    if not ledger.boxes:
        return "the case has no mailbox"
    for name, witness in killer.witnesses.items():
        for key in ledger.keys(number, name):
            mark = ledger.marks.get(key)
            if mark is None:
                return f"{named(key)} does not stand"
            if not mark.done or (witness.answers and not witness.answers.intersection(mark.value)):
                return f"{named(key)} is {'/'.join(mark.value)}"
    return ""


def witnesses_younger(row: Row, ledger: Ledger) -> str:
    """Each witness was marked after the last loss or doing-anew of everything that it must be younger than."""
    found = killer_of(row)
    if found is None:
        return ""
    (number, _), killer = found
    for name, witness in killer.witnesses.items():
        for key in ledger.keys(number, name):
            mark = ledger.marks.get(key)
            if mark is None:
                continue  # told by `witnesses_stand`
            for older in witness.newer_than:
                for below_it in ledger.keys(number, older, key[2]):
                    loss = ledger.lost.get(below_it)
                    if loss is not None and loss.seq > mark.seq:
                        return (
                            f"{named(key)} was marked at {mark.seq}, and {named(below_it)} was {loss.how} at {loss.seq}"
                        )
    return ""


def nothing_below_open(row: Row, ledger: Ledger) -> str:
    """What a killer rests on, at any depth, is neither open nor to be checked again."""
    found = killer_of(row)
    if found is None:
        return ""
    (number, item), _ = found
    for name in below(number, item):
        fact = SCENARIOS[number][name]
        for key in ledger.keys(number, name):
            applies = ledger.applies(key)
            if applies is False or fact.attempt or (applies is None and key not in ledger.marks):
                continue
            why = ledger.why_open(key)
            if why:
                return f"{named(key)}: {why}"
    return ""


def killer_applies(row: Row, ledger: Ledger) -> str:
    """A killer goes only where it applies, is not done yet, and where nothing that was left out is still served."""
    found = killer_of(row)
    if found is None:
        return ""
    (number, item), killer = found
    key = (number, item, "")
    if ledger.applies(key) is not True:
        return "it does not apply"
    if key in ledger.marks:
        return "it is done already"
    for box, why in ledger.left.items():
        if why == "not-part" and ledger.known.get(box, {}).get(killer.field) != "no":
            return f"{box} was left out as not part of this case and may still be served"
    late = sorted(ledger.uncovered.get(number, ()))
    if late:
        return f"nobody said whether the licences cover {', '.join(late)}"
    return ""


def mx_not_at_ox_mail(row: Row, ledger: Ledger) -> str:
    """OX-Mail is never cancelled while the answer or the newest evidence has MX at OX-Mail."""
    found = killer_of(row)
    if found is None or found[0][1] != "cancel-ox-mail":
        return ""
    mark = ledger.marks.get((2, "mx", ""))
    if mark is not None and "ox-mail" in mark.value and ledger.applies((2, "mx", "")) is not False:
        return "MX was answered to be at OX-Mail"
    newest = ledger.evidence[-1][1] if ledger.evidence else {}
    return "the newest evidence has MX at OX-Mail" if newest.get("mx") == "ox-mail" else ""


def words_are_fresh(row: Row, ledger: Ledger) -> str:
    """When a killer is cleared, no witness is older than it may be, by the later of now and the newest event since."""
    found = killer_of(row)
    if found is None or row["what"] != "cleared":
        return ""
    (number, _), killer = found
    for name in killer.witnesses:
        days = FRESH_DAYS.get((number, name))
        for key in ledger.keys(number, name) if days else ():
            mark = ledger.marks.get(key)
            if mark is None:
                continue  # told by `witnesses_stand`
            now = max(moment(each["at"]) for each in (*ledger.events, row) if int(each["seq"]) > mark.seq)
            if now - mark.counts > timedelta(days=days or 0):
                return f"{named(key)} is of {mark.counts:%d/%m %H:%M}"
    return ""


def cleared_first(row: Row, ledger: Ledger) -> str:
    """A killer is ticked only after it was cleared, and nothing that was shown changed in between."""
    found = killer_of(row)
    if found is None or row["what"] != "ticked":
        return ""
    (number, item), _ = found
    clearing = ledger.cleared.get((number, item))
    if clearing is None:
        return "it was not cleared"
    for name in below(number, item):
        for key in ledger.keys(number, name):
            if ledger.changed.get(key, 0) > clearing.seq:
                return f"{named(key)} changed at {ledger.changed[key]}, it was cleared at {clearing.seq}"
    for what in ("mailboxes", "domain", "scenario"):
        if ledger.changed.get((what,), 0) > clearing.seq:
            return f"the {what} changed at {ledger.changed[what,]}, it was cleared at {clearing.seq}"
    return ""


def own_conversation(row: Row, ledger: Ledger) -> str:
    """Nothing is ticked, answered, skipped, quoted, cleared or copied without a live conversation of one's own."""
    data = row["data"]
    if row["what"] not in ACTIONS or data.get("already") or data.get("way") == "3":
        return ""
    if row["what"] == "ticked" and killer_of(row) is not None:
        return ""  # the second step of a killer: cleared is what needed one
    return ledger.live(str(row["agent"]), moment(row["at"]))


def with_the_client(row: Row, ledger: Ledger) -> str:
    """What only the client can say is marked with the client, by phone or in writing; or it is a colleague's word."""
    data = row["data"]
    if row["what"] not in ("ticked", "answered") or (data.get("scenario"), data.get("item")) not in WITH_CLIENT:
        return ""
    talk = ledger.conversations.get(str(row["agent"]))
    if data.get("word") or (talk is not None and talk.mode in ("client", "writing")):
        return ""
    return f"{row['agent']} has nobody on the line"


def putting_back(row: Row, ledger: Ledger, after: Ledger) -> str:
    """An undo that puts something back needs what doing it needed; `after` is the ledger with it."""
    by_id = {each["id"]: each for each in ledger.events}
    entry = by_id.get(str(row["data"].get("entry")))
    if row["what"] != "undone" or entry is None or entry["what"] not in DECIDED:
        return ""
    own = (int(entry["data"].get("scenario") or 0), str(entry["data"].get("item")))
    back = [
        key
        for key, mark in after.marks.items()
        if mark != ledger.marks.get(key)
        and mark.seq < int(entry["seq"])
        and (key[:2] == own or witnessing(key, mark))
        and mark.done
        and not open_with(key, mark)
        and not after.why_not_fresh(key)
    ]
    if not back:
        return ""
    why = ledger.live(str(row["agent"]), moment(row["at"]))
    if why:
        return f"{named(back[0])} is put back: {why}"
    talk = ledger.conversations[str(row["agent"])]
    told = [key for key in back if key[:2] == own and own in WITH_CLIENT]
    words = [key for key in told if not by_word(after.marks[key], ledger)]
    if words and talk.mode == "back-office":
        return f"{named(words[0])} is put back without the client"
    return ""


def witnessing(key: Key, mark: Mark) -> bool:
    """Whether a mark is what a killer waits for."""
    found = [killer.witnesses[key[1]] for killer in KILLERS[key[0]].values() if key[1] in killer.witnesses]
    return any(not witness.answers or bool(witness.answers.intersection(mark.value)) for witness in found)


def open_with(key: Key, mark: Mark) -> bool:
    """Whether a question stays open with what was answered."""
    return bool(SCENARIOS[key[0]][key[1]].still_open.intersection(mark.value))


def by_word(mark: Mark, ledger: Ledger) -> bool:
    """Whether a mark is a colleague's word."""
    return any(each["id"] == mark.event and each["data"].get("word") for each in ledger.events)


def copy_authenticated(row: Row, ledger: Ledger) -> str:
    """No template is copied for a client who was not authenticated, and none is recorded that was not begun."""
    if row["what"] == "copying" and not ledger.auths:
        return "the client was not authenticated"
    begun = row["data"].get("begun")
    if row["what"] == "copied" and not any(each["id"] == begun and each["what"] == "copying" for each in ledger.events):
        return "that copy was never begun"
    return ""


def no_discount_monthly(row: Row, ledger: Ledger) -> str:
    """No discount where the current billing is monthly."""
    if row["what"] != "quote":
        return ""
    quote = row["data"]["quote"]
    billed = ledger.marks.get((int(row["data"]["scenario"]), "billed-now", ""))
    monthly = quote["current_term"] == "monthly" or (billed is not None and "monthly" in billed.value)
    if monthly and Decimal(quote["discount"] or "0") > 0:
        return f"a discount of {quote['discount']} on monthly billing"
    return ""


def order_after_quote(row: Row, ledger: Ledger) -> str:
    """Nothing is ordered before the discount is worked out, where the old plan is billed yearly."""
    data = row["data"]
    changed = row["what"] == "settled" and data["way"] == "2"
    if (row["what"] != "ticked" and not changed) or data["item"] not in ("order", "order-again"):
        return ""
    number = int(data["scenario"])
    key = (number, "quote", "")
    if ledger.applies(key) is not True:
        return ""
    if key not in ledger.marks:
        return "there is no quote"
    why = ledger.why_not_fresh(key)
    return f"the quote has to be looked at again: {why}" if why else ""


def complete_is_complete(row: Row, ledger: Ledger) -> str:
    """A case closes as complete only when every item that applies is done and nothing is left to be settled."""
    if row["what"] != "closed" or row["data"]["ending"] != "complete":
        return ""
    number = ledger.scenario
    if not number:
        return "no scenario was chosen"
    for key in ledger.all_keys(number):
        if ledger.applies(key) is not True:
            continue
        why = ledger.why_open(key)
        if why:
            return f"{named(key)}: {why}"
    for key, mark in ledger.marks.items():
        fact = ledger.fact(key)
        if key[0] == number or fact is None or not fact.acts or not mark.done:
            continue
        if key[0] not in ledger.leavings:
            return f"{named(key)} was done in scenario {key[0]}, and its choice was undone"
        left, to, kept = ledger.leavings[key[0]]
        settled = ledger.settled.get(key, 0) > left
        if not settled and (key[1], key[2]) not in kept and to not in KEEPS.get(key[:2], ()):
            return f"{named(key)} of scenario {key[0]} was never settled"
    late = sorted(ledger.uncovered.get(number, ()))
    return f"nobody said whether the licences cover {', '.join(late)}" if late else ""


def leaves_with_reason(row: Row, ledger: Ledger) -> str:
    """A mailbox of which something was said or done, or that may still be served, leaves only with a reason."""
    if row["what"] != "mailboxes":
        return ""
    reasons = {str(box).lower(): why for box, why in row["data"].get("reasons", {}).items()}
    for box in (str(each).lower() for each in row["data"].get("removed", ())):
        said = any(key[2] == box for key in ledger.marks)
        if said and not reasons.get(box):
            return f"{box} left without a reason, and something was said of it"
    return ""


def word_is_not_older(row: Row, ledger: Ledger) -> str:
    """A colleague's word, or a client's in writing, is no older than the last mark or loss of what it rests on.

    Nor older than what was answered otherwise since, or than its repair.
    """
    data = row["data"]
    if row["what"] not in ("ticked", "answered") or not data.get("item") or data.get("already"):
        return ""
    told, at, number = ledger.counts_from(row), moment(row["at"]), int(data["scenario"])
    if told >= at:
        return f"it counts from {told}, which is after it was said" if told > at and data.get("word") else ""
    fact = SCENARIOS[number].get(str(data["item"]))
    boxes = [str(box).lower() for box in data.get("mailboxes", ())] or [""]
    said = (*map(str, data.get("value", ())), *filter(None, [str(data.get("told") or "")])) or ("done",)
    for key in (key for box in boxes for key in ledger.keys(number, str(data["item"]), box)):
        mark, loss = ledger.marks.get(key), ledger.lost.get(key)
        if mark is not None and told < mark.counts <= at and mark.value[:1] != said[:1]:
            return f"it was told at {told}, and {'/'.join(mark.value)} was said at {mark.counts}"
        if mark is None and loss is not None and "reopened" in loss.how and told < loss.at <= at:
            return f"it was told at {told}, and {named(key)} was {loss.how} at {loss.at}"
    for name in fact.rests if fact else ():
        for key in (key for box in boxes for key in ledger.keys(number, name, box)):
            mark, loss = ledger.marks.get(key), ledger.lost.get(key)
            if name != LICENCES and mark is not None and told < mark.counts <= at and ledger.applies(key) is not False:
                return f"it was told at {told}, and {named(key)} was marked at {mark.counts}"
            if loss is not None and told < loss.at <= at and (mark is None or loss.seq > mark.seq):
                return f"it was told at {told}, and {named(key)} was {loss.how} at {loss.at}"
    return ""


EACH: Final[tuple[Rule, ...]] = (
    witnesses_stand,
    witnesses_younger,
    nothing_below_open,
    killer_applies,
    mx_not_at_ox_mail,
    words_are_fresh,
    cleared_first,
    own_conversation,
    with_the_client,
    copy_authenticated,
    no_discount_monthly,
    order_after_quote,
    complete_is_complete,
    leaves_with_reason,
    word_is_not_older,
)


# -- what was seen: this one reads the whole log, for it minds who wrote what and not only what stands
def touches(row: Row, by_id: dict[str, Row]) -> set[tuple[object, ...]]:
    """What an event changed, as a screen shows it: items of a scenario with their mailboxes, or the whole case."""
    data, what = row["data"], row["what"]
    if what == "undone":
        entry = by_id.get(str(data.get("entry")))
        return touches(entry, by_id) if entry else set()
    if what == "mailboxes":
        return {("mailboxes",)} if data.get("added") or data.get("removed") else set()
    if what == "details":
        return {("domain",)} if "domain" in data else set()
    if what == "scenario":
        return {("scenario",)}
    if what == "licences":
        return {(number, LICENCES, "") for number in SCENARIOS}
    if what not in ("ticked", "answered", "skipped", "quote", "taken-back", "settled"):
        return set()
    boxes = [str(box).lower() for box in data.get("mailboxes", ())] or [""]
    return {(int(data["scenario"]), str(data["item"]), box) for box in boxes}


def seen_is_current(row: Row, rows: Sequence[Row], told: Told) -> str:
    """Nothing is decided on what another pane has changed since the screen was painted; `rows` come before `row`."""
    seen, data = told.seen.get(row["id"]), row["data"]
    if seen is None or row["what"] not in DECIDED or data.get("already"):
        return ""
    number, item = int(data["scenario"]), str(data["item"])
    names = (item, *(below(number, item) if row["what"] == "cleared" else SCENARIOS[number][item].rests))
    if row["what"] == "ticked" and killer_of(row) is not None:
        return ""  # asked for what changed since it was cleared
    boxes = {str(box).lower() for box in data.get("mailboxes", ())}
    since = [each for each in rows if int(each["seq"]) > seen]
    undone = undone_in(rows)
    inside = {str(each["id"]) for each in since}
    by_id = {str(each["id"]): each for each in rows}
    for other in since:
        if told.pane.get(other["id"]) == told.pane.get(row["id"]):
            continue
        if other["id"] in undone or (other["what"] == "undone" and str(other["data"].get("entry")) in inside):
            continue  # it came and went unseen
        for touch in touches(other, by_id):
            if len(touch) == 1:
                return f"the {touch[0]} changed at {other['seq']}, the screen had seen up to {seen}"
            if touch[0] == number and touch[1] in names and (not boxes or not touch[2] or touch[2] in boxes):
                return f"{touch[1]} was changed at {other['seq']}, the screen had seen up to {seen}"
    return ""


def broken(row: Row, rows: Sequence[Row], ledger: Ledger, told: Told) -> list[str]:
    """Every rule that an event breaks, with why; `rows` and `ledger` are what was written before it."""
    found = [(rule.__name__, rule(row, ledger)) for rule in EACH]
    found.append((seen_is_current.__name__, seen_is_current(row, rows, told)))
    if row["what"] == "undone":
        found.append((putting_back.__name__, putting_back(row, ledger, ledger_of([*rows, row], told))))
    return [f"{name}: {row['what']} {row['data'].get('item', '')} at {row['seq']}: {why}" for name, why in found if why]
