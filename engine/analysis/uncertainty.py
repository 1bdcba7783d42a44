"""How sure the inputs are, and what the plan comes to when they turn out otherwise: each alone, and all together.

Every outcome is a plan of its own: the optimum for inputs that are known from the start. A spread of outcomes is
thus what the cost may come to, not what it costs to have planned for something else.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from statistics import NormalDist
from typing import Any

import msgspec
import numpy as np
from msgspec import Struct

from gigaplan.engine.optimization.highs import Solver
from gigaplan.engine.plan.plan import Plan, unused_id
from gigaplan.engine.plan.problems import PlanError
from gigaplan.engine.plan.scenarios import apply_scenario
from gigaplan.engine.plan.schema import Override, Scenario, Table, Uncertainty
from gigaplan.engine.results.result import Result
from gigaplan.engine.solve.solve import solve_plan
from gigaplan.engine.solve.subprocess_job import Answer, Job

LOW, HIGH = 0.1, 0.9
"""The quantiles between which an input, or a figure, is said to lie: P10 and P90."""
BLOCK = 20
"""Cases that one solver is kept warm for."""
POLL = 0.02
"""Seconds that one process is waited for before the next one is asked."""
PART = 0.2
"""How far around its value a new uncertain input is said to lie, until somebody knows better."""
Case = Mapping[str, float]
"""What uncertain inputs turn out to be, by the id of their row: a factor where the row is relative, else a value."""


class Outcome(Struct, frozen=True):
    """What the plan comes to in one case."""

    status: str
    """That of the result; `refused` where the case leaves an input with a value that it cannot have."""
    kpis: dict[str, Any] = {}
    """As those of a result; empty unless it is optimal."""
    text: str = ""
    """Why there are no figures, where that can be said."""


class Spread(Struct, frozen=True):
    """Where a figure lies over the outcomes that have one."""

    count: int
    low: float
    p10: float
    p50: float
    p90: float
    high: float
    mean: float


def quantile(row: Uncertainty, p: float) -> float:
    """The value, or the factor, below which an uncertain input lies with probability p (0 < p < 1).

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


def ends(plan: Plan) -> list[Case]:
    """Each uncertain input alone at its P10, then at its P90: two cases a row, in the order of the rows."""
    return [{row.id: quantile(row, p)} for row in plan.uncertainties for p in (LOW, HIGH)]


def draws(plan: Plan, count: int, seed: int = 0) -> list[Case]:
    """`count` cases in which every uncertain input is drawn, independently of the others.

    A Latin hypercube (McKay, Beckman, Conover 1979): each input falls once into each of `count` parts of its spread
    that are equally likely. The same seed gives the same cases.
    """
    random = np.random.default_rng(seed)
    columns = {}
    for row in plan.uncertainties:
        places = (random.permutation(count) + random.uniform(0.0, 1.0, count)) / count
        columns[row.id] = [quantile(row, min(max(p, 1e-9), 1 - 1e-9)) for p in places.tolist()]
    return [{id: values[k] for id, values in columns.items()} for k in range(count)]


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
    overrides = tuple(
        Override(
            table=row.table, row=row.row, field=row.field, op="scale" if row.relative else "set", value=case[row.id]
        )
        for row in plan.uncertainties
        if row.id in case
    )
    bare = msgspec.structs.replace(
        plan, scenarios=(Scenario(id="case", name="", overrides=overrides),), uncertainties=()
    )
    return msgspec.structs.replace(apply_scenario(bare, "case"), scenarios=())


def outcome(plan: Plan, case: Case, solver: Solver) -> Outcome:
    """What is best in one case."""
    try:
        moved = under(plan, case)
    except PlanError as error:
        return Outcome("refused", text=error.problems[0].text)
    result = solve_plan(moved, solver=solver)
    return outcome_of(result)


def outcome_of(result: Result) -> Outcome:
    """A result as an outcome."""
    if result.status == "optimal":
        return Outcome("optimal", result.kpis)
    text = next((p.text for p in result.problems if p.severity == "error"), "")
    return Outcome(result.status, text=text)


def figure(found: Outcome, kpi: str) -> float | None:
    """A KPI of an outcome; of those that each workload has, the lowest. None where there is none."""
    value = found.kpis.get(kpi)
    if isinstance(value, dict):
        return min((v for v in value.values() if v is not None), default=None)
    return None if value is None else float(value)


def spread(found: Sequence[Outcome], kpi: str) -> Spread | None:
    """Where a KPI lies over outcomes, those without it left out; None where no outcome has it."""
    values = np.array([v for o in found if (v := figure(o, kpi)) is not None])
    if not values.size:
        return None
    low, p10, p50, p90, high = np.quantile(values, (0.0, LOW, 0.5, HIGH, 1.0)).tolist()
    return Spread(values.size, low, p10, p50, p90, high, float(values.mean()))


class OutcomeJob(Job):
    """Solves cases one after another in a process of its own, which `cancel` ends at once."""

    def __init__(self, plan: Plan, cases: Sequence[Case]) -> None:
        super().__init__(_solve, plan, [dict(case) for case in cases])

    def wait(self, seconds: float) -> Outcome | None:
        """The outcome of the next case, or None where there is none in time. Raises EOFError after the last one, or
        where the process died."""
        found: Outcome | None = self.hear(seconds)
        return found


def _solve(answer: Answer, plan: Plan, cases: Sequence[Case]) -> None:
    for found in _outcomes(plan, cases):
        answer.send(found)


def _outcomes(plan: Plan, cases: Sequence[Case]) -> Iterator[Outcome]:
    """What is best in each case. A solver is kept warm for BLOCK cases: what is found depends on no others."""
    for k, case in enumerate(cases):
        if k % BLOCK == 0:
            solver = Solver()
        yield outcome(plan, case, solver)


def outcomes(
    plan: Plan, cases: Sequence[Case], jobs: int = 1, progress: Callable[[int], None] = lambda done: None
) -> list[Outcome]:
    """What is best in each case, found by so many processes at once; the same for any number of them.

    `progress` hears how many are done. Raises EOFError where a process died.
    """
    found = []
    for each in outcomes_in_order(plan, cases, jobs):
        found.append(each)
        progress(len(found))
    return found


def outcomes_in_order(plan: Plan, cases: Sequence[Case], jobs: int = 1) -> Iterator[Outcome]:
    """The same one by one, as soon as all before it are found."""
    blocks = [range(k, min(k + BLOCK, len(cases))) for k in range(0, len(cases), BLOCK)]
    jobs = min(jobs, len(blocks))
    if jobs <= 1:
        yield from _outcomes(plan, cases)
        return
    shares = [[k for block in blocks[first::jobs] for k in block] for first in range(jobs)]
    made: dict[int, Outcome] = {}
    running = [(OutcomeJob(plan, [cases[k] for k in share]), iter(share)) for share in shares]
    left = [len(share) for share in shares]
    told = 0
    try:
        while told < len(cases):
            for n, (job, places) in enumerate(running):
                while left[n] and (word := job.wait(POLL)) is not None:
                    made[next(places)] = word
                    left[n] -= 1
            while told in made:
                yield made.pop(told)
                told += 1
    finally:
        for job, _ in running:
            job.cancel()
