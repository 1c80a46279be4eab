"""A few lines of text, for whatever a screen has to tell."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from oxtui.widgets.ink import Line, Span, wrap
from oxtui.widgets.paper import NOBODY, Paper


class Words(Paper):
    """A few lines of text with roles."""

    def __init__(self, paragraphs: Sequence[Sequence[Span]] = (), *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.paragraphs: Sequence[Sequence[Span]] = paragraphs

    def show(self, paragraphs: Sequence[Sequence[Span]]) -> None:
        """Put other text there."""
        self.paragraphs = paragraphs
        self.redraw()

    def content(self, width: int) -> Iterable[tuple[Line, int]]:
        for paragraph in self.paragraphs:
            for line in wrap(paragraph, width):
                yield line, NOBODY
