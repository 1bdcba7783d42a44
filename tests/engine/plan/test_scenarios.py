"""Scenarios move the values that they name, by hand-computed amounts, and nothing else."""

from __future__ import annotations

import math
from typing import Any

import pytest
from msgspec.structs import replace

from gigaplan.engine.plan.fields import Growth, Steps
from gigaplan.engine.plan.plan import Plan, with_fields, with_settings
from gigaplan.engine.plan.problems import PlanError
from gigaplan.engine.plan.scenarios import apply_scenario
from gigaplan.engine.plan.schema import Installed, Offer, Override, Platform, Scenario, Settings, Site

PLAN = Plan(
    settings=Settings(name="Test", start="2027-01", periods=4, months_per_period=6),
    platforms=(
        Platform(
            id="gpu", name="GPU", vendor="nvidia", stack="cuda", bf16_tflops=1000.0, memory_gb=80.0,
            memory_bandwidth_gb_s=3000.0, power_w=1000.0,
        ),
    ),
    sites=(
        Site(id="iowa", name="Iowa", jurisdiction="US", power_mw=(1.0, 2.0, 3.0, 4.0), electricity_usd_per_mwh=50.0),
        Site(id="oslo", name="Oslo", jurisdiction="NO", power_mw=None, electricity_usd_per_mwh=Growth(100.0, 0.21)),
    ),
    offers=(
        Offer(id="buy", name="Buy", platform="gpu", provider="dell", kind="purchase", price_usd=30_000.0, sites="*",
              lead_months=6.0),
    ),
)  # fmt: skip
OSLO, IOWA = {"table": "sites", "row": "oslo"}, {"table": "sites", "row": "iowa"}
BUY = {"table": "offers", "row": "buy"}
POWER, ELECTRICITY = {"field": "power_mw"}, {"field": "electricity_usd_per_mwh"}
SETTINGS: dict[str, Any] = {"table": "plan", "row": None}


def under(*overrides: dict[str, Any], plan: Plan = PLAN) -> Plan:
    scenario = Scenario(id="s", name="S", overrides=tuple(Override(**o) for o in overrides))
    return apply_scenario(replace(plan, scenarios=(scenario,)), "s")


Span = tuple[str | None, str | None]


def moved(where: dict[str, Any], op: str, value: Any, when: Span | None = None) -> Any:
    first, until = when or (None, None)
    after = under(where | {"op": op, "value": value, "from_": first, "until": until})
    if where["table"] == "plan":
        return getattr(after.settings, where["field"])
    return next(getattr(r, where["field"]) for r in getattr(after, where["table"]) if r.id == where["row"])


MEAN = 0.1 / math.log(1.1)
"""The mean over a half-year of what grows by 10 % in it, over its start: the integral of 1.1^x from 0 to 1."""
BY_HAND: list[tuple[dict[str, Any], str, Any, Any, Any]] = [
    # a constant series
    (IOWA | ELECTRICITY, "set", 60.0, None, 60.0),
    (IOWA | ELECTRICITY, "scale", 1.5, None, 75.0),
    (IOWA | ELECTRICITY, "add", -60.0, None, -10.0),
    (IOWA | ELECTRICITY, "set", 60.0, ("2027-07", "2028-07"), (50.0, 60.0, 60.0, 50.0)),
    (IOWA | ELECTRICITY, "scale", 2.0, (None, "2027-07"), (100.0, 50.0, 50.0, 50.0)),
    (IOWA | ELECTRICITY, "scale", 2.0, ("2026-05", "2027-02"), (100.0, 50.0, 50.0, 50.0)),
    (IOWA | ELECTRICITY, "scale", 2.0, ("2027-02", "2027-07"), 50.0),  # no period has its first month in it
    (IOWA | ELECTRICITY, "scale", 2.0, ("2027-01", "2029-01"), 100.0),
    (IOWA | ELECTRICITY, "add", 5.0, ("2028-07", None), (50.0, 50.0, 50.0, 55.0)),
    (IOWA | ELECTRICITY, "set", {"start": 10.0, "annual_growth": 0.1}, None, Growth(10.0, 0.1)),
    (IOWA | ELECTRICITY, "set", Growth(10.0, 0.1), None, Growth(10.0, 0.1)),
    (IOWA | ELECTRICITY, "scale", [1.0, 2.0, 3.0, 4.0], None, (50.0, 100.0, 150.0, 200.0)),
    # a list
    (IOWA | POWER, "set", [5, 6, 7, 8], None, (5.0, 6.0, 7.0, 8.0)),
    (IOWA | POWER, "set", (5.0, 6.0, 7.0, 8.0), ("2028-08", None), (1.0, 2.0, 3.0, 4.0)),
    (IOWA | POWER, "set", (5.0, 6.0, 7.0, 8.0), ("2028-07", None), (1.0, 2.0, 3.0, 8.0)),
    (IOWA | POWER, "scale", 0.5, None, (0.5, 1.0, 1.5, 2.0)),
    (IOWA | POWER, "add", 1.0, ("2027-07", None), (1.0, 3.0, 4.0, 5.0)),
    (IOWA | POWER, "set", None, None, None),
    (IOWA | POWER, "set", None, ("2028-01", None),
     Steps((("2027-01", 1.0), ("2027-07", 2.0), ("2028-01", None), ("2028-07", None)))),
    (OSLO | POWER, "set", 7.0, None, 7.0),
    (OSLO | POWER, "set", 7.0, (None, "2027-07"),
     Steps((("2027-01", 7.0), ("2027-07", None), ("2028-01", None), ("2028-07", None)))),
    (OSLO | POWER, "set", {"steps": [["2027-03", 7], ["2028-01", None]]}, None,
     Steps((("2027-03", 7.0), ("2028-01", None)))),
    # growth of 21% a year is 10% a half-year: 100, 110, 121, 133.1
    (OSLO | ELECTRICITY, "scale", 2.0, None, Growth(200.0, 0.21)),
    (OSLO | ELECTRICITY, "add", 1.0, None, tuple(v * MEAN + 1.0 for v in (100.0, 110.0, 121.0, 133.1))),
    (OSLO | ELECTRICITY, "scale", 2.0, ("2028-07", None), tuple(v * MEAN for v in (100.0, 110.0, 121.0, 266.2))),
    (OSLO | ELECTRICITY, "set", 0.0, ("2028-01", "2028-07"), tuple(v * MEAN for v in (100.0, 110.0, 0.0, 133.1))),
    # a price is that with which a period opens; what a scenario sets it to are means
    (BUY | {"field": "price_usd"}, "set", {"start": 100.0, "annual_growth": 0.21}, None,
     tuple(v * MEAN for v in (100.0, 110.0, 121.0, 133.1))),
    # single numbers, and what is not a number
    (BUY | {"field": "lead_months"}, "add", 3, None, 9.0),
    (BUY | {"field": "lead_months"}, "scale", 0.5, None, 3.0),
    (BUY | {"field": "interruptible"}, "set", True, None, True),
    (BUY | {"field": "sites"}, "set", ["iowa"], None, ("iowa",)),
    (BUY | {"field": "available_from"}, "set", "2027-07", None, "2027-07"),
    (BUY | {"field": "installed"}, "set", [{"site": "iowa", "chips": 5, "months_left": 6}], None,
     (Installed(site="iowa", chips=5.0, months_left=6.0),)),
    (SETTINGS | {"field": "discount_rate"}, "add", 0.02, None, 0.1),
    (SETTINGS | {"field": "start"}, "set", "2028-01", None, "2028-01"),
]  # fmt: skip


@pytest.mark.parametrize(("where", "op", "value", "when", "expected"), BY_HAND, ids=range(len(BY_HAND)))
def test_an_override_moves_its_field_by_hand_computed_amounts(
    where: dict[str, Any], op: str, value: Any, when: Span | None, expected: Any
) -> None:
    found = moved(where, op, value, when)
    if isinstance(expected, float) or (isinstance(expected, tuple) and isinstance(expected[0], float)):
        assert found == pytest.approx(expected, rel=1e-12)
        assert type(found) is type(expected)
    else:
        assert found == expected


def test_what_a_scenario_leaves_alone_is_shared() -> None:
    after = under(IOWA | ELECTRICITY | {"op": "scale", "value": 2.0})
    assert after.settings is PLAN.settings
    assert after.platforms is PLAN.platforms
    assert after.offers is PLAN.offers
    assert after.sites[1] is PLAN.sites[1]
    assert after.sites[0].power_mw is PLAN.sites[0].power_mw
    assert PLAN.sites[0].electricity_usd_per_mwh == 50.0


def test_overrides_apply_in_their_order() -> None:
    double, plus = ({"op": "scale", "value": 2.0}, {"op": "add", "value": 1.0})
    where = IOWA | ELECTRICITY
    assert under(where | double, where | plus).sites[0].electricity_usd_per_mwh == 101.0
    assert under(where | plus, where | double).sites[0].electricity_usd_per_mwh == 102.0


def test_periods_may_change_when_the_series_change_with_them() -> None:
    after = under(
        SETTINGS | {"field": "periods", "op": "scale", "value": 0.5}, IOWA | POWER | {"op": "set", "value": [9.0, 9.0]}
    )
    assert after.settings.periods == 2
    assert type(after.settings.periods) is int
    assert after.sites[0].power_mw == (9.0, 9.0)


def test_a_scenario_without_overrides_is_the_plan() -> None:
    assert under().sites is PLAN.sites


REFUSED: list[tuple[dict[str, Any], str, str]] = [
    (IOWA | POWER | {"op": "set", "value": [1.0, 2.0]}, "scenarios[0].overrides[0].value", "2 values, the plan has 4"),
    (IOWA | POWER | {"op": "set", "value": [1.0, 2.0, -3.0, 4.0]}, "scenarios[0].overrides[0].value[2]", "0 or more"),
    (IOWA | POWER | {"op": "add", "value": -1.5}, "scenarios[0].overrides[0].value", "power_mw[0] must be 0 or more"),
    (IOWA | POWER | {"op": "scale", "value": "twice"}, "scenarios[0].overrides[0].value", "number"),
    (IOWA | POWER | {"op": "scale", "value": True}, "scenarios[0].overrides[0].value", "not true"),
    (IOWA | POWER | {"op": "scale", "value": 2.0, "from_": "2027-13"}, "scenarios[0].overrides[0].from", "YYYY-MM"),
    (IOWA | POWER | {"op": "scale", "value": 2.0, "from_": "2027-07", "until": "2027-07"},
     "scenarios[0].overrides[0].until", "moves no month"),
    (IOWA | POWER | {"op": "scale", "value": None}, "scenarios[0].overrides[0].value", "empty"),
    (OSLO | POWER | {"op": "scale", "value": 2.0}, "scenarios[0].overrides[0].op", "empty"),
    (IOWA | ELECTRICITY | {"op": "set", "value": {"steps": [["2027-01", None]]}},
     "scenarios[0].overrides[0].value.steps[0][1]", "only a limit may be none"),
    (OSLO | ELECTRICITY | {"op": "scale", "value": 1e300}, "scenarios[0].overrides[0].value", "larger"),
    (OSLO | ELECTRICITY | {"op": "set", "value": {"start": 1.0, "growth": 0.1}},
     "scenarios[0].overrides[0].value.growth", "annual_growth"),
    # 99,999 grows past the largest electricity price that there can be, 100,000
    (OSLO | ELECTRICITY | {"op": "scale", "value": 9_999_999}, "scenarios[0]", "sites[1].electricity_usd_per_mwh"),
    (BUY | {"field": "provider", "op": "scale", "value": 2.0}, "scenarios[0].overrides[0].op", "not a number"),
    (BUY | {"field": "lead_months", "op": "set", "value": 2.0, "from_": "2027-07"},
     "scenarios[0].overrides[0].from", "one value for all periods"),
    (BUY | {"field": "lead_months", "op": "add", "value": [1.0] * 4}, "scenarios[0].overrides[0].value", "number"),
    (BUY | {"field": "lead_months", "op": "add", "value": -7.0}, "scenarios[0].overrides[0].value", "0 or more"),
    (BUY | {"field": "kind", "op": "set", "value": "rentl"}, "scenarios[0].overrides[0].value", "purchase or rental"),
    (SETTINGS | {"field": "periods", "op": "scale", "value": 0.3}, "scenarios[0].overrides[0].value", "1.2, which"),
    (SETTINGS | {"field": "periods", "op": "set", "value": 5.0}, "scenarios[0]", "4 values, the plan has 5 periods"),
    (SETTINGS | {"field": "periods", "op": "set", "value": 0.0}, "scenarios[0].overrides[0].value", "1 or more"),
    (SETTINGS | {"field": "size", "op": "set", "value": 0.0}, "scenarios[0].overrides[0]", "not a field of plan"),
]  # fmt: skip


@pytest.mark.parametrize(("override", "path", "word"), REFUSED, ids=range(len(REFUSED)))
def test_an_override_that_does_not_fit_is_refused(override: dict[str, Any], path: str, word: str) -> None:
    with pytest.raises(PlanError) as caught:
        under(override)
    (problem,) = caught.value.problems
    assert problem.path == path
    assert word in f"{problem.text} {problem.remedy}"
    assert (problem.table, problem.row) == ("scenarios", "s")


def test_every_override_that_does_not_fit_is_named() -> None:
    with pytest.raises(PlanError) as caught:
        under(
            IOWA | POWER | {"op": "set", "value": "x"},
            IOWA | ELECTRICITY | {"op": "scale", "value": 2.0},
            BUY | {"field": "none", "op": "set", "value": 1},
        )
    assert [p.path for p in caught.value.problems] == ["scenarios[0].overrides[0].value", "scenarios[0].overrides[2]"]


def test_an_unknown_scenario_is_named_with_those_there_are() -> None:
    rows = (Scenario(id="dear", name="Dear"), Scenario(id="cheap", name="Cheap"))
    with pytest.raises(PlanError, match=r'no scenario "best".* There are: dear, cheap'):
        apply_scenario(replace(PLAN, scenarios=rows), "best")
    with pytest.raises(PlanError, match="has no scenarios"):
        apply_scenario(PLAN, "best")


def test_a_plan_that_is_unfit_itself_is_refused_in_words() -> None:
    longer = with_settings(PLAN, periods=5)
    with pytest.raises(PlanError, match="4 values in a plan of 5 periods"):
        under(IOWA | POWER | {"op": "scale", "value": 2.0}, plan=longer)
    with pytest.raises(PlanError, match="1 or more"):
        under(IOWA | POWER | {"op": "scale", "value": 2.0}, plan=with_settings(PLAN, periods=-1))
    below = with_fields(PLAN, "sites", "iowa", pue=0.5)
    with pytest.raises(PlanError, match=r"under this scenario sites\[0\]\.pue must be 1 or more"):
        under(IOWA | POWER | {"op": "scale", "value": 2.0}, plan=below)
