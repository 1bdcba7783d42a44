"""What work costs in full, and what no workload bears (model.md section 8)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gigaplan.engine.optimization.costs import COMPONENTS
from gigaplan.engine.results.allocation import ROUNDING, Allocation, chip_hour_shares, sums
from gigaplan.engine.results.money import contract_costs, contract_shares, end_components

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class UnitCosts:
    """Undiscounted, over the horizon, with overhead."""

    per_workload: dict[str, float | None]
    """USD per PFLOP-day or per million tokens; None where nothing is served."""
    paid: Floats
    """[W] USD that each workload bears; of one that is served nothing, what lies on it."""
    unused: float
    """USD that no workload that is served bears."""
    idle: float
    """USD of the parts of hours that nobody uses, contained in the unit costs."""


def unit_costs(a: Allocation) -> UnitCosts:
    """The cost of each offer at a site is borne by those who use it, by chip-hours; of a power contract by chip-hours
    x power at its site; services and porting by their workload."""
    i = a.inputs
    works = len(i.plan.workloads)
    run, rest = pair_costs(a)
    shares = chip_hour_shares(a)
    paid = a.port_cost * (1 + a.rates.overhead)
    np.add.at(paid, i.use_workload, (run + rest)[i.use_pair] * shares)
    np.add.at(paid, i.buy_workload, a.buy_total.sum(axis=1))
    contracts = contract_costs(a)
    of_contracts = contract_shares(a)
    paid = paid + contracts @ of_contracts if len(contracts) else paid
    amount = a.served.sum(axis=1)
    served = amount > ROUNDING * i.demand.sum(axis=1)
    found: dict[str, float | None] = {}
    for k, workload in enumerate(i.plan.workloads):
        hours = float(amount[k]) * i.time.hours
        work = hours / 24 if workload.unit == "PFLOP/s" else hours * 3600 / 1e6
        found[workload.id] = float(paid[k] / work) if served[k] and work > 0 else None
    borne = float(paid[served].sum()) if works else 0.0
    tco = float(a.total_cost.sum()) + sum(end_components(a, discounted=False).values())
    unused = tco - borne
    size = float(np.abs(a.total_cost).sum())
    idle = _idle(a, run, rest)
    return UnitCosts(
        found, paid, unused if abs(unused) > 1e-12 * size else 0.0, idle if abs(idle) > 1e-9 * size else 0.0
    )


def pair_costs(a: Allocation) -> tuple[Floats, Floats]:
    """[N] and [N] USD of an offer at a site with overhead: power and place, and all else, with what the end of the
    horizon adds or takes off and the offer's part of shortfalls."""
    runs = {component.name for component in COMPONENTS if component.runs}
    nothing = np.zeros(len(a.active))
    run = sum((cost.sum(axis=1) for name, cost in a.pair_cost.items() if name in runs), nothing)
    run = run * (1 + a.rates.overhead)
    rest = a.pair_total.sum(axis=1) - run
    return run, rest + sum(a.end_cost.values(), nothing)


def _idle(a: Allocation, run: Floats, rest: Floats) -> float:
    """Of used offers at sites: power and place for the hours of running chips that nobody uses, all else for those of
    standing ones."""
    used, stood = a.in_use.sum(axis=1), a.active.sum(axis=1)
    on = np.maximum(sums(a.running, a.inputs.mode_pair, len(a.active)).sum(axis=1), used)
    counts = (used > ROUNDING * stood) & (stood > 0)
    one = np.ones(len(used))
    of_run = 1 - np.divide(used, on, out=one.copy(), where=counts)
    of_rest = 1 - np.divide(used, stood, out=one.copy(), where=counts)
    return float((run * of_run + rest * of_rest)[counts].sum())
