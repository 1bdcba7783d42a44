"""How large the program of a plan is going to be, told from its rows before any array is made."""

from __future__ import annotations

import math
import os
import sys
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.plan.problems import Problem
from gigaplan.engine.plan.schema import Offer, Settings
from gigaplan.engine.plan.throughput import throughput

Ints = NDArray[np.int64]

LIVE, WHOLE = 0.05, 0.8
"""The part of the computer's memory that a plan may need to be solved beside every edit, and to be solved at all."""
MANY = 1_000_000
"""Pairs of workload and offer up to which it is looked at which of them can do work."""
BYTES_PER_COEFFICIENT, BYTES_PER_COLUMN = 150, 700
"""What arrays, their scaled copy, the solver and its factors take at their most: fitted to eight plans, from 8 x 14 x 6
and 20 quarters to 5 x 5 x 5 and 480 months; not tried on others, so an order of size rather than a bound."""
SECONDS = 3e-7
"""Of a solve from nothing, per column and the square root of the coefficients; measured on the same plans."""


@dataclass(frozen=True)
class Size:
    """What a program comes to: counts that are no less than the true ones, up to rounding, and what follows."""

    columns: int
    rows: int
    coefficients: int

    @property
    def bytes(self) -> int:
        """Memory at its most, about."""
        return self.coefficients * BYTES_PER_COEFFICIENT + self.columns * BYTES_PER_COLUMN

    @property
    def seconds(self) -> float:
        """Of one solve from nothing, about."""
        return SECONDS * self.columns * math.sqrt(self.coefficients)

    def in_words(self) -> str:
        """Such as `13,000,000 decisions, about 40 GB of memory and 13 hours`."""
        hours = self.seconds / 3600
        time = f"{hours:,.0f} hours" if hours >= 1.5 else f"{max(1, round(60 * hours))} minutes"
        return f"{_rounded(self.columns):,} decisions, about {memory_in_words(self.bytes)} of memory and {time}"


def size_of(plan: Plan) -> Size:
    """The size of the program of a plan that has no error among its checks."""
    settings = plan.settings
    periods, blocks = settings.periods, max(1, len(settings.blocks))
    platforms = {p.id: p for p in plan.platforms}
    places = np.array([_places(plan, offer) for offer in plan.offers], dtype=np.int64)
    modes = np.array([1 + len(platforms[o.platform].power_caps) for o in plan.offers], dtype=np.int64)
    pairs, runs = int(places.sum()), int((places * modes).sum())
    policies = [p for p in plan.policies if p.enabled]
    decided = blocks > 1 or runs > pairs or any(p.kind == "share" for p in policies)
    cohorts = moved = 0
    for offer, there in zip(plan.offers, places.tolist(), strict=True):
        life = platforms[offer.platform].lifetime_months if offer.kind == "purchase" else offer.term_months
        mine = there * _cohorts(life, settings)
        cohorts += mine
        moved += mine if decided or not offer.can_switch_off else 0  # what runs is told by the work on them
    uses = _uses(plan, places, modes, [platforms[o.platform].id for o in plan.offers]) * blocks * periods
    bought = len(plan.workloads) * len(plan.services) * blocks * periods
    asked = len(plan.workloads) * blocks * periods
    running = runs * periods if decided else 0
    own = pairs * periods
    columns = own + uses + bought + running + asked
    rows = runs * blocks * periods + asked + (len(plan.sites) + len(plan.offers)) * periods
    rows += pairs * periods if decided else 0
    coefficients = 3 * uses + 2 * bought + asked + cohorts + moved + own + running * (2 + blocks)
    coefficients += len(policies) * (uses + cohorts + running)
    losses = sum(_members(plan, p.dimension) for p in policies if p.kind == "resilience" and p.reassign)
    columns += losses * (uses + bought + running)  # each loss has assignments of its own
    rows += losses * (runs * blocks + len(plan.sites)) * periods
    coefficients += losses * (3 * uses + 2 * bought + cohorts + running * (2 + blocks))
    return Size(columns, rows, coefficients)


def _members(plan: Plan, dimension: str | None) -> int:
    """How many members a dimension has at most."""
    rows: dict[str, tuple[object, ...]] = {
        "provider": (*plan.offers, *plan.services),
        "kind": plan.offers,
        "site": plan.sites,
        "jurisdiction": (*plan.sites, *plan.services),
    }
    name = "id" if dimension == "site" else dimension or "vendor"
    return len({getattr(row, name) for row in rows.get(dimension or "", plan.platforms)})


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


def _uses(plan: Plan, places: Ints, modes: Ints, platform_of: list[str]) -> int:
    """How many workloads in modes at places there are, one block and one period of each."""
    if len(plan.workloads) * len(plan.offers) > MANY:
        return len(plan.workloads) * int((places * modes).sum())
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
    return int((np.minimum.outer(allowed, places) * modes * works).sum())


def too_large(plan: Plan, part: float) -> Problem | None:
    """Why a plan is not solved that may need no more than this part of the computer's memory; None where it is."""
    size, memory = size_of(plan), memory_bytes()
    if size.bytes <= part * memory:
        return None
    if part < WHOLE:
        text = f"Too large to solve live: {size.in_words()}"
    else:
        text = f"Too large to solve: {size.in_words()}, and this computer has {memory_in_words(memory)}"
    remedy = "Use fewer or longer periods, or fewer sites, offers and workloads."
    return Problem(severity="error", path="", text=text, remedy=remedy)


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
