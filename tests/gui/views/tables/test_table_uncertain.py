"""The table of uncertain inputs: their row and field are chosen from the plan, and files give back what they took."""

import csv

import msgspec
import pytest
from PySide6.QtCore import QLocale, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QComboBox

from gigaplan.engine.exchange.plan_from_sheets import read_sheets
from gigaplan.engine.exchange.plan_to_sheets import to_csv_folder, to_workbook
from gigaplan.engine.plan.plan import Plan, with_fields
from gigaplan.engine.plan.schema import Uncertainty
from gigaplan.engine.validation.rules import check
from gigaplan.gui.document.document import Document
from gigaplan.gui.views.tables.file_io import ShownSheet
from gigaplan.gui.views.tables.panel import TablesPanel
from tests.gui.table_grids import (
    AMERICAN,
    CONTROL,
    click_cell,
    column,
    paste,
    plan_of_tables,
    preview_is_open,
    tables_of,
    text_at,
    type_here,
)

GERMAN = QLocale(QLocale.Language.German, QLocale.Country.Germany)
HEADS = "Table\tRow\tField\tDistribution\tLow\tMost likely\tHigh"


def uncertain(id: str, table: str, row: str | None, field: str, **spread: object) -> Uncertainty:
    shape = {"distribution": "triangular", "low": 0.8, "mode": 1.0, "high": 1.25} | spread
    return Uncertainty(id=id, table=table, row=row, field=field, **shape)


def uncertain_plan() -> Plan:
    """Every distribution, factors and values of their own, of rows and of the plan itself."""
    rows = (
        uncertain("price", "offers", "b200_1y", "price_usd"),
        uncertain("demand", "workloads", "chat", "demand", distribution="lognormal", low=None, mode=None, high=None,
                  mean=1.1, sd=0.3),
        uncertain("use", "workloads", "batch", "utilisation", distribution="normal", low=None, mode=None, high=None,
                  mean=0.4, sd=0.0512345678901, relative=False),
        uncertain("rate", "plan", None, "discount_rate", distribution="uniform", low=0.055, mode=None, high=0.1,
                  relative=False),
        uncertain("energy", "sites", "tokyo", "electricity_usd_per_mwh", low=-12.5, mode=60.0, high=1234.5,
                  relative=False),
    )  # fmt: skip
    return msgspec.structs.replace(plan_of_tables(), uncertainties=rows)


@pytest.fixture
def document() -> Document:
    return Document(uncertain_plan())


@pytest.fixture
def shown(qtbot, no_thread_left):
    with tables_of(qtbot) as show:
        yield show


@pytest.fixture
def panel(shown, document) -> TablesPanel:
    made = shown(document)
    made.show_table("uncertainties")
    return made


def options(qtbot, panel: TablesPanel, row: int, label: str) -> QComboBox:
    click_cell(qtbot, panel, row, label)
    qtbot.keyClick(panel.grid, Qt.Key.Key_F2)
    return next(c for c in panel.grid.viewport().findChildren(QComboBox) if c.isVisible())


def choose(qtbot, panel: TablesPanel, row: int, label: str, words: str) -> None:
    box = options(qtbot, panel, row, label)
    box.setCurrentIndex(box.findText(words))
    box.activated.emit(box.currentIndex())


def test_inputs_are_read_by_the_names_of_their_rows_and_fields(panel):
    seen = [[text_at(panel, row, label) for label in ("Row", "Field", "Table")] for row in range(5)]
    assert seen == [
        ["B200, 1 year", "Price", "offers"], ["Chat", "Demand", "workloads"],
        ["Batch", "Utilization (MFU)", "workloads"], ["the plan", "Discount rate", "plan"],
        ["Tokyo", "Electricity price", "sites"],
    ]  # fmt: skip
    figures = [text_at(panel, *place).replace("\u2009", " ") for place in
               [(0, "Low"), (2, "Mean"), (3, "High"), (4, "Most likely"), (1, "Low")]]  # fmt: skip
    assert figures == ["× 0.8", "40 %", "10 % /year", "60 USD/MWh", ""]


def test_the_row_and_the_field_are_chosen_from_what_there_is(qtbot, panel, document):
    box = options(qtbot, panel, 0, "Row")
    assert [box.itemText(k) for k in range(box.count())] == ["B200, 1 year", "B200, bought", "MI355X"]
    qtbot.keyClick(box, Qt.Key.Key_Escape)
    choose(qtbot, panel, 0, "Row", "MI355X")
    assert document.plan.uncertainties[0].row == "mi355x_od"
    box = options(qtbot, panel, 0, "Field")
    labels = [box.itemText(k) for k in range(box.count())]
    assert {"Price", "Lead time", "Availability"} <= set(labels)
    assert not {"Kind", "Name", "Sites", "Id"} & set(labels)
    qtbot.keyClick(box, Qt.Key.Key_Escape)
    choose(qtbot, panel, 0, "Field", "Lead time")
    assert document.plan.uncertainties[0].field == "lead_months"
    document.undo_stack.undo()
    document.undo_stack.undo()
    assert document.plan == uncertain_plan()


def test_a_field_that_is_empty_in_the_row_is_refused(qtbot, panel, document):
    choose(qtbot, panel, 0, "Field", "Supply")
    assert panel.message.text() == (
        "Field of Price of B200, 1 year: Supply is empty there: there is nothing to be uncertain about"
    )
    assert document.plan == uncertain_plan()


def test_another_table_takes_a_row_and_a_field_of_it(qtbot, panel, document):
    choose(qtbot, panel, 0, "Table", "sites")
    first = document.plan.uncertainties[0]
    assert (first.table, first.row, first.field, first.high) == ("sites", "iowa", "power_mw", 1.25)
    choose(qtbot, panel, 0, "Table", "plan")
    first = document.plan.uncertainties[0]
    assert (first.table, first.row, first.field) == ("plan", None, "discount_rate")
    assert not [p for p in check(document.plan) if p.table == "uncertainties" and p.severity == "error"]
    click_cell(qtbot, panel, 0, "Row")
    assert "has no rows" in panel.grid.sheet_model.index(0, column(panel, "Row")).data(Qt.ItemDataRole.ToolTipRole)
    document.undo_stack.undo()
    document.undo_stack.undo()
    assert document.plan == uncertain_plan()


def test_figures_are_typed_as_factors_or_in_the_unit_of_the_input(qtbot, panel, document):
    click_cell(qtbot, panel, 0, "High")
    type_here(qtbot, panel, "1.5")
    click_cell(qtbot, panel, 2, "Mean")
    type_here(qtbot, panel, "55%")
    rows = document.plan.uncertainties
    assert (rows[0].high, rows[2].mean) == (1.5, 0.55)


def test_rows_are_added_copied_and_deleted_each_as_one_step(qtbot, panel, document):
    panel.add()
    added = document.plan.uncertainties[-1]
    assert (added.table, added.row, added.field, added.low) == ("workloads", "batch", "demand", 0.8)
    assert document.selection.ids == (added.id,)
    panel.duplicate()
    assert len(document.plan.uncertainties) == 7
    panel.delete_rows()
    panel.grid.choose_rows([5])
    panel.delete_rows()
    assert document.plan == uncertain_plan()
    for _ in range(4):
        document.undo_stack.undo()
    assert document.plan == uncertain_plan()


def test_where_every_usual_input_is_uncertain_that_is_said(panel, document):
    document.apply(msgspec.structs.replace(document.plan, workloads=(), offers=(), sites=(), uncertainties=()), "none")
    for _ in range(3):
        panel.add()
    assert [u.field for u in document.plan.uncertainties] == ["discount_rate"]
    assert "uncertain already" in panel.message.text()


def test_the_filter_finds_an_input_by_the_name_of_its_row(panel):
    panel.filter.setText("tokyo elec")
    panel._filter()
    assert panel.grid.sheet_model.shown == [4]


def test_a_row_that_is_called_otherwise_is_so_here_too(panel, document):
    document.apply(with_fields(document.plan, "offers", "b200_1y", name="Rented"), "rename")
    assert text_at(panel, 0, "Row") == "Rented"
    panel.filter.setText("rented")
    panel._filter()
    assert panel.grid.sheet_model.shown == [0]


def test_a_pasted_row_without_its_input_is_refused_at_its_cell(qtbot, panel, document):
    lines = [
        "Id\t" + HEADS,
        "a\toffers\tB200, bought\tPrice\ttriangular\t0.9\t1\t1.1",
        "b\toffers\tB300\tPrice\ttriangular\t0.9\t1\t1.1",
        "c\tsites\tIowa\tprice_usd\ttriangular\t0.9\t1\t1.1",
        "d\tsites\tDublin\tpower_mw\ttriangular\t0.9\t1\t1.1",
        "e\tplan\t\tdiscount_rate\tuniform\t0.9\t\t1.1",
        "f\tports\tchat\tcost_usd\tuniform\t0.9\t\t1.1",
    ]
    paste(qtbot, panel, "\n".join(lines))
    assert preview_is_open(panel)
    model = panel.preview.model
    found = {}
    for place in model.bad_cells():
        found.setdefault(place[0], model.cell(model.index(*place)).problem)
    assert found[1] == "no offer is called B300."
    assert found[2].startswith("price_usd is no figure of sites that can be uncertain")
    assert found[3] == "Facility power is empty there: there is nothing to be uncertain about"
    assert found[5].startswith("ports is none of: plan, platforms")
    assert sorted(found) == [1, 2, 3, 5]
    qtbot.mouseClick(panel.preview.good, Qt.MouseButton.LeftButton)
    added = document.plan.uncertainties[5:]
    assert [(u.id, u.table, u.row, u.field) for u in added] == [
        ("a", "offers", "b200_buy", "price_usd"), ("e", "plan", None, "discount_rate"),
    ]  # fmt: skip
    document.undo_stack.undo()
    assert document.plan == uncertain_plan()


def test_columns_in_any_order_and_no_ids_make_rows_called_after_their_input(qtbot, panel, document):
    head = "Field\tHigh\tLow\tDistribution\tRow\tId\tTable"
    paste(qtbot, panel, f"{head}\nPrice\t2\t1\tuniform\tMI355X\t\toffers")
    assert not preview_is_open(panel), panel.preview.reason.text()
    added = document.plan.uncertainties[-1]
    assert (added.id, added.row, added.field, added.low, added.high) == (
        "mi355x_od_price_usd", "mi355x_od", "price_usd", 1.0, 2.0,
    )  # fmt: skip


def test_an_input_is_filled_into_rows_of_its_table_and_not_of_others(panel, document):
    both = (uncertain("other", "offers", "mi355x_od", "price_usd"), *document.plan.uncertainties)
    document.apply(msgspec.structs.replace(document.plan, uncertainties=both), "one more")
    before = document.plan
    panel.grid.choose_block([0, 1, 2], [column(panel, "Row")])
    panel.fill()
    assert "workloads has no such row" in panel.message.text()
    assert document.plan is before
    panel.grid.choose_block([0, 1], [column(panel, "Row")])
    panel.fill()
    assert [u.row for u in document.plan.uncertainties[:3]] == ["mi355x_od", "mi355x_od", "chat"]


def test_a_pasted_table_alone_that_the_row_is_not_of_is_refused(qtbot, panel, document):
    paste(qtbot, panel, "Id\tTable\nprice\tsites\ndemand\tworkloads")
    assert preview_is_open(panel)
    said = 'Line 1, Price of B200, 1 year, Table: names "b200_1y", and sites has no such row'
    assert panel.preview.reason.text() == said
    assert document.plan == uncertain_plan()


def test_a_cell_of_a_row_whose_input_has_gone_says_so(panel, document):
    gone = msgspec.structs.replace(document.plan, offers=document.plan.offers[1:])
    document.apply(gone, "gone")
    assert text_at(panel, 0, "Row") == "b200_1y (missing)"
    assert text_at(panel, 0, "Field") == "Price"


def test_inputs_that_no_row_can_have_are_shown_and_corrected(qtbot, panel, document):
    """A file of another hand: ports have no ids, the plan has no rows, and no site is without a name."""
    rows = (uncertain("a", "ports", "chat", "cost_usd"), uncertain("b", "plan", "x", "nothing"),
            uncertain("c", "sites", None, "power_mw", low=None))  # fmt: skip
    document.apply(msgspec.structs.replace(document.plan, uncertainties=rows), "bad")
    assert [text_at(panel, row, "Row") for row in range(3)] == ["chat", "x (missing)", ""]
    assert [panel.grid.sheet_model.sheet.name(row) for row in range(3)] == [
        "Cost of chat", "nothing of x", "Facility power",
    ]  # fmt: skip
    panel.filter.setText("cost")
    panel._filter()
    assert panel.grid.sheet_model.shown == [0]
    choose(qtbot, panel, 0, "Table", "offers")
    assert document.plan.uncertainties[0].row == "b200_1y"
    panel.filter.setText("")
    panel._filter()
    choose(qtbot, panel, 1, "Table", "sites")
    assert (document.plan.uncertainties[1].row, document.plan.uncertainties[1].field) == ("iowa", "power_mw")
    choose(qtbot, panel, 2, "Row", "Iowa")
    assert document.plan.uncertainties[2].row == "iowa"


@pytest.mark.parametrize("locale", [AMERICAN, GERMAN])
@pytest.mark.parametrize("ending", [".xlsx", ".csv"])
def test_the_table_comes_back_from_a_file_as_it_was(qtbot, shown, tmp_path, ending, locale):
    document = Document(uncertain_plan())
    panel = shown(document)
    QLocale.setDefault(locale)
    panel.show_table("uncertainties")
    model, transfer = panel.grid.sheet_model, panel.taking.transfer
    path = tmp_path / f"uncertainties{ending}"
    transfer.write_file(path, ShownSheet(model.sheet, tuple(model.shown)))
    qtbot.waitUntil(lambda: not transfer.task.is_busy)
    if ending == ".csv":
        lines = list(csv.reader(path.read_text("utf-8-sig").splitlines(), delimiter=";" if locale is GERMAN else ","))
        assert lines[0][:4] == ["Row", "Field", "Table", "Distribution"]
        assert lines[4][:3] == ["", "discount_rate", "plan"]
    transfer.read_file(path, model.sheet)
    qtbot.waitUntil(lambda: not transfer.task.is_busy)
    assert "hold these values already" in panel.message.text(), panel.message.text()
    document.apply(msgspec.structs.replace(document.plan, uncertainties=()), "none")
    transfer.read_file(path, panel.grid.sheet_model.sheet)
    qtbot.waitUntil(lambda: not transfer.task.is_busy)
    assert not preview_is_open(panel), panel.preview.reason.text()
    assert document.plan == uncertain_plan()


def test_copied_cells_come_back_where_a_person_points(qtbot, panel, document):
    panel.grid.choose_block([2], list(range(10)))
    panel.copy()
    assert QGuiApplication.clipboard().text().splitlines()[1].startswith("batch\tutilisation\tworkloads\tnormal")
    panel.grid.choose_block([0], [0])
    qtbot.keyClick(panel.grid, Qt.Key.Key_V, CONTROL)
    rows = document.plan.uncertainties
    assert rows[0] == msgspec.structs.replace(rows[2], id="price")


@pytest.mark.parametrize(("name", "write"), [("plan.xlsx", to_workbook), ("plan.csv.zip", to_csv_folder)])
def test_the_whole_plan_comes_back_with_its_uncertain_inputs(tmp_path, name, write):
    plan = uncertain_plan()
    path = tmp_path / name
    path.write_bytes(write(plan))
    assert read_sheets(path).plan == plan


def test_a_workbook_whose_uncertain_input_does_not_exist_names_it_by_its_path(tmp_path):
    plan = uncertain_plan()
    rows = (msgspec.structs.replace(plan.uncertainties[0], row="b300"), *plan.uncertainties[1:])
    path = tmp_path / "plan.xlsx"
    path.write_bytes(to_workbook(msgspec.structs.replace(plan, uncertainties=rows)))
    (found,) = [p for p in check(read_sheets(path).plan) if p.table == "uncertainties"]
    assert (found.path, found.severity) == ("uncertainties[0].field", "error")
    assert "offers has no such row" in found.text


def test_a_locked_cell_of_the_column_that_stays_in_sight_says_why(qtbot, qtlog, panel, document):
    choose(qtbot, panel, 0, "Table", "plan")
    grid = panel.grid
    grid._frozen.doubleClicked.emit(grid.sheet_model.index(0, 0))
    assert "the plan itself has no rows" in panel.message.text()
    assert not [record for record in qtlog.records if "editing failed" in record.message]
