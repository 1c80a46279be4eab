"""The signs on the screen, in Unicode and in ASCII; each state has its own."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from oxtui.cases.status import State


class Glyphs(Struct, frozen=True):
    """The signs, one cell wide each."""

    done: str = "✓"
    action: str = "□"
    question: str = "?"
    killer: str = "■"
    locked: str = "⊘"
    skipped: str = "»"
    later: str = "◷"
    stale: str = "↻"
    out_there: str = "↶"
    doubt: str = "◌"
    pending: str = "…"
    apart: str = "·"
    nb: str = "▲"
    cursor: str = "▸"
    bar: str = "━"
    bar_rest: str = "─"
    rule: str = "─"
    edge: str = "▌"
    dot: str = "●"
    left: str = "‹"
    right: str = "›"
    crumb: str = "›"
    arrow: str = "→"
    ellipsis: str = "…"
    frame: tuple[str, ...] = ("─", "│", "╭", "╮", "╰", "╯")
    """A box: horizontal, vertical, and the corners from the top left."""
    branch: str = "├"

    def of(self, state: State) -> str:
        """The sign of a state."""
        return {
            State.DONE: self.done,
            State.TODO: self.action,
            State.NOT_APPLICABLE: self.apart,
            State.SKIPPED: self.skipped,
            State.PUT_OFF: self.later,
            State.LOCKED: self.locked,
            State.STALE: self.stale,
            State.IN_DOUBT: self.doubt,
            State.OUT_THERE: self.out_there,
            State.PENDING: self.pending,
        }[state]


UNICODE = Glyphs()
ASCII = replace(
    UNICODE, done="+", action="_", question="?", killer="#", locked="-", skipped=">", later="z", stale="!",
    out_there="<", doubt="%", pending="~", apart="-", nb="!", cursor=">", bar="#", bar_rest=".", rule="-", edge="|",
    dot="*", left="<", right=">", crumb=">", arrow="->", ellipsis="~",
    frame=("-", "|", "+", "+", "+", "+"), branch="+",
)  # fmt: skip
