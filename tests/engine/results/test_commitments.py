"""An agreement may be as long as numbers are: only its years inside the horizon are looked at."""

from __future__ import annotations

import pytest

from gigaplan.engine.optimization.agreements import contract_years
from gigaplan.engine.optimization.arrays import inputs_of
from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.plan.schema import Agreement, Settings


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    ("start", "months", "owed"),
    [
        # 18 months from 2027-01: the year 2027, and half of 2028
        ("2027-01", 1e15, [12e6, 6e6]),
        ("2027-01", 15.0, [12e6, 3e6]),
        # contract years from July: half of one in 2027, the first half of 2028 in another
        ("1926-07", 1e15, [6e6, 12e6]),
        ("2027-10", 1e15, [9e6]),
        ("2026-04", 12.0, [3e6]),
        ("2040-01", 1e15, []),
        ("2020-01", 12.0, []),
    ],
)
def test_what_is_owed_inside_the_horizon(start: str, months: float, owed: list[float]) -> None:
    deal = Agreement(
        id="deal", name="Deal", provider="AWS", start=start, months=months, commit_usd_per_year=12e6, status="signed"
    )
    plan = Plan(settings=Settings(name="x", start="2027-01", periods=18, months_per_period=1), agreements=(deal,))
    assert [year.commitment_usd for year in contract_years(inputs_of(plan))] == pytest.approx(owed)
