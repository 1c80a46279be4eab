"""The floor's own keys: usable ones act and are shown, the others are reported and change nothing."""

from __future__ import annotations

from pathlib import Path

from msgspec.structs import replace

from oxtui.app import OxtuiApp
from oxtui.playbook.today import THEMES
from oxtui.screens.call_flow.screen import CallFlowScreen
from oxtui.screens.keyboard.keymap import checked
from oxtui.screens.new_case import NewCaseScreen
from oxtui.service import Service
from tests.drive.case import Walk, new_service, playbook
from tests.drive.screen import running


def service_with(home: Path, **keymap: str) -> Service:
    """A service whose settings have these keys; `__` stands for the dot of an id, `_` for its hyphen."""
    found = playbook()
    named = {name.replace("__", ".").replace("_", "-"): keys for name, keys in keymap.items()}
    return new_service(home, playbook=replace(found, settings=replace(found.settings, keymap=named)))


# -- what is wrong is told
def test_what_cannot_be_used_is_told_and_left_out() -> None:
    good, problems = checked(
        OxtuiApp,
        {
            "case.undoo": "ctrl+z",
            "case.note": "ctrl+nothing",
            "case.later": "x",
            "case.undo": "ctrl+z,u",
            "home.new": "f2",
        },
    )
    assert good == {"case.undo": "ctrl+z,u", "home.new": "f2"}
    assert problems == [
        "keymap: there is no 'case.undoo' (did you mean 'case.undo'?)",
        "keymap: case.note: 'ctrl+nothing' is no key",
        "keymap: case.skip and case.later are both on 'x': case.later keeps its own key",
    ]


def test_two_actions_may_change_their_keys_with_each_other() -> None:
    good, problems = checked(OxtuiApp, {"case.skip": "d", "case.later": "x"})
    assert not problems and good == {"case.skip": "d", "case.later": "x"}


def test_a_key_that_the_app_has_everywhere_is_taken_on_every_screen() -> None:
    good, problems = checked(OxtuiApp, {"history.reopen": "ctrl+q"})
    assert not good and "both on 'ctrl+q'" in problems[0]


def test_check_knows_every_theme(tmp_path: Path) -> None:
    assert set(THEMES) == set(OxtuiApp(new_service(tmp_path)).available_themes)


async def test_a_theme_that_is_none_is_told_at_the_start(tmp_path: Path) -> None:
    found = playbook()
    found = replace(found, settings=replace(found.settings, theme="draculla"))
    async with running(tmp_path, (100, 30), service=new_service(tmp_path, playbook=found)) as tui:
        await tui.until(lambda: "there is no theme 'draculla' (did you mean 'dracula'?)" in tui.told())


async def test_a_wrong_line_is_told_at_the_start(tmp_path: Path) -> None:
    service = service_with(tmp_path, case__undoo="f9", home__new="f2")
    async with running(tmp_path, (100, 30), service=service) as tui:
        await tui.until(lambda: "there is no 'case.undoo' (did you mean 'case.undo'?)" in tui.told())
        await tui.press("f2")
        assert isinstance(tui.screen, NewCaseScreen), "what is right acts all the same"


# -- what is right acts, and is shown
async def test_the_keys_in_force_act_and_stand_in_the_footer_and_the_help(tmp_path: Path) -> None:
    service = service_with(tmp_path, case__later="f4", case__details="f5")
    walk = Walk(service).begin(1)
    async with running(tmp_path, (100, 90), service=service) as tui:
        await tui.open(walk.case)
        assert "f4 later" in tui.lines()[-1] and "d later" not in tui.lines()[-1]
        before = tui.text()
        await tui.press("d")
        assert tui.text() == before, "the old key means nothing now"
        await tui.press("f5")
        assert "Details of the case" in tui.text()
        await tui.press("escape", "question_mark")
        assert any("f5" in line and "Salesforce" in line for line in tui.lines()), tui.text()


async def test_the_call_flow_shows_the_keys_of_its_scenarios(tmp_path: Path) -> None:
    service = service_with(tmp_path, picker__scenario_1="f6", picker__none="f7")
    walk = Walk(service)
    async with running(tmp_path, (100, 40), service=service) as tui:
        await tui.show(CallFlowScreen(walk.case))
        assert "f6 2 3 scenario" in tui.lines()[-1] and "f7 none" in tui.lines()[-1], tui.lines()[-1]
        await tui.press("a", "1")
        assert walk.case.number is None or not walk.case.number
        await tui.press("f6")
        await tui.until(lambda: walk.case.number == 1)
