"""Prices that deserve a look: assumed, old, from the press, or from nowhere."""

import datetime

import pytest

from gigaplan.engine.catalogue.new_rows import with_new_row
from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.plan.schema import Offer, Settings
from gigaplan.engine.validation.price_marks import price_marks

TODAY = datetime.date(2026, 11, 30)


@pytest.mark.parametrize(
    ("source", "as_of", "marks"),
    [
        ("a quotation", "2026-11", ()),
        ("a quotation", "2025-11", ()),
        ("a quotation", "2025-10", ("price of 2025-10",)),
        ("a quotation", "2025", ()),
        ("a quotation", "2024", ("price of 2024",)),
        ("a paper (press)", "2026-04", ("price from the press",)),
        ("", "2026-04", ("price without a source",)),
        ("a quotation", "last year", ()),
    ],
)
def test_a_price_is_marked_for_what_it_rests_on(source: str, as_of: str, marks: tuple[str, ...]) -> None:
    offer = Offer(
        id="o", name="O", platform="p", provider="P", kind="rental", price_usd=1.0, sites="*", source=source,
        as_of=as_of,
    )  # fmt: skip
    assert price_marks(offer, TODAY) == marks


def test_the_price_of_a_new_offer_is_marked_as_assumed_until_its_source_says_better() -> None:
    plan = Plan(settings=Settings(name="p", start="2026-01", periods=4))
    plan, _ = with_new_row(plan, "platforms")
    _, offer = with_new_row(plan, "offers")
    assert price_marks(offer, TODAY) == ("price assumed",)
