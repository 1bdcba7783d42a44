"""The planning program written in linopy, vectorised; its coefficients are given, as arrays."""

from __future__ import annotations

from typing import Any

import linopy
import numpy as np
import pandas as pd
import xarray as xr

from gigaplan.engine.optimization.arrays import Inputs
from gigaplan.engine.optimization.linear_program import LinearProgram
from gigaplan.engine.optimization.policies.members import member_of_pairs
from gigaplan.engine.optimization.rates import rates_of

Arrays = dict[str, Any]


def coefficients(i: Inputs, program: LinearProgram) -> Arrays:
    """What the model is written with: costs, masks, limits and rates, by workload, pair and period.

    Not part of what is timed: Gigaplan works them out within its own time.
    """
    workloads, pairs, periods = len(i.plan.workloads), len(i.pair_offer), i.time.periods
    rates = rates_of(i)
    a: Arrays = {"offer": i.pair_offer, "site": i.pair_site, "year_of": i.time.year_of}
    deliveries, uses, unmet = (program.blocks[name] for name in ("deliveries", "uses", "unmet"))
    a["can_deliver"], a["price"] = _spread(deliveries.index, program.cost[deliveries.columns], (pairs, periods))
    use, period = uses.index
    at = (i.use_workload[use], i.use_pair[use], period)
    shape = (workloads, pairs, periods)
    a["usable"], a["use_cost"] = _spread(at, program.cost[uses.columns], shape)
    a["theta"] = np.zeros((workloads, pairs))
    a["theta"][i.use_workload, i.use_pair] = i.use_theta
    _, a["unmet_cost"] = _spread(unmet.index, program.cost[unmet.columns], (workloads, periods))
    a["needed"] = i.demand * i.peak[:, None]
    age = np.arange(periods)[None, :] - np.arange(periods)[:, None]
    a["alive"] = ((age >= 0) & (age < i.life[i.pair_offer][:, None, None])).astype(float)
    a["availability"] = i.availability[i.pair_offer]
    a["watts"] = i.power_w[i.pair_offer] * i.pue[i.pair_site]
    a["power_mw"], a["supply"] = i.site_power_mw, i.supply
    vendor = np.array(member_of_pairs(i, "vendor"))
    share, cap, kept = i.plan.policies
    a["share"] = i.power_w[i.pair_offer] * ((vendor == share.scope) - share.limit)
    a["active_t"] = (rates.idle_mwh * rates.facility)[:, None] * rates.carbon + rates.embodied[:, None]
    mwh = np.zeros((workloads, pairs))
    mwh[i.use_workload, i.use_pair] = rates.use_mwh * rates.facility[i.use_pair]
    a["used_t"] = mwh[:, :, None] * rates.carbon[None]
    a["cap"] = np.bincount(i.time.year_of, i.time.values(cap.limit) * i.time.months / 12)
    a["kept"] = kept.limit * a["needed"][0]
    _commitment(a, i, program, rates)
    return a


def _spread(index: tuple[np.ndarray, ...], values: np.ndarray, shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    there, table = np.zeros(shape, dtype=bool), np.zeros(shape)
    there[index] = True
    table[index] = values
    return there, table


def _commitment(a: Arrays, i: Inputs, program: LinearProgram, rates: Any) -> None:
    """What a chip delivered in a period spends in each contract year, from the rows of the program itself."""
    rows = next(f for f in program.families if f.name == "commitment")
    short, deliveries = program.blocks["shortfall"], program.blocks["deliveries"]
    spend = np.zeros((rows.size, len(program.cost)))
    for k in range(rows.size):
        entries = slice(program.row_start[rows.start + k], program.row_start[rows.start + k + 1])
        spend[k, program.columns[entries]] = program.values[entries]
    a["spend"] = np.zeros((rows.size, len(i.pair_offer), i.time.periods))
    a["spend"][:, deliveries.index[0], deliveries.index[1]] = spend[:, deliveries.columns]
    a["owed"], a["short_cost"] = program.row_lower[rows.rows], program.cost[short.columns]


def model_of(a: Arrays) -> linopy.Model:
    """The model: the same decisions, rows and objective as Gigaplan's."""
    workloads, pairs, periods = a["usable"].shape
    w, p, t, born = (
        pd.RangeIndex(n, name=name)
        for n, name in ((workloads, "workload"), (pairs, "pair"), (periods, "period"), (periods, "born"))
    )
    y, g = (pd.RangeIndex(len(a[name]), name=axis) for name, axis in (("cap", "year"), ("owed", "contract_year")))

    def array(name: str, *axes: pd.Index) -> xr.DataArray:
        return xr.DataArray(a[name], coords=list(axes))

    site = xr.DataArray(a["site"], coords=[p], name="site")
    offer = xr.DataArray(a["offer"], coords=[p], name="offer")
    year = xr.DataArray(a["year_of"], coords=[t], name="year")
    sites = pd.RangeIndex(len(a["power_mw"]), name="site")
    offers = pd.RangeIndex(len(a["supply"]), name="offer")

    m = linopy.Model()
    n = m.add_variables(lower=0, coords=[p, born], name="n", mask=array("can_deliver", p, born))
    x = m.add_variables(lower=0, coords=[w, p, t], name="x", mask=array("usable", w, p, t))
    u = m.add_variables(lower=0, coords=[w, t], name="u")
    z = m.add_variables(lower=0, coords=[g], name="z")
    active = (array("alive", p, born, t) * n).sum("born")
    work = (array("theta", w, p) * x).sum("pair")
    m.add_constraints(work + u == array("needed", w, t), name="demand")
    capacity = x.sum("workload") - array("availability", p) * active
    m.add_constraints(capacity <= 0, name="capacity", mask=array("usable", w, p, t).any("workload"))
    m.add_constraints(
        (array("watts", p) / 1e6 * active).groupby(site).sum() <= array("power_mw", sites, t), name="power"
    )
    arriving = (1 * n).groupby(offer).sum()
    m.add_constraints(arriving <= array("supply", offers, born), name="supply")
    m.add_constraints((array("spend", g, p, born) * n).sum(["pair", "born"]) + z >= array("owed", g), name="commitment")
    m.add_constraints((array("share", p) * active).sum("pair") <= 0, name="share")
    emitted = (array("active_t", p, t) * active).sum("pair") + (array("used_t", w, p, t) * x).sum(["workload", "pair"])
    m.add_constraints(emitted.groupby(year).sum() <= array("cap", y), name="carbon")
    m.add_constraints(work.sel(workload=0) >= array("kept", t), name="coverage")
    m.add_objective(
        (array("price", p, born) * n).sum()
        + (array("use_cost", w, p, t) * x).sum()
        + (array("unmet_cost", w, t) * u).sum()
        + (array("short_cost", g) * z).sum()
    )
    return m
