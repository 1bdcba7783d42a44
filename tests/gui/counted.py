"""Hands whose actions are counted where the window gets them, so that none is forgotten and none counted by hand."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QCheckBox, QComboBox, QFileDialog, QLineEdit, QMenu, QTabBar, QWidget

from tests.gui.test_tasks import CONTROL, LEFT, NONE, Person

MODIFIERS = (Qt.Key.Key_Control, Qt.Key.Key_Shift, Qt.Key.Key_Alt, Qt.Key.Key_Meta, Qt.Key.Key_AltGr)
ENDS = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Tab)
COMMAND = CONTROL | Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.MetaModifier


class Counter(QObject):
    """Counts what a person does: a click or a drag, a chord or key, a turn of the wheel, and what is typed at one go,
    with the Enter or Tab that ends it. It looks at what the system delivers to windows, before any widget does."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.done: list[str] = []
        self._typing = ""

    def begin(self) -> None:
        """Counts anew."""
        self.done, self._typing = [], ""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if kind not in (QEvent.Type.MouseButtonPress, QEvent.Type.ShortcutOverride, QEvent.Type.Wheel):
            return False
        if not watched.isWindowType():  # on its way to a widget it was counted
            return False
        if isinstance(event, QKeyEvent):
            self._take_key(event)
        elif kind != QEvent.Type.Wheel or self.done[-1:] != ["wheel"]:
            self._typing = ""
            self.done.append("click" if kind == QEvent.Type.MouseButtonPress else "wheel")
        return False

    def _take_key(self, event: QKeyEvent) -> None:
        key, has_command = event.key(), bool(event.modifiers() & COMMAND)
        if key in MODIFIERS:
            return
        writes = bool(event.text()) and event.text().isprintable() and not has_command
        if self._typing and (writes or (key in ENDS and not has_command)):
            self._typing = self._typing + event.text() if writes else ""
            if writes:
                self.done[-1] = f"type {self._typing}"
            return
        self._typing = event.text() if writes else ""
        self.done.append(f"type {self._typing}" if writes else f"key {Qt.Key(key).name}")


class Counted(Person):
    """A person whose actions are counted."""

    def __init__(self, qtbot, window, counter: Counter):
        super().__init__(qtbot, window)
        self.counter = counter
        counter.begin()

    def front(self) -> None:
        """What a window system does when a box is gone: the window under it has the keys again."""
        if QApplication.activeWindow() is None:
            self.window.activateWindow()
            self.bot.waitUntil(self.window.isActiveWindow)

    def click(self, at, modifier=NONE):
        self.front()
        super().click(at, modifier)

    def keys(self, key, modifier=NONE):
        self.front()
        super().keys(key, modifier)

    @property
    def actions(self) -> int:
        return len(self.counter.done)

    def at_most(self, count: int) -> None:
        """Fails where more was done."""
        assert self.actions <= count, self.counter.done

    def enter(self, text: str) -> None:
        """Types over the text of the field that has the cursor, and enters it."""
        line = QApplication.focusWidget()
        if not isinstance(line, QLineEdit) or line.selectedText() != line.text():
            self.keys(Qt.Key.Key_A, CONTROL)
        self.type(text)
        self.keys(Qt.Key.Key_Return)

    def press_in(self, widget: QWidget, at: QPoint, button=LEFT) -> None:
        """Clicks into a widget of any window, a menu or a dialog too."""
        QApplication.processEvents()
        self.front()
        top = widget.window()
        QTest.mouseClick(top.windowHandle(), button, NONE, widget.mapTo(top, at))

    def push(self, widget: QWidget) -> None:
        """Clicks the middle of a widget of any window; of a check box its box."""
        middle = widget.rect().center()
        self.press_in(widget, QPoint(10, middle.y()) if isinstance(widget, QCheckBox) else middle)

    def right_click(self, widget: QWidget, at: QPoint | None = None) -> QMenu:
        """Clicks with the right button: the menu that comes."""
        self.press_in(widget, widget.rect().center() if at is None else at, Qt.MouseButton.RightButton)
        self.bot.waitUntil(lambda: isinstance(QApplication.activePopupWidget(), QMenu))
        menu = QApplication.activePopupWidget()
        assert isinstance(menu, QMenu)
        return menu

    def choose(self, menu: QMenu, *names: str) -> None:
        """Clicks an entry of an open menu; the last of `names` may be of a menu within."""
        for name in names:
            found = [a for a in menu.actions() if a.text().replace("&", "").rstrip("…") == name.rstrip("…")]
            assert len(found) == 1, (name, [a.text() for a in menu.actions()])
            assert found[0].isEnabled(), name
            within = found[0].menu()
            self.press_in(menu, menu.actionGeometry(found[0]).center())
            if isinstance(within, QMenu):
                self.bot.waitUntil(within.isVisible)
                menu = within
        QApplication.processEvents()

    def command(self, menu: str, *names: str) -> None:
        """Clicks a menu of the menu bar, and an entry in it."""
        bar = self.window.menuBar()
        action = next(a for a in bar.actions() if a.text().replace("&", "") == menu)
        self.press_in(bar, bar.actionGeometry(action).center())
        self.choose(action.menu(), *names)

    def tab(self, tabs: QTabBar, text: str) -> None:
        """Clicks a tab."""
        at = next(k for k in range(tabs.count()) if tabs.tabText(k) == text)
        self.press_in(tabs, tabs.tabRect(at).center())

    def pick(self, box: QComboBox, text: str) -> None:
        """Clicks a box, and an entry of its list."""
        self.push(box)
        view = box.view()
        self.bot.waitUntil(view.isVisible)
        index = box.model().index(box.findText(text), box.modelColumn())
        view.scrollTo(index)
        self.press_in(view.viewport(), view.visualRect(index).center())

    def wheel_to(self, area: QWidget, widget: QWidget) -> None:
        """Turns the wheel over a scrolled part until a widget is in sight."""
        view, top = area.viewport(), area.window()
        for _ in range(100):
            QApplication.processEvents()
            middle = widget.mapTo(view, widget.rect().center())
            if view.rect().contains(middle):
                return
            step = QPoint(0, -120 if middle.y() > view.height() else 120)
            QTest.wheelEvent(top.windowHandle(), QPointF(view.mapTo(top, view.rect().center())), step)
        raise AssertionError("it does not come into sight")

    def answering(self, kind: type, do: Callable[[QWidget], None]) -> None:
        """Does something with the next box of a kind that comes and waits: asked before what makes it come."""

        def look() -> None:
            box = QApplication.activeModalWidget()
            if isinstance(box, kind) and box.isVisible() and box.windowHandle() is not None:
                timer.stop()
                do(box)

        timer = QTimer(self.window, interval=20)
        timer.timeout.connect(look)
        timer.start()

    def naming(self, name: str) -> None:
        """Types a name into the next file dialog, and enters it."""

        def enter(box: QWidget) -> None:
            for sign in name:
                QTest.keyClick(box.windowHandle(), sign)
            QTest.keyClick(box.windowHandle(), Qt.Key.Key_Return)

        self.answering(QFileDialog, enter)
