"""The size of text that a person chose holds at once in every window, and at each start for that process alone."""

import os

import pytest
from PySide6.QtCore import QCoreApplication, QSettings, QSize, Qt
from PySide6.QtWidgets import QApplication, QDialog, QLineEdit

from gigaplan.gui.style import text_size
from gigaplan.gui.style.text_size import SCALE
from tests.gui.map_window import small_plan

CONTROL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def begun(window):
    window.document.start(small_plan())
    window.show_workspace()
    window.activateWindow()
    return window


@pytest.mark.parametrize(("percent", "system", "factor"), [(80, None, "0.8"), (150, "2", "3.0"), (100, None, None)])
def test_a_size_multiplies_the_factor_of_the_system_and_leaves_it(monkeypatch, percent, system, factor) -> None:
    seen = []
    monkeypatch.delenv(SCALE, raising=False)
    if system is not None:
        monkeypatch.setenv(SCALE, system)
    text_size.begin(lambda _: seen.append(os.environ.get(SCALE)), percent)
    assert seen == [factor]
    assert os.environ.get(SCALE) == system, "what is started by the program is not scaled again"


def test_a_size_holds_at_once_with_place_focus_and_what_is_open(qtbot, begun) -> None:
    field = begun.inspector.findChild(QLineEdit)
    field.setFocus()
    box = QDialog(begun)
    box.resize(300, 200)
    box.show()
    quits = []
    QCoreApplication.instance().aboutToQuit.connect(lambda: quits.append(True))
    for percent, points in ((200, QSize(800, 500)), (80, QSize(2000, 1250)), (100, QSize(1600, 1000))):
        ratio = percent / 100
        begun.actions_list[f"text_size.{percent}"].trigger()
        qtbot.waitUntil(lambda ratio=ratio: begun.devicePixelRatioF() == ratio)
        QApplication.processEvents()
        assert begun.size() == points, "as large on the screen as before: rounding adds up to nothing"
        assert begun.grab().size() == QSize(1600, 1000)
        assert (box.isVisible(), box.devicePixelRatioF(), box.size() * ratio) == (True, ratio, QSize(300, 200))
        assert begun.focusWidget() is field
        assert text_size.chosen() == percent
        assert begun.actions_list[f"text_size.{percent}"].isChecked()
    assert not quits


def test_keys_change_it_step_by_step_but_on_the_map_they_zoom_the_map(qtbot, begun) -> None:
    begun.show_view("tables")
    tables = begun.views.currentWidget()
    tables.setFocus()
    for key, percent in ((Qt.Key.Key_Plus, 125), (Qt.Key.Key_Plus, 150), (Qt.Key.Key_Minus, 125), (Qt.Key.Key_0, 100)):
        qtbot.keyClick(QApplication.focusWidget() or begun, key, CONTROL)
        qtbot.waitUntil(lambda percent=percent: begun.devicePixelRatioF() == percent / 100)
    begun.show_view("map")
    view = begun.plan_map.view
    view.setFocus()
    before = view.transform().m11()
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Plus, CONTROL)
    QApplication.processEvents()
    assert view.transform().m11() > before
    assert (text_size.chosen(), begun.devicePixelRatioF()) == (100, 1)


def test_what_gave_way_to_larger_text_comes_back_and_is_not_remembered_as_hidden(begun) -> None:
    begun.menus.parts["charts"].setChecked(False)
    begun.fit_screen(QSize(800, 500))
    assert not begun.left.isVisible()
    begun._state.remember(set(), begun._gave_way)
    assert "left" in QSettings().value("window/shown")
    begun.fit_screen(QSize(1600, 1000))
    assert begun.left.isVisible()
    assert not begun.charts_place.isVisible(), "a person hid it"


def test_where_qt_cannot_do_it_at_once_it_is_for_the_next_start(qtbot, window, monkeypatch) -> None:
    restarted = []
    monkeypatch.setattr(type(window), "restart", lambda self: restarted.append(True))
    monkeypatch.setattr(text_size, "_setter", lambda: None)
    window.actions_list["text_size.150"].trigger()
    qtbot.waitUntil(lambda: window.bars.get("text-size") is not None)
    assert text_size.chosen() == 150
    bar = window.bars.get("text-size")
    assert bar.label.text() == "Text is 150 % from the next start on."
    bar.buttons["Restart now"].click()
    assert restarted == [True]
    QSettings().setValue("text_size", "enormous")
    assert text_size.chosen() == 100
