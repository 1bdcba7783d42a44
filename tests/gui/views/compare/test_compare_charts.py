"""Small charts of scenarios on shared axes."""

from __future__ import annotations

import csv
import io

import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QGuiApplication, QImage, QMouseEvent
from PySide6.QtWidgets import QApplication, QFileDialog
from pytestqt.qtbot import QtBot

from gigaplan.gui.charting.chart import Place, place_in
from gigaplan.gui.document.document import Document
from gigaplan.gui.style.colours import shown
from gigaplan.gui.views.compare.small_multiples import EDGE, MultipleRow
from gigaplan.gui.views.compare.view import CompareView
from tests.gui.compare_pages import SCENARIOS, plan_of, solved

ACTION = {"Save picture…": "png", "Save drawing…": "svg", "Save figures…": "csv", "Copy as picture": ""}
NO_KEYS = Qt.KeyboardModifier.NoModifier


def place(row: MultipleRow, k: int) -> Place:
    return place_in(row.plot_of(k), (-0.5, len(row.panels[k][1].columns) - 0.5), row.y_range)


def test_axes_are_shared(page: CompareView, qtbot: QtBot) -> None:
    solved(page, qtbot)
    cost = page.charts.rows[0]
    # Grown costs most: 400 chips * 3 USD * 8766 h = 10.5 M a year; the axis holds it for all.
    assert cost.y_range[0] == 0
    assert cost.y_range[1] >= 400 * 3 * 8766
    for row in page.charts.rows:
        for value in row.y_range:
            heights = {round(place(row, k)(0, value).y(), 6) for k, (_, p) in enumerate(row.panels) if p is not None}
            assert len(heights) == 1
    tops = [place(cost, k)(0, float(sum(ln.values[0] for ln in p.lines))).y() for k, (_, p) in
            enumerate(cost.panels) if p is not None]  # fmt: skip
    bottom = cost.plot_of(0).bottom()
    # 3.5 M, 5.3 M and 10.5 M a year: heights in that proportion.
    assert [bottom - y for y in tops] == pytest.approx([(bottom - tops[0]) * f for f in (1, 1.5, 3)])
    assert cost.panels[3][1] is None


def test_small_charts_are_saved_as_picture_drawing_and_figures(
    page: CompareView, qtbot: QtBot, tmp_path, monkeypatch: pytest.MonkeyPatch
) -> None:
    solved(page, qtbot)
    cost = page.charts.rows[0]
    for suffix in ("png", "svg", "csv"):
        monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, s=suffix: (str(tmp_path / f"cost.{s}"), ""))
        cost.save.kinds.aboutToShow.emit()
        next(a for a in cost.save.kinds.actions() if suffix in ACTION[a.text()]).trigger()
    image = QImage(str(tmp_path / "cost.png"))
    assert image.width() == 2 * (cost.width() - 2 * EDGE + 24)
    bar = shown(cost.panels[0][1].lines[0].colour)
    assert bar in {image.pixelColor(x, image.height() * 2 // 3).name().upper() for x in range(0, image.width(), 7)}
    drawing = (tmp_path / "cost.svg").read_text(encoding="utf-8")
    assert "Grown" in drawing
    assert "Cut off" in drawing
    rows = list(csv.reader(io.StringIO((tmp_path / "cost.csv").read_text(encoding="utf-8-sig"))))
    # Cut off has no optimum, and so no values. 200 chips at 2 USD, then 3, then 400 at 3, for 8,766 hours.
    assert rows[0] == ["Year", "Base: Rentals [USD]", "Dear: Rentals [USD]", "Grown: Rentals [USD]"]
    assert rows[1][0] == "2026"
    assert [float(v) for v in rows[1][1:]] == pytest.approx([200 * 2 * 8766, 200 * 3 * 8766, 400 * 3 * 8766])
    cost.save.copy()
    assert QGuiApplication.clipboard().image().width() == image.width()


def test_a_figure_that_cannot_be_written_says_why(
    page: CompareView, qtbot: QtBot, tmp_path, monkeypatch: pytest.MonkeyPatch
) -> None:
    solved(page, qtbot)
    nowhere = str(tmp_path / "nowhere" / "cost.png")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (nowhere, ""))
    save = page.charts.rows[0].save
    save.kinds.aboutToShow.emit()
    next(a for a in save.kinds.actions() if a.text() == "Save picture…").trigger()
    assert page.charts.said.isVisible()
    assert "save elsewhere" in page.charts.said.text()


def test_one_hundred_and_twenty_months_are_drawn(page: CompareView, document: Document, qtbot: QtBot) -> None:
    document.start(plan_of(SCENARIOS[:1], 2.0, periods=120, months_per_period=1))
    solved(page, qtbot)
    chips = page.charts.rows[1]
    assert len(chips.panels[1][1].columns) == 120
    assert not page.grab().isNull()
    qtbot.keyClick(chips, Qt.Key.Key_Right)
    assert chips.column == 0
    assert "Dear 200" in chips.accessibleDescription()
    plot = chips.plot_of(1)
    place = QPointF(plot.right() - 1, plot.center().y())
    none = Qt.MouseButton.NoButton
    hover = QMouseEvent(QEvent.Type.MouseMove, place, chips.mapToGlobal(place), none, none, NO_KEYS)
    QApplication.sendEvent(chips, hover)
    assert chips.column == 119
