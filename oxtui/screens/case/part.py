"""What the parts of the case screen ask of each other; `case` puts them together."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from oxtui.cases.case import Case
from oxtui.cases.wording import short_address
from oxtui.errors import OxtuiError, WrongUse
from oxtui.screens.base import BaseScreen

if TYPE_CHECKING:
    from oxtui.cases.commands import Command
    from oxtui.cases.evidence import Evidence
    from oxtui.playbook.model import NB, Item
    from oxtui.widgets.checklist import Checklist
    from oxtui.widgets.panels import Panel


class CaseParts(BaseScreen):
    """One case, its checklist and its panel; each method here is one part's, and used by another."""

    case: Case
    asking_dns: bool

    def follows_today(self) -> bool:
        """Whether the case has the steps of today's playbook."""
        return self.case.procedure.digest == self.service.playbook.procedure.digest

    @property
    def checklist(self) -> Checklist:
        """The checklist."""
        raise NotImplementedError

    @property
    def panel(self) -> Panel:
        """The panel beside it."""
        raise NotImplementedError

    def draw(self) -> None:
        """Draw the case as it is now."""
        raise NotImplementedError

    def draw_after_step(self) -> None:
        """Draw the answer stepped to."""
        raise NotImplementedError

    def begin_pending(self) -> None:
        """Draw what is under way as pending, where it is not on disk in a moment."""
        raise NotImplementedError

    def do(self, command: Command, item: Item | None = None) -> None:
        """Have a command carried out and move on to what comes next."""
        raise NotImplementedError

    def allowed(self, check: Callable[[], object]) -> bool:
        """Whether something may be done; if not it is told why."""
        raise NotImplementedError

    def under_way(self) -> bool:
        """Whether keys of this case are not on disk yet: then the service decides, and not the screen."""
        raise NotImplementedError

    def offer(self, item: Item, error: OxtuiError) -> None:
        """Tell why something is refused; and where what really happened can be said instead, ask for that."""
        raise NotImplementedError

    def open_cleared(self) -> None:
        """Show the box of a killer that was cleared and not answered."""
        raise NotImplementedError

    def read_newest(self, then: Callable[[], None], refused: OxtuiError) -> None:
        """Read the case anew in a thread, show it, then go on; where it cannot be read, tell what was refused."""
        raise NotImplementedError

    def look_again(self) -> None:
        """Show the case as it was read or written last."""
        raise NotImplementedError

    def markable(self, item: Item, again: Callable[[], None] | None = None) -> bool:
        """Whether the item may be ticked or answered now; tells why not."""
        raise NotImplementedError

    def is_witness(self, item: Item) -> bool:
        """Whether it is a killer, or what a killer rests on."""
        raise NotImplementedError

    def can_undo(self) -> bool:
        """Whether this agent did something here that can be taken back."""
        raise NotImplementedError

    def pick_mailboxes(
        self, item: Item, then: Callable[[tuple[str, ...]], None], rest: list[str] | None = None
    ) -> None:
        """Ask for which mailboxes."""
        raise NotImplementedError

    def ask_mailboxes(self, then: Callable[[], None] | None = None) -> None:
        """Type or paste addresses, several at once."""
        raise NotImplementedError

    def action_open(self) -> None:
        """enter."""
        raise NotImplementedError

    def item_nbs(self) -> tuple[NB, ...]:
        """The NBs of the current item that are in force."""
        raise NotImplementedError

    def lasting_nbs(self) -> tuple[NB, ...]:
        """The lasting NBs that are in force."""
        raise NotImplementedError

    def refresh_beside(self) -> None:
        """Have the NBs, the panel and the bars drawn."""
        raise NotImplementedError

    def holds(self, nb: NB) -> bool:
        """Whether an NB is in force."""
        raise NotImplementedError

    def evidence(self) -> Evidence | None:
        """The last DNS evidence kept in the case."""
        raise NotImplementedError

    def evidence_answers(self) -> Mapping[str, str]:
        """What the DNS evidence proposes, by the playbook's keys."""
        raise NotImplementedError

    def template_name(self) -> str:
        """The template of the current item, else the one that is furthest on."""
        raise NotImplementedError

    def template_wanted(self, name: str) -> bool:
        """Whether the answers want this template."""
        raise NotImplementedError

    def covers(self) -> bool:
        """Whether the template in front can be copied with cover lines."""
        raise NotImplementedError

    def editing(self) -> bool:
        """Whether a line of the template is being typed."""
        raise NotImplementedError

    def choices_here(self) -> int:
        """How many choices the template line under the cursor offers."""
        raise NotImplementedError


def for_whom(case: Case, mailboxes: Sequence[str]) -> str:
    """The mailboxes that a confirmation is for, as one would say it: both, all 3, anna@ and info@."""
    count = len(mailboxes)
    if count > 1 and count == len(case.addresses):
        return "both" if count == 2 else f"all {count}"
    names = [short_address(case, name) for name in mailboxes]
    if count > 3:
        return f"{count} of {len(case.addresses)}"
    return " and ".join([", ".join(names[:-1]), names[-1]]) if count > 1 else "".join(names)


def allows(check: Callable[[], object]) -> bool:
    """Whether a permit raises nothing."""
    try:
        check()
    except OxtuiError:
        return False
    return True


def something(text: str) -> str:
    """`text` without blanks around it; raises WrongUse where nothing is left."""
    text = text.strip()
    if not text:
        raise WrongUse("One line is needed", "esc goes back")
    return text
