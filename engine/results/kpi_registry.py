"""The key figures of a result (model.md section 8)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from gigaplan.engine.results.allocation import Allocation, chip_hour_shares
from gigaplan.engine.results.series import grouped, pair_keys

Floats = NDArray[np.float64]

KPI_UNITS = {
    "objective_usd": "USD",
    "npv_usd": "USD",
    "tco_usd": "USD",
    "unmet_usd": "USD",
    "peak_it_mw": "MW",
    "peak_facility_mw": "MW",
    "energy_mwh": "MWh",
    "emissions_t": "tCO2e",
    "water_m3": "m3",
    "liability_beyond_horizon_usd": "USD",
    "idle_usd": "USD",
    "vendor_hhi": "ratio",
    "coverage": "fraction",
    "usd_per_pflop_day": "USD/PFLOP-day",
    "usd_per_million_tokens": "USD/million tokens",
}
"""Every KPI and its unit. The last three are one figure per workload."""


def kpis_of(a: Allocation) -> dict[str, Any]:
    """Every KPI; money is discounted for objective, npv and unmet, undiscounted for the rest."""
    i = a.inputs
    d = i.time.discount
    emissions = a.operational_t + a.embodied_t
    residual = float(a.residual.sum())
    npv = float(a.total_cost @ d) - i.time.final_discount * residual
    carbon = i.plan.settings.carbon_price_usd_per_t * float(emissions.sum(axis=0) @ d)
    unmet = float((a.unmet_usd * d).sum())
    per_workload, idle = unit_costs(a)
    return {
        "objective_usd": npv + carbon + unmet,
        "npv_usd": npv,
        "tco_usd": float(a.total_cost.sum()) - residual,
        "unmet_usd": unmet,
        "peak_it_mw": float(a.it_mw.sum(axis=0).max(initial=0.0)),
        "peak_facility_mw": float(a.facility_mw.sum(axis=0).max(initial=0.0)),
        "energy_mwh": float(a.facility_mwh.sum()),
        "emissions_t": float(emissions.sum()),
        "water_m3": float((a.it_mwh.sum(axis=1) * i.water[i.pair_site]).sum()),
        "liability_beyond_horizon_usd": liability(a),
        "idle_usd": idle,
        "vendor_hhi": concentration(a, "vendor"),
        "coverage": coverage(a),
        "usd_per_pflop_day": {k: v for k, v in per_workload.items() if _unit(a, k) == "PFLOP/s"},
        "usd_per_million_tokens": {k: v for k, v in per_workload.items() if _unit(a, k) == "tokens/s"},
    }


def _unit(a: Allocation, workload: str) -> str:
    return next(w.unit for w in a.inputs.plan.workloads if w.id == workload)


def coverage(a: Allocation) -> dict[str, float | None]:
    """Work served over work demanded, over the horizon, per workload; None without demand."""
    demanded = a.inputs.demand.sum(axis=1)
    served = a.served.sum(axis=1)
    return {
        w.id: float(served[k] / demanded[k]) if demanded[k] > 0 else None for k, w in enumerate(a.inputs.plan.workloads)
    }


def concentration(a: Allocation, dimension: str) -> float | None:
    """Herfindahl-Hirschman index (0..1) of IT power, mean over the periods with any; None where there is none."""
    power = np.array(list(grouped(a.it_mw, pair_keys(a.inputs, dimension)).values())).reshape(-1, a.inputs.time.periods)
    total = power.sum(axis=0)
    any_power = total > 0
    if not any_power.any():
        return None
    return float(((power[:, any_power] / total[any_power]) ** 2).sum(axis=0).mean())


def liability(a: Allocation) -> float:
    """USD that rentals still owe after the horizon, undiscounted."""
    i = a.inputs
    periods = i.time.periods
    left = np.clip(np.arange(periods)[None, :] + i.life[i.pair_offer][:, None] - periods, 0, None)
    owed = float((a.delivered * a.rates.rental * left).sum())
    horizon = periods * i.time.months
    for offer, price, bought in zip(i.plan.offers, i.paid_price[:, 0], i.purchase, strict=True):
        for lot in offer.installed if not bought else ():
            periods_left = max(0, int(np.ceil(lot.months_left / i.time.months)) - periods)
            owed += lot.chips * price * i.time.hours * periods_left if lot.months_left > horizon else 0.0
    return owed


def unit_costs(a: Allocation) -> tuple[dict[str, float | None], float]:
    """USD per PFLOP-day or per million tokens of each workload (None where nothing is served), and what idle
    chips cost. Undiscounted, residual deducted, with overhead, shared by chip-hours."""
    i = a.inputs
    shares, idle = chip_hour_shares(a)
    cost = a.pair_total.sum(axis=1) - a.residual
    paid = a.port_cost * (1 + a.rates.overhead)
    np.add.at(paid, i.use_workload, cost[i.use_pair] * shares)
    amount = a.served.sum(axis=1) * i.time.hours
    found: dict[str, float | None] = {}
    for k, workload in enumerate(i.plan.workloads):
        work = amount[k] / 24 if workload.unit == "PFLOP/s" else amount[k] * 3600 / 1e6
        found[workload.id] = float(paid[k] / work) if work > 0 else None
    return found, float((cost * idle).sum())
