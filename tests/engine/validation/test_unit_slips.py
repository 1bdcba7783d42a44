"""Slips of unit are warned of, each with what was likely meant; no template, catalogue entry or usual figure is."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from gigaplan.engine.catalogue import load_catalogue, offer_row, platform_row, site_row, throughput_row
from gigaplan.engine.plan.fields import Growth
from gigaplan.engine.plan.plan import Plan, with_fields, with_settings
from gigaplan.engine.plan.problems import PlanError, Problem
from gigaplan.engine.plan.schema import (
    Agreement,
    Inference,
    Installed,
    Offer,
    Override,
    Platform,
    Policy,
    Port,
    PowerContract,
    Scenario,
    Service,
    Settings,
    Site,
    Throughput,
    Uncertainty,
    Workload,
)
from gigaplan.engine.storage.templates import load_template, template_names
from gigaplan.engine.validation.rules import check
from gigaplan.engine.validation.unit_slips import doubts, implausible

MODEL = Inference(
    total_params_b=70.0, active_params_b=70.0, context_tokens=4000.0, prompt_tokens_per_output=3.0,
    kv_bytes_per_token=160_000.0, max_token_latency_ms=50.0,
)  # fmt: skip
USUAL = Plan(
    settings=Settings(name="Usual", start="2027-01", periods=4),
    platforms=(
        Platform(
            id="gpu", name="GPU", vendor="nvidia", stack="cuda", bf16_tflops=1000.0, fp8_tflops=2000.0,
            fp4_tflops=4000.0, memory_gb=80.0, memory_bandwidth_gb_s=3000.0, power_w=1000.0, token_latency_ms=10.0,
            embodied_kgco2e=150.0, mtbf_hours=50_000.0,
        ),
    ),
    sites=(
        Site(
            id="iowa", name="Iowa", jurisdiction="US", power_mw=10.0, electricity_usd_per_mwh=60.0,
            carbon_g_per_kwh=400.0, water_l_per_kwh=1.8, hosting_usd_per_kw_month=120.0,
        ),
    ),
    offers=(
        Offer(
            id="buy", name="Buy", platform="gpu", provider="dell", kind="purchase", price_usd=30_000.0, sites="*",
            supply_chips_per_month=1000.0, maintenance_per_year=0.05,
            installed=(Installed(site="iowa", chips=1.0, months_left=3.0),),
        ),
        Offer(
            id="rent", name="Rent", platform="gpu", provider="cloud", kind="rental", price_usd=3.0, sites="*",
            term_months=36.0, agreement="deal",
        ),
    ),
    power_contracts=(
        PowerContract(
            id="grid", name="Grid", site="iowa", provider="utility", mw=0.5, start="2027-01", months=180.0,
            usd_per_mw_month=8000.0, capex_usd_per_mw=250_000.0, status="optional",
        ),
    ),
    services=(
        Service(id="api", name="API", provider="lab", workloads=(), price_usd=0.5),
        Service(id="flops", name="Flops", provider="lab", unit="PFLOP/s", workloads=(), price_usd=120.0),
    ),
    workloads=(
        Workload(
            id="train", name="Train", kind="pretraining", unit="PFLOP/s", demand=100.0, unmet_usd=1.0,
            throughput=(Throughput(platform="gpu", value=0.4, basis="measured"),), checkpoint_minutes=0.25,
            restart_minutes=10.0, software_gain_per_year=0.3, max_delay_months=6.0,
        ),
        Workload(
            id="chat", name="Chat", kind="inference", unit="tokens/s", demand=100_000.0, unmet_usd=1.0,
            max_token_latency_ms=50.0, inference=MODEL,
            throughput=(Throughput(platform="gpu", value=4000.0, basis="measured"),),
        ),
    ),
    agreements=(
        Agreement(
            id="deal", name="Deal", provider="cloud", start="2027-01", months=36.0, commit_usd_per_year=1e6,
            status="signed",
        ),
    ),
    ports=(Port(workload="chat", stack="cuda", cost_usd=1e6, months=3.0),),
    policies=(
        Policy(id="money", kind="budget", limit=1e9),
        Policy(id="mix", kind="share", dimension="vendor", metric="power", limit=1.0),
    ),
    scenarios=(Scenario(id="dear", name="Dear"),),
    uncertainties=(
        Uncertainty(
            id="u", table="offers", row="buy", field="price_usd", distribution="triangular", low=0.8, mode=1.0, high=1.3
        ),
    ),
)  # fmt: skip


def edit(table: str, id: str, **changes: Any) -> Plan:
    return with_fields(USUAL, table, id, **changes)


def served(**changes: Any) -> Plan:
    return edit("workloads", "chat", inference=replace(MODEL, **changes))


def given(workload: str, value: float) -> Plan:
    return edit("workloads", workload, throughput=(Throughput(platform="gpu", value=value, basis="vendor"),))


def what_if(**more: Any) -> Plan:
    given = {"table": "sites", "row": "iowa", "field": "electricity_usd_per_mwh", "op": "set", "value": 60.0}
    return edit("scenarios", "dear", overrides=(Override(**given | more),))


SLIPS: list[tuple[Plan, str, str]] = [
    # sites
    (edit("sites", "iowa", electricity_usd_per_mwh=0.06), "sites[0].electricity_usd_per_mwh",
     "is 0.06 USD/MWh, far below any real value. If it is in USD/kWh, write 60."),
    (edit("sites", "iowa", electricity_usd_per_mwh=(60.0, 60.0, 0.06, 0.07)), "sites[0].electricity_usd_per_mwh[2]",
     "USD/kWh, write 60."),
    (edit("sites", "iowa", electricity_usd_per_mwh=Growth(0.06, 0.02)), "sites[0].electricity_usd_per_mwh.start",
     "USD/kWh, write 60."),
    (edit("sites", "iowa", electricity_usd_per_mwh=60_000.0), "sites[0].electricity_usd_per_mwh", "USD/GWh, write 60."),
    (edit("sites", "iowa", electricity_usd_per_mwh=Growth(60.0, 2.0)), "sites[0].electricity_usd_per_mwh.annual_growth",
     "makes it 3 times as much every year. If it is in percent, write 0.02."),
    (edit("sites", "iowa", power_mw=50_000.0), "sites[0].power_mw",
     "far above any real value. If it is in kW, write 50."),
    (edit("sites", "iowa", power_mw=(10.0, 10.0, 10.0, 50_000.0)), "sites[0].power_mw[3]", "in kW, write 50."),
    (edit("sites", "iowa", power_mw=0.005), "sites[0].power_mw", "far below any real value. If it is in GW, write 5."),
    (edit("sites", "iowa", power_mw=Growth(50.0, 30.0)), "sites[0].power_mw.annual_growth", "in percent, write 0.3."),
    (edit("sites", "iowa", carbon_g_per_kwh=0.4), "sites[0].carbon_g_per_kwh", "in kg/kWh, write 400."),
    (edit("sites", "iowa", carbon_g_per_kwh=(0.4, 0.4, 0.3, 0.2)), "sites[0].carbon_g_per_kwh[0]",
     "kg/kWh, write 400."),
    (edit("sites", "iowa", carbon_g_per_kwh=400_000.0), "sites[0].carbon_g_per_kwh", "in g/MWh, write 400."),
    (edit("sites", "iowa", hosting_usd_per_kw_month=120_000.0), "sites[0].hosting_usd_per_kw_month",
     "MW-month, write 120."),
    (edit("sites", "iowa", hosting_usd_per_kw_month=0.2), "sites[0].hosting_usd_per_kw_month", "USD/kWh, write 146.1."),
    (edit("sites", "iowa", water_l_per_kwh=1800.0), "sites[0].water_l_per_kwh", "in L/MWh, write 1.8."),
    # chips
    (edit("platforms", "gpu", power_w=1.2), "platforms[0].power_w",
     "far below any real value. If it is in kW, write 1,200."),
    (edit("platforms", "gpu", power_w=1e6), "platforms[0].power_w", "It is per chip."),
    (edit("platforms", "gpu", bf16_tflops=2.25), "platforms[0].bf16_tflops", "in PFLOP/s, write 2,250."),
    (edit("platforms", "gpu", fp8_tflops=989_000.0), "platforms[0].fp8_tflops", "in GFLOP/s, write 989."),
    (edit("platforms", "gpu", fp4_tflops=9.0), "platforms[0].fp4_tflops", "in PFLOP/s, write 9,000."),
    (edit("platforms", "gpu", memory_gb=80_000.0), "platforms[0].memory_gb", "in MB, write 80."),
    (edit("platforms", "gpu", memory_bandwidth_gb_s=8.0), "platforms[0].memory_bandwidth_gb_s",
     "in TB/s, write 8,000."),
    (edit("platforms", "gpu", lifetime_months=4.0), "platforms[0].lifetime_months", "in years, write 48."),
    (edit("platforms", "gpu", lifetime_months=1826.25), "platforms[0].lifetime_months", "in days, write 60."),
    (edit("platforms", "gpu", embodied_kgco2e=0.15), "platforms[0].embodied_kgco2e", "in tonnes, write 150."),
    (edit("platforms", "gpu", token_latency_ms=0.03), "platforms[0].token_latency_ms", "in seconds, write 30."),
    (edit("platforms", "gpu", mtbf_hours=6.0), "platforms[0].mtbf_hours", "in years, write 52,600."),
    # power contracts and services
    (edit("power_contracts", "grid", mw=50_000.0), "power_contracts[0].mw", "in kW, write 50."),
    (edit("power_contracts", "grid", months=5478.75), "power_contracts[0].months", "in days, write 180."),
    (edit("power_contracts", "grid", usd_per_mw_month=8.0), "power_contracts[0].usd_per_mw_month",
     "in USD/kW-month, write 8,000."),
    (edit("power_contracts", "grid", capex_usd_per_mw=250.0), "power_contracts[0].capex_usd_per_mw",
     "in USD/kW, write 250,000; if in millions of USD, write 250,000,000."),
    (edit("power_contracts", "grid", capex_lifetime_months=15.0), "power_contracts[0].capex_lifetime_months",
     "in years, write 180."),
    (edit("services", "api", price_usd=0.0005), "services[0].price_usd", "in USD/1000 tokens, write 0.5."),
    (edit("services", "api", price_usd=Growth(5000.0, -0.5)), "services[0].price_usd.start",
     "in USD/billion tokens, write 5."),
    (edit("services", "flops", price_usd=0.12), "services[1].price_usd", "in USD/TFLOP-day, write 120."),
    # offers
    (edit("offers", "rent", price_usd=26_298.0), "offers[1].price_usd",
     "far above any real value. If it is in USD/chip-year, write 3; if in USD/chip-month, write 36."),
    (edit("offers", "rent", price_usd=(3.0, 3.0, 2191.5, 3.0)), "offers[1].price_usd[2]", "USD/chip-month, write 3."),
    (edit("offers", "rent", price_usd=Growth(0.001, 0.0)), "offers[1].price_usd.start", "USD/chip-second, write 3.6."),
    (edit("offers", "buy", price_usd=30.0), "offers[0].price_usd", "in thousands of USD, write 30,000."),
    (edit("offers", "buy", price_usd=30e6), "offers[0].price_usd", "It is per chip."),
    (edit("offers", "buy", price_usd=Growth(30_000.0, 5.0)), "offers[0].price_usd.annual_growth",
     "percent, write 0.05."),
    (edit("offers", "buy", maintenance_per_year=5.0), "offers[0].maintenance_per_year", "in percent, write 0.05."),
    (edit("offers", "buy", lead_months=180.0), "offers[0].lead_months", "in days, write 5.914."),
    (edit("offers", "rent", term_months=1095.75), "offers[1].term_months",
     "in days, write 36; if in hours, write 1.5."),
    (edit("offers", "buy", installed=(Installed(site="iowa", chips=10.0, months_left=730.5),)),
     "offers[0].installed[0].months_left", "in days, write 24."),
    # workloads
    (edit("workloads", "train", peak_factor=150.0), "workloads[0].peak_factor", "in percent, write 1.5."),
    (edit("workloads", "train", demand=Growth(100.0, 50.0)), "workloads[0].demand.annual_growth",
     "in percent, write 0.5."),
    (given("train", 400.0), "workloads[0].throughput[0].value",
     "is 400 PFLOP/s, and the chip has a peak of 4 PFLOP/s. If it is in TFLOP/s, write 0.4."),
    (given("chat", 345_600_000.0), "workloads[1].throughput[0].value", "in tokens/day, write 4,000;"),
    (served(total_params_b=1e12), "workloads[1].inference.total_params_b", "in single parameters, write 1,000."),
    (served(kv_bytes_per_token=160.0), "workloads[1].inference.kv_bytes_per_token", "in kB, write 160,000."),
    (served(max_token_latency_ms=0.05), "workloads[1].inference.max_token_latency_ms", "in seconds, write 50."),
    (edit("workloads", "chat", max_token_latency_ms=50_000.0), "workloads[1].max_token_latency_ms",
     "microseconds, write 50."),
    (edit("workloads", "train", checkpoint_minutes=900.0), "workloads[0].checkpoint_minutes", "in seconds, write 15."),
    (edit("workloads", "train", restart_minutes=1800.0), "workloads[0].restart_minutes", "in seconds, write 30."),
    (edit("workloads", "train", software_gain_per_year=30.0), "workloads[0].software_gain_per_year",
     "in percent, write 0.3."),
    (edit("workloads", "train", max_delay_months=182.625), "workloads[0].max_delay_months", "in days, write 6."),
    # the rest
    (with_settings(USUAL, discount_rate=8.0), "plan.discount_rate",
     "is 8 /year, far above any real value. If it is in percent, write 0.08."),
    (edit("agreements", "deal", commit_usd_per_year=40.0), "agreements[0].commit_usd_per_year",
     "millions of USD, write 40,000,000."),
    (edit("agreements", "deal", months=1095.75), "agreements[0].months", "in days, write 36."),
    (replace(USUAL, ports=(Port(workload="chat", stack="cuda", cost_usd=1.5),)), "ports[0].cost_usd",
     "write 1,500,000."),
    (edit("policies", "money", limit=500.0), "policies[0].limit", "in millions of USD, write 500,000,000."),
    (edit("policies", "mix", limit=60.0), "policies[1].limit", "allows 60 of the whole, and no share is more than all"),
    # what is not sure, and what may come
    (edit("uncertainties", "u", low=24_000.0, mode=30_000.0, high=40_000.0), "uncertainties[0].high",
     "multiplies price_usd by 40,000. Give a factor: 1.2 is 20% more, 0.8 is 20% less. For the values themselves"),
    (edit("uncertainties", "u", low=-0.2, mode=0.0, high=0.2), "uncertainties[0].low", "by -0.2, which is below zero"),
    (what_if(value=0.06), "scenarios[0].overrides[0].value", "in USD/kWh, write 60."),
    (what_if(value=0.06, from_="2027-01", until="2029-01"), "scenarios[0].overrides[0].value", "in USD/kWh, write 60."),
    (what_if(op="scale", value=120.0), "scenarios[0].overrides[0].value", "multiplies electricity_usd_per_mwh by 120."),
    (what_if(table="plan", row=None, field="discount_rate", value=8.0), "scenarios[0].overrides[0].value",
     "write 0.08."),
    # what only the plan as a whole shows: 1.2 for 1.2 GW (a run on a million chips has a goodput of 21 %), and tokens a
    # day for tokens a second
    (edit("workloads", "train", demand=400_000.0), "sites[0].power_mw",
     "of all sites together is 10.5 MW at most, and the demand comes to 5,690"),
    (edit("workloads", "chat", demand=100_000.0 * 86_400), "sites[0].power_mw", "demand is a rate"),
]  # fmt: skip


def told(problem: Problem) -> str:
    return f"{problem.text}. {problem.remedy}"


@pytest.mark.parametrize(("plan", "path", "words"), SLIPS, ids=range(len(SLIPS)))
def test_a_slip_of_unit_is_warned_of_with_what_was_meant(plan: Plan, path: str, words: str) -> None:
    found = check(plan)
    assert {p.severity for p in found} == {"warning"}
    assert any(words in told(p) for p in found if p.path == path), "\n".join(map(str, found))


def test_usual_figures_draw_no_warning() -> None:
    assert check(USUAL) == ()


@pytest.mark.parametrize(
    "plan",
    [
        edit("sites", "iowa", electricity_usd_per_mwh=0.0),
        edit("sites", "iowa", electricity_usd_per_mwh=-0.1),
        edit("sites", "iowa", electricity_usd_per_mwh=(60.0, 3.0, -20.0, 400.0)),
        edit("sites", "iowa", power_mw=(0.2, 0.0, 5000.0, 10_000.0)),
        replace(edit("sites", "iowa", power_mw=None), power_contracts=()),
        edit("sites", "iowa", carbon_g_per_kwh=(400.0, 100.0, 1.0, 0.1)),
        edit("sites", "iowa", carbon_g_per_kwh=Growth(16.0, -0.9)),
        edit("workloads", "chat", demand=Growth(100_000.0, 9.0)),
        edit("policies", "money", enabled=False, limit=1.0),
        edit("uncertainties", "u", relative=False, low=24_000.0, mode=30_000.0, high=40_000.0),
        what_if(op="add", value=-0.5),
    ],
    ids=range(11),
)
def test_what_is_unusual_and_real_is_let_pass(plan: Plan) -> None:
    assert check(plan) == ()


def test_prices_in_small_money_are_not_too_high() -> None:
    yen = with_fields(with_settings(USUAL, currency="JPY"), "offers", "rent", price_usd=450.0)
    yen = with_fields(yen, "sites", "iowa", electricity_usd_per_mwh=9000.0)
    assert check(yen) == ()
    (problem,) = check(with_fields(yen, "sites", "iowa", electricity_usd_per_mwh=0.09))
    assert told(problem) == "is 0.09 JPY/MWh, far below any real value. If it is in JPY/kWh, write 90."


def test_a_scenario_is_not_blamed_for_what_the_plan_itself_has() -> None:
    slip = with_fields(what_if(value=0.07), "sites", "iowa", electricity_usd_per_mwh=0.06)
    assert [p.path for p in check(slip)] == ["scenarios[0].overrides[0].value", "sites[0].electricity_usd_per_mwh"]
    same = with_fields(what_if(value=0.06), "sites", "iowa", electricity_usd_per_mwh=0.06)
    assert [p.path for p in check(same)] == ["sites[0].electricity_usd_per_mwh"]


@pytest.mark.parametrize("name", [template.name for template in template_names()])
def test_no_template_draws_one(name: str) -> None:
    assert check(load_template(name)) == ()


def test_no_entry_of_the_catalogue_draws_one() -> None:
    catalogue = load_catalogue()
    rows: list[tuple[str, Any]] = []
    for id in catalogue.platforms:
        rows += _made("platforms", platform_row, id)
    for id in catalogue.offers:
        rows += _made("offers", offer_row, id)
    for id in catalogue.sites:
        rows += _made("sites", lambda id: site_row(id, 100.0), id)
    assert len(rows) > 200
    assert [(table, row.id, found) for table, row in rows if (found := list(doubts(table, row, "USD")))] == []


def _made(table: str, make: Any, id: str) -> list[tuple[str, Any]]:
    """The row of an entry; none where the entry lacks what a plan needs."""
    try:
        return [(table, make(id))]
    except PlanError:
        return []


def test_no_throughput_of_the_catalogue_draws_one() -> None:
    rows = [row for id in load_catalogue().inference_throughput for _, row in _made("", throughput_row, id)]
    assert len(rows) > 100
    platforms = tuple(row for id in load_catalogue().platforms for _, row in _made("", platform_row, id))
    work = tuple(replace(USUAL.workloads[1], id=f"w{k}", throughput=(row,)) for k, row in enumerate(rows))
    assert list(implausible(Plan(settings=USUAL.settings, platforms=platforms, workloads=work))) == []


def test_percent_that_is_refused_says_what_it_is_as_a_fraction() -> None:
    refused = with_fields(edit("sites", "iowa", pue=120.0), "workloads", "train", utilisation=40.0)
    assert [p.text for p in check(refused)] == [
        "must be 10 or less; it is 120, and 120% is 1.2",
        "must be 1 or less; it is 40, and 40% is 0.4",
    ]
