"""Solves a linear program with HiGHS: the only file that knows it. Arrays in; values, duals and a status out."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, cast

import highspy
import numpy as np
from numpy.typing import NDArray

from gigaplan.engine.optimization.branching import Branching
from gigaplan.engine.optimization.linear_program import LARGEST, LinearProgram, no_dearer
from gigaplan.engine.optimization.reduction import Reduction, reduced
from gigaplan.engine.optimization.scaling import Scaled, scaled, tie_break_of, without_tie_break
from gigaplan.engine.optimization.warm_start import columns_from, rows_from, same_structure

Floats = NDArray[np.float64]
Status = Literal[
    "optimal", "not_proven", "infeasible", "unbounded", "time_limit", "cancelled", "error", "too_large"
]
"""How a solve ended; `too_large` is that of a plan that was not given to the solver."""

TOLERANCE = 1e-9
"""Feasibility and optimality, in the program's own units (values near one)."""
DUAL_TOLERANCE = 1e-10
"""Fine enough to tell apart plans that differ in their tie-break alone."""
MIP_GAP = 1e-9
"""Relative to the best objective: what is proven while integers are decided."""
FEASIBLE = 2
"""HiGHS's word for a solution that keeps every row and bound."""
INTEGER_TOLERANCE = 1e-7
"""Feasibility while integers are decided."""
SMALLEST, USUAL_SMALLEST = 1e-12, 1e-9
"""Coefficients below it are left out, in those units: HiGHS keeps no smaller ones. Its own value, which is also what it
rounds to nothing on its way, serves wherever no coefficient is smaller."""
UNSCALED, SCALED_BY_HIGHS = 0, 1
"""Numbers that have been scaled by what they mean are near one, and without HiGHS's own scaling it takes half the
time. Where a plan's figures lie too far apart for that, HiGHS scales them once more."""
NEAR_ONE = 1e-4, 1e5
"""The sizes of coefficients and costs, in the program's own units, that need no more scaling."""
DUAL_SIMPLEX, PRIMAL_SIMPLEX = 1, 4
"""HiGHS's own choice, and the other, as its option simplex_strategy counts them."""
OTHER_WAYS: tuple[dict[str, Any], ...] = (
    {"simplex_strategy": DUAL_SIMPLEX},
    {"simplex_strategy": PRIMAL_SIMPLEX},
    {"simplex_strategy": DUAL_SIMPLEX, "presolve": "off"},
    {"solver": "ipm"},
)
"""What is tried, without the last basis, where HiGHS fails: its numbers break down on one path and not on another."""
FEW_NODES, MOST_NODES = 20, 100
"""Continuous programs that are solved to decide the integers, while a person waits, and before HiGHS's own
search takes over with its cuts."""
SMALL = 10_000
"""Columns of a program that is solved in no time: of one with more, few are solved for a tie."""
COOLER = 1e-7
"""Of two plans that cost the same, one draws less energy if it is less by this part."""
AGREES = 1e-6
"""Of an objective: what it may differ by when integers that were decided on are fixed."""
LARGE = 20_000
"""Columns from which on a program is made smaller before it is solved (`reduction`)."""
BARRIER = 20_000
"""Columns of what is then left, from which on the interior point method solves it where there is no basis to start
from: as fast as the simplex at 10,000 columns, and in two thirds of its time at 26,000."""
SETTLED = 1e-8
"""A dual below it is none: a column or row with such a one may take any value in an optimum."""
FEW = 1000
"""So many coefficients are changed one by one; more of them take longer than the whole program."""
IIS_FROM_RAY = 2
"""HiGHS's way to a conflict that takes no longer than a solve; it may hold rows too many."""

STATUS: dict[highspy.HighsModelStatus, Status] = {
    highspy.HighsModelStatus.kOptimal: "optimal",
    highspy.HighsModelStatus.kModelEmpty: "optimal",
    highspy.HighsModelStatus.kInfeasible: "infeasible",
    highspy.HighsModelStatus.kObjectiveBound: "infeasible",
    highspy.HighsModelStatus.kUnbounded: "unbounded",
    highspy.HighsModelStatus.kTimeLimit: "time_limit",
    highspy.HighsModelStatus.kIterationLimit: "time_limit",
    highspy.HighsModelStatus.kInterrupt: "cancelled",
}


@dataclass(frozen=True)
class Basis:
    """A basis as numbers, which can be sent to another process."""

    columns: NDArray[np.int8]
    rows: NDArray[np.int8]

    @classmethod
    def of(cls, solution: Solution) -> Basis:
        """The basis of an optimum that was found in this process."""
        found = solution.basis
        columns, rows = ([int(status) for status in each] for each in (found.col_status, found.row_status))
        return cls(np.array(columns, dtype=np.int8), np.array(rows, dtype=np.int8))

    def unpacked(self) -> highspy.HighsBasis:
        """It as HiGHS takes it."""
        kinds = {int(kind): kind for kind in highspy.HighsBasisStatus.__members__.values()}
        found = highspy.HighsBasis()
        found.col_status = [kinds[k] for k in self.columns.tolist()]
        found.row_status = [kinds[k] for k in self.rows.tolist()]
        found.valid = True
        return found


@dataclass(frozen=True)
class Solution:
    """What the solver found, in the program's real units. The arrays are empty unless `status` is optimal, or
    `not_proven`: a plan whose integer decisions may not be the best."""

    status: Status
    values: Floats
    """[C]"""
    row_duals: Floats
    """[R] what one more unit of a row's bound is worth, USD discounted."""
    reduced_costs: Floats
    """[C]"""
    objective: float
    seconds: float
    message: str = ""
    bound: float = float("nan")
    """No plan has a lower objective; told where it is not proven that this one is the best."""
    integers_fixed: bool = False
    """Whether the duals are those of the program with its integer decisions fixed."""
    violation: float = 0.0
    """The largest violation of a row or bound, recomputed from the unscaled program, relative to its size."""
    basis: Any = dataclasses.field(default=None, repr=False, compare=False)
    """The basis of the optimum, as the solver keeps it: where to start from for a program that differs a little."""
    reduction: Reduction | None = dataclasses.field(default=None, repr=False, compare=False)
    """The smaller program that was solved in the place of the whole one, if any: `basis` is one of it."""

    def to_send(self) -> Solution:
        """The solution without what stays in its process."""
        return dataclasses.replace(self, basis=None, reduction=None)


@dataclass
class Solver:
    """Solves one program after another; each starts from the basis that the last one ended with."""

    interrupt: Callable[[], bool] = lambda: False
    """Asked now and then while it solves: true stops it, and it answers `cancelled`."""
    progress: Callable[[float, float], None] | None = None
    """Told the best objective and the bound, USD, while integers are solved."""
    choice: Callable[[str], object] = lambda words: None
    """Told once per solve, in words, among how many decisions and by which method the optimum is searched."""
    large: int | None = None
    """Columns from which on a program is made smaller before it is solved; None: LARGE."""
    anew: int | None = None
    """Columns of what is then left, from which on a continuous program is solved from nothing by the interior point
    method, whatever was solved before; None: from BARRIER on, and only where there is no basis to start from."""
    _highs: highspy.Highs = field(default_factory=lambda: _new_highs())
    _solved: LinearProgram | None = None
    """The program whose optimal basis HiGHS holds."""
    _held: Scaled | None = None
    """The arrays of that program as HiGHS holds them."""
    _program: LinearProgram | None = None
    """The integer program being solved."""
    _stopped: bool = False

    def __post_init__(self) -> None:
        for callback in (self._highs.cbSimplexInterrupt, self._highs.cbIpmInterrupt, self._highs.cbMipInterrupt):
            callback.subscribe(self._interrupt)

    def solve(
        self, program: LinearProgram, *, time_limit: float | None = None, gap: float = 0.0, hold: Floats | None = None
    ) -> Solution:
        """The optimum of a program.

        `hold` gives integer columns fixed values; without it, an integer program is solved first and its
        decisions are then fixed, so that duals exist. Where that is stopped by the time limit, seconds, or because no
        decisions can lower the objective by more than the part `gap` of it, the best plan found is `not_proven`.
        """
        self._stopped = False
        refused = _refusal(program)
        if refused:
            return _failed("error", refused)
        if not len(program.cost):
            return self._without_columns(program)
        short = short_of(program, self.large)
        if self.interrupt():  # making it smaller takes its time, too
            return _failed("cancelled", "")
        self.choice(self._in_words(program, program if short is None else short.program, hold is not None))
        if short is None:
            return self._optimum(program, time_limit, gap, hold)
        return _of_whole(short, self._optimum(short.program, time_limit, gap, hold))

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
            return self._continuous(program, program.lower, program.upper, time_limit)
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

    def forget(self) -> None:
        """Has the next solve begin from nothing."""
        self._solved = self._held = None

    def start_from(self, program: LinearProgram, basis: Basis) -> None:
        """Has the next solve begin at a basis of this program, whatever was solved before."""
        new = scaled(program, program.lower, program.upper)
        _pass(self._highs, new)
        _check(self._highs.setBasis(basis.unpacked()), "the starting basis", allow_warning=True)
        self._solved, self._held = program, new

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

    def _quick(self, program: LinearProgram, known: Floats) -> tuple[Solution, bool]:
        integer = program.integer
        lower, upper = program.lower.copy(), program.upper.copy()
        lower[integer] = np.where(np.isnan(known), lower[integer], known)
        upper[integer] = np.where(np.isnan(known), upper[integer], known)
        bounded = dataclasses.replace(program, lower=lower, upper=upper)
        search = self._search(bounded, FEW_NODES, None)
        if search.found is None and search.stopped in ("infeasible", "cancelled"):
            return _failed(cast(Status, search.stopped), ""), False
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
        found = search.found or _failed("infeasible", "")
        if search.stopped in ("nodes", "error"):
            left = None if time_limit is None else max(0.0, time_limit - (time.perf_counter() - began))
            found = self._integer(program, left, search.found, gap)
            if found.status == "time_limit" and search.found is not None:
                found = dataclasses.replace(search.found, status="not_proven", bound=search.bound)
        elif search.stopped in ("gap", "time_limit") and search.found is not None:
            found = dataclasses.replace(search.found, status="not_proven", bound=search.bound)
        elif search.stopped:
            found = _failed(cast(Status, search.stopped), "")
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
                return _failed("error", "the plan that was found misses a limit, its figures lie too far apart")
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
        best = _failed("infeasible", "")
        for hold in (*fewer, rounded, np.where(found > TOLERANCE, 1.0, 0.0)):
            solution = self._fixed(program, hold, time_limit)
            if solution.status in ("cancelled", "time_limit"):
                return solution
            if solution.status == "optimal" and not best.objective <= solution.objective:
                best = solution
            if abs(best.objective - decided.objective) <= AGREES * abs(decided.objective) + AGREES * program.cost_unit:
                return best
        return _failed("error", "its integer decisions do not hold when they are rounded")

    def _interrupt(self, event: highspy.HighsCallbackEvent) -> None:
        self._stopped = self._stopped or self.interrupt()
        event.interrupt(self._stopped)  # said either way: HiGHS keeps its flag from one solve to the next
        if not self._stopped and self.progress is not None and self._program is not None:
            told, program = event.data_out, self._program
            if abs(told.mip_primal_bound) < LARGEST and abs(told.mip_dual_bound) < LARGEST:
                money = program.cost_unit
                self.progress(
                    told.mip_primal_bound * money + program.constant, told.mip_dual_bound * money + program.constant
                )

    def _continuous(
        self,
        program: LinearProgram,
        lower: Floats,
        upper: Floats,
        time_limit: float | None,
        start: Solution | None = None,
        cutoff: float = float("inf"),
    ) -> Solution:
        """The optimum between these bounds, from the basis of `start`, a solution of the same program; `infeasible`
        where there is none below the cut-off, in the program's own units."""
        highs = self._highs
        new = scaled(program, lower, upper)
        is_anew = self.anew is not None and len(new.cost) >= self.anew and not program.integer.any()
        if is_anew:
            self._solved = self._held = None
        is_cold = not self._take_over(program, new)
        if start is not None and self._solved is program:
            _check(highs.setBasis(start.basis), "the basis of another node")
        if self.interrupt():
            self._solved = self._held = None
            return _failed("cancelled", "")
        _check(highs.setOptionValue("objective_bound", cutoff), "the option objective_bound")
        began = time.perf_counter()
        status = self._run(time_limit, barrier=is_anew or (is_cold and len(new.cost) >= BARRIER))
        _check(highs.setOptionValue("objective_bound", float("inf")), "the option objective_bound")
        if status == "optimal":
            self._solved, self._held = program, new
        elif status == "infeasible" and start is not None and self._solved is program:
            self._held = new  # another node starts from a basis of its own
        else:
            self._solved = self._held = None
        solution = _solution(highs, program, status, time.perf_counter() - began)
        if status != "optimal" or not program.tie_break.any():
            return solution
        own = _of_own_costs(highs, program, new, solution)
        return own if _is_optimal(program, lower, upper, own) else self._corrected(program, new, own, time_limit)

    def _corrected(self, program: LinearProgram, new: Scaled, near: Solution, time_limit: float | None) -> Solution:
        """The optimum of the costs alone, where the tie-break has outweighed a difference of costs; and of all plans
        that are as good, the one that the tie-break takes: on the face of those optima, it is the only cost."""
        highs = self._highs
        began = time.perf_counter()
        every, rows = np.arange(len(new.cost), dtype=np.int32), np.arange(len(new.row_upper), dtype=np.int32)
        _check(highs.setOptionValue("simplex_strategy", PRIMAL_SIMPLEX), "the option simplex_strategy")
        _check(highs.changeColsCost(len(every), every, new.cost - program.tie_break), "the costs alone")
        status = self._run(time_limit)
        best = _solution(highs, program, status, near.seconds + time.perf_counter() - began)
        if status == "optimal" and np.all(np.abs(best.values - near.values) <= TOLERANCE * program.column_unit):
            # Nothing moved: it was on that face, where the tie-break took the best of it, and only prices were missing.
            best = dataclasses.replace(
                near, row_duals=best.row_duals, reduced_costs=best.reduced_costs, seconds=best.seconds
            )
        elif status == "optimal":
            x = best.values / program.column_unit
            held = np.abs(best.reduced_costs) * program.column_unit / program.cost_unit > SETTLED
            duals = best.row_duals * program.row_unit / program.cost_unit
            row_lower = np.where(duals < -SETTLED, new.row_upper, new.row_lower)
            row_upper = np.where(duals > SETTLED, new.row_lower, new.row_upper)
            lower, upper = np.where(held, x, new.lower), np.where(held, x, new.upper)
            _check(highs.changeColsBounds(len(every), every, lower, upper), "the bounds of a face")
            _check(highs.changeRowsBounds(len(rows), rows, row_lower, row_upper), "the rows of a face")  # type: ignore[attr-defined]
            _check(highs.changeColsCost(len(every), every, program.tie_break), "the tie-break")
            if self._run(time_limit) == "optimal":
                found = _solution(highs, program, "optimal", near.seconds + time.perf_counter() - began)
                best = dataclasses.replace(found, row_duals=best.row_duals, reduced_costs=best.reduced_costs)
            _check(highs.changeColsBounds(len(every), every, new.lower, new.upper), "the bounds")
            _check(highs.changeRowsBounds(len(rows), rows, new.row_lower, new.row_upper), "the rows")  # type: ignore[attr-defined]
        _check(highs.changeColsCost(len(every), every, new.cost), "the costs")
        # From the basis of these costs the next solve goes on; from that of others it would begin with repairing it.
        _check(highs.setBasis(near.basis), "the basis")
        return near if status == "error" else best

    def _take_over(self, program: LinearProgram, new: Scaled) -> bool:
        """Gives HiGHS a continuous program, with a basis to start from where there is one; says whether there is."""
        highs, old = self._highs, None if self._solved is None else self._held
        # After new costs the last optimum is still feasible, and the primal simplex goes on from it; after new
        # bounds its prices still hold, and the dual simplex does.
        priced_anew = old is not None and new.same_bounds(old)
        strategy = PRIMAL_SIMPLEX if priced_anew else DUAL_SIMPLEX
        _check(highs.setOptionValue("simplex_strategy", strategy), "the option simplex_strategy")
        if old is not None and new.same_places(old):
            entries = np.flatnonzero(new.values != old.values)
            if len(entries) <= FEW:
                _change(highs, old, new, entries)
                return True
        basis = self._basis_for(program)
        _pass(highs, new)
        if basis is not None:
            _check(highs.setBasis(basis), "the starting basis", allow_warning=True)
        return basis is not None

    def conflict(self, program: LinearProgram) -> NDArray[np.int64]:
        """Rows of an infeasible program that conflict, told from a dual ray; none where HiGHS finds none."""
        highs = self._highs
        _pass(highs, scaled(program, program.lower, program.upper))
        self._solved = None
        _check(highs.setOptionValue("iis_strategy", IIS_FROM_RAY), "the option iis_strategy")
        status, found = highs.getIis()
        if status == highspy.HighsStatus.kError or not found.valid_:
            return np.zeros(0, dtype=np.int64)
        return np.asarray(found.row_index_, dtype=np.int64)

    def _basis_for(self, program: LinearProgram) -> highspy.HighsBasis | None:
        """The basis of the last optimum as a start for `program`; what is new in it starts at its bound."""
        if self._solved is None:
            return None
        basis = self._highs.getBasis()
        if not basis.valid:
            return None
        if same_structure(self._solved, program):
            return basis
        carried = highspy.HighsBasis()
        carried.col_status = _carried(
            basis.col_status, columns_from(self._solved, program), highspy.HighsBasisStatus.kLower
        )
        carried.row_status = _carried(
            basis.row_status, rows_from(self._solved, program), highspy.HighsBasisStatus.kBasic
        )
        # An alien basis may have too few or too many basic variables; HiGHS repairs it.
        carried.alien = True
        carried.valid = True
        return carried

    def _integer(
        self, program: LinearProgram, time_limit: float | None, start: Solution | None, gap: float
    ) -> Solution:
        """What HiGHS's own search finds, from the best plan known."""
        highs = self._highs
        self._solved = None
        new = scaled(program, program.lower, program.upper)
        # Branching ends at a gap that no tie-break is to widen; of equal plans, the program that is left takes one.
        _pass(highs, dataclasses.replace(new, cost=new.cost - program.tie_break), program.integer)
        if start is not None:
            known = highspy.HighsSolution()
            known.col_value = (start.values / program.column_unit).tolist()
            _check(highs.setSolution(known), "a plan to start from", allow_warning=True)
        began = time.perf_counter()
        self._program = program
        # HiGHS gives up an integer optimum that misses a row by more than this; the decisions are rounded and fixed,
        # and the program that is then left is solved to TOLERANCE.
        _tolerate(highs, INTEGER_TOLERANCE)
        _check(highs.setOptionValue("mip_rel_gap", max(gap, MIP_GAP)), "the option mip_rel_gap")
        try:
            status = self._run(time_limit)
        finally:
            _tolerate(highs, TOLERANCE)
        self._program = None
        info, seconds = highs.getInfo(), time.perf_counter() - began
        has_plan = info.primal_solution_status == FEASIBLE
        if has_plan and (status == "time_limit" or (status == "optimal" and info.mip_gap > MIP_GAP < gap)):
            bound = info.mip_dual_bound * program.cost_unit + program.constant
            return dataclasses.replace(_solution(highs, program, "optimal", seconds), status="not_proven", bound=bound)
        return _solution(highs, program, status, time.perf_counter() - began)

    def relax(self, program: LinearProgram) -> Solution:
        """The optimum of a program whose integer decisions may be fractions."""
        self._stopped = False
        refused = _refusal(program)
        return _failed("error", refused) if refused else self._continuous(program, program.lower, program.upper, None)

    def _run(self, time_limit: float | None, *, barrier: bool = False) -> Status:
        """Solves what HiGHS holds, with `barrier` by the interior point method, which then finds a basis, too; where
        HiGHS gives up or cannot tell, anew from nothing, in one way after another."""
        highs = self._highs
        highs.setOptionValue("time_limit", float("inf") if time_limit is None else highs.getRunTime() + time_limit)
        _check(highs.setOptionValue("solver", "ipm" if barrier else "choose"), "the option solver")
        status = self._run_once()
        _check(highs.setOptionValue("solver", "choose"), "the option solver")
        for options in OTHER_WAYS if status == "error" else ():
            before = {name: highs.getOptionValue(name)[1] for name in options}
            highs.clearSolver()
            for name, value in options.items():
                _check(highs.setOptionValue(name, value), f"the option {name}")
            status = self._run_once()
            for name, value in before.items():
                _check(highs.setOptionValue(name, value), f"the option {name}")
            if status != "error":
                break
        return status

    def _run_once(self) -> Status:
        highs = self._highs
        ran = highs.run()
        if highs.getModelStatus() == highspy.HighsModelStatus.kUnboundedOrInfeasible:
            highs.setOptionValue("presolve", "off")
            ran = highs.run()
            highs.setOptionValue("presolve", "choose")
        if self._stopped:
            return "cancelled"
        return "error" if ran == highspy.HighsStatus.kError else STATUS.get(highs.getModelStatus(), "error")

    def _without_columns(self, program: LinearProgram) -> Solution:
        feasible = bool(np.all(program.row_lower <= TOLERANCE) and np.all(program.row_upper >= -TOLERANCE))
        if not feasible:
            return _failed("infeasible", "")
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


def _carried(statuses: list[Any], origin: NDArray[np.int64], new: Any) -> list[Any]:
    return [statuses[k] if k >= 0 else new for k in origin.tolist()]


class Cancelled(Exception):
    """The question was taken back before its answer was found."""


class SolverError(RuntimeError):
    """The solver refused what it was given: a fault of ours, never of the plan."""


def _new_highs() -> highspy.Highs:
    highs = highspy.Highs()  # type: ignore[no-untyped-call]
    for name, value in {
        "output_flag": False,
        "threads": 1,
        "primal_feasibility_tolerance": TOLERANCE,
        "dual_feasibility_tolerance": DUAL_TOLERANCE,
        "mip_feasibility_tolerance": TOLERANCE,
        "mip_rel_gap": MIP_GAP,
        "mip_abs_gap": 1e-9,
    }.items():
        _check(highs.setOptionValue(name, value), f"the option {name}")
    return highs


def _tolerate(highs: highspy.Highs, tolerance: float) -> None:
    for name in ("primal_feasibility_tolerance", "mip_feasibility_tolerance"):
        _check(highs.setOptionValue(name, tolerance), f"the option {name}")


def _check(status: highspy.HighsStatus, what: str, *, allow_warning: bool = False) -> None:
    if status == highspy.HighsStatus.kError or (status == highspy.HighsStatus.kWarning and not allow_warning):
        raise SolverError(f"HiGHS refused {what}")


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


def _pass(highs: highspy.Highs, new: Scaled, integer: NDArray[np.bool_] | None = None) -> None:
    columns, rows = len(new.cost), len(new.row_upper)
    _suit(highs, new)
    handed = highs.passModel(
        columns,
        rows,
        len(new.values),
        int(highspy.MatrixFormat.kRowwise),
        int(highspy.ObjSense.kMinimize),
        0.0,
        new.cost,
        new.lower,
        new.upper,
        new.row_lower,
        new.row_upper,
        new.start,
        new.columns,
        new.values,
        np.zeros(columns, dtype=np.int32) if integer is None else integer.astype(np.int32),
    )
    # It warns of coefficients that it leaves out, as too small to matter; `violation` counts them.
    _check(handed, "the program", allow_warning=True)
    if highs.getNumRow() != rows or highs.getNumCol() != columns:
        raise SolverError("HiGHS dropped a row or a column")


def _suit(highs: highspy.Highs, new: Scaled) -> None:
    """Says how small the coefficients are that HiGHS keeps, and whether it is to scale them."""
    sizes = np.abs(new.values)
    low, high = NEAR_ONE
    is_far = bool(((sizes > 0) & (sizes < low)).any()) or max(sizes.max(initial=0), np.abs(new.cost).max()) > high
    scaling = SCALED_BY_HIGHS if is_far else UNSCALED
    _check(highs.setOptionValue("simplex_scale_strategy", scaling), "simplex_scale_strategy")
    is_small = bool(((sizes > 0) & (sizes < USUAL_SMALLEST)).any())
    _check(highs.setOptionValue("small_matrix_value", SMALLEST if is_small else USUAL_SMALLEST), "small_matrix_value")


def _change(highs: highspy.Highs, old: Scaled, new: Scaled, entries: NDArray[np.intp]) -> None:
    """Tells HiGHS what differs, and in the matrix only `entries` do; it keeps its basis and the factors of it."""
    _suit(highs, new)
    rows_of = (np.searchsorted(new.start, entries, side="right") - 1).tolist()
    for row, column, value in zip(rows_of, new.columns[entries].tolist(), new.values[entries].tolist(), strict=True):
        _check(highs.changeCoeff(row, column, value), "a new coefficient")
    cost = np.flatnonzero(new.cost != old.cost).astype(np.int32)
    bounds = np.flatnonzero((new.lower != old.lower) | (new.upper != old.upper)).astype(np.int32)
    rows = np.flatnonzero((new.row_lower != old.row_lower) | (new.row_upper != old.row_upper)).astype(np.int32)
    if len(cost):
        _check(highs.changeColsCost(len(cost), cost, new.cost[cost]), "new costs")
    if len(bounds):
        _check(highs.changeColsBounds(len(bounds), bounds, new.lower[bounds], new.upper[bounds]), "new bounds")
    if len(rows):
        limits = new.row_lower[rows], new.row_upper[rows]
        _check(highs.changeRowsBounds(len(rows), rows, *limits), "new limits")  # type: ignore[attr-defined]


def _solution(highs: highspy.Highs, program: LinearProgram, status: Status, seconds: float) -> Solution:
    if status != "optimal":
        return _failed(status, highs.modelStatusToString(highs.getModelStatus()), seconds)
    found = highs.getSolution()
    columns, rows, money = len(program.cost), len(program.row_upper), program.cost_unit
    values = np.fromiter(found.col_value, float, columns) * program.column_unit
    return Solution(
        status=status,
        values=values,
        row_duals=np.fromiter(found.row_dual, float, rows) * money / program.row_unit,
        reduced_costs=np.fromiter(found.col_dual, float, columns) * money / program.column_unit,
        # Not as a product of vectors: for that numpy wakes threads, which take longer than the sum.
        objective=float((program.cost * values).sum()) + program.constant,
        seconds=seconds,
        violation=violation(program, values),
        basis=highs.getBasis(),
    )


def _of_own_costs(highs: highspy.Highs, program: LinearProgram, new: Scaled, solution: Solution) -> Solution:
    """The optimum just found with the duals of the program's own costs, without those of its tie-break."""
    if not len(new.values):  # no row is about anything, and HiGHS never returns from asking for the basis
        nothing = np.zeros(len(program.row_upper))
        return dataclasses.replace(solution, row_duals=nothing, reduced_costs=program.cost.copy())
    status, basic = highs.getBasicVariables()  # type: ignore[attr-defined]
    added = tie_break_of(program, basic) if status == highspy.HighsStatus.kOk else np.zeros(0)
    if not added.any():
        return solution
    status, prices = highs.getBasisTransposeSolve(added)  # type: ignore[attr-defined]
    _check(status, "the prices of the tie-break", allow_warning=True)
    duals = without_tie_break(program, new, prices, solution.row_duals, solution.reduced_costs)
    return dataclasses.replace(solution, row_duals=duals[0], reduced_costs=duals[1])


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


def _is_optimal(program: LinearProgram, lower: Floats, upper: Floats, found: Solution) -> bool:
    """Whether the duals, those of the program's own costs, say that its values are optimal for these alone."""
    reduced = found.reduced_costs * program.column_unit / program.cost_unit
    room = TOLERANCE * program.column_unit
    could_fall = (reduced > SETTLED) & (found.values > lower + room)
    could_rise = (reduced < -SETTLED) & (found.values < upper - room)
    duals = found.row_duals * program.row_unit / program.cost_unit
    wrong = ((duals > SETTLED) & np.isneginf(program.row_lower)) | ((duals < -SETTLED) & np.isposinf(program.row_upper))
    return not (could_fall.any() or could_rise.any() or wrong.any())


def _failed(status: Status, message: str, seconds: float = 0.0) -> Solution:
    nothing = np.zeros(0)
    return Solution(status, nothing, nothing, nothing, float("nan"), seconds, message)


def violation(program: LinearProgram, values: Floats) -> float:
    """The largest violation of a row or a bound, relative to the size of what the row adds up."""
    size = program.column_unit
    below = np.maximum(program.lower - values, values - program.upper) / np.maximum(np.abs(values), size)
    activity = program.activity(values)
    scale = np.maximum(program.row_unit, np.abs(activity))
    off = np.maximum(program.row_lower - activity, activity - program.row_upper) / scale
    return float(max(np.max(below, initial=0.0), np.max(off, initial=0.0)))
