"""Plans of edition 1 of the model (the interchange form `gigaplan/1`), as edition 2 says the same.

An offer's `supply_chips`, per period, became `supply_chips_per_month`; the `periods` of a scenario's override became
`from` and `until`. Everything here takes plain values, fit or not, and changes nothing that it is given: what is
unfit stays as it is, and is refused where it is decoded.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from gigaplan.engine.plan.timeline import is_month, month_number, month_text

FORMAT = "gigaplan/1"
SUPPLY = "supply_chips"
SUPPLY_NOW = "supply_chips_per_month"
_SPREADS = ("low", "mode", "high", "mean", "sd")


def in_edition_2(plan: Mapping[Any, Any]) -> dict[Any, Any]:
    """A document in the form `gigaplan/1` as one whose fields are called as in edition 2."""
    made = dict(plan)
    settings = plan.get("plan")
    settings = settings if isinstance(settings, Mapping) else {}
    edits: dict[str, Callable[[Mapping[Any, Any]], dict[Any, Any]]] = {
        "offers": lambda row: offer(row, settings),
        "scenarios": lambda row: scenario(row, settings),
        "uncertainties": lambda row: uncertainty(row, settings),
    }
    for table, edit in edits.items():
        rows = plan.get(table)
        if isinstance(rows, list | tuple):
            made[table] = [edit(row) if isinstance(row, Mapping) else row for row in rows]
    return {key: _named_in_a_line(value) for key, value in made.items()}


def _named_in_a_line(rows: Any) -> Any:
    """Rows, or one, whose names have blanks in place of the ends of lines: edition 2 knows no such names."""
    if isinstance(rows, list | tuple):
        return [_named_in_a_line(row) if isinstance(row, Mapping) else row for row in rows]
    if isinstance(rows, Mapping) and isinstance(rows.get("name"), str):
        return {**rows, "name": " ".join(rows["name"].splitlines())}
    return rows


def offer(row: Mapping[Any, Any], settings: Mapping[Any, Any]) -> dict[Any, Any]:
    """An offer with its supply by the month."""
    return {
        SUPPLY_NOW if key == SUPPLY else key: per_month(value, settings) if key == SUPPLY else value
        for key, value in row.items()
    }


def per_month(series: Any, settings: Mapping[Any, Any]) -> Any:
    """What was so much a period, by the month: a number, a list, or the start of a growth."""
    months = settings.get("months_per_period", 3)
    if not _is_number(months) or not months > 0:
        return series
    if _is_number(series):
        return series / months
    if isinstance(series, list | tuple):
        return [value / months if _is_number(value) else value for value in series]
    if isinstance(series, Mapping) and _is_number(series.get("start")):
        return {**series, "start": series["start"] / months}
    return series


def scenario(row: Mapping[Any, Any], settings: Mapping[Any, Any]) -> dict[Any, Any]:
    """A scenario whose overrides say from which month until which one."""
    overrides = row.get("overrides")
    if not isinstance(overrides, list | tuple):
        return dict(row)
    made: list[Any] = []
    for override in overrides:
        made += dated(override, settings) if isinstance(override, Mapping) else [override]
    return {**row, "overrides": made}


def dated(override: Mapping[Any, Any], settings: Mapping[Any, Any]) -> list[dict[Any, Any]]:
    """An override of some periods as one for each run of them without a gap, from a month until a month."""
    plain = {key: value for key, value in override.items() if key != "periods"}
    if (plain.get("table"), plain.get("field")) == ("offers", SUPPLY):
        plain["field"] = SUPPLY_NOW
        if plain.get("op") != "scale" and "value" in plain:
            plain["value"] = per_month(plain["value"], settings)
    periods = override.get("periods")
    if periods is None:
        return [plain]
    start, months = settings.get("start"), settings.get("months_per_period", 3)
    known = isinstance(start, str) and is_month(start) and _is_number(months)
    if not known or not isinstance(periods, list | tuple) or not all(map(_is_number, periods)):
        return [{**plain, "periods": periods}]  # refused by its name, as what cannot be read
    first = month_number(str(start))
    return [
        {**plain, "from": month_text(int(first + a * months)), "until": month_text(int(first + b * months))}
        for a, b in _runs(periods)
    ]


def _runs(periods: Sequence[float]) -> list[tuple[int, int]]:
    """The runs without a gap in these periods, each from its first to behind its last."""
    runs: list[tuple[int, int]] = []
    for t in sorted({int(t) for t in periods}):
        if runs and runs[-1][1] == t:
            runs[-1] = runs[-1][0], t + 1
        else:
            runs.append((t, t + 1))
    return runs


def uncertainty(row: Mapping[Any, Any], settings: Mapping[Any, Any]) -> dict[Any, Any]:
    """An uncertainty of a supply: of a supply by the month, and so is its spread where it is in chips."""
    if (row.get("table"), row.get("field")) != ("offers", SUPPLY):
        return dict(row)
    made = {**row, "field": SUPPLY_NOW}
    if row.get("relative", True):
        return made
    return made | {name: per_month(made[name], settings) for name in _SPREADS if name in made}


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
