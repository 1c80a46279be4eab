"""What a terminal may be: bytes that are no UTF-8, a size in the environment, letters that it has not."""

from __future__ import annotations

import io
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from textual.events import Key

from oxtui.screens.shell import terminal


@pytest.fixture
def prepared(monkeypatch: pytest.MonkeyPatch) -> None:
    linux_driver = pytest.importorskip("textual.drivers.linux_driver", reason="Windows has another driver")
    monkeypatch.setattr(linux_driver, "getincrementaldecoder", linux_driver.getincrementaldecoder)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("LINES", "60")
    terminal.prepare()


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        (b"\xfc", ""),
        (b"a\xe1b", "ab"),
        (b"\x1b[M \xff\xff", "\x1b[M "),
        ("mü".encode(), "mü"),
        ("mü".encode("iso-8859-1"), "m"),
        (b"\xc3", ""),
    ],
)
def test_a_byte_that_is_no_utf8_is_no_key(prepared: None, keyboard: int, sent: bytes, read: str) -> None:
    """Textual's own input thread ends at such a byte, and the program with it."""
    from textual.drivers import linux_driver

    os.write(keyboard, b"more")
    decoder = linux_driver.getincrementaldecoder("utf-8")()  # type: ignore[attr-defined]
    assert "".join(decoder.decode(bytes([byte])) for byte in sent) == read
    assert decoder.decode(b"q").endswith("q")


@pytest.fixture
def keyboard(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """The writing end of a pipe in the place of the terminal's input."""
    reading, writing = os.pipe()
    with os.fdopen(reading) as stdin:
        monkeypatch.setattr(sys, "__stdin__", stdin)
        yield writing
        os.close(writing)


def test_esc_is_told_from_the_beginning_of_another_key(prepared: None, keyboard: int) -> None:
    """Alone it is read as escape without Textual's own delay; with more to come it is the beginning of that."""
    linux_driver = pytest.importorskip("textual.drivers.linux_driver", reason="Windows has another driver")
    from textual._xterm_parser import XTermParser

    decode, parser = linux_driver.getincrementaldecoder("utf-8")().decode, XTermParser()
    keys = [*parser.feed(decode(b"j\x1b"))]
    os.write(keyboard, b"[B")
    keys += [*parser.feed(decode(b"\x1b")), *parser.feed(decode(b"[B"))]
    assert sys.__stdin__ and os.read(sys.__stdin__.fileno(), 2) == b"[B"
    for late in (b"\x1b", b"[3~", b"\x1b", b"OQn", b"O"):  # a slow line: esc has acted, and no digit answers
        keys += parser.feed(read) if (read := decode(late)) else ()
    assert [event.key for event in keys if isinstance(event, Key)] == [
        "j",
        "escape",
        "down",
        "escape",
        "escape",
        "n",
        "O",
    ]


def test_textual_still_reads_with_the_name_that_is_guarded() -> None:
    """The guard replaces one name of one module; where Textual reads otherwise, this tells."""
    linux_driver = pytest.importorskip("textual.drivers.linux_driver")
    source = Path(linux_driver.__file__).read_text("utf-8")
    assert 'getincrementaldecoder("utf-8")().decode' in source


def test_the_size_is_the_terminals_own(prepared: None) -> None:
    assert not {"COLUMNS", "LINES"} & set(os.environ)
    assert shutil.get_terminal_size((80, 25)) != (200, 60)


@pytest.mark.parametrize(("encoding", "drawn"), [("utf-8", True), ("iso-8859-1", False), ("ascii", False)])
def test_signs_that_the_terminal_has_no_letters_for_are_plain(
    encoding: str, drawn: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    monkeypatch.setattr(sys, "__stderr__", stream)
    assert terminal.draws_unicode() is drawn
    terminal.prepare()
    if not drawn:
        print("m\u2502\u6d77", file=stream, end="")  # one cell stays one cell
        stream.flush()
        assert stream.buffer.getvalue() == b"m??"  # type: ignore[attr-defined]
