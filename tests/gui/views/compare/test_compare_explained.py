"""Every figure of the comparison of scenarios explains itself, by its own value."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from gigaplan.engine.analysis.waterfall import MEASURES, parts_of
from gigaplan.engine.plan.plan import with_fields, with_settings
from gigaplan.engine.solve.solve import solve_plan
from gigaplan.engine.storage.templates import load_template
from gigaplan.gui.charting.waterfall import ROW_PX
from gigaplan.gui.document.document import Document
from gigaplan.gui.present.explain_nodes import explain_asked, part_of
from gigaplan.gui.text.explain_request import Asked, Drawn, Key, Part
from gigaplan.gui.views.compare.view import CompareView
from gigaplan.gui.views.explain.panel import ExplainPanel
from gigaplan.gui.views.explain.tree import NodeModel
from tests.gui.compare_pages import HOURS, a_page, choose, plan_of, solved

LEFT = Qt.MouseButton.LeftButton
NO_KEYS = Qt.KeyboardModifier.NoModifier


@pytest.fixture
def page(document: Document, qtbot: QtBot):
    with a_page(document, qtbot) as view:
        panel = ExplainPanel(document, view._planner)
        qtbot.addWidget(panel)
        panel.resize(290, 400)
        panel.show()
        view.explain_requested.connect(lambda asked: panel.explain_asked(asked, view._provider))
        view.panel = panel
        yield solved(view, qtbot)


def roots(page: CompareView) -> list[tuple[str, float]]:
    """What the panel explains: the label and the value of each tree."""
    model = page.panel._tree.view.model()
    return [(node.label, node.value) for node in model.nodes if node.operation != "limits"] if model else []


def click_step(page: CompareView, qtbot: QtBot, row: int) -> None:
    qtbot.mouseClick(page.waterfall.plot, LEFT, NO_KEYS, QPoint(200, row * ROW_PX + ROW_PX // 2))


def test_a_key_figure_is_explained_under_its_scenario(page: CompareView, document: Document, qtbot: QtBot) -> None:
    view, model = page.kpis.view, page.kpis.model

    def click(column: int) -> None:
        index = model.index(0, column)
        view.scrollTo(index)
        qtbot.mouseClick(view.viewport(), LEFT, NO_KEYS, view.visualRect(index).center())

    click(1)
    qtbot.waitUntil(lambda: roots(page) == [("In the base, Total cost of ownership", pytest.approx(400 * HOURS))])
    click(2)
    qtbot.waitUntil(lambda: roots(page) == [("Under Dear, Total cost of ownership", pytest.approx(600 * HOURS))])
    assert document.selection.rows == (("scenarios", "dear"),)
    click(3)
    qtbot.waitUntil(lambda: roots(page) == [("Total cost of ownership, change", pytest.approx(200 * HOURS))])
    # The name, or Enter, asks it of all that have one.
    view.setFocus()
    qtbot.keyClick(view, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: len(roots(page)) == 3)
    assert [value for _, value in roots(page)] == pytest.approx([400 * HOURS, 600 * HOURS, 1200 * HOURS])


def test_a_step_of_the_waterfall_is_explained(page: CompareView, document: Document, qtbot: QtBot) -> None:
    choose(page.waterfall.scenario, "grown")
    page.waterfall._redraw()
    click_step(page, qtbot, 1)
    qtbot.waitUntil(lambda: roots(page) == [("Rentals, change", pytest.approx(800 * HOURS))])
    assert document.selection.rows == (("scenarios", "grown"),)
    click_step(page, qtbot, 2)
    qtbot.waitUntil(lambda: roots(page) == [("Under Grown, Total cost of ownership", pytest.approx(1200 * HOURS))])
    qtbot.mouseClick(page.waterfall.by_move, LEFT)
    qtbot.waitUntil(lambda: len(page.waterfall.plot.picture.bars) == 2)
    # By key: from the last total two steps up, to the price.
    page.waterfall.plot.row = 3
    for _ in range(2):
        qtbot.keyClick(page.waterfall.plot, Qt.Key.Key_Up)
    qtbot.keyClick(page.waterfall.plot, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: roots(page) == [("Under Grown, Price of Rent × 1.5", pytest.approx(200 * HOURS))])
    assert document.selection.rows == (("offers", "rent"),)
    (price,) = page.panel._tree.view.model().nodes[0].children
    assert (price.label, price.value) == ("Price of Rent in 2026", 1)
    assert [(n.label, n.value) for n in price.children] == [
        ("Under Grown, Price of Rent in 2026", 3), ("In the base, Price of Rent in 2026", 2)
    ]  # fmt: skip
    assert price.children[0].source.startswith("moved by the scenario Grown")
    assert not price.children[1].source.startswith("moved")


def test_a_bar_of_a_small_chart_is_explained(page: CompareView, document: Document, qtbot: QtBot) -> None:
    row = page.charts.rows[0]
    plot = row.plot_of(2)
    # Of the second year, near the ground: rent alone is drawn there.
    at = QPoint(int(plot.left() + plot.width() * 0.75), int(plot.bottom()) - 4)
    qtbot.mouseClick(row, LEFT, NO_KEYS, at)
    qtbot.waitUntil(lambda: [value for _, value in roots(page)] == pytest.approx([400 * 3 * 8766]))
    assert roots(page)[0][0].startswith("Under Grown, ")
    assert document.selection.rows == (("scenarios", "grown"),)
    # By key: the total of the column in every chart that has one.
    row.setFocus()
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Return):
        qtbot.keyClick(row, key)
    expected = [200 * 2 * 8766, 200 * 3 * 8766, 400 * 3 * 8766]
    qtbot.waitUntil(lambda: [value for _, value in roots(page)] == pytest.approx(expected))


def test_every_line_of_every_small_chart_has_an_explanation(page: CompareView) -> None:
    for row in page.charts.rows:
        for k, (entry, picture) in enumerate(row.panels):
            for line in (*picture.lines, None) if picture is not None else ():
                for column in range(len(picture.columns)):
                    asked = row._question(k, column, line.key if line is not None else "")
                    node = explain_asked(asked, page._planner.result, entry.result)
                    lines = [ln for ln in picture.lines if ln.key != "available"] if line is None else [line]
                    assert node.value == pytest.approx(sum(float(ln.values[column]) for ln in lines)), (entry, line)


def test_what_is_explained_follows_the_plan(page: CompareView, document: Document, qtbot: QtBot) -> None:
    page._explain((Asked("dear", "Dear", Key("tco_usd")),))
    qtbot.waitUntil(lambda: len(roots(page)) == 1)
    tree = page.panel._tree.view
    model: NodeModel = tree.model()
    first = model.index(0, 0, model.index(0, 0))
    tree.expand(first)
    tree.setCurrentIndex(first)
    document.apply(with_fields(document.plan, "offers", "rent", price_usd=4), "Edit")
    qtbot.waitUntil(lambda: [value for _, value in roots(page)] == pytest.approx([1200 * HOURS]))
    # What was opened stays open.
    model = tree.model()
    first = model.index(0, 0, model.index(0, 0))
    assert tree.isExpanded(first)
    assert tree.currentIndex() == first


@pytest.mark.parametrize("measure", MEASURES)
def test_every_part_of_a_total_is_explained_by_its_own_value(measure: str) -> None:
    plan = load_template("frontier-1gw")
    result = solve_plan(plan)
    for part, value in parts_of(result, measure).items():
        sign = -1 if part == "residual" else 1
        assert sign * (part_of(result, measure, part).value or 0.0) == pytest.approx(value), part


def test_a_change_of_the_residual_value_adds_to_the_cost() -> None:
    plan = load_template("frontier-1gw")
    result = solve_plan(plan)
    less = solve_plan(with_settings(plan, residual_fraction=plan.settings.residual_fraction / 2))
    node = explain_asked(Asked("x", "X", Part("tco_usd", "residual"), is_step=True), result, less)
    change = parts_of(less)["residual"] - parts_of(result)["residual"]
    assert change > 1e6, "there is less to take off"
    assert node.value == pytest.approx(change)


def test_what_there_is_not_says_so() -> None:
    plan = plan_of()
    result = solve_plan(plan)
    for figure in (Drawn("cost", "component", "rental", 0, 5), Key("coverage", "gone"), Key("nothing")):
        with pytest.raises(LookupError):
            explain_asked(Asked("dear", "Dear", figure), result, result)
