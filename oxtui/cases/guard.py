"""The guards: every "no" is a Refusal that says why, and what would lift it. Nothing here writes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final, Literal, TypeAlias

from msgspec import Struct

from oxtui.cases.board import NO_LONGER_APPLIES, Key
from oxtui.cases.dates import short
from oxtui.cases.status import ASKS, TO_DO, Lock, Standing, State
from oxtui.cases.waits import Status, Wait, first_on_the_way, name_of, status_of, waits_of
from oxtui.errors import Refusal
from oxtui.playbook.about import About, Words
from oxtui.playbook.model import NB, Item, Scenario
from oxtui.text import sentence

Mode: TypeAlias = Literal["", "client", "writing", "back-office"]
"""By phone (called `client` in the log), in writing, back office, or none."""
MODES: Final[tuple[Mode, ...]] = ("client", "writing", "back-office")
Way: TypeAlias = Literal["", "1", "2", "3", "4"]
"""The ways to settle an action that was done on other terms, by their digit in WAYS."""
TAKE_UP: Final = "a takes it up again"
WAYS: Final[dict[Way, str]] = {
    "1": "the record was wrong",
    "2": "changed to the new terms",
    "3": "reversed",
    "4": "still right, because ...",
}
"""The ways to settle an action that was done on other terms, by their digits."""
WITH_CLIENT: Final = ("client", "writing")


class Conversation(Struct, frozen=True):
    """One agent's conversation in a case: `event` began it; `parked` until it is taken up again."""

    mode: Mode = ""
    lapsed: bool = False
    authenticated_before: bool = False
    parked: bool = False
    event: str = ""
    free: bool = False
    """Whether none is needed: the playbook does not ask for authentication."""

    @property
    def live(self) -> bool:
        """Whether items may be ticked and templates copied in it."""
        return self.free or (bool(self.mode) and not self.lapsed and not self.parked)

    @property
    def with_client(self) -> bool:
        """Whether an authenticated client is on the phone, or has written."""
        return self.free or (self.mode in WITH_CLIENT and self.live)


class Position(Struct, frozen=True):
    """The input of the guards: the states of a scenario's items, and the conversation and name of the agent."""

    standing: Standing
    conversation: Conversation
    agent: str = ""
    """The agent's name; "" for an agent who did nothing before."""

    @property
    def scenario(self) -> Scenario:
        return self.standing.scenario

    def status(self, item: Item) -> Status:
        return status_of(self.standing, item)


def cover_question(about: About, words: Words, what: str = "") -> str:
    """The question that a mailbox (`what`) added after the order raises."""
    return f"Do the {words.licence.many} ordered cover {what or f'the new {about.one}'}?"


def need_conversation(conversation: Conversation, what: str = "That") -> None:
    """Raise Refusal if there is no live conversation with an authenticated client (G1, N4)."""
    if conversation.live:
        return
    if conversation.mode and conversation.lapsed:
        raise Refusal("The authentication has lapsed", "authenticate again: a, or b without the client")
    if conversation.mode and conversation.parked:
        raise Refusal("This call is parked", TAKE_UP)
    back = ", or b to work without the client on the line" if conversation.authenticated_before else ""
    raise Refusal(f"{what} needs an authenticated client", f"press a once the client is authenticated{back}")


def need_client(conversation: Conversation, item: Item) -> None:
    """Raise Refusal if `item` needs the client, by phone or in writing, and the conversation is without."""
    need_conversation(conversation)
    if item.client and not conversation.with_client:
        by_word = ("by-word",) if item.by_word and not item.killer else ()
        raise Refusal(
            f"'{item.text}' needs the client",
            "press a when the client is authenticated, or A: in writing",
            (*by_word, "writing"),
        )


def did_before(position: Position, item: Item, mailbox: str = "") -> tuple[Item, str] | None:
    """The item that this agent did and that an item for another agent waits for, with their name, or None."""
    if not (item.another and position.agent):
        return None
    for (name, box), mark in position.standing.board.marks.items():
        if any(name in entry.items() for entry in item.after) and (not box or not mailbox or box == mailbox):
            who = next((each for each in mark.done_by if each.casefold() == position.agent.casefold()), "")
            if who:
                return position.scenario.by_id[name], who
    return None


def need_another(position: Position, item: Item, mailbox: str = "") -> None:
    """Raise Refusal if an item is for another agent than the one who did what it waits for."""
    if own := did_before(position, item, mailbox):
        did = f"'{name_of(own[0])}' was done by {own[1]}"
        raise Refusal(f"'{item.text}' is for another agent: {did}", "a colleague opens the case and does it")


def waits_text(waits: Iterable[Wait]) -> str:
    """The reasons why an item waits, each once: "the order is not done; ..."."""
    return "; ".join(dict.fromkeys(wait.why for wait in waits))


def needs_ceremony(scenario: Scenario, item: Item, value: tuple[str, ...] = ()) -> bool:
    """Whether a killer rests on marking `item` with `value`, so that it is confirmed each time."""
    if item.id not in scenario.witnesses:
        return False
    if item.kind == "action":
        return True
    killers = (scenario.by_id[name] for name in scenario.witnesses[item.id])
    atoms = [atom for killer in killers for guard in killer.after for atom in guard.atoms() if atom.item == item.id]
    return any(atom.fits(value) is not False for atom in atoms)


def may_mark(
    position: Position,
    item: Item,
    mailboxes: tuple[str, ...] = (),
    value: tuple[str, ...] = (),
    *,
    open_answer: bool = False,
    by_word: bool = False,
) -> tuple[str, ...]:
    """Return the mailboxes that marking `item` is for (("",) if it is done once); raises Refusal.

    Without `mailboxes`, these are all it is still to be done for; of a question with all its answers, all.
    A colleague's word (`by_word`) needs a conversation of any kind: it was they who had the client.
    """
    if by_word:
        need_conversation(position.conversation)
    else:
        need_client(position.conversation, item)
    status = position.status(item)
    if item.killer:
        raise Refusal(f"'{item.text}' is confirmed in two steps", "enter shows what it rests on")
    if item.each and not position.standing.situation.mailboxes:
        about = position.standing.situation.about
        raise Refusal(f"The case has no {about.one} yet", f"i: type the client's {about.many}")
    chosen = _chosen(status, item, mailboxes)
    for mailbox in chosen:
        _may_mark_one(position, status, item, mailbox, value, open_answer)
    return chosen


def _chosen(status: Status, item: Item, mailboxes: tuple[str, ...]) -> tuple[str, ...]:
    if not item.each:
        return ("",)
    if mailboxes:
        return mailboxes
    left = status.to_do
    applies = tuple(name for name, state in status.by.items() if state is not State.NOT_APPLICABLE)
    return left or applies or tuple(status.by)


def _may_mark_one(
    position: Position, status: Status, item: Item, mailbox: str, value: tuple[str, ...], open_answer: bool
) -> None:
    standing = position.standing
    state = status.by.get(mailbox, State.NOT_APPLICABLE)
    if state is State.NOT_APPLICABLE:
        raise Refusal(f"'{item.text}' does not apply here", "an answer given before rules it out")
    if state is State.OUT_THERE:
        raise Refusal(
            f"'{item.text}' was done on other terms",
            "enter: say whether the record was wrong, it was changed, reversed, or is still right",
        )
    mark = standing.board.marks.get((item.id, mailbox))
    if mark is not None and mark.asked:  # another item does it anew, and that settles it
        anew = [standing.scenario.by_id[name].text for name in standing.scenario.done_anew_by.get(item.id, ())]
        raise Refusal(f"'{item.text}' was done on other terms", f"first: {anew[0]}" if anew else "")
    if item.has_else and (early := standing.too_early(item, mailbox, value)):
        words = " or ".join(answer.text for answer in item.given(value) if answer.else_)
        raise Refusal(f"'{item.text}': '{words}' is not offered yet", lock_words(early[0], position)[0])
    answered = item.kind == "question" and mark is not None and not mark.skipped
    otherwise = answered and mark is not None and mark.value != value and bool(value)
    if answered and (open_answer or (otherwise and not needs_ceremony(standing.scenario, item, value))):
        need_another(position, item, mailbox)
        return  # a correction can always be recorded
    if state is State.DONE and item.kind == "action":
        raise Refusal(f"'{item.text}' is done already", "u takes back what you did last")
    early = standing.too_early(item, mailbox)
    if state is State.LOCKED or early or not standing.all_met(item, mailbox):
        raise _locked(position, item, mailbox)
    need_another(position, item, mailbox)


def _locked(position: Position, item: Item, mailbox: str = "") -> Refusal:
    """The refusal of a locked item: what it waits for, and what comes first."""
    standing = position.standing
    unmet = waits_of(standing, item, mailbox)
    locks = (*standing.locks(item), *standing.too_early(item, mailbox))
    offers = tuple(dict.fromkeys(key for lock in locks for key in _settled_by(lock, standing)))
    offers += ("already",) if item.already else ()
    asked_first = any(lock.kind == "licences" for lock in locks)
    first = first_on_the_way(standing, item, mailbox) if unmet else None
    before = [""] if asked_first else [first.id] if first else []
    before += [wait.atom.item for wait in unmet if _to_work_on(standing, wait)]
    before += [name for lock in locks for name in _looked_at(lock, standing)]
    towards = tuple(dict.fromkeys(before))
    if unmet:
        text = f"'{item.text}' is locked: {waits_text(unmet)}"
        about, words = standing.situation.about, standing.situation.words
        hint = cover_question(about, words) if asked_first else first.text if first else ""
        return Refusal(text, f"first: {hint}" if hint else "", offers, towards)
    if locks:
        why, hint = lock_words(locks[0], position)
        return Refusal(f"'{item.text}' is locked: {why}", hint, offers, towards)
    return Refusal(f"'{item.text}' is locked", "", offers)


def _to_work_on(standing: Standing, wait: Wait) -> bool:
    """Whether something can be done now about what an item waits for."""
    return standing.states.get((wait.atom.item, wait.mailbox)) in TO_DO | ASKS


def _settled_by(lock: Lock, standing: Standing) -> tuple[str, ...]:
    """The offers that lift a lock, besides the items that do."""
    if lock.kind in ("mailboxes", "left"):
        return ("details",)
    nb = _nb_of(lock, standing)
    return ("dns",) if nb and standing.said_by_dns(nb) else ()


def _nb_of(lock: Lock, standing: Standing) -> NB | None:
    """The NB that locks."""
    return next((nb for nb in standing.situation.nbs if lock.kind == "nb" and nb.id == lock.about), None)


def _looked_at(lock: Lock, standing: Standing) -> tuple[str, ...]:
    """The questions whose answers lift the lock of an NB; while it is not known whether it is in force, the first."""
    nb = _nb_of(lock, standing)
    names = standing.said_by_answers(nb) if nb else ()
    if nb is None or standing.in_force(nb) is not None:
        return names
    return (next((name for name in names if standing.unanswered(name)), names[0]),)


def lock_words(lock: Lock, position: Position) -> tuple[str, str]:
    """The reason of a lock, and what lifts it."""
    standing = position.standing
    about, words = standing.situation.about, standing.situation.words
    if lock.kind == "mailboxes":
        return f"the case has no {about.one}", f"i: type the client's {about.many}"
    if lock.kind == "licences":
        return f"a {about.one} came after the order", f"first: {cover_question(about, words)}"
    if lock.kind == "time":
        return f"from {short(datetime.fromisoformat(lock.about))}", "w: the case waits until then"
    if lock.kind == "left":
        return f"a {about.one} that was left out is still served", "i: put it back, or say that it is not any more"
    nb = _nb_of(lock, standing)
    if nb is None:
        return lock.about, ""
    questions = [standing.scenario.by_id[name].text for name in _looked_at(lock, standing)]
    if standing.in_force(nb) is None:
        return f"not known yet: {nb.short}", f"first: {questions[0]}"
    dns = ["what DNS says, v asks it anew"] if standing.said_by_dns(nb) else []
    return nb.short, f"look again: {' · '.join((*questions, *dns))}"


def what_lifts(position: Position, open_: Iterable[Status]) -> str:
    """The hint that would lift the first lock in the way; "" if only time or somebody else can."""
    standing = position.standing
    for status in open_:
        if status.state is not State.LOCKED:
            continue
        if not status.waits:
            hints = (lock_words(lock, position)[1] for lock in status.locks if lock.kind != "time")
            if hint := next(filter(None, hints), ""):
                return sentence(hint)
        for mailbox in status.by or ("",):
            first = first_on_the_way(standing, status.item, mailbox)
            if first is not None and status_of(standing, first).state is State.DONE:
                return f"Look again: {first.text}"
    return ""


def may_settle(position: Position, item: Item, mailbox: str, way: Way) -> None:
    """Raise Refusal if an action that was done on other terms cannot be settled this way (rule 5)."""
    mark = position.standing.board.marks.get((item.id, mailbox))
    if mark is None or not mark.asked:
        raise Refusal(f"'{item.text}' does not need to be settled", "")
    if way not in mark.asked:
        ways = " · ".join(f"{each} {words}" for each, words in WAYS.items() if each in mark.asked)
        raise Refusal(f"'{item.text}': that does not fit", ways)
    if way == "3":
        return  # what can only lock needs nothing
    need_conversation(position.conversation)
    if way == "2":
        need_another(position, item, mailbox)
    if mark.asked != NO_LONGER_APPLIES and not position.standing.all_met(item, mailbox):
        raise _locked(position, item, mailbox)


def may_skip(position: Position, item: Item) -> tuple[str, ...]:
    """Return the mailboxes that skipping `item` is for; raises Refusal for killers, witnesses and what decides."""
    need_conversation(position.conversation, "Skipping")
    status = position.status(item)
    if item.killer:
        raise Refusal(f"'{item.text}' cannot be skipped", "do it, or answer what makes it not apply")
    if item.id in position.scenario.firm:
        raise Refusal(f"'{item.text}' cannot be skipped: {position.scenario.firm[item.id]}", "do it, or d for later")
    left = status.to_do
    for mailbox in left:
        need_another(position, item, mailbox)
    if left:
        return left
    if status.state is State.LOCKED:
        raise _locked(position, item, next(iter(status.by), ""))
    raise Refusal(f"'{item.text}' is {status.state}: there is nothing to skip", "")


def may_put_off(position: Position, item: Item) -> None:
    """Raise Refusal if `item` cannot be put off: a killer, a witness, or settled already."""
    if item.id in position.scenario.witnesses:
        doing = position.standing.situation.words.ends.doing
        raise Refusal(f"'{item.text}' cannot be put off: {doing} rests on it", "w lets the whole case wait")
    status = position.status(item)
    if status.state in (State.DONE, State.NOT_APPLICABLE, State.SKIPPED, State.OUT_THERE):
        raise Refusal(f"'{item.text}' is {status.state}: there is nothing to put off", "")


def may_clear(position: Position, item: Item) -> None:
    """Raise Refusal for a killer's first step unless everything it rests on is met, for all mailboxes (rule 9)."""
    if (item.id, "") in position.standing.board.marks:
        raise Refusal(f"'{item.text}' is done already", "u takes back what you did last")
    status = position.status(item)
    if status.state is State.NOT_APPLICABLE:
        raise Refusal(f"'{item.text}' does not apply here", "an answer given before rules it out")
    if status.state is not State.TODO:
        raise _locked(position, item)
    need_client(position.conversation, item)
    need_another(position, item)


def may_cancel(position: Position, item: Item) -> None:
    """Raise Refusal for a killer's second step unless it was cleared and what it rests on is still met.

    Neither age nor a lapse refuses it: `position` is judged without them.
    """
    if item.id not in position.standing.board.cleared:
        raise Refusal(f"'{item.text}' was not cleared", "enter shows what it rests on")
    status = position.status(item)
    if status.state is State.NOT_APPLICABLE:
        raise Refusal(f"'{item.text}' does not apply any more", "", ("already",) if item.already else ())
    if status.state is not State.TODO:
        raise _locked(position, item)


def may_take_back(position: Position, item: Item, mailboxes: tuple[str, ...]) -> tuple[Key, ...]:
    """Return the marks of `item` to take back; raises Refusal if there are none. It needs no conversation."""
    marks = position.standing.board.of(item.id)
    keys = tuple((item.id, name) for name in (mailboxes or tuple(marks)) if name in marks)
    if not keys:
        raise Refusal(f"'{item.text}' was not done", "there is nothing to take back")
    return keys
