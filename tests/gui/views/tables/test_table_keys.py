"""The keys of a spreadsheet in the tables: to the end of the filled cells, whole rows and columns, filling right."""

import math

import msgspec
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QLineEdit

from gigaplan.engine.plan.fields import Growth
from gigaplan.engine.plan.plan import find
from gigaplan.gui.document.document import Document
from gigaplan.gui.views.tables.panel import TablesPanel
from tests.gui.table_grids import CONTROL, SHIFT, click_cell, column, many_offers, plan_of_tables, type_here

Key = Qt.Key


@pytest.fixture
def panel(shown, document) -> TablesPanel:
    panel = shown(document)
    panel.show_table("sites")
    return panel


@pytest.fixture
def long(shown) -> TablesPanel:
    """Offers with a gap: the 5th to the 7th have no term."""
    plan = many_offers(12)
    offers = [msgspec.structs.replace(o, term_months=None if 4 <= k <= 6 else 12.0) for k, o in enumerate(plan.offers)]
    panel = shown(Document(msgspec.structs.replace(plan, offers=tuple(offers))))
    panel.show_table("offers")
    return panel


def at(panel: TablesPanel) -> tuple[int, int]:
    index = panel.grid.currentIndex()
    return index.row(), index.column()


def test_control_and_an_arrow_lead_to_the_end_of_the_filled_cells_and_select_there(qtbot, long):
    click_cell(qtbot, long, 0, "Contract term")
    visited = []
    for _ in range(4):
        qtbot.keyClick(long.grid, Key.Key_Down, CONTROL)
        visited.append(at(long)[0])
        assert long.grid.chosen_rows() == [at(long)[0]]  # what a paste or Del would meet is what has the frame
    assert visited == [3, 7, 11, 11]
    qtbot.keyClick(long.grid, Key.Key_Up, CONTROL)
    assert at(long)[0] == 7
    qtbot.keyClick(long.grid, Key.Key_Home, CONTROL)
    assert (at(long), long.grid.chosen_cells()) == ((0, 0), [(0, 0)])
    qtbot.keyClick(long.grid, Key.Key_Right, CONTROL)
    last = at(long)
    assert last[1] > 0
    assert long.grid.chosen_cells() == [last]


def test_with_shift_too_the_selection_grows(qtbot, long):
    click_cell(qtbot, long, 1, "Contract term")
    qtbot.keyClick(long.grid, Key.Key_Down, CONTROL | SHIFT)
    assert long.grid.chosen_rows() == [1, 2, 3]
    assert long.grid.chosen_columns() == [column(long, "Contract term")]
    qtbot.keyClick(long.grid, Key.Key_Down, SHIFT)
    assert long.grid.chosen_rows() == [1, 2, 3, 4]


def test_space_chooses_whole_rows_and_columns_and_types_nothing(qtbot, panel, document):
    before = document.plan
    click_cell(qtbot, panel, 1, "Name")
    qtbot.keyClick(panel.grid, Key.Key_Space, SHIFT)
    assert panel.grid.whole_rows_are_chosen()
    assert panel.grid.chosen_rows() == [1]
    click_cell(qtbot, panel, 1, "PUE")
    qtbot.keyClick(panel.grid, Key.Key_Space, CONTROL)
    assert panel.grid.chosen_rows() == [0, 1, 2]
    assert panel.grid.chosen_columns() == [column(panel, "PUE")]
    assert not [line for line in panel.grid.viewport().findChildren(QLineEdit) if line.isVisible()]
    assert document.plan is before


def test_a_series_is_filled_to_the_right_as_one_undo_step(qtbot, panel, document):
    before = document.plan
    panel.show_table("series")
    click_cell(qtbot, panel, 0, "2027 Q2")
    qtbot.keyClick(panel.grid, Key.Key_Right, CONTROL | SHIFT)
    qtbot.keyClick(panel.grid, Key.Key_R, CONTROL)
    chat = find(document.plan, "workloads", "chat").demand
    grown = find(before, "workloads", "chat").demand
    assert isinstance(grown, Growth)
    rate = math.log1p(grown.annual_growth) / 4  # a quarter counts with the mean of what grows in it
    assert chat[0] == pytest.approx(grown.start * math.expm1(rate) / rate, rel=1e-9)
    assert chat[1] == chat[2] == chat[3] > chat[0]
    assert document.undo_stack.undoText() == "Fill right 2 cells of Chat"
    click_cell(qtbot, panel, 1, "2027 Q3")
    qtbot.keyClick(panel.grid, Key.Key_R, CONTROL)  # a single cell takes the one left of it, which is the same here
    assert panel.message.text() == "The cells already have this value."
    document.undo_stack.undo()
    assert document.plan == before


def test_fill_right_never_mixes_kinds_or_units(qtbot, panel, document):
    before = document.plan
    for first, second in (("Electricity price", "Grid carbon"), ("Name", "PUE")):
        panel.grid.choose_block([0], [column(panel, first), column(panel, second)])
        qtbot.keyClick(panel.grid, Key.Key_R, CONTROL)
        assert panel.message.property("role") == "error"
        assert document.plan is before
    assert "another kind of value" in panel.message.text()


def test_the_keys_of_the_grid_are_not_those_of_the_period(qtbot, window):
    window.document.start(plan_of_tables())
    window.show_view("tables")
    panel = window.views.page("tables")
    panel.show_table("sites")
    click_cell(qtbot, panel, 0, "Name")
    period = window.document.period
    qtbot.keyClick(panel.grid, Key.Key_Right, CONTROL)
    assert window.document.period == period
    assert at(panel)[1] > 0


def test_a_cell_that_cannot_be_edited_says_why(qtbot, panel, document):
    click_cell(qtbot, panel, 1, "Id")
    for key in (Key.Key_F2, Key.Key_Return, Key.Key_X):
        panel.say("")
        qtbot.keyClick(panel.grid, key)
        assert panel.message.text() == "Id of Dublin: an id stays the same: other rows refer to it"
    panel.say("")
    qtbot.keyClick(panel.grid, Key.Key_Down)
    assert panel.message.text() == ""
    panel.show_table("workloads")
    place = click_cell(qtbot, panel, 0, "Model served")
    qtbot.mouseDClick(panel.grid.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place)
    assert "edited in the inspector" in panel.message.text()


def test_what_was_said_of_an_edit_goes_with_its_undo(qtbot, panel, document):
    panel.grid.choose_rows([0])
    panel.delete_rows()
    assert panel.message.text() == "Delete Iowa. Ctrl+Z undoes it."
    document.undo_stack.undo()
    assert panel.message.text() == ""


def test_no_view_complains_of_the_editors_of_another(qtbot, qtlog, panel, document):
    click_cell(qtbot, panel, 0, "PUE")
    type_here(qtbot, panel, "1.3")
    assert document.plan.sites[0].pue == 1.3
    assert not [record.message for record in qtlog.records if "does not belong" in record.message]


def test_the_head_of_a_sorted_column_says_which_way(qtbot, panel):
    heads = panel.grid.horizontalHeader()
    at_pue = column(panel, "PUE")

    def click() -> str:
        place = QPoint(heads.sectionViewportPosition(at_pue) + 20, heads.height() // 2)
        qtbot.mouseClick(heads.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place)
        return panel.grid.sheet_model.headerData(at_pue, Qt.Orientation.Horizontal).split("\n")[0]

    assert [click() for _ in range(3)] == ["PUE ↑", "PUE ↓", "PUE"]
    others = [panel.grid.sheet_model.headerData(k, Qt.Orientation.Horizontal) for k in range(at_pue)]
    assert not [head for head in others if "↑" in head or "↓" in head]
