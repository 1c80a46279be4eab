"""`oxtui floor publish`, `rollback`, `confirm`: the playbook that all agents of a floor work by."""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from oxtui.cli.context import Context
from oxtui.cli.floor_server import linked
from oxtui.errors import Negative, OxtuiError, Refusal, StoreError, WrongUse

if TYPE_CHECKING:
    from oxtui.playbook.diff.compare import Change
    from oxtui.store.floor.link import Link

SECONDS = 30.0
_NOT_PUBLISHED = ("Walks", "settings.yaml")
"""Parts of a folder that stay the lead's own."""


def publish_(context: Context) -> int:
    """Check a playbook, show its changes, and put it in force; raises PlaybookError, Refusal, StoreError."""
    from oxtui.playbook.bundle import pack

    options = context.options
    folder = Path(options.folder).expanduser().absolute() if options.folder else context.places().config
    if not folder.is_dir():
        raise WrongUse("there is no such folder", "oxtui floor publish DIR")
    unproved = _proved(context, folder)
    with linked(context.need_floor()) as link:
        return _publish(context, link, pack(folder), folder, unproved, dry_run=options.dry_run)


def rollback_(context: Context) -> int:
    """Publish an earlier playbook again; raises Negative if there is none, Refusal, StoreError."""
    options = context.options
    with linked(context.need_floor()) as link, TemporaryDirectory() as place:
        digests = [str(each["digest"]) for each in link.call("published")]
        earlier = [each for each in digests[1:] if each != digests[0] and each.startswith(options.digest)]
        if not earlier:
            raise Negative("the floor has no earlier playbook of that name", "oxtui floor status lists them")
        bundle, folder = _unpacked(link, earlier[0], place)
        return _publish(context, link, bundle, folder, _proved(context, folder), dry_run=False)


def confirm_(context: Context) -> int:
    """Put in force a playbook that another lead published with this one as the second; raises Negative, StoreError."""
    with linked(context.need_floor()) as link, TemporaryDirectory() as place:
        proposed = link.call("proposal")
        if proposed is None or proposed["second"] != link.user:
            raise Negative("no playbook waits for you", "the other lead names you with publish --second")
        digest = str(proposed["digest"])
        _, folder = _unpacked(link, digest, place)
        unproved = _proved(context, folder)
        reasons = _show_changes(context, link, folder, unproved)
        why = "; ".join(reasons) or "nothing in it needs a second lead"
        context.out.line(f"Published by {proposed['agent']}: {why}.")
        if context.options.dry_run:
            context.out.line("Nothing was confirmed.")
            return 0
        if link.call("confirm", digest).get("is") != "ok":
            raise Negative("the playbook was published anew meanwhile", "read it again")
        _in_force(context, digest)
    return 0


def _publish(
    context: Context, link: Link, bundle: bytes, folder: Path, unproved: tuple[str, ...], *, dry_run: bool
) -> int:
    from oxtui.playbook.bundle import digest_of

    out, second = context.out, context.options.second
    published = link.call("published")
    if published and str(published[0]["digest"]) == digest_of(bundle):
        out.line("This playbook is in force already.")
        return 0
    reasons = _show_changes(context, link, folder, unproved)
    if reasons and not second:
        raise Refusal(f"This needs a second lead: {'; '.join(reasons)}", "--second NAME: they confirm it")
    if dry_run:
        out.line("Nothing was published.")
        return 0
    digest = link.call("publish", b64encode(bundle), second, seconds=SECONDS)
    if second:
        out.line(f"{digest[:16]} waits for {second}, who reads it and confirms it: oxtui floor confirm")
    else:
        _in_force(context, digest)
    return 0


def _in_force(context: Context, digest: str) -> None:
    out = context.out
    out.line(f"In force: {digest[:16]}. Agents' machines prove it too, and take it at the next call.")
    out.line("Open cases keep the steps they were begun with until their agent moves them; prices are today's at once.")


def _show_changes(context: Context, link: Link, folder: Path, unproved: tuple[str, ...]) -> list[str]:
    """Show the changes against the playbook in force; return the reasons why they need a second lead."""
    from oxtui.cli.diff import side, tell
    from oxtui.playbook.diff.playbooks import differences

    published = link.call("published")
    changes: list[Change] = []
    reasons = []
    if published:
        with TemporaryDirectory() as place:
            try:
                _, old = _unpacked(link, str(published[0]["digest"]), place)
                found = differences(side(str(old)), side(str(folder)))
            except (OxtuiError, ValueError):  # the way out of it is this very command
                context.out.line("The playbook in force cannot be read: its changes cannot be shown.")
                reasons.append("it cannot be compared with the one before")
            else:
                changes = [each for each in found if each.part not in _NOT_PUBLISHED]
    tell(context.out, changes)
    if any(each.first for each in changes):
        reasons.append("it touches what holds back something irreversible")
    if unproved:
        reasons.append(f"not proved: {'; '.join(unproved)}")
    return reasons


def _unpacked(link: Link, digest: str, place: str) -> tuple[bytes, Path]:
    """Return a published bundle, and the folder it was unpacked to within `place`; raises StoreError."""
    from oxtui.playbook.bundle import unpack

    bundle = link.body("playbook", digest, seconds=SECONDS)
    if bundle is None:
        raise StoreError("the floor lacks a playbook that it names", "publish it again")
    return bundle, unpack(bundle, Path(place))


def _proved(context: Context, folder: Path) -> tuple[str, ...]:
    """Prove a playbook and return its unproved rules; raises PlaybookError, WrongUse if it is not sound."""
    from oxtui.cli.proved import see_that_it_is_proved
    from oxtui.durable import make_folder
    from oxtui.playbook.load import load
    from oxtui.prover.proofs import unproved_rules

    home = context.places()
    make_folder(home.playbooks)
    procedure = load(folder).playbook.procedure
    see_that_it_is_proved(context, procedure)
    return tuple(unproved_rules(home.playbooks, procedure.digest))
