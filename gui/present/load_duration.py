"""The load-duration curve: for how much of the time the chips draw how much power."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gigaplan.engine.results.allocation import Allocation
from gigaplan.engine.results.result import Result
from gigaplan.gui.present.day_charts import NO_BLOCKS
from gigaplan.gui.present.drawing import Drawing, DrawnBlock, Rule
from gigaplan.gui.text.number_format import percent, plain, power

Floats = NDArray[np.float64]
NOTHING_DRAWN = "No power is drawn yet."


def load_by_block(a: Allocation) -> Floats:
    """[B, T] facility MW that is drawn on average in each block of the day.

    Weighted by the blocks' shares of the day and multiplied by the hours of the period it is the facility's energy.
    """
    i, r = a.inputs, a.rates
    blocks, hours = len(i.shares), i.time.hours
    idle = (a.running * (r.idle_mwh * r.facility[i.mode_pair])[:, None]).sum(axis=0) / hours
    each = a.used / i.use_share[:, None] * (r.use_mwh * r.facility[i.use_pair])[:, None] / hours
    found = np.zeros((blocks, i.time.periods))
    np.add.at(found, i.use_block, each)
    return np.asarray(found + idle)


def load_duration(result: Result, _first: Result | None, _chosen: dict[str, str]) -> Drawing:
    """Every block of every period by the power drawn in it, the highest first, as wide as it is long."""
    a, plan = result.allocation, result.plan
    assert a is not None
    if not plan.settings.blocks:
        return Drawing("", (0, 1), (0, 1), empty=NO_BLOCKS)
    load, shares, hours = load_by_block(a), a.inputs.shares, a.inputs.time.hours
    if load.max(initial=0.0) <= 0:
        return Drawing("", (0, 1), (0, 1), empty=NOTHING_DRAWN)
    whole = hours * load.shape[1]
    order = sorted(np.ndindex(*load.shape), key=lambda place: -load[place])
    blocks, at = [], 0.0
    table: list[tuple[object, ...]] = [("Hours of the day", "Period", "Load [MW]", "For [h]", "Of the time [fraction]")]
    for b, t in order:
        mw, long = float(load[b, t]), float(shares[b] * hours)
        name, label = plan.settings.blocks[b].name, result.time.labels[t]
        so_long = percent((at + long) / whole)
        tip = f"{name}, {label}\n{power(mw)} for {plain(long, 4)} h; as much or more for {so_long} of the time"
        blocks.append(
            DrawnBlock(f"{name}, {label}", power(mw), at / whole, (at + long) / whole, 0.0, mw, "accent", -1, tip,
                  asks=("facility_energy", "total", "total"), span=(t, t))
        )  # fmt: skip
        table.append((name, label, mw, long, long / whole))
        at += long
    mean = float((load * shares[:, None]).sum() / load.shape[1])
    rules = (Rule(mean, f"mean {power(mean)}", False, "text"),)
    peak = float(load.max())
    return Drawing(
        "MW, the whole horizon", (0.0, 1.0), (0.0, peak * 1.08), tuple(blocks), (), rules, "fraction", "MW",
        plan.settings.currency, f"The load is {percent(mean / peak)} of its peak on average.", table=tuple(table),
    )  # fmt: skip
