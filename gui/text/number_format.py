"""Showing quantities: short, with their unit, thousands apart, with the decimal sign of the person's locale."""

from __future__ import annotations

import math

from PySide6.QtCore import QLocale

THIN = "\u2009"
MINUS = "\u2212"
DASH = "\u2013"
SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥"}
LEAST_MW, LEAST_MONEY, LEAST_CHIPS = 1e-6, 1e-7, 1e-9
"""Less of a figure is what a solver leaves of nothing, and is shown as 0: a watt, a ten-millionth, next to no chip."""
SCALES = ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "k"))


def decimal_sign(locale: QLocale | None = None) -> str:
    """The comma or the point of a locale, of the person's if none is given."""
    return "," if (locale or QLocale()).decimalPoint() == "," else "."


def plain(value: float, digits: int = 4) -> str:
    """A number as it is typed: up to `digits` significant figures, no scale, thousands apart; `–` for none."""
    if value is None or not math.isfinite(value):
        return DASH
    if value == 0:
        return "0"
    places = max(0, digits - 1 - math.floor(math.log10(abs(value))))
    text = f"{abs(value):,.{places}f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    whole, _, part = text.partition(".")
    return (MINUS if value < 0 else "") + whole.replace(",", THIN) + (decimal_sign() + part if part else "")


def short(value: float, digits: int = 3) -> str:
    """A number with a scale letter: 47.3 B, 1.07 M, 12.4 k; `–` for none."""
    if value is None or not math.isfinite(value):
        return DASH
    for scale, letter in SCALES:
        if abs(value) >= scale * 0.9995:
            return f"{plain(value / scale, digits)}{THIN}{letter}"
    return plain(value, digits)


def rate(value: float, unit: str) -> str:
    """An amount of work: 9.2 EFLOP/s, 6.1 M tok/s."""
    if unit == "PFLOP/s":
        return f"{plain(value / 1000, 3)}{THIN}EFLOP/s" if value >= 1000 else f"{plain(value, 3)}{THIN}PFLOP/s"
    return f"{short(value)}{THIN}tok/s"


def band_words(band: tuple[float, float] | None) -> str:
    """The factors between which eight cases of ten lie, `0.6–1.4×`; empty where nobody knows."""
    return f"{plain(band[0], 2)}–{plain(band[1], 2)}×" if band else ""


def money(value: float, currency: str = "USD", digits: int = 3) -> str:
    """An amount: $47.3 B, −$1.2 M, $0.214, CHF 3.1 M."""
    if value is None or not math.isfinite(value):
        return DASH
    if abs(value) < LEAST_MONEY:
        value = 0.0
    symbol = SYMBOLS.get(currency, f"{currency} ")
    return f"{MINUS if value < 0 else ''}{symbol}{short(abs(value), digits)}"


def with_cents(value: float, currency: str = "USD") -> str:
    """A price with its cents: $1.60; with more figures where it has them, and scaled from a hundred on."""
    if not (math.isfinite(value) and round(value, 2) == value and value < 100):
        return money(value, currency)
    return f"{SYMBOLS.get(currency, f'{currency} ')}{decimals(value, 2)}"


def decimals(value: float, places: int) -> str:
    """A number with so many places after its decimal sign: 0.30."""
    return f"{value:.{places}f}".replace(".", decimal_sign())


def chips(value: float) -> str:
    """A number of chips, whole: 22 903; less than half a chip, as of a very small plan, with two figures."""
    if value is None or not math.isfinite(value):
        return DASH
    if abs(value) >= 0.5:
        return plain(round(value), 16)
    return plain(value, 2) if abs(value) >= LEAST_CHIPS else "0"


def short_chips(value: float) -> str:
    """A number of chips where there is little room: 22.9 k."""
    return short(round(value)) if abs(value) >= 1000 else chips(value)


def percent(fraction: float, digits: int = 3) -> str:
    """A fraction as a percentage: 98.6 %. It never rounds up to 100 % what is short of it."""
    if fraction is None or not math.isfinite(fraction):
        return DASH
    shown = fraction * 100
    if 99.9 < shown < 100 - 1e-6:
        shown = min(shown, 99.9)
    return f"{plain(round(shown, 6), digits)}{THIN}%"


def power(megawatts: float) -> str:
    """A power with its unit: 1 069 MW, 850 kW, 3.2 GW above 10 GW."""
    if megawatts is None or not math.isfinite(megawatts):
        return DASH
    if abs(megawatts) >= 10_000:
        return f"{plain(megawatts / 1000, 3)}{THIN}GW"
    if LEAST_MW <= abs(megawatts) < 1:
        return f"{plain(megawatts * 1000, 3)}{THIN}kW"
    if abs(megawatts) >= 100:
        megawatts = round(megawatts)
    return f"{plain(megawatts, 6 if abs(megawatts) >= 100 else 3) if abs(megawatts) >= LEAST_MW else '0'}{THIN}MW"


def megawatts(value: float) -> str:
    """A number of MW without its unit: whole, but with digits where it is small."""
    if value is None or not math.isfinite(value):
        return DASH
    return plain(value, 2) if LEAST_MW <= abs(value) < 10 else plain(round(value), 16)


def mass(tonnes: float) -> str:
    """An emission: 2.9 Mt, 41 kt, 320 t."""
    if tonnes is None or not math.isfinite(tonnes):
        return DASH
    for scale, unit in ((1e6, "Mt"), (1e3, "kt")):
        if abs(tonnes) >= scale:
            return f"{plain(tonnes / scale, 3)}{THIN}{unit}"
    return f"{plain(tonnes, 3)}{THIN}t"


def with_unit(value: float, unit: str, currency: str = "USD", digits: int = 3) -> str:
    """A value with its unit, for a table or a tooltip: $54 /MWh, 2.3 k TFLOP/s, 420 MW, 12 %."""
    if unit == "fraction":
        return percent(value, digits)
    if unit == "MW":
        return power(value)
    if unit == "USD":
        return money(value, currency, digits)
    if unit.startswith("USD/"):
        return f"{money(value, currency, digits)}{THIN}/{unit[4:]}"
    if unit == "chips":
        return f"{short_chips(value) if abs(value) >= 1e6 else chips(value)}{THIN}chips"
    if unit in ("", "ratio"):
        return short(value, digits)
    return f"{short(value, digits)}{THIN}{unit}"


def counted_plain(count: int, noun: str) -> str:
    """A count, thousands apart, with its noun: 1 row, 12 000 rows."""
    return f"{plain(count, 9)} {noun}{'' if count == 1 else 's'}"


def cut(text: str, most: int = 60) -> str:
    """A text of at most so many letters: a longer one ends in an ellipsis."""
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"
