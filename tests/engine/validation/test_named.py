"""What would be taken in silence and is no help to anybody: refused, or named at its field with what will happen."""

from __future__ import annotations

from typing import Any

import pytest

from gigaplan.engine.plan.problems import PlanError
from gigaplan.engine.solve.solve import solve_plan
from gigaplan.engine.validation.rules import check
from tests.engine.plans import plan_of

DEAL = {"id": "g", "name": "G", "provider": "cloud", "start": "2026-01", "months": 24, "commit_usd_per_year": 1e5,
        "status": "signed"}  # fmt: skip
CONTRACT = {"id": "c", "name": "C", "site": "here", "provider": "grid", "mw": 1, "start": "2026-01",
            "status": "signed"}  # fmt: skip
HALVES = [{"name": "day", "share": 0.5}, {"name": "night", "share": 0.5}]


@pytest.mark.parametrize(
    ("tables", "path", "says"),
    [
        ({"policies": [{"id": "b", "kind": "budget", "limit": 1e6, "scope": "work"}]},
         "policies[0].scope", "of the whole plan: it is ignored"),
        ({"policies": [{"id": "b", "kind": "budget", "limit": 1e6, "metric": "power"}]},
         "policies[0].metric", "no use for it: it is ignored"),
        ({"policies": [{"id": "b", "kind": "carbon", "limit": 1e6, "scope": "here"}]},
         "policies[0].scope", "of the whole plan: it is ignored"),
        ({"offers": [{"maintenance_per_year": 0.1}]}, "offers[0].maintenance_per_year", "no effect on a rental"),
        ({"offers": [{"kind": "purchase", "term_months": 12}]}, "offers[0].term_months", "no effect on a purchase"),
        ({"policies": [{"id": "s", "kind": "share", "dimension": "vendor", "metric": "power", "limit": 0.5}]},
         "policies[0].limit", "lets no chip run"),
        ({"agreements": [DEAL]}, "agreements[0].status", "all of the commitment is paid for nothing"),
        ({"agreements": [DEAL | {"start": "2040-01"}], "offers": [{"agreement": "g"}]},
         "agreements[0].start", "begins after the plan ends"),
        ({"workloads": [{"throughput": [{"platform": "chip", "value": 2.0, "basis": "measured", "source": "x"}]}]},
         "workloads[0].throughput[0].value", "2 times what a Chip computes"),
        ({"platforms": [{"fp8_tflops": 500}]}, "platforms[0].fp8_tflops", "less than bf16"),
        ({"offers": [{"price_usd": 0}]}, "offers[0].price_usd", "its chips cost nothing"),
        ({"offers": [{"availability": 0}]}, "offers[0].availability", "its chips never work"),
        ({"offers": [{"as_of": "yesterday"}]}, "offers[0].as_of", "which is no date"),
        ({"plan": {"blocks": [{"name": "day", "share": 0.5}, {"name": "night", "share": 0.6}]}},
         "plan.blocks", "a day is 1"),
        ({"plan": {"blocks": HALVES}, "workloads": [{"profile": [1, 2]}]}, "workloads[0].profile", "it must be 1"),
        ({"agreements": [DEAL | {"group": "x"}, DEAL | {"id": "h", "group": "x"}], "offers": [{"agreement": "g"}]},
         "agreements[0].group", "is signed too"),
        ({"workloads": [{"placement": "one_cluster", "demand": 1e9}]},
         "workloads[0].placement", "all of it at one site"),
        ({"platforms": [{"resale": [{"age_months": 12, "fraction": 0.5}, {"age_months": 24, "fraction": 0.8}]}]},
         "platforms[0].resale[1].fraction", "rises to 0.8"),
        ({"workloads": [{"max_delay_months": 500}]}, "workloads[0].max_delay_months", "longer than the plan"),
        ({"offers": [{"min_order_chips": 100, "supply_chips_per_month": 5}]},
         "offers[0].min_order_chips", "none can be ordered"),
    ],
    ids=lambda value: value if isinstance(value, str) and "[" in value else "",
)  # fmt: skip
def test_it_is_named_at_its_field_with_what_will_happen(tables: dict[str, Any], path: str, says: str) -> None:
    assert any(p.path == path and says in p.text for p in check(plan_of(**tables)))


@pytest.mark.parametrize(
    ("tables", "says"),
    [
        ({"workloads": [{"demand": 1e-320}]}, "workloads[0].demand: is closer to 0"),
        ({"workloads": [{"demand": {"steps": [["2027-01", 1], ["2026-01", 2]]}}]}, "not after 2027-01"),
        ({"power_contracts": [CONTRACT | {"months": 0}]}, "power_contracts[0].months: must be more than 0"),
        ({"power_contracts": [CONTRACT | {"months": -3}]}, "power_contracts[0].months: must be more than 0"),
    ],
)
def test_it_is_refused_by_name(tables: dict[str, Any], says: str) -> None:
    with pytest.raises(PlanError, match=says.replace("[", r"\[").replace("]", r"\]")):
        plan_of(**tables)


API = {"id": "k", "name": "K", "provider": "y", "unit": "PFLOP/s", "workloads": "*", "price_usd": 20}
SHORT = {"sites": [{"power_mw": 2}], "workloads": [{"demand": 1e6}]}
CAPS = {"power_caps": [{"power": 0.5, "throughput": 0.8}]}


@pytest.mark.parametrize(
    ("tables", "path", "is_told"),
    [  # a run of 16 EFLOP/s on chips of half a PFLOP/s and 1.5 kW with their cooling takes 48 MW; the site has 10
        ({"workloads": [{"placement": "one_cluster", "demand": 16_000}]}, "workloads[0].placement", True),
        # capped chips take 0.625 of that, 30 MW; software twice as fast after a year and a half 2.8 times less
        ({"workloads": [{"placement": "one_cluster", "demand": 16_000}], "platforms": [CAPS],
          "sites": [{"power_mw": 30}]}, "workloads[0].placement", False),
        ({"workloads": [{"placement": "one_cluster", "demand": 16_000}], "platforms": [CAPS],
          "sites": [{"power_mw": 29.9}]}, "workloads[0].placement", True),
        ({"workloads": [{"placement": "one_cluster", "demand": [0, 16_000, 0, 0], "software_gain_per_year": 1}],
          "sites": [{"power_mw": 17}]}, "workloads[0].placement", False),
        # a lump in one year is done in that year
        ({"workloads": [{"placement": "one_cluster", "demand": [0, 4_000, 0, 0], "flexible": True}]},
         "workloads[0].placement", True),
        # what a service does needs no offer, no site and no power
        ({"workloads": [{"forbidden_offers": ["rent"]}]}, "workloads[0]", True),
        ({"workloads": [{"forbidden_offers": ["rent"]}], "services": [API]}, "workloads[0]", False),
        ({"workloads": [{"forbidden_offers": ["rent"], "sensitivity": "internal"}],
          "services": [API | {"sensitivity": "public"}]}, "workloads[0]", True),
        ({"offers": []}, "offers", True),
        ({"offers": [], "sites": [], "services": [API]}, "offers", False),
        ({"offers": [], "sites": [], "services": [API]}, "sites", False),
        # 2 million chips take 3,000 MW
        (SHORT, "sites[0].power_mw", True),
        (SHORT | {"power_contracts": [CONTRACT | {"mw": 200}]}, "sites[0].power_mw", False),
        (SHORT | {"services": [API]}, "sites[0].power_mw", False),
    ],
)  # fmt: skip
def test_it_is_named_only_where_it_is_so(tables: dict[str, Any], path: str, is_told: bool) -> None:
    assert any(p.path == path for p in check(plan_of(**tables))) == is_told


@pytest.mark.parametrize("tables", [{"sites": [{"power_mw": 1e12}]}, {"offers": [{"supply_chips_per_month": 1e12}]}])
def test_limits_beyond_all_measure_beside_an_optional_agreement_are_solved(tables: dict[str, Any]) -> None:
    """The gate of the agreement is no larger than what can be used: 200 chips, at 10 % off the 2 USD."""
    tables = {"offers": [{}]} | tables
    tables["offers"] = [tables["offers"][0] | {"agreement": "g"}]
    deal = DEAL | {"status": "optional", "discount": 0.1, "months": 48}
    result = solve_plan(plan_of(agreements=[deal], plan={"discount_rate": 0}, **tables))
    assert result.status == "optimal"
    assert result.kpis["tco_usd"] == pytest.approx(200 * 1.8 * 8766 * 4)


def test_of_two_prices_next_to_nothing_the_lower_is_taken_beside_a_rack_of_ten_million() -> None:
    rack = {"id": "rack", "kind": "purchase", "price_usd": 1e7}
    offers = [{"price_usd": 1.2e-4}, {"id": "less", "price_usd": 1e-4}, rack]
    result = solve_plan(plan_of(offers=offers, plan={"periods": 1, "discount_rate": 0}))
    assert result.kpis["tco_usd"] == pytest.approx(200 * 1e-4 * 8766)


def test_an_offer_that_costs_an_absurd_sum_changes_no_cost() -> None:
    plain = solve_plan(plan_of(offers=[{}, {"id": "b", "price_usd": 2.01}]))
    absurd = solve_plan(plan_of(offers=[{}, {"id": "b", "price_usd": 2.01}, {"id": "c", "price_usd": 9e7}]))
    assert absurd.kpis["tco_usd"] == pytest.approx(plain.kpis["tco_usd"], rel=1e-12)
    assert absurd.kpis["coverage"] == plain.kpis["coverage"]


def test_unit_costs_and_what_is_unused_add_up_to_the_whole_cost() -> None:
    """Also a shortfall without any spend, chips that idle, and chips that are down a tenth of the time."""
    deal = DEAL | {"months": 12}
    lot = {"installed": [{"site": "here", "chips": 500, "months_left": 600}], "can_switch_off": False}
    offers = [{"availability": 0.9}, lot | {"id": "old", "term_months": 36}]
    result = solve_plan(plan_of(agreements=[deal], offers=offers, workloads=[{}, {"id": "w2", "demand": 3}]))
    unit = result.kpis["usd_per_pflop_day"]
    days = 4 * 8766 / 24
    borne = unit["work"] * 100 * days + unit["w2"] * 3 * days
    assert result.kpis["unused_usd"] >= 1e5
    assert borne + result.kpis["unused_usd"] == pytest.approx(result.kpis["tco_usd"])
