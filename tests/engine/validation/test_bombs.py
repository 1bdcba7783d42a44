"""Plans that would be endless work: every check grows with the plan, and nobody is told two million problems."""

from __future__ import annotations

import pytest
from msgspec import structs

from gigaplan.engine.plan.decode import decode_plan, encode_plan
from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.plan.problems import PlanError
from gigaplan.engine.plan.schema import Override, Scenario
from gigaplan.engine.validation.rules import MOST_ALIKE, MOST_ROWS, check
from tests.engine.plans import plan_of
from tests.timing import seconds, times


def plan_with(offers: int, scenarios: int, override: Override) -> Plan:
    """So many offers and scenarios, of which each moves one field of one row."""
    plan = plan_of()
    rows = tuple(structs.replace(plan.offers[0], id=f"o{k}", name=f"O{k}") for k in range(offers))
    moves = tuple(Scenario(id=f"s{k}", name=f"S{k}", overrides=(override,)) for k in range(scenarios))
    return structs.replace(plan, offers=rows, scenarios=moves)


def late(count: int, op: str) -> Plan:
    """Scenarios that all move the last offer."""
    return plan_with(count, count, Override(table="offers", row=f"o{count - 1}", field="price_usd", op=op, value=1.5))


@pytest.mark.parametrize("op", ["scale", "set", "add"])
def test_ten_times_the_scenarios_and_offers_are_ten_times_the_work(op: str) -> None:
    small, large = late(1_000, op), late(10_000, op)
    assert check(small) == ()
    took = min(seconds(lambda: check(structs.replace(small))) for _ in range(3))
    assert seconds(lambda: check(large)) < 30 * took  # it was the square: 100 times, and more than two minutes


def test_a_scenario_has_20_above_it_at_most_and_ten_times_as_many_in_lines_are_ten_times_the_work() -> None:
    def lines(count: int, length: int) -> Plan:
        above = [None if k % length == 0 else f"s{k - 1}" for k in range(count)]
        scenarios = tuple(Scenario(id=f"s{k}", name="S", parent=parent) for k, parent in enumerate(above))
        return structs.replace(plan_of(), scenarios=scenarios)

    assert check(lines(42, 21)) == ()
    (problem,) = check(lines(22, 22))
    assert str(problem).startswith("scenarios[21].parent: has more than 20 scenarios above it, each based on the next.")
    small, large = lines(1_000, 20), lines(10_000, 20)
    assert times(lambda: check(structs.replace(large)), lambda: check(structs.replace(small)), runs=3) < 25


def test_what_a_scenario_does_to_a_late_row_is_told_at_its_place() -> None:
    plan = plan_with(50, 1, Override(table="offers", row="o48", field="price_usd", op="scale", value=-1.0))
    (problem,) = check(plan)
    assert problem.path.startswith("scenarios[0]")
    assert problem.severity == "error"
    sites = plan_with(50, 1, Override(table="offers", row="o48", field="sites", op="set", value=["nowhere"]))
    assert [p.path for p in check(sites)] == ["scenarios[0].overrides[0].value"]


def test_two_million_dangling_references_are_a_hundred_problems_and_a_count() -> None:
    plan = plan_with(10_000, 0, Override(table="offers", row="o0", field="price_usd", op="set", value=1.0))
    nowhere = tuple(f"x{k}" for k in range(200))
    plan = structs.replace(plan, offers=tuple(structs.replace(offer, sites=nowhere) for offer in plan.offers))
    found = check(plan)
    assert len(found) == MOST_ALIKE + 1
    assert str(found[-1]) == "offers.sites: and 1,999,900 more of this kind."
    assert found[0].path == "offers[0].sites[0]"


def test_the_count_of_what_is_not_told_is_exact() -> None:
    """Unknown ids and ids that are named twice, counted one by one and in bulk."""
    plan = plan_with(60, 0, Override(table="offers", row="o0", field="price_usd", op="set", value=1.0))
    known = plan.sites[0].id
    sites = (known, "x", known, "y", "x")  # two unknown thrice, one a second time
    plan = structs.replace(plan, offers=tuple(structs.replace(offer, sites=sites) for offer in plan.offers))
    found = check(plan)
    assert str(found[-1]) == f"offers.sites: and {60 * 4 - MOST_ALIKE} more of this kind."


def test_nested_override_values_are_refused_at_once() -> None:
    value = [[[1.0] * 100] * 10] * 10
    plan = plan_with(1, 1_000, Override(table="offers", row="o0", field="price_usd", op="set", value=value))
    found = check(plan)
    assert len(found) == MOST_ALIKE + 1
    assert str(found[-1]) == "scenarios.overrides: and 900 more of this kind."


def test_scenarios_that_move_the_time_grid_of_a_large_plan_are_checked_as_far_as_is_sensible() -> None:
    plan = plan_with(2_000, 200, Override(table="plan", field="discount_rate", op="set", value=0.5))
    found = check(plan)
    assert [p.severity for p in found] == ["warning"]
    assert "is not checked, nor are those after it" in found[0].text
    assert int(found[0].path.split("[")[1].split("]")[0]) == MOST_ROWS // (2_000 + 200 + 4)


@pytest.mark.parametrize(
    ("name", "refusal"),
    [
        ("x" * 201, "has 201 characters; 200 is the most"),
        ("\n".join("x" * 50_000), "has 99,999 characters; 200 is the most"),
        ("Iowa\nOhio", "has more than one line"),
        ("Iowa\u2028", "has more than one line"),
    ],
)
def test_a_name_has_200_characters_and_one_line_at_most(name: str, refusal: str) -> None:
    given = encode_plan(plan_of())
    given["sites"] = [{**given["sites"][0], "name": name}]
    with pytest.raises(PlanError) as refused:
        decode_plan(given)
    assert str(refused.value) == f"sites[0].name: {refusal}."
    given["sites"] = [{**given["sites"][0], "name": "x" * 200}]
    assert decode_plan(given).sites[0].name == "x" * 200


def test_notes_hold_100_000_characters() -> None:
    given = encode_plan(plan_of())
    given["plan"] = {**given["plan"], "notes": "x" * 1_000_000}
    with pytest.raises(PlanError, match=r"plan\.notes: has 1,000,000 characters; 100,000 is the most"):
        decode_plan(given)
    given["plan"] = {**given["plan"], "notes": "x\n" * 50_000}
    assert len(decode_plan(given).settings.notes) == 100_000
