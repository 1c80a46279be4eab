"""The walk: panes of three agents on two homes, their clocks, and the oracle looking at every log that is written."""

from __future__ import annotations

import random
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from oxtui.cases.commands.base import Sent
from oxtui.cases.commands.calls import EndCall, Park
from oxtui.cases.commands.killers import Cancel, Clear, NotYet
from oxtui.cases.commands.marks import AnswerIt, Defer, Skip, TakeBack, Tick
from oxtui.cases.commands.quotes import PutQuote
from oxtui.cases.commands.scenarios import MovePlaybook
from oxtui.cases.commands.undo import UndoIt
from oxtui.cases.commands.waiting import Note
from oxtui.errors import OxtuiError, Refusal
from oxtui.playbook.playbook import Playbook
from oxtui.service import Service
from tests.service.walker.facts import KILLERS
from tests.service.walker.hands import DOMAINS, HANDS, NAMES
from tests.service.walker.ledger import ledger_of, undone_in
from tests.service.walker.panes import Home, Pane, Snap, other_playbook, shipped, snap, written
from tests.service.walker.rules import broken, touches
from tests.service.walker.values import Row, Told

LAST: Final = 15
LONGEST_LOG: Final = 160
OPEN_CASES: Final = 3
NEARLY: Final = 4
"""How few open items a case has that is close to its end."""
LATE: Final = ("killer", "killer", "undo", "undo", "otherwise", "evidence", "mailboxes", "conversation", "word", "any")
ALWAYS_WRITE: Final = (AnswerIt, Cancel, Clear, Defer, NotYet, Note, PutQuote, Skip, TakeBack, Tick, UndoIt)
"""Commands that are refused or leave an event with their own id."""
RESULTS: Final = frozenset({"order-completed", "jira-result", "result"}) | {
    name for killers in KILLERS.values() for killer in killers.values() for name in killer.witnesses
}
"""Results and witnesses: typing their former value is never an undo."""


class Found(AssertionError):
    """A rule was broken."""


class World:
    """All of it, driven by one seed."""

    def __init__(self, folder: Path, seed: int, playbook: Playbook | None = None) -> None:
        self.rng = random.Random(seed)
        self.seed = seed
        self.step_number = 0
        self.folder = folder
        self.told = Told()
        self.last: deque[str] = deque(maxlen=LAST)
        self.counted: Counter[str] = Counter()
        self.checked: set[str] = set()
        self.snaps: dict[str, tuple[Snap, Snap]] = {}
        self.ids = 0
        self.calm: set[str] = set()
        """Cases in which mostly the next step is taken, to get the walk far."""
        self.sent: tuple[Pane, str, Sent] | None = None
        self.playbooks = [playbook or shipped(), other_playbook(folder)]
        self.homes = [Home("north", folder / "north"), Home("south", folder / "south")]
        self.by_name: dict[str, Pane] = {}
        for home, name, agent in (
            (self.homes[0], "anna", "anna"),
            (self.homes[0], "ben", "ben"),
            (self.homes[0], "anna's other pane", "anna"),
            (self.homes[1], "cleo", "cleo"),
        ):
            home.path.mkdir(exist_ok=True)
            pane = Pane(name, agent, home, self.playbooks[0])
            home.panes.append(pane)
            self.by_name[name] = pane

    # -- telling
    def fail(self, what: str) -> None:
        """Raise what was found, with the last commands."""
        told = "\n  ".join(self.last)
        raise Found(f"{what}\nseed {self.seed}, step {self.step_number}; the last {len(self.last)}:\n  {told}")

    def say(self, pane: Pane, case_id: str, what: object, result: str = "") -> None:
        place = pane.home.open.index(case_id) if case_id in pane.home.open else "-"
        at = pane.now.strftime("%d/%m %H:%M")
        self.last.append(f"{self.step_number} {pane.name} {at} case {place} {what}{' -> ' + result if result else ''}")

    # -- steps
    def walk(self, steps: int) -> None:
        for _ in range(steps):
            self.step()
        self.look_at_the_files()

    def step(self) -> None:
        """One thing that somebody does."""
        self.step_number += 1
        rng = self.rng
        home = self.homes[0] if rng.random() < 0.85 else self.homes[1]
        pane = rng.choices(home.panes, (4, 3, 2) if len(home.panes) == 3 else None)[0]
        home.clock.move(timedelta(seconds=rng.choice((0, 1, 5, 20, 60))))
        pick = rng.random()
        if pick < 0.015 or not home.open:
            self.begin(pane)
        elif pick < 0.03:
            self.time(pane)
        elif pick < 0.037:
            self.carry(pane)
        elif pick < 0.042:
            self.playbook(pane)
        elif pick < 0.047:
            self.restart(pane)
        elif pick < 0.053:
            self.reopen(pane)
        elif pick < 0.056:
            self.drop(pane)
        elif pick < 0.065:
            self.again()
        else:
            self.type(pane)
        if self.step_number % 200 == 0:
            self.look_at_the_files()

    def type(self, pane: Pane) -> None:
        """A command, decided on what this pane's screen shows, which may be old."""
        rng, home = self.rng, pane.home
        case_id = home.open[-1] if rng.random() < 0.6 else rng.choice(home.open)
        name = rng.choices(list(HANDS), [weight for weight, _ in HANDS.values()])[0]
        if case_id in self.calm and rng.random() < 0.8:
            name = "next"
        if len(home.logs[case_id]) > LONGEST_LOG and rng.random() < 0.2:
            name = "closing"
        stale = case_id in pane.screen and rng.random() < 0.2
        case = pane.screen[case_id] if stale else pane.look(case_id)
        if case.scenario is not None and len(case.open_items()) <= NEARLY and rng.random() < 0.4:
            name = rng.choice(LATE)  # close to its end a case is disturbed most
            if rng.random() < 0.1:
                home.clock.move(timedelta(days=6))
        command = HANDS[name][1](rng, case, pane)
        if command is None:
            return
        self.counted[name] += 1
        self.ids += 1
        seen = case.seq if rng.random() < 0.95 else None
        self.send(pane, case_id, Sent(command, f"w{self.ids:07d}", seen))

    def send(self, pane: Pane, case_id: str, sent: Sent, again: bool = False) -> None:
        """Hand a command to the service, and look at what it wrote."""
        before = snap(pane.service.case(case_id)) if case_id in pane.home.open else {}
        text = f"{written(sent.command)} seen {sent.seen}{' again' if again else ''}"
        with self.expecting(pane, case_id, text) as answer:
            pane.screen[case_id] = pane.service.change(case_id, sent.command, sent)
        if not again:
            self.sent = (pane, case_id, sent)
        self.observe(pane, case_id, None if again else sent.seen, refused=answer.refused, before=before)
        if not answer.refused and isinstance(sent.command, ALWAYS_WRITE):
            ids = {row["id"] for row in pane.home.logs[case_id]}
            if sent.id not in ids:
                self.fail(f"acknowledged, and never written: {text}")
        self.elsewhere(pane, answer)

    @contextmanager
    def expecting(self, pane: Pane, case_id: str, what: object) -> Iterator[Answer]:
        """Something is asked of a service: it may refuse, and nothing else may go wrong."""
        answer = Answer()
        try:
            yield answer
        except OxtuiError as error:
            answer.refused = True
            answer.offers = error.offers if isinstance(error, Refusal) else ()
            self.counted["refused"] += 1
            self.say(pane, case_id, what, f"{type(error).__name__}: {error}")
        except Exception as error:
            self.say(pane, case_id, what, f"{type(error).__name__}: {error}")
            raise Found(self._crash(error)) from error
        else:
            self.say(pane, case_id, what, "done")

    def _crash(self, error: Exception) -> str:
        told = "\n  ".join(self.last)
        return f"crash: {type(error).__name__}: {error}\nseed {self.seed}, step {self.step_number}:\n  {told}"

    def elsewhere(self, pane: Pane, answer: Answer) -> None:
        """An agent who is in a call elsewhere mostly says what becomes of that."""
        talks = [offer.removeprefix("talk:") for offer in answer.offers if offer.startswith("talk:")]
        if talks and self.rng.random() < 0.7 and talks[0] in pane.home.logs:
            self.ids += 1
            ending = self.rng.choice((EndCall(), EndCall(), Park()))
            self.send(pane, talks[0], Sent(ending, f"w{self.ids:07d}", None))

    def again(self) -> None:
        """The same command is handed in once more, as after a broken line: it is written once."""
        if self.sent is not None:
            pane, case_id, sent = self.sent
            written = any(row["id"] == sent.id for row in pane.home.logs.get(case_id, ()))
            if written:
                self.send(pane, case_id, sent, again=True)

    # -- cases come and go
    def begin(self, pane: Pane) -> None:
        rng, home = self.rng, pane.home
        if len(home.open) >= OPEN_CASES:
            return
        name = rng.choice(DOMAINS)
        boxes = [f"{each}@{name}" for each in rng.sample(NAMES, rng.choice((0, 1, 1, 2, 2)))]
        with self.expecting(pane, "", f"start {name} {boxes}"):
            case = pane.service.start(name, mailboxes=boxes)
            home.open.append(case.id)
            home.logs[case.id] = []
            if rng.random() < 0.6:
                self.calm.add(case.id)
            self.observe(pane, case.id, None)

    def reopen(self, pane: Pane) -> None:
        home = pane.home
        if home.closed and len(home.open) < OPEN_CASES:
            case_id = self.rng.choice(home.closed[-5:])
            with self.expecting(pane, case_id, f"reopen {len(home.closed)}"):
                pane.service.reopen(case_id)
            self.observe(pane, case_id, None)

    def drop(self, pane: Pane) -> None:
        home = pane.home
        case_id = self.rng.choice(home.open)
        rows = home.logs[case_id]
        with self.expecting(pane, case_id, "drop") as answer:
            pane.service.drop(case_id)
        if answer.refused:
            self.observe(pane, case_id, None)
            return
        quiet = ("opened", "details", "mailboxes", "evidence", "licences")
        done = [row["what"] for row in rows if row["what"] not in quiet]
        if done:
            self.fail(f"a case was dropped in which something was done: {done}")
        home.open.remove(case_id)
        home.ledgers.pop(case_id, None)
        for each in home.panes:
            each.screen.pop(case_id, None)

    def restart(self, pane: Pane) -> None:
        """The pane is started anew."""
        self.say(pane, "", "restart")
        pane.start()

    def playbook(self, pane: Pane) -> None:
        """The floor lead publishes another playbook, and a case moves to it."""
        pane.playbook = self.rng.choice(self.playbooks)
        self.restart(pane)
        self.ids += 1
        case_id = self.rng.choice(pane.home.open)
        self.send(pane, case_id, Sent(MovePlaybook(pane.playbook.procedure), f"w{self.ids:07d}", None))

    def time(self, pane: Pane) -> None:
        """A clock runs on, is set, or a machine sleeps."""
        clock, rng = pane.home.clock, self.rng
        by = timedelta(minutes=rng.choice((10, 30, 55, 61, 61, 180, 60 * 24, 60 * 24 * 6)))
        pick = rng.random()
        if pick < 0.7:
            clock.move(by)
        elif pick < 0.85:
            clock.move(by, monotonic=False)
        else:
            clock.move(-by, monotonic=False)
        self.say(pane, "", f"time {by if pick < 0.85 else -by}")

    def carry(self, pane: Pane) -> None:
        """A case goes to the other home in an `oxtui:` line."""
        other = self.homes[1] if pane.home is self.homes[0] else self.homes[0]
        case_id = self.rng.choice([*pane.home.open, *pane.home.closed[-2:]])
        taker = self.rng.choice(other.panes)
        had = {row["id"] for row in other.logs.get(case_id, ())}
        line = ""
        with self.expecting(pane, case_id, "the note"):
            line = pane.service.note(pane.service.find(case_id))
        if not line or (case_id not in other.open and len(other.open) > OPEN_CASES):
            return
        with self.expecting(taker, case_id, f"take over from {pane.home.name}"):
            taker.service.take_over(line)
        rows = other.rows(case_id) or []
        for place, row in enumerate(rows):
            if row["what"] == "imported" and row["id"] not in self.told.foreign:
                self.told.foreign[row["id"]] = frozenset(each["id"] for each in rows[:place] if each["id"] not in had)
        if rows:
            self.observe(taker, case_id, None)

    # -- the oracle
    def observe(
        self, pane: Pane, case_id: str, seen: int | None, *, refused: bool = False, before: Snap | None = None
    ) -> None:
        """Read what was written, and ask every rule."""
        home = pane.home
        old, rows = home.logs.get(case_id, []), home.rows(case_id)
        if rows is None:
            self.fail(f"the case is gone, with {len(old)} events")
            return
        if rows == old:
            self._sort(home, case_id, rows)
            return
        if refused:
            self.fail(f"refused, and yet it was written: {rows[len(old) :]}")
        self._nothing_lost(old, rows)
        fresh = [row for row in rows if row["id"] not in {each["id"] for each in old}]
        for row in fresh:
            if row["id"] not in self.told.pane:
                self.told.pane[row["id"]] = pane.name
                self.told.seen[row["id"]] = seen
        home.logs[case_id] = rows
        self._sort(home, case_id, rows)
        self._ask(home, case_id, old, rows)
        self._undone(pane, case_id, rows, fresh, before)

    def _sort(self, home: Home, case_id: str, rows: list[Row]) -> None:
        """Keep the lists of open and closed cases."""
        store = home.panes[0].service.store
        is_open = store.get(case_id) is not None
        for cases, belongs in ((home.open, is_open), (home.closed, not is_open)):
            if belongs and case_id not in cases:
                cases.append(case_id)
            if not belongs and case_id in cases:
                cases.remove(case_id)
        if not is_open:
            for pane in home.panes:
                pane.screen.pop(case_id, None)

    def _nothing_lost(self, old: list[Row], rows: list[Row]) -> None:
        ids = [row["id"] for row in rows]
        if len(set(ids)) < len(ids):
            twice = [name for name, count in Counter(ids).items() if count > 1]
            self.fail(f"written twice: {[row for row in rows if row['id'] in twice]}")
        if [row["seq"] for row in rows] != list(range(1, len(rows) + 1)):
            self.fail(f"the numbers of the log have a gap: {[row['seq'] for row in rows]}")
        instead = {str(name) for row in rows if row["what"] == "imported" for name in row["data"].get("instead", ())}
        worked = [row for row in old if row["id"] not in instead]
        for row in old:
            if row["id"] in instead and row["what"] not in ("imported", "moved"):
                self.fail(f"gave way to a line, and was work: {row}")
        missing = [row for row in worked if row not in rows]
        if missing:
            self.fail(f"acknowledged, and missing now: {missing}")

    def _ask(self, home: Home, case_id: str, old: list[Row], rows: list[Row]) -> None:
        ledger = home.ledgers.get(case_id)
        begun = rows[: len(old)] == old and ledger is not None
        if not begun or ledger is None:
            known = next((place for place, row in enumerate(rows) if row["id"] not in self.checked), len(rows))
            ledger, start = ledger_of(rows[:known], self.told), known
        else:
            start = len(old)
        for place in range(start, len(rows)):
            row = rows[place]
            if row["id"] not in self.checked:
                self.checked.add(row["id"])
                for found in broken(row, rows[:place], ledger, self.told):
                    self.fail(found)
                self.counted[row["what"]] += 1
            if row["what"] == "undone":
                ledger = ledger_of(rows[: place + 1], self.told)
            else:
                ledger.take(row)
        home.ledgers[case_id] = ledger

    def _undone(self, pane: Pane, case_id: str, rows: list[Row], fresh: list[Row], before: Snap | None) -> None:
        """An undo restores exactly what stood before the mark that it undoes."""
        if before is None or not fresh or case_id not in pane.home.open:
            return
        after = snap(pane.service.case(case_id))
        if fresh[0]["what"] != "undone":
            if len(fresh) == 1:
                self.snaps[fresh[0]["id"]] = (before, after)
            return
        entry = str(fresh[0]["data"]["entry"])
        mark = next((row for row in rows if row["id"] == entry), None)
        if mark is None:
            self.fail(f"undone, and never written: {entry}")
            return
        if fresh[0]["data"].get("typed") and mark["data"].get("item") in RESULTS:
            self.fail(f"typing the former value undid a result or a witness: {mark['data']['item']}")
        if entry not in self.snaps:
            return
        was, did = self.snaps[entry]
        spoken = {
            (int(number), (str(item), str(box)))
            for number, board in fresh[0]["data"].get("boards", {}).items()
            for item, box, _ in board.get("stale", ())
        }  # by evidence that came since
        for key in {*was, *did, *before, *after}:
            if was.get(key) == did.get(key):
                wanted = before.get(key)
            elif before.get(key) == did.get(key):
                wanted = was.get(key)
            elif self._marked_since(rows, entry, key):
                name = f"{mark['what']} {mark['data'].get('item', '')}"
                self.fail(f"undo of {name}, although {key} that it changed was marked since")
                return
            else:
                continue  # changed once more by evidence since
            if after.get(key) != wanted and key not in spoken:
                self.fail(
                    f"undo of {mark['what']} {mark['data'].get('item', '')}: {key} was {wanted}, is {after.get(key)}"
                )

    def _marked_since(self, rows: list[Row], entry: str, key: tuple[int, Any]) -> bool:
        """Whether something that an event changed was marked by another event since."""
        start = next(place for place, row in enumerate(rows) if row["id"] == entry) + 1
        gone, by_id = undone_in(rows), {str(row["id"]): row for row in rows}
        since = [row for row in rows[start:-1] if row["id"] not in gone and row["what"] != "undone"]
        return any((key[0], *key[1]) in touches(row, by_id) for row in since)

    def look_at_the_files(self) -> None:
        """Read every case anew, as a new program does, and compare it with what was acknowledged."""
        for home in self.homes:
            pane = home.panes[0]
            store = Service(pane.service.places, pane.playbook, home.clock, "reader").store
            for case_id in [*home.open, *home.closed]:
                document = store.get(case_id) or store.archive.get(case_id)
                if document is None or list(document["log"]) != home.logs[case_id]:
                    self.fail(f"a new program reads another log of case {case_id}")


class Answer:
    """Whether a service refused."""

    refused = False
    offers: tuple[str, ...] = ()
