"""The files that a fact may be named in, and the digest in place of words that must not be quoted."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[3]
CONFIG = ROOT / "config"


def config_files() -> Iterator[Path]:
    return iter(sorted(CONFIG.rglob("*.yaml")))


def sources() -> Iterator[Path]:
    """The text files of the project."""
    yield from config_files()
    for folder in ("oxtui", "tests"):
        yield from (path for path in (ROOT / folder).rglob("*") if path.suffix in (".py", ".tcss", ".md", ".txt"))
    yield from ROOT.glob("*.md")


def digest(words: str) -> str:
    return hashlib.sha256(words.encode()).hexdigest()[:12]
