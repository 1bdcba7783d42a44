"""How far the price of an offer or a service that is not chosen must fall to lower the cost: by solving again at lower
prices.

All prices of a row fall by the same part. From where it is free of charge, the price rises until the best plan with
it costs no less than the plan without: each plan on the way tells where it would, and a cheaper one may be there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
from msgspec import Struct
from msgspec.structs import replace
from numpy.typing import NDArray

from gigaplan.engine.optimization.arrays import inputs_of
from gigaplan.engine.optimization.formulation import build
from gigaplan.engine.optimization.linear_program import LinearProgram
from gigaplan.engine.optimization.moved_limits import LimitMove, MovedLimits
from gigaplan.engine.optimization.solution import Cancelled, SolverError
from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.plan.scenarios import apply_scenario
from gigaplan.engine.plan.schema import Override, Scenario
from gigaplan.engine.results.allocation import Allocation
from gigaplan.engine.results.result import Result
from gigaplan.engine.results.series_names import DUST

Ints = NDArray[np.int64]

SAME = 1e-10
"""Of the objective: two plans whose costs differ by less cost the same."""
NEARBY = 0.01, 0.1
"""By so much more, of a price, falls are tried before all of it."""
CLOSE = 1e-9
"""Of a price: it is not told any closer."""


Row = tuple[str, str]
"""The table, offers or services, and the id."""


class Fall(Struct, frozen=True):
    """How far the price of an offer or a service must fall."""

    table: str
    row: str
    part: float | None
    """Of its price; None where it would not lower the cost even free of charge."""
    where: str = ""
    """The site at which an offer is chosen first, or the workload for which a service is ..."""
    period: int = 0
    """... and when."""
    price_now: float = float("nan")
    """Per chip, chip-hour, million tokens or PFLOP-day, in that period."""

    @property
    def price_needed(self) -> float:
        """The price above which it does not lower the cost; below 0 where none does."""
        return -float("inf") if self.part is None else self.price_now * (1 - self.part)


def price_falls(
    result: Result,
    rows: Iterable[Row] | None = None,
    *,
    told: Callable[[Fall], object] = lambda fall: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> dict[Row, Fall]:
    """How far the price must fall of each offer and service that an optimal result does not choose, of all or of some.

    Left out are those that can be had nowhere, that have a least order, or whose agreement is not signed, and those
    whose work is all placed elsewhere or not ported to them. Integers are held. What is found is kept with the result.
    Raises Cancelled soon after `cancelled` says so, SolverError where the solver fails.
    """
    a, program, solution = result.allocation, result.program, result.solution
    if a is None or program is None or solution is None or not len(solution.values):
        return {}
    wanted = candidates(result)
    asked = [row for row in wanted if rows is None or row in set(rows)]
    missing = [row for row in asked if row not in result.falls.found]
    if missing:
        cheaper = build(inputs_of(_at_half_price(result.plan, missing)))
        if not _same_places(program, cheaper):
            raise SolverError("another price makes another program")
        solver = MovedLimits(interrupt=cancelled)
        if solver.begin(program, solution) != "optimal":
            raise Cancelled
        search = _Search(result, program, cheaper, solver, cancelled)
        for row in missing:
            result.falls.found[row] = search.fall(*row)
            told(result.falls.found[row])
    result.falls.is_complete = all(row in result.falls.found for row in wanted)
    return {row: result.falls.found[row] for row in asked}


def candidates(result: Result) -> list[Row]:
    """The offers and services of which it can be told: not delivered or bought, but they could be."""
    a = result.allocation
    if a is None:
        return []
    i = a.inputs
    unsigned = {g.id for g, signed in zip(i.plan.agreements, a.signed.tolist(), strict=True) if not signed}
    least = DUST * a.active.max(initial=0.0)
    uses, buys = open_to_work(a)
    found = []
    for k, offer in enumerate(i.plan.offers):
        mine = i.pair_offer == k
        if (
            offer.min_order_chips is None
            and offer.agreement not in unsigned
            and i.can_deliver[mine].any()
            and _is_open(uses, i.use_offer == k)
            and not (a.delivered[mine] > least).any()
        ):
            found.append(("offers", offer.id))
    for k, service in enumerate(i.plan.services):
        mine = i.buy_service == k
        is_for_sale = service.agreement not in unsigned and i.can_buy[mine].any() and _is_open(buys, mine)
        if is_for_sale and not is_bought(a, k):
            found.append(("services", service.id))
    return found


def open_to_work(a: Allocation) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """[U] and [V] what workloads may be done on with placements and ports as they are: chips, and services."""
    i = a.inputs
    uses, buys = np.ones(len(i.use_workload), dtype=bool), np.ones(len(i.buy_workload), dtype=bool)
    for w, work in enumerate(i.plan.workloads):
        if work.placement != "anywhere":
            uses[i.use_workload == w] = buys[i.buy_workload == w] = False
    for machine, taken in zip(a.machines, a.placed.tolist(), strict=True):
        if taken:
            uses[machine.uses] = buys[machine.buys] = True
    stacks = np.array([i.plan.platforms[p].stack for p in i.offer_platform[i.use_offer]], dtype=object)
    works = [row.id for row in i.plan.workloads]
    for port, done in zip(i.plan.ports, a.ported.tolist(), strict=True):
        if not done:
            uses[(i.use_workload == works.index(port.workload)) & (stacks == port.stack)] = False
    return uses, buys


def _is_open(able: NDArray[np.bool_], mine: NDArray[np.bool_]) -> bool:
    """Whether some work may be done on a row, or none could whatever was decided."""
    return bool(able[mine].any()) or not mine.any()


def is_bought(a: Allocation, service: int) -> bool:
    """Whether work is bought of a service in any period, which is named by its place in the plan."""
    i = a.inputs
    mine = i.buy_service == service
    asked = (i.demand * i.peak[:, None]).max(axis=1, initial=0.0)[i.buy_workload[mine]]
    return bool((a.bought[mine] > DUST * asked[:, None]).any())


def _at_half_price(plan: Plan, rows: list[Row]) -> Plan:
    """The plan in which some offers and services cost half."""
    moves = tuple(
        Override(table=table, row=id, field="price_usd", op="scale", value=0.5)  # type: ignore[arg-type]
        for table, id in rows
    )
    scenario = Scenario(id="half", name="half", overrides=moves)
    return apply_scenario(replace(plan, scenarios=(scenario,), uncertainties=()), "half")


def _same_places(one: LinearProgram, other: LinearProgram) -> bool:
    return np.array_equal(one.row_start, other.row_start) and np.array_equal(one.columns, other.columns)


class _Search:
    """A program in which the prices of one offer after another fall."""

    def __init__(
        self,
        result: Result,
        program: LinearProgram,
        cheaper: LinearProgram,
        solver: MovedLimits,
        cancelled: Callable[[], bool],
    ) -> None:
        self.result, self.program, self.solver, self.cancelled = result, program, solver, cancelled
        self.cost = 2 * (cheaper.cost - program.cost)
        self.change = 2 * (cheaper.values - program.values)
        self.moved = np.flatnonzero(self.change)
        self.row_of = np.searchsorted(program.row_start, self.moved, side="right") - 1
        self.z0 = solver.objective
        self._is_lowest = False

    def fall(self, table: str, id: str) -> Fall:
        """How far the price of one offer or service must fall."""
        a = self.result.allocation
        assert a is not None
        i = a.inputs
        k = next(n for n, row in enumerate(getattr(i.plan, table)) if row.id == id)
        is_offer = table == "offers"
        block = self.program.blocks["deliveries" if is_offer else "bought"]
        columns = block.start + np.flatnonzero((i.pair_offer if is_offer else i.buy_service)[block.index[0]] == k)
        move = self._move(columns)
        part, amounts = self._least(move, columns)
        if part is None:
            return Fall(table, id, None)
        first = int(columns[int(np.argmax(amounts))]) - block.start
        place, period = int(block.index[0][first]), int(block.index[1][first])
        if is_offer:
            where, price = i.plan.sites[int(i.pair_site[place])].id, i.list_price[k, period]
        else:
            where, price = i.plan.workloads[int(i.buy_workload[place])].id, i.service_price[k, period]
        return Fall(table, id, part, where, period, float(price))

    def _move(self, columns: Ints) -> LimitMove:
        """What a fall of the price of some columns by all of it changes."""
        nothing = np.zeros(0, np.int64)
        mine = np.isin(self.program.columns[self.moved], columns)
        entries = self.moved[mine]
        at = self.row_of[mine], self.program.columns[entries].astype(np.int64)
        changes, now = self.change[entries], self.program.values[entries]
        return LimitMove(nothing, np.zeros(0), at, changes, now, columns, self.cost[columns])

    def _near(self, columns: Ints) -> float:
        """The part by which prices must fall for a column to be chosen as the optimum prices all else."""
        solution = self.result.solution
        assert solution is not None
        prices = -self.cost[columns]
        found = np.divide(solution.reduced_costs[columns], prices, out=np.ones(len(columns)), where=prices > 0)
        return float(np.clip(found, 0.0, 1.0).min(initial=1.0))

    def _least(self, move: LimitMove, columns: Ints) -> tuple[float | None, NDArray[np.float64]]:
        """The least fall from which on the row lowers the cost, and what is had of it there, by column."""
        # A little beyond where the prices of the optimum have it chosen, few pivots lead to a plan with it.
        tries = [part for part in (self._near(columns) + more for more in NEARBY) if part < 1.0] + [1.0]
        low, high, part = 0.0, 1.0, tries.pop(0)
        amounts = np.zeros(len(columns))
        for _ in range(60):
            if self.cancelled():
                raise Cancelled
            status = self.solver.solve_at([(move, part)])
            if status == "cancelled":
                raise Cancelled
            if status not in ("optimal", "unbounded"):
                raise SolverError(f"the plan is {status} at a lower price")
            gain = self.z0 - self.solver.objective if status == "optimal" else np.inf
            if gain <= SAME * abs(self.z0):
                if part == 1.0:
                    return None, amounts
                low = part
                if tries:
                    part = tries.pop(0)
                    continue
                if high - low <= CLOSE or self._is_lowest:
                    break
                part = (low + high) / 2
                continue
            high, tries = part, []
            if status != "optimal":
                part = (low + high) / 2
                self._is_lowest = False
                continue
            values = self.solver.column_values()
            amounts = values[columns]
            saved = -float(move.cost_changes @ amounts)
            duals = self.solver.row_duals()
            saved += float((duals[move.at[0]] * move.changes * values[move.at[1]]).sum())
            # Where this very plan costs as much as the one without: with prices in costs alone, none is higher.
            self._is_lowest = not len(move.changes)
            part = high - gain / saved if saved > 0 else (low + high) / 2
            part = max(part, low)
            if high - part <= CLOSE:
                break
        return (part if part > CLOSE else 0.0), amounts
