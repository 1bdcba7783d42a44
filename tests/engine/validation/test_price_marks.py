"""Prices that deserve a look: assumed, old, from the press, or from nowhere."""

import datetime

import pytest

from gigaplan.engine.catalogue.new_rows import with_following_names, with_new_row
from gigaplan.engine.plan.plan import Plan, with_fields
from gigaplan.engine.plan.schema import Offer, Settings
from gigaplan.engine.solve.solve import solve_plan
from gigaplan.engine.validation.price_marks import assumed_figures, price_marks
from gigaplan.engine.validation.rules import check
from tests.engine.plans import plan_of

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


def test_an_assumed_price_is_a_problem_that_names_what_to_give_until_it_is_given() -> None:
    plan = Plan(settings=Settings(name="p", start="2026-01", periods=4))
    plan, platform = with_new_row(plan, "platforms")
    plan, offer = with_new_row(plan, "offers")
    plan, service = with_new_row(plan, "services")
    said = {(p.table, p.row, p.field): (p.text, p.remedy) for p in assumed_figures(plan)}
    assert set(said) == {
        ("platforms", platform.id, "source"), ("offers", offer.id, "price_usd"), ("services", service.id, "price_usd"),
    }  # fmt: skip
    text, remedy = said["offers", offer.id, "price_usd"]
    assert text == "is assumed, 3 USD/chip-h to begin with: nothing can be had at it"
    assert remedy == "Give the price that you were offered, and its source."
    assert all(p.severity == "warning" for p in assumed_figures(plan))
    assert set(assumed_figures(plan)) <= set(check(plan))
    given = with_following_names(plan, with_fields(plan, "offers", offer.id, price_usd=2.2))
    assert given.offers[0].supply_chips_per_month is None
    assert [p.table for p in assumed_figures(given)] == ["services", "platforms"]
    assert price_marks(given.offers[0], TODAY) == ("price without a source",)


def test_a_new_offer_leaves_the_optimum_alone_until_its_price_is_given() -> None:
    plan = plan_of(offers=[{"price_usd": 5}])
    cost = solve_plan(plan).kpis["tco_usd"]
    more, offer = with_new_row(plan, "offers")
    assert solve_plan(more).kpis["tco_usd"] == pytest.approx(cost)
    more, _ = with_new_row(more, "services")
    assert solve_plan(more).kpis["tco_usd"] == pytest.approx(cost)
    given = with_following_names(more, with_fields(more, "offers", offer.id, price_usd=4.0))
    assert solve_plan(given).kpis["tco_usd"] < cost
