"""Tables of thousands of rows stay fluid."""

import itertools
import time
from collections.abc import Callable

import pytest
from PySide6.QtCore import QAbstractTableModel, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QTableView

from gigaplan.engine.plan.plan import with_fields
from gigaplan.engine.plan.schema import ROW_TYPES
from gigaplan.gui.document.document import Document
from gigaplan.gui.views.tables.panel import TablesPanel
from tests.gui.table_grids import CONTROL, column, many_offers

ROWS = 4000
"""So many that work which grows with the rows and the columns at once stands out."""


class _Plain(QAbstractTableModel):
    """The least model there is, of the same size."""

    def rowCount(self, parent=None) -> int:
        return ROWS

    def columnCount(self, parent=None) -> int:
        return len(ROW_TYPES["offers"].__struct_fields__)

    def data(self, index, role=Qt.ItemDataRole.DisplayRole):
        return f"cell {index.row()}" if role == Qt.ItemDataRole.DisplayRole else None


def _cost(act) -> float:
    """Processor seconds of the window's own thread for an act and what it asks the window to draw.

    What other programs and threads do meanwhile does not count.
    """
    start = time.thread_time()
    act()
    QApplication.processEvents()
    return time.thread_time() - start


def _screen(view: QTableView) -> float:
    """The cost of a screen, over five of them."""

    def scroll() -> None:
        for k in range(5):
            view.verticalScrollBar().setValue(k * (view.verticalScrollBar().maximum() // 5))
            view.viewport().repaint()

    return _cost(scroll) / 5


@pytest.fixture
def bare(qtbot) -> QTableView:
    """A table of the least model there is."""
    view, model = QTableView(), _Plain()
    view.setModel(model)
    view.verticalHeader().setDefaultSectionSize(28)
    qtbot.addWidget(view)
    view.resize(1060, 430)
    with qtbot.waitExposed(view):
        view.show()
    return view


@pytest.fixture
def screens(bare) -> Callable[..., float]:
    """How many screens of a bare table cost what one run of a work costs, which says its seconds.

    Each is the best of several, taken in turn. The bounds below are three times what was measured and more: what they
    are to notice is work that grows with the rows and the columns at once, which is hundreds of screens.
    """

    def measured(run: Callable[[], float], times: int = 3) -> float:
        pairs = [(run(), _screen(bare)) for _ in range(times)]
        return min(cost for cost, _ in pairs) / min(screen for _, screen in pairs)

    return measured


@pytest.fixture
def document() -> Document:
    return Document(many_offers(ROWS))


@pytest.fixture
def made(qtbot, shown, document) -> TablesPanel:
    """The table of so many offers, once all is read that a filter may look for."""
    panel = shown(document)
    panel.show_table("offers")
    qtbot.waitUntil(lambda: not panel.grid.sheet_model.is_reading_ahead)
    return panel


def _longest_turn(qtbot, act, is_done) -> float:
    """The most that one turn of the window's loop costs it, from an act until what came of it is there."""
    turns = [_cost(act)]

    def turn() -> bool:
        turns.append(_cost(lambda: None))
        return is_done()

    qtbot.waitUntil(turn)
    turn()
    return max(turns)


def _prices(text: str) -> str:
    """The copied table of offers with other prices, such as are asked for a chip: of a server's it would be asked."""
    head, *lines = [line.split("\t") for line in text.splitlines()]
    at = next(k for k, cell in enumerate(head) if cell.startswith("Price"))
    for k, line in enumerate(lines):
        line[at] = f"{2 + k % 100 / 100:.2f}"
    return "\n".join("\t".join(line) for line in (head, *lines))


def test_all_rows_are_copied_and_pasted_beside_the_window(qtbot, made, document, screens):
    grid, before = made.grid, document.plan

    def copied() -> float:
        grid.selectAll()
        QGuiApplication.clipboard().clear()
        copy = lambda: qtbot.keyClick(grid, Qt.Key.Key_C, CONTROL)  # noqa: E731
        return _longest_turn(qtbot, copy, lambda: QGuiApplication.clipboard().text() != "")

    assert screens(copied, 3) < 6
    assert "Copied" in made.message.text()
    text = QGuiApplication.clipboard().text()
    assert text.count("\n") == ROWS

    def pasted() -> float:
        while document.undo_stack.canUndo():
            document.undo_stack.undo()
        grid.setFocus()
        QGuiApplication.clipboard().setText(_prices(text))
        there = document.plan
        paste = lambda: qtbot.keyClick(grid, Qt.Key.Key_V, CONTROL)  # noqa: E731
        return _longest_turn(qtbot, paste, lambda: document.plan is not there)

    assert screens(pasted, 3) < 10
    assert [offer.price_usd for offer in document.plan.offers[:3]] == [2.0, 2.01, 2.02]
    assert document.undo_stack.count() == 1
    columns = text.splitlines()[0].count("\t") + 1
    assert f"{ROWS // 1000 * columns}\u2009000 cells" in made.message.text()
    document.undo_stack.undo()
    assert document.plan is before


def test_a_long_paste_says_how_far_it_is_and_is_stopped(qtbot, made, document):
    before = document.plan
    QGuiApplication.clipboard().setText("\n".join(str(2 + k / 1000) for k in range(ROWS)))
    made.grid.choose_block([0], [column(made, "Price")])
    said = []

    def stop(text: str) -> None:
        said.append(text)
        made.taking.transfer.cancel()

    made.taking.transfer.task.progressed.connect(lambda _, text: stop(text))
    made.paste()
    made.copy()
    assert "still running" in made.message.text()
    qtbot.waitUntil(lambda: bool(said))
    assert said == [f"0 of {ROWS // 1000}\u2009000 lines"]
    assert made.message.text() == "Stopped. Nothing was pasted."
    qtbot.wait(200)
    assert document.plan is before


def test_a_long_paste_is_not_laid_over_another_plan(qtbot, made, document):
    QGuiApplication.clipboard().setText("\n".join(str(2 + k / 1000) for k in range(ROWS)))
    made.grid.choose_block([0], [column(made, "Price")])
    made.paste()
    changed = with_fields(document.plan, "offers", "offer_7", price_usd=9.0)
    document.apply(changed, "elsewhere")
    qtbot.waitUntil(lambda: not made.taking.transfer.task.is_busy)
    assert document.plan is changed
    assert "nothing was pasted" in made.message.text()


def test_choosing_all_rows_keeps_nobody_waiting(made, screens):
    def chosen() -> float:
        made.grid.clearSelection()
        return _cost(made.grid.selectAll)

    assert screens(chosen) < 10


def test_the_first_key_of_a_filter_finds_what_was_read_meanwhile(qtbot, made, document, screens):
    keys = iter(("77", "88", "99", "66", "55"))

    def filtered() -> float:
        made.grid.sheet_model.start_afresh(made.grid.sheet_model.sheet)
        qtbot.waitUntil(lambda: not made.grid.sheet_model.is_reading_ahead)
        return _cost(lambda: made.grid.sheet_model.set_filter(next(keys)))

    assert screens(filtered) < 10
    assert 0 < made.grid.sheet_model.rowCount() < ROWS


def test_a_whole_column_is_typed_and_filled_at_once(made, document, screens):
    at = column(made, "Availability")
    made.grid.choose_block(range(ROWS), [at])
    index = made.grid.sheet_model.index(0, at)
    typed = iter(range(95, 80, -1))
    assert screens(lambda: _cost(lambda: made._typed(index, f"{next(typed)} %", True))) < 40
    assert {offer.availability for offer in document.plan.offers} == {0.93}
    made.grid.choose_block(range(ROWS), [column(made, "Price")])

    def filled() -> float:
        cost = _cost(made.fill)
        assert {offer.price_usd for offer in document.plan.offers} == {1.0}
        document.undo_stack.undo()
        return cost

    assert screens(filled) < 40


def test_many_rows_scroll_as_a_bare_table_does(made, screens):
    assert screens(lambda: _screen(made.grid)) < 5


def test_many_rows_are_sorted_and_searched_at_once(made, screens):
    orders = itertools.cycle((Qt.SortOrder.DescendingOrder, Qt.SortOrder.AscendingOrder))
    assert screens(lambda: _cost(lambda: made.grid.sortByColumn(column(made, "Price"), next(orders)))) < 10
    texts = itertools.cycle(("offer 7", "offer 77"))
    assert screens(lambda: _cost(lambda: made.grid.sheet_model.set_filter(next(texts)))) < 10


def test_an_edit_among_many_rows_costs_little(made, document, screens):
    prices = itertools.count(2)

    def edit() -> None:
        document.apply(with_fields(document.plan, "offers", "offer_500", price_usd=next(prices)), "edit")

    assert screens(lambda: _cost(edit)) < 6
