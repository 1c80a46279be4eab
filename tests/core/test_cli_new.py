"""`oxtui new`: what it writes is sound as it is, and with what its remarks offer."""

from __future__ import annotations

import errno
import re
from pathlib import Path

import pytest

from tests.core.cli_help import Run, runner
from tests.core.test_schemas import files, wrong


@pytest.fixture
def run(home: Path, capfd: pytest.CaptureFixture[str]) -> Run:
    return runner(capfd)


@pytest.mark.parametrize("count", [1, 3])
def test_a_new_playbook_is_sound_and_fits_its_schemas(run: Run, tmp_path: Path, count: int) -> None:
    folder = tmp_path / "new" / "article"
    ended = run("new", str(folder), "--scenarios", str(count))
    assert ended.code == 0 and f"oxtui check {folder} --watch" in ended.lines[-1]
    assert not [name for name in ("plans.yaml", "dns.yaml") if (folder / name).exists()]  # none is needed
    assert len(list((folder / "scenarios").iterdir())) == count
    ended = run("check", str(folder))
    assert ended.code == 0, ended.out
    for file in files(folder):
        assert wrong(file, (folder / file).read_text("utf-8")) == []
        line = (folder / file).read_text("utf-8").partition("\n")[0]
        assert (folder / file).parent.joinpath(line.partition("=")[2]).is_file()


def test_what_its_remarks_offer_is_sound_too(run: Run, tmp_path: Path) -> None:
    run("new", str(tmp_path / "new"))
    for name, begins in (("playbook.yaml", r"# rules:"), ("scenarios/1.yaml", r" *# - id: end-old")):
        path = tmp_path / "new" / name
        before, offered = re.split(rf"(?m)^(?={begins})", path.read_text("utf-8"))
        path.write_text(before + re.sub(r"(?m)^( *)# ", r"\1", offered), "utf-8")
    ended = run("check", str(tmp_path / "new"))
    assert ended.code == 0 and ended.lines[-1].startswith("1 of 1 rules proved"), ended.out


def test_what_is_there_already_is_not_touched(run: Run, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / ".hidden").write_text("1", "utf-8")
    for place in ("mine", "mine/.hidden", "mine/.hidden/deeper", "\0"):
        ended = run("new", f"{tmp_path}/{place}")
        assert ended.code == 2 and ended.err.count("\n") == 1 and not ended.out, place
    assert [path.name for path in (tmp_path / "mine").iterdir()] == [".hidden"]
    assert run("new", str(tmp_path / "other"), "--scenarios", "10").code == 2


def test_a_file_and_a_full_disk_are_told_as_what_they_are(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    ended = run("new", str(tmp_path / "file"))
    assert ended.code == 2 and "file is a file (oxtui new needs a folder of its own)" in ended.err
    assert (ended := run("report", "--csv", "")).code == 2 and "'' cannot be written: it has no name" in ended.err

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("oxtui.playbook.starting.start", full)
    monkeypatch.setattr("oxtui.playbook.file_kinds.write", full)
    for words in (["new", str(tmp_path / "new")], ["schema", "--out", str(tmp_path / "new")]):
        ended = run(*words)
        assert ended.code == 74 and "new cannot be written: the disk is full" in ended.err
