"""Edits that a hand makes on the plan map, each a function from plan to plan."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import combinations

import msgspec

from gigaplan.engine.plan.plan import Plan, find, with_fields
from gigaplan.engine.plan.schema import Place
from gigaplan.gui.views.canvas.picture import Key, Wire
from gigaplan.gui.views.canvas.placing import Box

# Cards put in line: what Align and Distribute make of the places of some cards.


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


def allowed(plan: Plan, wire: Wire) -> Plan:
    """The plan in which a wire is not forbidden: the offer may stand at the site, or it or the service do the work."""
    if wire.kind == "stand":
        offer = find(plan, "offers", wire.start)
        if offer is None or offer.sites == "*" or wire.end in offer.sites:
            return plan
        return with_fields(plan, "offers", offer.id, sites=(*offer.sites, wire.end))
    if wire.kind == "buy":
        service = find(plan, "services", wire.end)
        if service is None or service.workloads == "*" or wire.start in service.workloads:
            return plan
        return with_fields(plan, "services", service.id, workloads=(*service.workloads, wire.start))
    work = find(plan, "workloads", wire.start)
    if work is None or wire.end not in work.forbidden_offers:
        return plan
    kept = tuple(o for o in work.forbidden_offers if o != wire.end)
    return with_fields(plan, "workloads", work.id, forbidden_offers=kept)


def forbidden(plan: Plan, wire: Wire) -> Plan:
    """The plan in which an offer may not stand at a site, or a service do a workload (`*` becomes the list of the
    others), or an offer do it."""
    if wire.kind == "stand":
        offer = find(plan, "offers", wire.start)
        if offer is None:
            return plan
        here = tuple(s.id for s in plan.sites) if offer.sites == "*" else offer.sites
        return with_fields(plan, "offers", offer.id, sites=tuple(s for s in here if s != wire.end))
    if wire.kind == "buy":
        service = find(plan, "services", wire.end)
        if service is None:
            return plan
        able = tuple(w.id for w in plan.workloads if w.unit == service.unit)
        given = able if service.workloads == "*" else service.workloads
        return with_fields(plan, "services", service.id, workloads=tuple(w for w in given if w != wire.start))
    work = find(plan, "workloads", wire.start)
    if work is None or wire.end in work.forbidden_offers:
        return plan
    return with_fields(plan, "workloads", work.id, forbidden_offers=(*work.forbidden_offers, wire.end))


def is_allowed(plan: Plan, wire: Wire) -> bool:
    """Whether neither a list of sites or workloads nor a ban of the workload is in a wire's way."""
    return allowed(plan, wire) is plan


def placed(plan: Plan, places: Mapping[Key, tuple[float, float]]) -> Plan:
    """The plan with cards at places of their own."""
    rest = tuple(p for p in plan.layout if (p.table, p.row) not in places)
    new = tuple(Place(table=table, row=row, x=x, y=y) for (table, row), (x, y) in places.items())  # type: ignore[arg-type]
    return msgspec.structs.replace(plan, layout=rest + new)


def unplaced(plan: Plan, keys: Iterable[Key] | None) -> Plan:
    """The plan without places of their own for some cards, or for all where `keys` is None."""
    gone = None if keys is None else set(keys)
    rest = () if gone is None else tuple(p for p in plan.layout if (p.table, p.row) not in gone)
    return plan if len(rest) == len(plan.layout) else msgspec.structs.replace(plan, layout=rest)
