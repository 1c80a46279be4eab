"""`oxtui floor publish`, `rollback`: which playbook all agents of a floor work by."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from oxtui.cli.context import Context
from oxtui.cli.floor_server import linked
from oxtui.errors import Negative, OxtuiError, Refusal, StoreError, WrongUse

if TYPE_CHECKING:
    from oxtui.playbook.diff.change import Change
    from oxtui.store.floor.link import Link

SECONDS = 30.0
_NOT_PUBLISHED = ("Walks", "settings.yaml")
"""Parts of a folder that stay the lead's own."""


def publish_(context: Context) -> int:
    """Check a playbook, say what it changes, and put it in force; raises PlaybookError, Refusal, StoreError."""
    from oxtui.playbook.bundle import pack

    given = context.options
    folder = Path(given.folder).expanduser().absolute() if given.folder else context.places().config
    if not folder.is_dir():
        raise WrongUse("there is no such folder", "oxtui floor publish DIR")
    unproved = _proved(context, folder)
    return _put_in_force(context, pack(folder), folder, unproved, dry_run=given.dry_run)


def rollback_(context: Context) -> int:
    """Publish an earlier playbook again; raises Negative where there is none, Refusal, StoreError."""
    from oxtui.playbook.bundle import unpack

    given = context.options
    with linked(context.need_floor()) as link:
        digests = [str(each["digest"]) for each in link.call("published")]
        earlier = [each for each in digests[1:] if each != digests[0] and each.startswith(given.digest)]
        if not earlier:
            raise Negative("the floor has no earlier playbook of that name", "oxtui floor status lists them")
        bundle = _bundle(link, earlier[0])
    with TemporaryDirectory() as place:
        folder = unpack(bundle, Path(place) / "playbooks")
        return _put_in_force(context, bundle, folder, _proved(context, folder), dry_run=False)


def _put_in_force(context: Context, bundle: bytes, folder: Path, unproved: tuple[str, ...], *, dry_run: bool) -> int:
    from oxtui.cli.diff import side, tell
    from oxtui.playbook.bundle import digest_of, unpack
    from oxtui.playbook.diff.playbooks import differences

    out, second = context.out, context.options.second
    with linked(context.need_floor()) as link, TemporaryDirectory() as place:
        published = link.call("published")
        before = str(published[0]["digest"]) if published else ""
        if before == digest_of(bundle):
            out.line("This playbook is in force already.")
            return 0
        changes: list[Change] = []
        unknown = False
        if before:
            try:
                old = unpack(_bundle(link, before), Path(place) / "before")
                found = differences(side(str(old)), side(str(folder)))
            except (OxtuiError, ValueError):  # the way out of it is this very command
                out.line("The playbook in force cannot be read: what changes cannot be told.")
                unknown = True
            else:
                changes = [each for each in found if each.part not in _NOT_PUBLISHED]
        tell(out, changes)
        reasons = ["it touches what holds back something irreversible"] if any(each.first for each in changes) else []
        reasons += ["nobody can compare it with the one before"] if unknown else []
        reasons += [f"not proved: {'; '.join(unproved)}"] if unproved else []
        if reasons and not second:
            raise Refusal(f"This needs a second lead: {'; '.join(reasons)}", "--second NAME, who has read it too")
        if dry_run:
            out.line("Nothing was published.")
            return 0
        from base64 import b64encode

        digest = link.call("publish", b64encode(bundle), second, seconds=SECONDS)
        out.line(f"In force: {digest[:16]}. Agents' machines prove it too, and take it at the next call.")
        out.line(
            "Open cases keep the steps they were begun with until their agent moves them; prices are today's at once."
        )
    return 0


def _bundle(link: Link, digest: str) -> bytes:
    from base64 import b64decode

    text = link.call("playbook", digest, seconds=SECONDS)
    if not isinstance(text, str):
        raise StoreError("the floor lacks a playbook that it names", "publish it again")
    return b64decode(text)


def _proved(context: Context, folder: Path) -> tuple[str, ...]:
    """The rules of a sound playbook that are not proved; raises PlaybookError, WrongUse for one that is not sound."""
    from oxtui.cli.proved import see_that_it_is_proved
    from oxtui.durable import make_folder
    from oxtui.playbook.load import load
    from oxtui.prover.kept import unproved_rules

    home = context.places()
    make_folder(home.home)
    make_folder(home.playbooks)
    procedure = load(folder).playbook.procedure
    see_that_it_is_proved(context, procedure)
    return tuple(unproved_rules(home.playbooks, procedure.digest))
