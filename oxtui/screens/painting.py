"""What is seen is painted, and no more: Textual renders every row of all that lies under it, too."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise

from textual._compositor import ChopsUpdate, Compositor
from textual.geometry import Region
from textual.strip import Strip


class Painter(Compositor):
    """Textual's compositor, which asks a widget only for those of its rows that are painted and not covered.

    A screen is a pile of containers: for one changed row Textual has each of them rendered from top to bottom.
    """

    def render_partial_update(self) -> ChopsUpdate | None:
        regions = self._dirty_regions.copy()
        self._dirty_regions.clear()
        if not regions:
            return None
        spans = list(self._regions_to_spans(regions))
        return ChopsUpdate(self._chops(spans), spans, [cuts[1:] for cuts in self.cuts])

    def _render_chops(self, crop: Region, is_rendered_line: Callable[[int], bool]) -> Sequence[Mapping[int, Strip]]:
        left, right = crop.column_span
        return self._chops((y, left, right) for y in crop.line_range if is_rendered_line(y))  # type: ignore[return-value]

    def _chops(self, spans: Iterable[tuple[int, int, int]]) -> list[dict[int, Strip | None]]:
        """The pieces of each row of the screen by the column they begin at; None outside the spans (row, columns)."""
        cuts = self.cuts
        chops: list[dict[int, Strip | None]] = [dict.fromkeys(row[:-1]) for row in cuts]
        wanted: dict[int, set[int]] = {}
        for y, left, right in spans:
            ends = pairwise(cuts[y])
            wanted.setdefault(y, set()).update(begin for begin, end in ends if begin < right and end > left)
        for widget, (region, clip) in self.visible_widgets.items():  # the one in front first
            part = region.intersection(clip)
            left, right = part.column_span
            mine: dict[int, list[int]] = {}
            for y in part.line_range:
                if wanted.get(y) and any(left <= cut < right for cut in wanted[y]):
                    mine[y] = [cut for cut in cuts[y] if left <= cut <= right]
            if not mine:
                continue
            top, bottom = min(mine), max(mine) + 1
            rows = Region(left - region.x, top - region.y, part.width, bottom - top)
            strips = widget.render_lines(rows)
            for y, places in mine.items():
                pieces = strips[y - top].divide([cut - left for cut in places[1:]])
                for cut, piece in zip(places, pieces, strict=False):
                    if cut in wanted[y]:
                        chops[y][cut] = piece
                        wanted[y].discard(cut)
            if not any(wanted.values()):
                break
        return chops
