"""What the catalogue holds: chips, prices, regions, models and measurements, each with its source.

The figures live in `resources/catalogue/*.csv`, described by the README beside them. An entry may lack a figure that
nobody published.
"""

from __future__ import annotations

import csv
import functools
import re
from collections.abc import Iterable, Mapping
from importlib.resources import files
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from gigaplan.engine.plan.measured_curves import CurvePoint
from gigaplan.engine.plan.problems import PlanError, Problem, message_of


class PlatformEntry(Struct, frozen=True, kw_only=True):
    """A chip as published; None where a figure is not known."""

    id: str
    name: str
    short_name: str
    vendor: str
    stack: str
    architecture: str
    release_date: str
    peak_bf16_dense_tflops: float | None
    peak_fp8_dense_tflops: float | None
    peak_fp4_dense_tflops: float | None
    memory_gb: float | None
    """GB of 10^9 bytes."""
    memory_printed: float | None
    """As the vendor prints it, often GiB called GB."""
    memory_basis: str
    memory_confidence: str
    memory_bandwidth_gb_s: float | None
    interconnect_gb_s: float | None
    scale_up_chips: float | None
    """Chips joined by the fast links of one domain."""
    scale_up_basis: str
    tdp_w: float | None
    server_power_w_per_chip: float | None
    rack_power_kw: float | None
    chips_per_rack: int | None
    load_power_w_per_chip: float | None
    """Measured under load; `server_power_w_per_chip` is what is provisioned."""
    chips_per_system: int | None
    system_name: str
    unit_price_usd: float | None
    price_low_usd: float | None
    price_high_usd: float | None
    lifetime_years: float | None
    mtbf_hours: float | None
    """Hours between failures that interrupt a run, per chip."""
    mtbf_basis: str
    embodied_kgco2e: float | None
    embodied_chip_kgco2e: float | None
    embodied_host_share_kgco2e: float | None
    source: str
    as_of: str
    confidence: str
    power_basis: str
    power_confidence: str
    price_basis: str
    price_confidence: str
    embodied_basis: str
    embodied_confidence: str
    notes: str

    @property
    def price_source(self) -> str:
        """Where `unit_price_usd` comes from, with its confidence."""
        return f"{self.price_basis} ({self.price_confidence})"


class OfferEntry(Struct, frozen=True, kw_only=True):
    """A published price of one platform."""

    id: str
    platform_id: str
    provider: str
    region_scope: str
    kind: str
    """on_demand, spot, reserved_1y, reserved_3y, committed, purchase."""
    price_usd_per_chip_hour: float | None
    purchase_usd_per_chip: float | None
    term_months: float | None
    min_quantity: int | None
    instance_or_sku: str
    source: str
    as_of: str
    confidence: str
    notes: str

    @property
    def price_usd(self) -> float | None:
        """USD per chip for a purchase, per chip-hour for a rental."""
        return self.purchase_usd_per_chip if self.kind == "purchase" else self.price_usd_per_chip_hour

    @property
    def term(self) -> str:
        """How long it is taken for, in words."""
        if self.term_months is not None:
            return f"{self.term_months:g} months"
        return TERMS[self.kind]


class SiteEntry(Struct, frozen=True, kw_only=True):
    """A data-centre region: its electricity price, grid carbon, PUE and water."""

    id: str
    name: str
    country: str
    jurisdiction: str
    electricity_usd_per_mwh: float | None
    grid_carbon_g_per_kwh: float | None
    typical_pue: float | None
    water_l_per_kwh: float | None
    electricity_source: str
    electricity_as_of: str
    electricity_confidence: str
    environment_reference_region: str
    environment_source: str
    environment_year: str
    as_of: str
    confidence: str
    notes: str

    @property
    def source(self) -> str:
        """Where the price of electricity and the environmental figures come from."""
        power = f"Electricity: {self.electricity_source} ({self.electricity_confidence})"
        region = f", {self.environment_reference_region}" if self.environment_reference_region else ""
        return f"{power}. Carbon, PUE, water: {self.environment_source}{region}, {self.environment_year}"


class ModelEntry(Struct, frozen=True, kw_only=True):
    """A published model: its size, its KV cache, and how it was trained."""

    id: str
    model: str
    organisation: str
    publication_date: str
    active_params_b: float | None
    total_params_b: float | None
    layers: int | None
    attention: str
    kv_layers: int | None
    """Layers with a cache that grows with the context."""
    kv_heads: int | None
    head_dim: int | None
    kv_lora_rank: int | None
    qk_rope_dim: int | None
    kv_values_per_token: float | None
    native_weight_bits: int | None
    config_source: str
    training_tokens_t: float | None
    training_flop: float | None
    gpu_hours: float | None
    hardware: str
    hardware_quantity: float | None
    training_hours: float | None
    mfu_if_published: float | None
    mfu_basis: str
    energy_mwh: float | None
    carbon_tco2e: float | None
    cost_usd_published: float | None
    source: str
    as_of: str
    confidence: str
    unsourced_fields: str
    notes: str

    def kv_bytes_per_token(self, precision: str) -> float | None:
        """Bytes of KV cache per token: 2 a value where the work is bf16, 1 where it is fp8 or fp4."""
        if self.kv_values_per_token is None:
            return None
        return self.kv_values_per_token * KV_BYTES_PER_VALUE[precision]


class ThroughputEntry(Struct, frozen=True, kw_only=True):
    """What one chip was published to do on one model."""

    id: str
    model: str
    model_id: str
    """The id of the model among ours; empty where it has none."""
    platform_id: str
    precision: str
    tokens_per_second_per_chip: float | None
    token_basis: str
    output_tokens_per_second_per_chip: float | None
    phase: str
    chips: int | None
    input_len: int | None
    output_len: int | None
    concurrency: int | None
    ttft_ms: float | None
    tpot_ms: float | None
    latency_kind: str
    interactivity_tok_s_user: float | None
    energy_j_per_token: float | None
    framework: str
    submitter: str
    workload: str
    source: str
    as_of: str
    confidence: str
    notes: str


class ResaleEntry(Struct, frozen=True, kw_only=True):
    """What a used chip of some age fetched, as a range of fractions of its price."""

    id: str
    platform_id: str
    age_months: float
    fraction_low: float
    fraction_high: float
    of: str
    source: str
    as_of: str
    confidence: str
    notes: str


class CostEntry(Struct, frozen=True, kw_only=True):
    """A figure on demand, agreements or unit costs, as a range."""

    id: str
    category: str
    item: str
    period: str
    metric: str
    value_min: float | None
    value_max: float | None
    unit: str
    source: str
    as_of: str
    confidence: str
    notes: str


NAME, EDITION = "Gigaplan", "2026-11"
"""What rows of a plan that are taken from the packaged catalogue say of where they are from."""


class Catalogue(Struct, frozen=True, kw_only=True):
    """Every entry by its id, in the order of the files."""

    name: str = NAME
    edition: str = EDITION
    """The month until which it was collected."""
    beyond: Catalogue | None = None
    """The one in which entries are looked for that are not in this one."""
    platforms: dict[str, PlatformEntry]
    offers: dict[str, OfferEntry]
    sites: dict[str, SiteEntry]
    models: dict[str, ModelEntry]
    inference_throughput: dict[str, ThroughputEntry]
    demand_and_costs: dict[str, CostEntry]
    resale: dict[str, ResaleEntry]
    serving_curves: dict[str, CurvePoint]

    def holds(self, table: str, id: str) -> bool:
        """Whether it has an entry of its own."""
        return id in getattr(self, table)

    def find(self, table: str, id: str) -> Any:
        """An entry of this catalogue, or of the one beyond it; None where there is none."""
        found = getattr(self, table).get(id)
        return self.beyond.find(table, id) if found is None and self.beyond is not None else found

    def origin(self, table: str, id: str) -> str:
        """What a row of a plan that is made of an entry says of where it is from: `Gigaplan 2026-11: offer_051`."""
        if self.beyond is not None and not self.holds(table, id):
            return self.beyond.origin(table, id)
        return f"{self.name} {self.edition}: {id}"


KV_BYTES_PER_VALUE = {"bf16": 2.0, "fp8": 1.0, "fp4": 1.0}
"""Bytes of each value in the KV cache of work of a precision: the base of every fitted throughput."""

TERMS = {
    "on_demand": "on demand",
    "spot": "spot",
    "reserved_1y": "reserved 1 y",
    "reserved_3y": "reserved 3 y",
    "committed": "committed",
    "purchase": "buy",
}


TABLES: dict[str, type[Struct]] = {
    "platforms": PlatformEntry,
    "offers": OfferEntry,
    "sites": SiteEntry,
    "models": ModelEntry,
    "inference_throughput": ThroughputEntry,
    "demand_and_costs": CostEntry,
    "resale": ResaleEntry,
    "serving_curves": CurvePoint,
}
"""The tables of a catalogue, and what a row of each is."""
Entry = TypeVar("Entry", bound=Struct)


@functools.cache
def load_catalogue() -> Catalogue:
    """The packaged catalogue; read once. Raises PlanError where a file does not hold what it should."""
    tables: dict[str, Any] = {table: entries(table, entry_type) for table, entry_type in TABLES.items()}
    return Catalogue(**tables)


@functools.cache
def entries(table: str, entry_type: type[Entry]) -> dict[str, Entry]:
    """One table of the packaged catalogue, by id; read once. Raises PlanError as `load_catalogue`."""
    file = files("gigaplan.resources") / "catalogue" / f"{table}.csv"
    return entries_of_rows(table, entry_type, csv.DictReader(file.read_text(encoding="utf-8").splitlines()))


def entries_of_rows(table: str, entry_type: type[Entry], rows: Iterable[Mapping[str, str]]) -> dict[str, Entry]:
    """Rows of text as the entries of a table, by id; a column that is not there is empty. Raises PlanError as
    `load_catalogue`."""
    names = {f.name: f.type is not str for f in msgspec.structs.fields(entry_type)}
    found: dict[str, Entry] = {}
    for number, raw in enumerate(rows, start=1):
        row: dict[str, Any] = {k: raw.get(k) or (None if is_number else "") for k, is_number in names.items()}
        # Points of curves and of resale have no name of their own.
        row["id"] = identifier(raw.get("id", f"{table}_{number:03}"))
        try:
            found[row["id"]] = msgspec.convert(row, entry_type, strict=False)
        except msgspec.ValidationError as error:
            path = f"catalogue.{table}.{row['id']}"
            raise PlanError((Problem(severity="error", path=path, message=message_of(error)),)) from error
    return found


def identifier(text: str) -> str:
    """A published name as an id."""
    return re.sub(r"[^a-z0-9_-]+", "_", text.lower()).strip("_")
