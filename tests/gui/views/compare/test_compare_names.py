"""The names of the comparison's tables stay in sight while the rest scrolls sideways."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QAbstractItemView
from pytestqt.qtbot import QtBot

from gigaplan.gui.document.document import Document
from gigaplan.gui.views.compare.view import CompareView
from tests.gui.compare_pages import a_page, plan_of, solved

LEFT = Qt.MouseButton.LeftButton
NO_KEYS = Qt.KeyboardModifier.NoModifier


@pytest.fixture
def page(qtbot: QtBot):
    with a_page(Document(plan_of()), qtbot) as view:
        view.resize(500, 400)
        yield solved(view, qtbot)


def scrolled(view: QAbstractItemView) -> None:
    bar = view.horizontalScrollBar()
    assert bar.maximum() > 0
    bar.setValue(bar.maximum())


def test_names_stand_still(page: CompareView, qtbot: QtBot) -> None:
    for view in (page.kpis.view, page.inputs.view):
        assert not view.names.isVisible()
        scrolled(view)
        assert view.names.isVisible()
        for row in range(view.model().rowCount()):
            index = view.model().index(row, 0)
            mine, own = view.names.visualRect(index), view.visualRect(index)
            assert (mine.top(), mine.height(), mine.width()) == (own.top(), own.height(), own.width())
            assert mine.left() == own.left() + view.horizontalScrollBar().value()
        # What is seen where the names were is the names, their header and nothing of the figures.
        for place in (QPoint(20, view.heading.y() + 8), QPoint(20, view.height() // 2)):
            assert view.names.isAncestorOf(view.childAt(place))
        view.horizontalScrollBar().setValue(0)
        assert not view.names.isVisible()


def test_groups_open_in_both(page: CompareView, qtbot: QtBot) -> None:
    view, model = page.kpis.view, page.kpis.model
    scrolled(view)
    row = next(k for k, r in enumerate(model.rows) if r.kpi == "coverage")
    index = model.index(row, 0)
    assert not view.isExpanded(index)
    arrow = QPoint(6, view.names.visualRect(index).center().y())
    qtbot.mouseClick(view.names.viewport(), LEFT, NO_KEYS, arrow)
    assert view.isExpanded(index)
    assert view.names.isExpanded(index)
    child = model.index(0, 0, index)
    assert view.names.visualRect(child).top() == view.visualRect(child).top()
    view.setCurrentIndex(index)
    qtbot.keyClick(view, Qt.Key.Key_Left)
    assert not view.names.isExpanded(index)


def test_a_cell_that_is_chosen_is_not_under_the_names(page: CompareView, qtbot: QtBot) -> None:
    view = page.inputs.view
    scrolled(view)
    last = view.model().columnCount() - 1
    view.setCurrentIndex(view.model().index(0, last))
    for column in range(last - 1, 0, -1):
        qtbot.keyClick(view, Qt.Key.Key_Left)
        assert view.currentIndex().column() == column
        assert not view.names.isVisible() or view.visualRect(view.currentIndex()).left() >= view.columnWidth(0)
