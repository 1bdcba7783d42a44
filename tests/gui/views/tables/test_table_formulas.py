"""Formulas and locks in cells."""

import pytest
from PySide6.QtCore import Qt

from gigaplan.engine.plan.formulas import formula_of
from gigaplan.engine.plan.plan import find
from gigaplan.engine.storage.load import open_plan
from gigaplan.gui.document.row_edits import lock
from tests.gui.table_grids import click_cell, column, text_at, type_here


def index_of(panel, row: int, name: str):
    return panel.grid.sheet_model.index(row, column(panel, name))


def test_a_formula_in_a_cell_is_kept_and_edited_as_one(qtbot, panel, document) -> None:
    panel.show_table("sites")
    click_cell(qtbot, panel, 0, "Facility power")
    id = document.plan.sites[0].id
    type_here(qtbot, panel, f"=pue({id})*100 + 5")
    assert document.plan.sites[0].power_mw == 125.0
    assert formula_of(document.plan, ("sites", id, "power_mw")) == f"=pue({id})*100 + 5"
    assert text_at(panel, 0, "Facility power") == "125"
    index = index_of(panel, 0, "Facility power")
    assert index.data(Qt.ItemDataRole.EditRole) == f"=pue({id})*100 + 5"
    assert "=pue" in index.data(Qt.ItemDataRole.ToolTipRole)
    click_cell(qtbot, panel, 0, "PUE")
    type_here(qtbot, panel, "1.5")
    assert document.plan.sites[0].power_mw == 155.0
    click_cell(qtbot, panel, 0, "PUE")
    type_here(qtbot, panel, f"=power_mw({id})")
    assert "leads back to itself" in panel.message.text()
    panel.show_table("parameters")
    panel.add()
    assert document.plan.parameters[0].id == "new_parameter"


def test_a_locked_cell_is_not_edited_and_an_empty_series_cell_neither(qtbot, panel, document) -> None:
    id = document.plan.sites[0].id
    lock(document, [("sites", id, "power_mw")])
    panel.show_table("sites")
    index = index_of(panel, 0, "Facility power")
    assert not index.flags() & Qt.ItemFlag.ItemIsEditable
    assert "is locked" in index.data(Qt.ItemDataRole.ToolTipRole).lower()
    assert panel.grid.sheet_model.look(0, index.column()).mark == "lock"
    before = document.plan.sites
    click_cell(qtbot, panel, 0, "Facility power")
    panel.delete()
    assert document.plan.sites[0] == before[0]


def test_a_formula_of_one_period_is_kept_in_its_cell_and_in_the_file(qtbot, panel, document, tmp_path) -> None:
    panel.show_table("series")
    line = next(k for k in range(panel.grid.sheet_model.rowCount()) if text_at(panel, k, "Series") == "Demand")
    id = panel.grid.sheet_model.sheet.row_id(panel.grid.sheet_model.shown[line])
    label, date = (getattr(panel.grid.sheet_model.sheet.time, name)[1] for name in ("labels", "dates"))
    site = document.plan.sites[0].id
    click_cell(qtbot, panel, line, label)
    type_here(qtbot, panel, f"=pue({site})*100")
    place = ("workloads", id, f"demand.{date}")
    pue = document.plan.sites[0].pue
    assert formula_of(document.plan, place) == f"=pue({site})*100"
    assert find(document.plan, "workloads", id).demand[1] == pytest.approx(pue * 100)
    index = index_of(panel, line, label)
    assert index.data(Qt.ItemDataRole.EditRole) == f"=pue({site})*100"
    assert panel.grid.sheet_model.look(line, index.column()).mark == "="
    click_cell(qtbot, panel, line, label)
    type_here(qtbot, panel, f"=demand({id})+1")
    assert "leads back to itself: Demand in" in panel.message.text()
    panel.grid.sheet_model.wrong.clear()
    path = tmp_path / "kept.gigaplan"
    document.save(path)
    assert open_plan(path).plan == document.plan
    click_cell(qtbot, panel, line, label)
    type_here(qtbot, panel, "7")
    assert document.plan.annotations == ()
    document.undo_stack.undo()
    assert formula_of(document.plan, place) == f"=pue({site})*100"
