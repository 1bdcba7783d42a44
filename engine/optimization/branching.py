"""Decides the integers of a program by branch and bound on its continuous optimum, each node from the last basis.

It suits what plans have: a handful of yes or no, each a gate before many columns. A node then takes a few pivots, and
integers are fixed by bounds, so that no tolerance lets a gate stand open that is told to be shut.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from gigaplan.engine.optimization.linear_program import LinearProgram

Floats = NDArray[np.float64]

WHOLE = 1e-6
"""A value this near a whole number is tried as that number."""
GAP = 1e-9
"""Relative to the best objective, and to the unit of costs: what two objectives that count as equal may differ by."""
TIE_NODES = 60
"""Continuous programs that are solved to find out whether other decisions are as good."""
ONE_OF = ("one machine", "group")
"""Families of rows of which each lets one integer column be 1 at most."""


class SearchNode(Protocol):
    """What a continuous program is solved to."""

    @property
    def status(self) -> str: ...
    @property
    def values(self) -> Floats: ...
    @property
    def objective(self) -> float: ...
    @property
    def reduced_costs(self) -> Floats: ...


N = TypeVar("N", bound=SearchNode)


@dataclass
class Branching(Generic[N]):
    """One search."""

    program: LinearProgram
    solve: Callable[[Floats, Floats, N | None, float], N]
    """Gives the continuous optimum with the integer columns between these bounds, starting from that of another node;
    `infeasible` where there is none below that objective."""
    progress: Callable[[float, float], None]
    """Told the best objective and the bound."""
    most_nodes: int
    """After so many continuous programs it gives up."""
    gap: float = 0.0
    """Relative to the best: it ends where none can be better by more."""
    best: float = np.inf
    """The objective of the best decisions found."""
    found: N | None = None
    """The plan with those decisions."""
    bound: float = -np.inf
    """No decisions have a lower objective."""
    stopped: str = ""
    """The status that ended it before its end, if any; `nodes` where it has solved as many as it may."""
    _root: N | None = None
    _nodes: int = 0
    _open: list[tuple[float, int, Floats, Floats, N]] = field(default_factory=list)
    _level: list[tuple[Floats, Floats, N]] = field(default_factory=list)
    """Nodes no better than the best and no worse, that were not divided."""
    _tried: set[bytes] = field(default_factory=set)

    def run(self) -> None:
        """Searches until the best decisions are proven, or something stops it."""
        integer = self.program.integer
        lower, upper = self.program.lower[integer], self.program.upper[integer]
        root = self._solved(lower, upper, None)
        if root is None:
            return
        self._root = root
        self.bound = root.objective
        for candidate in starts(self.program, root.values[integer]):
            self._try(candidate, lower, upper, root)
        if np.isfinite(self.best):
            lower, upper = self._without_hopeless(root, lower, upper)
        count = itertools.count()
        self._open = [(root.objective, next(count), lower, upper, root)]
        while self._open and not self.stopped:
            bound, _, lower, upper, node = heapq.heappop(self._open)
            if self._is_beaten(bound):
                self._level.append((lower, upper, node))
                break
            self.bound = bound
            self.progress(self.best, self.bound)
            if self.found is not None and 0 < self.gap >= (self.best - bound) / max(abs(self.best), 1e-9):
                self.stopped = "gap"
                break
            for below, above in self._halves(lower, upper, node):
                half = self._solved(below, above, node)
                if half is not None:
                    heapq.heappush(self._open, (half.objective, next(count), below, above, half))
        if not self.stopped:
            self.bound = self.best

    def has_tie(self) -> bool:
        """After a proof: whether other decisions are as good as the best. What is no better than it and no worse is
        searched until the first such decisions, or for some nodes."""
        if self.found is None:
            return False
        integer, self.most_nodes = self.program.integer, self._nodes + TIE_NODES
        best = np.round(self.found.values[integer])
        nodes = self._level + [(lower, upper, node) for _, _, lower, upper, node in self._open]
        while nodes and not self.stopped:
            lower, upper, node = nodes.pop()
            lower, upper = self._without_hopeless(node, lower, upper)
            values = np.clip(node.values[integer], lower, upper)
            whole = np.round(values)
            if (whole != best).any() and self._solved(whole, whole, node) is not None:
                return True
            if (lower < upper).any():
                away = np.where(lower < upper, np.abs(values - whole), -1.0)
                for below, above in _parted(int(np.argmax(away)), values, lower, upper):
                    half = self._solved(below, above, node)
                    if half is not None:
                        nodes.append((below, above, half))
        return False

    def as_good(self) -> tuple[Floats, Floats]:
        """Bounds between which lie all decisions that cost no more than the best; they meet where none other do."""
        integer = self.program.integer
        lower, upper = self.program.lower[integer], self.program.upper[integer]
        return (lower, upper) if self._root is None else self._without_hopeless(self._root, lower, upper)

    def _is_beaten(self, bound: float) -> bool:
        return bool(bound >= self._away(-1))

    def _away(self, sign: int) -> float:
        """The objective below (-1) or above (1) which a plan counts as better or worse than the best."""
        if not np.isfinite(self.best):
            return float(np.inf)
        return self.best + sign * GAP * (abs(self.best) + self.program.cost_unit)

    def _solved(self, lower: Floats, upper: Floats, start: N | None) -> N | None:
        """The optimum between bounds; None where there is none, or it is worse than the best."""
        if self.stopped:
            return None
        if self._nodes >= self.most_nodes:
            self.stopped = "nodes"
            return None
        self._nodes += 1
        node = self.solve(lower, upper, start, self._away(1))
        if node.status not in ("optimal", "infeasible") or (node.status == "infeasible" and self._nodes == 1):
            self.stopped = node.status
        return node if node.status == "optimal" and node.objective < self._away(1) else None

    def _try(self, candidate: Floats, lower: Floats, upper: Floats, start: N) -> None:
        """Decisions near those of a node: the best so far where they can be and are better."""
        candidate = np.clip(candidate, lower, upper)
        if candidate.tobytes() in self._tried:
            return
        self._tried.add(candidate.tobytes())
        node = self._solved(candidate, candidate, start)
        if node is not None and not self._is_beaten(node.objective):
            self.best, self.found = node.objective, node

    def _halves(self, lower: Floats, upper: Floats, node: N) -> Iterator[tuple[Floats, Floats]]:
        """The two parts of a node; none where its decisions are whole and as good as it."""
        values = np.clip(node.values[self.program.integer], lower, upper)
        away = np.where(lower < upper, np.abs(values - np.round(values)), 0.0)
        if away.max(initial=0.0) <= WHOLE:
            self._try(np.round(values), lower, upper, node)
            if self._is_beaten(node.objective) or self.stopped or not (lower < upper).any():
                self._level.append((lower, upper, node))
                return
            # A gate that stands open by less than counts carries more than it may: it is shut, or opened.
        yield from _parted(int(np.argmax(away if away.max() > 0 else lower < upper)), values, lower, upper)

    def _without_hopeless(self, root: N, lower: Floats, upper: Floats) -> tuple[Floats, Floats]:
        """Bounds without decisions whose price alone makes them dearer than the best."""
        integer = self.program.integer
        prices, values = root.reduced_costs[integer], root.values[integer]
        room = self.best - root.objective + GAP * (abs(self.best) + self.program.cost_unit)
        lower, upper = lower.copy(), upper.copy()
        upper[(prices > room) & (values <= lower + WHOLE)] = lower[(prices > room) & (values <= lower + WHOLE)]
        lower[(prices < -room) & (values >= upper - WHOLE)] = upper[(prices < -room) & (values >= upper - WHOLE)]
        return lower, upper


def _parted(k: int, values: Floats, lower: Floats, upper: Floats) -> Iterator[tuple[Floats, Floats]]:
    """The bounds of two halves, of which one has decision `k` at least as high as in a plan and one lower."""
    shut, opened = upper.copy(), lower.copy()
    shut[k] = min(np.floor(values[k]), upper[k] - 1)
    opened[k] = shut[k] + 1
    yield opened, upper
    yield lower, shut


def starts(program: LinearProgram, values: Floats) -> tuple[Floats, Floats]:
    """[integer columns] decisions near the relaxed ones: all that the relaxed plan leans on, and those it takes by
    half at least; of columns of which one at most may be taken, the largest alone."""
    place = np.cumsum(program.integer) - 1
    leaned, half = np.ceil(values - WHOLE), np.round(values)
    for family in program.families:
        if family.name not in ONE_OF:
            continue
        for row in range(family.rows.start, family.rows.stop):
            columns = program.columns[program.row_start[row] : program.row_start[row + 1]]
            mine = place[columns[program.integer[columns]]]
            if not len(mine):
                continue
            largest = mine[np.argmax(values[mine])]
            for found in (leaned, half):
                taken = float(program.row_upper[row] >= 1 and values[largest] > WHOLE)
                found[mine] = 0.0
                found[largest] = taken
    return leaned, half
