"""Parse a YAML file into strings, lists and mappings, with the line where each begins.

Built from parser events, because PyYAML's mappings drop repeated keys, and no value may become a bool, a number or a
date (`no`, `010`, `1:30`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Final
from unicodedata import normalize

from msgspec import Struct, field

from oxtui.playbook.folder import MOST_BYTES
from oxtui.playbook.reader.yaml_words import (
    CURLY,
    CUT_OFF,
    NO_BREAK,
    NO_BREAK_SPACE,
    ODD_SPACE,
    explained,
    is_document,
    not_text,
)
from oxtui.playbook.schema.walker import DataPath
from oxtui.text import clean

if TYPE_CHECKING:
    import yaml


MOST_VALUES: Final = 50_000
"""Values in one file, counting those of an alias each time, which stops exponential aliases."""
MOST_DEPTH: Final = 20


class Parsed(Struct):
    """A parsed file: its value (None if it cannot be read), lines by path, problems and notices."""

    value: Any = None
    lines: dict[DataPath, int] = field(default_factory=dict)
    problems: list[tuple[int, str]] = field(default_factory=list)
    notices: list[tuple[int, str]] = field(default_factory=list)


def parse(raw: bytes) -> Parsed:
    """Parse a YAML file; every problem comes with its line (from 1). Raises nothing."""
    parsed = Parsed()
    if len(raw) > MOST_BYTES:
        parsed.problems.append((1, f"the file is larger than {MOST_BYTES // 1_000_000} MB"))
        return parsed
    if strange := is_document(raw):
        parsed.problems.append((1, strange))
        return parsed
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        parsed.problems.append((line, not_text(raw, error.start)))
        return parsed
    import yaml

    builder = _Builder(parsed, text)
    try:
        for event in _events(text):
            builder.take(event)
    except _Unusable:
        parsed.value = None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        parsed.problems.append((line, "a control character stands here; YAML allows none"))
        parsed.value = None
    except yaml.MarkedYAMLError as error:
        parsed.problems.append(explained(error, text))
        parsed.value = None
    except yaml.YAMLError as error:
        parsed.problems.append((1, f"cannot be read as YAML: {clean(str(error))}"))
        parsed.value = None
    else:
        if not parsed.lines and not parsed.problems:
            parsed.problems.append((1, "the file is empty"))
        if isinstance(parsed.value, str) and NO_BREAK.search(text):
            parsed.problems.append((parsed.lines[()], NO_BREAK_SPACE))
    return parsed


def _events(text: str) -> Iterator[yaml.Event]:
    import yaml

    # Four times as fast; a PyYAML without libyaml gives the same events.
    loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)(text)
    try:
        while (event := loader.get_event()) is not None:
            yield event
            if isinstance(event, yaml.StreamEndEvent):
                return
    finally:
        loader.dispose()


_REMARK: Final = re.compile(r"[ \t]+#[^\s#]")
"""A comment without a blank after the #, which may be meant as text."""
_OPENING, _CLOSING = frozenset("“”„«"), frozenset("“”»")


class _Unusable(Exception):
    """The rest cannot be interpreted; the problem has been recorded."""


class _Open(Struct):
    """An unfinished list or mapping; `key` is the one whose value comes next."""

    value: dict[str, Any] | list[Any]
    path: DataPath
    anchor: str | None
    key: str | None = None
    key_lines: dict[str, int] = field(default_factory=dict)
    dropped: int = 0
    """How many values of repeated keys are still to be read and dropped."""


class _Builder:
    """Builds plain values from events without recursion, limiting depth and size."""

    def __init__(self, parsed: Parsed, text: str) -> None:
        self.parsed = parsed
        # Empty if the file has no such comment, to skip the search in every text.
        self.lines = text.split("\n") if _REMARK.search(text) else []
        self.stack: list[_Open] = []
        self.anchors: dict[str, tuple[Any, int, int]] = {}
        self.open_anchors: set[str] = set()
        self.count = 0
        self.documents = 0

    def take(self, event: yaml.Event) -> None:
        handler = _HANDLERS.get(type(event).__name__)
        if handler:
            handler(self, event)

    def _document(self, event: Any) -> None:
        self.documents += 1
        if self.documents > 1:
            self._stop(event, "a second document begins here; a file holds one (leave out the '---')")

    def _stop(self, event: Any, message: str) -> None:
        self._problem(event, message)
        raise _Unusable

    def _problem(self, event: Any, message: str) -> None:
        self.parsed.problems.append((event.start_mark.line + 1, message))

    def _counted(self, event: Any, number: int = 1) -> None:
        self.count += number
        if self.count > MOST_VALUES:
            self._stop(event, f"the file holds more than {MOST_VALUES:,} values")

    def _scalar(self, event: Any) -> None:
        self._counted(event)
        if event.tag is not None:
            self._problem(event, f"'{clean(event.tag)}' is not understood: leave the tag out, all values are texts")
        text = event.value
        # Most texts are plain and need no clean().
        plain = text.isascii() and text.isprintable()
        value = (text if plain else self._cleaned(event, text)).strip()
        top = self.stack[-1] if self.stack else None
        if top is not None and isinstance(top.value, dict) and top.key is None:
            if ODD_SPACE.match(text):
                self._problem(event, NO_BREAK_SPACE)
            self._key(event, top, value)
            return
        if not event.style:
            self._look_at_plain(event, value)
        self._place(event, value)
        if event.anchor:
            self.anchors[event.anchor] = (value, 1, 0)

    def _look_at_plain(self, event: Any, value: str) -> None:
        """Check for signs that need quotes around a text."""
        if value[:1] in _OPENING and value[-1:] in _CLOSING and len(value) > 1:
            self._problem(event, CURLY)
        mark = event.end_mark
        if self.lines and mark.line < len(self.lines) and _REMARK.match(self.lines[mark.line], mark.column):
            remarks = self.parsed.notices if value else self.parsed.problems
            remarks.append((mark.line + 1, CUT_OFF))

    def _cleaned(self, event: Any, given: str) -> str:
        value = clean(given)
        if " ".join(value.split()) != normalize("NFC", " ".join(given.split())):
            line = event.start_mark.line + 1
            self.parsed.notices.append((line, "characters that act on a terminal or cannot be seen were left out"))
        return value

    def _key(self, event: Any, top: _Open, key: str) -> None:
        line = event.start_mark.line + 1
        assert isinstance(top.value, dict)
        top.key = key
        if key == "<<":
            self._problem(event, "'<<' is not understood here: write the keys out")
        if key in top.key_lines:
            self._problem(event, f"'{key}' is given twice; the first is in line {top.key_lines[key]}")
            top.dropped += 1
            return
        top.key_lines[key] = line
        self.parsed.lines[(*top.path, key)] = line

    def _start(self, event: Any, value: dict[str, Any] | list[Any]) -> None:
        self._counted(event)
        if event.tag is not None:
            self._problem(event, f"'{clean(event.tag)}' is not understood: leave the tag out")
        if len(self.stack) >= MOST_DEPTH:
            self._stop(event, f"lists and mappings are nested more than {MOST_DEPTH} deep")
        if self.stack and isinstance(self.stack[-1].value, dict) and self.stack[-1].key is None:
            self._stop(event, "a key must be a text (a text with { } or [ ] needs quotes)")
        path = self._place(event, value)
        if event.anchor:
            self.open_anchors.add(event.anchor)
        self.stack.append(_Open(value, path, event.anchor))

    def _end(self) -> None:
        done = self.stack.pop()
        if done.anchor:
            self.open_anchors.discard(done.anchor)
            self.anchors[done.anchor] = (done.value, *_extent(done.value))

    def _alias(self, event: Any) -> None:
        name = event.anchor
        if name in self.open_anchors:
            self._stop(event, f"'*{name}' stands inside what it names")
        if name not in self.anchors:
            self._stop(event, f"'*{name}' names nothing above it (a text that begins with * needs quotes)")
        if self.stack and isinstance(self.stack[-1].value, dict) and self.stack[-1].key is None:
            self._stop(event, "a key must be a text, not an alias")
        value, size, depth = self.anchors[name]
        self._counted(event, size)
        if len(self.stack) + depth > MOST_DEPTH:
            self._stop(event, f"lists and mappings are nested more than {MOST_DEPTH} deep")
        self._place(event, value)

    def _place(self, event: Any, value: Any) -> DataPath:
        """Add a value to the innermost list or mapping, and return its path."""
        if not self.stack:
            self.parsed.value = value
            self.parsed.lines[()] = event.start_mark.line + 1
            return ()
        top = self.stack[-1]
        if isinstance(top.value, list):
            path: DataPath = (*top.path, len(top.value))
            self.parsed.lines[path] = event.start_mark.line + 1
            top.value.append(value)
            return path
        key = top.key
        assert key is not None
        top.key = None
        if top.dropped:
            top.dropped -= 1
        else:
            top.value[key] = value
        return (*top.path, key)


_HANDLERS: Final[dict[str, Callable[[_Builder, Any], None]]] = {
    "ScalarEvent": _Builder._scalar,
    "MappingStartEvent": lambda builder, event: builder._start(event, {}),
    "SequenceStartEvent": lambda builder, event: builder._start(event, []),
    "MappingEndEvent": lambda builder, _: builder._end(),
    "SequenceEndEvent": lambda builder, _: builder._end(),
    "AliasEvent": _Builder._alias,
    "DocumentStartEvent": _Builder._document,
}


def _extent(value: Any) -> tuple[int, int]:
    """Return the number of values in `value`, itself included, and its depth."""
    if not isinstance(value, dict | list):
        return 1, 0
    inner = [_extent(each) for each in (value.values() if isinstance(value, dict) else value)]
    keys = len(value) if isinstance(value, dict) else 0
    return 1 + keys + sum(size for size, _ in inner), 1 + max((depth for _, depth in inner), default=0)
