"""The deck of charts follows results and plans of any length, and appearances."""

from dataclasses import replace
from itertools import pairwise

import msgspec
import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QFont, QFontMetrics
from PySide6.QtWidgets import QApplication, QTableView

from gigaplan.engine.plan.plan import Plan, with_settings
from gigaplan.engine.plan.schema import Settings
from gigaplan.engine.results.result import Result, failure
from gigaplan.engine.solve.solve import solve_plan
from gigaplan.gui.document.document import Document
from gigaplan.gui.jobs.solve_job import Planner
from gigaplan.gui.jobs.staleness import Lateness
from gigaplan.gui.present.bar_comparison import Comparison
from gigaplan.gui.present.chart_data import ALLOCATION
from gigaplan.gui.present.picture import Picture
from gigaplan.gui.style import theme
from gigaplan.gui.style.colours import shown
from gigaplan.gui.views.charts.bar_table import ComparisonModel
from gigaplan.gui.views.charts.card import ChartCard
from gigaplan.gui.views.charts.deck import ChartDeck
from gigaplan.gui.views.charts.figures import FiguresModel
from tests.gui.chart_decks import a_plan, show_tab


def test_nothing_grows_over_200_refreshes(deck, document) -> None:
    one = solve_plan(document.plan)
    iowa, dublin = document.plan.sites
    other = solve_plan(
        msgspec.structs.replace(document.plan, sites=(msgspec.structs.replace(iowa, power_mw=2.0), dublin))
    )
    counts = [len(card.plot.scene().items()) for card in deck.cards]
    items = [card.plot.item_shown for card in deck.cards]
    for k in range(200):
        deck.refresh(other if k % 2 else one)
    assert [len(card.plot.scene().items()) for card in deck.cards] == counts
    assert [card.plot.item_shown for card in deck.cards] == items


def test_a_plan_without_an_optimum_keeps_the_last_picture_and_says_why(deck, document) -> None:
    before = deck.cards[0].picture
    deck.refresh(failure(document.plan, "infeasible", ()))
    card = deck.cards[0]
    assert card.picture is before
    assert card.plot.veil.isVisible()
    assert (card.plot.veil.dims, card.plot.veil.words) == (True, "No plan meets every limit")
    deck.refresh(solve_plan(document.plan))
    assert not card.plot.veil.isVisible()


def test_a_result_that_is_late_leaves_the_picture_dimmed(deck, planner, result, qtbot) -> None:
    planner.state = "solving"
    planner.state_changed.emit("solving")
    veil = deck.cards[0].plot.veil
    assert not veil.isVisible(), "a quick answer does not flicker"
    qtbot.waitUntil(veil.isVisible, timeout=10_000)
    show_tab(deck, "Carbon and energy")
    assert deck.cards[0].plot.veil.dims, "charts that are made meanwhile are no newer"
    deck.tabs.setCurrentIndex(0)
    planner.state = "solved"
    planner.result_changed.emit(result)
    planner.state_changed.emit("solved")
    assert not veil.isVisible()


@pytest.mark.parametrize(("periods", "months"), [(1, 12), (120, 1), (7, 1), (5, 12)])
def test_any_length_of_plan_is_drawn(qtbot, periods: int, months: int) -> None:
    document = Document(a_plan(periods, months, "2026-04"))
    planner = Planner(document)
    deck = ChartDeck(document, planner, Lateness(planner))
    qtbot.addWidget(deck)
    deck.resize(700, 240)
    deck.show()
    found = solve_plan(document.plan)
    assert found.status == "optimal"
    planner.result = found
    for index in range(deck.tabs.count()):
        deck.tabs.setCurrentIndex(index)
        deck.refresh(found)
        deck.grab()
    planner.stop()


def test_an_empty_plan_says_what_is_missing(qtbot) -> None:
    document = Document(Plan(settings=Settings(name="empty", start="2026-01", periods=4)))
    planner = Planner(document)
    deck = ChartDeck(document, planner, Lateness(planner))
    qtbot.addWidget(deck)
    deck.show()
    found = solve_plan(document.plan)
    for index in range(deck.tabs.count()):
        deck.tabs.setCurrentIndex(index)
        deck.refresh(found)
    deck.tabs.setCurrentIndex(0)
    assert deck.cards[0].plot.veil.words == "No chips in this plan yet."
    planner.stop()


def test_another_plan_starts_afresh(deck, document) -> None:
    deck.cards[0].toggle("tpu")
    document.start(with_settings(a_plan(3), name="other"))
    assert deck.cards[0].hidden == set()
    assert deck.cards[0].picture is None
    assert deck.cards[0].plot.item_shown.shapes == {}


def test_light_and_dark_colour_the_lines_anew(deck, qapp) -> None:
    sheet, palette = qapp.styleSheet(), qapp.palette()
    found = []
    for name in ("light", "dark"):
        theme.apply(qapp, name)
        QApplication.processEvents()
        line = deck.cards[0].plot.item_shown.shapes["tpu"].line
        found.append((shown(line.colour), deck.cards[0].grab().toImage().pixelColor(8, 60).name()))
    qapp.setStyleSheet(sheet)
    qapp.setPalette(palette)
    assert found[0][0] != found[1][0]
    assert found[0][1] == theme.LIGHT.panel.lower()
    assert found[1][1] == theme.DARK.panel.lower()


def test_another_appearance_draws_each_chart_anew_once(document, result, qtbot, qapp) -> None:
    sheet, palette = qapp.styleSheet(), qapp.palette()
    drawn = []

    def made(found: Result, chosen: dict[str, str]) -> Picture:
        drawn.append(theme.tokens().name)
        return ALLOCATION.make(found, chosen)

    card = ChartCard(document, replace(ALLOCATION, make=made))
    qtbot.addWidget(card)
    card.show()
    card.refresh(result)
    drawn.clear()
    theme.apply(qapp, "dark")
    QApplication.processEvents()
    qapp.setStyleSheet(sheet)
    qapp.setPalette(palette)
    assert drawn[:1] == ["dark"]
    assert drawn.count("dark") == 1


@pytest.mark.parametrize(("width", "height"), [(500, 157), (733, 200), (1400, 320)])
def test_cards_of_every_set_lie_beside_each_other_and_say_what_they_are(deck, width: int, height: int) -> None:
    deck.resize(width, height)
    for index in range(deck.tabs.count()):
        deck.tabs.setCurrentIndex(index)
        QApplication.processEvents()
        ends = [(card.geometry().left(), card.geometry().right()) for card in deck.cards]
        assert all(a[1] < b[0] for a, b in pairwise(ends)), deck.tabs.tabText(index)
        assert ends[-1][1] < width
        for card in (c for c in deck.cards if isinstance(c, ChartCard)):
            title = card._title
            wanted = min(title.sizeHint().width(), 110)
            assert title.width() >= wanted, (title.text(), title.width())
            if card.legend._lines and height >= 200:
                assert card.legend.isVisible()
                assert card.legend.place_of(card.legend._lines[0].key).width() > 20, "a name, not a count alone"


def test_headings_of_comparisons_have_room_in_the_smallest_window(deck) -> None:
    deck.resize(500, 157)
    for name in ("Unit cost", "Platforms"):
        show_tab(deck, name)
        QApplication.processEvents()
        for card in (c for c in deck.cards if c.comparison.rows):
            header = card.table.horizontalHeader()
            for column in range(header.count()):
                text = str(header.model().headerData(column, Qt.Orientation.Horizontal))
                room = QRect(0, 0, header.sectionSize(column) - 12, 1000)
                wrapped = Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignLeft
                box = QFontMetrics(theme.font(12, QFont.Weight.Medium)).boundingRect(room, wrapped, text)
                assert box.height() <= header.height() - 8, text
                assert box.width() <= room.width(), text


def test_a_comparison_of_nothing_does_not_scroll(deck, document) -> None:
    deck.resize(500, 157)
    show_tab(deck, "Unit cost")
    QApplication.processEvents()
    serving = deck.cards[0]
    assert serving.veil.words == "No workload is counted in tokens."
    assert not serving.table.horizontalScrollBar().isVisible()


def test_tables_without_rows_take_others_without_rows_in_silence(qtbot, qtlog) -> None:
    """As of a plan that has no offers yet, solved again."""
    bars, figures, views = ComparisonModel(None), FiguresModel(None), (QTableView(), QTableView())
    for view, model in zip(views, (bars, figures), strict=True):
        qtbot.addWidget(view)
        view.setModel(model)
        view.show()
    nothing = Picture(unit="MW", caption="", columns=("2027",), lines=(), by_period=False)
    for _ in range(2):
        bars.show_comparison(Comparison("offers", (), (), "USD"))
        figures.show_picture(nothing)
    assert (bars.rowCount(), figures.columnCount()) == (0, 0)
    assert [record.message for record in qtlog.records] == []
