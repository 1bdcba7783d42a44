"""What a chip's hour buys, per offer: compute at peak and as it counts for a workload, bandwidth, memory, power."""

from __future__ import annotations

import math
from dataclasses import replace

from gigaplan.engine.plan.schema import Offer, Workload
from gigaplan.engine.results.chip_hour_prices import WorkPrice, chip_hour_usd, work_prices
from gigaplan.engine.results.result import Result
from gigaplan.gui.present.bar_comparison import Cell, Comparison, Measure, MeasuredRow
from gigaplan.gui.present.throughput_words import full_standing, short_standing
from gigaplan.gui.style.colours import vendor_colour
from gigaplan.gui.text.number_format import money, percent, plain, with_unit

HOUR = "an hour of one chip, delivered in the period shown, at full load, averaged over the sites of its offer"
CHIP_HOUR = Measure(
    "Chip-hour", "USD/chip-h",
    "Price (a purchase spread over the life of the chip), maintenance, hosting and electricity of " + HOUR
    + "; without overhead and cost of capital.",
)  # fmt: skip
COUNTS = (
    "The throughput that counts for the workload: one stated in it, measured or a vendor's claim, wins over the model. "
    "Which it is stands beside each bar."
)
WORK_COLUMNS = {
    "PFLOP/s": Measure(
        "PFLOP-h, effective", "USD/effective PFLOP-h",
        "The chip-hour over throughput (PFLOP/s of the workload per chip) times the offer's availability. " + COUNTS,
    ),
    "tokens/s": Measure(
        "Million tokens", "USD/million tokens",
        "The chip-hour over throughput (output tokens/s of the workload per chip) times the offer's availability, "
        "times 3600 s, per million. " + COUNTS,
    ),
}  # fmt: skip
"""The measure of a workload's own work, by its unit."""
PEAK_COLUMNS = (
    Measure("PFLOP-h, peak bf16", "USD/PFLOP-h",
           "The chip-hour over its dense bf16 peak times the offer's availability; work reaches a part of peak."),
    Measure("PFLOP-h, peak fp8", "USD/PFLOP-h",
           "The chip-hour over its dense fp8 peak times the offer's availability; bf16 where it has no fp8."),
    Measure("TB/s-hour", "USD/TB/s-h", "The chip-hour over its memory bandwidth times the offer's availability."),
    Measure("GB-hour", "USD/GB-h", "The chip-hour over its memory times the offer's availability."),
    Measure("kW-hour", "USD/kWh", "The chip-hour over its all-in IT power: what a scarce kilowatt must earn."),
)  # fmt: skip
KINDS = {"none": "no throughput"}
STANDS_NOWHERE = "no site"


def offers_compared(result: Result, period: int, workload: str = "") -> Comparison:
    """Every offer by what its chip-hour costs per unit of a workload's work, compute, bandwidth, memory and power."""
    plan = result.plan
    assert result.allocation is not None
    at = min(period, result.time.periods - 1)
    hourly = chip_hour_usd(result.allocation, at).tolist()
    work = next((w for w in plan.workloads if w.id == workload), None)
    prices = (None,) * len(hourly) if work is None else work_prices(result.allocation, work.id, at)
    platforms = {p.id: p for p in plan.platforms}
    rows = []
    for offer, usd, price in zip(plan.offers, hourly, prices, strict=True):
        p = platforms[offer.platform]
        fp8 = p.bf16_tflops if p.fp8_tflops is None else p.fp8_tflops
        up = offer.availability
        amounts = (1.0, p.bf16_tflops / 1e3 * up, fp8 / 1e3 * up, p.memory_bandwidth_gb_s / 1e3 * up,
                   p.memory_gb * up, p.power_w / 1e3)  # fmt: skip
        cells = [Cell(usd / x if x > 0 and math.isfinite(usd) else None) for x in amounts]
        if work is not None and price is not None:
            known = price.kind if price.kind == "none" else short_standing(price.found)
            note = KINDS.get(known, known) if math.isfinite(usd) else STANDS_NOWHERE
            caution = price.refusal or "" if price.usd is not None else ""
            cells.insert(1, Cell(price.usd, note, how(work, offer, price, plan.settings.currency), caution))
        rows.append(MeasuredRow(offer.id, offer.name or offer.id, vendor_colour(p.vendor), tuple(cells)))
    own = (
        () if work is None else (replace(WORK_COLUMNS[work.unit], beside=f"throughput for {work.name or work.id} is"),)
    )
    return Comparison("Offer", (CHIP_HOUR, *own, *PEAK_COLUMNS), tuple(rows), plan.settings.currency, "offers")


def how(work: Workload, offer: Offer, price: WorkPrice, currency: str) -> str:
    """The price of a workload's work on an offer, with the figures that it is made of."""
    if price.usd is None:
        if price.throughput > 0:
            return f"{offer.name} may be installed at no site."
        return f"{price.refusal or 'Its chip has no throughput'}. It cannot do that work ({work.name})."
    per = "million tokens" if work.unit == "tokens/s" else "effective PFLOP-hour"
    rate = f"{plain(price.throughput, 4)} {work.unit}"
    rate += " \u00d7 3600 s" if work.unit == "tokens/s" else ""
    up = f" \u00d7 {percent(offer.availability)} available" if offer.availability != 1 else ""
    text = (
        f"{with_unit(price.usd, 'USD', currency, 5)} per {per} = {money(price.chip_hour, currency, 4)} a chip-hour "
        f"\u00f7 ({rate}{up}). Throughput for {work.name}: {full_standing(price.found)}."
    )
    return f"{text} It may not do this work: {price.refusal}." if price.refusal else text
