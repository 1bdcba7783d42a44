"""The cards of drawn cases: a series over time with its quantiles, and the chance of exceeding."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from gigaplan.engine.analysis.uncertainty import outcomes
from gigaplan.gui.text.number_format import THIN
from gigaplan.gui.views.risk.fan_cards import ExceedanceCard, FanCard
from tests.engine.analysis.test_fans import committed


@pytest.fixture
def found() -> SimpleNamespace:
    cases = [{"d": 0.5}, {"d": 1.0}, {"d": 1.5}]
    return SimpleNamespace(drawn=outcomes(committed(), cases), are_drawn_fresh=True)


def test_a_series_is_chosen_read_and_saved(qtbot: QtBot, found: SimpleNamespace) -> None:
    card = FanCard(lambda: "plan")
    qtbot.addWidget(card)
    card.resize(500, 320)
    card.show()
    card.show_drawn(committed(), found)
    assert card.series.itemText(0) == "Cost"
    card.series.setCurrentIndex(card.series.findData("stranded"))
    card.series.activated.emit(card.series.currentIndex())
    assert "P50 $300" in card.words.text()
    QTest.mouseMove(card.plot, QPoint(card.plot.width() - 2, 60))
    card.grab()
    figure = card.figure()
    assert figure is not None
    assert figure.title == "Stranded commitments over 3 samples"
    assert figure.csv.splitlines()[0].startswith("period,P5 [USD]")
    assert figure.csv.splitlines()[2].split(",")[3] == "300000"
    assert not figure.image().isNull()
    card.series.setCurrentIndex(card.series.findText("Coverage of Work"))
    card.series.activated.emit(card.series.currentIndex())
    assert card.text().splitlines()[2].split("\t")[1:] == [""] * 5  # nothing is asked for


def test_the_chance_of_exceeding_falls_from_one(qtbot: QtBot, found: SimpleNamespace) -> None:
    card = ExceedanceCard(lambda: "plan")
    qtbot.addWidget(card)
    card.show()
    card.show_drawn(committed(), found, "tco_usd")
    picture = card.plot.picture
    assert picture is not None
    assert picture.line[0] == 1.0
    assert picture.readings[0].startswith(f"100{THIN}%: ")
    assert card.text(",").splitlines()[0] == "USD,chance of so much or more"
    card.show_drawn(committed(), SimpleNamespace(drawn=[], are_drawn_fresh=False), "tco_usd")
    assert card.figure() is None
