"""A plan as an SQLite database: what plain sqlite3 reads there is what the plan and its result say."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from gigaplan.engine.analysis.shadow_prices import worths
from gigaplan.engine.cli import main
from gigaplan.engine.exchange.sqlite import TABLES, to_sqlite
from gigaplan.engine.plan.fields import Growth
from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.plan.problems import PlanError
from gigaplan.engine.results.result import Result
from gigaplan.engine.solve.solve import solve_plan
from gigaplan.engine.storage.templates import load_template
from tests.engine.plans import plan_of

FORMULA = '=HYPERLINK("http://example.org","1")'


@pytest.fixture(scope="module")
def solved() -> Result:
    return solve_plan(load_template("frontier-1gw"))


@pytest.fixture(scope="module")
def read(solved: Result) -> Iterator[sqlite3.Connection]:
    with closing(opened(to_sqlite(solved))) as db:
        yield db


def opened(data: bytes) -> sqlite3.Connection:
    db = sqlite3.connect(":memory:")
    db.deserialize(data)
    return db


def asked(plan: Plan, query: str) -> list[tuple[Any, ...]]:
    with closing(opened(to_sqlite(solve_plan(plan)))) as db:
        return db.execute(query).fetchall()


def test_every_key_leads_to_its_row(read: sqlite3.Connection) -> None:
    assert read.execute("pragma integrity_check").fetchall() == [("ok",)]
    assert read.execute("pragma foreign_key_check").fetchall() == []
    made = [sql for (sql,) in read.execute("select sql from sqlite_master where type = 'table'")]
    assert sum("REFERENCES" in sql for sql in made) > 15
    assert all(sql.endswith("STRICT") for sql in made)


def test_every_table_has_every_row(solved: Result, read: sqlite3.Connection) -> None:
    for table in TABLES:
        assert read.execute(f"select count(*) from {table}").fetchone()[0] == len(getattr(solved.plan, table)), table
    rows = {(o.id, site) for o in solved.plan.offers for site in o.sites}
    assert set(read.execute("select offer_id, site_id from offers_sites")) == rows
    lots = [(o.id, lot.site, lot.chips, lot.months_left) for o in solved.plan.offers for lot in o.installed]
    assert read.execute("select offer_id, site_id, chips, months_left from offers_installed").fetchall() == lots
    assert lots


def test_series_of_inputs_stand_by_period(solved: Result, read: sqlite3.Connection) -> None:
    for site in solved.plan.sites:
        query = "select power_mw, electricity_usd_per_mwh from sites_by_period where site_id = ? order by period"
        power, price = zip(*read.execute(query, (site.id,)), strict=True)
        assert power == tuple(solved.time.values(site.power_mw))
        assert price == tuple(solved.time.values(site.electricity_usd_per_mwh))


def test_figures_are_those_of_the_result(solved: Result, read: sqlite3.Connection) -> None:
    kpis = {(name, key): value for name, key, value in read.execute("select kpi, workload_id, value from kpis")}
    for name, value in solved.kpis.items():
        for key, figure in value.items() if isinstance(value, dict) else [(None, value)]:
            assert kpis[name, key] == figure, (name, key)
    for table, key, by, column, name in (
        ("results_by_site", "site_id", "site", "facility_power_mw", "facility_power"),
        ("results_by_workload", "coalesce(workload_id, apart)", "workload", "cost_usd", "cost"),
        ("results_by_workload", "workload_id", "workload", "served_average_rate", "served"),
        ("results_by_vendor", "vendor", "vendor", "chips", "chips"),
        ("results_by_component", "component", "component", "emissions_tco2e", "emissions"),
        ("results_by_offer_and_site", "offer_id || '|' || site_id", "offer|site", "deliveries_chips", "deliveries"),
        ("results", "'total'", "total", "water_m3", "water"),
    ):
        found: dict[str, list[float]] = {}
        query = f"select {key}, {column} from {table} where {column} is not null order by period"
        for each, value in read.execute(query):
            found.setdefault(each, []).append(value)
        assert found == {k: v.tolist() for k, v in solved.series(name, by).items()}, (table, column)


def test_the_schedule_is_in_whole_chips_that_are_enough(solved: Result, read: sqlite3.Connection) -> None:
    rows = read.execute("select offer_id, site_id, period, planned_chips, ordered_chips from schedule").fetchall()
    planned = solved.series("deliveries", "offer|site")
    for offer, site, period, chips, ordered in rows:
        assert chips == planned[f"{offer}|{site}"][period]
        assert isinstance(ordered, int)
        assert chips - 1e-6 * max(chips, 1) <= ordered < chips + 1
    assert sum(row[3] for row in rows) == pytest.approx(sum(v.sum() for v in planned.values()), rel=1e-9)
    assert read.execute("select count(*) from orders").fetchone()[0] == len(rows) > 100


def test_orders_round_up_and_leave_dust_out() -> None:
    plan = plan_of(
        offers=[{"kind": "purchase", "price_usd": 1000}],
        workloads=[{"demand": 10.2, "unmet_usd": 1e6}],  # 0.5 PFLOP/s a chip: 20.4 chips
    )
    assert asked(plan, "select period, ordered_chips from schedule") == [(0, 21), (2, 21)]
    whole = plan_of(workloads=[{"demand": 10, "unmet_usd": 1e6}])
    assert asked(whole, "select distinct ordered_chips from schedule") == [(20,)]


def test_shadow_prices_are_those_that_bind(solved: Result, read: sqlite3.Connection) -> None:
    query = "select kind, row_id, one_more_usd, one_less_usd, more_until, less_until, in_all_periods from shadow_prices"
    found = read.execute(query).fetchall()
    known = [
        (w.kind, w.id, w.one_more, w.one_less, w.more_until, w.less_until, int(w.is_whole))
        for w in worths(solved, only_binding=True)
    ]
    assert found == known
    assert len(found) > 50


def test_units_stand_in_names_or_beside_the_figure() -> None:
    plan = plan_of(
        plan={"currency": "EUR"},
        offers=[{"price_usd": {"start": 2, "annual_growth": -0.5}}],
        policies=[{"id": "cap", "kind": "budget", "scope": None, "limit": 1e12}],
    )
    assert plan.offers[0].price_usd == Growth(2, -0.5)
    prices = asked(plan, "select period, price_eur, price_eur_unit from offers_by_period")
    assert prices == [(0, 2.0, "EUR/chip-h"), (1, 1.0, "EUR/chip-h"), (2, 0.5, "EUR/chip-h"), (3, 0.25, "EUR/chip-h")]
    assert asked(plan, "select distinct limit_unit from policies_by_period") == [("EUR/year",)]
    columns = asked(plan, "select table_name, column_name, unit from columns")
    names = {(table, column): unit for table, column, unit in columns}
    assert len(names) == len(columns)
    assert names["sites_by_period", "electricity_eur_per_mwh"] == "EUR/MWh"
    assert names["offers_by_period", "supply_chips_per_month"] == "chips/month"
    assert names["offers", "maintenance_per_year_fraction"] == "fraction/year"
    assert names["workloads", "inference_kv_bytes_per_token"] == "B/token"
    assert names["workloads", "inference_total_params_b"] == "billion"
    assert names["platforms", "memory_bandwidth_gb_s"] == "GB/s"
    assert not [column for _, column in names if "usd" in column.split("_")]


def test_the_dictionary_of_columns_is_whole(read: sqlite3.Connection) -> None:
    tables = [name for (name,) in read.execute("select name from sqlite_master where type = 'table'")]
    made = {(t, row[1]) for t in tables if t != "columns" for row in read.execute(f"pragma table_info('{t}')")}
    assert set(read.execute("select table_name, column_name from columns")) == made


def test_text_stays_text() -> None:
    """What a spreadsheet would take for a formula, or a database for a number, is the text that it was."""
    names = [FORMULA, "1e5", "0012", "'); drop table sites; --", "\u202e{x}"]
    sites = [{"id": f"s{n}", "name": name} for n, name in enumerate(names)]
    assert asked(plan_of(sites=sites), "select name, typeof(name) from sites") == [(name, "text") for name in names]


def test_what_has_no_answer_has_inputs_alone() -> None:
    """No plan serves this with 1 MW; a plan with errors is refused, for its ids lead nowhere."""
    policy = {"id": "all", "kind": "coverage", "limit": 1}
    plan = plan_of(sites=[{"power_mw": 1e-6}], policies=[policy])
    assert asked(plan, "select value from plan where item = 'result'") == [("infeasible",)]
    for table in ("kpis", "results", "results_by_offer", "schedule", "shadow_prices"):
        assert asked(plan, f"select count(*) from {table}") == [(0,)], table
    assert asked(plan, "select id from sites") == [("here",)]
    with pytest.raises(PlanError, match="nowhere"):
        to_sqlite(solve_plan(plan_of(offers=[{"platform": "nowhere"}])))


def test_the_command_writes_a_database(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "results.db"
    assert main.main(["export", "projects/startup.gigaplan", "-o", str(out)]) == 0
    assert capsys.readouterr().out == f"wrote {out}\n"
    with closing(sqlite3.connect(out)) as db:
        assert db.execute("select count(*) from orders").fetchone()[0] > 0
        assert db.execute("select count(*) from work_served").fetchone()[0] > 0
        assert db.execute("select value from plan where item = 'result'").fetchone() == ("optimal",)
