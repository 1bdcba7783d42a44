"""Cards put in line: what Align and Distribute make of the places of some cards."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import combinations

from gui.canvas.picture import Key
from gui.canvas.placing import Box

Boxes = Mapping[Key, Box]

ALIGN: dict[str, str] = {
    "left": "Align left edges",
    "right": "Align right edges",
    "top": "Align top edges",
    "bottom": "Align bottom edges",
    "across": "Distribute across",
    "down": "Distribute down",
}
"""What a person calls each way."""
LEAST = {way: 3 if way in ("across", "down") else 2 for way in ALIGN}
"""How many cards each way needs."""


def arranged(boxes: Boxes, way: str) -> dict[Key, Box]:
    """The cards with one edge in line, or with the same gap from one to the next between the outermost two."""
    if len(boxes) < LEAST[way]:
        return dict(boxes)
    return dict(_WAYS[way](boxes))


def overlaps(boxes: Boxes) -> bool:
    """Whether some cards lie on each other."""
    return any(
        a.x < b.x + b.width and b.x < a.x + a.width and a.y < b.y + b.height and b.y < a.y + a.height
        for a, b in combinations(boxes.values(), 2)
    )


def _left(boxes: Boxes) -> dict[Key, Box]:
    edge = min(b.x for b in boxes.values())
    return {k: b._replace(x=edge) for k, b in boxes.items()}


def _right(boxes: Boxes) -> dict[Key, Box]:
    edge = max(b.x + b.width for b in boxes.values())
    return {k: b._replace(x=edge - b.width) for k, b in boxes.items()}


def _top(boxes: Boxes) -> dict[Key, Box]:
    edge = min(b.y for b in boxes.values())
    return {k: b._replace(y=edge) for k, b in boxes.items()}


def _bottom(boxes: Boxes) -> dict[Key, Box]:
    edge = max(b.y + b.height for b in boxes.values())
    return {k: b._replace(y=edge - b.height) for k, b in boxes.items()}


def _across(boxes: Boxes) -> dict[Key, Box]:
    order = sorted(boxes, key=lambda k: (boxes[k].x, boxes[k].y))
    starts = _spread([boxes[k].x for k in order], [boxes[k].width for k in order])
    return {k: boxes[k]._replace(x=x) for k, x in zip(order, starts, strict=True)}


def _down(boxes: Boxes) -> dict[Key, Box]:
    order = sorted(boxes, key=lambda k: (boxes[k].y, boxes[k].x))
    starts = _spread([boxes[k].y for k in order], [boxes[k].height for k in order])
    return {k: boxes[k]._replace(y=y) for k, y in zip(order, starts, strict=True)}


def _spread(starts: list[float], sizes: list[float]) -> list[float]:
    """Where things of these sizes begin when the first and the last stay and the gaps between them are the same."""
    gap = (starts[-1] + sizes[-1] - starts[0] - sum(sizes)) / (len(sizes) - 1)
    found = [starts[0]]
    for size in sizes[:-1]:
        found.append(found[-1] + size + gap)
    return found


_WAYS: dict[str, Callable[[Boxes], dict[Key, Box]]] = {
    "left": _left, "right": _right, "top": _top, "bottom": _bottom, "across": _across, "down": _down
}  # fmt: skip
