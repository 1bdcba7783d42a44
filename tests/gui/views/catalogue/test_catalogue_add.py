"""Adding from the catalogue by its plus; long names and lines that are too long for their place."""

from __future__ import annotations

import msgspec
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QHoverEvent
from PySide6.QtWidgets import QApplication

from gigaplan.engine.storage.templates import load_template
from gigaplan.gui.views.catalogue.model import REFUSAL

LONG = "اسم طويل 超大规模 🚀 & <b>bold</b> " + "words that go on " * 7


def shown(qtbot, window, section: str):
    """The catalogue on one of its sections, beside an empty plan."""
    window.files.new()
    window.show_catalogue(section)
    qtbot.waitUntil(lambda: window.catalogue.model.rowCount() > 2)
    return window.catalogue


def test_the_plus_of_a_line_adds_it(qtbot, window):
    panel = shown(qtbot, window, "workload")
    index = panel.model.index(2)
    view = panel.list.viewport()
    place = panel._delegate.plus(panel.list.visualRect(index)).center()
    qtbot.mouseMove(view, place)
    qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=place)
    assert [w.name for w in window.document.plan.workloads] == [index.data()]
    # A click on the words chooses the line, and adds nothing.
    qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=panel.list.visualRect(index).topLeft() + QPoint(20, 8))
    assert len(window.document.plan.workloads) == 1


def test_the_plus_of_what_cannot_be_added_does_nothing(qtbot, window):
    panel = shown(qtbot, window, "platform")
    refused = [k for k in range(panel.model.rowCount()) if panel.model.index(k).data(REFUSAL)]
    assert refused, "an entry without figures"
    index = panel.model.index(refused[0])
    panel.list.scrollTo(index)
    place = panel._delegate.plus(panel.list.visualRect(index)).center()
    qtbot.mouseClick(panel.list.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert not window.document.plan.platforms


def test_a_long_name_ends_in_an_ellipsis_until_it_is_edited(qtbot, window):
    plan = load_template("startup")
    site = msgspec.structs.replace(plan.sites[0], name=LONG, source=LONG)
    window.document.start(msgspec.structs.replace(plan, sites=(site, *plan.sites[1:])))
    window.pages.setCurrentIndex(1)
    assert window.wait_until_solved(20)
    window.activateWindow()
    window.document.select("sites", [site.id])
    title = window.inspector.title
    assert title.text() == LONG.strip() or title.text() == LONG
    window.catalogue.begin()
    resting = title.grab().toImage()
    right = {resting.pixel(x, resting.height() // 2) for x in range(resting.width() - 8, resting.width() - 4)}
    assert len(right) == 1, "nothing is cut off at the edge"
    assert title.toolTip()
    qtbot.mouseClick(title, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(title.hasFocus)
    assert title.text() == window.document.plan.sites[0].name
    assert title.grab().toImage() != resting
    # No part of the window grew beyond it.
    for widget in (window.inspector, window.explain, window.catalogue, window.scenarios):
        assert window.rect().contains(widget.geometry().translated(widget.parent().mapTo(window, QPoint(0, 0))))


def test_everything_has_its_place_in_the_smallest_window(qtbot, window):
    window.files.new_from_template("startup")
    window.resize(window.minimumSize())
    assert window.wait_until_solved(20)
    window.document.select("workloads", [window.document.plan.workloads[0].id])
    window.show_view("compare")
    assert window.wait_until_solved(20)
    scroll = window.inspector.area
    assert scroll.widget().width() <= scroll.viewport().width(), "no field is cut off"
    page = window.views.page("compare").area
    assert page.widget().width() <= page.viewport().width()
    for widget in (window.left, window.views, window.charts, window.right, window.status):
        place = widget.geometry().translated(widget.parent().mapTo(window, QPoint(0, 0)))
        assert window.rect().contains(place), widget


def test_hovering_moves_nothing(qtbot, window):
    """The plus appears in its own room: the line below the pointer stays as high as it was."""
    view = shown(qtbot, window, "platform").list
    first = view.visualRect(view.model().index(0))
    at = QPointF(first.center())
    QApplication.sendEvent(view.viewport(), QHoverEvent(QEvent.Type.HoverMove, at, at, at))
    assert view.visualRect(view.model().index(0)) == first
