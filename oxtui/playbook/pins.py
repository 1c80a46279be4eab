"""Procedures saved by digest, so a case keeps the steps it was opened with; and the changes of a newer one."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

from msgspec import Struct

from oxtui.durable import make_folder, write_durably
from oxtui.errors import StoreError
from oxtui.playbook.model import Procedure

_DIGEST = re.compile(r"[0-9a-f]{64}")
_LOST = "i names the case; a newer oxtui or a backup of the folder may have it"


class Differences(Struct, frozen=True):
    """The ids of a scenario's items that a newer procedure adds, removes or changes."""

    new: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.new or self.gone or self.changed)


def is_digest(text: str) -> bool:
    """Whether a text is a SHA-256 in hex, and therefore safe as a file name."""
    return _DIGEST.fullmatch(text) is not None


def save_pin(folder: Path, procedure: Procedure) -> Path:
    """Save `procedure` durably as `<digest>.json` in `folder` and return the path; raises Unsaved.

    The digest is the SHA-256 of the file's bytes; an undamaged file is left alone.
    """
    path = folder / f"{procedure.digest}.json"
    if _whole(path, procedure.digest) is None:
        from oxtui.playbook.build import to_bytes

        write_private(path, to_bytes(procedure.data))
    return path


def load_pin(folder: Path, digest: str) -> Procedure:
    """Load the procedure with `digest`; raises StoreError if it is missing, damaged or for another oxtui."""
    if not is_digest(digest):
        raise StoreError("the case does not say which steps it was opened with", _LOST)
    path = folder / f"{digest}.json"
    content = _whole(path, digest)
    if content is None:
        state = "are damaged" if path.exists() else "are missing"
        raise StoreError(f"the steps that the case was opened with {state} ({path.name})", _LOST)
    from oxtui.playbook.build import procedure_from_data

    # Not checked again: checks added since must not lock a case out of its steps.
    procedure, problems = procedure_from_data(json.loads(content), checks=False)
    if procedure is None:
        raise StoreError(f"the steps that the case was opened with cannot be read: {problems[0][1]}", _LOST)
    return procedure


def _whole(path: Path, digest: str) -> bytes | None:
    """Return the bytes of a pin, or None if it is missing or does not match its digest."""
    try:
        content = path.read_bytes()
    except OSError:
        return None
    return content if hashlib.sha256(content).hexdigest() == digest else None


def diff(old: Procedure, new: Procedure, scenario: int) -> Differences:
    """Compare the items of `scenario` in two procedures, in the order of the article."""
    before = old.scenarios[scenario].by_id if scenario in old.scenarios else {}
    after = new.scenarios[scenario].by_id if scenario in new.scenarios else {}
    return Differences(
        tuple(name for name in after if name not in before),
        tuple(name for name in before if name not in after),
        tuple(name for name in after if name in before and after[name] != before[name]),
    )


def write_private(path: Path, content: bytes) -> None:
    """Write `content` to `path` (0600, its folder 0700) atomically; raises Unsaved."""
    make_folder(path.parent)
    write_durably(path, [content])
