"""A plan and its results as an SQLite database to look into with sqlite-utils, Datasette or any SQL tool.

Tables are tidy: one row per thing, or per thing and period. The unit of a figure stands in the name of its column, or
in the column beside it where rows differ. Ids are foreign keys. The table `columns` says what each column is.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from graphlib import TopologicalSorter
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from gigaplan.engine import __version__
from gigaplan.engine.analysis.shadow_prices import worths
from gigaplan.engine.plan.fields import Field, Series, fields
from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.plan.problems import PlanError
from gigaplan.engine.plan.schema import ROW_TYPES, Settings
from gigaplan.engine.plan.timeline import Timeline
from gigaplan.engine.results.kpi_registry import KPIS
from gigaplan.engine.results.result import Result
from gigaplan.engine.results.schedule import deliveries
from gigaplan.engine.results.series_names import DIMENSIONS, IDLE, OFF, PLAN_WIDE, UNITS

if TYPE_CHECKING:
    from sqlite_utils import Database

Row = dict[str, Any]

TABLES = {name: row_type for name, row_type in ROW_TYPES.items() if name != "layout"}
"""The tables of a plan that say something; where cards lie on the map does not."""
_TYPES = {"number": float, "series": float, "integer": int, "flag": int}
_LISTS = ("references", "texts")
_DIMENSIONLESS = ("", "ratio")
_VIEWS = {
    "orders": """
        select p.label as period, o.name as offer, o.provider, s.name as site, d.ordered_chips, d.planned_chips
        from schedule d join periods p on p.period = d.period join offers o on o.id = d.offer_id
        join sites s on s.id = d.site_id order by d.period, o.name, s.name""",
    "cost_by_year": """
        select p.plan_year, c.component, sum(c.cost_{currency}) as cost_{currency}
        from results_by_component c join periods p on p.period = c.period where c.cost_{currency} is not null
        group by p.plan_year, c.component order by p.plan_year, c.component""",
    "work_served": """
        select p.label as period, w.name as workload, w.unit, r.demand_average_rate, r.served_average_rate,
        r.unmet_average_rate, r.served_average_rate / nullif(r.demand_average_rate, 0) as coverage_fraction
        from results_by_workload r join periods p on p.period = r.period join workloads w on w.id = r.workload_id
        order by r.period, w.name""",
    "what_binds": """
        select kind, row_id, member, "when", limit_value, one_more_{currency}, one_less_{currency}
        from shadow_prices where not in_all_periods
        order by one_more_{currency} desc, one_less_{currency} desc""",
}


def to_sqlite(result: Result) -> bytes:
    """The plan of `result`, and what was found, as the bytes of an SQLite database; without figures if not optimal.

    Raises PlanError where the plan has errors: its ids would lead nowhere.
    """
    from sqlite_utils import Database

    errors = tuple(p for p in result.problems if p.severity == "error")
    if errors:
        raise PlanError(errors)
    db = Database(memory=True, execute_plugins=False, strict=True)
    try:
        writer = _Writer(db, result.plan.settings.currency.lower())
        with db.atomic():
            _write_plan(writer, result)
            _write_inputs(writer, result.plan)
            _write_results(writer, result)
            writer.write_columns()
            for name, query in _VIEWS.items():
                db.create_view(name, query.format(currency=writer.currency))
        lost = db.execute("pragma foreign_key_check").fetchone()
        if lost is not None:
            raise ValueError(f"a row of {lost[0]} names one of {lost[2]} that is not there")
        return db.conn.serialize()
    finally:
        db.close()


class _Writer:
    """Makes tables, and keeps what each of their columns is."""

    def __init__(self, db: Database, currency: str) -> None:
        self.db, self.currency = db, currency
        self._about: list[Row] = []

    def column(self, name: str, unit: str = "") -> str:
        """The name of a column of figures: it ends in their unit, in the currency of the plan."""
        name = _with_unit(name, unit)
        return "_".join(self.currency if part == "usd" else part for part in name.split("_"))

    def table(
        self,
        name: str,
        columns: Mapping[str, type],
        rows: Iterable[Row],
        key: str | tuple[str, ...] | None,
        refers: Mapping[str, str] | None = None,
        about: Mapping[str, tuple[str, str]] | None = None,
    ) -> None:
        """A table with its rows. `refers` says which columns hold keys of another; `about` unit and meaning of columns.

        `key` is None where a part of it may be NULL.
        """
        targets = {"period": "periods"} if "period" in columns and name != "periods" else {}
        targets |= refers or {}
        foreign = [(column, other, "period" if other == "periods" else "id") for column, other in targets.items()]
        table = self.db.table(name)
        single = key[0] if isinstance(key, tuple) and len(key) == 1 else key
        table.create(dict(columns), pk=single, foreign_keys=foreign)
        table.insert_all([{column: _plain(row.get(column)) for column in columns} for row in rows])
        for column in targets:
            if column != single:
                table.create_index([column], if_not_exists=True)
        for column in columns:
            unit, meaning = (about or {}).get(column, ("", ""))
            self._about.append(
                {"table_name": name, "column_name": column, "unit": self._unit(unit), "meaning": meaning}
            )

    def _unit(self, unit: str) -> str | None:
        return unit.replace("USD", self.currency.upper()) or None

    def write_columns(self) -> None:
        """The table that says what each column is."""
        columns = {"table_name": str, "column_name": str, "unit": str, "meaning": str}
        self.db.table("columns").create(columns, pk=("table_name", "column_name"))
        self.db.table("columns").insert_all(self._about)


def _write_plan(writer: _Writer, result: Result) -> None:
    settings, time = result.plan.settings, result.time
    rows: list[Row] = [
        {"item": "gigaplan", "value": __version__, "meaning": "The version that wrote this file"},
        {"item": "result", "value": result.status, "meaning": "Only an optimal plan has figures"},
    ]
    for field in fields(Settings):
        value = getattr(settings, field.name)
        if field.kind == "rows":
            continue  # they have a table of their own
        unit = field.unit_in(settings).replace("USD", settings.currency)
        rows.append({"item": field.name, "value": str(value), "unit": unit or None, "meaning": field.label})
    writer.table("plan", {"item": str, "value": str, "unit": str, "meaning": str}, rows, "item")
    writer.table(
        "periods",
        {"period": int, "label": str, "first_month": str, "plan_year": int, "hours": float, "discount_factor": float},
        [
            {
                "period": t,
                "label": time.labels[t],
                "first_month": time.dates[t],
                "plan_year": int(time.year_of[t]) + 1,
                "hours": time.hours,
                "discount_factor": float(time.discount[t]),
            }
            for t in range(time.periods)
        ],
        "period",
    )


def _write_inputs(writer: _Writer, plan: Plan) -> None:
    """Every table of the plan; the rows, lists and series that hang on a row in tables of their own."""
    refers = {
        name: {f.refers for _, f in _cells(kind) if f.kind == "reference"} - {name}  # a scenario may name another one
        for name, kind in TABLES.items()
    }
    for table in TopologicalSorter(refers).static_order():
        rows = getattr(plan, table)
        has_id = "id" in TABLES[table].__struct_fields__
        members = [_Member({} if has_id else {"number": n}, row, row) for n, row in enumerate(rows, 1)]
        _write_rows(writer, plan, table, TABLES[table], members, {} if has_id else {"number": int})
    for field in fields(Settings):
        if field.kind == "rows":
            settings = plan.settings
            inner = [_Member({"number": n}, row, settings) for n, row in enumerate(getattr(settings, field.name), 1)]
            _write_rows(writer, plan, f"plan_{field.name}", field.row_type, inner, {"number": int})
    for table, row_type in TABLES.items():
        rows, owner = getattr(plan, table), f"{_one_of(table)}_id"
        for field in fields(row_type):
            name = f"{table}_{field.name}"
            if field.kind == "rows":
                members = [
                    _Member({owner: row.id, "number": n}, member, row)
                    for row in rows
                    for n, member in enumerate(getattr(row, field.name) or (), 1)
                ]
                _write_rows(writer, plan, name, field.row_type, members, {owner: str, "number": int}, {owner: table})
            elif field.kind in _LISTS:
                member = _one_of(field.name) + ("_id" if field.refers else "")
                lists = [(row.id, getattr(row, field.name)) for row in rows]
                pairs = [
                    {owner: key, member: each}
                    for key, members in lists
                    if not isinstance(members, str)
                    for each in dict.fromkeys(members)
                ]
                targets = {owner: table} | ({member: field.refers} if field.refers else {})
                columns = {owner: str, member: str}
                writer.table(name, columns, pairs, (owner, member), targets, {member: ("", field.label)})


class _Member(NamedTuple):
    """A row of the plan, the columns that tell it from others, and the row it hangs on: itself, if on none."""

    key: Row
    row: Any
    owner: Any


def _write_rows(
    writer: _Writer,
    plan: Plan,
    name: str,
    row_type: type[msgspec.Struct],
    members: list[_Member],
    keys: dict[str, type],
    refers: dict[str, str] | None = None,
) -> None:
    """One table of rows, and one of their series by period, which refers to it."""
    columns, series = dict(keys), dict[str, type]({} if keys else {f"{_one_of(name)}_id": str}) | keys
    written, targets = [dict(member.key) for member in members], dict(refers or {})
    per_period = [
        (dict(m.key) or {f"{_one_of(name)}_id": m.row.id}) | {"period": t} for m in members for t in _periods(plan)
    ]
    about: dict[str, tuple[str, str]] = {}
    key, series_key = tuple(keys) or ("id",), (*series, "period")
    series["period"] = int
    for inside, field in _cells(row_type):
        column = _column(writer, inside, field)
        unit = field.unit if isinstance(field.unit, str) else ""
        about[column] = unit, f"{field.label}. {field.full_help}".strip()
        if field.kind == "reference":
            targets[column] = field.refers
        is_series = field.kind == "series"
        to, rows = (series, per_period) if is_series else (columns, written)
        to[column] = _TYPES.get(field.kind, str)
        if not isinstance(field.unit, str):
            to[f"{column}_unit"] = str
        cells = iter(rows)
        for member in members:
            holder = getattr(member.row, inside) if inside else member.row
            value = None if holder is None else getattr(holder, field.name)
            each = _by_period(plan, field, value) if is_series else [_value(field, value)]
            for figure in each:
                cell = next(cells)
                cell[column] = figure
                if not isinstance(field.unit, str):
                    by = member.row if hasattr(member.row, field.unit_by) else member.owner
                    cell[f"{column}_unit"] = field.unit_in(by).replace("USD", plan.settings.currency)
    writer.table(name, columns, written, key, targets, about)
    if len(series) > len(series_key):
        owners = dict(refers or {}) if keys else {f"{_one_of(name)}_id": name}
        writer.table(f"{name}_by_period", series, per_period, series_key, owners, about)


def _write_results(writer: _Writer, result: Result) -> None:
    kpis = []
    workloads = {w.id for w in result.plan.workloads}
    for name, value in result.kpis.items():
        unit = KPIS[name].unit_in(result.plan.settings.currency)
        each = value if isinstance(value, dict) else {None: value}
        kpis += [
            {"kpi": name, "workload_id": key if key in workloads else None, "value": figure, "unit": unit}
            for key, figure in each.items()
        ]
    columns = {"kpi": str, "workload_id": str, "value": float, "unit": str}
    writer.table("kpis", columns, kpis, None, {"workload_id": "workloads"})
    for dimension in dict.fromkeys(by for dimensions in DIMENSIONS.values() for by in dimensions):
        _write_series(writer, result, dimension)
    schedule = [
        {
            "offer_id": d.offer,
            "site_id": d.site,
            "period": d.period,
            "planned_chips": d.planned_chips,
            "ordered_chips": d.ordered_chips,
        }
        for d in deliveries(result)
    ]
    writer.table(
        "schedule",
        {"offer_id": str, "site_id": str, "period": int, "planned_chips": float, "ordered_chips": int},
        schedule,
        ("offer_id", "site_id", "period"),
        {"offer_id": "offers", "site_id": "sites"},
        {"planned_chips": ("chips", "Arrive, as the optimum has it"), "ordered_chips": ("chips", "In whole chips")},
    )
    columns = {
        "kind": str, "table_name": str, "row_id": str, "field": str, "member": str, "when": str, "in_all_periods": int,
        "unit": str, "limit_value": float, writer.column("one_more_usd"): float, writer.column("one_less_usd"): float,
        "more_until": float, "less_until": float,
    }  # fmt: skip
    found = [
        dict(zip(columns, (
            w.kind, w.table, w.id, w.field, None if w.member == "-" else w.member, w.when, int(w.is_whole), w.unit,
            w.size, w.one_more, w.one_less, w.more_until, w.less_until,
        ), strict=True))
        for w in worths(result, only_binding=True)
    ]  # fmt: skip
    about = {
        writer.column("one_more_usd"): (result.plan.settings.currency, "What one more unit saves, discounted; of a "
                                        "service-level floor or a commitment one less"),
        writer.column("one_less_usd"): (result.plan.settings.currency, "What one unit less costs; empty: there can be "
                                        "no less"),
        "more_until": ("", "How many units more that holds for; empty: without end"),
        "less_until": ("", "How many units less that holds for, below 0; empty: without end"),
    }  # fmt: skip
    writer.table("shadow_prices", columns, found, None, about=about)


def _write_series(writer: _Writer, result: Result, dimension: str) -> None:
    """The table of what is split by a dimension: a row per period and key, a column per series."""
    keys = [] if dimension == "total" else dimension.split("|")
    tables = {f"{key}_id": f"{key}s" for key in keys if f"{key}s" in ROW_TYPES}
    key_columns = [f"{key}_id" if f"{key}s" in ROW_TYPES else key for key in keys]
    columns: dict[str, type] = {"period": int} | dict.fromkeys(key_columns, str)
    if tables and len(keys) == 1:
        columns["apart"] = str
    rows: dict[tuple[str, int], Row] = {}
    about = {
        "apart": ("", f"Set where no {dimension} has it: {IDLE} or {OFF} chips, or what is of the whole {PLAN_WIDE}")
    }
    for name, dimensions in DIMENSIONS.items():
        if dimension not in dimensions:
            continue
        column = writer.column(name, UNITS[name])
        columns[column] = float
        about[column] = UNITS[name], ""
        for key, values in result.series(name, dimension).items():
            apart = key in (IDLE, OFF, PLAN_WIDE) and "apart" in columns
            told = {"apart": key} if apart else dict(zip(key_columns, key.split("|"), strict=bool(keys)))
            for t, value in enumerate(values.tolist()):
                rows.setdefault((key, t), {"period": t} | told)[column] = value
    name = f"results_by_{dimension.replace('|', '_and_')}" if keys else "results"
    writer.table(name, columns, rows.values(), None, tables, about)


def _cells(row_type: type[msgspec.Struct]) -> Iterator[tuple[str, Field]]:
    """The fields that are columns, with the field of the row that holds each, where that is a row within."""
    for field in fields(row_type):
        if field.kind == "row":
            yield from ((field.name, inner) for inner in fields(field.row_type))
        elif field.kind not in ("rows", *_LISTS) or field.choices or "id" not in row_type.__struct_fields__:
            yield "", field  # of a list with a word in its place, as * for everywhere, the word


def _column(writer: _Writer, inside: str, field: Field) -> str:
    name = f"{inside}_{field.name}" if inside else field.name
    if name.endswith("_"):  # a word of Python's, and of SQL's
        name += field.kind
    if field.kind == "reference":
        return f"{name}_id"
    return writer.column(name, field.unit if isinstance(field.unit, str) else "")


def _with_unit(name: str, unit: str) -> str:
    """A name that ends in its unit, where it does not say it yet: power_mw, pue, supply_chips_per_month."""
    if unit in _DIMENSIONLESS:
        return name
    spelt = unit.lower().replace("b/token", "bytes/token").replace("billion", "b").replace("/", " per ")
    words = ["".join(filter(str.isalnum, word)) for word in spelt.replace("-", " ").split()]
    run = name.replace("_per_", "").replace("_", "")
    short = "".join(word for word in words if word != "per")
    if run.endswith((short, short.replace("co2e", ""))):
        return name
    return "_".join([name, *(word for word in words if word not in name.split("_"))])


def _one_of(table: str) -> str:
    """The singular of a table's name."""
    return table[:-3] + "y" if table.endswith("ies") else table.removesuffix("s")


def _periods(plan: Plan) -> range:
    return range(plan.settings.periods)


def _by_period(plan: Plan, field: Field, value: Series | None) -> list[float]:
    return [float(v) for v in Timeline.of(plan.settings).of_field(field, value, math.nan)]


def _value(field: Field, value: Any) -> Any:
    """The value of a field as a column holds it: JSON where it is no plain value; of a list only the word for all."""
    if value is None or field.kind in _TYPES:
        return value
    if field.kind in _LISTS and field.choices:
        return value if isinstance(value, str) else None
    return value if isinstance(value, str) and field.kind != "any" else msgspec.json.encode(value).decode()


def _plain(value: Any) -> Any:
    """A value as SQLite holds it: what is not a number is NULL."""
    return None if isinstance(value, float) and not math.isfinite(value) else value
