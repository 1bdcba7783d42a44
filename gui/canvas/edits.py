"""Edits that a hand makes on the plan map, each a function from plan to plan."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from engine.plan import Plan, find, fresh_id, with_fields, with_row
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


def duplicated(plan: Plan, table: str, ids: Iterable[str]) -> tuple[Plan, tuple[str, ...]]:
    """The plan with a copy after each of some rows, under the same rules, and the ids of the copies.

    Chips that already stand are not copied: they are there only once.
    """
    made = []
    for id in ids:
        row = find(plan, table, id)
        if row is None:
            continue
        name = f"{row.name} copy"
        new = fresh_id(plan, table, name)
        copy = msgspec.structs.replace(row, id=new, name=name)
        if table == "offers":
            copy = msgspec.structs.replace(copy, installed=())
        plan = with_row(plan, table, copy, getattr(plan, table).index(row) + 1)
        plan = _same_rules(plan, table, id, new)
        made.append(new)
    return plan, tuple(made)


def _same_rules(plan: Plan, table: str, id: str, new: str) -> Plan:
    """What other rows say of `id`, said of `new` too."""
    if table == "workloads":
        ports = tuple(msgspec.structs.replace(p, workload=new) for p in plan.ports if p.workload == id)
        return msgspec.structs.replace(plan, ports=plan.ports + ports)
    if table == "offers":
        for work in plan.workloads:
            if id in work.forbidden_offers:
                plan = with_fields(plan, "workloads", work.id, forbidden_offers=(*work.forbidden_offers, new))
    if table == "sites":
        for offer in plan.offers:
            if offer.sites != "*" and id in offer.sites:
                plan = with_fields(plan, "offers", offer.id, sites=(*offer.sites, new))
    return plan


def unplaced(plan: Plan, keys: Iterable[Key] | None) -> Plan:
    """The plan without places of their own for some cards, or for all where `keys` is None."""
    gone = None if keys is None else set(keys)
    rest = () if gone is None else tuple(p for p in plan.layout if (p.table, p.row) not in gone)
    return plan if len(rest) == len(plan.layout) else msgspec.structs.replace(plan, layout=rest)
