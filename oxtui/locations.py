"""The places of files: paths are computed here, and nothing is made, opened or read."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from oxtui.errors import WrongUse


class _InHome:
    """A file or folder of the data folder, by its name there."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __get__(self, places: Locations, owner: type[Locations]) -> Path:
        return places.home / self.name


class Locations(Struct, frozen=True):
    """The data folder of one agent or floor, and the configuration folder; both absolute."""

    home: Path
    config: Path

    cases = _InHome("cases.json")
    """The open cases (TinyDB)."""
    lock = _InHome("cases.lock")
    """The lock that is held while the open cases are read and written."""
    history = _InHome("history.sqlite3")
    """The closed cases (SQLite)."""
    drafts = _InHome("drafts.json")
    """Notes still being written."""
    playbooks = _InHome("playbooks")
    """The compiled procedures that cases are pinned to, by digest."""
    backups = _InHome("backups")
    """Earlier states of the case file."""
    quarantine = _InHome("quarantine")
    """Damaged files, kept for a person to look at."""
    log = _InHome("oxtui.log")
    """The program's own log, without client data."""

    def named(self) -> tuple[tuple[str, Path], ...]:
        """Every place with its name in plain words, the most asked for first."""
        return (
            ("data", self.home),
            ("configuration", self.config),
            ("open cases", self.cases),
            ("lock", self.lock),
            ("history", self.history),
            ("playbooks", self.playbooks),
            ("backups", self.backups),
            ("quarantine", self.quarantine),
            ("log", self.log),
            ("drafts", self.drafts),
        )


def locate(
    home: str | os.PathLike[str] | None = None,
    config: str | os.PathLike[str] | None = None,
    environ: Mapping[str, str] | None = None,
) -> Locations:
    """The places that `--home` and `--config` name, else the environment, else the platform.

    Raises WrongUse for a `~name` that no one has.
    """
    return Locations(data_home(home, environ), config_folder(config, environ))


def data_home(option: str | os.PathLike[str] | None = None, environ: Mapping[str, str] | None = None) -> Path:
    """The data folder: `option` (`--home`), else OXTUI_HOME, else the platform's local user data folder.

    Raises WrongUse if none of them is known.
    """
    named = _named(option, "OXTUI_HOME", environ)
    if named is not None:
        return named
    # Importing it takes 3 ms that a named home does not need.
    from platformdirs import user_data_path

    try:
        place = user_data_path("oxtui", appauthor=False)
    except RuntimeError:  # neither the environment nor the system names a home
        place = Path()
    if not place.is_absolute():  # some versions return `~`, which would be a folder within any other
        raise WrongUse("neither HOME nor the system says where your files belong", "name a folder with OXTUI_HOME")
    return place


def config_folder(option: str | os.PathLike[str] | None = None, environ: Mapping[str, str] | None = None) -> Path:
    """The configuration folder: `option` (`--config`), else OXTUI_CONFIG, else the shipped one."""
    return _named(option, "OXTUI_CONFIG", environ) or shipped_config()


def shipped_config(package: Path | None = None) -> Path:
    """The configuration folder that came with the program, whose code is in `package` (default: this one).

    In a source tree, an editable install too, it is the folder beside pyproject.toml, which a person edits: the copy
    that an editable install leaves in site-packages gets old.
    """
    package = package or Path(__file__).absolute().parent
    source = package.parent / "config"
    if source.is_dir() and (package.parent / "pyproject.toml").is_file():
        return source
    return package / "config"


def _named(option: str | os.PathLike[str] | None, variable: str, environ: Mapping[str, str] | None) -> Path | None:
    """The absolute folder named by `option` or else by `variable`; None if both are missing or blank."""
    name = os.fspath(option) if option is not None else ""
    value = name or (os.environ if environ is None else environ).get(variable, "")
    if not value.strip():
        return None
    try:
        return Path(value).expanduser().absolute()
    except RuntimeError:
        raise WrongUse(f"there is no home folder for {value}", "give the folder in full") from None
