"""The menu bar: every entry has a name, a letter and keys of its own, and is grey where it cannot work."""

from collections import Counter
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QMenu, QMessageBox

from gigaplan.engine.plan.plan import with_fields
from gigaplan.gui.files import recent
from gigaplan.gui.window.menus import fill_recent
from tests.gui.map_window import small_plan

CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def begun(one_window):
    """One window for all, on a small plan."""
    window = one_window
    window.document.start(small_plan())
    window.menus.parts["inspector"].setChecked(True)
    window.show_workspace()
    window.show_view("map")
    window.activateWindow()
    return window


def menus_of(window) -> dict[str, QMenu]:
    """Each menu of the bar by its title, and the menus in them."""
    found = {action.text(): action.menu() for action in window.menuBar().actions()}
    for menu in list(found.values()):
        found |= {action.text(): action.menu() for action in menu.actions() if action.menu() is not None}
    return found


def entry(window, id: str) -> QAction:
    return window.actions_list[id]


def grey(window, title: str) -> set[str]:
    """What is grey in a menu when it opens; it is closed again."""
    menu = menus_of(window)[title]
    menu.aboutToShow.emit()
    found = {a.text().replace("&", "") for a in menu.actions() if not a.isSeparator() and not a.isEnabled()}
    menu.aboutToHide.emit()
    return found


def letter(text: str) -> str:
    at = text.replace("&&", "  ").find("&")
    return text[at + 1].lower() if at >= 0 else ""


def test_every_entry_has_a_letter_of_its_own_in_its_menu(begun) -> None:
    for title, menu in menus_of(begun).items():
        if title.replace("&", "") in ("New from template", "Open recent"):
            continue  # names that a person gave
        letters = [letter(a.text()) for a in menu.actions() if not a.isSeparator()]
        assert all(letters), (title, [a.text() for a in menu.actions()])
        assert len(set(letters)) == len(letters), (title, letters)
    bar = [letter(a.text()) for a in begun.menuBar().actions()]
    assert len(set(bar)) == len(bar)


def test_every_command_is_in_a_menu_and_in_the_palette(begun) -> None:
    in_menus = {id(action) for menu in menus_of(begun).values() for action in menu.actions()}
    found = {(e.kind, e.name) for e in begun.palette_list._commands()}
    for menu, command, action in begun.actions_list.all:
        assert id(action) in in_menus, command.id
        can_be_done = command.id not in ("edit.undo", "edit.redo")  # of which there is nothing yet
        assert ((menu, command.label) in found) == can_be_done, command.id
    assert len(found) == len(begun.actions_list.commands) - 2, "two commands have one name"


def test_no_key_calls_two_commands_nor_one_twice(begun) -> None:
    keys = Counter(s.toString() for _, _, a in begun.actions_list.all for s in a.shortcuts() if not s.isEmpty())
    assert [key for key, count in keys.items() if count > 1] == []


@pytest.mark.parametrize(("key", "modifiers"), [(Qt.Key.Key_Z, CONTROL | SHIFT), (Qt.Key.Key_Y, CONTROL)])
def test_both_usual_keys_redo(qtbot, begun, key, modifiers) -> None:
    document = begun.document
    site = document.plan.sites[0].id
    document.apply(with_fields(document.plan, "sites", site, name="R&D hall"), "Rename R&D hall")
    after = document.plan
    qtbot.keyClick(begun, Qt.Key.Key_Z, CONTROL)
    assert document.plan != after
    qtbot.keyClick(begun, key, modifiers)
    assert document.plan == after


def test_undo_is_called_after_its_step_letter_by_letter(begun) -> None:
    document = begun.document
    undo = begun.menuBar().actions()[1].menu().actions()[0]
    assert (undo.text(), undo.isEnabled()) == ("&Undo", False)
    site = document.plan.sites[0].id
    document.apply(with_fields(document.plan, "sites", site, name="R&D"), "Rename R&D")
    assert undo.text() == "&Undo Rename R&&D"
    document.apply(with_fields(document.plan, "sites", site, name="x" * 200), "Rename " + "x" * 200)
    assert len(undo.text()) < 80
    assert undo.text().endswith("…")
    document.undo_stack.undo()
    document.undo_stack.undo()
    assert (undo.text(), undo.isEnabled()) == ("&Undo", False)


def test_on_the_welcome_page_there_is_nothing_to_save_yet(window) -> None:
    files = {"Save", "Save As…", "Save a Copy…", "Import…", "Catalogue of your own…"}
    files |= {"Import measurements…", "Paste measurements"}
    files |= {"Export as workbook…", "Export as database…", "Export a report as PDF…", "Export as JSON…"}
    assert grey(window, "&File") == files
    assert {"Charts", "Inspector"} < grey(window, "&View")
    window.files.new()
    assert grey(window, "&File") == set()
    window.turn_page()
    assert grey(window, "&File") == set(), "the plan is still there, behind the welcome page"


def test_what_needs_a_selection_is_grey_without_one(qtbot, begun) -> None:
    assert {"Rename", "Duplicate", "Delete"} < grey(begun, "&Edit")
    assert {"Align left edges", "Back into the column", "Select what it uses"} < grey(begun, "&Map")
    rows = [("offers", offer.id) for offer in begun.document.plan.offers[:2]]
    begun.document.select_rows(rows)
    assert {"Rename", "Duplicate", "Delete"} & grey(begun, "&Edit") == {"Rename"}
    assert "Align left edges" not in grey(begun, "&Map")
    assert entry(begun, "map.align_down").isEnabled(), "its keys would answer, once the menu is closed"
    begun.show_view("tables")
    assert "Fit in the window" in grey(begun, "&Map"), "no map is in sight"


def test_rows_are_duplicated_deleted_and_renamed_from_the_menu(qtbot, begun) -> None:
    document = begun.document
    document.select("offers", [document.plan.offers[0].id])
    count = len(document.plan.offers)
    entry(begun, "edit.duplicate").trigger()
    assert len(document.plan.offers) == count + 1
    begun.menus.parts["inspector"].setChecked(False)
    entry(begun, "edit.rename").trigger()
    assert begun.inspector.isVisible()
    QTest.keyClicks(QApplication.focusWidget(), "Mine")
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)
    assert document.plan.offers[1].name == "Mine"
    entry(begun, "edit.delete").trigger()
    assert len(document.plan.offers) == count


def test_the_palette_lists_what_can_work_now(begun) -> None:
    def listed() -> set[str]:
        begun.menus.find()
        found = {e.name for e in begun.palette_list._entries}
        begun.palette_list.leave()
        return found

    assert "Delete what is selected" not in listed()
    begun.document.select("sites", [begun.document.plan.sites[0].id])
    assert "Delete what is selected" in listed()


def test_the_plan_settings_come_into_sight_from_anywhere(window) -> None:
    window.files.new()
    window.turn_page()
    window.menus.parts["inspector"].setChecked(False)
    entry(window, "edit.settings").trigger()
    assert window.inspector.isVisible()
    assert window.document.selection.table == "plan"


def test_the_foot_of_the_window_says_what_an_entry_does(qtbot, begun) -> None:
    menu = menus_of(begun)["&File"]
    menu.popup(begun.mapToGlobal(QPoint(40, 40)))
    copy = entry(begun, "file.save_copy")
    menu.setActiveAction(copy)
    said = next(w for w in begun.status.findChildren(QLabel) if w.text() == copy.statusTip())
    assert said.isVisible()
    menu.close()
    qtbot.waitUntil(lambda: not said.isVisible())


def test_about_names_version_and_licences(qtbot, begun) -> None:
    from gigaplan.engine import __version__

    said: list[str] = []

    def close() -> None:
        box = QApplication.activeModalWidget()
        if isinstance(box, QMessageBox):
            said.append(box.text() + box.informativeText())
            box.close()
        else:
            QTimer.singleShot(20, close)

    QTimer.singleShot(0, close)
    entry(begun, "help.about").trigger()
    assert __version__ in said[0]
    for name in ("Apache-2.0", "LGPL-3.0", "HiGHS", "OFL", "CC BY 4.0"):
        assert name in said[0], name


def test_macos_gets_its_roles_and_no_entry_by_accident(begun) -> None:
    roles = {a.text().replace("&", ""): a.menuRole() for _, _, a in begun.actions_list.all}
    assert roles.pop("About Gigaplan") == QAction.MenuRole.AboutRole
    assert roles.pop("Quit") == QAction.MenuRole.QuitRole
    assert set(roles.values()) == {QAction.MenuRole.NoRole}


def test_recent_files_are_told_as_they_are_called(begun, tmp_path: Path) -> None:
    there, gone = tmp_path / "R&D.gigaplan", tmp_path / "gone.gigaplan"
    there.touch()
    recent.add(gone)
    recent.add(there)
    menu = QMenu(begun)
    fill_recent(menu, begun.files)
    first, second = menu.actions()[:2]
    assert first.text().endswith("R&&D.gigaplan")
    assert first.statusTip() == str(there)
    assert (first.isEnabled(), second.isEnabled()) == (True, False)
