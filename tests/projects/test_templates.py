"""The templates: as their builders make them, sane against the catalogue, and with the golden key figures."""

import json
import math
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gigaplan.engine.catalogue import load_catalogue, output_tokens
from gigaplan.engine.plan.fields import Growth, Series
from gigaplan.engine.plan.plan import Plan, find
from gigaplan.engine.plan.problems import PlanError
from gigaplan.engine.plan.throughput import estimate, throughput
from gigaplan.engine.plan.timeline import Timeline
from gigaplan.engine.solve.solve import solve_plan
from gigaplan.engine.storage.load import open_plan
from gigaplan.engine.storage.templates import load_template, template_names
from gigaplan.engine.validation.rules import check
from gigaplan.projects.build import FIXED, FOLDER, GOLDEN, TEMPLATES, write
from gigaplan.projects.parts import hosting_usd_per_kw_month, maintenance_per_year, spread

NAMES = list(TEMPLATES)


@pytest.fixture(scope="module", params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def plan(name: str) -> Plan:
    return load_template(name)


def low(series: Series) -> float:
    if isinstance(series, Growth):
        return series.start
    return min(series) if isinstance(series, tuple) else series


def test_each_template_is_listed_once() -> None:
    assert [template.name for template in template_names()] == NAMES
    assert {path.stem for path in FOLDER.glob("*.gigaplan")} == set(NAMES)
    for template in template_names():
        assert template.title
        assert 20 < len(template.description) < 120


def test_an_unknown_template_is_refused() -> None:
    with pytest.raises(PlanError, match="There is no template"):
        load_template("../secret")


def test_the_file_is_what_the_builder_makes(name: str, plan: Plan) -> None:
    stored = open_plan(FOLDER / f"{name}.gigaplan")
    assert stored.plan == TEMPLATES[name].build() == plan
    assert stored.uuid == TEMPLATES[name].UUID


def test_building_again_changes_nothing_and_a_changed_file_is_replaced(tmp_path: Path) -> None:
    assert write("startup", tmp_path)
    first = (tmp_path / "startup.gigaplan").read_bytes()
    assert not write("startup", tmp_path)
    assert (tmp_path / "startup.gigaplan").read_bytes() == first


def test_no_template_has_a_problem(plan: Plan) -> None:
    assert [str(p) for p in check(plan)] == []


def test_frontier_has_what_it_promises() -> None:
    plan = load_template("frontier-1gw")
    assert (plan.settings.start, plan.settings.periods, plan.settings.months_per_period) == ("2026-01", 20, 3)
    assert plan.settings.discount_rate == 0.08
    assert len(plan.workloads) >= 8
    assert len(plan.offers) >= 12
    assert len({o.platform for o in plan.offers}) >= 6
    assert len({p.vendor for p in plan.platforms}) >= 4
    assert len(plan.sites) == 6
    assert len({s.jurisdiction for s in plan.sites}) == 3
    assert len(plan.scenarios) >= 4
    assert (*plan.agreements, *plan.ports, *plan.policies) == ()
    final = sum(float(Timeline.of(plan.settings).values(s.power_mw)[-1]) for s in plan.sites)
    final += sum(contract.mw for contract in plan.power_contracts)
    assert 1000 <= final <= 1300


def test_startup_has_what_it_promises() -> None:
    plan = load_template("startup")
    assert (plan.settings.periods, plan.settings.months_per_period) == (12, 3)
    assert (len(plan.workloads), len(plan.sites)) == (3, 2)
    assert {o.kind for o in plan.offers} == {"purchase", "rental"}
    assert {p.vendor for p in plan.platforms} == {"NVIDIA", "AMD"}


def test_names_fit_the_cards_and_every_figure_has_a_source(plan: Plan) -> None:
    for row in (*plan.workloads, *plan.offers, *plan.services, *plan.sites, *plan.platforms, *plan.scenarios):
        assert 0 < len(row.name) <= 26, row.name
    for sourced in (*plan.platforms, *plan.sites, *plan.offers, *plan.services, *plan.power_contracts):
        assert sourced.source, sourced.id
        assert sourced.as_of, sourced.id
    for workload in plan.workloads:
        for row in workload.throughput:
            # what is modelled outside the roofline says how
            assert row.source
            assert row.basis in ("measured", "vendor") or "TFLOP/s of bf16 at" in row.source, workload.id
    assert "Assumed" in plan.settings.notes


@pytest.mark.parametrize("id", [name for name in NAMES if name != "tiered-portfolio"])  # its chips are relative
def test_prices_and_powers_are_those_of_the_catalogue(id: str) -> None:
    catalogue, plan = load_catalogue(), load_template(id)
    for platform in plan.platforms:
        entry = catalogue.platforms[platform.id]
        assert platform.power_w == entry.server_power_w_per_chip
        assert platform.bf16_tflops == entry.peak_bf16_dense_tflops
    for offer in plan.offers:
        known = {o.price_usd for o in catalogue.offers.values() if o.platform_id == offer.platform}
        known.add(catalogue.platforms[offer.platform].unit_price_usd)
        derived = offer.source.startswith("Derived")
        assert derived or offer.price_usd in known, offer.id


def test_prices_and_powers_are_sane(plan: Plan) -> None:
    for platform in plan.platforms:
        assert 300 <= platform.power_w <= 2500
    for offer in plan.offers:
        assert (0.5 if offer.kind == "rental" else 2_000) <= low(offer.price_usd), offer.id
        assert low(offer.price_usd) <= (12 if offer.kind == "rental" else 80_000), offer.id


def test_sites_are_sane(plan: Plan) -> None:
    for site in plan.sites:
        assert 1.05 <= site.pue <= 1.4
        assert 30 <= low(site.electricity_usd_per_mwh) <= 200


def test_work_not_served_is_worth_some_multiples_of_the_cheapest_way(plan: Plan) -> None:
    theta = throughput(plan)
    at = {p.id: k for k, p in enumerate(plan.platforms)}
    lives = {p.id: p.lifetime_months * 730.5 for p in plan.platforms}
    for w, workload in enumerate(plan.workloads):
        hourly = [
            low(o.price_usd) / (lives[o.platform] if o.kind == "purchase" else 1) / theta[w, at[o.platform]]
            for o in plan.offers
            if theta[w, at[o.platform]] > 0 and o.id not in workload.forbidden_offers
        ]
        assert 2 < workload.unmet_usd / min(hourly) < 200, workload.id


def test_the_golden_key_figures(name: str, plan: Plan) -> None:
    result = solve_plan(plan)
    assert result.status == "optimal"
    golden = json.loads(GOLDEN.read_text(encoding="utf-8"))[name]
    assert set(golden) == set(FIXED)
    for kpi, expected in golden.items():
        same(result.kpis[kpi], expected, kpi)


def test_the_golden_key_figures_do_not_hang_on_the_order_of_rows(name: str, plan: Plan) -> None:
    golden = json.loads(GOLDEN.read_text(encoding="utf-8"))[name]
    turned = {table: getattr(plan, table)[::-1] for table in ("platforms", "sites", "offers", "workloads")}
    result = solve_plan(msgspec.structs.replace(plan, **turned))
    for kpi, expected in golden.items():
        same(result.kpis[kpi], expected, kpi)


def same(actual: Any, expected: Any, path: str) -> None:
    """Fails unless every number agrees to 1e-6 relative."""
    if isinstance(expected, dict):
        assert set(actual) == set(expected), path
        for key, value in expected.items():
            same(actual[key], value, f"{path}.{key}")
    elif expected is None:
        assert actual is None, path
    else:
        assert math.isclose(actual, expected, rel_tol=1e-6, abs_tol=1e-6), f"{path}: {actual} is not {expected}"


def test_the_frontier_optimum_tells_its_story() -> None:
    result = solve_plan(load_template("frontier-1gw"))
    kpis = result.kpis
    assert 20e9 < kpis["tco_usd"] < 60e9
    assert 950 < kpis["peak_facility_mw"] < 1300
    assert sum(values.max() > 1000 for values in result.series("chips", "vendor").values()) >= 4
    assert min(kpis["coverage"].values()) < 0.999
    assert min(kpis["coverage"].values()) > 0.9
    assert min(headroom.min() for headroom in result.series("power_headroom", "site").values()) < 1e-6
    assert 500e3 < result.series("chips", "total")["total"].max() < 1.2e6


def test_the_startup_rents_first_then_buys() -> None:
    result = solve_plan(load_template("startup"))
    chips = result.series("chips", "total")["total"]
    assert 60 <= chips[0] <= 128
    assert 1000 < chips.max() <= 2048
    bought = sum(values for key, values in result.series("chips", "offer").items() if key.endswith("_buy"))
    assert bought[0] == 0
    assert bought.max() > 50


def test_chat_of_the_frontier_rests_on_measured_curves_where_there_are_some() -> None:
    plan = load_template("frontier-1gw")
    chat = find(plan, "workloads", "chat_us")
    found = {p.id: estimate(plan, chat, p) for p in plan.platforms}
    on_curves = {id for id, e in found.items() if e.front is not None}
    assert on_curves == {"nvidia_gb200_nvl72", "nvidia_gb300_nvl72", "amd_mi300x"}
    assert found["nvidia_gb300_nvl72"].value > found["nvidia_b200"].value
    assert found["nvidia_b200"].value == pytest.approx(395, abs=1)  # as the notes say
    assert found["google_tpu_v7"].value == pytest.approx(100, abs=1)


def test_measurements_fit_the_precision_of_their_workload() -> None:
    entries = load_catalogue().inference_throughput
    for row in find(load_template("frontier-1gw"), "workloads", "batch").throughput:
        entry = next(e for e in entries.values() if e.platform_id == row.platform and output_tokens(e) == row.value)
        # fp8 in an fp4 workload only where the chip has no fp4, as the model would run it
        has_fp4 = load_catalogue().platforms[row.platform].peak_fp4_dense_tflops is not None
        assert entry.precision == ("fp4" if has_fp4 else "fp8")


def test_derived_unit_costs() -> None:
    # 12.5 B$ per GW over 12.5 years is 83.3 USD/kW-month of facility; (2.25 - 0.6136) of 32.5 B$ is 5 % a year
    assert hosting_usd_per_kw_month(1.2) == pytest.approx(100.0)
    assert maintenance_per_year() == pytest.approx(0.05)
    assert spread(4, {1: 2, 3: 5}) == (0, 2, 2, 5)


@pytest.mark.parametrize("name", TEMPLATES)
def test_every_stated_throughput_has_a_source_and_what_was_measured_a_date(name: str) -> None:
    rows = [row for workload in load_template(name).workloads for row in workload.throughput]
    assert all(row.source for row in rows)
    assert all(row.as_of for row in rows if row.basis != "modelled")
