"""Where the optimum changes: the values of one input at which another plan becomes best.

Between two flips the optimal basis stays, and the objective is a smooth function of the input: a straight line where
the input is a price or a limit. Lines through the two ends of a range, with the slopes that the optimal solutions give
(envelope theorem: dz = dc x + y (db - dA x)), meet at the flip if there is one; where the objective at their meeting
point lies on neither, the range is parted there, until its parts are pieces or narrower than a thousandth.

The objective is concave in what costs move with, and convex in what limits move with. So between two values it lies
between their chord and their tangents, and a large plan, which changes hundreds of times by next to nothing, is told by
tangents: as few as come within a part of its cost (`coarse`). A field that moves all numbers by curves, as the discount
rate, has no straight lines: there the range is halved until the chips or decisions differ within a thousandth.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any, Literal

import msgspec
import numpy as np
from msgspec import Struct, structs
from numpy.typing import NDArray

from gigaplan.engine.optimization.arrays import Inputs, inputs_of
from gigaplan.engine.optimization.formulation import build
from gigaplan.engine.optimization.highs import Basis
from gigaplan.engine.optimization.linear_program import LinearProgram
from gigaplan.engine.optimization.solution import Solution
from gigaplan.engine.optimization.solver import Solver
from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.plan.problems import PlanError, Problem, message_of, refused
from gigaplan.engine.plan.scenarios import apply_scenario, target
from gigaplan.engine.plan.schema import ROW_TYPES, Override, Scenario
from gigaplan.engine.results.allocation import allocation_of
from gigaplan.engine.validation.rules import check, errors

Floats = NDArray[np.float64]

SHAPE = ("integer", "row_start", "columns")
"""What is the same in all programs over a range where they are told by those of its ends."""
MOVED = ("cost", "lower", "upper", "row_lower", "row_upper", "values")
"""What may move in proportion to the field; of most fields one or two of them do."""
NARROW = 1e-3
"""Of the range: a part that is narrower is not parted further."""
STRAIGHT = 1e-11
"""Relative: what a number in the middle of the range may differ by from the mean of those at its ends."""
SAME = 1e-8
"""Relative to the objective: what is nearer lies on the line."""
MOST_SOLVES = 2000
LARGE = 10_000
"""Columns from which on a program is looked at to within COARSE of its cost, with its decisions by 0 and 1 held as they
are best in the middle of the range: a large plan changes hundreds of times, by next to nothing."""
MEDIUM = 1_000
"""The same where all numbers move by curves, so that each value is a program of its own: it is halved coarsely."""
COARSE = 1e-4
STANDS = 1e-6
"""Of the most chips of one kind and period: what is fewer counts as none."""
STRIDES = 3
"""Values to either side of the plan as it stands that a large one is first solved at, each from the one before."""
GRID, GRID_OF_LARGE = 9, 5
"""Values that are solved where nothing is a straight line, before the range is halved between those that differ."""
NARROW_OF_LARGE = 1 / 64
"""Of the range: how finely it is halved there for a large plan."""
AS_MANY = 0.01
"""Of all chips: plans of a large one that differ by fewer count as the same there."""
IN_A_PICTURE = 1e-3
"""The same for a range that is looked at while a hand moves the field."""


class FlipPiece(Struct, frozen=True):
    """A stretch of values over which one plan is best, with what it costs at both ends."""

    start: float
    end: float
    status: str
    objective_at_start: float | None
    objective_at_end: float | None
    platforms: dict[str, float]
    """Chips by platform in the middle of the stretch: the mean over the periods."""
    is_held: bool = False
    """Whether decisions by 0 and 1 are held, as they are best in the middle of the range."""


@dataclass(frozen=True)
class _Point:
    value: float
    status: str
    objective: float = 0.0
    slope: float = 0.0
    platforms: dict[str, float] = field(default_factory=dict)
    chosen: bytes = b""
    """Which chips stand when, and what is decided by 0 and 1: the same for plans that differ in amounts alone."""

    def at(self, value: float) -> float:
        """Its tangent at a value."""
        return self.objective + self.slope * (value - self.value)


Op = Literal["set", "scale"]
"""Whether a value stands in the field, in every period of a series, or is a factor of all that stands there."""


@dataclass(frozen=True)
class Begin:
    """The optimum of a plan as it stands, as numbers that can be sent to another process."""

    values: Floats
    """[integer columns] its decisions by 0 and 1."""
    basis: Basis

    @classmethod
    def of(cls, program: LinearProgram, solution: Solution) -> Begin | None:
        """That of an optimum found in this process; None where another program was solved in the place of its own."""
        if solution.basis is None or solution.reduction is not None:
            return None
        return cls(np.round(solution.values[program.integer]), Basis.of(solution))


def with_value(plan: Plan, table: str, row: str | None, name: str, value: float, op: Op = "set") -> Plan:
    """The plan with a number in one field, in every period of a series; or with what it has times that number. Raises
    PlanError where that cannot be."""
    override = Override(table=table, row=row, field=name, op=op, value=value)  # type: ignore[arg-type]
    scenario = Scenario(id="value", name="", overrides=(override,))
    moved = msgspec.structs.replace(plan, scenarios=(scenario,), uncertainties=())
    try:
        return msgspec.structs.replace(apply_scenario(moved, "value"), scenarios=())
    except PlanError as error:
        raise PlanError(tuple(_placed(p, place(table, row, name)) for p in error.problems)) from None


def _placed(problem: Problem, place: str) -> Problem:
    """The problem of a value, at the field that it was to stand in."""
    return structs.replace(problem, path=place) if problem.path.startswith("scenarios[") else problem


def flips(
    plan: Plan,
    table: str,
    row: str | None,
    name: str,
    low: float,
    high: float,
    *,
    op: Op = "set",
    begin: Begin | None = None,
    coarse: float = COARSE,
    solver: Solver | None = None,
    progress: Callable[[float], None] = lambda part: None,
) -> list[FlipPiece]:
    """The pieces of the optimum as one numeric field goes from `low` to `high`, in this order; with `op` scale these
    are factors. A large plan (`LARGE`) is looked at to within `coarse`, from its optimum and with the decisions of it
    where `begin` has them.

    Raises PlanError where the field is none that holds a number, the range is empty, or a value cannot stand in it.
    """
    if table != "plan" and table not in ROW_TYPES:
        raise refused("table_unknown", table=table)
    where = place(table, row, name)
    try:
        _, declared = target(plan, table, row, name)
    except LookupError as error:
        raise refused("input_unknown", name=where, why=message_of(error)) from None
    if declared.kind not in ("number", "series", "integer"):
        raise refused("holds_no_number", name=where)
    if not low < high:
        raise refused("range_empty", low=low, high=high)
    search = _Search(plan, (table, row, name), (low, high), op, begin, coarse, solver or Solver(), progress)
    return [structs.replace(piece, is_held=search.is_held) for piece in search.pieces()]


def place(table: str, row: str | None, name: str) -> str:
    """A field as it is named on the command line."""
    return ".".join(filter(None, (table, row, name)))


class Flips(Struct, frozen=True):
    """The pieces of the optimum over a range of one input."""

    table: str
    row: str | None
    field: str
    pieces: tuple[FlipPiece, ...]


def flips_of(
    plan: Plan, table: str, row: str | None, name: str, low: float, high: float, progress: Callable[[float, str], None]
) -> Flips:
    """See `flips`."""
    found = flips(plan, table, row, name, low, high, progress=lambda part: progress(part, "the range"))
    return Flips(table, row, name, tuple(found))


def range_of(
    plan: Plan, table: str, row: str | None, name: str, low: float, high: float, begin: Begin | None,
    progress: Callable[[float, str], None],
) -> Flips:  # fmt: skip
    """The pieces as all that stands in a field is multiplied by `low` to `high`; see `flips`."""
    told = lambda part: progress(part, "the range")  # noqa: E731
    found = flips(plan, table, row, name, low, high, op="scale", begin=begin, coarse=IN_A_PICTURE, progress=told)
    return Flips(table, row, name, tuple(found))


@dataclass(frozen=True)
class _Moves:
    """How a program moves, per unit of the field."""

    constant: float
    arrays: dict[str, Floats]
    """By name of `MOVED`; of those that do not move there is none."""

    @property
    def is_of_costs(self) -> bool:
        """Whether all plans stay as good as they are: only what they cost moves."""
        return self.arrays.keys() <= {"cost"}

    def bends_one_way(self, program: LinearProgram) -> bool:
        """Whether the objective is concave, or convex: costs move alone, or limits do. What is times a column that is
        held is a limit, too."""
        if self.is_of_costs:
            return True
        moving = self.arrays.get("values", np.zeros(len(program.values))) != 0
        held = (program.lower == program.upper)[program.columns]
        return "cost" not in self.arrays and not (moving & ~held).any()

    def at(self, program: LinearProgram, by: float) -> LinearProgram:
        """The program where the field is so much higher."""
        moved: dict[str, Any] = {name: getattr(program, name) + by * step for name, step in self.arrays.items()}
        return replace(program, constant=program.constant + by * self.constant, **moved)

    def slope(self, program: LinearProgram, solution: Solution) -> float:
        """USD per unit of the field, of the plan that is best."""
        x, y, z = solution.values, solution.row_duals, solution.reduced_costs
        found = self.constant + float((self.arrays["cost"] * x).sum() if "cost" in self.arrays else 0.0)
        for price, low, high in ((y, "row_lower", "row_upper"), (z, "lower", "upper")):
            for side, name in ((price > 0, low), (price < 0, high)):
                if name in self.arrays:
                    found += float((price[side] * self.arrays[name][side]).sum())
        if "values" in self.arrays:
            found -= float((y * replace(program, values=self.arrays["values"]).activity(x)).sum())
        return found


class _Search:
    """Solves at values, each once, and parts the range until its parts are pieces."""

    def __init__(
        self,
        plan: Plan,
        where: tuple[str, str | None, str],
        ends: tuple[float, float],
        op: Op,
        begin: Begin | None,
        coarse: float,
        solver: Solver,
        progress: Callable[[float], None],
    ) -> None:
        self._plan, self._where, self._op, (self._low, self._high) = plan, where, op, ends
        self._solver, self._progress = solver, progress
        self._is_whole = target(plan, *where)[1].kind == "integer" and op == "set"
        self._solved_at: float | None = None
        """The value that the solver is at."""
        self._known: dict[float, _Point] = {}
        self._bases: dict[float, Basis] = {}
        """Those of the optima that were found, where the programs are told by those of the ends."""
        self._inputs, self._first = self._built(self._low)
        self._moves = None if self._is_whole else self._affine(self._high)
        is_large = len(self._first.cost) > LARGE
        self._is_large, self._same = is_large, coarse if is_large else SAME
        self._hold: Floats | None = None
        self._is_rough = is_large or (self._moves is None and len(self._first.cost) > MEDIUM)
        if self._is_rough:
            self._begin(begin)

    def _begin(self, begin: Begin | None) -> None:
        """Takes the decisions that are held, and a basis to begin at."""
        first, at = self._first, 1.0
        fits = begin is not None and len(begin.basis.columns) == len(first.cost)
        if not (fits and len(begin.basis.rows) == len(first.row_upper)):  # type: ignore[union-attr]
            begin, at = self._decided() if first.integer.any() else None, (self._low + self._high) / 2
        self._hold = begin.values if begin is not None and first.integer.any() else None
        if self._moves is not None:
            self._first = self._bare(first)
            if begin is not None:
                self._bases[at] = begin.basis

    def _bare(self, program: LinearProgram) -> LinearProgram:
        """The program with its decisions held, and without the costs that break ties: at that width they tell nothing,
        and take runs of the solver to take out again."""
        lower, upper = program.lower.copy(), program.upper.copy()
        if self._hold is not None:
            lower[program.integer] = upper[program.integer] = self._hold
        return replace(program, lower=lower, upper=upper, tie_break=np.zeros(len(program.cost)))

    def _affine(self, high: float) -> _Moves | None:
        """What moves in the program, where all of it does so in proportion to the field, as a price or a demand; else
        None."""
        half = (high - self._low) / 2
        _, middle = self._built(self._low + half)
        _, last = self._built(high)
        first = self._first
        for other in (middle, last):
            if any(not np.array_equal(getattr(first, name), getattr(other, name)) for name in SHAPE):
                return None
        moves = {}
        for name in MOVED:
            a, b, c = (getattr(program, name) for program in (first, middle, last))
            if np.array_equal(a, b) and np.array_equal(b, c):
                continue
            step = np.zeros(len(a))
            moving = a != c  # not of limits that are none
            step[moving] = (c[moving] - a[moving]) / (2 * half)
            if not np.allclose(a + half * step, b, rtol=STRAIGHT, atol=0):
                return None
            moves[name] = step
        return _Moves((last.constant - first.constant) / (2 * half), moves)

    def _decided(self) -> Begin | None:
        _, program = self._program((self._low + self._high) / 2)
        found = self._solver.solve(program)
        return Begin.of(program, found) if found.status == "optimal" else None

    @property
    def is_held(self) -> bool:
        """Whether decisions by 0 and 1 are held over the range."""
        return self._hold is not None

    def pieces(self) -> list[FlipPiece]:
        """The pieces, from the lowest value on."""
        if self._moves is None:
            return self._by_plans()
        if self._is_large and self._moves.bends_one_way(self._first):
            walked = [self._at(value) for value in self._walk()]
            if all(point.status == "optimal" for point in walked):
                return self._by_tangents(sorted(walked, key=lambda point: point.value))
        if self._op == "scale" and self._low < 1 < self._high:
            self._at(1.0)  # the plan as it stands, from which both ends are near
        ends = self._parted(self._at(self._low), self._at(self._high))
        found = []
        for a, b in pairwise(ends):
            middle = self._best_between(a, b)
            known = middle.status == "optimal"
            found.append(
                FlipPiece(
                    a.value,
                    b.value,
                    middle.status,
                    a.objective if known and a.status == "optimal" else None,
                    b.objective if known and b.status == "optimal" else None,
                    middle.platforms,
                )
            )
        return _joined(found)

    def _walk(self) -> list[float]:
        """Values outwards from the one that is known, each solved from the one before: the way to the ends is gone
        once."""
        low, high = self._low, self._high
        start = min(self._bases, key=lambda value: abs(value - (low + high) / 2), default=low)
        start = min(max(start, low), high)
        steps = [k / STRIDES for k in range(1, STRIDES + 1)]
        below = [start + (low - start) * step for step in steps] if start > low else []
        above = [start + (high - start) * step for step in steps] if start < high else []
        return [start, *below, *above]

    def _by_tangents(self, points: list[_Point]) -> list[FlipPiece]:
        """The pieces of the tangents at these values, and at as many more as it takes to come near enough."""
        found = [points[0]]
        for a, b in pairwise(points):
            found += [*self._between(a, b), b]
        kept: list[tuple[_Point, float]] = []  # each with the value where it begins
        for point in found:
            meeting = _meeting(kept[-1][0], point) if kept else self._low
            if meeting is not None:
                kept.append((point, meeting))
        ends = [*(start for _, start in kept[1:]), self._high]
        return [
            FlipPiece(start, end, "optimal", point.at(start), point.at(end), point.platforms)
            for (point, start), end in zip(kept, ends, strict=True)
        ]

    def _between(self, a: _Point, b: _Point) -> list[_Point]:
        """Values between two whose tangents tell the objective to within what is asked."""
        width, meeting = b.value - a.value, _meeting(a, b)
        if meeting is None or width <= NARROW * (self._high - self._low):
            return []
        chord = a.objective + (b.objective - a.objective) * (meeting - a.value) / width
        if abs(chord - a.at(meeting)) <= self._same * max(abs(a.objective), abs(b.objective), 1.0):
            return []
        m = self._at(min(max(meeting, a.value + width / 10), b.value - width / 10))
        return [*self._between(a, m), m, *self._between(m, b)] if m.status == "optimal" else []

    def _by_plans(self) -> list[FlipPiece]:
        """The pieces over which the same chips stand and the same is decided, their ends told to a thousandth of the
        range; of a large plan more coarsely, its decisions held as they are best in the middle of the range."""
        count = GRID_OF_LARGE if self._is_rough else GRID
        grid = np.linspace(self._low, self._high, count)
        values = np.unique(np.round(grid) if self._is_whole else grid).tolist()
        points = [self._at(values[0])]
        for value in values[1:]:
            points += self._halved(points[-1], self._at(value))
        pieces, first = [], points[0]
        start, at_start = first.value, first.objective
        for a, b in pairwise(points):
            if not self._is_one_plan(a, b):
                middle = (a.value + b.value) / 2
                pieces.append(_piece(a, first, start, middle, at_start, a.objective))
                start, at_start, first = middle, b.objective, b
        last = points[-1]
        return [*pieces, _piece(last, first, start, last.value, at_start, last.objective)]

    def _halved(self, a: _Point, b: _Point) -> list[_Point]:
        """The points after `a` up to `b`, so that neighbours are one plan or near each other."""
        width = 1.0 if self._is_whole else (NARROW_OF_LARGE if self._is_rough else NARROW) * (self._high - self._low)
        if self._is_one_plan(a, b) or b.value - a.value <= width:
            return [b]
        if len(self._known) >= MOST_SOLVES:
            raise refused("too_many_flips")
        middle = (a.value + b.value) / 2
        m = self._at(float(np.floor(middle)) if self._is_whole else middle)
        return [*self._halved(a, m), *self._halved(m, b)]

    def _is_one_plan(self, a: _Point, b: _Point) -> bool:
        if a.status != b.status or not self._is_rough:
            return (a.status, a.chosen) == (b.status, b.chosen)
        chips = {*a.platforms, *b.platforms}
        apart = sum(abs(a.platforms.get(id, 0.0) - b.platforms.get(id, 0.0)) for id in chips)
        return apart <= AS_MANY * max(sum(a.platforms.values()), sum(b.platforms.values()))

    def _best_between(self, a: _Point, b: _Point) -> _Point:
        """A point whose plan is best all along a piece: an end where the value moves costs alone, and the plan of that
        end costs what is least at the other one; else the middle."""
        if self._moves is not None and self._moves.is_of_costs and a.status == b.status == "optimal":
            width, size = b.value - a.value, self._same * (abs(a.objective) + abs(b.objective) + 1.0)
            if abs(a.objective + a.slope * width - b.objective) <= size:
                return a
            if abs(b.objective - b.slope * width - a.objective) <= size:
                return b
        return self._at((a.value + b.value) / 2)

    def _parted(self, a: _Point, b: _Point) -> list[_Point]:
        """The ends of the pieces between two points, these included."""
        width = b.value - a.value
        if a.status != "optimal" or b.status != "optimal":
            if width <= NARROW * (self._high - self._low) or a.status == b.status:
                return [a, b]
            return self._split(a, b, (a.value + b.value) / 2)
        size = self._same * (abs(a.objective) + abs(b.objective) + 1.0)
        straight = abs(a.objective + a.slope * width - b.objective) <= size
        if straight and abs(b.objective - b.slope * width - a.objective) <= size:
            return [a, b]
        if width <= NARROW * (self._high - self._low) * 1e-3:
            return [a, b]
        bend = a.slope - b.slope
        meeting = a.value + (b.objective - a.objective - b.slope * width) / bend if bend else a.value
        if not a.value + 1e-9 * width < meeting < b.value - 1e-9 * width:
            return [a, b] if width <= NARROW * (self._high - self._low) else self._split(a, b, (a.value + b.value) / 2)
        m = self._at(meeting)
        if m.status == "optimal" and abs(m.objective - a.objective - a.slope * (meeting - a.value)) <= size:
            return [a, m, b]
        return self._split(a, b, meeting)

    def _split(self, a: _Point, b: _Point, at: float) -> list[_Point]:
        if len(self._known) >= MOST_SOLVES:
            raise refused("too_many_flips")
        m = self._at(at)
        return [*self._parted(a, m), *self._parted(m, b)[1:]]

    def _at(self, value: float) -> _Point:
        if value not in self._known:
            self._known[value] = self._solved(value)
            self._progress((value - self._low) / (self._high - self._low))
        return self._known[value]

    def _solved(self, value: float) -> _Point:
        inputs, program = self._program(value)
        hold = self._hold
        if hold is not None and len(hold) != int(program.integer.sum()):
            hold = None  # decisions come or go with the value
        self._begin_near(value)
        solution = self._solver.solve(program, hold=hold)
        if solution.status == "optimal" and self._moves is not None and solution.reduction is None:
            self._bases[value] = Basis.of(solution)
        if solution.status != "optimal":
            if solution.status == "cancelled":
                raise InterruptedError
            return _Point(value, solution.status)
        self._solved_at = value
        chips = allocation_of(inputs, program, solution).active
        decided = np.round(solution.values[program.integer]).astype(np.int8)
        stands = chips > STANDS * chips.max(initial=0.0)
        platforms: dict[str, float] = {}
        for pair, amount in zip(inputs.pair_offer.tolist(), chips.mean(axis=1).tolist(), strict=True):
            platform = inputs.plan.offers[pair].platform
            platforms[platform] = platforms.get(platform, 0.0) + amount
        slope = 0.0 if self._moves is None else self._moves.slope(program, solution)
        chosen = np.packbits(stands).tobytes() + decided.tobytes()
        return _Point(value, "optimal", solution.objective, slope, platforms, chosen)

    def _begin_near(self, value: float) -> None:
        """Has the solver begin at the optimum of the nearest value that is known: that of the last may be far away."""
        if self._is_large and self._bases:
            near = min(self._bases, key=lambda known: abs(known - value))
            if near == self._solved_at:
                return
            self._solved_at = None
            self._solver.start_from(self._program(near)[1], self._bases[near])

    def _program(self, value: float) -> tuple[Inputs, LinearProgram]:
        if self._moves is None:
            return self._built(value)
        return self._inputs, self._moves.at(self._first, value - self._low)

    def _built(self, value: float) -> tuple[Inputs, LinearProgram]:
        moved = with_value(self._plan, *self._where, value, self._op)
        if found := errors(check(moved)):
            raise PlanError(tuple(found))
        inputs = inputs_of(moved)
        return inputs, build(inputs)


def _meeting(a: _Point, b: _Point) -> float | None:
    """Where the tangents at two values meet between them; None where they are one line."""
    bend, width = a.slope - b.slope, b.value - a.value
    if not bend or abs(a.at(b.value) - b.objective) <= SAME * (abs(a.objective) + abs(b.objective) + 1.0):
        return None
    return min(max(a.value + (b.objective - a.objective - b.slope * width) / bend, a.value), b.value)


def _piece(a: _Point, first: _Point, start: float, end: float, at_start: float, at_end: float) -> FlipPiece:
    known = a.status == "optimal"
    one = a if abs(a.value - (start + end) / 2) < abs(first.value - (start + end) / 2) else first
    return FlipPiece(start, end, a.status, at_start if known else None, at_end if known else None, one.platforms)


def _joined(pieces: list[FlipPiece]) -> list[FlipPiece]:
    """Neighbours that are one piece, joined: no plan, or the same line and the same chips."""
    found: list[FlipPiece] = []
    for piece in pieces:
        if found and _is_one(found[-1], piece):
            last = found.pop()
            wider = max((last, piece), key=lambda p: p.end - p.start)
            piece = FlipPiece(
                last.start, piece.end, piece.status, last.objective_at_start, piece.objective_at_end, wider.platforms
            )
        found.append(piece)
    return found


def _is_one(a: FlipPiece, b: FlipPiece) -> bool:
    if a.status != b.status:
        return False
    if a.objective_at_start is None or a.objective_at_end is None or b.objective_at_end is None:
        return a.status != "optimal"
    left = (a.objective_at_end - a.objective_at_start) / (a.end - a.start)
    line = a.objective_at_end + left * (b.end - b.start)
    return abs(line - b.objective_at_end) <= 10 * SAME * (abs(line) + abs(b.objective_at_end) + 1.0)
