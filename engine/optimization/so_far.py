"""What a solve that is ended early still tells: a plan, and a bound below which none can be."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gigaplan.engine.optimization.linear_program import Family, LinearProgram

Floats = NDArray[np.float64]

SHORT = ("unmet", "unmet_flexible", "unmet_deferrable", "shortfall")
"""Blocks of what is left undone: work that is not served, commitments that are not spent."""
TINY = 1e-300
LEVELS = 6
"""Rows lie one behind the other, work behind what runs, that behind what stands: so often prices are handed on."""


def lower_bound(p: LinearProgram, duals: Floats) -> float:
    """An objective that no plan is below, USD discounted, from any prices `duals` of its rows [R], in USD.

    The nearer these are to those of the optimum, the nearer is the bound (Lagrange). -inf where they prove nothing.
    """
    y = np.where((duals > 0) & np.isneginf(p.row_lower), 0.0, duals)
    y = np.where((y < 0) & np.isposinf(p.row_upper), 0.0, y)
    y = _priced_out(p, y)
    reduced = reduced_costs(p, y)
    # What has no upper bound and would pay for itself must not: nearer to prices of nothing, under which its own cost
    # stands against it, the best of both is still a bound.
    pays = (reduced < 0) & np.isposinf(p.upper)
    if (pays & (p.cost <= 0)).any():
        return _dual_objective(p, np.zeros(len(y)), p.cost)
    part = float(np.max(reduced[pays] / (reduced[pays] - p.cost[pays]), initial=0.0))
    y, reduced = y * (1 - part), np.where(pays, 0.0, reduced * (1 - part) + part * p.cost)
    return max(_dual_objective(p, y, reduced), _dual_objective(p, np.zeros(len(y)), p.cost))


def reduced_costs(p: LinearProgram, y: Floats) -> Floats:
    """[C] what one more of each column costs, less what its rows pay for it at prices `y` [R]."""
    each = p.values * np.repeat(y, np.diff(p.row_start))
    return np.asarray(p.cost - np.bincount(p.columns, each, len(p.cost)))


def _priced_out(p: LinearProgram, y: Floats) -> Floats:
    """Prices under which no column pays for itself that has no bound and is let by a row that gives nothing away: that
    row asks more for it, which costs the bound nothing, and hands it on to what the row lives on."""
    row_of = np.repeat(np.arange(len(y)), np.diff(p.row_start))
    entries = np.flatnonzero(np.isposinf(p.upper)[p.columns] & (p.values > 0) & (p.row_upper[row_of] == 0))
    rows, columns = row_of[entries], p.columns[entries]
    for _ in range(LEVELS):
        missing = reduced_costs(p, y)[columns] / p.values[entries]
        if not (missing < 0).any():
            break
        most = np.zeros(len(y))
        np.minimum.at(most, rows, missing)
        y = y + most
    return y


def _dual_objective(p: LinearProgram, y: Floats, reduced: Floats) -> float:
    up, down = y > 0, y < 0
    rises, falls = reduced > 0, reduced < 0
    found = float((y[up] * p.row_lower[up]).sum() + (y[down] * p.row_upper[down]).sum())
    found += float((reduced[rises] * p.lower[rises]).sum() + (reduced[falls] * p.upper[falls]).sum())
    return found + p.constant


def made_whole(p: LinearProgram, x: Floats) -> Floats:
    """[C] a plan near `x`, or with nothing for it the one that buys nothing: what two sides of a balance miss is taken
    from the larger, and what is asked beyond what is done is left undone. It may still miss limits."""
    x = np.clip(np.where(np.isfinite(x), x, 0.0), p.lower, p.upper)
    row_of = np.repeat(np.arange(len(p.row_upper)), np.diff(p.row_start))
    for family in p.families:
        if family.name == "link" and family.size:
            x = _balanced(p, family, x)
    for name in SHORT:
        block = p.blocks.get(name)
        if block is None or not block.size:
            continue
        missing = p.row_lower - p.activity(x)
        mine = (p.columns >= block.start) & (p.columns < block.start + block.size)
        entries = np.flatnonzero(mine & (p.values > 0) & (missing[row_of] > 0))
        more = np.zeros(len(x))
        np.maximum.at(more, p.columns[entries], missing[row_of[entries]] / p.values[entries])
        x = np.minimum(x + more, p.upper)
    return x


def _balanced(p: LinearProgram, family: Family, x: Floats) -> Floats:
    """The values with both sides of each balance of a family as the smaller one is."""
    first, last = p.row_start[family.start], p.row_start[family.start + family.size]
    rows = np.repeat(np.arange(family.size), np.diff(p.row_start[family.start : family.start + family.size + 1]))
    columns, parts = p.columns[first:last], p.values[first:last] * x[p.columns[first:last]]
    gives, takes = (np.bincount(rows, np.maximum(sign * parts, 0.0), family.size) for sign in (1, -1))
    less = np.minimum(gives, takes)
    kept = np.where(parts > 0, less[rows] / np.maximum(gives[rows], TINY), less[rows] / np.maximum(takes[rows], TINY))
    x = x.copy()
    x[columns] *= np.minimum(kept, 1.0)
    return x
