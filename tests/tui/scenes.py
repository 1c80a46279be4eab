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
from pathlib import Path
from types import SimpleNamespace

from msgspec.structs import replace
from pytest import MonkeyPatch

from oxtui.app import OxtuiApp
from oxtui.cases import events as entries
from oxtui.cases.commands.calls import BeginCall
from oxtui.cases.commands.killers import Clear
from oxtui.cases.commands.marks import AnswerIt, Tick
from oxtui.cases.commands.scenarios import Choose
from oxtui.cases.commands.waiting import KeepEvidence
from oxtui.cli.samples import make
from oxtui.clock import Clock
from oxtui.errors import StoreError
from oxtui.locations import Locations
from oxtui.outbox import Job
from oxtui.screens.case.screen import CaseScreen
from oxtui.service import Service
from tests.core.dns_help import evidence_data
from tests.drive.case import CONFIG, DOMAIN, SUNDAY, THREE, VALUES, Walk, playbook
from tests.drive.screen import Tui

Act = Callable[[Tui], Awaitable[None]]
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
    config: Path = CONFIG


@contextmanager
def same_ids(seed: int = 7) -> Iterator[None]:
    """Cases and entries get the same ids in every run."""
    with MonkeyPatch.context() as patch:
        patch.setattr(entries, "secrets", SimpleNamespace(choice=random.Random(seed).choice))
        yield


def service_for(home: Path, theme: str = "oxtui-dark", glyphs: str = "unicode", config: Path = CONFIG) -> Service:
    """A service on a playbook, the shipped one or another, with a resolver on this machine that answers nothing."""
    found = playbook(config)
    looks = replace(found.settings, theme=theme, glyphs=glyphs)
    return Service(Locations(home, config), replace(found, settings=looks), Clock(SUNDAY), "anna")


def write_samples(home: Path) -> None:
    """The sample cases of the practice home, written once to be copied."""
    service = service_for(home)
    service.store.open()
    with same_ids(1):
        make(service)


def app_for(scene: Scene, home: Path, samples: Path) -> OxtuiApp:
    """The app that a scene is played in; `home` must not exist yet."""
    if scene.samples:
        shutil.copytree(samples, home)
    service = service_for(home, scene.theme, scene.glyphs, scene.config)
    with MonkeyPatch.context() as patch:
        if not scene.colours:
            patch.setenv("NO_COLOR", "1")
        return OxtuiApp(service, banner=scene.banner)


# -- what is done
def keys(*names: str, text: str = "", last: tuple[str, ...] = ()) -> Act:
    """Press keys on Home, type a text, and press keys again."""

    async def act(tui: Tui) -> None:
        await tui.press(*names)
        await tui.type(text)
        await tui.press(*last)

    return act


def on(build: Callable[[Walk], object], *names: str, item: str = "", text: str = "", last: tuple[str, ...] = ()) -> Act:
    """Open a case that was worked on as `build` does, put the cursor on an item, then press keys."""

    async def act(tui: Tui) -> None:
        walk = Walk(tui.service, mailboxes=THREE)
        walk.do(seen("office365"))
        with MonkeyPatch.context() as patch:
            patch.setitem(VALUES, "order", "30412")
            build(walk)
        tui.app.open_case(walk.case)
        await tui.settle()
        if item and isinstance(tui.screen, CaseScreen):
            rows = [row.item.id for row in tui.screen.checklist.rows]
            tui.screen.checklist.put_cursor(rows.index(item))
            await tui.settle()
        await keys(*names, text=text, last=last)(tui)

    return act


def sample(domain: str, *names: str, text: str = "") -> Act:
    """Open the sample case of a domain, then press keys."""

    async def act(tui: Tui) -> None:
        row = next(row for row in tui.service.overviews() if row.domain.startswith(domain))
        tui.app.open_case(tui.service.case(row.id))
        await tui.settle()
        await keys(*names, text=text)(tui)

    return act


async def not_saved(tui: Tui) -> None:
    """A change that the disk does not take."""
    await on(started)(tui)
    assert isinstance(tui.screen, CaseScreen)
    case, outbox = tui.screen.case, tui.app.outbox
    outbox.trouble = StoreError("the disk is full", "make room; what you do is kept until then")
    outbox._jobs.append(Job(case.id, Tick("order"), lambda case: None, lambda error: None))
    tui.app.refresh_bars()


# -- cases, up to what is shown
def seen(owner: str) -> KeepEvidence:
    """What a lookup a few minutes ago said of where mail goes."""
    return KeepEvidence(evidence_data(DOMAIN, owner) | {"asked_at": "2026-11-21T23:40:00.000Z"})


def started(walk: Walk) -> None:
    walk.plan(1, "yearly", "monthly").tick("tell-team")


def to_the_discount(walk: Walk) -> None:
    walk.plan(1, "yearly", "yearly").tick("tell-team")
    walk.answer("salesforce-reason", "set")


def with_a_discount(walk: Walk) -> None:
    to_the_discount(walk)
    walk.quote(new="m365-business-basic-yearly")


def ordered(walk: Walk) -> None:
    walk.ordered(2)


def back(walk: Walk) -> None:
    walk.back()


def cleared(walk: Walk) -> None:
    walk.back().do(Clear("cancel-ox-mail"))


def ended(walk: Walk) -> None:
    walk.back().cancel("cancel-ox-mail")


def all_done(walk: Walk) -> None:
    ended(walk)
    walk.tick("ox-billing")


def another_licence(walk: Walk) -> None:
    """The order was for another licence."""
    walk.ordered(2).sent().answer("licence", "another")


def changed_and_settled(walk: Walk) -> None:
    """What rests on the order is to be checked again."""
    another_licence(walk)
    walk.settle("order", "2")
    walk.answer("order-completed", "completed")


def another_scenario(walk: Walk) -> None:
    """Something was done outside, then another scenario was chosen."""
    walk.ordered(1).do(Choose(3))


def escalated(walk: Walk) -> None:
    walk.do(seen("ox-mail"))
    walk.checked("missing-mail")


async def which_call(tui: Tui) -> None:
    """A call begins while another client is on the line."""
    Walk(tui.service).do(BeginCall("client"))
    await sample("wattle", "a")(tui)


async def a_parcel(tui: Tui) -> None:
    """A lost parcel, looked for: what cannot be undone waits for the depots and for a second person."""
    service = tui.service
    case = service.start("PX20418837", {"caller": "Kim"}, ["box 1, box 2"])
    for command in (
        BeginCall("client", "collection code"),
        Choose(2),
        AnswerIt("sent-on", ("2026-11-02",)),
        AnswerIt("amount", ("620",)),
        Tick("open-claim", values={"number": "CL-30417"}),
    ):
        case = service.change(case.id, command)
    tui.app.open_case(case)
    await tui.settle()


LOW = (SMALL, USUAL)
PARCEL = CONFIG.parent / "tests" / "samples" / "lost-parcel"
SCENES: dict[str, Scene] = {
    "home": Scene(keys(), (SMALL, USUAL, HUGE)),
    "home-empty": Scene(keys(), samples=False),
    "new-case": Scene(keys("n", text="brightside.com.au"), (SMALL,), samples=False),
    "picker": Scene(sample("wattle")),
    "picker-open": Scene(sample("wattle", "a"), (SMALL, WIDE)),
    "case": Scene(on(to_the_discount), (SMALL, USUAL, HUGE)),
    "case-question": Scene(on(lambda walk: walk.begin(1))),
    "case-light": Scene(on(to_the_discount), (WIDE,), theme="oxtui-light"),
    "case-contrast": Scene(on(to_the_discount), theme="oxtui-contrast"),
    "case-without-colour": Scene(on(changed_and_settled), colours=False),
    "case-ascii": Scene(on(changed_and_settled), glyphs="ascii"),
    "killer-locked": Scene(on(ordered, "enter", item="cancel-ox-mail")),
    "killer-ready": Scene(on(back), ()),
    "killer-box": Scene(on(back, "enter"), (SMALL, USUAL, WIDE)),
    "killer-cleared": Scene(on(cleared)),
    "killer-ended": Scene(on(ended)),
    "check-again": Scene(on(changed_and_settled), (SMALL, WIDE)),
    "out-there": Scene(on(another_licence, item="order")),
    "out-there-other-scenario": Scene(on(another_scenario)),
    "refusal": Scene(on(back, "space")),
    "template": Scene(on(escalated, "t"), (SMALL, WIDE)),
    "pro-rata": Scene(on(with_a_discount, "tab")),
    "notes": Scene(on(to_the_discount, "tab", "tab", "tab", "tab")),
    "close": Scene(on(all_done, "z")),
    "close-refused": Scene(on(to_the_discount, "z")),
    "which-call": Scene(which_call),
    "calculator": Scene(on(to_the_discount, "c"), (SMALL,)),
    "calculator-typed": Scene(on(to_the_discount, "c", text="2")),
    "history": Scene(keys("h")),
    "reference": Scene(keys("r")),
    "help": Scene(on(to_the_discount, "question_mark"), LOW),
    "not-saved": Scene(not_saved),
    "another-subject": Scene(a_parcel, (WIDE,), samples=False, config=PARCEL),
    "another-subject-new": Scene(keys("n"), samples=False, config=PARCEL),
}
