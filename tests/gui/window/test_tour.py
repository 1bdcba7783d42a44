"""The tour: after the first plan, by keys, skippable, never again by itself; in every size of the window."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QSettings, Qt

from gigaplan.gui.views.welcome.first_plan_dialog import FirstPlan
from gigaplan.gui.window.tour import Tour
from tests.gui.small_plans import PLAN


def tour_of(window) -> Tour | None:
    return next((tour for tour in window.findChildren(Tour) if not tour.isHidden()), None)


def make_plan(window) -> None:
    """Answers the questions of New, with a toy in the place of the plan that would be made."""
    window.begin_plan()
    (asked,) = [d for d in window.findChildren(FirstPlan) if d.isVisible()]
    asked.plan = PLAN
    asked.accept()


def test_it_comes_once_and_is_walked_by_keys(window, qtbot) -> None:
    make_plan(window)
    qtbot.waitUntil(lambda: tour_of(window) is not None)
    tour = tour_of(window)
    seen = []
    for _ in range(5):
        seen.append(tour.title.text())
        assert window.rect().contains(tour.card.geometry())
        assert tour.on.hasFocus() or not window.isActiveWindow()
        qtbot.keyClick(tour.on, Qt.Key.Key_Return)
    assert seen == ["What it comes to", "The plan", "Every input", "The charts", "Why"]
    assert tour_of(window) is None
    assert QSettings().value("tour_seen", False, bool)
    make_plan(window)
    window.wait_until_settled(60)
    assert tour_of(window) is None


@pytest.mark.parametrize("size", [(1000, 640), (1600, 1000)])
def test_it_is_skipped_and_goes_back_and_stays_inside(window, qtbot, size) -> None:
    window.document.start(PLAN)
    window.resize(*size)
    window.show_workspace()
    window.begin_tour()
    tour = tour_of(window)
    qtbot.keyClick(tour, Qt.Key.Key_Right)
    qtbot.keyClick(tour, Qt.Key.Key_Right)
    assert tour.title.text() == "Every input"
    qtbot.keyClick(tour, Qt.Key.Key_Left)
    assert tour.title.text() == "The plan"
    window.resize(1100, 700)
    assert tour.size() == window.size()
    assert window.rect().contains(tour.card.geometry())
    tour.focusNextPrevChild(True)
    qtbot.keyClick(tour, Qt.Key.Key_Escape)
    assert tour_of(window) is None
    window.document.undo_stack.setClean()
