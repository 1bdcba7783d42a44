"""One program solved again and again with some of its limits moved, from the basis of its optimum on."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gigaplan.engine.optimization.highs import BARRIER, DUAL_SIMPLEX, PRIMAL_SIMPLEX
from gigaplan.engine.optimization.linear_program import LinearProgram
from gigaplan.engine.optimization.parametric import LEAST_ENTRY, ROUNDING, BasisLine, FactorisedBasis
from gigaplan.engine.optimization.scaling import Scaled, scaled
from gigaplan.engine.optimization.solution import Solution, SolverError, Status
from gigaplan.engine.optimization.solver import Solver, short_of

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

GATES = frozenset({"signature", "order"})
"""Families that only say that nothing comes of a decision that is not taken. Where it is taken they bound no plan,
and must not do so either when a limit is moved beyond what they were made for."""


@dataclass(frozen=True)
class LimitMove:
    """What one unit more of a limit, or of a fall of a price, adds to bounds, coefficients and costs of a program."""

    rows: Ints
    bounds: Floats
    """[rows] what is added to the bound of each row, in its own unit; below 0 where the bound is a lower one."""
    at: tuple[Ints, Ints]
    """The row and column of each coefficient that changes."""
    changes: Floats
    now: Floats
    """What those coefficients are."""
    cost_at: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    """The column of each cost that changes."""
    cost_changes: Floats = field(default_factory=lambda: np.zeros(0))

    @property
    def is_straight(self) -> bool:
        """Whether bounds alone move, so that the objective is linear by pieces in it."""
        return not len(self.changes)


def together(moves: Sequence[LimitMove]) -> LimitMove:
    """Several moves of different rows as one."""
    return LimitMove(
        np.concatenate([m.rows for m in moves]),
        np.concatenate([m.bounds for m in moves]),
        (np.concatenate([m.at[0] for m in moves]), np.concatenate([m.at[1] for m in moves])),
        np.concatenate([m.changes for m in moves]),
        np.concatenate([m.now for m in moves]),
    )


@dataclass
class MovedLimits(Solver):
    """A program, its integers held at an optimum and without its tie-break, of which limits can be moved.

    What it tells is of the last `solve_at`.
    """

    _basic: NDArray[np.int32] | None = None
    """The basic variables of the last solve."""
    _factorised: FactorisedBasis | None = None
    """That of the plan as it is, until another program is solved: HiGHS keeps the factors of its last basis alone."""
    _parts: dict[str, Floats] = field(default_factory=dict)
    """What has been told of its solution."""

    def _run(self, time_limit: float | None, *, barrier: bool = False, is_near: bool = False) -> Status:
        self._parts, self._basic, self._factorised = {}, None, None
        return super()._run(time_limit, barrier=barrier, is_near=is_near)

    def begin(self, program: LinearProgram, optimum: Solution) -> Status:
        """Takes over a program; its optimum lends the basis to start from. Where that was found for a smaller program,
        limits are moved in the smaller one: it has all rows of limits, and all columns but assignments."""
        held = np.round(optimum.values[program.integer])
        self._short = short = short_of(program) if optimum.basis is None else optimum.reduction
        if short is not None:
            program = short.program
            self._column_of = np.full(len(short.whole.cost), -1, dtype=np.int64)
            self._column_of[short.kept] = np.arange(len(short.kept))
        lower, upper = program.lower.copy(), program.upper.copy()
        lower[program.integer] = upper[program.integer] = held
        self._of = program = with_gates_open(dataclasses.replace(program, tie_break=np.zeros(len(program.cost))), lower)
        self._now: Scaled = scaled(program, lower, upper)
        self._take_over(program, self._now)
        if optimum.basis is not None:
            self._highs.setBasis(optimum.basis)
        self._row_lower, self._row_upper = self._now.row_lower.copy(), self._now.row_upper.copy()
        self._moved = np.zeros(0, dtype=np.int64)
        self._priced = np.zeros(0, dtype=np.int64)
        self._mixed: list[tuple[int, int, float]] = []
        # The costs alone have changed since: without their tie-break the same plan may be a step from the best.
        self._highs.setOptionValue("simplex_strategy", PRIMAL_SIMPLEX)
        status = self._run(None, barrier=optimum.basis is None and len(program.cost) >= BARRIER)
        self._highs.setOptionValue("simplex_strategy", DUAL_SIMPLEX)
        # From here on each solve is a few pivots from a basis, beside which looking for what to leave out takes long.
        self._highs.setOptionValue("presolve", "off")
        self._highs.setOptionValue("dual_simplex_cost_perturbation_multiplier", 0.0)
        self._home = self._highs.getBasis()
        self._far = False
        return status

    def solve_at(self, moves: Sequence[tuple[LimitMove, float]]) -> Status:
        """Solves with limits moved by so many units each, all others where they were."""
        moves = [(self._own(move), amount) for move, amount in moves]
        highs, now, program = self._highs, self._now, self._of
        if self._far:
            highs.setBasis(self._home)
        rows = np.concatenate([self._moved, *(move.rows for move, _ in moves)])
        rows = np.unique(rows).astype(np.int32)
        shift = np.zeros(len(rows))
        for move, amount in moves:
            np.add.at(shift, np.searchsorted(rows, move.rows), move.bounds * amount)
        shift /= program.row_unit[rows]
        if len(rows):
            self._row_lower[rows], self._row_upper[rows] = now.row_lower[rows] + shift, now.row_upper[rows] + shift
            limits = self._row_lower[rows], self._row_upper[rows]
            highs.changeRowsBounds(len(rows), rows, *limits)  # type: ignore[attr-defined]
        self._mix(moves)
        priced = self._price(moves)
        if priced:
            highs.setOptionValue("simplex_strategy", PRIMAL_SIMPLEX)
        self._moved = np.concatenate([np.zeros(0, dtype=np.int64), *(move.rows for move, _ in moves)])
        status = self._run(None, is_near=True)
        highs.setOptionValue("simplex_strategy", DUAL_SIMPLEX)
        self._far = status != "optimal"
        return status

    def _own(self, move: LimitMove) -> LimitMove:
        """A move in the program that is solved here."""
        if self._short is None:
            return move
        return LimitMove(
            self._short.row_of[move.rows],
            move.bounds,
            (self._short.row_of[move.at[0]], self._column_of[move.at[1]]),
            move.changes,
            move.now,
            self._column_of[move.cost_at],
            move.cost_changes,
        )

    def _of_rows(self, values: NDArray[Any]) -> NDArray[Any]:
        """[R] from values of the rows of the program that is solved here."""
        return values if self._short is None else values[self._short.row_of]

    def _mix(self, moves: Sequence[tuple[LimitMove, float]]) -> None:
        """Changes coefficients, and puts those back that were changed before."""
        program = self._of
        for row, column, value in self._mixed:
            self._highs.changeCoeff(row, column, value)
        self._mixed = []
        for move, amount in moves:
            unit = program.column_unit[move.at[1]] / program.row_unit[move.at[0]]
            old, new = move.now * unit, (move.now + amount * move.changes) * unit
            for row, column, before, after in zip(
                move.at[0].tolist(), move.at[1].tolist(), old.tolist(), new.tolist(), strict=True
            ):
                self._highs.changeCoeff(row, column, after)
                self._mixed.append((row, column, before))

    def _price(self, moves: Sequence[tuple[LimitMove, float]]) -> bool:
        """Changes costs, and puts those back that were changed before; says whether any is not what it was."""
        program, now = self._of, self._now
        columns = np.unique(np.concatenate([self._priced, *(move.cost_at for move, _ in moves)])).astype(np.int32)
        costs = now.cost[columns]
        for move, amount in moves:
            unit = program.column_unit[move.cost_at] / program.cost_unit
            np.add.at(costs, np.searchsorted(columns, move.cost_at), move.cost_changes * amount * unit)
        if len(columns):
            self._highs.changeColsCost(len(columns), columns, costs)
        self._priced = np.concatenate([np.zeros(0, dtype=np.int64), *(move.cost_at for move, _ in moves)])
        return bool(len(columns))

    @property
    def objective(self) -> float:
        """The least cost, USD discounted, without what no decision changes."""
        return float(self._highs.getInfo().objective_function_value) * self._of.cost_unit

    def _told(self, name: str) -> Floats:
        """A part of HiGHS's solution, which takes it as long to hand over as some pivots: once for each solve."""
        if name not in self._parts:
            self._parts[name] = np.asarray(getattr(self._highs.getSolution(), name), dtype=float)
        return self._parts[name]

    def row_duals(self) -> Floats:
        """[R] USD per unit of each row's bound."""
        return self._of_rows(self._told("row_dual") * self._of.cost_unit / self._of.row_unit)

    def column_values(self) -> Floats:
        """[C] in the columns' own units; NaN of assignments where a smaller program is solved, which has none."""
        found = self._told("col_value") * self._of.column_unit
        if self._short is None:
            return found
        values = np.full(len(self._column_of), np.nan)
        values[self._short.kept] = found[: len(self._short.kept)]
        return values

    def is_tight(self) -> NDArray[np.bool_]:
        """[R] whether a row is at its bound; of one that is basic, within rounding."""
        activity = self._told("row_value")
        left = np.minimum(activity - self._now.row_lower, self._now.row_upper - activity)
        return self._of_rows(np.asarray(left <= 1e-7 * np.maximum(1.0, np.abs(activity))))

    def room(self) -> Floats:
        """[R] how far the bound of each row is from what the row adds up to, in its own unit."""
        activity = self._told("row_value")
        left = np.minimum(activity - self._now.row_lower, self._now.row_upper - activity)
        return self._of_rows(np.asarray(left * self._of.row_unit))

    def lines(self, move: LimitMove) -> tuple[BasisLine, BasisLine]:
        """How the least cost goes on as bounds move on from where limits are in the plan, and as they move back.

        Raises SolverError where that plan cannot be solved again.
        """
        home, move = self._at_home(), self._own(move)
        step, rate = home.direction(move.rows, move.bounds / self._of.row_unit[move.rows])
        return home.along(step, rate), home.along(-step, -rate)

    def _at_home(self) -> FactorisedBasis:
        """The basis of the plan as it is."""
        if self._factorised is not None:
            return self._factorised
        if (len(self._moved) or self._mixed or len(self._priced) or self._far) and self.solve_at(()) != "optimal":
            raise SolverError("the optimum is lost")
        highs, basic = self._highs, self._basis()
        self._factorised = FactorisedBasis(
            self._now,
            np.where(basic < 0, len(self._now.cost) - 1 - basic, basic).astype(np.int64),
            np.concatenate([self._told("col_value"), -self._told("row_value")]),
            np.concatenate([self._told("col_dual"), -self._told("row_dual")]),
            lambda right: np.asarray(highs.getBasisSolve(right)[1]),  # type: ignore[attr-defined]
            lambda right: np.asarray(highs.getBasisTransposeSolve(right)[1]),  # type: ignore[attr-defined]
        )
        return self._factorised

    def _basis(self) -> NDArray[np.int32]:
        if self._basic is None:
            status, self._basic = self._highs.getBasicVariables()  # type: ignore[attr-defined]
            if str(status).endswith("kError"):
                raise SolverError("HiGHS gives no basis")
        return self._basic

    def money(self, rate: float) -> float:
        """USD from a rate of a `BasisLine`."""
        return rate * self._of.cost_unit

    def duals_along(self, line: BasisLine) -> Floats:
        """[R] as `row_duals`, at the basis that a line has come to."""
        return self._of_rows(-line.reduced[len(self._now.cost) :] * self._of.cost_unit / self._of.row_unit)

    def reach(self, moves: Sequence[tuple[LimitMove, float]]) -> tuple[float, float]:
        """How far back (not above 0) and on the moves may go, in multiples of them, with the same basis optimal."""
        highs, program = self._highs, self._of
        moves = [(self._own(move), amount) for move, amount in moves]
        change = np.zeros(len(program.row_unit))
        for move, amount in moves:
            np.add.at(change, move.rows, move.bounds * amount / program.row_unit[move.rows])
        basic = self._basis()
        # A basic row does not move with its bound: the bound moves away from it.
        is_row = basic < 0
        rows, columns = -1 - basic[is_row], basic[~is_row]
        own = np.zeros(len(change))
        own[rows] = change[rows]
        _, solved = highs.getBasisSolve(change - own)  # type: ignore[attr-defined]
        value, activity = self._told("col_value"), self._told("row_value")
        step = np.concatenate([solved[~is_row], -solved[is_row] - own[rows]])
        at = np.concatenate([value[columns], activity[rows]])
        low = np.concatenate([self._now.lower[columns], self._row_lower[rows]])
        high = np.concatenate([self._now.upper[columns], self._row_upper[rows]])
        return -_ratio(-step, at, low, high), _ratio(step, at, low, high)

    def farthest(self, move: LimitMove, most: float) -> float:
        """The farthest that a move of bounds, of no more than `most` units (of either sign), leaves a plan."""
        highs, program, move = self._highs, self._of, self._own(move)
        self.solve_at(())
        count = len(program.cost)
        sign = 1.0 if most > 0 else -1.0
        unit = 1.0 / max(float(np.abs(move.bounds / program.row_unit[move.rows]).max(initial=0.0)), 1e-12)
        changes = -sign * move.bounds * unit / program.row_unit[move.rows]
        every = np.arange(count, dtype=np.int32)
        highs.changeColsCost(count, every, np.zeros(count))
        highs.addCol(-1.0, 0.0, abs(most) / unit, len(move.rows), move.rows.astype(np.int32), changes)
        status = self._run(None)
        reached = float(highs.getSolution().col_value[-1]) if status == "optimal" else 0.0
        highs.deleteCols(1, np.array([count], dtype=np.int32))
        highs.changeColsCost(count, every, self._now.cost)
        self._far = True
        return sign * reached * unit


def _ratio(step: Floats, at: Floats, low: Floats, high: Floats) -> float:
    """How far all of `at` may go along `step` within their bounds, where rounding holds nothing back (Harris, 1973)."""
    size = np.abs(step)
    moves = size > LEAST_ENTRY * size.max(initial=0.0)
    step, at, size = step[moves], at[moves], size[moves]
    left = np.where(step > 0, high[moves] - at, at - low[moves])
    exact = np.maximum(left, 0.0) / size
    most = np.min((np.maximum(left, 0.0) + ROUNDING) / size, initial=np.inf)
    return float(np.max(exact[exact <= most], initial=0.0)) if np.isfinite(most) else float("inf")


def with_gates_open(program: LinearProgram, decided: Floats) -> LinearProgram:
    """The program in which no gate of a decision that is taken, in the column values `decided`, bounds anything."""
    upper = program.row_upper.copy()
    row_of = np.repeat(np.arange(len(upper)), np.diff(program.row_start))
    taken = np.zeros(len(upper), dtype=bool)
    entries = program.integer[program.columns]
    np.logical_or.at(taken, row_of[entries], decided[program.columns[entries]] > 0.5)
    for family in program.families:
        if family.name in GATES:
            upper[family.rows] = np.where(taken[family.rows], np.inf, upper[family.rows])
    return dataclasses.replace(program, row_upper=upper)
