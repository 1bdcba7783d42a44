"""The merit order of a workload: its offers from the cheapest on, as wide as what they could do."""

from __future__ import annotations

import math

import numpy as np

from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.results.allocation import Allocation
from gigaplan.engine.results.chip_hour_prices import WORK_UNITS, work_prices
from gigaplan.engine.results.result import Result
from gigaplan.engine.results.series import power_there
from gigaplan.gui.present.chart_data import Choices
from gigaplan.gui.present.drawing import Drawing, DrawnBlock, Rule
from gigaplan.gui.style.colours import vendor_colour
from gigaplan.gui.text.number_format import money, rate

NONE_ABLE = "No offer can do this work: select it to see why."
LEAST_BEYOND, BEYOND = 1.08, 3.0
"""How many times the demand the axis goes to, at least and at most."""


def workloads_of(plan: Plan) -> Choices:
    """The workloads that there are to choose from."""
    return tuple((work.id, work.name or work.id) for work in plan.workloads) or (("", "No workload"),)


def merit_order(result: Result, _first: Result | None, chosen: dict[str, str]) -> Drawing:
    """Offers that may do a workload by cost per unit of its work, as wide as what each could do; the demand."""
    a, plan = result.allocation, result.plan
    assert a is not None
    work = next((w for w in plan.workloads if w.id == chosen.get("workload")), None)
    if work is None:
        return Drawing("", (0, 1), (0, 1), empty="No workloads in this plan yet.")
    w, period = plan.workloads.index(work), min(int(chosen.get("period", 0)), result.time.periods - 1)
    prices, could = work_prices(a, work.id, period), capacity(a, w, period)
    does = _done(a, w, period)
    demand = float(a.inputs.demand[w, period] * a.inputs.peak[w])
    able = [
        (price.usd, k)
        for k, price in enumerate(prices)
        if price.usd is not None and price.refusal is None and could[k] > 0
    ]
    name = work.name or work.id
    if not able:
        return Drawing("", (0, 1), (0, 1), subject=name, empty=NONE_ABLE)
    most_wide = demand or max((could[k] for _, k in able if math.isfinite(could[k])), default=1.0)
    end = min(sum(min(could[k], most_wide) for _, k in able), most_wide * BEYOND)
    end = max(end, demand * LEAST_BEYOND)
    vendors, unit, currency = {p.id: p.vendor for p in plan.platforms}, WORK_UNITS[work.unit], plan.settings.currency
    blocks, at = [], 0.0
    table: list[tuple[object, ...]] = [("Offer", f"Cost [{currency}/{unit}]", f"Could do [{work.unit}]",
                                        f"Does [{work.unit}]")]  # fmt: skip
    for usd, k in sorted(able):
        offer = plan.offers[k]
        label, width = offer.name or offer.id, could[k]
        table.append((label, usd, width, does[k]))
        words = rate(width, work.unit) if math.isfinite(width) else "as much as is asked for"
        tip = f"{label}\n{money(usd, currency, 4)} per {unit}\nCould do {words}; the plan has it do "
        tip += f"{rate(does[k], work.unit)}"
        right = min(at + min(width, most_wide), end)
        if right > at:
            blocks.append(
                DrawnBlock(label, money(usd, currency), at, right, 0.0, usd,
                           vendor_colour(vendors.get(offer.platform, "")), -1, tip, ("offers", offer.id), named="in")
            )  # fmt: skip
        at = right
    most = max(block.high for block in blocks)
    left_out = len(able) - len(blocks)
    note = f"In {result.time.labels[period]}. "
    note += "Each as wide as its supply and the power of its sites allow, and as the demand at most."
    note += f" {left_out} dearer ones lie beyond." if left_out else ""
    rules = (Rule(demand, f"demand at its peak {rate(demand, work.unit)}", True),) if demand > 0 else ()
    caption = f"{currency} per {unit}, in {result.time.labels[period]}"
    return Drawing(
        caption, (0.0, end), (0.0, most * 1.15), tuple(blocks), (), rules, work.unit, "USD", currency, note, name,
        table=tuple(table),
    )  # fmt: skip


def capacity(a: Allocation, workload: int, period: int) -> list[float]:
    """[O] what each offer could do of a workload in a period, in its unit, if it had supply and power for itself.

    Chips that may stand: what stood before, and what can have arrived and still stands; at most what the power of its
    sites carries. Times throughput, software gain and availability. Infinite without a limit.
    """
    i = a.inputs
    found = []
    watts = i.power_w[i.pair_offer] * i.pue[i.pair_site]
    there = power_there(a)[:, period] * 1e6
    rates = i.theta[workload, i.offer_platform] * i.gain[workload, period] * i.availability
    for o in range(len(i.plan.offers)):
        mine = np.flatnonzero(i.pair_offer == o)
        came = [t for t in range(period + 1) if t > period - i.life[o] and i.can_deliver[mine, t].any()]
        stand = float(i.installed[mine, period].sum()) + float(i.supply[o, came].sum())
        carried = float((there[i.pair_site[mine]] / watts[mine]).sum()) if len(mine) else 0.0
        chips = min(stand, carried)
        found.append(chips * float(rates[o]) if rates[o] > 0 else 0.0)
    return found


def _done(a: Allocation, workload: int, period: int) -> list[float]:
    """[O] what each offer does of a workload in a period on average, in its unit."""
    i = a.inputs
    mine = np.flatnonzero(i.use_workload == workload)
    done = a.used[mine, period] * i.use_theta[mine] * i.gain[workload, period]
    return [float(value) for value in np.bincount(i.use_offer[mine], done, len(i.plan.offers))]
