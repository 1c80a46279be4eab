"""Make the homes of the former version anew: `python tests/service/homes/make.py`, in a clone with its history.

The former program is taken out of the history into a temporary folder, and its own desk writes the homes. What it
wrote is kept here as it was: `home/` (open cases, drafts; closed cases and pinned playbooks packed) and
`told.json` (what the former program said of each case).
"""

from __future__ import annotations

import gzip
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tarfile
import tempfile
from contextlib import closing
from io import BytesIO
from pathlib import Path

FORMER = "b75059f"
HERE = Path(__file__).parent
ROOT = HERE.parents[2]


def former_program(folder: Path) -> None:
    """The former program, its playbook, and the way its tests drove it, in `folder`."""
    packed = subprocess.run(
        ["git", "archive", FORMER, "oxtui", "config", "tests/desk/walks.py"], cwd=ROOT, capture_output=True, check=True
    )
    with tarfile.open(fileobj=BytesIO(packed.stdout)) as tree:
        tree.extractall(folder, filter="data")


def keep(made: Path) -> None:
    """Keep a home that was made beside this script, as text where it can be."""
    home = HERE / "home"
    shutil.rmtree(home, ignore_errors=True)
    (home / "playbooks").mkdir(parents=True)
    for name in ("cases.json", "drafts.json"):
        shutil.copy(made / name, home / name)
    for pin in sorted((made / "playbooks").glob("*.json")):
        (home / "playbooks" / f"{pin.name}.gz").write_bytes(gzip.compress(pin.read_bytes(), mtime=0))
    with closing(sqlite3.connect(made / "history.sqlite3")) as history:
        history.execute("vacuum into ?", (str(made / "whole.sqlite3"),))
    (home / "history.sqlite3.gz").write_bytes(gzip.compress((made / "whole.sqlite3").read_bytes(), mtime=0))
    told = json.loads((made / "told.json").read_text(encoding="utf-8"))
    (HERE / "told.json").write_text(json.dumps(told, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        tree, made = Path(folder) / "tree", Path(folder) / "home"
        tree.mkdir()
        made.mkdir()
        former_program(tree)
        environ = {**os.environ, "PYTHONPATH": str(tree), "TZ": "Australia/Melbourne", "PYTHONHASHSEED": "0"}
        subprocess.run([sys.executable, str(HERE / "former.py"), str(made)], cwd=tree, env=environ, check=True)
        keep(made)


if __name__ == "__main__":
    main()
