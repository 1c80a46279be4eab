"""The holders of cases that agents share: Home's views, taking a case over, giving it away, and who is in it now."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Final, Literal, TypeAlias

from msgspec import Struct

from oxtui.cases.case import Case
from oxtui.cases.commands.details import LONGEST_NAME, Assign
from oxtui.cases.overview import Overview
from oxtui.cases.parts import Talk
from oxtui.errors import OxtuiError, WrongUse
from oxtui.screens.base import BaseScreen, send
from oxtui.screens.dialogs.ask import Ask, Choice, menu
from oxtui.screens.host import AppHost
from oxtui.service import Service
from oxtui.text import clean, first_few, nearest, plural

View: TypeAlias = Literal["mine", "all", "nobody"]
VIEWS: Final[dict[View, str]] = {"mine": "mine", "all": "all", "nobody": "nobody's"}
NAMED: Final = 8
"""How many names are listed; the others can be typed."""


class Holders(Struct, eq=False):
    """The three views of Home, and the holder of the case under the cursor."""

    screen: BaseScreen
    draw: Callable[[], None]
    at: Callable[[], str]
    """Returns the id of the case under the cursor, or ""."""
    _chosen: View | None = None
    _names: frozenset[str] = frozenset()

    @property
    def several(self) -> bool:
        """Whether cases are shared: on a floor, or if another agent holds one of this home."""
        return self.screen.service.store.floor is not None or bool(self._names - {self.screen.service.agent, ""})

    @property
    def view(self) -> View:
        """The view in force: on a floor the agent's own cases, until another is chosen."""
        if self._chosen is not None and self.several:
            return self._chosen
        return "mine" if self.screen.service.store.floor is not None else "all"

    def choose(self, view: View) -> None:
        """Choose a view."""
        self._chosen = view
        self.draw()
        if self.screen.narrow():  # there is no heading
            self.screen.host.say({"mine": "Your own cases", "all": "All open cases", "nobody": "Nobody's cases"}[view])

    def of_view(self, rows: Sequence[Overview]) -> list[Overview]:
        """Return the rows of the view, and record who holds a case."""
        self._names = frozenset(row.holder for row in rows)
        wanted = {"mine": self.screen.service.agent, "nobody": "", "all": None}[self.view]
        return [row for row in rows if wanted is None or row.holder == wanted]

    def title(self, rows: Iterable[Overview]) -> list[tuple[str, bool]]:
        """Return each view with its key and count, and whether it is the one shown."""
        agent, all_rows = self.screen.service.agent, list(rows)
        counts = {
            "mine": sum(row.holder == agent for row in all_rows),
            "all": len(all_rows),
            "nobody": sum(not row.holder for row in all_rows),
        }
        return [
            (f" {key} {word} {counts[view]} ", view == self.view) for key, (view, word) in enumerate(VIEWS.items(), 1)
        ]

    # -- the case under the cursor
    def under_cursor(self) -> Case | None:
        """Return the case, or None; tell why it cannot be read."""
        try:
            return self.screen.service.peek(self.at())
        except OxtuiError as error:
            self.screen.host.tell(error)
            return None

    def open(self) -> None:
        """enter: open the case."""
        if case := self.under_cursor():
            self.screen.host.open_case(case)

    def take(self) -> None:
        """T: make this agent its holder."""
        case, agent, host = self.under_cursor(), self.screen.service.agent, self.screen.host
        if case is None:
            return
        if case.holder == agent:
            host.say(f"{case.name} is yours already")
            return
        had = f"{case.holder} had it" if case.holder else ""
        send(self.screen, case, Assign(agent), lambda _: host.say(f"{case.name} is yours now", had))

    def give(self) -> None:
        """A: ask for a name, and give them the case."""
        case = self.under_cursor()
        if case is None:
            return

        def named(to: str | None) -> None:
            if to is not None:
                message = f"{case.name} is with {to} now" if to else f"{case.name} is nobody's now"
                send(self.screen, case, Assign(to), lambda _: self.screen.host.say(message))

        self.ask_name(f"Give {case.name} to", case.holder, named)

    def hand_over(self, as_text: Callable[[], None]) -> None:
        """Ask whether the next shift gets the cases as text, or the cases themselves."""
        service = self.screen.service
        mine = [row for row in service.seen_overviews() if row.holder == service.agent]
        count = plural(len(mine), "case")
        give = partial(self._give_all, mine)
        choices: list[Choice] = [("copy all open cases as text", "", as_text)]
        if mine:
            to_somebody = partial(self.ask_name, f"Give your {count} to", service.agent, give)
            choices += [("give my cases to somebody", count, to_somebody)]
            choices += [("give my cases back: nobody's", count, partial(give, ""))]
        self.screen.ask(*menu("Handover", choices))

    def _give_all(self, rows: Sequence[Overview], to: str | None) -> None:
        cases = [case for row in rows if (case := self.screen.service.peek(row.id))] if to is not None else []
        message = f"{len(cases)} given to {to}" if to else f"{len(cases)} given back"

        def given(_: Case) -> None:
            self.screen.host.say(message)

        for case in cases:
            send(self.screen, case, Assign(to or ""), given if case is cases[-1] else None)

    def ask_name(self, title: str, holder: str, then: Callable[[str | None], None]) -> None:
        """Ask for a colleague's name, or "nobody"; the beginning of a name is enough."""
        floor = self.screen.service.store.floor
        if floor is None:
            self._ask(title, holder, self._names, False, then)
            return
        host = self.screen.host
        host.aside(floor.agents, lambda names: self._ask(title, holder, names, True, then), self.screen.refused)

    def _ask(
        self, title: str, holder: str, names: Iterable[str], only_these: bool, then: Callable[[str | None], None]
    ) -> None:
        known = sorted({*names} - {holder, ""})
        text = f"{first_few(known, NAMED) or 'a colleague'}; or nobody"
        ask = Ask(title, text, placeholder="name", check=lambda typed: named(typed, known, only_these), warn=None)
        self.screen.ask(ask, then)


def named(typed: str, known: Sequence[str], only_these: bool) -> str:
    """Return the colleague that a text means by a name or its unique beginning; "" for no one. Raises WrongUse."""
    text = clean(typed).strip()
    if not text:
        raise WrongUse("Who gets it?", "a name, or nobody")
    if text.lower() == "nobody":
        return ""
    exact = [name for name in known if name.lower() == text.lower()]
    fits = exact or [name for name in known if name.lower().startswith(text.lower())]
    if len(fits) == 1:
        return fits[0]
    if fits:
        raise WrongUse(f"{len(fits)} begin with that", ", ".join(fits[:NAMED]))
    if only_these or len(text) > LONGEST_NAME:
        near = nearest(text, known, 0.5)
        raise WrongUse(f"Nobody here is called {text[:LONGEST_NAME]}", f"did you mean {near}?" if near else "")
    return text


def signs(host: AppHost, service: Service) -> dict[str, tuple[str, str]]:
    """Return the words beside each case on Home, who is on the line and who has it in front, with their role."""
    by_case: dict[str, tuple[str, str]] = {}
    for case_id, (_, talks) in host.talks.items():
        words = [_talk_words(service, talk) for talk in talks if talk.mode != "back-office"]
        mine = any(talk.event.agent == service.agent and not talk.parked for talk in talks)
        if words:
            by_case[case_id] = (", ".join(words), "done" if mine else "due")
    for case_id, names in host.sharing.signs().items() if host.sharing else ():
        talking, role = by_case.get(case_id, ("", "accent"))
        names = [name for name in names if f"{name} " not in f"{talking} "]  # who is on the line is in it
        if names:
            is_in = f"{', '.join(names)} {'is' if len(names) == 1 else 'are'} in it"
            by_case[case_id] = (f"{is_in}, {talking}" if talking else is_in, role)
    return by_case


def _talk_words(service: Service, talk: Talk) -> str:
    agent = "" if talk.event.agent == service.agent else f"{talk.event.agent} "
    at = service.clock.when(talk.event.at)
    if talk.parked:
        return f"{agent}parked {at}"
    return f"{agent}{'on the line' if talk.mode == 'client' else 'in writing'} {at}"
