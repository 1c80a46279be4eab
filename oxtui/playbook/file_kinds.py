"""The kinds of files in a playbook, and their JSON schemas in its folder `schema/`.

The first line of a file names its schema. `python -m oxtui schema --out config/schema` writes them anew.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final, NamedTuple

from oxtui.playbook.dns_owners import DnsFile
from oxtui.playbook.folder import SCHEMA_FOLDER
from oxtui.playbook.model import Scenario
from oxtui.playbook.plans import PlansFile
from oxtui.playbook.reader.files import PlaybookFile, ReferenceFile, StepsFile, WalkFile
from oxtui.playbook.schema.json_schema import schema_of
from oxtui.playbook.template import Template
from oxtui.playbook.today import Settings

_COMMENT: Final = "# yaml-language-server: $schema="


class FileKind(NamedTuple):
    """One kind of file; `place` is its path within the playbook, or a pattern."""

    name: str
    place: str
    declared: Any

    def holds(self, file: str) -> bool:
        """Whether a file (`scenarios/1.yaml`) is of this kind."""
        folder = self.place.removesuffix("*.yaml")
        return file == self.place if folder == self.place else file.startswith(folder) and file.endswith(".yaml")


FILE_KINDS: Final = (
    FileKind("playbook", "playbook.yaml", PlaybookFile),
    FileKind("scenario", "scenarios/*.yaml", Scenario),
    FileKind("steps", "steps/*.yaml", StepsFile),
    FileKind("template", "templates/*.yaml", Template),
    FileKind("plans", "plans.yaml", PlansFile),
    FileKind("reference", "reference.yaml", ReferenceFile),
    FileKind("dns", "dns.yaml", DnsFile),
    FileKind("settings", "settings.yaml", Settings),
    FileKind("walk", "walks/*.yaml", WalkFile),
)
"""Every kind of file in a playbook."""


def kind_of(file: str) -> FileKind | None:
    """Return the kind of a file, by its name within the playbook."""
    return next((each for each in FILE_KINDS if each.holds(file)), None)


def schemas() -> dict[str, Any]:
    """Return the schema of every kind of file, by its name (`scenario`)."""
    return {each.name: schema_of(each.declared) for each in FILE_KINDS}


def write(folder: Path) -> list[Path]:
    """Write the schemas into `folder`, and return the files. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, schema in schemas().items():
        path = folder / f"{name}.json"
        path.write_text(json.dumps(schema, ensure_ascii=False, indent=1) + "\n", "utf-8")
        written.append(path)
    return written


def first_line(file: str) -> str:
    """Return the line by which an editor finds the schema of a file (`scenarios/1.yaml`), or ""."""
    kind = kind_of(file)
    up = "../" * file.count("/")
    return f"{_COMMENT}{up}{SCHEMA_FOLDER}/{kind.name}.json" if kind else ""
