"""Quantities typed into the inspector, dragged and stepped: each reaches the plan once, or says why not."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence

from gigaplan.engine.plan.fields import Growth
from gigaplan.engine.plan.plan import find, with_fields
from tests.gui.inspector_forms import drag, enter, line_of, plan_to_edit, said, shown, site


def test_a_typed_quantity_reaches_the_plan_and_says_how_it_was_understood(qtbot, document, panel) -> None:
    document.select("sites", ("iowa",))
    line = line_of(panel, "power_mw")
    assert shown(line) == "420"
    enter(qtbot, line, "1.2 GW")
    assert site(document).power_mw == 1200
    assert shown(line) == "1 200"
    assert "1.2 GW = 1 200 MW" in said(panel, "power_mw")
    assert document.undo_stack.count() == 1
    assert document.undo_stack.undoText() == "Change facility power of Iowa"


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("2 hours", "hours is a time; power is expected, for example 250 MW"),
        ("-5", "must be 0 or more"),
        ("1e300", "beyond what the solver can compute with"),
        ("5 mw", "did you mean MW?"),
    ],
)
def test_what_cannot_be_leaves_the_plan_alone_and_says_why(qtbot, document, panel, typed: str, words: str) -> None:
    before = document.plan
    document.select("sites", ("iowa",))
    line = line_of(panel, "power_mw")
    enter(qtbot, line, typed)
    assert document.plan is before
    assert words in said(panel, "power_mw")
    assert line.text() == typed
    assert line.property("invalid") is True
    qtbot.keyClick(line, Qt.Key.Key_Escape)
    assert shown(line) == "420"
    assert words not in said(panel, "power_mw")


def test_leaving_the_field_commits_and_an_optional_one_may_be_emptied(qtbot, document, panel) -> None:
    document.select("sites", ("iowa",))
    enter(qtbot, line_of(panel, "power_mw"), "500", Qt.Key.Key_Tab)
    assert site(document).power_mw == 500
    enter(qtbot, line_of(panel, "power_mw"), "")
    assert site(document).power_mw is None
    assert line_of(panel, "power_mw").placeholderText() == "no limit"
    enter(qtbot, line_of(panel, "pue"), "")
    assert site(document).pue == 1.2
    assert "a number is needed" in said(panel, "pue")


def test_undo_puts_the_text_of_the_field_back(qtbot, document, panel) -> None:
    document.select("sites", ("iowa",))
    line = line_of(panel, "pue")
    enter(qtbot, line, "1.3")
    enter(qtbot, line, "1.4")
    document.undo_stack.undo()
    assert (site(document).pue, line.text()) == (1.3, "1.3")
    document.undo_stack.undo()
    assert line.text() == "1.2"
    document.undo_stack.redo()
    assert line.text() == "1.3"


def test_undo_keys_in_a_field_without_typing_are_left_to_the_window(qtbot, document, panel) -> None:
    action = document.undo_stack.createUndoAction(panel)
    action.setShortcut(QKeySequence(QKeySequence.StandardKey.Undo))
    panel.addAction(action)
    document.select("sites", ("iowa",))
    panel.activateWindow()
    line = line_of(panel, "pue")
    enter(qtbot, line, "1.3")
    qtbot.waitUntil(line.hasFocus)
    qtbot.keyClick(line, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert site(document).pue == 1.2
    assert line.text() == "1.2"


def test_typing_is_not_overwritten_by_an_edit_from_elsewhere(qtbot, document, panel) -> None:
    document.select("sites", ("iowa",))
    panel.activateWindow()
    line = line_of(panel, "pue")
    line.setFocus()
    qtbot.waitUntil(line.hasFocus)
    line.selectAll()
    qtbot.keyClicks(line, "1.3")
    editor = panel.rows["pue"].editor
    document.apply(with_fields(document.plan, "sites", "iowa", name="Iowa 2", pue=1.25), "Elsewhere")
    assert line.text() == "1.3"
    assert panel.title.text() == "Iowa 2"
    assert panel.rows["pue"].editor is editor
    qtbot.keyClick(line, Qt.Key.Key_Return)
    assert site(document).pue == 1.3


def test_typing_goes_to_the_row_that_it_was_typed_for(qtbot, document, panel) -> None:
    document.select("sites", ("iowa",))
    line = line_of(panel, "pue")
    line.setFocus()
    line.selectAll()
    qtbot.keyClicks(line, "1.5")
    document.select("sites", ("dublin",))
    assert (site(document, "iowa").pue, site(document, "dublin").pue) == (1.5, 1.1)
    assert line.text() == "1.1"


def test_refused_typing_does_not_go_along_to_another_row(qtbot, document, panel) -> None:
    document.apply(with_fields(document.plan, "sites", "dublin", pue=1.2), "As Iowa")
    document.select("sites", ("iowa",))
    panel.activateWindow()
    for name in ("pue", "power_mw"):
        line = line_of(panel, name)
        line.setFocus()
        line.selectAll()
        qtbot.keyClicks(line, "2 hours")
    document.select("sites", ("dublin",))
    assert [shown(line_of(panel, name)) for name in ("pue", "power_mw")] == ["1.2", "60"]
    assert "hours" not in said(panel, "pue") + said(panel, "power_mw")
    assert line_of(panel, "pue").property("invalid") is not True


def test_another_plan_is_not_touched_by_typing_in_the_last_one(qtbot, document, panel) -> None:
    document.select("sites", ("iowa",))
    line = line_of(panel, "pue")
    line.setFocus()
    line.selectAll()
    qtbot.keyClicks(line, "1.5")
    document.start(plan_to_edit())
    assert document.plan == plan_to_edit()
    document.select("sites", ("iowa",))
    assert line.text() == "1.2"


def test_what_is_typed_and_not_entered_can_be_settled_before_a_save(qtbot, document, panel) -> None:
    document.select("sites", ("iowa",))
    line = line_of(panel, "pue")
    line.setFocus()
    line.selectAll()
    qtbot.keyClicks(line, "1.5")
    panel.settle()
    assert site(document).pue == 1.5


def test_dragging_the_label_changes_the_value_as_one_undo_step(document, panel) -> None:
    document.select("sites", ("iowa",))
    seen = []
    document.changed.connect(lambda _, plan: seen.append(find(plan, "sites", "iowa").power_mw))
    drag(panel.rows["power_mw"].label, 20)
    assert site(document).power_mw == 460  # a step is 2 of 420, a hundredth or a little less
    assert len(seen) > 10
    assert document.undo_stack.count() == 1
    drag(panel.rows["power_mw"].label, -10)
    assert document.undo_stack.count() == 2
    document.undo_stack.undo()
    document.undo_stack.undo()
    assert site(document).power_mw == 420
    assert shown(line_of(panel, "power_mw")) == "420"


def test_a_drag_stays_within_the_bounds(document, panel) -> None:
    document.select("sites", ("iowa",))
    drag(panel.rows["pue"].label, -200)
    assert site(document).pue == 1


def test_dragging_moves_the_start_of_growth_and_scales_a_list(document, panel) -> None:
    document.select("sites", ("tokyo",))
    drag(panel.rows["electricity_usd_per_mwh"].label, 10)
    assert site(document, "tokyo").electricity_usd_per_mwh == Growth(start=110.0, annual_growth=0.1)
    drag(panel.rows["power_mw"].label, 50)
    assert site(document, "tokyo").power_mw == (15, 30, 45, 60)
    assert document.undo_stack.count() == 2


def test_arrow_keys_step_and_merge(qtbot, document, panel) -> None:
    document.select("sites", ("iowa",))
    line = line_of(panel, "pue")
    line.setFocus()
    for _ in range(3):
        qtbot.keyClick(line, Qt.Key.Key_Up)
    assert site(document).pue == 1.23
    qtbot.keyClick(line, Qt.Key.Key_Up, Qt.KeyboardModifier.ShiftModifier)
    assert site(document).pue == 1.33
    qtbot.keyClick(line, Qt.Key.Key_Down, Qt.KeyboardModifier.ControlModifier)
    assert site(document).pue == 1.329
    assert document.undo_stack.count() == 1
    document.undo_stack.undo()
    assert (site(document).pue, line.text()) == (1.2, "1.2")
