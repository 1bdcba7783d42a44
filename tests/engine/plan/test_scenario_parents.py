"""Scenarios that are based on others."""

from __future__ import annotations

from typing import Any

import pytest

from gigaplan.engine.analysis.waterfall import by_override
from gigaplan.engine.plan.plan import Plan, with_fields, without
from gigaplan.engine.plan.problems import PlanError
from gigaplan.engine.plan.scenario_from_edits import edited_under
from gigaplan.engine.plan.scenarios import apply_scenario, whole
from gigaplan.engine.solve.solve import solve_plan
from gigaplan.engine.validation.rules import check
from tests.engine.plans import plan_of

DEMAND = {"table": "workloads", "row": "work", "field": "demand"}
PRICE = {"table": "offers", "row": "rent", "field": "price_usd"}


def scenario(id: str, parent: str | None, *overrides: dict[str, Any]) -> dict[str, Any]:
    return {"id": id, "name": id.title(), "parent": parent, "overrides": list(overrides)}


def family() -> Plan:
    """Dear: prices x 1.5; boom, based on it: demand x 2; late boom: demand + 10 on top. The last stands first."""
    return plan_of(
        plan={"periods": 1},
        scenarios=[
            scenario("late", "boom", DEMAND | {"op": "add", "value": 10}),
            scenario("dear", None, PRICE | {"op": "scale", "value": 1.5}),
            scenario("boom", "dear", DEMAND | {"op": "scale", "value": 2}),
        ],
    )


def test_what_is_inherited_comes_first() -> None:
    plan = apply_scenario(family(), "late")
    assert plan.workloads[0].demand == 210.0
    assert plan.offers[0].price_usd == 3.0
    assert not [p for p in check(family()) if p.severity == "error"]


@pytest.mark.parametrize(
    ("parents", "words"),
    [
        ({"a": "a"}, "leads back to itself: a is based on a"),
        ({"a": "b", "b": "c", "c": "a"}, "leads back to itself: a is based on b is based on c is based on a"),
        ({"a": "nobody"}, "names 'nobody', and scenarios has no such row"),
    ],
)
def test_a_line_that_leads_nowhere_is_refused_by_name(parents: dict[str, str], words: str) -> None:
    plan = plan_of(scenarios=[scenario(id, parent) for id, parent in parents.items()])
    found = [p for p in check(plan) if p.severity == "error"]
    assert {p.field for p in found} == {"parent"}
    assert len(found) == len(parents)
    assert words.replace("'", '"') in found[0].text.replace("'", '"')
    with pytest.raises(PlanError, match=r"parent"):
        apply_scenario(plan, "a")


def test_what_does_not_fit_is_told_once_where_it_stands() -> None:
    lost = DEMAND | {"row": "gone", "op": "scale", "value": 2}
    plan = plan_of(scenarios=[scenario("a", None, lost), scenario("b", "a")])
    found = [p for p in check(plan) if p.severity == "error"]
    assert [p.path for p in found] == ["scenarios[0].overrides[0]"]


def test_who_loses_its_ground_keeps_what_it_had_from_there() -> None:
    plan = without(family(), "scenarios", ["dear", "boom"])
    assert [s.parent for s in plan.scenarios] == [None]
    assert apply_scenario(plan, "late").workloads == apply_scenario(family(), "late").workloads
    assert apply_scenario(plan, "late").offers[0].price_usd == 3.0


def test_an_edit_goes_into_the_scenario_itself_and_back_again_to_what_it_is_based_on() -> None:
    base = family()
    shown = apply_scenario(base, "boom")
    made = edited_under(base, "boom", shown, with_fields(shown, "offers", "rent", price_usd=9.0))
    assert made.plan is not None
    assert made.scenario is not None
    assert len(made.scenario.overrides) == 2
    assert made.scenario.parent == "dear"
    again = apply_scenario(made.plan, "boom")
    back = edited_under(made.plan, "boom", again, with_fields(again, "offers", "rent", price_usd=3.0))
    assert back.scenario is not None
    assert [o.field for o in back.scenario.overrides] == ["demand"]


def test_inherited_moves_are_causes_of_the_difference() -> None:
    plan = family()
    late = plan.scenarios[0]
    assert len(whole(plan, late).overrides) == 3
    steps = by_override(plan, "late", solve_plan)
    assert [step.overrides for step in steps] == [(0,), (1,), (2,)]
    base, end = solve_plan(plan).kpis["tco_usd"], solve_plan(apply_scenario(plan, "late")).kpis["tco_usd"]
    assert sum(step.value for step in steps) == pytest.approx(end - base)
