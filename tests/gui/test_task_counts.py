"""Tasks of a planner, each with no more actions than a person may need; the window's own events are counted."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from PySide6.QtCore import QPoint, QSettings, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QMessageBox, QPushButton, QScrollArea

from gigaplan.engine.plan.formulas import formula_of
from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.plan.timeline import Timeline
from gigaplan.engine.storage.load import open_plan
from gigaplan.engine.storage.templates import template_names
from gigaplan.gui.views.welcome.first_plan_dialog import FirstPlan
from tests.gui.counted import Counted, Counter
from tests.gui.small_plans import CHIP, PLAN, RENT, SITE
from tests.gui.test_tasks import CONTROL

replace = msgspec.structs.replace
SHIFT = Qt.KeyboardModifier.ShiftModifier
DEAR = replace(RENT, id="dear", name="Dear", price_usd=9.0)
TASK = replace(
    PLAN,
    settings=replace(PLAN.settings, start="2027-01", periods=4, months_per_period=3),
    platforms=(CHIP, replace(CHIP, id="other", name="Other", vendor="AMD", stack="rocm")),
    offers=(replace(RENT, term_months=None), DEAR),
    sites=(replace(SITE, power_mw=1.0),),
)  # fmt: skip


@pytest.fixture
def at_welcome(one_window, qtbot, qapp):
    """A person before the first page; every action is counted from here on."""
    one_window.pages.setCurrentIndex(0)
    counter = Counter(one_window)
    qapp.installEventFilter(counter)
    yield Counted(qtbot, one_window, counter)
    qapp.removeEventFilter(counter)
    for popup in (QApplication.activePopupWidget(), QApplication.activeModalWidget()):
        if popup is not None:
            popup.close()
    one_window.document.edit_scenario("")
    one_window.document.undo_stack.setClean()


@pytest.fixture
def person(at_welcome):
    """A person before a solved plan."""
    window = at_welcome.window
    window.document.start(TASK)
    window.show_workspace()
    window.show_view("map")
    assert window.wait_until_settled(60)
    return at_welcome


def held(person) -> Plan:
    return person.window.document.plan


def field(person, name: str) -> QLineEdit:
    """The line of a field of the inspector, in sight."""
    line = person.window.inspector.rows[name].editor.edit
    assert isinstance(line, QLineEdit)
    return line


def said(person) -> str:
    return "\n".join(label.text() for label in person.window.explain.findChildren(QLabel) if label.isVisible())


def test_which_chips_run_in_a_quarter_and_why_takes_six(at_welcome) -> None:
    person, window = at_welcome, at_welcome.window
    at = next(k for k, template in enumerate(template_names()) if template.name == "startup")
    person.push(window.welcome.cards[at])
    assert window.wait_until_settled(60)
    quarter = Timeline.of(held(person).settings).labels.index("2027 Q3")
    card = window.charts.cards[0]
    chips = {line.key: line.values[quarter] for line in card.picture.lines}
    most = max(chips, key=chips.get)
    below = sum(line.values[quarter] for line in card.picture.lines[: list(chips).index(most)])
    person.press_in(card.plot.viewport(), card.plot.pixel_of(quarter, below + chips[most] / 2).toPoint())
    person.bot.waitUntil(lambda: "2027 Q3" in said(person))
    assert window.document.period == quarter
    assert window.document.selection.ids
    person.at_most(6)


def test_a_plan_from_nothing_takes_twenty_five(at_welcome) -> None:
    """Two vendors, a thousand chips, serving and training, two sites of one's own, no vendor above 60 %."""
    person, window = at_welcome, at_welcome.window
    person.push(window.welcome.new_button)
    (asked,) = window.findChildren(FirstPlan)
    person.push(asked.works["pretraining"][0])
    person.push(asked.all_chips)
    for chip in ("nvidia_b300", "amd_mi355x"):
        person.wheel_to(asked.list, asked.chips[chip])
        person.push(asked.chips[chip])
    person.pick(asked.years, "1 year")
    person.push(asked.make_button)
    person.bot.waitUntil(lambda: window.pages.currentIndex() == 1)
    person.settled()
    skip = [b for b in window.findChildren(QPushButton) if b.isVisible() and b.text() == "Skip"]
    if skip:  # the tour, the first time
        person.push(skip[0])
    person.push(window.catalogue._buttons["site"])
    person.keys(Qt.Key.Key_A, CONTROL | SHIFT)
    person.type("dublin")
    person.keys(Qt.Key.Key_Down)
    person.keys(Qt.Key.Key_Return)
    person.keys(Qt.Key.Key_P, CONTROL | SHIFT)
    person.type("add policy")
    person.keys(Qt.Key.Key_Return)
    person.press(field(person, "limit"))
    person.enter("60")
    plan = held(person)
    assert [(p.kind, p.dimension, p.limit) for p in plan.policies] == [("share", "vendor", 0.6)]
    assert len([s for s in plan.sites if s.power_mw is not None]) == 2
    assert {w.kind for w in plan.workloads} == {"pretraining", "inference"}
    person.settled()
    chips = window.planner.result.series("chips", "vendor")
    assert set(chips) >= {"NVIDIA", "AMD"}
    assert sum(chips.values()).max() > 1000, chips
    person.at_most(25)


def test_drag_a_formula_and_undo_take_eight(person) -> None:
    person.click(person.card("workloads", "train"))
    label = person.window.inspector.rows["demand"].label
    begin = label.mapTo(person.window, label.rect().center())
    person.drag(begin, begin + QPoint(40, 0))
    assert held(person).workloads[0].demand > 10
    person.press(field(person, "demand"))
    person.enter("=4*2.5 + 2")
    assert held(person).workloads[0].demand == 12
    assert formula_of(held(person), ("workloads", "train", "demand")) == "=4*2.5 + 2"
    person.settled()
    person.keys(Qt.Key.Key_Z, CONTROL)
    person.keys(Qt.Key.Key_Z, CONTROL)
    assert held(person) == TASK
    person.at_most(8)


def test_what_breaks_is_mended_within_six(person) -> None:
    """Too little power leaves work unserved: the problem says so, and one click mends it."""
    person.click(person.card("sites", "iowa"))
    person.press(field(person, "power_mw"))
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
    person.at_most(6)


def test_why_an_offer_is_not_chosen_takes_four(person) -> None:
    person.click(person.card("offers", "dear"))
    explain = person.window.explain
    person.bot.waitUntil(lambda: "price must fall" in said(person))
    button = next(b for b in explain.findChildren(QPushButton) if b.isVisible() and b.text().startswith("Try "))
    person.press(button)
    person.settled()
    assert held(person).offers[1].price_usd < 2.01
    person.at_most(4)


def test_three_scenarios_side_by_side_take_fifteen(person) -> None:
    person.click(person.card("workloads", "train"))
    for demand in ("20", "30", "40"):
        label = person.window.inspector.rows["demand"].label
        person.choose(person.right_click(label), "Change in a scenario", "A new scenario")
        person.enter(demand)
    person.command("Scenario", "Compare scenarios")
    assert person.window.wait_until_settled(60)
    assert [s.overrides[0].value for s in person.window.document.base.scenarios] == [20.0, 30.0, 40.0]
    compare = person.window.views.page("compare")
    assert compare.isVisible()
    assert len(compare.chosen) == 4
    person.at_most(15)


def test_p90_takes_eight(person) -> None:
    person.click(person.card("workloads", "train"))
    person.choose(person.right_click(person.window.inspector.rows["demand"].label), "Mark as uncertain")
    page = person.window.views.page("risk")
    person.bot.waitUntil(page.together.button.isVisible)
    person.wheel_to(page.findChild(QScrollArea), page.together.button)
    person.push(page.together.button)
    person.bot.waitUntil(lambda: page.together.plot.picture is not None and not page.outcomes.is_drawing)
    spread = page.together.plot.picture.spread
    assert spread.p10 < spread.p50 < spread.p90
    person.at_most(8)


def test_a_demand_from_a_spreadsheet_in_either_orientation_and_a_chip_take_twelve(person) -> None:
    person.tab(person.window.views.tabBar(), "Tables")
    tables = person.window.views.page("tables")
    person.tab(tables.tabs, "Series")
    QGuiApplication.clipboard().setText("Workload\t2027 Q1\t2027 Q2\t2027 Q3\t2027 Q4\nTrain\t1\t2\t3\t4\n")
    person.press(tables.grid)
    person.keys(Qt.Key.Key_V, CONTROL)
    assert held(person).workloads[0].demand == (1.0, 2.0, 3.0, 4.0)
    QGuiApplication.clipboard().setText("Quarter\tTrain\n2027 Q1\t5\n2027 Q2\t6\n2027 Q3\t7\n2027 Q4\t8\n")
    person.keys(Qt.Key.Key_V, CONTROL)
    person.push(tables.preview.good)
    assert held(person).workloads[0].demand == (5.0, 6.0, 7.0, 8.0)
    person.push(person.window.catalogue._buttons["platform"])
    person.keys(Qt.Key.Key_A, CONTROL | SHIFT)
    person.type("B300")
    person.keys(Qt.Key.Key_Down)
    person.keys(Qt.Key.Key_Return)
    assert any("B300" in p.name for p in held(person).platforms)
    person.at_most(12)


def test_board_papers_take_eight(person, tmp_path: Path) -> None:
    """The report as a PDF, the workbook, and a chart on the clipboard."""
    QSettings().setValue("sheets_folder", str(tmp_path))
    window = person.window
    for entry, name, task in (
        ("Export a report as PDF", "board.pdf", window.report),
        ("Export as workbook", "board.xlsx", window.exports),
    ):
        person.naming(name)
        person.command("File", entry)
        person.bot.waitUntil((tmp_path / name).exists)
        person.bot.waitUntil(lambda task=task: not task.task.is_busy)
    QGuiApplication.clipboard().clear()
    person.choose(person.right_click(window.charts.cards[1].plot.viewport()), "Copy as picture")
    assert not QGuiApplication.clipboard().image().isNull()
    assert (tmp_path / "board.pdf").read_bytes()[:4] == b"%PDF"
    person.at_most(8)


def test_files_take_fourteen(person, tmp_path: Path) -> None:
    """Saved, edited, saved again, a copy; another plan, with what was edited kept; and back to the first."""
    QSettings().setValue("folder", str(tmp_path))
    window, path, copy = person.window, tmp_path / "mine.gigaplan", tmp_path / "copy.gigaplan"
    person.naming("mine")
    person.keys(Qt.Key.Key_S, CONTROL)
    assert window.document.path == path
    person.click(person.card("workloads", "train"))
    person.press(field(person, "demand"))
    person.enter("11")
    assert held(person).workloads[0].demand == 11
    person.keys(Qt.Key.Key_S, CONTROL)
    assert open_plan(path).plan.workloads[0].demand == 11
    person.naming("copy")
    person.command("File", "Save a Copy")
    assert open_plan(copy).plan.workloads[0].demand == 11
    person.enter("12")  # the cursor is in the field still
    person.answering(QMessageBox, lambda box: person.push(box.button(QMessageBox.StandardButton.Save)))
    person.naming("copy.gigaplan")
    person.keys(Qt.Key.Key_O, CONTROL)
    person.bot.waitUntil(lambda: window.document.path == copy)
    assert open_plan(path).plan.workloads[0].demand == 12
    person.settled()
    person.at_most(14)
