"""Reading what a person types into a field, and showing the value that it holds.

A quantity may come with a unit, a scale, a currency, as a percentage or as a sum to work out: 1.2 GW, 45k, $3.2M,
12 %, =250*4. What could be misread is refused in words; what was converted is said: 1.2 GW = 1 200 MW. Numbers are
read in the form of the person's locale, and in the plain form wherever the two cannot be taken for each other.
"""

from __future__ import annotations

import ast
import math
import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from gigaplan.engine.plan.fields import LARGEST, SMALLEST, is_tiny
from gigaplan.engine.plan.schema import LONGEST_FORMULA
from gigaplan.gui.text import units
from gigaplan.gui.text.number_format import MINUS, THIN

if TYPE_CHECKING:
    from PySide6.QtCore import QLocale

LONGEST = 80
PERCENT_UNITS = ("fraction", "fraction/year", "/year")
"""Fields that are shown and typed as a percentage."""
_SPACES = str.maketrans(dict.fromkeys(["\u00a0", "\u202f", "\t", *map(chr, range(0x2000, 0x200B))], " "))
_SIGNS = str.maketrans("\u2212\u2013\u00b5\u03bc\u2019\u00d7\u22c5\u00b7", "--uu'***")
_NUMBER = r"(?:\d(?:[\d.,']|\x20(?=\d))*|[.,]\d+)(?:[eE][+-]?\d{1,4}(?![\d.,]))?"
_SCALES = {
    "k": 3, "K": 3, "thousand": 3, "Tsd": 3, "M": 6, "MM": 6, "mn": 6, "Mn": 6, "mio": 6, "Mio": 6, "million": 6,
    "B": 9, "bn": 9, "Bn": 9, "mrd": 9, "Mrd": 9, "billion": 9, "T": 12, "tn": 12, "trillion": 12,
}  # fmt: skip
_SCALE = re.compile(rf"({'|'.join(sorted(_SCALES, key=len, reverse=True))})(?:(?<=io|rd|sd)\.)?(?![A-Za-z])\s*")
_UNCLEAR = {
    "MW": "kKMBT", "GB": "kKMBT", "GB/s": "kKMBT", "ms": "kKMBT", "min": "kKMBT", "months": "kKMBT",
    "kgCO2e/chip": "kKMBT", "TFLOP/s": "MBT", "PFLOP/s": "MBT", "tCO2e/year": "T", "B/token": "B", "B/parameter": "B",
}  # fmt: skip
"""Scale letters that could as well be the prefix of the unit: 850k in a field of MW."""


@dataclass(frozen=True)
class Quantity:
    """What was read, in the unit of the field, and how it was understood (empty where there is nothing to say)."""

    value: float
    text: str = ""


@dataclass(frozen=True)
class Relative:
    """A change to whatever the value is: it is multiplied with `factor`."""

    factor: float
    text: str = ""

    def of(self, value: float) -> float:
        """The changed value, without the dust of binary fractions."""
        return float(f"{value * self.factor:.14g}")


@dataclass(frozen=True)
class Formula:
    """A formula with the value that it gives in its field, and how it was understood."""

    value: Any
    formula: str
    """With its =, numbers in the plain form, in the unit of the field."""
    text: str = ""


@dataclass(frozen=True)
class NotRead:
    """Why nothing was read, in words, with what would be."""

    text: str


class _Unread(ValueError):
    """Carries the words of a refusal out of the depths of reading."""


def read(text: str, unit: str, *, locale: QLocale | None = None, currency: str = "USD") -> Quantity | NotRead:
    """What `text` says for a field of `unit` (a unit of gigaplan.engine.plan.schema), or why it says nothing.

    Bare numbers are in the field's unit, as in a spreadsheet: in a field that shows percentages 12 is 12 %, and 0.12
    is 0.12 %.
    """
    try:
        typed = _normal(text)
        number, rest = _formula(typed, locale) if typed.startswith("=") else _leading_number(typed, unit, locale)
        if typed.startswith("=") and not rest and unit in PERCENT_UNITS:
            number, rest = number * 100, "%"  # as in a spreadsheet, =3/4 is 75 %
        value, converted = _in_unit(number, rest, unit, currency)
    except (_Unread, units.UnitRefused) as error:
        return NotRead(str(error))
    if not math.isfinite(value) or abs(value) > LARGEST:
        return NotRead(f"is larger than {LARGEST:g}, beyond what the solver can compute with")
    if is_tiny(value) or (value == 0 and number != 0):
        return NotRead(f"is closer to 0 than {SMALLEST:g}, beyond what the solver can compute with")
    understood = with_unit(value, unit, locale, currency)
    plain = not converted and re.fullmatch(r"-?(\d+|\d{1,3}( \d{3})+)([.,]\d{1,2})?", typed)
    if plain or typed.replace(" ", "") in (_bare(understood), _bare(show(value, unit, locale))):
        return Quantity(value)
    return Quantity(value, f"{text.strip()} = {understood}")


def read_relative(text: str, unit: str = "", *, locale: QLocale | None = None) -> Relative | NotRead | None:
    """The change that +10%, -5%, *1.1 or /2 asks for; None where the text is no change but a value of its own.

    In percentage fields only *1.1 is a change: +10% could be 10 % more of it as well as 10 %.
    """
    try:
        typed = _normal(text)
        if match := re.fullmatch(rf"([+-])\s*({_NUMBER})\s*%", typed):
            if unit in PERCENT_UNITS:
                if match[1] == "-" or unit != "fraction":
                    return None
                plain = typed[1:].strip()
                raise _Unread(f"{typed} could be a value or a change: write {plain}, or *1.1 for a tenth more")
            factor = 1 + float(match[1] + str(_number(match[2], locale))) / 100
        elif match := re.fullmatch(rf"([*/])\s*({_NUMBER})", typed):
            factor = float(_number(match[2], locale))
            if match[1] == "/":
                if factor == 0:
                    raise _Unread("nothing can be divided by 0")
                factor = 1 / factor
        else:
            return None
    except _Unread as error:
        return NotRead(str(error))
    if not 0 <= factor <= 1e6:
        return NotRead("a change takes away 100 % at most, and multiplies by a million at most")
    return Relative(float(f"{factor:.14g}"), f"times {show(factor, '', locale)}")


_REFERENCE = re.compile(r"(\b(?!min\b|max\b)[a-z_][a-z0-9_.]*\s*\(\s*[a-z0-9_-]+\s*\))", re.ASCII)
_NAME_IN = re.compile(r"(?:^=|[-+*/^(;,])\s*[a-z_]|[a-z_0-9]\(", re.ASCII)


def read_formula(
    text: str, unit: str, gives: Callable[[str], Any], *, locale: QLocale | None = None, currency: str = "USD"
) -> Formula | NotRead:
    """The formula in a text that begins with =, for a field of `unit`.

    A sum of numbers may have a unit behind it: =250*4 kW is =(250*4)*0.001 in MW. `gives` computes a formula in its
    plain form, and raises ValueError, in a person's words, where it cannot.
    """
    try:
        typed = _normal(text, LONGEST_FORMULA)
        plain = _with_names(typed, locale) if _NAME_IN.search(typed) else _without_names(typed, unit, locale, currency)
        value = gives(plain)
    except (_Unread, units.UnitRefused, ValueError) as error:
        return NotRead(str(error))
    return Formula(value, plain, f"= {with_unit(value, unit, locale, currency)}" if isinstance(value, float) else "")


def formula_shown(formula: str, locale: QLocale | None = None) -> str:
    """A formula as its field shows it: with the locale's decimal sign."""
    if _decimal_sign(locale) == ".":
        return formula
    parts = _REFERENCE.split(formula)
    return "".join(part if k % 2 else re.sub(r"(\d)\.(\d)", r"\1,\2", part) for k, part in enumerate(parts))


def _without_names(typed: str, unit: str, locale: QLocale | None, currency: str) -> str:
    """A formula of numbers alone, and perhaps a unit, in the plain form."""
    body, rest = _body(typed)
    _formula(typed, locale)  # says what is wrong with it
    plain = _plain_numbers(body, locale)
    if not rest:
        return f"={plain}"
    factor, _ = _in_unit(Decimal(1), rest, unit, currency)
    return f"=({plain})*{Decimal(repr(factor)).normalize():f}"


def _with_names(typed: str, locale: QLocale | None) -> str:
    """A formula that names figures, in the plain form."""
    parts = _REFERENCE.split(re.sub(r",\s", "; ", typed))
    return "".join(part if k % 2 else _plain_numbers(part, locale) for k, part in enumerate(parts)).strip()


def _plain_numbers(text: str, locale: QLocale | None) -> str:
    def plain(match: re.Match[str]) -> str:
        number = _number(match[1], locale) / (100 if match[2] else 1)
        return f"{number.normalize():f}" + ("" if match[2] else match[0][len(match[1]) :])

    return re.sub(rf"(?<![\w.])({_NUMBER})(\s*%)?", plain, text)


def show(value: float | None, unit: str = "", locale: QLocale | None = None) -> str:
    """A value as its field shows it, every digit of it, so that reading it back gives the same number.

    Thousands apart by thin spaces, the locale's decimal sign, a percentage where the unit is a fraction, and a
    scale letter for round millions. Empty for None.
    """
    if value is None:
        return ""
    exact = Decimal(repr(float(value)))
    if not exact.is_finite():
        return str(value)
    if unit in PERCENT_UNITS:
        return f"{_digits(exact * 100, locale)}{THIN}%"
    if unit not in _UNCLEAR and unit not in ("billion", "periods", "ratio", ""):
        for scale, letter in ((9, "B"), (6, "M")):
            short = exact.scaleb(-scale)
            if 1 <= abs(short) < 10_000 and short == round(short, 3):
                return f"{_digits(short, locale)}{THIN}{letter}"
    return _digits(exact, locale)


def with_unit(value: float, unit: str, locale: QLocale | None = None, currency: str = "USD") -> str:
    """A value as `show` gives it with its unit behind: 1 200 MW, 12 %, 3.2 M EUR."""
    tail = unit_shown(unit, currency)
    return show(value, unit, locale) + (f" {tail}" if tail else "")


def unit_shown(unit: str, currency: str = "USD") -> str:
    """What stands beside the figure of a field: its unit, with the plan's currency; a percentage says itself."""
    if unit in ("fraction/year", "/year"):
        return "/year"
    return {"fraction": "", "ratio": "×"}.get(unit, unit.replace("USD", currency))


def _bare(text: str) -> str:
    return text.translate(_SPACES).translate(_SIGNS).replace(" ", "")


def _digits(value: Decimal, locale: QLocale | None) -> str:
    if value == 0:
        return "0"
    size = value.adjusted()
    if size > 20 or size < -7:
        return (MINUS if value < 0 else "") + f"{abs(value.normalize()):e}".replace(".", _decimal_sign(locale))
    whole, _, part = f"{abs(value):f}".partition(".")
    part = part.rstrip("0")
    grouped = f"{int(whole):,}".replace(",", THIN)
    return (MINUS if value < 0 else "") + grouped + (_decimal_sign(locale) + part if part else "")


def _decimal_sign(locale: QLocale | None) -> str:
    return "," if locale is not None and locale.decimalPoint() == "," else "."


def _normal(text: str, longest: int = LONGEST) -> str:
    """The text with plain spaces, signs and digits. Refuses what is too long or holds what no quantity does."""
    if len(text) > longest:
        raise _Unread(f"is {len(text)} characters long; a quantity takes {longest} at most")
    typed = " ".join(text.translate(_SPACES).translate(_SIGNS).split())
    if not typed:
        raise _Unread("is empty; a number is expected")
    strange = next((c for c in typed if not c.isascii() and c not in "€£¥¢³²₂"), None)
    if strange:
        shown = strange if strange.isprintable() else "an invisible character"
        raise _Unread(f"{shown} is not understood; digits are 0 to 9")
    return typed


def _leading_number(typed: str, unit: str, locale: QLocale | None) -> tuple[Decimal, str]:
    """The number that a text begins with, and what follows, a currency sign in front put behind."""
    match = re.fullmatch(rf"([+-]?)\s*(US\$|[$€£¥]|[A-Z]{{3}}(?=[\s\d]))?\s*(-?)\s*({_NUMBER})\s*(.*)", typed)
    if match is None:
        raise _Unread(f"{typed[:30]} is not a number")
    sign, money, inner, digits, rest = match.groups()
    if sign and inner:
        raise _Unread(f"{typed[:30]} has two signs")
    if sign == "+" and unit not in ("fraction/year", "/year"):
        plain = typed[1:31].strip()
        raise _Unread(f"+{plain} could be a value or a change: write {plain}, or +10% for a change")
    if rest == "*" and unit == "ratio":  # 1.2 ×, as the field shows it
        rest = "x"
    if rest and rest[0] in "*+^(":
        raise _Unread(f"a calculation begins with =, as in ={typed[:30]}")
    number = _number(digits, locale)
    if money:
        scale = _SCALE.match(rest)
        at = scale.end() if scale else 0
        rest = f"{rest[:at]} {money} {rest[at:]}".replace(" /", "/").strip()
    return (-number if "-" in (sign, inner) else number), rest


def _number(digits: str, locale: QLocale | None) -> Decimal:
    """The number of digits with separators. What has two readings is taken as the locale has it, or refused."""
    mantissa, _, exponent = digits.lower().partition("e")
    found = [c for c in mantissa if c in ".,"]
    point = _decimal_sign(locale)
    other = "." if point == "," else ","
    kinds = set(found)
    if len(kinds) == 2 and found.count(found[-1]) == 1:
        point = found[-1]
        group = found[0]
    elif len(kinds) == 1 and (len(found) > 1 or (found[0] == other and _is_grouped(mantissa, other))):
        point, group = "", found[0]
    elif len(kinds) == 1 and found[0] == other and other == ",":
        raise _Unread(f"{mantissa} can be read in two ways; write {mantissa.replace(',', '.')}")
    elif len(kinds) <= 1:
        point, group = found[0] if found else "", ""
    else:
        raise _Unread(f"{mantissa} is not a number: its separators contradict each other")
    whole, _, part = mantissa.partition(point) if point else (mantissa, "", "")
    for sign in (group, " ", "'"):
        if sign and sign in whole:
            if not _is_grouped(whole, sign):
                raise _Unread(f"{mantissa} is not a number: thousands separators come every three digits")
            whole = whole.replace(sign, "")
    if not (whole + part).isdigit():
        raise _Unread(f"{mantissa} is not a number")
    if exponent and abs(int(exponent)) > 330:
        raise _Unread(f"{digits} is too large or too small")
    return Decimal(f"{whole or '0'}.{part or '0'}").scaleb(int(exponent or 0))


def _is_grouped(whole: str, sign: str) -> bool:
    return re.fullmatch(rf"[1-9]\d{{0,2}}({re.escape(sign)}\d{{3}})+", whole) is not None


def _in_unit(number: Decimal, rest: str, unit: str, currency: str) -> tuple[float, bool]:
    """The number with what followed it, in the field's unit; and whether that took a conversion."""
    if unit in PERCENT_UNITS:
        return _fraction(number, rest, unit), True
    if not rest or (rest == unit and (currency == "USD" or "USD" not in unit)):
        return float(number), False
    if unit == "ratio" and rest in ("%", "x", "X"):
        return float(number / 100 if rest == "%" else number), True
    scale = _SCALE.match(rest)
    if scale and scale[1] == "MM" and "USD" not in unit:
        raise _Unread("MM is not clear here: it is a million of money")
    if scale and not (scale[1] == "B" and unit.startswith(("GB", "B/")) and scale.end() < len(rest)):
        tail = rest[scale.end() :]
        if not tail and scale[1] in _UNCLEAR.get(unit, ""):
            raise _Unread(_unclear(number, scale[1], unit))
        power = _SCALES[scale[1]]
        if unit == "billion" and tail in ("", "params", "parameters"):
            return float(number.scaleb(power - 9)), True
        number, rest = number.scaleb(power), tail
    if "%" in rest:
        raise _Unread(units.mismatch("%", unit, "a fraction"))
    if not rest:
        return float(number), True
    factor = Decimal(repr(units.factor(rest, unit, currency)))
    # In decimals 850 kW is 0.85 MW exactly. Other factors, as of years to months, leave dust in the last digits.
    value = float(number * factor)
    return (value if factor.normalize().as_tuple().digits == (1,) else float(f"{value:.14g}")), True


def _unclear(number: Decimal, letter: str, unit: str) -> str:
    word = {3: "thousand", 6: "million", 9: "billion", 12: "trillion"}[_SCALES[letter]]
    typed = _digits(number, None)
    if unit == "months":
        return f"{letter} is not clear here: write {typed} months"
    return f"{letter} could be {word} or part of a unit: write {typed} {unit}, or {typed} {word}"


def _fraction(number: Decimal, rest: str, unit: str) -> float:
    rest = re.sub(r"\s*(/\s*(y|yr|year|a)|per year|a year|p\.a\.)$", "", rest) if unit != "fraction" else rest
    if rest in ("", "%", "percent"):
        return float(number / 100)
    if rest == "bp":
        return float(number / 10_000)
    raise _Unread(units.mismatch(rest, unit))


_OPERATIONS = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}


def _body(typed: str) -> tuple[str, str]:
    """The sum in a formula of numbers, and the unit behind it."""
    match = re.fullmatch(rf"=\s*((?:{_NUMBER}|[-+*/^()]|\s)+)(.*)", typed)
    if match is None:
        raise _Unread("a formula is made of numbers, + - * / and brackets")
    body, rest = match[1].strip(), match[2]
    return (body[:-1], "/" + rest) if body.endswith("/") else (body, rest)  # a unit that begins with a slash


def _formula(typed: str, locale: QLocale | None) -> tuple[Decimal, str]:
    """The value of a sum such as =250*4, and the unit behind it."""
    body, rest = _body(typed)
    # Numbers become floats before Python sees them: no integer can grow without bound.
    source = re.sub(_NUMBER, lambda m: repr(float(_number(m[0], locale))), body.replace("^", "**"))
    try:
        value = _evaluated(ast.parse(source, mode="eval").body)
        if isinstance(value, complex) or not math.isfinite(value):
            raise _Unread("the formula gives no number")
    except ZeroDivisionError:
        raise _Unread("the formula divides by 0") from None
    except OverflowError:
        raise _Unread("the formula gives a number that is too large") from None
    except (SyntaxError, RecursionError, MemoryError):
        raise _Unread("the formula is not complete, or has signs in the wrong place") from None
    return Decimal(f"{value:.15g}"), rest


def _evaluated(node: ast.AST) -> float:
    if isinstance(node, ast.Constant) and isinstance(node.value, float):
        return node.value
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.UAdd, ast.USub)):
        value = _evaluated(node.operand)
        return -value if isinstance(node.op, ast.USub) else value
    if isinstance(node, ast.BinOp) and type(node.op) in _OPERATIONS:
        found: float = _OPERATIONS[type(node.op)](_evaluated(node.left), _evaluated(node.right))
        return found
    raise _Unread("a formula is made of numbers, + - * / and brackets")
