"""Commands found by name, the menus behind them, and the pages of reference, driven by keys alone."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLineEdit
from shiboken6 import delete

from gigaplan.gui.views.help.reference import ReferencePage

CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


@pytest.fixture(scope="module")
def solved(one_window):
    """A window of its own on the plan of a start-up, solved; and that plan."""
    one_window.files.new_from_template("startup")
    assert one_window.wait_until_solved(300)
    return one_window, one_window.document.plan


@pytest.fixture
def startup(qtbot, solved):
    """That window as it was at first, with nothing chosen."""
    window, plan = solved
    window.palette_list.leave()
    if window.document.plan is not plan:
        window.document.start(plan)
    window.document.select("plan")
    window.resize(1600, 1000)
    window.show_workspace()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    yield window
    window.document.undo_stack.setClean()


def open_palette(qtbot, window, text: str = ""):
    """Opens the palette with its keys and types."""
    qtbot.keyClick(window, Qt.Key.Key_P, CONTROL | SHIFT)
    qtbot.keyClicks(window.palette_list.search, text)
    return window.palette_list


def names(palette) -> list[str]:
    """What is found, in its order."""
    return [palette.found.index(k).data() for k in range(palette.found.rowCount())]


def test_what_begins_with_the_text_comes_first_and_rows_are_found_by_kind(qtbot, startup):
    palette = open_palette(qtbot, startup, "sa")
    assert names(palette)[:2] == ["Save", "Save As…"]
    assert "Earlier saves" in names(palette)
    palette.search.setText("scenario growth")
    assert names(palette) == ["Growth twice as good"]
    palette.search.setText("add policy")
    assert names(palette)[0] == "Add policy"


def test_a_command_is_found_by_what_else_people_call_it(qtbot, startup):
    palette = open_palette(qtbot, startup, "zoom")
    assert names(palette) == ["Fit in the window", "100 %"]
    palette.search.setText("history")
    assert names(palette) == ["Earlier saves"]


def test_what_is_on_says_so(qtbot, startup):
    palette = open_palette(qtbot, startup, "charts")
    charts = names(palette).index("Charts")
    assert palette.found.index(charts).data(Qt.ItemDataRole.AccessibleTextRole).startswith("Charts, on, View")
    qtbot.keyClick(palette.search, Qt.Key.Key_Return)
    palette = open_palette(qtbot, startup, "charts")
    assert palette.found.index(charts).data(Qt.ItemDataRole.AccessibleTextRole).startswith("Charts, View")


def test_arrows_go_round_and_nothing_found_is_said(qtbot, startup):
    palette = open_palette(qtbot, startup, "appearance")
    count = palette.found.rowCount()
    assert count == 5
    qtbot.keyClick(palette.search, Qt.Key.Key_Up)
    assert palette.list.currentIndex().row() == count - 1
    qtbot.keyClick(palette.search, Qt.Key.Key_Down)
    assert palette.list.currentIndex().row() == 0
    palette.search.setText("zzz")
    assert palette.said.isVisible()
    assert "zzz" in palette.said.text()
    assert not palette.list.isVisible()
    qtbot.keyClick(palette.search, Qt.Key.Key_Return)
    assert palette.isVisible(), "Enter on nothing does nothing"


def test_escape_gives_the_cursor_back(qtbot, startup):
    startup.catalogue.begin()
    palette = open_palette(qtbot, startup, "ca")
    assert palette.isVisible()
    qtbot.keyClick(palette.search, Qt.Key.Key_Escape)
    assert not palette.isVisible()
    assert QApplication.focusWidget() is startup.catalogue.search


def test_it_closes_where_the_field_that_had_the_cursor_is_gone(qtbot, startup):
    field = QLineEdit(startup)
    field.show()
    field.setFocus()
    palette = open_palette(qtbot, startup, "ca")
    delete(field)
    qtbot.keyClick(palette.search, Qt.Key.Key_Escape)
    assert not palette.isVisible()


def test_it_fits_a_small_window_and_many_rows_are_counted(qtbot, startup):
    startup.resize(1000, 640)
    palette = open_palette(qtbot, startup)
    assert startup.rect().contains(palette.geometry())
    from gigaplan.gui.window.command_palette import MOST

    more = len(palette._entries) - MOST
    if more > 0:
        assert f"{more} more" in palette.said.text()


def test_a_row_is_added_from_the_menu_with_its_name_to_type(qtbot, startup):
    palette = open_palette(qtbot, startup, "add site")
    qtbot.keyClick(palette.search, Qt.Key.Key_Return)
    site = startup.document.plan.sites[-1]
    assert startup.document.selection.ids == (site.id,)
    assert QApplication.focusWidget() is startup.inspector.title
    qtbot.keyClicks(startup.inspector.title, "Oslo")
    qtbot.keyClick(startup.inspector.title, Qt.Key.Key_Return)
    assert startup.document.plan.sites[-1].name == "Oslo"


def test_what_cannot_be_added_says_why(qtbot, window):
    window.files.new()
    palette = open_palette(qtbot, window, "add offer")
    qtbot.keyClick(palette.search, Qt.Key.Key_Return)
    bar = window.bars.get("refused")
    assert "add a platform first" in bar.label.text()
    qtbot.mouseClick(bar.buttons["OK"], Qt.MouseButton.LeftButton)
    assert window.bars.get("refused") is None


def test_commands_on_the_plan_leave_the_welcome_page(qtbot, window):
    assert window.pages.currentIndex() == 0
    palette = open_palette(qtbot, window, "add from the catalogue")
    qtbot.keyClick(palette.search, Qt.Key.Key_Return)
    assert window.pages.currentIndex() == 1
    assert window.lists.currentWidget() is window.catalogue
    qtbot.waitUntil(window.catalogue.search.hasFocus)


def test_the_button_in_the_menu_bar_opens_it(qtbot, startup):
    qtbot.mouseClick(startup.menuBar().cornerWidget(), Qt.MouseButton.LeftButton)
    assert startup.palette_list.isVisible()


# The reference


def test_the_reference_is_searched(qtbot, startup):
    pages = ReferencePage(startup)
    qtbot.addWidget(pages)
    pages.show()
    qtbot.keyClicks(pages.search, "peak factor")
    assert pages.page.textCursor().selectedText().lower() == "peak factor"
    first = pages.page.textCursor().position()
    pages.search.setText("capacity")
    seen = set()
    for _ in range(30):
        qtbot.keyClick(pages.search, Qt.Key.Key_Return)
        seen.add(pages.page.textCursor().position())
    assert first not in seen
    assert 1 < len(seen) < 30, "it begins again at the top"
    pages.tabs.setCurrentIndex(1)
    pages.search.clear()
    qtbot.keyClicks(pages.search, "resilience")
    assert pages.page.textCursor().selectedText().lower() == "resilience"


def test_fractions_are_told_in_percent_as_fields_take_them(qtbot, startup):
    pages = ReferencePage(startup, "workloads", "utilisation")
    qtbot.addWidget(pages)
    pages.show()
    cursor = pages.inputs.textCursor()
    assert cursor.selectedText() == "utilisation"
    row = cursor.currentTable().cellAt(cursor).row()
    table = cursor.currentTable()
    cells = [table.cellAt(row, k).firstCursorPosition().block().text() for k in range(table.columns())]
    assert cells == ["Utilization (MFU)", "utilisation", "%", "> 0 %, ≤ 100 %", "Of peak, for work in PFLOP/s."]


def test_a_field_and_a_figure_are_found_by_name(qtbot, startup):
    palette = open_palette(qtbot, startup, "pue")
    assert names(palette)[0].startswith("PUE · ")
    qtbot.keyClick(palette.search, Qt.Key.Key_Return)
    assert startup.document.selection.table == "sites"
    palette = open_palette(qtbot, startup, "net present")
    assert names(palette)[0] == "Net present cost"
    qtbot.keyClick(palette.search, Qt.Key.Key_Return)
    assert startup.explain._number == ("npv_usd",)


def test_a_model_is_added_as_a_workload_that_serves_it(qtbot, startup):
    palette = open_palette(qtbot, startup, "llama 3.1 70b")
    assert names(palette) == ["Add workload: Llama 3.1-70B"]
    qtbot.keyClick(palette.search, Qt.Key.Key_Return)
    work = startup.document.plan.workloads[-1]
    assert (work.name, work.inference.model) == ("Serving Llama 3.1-70B", "llama31_70b")
    assert startup.document.selection.ids_in("workloads") == (work.id,)
