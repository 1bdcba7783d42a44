"""Ids that are made of names: short, of plain letters, and none twice."""

import pytest

from gigaplan.engine.plan.plan import Plan, fresh_id, unused_id
from gigaplan.engine.plan.schema import Settings

EMPTY = Plan(settings=Settings(name="T", start="2027-01", periods=1))


@pytest.mark.parametrize(
    ("name", "id"),
    [
        ("B200, 1 year", "b200_1_year"),
        ("GB300 NVL72 · reserved – 3 y", "gb300_nvl72_reserved_3_y"),
        ("  (spot)  ", "spot"),
        ("Düsseldorf", "d_sseldorf"),
        ("…", "offer"),
        ("", "offer"),
    ],
)
def test_an_id_is_made_of_the_name(name: str, id: str) -> None:
    assert fresh_id(EMPTY, "offers", name) == id


def test_an_id_that_is_taken_is_counted() -> None:
    assert unused_id("B200, 1 year", "offers", {"b200_1_year", "b200_1_year_2"}) == "b200_1_year_3"
