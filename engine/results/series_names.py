"""What series a result has: their names and units, and by what each can be split (model.md section 8)."""

from __future__ import annotations

IDLE = "(idle)"
"""The key of what no workload uses."""
OFF = "(off)"
"""The key of chips that are switched off, and of what they emit nevertheless."""
FULL_POWER = "(full)"
"""The key of chips that run at full power, at work or idle."""
PLAN_WIDE = "(plan)"
"""The key of costs that belong to no offer or site: services, power contracts, porting, and commitments with nothing
spent on them; of costs by workload, what no workload bears."""

DUST = 1e-9
"""Of the largest value of a series: less is what the solver leaves of nothing, and 0."""

UNITS = {
    "chips": "chips",
    "deliveries": "chips",
    "cost": "USD",
    "it_power": "MW",
    "facility_power": "MW",
    "it_energy": "MWh",
    "facility_energy": "MWh",
    "emissions": "tCO2e",
    "water": "m3",
    "served": "average rate",
    "demand": "average rate",
    "unmet": "average rate",
    "power_headroom": "MW",
    "supply_headroom": "chips",
}
"""The named series and their units; work is in the unit of its workload."""

PAIR_DIMENSIONS = ("offer", "platform", "vendor", "provider", "site", "jurisdiction", "stack", "total")
OWN_DIMENSIONS = {
    "served": ("workload",),
    "demand": ("workload",),
    "unmet": ("workload",),
    "power_headroom": ("site",),
    "supply_headroom": ("offer",),
}
_MORE = {
    "chips": ("workload", "workload|offer", "offer|site"),
    "deliveries": ("offer|site",),
    "cost": ("component", "workload"),
    "facility_power": ("workload", "offer|site"),
    "emissions": ("component", "workload"),
}
DIMENSIONS: dict[str, tuple[str, ...]] = {
    name: OWN_DIMENSIONS.get(name) or PAIR_DIMENSIONS + _MORE.get(name, ("workload",)) for name in UNITS
}
"""By what each series can be split."""
