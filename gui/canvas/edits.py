"""Edits that a hand makes on the plan map, each a function from plan to plan."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from engine.plan import Plan, find, with_fields
from engine.schema import Place
from gui.canvas.picture import Key, Wire


def allowed(plan: Plan, wire: Wire) -> Plan:
    """The plan in which a wire is not forbidden: the offer may stand at the site, or serve the workload."""
    if wire.kind == "stand":
        offer = find(plan, "offers", wire.start)
        if offer is None or offer.sites == "*" or wire.end in offer.sites:
            return plan
        return with_fields(plan, "offers", offer.id, sites=(*offer.sites, wire.end))
    work = find(plan, "workloads", wire.start)
    if work is None or wire.end not in work.forbidden_offers:
        return plan
    kept = tuple(o for o in work.forbidden_offers if o != wire.end)
    return with_fields(plan, "workloads", work.id, forbidden_offers=kept)


def forbidden(plan: Plan, wire: Wire) -> Plan:
    """The plan in which an offer may not stand at a site (`*` becomes the list of the others), or serve a workload."""
    if wire.kind == "stand":
        offer = find(plan, "offers", wire.start)
        if offer is None:
            return plan
        here = tuple(s.id for s in plan.sites) if offer.sites == "*" else offer.sites
        return with_fields(plan, "offers", offer.id, sites=tuple(s for s in here if s != wire.end))
    work = find(plan, "workloads", wire.start)
    if work is None or wire.end in work.forbidden_offers:
        return plan
    return with_fields(plan, "workloads", work.id, forbidden_offers=(*work.forbidden_offers, wire.end))


def is_allowed(plan: Plan, wire: Wire) -> bool:
    """Whether neither a list of sites nor a ban of the workload is in a wire's way."""
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
