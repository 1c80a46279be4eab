"""Loading a folder: every kind of problem at its file and line, all of them at once."""

from __future__ import annotations

import ast
import os
import re
import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from oxtui.errors import PlaybookError, Problem
from oxtui.playbook.conditions import Atom, parse_condition
from oxtui.playbook.load import Loaded, load
from oxtui.playbook.model import LICENCES
from oxtui.playbook.pins import load_pin, save_pin
from oxtui.playbook.times import span
from tests.core.load_breaks import BREAKS, MAIN, PLANS, SCENARIO, TEMPLATE
from tests.core.load_sample import FILES, changed, line_of, write

CONFIG = Path(__file__).parents[2] / "config"


def problems_of(folder: Path) -> list[Problem]:
    with pytest.raises(PlaybookError) as caught:
        load(folder)
    assert caught.value.problems
    assert caught.value.exit_code == 2
    return caught.value.problems


def test_the_sample_loads_whole(tmp_path: Path) -> None:
    loaded = load(write(tmp_path))
    assert isinstance(loaded, Loaded)
    book = loaded.playbook
    assert book.procedure.id == "sample"
    assert list(book.procedure.scenarios) == [1]
    assert next(iter(book.plans)).id == "old-monthly"
    assert book.plans.policy.open_decisions == ("D1",)
    assert book.channels["chat"].hours == "mon-fri 09:00-17:00"
    assert book.contacts["mover"].for_ == "the move back"
    assert book.decisions["D1"].open and not book.decisions["D2"].open
    assert book.pages["ordering"].lines == ("In the console.",)
    assert book.settings.clipboard_clear_seconds == 45
    assert book.settings.keymap == {"case.undo": "u,ctrl+z"}
    assert book.owners.owner_of("x.mail.protection.outlook.com")
    assert [(str(each).split(": ")[0]) for each in loaded.notices] == [f"playbook.yaml:{line_of(FILES[MAIN], 'D1:')}"]


def test_the_shipped_playbook_loads() -> None:
    procedure = load(CONFIG).playbook.procedure
    assert set(procedure.scenarios) == {1, 2, 3}
    assert len(procedure.templates) == 4


def test_a_theme_that_is_none_is_told_and_the_playbook_loads(tmp_path: Path) -> None:
    loaded = load(write(tmp_path, {"settings.yaml": "theme: oxtui-drak\n"}))
    assert "settings.yaml:1: there is no theme 'oxtui-drak' (did you mean 'oxtui-dark'?); oxtui-dark is used" in [
        str(each) for each in loaded.notices
    ]
    for name in ("dracula", "oxtui-light"):
        loaded = load(write(tmp_path, {"settings.yaml": f"theme: {name}\n"}))
        assert not any("theme" in str(each) for each in loaded.notices)


def test_words_stay_words(tmp_path: Path) -> None:
    item = load(write(tmp_path)).playbook.procedure.scenarios[1].by_id["running"]
    assert [(answer.id, answer.text) for answer in item.answers] == [("yes", "yes"), ("no", "no")]


def test_optional_files_may_be_missing(tmp_path: Path) -> None:
    text = changed(SCENARIO, "        howto: ordering\n", "")
    book = load(write(tmp_path, {"reference.yaml": "", "dns.yaml": "", "settings.yaml": "", SCENARIO: text})).playbook
    assert book.pages == {} and book.settings.theme == "oxtui-dark" and book.owners.stated == ()


@pytest.mark.parametrize(
    ("file", "old", "new", "mark", "message"), BREAKS, ids=[f"{b[0]}-{b[4] or b[2]}" for b in BREAKS]
)
def test_a_problem_is_named_with_its_file_and_line(
    tmp_path: Path, file: str, old: str, new: str, mark: str, message: str
) -> None:
    text = changed(file, old, new)
    found = problems_of(write(tmp_path, {file: text}))
    if not mark:
        assert any(message in each.message for each in found), found
        return
    line = line_of(text, mark)
    fitting = [each for each in found if message in each.message and (each.file, each.line) == (file, line)]
    assert fitting, f"expected {file}:{line}: {message}, got\n" + "\n".join(map(str, found))


@pytest.mark.parametrize("key", ["irreversible", "killer"])
def test_what_is_irreversible_needs_a_rule(tmp_path: Path, key: str) -> None:
    files: dict[str, str | bytes] = {
        MAIN: changed(MAIN, "never: cancel\n", "never: order\n"),
        SCENARIO: changed(SCENARIO, "irreversible: true", f"{key}: true"),
    }
    (problem,) = problems_of(write(tmp_path, files))
    assert (problem.file, problem.line) == (SCENARIO, line_of(files[SCENARIO], f"{key}: true"))  # type: ignore[arg-type]
    assert "the irreversible item 'cancel' has no rule" in problem.message


def test_a_circle_is_told_item_by_item(tmp_path: Path) -> None:
    text = changed(SCENARIO, "        select: dates\n", "        select: dates\n        after: [result]\n")
    (problem,) = problems_of(write(tmp_path, {SCENARIO: text}))
    assert problem.file == SCENARIO
    assert "go in a circle" in problem.message
    for part in ("'since' needs 'result'", "'result' needs 'jira'", "'jira' needs 'since'"):
        assert part in problem.message


def test_an_item_that_waits_for_itself_is_a_circle(tmp_path: Path) -> None:
    text = changed(SCENARIO, "after: [quote]", "after: [quote, order]")
    (problem,) = problems_of(write(tmp_path, {SCENARIO: text}))
    assert "'order' needs 'order'" in problem.message
    assert problem.line == line_of(text, "- id: order\n        do")


def test_several_problems_come_at_once_in_order(tmp_path: Path) -> None:
    files = {
        MAIN: changed(MAIN, "before: [works]", "befor: [works]"),
        PLANS: changed(PLANS, '"70.79"', '"7O.79"'),
        SCENARIO: changed(SCENARIO, "howto: ordering", "howto: odering").replace("uses: [jira]", "uses: [jura]"),
        TEMPLATE: changed(TEMPLATE, "ref: mx", "ref: mxx"),
        "settings.yaml": "theme: [a\n",
    }
    found = problems_of(write(tmp_path, {**files, "settings.yaml": "glyphs: emoji\n"}))
    assert {each.file for each in found} == {*files, "settings.yaml"}
    assert found[0].file == MAIN
    assert sum(each.file == SCENARIO for each in found) == 2
    assert len(found) == len(set(found))
    # A file that is not even YAML does not hide what is wrong in the others, nor make up new problems.
    found = problems_of(write(tmp_path, {**files, TEMPLATE: "lines: [", "settings.yaml": "glyphs: emoji\n"}))
    assert {each.file for each in found} >= {MAIN, PLANS, TEMPLATE, "settings.yaml"}
    assert not any("template 'back'" in each.message for each in found)


def test_missing_and_empty_files(tmp_path: Path) -> None:
    for there in (tmp_path / "nowhere", Path(os.devnull)):
        assert [str(each) for each in problems_of(there)] == [f"playbook.yaml:1: there is no folder {there}"]
    found = problems_of(write(tmp_path, {PLANS: "", "settings.yaml": "# nothing\n"}))
    assert [(each.file, each.line) for each in found] == [("settings.yaml", 1)]
    assert "the file is empty" in found[0].message
    found = problems_of(write(tmp_path, {SCENARIO: ""}))
    assert any(each.file == "scenarios" and "there is no scenario" in each.message for each in found)


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    raw = FILES[MAIN].encode().replace(b"Sample escalations", b"Sample \xe9scalations")
    (problem,) = problems_of(write(tmp_path, {MAIN: raw}))
    assert (problem.file, problem.line) == (MAIN, 3)
    assert "UTF-8" in problem.message


def test_a_byte_order_mark_and_windows_lines_are_welcome(tmp_path: Path) -> None:
    raw = b"\xef\xbb\xbf" + FILES[MAIN].encode().replace(b"\n", b"\r\n")
    assert load(write(tmp_path, {MAIN: raw})).playbook.procedure.title == "Sample escalations"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes in folders")
def test_a_pipe_or_a_folder_in_place_of_a_file_is_told(tmp_path: Path) -> None:
    folder = write(tmp_path, {PLANS: "", SCENARIO: ""})
    os.mkfifo(folder / PLANS)  # type: ignore[attr-defined]
    os.mkfifo(folder / SCENARIO)  # type: ignore[attr-defined]
    (folder / "dns.yaml").unlink()
    (folder / "dns.yaml").mkdir()
    told = [(each.file, each.line) for each in problems_of(folder) if "this is no file" in each.message]
    assert told == [("dns.yaml", 1), (PLANS, 1), (SCENARIO, 1)]


@pytest.mark.skipif(os.name == "nt", reason="links are for administrators there")
@pytest.mark.parametrize("part", ["scenarios", "templates"])
def test_a_folder_that_cannot_be_read_is_told_and_nothing_that_follows_from_it(tmp_path: Path, part: str) -> None:
    folder = write(tmp_path, {SCENARIO: "", TEMPLATE: ""})
    (folder / part).rmdir()
    (folder / part).symlink_to(part)
    (problem,) = problems_of(folder)
    assert (problem.file, problem.line) == (part, 1)
    assert "the folder cannot be read" in problem.message


@pytest.mark.skipif(os.name == "nt", reason="links are for administrators there")
def test_a_link_that_leads_to_itself_is_told(tmp_path: Path) -> None:
    folder = write(tmp_path, {PLANS: ""})
    (folder / PLANS).symlink_to(PLANS)
    (problem,) = problems_of(folder)
    assert problem.file == PLANS and "cannot be read" in problem.message


def test_files_that_nobody_reads_are_named(tmp_path: Path) -> None:
    strangers = {"seting.yaml": "a: b", "scenarios/2.yml": "a: b", "templates/old/x.yaml": "a: b"}
    harmless = {
        "README.md": "x",
        ".settings.yaml.swp": "x",
        "plans.yaml~": "x",
        "scenarios/.hidden.yaml": "x",
    }
    found = problems_of(write(tmp_path, {**strangers, **harmless}))
    assert {each.file for each in found} == {"seting.yaml", "scenarios/2.yml", "templates/old"}
    assert any("did you mean 'settings.yaml'?" in each.message for each in found)


def test_two_scenarios_with_one_number(tmp_path: Path) -> None:
    found = problems_of(write(tmp_path, {"scenarios/2-again.yaml": FILES[SCENARIO]}))
    assert [str(each) for each in found] == ["scenarios/2-again.yaml:1: there is another scenario 1"]


def test_two_templates_with_one_id(tmp_path: Path) -> None:
    found = problems_of(write(tmp_path, {"templates/copy.yaml": FILES[TEMPLATE]}))
    assert [str(each) for each in found] == ["templates/copy.yaml:1: there is another template 'back'"]


def test_hostile_texts_are_cleaned_and_told(tmp_path: Path) -> None:
    evil = r'title: "a\e]52;c;AAAA\a\u202Eb\uFEFF [bold] [/x]"'
    loaded = load(write(tmp_path, {MAIN: changed(MAIN, "title: Sample escalations", evil)}))
    assert loaded.playbook.procedure.title == "a]52;c;AAAAb [bold] [/x]"
    assert any(each.line == 3 and "left out" in each.message for each in loaded.notices)


@pytest.mark.skipif(os.name == "nt", reason="such names cannot be there")
def test_file_names_are_outside_text_too(tmp_path: Path) -> None:
    found = problems_of(write(tmp_path, {"scenarios/\x1b]52;c;A\x07.yaml": "x: y", "\u202eb.yaml": "x: y"}))
    assert {each.file for each in found} == {"scenarios/]52;c;A.yaml", "b.yaml"}


def test_an_alias_that_doubles_itself_is_stopped(tmp_path: Path) -> None:
    bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
    bomb += "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12))
    (problem,) = problems_of(write(tmp_path, {"settings.yaml": bomb}))
    assert "more than 50,000 values" in problem.message
    (problem,) = problems_of(write(tmp_path, {"settings.yaml": "a: " + "[" * 90_000}))
    assert "nested more than 20 deep" in problem.message
    chain = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}]\n" for n in range(1, 60))
    (problem,) = problems_of(write(tmp_path, {"settings.yaml": chain}))
    assert "nested more than 20 deep" in problem.message
    (problem,) = problems_of(write(tmp_path, {"settings.yaml": "#" * 1_000_001}))
    assert "larger than" in problem.message


def test_anchors_are_read(tmp_path: Path) -> None:
    text = changed(SCENARIO, "answers: {yes: yes, no: no}", "answers: &both {yes: yes, no: no}")
    text = text.replace("        select: dates\n", "        answers: *both\n").replace("since.from", "since")
    template = changed(TEMPLATE, "from: item, ref: since.from, kind: date, format: dd/mm/yy", "from: item, ref: since")
    template = template.replace("{since.from} to {since.to}", "{since}")
    by_id = load(write(tmp_path, {SCENARIO: text, TEMPLATE: template})).playbook.procedure.scenarios[1].by_id
    assert by_id["since"].answers == by_id["running"].answers


def test_a_misspelt_key_in_bulk_does_not_take_long(tmp_path: Path) -> None:
    many = "".join(f"colour{n}: red\n" for n in range(12_000))
    assert len(problems_of(write(tmp_path, {"settings.yaml": many}))) == 12_000


def test_conditions_arrive_as_they_are_meant(tmp_path: Path) -> None:
    by_id = load(write(tmp_path)).playbook.procedure.scenarios[1].by_id
    item = by_id["cancel"]
    assert item.after == (parse_condition("works"), parse_condition("result=done"))
    assert item.killer and item.leaves and str(item.when) == "running=yes"
    assert str(by_id["quote"].when) == "billed-now=yearly or billed-next=yearly", "a named condition is put in"


def test_what_ties_items_together_arrives(tmp_path: Path) -> None:
    procedure = load(write(tmp_path)).playbook.procedure
    by_id = procedure.scenarios[1].by_id
    cancel, works, again, order = (by_id[name] for name in ("cancel", "works", "again", "order"))
    assert (cancel.ends, cancel.already) == ("old", Atom("running", frozenset({"no"})))
    assert (works.by_word, works.fresh_for, order.by_word, order.fresh_for) == (False, "5d", True, "")
    assert (again.anew, order.follows, by_id["quote"].uses[-1]) == ("jira", ("running",), LICENCES)
    assert [answer.id for answer in by_id["result"].answers if answer.open] == ["not-yet"]
    assert (procedure.nbs["still-there"].locks, procedure.nbs["still-there"].evidence) == (
        ("cancel",),
        (("mx", "old"),),
    )
    assert procedure.rules[0].newer_than == ("order", "result")
    assert {ending.id: str(ending.when) for ending in procedure.endings if ending.when} == {
        "gone-before": "not running=yes"
    }
    assert procedure.mailbox_fields == {"old": "on the old service"}
    assert procedure.credentials == "pasted"


@pytest.mark.parametrize(("text", "days"), [("12h", 0.5), ("1d", 1), ("999d", 999), ("36m", 0.025)])
def test_times_are_days_hours_or_minutes(tmp_path: Path, text: str, days: float) -> None:
    files = {SCENARIO: changed(SCENARIO, "fresh_for: 5d", f"fresh_for: {text}")}
    works = load(write(tmp_path, files)).playbook.procedure.scenarios[1].by_id["works"]
    assert span(works.fresh_for) == timedelta(days=days)


def test_passwords_can_be_looked_up_in_the_console(tmp_path: Path) -> None:
    files = {MAIN: changed(MAIN, "credentials: pasted", "credentials: in the console")}
    assert load(write(tmp_path, files)).playbook.procedure.credentials == "in the console"


def two_scenarios(first: str, second: str) -> dict[str, str | bytes]:
    """The sample twice, each with one line more at its last item."""
    mark = "        do: Leave a note\n"
    text = FILES[SCENARIO].replace(mark, mark + first)
    other = FILES[SCENARIO].replace("number: 1", "number: 2").replace(mark, mark + second)
    text, other = (each.replace("templates: {back: result=returned}", "templates: [back]") for each in (text, other))
    main = FILES[MAIN].replace("    scenario: 1\n", "")
    main = main.replace("text: Nothing to do., ending: nothing-to-do", "scenario: 2")
    return {SCENARIO: text, "scenarios/2-twice.yaml": other, MAIN: main}


@pytest.mark.parametrize("side", [1, 2])
def test_the_same_item_is_so_on_both_sides(tmp_path: Path, side: int) -> None:
    line = f"        same_as: {{{3 - side}: note}}\n"
    files = two_scenarios(*((line, "") if side == 1 else ("", line)))
    scenarios = load(write(tmp_path, files)).playbook.procedure.scenarios
    assert scenarios[1].by_id["note"].same_as == ((2, "note"),)
    assert scenarios[2].by_id["note"].same_as == ((1, "note"),)
    for scenario in scenarios.values():
        assert scenario.steps[-1].items[-1] is scenario.by_id["note"]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("notes", "there is no item in scenario 2 called 'notes' (did you mean 'note'?)"),
        ("since", "'note' and 'since' are not of the same kind"),
        ("works", "one of 'note' and 'works' is done for each mailbox, the other is not"),
    ],
)
def test_what_cannot_be_the_same_is_told(tmp_path: Path, name: str, message: str) -> None:
    files = two_scenarios(f"        same_as: {{2: {name}}}\n", "")
    found = problems_of(write(tmp_path, files))
    assert any(message in each.message and each.file == SCENARIO for each in found), found


def test_questions_that_are_the_same_have_an_answer_in_common(tmp_path: Path) -> None:
    files = two_scenarios("", "")
    text = files[SCENARIO]
    assert isinstance(text, str)
    mark = "        answers: {yes: yes, no: no}\n"
    files[SCENARIO] = text.replace(mark, mark + "        same_as: {2: billed-now}\n")
    assert any("'running' and 'billed-now' have no answer in common" in str(each) for each in problems_of(
        write(tmp_path, files)
    ))  # fmt: skip


def test_two_items_cannot_be_the_same_as_one(tmp_path: Path) -> None:
    files = two_scenarios("        same_as: {2: order}\n", "")
    text = files[SCENARIO]
    assert isinstance(text, str)
    mark = "        reverse: Cancel the order\n"
    files[SCENARIO] = text.replace(mark, mark + "        same_as: {2: order}\n")
    (problem,) = problems_of(write(tmp_path, files))
    assert problem.message == "'order' is the same as another item of scenario 1 already"


def test_an_act_may_be_kept_by_another_scenario(tmp_path: Path) -> None:
    files = two_scenarios("        acts: true\n        reverse: Take it out\n        keeps: [2]\n", "")
    assert load(write(tmp_path, files)).playbook.procedure.scenarios[1].by_id["note"].keeps == (2,)


def test_named_conditions_may_name_one_another(tmp_path: Path) -> None:
    new = "paid-yearly: now-yearly or later\n  later: billed-next=yearly\n  now-yearly: billed-now=yearly\n  x-1: "
    files = {MAIN: changed(MAIN, "paid-yearly: billed-now=yearly or billed-next=yearly", new + "not later")}
    when = load(write(tmp_path, files)).playbook.procedure.scenarios[1].by_id["quote"].when
    assert str(when) == "billed-now=yearly or billed-next=yearly"


def test_a_circle_of_named_conditions_is_told_once(tmp_path: Path) -> None:
    new = "paid-yearly: later\n  later: earlier or paid-yearly\n  earlier: not later"
    files = {MAIN: changed(MAIN, "paid-yearly: billed-now=yearly or billed-next=yearly", new)}
    found = problems_of(write(tmp_path, files))
    assert any("the conditions go in a circle: 'paid-yearly', 'later', 'paid-yearly'" in str(each) for each in found)


def test_no_message_speaks_of_killers_witnesses_or_stale_marks() -> None:
    """A floor lead reads these: what cannot be undone is irreversible, and what has changed is checked again."""
    folder = CONFIG.parent / "oxtui" / "playbook"
    told: list[str] = []
    for path in (*folder.glob("*/*.py"), *(folder / name for name in ("build.py", "load.py", "plans.py"))):
        for call in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr in ("say", "at"):
                inner = (node for each in call.args for node in ast.walk(each))
                told += [node.value for node in inner if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    assert len(told) > 100
    left = [text for text in told if re.search("killer|witness|stale", text)]
    assert left == []


def test_a_playbook_of_before_keeps_its_meaning() -> None:
    """It says `killer`, knows no brackets, and has none of the newer keys: its cases still find their steps."""
    procedure = load(CONFIG.parent / "tests" / "samples" / "fibre-move").playbook.procedure
    assert procedure.digest == "7ca9fc2ae6ceba16dc36ffc71f0b6b63a7b90673ba17fb1049caaacd523696a3"
    items = [item for scenario in procedure.scenarios.values() for item in scenario.items()]
    assert [item.id for item in items if item.killer] == ["end-adsl", "end-backup"]
    assert all(isinstance(each.root, Atom) for item in items for each in item.after)
    assert all(item.by_word and not item.fresh_for and not item.follows and not item.same_as for item in items)
    assert (procedure.credentials, procedure.mailbox_fields) == ("pasted", {})


def test_what_a_rule_says_is_never_done_first_has_no_way_back_or_is_irreversible(tmp_path: Path) -> None:
    forgotten = re.sub(r"        (?:irreversible|ends|already|leaves): .*\n", "", FILES[SCENARIO])
    folder = write(tmp_path, {SCENARIO: forgotten, MAIN: FILES[MAIN].replace(", locks: [cancel]", "")})
    said = [str(each) for each in load(folder).notices if "neither irreversible nor" in each.message]
    assert (
        said == [f"{MAIN}:{line_of(FILES[MAIN], 'never: cancel')}: {said[0].split(': ', 1)[1]}"]
        and "'cancel'" in said[0]
    )


def test_a_text_for_the_client_needs_costs_only_where_something_is_quoted(tmp_path: Path) -> None:
    words = "client_text: {opening: Hello, done: Done, next: Next, closing: Bye}\n"
    with pytest.raises(PlaybookError, match="'client_text' needs 'cost': an item has a 'quote'"):
        load(write(tmp_path / "one", {MAIN: FILES[MAIN] + words}))
    folder = Path(shutil.copytree(CONFIG.parent / "tests" / "samples" / "refund", tmp_path / "two"))
    (folder / MAIN).write_text((folder / MAIN).read_text("utf-8") + words, "utf-8")
    text = load(folder).playbook.procedure.client_text
    assert text is not None and not text.cost


def test_a_playbook_from_before_there_were_words_writes_amounts_as_then(tmp_path: Path) -> None:
    playbook = load(write(tmp_path / "config")).playbook
    save_pin(tmp_path / "pins", playbook.procedure)
    assert load_pin(tmp_path / "pins", playbook.procedure.digest).words.currency == "AU$"
    assert playbook.plans.policy.words.currency == "AU$"
    new = load(write(tmp_path / "config", {MAIN: FILES[MAIN] + "words: {expert: a lead}\n"})).playbook
    assert new.procedure.words.currency == "$"
