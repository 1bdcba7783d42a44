"""The units that people type, and how they become the unit of a field: 1.2 GW in MW, 5.4 ct/kWh in USD/MWh.

Spelling is settled here, with what could be misread refused; the algebra of units is pint's, in a registry that
knows these units alone. It is imported when a unit other than the field's own is first typed.
"""

from __future__ import annotations

import functools
import re
from typing import Any

from gigaplan.gui.text import number_format

PREFIXES = {"k": "kilo", "M": "mega", "G": "giga", "T": "tera", "P": "peta", "E": "exa"}
CURRENCIES = (
    "USD", "EUR", "GBP", "JPY", "CHF", "CNY", "INR", "KRW", "CAD", "AUD", "SGD", "TWD", "SEK", "NOK", "DKK", "AED",
    "SAR", "BRL",
)  # fmt: skip
_CODES = {"US$": "USD", **{sign: code for code, sign in number_format.SYMBOLS.items()}}
EXPECTED = {
    "MW": ("power", "250 MW"),
    "W": ("power", "1 400 W"),
    "months": ("a time", "36 months"),
    "h": ("a time", "50 000 h"),
    "min": ("a time", "5 min"),
    "ms": ("a time", "35 ms"),
    "periods": ("a number of periods", "20"),
    "fraction": ("a fraction", "12 %"),
    "fraction/year": ("a fraction a year", "12 %"),
    "/year": ("a fraction a year", "8 %"),
    "ratio": ("a ratio", "1.2"),
    "": ("a number", "1.2"),
    "USD": ("an amount of money", "3.2M USD"),
    "USD/year": ("money per year", "3.2M USD/year"),
    "USD/MWh": ("a price of energy", "54 USD/MWh"),
    "USD/tCO2e": ("a price of carbon", "80 USD/tCO2e"),
    "USD/chip": ("a price per chip", "56 000 USD/chip"),
    "USD/chip-h": ("a price per chip-hour", "1.6 USD/chip-h"),
    "USD/kW-month": ("a price per kW and month", "120 USD/kW-month"),
    "USD/MW": ("money per MW", "12M USD/MW"),
    "USD/MW-month": ("a price per MW and month", "120k USD/MW-month"),
    "USD/Mtoken": ("a price per million tokens", "2.5 USD/Mtoken"),
    "USD/PFLOP-day": ("a price per PFLOP/s and day", "90 USD/PFLOP-day"),
    "USD/(PFLOP/s)-h": ("money per PFLOP/s and hour", "3 USD/(PFLOP/s)-h"),
    "USD/(token/s)-h": ("money per token/s and hour", "0.042 USD/(token/s)-h"),
    "PFLOP/s": ("a rate of computing", "9.2 EFLOP/s"),
    "TFLOP/s": ("a rate of computing", "2 300 TFLOP/s"),
    "tokens/s": ("a rate of tokens", "6.1M tokens/s"),
    "tokens": ("a number of tokens", "4 000"),
    "billion": ("a number of parameters", "70 billion"),
    "GB": ("an amount of memory", "192 GB"),
    "GB/s": ("a bandwidth", "8 TB/s"),
    "B/token": ("memory per token", "70 kB/token"),
    "B/parameter": ("memory per parameter", "2 B/parameter"),
    "chips": ("a number of chips", "45k"),
    "chips/month": ("chips per month", "4 500 chips/month"),
    "g/kWh": ("carbon per energy", "320 g/kWh"),
    "L/kWh": ("water per energy", "1.8 L/kWh"),
    "kgCO2e/chip": ("carbon per chip", "250 kgCO2e/chip"),
    "tCO2e/year": ("carbon per year", "45k tCO2e/year"),
}
"""Of units that fields have: what is expected, and an example. For others `expected` finds words."""

ANY = ("a number", "1.2")
_SPELLINGS = {
    "watt": "W watt watts",
    "watthour": "Wh",
    "joule": "J joule joules",
    "second": "s sec second seconds",
    "millisecond": "ms millisecond milliseconds",
    "microsecond": "us microsecond microseconds",
    "minute": "min minute minutes",
    "hour": "h hr hrs hour hours",
    "day": "d day days",
    "week": "wk week weeks",
    "month": "mo mos mon month months",
    "quarter": "qtr quarter quarters",
    "year": "y yr yrs year years",
    "money": "USD",
    "cent": "ct cent cents ¢",
    "chip": "chip chips gpu gpus GPU GPUs TPU TPUs accelerator accelerators",
    "token": "tok toks token tokens",
    "parameter": "param params parameter parameters",
    "tps": "tps",
    "flop": "FLOP FLOPs",
    "flops": "FLOPS F",
    "byte": "B byte bytes",
    "gram": "g gram grams",
    "tonne": "t tonne tonnes",
    "pound": "lb lbs pound pounds",
    "litre": "L l litre litres liter liters",
    "cubicmetre": "m3 m³",
    "period": "period periods",
}
_PREFIXED = ("W", "Wh", "J", "FLOP", "FLOPs", "FLOPS", "F", "B", "g", "t", "USD", "tok", "token", "tokens", "watts")
_BINARY = {"KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40}
_DIMENSIONS = {
    "watt": "a power",
    "watthour": "an energy",
    "second": "a time",
    "money": "an amount of money",
    "money/watthour": "a price of energy",
    "money/hour": "money per time",
    "money/watt": "money per power",
    "money/token": "a price per token",
    "money/flop": "a price of computing",
    "money/chip": "a price per chip",
    "money/chip/hour": "a price per chip-hour",
    "chip": "a number of chips",
    "chip/second": "chips per time",
    "token": "a number of tokens",
    "token/second": "a rate of tokens",
    "flop": "an amount of computing",
    "flop/second": "a rate of computing",
    "byte": "an amount of memory",
    "byte/second": "a bandwidth",
    "byte/parameter": "memory per parameter",
    "parameter": "a number of parameters",
    "gram": "a mass",
    "gram/watthour": "carbon per energy",
    "gram/second": "mass per time",
    "litre": "a volume",
    "period": "a number of periods",
    "1/second": "a rate",
}
_IMPLIED = ("[money]", "[chip]", "[token]", "[parameter]", "[period]")
"""What may be left unsaid: $1.6/h in a field of USD/chip-h, 3.2M/year in one of USD/year."""


class UnitRefused(ValueError):
    """A unit that is unknown, ambiguous, or of another dimension than the field's; its text says so."""


class UnitUnknown(UnitRefused):
    """No unit is spelled so."""


def factor(typed: str, unit: str, currency: str = "USD") -> float:
    """What a number typed with the unit `typed` is multiplied with to be in `unit`, a unit of a field.

    Raises UnitRefused.
    """
    # Money is money: of which currency has been settled, and a bare amount is meant as the field has it.
    text = in_currency(typed, currency)
    if text == unit or (text == "USD" and unit.startswith("USD")):
        return 1.0
    if expected(unit) == ANY or unit in ("fraction", "fraction/year", "/year", "ratio", "billion", ""):
        raise UnitRefused(mismatch(typed, unit))
    wanted = _parsed(unit)
    try:
        found = _parsed(text)
    except UnitUnknown as error:
        noun, example = expected(unit)
        raise UnitRefused(f"{error}; {noun} is expected, for example {example}") from None
    ratio = (1 * found) / (1 * wanted)
    left = set(ratio.dimensionality)
    unsaid = {d for d in _IMPLIED if d in wanted.dimensionality and d not in found.dimensionality}
    if not left <= unsaid or not found.dimensionality:
        raise UnitRefused(mismatch(typed, unit, _named(found)))
    return float(f"{ratio.to_root_units().magnitude:.15g}")


def expected(unit: str) -> tuple[str, str]:
    """What a field with this unit expects, and an example; `ANY` for what is no unit."""
    if unit in EXPECTED:
        return EXPECTED[unit]
    try:
        return _named(_parsed(unit)), f"1.2 {unit}"
    except UnitRefused:
        return ANY


def mismatch(typed: str, unit: str, what: str = "") -> str:
    """The sentence that refuses a unit: hours is a time; power is expected, for example 250 MW."""
    noun, example = expected(unit)
    said = f"{typed} is {what or 'no unit of it'}" if what or not typed else f"{typed} does not fit"
    return f"{said}; {noun} is expected, for example {example}"


def in_currency(typed: str, currency: str) -> str:
    """The unit with its currency written USD, which stands for the plan's in the units of fields."""
    for symbol, code in _CODES.items():
        typed = typed.replace(symbol, currency if symbol == "$" and currency.endswith("D") else code)
    for code in re.findall(r"(?<![A-Z])[kMBGT]?([A-Z]{3})(?![A-Za-z])", typed):
        if code in CURRENCIES and code != currency:
            raise UnitRefused(f"amounts in this plan are in {currency}, not {code}: convert it first")
    return re.sub(rf"(?<![A-Z]){re.escape(currency)}(?![A-Za-z])|(?<=[kMGT]){re.escape(currency)}\b", "USD", typed)


@functools.cache
def _registry() -> Any:
    import pint

    registry: pint.UnitRegistry[Any] = pint.UnitRegistry(None)
    for k, name in enumerate(PREFIXES.values()):
        registry.define(f"{name}- = 1e{3 * k + 3}")
    for name, meaning in {
        "watt": "[power]", "second": "[time]", "money": "[money]", "chip": "[chip]", "token": "[token]",
        "parameter": "[parameter]",
        "flop": "[operation]", "byte": "[data]", "gram": "[mass]", "litre": "[volume]", "period": "[period]",
        "millisecond": "1e-3 second", "microsecond": "1e-6 second", "minute": "60 second", "hour": "3600 second",
        "day": "24 hour", "week": "7 day", "month": "730.5 hour", "quarter": "3 month", "year": "12 month",
        "watthour": "watt * hour", "joule": "watt * second", "cent": "0.01 money", "flops": "flop / second",
        "tonne": "1e6 gram", "cubicmetre": "1000 litre", **{k.lower(): f"{v} byte" for k, v in _BINARY.items()},
        "pound": "453.59237 gram", "tps": "token / second",
    }.items():  # fmt: skip
        registry.define(f"{name} = {meaning}")
    return registry


@functools.cache
def _words() -> dict[str, str]:
    """Every spelling of a unit, with its name in the registry."""
    plain = {word: name for name, words in _SPELLINGS.items() for word in words.split()}
    scaled = {f"{p}{word}": f"{long}{plain[word]}" for word in _PREFIXED for p, long in PREFIXES.items()}
    return {k: k.lower() for k in _BINARY} | scaled | plain


@functools.lru_cache(512)
def _parsed(text: str) -> Any:
    """The pint unit of a text such as USD/kW-month or $/(PFLOP/s)-h: a hyphen binds closer than a slash."""
    text = re.sub(r"CO[2₂](eq|e)?", "", text).replace("²", "^2")
    text = re.sub(r"(?<![A-Za-z])per(?![A-Za-z])", "/", text)
    tokens = re.findall(r"[A-Za-z¢]+[3³]?|[/()·*-]|\S", text)
    unit, rest = _quotient(tokens)
    if rest:
        raise UnitRefused(f"{text.strip()} is not understood as a unit")
    return unit


def _quotient(tokens: list[str]) -> tuple[Any, list[str]]:
    dimensionless = _registry().Unit("")
    unit, rest = (dimensionless, tokens) if tokens[:1] == ["/"] else _product(tokens)
    while rest[:1] == ["/"]:
        divisor, rest = _product(rest[1:])
        unit = unit / divisor
    return unit, rest


def _product(tokens: list[str]) -> tuple[Any, list[str]]:
    unit, rest = _factor(tokens)
    while rest and rest[0] not in "/)":
        unit_next, rest = _factor(rest[1:] if rest[0] in "-·*" else rest)
        unit = unit * unit_next
    return unit, rest


def _factor(tokens: list[str]) -> tuple[Any, list[str]]:
    if not tokens:
        raise UnitRefused("the unit is incomplete")
    if tokens[0] == "(":
        unit, rest = _quotient(tokens[1:])
        if rest[:1] != [")"]:
            raise UnitRefused("a bracket is not closed")
        return unit, rest[1:]
    return getattr(_registry(), _name(tokens[0])), tokens[1:]


def _name(word: str) -> str:
    """The registry's name of a unit as typed. Upper and lower case may be mixed up where only one unit can be meant."""
    words = _words()
    if word in words:
        return words[word]
    if word == "m":
        raise UnitRefused("m can mean milli, metres, minutes or months: write it out")
    alike = [known for known in words if known.lower() == word.lower()]
    if not alike:
        raise UnitUnknown(f"{word[:20]} is not a known unit")
    if word[0] == "m" and alike[0][0] == "M":
        raise UnitRefused(f"{word} begins with m for milli; did you mean {alike[0]}?")
    if word[-1] == "b" and alike[0][-1] == "B":
        raise UnitRefused(f"{word} could be bits; did you mean {alike[0]}?")
    if len({words[known] for known in alike}) > 1:
        raise UnitRefused(f"{word} could be {' or '.join(alike)}")
    return words[alike[0]]


def _named(unit: Any) -> str:
    """What kind of quantity a unit measures, in words."""
    registry = _registry()
    for sample, words in _DIMENSIONS.items():
        if registry.parse_expression(sample).dimensionality == unit.dimensionality:
            return words
    return "another kind of quantity"
