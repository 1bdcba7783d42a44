"""What a right click offers on fields, cards, lines of the outline, cells and bars: one set of commands everywhere."""

from __future__ import annotations

import msgspec
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent, QGuiApplication
from PySide6.QtWidgets import QApplication, QMenu

from gigaplan.engine.analysis.uncertainty import with_uncertain
from gigaplan.engine.plan.annotations import annotated, annotation_of
from gigaplan.engine.plan.formulas import recomputed
from gigaplan.engine.plan.schema import Override, Scenario
from gigaplan.gui.views.help.reference import ReferencePage, words
from gigaplan.gui.window.figure_menus import CommentDialog
from tests.gui.small_plans import full_plan


@pytest.fixture(scope="module")
def solved(one_window):
    one_window.document.start(full_plan())
    one_window.show_workspace()
    assert one_window.wait_until_settled(60)
    return one_window


@pytest.fixture
def work(solved):
    """The window, with nothing undone left from the test before."""
    yield solved
    while solved.document.undo_stack.canUndo():
        solved.document.undo_stack.undo()
    solved.document.edit_scenario("")


FIELD = ["Explain", "Copy with unit", "Goal seek…", "Mark as uncertain", "Change in a scenario", "Lock", "Comment…"]


def texts(menu: QMenu) -> list[str]:
    return [action.text() for action in menu.actions() if not action.isSeparator()]


def named(menu: QMenu, text: str):
    return next(action for action in menu.actions() if action.text() == text)


def test_a_card_a_line_and_a_field_offer_the_same(work) -> None:
    site = work.document.plan.sites[0]
    work.document.select("sites", (site.id,))
    card = work.plan_map.view.menus.of_selection()[0]
    assert texts(named(card, "Facility power").menu()) == [*FIELD, "Show on the map"]
    of_line = QMenu()
    work.outline.more(of_line, "sites", site.id)
    assert texts(named(of_line, "Facility power").menu()) == [*FIELD, "Show on the map"]
    of_field = work._figure_menus.of_field("pue")
    assert texts(of_field) == [*FIELD, "Show on the map"]
    named(of_field, "Copy with unit").trigger()
    assert QGuiApplication.clipboard().text() == f"{site.pue:g} ×"
    of_field.close()


def test_lock_comment_and_change_in_a_scenario(work) -> None:
    site = work.document.plan.sites[0]
    work.document.select("sites", (site.id,))
    place = ("sites", site.id, "pue")
    named(work._figure_menus.of_field("pue"), "Lock").trigger()
    assert annotation_of(work.document.plan, place).locked
    menu = work._figure_menus.of_field("pue")
    assert "Unlock" in texts(menu)
    named(menu, "Comment…").trigger()
    (dialog,) = work.findChildren(CommentDialog)
    dialog.text.setPlainText(" As built. ")
    dialog.accept()
    assert annotation_of(work.document.plan, place).comment == "As built."
    named(work._figure_menus.of_field("pue"), "Unlock").trigger()
    assert not annotation_of(work.document.plan, place).locked
    before = len(work.document.base.scenarios)
    named(named(work._figure_menus.of_field("pue"), "Change in a scenario").menu(), "A new scenario").trigger()
    assert len(work.document.base.scenarios) == before + 1
    assert work.document.scenario is not None
    assert work.inspector.rows["pue"].editor.isAncestorOf(QApplication.focusWidget())


def test_a_right_click_in_a_field_with_the_cursor_keeps_its_clipboard(work) -> None:
    work.document.select("sites", (work.document.plan.sites[0].id,))
    work.activateWindow()
    work.go_to_field("pue")
    line = work.inspector.rows["pue"].editor.edit
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, QPoint(4, 4), line.mapToGlobal(QPoint(4, 4)))
    QApplication.sendEvent(line, event)
    (menu,) = [m for m in work.findChildren(QMenu) if m.isVisible()]
    assert texts(menu)[:4] == ["Cut", "Copy", "Paste", "Explain"]
    menu.close()


def test_a_cell_and_a_bar_offer_it_too(work, qtbot) -> None:
    tables = work.show_view("tables")
    tables.show_table("sites")
    tables.grid.setCurrentIndex(tables.grid.sheet_model.index(0, 3))
    tables._show_menu(QPoint(0, 0))
    (menu,) = [m for m in tables.grid.findChildren(QMenu) if m.isVisible()]
    label = tables.grid.sheet_model.sheet.fields[3].label
    assert "Lock" in texts(named(menu, label).menu())
    menu.close()
    work.show_view("map")
    card = next(c for c in work.charts.cards if getattr(c, "picture", None) and c.picture.lines)
    line = card.picture.lines[0]
    menu = QMenu()
    card.add_pointed(menu, 0, line.key)
    said = texts(menu)
    assert said[0] == f"Explain {line.label}, {card.picture.columns[0]}"


def test_the_outline_is_searched(work, qtbot) -> None:
    outline = work.outline
    work.lists.setCurrentWidget(outline)
    outline.tree.setFocus()
    qtbot.keyClick(outline.tree, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    assert outline.find_line.isVisible()
    name = work.document.plan.sites[-1].name
    qtbot.keyClicks(outline.find_line, name[:4])
    assert name[:4].lower() in str(outline.tree.currentIndex().data()).lower()
    assert not outline._find("nothing is called so", 1)
    qtbot.keyClick(outline.find_line, Qt.Key.Key_Escape)
    assert outline.find_line.isHidden()


def test_words_are_found_and_shown(work, qtbot) -> None:
    assert any(term == "P10, P50, P90" for term, _ in words())
    palette = work.palette_list
    palette.open()
    qtbot.keyClicks(palette.search, "p90")
    found = [palette.found.index(k).data() for k in range(palette.found.rowCount())]
    assert any(text.startswith("P10, P50, P90: ") for text in found)
    palette.leave()
    reference = ReferencePage(work)
    reference.tabs.setCurrentIndex(3)
    reference.search.setText("P10, P50, P90")
    reference.find_next()
    assert reference.page.textCursor().selectedText() == "P10, P50, P90"
    reference.deleteLater()


def test_explain_of_a_field_shows_where_it_comes_from(work) -> None:
    """Its value and source; of a formula what that needs, each to be opened further."""
    site = work.document.plan.sites[0]
    place = ("sites", site.id, "power_mw")
    plan = recomputed(annotated(work.document.plan, [place], formula=f"=pue({site.id})*7 + demand(train)*0"))
    work.document.apply(plan, "Formula")
    assert work.wait_until_settled(60)
    menu = work._figure_menus.add_field(QMenu(), "sites", (site.id,), "power_mw")
    named(menu, "Explain").trigger()
    tree = work.explain._tree
    assert tree.isVisible()
    shown = tree._model.nodes[0]
    assert (shown.value, shown.operation, shown.formula) == (7.0, "formula", f"=pue({site.id})*7 + demand(train)*0")
    assert [(child.table, child.row, child.field) for child in shown.children] == [
        ("sites", site.id, "pue"), ("workloads", "train", "demand"),
    ]  # fmt: skip


def test_compare_and_risk_offer_it_too(work, qtbot) -> None:
    """Key figures, inputs that differ and steps of the waterfall; inputs of the tornado."""
    document = work.document
    move = Override(table="workloads", row="train", field="demand", op="set", value=12.0)
    plan = msgspec.structs.replace(document.plan, scenarios=(Scenario(id="s", name="More", overrides=(move,)),))
    document.apply(with_uncertain(plan, [("workloads", "train", "demand")]), "Try")
    assert work.wait_until_settled(60)
    page = work.show_view("compare")
    page.refresh()
    qtbot.waitUntil(lambda: page.inputs.model.rowCount() > 0 and page.waterfall.plot.rows() > 0)

    def right_click(view, at: QPoint) -> QMenu:
        event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, view.mapToGlobal(at))
        QApplication.sendEvent(view, event)
        (menu,) = [m for m in work.findChildren(QMenu) if m.isVisible()]
        return menu

    def pressed(view, index) -> QMenu:
        return right_click(view.viewport(), view.visualRect(index).center())

    kpis = page.kpis.view
    figure = ["Explain", "Copy with unit", "Goal seek…"]
    for press in (
        lambda: pressed(kpis, kpis.model().index(0, 1)),
        lambda: right_click(page.waterfall.plot, QPoint(30, 10)),
    ):
        menu = press()
        assert texts(menu) == figure
        named(menu, "Copy with unit").trigger()
        assert "$" in QGuiApplication.clipboard().text()
        menu.close()
    menu = pressed(page.inputs.view, page.inputs.model.index(0, 1))
    assert texts(menu) == [*FIELD, "Show on the map"]
    menu.close()
    risk = work.show_view("risk")
    qtbot.waitUntil(lambda: risk.alone.plot.rows() > 0)
    risk.alone.plot.menu_wanted.emit(document.plan.uncertainties[0].id, QPoint(0, 0))
    (menu,) = [m for m in work.findChildren(QMenu) if m.isVisible()]
    assert texts(menu) == ["Edit its distribution", "Go to the input", *FIELD, "Show on the map", "Remove"]
    menu.close()


def test_every_card_of_risk_offers_it(work, qtbot) -> None:
    """Curves and the histogram of samples, tables that are worked out, and the weights of worlds."""
    document = work.document
    move = Override(table="workloads", row="train", field="demand", op="set", value=12.0)
    plan = msgspec.structs.replace(document.plan, scenarios=(Scenario(id="s", name="More", overrides=(move,)),))
    document.apply(with_uncertain(plan, [("workloads", "train", "demand")]), "Try")
    risk = work.show_view("risk")
    risk.outcomes.draw(12)
    qtbot.waitUntil(lambda: not risk.outcomes.is_drawing and risk.together.plot.picture is not None)
    risk.refresh()

    def right_click(view, at: QPoint) -> tuple[list[str], QMenu]:
        event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, view.mapToGlobal(at))
        QApplication.sendEvent(view, event)
        (menu,) = [m for m in work.findChildren(QMenu) if m.isVisible()]
        return texts(menu), menu

    figure = ["Explain", "Copy with unit", "Goal seek…"]
    for card, offered, said_of_it in (
        (risk.together, [*figure, "Open sample 1 as a scenario"], "at or below $"),
        (risk.fan, figure[:2], "P50"),
        (risk.exceedance, figure, "$"),
    ):
        said, menu = right_click(card.plot, card.plot.rect().center())
        assert said == offered
        named(menu, "Copy with unit").trigger()
        assert said_of_it in QGuiApplication.clipboard().text()
        menu.close()
    said, menu = right_click(risk.together.plot, risk.together.plot.rect().center())
    named(menu, "Explain").trigger()
    menu.close()
    assert work.explain._asked[0].figure.kpi == risk.kpi.currentData()

    cell = risk.decide.table.visualItemRect(risk.decide.table.item(0, 2)).center()
    said, menu = right_click(risk.decide.table.viewport(), cell)
    assert said == ["Copy with unit", "Show More"]
    named(menu, "Copy with unit").trigger()
    assert QGuiApplication.clipboard().text() == "Weight, More 1"
    named(menu, "Show More").trigger()
    menu.close()
    assert document.scenario.id == "s"
    document.edit_scenario("")

    risk.flips._offer_inputs()
    risk.flips.button.click()
    qtbot.waitUntil(lambda: risk.flips.decisions.is_fresh and risk.flips.table.rowCount() > 0)
    risk.area.ensureWidgetVisible(risk.flips)
    table = risk.flips.table
    said, menu = right_click(table.viewport(), table.visualItemRect(table.item(0, 1)).center())
    input = risk.flips.input.currentText()
    assert said == ["Copy with unit", input]
    assert texts(named(menu, input).menu())[: len(FIELD)] == FIELD
    menu.close()
