"""The commands and the core know no screen, and nothing happens at import: seen in programs of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.core.dns_server import DnsServer

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "oxtui"
WITH_SCREENS = ("screens", "widgets", "app")

MODULES = sorted(
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__") for path in PACKAGE.rglob("*.py")
)
CORE = [name for name in MODULES if name.split(".")[1:2] not in [[part] for part in WITH_SCREENS]]

NAMELESS = "a server that knows no name"

# A line of the Contract, and what it ends with in an empty home.
COMMANDS: list[tuple[list[str], int]] = [
    (["--version"], 0),
    (["--help"], 0),
    (["check", str(ROOT / "tests" / "samples" / "lost-parcel")], 0),
    (["cases"], 0),
    (["cases", "--search", "nobody"], 1),
    (["notes", "nobody"], 1),
    (["plans"], 0),
    (["prorata", "m365-essentials-yearly", "m365-business-basic-yearly", "--months", "2"], 0),
    (["template", "o365-reversal"], 1),
    (["paths"], 0),
    (["no-such-command"], 2),
    (["doctor"], 0),
    (["dns", "example.com", "--resolver", NAMELESS], 1),
    (["report"], 0),
    (["purge", "nobody"], 1),
]

# One after the other in one program, which is cheaper: what the first imported, the later ones have.
RUN_COMMANDS = """
import contextlib, io, json, sys
from oxtui import cli
ended = []
for words in json.loads(sys.argv[1]):
    sys.argv[1:] = words
    err = io.StringIO()
    with contextlib.redirect_stdout(io.TextIOWrapper(io.BytesIO(), "utf-8")), contextlib.redirect_stderr(err):
        try:
            code = cli.main()
        except SystemExit as stop:
            code = stop.code
    ended.append([words, code or 0, "textual" in sys.modules, err.getvalue()])
print("\\n" + json.dumps(ended))
"""

IMPORT_ONE_BY_ONE = """
import importlib, json, sys
guilty = {}
for name in sys.argv[1:]:
    before = set(sys.modules)
    importlib.import_module(name)
    new = {each.partition(".")[0] for each in set(sys.modules) - before}
    if "textual" in new:
        guilty[name] = sorted(new)
print("\\n" + json.dumps(guilty))
"""

# Python itself tells of every folder made, file written, program or thread started and connection made;
# of the files in our own tree only code may be read.
IMPORT_UNDER_WATCH = """
import importlib, json, os, sys
root, library, names = sys.argv[1], sys.argv[2], sys.argv[3:]
CHANGES = {"os.mkdir", "os.rename", "os.remove", "os.putenv", "os.system", "subprocess.Popen",
           "socket.connect", "socket.getaddrinfo", "_thread.start_new_thread", "signal.signal",
           "sqlite3.connect"}
deeds = []
def inside(path, folder):
    return path.startswith(folder + os.sep)
def watch(event, args):
    if event in CHANGES:
        deeds.append(f"{event} {args!r}")
    elif event == "open" and not isinstance(args[0], int):
        path, flags = os.path.abspath(os.fsdecode(args[0])), args[2] or 0
        ours = inside(path, root) and not inside(path, library)
        if flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT) or (ours and not path.endswith((".py", ".pyc"))):
            deeds.append(f"open {path}")
sys.addaudithook(watch)
found = {}
for name in names:
    importlib.import_module(name)
    if deeds:
        found[name] = list(deeds)
        deeds.clear()
print("\\n" + json.dumps(found))
"""


def python(code: str, *args: str, cwd: Path) -> tuple[subprocess.CompletedProcess[str], Any]:
    """Run `code` in a program of its own that finds oxtui here; its last line of output is JSON."""
    done = subprocess.run(
        [sys.executable, "-B", "-c", code, *args],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done, json.loads(done.stdout.splitlines()[-1])


def test_the_modules_were_found() -> None:
    assert {"oxtui", "oxtui.cli", "oxtui.app", "oxtui.service", "oxtui.store", "oxtui.widgets"} <= set(MODULES)
    assert "oxtui.service" in CORE and "oxtui.cli" in CORE and "oxtui" in CORE
    assert not [name for name in CORE if name.startswith(("oxtui.screens", "oxtui.widgets", "oxtui.app"))]


def test_no_command_imports_textual(home: Path, tmp_path: Path) -> None:
    with DnsServer() as server:
        commands = [
            ([server.resolver if word is NAMELESS else word for word in words], code) for words, code in COMMANDS
        ]
        _, ended = python(RUN_COMMANDS, json.dumps([words for words, _ in commands]), cwd=tmp_path)
    assert [words for words, _, textual, _ in ended if textual] == []
    assert [(words, code) for words, code, _, _ in ended] == commands, ended
    assert not any("Traceback" in err for *_, err in ended)


def test_the_core_imports_no_textual(tmp_path: Path) -> None:
    _, guilty = python(IMPORT_ONE_BY_ONE, *CORE, cwd=tmp_path)
    assert guilty == {}


def test_the_check_for_textual_would_notice(tmp_path: Path) -> None:
    _, guilty = python(IMPORT_ONE_BY_ONE, "oxtui.clock", "textual.geometry", cwd=tmp_path)
    assert list(guilty) == ["textual.geometry"]


def test_nothing_happens_at_import(tmp_path: Path) -> None:
    done, deeds = python(IMPORT_UNDER_WATCH, str(ROOT), sys.prefix, *MODULES, cwd=tmp_path)
    assert deeds == {}
    assert done.stdout.count("\n") == 2 and done.stderr == ""  # nothing is said but the answer
    assert list(Path.home().iterdir()) == [] and list(tmp_path.iterdir()) == []


def test_the_watch_on_imports_would_notice(tmp_path: Path) -> None:
    (tmp_path / "busy.py").write_text(
        "from pathlib import Path\nPath('made').mkdir()\nPath('made/x').write_text('')\n"
        f"Path({str(ROOT / 'pyproject.toml')!r}).read_text()\n"
    )
    _, deeds = python(IMPORT_UNDER_WATCH, str(ROOT), sys.prefix, "oxtui.clock", "busy", cwd=tmp_path)
    assert list(deeds) == ["busy"]
    assert [deed.split()[0] for deed in deeds["busy"]] == ["os.mkdir", "open", "open"]


def test_a_home_of_its_own_loads_nothing_of_a_floor(home: Path) -> None:
    program = (
        "import sys, asyncio\n"
        "from pathlib import Path\n"
        "from tests.drive.case import new_service\n"
        "from oxtui.app import OxtuiApp\n"
        "async def main():\n"
        "    app = OxtuiApp(new_service(Path(sys.argv[1])))\n"
        "    async with app.run_test() as pilot:\n"
        "        await pilot.press('n')\n"
        "asyncio.run(main())\n"
        "print([name for name in sys.modules if name.startswith(('oxtui.away', 'oxtui.store.floor', 'psycopg'))])\n"
    )
    done = subprocess.run([sys.executable, "-c", program, str(home)], capture_output=True, text=True, cwd=ROOT)
    assert done.stdout.splitlines()[-1:] == ["[]"], done.stdout + done.stderr
    assert not (home / "oxhome" / "floor").exists()
