"""A span of columns is dragged to zoom all charts, and clicks still choose; other ways there and back."""

import pytest
from PySide6.QtCore import QPoint, Qt

from gigaplan.engine.solve.solve import solve_plan
from gigaplan.gui.present.picture import stacks
from gigaplan.gui.views.charts.plot import Plot
from tests.gui.chart_decks import a_plan, pixel, show_tab


def dragged(qtbot, plot: Plot, first: float, last: float) -> None:
    """The left button goes down at a column, moves to another, and comes up."""
    qtbot.mousePress(plot.viewport(), Qt.MouseButton.LeftButton, pos=pixel(plot, first))
    for part in (0.3, 0.7, 1.0):
        qtbot.mouseMove(plot.viewport(), pixel(plot, first + (last - first) * part))
    qtbot.mouseRelease(plot.viewport(), Qt.MouseButton.LeftButton, pos=pixel(plot, last))


def columns(plot: Plot) -> tuple[float, float]:
    return pytest.approx(plot.zoom.low), pytest.approx(plot.zoom.high)


def test_a_span_that_is_dragged_is_zoomed_to_on_every_chart(deck, document, qtbot) -> None:
    allocation, cost, power = (card.plot for card in deck.cards)
    document.show_period(0)
    dragged(qtbot, allocation, 5, 6)
    assert columns(allocation) == (4.5, 6.5)
    assert columns(power) == (4.5, 6.5)
    assert columns(cost) == (0.5, 1.5), "of a chart by years, the years that hold the span"
    assert document.period == 0, "a drag is no click"
    assert document.selection.table == "plan"
    show_tab(deck, "Carbon and energy")
    assert columns(deck.cards[1].plot) == (0.5, 1.5), "charts that are shown later follow too"


def test_a_drag_to_the_left_is_the_same_span(deck, document, qtbot) -> None:
    document.show_period(0)
    dragged(qtbot, deck.cards[0].plot, 6, 3)
    assert columns(deck.cards[0].plot) == (2.5, 6.5)


def test_a_span_of_years_is_zoomed_to_in_periods(deck, qtbot) -> None:
    cost = deck.cards[1].plot
    low, high = pixel(cost, 0.7), pixel(cost, 1.4)
    qtbot.mousePress(cost.viewport(), Qt.MouseButton.LeftButton, pos=low)
    qtbot.mouseMove(cost.viewport(), high)
    qtbot.mouseRelease(cost.viewport(), Qt.MouseButton.LeftButton, pos=high)
    assert columns(cost) == (0.5, 1.5)
    assert columns(deck.cards[0].plot) == (3.5, 7.5)


def test_a_button_says_what_is_shown_and_shows_all_again(deck, document, qtbot) -> None:
    assert not deck.reset.isVisible()
    document.show_period(0)
    dragged(qtbot, deck.cards[0].plot, 4, 6)
    assert deck.reset.isVisible()
    assert deck.reset.text() == "Shown: 2027 Q1 \u2013 2027 Q3"
    qtbot.mouseClick(deck.reset, Qt.MouseButton.LeftButton)
    assert [columns(card.plot) for card in deck.cards] == [(-0.5, 7.5), (-0.5, 2.5), (-0.5, 7.5)]
    assert not deck.reset.isVisible()


def highest(plot: Plot) -> float:
    return plot.box.viewRange()[1][1]


def test_the_values_of_a_span_fill_the_height_and_all_do_when_it_is_left(deck, document, qtbot) -> None:
    document.show_period(7)
    allocation, cost, power = deck.cards
    whole = [highest(card.plot) for card in deck.cards]
    total = sum(line.values for line in allocation.picture.lines)
    assert total[2] < 0.6 * total.max()
    dragged(qtbot, allocation.plot, 0, 1)
    assert highest(allocation.plot) == pytest.approx(1.06 * max(total[:2]))
    lines = {line.key: line.values for line in power.picture.lines}
    assert highest(power.plot) == pytest.approx(1.06 * max(lines["available"][:2].max(), lines["drawn"][:2].max()))
    bars = sum(line.values[0] for line in cost.picture.lines if line.style == "bar")
    assert highest(cost.plot) == pytest.approx(1.06 * bars), "of the one year that is shown"
    to_date = cost.picture.lines[-1]
    drawn = cost.plot.item_shown.shapes[to_date.key].y
    assert 0.4 * highest(cost.plot) < drawn[0] <= highest(cost.plot), "the sum fills its own axis too"
    power.toggle("available")
    assert highest(power.plot) == pytest.approx(1.06 * lines["drawn"][:2].max())
    power.toggle("available")
    qtbot.mouseClick(deck.reset, Qt.MouseButton.LeftButton)
    assert [highest(card.plot) for card in deck.cards] == pytest.approx(whole)


@pytest.mark.parametrize("way", ["escape", "double-click", "zero"])
def test_other_ways_to_show_all_again(deck, document, qtbot, way: str) -> None:
    document.show_period(0)
    plot = deck.cards[0].plot
    dragged(qtbot, plot, 4, 6)
    if way == "double-click":
        qtbot.mouseDClick(plot.viewport(), Qt.MouseButton.LeftButton, pos=pixel(plot, 5))
    else:
        qtbot.keyClick(plot, Qt.Key.Key_Escape if way == "escape" else Qt.Key.Key_0)
    assert columns(deck.cards[2].plot) == (-0.5, 7.5)


def test_escape_gives_up_a_span_that_is_being_dragged(deck, document, qtbot) -> None:
    document.show_period(0)
    plot = deck.cards[0].plot
    qtbot.mousePress(plot.viewport(), Qt.MouseButton.LeftButton, pos=pixel(plot, 3))
    qtbot.mouseMove(plot.viewport(), pixel(plot, 6))
    assert plot._hand.is_brushing
    qtbot.keyClick(plot, Qt.Key.Key_Escape)
    qtbot.mouseRelease(plot.viewport(), Qt.MouseButton.LeftButton, pos=pixel(plot, 6))
    assert columns(plot) == (-0.5, 7.5)
    assert document.period == 0


def test_a_click_still_chooses_and_a_drag_of_the_mark_moves_the_period(deck, document, qtbot) -> None:
    plot = deck.cards[0].plot
    asked = []
    deck.explain_requested.connect(lambda *which: asked.append(which))
    base = plot.picture.lines[0]
    inside = plot.pixel_of(5, float(base.values[5]) / 2).toPoint()
    qtbot.mouseClick(plot.viewport(), Qt.MouseButton.LeftButton, pos=inside)
    assert document.period == 5
    assert asked == [("chips", "platform", base.key, (5, 5))]
    dragged(qtbot, plot, 5, 2)
    assert document.period == 2
    assert columns(plot) == (-0.5, 7.5)


def test_a_bar_of_a_year_is_explained_as_the_year_that_it_is(deck, document, qtbot) -> None:
    plot = deck.cards[1].plot
    document.show_period(6)
    asked = []
    deck.explain_requested.connect(lambda *which: asked.append(which))
    base, top = stacks(plot.picture.lines, set(), 3)["rental"]
    inside = plot.pixel_of(1, (base[1] + top[1]) / 2).toPoint()
    qtbot.mouseClick(plot.viewport(), Qt.MouseButton.LeftButton, pos=inside)
    assert asked == [("cost", "component", "rental", (4, 7))]


def test_a_click_on_one_of_all_sites_leaves_all_of_them_in_sight(deck, document, qtbot) -> None:
    card = deck.cards[2]
    card.choose("site", "*")
    asked = []
    deck.explain_requested.connect(lambda *which: asked.append(which))
    line = max(card.picture.lines, key=lambda ln: ln.values[3])
    place = card.plot.pixel_of(3, float(line.values[3])).toPoint() + QPoint(0, 2)
    qtbot.mouseClick(card.plot.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert asked == [("part_of_power", "site", line.key, (3, 3))]
    assert document.selection.ids == (line.key,)
    assert card.choice("site") == "*"
    card.choose("site", "")
    document.select("sites", ["iowa" if line.key == "dublin" else "dublin"])
    assert card.choice("site") != "", "but all together give way to the one that is chosen"


def test_a_zoom_is_kept_through_results_and_left_where_periods_change(deck, document, qtbot) -> None:
    document.show_period(0)
    dragged(qtbot, deck.cards[0].plot, 4, 6)
    deck.refresh(solve_plan(document.plan))
    assert columns(deck.cards[0].plot) == (3.5, 6.5)
    deck.cards[1].choose("span", "period")
    assert columns(deck.cards[1].plot) == (3.5, 6.5), "the same periods in other columns"
    deck.refresh(solve_plan(a_plan(4)))
    assert columns(deck.cards[0].plot) == (-0.5, 3.5)
    assert not deck.reset.isVisible()
