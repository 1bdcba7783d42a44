"""Whole tasks, as a person does them: with the mouse and the keys, through the window's own surface alone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt, QTimer
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QDialog,
    QLabel,
    QLineEdit,
    QListView,
    QPushButton,
    QTabBar,
    QTextBrowser,
    QToolButton,
    QTreeView,
)

from engine.plan import find
from gui.explain.panel import ExplainPanel

ROOT = Path(__file__).parents[2]
LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
CONTROL = Qt.KeyboardModifier.ControlModifier


class Person:
    """Two hands and two eyes at one window."""

    def __init__(self, qtbot, window):
        self.bot = qtbot
        self.window = window
        window.activateWindow()
        qtbot.waitUntil(window.isActiveWindow)

    # Eyes

    @property
    def plan(self):
        return self.window.document.plan

    def settled(self):
        """Waits until the figures are those of the plan."""
        assert self.window.wait_until_settled(30)

    def seen(self, kind, name, inside=None):
        """The visible widget of a kind with that accessible name or text."""
        found = [
            w for w in (inside or self.window).findChildren(kind)
            if w.isVisible() and name in (w.accessibleName(), getattr(w, "text", str)().replace("&", ""))
        ]  # fmt: skip
        assert len(found) == 1, (name, [w.accessibleName() for w in self.window.findChildren(kind) if w.isVisible()])
        return found[0]

    def card(self, table, row, part=0.5):
        """Where a card of the map is, in the window; `part` of its width from the left."""
        view = self.window.plan_map.view
        card = view.map_scene.cards[(table, row)]
        rect = view.mapFromScene(card.mapToScene(card.boundingRect())).boundingRect()
        return view.viewport().mapTo(self.window, QPoint(rect.left() + round(rect.width() * part), rect.center().y()))

    # Hands

    def click(self, at, modifier=NONE):
        QTest.mouseMove(self.window.windowHandle(), at)
        QTest.mouseClick(self.window.windowHandle(), LEFT, modifier, at)

    def press(self, widget):
        """Clicks the middle of a widget."""
        self.click(widget.mapTo(self.window, widget.rect().center()))

    def keys(self, key, modifier=NONE):
        QTest.keyClick(self.window.windowHandle(), key, modifier)

    def type(self, text):
        for sign in text:
            QTest.keyClick(self.window.windowHandle(), sign)

    def drag(self, begin, end):
        """Presses at one place, lets go at another."""
        handle = self.window.windowHandle()
        QTest.mouseMove(handle, begin)
        QTest.mousePress(handle, LEFT, NONE, begin)
        for step in (0.1, 0.4, 0.8, 1):
            QTest.mouseMove(handle, begin + (end - begin) * step)
        QTest.mouseRelease(handle, LEFT, NONE, end)
        QApplication.processEvents()

    def carry(self, view, row, end):
        """Drags an entry of a list onto another part of the window.

        The offscreen platform carries nothing from widget to widget: what a window system would deliver is delivered.
        """
        index = view.model().index(row, 0)
        assert index.flags() & Qt.ItemFlag.ItemIsDragEnabled
        begin = view.viewport().mapTo(self.window, view.visualRect(index).center())
        self.drag(begin, begin + QPoint(30, 12))
        under = self.window.childAt(end)
        assert under is not None
        data, at = view.model().mimeData([index]), under.mapFrom(self.window, end)
        copy = Qt.DropAction.CopyAction
        enter, move = QDragEnterEvent(at, copy, data, LEFT, NONE), QDragMoveEvent(at, copy, data, LEFT, NONE)
        drop = QDropEvent(QPointF(at), copy, data, LEFT, NONE)
        for event in (enter, move, drop):
            QApplication.sendEvent(under, event)
            assert event.isAccepted(), type(event).__name__
        QApplication.processEvents()

    def add(self, section, words, at):
        """Finds an entry of the catalogue and drags it onto the map; `at` is a place of the map, 0..1 each way."""
        self.press(self.seen(QToolButton, f"Catalogue: {section}"))
        search = self.seen(QLineEdit, "Search the catalogue")
        self.press(search)
        self.keys(Qt.Key.Key_A, CONTROL)
        self.type(words)
        view = self.seen(QListView, "Catalogue entries")
        assert view.model().rowCount() > 0, words
        area = self.window.plan_map.view
        place = QPoint(round(area.width() * at[0]), round(area.height() * at[1]))
        self.carry(view, 0, area.mapTo(self.window, place))


@pytest.fixture
def person(qtbot, window):
    """A person before the welcome page."""
    return Person(qtbot, window)


@pytest.fixture
def planner(person):
    """A person before the solved plan of one gigawatt."""
    person.window.files.new_from_template("frontier-1gw")
    person.settled()
    return person


def test_a_plan_is_built_from_nothing_with_the_mouse(person):
    """Two chips, their offers, two sites and work are dragged onto the map; wires are forbidden and drawn; it solves."""
    person.press(person.seen(QPushButton, "New empty plan"))
    start = person.plan
    assert not start.workloads
    person.bot.waitUntil(lambda: person.window.catalogue.model.rowCount() > 0)
    person.add("offers", "b200 on demand", (0.5, 0.4))
    person.add("offers", "mi300x", (0.5, 0.6))
    person.add("sites", "ohio", (0.8, 0.4))
    person.add("sites", "virginia", (0.8, 0.6))
    person.add("work", "research", (0.2, 0.5))
    person.settled()
    plan = person.plan
    assert (len(plan.offers), len(plan.sites), len(plan.workloads)) == (2, 2, 1), [o.name for o in plan.offers]
    assert len({p.vendor for p in plan.platforms}) == 2, "an offer brings its chip"
    result = person.window.planner.result
    assert result.status == "optimal"
    assert all(share > 0.99 for share in result.kpis["coverage"].values())
