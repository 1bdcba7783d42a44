"""Another time grid keeps every value at its date."""

from __future__ import annotations

from typing import Any

import pytest

from gigaplan.engine.plan.fields import Growth, Steps
from gigaplan.engine.plan.new_grid import on_grid
from gigaplan.engine.plan.plan import Plan, with_settings
from gigaplan.engine.plan.timeline import Timeline
from gigaplan.engine.storage.templates import load_template
from gigaplan.engine.validation.rules import check, errors
from tests.engine.plans import plan_of

GRID = {"periods": 4, "months_per_period": 3}
LISTS = plan_of(
    plan=GRID,
    sites=[{"power_mw": [10, 10, 20, 40]}],
    workloads=[{"demand": {"start": 100, "annual_growth": 0.5}}],
    offers=[{"supply_chips_per_month": {"steps": [["2026-05", 5]]}}],
    scenarios=[{"id": "s", "name": "S", "overrides": [
        {"table": "sites", "row": "here", "field": "power_mw", "op": "scale", "value": [1, 1, 1, 2]},
        {"table": "workloads", "row": "work", "field": "demand", "op": "set", "value": {"start": 9, "annual_growth": 1},
         "from": "2026-07"},
    ]}],
)  # fmt: skip


def moved(**settings: Any) -> tuple[Plan, str]:
    return on_grid(LISTS, with_settings(LISTS, **settings).settings)


def test_months_have_the_values_of_their_quarters() -> None:
    plan, told = moved(months_per_period=1, periods=12)
    assert plan.sites[0].power_mw == Steps((("2026-01", 10.0), ("2026-07", 20.0), ("2026-10", 40.0)))
    assert Timeline.of(plan.settings).values(plan.sites[0].power_mw).tolist() == [10.0] * 6 + [20.0] * 3 + [40.0] * 3
    assert plan.workloads[0].demand == Growth(100.0, 0.5)
    assert plan.offers is LISTS.offers
    assert plan.scenarios[0].overrides[0].value == {"steps": (("2026-01", 1.0), ("2026-10", 2.0))}
    assert plan.scenarios[0].overrides[1] is LISTS.scenarios[0].overrides[1]
    assert told == "2 lists by period became dated steps."
    assert errors(check(plan), what_if=True) == ()


def test_years_have_the_means_of_their_quarters() -> None:
    plan, _ = moved(months_per_period=12, periods=1)
    assert Timeline.of(plan.settings).values(plan.sites[0].power_mw).tolist() == [20.0]


def test_a_later_start_leaves_values_and_growth_at_their_dates() -> None:
    plan, told = moved(start="2026-07")
    assert plan.workloads[0].demand == Growth(100.0, 0.5, "2026-01")
    assert plan.scenarios[0].overrides[1].value == {"start": 9.0, "annual_growth": 1.0, "from": "2026-01"}
    assert Timeline.of(plan.settings).values(plan.sites[0].power_mw).tolist() == [20.0, 40.0, 40.0, 40.0]
    before = Timeline.of(LISTS.settings).values(LISTS.workloads[0].demand)
    after = Timeline.of(plan.settings).values(plan.workloads[0].demand)
    assert after[:2] == pytest.approx(before[2:], rel=1e-12)
    assert told == "2 lists by period became dated steps; 2 growths count from 2026-01 as before."


def test_more_and_fewer_periods_keep_lists() -> None:
    more, told = moved(periods=6)
    assert more.sites[0].power_mw == (10.0, 10.0, 20.0, 40.0, 40.0, 40.0)
    assert told == "2 lists by period carried on with the last value."
    fewer, told = moved(periods=2)
    assert fewer.sites[0].power_mw == (10.0, 10.0)
    assert told == "2 lists by period were cut."
    assert errors(check(fewer), what_if=True) == ()


def test_what_says_nothing_of_time_is_shared_and_nothing_is_told() -> None:
    plan, told = moved(discount_rate=0.05, name="Other")
    assert (plan.sites, plan.scenarios, told) == (LISTS.sites, LISTS.scenarios, "")
    assert plan.sites is LISTS.sites


@pytest.mark.parametrize("name", ["frontier-1gw", "startup", "rainier"])
def test_every_series_of_a_template_keeps_its_value_on_each_date(name: str) -> None:
    plan = load_template(name)
    settings = plan.settings
    length = settings.periods * settings.months_per_period
    months, _ = on_grid(plan, with_settings(plan, months_per_period=1, periods=length).settings)
    fine, coarse = Timeline.of(months.settings), Timeline.of(settings)
    for before, after in zip(plan.sites, months.sites, strict=True):
        expected = coarse.values(before.power_mw)
        found = fine.values(after.power_mw).reshape(settings.periods, -1)
        assert found.mean(axis=1) == pytest.approx(expected, rel=1e-12)
    assert errors(check(months)) == ()
