"""What must hold of any plan: relaxing a limit never costs more, money and size scale, names and order do not count."""

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gigaplan.engine.plan.fields import Growth, field_of, fields, is_tiny
from gigaplan.engine.plan.plan import find, with_fields, with_row, with_rows, with_settings
from gigaplan.engine.plan.timeline import Timeline
from gigaplan.engine.solve.solve import solve_plan
from tests.engine.plans import plan_of

numbers = st.floats(0.1, 10)
rates = st.floats(-0.3, 0.3).filter(lambda v: not is_tiny(v))


@st.composite
def plans(draw):
    """Two chips, three offers, two sites and two workloads, with limits that sometimes bind."""
    periods = draw(st.integers(1, 6))

    def series(scale):
        return draw(
            st.one_of(
                numbers.map(lambda v: v * scale),
                st.lists(numbers.map(lambda v: v * scale), min_size=periods, max_size=periods),
                st.tuples(numbers, rates).map(lambda p: {"start": p[0] * scale, "annual_growth": p[1]}),
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
            {
                "id": "buy",
                "kind": "purchase",
                "price_usd": series(5000),
                "platform": "b",
                "supply_chips_per_month": series(30),
            },
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


@settings(max_examples=10)
@given(plans(), st.floats(1.01, 3))
def test_relaxing_a_limit_never_raises_the_objective(plan, factor):
    before = objective(plan)
    for table, field in (("sites", "power_mw"), ("offers", "supply_chips_per_month")):
        assert objective(scale(plan, table, factor, field)) <= before + 1e-7 * abs(before)


@settings(max_examples=10)
@given(plans())
def test_twice_the_demand_under_twice_the_limits_costs_twice(plan):
    twice = scale(
        scale(scale(plan, "workloads", 2, "demand"), "sites", 2, "power_mw"), "offers", 2, "supply_chips_per_month"
    )
    assert objective(twice) == pytest.approx(2 * objective(plan), rel=1e-7)


@settings(max_examples=10)
@given(plans(), st.floats(0.01, 50))
def test_another_currency_scales_the_cost(plan, rate):
    other = scale(plan, "offers", rate, "price_usd")
    other = scale(other, "sites", rate, "electricity_usd_per_mwh", "hosting_usd_per_kw_month")
    other = scale(other, "workloads", rate, "unmet_usd")
    assert objective(other) == pytest.approx(rate * objective(plan), rel=1e-7)


@settings(max_examples=10)
@given(plans())
def test_an_offer_more_never_raises_the_objective(plan):
    fewer = msgspec.structs.replace(plan, offers=plan.offers[:2])
    before = objective(fewer)
    assert objective(plan) <= before + 1e-7 * abs(before)


@settings(max_examples=6)
@given(plans())
def test_the_order_of_rows_changes_no_figure(plan):
    tables = ("platforms", "sites", "offers", "workloads")
    before = solve_plan(plan).kpis
    after = solve_plan(msgspec.structs.replace(plan, **{table: getattr(plan, table)[::-1] for table in tables})).kpis
    near = 1e-7 * abs(before["objective_usd"])
    for name, value in before.items():
        pairs = [(v, after[name][k]) for k, v in value.items()] if isinstance(value, dict) else [(value, after[name])]
        for figure, other in pairs:
            absolute = near if name.endswith("_usd") else 1e-9
            assert (figure is None) == (other is None), name
            assert figure is None or other == pytest.approx(figure, rel=1e-6, abs=absolute), name


@settings(max_examples=6)
@given(plans())
def test_names_change_no_cost(plan):
    other = with_rows(plan, "platforms", "b", lambda row: msgspec.structs.replace(row, id="a-chip", vendor="zenith"))
    other = with_rows(other, "offers", ("buy", "late"),
                      lambda row: msgspec.structs.replace(row, id=f"x-{row.id}", platform="a-chip"))  # fmt: skip
    other = with_rows(other, "sites", "there", lambda row: msgspec.structs.replace(row, id="0-site"))
    assert objective(other) == pytest.approx(objective(plan), rel=1e-7)


@settings(max_examples=6)
@given(plans())
def test_two_halves_of_an_offer_are_the_offer(plan):
    half = with_rows(
        plan,
        "offers",
        "buy",
        lambda o: msgspec.structs.replace(o, supply_chips_per_month=scaled(o.supply_chips_per_month, 0.5)),
    )
    other = msgspec.structs.replace(find(half, "offers", "buy"), id="other-half")
    assert objective(with_row(half, "offers", other)) == pytest.approx(objective(plan), rel=1e-7)


@settings(max_examples=6)
@given(plans())
def test_an_offer_dearer_than_another_changes_nothing(plan):
    dear = msgspec.structs.replace(find(plan, "offers", "rent"), id="dear", availability=0.9)
    dear = msgspec.structs.replace(dear, price_usd=scaled(dear.price_usd, 1.5))
    assert objective(with_row(plan, "offers", dear)) == pytest.approx(objective(plan), rel=1e-7)


@settings(max_examples=6)
@given(plans())
def test_the_same_plan_in_half_years_costs_no_more(plan):
    """What can be done at the start of each year can be done at the start of every other half-year, where the supply of
    a year comes in its first half."""
    years = with_settings(plan, months_per_period=12, discount_rate=0.0)
    time = Timeline.of(years.settings)
    halves = with_settings(years, months_per_period=6, periods=2 * years.settings.periods)
    for table in ("sites", "offers", "workloads"):
        for row in getattr(years, table):
            given_series = [
                f.name for f in fields(type(row)) if f.kind == "series" and getattr(row, f.name) is not None
            ]
            twice = {
                name: tuple(np.repeat(time.of_field(field_of(type(row), name), getattr(row, name)), 2).tolist())
                for name in given_series
            }
            if "supply_chips_per_month" in twice:
                twice["supply_chips_per_month"] = tuple(
                    2 * v if k % 2 == 0 else 0.0 for k, v in enumerate(twice["supply_chips_per_month"])
                )
            halves = with_fields(halves, table, row.id, **twice)
    before = objective(years)
    assert objective(halves) <= before + 1e-7 * abs(before)


@pytest.mark.parametrize("factor", [1e-6, 1e9])
@settings(max_examples=5)
@given(plan=plans())
def test_a_plan_of_any_size_costs_in_proportion(plan, factor):
    other = scale(scale(scale(plan, "workloads", factor, "demand"), "sites", factor, "power_mw"), "offers", factor,
                  "supply_chips_per_month")  # fmt: skip
    assert objective(other) == pytest.approx(factor * objective(plan), rel=1e-7, abs=0)
