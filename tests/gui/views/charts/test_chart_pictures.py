"""What charts draw: the series of the engine, split, summed and set against what there is."""

import msgspec
import numpy as np
import pytest

from gigaplan.engine.optimization.costs import COST_LABELS
from gigaplan.engine.results.result import failure
from gigaplan.engine.solve.solve import solve_plan
from gigaplan.gui.jobs.staleness import Lateness
from gigaplan.gui.present.chart_data import COST, TO_DATE, source_of
from gigaplan.gui.present.explain_nodes import explain_drawn
from gigaplan.gui.present.picture import Line, Picture, by_year, reach, stacks
from gigaplan.gui.views.charts.deck import ChartDeck
from tests.engine.plans import plan_of
from tests.gui.chart_decks import a_plan


def test_allocation_draws_the_cumulative_sums_of_the_engines_series(deck, result) -> None:
    plot = deck.cards[0].plot
    chips = result.series("chips", "platform")
    assert chips["tpu"].max() > 0
    assert chips["gpu"].max() > 0
    shapes = plot.item_shown.shapes
    # Steps: chips that arrive in a period stand from its first day to its last, and do not ramp up before it.
    assert shapes["tpu"].x.tolist() == [edge for k in range(8) for edge in (k - 0.5, k + 0.5)]
    assert np.allclose(shapes["tpu"].y, np.repeat(chips["tpu"], 2), rtol=1e-12)
    assert np.allclose(shapes["gpu"].y, np.repeat(chips["tpu"] + chips["gpu"], 2), rtol=1e-12)
    assert list(shapes) == ["gpu", "tpu"], "what is below is painted over what covers it"


@pytest.mark.parametrize("by", ["platform", "vendor", "offer", "workload", "site"])
def test_every_split_of_the_allocation_adds_up_to_all_chips(deck, result, by: str) -> None:
    card = deck.cards[0]
    card.choose("by", by)
    drawn = sum(line.values for line in card.picture.lines)
    assert np.allclose(drawn, result.series("chips", "total")["total"], rtol=1e-9)


def test_cost_bars_of_a_year_are_the_sum_of_its_quarters(deck, result) -> None:
    card = deck.cards[1]
    assert card.picture.columns == ("2026", "2027", "after 2027 Q4")
    card.choose("end", "")
    assert card.picture.columns == ("2026", "2027")
    rental = result.series("cost", "component")["rental"]
    line = next(ln for ln in card.picture.lines if ln.key == "rental")
    assert np.allclose(line.values, [rental[:4].sum(), rental[4:].sum()], rtol=1e-12)
    bars = card.plot.item_shown.shapes["rental"]
    assert np.allclose(bars.y - bars.base, line.values, rtol=1e-12)
    purchase = next(ln for ln in card.picture.lines if ln.key == "purchase")
    assert np.allclose(bars.base, purchase.values, rtol=1e-12)
    card.choose("span", "period")
    assert card.picture.columns == result.time.labels
    bars = sum(ln.values for ln in card.picture.lines if ln.style == "bar")
    assert bars == pytest.approx(result.series("cost")["total"])


def test_power_of_a_site_stands_against_what_that_site_has(deck, result, document) -> None:
    card = deck.cards[2]
    lines = {ln.key: ln.values for ln in card.picture.lines}
    assert np.allclose(lines["available"], 3.0 + np.array([1.0 + t for t in range(8)]))
    document.select("sites", ["dublin"])
    lines = {ln.key: ln.values for ln in card.picture.lines}
    assert np.allclose(lines["available"], [1.0 + t for t in range(8)])
    assert np.allclose(lines["drawn"], result.series("facility_power", "site")["dublin"])
    assert np.allclose(lines["it"], result.series("it_power", "site")["dublin"])
    assert card._title.text() == "Power · Dublin"
    shape = card.plot.item_shown.shapes["available"]
    assert shape.y[shape.x == 0.5].tolist() == [1.0, 2.0], "what is available changes between two periods"
    card.choose("site", "")
    assert card._title.text() == "Power"


def test_parts_of_the_cost_are_called_what_the_engine_calls_them(result) -> None:
    lines = COST.make(result, {"span": "year", "by": "component"}).lines
    paid = {key for key, values in result.series("cost", "component").items() if values.any()}
    told = {line.key: line.label for line in lines if line.key != TO_DATE}
    assert told == {key: label for key, label in COST_LABELS.items() if key in paid}
    assert len(paid) > 2


def test_power_follows_the_selection_and_does_not_keep_the_last_site(deck, document) -> None:
    card = deck.cards[2]
    document.select("sites", ["dublin"])
    document.select("sites", ["iowa"])
    assert card._title.text() == "Power · Iowa"
    document.select("workloads", [document.plan.workloads[0].id])
    assert card._title.text() == "Power", "no site is selected any more"
    card.choose("site", "dublin")
    document.select("sites", ["iowa"])
    document.select("sites", ["iowa", "dublin"])
    assert card._title.text() == "Power · Dublin", "what a person chose comes back"


def test_each_site_stands_against_its_own_capacity(deck, result) -> None:
    card = deck.cards[2]
    card.choose("site", "*")
    drawn = result.series("facility_power", "site")
    shares = {ln.key: ln.values for ln in card.picture.lines}
    assert np.allclose(shares["iowa"], drawn["iowa"] / 3.0)
    assert np.allclose(shares["dublin"], drawn["dublin"] / [1.0 + t for t in range(8)])
    assert 0 < max(values.max() for values in shares.values()) <= 1 + 1e-9


def test_a_site_without_a_limit_leaves_the_limit_out_and_says_so(document, planner, qtbot) -> None:
    iowa, dublin = document.plan.sites
    open_ended = msgspec.structs.replace(document.plan, sites=(iowa, msgspec.structs.replace(dublin, power_mw=None)))
    deck = ChartDeck(document, planner, Lateness(planner))
    qtbot.addWidget(deck)
    deck.refresh(solve_plan(open_ended))
    assert [ln.key for ln in deck.cards[2].picture.lines] == ["drawn", "it"]
    assert "No limit is set at Dublin" in deck.cards[2].picture.note


def test_what_is_negative_hangs_below_zero() -> None:
    lines = (
        Line("a", "a", "#000000", "bar", np.array([2.0, -1.0])),
        Line("b", "b", "#000000", "bar", np.array([3.0, 4.0])),
        Line("c", "c", "#000000", "bar", np.array([-5.0, -2.0])),
    )
    ends = stacks(lines, set(), 2)
    assert [end.tolist() for end in ends["b"]] == [[2.0, 0.0], [5.0, 4.0]]
    assert [end.tolist() for end in ends["c"]] == [[0.0, -1.0], [-5.0, -3.0]]
    assert reach(Picture("USD", "", ("x", "y"), lines, True), set()) == (-5.0, 5.0)


def test_years_that_are_cut_short_say_so() -> None:
    result = failure(a_plan(7, 3, "2026-01"), "error", ())
    columns, sums = by_year(result, {"a": np.arange(7.0)})
    assert columns == ("2026", "2027 (9 mo)")
    assert sums["a"].tolist() == [6.0, 15.0]
    assert by_year(failure(a_plan(8, 3, "2026-07"), "error", ()), {})[0] == ("2026-07 +", "2027-07 +")


def test_the_cost_goes_on_after_the_horizon_to_the_total() -> None:
    """Chips for 1000 USD that live two years; others rented for two, paid as they run; others paid ahead."""
    chosen = {"span": "year", "by": "component", "end": "after"}
    plan = plan_of(
        plan={"periods": 1, "contract_worth_fraction": 0.75},
        workloads=[{"demand": 150}],
        offers=[
            {"id": "own", "kind": "purchase", "price_usd": 1000, "supply_chips_per_month": 100 / 12},
            {"id": "owes", "price_usd": 0.5, "term_months": 24, "supply_chips_per_month": 100 / 12},
            {
                "id": "ahead", "price_usd": 0.5, "term_months": 24, "upfront_fraction": 1,
                "supply_chips_per_month": 100 / 12,
            },
        ],
    )  # fmt: skip
    result = solve_plan(plan)
    picture = COST.make(result, chosen)
    last = {line.key: float(line.values[-1]) for line in picture.lines}
    rent = 100 * 0.5 * 8766
    assert last["residual"] == pytest.approx(-100 * 500)
    assert last["owed_at_risk"] == pytest.approx(rent / 4)
    assert last["owed"] == pytest.approx(rent * 3 / 4)
    assert last["paid_ahead"] == pytest.approx(-rent * 3 / 4)
    assert last[TO_DATE] == pytest.approx(result.kpis["tco_usd"])
    assert picture.columns[-1].startswith("after ")
    assert all(len(line.values) == len(picture.columns) == len(picture.spans) for line in picture.lines)
    for key in ("residual", "owed_at_risk", "owed", "paid_ahead"):
        series, by, name = source_of(COST, chosen, key)
        node = explain_drawn(result, series, by, name, *picture.spans[-1])
        assert abs(node.value) == pytest.approx(abs(last[key]))


def test_a_plan_that_owes_nothing_has_no_such_column() -> None:
    picture = COST.make(solve_plan(plan_of()), {"span": "year", "by": "component", "end": "after"})
    assert not any(column.startswith("after") for column in picture.columns)
