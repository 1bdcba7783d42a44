"""Ready-made worlds of a plan's own rows: a vendor late or lost, a site late, demand, prices, carbon, a tariff."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from gigaplan.engine.plan.plan import Plan, fresh_id
from gigaplan.engine.plan.schema import Override, Scenario
from gigaplan.engine.plan.timeline import month_number, month_text

CARBON_USD = 100.0
"""USD per tonne."""


class Ready(Struct, frozen=True):
    """A world that is one click away."""

    group: str
    name: str
    overrides: tuple[Override, ...]

    def scenario(self, plan: Plan) -> Scenario:
        """It as a scenario of the plan, with an id that is free."""
        return Scenario(id=fresh_id(plan, "scenarios", self.name), name=self.name, overrides=self.overrides)


def ready_worlds(plan: Plan) -> list[Ready]:
    """Every ready-made world that moves something of this plan."""
    in_a_year = month_text(month_number(plan.settings.start) + 12)
    prices = [("offers", row.id, "price_usd") for row in plan.offers]
    prices += [("services", row.id, "price_usd") for row in plan.services]
    demands = [("workloads", row.id, "demand") for row in plan.workloads]
    bought = [("offers", row.id, "price_usd") for row in plan.offers if row.kind == "purchase"]
    found = [
        _scaled("Demand", "Demand halves", demands, 0.5),
        _scaled("Demand", "Demand doubles", demands, 2.0),
        _scaled("Prices", "Prices 30 % higher", prices, 1.3),
        _scaled("Prices", "Prices 30 % lower", prices, 0.7),
        _scaled("Prices", "Tariff of 25 % on chips bought", bought, 1.25),
        Ready("Prices", f"Carbon at {CARBON_USD:g} USD/t", (_set("plan", None, "carbon_price_usd_per_t", CARBON_USD),)),
    ]
    vendor = {platform.id: platform.vendor for platform in plan.platforms}
    for name in dict.fromkeys(vendor.get(offer.platform, "") for offer in plan.offers):
        own = [offer.id for offer in plan.offers if vendor.get(offer.platform) == name] if name else []
        for words, until in (("a year late", in_a_year), ("lost", None)):
            moves = tuple(_set("offers", id, "supply_chips_per_month", 0.0, until) for id in own)
            found.append(Ready("Vendors", f"{name} {words}", moves))
    for site in plan.sites:
        moves = (_set("sites", site.id, "power_mw", 0.0, in_a_year),)
        found.append(Ready("Sites", f"{site.name or site.id} a year late", moves))
    return [ready for ready in found if ready.overrides]


def _scaled(group: str, name: str, places: list[tuple[str, str, str]], factor: float) -> Ready:
    return Ready(
        group,
        name,
        tuple(Override(table=t, row=row, field=f, op="scale", value=factor) for t, row, f in places),  # type: ignore[arg-type]
    )


def _set(table: Any, row: str | None, field: str, value: float, until: str | None = None) -> Override:
    return Override(table=table, row=row, field=field, op="set", value=value, until=until)
