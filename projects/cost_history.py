"""The plan `cost-history`: what a frontier programme costs in 2022, 2024 and 2026, as one article has it."""

from __future__ import annotations

from typing import NamedTuple

from gigaplan.engine.catalogue import load_catalogue, site_row
from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.plan.schema import Offer, Override, Scenario, Settings, Throughput, Uncertainty, Workload
from gigaplan.projects.parts import (
    CHECKPOINT_MINUTES,
    RESTART_MINUTES,
    failing,
    moved,
    offered,
    rent_by_unit_price,
    spread,
    triangular,
)

UUID = "6d4a2c81-0f3b-4e7d-a1c9-7b5e8f2d3a07"
MONTHS = 12
PLATFORMS = ("nvidia_a100_40", "nvidia_h100_sxm", "nvidia_b200")
OPERATIONS_PER_TOKEN = 2 * 70e9
UTILISATION = 0.3
Range = tuple[float, float]


class Year(NamedTuple):
    """A column of the article's table, and the work and the chips with which the plan meets it."""

    training_usd: Range
    inference_usd_per_month: Range
    overhead: float
    power_mw: Range
    infrastructure_usd: Range
    training_pflop_s: float
    """Of the model's operations, on average over the year."""
    inference_tokens_s: float
    """On average; capacity is for 1.3 times that."""
    chips: dict[str, float]
    """What each offer delivers in the first month."""


YEARS = {
    "2022": Year((4e6, 6e6), (2e6, 3e6), 0.15, (10, 20), (30e6, 50e6), 117, 2.9e6, {"a100_rent": 50_000}),
    "2024": Year(
        (50e6, 100e6),
        (15e6, 30e6),
        0.20,
        (50, 100),
        (250e6, 500e6),
        2_400,
        31e6,
        {"a100_rent": 100_000, "h100_2023": 14_000},
    ),
    "2026": Year(
        (200e6, 500e6),
        (50e6, 100e6),
        0.25,
        (200, 500),
        (1e9, 2e9),
        14_400,
        163e6,
        {"h100_3y": 300_000, "b200_3y": 4_000},
    ),
}
NOTES = """\
What a frontier programme costs, as one press article has it for 2022, 2024 and 2026: training 4 to 6, 50 to 100 and \
200 to 500 million USD; inference 2 to 3, 15 to 30 and 50 to 100 million a month; engineering and orchestration 15, \
20 and 25 % of the total; 10 to 20, 50 to 100 and 200 to 500 MW; infrastructure 30 to 50, 250 to 500 and 1,000 to \
2,000 million a year and more. The plan is the year 2026; the scenarios are the other two, with the work, the chips \
and the overhead of their time. Compare them: training grows 123 times, inference 56 times, and the price of either \
falls by about a third.

Every figure of the table falls inside its range, with one exception: power in 2022. The 28 to 42 million USD of that \
year would have to keep 10 to 20 MW running at less than 0.48 USD per kWh with chips, buildings and electricity in \
it; the cheapest chip of the catalogue comes to 0.72, and the plan to 6 MW. In 2026 power and money only meet near \
the top of the money and on H100: 0.82 USD per kWh. Newer chips do the same work for the same money on less power. \
The article also says that infrastructure is 60 to 80 % of the cost, and leaves 85 % in 2022 by its own shares.

From the catalogue: chips, powers, the rents of 2026. The rents of 2022 and 2024 are derived: what an H100 rents for \
in 2026, in the ratio of the unit prices (A100 40 GB, 15,000 USD in 2022; H100, 33,600 USD in 2023).

Training is one synchronous machine of one kind of chip: A100 in 2022, H100 in 2024 and in 2026, when there are too \
few B200 for it. Failures take 1, 4 and 12 % of its time; its share of the money has that in it.

Assumed: the work of each year, set so that the money falls into its range; training all year; that A100 and B200 \
fail as often as the H100 of Meta's Llama 3 run (one in 50,676 chip-hours), a pause of 15 seconds for a checkpoint \
and five minutes to restart; a served model of 70 billion parameters and two operations for each at 30 % of peak on \
every chip; how many chips of each kind can be had; one site, in Virginia; and 10 USD/t on carbon, which decides \
between plans of equal cost. Rents include electricity and hosting, and run on after the year: see the liability."""


def build() -> Plan:
    """The plan, the same on every call."""
    now = YEARS["2026"]
    return Plan(
        settings=Settings(
            name="cost-history",
            notes=NOTES,
            start="2026-01",
            periods=MONTHS,
            months_per_period=1,
            discount_rate=0.0,
            carbon_price_usd_per_t=10.0,
            overhead_fraction=now.overhead,
        ),
        platforms=tuple(failing(entry) for entry in PLATFORMS),
        sites=(site_row("us_va_ashburn", now.power_mw[1], id="virginia", name="Virginia"),),
        offers=_offers(),
        workloads=_workloads(),
        scenarios=(_scenario("2022"), _scenario("2024")),
        uncertainties=_uncertainties(),
    )


def _delivered(chips: float) -> tuple[float, ...]:
    return spread(MONTHS, {0: chips, 1: 0})


def _offers() -> tuple[Offer, ...]:
    catalogue = load_catalogue()
    a100, a100_source = rent_by_unit_price("nvidia_a100_40", like="offer_171")
    h100, then = catalogue.offers["offer_171"], catalogue.offers["offer_199"]
    price, before = catalogue.platforms["nvidia_h100_sxm"].unit_price_usd or 1.0, then.price_usd or 0.0

    def supply(id: str) -> tuple[float, ...]:
        return _delivered(YEARS["2026"].chips.get(id, 0.0))

    return (
        Offer(
            id="a100_rent",
            name="A100 · rent of 2022",
            platform="nvidia_a100_40",
            provider="Neocloud market",
            kind="rental",
            price_usd=a100,
            term_months=36,
            supply_chips_per_month=supply("a100_rent"),
            sites="*",
            source=a100_source,
            as_of="2022-05",
        ),
        Offer(
            id="h100_2023",
            name="H100 · rent of 2023",
            platform="nvidia_h100_sxm",
            provider="Neocloud market",
            kind="rental",
            price_usd=round((h100.price_usd or 0) * before / price, 3),
            term_months=36,
            supply_chips_per_month=supply("h100_2023"),
            sites="*",
            source=f"Derived: {h100.price_usd} USD/h in 2026 ({h100.confidence}), times {before:,.0f} over "
            f"{price:,.0f} USD, the unit prices of 2023 and 2026 ({then.source}, {then.confidence}).",
            as_of=then.as_of,
        ),
        offered("offer_171", id="h100_3y", name="H100 · reserved 3 y", supply_chips_per_month=supply("h100_3y")),
        offered("offer_177", id="b200_3y", name="B200 · reserved 3 y", supply_chips_per_month=supply("b200_3y")),
    )


def _throughput() -> tuple[Throughput, ...]:
    """Tokens per second and chip, by arithmetic alone."""
    chips = load_catalogue().platforms
    return tuple(
        Throughput(
            platform=id,
            value=round((chips[id].peak_bf16_dense_tflops or 0) * 1e12 * UTILISATION / OPERATIONS_PER_TOKEN, 1),
            basis="modelled",
            source=f"{chips[id].peak_bf16_dense_tflops:g} TFLOP/s of bf16 at {UTILISATION:.0%} over two operations for "
            "each of 70 billion parameters and token",
        )
        for id in PLATFORMS
    )


def _workloads() -> tuple[Workload, ...]:
    now = YEARS["2026"]
    return (
        Workload(
            id="training",
            name="Training",
            kind="pretraining",
            unit="PFLOP/s",
            flexible=True,
            demand=now.training_pflop_s,
            utilisation=0.4,
            placement="one_cluster",
            checkpoint_minutes=CHECKPOINT_MINUTES,
            restart_minutes=RESTART_MINUTES,
            unmet_usd=40,
            sensitivity="restricted",
        ),
        Workload(
            id="inference",
            name="Inference",
            kind="inference",
            unit="tokens/s",
            demand=now.inference_tokens_s,
            peak_factor=1.3,
            throughput=_throughput(),
            unmet_usd=0.01,
            sensitivity="confidential",
        ),
    )


def _scenario(name: str) -> Scenario:
    year = YEARS[name]
    ids = [offer.id for offer in _offers()]
    old = ("a100_rent",) if "h100_2023" in year.chips else ()
    return Scenario(
        id=f"year_{name}",
        name=f"The year {name}",
        notes=f"The work, the chips, the power and the overhead of {name}.",
        overrides=(
            Override(table="plan", row=None, field="start", op="set", value=f"{name}-01"),
            Override(table="plan", row=None, field="overhead_fraction", op="set", value=year.overhead),
            *moved("sites", ("virginia",), "power_mw", "set", year.power_mw[1]),
            *moved("workloads", ("training",), "demand", "set", year.training_pflop_s),
            *moved("workloads", ("inference",), "demand", "set", year.inference_tokens_s),
            *moved("workloads", ("training",), "forbidden_offers", "set", old),
            *(
                override
                for id in ids
                for override in moved(
                    "offers", (id,), "supply_chips_per_month", "set", _delivered(year.chips.get(id, 0.0))
                )
            ),
        ),
    )


def _uncertainties() -> tuple[Uncertainty, ...]:
    return (
        triangular("training_size", "workloads", "training", "demand", 0.45, 1.1),
        triangular("inference_demand", "workloads", "inference", "demand", 0.53, 1.05),
        triangular("overhead", "plan", None, "overhead_fraction", 0.8, 1.3),
    )
