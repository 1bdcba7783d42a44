"""The lines of the catalogue list: what each entry shows, and why it cannot be added where it cannot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from gigaplan.engine.catalogue import Catalogue, OfferEntry, PlatformEntry, SiteEntry, platform_row, site_row
from gigaplan.engine.catalogue.entries import ModelEntry
from gigaplan.engine.catalogue.new_rows import SITE_POWER_MW, WORK_KINDS
from gigaplan.engine.catalogue.presets import model_presets
from gigaplan.engine.catalogue.rows import entry_of
from gigaplan.engine.plan.problems import PlanError
from gigaplan.gui.text import number_format
from gigaplan.gui.text.number_format import THIN

CHIPS, OFFERS, SITES, WORK, MODELS = "platform", "offer", "site", "workload", "model"
SECTIONS = {CHIPS: "Chips", OFFERS: "Offers", SITES: "Sites", WORK: "Work"}
"""The kinds of entry, and what a person calls them."""
CURRENCY = "USD"
"""What the prices of the catalogue are in."""
FIGURES = {
    "peak_bf16_dense_tflops": "peak bf16 rate",
    "memory_gb": "memory size",
    "memory_bandwidth_gb_s": "memory bandwidth",
    "server_power_w_per_chip": "power",
    "lifetime_years": "lifetime",
    "electricity_usd_per_mwh": "electricity price",
    "grid_carbon_g_per_kwh": "grid carbon",
    "typical_pue": "PUE",
    "price": "price",
}


@dataclass(frozen=True)
class EntryOrigin:
    """Where the figures of an entry are from, of which date, and how far they are to be trusted."""

    source: str = ""
    as_of: str = ""
    confidence: str = ""

    @property
    def standing(self) -> str:
        """The date and the trust in few words: 2026-04 · vendor-spec."""
        return " · ".join(filter(None, [self.as_of, self.confidence]))


@dataclass(frozen=True)
class Entry:
    """One line of the list."""

    kind: str
    id: str
    name: str
    detail: str
    aside: str
    """What stands at the right of the name: an offer's price."""
    vendor: str
    """Whose colour it has; empty for none."""
    tooltip: str
    refusal: str = ""
    """Why it cannot be added, in few words."""
    priced: bool = False
    """Whether it brings a price in CURRENCY."""
    haystack: str = ""
    """What a search looks through, in small letters."""
    origin: EntryOrigin = EntryOrigin()
    own: str = ""
    """The catalogue of the person's own that it is of; empty for ours."""

    def refusal_in(self, currency: str) -> str:
        """Why it cannot be added to a plan in `currency`; empty where it can."""
        if not self.refusal and self.priced and currency != CURRENCY:
            return f"price in {CURRENCY}, the plan is in {currency}"
        return self.refusal


def entries_of_all(catalogues: Sequence[Catalogue]) -> dict[str, tuple[Entry, ...]]:
    """Every entry of several catalogues by section, those of one's own first, each with the name of its catalogue."""
    each = [entries_of(catalogue) for catalogue in catalogues]
    return {section: tuple(entry for entries in each for entry in entries[section]) for section in SECTIONS}


def entries_of(catalogue: Catalogue) -> dict[str, tuple[Entry, ...]]:
    """Every entry by section: what can be added first, chips by date, offers by chip and price, the newest and the
    cheapest on top. Those of a catalogue of one's own have its name, and their origin as id."""
    chips = sorted(catalogue.platforms.values(), key=lambda chip: chip.release_date, reverse=True)
    chips.sort(key=lambda chip: chip.unit_price_usd is None)
    rank = {chip.id: k for k, chip in enumerate(chips)}
    offers = list(catalogue.offers.values())
    offers.sort(key=lambda o: (rank.get(o.platform_id, len(rank)), o.kind == "purchase", o.price_usd or 0.0))
    sections = {
        CHIPS: [_chip(entry, catalogue) for entry in chips],
        OFFERS: [_offer(entry, entry_of("platforms", entry.platform_id, catalogue), catalogue) for entry in offers],
        SITES: [_site(entry, catalogue) for entry in catalogue.sites.values()],
        WORK: [
            *(_work(kind) for kind in WORK_KINDS if catalogue.beyond is None),
            *(_model(entry) for entry in model_presets(catalogue)),
        ],
    }
    if catalogue.beyond is not None:
        sections = {section: [_owned(e, catalogue) for e in entries] for section, entries in sections.items()}
    return {section: tuple(sorted(entries, key=lambda e: e.refusal != "")) for section, entries in sections.items()}


def _owned(entry: Entry, catalogue: Catalogue) -> Entry:
    """An entry of a catalogue of one's own, with its name."""
    return replace(
        entry,
        id=f"{catalogue.name} {catalogue.edition}: {entry.id}",
        own=catalogue.name,
        detail=f"{catalogue.name} · {entry.detail}",
        tooltip=f"{entry.tooltip}\nCatalogue: {catalogue.name}, {catalogue.edition}",
        haystack=f"{entry.haystack} {catalogue.name.lower()}",
    )


def _chip(entry: PlatformEntry, catalogue: Catalogue) -> Entry:
    figures = [
        _rate(entry.peak_bf16_dense_tflops),
        _of(entry.memory_gb, _memory),
        _of(entry.server_power_w_per_chip, _watts),
    ]
    lines = [
        f"{entry.name}, {entry.vendor} {entry.architecture}".rstrip(),
        _line("Peak, dense", ", ".join(filter(None, [
            _named_rate("bf16", entry.peak_bf16_dense_tflops), _named_rate("fp8", entry.peak_fp8_dense_tflops),
            _named_rate("fp4", entry.peak_fp4_dense_tflops)]))),
        _line("Memory", _of(entry.memory_gb, _memory)
              + _of(entry.memory_bandwidth_gb_s, lambda v: f" at {number_format.plain(v / 1000, 3)}{THIN}TB/s")),
        _line("IT power with its share of the server",
              _of(entry.server_power_w_per_chip, lambda v: f"{number_format.plain(v)}{THIN}W"), entry.power_confidence),
        _line("Price", _of(entry.unit_price_usd, number_format.money), entry.price_confidence),
    ]  # fmt: skip
    origin = EntryOrigin(entry.source, entry.as_of, entry.confidence)
    refusal = _refusal(lambda id: platform_row(id, catalogue), entry.id)
    return _entry(CHIPS, entry.id, entry.short_name, figures, entry.vendor, lines, refusal, origin,
                   more=f"{entry.name} {entry.architecture} {entry.stack}")  # fmt: skip


def _offer(entry: OfferEntry, chip: PlatformEntry, catalogue: Catalogue) -> Entry:
    price = entry.price_usd
    per = "chip" if entry.kind == "purchase" else "h"
    cost = "" if price is None else f"{_price(price)}/{per}"
    lines = [
        f"{chip.name} from {entry.provider}, {entry.term}",
        _line("Price", cost and cost.replace("/h", " per chip and hour").replace("/chip", " per chip")),
        _line("Where", entry.region_scope),
        _line("Sold as", entry.instance_or_sku),
        _line("At least", f"{number_format.plain(least)} chips" if (least := entry.min_quantity or 0) > 1 else ""),
        _line("Note", entry.notes),
    ]
    origin = EntryOrigin(entry.source, entry.as_of, entry.confidence)
    refusal = "no published price" if price is None else _refusal(lambda id: platform_row(id, catalogue), chip.id)
    more = f"{chip.name} {chip.vendor} {entry.region_scope} {entry.instance_or_sku}"
    return _entry(OFFERS, entry.id, chip.short_name, [entry.provider, _term(entry)], chip.vendor, lines, refusal,
                  origin, more, priced=True, aside=cost)  # fmt: skip


def _site(entry: SiteEntry, catalogue: Catalogue) -> Entry:
    figures = [
        entry.jurisdiction,
        _of(entry.electricity_usd_per_mwh, lambda v: f"${number_format.plain(v, 3)}/MWh"),
        _of(entry.grid_carbon_g_per_kwh, lambda v: f"{number_format.plain(v, 3)}{THIN}g/kWh"),
    ]
    lines = [
        f"{entry.name}, {entry.country}",
        _line("Electricity", figures[1], ", ".join(filter(None, [entry.electricity_confidence,
                                                                 entry.electricity_as_of]))),
        _line("Grid carbon", figures[2], entry.environment_year),
        _line("PUE", _of(entry.typical_pue, number_format.plain)),
        _line("Water", _of(entry.water_l_per_kwh, lambda v: f"{number_format.plain(v)}{THIN}L/kWh")),
        f"Added with {number_format.power(SITE_POWER_MW)} of facility power, an assumption.",
        _line("Note", entry.notes),
    ]  # fmt: skip
    origin = EntryOrigin(entry.source)  # which tells the dates of each of its figures
    refusal = _refusal(lambda id: site_row(id, SITE_POWER_MW, catalogue), entry.id)
    return _entry(SITES, entry.id, entry.name, figures, "", lines, refusal, origin, entry.country, priced=True)


def _work(kind: str) -> Entry:
    work = WORK_KINDS[kind]
    lines = [work.name, work.about, f"Starts with {work.figures}. All its figures are assumed: set your own."]
    return _entry(WORK, kind, work.name, [work.figures], "", lines, "", EntryOrigin(), more=f"{kind} workload")


def _model(entry: ModelEntry) -> Entry:
    total, active = entry.total_params_b or 0.0, entry.active_params_b or 0.0
    figures = [f"{number_format.plain(total, 3)}{THIN}B"]
    if active < total:
        figures.append(f"{number_format.plain(active, 3)}{THIN}B active")
    cache = {p: number_format.plain((entry.kv_bytes_per_token(p) or 0.0) / 1000, 3) for p in ("bf16", "fp8")}
    lines = [
        f"{entry.model}, {entry.organisation}",
        f"KV cache: {cache['bf16']}{THIN}kB a token for bf16 work, {cache['fp8']}{THIN}kB for fp8 and fp4",
        "Added as a workload that serves it; where a workload in tokens is selected, as the model of that.",
    ]
    origin = EntryOrigin(entry.config_source or entry.source, entry.as_of, entry.confidence)
    more = f"{entry.organisation} serve model"
    return _entry(MODELS, entry.id, f"Serve {entry.model}", figures, "", lines, "", origin, more)


def _entry(kind: str, id: str, name: str, figures: list[str], vendor: str, lines: list[str], refusal: str,
           origin: EntryOrigin, more: str = "", priced: bool = False, aside: str = "") -> Entry:  # fmt: skip
    detail = " · ".join(filter(None, figures))
    haystack = f"{name} {aside} {detail} {vendor} {more}".lower().replace(THIN, "")
    from_where = ", ".join(filter(None, [origin.source, origin.as_of, origin.confidence]))
    tooltip = "\n".join(filter(None, [*lines, _line("Source", from_where)]))
    return Entry(kind, id, name, detail, aside, vendor, tooltip, refusal, priced, haystack, origin)


def _refusal(make: Any, id: str) -> str:
    try:
        make(id)
    except PlanError as error:
        return "no published " + ", ".join(FIGURES.get(p.field, p.field) for p in error.problems)
    return ""


def _of(value: float | None, text: Any) -> str:
    return "" if value is None else text(value)


def _rate(tflops: float | None) -> str:
    if tflops is None:
        return ""
    if tflops < 100:
        return f"{number_format.plain(tflops, 3)}{THIN}TF bf16"
    return f"{number_format.plain(tflops / 1000, 3 if tflops >= 1000 else 2)}{THIN}PF bf16"


def _named_rate(precision: str, tflops: float | None) -> str:
    return "" if tflops is None else f"{precision} {number_format.plain(tflops)}{THIN}TFLOP/s"


def _memory(gigabytes: float) -> str:
    if gigabytes < 1:
        return f"{number_format.plain(gigabytes * 1000, 3)}{THIN}MB"
    return f"{number_format.plain(gigabytes, 3)}{THIN}GB"


def _watts(watts: float) -> str:
    if watts >= 1000:
        return f"{number_format.plain(watts / 1000, 2)}{THIN}kW"
    return f"{number_format.plain(watts, 3)}{THIN}W"


def _term(entry: OfferEntry) -> str:
    """Its term as people say it: 3 y, 18 months, spot."""
    months = entry.term_months
    if months is None:
        return entry.term
    return f"{number_format.plain(months / 12)}{THIN}y" if months >= 12 and months % 6 == 0 else entry.term


def _price(usd: float) -> str:
    return f"${number_format.decimals(usd, 2)}" if usd < 100 else number_format.money(usd)


def _line(label: str, text: str, aside: str = "") -> str:
    return f"{label}: {text}" + (f" ({aside})" if aside else "") if text else ""
