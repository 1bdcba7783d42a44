"""What power contracts cost, and which part of it each workload bears (model.md section 8)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gigaplan.engine.results.allocation import ROUNDING, Allocation

Floats = NDArray[np.float64]


def contract_costs(a: Allocation) -> Floats:
    """[C] USD of each power contract with overhead, less what is left of it."""
    return np.asarray(contract_payments(a).sum(axis=1) - a.contract_residual)


def contract_payments(a: Allocation) -> Floats:
    """[C, T] USD paid for each power contract, with overhead."""
    lumps = (cost["contracted"] for cost in a.lump_cost.values() if "contracted" in cost)
    return sum(lumps, np.zeros(a.inputs.contract_active.shape)) * (1 + a.rates.overhead)


def contract_shares(a: Allocation) -> Floats:
    """[C, W] each workload's part of chip-hours x power at the contract's site; all 0 where nothing is used there."""
    i = a.inputs
    power = i.power_w[i.pair_offer]
    each = a.used.sum(axis=1) * power[i.use_pair] * i.mode_power[i.use_mode]
    site = i.pair_site[i.use_pair]
    used = np.zeros((len(i.plan.sites), len(i.plan.workloads)))
    np.add.at(used, (site, i.use_workload), each)
    stood = np.bincount(i.pair_site, a.active.sum(axis=1) * power, len(i.plan.sites))
    total = used.sum(axis=1)
    counts = (total > ROUNDING * stood) & (stood > 0)
    shares = np.where(counts[:, None], used / np.where(counts, total, 1.0)[:, None], 0.0)
    return shares[i.contract_site]
