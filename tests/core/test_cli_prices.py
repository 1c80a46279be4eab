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
    assert set(given) == {
        "discount", "first_invoice", "licences", "total_discount", "total_first_invoice",
        "rule", "basis", "months_used", "working", "covered",
    }  # fmt: skip
    assert (given["licences"], given["total_discount"], given["total_first_invoice"]) == (1, "11.80", "156.08")
    assert (given["discount"], given["first_invoice"], given["months_used"]) == ("11.80", "156.08", 2)
    assert (given["rule"], given["basis"], given["covered"]) == ("P5", "months used", True)
    text = run("prorata", ESSENTIALS, BASIC, "--months", "2")
    assert text.code == 0
    for words in (
        "AU$11.80",
        "AU$156.08",
        "70.79 / 12 x 2 = 11.80",
        "Say: Your discount is AU$11.80",
        "NB  Not decided",
    ):
        assert words in text.out


@pytest.mark.parametrize("since", ["2026-09-12", "12/09/2026", "12/9/26", "12/9"])
def test_since(run: Run, since: str) -> None:
    given = json.loads(run("prorata", ESSENTIALS, BASIC, "--since", since, "--json").out)
    assert (given["discount"], given["months_used"]) == ("11.80", 2)


def test_licences_each_and_together(run: Run) -> None:
    words = ("prorata", ESSENTIALS, BASIC, "--months", "2", "--licences", "14")
    given = json.loads(run(*words, "--json").out)
    assert (given["discount"], given["first_invoice"], given["licences"]) == ("11.80", "156.08", 14)
    assert (given["total_discount"], given["total_first_invoice"]) == ("165.20", "2185.12")
    text = run(*words)
    assert text.code == 0
    for line in (
        "Discount       AU$11.80 each, AU$165.20 together",
        "First invoice  AU$156.08 each, AU$2,185.12 together  (by rule P5, months used)",
        "  Together, discount: 14 x 11.80 = 165.20",
    ):
        assert line in text.lines
    said = next(line for line in text.lines if line.startswith("Say: "))
    assert all(part in said for part in ("AU$11.80 for each", "14 licences together", "AU$165.20", "AU$2,185.12"))


@pytest.mark.parametrize(("new", "price"), [("m365-business-basic-monthly", "13.99"), (BASIC, "167.88")])
def test_monthly_has_no_pro_rata(run: Run, new: str, price: str) -> None:
    words = ("prorata", "m365-essentials-monthly", new)
    for more in ([], ["--months", "3"], ["--since", "2026-09-12"]):
        given = json.loads(run(*words, *more, "--json").out)
        assert (given["discount"], given["first_invoice"], given["rule"]) == ("0.00", price, "N2")
        assert (given["covered"], given["months_used"]) == (True, None)
    assert "SME" not in run(*words).out


def test_29_february_stays_the_day_that_months_end_on(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OXTUI_NOW", "2025-06-28T10:00:00+10:00")
    for since in ("29/02/2024", "2024-02-29"):
        given = json.loads(run("prorata", ESSENTIALS, BASIC, "--since", since, "--json").out)
        assert (given["months_used"], given["discount"]) == (3, "17.70")


def test_a_price_that_changed_in_the_paid_year_is_told_of_months_and_of_a_date(run: Run, tmp_path: Path) -> None:
    change = ('price: "70.79"', 'price: "70.79"\n    from: [{date: "2026-08-01", price: "72.00"}]')
    words = ("prorata", ESSENTIALS, BASIC, "--config", str(config_with(tmp_path, plans=change)))
    for more in (["--months", "6"], ["--since", "2026-05-12"]):
        told = [line for line in run(*words, *more).lines if "today's price is used" in line]
        assert len(told) == 1 and "70.79" in told[0] and "72.00" in told[0]
    for more in (["--months", "2"], ["--since", "2026-09-12"]):
        assert "today's price is used" not in run(*words, *more).out


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
    assert [given[name] for name in ("discount", "first_invoice", "total_discount", "total_first_invoice")] == [
        None
    ] * 4
    text = run("prorata", current, new, "--months", "2")
    assert text.code == 0 and f"No figure: not covered ({rule})" in text.out and "AU$" not in text.out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ["m365-essential-yearly", BASIC, "--months", "2"],
            "plan 'm365-essential-yearly' (oxtui plans lists",
        ),
        ([ESSENTIALS, "nothing-like-it", "--months", "2"], "there is no plan 'nothing-like-it' (oxtui plans"),
        ([ESSENTIALS, BASIC], "the months used are missing"),
        (
            [ESSENTIALS, BASIC, "--months", "2", "--since", "2026-09-12"],
            "argument --since: not allowed with argument --months",
        ),
        ([ESSENTIALS, BASIC, "--months", "13"], "'13' is no number of months (give 0 to 12)"),
        ([ESSENTIALS, BASIC, "--months", "-1"], "'-1' is no number of months"),
        ([ESSENTIALS, BASIC, "--months", "2.5"], "'2.5' is no number of months"),
        ([ESSENTIALS, BASIC, "--months", "٢"], "'٢' is no number of months"),
        ([ESSENTIALS, BASIC, "--months", ""], "'' is no number of months"),
        ([ESSENTIALS, BASIC, "--months", "2", "--licences", "0"], "'0' is no number of licences (give 1 to 9999)"),
        ([ESSENTIALS, BASIC, "--months", "2", "--licences", "10000"], "'10000' is no number of licences"),
        ([ESSENTIALS, BASIC, "--months", "2", "--licences", "two"], "'two' is no number of licences"),
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
    for now in ("yesterday", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"):  # two are no time in UTC
        done = program("plans", OXTUI_NOW=now)
        assert (done.returncode, done.stdout) == (2, "") and "OXTUI_NOW" in done.stderr
