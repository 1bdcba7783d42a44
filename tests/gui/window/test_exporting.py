"""File > Export as workbook: the whole plan with its figures, in the background."""

import sqlite3
from contextlib import closing
from pathlib import Path

import openpyxl
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QMessageBox

from gigaplan.engine.exchange.plan_from_sheets import read_sheets
from gigaplan.engine.plan.plan import with_settings
from gigaplan.engine.plan.schema import Settings


def exported(qtbot, window, monkeypatch, path: Path) -> str:
    """What the bar says after the menu's entry was chosen and a file was named."""
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    action = window.actions_list["file.export_workbook"]
    action.trigger()
    qtbot.waitUntil(lambda: not window.exports.task.is_busy, timeout=60_000)
    return window.bars.get("workbook").label.text()


def test_the_plan_is_written_with_its_figures(qtbot, window, monkeypatch, tmp_path):
    window.files.new_from_template("startup")
    assert window.wait_until_solved(300)
    assert exported(qtbot, window, monkeypatch, tmp_path / "board") == "The plan was written to board.xlsx."
    assert read_sheets(tmp_path / "board.xlsx").plan == window.document.plan
    cells = {row[0].value: row for row in openpyxl.load_workbook(tmp_path / "board.xlsx")["Summary"].iter_rows()}
    total = cells["Total cost of ownership"]
    assert total[2].value == pytest.approx(window.planner.result.kpis["tco_usd"], rel=1e-11)
    assert cells["File"][1].value == "not saved yet"
    bar = window.bars.get("workbook")
    qtbot.mouseClick(bar.buttons["Close"], Qt.MouseButton.LeftButton)
    assert window.bars.get("workbook") is None


def test_the_plan_is_written_as_a_database(qtbot, window, monkeypatch, tmp_path):
    window.files.new_from_template("startup")
    assert window.wait_until_solved(300)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "board"), ""))
    window.actions_list["file.export_database"].trigger()
    qtbot.waitUntil(lambda: not window.database.task.is_busy, timeout=60_000)
    assert window.bars.get("database").label.text() == "The plan was written to board.db."
    with closing(sqlite3.connect(tmp_path / "board.db")) as db:
        figure = db.execute("select value from kpis where kpi = 'tco_usd'").fetchone()[0]
    assert figure == window.planner.result.kpis["tco_usd"]


def test_edits_that_no_file_holds_are_told_of(qtbot, window, monkeypatch, tmp_path):
    window.files.new_from_template("startup")
    window.document.save(tmp_path / "plan.gigaplan")
    window.document.apply(with_settings(window.document.plan, name="Edited"), "edit")
    exported(qtbot, window, monkeypatch, tmp_path / "board.xlsx")
    cells = [cell.value for row in openpyxl.load_workbook(tmp_path / "board.xlsx")["Summary"] for cell in row]
    assert "plan.gigaplan, revision 1, with edits that are not saved" in cells
    assert "Edited" in cells


def test_what_cannot_be_written_is_said(qtbot, window, monkeypatch, tmp_path):
    window.files.new_from_template("startup")
    assert "was not saved" in exported(qtbot, window, monkeypatch, tmp_path / "no" / "board.xlsx")
    window.document.apply(with_settings(window.document.plan, notes="x" * 40_000), "long")
    said = exported(qtbot, window, monkeypatch, tmp_path / "board.xlsx")
    assert said.startswith("The workbook was not written: plan!B")
    assert not (tmp_path / "board.xlsx").exists()


def test_an_empty_plan_has_a_workbook_too(qtbot, window, monkeypatch, tmp_path):
    window.files.new()
    assert "was written" in exported(qtbot, window, monkeypatch, tmp_path / "board.xlsx")
    assert isinstance(read_sheets(tmp_path / "board.xlsx").plan.settings, Settings)


def test_a_file_that_the_dialog_did_not_ask_about_is_not_replaced_unasked(qtbot, window, monkeypatch, tmp_path):
    window.files.new()
    there = tmp_path / "board.xlsx"
    there.write_bytes(b"last quarter's")
    asked, answer = [], []

    def press(box):
        asked.append(box.text())
        next(b for b in box.buttons() if b.text().replace("&", "") == answer[-1]).click()
        return 0

    monkeypatch.setattr(QMessageBox, "exec", press)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "board"), ""))
    answer.append("Cancel")
    window.exports.ask()
    assert asked == ["“board.xlsx” exists already."]
    assert not window.exports.task.is_busy
    assert there.read_bytes() == b"last quarter's"
    answer.append("Replace")
    window.exports.ask()
    qtbot.waitUntil(lambda: window.bars.get("workbook").label.text() == "The plan was written to board.xlsx.")
    assert read_sheets(there).plan == window.document.plan
