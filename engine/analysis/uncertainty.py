"""How sure the inputs are, and what the plan comes to when they turn out otherwise: each alone, and all together.

Every outcome is a plan of its own: the optimum for inputs that are known from the start. A spread of outcomes is
thus what the cost may come to, not what it costs to have planned for something else.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from statistics import NormalDist
from typing import Any, Literal

import msgspec
import numpy as np
from msgspec import Struct

from gigaplan.engine.analysis.cases import each
from gigaplan.engine.analysis.cluster import NoCluster, sentence, within
from gigaplan.engine.analysis.fans import kept_series, stranded_usd
from gigaplan.engine.analysis.sampling import (
    Floats,
    Indices,
    crossed,
    go_together,
    indices,
    latin_hypercube,
    random_walk,
    sobol,
)
from gigaplan.engine.optimization.solver import Solver
from gigaplan.engine.plan.correlations import correlations_of
from gigaplan.engine.plan.plan import Plan, unused_id
from gigaplan.engine.plan.problems import PlanError
from gigaplan.engine.plan.scenarios import apply_scenario
from gigaplan.engine.plan.schema import Override, Scenario, Table, Uncertainty
from gigaplan.engine.plan.timeline import Timeline
from gigaplan.engine.results.kpi_registry import KPIS
from gigaplan.engine.results.result import Result
from gigaplan.engine.solve.solve import solve_plan
from gigaplan.engine.solve.subprocess_job import Answer, Job

LOW, HIGH = 0.1, 0.9
"""The quantiles between which an input, or a figure, is said to lie: P10 and P90."""
CURVE = 40
"""Steps of an exceedance curve."""
PART = 0.2
"""How far around its value a new uncertain input is said to lie, until somebody knows better."""
FAR = 10_000
"""Columns of a program with integers from which on the basis of one case is farther from the optimum of another than
none: those of frontier-1gw take 4.4 s from it, and 3.1 from nothing."""
Turn = float | tuple[float, ...]
"""What one uncertain input turns out to be: a factor where the row is relative, else a value; of a path, the factor of
each period."""
Case = Mapping[str, Turn]
"""What uncertain inputs turn out to be, by the id of their row."""
Sampling = Literal["latin", "sobol"]
"""A Latin hypercube, or a scrambled Sobol sequence."""


class CaseOutcome(Struct, frozen=True):
    """What the plan comes to in one case."""

    status: str
    """That of the result; `refused` where the case leaves an input with a value that it cannot have."""
    kpis: dict[str, Any] = {}
    """As those of a result; empty unless it is optimal."""
    text: str = ""
    """Why there are no figures, where that can be said."""
    series: dict[str, bytes] = {}
    """Where it is optimal, as `fans.kept_series` gives them."""


class Spread(Struct, frozen=True):
    """Where a figure lies over the outcomes that have one."""

    count: int
    low: float
    p10: float
    p50: float
    p90: float
    high: float
    mean: float
    p05: float
    p95: float
    cvar95: float
    """The mean of its worst twentieth: of the highest ones, or of the lowest where less is worse."""
    exceedance: tuple[tuple[float, float], ...]
    """(value, chance that the figure is so high or higher) from its lowest to its highest."""


def quantile(row: Uncertainty, p: float) -> float:
    """The value, or the factor, below which an uncertain input lies with probability p (0 < p < 1); of a path, where
    it is a year after the plan's start.

    Mean and standard deviation of a lognormal spread are those of the input itself, not of its logarithm. Raises
    ValueError where a parameter that the distribution needs is missing.
    """
    if row.distribution in ("normal", "lognormal"):
        mean, sd = _given(row, "mean"), _given(row, "sd")
        z = NormalDist().inv_cdf(p)
        if row.distribution == "normal":
            return mean + sd * z
        variance = 2 * math.log(math.hypot(1.0, sd / mean))
        return math.exp(math.log(mean) - variance / 2 + math.sqrt(variance) * z)
    if row.distribution == "empirical":
        if not row.values:
            raise ValueError(f"values of {row.id} are empty")
        return sorted(row.values)[min(int(p * len(row.values)), len(row.values) - 1)]
    if row.distribution == "path":
        return _path_at(row, p, 1.0)
    low, high = _given(row, "low"), _given(row, "high")
    if row.distribution == "uniform":
        return low + p * (high - low)
    mode = _given(row, "mode")
    below = (mode - low) * (high - low)
    if p * (high - low) <= mode - low:
        return low + math.sqrt(p * below)
    return high - math.sqrt((1 - p) * (high - low) * (high - mode))


def _given(row: Uncertainty, name: str) -> float:
    value = getattr(row, name)
    if value is None:
        raise ValueError(f"{name} of {row.id} is empty")
    return float(value)


def _path_at(row: Uncertainty, p: float, years: float) -> float:
    """The factor below which a path lies with probability p after some years; see `random_walk`."""
    variance = _given(row, "volatility") ** 2
    variance *= -math.expm1(-2 * row.reversion * years) / (2 * row.reversion) if row.reversion > 0 else years
    return math.exp(NormalDist().inv_cdf(p) * math.sqrt(variance) - variance / 2)


def ends(plan: Plan) -> list[Case]:
    """Each uncertain input alone at its P10, then at its P90: two cases a row, in the order of the rows. A path is at
    its P10, or P90, in every period."""
    time = Timeline.of(plan.settings)
    years = (np.arange(time.periods) + 0.5) * time.months / 12

    def end(row: Uncertainty, p: float) -> Turn:
        if row.distribution == "path":
            return tuple(_path_at(row, p, year) for year in years.tolist())
        return quantile(row, p)

    return [{row.id: end(row, p)} for row in plan.uncertainties for p in (LOW, HIGH)]


def draws(plan: Plan, count: int, seed: int = 0, sampling: Sampling = "latin") -> list[Case]:
    """`count` cases in which every uncertain input is drawn, correlated as the plan says, else independently.

    Each input falls once into each of `count` parts of its spread that are equally likely, or nearly so for a Sobol
    sequence. The same seed gives the same cases. Raises ValueError where the correlations cannot hold at once, and
    ImportError where a Sobol sequence is asked for without scipy.
    """
    return [case_of(plan, turn) for turn in drawn_turns(plan, count, seed, sampling).tolist()]


def drawn_turns(plan: Plan, count: int, seed: int = 0, sampling: Sampling = "latin") -> Floats:
    """[count, columns] the same draws as numbers, columns as in `columns_of`."""
    groups = columns_of(plan)
    size = sum(map(len, groups))
    if not count:
        return np.zeros((0, size))
    random = np.random.default_rng(seed)
    points = sobol(count, size, seed) if sampling == "sobol" else latin_hypercube(count, size, random)
    ranks = _of_columns(correlations_of(plan), groups)
    together = np.flatnonzero((ranks - np.eye(size)).any(axis=1))
    if together.size:
        points[:, together] = go_together(points[:, together], ranks[np.ix_(together, together)], random)
    return _turns_at(plan, points)


def columns_of(plan: Plan) -> list[list[int]]:
    """The columns of a sample that belong to each uncertain input: one, of a path one for each period."""
    found, first = [], 0
    for row in plan.uncertainties:
        size = plan.settings.periods if row.distribution == "path" else 1
        found.append(list(range(first, first + size)))
        first += size
    return found


def cases_at(plan: Plan, points: Floats) -> list[Case]:
    """What the inputs turn out to be at points [n, columns] of probabilities, columns as in `columns_of`. Raises
    ValueError where a distribution lacks a parameter."""
    return [case_of(plan, turn) for turn in _turns_at(plan, points).tolist()]


def case_of(plan: Plan, turn: Sequence[float]) -> Case:
    """One draw of `drawn_turns` as a case."""
    return {
        row.id: tuple(turn[k] for k in group) if row.distribution == "path" else turn[group[0]]
        for row, group in zip(plan.uncertainties, columns_of(plan), strict=True)
    }


def _turns_at(plan: Plan, points: Floats) -> Floats:
    time = Timeline.of(plan.settings)
    turns = np.empty_like(points)
    normal = NormalDist().inv_cdf
    for row, group in zip(plan.uncertainties, columns_of(plan), strict=True):
        if row.distribution == "path":
            steps = np.array([[normal(p) for p in point] for point in points[:, group].tolist()])
            volatility = _given(row, "volatility")
            turns[:, group] = random_walk(time.periods, time.months / 12, volatility, row.reversion, steps)
        else:
            turns[:, group[0]] = [quantile(row, p) for p in points[:, group[0]].tolist()]
    return turns


def _of_columns(ranks: Floats, groups: Sequence[Sequence[int]]) -> Floats:
    """[columns, columns] the rank correlations of the columns of a sample.

    Paths go together period by period. What goes with a path goes with the sum of its steps: with each of T of them by
    a part of 1 / sqrt(T). The whole is a correlation matrix if that of the inputs is one.
    """
    found = np.eye(sum(map(len, groups)))
    for a, one in enumerate(groups):
        for b, other in enumerate(groups):
            if a == b or ranks[a, b] == 0:
                continue
            if len(one) == len(other):
                found[one, other] = ranks[a, b]
            else:
                found[np.ix_(one, other)] = ranks[a, b] / math.sqrt(max(len(one), len(other)))
    return found


def with_uncertain(plan: Plan, inputs: Sequence[tuple[Table, str | None, str]]) -> Plan:
    """The plan where these inputs, (table, row, field) each, are uncertain too: triangular, by PART to both sides."""
    rows = list(plan.uncertainties)
    taken = {row.id for row in rows}
    for table, row, field in inputs:
        id = unused_id(f"{row or 'plan'}_{field}", "uncertainties", taken)
        taken.add(id)
        rows.append(
            Uncertainty(
                id=id,
                table=table,
                row=row,
                field=field,
                distribution="triangular",
                low=1 - PART,
                mode=1.0,
                high=1 + PART,
            )
        )
    return msgspec.structs.replace(plan, uncertainties=tuple(rows))


def under(plan: Plan, case: Case) -> Plan:
    """The plan where these inputs have turned out so. Raises PlanError where one gets a value that it cannot have."""
    overrides = _overrides(plan, case)
    bare = msgspec.structs.replace(
        plan, scenarios=(Scenario(id="case", name="", overrides=overrides),), uncertainties=()
    )
    return msgspec.structs.replace(apply_scenario(bare, "case"), scenarios=())


def scenario_of(plan: Plan, case: Case, name: str, parent: str | None = None) -> Scenario:
    """A case as a scenario of its plan, based on another one where the case is of that."""
    return Scenario(
        id=unused_id(name, "scenarios", {row.id for row in plan.scenarios}), name=name, parent=parent,
        overrides=_overrides(plan, case),
    )  # fmt: skip


def _overrides(plan: Plan, case: Case) -> tuple[Override, ...]:
    return tuple(
        Override(
            table=row.table, row=row.row, field=row.field, op="scale" if row.relative else "set", value=case[row.id]
        )
        for row in plan.uncertainties
        if row.id in case
    )


def outcome(plan: Plan, case: Case, solver: Solver) -> CaseOutcome:
    """What is best in one case."""
    try:
        moved = under(plan, case)
    except PlanError as error:
        return CaseOutcome("refused", text=error.problems[0].text)
    result = solve_plan(moved, solver=solver)
    if result.program is not None and len(result.program.cost) > FAR and result.program.integer.any():
        solver.forget()
    return outcome_of(result)


def outcome_of(result: Result) -> CaseOutcome:
    """A result as an outcome."""
    if result.status == "optimal":
        return CaseOutcome("optimal", result.kpis, series=kept_series(result))
    text = next((p.text for p in result.problems if p.severity == "error"), "")
    return CaseOutcome(result.status, text=text)


def figure(found: CaseOutcome, kpi: str) -> float | None:
    """A KPI of an outcome; of those that each workload has, the lowest. None where there is none."""
    value = found.kpis.get(kpi)
    if isinstance(value, dict):
        return min((v for v in value.values() if v is not None), default=None)
    return None if value is None else float(value)


def spread(found: Sequence[CaseOutcome], kpi: str) -> Spread | None:
    """Where a KPI lies over outcomes, those without it left out; None where no outcome has it."""
    values = np.array([v for o in found if (v := figure(o, kpi)) is not None])
    return spread_of(values, KPIS[kpi].better > 0) if values.size else None


def stranded(found: Sequence[CaseOutcome]) -> Spread | None:
    """Where lies what falls short of commitments over the horizon, USD; None where no outcome has a plan."""
    values = stranded_usd(found)
    return spread_of(values, False) if values.size else None


def spread_of(values: Floats, more_is_better: bool) -> Spread:
    """Where values [n] of a figure lie, n at least 1."""
    values = np.sort(values)
    low, p05, p10, p50, p90, p95, high = np.quantile(values, (0.0, 0.05, LOW, 0.5, HIGH, 0.95, 1.0)).tolist()
    sign = -1.0 if more_is_better else 1.0
    worst = sign * cvar([(1 / values.size, sign * v) for v in values.tolist()], 0.95)
    steps = np.linspace(0.0, 1.0, min(values.size, CURVE) + 1)
    levels = np.quantile(values, steps).tolist()
    curve = tuple((level, float((values >= level).mean())) for level in levels)
    return Spread(values.size, low, p10, p50, p90, high, float(values.mean()), p05, p95, worst, curve)


def cvar(costs: Sequence[tuple[float, float]], alpha: float) -> float:
    """The mean of the worst 1 - alpha of weighted costs [(weight, cost)], weights summing to 1."""
    left = 1 - alpha
    total = 0.0
    for weight, cost in sorted(costs, key=lambda each: -each[1]):
        part = min(weight, left)
        total += part * cost
        left -= part
        if left <= 1e-15:
            break
    return total / (1 - alpha)


def below(found: Sequence[CaseOutcome], level: float) -> dict[str, float]:
    """How likely it is that less than a level of each workload is served, over the outcomes that have a plan."""
    served = [o.kpis["coverage"] for o in found if o.status == "optimal"]
    names = dict.fromkeys(name for each in served for name, part in each.items() if part is not None)
    return {
        name: sum((part[name] if part[name] is not None else 1.0) < level - 1e-9 for part in served) / len(served)
        for name in names
    }


def explained(
    plan: Plan,
    count: int,
    seed: int = 0,
    sampling: Sampling = "latin",
    jobs: int = 1,
    progress: Callable[[int], None] = lambda done: None,
) -> dict[str, list[Indices]]:
    """First-order and total Sobol indices of each uncertain input, for each key figure that all cases have.

    By count * (inputs + 2) cases. Raises ValueError where the inputs are correlated, which the indices do not know of.
    """
    if any(row.correlations for row in plan.uncertainties):
        raise ValueError("Sobol indices are of independent inputs, and some of these are correlated")
    random = np.random.default_rng(seed)

    def sample(n: int, k: int) -> Floats:
        return sobol(n, k, seed) if sampling == "sobol" else latin_hypercube(n, k, random)

    points = crossed(count, columns_of(plan), sample)
    found = outcomes(plan, cases_at(plan, points), jobs, progress)
    made = {}
    for kpi in KPIS:
        figures = [figure(each, kpi) for each in found]
        if all(value is not None for value in figures):
            made[kpi] = indices(np.array(figures, dtype=float), len(plan.uncertainties))
    return made


class OutcomeJob(Job):
    """Solves cases one after another in a process of its own, which `cancel` ends at once; on a cluster, where that
    has an address."""

    def __init__(self, plan: Plan, cases: Sequence[Case], cluster: str = "") -> None:
        super().__init__(_solve, plan, [dict(case) for case in cases], cluster)

    def wait(self, seconds: float) -> CaseOutcome | str | None:
        """The outcome of the next case, why there are none in a sentence, or None where there is no word in time.
        Raises EOFError after the last one, or where the process died."""
        found: CaseOutcome | str | None = self.hear(seconds)
        return found


def _solve(answer: Answer, plan: Plan, cases: Sequence[Case], cluster: str) -> None:
    try:
        with within(cluster):
            for found in each(outcome, plan, cases):
                answer.send(found)
    except NoCluster as error:
        answer.send(sentence(error))


def outcomes(
    plan: Plan, cases: Sequence[Case], jobs: int = 1, progress: Callable[[int], None] = lambda done: None
) -> list[CaseOutcome]:
    """What is best in each case, found by so many processes at once; the same for any number of them.

    `progress` hears how many are done. Raises EOFError where a process died twice.
    """
    found = []
    for one in each(outcome, plan, cases, jobs=jobs):
        found.append(one)
        progress(len(found))
    return found
