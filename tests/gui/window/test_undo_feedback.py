"""Undo and redo show what they changed: chosen everywhere, its field marked, said in words; problems come and go."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from gigaplan.engine.plan.plan import find, with_fields, with_settings
from gigaplan.engine.plan.timeline import Timeline
from gigaplan.gui.document.row_edits import delete_rows
from gigaplan.gui.views.canvas import edits
from gigaplan.gui.window.main_window import MainWindow
from gigaplan.gui.window.undo_feedback import rows_changed

PROJECTS = Path(__file__).parents[3] / "projects"


@pytest.fixture
def startup(window: MainWindow) -> MainWindow:
    assert window.files.open_path(PROJECTS / "startup.gigaplan")
    return window


def test_undo_chooses_the_row_marks_its_field_and_tells_both_values(qtbot, startup) -> None:
    window = startup
    document = window.document
    site = document.plan.sites[0]
    document.apply(with_fields(document.plan, "sites", site.id, pue=1.7), f"Change PUE of {site.name}")
    document.select("offers", [document.plan.offers[0].id])
    assert window.status.step.text() == ""
    qtbot.keyClick(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert document.selection.rows == (("sites", site.id),)
    assert window.status.step.text() == f"Undone: Change PUE of {site.name} · 1.7 → {site.pue:g}"
    label = window.inspector.rows["pue"].label
    assert "highlight" in label.styleSheet()
    assert "highlight" not in window.inspector.rows["power_mw"].label.styleSheet()
    document.undo_stack.redo()
    assert window.status.step.text() == f"Redone: Change PUE of {site.name} · {site.pue:g} → 1.7"
    document.apply(with_fields(document.plan, "sites", site.id, water_l_per_kwh=1.0), "Change water")
    assert window.status.step.text() == ""
    assert "highlight" not in label.styleSheet()


def test_of_one_period_of_a_series_the_unit_stands_beside_the_values(startup) -> None:
    document = startup.document
    work, periods = document.plan.workloads[0], document.plan.settings.periods
    document.apply(with_fields(document.plan, "workloads", work.id, demand=(5.0,) * periods), "Flat")
    document.apply(with_fields(document.plan, "workloads", work.id, demand=(9.0,) + (5.0,) * (periods - 1)), "First")
    document.undo_stack.undo()
    label = Timeline.of(document.plan.settings).labels[0]
    assert startup.status.step.text() == f"Undone: First · 9 → 5 {work.unit} in {label}"


def test_undo_of_a_deletion_chooses_what_came_back(startup) -> None:
    window = startup
    document = window.document
    offer, site = document.plan.offers[0], document.plan.sites[0]
    delete_rows(document, [("offers", offer.id), ("sites", site.id)])
    assert document.selection.table == "plan"
    document.undo_stack.undo()
    assert {("offers", offer.id), ("sites", site.id)} <= set(document.selection.rows)
    assert window.status.step.text() == "Undone: Delete 1 offer and 1 site"


def test_undo_of_the_plans_own_settings_shows_them(startup) -> None:
    window = startup
    document = window.document
    rate = document.plan.settings.discount_rate
    document.apply(with_settings(document.plan, discount_rate=0.25), "Change discount rate")
    document.select("sites", [document.plan.sites[0].id])
    document.undo_stack.undo()
    assert document.selection.table == "plan"
    assert window.status.step.text() == f"Undone: Change discount rate · 0.25 → {rate:g} /year"
    assert "highlight" in window.inspector.rows["discount_rate"].label.styleSheet()


def test_rows_of_a_larger_choice_stay_in_it_and_moved_cards_are_told(startup) -> None:
    window = startup
    document = window.document
    ids = [offer.id for offer in document.plan.offers[:3]]
    document.select("offers", ids)
    document.apply(with_fields(document.plan, "offers", ids[1], price_usd=9.0), "Change price")
    document.undo_stack.undo()
    assert document.selection.ids == tuple(ids)
    moved = edits.placed(document.plan, {("sites", document.plan.sites[0].id): (3.0, 4.0)})
    assert rows_changed(document.plan, moved) == [("sites", document.plan.sites[0].id)]
    assert find(moved, "sites", document.plan.sites[0].id) is document.plan.sites[0]


def test_an_undo_of_many_rows_tells_the_step_alone(startup) -> None:
    window = startup
    document = window.document
    plan = document.plan
    for table in ("offers", "workloads", "sites", "platforms"):
        for row in getattr(plan, table):
            plan = with_fields(plan, table, row.id, name=f"{row.name} *")
    document.apply(plan, "Rename all")
    document.undo_stack.undo()
    assert window.status.step.text() == "Undone: Rename all"
    assert len(document.selection.rows) == sum(
        len(getattr(plan, t)) for t in ("offers", "workloads", "sites", "platforms")
    )


def test_the_problems_come_with_an_error_and_go_with_it_unless_a_person_opened_them(startup, qtbot) -> None:
    window, document = startup, startup.document
    wrong = with_fields(document.plan, "sites", document.plan.sites[0].id, pue=0.2)
    document.apply(wrong, "Change PUE")
    qtbot.waitUntil(window.problems.isVisible)
    document.undo_stack.undo()
    qtbot.waitUntil(lambda: not window.problems.isVisible())
    window.menus.problems_shown.trigger()
    document.undo_stack.redo()
    document.undo_stack.undo()
    assert window.wait_until_solved(300)
    assert window.problems.isVisible()
