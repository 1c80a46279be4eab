"""The kinds of files in a playbook, with the Struct that declares the keys of each."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from oxtui.playbook.dns_owners import DnsFile
from oxtui.playbook.model import Scenario, Template
from oxtui.playbook.plans import PlansFile
from oxtui.playbook.reader.files import PlaybookFile, ReferenceFile, StepsFile, WalkFile
from oxtui.playbook.today import Settings


class Document(NamedTuple):
    """A kind of file; `place` is its path within the playbook, or a pattern."""

    name: str
    place: str
    declared: Any

    def holds(self, file: str) -> bool:
        """Whether a file (`scenarios/1.yaml`) is of this kind."""
        folder = self.place.removesuffix("*.yaml")
        return file == self.place if folder == self.place else file.startswith(folder) and file.endswith(".yaml")


DOCUMENTS: Final = (
    Document("playbook", "playbook.yaml", PlaybookFile),
    Document("scenario", "scenarios/*.yaml", Scenario),
    Document("steps", "steps/*.yaml", StepsFile),
    Document("template", "templates/*.yaml", Template),
    Document("plans", "plans.yaml", PlansFile),
    Document("reference", "reference.yaml", ReferenceFile),
    Document("dns", "dns.yaml", DnsFile),
    Document("settings", "settings.yaml", Settings),
    Document("walk", "walks/*.yaml", WalkFile),
)
"""Every kind of file in a playbook."""


def document_of(file: str) -> Document | None:
    """Return the kind of a file, by its name within the playbook."""
    return next((each for each in DOCUMENTS if each.holds(file)), None)
