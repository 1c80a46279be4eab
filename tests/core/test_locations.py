"""Where files live: which name wins, what each file is called, and that nothing is made."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from oxtui import locations
from oxtui.errors import WrongUse


def test_the_option_beats_the_environment_beats_the_platform(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    platform = locations.data_home()
    assert platform.is_absolute() and platform.name == "oxtui"
    monkeypatch.setenv("OXTUI_HOME", str(tmp_path / "named"))
    assert locations.data_home() == tmp_path / "named"
    assert locations.data_home(tmp_path / "option") == tmp_path / "option"
    assert locations.data_home(str(tmp_path / "option")) == tmp_path / "option"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the folder's place is the platform's")
def test_the_platforms_folder_is_the_local_user_data_folder() -> None:
    assert locations.data_home() == Path.home() / ".local" / "share" / "oxtui"


def test_the_configuration_folder_can_be_named(tmp_path: Path) -> None:
    environ = {"OXTUI_CONFIG": str(tmp_path / "share")}
    assert locations.config_folder(environ=environ) == tmp_path / "share"
    assert locations.config_folder(tmp_path / "option", environ) == tmp_path / "option"
    assert locations.config_folder(environ={}) == locations.shipped_config()


@pytest.mark.parametrize("blank", ["", "  "])
def test_a_blank_name_is_no_name(blank: str) -> None:
    environ = {"OXTUI_HOME": blank, "OXTUI_CONFIG": blank}
    assert locations.locate(environ=environ) == locations.locate(environ={})
    assert locations.locate("", "", {}) == locations.locate(environ={})


def test_named_folders_are_made_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert locations.data_home("here") == tmp_path / "here"
    assert locations.data_home("~/floor") == Path.home() / "floor"


def test_a_home_of_nobody_is_refused() -> None:
    with pytest.raises(WrongUse, match="no home folder for ~nobody-at-all"):
        locations.data_home("~nobody-at-all/x")


def test_the_files_have_the_names_that_others_rely_on(tmp_path: Path) -> None:
    at = locations.locate(tmp_path, tmp_path / "config")
    files = [at.cases, at.lock, at.history, at.playbooks, at.backups, at.quarantine, at.log, at.drafts]
    assert [file.parent for file in files] == [tmp_path] * 8
    assert [file.name for file in files] == [
        "cases.json", "cases.lock", "history.sqlite3", "playbooks", "backups", "quarantine", "oxtui.log",
        "drafts.json",
    ]  # fmt: skip
    assert [path for _, path in at.named()] == [tmp_path, tmp_path / "config", *files]


def test_nothing_is_made(home: Path) -> None:
    place = locations.locate()
    assert place.named()
    assert not home.exists() and list(Path.home().iterdir()) == []


def test_a_source_tree_is_used_as_it_stands(tmp_path: Path) -> None:
    package = tmp_path / "oxtui"
    (tmp_path / "config").mkdir()
    assert locations.shipped_config(package) == package / "config"  # some other package's `config`
    (tmp_path / "pyproject.toml").touch()
    assert locations.shipped_config(package) == tmp_path / "config"


def test_here_it_is_the_top_level_folder() -> None:
    assert locations.shipped_config() == Path(locations.__file__).parent.parent / "config"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows knows every person's folder")
def test_without_any_home_one_has_to_be_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import pwd

    def nobody(number: int) -> None:
        raise KeyError(number)

    for name in ("HOME", "OXTUI_HOME", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(pwd, "getpwuid", nobody)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(WrongUse) as told:
        locations.data_home()
    assert "OXTUI_HOME" in told.value.hint and told.value.exit_code == 2
    assert locations.data_home(tmp_path) == tmp_path and not list(tmp_path.iterdir())
