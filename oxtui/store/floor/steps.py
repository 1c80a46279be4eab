"""The steps that cases are pinned to, shared by digest: what one agent began, another can go on with."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from pathlib import Path

from oxtui.cases.events import Document, pinned_digest
from oxtui.errors import StoreError
from oxtui.playbook.pins import is_digest, write_private
from oxtui.store.floor.link import Link


class KeptSteps:
    """The `playbooks` folder of a home, beside the server's steps."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._seen: dict[str, object] = {}
        self._there: set[str] = set()
        """Digests that both have, or that the server does not have either."""

    def fetch(self, link: Link, documents: Iterable[Document]) -> None:
        """Get the steps of open cases that this home lacks; raises StoreError."""
        for document in documents:
            if self._seen.get(document["id"]) is document["log"]:
                continue
            self.get(link, pinned_digest(document))
            self._seen[document["id"]] = document["log"]

    def get(self, link: Link, digest: str) -> None:
        """Get the steps with that digest, where this home lacks them and the server has them; raises StoreError."""
        if digest in self._there or not is_digest(digest):
            return
        path = self.folder / f"{digest}.json"
        if not path.exists():
            body = link.body("get_steps", digest)
            if body is not None:
                write_private(path, body)
        self._there.add(digest)

    def give(self, link: Link, digest: str) -> None:
        """Give the server the steps that a case is pinned to, where this home has them; raises StoreError."""
        path = self.folder / f"{digest}.json"
        if f"given {digest}" in self._there or not is_digest(digest):
            return
        try:
            body = path.read_bytes()
        except FileNotFoundError:
            return
        except OSError as error:
            raise StoreError(f"{path} cannot be read: {error.strerror}") from None
        link.call("keep_steps", digest, base64.b64encode(body))
        self._there.add(f"given {digest}")
