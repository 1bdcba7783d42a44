"""The period bar: a skyline of what runs over the slider, and words where the chosen period holds nothing."""

import itertools
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication

from gigaplan.engine.plan.new_grid import on_grid
from gigaplan.engine.plan.plan import with_fields, with_settings
from gigaplan.gui.text import number_format
from gigaplan.gui.views.canvas.plan_map import SUBTITLE
from tests.gui.map_window import Window, shown, small_plan


@pytest.fixture
def window(qtbot) -> Iterator[Window]:
    plan = with_fields(small_plan(), "workloads", "eu", demand=0.0)
    with shown(qtbot, with_fields(plan, "workloads", "chat", demand=(0.0, 400.0, 800.0, 0.0))) as made:
        yield made


def heights(window: Window) -> list[int]:
    """How high the skyline stands in the middle of the left half of each period, px: the handle is elsewhere."""
    slider = window.map.period_bar.slider
    picture, edges = slider.grab().toImage(), slider._edges()
    ground = picture.pixelColor(0, 0)
    across = [int(left + (right - left) * 0.2) for left, right in itertools.pairwise(edges)]
    half = slider.height() // 2 - 4  # above the groove
    return [sum(picture.pixelColor(x, y) != ground for y in range(half)) for x in across]


def test_the_skyline_is_as_high_as_the_chips_that_run(window) -> None:
    first, second, third, fourth = heights(window)
    assert (first, fourth) == (0, 0)
    assert third > second > 0
    window.document.apply(with_fields(window.document.plan, "workloads", "chat", demand=0.0), "Nothing")
    window.solve()
    assert heights(window) == [0, 0, 0, 0]


def test_a_period_in_which_nothing_runs_says_where_something_does(window) -> None:
    said = []
    for period in range(4):
        window.document.show_period(period)
        said.append(window.map.state_label.text())
    assert said == [
        "nothing runs in 2027 Q1, first in 2027 Q2",
        SUBTITLE,
        SUBTITLE,
        "nothing runs in 2027 Q4, last in 2027 Q3",
    ]


def test_an_undo_to_fewer_periods_than_the_one_that_is_shown_is_taken_up(window) -> None:
    document, plan = window.document, window.document.plan
    document.apply(on_grid(plan, with_settings(plan, periods=8).settings)[0], "More periods")
    document.show_period(6)
    # The answer to this plan is there: it is taken up before the period has come back.
    document.undo_stack.undo()
    assert document.period == 3
    assert window.map.state_label.text() == "nothing runs in 2027 Q4, last in 2027 Q3"


def test_the_slider_tells_the_chips_under_the_pointer(window) -> None:
    slider = window.map.period_bar.slider
    at, none = QPointF(slider.width() * 2 / 3, 12), Qt.MouseButton.NoButton
    there = QPointF(slider.mapToGlobal(at.toPoint()))
    move = QMouseEvent(QEvent.Type.MouseMove, at, there, none, none, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(slider, move)
    # 800 PFLOP/s at 0.4 a chip: 2 000 chips.
    assert slider.toolTip() == f"2027 Q3: {number_format.short(2000.0)} chips run"
