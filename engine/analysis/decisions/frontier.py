"""What a stricter limit costs: the least cost as one measure goes from what the cheapest plan does anyway to the
strictest limit that any plan meets (epsilon-constraint). Each point is a plan: this one, with that limit kept.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import msgspec
import numpy as np
from msgspec import Struct

from gigaplan.engine.analysis.cases import each
from gigaplan.engine.analysis.decisions.joint_program import Joint, Risk, joint
from gigaplan.engine.analysis.decisions.two_stage import Decision, own_optima
from gigaplan.engine.analysis.decisions.worlds import World, WorldProgram, ordered_before, worlds_of
from gigaplan.engine.analysis.infeasibility.relaxation import with_relief
from gigaplan.engine.analysis.uncertainty import cvar
from gigaplan.engine.optimization.arrays import Inputs, inputs_of
from gigaplan.engine.optimization.contract_years import contract_years
from gigaplan.engine.optimization.formulation import build
from gigaplan.engine.optimization.linear_program import Ceiling, Floats, Index, LinearProgram, with_rows
from gigaplan.engine.optimization.policies import POLICY_KINDS
from gigaplan.engine.optimization.policies.members import member_of_pairs
from gigaplan.engine.optimization.solution import Solution
from gigaplan.engine.optimization.solver import Solver
from gigaplan.engine.plan.plan import Plan, fresh_id, with_row
from gigaplan.engine.plan.problems import PlanError, refused
from gigaplan.engine.plan.schema import Override, Policy, Scenario
from gigaplan.engine.results.allocation import allocation_of
from gigaplan.engine.results.kpi_registry import kpis_of
from gigaplan.engine.validation.rules import check, errors

SHARES = ("vendor", "provider", "site", "jurisdiction", "stack")
POLICIES = ("carbon", "coverage", *SHARES)
"""Limits that a policy of the plan can keep: most tCO2e in a plan year; least part of a workload that is served; the
largest part of the power of any vendor ..."""
AIMS = (*POLICIES, "power", "hhi", "commitment")
"""Also: the highest facility power; the highest concentration of vendors; what agreements commit to."""
CVAR = "cvar"
"""The aim of `risk_frontier`."""
EARLY = (
    "Signed as in that plan; before the date of decision no more is ordered than in it, and less where less is best."
)
"""What a scenario keeps of a plan that is decided for several worlds."""
UNITS = {"carbon": "tCO2e/year", "power": "MW", "hhi": "ratio", "commitment": "USD", CVAR: "USD"}
"""Units of limits; those of others are fractions."""
TOGETHER = 10
"""Points that one solver is kept warm for."""
NEAR_STRICTEST = 1e-6
"""By so much a limit is looser than the strictest that there is: rounding keeps plans from meeting that."""
MOST_CUTS = 60
NEAR_EVEN = 1e-4
"""Of the root of a concentration, mean over the periods: what gains less is as even as it gets."""
NEAR_LIMIT = 1e-5
"""Of a concentration: what is nearer to its limit keeps it."""
HALVINGS = 14
"""Of the range in which the strictest limit is sought: it is found to a part in 16,000."""


class Point(Struct, frozen=True):
    """The cheapest plan under a limit."""

    limit: float
    """In the unit of the frontier."""
    cost_usd: float
    """The objective of the planning model; of a frontier of CVaR its expected value."""
    kpis: dict[str, Any]
    chips: dict[str, float] = {}
    """Chips delivered over the horizon, by `offer|site`."""
    overrides: tuple[Override, ...] = ()
    """Where no policy is of that kind: what keeps the plan within the limit, in a scenario,"""
    policies: tuple[Policy, ...] = ()
    """and policies that do so beside them."""


class Frontier(Struct, frozen=True):
    """Points from the cheapest plan to the strictest limit; none unless `status`, that of the plan, is optimal."""

    aim: str
    unit: str
    status: str
    points: tuple[Point, ...] = ()
    world: str = ""
    """The world that has no plan, where it is one of several."""


@dataclass(frozen=True)
class Solved:
    inputs: Inputs
    program: LinearProgram
    solution: Solution


def frontier(
    plan: Plan,
    aim: str,
    count: int = 11,
    *,
    jobs: int = 1,
    progress: Callable[[float, str], None] = lambda part, what: None,
) -> Frontier:
    """`count` points from the cheapest plan to the strictest limit of one of `AIMS`, evenly apart in the limit.

    Raises PlanError where the plan has errors, or no such policy can be added to it.
    """
    if aim not in AIMS:
        raise refused("aim_unknown", aim=aim, known=(*AIMS, CVAR))
    if count < 2:
        raise refused("frontier_points")
    if found := errors(check(plan)):
        raise PlanError(tuple(found))
    search = _search(plan, aim, Solver())
    progress(0.0, "the cheapest plan")
    cheapest = search.solve(None)
    if cheapest.solution.status != "optimal":
        return Frontier(aim, UNITS.get(aim, "fraction"), cheapest.solution.status)
    loose = search.met(cheapest)
    tight = _strictest(search, loose, lambda k: progress(0.4 * k / HALVINGS, "the strictest limit"))
    points = [_point(loose, cheapest, search)]
    limits = np.linspace(loose, tight, count).tolist()[1:]
    for point in each(_point_at, (plan, aim), limits, jobs=jobs, block=TOGETHER):
        progress(0.4 + 0.6 * len(points) / count, f"point {len(points) + 1} of {count}")
        if point is not None:
            points.append(point)
    return Frontier(aim, UNITS.get(aim, "fraction"), "optimal", tuple(points))


def _point_at(given: tuple[Plan, str], limit: float, solver: Solver) -> Point | None:
    search = _search(*given, solver)
    solved = search.solve(limit)
    return _point(limit, solved, search) if solved.solution.status == "optimal" else None


def _point(limit: float, solved: Solved, search: _Search) -> Point:
    inputs, program, solution = solved.inputs, solved.program, solved.solution
    kpis = kpis_of(allocation_of(inputs, program, solution))
    chips = chips_delivered(inputs, program, solution.values)
    return Point(limit, solution.objective, kpis, chips, *search.kept_by(solved))


def _strictest(search: _Search, loose: float, progress: Callable[[int], None]) -> float:
    """The strictest limit that some plan meets."""
    if (known := search.strictest_met()) is not None:
        return known
    strict = search.strictest
    if search.solve(strict).solution.status == "optimal":
        return strict
    met, not_met = loose, strict
    for k in range(HALVINGS):
        progress(k)
        middle = (met + not_met) / 2
        if search.solve(middle).solution.status == "optimal":
            met = middle
        else:
            not_met = middle
    return met


def policy_for(plan: Plan, aim: str, limit: float) -> Policy | None:
    """The policy that keeps a limit of a frontier, with an id that is free; None where no policy limits that."""
    if aim not in POLICIES:
        return None
    id = fresh_id(plan, "policies", f"{aim} limit")
    if aim in SHARES:
        dimension: Any = aim
        return Policy(id=id, kind="share", dimension=dimension, metric="power", scope="*", limit=limit)
    kind: Any = aim
    return Policy(id=id, kind=kind, limit=limit)


def with_scenario_for(plan: Plan, aim: str, point: Point, name: str) -> tuple[Plan, str]:
    """The plan with a scenario in which a point of a frontier is the optimum, and the id of that scenario. Policies
    that keep its limit are put off, and on in the scenario."""
    policy = policy_for(plan, aim, round(point.limit, 6))
    policies = (policy,) if policy is not None else point.policies
    return with_scenario(plan, name, point.overrides, policies, EARLY if aim == CVAR else "")


def with_scenario(
    plan: Plan, name: str, overrides: Sequence[Override], policies: Sequence[Policy], notes: str = ""
) -> tuple[Plan, str]:
    """The plan with a scenario of overrides and of policies that are on in it alone, and the id of that scenario."""
    wider, moves = plan, list(overrides)
    for kept in policies:
        row = msgspec.structs.replace(kept, id=fresh_id(wider, "policies", kept.id), enabled=False)
        wider = with_row(wider, "policies", row)
        moves.append(Override(table="policies", row=row.id, field="enabled", op="set", value=True))
    scenario = Scenario(id=fresh_id(plan, "scenarios", name), name=name, notes=notes, overrides=tuple(moves))
    return with_row(wider, "scenarios", scenario), scenario.id


class _Search(ABC):
    """Solves the plan under a limit, with one warm solver."""

    strictest: float
    """No plan is stricter; some plans may not come so far."""

    def __init__(self, plan: Plan, solver: Solver) -> None:
        self._plan, self._solver = plan, solver

    @abstractmethod
    def solve(self, limit: float | None) -> Solved:
        """The cheapest plan under a limit; without one as it stands."""

    @abstractmethod
    def met(self, solved: Solved) -> float:
        """The strictest limit that a plan found without a limit meets."""

    def strictest_met(self) -> float | None:
        """The strictest limit that some plan meets, where one program tells it."""
        return None

    def kept_by(self, solved: Solved) -> tuple[tuple[Override, ...], tuple[Policy, ...]]:
        """Overrides and policies that have a plan as the optimum of a scenario; none where a policy keeps the limit."""
        return (), ()


def _search(plan: Plan, aim: str, solver: Solver) -> _Search:
    if aim in POLICIES:
        return _ByPolicy(plan, aim, solver)
    kinds: dict[str, type[_ByRows]] = {"power": PowerLimit, "hhi": Concentration, "commitment": _Commitment}
    return kinds[aim](plan, solver)


class _ByPolicy(_Search):
    """Limits that are those of a policy."""

    def __init__(self, plan: Plan, aim: str, solver: Solver) -> None:
        super().__init__(plan, solver)
        policy = policy_for(plan, aim, 1.0)
        assert policy is not None
        self._policy, self._is_floor = policy, aim == "coverage"
        self.strictest = 1.0 if self._is_floor else 0.0
        if aim in SHARES:  # of n members one has an nth or more, unless nothing is done at all
            self.strictest = 1 / max(1, len({*member_of_pairs(inputs_of(plan), aim)} - {""}))

    def _built(self, limit: float | None) -> tuple[Inputs, LinearProgram]:
        plan = self._plan
        if limit is not None:
            policy = msgspec.structs.replace(self._policy, limit=limit)
            plan = msgspec.structs.replace(plan, policies=(*plan.policies, policy))
        inputs = inputs_of(plan)
        return inputs, build(inputs)

    def solve(self, limit: float | None) -> Solved:
        inputs, program = self._built(limit)
        return Solved(inputs, program, self._solver.solve(program))

    def met(self, solved: Solved) -> float:
        """How far a row is from its bound is linear in the limit: two limits give the one at which it holds just so."""
        one, two = (0.25, 0.75)
        first, second = self._past(one, solved.solution), self._past(two, solved.solution)
        step = (second - first) / (two - one)
        moves = np.abs(step) > 1e-12
        at = one - first[moves] / step[moves]
        if not at.size:
            return 1.0 if self._is_floor else 0.0
        return float(np.clip(at.min(), 0.0, 1.0)) if self._is_floor else max(float(at.max()), 0.0)

    def strictest_met(self) -> float | None:
        """Where the bounds of the policy's rows move in proportion to its limit, it is a column: as small as can be, or
        of a floor as large."""
        kind = POLICY_KINDS[self._policy.kind]
        if kind.per_limit is None:
            return None
        limit = 1.0 if self._is_floor else 0.0
        inputs, program = self._built(limit)
        rows = [f for f in program.families if f.label == self._policy.id and f.size]
        if not rows:
            return None
        at = np.concatenate([np.arange(f.start, f.start + f.size) for f in rows])
        moves = np.concatenate([kind.per_limit(inputs, self._policy, f) for f in rows])
        nothing = replace(program, cost=np.zeros(len(program.cost)), tie_break=np.zeros(len(program.cost)))
        least = self._solver.solve(with_relief(nothing, [(at, moves, 1.0)]))
        if least.status != "optimal":
            return None
        moved = max(float(least.values[-1]), 0.0) * (1 + NEAR_STRICTEST)
        return max(1.0 - moved, 0.0) if self._is_floor else moved

    def _past(self, limit: float, solution: Solution) -> Any:
        """[R] how far a solution is past the bound of each row of the policy."""
        _, program = self._built(limit)
        values = np.zeros(len(program.cost))
        values[: len(solution.values)] = solution.values
        activity = program.activity(values)
        rows = [family.rows for family in program.families if family.label == self._policy.id]
        bound = np.where(np.isfinite(program.row_upper), program.row_upper, program.row_lower)
        return np.concatenate([(activity - bound)[r] for r in rows]) if rows else np.zeros(0)


class _Sum(NamedTuple):
    """A sum over columns, and what stands in it whatever they are."""

    columns: Index
    values: Floats
    constant: float

    def at(self, x: Floats) -> float:
        """The sum for a solution."""
        return float((self.values * x[self.columns]).sum()) + self.constant


class _ByRows(_Search):
    """Limits on what is linear in the columns of the program, as rows of their own."""

    dimension = "vendor"

    def __init__(self, plan: Plan, solver: Solver) -> None:
        super().__init__(plan, solver)
        self.inputs, self.program, self.power = _powers(plan, self.dimension)
        self._periods = range(self.inputs.time.periods)
        self._begin()

    def _begin(self) -> None:
        self.strictest = 0.0

    @abstractmethod
    def rows(self, limit: float) -> list[Ceiling]:
        """The rows that keep a limit."""

    def solve(self, limit: float | None) -> Solved:
        program = self.program if limit is None else with_rows(self.program, self.rows(limit))
        return Solved(self.inputs, program, self._solver.solve(program))


def _powers(plan: Plan, dimension: str) -> tuple[Inputs, LinearProgram, dict[tuple[str, int], _Sum]]:
    """The program, and the IT power, W, of each member of a dimension in each period.

    They are read from the rows of a share policy with a limit of 0: a member has none of the power. The rows stay, and
    ask nothing.
    """
    policy = policy_for(plan, dimension, 0.0)
    assert policy is not None
    inputs = inputs_of(msgspec.structs.replace(plan, policies=(*plan.policies, policy)))
    program = build(inputs)
    upper, found = program.row_upper.copy(), {}
    for family in program.families:
        if family.label != policy.id:
            continue
        for row, period in zip(range(family.rows.start, family.rows.stop), family.index[0].tolist(), strict=True):
            own = slice(program.row_start[row], program.row_start[row + 1])
            found[family.member, period] = _Sum(program.columns[own], program.values[own], -float(upper[row]))
        upper[family.rows] = np.inf
    return inputs, replace(program, row_upper=upper), found


class PowerLimit(_ByRows):
    """The highest facility power of any period, MW."""

    dimension = "site"

    def _facility(self, period: int) -> _Sum:
        pue = {site.id: float(self.inputs.pue[k]) for k, site in enumerate(self.inputs.plan.sites)}
        parts = [(pue[member], s) for (member, t), s in self.power.items() if t == period]
        return _together([(pue / 1e6, s) for pue, s in parts])

    def rows(self, limit: float) -> list[Ceiling]:
        sums = [self._facility(t) for t in range(self.inputs.time.periods)]
        return [Ceiling(s.columns, s.values, limit - s.constant, 1.0) for s in sums if s.columns.size]

    def met(self, solved: Solved) -> float:
        return max(self._facility(t).at(solved.solution.values) for t in range(self.inputs.time.periods))

    def kept_by(self, solved: Solved) -> tuple[tuple[Override, ...], tuple[Policy, ...]]:
        """No site draws more than in this plan."""
        found, x = [], solved.solution.values
        for k, site in enumerate(self.inputs.plan.sites):
            watts = [self.power[site.id, t].at(x) if (site.id, t) in self.power else 0.0 for t in self._periods]
            value = [no_less(max(w, 0.0) * float(self.inputs.pue[k]) / 1e6) for w in watts]
            found.append(Override(table="sites", row=site.id, field="power_mw", op="set", value=value))
        return tuple(found), ()


class _Commitment(_ByRows):
    """What agreements that are signed commit to over their contract years in the horizon, USD."""

    def _begin(self) -> None:
        block = self.program.blocks.get("signed")
        place = {} if block is None else {int(a): block.start + k for k, a in enumerate(block.index[0].tolist())}
        columns, values, fixed = [], [], 0.0
        for year in contract_years(self.inputs):
            if year.agreement in place:
                columns.append(place[year.agreement])
                values.append(year.commitment_usd)
            else:
                fixed += year.commitment_usd
        at, inverse = np.unique(np.array(columns, dtype=np.int64), return_inverse=True)
        owed = np.bincount(inverse, np.array(values), minlength=len(at)).astype(float)
        self.owed = _Sum(at, owed, fixed)
        self.strictest = fixed

    def rows(self, limit: float) -> list[Ceiling]:
        s = self.owed
        unit = max(float(s.values.max(initial=0.0)), 1.0)
        return [Ceiling(s.columns, s.values, limit - s.constant + 1e-6 * unit, unit)] if s.columns.size else []

    def met(self, solved: Solved) -> float:
        return self.owed.at(np.round(solved.solution.values))

    def kept_by(self, solved: Solved) -> tuple[tuple[Override, ...], tuple[Policy, ...]]:
        """Agreements are signed as in this plan; under those that are not, nothing is bought."""
        signed = allocation_of(solved.inputs, solved.program, solved.solution).signed
        return signed_as(self.inputs.plan, signed.tolist()), ()


class Concentration(_ByRows):
    """The Herfindahl-Hirschman index of IT power by vendor, in the period in which it is highest.

    Where P_v is the power of vendor v and P their sum, sum P_v^2 <= L P^2 is a convex cone. It is approached by its
    tangents (cutting planes, Kelley, 1960): for shares q of a plan that is past the limit,
    sum 2 q_v P_v - (sum q_v^2 + L) P <= 0.
    """

    def _begin(self) -> None:
        self.vendors = sorted({member for member, _ in self.power})
        self.strictest = 1 / max(1, len(self.vendors))

    def rows(self, limit: float) -> list[Ceiling]:
        """The tangents at plans of one vendor."""
        corners = np.eye(len(self.vendors))
        return [self._tangent(t, q, limit) for t in range(self.inputs.time.periods) for q in corners]

    def solve(self, limit: float | None) -> Solved:
        solved = super().solve(limit)
        program = solved.program
        for _ in range(MOST_CUTS):
            if limit is None or solved.solution.status != "optimal":
                return solved
            shares = self._shares(solved.solution.values)
            past = [(t, q) for t, q in shares.items() if float((q**2).sum()) > limit + NEAR_LIMIT]
            if not past:
                return solved
            program = with_rows(program, [self._tangent(t, q, limit) for t, q in past])
            solved = Solved(self.inputs, program, self._solver.solve(program))
        return solved

    def _tangent(self, period: int, q: Floats, limit: float) -> Ceiling:
        both = float((q**2).sum()) + limit
        parts = [(2 * q[k] - both, self.power[v, period]) for k, v in enumerate(self.vendors)]
        s = _together([(weight / 1e6, part) for weight, part in parts])
        return Ceiling(s.columns, s.values, -s.constant, 1.0)

    def _shares(self, x: Floats) -> dict[int, Floats]:
        found = {}
        for t in range(self.inputs.time.periods):
            power = np.array([max(self.power[v, t].at(x), 0.0) for v in self.vendors])
            if power.sum() > 1.0:  # W
                found[t] = power / power.sum()
        return found

    def kept_by(self, solved: Solved) -> tuple[tuple[Override, ...], tuple[Policy, ...]]:
        """No vendor has a larger share of the power, in any period, than in this plan: all have the same, then."""
        shares = self._shares(solved.solution.values)
        policies = []
        for k, vendor in enumerate(self.vendors):
            limit = tuple(min(no_less(float(shares[t][k])), 1.0) if t in shares else 1.0 for t in self._periods)
            id = f"share of {vendor}"
            policies.append(Policy(id=id, kind="share", dimension="vendor", metric="power", scope=vendor, limit=limit))
        return (), tuple(policies)

    def met(self, solved: Solved) -> float:
        shares = self._shares(solved.solution.values).values()
        return max((float((q**2).sum()) for q in shares), default=self.strictest)

    def mean(self, values: Floats) -> float:
        """The concentration of a solution, mean over the periods with power."""
        return float(np.mean([float((q**2).sum()) for q in self._shares(values).values()] or [1.0]))

    def most_even(self, program: LinearProgram, start: Solution, beside: Floats) -> Solution:
        """The plan of a program, of which `start` is one, whose mean concentration is as low as these steps bring it;
        of plans that are alike in it that with least of `beside`.

        The root of the index of a period is ||P|| / 1'P. Each step lowers the sum of ||P|| - r 1'P, r the root as it
        stands (Dinkelbach, 1967), with the norm approached by its tangents. A sum of ratios may have a lower minimum
        elsewhere.
        """
        count, best, at = len(program.cost), start, self.mean(start.values)
        roots = {t: float(np.linalg.norm(q)) for t, q in self._shares(start.values).items()}
        size = {t: sum(self.power[v, t].at(start.values) for v in self.vendors) for t in roots}
        tangents = [(t, q) for t in roots for q in np.eye(len(self.vendors))]
        for _ in range(MOST_CUTS):
            rows = [self._past(t, q, roots[t], size[t]) for t, q in tangents]
            first = len(program.row_upper)
            wider = with_rows(replace(program, cost=np.zeros(count)), rows)
            places = {t: [k for k, (of, _) in enumerate(tangents) if of == t] for t in roots}
            relief = [(first + np.array(at_t), np.ones(len(at_t)), 1.0) for at_t in places.values()]
            eased = with_relief(wider, relief)
            eased.cost[:count] = beside
            solved = self._solver.solve(eased)
            if solved.status != "optimal":
                return best
            gain = len(roots) - float(solved.values[count:].sum())
            plan = replace(solved, values=solved.values[:count])
            shares = {t: q for t, q in self._shares(plan.values).items() if t in roots}
            tangents += [(t, q / np.linalg.norm(q)) for t, q in shares.items()]
            if (found := self.mean(plan.values)) < at - NEAR_LIMIT:
                best, at = plan, found
                roots |= {t: float(np.linalg.norm(q)) for t, q in shares.items()}
            elif gain <= NEAR_EVEN * len(roots):
                break
        return best

    def _past(self, period: int, q: Floats, root: float, size: float) -> Ceiling:
        """How far the norm of the power of a period, by a tangent, is above `root` times its sum, as a part of `size`:
        at most what a column of relief stands at, less 1."""
        parts = [((q[k] - root) / size, self.power[v, period]) for k, v in enumerate(self.vendors)]
        s = _together(parts)
        return Ceiling(s.columns, s.values, -1.0 - s.constant, 1.0)


ROUNDING = 2e-6
"""Relative: by so much what is kept is looser than the plan that it is read from."""


def no_less(value: float) -> float:
    return float(f"{value * (1 + ROUNDING) + 1e-9:.9g}")


def signed_as(plan: Plan, signed: Sequence[float]) -> tuple[Override, ...]:
    """What has the agreements signed as they are in a plan."""
    found = []
    for row, taken in zip(plan.agreements, signed, strict=True):
        if row.status != "optional":
            continue
        if taken > 0.5:
            found.append(Override(table="agreements", row=row.id, field="status", op="set", value="signed"))
            continue
        sold = [("offers", o.id, "supply_chips_per_month") for o in plan.offers if o.agreement == row.id]
        sold += [("services", s.id, "limit") for s in plan.services if s.agreement == row.id]
        found += [Override(table=t, row=id, field=f, op="set", value=0.0) for t, id, f in sold]  # type: ignore[arg-type]
    return tuple(found)


def _together(parts: Sequence[tuple[float, _Sum]]) -> _Sum:
    """The sum of sums over different columns, each times a weight."""
    return _Sum(
        np.concatenate([s.columns for _, s in parts] or [np.zeros(0, np.int64)]),
        np.concatenate([weight * s.values for weight, s in parts] or [np.zeros(0)]),
        sum(weight * s.constant for weight, s in parts),
    )


def risk_frontier(
    worlds: Sequence[World],
    months: float,
    alpha: float = 0.95,
    count: int = 11,
    *,
    jobs: int = 1,
    progress: Callable[[float, str], None] = lambda part, what: None,
) -> Frontier:
    """Expected cost against the CVaR of the worst 1 - alpha, from the two-stage plan of least expected cost to that of
    least CVaR; decided `months` after the plan's start. Raises PlanError."""
    if count < 2:
        raise refused("frontier_points")
    known = own_optima(worlds, jobs, lambda part, what: progress(0.4 * part, what))
    if (none := known.without_plan) is not None:
        return Frontier(CVAR, "USD", none.status, world=none.worlds[0].id)
    programs, owns = known.programs, known.owns
    money = float(np.mean([own.objective for own in owns]))
    both = joint(programs, months, Risk(0.5, alpha), money)
    extra = np.arange(len(both.program.cost) - 1 - len(worlds), len(both.program.cost))
    tail = 2 * both.program.cost[extra]
    cost = 2 * both.program.cost
    cost[extra] = 0.0
    mean = replace(both.program, cost=cost, constant=2 * both.program.constant)
    only = replace(mean, cost=np.zeros(len(cost)), constant=0.0)
    only.cost[extra] = tail
    solver = Solver()
    ends = [solver.solve(mean), solver.solve(only)]
    if any(end.status != "optimal" for end in ends):
        return Frontier(CVAR, "USD", next(end.status for end in ends if end.status != "optimal"))
    loose, tight = (_in_tail(programs, both, end, alpha)[1] for end in ends)
    points = []
    for k, limit in enumerate(np.linspace(loose, tight, count).tolist()):
        progress(0.4 + 0.6 * k / count, f"point {k + 1} of {count}")
        row = Ceiling(extra, tail, limit + 1e-9 * abs(limit), max(abs(loose), 1.0))
        solved = solver.solve(with_rows(mean, [row]))
        if solved.status == "optimal":
            expected, worst = _in_tail(programs, both, solved, alpha)
            kpis = {"expected_usd": expected, "cvar_usd": worst}
            decided = dict(zip(both.shared, solved.values[: len(both.shared)].tolist(), strict=True))
            points.append(Point(limit, expected, kpis, overrides=_decided_as(programs[0], decided, months)))
    return Frontier(CVAR, "USD", "optimal", tuple(points))


def risk_frontier_of(
    plan: Plan, months: float, count: int, progress: Callable[[float, str], None] = lambda part, what: None
) -> Frontier:
    """See `risk_frontier`; over all worlds of a plan. Raises PlanError."""
    return risk_frontier(worlds_of(plan), months, count=count, progress=progress)


def _decided_as(world: WorldProgram, decided: Decision, months: float) -> tuple[Override, ...]:
    """What has no offer deliver more than was decided, of what is ordered before it is known which world comes; and
    agreements signed as decided."""
    plan, time = world.inputs.plan, world.inputs.time
    early, periods = ordered_before(world.inputs, months), world.program.names["period"]
    chips: dict[tuple[str, str], float] = {}
    for (block, *where), count in decided.items():
        if block == "deliveries":
            key = where[0].partition("|")[0], where[1]
            chips[key] = chips.get(key, 0.0) + count
    found = []
    for offer, is_early in zip(plan.offers, early.tolist(), strict=True):
        count = sum(is_early)  # of the first periods: what is delivered later is ordered later
        if not count:
            continue
        value = [no_less(max(chips.get((offer.id, name), 0.0), 0.0) / time.months) for name in periods]
        until = time.dates[count] if count < time.periods else None
        found.append(
            Override(
                table="offers", row=offer.id, field="supply_chips_per_month", op="set", value=value, until=until
            )
        )  # fmt: skip
    signed = [decided.get(("signed", row.id), 0.0) for row in plan.agreements]
    return (*found, *signed_as(plan, signed))


def _in_tail(programs: Sequence[WorldProgram], both: Joint, solution: Solution, alpha: float) -> tuple[float, float]:
    """Expected cost and CVaR of a solution of the joint program."""
    costs = []
    for program, place in zip(programs, both.places, strict=True):
        p = program.program
        costs.append((program.world.weight, float((p.cost * solution.values[place]).sum()) + p.constant))
    return sum(weight * cost for weight, cost in costs), cvar(costs, alpha)


def deliveries_of(i: Inputs, p: LinearProgram, values: Floats) -> Floats:
    """[N, T] chips delivered."""
    found = np.zeros(i.can_deliver.shape)
    block = p.blocks["deliveries"]
    found[block.index] = values[block.columns]
    return found


def chips_delivered(i: Inputs, p: LinearProgram, values: Floats) -> dict[str, float]:
    """Chips delivered over the horizon, by `offer|site`; what is nothing to the solver's tolerance is left out."""
    chips = deliveries_of(i, p, values).sum(axis=1)
    dust = 1e-6 * max(float(chips.max(initial=0.0)), 1.0)
    pairs = zip(i.pair_offer.tolist(), i.pair_site.tolist(), chips.tolist(), strict=True)
    return {f"{i.plan.offers[o].id}|{i.plan.sites[s].id}": c for o, s, c in pairs if c > dust}
