"""The fields that the calculator takes from a case, and the quote that it puts in."""

from __future__ import annotations

from functools import partial

from msgspec import Struct

from oxtui.cases.case import Case
from oxtui.cases.commands.quotes import PutQuote, SetLicences, quote_item, quoted_plans
from oxtui.cases.dates import show
from oxtui.cases.money import Quote, plain
from oxtui.errors import WrongUse
from oxtui.playbook.plans import Plan, Plans
from oxtui.screens.base import BaseScreen, send
from oxtui.text import secret_like
from oxtui.widgets.calcform import PLANS, SME


class IntoCase(Struct, eq=False):
    """Puts a quote into the case that the calculator was opened from, then closes the calculator."""

    screen: BaseScreen
    case: Case
    sent: bool = False
    """Whether a quote is under way: a second enter does not send it again."""
    _warned: tuple[str, ...] = ()

    def put(self, quote: Quote, expert: tuple[str, ...]) -> None:
        """Put the quote in, with the amount, name and reference of an expert; a likely slip is asked about first."""
        if self.sent or self._warn(quote, expert):
            return
        self.sent = True
        put = partial(self._send, quote)
        if quote.licences == self.case.licences:
            put(self.case)
        else:  # the number typed here becomes the case's
            send(self.screen, self.case, SetLicences(quote.licences), put)

    def _send(self, quote: Quote, case: Case) -> None:
        send(self.screen, case, PutQuote(quote), partial(self._saved, quote))

    def _saved(self, quote: Quote, case: Case) -> None:
        if quote.discount is not None:
            self.screen.host.say(f"In the case: discount {quote.shown_discount}")
        self.screen.once_in_front(partial(self.screen.dismiss, case))

    def _warn(self, quote: Quote, expert: tuple[str, ...]) -> bool:
        """Warn once of a likely slip or a password; enter again saves it."""
        secret = next(filter(None, map(secret_like, expert[1:])), None)
        slip = quote.given_by and quote.discount and quote.discount > quote.new_price
        why = f"looks like {secret}" if secret else "is more than the new price" if slip else ""
        if not why or self._warned == expert:
            return False
        self._warned = expert
        self.screen.refused(WrongUse(f"NB This {why}", "enter saves it anyway"))
        return True


def begin_with(case: Case, chosen: dict[str, Plan | None], plans: Plans) -> dict[str, str]:
    """Return the initial texts of the fields, from the case's last quote; `chosen` gets the plans its answers name."""
    item = quote_item(case)
    if item:
        chosen.update({name: plans.get(plan) for name, plan in zip(PLANS, quoted_plans(case, item), strict=True)})
    old = case.quote
    now, new = (chosen[name] for name in PLANS)
    texts = {"licences": str(case.licences)}
    if not (old and now and new and (old.current, old.new) == (now.id, new.id)):
        return texts
    texts["months"] = show(old.since) if old.since else "" if old.months_used is None else str(old.months_used)
    if old.given_by and old.discount is not None:
        figures = (plain(old.discount), old.given_by.name, old.given_by.reference)
        texts |= dict(zip(SME, figures, strict=True))
    return texts
