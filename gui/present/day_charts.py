"""The charts of one day of a period: what the chips do in each block of hours, and what of a workload is done when."""

from __future__ import annotations

import numpy as np

from gigaplan.engine.plan.plan import Plan, find
from gigaplan.engine.results.allocation import Allocation, sums
from gigaplan.engine.results.result import Result
from gigaplan.engine.results.series_names import IDLE, OFF
from gigaplan.gui.present.chart_data import Chart, ChartChoice, Choices
from gigaplan.gui.present.picture import Floats, Line, Picture, split_lines
from gigaplan.gui.text.number_format import percent

NO_BLOCKS = "The day of this plan is one block: add hours of the day in the settings of the plan."
NOTHING = 1e-6
"""Of all chips: less is the solver's rounding."""


def chips_by_block(result: Result, chosen: dict[str, str]) -> Picture:
    """In each block of a period, the chips that each workload uses, those that run idle, and those switched off."""
    a = result.allocation
    assert a is not None
    i, period = a.inputs, _period(result, chosen)
    blocks, works = len(i.shares), i.plan.workloads
    used = (a.used[:, period] / i.use_share)[:, None]
    done = sums(used, i.use_workload * blocks + i.use_block, len(works) * blocks)
    at_work = done.reshape(len(works), blocks)
    running, standing = a.running[:, period].sum(), a.active[:, period].sum()
    least = NOTHING * max(1.0, standing)
    split = {work.id: np.where(row > least, row, 0.0) for work, row in zip(works, at_work, strict=True)}
    idle = running - at_work.sum(axis=0)
    split |= {IDLE: np.where(idle > least, idle, 0.0)}
    if standing - running > least:
        split |= {OFF: np.full(blocks, standing - running)}
    lines = split_lines(i.plan, "workload", split, "bar")
    stands = Line("stands", "All installed", "warning", "step", np.full(blocks, standing))
    return _picture(result, period, "chips", "chips", (*lines, stands))


def work_by_block(result: Result, chosen: dict[str, str]) -> Picture:
    """In each block of a period, what of a workload is done on chips, what is bought and what is not served, against
    its demand at the peak."""
    a, plan = result.allocation, result.plan
    assert a is not None
    period, work = _period(result, chosen), find(plan, "workloads", chosen["workload"])
    if work is None:
        return _picture(result, period, "PFLOP/s", "", ())
    i, w = a.inputs, [row.id for row in plan.workloads].index(work.id)
    own, bought = _done(a, w, period)
    asked = i.demand[w, period] * i.peak[w] * i.profile[w]
    lines = [Line("own", "On chips", "accent", "bar", own)]
    if bought.any():
        lines.append(Line("bought", "Bought", "good", "bar", bought, 1))
    is_free = work.day_flexible or work.flexible or work.max_delay_months is not None
    if not is_free:
        missing = asked - own - bought
        missing = np.where(missing > 1e-6 * max(1.0, float(asked.max())), missing, 0.0)
        if missing.any():
            lines.append(Line("unmet", "Not served", "error", "bar", missing, 2))
    lines.append(Line("demand", "Demand at its peak", "warning", "step", asked))
    note = "It may be done at other hours, or in other periods, than it is asked for." if is_free else ""
    if not any(line.values.any() for line in lines):
        lines = []
    return _picture(result, period, work.unit, work.unit, tuple(lines), note, work.name or work.id)


def _done(a: Allocation, w: int, period: int) -> tuple[Floats, Floats]:
    """What is done of a workload in each block on chips, and what is bought, at the peak."""
    i = a.inputs
    uses, buys, blocks = np.flatnonzero(i.use_workload == w), np.flatnonzero(i.buy_workload == w), len(i.shares)
    gain = i.gain[w, period]
    rate = a.used[uses, period] / i.use_share[uses] * i.use_theta[uses] * gain
    own = np.bincount(i.use_block[uses], weights=rate, minlength=blocks)
    bought = np.bincount(i.buy_block[buys], weights=a.bought[buys, period] / i.buy_share[buys], minlength=blocks)
    return own.astype(float), bought.astype(float)


def _period(result: Result, chosen: dict[str, str]) -> int:
    return min(int(chosen.get("period", 0)), result.time.periods - 1)


def _picture(
    result: Result, period: int, unit: str, caption: str, lines: tuple[Line, ...], note: str = "", subject: str = ""
) -> Picture:
    blocks = result.plan.settings.blocks
    columns = tuple(f"{block.name}, {percent(block.share, 2)} of the day" for block in blocks)
    when = f"{caption} in {result.time.labels[period]}".strip()
    if not blocks:
        return Picture(unit, when, ("the whole day",), (), False, empty=NO_BLOCKS, head="Hours of the day")
    if not lines:
        empty = f"Nothing{f' of {subject}' if subject else ''} is asked for or done in {result.time.labels[period]}."
        return Picture(unit, when, columns, (), False, subject=subject, empty=empty, head="Hours of the day")
    ticks = tuple(block.name for block in blocks)
    return Picture(unit, when, columns, lines, False, note=note, subject=subject, head="Hours of the day", ticks=ticks)


def _workloads(plan: Plan) -> Choices:
    ordered = sorted(plan.workloads, key=lambda work: work.profile is None)  # those that the hours matter to, first
    return tuple((work.id, work.name or work.id) for work in ordered) or (("", "No workload"),)


DAY = (
    Chart("day-chips", "A day's chips", (), chips_by_block, NO_BLOCKS, selects="workloads", dated=True),
    Chart(
        "day-work", "A day's work", (ChartChoice("workload", _workloads),), work_by_block, NO_BLOCKS, "workloads",
        selects="workloads", dated=True,
    ),
)  # fmt: skip
