"""Scenarios side by side: figures and differences, inputs in words, shared axes, waterfalls, and their editor."""

from __future__ import annotations

import csv
import io

import msgspec
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication, QImage, QMouseEvent
from PySide6.QtWidgets import QApplication, QFileDialog
from pytestqt.qtbot import QtBot

from engine.decode import decode_plan
from engine.kpis import KPI_UNITS
from engine.plan import Plan, find, with_fields
from engine.results import failure
from engine.scenarios import apply_scenario
from engine.schema import Override, Scenario
from engine.solve import solve_plan
from gui.compare.differing import AS_BASE, NOT_APPLIED, differing
from gui.compare.figures import MEASURES, Entry, kpi_rows, part, part_words, step, step_words
from gui.compare.multiple_row import MultipleRow
from gui.compare.small_plot import Place, place_in
from gui.compare.typed import choices, movable, operations, value_typed
from gui.compare.view import CompareView
from gui.compare.waterfall_plot import Bar, Waterfall, axis, levels
from gui.document import Document
from gui.planner import Planner
from gui.plots.colours import shown
from gui.quantities import Refusal
from gui.scenario_results import ScenarioResults
from gui.scenario_words import Outcome
from gui.scenarios.panel import ScenariosPanel

HOURS = 2 * 8766
ENTER = Qt.Key.Key_Return
ACTION = {"Save picture…": "png", "Save drawing…": "svg", "Save figures…": "csv", "Copy as picture": ""}
NO_KEYS = Qt.KeyboardModifier.NoModifier


def move(table: str, row: str | None, field: str, op: str, value: object, periods: object = None) -> dict:
    return {"table": table, "row": row, "field": field, "op": op, "value": value, "periods": periods}


DEAR = move("offers", "rent", "price_usd", "scale", 1.5)
MORE = move("workloads", "work", "demand", "scale", 2)
ALL = move("policies", "all", "enabled", "set", True)
NONE = move("offers", "rent", "supply_chips", "set", 0)
SCENARIOS = [
    {"id": "dear", "name": "Dear", "overrides": [DEAR]},
    {"id": "grown", "name": "Grown", "notes": "Twice the work.", "overrides": [DEAR, MORE]},
    {"id": "cut", "name": "Cut off", "overrides": [ALL, NONE]},
]


def plan_of(scenarios: list[dict] = SCENARIOS, power: object = None, **settings: object) -> Plan:
    """100 PFLOP/s at 0.5 PFLOP/s a chip: 200 chips, rented for 2 USD an hour over two years."""
    return decode_plan({
        "format": "gigaplan/1",
        "plan": {"name": "T", "start": "2026-01", "periods": 2, "months_per_period": 12, "discount_rate": 0} | settings,
        "platforms": [{
            "id": "chip", "name": "Chip", "vendor": "acme", "stack": "s", "bf16_tflops": 1000, "memory_gb": 100,
            "memory_bandwidth_gb_s": 4000, "power_w": 1000,
        }],
        "sites": [
            {"id": "here", "name": "Here", "jurisdiction": "US", "power_mw": 10, "electricity_usd_per_mwh": 100},
            {"id": "there", "name": "There", "jurisdiction": "US", "power_mw": power or [1, 2],
             "electricity_usd_per_mwh": 50},
        ],
        "offers": [{
            "id": "rent", "name": "Rent", "platform": "chip", "provider": "cloud", "kind": "rental", "price_usd": 2,
            "sites": "*",
        }],
        "workloads": [{
            "id": "work", "name": "Work", "kind": "research", "unit": "PFLOP/s", "demand": 100, "utilisation": 0.5,
            "unmet_usd": 100,
        }],
        "policies": [{"id": "all", "name": "All", "kind": "coverage", "scope": "*", "limit": 1.0, "enabled": False}],
        "scenarios": scenarios,
    })  # fmt: skip


def entry(plan: Plan, id: str) -> Entry:
    result = solve_plan(apply_scenario(plan, id) if id else plan)
    return Entry(id, id or "Base", result, True, Outcome(result.status, "Words."))


# Figures


def test_every_kpi_has_a_row() -> None:
    assert set(MEASURES) == set(KPI_UNITS)


def test_differences_by_hand() -> None:
    plan = plan_of()
    rows = {row.kpi: row for row in kpi_rows(plan, [entry(plan, ""), entry(plan, "dear"), entry(plan, "grown")])}
    assert rows["tco_usd"].values == pytest.approx((200 * 2 * HOURS, 200 * 3 * HOURS, 400 * 3 * HOURS))
    # Dear serves the same work for more: worse. Grown serves more: a higher cost says nothing.
    assert rows["tco_usd"].senses == (0, -1, 0)
    assert rows["objective_usd"].senses == (0, -1, 0)
    assert rows["peak_it_mw"].values == pytest.approx((0.2, 0.2, 0.4))
    unit = rows["usd_per_pflop_day"].children[0]
    assert (unit.workload, unit.label, unit.senses) == ("work", "Work", (0, -1, -1))
    # 2 chips of 2 USD an hour for each PFLOP/s: 96 USD a day.
    assert unit.values == pytest.approx((96, 144, 144))
    assert rows["coverage"].values == pytest.approx((1, 1, 1))


def test_a_scenario_without_an_optimum_has_no_figures_and_colours_nothing() -> None:
    plan = plan_of()
    rows = kpi_rows(plan, [entry(plan, ""), entry(plan, "cut")])
    assert all(row.values[1] is None and row.senses == (0, 0) for row in rows)


def test_two_solves_of_one_plan_do_not_differ() -> None:
    assert (step(2.48e11 - 3e-5, 2.48e11), part(2.48e11 - 3e-5, 2.48e11)) == (0, 0)
    assert step(1.001, 1.0) == pytest.approx(0.001)
    assert (step(0.0, 0.0), part(0.0, 0.0), step(None, 1.0)) == (0, None, None)


def test_differences_in_words() -> None:
    assert step_words(3.2e9, "tco_usd", "USD") == "+$3.2\u2009B"
    assert step_words(-0.012, "coverage", "USD") == "−1.2\u2009pt"
    assert step_words(0.0, "tco_usd", "USD") == "="
    assert (step_words(None, "tco_usd", "USD"), part_words(None)) == ("", "")
    assert part_words(0.0424) == "+4.24\u2009%"
    assert part_words(-0.5) == "−50\u2009%"
    assert part_words(39.0) == "×\u200940"


# Inputs


def test_inputs_that_differ_from_what_to_what() -> None:
    overrides = [
        move("sites", "here", "electricity_usd_per_mwh", "scale", 1.4),
        move("sites", "there", "electricity_usd_per_mwh", "scale", 1.4),
        move("sites", "there", "power_mw", "add", -1, [1]),
        move("plan", None, "residual_fraction", "set", 0.5),
        move("workloads", "work", "flexible", "set", True),
        move("offers", "rent", "supply_chips", "set", 70),
    ]
    plan = plan_of([{"id": "s", "name": "S", "overrides": overrides}, {"id": "o", "name": "O", "overrides": [DEAR]}])
    found = {(i.label, i.where): i.cells for i in differing(plan, ["", "s", "o"])}
    assert found == {
        ("Electricity price", "all sites"): ("50 – 100 USD/MWh", "70 – 140 USD/MWh  × 1.4", AS_BASE),
        ("Facility power", "There"): ("1 to 2 MW", "1 MW  × 0.5, in 2027", AS_BASE),
        ("Residual value", "the plan"): ("100\u2009%", "50\u2009%  × 0.5", AS_BASE),
        ("Flexible", "Work"): ("no", "yes", AS_BASE),
        ("Supply", "Rent"): ("no limit", "70 chips/period", AS_BASE),
        ("Price", "Rent"): ("2 USD/chip-h", AS_BASE, "3 USD/chip-h  × 1.5"),
    }


def test_a_scenario_that_cannot_be_applied_says_so() -> None:
    gone = move("offers", "gone", "price_usd", "set", 1)
    plan = plan_of([{"id": "s", "name": "S", "overrides": [DEAR, gone]}])
    cells = {i.where: i.cells for i in differing(plan, ["", "s"])}
    assert cells["Rent"] == ("2 USD/chip-h", NOT_APPLIED)


# What is typed


def read(text: str, table: str, name: str, op: str = "set"):
    plan = plan_of()
    field = next(f for f in movable(table) if f.name == name)
    row = plan.settings if table == "plan" else getattr(plan, table)[0]
    found = value_typed(text, field, op, {field.unit_in(row)}, plan)
    return found if isinstance(found, Refusal) else found[0]


def test_values_are_read_in_the_unit_of_the_field() -> None:
    assert read("1.2 GW", "sites", "power_mw") == 1200
    assert read("", "sites", "power_mw") is None
    assert read("+40%", "sites", "electricity_usd_per_mwh", "scale") == pytest.approx(1.4)
    assert read("1.4", "sites", "electricity_usd_per_mwh", "scale") == 1.4
    assert read("−5", "sites", "electricity_usd_per_mwh", "add") == -5
    assert read("+5", "sites", "electricity_usd_per_mwh", "add") == 5
    assert read("12 %", "plan", "discount_rate") == pytest.approx(0.12)
    assert read("2027-04", "offers", "available_from") == "2027-04"
    assert read("Here, there", "offers", "sites") == ("here", "there")
    assert read("*", "offers", "sites") == "*"
    assert read("US, IE", "workloads", "jurisdictions") == ("US", "IE")


@pytest.mark.parametrize(
    ("text", "table", "name", "op"),
    [
        ("3 kg", "sites", "power_mw", "set"),
        ("", "sites", "pue", "set"),
        ("soon", "offers", "available_from", "set"),
        ("Nowhere", "offers", "sites", "set"),
        ("many", "workloads", "demand", "scale"),
    ],
)
def test_what_says_nothing_is_refused(text: str, table: str, name: str, op: str) -> None:
    assert isinstance(read(text, table, name, op), Refusal)


def test_rows_of_different_units_can_only_be_multiplied() -> None:
    plan = plan_of()
    price = next(f for f in movable("offers") if f.name == "price_usd")
    units = {"USD/chip", "USD/chip-h"}
    assert isinstance(value_typed("3", price, "set", units, plan), Refusal)
    assert value_typed("3", price, "scale", units, plan)[0] == 3
    flexible = next(f for f in movable("workloads") if f.name == "flexible")
    assert operations(flexible) == (("set", "set to"),)
    assert choices(flexible, plan) == [("yes", True), ("no", False)]


# The page


@pytest.fixture
def document() -> Document:
    return Document(plan_of())


@pytest.fixture
def page(document: Document, qtbot: QtBot):
    planner = Planner(document)
    provider = ScenarioResults(document, planner)
    view = CompareView(document, planner, provider)
    qtbot.addWidget(view)
    view.resize(1060, 600)
    view.show()
    document.start(plan_of())
    yield view
    provider.stop()
    planner.stop()


def solved(page: CompareView, qtbot: QtBot) -> CompareView:
    def done() -> bool:
        wanted = {s.id for s in page._document.plan.scenarios}
        return set(page._provider.results) == wanted and not page._soon.isActive()

    qtbot.waitUntil(done, timeout=20_000)
    page.refresh()
    return page


def choose(box, data: object) -> None:
    at = box.findData(data)
    assert at >= 0
    box.setCurrentIndex(at)


def cells(page: CompareView, row: int) -> list[str]:
    model = page.kpis.model
    return [model.index(row, c).data() for c in range(model.columnCount())]


def test_figures_stand_side_by_side_and_infeasible_is_said(page: CompareView, qtbot: QtBot) -> None:
    solved(page, qtbot)
    assert [e.name for e in page.entries()] == ["Base", "Dear", "Grown", "Cut off"]
    assert cells(page, 0) == [
        "Total cost", "$7.01\u2009M", "$10.5\u2009M", "+$3.51\u2009M", "+50\u2009%",
        "$21\u2009M", "+$14\u2009M", "+200\u2009%", "–", "", "",
    ]  # fmt: skip
    assert page.kpis._note.text() == "Cut off: No plan meets every limit and policy under this scenario."
    assert [e.outcome.text for e in page.entries()][3] == "infeasible"


def test_copy_and_csv_have_headers_units_and_every_digit(page: CompareView, qtbot: QtBot, tmp_path) -> None:
    solved(page, qtbot)
    page.kpis.view.setFocus()
    qtbot.keyClick(page.kpis.view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    lines = list(csv.reader(io.StringIO(QGuiApplication.clipboard().text()), delimiter="\t"))
    assert lines[0][:6] == ["Key figure", "Workload", "Unit", "Base", "Dear", "Dear less Base"]
    assert lines[0][-3] == "Cut off (infeasible)"
    total = dict(zip(lines[0], lines[1], strict=True))
    assert total["Unit"] == "USD"
    assert float(total["Dear less Base"]) == pytest.approx(200 * HOURS, rel=1e-12)
    assert total["Cut off (infeasible)"] == ""
    page.kpis.write(tmp_path / "out.csv")
    with (tmp_path / "out.csv").open(encoding="utf-8-sig", newline="") as file:
        assert list(csv.reader(file)) == lines


def test_chips_choose_up_to_four(page: CompareView, document: Document, qtbot: QtBot) -> None:
    solved(page, qtbot)
    extra = tuple(Scenario(id=f"s{k}", name=f"More {k}") for k in range(17))
    long = Scenario(id="long", name="x" * 1000)
    scenarios = (long, *document.plan.scenarios, *extra)
    document.apply(msgspec.structs.replace(document.plan, scenarios=scenarios), "Edit")
    qtbot.waitUntil(lambda: len(page.chips.buttons) == 22)
    assert page.chosen == ["", "dear", "grown", "cut"]
    assert not page.chips.buttons["long"].isEnabled()
    assert page.chips.more.isVisible()
    qtbot.mouseClick(page.chips.buttons["cut"], Qt.MouseButton.LeftButton)
    assert page.chosen == ["", "dear", "grown"]
    qtbot.mouseClick(page.chips.buttons["long"], Qt.MouseButton.LeftButton)
    assert page.chosen == ["", "long", "dear", "grown"]
    page.chips.menu.aboutToShow.emit()
    assert not any(a.isEnabled() for a in page.chips.menu.actions() if not a.isSeparator())
    page.compare(["s3"])
    assert page.chosen == ["", "s3"]


def place(row: MultipleRow, k: int) -> Place:
    return place_in(row.plot_of(k), len(row.panels[k][1].columns), row.y_range)


def test_axes_are_shared(page: CompareView, qtbot: QtBot) -> None:
    solved(page, qtbot)
    cost = page.charts.rows[0]
    # Grown costs most: 400 chips * 3 USD * 8766 h = 10.5 M a year; the axis holds it for all.
    assert cost.y_range[0] == 0
    assert cost.y_range[1] >= 400 * 3 * 8766
    for row in page.charts.rows:
        for value in row.y_range:
            heights = {round(place(row, k)(0, value).y(), 6) for k, (_, p) in enumerate(row.panels) if p is not None}
            assert len(heights) == 1
    tops = [place(cost, k)(0, float(sum(ln.values[0] for ln in p.lines))).y() for k, (_, p) in
            enumerate(cost.panels) if p is not None]  # fmt: skip
    bottom = cost.plot_of(0).bottom()
    # 3.5 M, 5.3 M and 10.5 M a year: heights in that proportion.
    assert [bottom - y for y in tops] == pytest.approx([(bottom - tops[0]) * f for f in (1, 1.5, 3)])
    assert cost.panels[3][1] is None


def test_waterfall_by_cost_and_by_assumption(page: CompareView, document: Document, qtbot: QtBot) -> None:
    solved(page, qtbot)
    choose(page.waterfall.scenario, "grown")
    page.waterfall._redraw()
    picture = page.waterfall.plot.picture
    assert [(b.label, b.value) for b in picture.bars] == [("Rental", pytest.approx(400 * 3 * HOURS - 200 * 2 * HOURS))]
    qtbot.mouseClick(page.waterfall.by_move, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.waterfall.plot.isVisible() and len(page.waterfall.plot.picture.bars) == 2)
    bars = page.waterfall.plot.picture.bars
    assert [b.label for b in bars] == ["Price of Rent × 1.5", "Demand of Work × 2"]
    assert [b.value for b in bars] == pytest.approx([200 * HOURS, 200 * 3 * HOURS])
    assert "in their order" in page.waterfall.words.text()
    choose(page.waterfall.scenario, "cut")
    page.waterfall._redraw()
    assert "No plan meets every limit" in page.waterfall.words.text()
    assert not page.waterfall.plot.isVisible()


def test_headers_stay_in_sight_while_the_page_scrolls(page: CompareView, qtbot: QtBot) -> None:
    page.resize(900, 420)
    solved(page, qtbot)
    bar, top = page.scroll.verticalScrollBar(), page.scroll.viewport()
    heading, view = page.kpis.view.heading, page.kpis.view
    assert heading.y() == 0
    bar.setValue(200)
    assert heading.mapTo(top, QPoint(0, 0)).y() == 0
    # The table lays itself out anew: its header stays where the page needs it.
    view.collapse(page.kpis.model.index(page.kpis.model.rowCount() - 1, 0))
    view.doItemsLayout()
    assert heading.mapTo(top, QPoint(0, 0)).y() == 0
    # It leaves with the last rows of its table.
    bar.setValue(bar.maximum())
    assert heading.geometry().bottom() < view.height()
    assert heading.mapTo(top, QPoint(0, 0)).y() < 0
    bar.setValue(0)
    assert heading.y() == 0


def test_the_page_follows_the_current_row(page: CompareView, qtbot: QtBot) -> None:
    page.resize(900, 420)
    solved(page, qtbot)
    view, top = page.kpis.view, page.scroll.viewport()
    view.setFocus()
    view.setCurrentIndex(page.kpis.model.index(0, 0))
    for by, key in ((1, Qt.Key.Key_Down), (-1, Qt.Key.Key_Up)):
        for _ in range(page.kpis.model.rowCount() - 1):
            qtbot.keyClick(view, key)
            row = view.visualRect(view.currentIndex())
            y = view.viewport().mapTo(top, row.topLeft()).y()
            under = view.heading.mapTo(top, QPoint(0, view.heading.height())).y()
            assert max(0, under) <= y <= top.height() - row.height(), (by, view.currentIndex().row())
    assert view.currentIndex().row() == 0


def test_small_charts_are_saved_as_picture_drawing_and_figures(
    page: CompareView, qtbot: QtBot, tmp_path, monkeypatch: pytest.MonkeyPatch
) -> None:
    solved(page, qtbot)
    cost = page.charts.rows[0]
    for suffix in ("png", "svg", "csv"):
        monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, s=suffix: (str(tmp_path / f"cost.{s}"), ""))
        cost.save.menu.aboutToShow.emit()
        next(a for a in cost.save.menu.actions() if suffix in ACTION[a.text()]).trigger()
    image = QImage(str(tmp_path / "cost.png"))
    assert image.width() == 2 * (cost.width() + 24)
    bar = shown(cost.panels[0][1].lines[0].colour)
    assert bar in {image.pixelColor(x, image.height() * 2 // 3).name().upper() for x in range(0, image.width(), 7)}
    drawing = (tmp_path / "cost.svg").read_text(encoding="utf-8")
    assert "Grown" in drawing
    assert "Cut off" in drawing
    rows = list(csv.reader(io.StringIO((tmp_path / "cost.csv").read_text(encoding="utf-8-sig"))))
    # Cut off has no optimum, and so no values. 200 chips at 2 USD, then 3, then 400 at 3, for 8,766 hours.
    assert rows[0] == ["Year", "Base: Rental [USD]", "Dear: Rental [USD]", "Grown: Rental [USD]"]
    assert rows[1][0] == "2026"
    assert [float(v) for v in rows[1][1:]] == pytest.approx([200 * 2 * 8766, 200 * 3 * 8766, 400 * 3 * 8766])
    cost.save.copy()
    assert QGuiApplication.clipboard().image().width() == image.width()


def test_a_figure_that_cannot_be_written_says_why(
    page: CompareView, qtbot: QtBot, tmp_path, monkeypatch: pytest.MonkeyPatch
) -> None:
    solved(page, qtbot)
    nowhere = str(tmp_path / "nowhere" / "cost.png")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (nowhere, ""))
    save = page.charts.rows[0].save
    save.menu.aboutToShow.emit()
    next(a for a in save.menu.actions() if a.text() == "Save picture…").trigger()
    assert page.charts.said.isVisible()
    assert "Try another folder" in page.charts.said.text()


def test_a_waterfall_is_saved(page: CompareView, qtbot: QtBot, tmp_path) -> None:
    solved(page, qtbot)
    choose(page.waterfall.scenario, "grown")
    page.waterfall._redraw()
    figure = page.waterfall.figure()
    figure.save(tmp_path / "difference.csv")
    rows = list(csv.reader(io.StringIO((tmp_path / "difference.csv").read_text(encoding="utf-8-sig"))))
    assert rows[0] == ["Step", "USD"]
    assert [float(v) for _, v in rows[1:]] == pytest.approx([400 * HOURS, 800 * HOURS, 1200 * HOURS])
    figure.save(tmp_path / "difference.png")
    assert not QImage(str(tmp_path / "difference.png")).isNull()
    figure.save(tmp_path / "difference.svg")
    assert "from Base to Grown" in (tmp_path / "difference.svg").read_text(encoding="utf-8")
    # What cannot be taken apart cannot be saved.
    choose(page.waterfall.scenario, "cut")
    page.waterfall._redraw()
    assert page.waterfall.figure() is None
    page.waterfall.save.menu.aboutToShow.emit()
    assert not any(a.isEnabled() for a in page.waterfall.save.menu.actions())


def test_steps_of_a_waterfall_lead_from_one_total_to_the_other() -> None:
    picture = Waterfall("A", 100.0, "B", 104.0, (Bar("x", 10.0, "accent"), Bar("y", -6.0, "accent")), "USD")
    assert levels(picture) == [(100, 110), (110, 104)]
    low, high = axis(picture)
    assert 90 < low < 100
    assert high == 110
    assert axis(Waterfall("A", 10.0, "B", 104.0, (Bar("x", 94.0, "accent"),), "USD")) == (0.0, 104.0)


# The editor


def test_a_move_is_added_by_hand_as_one_undo_step(page: CompareView, document: Document, qtbot: QtBot) -> None:
    solved(page, qtbot)
    before = document.plan
    choose(page.editor.which, "dear")
    page.editor._picked()
    assert page.editor.id == "dear"
    form = page.editor.form
    choose(form.table, "sites")
    choose(form.row, "*")
    choose(form.field, "electricity_usd_per_mwh")
    choose(form.op, "scale")
    qtbot.keyClicks(form.value, "+40%")
    qtbot.keyClick(form.value, ENTER)
    made = find(document.plan, "scenarios", "dear").overrides[1:]
    assert [(o.table, o.row, o.field, o.op, o.periods) for o in made] == [
        ("sites", "here", "electricity_usd_per_mwh", "scale", None),
        ("sites", "there", "electricity_usd_per_mwh", "scale", None),
    ]
    assert [o.value for o in made] == pytest.approx([1.4, 1.4])
    assert page.editor.moves.item(1).text() == "Electricity price of all sites × 1.4"
    assert document.undo_stack.count() == 1
    document.undo_stack.undo()
    assert document.plan == before


def test_a_move_of_some_periods_and_its_removal(page: CompareView, document: Document, qtbot: QtBot) -> None:
    solved(page, qtbot)
    document.select("scenarios", ("dear",))
    form = page.editor.form
    choose(form.table, "sites")
    choose(form.row, "here")
    choose(form.field, "power_mw")
    choose(form.op, "set")
    form.first.setCurrentIndex(1)
    qtbot.keyClicks(form.value, "850 kW")
    qtbot.mouseClick(form.add, Qt.MouseButton.LeftButton)
    expected = Override(table="sites", row="here", field="power_mw", op="set", value=0.85, periods=(1,))
    assert find(document.plan, "scenarios", "dear").overrides[1] == expected
    page.editor.moves.setCurrentRow(0)
    qtbot.keyClick(page.editor.moves, Qt.Key.Key_Delete)
    assert find(document.plan, "scenarios", "dear").overrides == (expected,)
    assert document.undo_stack.undoText() == "Remove Price of Rent × 1.5 from Dear"


def test_what_does_not_fit_is_refused_in_words(page: CompareView, document: Document, qtbot: QtBot) -> None:
    solved(page, qtbot)
    form = page.editor.form
    choose(form.table, "sites")
    choose(form.field, "pue")
    choose(form.op, "scale")
    qtbot.keyClicks(form.value, "0.5")
    qtbot.keyClick(form.value, ENTER)
    assert "must be 1 or more" in form.said.text()
    assert document.undo_stack.count() == 0
    form.value.clear()
    qtbot.keyClicks(form.value, "3 kg")
    qtbot.keyClick(form.value, ENTER)
    assert form.said.property("role") == "error"
    assert document.undo_stack.count() == 0


def test_name_and_notes_are_edited(page: CompareView, document: Document, qtbot: QtBot) -> None:
    solved(page, qtbot)
    document.select("scenarios", ("grown",))
    assert page.editor.notes.text() == "Twice the work."
    page.editor.begin()
    qtbot.keyClicks(page.editor.name, "Boom")
    qtbot.keyClick(page.editor.name, ENTER)
    page.editor.notes.setFocus()
    page.editor.notes.selectAll()
    qtbot.keyClicks(page.editor.notes, "Much more.")
    qtbot.keyClick(page.editor.notes, ENTER)
    grown = find(document.plan, "scenarios", "grown")
    assert (grown.name, grown.notes) == ("Boom", "Much more.")
    assert document.undo_stack.count() == 2


def test_an_empty_plan_and_a_first_scenario(page: CompareView, document: Document, qtbot: QtBot) -> None:
    document.start(plan_of([]))
    page.refresh()
    assert page._body.currentIndex() == 1
    page.begin_scenario()
    assert [s.name for s in document.plan.scenarios] == ["New scenario"]
    assert page.chosen == ["", "new_scenario"]
    solved(page, qtbot)
    assert page.inputs.nothing.isVisible()
    document.undo_stack.undo()
    qtbot.waitUntil(lambda: page._body.currentIndex() == 1)


def test_an_edit_dims_what_is_older_and_is_followed(page: CompareView, document: Document, qtbot: QtBot) -> None:
    solved(page, qtbot)
    document.apply(with_fields(document.plan, "offers", "rent", price_usd=4.0), "Edit")
    page.refresh()
    assert not any(e.fresh for e in page.entries())
    assert cells(page, 0)[1] == "$7.01\u2009M"
    solved(page, qtbot)
    qtbot.waitUntil(lambda: cells(page, 0)[1] == "$14\u2009M")
    assert page.charts.rows[0].y_range[1] >= 400 * 6 * 8766


def test_one_hundred_and_twenty_months_are_drawn(page: CompareView, document: Document, qtbot: QtBot) -> None:
    document.start(plan_of(SCENARIOS[:1], 2.0, periods=120, months_per_period=1))
    solved(page, qtbot)
    chips = page.charts.rows[1]
    assert len(chips.panels[1][1].columns) == 120
    assert not page.grab().isNull()
    qtbot.keyClick(chips, Qt.Key.Key_Right)
    assert chips.column == 0
    assert "Dear 200" in chips.accessibleDescription()
    plot = chips.plot_of(1)
    place = QPointF(plot.right() - 1, plot.center().y())
    none = Qt.MouseButton.NoButton
    hover = QMouseEvent(QEvent.Type.MouseMove, place, chips.mapToGlobal(place), none, none, NO_KEYS)
    QApplication.sendEvent(chips, hover)
    assert chips.column == 119


def test_the_list_of_scenarios_asks_to_compare(document: Document, qtbot: QtBot) -> None:
    planner = Planner(document)
    panel = ScenariosPanel(document, planner)
    qtbot.addWidget(panel)
    panel.resize(215, 250)
    panel.show()
    asked: list[tuple[str, ...]] = []
    panel.compare_requested.connect(asked.append)
    qtbot.mouseClick(panel._compare_button, Qt.MouseButton.LeftButton)
    qtbot.keyClick(panel.list, Qt.Key.Key_Down)
    qtbot.keyClick(panel.list, ENTER)
    place = panel.list.visualRect(panel.model.index(2)).center()
    qtbot.mouseClick(panel.list.viewport(), Qt.MouseButton.LeftButton, pos=place)
    qtbot.mouseDClick(panel.list.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert asked == [("dear", "grown", "cut"), ("dear",), ("grown",)]
    panel.stop()
    planner.stop()


def test_a_failed_base_leaves_words(page: CompareView, document: Document, qtbot: QtBot) -> None:
    solved(page, qtbot)
    document.apply(with_fields(document.plan, "policies", "all", enabled=True), "Edit")
    document.apply(with_fields(document.plan, "offers", "rent", supply_chips=0.0), "Edit")
    solved(page, qtbot)
    assert cells(page, 0)[1] == "–"
    assert page.kpis._note.text().startswith("Base: ")
    page._planner.result = failure(document.plan, "error", ())
    page.refresh()
    assert not page.grab().isNull()
