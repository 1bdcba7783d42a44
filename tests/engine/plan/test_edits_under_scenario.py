"""Editing the plan under a scenario: edits become overrides, what is relative stays so, and rows are the base's."""

from __future__ import annotations

from typing import Any

import msgspec

from gigaplan.engine.plan.plan import Plan, find, with_fields, with_row, with_settings, without
from gigaplan.engine.plan.scenario_from_edits import Variant, edited_under
from gigaplan.engine.plan.scenarios import apply_scenario
from gigaplan.engine.plan.schema import Override, Port, Scenario
from tests.engine.plans import plan_of

DOUBLED = Override(table="workloads", row="work", field="demand", op="scale", value=2.0)


def base_of(*overrides: Override) -> Plan:
    plan = plan_of(
        plan={"periods": 4},
        sites=[{"id": "hall", "power_mw": [10, 20, 30, 40]}],
        offers=[{"price_usd": 2.0}],
        workloads=[{"demand": 100.0}],
    )
    return with_row(plan, "scenarios", Scenario(id="double", name="Demand x2", overrides=overrides or (DOUBLED,)))


def shown(base: Plan) -> Plan:
    return msgspec.structs.replace(apply_scenario(base, "double"), scenarios=())


def edit(base: Plan, table: str, row: str, factor: float | None = None, **changes: Any) -> Variant:
    return edited_under(base, "double", shown(base), with_fields(shown(base), table, row, **changes), factor)


def moves(made: Variant) -> list[tuple[str, str, Any]]:
    assert made.refusals == ()
    return [(o.field, o.op, o.value) for o in made.scenario.overrides]


def test_an_edited_field_becomes_an_override_and_the_relative_one_stays() -> None:
    base = base_of()
    made = edit(base, "offers", "rent", price_usd=3.0)
    assert moves(made) == [("demand", "scale", 2.0), ("price_usd", "set", 3.0)]
    assert (made.plan.offers, made.plan.workloads) == (base.offers, base.workloads)
    assert find(apply_scenario(made.plan, "double"), "offers", "rent").price_usd == 3.0


def test_a_field_that_is_as_in_the_base_again_is_overridden_no_more() -> None:
    assert moves(edit(base_of(), "workloads", "work", demand=100.0)) == []


def test_a_scaled_field_that_is_typed_anew_is_set() -> None:
    assert moves(edit(base_of(), "workloads", "work", demand=350.0)) == [("demand", "set", 350.0)]


def test_some_periods_are_set_and_the_others_are_still_scaled() -> None:
    base = base_of(Override(table="sites", row="hall", field="power_mw", op="scale", value=2.0))
    made = edit(base, "sites", "hall", power_mw=(20.0, 40.0, 7.0, 80.0))
    assert moves(made) == [("power_mw", "scale", 2.0), ("power_mw", "set", 7.0)]
    wider = with_fields(made.plan, "sites", "hall", power_mw=(100.0, 20.0, 30.0, 40.0))
    assert find(apply_scenario(wider, "double"), "sites", "hall").power_mw == (200.0, 40.0, 7.0, 80.0)


def test_a_factor_is_kept_and_follows_the_base() -> None:
    made = edit(base_of(), "offers", "rent", 1.1, price_usd=2.2)
    assert moves(made)[-1] == ("price_usd", "scale", 1.1)
    dearer = with_fields(made.plan, "offers", "rent", price_usd=4.0)
    assert find(apply_scenario(dearer, "double"), "offers", "rent").price_usd == 4.0 * 1.1


def test_a_factor_that_does_not_give_what_was_edited_is_not_kept() -> None:
    assert moves(edit(base_of(), "offers", "rent", 1.5, price_usd=2.2))[-1] == ("price_usd", "set", 2.2)


def test_the_settings_are_moved_as_rows_are() -> None:
    base = base_of()
    made = edited_under(base, "double", shown(base), with_settings(shown(base), discount_rate=0.2))
    assert moves(made)[-1] == ("discount_rate", "set", 0.2)
    assert made.plan.settings == base.settings


def test_names_and_added_rows_go_into_the_base() -> None:
    base = base_of()
    edited = with_fields(shown(base), "sites", "hall", name="Hall 1")
    edited = with_row(edited, "sites", msgspec.structs.replace(find(edited, "sites", "hall"), id="hall2"))
    made = edited_under(base, "double", shown(base), edited)
    assert moves(made) == [("demand", "scale", 2.0)]
    assert [(s.id, s.name) for s in made.plan.sites] == [("hall", "Hall 1"), ("hall2", "Hall 1")]
    assert find(made.plan, "workloads", "work").demand == 100.0


def test_rows_that_are_removed_and_ports_that_are_changed_are_refused() -> None:
    base = base_of()
    made = edited_under(base, "double", shown(base), without(shown(base), "offers", ["rent"]))
    assert made.plan is None
    assert made.refusals[0] == "The offer Rent was removed."
    base = msgspec.structs.replace(base, ports=(Port(workload="work", stack="cuda", cost_usd=5.0),))
    cheaper = msgspec.structs.replace(shown(base), ports=(Port(workload="work", stack="cuda", cost_usd=1.0),))
    assert edited_under(base, "double", shown(base), cheaper).refusals[0] == "Ports were edited."
