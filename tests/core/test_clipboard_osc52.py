"""What is left where no program takes a copy: the terminal itself, or nothing, and that is said."""

from __future__ import annotations

import pytest

from oxtui.outside.clipboard import Clipboard
from tests.core.clipboard_help import (
    MARKED,
    PATH,
    TEXT,
    still_ours,
)


def test_osc52_is_said_to_be_sent_and_not_verified() -> None:
    sent: list[str] = []
    clipboard = Clipboard({"PATH": PATH}, sent.append, platform="linux")
    copied = clipboard.copy(TEXT)
    assert (copied.route, copied.message.startswith("Copied"), sent) == ("osc52", False, [TEXT])
    assert "not verified" in copied.message and "Copied" not in copied.message
    assert copied.token is not None and not still_ours(clipboard, copied.token)
    cleared = clipboard.clear_if_ours(copied.token)
    assert sent == [TEXT, " "] and "not verified" in cleared.message


def test_a_long_text_over_osc52_is_said_to_be_at_risk() -> None:
    copied = Clipboard({"PATH": PATH}, lambda text: None, platform="linux").copy("x" * 60_000)
    assert copied.route == "osc52" and "long" in copied.detail


@pytest.mark.parametrize(
    "environ", [{"TERM_PROGRAM": "Apple_Terminal"}, {"TERM": "linux"}, {"TERM": "dumb"}, {"STY": "1.a", "SSH_TTY": "x"}]
)
def test_a_terminal_that_is_known_to_be_deaf_is_not_written_to(environ: dict[str, str]) -> None:
    sent: list[str] = []
    copied = Clipboard({"PATH": "", **environ}, sent.append, platform="linux").copy(MARKED, secret=True)
    assert (copied.route, copied.message.startswith("Copied"), sent) == ("none", False, [])
    assert copied.message.startswith("Not copied") and copied.detail and copied.token is None


def test_without_any_way_it_says_so() -> None:
    copied = Clipboard({"PATH": PATH}, platform="linux").copy(TEXT)
    assert (copied.route, copied.message.startswith("Copied"), copied.token) == ("none", False, None)
    assert copied.message.startswith("Not copied")


def test_a_terminal_that_cannot_be_written_to_is_said() -> None:
    def closed(text: str) -> None:
        raise BrokenPipeError(32, "Broken pipe")

    copied = Clipboard({"PATH": PATH}, closed, platform="linux").copy(TEXT)
    assert copied.route == "none" and copied.detail == "the terminal: Broken pipe"


def test_an_empty_text_is_not_copied() -> None:
    sent: list[str] = []
    for text in ("", "\x1b\u200b"):
        assert Clipboard({"PATH": PATH}, sent.append).copy(text).route == "none"
    assert sent == []


def test_what_acts_on_a_terminal_is_not_copied() -> None:
    sent: list[str] = []
    Clipboard({"PATH": PATH}, sent.append, platform="linux").copy("a\x1b]52;c;aGk=\x07b\r\nc\u202e\x9bd")
    assert sent == ["a]52;c;aGk=b\ncd"]


def test_the_routes_without_anything() -> None:
    routes = Clipboard({"PATH": PATH}, print, platform="linux").routes()
    assert [(r.name, r.available, r.tested) for r in routes] == [
        ("tmux", False, False),
        ("system clipboard", False, False),
        ("osc52", True, False),
    ]
