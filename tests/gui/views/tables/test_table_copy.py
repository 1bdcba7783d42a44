"""Cells copied from the tables: with headers, units and every digit, and pasted again as they were."""

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from gigaplan.engine.plan.fields import Growth
from gigaplan.engine.plan.plan import with_fields
from gigaplan.engine.storage.templates import load_template
from gigaplan.gui.document.document import Document
from gigaplan.gui.views.tables.panel import TABS
from tests.gui.table_grids import CONTROL, SHIFT, click_cell, column, paste, preview_is_open


@pytest.mark.parametrize("table", TABS[:-1])
def test_what_is_copied_and_pasted_again_changes_nothing(qtbot, shown, table):
    document = Document(load_template("frontier-1gw"))
    made = shown(document)
    before = document.plan
    made.show_table(table)
    qtbot.keyClick(made.grid, Qt.Key.Key_A, CONTROL)
    qtbot.keyClick(made.grid, Qt.Key.Key_C, CONTROL)
    qtbot.keyClick(made.grid, Qt.Key.Key_V, CONTROL)
    assert not preview_is_open(made)
    assert document.plan is before
    if table in ("ports",) or not getattr(before, table):
        return
    gone = msgspec.structs.replace(before, **{table: ()})
    document.apply(gone, "all away")
    qtbot.keyClick(made.grid, Qt.Key.Key_V, CONTROL)
    assert not preview_is_open(made)
    assert getattr(document.plan, table) == getattr(before, table)


def test_series_that_are_copied_and_pasted_keep_their_form(qtbot, panel, document):
    before = document.plan
    for of in range(panel.of.count()):
        panel.show_table("series")
        panel.of.setCurrentIndex(of)
        qtbot.keyClick(panel.grid, Qt.Key.Key_A, CONTROL)
        qtbot.keyClick(panel.grid, Qt.Key.Key_C, CONTROL)
        qtbot.keyClick(panel.grid, Qt.Key.Key_V, CONTROL)
        assert not preview_is_open(panel)
        assert document.plan is before


def test_cells_are_copied_with_headers_units_and_every_digit(qtbot, panel, document):
    document.apply(with_fields(document.plan, "sites", "iowa", pue=1.0123456789), "more digits")
    panel.show_table("sites")
    click_cell(qtbot, panel, 0, "Facility power")
    click_cell(qtbot, panel, 1, "Electricity price", SHIFT)
    qtbot.keyClick(panel.grid, Qt.Key.Key_C, CONTROL)
    assert QGuiApplication.clipboard().text() == (
        "Facility power [MW]\tPUE\tElectricity price [USD/MWh]\n420\t1.0123456789\t54.5\n\t1.1\t148"
    )


def test_cells_copied_here_go_where_the_person_points(qtbot, panel, document):
    panel.show_table("platforms")
    click_cell(qtbot, panel, 0, "Peak bf16")
    click_cell(qtbot, panel, 1, "Peak bf16", SHIFT)
    qtbot.keyClick(panel.grid, Qt.Key.Key_C, CONTROL)
    click_cell(qtbot, panel, 0, "Peak fp8")
    qtbot.keyClick(panel.grid, Qt.Key.Key_V, CONTROL)
    assert [p.fp8_tflops for p in document.plan.platforms] == [2250.0, 2500.0]
    assert [p.bf16_tflops for p in document.plan.platforms] == [2250.0, 2500.0]


def test_one_copied_cell_fills_all_that_are_selected(qtbot, panel, document):
    panel.show_table("sites")
    click_cell(qtbot, panel, 2, "PUE")
    qtbot.keyClick(panel.grid, Qt.Key.Key_C, CONTROL)
    click_cell(qtbot, panel, 0, "PUE")
    click_cell(qtbot, panel, 2, "PUE", SHIFT)
    qtbot.keyClick(panel.grid, Qt.Key.Key_V, CONTROL)
    assert [site.pue for site in document.plan.sites] == [1.3, 1.3, 1.3]


def test_text_that_looks_like_a_formula_is_text(qtbot, panel, document):
    panel.show_table("sites")
    click_cell(qtbot, panel, 0, "Name")
    evil = '=HYPERLINK("http://example.org","x")'
    paste(qtbot, panel, f"{evil}\n@SUM(A1)\n+1+1\n")
    assert [site.name for site in document.plan.sites] == [evil, "@SUM(A1)", "+1+1"]
    click_cell(qtbot, panel, 0, "Name")
    click_cell(qtbot, panel, 2, "Name", SHIFT)
    qtbot.keyClick(panel.grid, Qt.Key.Key_C, CONTROL)
    assert QGuiApplication.clipboard().text() == f"Name\n'{evil}\n'@SUM(A1)\n'+1+1"
    click_cell(qtbot, panel, 0, "Jurisdiction")
    qtbot.keyClick(panel.grid, Qt.Key.Key_V, CONTROL)
    assert [site.jurisdiction for site in document.plan.sites] == [evil, "@SUM(A1)", "+1+1"]


@pytest.mark.parametrize("text", ["=1", "-1", "\t=1", "\n@x", "\r=1", "'=1", "\uff1d1"])
def test_no_text_is_copied_as_a_formula_nor_damaged(qtbot, panel, document, text):
    document.apply(with_fields(document.plan, "sites", "iowa", jurisdiction=text), "odd")
    panel.show_table("sites")
    click_cell(qtbot, panel, 0, "Jurisdiction")
    qtbot.keyClick(panel.grid, Qt.Key.Key_C, CONTROL)
    copied = QGuiApplication.clipboard().text().split("\n", 1)[1].lstrip('"')
    assert copied[0] == "'"
    click_cell(qtbot, panel, 1, "Jurisdiction")
    qtbot.keyClick(panel.grid, Qt.Key.Key_V, CONTROL)
    assert document.plan.sites[1].jurisdiction == text


def test_a_series_that_begins_with_a_minus_is_copied_as_text_and_comes_back(qtbot, panel, document):
    falling = Growth(start=-100.0, annual_growth=0.1)
    document.apply(with_fields(document.plan, "sites", "tokyo", electricity_usd_per_mwh=falling), "below zero")
    panel.show_table("sites")
    click_cell(qtbot, panel, 2, "Electricity price")
    qtbot.keyClick(panel.grid, Qt.Key.Key_C, CONTROL)
    assert QGuiApplication.clipboard().text().endswith("\n'-100 +10%/year")
    click_cell(qtbot, panel, 0, "Electricity price")
    qtbot.keyClick(panel.grid, Qt.Key.Key_V, CONTROL)
    assert document.plan.sites[0].electricity_usd_per_mwh == falling


def test_cells_with_gaps_are_filled_and_those_between_are_left_alone(qtbot, panel, document):
    panel.show_table("sites")
    panel.grid.choose_block([0, 2], [column(panel, "PUE")])
    QGuiApplication.clipboard().setText("1.5")
    panel.paste()
    assert [site.pue for site in document.plan.sites] == [1.5, 1.1, 1.5]
    panel.grid.choose_block([0, 2], [column(panel, "PUE")])
    QGuiApplication.clipboard().setText("1.6\n1.7\n")
    panel.paste()
    assert [site.pue for site in document.plan.sites] == [1.6, 1.1, 1.7]
    panel.grid.choose_block([0], [column(panel, "PUE"), column(panel, "Grid carbon")])
    QGuiApplication.clipboard().setText("2")
    panel.paste()
    iowa = document.plan.sites[0]
    assert (iowa.pue, iowa.electricity_usd_per_mwh, iowa.carbon_g_per_kwh) == (2.0, 54.5, 2.0)


def test_cells_that_form_no_block_are_neither_copied_nor_pasted_over(qtbot, panel, document):
    before = document.plan
    panel.show_table("sites")
    QGuiApplication.clipboard().setText("1.5")
    click_cell(qtbot, panel, 0, "PUE")
    click_cell(qtbot, panel, 1, "Electricity price", CONTROL)
    for act in (panel.copy, panel.paste):
        panel.say("")
        act()
        assert panel.message.text().startswith("The selected cells are not of the same columns in each row")
    assert QGuiApplication.clipboard().text() == "1.5"
    assert document.plan is before
