"""Tasks of a planner, each with no more actions than a person may need: a click, a drag, a key, an entry typed."""

from __future__ import annotations

import msgspec
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QLineEdit, QPushButton, QScrollArea

from gigaplan.engine.plan.formulas import formula_of
from gigaplan.engine.plan.plan import Plan
from gigaplan.gui.window.figure_menus import FigureMenus
from tests.gui.small_plans import CHIP, PLAN, RENT, SITE
from tests.gui.test_tasks import CONTROL, LEFT, Person

replace = msgspec.structs.replace
DEAR = replace(RENT, id="dear", name="Dear", price_usd=9.0)
TASK = replace(
    PLAN,
    settings=replace(PLAN.settings, start="2027-01", periods=4, months_per_period=3),
    platforms=(CHIP, replace(CHIP, id="other", name="Other", vendor="AMD", stack="rocm")),
    offers=(replace(RENT, term_months=None), DEAR),
    sites=(replace(SITE, power_mw=1.0),),
)  # fmt: skip


class Counted(Person):
    """A person whose actions are counted; a text with Enter is one."""

    def __init__(self, qtbot, window):
        super().__init__(qtbot, window)
        self.actions = 0

    def click(self, at, modifier=Qt.KeyboardModifier.NoModifier):
        self.actions += 1
        super().click(at, modifier)

    def keys(self, key, modifier=Qt.KeyboardModifier.NoModifier):
        self.actions += 1
        super().keys(key, modifier)

    def drag(self, begin, end):
        self.actions += 1
        super().drag(begin, end)

    def enter(self, text):
        """Types over the text of the field that has the cursor, and enters it."""
        handle = self.window.windowHandle()
        self.actions += 1
        QTest.keyClick(handle, Qt.Key.Key_A, CONTROL)
        for sign in text:
            QTest.keyClick(handle, sign)
        QTest.keyClick(handle, Qt.Key.Key_Return)

    def menu(self, menu, *names):
        """Opens a menu with the right button and chooses in it, an action for each level."""
        self.actions += 1 + len(names)
        for name in names[:-1]:
            menu = next(a.menu() for a in menu.actions() if a.text() == name)
        next(a for a in menu.actions() if a.text() == names[-1]).trigger()

    def field(self, name) -> QLineEdit:
        """The line of a field of the inspector."""
        line = self.window.inspector.rows[name].editor.edit
        assert isinstance(line, QLineEdit)
        return line


@pytest.fixture
def person(one_window, qtbot):
    """A person before a solved plan."""
    one_window.document.start(TASK)
    one_window.show_workspace()
    one_window.show_view("map")
    assert one_window.wait_until_settled(60)
    yield Counted(qtbot, one_window)
    one_window.document.undo_stack.setClean()


def held(person) -> Plan:
    return person.window.document.plan


def test_drag_a_formula_and_undo_take_eight(person) -> None:
    person.click(person.card("workloads", "train"))
    label = person.window.inspector.rows["demand"].label
    begin = label.mapTo(person.window, label.rect().center())
    person.drag(begin, begin + QPoint(40, 0))
    assert held(person).workloads[0].demand > 10
    person.press(person.field("demand"))
    person.enter("=4*2.5 + 2")
    assert held(person).workloads[0].demand == 12
    assert formula_of(held(person), ("workloads", "train", "demand")) == "=4*2.5 + 2"
    person.settled()
    person.keys(Qt.Key.Key_Z, CONTROL)
    person.keys(Qt.Key.Key_Z, CONTROL)
    assert held(person) == TASK
    assert person.actions <= 8


def test_what_breaks_is_mended_within_six(person) -> None:
    """Too little power leaves work unserved: the problem says so, and one click mends it."""
    person.click(person.card("sites", "iowa"))
    person.press(person.field("power_mw"))
    person.enter("0.01")
    person.settled()
    kpis = person.window.planner.result.kpis
    assert kpis["coverage_by_value"] < 1

    def mends():
        return [b for b in person.window.findChildren(QPushButton) if b.isVisible() and "MW" in b.text()]

    person.bot.waitUntil(lambda: bool(mends()), timeout=20_000)
    person.press(mends()[0])
    person.settled()
    assert person.window.planner.result.kpis["coverage_by_value"] == pytest.approx(1)
    assert person.actions <= 6


def test_why_an_offer_is_not_chosen_takes_four(person) -> None:
    person.click(person.card("offers", "dear"))
    explain = person.window.explain
    person.bot.waitUntil(lambda: any("price must fall" in label.text() for label in explain.findChildren(QLabel)))
    button = next(b for b in explain.findChildren(QPushButton) if b.isVisible() and b.text().startswith("Try "))
    person.press(button)
    person.settled()
    assert held(person).offers[1].price_usd < 2.01
    assert person.actions <= 4


def test_three_scenarios_side_by_side_take_fifteen(person) -> None:
    menus: FigureMenus = person.window._figure_menus
    person.click(person.card("workloads", "train"))
    for demand in ("20", "30", "40"):
        person.menu(menus.of_field("demand"), "Change in a scenario", "A new scenario")
        person.enter(demand)
        person.window.document.edit_scenario("")  # the click on Base, counted with the menu
    person.actions += 1
    person.window.compare_all()
    compare = person.window.show_view("compare")
    assert person.window.wait_until_settled(60)
    assert [s.overrides[0].value for s in held(person).scenarios] == [20.0, 30.0, 40.0]
    assert compare.isVisible()
    assert person.actions <= 15


def test_p90_takes_eight(person) -> None:
    menus: FigureMenus = person.window._figure_menus
    person.click(person.card("workloads", "train"))
    person.menu(menus.of_field("demand"), "Mark as uncertain")
    page = person.window.show_view("risk")
    person.bot.waitUntil(page.together.button.isVisible)
    page.findChild(QScrollArea).ensureWidgetVisible(page.together.button)  # a turn of the wheel
    person.actions += 1
    QTest.mouseClick(page.together.button, LEFT)
    person.actions += 1
    person.bot.waitUntil(lambda: page.together.plot.picture is not None, timeout=20_000)
    spread = page.together.plot.picture.spread
    assert spread.p10 < spread.p50 < spread.p90
    assert person.actions <= 8


def test_a_demand_from_a_spreadsheet_in_either_orientation_and_a_chip_take_twelve(person) -> None:
    tables = person.window.show_view("tables")
    person.actions += 2  # the page, and its tab
    tables.show_table("series")
    tables.grid.setFocus()
    QGuiApplication.clipboard().setText("Workload\t2027 Q1\t2027 Q2\t2027 Q3\t2027 Q4\nTrain\t1\t2\t3\t4\n")
    person.keys(Qt.Key.Key_V, CONTROL)
    assert held(person).workloads[0].demand == (1.0, 2.0, 3.0, 4.0)
    QGuiApplication.clipboard().setText("Quarter\tTrain\n2027 Q1\t5\n2027 Q2\t6\n2027 Q3\t7\n2027 Q4\t8\n")
    person.keys(Qt.Key.Key_V, CONTROL)
    QTest.mouseClick(tables.preview.good, LEFT)
    person.actions += 1
    assert held(person).workloads[0].demand == (5.0, 6.0, 7.0, 8.0)
    person.window.show_catalogue()
    person.bot.waitUntil(lambda: person.window.catalogue.model.rowCount() > 0)
    person.enter("B300")
    person.actions += 1  # to the catalogue
    person.keys(Qt.Key.Key_Down)
    person.keys(Qt.Key.Key_Return)
    assert any("B300" in p.name for p in held(person).platforms)
    assert person.actions <= 12
