"""What the catalogue holds: chips, prices, regions, models and measurements, each with its source.

The figures live in `resources/catalogue/*.csv`, described by the README beside them. An entry may lack a figure that
nobody published.
"""

from __future__ import annotations

import csv
import functools
import re
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

import msgspec
from msgspec import Struct

from gigaplan.engine.plan.problems import PlanError, Problem


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
    memory_bandwidth_gb_s: float | None
    interconnect_gb_s: float | None
    tdp_w: float | None
    server_power_w_per_chip: float | None
    chips_per_system: int | None
    system_name: str
    unit_price_usd: float | None
    price_low_usd: float | None
    price_high_usd: float | None
    lifetime_years: float | None
    embodied_kgco2e: float | None
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
    notes: str

    @property
    def source(self) -> str:
        """Where the price of electricity and the environmental figures come from."""
        power = f"Electricity: {self.electricity_source} ({self.electricity_confidence})"
        region = f", {self.environment_reference_region}" if self.environment_reference_region else ""
        return f"{power}. Carbon, PUE, water: {self.environment_source}{region}, {self.environment_year}"


class ModelEntry(Struct, frozen=True, kw_only=True):
    """The size of a published model, for the throughput roofline."""

    id: str
    model: str
    organisation: str
    publication_date: str
    active_params_b: float | None
    total_params_b: float | None
    kv_bytes_per_token: float | None
    kv_basis: str
    training_flop: float | None
    mfu_if_published: float | None
    source: str
    as_of: str
    confidence: str


class ThroughputEntry(Struct, frozen=True, kw_only=True):
    """What one chip was published to do on one model."""

    id: str
    model: str
    platform_id: str
    precision: str
    tokens_per_second_per_chip: float | None
    token_basis: str
    phase: str
    chips: int | None
    input_len: int | None
    output_len: int | None
    concurrency: int | None
    tpot_ms: float | None
    interactivity_tok_s_user: float | None
    framework: str
    workload: str
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


class Catalogue(Struct, frozen=True, kw_only=True):
    """Every entry by its id, in the order of the files."""

    platforms: dict[str, PlatformEntry]
    offers: dict[str, OfferEntry]
    sites: dict[str, SiteEntry]
    models: dict[str, ModelEntry]
    inference_throughput: dict[str, ThroughputEntry]
    demand_and_costs: dict[str, CostEntry]


TERMS = {
    "on_demand": "on demand",
    "spot": "spot",
    "reserved_1y": "reserved 1 y",
    "reserved_3y": "reserved 3 y",
    "committed": "committed",
    "purchase": "buy",
}


@functools.cache
def load_catalogue() -> Catalogue:
    """The packaged catalogue; read once. Raises PlanError where a file does not hold what it should."""
    tables = {
        "platforms": PlatformEntry,
        "offers": OfferEntry,
        "sites": SiteEntry,
        "models": ModelEntry,
        "inference_throughput": ThroughputEntry,
        "demand_and_costs": CostEntry,
    }
    folder = files("gigaplan.resources") / "catalogue"
    return Catalogue(**{name: _read(folder / f"{name}.csv", entry_type) for name, entry_type in tables.items()})


def _read(file: Traversable, entry_type: Any) -> dict[str, Any]:
    text = file.read_text(encoding="utf-8")
    numbers = {f.name for f in msgspec.structs.fields(entry_type) if f.type is not str}
    entries: dict[str, Any] = {}
    for raw in csv.DictReader(text.splitlines()):
        row: dict[str, Any] = {k: (v or None) if k in numbers else v for k, v in raw.items()}
        row["id"] = identifier(raw["id"])
        try:
            entries[row["id"]] = msgspec.convert(row, entry_type, strict=False)
        except msgspec.ValidationError as error:
            path = f"catalogue.{file.name.removesuffix('.csv')}.{raw['id']}"
            raise PlanError((Problem(severity="error", path=path, text=str(error)),)) from error
    return entries


def identifier(text: str) -> str:
    """A published name as an id."""
    return re.sub(r"[^a-z0-9_-]+", "_", text.lower()).strip("_")
