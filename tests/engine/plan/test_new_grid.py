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


FLEET = {"site": "here", "chips": 100.0}
HELD = plan_of(
    plan=GRID,
    sites=[{"power_mw": 10}],
    offers=[{"installed": [{**FLEET, "months_left": 6.0}, {**FLEET, "months_left": 15.5}]}],
    scenarios=[{"id": "s", "name": "S", "overrides": [
        {"table": "offers", "row": "rent", "field": "installed", "op": "set", "value": [{**FLEET, "months_left": 9}]},
    ]}],
)  # fmt: skip


def lots_left(plan: Plan) -> list[float]:
    overridden = [lot["months_left"] for o in plan.scenarios[0].overrides for lot in o.value]
    return [lot.months_left for lot in plan.offers[0].installed] + overridden


@pytest.mark.parametrize(
    ("start", "left", "told"),
    [  # chips that end in 2026-07, on 2027-04-15 and in 2026-10
        ("2026-04", [3, 12.5, 6], "3 installed lots end as before."),
        ("2026-07", [0, 9.5, 3], "2 installed lots end as before; 1 installed lot is gone by 2026-07."),
        ("2027-01", [0, 3.5, 0], "1 installed lot ends as before; 2 installed lots are gone by 2027-01."),
        ("2025-07", [12, 21.5, 15], "3 installed lots end as before."),
    ],
)
def test_installed_chips_end_in_the_month_in_which_they_did(start: str, left: list[float], told: str) -> None:
    plan, said = on_grid(HELD, with_settings(HELD, start=start).settings)
    assert (lots_left(plan), said) == (left, told)
    assert errors(check(plan), what_if=True) == ()
    again, _ = on_grid(plan, HELD.settings)
    assert lots_left(again) == [before if after else 0 for before, after in zip([6, 15.5, 9], left, strict=True)]


def test_periods_of_another_length_leave_installed_chips_as_they_are() -> None:
    plan, told = on_grid(HELD, with_settings(HELD, months_per_period=12, periods=2).settings)
    assert (plan.offers, plan.scenarios, told) == (HELD.offers, HELD.scenarios, "")


def test_software_gain_counts_from_the_start_and_that_is_said() -> None:
    plan = plan_of(plan=GRID, workloads=[{"software_gain_per_year": 0.3}])
    _, told = on_grid(plan, with_settings(plan, start="2027-01").settings)
    assert told == "Software gain counts from 2027-01."
    assert on_grid(plan, with_settings(plan, periods=6).settings)[1] == ""


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
