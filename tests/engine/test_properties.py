"""What must hold of any plan: relaxing a limit never costs more, and money and size scale."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.fields import Growth
from engine.plan import with_rows
from engine.solve import solve_plan
from tests.engine.plans import plan_of

numbers = st.floats(0.1, 10)


@st.composite
def plans(draw):
    """Two chips, three offers, two sites and two workloads, with limits that sometimes bind."""
    periods = draw(st.integers(1, 6))

    def series(scale):
        return draw(
            st.one_of(
                numbers.map(lambda v: v * scale),
                st.lists(numbers.map(lambda v: v * scale), min_size=periods, max_size=periods),
                st.tuples(numbers, st.floats(-0.3, 0.3)).map(lambda p: {"start": p[0] * scale, "annual_growth": p[1]}),
            )
        )

    return plan_of(
        plan={"periods": periods, "months_per_period": draw(st.sampled_from([1, 3, 12]))},
        platforms=[{}, {"id": "b", "vendor": "b", "bf16_tflops": 1000 * draw(numbers), "power_w": 500 * draw(numbers)}],
        sites=[
            {"power_mw": series(0.05), "electricity_usd_per_mwh": series(30), "hosting_usd_per_kw_month": series(20)},
            {"id": "there", "power_mw": series(0.05), "electricity_usd_per_mwh": series(30)},
        ],
        offers=[
            {"price_usd": series(1), "term_months": draw(st.sampled_from([None, 6, 24]))},
            {"id": "buy", "kind": "purchase", "price_usd": series(5000), "platform": "b", "supply_chips": series(30)},
            {"id": "late", "price_usd": series(0.5), "lead_months": draw(st.integers(0, 12)), "platform": "b"},
        ],
        workloads=[
            {"demand": series(20), "unmet_usd": draw(numbers) * 5, "peak_factor": draw(st.floats(1, 2))},
            {"id": "batch", "demand": series(10), "flexible": True, "unmet_usd": draw(numbers)},
        ],
    )


def objective(plan):
    result = solve_plan(plan)
    assert result.status == "optimal", result.problems
    # The accounts add up to what the solver minimised.
    assert result.kpis["objective_usd"] == pytest.approx(result.solution.objective, rel=1e-9, abs=1e-3)
    assert result.solution.violation < 1e-6
    return result.kpis["objective_usd"]


def scaled(value, factor):
    """A series times a factor."""
    if value is None:
        return None
    if isinstance(value, Growth):
        return Growth(value.start * factor, value.annual_growth)
    return tuple(v * factor for v in value) if isinstance(value, tuple) else value * factor


def scale(plan, table, factor, *fields):
    """The plan with the named fields of every row of a table times a factor."""
    ids = [row.id for row in getattr(plan, table)]
    return with_rows(
        plan,
        table,
        ids,
        lambda row: msgspec.structs.replace(row, **{f: scaled(getattr(row, f), factor) for f in fields}),
    )


@settings(max_examples=25)
@given(plans(), st.floats(1.01, 3))
def test_relaxing_a_limit_never_raises_the_objective(plan, factor):
    before = objective(plan)
    for table, field in (("sites", "power_mw"), ("offers", "supply_chips")):
        assert objective(scale(plan, table, factor, field)) <= before + 1e-7 * abs(before)


@settings(max_examples=25)
@given(plans())
def test_twice_the_demand_under_twice_the_limits_costs_twice(plan):
    twice = scale(scale(scale(plan, "workloads", 2, "demand"), "sites", 2, "power_mw"), "offers", 2, "supply_chips")
    assert objective(twice) == pytest.approx(2 * objective(plan), rel=1e-7)


@settings(max_examples=25)
@given(plans(), st.floats(0.01, 50))
def test_another_currency_scales_the_cost(plan, rate):
    other = scale(plan, "offers", rate, "price_usd")
    other = scale(other, "sites", rate, "electricity_usd_per_mwh", "hosting_usd_per_kw_month")
    other = scale(other, "workloads", rate, "unmet_usd")
    assert objective(other) == pytest.approx(rate * objective(plan), rel=1e-7)


@settings(max_examples=25)
@given(plans())
def test_an_offer_more_never_raises_the_objective(plan):
    fewer = msgspec.structs.replace(plan, offers=plan.offers[:2])
    before = objective(fewer)
    assert objective(plan) <= before + 1e-7 * abs(before)
