"""What a plan is made of: every table and every field, declared once. Adding an input is adding one line here."""

# Annotations are values here, not text as elsewhere: to read those of all tables from text takes every start and every
# command ten times as long.
import typing
from typing import Annotated, Any, Literal

from msgspec import Struct

from gigaplan.engine.plan.fields import LONGEST_TEXT, Series, about

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
    "parameters",
]
SOURCE = "Document, web page or quotation."
AS_OF = "Year and month of the source."
CATALOGUE = "The catalogue that the row was taken from, its edition, and the entry there."
ID = "A stable short name: a-z, 0-9, - and _."
PER_TABLE = "Identity"
LONGEST_FORMULA = 500
"""Characters of a formula."""
GROUP = "At most one of the optional rows with the same word here is signed."


class Block(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A part of the day: hours with the same demand and price."""

    name: Annotated[str, about("Name")]
    share: Annotated[float, about("Share of the day", "fraction", "The shares of all blocks add up to 1.", gt=0, le=1)]


class Settings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The plan as a whole: time grid and finance."""

    name: Annotated[str, about("Name", group="Plan")]
    notes: Annotated[str, about("Notes", longest=LONGEST_TEXT, group="Plan")] = ""
    currency: Annotated[
        str,
        about(
            "Currency",
            help="The unit of every amount. Another one renames the unit: no amount is converted. Amounts are nominal.",
            group="Plan",
            letters=8,
        ),
    ] = "USD"
    start: Annotated[str, about("First month", kind="month", group="Time")]
    periods: Annotated[int, about("Number of periods", "periods", ge=1, le=480, group="Time")]
    months_per_period: Annotated[
        int, about("Months per period", "months", "1 is a month, 3 a quarter, 12 a year.", ge=1, le=12, group="Time")
    ] = 3
    discount_rate: Annotated[
        float, about("Discount rate", "/year", "Cost of capital per year.", gt=-1, le=10, group="Finance")
    ] = 0.08
    carbon_price_usd_per_t: Annotated[
        float,
        about("Carbon price", "USD/tCO2e", "Charged on operational and embodied emissions.", ge=0, group="Finance"),
    ] = 0.0
    residual_fraction: Annotated[
        float,
        about(
            "Residual value",
            "fraction",
            "Value of purchased chips at the end of the plan, as a fraction of book value.",
            ge=0,
            le=1,
            group="Finance",
        ),
    ] = 1.0
    base_weight: Annotated[
        float, about("Weight of the base", help="Its probability relative to the scenarios.", ge=0, group="Finance")
    ] = 1.0
    contract_worth_fraction: Annotated[
        float,
        about(
            "Contract value at the end",
            "fraction",
            "Credit for rent owed after the horizon: 1 if those chips will be fully used, 0 if not at all.",
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
            help="Parts of the day, such as night and office hours. Profiles have one value for each.",
            empty="the day is one block",
            group="Time",
        ),
    ] = ()


class PowerCap(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A power limit that chips can run at, and the throughput left."""

    power: Annotated[float, about("Power", "fraction", "Of power at full load.", gt=0, lt=1)]
    throughput: Annotated[float, about("Throughput", "fraction", "Of throughput at full power.", gt=0, lt=1)]


class ResalePoint(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The resale price of a chip at one age."""

    age_months: Annotated[float, about("Age", "months", gt=0)]
    fraction: Annotated[float, about("Resale price", "fraction", "Of the purchase price.", ge=0, le=1.5)]


class Measurement(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What one chip was found to serve at one token latency: a point of a curve, which wins over the catalogue's."""

    model: Annotated[str, about("Model", help="Its id in the catalogue, or that of your own.")]
    precision: Annotated[Precision, about("Precision")]
    prompt_tokens: Annotated[float, about("Prompt", "tokens", gt=0)]
    output_tokens: Annotated[float, about("Answer", "tokens", gt=0)]
    token_latency_ms: Annotated[float, about("Token latency", "ms", "1000 over the tokens/s of one user.", gt=0)]
    tokens_s_chip: Annotated[float, about("Per chip", "tokens/s", "Output tokens alone, over all chips.", gt=0)]
    basis: Annotated[Basis, about("Basis", help="Only what is measured wins over the catalogue.")] = "measured"
    engine: Annotated[str, about("Engine", help="The serving software and its version.")] = ""
    source: Annotated[str, about("Source", help=SOURCE, longest=LONGEST_TEXT)] = ""
    as_of: Annotated[str, about("As of", help=AS_OF)] = ""


class Platform(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A type of chip: its compute, memory and power."""

    id: Annotated[str, about("Id", help=ID, kind="identifier", group=PER_TABLE)]
    name: Annotated[str, about("Name", group=PER_TABLE)]
    vendor: Annotated[str, about("Vendor", help="Who designs the chip.", group=PER_TABLE)]
    stack: Annotated[str, about("Software stack", help="cuda, rocm, xla, neuron …", group=PER_TABLE)]
    bf16_tflops: Annotated[float, about("Peak bf16", "TFLOP/s", "Dense, without sparsity.", ge=0, group="Compute")]
    fp8_tflops: Annotated[
        float | None, about("Peak fp8", "TFLOP/s", empty="runs fp8 work at bf16", ge=0, group="Compute")
    ] = None
    fp4_tflops: Annotated[
        float | None, about("Peak fp4", "TFLOP/s", empty="runs fp4 work at fp8", ge=0, group="Compute")
    ] = None
    memory_gb: Annotated[float, about("Memory", "GB", "1 GB is 10^9 bytes; 80 GiB is 85.9 GB.", gt=0, group="Compute")]
    memory_bandwidth_gb_s: Annotated[float, about("Memory bandwidth", "GB/s", gt=0, group="Compute")]
    scale_up_chips: Annotated[
        float,
        about(
            "Scale-up domain", "chips", "Chips in one NVLink, xGMI, ICI or NeuronLink domain.", ge=1, group="Compute"
        ),
    ] = 8.0
    serving_efficiency: Annotated[
        float | None,
        about(
            "Serving efficiency",
            "ratio",
            "Measured tokens per second over modelled.",
            empty="by stack: 1 for cuda, 0.75 for rocm, 0.33 for xla, 0.5 for others",
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
            "All-in, at full load: the chip and its share of server and rack.",
            ge=0,
            group="Power and life",
        ),
    ]
    idle_fraction: Annotated[
        float, about("Idle power", "fraction", "Of power at full load.", ge=0, le=1, group="Power and life")
    ] = 0.3
    power_caps: Annotated[
        tuple[PowerCap, ...],
        about("Power caps", help="Lower power limits that its chips can run at.", group="Power and life"),
    ] = ()
    lifetime_months: Annotated[float, about("Lifetime", "months", gt=0, group="Power and life")] = 60.0
    resale: Annotated[
        tuple[ResalePoint, ...] | None,
        about(
            "Resale curve",
            help="Resale price of purchased chips by age, linear in between: 1 when new, 0 at the end of life.",
            empty="a straight line over the lifetime",
            group="Power and life",
        ),
    ] = None
    mtbf_hours: Annotated[
        float | None,
        about(
            "Time between failures",
            "h",
            "Chip-hours per failure that stops a run.",
            empty="no failures",
            gt=0,
            group="Power and life",
        ),
    ] = None
    embodied_kgco2e: Annotated[float, about("Embodied carbon", "kgCO2e/chip", ge=0, group="Power and life")] = 0.0
    token_latency_ms: Annotated[
        float | None, about("Token latency", "ms", "Time per output token that it can sustain.", ge=0, group="Compute")
    ] = None
    measurements: Annotated[
        tuple[Measurement, ...],
        about(
            "Measurements",
            help="Points of serving of your own. Where they are near the model, precision and lengths of a workload, "
            "their curve counts.",
            group="Compute",
        ),
    ] = ()
    source: Annotated[str, about("Source", help=SOURCE, longest=LONGEST_TEXT, group="Source")] = ""
    as_of: Annotated[str, about("As of", help=AS_OF, group="Source")] = ""
    catalogue: Annotated[str, about("From catalogue", help=CATALOGUE, group="Source")] = ""


class Site(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A data center: power, electricity, grid and jurisdiction."""

    id: Annotated[str, about("Id", help=ID, kind="identifier", group=PER_TABLE)]
    name: Annotated[str, about("Name", group=PER_TABLE)]
    jurisdiction: Annotated[
        str, about("Jurisdiction", help="Whose law applies to data here: US, EU, JP …", group=PER_TABLE)
    ]
    power_mw: Annotated[
        Series | None,
        about("Facility power", "MW", "Most power that the site can draw.", empty="no limit", ge=0, group="Power"),
    ]
    pue: Annotated[
        float,
        about("PUE", "ratio", "Power usage effectiveness: facility power over IT power.", ge=1, le=10, group="Power"),
    ] = 1.2
    electricity_usd_per_mwh: Annotated[Series, about("Electricity price", "USD/MWh", ge=-1e9, le=1e9, group="Power")]
    electricity_profile: Annotated[
        tuple[float, ...] | None,
        about(
            "Electricity price by block",
            "ratio",
            "Multiplies the price; one value for each block of the day.",
            empty="1 in each",
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
        Series, about("Hosting", "USD/kW-month", "Space and power, per kW of IT nameplate power.", ge=0, group="Power")
    ] = 0.0
    source: Annotated[str, about("Source", help=SOURCE, longest=LONGEST_TEXT, group="Source")] = ""
    as_of: Annotated[str, about("As of", help=AS_OF, group="Source")] = ""
    catalogue: Annotated[str, about("From catalogue", help=CATALOGUE, group="Source")] = ""


class Installed(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Chips at a site when the plan starts."""

    site: Annotated[str, about("Site", refers="sites", kind="reference")]
    chips: Annotated[float, about("Chips", "chips", ge=0)]
    months_left: Annotated[float, about("Months left", "months", "Of life or contract.", ge=0)]


class Offer(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A way to get chips of one platform from one provider: a purchase or a rental."""

    id: Annotated[str, about("Id", help=ID, kind="identifier", group=PER_TABLE)]
    name: Annotated[str, about("Name", group=PER_TABLE)]
    platform: Annotated[str, about("Platform", refers="platforms", kind="reference", group=PER_TABLE)]
    provider: Annotated[str, about("Provider", help="Who sells or rents the chips.", group=PER_TABLE)]
    kind: Annotated[
        Literal["purchase", "rental"], about("Kind", help="A purchase, or a rental by the hour.", group="Price")
    ]
    price_usd: Annotated[
        Series,
        about(
            "Price",
            {"purchase": "USD/chip", "rental": "USD/chip-h"},
            "Fixed for each chip on delivery.",
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
            "Rentals only: paid for this long, used or not.",
            empty="one period",
            gt=0,
            group="Price",
        ),
    ] = None
    upfront_fraction: Annotated[
        float, about("Paid upfront", "fraction", "Rentals only: part paid on delivery.", ge=0, le=1, group="Price")
    ] = 0.0
    lead_months: Annotated[
        float, about("Lead time", "months", "From the start of the plan to the first delivery.", ge=0, group="Supply")
    ] = 0.0
    available_from: Annotated[str | None, about("Available from", kind="month", group="Supply")] = None
    available_until: Annotated[
        str | None, about("Available until", help="First month without it.", kind="month", group="Supply")
    ] = None
    supply_chips_per_month: Annotated[
        Series | None,
        about("Supply", "chips/month", "Most new chips per month.", empty="no limit", ge=0, group="Supply"),
    ] = None
    min_order_chips: Annotated[
        float | None,
        about(
            "Least order",
            "chips",
            "Fewest chips in one order: per period, all sites together.",
            empty="no minimum",
            gt=0,
            group="Supply",
        ),
    ] = None
    availability: Annotated[float, about("Availability", "fraction", "Of chip-hours.", ge=0, le=1, group="Supply")] = (
        1.0
    )
    maintenance_per_year: Annotated[
        float, about("Maintenance", "fraction/year", "Of the purchase price.", ge=0, group="Price")
    ] = 0.0
    energy_included: Annotated[
        bool | None, about("Energy included", empty="included for rentals, not for purchases", group="Price")
    ] = None
    hosting_included: Annotated[bool | None, about("Hosting included", empty="as energy", group="Price")] = None
    can_switch_off: Annotated[
        bool, about("Can be switched off", help="Idle chips can be switched off and draw no power.", group="Supply")
    ] = True
    sensitivity: Annotated[
        Tier, about("Trusted up to", help="Most sensitive work that it may run.", group="Placement")
    ] = "restricted"
    interruptible: Annotated[
        bool, about("Interruptible", help="Spot capacity, for workloads that accept it.", group="Placement")
    ] = False
    sites: Annotated[
        Literal["*"] | tuple[str, ...],
        about(
            "Sites",
            help="Where it may be installed; * is everywhere.",
            refers="sites",
            kind="references",
            group="Placement",
        ),
    ]
    agreement: Annotated[str | None, about("Agreement", refers="agreements", kind="reference", group="Price")] = None
    installed: Annotated[
        tuple[Installed, ...], about("Installed fleet", help="Chips there when the plan starts.", group="Supply")
    ] = ()
    source: Annotated[str, about("Source", help=SOURCE, longest=LONGEST_TEXT, group="Source")] = ""
    as_of: Annotated[str, about("As of", help=AS_OF, group="Source")] = ""
    catalogue: Annotated[str, about("From catalogue", help=CATALOGUE, group="Source")] = ""

    def includes_energy(self) -> bool:
        """Whether its price includes electricity: by default for rentals alone."""
        return self.kind == "rental" if self.energy_included is None else self.energy_included

    def includes_hosting(self) -> bool:
        """Whether its price includes hosting: by default where it includes energy."""
        return self.includes_energy() if self.hosting_included is None else self.hosting_included


class PowerContract(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Contracted power for a site: signed, or optional."""

    id: Annotated[str, about("Id", help=ID, kind="identifier", group=PER_TABLE)]
    name: Annotated[str, about("Name", group=PER_TABLE)]
    site: Annotated[str, about("Site", refers="sites", kind="reference", group=PER_TABLE)]
    provider: Annotated[str, about("Provider", help="Who supplies it.", group=PER_TABLE)]
    mw: Annotated[float, about("Power", "MW", "Added to the power of the site.", gt=0, group="Terms")]
    start: Annotated[str, about("First month", kind="month", group="Terms")]
    months: Annotated[float | None, about("Length", "months", empty="to the end of the plan", gt=0, group="Terms")] = (
        None
    )
    usd_per_mw_month: Annotated[
        Series, about("Fee", "USD/MW-month", "Paid for the power, used or not. Energy is extra.", ge=0, group="Price")
    ] = 0.0
    capex_usd_per_mw: Annotated[
        float, about("Investment", "USD/MW", "Paid in the first period of the contract.", ge=0, group="Price")
    ] = 0.0
    capex_lifetime_months: Annotated[
        float, about("Lifetime of the investment", "months", "Straight-line depreciation.", gt=0, group="Price")
    ] = 180.0
    status: Annotated[Literal["signed", "optional"], about("Status", group="Terms")]
    group: Annotated[str | None, about("Alternatives", help=GROUP, group="Terms")] = None
    source: Annotated[str, about("Source", help=SOURCE, longest=LONGEST_TEXT, group="Source")] = ""
    as_of: Annotated[str, about("As of", help=AS_OF, group="Source")] = ""


class Service(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Work bought by the token or by the PFLOP-day, without chips."""

    id: Annotated[str, about("Id", help=ID, kind="identifier", group=PER_TABLE)]
    name: Annotated[str, about("Name", group=PER_TABLE)]
    provider: Annotated[str, about("Provider", help="Who does the work.", group=PER_TABLE)]
    unit: Annotated[
        Literal["tokens/s", "PFLOP/s"], about("Unit of work", help="Of the workloads that it can serve.", group="Price")
    ] = "tokens/s"
    workloads: Annotated[
        Literal["*"] | tuple[str, ...],
        about(
            "Workloads",
            help="That it can serve; * is all with its unit.",
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
            "Highest rate, all workloads together.",
            empty="no limit",
            unit_by="unit",
            ge=0,
            group="Supply",
        ),
    ] = None
    available_from: Annotated[str | None, about("Available from", kind="month", group="Supply")] = None
    available_until: Annotated[
        str | None, about("Available until", help="First month without it.", kind="month", group="Supply")
    ] = None
    jurisdiction: Annotated[
        str | None, about("Jurisdiction", help="Where the work is done.", empty="not known", group="Placement")
    ] = None
    sensitivity: Annotated[
        Tier, about("Trusted up to", help="Most sensitive work that it may do.", group="Placement")
    ] = "restricted"
    agreement: Annotated[str | None, about("Agreement", refers="agreements", kind="reference", group="Price")] = None
    source: Annotated[str, about("Source", help=SOURCE, longest=LONGEST_TEXT, group="Source")] = ""
    as_of: Annotated[str, about("As of", help=AS_OF, group="Source")] = ""


class Inference(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The model that a workload serves, and its latency targets (model.md section 3)."""

    total_params_b: Annotated[float, about("Parameters", "billion", gt=0)]
    active_params_b: Annotated[float, about("Active parameters", "billion", "Per token.", gt=0)]
    weight_bytes: Annotated[
        float | None,
        about("Weights", "B/parameter", "As stored.", empty="2 for bf16, 1 for fp8, 0.5 for fp4", gt=0, le=16),
    ] = None
    context_tokens: Annotated[
        float, about("Context", "tokens", "Mean while decoding: the prompt and half the answer.", ge=0)
    ]
    prompt_tokens_per_output: Annotated[float, about("Prompt tokens per output token", "ratio", ge=0)]
    kv_bytes_per_token: Annotated[
        float, about("KV cache", "B/token", "2 bytes per value for bf16, 1 for fp8 and fp4.", ge=0)
    ]
    model: Annotated[str | None, about("Model", help="Its id in the catalogue, to use its measured curves.")] = None
    max_token_latency_ms: Annotated[
        float | None, about("Slowest token", "ms", "Limits the batch size.", empty="memory alone limits it", gt=0)
    ] = None
    time_to_first_token_ms: Annotated[
        float | None, about("First token", "ms", "Longest time for one prompt, with no queue.", empty="any", gt=0)
    ] = None
    prefix_cache_fraction: Annotated[float, about("Prompts cached", "fraction", "Of prompt tokens.", ge=0, le=1)] = 0.0
    speculative_gain: Annotated[
        float,
        about("Speculative gain", "ratio", "Tokens per step over the longer step: 1.8 / 1.1 = 1.64.", ge=1, le=20),
    ] = 1.0
    compute_efficiency: Annotated[float, about("Compute efficiency", "fraction", gt=0, le=1)] = 0.67
    bandwidth_efficiency: Annotated[float, about("Bandwidth efficiency", "fraction", gt=0, le=1)] = 0.6


class Throughput(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Throughput of one chip of a platform for a workload; used instead of the model."""

    platform: Annotated[str, about("Platform", refers="platforms", kind="reference")]
    value: Annotated[float, about("Per chip", {"PFLOP/s": "PFLOP/s", "tokens/s": "tokens/s"}, unit_by="unit", ge=0)]
    basis: Annotated[Basis, about("Basis", help="Measured, claimed by a vendor, or modelled elsewhere.")]
    source: Annotated[str, about("Source", help=SOURCE, longest=LONGEST_TEXT)] = ""
    as_of: Annotated[str, about("As of", help=AS_OF)] = ""


class Utilisation(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The utilization that a workload in PFLOP/s reaches on one platform."""

    platform: Annotated[str, about("Platform", refers="platforms", kind="reference")]
    value: Annotated[float, about("Utilization (MFU)", "fraction", gt=0, le=1)]


class Workload(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Work to be served: a rate of compute or of tokens, and its requirements."""

    id: Annotated[str, about("Id", help=ID, kind="identifier", group=PER_TABLE)]
    name: Annotated[str, about("Name", group=PER_TABLE)]
    kind: Annotated[Literal["pretraining", "post_training", "inference", "research"], about("Kind", group=PER_TABLE)]
    unit: Annotated[Literal["PFLOP/s", "tokens/s"], about("Unit of work", group="Demand")]
    demand: Annotated[
        Series,
        about(
            "Demand",
            {"PFLOP/s": "PFLOP/s", "tokens/s": "tokens/s"},
            "Average rate.",
            unit_by="unit",
            ge=0,
            group="Demand",
        ),
    ]
    peak_factor: Annotated[
        float,
        about("Peak factor", "ratio", "Capacity is sized for this many times the average rate.", ge=1, group="Demand"),
    ] = 1.0
    profile: Annotated[
        tuple[float, ...] | None,
        about(
            "Demand by block",
            "ratio",
            "Demand over its daily mean, one value for each block of the day.",
            empty="1 in each",
            ge=0,
            le=1000,
            group="Demand",
        ),
    ] = None
    day_flexible: Annotated[
        bool, about("Any hour of the day", help="The work can be done at any hour of its day.", group="Demand")
    ] = False
    max_delay_months: Annotated[
        float | None,
        about(
            "Longest delay",
            "months",
            "How much later work may be done, in whole periods.",
            empty="no delay",
            ge=0,
            group="Demand",
        ),
    ] = None
    flexible: Annotated[
        bool, about("Flexible", help="The work can be done at any time in the plan.", group="Demand")
    ] = False
    precision: Annotated[Precision, about("Precision", group="Throughput")] = "bf16"
    utilisation: Annotated[
        float, about("Utilization (MFU)", "fraction", "Of peak, for work in PFLOP/s.", gt=0, le=1, group="Throughput")
    ] = 0.4
    mfu_by_platform: Annotated[
        tuple[Utilisation, ...], about("Utilization by platform", help="For platforms that differ.", group="Throughput")
    ] = ()
    inference: Annotated[Inference | None, about("Model served", help="For work in tokens/s.", group="Throughput")] = (
        None
    )
    throughput: Annotated[
        tuple[Throughput, ...], about("Throughput per chip", help="Used instead of the model.", group="Throughput")
    ] = ()
    checkpoint_minutes: Annotated[
        float, about("Checkpoint", "min", "Time to write one, for a run on many chips.", ge=0, group="Throughput")
    ] = 0.0
    restart_minutes: Annotated[
        float, about("Restart", "min", "From a failure until the run resumes.", ge=0, group="Throughput")
    ] = 0.0
    software_gain_per_year: Annotated[
        float,
        about(
            "Software gain",
            "fraction/year",
            "Yearly growth of throughput per chip, from the start of the plan.",
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
            "Value of lost load: the cost of each unit not served for an hour.",
            unit_by="unit",
            ge=0,
            group="Demand",
        ),
    ]
    placement: Annotated[
        Literal["anywhere", "one_platform", "one_cluster"],
        about(
            "Runs on",
            help="Anywhere, on one platform, or on one cluster: one platform at one site for the whole plan.",
            group="Placement",
        ),
    ] = "anywhere"
    sensitivity: Annotated[
        Tier, about("Sensitivity", help="Runs only on offers trusted at least this far.", group="Placement")
    ] = "public"
    jurisdictions: Annotated[
        tuple[str, ...], about("Jurisdictions", help="Where it may run.", empty="anywhere", group="Placement")
    ] = ()
    max_token_latency_ms: Annotated[
        float | None,
        about("Token latency", "ms", "Of the slowest platform it accepts.", empty="any", ge=0, group="Placement"),
    ] = None
    accepts_interruptible: Annotated[
        bool, about("Accepts interruption", help="May run on spot capacity.", group="Placement")
    ] = False
    forbidden_offers: Annotated[
        tuple[str, ...], about("Forbidden offers", refers="offers", kind="references", group="Placement")
    ] = ()


class Agreement(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A take-or-pay commitment to a provider, in return for a discount."""

    id: Annotated[str, about("Id", help=ID, kind="identifier", group=PER_TABLE)]
    name: Annotated[str, about("Name", group=PER_TABLE)]
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
    """Making a workload run on another software stack: a one-time cost and some months."""

    workload: Annotated[str, about("Workload", refers="workloads", kind="reference")]
    stack: Annotated[str, about("Software stack")]
    cost_usd: Annotated[float, about("Cost", "USD", ge=0)]
    months: Annotated[float, about("Duration", "months", ge=0)] = 0.0


class Policy(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A rule that the plan must keep (model.md section 6)."""

    id: Annotated[str, about("Id", help=ID, kind="identifier", group=PER_TABLE)]
    name: Annotated[str, about("Name", group=PER_TABLE)] = ""
    enabled: Annotated[bool, about("Enabled", group="Rule")] = True
    kind: Annotated[Literal["share", "budget", "carbon", "coverage", "resilience"], about("Kind", group="Rule")]
    dimension: Annotated[
        Literal["vendor", "provider", "site", "jurisdiction", "stack", "kind"] | None,
        about("By", help="Each vendor, provider, site …; a budget or carbon cap without it is of all.", group="Rule"),
    ] = None
    scope: Annotated[
        str | None, about("Applies to", help="A vendor, site … or a workload; * is each of them.", group="Rule")
    ] = "*"
    metric: Annotated[
        Literal["power", "compute"] | None,
        about("Counted in", help="Of shares: parts of the power, or of the compute.", group="Rule"),
    ] = None
    reassign: Annotated[
        bool, about("After moving work", help="For resilience: work moves to the chips that are left.", group="Rule")
    ] = False
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
    """One input that a scenario overrides."""

    table: Annotated[Table, about("Table")]
    row: Annotated[str | None, about("Row", help="Its id.", empty="the plan itself")] = None
    field: Annotated[str, about("Field")]
    op: Annotated[Literal["set", "scale", "add"], about("Operation")]
    value: Annotated[Any, about("Value")]
    from_: Annotated[
        str | None, about("From", help="First month of the override.", empty="the start of the plan", kind="month")
    ] = None
    until: Annotated[
        str | None, about("Until", help="First month after the override.", empty="the end of the plan", kind="month")
    ] = None


class Scenario(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A named set of overrides."""

    id: Annotated[str, about("Id", help=ID, kind="identifier", group=PER_TABLE)]
    name: Annotated[str, about("Name", group=PER_TABLE)]
    notes: Annotated[str, about("Notes", longest=LONGEST_TEXT, group=PER_TABLE)] = ""
    weight: Annotated[
        float, about("Weight", help="Its probability relative to the base and other scenarios.", ge=0, group=PER_TABLE)
    ] = 1.0
    parent: Annotated[
        str | None,
        about("Based on", help="Its overrides come first.", empty="the base", refers="scenarios", kind="reference",
              group=PER_TABLE),
    ] = None  # fmt: skip
    overrides: Annotated[tuple[Override, ...], about("Overrides", group="Overrides")] = ()


class Correlation(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How an uncertain input goes together with another one."""

    other: Annotated[str, about("Other input", refers="uncertainties", kind="reference")]
    rank: Annotated[
        float, about("Rank correlation", help="1 rises with it, -1 falls as it rises, 0 is independent.", ge=-1, le=1)
    ]


class Uncertainty(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How uncertain one input is."""

    id: Annotated[str, about("Id", help=ID, kind="identifier", group=PER_TABLE)]
    table: Annotated[Table, about("Table", group="Input")]
    row: Annotated[str | None, about("Row", group="Input")] = None
    field: Annotated[str, about("Field", group="Input")]
    distribution: Annotated[
        Literal["triangular", "normal", "lognormal", "uniform", "empirical", "path"],
        about("Distribution", help="A path is a series that wanders around its plan.", group="Spread"),
    ]
    low: Annotated[float | None, about("Low", group="Spread")] = None
    mode: Annotated[float | None, about("Most likely", group="Spread")] = None
    high: Annotated[float | None, about("High", group="Spread")] = None
    mean: Annotated[float | None, about("Mean", group="Spread")] = None
    sd: Annotated[float | None, about("Standard deviation", ge=0, group="Spread")] = None
    values: Annotated[
        tuple[float, ...] | None,
        about("Values", help="Of an empirical distribution, all equally likely.", group="Spread"),
    ] = None
    volatility: Annotated[
        float | None,
        about("Volatility", "/year", "Of a path: its standard deviation after a year.", ge=0, le=10, group="Spread"),
    ] = None
    reversion: Annotated[
        float,
        about("Mean reversion", "/year", "How fast a path returns to its plan; 0 never.", ge=0, le=100, group="Spread"),
    ] = 0.0
    relative: Annotated[
        bool, about("Relative", help="Multiplies the field instead of replacing it.", group="Spread")
    ] = True
    correlations: Annotated[
        tuple[Correlation, ...],
        about("Correlations", help="With other uncertain inputs; each pair is named once.", group="Correlations"),
    ] = ()


class Parameter(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A named number of the plan, for the formulas of its fields."""

    id: Annotated[str, about("Id", help="Its name in formulas: a-z, 0-9 and _.", kind="identifier", group=PER_TABLE)]
    name: Annotated[str, about("Name", group=PER_TABLE)]
    value: Annotated[float, about("Value", help="In its unit; 0.3 for 30 %.", group="Value")]
    unit: Annotated[str, about("Unit", help="For people: formulas count with the number alone.", group="Value")] = ""
    notes: Annotated[str, about("Notes", longest=LONGEST_TEXT, group="Value")] = ""
    source: Annotated[str, about("Source", help=SOURCE, longest=LONGEST_TEXT, group="Source")] = ""
    as_of: Annotated[str, about("As of", help=AS_OF, group="Source")] = ""


class Annotation(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is said of one field beside its value: the formula that gives it, a lock, a comment."""

    table: Annotated[Table, about("Table")]
    row: Annotated[str | None, about("Row", help="Its id.", empty="the plan itself")] = None
    field: Annotated[str, about("Field")]
    formula: Annotated[
        str, about("Formula", help="As =1.2*200000 or =demand(chat)*growth; gives the value.", longest=LONGEST_FORMULA)
    ] = ""
    locked: Annotated[bool, about("Locked", help="The value is not edited until it is unlocked.")] = False
    comment: Annotated[str, about("Comment", longest=LONGEST_TEXT)] = ""


class Place(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The position of a card on the plan map."""

    table: Annotated[Literal["workloads", "offers", "services", "sites"], about("Table")]
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
    "parameters": Parameter,
    "annotations": Annotation,
    "layout": Place,
}
"""The tables of a plan beside its settings, in file order."""
