"""The screens and states that matter, each reached as an agent reaches it, for pictures.

A scene begins on Home with the sample cases of `oxtui demo`, at a clock that stands still, with the same ids
every time and a resolver that answers nothing.
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

from msgspec.structs import replace
from pytest import MonkeyPatch

from oxtui.app import OxtuiApp
from oxtui.cases import events as entries
from oxtui.cases.case import Case
from oxtui.cases.commands import AnswerIt, PutQuote, Tick, confirmation, quoted_plans
from oxtui.cases.conduct import BeginCall, Choose, KeepEvidence, SetDetails, SetMailboxes
from oxtui.cases.evidence import MX, Evidence
from oxtui.cases.money import given_by_sme, work_out
from oxtui.clock import Clock
from oxtui.commands.samples import make
from oxtui.errors import StoreError
from oxtui.locations import Locations
from oxtui.playbook.dns_owners import OFFICE_365
from oxtui.playbook.load import Playbook
from oxtui.playbook.model import Item
from oxtui.service import Service
from tests.tui.harness import CONFIG, NOW, Tui, shipped

Act = Callable[[Tui], Awaitable[None]]
DOMAIN = "brightside.com.au"
SMALL, USUAL, WIDE, HUGE = (40, 12), (80, 24), (120, 40), (200, 60)


@dataclass(frozen=True)
class Scene:
    """What is done before the picture is taken, and the sizes, theme and signs it is taken in."""

    act: Act
    sizes: tuple[tuple[int, int], ...] = (USUAL,)
    theme: str = "oxtui-dark"
    glyphs: str = "unicode"
    samples: bool = True
    banner: str = ""
    colours: bool = True


@contextmanager
def same_ids(seed: int = 7) -> Iterator[None]:
    """Cases and entries get the same ids in every run."""
    with MonkeyPatch.context() as patch:
        patch.setattr(entries, "secrets", SimpleNamespace(choice=random.Random(seed).choice))
        yield


def playbook_for(theme: str = "oxtui-dark", glyphs: str = "unicode") -> Playbook:
    """The shipped playbook, with a resolver on this machine that answers nothing."""
    found = shipped()
    quiet = replace(found.settings, theme=theme, glyphs=glyphs, resolver="127.0.0.1:9", dns_timeout_seconds="0.05")
    return replace(found, settings=quiet)


def write_samples(home: Path) -> None:
    """The sample cases of the practice home, written once to be copied."""
    service = Service(Locations(home, CONFIG), playbook_for(), Clock(NOW), "anna")
    service.store.open()
    with same_ids(1):
        make(service)


def app_for(scene: Scene, home: Path, samples: Path) -> OxtuiApp:
    """The app that a scene is played in; `home` must not exist yet."""
    if scene.samples:
        shutil.copytree(samples, home)
    service = Service(Locations(home, CONFIG), playbook_for(scene.theme, scene.glyphs), Clock(NOW), "anna")
    with MonkeyPatch.context() as patch:
        if not scene.colours:
            patch.setenv("NO_COLOR", "1")
        return OxtuiApp(service, banner=scene.banner)


# -- cases
def step(service: Service, case: Case, item: Item, wanted: dict[str, str]) -> Case:
    """Do one item: a quote, a tick, or an answer (the wanted one, else the first)."""
    if item.quote:
        plans = service.playbook.plans
        now, new = (plans.get(name) for name in quoted_plans(case, item))
        assert now and new
        quote = work_out(now, new, plans.policy, service.clock.today(), months=2)
        if quote.discount is None:  # the article gives no figure: an SME does
            told = (Decimal("5.00"), "Sam Lee", "chat of today")
            quote = given_by_sme(now, new, plans.policy, service.clock.today(), *told, months=2)
        return service.change(case.id, PutQuote(quote))
    said = confirmation(case, item)
    if item.kind == "action":
        patterns = case.procedure.patterns
        values = {
            value.key: "2026-11-22"
            if value.kind == "date"
            else patterns[value.pattern][1]
            if value.pattern
            else "inbox.png"
            for value in item.values
        }
        through = next(iter(case.ways(item)), "")
        return service.change(case.id, Tick(item.id, values=values, through=through, confirmed=said))
    value = ("2026-11-13", "2026-11-20") if item.select == "dates" else ("2026-11-13",)
    if item.answers:
        usual = "office-365" if item.id == "mx" else item.answers[0].id  # as the DNS check before it says
        value = (wanted.get(item.id, usual),)
    return service.change(case.id, AnswerIt(item.id, value, confirmed=said))


def evidence() -> Evidence:
    """What a lookup could have answered."""
    host = f"{DOMAIN.replace('.', '-')}.mail.protection.outlook.com"
    at = NOW.astimezone(Clock(NOW).now().tzinfo)
    servers = ("ns1.hosting.example", "ns2.hosting.example")
    return Evidence(DOMAIN, "192.0.2.53:53", at, servers, (MX(host, 0, OFFICE_365),), owner=OFFICE_365)


THREE = {"issue": "missing-mail", "solved": "no"}
YEARLY = {"billed-now": "yearly", "billed-next": "yearly", "licence": "business-basic"}


def worked(tui: Tui, scenario: int, stop: Callable[[Case, Item], bool], wanted: dict[str, str] | None = None) -> Case:
    """A case of one's own, worked on until `stop`."""
    service = tui.service
    case = service.start(DOMAIN, {"phone": "03 5550 0142", "contact": "Jo Bright"})
    for change in (
        SetMailboxes(added=f"jo@{DOMAIN} info@{DOMAIN} accounts@{DOMAIN}"),
        SetDetails({"salesforce": "00123456"}),
        BeginCall("client"),
        Choose(scenario),
        KeepEvidence(evidence().to_data()),
    ):
        case = service.change(case.id, change)
    for _ in range(60):
        item = case.next_item()
        if item is None or stop(case, item):
            break
        case = step(service, case, item, wanted or (THREE if scenario == 3 else YEARLY))
    return case


async def open_case(tui: Tui, case: Case) -> None:
    """Open it from Home."""
    tui.app.open_case(case)
    await tui.settle()


def case_of(domain: str) -> Act:
    """Open the sample case of a domain."""

    async def act(tui: Tui) -> None:
        row = next(row for row in tui.service.overviews() if row.domain.startswith(domain))
        await open_case(tui, tui.service.case(row.id))

    return act


def at(scenario: int, stop: Callable[[Case, Item], bool], *keys: str, wanted: dict[str, str] | None = None) -> Act:
    """Open a case of one's own at an item, then press keys."""

    async def act(tui: Tui) -> None:
        await open_case(tui, worked(tui, scenario, stop, wanted))
        await tui.press(*keys)

    return act


def keys(*names: str) -> Act:
    """Press keys on Home."""

    async def act(tui: Tui) -> None:
        await tui.press(*names)

    return act


def then(first: Act, *names: str, text: str = "", last: tuple[str, ...] = ()) -> Act:
    """A scene, then keys, a typed text, and keys again."""

    async def act(tui: Tui) -> None:
        await first(tui)
        await tui.press(*names)
        if text:
            await tui.type(text)
        await tui.press(*last)

    return act


def is_quote(case: Case, item: Item) -> bool:
    return item.quote


def is_killer(case: Case, item: Item) -> bool:
    return item.killer


def is_each(case: Case, item: Item) -> bool:
    return item.each


def has_template(case: Case, item: Item) -> bool:
    return bool(item.templates)


def has_answers(case: Case, item: Item) -> bool:
    return item.kind == "question" and len(item.answers) > 1


def is_date(case: Case, item: Item) -> bool:
    return item.select in ("date", "dates")


def is_result(case: Case, item: Item) -> bool:
    return item.each and item.kind == "question"


def after_quote(case: Case, item: Item) -> bool:
    return case.quote is not None


def never(case: Case, item: Item) -> bool:
    return False


async def not_saved(tui: Tui) -> None:
    """A change that the disk does not take."""
    case = worked(tui, 1, is_quote)
    await open_case(tui, case)
    tui.app.outbox.trouble = StoreError("the disk is full", "make room; what you do is kept until then")
    tui.app._trouble_changed()
    await tui.settle()


BASIC = case_of("old-mill")
SCENES: dict[str, Scene] = {
    "home": Scene(keys()),
    "home-empty": Scene(keys(), samples=False),
    "home-filtered": Scene(then(keys("slash"), text="moss")),
    "home-filter-none": Scene(then(keys("slash"), text="nobody")),
    "new-case": Scene(then(keys("n"), text="brightside.com.au"), samples=False),
    "new-known": Scene(then(keys("n"), text="granite-gym.example")),
    "picker-closed": Scene(case_of("granite-gym")),
    "picker-open": Scene(then(case_of("wattle"), "a")),
    "picker-said": Scene(then(case_of("wattle"), "a", "slash", text="emails are missing")),
    "picker-path": Scene(then(BASIC, "s")),
    "case": Scene(at(1, is_quote)),
    "case-question": Scene(at(1, has_answers)),
    "case-date": Scene(at(3, is_date)),
    "case-2": Scene(at(2, is_each)),
    "case-3": Scene(at(3, has_template)),
    "case-killer": Scene(at(2, is_killer)),
    "case-killer-1": Scene(at(1, is_killer)),
    "case-all-done": Scene(at(2, never)),
    "case-locked": Scene(at(2, is_each, "j", "j", "j", "j")),
    "case-stale": Scene(case_of("redgum")),
    "case-unwind": Scene(case_of("pier-nine")),
    "case-skipped": Scene(case_of("three-sisters")),
    "case-deferred": Scene(case_of("lantern")),
    "case-waiting": Scene(case_of("bellbird")),
    "case-returned": Scene(case_of("coastal")),
    "case-lapsed": Scene(case_of("fernhill")),
    "case-refusal": Scene(at(2, is_killer, "space")),
    "panel-pro-rata": Scene(at(1, after_quote, "tab")),
    "panel-template": Scene(at(3, has_template, "tab")),
    "panel-typed": Scene(at(3, has_template, "t", wanted={"issue": "sending-receiving", "solved": "no"})),
    "panel-secret": Scene(at(2, has_template, "tab")),
    "panel-dns": Scene(at(1, is_quote, "tab", "tab", "tab")),
    "panel-notes": Scene(at(1, is_quote, "tab", "tab", "tab", "tab")),
    "confirm-killer": Scene(at(2, is_killer, "enter")),
    "pick": Scene(at(1, has_answers, "enter")),
    "several": Scene(at(2, is_each, "enter")),
    "open-item": Scene(at(1, lambda case, item: item.kind == "action", "enter")),
    "ask-error": Scene(then(at(3, is_date, "enter"), text="someday", last=("enter",))),
    "skip": Scene(at(1, lambda case, item: item.kind == "action", "x")),
    "note": Scene(then(at(1, is_quote, "n"), text="Calls back at 15:00")),
    "which-mailboxes": Scene(at(2, is_result, "2")),
    "hang-up": Scene(at(2, has_template, "w")),
    "close-refused": Scene(at(1, is_quote, "z")),
    "close": Scene(at(2, never, "z")),
    "details": Scene(at(1, is_quote, "i")),
    "moved": Scene(at(1, is_quote, "i", "3", "1", "2", "2")),
    "calculator": Scene(keys("c")),
    "calculator-case": Scene(at(1, is_quote, "c")),
    "calculator-done": Scene(then(at(1, is_quote, "c"), text="2", last=("enter",))),
    "templates": Scene(keys("t")),
    "reference": Scene(keys("r")),
    "history": Scene(keys("h")),
    "help": Scene(keys("question_mark")),
    "help-case": Scene(then(BASIC, "question_mark")),
    "palette": Scene(keys("ctrl+p")),
    "palette-case": Scene(then(BASIC, "ctrl+p", text="pro")),
    "not-saved": Scene(not_saved),
    "case-light": Scene(at(1, is_quote), theme="oxtui-light"),
    "case-contrast": Scene(at(1, is_quote), theme="oxtui-contrast"),
    "case-without-colour": Scene(at(2, is_killer), colours=False),
    "case-ascii": Scene(at(2, is_killer), glyphs="ascii"),
}
