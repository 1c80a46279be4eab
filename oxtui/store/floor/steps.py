"""The steps that cases are pinned to, shared by digest: one agent can continue what another began."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from pathlib import Path

from oxtui.cases.events import Document, pinned_digest
from oxtui.errors import StoreError
from oxtui.playbook.pins import is_digest, write_private
from oxtui.store.floor.link import Link


class KeptSteps:
    """The `playbooks` folder of a home, beside the server's steps. Every method raises StoreError."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._seen: dict[str, object] = {}
        self._fetched: set[str] = set()
        """Digests that are here, or that the server does not have either."""
        self._given: set[str] = set()

    def fetch(self, link: Link, documents: Iterable[Document]) -> None:
        """Get the steps of open cases that this home lacks."""
        for document in documents:
            if self._seen.get(document["id"]) is document["log"]:
                continue
            digest = pinned_digest(document)
            if digest not in self._fetched and is_digest(digest):
                path = self.folder / f"{digest}.json"
                if not path.exists() and (body := link.body("get_steps", digest)) is not None:
                    write_private(path, body)
                self._fetched.add(digest)
            self._seen[document["id"]] = document["log"]

    def give(self, link: Link, digest: str) -> None:
        """Give the server the steps with that digest, if this home has them."""
        if digest in self._given or not is_digest(digest):
            return
        path = self.folder / f"{digest}.json"
        try:
            body = path.read_bytes()
        except FileNotFoundError:
            return
        except OSError as error:
            raise StoreError(f"{path} cannot be read: {error.strerror}") from None
        link.call("keep_steps", digest, base64.b64encode(body))
        self._given.add(digest)
