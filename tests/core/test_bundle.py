"""A playbook as one piece of bytes: the same for the same files, and back again as the same playbook."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from oxtui.errors import PlaybookError, StoreError
from oxtui.playbook.bundle import digest_of, pack, unpack
from oxtui.playbook.load import load
from tests.drive.case import CONFIG, shipped


def test_a_bundle_comes_back_as_the_playbook_that_was_packed(tmp_path: Path) -> None:
    bundle = pack(CONFIG)
    copy = tmp_path / "copy"
    shutil.copytree(CONFIG, copy)
    assert pack(copy) == bundle
    folder = unpack(bundle, tmp_path / "published")
    assert folder.name == digest_of(bundle) and pack(folder) == bundle
    assert load(folder).playbook.procedure.digest == shipped().procedure.digest
    (copy / "plans.yaml").write_text((copy / "plans.yaml").read_text("utf-8") + "\n# another\n", "utf-8")
    assert digest_of(pack(copy)) != digest_of(bundle)


def test_what_is_no_playbook_is_neither_packed_nor_unpacked(tmp_path: Path) -> None:
    with pytest.raises(PlaybookError):
        pack(tmp_path)
    names = ("../../etc/passwd.yaml", "/tmp/x.yaml", "scenarios/../x.yaml", "x.txt", ".hidden.yaml")
    for files in ({name: ""} for name in names):
        with pytest.raises(StoreError):
            unpack(json.dumps({"format": 1, "files": files}).encode(), tmp_path / "out")
    for body in (b"", b"[]", b'{"format":2,"files":{}}', b'{"format":1,"files":{"a.yaml":1}}'):
        with pytest.raises(StoreError):
            unpack(body, tmp_path / "out")
    assert not (tmp_path / "out").exists()
