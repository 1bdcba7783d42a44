"""The reference catalogue: chips, prices, regions, models and measurements, each with its source.

The figures live in `resources/catalogue/*.csv`, described by the README beside them. An entry may lack
a figure that nobody published; a plan row is made only of what is there, and what is missing is named.
"""

from __future__ import annotations

import csv
import functools
import re
from importlib.resources import files
from typing import Any

import msgspec
from msgspec import Struct

from engine import schema
from engine.fields import Series
from engine.problems import PlanError, Problem


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
BASES: dict[str, schema.Basis] = {"published-measurement": "measured", "vendor-spec": "vendor"}
COMPLETE_PHASES = ("decode incl. prefill", "total")


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
    return Catalogue(**{name: _read(name, entry_type) for name, entry_type in tables.items()})


def platform_row(entry_id: str) -> schema.Platform:
    """The platform as a row of a plan. Raises PlanError naming each figure that was never published."""
    entry = _entry("platforms", entry_id)
    _require(
        "platforms",
        entry,
        "peak_bf16_dense_tflops",
        "memory_gb",
        "memory_bandwidth_gb_s",
        "server_power_w_per_chip",
        "lifetime_years",
    )
    carbon = (
        f"{entry.embodied_basis} ({entry.embodied_confidence})"
        if entry.embodied_kgco2e
        else "not published, counted as 0"
    )
    return schema.Platform(
        id=entry.id,
        name=entry.short_name,
        vendor=entry.vendor,
        stack=entry.stack,
        bf16_tflops=entry.peak_bf16_dense_tflops,
        fp8_tflops=entry.peak_fp8_dense_tflops,
        fp4_tflops=entry.peak_fp4_dense_tflops,
        memory_gb=entry.memory_gb,
        memory_bandwidth_gb_s=entry.memory_bandwidth_gb_s,
        power_w=entry.server_power_w_per_chip,
        lifetime_months=entry.lifetime_years * 12,
        embodied_kgco2e=entry.embodied_kgco2e or 0.0,
        source=f"{entry.source} ({entry.confidence}). Power: {entry.power_basis} ({entry.power_confidence}). "
        f"Embodied carbon: {carbon}.",
        as_of=entry.as_of,
    )


def offer_row(entry_id: str, **over: Any) -> schema.Offer:
    """The price as an offer of a plan, at every site; `over` sets or replaces fields.

    Prices are USD per chip or chip-hour. Raises PlanError for an unknown entry or one without a price.
    """
    entry = _entry("offers", entry_id)
    if entry.price_usd is None and "price_usd" not in over:
        raise _missing("offers", entry_id, ["price"])
    platform = _entry("platforms", entry.platform_id)
    conditions = "; ".join(
        filter(None, [f"at least {entry.min_quantity:,} chips" if (entry.min_quantity or 0) > 1 else "", entry.notes])
    )
    row = schema.Offer(
        id=_identifier(f"{entry.platform_id}_{entry.kind}_{entry.provider}"),
        name=f"{platform.short_name} · {entry.term}",
        platform=entry.platform_id,
        provider=entry.provider,
        kind="purchase" if entry.kind == "purchase" else "rental",
        price_usd=entry.price_usd if entry.price_usd is not None else over["price_usd"],
        term_months=entry.term_months,
        interruptible=entry.kind == "spot",
        sites="*",
        source=f"{entry.source} ({entry.confidence}), {entry.region_scope}" + (f". {conditions}" if conditions else ""),
        as_of=entry.as_of,
    )
    return msgspec.structs.replace(row, **over)


def site_row(entry_id: str, power_mw: Series | None, **over: Any) -> schema.Site:
    """The region as a site with that facility power in MW; `over` sets or replaces fields.

    Raises PlanError for an unknown entry or one without a price of electricity.
    """
    entry = _entry("sites", entry_id)
    needed = {
        "electricity_usd_per_mwh": "electricity_usd_per_mwh",
        "typical_pue": "pue",
        "grid_carbon_g_per_kwh": "carbon_g_per_kwh",
    }
    absent = [name for name, field in needed.items() if getattr(entry, name) is None and field not in over]
    if absent:
        raise _missing("sites", entry_id, absent)
    values: dict[str, Any] = {
        "id": entry.id,
        "name": entry.name,
        "jurisdiction": entry.jurisdiction,
        "power_mw": power_mw,
        "pue": entry.typical_pue,
        "electricity_usd_per_mwh": entry.electricity_usd_per_mwh,
        "carbon_g_per_kwh": entry.grid_carbon_g_per_kwh,
        "water_l_per_kwh": entry.water_l_per_kwh or 0.0,
        "source": entry.source,
        "as_of": entry.electricity_as_of,
    }
    return schema.Site(**(values | over))


def throughput_row(entry_id: str) -> schema.Throughput:
    """The measurement as output tokens per second and chip, measured or as the vendor claims.

    A total of input and output tokens counts by its output share. Raises PlanError for a figure that is
    not the capacity of one chip: single-user speed, decode or prefill alone, or tokens of unknown kind.
    """
    entry = _entry("inference_throughput", entry_id)
    value = output_tokens(entry)
    basis = BASES.get(entry.confidence)
    if value is None or basis is None:
        text = f"is no capacity of one chip in output tokens ({entry.phase}, {entry.token_basis}, {entry.confidence})"
        raise PlanError(
            (
                Problem(
                    severity="error",
                    path=f"catalogue.inference_throughput.{entry_id}",
                    text=text,
                    mend="Let the roofline model it, or choose another measurement.",
                ),
            )
        )
    share = (
        ""
        if entry.token_basis == "output"
        else f", output share {entry.output_len}/{_total_length(entry)} of all tokens"
    )
    return schema.Throughput(
        platform=entry.platform_id,
        value=value,
        basis=basis,
        source=f"{entry.model} {entry.precision}, {entry.workload}{share}: {entry.source} ({entry.confidence}), "
        f"{entry.as_of}",
    )


def output_tokens(entry: ThroughputEntry) -> float | None:
    """Output tokens per second and chip, prefill included; None where the entry does not tell."""
    value = entry.tokens_per_second_per_chip
    if value is None or entry.phase not in COMPLETE_PHASES:
        return None
    if entry.token_basis == "output":
        return value
    if entry.token_basis == "input+output" and entry.input_len and entry.output_len:
        return value * entry.output_len / _total_length(entry)
    return None


def _total_length(entry: ThroughputEntry) -> int:
    return (entry.input_len or 0) + (entry.output_len or 0)


def _read(name: str, entry_type: Any) -> dict[str, Any]:
    text = (files("resources") / "catalogue" / f"{name}.csv").read_text(encoding="utf-8")
    numbers = {f.name for f in msgspec.structs.fields(entry_type) if f.type is not str}
    entries: dict[str, Any] = {}
    for raw in csv.DictReader(text.splitlines()):
        row: dict[str, Any] = {k: (v or None) if k in numbers else v for k, v in raw.items()}
        row["id"] = _identifier(raw["id"])
        try:
            entries[row["id"]] = msgspec.convert(row, entry_type, strict=False)
        except msgspec.ValidationError as error:
            path = f"catalogue.{name}.{raw['id']}"
            raise PlanError((Problem(severity="error", path=path, text=str(error)),)) from error
    return entries


def _identifier(text: str) -> str:
    return re.sub(r"[^a-z0-9_-]+", "_", text.lower()).strip("_")


def _entry(table: str, entry_id: str) -> Any:
    entries = getattr(load_catalogue(), table)
    if entry_id not in entries:
        raise PlanError((Problem(severity="error", path=f"catalogue.{table}", text=f"has no entry {entry_id!r}"),))
    return entries[entry_id]


def _require(table: str, entry: Any, *names: str) -> None:
    absent = [name for name in names if getattr(entry, name) is None]
    if absent:
        raise _missing(table, entry.id, absent)


def _missing(table: str, entry_id: str, names: list[str]) -> PlanError:
    return PlanError(
        tuple(
            Problem(
                severity="error",
                path=f"catalogue.{table}.{entry_id}",
                text=f"has no published {name}",
                mend="Give the figure yourself, with its source.",
                field=name,
            )
            for name in names
        )
    )
