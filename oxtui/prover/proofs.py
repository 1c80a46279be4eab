"""The digests proved on this machine: `playbooks/proved.json` in the home."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import oxtui
from oxtui.playbook.pins import write_private

FILE: Final = "proved.json"
_MOST: Final = 200
_MOST_BYTES: Final = 1_000_000
_JUDGES: Final = ("prover", "cases", "cases/commands", "cases/log", "playbook", "playbook/reader", "playbook/schema")
"""The folders whose modules a proof rests on: after a change in one of them every playbook is proved again."""


def is_proved(folder: Path, digest: str) -> bool:
    """Whether this program proved the digest, apart from the rules that `unproved_rules` names."""
    known = _read(folder).get(digest)
    return isinstance(known, dict) and known.get("program") == program() and known.get("ok") is True


def unproved_rules(folder: Path, digest: str) -> tuple[str, ...]:
    """Return the texts of the rules that were neither proved nor broken."""
    known = _read(folder).get(digest)
    named = known.get("unproved") if isinstance(known, dict) else None
    return tuple(str(each) for each in named) if isinstance(named, list) else ()


def remember(folder: Path, digest: str, *, ok: bool, states: int, unproved: tuple[str, ...] = ()) -> None:
    """Record durably that `digest` was proved, or forget it if the proof failed; raises Unsaved."""
    known = {name: each for name, each in _read(folder).items() if isinstance(each, dict)}
    known.pop(digest, None)
    if ok:
        known[digest] = {"program": program(), "ok": True, "states": states}
        if unproved:
            known[digest]["unproved"] = list(unproved)
    text = json.dumps(dict(list(known.items())[-_MOST:]), indent=1)
    write_private(folder / FILE, text.encode())


def program() -> str:
    """Return the version of the program with a digest of the files that a proof rests on."""
    import hashlib

    digest = hashlib.sha256()
    package = Path(__file__).parent.parent
    for path in sorted(path for folder in _JUDGES for path in (package / folder).glob("*.py")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return f"{oxtui.__version__} {digest.hexdigest()[:16]}"


def _read(folder: Path) -> dict[str, Any]:
    try:
        with (folder / FILE).open("rb") as file:
            data = json.loads(file.read(_MOST_BYTES))
    except (OSError, ValueError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}
