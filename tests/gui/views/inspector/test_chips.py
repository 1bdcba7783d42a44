"""The list of jurisdictions: chips that are added and taken away by mouse and keys, and keep their commas."""

import pytest
from PySide6.QtCore import QPoint, Qt

from gigaplan.engine.plan.plan import with_fields
from tests.gui.inspector_forms import enter, line_of, said


@pytest.fixture
def editor(document, panel):
    document.apply(with_fields(document.plan, "workloads", "chat", jurisdictions=("Washington, DC", "IE")), "edit")
    document.select("workloads", ("chat",))
    return panel.rows["jurisdictions"].editor


def where(document, row: int = 0) -> tuple[str, ...]:
    return document.plan.workloads[row].jurisdictions


def shown(editor) -> list[str]:
    return [chip.text() for chip in editor.chips if not chip.isHidden()]


def test_an_entry_with_a_comma_is_one_and_is_added_whole(qtbot, document, panel, editor) -> None:
    assert shown(editor) == ["Washington, DC", "IE"]
    enter(qtbot, line_of(panel, "jurisdictions"), " New York,  NY ")
    assert where(document) == ("Washington, DC", "IE", "New York, NY")
    assert shown(editor)[-1] == "New York, NY"
    assert line_of(panel, "jurisdictions").text() == ""
    assert document.undo_stack.undoText() == "Change jurisdictions of Chat"
    document.undo_stack.undo()
    assert shown(editor) == ["Washington, DC", "IE"]
    enter(qtbot, line_of(panel, "jurisdictions"), "IE")
    assert where(document) == ("Washington, DC", "IE")
    assert "IE is there already" in said(panel, "jurisdictions")


def test_keys_go_along_the_chips_and_take_them_away(qtbot, document, panel, editor) -> None:
    line = line_of(panel, "jurisdictions")
    enter(qtbot, line, "JP")
    line.setFocus()
    qtbot.keyClick(line, Qt.Key.Key_Left)
    qtbot.keyClick(editor.chips[2], Qt.Key.Key_Left)
    assert editor.chips[1].hasFocus()
    qtbot.keyClick(editor.chips[1], Qt.Key.Key_Delete)
    assert where(document) == ("Washington, DC", "JP")
    assert editor.chips[1].hasFocus(), "on what follows"
    qtbot.keyClick(editor.chips[1], Qt.Key.Key_Right)
    assert line.hasFocus()
    qtbot.keyClick(line, Qt.Key.Key_Backspace)
    assert where(document) == ("Washington, DC",)
    qtbot.keyClick(line, Qt.Key.Key_Home)
    qtbot.keyClick(editor.chips[0], Qt.Key.Key_Space)
    assert where(document) == ()
    assert line.hasFocus()
    assert line.placeholderText() == "anywhere"
    qtbot.keyClick(line, Qt.Key.Key_Backspace)
    assert document.undo_stack.count() == 5


def test_only_the_cross_takes_an_entry_away(qtbot, document, editor) -> None:
    first = editor.chips[0]
    assert first.accessibleName() == "Remove Washington, DC"
    qtbot.mouseClick(first, Qt.MouseButton.LeftButton, pos=QPoint(12, 10))
    assert where(document) == ("Washington, DC", "IE")
    qtbot.mouseClick(first, Qt.MouseButton.LeftButton, pos=QPoint(first.width() - 8, 10))
    assert where(document) == ("IE",)


def test_what_is_half_typed_is_kept_for_a_recovery_and_entered_on_leaving(qtbot, document, panel, editor) -> None:
    line = line_of(panel, "jurisdictions")
    line.setFocus()
    qtbot.keyClicks(line, "Oslo, N")
    assert document.draft.workloads[0].jurisdictions == ("Washington, DC", "IE", "Oslo, N")
    assert where(document) == ("Washington, DC", "IE")
    assert "a comma is part of it" in said(panel, "jurisdictions")
    qtbot.keyClick(line, Qt.Key.Key_Escape)
    assert document.draft is None
    qtbot.keyClicks(line, "JP")
    document.select("sites", ("iowa",))
    assert where(document) == ("Washington, DC", "IE", "JP")


def test_rows_that_differ_show_none_and_each_gets_what_is_added(qtbot, document, panel, editor) -> None:
    document.select("workloads", ("chat", "train"))
    line = line_of(panel, "jurisdictions")
    assert shown(editor) == []
    assert line.placeholderText() == "Mixed"
    line.setFocus()
    qtbot.keyClick(line, Qt.Key.Key_Backspace)
    enter(qtbot, line, "JP")
    assert (where(document, 0), where(document, 1)) == (("Washington, DC", "IE", "JP"), ("JP",))
    assert document.undo_stack.count() == 2


def test_a_long_entry_stays_within_the_form(qtbot, document, panel, editor) -> None:
    line = line_of(panel, "jurisdictions")
    assert line.maxLength() == 200
    enter(qtbot, line, "W" * 200)
    enter(qtbot, line, "US")
    for chip in editor.chips:
        assert editor.rect().contains(chip.geometry())
    assert editor.rect().contains(line.geometry())
    assert editor.chips[3].y() > editor.chips[2].y()


@pytest.mark.parametrize("field", ["jurisdictions", "jurisdiction"])
def test_a_word_that_is_chosen_of_those_offered_is_entered(qtbot, document, panel, field) -> None:
    document.select(*(("workloads", ("chat",)) if field == "jurisdictions" else ("sites", ("iowa",))))
    line = line_of(panel, field)
    line.setFocus()
    line.selectAll()
    qtbot.keyClicks(line, "j")
    popup = line.completer().popup()
    qtbot.waitUntil(popup.isVisible)
    qtbot.keyClick(popup, Qt.Key.Key_Down)
    qtbot.keyClick(popup, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: document.undo_stack.count() > 0)
    row = document.plan.workloads[0] if field == "jurisdictions" else document.plan.sites[0]
    assert getattr(row, field) == (("JP",) if field == "jurisdictions" else "JP")
    assert document.undo_stack.count() == 1
