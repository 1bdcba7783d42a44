"""A planner edits the plan, and makes a scenario of the edits: the base goes back, one undo brings them again."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit

from gigaplan.engine.plan.plan import find, with_fields
from gigaplan.engine.plan.scenarios import apply_scenario
from gigaplan.gui.document.row_edits import add_row

CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def startup(qtbot, window):
    """The window on the plan of a start-up, solved."""
    window.files.new_from_template("startup")
    assert window.wait_until_solved(30)
    window.activateWindow()
    return window


def by_palette(qtbot, window, words: str) -> None:
    """Finds a command by its name and runs it."""
    qtbot.keyClick(window, Qt.Key.Key_P, CONTROL | SHIFT)
    qtbot.keyClicks(window.palette_list.search, words)
    qtbot.keyClick(window.palette_list.search, Qt.Key.Key_Return)


def type_into(qtbot, window, field: str, text: str, enter: bool = True) -> None:
    """Types into a field of the inspector as a person would."""
    window.inspector.focus_field(field)
    line = window.inspector.rows[field].editor.focusProxy()
    qtbot.keyClick(line, Qt.Key.Key_A, CONTROL)
    qtbot.keyClicks(line, text)
    if enter:
        qtbot.keyClick(line, Qt.Key.Key_Return)


def test_edits_become_a_scenario_and_the_base_goes_back(qtbot, startup):
    document = startup.document
    saved = document.plan
    site = saved.sites[0].id
    document.select("sites", [site])
    type_into(qtbot, startup, "electricity_usd_per_mwh", "150")
    type_into(qtbot, startup, "pue", "1.5", enter=False)  # half typed: it counts
    edited_price = find(document.base, "sites", site).electricity_usd_per_mwh
    by_palette(qtbot, startup, "make a scenario")
    made = document.base.scenarios[-1]
    assert {o.field for o in made.overrides} == {"electricity_usd_per_mwh", "pue"}
    assert find(document.base, "sites", site) == find(saved, "sites", site)
    under = find(apply_scenario(document.base, made.id), "sites", site)
    assert (under.pue, under.electricity_usd_per_mwh) == (1.5, edited_price)
    # It is chosen, and its name can be typed over at once.
    assert document.selection.ids == (made.id,)
    editor = startup.scenarios.list.findChild(QLineEdit)
    assert editor is not None
    qtbot.keyClick(editor, Qt.Key.Key_A, CONTROL)
    qtbot.keyClicks(editor, "Dear power")
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: document.base.scenarios[-1].name == "Dear power")
    # One step each: the name, the scenario; then the edits stand again.
    document.undo_stack.undo()
    assert document.undo_stack.undoText() == "Make a scenario of 2 edits"
    document.undo_stack.undo()
    assert document.base.scenarios == saved.scenarios
    assert find(document.base, "sites", site).pue == 1.5
    assert document.is_dirty


def test_an_added_row_is_refused_by_name_and_a_way_out_is_offered(qtbot, startup):
    document = startup.document
    add_row(document, "sites")
    name, site = document.plan.sites[-1].name, document.plan.sites[0].id
    pue = document.plan.sites[0].pue
    document.apply(with_fields(document.plan, "sites", site, pue=1.7), "Change PUE")
    before = document.plan
    startup.take_edits()
    assert document.plan is before
    bar = startup.bars.get("refused")
    assert bar is not None
    assert f"The site {name} was added." in bar.label.text()
    assert "neither add nor remove" in bar.label.text()
    # What was edited after the row was added can be a scenario.
    (offered,) = [words for words in bar.buttons if words != "Close"]
    assert "Change PUE" in offered
    qtbot.mouseClick(bar.buttons[offered], Qt.MouseButton.LeftButton)
    assert startup.bars.get("refused") is None
    assert [o.field for o in document.base.scenarios[-1].overrides] == ["pue"]
    assert find(document.base, "sites", site).pue == pue
    assert len(document.plan.sites) == len(before.sites)


def test_without_edits_it_says_so(startup):
    startup.take_edits()
    assert "No assumption was edited." in startup.bars.get("refused").label.text()


def test_an_earlier_step_is_chosen_in_the_menu(qtbot, startup):
    document = startup.document
    site = document.plan.sites[0].id
    document.apply(with_fields(document.plan, "sites", site, pue=1.3), "First")
    document.apply(with_fields(document.plan, "sites", site, water_l_per_kwh=0.4), "Second")
    menu = startup.scenarios._edits
    menu.aboutToShow.emit()
    texts = [a.text() for a in menu.actions() if a.text()]
    assert texts == ["Of all edits since the last save", "From “Second” on", "From “First” on"]
    next(a for a in menu.actions() if "Second" in a.text()).trigger()
    assert [o.field for o in document.base.scenarios[-1].overrides] == ["water_l_per_kwh"]
    # The first edit stays in the base.
    assert find(document.base, "sites", site).pue == 1.3
    assert find(document.base, "sites", site).water_l_per_kwh != 0.4


def test_since_the_last_save_means_the_file(startup, tmp_path):
    document = startup.document
    site = document.plan.sites[0].id
    document.apply(with_fields(document.plan, "sites", site, pue=1.3), "Change PUE")
    document.save(tmp_path / "a.gigaplan")
    document.apply(with_fields(document.plan, "sites", site, pue=1.6), "Change PUE")
    startup.take_edits()
    assert find(document.base, "sites", site).pue == 1.3
    assert document.base.scenarios[-1].overrides[0].value == 1.6
    assert document.saved_plan is not None
    # Undone beyond the save, the saved state is still the one in the file.
    while document.undo_stack.canUndo():
        document.undo_stack.undo()
    assert find(document.saved_plan, "sites", site).pue == 1.3
