"""How far modelled throughputs may be off, in a plan: as uncertain inputs, and where they leave open which platform is
best.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from statistics import NormalDist

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from gigaplan.engine.analysis.uncertainty import HIGH, Case, under
from gigaplan.engine.optimization.solution import Cancelled
from gigaplan.engine.optimization.solver import Solver
from gigaplan.engine.plan.correlations import going_together, with_nearest_correlations
from gigaplan.engine.plan.plan import Plan, unused_id
from gigaplan.engine.plan.scenarios import ON_PLATFORM
from gigaplan.engine.plan.schema import Uncertainty
from gigaplan.engine.plan.serving import Band
from gigaplan.engine.plan.throughput import estimate
from gigaplan.engine.results.chip_hour_prices import work_prices
from gigaplan.engine.results.result import Result
from gigaplan.engine.results.unit_costs import unit_costs
from gigaplan.engine.solve.integer_decisions import Decisions, decisions_of
from gigaplan.engine.solve.solve import solve_plan

STACK_RANK = 0.5
"""Rank correlation of modelled throughputs on one software stack: that of the formula's errors in 286 pairs of public
measurements of one model, at one shape and token latency, on two platforms of one stack (0.51)."""
WORKS = 3
"""Workloads that are tried, those that cost most."""
RIVALS = 3
"""Platforms that are tried in the place of the one that is chosen, the cheapest at the high end of their bands."""
SLOW = 4.0
"""Seconds of a plan's solve from which nothing is tried: it takes a dozen."""


class Pair(Struct, frozen=True):
    """A workload on a platform, whose throughput is modelled."""

    workload: str
    platform: str
    band: Band

    @property
    def field(self) -> str:
        """As an uncertain input names it."""
        return ON_PLATFORM + self.platform


class OpenChoice(Struct, frozen=True):
    """Two platforms whose order for a workload turns round within a band."""

    workload: str
    chosen: str
    """Does most of its work; ..."""
    other: str
    """... and this one does, at the end of the band of `moved`."""
    moved: str
    """The one of them whose throughput was moved."""
    band: Band
    """Of `moved`, as factors."""


def modelled_pairs(plan: Plan) -> Iterator[Pair]:
    """The workloads on platforms that are on offer for which a throughput is modelled, with a band."""
    offered = {offer.platform for offer in plan.offers}
    for workload in plan.workloads:
        for platform in plan.platforms:
            if platform.id in offered:
                found = estimate(plan, workload, platform)
                if found.basis == "modelled" and found.band is not None and found.value > 0:
                    yield Pair(workload.id, platform.id, found.band)


def not_uncertain_yet(plan: Plan) -> list[Pair]:
    """Those that are no uncertain inputs yet."""
    known = {(row.row, row.field) for row in plan.uncertainties if row.table == "workloads"}
    return [pair for pair in modelled_pairs(plan) if (pair.workload, pair.field) not in known]


def with_bands(plan: Plan) -> Plan:
    """The plan where every modelled throughput with a band is an uncertain input: a lognormal factor. Those on one
    software stack, which err together, are correlated."""
    rows = list(plan.uncertainties)
    of_stack: dict[str, list[str]] = {}
    stacks = {platform.id: platform.stack for platform in plan.platforms}
    taken = {row.id for row in rows}
    for pair in not_uncertain_yet(plan):
        id = unused_id(f"{pair.workload}_on_{pair.platform}", "uncertainties", taken)
        taken.add(id)
        of_stack.setdefault(stacks[pair.platform], []).append(id)
        mean, sd = lognormal(pair.band)
        rows.append(
            Uncertainty(
                id=id, table="workloads", row=pair.workload, field=pair.field, distribution="lognormal",
                mean=mean, sd=sd,
            )
        )  # fmt: skip
    plan = replace(plan, uncertainties=tuple(rows))
    for ids in of_stack.values():
        plan = going_together(plan, ids, STACK_RANK)
    return with_nearest_correlations(plan)


def lognormal(band: Band) -> tuple[float, float]:
    """Mean and standard deviation of the lognormal spread whose P10 and P90 are the ends of a band."""
    low, high = math.log(band[0]), math.log(band[1])
    mean, sd = (low + high) / 2, (high - low) / (2 * NormalDist().inv_cdf(HIGH))
    of_itself = math.exp(mean + sd * sd / 2)
    return of_itself, of_itself * math.sqrt(math.expm1(sd * sd))


def open_choices(result: Result, *, cancelled: Callable[[], bool] = lambda: False) -> list[OpenChoice]:
    """Where an optimum chooses another platform for a workload at an end of a band.

    The platform that does most of a workload's work is tried at the low end of its band, and those that could take its
    place at the high end of theirs, each alone, with integer decisions held: what is not told may still be open. Of
    plans that take long to solve nothing is tried. What is found is kept with the result. Raises Cancelled soon after
    `cancelled` says so.
    """
    a, program, solution = result.allocation, result.program, result.solution
    known = result.open_choices
    if known.is_complete or a is None or program is None or solution is None or result.seconds > SLOW:
        known.is_complete = True
        return list(known.found.values())
    hold = decisions_of(program, solution.values) if program.integer.any() else {}
    search = _Search(result, hold, cancelled)
    for at in np.argsort(-unit_costs(a).paid, kind="stable").tolist()[:WORKS]:
        found = search.open_choice(result.plan.workloads[at].id)
        if found is not None:
            known.found[found.workload] = found
    known.is_complete = True
    return list(known.found.values())


class _Search:
    """Solves a plan with the throughput of one workload on one platform moved."""

    def __init__(self, result: Result, hold: Decisions, cancelled: Callable[[], bool]) -> None:
        self.result, self.hold, self.cancelled = result, hold, cancelled
        self.solver = Solver(interrupt=cancelled)
        self.pairs = {(pair.workload, pair.platform): pair for pair in modelled_pairs(result.plan)}

    def open_choice(self, workload: str) -> OpenChoice | None:
        """The first rival that takes the place of the platform which does most of a workload."""
        chosen = main_platform(self.result, workload)
        if chosen is None:
            return None
        own = self.pairs.get((workload, chosen))
        if own is not None and own.band[0] < 1:
            other = self._at(own, own.band[0])
            if other not in (None, chosen):
                return OpenChoice(workload, chosen, other, chosen, own.band)
        for rival in self._rivals(workload, chosen)[:RIVALS]:
            if rival.band[1] > 1 and self._at(rival, rival.band[1]) == rival.platform:
                return OpenChoice(workload, chosen, rival.platform, rival.platform, rival.band)
        return None

    def _rivals(self, workload: str, chosen: str) -> list[Pair]:
        """Platforms that could do the work, the cheapest at the high ends of their bands first."""
        a = self.result.allocation
        assert a is not None
        cheapest: dict[str, float] = {}
        for offer, price in zip(
            a.inputs.plan.offers, work_prices(a, workload, a.inputs.time.periods // 2), strict=True
        ):
            pair = self.pairs.get((workload, offer.platform))
            if pair is not None and offer.platform != chosen and price.usd is not None and price.refusal is None:
                usd = price.usd / pair.band[1]
                cheapest[offer.platform] = min(usd, cheapest.get(offer.platform, math.inf))
        return [self.pairs[workload, id] for id in sorted(cheapest, key=lambda id: cheapest[id])]

    def _at(self, pair: Pair, factor: float) -> str | None:
        """What does most of the work where one throughput is so many times as high; None where there is no plan."""
        row = Uncertainty(
            id="moved",
            table="workloads",
            row=pair.workload,
            field=pair.field,
            distribution="lognormal",
            mean=1.0,
            sd=0.1,
        )
        case: Case = {"moved": factor}
        moved = solve_plan(
            under(replace(self.result.plan, uncertainties=(row,)), case), solver=self.solver, hold=self.hold
        )
        if moved.status == "cancelled" or self.cancelled():
            raise Cancelled
        return main_platform(moved, pair.workload)


def main_platform(result: Result, workload: str) -> str | None:
    """The platform that does most of a workload's work over the horizon; None where nothing is done."""
    a = result.allocation
    if a is None:
        return None
    i = a.inputs
    at = next(k for k, row in enumerate(i.plan.workloads) if row.id == workload)
    mine = i.use_workload == at
    work = (a.used * i.use_theta[:, None])[mine].sum(axis=1)
    done = np.bincount(i.offer_platform[i.use_offer[mine]], weights=work, minlength=len(i.plan.platforms))
    return i.plan.platforms[int(done.argmax())].id if done.size and done.max() > 0 else None
