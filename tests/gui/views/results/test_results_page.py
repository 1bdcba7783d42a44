"""The results as a pivot: whole chips, totals, nothing of what there is none of, and a copy with headers."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from gigaplan.engine.results.series_names import UNITS
from gigaplan.engine.solve.solve import solve_plan
from gigaplan.gui.present.pivot import LABELS, pivot
from tests.gui.small_plans import PLAN


def test_every_series_has_a_label() -> None:
    assert set(LABELS) == set(UNITS)


def test_a_series_by_two_keys_and_by_period() -> None:
    # 10 PFLOP/s at half a PFLOP/s a chip: 20 chips, at 2 USD an hour for 8766 hours a year.
    result = solve_plan(PLAN)
    chips = pivot(result, "chips", "offer|site")
    assert (chips.unit, chips.heads) == ("chips", ("2026", "2027"))
    ((name, values),) = chips.rows
    assert (name, [chips.text(v) for v in values]) == ("Rent · Iowa", ["20", "20"])
    cost = pivot(result, "cost", "component")
    assert cost.heads == ("2026", "2027", "Total")
    assert cost.rows[0][1] == (350_640.0, 350_640.0, 701_280.0)
    assert cost.sheet().splitlines()[0] == "USD\t2026\t2027\tTotal"


def test_the_page_follows_what_is_chosen_and_copies_it(window, qtbot: QtBot) -> None:
    window.document.start(PLAN)
    window.show_workspace()
    assert window.wait_until_settled(60)
    page = window.show_view("results")
    qtbot.waitUntil(lambda: page.model.rowCount() == 1)
    page.series.setCurrentIndex(page.series.findData("cost"))
    page.by.setCurrentIndex(page.by.findData("component"))
    qtbot.waitUntil(lambda: page.model.columnCount() == 4)
    qtbot.mouseClick(page.copy_button, Qt.MouseButton.LeftButton)
    head, *lines = QGuiApplication.clipboard().text().splitlines()
    assert head == "USD\t2026\t2027\tTotal"
    assert lines[0].split("\t")[1:] == ["350640", "350640", "701280"]
