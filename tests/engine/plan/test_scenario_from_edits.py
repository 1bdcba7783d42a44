"""Edits made into a scenario: under it the base is what was edited, and whole rows are refused by name."""

from __future__ import annotations

import itertools

import msgspec
import pytest

from gigaplan.engine.plan.fields import Growth
from gigaplan.engine.plan.plan import Plan, find, with_fields, with_row, with_settings, without
from gigaplan.engine.plan.scenario_from_edits import MOVABLE, as_scenario
from gigaplan.engine.plan.scenarios import apply_scenario
from gigaplan.engine.plan.schema import Inference, Installed, Policy, Port
from gigaplan.engine.storage.templates import load_template
from gigaplan.engine.validation.rules import check


@pytest.fixture(scope="module")
def base() -> Plan:
    return load_template("frontier-1gw")


def under(plan: Plan, scenario: str) -> Plan:
    """The plan under a scenario, without the scenarios."""
    return msgspec.structs.replace(apply_scenario(plan, scenario), scenarios=())


def test_the_base_goes_back_and_the_scenario_is_what_was_edited(base: Plan) -> None:
    edited = with_fields(base, "sites", "iowa", electricity_usd_per_mwh=90.0, pue=1.2)
    edited = with_fields(edited, "workloads", "chat_eu", demand=Growth(5e6, 0.5), sensitivity="restricted")
    edited = with_settings(edited, discount_rate=0.1)
    made = as_scenario(base, edited, "Dear power")
    assert made.refusals == ()
    assert made.scenario.name == "Dear power"
    moved = [(o.table, o.row, o.field, o.op, o.value, o.from_) for o in made.scenario.overrides]
    assert moved == [
        ("plan", None, "discount_rate", "set", 0.1, None),
        ("sites", "iowa", "pue", "set", 1.2, None),
        ("sites", "iowa", "electricity_usd_per_mwh", "set", 90.0, None),
        ("workloads", "chat_eu", "demand", "set", {"start": 5e6, "annual_growth": 0.5}, None),
        ("workloads", "chat_eu", "sensitivity", "set", "restricted", None),
    ]
    assert made.plan.scenarios == (*base.scenarios, made.scenario)
    assert msgspec.structs.replace(made.plan, scenarios=base.scenarios) == base
    assert under(made.plan, made.scenario.id) == msgspec.structs.replace(edited, scenarios=())
    assert not [p for p in check(made.plan) if p.severity == "error"]


def test_some_periods_of_a_series_are_one_move_of_these_periods(base: Plan) -> None:
    site = find(base, "sites", "dublin")
    power = list(site.power_mw)
    power[3:5] = [10.0, 10.0]
    made = as_scenario(base, with_fields(base, "sites", "dublin", power_mw=tuple(power)), "Less")
    (override,) = made.scenario.overrides
    assert (override.value, override.from_, override.until) == (10.0, "2026-10", "2027-04")
    assert find(apply_scenario(made.plan, made.scenario.id), "sites", "dublin").power_mw == tuple(power)


def test_a_longer_plan_with_its_series(base: Plan) -> None:
    edited = with_settings(base, periods=24)
    for table in MOVABLE:
        for row in getattr(base, table):
            lists = {n: v for n in row.__struct_fields__ if isinstance(v := getattr(row, n), tuple) and len(v) == 20}
            longer = {name: (*values, *values[-1:] * 4) for name, values in lists.items()}
            edited = with_fields(edited, table, row.id, **longer)
    made = as_scenario(base, edited, "Longer")
    assert made.refusals == ()
    assert under(made.plan, made.scenario.id) == msgspec.structs.replace(edited, scenarios=())
    assert made.plan.settings.periods == 20


def test_rows_inside_rows_move_too(base: Plan) -> None:
    served = find(base, "workloads", "chat_eu").inference
    edited = with_fields(
        base, "workloads", "chat_eu", inference=msgspec.structs.replace(served, context_tokens=64_000.0)
    )
    lot = Installed(site="iowa", chips=100, months_left=12)
    edited = with_fields(edited, "offers", "b200_3y", installed=(lot,))
    made = as_scenario(base, edited, "Longer context")
    assert isinstance(served, Inference)
    assert under(made.plan, made.scenario.id) == msgspec.structs.replace(edited, scenarios=())


def test_names_notes_and_places_stay_as_they_were_edited(base: Plan) -> None:
    edited = with_fields(base, "sites", "iowa", name="Iowa 2", pue=1.3)
    edited = with_settings(edited, name="Renamed", notes="Said later.")
    edited = msgspec.structs.replace(edited, layout=())
    made = as_scenario(base, edited, "V")
    assert [o.field for o in made.scenario.overrides] == ["pue"]
    assert find(made.plan, "sites", "iowa").name == "Iowa 2"
    assert find(made.plan, "sites", "iowa").pue == find(base, "sites", "iowa").pue
    assert (made.plan.settings.name, made.plan.settings.notes) == ("Renamed", "Said later.")
    assert made.plan.layout == ()


def test_added_and_removed_rows_are_refused_by_name(base: Plan) -> None:
    offer = msgspec.structs.replace(base.offers[0], id="more", name="One more", installed=())
    made = as_scenario(base, with_row(base, "offers", offer), "V")
    assert made.plan is None
    assert made.refusals[0] == "The offer One more was added."
    assert "neither add nor remove" in made.refusals[1]
    made = as_scenario(base, without(base, "sites", ["tokyo", "iowa"]), "V")
    assert made.refusals[0] == "The sites Iowa and Tokyo were removed."
    rule = Policy(id="r", name="Rule", kind="coverage", scope="*", limit=0.5)
    assert as_scenario(base, with_row(base, "policies", rule), "V").refusals[0] == "The policy Rule was added."
    many = base
    for k in range(7):
        many = with_row(many, "offers", msgspec.structs.replace(offer, id=f"m{k}", name=f"M{k}"))
    assert as_scenario(base, many, "V").refusals[0] == "The offers M0, M1, M2, M3 and 3 more were added."
    port = Port(workload="research", stack="tpu", cost_usd=1.0)
    ported = msgspec.structs.replace(base, ports=(*base.ports, port))
    assert as_scenario(base, ported, "V").refusals[0] == "Ports were edited."


def test_nothing_edited_is_no_scenario(base: Plan) -> None:
    assert as_scenario(base, base, "V").refusals == ("No assumption was edited.",)
    assert as_scenario(base, with_settings(base, notes="Words."), "V").refusals == ("No assumption was edited.",)


def test_every_movable_field_can_be_put_into_a_scenario(base: Plan) -> None:
    """Each field of each row set to that of another row of its table, one at a time."""
    tried = 0
    for table in MOVABLE:
        rows = getattr(base, table)
        for one, other in itertools.pairwise(rows):
            for name in one.__struct_fields__:
                value = getattr(other, name)
                if name in ("id", "name", "notes") or value == getattr(one, name):
                    continue
                edited = with_fields(base, table, one.id, **{name: value})
                made = as_scenario(base, edited, "V")
                assert made.refusals == (), (table, one.id, name)
                assert under(made.plan, "v") == msgspec.structs.replace(edited, scenarios=()), (table, one.id, name)
                tried += 1
    assert tried > 100
