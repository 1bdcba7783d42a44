"""Series in time, by hand: growth is a mean, steps are dated, a price is that with which a period opens."""

from __future__ import annotations

import math

import numpy as np
import pytest

from gigaplan.engine.plan.fields import Growth, Steps, field_of
from gigaplan.engine.plan.schema import Offer, Site
from gigaplan.engine.plan.timeline import Timeline

YEARS = Timeline("2026-01", 3, 12, 0.21)
QUARTERS = Timeline("2026-01", 4, 3, 0.0)
MONTHS = Timeline("2026-01", 12, 1, 0.0)


def test_growth_is_its_mean_over_a_period() -> None:
    # The integral of 2 ** x from 0 to 1 is 1 / ln 2.
    assert YEARS.values(Growth(10.0, 1.0)) == pytest.approx([10 / math.log(2) * 2**t for t in range(3)], rel=1e-12)
    assert YEARS.opening(Growth(10.0, 1.0)).tolist() == [10.0, 20.0, 40.0]
    assert YEARS.values(Growth(10.0)).tolist() == [10.0] * 3
    assert YEARS.values(Growth(10.0, 1e-14)) == pytest.approx([10.0] * 3, rel=1e-12)


def test_growth_counts_from_its_month() -> None:
    late = Growth(10.0, 1.0, "2027-01")
    assert YEARS.opening(late) == pytest.approx([5.0, 10.0, 20.0], rel=1e-12)
    assert YEARS.values(late) == pytest.approx([5 / math.log(2), 10 / math.log(2), 20 / math.log(2)], rel=1e-12)


@pytest.mark.parametrize("growth", [Growth(7.0, 0.5), Growth(7.0, -0.5, "2025-03"), Growth(7.0, 3.0, "2027-11")])
def test_a_finer_grid_has_the_same_growth(growth: Growth) -> None:
    by_quarter = MONTHS.values(growth).reshape(4, 3).mean(axis=1)
    assert QUARTERS.values(growth) == pytest.approx(by_quarter, rel=1e-12)


def test_steps_hold_from_their_month_on_and_the_first_before_it() -> None:
    steps = Steps((("2026-03", 6.0), ("2026-08", 9.0)))
    assert MONTHS.values(steps).tolist() == [6.0] * 7 + [9.0] * 5
    assert QUARTERS.values(steps).tolist() == [6.0, 6.0, 8.0, 9.0]  # July at 6, August and September at 9
    assert QUARTERS.opening(steps).tolist() == [6.0, 6.0, 6.0, 9.0]
    assert QUARTERS.values(Steps((("2030-01", 5.0),))).tolist() == [5.0] * 4


def test_a_period_with_a_month_without_a_limit_has_none() -> None:
    steps = Steps((("2026-01", 6.0), ("2026-05", None), ("2026-06", 3.0)))
    assert QUARTERS.values(steps).tolist() == [6.0, math.inf, 3.0, 3.0]
    assert QUARTERS.values(steps, missing=0.0).tolist() == [6.0, 0.0, 3.0, 3.0]
    assert QUARTERS.opening(steps).tolist() == [6.0, 6.0, 3.0, 3.0]


def test_which_fields_take_the_value_with_which_a_period_opens() -> None:
    growth = Growth(10.0, 1.0)
    price, energy = field_of(Offer, "price_usd"), field_of(Site, "electricity_usd_per_mwh")
    assert np.array_equal(YEARS.of_field(price, growth), YEARS.opening(growth))
    assert np.array_equal(YEARS.of_field(energy, growth), YEARS.values(growth))


def test_what_is_paid_when_chips_come_is_discounted_from_the_start_of_its_period() -> None:
    assert YEARS.opening_discount == pytest.approx([1.0, 1 / 1.21, 1 / 1.4641], rel=1e-12)
    assert YEARS.discount == pytest.approx([1 / 1.1, 1 / 1.331, 1 / 1.1**5], rel=1e-12)


def test_a_period_starts_in_a_span_where_its_first_month_does() -> None:
    assert QUARTERS.starting_in("2026-04", "2026-10").tolist() == [False, True, True, False]
    assert QUARTERS.starting_in("2026-05", None).tolist() == [False, False, True, True]
    assert QUARTERS.starting_in(None, "2026-02").tolist() == [True, False, False, False]
    assert QUARTERS.starting_in(None, None).all()
