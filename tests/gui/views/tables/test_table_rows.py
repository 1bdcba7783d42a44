"""Rows of the tables: sorted, filtered, found, added, deleted, chosen, and in step with the plan."""

import pytest
from PySide6.QtCore import QPoint, Qt

from gigaplan.engine.plan.plan import Plan, find, with_fields, with_settings, without
from gigaplan.engine.plan.schema import Settings
from gigaplan.engine.storage.templates import load_template
from gigaplan.gui.document.document import Document
from gigaplan.gui.views.tables.panel import TABS
from tests.gui.table_grids import CONTROL, SHIFT, click_cell, column, many_offers, text_at, type_here


def test_sorting_by_a_click_moves_no_row_of_the_plan(qtbot, panel, document):
    before = document.plan
    panel.show_table("sites")
    header = panel.grid.horizontalHeader()
    place = QPoint(header.sectionViewportPosition(column(panel, "PUE")) + 20, header.height() // 2)
    qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert [text_at(panel, row, "Name") for row in range(3)] == ["Dublin", "Iowa", "Tokyo"]
    assert document.plan is before
    click_cell(qtbot, panel, 0, "PUE")
    type_here(qtbot, panel, "1.15")
    assert [site.pue for site in document.plan.sites] == [1.2, 1.15, 1.3]
    for _ in range(2):
        qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert [text_at(panel, row, "Name") for row in range(3)] == ["Iowa", "Dublin", "Tokyo"]


def test_the_filter_hides_rows_and_edits_reach_the_right_one(qtbot, panel, document):
    panel.show_table("offers")
    qtbot.keyClicks(panel.filter, "mi355x")
    qtbot.waitUntil(lambda: panel.grid.sheet_model.rowCount() == 1)
    assert "1 of 3" in panel.count.text()
    click_cell(qtbot, panel, 0, "Price")
    type_here(qtbot, panel, "2.5")
    assert find(document.plan, "offers", "mi355x_od").price_usd == 2.5
    panel.filter.clear()
    qtbot.waitUntil(lambda: panel.grid.sheet_model.rowCount() == 3)


def test_find_goes_from_cell_to_cell(qtbot, panel):
    panel.show_table("offers")
    qtbot.keyClick(panel.grid, Qt.Key.Key_F, CONTROL)
    line = panel.find_bar.line
    qtbot.keyClicks(line, "b200")
    found = [(panel.grid.currentIndex().row(), panel.grid.currentIndex().column())]
    for _ in range(3):
        qtbot.keyClick(line, Qt.Key.Key_Return)
        found.append((panel.grid.currentIndex().row(), panel.grid.currentIndex().column()))
    assert found == [(0, 0), (0, 1), (0, 2), (1, 0)]
    qtbot.keyClick(line, Qt.Key.Key_Return, SHIFT)
    assert panel.grid.currentIndex().row() == 0
    qtbot.keyClicks(line, "zzz")
    assert "No cell" in panel.find_bar.message.text()
    qtbot.keyClick(line, Qt.Key.Key_Escape)
    assert not panel.find_bar.isVisible()


def test_rows_are_added_and_deleted(qtbot, panel, document):
    panel.show_table("sites")
    qtbot.mouseClick(panel.tools.buttons["tables.add_row"], Qt.MouseButton.LeftButton)
    assert document.plan.sites[-1].name == "New site"
    assert document.selection.ids == ("new_site",)
    qtbot.mouseClick(panel.tools.buttons["tables.delete_rows"], Qt.MouseButton.LeftButton)
    assert len(document.plan.sites) == 3
    header = panel.grid.verticalHeader()
    place = QPoint(5, header.sectionViewportPosition(1) + 5)
    qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=place)
    qtbot.keyClick(panel.grid, Qt.Key.Key_Delete)
    assert [site.id for site in document.plan.sites] == ["iowa", "tokyo"]
    document.undo_stack.undo()
    assert [text_at(panel, row, "Name") for row in range(3)] == ["Iowa", "Dublin", "Tokyo"]


def test_rows_are_duplicated(qtbot, panel, document):
    panel.show_table("sites")
    click_cell(qtbot, panel, 1, "PUE")
    qtbot.keyClick(panel.grid, Qt.Key.Key_D, CONTROL)
    assert [site.name for site in document.plan.sites] == ["Iowa", "Dublin", "Dublin copy", "Tokyo"]
    assert [text_at(panel, row, "Name") for row in range(4)] == ["Iowa", "Dublin", "Dublin copy", "Tokyo"]
    assert panel.grid.chosen_rows() == [2]


def test_selection_goes_both_ways(qtbot, panel, document):
    panel.show_table("sites")
    click_cell(qtbot, panel, 1, "PUE")
    click_cell(qtbot, panel, 2, "PUE", SHIFT)
    assert document.selection.table == "sites"
    assert set(document.selection.ids) == {"dublin", "tokyo"}
    document.select("sites", ["iowa"])
    assert panel.grid.chosen_rows() == [0]
    document.select("offers", ["mi355x_od"])
    assert panel.tab == "offers"
    assert panel.grid.chosen_rows() == [2]
    panel.show_table("workloads")
    assert document.selection.table == "offers"


def test_an_edit_elsewhere_touches_its_row_alone_and_keeps_the_place(qtbot, shown):
    document = Document(many_offers(400))
    made = shown(document)
    made.show_table("offers")
    grid, model = made.grid, made.grid.sheet_model
    click_cell(qtbot, made, 200, "Price")
    grid.verticalScrollBar().setValue(grid.verticalScrollBar().value() + 50)
    place, changed = grid.verticalScrollBar().value(), []
    model.dataChanged.connect(lambda a, b: changed.append((a.row(), b.row())))
    document.apply(with_fields(document.plan, "offers", "offer_7", price_usd=9.0), "elsewhere")
    assert changed == [(7, 7)]
    document.apply(without(document.plan, "offers", ["offer_3"]), "one goes")
    assert model.rowCount() == 399
    assert grid.chosen_rows() == [199]
    assert abs(grid.verticalScrollBar().value() - place) <= 28
    document.undo_stack.undo()
    assert text_at(made, 3, "Name") == "Offer 3"
    assert grid.chosen_rows() == [200]


def test_a_new_name_is_seen_in_the_tables_that_refer_to_it(panel, document):
    panel.show_table("offers")
    document.apply(with_fields(document.plan, "platforms", "b200", name="Blackwell"), "rename")
    assert text_at(panel, 0, "Platform") == "Blackwell"


def test_it_catches_up_when_it_is_shown_again(panel, document):
    panel.show_table("sites")
    panel.hide()
    document.apply(with_fields(document.plan, "sites", "iowa", name="Nevada"), "rename")
    panel.show()
    assert text_at(panel, 0, "Name") == "Nevada"


@pytest.mark.parametrize("periods", [1, 120])
def test_it_stands_other_plans(qtbot, panel, document, periods):
    for table in TABS:
        panel.show_table(table)
    document.start(Plan(settings=Settings(name="", start="2027-01", periods=periods)))
    for table in TABS:
        panel.show_table(table)
        assert panel.grid.sheet_model.rowCount() == 0
        for key in (Qt.Key.Key_C, Qt.Key.Key_V, Qt.Key.Key_A):
            qtbot.keyClick(panel.grid, key, CONTROL)
        qtbot.keyClick(panel.grid, Qt.Key.Key_Delete)
    document.start(with_settings(load_template("startup"), name="x" * 300))
    for table in TABS:
        panel.show_table(table)
    panel.show_table("series")
    assert panel.grid.sheet_model.columnCount() == 3 + document.plan.settings.periods


def test_a_filter_that_hides_all_says_so(qtbot, panel, document):
    panel.show_table("offers")
    qtbot.keyClicks(panel.filter, "zzz")
    qtbot.waitUntil(lambda: panel.grid.sheet_model.rowCount() == 0)
    assert "No row holds “zzz”" in panel.grid.nothing_text()
    panel.filter.clear()
    qtbot.waitUntil(lambda: panel.grid.sheet_model.rowCount() == 3)
    assert panel.grid.nothing_text() == ""
    document.apply(without(document.plan, "offers", [offer.id for offer in document.plan.offers]), "all away")
    assert "add one" in panel.grid.nothing_text()
