"""A floor for programs under test: the shipped playbook that asks a DNS server on loopback, in a home that knows it."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from tests.core.dns_server import DnsServer
from tests.drive.terminal import Terminal
from tests.e2e.proved import proved

CONFIG = Path(__file__).parents[2] / "config"
PROGRAM = Path(sys.executable).with_name("oxtui")
OX_MX = "mx1.ox-mail.example"
SPAM_MX = "a.spamexperts.example"
OURS = ("ns1.our-floor.example", "ns2.our-floor.example")


class Floor:
    """A playbook folder whose DNS owners are switched on (`stated`; as shipped they are examples), and its homes.

    The homes need not prove it again.
    """

    def __init__(self, folder: Path, resolver: str, *, timeout_s: str = "3", stated: bool = True) -> None:
        self.folder = folder
        self.config = folder / "config"
        shutil.copytree(CONFIG, self.config)
        if stated:
            _change(self.config / "dns.yaml", ("enabled: false", "enabled: true"))
        _change(
            self.config / "settings.yaml",
            ('resolver: ""', f'resolver: "{resolver}"'),
            ('dns_timeout_seconds: "3"', f'dns_timeout_seconds: "{timeout_s}"'),
        )

    def home(self, name: str) -> Path:
        """A fresh home of that name (DNS owners and settings are no part of what is proved)."""
        home = self.folder / name
        home.mkdir(mode=0o700)
        proved(home)
        return home

    def env(self, home: Path, now: str, agent: str = "anna") -> dict[str, str]:
        """The environment of a program on that floor."""
        return {
            "OXTUI_HOME": str(home), "OXTUI_CONFIG": str(self.config), "OXTUI_NOW": now, "OXTUI_AGENT": agent,
            "TZ": "Australia/Melbourne",
        }  # fmt: skip

    def pane(self, home: Path, now: str, *, agent: str = "anna", cols: int = 100, rows: int = 30) -> Terminal:
        """The installed command in a pane, once Home is drawn."""
        pane = Terminal([str(PROGRAM)], cols, rows, self.env(home, now, agent))
        pane.wait_for("filter")
        return pane


def _change(path: Path, *changes: tuple[str, str]) -> None:
    text = path.read_text("utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path.write_text(text, "utf-8")


def zone(server: DnsServer, domain: str, *mx: str, ns: tuple[str, ...] = OURS) -> None:
    """A domain with those MX records (each host has an address), and its name servers."""
    server.add(domain, "NS", *(f"{host}." for host in ns))
    server.add(domain, "MX", *mx)
    for record in mx:
        host = record.split()[1].rstrip(".")
        if host:
            server.add(host, "A", "192.0.2.7")


def go(pane: Terminal, *steps: tuple[str, str]) -> None:
    """Keys and texts, each with what must be seen after it (`!words`: gone). `=text` is pasted, then entered."""
    for keys, sees in steps:
        if keys.startswith("="):
            pane.paste(keys[1:])  # typed as fast as this it would be taken for a sentence meant for another window
            pane.wait_for(keys[1:13])
            pane.press("enter")
        else:
            pane.press(keys)
        if sees.startswith("!"):
            pane.wait_gone(sees[1:])
        else:
            pane.wait_for(sees)
