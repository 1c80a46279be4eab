"""A password gets out of a Secret by `reveal()` and by nothing else."""

from __future__ import annotations

import copy
import gc
import io
import json
import logging
import operator
import os
import pickle
import subprocess
import sys
import traceback
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from rich.pretty import pretty_repr
from rich.traceback import Traceback

from oxtui.errors import WrongUse
from oxtui.secret import DOTS, Secret, split_credentials

MARKED = "Zebra-7-marked"
ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Holder:
    address: str
    password: Secret = field(default_factory=lambda: Secret(MARKED))


SHOWN: dict[str, Callable[[Secret], str]] = {
    "repr": repr,
    "str": str,
    "f-string": lambda s: f"{s} {s!r} {s!s} {s!a} {s:>40} {s:x}",
    "percent": lambda s: operator.mod("%s %r %a", (s, s, s)),
    "format": lambda s: str.format("{} {!r} {:^99}", s, s, s),
    "inside a list": lambda s: f"{[s]} {(s,)} { {'a': s} }",
    "dataclass": lambda s: repr(Holder("a@example.com", s)),
    "rich pretty": lambda s: pretty_repr(s) + pretty_repr({"p": [s]}) + pretty_repr(Holder("a", s)),
    "dir": lambda s: " ".join(dir(s)),
    "ascii": ascii,
    "exception": lambda s: str(ValueError(s)) + repr(ValueError(s)),
}

KEPT: dict[str, Callable[[Secret], Any]] = {
    "json": json.dumps,
    "json in a dict": lambda s: json.dumps({"p": s}),
    **{f"pickle {n}": lambda s, n=n: pickle.dumps(s, n) for n in range(pickle.HIGHEST_PROTOCOL + 1)},  # type: ignore[misc]
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "deepcopy in a list": lambda s: copy.deepcopy([s]),
    "asdict": lambda s: asdict(Holder("a", s)),
    "vars": vars,
    "hash": hash,
    "in a set": lambda s: {s},
    "iter": iter,  # type: ignore[dict-item]
    "len": len,  # type: ignore[dict-item]
    "bytes": bytes,  # type: ignore[dict-item]
    "add": lambda s: s + "",  # type: ignore[operator]
    "add to text": lambda s: "" + s,  # type: ignore[operator]
    "join": lambda s: "".join([s]),  # type: ignore[list-item]
    "index": lambda s: s[0],  # type: ignore[index]
    "contains": lambda s: "Z" in s,  # type: ignore[operator]
    "less": lambda s: s < MARKED,  # type: ignore[operator]
    "getstate": lambda s: s.__getstate__(),
    "encode": lambda s: bytearray(s),  # type: ignore[call-overload]
}


@pytest.mark.parametrize("show", SHOWN.values(), ids=SHOWN.keys())
def test_it_shows_as_dots(show: Callable[[Secret], str]) -> None:
    shown = show(Secret(MARKED))
    assert MARKED not in shown and "Zebra" not in shown


@pytest.mark.parametrize("text", ["", "x", MARKED, "x" * 1000])
def test_the_dots_do_not_tell_the_length(text: str) -> None:
    secret = Secret(text)
    assert str(secret) == repr(secret) == f"{secret:>40}" == DOTS


@pytest.mark.parametrize("keep", KEPT.values(), ids=KEPT.keys())
def test_it_cannot_be_kept(keep: Callable[[Secret], Any]) -> None:
    with pytest.raises(TypeError) as caught:
        keep(Secret(MARKED))
    assert MARKED not in str(caught.value)


def test_a_json_default_gets_only_dots() -> None:
    assert MARKED not in json.dumps({"p": Secret(MARKED)}, default=str)


def test_it_does_not_get_into_a_log() -> None:
    stream = io.StringIO()
    log = logging.getLogger("test-secret")
    handler = logging.StreamHandler(stream)
    log.addHandler(handler)
    try:
        secret = Secret(MARKED)
        log.warning("%s", secret)
        log.warning("%r %s", [secret], {"p": secret})
        log.warning(secret)
        try:
            raise ValueError(secret)
        except ValueError:
            log.exception("failed with %s", secret)
    finally:
        log.removeHandler(handler)
    written = stream.getvalue()
    assert written.count(DOTS) >= 5 and MARKED not in written


def _fail(secret: Secret, holder: Holder) -> None:
    held = [secret, holder, {"p": secret}]
    raise RuntimeError(f"failed with {len(held)}")


def test_it_is_not_in_a_traceback_with_locals() -> None:
    console = Console(file=io.StringIO(), record=True, width=200)
    try:
        _fail(Secret(MARKED[:5] + MARKED[5:]), Holder("a@example.com"))
    except RuntimeError as error:
        plain = "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())
        console.print(Traceback.from_exception(type(error), error, error.__traceback__, show_locals=True))
    rich = console.export_text()
    assert "secret" in rich and DOTS in rich and DOTS in plain
    # the source lines around the failure are shown, too: they name MARKED, and must not hold its value
    assert MARKED not in rich and MARKED not in plain


def test_it_equals_nothing_but_itself() -> None:
    secret = Secret(MARKED)
    assert secret == secret
    assert (secret == MARKED) is False and operator.eq(MARKED, secret) is False
    assert (secret == Secret(MARKED)) is False and secret != Secret(MARKED)


def test_reveal_gives_back_exactly_what_was_put_in() -> None:
    for text in (MARKED, "", " ", "pä$$wörd 日本", "a\nb", "\ud800"):
        assert Secret(text).reveal() == text


def test_wipe_zeroes_its_own_memory() -> None:
    secret = Secret(MARKED)
    held = secret._held
    view = memoryview(bytearray(held))
    assert secret and bytes(view) == MARKED.encode()
    seen: list[bytes] = []

    class Watched(bytearray):
        def clear(self) -> None:
            seen.append(bytes(self))
            super().clear()

    secret._held = Watched(held)
    secret.wipe()
    assert seen == [b"\0" * len(MARKED)]
    assert secret.reveal() == "" and not secret
    secret.wipe()


def test_it_is_wiped_when_nobody_holds_it_any_more() -> None:
    secret = Secret(MARKED)
    held = secret._held
    del secret
    gc.collect()
    assert held == bytearray()


def test_a_wrong_argument_raises_the_usual_error() -> None:
    with pytest.raises(TypeError):
        Secret(None)  # type: ignore[arg-type]


# -- pasted lines


LINES = {
    "anna@example.com : Zebra-7": ("anna@example.com", "Zebra-7"),
    "anna@example.com: Zebra-7": ("anna@example.com", "Zebra-7"),
    "anna@example.com:Zebra-7": ("anna@example.com", "Zebra-7"),
    "anna@example.com=Zebra-7": ("anna@example.com", "Zebra-7"),
    "anna@example.com\tZebra-7": ("anna@example.com", "Zebra-7"),
    "anna@example.com Zebra-7": ("anna@example.com", "Zebra-7"),
    "anna@example.com;Zebra-7": ("anna@example.com", "Zebra-7"),
    "anna@example.com,Zebra-7": ("anna@example.com", "Zebra-7"),
    "anna@example.com / Zebra-7": ("anna@example.com", "Zebra-7"),
    "anna@example.com -> Zebra-7": ("anna@example.com", "Zebra-7"),
    "anna@example.com - Zebra-7": ("anna@example.com", "Zebra-7"),
    "anna@example.com | Zebra-7": ("anna@example.com", "Zebra-7"),
    "  anna@Example.COM : Zebra-7  ": ("anna@example.com", "Zebra-7"),
    "anna@example.com password: Zebra-7": ("anna@example.com", "Zebra-7"),
    "anna@example.com, pw=Zebra-7": ("anna@example.com", "Zebra-7"),
    "Anna Doe <anna@example.com> : Zebra-7": ("anna@example.com", "Zebra-7"),
    "anna@example.com : :Zebra:7;=,/": ("anna@example.com", ":Zebra:7;=,/"),
    "anna@example.com : three small words": ("anna@example.com", "three small words"),
    "anna@example.com : p@ss@word.example": ("anna@example.com", "p@ss@word.example"),
    "anna@example.com : pässwörd": ("anna@example.com", "pässwörd"),
    "anna@example.com : \u200bZebra\x1b-7": ("anna@example.com", "Zebra-7"),
}


@pytest.mark.parametrize(("line", "pair"), LINES.items(), ids=LINES.keys())
def test_a_pasted_line_is_split(line: str, pair: tuple[str, str]) -> None:
    (found,) = split_credentials(line)
    assert (found[0], found[1].reveal()) == pair


def test_several_lines_with_blank_ones_between() -> None:
    found = split_credentials("\r\na@example.com : one\r\n\r\nb@example.com : two\rc@example.com : three\n")
    assert [(address, secret.reveal()) for address, secret in found] == [
        ("a@example.com", "one"),
        ("b@example.com", "two"),
        ("c@example.com", "three"),
    ]


def test_nothing_pasted_is_an_empty_list() -> None:
    assert split_credentials("") == split_credentials(" \n\t\n") == []


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("Zebra-7-marked", "line 1 is not an address"),
        ("a@example.com : one\nZebra-7-marked", "line 2 is not an address"),
        ("a@example.com", "line 1 is not an address"),
        ("a@example.com :", "line 1 is not an address"),
        ("a@localhost : Zebra-7-marked", "line 1 does not begin with one mail address"),
        ("a@example.com : Zebra-7\nA@example.com : Zebra-7", "line 2 names A@example.com again"),
        ("Zebra-7-marked : a@example.com", "line 1 is not an address"),
    ],
)
def test_a_line_that_is_none_is_named_but_not_repeated(text: str, says: str) -> None:
    with pytest.raises(WrongUse) as caught:
        split_credentials(text)
    assert says in str(caught.value) and "Zebra" not in str(caught.value)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


@given(st.text(st.characters(min_codepoint=33, max_codepoint=0x2FF), min_size=1, max_size=40))
def test_any_password_after_a_colon_comes_back_whole(password: str) -> None:
    from oxtui.text import clean

    cleaned = clean(password).strip()
    if not cleaned or cleaned.lower().startswith("p") or cleaned[0] in "•*:=|;,/–->" or cleaned[-1] in "•*":
        return  # what stands between the two, or around the line
    ((address, secret),) = split_credentials(f"a@example.com : {cleaned}")
    assert (address, secret.reveal()) == ("a@example.com", cleaned)


@given(st.text(max_size=200))
def test_any_text_is_split_or_refused_in_plain_words(text: str) -> None:
    try:
        split_credentials(text)
    except WrongUse as error:
        assert error.message.startswith("line ")


@pytest.mark.skipif(os.name == "nt", reason="there are no core dumps")
def test_a_process_that_held_one_leaves_no_core_dump(tmp_path: Path) -> None:
    code = (
        "import os, resource, sys; from oxtui.secret import Secret\n"
        "resource.setrlimit(resource.RLIMIT_CORE, (resource.getrlimit(resource.RLIMIT_CORE)[1],) * 2)\n"
        "if sys.argv[1] == 'held': Secret('Hunter2')\n"
        "os.abort()"
    )
    dumped = {}
    for held in ("held", "none"):
        place = tmp_path / held
        place.mkdir()
        env = {**os.environ, "PYTHONPATH": str(ROOT)}
        number = os.posix_spawn("/bin/sh", ["sh", "-c", 'cd "$1" && exec "$2" -c "$3" "$4"', "sh",  # type: ignore[attr-defined]
                                            str(place), sys.executable, code, held], env)  # fmt: skip
        dumped[held] = os.WCOREDUMP(os.waitpid(number, 0)[1])  # type: ignore[attr-defined]
    if not dumped["none"]:
        pytest.skip("no core dump is made here, whoever ends")
    assert not dumped["held"]


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the limit alone counts")
def test_no_program_that_collects_dumps_is_given_one() -> None:
    code = "import ctypes; from oxtui.secret import Secret; Secret('x'); print(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert told == "0\n"


class Forbidden(Exception):
    """Raised in the place of forbidding core dumps."""


def test_the_password_field_forbids_core_dumps_before_anything_else(monkeypatch: pytest.MonkeyPatch) -> None:
    from oxtui.screens.dialogs import secrets

    def forbid() -> None:
        raise Forbidden

    monkeypatch.setattr(secrets, "forbid_core_dumps", forbid)
    with pytest.raises(Forbidden):
        secrets.AskSecret(None, None, "jo@x.example")  # type: ignore[arg-type]
