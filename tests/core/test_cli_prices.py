"""`oxtui plans` and `oxtui prorata`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from oxtui.clock import Clock
from tests.core.cli_help import Run, config_with, program, runner

ESSENTIALS, BASIC = "m365-essentials-yearly", "m365-business-basic-yearly"


@pytest.fixture
def run(home: Path, clock: Clock, capfd: pytest.CaptureFixture[str]) -> Run:
    return runner(capfd)


def test_the_plans(run: Run) -> None:
    rows = json.loads(run("plans", "--json").out)
    assert [set(row) for row in rows] == [{"id", "product", "provider", "term", "price", "notes"}] * 8
    assert {row["id"]: row["price"] for row in rows} == {
        "ox-deluxe-monthly": "9.99",
        "ox-deluxe-yearly": "71.88",
        "m365-essentials-monthly": "6.44",
        "m365-essentials-yearly": "70.79",
        "m365-deluxe-monthly": "11.99",
        "m365-deluxe-yearly": "143.88",
        "m365-business-basic-monthly": "13.99",
        "m365-business-basic-yearly": "167.88",
    }
    text = run("plans")
    assert text.code == 0 and len([line for line in text.lines if "AU$" in line]) == 8
    assert "AU$167.88" in text.out and "Teams" in text.lines[-1]


def test_a_quote(run: Run) -> None:
    given = json.loads(run("prorata", ESSENTIALS, BASIC, "--months", "2", "--json").out)
    assert set(given) == {"discount", "first_invoice", "rule", "basis", "months_used", "working", "covered"}
    assert (given["discount"], given["first_invoice"], given["months_used"]) == ("11.80", "156.08", 2)
    assert (given["rule"], given["basis"], given["covered"]) == ("P5", "months used", True)
    text = run("prorata", ESSENTIALS, BASIC, "--months", "2")
    assert text.code == 0
    for words in (
        "AU$11.80",
        "AU$156.08",
        "70.79 / 12 x 2 = 11.80",
        "Say: For the 2 months",
        "NB  Not decided",
    ):
        assert words in text.out


@pytest.mark.parametrize("since", ["2026-09-12", "12/09/2026", "12/9/26", "12/9"])
def test_since(run: Run, since: str) -> None:
    given = json.loads(run("prorata", ESSENTIALS, BASIC, "--since", since, "--json").out)
    assert (given["discount"], given["months_used"]) == ("11.80", 2)


def test_monthly_has_no_pro_rata(run: Run) -> None:
    words = ("prorata", "m365-essentials-monthly", "m365-business-basic-monthly")
    for more in ([], ["--months", "3"], ["--since", "2026-09-12"]):
        given = json.loads(run(*words, *more, "--json").out)
        assert (given["discount"], given["first_invoice"], given["rule"]) == ("0.00", "13.99", "N2")


@pytest.mark.parametrize(
    ("current", "new", "rule"),
    [
        (ESSENTIALS, "m365-business-basic-monthly", "D8"),
        ("ox-deluxe-yearly", BASIC, "D10"),
    ],
)
def test_an_uncovered_change_is_no_error(run: Run, current: str, new: str, rule: str) -> None:
    ended = run("prorata", current, new, "--months", "2", "--json")
    given = json.loads(ended.out)
    assert ended.code == 0 and given["covered"] is False and given["rule"] == rule
    assert given["discount"] is None and given["first_invoice"] is None
    text = run("prorata", current, new, "--months", "2")
    assert text.code == 0 and f"No figure: not covered ({rule})" in text.out and "AU$" not in text.out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["m365-essential-yearly", BASIC, "--months", "2"], "(did you mean 'm365-essentials-yearly'?)"),
        ([ESSENTIALS, "nothing-like-it", "--months", "2"], "there is no plan 'nothing-like-it' (oxtui plans"),
        ([ESSENTIALS, BASIC], "the months used are missing"),
        (
            [ESSENTIALS, BASIC, "--months", "2", "--since", "2026-09-12"],
            "--months and --since are both given",
        ),
        ([ESSENTIALS, BASIC, "--months", "13"], "'13' is no number of months (give 0 to 12)"),
        ([ESSENTIALS, BASIC, "--months", "-1"], "'-1' is no number of months"),
        ([ESSENTIALS, BASIC, "--months", "2.5"], "'2.5' is no number of months"),
        ([ESSENTIALS, BASIC, "--months", "٢"], "'٢' is no number of months"),
        ([ESSENTIALS, BASIC, "--months", ""], "'' is no number of months"),
        ([ESSENTIALS, BASIC, "--since", "31/02/2026"], "there is no date '31/02/2026'"),
        ([ESSENTIALS, BASIC, "--since", "soon"], "'soon' is not a date"),
        ([ESSENTIALS, BASIC, "--since", "2027-01-01"], "is in the future"),
        ([ESSENTIALS, BASIC, "--since", "2025-11-22"], "12 months ago or more"),
    ],
)
def test_wrong_use(run: Run, words: list[str], said: str) -> None:
    ended = run("prorata", *words)
    assert ended.code == 2 and not ended.out and said in ended.err and ended.err.count("\n") == 1


def test_prices_are_todays_whatever_was_kept(run: Run, home: Path, tmp_path: Path) -> None:
    """What was read before is used for the very same text only, and never where it was touched."""
    config = config_with(tmp_path)
    words = ("prorata", ESSENTIALS, BASIC, "--months", "12", "--json", "--config", str(config))
    first = run(*words)
    assert first == run(*words)
    kept = home / "playbooks" / "prices.json"
    assert kept.stat().st_mode & 0o777 == 0o600
    kept.write_text(kept.read_text().replace("70.79", "10.79"))
    assert run(*words) == first
    plans = config / "plans.yaml"
    plans.write_text(plans.read_text("utf-8").replace('"70.79"', '"80.79"'), "utf-8")
    assert json.loads(run(*words).out)["discount"] == "80.79"
    for rubbish in ("", "[]", "{}", '{"program": 1}', "\0"):
        kept.write_text(rubbish)
        assert json.loads(run(*words).out)["discount"] == "80.79"


def test_a_decision_that_was_settled_is_no_nb_any_more(run: Run, tmp_path: Path) -> None:
    config = config_with(tmp_path)
    path = config / "playbook.yaml"
    text = path.read_text("utf-8")
    start = text.index("  D3:")
    settled = text[start:].replace('decided_by: ""', "decided_by: Robin", 1)
    path.write_text(text[:start] + settled.replace('decided_on: ""', 'decided_on: "2026-11-01"', 1), "utf-8")
    out = run("prorata", ESSENTIALS, BASIC, "--months", "2", "--config", str(config)).out
    assert "(D9)" in out and "(D3)" not in out


def test_a_coming_price_counts_from_its_day(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    change = ('price: "167.88"', 'price: "167.88"\n    from: [{date: "2027-07-01", price: "179.88"}]')
    words = ("plans", "--config", str(config_with(tmp_path, plans=change)))
    assert f"{BASIC}: AU$179.88 from 2027-07-01" in run(*words).out
    monkeypatch.setenv("OXTUI_NOW", "2027-07-01T08:00:00+10:00")
    assert "179.88" in run(*words, "--json").out


def test_a_broken_price_list_is_2_or_the_last_good_one(run: Run, tmp_path: Path) -> None:
    broken = config_with(tmp_path, plans=('price: "70.79"', 'price: "70,79"'))
    words = ("prorata", ESSENTIALS, BASIC, "--months", "2", "--config", str(broken))
    ended = run(*words)
    assert ended.code == 2 and "plans.yaml:" in ended.err and "price" in ended.err and not ended.out
    plans = broken / "plans.yaml"
    plans.write_text(plans.read_text("utf-8").replace("70,79", "70.79"), "utf-8")
    assert run("template", "i-dont-want-ox-mail", "--config", str(broken)).code == 1  # keeps a good copy
    plans.write_text(plans.read_text("utf-8").replace("70.79", "70,79"), "utf-8")
    ended = run(*words)
    assert ended.code == 0 and "AU$11.80" in ended.out and "last good copy" in ended.err


@pytest.mark.parametrize("words", [("plans",), ("prorata", ESSENTIALS, BASIC, "--months", "2")])
def test_a_missing_folder_is_2(run: Run, tmp_path: Path, words: tuple[str, ...]) -> None:
    ended = run(*words, "--config", str(tmp_path / "nowhere"))
    assert ended.code == 2 and "missing" in ended.err and ended.err.count("\n") == 1


def test_a_bad_clock_is_2(home: Path) -> None:
    done = program("plans", OXTUI_NOW="yesterday")
    assert (done.returncode, done.stdout) == (2, "") and "OXTUI_NOW" in done.stderr
