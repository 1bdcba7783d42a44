"""Formulas of fields: numbers, + - * / ^ and brackets, min and max, named parameters and other figures of the plan.

`growth` is a parameter, `demand(chat_us)` a field of a row, `offers.price_usd(h200)` the same where several tables
have such a row, `plan.discount_rate` a field of the plan itself. Amounts count in the units of their fields, a fraction
as a fraction. A series counts period by period; multiplied or divided by a number it keeps its form.
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from gigaplan.engine.plan.annotations import (
    Figures,
    Place,
    annotated,
    beneath,
    field_at,
    is_of_period,
    named,
    place_of,
    with_values,
)
from gigaplan.engine.plan.bounds import NUMERIC, refusals
from gigaplan.engine.plan.decode import suggestion
from gigaplan.engine.plan.fields import Growth, Series, Steps, fields, mapped
from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.plan.problems import Message, message_of, say
from gigaplan.engine.plan.schema import LONGEST_FORMULA, ROW_TYPES, Settings
from gigaplan.engine.plan.text import listed
from gigaplan.engine.plan.timeline import Timeline

MOST_BRACKETS = 40
MOST_ABOVE = 60
"""The most formulas of which one needs the next."""
_TOKEN = re.compile(r"\s*(?:(\d+(?:\.\d*)?(?:[eE][+-]?\d{1,3})?|\.\d+)|([a-z_][a-z0-9_.]*)|([-+*/^();,]))", re.ASCII)
_ROW = re.compile(r"\s*([a-z0-9_-]+)\s*\)", re.ASCII)
_SUMS: dict[str, Callable[[float, float], float]] = {"+": operator.add, "-": operator.sub}
_PRODUCTS: dict[str, Callable[[float, float], float]] = {"*": operator.mul, "/": operator.truediv}


class FormulaError(ValueError):
    """Why a formula gives no value: a message."""


def formula_of(plan: Plan, place: Place) -> str:
    """The formula of a field, with its =; empty where it has none."""
    return next((a.formula for a in plan.annotations if a.formula and place_of(a) == place), "")


def computed(plan: Plan, place: Place, formula: str) -> Series:
    """What a formula gives in a field, within the bounds of the field.

    Raises FormulaError where it cannot be read, names what is not there, leads back to itself or gives what the field
    cannot hold.
    """
    return _Reckoner(annotated(plan, [place], formula=formula)).of(place, formula)


def amount(plan: Plan, formula: str) -> Series:
    """What a formula gives, whichever field it is for. Raises FormulaError."""
    return _Reading(_Reckoner(plan), formula).value()


def needs(plan: Plan, formula: str) -> tuple[Place, ...]:
    """The figures that a formula names, in its order. Raises FormulaError."""
    reckoner = _Reckoner(plan)
    _Reading(reckoner, formula).value()
    return tuple(dict.fromkeys(reckoner.named))


def recomputed(plan: Plan) -> Plan:
    """The plan with every formula computed anew; a field whose formula gives no value keeps what it has."""
    if not any(a.formula for a in plan.annotations):
        return plan
    reckoner, values = _Reckoner(plan), {}
    for place, formula in sorted(reckoner.formulas.items(), key=lambda each: each[0][2].count(".")):
        try:
            value = reckoner.of(place, formula)
            if not same(reckoner.figures.value(place), value):
                values[place] = value
        except (FormulaError, LookupError):
            continue
    return with_values(plan, values)


def after_edit(before: Plan, after: Plan) -> Plan:
    """`after` with its formulas computed anew. A field that the edit gave another value has no formula any more."""
    if not any(a.formula for a in after.annotations):
        return after
    was = {place_of(a): a.formula for a in before.annotations}
    typed_over = []
    reckoner, figures = _Reckoner(after), Figures(before)
    for annotation in after.annotations:
        place = place_of(annotation)
        if not annotation.formula or was.get(place) != annotation.formula:
            continue
        try:
            now = reckoner.figures.value(place)
            if figures.value(place) != now and not same(now, reckoner.of(place, annotation.formula)):
                typed_over.append(place)
        except LookupError:
            if "." in place[2]:  # its row within the row is gone, or the series has no value of its own for the period
                typed_over.append(place)
        except FormulaError:
            continue
    return recomputed(annotated(after, typed_over, formula=""))


def unsound(plan: Plan) -> Iterator[tuple[Place, Message]]:
    """The fields whose formulas give no value, or another one than they hold, and why."""
    reckoner = _Reckoner(plan)
    for annotation in plan.annotations:
        if not annotation.formula:
            continue
        place = place_of(annotation)
        try:
            holds = reckoner.figures.value(place)
            gives = reckoner.of(place, annotation.formula)
        except LookupError:
            continue  # an annotation of nothing is a problem of its own
        except FormulaError as error:
            yield place, say("formula_fails", formula=annotation.formula, why=message_of(error))
            continue
        if not same(holds, gives):
            yield (
                place, say("formula_gives_other", holds=_short(holds), formula=annotation.formula, gives=_short(gives))
            )  # fmt: skip


def same(one: object, other: object) -> bool:
    """Whether two values of a field are one but for the dust of binary fractions."""
    if isinstance(one, int | float) and isinstance(other, int | float):
        return math.isclose(one, other, rel_tol=1e-11)
    if isinstance(one, tuple) and isinstance(other, tuple):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, Growth) and isinstance(other, Growth):
        return same(one.start, other.start) and (one.annual_growth, one.from_) == (other.annual_growth, other.from_)
    if isinstance(one, Steps) and isinstance(other, Steps):
        return same(one.steps, other.steps)
    return one == other


def _short(value: object) -> str:
    return f"{value:.10g}" if isinstance(value, int | float) else "a series of other values"


class _Reckoner:
    """Computes formulas of one plan, each once."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.figures = Figures(plan)
        self.time = Timeline.of(plan.settings)
        self.formulas = {place_of(a): a.formula for a in plan.annotations if a.formula}
        self.named: list[Place] = []
        """What was asked for by no other formula."""
        self._known: dict[Place, Series] = {}
        self._above: list[Place] = []

    def of(self, place: Place, formula: str) -> Series:
        """What a formula gives in its field."""
        if place in self._above:
            circle = [*self._above[self._above.index(place) :], place]
            raise FormulaError(say("formula_circle", circle=" needs ".join(named(self.plan, each) for each in circle)))
        if len(self._above) >= MOST_ABOVE:
            raise FormulaError(say("formula_too_far", most_above=MOST_ABOVE))
        self._above.append(place)
        try:
            value = _Reading(self, formula).value()
        finally:
            self._above.pop()
        return self._fit(place, value)

    def _fit(self, place: Place, value: Series) -> Series:
        try:
            field = field_at(place)
        except KeyError:
            raise FormulaError(say("formula_no_field")) from None
        if field.kind not in NUMERIC:
            raise FormulaError(say("formula_not_a_number", label=field.label))
        if is_of_period(place) and not isinstance(value, float):
            values = self.time.values(value, missing=math.nan)
            value = float(values[self.time.dates.index(place[2].split(".")[-1])])
        if field.kind != "series" and not isinstance(value, float):
            raise FormulaError(say("formula_not_one_number", label=field.label))
        if field.kind == "integer" and isinstance(value, float):
            if not value.is_integer():
                raise FormulaError(say("formula_not_whole", value=value, label=field.label))
            value = int(value)
        for _, why in refusals(field, value, self.time.periods, self.time):
            raise FormulaError(say("formula_out_of_bounds", value=_short(value), label=field.label, why=why))
        return value

    def figure(self, place: Place) -> Series:
        """The value of a field that a formula names, computed first where it has a formula itself."""
        if not self._above:
            self.named.append(place)
        if place not in self._known:
            formula = self.formulas.get(place)
            value = self.of(place, formula) if formula else self._with_periods(place)
            if value is None:
                raise FormulaError(say("formula_of_empty", place=named(self.plan, place)))
            self._known[place] = float(value) if isinstance(value, int) else value
        return self._known[place]

    def _with_periods(self, place: Place) -> Any:
        """The value of a field, with what formulas of single periods give in it."""
        value = self.figures.value(place)
        for each in beneath(self.plan, place)[1:]:
            formula = self.formulas.get(each)
            if formula and self.figures.position(value, each[2].split(".")[-1]) is not None:
                value = self.figures.put(value, each[2].split(".")[1:], self.of(each, formula))
        return value

    def find(self, name: str, row: str) -> Place:
        """The field that a formula names. Raises FormulaError."""
        table, _, field = name.rpartition(".")
        if table and table not in ROW_TYPES:
            raise FormulaError(say("formula_no_table", table=table, near=suggestion(table, list(ROW_TYPES))))
        known = [t for t in ([table] if table else ROW_TYPES) if field in _numbers(t)]
        found = [t for t in known if self.figures.row(t, row) is not None]
        if len(found) == 1:
            return found[0], row, field
        if found:
            forms = listed([f"{each}.{field}({row})" for each in found])
            raise FormulaError(say("formula_ambiguous", name=name, row=row, forms=forms))
        if known:
            ids = [each.id for t in known for each in getattr(self.plan, t)]
            raise FormulaError(say("formula_no_such_row", row=row, tables=known, near=suggestion(row, ids)))
        names = [n for t in ROW_TYPES for n in _numbers(t)]
        raise FormulaError(say("formula_no_number_of_row", field=field, near=suggestion(field, names)))

    def parameter(self, name: str) -> Place:
        """The parameter, or the field of the plan, that a formula names. Raises FormulaError."""
        if name.startswith("plan."):
            field = name.removeprefix("plan.")
            if field in _numbers("plan"):
                return "plan", None, field
            near = suggestion(field, _numbers("plan"))
            raise FormulaError(say("formula_no_number_of_plan", field=field, near=near))
        if self.figures.row("parameters", name) is not None:
            return "parameters", name, "value"
        near = suggestion(name, [p.id for p in self.plan.parameters])
        more = near or say("formula_of_row", name=name)
        raise FormulaError(say("formula_no_parameter", name=name, near=more))


def _numbers(table: str) -> tuple[str, ...]:
    """The fields of a table that formulas can name."""
    row_type = Settings if table == "plan" else ROW_TYPES[table]
    if table != "plan" and "id" not in row_type.__struct_fields__:
        return ()
    return tuple(f.name for f in fields(row_type) if f.kind in NUMERIC)


class _Reading:
    """Reads one formula from left to right and computes on the way."""

    def __init__(self, reckoner: _Reckoner, formula: str) -> None:
        self._reckoner = reckoner
        self._text = formula.strip().removeprefix("=")
        self._at = 0
        self._depth = 0
        if len(formula) > LONGEST_FORMULA:
            raise FormulaError(say("formula_too_long", longest_formula=LONGEST_FORMULA))

    def value(self) -> Series:
        """What all of it gives."""
        found = self._sum()
        self._end_at("")
        values = self._reckoner.time.values(found, missing=math.nan) if not isinstance(found, float) else [found]
        if not np.all(np.isfinite(values)):
            raise FormulaError(say("formula_no_number"))
        return found

    def _peek(self) -> str:
        rest = self._text[self._at :]
        match = _TOKEN.match(rest)
        if match is None:
            if rest.strip():
                raise FormulaError(say("formula_unreadable", found=rest.strip()[:12]))
            return ""
        return match[0].strip()

    def _take(self) -> str:
        token = self._peek()
        if token:
            self._at += self._text[self._at :].index(token) + len(token)
        return token

    def _end_at(self, wanted: str) -> None:
        found = self._take()
        if found != wanted:
            raise FormulaError(say("formula_misplaced", found=found) if found else say("formula_incomplete"))

    def _sum(self) -> Series:
        self._depth += 1
        if self._depth > MOST_BRACKETS:
            raise FormulaError(say("formula_brackets", most_brackets=MOST_BRACKETS))
        found = self._product()
        while self._peek() in _SUMS:
            found = self._both(_SUMS[self._take()], found, self._product())
        self._depth -= 1
        return found

    def _product(self) -> Series:
        found = self._signed()
        while self._peek() in _PRODUCTS:
            found = self._both(_PRODUCTS[self._take()], found, self._signed(), keeps_form=True)
        return found

    def _signed(self) -> Series:
        sign = 1.0
        while self._peek() in ("+", "-"):
            sign = -sign if self._take() == "-" else sign
        found = self._power()
        return found if sign > 0 else mapped(found, lambda value: -value)

    def _power(self) -> Series:
        found = self._atom()
        if self._peek() == "^":
            self._take()
            sign = -1.0 if self._peek() == "-" and self._take() else 1.0
            exponent = self._power()
            if not isinstance(found, float) or not isinstance(exponent, float):
                raise FormulaError(say("formula_power_of_series"))
            try:
                raised = found ** (sign * exponent)
            except (OverflowError, ZeroDivisionError):
                raised = math.nan
            if isinstance(raised, complex):
                raised = math.nan
            return float(raised)
        return found

    def _atom(self) -> Series:
        token = self._take()
        if token == "(":
            found = self._sum()
            self._end_at(")")
            return found
        if token[:1].isdigit() or token[:1] == ".":
            return float(token)
        if not token or not (token[0].isalpha() or token[0] == "_"):
            raise FormulaError(say("formula_misplaced", found=token) if token else say("formula_incomplete"))
        if self._peek() != "(":
            return self._reckoner.figure(self._reckoner.parameter(token))
        self._take()
        if token in ("min", "max"):
            return self._extreme(np.minimum if token == "min" else np.maximum)
        row = _ROW.match(self._text[self._at :])
        if row is None:
            raise FormulaError(say("formula_no_row", token=token))
        self._at += row.end()
        return self._reckoner.figure(self._reckoner.find(token, row[1]))

    def _extreme(self, choose: Callable[[float, float], float]) -> Series:
        found = self._sum()
        while self._peek() in (";", ","):
            self._take()
            found = self._both(choose, found, self._sum())
        self._end_at(")")
        return found

    def _both(
        self, act: Callable[[float, float], float], one: Series, other: Series, *, keeps_form: bool = False
    ) -> Series:
        """Two amounts put together: two numbers, or period by period."""
        if act is operator.truediv and (other == 0 or (isinstance(other, tuple) and 0.0 in other)):
            raise FormulaError(say("formula_divides_by_0"))
        if isinstance(one, float) and isinstance(other, float):
            return float(act(one, other))
        if keeps_form and isinstance(other, float):
            return mapped(one, lambda value: act(value, other))
        if keeps_form and isinstance(one, float) and act is operator.mul:
            return mapped(other, lambda value: one * value)
        values = self._reckoner.time.values
        with np.errstate(all="ignore"):  # what gives no number is refused at the end
            found = act(values(one, math.nan), values(other, math.nan))  # type: ignore[arg-type]
        return tuple(np.asarray(found, dtype=float).tolist())
