"""A result told of a plan that differs in words alone is the result that solving that plan would give."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from gigaplan.engine.analysis.messages import ABOUT
from gigaplan.engine.exchange.json import read_json
from gigaplan.engine.plan.fields import fields
from gigaplan.engine.plan.plan import Plan, with_fields, with_settings
from gigaplan.engine.plan.schema import ROW_TYPES, Override, Place, Scenario, Settings
from gigaplan.engine.results.result import Result
from gigaplan.engine.solve.reuse_result import WORDS, retold, same_figures
from gigaplan.engine.solve.solve import solve_plan
from gigaplan.engine.validation.rules import check
from tests.engine.plans import plan_of

CASES = Path(__file__).parents[2] / "cases" / "1"


@pytest.fixture(scope="module")
def example() -> Result:
    """A plan with agreements, ports and policies, whose decisions are proven."""
    result = solve_plan(read_json(CASES / "synthetic-2.json"))
    assert (result.status, result.integers) == ("optimal", "proven")
    return result


def other_words(plan: Plan) -> Plan:
    """The plan with every name, note, source and date of a source another, its cards elsewhere, and other what-ifs."""
    changes: dict[str, Any] = {}
    for table, row_type in {**ROW_TYPES, "settings": Settings}.items():
        words = [f.name for f in fields(row_type) if f.name in WORDS]

        def renamed(row: Any, words: list[str] = words) -> Any:
            return msgspec.structs.replace(
                row, **{w: "2024-05" if w == "as_of" else f"another {w} of {row.id}" for w in words}
            )

        if table not in ("settings", "layout"):
            changes[table] = tuple(renamed(row) if words else row for row in getattr(plan, table))
    offer = plan.offers[0].id
    override = Override(table="offers", row=offer, field="price_usd", op="scale", value=2.0)
    return msgspec.structs.replace(
        plan,
        **changes
        | {
            "settings": msgspec.structs.replace(plan.settings, name="Another", notes="Another note"),
            "layout": (Place(table="offers", row=offer, x=3.0, y=4.0),),
            "scenarios": (Scenario(id="twice", name="Twice", overrides=(override,)),),
            "uncertainties": (),
        },
    )


def test_other_words_have_the_figures_that_solving_gives(example):
    plan = other_words(example.plan)
    assert plan.offers[0].name != example.plan.offers[0].name
    told, solved = retold(example, plan), solve_plan(plan)
    assert told is not None
    assert told.plan is plan
    assert told.problems == solved.problems == check(plan)
    assert (told.status, told.integers) == (solved.status, solved.integers)
    for ours, theirs in zip(told.all_series(), solved.all_series(), strict=True):
        assert (ours.name, ours.by, ours.key) == (theirs.name, theirs.by, theirs.key)
        assert ours.values == pytest.approx(theirs.values, rel=1e-9, abs=1e-6), ours.name
    assert set(told.kpis) == set(solved.kpis)
    assert told.kpis["objective_usd"] == pytest.approx(solved.kpis["objective_usd"], rel=1e-12)


def test_explanations_speak_of_things_by_their_new_names(example):
    used = max(example.series("chips", "offer").items(), key=lambda item: item[1].sum())[0]
    plan = with_fields(example.plan, "offers", used, name="Renamed")
    plan = with_fields(plan, "workloads", [w.id for w in plan.workloads], name="Work")
    told = retold(example, plan)
    for table, rows in (("offers", [used]), ("workloads", [w.id for w in plan.workloads])):
        for row in rows:
            words = [s.text for s in ABOUT[table](told, row)]
            assert words == [s.text for s in ABOUT[table](solve_plan(plan), row)]
    assert told.allocation.inputs.plan is plan


EDITS = [
    ("offers", "price_usd", 2.5), ("offers", "provider", "another"), ("offers", "sites", ()), ("offers", "id", "other"),
    ("sites", "pue", 1.7), ("sites", "jurisdiction", "EU"), ("platforms", "vendor", "other"),
    ("platforms", "power_w", 900.0), ("workloads", "demand", 90.0), ("workloads", "unmet_usd", 1.0),
]  # fmt: skip


@pytest.mark.parametrize(("table", "field", "value"), EDITS)
def test_what_a_figure_may_depend_on_is_solved(table, field, value):
    result = solve_plan(plan_of())
    row = getattr(result.plan, table)[0]
    plan = with_fields(result.plan, table, row.id, **{field: value})
    assert retold(result, plan) is None
    assert not same_figures(result.plan, plan)


def test_rows_that_come_go_or_change_places_are_solved():
    result = solve_plan(plan_of(offers=[{}, {"id": "two", "price_usd": 3}]))
    offers = result.plan.offers
    for other in (offers[:1], offers[::-1], (*offers, msgspec.structs.replace(offers[0], id="three"))):
        assert retold(result, msgspec.structs.replace(result.plan, offers=other)) is None


def test_settings_that_count_are_solved_and_a_new_title_is_not():
    result = solve_plan(plan_of())
    assert retold(result, with_settings(result.plan, discount_rate=0.2)) is None
    assert retold(result, with_settings(result.plan, periods=5)) is None
    assert retold(result, with_settings(result.plan, name="Title", notes="n")).kpis == result.kpis


def test_a_plan_that_has_errors_now_is_not_told_to_be_optimal():
    result = solve_plan(plan_of())
    nowhere = Place(table="offers", row="rent", x=float("inf"), y=0.0)
    plan = msgspec.structs.replace(result.plan, layout=(nowhere,))
    assert solve_plan(plan).status == "error"
    assert retold(result, plan) is None


def test_a_failure_is_solved_again_as_its_words_may_hold_names():
    kept = {"id": "kept", "kind": "coverage", "scope": "work", "limit": 1.0}
    result = solve_plan(plan_of(workloads=[{"demand": 1e6}], policies=[kept]))
    assert result.status == "infeasible"
    assert retold(result, with_settings(result.plan, name="Title")) is None
