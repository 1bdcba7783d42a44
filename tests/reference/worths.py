"""Edition 2 of the model, section N: what one more and one less of a limit are worth, by solving again.

Every slope is read from an optimum a little to one side of where it is asked for: there the price of the limit is the
slope of the piece that begins here, once the straight line along it meets the objective here.
"""

import math
from dataclasses import dataclass, field

import highspy
import numpy as np
from reference.model import ONE, Model
from reference.rows import limit_at
from reference.solving import Optimum, Program

KINDS = ["power", "supply", "budget", "carbon", "share", "coverage", "resilience", "commitment"]
FLOORS = ("coverage", "resilience")
PHI = 1e-3
"""By this part of themselves limits are relaxed to see what comes of them together."""
STEP = 1e-5
LINE = 1e-11
"""What part of the objective two of them may differ by and be called the same."""


@dataclass
class Limit:
    """One limit, or one as a whole: what a unit more of it adds to rows, its size, and how far it may move."""

    key: tuple
    size: float
    least: float
    most: float
    rows: list = field(default_factory=list)
    whole: bool = False

    @property
    def name(self) -> str:
        return ":".join(map(str, self.key))


def worths(model: Model, best: Optimum) -> dict:
    """The report of every limit, in order, by `kind:id:member:period`; the decisions of 0 or 1 are held."""
    return Worths(model, best).report()


def rates(model: Model, best: Optimum) -> dict:
    """Of the report of every limit only `one_more` and `one_less`."""
    return Worths(model, best).rates()


class Worths:
    """The program of an optimum, whose limits can be moved."""

    def __init__(self, model: Model, best: Optimum) -> None:
        self.model = model
        self.program = program = Program(model)
        self.solver = program.solver
        choice = program.fixed | {j: round(best.decision[program.variables[j]]) for j in program.free_wholes}
        program.cap(highspy.kHighsInf)
        program.set_costs(program.costs)
        program.set_bounds({j: float(amount) for j, amount in choice.items()})
        self.limits = self.find_limits(best)
        self.moved: set = set()
        self.z0 = self.z({})

    # The limits.

    def find_limits(self, best: Optimum) -> list:
        found: dict = {}
        for i, row in enumerate(self.program.rows):
            for key, expr in row.relax.items():
                if key[0] == "commitment" and not best.decision.get(("a", key[1]), 0.0):
                    continue
                if key not in found:
                    found[key] = self.new_limit(key, row.expr.get(ONE, 0.0))
                found[key].rows.append((i, expr))
        limits = sorted(found.values(), key=order)
        return limits + self.wholes(limits)

    def new_limit(self, key: tuple, constant: float) -> Limit:
        """`least` and `most` are how far it may be moved, less and more."""
        model, (kind, id, _, t) = self.model, key
        doc = model.doc
        if kind in ("share", *FLOORS):
            policy = next(row for row in doc.policies if row["id"] == id)
            values = [limit_at(model, policy, k) for k in (doc.periods if t == "*" else [t])]
            points = [100 * v for v in values if v is not None]
            down, up = min(points), 100 - max(points)
            return Limit(key, down, -down, up) if kind == "share" else Limit(key, down, -up, down)
        if kind == "power":
            size = doc.at("sites", doc.sites[id], "power_mw", t)
        elif kind == "supply":
            size = doc.at("offers", doc.offers[id], "supply_chips_per_month", t) * doc.m
        elif kind == "commitment":
            size = model.years[id, t].commitment
            return Limit(key, size, -math.inf, size)
        else:
            size = constant
            return Limit(key, size, -size, math.inf)
        return Limit(key, size, -size, math.inf)

    def wholes(self, limits: list) -> list:
        """The same limit in every period, of those that have several."""
        groups: dict = {}
        for limit in limits:
            groups.setdefault(limit.key[:3], []).append(limit)
        found = []
        for key, parts in groups.items():
            if len(parts) > 1:
                ends = max(part.least for part in parts), min(part.most for part in parts)
                rows = [row for part in parts for row in part.rows]
                found.append(Limit((*key, "*"), min(part.size for part in parts), *ends, rows, whole=True))
        return found

    # The least objective with limits moved.

    def z(self, moves: dict, edge: bool = False) -> float:
        """The least objective with limits (by index) moved by so many units; infinite where there is no plan.

        `edge`: so close to where plans end that the solver may not tell is called beyond it.
        """
        program, changed = self.program, {}
        for k, delta in moves.items():
            for i, expr in self.limits[k].rows:
                for v, c in expr.items():
                    changed[i, v] = changed.get((i, v), 0.0) + delta * c
        for i, v in self.moved | set(changed):
            more = changed.get((i, v), 0.0)
            if v == ONE:
                low = program.lower[i] - more * program.row_scale[i]
                self.solver.changeRowBounds(i, low, highspy.kHighsInf)
            else:
                j = program.index[v]
                now = (program.rows[i].expr.get(v, 0.0) + more) * program.row_scale[i] * program.unit[j]
                self.solver.changeCoeff(i, j, now)
        self.moved = set(changed)
        answer = program.run()
        assert edge or answer.status != "unknown", "HiGHS gives no answer"
        if answer.status != "optimal":
            return -math.inf if answer.status == "unbounded" else math.inf
        self.x = answer.x
        return float(program.costs @ answer.x)

    def rate(self, k: int) -> float:
        """By how much the objective falls per unit of a limit, at the last optimum: its price there."""
        program, duals = self.program, self.solver.getSolution().row_dual
        total = 0.0
        for i, expr in self.limits[k].rows:
            at_x = sum(
                c * (1.0 if v == ONE else self.x[program.index[v]] * program.unit[program.index[v]])
                for v, c in expr.items()
            )
            total += duals[i] * program.unit_cost * program.row_scale[i] * at_x
        return total

    def same(self, a: float, b: float) -> bool:
        return abs(a - b) <= LINE * max(abs(a), abs(b), abs(self.z0)) if math.isfinite(a) else a == b

    def slope(self, k: int, sign: int, state: dict | None = None) -> float | None:
        """`-z'` on one side of where the limits are; None where there is no plan on it."""
        state = state or {}
        limit, here = self.limits[k], self.z(state)
        room = (limit.most if sign > 0 else -limit.least) - sign * state.get(k, 0.0)
        step = min(1e-3 * self.scale(k), room)
        if room <= 0:
            return None
        found = None
        for _ in range(24):
            there = self.z(self.along(k, sign * step, state))
            if math.isfinite(there):
                found = self.rate(k)
                if limit.key[0] == "share":
                    self.z(self.along(k, sign * step / 2, state))
                    half = self.rate(k)
                    if abs(half - found) <= 1e-4 * abs(half):
                        return self.clean(k, 2 * half - found)
                elif self.same(there, here - sign * step * found):
                    return self.clean(k, found)
            step /= 4
            if found is None and step < 1e-8 * self.scale(k):
                return None  # smaller steps are within the solver's tolerance, where anything is a plan
        return self.clean(k, found) if found is not None else None

    def clean(self, k: int, rate: float) -> float:
        """A rate without rounding around 0."""
        return 0.0 if abs(rate) * self.scale(k) <= 1e-10 * abs(self.z0) else float(rate)

    def along(self, k: int, delta: float, state: dict) -> dict:
        return state | {k: state.get(k, 0.0) + delta}

    def scale(self, k: int) -> float:
        """A size to take steps by: of the limit, or of what else stands in its rows where it is 0."""
        limit = self.limits[k]
        if limit.size > 0:
            return limit.size
        parts = [part.size for part in self.limits if part.key[:3] == limit.key[:3] and part.size > 0]
        if parts:
            return min(parts)
        sizes = [abs(self.program.lower[i] / self.program.row_scale[i]) for i, _ in limit.rows]
        money = abs(self.z0) if limit.key[0] in ("budget", "commitment") else 0.0  # one USD would be no step at all
        return max(sizes) or money or 1.0

    # Ranges.

    def until(self, k: int, sign: int, rate: float | None) -> float | None:
        """How far the rate holds; None without end."""
        limit = self.limits[k]
        cap = limit.most if sign > 0 else limit.least
        if rate is None or cap == 0:
            return 0.0
        if limit.key[0] == "share":
            return self.until_curved(k, sign, rate, cap)
        if sign > 0 and rate == 0:  # convex and falling: it falls no more
            return None if math.isinf(cap) else cap
        far = cap if math.isfinite(cap) else sign * 1e6 * self.scale(k)
        z_far = self.z({k: far})
        if math.isinf(z_far):
            far = self.farthest(k, sign, far)
            z_far = self.z({k: far})
        for _ in range(100):
            if self.same(z_far, self.z0 - rate * far):
                return None if math.isinf(cap) and abs(far) >= 1e6 * self.scale(k) else far
            s = self.rate(k)
            if s == rate:
                return far
            before, far = far, float((z_far + s * far - self.z0) / (s - rate))
            if abs(far - before) <= 1e-13 * self.scale(k):  # as near as numbers of this size can be
                return far
            z_far = self.z({k: far})
        raise AssertionError(f"no end of the range of {limit.name}")

    def farthest(self, k: int, sign: int, far: float) -> float:
        """The farthest move that leaves a plan: the limit's move as one more variable."""
        h, program = self.solver, self.program
        self.z({})
        entries: dict = {}
        for i, expr in self.limits[k].rows:
            entries[i] = entries.get(i, 0.0) + sign * expr.get(ONE, 0.0) * program.row_scale[i]
            for v, c in expr.items():
                if v != ONE:  # a decision of 0 or 1 that is held
                    entries[i] += sign * c * program.row_scale[i] * program.low_now(v)
        rows = np.array(list(entries), dtype=np.int32)
        size = self.scale(k)
        h.changeColsCost(
            len(program.costs), np.arange(len(program.costs), dtype=np.int32), np.zeros(len(program.costs))
        )
        h.addCol(-1.0, 0.0, abs(far) / size, len(rows), rows, np.array(list(entries.values())) * size)
        answer = program.run()
        assert answer.status == "optimal", "HiGHS gives no answer"
        reached = answer.x[-1] * size
        h.deleteCols(1, np.array([len(program.costs)], dtype=np.int32))
        program.set_costs(program.costs)
        return sign * reached * (1 - 1e-12)

    def until_curved(self, k: int, sign: int, rate: float, cap: float) -> float | None:
        """Of a share: where the mean rate from here is a hundredth off."""

        def holds(delta: float) -> bool:
            z = self.z({k: delta}, edge=True)
            return math.isfinite(z) and abs((self.z0 - z) / delta - rate) <= 0.01 * abs(rate) + LINE * abs(
                self.z0 / delta
            )

        if holds(cap):
            return cap
        low, high = 0.0, cap
        for _ in range(60):
            middle = (low + high) / 2
            low, high = (middle, high) if holds(middle) else (low, middle)
        return low

    # Limits that bind together.

    def rates(self) -> dict:
        found = {}
        for k, limit in enumerate(self.limits):
            more, less = self.slope(k, 1), self.slope(k, -1)
            found[limit.name] = {"one_more": more if more is not None else 0.0, "one_less": less}
        return found

    def report(self) -> dict:
        found = self.rates()
        for k, limit in enumerate(self.limits):
            row = found[limit.name]
            row["more_until"] = self.until(k, 1, row["one_more"])
            row["less_until"] = self.until(k, -1, row["one_less"])
            row["together"] = None
        for k, limit in enumerate(self.limits):
            if self.binds_jointly(found[limit.name]):
                found[limit.name]["together"] = self.together(k, found)
        return found

    def binds_jointly(self, row: dict) -> bool:
        return row["one_more"] == 0 and (row["one_less"] is None or row["one_less"] > 0)

    def together(self, i: int, found: dict) -> dict | None:
        limits = self.limits
        mine = [k for k, limit in enumerate(limits) if limit.whole == limits[i].whole and k != i]
        candidates = [k for k in mine if self.binds_jointly(found[limits[k].name])]
        if not self.gain(i, candidates):
            return None
        chosen = next(([j] for j in candidates if self.gain(i, [j])), None)
        if chosen is None:
            chosen = list(candidates)
            for j in reversed(candidates):
                rest = [k for k in chosen if k != j]
                if self.gain(i, rest):
                    chosen = rest
        worth = self.gain(i, chosen)
        return {
            "limits": [limits[i].name, *(limits[j].name for j in chosen)],
            "worth": worth,
            "needs": {limits[j].name: self.need(i, j, chosen, worth) for j in chosen},
        }

    def relaxed(self, chosen: list, phi: float = PHI) -> dict:
        return {j: phi * self.limits[j].size for j in chosen}

    def gain(self, i: int, chosen: list) -> float:
        """What one more of i is worth with others relaxed a little, as that goes to 0; 0 if it is not for all of it."""
        if not chosen:
            return 0.0
        rates = [self.slope(i, 1, self.relaxed(chosen, phi)) or 0.0 for phi in (PHI, PHI / 10)]
        return rates[1] if min(rates) > 0 else 0.0

    def need(self, i: int, j: int, chosen: list, worth: float) -> float:
        """The least of j per unit of i with which i reaches `worth`, the others relaxed.

        The rate along (1 of i, r of j) is the least of `price of i + r * price of j` over the optimal prices here: a
        concave function of r; each pair of prices tells an r that is not too large.
        """
        state = self.relaxed([k for k in chosen if k != j])
        step = STEP * self.scale(i)
        r = 0.0
        for _ in range(100):
            self.z(state | {i: step, j: r * step})
            of_i, of_j = self.rate(i), self.rate(j)
            if of_i + r * of_j >= worth * (1 - 1e-9) or of_j <= 0:
                return r
            r = (worth - of_i) / of_j
        raise AssertionError(f"no end of what {self.limits[i].name} needs of {self.limits[j].name}")


def order(limit: Limit) -> tuple:
    kind, id, member, t = limit.key
    return KINDS.index(kind), id, member, -1 if t == "*" else t
