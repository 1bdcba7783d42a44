"""Rows from files into tables and tables into files, in the window: as a paste is taken, and in the background."""

import functools
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QLocale, Qt
from PySide6.QtWidgets import QFileDialog

from gigaplan.engine.exchange.plan_to_sheets import to_workbook
from gigaplan.engine.plan.fields import Growth
from gigaplan.engine.plan.plan import Plan, find, with_fields
from gigaplan.engine.plan.schema import Settings, Site
from gigaplan.engine.storage.templates import load_template
from gigaplan.gui.document.document import Document
from gigaplan.gui.jobs.solve_job import Planner
from gigaplan.gui.views.tables.file_io import ShownSheet
from gigaplan.gui.views.tables.panel import TABS, TablesPanel

GERMAN = QLocale(QLocale.Language.German, QLocale.Country.Germany)
ENGLISH = QLocale(QLocale.Language.English, QLocale.Country.UnitedStates)


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    QLocale.setDefault(ENGLISH)
    yield
    QLocale.setDefault(ENGLISH)


def small_plan() -> Plan:
    sites = (
        Site(id="iowa", name="Iowa", jurisdiction="US", power_mw=420.0, electricity_usd_per_mwh=54.5),
        Site(id="dublin", name="=1+1", jurisdiction="IE", power_mw=None, electricity_usd_per_mwh=-148.25, pue=1.1),
        Site(id="tokyo", name="Tokyo", jurisdiction="JP", power_mw=(10.5, 20.0, 30.0, 40.0), pue=1.3,
             electricity_usd_per_mwh=Growth(start=-100.125, annual_growth=0.1)),
    )  # fmt: skip
    return Plan(settings=Settings(name="small", start="2027-01", periods=4), sites=sites)


@pytest.fixture
def show(qtbot, no_thread_left):
    """Shows the sites of a plan, in tables of their own."""
    made: list[tuple[Planner, TablesPanel]] = []

    def shown(plan: Plan, table: str = "sites") -> tuple[Document, TablesPanel]:
        document = Document(plan)
        planner = Planner(document)
        panel = TablesPanel(document, planner)
        made.append((planner, panel))
        panel.resize(1060, 540)
        with qtbot.waitExposed(panel):
            panel.show()
        panel.show_table(table)
        return document, panel

    yield shown
    for planner, panel in made:
        panel.stop()
        planner.stop()
        panel.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def settled(qtbot, panel: TablesPanel) -> None:
    qtbot.waitUntil(lambda: not panel.taking.transfer.task.is_busy, timeout=60_000)


def read(qtbot, panel: TablesPanel, path: Path) -> None:
    panel.taking.transfer.read_file(path, panel.grid.sheet_model.sheet)
    settled(qtbot, panel)


def write(qtbot, panel: TablesPanel, path: Path) -> None:
    model = panel.grid.sheet_model
    panel.taking.transfer.write_file(path, ShownSheet(model.sheet, tuple(model.shown)))
    settled(qtbot, panel)


def preview_is_open(panel: TablesPanel) -> bool:
    return panel.pages.currentWidget() is panel.preview


def text_file(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "prices.csv"
    path.write_bytes(text.encode(encoding))
    return path


def workbook(folder: Path, **sheets: list[list]) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name.replace("_", " "))
        for row in rows:
            sheet.append(row)
    path = folder / "prices.xlsx"
    book.save(path)
    return path


@functools.cache
def frontier() -> Plan:
    """A plan with rows in nearly every table; nothing here solves it."""
    return load_template("frontier-1gw")


HEAD = ["Name", "Electricity price [USD/MWh]", "PUE"]


def test_rows_of_a_workbook_are_one_undo_step(qtbot, show, tmp_path):
    document, panel = show(small_plan())
    before = document.plan
    path = workbook(tmp_path, Notes=[["x"]], Sites=[["Prices of 2027"], [], HEAD, ["Tokyo", 61.5, 1.4], ["Iowa", 70]])
    panel.taking.transfer.read_file(path, panel.grid.sheet_model.sheet)
    settled(qtbot, panel)
    assert preview_is_open(panel)  # Iowa has no PUE
    assert "1 cell of 6 of prices.xlsx cannot be taken" in panel.preview.title.text()
    assert panel.preview.reason.text().startswith("C5 of prices.xlsx, Iowa, PUE: is empty")
    assert document.plan is before
    qtbot.mouseClick(panel.preview.good, Qt.MouseButton.LeftButton)
    assert find(document.plan, "sites", "tokyo").electricity_usd_per_mwh == 61.5
    assert find(document.plan, "sites", "iowa").electricity_usd_per_mwh == 70.0
    assert document.undo_stack.undoText() == "Read 5 cells from prices.xlsx"
    document.undo_stack.undo()
    assert document.plan == before


def test_new_names_become_rows_and_dates_and_percentages_are_understood(qtbot, show, tmp_path):
    document, panel = show(load_template("startup"), "offers")
    count = len(document.plan.offers)
    head = ["name", "platform", "provider", "kind", "price_usd", "sites", "availability", "available_from", "as_of"]
    path = workbook(tmp_path, offers=[head, ["New", document.plan.platforms[0].id, "P", "rental", 2.5, "*", 0.99]])
    book = openpyxl.load_workbook(path)
    import datetime

    sheet = book["offers"]
    sheet["G2"].number_format = "0%"
    sheet["H2"] = datetime.date(2027, 4, 1)
    sheet["I2"] = datetime.date(2026, 2, 1)
    book.save(path)
    read(qtbot, panel, path)
    assert not preview_is_open(panel), panel.preview.reason.text()
    offer = document.plan.offers[-1]
    assert len(document.plan.offers) == count + 1
    assert (offer.name, offer.price_usd, offer.availability) == ("New", 2.5, 0.99)
    assert (offer.available_from, offer.as_of) == ("2027-04", "2026-02")
    assert "1 new row" in panel.message.text()


def test_cells_without_a_value_are_named(qtbot, show, tmp_path):
    _, panel = show(small_plan())
    read(qtbot, panel, workbook(tmp_path, sites=[HEAD, ["Iowa", "=1+1", "#REF!"], ["Tokyo", 1, 1.2]]))
    assert preview_is_open(panel)
    model = panel.preview.model
    reasons = [model.cell(model.index(*place)).problem for place in model.bad_cells()]
    assert reasons[0].startswith("is a formula whose value was not saved")
    assert reasons[1] == "is an error of the spreadsheet (#REF!)"


MAY_BE_EMPTY = ("agreements", "parameters", "policies", "ports", "power_contracts", "services")


@pytest.mark.parametrize("table", TABS)
@pytest.mark.parametrize(("ending", "locale"), [(".xlsx", ENGLISH), (".csv", GERMAN)])
def test_what_is_saved_and_read_again_changes_nothing(qtbot, show, tmp_path, table, ending, locale):
    QLocale.setDefault(locale)
    document, panel = show(frontier(), table)
    before = document.plan
    path = tmp_path / f"{table}{ending}"
    write(qtbot, panel, path)
    assert "Saved" in panel.message.text()
    if table in MAY_BE_EMPTY and not getattr(before, table):
        return
    read(qtbot, panel, path)
    assert not preview_is_open(panel), panel.preview.reason.text()
    assert document.plan is before, panel.message.text()
    assert "hold these values already" in panel.message.text()


@pytest.mark.parametrize("ending", [".xlsx", ".csv"])
@pytest.mark.parametrize("locale", [ENGLISH, GERMAN])
def test_rows_come_back_from_a_file_as_they_were(qtbot, show, tmp_path, ending, locale):
    QLocale.setDefault(locale)
    plan = small_plan()
    document, panel = show(plan)
    path = tmp_path / f"sites{ending}"
    write(qtbot, panel, path)
    document.start(Plan(settings=plan.settings))
    panel.show_table("sites")
    read(qtbot, panel, path)
    assert document.plan == plan, panel.message.text()


def test_a_table_is_saved_as_it_is_filtered_and_sorted_and_holds_no_formula(qtbot, show, tmp_path):
    _, panel = show(small_plan())
    labels = [column.label for column in panel.grid.sheet_model.sheet.columns]
    panel.grid.sortByColumn(labels.index("PUE"), Qt.SortOrder.DescendingOrder)
    panel.filter.setText("1")
    panel._filter()
    write(qtbot, panel, tmp_path / "sites.csv")
    lines = (tmp_path / "sites.csv").read_bytes().decode("utf-8-sig").splitlines()
    assert lines[0].startswith("Name,Id,Jurisdiction,Facility power [MW],PUE,Electricity price [USD/MWh]")
    assert [line.split(",")[0] for line in lines[1:]] == ["Tokyo", "Iowa", "'=1+1"]
    assert lines[3].startswith("'=1+1,dublin,IE,,1.1,-148.25")
    assert "'-100.125 +10%/year" in lines[1]
    write(qtbot, panel, tmp_path / "sites.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "sites.xlsx")["Sites"]
    assert (sheet["A4"].value, sheet["A4"].data_type) == ("=1+1", "s")
    assert sheet["F4"].value == -148.25
    assert sheet.freeze_panes == "B2"


def test_csv_is_written_as_the_spreadsheet_of_the_person_reads_it(qtbot, show, tmp_path):
    QLocale.setDefault(GERMAN)
    _, panel = show(small_plan())
    write(qtbot, panel, tmp_path / "sites.csv")
    lines = (tmp_path / "sites.csv").read_bytes().decode("utf-8-sig").splitlines()
    assert lines[1].startswith("Iowa;iowa;US;420;1,2;54,5;")


@pytest.mark.parametrize(
    ("text", "price"),
    [
        ("Name;Electricity price\nIowa;1.234,5\nTokyo;70\n", 1234.5),
        ("Name;Electricity price\nIowa;1,234\nTokyo;70,5\n", 1.234),
        ("Name,Electricity price\nIowa,1234.5\n", 1234.5),
        ('Name,Electricity price\nIowa,"1,234.5"\n', 1234.5),
        ('Name,Electricity price\nIowa,"1,234"\nTokyo,7.5\n', 1234.0),
        ("Name\tElectricity price\nIowa\t1.5\n", 1.5),
    ],
)
@pytest.mark.parametrize("locale", [ENGLISH, GERMAN])
def test_the_decimal_sign_is_that_of_the_file(qtbot, show, tmp_path, text, price, locale):
    QLocale.setDefault(locale)
    document, panel = show(small_plan())
    read(qtbot, panel, text_file(tmp_path, text))
    assert find(document.plan, "sites", "iowa").electricity_usd_per_mwh == price


def test_an_encoding_is_asked_for(qtbot, show, tmp_path):
    document, panel = show(small_plan())
    path = text_file(tmp_path, "Name,Jurisdiction\nIowa,Österreich\n", "cp1252")
    read(qtbot, panel, path)
    question = panel.taking.question
    assert panel.pages.currentWidget() is question
    assert question.title.text() == "prices.csv is not text in UTF-8. In which encoding was it written?"
    assert not panel.tools.isVisible()
    qtbot.keyClick(question.list, Qt.Key.Key_Escape)
    assert panel.pages.currentWidget() is panel.grid
    assert panel.tools.isVisible()
    read(qtbot, panel, path)
    qtbot.keyClick(question.list, Qt.Key.Key_Return)
    settled(qtbot, panel)
    assert find(document.plan, "sites", "iowa").jurisdiction == "Österreich"


def test_the_sheet_is_asked_for_where_none_has_the_name_of_the_table(qtbot, show, tmp_path):
    document, panel = show(small_plan())
    read(qtbot, panel, workbook(tmp_path, Old=[HEAD, ["Iowa", 1, 1.1]], New_prices=[HEAD, ["Iowa", 9, 1.5]]))
    question = panel.taking.question
    assert question.title.text() == "Which sheet of prices.xlsx holds the sites?"
    assert [question.list.item(k).text() for k in range(question.list.count())] == ["Old", "New prices"]
    qtbot.keyClick(question.list, Qt.Key.Key_Down)
    qtbot.mouseClick(question.take, Qt.MouseButton.LeftButton)
    settled(qtbot, panel)
    assert find(document.plan, "sites", "iowa").electricity_usd_per_mwh == 9.0


def test_a_workbook_of_the_whole_plan_is_understood_sheet_by_sheet(qtbot, show, tmp_path):
    plan = frontier()
    path = tmp_path / "plan.xlsx"
    path.write_bytes(to_workbook(plan))
    for table in ("offers", "platforms"):
        document, panel = show(plan, table)
        read(qtbot, panel, path)
        assert not preview_is_open(panel), panel.preview.reason.text()
        assert document.plan is plan, panel.message.text()
    book = openpyxl.load_workbook(path)
    head = [cell.value for cell in book["workloads"][1]]
    at = head.index("inference.context_tokens") + 1
    row = next(r for r in range(3, 20) if book["workloads"].cell(r, at).value)
    id = book["workloads"].cell(row, 1).value
    book["workloads"].cell(row, at).value = 1234
    book["sites"]["D2"].value = "kW"
    book.save(path)
    document, panel = show(plan, "workloads")
    read(qtbot, panel, path)
    assert find(document.plan, "workloads", id).inference.context_tokens == 1234.0
    assert with_fields(document.plan, "workloads", id, inference=find(plan, "workloads", id).inference) == plan
    document, panel = show(plan, "sites")
    read(qtbot, panel, path)
    assert document.plan.sites[0].power_mw != plan.sites[0].power_mw  # it was said to be in kW


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([["Mood", "Weather"], ["good", "fine"]], "Prices.xlsx names no columns of Sites: they are called Name"),
        ([["PUE", "Water use"], [1, 2]], "Prices.xlsx has no column called Name or Id"),
        ([HEAD], "There are headers alone"),
        ([], "Prices.xlsx holds no cells"),
        ([HEAD, ["Iowa", 1, 1.1], ["Iowa", 2, 1.1]], ""),
    ],
)
def test_what_cannot_be_taken_is_refused_in_a_sentence(qtbot, show, tmp_path, rows, said):
    document, panel = show(small_plan())
    read(qtbot, panel, workbook(tmp_path, sites=rows))
    assert document.plan == small_plan()
    if said:
        assert panel.message.text().startswith(said)
        assert panel.message.property("role") == "error"
    else:
        assert "is for the same row as A2 of prices.xlsx" in panel.preview.reason.text()


def test_merged_cells_and_broken_files_are_refused(qtbot, show, tmp_path):
    document, panel = show(small_plan())
    path = workbook(tmp_path, sites=[HEAD, ["Iowa", 1, 1.1], ["Tokyo", None, 1.1]])
    book = openpyxl.load_workbook(path)
    book["sites"].merge_cells("B2:B3")
    book.save(path)
    read(qtbot, panel, path)
    assert "the cells B2:B3 are merged" in panel.message.text()
    path.write_bytes(path.read_bytes()[:3000])
    read(qtbot, panel, path)
    assert "it is damaged, or not a workbook. Open it in a spreadsheet" in panel.message.text()
    read(qtbot, panel, tmp_path / "none.csv")
    assert "None.csv: it cannot be read: No such file" in panel.message.text()
    assert document.plan == small_plan()


def test_it_stops_at_once_and_nothing_comes_of_it(qtbot, show, tmp_path):
    document, panel = show(small_plan())
    path = workbook(tmp_path, sites=[HEAD, *([f"Site {k}", k, 1.2] for k in range(9000))])
    transfer = panel.taking.transfer
    transfer.read_file(path, panel.grid.sheet_model.sheet)
    qtbot.waitUntil(transfer.isVisible, timeout=20_000)
    qtbot.mouseClick(transfer.cancel_button, Qt.MouseButton.LeftButton)
    assert not transfer.isVisible()
    assert panel.message.text() == "Stopped. Nothing was read."
    qtbot.wait(100)
    assert document.plan == small_plan()


def test_a_plan_that_changes_meanwhile_is_not_overwritten(qtbot, show, tmp_path):
    document, panel = show(small_plan())
    path = workbook(tmp_path, sites=[HEAD, ["Iowa", 1, 1.1]])
    panel.taking.transfer.read_file(path, panel.grid.sheet_model.sheet)
    changed = with_fields(document.plan, "sites", "iowa", pue=1.7)
    document.apply(changed, "elsewhere")
    settled(qtbot, panel)
    assert document.plan is changed
    assert "changed meanwhile" in panel.message.text()


def test_the_menu_asks_for_files(qtbot, show, tmp_path, monkeypatch):
    document, panel = show(small_plan())
    out = tmp_path / "saved"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(out), "CSV (*.csv)"))
    panel.tools.file_actions["tables.save_table"].trigger()
    settled(qtbot, panel)
    assert (tmp_path / "saved.csv").exists()
    path = workbook(tmp_path, sites=[HEAD, ["Iowa", 5, 1.1]])
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(path), ""))
    panel.tools.file_actions["tables.read_rows"].trigger()
    settled(qtbot, panel)
    assert find(document.plan, "sites", "iowa").electricity_usd_per_mwh == 5.0
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "no" / "x.csv"), "CSV (*.csv)"))
    panel.tools.file_actions["tables.save_table"].trigger()
    settled(qtbot, panel)
    assert "was not saved" in panel.message.text()
