"""Figures of a result in words: each with the unit that reads best, the same wherever it stands."""

from __future__ import annotations

from gigaplan.engine.results.kpi_registry import KPIS
from gigaplan.gui.text.number_format import DASH, THIN, mass, money, plain, with_unit


def energy(megawatt_hours: float) -> str:
    """An energy with its unit: 24.5 TWh, 310 GWh, 12 MWh."""
    for scale, unit in ((1e6, "TWh"), (1e3, "GWh")):
        if abs(megawatt_hours) >= scale:
            return f"{plain(megawatt_hours / scale, 3)}{THIN}{unit}"
    return f"{plain(megawatt_hours, 3)}{THIN}MWh"


def amount(value: float, unit: str, currency: str) -> str:
    """A value of a series with its unit: $47.3 B, 1 069 MW, 12.4 TWh, 2.9 Mt, 3.6 M m³, 12 %."""
    if unit == "MWh":
        return energy(value)
    if unit == "tCO2e":
        return mass(value)
    return with_unit(value, "m³" if unit == "m3" else unit, currency)


def kpi_text(value: float | None, kpi: str, currency: str, digits: int = 3) -> str:
    """A KPI with its unit, short; a unit cost without what it is per."""
    unit = KPIS[kpi].unit
    if value is None:
        return DASH
    if unit.startswith("USD"):
        return money(value, currency, digits)
    return plain(value, digits) if unit == "ratio" else amount(value, unit, currency)
