"""A usual day is taken for the demand of a workload, with hours of the day where the plan has none, as one step."""

from pytestqt.qtbot import QtBot

from gigaplan.engine.catalogue.day_profiles import THREE, day_profile
from gigaplan.engine.plan.fields import field_of
from gigaplan.engine.plan.schema import Site, Workload
from gigaplan.engine.validation.rules import check, errors
from gigaplan.gui.document.document import Document
from gigaplan.gui.views.inspector.target import Target
from gigaplan.gui.views.inspector.text_editors import NumbersEditor
from tests.engine.plans import plan_of


def test_a_usual_day_is_taken_and_undone_as_one_step(qtbot: QtBot) -> None:
    document = Document(plan_of())
    editor = NumbersEditor(Target(document, "workloads", ["work"]), field_of(Workload, "profile"))
    qtbot.addWidget(editor)
    assert [action.text() for action in editor.shapes.actions()] == ["Flat", "Office hours", "Consumer evening"]
    editor.shapes.actions()[2].trigger()
    assert document.plan.settings.blocks == THREE
    assert document.plan.workloads[0].profile == day_profile("Consumer evening", THREE)
    assert not errors(check(document.plan))
    document.undo_stack.undo()
    assert (document.plan.settings.blocks, document.plan.workloads[0].profile) == ((), None)


def test_hours_that_the_plan_has_stay(qtbot: QtBot) -> None:
    blocks = [{"name": "first half", "share": 0.5}, {"name": "second half", "share": 0.5}]
    document = Document(plan_of(plan={"blocks": blocks}))
    editor = NumbersEditor(Target(document, "workloads", ["work"]), field_of(Workload, "profile"))
    qtbot.addWidget(editor)
    editor.take_shape("Office hours")
    assert document.plan.workloads[0].profile == day_profile("Office hours", document.plan.settings.blocks)


def test_prices_of_electricity_have_no_usual_day(qtbot: QtBot) -> None:
    editor = NumbersEditor(Target(Document(plan_of()), "sites", ["here"]), field_of(Site, "electricity_profile"))
    qtbot.addWidget(editor)
    assert editor.shapes.isEmpty()
