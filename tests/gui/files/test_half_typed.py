"""What is half typed is in the recovery, is no undo step, and outlives a kill and the signals that end a program."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from msgspec import structs
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from gigaplan.engine.plan.fields import field_of
from gigaplan.engine.plan.plan import Plan, with_settings
from gigaplan.engine.plan.schema import Scenario, Settings
from gigaplan.engine.storage.crash_log_read import LeftBehind, left_behind
from gigaplan.engine.storage.load import open_plan
from gigaplan.engine.storage.save import save_plan
from gigaplan.gui.document.document import Document
from gigaplan.gui.text.number_format import plain
from gigaplan.gui.views.compare.editor import ScenarioEditor
from gigaplan.gui.window.main_window import MainWindow
from tests.gui.plan_windows import ENVIRONMENT, ROOT
from tests.gui.small_plans import PLAN

TYPED = "The second substation is wanted for 2028; its letter is in the data room. Q"
assert len(TYPED) > 70

WINDOW = """
import sys
from PySide6.QtCore import QTimer
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from gigaplan.gui.app import app
def type_notes():
    window = next((w for w in QApplication.topLevelWidgets() if hasattr(w, "document")), None)
    if window is None or window.document.path is None or not window.isVisible():
        QTimer.singleShot(50, type_notes)  # the file is read beside the window's thread
        return
    window.document.select("plan")
    QApplication.processEvents()
    box = window.inspector.rows["notes"].editor.box
    box.setFocus()
    for letter in sys.argv[2]:
        QTest.keyClick(box, letter)
    print(window.status._saved.text(), window.document.undo_stack.count(), flush=True)
make = app.make_application
def make_application():
    application = make()
    QTimer.singleShot(0, type_notes)
    return application
app.make_application = make_application
sys.exit(app.run(sys.argv[1]))
"""


@contextmanager
def typing(tmp_path: Path, text: str) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """A window of its own process, in whose notes a text was just typed; and the folder of its recovery."""
    file = tmp_path / "plan.gigaplan"
    save_plan(SETTLED, file, expected=None, uuid=None, revision=1)
    places = {name: str(tmp_path / "data") for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR")}
    (tmp_path / "data").mkdir(mode=0o700)
    command = [sys.executable, "-c", WINDOW, str(file), text]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, env=ENVIRONMENT | places, stdout=pipe, text=True, cwd=ROOT) as child:
        assert child.stdout is not None
        try:
            assert child.stdout.readline() == ("editing … 0\n" if text else "saved 0\n")
            until = time.monotonic() + 60
            while not (found := list((tmp_path / "data").rglob("recovery"))):
                assert time.monotonic() < until
                time.sleep(0.01)
            (recovery,) = found
            yield child, recovery
        finally:
            child.kill()


SETTLED = Plan(settings=Settings(name="saved", start="2027-01", periods=4))


def left_in(folder: Path) -> LeftBehind:
    (left,) = left_behind(folder)
    return left


def test_what_is_half_typed_outlives_a_kill(tmp_path: Path) -> None:
    with typing(tmp_path, TYPED) as (child, recovery):
        until = time.monotonic() + 60
        while not any(TYPED.encode() in file.read_bytes() for file in recovery.iterdir()):
            assert time.monotonic() < until
            time.sleep(0.01)
        os.kill(child.pid, signal.SIGKILL)
        child.wait(30)
    left = left_in(recovery)
    assert left.plan() == with_settings(SETTLED, notes=TYPED)
    assert left.origin.path == str(tmp_path / "plan.gigaplan")
    left.discard()
    assert open_plan(tmp_path / "plan.gigaplan").plan == SETTLED


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="this system has no such signals")
@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_a_signal_to_end_keeps_what_is_half_typed(tmp_path: Path, name: str) -> None:
    number = getattr(signal, name)
    with typing(tmp_path, TYPED) as (child, recovery):
        os.kill(child.pid, number)
        assert child.wait(60) == 128 + number
    left = left_in(recovery)
    assert left.plan() == with_settings(SETTLED, notes=TYPED)
    left.discard()


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="this system has no such signals")
def test_a_signal_to_end_leaves_nothing_where_all_is_saved(tmp_path: Path) -> None:
    with typing(tmp_path, "") as (child, recovery):
        os.kill(child.pid, signal.SIGTERM)
        assert child.wait(60) == 128 + signal.SIGTERM
    assert list(recovery.iterdir()) == []


# In the window


def test_typing_is_told_and_is_one_undo_step_when_it_is_over(window: MainWindow, qtbot: QtBot) -> None:
    document = window.document
    document.start(PLAN)
    window.files.opened.emit()
    document.select("plan")
    qtbot.waitUntil(lambda: "notes" in window.inspector.rows)
    box = window.inspector.rows["notes"].editor.box
    box.setFocus()
    before = document.plan
    for k in range(1, 6):
        QTest.keyClick(box, "x")
        assert document.draft == with_settings(before, notes="x" * k)
        assert document.plan is before
        assert window.status._saved.text() == "editing …"
    assert document.undo_stack.count() == 0
    window.inspector.settle()
    assert document.draft is None
    assert document.undo_stack.count() == 1
    assert document.plan.settings.notes == "xxxxx"
    assert window.status._saved.text() == "not saved"


def test_notes_take_what_they_have_room_for_and_say_why_not_more(window: MainWindow, qtbot: QtBot) -> None:
    document = window.document
    document.start(PLAN)
    window.files.opened.emit()
    document.select("plan")
    qtbot.waitUntil(lambda: "notes" in window.inspector.rows)
    editor = window.inspector.rows["notes"].editor
    said: list[str] = []
    editor.said.connect(lambda text, _: said.append(text))
    editor.box.setFocus()
    for text, kept in (("x" * 100_001, ""), ("x" * 100_000, "x" * 100_000), ("y", "x" * 100_000)):
        QApplication.clipboard().setText(text)
        editor.box.paste()
        window.inspector.settle()
        assert document.plan.settings.notes == kept
    why = f"What was pasted has {plain(100_001, 9)} characters, and there is room for {plain(100_000, 9)}."
    assert said.count(f"{why} Nothing was taken.") == 1
    QTest.keyClick(editor.box, "z")
    window.inspector.settle()
    assert said[-1] == str(field_of(Settings, "notes").text_refusal("x" * 100_001))
    assert document.plan.settings.notes == "x" * 100_000
    assert document.draft is None


def test_notes_that_are_saved_while_they_are_typed_go_on_where_they_were(window: MainWindow, qtbot: QtBot) -> None:
    window.document.start(PLAN)
    window.files.opened.emit()
    window.document.select("plan")
    qtbot.waitUntil(lambda: "notes" in window.inspector.rows)
    box = window.inspector.rows["notes"].editor.box
    box.setFocus()
    for text in ("one", "two"):
        QTest.keyClicks(box, text)
        window.files.leaving.emit()
    assert window.document.plan.settings.notes == "onetwo"


def test_what_is_taken_back_is_no_draft_any_more(window: MainWindow, qtbot: QtBot) -> None:
    document = window.document
    document.start(PLAN)
    window.files.opened.emit()
    document.select("sites", [PLAN.sites[0].id])
    title = window.inspector.title
    qtbot.waitUntil(lambda: title.text() == PLAN.sites[0].name)
    title.setFocus()
    QTest.keyClicks(title, "Another")
    assert document.draft is not None
    assert "Another" in document.draft.sites[0].name
    QTest.keyClick(title, Qt.Key.Key_Escape)
    assert document.draft is None
    assert document.undo_stack.count() == 0


def test_a_draft_goes_with_any_other_edit(qtbot: QtBot) -> None:
    document = Document(SETTLED)
    told: list[Plan | None] = []
    document.drafted.connect(lambda: told.append(document.draft))
    document.type(lambda: document.apply(with_settings(document.plan, notes="half"), "Notes"))
    assert (document.plan, document.is_dirty) == (SETTLED, False)
    document.apply(with_settings(document.plan, name="other"), "Rename")
    assert document.draft is None
    assert [draft and draft.settings.notes for draft in told] == ["half", None]
    document.type(lambda: None)  # what is typed is refused
    assert document.draft is None
    document.type(lambda: document.apply(with_settings(document.plan, notes="half"), "Notes"))
    document.undo_stack.undo()
    assert document.draft is None
    assert document.plan == SETTLED


def open_line(view: QWidget) -> QLineEdit:
    """The editor that is open in a view; one that was closed goes a little later."""
    (line,) = [line for line in view.findChildren(QLineEdit) if not line.isHidden()]
    return line


def typed_in_table(window: MainWindow, qtbot: QtBot, label: str = "Name") -> QLineEdit:
    page = window.show_view("tables")
    page.show_table("sites")
    grid = page.grid
    column = next(k for k, c in enumerate(grid.sheet_model.sheet.columns) if c.label == label)
    grid.setCurrentIndex(grid.model().index(0, column))
    grid.setFocus()
    grid.edit(grid.currentIndex())
    return open_line(grid)


def typed_in_outline(window: MainWindow, qtbot: QtBot) -> QLineEdit:
    tree = window.outline.tree
    window.lists.setCurrentWidget(window.outline)
    group = window.outline.model.group_index("sites")
    tree.edit(group.model().index(0, 0, group))
    return open_line(tree)


def typed_in_list(window: MainWindow, qtbot: QtBot) -> QLineEdit:
    scenario = Scenario(id="high", name="Iowa")
    window.document.start(structs.replace(PLAN, scenarios=(scenario,)))
    panel = window.scenarios
    window.lists.setCurrentWidget(panel)
    panel.list.setCurrentIndex(panel.model.index(1))
    panel.rename()
    return open_line(panel.list)


@pytest.mark.parametrize("begin", [typed_in_table, typed_in_outline, typed_in_list])
def test_a_name_that_is_typed_in_place_is_a_draft_until_it_is_entered(
    window: MainWindow, qtbot: QtBot, begin: Callable[[MainWindow, QtBot], QLineEdit]
) -> None:
    document = window.document
    for key, names in ((Qt.Key.Key_Escape, {"Iowa"}), (Qt.Key.Key_Return, {"Ohio"})):
        document.start(PLAN)
        window.files.opened.emit()
        line = begin(window, qtbot)
        line.selectAll()
        QTest.keyClicks(line, "Ohio")
        assert document.draft is not None
        assert "Ohio" in {row.name for row in (*document.draft.sites, *document.draft.scenarios)}
        assert document.undo_stack.count() == 0
        assert window.status._saved.text() == "editing …"
        QTest.keyClick(line, key)
        rows = "scenarios" if document.base.scenarios else "sites"
        qtbot.waitUntil(lambda rows=rows, names=names: {row.name for row in getattr(document.base, rows)} == names)
        assert document.draft is None


def test_a_cell_that_would_be_refused_is_no_draft_and_not_yet_wrong(window: MainWindow, qtbot: QtBot) -> None:
    document = window.document
    document.start(PLAN)
    window.files.opened.emit()
    line = typed_in_table(window, qtbot, "PUE")
    line.selectAll()
    QTest.keyClicks(line, "5")
    assert document.draft is not None
    QTest.keyClicks(line, "q")
    assert document.draft is None
    QTest.keyClick(line, Qt.Key.Key_Escape)
    assert window.views.page("tables").grid.sheet_model.wrong == {}
    assert document.undo_stack.count() == 0


def test_a_scenario_that_is_typed_is_a_draft(qtbot: QtBot) -> None:
    scenario = Scenario(id="high", name="High")
    document = Document(structs.replace(PLAN, scenarios=(scenario,)))
    editor = ScenarioEditor(document)
    qtbot.addWidget(editor)
    editor.refresh()

    def drafted() -> Scenario:
        assert document.draft is not None
        return document.draft.scenarios[0]

    editor.show()
    for edit, name in ((editor.name, "name"), (editor.notes, "notes")):
        edit.selectAll()
        QTest.keyClicks(edit, "Half")
        assert getattr(drafted(), name) == "Half"
        editor._rename()
        editor._note()
        assert document.draft is None
    document.base_changed.connect(editor.refresh)
    QTest.keyClicks(editor.form.value, "70")
    document.apply(with_settings(document.plan, notes="by another hand"), "Notes")
    assert drafted().overrides[0].value == 70
    assert drafted().overrides[0].value == 70
    assert drafted().name == "Half"
    assert document.plan.scenarios[0].overrides == ()
    editor.form.submit()
    assert document.draft is None
    assert document.plan.scenarios[0].overrides[0].value == 70
    assert document.undo_stack.count() == 4
