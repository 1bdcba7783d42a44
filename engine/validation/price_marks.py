"""What to doubt about the price of an offer: assumed, old, from the press, or from nowhere."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

from gigaplan.engine.catalogue.new_rows import ASSUMED
from gigaplan.engine.plan.fields import field_of
from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.plan.problems import Problem, say
from gigaplan.engine.plan.schema import ROW_TYPES, Offer

OLD_MONTHS = 12
"""The age of a price from which it is marked."""


def price_marks(offer: Offer, today: datetime.date | None = None) -> tuple[str, ...]:
    """Why its price deserves a look, each in few words; empty where nothing is wrong with it.

    `today` is the day on which its age is counted; the present one without it.
    """
    today = today or datetime.date.today()
    found = []
    if ASSUMED in offer.source:
        found.append("price assumed")
    elif not offer.source.strip():
        found.append("price without a source")
    if "(press)" in offer.source:
        found.append("price from the press")
    year, _, month = offer.as_of.partition("-")
    if year.isdigit():
        # Of a year alone, the price may be as young as its end.
        at = int(month[:2]) if month[:2].isdigit() else 12
        if (today.year - int(year)) * 12 + today.month - at > OLD_MONTHS:
            found.append(f"price of {offer.as_of}")
    return tuple(found)


def assumed_figures(plan: Plan) -> Iterator[Problem]:
    """A warning for each price, and each chip, that stands there to begin with: nobody has given it yet."""
    for table, field in (("offers", "price_usd"), ("services", "price_usd"), ("platforms", "")):
        for k, row in enumerate(getattr(plan, table)):
            if ASSUMED not in row.source:
                continue
            if not field:
                message = say("figures_assumed")
            else:
                # Of a new row it is one number.
                price = row.price_usd if isinstance(row.price_usd, float) else 0.0
                unit = field_of(ROW_TYPES[table], field).unit_in(row).replace("USD", plan.settings.currency)
                supply = row.supply_chips_per_month if table == "offers" else row.limit
                message = say("price_assumed_unused" if supply == 0.0 else "price_assumed", price=price, unit=unit)
            at = field or "source"
            path = f"{table}[{k}].{at}"
            yield Problem(severity="warning", path=path, message=message, table=table, row=row.id, field=at)


def doubtful_prices(plan: Plan, today: datetime.date | None = None) -> list[tuple[Offer, tuple[str, ...]]]:
    """The offers whose price deserves a look, in the order of the plan, with why."""
    found = ((offer, price_marks(offer, today)) for offer in plan.offers)
    return [(offer, marks) for offer, marks in found if marks]
