"""A home with anything wrong in it opens: Home shows the cases, every command answers, nothing hangs."""

from __future__ import annotations

import os
import random
import shutil
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from oxtui.cases.commands.closing import Close
from oxtui.cli import doctor_data
from oxtui.errors import OxtuiError, WrongUse
from oxtui.service import Service
from tests.core.cli_help import Run, runner
from tests.core.fuzz_home import WRONGS
from tests.drive.case import begun, do, new_service, sample

COUNT = int(os.environ.get("OXTUI_FUZZ", "20"))
SECONDS = 20.0
"""No home takes a tenth of it; one that hangs takes all."""


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with three open cases, two closed ones and a draft."""
    folder = tmp_path_factory.mktemp("sound")
    service = new_service(folder)
    one = sample(service, "yearly")
    sample(service, "ox", "fernhill.com.au")
    begun(service, "third.com.au")
    service.store.drafts.keep(one.id, "half a sentence")
    for name in ("closed.com.au", "gone.com.au"):
        closed = begun(service, name)
        do(service, closed, Close("unreachable"))
    return folder


def uses(service: Service, case_ids: list[str]) -> list[Callable[[], Any]]:
    """What Home, the panes and the commands ask of a home; each may answer with one plain line."""
    archive = service.store.archive
    found: list[Callable[[], Any]] = [
        service.store.open, service.settle, service.store.take_restored, service.seen_overviews, service.overviews,
        partial(service.first_overviews, 40), service.conversations, service.on_the_line, service.store.verify,
        service.store.drafts.prune, archive.count, archive.recent, archive.all,
        partial(archive.search, "closed"),
        partial(archive.by_domain, "closed.com.au"), partial(service.store.purge_old, 9000, service.clock.now()),
    ]  # fmt: skip
    for case_id in case_ids:
        found += [
            partial(service.find, case_id), partial(service.open_case, case_id),
            partial(service.store.drafts.of, case_id),
            lambda case_id=case_id: service.note(service.find(case_id)),  # type: ignore[misc]
            lambda case_id=case_id: service.take_over(service.note(service.find(case_id))),  # type: ignore[misc]
        ]  # fmt: skip
    return found


def within(seconds: float, work: Callable[[], None]) -> None:
    """Do `work`; fails where it raises, or has not ended by then."""
    faults: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001 - raised where the test is
            faults.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(seconds)
    assert not thread.is_alive(), "it hangs"
    if faults:
        raise faults[0]


def spoiled(sound: Path, home: Path, dice: random.Random) -> Path:
    shutil.copytree(sound, home)
    dice.choice(WRONGS)(home / "oxhome", dice)
    return home


@pytest.mark.parametrize("seeds", [range(start, start + COUNT) for start in (0, COUNT, 2 * COUNT)], ids=str)
def test_a_home_with_something_wrong_in_it_opens(seeds: range, sound: Path, tmp_path: Path) -> None:
    ids = [row.id for row in new_service(sound).overviews()]
    ids += [str(row["id"]) for row in new_service(sound).store.archive.recent()]
    for seed in seeds:
        home = spoiled(sound, tmp_path / str(seed), random.Random(seed))
        service = new_service(home)

        def use(service: Service = service) -> None:
            for each in uses(service, ids):
                try:
                    each()
                except OxtuiError as error:
                    assert error.message

        try:
            within(SECONDS, use)
        except BaseException as error:
            error.add_note(f"seed {seed}")
            raise
        shutil.rmtree(home)


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str]) -> Run:
    return runner(capfd)


COMMANDS = (
    ("cases", "--all", "--json"), ("cases", "--handover"), ("cases", "--search", "closed", "--all"), ("report",),
    ("notes", "third.com.au"), ("notes", "closed.com.au"), ("doctor",), ("purge", "--older", "9000"),
)  # fmt: skip


def test_every_command_answers_over_a_home_with_something_wrong_in_it(
    run: Run, sound: Path, tmp_path: Path, clock: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor_data, "resolver", lambda context: ())
    for seed in range(10_000, 10_000 + COUNT // 2):
        home = spoiled(sound, tmp_path / str(seed), random.Random(seed))
        for words in COMMANDS:
            ended = run(*words, "--home", str(home / "oxhome"))
            assert ended.code in (0, 1, 2, 3), (seed, words, ended.err)
            assert "Traceback" not in ended.err and "error of the program" not in ended.err, (seed, words, ended.err)
            assert not (home / "oxhome" / "oxtui.log").exists(), (seed, words, ended.err)


def test_one_bad_case_leaves_the_others_as_they_were(sound: Path, tmp_path: Path) -> None:
    """Whatever is wrong in one case, the two others have the log that they had."""
    from tests.core.fuzz_home import in_the_case_file

    before = {case_id: each["log"] for case_id, each in new_service(sound).store.snapshot().items()}
    for seed in range(20_000, 20_000 + COUNT):
        home = tmp_path / str(seed)
        shutil.copytree(sound, home)
        shutil.rmtree(home / "oxhome" / "backups")
        in_the_case_file(home / "oxhome", random.Random(seed))
        try:
            now = new_service(home).store.snapshot()
        except WrongUse as error:
            pytest.fail(f"seed {seed}: {error}")
        except OxtuiError:
            continue  # a newer format: left untouched
        same = [case_id for case_id, log in before.items() if case_id in now and now[case_id]["log"] == log]
        assert len(same) >= len(before) - 2, seed
        shutil.rmtree(home)
