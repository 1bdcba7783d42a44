"""The day of a demand: a usual one is taken, or it is drawn, with hours where the plan has none, as one step."""

import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from gigaplan.engine.catalogue.day_profiles import THREE, day_profile
from gigaplan.engine.plan.fields import field_of
from gigaplan.engine.plan.schema import Site, Workload
from gigaplan.engine.validation.rules import check, errors
from gigaplan.gui.document.document import Document
from gigaplan.gui.views.inspector.day_profile import ProfileEditor
from gigaplan.gui.views.inspector.target import Target
from tests.engine.plans import plan_of
from tests.gui.inspector_forms import move

HALVES = [{"name": "first half", "share": 0.5}, {"name": "second half", "share": 0.5}]
QUARTERS = [{"name": f"quarter {k}", "share": 0.25} for k in range(4)]


def drawn_day(qtbot: QtBot, document: Document, table: str = "workloads", field: str = "profile") -> ProfileEditor:
    """The editor of a profile, as wide as the inspector, that follows the plan as the inspector's do."""
    row = {"workloads": Workload, "sites": Site}[table]
    editor = ProfileEditor(Target(document, table, [getattr(document.plan, table)[0].id]), field_of(row, field))
    qtbot.addWidget(editor)
    qtbot.addWidget(editor.below)
    editor.below.resize(265, 78)
    editor.refresh()
    document.changed.connect(lambda *_: editor.refresh())
    editor.draw.trigger()
    editor.below.show()
    return editor


def pull(qtbot: QtBot, editor: ProfileEditor, block: int, *values: float) -> None:
    """Drags the bar of a block through these heights."""
    bars = editor.bars
    at = bars.bar(block).center().toPoint()
    qtbot.mousePress(bars, Qt.MouseButton.LeftButton, pos=at)
    for height in [bars.y_of(value) for value in values]:
        move(bars, QPoint(at.x(), round(height)))
    qtbot.mouseRelease(bars, Qt.MouseButton.LeftButton, pos=at)


def test_a_usual_day_is_taken_and_undone_as_one_step(qtbot: QtBot) -> None:
    document = Document(plan_of())
    editor = ProfileEditor(Target(document, "workloads", ["work"]), field_of(Workload, "profile"))
    qtbot.addWidget(editor)
    assert [action.text() for action in editor.shapes.actions()] == ["Flat", "Office hours", "Consumer evening"]
    editor.shapes.actions()[2].trigger()
    assert document.plan.settings.blocks == THREE
    assert document.plan.workloads[0].profile == day_profile("Consumer evening", THREE)
    assert not errors(check(document.plan))
    document.undo_stack.undo()
    assert (document.plan.settings.blocks, document.plan.workloads[0].profile) == ((), None)


def test_hours_that_the_plan_has_stay(qtbot: QtBot) -> None:
    document = Document(plan_of(plan={"blocks": HALVES}))
    editor = ProfileEditor(Target(document, "workloads", ["work"]), field_of(Workload, "profile"))
    qtbot.addWidget(editor)
    editor.take_shape("Office hours")
    assert document.plan.workloads[0].profile == day_profile("Office hours", document.plan.settings.blocks)


def test_prices_of_electricity_have_no_usual_day(qtbot: QtBot) -> None:
    editor = ProfileEditor(Target(Document(plan_of()), "sites", ["here"]), field_of(Site, "electricity_profile"))
    qtbot.addWidget(editor)
    assert editor.shapes.isEmpty()


def test_a_day_is_drawn_with_its_mean_at_one_as_one_step(qtbot: QtBot) -> None:
    document = Document(plan_of(workloads=[{"profile": [0.5, 1.0, 1.5, 1.0]}], plan={"blocks": QUARTERS}))
    editor = drawn_day(qtbot, document)
    pull(qtbot, editor, 3, 1.2, 1.9, 0.4)
    profile = document.plan.workloads[0].profile
    assert profile[3] == pytest.approx(0.4, abs=0.02)  # a pixel
    assert sum(profile) == pytest.approx(4, abs=1e-12)
    assert profile[1] / profile[0] == pytest.approx(2)
    assert profile[2] / profile[0] == pytest.approx(3)
    assert document.undo_stack.count() == 1
    document.undo_stack.undo()
    assert document.plan.workloads[0].profile == (0.5, 1.0, 1.5, 1.0)
    assert not errors(check(document.plan))


def test_keys_choose_and_move_a_bar(qtbot: QtBot) -> None:
    document = Document(plan_of(workloads=[{"profile": [1.0, 1.0]}], plan={"blocks": HALVES}))
    editor = drawn_day(qtbot, document)
    said: list[str] = []
    editor.said.connect(lambda text, _role: said.append(text))
    for key in (Qt.Key.Key_Home, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Up):
        qtbot.keyClick(editor.bars, key)
    assert document.plan.workloads[0].profile == pytest.approx((0.9, 1.1))
    assert document.undo_stack.count() == 1
    assert said[-1] == "second half: 1.1 × the mean"
    qtbot.keyClick(editor.bars, Qt.Key.Key_Left)
    qtbot.keyClick(editor.bars, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    assert document.plan.workloads[0].profile == pytest.approx((0.4, 1.6))
    assert document.undo_stack.count() == 2


def test_a_plan_without_hours_gets_them_with_the_first_bar(qtbot: QtBot) -> None:
    document = Document(plan_of())
    editor = drawn_day(qtbot, document)
    assert (document.plan.settings.blocks, document.plan.workloads[0].profile) == ((), None)
    pull(qtbot, editor, 0, 0.7, 0.5)
    assert document.plan.settings.blocks == THREE
    assert document.plan.workloads[0].profile == pytest.approx((0.5, 1.25, 1.25), abs=0.05)
    assert document.undo_stack.count() == 1
    assert not errors(check(document.plan))


def test_the_price_of_one_block_moves_alone(qtbot: QtBot) -> None:
    document = Document(plan_of(plan={"blocks": HALVES}))
    editor = drawn_day(qtbot, document, "sites", "electricity_profile")
    qtbot.keyClick(editor.bars, Qt.Key.Key_End)
    qtbot.keyClick(editor.bars, Qt.Key.Key_Up)
    assert document.plan.sites[0].electricity_profile == pytest.approx((1, 1.05))
