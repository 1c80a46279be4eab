"""What is always in view of a case: the NBs in force, and who, which, how far."""

from __future__ import annotations

from collections.abc import Sequence

from oxtui.cases.notes import is_over
from oxtui.playbook.model import NB
from oxtui.playbook.progress import State
from oxtui.screens.case_parts import CaseParts
from oxtui.widgets.ink import Span


class CaseHead(CaseParts):
    """The NBs of a case, and its head line."""

    def item_nbs(self) -> tuple[NB, ...]:
        """The NBs of the current item (and of the answer shown) that hold now."""
        row = self.checklist.current
        # an answer that is given can be given anew by a digit: what has to be minded stays beside it
        if row is None or (row.item.kind == "action" and row.status.state in (State.DONE, State.OVERRIDDEN)):
            return ()
        names = list(row.item.nbs)
        place = self.checklist.shown.offered.get(row.item.id)
        if place is not None and place < len(row.item.answers):
            names += row.item.answers[place].nbs
        elif place is None:
            given = {value for mark in self.case.record(row.item.id).marks.values() for value in mark.value}
            names += [name for answer in row.item.answers if answer.id in given for name in answer.nbs]
        return tuple(self.nb(name) for name in dict.fromkeys(names) if self.holds(self.nb(name)))

    def lasting_nbs(self) -> tuple[NB, ...]:
        """The NBs of the scenario that are in force now, and those of answers that were given."""
        outside = (self.changed_outside(),) if self.case.altered else ()
        scenario = self.case.scenario
        if scenario is None:
            return outside
        found = (self.nb(name) for name in dict.fromkeys(scenario.nbs))
        own = tuple(
            nb for nb in found if self.begun(nb) and self.holds(nb, sure=True) and not is_over(self.case, nb.id)
        )
        return (*outside, *own)

    def changed_outside(self) -> NB:
        """That the log was changed by something else than oxtui, and what does not stand because of it."""
        numbers = ", ".join(str(number) for number in self.case.altered[:6])
        many = len(self.case.altered) > 1
        short = f"{'Entries' if many else 'Event'} {numbers} changed from outside: not counted"
        stands = "" if self.case.authenticated else ", and the authentication does not stand: a once it is done again"
        text = f"{'Entries' if many else 'Event'} {numbers} of this case {'were' if many else 'was'} changed or "
        text += (
            f"taken out by something else than oxtui. What {'they say' if many else 'it says'} does not count{stands}."
        )
        if stands:
            short += "; authenticate again"
        return NB("changed-outside", text, short, lasting=True, danger=True)

    def nb(self, name: str) -> NB:
        """An NB of the playbook."""
        return self.case.procedure.nbs[name]

    def begun(self, nb: NB) -> bool:
        """Whether a lasting NB has begun: from the first, or when its item can be worked on."""
        status = self.case.statuses.get(nb.from_item)
        return status is None or status.state not in (State.LOCKED, State.NOT_APPLICABLE)

    def holds(self, nb: NB, *, sure: bool = False) -> bool:
        """Whether an NB is in force under the call and the answers given.

        What is not answered yet keeps it, unless it has to be `sure`: of two lasting ones that exclude each other,
        one would be untrue.
        """
        if nb.unless and self.case.call.live:
            return False
        verdict = nb.when.truth(self.case.marked)
        return verdict is True if sure and nb.when else verdict is not False

    def crumbs(self) -> Sequence[Span]:
        if self.narrow():
            return self.short_head()
        return (("oxtui", "accent"), (f"  Home {self.glyphs.crumb} ", "quiet"), (self.case.domain, "strong"))

    def short_head(self) -> Sequence[Span]:
        """Domain, scenario, authentication and progress in one row."""
        done, total = self.case.progress()
        sign, role = self.auth_sign()
        number = str(self.case.number) if self.case.number else "-"
        name = self.case.domain
        room = max(8, self.pane_size.width - 24)
        name = name if len(name) <= room else name[: room - 1] + self.glyphs.ellipsis
        return (
            (f"{name} ", "strong"), (f" {number} ", "chip"), (f" {sign}", role), (f"  {done}", "strong"),
            (f"/{total}", "quiet"),
        )  # fmt: skip

    def auth_sign(self) -> tuple[str, str]:
        """The authentication in a word, with its role."""
        case, glyphs = self.case, self.glyphs
        if case.call.lapsed and case.call.mode:
            return f"{glyphs.stale} lapsed", "trouble"
        if case.call.mode == "client":
            return f"{glyphs.done} auth", "done"
        if case.call.mode == "back-office":
            return f"{glyphs.dot} back office", "due"
        return (f"{glyphs.apart} no call", "due") if case.authenticated else (f"{glyphs.nb} not auth", "trouble")

    def head(self) -> tuple[Sequence[Span], Sequence[Span]]:
        """The line under the top bar: domain, scenario, facts; authentication and progress at the right."""
        case = self.case
        done, total = case.progress()
        title = case.scenario.title if case.scenario else "no scenario yet"
        hold = ((f" waits for {case.hold.waits_for} ", "due"),) if case.hold else ()
        facts = [f"SF {case.details.salesforce}"] if case.details.salesforce else []
        facts += [f"JIRA {case.details.jira[-1]}"] if case.details.jira else []
        count = len(case.addresses)
        facts += [f"{count} mailbox{'es' if count != 1 else ''}"]
        sign, role = self.auth_sign()
        since = f" {self.service.clock.when(case.call_event.at)}" if case.call_event else ""
        long_sign = sign.replace(" auth", " authenticated") if self.pane_size.width >= 100 else sign
        left = (
            (case.domain, "strong"),
            ("  ", "text"),
            (f" {case.number or '-'} ", "chip"),
            *hold,
            (f" {title}", "text"),
            *((("  ", " · ")[place > 0] + fact, "quiet") for place, fact in enumerate(facts)),
        )
        return left, ((f"{long_sign}{since}", role), (f"   {done}", "strong"), (f"/{total}", "quiet"))
