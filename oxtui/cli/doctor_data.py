"""The doctor's checks of the playbook, the cases and their copies, the disk and its encryption, and the resolver."""

from __future__ import annotations

import json
import os
import platform
import shutil
import stat
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from msgspec import Struct

from oxtui import __version__
from oxtui.cli.context import Context, agent
from oxtui.cli.proved import proof_state
from oxtui.durable import kind_of
from oxtui.errors import NewerFormat, PlaybookError, StoreError
from oxtui.locations import Locations

_ENOUGH_BYTES = 200_000_000
_LITTLE_BYTES = 20_000_000
_RETENTION_LOOK = 365
"""Days: older cases may be purged at some start, whatever the playbook says."""
_ENCRYPTED: Final = ("ecryptfs", "fuse.gocryptfs", "fuse.encfs")
"""File systems that encrypt by themselves."""


class Finding(Struct, frozen=True):
    """One line: the check, its result, and the remedy (empty: none needed).

    `grave`: oxtui does not work, or not safely, until that is done.
    """

    name: str
    text: str
    do: str = ""
    grave: bool = False

    @property
    def ok(self) -> bool:
        """Whether there is nothing to do."""
        return not self.do

    def as_json(self) -> dict[str, object]:
        """Return the finding as `oxtui doctor --json` prints it."""
        return {"name": self.name, "ok": self.ok, "text": self.text, "do": self.do or None}


def program(context: Context) -> Iterator[Finding]:
    """The program, and the agent's name."""
    yield Finding("program", f"oxtui {__version__}, Python {platform.python_version()}, {platform.system()}")
    if not context.floor():
        yield Finding("agent", f"{agent()} (a label in the log, not a proof)")
    if context.clock().frozen:
        yield Finding("clock", "stands still, as OXTUI_NOW asks", "unset OXTUI_NOW for real work")


def playbook(context: Context) -> Iterator[Finding]:
    """Whether it can be used, and whether its rules are proved."""
    from oxtui.playbook.load import load

    places = context.places()
    try:
        loaded = load(places.config)
    except PlaybookError as error:
        text = f"{places.config}: {error.message}; {_meanwhile(places)}"
        yield Finding("playbook", text, "oxtui check lists every problem", grave=True)
        return
    procedure = loaded.playbook.procedure
    undecided = sum(decision.open for decision in loaded.playbook.decisions.values())
    more = f", {undecided} decisions are open" if undecided else ""
    count = len(procedure.scenarios)
    yield Finding("playbook", f"{places.config}: {count} scenarios, {len(loaded.playbook.plans.all)} plans{more}")
    yield Finding("proof", *proof_state(context, procedure))


def _meanwhile(places: Locations) -> str:
    """Return the playbook that agents work with while this one is broken, in words."""
    from oxtui.playbook.last_good import load_or_last_good

    try:
        load_or_last_good(places.config, places.home)
    except PlaybookError:
        return "oxtui cannot start with it"
    return "oxtui goes on with the last good copy"


def cases(context: Context) -> Iterator[Finding]:
    """The case file on the disk, its backups and the quarantine; nothing is repaired here."""
    from oxtui.store.local import copies
    from oxtui.store.local.casefile import CaseFile
    from oxtui.store.local.layout import Damaged
    from oxtui.store.local.recovery import altered

    places = context.places()
    if _is_a_file(places.home):
        return  # reported under permissions
    file = CaseFile(places.home, context.clock())
    try:
        documents = file.read().documents.values()
        wrong = sum(bool(altered(document)) for document in documents)
        if wrong:
            text = f"{wrong} of {len(documents)} cases have entries that were changed from outside"
            do = "open oxtui: it mends what an older copy still has, and names the rest"
            yield Finding("cases", text, do, grave=True)
        else:
            yield Finding("cases", f"{len(documents)} open, every entry as it was written")
    except Damaged as error:
        yield Finding("cases", error.message, "open oxtui: it restores the newest good copy", grave=True)
    except NewerFormat as error:
        yield Finding("cases", error.message, error.hint, grave=True)
    except StoreError as error:
        yield Finding("cases", error.message, error.hint, grave=True)
    backups = copies.newest_first(file.backups)
    newest = time.strftime("%d/%m/%Y %H:%M", time.localtime(backups[0].stat().st_mtime)) if backups else ""
    yield Finding("backups", f"{len(backups)}, the newest of {newest}" if backups else "none yet")
    aside = sorted(places.quarantine.glob("*")) if places.quarantine.is_dir() else []
    if aside:
        do = f"look at {places.quarantine}, then remove the files you do not need"
        yield Finding("quarantine", f"{len(aside)} files that could not be read were set aside", do)


def history(context: Context) -> Iterator[Finding]:
    """The closed cases, and whether they can be read and searched."""
    from oxtui.store.local.purge import ClockDoubt, need_right_clock
    from oxtui.store.local.store import LocalStore

    if _is_a_file(context.places().home):
        return
    store, clock = LocalStore(context.places().home, context.clock()), context.clock()
    closed = store.archive
    count = closed.count()
    closed.search("a", 1)
    yield Finding("history", f"{count} closed cases")
    damaged = [str(row["id"]) for row in closed.all() if row.get("damaged")]
    if damaged:
        do = "oxtui notes CASE shows what can be read of one; a backup of the file may have it whole"
        yield Finding("history", f"{len(damaged)} closed cases were changed from outside: {', '.join(damaged[:3])}", do)
    if clock.frozen is None and closed.older_than(_RETENTION_LOOK, clock.now()):
        try:
            need_right_clock(store, _RETENTION_LOOK, clock.now())
        except ClockDoubt as doubt:
            yield Finding("clock", doubt.message, doubt.hint)


def drafts(context: Context) -> Iterator[Finding]:
    """Whether unfinished notes can be read."""
    from oxtui.store.local.store import LocalStore

    places = context.places()
    if not _is_a_file(places.home) and not LocalStore(places.home, context.clock()).drafts.is_whole():
        text = f"{places.drafts} is damaged: the notes that were begun cannot be read"
        yield Finding("drafts", text, "look at it; the next note that is begun sets it aside in quarantine", grave=True)


def files(context: Context) -> Iterator[Finding]:
    """Anything that is not the file or folder that the home needs there; cases and drafts have checks of their own."""
    from oxtui.store.files import misplaced

    places = context.places()
    for path, error in misplaced(places.home).items() if places.home.is_dir() else ():
        if path not in (places.cases, places.history, places.drafts):
            yield Finding("files", error.message, error.hint, grave=True)


def disk(context: Context) -> Iterator[Finding]:
    """Free space."""
    place = _nearest(context.places().home)
    free = shutil.disk_usage(place).free
    text = f"{free / 1e9:.1f} GB free for {place}"
    if free < _ENOUGH_BYTES:
        yield Finding("disk", text, "free some space: a full disk saves nothing", grave=free < _LITTLE_BYTES)
    else:
        yield Finding("disk", text)


def encryption(context: Context) -> Iterator[Finding]:
    """Whether a stolen machine would give away the home; on a floor that is grave."""
    place = _nearest(context.places().home)
    encrypted = is_encrypted(place)
    if encrypted is None:
        yield Finding("encryption", f"oxtui cannot see whether the disk of {place} is encrypted")
    elif encrypted:
        yield Finding("encryption", f"the disk of {place} is encrypted")
    else:
        do = "encrypt it: a stolen machine gives away own cases and what waits" if context.floor() else ""
        yield Finding("encryption", f"the disk of {place} is not encrypted, as far as this machine shows", do)


def is_encrypted(place: Path) -> bool | None:
    """Whether every device under a folder's file system is encrypted; None if this machine does not say."""
    from oxtui.outside.clipboard.process import run

    if sys.platform != "linux":
        return None
    else:  # noqa: RET505 - elsewhere there is nothing behind an early return
        until = time.monotonic() + 2.0
        mount = ["findmnt", "--noheadings", "--output", "FSTYPE,SOURCE", "--target", str(place)]
        kind, _, source = run(mount, environ=os.environ, until=until, reads=True).output.decode().strip().partition(" ")
        if kind in _ENCRYPTED:
            return True
        device = source.strip().partition("[")[0]  # btrfs names the subvolume in brackets
        tree = ["lsblk", "--json", "--inverse", "--output", "TYPE", device]
        done = run(tree, environ=os.environ, until=until, reads=True)
        return all(map(_is_crypt, json.loads(done.output)["blockdevices"])) if device and done.ok else None


def _is_crypt(device: dict[str, Any]) -> bool:
    """Whether a device encrypts, or all devices under it do, through RAID, LVM and partitions."""
    below = device.get("children", [])
    return device["type"] == "crypt" or (bool(below) and all(map(_is_crypt, below)))


def permissions(context: Context) -> Iterator[Finding]:
    """Whether this user can write and lock, and no other user can read."""
    from oxtui.store.local.lock import need_locks

    places = context.places()
    home = places.home
    if not os.path.lexists(home):
        place = _nearest(home)
        if os.access(place, os.W_OK | os.X_OK):
            yield Finding("permissions", f"{home} will be made at the first case")
        else:
            do = f"{'mount it for writing' if _is_read_only(place) else f'see who owns {place}'}, or --home"
            yield Finding("permissions", f"{home} cannot be made", do, grave=True)
        return
    if _is_a_file(home):
        do = "name a folder by --home or OXTUI_HOME"
        yield Finding("permissions", f"{home} is {kind_of(home.lstat().st_mode)}, not a folder", do, grave=True)
        return
    if not os.access(home, os.R_OK | os.W_OK | os.X_OK):
        do = "mount it for writing, or name another by --home" if _is_read_only(home) else "see who owns it"
        yield Finding("permissions", f"{home} cannot be written to", do, grave=True)
        return
    need_locks(home)
    loose = [path for path in _own(places) if _mode(path) & 0o077] if os.name == "posix" else []
    if loose:
        do = f"chmod go-rwx {' '.join(str(path) for path in loose)}"
        yield Finding("permissions", f"others can read {len(loose)} of ours", do)
    else:
        yield Finding("permissions", f"{home} is ours alone" if os.name == "posix" else f"{home} can be written to")


def resolver(context: Context) -> Iterator[Finding]:
    """Whether the resolver answers; the question is for the root, so that it names no client's domain."""
    import dns.exception
    import dns.name
    import dns.resolver

    from oxtui.outside.resolvers import resolvers_of
    from oxtui.playbook.load import load

    try:
        playbook = load(context.places().config).playbook
    except PlaybookError:
        yield Finding("resolver", "not asked: settings.yaml names it", "fix the playbook first")
        return
    if not playbook.asks_dns:
        yield Finding("resolver", "not asked: the playbook asks nothing of it")
        return
    settings = playbook.settings
    limit = min(settings.dns_timeout_seconds, 2)
    resolvers = resolvers_of(settings.resolver or None, limit)
    do = "look evidence up by hand; 'resolver' in settings.yaml names another"
    if resolvers.error:
        yield Finding("resolver", resolvers.error, do)
        return
    try:
        resolvers.query(dns.name.root, "NS", limit)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        yield Finding("resolver", f"{resolvers.text} answers, but does not know the root's name servers", do)
    except (dns.exception.DNSException, OSError):
        yield Finding("resolver", f"{resolvers.text} does not answer", do)
    else:
        yield Finding("resolver", f"{resolvers.text} answers")


def _nearest(path: Path) -> Path:
    """Return the path, or its nearest parent that exists."""
    return next((each for each in (path, *path.parents) if each.exists()), path)


def _is_a_file(home: Path) -> bool:
    return os.path.lexists(home) and not home.is_dir()


def _is_read_only(path: Path) -> bool:
    """Whether the file system is mounted read-only."""
    if sys.platform == "win32":
        return False
    else:  # noqa: RET505 - on Windows there is nothing behind an early return
        return bool(os.statvfs(path).f_flag & os.ST_RDONLY)


def _own(places: Locations) -> list[Path]:
    from oxtui.store.files import misplaced

    others = {places.config, *misplaced(places.home)}
    return [path for _, path in places.named() if path not in others and path.exists()]


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)
