"""Small plans for tests, made from plain fields."""

from typing import Any

from gigaplan.engine.plan.decode import decode_plan
from gigaplan.engine.plan.plan import Plan

PLATFORM = {
    "id": "chip", "name": "Chip", "vendor": "acme", "stack": "s", "bf16_tflops": 1000, "memory_gb": 100,
    "memory_bandwidth_gb_s": 4000, "power_w": 1000, "lifetime_months": 24, "idle_fraction": 0.5,
}  # fmt: skip
SITE = {"id": "here", "name": "Here", "jurisdiction": "US", "power_mw": 10, "pue": 1.5, "electricity_usd_per_mwh": 100}
OFFER = {
    "id": "rent", "name": "Rent", "platform": "chip", "provider": "cloud", "kind": "rental", "price_usd": 2,
    "sites": "*",
}  # fmt: skip
WORK = {
    "id": "work", "name": "Work", "kind": "research", "unit": "PFLOP/s", "demand": 100, "utilisation": 0.5,
    "unmet_usd": 100,
}  # fmt: skip
SETTINGS = {"name": "Test", "start": "2026-01", "periods": 4, "months_per_period": 12, "discount_rate": 0.1}


def plan_of(*, plan: dict[str, Any] | None = None, **tables: Any) -> Plan:
    """A plan of one chip, site, offer and workload, with settings and tables replaced as named.

    A table is a list of rows; a row is the ordinary row of its table with the named fields replaced.
    """
    ordinary = {"platforms": PLATFORM, "sites": SITE, "offers": OFFER, "workloads": WORK}
    made: dict[str, Any] = {"format": "gigaplan/2", "plan": SETTINGS | (plan or {})}
    for table, row in ordinary.items():
        made[table] = [row | each for each in tables.pop(table, [{}])]
    return decode_plan(made | tables)


def grid_plan(workloads: int, offers: int, sites: int, periods: int) -> Plan:
    """So many workloads, each of which can be done by every offer at every site, in so many months."""
    return plan_of(
        plan={"periods": periods, "months_per_period": 1},
        workloads=[{"id": f"w{k}", "name": f"Work {k}"} for k in range(workloads)],
        offers=[{"id": f"o{k}", "name": f"Offer {k}", "price_usd": 2 + k / 10} for k in range(offers)],
        sites=[{"id": f"s{k}", "name": f"Site {k}", "electricity_usd_per_mwh": 50 + k} for k in range(sites)],
    )
