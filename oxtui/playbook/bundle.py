"""Pack a playbook's folder into bytes for a floor's server, and unpack it on every client.

Settings are left out, as each machine has its own. Equal files give equal bytes, and so one digest.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import msgspec
from msgspec import Struct

from oxtui.durable import make_folder, write_durably
from oxtui.errors import PlaybookError, Problem, StoreError
from oxtui.playbook.folder import raw_files
from oxtui.playbook.load import load_raw

FORMAT: Final = 1
SETTINGS: Final = "settings.yaml"
MOST_BYTES: Final = 8_000_000
_NAME: Final = re.compile(r"(?:(?:scenarios|steps|templates)/)?[A-Za-z0-9_][A-Za-z0-9_.-]{0,80}\.yaml")


class _Bundle(Struct, frozen=True):
    format: int
    files: dict[str, str]


def digest_of(bundle: bytes) -> str:
    """Return the SHA-256 of a bundle in hex, by which it is known."""
    return hashlib.sha256(bundle).hexdigest()


def pack(folder: Path) -> bytes:
    """Pack the playbook in `folder`; raises PlaybookError with every problem if it is not valid."""
    raw = raw_files(folder)
    load_raw(folder, raw)
    files: dict[str, str] = {}
    problems: list[Problem] = []
    raw.pop(SETTINGS, None)
    for name, content in sorted(raw.items()):
        if not isinstance(content, bytes):
            problems.append(content)
        elif not _NAME.fullmatch(name):
            problems.append(Problem(name, 1, "a floor takes only names of plain letters, digits, dots and hyphens"))
        else:
            files[name] = content.decode("utf-8-sig")
    if problems:
        raise PlaybookError(problems)
    document: dict[str, Any] = {"format": FORMAT, "files": files}
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode("utf-8")


def files_of(bundle: bytes) -> Mapping[str, str]:
    """Return the texts of a bundle by file name; raises StoreError if this program cannot read it."""
    try:
        files = msgspec.json.decode(bundle[: MOST_BYTES + 1], type=_Bundle)
    except (msgspec.DecodeError, ValueError):
        raise StoreError("the published playbook cannot be read", "a lead publishes it anew") from None
    if files.format != FORMAT or not all(_NAME.fullmatch(name) for name in files.files):
        raise StoreError(
            "the published playbook is for another oxtui", "oxtui --version, here and where it was published"
        )
    return files.files


def unpack(bundle: bytes, folder: Path) -> Path:
    """Unpack a bundle into the folder of its digest within `folder`, and return that. Raises StoreError."""
    files = files_of(bundle)
    target = folder / digest_of(bundle)
    make_folder(target)
    for name, text in files.items():
        place = target / name
        make_folder(place.parent)
        write_durably(place, [text.encode("utf-8")])
    return target
