"""The always visible parts of a case: the NBs in force, the head line, and whether today's playbook differs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import field

from oxtui.cases.clocks import running
from oxtui.cases.commands.scenarios import MovePlaybook
from oxtui.cases.nbs import lasting, of_item
from oxtui.cases.status import State
from oxtui.playbook.model import NB, Procedure
from oxtui.playbook.pins import Differences, diff
from oxtui.screens.case.part import CasePart
from oxtui.screens.dialogs.ask import Confirm
from oxtui.widgets.spans import Span


class Steps(CasePart):
    """The steps that a case was opened with beside today's, and moving the case to those."""

    _compared: tuple[str, str, int | None] = ("", "", None)
    _changes: Differences = field(default_factory=Differences)

    def follow_today(self) -> bool:
        """Return whether the case has the steps of today's playbook."""
        return self.case.procedure.digest == self.service.playbook.procedure.digest

    def newer(self) -> Differences:
        """Return the changes in the case's scenario by today's playbook."""
        old, new, number = self.case.procedure, self.service.playbook.procedure, self.case.number
        compared = (old.digest, new.digest, number)
        if self._compared != compared:
            self._compared = compared
            self._changes = diff(old, new, number) if number and not self.follow_today() else Differences()
        return self._changes

    def nb(self) -> NB | None:
        """Return the NB that today's steps differ, or None."""
        newer = self.newer()
        if not newer or self.case.closed:
            return None
        parts = ", ".join(f"{len(names)} {word}" for word, names in _parts(newer) if names)
        text = f"Today's playbook has other steps: {parts}. The case keeps its own; P shows which, and moves it."
        return NB("newer-playbook", text, f"P: today's steps differ: {parts}", lasting=True)

    def move(self) -> None:
        """P: say what changes, then move the case to today's playbook."""
        today = self.service.playbook.procedure
        if self.follow_today():
            self.host.say("The case follows today's playbook already.")
            return
        text = "\n".join(self._changes_in_words(today)) or "Its steps are the same; NBs, texts or templates differ."
        self.ask(
            Confirm("Move the case to today's playbook?", text, yes="move it"),
            lambda _: self.send(self.case, MovePlaybook(today)),
        )

    def _changes_in_words(self, today: Procedure) -> Iterator[str]:
        """Yield a line each for the items that are new, gone and changed."""
        number = self.case.number or 0
        for word, names in _parts(self.newer()):
            procedure = self.case.procedure if word == "gone" else today
            items = procedure.scenarios[number].by_id if number in procedure.scenarios else {}
            texts = " · ".join(items[name].text for name in names if name in items)
            if texts:
                yield f"{word}: {texts}"


def _parts(changes: Differences) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return ("new", changes.new), ("gone", changes.gone), ("changed", changes.changed)


class Head(CasePart):
    """The NBs of a case, and its head line."""

    steps: Steps

    def item_nbs(self) -> tuple[NB, ...]:
        """Return the NBs of the current item, and of the answer shown, that hold now."""
        row = self.checklist.current
        if row is None or not row.ours:
            return ()
        # an answer can be given again by a digit, so its NBs stay; an action that is done is over
        if row.item.kind == "action" and row.status.state in (State.DONE, State.SKIPPED, State.OUT_THERE):
            return ()
        place = self.checklist.shown.offered.get(row.item.id, -1)
        offered = row.item.answers[place].id if 0 <= place < len(row.item.answers) else ""
        return of_item(self.case, row.item, offered)

    def lasting_nbs(self) -> tuple[NB, ...]:
        """Return the NBs in force wherever the cursor is; last that today's steps differ."""
        newer = self.steps.nb()
        return (*lasting(self.case), *((newer,) if newer else ()))

    def crumbs(self) -> Sequence[Span]:
        if self.screen.narrow():
            return self._short()
        return (("oxtui", "accent"), (f"  Home {self.glyphs.crumb} ", "quiet"), (self.case.name, "strong"))

    def _short(self) -> Sequence[Span]:
        """Return domain, scenario, authentication and progress for one row."""
        done, total = self.case.progress()
        sign, role = self._conversation()
        name = self.case.name
        clock = [(f" {each.left} d", "alarm" if each.urgent else "due") for each in running(self.case)[:1]]
        room = max(8, self.screen.pane_size.width - 24 - sum(len(text) for text, _ in clock))
        name = name if len(name) <= room else name[: room - 1] + self.glyphs.ellipsis
        return (
            (f"{name} ", "strong"), (f" {self.case.number or '-'} ", "chip"), (f" {sign}", role),
            (f"  {done}", "strong"), (f"/{total}", "quiet"), *clock,
        )  # fmt: skip

    def _conversation(self) -> tuple[str, str]:
        """Return the conversation in a word, with its role."""
        talk, glyphs = self.case.conversation, self.glyphs
        if talk.mode and talk.lapsed:
            return f"{glyphs.stale} lapsed", "trouble"
        if talk.parked:
            return f"{glyphs.later} parked", "due"
        if talk.mode:
            return {
                "client": (f"{glyphs.done} auth", "done"),
                "writing": (f"{glyphs.done} in writing", "done"),
                "back-office": (f"{glyphs.dot} back office", "due"),
            }[talk.mode]
        if not self.case.procedure.gated:
            return "", "quiet"
        return (f"{glyphs.apart} no call", "due") if self.case.authenticated else (f"{glyphs.nb} not auth", "trouble")

    def line(self) -> tuple[Sequence[Span], Sequence[Span]]:
        """Return the line under the top bar: number, title, hold and facts; then conversation and progress."""
        case, when = self.case, self.service.clock.when
        done, total = case.progress()
        title = case.scenario.title if case.scenario else "no scenario yet"
        others = self.host.sharing.with_me(case.id) if self.host.sharing else ()
        left: list[Span] = [(f" {case.number or '-'} ", "chip"), (f" {title} ", "strong")]
        if others:
            left.append((f" also here: {', '.join(others)} ", "due"))
        left += [(f" {each.words} ", "alarm" if each.urgent else "due") for each in running(case)[:1]]
        if case.hold:
            left.append((f" waits for {case.hold.waits_for} ", "due"))
        left += [(("  ", " · ")[place > 0] + fact, "quiet") for place, fact in enumerate(self._facts())]
        sign, role = self._conversation()
        begun = case.event(case.conversation.event)
        since = f" {when(begun.at)}" if begun and case.conversation.mode else ""
        long_sign = sign.replace(" auth", " authenticated") if self.screen.pane_size.width >= 100 else sign
        return left, ((f"{long_sign}{since}", role), (f"   {done}", "strong"), (f"/{total}", "quiet"))

    def _facts(self) -> list[str]:
        """Return the origin of the case, its numbers elsewhere, and how many mailboxes and licences it has."""
        case, about, count = self.case, self.case.procedure.about, len(self.case.addresses)
        taken = next((event for event in reversed(case.log) if event.what == "imported"), None)
        source = f" from {taken.get('from')}" if taken and taken.get("from") else ""
        facts = [f"taken over{source} {self.service.clock.when(taken.at)}"] if taken else []
        facts += [f"{each.brief} {number}" for each in about.tickets() if (number := case.details.of(each.id))]
        if about.each:
            facts.append(about.count(count))
        if self.service.playbook.plans.all and case.licences != (count if case.counts_licences else 1):
            facts.append(case.procedure.words.licences(case.licences))
        return facts
