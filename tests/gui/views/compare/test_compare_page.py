"""The page of scenarios side by side: what stands on it, how it scrolls, and what is older."""

from __future__ import annotations

import csv
import io

import msgspec
import pytest
from PySide6.QtCore import QCoreApplication, QPoint, Qt
from PySide6.QtGui import QFontMetrics, QFontMetricsF, QGuiApplication
from PySide6.QtWidgets import QLabel, QStyle
from pytestqt.qtbot import QtBot

from gigaplan.engine.plan.plan import with_fields, with_settings
from gigaplan.engine.plan.schema import Scenario
from gigaplan.engine.results.result import failure
from gigaplan.gui.document.document import Document
from gigaplan.gui.jobs.solve_job import Planner
from gigaplan.gui.jobs.staleness import Lateness
from gigaplan.gui.style import theme
from gigaplan.gui.text.number_format import MINUS, money, power
from gigaplan.gui.views.compare.chips import widest
from gigaplan.gui.views.compare.kpi_table import CELL_EDGES, ITEM_EDGE
from gigaplan.gui.views.compare.view import CompareView
from gigaplan.gui.views.scenarios.panel import ScenariosPanel
from tests.gui.compare_pages import HOURS, plan_of, solved

ENTER = Qt.Key.Key_Return


def cells(page: CompareView, row: int) -> list[str]:
    model = page.kpis.model
    return [model.index(row, c).data() for c in range(model.columnCount())]


def test_figures_stand_side_by_side_and_infeasible_is_said(page: CompareView, qtbot: QtBot) -> None:
    solved(page, qtbot)
    assert [e.name for e in page.entries()] == ["Base", "Dear", "Grown", "Cut off"]
    assert cells(page, 0) == [
        "Total cost of ownership", "$7.01\u2009M", "$10.5\u2009M", "+$3.51\u2009M", "+50\u2009%",
        "$21\u2009M", "+$14\u2009M", "+200\u2009%", "–", "", "",
    ]  # fmt: skip
    assert (
        page.kpis._note.text()
        == "Cut off: No plan meets every limit. Loosen a policy, or allow more power, supply or sites."
    )
    assert [e.outcome.text for e in page.entries()][3] == "infeasible"


def test_every_key_figure_is_named_in_full_in_a_window_of_1280_pixels(page: CompareView, qtbot: QtBot) -> None:
    page.resize(732, 400)  # what such a window leaves to the page
    solved(page, qtbot)
    assert len(page.entries()) == 4
    view, model = page.kpis.view, page.kpis.model
    assert not view.horizontalScrollBar().isVisible()
    edge = 2 * (view.style().pixelMetric(QStyle.PixelMetric.PM_FocusFrameHMargin) + 1) + 2 * ITEM_EDGE
    seen = 0
    for row in range(model.rowCount()):
        index = model.index(row, 0)
        for column in range(model.columnCount()):
            text = model.index(row, column).data() or ""
            if not view.isColumnHidden(column):
                room = view.visualRect(index.siblingAtColumn(column)).width() - edge
                face = model.index(row, column).data(Qt.ItemDataRole.FontRole) or view.font()
                seen += 1
                assert QFontMetrics(face).horizontalAdvance(text) <= room, (text, room)
    assert seen > 80


def test_the_longest_figures_are_never_cut(page: CompareView, document: Document, qtbot: QtBot) -> None:
    """1 210 MW must not read 1 210 M…; a currency without a sign takes more room, as soon as it is chosen."""
    page.resize(732, 400)
    solved(page, qtbot)
    view = page.kpis.view
    dollars = [view.columnWidth(column) for column in (2, 3)]
    for currency in ("USD", "CHF"):
        document.apply(with_settings(document.plan, currency=currency), "Currency")
        page.refresh()
        sums = [money(value, currency) for value in (45.6e9, 0.00467)]
        texts = ((13, [power(1210), power(9876), *sums]), (12, [MINUS + text for text in sums]))
        for column, (px, each) in zip((2, 3), texts, strict=True):
            for text in each:
                wide = QFontMetricsF(theme.font(px)).horizontalAdvance(text)
                assert wide < view.columnWidth(column) - CELL_EDGES, (text, view.columnWidth(column))
    assert [view.columnWidth(column) > was for column, was in zip((2, 3), dollars, strict=True)] == [True, True]


def test_copy_and_csv_have_headers_units_and_every_digit(page: CompareView, qtbot: QtBot, tmp_path) -> None:
    solved(page, qtbot)
    page.kpis.view.setFocus()
    qtbot.keyClick(page.kpis.view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    lines = list(csv.reader(io.StringIO(QGuiApplication.clipboard().text()), delimiter="\t"))
    assert lines[0][:6] == ["Key figure", "Workload", "Unit", "Base", "Dear", "Dear less Base"]
    assert lines[0][-3] == "Cut off (infeasible)"
    total = dict(zip(lines[0], lines[1], strict=True))
    assert total["Unit"] == "USD"
    assert float(total["Dear less Base"]) == pytest.approx(200 * HOURS, rel=1e-12)
    assert total["Cut off (infeasible)"] == ""
    page.kpis.write(tmp_path / "out.csv")
    with (tmp_path / "out.csv").open(encoding="utf-8-sig", newline="") as file:
        assert list(csv.reader(file)) == lines


def test_a_name_that_looks_like_a_formula_leaves_as_text(page: CompareView, document: Document, qtbot: QtBot) -> None:
    evil = "=cmd|' /C calc'!A1"
    scenario = msgspec.structs.replace(document.plan.scenarios[0], name=evil)
    document.apply(msgspec.structs.replace(document.plan, scenarios=(scenario,)), "Edit")
    page.compare(["dear"])
    solved(page, qtbot)
    texts = [page.kpis.text(), page.inputs.text(), page.waterfall.text(), *(r.csv_text() for r in page.charts.rows)]
    assert all(evil in text for text in texts[:3])
    for text in texts:
        cells = [
            cell for separator in "\t," for row in csv.reader(io.StringIO(text), delimiter=separator) for cell in row
        ]
        assert not [cell for cell in cells if cell.startswith("=")]


def test_inputs_are_copied_by_a_button_with_their_headers(page: CompareView, qtbot: QtBot) -> None:
    solved(page, qtbot)
    qtbot.mouseClick(page.inputs._copy, Qt.MouseButton.LeftButton)
    lines = QGuiApplication.clipboard().text().splitlines()
    assert lines[0].split("\t") == ["Input", "Base", "Dear", "Grown", "Cut off"]
    assert lines[1].split("\t")[:3] == ["Price of Rent", "2 USD/chip-h", "3 USD/chip-h  × 1.5"]


def test_chips_choose_up_to_four(page: CompareView, document: Document, qtbot: QtBot) -> None:
    solved(page, qtbot)
    extra = tuple(Scenario(id=f"s{k}", name=f"More {k}") for k in range(17))
    long = Scenario(id="long", name="x" * 1000)
    scenarios = (long, *document.plan.scenarios, *extra)
    document.apply(msgspec.structs.replace(document.plan, scenarios=scenarios), "Edit")
    qtbot.waitUntil(lambda: len(page.chips.buttons) == 22)
    assert page.chosen == ["", "dear", "grown", "cut"]
    assert not page.chips.buttons["long"].isEnabled()
    assert page.chips.more.isVisible()
    qtbot.mouseClick(page.chips.buttons["cut"], Qt.MouseButton.LeftButton)
    assert page.chosen == ["", "dear", "grown"]
    qtbot.mouseClick(page.chips.buttons["long"], Qt.MouseButton.LeftButton)
    assert page.chosen == ["", "long", "dear", "grown"]
    page.chips.menu.aboutToShow.emit()
    assert not any(a.isEnabled() for a in page.chips.menu.actions() if not a.isSeparator())
    page.compare(["s3"])
    assert page.chosen == ["", "s3"]


def test_headers_stay_in_sight_while_the_page_scrolls(page: CompareView, qtbot: QtBot) -> None:
    page.resize(900, 420)
    solved(page, qtbot)
    bar, top = page.area.verticalScrollBar(), page.area.viewport()
    heading, view = page.kpis.view.heading, page.kpis.view
    assert heading.y() == 0
    bar.setValue(200)
    assert heading.mapTo(top, QPoint(0, 0)).y() == 0
    # The table lays itself out anew: its header stays where the page needs it.
    view.collapse(page.kpis.model.index(page.kpis.model.rowCount() - 1, 0))
    view.doItemsLayout()
    assert heading.mapTo(top, QPoint(0, 0)).y() == 0
    # It leaves with the last rows of its table.
    bar.setValue(bar.maximum())
    assert heading.geometry().bottom() < view.height()
    assert heading.mapTo(top, QPoint(0, 0)).y() < 0
    bar.setValue(0)
    assert heading.y() == 0


def test_the_page_follows_the_current_row(page: CompareView, qtbot: QtBot) -> None:
    page.resize(900, 420)
    solved(page, qtbot)
    view, top = page.kpis.view, page.area.viewport()
    view.setFocus()
    view.setCurrentIndex(page.kpis.model.index(0, 0))
    for by, key in ((1, Qt.Key.Key_Down), (-1, Qt.Key.Key_Up)):
        for _ in range(page.kpis.model.rowCount() - 1):
            qtbot.keyClick(view, key)
            row = view.visualRect(view.currentIndex())
            y = view.viewport().mapTo(top, row.topLeft()).y()
            under = view.heading.mapTo(top, QPoint(0, view.heading.height())).y()
            assert max(0, under) <= y <= top.height() - row.height(), (by, view.currentIndex().row())
    assert view.currentIndex().row() == 0


def test_an_empty_plan_and_a_first_scenario(page: CompareView, document: Document, qtbot: QtBot) -> None:
    document.start(plan_of([]))
    page.refresh()
    assert page._body.currentIndex() == 1
    page.begin_scenario()
    assert [s.name for s in document.plan.scenarios] == ["New scenario"]
    assert page.chosen == ["", "new_scenario"]
    solved(page, qtbot)
    assert page.inputs.nothing.isVisible()
    document.undo_stack.undo()
    qtbot.waitUntil(lambda: page._body.currentIndex() == 1)


def test_a_new_scenario_is_seen_with_the_fields_that_move_something(page: CompareView, qtbot: QtBot) -> None:
    solved(page, qtbot)
    page.resize(732, 480)
    page.begin_scenario()
    editor = page.editor
    qtbot.waitUntil(lambda: editor.visibleRegion().boundingRect().height() == editor.height())
    qtbot.waitUntil(editor.name.hasFocus)


def test_where_the_keys_go_is_seen(page: CompareView, qtbot: QtBot) -> None:
    """A table that nothing was chosen in yet shows that it has the focus, too."""
    solved(page, qtbot)
    page.activateWindow()
    for table in (page.kpis.view, page.inputs.view):
        before = table.grab().toImage()
        table.setFocus(Qt.FocusReason.TabFocusReason)
        qtbot.waitUntil(table.hasFocus)
        qtbot.waitUntil(lambda table=table, before=before: table.grab().toImage() != before)


def test_the_words_of_an_empty_comparison_are_whole(page: CompareView, document: Document, qtbot: QtBot) -> None:
    document.start(plan_of([]))
    for width in (500, 900):
        page.resize(width, 400)
        qtbot.waitUntil(page._body.currentWidget().isVisible)
        page.refresh()
        QCoreApplication.sendPostedEvents()
        words = page._body.currentWidget().findChild(QLabel)
        assert words.height() >= words.heightForWidth(words.width())


def test_chips_share_the_room_and_say_how_many_more(page: CompareView, document: Document, qtbot: QtBot) -> None:
    assert widest([60, 100, 120], 300) == 120
    assert widest([60, 100, 120], 240) == 90
    assert widest([60, 100, 120], 90) == 30
    many = [{"id": f"s{k}", "name": f"Scenario number {k}", "overrides": []} for k in range(30)]
    document.start(plan_of(many))
    page.resize(484, 400)
    page.compare(["s0", "s1", "s2"])
    more = page.chips.more
    assert more.text() == "+27 more"
    assert more.fontMetrics().horizontalAdvance(more.text()) + 16 <= more.width()
    ends = [b.geometry().right() for b in page.chips.buttons.values() if b.isVisible()]
    assert max([*ends, more.geometry().right()]) <= page.chips.width()


def test_an_edit_dims_what_is_older_and_is_followed(page: CompareView, document: Document, qtbot: QtBot) -> None:
    solved(page, qtbot)
    document.apply(with_fields(document.plan, "offers", "rent", price_usd=4.0), "Edit")
    page.refresh()
    assert not any(e.fresh for e in page.entries())
    assert cells(page, 0)[1] == "$7.01\u2009M"
    solved(page, qtbot)
    qtbot.waitUntil(lambda: cells(page, 0)[1] == "$14\u2009M")
    assert page.charts.rows[0].y_range[1] >= 400 * 6 * 8766


def test_the_list_of_scenarios_asks_to_compare(document: Document, qtbot: QtBot) -> None:
    planner = Planner(document)
    panel = ScenariosPanel(document, planner, Lateness(planner))
    qtbot.addWidget(panel)
    panel.resize(215, 250)
    panel.show()
    asked: list[tuple[str, ...]] = []
    panel.compare_requested.connect(asked.append)
    qtbot.mouseClick(panel._compare_button, Qt.MouseButton.LeftButton)
    qtbot.keyClick(panel.list, Qt.Key.Key_Down)
    qtbot.keyClick(panel.list, ENTER)
    place = panel.list.visualRect(panel.model.index(2)).center()
    qtbot.mouseClick(panel.list.viewport(), Qt.MouseButton.LeftButton, pos=place)
    qtbot.mouseDClick(panel.list.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert asked == [("dear", "grown", "cut"), ("dear",), ("grown",)]
    panel.stop()
    planner.stop()


def test_a_failed_base_leaves_words(page: CompareView, document: Document, qtbot: QtBot) -> None:
    solved(page, qtbot)
    document.apply(with_fields(document.plan, "policies", "all", enabled=True), "Edit")
    document.apply(with_fields(document.plan, "offers", "rent", supply_chips_per_month=0.0), "Edit")
    solved(page, qtbot)
    assert cells(page, 0)[1] == "–"
    # What is wrong with several is said once.
    why = "No plan meets every limit. Loosen a policy, or allow more power, supply or sites."
    assert page.kpis._note.text() == f"Base, Dear, Grown, Cut off: {why}"
    page._planner.result = failure(document.plan, "error", ())
    page.refresh()
    assert not page.grab().isNull()
