"""The numbers of a plan's linear program as uncertain inputs move them, told from a few programs that are built.

Most inputs move a program evenly: a demand its limits, a price its costs. Every number is then

    number = base + sum_k slope_k * z_k + sum_kl slope_kl * z_k * z_l

where z_k goes from -1 to 1 as input k goes from the least to the most that is drawn. The slopes are those between the
programs at both ends; a number that is convex or concave in an input, and even at the middle, is even all the way.
Where two inputs move one number together (a price and a discount), the product tells it. Programs of some draws, which
are built as well, must have just these numbers; else nothing is claimed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from gigaplan.engine.analysis.decisions.worlds import World, WorldProgram
from gigaplan.engine.analysis.uncertainty import case_of, under
from gigaplan.engine.optimization.arrays import Inputs
from gigaplan.engine.optimization.linear_program import LinearProgram
from gigaplan.engine.plan.plan import Plan

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

EXACT = 1e-9
"""Of the size of a number: what it may be off by."""
TRIED = 6
"""Draws whose programs are built to see whether all numbers are told."""
MOST_PAIRED = 12
"""Inputs, of a path each period, that are tried two and two."""


@dataclass(frozen=True)
class Numbers:
    """Some numbers of a program [N] at features [n, 1 + F], the first of which is 1."""

    base: Floats
    moved: Ints
    """[M] which of them move."""
    slopes: Floats
    """[M, F]"""

    def some(self, which: Ints) -> Floats:
        """[len(which), 1 + F] of some of the numbers, what each feature adds; the first column is the base."""
        found = np.zeros((len(which), 1 + self.slopes.shape[1]))
        found[:, 0] = self.base[which]
        place = np.full(len(self.base), -1)
        place[self.moved] = np.arange(len(self.moved))
        mine = np.flatnonzero(place[which] >= 0)
        found[mine, 1:] = self.slopes[place[which[mine]]]
        return found


@dataclass(frozen=True)
class ProgramOfInputs:
    """A program whose numbers move with uncertain inputs; its rows, columns and places stay."""

    program: WorldProgram
    """In the middle of all draws."""
    middle: Floats
    reach: Floats
    """[columns] how far draws go from the middle."""
    pairs: tuple[tuple[int, int], ...]
    parts: dict[str, Numbers]

    def features(self, turns: Floats, some: Ints | None = None) -> Floats:
        """[n, 1 + F] of draws [n, columns]: 1, how far each input is from the middle (-1 to 1), and products of two; or
        some of these."""
        size = turns.shape[1]
        which = np.arange(1 + size + len(self.pairs)) if some is None else some

        def far(k: int) -> Floats:
            return (turns[:, k] - self.middle[k]) / self.reach[k] if self.reach[k] > 0 else np.zeros(len(turns))

        found = np.empty((len(turns), len(which)), order="F")
        for place, k in enumerate(which.tolist()):
            if k == 0:
                found[:, place] = 1.0
            elif k <= size:
                found[:, place] = far(k - 1)
            else:
                found[:, place] = np.multiply(*map(far, self.pairs[k - 1 - size]))
        return found


def asked_work(i: Inputs) -> Floats:
    """[W] the work asked for over the horizon, in the unit of the columns of what is not served."""
    return np.asarray(i.demand.sum(axis=1) * i.peak * np.where(i.by_block, i.profile @ i.shares, 1.0))


def _numbers(world: WorldProgram) -> dict[str, Floats]:
    p = world.program
    return {
        "cost": p.cost,
        "lower": p.lower,
        "upper": p.upper,
        "row_lower": p.row_lower,
        "row_upper": p.row_upper,
        "values": p.values,
        "constant": np.array([p.constant]),
        "asked": asked_work(world.inputs),
        "shares": np.append(world.inputs.shares, 1.0),
    }


def program_of_inputs(
    plan: Plan, turns: Floats, progress: Callable[[float], None] = lambda part: None
) -> ProgramOfInputs | None:
    """The program of a plan at draws [n, columns of `columns_of`] of its uncertain inputs; None where inputs move it
    otherwise than evenly, or change which rows and columns there are. Raises PlanError for a draw that cannot be."""
    low, high = turns.min(axis=0), turns.max(axis=0)
    learner = _Learner(plan, (low + high) / 2, (high - low) / 2, progress)
    sample = turns[np.unique(np.linspace(0, len(turns) - 1, min(TRIED, len(turns))).astype(int))]
    return learner.found(sample)


class _Learner:
    def __init__(self, plan: Plan, middle: Floats, reach: Floats, progress: Callable[[float], None]) -> None:
        self._plan, self._middle, self._reach, self._progress = plan, middle, reach, progress
        self._moving = np.flatnonzero(reach > 0).tolist()
        self._base_world = self._world(middle)
        self._base = _numbers(self._base_world)
        self._built = 0

    def _world(self, turn: Floats) -> WorldProgram:
        return WorldProgram.of(World("draw", 1.0, under(self._plan, case_of(self._plan, turn.tolist()))))

    def _at(self, turn: Floats) -> dict[str, Floats] | None:
        """The numbers at a draw; None where the program has other rows, columns or places."""
        world = self._world(turn)
        self._built += 1
        self._progress(min(self._built / (2 * len(self._moving) + TRIED), 1.0))
        p, q = self._base_world.program, world.program
        same = len(p.cost) == len(q.cost) and _same_places(p, q) and world.names == self._base_world.names
        return _numbers(world) if same else None

    def _beside(self, *inputs: tuple[int, float]) -> dict[str, Floats] | None:
        """The numbers where some inputs are so far from the middle."""
        turn = self._middle.copy()
        for k, part in inputs:
            turn[k] += part * self._reach[k]
        return self._at(turn)

    def found(self, sample: Floats) -> ProgramOfInputs | None:
        slopes: dict[str, list[Floats]] = {name: [] for name in self._base}
        ends: list[dict[str, Floats]] = []
        for k in range(len(self._middle)):
            if self._reach[k] == 0:
                for name, base in self._base.items():
                    slopes[name].append(np.zeros(len(base)))
                ends.append(self._base)
                continue
            below, above = self._beside((k, -1.0)), self._beside((k, 1.0))
            if below is None or above is None:
                return None
            for name, base in self._base.items():
                down, up = _apart(base, below[name]), _apart(above[name], base)
                if not _agree(down, up, base, below[name], above[name]):
                    return None
                slopes[name].append((down + up) / 2)
            ends.append(above)
        tried = [(turn, self._at(turn)) for turn in sample]
        if any(found is None for _, found in tried):
            return None
        model = self._model(slopes, ())
        if self._tells(model, tried):
            return model
        pairs = self._paired(slopes, ends)
        if pairs is None:
            return None
        model = self._model(slopes, pairs)
        return model if self._tells(model, tried) else None

    def _paired(
        self, slopes: dict[str, list[Floats]], ends: list[dict[str, Floats]]
    ) -> tuple[tuple[int, int], ...] | None:
        """The inputs that move numbers two and two, their slopes added to those of each alone."""
        if len(self._moving) > MOST_PAIRED:
            return None
        pairs = []
        for a, b in combinations(self._moving, 2):
            both = self._beside((a, 1.0), (b, 1.0))
            if both is None:
                return None
            extra = {
                name: _apart(both[name], ends[a][name]) - _apart(ends[b][name], base)
                for name, base in self._base.items()
            }
            sizes = {name: EXACT * np.maximum(np.abs(base), np.abs(both[name])) for name, base in self._base.items()}
            if any((np.abs(extra[name]) > sizes[name]).any() for name in extra):
                pairs.append((a, b))
                for name, more in extra.items():
                    slopes[name].append(more)
        return tuple(pairs)

    def _model(self, slopes: dict[str, list[Floats]], pairs: tuple[tuple[int, int], ...]) -> ProgramOfInputs:
        parts = {}
        for name, base in self._base.items():
            whole = np.stack(slopes[name], axis=1) if slopes[name] else np.zeros((len(base), 0))
            moved = np.flatnonzero(whole.any(axis=1))
            parts[name] = Numbers(base, moved, whole[moved])
        return ProgramOfInputs(self._base_world, self._middle, self._reach, pairs, parts)

    def _tells(self, model: ProgramOfInputs, tried: list[tuple[Floats, dict[str, Floats] | None]]) -> bool:
        for turn, found in tried:
            assert found is not None
            features = model.features(turn[None, :])[0, 1:]
            for name, numbers in model.parts.items():
                told = numbers.base.copy()
                told[numbers.moved] += numbers.slopes @ features
                size = np.maximum(np.abs(numbers.base), np.abs(found[name]))
                if not np.all((told == found[name]) | (np.abs(_apart(told, found[name])) <= EXACT * size)):
                    return False
        return True


def _same_places(p: LinearProgram, q: LinearProgram) -> bool:
    return np.array_equal(p.row_start, q.row_start) and np.array_equal(p.columns, q.columns)


def _apart(a: Floats, b: Floats) -> Floats:
    """a - b, 0 where both are the same infinity."""
    return np.subtract(a, b, out=np.zeros_like(a), where=a != b)


def _agree(down: Floats, up: Floats, *numbers: Floats) -> bool:
    """Whether both slopes are the same, to what numbers of that size can tell."""
    size = np.max(np.abs(numbers), axis=0)
    return bool(np.isfinite(down + up).all() and np.all((down == up) | (np.abs(down - up) <= EXACT * size)))
