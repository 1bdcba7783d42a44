"""What binds: every limit that holds a plan back, what one more unit of it is worth, and how far that price holds."""

from __future__ import annotations

from collections import Counter

import numpy as np
from msgspec import Struct
from msgspec.structs import replace
from numpy.typing import NDArray

from gigaplan.engine.optimization.highs import Solver
from gigaplan.engine.optimization.linear_program import Family, LinearProgram
from gigaplan.engine.results.allocation import Allocation
from gigaplan.engine.results.result import Result

Floats = NDArray[np.float64]

NOISE = 1e-9
"""Of the objective: a worth below it is rounding."""


class Limit(Struct, frozen=True):
    """One limit in one period (or plan year, or over the whole horizon) that binds."""

    kind: str
    """power, supply, share, budget, carbon, coverage, resilience or commitment."""
    table: str
    row: str
    field: str
    when: str
    """The period, the plan year, or `horizon`."""
    period: int
    """The (first) period, counted from 0."""
    unit: str
    """Of what `worth_usd` is for one more of: MW, chips, USD, tCO2e, percentage point."""
    worth_usd: float
    """USD, discounted, that one more unit saves; of a promise or commitment, one less."""
    lowest: float = float("nan")
    """The worth stays true while the limit, in `unit`, is between this ..."""
    highest: float = float("nan")
    """... and this. NaN where it was not asked for or is not known."""
    about: str = ""
    """The member or workload that a policy's row is about."""

    together_usd: float = float("nan")
    """What one unit saves with all that the same policy binds then: more than `worth_usd` where that is several."""

    @property
    def is_floor(self) -> bool:
        """Whether it asks for at least so much (a promise, a commitment), so that less of it saves and more costs."""
        return self.kind in ("coverage", "resilience", "commitment")


def binding_limits(result: Result, *, ranges: bool = False) -> tuple[Limit, ...]:
    """Every limit with a worth, largest first; with `ranges`, over which values of it the worth stays true.

    With integer decisions the worths are those of the program with the integers fixed.
    """
    a, program, solution = result.allocation, result.program, result.solution
    if a is None or program is None or solution is None:
        return ()
    low = high = np.full(len(program.row_upper), np.nan)
    if ranges:
        low, high = Solver().ranges(program, solution.values[program.integer])
    found = []
    noise = NOISE * max(1.0, abs(solution.objective))
    families = Counter(family.label for family in program.families)
    for family in program.families:
        if family.name not in LIMITS:
            continue
        table, field, unit = LIMITS[family.name]
        # The range of a row is true where it moves alone: not where the policy's limit is that of other rows too.
        alone = not family.label or families[family.label] == 1
        # One more unit of a limit saves; of a promise, one less does.
        loosening = np.where(np.isfinite(program.row_upper[family.rows]), -1.0, 1.0) * solution.row_duals[family.rows]
        for k in np.flatnonzero(loosening > 0):
            row = family.start + int(k)
            gain, scale = _gain(a, family, int(k))
            worth = float(loosening[k]) * gain
            now, bound = _now(a, family, int(k)), _bound(program, row)
            total = float(loosening[k]) * _size(program, row) if scale else worth * now
            if total <= noise:
                continue
            period, when = _when(result, program, family, int(k))
            found.append(
                Limit(
                    family.name,
                    table,
                    _row_id(program, family, int(k)),
                    field,
                    when,
                    period,
                    unit,
                    worth,
                    _moved(now, (float(low[row]) - bound) / scale) if scale and alone else float("nan"),
                    _moved(now, (float(high[row]) - bound) / scale) if scale and alone else float("nan"),
                    _about(program, family, int(k)),
                )
            )
    found = _together(found)
    return tuple(sorted(found, key=lambda limit: -limit.worth_usd * (100 if limit.unit == "percentage point" else 1)))


def _together(limits: list[Limit]) -> list[Limit]:
    """The limits, each with what one unit saves with all that the same row of the plan binds at the same time."""
    sums: dict[tuple[str, str, str], float] = {}
    for limit in limits:
        key = limit.table, limit.row, limit.when
        sums[key] = sums.get(key, 0.0) + limit.worth_usd
    return [replace(limit, together_usd=sums[limit.table, limit.row, limit.when]) for limit in limits]


LIMITS = {
    "power": ("sites", "power_mw", "MW"),
    "supply": ("offers", "supply_chips", "chips"),
    "share": ("policies", "limit", "percentage point"),
    "budget": ("policies", "limit", "USD"),
    "carbon": ("policies", "limit", "tCO2e"),
    "coverage": ("policies", "limit", "percentage point"),
    "resilience": ("policies", "limit", "percentage point"),
    "commitment": ("agreements", "commit_usd_per_year", "USD"),
}
"""The families that a person sets a limit for: table, field, and the unit of its worth."""


def _gain(a: Allocation, family: Family, k: int) -> tuple[float, float]:
    """By how much the row's bound moves for one more unit of the limit, and for one of the unit of its range.

    The second is 0 where the limit is not the bound itself (a share multiplies the chips it is about).
    """
    i = a.inputs
    if family.name == "power":
        return 1e6, 1e6
    if family.name == "budget":
        return 1 / (1 + a.rates.overhead), 1 / (1 + a.rates.overhead)
    if family.name == "share":
        return _metric(a, family)[int(family.index[0][k])] / 100, 0.0
    if family.name in ("coverage", "resilience"):
        w = int(family.index[0][k])
        needed = i.demand[w] * i.peak[w]
        size = float(needed.sum() if len(family.index) == 1 else needed[int(family.index[1][k])])
        return size / 100, size / 100
    return 1.0, 1.0


def _metric(a: Allocation, family: Family) -> Floats:
    """[T] the power (W) or compute (TFLOP/s) of all active chips, as the share's policy counts it."""
    policy = next(p for p in a.inputs.plan.policies if p.id == family.label)
    platforms = [a.inputs.plan.platforms[p] for p in a.inputs.offer_platform]
    each = np.array([p.bf16_tflops if policy.metric == "compute" else p.power_w for p in platforms])
    return np.asarray((a.active * each[a.inputs.pair_offer][:, None]).sum(axis=0))


def _size(program: LinearProgram, row: int) -> float:
    """The size of a row's bound, so that a worth can be weighed against the objective."""
    return max(abs(_bound(program, row)), float(program.row_unit[row]))


def _bound(program: LinearProgram, row: int) -> float:
    return float(program.row_upper[row] if np.isfinite(program.row_upper[row]) else program.row_lower[row])


def _now(a: Allocation, family: Family, k: int) -> float:
    """The limit itself, in its unit. The row's bound may be less: chips that stand already take their part of it."""
    i = a.inputs
    if family.name in ("power", "supply"):
        values = i.site_power_mw if family.name == "power" else i.supply
        return float(values[int(family.index[0][k]), int(family.index[1][k])])
    if family.name == "commitment":
        return a.years[k].commitment_usd
    asked = i.time.values(next(p.limit for p in i.plan.policies if p.id == family.label))
    at = int(family.index[-1][k])
    if family.name in ("budget", "carbon"):
        return float(asked[i.time.year_of == at].sum() * i.time.months / 12)
    if family.axes[-1] == "period":
        return float(asked[at] * 100)
    demand = i.demand[at]
    return float((asked * demand).sum() / max(float(demand.sum()), 1e-300) * 100)


def _moved(now: float, by: float) -> float:
    """A limit moved, where rounding leaves no trace of what is 0."""
    moved = now + by
    return 0.0 if np.isfinite(by) and abs(moved) <= NOISE * max(abs(now), abs(by)) else moved


def _when(result: Result, program: LinearProgram, family: Family, k: int) -> tuple[int, str]:
    axis = family.axes[-1]
    at = int(family.index[-1][k])
    if axis == "period":
        return at, result.time.labels[at]
    if axis == "year":
        first = int(np.flatnonzero(result.time.year_of == at)[0])
        return first, f"plan year {at + 1}"
    if axis == "contract year":
        agreement, year = program.names[axis][at].split("|")
        start = next(g.start for g in result.plan.agreements if g.id == agreement)
        return min(result.time.index(start) + int(year) * 12 // result.time.months, result.time.periods - 1), (
            f"contract year {int(year) + 1}"
        )
    return 0, "horizon"


def _row_id(program: LinearProgram, family: Family, k: int) -> str:
    if family.label:
        return family.label
    name = program.names[family.axes[0]][int(family.index[0][k])]
    return name.split("|")[0] if family.name == "commitment" else name


def _about(program: LinearProgram, family: Family, k: int) -> str:
    workload = program.names["workload"][int(family.index[0][k])] if family.axes[0] == "workload" else ""
    return " without ".join(part for part in (workload, family.member) if part)
