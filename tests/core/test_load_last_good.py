"""A folder that breaks while agents work falls back to its last good copy."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from msgspec import Struct

from oxtui.errors import PlaybookError
from oxtui.playbook.last_good import copy_of, load_or_last_good
from oxtui.playbook.load import load
from tests.core.cli_help import runner
from tests.core.load_sample import FILES, changed, write

MAIN = "playbook.yaml"
SHIPPED = Path(__file__).parents[2] / "config"
SAMPLES = Path(__file__).parents[1] / "samples"


def test_a_good_folder_needs_no_banner_and_leaves_a_copy(tmp_path: Path) -> None:
    folder, home = write(tmp_path / "config"), tmp_path / "home"
    playbook, banner = load_or_last_good(folder, home)
    assert banner is None
    assert playbook == load(folder).playbook
    assert copy_of(folder, home).parent == home / "playbooks" / "last-good"
    again, banner = load_or_last_good(folder, home)
    assert banner is None and again == playbook


@pytest.mark.parametrize(
    "broken",
    [
        {MAIN: changed(MAIN, "title: Sample", "title: Sample: x")},
        {MAIN: changed(MAIN, "before: [works]", "before: [work]")},
        {"plans.yaml": ""},
        {"scenarios/1-back.yaml": b"\xff"},
        {"seting.yaml": "a: b"},
    ],
    ids=["syntax", "name", "missing", "bytes", "stranger"],
)
def test_a_broken_folder_falls_back_under_a_banner(tmp_path: Path, broken: dict[str, str | bytes]) -> None:
    folder, home = write(tmp_path / "config"), tmp_path / "home"
    good, _ = load_or_last_good(folder, home)
    write(folder, broken)
    for _ in range(2):
        playbook, banner = load_or_last_good(folder, home)
        assert playbook == good
        assert banner and banner.startswith("The playbook is broken: ") and "last good copy" in banner
        assert next(iter(broken)) in banner
    write(folder)
    (folder / "seting.yaml").unlink(missing_ok=True)
    assert load_or_last_good(folder, home) == (good, None)


def test_a_share_that_is_gone(tmp_path: Path) -> None:
    folder, home = write(tmp_path / "config"), tmp_path / "home"
    good, _ = load_or_last_good(folder, home)
    folder.rename(tmp_path / "gone")
    playbook, banner = load_or_last_good(folder, home)
    assert playbook == good and banner and f"there is no folder {folder}" in banner


def test_without_a_copy_every_problem_is_raised(tmp_path: Path) -> None:
    folder = write(tmp_path / "config", {MAIN: changed(MAIN, "never: tick", "never: tack"), "settings.yaml": "x: y"})
    with pytest.raises(PlaybookError) as caught:
        load_or_last_good(folder, tmp_path / "home")
    assert {each.file for each in caught.value.problems} == {MAIN, "settings.yaml"}


def test_one_folder_never_stands_in_for_another(tmp_path: Path) -> None:
    home = tmp_path / "home"
    load_or_last_good(write(tmp_path / "config"), home)
    other = write(tmp_path / "other", {MAIN: ""})
    with pytest.raises(PlaybookError):
        load_or_last_good(other, home)


def test_a_change_is_seen_at_once(tmp_path: Path) -> None:
    folder, home = write(tmp_path / "config"), tmp_path / "home"
    load_or_last_good(folder, home)
    text = changed("settings.yaml", '"45"', '"46"')
    times = (folder / "settings.yaml").stat()
    write(folder, {"settings.yaml": text})
    # The same size at the same moment: only the content tells.
    os.utime(folder / "settings.yaml", ns=(times.st_atime_ns, times.st_mtime_ns))
    playbook, banner = load_or_last_good(folder, home)
    assert banner is None and playbook.settings.clipboard_clear_seconds == 46


def test_a_changed_reader_reads_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, home = write(tmp_path / "config"), tmp_path / "home"
    load_or_last_good(folder, home)
    document = json.loads(copy_of(folder, home).read_bytes())
    monkeypatch.setattr("oxtui.playbook.last_good._sources", lambda: [("order.py", 1, 1)])
    load_or_last_good(folder, home)
    assert json.loads(copy_of(folder, home).read_bytes())["stamp"] != document["stamp"]


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b'{"format": 9}', b"\xff", b'"x"'])
def test_a_damaged_copy_is_not_used(tmp_path: Path, damage: bytes) -> None:
    folder, home = write(tmp_path / "config"), tmp_path / "home"
    good, _ = load_or_last_good(folder, home)
    copy_of(folder, home).write_bytes(damage)
    assert load_or_last_good(folder, home) == (good, None)
    copy_of(folder, home).write_bytes(damage)
    write(folder, {MAIN: "x"})
    with pytest.raises(PlaybookError):
        load_or_last_good(folder, home)


def test_a_copy_that_was_changed_is_not_used(tmp_path: Path) -> None:
    folder, home = write(tmp_path / "config"), tmp_path / "home"
    good, _ = load_or_last_good(folder, home)
    document = json.loads(copy_of(folder, home).read_bytes())
    document["plain"] = document["plain"].replace("Sample escalations", "Other escalations")
    copy_of(folder, home).write_text(json.dumps(document))
    assert load_or_last_good(folder, home) == (good, None)


def test_a_home_that_cannot_be_written_to_does_not_stop_a_good_playbook(tmp_path: Path) -> None:
    folder = write(tmp_path / "config")
    (tmp_path / "home").write_text("a file in the way")
    assert load_or_last_good(folder, tmp_path / "home") == (load(folder).playbook, None)


def differing(one: object, other: object, at: str) -> list[str]:
    """Return where two values differ, in type or value or order; long, as equal Structs of two types are unequal."""
    if type(one) is not type(other):
        return [f"{at}: {type(one)} and {type(other)}"]
    if isinstance(one, Struct):
        names = one.__struct_fields__
        return [each for name in names for each in differing(getattr(one, name), getattr(other, name), f"{at}.{name}")]
    if isinstance(one, dict | list | tuple):
        assert isinstance(other, dict | list | tuple)
        if list(one) != list(other) if isinstance(one, dict) else len(one) != len(other):
            return [f"{at}: other entries"]
        pairs = (
            zip(one.values(), other.values(), strict=True)
            if isinstance(one, dict) and isinstance(other, dict)
            else (zip(one, other, strict=True))
        )
        return [each for number, (a, b) in enumerate(pairs) for each in differing(a, b, f"{at}[{number}]")]
    return [] if one == other else [f"{at}: {one!r} and {other!r}"]


@pytest.mark.parametrize(
    "folder", sorted({SHIPPED, *(each.parent for each in SAMPLES.rglob("playbook.yaml"))}), ids=lambda each: each.name
)
def test_a_kept_playbook_equals_the_one_of_the_files(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, _ = load_or_last_good(folder, tmp_path)
    monkeypatch.setattr("oxtui.playbook.load.load_raw", None)
    kept, banner = load_or_last_good(folder, tmp_path)
    assert banner is None and kept is not read
    assert differing(read, kept, "") == []
    for scenario in kept.procedure.scenarios.values():
        assert all(item is scenario.by_id[item.id] for item in scenario.items()), "one object for an item"


def test_a_copy_of_an_earlier_version_is_read_anew_and_stands_in(tmp_path: Path) -> None:
    folder, home = write(tmp_path / "config"), tmp_path / "home"
    good, _ = load_or_last_good(folder, home)
    document = json.loads(copy_of(folder, home).read_bytes())
    earlier = {key: document[key] for key in ("format", "stamp", "sum", "plain")}
    other = "{}"
    for built in ({}, {"built": other, "built_sum": hashlib.sha256(other.encode()).hexdigest()}):
        copy_of(folder, home).write_text(json.dumps(earlier | built))
        assert load_or_last_good(folder, home) == (good, None)
        assert json.loads(copy_of(folder, home).read_bytes()) == document
        copy_of(folder, home).write_text(json.dumps(earlier | built))
        write(folder, {MAIN: "x"})
        playbook, banner = load_or_last_good(folder, home)
        assert playbook == good and banner
        write(folder)


def test_an_unchanged_folder_is_read_without_yaml(tmp_path: Path) -> None:
    folder, home = write(tmp_path / "config"), tmp_path / "home"
    load_or_last_good(folder, home)
    code = (
        "import sys; from pathlib import Path;"
        "from oxtui.playbook.last_good import load_or_last_good as load;"
        f"load(Path({str(folder)!r}), Path({str(home)!r}));"
        "import oxtui.service; reader = ('oxtui.playbook.' + name for name in ('load', 'build', 'schema.walker'));"
        "print([name for name in ('yaml', 'difflib', 'textual', *reader) if name in sys.modules])"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_sample_has_no_file_too_many() -> None:
    assert set(FILES) >= {MAIN, "plans.yaml", "scenarios/1-back.yaml", "templates/back.yaml"}


def test_check_names_a_rule_that_was_removed(tmp_path: Path, home: Path, capfd: pytest.CaptureFixture[str]) -> None:
    run = runner(capfd)
    folder = write(tmp_path / "config")
    load_or_last_good(folder, home)
    rule = FILES[MAIN][FILES[MAIN].index("  - id: no-discount") : FILES[MAIN].index("  - {id: authenticated")]
    text = FILES[MAIN].replace("id: cancel-last", "id: cancel-at-last")
    write(folder, {MAIN: text})
    assert "is missing" not in run("check", str(folder), "--form-only").out, "a rule with another id is there"
    write(folder, {MAIN: text.replace(rule, "")})
    said = "notice: the version last used here has a rule that is missing: No discount on monthly billing"
    assert said in run("check", str(folder), "--form-only").out
    write(other := tmp_path / "other", {MAIN: text.replace(rule, "")})
    assert "is missing" not in run("check", str(other), "--form-only").out
    assert said in run("--config", str(folder), "check", str(other), "--form-only").out
