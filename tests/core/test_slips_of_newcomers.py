"""What people who are new to playbooks type: the message names the slip and its line, and what to write instead."""
# A row that is read across tells more than one in six lines.
# ruff: noqa: E501

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from oxtui.errors import PlaybookError, Problem
from oxtui.playbook.load import load
from tests.core.cli_help import ROOT

CONFIG = ROOT / "config"
MAIN, PLANS, TEMPLATE = "playbook.yaml", "plans.yaml", "templates/o365-reversal.yaml"
ONE, TWO = "scenarios/1-does-not-want-ox-mail.yaml", "scenarios/2-wants-office-365-back.yaml"
TITLE, METHODS = "title: OX-Mail escalations\n", "  methods: [PIN, security questions, call back, identity document]\n"
WHEN, ORDER, PRICE = "    when: billed-now=monthly\n", "      - id: order\n", '    price: "9.99"\n'
QUOTED_PRICE = "'price' is a quoted price above zero with two decimals, such as \"70.79\", not "
END = "        irreversible: true\n"

# file, what stands there, what is typed instead, part of what is said (at the line of the slip, or so many below it)
SLIPS: list[tuple[str, str, str, str] | tuple[str, str, str, str, int]] = [
    # quotes, colons, remarks
    (MAIN, TITLE, 'title: "OX-Mail" escalations\n', "put the whole text in quotes, or none of it"),
    (MAIN, TITLE, "title: 'It's OX-Mail'\n", "put the whole text in quotes, or none of it"),
    (MAIN, TITLE, 'title: "OX-Mail\n', "the quoted text that begins here is not closed"),
    (MAIN, TITLE, "title: “OX-Mail escalations”\n", "typographic quotes"),
    (MAIN, TITLE, "title: “OX-Mail: escalations”\n", "typographic quotes"),
    (MAIN, TITLE, "title: OX-Mail: escalations\n", "a text that holds ': ' needs quotes"),
    (MAIN, TITLE, "title:OX-Mail escalations\n", "a blank is missing after 'title:'"),
    (MAIN, TITLE, "title OX-Mail escalations\n", "this line lacks a ': ' after its key"),
    (MAIN, TITLE, "title = OX-Mail escalations\n", "'title' is followed by '='"),
    (MAIN, TITLE, "title： OX-Mail escalations\n", "the colon after 'title' is another sign"),
    (MAIN, TITLE, "title: #1 in escalations\n", "what follows ' #' is a remark"),
    (MAIN, TITLE, "title:\n", "'title' is a text, not nothing"),
    (MAIN, TITLE, "title: [OX-Mail, escalations]\n", "'title' is a text, not a list"),
    (MAIN, TITLE, "title: {OX-Mail escalations}\n", "'title' is a text, not keys and values"),
    (MAIN, TITLE, "title: *OX-Mail* escalations\n", "begins with * or & needs quotes"),
    (MAIN, TITLE, "title: @OX-Mail\n", "needs quotes around the text"),
    (MAIN, TITLE, "title: %OX-Mail\n", "needs quotes around the text"),
    (MAIN, TITLE, "title: `OX-Mail`\n", "needs quotes around the text"),
    # blanks and indents
    (MAIN, TITLE, "title:\u00a0OX-Mail escalations\n", "a no-break space stands here"),
    (MAIN, TITLE, "\ttitle: OX-Mail escalations\n", "a tab cannot indent a line; use spaces"),
    (MAIN, TITLE, " title: OX-Mail escalations\n", "too far indented: 'id' above it has its value already"),
    (ONE, ORDER, "     - id: order\n", "this line is indented differently"),
    (ONE, ORDER, "      id: order\n", "this line is indented differently from the list it belongs to"),
    # keys
    (MAIN, TITLE, "Title: OX-Mail escalations\n", "did you mean 'title'?"),
    (MAIN, TITLE, TITLE + "title: again\n", "'title' is given twice; the first is in line 4", 1),
    (ONE, ORDER, "      - ID: order\n", "did you mean 'id'?"),
    # lists
    (ONE, ORDER, "      -id: order\n", "a blank is missing after the '-' of a list"),
    (ONE, ORDER, "      * id: order\n", "an entry of a list begins with '- '"),
    (ONE, ORDER, "      – id: order\n", "this is a longer dash"),
    (MAIN, METHODS, "  methods: PIN, call back\n", "'methods' is a list: write [PIN, call back]"),
    (MAIN, METHODS, "  methods: (PIN, call back)\n", "'methods' is a list: write [PIN, call back]"),
    (MAIN, METHODS, "  methods: [PIN, call back\n", "a list in [ ] is not closed, or lacks a comma"),
    (MAIN, METHODS, "  methods:\n    -PIN\n    -call back\n", "'methods' is a list: write a blank after each '-'"),
    (TWO, "        fresh_for: 5d\n", "        fresh_for: 5d\n        nbs: keep-ox-mail\n", "'nbs' is a list: write [keep-ox-mail]", 1),
    (TWO, "        fresh_for: 5d\n", "        fresh_for: 5d\n        detail:\n          - one\n", "'detail' is", 1),
    # true and false, numbers, times
    (ONE, END, "        irreversible: yes\n", "'irreversible' is true or false, not 'yes': write true"),
    (ONE, END, "        irreversible: on\n", "'irreversible' is true or false, not 'on': write true"),
    (ONE, END, "        irreversible: True\n", "'irreversible' is true or false, not 'True': write true"),
    (MAIN, "  lapse_minutes: 60\n", "  lapse_minutes: 60 minutes\n", "a whole number from 1 to 1440, not '60 minutes'"),
    (ONE, "number: 1\n", "number: one\n", "a whole number from 1 to 9, not 'one'"),
    (TWO, "        fresh_for: 5d\n", "        fresh_for: 5 days\n", "write it like 5d (days)"),
    (MAIN, '    decided_on: ""\n', "    decided_on: 22/11/2026\n", "is not a date like 2026-11-22"),
    # ids
    (ONE, ORDER, "      - id: Place order\n", "'Place order' cannot be an id: use a-z, 0-9 and single hyphens, such as place-order"),
    (ONE, ORDER, "      - id: place_order\n", "such as place-order"),
    # conditions
    (MAIN, WHEN, "    when: billed-now: monthly\n", "a condition is written item=answer: billed-now=monthly"),
    (MAIN, WHEN, "    when: billed-now == monthly\n", "'==' is written '='"),
    (MAIN, WHEN, "    when: billed-now is monthly\n", "write billed-now=monthly"),
    (MAIN, WHEN, "    when: billed-now != monthly\n", "'!=' is written 'not item=answer'"),
    (MAIN, WHEN, "    when: billed-now=Monthly\n", "an answer is named by its id, in small letters: monthly"),
    (MAIN, WHEN, "    when: billed-now=monthly or yearly\n", "two answers of one question are written billed-now=monthly|yearly"),
    (MAIN, WHEN, "    when: billed-now=[monthly, yearly]\n", "several answers are written billed-now=monthly|yearly"),
    (MAIN, WHEN, "    when: billed-now=monthly, order\n", "joined by 'and' or 'or', not by ','"),
    (MAIN, WHEN, "    when: billed-now=monthly && order\n", "joined by 'and' or 'or', not by '&&'"),
    (MAIN, WHEN, "    when: billed-now=monthly AND order\n", "'and' has small letters"),
    (MAIN, WHEN, "    when: if billed-now=monthly then order\n", "stands alone, without 'if' and 'then'"),
    (MAIN, WHEN, "    when: (billed-now=monthly or order\n", "a bracket is not closed"),
    (MAIN, WHEN, "    when: any billed-now=monthly\n", "'any' needs brackets: any(...)"),
    (MAIN, WHEN, "    when: [billed-now=monthly, order]\n", "not a list: write billed-now=monthly and order"),
    (MAIN, WHEN, "    when: {billed-now: monthly}\n", "not keys and values: write billed-now=monthly"),
    (MAIN, WHEN, "    when: the client pays monthly\n", "items are named by their id, not by their text"),
    (MAIN, WHEN, "    when: true\n", "leave 'when' out where it always holds"),
    (MAIN, WHEN, "    when: bild-now=monthly\n", "there is no item 'bild-now' (did you mean 'billed-now'?)"),
    # money: what is wrong, and never a word that would be another amount
    (MAIN, WHEN, "    when: billed-now=montly\n", "called 'montly' (there are monthly, yearly)"),
    (PLANS, PRICE, "    price: $9.99\n", QUOTED_PRICE + "'$9.99'"),
    (PLANS, PRICE, '    price: "9,99"\n', QUOTED_PRICE + "'9,99'"),
    (PLANS, PRICE, '    price: "1,299.00"\n', QUOTED_PRICE + "'1,299.00'"),
    (PLANS, PRICE, '    price: "9.9"\n', QUOTED_PRICE + "'9.9'"),
    (PLANS, "    term: monthly\n", "    term: month\n", "'term' is one of monthly, yearly, not 'month'"),
    (PLANS, "rule: P5", "rule: P-5", "'rule' is one of P5, "),
]  # fmt: skip


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return Path(shutil.copytree(CONFIG, tmp_path / "config"))


def problems(folder: Path) -> list[Problem]:
    with pytest.raises(PlaybookError) as caught:
        load(folder)
    return caught.value.problems


@pytest.mark.parametrize("slip", SLIPS, ids=[each[2].strip()[:40] for each in SLIPS])
def test_a_slip_is_named_with_its_line(config: Path, slip: tuple[str, str, str, str, int]) -> None:
    file, old, new, told = slip[:4]
    text = (config / file).read_text("utf-8")
    assert old in text
    (config / file).write_text(text.replace(old, new, 1), "utf-8")
    line = text[: text.index(old)].count("\n") + 1 + sum(slip[4:])
    found = problems(config)
    fitting = [each for each in found if (each.file, each.line) == (file, line) and told in each.message]
    assert fitting, "\n".join(map(str, found))
    assert file != PLANS or not any("did you mean" in each.message for each in found)
    assert len(found) <= 3, "one slip is not told in a page:\n" + "\n".join(map(str, found))


def _written(raw: Callable[[bytes], bytes]) -> Callable[[Path], object]:
    return lambda folder: (folder / MAIN).write_bytes(raw((folder / MAIN).read_bytes()))


def _instead(name: str, make: Callable[[Path], object]) -> Callable[[Path], object]:
    def put(folder: Path) -> None:
        path = folder / name
        shutil.rmtree(path) if path.is_dir() else path.unlink()
        make(path)

    return put


FILES: list[tuple[str, Callable[[Path], object], str]] = [
    (
        "Windows-1252",
        _written(lambda raw: raw.replace(b"title: OX-Mail", b"title: OX\x96Mail")),
        "playbook.yaml:4: the file is not UTF-8 text; it looks like Windows-1252, where this is '–'",
    ),
    ("UTF-16", _written(lambda raw: raw.decode().encode("utf-16")), "playbook.yaml:1: the file is UTF-16"),
    ("empty", _written(lambda raw: b""), "playbook.yaml:1: the file is empty"),
    ("only remarks", _written(lambda raw: b"# soon\n"), "playbook.yaml:1: the file is empty"),
    (
        "a letter",
        _written(lambda raw: b"Dear all,\nhere it is.\n"),
        "playbook.yaml:1: playbook.yaml is written as keys and values",
    ),
    (
        "Word",
        _written(lambda raw: b"PK\x03\x04\x14\x00" + raw),
        "playbook.yaml:1: this is a document of another program",
    ),
    ("a NUL", _written(lambda raw: raw + b"\x00"), "a control character stands here"),
    ("gone", lambda folder: (folder / MAIN).unlink(), "playbook.yaml:1: the file is missing in "),
    ("a folder", _instead(MAIN, Path.mkdir), "playbook.yaml:1: this is no file: a folder, a pipe or a device"),
    ("no playbook", shutil.rmtree, "playbook.yaml:1: there is no folder "),
    (
        "a folder for a scenario",
        lambda folder: (folder / "scenarios/9.yaml").mkdir(),
        "scenarios/9.yaml:1: this is no file: a folder, a pipe or a device is in its place",
    ),
    ("no folder", _instead("scenarios", Path.touch), "scenarios:1: the folder cannot be read: a file is in its place"),
    (
        ".yml",
        lambda folder: (folder / ONE).rename(folder / "scenarios/1.yml"),
        "scenarios/1.yml:1: nothing reads this: the name has to end in .yaml",
    ),
    (
        ".txt",
        lambda folder: (folder / ONE).rename(folder / "scenarios/1.yaml.txt"),
        "scenarios/1.yaml.txt:1: nothing reads this",
    ),
    (
        "a copy",
        lambda folder: shutil.copy(folder / ONE, folder / "scenarios/1 - Copy.yaml"),
        ":3: there is another scenario 1",
    ),
    (
        "misspelt",
        lambda folder: (folder / "settings.yaml").rename(folder / "setings.yaml"),
        "setings.yaml:1: nothing reads this (did you mean 'settings.yaml'?)",
    ),
    (
        "misspelt folder",
        lambda folder: (folder / "scenarios").rename(folder / "scenario"),
        "scenario:1: nothing reads this (did you mean 'scenarios'?)",
    ),
]
LINKS: list[tuple[str, Callable[[Path], object], str]] = [
    ("a link to nothing", _instead(MAIN, lambda path: path.symlink_to("elsewhere.yaml")), "playbook.yaml:1: this is a link to a file that is not there"),
    ("a loop of links", _instead(MAIN, lambda path: path.symlink_to(path.name)), "playbook.yaml:1: the file cannot be read: its links lead round in a circle"),
    ("a loop of folders", _instead("scenarios", lambda path: path.symlink_to(path.name)), "scenarios:1: the folder cannot be read: its links lead round in a circle"),
    ("a pipe", _instead(MAIN, lambda path: os.mkfifo(path)), "playbook.yaml:1: this is no file"),  # type: ignore[attr-defined]
]  # fmt: skip


@pytest.mark.parametrize(("how", "told"), [each[1:] for each in FILES], ids=[each[0] for each in FILES])
def test_a_file_that_is_none_is_named(config: Path, how: Callable[[Path], object], told: str) -> None:
    how(config)
    found = list(map(str, problems(config)))
    assert [each for each in found if told in each], found
    assert len(found) <= 2, found


@pytest.mark.skipif(sys.platform == "win32", reason="links and pipes are made otherwise there")
@pytest.mark.parametrize(("how", "told"), [each[1:] for each in LINKS], ids=[each[0] for each in LINKS])
def test_a_link_or_a_pipe_is_named(config: Path, how: Callable[[Path], object], told: str) -> None:
    test_a_file_that_is_none_is_named(config, how, told)


@pytest.mark.skipif(sys.platform == "win32" or not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root reads all")
def test_what_may_not_be_read_is_named(config: Path) -> None:
    (config / "scenarios").chmod(0)
    assert "scenarios:1: the folder cannot be read: you have no permission to read it" in map(str, problems(config))
    (config / "scenarios").chmod(0o700)


@pytest.mark.parametrize("raw", [lambda raw: b"\xef\xbb\xbf" + raw, lambda raw: raw.replace(b"\n", b"\r\n")])
def test_what_windows_adds_does_no_harm(config: Path, raw: Callable[[bytes], bytes]) -> None:
    before = load(config).playbook.procedure.digest
    _written(raw)(config)
    assert load(config).playbook.procedure.digest == before


def test_a_text_that_was_cut_off_by_a_number_sign_is_noticed(config: Path) -> None:
    text = (config / MAIN).read_text("utf-8")
    (config / MAIN).write_text(text.replace(TITLE, "title: OX-Mail #1 escalations\n"), "utf-8")
    (notice,) = [each for each in load(config).notices if each.line == 4]
    assert "quotes" in notice.message and "' #'" in notice.message
