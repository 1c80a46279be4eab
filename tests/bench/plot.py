"""A plot with two logarithmic axes, as SVG, without a library."""

from __future__ import annotations

import math
from collections.abc import Sequence
from xml.sax.saxutils import escape

from tests.bench.growth import Curve

COLOURS = ("#0b6e99", "#b5540c", "#2e7d32", "#7b3fa0")
WIDTH, HEIGHT, LEFT, TOP, RIGHT, BOTTOM = 460, 340, 56, 36, 16, 96


def panels(parts: Sequence[tuple[str, Sequence[Curve]]]) -> str:
    """One plot beside the other, each with its title."""
    body = "\n".join(
        f'<g transform="translate({place * WIDTH},0)">{_panel(title, curves)}</g>'
        for place, (title, curves) in enumerate(parts)
    )
    size = f'width="{WIDTH * len(parts)}" height="{HEIGHT}" viewBox="0 0 {WIDTH * len(parts)} {HEIGHT}"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif" font-size="11">\n'
        f'<rect width="100%" height="100%" fill="#ffffff"/>\n{body}\n</svg>\n'
    )


def _panel(title: str, curves: Sequence[Curve]) -> str:
    counts = [count for curve in curves for count in curve.counts]
    times = [max(each, 1e-3) for curve in curves for each in curve.took]
    x0, x1 = math.floor(math.log10(min(counts))), math.ceil(math.log10(max(counts)))
    y0, y1 = math.floor(math.log10(min(times))), math.ceil(math.log10(max(times)))

    def x(count: float) -> float:
        return LEFT + (math.log10(count) - x0) / (x1 - x0) * (WIDTH - LEFT - RIGHT)

    def y(took: float) -> float:
        return HEIGHT - BOTTOM - (math.log10(max(took, 1e-3)) - y0) / (y1 - y0) * (HEIGHT - TOP - BOTTOM)

    out = [f'<text x="{LEFT}" y="20" font-weight="bold">{escape(title)}</text>']
    for power in range(x0, x1 + 1):
        at = x(10**power)
        out.append(f'<path d="M{at:.1f} {TOP}V{HEIGHT - BOTTOM}" stroke="#dddddd"/>')
        out.append(f'<text x="{at:.1f}" y="{HEIGHT - BOTTOM + 16}" text-anchor="middle">{10**power:,}</text>')
    for power in range(y0, y1 + 1):
        at = y(10.0**power)
        out.append(f'<path d="M{LEFT} {at:.1f}H{WIDTH - RIGHT}" stroke="#dddddd"/>')
        out.append(f'<text x="{LEFT - 6}" y="{at + 4:.1f}" text-anchor="end">{10.0**power:g} ms</text>')
    for place, curve in enumerate(curves):
        colour = COLOURS[place % len(COLOURS)]
        points = " ".join(f"{x(count):.1f},{y(took):.1f}" for count, took in zip(curve.counts, curve.took, strict=True))
        out.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>')
        row = HEIGHT - BOTTOM + 36 + 15 * place
        out.append(f'<path d="M{LEFT} {row - 4}h18" stroke="{colour}" stroke-width="2"/>')
        told = escape(f"{curve.name} (exponent {curve.power:.2f})")
        out.append(f'<text x="{LEFT + 24}" y="{row}">{told}</text>')
    return "\n".join(out)
