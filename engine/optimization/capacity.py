"""What the chips, sites and services that there are can do: rows of model.md sections 5.2 to 5.4, D and H."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gigaplan.engine.optimization.amounts import Amounts
from gigaplan.engine.optimization.arrays import Inputs
from gigaplan.engine.optimization.linear_program import Entries, numbered
from gigaplan.engine.optimization.lp_builder import DECIDED, Draft
from gigaplan.engine.optimization.rates import alive

Bools = NDArray[np.bool_]


def reachable(i: Inputs) -> Bools:
    """[N, T] where there can be chips."""
    return (alive(i.can_deliver.astype(float), i.life[i.pair_offer]) > 0) | (i.installed > 0)


def add_work(d: Draft) -> None:
    """5.2: work is done by chips that are there, in each mode and each block of the day."""
    i = d.inputs
    modes, blocks = len(i.mode_pair), len(i.shares)
    usable = d.use_columns >= 0
    use, period = d.uses.index
    needed = np.zeros((modes, blocks, i.time.periods), dtype=bool)
    needed[i.use_mode[use], i.use_block[use], period] = True
    rows = numbered(needed)
    in_use = (rows[i.use_mode, i.use_block][usable], d.use_columns[usable], np.ones(d.uses.size))
    up = i.availability[i.pair_offer]
    entries: list[Entries] = [in_use]
    own = d.run_columns >= 0
    for b in range(blocks if own.any() else 0):
        at = rows[:, b]
        keep = own & (at >= 0)
        weight = np.broadcast_to(-up[i.mode_pair][:, None], own.shape)
        entries.append((at[keep], d.run_columns[keep], weight[keep]))
    # Of pairs whose running chips have no columns, all chips count: what is not used is off, or runs idle.
    stands = (d.runs != DECIDED)[:, None]
    of_pair = np.where(stands, rows[: len(i.pair_offer), 0], -1)
    entries.append(d.active(of_pair, np.broadcast_to(-up[:, None], of_pair.shape)))
    upper = np.zeros(int(needed.sum()))
    keep = of_pair >= 0
    upper[of_pair[keep]] = (up[:, None] * i.installed)[keep]
    index = np.nonzero(needed)
    axes: tuple[str, ...] = ("mode", "block", "period")
    if modes == len(i.pair_offer) and blocks == 1:
        axes, index = ("pair", "period"), (index[0], index[2])
    d.add_family("capacity", axes, index, entries, upper=upper, unit=d.chip_unit)


def add_modes(d: Draft) -> None:
    """D: the chips that run are those that stand, less those that are switched off."""
    i = d.inputs
    needed = d.run_columns[: len(i.pair_offer)] >= 0  # the first modes are those of full power
    if not needed.any():
        return
    rows = numbered(needed)
    of_mode = rows[i.mode_pair]
    keep = (d.run_columns >= 0) & (of_mode >= 0)
    entries = [
        (of_mode[keep], d.run_columns[keep], np.ones(int(keep.sum()))),
        d.active(rows, np.full(needed.shape, -1.0)),
    ]
    pair, period = np.nonzero(needed)
    upper = i.installed[pair, period]
    lower = np.where(i.can_switch_off[i.pair_offer[pair]], -np.inf, upper)
    d.add_family("modes", ("pair", "period"), (pair, period), entries, lower=lower, upper=upper, unit=d.chip_unit)


def add_power(d: Draft) -> None:
    """5.3: what runs at a site draws no more than it has, contracts among it."""
    i = d.inputs
    watts = i.power_w[i.pair_offer[i.mode_pair]] * i.mode_power * i.pue[i.pair_site[i.mode_pair]]
    watts = np.where(d.is_left[i.mode_pair], watts, 0.0)
    limited = np.isfinite(i.site_power_mw)
    rows = numbered(limited)
    drawn = Amounts(running=np.repeat(watts[:, None], i.time.periods, axis=1))
    entries, standing = d.sums(drawn, rows[i.pair_site])
    upper = i.site_power_mw[limited] * 1e6
    upper[: len(standing)] -= standing
    contracted = d.block("contracted")
    contract, period = np.nonzero(i.contract_active & limited[i.contract_site])
    if len(contract):
        at = rows[i.contract_site[contract], period]
        entries.append((at, contract + contracted.start, -i.contract_mw[contract] * 1e6))
    d.add_family("power", ("site", "period"), np.nonzero(limited), entries, upper=upper, unit=1000 * d.chip_unit)


def add_services(d: Draft) -> None:
    """H: a service does no more than its limit at a time."""
    i, bought = d.inputs, d.block("bought")
    if not bought.size:
        return
    buy, period = bought.index
    service, block = i.buy_service[buy], i.buy_block[buy]
    needed = np.zeros((len(i.plan.services), len(i.shares), i.time.periods), dtype=bool)
    needed[service, block, period] = True
    needed &= np.isfinite(i.service_limit)[:, None, :]
    rows = numbered(needed)
    at = rows[service, block, period]
    keep = at >= 0
    columns = np.arange(bought.size) + bought.start
    index = np.nonzero(needed)
    units = np.zeros(len(i.plan.services))
    np.maximum.at(units, i.buy_service, d.work_unit[i.buy_workload] * d.chip_unit)
    d.add_family(
        "service",
        ("service", "block", "period"),
        index,
        [(at[keep], columns[keep], np.ones(int(keep.sum())))],
        upper=i.service_limit[index[0], index[2]],
        unit=units[index[0]],
    )
