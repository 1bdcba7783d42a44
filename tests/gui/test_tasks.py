"""Whole tasks, as a person does them: with the mouse and the keys, through the window's own surface alone."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt, QTimer
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QDialog,
    QLabel,
    QLineEdit,
    QListView,
    QPushButton,
    QTextBrowser,
    QToolButton,
    QTreeView,
)

from gigaplan.engine.plan.plan import find, with_fields, with_settings
from gigaplan.engine.storage.templates import load_template
from gigaplan.gui.views.explain.panel import ExplainPanel
from gigaplan.gui.views.welcome.first_plan_dialog import FirstPlan
from tests.gui.x_server import Screen, x_server

ROOT = Path(__file__).parents[2]
UNUSED = "b200_1y"
"""An offer that the start-up's plan has no use for."""
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
        assert self.window.wait_until_solved(300)

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

    def wire(self, offer, site):
        """Where the ribbon from an offer to a site is: in the middle of its way."""
        view = self.window.plan_map.view
        item = next(i for w, i in view.map_scene.ribbons.items() if (w.kind, w.start, w.end) == ("stand", offer, site))
        return view.viewport().mapTo(self.window, view.mapFromScene(item.sceneBoundingRect().center()))

    def handle(self, table, row):
        """Where the handle of a card is, from which wires are drawn."""
        view = self.window.plan_map.view
        box = view.map_scene.boxes[(table, row)]
        return view.viewport().mapTo(self.window, view.mapFromScene(box.x + box.width - 1, box.middle))

    # Hands

    def click(self, at, modifier=NONE):
        QTest.mouseMove(self.window.windowHandle(), at)
        QTest.mouseClick(self.window.windowHandle(), LEFT, modifier, at)

    def press(self, widget):
        """Clicks the middle of a widget, once it has its place."""
        QApplication.processEvents()
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
    """A person before the solved plan of a start-up whose sites have little power."""
    plan = load_template("startup")
    for site in plan.sites:
        plan = with_fields(plan, "sites", site.id, power_mw=0.2)
    person.window.document.start(plan)
    person.window.files.opened.emit()
    person.settled()
    return person


def test_a_plan_is_built_from_nothing_with_the_mouse(person):
    """Offers, sites and work are dragged onto the map, which solves; a wire goes and comes back; all is undone."""
    person.press(person.seen(QPushButton, "New plan…"))
    (questions,) = person.window.findChildren(FirstPlan)
    QTest.mouseClick(questions.empty_button, LEFT)
    person.bot.waitUntil(person.window.isActiveWindow)
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
    assert (len(plan.offers), len(plan.sites), len(plan.workloads)) == (2, 3, 1), [o.name for o in plan.offers]
    assert sum(s.power_mw is None for s in plan.sites) == 1, "what is rented brings its region, once"
    assert len({p.vendor for p in plan.platforms}) == 2, "an offer brings its chip"
    result = person.window.planner.result
    assert result.status == "optimal"
    assert all(share > 0.99 for share in result.kpis["coverage"].values())
    steps = person.window.document.undo_stack.count()
    assert steps == 5

    # A chosen ribbon goes with Delete; a wire drawn from card to card brings it back.
    offer, site = _busiest_stand(person)
    person.click(person.wire(offer, site))
    person.keys(Qt.Key.Key_Delete)
    assert site not in _sites_of(person.plan, offer)
    person.settled()
    person.drag(person.handle("offers", offer), person.card("sites", site))
    assert site in _sites_of(person.plan, offer)

    # Rename, duplicate, delete; then everything is undone with the keys alone.
    person.click(person.card("offers", offer))
    person.keys(Qt.Key.Key_F2)
    person.keys(Qt.Key.Key_A, CONTROL)
    person.type("The cheap one")
    person.keys(Qt.Key.Key_Return)
    assert find(person.plan, "offers", offer).name == "The cheap one"
    person.keys(Qt.Key.Key_D, CONTROL)
    assert [o.name for o in person.plan.offers].count("The cheap one copy") == 1
    person.keys(Qt.Key.Key_Delete)
    assert len(person.plan.offers) == 2
    steps = person.window.document.undo_stack.count()
    assert steps == 10
    for _ in range(steps):
        person.keys(Qt.Key.Key_Z, CONTROL)
    assert person.plan == start
    assert not person.window.isWindowModified()


def _busiest_stand(person):
    flows = person.window.plan_map.view.map_scene.flows
    wire = max((w for w in flows if w.kind == "stand"), key=flows.get)
    return wire.start, wire.end


def _sites_of(plan, offer):
    sites = find(plan, "offers", offer).sites
    return [s.id for s in plan.sites] if sites == "*" else list(sites)


def test_what_a_view_commits_in_the_midst_of_an_undo_is_not_taken(planner):
    """Half-typed text, say, that goes in because the plan turned: redo would be lost, or undo never end."""
    document = planner.window.document
    start = planner.plan
    document.apply(with_settings(start, name="one"), "Rename")
    edited = document.plan

    def commit(_before, after):
        document.apply(with_settings(after, notes=f"{after.settings.notes} half-typed"), "Late")

    document.changed.connect(commit)
    document.undo_stack.undo()
    assert document.plan == start
    document.undo_stack.redo()
    assert document.plan == edited
    document.start(start)
    document.changed.disconnect(commit)
    assert document.plan == start
    assert not document.undo_stack.canUndo()


def test_why_an_offer_is_not_chosen(person):
    """Its card is clicked: the explanation says so, with the price at which it would be; the sentence leads there."""
    person.window.files.new_from_template("startup")
    person.settled()
    person.click(person.card("offers", UNUSED))
    person.settled()
    explain = person.window.findChild(ExplainPanel)
    said = [label for label in explain.findChildren(QLabel) if label.isVisible()]
    assert said[0].text() == "Why this offer?"
    assert any("is not in the plan: its price must fall by" in label.text() for label in said)
    leading = next(label for label in said if label.focusPolicy() & Qt.FocusPolicy.TabFocus)
    person.press(leading)
    assert person.window.inspector.isAncestorOf(QApplication.focusWidget())
    assert person.window.document.selection.ids == (UNUSED,)


def test_a_rule_that_cannot_be_kept_is_remedied_by_one_click(planner):
    """A policy is added in the outline, made too strict in the inspector, and put right by a click; all is undone."""
    start = planner.plan
    tabs = planner.window.lists.tabBar()
    planner.click(tabs.mapTo(planner.window, tabs.tabRect(1).center()))
    tree = planner.seen(QTreeView, "The rows of the plan")
    group = next(
        i for k in range(tree.model().rowCount()) if (i := tree.model().index(k, 0)).data().startswith("Polic")
    )
    tree.setFocus()
    tree.setCurrentIndex(group)
    planner.keys(Qt.Key.Key_Insert)
    assert len(planner.plan.policies) == len(start.policies) + 1
    rule = planner.plan.policies[-1].id
    assert planner.window.document.selection.ids == (rule,)

    _choose(planner, "Kind", "coverage")
    for label, text in (("Applies to", "product"), ("Limit", "100 %")):
        planner.press(planner.seen(QLineEdit, label))
        planner.keys(Qt.Key.Key_A, CONTROL)
        planner.type(text)
        planner.keys(Qt.Key.Key_Return)
    found = find(planner.plan, "policies", rule)
    assert (found.kind, found.scope, found.limit) == ("coverage", "product", 1.0)

    planner.bot.waitUntil(lambda: planner.window.planner.result.status == "infeasible", timeout=60_000)
    explain = planner.window.explain

    def remedies():
        return [button for button in explain.findChildren(QPushButton) if button.isVisible()]

    planner.bot.waitUntil(lambda: bool(remedies()), timeout=60_000)
    assert any("MW at Colocation" in button.text() for button in remedies())
    wanted = remedies()[0].text()
    planner.press(remedies()[0])
    planner.bot.waitUntil(lambda: planner.window.planner.result.status == "optimal", timeout=60_000)
    assert planner.window.document.undo_stack.undoText().lower() == f"apply remedy: {wanted}".lower()
    while planner.window.document.undo_stack.canUndo():
        planner.keys(Qt.Key.Key_Z, CONTROL)
    assert planner.plan == start


def _choose(person, label, words):
    """Chooses a value of a list with the keys: to its beginning, then down."""
    combo = person.seen(QComboBox, label)
    combo.setFocus(Qt.FocusReason.TabFocusReason)
    person.keys(Qt.Key.Key_Home)
    for _ in range(combo.count()):
        if combo.currentText() == words:
            return
        person.keys(Qt.Key.Key_Down)
    raise AssertionError([combo.itemText(k) for k in range(combo.count())])


def test_f1_shows_the_field_that_has_the_cursor(planner):
    """F1 in the field of the peak factor opens the reference with that field marked, in the section of workloads."""
    planner.click(planner.card("workloads", "product"))
    planner.press(planner.seen(QLineEdit, "Peak factor"))
    marked = []

    def look():
        dialog = QApplication.activeModalWidget()
        if not isinstance(dialog, QDialog):
            return
        page = next(p for p in dialog.findChildren(QTextBrowser) if p.isVisible())
        marked.append((page.textCursor().selectedText(), page.viewport().rect().contains(page.cursorRect())))
        dialog.close()

    timer = QTimer(interval=50)
    timer.timeout.connect(look)
    timer.start()
    planner.keys(Qt.Key.Key_F1)
    timer.stop()
    assert marked == [("peak_factor", True)]


@pytest.mark.xvfb
def test_the_program_starts_on_a_screen_and_closes(tmp_path):
    """The program itself, on an X server of its own: its window comes with the plan's name, and closes when asked."""
    with x_server() as (_, display):
        environment = {key: value for key, value in os.environ.items() if not key.startswith("QT_")}
        environment |= {"DISPLAY": display, "QT_QPA_PLATFORM": "xcb", "XDG_DATA_HOME": str(tmp_path / "data"),
                        "XDG_CONFIG_HOME": str(tmp_path / "config"), "XDG_RUNTIME_DIR": str(tmp_path)}  # fmt: skip
        plan = tmp_path / "one-gigawatt.gigaplan"
        plan.write_bytes((ROOT / "projects" / "frontier-1gw.gigaplan").read_bytes())
        with subprocess.Popen([sys.executable, "-m", "gigaplan.gui", str(plan)], cwd=ROOT, env=environment) as program:
            try:
                screen = Screen(display)
                window = screen.wait_for("one-gigawatt", 120, program)
                screen.close(window)
                assert program.wait(60) == 0
            finally:
                program.kill()
