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
from gigaplan.engine.plan.timeline import month_number, month_text
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


CURRENT_MONTHS = 30
"""A chip that came out longer before the plan's start is not taken unasked."""


def priced_chips(catalogue: Catalogue, start: str = "") -> list[str]:
    """The chips that somebody sells or rents out at a published price, in the order of the catalogue; with a month,
    those that came out in the two and a half years before it."""
    rented = {o.platform_id for o in catalogue.offers.values() if o.price_usd is not None and o.kind != "spot"}
    sold = {p.id for p in catalogue.platforms.values() if p.unit_price_usd is not None and p.vendor not in NOT_SOLD}
    since = month_text(month_number(start) - CURRENT_MONTHS) if start else ""
    return [id for id, p in catalogue.platforms.items() if id in rented | sold and p.release_date >= since]


def first_plan(
    work: Mapping[str, float], chips: Sequence[str], sites: Mapping[str, float], years: int, start: str
) -> Plan:
    """The plan of some kinds of work (each so many times as much as is usual), chips of the catalogue (none: all
    that are current and have a price), sites of so many MW, and some years from a month on.

    A chip of which figures or prices were never published is left out.
    """
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
    for chip in chips or priced_chips(catalogue, start):
        plan = _with_chip(plan, chip, catalogue)
    return plan


def _with_chip(plan: Plan, chip: str, catalogue: Catalogue) -> Plan:
    """The plan with a chip to buy, and to rent at the least price of a term, as far as there are prices."""
    rentals = [o for o in catalogue.offers.values() if o.platform_id == chip and o.price_usd is not None]
    rentals = [o for o in rentals if o.kind not in ("purchase", "spot")]
    cheapest = sorted(rentals, key=lambda o: (o.term_months is None, o.price_usd))[:1]  # of a term, where there is one
    try:
        if catalogue.platforms[chip].vendor not in NOT_SOLD:
            plan = added(plan, CHIPS, chip)[0]
        there = {offer.catalogue for offer in plan.offers}
        for entry in cheapest:
            if catalogue.origin("offers", entry.id) not in there:
                plan = added(plan, OFFERS, entry.id)[0]
    except PlanError:
        pass  # a figure was never published
    return plan
