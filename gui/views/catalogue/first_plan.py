"""A whole first plan from four answers: what work, which chips, where, and for how long."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from gigaplan.engine.catalogue import Catalogue, load_catalogue, site_row
from gigaplan.engine.catalogue.new_rows import WORK_KINDS, new_workload
from gigaplan.engine.plan.fields import mapped
from gigaplan.engine.plan.plan import Plan, with_row
from gigaplan.engine.plan.problems import PlanError
from gigaplan.engine.plan.schema import Settings
from gigaplan.gui.views.catalogue.adding import added
from gigaplan.gui.views.catalogue.entries import CHIPS, OFFERS

SIZES = {"Small: a tenth": 0.1, "Medium": 1.0, "Large: ten times": 10.0}
"""How much work there is, beside the usual figures of its kind."""
YEARS = (1, 2, 3, 5)
MONTHS = 3
"""A plan by quarters."""
POWER_ASSUMED = "Power: assumed, to begin with."
NOT_SOLD = ("Google", "AWS")
"""Vendors whose chips are rented out and not sold: what they cost to make is no price."""


def priced_chips(catalogue: Catalogue) -> list[str]:
    """The chips that somebody sells or rents out at a published price, in the order of the catalogue."""
    rented = {o.platform_id for o in catalogue.offers.values() if o.price_usd is not None and o.kind != "spot"}
    sold = {p.id for p in catalogue.platforms.values() if p.unit_price_usd is not None and p.vendor not in NOT_SOLD}
    return [id for id in catalogue.platforms if id in rented | sold]


def first_plan(
    work: Mapping[str, float], chips: Sequence[str], sites: Mapping[str, float], years: int, start: str
) -> Plan:
    """The plan of some kinds of work (each so many times as much as is usual), chips of the catalogue (none: all that
    have a price), sites of so many MW, and some years from a month on. A chip whose figures or prices were never
    published is left out."""
    catalogue = load_catalogue()
    settings = Settings(name="First plan", start=start, periods=years * 12 // MONTHS, months_per_period=MONTHS)
    plan = Plan(settings=settings)
    for kind in WORK_KINDS:
        if kind in work:
            row = new_workload(plan, kind)
            size = work[kind]
            demand = mapped(row.demand, lambda value, size=size: value * size)  # type: ignore[misc]
            plan = with_row(plan, "workloads", msgspec.structs.replace(row, demand=demand))
    for id, mw in sites.items():
        site = site_row(id, mw, catalogue)
        source = f"{site.source.rstrip('.')}. {POWER_ASSUMED}"
        plan = with_row(plan, "sites", msgspec.structs.replace(site, source=source))
    for chip in chips or priced_chips(catalogue):
        plan = _with_chip(plan, chip, catalogue)
    return plan


def _with_chip(plan: Plan, chip: str, catalogue: Catalogue) -> Plan:
    """The plan with a chip to buy, and to rent at its least price on demand and for a term, where there is one."""
    rentals = [o for o in catalogue.offers.values() if o.platform_id == chip and o.price_usd is not None]
    rentals = [o for o in rentals if o.kind not in ("purchase", "spot")]
    on_demand = sorted((o for o in rentals if o.term_months is None), key=lambda o: o.price_usd or 0.0)[:1]
    termed = sorted((o for o in rentals if o.term_months is not None), key=lambda o: o.price_usd or 0.0)[:1]
    try:
        if catalogue.platforms[chip].vendor not in NOT_SOLD:
            plan = added(plan, CHIPS, chip)[0]
        there = {offer.catalogue for offer in plan.offers}
        for entry in (*on_demand, *termed):
            if catalogue.origin("offers", entry.id) not in there:
                plan = added(plan, OFFERS, entry.id)[0]
    except PlanError:
        pass  # a figure was never published
    return plan
