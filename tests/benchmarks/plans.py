"""Plans of any size for the benchmark: seeded, so that every run measures the same ones, and with figures of the size
that real plans have."""

from __future__ import annotations

import random

from msgspec.structs import replace

from gigaplan.engine.plan.fields import Growth
from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.plan.schema import (
    Agreement,
    Block,
    Inference,
    Offer,
    Platform,
    Policy,
    PowerCap,
    Settings,
    Site,
    Workload,
)

SIZES = {"tiny": (3, 6, 3, 8), "small": (4, 8, 4, 12), "standard": (8, 14, 6, 20), "large": (20, 20, 10, 20)}
"""Workloads, offers, sites, periods."""
VENDORS = (("nvidia", "cuda"), ("amd", "rocm"), ("google", "xla"), ("amazon", "neuron"))
JURISDICTIONS = ("US", "US", "EU", "US", "JP", "EU")
HOURS = 730.5 * 3


def plan_of(workloads: int, offers: int, sites: int, periods: int, *, seed: int = 1) -> Plan:
    """A plan over quarters: bought and rented chips, growing demand, sites that fill up, one agreement, and a share,
    a carbon cap and a coverage among its policies. Its program has an optimum and no integer decisions."""
    r = random.Random(seed)
    platforms = tuple(_platform(r, k) for k in range(max(2, offers // 2)))
    work = tuple(_workload(r, k, periods) for k in range(workloads))
    megawatts = sum(_megawatts(w, platforms) for w in work)
    places = tuple(_site(r, k, periods, megawatts / sites) for k in range(sites))
    biggest = max(p.vendor for p in platforms)
    return Plan(
        settings=Settings(
            name=f"Benchmark {workloads} x {offers} x {sites} x {periods}",
            start="2027-01",
            periods=periods,
            carbon_price_usd_per_t=40,
            overhead_fraction=0.05,
        ),
        platforms=platforms,
        sites=places,
        offers=tuple(_offer(r, k, platforms, places, periods) for k in range(offers)),
        workloads=work,
        agreements=(
            Agreement(
                id="committed", name="Committed spend", provider="provider-1", start="2027-01", months=36,
                commit_usd_per_year=2e7, discount=0.12, status="signed",
            ),
        ),
        policies=(
            Policy(id="mixed", kind="share", dimension="vendor", scope=biggest, metric="power", limit=0.7),
            Policy(id="cap", kind="carbon", limit=megawatts * 8766 * 0.5),
            Policy(id="kept", kind="coverage", scope="work-0", limit=0.5),
        ),
    )  # fmt: skip


def sized(name: str) -> Plan:
    """The plan of a size of SIZES; with `-hours` behind its name, the same with hours, modes and runs."""
    size, _, hours = name.partition("-")
    plan = plan_of(*SIZES[size])
    return with_hours(plan) if hours else plan


def with_hours(plan: Plan) -> Plan:
    """The plan with a day of four blocks (serving by the hour, training at any), chips that can be capped, and one
    training run in four held to one cluster: its placements are integer decisions."""
    blocks = tuple(Block(name=name, share=0.25) for name in ("night", "morning", "afternoon", "evening"))
    day = (0.5, 1.1, 1.3, 1.1)

    def moved(k: int, work: Workload) -> Workload:
        if work.unit == "tokens/s":
            turn = k // 2 % 4
            return replace(work, profile=day[turn:] + day[:turn])
        if k % 8 == 0:
            return replace(work, placement="one_cluster", checkpoint_minutes=0.25, restart_minutes=5.0)
        return replace(work, day_flexible=True)

    caps = (PowerCap(power=0.7, throughput=0.85),)
    return replace(
        plan,
        settings=replace(plan.settings, name=f"{plan.settings.name}, by the hour", blocks=blocks),
        platforms=tuple(replace(p, power_caps=caps, mtbf_hours=50_000.0) for p in plan.platforms),
        workloads=tuple(moved(k, work) for k, work in enumerate(plan.workloads)),
    )


def _slower(periods: int) -> float:
    """A horizon beyond five years has the same growth from end to end: twenty years of it would be past all sense."""
    return min(1.0, 20 / periods)


def _platform(r: random.Random, k: int) -> Platform:
    vendor, stack = VENDORS[k % len(VENDORS)]
    bf16 = r.uniform(600, 2500)
    return Platform(
        id=f"chip-{k}", name=f"Chip {k}", vendor=vendor, stack=stack,
        bf16_tflops=bf16, fp8_tflops=2 * bf16, fp4_tflops=None if k % 3 else 4 * bf16,
        memory_gb=r.choice((96, 141, 192, 288)), memory_bandwidth_gb_s=r.uniform(3000, 8000),
        power_w=500 + 0.5 * bf16 * r.uniform(0.8, 1.2), idle_fraction=r.uniform(0.2, 0.4), embodied_kgco2e=150,
    )  # fmt: skip


def _workload(r: random.Random, k: int, periods: int) -> Workload:
    growth = (1 + r.uniform(0.15, 0.7)) ** _slower(periods) - 1
    if k % 2:
        # A season on top of the growth, so that demand is a list.
        start = r.uniform(4e5, 2e6)
        demand = tuple(start * (1 + growth) ** (t / 4) * (1 + 0.1 * ((t + k) % 4)) for t in range(periods))
        model = Inference(
            total_params_b=r.choice((70, 200, 400)), active_params_b=r.uniform(20, 60), context_tokens=8000,
            prompt_tokens_per_output=4, kv_bytes_per_token=1.6e5, max_token_latency_ms=50,
        )  # fmt: skip
        return Workload(
            id=f"work-{k}", name=f"Serving {k}", kind="inference", unit="tokens/s", demand=demand, precision="fp8",
            peak_factor=1 + k % 5 / 4, inference=model, unmet_usd=0.05, sensitivity=r.choice(("public", "internal")),
            jurisdictions=() if k % 4 == 1 else (r.choice(("US", "EU")),),
        )  # fmt: skip
    return Workload(
        id=f"work-{k}", name=f"Training {k}", kind="pretraining", unit="PFLOP/s", utilisation=r.uniform(0.3, 0.45),
        demand=Growth(start=r.uniform(500, 3000), annual_growth=growth), peak_factor=1 + k % 3 / 5, unmet_usd=60,
    )  # fmt: skip


def _megawatts(work: Workload, platforms: tuple[Platform, ...]) -> float:
    """About what a workload draws half way through, on typical chips."""
    typical = sum(p.power_w / p.bf16_tflops for p in platforms) / len(platforms)
    if isinstance(work.demand, Growth):
        return work.demand.start * 1.5 * work.peak_factor / work.utilisation * typical / 1e3
    assert isinstance(work.demand, tuple)
    return work.demand[len(work.demand) // 2] * work.peak_factor * 4e-6


def _site(r: random.Random, k: int, periods: int, megawatts: float) -> Site:
    first = megawatts * r.uniform(0.7, 1.2)
    return Site(
        id=f"site-{k}", name=f"Site {k}", jurisdiction=JURISDICTIONS[k % len(JURISDICTIONS)], pue=r.uniform(1.1, 1.35),
        power_mw=tuple(first * (1 + t // 4 * 0.25 * _slower(periods)) for t in range(periods)),
        electricity_usd_per_mwh=Growth(start=r.uniform(35, 110), annual_growth=0.02),
        carbon_g_per_kwh=Growth(start=r.uniform(40, 450), annual_growth=-0.05),
        hosting_usd_per_kw_month=r.uniform(80, 160), water_l_per_kwh=0.4,
    )  # fmt: skip


def _offer(r: random.Random, k: int, platforms: tuple[Platform, ...], sites: tuple[Site, ...], periods: int) -> Offer:
    platform = platforms[k % len(platforms)]
    bought = k % 2 == 0
    new_price = platform.bf16_tflops * r.uniform(12, 22)
    # Two in three may stand anywhere, the others at two sites in three.
    places = "*" if k % 3 else tuple(s.id for n, s in enumerate(sites) if (n + k) % 3)
    # What a year of it costs of a new chip's price.
    hourly = new_price * r.uniform(0.55, 0.9) / (HOURS * 4)
    return Offer(
        id=f"offer-{k}", name=f"Offer {k}", platform=platform.id, provider=f"provider-{k % 5}",
        kind="purchase" if bought else "rental",
        price_usd=Growth(start=new_price if bought else hourly, annual_growth=-0.12 * _slower(periods)),
        term_months=None if bought else r.choice((3, 12, 36)), lead_months=r.choice((3, 6)) if bought else 0,
        supply_chips_per_month=Growth(start=r.uniform(2000, 9000) / 3, annual_growth=0.3 * _slower(periods)),
        availability=r.uniform(0.93, 0.99),
        maintenance_per_year=0.03 if bought else 0.0, sites=places, agreement="committed" if k in (1, 11) else None,
    )  # fmt: skip
