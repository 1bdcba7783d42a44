"""Fans of series over cases: quantiles by hand, and commitments that nothing is bought for."""

from __future__ import annotations

import numpy as np
import pytest

from gigaplan.engine.analysis.fans import COVERAGE, STRANDED, fan, names_in, stranded_usd
from gigaplan.engine.analysis.uncertainty import CaseOutcome, outcomes, stranded
from gigaplan.engine.plan.plan import Plan
from tests.engine.plans import plan_of


def committed() -> Plan:
    """Two years of 1,000 USD a chip and year, work for 200 chips in the first; 150,000 USD are committed a year.

    Half of all is overhead. The demand is uncertain by a factor.
    """
    return plan_of(
        plan={"periods": 2, "discount_rate": 0.0, "overhead_fraction": 0.5},
        sites=[{"power_mw": None}],
        offers=[{"price_usd": 1000 / 8766, "term_months": 12, "energy_included": True, "agreement": "deal"}],
        workloads=[{"demand": [100.0, 0.0]}],
        agreements=[
            {"id": "deal", "name": "Deal", "provider": "cloud", "start": "2026-01", "months": 24,
             "commit_usd_per_year": 150_000, "status": "signed"},
        ],
        uncertainties=[
            {"id": "d", "table": "workloads", "row": "work", "field": "demand", "distribution": "uniform",
             "low": 0.5, "high": 1.5},
        ],
    )  # fmt: skip


def test_a_fan_has_the_quantiles_of_each_period() -> None:
    """200 chips times 0.5, 1 and 1.5 in the first year, none in the second."""
    found = outcomes(committed(), [{"d": 0.5}, {"d": 1.0}, {"d": 1.5}])
    chips = fan(found, "chips")
    assert chips is not None
    assert (chips.unit, chips.count) == ("chips", 3)
    first = (chips.p05[0], chips.p10[0], chips.p50[0], chips.p90[0], chips.p95[0])
    assert first == pytest.approx((110.0, 120.0, 200.0, 280.0, 290.0))
    served = fan(found, f"{COVERAGE}|work")
    assert served is not None
    assert served.p50 == (pytest.approx(1.0), None)  # nothing is asked for in the second year


def test_what_falls_short_of_commitments_is_stranded() -> None:
    """50,000 in the first year where 100 chips are wanted, else nothing; 150,000 in the second; doubled by overhead."""
    found = outcomes(committed(), [{"d": 0.5}, {"d": 1.0}, {"d": 1.5}])
    assert stranded_usd(found) == pytest.approx([400_000, 300_000, 300_000])
    about = stranded(found)
    assert about is not None
    assert (about.p10, about.p50, about.p90) == pytest.approx((300_000, 300_000, 380_000))
    assert np.frombuffer(found[0].series[STRANDED]) == pytest.approx([100_000, 300_000])


def test_cases_without_a_plan_are_in_no_fan() -> None:
    none = CaseOutcome("infeasible")
    assert names_in([none]) == []
    assert fan([none], "cost") is None
    assert stranded([none]) is None
