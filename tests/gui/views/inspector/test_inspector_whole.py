"""The inspector as a whole: what it shows of the plan and its result, how it is walked through, and how quick it is."""

import itertools
import math

import msgspec
import pytest
from PySide6.QtCore import QEvent, QObject, QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QWidget

from gigaplan.engine.plan.plan import Plan, with_fields
from gigaplan.engine.plan.schema import ROW_TYPES, Settings
from gigaplan.engine.results.result import failure
from gigaplan.engine.solve.solve import solve_plan
from gigaplan.engine.storage.templates import load_template
from gigaplan.gui.document.document import Document
from gigaplan.gui.views.inspector.effects import effects
from gigaplan.gui.views.inspector.text_editors import source_parts
from tests.gui.inspector_forms import an_inspector, choose_form, enter, line_of, plan_to_edit, said, site
from tests.timing import times


def test_tab_goes_through_the_fields_in_their_order(qtbot, document, panel) -> None:
    document.select("sites", ("iowa",))
    panel.activateWindow()
    first, second, third = (line_of(panel, name) for name in ("jurisdiction", "power_mw", "pue"))
    first.setFocus()
    qtbot.waitUntil(first.hasFocus)
    qtbot.keyClick(first, Qt.Key.Key_Tab)
    assert second.hasFocus()
    qtbot.keyClick(second, Qt.Key.Key_Tab)
    qtbot.keyClick(panel.rows["power_mw"].editor.unfold, Qt.Key.Key_Tab)
    assert third.hasFocus()


@pytest.mark.parametrize("periods", [1, 120])
def test_plans_of_one_and_of_many_periods(qtbot, document, panel, periods: int) -> None:
    enter(qtbot, line_of(panel, "periods"), str(periods))
    document.select("sites", ("tokyo",))
    for name, form in (("power_mw", "growing"), ("electricity_usd_per_mwh", "one value per period")):
        choose_form(panel, name, form)
    QApplication.processEvents()
    tokyo = site(document, "tokyo")
    quarter = math.log1p(tokyo.power_mw.annual_growth) / 4  # a quarter counts with the mean of what grows in it
    assert tokyo.power_mw.start * (math.expm1(quarter) / quarter if quarter else 1) == pytest.approx(10, rel=1e-9)
    assert len(tokyo.electricity_usd_per_mwh) == periods
    assert tokyo.electricity_usd_per_mwh[0] == pytest.approx(100 * (1.1**0.25 - 1) / (0.25 * math.log(1.1)), rel=1e-9)


def test_problems_stand_at_their_fields(qtbot, document, panel) -> None:
    document.select("offers", ("b200_1y",))
    document.apply(with_fields(document.plan, "offers", "b200_1y", platform="gone"), "Break")
    qtbot.waitUntil(lambda: "platforms has no such row" in said(panel, "platform"), timeout=10_000)
    assert panel.rows["platform"].trouble.property("role") == "error"
    document.undo_stack.undo()
    qtbot.waitUntil(lambda: said(panel, "platform") == "", timeout=10_000)


def test_a_field_is_brought_into_view(qtbot, document, panel) -> None:
    panel.resize(285, 300)
    document.select("offers", ("b200_1y",))
    panel.activateWindow()
    panel.focus_field("source")
    line = line_of(panel, "source")
    qtbot.waitUntil(line.hasFocus)
    top = line.mapTo(panel.area.viewport(), QPoint(0, 0)).y()
    assert 0 <= top <= panel.area.viewport().height() - line.height()
    panel.focus_field("no_such_field")


def test_what_it_does_in_the_plan(document) -> None:
    result = solve_plan(document.plan)
    assert result.status == "optimal"
    when, lines = effects(result, "sites", ("iowa",), 1)
    assert when == "2027 Q2"
    drawn = result.series("facility_power", "site")["iowa"][1]
    assert dict(lines)["Drawn"].replace("\u2009", " ").startswith(f"{drawn:.1f}".removesuffix(".0"))
    assert dict(lines)["Drawn"].replace("\u2009", " ").endswith("of 420 MW")
    _, lines = effects(result, "workloads", ("chat",), 1)
    served = result.kpis["coverage"]["chat"]
    assert float(dict(lines)["Served, horizon"].split("\u2009")[0]) == pytest.approx(100 * served, abs=0.06)
    _, both = effects(result, "offers", ("b200_1y", "mi355x_od"), 0)
    assert dict(both)["Share of cost"] == "100\u2009%"
    for table, ids in (("plan", ()), ("platforms", ("b200",)), ("agreements", ("deal",))):
        assert effects(result, table, ids, 0)[1]
    assert effects(None, "sites", ("iowa",), 0) == ("Not solved yet.", [])
    assert effects(failure(document.plan, "infeasible", ()), "plan", (), 0) == ("No plan meets every limit.", [])
    assert effects(result, "sites", ("new",), 0)[1] == []


def test_figures_follow_the_result(qtbot, document, panel) -> None:
    document.select("sites", ("iowa",))
    assert "Not solved yet" in panel._form.effects.text()
    enter(qtbot, line_of(panel, "pue"), "1.3")
    qtbot.waitUntil(lambda: "Drawn" in panel._form.effects.text(), timeout=20_000)


def test_every_table_has_a_form_and_survives_an_empty_plan(document, panel) -> None:
    template = load_template("frontier-1gw")
    document.start(template)
    for table in ROW_TYPES:
        rows = getattr(template, table)
        if rows and hasattr(rows[0], "id"):
            document.select(table, (rows[0].id,))
            assert panel.rows
            document.select(table, tuple(row.id for row in rows))
    document.start(Plan(settings=Settings(name="", start="2027-01", periods=1)))
    assert panel.pill.text() == "plan"
    assert document.undo_stack.count() == 0


def test_nothing_is_changed_by_looking(document, panel) -> None:
    template = load_template("frontier-1gw")
    document.start(template)
    for table in ("platforms", "sites", "offers", "workloads"):
        for row in getattr(template, table):
            document.select(table, (row.id,))
            for name in panel.rows:
                panel.focus_field(name)
    document.select("plan")
    assert document.plan is template


def test_an_edit_costs_a_part_of_what_another_form_does(document, panel) -> None:
    document.start(load_template("frontier-1gw"))
    document.select("sites", (document.plan.sites[0].id,))
    before = document.plan
    after = with_fields(before, "sites", before.sites[0].id, pue=1.11)
    turns = itertools.cycle((after, before))
    rows = itertools.cycle((("offers", before.offers[0].id), ("sites", before.sites[0].id)))

    def edited() -> None:
        document._plan = next(turns)
        panel._changed(before, document.plan)

    def chosen() -> None:
        for table, id in (next(rows), next(rows)):
            document.select(table, (id,))

    assert times(edited, chosen, 20) < 0.1


LONG = "a name that goes on for longer than any column is wide, so that something has to give way"
NARROW = 274
"""What a window of 1000 pixels leaves to the inspector."""


@pytest.mark.parametrize("table", ["plan", "workloads", "offers", "sites", "platforms", "policies", "agreements"])
def test_no_field_is_cut_off_in_the_narrowest_window(qtbot, table) -> None:
    plan = load_template("frontier-1gw")
    named = ("workloads", "offers", "sites", "platforms", "policies", "agreements")
    rename = msgspec.structs.replace
    longer = {t: tuple(rename(row, name=f"{row.id} {LONG}") for row in getattr(plan, t)) for t in named}
    plan = msgspec.structs.replace(plan, **longer)
    document = Document(plan)
    with an_inspector(document, qtbot) as panel:
        panel.resize(NARROW, 500)
        rows = [] if table == "plan" else getattr(plan, table)
        for ids in [()] if table == "plan" else [(row.id,) for row in rows] + [tuple(row.id for row in rows)]:
            document.select(table, ids)
            QApplication.processEvents()
            form = panel.area.widget()
            assert form.minimumSizeHint().width() <= panel.area.viewport().width(), ids


def test_a_box_that_some_rows_have_ticked_is_neither(document, panel) -> None:
    document.select("workloads", ("chat", "train"))
    box = panel.rows["inference"].editor.box
    assert box.checkState() == Qt.CheckState.PartiallyChecked
    box.click()
    assert box.checkState() == Qt.CheckState.Checked
    assert all(row.inference is not None for row in document.plan.workloads)


def test_a_long_source_is_read_whole_a_part_to_a_line(document, panel) -> None:
    document.select("sites", ("iowa",))
    below = panel.rows["source"].editor.below
    assert below.isHidden()
    text = "Electricity: EIA table 5.6.A, 2025 (a measurement). Carbon, PUE, water: region metadata, us-central1, 2024"
    document.apply(with_fields(document.plan, "sites", "iowa", source=text), "Source")
    assert below.isVisible()
    assert below.text().split("\n") == [
        "Electricity: EIA table 5.6.A, 2025 (a measurement).",
        "Carbon, PUE, water: region metadata, us-central1, 2024",
    ]
    document.select("sites", ("iowa", "dublin"))
    assert below.isHidden()  # they have not one source
    document.select("sites", ("dublin",))
    assert below.isHidden()


def test_what_is_copied_of_a_long_address_is_the_address(document, panel) -> None:
    text = "example.com/2026/01/Cloud_Region_Metadata.csv@b2858aa" + "f" * 40
    document.select("sites", ("iowa",))
    document.apply(with_fields(document.plan, "sites", "iowa", source=text), "Source")
    below = panel.rows["source"].editor.below
    assert below.minimumSizeHint().width() < 200
    below.copy()
    assert QGuiApplication.clipboard().text() == text
    below.setSelection(0, below.text().index("2026"))
    below.copy()
    assert QGuiApplication.clipboard().text() == "example.com/"


@pytest.mark.parametrize("text", ["", "a quotation", "docs.example.com (spec table v5p, v6e): page 3; 2026-04"])
def test_a_source_that_names_no_figures_stays_whole(text: str) -> None:
    assert source_parts(text) == [text]


def test_the_fields_of_a_form_find_their_rows_once(document, panel) -> None:
    document.select("sites", ("iowa", "tokyo"))
    rows = panel.target.rows
    assert panel.target.rows is rows
    document.apply(with_fields(document.plan, "sites", "tokyo", pue=1.5), "PUE")
    assert [row.pue for row in panel.target.rows] == [1.2, 1.5]
    document.select("sites", ("tokyo",))
    assert [row.id for row in panel.target.rows] == ["tokyo"]


def test_a_form_that_comes_again_is_not_dressed_anew(qapp, document, panel) -> None:
    """A form that was taken out of the window and put back would be dressed field by field, which takes long."""

    class Dressing(QObject):
        count = 0

        def eventFilter(self, watched: QObject, event: QEvent) -> bool:
            self.count += event.type() in (QEvent.Type.Polish, QEvent.Type.StyleChange, QEvent.Type.ParentChange)
            return False

    document.select("offers", ("b200_1y",))
    document.select("sites", ("iowa",))
    document.select_rows([("sites", "iowa"), ("offers", "b200_1y")])
    qapp.processEvents()
    dressing = Dressing()
    for widget in panel.findChildren(QWidget):
        widget.installEventFilter(dressing)
    document.select("offers", ("b200_1y",))
    qapp.processEvents()
    assert panel.rows["price_usd"].isVisible()
    document.select("sites", ("iowa",))
    qapp.processEvents()
    assert panel.rows["power_mw"].isVisible()
    document.select_rows([("sites", "iowa"), ("offers", "b200_1y")])
    qapp.processEvents()
    assert not dressing.count


def test_a_platform_has_the_fields_of_a_given_figure_once_there_is_one(qtbot, document, panel) -> None:
    """A plan may have hundreds of platforms; most of them have no figure of their own."""
    document.select("workloads", ("train",))
    line = panel.rows["throughput"].editor.lines[0]
    assert line.source is None
    assert line.basis.menu() is None
    document.select("workloads", ("chat",))
    assert (line.source.text(), line.source.isVisible()) == ("a test bench", True)
    assert line.basis.nextInFocusChain() is line.source
    assert len([action for action in line.basis.menu().actions() if action.text()]) == 4
    document.select("workloads", ("train",))
    assert not line.source.isVisible()


def test_no_key_reaches_the_form_of_rows_that_are_no_longer_chosen(qtbot, window) -> None:
    window.document.start(plan_to_edit())
    window.show_workspace()
    document, panel = window.document, window.inspector
    window.activateWindow()
    document.select("sites", (document.plan.sites[0].id,))
    panel.rows["power_mw"].editor.unfold.click()
    focused = panel.rows["power_mw"].editor.form
    qtbot.waitUntil(focused.isVisible)
    other = QWidget()
    qtbot.addWidget(other)
    other.show()
    for choose in (
        lambda: document.select("offers", (document.plan.offers[0].id,)),
        lambda: document.select_rows([("offers", document.plan.offers[0].id), ("sites", document.plan.sites[0].id)]),
    ):
        document.select("sites", (document.plan.sites[0].id,))
        window.activateWindow()
        focused.setFocus()
        assert window.focusWidget() is focused
        other.activateWindow()  # Qt moves the cursor out of what is hidden in the active window alone
        qtbot.waitUntil(lambda: not window.isActiveWindow())
        choose()
        assert not focused.isVisible()
        assert window.focusWidget() is not focused
