"""The JSON schemas of a playbook's files, in its folder `schema/`; the first line of a file names its schema.

`python -m oxtui schema --out config/schema` writes them anew.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from oxtui.playbook.documents import DOCUMENTS, document_of
from oxtui.playbook.load import SCHEMA_FOLDER
from oxtui.playbook.schema.json_schema import schema_of

_COMMENT: Final = "# yaml-language-server: $schema="


def schemas() -> dict[str, Any]:
    """Return the schema of every kind of file, by its name (`scenario`)."""
    return {each.name: schema_of(each.declared) for each in DOCUMENTS}


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
    found = document_of(file)
    up = "../" * file.count("/")
    return f"{_COMMENT}{up}{SCHEMA_FOLDER}/{found.name}.json" if found else ""
