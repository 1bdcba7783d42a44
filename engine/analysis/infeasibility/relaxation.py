"""Programs with some of their limits loosened, and solving them until nobody asks any more: what a diagnosis tries."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from gigaplan.engine.optimization.agreements import chips_of_use
from gigaplan.engine.optimization.arrays import Inputs, inputs_of
from gigaplan.engine.optimization.contract_years import contract_years
from gigaplan.engine.optimization.formulation import build
from gigaplan.engine.optimization.linear_program import ColumnBlock, LinearProgram
from gigaplan.engine.optimization.solution import Cancelled, Solution, violation
from gigaplan.engine.optimization.solver import Solver
from gigaplan.engine.optimization.warm_start import columns_from, rows_from
from gigaplan.engine.plan.plan import Plan

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


LARGE = 4_000
"""Columns from which on a program is made smaller: without costs far more of its assignments are alike."""
ANEW = 5_000
"""Columns of what is then left, from which on nothing starts from what was solved before: other limits that give way
make so different a program that its optimum is found sooner."""
PRICED = 1e-7
"""In a program's own units: a row with a smaller dual has no part in a proof."""
ROUNDING = 1e-9
"""Likewise: a price that a column seems to have by so little is none, and a row that is missed by so little is kept."""


class Search:
    """Solves what a diagnosis tries; every solve ends soon after `cancelled` says so, by raising Cancelled.

    Two solvers do it all: programs with relief, and plans that may have a solution or none, each start from the basis
    of the last one of their kind. Proofs and solutions found on the way are kept: they tell of many a plan whether it
    has a solution, without solving it.
    """

    def __init__(self, cancelled: Callable[[], bool]) -> None:
        self._cancelled = cancelled
        self._solver, self._plain = (Solver(interrupt=cancelled, large=LARGE, anew=ANEW) for _ in range(2))
        self._proofs: list[tuple[LinearProgram, Floats]] = []
        """Programs that have no solution, with the prices of their rows that prove it."""
        self._kept: list[tuple[LinearProgram, Floats]] = []
        """Programs with relief, and the solutions of them that are kept."""

    def solve(self, program: LinearProgram, *, is_near: bool = False) -> Solution:
        """The optimum of a program; of one that `is_near` the last one of its kind from the basis of that."""
        self._ask()
        solver = self._solver if "relief" in program.blocks else self._plain
        solver.anew = None if is_near else ANEW
        solution = solver.solve(program)
        if solution.status == "cancelled":
            raise Cancelled
        return solution

    def keep(self, program: LinearProgram, values: Floats) -> None:
        """Remembers a solution of a program with relief: with limits moved by as much it may be one of the plan."""
        self._kept.append((program, values))

    def is_feasible(self, plan: Plan) -> bool:
        """Whether a plan has a solution, at whatever cost."""
        program = build(inputs_of(plan))
        if any(is_refuted(program, prices[rows_from(of, program)]) for of, prices in self._proofs):
            return False
        return self.is_met(program) or self.has_solution(program)

    def is_met(self, program: LinearProgram) -> bool:
        """Whether a solution that is kept is one of this program."""
        for of, found in reversed(self._kept):
            at = columns_from(of, program)
            values = np.where(at >= 0, found[at], np.maximum(program.lower, 0.0))
            values[program.integer] = np.round(values[program.integer])
            if violation(program, values) <= ROUNDING:
                return True
        return False

    def has_solution(self, program: LinearProgram) -> bool:
        """Whether a program has a solution: without costs, the first one that is found is the answer."""
        nothing = np.zeros(len(program.cost))
        free = dataclasses.replace(program, cost=nothing, energy=nothing, tie_break=nothing)
        return self.solve(free).status == "optimal"

    def proof(self, wider: LinearProgram) -> Ints | None:
        """Rows that no solution keeps all of, whatever the others ask: those with a price in `wider`, a program with
        relief (see `with_relief`), its decisions in fractions. None where that does not tell.

        The prices are a proof (Farkas): the rows, added up with them, ask for more than can be. A limit that has no
        part in it helps nothing by giving way alone.
        """
        solution = self.solve(dataclasses.replace(wider, integer=np.zeros(len(wider.cost), dtype=bool)))
        if solution.status != "optimal" or solution.objective <= PRICED * wider.cost_unit:
            return None
        self._proofs.append((wider, np.append(solution.row_duals / wider.cost_unit, 0.0)))
        return np.flatnonzero(np.abs(solution.row_duals) * wider.row_unit / wider.cost_unit > PRICED)

    def conflict(self, program: LinearProgram) -> Ints:
        """Rows of an infeasible program that conflict."""
        self._ask()
        return self._solver.conflict(program)

    def _ask(self) -> None:
        if self._cancelled():
            raise Cancelled


def is_refuted(program: LinearProgram, prices: Floats) -> bool:
    """Whether rows, added up with these prices [R], ask for more than any values of the columns come to (Farkas)."""
    asked = np.where(prices > 0, program.row_lower, program.row_upper)
    part = prices != 0
    if not np.isfinite(asked[part]).all():
        return False
    each = program.values * np.repeat(prices, np.diff(program.row_start))
    sums = np.bincount(program.columns, each, len(program.cost))
    sums = np.where(np.abs(sums) * program.column_unit <= ROUNDING, 0.0, sums)
    most = np.where(sums > 0, program.upper, program.lower)
    part_of = sums != 0
    return float((prices[part] * asked[part]).sum() - (sums[part_of] * most[part_of]).sum()) > PRICED


def with_open_gates(program: LinearProgram, i: Inputs) -> LinearProgram:
    """The program in which a signed agreement, and an order, let more chips be bought than any plan gains by.

    In the plan's own program it is no more than the power or supply that there is (model.md section 5.6): a limit
    could be loosened there, and its chips would still be held back.
    """
    gates = list(_gates(program, i))
    if not gates:
        return program
    rows, columns, chips = (np.concatenate([gate[k] for gate in gates]) for k in range(3))
    row_of = np.repeat(np.arange(len(program.row_upper)), np.diff(program.row_start))
    gate_of = np.full(len(program.row_upper), -1)
    gate_of[rows] = columns
    ours = program.columns == gate_of[row_of]
    most = np.zeros(len(program.row_upper))
    most[rows] = chips
    np.maximum.at(most, row_of[ours], -program.values[ours])
    upper = program.upper.copy()
    upper[program.blocks["ordered"].columns] = 1.0  # an order of more than can be had yet
    shut = dataclasses.replace(
        program,
        upper=upper,
        row_start=np.concatenate([[0], np.cumsum(~ours)])[program.row_start],
        columns=program.columns[~ours],
        values=program.values[~ours],
    )
    return _with_entries(shut, rows, columns, -most[rows])


def _gates(program: LinearProgram, i: Inputs) -> Iterator[tuple[Ints, Ints, Floats]]:
    """The rows that let chips be bought only by a decision, its column in each, and the chips that have a use."""
    useful = chips_of_use(i, contract_years(i))
    signed, ordered = program.blocks["signed"], program.blocks["ordered"]
    for family in program.families:
        rows = np.arange(family.start, family.start + family.size)
        if family.name == "signature" and family.axes[1] == "pair":
            agreement, pair, period = family.index
            yield rows, signed.start + np.searchsorted(signed.index[0], agreement), useful[pair, period]
        elif family.name == "order":
            of_offer = np.zeros(i.supply.shape)
            np.add.at(of_offer, i.pair_offer, useful)
            chips = np.maximum(of_offer, i.least_order[:, None])[family.index]
            yield rows, ordered.start + np.arange(ordered.size), chips


def with_relief(program: LinearProgram, relief: list[tuple[Ints, Floats, float]]) -> LinearProgram:
    """The program with a column more for each (rows, effect per unit, cost): it relaxes those rows, and alone costs."""
    columns = len(program.cost)
    rows = np.concatenate([r for r, _, _ in relief])
    at = np.concatenate([np.full(len(r), columns + k) for k, (r, _, _) in enumerate(relief)])
    upper = np.isfinite(program.row_upper[rows])
    value = np.concatenate([effect for _, effect, _ in relief]) * np.where(upper, -1.0, 1.0)
    unit = np.array([_unit(program, r, effect) for r, effect, _ in relief])
    many = len(relief)
    wider = dataclasses.replace(
        program,
        cost=np.concatenate([np.zeros(columns), [cost for _, _, cost in relief]]),
        lower=np.concatenate([program.lower, np.zeros(many)]),
        upper=np.concatenate([program.upper, np.full(many, np.inf)]),
        integer=np.concatenate([program.integer, np.zeros(many, dtype=bool)]),
        energy=np.zeros(columns + many),
        tie_break=np.zeros(columns + many),
        column_unit=np.concatenate([program.column_unit, unit]),
        constant=0.0,
        blocks=program.blocks | {"relief": ColumnBlock("relief", columns, many, ("relief",), (np.arange(many),))},
        names=program.names | {"relief": tuple(map(str, range(many)))},
        cost_unit=float(np.median([cost * u for (_, _, cost), u in zip(relief, unit, strict=True)])),
    )
    return _with_entries(wider, rows, at, value)


def _with_entries(program: LinearProgram, rows: Ints, columns: Ints, values: Floats) -> LinearProgram:
    """The program with further entries in its matrix, at places that have none."""
    order = np.argsort(rows, kind="stable")
    place = program.row_start[rows + 1][order]
    counts = np.bincount(rows, minlength=len(program.row_upper))
    return dataclasses.replace(
        program,
        row_start=program.row_start + np.concatenate([[0], np.cumsum(counts)]),
        columns=np.insert(program.columns, place, columns[order]),
        values=np.insert(program.values, place, values[order]),
    )


def _unit(program: LinearProgram, rows: Ints, effect: Floats) -> float:
    """A unit for a relief column that keeps its coefficients near one."""
    sizes = effect[effect > 0] / program.row_unit[rows][effect > 0]
    return 1.0 / float(np.median(sizes)) if len(sizes) else 1.0
