"""What is always in view of a case: the NBs in force, and who, which, how far."""

from __future__ import annotations

from collections.abc import Sequence

from oxtui.cases.clocks import running
from oxtui.cases.nbs import lasting, of_item
from oxtui.cases.status import State
from oxtui.playbook.model import NB
from oxtui.screens.case.part import CaseOwner, CasePart
from oxtui.screens.case.playbook import Steps
from oxtui.widgets.spans import Span


class Head(CasePart):
    """The NBs of a case, and its head line."""

    def __init__(self, screen: CaseOwner, steps: Steps) -> None:
        super().__init__(screen)
        self.steps = steps

    def item_nbs(self) -> tuple[NB, ...]:
        """The NBs of the current item (and of the answer shown) that hold now."""
        row = self.checklist.current
        # an answer that is given can be given anew by a digit: what has to be minded stays beside it
        if row is None or not row.ours:
            return ()
        if row.item.kind == "action" and row.status.state in (State.DONE, State.SKIPPED, State.OUT_THERE):
            return ()
        place = self.checklist.shown.offered.get(row.item.id, -1)
        offered = row.item.answers[place].id if 0 <= place < len(row.item.answers) else ""
        return of_item(self.case, row.item, offered)

    def lasting_nbs(self) -> tuple[NB, ...]:
        """The NBs that are in force now, whatever the cursor is on; at the end that today's steps are others."""
        newer = self.steps.nb()
        return (*lasting(self.case), *((newer,) if newer else ()))

    def holds(self, nb: NB) -> bool:
        """Whether an NB is in force, or nobody knows yet whether it is."""
        if nb.unless and self.case.conversation.live:
            return False
        standing = self.case.standing
        return standing is None or standing.in_force(nb) or (bool(nb.when) and standing.holds(nb.when) is None)

    def crumbs(self) -> Sequence[Span]:
        if self.screen.narrow():
            return self._short()
        return (("oxtui", "accent"), (f"  Home {self.glyphs.crumb} ", "quiet"), (self.case.domain, "strong"))

    def _short(self) -> Sequence[Span]:
        """Domain, scenario, authentication and progress in one row."""
        done, total = self.case.progress()
        sign, role = self._conversation()
        number = str(self.case.number) if self.case.number else "-"
        name = self.case.domain
        clock = [(f" {each.left} d", "alarm" if each.urgent else "due") for each in running(self.case)[:1]]
        room = max(8, self.screen.pane_size.width - 24 - sum(len(text) for text, _ in clock))
        name = name if len(name) <= room else name[: room - 1] + self.glyphs.ellipsis
        return (
            (f"{name} ", "strong"), (f" {number} ", "chip"), (f" {sign}", role), (f"  {done}", "strong"),
            (f"/{total}", "quiet"), *clock,
        )  # fmt: skip

    def _conversation(self) -> tuple[str, str]:
        """The conversation in a word, with its role."""
        talk, glyphs = self.case.conversation, self.glyphs
        if talk.mode and talk.lapsed:
            return f"{glyphs.stale} lapsed", "trouble"
        if talk.parked:
            return f"{glyphs.later} parked", "due"
        words = {
            "client": (f"{glyphs.done} auth", "done"),
            "writing": (f"{glyphs.done} in writing", "done"),
            "back-office": (f"{glyphs.dot} back office", "due"),
        }
        if not self.case.procedure.gated and not talk.mode:
            return "", "quiet"
        none = (f"{glyphs.apart} no call", "due") if self.case.authenticated else (f"{glyphs.nb} not auth", "trouble")
        return words.get(talk.mode, none)

    def line(self) -> tuple[Sequence[Span], Sequence[Span]]:
        """The line under the top bar: number and title, what it waits for, facts; conversation and progress."""
        case = self.case
        done, total = case.progress()
        title = case.scenario.title if case.scenario else "no scenario yet"
        hold = ((f" waits for {case.hold.waits_for} ", "due"),) if case.hold else ()
        about, details = case.procedure.about, case.details
        taken = next((event for event in reversed(case.log) if event.what == "imported"), None)
        source = f" from {taken.get('from')}" if taken and taken.get("from") else ""
        facts = [f"taken over{source} {self.service.clock.when(taken.at)}"] if taken else []
        facts += [f"{each.brief} {number}" for each in about.tickets() if (number := details.of(each.id))]
        count = len(case.addresses)
        expected = count if case.counts_licences else 1
        facts += [about.count(count)] if about.each else []
        facts += (
            [case.procedure.words.licences(case.licences)]
            if case.licences != expected and self.service.playbook.plans.all
            else []
        )
        sign, role = self._conversation()
        begun = case.event(case.conversation.event)
        since = f" {self.service.clock.when(begun.at)}" if begun and case.conversation.mode else ""
        long_sign = sign.replace(" auth", " authenticated") if self.screen.pane_size.width >= 100 else sign
        others = self.host.sharing.with_me(case.id) if self.host.sharing else ()
        left = (
            (f" {case.number or '-'} ", "chip"),
            (f" {title} ", "strong"),
            *(((f" also here: {', '.join(others)} ", "due"),) if others else ()),
            *((f" {each.words} ", "alarm" if each.urgent else "due") for each in running(case)[:1]),
            *hold,
            *((("  ", " · ")[place > 0] + fact, "quiet") for place, fact in enumerate(facts)),
        )
        return left, ((f"{long_sign}{since}", role), (f"   {done}", "strong"), (f"/{total}", "quiet"))
