"""Usual days of demand as values for the blocks of a plan."""

import pytest

from gigaplan.engine.catalogue.day_profiles import SHAPES, THREE, day_profile, drawn
from gigaplan.engine.plan.schema import Block


@pytest.mark.parametrize("shape", SHAPES)
def test_each_is_one_on_average_over_the_day(shape: str) -> None:
    for blocks in (THREE, [Block(name=str(k), share=1 / 24) for k in range(24)]):
        values = day_profile(shape, blocks)
        assert sum(b.share * v for b, v in zip(blocks, values, strict=True)) == pytest.approx(1, abs=1e-9)


def test_blocks_take_their_hours_from_midnight() -> None:
    night, day, evening = day_profile("Office hours", THREE)
    assert day > 1 > evening > night
    assert day_profile("Flat", THREE) == pytest.approx((1, 1, 1))
    night, day, evening = day_profile("Consumer evening", THREE)
    assert evening > day > night
    # By hand: 0.8+0.5+0.4+0.3+0.3+0.4+0.5+0.7 = 3.9 in 8 h; 24 hours have 25.7.
    assert night == pytest.approx(3.9 / 8 / (sum(SHAPES["Consumer evening"]) / 24), abs=1e-9)


def test_a_drawn_block_leaves_the_mean_at_one_and_the_others_their_proportions() -> None:
    # By hand: half of the day at 1.5 leaves 0.25 of the mean for two quarters that stood as 1 to 2.
    assert drawn((0.75, 2 / 3, 4 / 3), (0.5, 0.25, 0.25), 0, 1.5) == pytest.approx((1.5, 1 / 3, 2 / 3))
    assert drawn((1, 1), (0.25, 0.75), 0, 9) == pytest.approx((4, 0))  # no block holds more than the whole day
    assert drawn((4, 0), (0.25, 0.75), 0, 1) == pytest.approx((1, 1))
    assert drawn((1.0,), (1.0,), 0, 3) == (1.0,)
