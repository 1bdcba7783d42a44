"""Scenarios and their causes in one tornado, the largest difference first."""

import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from gigaplan.gui.charting.ranking import ROW_PX
from gigaplan.gui.document.document import Document
from gigaplan.gui.views.compare.view import CompareView
from tests.gui.compare_pages import HOURS, solved


def test_scenarios_and_causes_are_ranked_in_one_tornado(page: CompareView, document: Document, qtbot: QtBot) -> None:
    """Rent costs 400 x HOURS as planned, half as much again when dear, and three times as much when dear and grown."""
    solved(page, qtbot)
    card = page.ranking
    assert [(r.words, r.of) for r in card.plot.ranked] == [("Grown", ""), ("Dear", "")]
    assert "Without an optimum: Cut off." in card.words.text()
    qtbot.mouseClick(card.causes, Qt.MouseButton.LeftButton, pos=QPoint(8, card.causes.height() // 2))
    assert card.causes.isChecked()
    qtbot.waitUntil(lambda: len(card.plot.ranked) == 5, timeout=20_000)
    found = [(r.words, r.of, r.value) for r in card.plot.ranked]
    assert [words for words, _, _ in found[:2]] == ["Grown", "Demand of Work × 2"]
    assert sorted(of for _, of, _ in found) == ["", "", "Dear", "Grown", "Grown"]
    assert [value for _, _, value in found] == pytest.approx([n * HOURS for n in (800, 600, 200, 200, 200)])
    card.grab()
    assert card.figure().csv.splitlines()[1].startswith("Grown,Grown,")
    qtbot.mouseClick(card.plot, Qt.MouseButton.LeftButton, pos=QPoint(40, ROW_PX // 2))
    assert page.chosen == ["", "grown"]
