"""Looks for a clipboard history, which would keep a copied password."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from oxtui.outside.clipboard import tmux
from oxtui.outside.clipboard.process import run
from oxtui.outside.clipboard.tools import over_ssh, under_wsl

# the name of the process (Linux cuts it to 15 characters): its common name
_KEEPERS = {
    "klipper": "Klipper",
    "plasmashell": "KDE's clipboard (Klipper)",
    "copyq": "CopyQ",
    "clipman": "clipman",
    "xfce4-clipman": "Xfce's Clipman",
    "diodon": "Diodon",
    "gpaste-daemon": "GPaste",
    "parcellite": "Parcellite",
    "clipit": "ClipIt",
    "qlipper": "Qlipper",
    "greenclip": "greenclip",
    "clipmenud": "clipmenu",
    "clipcatd": "clipcat",
    "clipse": "clipse",
    "cliphist": "cliphist",
}
_KEEPERS_MAC = {
    "maccy": "Maccy",
    "paste": "Paste",
    "pastebot": "Pastebot",
    "pastenow": "PasteNow",
    "copyclip": "CopyClip",
    "flycut": "Flycut",
    "clipy": "Clipy",
    "jumpcut": "Jumpcut",
    "raycast": "Raycast",
    "alfred": "Alfred",
    "launchbar": "LaunchBar",
}
_REGISTRY = r"Software\Microsoft\Clipboard"


def history_risk(environ: Mapping[str, str], platform: str, until: float) -> str | None:
    """Return one sentence if a clipboard history is known or likely to keep copied text, else None.

    None is no promise: over SSH the history runs on the other machine, out of sight.
    """
    keeper = _keeper(environ, platform, until)
    return f"{keeper} may keep what you copy: a password stays in its list until you delete it" if keeper else None


def _keeper(environ: Mapping[str, str], platform: str, until: float) -> str:
    if tmux.inside(environ) and tmux.terminal(environ, until).startswith(("tmux", "screen")):
        return "The outer tmux or screen"
    if over_ssh(environ):
        return ""
    if platform == "win32":
        return "Windows' clipboard history" if _windows_history() else ""
    if platform == "darwin":
        done = run(["/bin/ps", "-Ao", "comm="], environ=environ, until=until, reads=True)
        names = (line.rsplit("/", 1)[-1] for line in done.output.decode("utf-8", "replace").splitlines())
        return _known(names, _KEEPERS_MAC)
    if under_wsl(environ) and _wsl_history(environ, until):
        return "Windows' clipboard history"
    if "KDE" in environ.get("XDG_CURRENT_DESKTOP", "").upper().split(":"):
        return _KEEPERS["plasmashell"]
    if not (environ.get("WAYLAND_DISPLAY") or environ.get("DISPLAY")):
        return ""  # no desktop, and so no clipboard of one
    return _known(_processes(Path("/proc")), _KEEPERS) or _gnome_extension(environ)


def _known(names: Iterable[str], keepers: Mapping[str, str]) -> str:
    """Return the common name of the first of these processes that keeps a clipboard history, or ""."""
    return next((keepers[name] for name in map(str.lower, names) if name in keepers), "")


def _processes(proc: Path) -> Iterable[str]:
    """Yield the names of all processes; `wl-paste --watch`, which feeds a history, counts as cliphist."""
    for folder in proc.glob("[0-9]*"):
        try:
            name = (folder / "comm").read_text("utf-8", "replace").strip()
            if name == "wl-paste" and b"--watch" in (folder / "cmdline").read_bytes().split(b"\0"):
                name = "cliphist"
        except OSError:  # it has ended, or may not be read
            continue
        yield name


def _gnome_extension(environ: Mapping[str, str]) -> str:
    """Return a GNOME extension that keeps a clipboard list, or ""; an installed one counts as switched on."""
    if "GNOME" not in environ.get("XDG_CURRENT_DESKTOP", "").upper():
        return ""
    home = Path(environ.get("XDG_DATA_HOME") or Path(environ.get("HOME", "/")) / ".local" / "share")
    for base in (home, Path("/usr/share")):
        try:
            names = sorted(path.name for path in (base / "gnome-shell" / "extensions").iterdir())
        except OSError:
            continue
        for name in names:
            if any(word in name.lower() for word in ("clipboard", "pano@", "gpaste", "copyous")):
                return f"The GNOME extension {name.partition('@')[0]}"
    return ""


def _windows_history() -> bool:
    """Whether this user has switched on Windows' clipboard history."""
    import winreg

    try:
        with winreg.OpenKey(winreg.HKEY_CURRENT_USER, _REGISTRY) as key:  # type: ignore[attr-defined,unused-ignore]
            return bool(winreg.QueryValueEx(key, "EnableClipboardHistory")[0])  # type: ignore[attr-defined,unused-ignore]
    except OSError:  # never set: it is off
        return False


def _wsl_history(environ: Mapping[str, str], until: float) -> bool:
    """The same, asked from WSL."""
    program = "/mnt/c/Windows/System32/reg.exe"
    words = (program, "query", "HKCU\\" + _REGISTRY, "/v", "EnableClipboardHistory")
    done = run(words, environ=environ, until=until, reads=True)
    return done.ok and b"0x1" in done.output
