"""A scenario is edited where a person works: the whole window shows it, and edits go into it until they go back."""

from __future__ import annotations

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit

from gigaplan.engine.analysis.decisions.ready_worlds import ready_worlds
from gigaplan.engine.plan.plan import find, with_fields
from gigaplan.engine.plan.schema import Override, Scenario
from gigaplan.engine.storage.load import open_plan
from gigaplan.gui.document.row_edits import delete_rows
from gigaplan.gui.views.tables.edits import take_typed
from tests.gui.small_plans import PLAN
from tests.gui.table_grids import click_cell

DOUBLED = Override(table="workloads", row="train", field="demand", op="scale", value=2.0)
SCENARIOS = (Scenario(id="double", name="Demand x2", overrides=(DOUBLED,)), Scenario(id="calm", name="Calm"))


@pytest.fixture
def work(qtbot, window):
    """The window on a small plan with two scenarios, solved."""
    window.document.start(msgspec.structs.replace(PLAN, scenarios=SCENARIOS))
    window.show_workspace()
    assert window.wait_until_settled(60)
    return window


def choose(window, name: str) -> None:
    model = window.scenarios.model
    row = next(k for k in range(model.rowCount()) if model.index(k).data() == name)
    window.scenarios.list.setCurrentIndex(model.index(row))


def type_into(qtbot, window, field: str, text: str) -> None:
    window.inspector.focus_field(field)
    line = window.inspector.rows[field].editor.focusProxy()
    qtbot.keyClick(line, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClicks(line, text)
    qtbot.keyClick(line, Qt.Key.Key_Return)


def overrides(window, id: str = "double") -> list[tuple[str, str, object]]:
    return [(o.field, o.op, o.value) for o in find(window.document.base, "scenarios", id).overrides]


def test_the_whole_window_shows_the_scenario_and_says_so(qtbot, work):
    base_cost = work.planner.result.kpis["tco_usd"]
    choose(work, "Demand x2")
    assert work.bars.get("scenario").label.text() == "Editing: Demand x2 – changes go to this scenario."
    assert work.wait_until_settled(60)
    assert find(work.document.plan, "workloads", "train").demand == 20.0
    assert work.planner.result.kpis["tco_usd"] == pytest.approx(2 * base_cost)
    assert work.scenarios.provider.base.kpis["tco_usd"] == pytest.approx(base_cost)
    assert work.scenarios.results["double"].kpis["tco_usd"] == pytest.approx(2 * base_cost)
    work.document.select("workloads", ["train"])
    row = work.inspector.rows["demand"]
    assert row.hint.text().startswith("Base: 10 PFLOP/s, here × 2")
    work.bars.get("scenario").buttons["Back to base"].click()
    assert work.bars.get("scenario") is None
    assert work.document.plan is work.document.base
    assert not row.hint.text().startswith("Base:")


def test_an_edit_goes_into_the_scenario_and_undo_takes_it_out(qtbot, work):
    choose(work, "Demand x2")
    work.document.select("offers", ["rent"])
    type_into(qtbot, work, "price_usd", "3")
    assert overrides(work) == [("demand", "scale", 2.0), ("price_usd", "set", 3.0)]
    assert find(work.document.base, "offers", "rent").price_usd == 2.0
    assert work.document.undo_stack.undoText() == "Demand x2: Change price of Rent"
    type_into(qtbot, work, "price_usd", "2")
    assert overrides(work) == [("demand", "scale", 2.0)]
    type_into(qtbot, work, "price_usd", "*1.5")
    assert overrides(work)[-1] == ("price_usd", "scale", 1.5)
    for _ in range(3):
        work.document.undo_stack.undo()
    assert work.document.base.scenarios == SCENARIOS
    assert work.document.scenario.id == "double"


def test_the_file_holds_the_base_and_its_scenarios(qtbot, work, tmp_path):
    choose(work, "Demand x2")
    work.document.apply(with_fields(work.document.plan, "offers", "rent", price_usd=3.0), "Edit")
    work.document.save(tmp_path / "a.gigaplan")
    assert open_plan(tmp_path / "a.gigaplan").plan == work.document.base
    assert len(work.document.base.scenarios) == 2


def test_what_a_scenario_cannot_hold_is_said(qtbot, work):
    choose(work, "Demand x2")
    delete_rows(work.document, [("offers", "rent")])
    assert find(work.document.base, "offers", "rent") is not None
    assert work.bars.get("edit").label.text().startswith("Nothing was changed. The offer Rent was removed.")
    copy = msgspec.structs.replace(PLAN.offers[0], id="more", name="More")
    plan = work.document.plan
    work.document.apply(msgspec.structs.replace(plan, offers=(*plan.offers, copy)), "Add offer")
    assert [o.id for o in work.document.base.offers] == ["rent", "more"]
    assert work.bars.get("edit").label.text().startswith("What was added went into the base")


def test_a_scenario_becomes_the_base_as_one_step(qtbot, work):
    choose(work, "Demand x2")
    work.bars.get("scenario").buttons["Make this the base"].click()
    assert find(work.document.base, "workloads", "train").demand == 20.0
    assert [s.id for s in work.document.base.scenarios] == ["calm"]
    assert work.document.scenario is None
    assert work.bars.get("scenario") is None
    work.document.undo_stack.undo()
    assert work.document.base.scenarios == SCENARIOS


def test_a_scenario_that_is_deleted_or_undone_leads_back_to_the_base(qtbot, work):
    work.scenarios.add()
    assert work.document.scenario.name == "New scenario"
    work.document.undo_stack.undo()
    assert work.document.scenario is None
    assert work.document.plan is work.document.base
    choose(work, "Calm")
    work.scenarios.delete()
    assert work.document.scenario is None


def test_changed_cells_of_a_table_are_marked(qtbot, work):
    choose(work, "Demand x2")
    tables = work.show_view("tables")
    qtbot.waitUntil(tables.isVisible)
    tables.show_table("workloads")
    model = tables.grid.sheet_model
    column = next(k for k, c in enumerate(model.sheet.columns) if c.key == "demand")
    assert model.look(0, column).moved
    assert "Base: 10 PFLOP/s" in model.data(model.index(0, column), Qt.ItemDataRole.ToolTipRole)
    choose(work, "Base")
    assert not model.look(0, column).moved


def test_a_factor_typed_in_a_table_stays_a_factor(qtbot, work):
    choose(work, "Demand x2")
    tables = work.show_view("tables")
    tables.show_table("offers")
    model = tables.grid.sheet_model
    column = next(k for k, c in enumerate(model.sheet.columns) if c.key == "price_usd")
    take_typed(work.document, tables.grid, model.index(0, column), "*1.5", False)
    assert overrides(work) == [("demand", "scale", 2.0), ("price_usd", "scale", 1.5)]
    assert find(work.document.plan, "offers", "rent").price_usd == 3.0
    take_typed(work.document, tables.grid, model.index(0, column), "4", False)
    assert overrides(work) == [("demand", "scale", 2.0), ("price_usd", "set", 4.0)]


def test_by_clicks_and_keys_alone(qtbot, work):
    """Into a scenario by its line, a factor typed in a cell, back by the banner, and it becomes the base."""

    def click(widget, place=None) -> None:
        qtbot.mouseClick(widget, Qt.MouseButton.LeftButton, pos=widget.rect().center() if place is None else place)

    lines = work.scenarios.list
    line = lines.visualRect(work.scenarios.model.index(work.scenarios.model.row_of("double"))).center()
    click(lines.viewport(), line)
    assert work.document.scenario.id == "double"
    tables = work.show_view("tables")
    tables.show_table("offers")
    qtbot.waitUntil(tables.isVisible)
    place = click_cell(qtbot, tables, 0, "Price")
    qtbot.mouseDClick(tables.grid.viewport(), Qt.MouseButton.LeftButton, pos=place)
    editor = next(line for line in tables.grid.viewport().findChildren(QLineEdit) if line.isVisible())
    editor.selectAll()
    qtbot.keyClicks(editor, "*1.5")
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    assert overrides(work) == [("demand", "scale", 2.0), ("price_usd", "scale", 1.5)]
    assert find(work.document.base, "offers", "rent").price_usd == 2.0
    click(work.bars.get("scenario").buttons["Back to base"])
    assert work.document.scenario is None
    click(lines.viewport(), line)
    click(work.bars.get("scenario").buttons["Make this the base"])
    assert work.document.scenario is None
    assert find(work.document.base, "offers", "rent").price_usd == 3.0
    assert find(work.document.base, "workloads", "train").demand == 20.0


def test_every_ready_made_scenario_is_a_click(qtbot, work):
    ready = ready_worlds(work.document.base)
    assert {one.group for one in ready} == {"Demand", "Prices", "Vendors", "Sites"}
    for one in ready:
        work.document.edit_scenario("")
        menu = work.scenarios._ready
        menu.aboutToShow.emit()
        group = next(action.menu() for action in menu.actions() if action.text() == one.group)
        next(action for action in group.actions() if action.text() == one.name).trigger()
        assert work.document.scenario.name == one.name
        assert work.document.scenario.overrides == one.overrides
        assert work.bars.get("scenario").label.text().startswith(f"Editing: {one.name}")
    assert len(work.document.base.scenarios) == len(SCENARIOS) + len(ready)


def test_a_scenario_based_on_itself_is_refused_by_name(qtbot, work):
    choose(work, "Calm")
    combo = work.inspector.rows["parent"].editor.combo
    for at in (combo.findText("Demand x2"), combo.findText("Calm")):
        combo.setCurrentIndex(at)
        combo.activated.emit(at)
        parent = find(work.document.base, "scenarios", "calm").parent
        assert parent == ("double" if combo.itemText(at) == "Demand x2" else "calm")
    trouble = work.inspector.rows["parent"].trouble
    qtbot.waitUntil(lambda: "leads back to itself: calm is based on calm" in trouble.text(), timeout=5_000)
    assert work.document.base.workloads == PLAN.workloads


def test_a_scenario_that_is_found_by_its_name_is_edited(qtbot, work):
    for name in ("Calm", "Demand x2"):
        next(entry for entry in work.palette_list._rows() if entry.name == name).run()
        assert work.document.scenario.name == name
        assert work.scenarios.list.currentIndex().data() == name
