"""Notes that are being written: nothing that is wrong with their file costs one of them."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path

import pytest

from oxtui.errors import StoreError, Unsaved
from tests.core.store_help import case, home_with

DAMAGED = (b"", b"{", b"[1]", b"7", b'{"x": 7}', b"\xff", b"[" * 9000)


@pytest.mark.parametrize("data", DAMAGED, ids=lambda data: repr(data[:12]))
def test_a_damaged_file_is_set_aside_before_it_is_written_over(tmp_path: Path, data: bytes) -> None:
    first = case()
    store = home_with(tmp_path, first)
    (tmp_path / "drafts.json").write_bytes(data)
    assert store.drafts.of(first["id"]) == "" and not store.drafts.is_whole()
    assert store.drafts.take_set_aside() is None
    store.drafts.keep(first["id"], "half a sentence")
    assert store.drafts.of(first["id"]) == "half a sentence"
    (aside,) = (tmp_path / "quarantine").iterdir()
    assert store.drafts.is_whole() and store.drafts.take_set_aside() == aside and not store.drafts.take_set_aside()
    assert aside.name.startswith("drafts-20261122-") and aside.read_bytes() == data
    if os.name != "nt":
        assert aside.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("number", [errno.EIO, errno.EMFILE, errno.EACCES])
def test_a_file_that_cannot_be_read_just_now_is_not_taken_for_an_empty_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    first, second = case(), case()
    store = home_with(tmp_path, first, second)
    store.drafts.keep(first["id"], "the first")

    def refuse(path: Path) -> bytes:
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as patched:
        patched.setattr(Path, "read_bytes", refuse)
        with pytest.raises(StoreError):
            store.drafts.of(first["id"])
        with pytest.raises(StoreError):
            store.drafts.keep(second["id"], "the second")
    store.drafts.keep(second["id"], "the second")
    assert json.loads((tmp_path / "drafts.json").read_bytes()) == {first["id"]: "the first", second["id"]: "the second"}


@pytest.mark.skipif(os.name == "nt", reason="there are no pipes in its folders")
def test_a_pipe_in_its_place_is_told_and_not_opened(tmp_path: Path) -> None:
    first = case()
    store = home_with(tmp_path, first)
    os.mkfifo(tmp_path / "drafts.json")  # type: ignore[attr-defined]
    with pytest.raises(StoreError, match="pipe"):
        store.drafts.of(first["id"])
    with pytest.raises(StoreError, match="pipe"):
        store.drafts.keep(first["id"], "x")


def test_a_draft_that_cannot_be_saved_leaves_the_one_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = case()
    store = home_with(tmp_path, first)
    store.drafts.keep(first["id"], "before")
    with monkeypatch.context() as patched:
        patched.setattr("oxtui.durable.sync", lambda descriptor: (_ for _ in ()).throw(OSError(errno.ENOSPC, "full")))
        with pytest.raises(Unsaved, match="full"):
            store.drafts.keep(first["id"], "after")
    assert store.drafts.of(first["id"]) == "before"
    assert not list(tmp_path.glob("*.tmp"))
