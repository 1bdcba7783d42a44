"""Entries of the catalogue as rows of a plan: made only of what was published; what is missing is named."""

from __future__ import annotations

from typing import Any

import msgspec

from gigaplan.engine.catalogue.entries import (
    Catalogue,
    OfferEntry,
    PlatformEntry,
    ThroughputEntry,
    identifier,
    load_catalogue,
)
from gigaplan.engine.plan import schema
from gigaplan.engine.plan.fields import Series
from gigaplan.engine.plan.problems import PlanError, Problem, say
from gigaplan.engine.plan.serving import CONSTANTS

COMPLETE_PHASES = ("decode incl. prefill", "total")


def platform_row(entry_id: str, catalogue: Catalogue | None = None) -> schema.Platform:
    """The platform of a catalogue, ours without one, as a row of a plan. Raises PlanError naming each figure that was
    never published."""
    catalogue = catalogue or load_catalogue()
    entry = entry_of("platforms", entry_id, catalogue)
    require(
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
        scale_up_chips=entry.scale_up_chips or CONSTANTS.scale_up_chips,
        power_w=entry.server_power_w_per_chip,
        lifetime_months=entry.lifetime_years * 12,
        resale=_resale(entry.id, catalogue) or None,
        mtbf_hours=entry.mtbf_hours,
        embodied_kgco2e=entry.embodied_kgco2e or 0.0,
        source=f"{entry.source} ({entry.confidence}). Memory: {entry.memory_basis} ({entry.memory_confidence}). "
        f"Power: {entry.power_basis} ({entry.power_confidence}). Embodied carbon: {carbon}."
        + (f" Time between failures: {entry.mtbf_basis}." if entry.mtbf_hours else ""),
        as_of=entry.as_of,
        measurements=_measured(entry.id, catalogue),
        catalogue=catalogue.origin("platforms", entry.id),
    )


def _measured(platform: str, catalogue: Catalogue) -> tuple[schema.Measurement, ...]:
    """The curves of a catalogue of one's own as measurements of the chip; those of ours count without."""
    if catalogue.beyond is None:
        return ()
    return tuple(
        schema.Measurement(
            model=p.model,
            precision=p.precision,  # type: ignore[arg-type]
            prompt_tokens=p.prompt_tokens,
            output_tokens=p.output_tokens,
            token_latency_ms=p.token_latency_ms,
            tokens_s_chip=p.tokens_s_chip,
            engine=f"{p.engine} {p.engine_version}".strip(),
            source=p.source,
            as_of=p.as_of,
        )
        for p in catalogue.serving_curves.values()
        if p.platform == platform
    )


def _resale(platform: str, catalogue: Catalogue) -> tuple[schema.ResalePoint, ...]:
    """What the chip fetches by age, the middle of each published range; empty where nobody published any."""
    points = [e for e in catalogue.resale.values() if e.platform_id == platform]
    if not points and catalogue.beyond is not None:
        return _resale(platform, catalogue.beyond)
    return tuple(
        schema.ResalePoint(age_months=e.age_months, fraction=(e.fraction_low + e.fraction_high) / 2)
        for e in sorted(points, key=lambda e: e.age_months)
    )


def offer_row(entry_id: str, catalogue: Catalogue | None = None, **over: Any) -> schema.Offer:
    """The price as an offer of a plan, at every site; `over` sets or replaces fields.

    Prices are USD per chip or chip-hour. Raises PlanError for an unknown entry or one without a price.
    """
    catalogue = catalogue or load_catalogue()
    entry = entry_of("offers", entry_id, catalogue)
    if entry.price_usd is None and "price_usd" not in over:
        raise _missing("offers", entry_id, ["price"])
    platform = entry_of("platforms", entry.platform_id, catalogue)
    conditions = "; ".join(
        filter(None, [f"at least {entry.min_quantity:,} chips" if (entry.min_quantity or 0) > 1 else "", entry.notes])
    )
    row = schema.Offer(
        id=identifier(f"{entry.platform_id}_{entry.kind}_{entry.provider}"),
        name=f"{platform.short_name} · {entry.term}",
        platform=entry.platform_id,
        provider=entry.provider,
        kind="purchase" if entry.kind == "purchase" else "rental",
        price_usd=entry.price_usd if entry.price_usd is not None else over["price_usd"],
        term_months=entry.term_months,
        min_order_chips=_least_order(entry, platform),
        interruptible=entry.kind == "spot",
        sites="*",
        source=f"{entry.source} ({entry.confidence}), {entry.region_scope}" + (f". {conditions}" if conditions else ""),
        as_of=entry.as_of,
        catalogue=catalogue.origin("offers", entry.id),
    )
    return msgspec.structs.replace(row, **over)


def _least_order(entry: OfferEntry, platform: PlatformEntry) -> float | None:
    """The least order in chips, where it is more than one server: whole servers are rounded up without asking."""
    least = entry.min_quantity or 1
    return float(least) if least > (platform.chips_per_system or 1) else None


def site_row(entry_id: str, power_mw: Series | None, catalogue: Catalogue | None = None, **over: Any) -> schema.Site:
    """The region as a site with that facility power in MW; `over` sets or replaces fields.

    Raises PlanError for an unknown entry or one without a price of electricity.
    """
    catalogue = catalogue or load_catalogue()
    entry = entry_of("sites", entry_id, catalogue)
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
        "catalogue": catalogue.origin("sites", entry.id),
    }
    return schema.Site(**(values | over))


def throughput_row(entry_id: str) -> schema.Throughput:
    """The measurement as output tokens per second and chip, measured or as the vendor claims.

    A total of input and output tokens counts by its output share. Raises PlanError for a figure that is
    not the capacity of one chip: single-user speed, decode or prefill alone, or tokens of unknown kind.
    """
    entry = entry_of("inference_throughput", entry_id)
    value, basis = output_tokens(entry), basis_of(entry)
    if value is None or basis is None:
        text = say("no_capacity", phase=entry.phase, token_basis=entry.token_basis, confidence=entry.confidence)
        path = f"catalogue.inference_throughput.{entry_id}"
        raise PlanError((Problem(severity="error", path=path, message=text),))
    share = "" if entry.token_basis == "output" else ", its output tokens"
    return schema.Throughput(
        platform=entry.platform_id,
        value=value,
        basis=basis,
        source=f"{entry.model} {entry.precision}, {entry.workload}{share}: {entry.source} ({entry.confidence})",
        as_of=entry.as_of,
    )


def output_tokens(entry: ThroughputEntry) -> float | None:
    """Output tokens per second and chip, prefill included; None where the entry does not tell."""
    return entry.output_tokens_per_second_per_chip if entry.phase in COMPLETE_PHASES else None


def basis_of(entry: ThroughputEntry) -> schema.Basis | None:
    """What the figure rests on; None for an estimate, or where nobody vouches for it.

    A figure that a vendor gives of its own chip is its claim, also where the press tells it.
    """
    if entry.confidence == "measured":
        return "measured"
    own = load_catalogue().platforms[entry.platform_id].vendor == entry.submitter
    return "vendor" if entry.confidence == "vendor" or (entry.confidence == "press" and own) else None


def entry_of(table: str, entry_id: str, catalogue: Catalogue | None = None) -> Any:
    """The entry of a table of a catalogue, ours without one. Raises PlanError where there is none."""
    found = (catalogue or load_catalogue()).find(table, entry_id)
    if found is None:
        raise PlanError((Problem(severity="error", path=f"catalogue.{table}", message=say("no_entry", id=entry_id)),))
    return found


def require(table: str, entry: Any, *names: str) -> None:
    """Raises PlanError with a problem for each of the named figures that nobody published."""
    absent = [name for name in names if getattr(entry, name) is None]
    if absent:
        raise _missing(table, entry.id, absent)


def _missing(table: str, entry_id: str, names: list[str]) -> PlanError:
    path = f"catalogue.{table}.{entry_id}"
    return PlanError(
        tuple(
            Problem(severity="error", path=path, message=say("figure_unpublished", name=name), field=name)
            for name in names
        )
    )
