"""How large the program of a plan is going to be, told from its rows before any array is made."""

from __future__ import annotations

import math
import os
import sys
from dataclasses import dataclass

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.plan.problems import Problem, say
from gigaplan.engine.plan.schema import Offer, Policy, Settings
from gigaplan.engine.plan.throughput import throughput

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

LIVE, WHOLE = 0.05, 0.8
"""The part of the computer's memory that a plan may need to be solved beside every edit, and to be solved at all."""
MANY = 1_000_000
"""Pairs of workload and offer up to which it is looked at which of them can do work."""
BYTES_PER_COEFFICIENT, BYTES_PER_COLUMN = 150, 250
"""What arrays, their scaled copy, the solver and its factors take at their most. Tried on eighteen plans, of twelve
shapes and 45,000 to 490,000 columns: from 0.8 to 1.9 times the truth."""
SECONDS = 3e-7
"""Of a solve from nothing, per column and the square root of the coefficients; on the same plans from a sixth of the
truth to sixteen times it, so no more than an order of size is said."""
UP_TO = {"seconds": 10, "minutes": 600, "hours": 86_400}
"""Seconds up to which a solve is said to take so long; beyond all of them it takes days."""
LONG = 60.0
"""Seconds: before a solve that may take longer, it is said what it needs, and what longer periods would."""
LONGER = {3: "quarters", 6: "half-years", 12: "years"}
"""What periods of so many months are called in the plural."""


@dataclass(frozen=True)
class Size:
    """What a program comes to: counts that are seldom less than the true ones, and what follows."""

    columns: int
    rows: int
    coefficients: int

    def __add__(self, other: Size) -> Size:
        return Size(
            self.columns + other.columns, self.rows + other.rows, self.coefficients + other.coefficients
        )  # fmt: skip

    @property
    def bytes(self) -> int:
        """Memory at its most, about."""
        return self.coefficients * BYTES_PER_COEFFICIENT + self.columns * BYTES_PER_COLUMN

    @property
    def seconds(self) -> float:
        """Of one solve from nothing, about."""
        return SECONDS * self.columns * math.sqrt(self.coefficients)

    def in_words(self) -> str:
        """Such as `13,000,000 decisions, about 13 GB of memory and hours of work`."""
        time = next((unit for unit, most in UP_TO.items() if self.seconds <= most), "days")
        return f"{_rounded(self.columns):,} decisions, about {memory_in_words(self.bytes)} of memory and {time} of work"


_last: tuple[Plan | None, Size] = (None, Size(0, 0, 0))
"""What was counted last: after an edit, what solves the plan and what warns of its size ask for the same."""


def size_of(plan: Plan) -> Size:
    """The size of the program of a plan that has no error among its checks."""
    global _last
    known, size = _last
    if known is not plan:
        size = _counted_out(plan)
        _last = plan, size
    return size


def _counted_out(plan: Plan) -> Size:
    c = _counted(plan)
    total = _work(c) + c.supply
    for policy in plan.policies:
        if policy.enabled:
            total += _of_policy(plan, c, policy)
    for part in (_waiting, _placements, _agreements, _orders, _ports_and_contracts):
        total += part(plan, c)
    return total


@dataclass(frozen=True)
class _Counts:
    """What the rows of a plan come to, over all periods."""

    periods: int
    blocks: int
    years: int
    own: Ints
    """[O] deliveries of each offer, and so on."""
    runs: Ints
    """[O] what runs, where that is decided on; else 0."""
    slots: Ints
    """[O] modes at places in blocks: rows of capacity."""
    cohorts: Ints
    uses: Ints
    decided: Bools
    switchable: Bools
    bought: int
    limited: int
    """Rows of the limits of services."""
    asked: int
    sites: int

    @property
    def supply(self) -> Size:
        """The limits on deliveries."""
        return Size(0, len(self.own) * self.periods, int(self.own.sum()))

    @property
    def running(self) -> int:
        """Columns by which it is told how many chips run, in all rows of one period each."""
        told = np.where(self.switchable, self.uses, self.cohorts)
        return int(self.runs.sum()) + int(told[~self.decided].sum())

    def paid(self, offers: Bools) -> int:
        """Coefficients of what is paid for the deliveries of some offers, in rows of a year each: one for each of a
        delivery's years."""
        each = np.minimum(self.years, 1 + -(-self.cohorts * self.years // np.maximum(self.own * self.periods, 1)))
        return int((self.own * each)[offers].sum())


def _counted(plan: Plan) -> _Counts:
    settings = plan.settings
    periods, blocks = settings.periods, max(1, len(settings.blocks))
    platforms = {p.id: p for p in plan.platforms}
    places = np.array([_places(plan, offer) for offer in plan.offers], dtype=np.int64)
    modes = np.array([1 + len(platforms[o.platform].power_caps) for o in plan.offers], dtype=np.int64)
    switchable = np.array([bool(o.can_switch_off) for o in plan.offers], dtype=bool)
    shared = any(p.enabled and p.kind == "share" for p in plan.policies)
    decided = (modes > 1) | (switchable & shared) | np.full(len(places), blocks > 1)
    lives = [platforms[o.platform].lifetime_months if o.kind == "purchase" else o.term_months for o in plan.offers]
    return _Counts(
        periods=periods,
        blocks=blocks,
        years=-(-periods * settings.months_per_period // 12),
        own=places * periods,
        runs=np.where(decided, places * modes * periods, 0),
        slots=places * modes * blocks * periods,
        cohorts=places * np.array([_cohorts(life, settings) for life in lives], dtype=np.int64),
        uses=_uses(plan, places, modes, [o.platform for o in plan.offers]) * blocks * periods,
        decided=decided,
        switchable=switchable,
        bought=len(plan.workloads) * len(plan.services) * blocks * periods,
        limited=len(plan.services) * blocks * periods,
        asked=len(plan.workloads) * blocks * periods,
        sites=len(plan.sites),
    )


def _work(c: _Counts) -> Size:
    """Deliveries, what runs, what does which work, and what is not served; demand, capacity, modes and power."""
    uses, runs = int(c.uses.sum()), int(c.runs.sum())
    columns = int(c.own.sum()) + runs + uses + c.bought + c.asked
    demand = Size(0, c.asked, uses + c.bought + c.asked)
    return Size(columns, 0, 0) + demand + _standing(c)


def _standing(c: _Counts) -> Size:
    """Rows of capacity, modes, power and services: each loss has its own."""
    uses, runs = int(c.uses.sum()), int(c.runs.sum())
    modes = int(c.own[c.decided].sum())
    rows = int(c.slots.sum()) + modes + c.sites * c.periods + c.limited
    capacity = uses + runs * c.blocks + int(c.cohorts[~c.decided].sum())
    return Size(0, rows, capacity + int(c.cohorts[c.decided].sum()) + runs + c.running + c.bought)


def _of_policy(plan: Plan, c: _Counts, policy: Policy) -> Size:
    uses, runs = int(c.uses.sum()), int(c.runs.sum())
    if policy.kind in ("budget", "carbon"):
        return Size(0, c.years, c.paid(np.ones(len(c.own), dtype=bool)) + c.running + c.bought)
    whole = policy.scope in (None, "*")
    members = _members(plan, policy.dimension)
    if policy.kind == "share":
        counted = members if whole else 1
        return Size(0, counted * c.periods, counted * (runs + int(c.cohorts[~c.decided].sum())))
    works = 1 if whole else max(1, len(plan.workloads))
    asked, done = c.asked // works, (uses + c.bought) // works
    if policy.kind == "coverage":
        return Size(0, asked, done)
    # Of all members each use is lost with one, and left with the others.
    left = max(0, members - 1)
    floors = Size(0, members * asked, left * done + c.bought // works)
    if not policy.reassign:
        return floors
    after = _standing(c)
    columns = left * (uses // works + runs) + members * c.bought // works
    return floors + Size(columns, members * after.rows, left * after.coefficients)


def _waiting(plan: Plan, c: _Counts) -> Size:
    """Work that may wait: what does, and by when it must be done."""
    delays = [w.max_delay_months for w in plan.workloads if w.max_delay_months is not None]
    months = plan.settings.months_per_period
    late = sum(min(c.periods, math.ceil(delay / months)) for delay in delays)
    return Size(2 * len(delays) * c.periods, 2 * len(delays) * c.periods, (late + 4 * len(delays)) * c.periods)


def _placements(plan: Plan, c: _Counts) -> Size:
    """Work on one machine, at one place or anywhere: a decision for each that there may be."""
    platforms = {o.platform for o in plan.offers}
    machines = 0
    placed = [w for w in plan.workloads if w.placement != "anywhere"]
    for work in placed:
        places = len(plan.sites) if work.placement == "one_cluster" else 1
        machines += len(platforms) * places + len(plan.services)
    rows = machines * c.blocks * c.periods
    part = len(placed) / max(1, len(plan.workloads))
    return Size(machines, rows + len(placed), int(part * (int(c.uses.sum()) + c.bought)) + rows + machines)


def _agreements(plan: Plan, c: _Counts) -> Size:
    """Commitments in each year, and nothing under what is not signed."""
    total = Size(0, 0, 0)
    each_service = c.bought // max(1, len(plan.services))
    for agreement in plan.agreements:
        mine = np.array([o.agreement == agreement.id for o in plan.offers], dtype=bool)
        services = each_service * sum(s.agreement == agreement.id for s in plan.services)
        years = min(c.years, math.ceil(agreement.months / 12)) + 1
        total += Size(years, years, c.paid(mine) + services + 2 * years)
        if agreement.status == "optional":
            gated = int(c.own[mine].sum()) + services
            total += Size(1, gated, 2 * gated)
    return total


def _orders(plan: Plan, c: _Counts) -> Size:
    """Least orders: all or nothing in a period."""
    least = np.array([bool(o.min_order_chips) for o in plan.offers], dtype=bool)
    count = int(least.sum()) * c.periods
    return Size(count, 2 * count, 2 * int(c.own[least].sum()) + 2 * count)


def _ports_and_contracts(plan: Plan, c: _Counts) -> Size:
    works, ports, contracts = max(1, len(plan.workloads)), len(plan.ports), len(plan.power_contracts)
    rows = ports * c.blocks * c.periods
    return Size(ports + contracts, rows, rows + ports * int(c.uses.sum()) // works + contracts * c.periods)


def _members(plan: Plan, dimension: str | None) -> int:
    """How many members a dimension has at most."""
    used = {o.platform for o in plan.offers}
    rows: dict[str, tuple[object, ...]] = {
        "provider": (*plan.offers, *plan.services),
        "kind": plan.offers,
        "site": plan.sites,
        "jurisdiction": (*plan.sites, *plan.services),
    }
    name = "id" if dimension == "site" else dimension or "vendor"
    found = rows.get(dimension or "", tuple(p for p in plan.platforms if p.id in used))
    return len({getattr(row, name) for row in found})


def _places(plan: Plan, offer: Offer) -> int:
    """At how many sites an offer can stand."""
    if offer.sites == "*":
        return len(plan.sites)
    return len({*offer.sites, *(lot.site for lot in offer.installed)})


def _cohorts(life_months: float | None, settings: Settings) -> int:
    """How many pairs of a period of delivery and one in which those chips stand one place has."""
    periods, months = settings.periods, settings.months_per_period
    life = min(periods, math.ceil(max(1.0, (life_months or months) / months)))
    return int(life * periods - life * (life - 1) // 2)


def _uses(plan: Plan, places: Ints, modes: Ints, platform_of: list[str]) -> Ints:
    """[O] how many workloads in modes at places there are of an offer, one block and one period of each."""
    if len(plan.workloads) * len(plan.offers) > MANY:
        return len(plan.workloads) * places * modes
    counts: dict[str, int] = {}
    for site in plan.sites:
        counts[site.jurisdiction] = counts.get(site.jurisdiction, 0) + 1
    allowed = np.array(
        [
            sum(counts.get(j, 0) for j in set(w.jurisdictions)) if w.jurisdictions else len(plan.sites)
            for w in plan.workloads
        ],
        dtype=np.int64,
    )
    at = {p.id: k for k, p in enumerate(plan.platforms)}
    works = throughput(plan)[:, [at[p] for p in platform_of]] > 0
    uses: Ints = (np.minimum.outer(allowed, places) * modes * works).sum(axis=0)
    return uses


def coarser(plan: Plan) -> dict[str, tuple[Settings, Size]]:
    """Grids of longer periods over the same months, by what those are called, and the size that each has."""
    settings = plan.settings
    months = settings.periods * settings.months_per_period
    found = {}
    for longer, name in LONGER.items():
        if longer > settings.months_per_period and longer % settings.months_per_period == 0 and months % longer == 0:
            grid = replace(settings, months_per_period=longer, periods=months // longer)
            found[name] = grid, size_of(replace(plan, settings=grid))
    return found


def coarser_in_words(plan: Plan) -> str:
    """What longer periods would need, such as `In years: 260,000 decisions, about ...`; empty where none fit."""
    each = "; ".join(f"in {name} {size.in_words()}" for name, (_, size) in coarser(plan).items())
    return f"{each[:1].upper()}{each[1:]}." if each else ""


def too_large(plan: Plan, part: float) -> Problem | None:
    """Why a plan is not solved that may need no more than this part of the computer's memory; None where it is."""
    size, memory = size_of(plan), memory_bytes()
    if size.bytes <= part * memory:
        return None
    sizes = {"size": size.in_words(), "memory": memory_in_words(memory), "coarser": coarser_in_words(plan)}
    return Problem(severity="error", message=say("too_large_live" if part < WHOLE else "too_large", **sizes))


def memory_bytes() -> float:
    """The memory that this process may come to use: that of the computer, or less where it is limited to less."""
    limits = [_of_computer()]
    if sys.platform != "win32":
        import resource

        kinds = (resource.RLIMIT_AS, resource.RLIMIT_DATA)
        limits += [float(n) for kind in kinds for n in resource.getrlimit(kind) if n != resource.RLIM_INFINITY]
    for path in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        try:
            with open(path, encoding="ascii") as file:
                limits.append(float(file.read()))
        except (OSError, ValueError):  # there is none, or it says "max"
            continue
    return min(limits)


def _of_computer() -> float:
    if sys.platform == "win32":
        import ctypes

        class Status(ctypes.Structure):
            _fields_ = (("length", ctypes.c_ulong), ("load", ctypes.c_ulong), ("total", ctypes.c_ulonglong),
                        ("others", ctypes.c_ulonglong * 6))  # fmt: skip

        status = Status(length=ctypes.sizeof(Status))
        ctypes.windll.kernel32.GlobalMemoryStatusEx(ctypes.byref(status))
        return float(status.total)
    return float(os.sysconf("SC_PHYS_PAGES")) * os.sysconf("SC_PAGE_SIZE")


def memory_in_words(count: float) -> str:
    """Such as 40 GB, 1.2 GB or 300 MB."""
    if count >= 1e10:
        return f"{count / 1e9:,.0f} GB"
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{max(1, round(count / 1e6))} MB"


def _rounded(count: int) -> int:
    """A count to two figures."""
    if count < 100:
        return count
    scale: int = 10 ** (len(str(count)) - 2)
    return round(count / scale) * scale
