"""HiGHS, and the only file that knows it: holds one program with its last basis; arrays in, values and duals out."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import highspy
import numpy as np
from numpy.typing import NDArray

from gigaplan.engine.optimization.linear_program import LARGEST, LinearProgram
from gigaplan.engine.optimization.scaling import KEPT, OptimalFace, Scaled, scaled, without_dust
from gigaplan.engine.optimization.solution import Solution, SolverError, Status, failed, violation
from gigaplan.engine.optimization.warm_start import columns_from, rows_from, same_structure

Floats = NDArray[np.float64]

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
BARRIER = 20_000
"""Columns of what is then left, from which on the interior point method solves it where there is no basis to start
from: as fast as the simplex at 10,000 columns, and in two thirds of its time at 26,000."""
NAMES = 2e-7
"""Of the energy of what is in use: how much a name may weigh beside it, at first."""
SAME_ENERGY = 1e-9
"""And by how much less of it none is used instead."""
DRIFT = 1e-8
"""Of its size: by how much a limit may be missed before the solver's arithmetic is in doubt."""
SETTLED = 1e-8
"""A dual below it is none: a column or row with such a one may take any value in an optimum."""
UNASKED = 5_000_000
"""Iterations from a basis, times columns, in which HiGHS does not ask whether it is to stop: some 50 ms. It would ask
at every iteration, and wait each time for the interpreter, which the window needs just then. Most edits take fewer."""
FEW = 1000
"""So many coefficients are changed one by one; more of them take longer than the whole program."""
AT_LOWER, BASIC = int(highspy.HighsBasisStatus.kLower), int(highspy.HighsBasisStatus.kBasic)
"""How a `Basis` says that a column or row is at its lower bound, or basic."""
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
        # With too few or too many basic variables it is one that HiGHS has to repair.
        found.alien = int((self.columns == BASIC).sum() + (self.rows == BASIC).sum()) != len(self.rows)
        found.valid = True
        return found


@dataclass
class Highs:
    """HiGHS with the program that it solved last: each solve starts from the basis that the last one ended with."""

    interrupt: Callable[[], bool] = lambda: False
    """Asked now and then while it solves: true stops it, and it answers `cancelled`."""
    progress: Callable[[float, float], None] | None = None
    """Told the best objective and the bound, USD, while integers are solved."""
    anew: int | None = None
    """Columns of what is then left, from which on a continuous program is solved from nothing, whatever was solved
    before; None: only where there is no basis to start from."""
    _highs: highspy.Highs = field(default_factory=lambda: _new_highs())
    _solved: LinearProgram | None = None
    """The program whose optimal basis HiGHS holds."""
    _held: Scaled | None = None
    """The arrays that HiGHS holds: those of that program, or of the face of its optima."""
    _last: Scaled | None = None
    """The arrays of that program."""
    _program: LinearProgram | None = None
    """The integer program being solved."""
    _stopped: bool = False

    def __post_init__(self) -> None:
        for callback in (self._highs.cbSimplexInterrupt, self._highs.cbIpmInterrupt, self._highs.cbMipInterrupt):
            callback.subscribe(self._interrupt)

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

    def forget(self) -> None:
        """Has the next solve begin from nothing."""
        self._solved = self._held = None

    def start_from(self, program: LinearProgram, basis: Basis) -> None:
        """Has the next solve begin at a basis of this program, whatever was solved before."""
        new = scaled(program, program.lower, program.upper)
        _pass(self._highs, new)
        _check(self._highs.setBasis(basis.unpacked()), "the starting basis", allow_warning=True)
        self._solved, self._held, self._last = program, new, new

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

    def _continuous(
        self,
        program: LinearProgram,
        lower: Floats,
        upper: Floats,
        time_limit: float | None,
        start: Solution | None = None,
        cutoff: float = float("inf"),
    ) -> Solution:
        """The optimum between these bounds, as `_from_last` finds it; from nothing where that misses a limit.

        From pivot to pivot HiGHS updates what it has, and where figures lie ten orders of magnitude apart it may drift
        from what its basis stands for: to a plan that it believes to keep every row and that is not the best."""
        found = self._from_last(program, lower, upper, time_limit, start, cutoff)
        if found.violation > DRIFT:
            self._solved = self._held = None
            anew = self._from_last(program, lower, upper, time_limit, None, cutoff)
            found = anew if anew.status == "optimal" and anew.violation < found.violation else found
        return found

    def _from_last(
        self,
        program: LinearProgram,
        lower: Floats,
        upper: Floats,
        time_limit: float | None,
        start: Solution | None = None,
        cutoff: float = float("inf"),
    ) -> Solution:
        """The optimum between these bounds, from the last basis or that of `start`, a solution of the same program;
        `infeasible` where there is none below the cut-off, in the program's own units."""
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
            return failed("cancelled", "")
        _check(highs.setOptionValue("objective_bound", cutoff), "the option objective_bound")
        began = time.perf_counter()
        status = self._run(time_limit, barrier=is_cold and len(new.cost) >= BARRIER, is_near=not is_cold)
        _check(highs.setOptionValue("objective_bound", float("inf")), "the option objective_bound")
        if status == "optimal":
            self._solved, self._held, self._last = program, new, new
        elif status == "infeasible" and start is not None and self._solved is program:
            self._held = self._last = new  # another node starts from a basis of its own
        else:
            self._solved = self._held = None
        prices = None
        if status == "optimal" and program.tie_break.any():
            prices = _prices(highs.getSolution(), program)
            status = self._settled(program, new, prices, time_limit)
        return _solution(highs, program, status, time.perf_counter() - began, prices)

    def _until_near(self, program: LinearProgram, gap: float, time_limit: float | None) -> Status:
        """Solves a continuous program from nothing by the interior point method, until plan and bound are no farther
        apart than `gap`, relative to their size. `_latest` then tells what it has.

        HiGHS does not presolve it: of what it is at when it is stopped, it could not tell the prices then."""
        highs = self._highs
        self._solved = self._held = None
        _pass(highs, scaled(program, program.lower, program.upper))
        before = {name: highs.getOptionValue(name)[1] for name in ("run_crossover", "ipm_optimality_tolerance")}
        highs.setOptionValue("time_limit", float("inf") if time_limit is None else highs.getRunTime() + time_limit)
        options: dict[str, Any] = {
            "run_crossover": "off",
            "ipm_optimality_tolerance": gap,
            "solver": "ipm",
            "presolve": "off",
        }
        for name, value in options.items():
            _check(highs.setOptionValue(name, value), f"the option {name}")
        status = self._run_once()
        for name, value in (before | {"solver": "choose", "presolve": "choose"}).items():
            _check(highs.setOptionValue(name, value), f"the option {name}")
        return status

    def _latest(self, program: LinearProgram) -> tuple[Floats, Floats]:
        """[C] and [R]: the values and row duals that HiGHS had when it was stopped, whatever they are worth; 0 where
        it had none."""
        found = self._highs.getSolution()
        values, duals = np.asarray(found.col_value, dtype=float), np.asarray(found.row_dual, dtype=float)
        if len(values) != len(program.cost) or len(duals) != len(program.row_upper):
            return np.zeros(len(program.cost)), np.zeros(len(program.row_upper))
        values, duals = (np.nan_to_num(x, posinf=0.0, neginf=0.0) for x in (values, duals))
        return values * program.column_unit, duals * program.cost_unit / program.row_unit

    def _settled(
        self, program: LinearProgram, new: Scaled, prices: tuple[Floats, Floats], time_limit: float | None
    ) -> Status:
        """Goes on from an optimum with these duals, in real units, to the one of all equals that draws the least
        energy, and of these to the one that the tie-break takes: each in turn is the only cost on the face of what is
        as good before. The basis found there is as good for the costs alone, with the same duals, and the next solve
        goes on from it."""
        highs, best = self._highs, self._highs.getBasis()
        duals = prices[0] * program.row_unit / program.cost_unit, prices[1] * program.column_unit / program.cost_unit
        x = self._values()
        least_cost = float((new.cost * x).sum())
        room = MIP_GAP * abs(least_cost + program.constant / program.cost_unit) + TOLERANCE
        self._held = before = new
        for least in (SETTLED, DUAL_TOLERANCE):
            face = OptimalFace.of(new, *duals, least)
            energy = _near_one(program.energy, x)
            # Both at once is nearly always the same as one after the other, and takes half the time.
            both = energy + NAMES * program.tie_break
            status, before, values = self._on_face(face, before, both, time_limit)
            if status == "optimal" and not self._is_least(before, face, energy, values):
                status, before, values = self._on_face(face, before, energy, time_limit)
                if status == "optimal":
                    found = highs.getSolution()
                    face = face.within(np.array(found.row_dual), np.array(found.col_dual), SETTLED)
                    status, before, values = self._on_face(face, before, program.tie_break, time_limit)
            self._held = before
            if status == "cancelled" or (status == "optimal" and float((new.cost * values).sum()) - least_cost <= room):
                return status
            _change(highs, before, new)
            _check(highs.setBasis(best), "the basis of the optimum")
            self._held = before = new
        return self._run(None, is_near=True)

    def _is_least(self, held: Scaled, face: OptimalFace, goal: Floats, values: Floats) -> bool:
        """Whether the plan [C] that HiGHS has found is the least of a goal [C] on the face, too, by the prices that its
        basis gives for it; false where they do not tell."""
        highs = self._highs
        if not highs.getNumNz():  # solved without a simplex: asked for its basic variables, HiGHS 1.15 crashes
            return False
        told, basic = highs.getBasicVariables()  # type: ignore[attr-defined]
        basic = np.asarray(basic)
        prices = np.where(basic >= 0, goal[np.maximum(basic, 0)], 0.0)
        solved, duals = highs.getBasisTransposeSolve(prices)  # type: ignore[attr-defined]
        if told != highspy.HighsStatus.kOk or solved != highspy.HighsStatus.kOk:
            return False
        rows = np.asarray(duals)
        weight = held.values * np.repeat(rows, np.diff(held.start))
        reduced = goal - np.bincount(held.columns, weight, len(goal))
        is_free = ~(face.low | face.high) & (held.lower < held.upper)
        is_free[basic[basic >= 0]] = False
        at_lower = values <= held.lower + KEPT
        columns_hold = np.all(np.where(at_lower, reduced, -reduced)[is_free] >= -SAME_ENERGY)
        up, down = np.isfinite(held.row_upper), np.isfinite(held.row_lower)
        wrong = np.where(down, 0.0, np.maximum(rows, 0.0)) + np.where(up, 0.0, np.maximum(-rows, 0.0))
        ranged = up & down & (held.row_lower < held.row_upper)
        return bool(columns_hold and np.all(np.where(ranged, np.abs(rows), wrong) <= SAME_ENERGY))

    def _on_face(
        self, face: OptimalFace, held: Scaled, goal: Floats, time_limit: float | None
    ) -> tuple[Status, Scaled, Floats]:
        """Solves what HiGHS holds for the least of a goal [C] on the face of its optima, both in the program's own
        units: the status, what HiGHS then holds, and [C] the plan it found."""
        highs, values = self._highs, np.zeros(0)
        status: Status = "error"
        _check(highs.setOptionValue("simplex_strategy", PRIMAL_SIMPLEX), "the option simplex_strategy")
        for equals, is_one in face.programs(goal):
            _change(highs, held, equals)
            held = equals
            status = self._run(time_limit, is_near=True)
            if status == "optimal":
                values = self._values()
            if status == "cancelled" or (status == "optimal" and is_one(values)):
                break
            if status != "optimal":  # primal: with costs from 1 to 1e12 a bounded program seemed to be unbounded
                _check(highs.setOptionValue("simplex_strategy", DUAL_SIMPLEX), "the option simplex_strategy")
        return status, held, values

    def _values(self) -> Floats:
        """[C] of the last solve, in the program's own units."""
        return np.array(self._highs.getSolution().col_value, dtype=float)

    def _take_over(self, program: LinearProgram, new: Scaled) -> bool:
        """Gives HiGHS a continuous program, with a basis to start from where there is one; says whether there is."""
        highs, old = self._highs, None if self._solved is None else self._held
        # After new costs the last optimum is still feasible, and the primal simplex goes on from it; after new
        # bounds its prices still hold, and the dual simplex does.
        # Where nothing is new, the basis came from elsewhere: of its prices and its plan the prices hold.
        last = None if old is None else self._last
        priced_anew = last is not None and new.same_bounds(last) and not new.same_prices(last)
        strategy = PRIMAL_SIMPLEX if priced_anew else DUAL_SIMPLEX
        _check(highs.setOptionValue("simplex_strategy", strategy), "the option simplex_strategy")
        if old is not None and new.same_places(old):
            entries = np.flatnonzero(new.values != old.values)
            if len(entries) <= FEW:
                _suit(highs, new)
                _change_entries(highs, new, entries)
                _change(highs, old, new)
                return True
        basis = self._basis_for(program)
        _pass(highs, new)
        if basis is not None:
            _check(highs.setBasis(basis), "the starting basis", allow_warning=True)
        return basis is not None

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
        _pass(highs, new, program.integer)
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

    def _run(self, time_limit: float | None, *, barrier: bool = False, is_near: bool = False) -> Status:
        """Solves what HiGHS holds, with `barrier` by the interior point method, which then finds a basis, too; where
        HiGHS gives up or cannot tell, anew from nothing, in one way after another. `is_near` says that few iterations
        are likely, as from the basis of a program much like it."""
        highs = self._highs
        highs.setOptionValue("time_limit", float("inf") if time_limit is None else highs.getRunTime() + time_limit)
        _check(highs.setOptionValue("solver", "ipm" if barrier else "choose"), "the option solver")
        status = self._run_unasked() if is_near else None
        status = status or self._run_once()
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

    def _run_unasked(self) -> Status | None:
        """What is found before HiGHS would have to ask whether it is to stop; None where nothing is, and the next run
        goes on from there."""
        highs, asked = self._highs, self._highs.cbSimplexInterrupt
        limit = highs.getOptionValue("simplex_iteration_limit")[1]
        highs.setOptionValue("simplex_iteration_limit", max(UNASKED // max(highs.getNumCol(), 1), 1))
        asked.unsubscribe(self._interrupt)
        try:
            ran = highs.run()
        finally:
            asked.subscribe(self._interrupt)
            highs.setOptionValue("simplex_iteration_limit", limit)
        status = "error" if ran == highspy.HighsStatus.kError else STATUS.get(highs.getModelStatus(), "error")
        return status if status in ("optimal", "infeasible") else None

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


def _near_one(goal: Floats, used: Floats) -> Floats:
    """A goal [C] over its mean for what a plan [C] uses."""
    total = float((goal * used).sum())
    return goal * (float(used[goal > 0].sum()) / total) if total > 0 else goal


def _carried(statuses: list[Any], origin: NDArray[np.int64], new: Any) -> list[Any]:
    return [statuses[k] if k >= 0 else new for k in origin.tolist()]


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


def _change_entries(highs: highspy.Highs, new: Scaled, entries: NDArray[np.intp]) -> None:
    """Tells HiGHS these coefficients; it keeps its basis and the factors of it."""
    rows_of = (np.searchsorted(new.start, entries, side="right") - 1).tolist()
    for row, column, value in zip(rows_of, new.columns[entries].tolist(), new.values[entries].tolist(), strict=True):
        _check(highs.changeCoeff(row, column, value), "a new coefficient")


def _change(highs: highspy.Highs, old: Scaled, new: Scaled) -> None:
    """Tells HiGHS which costs and bounds differ; it keeps its basis and the factors of it."""
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


def _prices(found: highspy.HighsSolution, program: LinearProgram) -> tuple[Floats, Floats]:
    """[R] the duals of the rows and [C] the reduced costs of a solution, in real units."""
    columns, rows, money = len(program.cost), len(program.row_upper), program.cost_unit
    duals, reduced = np.fromiter(found.row_dual, float, rows), np.fromiter(found.col_dual, float, columns)
    return without_dust(duals) * money / program.row_unit, without_dust(reduced) * money / program.column_unit


def _solution(
    highs: highspy.Highs,
    program: LinearProgram,
    status: Status,
    seconds: float,
    prices: tuple[Floats, Floats] | None = None,
) -> Solution:
    """What HiGHS has found, with its duals, or with those of the same optimum that were found before."""
    if status != "optimal":
        return failed(status, highs.modelStatusToString(highs.getModelStatus()), seconds)
    found = highs.getSolution()
    row_duals, reduced = prices or _prices(found, program)
    values = np.fromiter(found.col_value, float, len(program.cost)) * program.column_unit
    return Solution(
        status=status,
        values=values,
        row_duals=row_duals,
        reduced_costs=reduced,
        # Not as a product of vectors: for that numpy wakes threads, which take longer than the sum.
        objective=float((program.cost * values).sum()) + program.constant,
        seconds=seconds,
        violation=violation(program, values),
        basis=highs.getBasis(),
    )
