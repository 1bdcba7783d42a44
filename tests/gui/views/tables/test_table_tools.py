"""The tools of the tables: buttons that fit the window, the menu of a cell, and help on a column."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QApplication, QMenu

from gigaplan.engine.plan.plan import with_fields
from gigaplan.gui.views.help.reference import ReferencePage
from gigaplan.gui.views.tables.panel import TablesPanel
from tests.gui.table_grids import CONTROL, SHIFT, click_cell, column


@pytest.mark.parametrize("table", ["offers", "series"])
@pytest.mark.parametrize("width", [1060, 800, 700, 600, 498])
def test_no_tool_is_cut_off_at_any_width(panel, table, width):
    panel.show_table(table)
    panel.resize(width, 400)
    QApplication.processEvents()
    assert panel.width() == width
    tools = panel.tools
    for button in (*tools.buttons.values(), tools.file):
        assert button.width() >= button.sizeHint().width(), button.accessibleName()
        assert button.geometry().right() <= tools.rect().right()
        assert button.toolTip()
    words = {button.toolButtonStyle() for button in (*tools.buttons.values(), tools.file)}
    assert len(words) == 1
    assert (words == {Qt.ToolButtonStyle.ToolButtonTextBesideIcon}) == (
        width > 720 or (width == 700 and table == "offers")
    )
    assert tools.filter.width() >= tools.filter.fontMetrics().horizontalAdvance(tools.filter.placeholderText())


def open_menu(panel: TablesPanel, place: QPoint) -> QMenu:
    grid = panel.grid
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, place, grid.viewport().mapToGlobal(place))
    QApplication.sendEvent(grid.viewport(), event)
    return next(menu for menu in grid.findChildren(QMenu) if menu.isVisible())


def choose(menu: QMenu, words: str) -> None:
    next(action for action in menu.actions() if action.text().replace("&", "") == words).trigger()
    menu.close()


def test_the_right_button_opens_what_can_be_done_with_the_cell_under_it(qtbot, panel, document):
    panel.show_table("sites")
    place = panel.grid.visualRect(panel.grid.sheet_model.index(1, column(panel, "Name"))).center()
    menu = open_menu(panel, place)
    assert panel.grid.chosen_rows() == [1]
    assert [action.shortcut().toString() for action in menu.actions() if not action.isSeparator()] == [
        "Ctrl+C", "Ctrl+V", "Ctrl+Shift+V", "Ctrl+Shift+D", "Ctrl+R", "Del", "Ins", "Ctrl+D", "Ctrl+Del",
        "Ctrl+F", "F1",
    ]  # fmt: skip
    choose(menu, "Duplicate the rows")
    assert [site.name for site in document.plan.sites] == ["Iowa", "Dublin", "Dublin copy", "Tokyo"]


def test_the_menu_of_several_cells_keeps_them_chosen(qtbot, panel, document):
    panel.show_table("sites")
    click_cell(qtbot, panel, 0, "PUE")
    place = click_cell(qtbot, panel, 2, "PUE", SHIFT)
    choose(open_menu(panel, place), "Fill down")
    assert [site.pue for site in document.plan.sites] == [1.2, 1.2, 1.2]
    assert document.undo_stack.count() == 1
    qtbot.keyClick(panel.grid, Qt.Key.Key_Delete, CONTROL)
    assert document.plan.sites == ()


def test_a_series_offers_nothing_that_is_of_rows(panel):
    panel.show_table("series")
    menu = open_menu(panel, panel.grid.visualRect(panel.grid.sheet_model.index(0, 3)).center())
    said = [action.text().replace("&", "") for action in menu.actions()]
    assert "Copy" in said
    assert not {"Add a row", "Duplicate the rows", "Delete the rows"} & set(said)
    menu.close()


@pytest.mark.parametrize(
    ("table", "label", "of"), [("sites", "PUE", ("sites", "pue")), ("series", "2027 Q2", ("workloads", "demand"))]
)
def test_f1_opens_the_help_on_the_column(qtbot, monkeypatch, panel, table, label, of):
    asked = []
    monkeypatch.setattr(ReferencePage, "__init__", lambda self, parent, *field: asked.append(field))
    monkeypatch.setattr(ReferencePage, "exec", lambda self: 0)
    monkeypatch.setattr(ReferencePage, "deleteLater", lambda self: None)
    panel.show_table(table)
    click_cell(qtbot, panel, 0, label)
    qtbot.keyClick(panel.grid, Qt.Key.Key_F1)
    assert asked == [of]


def test_a_long_message_is_read_in_full_in_a_narrow_window(panel):
    panel.show_table("sites")
    panel.resize(498, 286)
    panel.say(
        "Not pasted: that would add a new row, and a row also needs: " + "Jurisdiction, Electricity price, " * 4,
        "error",
    )
    QApplication.processEvents()
    message = panel.message
    assert message.height() >= message.heightForWidth(message.width()) > 2 * message.fontMetrics().height()
    assert message.width() > 300
    panel.say("Done.", "good")
    QApplication.processEvents()
    assert message.height() < 2 * message.fontMetrics().height()
    assert panel.grid.height() > 100


def test_tables_that_are_shown_turn_to_what_was_chosen_meanwhile(qtbot, panel, document):
    panel.show_table("offers")
    panel.hide()
    document.select("sites", ["dublin"])
    panel.show()
    assert panel.tab == "sites"
    assert panel.grid.chosen_rows() == [1]
    panel.show_table("policies")
    panel.hide()
    panel.show()
    assert panel.tab == "policies"  # nothing was chosen meanwhile


def test_columns_grow_with_what_comes_into_them_and_stay_as_a_person_sized_them(qtbot, panel, document):
    panel.show_table("workloads")
    at, grid = column(panel, "Name"), panel.grid
    before = grid.columnWidth(at)
    document.apply(with_fields(document.plan, "workloads", "chat", name="Chat serving in the EU"), "Rename")
    qtbot.waitUntil(lambda: grid.columnWidth(at) > before)
    text = grid.sheet_model.look(0, at).text
    assert grid.columnWidth(at) >= grid.fontMetrics().horizontalAdvance(text)
    grid._by_hand.add(at)
    grid.setColumnWidth(at, 80)
    document.apply(with_fields(document.plan, "workloads", "chat", name="Chat serving in all of the EU"), "Rename")
    qtbot.waitUntil(lambda: not grid._soon.isActive())
    assert grid.columnWidth(at) == 80
