"""Each rule across fields reports its problem, once, at its path, and a sound plan has none."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from gigaplan.engine.optimization.arrays import inputs_of
from gigaplan.engine.optimization.formulation import build
from gigaplan.engine.plan.fields import Growth
from gigaplan.engine.plan.plan import Plan, with_fields, with_row, with_settings, without
from gigaplan.engine.plan.problems import PlanError, Problem, say
from gigaplan.engine.plan.scenarios import apply_scenario
from gigaplan.engine.plan.schema import (
    Agreement,
    Inference,
    Installed,
    Offer,
    Override,
    Platform,
    Policy,
    Port,
    Scenario,
    Settings,
    Site,
    Throughput,
    Uncertainty,
    Workload,
)
from gigaplan.engine.validation.rules import check, errors
from tests.engine.plan_shapes import plans
from tests.timing import times


def platform(id: str, **more: Any) -> Platform:
    given = {"name": id.upper(), "vendor": "nvidia", "stack": "cuda", "bf16_tflops": 1000.0, "memory_gb": 80.0}
    return Platform(id=id, **given | {"memory_bandwidth_gb_s": 3000.0, "power_w": 1000.0} | more)


def site(id: str, **more: Any) -> Site:
    given = {"name": id.title(), "jurisdiction": "US", "power_mw": 10.0, "electricity_usd_per_mwh": 50.0}
    return Site(id=id, **given | more)


def offer(id: str, **more: Any) -> Offer:
    given = {"name": id.title(), "platform": "gpu", "provider": "dell", "kind": "purchase", "price_usd": 30_000.0}
    return Offer(id=id, **given | {"sites": "*"} | more)


def workload(id: str, **more: Any) -> Workload:
    given = {"name": id.title(), "kind": "pretraining", "unit": "PFLOP/s", "demand": 100.0, "unmet_usd": 1.0}
    return Workload(id=id, **given | more)


def scenario(**override: Any) -> Scenario:
    return Scenario(id="s", name="S", overrides=(Override(**override),))


SOUND = Plan(
    settings=Settings(name="Test", start="2027-01", periods=4),
    platforms=(platform("gpu"), platform("tpu", vendor="google", stack="xla")),
    sites=(site("iowa", power_mw=(10.0, 10.0, 20.0, 20.0)), site("dublin", jurisdiction="EU")),
    offers=(
        offer("buy", agreement="deal", installed=(Installed(site="iowa", chips=5000.0, months_left=6.0),)),
        offer("rent", platform="tpu", provider="google", kind="rental", sites=("iowa",), price_usd=3.0),
    ),
    workloads=(
        workload("train", throughput=(Throughput(platform="gpu", value=0.5, basis="measured"),)),
        workload("chat", jurisdictions=("EU",), sensitivity="confidential"),
    ),
    agreements=(
        Agreement(
            id="deal", name="Deal", provider="dell", start="2027-01", months=24.0, commit_usd_per_year=1e6,
            status="signed",
        ),
    ),
    ports=(Port(workload="train", stack="xla", cost_usd=1e6),),
    policies=(
        Policy(id="mix", kind="share", dimension="vendor", scope="nvidia", metric="power", limit=0.6),
        Policy(id="serve", kind="coverage", scope="chat", limit=0.9),
        Policy(id="money", kind="budget", limit=1e9),
    ),
    scenarios=(scenario(table="offers", row="buy", field="price_usd", op="scale", value=1.2),),
    uncertainties=(
        Uncertainty(id="u", table="offers", row="buy", field="price_usd", distribution="uniform", low=0.8, high=1.2),
    ),
)  # fmt: skip


def add(table: str, row: Any) -> Plan:
    return with_row(SOUND, table, row)


def edit(table: str, id: str, **changes: Any) -> Plan:
    return with_fields(SOUND, table, id, **changes)


def lot(site: str, chips: float, months: float = 12.0) -> Installed:
    return Installed(site=site, chips=chips, months_left=months)


def rate(platform: str) -> Throughput:
    return Throughput(platform=platform, value=1.0, basis="vendor")


def uncertain(**more: Any) -> Plan:
    given = {"id": "v", "table": "offers", "row": "buy", "field": "price_usd", "distribution": "triangular"}
    return add("uncertainties", Uncertainty(**given | {"low": 0.5, "mode": 1.0, "high": 2.0} | more))


def what_if(**override: Any) -> Plan:
    given = {"table": "offers", "row": "buy", "field": "price_usd", "op": "set", "value": 1.0}
    return replace(SOUND, scenarios=(scenario(**given | override),))


ERRORS: list[tuple[Plan, str, str]] = [
    # references
    (edit("offers", "buy", platform="lpu"), "offers[0].platform", '"lpu"'),
    (edit("offers", "buy", agreement="none"), "offers[0].agreement", "agreements has no such row"),
    (edit("offers", "rent", sites=("iowa", "mars")), "offers[1].sites[1]", '"mars"'),
    (edit("offers", "rent", sites=("iowa", "iowa")), "offers[1].sites[1]", "second time"),
    (edit("offers", "buy", installed=(lot("mars", 1),)), "offers[0].installed[0].site", '"mars"'),
    (edit("workloads", "chat", throughput=(rate("lpu"),)), "workloads[1].throughput[0].platform", '"lpu"'),
    (edit("workloads", "chat", forbidden_offers=("rent", "loan")), "workloads[1].forbidden_offers[1]", '"loan"'),
    (add("ports", Port(workload="none", stack="xla", cost_usd=1.0)), "ports[1].workload", '"none"'),
    (without(SOUND, "platforms", ["tpu"]), "offers[1].platform", '"tpu"'),
    # the same twice
    (add("sites", site("iowa")), "sites[2].id", "sites[0] is called already"),
    (add("sites", site("New York")), "sites[2].id", "a-z"),
    (edit("workloads", "chat", throughput=(rate("gpu"), rate("tpu"), rate("gpu"))),
     "workloads[1].throughput[2].platform", "second time"),
    (add("ports", Port(workload="train", stack="xla", cost_usd=1.0)), "ports[1].stack", "as ports[0] does"),
    # bounds and lengths, which an edit in the window may break
    (with_settings(SOUND, periods=6), "sites[0].power_mw", "has 4 values, the plan has 6 periods"),
    (with_settings(SOUND, periods=0), "plan.periods", "1 or more"),
    (with_settings(SOUND, periods=-3), "plan.periods", "1 or more"),
    (with_settings(SOUND, start="soon"), "plan.start", "YYYY-MM"),
    (with_settings(SOUND, start="9999-06"), "plan.periods", "9999"),
    (with_settings(SOUND, discount_rate=math.nan), "plan.discount_rate", "finite"),
    (edit("agreements", "deal", months=0.0), "agreements[0].months", "more than 0"),
    (edit("sites", "iowa", power_mw=(1.0, 2.0, -3.0, 4.0)), "sites[0].power_mw[2]", "0 or more; it is -3"),
    (edit("sites", "iowa", power_mw=(1.0, 2.0, math.nan, 4.0)), "sites[0].power_mw[2]", "finite"),
    (edit("sites", "dublin", power_mw=Growth(-1.0, 0.1)), "sites[1].power_mw.start", "0 or more"),
    (edit("sites", "dublin", power_mw=Growth(1.0, -1.0)), "sites[1].power_mw.annual_growth", "more than -1"),
    (edit("sites", "dublin", pue=0.9), "sites[1].pue", "1 or more"),
    (edit("offers", "buy", available_from="2027"), "offers[0].available_from", "YYYY-MM"),
    (edit("offers", "buy", installed=(lot("iowa", -1.0),)), "offers[0].installed[0].chips", "0 or more"),
    (edit("offers", "buy", price_usd=math.inf), "offers[0].price_usd", "finite"),
    (edit("offers", "buy", price_usd=2e15), "offers[0].price_usd", "larger"),
    (edit("offers", "buy", price_usd=5e-324), "offers[0].price_usd", "closer to 0 than 1e-100"),
    (edit("sites", "iowa", power_mw=(1.0, 2.0, 1e-310, 4.0)), "sites[0].power_mw[2]", "closer to 0 than 1e-100"),
    # 1e-99 USD that falls by 99.99% a year is 1e-102 after 0.75 years
    (edit("offers", "buy", price_usd=Growth(1e-99, -0.9999)), "offers[0].price_usd.annual_growth", "closer to 0"),
    # 1e14 USD that grows tenfold a year is more than 1e15 after 0.75 years: 1e14 * 11**2 over 9 quarters
    (with_settings(replace(edit("offers", "buy", price_usd=Growth(1e14, 10.0)), sites=(site("iowa"), site("dublin"))),
                   periods=9), "offers[0].price_usd.annual_growth", "last value of 1.21e+16"),
    # policies
    (edit("policies", "mix", dimension=None), "policies[0].dimension", "stack, provider, site, jurisdiction or kind"),
    (edit("policies", "mix", metric=None), "policies[0].metric", "power or compute"),
    (edit("policies", "mix", scope="amd"), "policies[0].scope", 'no vendor in the plan'),
    (edit("policies", "mix", dimension="site", scope="mars"), "policies[0].scope", 'no site'),
    (edit("policies", "serve", scope="mars"), "policies[1].scope", "workloads has no such row"),
    (add("policies", Policy(id="r", kind="resilience", scope="chat", limit=0.5)), "policies[3].dimension", "needs it"),
    # scenarios
    (what_if(row="loan"), "scenarios[0].overrides[0]", '"loan", and offers has no such row'),
    (what_if(row=None), "scenarios[0].overrides[0]", "no such row"),
    (what_if(field="prise_usd"), "scenarios[0].overrides[0]", 'Did you mean "price_usd"'),
    (what_if(table="plan"), "scenarios[0].overrides[0]", "leave the row empty"),
    (what_if(table="ports", row="train", field="cost_usd"), "scenarios[0].overrides[0]", "no id"),
    (what_if(value="dear"), "scenarios[0].overrides[0].value", "number"),
    (what_if(value=-1.0), "scenarios[0].overrides[0].value", "0 or more"),
    (what_if(field="id", value="x"), "scenarios[0].overrides[0].field", "id"),
    (what_if(field="platform", value="lpu"), "scenarios[0].overrides[0].value", '"lpu"'),
    (what_if(field="sites", value=("iowa", "mars")), "scenarios[0].overrides[0].value", '"mars"'),
    (what_if(op="scale", value=1e12), "scenarios[0].overrides[0].value", "larger"),
    (what_if(from_="2028-01", until="2027-01"), "scenarios[0].overrides[0].until", "not after 2028-01"),
    (what_if(table="plan", row=None, field="periods", value=8.0), "scenarios[0]", "has 4 values, the plan has 8"),
    (add("scenarios", scenario(table="plan", field="name", op="set", value="x")), "scenarios[1].id", "already"),
    # uncertainties
    (uncertain(row="loan"), "uncertainties[1].field", "no such row"),
    (uncertain(field="prise"), "uncertainties[1].field", "not a field"),
    (uncertain(field="provider"), "uncertainties[1].field", "not a quantity"),
    (uncertain(field="term_months"), "uncertainties[1].field", "empty there"),
    (uncertain(mode=None), "uncertainties[1].mode", "low, mode and high"),
    (uncertain(mode=3.0), "uncertainties[1].high", "is 2, below mode (3)"),
    (uncertain(distribution="normal", mean=1.0), "uncertainties[1].sd", "mean and sd"),
    (uncertain(distribution="lognormal", mean=0.0, sd=1.0), "uncertainties[1].mean", "more than 0"),
    (uncertain(id="u"), "uncertainties[1].id", "uncertainties[0] is called already"),
]  # fmt: skip

WARNINGS: list[tuple[Plan, str, str]] = [
    (edit("offers", "rent", installed=(lot("dublin", 1.0),)), "offers[1].installed[0].site", "not to be had"),
    (add("ports", Port(workload="chat", stack="rocm", cost_usd=1.0)), "ports[1].stack", '"rocm"'),
    (edit("offers", "buy", provider="google"), "offers[0].agreement", "is with dell, and the offer is from google"),
    (edit("policies", "serve", limit=95.0), "policies[1].limit", "never percent"),
    (edit("policies", "serve", limit=Growth(0.9, 0.5)), "policies[1].limit", "1.28383"),  # the mean from 0.75 to 1 year
    (edit("offers", "rent", lead_months=12.0), "offers[1].lead_months", "no period"),
    (edit("offers", "rent", available_until="2026-01"), "offers[1].available_until", "no period"),
    # 10,000 chips of 1 kW at PUE 1.2 draw 12 MW where there are 10
    (edit("offers", "buy", installed=(lot("iowa", 10_000.0),)), "sites[0].power_mw", "10 MW in 2027 Q1"),
    (edit("offers", "buy", installed=(lot("iowa", 10_000.0),)), "sites[0].power_mw", "alone draw 12 MW"),
    # workloads that nothing can serve, one rule each
    (edit("workloads", "chat", jurisdictions=("JP",)), "workloads[1]", "its data may not be in US"),
    (edit("workloads", "chat", forbidden_offers=("buy", "rent")), "workloads[1]", "Buy is forbidden"),
    (edit("offers", ["buy", "rent"], sensitivity="internal"), "workloads[1]", "trusted up to internal"),
    (edit("offers", ["buy", "rent"], interruptible=True), "workloads[0]", "may be interrupted"),
    (edit("workloads", "chat", unit="tokens/s"), "workloads[1]", "GPU has no throughput"),
    (edit("offers", ["buy", "rent"], sites=()), "workloads[0]", "offered at no site"),
    (with_fields(edit("platforms", ["gpu", "tpu"], token_latency_ms=20.0), "workloads", "chat",
                 max_token_latency_ms=10.0), "workloads[1]", "20 ms a token"),
    (uncertain(), "uncertainties[1].field", "price_usd of buy uncertain a second time, as uncertainties[0] does"),
    # what is not there
    (replace(SOUND, workloads=(), ports=(), policies=()), "workloads", "no workloads"),
    (replace(SOUND, offers=(), scenarios=(), uncertainties=()), "offers", "no offers"),
    (replace(SOUND, sites=(), offers=(offer("buy"),)), "sites", "no sites"),
]  # fmt: skip


def test_a_sound_plan_has_no_problem() -> None:
    assert check(SOUND) == ()


@pytest.mark.parametrize(("plan", "path", "word"), ERRORS, ids=range(len(ERRORS)))
def test_what_cannot_be_computed_is_an_error(plan: Plan, path: str, word: str) -> None:
    found = [p for p in check(plan) if p.severity == "error"]
    assert [p.path for p in found] == [path]
    assert word in f"{found[0].text} {found[0].remedy}"
    assert path.startswith(found[0].table)


@pytest.mark.parametrize(("plan", "path", "word"), WARNINGS, ids=range(len(WARNINGS)))
def test_what_deserves_a_look_is_a_warning(plan: Plan, path: str, word: str) -> None:
    found = check(plan)
    assert errors(found) == ()
    assert word in next(f"{p.text} {p.remedy}" for p in found if p.path == path)


def test_a_problem_names_the_table_the_row_and_the_field() -> None:
    (problem,) = check(edit("offers", "buy", installed=(lot("mars", 1.0),)))
    assert problem == Problem(
        severity="error", path="offers[0].installed[0].site", table="offers", row="buy", field="installed",
        message=say("reference_unknown", id="mars", table="sites"),
    )  # fmt: skip
    assert problem.text == 'names "mars", and sites has no such row'
    assert problem.remedy == "Choose one of the sites, or add it."


def test_a_policy_that_is_off_is_not_looked_at() -> None:
    assert check(edit("policies", "mix", scope="amd", metric=None, enabled=False)) == ()


def test_installed_chips_count_until_their_months_are_over() -> None:
    # Six months are two quarters: in the third, when the power falls to 1 MW, the chips are gone.
    fallen = edit("sites", "iowa", power_mw=(10.0, 10.0, 1.0, 1.0))
    assert check(fallen) == ()
    stays = with_fields(fallen, "offers", "buy", installed=(lot("iowa", 5000.0, 7.0),))
    (problem,) = check(stays)
    assert problem.path == "sites[0].power_mw"
    # of the third quarter one month: 5,000 chips of 1.2 kW with their cooling, a third of the time
    assert problem.text.startswith("is 1 MW in 2027 Q3, and the installed chips alone draw 2 MW")
    assert check(with_fields(stays, "sites", "iowa", power_mw=(10.0, 10.0, 2.0, 2.0))) == ()


def test_several_problems_are_listed_together_errors_first() -> None:
    plan = with_fields(edit("offers", "buy", platform="lpu"), "sites", "dublin", pue=0.5)
    plan = with_row(plan, "ports", Port(workload="chat", stack="rocm", cost_usd=1.0))
    found = check(plan)
    assert {p.path for p in found if p.severity == "error"} == {"sites[1].pue", "offers[0].platform"}
    assert [p.severity for p in found] == ["error", "error", "warning"]


def test_errors_of_scenarios_do_not_stop_the_plan_itself() -> None:
    found = check(what_if(row="loan"))
    assert errors(found) == ()
    assert len(errors(found, what_if=True)) == 1


def test_a_workload_is_looked_at_anew_when_a_platform_changes() -> None:
    served = edit("workloads", "chat", precision="fp8")
    assert check(served) == ()
    slow = with_fields(served, "platforms", ["gpu", "tpu"], bf16_tflops=0.0)
    assert [p.path for p in check(slow)] == ["workloads[1]"]
    assert check(served) == ()


@settings(max_examples=12, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(plans(), st.integers(-2, 500))
def test_a_check_reports_and_never_raises(plan: Plan, periods: int) -> None:
    for tried in (plan, with_settings(plan, periods=periods)):
        found = check(tried)
        assert len({(p.path, p.text) for p in found}) == len(found)
        for k, row in enumerate(tried.scenarios):
            refused = not applies(tried, row.id)
            told = any(p.path.startswith(f"scenarios[{k}]") for p in found)
            assert told or errors(found) or not refused


def applies(plan: Plan, scenario_id: str) -> bool:
    """Whether a scenario applies; anything but a refusal in words is a failure."""
    try:
        apply_scenario(plan, scenario_id)
    except PlanError:
        return False
    return True


def big_plan() -> Plan:
    """20 workloads, 20 offers and 10 sites over 20 periods, every series a list."""
    series = tuple(100.0 + t for t in range(20))
    model = Inference(
        total_params_b=70.0, active_params_b=70.0, context_tokens=4000.0, prompt_tokens_per_output=3.0,
        kv_bytes_per_token=160_000.0, max_token_latency_ms=50.0,
    )  # fmt: skip
    return Plan(
        settings=Settings(name="Big", start="2027-01", periods=20),
        platforms=tuple(platform(f"p{k}") for k in range(20)),
        sites=tuple(
            site(f"s{k}", power_mw=series, electricity_usd_per_mwh=series, carbon_g_per_kwh=series,
                 hosting_usd_per_kw_month=series)
            for k in range(10)
        ),
        offers=tuple(
            offer(
                f"o{k}", platform=f"p{k}", price_usd=series, supply_chips_per_month=series, installed=(lot("s0", 1.0),)
            )
            for k in range(20)
        ),
        workloads=tuple(
            workload(f"w{k}", unit="tokens/s", demand=series, inference=model, throughput=(rate("p1"),))
            for k in range(20)
        ),
        scenarios=(scenario(table="offers", row="o1", field="price_usd", op="scale", value=1.2),),
    )  # fmt: skip


def test_a_check_costs_a_part_of_what_its_solvers_arrays_do() -> None:
    plan = big_plan()
    edited = iter([with_fields(plan, "workloads", "w3", demand=1000.0 + k) for k in range(20)])
    assert times(lambda: check(next(edited)), lambda: build(inputs_of(plan)), 10) < 0.5
    assert check(plan) == ()
