"""Each contradiction between fields is named once, at its field, with what to do; a sound plan has none."""

from __future__ import annotations

from typing import Any

import pytest

from gigaplan.engine.plan.decode import decode_plan
from gigaplan.engine.plan.plan import with_fields
from gigaplan.engine.plan.problems import PlanError
from gigaplan.engine.storage.templates import load_template, template_names
from gigaplan.engine.validation.rules import check
from tests.engine.plans import SITE, plan_of

BLOCKS = {"blocks": [{"name": "day", "share": 0.75}, {"name": "night", "share": 0.25}]}
MODEL = {"total_params_b": 100, "active_params_b": 200, "context_tokens": 1000, "prompt_tokens_per_output": 1,
         "kv_bytes_per_token": 1000}  # fmt: skip
DEAL = {"id": "deal", "name": "Deal", "provider": "cloud", "start": "2026-01", "months": 12,
        "commit_usd_per_year": 1e6, "status": "signed"}  # fmt: skip
LINE = {"id": "line", "name": "Line", "site": "here", "provider": "grid", "mw": 5, "start": "2026-01",
        "status": "signed"}  # fmt: skip
API = {"id": "api", "name": "API", "provider": "lab", "workloads": "*", "price_usd": 2}
UNDER = {"offers": [{"agreement": "deal"}]}
FOUND: list[tuple[dict[str, Any], str, str, str]] = [
    ({"plan": {"blocks": [{"name": "day", "share": 0.5}]}}, "plan.blocks", "error", "0.5 together"),
    ({"plan": BLOCKS, "workloads": [{"profile": [1]}]}, "workloads[0].profile", "error", "the day has 2 blocks"),
    # 0.75 * 1.2 + 0.25 * 0.8 = 1.1
    ({"plan": BLOCKS, "workloads": [{"profile": [1.2, 0.8]}]}, "workloads[0].profile", "error", "a mean of 1.1 over"),
    ({"plan": BLOCKS, "workloads": [{"profile": [0, 0]}]}, "workloads[0].profile", "error", "a mean of 0 over"),
    ({"plan": BLOCKS, "workloads": [{"profile": [1.2, 0.4], "day_flexible": True}]},
     "workloads[0].profile", "warning", "at any hour of its day"),
    ({"plan": BLOCKS, "workloads": [{"profile": [1.2, 0.4], "max_delay_months": 12}]},
     "workloads[0].profile", "warning", "the work may wait"),
    ({"sites": [{"electricity_profile": [1, 2]}]}, "sites[0].electricity_profile", "error", "the day has 1 block"),
    ({"agreements": [DEAL | {"group": "tier"}, DEAL | {"id": "two", "name": "Two", "group": "tier"}],
      "offers": [{"agreement": "deal"}, {"id": "other", "agreement": "two"}]},
     "agreements[0].group", "warning", "Two of it is signed too"),
    ({"power_contracts": [LINE | {"group": "g"}, LINE | {"id": "two", "name": "Two", "group": "g"}]},
     "power_contracts[1].group", "warning", "Line of it is signed too"),
    ({"agreements": [DEAL]}, "agreements[0].status", "warning", "no offer or service is under it"),
    ({"agreements": [DEAL | {"start": "2030-01"}], **UNDER}, "agreements[0].start", "warning", "begins after the plan"),
    ({"agreements": [DEAL | {"start": "2024-01"}], **UNDER}, "agreements[0].start", "warning", "ends before the plan"),
    ({"power_contracts": [LINE | {"start": "2020-01", "months": 60}]},
     "power_contracts[0].start", "warning", "gives no power"),
    ({"power_contracts": [LINE], "sites": [{"power_mw": None}]},
     "power_contracts[0].site", "warning", "gives it nothing"),
    ({"services": [API]}, "services[0].unit", "warning", "it serves nothing"),
    ({"offers": [{"available_from": "2027-01", "available_until": "2026-06"}]},
     "offers[0].available_until", "error", "not after 2027-01"),
    ({"services": [API | {"available_from": "2027-01", "available_until": "2027-01"}]},
     "services[0].available_until", "error", "not after 2027-01"),
    ({"platforms": [{"resale": [{"age_months": 12, "fraction": 0.5}, {"age_months": 12, "fraction": 0.4}]}]},
     "platforms[0].resale[1].age_months", "error", "not more than the age before"),
    ({"platforms": [{"resale": [{"age_months": 12, "fraction": 0.5}, {"age_months": 24, "fraction": 0.6}]}]},
     "platforms[0].resale[1].fraction", "warning", "rises to 0.6"),
    ({"platforms": [{"resale": [{"age_months": 12, "fraction": 1.2}]}]},
     "platforms[0].resale[0].fraction", "warning", "more than it cost new"),
    ({"platforms": [{"power_caps": [{"power": 0.8, "throughput": 0.7}]}]},
     "platforms[0].power_caps[0].throughput", "warning", "less than the power"),
    ({"platforms": [{"fp8_tflops": 500}]}, "platforms[0].fp8_tflops", "warning", "less than bf16 (1,000)"),
    ({"platforms": [{"as_of": "yesterday"}]}, "platforms[0].as_of", "warning", "which is no date"),
    ({"workloads": [{"max_delay_months": 60}]},
     "workloads[0].max_delay_months", "warning", "longer than the plan (48)"),
    ({"workloads": [{"max_delay_months": 5}]}, "workloads[0].max_delay_months", "warning", "for no later period"),
    ({"workloads": [{"max_delay_months": 3, "flexible": True}]}, "workloads[0].max_delay_months", "error", "flexible"),
    # 10 a month are 120 a year
    ({"offers": [{"min_order_chips": 121, "supply_chips_per_month": 10}]},
     "offers[0].min_order_chips", "warning", "no period has more than 120"),
    ({"offers": [{"kind": "purchase", "price_usd": 20_000, "term_months": 12}]},
     "offers[0].term_months", "warning", "of rentals alone"),
    ({"offers": [{"kind": "purchase", "price_usd": 20_000, "upfront_fraction": 0.5}]},
     "offers[0].upfront_fraction", "warning", "of rentals alone"),
    ({"offers": [{"maintenance_per_year": 0.1}]}, "offers[0].maintenance_per_year", "warning", "of purchases alone"),
    ({"offers": [{"price_usd": 0}]}, "offers[0].price_usd", "warning", "cost nothing"),
    ({"offers": [{"availability": 0}]}, "offers[0].availability", "warning", "never work"),
    ({"workloads": [{"unit": "tokens/s", "inference": MODEL}]},
     "workloads[0].inference.active_params_b", "error", "more than all parameters"),
    ({"workloads": [{"throughput": [{"platform": "chip", "value": 2, "basis": "vendor"}]}]},
     "workloads[0].throughput[0].value", "warning", "2 times what a Chip computes"),
    ({"policies": [{"id": "cap", "kind": "budget", "scope": "here", "limit": 1e9}]},
     "policies[0].scope", "warning", "of the whole plan"),
    ({"policies": [{"id": "cap", "kind": "carbon", "metric": "power", "limit": 1e9}]},
     "policies[0].metric", "warning", "it is ignored"),
    ({"policies": [{"id": "all", "kind": "coverage", "reassign": True, "limit": 0.5}]},
     "policies[0].reassign", "warning", "moves no work"),
    ({"policies": [{"id": "max", "kind": "share", "dimension": "site", "metric": "power", "limit": 0.4}],
      "sites": [{}, SITE | {"id": "there", "name": "There"}]}, "policies[0].limit", "warning", "lets no chip run"),
    # 100 PFLOP/s at half a PFLOP/s a chip are 200 chips: 200 kW, at a PUE of 1.5 0.3 MW
    ({"workloads": [{"placement": "one_cluster"}], "sites": [{"power_mw": 0.2}]},
     "workloads[0].placement", "warning", "takes 0.3 MW, of 0.2"),
]  # fmt: skip


@pytest.mark.parametrize(("given", "path", "severity", "words"), FOUND, ids=[path for _, path, _, _ in FOUND])
def test_a_contradiction_is_named_with_what_to_do(given: dict[str, Any], path: str, severity: str, words: str) -> None:
    (found,) = [p for p in check(plan_of(**given)) if p.path == path]
    assert found.severity == severity
    assert words in found.text
    assert found.remedy
    assert (found.table, found.field) == (path.split("[")[0].split(".")[0], path.split(".")[1].split("[")[0])


@pytest.mark.parametrize("path", sorted({path for _, path, _, _ in FOUND}))
def test_a_sound_plan_has_none_of_them(path: str) -> None:
    assert [p for p in check(plan_of()) if p.path == path] == []


@pytest.mark.parametrize("name", [template.name for template in template_names()])
def test_no_template_contradicts_itself(name: str) -> None:
    assert [p for p in check(load_template(name)) if p.severity == "error"] == []


@pytest.mark.parametrize(
    ("power", "path", "words"),
    [
        ({"steps": [["2027-01", 5], ["2026-01", 6]]}, "sites[0].power_mw.steps[1][0]", "is 2026-01, not after 2027-01"),
        ({"steps": [["2027-01", 5], ["2027-01", 6]]}, "sites[0].power_mw.steps[1][0]", "not after 2027-01"),
        ({"steps": []}, "sites[0].power_mw.steps", "has no step"),
        ({"steps": [["2027-01", -5]]}, "sites[0].power_mw.steps[0][1]", "must be 0 or more"),
        ({"steps": [["May", 5]]}, "sites[0].power_mw.steps[0][0]", "YYYY-MM"),
        ({"start": 5, "from": "May"}, "sites[0].power_mw.from", "YYYY-MM"),
    ],
)
def test_steps_out_of_order_are_refused(power: Any, path: str, words: str) -> None:
    with pytest.raises(PlanError) as caught:
        plan_of(sites=[{"power_mw": power}])
    assert [(p.path, words in p.text) for p in caught.value.problems] == [(path, True)]


def test_a_contract_that_ends_before_it_starts_is_refused() -> None:
    """In a file at once; in a plan that is made otherwise, as a problem that says what may stand there."""
    for table, row in (("power_contracts", LINE), ("agreements", DEAL)):
        with pytest.raises(PlanError, match=rf"{table}\[0\].months: must be more than 0; it is -3"):
            plan_of(**{table: [row | {"months": -3}]})
    found = check(with_fields(plan_of(power_contracts=[LINE]), "power_contracts", "line", months=-3.0))
    assert [(p.path, p.remedy) for p in found] == [
        ("power_contracts[0].months", "Correct it, or leave it empty: to the end of the plan.")
    ]


def test_a_price_has_no_months_without_one() -> None:
    with pytest.raises(PlanError, match="only a limit may be none"):
        plan_of(offers=[{"price_usd": {"steps": [["2026-01", None]]}}])
    assert plan_of(sites=[{"power_mw": {"steps": [["2026-01", None]]}}]).sites[0].power_mw


def test_a_plan_of_edition_1_is_read_as_it_was_meant() -> None:
    document = {
        "format": "gigaplan/1",
        "plan": {"name": "x", "start": "2026-01", "periods": 4},
        "sites": [SITE],
        "offers": [
            {"id": id, "name": id, "platform": "chip", "provider": "p", "kind": "rental", "price_usd": 1, "sites": "*",
             "supply_chips": supply}
            for id, supply in (("a", 30), ("b", [3, 6, 9, 12]), ("c", {"start": 6, "annual_growth": 1}), ("d", None))
        ],
        "scenarios": [{"id": "s", "name": "s", "overrides": [
            {"table": "sites", "row": "here", "field": "power_mw", "op": "scale", "value": 2, "periods": [3, 0, 1, 1]},
            {"table": "offers", "row": "a", "field": "supply_chips", "op": "add", "value": 3},
        ]}],
        "uncertainties": [{"id": "u", "table": "offers", "row": "a", "field": "supply_chips", "relative": False,
                           "distribution": "uniform", "low": 3, "high": 6}],
    }  # fmt: skip
    plan = decode_plan(document)
    supplies = [offer.supply_chips_per_month for offer in plan.offers]
    assert supplies[:2] == [10.0, (1.0, 2.0, 3.0, 4.0)]
    assert (supplies[2].start, supplies[2].annual_growth, supplies[3]) == (2.0, 1.0, None)
    moves = [(o.field, o.value, o.from_, o.until) for o in plan.scenarios[0].overrides]
    assert moves == [
        ("power_mw", 2.0, "2026-01", "2026-07"),
        ("power_mw", 2.0, "2026-10", "2027-01"),
        ("supply_chips_per_month", 1.0, None, None),
    ]
    (row,) = plan.uncertainties
    assert (row.field, row.low, row.high) == ("supply_chips_per_month", 1.0, 2.0)
    assert document["offers"][0]["supply_chips"] == 30  # what is given stays as it is
