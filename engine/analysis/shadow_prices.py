"""What one more and one less of every limit is worth, and how far that holds: by solving again (section N).

A solver's own price of a limit that binds may be any number between what one more saves and what one less costs. Here
each is the slope of the least cost on its own side. Where the basis of the optimum stays optimal on that side the
slope is its price; elsewhere the program is solved a little to that side, with the integers held.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from msgspec import Struct
from msgspec.structs import replace
from numpy.typing import NDArray

from gigaplan.engine.analysis.limits import FIELDS, FLOORS, Key, LimitRows, label_of, limits_of
from gigaplan.engine.optimization.moved_limits import MovedLimits
from gigaplan.engine.optimization.parametric import BasisLine, Unsure
from gigaplan.engine.optimization.solution import Cancelled, SolverError
from gigaplan.engine.results.result import Result

Floats = NDArray[np.float64]
State = dict[int, float]
"""Limits by their number, and by how many units each is relaxed."""

NOISE = 1e-10
"""Of the objective: what all of a limit is worth at a rate below it is rounding."""
STEP = 1e-3
"""Of a limit: where a slope is looked for first."""
LEAST_STEP, LOWEST_STEP = 1e-5, 1e-7
"""In a row's own units: a step is no smaller at first, and never."""
STRAIGHT = 1e-4
"""So much of a step may be missing from the stretch on which its slope is found to hold."""
PHI = 1e-3
"""By this part of themselves limits are relaxed to see what comes of them together."""
CURVED = 0.01
"""A share's rate holds as long as the mean rate is off by no more."""
NEXT = 1e-4
"""So much beyond where the optimum must change it is seen whether another plan costs as little."""
MEETS = 1e-9
SMALL_NEED = 1e-5


class BindingTogether(Struct, frozen=True):
    """What binds together: one more of the first limit is worth something only with more of the others."""

    limits: tuple[Key, ...]
    worth: float
    """What one more of the first is worth then."""
    needs: dict[Key, float]
    """How many units of each other one it takes for each unit of the first."""


class Worth(Struct, frozen=True):
    """What a limit is worth, USD discounted; more is to its relaxed side, so that of a floor it is less."""

    kind: str
    id: str
    member: str
    period: int | str
    one_more: float
    """What one more unit saves, at the rate of the first bit."""
    one_less: float | None
    """What one less costs; None where there can be no less."""
    more_until: float | None = None
    """How many units more the rate holds for; None without end."""
    less_until: float | None = None
    """The same to less, as a number below 0."""
    is_ranged: bool = False
    """Whether it is known how far the rates hold."""
    together: BindingTogether | None = None
    is_whole: bool = False
    """Whether it is of the limit in every period at once."""
    when: str = ""
    """The period or year, in words."""
    size: float = math.nan
    """The limit itself."""

    @property
    def key(self) -> Key:
        """What tells the limit from others."""
        return self.kind, self.id, self.member, self.period

    @property
    def binds_jointly(self) -> bool:
        """Whether it binds but not alone."""
        return self.one_more == 0 and (self.one_less is None or self.one_less > 0)

    @property
    def is_floor(self) -> bool:
        """Whether it asks for at least so much, so that one more of it in this sense is one less asked."""
        return self.kind in FLOORS

    @property
    def place(self) -> tuple[str, str, str]:
        """The table, row and field that set the limit."""
        return self.table, self.id, self.field

    @property
    def table(self) -> str:
        """The table whose row sets the limit."""
        return FIELDS[self.kind][0]

    @property
    def field(self) -> str:
        """The field that sets it."""
        return FIELDS[self.kind][1]

    @property
    def unit(self) -> str:
        """MW, chips, USD, tCO2e or percentage point."""
        return FIELDS[self.kind][2]


class Slope(NamedTuple):
    """What is known of the least cost on one side of where a limit is."""

    rate: float | None
    """USD per unit; None where there is no plan."""
    reach: float
    """So many units the basis holds in which it was found."""
    is_end: bool = False
    """Whether another rate begins there."""


def worths(
    result: Result,
    *,
    only_binding: bool = False,
    only_shown: bool = False,
    told: Callable[[Worth], object] = lambda worth: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> tuple[Worth, ...]:
    """What each limit of an optimal result is worth, in the order of section N; nothing of another result.

    Each is given to `told` as soon as its rates are known, again when it is known how far they hold, and once more
    where it binds together with others. With `only_binding`, limits of which neither more nor less would make a
    difference are left out, which takes far less time; what is found then is kept with the result, for `known`. With
    `only_shown`, of these it is found how far they hold, and what binds with them, where sentences speak of it alone:
    where a limit is worth most, and of it in all periods at once.
    Raises Cancelled soon after `cancelled` says so, SolverError where the solver fails.
    """
    if result.allocation is None or result.solution is None or not len(result.solution.values):
        return ()
    if not only_binding and not only_shown:
        return _Search(result, cancelled).report(told)
    kept = result.worths
    if kept.is_complete and (only_shown or all(worth.is_ranged for worth in kept.found.values())):
        for worth in kept.found.values():
            told(worth)
    else:

        def keep(worth: Worth) -> None:
            result.worths.found[worth.key] = worth
            told(worth)

        _Search(result, cancelled).report(keep, only_binding=True, only_shown=only_shown)
        result.worths.is_complete = True
    return tuple(result.worths.found.values())


def known(result: Result) -> tuple[Worth, ...]:
    """What is known so far of limits that bind; `result.worths.is_complete` says whether that is all."""
    return tuple(result.worths.found.values()) if result.solution is not None else ()


class _Search:
    """The program of an optimum whose limits are moved, one or a few at a time."""

    def __init__(self, result: Result, cancelled: Callable[[], bool]) -> None:
        assert result.program is not None
        assert result.solution is not None
        self.result, self.cancelled, self.program = result, cancelled, result.program
        self.limits = limits_of(result)
        self.solver = MovedLimits(interrupt=cancelled)
        status = self.solver.begin(self.program, result.solution)
        if status == "cancelled":
            raise Cancelled
        if status != "optimal":
            raise SolverError(f"the optimum is {status} when it is solved again")
        self.z0 = self.solver.objective
        self._index_moves()
        self.prices0 = self.prices()
        self.tight = self.solver.is_tight()
        self.room0, self.values0 = self.solver.room(), self.solver.column_values()
        self.slack = [self._slack_of(limit, self.room0) for limit in self.limits]
        self.vertices = [self.prices0]
        """Prices of all limits, each those of an optimal basis of the plan as it is."""

    def _index_moves(self) -> None:
        moves = [limit.move for limit in self.limits]
        self._owner = np.repeat(np.arange(len(moves)), [len(m.rows) for m in moves])
        self._rows = np.concatenate([m.rows for m in moves] or [np.zeros(0, np.int64)])
        self._bounds = np.concatenate([m.bounds for m in moves] or [np.zeros(0)])
        self._mixed_owner = np.repeat(np.arange(len(moves)), [len(m.changes) for m in moves])
        self._mixed_rows, self._mixed_columns = (
            np.concatenate([m.at[axis] for m in moves] or [np.zeros(0, np.int64)]) for axis in range(2)
        )
        self._changes = np.concatenate([m.changes for m in moves] or [np.zeros(0)])

    def _slack_of(self, limit: LimitRows, room: Floats) -> float:
        """How many units less of a limit leave the optimum as it is."""
        effect = np.abs(limit.move.bounds)
        there = effect > 0
        if not limit.move.is_straight:
            return 0.0
        return float((np.maximum(room[limit.move.rows[there]], 0.0) / effect[there]).min(initial=math.inf))

    def touches(self, k: int) -> bool:
        """Whether a row of a limit is at its bound."""
        return bool(self.tight[self.limits[k].move.rows].any())

    # The least cost with limits moved.

    def solve(self, state: State, *, at_edge: bool = False) -> bool:
        """Solves with limits relaxed; False where there is no plan, or with `at_edge` where none can be told."""
        if self.cancelled():
            raise Cancelled
        status = self.solver.solve_at([(self.limits[k].move, amount) for k, amount in state.items()])
        if status == "cancelled":
            raise Cancelled
        if status not in ("optimal", "infeasible") and not at_edge:
            raise SolverError(f"the plan is {status} with a limit moved")
        return status == "optimal"

    def prices(self) -> Floats:
        """[limits] by how much the cost falls per unit of each limit, at the last optimum and in its basis."""
        return self.priced(self.solver.row_duals(), self.solver.column_values())

    def priced(self, duals: Floats, values: Floats) -> Floats:
        """[limits] the same of any duals [R] and values [C]."""
        found = np.bincount(self._owner, -duals[self._rows] * self._bounds, len(self.limits))
        if len(self._changes):
            mixed = duals[self._mixed_rows] * self._changes * values[self._mixed_columns]
            found = found + np.bincount(self._mixed_owner, mixed, len(self.limits))
        return np.asarray(found)

    def price(self, k: int) -> float:
        """The same of one limit."""
        move = self.limits[k].move
        found = -float(self.solver.row_duals()[move.rows] @ move.bounds)
        if len(move.changes):
            values = self.solver.column_values()
            found += float((self.solver.row_duals()[move.at[0]] * move.changes) @ values[move.at[1]])
        return found

    def clean(self, k: int, rate: float) -> float:
        """A rate without rounding around 0."""
        return 0.0 if abs(rate) <= self.noise(k) else rate

    def noise(self, k: int) -> float:
        """What a rate of nothing may come to, USD per unit."""
        return NOISE * abs(self.z0) / self.scale(k)

    def scale(self, k: int) -> float:
        """A size to take steps by: of the limit, or of what else stands in its rows where it is 0."""
        limit = self.limits[k]
        if limit.size > 0:
            return limit.size
        rows = limit.move.rows
        bounds = np.abs(np.where(np.isfinite(self.program.row_upper), self.program.row_upper, self.program.row_lower))
        return float(bounds[rows].max(initial=0.0)) or 1.0

    def unit(self, k: int) -> float:
        """How many units of a limit move its rows by about one of their own units."""
        move = self.limits[k].move
        effect = np.abs(move.bounds) / self.program.row_unit[move.rows]
        largest = float(effect.max(initial=0.0))
        return 1 / largest if largest > 0 else self.scale(k)

    # Slopes.

    def slopes(self, k: int) -> tuple[Slope, Slope]:
        """To more, and to less."""
        limit = self.limits[k]
        if not self.touches(k):
            slack = self.slack[k] if limit.move.is_straight else self.own_room(k)
            return Slope(0.0 if limit.most > 0 else None, math.inf), Slope(0.0 if limit.least < 0 else None, slack)
        if not limit.move.is_straight:
            return self.slope(k, 1), self.slope(k, -1)
        if self.cancelled():
            raise Cancelled
        more, less = self.solver.lines(limit.move)
        return self.on_line(k, 1, more), self.on_line(k, -1, less)

    def on_line(self, k: int, sign: int, line: BasisLine, *, to_its_end: bool = False) -> Slope:
        """On one side the rate of the first stretch of any length; to its end as far as the rate stays the same. Where
        a line does not tell, by solving again."""
        cap = self.cap(k, sign)
        if cap <= 0:
            return Slope(None, 0.0)
        enough = max(LOWEST_STEP * self.unit(k), 1e-6 * self.scale(k))
        found: Slope | None = None
        try:
            for stretch in line.stretches():
                if stretch.rate is None:
                    return Slope(None, 0.0) if found is None else found._replace(is_end=True)
                rate = self.clean(k, -sign * self.solver.money(stretch.rate))
                if found is None and stretch.end > enough:
                    found = Slope(rate, stretch.end)
                    if rate == 0:
                        self.vertices.append(self.priced(self.solver.duals_along(line), self.values0))
                elif found is not None and found.rate is not None:
                    if abs(rate - found.rate) > max(1e-9 * abs(found.rate), self.noise(k)):
                        return found._replace(is_end=True)
                    found = Slope(found.rate, stretch.end)
                if found is not None and (found.reach >= cap or not to_its_end):
                    break
        except Unsure:
            return found or self.slope(k, sign)
        return found or Slope(None, 0.0)

    def cap(self, k: int, sign: int) -> float:
        """How far a limit may be moved to one side."""
        return self.limits[k].most if sign > 0 else -self.limits[k].least

    def slope(self, k: int, sign: int, state: State | None = None) -> Slope:
        """The rate on one side of where limits are, some of them relaxed."""
        state = state or {}
        limit = self.limits[k]
        room = self.cap(k, sign) - sign * state.get(k, 0.0)
        if room <= 0:
            return Slope(None, 0.0)
        step = min(max(STEP * self.scale(k), LEAST_STEP * self.unit(k)), room)
        found: float | None = None
        for _ in range(24):
            if self.solve(along(state, k, sign * step)):
                found = self.price(k)
                if not limit.move.is_straight:
                    self.solve(along(state, k, sign * step / 2))
                    half = self.price(k)
                    if abs(half - found) <= 1e-4 * abs(half):
                        return Slope(self.clean(k, 2 * half - found), 0.0)
                else:
                    low, high = self.solver.reach([(limit.move, 1.0)])
                    back, on = (-low, high) if sign > 0 else (high, -low)
                    if back >= step * (1 - STRAIGHT):
                        if not state and not self.clean(k, found):
                            self.vertices.append(self.prices())
                        return Slope(self.clean(k, found), step + on)
            step /= 4
            if step < LOWEST_STEP * self.unit(k):  # what is nearer, rounding may allow
                break
        return Slope(None if found is None else self.clean(k, found), 0.0)

    # Ranges.

    def until(self, k: int, sign: int, slope: Slope) -> float | None:
        """How far a rate holds on one side, with its sign; None without end."""
        move, (rate, reach, _) = self.limits[k].move, slope
        cap = self.cap(k, sign)
        if rate is None:
            return 0.0
        if not move.is_straight:
            end = self.until_curved(k, sign, rate, cap)
        elif (sign > 0 and rate == 0) or reach >= cap:  # it falls no more where it does not fall
            end = cap
        else:
            far = self.on_line(k, sign, self.solver.lines(move)[0 if sign > 0 else 1], to_its_end=True)
            is_told = far.rate is not None and (far.is_end or far.reach >= cap)
            end = min(far.reach, cap) if is_told else self.until_straight(k, sign, rate, reach, cap)
        return None if math.isinf(end) else sign * end + 0.0

    def until_straight(self, k: int, sign: int, rate: float, reach: float, cap: float) -> float:
        """Where another slope begins: beyond a basis there is another, of the same rate or not."""
        step = max(STEP * self.scale(k), LEAST_STEP * self.unit(k))
        probe = min(cap, reach + step)
        same = max(1e-9 * abs(rate), self.noise(k))
        for _ in range(200):
            if not self.solve({k: sign * probe}):
                last = abs(self.solver.farthest(self.limits[k].move, sign * probe))
                if last <= reach * (1 + MEETS) + MEETS * step:
                    return reach
                probe = last * (1 - 1e-12)
                if not self.solve({k: sign * probe}, at_edge=True):
                    return probe
            slope = self.price(k)
            low, high = self.solver.reach([(self.limits[k].move, 1.0)])
            back, on = (-low, high) if sign > 0 else (high, -low)
            if abs(slope - rate) <= same:
                reach = probe + on
                if reach >= cap or probe >= cap:
                    return cap
                step *= 4
                probe = min(cap, reach + step)
                continue
            if probe - back <= reach * (1 + 1e-6) + MEETS * step:
                return reach
            drop = sign * (self.z0 - self.solver.objective)
            meets = (drop - slope * probe) / (rate - slope)
            if meets >= probe * (1 - MEETS):
                return probe
            if meets <= reach * (1 + 1e-6):
                return reach
            probe = meets
        raise SolverError("no end of the range of a limit")

    def until_curved(self, k: int, sign: int, rate: float, cap: float) -> float:
        """Of a share: where the mean rate from here is a hundredth off."""
        if cap <= 0:
            return 0.0
        if not self.touches(k):  # what the optimum is without it
            end = cap if sign > 0 else min(cap, self.own_room(k))
            if end >= cap or self.off(k, sign, rate, min(cap, end * (1 + NEXT) + 1e-9 * cap))[0] > 0:
                return end
        # From near to far: the mean rate may come back to where it was.
        low, high = 0.0, cap / 1024
        here, slope = self.off(k, sign, rate, high)
        while here <= 0:
            if high >= cap:
                return cap
            low, high = high, min(2 * high, cap)
            here, slope = self.off(k, sign, rate, high)
        last, close = high, 1e-9 * cap
        for n in range(60):
            if high - low <= close:
                break
            guess = last - here / slope if math.isfinite(here) and slope > 0 else math.nan  # as Newton has it
            if abs(guess - last) < close / 2:  # near enough: what is left is the other end
                guess = last + (close / 2 if last == low else -close / 2)
            last = guess if low < guess < high and n % 4 < 3 else (low + high) / 2
            here, slope = self.off(k, sign, rate, last)
            low, high = (last, high) if here <= 0 else (low, last)
        return low

    def off(self, k: int, sign: int, rate: float, delta: float) -> tuple[float, float]:
        """How much more than a hundredth the mean rate of a share is off at some distance, below 0 as long as it
        holds, and how that grows with the distance."""
        if not self.solve({k: sign * delta}, at_edge=True):
            return math.inf, math.nan
        mean = sign * (self.z0 - self.solver.objective) / delta
        noise = 1e-11 * abs(self.z0) / delta
        grows = math.copysign(1.0, mean - rate) * (self.price(k) - mean) / delta + noise / delta
        return abs(mean - rate) - CURVED * abs(rate) - noise, grows

    def own_room(self, k: int) -> float:
        """How many units less of a share leave the optimum as it is."""
        move = self.limits[k].move
        activity = np.bincount(move.at[0], move.changes * self.values0[move.at[1]], len(self.room0))
        nearer = -activity[move.rows]
        np.add.at(nearer, np.arange(len(move.rows)), move.bounds)
        room = np.maximum(self.room0[move.rows], 0.0)
        return float((room[nearer > 0] / nearer[nearer > 0]).min(initial=math.inf))

    # The report.

    def report(
        self, told: Callable[[Worth], object], *, only_binding: bool = False, only_shown: bool = False
    ) -> tuple[Worth, ...]:
        found: dict[int, Worth] = {}
        ends: dict[int, tuple[Slope, Slope]] = {}
        for k, limit in enumerate(self.limits):
            more, less = self.slopes(k)
            if only_binding and not more.rate and not (less.rate or (less.rate is None and self.touches(k))):
                continue
            when = label_of(self.result.time, limit)
            found[k] = Worth(*limit.key, more.rate or 0.0, less.rate, is_whole=limit.is_whole, when=when,
                             size=limit.size)  # fmt: skip
            ends[k] = more, less
            told(found[k])
        shown = _shown(found)
        asked = shown if only_shown else [*shown, *(k for k in found if k not in set(shown))]
        for k in asked:
            more, less = ends[k]
            most, least = self.until(k, 1, more), self.until(k, -1, less)
            found[k] = replace(found[k], more_until=most, less_until=least, is_ranged=True)
            told(found[k])
        joint = [k for k, worth in found.items() if worth.binds_jointly]
        for k in asked:
            if not found[k].binds_jointly:
                continue
            bound = self.together(k, [j for j in joint if self.limits[j].is_whole == self.limits[k].is_whole])
            if bound is not None:
                found[k] = replace(found[k], together=bound)
                told(found[k])
        return tuple(found.values())

    # Limits that bind together.

    def together(self, i: int, all_joint: Sequence[int]) -> BindingTogether | None:
        others = [j for j in all_joint if j != i]
        if not others or not self.gain(i, others):
            return None
        chosen: Sequence[int] = next(([j] for j in others if not self.is_free(i, j) and self.gain(i, [j])), [])
        if not chosen:
            chosen = others
            for j in reversed(others):
                rest = [k for k in chosen if k != j]
                if rest and self.gain(i, rest):
                    chosen = rest
        worth = self.gain(i, chosen)
        needs = {self.limits[j].key: self.need(i, j, chosen, worth) for j in chosen}
        return BindingTogether(tuple(self.limits[k].key for k in (i, *chosen)), worth, needs)

    def is_free(self, i: int, j: int) -> bool:
        """Whether some known prices of the optimum have neither of two limits worth anything: then nor have both."""
        return any(
            not self.clean(i, float(prices[i])) and not self.clean(j, float(prices[j])) for prices in self.vertices
        )

    def relaxed(self, chosen: Sequence[int], phi: float) -> State:
        return {j: phi * self.limits[j].size for j in chosen}

    def gain(self, i: int, chosen: Sequence[int]) -> float:
        """What one more of i is worth with others relaxed a little, as that goes to 0; 0 if it is not for all of it."""
        rate = 0.0
        for phi in (PHI, PHI / 10):
            rate = self.slope(i, 1, self.relaxed(chosen, phi)).rate or 0.0
            if rate <= 0:
                return 0.0
        return rate

    def need(self, i: int, j: int, chosen: Sequence[int], worth: float) -> float:
        """The least of j per unit of i with which i reaches `worth`, the others relaxed.

        The rate along (1 of i, r of j) is the least of `price of i + r * price of j` over the optimal prices here: a
        concave function of r; each pair of prices tells an r that is not too large.
        """
        state = self.relaxed([k for k in chosen if k != j], PHI)
        step = max(SMALL_NEED * self.scale(i), LOWEST_STEP * 10 * self.unit(i))
        r = 0.0
        for _ in range(100):
            self.solve(state | {i: step, j: r * step})
            own, its = self.price(i), self.price(j)
            if own + r * its >= worth * (1 - 1e-9) or its <= 0:
                return r
            r = (worth - own) / its
        raise SolverError("no end of what a limit needs of another")


def _shown(found: dict[int, Worth]) -> list[int]:
    """Of each limit, where it is worth most, and in all its periods at once."""
    groups: dict[tuple[str, str, str], list[int]] = {}
    for k, worth in found.items():
        groups.setdefault(worth.key[:3], []).append(k)
    shown = []
    for mine in groups.values():
        parts = [k for k in mine if not found[k].is_whole]
        if parts:
            shown.append(max(parts, key=lambda k: (found[k].one_more, math.inf if found[k].one_less is None
                                                   else found[k].one_less)))  # fmt: skip
        shown += [k for k in mine if found[k].is_whole]
    return shown


def along(state: State, k: int, delta: float) -> State:
    """Limits relaxed as before, and one of them by so much more."""
    return state | {k: state.get(k, 0.0) + delta}
