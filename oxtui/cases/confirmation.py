"""The rows of a killer's confirmation: how many mailboxes, and each thing that the killer rests on."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from typing import Final

from msgspec import Struct

from oxtui.cases.board import Key, Mark
from oxtui.cases.case import Case
from oxtui.cases.contradictions import dns_says
from oxtui.cases.dates import show, weekday
from oxtui.cases.outcome import mark_words
from oxtui.cases.parts import LEAVES_BECAUSE, NOT_PART, moment_of
from oxtui.cases.status import Standing, State
from oxtui.cases.waits import waits_of
from oxtui.cases.wording import noted, short_address
from oxtui.playbook.model import NB, Item
from oxtui.text import plural

TODAY: Final = "today"


class Read(Struct, frozen=True):
    """One row: what, its value, by whom and when; `amber` if only on somebody's word, or a mailbox was left out."""

    text: str
    value: str = ""
    who: str = ""
    amber: bool = False
    locks: bool = False
    """Whether it keeps the killer locked: another value than needed, to be checked again, or against an NB."""

    def plain(self) -> str:
        """The row in one line, as it is saved in the log."""
        value = f": {self.value}" if self.value else ""
        return f"{self.text}{value}{f' ({self.who})' if self.who else ''}"


def count_words(case: Case) -> str:
    """The number of mailboxes, as a question to compare with the console; "" if the playbook has none."""
    about, words = case.procedure.about, case.procedure.words
    return f"{about.count(len(case.addresses))}: all that {words.system} shows?" if about.each else ""


def rows(case: Case, killer: Item) -> tuple[Read, ...]:
    """A row for each thing that a killer waits for, folded if all mailboxes agree; then the mailboxes left out."""
    locking = _locking(case, killer)
    shown = [row for item in rested_on(case, killer) for row in _of_item(case, item, locking)]
    served = any(lock.kind == "left" for lock in case.standing.locks(killer)) if case.standing else False
    for left in case.left_out:
        words = LEAVES_BECAUSE.get(left.reason, left.reason)
        locks = served and left.reason == NOT_PART and left.mailbox.of(killer.ends) != "no"
        shown.append(Read(f"Left out: {left.mailbox.address}", words, amber=True, locks=locks))
    return tuple(shown)


def rested_on(case: Case, killer: Item) -> tuple[Item, ...]:
    """The marked items that a killer directly waits for, that decide whether it applies, or that lock it."""
    if case.scenario is None:
        return ()
    names = {name for guard in killer.after for name in guard.items()} | set(killer.when.items())
    names |= {name for name, _ in _locking(case, killer)}
    return tuple(
        item for item in case.scenario.items() if item.id in names and item.id != killer.id and case.marks(item.id)
    )


def dns_locks(case: Case, killer: Item) -> bool:
    """Whether DNS keeps a killer locked: it contradicts an answer, or brings an NB into force."""
    standing = case.standing
    if standing is None:
        return False
    items = {name for name, _ in _locking(case, killer)}
    against = any(dns_says(case, standing.scenario.by_id[name]) for name in items)
    return against or any(standing.said_by_dns(nb) for nb in _nbs_that_lock(standing, killer))


def _nbs_that_lock(standing: Standing, killer: Item) -> list[NB]:
    names = [lock.about for lock in standing.locks(killer) if lock.kind == "nb"]
    return [nb for nb in standing.situation.nbs if nb.id in names]


def _locking(case: Case, killer: Item) -> set[Key]:
    """The marks that keep a killer locked: those it waits for, and the answers that bring an NB into force."""
    standing = case.standing
    if standing is None:
        return set()
    waited_for = {(wait.atom.item, wait.mailbox) for wait in waits_of(standing, killer, "")}
    names = [name for nb in _nbs_that_lock(standing, killer) for name in standing.said_by_answers(nb)]
    return waited_for | {(name, box) for name in names for box in case.marks(name)}


def _of_item(case: Case, item: Item, locking: Collection[Key]) -> Iterator[Read]:
    text = noted(item)
    by = case.status(item.id).by
    ruled_out = (None, State.NOT_APPLICABLE)
    marks = {name: mark for name, mark in case.marks(item.id).items() if by.get(name) not in ruled_out}
    unmarked = [name for name in by if name not in marks and (item.id, name) in locking]
    groups: dict[tuple[str, str, bool], dict[str, Mark]] = {}
    for name, mark in marks.items():
        words = f"{mark_words(case, item, mark) or 'done'}{f': {mark.told}' if mark.told else ''}"
        groups.setdefault((words, _word_of(case, mark), (item.id, name) in locking), {})[name] = mark
    for (words, word, locks), mine in groups.items():
        alone = len(groups) == 1 and not unmarked
        some = "" if alone else ", ".join(short_address(case, name) for name in mine if name)
        count = f"{len(mine)} of {len(marks)}: " if item.each and len(marks) > 1 and not some else ""
        who = word or _by_whom(case, mine.values())
        yield Read(f"{text}{f', {some}' if some else ''}", words, f"{count}{who}", amber=bool(word), locks=locks)
    if marks and unmarked:
        words = "not answered" if item.kind == "question" else "not done"
        yield Read(f"{text}, {', '.join(short_address(case, name) for name in unmarked)}", words, locks=True)


def _word_of(case: Case, mark: Mark) -> str:
    """The source of a mark in words: a colleague's word, a pasted case; "" if the agent who made it saw or did it."""
    if not mark.word:
        return ""
    event = case.event(mark.event)
    if mark.word == "reported":  # it came with a pasted case
        return f"reported by {event.agent}" if event else "reported"
    word = event.get("word", {}) if event else {}
    at = moment_of(str(word.get("when", "")))
    day = f" {day_of(at.replace(tzinfo=case.now.tzinfo), case.now)}" if at else ""
    authenticated = "authenticated by them" if word.get("authenticated") else "not authenticated by them"
    return f"by word of {mark.word}{day}, {authenticated}"


def by_whom(case: Case, mark: Mark) -> str:
    """The agent who made a mark, or the colleague whose word it is, and when: `Anna today 10:41, 5 minutes ago`."""
    return _word_of(case, mark) or _by_whom(case, (mark,))


def _by_whom(case: Case, marks: Iterable[Mark]) -> str:
    """The agents who made marks and when: one agent on one day with time and age, else counts by agent and day."""
    groups: dict[tuple[str, str], list[datetime]] = {}
    for event in filter(None, (case.event(mark.event) for mark in marks)):
        at = event.counts_from.astimezone(case.now.tzinfo)
        groups.setdefault((event.agent, day_of(at, case.now)), []).append(at)
    if len(groups) == 1:
        ((agent, day),) = groups
        oldest = min(next(iter(groups.values())))
        return f"{agent}{'' if day == TODAY else f' {day}'} {oldest:%H:%M}, {ago(oldest, case.now)}"
    return ", ".join(f"{len(times)} {agent} {day}" for (agent, day), times in groups.items())


def day_of(at: datetime, now: datetime) -> str:
    """A day in a word: today, Tue, or 21/11/2026 if it was a week ago or more."""
    days = (now.date() - at.date()).days
    if days == 0:
        return TODAY
    return weekday(at) if 0 < days < 7 else show(at.date())


def ago(at: datetime, now: datetime) -> str:
    """The time since `at` in words, `5 minutes ago`; from 24 hours on by the calendar, in the time zone of `now`."""
    minutes = int((now - at).total_seconds() // 60)
    if minutes < 1:
        return "just now"
    if minutes < 60:
        return f"{plural(minutes, 'minute')} ago"
    if minutes < 24 * 60:
        return f"{plural(minutes // 60, 'hour')} ago"
    return f"{plural((now.date() - at.astimezone(now.tzinfo).date()).days, 'day')} ago"
