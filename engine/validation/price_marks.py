"""What to doubt about the price of an offer: assumed, old, from the press, or from nowhere."""

from __future__ import annotations

import datetime

from gigaplan.engine.catalogue.new_rows import ASSUMED
from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.plan.schema import Offer

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


def doubtful_prices(plan: Plan, today: datetime.date | None = None) -> list[tuple[Offer, tuple[str, ...]]]:
    """The offers whose price deserves a look, in the order of the plan, with why."""
    found = ((offer, price_marks(offer, today)) for offer in plan.offers)
    return [(offer, marks) for offer, marks in found if marks]
