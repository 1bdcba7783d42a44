"""A plan: one immutable value. An edit makes a new plan that shares all it did not change."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Container, Iterable
from itertools import count
from typing import Any

import msgspec
from msgspec import Struct

from gigaplan.engine.plan.schema import (
    Agreement,
    Annotation,
    Offer,
    Parameter,
    Place,
    Platform,
    Policy,
    Port,
    PowerContract,
    Scenario,
    Service,
    Settings,
    Site,
    Uncertainty,
    Workload,
)

FORMAT = "gigaplan/2"


class Plan(Struct, frozen=True, kw_only=True):
    """The settings of a plan and its tables, each a tuple of frozen rows."""

    settings: Settings = msgspec.field(name="plan")
    platforms: tuple[Platform, ...] = ()
    sites: tuple[Site, ...] = ()
    power_contracts: tuple[PowerContract, ...] = ()
    offers: tuple[Offer, ...] = ()
    services: tuple[Service, ...] = ()
    workloads: tuple[Workload, ...] = ()
    agreements: tuple[Agreement, ...] = ()
    ports: tuple[Port, ...] = ()
    policies: tuple[Policy, ...] = ()
    scenarios: tuple[Scenario, ...] = ()
    uncertainties: tuple[Uncertainty, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    annotations: tuple[Annotation, ...] = ()
    layout: tuple[Place, ...] = ()


class Rows:
    """The rows of a table as the key of a cache: the same tuple, not an equal one, which would take long to tell."""

    def __init__(self, rows: tuple[Any, ...]) -> None:
        self.rows = rows

    def __hash__(self) -> int:
        return id(self.rows)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Rows) and self.rows is other.rows


FEW = 30
"""Rows that are sooner looked through than counted."""


def find(plan: Plan, table: str, id: str) -> Any | None:
    """The row `id` of `table`, or None; the first, where there are several."""
    rows = getattr(plan, table)
    return next((row for row in rows if row.id == id), None) if len(rows) <= FEW else _by_id(Rows(rows)).get(id)


@functools.lru_cache(maxsize=32)
def _by_id(rows: Rows) -> dict[str, Any]:
    return {row.id: row for row in reversed(rows.rows)}


def with_settings(plan: Plan, **changes: Any) -> Plan:
    """The plan with some of its settings changed."""
    return msgspec.structs.replace(plan, settings=msgspec.structs.replace(plan.settings, **changes))


def with_fields(plan: Plan, table: str, ids: str | Iterable[str], **changes: Any) -> Plan:
    """The plan with the same fields changed in one or several rows. Raises KeyError for an unknown id."""
    return with_rows(plan, table, ids, lambda row: msgspec.structs.replace(row, **changes))


def with_rows(plan: Plan, table: str, ids: str | Iterable[str], edit: Callable[[Any], Any]) -> Plan:
    """The plan with `edit(row)` in the place of each named row. Raises KeyError for an unknown id."""
    wanted = {ids} if isinstance(ids, str) else set(ids)
    missing = wanted - {row.id for row in getattr(plan, table)}
    if missing:
        raise KeyError(f"no {table} called {', '.join(sorted(missing))}")
    rows = tuple(edit(row) if row.id in wanted else row for row in getattr(plan, table))
    return msgspec.structs.replace(plan, **{table: rows})


def with_row(plan: Plan, table: str, row: Any, at: int | None = None) -> Plan:
    """The plan with `row` added to `table`, at the end or at a position."""
    rows = list(getattr(plan, table))
    rows.insert(len(rows) if at is None else at, row)
    return msgspec.structs.replace(plan, **{table: tuple(rows)})


def without(plan: Plan, table: str, ids: Iterable[str]) -> Plan:
    """The plan without some rows, and without what spoke only of them.

    References that a person must correct (an offer whose platform is gone) stay, and the checks name them.
    """
    gone = set(ids)
    changes: dict[str, Any] = {table: tuple(r for r in getattr(plan, table) if r.id not in gone)}
    changes["layout"] = tuple(p for p in plan.layout if p.table != table or p.row not in gone)
    changes["annotations"] = tuple(a for a in plan.annotations if a.table != table or a.row not in gone)
    if table == "sites":
        changes["offers"] = tuple(_offer_without_sites(o, gone) for o in plan.offers)
    if table == "offers":
        changes["workloads"] = tuple(
            msgspec.structs.replace(w, forbidden_offers=tuple(o for o in w.forbidden_offers if o not in gone))
            if gone.intersection(w.forbidden_offers)
            else w
            for w in plan.workloads
        )
    if table == "workloads":
        changes["ports"] = tuple(p for p in plan.ports if p.workload not in gone)
        changes["services"] = tuple(_service_without(s, gone) for s in plan.services)
    if table == "scenarios":
        changes[table] = tuple(_on_its_own(row, plan.scenarios, gone) for row in changes[table])
    if table == "uncertainties":
        changes[table] = tuple(_independent_of(row, gone) for row in changes[table])
    return msgspec.structs.replace(plan, **changes)


def _on_its_own(row: Scenario, rows: tuple[Scenario, ...], gone: set[str]) -> Scenario:
    """A scenario that was based on one that goes: it takes over what it had from there."""
    by_id, seen = {each.id: each for each in rows}, {row.id}
    while row.parent in gone and row.parent in by_id and row.parent not in seen:
        seen.add(row.parent)
        above = by_id[row.parent]
        row = msgspec.structs.replace(row, parent=above.parent, overrides=(*above.overrides, *row.overrides))
    return msgspec.structs.replace(row, parent=None) if row.parent in gone else row


def _independent_of(row: Uncertainty, gone: set[str]) -> Uncertainty:
    kept = tuple(each for each in row.correlations if each.other not in gone)
    return row if len(kept) == len(row.correlations) else msgspec.structs.replace(row, correlations=kept)


def _offer_without_sites(offer: Offer, gone: set[str]) -> Offer:
    sites = offer.sites if offer.sites == "*" else tuple(s for s in offer.sites if s not in gone)
    installed = tuple(lot for lot in offer.installed if lot.site not in gone)
    if sites == offer.sites and installed == offer.installed:
        return offer
    return msgspec.structs.replace(offer, sites=sites, installed=installed)


def _service_without(service: Service, gone: set[str]) -> Service:
    if service.workloads == "*" or not gone.intersection(service.workloads):
        return service
    return msgspec.structs.replace(service, workloads=tuple(w for w in service.workloads if w not in gone))


def fresh_id(plan: Plan, table: str, name: str) -> str:
    """An id made of `name` that no row of `table` has yet."""
    return unused_id(name, table, {row.id for row in getattr(plan, table)})


def unused_id(name: str, table: str, taken: Container[str]) -> str:
    """An id made of `name`, for a row of `table`, that is not taken."""
    base = re.sub("[^a-z0-9]+", "_", name.lower()).strip("_") or table[:-1]
    return base if base not in taken else next(id for k in count(2) if (id := f"{base}_{k}") not in taken)
