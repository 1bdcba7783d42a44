"""Typing, choosing, ticking, filling down and emptying in the cells of a table."""

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QPoint, Qt
from PySide6.QtWidgets import QComboBox, QLineEdit
from shiboken6 import isValid

from gigaplan.engine.plan.fields import Growth, fields
from gigaplan.engine.plan.plan import find
from gigaplan.engine.plan.schema import ROW_TYPES
from gigaplan.gui.views.tables.panel import TABS
from gigaplan.gui.views.tables.series_sheet import SERIES_TABLES
from tests.gui.table_grids import CONTROL, SHIFT, click_cell, column, text_at, type_here


def test_typing_into_a_cell(qtbot, panel, document):
    panel.show_table("sites")
    click_cell(qtbot, panel, 0, "Facility power")
    type_here(qtbot, panel, "1.2 GW")
    assert document.plan.sites[0].power_mw == 1200.0
    assert document.undo_stack.undoText() == "Change facility power of Iowa"
    assert panel.grid.currentIndex().row() == 1
    type_here(qtbot, panel, "10 MW", Qt.Key.Key_Tab)
    assert document.plan.sites[1].power_mw == 10.0
    assert panel.grid.currentIndex().column() == column(panel, "PUE")


def test_a_refused_text_leaves_the_plan_alone_and_says_why(qtbot, panel, document):
    before = document.plan
    panel.show_table("sites")
    click_cell(qtbot, panel, 0, "PUE")
    type_here(qtbot, panel, "12 MW")
    assert document.plan is before
    assert panel.message.property("role") == "error"
    assert "PUE of Iowa" in panel.message.text()
    assert text_at(panel, 0, "PUE") == "12 MW"
    index = panel.grid.sheet_model.index(0, column(panel, "PUE"))
    assert "Not taken" in index.data(Qt.ItemDataRole.ToolTipRole)
    click_cell(qtbot, panel, 0, "PUE")
    type_here(qtbot, panel, "1.4")
    assert document.plan.sites[0].pue == 1.4
    assert text_at(panel, 0, "PUE") == "1.4"


def test_escape_forgets_a_refused_text(qtbot, panel, document):
    panel.show_table("sites")
    click_cell(qtbot, panel, 0, "PUE")
    type_here(qtbot, panel, "none")
    qtbot.keyClick(panel.grid, Qt.Key.Key_Escape)
    assert text_at(panel, 0, "PUE") == "1.2"
    assert panel.message.text() == ""


def test_control_enter_sets_all_selected_cells_of_the_column(qtbot, panel, document):
    panel.show_table("sites")
    click_cell(qtbot, panel, 0, "PUE")
    click_cell(qtbot, panel, 2, "PUE", SHIFT)
    type_here(qtbot, panel, "+10%", Qt.Key.Key_Return, CONTROL)
    assert [site.pue for site in document.plan.sites] == [1.32, 1.21, 1.43]
    assert document.undo_stack.count() == 1
    assert document.undo_stack.undoText() == "Change PUE of 3 sites"


def test_choices_are_chosen_from_a_list_and_boxes_are_ticked(qtbot, panel, document):
    panel.show_table("offers")
    click_cell(qtbot, panel, 0, "Platform")
    qtbot.keyClick(panel.grid, Qt.Key.Key_F2)
    combo = panel.grid.viewport().findChild(QComboBox)
    assert [combo.itemText(k) for k in range(combo.count())] == ["B200", "MI355X"]
    qtbot.keyClick(combo, Qt.Key.Key_Down)
    assert document.plan.offers[0].platform == "mi355x"
    index = panel.grid.sheet_model.index(0, column(panel, "Interruptible"))
    panel.grid.scrollTo(index)
    area = panel.grid.visualRect(index)
    qtbot.mouseClick(panel.grid.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(area.x() + 12, area.center().y()))
    assert document.plan.offers[0].interruptible is True
    qtbot.keyClick(panel.grid, Qt.Key.Key_Space)
    assert document.plan.offers[0].interruptible is False


def test_fill_down_is_one_step_and_never_mixes_units(qtbot, panel, document):
    panel.show_table("sites")
    click_cell(qtbot, panel, 0, "Electricity price")
    click_cell(qtbot, panel, 2, "Electricity price", SHIFT)
    qtbot.keyClick(panel.grid, Qt.Key.Key_D, CONTROL | SHIFT)
    assert [site.electricity_usd_per_mwh for site in document.plan.sites] == [54.5] * 3
    assert document.undo_stack.count() == 1
    before = document.plan
    panel.show_table("offers")
    click_cell(qtbot, panel, 0, "Price")
    click_cell(qtbot, panel, 1, "Price", SHIFT)
    qtbot.keyClick(panel.grid, Qt.Key.Key_D, CONTROL | SHIFT)
    assert document.plan is before
    assert "USD/chip-h" in panel.message.text()


def test_delete_empties_cells_that_may_be_empty(qtbot, panel, document):
    panel.show_table("sites")
    click_cell(qtbot, panel, 0, "Facility power")
    qtbot.keyClick(panel.grid, Qt.Key.Key_Delete)
    assert document.plan.sites[0].power_mw is None
    assert text_at(panel, 0, "Facility power") == "no limit"
    before = document.plan
    click_cell(qtbot, panel, 0, "PUE")
    qtbot.keyClick(panel.grid, Qt.Key.Key_Delete)
    assert document.plan is before
    assert "empty" in panel.message.text()


def test_every_table_with_series_is_offered():
    with_series = {table for table, row in ROW_TYPES.items() if any(f.kind == "series" for f in fields(row))}
    assert set(SERIES_TABLES) == with_series


def test_a_series_without_a_limit_takes_all_periods_or_none(qtbot, panel, document):
    panel.show_table("series")
    panel.of.setCurrentIndex(panel.of.findData("sites"))
    assert text_at(panel, 4, "Series") == "Facility power"
    click_cell(qtbot, panel, 4, "2027 Q1")
    type_here(qtbot, panel, "60")
    assert find(document.plan, "sites", "dublin").power_mw is None
    assert "all 4 periods" in panel.message.text()
    click_cell(qtbot, panel, 4, "2027 Q1")
    click_cell(qtbot, panel, 4, "2027 Q4", SHIFT)
    type_here(qtbot, panel, "60", Qt.Key.Key_Return, CONTROL)
    assert find(document.plan, "sites", "dublin").power_mw == 60.0


def test_growth_and_lists_are_typed_in_one_cell(qtbot, panel, document):
    panel.show_table("workloads")
    for text, value in (
        ("2M +35%/year", Growth(start=2e6, annual_growth=0.35)),
        ("1; 2; 3; 4", (1.0, 2.0, 3.0, 4.0)),
        ("*2", (2.0, 4.0, 6.0, 8.0)),
        ("12k tokens/s", 12e3),
    ):
        click_cell(qtbot, panel, 0, "Demand")
        type_here(qtbot, panel, text)
        assert document.plan.workloads[0].demand == value
    before = document.plan
    click_cell(qtbot, panel, 0, "Demand")
    type_here(qtbot, panel, "1; 2; 3")
    assert document.plan is before
    assert "3 values" in panel.message.text()


def test_an_editor_that_its_own_edit_took_away_is_gone_without_a_word(qtbot, panel, document):
    panel.show_table("sites")
    panel.filter.setText("Dublin")
    qtbot.waitUntil(lambda: panel.grid.sheet_model.rowCount() == 1)
    click_cell(qtbot, panel, 0, "Name")
    qtbot.keyClick(panel.grid, Qt.Key.Key_F2)
    editor = panel.grid.findChild(QLineEdit)
    editor.selectAll()
    qtbot.keyClicks(editor, "Cork")
    with qtbot.capture_exceptions() as raised:
        panel.filter.setFocus()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    assert raised == []
    assert find(document.plan, "sites", "dublin").name == "Cork"
    assert not isValid(editor)
    # What it still says while it is destroyed comes to the delegate, which the view has set to watch it again.
    assert panel.grid.itemDelegate().eventFilter(editor, QEvent(QEvent.Type.Hide)) is False


def half_type(qtbot, panel, row: int, label: str, text: str) -> QLineEdit:
    """Types into a cell and does not press Enter."""
    click_cell(qtbot, panel, row, label)
    qtbot.keyClick(panel.grid, Qt.Key.Key_F2)
    editor = next(line for line in panel.grid.viewport().findChildren(QLineEdit) if line.isVisible())
    editor.selectAll()
    qtbot.keyClicks(editor, text)
    return editor


def click_tab(qtbot, panel, table: str) -> None:
    place = panel.tabs.tabRect(TABS.index(table)).center()
    qtbot.mouseClick(panel.tabs, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place)


def test_what_is_half_typed_goes_into_its_own_cell_when_another_table_is_turned_to(qtbot, panel, document):
    """Both tables have figures in that column: the price of an offer would have been that of electricity."""
    before = document.plan
    panel.show_table("sites")
    assert column(panel, "Electricity price") == 5
    half_type(qtbot, panel, 0, "Electricity price", "71")
    click_tab(qtbot, panel, "offers")
    assert column(panel, "Price") == 5
    assert document.plan.offers == before.offers
    assert find(document.plan, "sites", "iowa").electricity_usd_per_mwh == 71.0
    assert document.undo_stack.count() == 1
    click_tab(qtbot, panel, "sites")
    half_type(qtbot, panel, 0, "Electricity price", "72")
    document.select("offers", ("b200_1y",))  # as a click on its card does
    assert panel.tab == "offers"
    assert document.plan.offers == before.offers
    assert find(document.plan, "sites", "iowa").electricity_usd_per_mwh == 72.0


@pytest.mark.parametrize("tool", ["tables.add_row", "tables.copy", "tables.fill_down"])
def test_what_is_half_typed_is_taken_before_a_tool_does_its_work(qtbot, panel, document, tool):
    panel.show_table("sites")
    half_type(qtbot, panel, 0, "Electricity price", "71")
    qtbot.mouseClick(panel.tools.buttons[tool], Qt.MouseButton.LeftButton)
    assert find(document.plan, "sites", "iowa").electricity_usd_per_mwh == 71.0


def test_nonsense_that_is_half_typed_is_named_when_another_table_is_turned_to(qtbot, panel, document):
    before = document.plan
    panel.show_table("sites")
    half_type(qtbot, panel, 0, "Electricity price", "oops")
    click_tab(qtbot, panel, "offers")
    assert document.plan is before
    assert panel.message.text() == "Electricity price of Iowa: oops is not a number"


def test_settling_takes_what_is_half_typed_and_closes_the_editor(qtbot, panel, document):
    panel.show_table("sites")
    editor = half_type(qtbot, panel, 0, "PUE", "1.31")
    panel.settle()
    assert document.plan.sites[0].pue == 1.31
    assert not isValid(editor) or editor.isHidden()
    panel.settle()
    assert document.undo_stack.count() == 1
