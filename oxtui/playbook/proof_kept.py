"""Which playbooks were proved already: `playbooks/proved.json` in the home."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import oxtui
from oxtui.playbook.pins import put_private

FILE: Final = "proved.json"
_MOST: Final = 200
_MOST_BYTES: Final = 1_000_000


def is_proved(folder: Path, digest: str) -> bool:
    """Whether this program has proved that digest; a file that cannot be read proves nothing."""
    kept = _read(folder).get(digest)
    return isinstance(kept, dict) and kept.get("program") == program() and kept.get("ok") is True


def remember(folder: Path, digest: str, *, ok: bool, states: int) -> None:
    """Keep durably that `digest` was proved; a proof that failed is forgotten. Raises OSError."""
    kept = {name: each for name, each in _read(folder).items() if isinstance(each, dict)}
    kept.pop(digest, None)
    if ok:
        kept[digest] = {"program": program(), "ok": True, "states": states}
    text = json.dumps(dict(list(kept.items())[-_MOST:]), indent=1)
    put_private(folder / FILE, text.encode())


def program() -> str:
    """The version of the program, and a digest of the files that judge: another judge proves again."""
    import hashlib

    found = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        found.update(path.name.encode() + b"\0" + path.read_bytes())
    return f"{oxtui.__version__} {found.hexdigest()[:16]}"


def _read(folder: Path) -> dict[str, Any]:
    try:
        with (folder / FILE).open("rb") as file:
            data = json.loads(file.read(_MOST_BYTES))
    except (OSError, ValueError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}
