"""Power contracts: what they cost, and what is left of them at the horizon (model.md section 7)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gigaplan.engine.optimization.arrays import Inputs
from gigaplan.engine.plan.timeline import month_number

Floats = NDArray[np.float64]


def fees(i: Inputs) -> Floats:
    """[C, T] USD in each active period."""
    prices = np.array([i.time.values(c.usd_per_mw_month) for c in i.plan.power_contracts])
    return np.where(i.contract_active, prices * i.contract_mw[:, None] * i.time.months, 0.0)


def capex(i: Inputs) -> Floats:
    """[C, T] USD in the first active period; what was signed before the plan began is sunk."""
    paid = np.zeros(i.contract_active.shape)
    for c, row in enumerate(i.plan.power_contracts):
        began = month_number(row.start) < month_number(i.time.start)
        if i.contract_active[c].any() and not (began and row.status == "signed"):
            paid[c, int(np.argmax(i.contract_active[c]))] = row.capex_usd_per_mw * row.mw
    return paid


def capex_residual(i: Inputs) -> Floats:
    """[C] USD that the investment is worth at the horizon: a line to the end of its life or of the contract."""
    left = np.zeros(len(i.plan.power_contracts))
    for c, (row, paid) in enumerate(zip(i.plan.power_contracts, capex(i).sum(axis=1).tolist(), strict=True)):
        if paid:
            first = int(np.argmax(i.contract_active[c])) * i.time.months
            life = row.capex_lifetime_months
            if row.months is not None:
                life = min(life, month_number(row.start) - month_number(i.time.start) + row.months - first)
            age = i.time.periods * i.time.months - first
            left[c] = paid * max(0.0, 1 - age / life) * i.plan.settings.residual_fraction
    return left
