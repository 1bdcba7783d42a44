"""The pictures of the page as SVG text: points on a logarithmic scale, light, without any library."""

from __future__ import annotations

import math
from collections.abc import Sequence

from tests.validation.measured import CLASSES, Measurement, grouped
from tests.validation.published import Compared

WIDTH, LEFT, RIGHT, LINE = 760, 170, 20, 46
INK, GREY, BEFORE, AFTER = "#1f2328", "#8b949e", "#d0a215", "#205ea6"
LEAST, MOST = 0.1, 10.0


def throughput_picture(members: Sequence[Measurement]) -> str:
    """Predicted over measured by token latency: the first edition above, the second below."""
    rows = []
    found = grouped(members, lambda m: m.latency)
    for name in CLASSES:
        here = found.get(name, [])
        rows.append((name, [m.before / m.measured for m in here], [m.after / m.measured for m in here]))
    return _picture("Predicted over measured throughput", rows, ("first edition", "now"))


def training_picture(runs: Sequence[Compared]) -> str:
    """Ours over published chip-hours, a line for each run."""
    ordered = sorted(runs, key=lambda run: run.ratio)
    return _picture("Ours over published chip-hours", [(r.what, [], [r.ratio]) for r in ordered], ("", "ours"), 20)


def _x(ratio: float) -> float:
    share = math.log(min(max(ratio, LEAST), MOST) / LEAST) / math.log(MOST / LEAST)
    return round(LEFT + share * (WIDTH - LEFT - RIGHT), 1)


def _picture(
    title: str, rows: Sequence[tuple[str, list[float], list[float]]], names: tuple[str, str], line: int = LINE
) -> str:
    height = 70 + line * len(rows)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        f'font-family="Inter, sans-serif" font-size="12" fill="{INK}">',
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
        f'<text x="12" y="20" font-size="14">{title}</text>',
    ]
    for k, (name, colour) in enumerate(zip(names, (BEFORE, AFTER), strict=True)):
        if name:
            parts.append(f'<circle cx="{WIDTH - 190 + 110 * k}" cy="16" r="4" fill="{colour}"/>')
            parts.append(f'<text x="{WIDTH - 181 + 110 * k}" y="20">{name}</text>')
    for ratio in (0.1, 0.2, 0.5, 1, 2, 5, 10):
        x, dash = _x(ratio), "" if ratio == 1 else ' stroke-dasharray="2 3"'
        parts.append(f'<line x1="{x}" y1="34" x2="{x}" y2="{height - 28}" stroke="{GREY}"{dash}/>')
        parts.append(f'<text x="{x}" y="{height - 10}" text-anchor="middle">{ratio:g}</text>')
    for k, (label, before, after) in enumerate(rows):
        middle = 40 + line * (k + 0.5)
        parts.append(f'<text x="12" y="{middle + 4}">{_escaped(label)}</text>')
        for values, y, colour in (
            (before, middle - line / 5, BEFORE),
            (after, middle + (line / 5 if before else 0), AFTER),
        ):
            dots = sorted({(_x(v), _spread(i, line)) for i, v in enumerate(values) if v > 0})
            parts += [
                f'<circle cx="{x}" cy="{y + dy:.1f}" r="1.8" fill="{colour}" fill-opacity="0.5"/>' for x, dy in dots
            ]
    return "\n".join([*parts, "</svg>", ""])


def _spread(index: int, line: int) -> float:
    """A little to the side, so that dots of the same value are seen."""
    return round(((index * 7) % 11 - 5) / 5 * line / 7, 1)


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
