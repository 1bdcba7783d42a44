"""Solves programs: makes a large one smaller, decides its integers, and takes one of equally good plans."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray

from gigaplan.engine.optimization.branching import Branching
from gigaplan.engine.optimization.highs import BARRIER, MIP_GAP, TOLERANCE, Highs
from gigaplan.engine.optimization.linear_program import LARGEST, LinearProgram, no_dearer
from gigaplan.engine.optimization.reduction import Reduction, reduced
from gigaplan.engine.optimization.so_far import lower_bound, made_whole, reduced_costs
from gigaplan.engine.optimization.solution import Solution, Status, failed, violation

Floats = NDArray[np.float64]

FEW_NODES, MOST_NODES = 20, 100
"""Continuous programs that are solved to decide the integers, while a person waits, and before HiGHS's own
search takes over with its cuts."""
SMALL = 10_000
"""Columns of a program that is solved in no time: of one with more, few are solved for a tie."""
COOLER = 1e-7
"""Of two plans that cost the same, one draws less energy if it is less by this part."""
AGREES = 1e-6
"""Of an objective: what it may differ by when integers that were decided on are fixed."""
NOTHING = 1e-9
"""USD: less is rounding."""
LEAST_GAP = 1e-7
"""A gap below it is asked of an optimum with its basis."""
TIMED = 2_000
"""Columns from which on a program whose time is limited is solved for a plan and a bound first."""
AGAIN = 1.5
"""The optimum with its basis takes so many times as long as that, at most."""
LARGE = 20_000
"""Columns from which on a program is made smaller before it is solved (`reduction`)."""


@dataclass
class Solver(Highs):
    """Solves one program after another; each starts from the basis that the last one ended with."""

    choice: Callable[[str], object] = lambda words: None
    """Told once per solve, in words, among how many decisions and by which method the optimum is searched."""
    large: int | None = None
    """Columns from which on a program is made smaller before it is solved; None: LARGE."""

    def solve(
        self, program: LinearProgram, *, time_limit: float | None = None, gap: float = 0.0, hold: Floats | None = None
    ) -> Solution:
        """The optimum of a program.

        `hold` gives integer columns fixed values; without it, an integer program is solved first and its
        decisions are then fixed, so that duals exist. Where the solve is stopped by the time limit, seconds, or
        because nothing can lower the objective by more than the part `gap` of it, the best plan found is `not_proven`.
        """
        self._stopped = False
        refused = _refusal(program)
        if refused:
            return failed("error", refused)
        if not len(program.cost):
            return self._without_columns(program)
        short = short_of(program, self.large)
        if self.interrupt():  # making it smaller takes its time, too
            return failed("cancelled", "")
        self.choice(self._in_words(program, program if short is None else short.program, hold is not None))
        if short is None:
            return self._in_time(program, time_limit, gap, hold)
        return _of_whole(short, self._in_time(short.program, time_limit, gap, hold))

    def quick(self, program: LinearProgram, known: Floats) -> tuple[Solution, bool]:
        """A plan with good integer decisions, soon, and whether it is proven that none are better.

        `known` [integer columns] are decisions that stay, NaN where one is to be made. Where none is found soon, it is
        the proven optimum, as `solve` finds it; that with the known decisions is `infeasible` where there is none.
        """
        self._stopped = False
        refused = _refusal(program)
        if refused or not len(program.cost):
            return self.solve(program), True
        short = short_of(program, self.large)
        if short is not None:
            found, is_proven = self._quick(short.program, known)
            return _of_whole(short, found), is_proven
        return self._quick(program, known)

    def relax(
        self,
        program: LinearProgram,
        between: tuple[Floats, Floats] | None = None,
        start: Solution | None = None,
        below: float = float("inf"),
    ) -> Solution:
        """The optimum of a program whose integer decisions may be fractions.

        With `between`, other bounds of its columns; from the basis of `start`, if that is a solution of this very
        program; `infeasible` where no plan costs less than `below`, USD.
        """
        self._stopped = False
        refused = _refusal(program)
        if refused:
            return failed("error", refused)
        lower, upper = between or (program.lower, program.upper)
        cutoff = (below - program.constant) / program.cost_unit
        return self._continuous(program, lower, upper, None, start, cutoff)

    def _in_time(self, program: LinearProgram, time_limit: float | None, gap: float, hold: Floats | None) -> Solution:
        """The optimum, or when time is over the best plan so far, with its bound."""
        found = self._optimum(program, time_limit, gap, hold)
        return self._so_far(program, found.seconds) if found.status == "time_limit" else found

    def _so_far(self, program: LinearProgram, seconds: float) -> Solution:
        """The best plan that is known when HiGHS has been stopped: what it was at, where that keeps every limit, or
        the plan that decides on nothing; without a plan `time_limit`."""
        values, duals = self._latest(program)
        integer, best = program.integer, failed("time_limit", "", seconds)
        for plan in (made_whole(program, values), made_whole(program, np.zeros(len(values)))):
            is_whole = np.array_equal(plan[integer], np.round(plan[integer]))
            objective = float((program.cost * plan).sum()) + program.constant
            if is_whole and not best.objective <= objective and violation(program, plan) <= AGREES:
                prices = reduced_costs(program, duals)
                missed = violation(program, plan)
                best = Solution("not_proven", plan, duals, prices, objective, seconds, violation=missed)
        if best.status == "time_limit":
            return best
        return dataclasses.replace(best, bound=min(best.objective, lower_bound(program, duals)))

    def _soon(self, program: LinearProgram, time_limit: float | None, gap: float) -> Solution:
        """The optimum of a continuous program; where time is limited or a gap is enough, first a plan and a bound by
        the interior point method alone, and then the optimum if that is asked for and there is time for it."""
        is_small = len(program.cost) < (TIMED if time_limit is not None else BARRIER)
        if is_small or self._solved is not None or (time_limit is None and gap < LEAST_GAP):
            return self._continuous(program, program.lower, program.upper, time_limit)
        began = time.perf_counter()
        status = self._until_near(program, gap / 2 if gap >= LEAST_GAP else MIP_GAP, time_limit)
        if status == "cancelled":
            return failed(status, "")
        took = time.perf_counter() - began
        near = self._so_far(program, took)
        left = None if time_limit is None else time_limit - took
        is_enough = gap >= LEAST_GAP and near.objective - near.bound <= gap * abs(near.objective)
        if is_enough or status == "time_limit" or (left is not None and left < AGAIN * took and len(near.values)):
            return near
        best = self._continuous(program, program.lower, program.upper, left)
        return near if best.status == "time_limit" else best

    def _optimum(self, program: LinearProgram, time_limit: float | None, gap: float, hold: Floats | None) -> Solution:
        found = self._solved_as_it_is(program, time_limit, hold, gap)
        if found.status != "unbounded":
            return found
        # The costs may fall without end along rays of rows that no point keeps.
        nothing = np.zeros(len(program.cost))
        free = dataclasses.replace(program, cost=nothing, energy=nothing, tie_break=nothing)
        feasible = self._solved_as_it_is(free, time_limit, hold)
        return found if feasible.status == "optimal" else feasible

    def _solved_as_it_is(
        self, program: LinearProgram, time_limit: float | None, hold: Floats | None, gap: float = 0.0
    ) -> Solution:
        if not program.integer.any():
            return self._soon(program, time_limit, gap)
        if hold is None and np.array_equal(program.lower[program.integer], program.upper[program.integer]):
            hold = program.lower[program.integer]
        if hold is None:
            began = time.perf_counter()
            decided, as_good = self._branched(program, time_limit, gap)
            if decided.status == "error":
                # Branching may not tell an infeasible program from an endless one; the relaxed program can.
                relaxed = self.relax(program)
                return relaxed if relaxed.status in ("infeasible", "unbounded") else decided
            if decided.status == "not_proven":
                fixed = self._fixed(program, np.round(decided.values[program.integer]), None)
                told = fixed.status == "optimal" and fixed.objective <= decided.objective + AGREES * abs(
                    decided.objective
                )
                return dataclasses.replace(fixed, status="not_proven" if told else "time_limit", bound=decided.bound)
            if decided.status != "optimal":
                return decided
            best = self._decided(program, decided, time_limit)
            left = None if time_limit is None else time_limit - (time.perf_counter() - began)
            return best if best.status != "optimal" or as_good is None else self._coolest(program, best, as_good, left)
        return self._fixed(program, hold, time_limit)

    def _in_words(self, program: LinearProgram, solved: LinearProgram, is_held: bool) -> str:
        """Such as `among 62,875 decisions, put together to 26,046, by the interior point method`."""
        columns, left = len(program.cost), len(solved.cost)
        among = f"among {columns:,} decisions" + (f", put together to {left:,}," if left < columns else "")
        if solved.integer.any() and not is_held:
            return f"{among} by branch and bound"
        is_cold = self._solved is None or self.anew is not None
        return f"{among} by the {'interior point method' if is_cold and left >= BARRIER else 'simplex method'}"

    def _quick(self, program: LinearProgram, known: Floats) -> tuple[Solution, bool]:
        integer = program.integer
        lower, upper = program.lower.copy(), program.upper.copy()
        lower[integer] = np.where(np.isnan(known), lower[integer], known)
        upper[integer] = np.where(np.isnan(known), upper[integer], known)
        bounded = dataclasses.replace(program, lower=lower, upper=upper)
        search = self._search(bounded, FEW_NODES, None)
        if search.found is None and search.stopped in ("infeasible", "cancelled"):
            return failed(cast(Status, search.stopped), ""), False
        if search.found is None:
            return self._optimum(program, None, 0.0, None), True
        is_proven = not search.stopped and bool(np.isnan(known).all()) and self._tied(search) is None
        return self._decided(bounded, search.found, None), is_proven

    def _branched(
        self, program: LinearProgram, time_limit: float | None, gap: float
    ) -> tuple[Solution, tuple[Floats, Floats] | None]:
        """The best decisions with the plan that they were found with, which `_decided` then makes whole; and where
        others are or may be as good, bounds between which those are."""
        began = time.perf_counter()
        search = self._search(program, MOST_NODES, time_limit, gap)
        found = search.found or failed("infeasible", "")
        if search.stopped in ("nodes", "error"):
            left = None if time_limit is None else max(0.0, time_limit - (time.perf_counter() - began))
            found = self._integer(program, left, search.found, gap)
            if found.status == "time_limit" and search.found is not None:
                found = dataclasses.replace(search.found, status="not_proven", bound=search.bound)
        elif search.stopped in ("gap", "time_limit") and search.found is not None:
            found = dataclasses.replace(search.found, status="not_proven", bound=search.bound)
        elif search.stopped:
            found = failed(cast(Status, search.stopped), "")
        if not program.energy.any():
            return found, None
        if search.stopped and len(program.cost) <= SMALL:
            search.best = found.objective if found.status == "optimal" else np.inf
            return found, search.as_good()
        return found, self._tied(search)

    def _tied(self, search: Branching[Solution]) -> tuple[Floats, Floats] | None:
        lower, upper = search.as_good()
        return (lower, upper) if (lower < upper).any() and not search.stopped and search.has_tie() else None

    def _coolest(
        self, program: LinearProgram, best: Solution, as_good: tuple[Floats, Floats], time_limit: float | None
    ) -> Solution:
        """Of all plans of least objective one of least energy (model.md 5.10): `best`, or one of other decisions, which
        are searched for between the bounds `as_good`. The search ends after some nodes: it is about a tie."""
        energy = program.energy / program.column_unit
        most = float(energy @ best.values) * (1 - COOLER)
        if most <= 0 or (time_limit is not None and time_limit <= 0):
            return best
        cool = no_dearer(program, best.objective + MIP_GAP * abs(best.objective), energy)
        cool.lower[program.integer], cool.upper[program.integer] = as_good
        nodes = MOST_NODES if len(program.cost) <= SMALL else FEW_NODES
        found = self._search(cool, nodes, time_limit, best=most).found
        if found is None:
            return best
        other = self._fixed(program, _needed(program, found.values), None)
        kept = other.status == "optimal" and other.objective <= best.objective + 2 * MIP_GAP * abs(best.objective)
        return other if kept and float(energy @ other.values) <= most else best

    def _search(
        self,
        program: LinearProgram,
        most_nodes: int,
        time_limit: float | None,
        gap: float = 0.0,
        best: float = float("inf"),
    ) -> Branching[Solution]:
        """Branches on the costs alone: a cut-off that no tie-break blurs ends most nodes early. With `best`, only
        decisions with a lower objective are found."""
        ends = time.perf_counter() + (float("inf") if time_limit is None else time_limit)
        lower, upper = program.lower.copy(), program.upper.copy()
        alone = dataclasses.replace(program, tie_break=np.zeros(len(program.cost)))

        def solve(below: Floats, above: Floats, start: Solution | None, cutoff: float) -> Solution:
            left = None if time_limit is None else max(0.0, ends - time.perf_counter())
            most = (cutoff - program.constant) / program.cost_unit
            if np.array_equal(below, above):
                return self._fixed(alone, below, left, start, most)
            lower[program.integer], upper[program.integer] = below, above
            return self._continuous(alone, lower.copy(), upper.copy(), left, start, most)

        tell = self._tell if np.isinf(best) else lambda *_: None  # of a search for a tie there is nothing to tell
        search = Branching(program, solve, tell, most_nodes, gap, best)
        search.run()
        if search.found is not None:  # its basis is where what follows starts from
            held = search.found.values[program.integer]
            solve(np.round(held), np.round(held), search.found, float("inf"))
        return search

    def _tell(self, best: float, bound: float) -> None:
        if self.progress is not None and abs(best) < float("inf"):
            self.progress(best, bound)

    def _fixed(
        self,
        program: LinearProgram,
        hold: Floats,
        time_limit: float | None,
        start: Solution | None = None,
        cutoff: float = float("inf"),
    ) -> Solution:
        """The optimum with integer columns at these values.

        A gate that is shut may still be found open by less than the tolerance, and carry a whole plan where its row
        has a large bound. Solved anew, it is taken out of the program before that.
        """
        lower, upper = program.lower.copy(), program.upper.copy()
        lower[program.integer] = upper[program.integer] = hold
        solution = _exactly(program, hold, self._continuous(program, lower, upper, time_limit, start, cutoff))
        if solution.violation > AGREES:
            self._solved = self._held = None
            solution = _exactly(program, hold, self._continuous(program, lower, upper, time_limit))
            if solution.violation > AGREES:
                return failed("error", "the plan that was found misses a limit, its figures lie too far apart")
        return dataclasses.replace(solution, integers_fixed=True)

    def _decided(self, program: LinearProgram, decided: Solution, time_limit: float | None) -> Solution:
        """The optimum with the integers that were decided on, which must be what was found while deciding.

        A decision that nothing needs and that costs nothing (an agreement without a commitment, under which nothing is
        bought) is not taken, so that it is no accident which plan is told.
        A decision that counts as none within the tolerance (a signature of 4e-8) may carry a whole plan in a row with
        a large bound. Where the rounded decisions are worse, those that the program leans on are taken in full; where
        that is worse too, the answer is an error: it is never called proven.
        """
        found = decided.values[program.integer]
        rounded = np.round(found)
        needed = _needed(program, decided.values)
        fewer = (needed,) if (needed != rounded).any() else ()
        best = failed("infeasible", "")
        for hold in (*fewer, rounded, np.where(found > TOLERANCE, 1.0, 0.0)):
            solution = self._fixed(program, hold, time_limit)
            if solution.status in ("cancelled", "time_limit"):
                return solution
            if solution.status == "optimal" and not best.objective <= solution.objective:
                best = solution
            off = abs(best.objective - decided.objective)
            if off <= AGREES * (abs(decided.objective) + program.cost_unit) + NOTHING:
                return best
        return failed("error", "its integer decisions do not hold when they are rounded")

    def _without_columns(self, program: LinearProgram) -> Solution:
        feasible = bool(np.all(program.row_lower <= TOLERANCE) and np.all(program.row_upper >= -TOLERANCE))
        if not feasible:
            return failed("infeasible", "")
        return Solution("optimal", np.zeros(0), np.zeros(len(program.row_upper)), np.zeros(0), program.constant, 0.0)


def short_of(program: LinearProgram, large: int | None = None) -> Reduction | None:
    """A smaller program to solve in the place of a large one; None where it is solved as it is."""
    return reduced(program) if len(program.cost) >= (LARGE if large is None else large) else None


def _of_whole(short: Reduction, found: Solution) -> Solution:
    """A solution of the program that was made smaller, from one of the smaller."""
    if not len(found.values):
        return found
    program, duals = short.whole, found.row_duals[short.row_of]
    values, prices = short.values(found.values), short.reduced_costs(duals)
    prices[short.kept] = found.reduced_costs[: len(short.kept)]
    return dataclasses.replace(
        found,
        values=values,
        row_duals=duals,
        reduced_costs=prices,
        objective=float((program.cost * values).sum()) + program.constant,
        violation=violation(program, values),
        reduction=short,
    )


def _refusal(program: LinearProgram) -> str:
    """What HiGHS would silently misread: it takes NaN costs and drops rows that it refuses."""
    for name, values in (("cost", program.cost), ("coefficient", program.values)):
        if not np.all(np.abs(values) < LARGEST):
            return f"a {name} is not finite or beyond {LARGEST:g}"
    for name, values in (
        ("lower bound", program.lower),
        ("upper bound", program.upper),
        ("limit", program.row_lower),
        ("limit", program.row_upper),
    ):
        if np.isnan(values).any() or np.any(np.isfinite(values) & (np.abs(values) >= LARGEST * 1e6)):
            return f"a {name} is not a number or beyond what can be computed with"
    return ""


def _exactly(program: LinearProgram, hold: Floats, solution: Solution) -> Solution:
    """A solution with its integer columns at just these values, and what it then violates."""
    if solution.status != "optimal":
        return solution
    values = solution.values.copy()
    values[program.integer] = hold
    return dataclasses.replace(solution, values=values, violation=violation(program, values))


def _needed(program: LinearProgram, values: Floats) -> Floats:
    """[integer columns] the decisions, rounded, without those that could be left out with all else the same."""
    values = np.where(program.integer, np.round(values), values)
    row_of = np.repeat(np.arange(len(program.row_upper)), np.diff(program.row_start))
    entries = np.flatnonzero(program.integer[program.columns])
    activity, room = program.activity(values), TOLERANCE * program.row_unit
    for j in np.flatnonzero(program.integer & (values > 0) & (program.lower <= 0) & (program.cost >= 0)).tolist():
        mine = entries[program.columns[entries] == j]
        rows = row_of[mine]
        left = activity[rows] - program.values[mine] * values[j]
        if np.all((left >= program.row_lower[rows] - room[rows]) & (left <= program.row_upper[rows] + room[rows])):
            activity[rows], values[j] = left, 0.0
    return np.asarray(values[program.integer])
