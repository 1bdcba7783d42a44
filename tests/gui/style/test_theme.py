"""How the application is dressed: one style sheet in the colours of the palette, and what changes when those do."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QLabel,
    QLineEdit,
    QMenuBar,
    QMessageBox,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from gigaplan.gui.app.app import make_application
from gigaplan.gui.style import theme
from gigaplan.gui.style.style_sheet import ROLES


@pytest.fixture(autouse=True)
def light_afterwards(qapp: QApplication) -> Iterator[None]:
    yield
    theme.apply(qapp, "light")


def shade(widget: QWidget, x: int, y: int) -> str:
    return widget.grab().toImage().pixelColor(x, y).name().upper()


@pytest.mark.parametrize("name", list(theme.APPEARANCES))
def test_every_colour_that_the_sheet_uses_is_that_of_the_appearance(qapp, qtbot, name: str) -> None:
    theme.apply(qapp, name)
    assert theme.tokens() is theme.APPEARANCES[name]
    colours = dataclasses.asdict(theme.tokens())
    for token, role in ROLES.items():
        frame = QFrame()
        qtbot.addWidget(frame)
        frame.setStyleSheet(f"background: palette({role});")
        frame.resize(20, 20)
        assert shade(frame, 10, 10) == QColor(colours[token]).name().upper(), token


def window() -> QWidget:
    """Parts that stand in the sheet, one with a sheet of its own, as large as they want to be."""
    made = QWidget()
    bar = QMenuBar(made)
    bar.addMenu("&File")
    corner = QToolButton(bar, text="Find a command")
    corner.setStyleSheet("QToolButton { margin: 3px 8px 3px 0; padding: 2px 8px; font-size: 12px; }")
    bar.setCornerWidget(corner)
    bar.setGeometry(0, 0, 400, 34)
    card = QFrame(made)
    card.setProperty("card", True)
    card.setGeometry(10, 50, 200, 130)
    label = QLabel("Good")
    label.setProperty("role", "good")
    column = QVBoxLayout(card)
    for part in (label, QLineEdit("text"), QPushButton("Press")):
        column.addWidget(part)
    made.resize(420, 200)
    return made


def test_what_stands_takes_another_appearance_and_looks_as_if_it_had_begun_in_it(qapp, qtbot) -> None:
    theme.apply(qapp, "light")
    old = window()
    qtbot.addWidget(old)
    old.show()
    qtbot.waitExposed(old)
    light = old.grab().toImage()
    theme.apply(qapp, "dark")
    qapp.processEvents()
    new = window()
    qtbot.addWidget(new)
    new.show()
    qtbot.waitExposed(new)
    new.setFocus()
    old.setFocus()
    qapp.processEvents()
    assert shade(old, 13, 100) == theme.DARK.panel
    assert old.grab().toImage() == new.grab().toImage()
    theme.apply(qapp, "light")
    qapp.processEvents()
    assert old.grab().toImage() == light


def test_a_window_that_is_built_undressed_looks_the_same(qapp, qtbot) -> None:
    dressed = window()
    with theme.undressed():
        undressed = window()
    for made in (dressed, undressed):
        qtbot.addWidget(made)
        made.show()
        qtbot.waitExposed(made)
        made.setFocus()
    assert qapp.styleSheet() == theme.SHEET
    assert dressed.grab().toImage() == undressed.grab().toImage()


BESIDE_ANOTHER = """
from PySide6.QtGui import QTextDocument
from PySide6.QtWidgets import QApplication, QComboBox, QSpinBox
from gigaplan.gui.style import theme

app = QApplication([])
theme.apply(app, "light")
for _ in range(10):
    others = [kind() for kind in (QSpinBox, QComboBox) for _ in range(60)]
    for widget in others:
        widget.sizeHint()  # asked of its style, but never shown
    with theme.undressed():
        pass
    for widget in others:
        widget.sizeHint()
    del widget
    others.clear()
    taken = [QTextDocument() for _ in range(300)]  # the memory of what is gone
    app.setStyleSheet(app.styleSheet())
print("alive")
"""


def test_what_is_gone_after_a_window_was_built_undressed_is_not_dressed_again() -> None:
    """Qt dressed widgets that were gone: the program ended with a segmentation fault."""
    done = subprocess.run([sys.executable, "-c", BESIDE_ANOTHER], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "alive\n"), done.stderr


def test_icons_are_drawn_in_the_colour_they_are_given(qapp) -> None:
    image = theme.icon("save", "#FF0000").pixmap(32, 32).toImage()
    drawn = {
        image.pixelColor(x, y).name() for x in range(32) for y in range(32) if image.pixelColor(x, y).alpha() == 255
    }
    assert drawn == {"#ff0000"}


def test_figures_are_laid_out_from_left_to_right_whatever_was_asked_for(qapp) -> None:
    """From right to left, "1 210 MW" would read "MW 210 1"."""
    before = qapp.windowIcon()
    qapp.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    try:
        make_application()
        assert qapp.layoutDirection() == Qt.LayoutDirection.LeftToRight
    finally:
        qapp.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        qapp.setWindowIcon(before)


def test_buttons_of_questions_have_words_and_no_pictures(qapp, qtbot) -> None:
    box = QMessageBox()
    qtbot.addWidget(box)
    box.setStandardButtons(QMessageBox.StandardButton.Save | QMessageBox.StandardButton.Cancel)
    box.show()
    assert all(button.icon().isNull() for button in box.buttons())


def test_what_is_not_seen_takes_another_appearance_a_little_later(qapp, qtbot) -> None:
    theme.apply(qapp, "light")
    page = QWidget()
    layout = QVBoxLayout(page)
    seen, unseen = QLabel("seen"), QLabel("unseen")
    for label in (seen, unseen):
        label.setProperty("role", "warning")
        layout.addWidget(label)
    qtbot.addWidget(page)
    page.show()
    qapp.processEvents()
    unseen.hide()
    theme.apply(qapp, "dark")

    def ink(label: QLabel) -> QColor:
        return label.palette().color(label.foregroundRole())

    assert ink(seen) == QColor(theme.DARK.warning)
    qtbot.waitUntil(lambda: ink(unseen) == QColor(theme.DARK.warning))
