"""What is installed is what stands in the source tree: the package, and the floor lead's folder in it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from oxtui import __version__

ROOT = Path(__file__).parent.parent.parent
WHAT_IS_SHIPPED = (
    "oxtui", "config", "pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md", "requirements-dev.txt",
)  # fmt: skip

pytestmark = [pytest.mark.slow, pytest.mark.e2e]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the sdist, built from a copy of the source tree; no network is needed."""
    source = tmp_path_factory.mktemp("source")
    for name in WHAT_IS_SHIPPED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(ROOT / name, source / name)
    built = subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(source / "dist"), str(source)],
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert built.returncode == 0, built.stdout + built.stderr
    assert (source / "dist" / f"oxtui-{__version__}.tar.gz").is_file()
    (made,) = (source / "dist").glob("*.whl")
    return made


def files(folder: Path) -> set[str]:
    return {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def test_the_wheel_has_every_file_and_no_other(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if not name.endswith("/")}
    package = {f"oxtui/{name}" for name in files(ROOT / "oxtui")}
    config = {f"oxtui/config/{name}" for name in files(ROOT / "config")}
    assert "oxtui/py.typed" in package
    assert "oxtui/config/playbook.yaml" in config
    info = f"oxtui-{__version__}.dist-info/"
    assert {name for name in names if not name.startswith(info)} == package | config
    assert {info + "METADATA", info + "entry_points.txt", info + "licenses/LICENSE"} <= names


def test_the_version_is_said_once(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        metadata = archive.read(f"oxtui-{__version__}.dist-info/METADATA").decode()
        scripts = archive.read(f"oxtui-{__version__}.dist-info/entry_points.txt").decode()
    assert f"\nVersion: {__version__}\n" in metadata
    assert "oxtui = oxtui.cli:main" in scripts


def test_the_unpacked_wheel_uses_its_own_configuration(wheel: Path, home: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    (site / "config").mkdir()  # what another package might have left there
    code = "from oxtui.locations import locate; print(locate().config)"
    for command in (["-c", code], ["-m", "oxtui", "check"]):
        done = subprocess.run(
            [sys.executable, *command],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(site)},
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=60,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        if command[0] == "-c":
            assert Path(done.stdout.strip()) == site / "oxtui" / "config"
