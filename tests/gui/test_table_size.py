"""Tables of ten thousand rows stay fluid."""

import time
from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QAbstractTableModel, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QTableView

from engine.plan import with_fields
from engine.schema import ROW_TYPES
from gui.document import Document
from gui.tables.panel import TablesPanel
from tests.gui.table_grids import CONTROL, column, many_offers, tables_of


@pytest.fixture
def shown(qtbot) -> Iterator[Callable[[Document], TablesPanel]]:
    with tables_of(qtbot) as show:
        yield show


class _Plain(QAbstractTableModel):
    """The least model there is, of the same size."""

    def rowCount(self, parent=None) -> int:
        return 10_000

    def columnCount(self, parent=None) -> int:
        return len(ROW_TYPES["offers"].__struct_fields__)

    def data(self, index, role=Qt.ItemDataRole.DisplayRole):
        return f"cell {index.row()}" if role == Qt.ItemDataRole.DisplayRole else None


def _seconds(act) -> float:
    best = float("inf")
    for _ in range(3):
        start = time.perf_counter()
        act()
        QApplication.processEvents()
        best = min(best, time.perf_counter() - start)
    return best


def _scroll(view: QTableView) -> None:
    for k in range(40):
        view.verticalScrollBar().setValue(k * (view.verticalScrollBar().maximum() // 40))
        view.viewport().repaint()


@pytest.fixture
def frame(qtbot) -> float:
    """Seconds that 40 screens of a bare table take: what this machine can do just now."""
    bare, model = QTableView(), _Plain()
    bare.setModel(model)
    bare.verticalHeader().setDefaultSectionSize(28)
    qtbot.addWidget(bare)
    bare.resize(1060, 430)
    with qtbot.waitExposed(bare):
        bare.show()
    return _seconds(lambda: _scroll(bare))


@pytest.fixture
def document() -> Document:
    return Document(many_offers(10_000))


@pytest.fixture
def made(shown, document, frame) -> TablesPanel:
    """The table of 10,000 offers, a while after it was shown."""
    panel = shown(document)
    panel.show_table("offers")
    until = time.monotonic() + 1.0
    while time.monotonic() < until:
        QApplication.processEvents()
    return panel


def _longest_turn(qtbot, act, is_done) -> float:
    """The longest that the window was kept from answering, from an act until what came of it is there."""
    start = time.perf_counter()
    act()
    turns = [time.perf_counter() - start]

    def turn() -> bool:
        start = time.perf_counter()
        QApplication.processEvents()
        turns.append(time.perf_counter() - start)
        return is_done()

    qtbot.waitUntil(turn)
    turn()
    return max(turns)


def _prices(text: str) -> str:
    """The copied table of offers with other prices."""
    head, *lines = [line.split("\t") for line in text.splitlines()]
    at = next(k for k, cell in enumerate(head) if cell.startswith("Price"))
    for k, line in enumerate(lines):
        line[at] = f"{2 + k / 100:.2f}"
    return "\n".join("\t".join(line) for line in (head, *lines))


def test_all_rows_are_copied_and_pasted_beside_the_window(qtbot, made, document, frame):
    grid, before = made.grid, document.plan
    grid.setFocus()
    qtbot.keyClick(grid, Qt.Key.Key_A, CONTROL)
    QGuiApplication.clipboard().clear()
    is_copied = lambda: QGuiApplication.clipboard().text() != ""  # noqa: E731
    assert _longest_turn(qtbot, lambda: qtbot.keyClick(grid, Qt.Key.Key_C, CONTROL), is_copied) < 2 * frame
    assert "Copied" in made.message.text()
    text = QGuiApplication.clipboard().text()
    assert text.count("\n") == 10_000
    QGuiApplication.clipboard().setText(_prices(text))
    is_pasted = lambda: document.plan is not before  # noqa: E731
    assert _longest_turn(qtbot, lambda: qtbot.keyClick(grid, Qt.Key.Key_V, CONTROL), is_pasted) < 2 * frame
    assert [offer.price_usd for offer in document.plan.offers[:3]] == [2.0, 2.01, 2.02]
    assert document.undo_stack.count() == 1
    assert "220\u2009000 cells" in made.message.text()


def test_a_long_paste_says_how_far_it_is_and_is_stopped(qtbot, made, document):
    before = document.plan
    QGuiApplication.clipboard().setText("\n".join(str(k) for k in range(2, 10_002)))
    made.grid.choose_block([0], [column(made, "Price")])
    said = []

    def stop(text: str) -> None:
        said.append(text)
        made.taking.transfer.cancel()

    made.taking.transfer.task.progressed.connect(stop)
    made.paste()
    made.copy()
    assert "still being worked on" in made.message.text()
    qtbot.waitUntil(lambda: bool(said))
    assert said == ["0 of 10\u2009000 lines"]
    assert made.message.text() == "Stopped. Nothing was pasted."
    qtbot.wait(200)
    assert document.plan is before


def test_a_long_paste_is_not_laid_over_another_plan(qtbot, made, document):
    QGuiApplication.clipboard().setText("\n".join(str(k) for k in range(2, 10_002)))
    made.grid.choose_block([0], [column(made, "Price")])
    made.paste()
    changed = with_fields(document.plan, "offers", "offer_7", price_usd=9.0)
    document.apply(changed, "elsewhere")
    qtbot.waitUntil(lambda: not made.taking.transfer.task.is_running)
    assert document.plan is changed
    assert "nothing was pasted" in made.message.text()


def test_choosing_all_rows_keeps_nobody_waiting(qtbot, made, frame):
    assert _longest_turn(qtbot, made.grid.selectAll, lambda: True) < frame


def test_the_first_key_of_a_filter_finds_what_was_read_meanwhile(qtbot, made, frame):
    assert _longest_turn(qtbot, lambda: made.grid.sheet_model.set_filter("77"), lambda: True) < frame / 2
    assert 0 < made.grid.sheet_model.rowCount() < 10_000


def test_a_whole_column_is_typed_and_filled_at_once(qtbot, made, document, frame):
    at = column(made, "Availability")
    made.grid.choose_block(range(10_000), [at])
    index = made.grid.sheet_model.index(0, at)
    assert _longest_turn(qtbot, lambda: made._typed(index, "90 %", True), lambda: True) < 2 * frame
    assert {offer.availability for offer in document.plan.offers} == {0.9}
    made.grid.choose_block(range(10_000), [column(made, "Price")])
    assert _longest_turn(qtbot, made.fill, lambda: True) < 2 * frame
    assert {offer.price_usd for offer in document.plan.offers} == {1.0}


def test_ten_thousand_rows_scroll_as_a_bare_table_does(made, document, frame):
    grid = made.grid
    assert _seconds(lambda: _scroll(grid)) < 3 * frame
    # `frame` is 40 screens of a bare table: sorting costs less than 20 of them, an edit of one row less than 10.
    assert _seconds(lambda: grid.sortByColumn(column(made, "Price"), Qt.SortOrder.DescendingOrder)) < frame / 2
    prices = iter(range(1, 10))
    edit = _seconds(
        lambda: document.apply(with_fields(document.plan, "offers", "offer_5000", price_usd=next(prices)), "edit")
    )
    assert edit < frame / 4
    made.filter.setText("offer 77")
    made._filter()
    assert _seconds(lambda: [grid.sheet_model.set_filter(text) for text in ("offer 7", "offer 77")]) < frame
