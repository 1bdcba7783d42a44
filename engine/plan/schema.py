"""What a plan is made of: every table and every field, declared once. Adding an input is adding one line here."""

from __future__ import annotations

import typing
from typing import Annotated, Any, Literal

from msgspec import Struct

from gigaplan.engine.plan.fields import Series, about

Tier = Literal["public", "internal", "confidential", "restricted"]
TIERS: tuple[str, ...] = typing.get_args(Tier)
Precision = Literal["bf16", "fp8", "fp4"]
Basis = Literal["measured", "vendor", "modelled"]
Table = Literal[
    "plan",
    "platforms",
    "sites",
    "power_contracts",
    "offers",
    "services",
    "workloads",
    "agreements",
    "ports",
    "policies",
]
SOURCE = "Where the figures come from: a document, a page, a quotation."
AS_OF = "The date of the source, year and month."
ID = "A short name that stays the same, of a-z, 0-9, - and _."
PER_TABLE = "Identity"
LONGEST_NAME = 200
"""Characters."""
GROUP = "Of optional rows with the same word here, one is signed at most: a ladder of sizes to choose from."


class Block(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A part of the day whose hours are alike."""

    name: Annotated[str, about("Name", longest=LONGEST_NAME)]
    share: Annotated[float, about("Share of the day", "fraction", "All blocks together are 1.", gt=0, le=1)]


class Settings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The plan as a whole: its time grid and its finance."""

    name: Annotated[str, about("Name", longest=LONGEST_NAME, group="Plan")]
    notes: Annotated[str, about("Notes", group="Plan")] = ""
    currency: Annotated[
        str,
        about(
            "Currency",
            help="Shown beside every amount; all amounts are nominal.",
            group="Plan",
            letters=8,
        ),
    ] = "USD"
    start: Annotated[str, about("First month", kind="month", group="Time")]
    periods: Annotated[int, about("Number of periods", "periods", ge=1, le=480, group="Time")]
    months_per_period: Annotated[
        int,
        about("Months per period", "months", "1 is a month, 3 a quarter, 12 a year.", ge=1, le=12, group="Time"),
    ] = 3
    discount_rate: Annotated[
        float,
        about("Discount rate", "/year", "The yearly cost of capital.", gt=-1, le=10, group="Finance"),
    ] = 0.08
    carbon_price_usd_per_t: Annotated[
        float,
        about("Carbon price", "USD/tCO2e", "Charged on operational and embodied carbon.", ge=0, group="Finance"),
    ] = 0.0
    residual_fraction: Annotated[
        float,
        about(
            "Residual value",
            "fraction",
            "What bought chips with life left are worth at the horizon, of their straight-line book value.",
            ge=0,
            le=1,
            group="Finance",
        ),
    ] = 1.0
    base_weight: Annotated[
        float,
        about("Weight of the base", help="How likely the base is, beside the scenarios.", ge=0, group="Finance"),
    ] = 1.0
    contract_worth_fraction: Annotated[
        float,
        about(
            "Worth of contracts at the end",
            "fraction",
            "What rent that runs on past the horizon is worth, of what is owed: 1 takes it as fully used, 0 as wasted.",
            ge=0,
            le=1,
            group="Finance",
        ),
    ] = 0.75
    overhead_fraction: Annotated[
        float,
        about(
            "Overhead",
            "fraction",
            "Engineering and orchestration, as a fraction of the total cost.",
            ge=0,
            lt=1,
            group="Finance",
        ),
    ] = 0.0
    blocks: Annotated[
        tuple[Block, ...],
        about(
            "Hours of the day",
            help="Parts of the day, as night, office hours and evening; profiles give one number for each. "
            "Empty: the day is one block.",
            group="Time",
        ),
    ] = ()


class PowerCap(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A power limit at which chips may run: less power, and less work."""

    power: Annotated[float, about("Power", "fraction", "Of full power.", gt=0, lt=1)]
    throughput: Annotated[float, about("Throughput", "fraction", "Of the work at full power.", gt=0, lt=1)]


class ResalePoint(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a used chip fetches at one age."""

    age_months: Annotated[float, about("Age", "months", gt=0)]
    fraction: Annotated[float, about("Resale price", "fraction", "Of the price paid.", ge=0, le=1.5)]


class Platform(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An accelerator: what one chip computes, holds and draws."""

    id: Annotated[str, about("Id", help=ID, kind="identifier", group=PER_TABLE)]
    name: Annotated[str, about("Name", longest=LONGEST_NAME, group=PER_TABLE)]
    vendor: Annotated[str, about("Vendor", help="Who designs the chip.", group=PER_TABLE)]
    stack: Annotated[
        str, about("Software stack", help="What its programs are written for: cuda, xla, neuron ...", group=PER_TABLE)
    ]
    bf16_tflops: Annotated[float, about("Peak bf16", "TFLOP/s", "Dense, without sparsity.", ge=0, group="Compute")]
    fp8_tflops: Annotated[
        float | None, about("Peak fp8", "TFLOP/s", "Empty: runs fp8 work at bf16.", ge=0, group="Compute")
    ] = None
    fp4_tflops: Annotated[
        float | None, about("Peak fp4", "TFLOP/s", "Empty: runs fp4 work at fp8.", ge=0, group="Compute")
    ] = None
    memory_gb: Annotated[float, about("Memory", "GB", "Of 10^9 bytes; 80 GiB are 85.9 GB.", gt=0, group="Compute")]
    memory_bandwidth_gb_s: Annotated[float, about("Memory bandwidth", "GB/s", gt=0, group="Compute")]
    scale_up_chips: Annotated[
        float,
        about(
            "Scale-up domain",
            "chips",
            "Chips joined by the fast links: NVLink, xGMI, an ICI cube, NeuronLink.",
            ge=1,
            group="Compute",
        ),
    ] = 8.0
    serving_efficiency: Annotated[
        float | None,
        about(
            "Serving efficiency",
            "ratio",
            "Tokens measured over tokens of the formula at 1. Empty: by the stack, 1 for cuda, 0.75 rocm, 0.33 xla, "
            "0.5 others.",
            gt=0,
            le=10,
            group="Compute",
        ),
    ] = None
    power_w: Annotated[
        float,
        about(
            "IT power per chip",
            "W",
            "All-in: the chip with its share of server and rack, at full load.",
            ge=0,
            group="Power and life",
        ),
    ]
    idle_fraction: Annotated[
        float,
        about("Idle power", "fraction", "What an idle chip draws, of full load.", ge=0, le=1, group="Power and life"),
    ] = 0.3
    power_caps: Annotated[
        tuple[PowerCap, ...],
        about("Power caps", help="Limits at which its chips may run to save power.", group="Power and life"),
    ] = ()
    lifetime_months: Annotated[float, about("Lifetime", "months", gt=0, group="Power and life")] = 60.0
    resale: Annotated[
        tuple[ResalePoint, ...] | None,
        about(
            "Resale curve",
            help="What bought chips are worth at the horizon, by age; linear in between, from 1 when new, and nothing "
            "from the end of life on. Empty: a straight line over the lifetime.",
            group="Power and life",
        ),
    ] = None
    mtbf_hours: Annotated[
        float | None,
        about(
            "Time between failures",
            "h",
            "Of one chip: chip-hours over failures that stop a run. Empty: none.",
            gt=0,
            group="Power and life",
        ),
    ] = None
    embodied_kgco2e: Annotated[float, about("Embodied carbon", "kgCO2e/chip", ge=0, group="Power and life")] = 0.0
    token_latency_ms: Annotated[
        float | None,
        about("Token latency", "ms", "Time per output token that the platform can hold.", ge=0, group="Compute"),
    ] = None
    source: Annotated[str, about("Source", help=SOURCE, group="Source")] = ""
    as_of: Annotated[str, about("As of", help=AS_OF, group="Source")] = ""


class Site(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A place with power: where chips stand."""

    id: Annotated[str, about("Id", help=ID, kind="identifier", group=PER_TABLE)]
    name: Annotated[str, about("Name", longest=LONGEST_NAME, group=PER_TABLE)]
    jurisdiction: Annotated[
        str, about("Jurisdiction", help="Whose law the data is under: US, EU, JP ...", group=PER_TABLE)
    ]
    power_mw: Annotated[
        Series | None,
        about("Facility power", "MW", "What the site can draw at its meter. Empty: no limit.", ge=0, group="Power"),
    ]
    pue: Annotated[
        float,
        about("PUE", "ratio", "Facility power over IT power (power usage effectiveness).", ge=1, le=10, group="Power"),
    ] = 1.2
    electricity_usd_per_mwh: Annotated[Series, about("Electricity price", "USD/MWh", ge=-1e9, le=1e9, group="Power")]
    electricity_profile: Annotated[
        tuple[float, ...] | None,
        about(
            "Electricity price by block",
            "ratio",
            "The price is multiplied by it, one number for each block of the day. Empty: 1 in all.",
            ge=0,
            le=1000,
            group="Power",
        ),
    ] = None
    carbon_g_per_kwh: Annotated[Series, about("Grid carbon", "g/kWh", ge=0, group="Environment")] = 0.0
    water_l_per_kwh: Annotated[
        float, about("Water use", "L/kWh", "Per kWh of IT energy.", ge=0, group="Environment")
    ] = 0.0
    hosting_usd_per_kw_month: Annotated[
        Series,
        about(
            "Hosting", "USD/kW-month", "Space and power capacity, per kW of IT nameplate power.", ge=0, group="Power"
        ),
    ] = 0.0
    source: Annotated[str, about("Source", help=SOURCE, group="Source")] = ""
    as_of: Annotated[str, about("As of", help=AS_OF, group="Source")] = ""


class Installed(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Chips that already stand at a site when the plan begins."""

    site: Annotated[str, about("Site", refers="sites", kind="reference")]
    chips: Annotated[float, about("Chips", "chips", ge=0)]
    months_left: Annotated[float, about("Months left", "months", "Of their life or contract.", ge=0)]


class Offer(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A way to get chips of one platform from one provider: bought, or rented for a term."""

    id: Annotated[str, about("Id", help=ID, kind="identifier", group=PER_TABLE)]
    name: Annotated[str, about("Name", longest=LONGEST_NAME, group=PER_TABLE)]
    platform: Annotated[str, about("Platform", refers="platforms", kind="reference", group=PER_TABLE)]
    provider: Annotated[str, about("Provider", help="Who sells or rents it.", group=PER_TABLE)]
    kind: Annotated[
        Literal["purchase", "rental"], about("Kind", help="Bought outright, or paid by the hour.", group="Price")
    ]
    price_usd: Annotated[
        Series,
        about(
            "Price",
            {"purchase": "USD/chip", "rental": "USD/chip-h"},
            "Chips pay for all their life what it is when they are delivered.",
            unit_by="kind",
            ge=0,
            opening=True,
            group="Price",
        ),
    ]
    term_months: Annotated[
        float | None,
        about(
            "Contract term",
            "months",
            "Rental: paid for this long, used or not. Empty: one period.",
            gt=0,
            group="Price",
        ),
    ] = None
    upfront_fraction: Annotated[
        float,
        about(
            "Paid upfront", "fraction", "Rental: of the whole contract, paid at delivery.", ge=0, le=1, group="Price"
        ),
    ] = 0.0
    lead_months: Annotated[
        float, about("Lead time", "months", "From the plan's start to the first delivery.", ge=0, group="Supply")
    ] = 0.0
    available_from: Annotated[str | None, about("Available from", kind="month", group="Supply")] = None
    available_until: Annotated[
        str | None, about("Available until", help="The first month without it.", kind="month", group="Supply")
    ] = None
    supply_chips_per_month: Annotated[
        Series | None,
        about("Supply", "chips/month", "Most new chips per month. Empty: no limit.", ge=0, group="Supply"),
    ] = None
    min_order_chips: Annotated[
        float | None,
        about(
            "Least order",
            "chips",
            "In a period, at all sites together, it is at least this many or none. Empty: no minimum.",
            gt=0,
            group="Supply",
        ),
    ] = None
    availability: Annotated[
        float, about("Availability", "fraction", "Of chip-hours that can do work.", ge=0, le=1, group="Supply")
    ] = 1.0
    maintenance_per_year: Annotated[
        float, about("Maintenance", "fraction/year", "Of the purchase price.", ge=0, group="Price")
    ] = 0.0
    energy_included: Annotated[
        bool | None, about("Energy included", help="Empty: included for rentals, not for purchases.", group="Price")
    ] = None
    hosting_included: Annotated[bool | None, about("Hosting included", help="Empty: as energy.", group="Price")] = None
    can_switch_off: Annotated[
        bool,
        about("Can be switched off", help="Idle chips may be turned off: they draw no power then.", group="Supply"),
    ] = True
    sensitivity: Annotated[
        Tier, about("Trusted up to", help="The most sensitive work that may run on it.", group="Placement")
    ] = "restricted"
    interruptible: Annotated[
        bool, about("Interruptible", help="Spot capacity: only for work that accepts it.", group="Placement")
    ] = False
    sites: Annotated[
        Literal["*"] | tuple[str, ...],
        about(
            "Sites", help="Where it can stand; * is everywhere.", refers="sites", kind="references", group="Placement"
        ),
    ]
    agreement: Annotated[str | None, about("Agreement", refers="agreements", kind="reference", group="Price")] = None
    installed: Annotated[
        tuple[Installed, ...], about("Installed fleet", help="Chips that already stand.", group="Supply")
    ] = ()
    source: Annotated[str, about("Source", help=SOURCE, group="Source")] = ""
    as_of: Annotated[str, about("As of", help=AS_OF, group="Source")] = ""

    def includes_energy(self) -> bool:
        """Whether its price includes electricity: by default for rentals alone."""
        return self.kind == "rental" if self.energy_included is None else self.energy_included

    def includes_hosting(self) -> bool:
        """Whether its price includes hosting: by default where it includes energy."""
        return self.includes_energy() if self.hosting_included is None else self.hosting_included


class PowerContract(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Power that a site gets by contract, from a month on: signed already, or to be decided."""

    id: Annotated[str, about("Id", help=ID, kind="identifier", group=PER_TABLE)]
    name: Annotated[str, about("Name", longest=LONGEST_NAME, group=PER_TABLE)]
    site: Annotated[str, about("Site", refers="sites", kind="reference", group=PER_TABLE)]
    provider: Annotated[str, about("Provider", help="Who supplies it.", group=PER_TABLE)]
    mw: Annotated[float, about("Power", "MW", "Beside what the site has.", gt=0, group="Terms")]
    start: Annotated[str, about("First month", kind="month", group="Terms")]
    months: Annotated[
        float | None, about("Length", "months", "Empty: to the end of the plan.", gt=0, group="Terms")
    ] = None
    usd_per_mw_month: Annotated[
        Series,
        about("Fee", "USD/MW-month", "Paid for the power, used or not; energy comes on top.", ge=0, group="Price"),
    ] = 0.0
    capex_usd_per_mw: Annotated[
        float, about("Investment", "USD/MW", "Paid in the first period of the contract.", ge=0, group="Price")
    ] = 0.0
    capex_lifetime_months: Annotated[
        float, about("Lifetime of the investment", "months", "Its value falls to nothing by then.", gt=0, group="Price")
    ] = 180.0
    status: Annotated[Literal["signed", "optional"], about("Status", group="Terms")]
    group: Annotated[str | None, about("Alternatives", help=GROUP, group="Terms")] = None
    source: Annotated[str, about("Source", help=SOURCE, group="Source")] = ""
    as_of: Annotated[str, about("As of", help=AS_OF, group="Source")] = ""


class Service(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Work that is bought by the token or by the unit of compute, without chips of one's own."""

    id: Annotated[str, about("Id", help=ID, kind="identifier", group=PER_TABLE)]
    name: Annotated[str, about("Name", longest=LONGEST_NAME, group=PER_TABLE)]
    provider: Annotated[str, about("Provider", help="Who does the work.", group=PER_TABLE)]
    unit: Annotated[
        Literal["tokens/s", "PFLOP/s"], about("Unit of work", help="It serves workloads of this unit.", group="Price")
    ] = "tokens/s"
    workloads: Annotated[
        Literal["*"] | tuple[str, ...],
        about(
            "Workloads",
            help="Which work it can do; * is all of its unit.",
            refers="workloads",
            kind="references",
            group="Placement",
        ),
    ]
    price_usd: Annotated[
        Series,
        about("Price", {"tokens/s": "USD/Mtoken", "PFLOP/s": "USD/PFLOP-day"}, unit_by="unit", ge=0, group="Price"),
    ]
    limit: Annotated[
        Series | None,
        about(
            "Limit",
            {"tokens/s": "tokens/s", "PFLOP/s": "PFLOP/s"},
            "The most work at a time, of all workloads. Empty: no limit.",
            unit_by="unit",
            ge=0,
            group="Supply",
        ),
    ] = None
    available_from: Annotated[str | None, about("Available from", kind="month", group="Supply")] = None
    available_until: Annotated[
        str | None, about("Available until", help="The first month without it.", kind="month", group="Supply")
    ] = None
    jurisdiction: Annotated[
        str | None,
        about("Jurisdiction", help="Where the work is done. Empty: not said.", group="Placement"),
    ] = None
    sensitivity: Annotated[
        Tier, about("Trusted up to", help="The most sensitive work that it may do.", group="Placement")
    ] = "restricted"
    agreement: Annotated[str | None, about("Agreement", refers="agreements", kind="reference", group="Price")] = None
    source: Annotated[str, about("Source", help=SOURCE, group="Source")] = ""
    as_of: Annotated[str, about("As of", help=AS_OF, group="Source")] = ""


class Inference(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The model that a workload serves, and what its users ask for (model.md section 3)."""

    total_params_b: Annotated[float, about("Parameters", "billion", gt=0)]
    active_params_b: Annotated[float, about("Active parameters", "billion", "Per token.", gt=0)]
    weight_bytes: Annotated[
        float | None,
        about("Weights", "B/parameter", "As stored. Empty: by precision, 2 for bf16, 1 fp8, 0.5 fp4.", gt=0, le=16),
    ] = None
    context_tokens: Annotated[
        float, about("Context", "tokens", "Prompt and half of the answer: the mean while answering.", ge=0)
    ]
    prompt_tokens_per_output: Annotated[float, about("Prompt tokens per output token", "ratio", ge=0)]
    kv_bytes_per_token: Annotated[
        float, about("KV cache", "B/token", "2 bytes a value where the work is bf16, 1 where fp8 or fp4.", ge=0)
    ]
    model: Annotated[
        str | None, about("Model", help="Its id in the catalogue: where it was measured, its curves count.")
    ] = None
    max_token_latency_ms: Annotated[
        float | None, about("Slowest token", "ms", "Sets the batch size. Empty: memory alone sets it.", gt=0)
    ] = None
    time_to_first_token_ms: Annotated[
        float | None,
        about("First token", "ms", "No chips that need longer for one prompt, with no queue. Empty: any.", gt=0),
    ] = None
    prefix_cache_fraction: Annotated[
        float, about("Prompts cached", "fraction", "Of prompt tokens, found in a cache.", ge=0, le=1)
    ] = 0.0
    speculative_gain: Annotated[
        float,
        about("Speculative gain", "ratio", "Tokens per step: 1.8 for 10% longer steps is 1.64.", ge=1, le=20),
    ] = 1.0
    compute_efficiency: Annotated[float, about("Compute efficiency", "fraction", gt=0, le=1)] = 0.67
    bandwidth_efficiency: Annotated[float, about("Bandwidth efficiency", "fraction", gt=0, le=1)] = 0.6


class Throughput(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What one chip of a platform was found to do for a workload; it wins over the model."""

    platform: Annotated[str, about("Platform", refers="platforms", kind="reference")]
    value: Annotated[float, about("Per chip", {"PFLOP/s": "PFLOP/s", "tokens/s": "tokens/s"}, unit_by="unit", ge=0)]
    basis: Annotated[Basis, about("Basis", help="Measured, a vendor's claim, or modelled elsewhere.")]
    source: Annotated[str, about("Source", help=SOURCE)] = ""
    as_of: Annotated[str, about("As of", help=AS_OF)] = ""


class Utilisation(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The part of peak that a workload in PFLOP/s reaches on one platform."""

    platform: Annotated[str, about("Platform", refers="platforms", kind="reference")]
    value: Annotated[float, about("Utilisation (MFU)", "fraction", gt=0, le=1)]


class Workload(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Work to be done: a rate of compute or of tokens, and the rules it comes with."""

    id: Annotated[str, about("Id", help=ID, kind="identifier", group=PER_TABLE)]
    name: Annotated[str, about("Name", longest=LONGEST_NAME, group=PER_TABLE)]
    kind: Annotated[Literal["pretraining", "post_training", "inference", "research"], about("Kind", group=PER_TABLE)]
    unit: Annotated[Literal["PFLOP/s", "tokens/s"], about("Unit of work", group="Demand")]
    demand: Annotated[
        Series,
        about(
            "Demand",
            {"PFLOP/s": "PFLOP/s", "tokens/s": "tokens/s"},
            "The average rate.",
            unit_by="unit",
            ge=0,
            group="Demand",
        ),
    ]
    peak_factor: Annotated[
        float,
        about(
            "Peak factor", "ratio", "Capacity is sized for the peak: this many times the average.", ge=1, group="Demand"
        ),
    ] = 1.0
    profile: Annotated[
        tuple[float, ...] | None,
        about(
            "Demand by block",
            "ratio",
            "Demand over its mean, one number for each block of the day; their mean by share is 1. Empty: 1 in all.",
            ge=0,
            le=1000,
            group="Demand",
        ),
    ] = None
    day_flexible: Annotated[
        bool,
        about("Any hour of the day", help="Only the total of each day counts, not the hour.", group="Demand"),
    ] = False
    max_delay_months: Annotated[
        float | None,
        about(
            "May wait",
            "months",
            "Work may be done so much later, in whole periods. Empty: it is done at once.",
            ge=0,
            group="Demand",
        ),
    ] = None
    flexible: Annotated[
        bool, about("Flexible", help="Only the total over the horizon counts, not when it is done.", group="Demand")
    ] = False
    precision: Annotated[Precision, about("Precision", group="Throughput")] = "bf16"
    utilisation: Annotated[
        float, about("Utilisation (MFU)", "fraction", "Of peak, for work in PFLOP/s.", gt=0, le=1, group="Throughput")
    ] = 0.4
    mfu_by_platform: Annotated[
        tuple[Utilisation, ...],
        about("Utilisation by platform", help="Where it is not the same on all.", group="Throughput"),
    ] = ()
    inference: Annotated[Inference | None, about("Model served", help="For work in tokens/s.", group="Throughput")] = (
        None
    )
    throughput: Annotated[
        tuple[Throughput, ...], about("Throughput per chip", help="A row here wins over the model.", group="Throughput")
    ] = ()
    checkpoint_minutes: Annotated[
        float,
        about("Checkpoint", "min", "How long it takes to write one, of a run on many chips.", ge=0, group="Throughput"),
    ] = 0.0
    restart_minutes: Annotated[
        float, about("Restart", "min", "From a failure until the run goes on.", ge=0, group="Throughput")
    ] = 0.0
    software_gain_per_year: Annotated[
        float,
        about(
            "Better software",
            "fraction/year",
            "By how much the work per chip grows each year, from the plan's start.",
            gt=-1,
            le=100,
            group="Throughput",
        ),
    ] = 0.0
    unmet_usd: Annotated[
        float,
        about(
            "Value if not served",
            {"PFLOP/s": "USD/(PFLOP/s)-h", "tokens/s": "USD/(token/s)-h"},
            "Lost per unit of average rate and hour that is not served.",
            unit_by="unit",
            ge=0,
            group="Demand",
        ),
    ]
    placement: Annotated[
        Literal["anywhere", "one_platform", "one_cluster"],
        about(
            "Runs on",
            help="One run on one machine: one platform, or one platform at one site, for the whole horizon.",
            group="Placement",
        ),
    ] = "anywhere"
    sensitivity: Annotated[
        Tier, about("Sensitivity", help="It runs only on offers trusted at least this far.", group="Placement")
    ] = "public"
    jurisdictions: Annotated[
        tuple[str, ...], about("Jurisdictions", help="Where it may run; empty is anywhere.", group="Placement")
    ] = ()
    max_token_latency_ms: Annotated[
        float | None,
        about("Token latency", "ms", "The slowest platform it accepts. Empty: any.", ge=0, group="Placement"),
    ] = None
    accepts_interruptible: Annotated[
        bool, about("Accepts interruption", help="May run on spot capacity.", group="Placement")
    ] = False
    forbidden_offers: Annotated[
        tuple[str, ...], about("Forbidden offers", refers="offers", kind="references", group="Placement")
    ] = ()


class Agreement(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A commitment to spend with a provider, take or pay, in return for a discount."""

    id: Annotated[str, about("Id", help=ID, kind="identifier", group=PER_TABLE)]
    name: Annotated[str, about("Name", longest=LONGEST_NAME, group=PER_TABLE)]
    provider: Annotated[str, about("Provider", group=PER_TABLE)]
    start: Annotated[str, about("First month", kind="month", group="Terms")]
    months: Annotated[float, about("Length", "months", gt=0, group="Terms")]
    commit_usd_per_year: Annotated[
        float, about("Commitment", "USD/year", "Owed each contract year, used or not.", ge=0, group="Terms")
    ]
    discount: Annotated[
        float, about("Discount", "fraction", "Off the price of its offers.", ge=0, lt=1, group="Terms")
    ] = 0.0
    status: Annotated[Literal["signed", "optional"], about("Status", group="Terms")]
    group: Annotated[str | None, about("Alternatives", help=GROUP, group="Terms")] = None


class Port(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A workload that does not run on a software stack yet, and what making it run costs, once."""

    workload: Annotated[str, about("Workload", refers="workloads", kind="reference")]
    stack: Annotated[str, about("Software stack")]
    cost_usd: Annotated[float, about("Cost", "USD", ge=0)]
    months: Annotated[float, about("Duration", "months", ge=0)] = 0.0


class Policy(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A rule that the plan must keep (model.md section 6)."""

    id: Annotated[str, about("Id", help=ID, kind="identifier", group=PER_TABLE)]
    name: Annotated[str, about("Name", longest=LONGEST_NAME, group=PER_TABLE)] = ""
    enabled: Annotated[bool, about("Enabled", group="Rule")] = True
    kind: Annotated[Literal["share", "budget", "carbon", "coverage", "resilience"], about("Kind", group="Rule")]
    dimension: Annotated[
        Literal["vendor", "provider", "site", "jurisdiction", "stack"] | None,
        about("Dimension", help="For shares and resilience.", group="Rule"),
    ] = None
    scope: Annotated[
        str | None,
        about("Scope", help="One member of the dimension, or one workload; * is each in turn.", group="Rule"),
    ] = "*"
    metric: Annotated[
        Literal["power", "compute"] | None, about("Metric", help="What a share is a share of.", group="Rule")
    ] = None
    limit: Annotated[
        Series,
        about(
            "Limit",
            {
                "share": "fraction",
                "budget": "USD/year",
                "carbon": "tCO2e/year",
                "coverage": "fraction",
                "resilience": "fraction",
            },
            unit_by="kind",
            ge=0,
            gaps=True,
            group="Rule",
        ),
    ]


class Override(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, rename={"from_": "from"}):
    """One assumption that a scenario moves."""

    table: Annotated[Table, about("Table")]
    row: Annotated[str | None, about("Row", help="An id; empty for the plan itself.")] = None
    field: Annotated[str, about("Field")]
    op: Annotated[Literal["set", "scale", "add"], about("Operation")]
    value: Annotated[Any, about("Value")]
    from_: Annotated[
        str | None, about("From", help="The first month that it moves. Empty: from the start.", kind="month")
    ] = None
    until: Annotated[
        str | None, about("Until", help="The first month that it moves no more. Empty: to the end.", kind="month")
    ] = None


class Scenario(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A named set of moved assumptions: a function from plan to plan."""

    id: Annotated[str, about("Id", help=ID, kind="identifier", group=PER_TABLE)]
    name: Annotated[str, about("Name", longest=LONGEST_NAME, group=PER_TABLE)]
    notes: Annotated[str, about("Notes", group=PER_TABLE)] = ""
    weight: Annotated[
        float,
        about("Weight", help="How likely it is, beside the base and the other scenarios.", ge=0, group=PER_TABLE),
    ] = 1.0
    overrides: Annotated[tuple[Override, ...], about("Overrides", group="Overrides")] = ()


class Uncertainty(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How sure we are of one input."""

    id: Annotated[str, about("Id", help=ID, kind="identifier", group=PER_TABLE)]
    table: Annotated[Table, about("Table", group="Input")]
    row: Annotated[str | None, about("Row", group="Input")] = None
    field: Annotated[str, about("Field", group="Input")]
    distribution: Annotated[
        Literal["triangular", "normal", "lognormal", "uniform"], about("Distribution", group="Spread")
    ]
    low: Annotated[float | None, about("Low", group="Spread")] = None
    mode: Annotated[float | None, about("Most likely", group="Spread")] = None
    high: Annotated[float | None, about("High", group="Spread")] = None
    mean: Annotated[float | None, about("Mean", group="Spread")] = None
    sd: Annotated[float | None, about("Standard deviation", ge=0, group="Spread")] = None
    relative: Annotated[
        bool, about("Relative", help="Multiplies the field instead of replacing it.", group="Spread")
    ] = True


class Place(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where a card lies on the plan map."""

    table: Annotated[Literal["workloads", "offers", "sites"], about("Table")]
    row: Annotated[str, about("Row")]
    x: Annotated[float, about("x", "px")]
    y: Annotated[float, about("y", "px")]


ROW_TYPES: dict[str, type[Struct]] = {
    "platforms": Platform,
    "sites": Site,
    "power_contracts": PowerContract,
    "offers": Offer,
    "services": Service,
    "workloads": Workload,
    "agreements": Agreement,
    "ports": Port,
    "policies": Policy,
    "scenarios": Scenario,
    "uncertainties": Uncertainty,
    "layout": Place,
}
"""The tables of a plan beside its settings, in file order."""
