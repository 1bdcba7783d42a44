"""What makes the difference between two scenarios, step by step."""

from __future__ import annotations

import csv
import io

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from gigaplan.engine.plan.plan import with_fields
from gigaplan.gui.charting.waterfall import Bar, Waterfall, axis, levels
from gigaplan.gui.document.document import Document
from gigaplan.gui.views.compare.view import CompareView
from tests.gui.compare_pages import HOURS, choose, solved


def test_waterfall_by_cost_and_by_assumption(page: CompareView, document: Document, qtbot: QtBot) -> None:
    solved(page, qtbot)
    choose(page.waterfall.scenario, "grown")
    page.waterfall._redraw()
    picture = page.waterfall.plot.picture
    assert [(b.label, b.value) for b in picture.bars] == [("Rentals", pytest.approx(400 * 3 * HOURS - 200 * 2 * HOURS))]
    qtbot.mouseClick(page.waterfall.by_move, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.waterfall.plot.isVisible() and len(page.waterfall.plot.picture.bars) == 2)
    bars = page.waterfall.plot.picture.bars
    assert [b.label for b in bars] == ["Price of Rent × 1.5", "Demand of Work × 2"]
    assert [b.value for b in bars] == pytest.approx([200 * HOURS, 200 * 3 * HOURS])
    assert "applied in order" in page.waterfall.words.text()
    choose(page.waterfall.scenario, "cut")
    page.waterfall._redraw()
    assert "No plan meets every limit" in page.waterfall.words.text()
    assert not page.waterfall.plot.isVisible()


def test_a_rename_takes_nothing_apart_anew(page: CompareView, document: Document, qtbot: QtBot) -> None:
    solved(page, qtbot)
    choose(page.waterfall.scenario, "grown")
    qtbot.mouseClick(page.waterfall.by_move, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.waterfall.plot.isVisible() and len(page.waterfall.plot.picture.bars) == 2)
    document.apply(with_fields(document.plan, "offers", "rent", name="Lease"), "Rename")
    solved(page, qtbot)
    # At once, with the new name: the answer that is there is that of the same optima.
    assert page.waterfall.plot.isVisible()
    assert page.waterfall.plot.picture.bars[0].label == "Price of Lease × 1.5"
    # Other moves to the same end are another answer.
    moves = document.plan.scenarios[1].overrides
    document.apply(with_fields(document.plan, "scenarios", "grown", overrides=moves[::-1]), "Turn")
    solved(page, qtbot)
    qtbot.waitUntil(lambda: page.waterfall.plot.isVisible() and not page.waterfall.plot.dimmed)
    assert [b.value for b in page.waterfall.plot.picture.bars] == pytest.approx([200 * 2 * HOURS, 400 * HOURS])


def test_a_waterfall_is_saved(page: CompareView, qtbot: QtBot, tmp_path) -> None:
    solved(page, qtbot)
    choose(page.waterfall.scenario, "grown")
    page.waterfall._redraw()
    figure = page.waterfall.figure()
    figure.save(tmp_path / "difference.csv")
    rows = list(csv.reader(io.StringIO((tmp_path / "difference.csv").read_text(encoding="utf-8-sig"))))
    assert rows[0] == ["Step", "USD"]
    assert [float(v) for _, v in rows[1:]] == pytest.approx([400 * HOURS, 800 * HOURS, 1200 * HOURS])
    figure.save(tmp_path / "difference.png")
    assert not QImage(str(tmp_path / "difference.png")).isNull()
    figure.save(tmp_path / "difference.svg")
    assert "from Base to Grown" in (tmp_path / "difference.svg").read_text(encoding="utf-8")
    # What cannot be taken apart cannot be saved.
    choose(page.waterfall.scenario, "cut")
    page.waterfall._redraw()
    assert page.waterfall.figure() is None
    page.waterfall.save.kinds.aboutToShow.emit()
    assert not any(a.isEnabled() for a in page.waterfall.save.kinds.actions())


def test_steps_of_a_waterfall_lead_from_one_total_to_the_other() -> None:
    picture = Waterfall("A", 100.0, "B", 104.0, (Bar("x", 10.0, "accent"), Bar("y", -6.0, "accent")), "USD")
    assert levels(picture) == [(100, 110), (110, 104)]
    low, high = axis(picture)
    assert 90 < low < 100
    assert high == 110
    assert axis(Waterfall("A", 10.0, "B", 104.0, (Bar("x", 94.0, "accent"),), "USD")) == (0.0, 104.0)
