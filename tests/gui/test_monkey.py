"""A monkey at the window: random hands on the mouse and the keys. Nothing breaks, nothing hangs, all is undone.

GIGAPLAN_MONKEY gives the number of events, GIGAPLAN_SEED the seed; a failure names both.
"""

from __future__ import annotations

import contextlib
import os
import random
import time
import traceback
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt, QTimer
from PySide6.QtGui import QKeyEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QMenu, QMessageBox, QWidget

from gigaplan.gui.style import theme
from tests.timing import seconds

PROJECTS = Path(__file__).parents[2] / "projects"
EVENTS = int(os.environ.get("GIGAPLAN_MONKEY", "100"))
SEED = int(os.environ.get("GIGAPLAN_SEED", "7"))
HARMLESS = (
    # Without a screen the platform says of some wishes, such as to come to the front, that it knows none of them.
    "This plugin does not support",
    # A cell editor that a new plan took away loses the focus afterwards; what it held is dropped, as it should be.
    "QAbstractItemView::commitData called with an editor that does not belong to this view",
    # The monkey aims where the window ended before it was made smaller.
    "Mouse event at ",
)
TIMES_RESTYLED = 3
"""Of twenty things that are done, nineteen keep the window's thread busy no longer than so many changes of the
appearance, its slowest command. Both are the thread's own seconds; the longest may be a drag over many periods."""

_K, _C = Qt.Key, Qt.KeyboardModifier.ControlModifier
_NONE, _SHIFT, _ALT = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.AltModifier
KEYS = [
    *((key, _NONE) for key in (
        _K.Key_Tab, _K.Key_Backtab, _K.Key_Left, _K.Key_Right, _K.Key_Up, _K.Key_Down, _K.Key_Return, _K.Key_Escape,
        _K.Key_Delete, _K.Key_F1, _K.Key_F2, _K.Key_F5, _K.Key_Space, _K.Key_Home, _K.Key_End, _K.Key_PageDown,
        _K.Key_Insert, _K.Key_Backspace,
    )),
    *((key, _C) for key in (
        _K.Key_D, _K.Key_A, _K.Key_0, _K.Key_1, _K.Key_Plus, _K.Key_Minus, _K.Key_C, _K.Key_V, _K.Key_X, _K.Key_S,
        _K.Key_Left, _K.Key_Right, _K.Key_Period, _K.Key_Comma, _K.Key_Y,
    )),
    *((key, _SHIFT) for key in (_K.Key_Up, _K.Key_Down, _K.Key_Right, _K.Key_Tab)),
    *((key, _ALT) for key in (_K.Key_Up, _K.Key_Down, _K.Key_Left, _K.Key_Right)),
    (_K.Key_P, _C | _SHIFT), (_K.Key_Z, _C | _SHIFT),
]  # fmt: skip
TEXTS = (
    "1.2 GW", "=250*4", "$3.2M", "12%", "+10%", "45k", "2027 Q3", "2027-05", "0", "-5", "1e400", "nan", "1/0",
    "=9**9**9", "7 bananas", "<b>bold</b> & more", "Überlast 東京", "x" * 300, "", " ", "EU, US", "chat", "0.5", "3",
)  # fmt: skip


class Monkey:
    """Random events at one window, of one seed; a timer answers what would wait for a person."""

    def __init__(self, window, seed):
        self.window = window
        self.luck = random.Random(seed)
        self.turns: list[tuple[float, str]] = []
        """(seconds of the window's thread, what was done) of every event."""
        self.done: list[str] = []
        self._acting = False
        self._waited = 0
        self._start = window.document.base
        window.document.replaced.connect(self._replaced)
        for id in ("file.quit", "file.new"):
            window.actions_list[id].setEnabled(False)  # one plan, one long history
        self._attendant = QTimer(interval=15)
        self._attendant.timeout.connect(self._attend)
        self._attendant.start()

    def _replaced(self):
        self._start = self.window.document.base

    # What a person would do with a question

    def _attend(self):
        modal, popup = QApplication.activeModalWidget(), QApplication.activePopupWidget()
        if modal is not None:
            self._answer(modal)
        elif popup is not None and self._acting:
            self._choose(popup)
        elif self._acting:
            self._waited += 1
            if self._waited > 3:  # something is being dragged
                handle = self.window.windowHandle()
                QTest.mouseMove(handle, self._point(self.window.plan_map))
                QTest.mouseRelease(handle, Qt.MouseButton.LeftButton, _NONE, self._point(self.window.plan_map))

    def _answer(self, modal):
        self.done.append(f"  answers {type(modal).__name__}")
        if isinstance(modal, QMessageBox) and modal.buttons():
            self.luck.choice(modal.buttons()).click()
        else:
            modal.close()

    def _choose(self, popup):
        if isinstance(popup, QMenu):
            enabled = [action for action in popup.actions() if action.isEnabled() and not action.menu()]
            if enabled and self.luck.random() < 0.6:
                action = self.luck.choice(enabled)
                self.done.append(f"  chooses {action.text()}")
                popup.close()
                # Not from this slot: a timer does not fire inside its own, so a dialog would wait for ever.
                QTimer.singleShot(0, action, action.trigger)
                return
        popup.close()

    # What it does

    def act(self, events):
        """Does so many random things."""
        ways = {
            self.click: 30, self.drag: 16, self.key: 22, self.type: 12, self.wheel: 6, self.command: 5, self.undo: 6,
            self.redo: 2, self.double_click: 3, self.add: 2, self.period: 3, self.menu: 2, self.resize: 1,
        }  # fmt: skip
        names, weights = list(ways), list(ways.values())
        for _ in range(events):
            way = self.luck.choices(names, weights)[0]
            began = time.thread_time()
            self._acting, self._waited = True, 0
            way()
            QApplication.processEvents()
            self._acting = False
            self.turns.append((time.thread_time() - began, self.done[-1] if self.done else ""))

    def _note(self, text):
        self.done.append(text)

    def _place(self):
        w = self.window
        if w.pages.currentIndex() == 0:
            w.pages.setCurrentIndex(1)
        places = [
            w.plan_map, w.plan_map, w.plan_map, w.charts, w.inspector, w.inspector, w.inspector, w.explain, w.lists,
            w.scenarios, w.kpis, w.status, w.problems,
        ]  # fmt: skip
        return self.luck.choice([place for place in places if place.isVisible()])

    def _point(self, widget):
        inside = widget.rect().adjusted(2, 2, -2, -2)
        at = QPoint(
            self.luck.randint(inside.left(), max(inside.left(), inside.right())),
            self.luck.randint(inside.top(), max(inside.top(), inside.bottom())),
        )
        return widget.mapTo(self.window, at) if widget is not self.window else at

    def click(self):
        at = self._point(self._place())
        button = self.luck.choices([Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton], [8, 1])[0]
        modifier = self.luck.choices([_NONE, _C, _SHIFT], [8, 1, 1])[0]
        self._note(f"click {at.x()},{at.y()} {button.name} {modifier}")
        QTest.mouseClick(self.window.windowHandle(), button, modifier, at)

    def double_click(self):
        at = self._point(self._place())
        self._note(f"double click {at.x()},{at.y()}")
        QTest.mouseDClick(self.window.windowHandle(), Qt.MouseButton.LeftButton, _NONE, at)

    def drag(self):
        place = self._place()
        begin = self._point(place)
        end = self._point(place if self.luck.random() < 0.8 else self._place())
        button = self.luck.choices([Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton], [8, 1])[0]
        self._note(f"drag {begin.x()},{begin.y()} to {end.x()},{end.y()}")
        handle = self.window.windowHandle()
        QTest.mousePress(handle, button, _NONE, begin)
        steps = self.luck.randint(2, 6)
        for step in range(1, steps + 1):
            QTest.mouseMove(handle, begin + (end - begin) * step / steps)
        QTest.mouseRelease(handle, button, _NONE, end)

    def wheel(self):
        at = self._point(self._place())
        target = self.window.childAt(at)
        if target is None:
            return
        turn = QPoint(0, self.luck.choice((-240, -120, 120, 240)))
        modifier = self.luck.choice((_NONE, _C))
        self._note(f"wheel {at.x()},{at.y()} {turn.y()}")
        event = QWheelEvent(
            target.mapFrom(self.window, at), self.window.mapToGlobal(at), QPoint(), turn, Qt.MouseButton.NoButton,
            modifier, Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        QApplication.sendEvent(target, event)

    def key(self):
        key, modifier = self.luck.choice(KEYS)
        self._note(f"key {modifier} {key.name}")
        QTest.keyClick(self.window.windowHandle(), key, modifier)

    def type(self):
        fields = [
            w for w in self.window.findChildren(QWidget)
            if w.isVisible() and w.inherits("QLineEdit") and w.isEnabled()
        ]  # fmt: skip
        if fields and self.luck.random() < 0.7:
            self.luck.choice(fields).setFocus(Qt.FocusReason.MouseFocusReason)
        text = self.luck.choice(TEXTS)
        focus = QApplication.focusWidget()
        self._note(f"type {text[:20]!r} into {type(focus).__name__} {focus.accessibleName() if focus else ''}")
        if focus is None:
            return
        QTest.keyClick(focus, _K.Key_A, _C)
        for sign in text:
            self._send(focus, sign)
        QTest.keyClick(self.window.windowHandle(), self.luck.choice((_K.Key_Return, _K.Key_Tab, _K.Key_Escape)))

    def _send(self, widget, sign):
        """A key that writes a sign; QTest knows only those of ASCII."""
        for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
            QApplication.sendEvent(widget, QKeyEvent(kind, 0, _NONE, sign))

    def command(self):
        menu, action = self.luck.choice([(m, a) for m, _, a in self.window.actions_list.all if a.isEnabled()])
        self._note(f"command {menu} > {action.text()}")
        action.trigger()

    def menu(self):
        menus = [action.menu() for action in self.window.menuBar().actions()]
        menu = self.luck.choice(menus)
        self._note(f"menu {menu.title()}")
        menu.popup(self.window.mapToGlobal(QPoint(40, 40)))
        QApplication.processEvents()
        menu.close()

    def undo(self):
        self._note("undo")
        self.window.document.undo_stack.undo()

    def redo(self):
        self._note("redo")
        self.window.document.undo_stack.redo()

    def add(self):
        panel = self.window.catalogue
        if not panel.isVisible() or not panel.model.rowCount():
            return
        panel.list.setCurrentIndex(panel.model.index(self.luck.randrange(panel.model.rowCount())))
        self._note("add from the catalogue")
        QTest.keyClick(panel.list, _K.Key_Return)

    def period(self):
        self._note("period")
        self.window.document.show_period(self.luck.randrange(24))

    def resize(self):
        size = self.luck.choice(((1600, 1000), (1280, 800), (1000, 640)))
        self._note(f"resize {size}")
        self.window.resize(*size)

    def rest(self):
        """Ends what is half typed and half dragged."""
        while QApplication.activePopupWidget() is not None:
            QApplication.activePopupWidget().close()
        if (focus := QApplication.focusWidget()) is not None:
            focus.clearFocus()
        QApplication.processEvents()

    def close(self):
        """Lets nobody attend any more."""
        self._attendant.stop()

    @property
    def start(self):
        """The plan that undoing everything leads to."""
        return self._start


def differing(one, other):
    """The tables in which two plans differ."""
    return [name for name in one.__struct_fields__ if getattr(one, name) != getattr(other, name)]


def in_full(monkey, raised):
    """What was raised, of which seed, and after what."""
    return "\n".join([f"seed {SEED}", *monkey.done[-12:], *("".join(traceback.format_exception(*r)) for r in raised)])


def time_to_restyle(application):
    """Seconds of this thread that one change of the appearance takes at best."""

    def restyle(choice):
        theme.apply(application, choice)
        application.processEvents()

    restyle("light")  # whatever was worn: to change to that costs nothing
    return min(seconds(lambda choice=choice: restyle(choice)) for choice in ("dark", "light") * 2)


@pytest.mark.parametrize("template", ["rainier", "startup"])  # `make faults` has it at the plan of 1 GW too
def test_a_monkey_breaks_nothing_and_all_is_undone(qapp, qtbot, qtlog, window, tmp_path, monkeypatch, template):
    path = tmp_path / "monkey.gigaplan"
    path.write_bytes((PROJECTS / f"{template}.gigaplan").read_bytes())
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *a, **k: ("", ""))
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *a, **k: ("", ""))
    assert window.files.open_path(path)
    assert window.wait_until_solved(300)
    window.activateWindow()
    restyled = time_to_restyle(qapp)
    monkey = Monkey(window, SEED)
    with qtbot.capture_exceptions() as raised, contextlib.closing(monkey):
        began = time.monotonic()
        for _ in range(EVENTS // 2):
            monkey.act(1)
            assert not raised, in_full(monkey, raised)
        took = time.monotonic() - began
        monkey.rest()
    assert not raised, in_full(monkey, raised)
    said = {record.message for record in qtlog.records if not record.message.startswith(HARMLESS)}
    assert not said
    assert window.isVisible()
    stack = window.document.undo_stack
    # The last that it did may have been to undo: the end is where every step is done.
    while stack.canRedo():
        stack.redo()
    end = window.document.base
    while stack.canUndo():
        stack.undo()
    assert differing(window.document.base, monkey.start) == [], (SEED, monkey.done[-12:])
    while stack.canRedo():
        stack.redo()
    assert differing(window.document.base, end) == [], (SEED, monkey.done[-12:])
    turns = sorted(monkey.turns)
    median, most, longest = (turns[int(part * len(turns))][0] for part in (0.5, 0.95, 1 - 1 / len(turns)))
    pace = f"median {median * 1e3:.1f} ms, 95 % within {most * 1e3:.0f} ms, longest {longest * 1e3:.0f} ms"
    print(f"{len(turns)} events in {took:.0f} s, {pace}, {restyled * 1e3:.0f} ms to restyle")
    assert most < TIMES_RESTYLED * restyled, turns[-5:]
