"""Procedures kept by digest: a case keeps the steps it was opened with; and what a newer one changes."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

from msgspec import Struct

from oxtui.durable import make_folder, write_durably
from oxtui.errors import StoreError
from oxtui.playbook.build import procedure_from_data, to_bytes
from oxtui.playbook.model import Procedure

_DIGEST = re.compile(r"[0-9a-f]{64}")
_LOST = "i names the case; a newer oxtui or a backup of the folder may have it"


class Changes(Struct, frozen=True):
    """The ids of a scenario's items that a newer procedure adds, has no longer, or words or guards anew."""

    new: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.new or self.gone or self.changed)


def is_digest(text: str) -> bool:
    """Whether a text is a SHA-256 as hex, and so safe as the name of a file."""
    return _DIGEST.fullmatch(text) is not None


def save_pin(folder: Path, procedure: Procedure) -> Path:
    """Keep `procedure` as `<digest>.json` in `folder`, durably; raises Unsaved where that cannot be.

    The file holds the very bytes whose SHA-256 the digest is; one that is there and whole is left alone.
    """
    path = folder / f"{procedure.digest}.json"
    if _whole(path, procedure.digest) is None:
        write_private(path, to_bytes(procedure.data))
    return path


def load_pin(folder: Path, digest: str) -> Procedure:
    """The procedure with `digest`; raises StoreError where it is missing, damaged or for another oxtui."""
    if not is_digest(digest):
        raise StoreError("the case does not say which steps it was opened with", _LOST)
    path = folder / f"{digest}.json"
    content = _whole(path, digest)
    if content is None:
        state = "are damaged" if path.exists() else "are missing"
        raise StoreError(f"the steps that the case was opened with {state} ({path.name})", _LOST)
    # It was checked before it was stored; checks that came later must not take a case's steps from it.
    procedure, problems = procedure_from_data(json.loads(content), checks=False)
    if procedure is None:
        raise StoreError(f"the steps that the case was opened with cannot be read: {problems[0][1]}", _LOST)
    return procedure


def _whole(path: Path, digest: str) -> bytes | None:
    """The content of a pin, or None where there is none or it is not what its name says."""
    try:
        content = path.read_bytes()
    except OSError:
        return None
    return content if hashlib.sha256(content).hexdigest() == digest else None


def diff(old: Procedure, new: Procedure, scenario: int) -> Changes:
    """What moving a case in `scenario` from `old` to `new` changes, in the order of the article."""
    before = old.scenarios[scenario].by_id if scenario in old.scenarios else {}
    after = new.scenarios[scenario].by_id if scenario in new.scenarios else {}
    return Changes(
        tuple(name for name in after if name not in before),
        tuple(name for name in before if name not in after),
        tuple(name for name in after if name in before and after[name] != before[name]),
    )


def write_private(path: Path, content: bytes) -> None:
    """Put `content` in the place of `path` (0600, its folder 0700), whole or not at all; raises Unsaved."""
    make_folder(path.parent)
    write_durably(path, [content])
