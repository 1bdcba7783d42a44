"""The key figures as people read them: how each is called, what it means, and which way is better."""

from __future__ import annotations

from dataclasses import dataclass

from gigaplan.engine.analysis.provenance.kpi_trees import WORDS


@dataclass(frozen=True)
class Measure:
    """How a KPI is called, what it means, and which way is better."""

    label: str
    help: str
    better: int = 0
    """-1: less is better, 1: more is better, 0: neither can be said."""
    given: str = ""
    """What must be the same for that to hold: the work `served`, or the `demand`."""


MEASURES = {
    "tco_usd": Measure(
        WORDS["tco_usd"], "All costs over the horizon, undiscounted, less what chips are still worth.", -1, "served"
    ),
    "npv_usd": Measure(WORDS["npv_usd"], "Costs discounted, less the residual value.", -1, "served"),
    "objective_usd": Measure(
        WORDS["objective_usd"], "What the plan minimises: discounted cost, carbon price and value lost.", -1, "demand"
    ),
    "unmet_usd": Measure(WORDS["unmet_usd"], "Of work that is not served, discounted.", -1, "demand"),
    "idle_usd": Measure(WORDS["idle_usd"], "Cost of the chip-hours that no workload uses, undiscounted."),
    "liability_beyond_horizon_usd": Measure(
        WORDS["liability_beyond_horizon_usd"], "What rentals still owe, undiscounted."
    ),
    "coverage": Measure(
        f"{WORDS['coverage']}, lowest", "Served over demanded, over the horizon, of the worst workload.", 1
    ),
    "usd_per_million_tokens": Measure(WORDS["usd_per_million_tokens"], "Over the horizon, of work served.", -1),
    "usd_per_pflop_day": Measure(WORDS["usd_per_pflop_day"], "Over the horizon, of work served.", -1),
    "peak_facility_mw": Measure(WORDS["peak_facility_mw"], "Nameplate power of all sites, in the highest period."),
    "peak_it_mw": Measure(WORDS["peak_it_mw"], "Nameplate power of active chips, in the highest period."),
    "energy_mwh": Measure(WORDS["energy_mwh"], "Over the horizon."),
    "emissions_t": Measure(WORDS["emissions_t"], "Operational and embodied, over the horizon."),
    "water_m3": Measure(WORDS["water_m3"], "Over the horizon."),
    "vendor_hhi": Measure(WORDS["vendor_hhi"], "Herfindahl index of IT power by vendor: 1 is a single vendor."),
}
"""Every KPI, in the order of the table."""
