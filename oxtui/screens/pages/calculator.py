"""The pro-rata calculator: two plans, the licences and the months used, with the result beside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Final

from msgspec.structs import replace
from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.widgets import Input

from oxtui.cases.case import Case
from oxtui.cases.money import Quote
from oxtui.cases.offers import plans_asked_about
from oxtui.errors import OxtuiError, Refusal, WrongUse
from oxtui.playbook.model import Procedure
from oxtui.playbook.plans import Plan
from oxtui.screens.base import key, key_hint
from oxtui.screens.pages.into_case import IntoCase, begin_with
from oxtui.screens.pages.list_page import TypingScreen
from oxtui.widgets.bars import FootBar, KeyHint, TopBar
from oxtui.widgets.calcform import FIELDS, PLANS, SME, Form, field_of
from oxtui.widgets.calculator import (
    PROMPTS,
    Asked,
    PlanRows,
    Result,
    answer,
    answer_page,
    how_to_find,
    not_found,
    plan_name,
)
from oxtui.widgets.page import Page
from oxtui.widgets.rows import Rows
from oxtui.widgets.spans import Span

HELP: Final = (
    "Plan now, plan next: type any part of the plan{example}. The arrows pick, enter takes it.",
    "Months used: a number, or the day the current paid year began (12/9, 12/09/2026, 3 months ago).",
    "Number of {licences}: how many change together. The sums are for one {licence}, and beside that for all of them.",
    "Where no rule covers the change, and in a case: the amount that {expert} gives for one {licence}, their name, "
    "and the case or chat it is in.",
    "In a case the plans and the number of {licences} are filled in already: enter puts the discount into the case.",
)


class CalculatorScreen(TypingScreen):
    """Works a discount out. Opened from a case, it takes the plans from the answers and puts the quote in.

    It is then dismissed with the case after the change.
    """

    CRUMB = "Calculator"
    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [
        key("calculator.enter", "enter", "enter", "next", "The next field; from the last: done"),
        key("calculator.copy", "y,ctrl+y", "copy", "copy", "Copy the result with its working"),
        key("calculator.up", "up", "step(-1)", "up", "Plan or field above", show=False),
        key("calculator.down", "down", "step(1)", "down", "Plan or field below", show=False),
        key("calculator.page-up", "pageup", "scroll(-1)", "page up", show=False),
        key("calculator.page-down", "pagedown", "scroll(1)", "page down", show=False),
    ]
    HELP_TEXT = HELP

    def __init__(self, case: Case | None = None, typed: str = "") -> None:
        """`typed` is the figure that opened it: the months or the amount begin with it."""
        super().__init__()
        self.case = case
        self.plans: dict[str, Plan | None] = dict.fromkeys(PLANS)
        self.quote: Quote | None = None
        self.problem: OxtuiError | None = None
        """The problem with the fields, if there is no quote."""
        self.into = IntoCase(self, case) if case else None
        self._settled = False
        self._offered = ("", "")
        """The field and text that the list of plans was last drawn for."""
        texts = begin_with(case, self.plans, self.service.playbook.plans) if case else {"licences": "1"}
        texts |= {name: plan_name(plan, self.room()) for name, plan in self.plans.items() if plan}
        asked = self._wanted(self._answer(texts), texts)
        first = self.first_open(asked, texts)
        begun = bool(typed) and first in ("months", "amount")
        self.form = Form(asked, first, texts | ({first: typed} if begun else {}), self.entered, self.in_words)
        if begun:
            self.box(first).select_on_focus = False  # further letters go after it
            self.box(first).cursor_position = len(typed)
        self._first = first
        self.set_class(first in PLANS, "-picking", update=False)

    def compose(self) -> ComposeResult:
        yield TopBar()
        with Horizontal(id="calc-main"):
            yield self.form
            page = Page(id="calc-result", classes="box")
            page.border_title = self.speaks.words.prorata
            yield page
        yield FootBar()

    @property
    def speaks(self) -> Procedure:
        return self.case.procedure if self.case else super().speaks

    # -- parts
    def box(self, name: str) -> Input:
        """The input of a field that is asked."""
        return self.form.boxes[name]

    def typed(self, name: str) -> str:
        """Return the cleaned text of a field."""
        return self.form.typed(name)

    @property
    def rows(self) -> PlanRows:
        return self.form.rows

    @property
    def page(self) -> Page:
        return self.query_one("#calc-result", Page)

    def field(self) -> str:
        """Return the name of the focused field, or ""."""
        return field_of(self.focused)

    def asked(self) -> list[str]:
        """Return the fields that are asked now, in order."""
        return self.form.asked

    # -- start
    def on_mount(self) -> None:
        self.work()
        self.set_focus(self.box(self._first) if self._first else self.page)  # before anything is painted
        self.call_after_refresh(setattr, self, "_settled", True)

    def entered(self) -> None:
        """Act on enter in a field, but behind the letters that came before the fields were there."""
        if self._settled:
            self.action_enter()
        else:
            self.call_later(self.action_enter)

    def first_open(self, asked: Sequence[str], texts: Mapping[str, str]) -> str:
        """Return the first field that is needed and empty, else the months, else "" for the result."""
        for name in asked:
            optional = name == "months" and "amount" in asked
            if not optional and not (self.plans[name] if name in PLANS else texts.get(name)):
                return name
        return "months" if "months" in asked else ""

    def go_to(self, name: str) -> None:
        """Focus a field; "" is the result."""
        (self.box(name) if name else self.page).focus()

    def help_text(self) -> tuple[str, ...]:
        example = how_to_find(self.service.playbook.plans)
        return tuple(text.replace("{example}", example) for text in super().help_text())

    # -- working out
    def _answer(self, texts: Mapping[str, str]) -> Result:
        now, new = (self.plans[name] for name in PLANS)
        typed = (texts.get(name, "") for name in FIELDS if name not in PLANS)
        plans, today = self.service.playbook.plans, self.service.clock.today()
        result = answer(Asked(now, new, *typed), plans, today, with_sme=self.case is not None)
        if self.case is None:
            return result
        there = plans_asked_about(self.case)  # only plans on offer, no product that clients are moved away from
        return replace(result, others=tuple(each for each in result.others if each[0].id in there))

    def _wanted(self, found: Result, texts: dict[str, str]) -> list[str]:
        """Return the fields to ask for; `texts` gets the only amount there is with monthly billing (N2), nought."""
        now, sme = self.plans["now"], self.case is not None and found.uncovered
        months = now is None or now.term == "yearly"
        if sme and not months:
            texts["amount"] = texts.get("amount") or "0.00"
        return [*PLANS, *(["months"] if months else []), "licences", *(SME if sme else [])]

    def work(self) -> None:
        """Work the quote out from the fields, and draw it."""
        texts = {name: self.typed(name) for name in FIELDS}
        result = self._answer(texts)
        before, asked = self.asked(), self._wanted(result, texts)
        if "amount" in asked and "amount" not in before:
            self.form.put("amount", texts["amount"])
        self.form.ask(asked, self.field())
        self.quote, self.problem = result.quote, result.problem
        self.draw_result(result)

    def prompt(self) -> str:
        """Return the question that is to be answered next, or ""."""
        missing = [name for name in PLANS if self.plans[name] is None]
        return PROMPTS[missing[0]] if missing else "" if self.typed("months") else PROMPTS["months"]

    def draw_result(self, found: Result) -> None:
        """Draw the quote, or the next question, below the problem."""
        policy = self.service.playbook.plans.policy
        self.page.show(answer_page(found, self.prompt(), self.glyphs, policy, in_case=self.case is not None))
        self.refresh_bars()

    # -- plans
    def room(self) -> int:
        """Return the width of a plan's name in cells."""
        width = self.form.boxes["now"].size.width if self.is_attached else 0
        return (width or (27 if self.pane_size.width < 60 else 50)) - 1

    def label_plans(self) -> None:
        """Write the chosen plans into their fields, as ids if words have no room."""
        for name in PLANS:
            if (plan := self.plans[name]) and self.field() != name:
                self.form.put(name, plan_name(plan, self.room()))

    def find(self, name: str, text: str) -> None:
        """List the plans that match the typed text; the first counts until another is picked."""
        found = self.service.playbook.plans.find(text)
        self.plans[name] = found[0] if text and found else None
        self.rows.show(found, self.plans[name], self.service.clock.today())
        self._offered = (name, text)

    def offer(self, name: str) -> None:
        """List all plans with the cursor on the chosen one; without a field as a list of prices."""
        plan, today = self.plans.get(name), self.service.clock.today()
        self.rows.show(tuple(self.service.playbook.plans), plan, today, picking=bool(name))
        self._offered = (name, self.typed(name) if name else "")

    def catch_up(self, name: str) -> None:
        """Read a field again: enter can overtake the message of its last letters."""
        text = self.typed(name)
        if self._offered != (name, text):
            plan = self.plans[name]
            if plan is None or text not in (plan_name(plan, self.room()), plan.id):
                self.find(name, text)
            else:
                self.offer(name)

    def take(self, name: str) -> bool:
        """Choose the plan under the cursor; without one, say so and return False."""
        plan = self.rows.current
        if plan is None:
            self.refused(not_found(self.service.playbook.plans))
            return False
        self.plans[name] = plan
        return True

    # -- events
    def on_resize(self) -> None:
        self.call_after_refresh(self.label_plans)

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        name = self.field()
        self.set_class(name in PLANS, "-picking")
        self.form.use(name)
        self.offer(name if name in PLANS else "")
        self.label_plans()
        self.refresh_bars()

    def on_input_changed(self, message: Input.Changed) -> None:
        name = field_of(message.input)
        if name in PLANS:
            if name != self.field():  # a late message: the field has been left, and holds its plan's name
                return
            self.find(name, self.typed(name))
        self.work()

    def on_input_submitted(self, message: Input.Submitted) -> None:
        message.stop()
        self.action_enter()

    def on_rows_highlighted(self, message: Rows.Highlighted) -> None:
        self._picked()

    def on_rows_chosen(self, message: Rows.Chosen) -> None:
        if self.field() in PLANS:
            self.action_enter()

    def _picked(self) -> None:
        name = self.field()
        if name in PLANS:
            self.plans[name] = self.rows.current
            self.work()

    # -- keys
    def action_step(self, by: int) -> None:
        """up and down: move to the plan above or below; elsewhere to the field."""
        name, shown = self.field(), self.asked()
        if name in PLANS:
            self.rows.action_move(by)
            self._picked()
        elif name in shown:
            self.go_to(shown[min(len(shown) - 1, max(0, shown.index(name) + by))])

    def on_key(self, event: events.Key) -> None:
        """Take a figure typed over the result as another number of months."""
        figure = event.character or ""
        if self.case is None and not self.field() and figure.isdecimal() and "months" in self.asked():
            event.stop()
            self.form.put("months", figure)
            self.box("months").select_on_focus = False
            self.go_to("months")
            self.box("months").cursor_position = 1
            self.work()

    def action_scroll(self, by: int) -> None:
        self.page.action_by_page(by)

    def action_enter(self) -> None:
        """enter: on to the next field; in the last one into the case, or into the result; from there to another one."""
        name = self.field()
        if name in PLANS:
            self.catch_up(name)
            if not self.take(name):
                return
        self.work()
        if following := self.after(name):
            self.go_to(following)
        elif self.into:
            self.put_into_case(self.into)
        elif self.quote:
            self.go_to("" if name else "now")
        else:
            self.tell_problem()

    def after(self, name: str) -> str:
        """Return the field that enter goes on to: after a plan the first open one, else the next, or "".

        The licences are filled in already: enter skips them, the arrows and tab do not.
        """
        if name in PLANS:
            return self.first_open(self.asked(), {name: self.typed(name) for name in FIELDS})
        later = FIELDS[FIELDS.index(name) + 1 :] if name else ()
        known = "licences" if self.typed("licences") else ""
        return next((field for field in self.asked() if field in later and field != known), "")

    def tell_problem(self) -> None:
        """Show the problem, or the missing field."""
        self.refused(self.problem or WrongUse(self.prompt() or "There's no result yet", ""))

    def put_into_case(self, into: IntoCase) -> None:
        """Put the quote into the case, or name the missing field."""
        if self.quote is None or self.problem:
            self.tell_problem()
        elif not self.quote.settled:
            text = f"No figure by rule: {self.speaks.words.expert} gives the amount"
            self.refused(Refusal(text, "amount, name and reference"))
            self.go_to(next((name for name in SME if not self.typed(name)), "amount"))
        else:
            into.put(self.quote, tuple(self.typed(name) for name in SME))

    def case_refused(self) -> None:
        if self.into:
            self.into.sent = False

    def action_copy(self) -> None:
        """y, or ctrl+y while typing: the result with its working."""
        now, new = (self.plans[name] for name in PLANS)
        if self.quote is None or now is None or new is None:
            self.tell_problem()
        else:
            self.host.copy(self.quote.text(now, new), "The working")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Return None for keys that mean nothing now, so that they are not shown."""
        return self.quote is not None if action == "copy" else True

    # -- bars
    def crumbs(self) -> Sequence[Span]:
        if self.case is None:
            return super().crumbs()
        domain, crumb = (self.case.name, "strong"), f" {self.glyphs.crumb} "
        if self.narrow():
            return (domain,)
        return (("oxtui", "accent"), (f"  Home{crumb}", "quiet"), domain, (crumb + self.CRUMB, "quiet"))

    def hints(self) -> list[KeyHint]:
        found = [hint for hint in super().hints() if hint.action != "enter"]
        name = self.field()
        if name in PLANS:
            found.insert(0, KeyHint("↑↓", "pick", "step(1)"))
            word = "take"
        elif name and self.after(name):
            word = "next"
        else:
            word = "into the case" if self.case else "result"
        if not name and not self.case:
            word = "another change"
        found.insert(0, key_hint(self, "enter", word, "enter"))
        if not name and self.page.max_scroll_y:
            found.insert(1, KeyHint("pgdn", "read on", "scroll(1)"))
        return found
