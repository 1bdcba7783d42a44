"""Where the cost of a plan comes from and for whom it is: its components by workload."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gigaplan.engine.optimization.costs import OVERHEAD
from gigaplan.engine.results.allocation import Allocation, chip_hour_shares
from gigaplan.engine.results.money import contract_shares
from gigaplan.engine.results.series_names import PLAN_WIDE

Floats = NDArray[np.float64]
SHORTFALL = "commitment"
"""The component of what is owed on agreements and not spent."""


def cost_flows(a: Allocation) -> dict[tuple[str, str], float]:
    """USD of each component of the cost for each workload, over the horizon, undiscounted, keyed (component, workload).

    Shared as the cost by workload is (model.md section 8): chips by the chip-hours that workloads use, power contracts
    by chip-hours x power, services and ports with their workload, shortfalls by what was spent on the agreement,
    overhead on all of it. What no workload bears is under PLAN_WIDE. The sums by component are `component_cost`, those
    by workload `cost_by_workload`.
    """
    i = a.inputs
    works, names = len(i.demand), [*(w.id for w in i.plan.workloads), PLAN_WIDE]
    shares, contracts = chip_hour_shares(a), contract_shares(a) if len(a.contracted) else np.zeros((0, works))

    def of_pairs(values: Floats) -> Floats:
        return np.asarray(np.bincount(i.use_workload, values.sum(axis=1)[i.use_pair] * shares, works), dtype=float)

    def of_buys(values: Floats) -> Floats:
        return np.asarray(np.bincount(i.buy_workload, values.sum(axis=1), works), dtype=float)

    borne: dict[str, Floats] = {}
    for name in (name for name in a.component_cost if name != OVERHEAD):
        found = of_pairs(a.pair_cost[name]) if name in a.pair_cost else np.zeros(works)
        for block, values in a.lump_cost[name].items():
            if block == "bought":
                found = found + of_buys(values)
            elif block == "contracted":
                found = found + contracts.T @ values.sum(axis=1)
            elif block == "ported":
                found = found + a.port_cost
        if name == SHORTFALL:
            found = found + of_pairs(a.shortfall_shares[0]) + of_buys(a.shortfall_shares[1])
        borne[name] = found
    borne[OVERHEAD] = a.rates.overhead * sum(borne.values(), np.zeros(works))
    flows = {}
    least = 1e-9 * max(1.0, float(np.abs(a.total_cost).sum()))
    for name, found in borne.items():
        rest = float(a.component_cost[name].sum()) - float(found.sum())
        for work, usd in zip(names, [*found.tolist(), rest], strict=True):
            if abs(usd) > least:
                flows[(name, work)] = usd
    return flows
