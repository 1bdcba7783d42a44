"""Goal seek, asked in the window, and what a right click on a figure or a field offers."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from PySide6.QtCore import Qt
from PySide6.QtGui import QContextMenuEvent, QGuiApplication
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from gigaplan.engine.plan.fields import Growth
from gigaplan.engine.plan.plan import find, with_fields
from gigaplan.engine.results.kpi_registry import KPIS
from gigaplan.gui.window.goal_seek import GoalSeek
from tests.gui.small_plans import PLAN


@pytest.fixture
def asked(window, qtbot: QtBot):
    """The dialog over a solved plan in which the price of an offer is chosen."""
    window.document.start(PLAN)
    window.show_workspace()
    window.document.select("offers", ["rent"])
    assert window.wait_until_settled(60)
    window.actions_list["solve.goal"].trigger()
    (dialog,) = window.findChildren(GoalSeek)
    yield window, dialog
    if isValid(dialog):
        dialog.close()


def sought(dialog: GoalSeek, qtbot: QtBot) -> str:
    qtbot.mouseClick(dialog.seek_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not dialog.task.is_busy)
    return dialog.said.text().replace("\u2009", " ")


def test_the_price_for_a_total_is_found_and_used(asked, qtbot: QtBot) -> None:
    window, dialog = asked
    assert (dialog.input.currentText(), dialog.figure.currentText()) == ("Price · Rent", "Total cost of ownership")
    assert (dialog.low.text(), dialog.high.text()) == ("0.5", "8")
    # 10 PFLOP/s at half a PFLOP/s a chip, for two years: 20 * 2 * 8766 chip-hours, and 70,128 USD of electricity none.
    dialog.goal.setText("$876,600")
    assert sought(dialog, qtbot) == "Price · Rent: $2.5 /chip-h. Total cost of ownership is then $876.6 k."
    qtbot.mouseClick(dialog.use_button, Qt.MouseButton.LeftButton)
    assert find(window.document.plan, "offers", "rent").price_usd == pytest.approx(2.5)
    assert window.document.undo_stack.undoText() == "Goal seek: Price · Rent"


def test_what_cannot_be_reached_says_what_is_within(asked, qtbot: QtBot) -> None:
    _, dialog = asked
    dialog.goal.setText("$1B")
    dialog.high.setText("4")
    assert sought(dialog, qtbot) == "No value in this range does it. It is from $175.3 k to $1.403 M there."
    assert not dialog.use_button.isEnabled()
    dialog.high.setText("0.1")
    assert sought(dialog, qtbot).startswith("The range is empty")
    dialog.goal.setText("a lot")
    assert sought(dialog, qtbot).startswith("Goal: 'a lot'")


def test_a_figure_and_an_input_are_found_by_what_is_typed(window, qtbot: QtBot) -> None:
    plan = with_fields(PLAN, "workloads", "train", demand=Growth(start=10.0, annual_growth=0.5))
    window.document.start(replace(plan))
    window.document.select("workloads", ["train"])
    assert window.wait_until_settled(60)
    window.menus.seek_goal(kpi="coverage_by_value")
    (dialog,) = window.findChildren(GoalSeek)
    assert dialog.input.currentText() == "Demand · Train, times"
    assert dialog.figure.currentText() == "Coverage by value"
    dialog.input.lineEdit().selectAll()
    qtbot.keyClicks(dialog.input.lineEdit(), "facility power")
    dialog.input.lineEdit().editingFinished.emit()
    assert dialog.input.currentText() == "Facility power · Iowa"
    dialog.close()


def test_a_right_click_on_a_key_figure_explains_copies_and_seeks(window, qtbot: QtBot) -> None:
    window.document.start(PLAN)
    window.show_workspace()
    assert window.wait_until_settled(60)
    asked = []
    window.kpis.menu_requested.connect(lambda kpi, spoken, at: asked.append((kpi, spoken)))
    cell = window.kpis.cells[0]
    at = cell.rect().center()
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, cell.mapTo(window.kpis, at), cell.mapToGlobal(at))
    QApplication.sendEvent(window.kpis, event)
    ((kpi, spoken),) = asked
    (menu,) = [m for m in window.findChildren(QMenu) if m.isVisible()]
    assert [a.text() for a in menu.actions()] == ["Explain", "Copy with unit", "Goal seek…"]
    menu.actions()[1].trigger()
    assert QGuiApplication.clipboard().text() == spoken
    assert "$701" in spoken
    menu.actions()[2].trigger()
    (dialog,) = window.findChildren(GoalSeek)
    assert dialog.figure.currentText() == KPIS[kpi].label
    dialog.close()
    menu.close()


def test_a_right_click_on_a_field_copies_it_and_makes_it_uncertain(window, qtbot: QtBot) -> None:
    window.document.start(PLAN)
    window.show_workspace()
    window.document.select("offers", ["rent"])
    label = window.inspector.rows["price_usd"].label
    at = label.mapTo(window.inspector, label.rect().center())
    QApplication.sendEvent(
        window.inspector, QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, window.inspector.mapToGlobal(at))
    )
    (menu,) = [m for m in window.findChildren(QMenu) if m.isVisible()]
    named = {a.text(): a for a in menu.actions()}
    assert {"Copy with unit", "Goal seek…", "Mark as uncertain", "Show on the map"} <= set(named)
    named["Copy with unit"].trigger()
    assert QGuiApplication.clipboard().text().replace("\u2009", " ").startswith("2 ")
    named["Mark as uncertain"].trigger()
    ((table, row, field),) = [(u.table, u.row, u.field) for u in window.document.plan.uncertainties]
    assert (table, row, field) == ("offers", "rent", "price_usd")
    menu.close()
